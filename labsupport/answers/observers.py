"""`lab.observers`: who can see what of a visit, for several ways to make it.

Each way is really taken: its exchanges go through the network and into the log. What a party
can read of them follows from where it stands and how the messages travel, and from nothing else.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import dns.message

from labsupport.answers import drawings
from labsupport.answers.ask import AnswerPage
from labsupport.dns.transport import MEDIA_TYPE, source_port
from labsupport.exchange import (
    DNS_PORT,
    Around,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
)
from labsupport.exchange.evidence import Line, Log
from labsupport.exchange.http import PORTS, HttpRequest
from labsupport.formats.certificates import Trust
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import of_nobody, read_number
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import Language, limits, mark, tell
from labsupport.lookups import web
from labsupport.lookups.ask import answer_of
from labsupport.lookups.session import Session
from labsupport.lookups.visit import kind_of
from labsupport.results import Explanation, Figure, Result, Table, quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Carriers = Callable[[str, str], tuple[str, ...]]
"""Names the networks that carry a packet from one address to another, the sender's first."""

VPN_OVERHEAD = 12 + 28 + 16  # WireGuard's own header, the packet's headers inside, the seal


class Way(StrEnum):
    """A way to visit a page."""

    HTTP = "http"
    HTTPS = "https"
    DOH = "https + DoH"
    ECH = "https + DoH + ECH"
    VPN = "https through a VPN"


NAMES_OF_WAYS = {way.name.lower(): way for way in Way} | {way.value.lower(): way for way in Way}


class Role(StrEnum):
    """Where a party stands."""

    PROVIDER = mark("access provider")
    RESOLVER = mark("resolver")
    CARRIER = mark("network on the way")
    VPN = mark("VPN operator")
    BEYOND = mark("network beyond the VPN")
    END = mark("machine at the end")


class Fact(StrEnum):
    """Something about a visit that a party may see."""

    YOU = mark("your address")
    ADDRESS = mark("the site's address")
    NAME = mark("the name asked (DNS)")
    SERVER_NAME = mark("the name of the site called")
    PAGE = mark("the page")
    CONTENT = mark("the content")


THE_NAME = {Fact.NAME, Fact.SERVER_NAME}


class Level(StrEnum):
    """How much of the site somebody sees: the most telling of it."""

    NOTHING = mark("nothing of the site")
    ADDRESS = mark("the site's address, not its name")
    NAME = mark("the site's name, not the page")
    CONTENT = mark("the page and its content")

    @classmethod
    def of(cls, facts: frozenset[Fact]) -> Level:
        """Return the level of somebody who sees these facts."""
        if Fact.CONTENT in facts:
            return cls.CONTENT
        if facts & THE_NAME:
            return cls.NAME
        return cls.ADDRESS if Fact.ADDRESS in facts else cls.NOTHING


