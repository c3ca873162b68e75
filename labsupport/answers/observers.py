"""Who can see what of a visit, as an answer of `lab.investigate.observers`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from labsupport.answers import map as the_map
from labsupport.answers.ask import AnswerPage
from labsupport.answers.map import (
    WIDEST,
    Rectangle,
    box,
    eye,
    framed,
    height,
    joined,
    sheet,
    written,
)
from labsupport.answers.page import Page
from labsupport.exchange import NotSent
from labsupport.exchange.log import Log
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups import observers as lookup
from labsupport.lookups.ask import Answer
from labsupport.lookups.observers import (
    THE_NAME,
    Level,
    Station,
    VisibleFact,
    Visited,
    VisitMethod,
)
from labsupport.lookups.session import Session
from labsupport.picture import Picture, Shapes, State, shape
from labsupport.results import Explanation, Table
from labsupport.visible import quoted

WAYS: dict[VisitMethod, str] = {
    VisitMethod.HTTP: "observers.http",
    VisitMethod.HTTPS: "observers.https",
    VisitMethod.DOH: "observers.https_doh",
    VisitMethod.ECH: "observers.https_doh_ech",
    VisitMethod.VPN: "observers.https_through_a_vpn",
}
# What who stands there is called, and what the place is called on the map: its column and its row.
STATIONS: dict[Station, tuple[str, str, int, int]] = {
    Station.PROVIDER: ("observers.access_provider", "observers.your_provider", 1, 1),
    Station.RESOLVER: ("observers.resolver", "observers.resolver", 1, 0),
    Station.CARRIER: ("observers.network_on_the_way", "observers.on_the_way", 2, 1),
    Station.VPN: ("observers.vpn_operator", "observers.label_vpn", 2, 2),
    Station.BEYOND: (
        "observers.network_beyond_the_vpn",
        "observers.beyond_the_vpn",
        3,
        2,
    ),
    Station.END: ("observers.machine_at_the_end", "observers.the_machine", 3, 1),
}
FACTS: dict[VisibleFact, str] = {
    VisibleFact.YOU: "observers.your_address",
    VisibleFact.ADDRESS: "observers.the_site_address",
    VisibleFact.NAME: "observers.the_name_asked_dns",
    VisibleFact.SERVER_NAME: "observers.name_site_called",
    VisibleFact.PAGE: "observers.the_page",
    VisibleFact.CONTENT: "observers.the_content",
}


# In a sentence, and in a cell of the table or a box of the picture.
LEVELS: dict[Level, tuple[str, str]] = {
    Level.NOTHING: ("observers.nothing_of_the_site", "observers.nothing_of_it"),
    Level.ADDRESS: ("observers.site_address_not_name", "observers.site_address"),
    Level.NAME: ("observers.site_name_not_page", "observers.site_name"),
    Level.CONTENT: ("observers.page_content", "observers.page_and_content"),
}


class ObserversPage(Page[lookup.Observers]):
    """Who sees what of a visit made in one way: `visited`."""

    kind: Kind
    LIMITS = ("observers.possible", "observers.times", "observers.own")

    @property
    def visited(self) -> Visited:
        """The visit."""
        return self.facts.visits[0]

    @property
    def sentence(self) -> str:
        return self._told(self.visited)

    def _told(self, visited: Visited) -> str:
        say, name = self.say, self.facts.url.host
        way, what = (
            say(WAYS[visited.way]),
            say(LEVELS[Level.of(visited.by(Station.PROVIDER))][0]),
        )
        text = say("observers.one", way=way, who=visited.provider, name=name, what=what)
        if why := _why(visited, say):
            text = f"{say('observers.why', why=why)} {text}"
        others = dict.fromkeys(
            observer.who
            for observer in visited.seen
            if observer.who != visited.provider
            and VisibleFact.YOU in observer.facts
            and observer.facts & THE_NAME
        )
        if others:
            key = "observers.tie_shared" if self.facts.shared else "observers.tie"
            text += " " + say(key, others=say.listed(others))
        return text

    def remarks(self) -> Iterator[str]:
        say, facts = self.say, self.facts
        if facts.shared:
            yield say("observers.shares")
        for way in facts.not_offered:
            yield f"{say(WAYS[way])}: {say('observers.no_ech')}"
        if any(visited.way is VisitMethod.VPN for visited in facts.visits):
            yield say("observers.vpn")

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("observers.who_can_see_what", way=say(WAYS[self.visited.way])),
            (say("observers.who"), *(say(FACTS[fact]) for fact in VisibleFact)),
            tuple(map(self._observer_row, self.visited.seen)),
        )

    def _observer_row(self, observer: lookup.Sight) -> tuple[str, ...]:
        role = self.say(STATIONS[observer.role][0])
        who = self.say("observers.who_role", who=observer.who, role=role)
        return who, *("✓" if fact in observer.facts else "–" for fact in VisibleFact)

    def _picture(self) -> Picture | None:
        """The map of the visit, an eye on each station that it comes by; a choice of the ways."""
        say, visits = self.say, self.facts.visits
        seen = [
            (v, role, self._sees(v, role))
            for v in visits
            for role in Station
            if v.by(role)
        ]
        high = max(height(station, WIDEST) for _, _, station in seen)
        places: dict[Station | None, Rectangle] = {
            role: Rectangle(2 + 186 * column, 10 + (high + 14) * row, WIDEST, high)
            for role, (*_, column, row) in STATIONS.items()
        }
        you = places[None] = Rectangle(2, 10 + high + 14, WIDEST, high)
        lines = {
            _name(*line): _line(*line, places) for v in visits for line in _lines(v)
        }
        boxes = {role.name: framed(places[role], role.name) for _, role, _ in seen}
        words: Shapes = []
        for visited, role, station in seen:
            rectangle, way = places[role], _words_of(visited)
            words += written(rectangle, station, way)
            level = Level.of(visited.by(role))
            is_open = level is not Level.NOTHING
            words += eye(
                rectangle.x + rectangle.wide - 14, rectangle.y, way, is_open=is_open
            )
            if level is Level.CONTENT:
                words += sheet(rectangle.x + 14, rectangle.y, way)
        legend = self._legend(places[Station.CARRIER].x)
        start = box(you, the_map.Station(say("observers.you")))
        drawing: Shapes = []
        for part in (*lines.values(), start, *boxes.values(), words, legend):
            drawing += part
        off = dict.fromkeys([*lines, *boxes, *map(_words_of, visits)], "off")
        states = []
        for visited in visits:
            looks = off | _looks(visited)
            shown = {part: look for part, look in looks.items() if look}
            label = say(WAYS[visited.way]) if len(visits) > 1 else ""
            states.append(State(self._in_words(visited), shown, label))
        roles = [role for _, role, _ in seen]
        end = max(places[role].y for role in (None, *roles))
        return Picture(drawing, end + high + 6, states, say)

    def _sees(self, visited: Visited, role: Station) -> the_map.Station:
        """Who stands there, and what they see, in few words."""
        say, facts = self.say, visited.by(role)
        first, *more = dict.fromkeys(
            one.who for one in visited.seen if one.role is role
        )
        who = f"{first} +{len(more)}" if more else first
        you = (
            say("observers.linked_to_you")
            if VisibleFact.YOU in facts
            else say("observers.not_linked_to_you")
        )
        if (
            self.facts.shared
            and VisibleFact.YOU in facts
            and role is not Station.PROVIDER
        ):
            you = say("observers.linked_to_many")  # who share the address
        texts = (who, say(LEVELS[Level.of(facts)][1]), you)
        return the_map.Station(say(STATIONS[role][1]), texts)

    def _in_words(self, visited: Visited) -> str:
        """Say who on the map sees the site's name, and who the page."""
        say = self.say
        readers = _those(visited, Level.CONTENT)
        named = [one for one in _those(visited, Level.NAME) if one not in readers]
        key = ("see_neither", "see_page", "see_name", "see_both")[
            2 * bool(named) + bool(readers)
        ]
        values = {"name": say.listed(named), "page": say.listed(readers)}
        words = say(f"observers.{key}", **values)
        why = _why(visited, say)
        return f"{say('observers.why', why=why)} {words}" if why else words

    def _legend(self, x: float) -> Shapes:
        say, x, y = self.say, x + 24, 12.0
        signs = eye(x, y, is_open=True) + eye(x, y + 24, is_open=False)
        signs += framed(Rectangle(x - 14, y + 39, 28, 18), "key") + sheet(x, y + 72)
        meanings = (
            say("observers.sees_something_site"),
            say("observers.sees_nothing_site"),
            say("observers.sees_name_more"),
            say("observers.sees_page_content"),
        )
        for row, line in enumerate(meanings):
            signs += shape("text", "small", "", line, x=x + 26, y=y + 5 + 24 * row)
        return signs


