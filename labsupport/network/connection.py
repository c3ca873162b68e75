"""A TCP connection that is patient within bounds: on time, and on what it reads."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any

from httpcore2 import NetworkStream

from labsupport.bounds import LONGEST_EXCHANGE, ONE_READ


class TooMuch(Exception):
    """The other side sent more than it may."""


class Connection(NetworkStream):
    """A connection to a port at an address, which speaks TLS after `encrypt`.

    `patience` is how many seconds may pass without anything happening, `most` how many octets
    are read. Raises OSError, of which TimeoutError is one, and TooMuch.
    """

    def __init__(self, address: str, port: int, patience: float, most: int) -> None:
        self._patience = patience
        self._deadline = time.monotonic() + LONGEST_EXCHANGE
        self._left = most
        self.received = 0  # octets, of what was encrypted if anything was
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._wait()
            self._socket.connect((address, port))
            self.source_port: int = self._socket.getsockname()[1]
        except BaseException:
            self._socket.close()
            raise

    def encrypt(self, server_name: str | None, protocols: Iterable[str] = ()) -> tuple[bytes, ...]:
        """Shake hands, and return the certificates that were shown, in DER, leaf first.

        They are not judged: whoever calls must do so before anything is sent. `protocols` are
        those to offer for what follows (ALPN, RFC 7301). Raises ssl.SSLError as well.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if offered := list(protocols):
            context.set_alpn_protocols(offered)
        self._wait()
        self._socket = context.wrap_socket(self._socket, server_hostname=server_name)
        return _shown(self._socket)

    @property
    def chosen(self) -> str:
        """The protocol that the other side chose of those offered, "" for none."""
        own = self._socket
        return (own.selected_alpn_protocol() or "") if isinstance(own, ssl.SSLSocket) else ""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what came, at most `max_bytes`; nothing at the end. `timeout` changes nothing."""
        self._wait()
        data = self._socket.recv(max_bytes)
        self.received += len(data)
        self._left -= len(data)
        if self._left < 0:
            raise TooMuch
        return data

    def read_exactly(self, count: int) -> bytes:
        """Return `count` octets; raise ConnectionResetError when fewer come."""
        data = b""
        while len(data) < count:
            more = self.read(count - len(data))
            if not more:
                raise ConnectionResetError
            data += more
        return data

    def allow(self, more: int) -> None:
        """Let so many more octets be read."""
        self._left += more

    def read_all(self) -> bytes:
        """Return everything until the other side ends."""
        pieces = []
        while piece := self.read(ONE_READ):
            pieces.append(piece)
        return b"".join(pieces)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send everything in `buffer`. `timeout` changes nothing."""
        self._wait()
        self._socket.sendall(buffer)

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def _wait(self) -> None:
        """Give the next step its time; raise TimeoutError when there is none left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(min(self._patience, left))


def _shown(encrypted: Any) -> tuple[bytes, ...]:
    """The certificates of a handshake. Before Python 3.13 only the object within has them all."""
    if hasattr(encrypted, "get_unverified_chain"):
        return tuple(encrypted.get_unverified_chain())
    return tuple(
        ssl.PEM_cert_to_DER_cert(one.public_bytes())
        for one in encrypted._sslobj.get_unverified_chain() or ()
    )
