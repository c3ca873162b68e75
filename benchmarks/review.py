"""A review of an order with 1,000 targets, beside the lookups it is made of, done one by one."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address

import dns.message
import dns.name
import dns.rdatatype

from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab
from labsupport.inputs.numbers import Number
from labsupport.kinds import Source
from labsupport.lab_protocol import context_of
from labsupport.lookups import neighbours, rdap, resolvers
from labsupport.lookups.session import Session
from labsupport.orders.drafts import OwnOrder
from labsupport.orders.facts import NOBODYS_LABEL
from labsupport.orders.order import Order, Target, TargetKind, order_of
from labsupport.orders.review import review
from labsupport.orders.targets import name_in, registered
from labsupport.orders.techniques import Technique
from labsupport.world import World

ROUNDS = 1  # it takes a minute; processor time counts, which no neighbour disturbs
FEW_ROUNDS = 10
SECONDS_A_REVIEW = 0.1  # of an order of the course, after the first
TARGETS = 1_000
FEW = 100
TYPES = ("A", "AAAA")


def rows() -> Iterator[Row]:
    """Measure a review beside its lookups, then a target of many beside one of few."""
    lab = Lab("en")
    session = Session(
        context_of(lab).offline,
        context_of(lab).entry,
        context_of(lab).say,
        Source.LAB,
        resolvers.ask,
    )  # nothing is recorded
    names = _names(World.load(), TARGETS)
    many, few = _order(names), _order(names[:: TARGETS // FEW])

    def reviewed() -> None:
        assert len(review(many, session, context_of(lab).say).findings) > FEW

    def singly() -> None:
        for name in names:
            _look_up(session, name)

    # Both sides only compute, in this process: its processor time.
    of_many, one_by_one, of_few = side_by_side(
        (reviewed, singly, lambda: review(few, session, context_of(lab).say)),
        ROUNDS,
        clock=time.process_time,
    )
    yield ratio(
        f"review of {TARGETS:,} targets, and their lookups one by one",
        of_many,
        one_by_one,
        1.5,
    )
    yield ratio(
        f"a target of {TARGETS:,}, beside one of {FEW}",
        [seconds / TARGETS for seconds in of_many],
        [seconds / FEW for seconds in of_few],
    )
    yield _of_the_course(lab, session)


def _of_the_course(lab: Lab, session: Session) -> Row:
    """Measure how long a lesson waits for the review of an order, beside its lookups."""
    shown = lab.orders.draft("flawed")
    assert isinstance(shown, OwnOrder)
    names = [host for target in shown.order.targets if (host := name_in(target))]

    def singly() -> None:
        for name in names:
            _look_up(session, name)

    times, one_by_one = side_by_side(
        (lambda: lab.orders.review(shown), singly), FEW_ROUNDS, clock=time.process_time
    )
    seconds, beside = statistics.median(times), statistics.median(one_by_one)
    what = f"review of an order of the course, {len(names)} name(s) in it, and their lookups"
    return Row(
        what, f"{seconds:.3f} s", f"{beside:.3f} s", seconds, "s", SECONDS_A_REVIEW
    )


def _names(world: World, count: int) -> list[str]:
    """Return names of the lab: all its sites, and customers of a platform."""
    sites = [site.name for site in world.sites]
    customers = (f"cliente-{number}.mis-paginas.example" for number in range(count))
    return [*sites, *customers][:count]


def _order(names: list[str]) -> Order:
    return order_of(
        tuple(Target(name, TargetKind.NAME) for name in names),
        Technique.ADDRESS,
        ("access providers",),
        lasts=timedelta(days=30),
    )


def _look_up(session: Session, name: str) -> None:
    """Ask what a review asks of one name, as somebody would who has just this one."""
    domain, _ = registered(name)
    addresses = [address for rdtype in TYPES for address in _ask(session, name, rdtype)]
    for one in dict.fromkeys((name, domain)):
        _ask(session, one, "MX")
        _ask(session, one, "DS")
    _ask(session, f"{NOBODYS_LABEL}.{name}", "A")
    (server, *_) = rdap.servers(session, "dns").find(domain)
    rdap.ask(session, f"{server}domain/{domain}")
    for one in dict.fromkeys((name, domain)):
        neighbours.seen_below(session, one)
    for address in addresses:
        neighbours.seen_at(session, address)
        rdap.rdap(session, Number(ip_address(address), address))


def _ask(session: Session, name: str, rdtype: str) -> list[str]:
    asked = session.ask_resolver(
        dns.name.from_text(name), dns.rdatatype.from_text(rdtype)
    )
    if not isinstance(asked.response, dns.message.QueryMessage):
        return []
    answer = asked.response.resolve_chaining().answer
    return [record.to_text() for record in answer or ()]