class WaysCompared(ObserversPage):
    """Who sees what of a visit, for every way that there is to the site: `visits`."""

    @property
    def sentence(self) -> str:
        say, visits = self.say, self.facts.visits
        ways: dict[Level, list[str]] = {level: [] for level in reversed(Level)}
        for visited in visits:
            ways[Level.of(visited.by(Station.PROVIDER))].append(say(WAYS[visited.way]))
        groups = ((say(LEVELS[level][0]), such) for level, such in ways.items() if such)
        parts = say.listed(f"{words} ({say.listed(such)})" for words, such in groups)
        who, name = visits[0].provider, self.facts.url.host
        text = say("observers.all", who=who, name=name, parts=parts)
        if self.kind is not Kind.FOUND:
            return say("observers.not_opened_at_all") + " " + text
        return text + " " + say("observers.reads_everything")

    def remarks(self) -> Iterator[str]:
        yield from super().remarks()
        ways: dict[str, list[str]] = {}
        for visited in self.facts.visits:
            ways.setdefault(_why(visited, self.say), []).append(
                self.say(WAYS[visited.way])
            )
        for why, such in ways.items():
            if why:
                yield self.say(
                    "observers.not_opened", ways=self.say.listed(such), why=why
                )

    def tabulated(self) -> Table:
        say, visits = self.say, self.facts.visits
        return Table(
            say("observers.who_can_see_what_way"),
            (say("observers.who"), *(say(WAYS[visited.way]) for visited in visits)),
            tuple(map(self._role_row, self._roles)),
        )

    @property
    def _roles(self) -> list[Station]:
        """Where anybody sees something, in one way at least."""
        roles = []
        for role in Station:
            if any(visited.by(role) for visited in self.facts.visits):
                roles.append(role)
        return roles

    def _role_row(self, role: Station) -> tuple[str, ...]:
        say = self.say
        cells = [_cell(visited, role, say) for visited in self.facts.visits]
        return say(STATIONS[role][0]), *cells


