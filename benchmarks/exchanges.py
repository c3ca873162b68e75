"""One exchange with a server of the lab, beside the same question to Knot; and whole questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from benchmarks import knot
from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab, signatures
from labsupport.dns import validation
from labsupport.dns.transport import Exchange, exchange, make_query
from labsupport.exchange import Request
from labsupport.lab_protocol import context_of
from labsupport.network import offline
from labsupport.network.offline import OfflineNetwork
from labsupport.servers.authoritative import AuthoritativeServer
from labsupport.world import World

ROUNDS = 300
ROUNDS_OF_QUESTIONS = 100
SOURCE = "198.18.0.10"

# What is asked, of a server of which zone.
QUESTIONS = (
    ("a signed address", "www.museum.example", "A", "museum.example"),
    ("keys of the root", ".", "DNSKEY", "."),
    ("a signed referral", "www.museum.example", "A", "."),
    ("an unsigned referral", "goles-gratis.example", "A", "example"),
    ("no such name, NSEC", "nada.museum.example", "A", "museum.example"),
    ("no such name, NSEC3", "nada.universidad.test", "A", "universidad.test"),
    ("no such type, NSEC", "www.museum.example", "MX", "museum.example"),
    ("an unsigned address", "goles-gratis.example", "A", "goles-gratis.example"),
)
# What is asked of a resolver, and the zone that holds the answer.
ASKED = (
    ("www.museum.example", "A", "museum.example"),
    ("nada.museum.example", "A", "museum.example"),
    ("www.universidad.test", "A", "universidad.test"),
    ("hospital-central.org.test", "A", "hospital-central.org.test"),
)


def rows() -> Iterator[Row]:
    """Measure single exchanges, then whole questions, cold and warm."""
    world = World.load()
    zones = {question[-1] for question in (*QUESTIONS, *ASKED)}
    with ExitStack() as running:
        ports = {
            zone: running.enter_context(knot.serving(world, zone)) for zone in zones
        }
        network = OfflineNetwork(world)
        for what, name, rdtype, zone in QUESTIONS:
            yield _single(network, what, _question(name, rdtype), zone, ports[zone])
        lab = Lab("en")
        for name, rdtype, zone in ASKED:
            yield _cold(lab, name, rdtype)
            yield _warm(lab, name, rdtype, ports[zone])


def _question(
    name: str, rdtype: str, *, recursion: bool = False
) -> Callable[[], dns.message.QueryMessage]:
    return partial(
        make_query,
        dns.name.from_text(name),
        dns.rdatatype.from_text(rdtype),
        recursion=recursion,
    )


def nothing_kept(network: OfflineNetwork) -> None:
    """Have every message answered anew, and every signature checked: as if first seen."""
    signatures.signed_by_key.cache_clear()
    for server in {*offline._name_servers(network.world).values()}:
        if isinstance(server, AuthoritativeServer):
            server._known.cache_clear()


def _single(
    network: OfflineNetwork,
    what: str,
    query: Callable[[], dns.message.QueryMessage],
    zone: str,
    port: int,
) -> Row:
    address = network.world.server_of[zone].hosts[0].addresses[0]

    def ours() -> Exchange:
        return exchange(network.send, query(), source=SOURCE, to_address=address)

    def theirs() -> dns.message.Message:
        return knot.question(query(), port)

    answer, yardstick = ours().response, theirs()
    if answer is None or not _alike(answer, yardstick):
        raise SystemExit(
            f"Knot and the lab do not answer alike ({what}): nothing to compare."
        )
    measured, reference = side_by_side(
        (ours, theirs), ROUNDS, lambda: nothing_kept(network)
    )
    return ratio(f"exchange: {what}, beside Knot", measured, reference, 2)


def _alike(one: dns.message.Message, other: dns.message.Message) -> bool:
    return one.rcode() == other.rcode() and all(
        len(ours) == len(theirs)
        for ours, theirs in (
            (one.answer, other.answer),
            (one.authority, other.authority),
        )
    )


@dataclass(slots=True)
class Parts:
    """What a question is made of: the messages it sends, and the signatures it checks."""

    network: OfflineNetwork | None = None
    requests: list[Request] = field(default_factory=list)
    checks: list[tuple[Any, ...]] = field(default_factory=list)

    def again(self) -> None:
        """Do the exchanges and the checks once more, and nothing else.

        The first exchange is the client's with its resolver, which by now knows the answer;
        the others are those the resolver had to make.
        """
        assert self.network is not None
        nothing_kept(self.network)
        for request in self.requests:
            asked = dns.message.from_wire(request.payload)
            question = asked.question[0]
            exchange(
                self.network.send,
                make_query(
                    question.name,
                    question.rdtype,
                    recursion=bool(asked.flags & dns.flags.RD),
                ),
                source=request.source,
                to_address=request.to_address,
            )
        for check in self.checks:
            validation.check_rrset(*check)


@contextmanager
def taken_apart() -> Iterator[Parts]:
    """Keep what is sent and what is checked meanwhile."""
    parts = Parts()
    send, check_rrset = OfflineNetwork.send, validation.check_rrset

    def keep_request(network: OfflineNetwork, request: Request) -> Any:
        parts.network = network
        if request.protocol == "udp":  # `exchange` turns to TCP by itself
            parts.requests.append(request)
        return send(network, request)

    def keep_check(*check: Any) -> Any:
        parts.checks.append(check)
        return check_rrset(*check)

    with (
        patch.object(OfflineNetwork, "send", keep_request),
        patch("labsupport.dns.validation.check_rrset", keep_check),
        patch("labsupport.dns.chain.check_rrset", keep_check),
    ):
        yield parts


def _cold(lab: Lab, name: str, rdtype: str) -> Row:
    def forget() -> None:
        lab.wait("2 days")  # longer than any answer is kept
        nothing_kept(context_of(lab).offline)

    forget()
    lab.ask(name, rdtype)  # the zones are read by now, as Knot's are
    forget()
    with taken_apart() as parts:
        lab.ask(name, rdtype)
    # Both sides only compute, in this process: its processor time, which no neighbour disturbs.
    measured, reference = side_by_side(
        (lambda: lab.ask(name, rdtype), parts.again),
        ROUNDS_OF_QUESTIONS,
        before=forget,
        clock=time.process_time,
    )
    made_of = f"{len(parts.requests)} exchanges + {len(parts.checks)} signatures"
    return ratio(f"cold lab.ask {name}, beside its {made_of}", measured, reference, 1.2)


def _warm(lab: Lab, name: str, rdtype: str, port: int) -> Row:
    query = _question(name, rdtype)
    measured, reference = side_by_side(
        (lambda: lab.ask(name, rdtype), lambda: knot.question(query(), port)), ROUNDS
    )
    return ratio(f"warm lab.ask {name}, beside a Knot question", measured, reference, 2)
