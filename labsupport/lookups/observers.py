"""`lab.observers`: who can see what of a visit, for several ways to make it.

Each way is really taken: its exchanges go through the network and are kept. What a party can
read of them follows from where it stands and how the messages travel, and from nothing else.
"""

from __future__ import annotations

import secrets
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.rdtypes.svcbbase
import dns.wire

from labsupport.dnscore.transport import PORT as DNS_PORT
from labsupport.evidence import Line
from labsupport.exchange import Clock, Network, Outcome, Reply, Request
from labsupport.http import HttpRequest, NotHttp
from labsupport.language import Language, mark
from labsupport.lookups import drawings, web
from labsupport.lookups.ask import Answer
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.lookups.visit import kind_of
from labsupport.lookups.web import Url
from labsupport.results import Explanation, Figure, Kind, Result, Table, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.patches import Patch

Carriers = Callable[[str, str], tuple[str, ...]]
"""Names the networks from one address to another, the sender's first, the receiver's last."""

VPN_PORT = 51820  # WireGuard's usual one
VPN_DATA = b"\x04\0\0\0"  # how WireGuard begins a message of a tunnel that stands
VPN_OVERHEAD = 12 + 28 + 16  # its own header, the packet's headers inside, the seal
ECH_VERSION = 0xFE0D  # RFC 9849 section 4
SHARED_ADDRESSES = ip_network("100.64.0.0/10")  # RFC 6598


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