def observers(
    session: Session,
    url: Url,
    way_text: object,
    services: lookup.Services,
    log: Log,
) -> ObserversPage | Explanation:
    """Visit `url` in one way, or in all ways when `way_text` is empty, and say who sees what.

    `log` is where the network of `session` writes what it carries. Where the page does not
    open, the answer says so and has what was seen until then. Raises NotUnderstood for a way
    that there is not.
    """
    say = session.say
    ways = [_read_way(way_text, say)] if way_text else list(VisitMethod)
    facts = lookup.observers(session, url, ways, services, log)
    if not way_text:
        return WaysCompared(say, facts)
    if facts.visits:
        return ObserversPage(say, facts)
    shared = (say("observers.shares"),) if facts.shared else ()
    sentence, notes = say("observers.no_ech"), (*facts.notes, *shared)
    return Explanation(say, facts.kind, sentence, notes, facts.provenance)


def _read_way(text: object, say: Language) -> VisitMethod:
    ways = choices("way")
    key = ways.key(text, say)
    if key is None:
        raise NotUnderstood(
            say("observers.no_way", what=quoted(text), ways=ways.listed(say))
        )
    return VisitMethod[key.upper()]


def _lines(visited: Visited) -> Iterator[tuple[Station | None, Station]]:
    """The lines of the map that packets pass: along the way, and to the resolver."""
    along = [
        role for role in Station if role is not Station.RESOLVER and visited.by(role)
    ]
    yield from zip((None, *along), along, strict=False)
    if visited.by(Station.RESOLVER):
        yield (Station.VPN if Station.VPN in along else None), Station.RESOLVER


def _those(visited: Visited, level: Level) -> list[str]:
    """Name those who see so much of the site."""
    return list(
        dict.fromkeys(one.who for one in visited.seen if Level.of(one.facts) is level)
    )


def _words_of(visited: Visited) -> str:
    return f"in-{visited.way.name}"


def _name(start: Station | None, end: Station) -> str:
    return f"{start.name if start else 'YOU'}-{end.name}"


def _line(
    start: Station | None, end: Station, places: Mapping[Station | None, Rectangle]
) -> Shapes:
    begin, to, name = places[start], places[end], _name(start, end)
    if start is not Station.VPN or end is not Station.RESOLVER:
        return joined(begin, to, name)
    _, y = to.centre  # up between the stations
    d = f"M{begin.x:g} {begin.centre[1]:g}H{begin.x - 10:g}V{y:g}H{to.x:g}"
    return shape("path", "line", name, d=d)


def _looks(visited: Visited) -> dict[str, str]:
    """What is on the way, and who there sees the site's name or more."""
    looks = {_words_of(visited): "", "key": "on"} | {
        _name(*line): "on" for line in _lines(visited)
    }
    for role in filter(visited.by, Station):
        named = Level.of(visited.by(role)) in (Level.NAME, Level.CONTENT)
        looks[role.name] = "on" if named else ""
    return looks


def _why(visited: Visited, say: Language) -> str:
    """Say why the page did not open; "" where it did."""
    failed = visited.failed
    if failed is None:
        return ""
    if isinstance(failed, Answer):
        return AnswerPage(say, failed).sentence
    not_sent = failed.reason if isinstance(failed, NotSent) else ""
    return not_sent or say("observers.which_step")


def _cell(visited: Visited, role: Station, say: Language) -> str:
    """What those who stand there see, in few words, and whether of whom."""
    facts = visited.by(role)
    if not facts:
        return "–"
    you = (
        say("observers.your_address")
        if VisibleFact.YOU in facts
        else say("observers.not_your_address")
    )
    level = Level.of(facts)
    if level is Level.NOTHING and visited.way is VisitMethod.VPN:
        return say("observers.vpn_address_times_volume", you=you)
    return f"{say(LEVELS[level][1])}; {you}"
