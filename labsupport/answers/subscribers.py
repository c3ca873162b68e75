"""`lab.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from labsupport.answers import drawings
from labsupport.answers.page import Page
from labsupport.formats.nat_log import FIRST, LAST, Translation
from labsupport.inputs.connections import read_criteria
from labsupport.language import Language, limits, table, tell
from labsupport.lookups import subscribers as lookup
from labsupport.lookups.session import Session
from labsupport.lookups.subscribers import Subscribers
from labsupport.results import Figure, Result, Table, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CORALIA = timezone(timedelta(hours=-3))
FEW = 5


class SubscribersPage(Page[Subscribers]):
    """Who of a log fits what is known of a connection."""

    def remarks(self) -> Iterator[str]:
        if self.facts.partly_outside:
            yield tell(self.say, "subscribers.partly_outside")
        if len(self.facts.lines) <= FEW:
            yield from (_described(rows, self.say) for rows in self.facts.lines.values())

    @property
    def sentence(self) -> str:
        say, lines, count = self.say, self.facts.lines, len(self.facts.lines)
        kinds = table(say, "kinds_of_line")
        names = ", ".join(f"{name} ({kinds[rows[0].line]})" for name, rows in lines.items())
        key = ("none", "one", *["few"] * (FEW - 1))[count] if count <= FEW else "many"
        return tell(say, f"subscribers.{key}", names=names, count=count)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("How many subscribers are left, criterion by criterion"),
            (say("criterion"), say("value"), say("subscribers left")),
            self._rows(),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        keys = ("contract", "clocks", "other_logs") if self.facts.lines else ("nothing",)
        return limits(self.say, *(f"subscribers.{key}" for key in keys))

    def figure(self) -> Figure:
        say, rows = self.say, self._rows()
        told = "; ".join(f"{criterion}, {value}: {left}" for criterion, value, left in rows)
        alt = say("Bars of how many subscribers are left: {steps}.", steps=told)

        def draw(axes: Axes) -> None:
            labels = [f"{criterion}\n{value}" for criterion, value, _ in rows]
            drawings.bars(axes, labels, [left for _, _, left in rows])
            axes.set_xlabel(say("subscribers left"))

        title = say("How many subscribers are left")
        return Figure(title, alt, self.tabulated(), draw, say, (8.0, 0.6 * len(rows) + 1.2))

    def _rows(self) -> tuple[tuple[str, str, int], ...]:
        """Each criterion with its value, and how many subscribers are left then."""
        say, known, criteria = self.say, self.facts.criteria, table(self.say, "criteria")
        log = f"{utc(FIRST).removesuffix(' UTC')} – {_clock(LAST, UTC)} UTC"
        values = {"everybody": log, "protocol": str(known.protocol).upper()}
        if known.time is not None:
            local = _clock(known.time, CORALIA)
            values["time"] = tell(say, "subscribers.coralia", time=utc(known.time), local=local)
        if known.tolerance:
            values["time"] += f", ± {span(say, known.tolerance)}"
        return tuple(
            (criteria[part], values.get(part, str(getattr(known, part, ""))), left)
            for part, left in self.facts.steps
        )


def _described(rows: Sequence[Translation], say: Language) -> str:
    """Say what the log has of one subscriber."""
    since, until = min(row.start for row in rows), max(row.end for row in rows)
    return tell(
        say,
        "subscribers.described",
        subscriber=rows[0].subscriber,
        line=table(say, "kinds_of_line")[rows[0].line],
        inside=", ".join(dict.fromkeys(row.inside for row in rows)),
        count=len(rows),
        since=_clock(since, UTC),
        until=_clock(until, UTC),
        local_since=_clock(since, CORALIA),
        local_until=_clock(until, CORALIA),
    )


def _clock(time: float, zone: timezone) -> str:
    return datetime.fromtimestamp(time, zone).strftime("%H:%M:%S")


def subscribers(rows: Sequence[Translation], session: Session, *typed: object) -> Result:
    """Search `rows`, a provider's log, for who fits what was `typed`, as read_criteria reads it."""
    known, notes = read_criteria(session.say, *typed)
    return SubscribersPage.of(session.say, lookup.subscribers(rows, session, known, notes))
