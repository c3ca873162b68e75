"""Many names over a slow line, beside a loop that asks them one after the other with dnspython.

A server on loopback answers each question, after it has waited as over a long line.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.synchronize import Event

import dns.message
import dns.query

from benchmarks.measure import Row, side_by_side
from labsupport import Lab
from labsupport.exchange import Around, Network, Outcome, Request
from labsupport.lookups.many import AT_ONCE, ask_many
from labsupport.lookups.session import Session
from labsupport.network.guard import Guard
from labsupport.network.live import LiveNetwork
from labsupport.results import Kind, Source

NAMES = 2_000
ROUNDS = 1
SECONDS = 0.020  # that a question waits
HERE = "127.0.0.1"
PORT = 53_530
TIMES_FASTER = 15


def rows() -> Iterator[Row]:
    """Measure `ask_many` beside the loop; the value is the share of the loop's time."""
    lab = Lab("en")
    entry = replace(lab._entry, resolvers=(HERE,), source=HERE, source6="")
    network = LiveNetwork(Guard.of((), ["127.0.0.0/8"]), b"", lab.say)
    names = [f"cliente-{number}.mis-paginas.example" for number in range(NAMES)]

    def many() -> None:
        # A network of its own each time: nothing is kept from one round to the next.
        session = Session(_AtPort(network, PORT), entry, lab.say, Source.LIVE)
        found = ask_many(session, names, "A")
        assert found.counts[Kind.FOUND] == NAMES, found.sentence

    def loop() -> None:
        for name in names:
            query = dns.message.make_query(name, "A", want_dnssec=True)
            answer = dns.query.udp(query, HERE, port=PORT, timeout=5)
            assert answer.answer

    with _serving():
        at_once, one_by_one = side_by_side((many, loop), ROUNDS)
    share = at_once[0] / one_by_one[0]
    yield Row(
        f"{NAMES:,} names at once ({AT_ONCE} wait together), beside a loop, over a line of 20 ms",
        f"{at_once[0]:.2f} s",
        f"{one_by_one[0]:.2f} s",
        share,
        bound=1 / TIMES_FASTER,
    )


class _AtPort(Around):
    """Sends everything to another port."""

    def __init__(self, network: Network, port: int) -> None:
        super().__init__(network)
        self._port = port

    def send(self, request: Request) -> Outcome:
        return self.network.send(replace(request, port=self._port))


@contextmanager
def _serving() -> Iterator[None]:
    """Answer from a process of its own."""
    spawning = multiprocessing.get_context("spawn")
    ready = spawning.Event()
    process = spawning.Process(target=_run, args=(ready,))
    process.start()
    ready.wait()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _run(ready: Event) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(_Server, local_addr=(HERE, PORT))
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(serve())


class _Server(asyncio.DatagramProtocol):
    """Answers every question with one address."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, client: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(SECONDS, self._transport.sendto, answered(data), client)  # type: ignore[attr-defined]


def answered(query: bytes) -> bytes:
    """Return an answer to a question, without what follows it there (RFC 1035 section 4.1)."""
    end = query.index(0, 12) + 5
    header = query[:2] + b"\x81\x80" + b"\0\1\0\1\0\0\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + bytes([192, 0, 2, 80])
    return header + query[12:end] + record
