"""Real sockets in front of the lab: DNS, web and WHOIS, with TLS where its machines speak it.

What arrives becomes a `Request`, as if it came from a lookup. It is handed to a function, and
what that returns goes back. Everything happens in one thread, one message after the other, as
offline.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary

import h11

from labsupport.exchange import HTTPS_PORT, Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpResponse

Deliver = Callable[[Request], Outcome]
"""Takes what arrived at a socket; an `OfflineNetwork.send` is one."""
Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Speaks with one client over TCP; the connection is closed when it returns."""
ServerName = Callable[[Any], str | None]
"""Takes the TLS object of a connection, and returns the name that the client gave there."""

# A connection that is idle, or that trickles, is closed (RFC 7766 section 6.2.3).
SECONDS_A_CONNECTION_WAITS = 10.0
LARGEST_HEAD = 16 * 1024  # octets of an HTTP request without its body
LARGEST_REQUEST = 1024 * 1024


class Sockets:
    """Open sockets."""

    def __init__(self) -> None:
        self._connections: set[asyncio.StreamWriter] = set()
        self._open: list[asyncio.DatagramTransport | asyncio.Server] = []

    async def open_tcp(
        self,
        address: str,
        port: int,
        converse: Converse,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Speak with who connects from now on; raises OSError where that cannot be."""

        async def limited(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            await self._speak(reader, writer, converse)

        seconds = SECONDS_A_CONNECTION_WAITS if tls else None
        self._open.append(
            await asyncio.start_server(
                limited, address, port, ssl=tls, ssl_handshake_timeout=seconds
            )
        )

    async def open_dns(self, address: str, port: int, deliver: Deliver) -> None:
        """Answer DNS over UDP and TCP; raises OSError where that cannot be."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Udp(address, port, deliver), local_addr=(address, port)
        )
        self._open.append(transport)
        await self.open_tcp(address, port, dns(deliver))

    def close(self) -> None:
        """Answer no more, and cut off who is connected."""
        for opened in self._open:
            opened.close()
        for connection in self._connections:
            connection.transport.abort()

    async def _speak(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        converse: Converse,
    ) -> None:
        self._connections.add(writer)
        # `drain` then waits until all has left.
        writer.transport.set_write_buffer_limits(0)
        try:
            await converse(reader, writer)
        except TimeoutError:
            writer.transport.abort()  # what it does not read is not kept for it
        except (EOFError, OSError, asyncio.CancelledError):
            pass  # the client went away, or the lab is being closed
        finally:
            self._connections.discard(writer)
            writer.close()


def dns(deliver: Deliver) -> Converse:
    """Return what answers the questions of one connection, each after its length (RFC 7766)."""

    async def converse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while True:
            async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                length = int.from_bytes(await reader.readexactly(2), "big")
                message = await reader.readexactly(length)
            outcome = deliver(_request(writer, "tcp", message, None))
            if isinstance(outcome, Reply):
                payload = outcome.payload
                await _send(writer, len(payload).to_bytes(2, "big") + payload)
            elif not isinstance(outcome, Silence):
                return

    return converse


def whois(deliver: Deliver) -> Converse:
    """Return what answers the one line that a connection asks (RFC 3912)."""

    async def converse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                query = await reader.readuntil(b"\n")
        except asyncio.LimitOverrunError:  # no line ends so late
            return
        # Who types it may end the line with a line feed alone.
        outcome = deliver(_request(writer, "tcp", query.rstrip(b"\r\n") + b"\r\n"))
        if isinstance(outcome, Reply):
            await _send(writer, outcome.payload)
        elif isinstance(outcome, Silence):
            await _wait(reader)

    return converse


def http(deliver: Deliver, server_name: ServerName | None = None) -> Converse:
    """Return what answers the one HTTP request of a connection (RFC 9112).

    With `server_name` the connection is an encrypted one.
    """

    async def converse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        connection = h11.Connection(h11.SERVER, LARGEST_HEAD)
        protocol = "http"
        shown = None
        if server_name is not None:
            protocol = "https"
            shown = server_name(writer.get_extra_info("ssl_object"))
        try:
            async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                method, message = await _read(connection, reader)
        except h11.RemoteProtocolError:
            return
        outcome = deliver(_request(writer, protocol, message, shown))
        if isinstance(outcome, Silence):
            await _wait(reader)
        if not isinstance(outcome, Reply):
            writer.transport.abort()
            return
        response = HttpResponse.from_bytes(outcome.payload)
        headers = [(n.encode(), v.encode("latin-1")) for n, v in response.headers]
        headers.append((b"Connection", b"close"))
        written = (
            connection.send(h11.Response(status_code=response.status, headers=headers))
            or b""
        )
        if method != b"HEAD" and response.body:
            written += connection.send(h11.Data(data=response.body)) or b""
        await _send(writer, written + (connection.send(h11.EndOfMessage()) or b""))

    return converse


async def _read(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> tuple[bytes, bytes]:
    """Read one request; return its method, and all of it.

    Raises EOFError when none comes any more, and h11.RemoteProtocolError when it is none.
    """
    received = b""
    method = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            more = await reader.read(4096)
            received += more
            if len(received) > LARGEST_REQUEST:
                raise h11.RemoteProtocolError("too long")
            connection.receive_data(more)
        elif isinstance(event, h11.Request):
            method = event.method
        elif isinstance(event, h11.EndOfMessage):
            return method, received[: len(received) - len(connection.trailing_data[0])]
        elif not isinstance(event, h11.Data):
            raise EOFError


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
        await writer.drain()


async def _wait(reader: asyncio.StreamReader) -> None:
    """Say nothing until the client gives up, or has waited long enough."""
    async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
        while await reader.read(4096):
            pass


def _request(
    writer: asyncio.StreamWriter,
    protocol: str,
    message: bytes,
    server_name: str | None = None,
) -> Request:
    client = writer.get_extra_info("peername")
    own = writer.get_extra_info("sockname")
    return Request(client[0], client[1], own[0], own[1], protocol, server_name, message)


class _Udp(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, address: str, port: int, deliver: Deliver) -> None:
        self._own = address, port
        self._deliver = deliver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, client: tuple[Any, ...]) -> None:
        outcome = self._deliver(
            Request(client[0], client[1], *self._own, "udp", None, data)
        )
        if isinstance(outcome, Reply):
            self._transport.sendto(outcome.payload, client)


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
        shaken = self._deliver(
            Request(address, 0, address, HTTPS_PORT, "https", name, b"")
        )
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
