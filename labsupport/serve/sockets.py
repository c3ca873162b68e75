"""Real sockets in front of the lab: DNS, web and WHOIS.

What arrives becomes a `Request`, as if it came from a lookup. It is handed to a function, and
what that returns goes back. Everything happens in one thread, one message after the other, as
offline.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast

import h11

from labsupport.exchange import Outcome, Reply, Request, Silence
from labsupport.http import HttpResponse

Deliver = Callable[[Request], Outcome]
"""Takes what arrived at a socket; an `OfflineNetwork.send` is one."""
Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Speaks with one client over TCP; the connection is closed when it returns."""
ServerName = Callable[[Any], str | None]
"""Takes the TLS object of a connection, and returns the name that the client gave there."""

# A connection that is idle, or that trickles, is closed (RFC 7766 section 6.2.3).
SECONDS_A_CONNECTION_WAITS = 10.0
MOST_CONNECTIONS = 200
LARGEST_HEAD = 16 * 1024  # octets of an HTTP request without its body
LARGEST_REQUEST = 1024 * 1024


class Sockets:
    """Open sockets; they share one limit on TCP connections."""

    def __init__(self) -> None:
        self._connections: set[asyncio.StreamWriter] = set()
        self._open: list[asyncio.DatagramTransport | asyncio.Server] = []

    async def open_udp(self, address: str, port: int, deliver: Deliver) -> None:
        """Answer datagrams from now on; raises OSError where that cannot be."""
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Udp(address, port, deliver), local_addr=(address, port)
        )
        self._open.append(transport)

    async def open_tcp(
        self, address: str, port: int, converse: Converse, tls: ssl.SSLContext | None = None
    ) -> None:
        """Speak with who connects from now on; raises OSError where that cannot be."""

        async def limited(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._speak(reader, writer, converse)

        seconds = SECONDS_A_CONNECTION_WAITS if tls else None
        self._open.append(
            await asyncio.start_server(
                limited, address, port, ssl=tls, ssl_handshake_timeout=seconds
            )
        )

    async def open_dns(self, address: str, port: int, deliver: Deliver) -> None:
        """Answer DNS over UDP and TCP; raises OSError where that cannot be."""
        await self.open_udp(address, port, deliver)
        await self.open_tcp(address, port, dns(deliver))

    def close(self) -> None:
        """Answer no more, and cut off who is connected."""
        for opened in self._open:
            opened.close()
        for connection in self._connections:
            connection.transport.abort()

    async def _speak(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, converse: Converse
    ) -> None:
        self._connections.add(writer)
        # `drain` then waits until all has left.
        writer.transport.set_write_buffer_limits(0)
        try:
            if len(self._connections) <= MOST_CONNECTIONS:
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

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
    """Return what answers the HTTP requests of one connection, one after the other (RFC 9112).

    With `server_name` the connection is an encrypted one.
    """

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER, LARGEST_HEAD)
        protocol, shown, rest = "http", None, b""
        if server_name is not None:
            protocol, shown = "https", server_name(writer.get_extra_info("ssl_object"))
        while True:
            try:
                async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                    method, message = await _read(connection, reader, writer, rest)
            except h11.RemoteProtocolError as problem:
                await _refuse(connection, writer, problem.error_status_hint)
                return
            rest = connection.trailing_data[0]
            outcome = deliver(_request(writer, protocol, message, shown))
            if isinstance(outcome, Silence):
                await _wait(reader)
            if not isinstance(outcome, Reply):
                writer.transport.abort()
                return
            response = HttpResponse.from_bytes(outcome.payload)
            await _send(writer, _written(connection, method, response))
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    return converse


async def _read(
    connection: h11.Connection,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    begun: bytes,
) -> tuple[bytes, bytes]:
    """Read one request, of which `begun` is there; return its method, and all of it.

    Raises EOFError when none comes any more, and h11.RemoteProtocolError when it is none.
    """
    received = bytearray(begun)
    method = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            if connection.they_are_waiting_for_100_continue:
                proceed = h11.InformationalResponse(status_code=HTTPStatus.CONTINUE, headers=[])
                await _send(writer, connection.send(proceed) or b"")
            more = await reader.read(4096)
            received += more
            if len(received) > LARGEST_REQUEST:
                too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                raise h11.RemoteProtocolError("too long", error_status_hint=too_large)
            connection.receive_data(more)
        elif isinstance(event, h11.Request):
            method = event.method
        elif isinstance(event, h11.EndOfMessage):
            return method, bytes(received[: len(received) - len(connection.trailing_data[0])])
        elif not isinstance(event, h11.Data):
            raise EOFError


def _written(connection: h11.Connection, method: bytes, response: HttpResponse) -> bytes:
    headers = [(n.encode("latin-1"), value.encode("latin-1")) for n, value in response.headers]
    written = connection.send(h11.Response(status_code=response.status, headers=headers)) or b""
    if method != b"HEAD" and response.body:
        written += connection.send(h11.Data(data=response.body)) or b""
    return written + (connection.send(h11.EndOfMessage()) or b"")


async def _refuse(connection: h11.Connection, writer: asyncio.StreamWriter, status: int) -> None:
    headers = (("Connection", "close"), ("Content-Length", "0"))
    await _send(writer, _written(connection, b"", HttpResponse(status, headers)))


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
    writer: asyncio.StreamWriter, protocol: str, message: bytes, server_name: str | None = None
) -> Request:
    client, own = writer.get_extra_info("peername"), writer.get_extra_info("sockname")
    return Request(client[0], client[1], own[0], own[1], protocol, server_name, message)


class _Udp(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, address: str, port: int, deliver: Deliver) -> None:
        self._own = address, port
        self._deliver = deliver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, client: tuple[Any, ...]) -> None:
        outcome = self._deliver(Request(client[0], client[1], *self._own, "udp", None, data))
        if isinstance(outcome, Reply):
            self._transport.sendto(outcome.payload, client)
