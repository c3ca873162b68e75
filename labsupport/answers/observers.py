"""Who can see what of a visit, as an answer of `lab.observers`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from labsupport.answers import drawings
from labsupport.answers.ask import AnswerPage
from labsupport.answers.page import Page
from labsupport.exchange import NotSent
from labsupport.exchange.evidence import Log
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import Language, mark, tell
from labsupport.lookups import observers as lookup
from labsupport.lookups.ask import Answer
from labsupport.lookups.observers import (
    THE_NAME,
    Level,
    Observers,
    Services,
    Station,
    VisibleFact,
    Visited,
    VisitMethod,
)
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Result, Table
from labsupport.visible import quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WAYS: dict[VisitMethod, str] = {
    VisitMethod.HTTP: mark("http"),
    VisitMethod.HTTPS: mark("https"),
    VisitMethod.DOH: mark("https + DoH"),
    VisitMethod.ECH: mark("https + DoH + ECH"),
    VisitMethod.VPN: mark("https through a VPN"),
}
ROLES: dict[Station, str] = {
    Station.PROVIDER: mark("access provider"),
    Station.RESOLVER: mark("resolver"),
    Station.CARRIER: mark("network on the way"),
    Station.VPN: mark("VPN operator"),
    Station.BEYOND: mark("network beyond the VPN"),
    Station.END: mark("machine at the end"),
}
FACTS: dict[VisibleFact, str] = {
    VisibleFact.YOU: mark("your address"),
    VisibleFact.ADDRESS: mark("the site's address"),
    VisibleFact.NAME: mark("the name asked (DNS)"),
    VisibleFact.SERVER_NAME: mark("the name of the site called"),
    VisibleFact.PAGE: mark("the page"),
    VisibleFact.CONTENT: mark("the content"),
}


COLUMN = 16  # letters of a line in a column of the picture
# In a sentence, and in a cell of the picture: its words there, and its shade.
LEVELS: dict[Level, tuple[str, str, str]] = {
    Level.NOTHING: (mark("nothing of the site"), mark("nothing of it"), "#eff5fa"),
    Level.ADDRESS: (mark("the site's address, not its name"), mark("site's address"), "#d6e6f2"),
    Level.NAME: (mark("the site's name, not the page"), mark("site's name"), "#a9cde5"),
    Level.CONTENT: (mark("the page and its content"), mark("page and content"), "#6aa9d2"),
}


class ObserversPage(Page[Observers]):
    """Who sees what of a visit made in one way: `visited`."""

    LIMITS = ("observers.possible", "observers.times", "observers.own")

    @property
    def visited(self) -> Visited:
        """The visit."""
        return self.facts.visits[0]

    @property
    def sentence(self) -> str:
        say, visited, name = self.say, self.visited, self.facts.url.host
        way, what = say(WAYS[visited.way]), say(LEVELS[Level.of(visited.by(Station.PROVIDER))][0])
        text = tell(say, "observers.one", way=way, who=visited.provider, name=name, what=what)
        if why := _why(visited, say):
            text = f"{tell(say, 'observers.why', why=why)} {text}"
        others = dict.fromkeys(
            one.who
            for one in visited.seen
            if one.who != visited.provider and VisibleFact.YOU in one.facts and one.facts & THE_NAME
        )
        if others:
            key = "observers.tie_shared" if self.facts.shared else "observers.tie"
            text += " " + tell(say, key, others=", ".join(others))
        return text

    def remarks(self) -> Iterator[str]:
        say, facts = self.say, self.facts
        if facts.shared:
            yield tell(say, "observers.shares")
        for way in facts.not_offered:
            yield f"{say(WAYS[way])}: {tell(say, 'observers.no_ech')}"
        if any(visited.way is VisitMethod.VPN for visited in facts.visits):
            yield tell(say, "observers.vpn")

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Who can see what: {way}", way=say(WAYS[self.visited.way])),
            (say("who"), *(say(FACTS[fact]) for fact in VisibleFact)),
            tuple(
                (
                    say("{who} ({role})", who=one.who, role=say(ROLES[one.role])),
                    *("✓" if fact in one.facts else "–" for fact in VisibleFact),
                )
                for one in self.visited.seen
            ),
        )


class WaysCompared(ObserversPage):
    """Who sees what of a visit, for every way that there is to the site: `visits`."""

    @property
    def sentence(self) -> str:
        say, visits = self.say, self.facts.visits
        ways: dict[Level, list[str]] = {level: [] for level in reversed(Level)}
        for visited in visits:
            ways[Level.of(visited.by(Station.PROVIDER))].append(say(WAYS[visited.way]))
        told = ((say(LEVELS[level][0]), such) for level, such in ways.items() if such)
        parts = "; ".join(f"{words} ({', '.join(such)})" for words, such in told)
        who, name = visits[0].provider, self.facts.url.host
        text = tell(say, "observers.all", who=who, name=name, parts=parts)
        if self.kind is not Kind.FOUND:
            return tell(say, "observers.not_opened_at_all") + " " + text
        return text + " " + tell(say, "observers.reads_everything")

    def remarks(self) -> Iterator[str]:
        yield from super().remarks()
        ways: dict[str, list[str]] = {}
        for visited in self.facts.visits:
            ways.setdefault(_why(visited, self.say), []).append(self.say(WAYS[visited.way]))
        for why, such in ways.items():
            if why:
                yield tell(self.say, "observers.not_opened", ways=", ".join(such), why=why)

    def tabulated(self) -> Table:
        say, visits = self.say, self.facts.visits
        return Table(
            say("Who can see what, way by way"),
            (say("who"), *(say(WAYS[visited.way]) for visited in visits)),
            tuple(
                (say(ROLES[role]), *(_cell(visited, role, say) for visited in visits))
                for role in self._roles
            ),
        )

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
                    LEVELS[Level.of(seen)][2] if (seen := visited.by(role)) else drawings.PAPER
                    for visited in self.facts.visits
                ),
            ]
            for role in self._roles
        ]

        def draw(axes: Axes) -> None:
            from matplotlib import rcParams
            from matplotlib.transforms import Bbox

            axes.set_axis_off()
            axes.set(xticks=(), yticks=())  # unseen, and they would still be measured
            grid = axes.table(
                [[textwrap.fill(str(cell), COLUMN) for cell in row] for row in table.rows],
                shades,
                cellLoc="center",
                colLabels=[textwrap.fill(column, COLUMN) for column in table.columns],
                bbox=Bbox.unit(),
            )
            grid.auto_set_font_size(False)
            grid.set_fontsize(rcParams["font.size"])
            for (down, across), cell in grid.get_celld().items():
                cell.set_edgecolor(drawings.GREY)
                if not down or not across:
                    cell.set_text_props(fontweight="bold")
            drawings.leave_as_placed(axes)

        title = say("Who can see what of a visit to {name}", name=self.facts.url.host)
        return Figure(title, alt, table, draw, say, size=(13.0, 0.72 * (len(table.rows) + 1) + 0.6))

    @property
    def _roles(self) -> list[Station]:
        return [role for role in Station if any(visited.by(role) for visited in self.facts.visits)]


def observers(
    session: Session,
    url: Url,
    way_text: object,
    services: Services,
    log: Log,
) -> Result:
    """Visit `url` in one way, or in all ways when `way_text` is empty, and say who sees what.

    `log` is where the network of `session` writes what it carries. Where the page does not
    open, the answer says so and has what was seen until then. Raises NotUnderstood for a way
    that there is not.
    """
    say = session.say
    ways = [_read_way(way_text, say)] if way_text else list(VisitMethod)
    found = lookup.observers(session, url, ways, services, log)
    if not way_text:
        return WaysCompared(say, found)
    if found.visits:
        return ObserversPage(say, found)
    shared = (tell(say, "observers.shares"),) if found.shared else ()
    sentence, notes = tell(say, "observers.no_ech"), (*found.notes, *shared)
    return Explanation(say, found.kind, sentence, notes, found.provenance)


def _read_way(text: object, say: Language) -> VisitMethod:
    typed = text.strip().lower() if isinstance(text, str) else ""
    for way, called in WAYS.items():
        if typed in (way.name.lower(), called.lower()):
            return way
    ways = ", ".join(f'"{name.lower()}"' for name in VisitMethod.__members__)
    raise NotUnderstood(tell(say, "observers.no_way", what=quoted(text), ways=ways))


def _why(visited: Visited, say: Language) -> str:
    """Say why the page did not open; "" where it did."""
    failed = visited.failed
    if failed is None:
        return ""
    if isinstance(failed, Answer):
        return AnswerPage(say, failed).sentence
    not_sent = failed.reason if isinstance(failed, NotSent) else ""
    return not_sent or tell(say, "observers.which_step")


def _cell(visited: Visited, role: Station, say: Language) -> str:
    """What those who stand there see, in few words, and whether of whom."""
    facts = visited.by(role)
    if not facts:
        return "–"
    you = say("your address") if VisibleFact.YOU in facts else say("not your address")
    level = Level.of(facts)
    if level is Level.NOTHING and visited.way is VisitMethod.VPN:
        return say("VPN's address, times, volume; {you}", you=you)
    return f"{say(LEVELS[level][1])}; {you}"
