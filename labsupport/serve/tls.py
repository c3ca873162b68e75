"""TLS in front of the lab's machines: each shows the certificates that it shows offline."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from labsupport.exchange import HTTPS_PORT, Reply, Request
from labsupport.serve.sockets import Deliver


class Handshakes:
    """Makes handshakes for machines that are asked by `deliver`; `key` is theirs, as PEM.

    What a machine shows in a handshake is asked of it with an empty message: so the machine
    itself chooses by the name that the client gave (RFC 6066 section 3).
    """

    def __init__(self, deliver: Deliver, key: bytes) -> None:
        self._deliver = deliver
        self._key = key
        self._contexts: dict[tuple[bytes, ...], ssl.SSLContext] = {}
        self._names: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()

    def server_name(self, connection: Any) -> str | None:
        """Return the name that a client gave in the handshake of a connection."""
        return self._names.get(connection)

    def context(self, address: str) -> ssl.SSLContext | None:
        """Return what makes handshakes at `address`; None where no TLS is spoken."""
        if not self._shown(address, None):
            return None

        def choose(
            connection: Any, name: str | None, context: ssl.SSLContext
        ) -> ssl.AlertDescription | None:
            chain = self._shown(address, name)
            if not chain:
                return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            self._names[connection] = name
            connection.context = self._context(chain)
            return None

        context = _bare_context()
        context.sni_callback = choose
        return context

    def _shown(self, address: str, name: str | None) -> tuple[bytes, ...]:
        shaken = self._deliver(Request(address, 0, address, HTTPS_PORT, "https", name, b""))
        return shaken.certificates if isinstance(shaken, Reply) else ()

    def _context(self, chain: tuple[bytes, ...]) -> ssl.SSLContext:
        if chain not in self._contexts:
            context = _bare_context()
            with tempfile.TemporaryDirectory() as folder:  # OpenSSL reads a file
                path = Path(folder, "chain.pem")
                certificates = "".join(map(ssl.DER_cert_to_PEM_cert, chain))
                path.write_bytes(certificates.encode() + self._key)
                context.load_cert_chain(path)
            self._contexts[chain] = context
        return self._contexts[chain]


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    context.num_tickets = 0  # a resumed session would show no certificate
    context.options |= ssl.OP_NO_TICKET
    return context
