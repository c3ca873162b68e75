"""`lab.investigate.observers`: who can see what of a visit, for several ways to make it.

Each way is really taken: its exchanges go through the network and into the log. What a party
can read of them follows from where it stands and how the messages travel, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple

import dns.message

from labsupport import exchange
from labsupport.dns.transport import MEDIA_TYPE, source_port
from labsupport.exchange import (
    PORTS,
    NotSent,
    Outcome,
    Reply,
    Request,
    Silence,
    TlsFailure,
    Unreachable,
)
from labsupport.exchange.http import HttpRequest
from labsupport.exchange.log import Line, Log
from labsupport.formats.certificates import Trust
from labsupport.inputs.numbers import is_nobodys
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.lookups import web
from labsupport.lookups.ask import Answer, answer_of
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.session import Session
from labsupport.lookups.visit import kind_of

# WireGuard's own header, the packet's headers inside, the seal
VPN_OVERHEAD = 12 + 28 + 16


VisitMethod = Enum("VisitMethod", "HTTP HTTPS DOH ECH VPN")
"""A way to visit a page."""

Station = Enum("Station", "PROVIDER RESOLVER CARRIER VPN BEYOND END")
"""Where a party stands: BEYOND is on the way behind a VPN."""

VisibleFact = Enum("VisibleFact", "YOU ADDRESS NAME SERVER_NAME PAGE CONTENT")
"""Something about a visit that a party may see: your address, the site's, the name asked …"""

THE_NAME = {VisibleFact.NAME, VisibleFact.SERVER_NAME}


class Level(Enum):
    """How much of the site somebody sees: the most telling of it."""

    NOTHING = 0
    ADDRESS = 1
    NAME = 2
    CONTENT = 3

    @classmethod
    def of(cls, facts: frozenset[VisibleFact]) -> Level:
        """Return the level of somebody who sees these facts."""
        if VisibleFact.CONTENT in facts:
            return cls.CONTENT
        if facts & THE_NAME:
            return cls.NAME
        return cls.ADDRESS if VisibleFact.ADDRESS in facts else cls.NOTHING


Facts = set[VisibleFact]
Inside = tuple[Facts, Facts, Facts]
"""What stands in an exchange: in the greeting of TLS, in what is asked, in the answer."""


class Vpn(NamedTuple):
    """A VPN: who operates it, and the `address` and `port` of the tunnel's far end.

    Each message of a tunnel that stands begins with the octets `opening`.
    """

    operator: str
    address: str
    port: int
    opening: bytes


class Services(NamedTuple):
    """What the ways need beside the site: a resolver that answers over HTTPS, and a VPN.

    `resolver_name` is the one that the certificate of the resolver shows. `carriers` names the
    networks that carry a packet from one address to another, the sender's first.
    """

    resolver_name: str
    resolver: str
    vpn: Vpn
    carriers: Callable[[str, str], tuple[str, ...]]


