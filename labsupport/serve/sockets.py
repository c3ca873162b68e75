"""DNS on real sockets: UDP, and TCP as RFC 7766 has it.

What arrives is handed to a function, and what it returns goes back. Everything happens in
one thread, one message after the other, as offline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from labsupport.exchange import Outcome, Reply, Silence

Deliver = Callable[[str, str, int, bytes], Outcome]
"""Takes "udp" or "tcp", the client's address and port, and a message."""

# A connection that is idle, or that trickles, is closed (RFC 7766 section 6.2.3).
SECONDS_A_CONNECTION_WAITS = 10.0
MOST_CONNECTIONS = 200


class DnsSockets:
    """Sockets that deliver to the lab; they share one limit on TCP connections."""

    def __init__(self) -> None:
        self._connections: set[asyncio.StreamWriter] = set()
        self._open: list[asyncio.DatagramTransport | asyncio.Server] = []

    async def open(self, address: str, port: int, deliver: Deliver) -> None:
        """Answer at `address` and `port` from now on; raises OSError where that cannot be."""

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._converse(reader, writer, deliver)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Udp(deliver), local_addr=(address, port)
        )
        self._open.append(transport)
        self._open.append(await asyncio.start_server(converse, address, port))

    def close(self) -> None:
        """Answer no more, and cut off who is connected."""
        for opened in self._open:
            opened.close()
        for connection in self._connections:
            connection.transport.abort()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deliver: Deliver
    ) -> None:
        """Answer the questions of one connection, each after its length in two octets."""
        self._connections.add(writer)
        try:
            if len(self._connections) > MOST_CONNECTIONS:
                return
            source, port = writer.get_extra_info("peername")[:2]
            while True:
                async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    message = await reader.readexactly(length)
                outcome = deliver("tcp", source, port, message)
                if isinstance(outcome, Reply):
                    payload = outcome.payload
                    writer.write(len(payload).to_bytes(2, "big") + payload)
                    async with asyncio.timeout(SECONDS_A_CONNECTION_WAITS):
                        await writer.drain()
                elif not isinstance(outcome, Silence):
                    return
        except TimeoutError:
            writer.transport.abort()  # what it does not read is not kept for it
        except (EOFError, OSError, asyncio.CancelledError):
            pass  # the client went away, or the lab is being closed
        finally:
            self._connections.discard(writer)
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, client: tuple[Any, ...]) -> None:
        outcome = self._deliver("udp", client[0], client[1], data)
        if isinstance(outcome, Reply):
            self._transport.sendto(outcome.payload, client)
