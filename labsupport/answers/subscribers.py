"""`lab.investigate.subscribers`: whom a provider's log names, criterion by criterion."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from textwrap import shorten

from labsupport.answers.page import Page
from labsupport.formats.nat_log import FIRST, LAST, Translation
from labsupport.inputs.connections import read_criteria
from labsupport.language import Language, limits, table
from labsupport.lookups import subscribers as lookup
from labsupport.lookups.session import Session
from labsupport.picture import WIDE, Picture, Shapes, State, lines, shape
from labsupport.results import Explanation, Table, span, utc

CORALIA = timezone(timedelta(hours=-3))
FEW = 5
WIDE_LETTER = 9.2  # about: digits and capitals are wider than others
# people side by side, and how far they are apart
ACROSS, PITCH, HIGH, TOP = (
    55,
    14.4,
    25,
    60,
)
# A head and shoulders, from the top of the head.
FIGURE = "a3 3 0 0 1 0 6a3 3 0 0 1 0-6zm-5 17v-5a5 5 0 0 1 10 0v5z"


class SubscribersPage(Page[lookup.Subscribers]):
    """Who of a log fits what is known of a connection."""

    def remarks(self) -> Iterator[str]:
        if self.facts.partly_outside:
            yield self.say("subscribers.partly_outside")
        if len(self.facts.lines) <= FEW:
            yield from (
                _described(rows, self.say) for rows in self.facts.lines.values()
            )

    @property
    def sentence(self) -> str:
        return self._told(self.facts.lines)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("subscribers.how_many_subscribers_left"),
            (
                say("subscribers.criterion"),
                say("subscribers.value"),
                say("subscribers.subscribers_left"),
            ),
            self._rows(),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        keys = (
            ("contract", "clocks", "other_logs") if self.facts.lines else ("nothing",)
        )
        return limits(self.say, *(f"subscribers.{key}" for key in keys))

    def _picture(self) -> Picture:
        say, facts = self.say, self.facts
        names = {part: table(say, "criteria")[part] for part in facts.parts}
        combinations = [
            _combination(number, facts.parts) for number in range(len(facts.left))
        ]
        words = [
            f"{self._known(parts, names)} {self._told(left)}"
            for parts, left in zip(combinations, facts.left, strict=True)
        ]
        drawing, looks, high = _people(
            facts, [self._named(left) for left in facts.left], say
        )
        states = [State(*one) for one in zip(words, looks, strict=True)]
        return Picture(
            drawing, high, states, say, tuple(names.values()), still=facts.given
        )

    def _known(self, parts: Sequence[str], names: Mapping[str, str]) -> str:
        """Say what counts."""
        say, criteria = self.say, self.facts.criteria
        counted = say.listed(names[part] for part in parts if part != lookup.ZONE)
        sentences = [
            say("subscribers.known", known=counted or say("subscribers.label_nothing"))
        ]
        if lookup.ZONE in parts and "time" not in parts:
            sentences.append(say("subscribers.zone_alone"))
        elif lookup.ZONE in parts:
            time = utc((criteria.time or 0) + criteria.zone)
            sentences.append(say("subscribers.zone_left_out", time=time))
        return " ".join(sentences)

    def _named(self, left: Collection[str]) -> list[str]:
        """Name the subscribers who are left, with the kind of their line, where they are few."""
        kinds = table(self.say, "kinds_of_line")
        few = sorted(left) if len(left) <= FEW else []
        return [f"{name} ({kinds[self.facts.kinds[name]]})" for name in few]

    def _told(self, left: Collection[str]) -> str:
        count = len(left)
        key = ("none", "one", *["few"] * (FEW - 1))[count] if count <= FEW else "many"
        return self.say(
            f"subscribers.{key}", names=self.say.listed(self._named(left)), count=count
        )

    def _rows(self) -> tuple[tuple[str, str, int], ...]:
        """Each criterion with its value, and how many subscribers are left then."""
        say, criteria, titles = (
            self.say,
            self.facts.criteria,
            table(self.say, "criteria"),
        )
        log = f"{utc(FIRST).removesuffix(' UTC')} – {_clock(LAST, UTC)} UTC"
        values = {"everybody": log, "protocol": str(criteria.protocol).upper()}
        if criteria.time is not None:
            local = _clock(criteria.time, CORALIA)
            values["time"] = say(
                "subscribers.coralia", time=utc(criteria.time), local=local
            )
        if criteria.tolerance:
            values["time"] += f", ± {span(say, criteria.tolerance)}"
        return tuple(
            (titles[part], values.get(part, str(getattr(criteria, part, ""))), left)
            for part, left in self.facts.steps
        )


def _combination(number: int, parts: Sequence[str]) -> list[str]:
    """Return the parts of a combination; its number has a bit for each part."""
    return [part for bit, part in enumerate(parts) if number >> bit & 1]


def _people(
    facts: lookup.Subscribers, named: Sequence[Sequence[str]], say: Language
) -> tuple[Shapes, list[dict[str, str]], float]:
    """Draw a figure for each subscriber, and how many are left; how each combination looks."""
    # Who is left by the same combinations looks the same throughout, and is one part.
    alike: dict[tuple[bool, ...], list[str]] = {}
    for name in sorted(facts.kinds):
        alike.setdefault(tuple(name in left for left in facts.left), []).append(name)
    drawing: Shapes = []
    drawn = 0
    looks: list[dict[str, str]] = [{} for _ in facts.left]
    for number, fate in enumerate(sorted(alike, key=sum, reverse=True)):
        path = ""
        for index in range(drawn, drawn := drawn + len(alike[fate])):
            row, column = divmod(index, ACROSS)
            path += f"M{6 + column * PITCH:g} {TOP + row * HIGH:g}{FIGURE}"
        drawing += shape("path", "person", f"p{number}", d=path)
        for look, is_left in zip(looks, fate, strict=True):
            if is_left:
                look[f"p{number}"] = "on"
    counts: dict[frozenset[str], str] = {}
    for left, names in zip(facts.left, named, strict=True):
        if left in counts:
            continue
        part = counts[left] = f"n{len(counts)}"
        words = ", ".join(names) or say(
            "subscribers.of_all_subscribers", all=len(facts.kinds)
        )
        drawing += shape("text", "large", part, str(len(left)), x=6, y=40)
        x = 24 + 26 * len(str(len(left)))
        fitting = shorten(words, int((WIDE - x) / WIDE_LETTER), placeholder=" …")
        drawing += lines(x, 36, fitting, WIDE, part=part)
    for look, left in zip(looks, facts.left, strict=True):
        look |= {part: "off" for one, part in counts.items() if one != left}
        look["key"] = "on"
    high = TOP + HIGH * -(-len(facts.kinds) // ACROSS) + 12
    for x, part, what in (
        (6, "key", say("subscribers.fits_what_is_known")),
        (300, "", say("subscribers.does_not_fit")),
    ):
        drawing += shape("path", "person", part, d=f"M{x} {high}{FIGURE}")
        drawing += lines(x + 20, high + 11, what, WIDE)
    return drawing, looks, high + 22


def _described(rows: Sequence[Translation], say: Language) -> str:
    """Say what the log has of one subscriber."""
    since, until = min(row.start for row in rows), max(row.end for row in rows)
    return say(
        "subscribers.described",
        subscriber=rows[0].subscriber,
        line=table(say, "kinds_of_line")[rows[0].line],
        inside=say.listed(dict.fromkeys(row.inside for row in rows)),
        count=len(rows),
        since=_clock(since, UTC),
        until=_clock(until, UTC),
        local_since=_clock(since, CORALIA),
        local_until=_clock(until, CORALIA),
    )


def _clock(time: float, zone: timezone) -> str:
    return datetime.fromtimestamp(time, zone).strftime("%H:%M:%S")


def subscribers(
    rows: Sequence[Translation], session: Session, *typed: object
) -> SubscribersPage | Explanation:
    """Search `rows`, a provider's log, for who fits what was `typed`, as read_criteria reads it."""
    criteria, notes = read_criteria(session.say, *typed)
    return SubscribersPage.of(
        session.say, lookup.subscribers(rows, session, criteria, notes)
    )
