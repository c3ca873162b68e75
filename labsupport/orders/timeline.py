"""When a site goes dark under an order, and when it is back, seat by seat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf, lcm
from typing import TYPE_CHECKING, NamedTuple

from labsupport.answers import drawings
from labsupport.language import Language
from labsupport.orders.simulation import LASTS, Trial, TrialSeat, opens, order_for
from labsupport.orders.techniques import Technique
from labsupport.results import Figure, Table, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kept = dict[tuple[object, ...], float]  # what a resolver remembers, and until when
HOUR = 3600.0
SHOWN_BEFORE = 2 * HOUR
SHOWN_AFTER = HOUR
# No resolver of the lab remembers a delegation, and after it an answer, for longer.
LONGEST_WATCH = 4 * 24 * HOUR


class Stretch(NamedTuple):
    """A time in which a site opened throughout, or did not; in seconds since 1970."""

    start: float
    end: float
    open: bool


@dataclass(frozen=True, slots=True)
class SeatTimeline:
    """What a seat sees: how long after the order begins the site `darkens`, if it `opened` before.

    And how long after the order ends it `returns`: in seconds, where the site is visited all the
    time; infinite beyond `LONGEST_WATCH`, None where it never does. Where nobody had visited it,
    what happens at all happens at once.
    """

    seat: str
    opened: bool
    darkens: float | None = None
    returns: float | None = None


@dataclass(frozen=True)
class Timeline:
    """How a site went dark and came back.

    Attributes: `site`; `lines`, one a seat; `start` and `end` of the order, in seconds since 1970.
    """

    say: Language
    site: str
    lines: tuple[SeatTimeline, ...]
    start: float
    end: float

    @property
    def dark(self) -> tuple[SeatTimeline, ...]:
        """The lines of seats from which the site goes dark."""
        return tuple(line for line in self.lines if line.darkens is not None)

    def stretches(self, line: SeatTimeline) -> list[Stretch]:
        """Return when the site opens where it is visited all the time, and when it does not."""
        marks = [self.start - SHOWN_BEFORE]
        if line.darkens is not None and self.start + line.darkens < self.end:
            marks.append(self.start + line.darkens)
            if line.returns is not None and line.returns < inf:
                marks.append(self.end + line.returns)
        marks.append(self._until)
        states = (line.opened, not line.opened, line.opened)
        pairs = zip(marks, marks[1:], states, strict=False)
        return [
            Stretch(one, other, state) for one, other, state in pairs if other > one
        ]

    @property
    def _until(self) -> float:
        turns = [(self.start, line.darkens) for line in self.lines]
        turns += [(self.end, line.returns) for line in self.lines]
        known = [
            at + seconds
            for at, seconds in turns
            if seconds is not None and seconds < inf
        ]
        return max([self.end, *known]) + SHOWN_AFTER

    def told(self) -> str:
        """Say when it goes dark, and when it is back."""
        if not any(line.opened for line in self.lines):
            return self.say("timeline.never_open", site=self.site)
        if not self.dark:
            return self.say("timeline.site_stayed_open_every", site=self.site)
        seats = {"count": len(self.dark), "all": len(self.lines)}
        times = {"when": self.when(), "back": self.when(back=True)}
        return self.say("timeline.goes_dark_seats", site=self.site, **seats, **times)

    def when(self, *, back: bool = False) -> str:
        """Say how long it takes until the site is dark, or `back`, where it goes dark at all."""
        say = self.say
        turns = (line.returns if back else line.darkens for line in self.dark)
        known = sorted(inf if seconds is None else seconds for seconds in turns)
        first = _later(say, known[0])
        last = _later(say, known[-1])
        if known[-1] == inf:
            return say("timeline.not_within_four_days")
        if known[-1] < 1:
            return say("timeline.at_once")
        time = first
        if first != last:
            time = say("timeline.first_last_depending_resolver", first=first, last=last)
        return say("timeline.once_where_nobody", time=time)

    def figure(self) -> Figure:
        """Draw a bar for each seat along the time."""
        say = self.say
        seats = [line.seat for line in self.lines]
        title = say("timeline.when_site_opens_when", site=self.site)
        alt = say("timeline.bar_each_seats", count=len(seats), told=self.told())
        rows = []
        for line in self.lines:
            for start, end, is_open in self.stretches(line):
                state = say("timeline.opens" if is_open else "timeline.dark")
                rows.append((line.seat, utc(start), utc(end), state))
        columns = (
            say("timeline.seen_by"),
            say("timeline.from"),
            say("timeline.until"),
            say("timeline.the_site"),
        )
        data = Table(title, columns, tuple(rows))
        return Figure(
            title, alt, data, self._draw, say, size=(8.0, 1.6 + 0.55 * len(seats))
        )

    def _draw(self, axes: Axes) -> None:
        say = self.say
        shown = (self._until - self.start + SHOWN_BEFORE) / HOUR
        for number, line in enumerate(self.lines):
            for start, end, is_open in self.stretches(line):
                left = self._hours(start)
                width = (end - start) / HOUR
                colour = drawings.BLUE if is_open else drawings.ORANGE
                inside = drawings.BLUE if is_open else drawings.PAPER
                hatch = None if is_open else "////"
                axes.barh(
                    -number,
                    width,
                    0.55,
                    left,
                    color=inside,
                    hatch=hatch,
                    edgecolor=colour,
                )
                if width > 0.08 * shown:
                    state = say("timeline.opens") if is_open else say("timeline.dark")
                    word = axes.text(left + width / 2, -number, state)
                    word.set(ha="center", va="center")
                    word.set_color(drawings.PAPER if is_open else drawings.INK)
                    word.set_bbox(
                        {"facecolor": inside, "edgecolor": "none", "pad": 1.5}
                    )
        ends = self._hours(self.end), say("timeline.it_ends"), "right", -5
        for hour, text, side, points in (
            (0.0, say("timeline.the_order_begins"), "left", 5),
            ends,
        ):
            axes.axvline(hour, color=drawings.INK, linewidth=1.2, linestyle="--")
            axes.annotate(text, (hour, 0.62), (points, 0), ha=side, **drawings.OFFSET)
        axes.set_ylim(-len(self.lines) + 0.4, 1.0)
        axes.set_yticks(
            [-place for place in range(len(self.lines))], [x.seat for x in self.lines]
        )
        axes.set_xlabel(say("timeline.hours_since_order_began"))
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(left=False)

    def _hours(self, time: float) -> float:
        return (time - self.start) / HOUR


def timeline(trial: Trial, technique: Technique, site: str) -> Timeline:
    """Find out when `site` goes dark at every seat if it is blocked, and when it is back.

    The block is in force for two days. Besides the seats of `trial`, a resolver that does not
    check signatures is looked at. Nothing is watched for longer than four days.
    """
    site = trial.opening(site)
    first = trial.seats[0]
    unchecked = trial.say("timeline.seat_signatures_not_checked", seat=first.name)
    seats = (first, replace(first, name=unchecked, checks=False), *trial.seats[1:])
    free = trial.apart()
    opened = [opens(free.session(seat), site) for seat in seats]
    bound = free.under(trial.execution(order_for(technique, site)))
    ended = free.under(trial.execution(order_for(technique, site, LASTS)))
    later, still_bound = (
        one.apart().wait(LASTS.total_seconds()) for one in (ended, bound)
    )
    lines = []
    for seat, was_open in zip(seats, opened, strict=True):
        darkens = returns = None
        if was_open:
            darkens = turn(free, bound, seat, site, opening=False)
        if darkens is not None:
            returns = turn(later, still_bound, seat, site, opening=True)
        lines.append(SeatTimeline(seat.name, was_open, darkens, returns))
    return Timeline(
        trial.say, site, tuple(lines), trial.now, trial.now + LASTS.total_seconds()
    )


def turn(
    free: Trial, bound: Trial, seat: TrialSeat, site: str, *, opening: bool
) -> float | None:
    """Return how long it takes until a seat notices that an order begins, or ends (`opening`).

    Both trials are the same lab at the same time: `free` without the order, `bound` under it,
    without an end.
    """
    old, new = (bound, free) if opening else (free, bound)
    # whatever is remembered
    if not opening and not opens(new.apart().session(seat), site):
        return 0.0
    if opens(new.forgetting(site, seat).session(seat), site) is not opening:
        return None
    asked = old.forgetting(site, seat)
    opens(asked.session(seat), site)
    after = new.apart()
    after.resolver(seat).take_cache_of(asked.resolver(seat))
    for _ in events(after, seat, site, opening=opening):
        pass
    passed = after.now - new.now
    return passed if passed <= LONGEST_WATCH else inf


def events(
    trial: Trial, seat: TrialSeat, site: str, *, opening: bool
) -> Iterator[None]:
    """Visit a site all the time from a seat, until it opens or no longer does; stop at each event.

    Events are what the resolver forgets: between two of them nothing can change, since it answers
    out of what it remembers.
    """
    resolver = trial.resolver(seat)
    before = trial.resolver(seat).kept(trial.now)
    stop = trial.now + LONGEST_WATCH
    while trial.now <= stop:
        yield
        if opens(trial.session(seat), site) is opening:
            return
        kept = resolver.kept(trial.now)
        trial.wait(_next_event(before, kept, trial.now) - trial.now)
        before = kept


def _next_event(before: Kept, kept: Kept, now: float) -> float:
    """Return when something is forgotten next, of what was `kept` after a visit at `now`."""
    first = min(kept.values(), default=now + LONGEST_WATCH + 1)
    renewed = [kept[piece] for piece in kept if kept[piece] != before.get(piece)]
    others = [kept[piece] for piece in kept if kept[piece] == before.get(piece)]
    if not renewed or not others:
        return first
    # What was renewed at this visit will be again and again, as long as all else is remembered:
    # on to the last of these times.
    together = lcm(*(max(1, int(expires - now)) for expires in renewed))
    return max(first, now + (min(others) - now) // together * together)


def _later(say: Language, seconds: float) -> str:
    if seconds < 1:
        return say("timeline.at_once")
    return span(say, seconds)
