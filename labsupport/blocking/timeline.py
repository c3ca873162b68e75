"""`lab.timeline`: when a site goes dark under an order, and when it is back, seat by seat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labsupport.blocking.order import Order
from labsupport.blocking.reach import opens
from labsupport.blocking.trial import Seat, Trial
from labsupport.language import Language
from labsupport.lookups import drawings
from labsupport.results import Figure, NoFigure, Provenance, Result, Source, Table, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOUR = 3600.0
BEFORE = 2 * HOUR  # how long people had visited the site when the order comes
LONGEST_RUN = 3 * 24 * HOUR
WATCHED_CLOSELY = 3 * HOUR
LONGEST_AFTER = 3 * 24 * HOUR
# Visits come at least this often, or whenever the resolver has forgotten the address.
SECONDS_BETWEEN_VISITS = 600.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a site opened throughout, or did not; in seconds since 1970."""

    start: float
    end: float
    open: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What one seat saw: the name of the seat, and its stretches in order."""

    seat: str
    stretches: tuple[Stretch, ...]

    def dark_from(self, order: float) -> float | None:
        """Return the seconds from `order` until the site was dark; None when it never was."""
        if not self.stretches[0].open:  # it had not opened before either
            return None
        return next((s.start - order for s in self.stretches if not s.open and s.end > order), None)

    def back_after(self, end: float) -> float | None:
        """Return the seconds from `end` until the site was open for good; None when it is not."""
        last = self.stretches[-1]
        return max(0.0, last.start - end) if last.open else None


class Timeline(Result):
    """How a site went dark and came back.

    Attributes: `name` of the site, "" where it is not to be shown; `lines`, one a seat; `start`
    and `end` of the order in seconds since 1970, `end` None for one without an end.
    """

    def __init__(
        self,
        say: Language,
        name: str,
        lines: tuple[Line, ...],
        start: float,
        end: float | None,
        visited: float,
    ) -> None:
        self.name = name
        self.lines = lines
        self.start = start
        self.end = end
        self._visited = visited
        super().__init__(say, None, Provenance(Source.LAB, "", start))

    @property
    def sentence(self) -> str:
        say = self.say
        site = self.name or say("the site")
        hit = [line for line in self.lines if line.dark_from(self.start) is not None]
        if not any(stretch.open for line in self.lines for stretch in line.stretches):
            return say(
                "{site} did not open before the order either: there is nothing to watch.", site=site
            )
        if not hit:
            return say("{site} stayed open from every seat, throughout.", site=site)
        waits = [line.dark_from(self.start) or 0.0 for line in hit]
        when = _later(say, min(waits), max(waits))
        parts = [
            say.many(
                "{site} went dark from {count} seat of {all}, {when} the order began.",
                "{site} went dark from {count} seats of {all}, {when} the order began.",
                len(hit),
                site=site,
                all=len(self.lines),
                when=when,
            )
        ]
        if self.end is None:
            parts.append(say("The order has no end, so nothing brought it back."))
            return " ".join(parts)
        backs = [line.back_after(self.end) for line in hit]
        known = [back for back in backs if back is not None]
        if known:
            when = _later(say, min(known), max(known))
            parts.append(say("It was back {when} the order ended.", when=when))
        if len(known) < len(backs):
            parts.append(
                say("From some seats it was not back when the picture ends.")
                if self.end < max(line.stretches[-1].end for line in self.lines) - HOUR
                else say("The order ends after the picture does.")
            )
        return " ".join(parts)

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for line in self.lines:
            dark = line.dark_from(self.start)
            back = None if self.end is None else line.back_after(self.end)
            rows.append(
                (
                    line.seat,
                    say("never") if dark is None else later_span(say, dark),
                    "–" if dark is None else _back(say, back, ended=self.end is not None),
                )
            )
        columns = (
            say("seen by"),
            say("dark after the order began"),
            say("back after the order ended"),
        )
        return Table(say("On the way in and on the way out"), columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "In this model the executor acts the moment the order says. In the real world "
                "hours or days go by before that: this shows only what comes on top."
            ),
            say(
                "The site is visited every ten minutes here at first, then every hour. "
                "Devices and browsers keep answers for themselves too, mostly for minutes; that is "
                "not in the picture."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        seats = [line.seat for line in self.lines]
        title = (
            say("When {site} opens, and when it does not", site=self.name)
            if self.name
            else say("When the site opens, and when it does not")
        )
        alt = say(
            "A bar for each of {count} seats along the time, solid where the site opens and "
            "hatched where it does not. {told}",
            count=len(seats),
            told=self.sentence,
        )
        rows = [
            (
                line.seat,
                utc(stretch.start),
                utc(stretch.end),
                say("opens") if stretch.open else say("dark"),
            )
            for line in self.lines
            for stretch in line.stretches
        ]
        columns = (say("seen by"), say("from"), say("until"), say("the site"))
        data = Table(title, columns, tuple(rows))

        def draw(axes: Axes) -> None:
            self._draw(axes)

        return Figure(title, alt, data, draw, say, size=(8.0, 1.6 + 0.55 * len(seats)))

    def _draw(self, axes: Axes) -> None:
        say = self.say
        for place, line in enumerate(self.lines):
            for stretch in line.stretches:
                left, width = self._hours(stretch.start), (stretch.end - stretch.start) / HOUR
                axes.barh(
                    -place,
                    width,
                    left=left,
                    height=0.55,
                    color=drawings.BLUE if stretch.open else drawings.PAPER,
                    hatch=None if stretch.open else "////",
                    edgecolor=drawings.BLUE if stretch.open else drawings.ORANGE,
                )
                if width > 0.08 * self._width():
                    axes.text(
                        left + width / 2,
                        -place,
                        say("opens") if stretch.open else say("dark"),
                        ha="center",
                        va="center",
                        fontsize=9,
                        color=drawings.PAPER if stretch.open else drawings.INK,
                        bbox=None
                        if stretch.open
                        else {"facecolor": drawings.PAPER, "edgecolor": "none", "pad": 1.5},
                    )
        marks = [(0.0, say("the order begins"))]
        if self.end is not None:
            marks.append((self._hours(self.end), say("it ends")))
        for hour, word in marks:
            axes.axvline(hour, color=drawings.INK, linewidth=1.2, linestyle="--")
            axes.text(hour, 0.62, word, ha="left", va="bottom", fontsize=9, color=drawings.INK)
        axes.set_ylim(-len(self.lines) + 0.4, 1.0)
        axes.set_yticks([-place for place in range(len(self.lines))], [x.seat for x in self.lines])
        axes.set_xlabel(say("hours since the order began"))
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(left=False)

    def _hours(self, time: float) -> float:
        return (time - self.start) / HOUR

    def _width(self) -> float:
        return (self.lines[0].stretches[-1].end - self._visited) / HOUR


def timeline(trial: Trial, order: Order, site: str, name: str) -> Timeline:
    """Watch `site` from every seat: visited before `order`, while it is in force, and after.

    `name` is what the answer calls the site. Two hours of visits come first, so that resolvers
    remember it. What of the order lies later than three days, and of what follows it later than
    three days more, is not watched.
    """
    site = trial.opening(site)
    first = trial.apart()
    arrival = first.now + BEFORE
    start = max(arrival, order.start.timestamp() if order.start else arrival)
    arriving = replace(order, start=datetime.fromtimestamp(start, UTC), end=order.ends)
    execution = first.execution(arriving)
    end = None
    if arriving.ends is not None:
        end = max(start, arriving.ends.timestamp())
    lines = tuple(
        Line(seat.name, tuple(_watch(first.under(execution), seat, site, start, end)))
        for seat in trial.seats
    )
    return Timeline(trial.say, name, lines, start, end, first.now)


def _watch(
    trial: Trial, seat: Seat, site: str, start: float, end: float | None
) -> Iterator[Stretch]:
    """Visit the site again and again, and yield the stretches in which that went alike."""
    stop = start + LONGEST_RUN if end is None else min(end, start + LONGEST_RUN)
    last = stop if end is None or stop < end else end + LONGEST_AFTER
    session = trial.session(seat)
    began = trial.now
    before: bool | None = None
    while True:
        now = trial.now
        is_open = opens(session, site)
        if before is not None and is_open != before:
            yield Stretch(began, now, before)
            began = now
        before = is_open
        if now >= last or (is_open and end is not None and now >= end):
            break
        recent = max(mark for mark in (began, start, end or start) if mark <= now)
        often = now - recent < WATCHED_CLOSELY
        following = now + SECONDS_BETWEEN_VISITS * (1 if often else 6)
        if not is_open and start <= now < stop:
            # Dark until the end: the visit just before it keeps the resolver's memory fresh.
            following = max(following, stop - SECONDS_BETWEEN_VISITS)
        marks = [mark for mark in (start, stop, last) if now < mark < following]
        trial.wait(min([following, *marks]) - now)
    shown_until = max(trial.now, (end or stop) + HOUR)
    yield Stretch(began, shown_until, before)


def later_span(say: Language, seconds: float) -> str:
    """Return how long after something, in words: "at once", "2 hours"."""
    return say("at once") if seconds < 1 else span(say, seconds)


def _later(say: Language, first: float, last: float) -> str:
    """Say how long after something: "as soon as", "2 hours after", "from 1 to 2 hours after"."""
    if last < 1:
        return say("as soon as")
    if last - first < 1:
        return say("{span} after", span=span(say, last))
    if first < 1:
        return say("between at once and {last} after", last=span(say, last))
    return say("between {first} and {last} after", first=span(say, first), last=span(say, last))


def _back(say: Language, seconds: float | None, *, ended: bool) -> str:
    if not ended:
        return say("the order has no end")
    return say("not within the picture") if seconds is None else later_span(say, seconds)