@dataclass(frozen=True, slots=True)
class Services:
    """What the ways need beside the site: a resolver that answers over HTTPS, and a VPN.

    `resolver_name` is the one its certificate shows; `vpn` the address of the tunnel's far end.
    """

    resolver_name: str
    resolver: str
    vpn: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one party sees; `who` is its name, or its network's."""

    role: Role
    who: str
    facts: frozenset[Fact]


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit made in one way: its exchanges as evidence, and who sees what of them.

    `failure` is the kind of answer that came instead of the page, with a sentence.
    """

    way: Way
    lines: tuple[Line, ...] = ()
    seen: tuple[Seen, ...] = ()
    failure: tuple[Kind, str] | None = None

    def by(self, role: Role) -> frozenset[Fact]:
        """Everything that those who stand there see together."""
        return frozenset[Fact]().union(*(one.facts for one in self.seen if one.role is role))


class Observers(Result):
    """Who sees what of a visit made in one way. `visited` has the exchanges."""

    def __init__(
        self, session: Session, url: Url, visited: Visited, notes: tuple[str, ...]
    ) -> None:
        super().__init__(session.say, Kind.FOUND, session.provenance(""), notes)
        self.url = url
        self.visited = visited

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.visited.by(Role.PROVIDER)
        who = _who(self.visited, Role.PROVIDER)
        way = say(self.visited.way)
        name = self.url.host
        if Fact.CONTENT in facts:
            text = say(
                "With {way} your access provider ({who}) can see which page of {name} you opened, "
                "and read it.",
                way=way,
                who=who,
                name=name,
            )
        elif facts & THE_NAME:
            text = say(
                "With {way} your access provider ({who}) still sees that you went to {name}, but "
                "not which page.",
                way=way,
                who=who,
                name=name,
            )
        elif Fact.ADDRESS in facts:
            text = say(
                "With {way} your access provider ({who}) sees at which address you were, but "
                "neither the name of the site nor the page.",
                way=way,
                who=who,
            )
        else:
            text = say(
                "With {way} your access provider ({who}) sees where the tunnel leads, but not "
                "where you went through it.",
                way=way,
                who=who,
            )
        others = dict.fromkeys(
            one.who
            for one in self.visited.seen
            if one.who != who and Fact.YOU in one.facts and one.facts & THE_NAME
        )
        if others:
            text += " " + say(
                "Who else can tie the name to your address: {others}.", others=", ".join(others)
            )
        return text

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Who can see what: {way}", way=say(self.visited.way)),
            (say("who"), *(say(fact) for fact in Fact)),
            tuple(
                (_party(one, say), *("✓" if fact in one.facts else "–" for fact in Fact))
                for one in self.visited.seen
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return _limits(self.say)

    def figure(self) -> Figure:
        say = self.say
        title = say("Who can see what of {url}: {way}", url=self.url, way=say(self.visited.way))
        alt = " ".join(
            say(
                "{who}: {facts}.",
                who=_party(one, say),
                facts=", ".join(say(fact) for fact in Fact if fact in one.facts) or "–",
            )
            for one in self.visited.seen
        )
        return _grid_figure(title, alt, self.tabulated())


class WaysCompared(Result):
    """Who sees what of a visit, for every way that led to the page.

    Attributes: `visits`, those that did.
    """

    def __init__(
        self, session: Session, url: Url, visits: Sequence[Visited], notes: tuple[str, ...]
    ) -> None:
        super().__init__(session.say, Kind.FOUND, session.provenance(""), notes)
        self.url = url
        self.visits = tuple(visits)

    @property
    def sentence(self) -> str:
        say = self.say
        parts = []
        for meets, words in IN_WORDS.items():
            ways = [say(v.way) for v in self.visits if meets(v.by(Role.PROVIDER))]
            if ways:
                parts.append(say(words, ways=", ".join(ways)))
        return say(
            "What your access provider ({who}) sees of {name}: {parts}. The machine at the end "
            "reads everything.",
            who=_who(self.visits[0], Role.PROVIDER),
            name=self.url.host,
            parts="; ".join(parts),
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for role in Role:
            cells = [_words(visit.by(role), say) for visit in self.visits]
            if any(visit.by(role) for visit in self.visits):
                rows.append((say(role), *cells))
        columns = (say("who"), *(say(visit.way) for visit in self.visits))
        return Table(say("Who can see what, way by way"), columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        return _limits(self.say)

    def figure(self) -> Figure:
        say = self.say
        table = self.tabulated()
        title = say("Who can see what of a visit to {name}", name=self.url.host)
        alt = " ".join(
            say(
                "{who}: {cells}.",
                who=row[0],
                cells="; ".join(
                    f"{way}: {cell}" for way, cell in zip(table.columns[1:], row[1:], strict=True)
                ),
            )
            for row in table.rows
        )
        return _grid_figure(title, alt, table)


def observers(
    session: Session,
    url: Url,
    way_text: object = "",
    *,
    carriers: Carriers,
    services: Services,
) -> Result:
    """Visit `url` in one way, or in all ways when `way_text` is empty, and say who sees what.

    A way that does not lead to the page is told in a note, or in a sentence when it is the only
    one. Raises NotUnderstood for a way that there is not.
    """
    say = session.say
    notes = url.notes
    if ip_address(session.entry.source) in SHARED_ADDRESSES:
        notes += (
            say(
                "Your connection shares its address: beyond your access provider the others see "
                "the shared address, and only the provider can tell its customers apart."
            ),
        )
    if way_text:
        way = _read_way(way_text, say)
        visited = _take(session, url, way, carriers, services)
        if visited.failure:
            return _failed(session, visited.failure, notes)
        return Observers(session, url, visited, notes + _both_sides(visited, say))
    visits = [_take(session, url, way, carriers, services) for way in Way]
    worked = [visited for visited in visits if not visited.failure]
    if not worked and visits[0].failure:
        return _failed(session, visits[0].failure, notes)
    for visited in visits:
        if visited.failure:
            notes += (say("{way}: {why}", way=say(visited.way), why=visited.failure[1]),)
        notes += _both_sides(visited, say)
    return WaysCompared(session, url, worked, notes)


def outer_name(config_list: bytes) -> str:
    """Return the name that an Encrypted Client Hello shows (RFC 9849 section 4).

    `config_list` is the ECHConfigList from an HTTPS record; "" where it has none to use.
    """
    try:
        configs = dns.wire.Parser(dns.wire.Parser(config_list).get_counted_bytes(2))
        while configs.remaining():
            version, content = configs.get_uint16(), configs.get_counted_bytes(2)
            if version != ECH_VERSION:
                continue
            config = dns.wire.Parser(content)
            config.get_bytes(1 + 2)  # the key's number, and its kind
            config.get_counted_bytes(2)  # the key
            config.get_counted_bytes(2)  # the ciphers
            config.get_uint8()  # the longest name to hide
            return config.get_counted_bytes(1).decode("ascii").lower()
    except (dns.exception.DNSException, UnicodeDecodeError):
        pass
    return ""


# Taking a way


@dataclass(slots=True)
class _Kept:
    """A network that keeps what it carries."""

    network: Network
    lab: str
    lines: list[Line] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return self.network.clock

    def covers(self, name: str) -> bool:
        return self.network.covers(name)

    def send(self, request: Request) -> Outcome:
        time = self.clock.now()
        outcome = self.network.send(request)
        self.lines.append(Line(self.lab, time, request, outcome))
        return outcome


@dataclass(frozen=True, slots=True)
class _OverHttps:
    """A network in which questions to a resolver travel inside HTTPS."""

    session: Session
    services: Services

    @property
    def clock(self) -> Clock:
        return self.session.network.clock

    def covers(self, name: str) -> bool:
        return self.session.network.covers(name)

    def send(self, request: Request) -> Outcome:
        if request.port != DNS_PORT:
            return self.session.network.send(request)
        services = self.services
        return web.ask_over_https(
            self.session, services.resolver_name, services.resolver, request.payload
        )


@dataclass(frozen=True, slots=True)
class _ThroughTunnel:
    """A network that is reached through a VPN: sealed messages to its far end, then from there."""

    network: Network
    source: str
    far_end: str

    @property
    def clock(self) -> Clock:
        return self.network.clock

    def covers(self, name: str) -> bool:
        return self.network.covers(name)

    def send(self, request: Request) -> Outcome:
        sealed = VPN_DATA + secrets.token_bytes(VPN_OVERHEAD + len(request.payload))
        port = secrets.randbelow(64512) + 1024
        tunnel = self.network.send(
            Request(self.source, port, self.far_end, VPN_PORT, "udp", None, sealed)
        )
        if not isinstance(tunnel, Reply):
            return tunnel
        return self.network.send(request)


def _take(session: Session, url: Url, way: Way, carriers: Carriers, services: Services) -> Visited:
    url = replace(url, scheme="http" if way is Way.HTTP else "https")
    kept = _Kept(session.network, session.entry.connection)
    seat = replace(session, network=kept)
    if way in (Way.DOH, Way.ECH):
        seat = replace(seat, network=_OverHttps(seat, services))
        seat = replace(seat, entry=replace(seat.entry, resolvers=(services.resolver,)))
    elif way is Way.VPN:
        tunnel = _ThroughTunnel(kept, session.entry.source, services.vpn)
        entry = replace(
            session.entry, source=services.vpn, source6="", resolvers=(services.resolver,)
        )
        seat = replace(seat, network=tunnel, entry=entry)
    asked, address = web.find_address(seat, url.name)
    if not address:
        answer = Answer(seat, url.name, asked.query.question[0].rdtype, asked, ())
        return Visited(way, failure=(answer.kind or Kind.FAILED, answer.sentence))
    shown = ""
    if way is Way.ECH:
        shown = _find_outer_name(seat, url.name)
        if not shown:
            why = session.say("Its host does not offer ECH: the DNS has no key for it.")
            return Visited(way, failure=(Kind.NO_SUCH_TYPE, why))
    served = web.get(seat, url, address, server_name=shown)
    if served.response is None:
        why = session.say("The page did not open. lab.visit shows at which step it ends.")
        return Visited(way, failure=(kind_of(served), why))
    own = {session.entry.source, session.entry.source6}
    lines = tuple(kept.lines)
    return Visited(way, lines, _seen(session, lines, own, url, address, carriers, services))


def _find_outer_name(session: Session, name: dns.name.Name) -> str:
    """Ask the DNS for the key that hides a server name (RFC 9848), and what it shows instead."""
    response = session.ask_resolver(name, dns.rdatatype.HTTPS).response
    for rrset in response.answer if response else ():
        if rrset.rdtype == dns.rdatatype.HTTPS:
            for record in rrset:
                parameter = record.params.get(dns.rdtypes.svcbbase.ParamKey.ECH)
                if parameter is not None:
                    return outer_name(parameter.ech)
    return ""


# Who sees what of it


def _seen(
    session: Session,
    lines: Iterable[Line],
    own: set[str],
    url: Url,
    address: str,
    carriers: Carriers,
    services: Services,
) -> tuple[Seen, ...]:
    found: dict[tuple[Role, str], set[Fact]] = {}

    def add(role: Role, who: str, facts: set[Fact]) -> None:
        if facts:
            found.setdefault((role, who), set()).update(facts)

    for line in lines:
        request = line.request
        mine = request.source in own
        outside = _legible(line, url, address, encrypted=request.protocol == "https")
        if mine:
            outside.add(Fact.YOU)
        inside = outside | _legible(line, url, address, encrypted=False)
        first = Role.PROVIDER if mine else Role.VPN
        add(first, session.holder(request.source) or request.source, outside)
        for network in carriers(request.source, request.to_address)[1:-1]:
            add(Role.CARRIER if mine else Role.BEYOND, network, outside)
        if request.to_address == address:
            last = Role.END
        else:
            last = Role.VPN if request.to_address == services.vpn else Role.RESOLVER
        add(last, session.holder(request.to_address) or request.to_address, inside)
    order = list(Role)
    return tuple(
        Seen(role, who, frozenset(facts))
        for (role, who), facts in sorted(found.items(), key=lambda item: order.index(item[0][0]))
    )


def _legible(line: Line, url: Url, address: str, *, encrypted: bool) -> set[Fact]:
    """What stands in an exchange for whoever can read it: the envelope, and what is inside.

    `encrypted` hides the inside; the server name of the handshake is part of the envelope.
    """
    request = line.request
    facts = set()
    if request.to_address == address:
        facts.add(Fact.ADDRESS)
    if request.server_name == url.host:
        facts.add(Fact.SERVER_NAME)
    if encrypted:
        return facts
    if request.port == DNS_PORT:
        facts |= _legible_question(request.payload, url)
    elif request.protocol in web.PORTS:
        try:
            message = HttpRequest.from_bytes(request.payload)
        except NotHttp:
            return facts
        if message.header("Content-Type") == web.DNS_MESSAGE:
            facts |= _legible_question(message.body, url)
        if message.header("Host") == url.host:
            facts |= {Fact.SERVER_NAME, Fact.PAGE}
            if isinstance(line.outcome, Reply):
                facts.add(Fact.CONTENT)
    # Who reads the question reads the answer as well.
    return facts | {Fact.ADDRESS} if Fact.NAME in facts else facts


def _legible_question(payload: bytes, url: Url) -> set[Fact]:
    try:
        question = dns.message.from_wire(payload, question_only=True).question
    except (dns.exception.DNSException, ValueError):
        return set()
    return {Fact.NAME} if any(one.name == url.name for one in question) else set()


# Words


def _read_way(text: object, say: Language) -> Way:
    way = NAMES_OF_WAYS.get(text.strip().lower()) if isinstance(text, str) else None
    if way is None:
        raise NotUnderstood(
            say(
                "There is no way {what} here. There are: {ways}. Without one, all are compared.",
                what=visible(repr(text)[:40]),
                ways=", ".join(f'"{name.lower()}"' for name in Way.__members__),
            )
        )
    return way


def _failed(session: Session, failure: tuple[Kind, str], notes: tuple[str, ...]) -> Explanation:
    kind, sentence = failure
    return Explanation(session.say, kind, sentence, notes, session.provenance(""))


def _both_sides(visited: Visited, say: Language) -> tuple[str, ...]:
    """Say who stands on both sides of a tunnel."""
    here = {one.who for one in visited.seen if one.role in (Role.PROVIDER, Role.CARRIER)}
    beyond = [one.who for one in visited.seen if one.role is Role.BEYOND and one.who in here]
    return tuple(
        say(
            "{who} carries packets on both sides of the VPN. By their times and sizes it may tell "
            "that they belong together.",
            who=who,
        )
        for who in beyond
    )


def _who(visited: Visited, role: Role) -> str:
    return next((one.who for one in visited.seen if one.role is role), "?")


def _party(seen: Seen, say: Language) -> str:
    return say("{who} ({role})", who=seen.who, role=say(seen.role))


def _sees_content(facts: frozenset[Fact]) -> bool:
    return Fact.CONTENT in facts


def _sees_name(facts: frozenset[Fact]) -> bool:
    return bool(facts & THE_NAME) and not _sees_content(facts)


def _sees_address(facts: frozenset[Fact]) -> bool:
    return Fact.ADDRESS in facts and not facts & THE_NAME


def _sees_nothing(facts: frozenset[Fact]) -> bool:
    return not facts & {Fact.ADDRESS, *THE_NAME, Fact.CONTENT}


IN_WORDS: dict[Callable[[frozenset[Fact]], bool], str] = {
    _sees_content: mark("the page itself with {ways}"),
    _sees_name: mark("the name of the site, not the page, with {ways}"),
    _sees_address: mark("only an address of the site with {ways}"),
    _sees_nothing: mark("nothing of the site with {ways}"),
}


def _words(facts: frozenset[Fact], say: Language) -> str:
    """What somebody sees, in few words: the most telling part, and whether it knows of whom."""
    if not facts:
        return "–"
    known = Fact.YOU in facts
    if _sees_content(facts):
        return (
            say("page and content, and your address")
            if known
            else say("page and content, not your address")
        )
    if _sees_name(facts):
        return (
            say("the site's name, and your address")
            if known
            else say("the site's name, not your address")
        )
    if _sees_address(facts):
        return (
            say("the site's address, and yours") if known else say("the site's address, not yours")
        )
    return say("your address, nothing of the site")


def _limits(say: Language) -> tuple[str, ...]:
    return (
        say(
            "What can be seen need not be kept, and what is kept may be wrong. The table says "
            "what is possible, not what somebody does."
        ),
        say(
            "Times, sizes and addresses tell more than it seems: who watches closely may guess "
            "the page behind the encryption."
        ),
        say(
            "These are five ways of many, and only what travels: a device, an account and a "
            "cookie tell the site much more."
        ),
    )


def _grid_figure(title: str, alt: str, table: Table) -> Figure:
    def draw(axes: Axes) -> None:
        _grid(axes, table)

    return Figure(title, alt, table, draw, size=(10.0, 0.72 * (len(table.rows) + 1) + 0.6))


def _grid(axes: Axes, table: Table) -> None:
    """Draw a table as a grid; what is seen stands in words or signs, and on a darker ground."""
    columns, rows = len(table.columns), len(table.rows)
    widths = [1.7, *([1.0] * (columns - 1))]
    starts = [sum(widths[:place]) for place in range(columns)]
    axes.set_axis_off()
    axes.set(xticks=(), yticks=())  # unseen, and they would still be measured
    axes.set_xlim(0, sum(widths))
    axes.set_ylim(rows + 1, 0)
    for down, row in enumerate((table.columns, *table.rows)):
        for across, cell in enumerate(row):
            text = str(cell)
            inner = down > 0 and across > 0
            seen = inner and text != "–"
            axes.add_patch(_cell(starts[across], down, widths[across], seen=seen))
            axes.text(
                starts[across] + (widths[across] / 2 if across else 0.06),
                down + 0.5,
                "\n".join(textwrap.wrap(text, 26 if not across else 15)),
                ha="center" if across else "left",
                va="center",
                fontsize=13 if text in ("✓", "–") else 8.5,
                fontweight="normal" if inner else "bold",
                color=drawings.INK,
            )


def _cell(x: float, y: float, width: float, *, seen: bool) -> Patch:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (x, y), width, 1, fc="#cfe3f1" if seen else drawings.PAPER, ec=drawings.GREY, lw=0.8
    )