class Sight(NamedTuple):
    """What one party sees; `who` is its name, or its network's."""

    role: Station
    who: str
    facts: frozenset[VisibleFact]


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit made in one way: its exchanges as evidence, and who sees what of them.

    `provider` is the access network. Where the page did not open, `kind` is the kind of answer
    that came instead, and `failed` what came: of the resolver, or of the machine.
    """

    way: VisitMethod
    provider: str
    lines: tuple[Line, ...]
    seen: tuple[Sight, ...]
    kind: Kind = Kind.FOUND
    failed: Answer | Outcome | None = None

    def by(self, role: Station) -> frozenset[VisibleFact]:
        """Everything that those who stand there see together."""
        facts: set[VisibleFact] = set()
        for sight in self.seen:
            if sight.role is role:
                facts |= sight.facts
        return frozenset(facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class Observers(Lookup):
    """Who sees what of `visits` made in several ways, or in one.

    `not_offered` are ways that there are not to this site; `shared` tells whether others use the
    same address.
    """

    kind: Kind
    url: Url
    visits: tuple[Visited, ...]
    not_offered: tuple[VisitMethod, ...]
    shared: bool


def observers(
    session: Session,
    url: Url,
    ways: Iterable[VisitMethod],
    services: Services,
    log: Log,
) -> Observers:
    """Visit `url` in these ways, and find out who sees what.

    `log` is where the network of `session` writes what it carries. Where the page does not
    open, there is what was seen until then.
    """
    visitor = _Visitor(session, services, log)
    taken = {way: visitor.take(url, way) for way in ways}
    visits = tuple(visited for visited in taken.values() if visited)
    kind: Kind = Kind.NO_SUCH_TYPE
    if visits:
        opened = any(visited.failed is None for visited in visits)
        kind = Kind.FOUND if opened else visits[0].kind
    return Observers(
        kind=kind,
        provenance=session.provenance(""),
        notes=url.notes,
        url=url,
        visits=visits,
        not_offered=tuple(way for way, visited in taken.items() if visited is None),
        shared=is_nobodys(session.entry.source),
    )


# Taking a way


class _Tunnel(exchange.Around):
    """The far end of a VPN: sealed messages travel there, and all goes on from there."""

    def __init__(self, session: Session, vpn: Vpn) -> None:
        super().__init__(session.network)
        self._session = session
        self._vpn = vpn

    def send(self, request: Request) -> Outcome:
        session = self._session
        vpn = self._vpn
        length = VPN_OVERHEAD + len(request.payload)
        sealed = vpn.opening + session.draw(2 ** (8 * length)).to_bytes(length, "big")
        source = session.entry.source
        port = source_port(session.draw)
        packet = Request(source, port, vpn.address, vpn.port, "udp", None, sealed)
        outcome = self.network.send(packet)
        return self.network.send(request) if isinstance(outcome, Reply) else outcome


def _seat(session: Session, way: VisitMethod, services: Services) -> Session:
    """Return from where a way sets out: its resolver, and the end of its tunnel."""
    entry = replace(session.entry, resolvers=(services.resolver,))
    if way in (VisitMethod.DOH, VisitMethod.ECH):
        url = str(web.resolver_url(services.resolver_name))
        return replace(session, entry=replace(entry, resolver_url=url))
    if way is VisitMethod.VPN:
        entry = replace(entry, source=services.vpn.address, source6="")
        return replace(session, network=_Tunnel(session, services.vpn), entry=entry)
    return session


@dataclass(frozen=True)
class _Visitor:
    """Visits a page and tells who carries that; `log` is where the network writes it down."""

    session: Session
    services: Services
    log: Log

    def take(self, url: Url, way: VisitMethod) -> Visited | None:
        """Visit `url` in one way; None where the site does not offer what the way needs."""
        session = self.session
        url = replace(url, scheme="http" if way is VisitMethod.HTTP else "https")
        first = len(self.log.lines)
        seat = _seat(session, way, self.services)
        asked, address = web.find_address(seat, url.name)
        hides = way is VisitMethod.ECH and bool(address)
        outer = web.find_outer_name(seat, url.name) if hides else ""
        if hides and not outer:
            return None
        served = web.get(seat, url, address, server_name=outer) if address else None
        kind: Kind = Kind.FOUND
        failed: Answer | Outcome | None = None
        if served is None:
            failed = answer = answer_of(seat, asked)
            kind = answer.kind
        elif served.response is None:
            kind = kind_of(served)
            failed = served.outcome
        lines = tuple(self.log.lines[first:])
        # A browser says no more to a machine whose certificate does not hold.
        distrusted = served is not None and served.trust not in (None, Trust.TRUSTED)
        seen = self._sights(lines, url, address, distrusted)
        return Visited(
            way, session.holder(session.entry.source), lines, seen, kind, failed
        )

    def _sights(
        self, lines: Iterable[Line], url: Url, address: str, distrusted: bool
    ) -> tuple[Sight, ...]:
        """Return what each party sees of all these exchanges, in the order of the stations."""
        by_station: dict[Station, dict[str, Facts]] = {
            station: {} for station in Station
        }
        for line in lines:
            says_all = not (line.request.to_address == address and distrusted)
            inside = _inside(line, url, address)
            for role, who, facts in self._parties(line, address, inside, says_all):
                if facts:
                    by_station[role].setdefault(who, set()).update(facts)
        sights = []
        for role, parties in by_station.items():
            for who, facts in parties.items():
                sights.append(Sight(role, who, frozenset(facts)))
        return tuple(sights)

    def _parties(
        self, line: Line, address: str, inside: Inside, says_all: bool
    ) -> Iterator[tuple[Station, str, Facts]]:
        """Yield who takes part in an exchange and where, with what each sees of it."""
        session, (hello, asked, answered) = self.session, inside
        source = line.request.source
        back = line.request.to_address
        far_end = self.services.vpn.address
        operator = self.services.vpn.operator
        mine = source in {session.entry.source, session.entry.source6}
        in_headers = {VisibleFact.YOU} if mine else set()
        if back == address:
            in_headers.add(VisibleFact.ADDRESS)
        on_the_way = in_headers | hello
        on_the_way_back = in_headers
        if line.request.protocol != "https":
            on_the_way = on_the_way | asked
            on_the_way_back = in_headers | answered
        # Who has the machines at the ends stands in the table for that. The host of the VPN's
        # machine is another: it carries packets on both sides, and the machine is the operator's.
        ends = {session.holder(end) for end in (source, back) if end != far_end}
        legs = [(self.services.carriers(source, back), on_the_way)]
        if isinstance(line.outcome, Reply):
            legs.append((self.services.carriers(back, source), on_the_way_back))
        between = Station.CARRIER if mine else Station.BEYOND
        for networks, facts in legs:
            yield from ((between, who, facts) for who in networks if who not in ends)
        first = (
            (Station.PROVIDER, session.holder(source))
            if mine
            else (Station.VPN, operator)
        )
        yield *first, on_the_way | on_the_way_back
        if isinstance(line.outcome, Reply | TlsFailure):
            is_read = isinstance(line.outcome, Reply) and says_all
            role = Station.END if back == address else Station.RESOLVER
            last = role, session.holder(back) or back
            if back == far_end:
                last = Station.VPN, operator
            yield (
                *last,
                in_headers | hello | asked | answered if is_read else on_the_way,
            )


def _inside(line: Line, url: Url, address: str) -> Inside:
    request = line.request
    nothing: Facts = set()
    if request.protocol != "udp" and isinstance(
        line.outcome, Silence | Unreachable | NotSent
    ):
        # no connection: only the call for one travelled
        return (
            nothing,
            nothing,
            nothing,
        )
    hello = {VisibleFact.SERVER_NAME} if request.server_name == url.host else nothing
    if isinstance(line.outcome, exchange.Reset):
        # who cut it off may have read the greeting first
        return (
            hello,
            nothing,
            nothing,
        )
    came = isinstance(line.outcome, Reply)
    question = request.payload if request.port == exchange.DNS_PORT else b""
    if request.protocol in PORTS:
        message = HttpRequest.from_bytes(request.payload)  # as it was sent from here
        if message.header("Host") == url.authority:
            asked = {VisibleFact.SERVER_NAME, VisibleFact.PAGE}
            return hello, asked, {VisibleFact.CONTENT} if came else nothing
        if message.header("Content-Type") == MEDIA_TYPE:
            question = message.body
    if not _asks_for(question, url):
        return hello, nothing, nothing
    # An answer repeats the question (RFC 1035 section 4.1).
    answered = (
        {VisibleFact.NAME, VisibleFact.ADDRESS} if address else {VisibleFact.NAME}
    )
    return hello, {VisibleFact.NAME}, answered if came else nothing


def _asks_for(payload: bytes, url: Url) -> bool:
    if not payload:
        return False
    questions = dns.message.from_wire(payload, question_only=True).question
    return any(question.name == url.name for question in questions)
