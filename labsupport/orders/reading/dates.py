"""Which measure the times of a text are of, and the other terms that are told of it as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from labsupport.orders.order import CARRIED_OUT, Act, Cell, Span
from labsupport.orders.reading.acts import Clause
from labsupport.orders.reading.part import MeasurePart, Question
from labsupport.orders.reading.words import DraftText, FieldReading

# What is told of the text as a whole, and holds for each measure that is carried out.
TERMS = ("territory", "start", "end", "lasts", "end_event", "window")
# These are of the measure that they stand with: what it does during an event, and hours of a day.
OF_EVENTS = ("window",)
OF_HOURS = ("start", "end", "window")
# Of these one measure has one, and where it is told several it is asked.
CELL_OF = {
    "start": Cell.START,
    "end": Cell.END,
    "lasts": Cell.END,
    "end_event": Cell.END,
}
ASKED_WHERE_SEVERAL = ("start", "end", "lasts")
# Dates in these are of the data, or of those who came: "between May and June".
NOT_OF: Mapping[Act | None, Sequence[str]] = {
    Act.DISCLOSE: ("start", "end", "lasts", "window"),
    Act.IDENTIFY: ("start", "end", "lasts", "window"),
    Act.PRESERVE: ("start",),
}
RIGHT_BEFORE = (
    3  # characters between a time and the verb it is of: "until judgment, block"
)

Told = list[tuple[Any, Span]]


def give(
    page: DraftText,
    joined: Sequence[MeasurePart],
    ordering: Sequence[Clause],
    reading: FieldReading,
) -> None:
    """Give each measure the terms that are told of it.

    `ordering` are the clauses that order something. What is told of one measure may hold for
    another of which nothing is told: that is asked.
    """
    dates = _Dates(page, joined, ordering)
    terms = {name: reading.fields[name] for name in TERMS if name in reading.fields}
    of_one = OF_HOURS if _are_hours(terms) else OF_EVENTS
    for name in TERMS:
        every = reading.every.get(name) or []
        if not every and name in terms:
            every = [(terms[name], reading.where[name])]
        dates.give(name, every)
        if name not in of_one:
            _spread(joined, name)
    for name, span in reading.unsure:
        for part in dates.whose(name, span):
            part.unsure.append((CELL_OF[name], span))


def several(name: str, every: Told) -> Iterator[Question]:
    """Yield the question which of several times is meant."""
    values = dict.fromkeys(value for value, _ in every)
    if name in ASKED_WHERE_SEVERAL and len(values) > 1:
        yield CELL_OF[name], tuple(str(value) for value in values)


def _spread(joined: Sequence[MeasurePart], name: str) -> None:
    """Give a term of one measure that is carried out to those without it, and ask."""
    carried_out = [part for part in joined if part.act in CARRIED_OUT]
    told = [part for part in carried_out if name in part.terms]
    for part in carried_out:
        if part in told or not told:
            continue
        value, span = told[0].terms[name][0]
        part.terms[name] = [(value, span)]
        if name in CELL_OF:
            part.asked.append((CELL_OF[name], (str(value), "")))


def _are_hours(terms: Mapping[str, Any]) -> bool:
    """Whether start and end are hours of a day, as of a match."""
    start, end = terms.get("start"), terms.get("end")
    if start is None or end is None:
        return False
    if (start.tzinfo is None) is not (end.tzinfo is None):
        return False
    return bool(end - start < timedelta(days=1))


class _Dates:
    """Finds the measure that a term is of."""

    def __init__(
        self,
        page: DraftText,
        joined: Sequence[MeasurePart],
        ordering: Sequence[Clause],
    ) -> None:
        self._page = page
        self._joined = joined
        self._ordering = ordering

    def give(self, name: str, every: Told) -> None:
        """Give a term to those it is of, with all places in which it is told."""
        for value, span in every:
            for part in self.whose(name, span):
                part.terms.setdefault(name, []).append((value, span))

    def whose(self, name: str, span: Span) -> list[MeasurePart]:
        """Return the parts that a term is of; no dates of data are a measure's."""
        owners = self._owners(name, span)
        return [part for part in owners if name not in NOT_OF.get(part.act, ())]

    def _owners(self, name: str, span: Span) -> list[MeasurePart]:
        """Return the parts of the sentence of a term, or all that is carried out.

        In a sentence that orders several things it is of the one that it stands behind, and of
        those before it that are carried out as well; before all of them it is of each.
        """
        within = self._within(span)
        if not within or name == "territory":
            carried_out = [part for part in self._joined if part.act in CARRIED_OUT]
            return carried_out or list(self._joined)
        for clause, part in within:
            if 0 <= clause.verb[0] - span[1] <= RIGHT_BEFORE:
                return [part]
        before = [part for clause, part in within if clause.start <= span[0]]
        if len(before) < 2 and span[1] <= within[0][0].verb[0]:
            return list(dict.fromkeys(part for _, part in within))
        if not before:
            return [within[0][1]]
        return self._with_those_before(before, name, span)

    def _within(self, span: Span) -> list[tuple[Clause, MeasurePart]]:
        """Return the clauses in the sentence of a term that order something, by their verbs."""
        within = []
        for part in self._joined:
            for clause in part.clauses:
                same = self._page.same_sentence(clause.verb[0], span[0])
                if same and clause in self._ordering:
                    within.append((clause, part))
        # "Preserve what was removed, for six months"
        within = [one for one in within if one[0].commands] or within
        return sorted(within, key=lambda one: one[0].verb)

    def _with_those_before(
        self, before: Sequence[MeasurePart], name: str, span: Span
    ) -> list[MeasurePart]:
        """Return the last of some parts, and those that it may be told of as well."""
        owners = [before[-1]]
        if owners[0].act not in CARRIED_OUT:
            return owners
        for part in reversed(before[:-1]):
            places = [at[0] for _, at in part.terms.get(name, ())]
            own = any(self._page.same_sentence(place, span[0]) for place in places)
            if part.act in CARRIED_OUT and not own and part not in owners:
                owners.append(part)
        return owners