# In a cell of the picture: its words, and its shade.
CELLS: dict[Level, tuple[str, str]] = {
    Level.NOTHING: (mark("nothing of it"), "#eff5fa"),
    Level.ADDRESS: (mark("site's address"), "#d6e6f2"),
    Level.NAME: (mark("site's name"), "#a9cde5"),
    Level.CONTENT: (mark("page and content"), "#6aa9d2"),
}


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

    `resolver_name` is the one that the certificate of the resolver shows.
    """

    resolver_name: str
    resolver: str
    vpn: Vpn


class Seen(NamedTuple):
    """What one party sees; `who` is its name, or its network's."""

    role: Role
    who: str
    facts: frozenset[Fact]


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit made in one way: its exchanges as evidence, and who sees what of them.

    `provider` is the access network. Where the page did not open, `kind` is the kind of answer
    that came instead, and `why` says so.
    """

    way: Way
    provider: str
    lines: tuple[Line, ...]
    seen: tuple[Seen, ...]
    kind: Kind = Kind.FOUND
    why: str = ""

    def by(self, role: Role) -> frozenset[Fact]:
        """Everything that those who stand there see together."""
        return frozenset[Fact]().union(*(one.facts for one in self.seen if one.role is role))


@dataclass(eq=False, repr=False, kw_only=True)
class Observers(Result):
    """Who sees what of a visit made in one way.

    `visited` has the exchanges; `shared` tells whether others use the same address.
    """

    url: Url
    visited: Visited
    shared: bool

    @property
    def sentence(self) -> str:
        say = self.say
        visited = self.visited
        text = tell(
            say,
            "observers.one",
            way=say(visited.way),
            who=visited.provider,
            name=self.url.host,
            what=say(Level.of(visited.by(Role.PROVIDER))),
        )
        if visited.why:
            text = f"{tell(say, 'observers.why', why=visited.why)} {text}"
        others = dict.fromkeys(
            one.who
            for one in visited.seen
            if one.who != visited.provider and Fact.YOU in one.facts and one.facts & THE_NAME
        )
        if others:
            key = "observers.tie_shared" if self.shared else "observers.tie"
            text += " " + tell(say, key, others=", ".join(others))
        return text

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Who can see what: {way}", way=say(self.visited.way)),
            (say("who"), *(say(fact) for fact in Fact)),
            tuple(
                (
                    say("{who} ({role})", who=one.who, role=say(one.role)),
                    *("✓" if fact in one.facts else "–" for fact in Fact),
                )
                for one in self.visited.seen
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, *LIMITS)


@dataclass(eq=False, repr=False, kw_only=True)
class WaysCompared(Result):
    """Who sees what of a visit, for every way that there is to the site: `visits`."""

    url: Url
    visits: list[Visited]

    @property
    def sentence(self) -> str:
        say = self.say
        ways: dict[Level, list[str]] = {level: [] for level in reversed(Level)}
        for visited in self.visits:
            ways[Level.of(visited.by(Role.PROVIDER))].append(say(visited.way))
        parts = "; ".join(
            f"{say(level)} ({', '.join(such)})" for level, such in ways.items() if such
        )
        who, name = self.visits[0].provider, self.url.host
        text = tell(say, "observers.all", who=who, name=name, parts=parts)
        if self.kind is not Kind.FOUND:
            return tell(say, "observers.not_opened_at_all") + " " + text
        return text + " " + tell(say, "observers.reads_everything")

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Who can see what, way by way"),
            (say("who"), *(say(visited.way) for visited in self.visits)),
            tuple(
                (say(role), *(_cell(visited, role, say) for visited in self.visits))
                for role in self._roles
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, *LIMITS)

    def figure(self) -> Figure:
        """The table as a grid: the more somebody sees, the darker the cell."""
        say = self.say
        table = self.tabulated()
        ways = table.columns[1:]
        alt = " ".join(
            f"{who}: {'; '.join(f'{way}: {cell}' for way, cell in zip(ways, cells, strict=True))}."
            for who, *cells in table.rows
        )
        shades = [
            [
                drawings.PAPER,
                *(
                    CELLS[Level.of(facts)][1] if (facts := visited.by(role)) else drawings.PAPER
                    for visited in self.visits
                ),
            ]
            for role in self._roles
        ]

        def draw(axes: Axes) -> None:
            from matplotlib.transforms import Bbox

            axes.set_axis_off()
            axes.set(xticks=(), yticks=())  # unseen, and they would still be measured
            grid = axes.table(
                [[textwrap.fill(str(cell), 19) for cell in row] for row in table.rows],
                shades,
                cellLoc="center",
                colLabels=[textwrap.fill(column, 19) for column in table.columns],
                bbox=Bbox.unit(),
            )
            grid.auto_set_font_size(False)
            grid.set_fontsize(8.5)
            for (down, across), cell in grid.get_celld().items():
                cell.set_edgecolor(drawings.GREY)
                if not down or not across:
                    cell.set_text_props(fontweight="bold")
            drawings.leave_as_placed(axes)

        title = say("Who can see what of a visit to {name}", name=self.url.host)
        return Figure(title, alt, table, draw, say, size=(10.0, 0.72 * (len(table.rows) + 1) + 0.6))

    @property
    def _roles(self) -> list[Role]:
        return [role for role in Role if any(visited.by(role) for visited in self.visits)]


def observers(
    session: Session,
    url: Url,
    way_text: object = "",
    *,
    carriers: Carriers,
    services: Services,
    log: Log,
) -> Result:
    """Visit `url` in one way, or in all ways when `way_text` is empty, and say who sees what.

    `log` is where the network of `session` writes what it carries. Where the page does not
    open, the answer says so and has what was seen until then. Raises NotUnderstood for a way
    that there is not.
    """
    say = session.say
    ways = [_read_way(way_text, say)] if way_text else list(Way)
    notes = url.notes
    shared = bool(of_nobody(read_number(session.entry.source, say), say))
    if shared:
        notes += (tell(say, "observers.shares"),)
    visits = []
    visitor = _Visitor(session, carriers, services, log)
    for way in ways:
        if visited := visitor.take(url, way):
            visits.append(visited)
            continue
        sentence = tell(say, "observers.no_ech")
        if way_text:
            return Explanation(say, Kind.NO_SUCH_TYPE, sentence, notes, session.provenance(""))
        notes += (f"{say(way)}: {sentence}",)
    if any(visited.way is Way.VPN for visited in visits):
        notes += (tell(say, "observers.vpn"),)
    kind, now = visits[0].kind, session.provenance("")
    if way_text:
        return Observers(say, kind, now, notes, url=url, visited=visits[0], shared=shared)
    if any(not visited.why for visited in visits):
        kind = Kind.FOUND
    for why in dict.fromkeys(visited.why for visited in visits if visited.why):
        such = ", ".join(say(visited.way) for visited in visits if visited.why == why)
        notes += (tell(say, "observers.not_opened", ways=such, why=why),)
    return WaysCompared(say, kind, now, notes, url=url, visits=visits)


# Taking a way


class _Tunnel(Around):
    """The far end of a VPN: sealed messages travel there, and all goes on from there."""

    def __init__(self, session: Session, vpn: Vpn) -> None:
        super().__init__(session.network)
        self._session, self._vpn = session, vpn

    def send(self, request: Request) -> Outcome:
        session, vpn = self._session, self._vpn
        length = VPN_OVERHEAD + len(request.payload)
        sealed = vpn.opening + session.draw(2 ** (8 * length)).to_bytes(length, "big")
        port = source_port(session.draw)
        tunnel = self.network.send(
            Request(session.entry.source, port, vpn.address, vpn.port, "udp", None, sealed)
        )
        return self.network.send(request) if isinstance(tunnel, Reply) else tunnel


def _seat(session: Session, way: Way, services: Services) -> Session:
    """Return from where a way sets out: its resolver, and the end of its tunnel."""
    entry = replace(session.entry, resolvers=(services.resolver,))
    if way in (Way.DOH, Way.ECH):
        url = str(web.resolver_url(services.resolver_name))
        return replace(session, entry=replace(entry, resolver_url=url))
    if way is Way.VPN:
        entry = replace(entry, source=services.vpn.address, source6="")
        return replace(session, network=_Tunnel(session, services.vpn), entry=entry)
    return session


@dataclass(frozen=True)
class _Visitor:
    """Visits a page and tells who carries that; `log` is where the network writes it down."""

    session: Session
    carriers: Carriers
    services: Services
    log: Log

    def take(self, url: Url, way: Way) -> Visited | None:
        """Visit `url` in one way; None where the site does not offer what the way needs."""
        session = self.session
        url = replace(url, scheme="http" if way is Way.HTTP else "https")
        first = len(self.log.lines)
        seat = _seat(session, way, self.services)
        asked, address = web.find_address(seat, url.name)
        outer = ""
        if way is Way.ECH and address and not (outer := web.find_outer_name(seat, url.name)):
            return None
        served = web.get(seat, url, address, server_name=outer) if address else None
        kind, why = Kind.FOUND, ""
        if served is None:
            answer = AnswerPage(seat.say, answer_of(seat, asked))
            kind, why = answer.kind or Kind.FAILED, answer.sentence
        elif served.response is None:
            not_sent = isinstance(served.outcome, NotSent) and served.outcome.reason
            kind, why = kind_of(served), not_sent or tell(session.say, "observers.which_step")
        lines = tuple(self.log.lines[first:])
        found: dict[tuple[Role, str], set[Fact]] = {}
        # A browser says no more to a machine whose certificate does not hold.
        distrusted = served is not None and served.trust not in (None, Trust.TRUSTED)
        for line in lines:
            says_all = not (line.request.to_address == address and distrusted)
            inside = _inside(line, url, address)
            for role, who, facts in self._parties(line, address, inside, says_all):
                if facts:
                    found.setdefault((role, who), set()).update(facts)
        in_order = sorted(found.items(), key=lambda item: list(Role).index(item[0][0]))
        seen = tuple(Seen(role, who, frozenset(facts)) for (role, who), facts in in_order)
        return Visited(way, session.holder(session.entry.source), lines, seen, kind, why)

    def _parties(
        self,
        line: Line,
        address: str,
        inside: tuple[set[Fact], set[Fact], set[Fact]],
        says_all: bool,
    ) -> Iterator[tuple[Role, str, set[Fact]]]:
        """Yield who takes part in an exchange and where, with what each sees of it."""
        session, (hello, asked, answered) = self.session, inside
        there, back = line.request.source, line.request.to_address
        far_end, operator = self.services.vpn.address, self.services.vpn.operator
        mine = there in {session.entry.source, session.entry.source6}
        known = {Fact.YOU} if mine else set()
        if back == address:
            known.add(Fact.ADDRESS)
        on_the_way, on_the_way_back = known | hello, known
        if line.request.protocol != "https":
            on_the_way, on_the_way_back = on_the_way | asked, known | answered
        # Who has the machines at the ends stands in the table for that. The host of the VPN's
        # machine is another: it carries packets on both sides, and the machine is the operator's.
        ends = {session.holder(end) for end in (there, back) if end != far_end}
        legs = [(self.carriers(there, back), on_the_way)]
        if isinstance(line.outcome, Reply):
            legs.append((self.carriers(back, there), on_the_way_back))
        between = Role.CARRIER if mine else Role.BEYOND
        for networks, facts in legs:
            yield from ((between, who, facts) for who in networks if who not in ends)
        yield (
            *((Role.PROVIDER, session.holder(there)) if mine else (Role.VPN, operator)),
            on_the_way | on_the_way_back,
        )
        if isinstance(line.outcome, Reply | TlsFailure):
            is_read = isinstance(line.outcome, Reply) and says_all
            last = (Role.END if back == address else Role.RESOLVER), session.holder(back) or back
            if back == far_end:
                last = Role.VPN, operator
            yield *last, known | hello | asked | answered if is_read else on_the_way


def _inside(line: Line, url: Url, address: str) -> tuple[set[Fact], set[Fact], set[Fact]]:
    """What stands in an exchange: in the greeting of TLS, in what is asked, in the answer."""
    request = line.request
    nothing: set[Fact] = set()
    if request.protocol != "udp" and isinstance(line.outcome, Silence | Unreachable | NotSent):
        return nothing, nothing, nothing  # no connection: only the call for one travelled
    hello = {Fact.SERVER_NAME} if request.server_name == url.host else nothing
    if isinstance(line.outcome, Reset):
        return hello, nothing, nothing  # who cut it off may have read the greeting first
    came = isinstance(line.outcome, Reply)
    question = request.payload if request.port == DNS_PORT else b""
    if request.protocol in PORTS:
        message = HttpRequest.from_bytes(request.payload)  # as it was sent from here
        if message.header("Host") == url.authority:
            asked = {Fact.SERVER_NAME, Fact.PAGE}
            return hello, asked, {Fact.CONTENT} if came else nothing
        if message.header("Content-Type") == MEDIA_TYPE:
            question = message.body
    if not _asks_for(question, url):
        return hello, nothing, nothing
    # An answer repeats the question (RFC 1035 section 4.1).
    answered = {Fact.NAME, Fact.ADDRESS} if address else {Fact.NAME}
    return hello, {Fact.NAME}, answered if came else nothing


def _asks_for(payload: bytes, url: Url) -> bool:
    question = dns.message.from_wire(payload, question_only=True).question if payload else []
    return any(one.name == url.name for one in question)


# Words


def _read_way(text: object, say: Language) -> Way:
    way = NAMES_OF_WAYS.get(text.strip().lower()) if isinstance(text, str) else None
    if way is None:
        ways = ", ".join(f'"{name.lower()}"' for name in Way.__members__)
        raise NotUnderstood(tell(say, "observers.no_way", what=quoted(text), ways=ways))
    return way


def _cell(visited: Visited, role: Role, say: Language) -> str:
    """What those who stand there see, in few words, and whether of whom."""
    facts = visited.by(role)
    if not facts:
        return "–"
    you = say("your address") if Fact.YOU in facts else say("not your address")
    level = Level.of(facts)
    if level is Level.NOTHING and visited.way is Way.VPN:
        return say("VPN's address, times, volume; {you}", you=you)
    return f"{say(CELLS[level][0])}; {you}"


LIMITS = ("observers.possible", "observers.times", "observers.own")
