"""The measures of an order: what stands in its clauses, put together.

Each name, technique and addressee belongs to the clause that it stands in. What a clause does not
say and another one does is taken over only where nobody could read it otherwise; all else is a
doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from labsupport.orders.executors import (
    ExecutorKind,
    act_meant,
    can,
    kinds_in,
    techniques_for,
)
from labsupport.orders.order import (
    CARRIED_OUT,
    ON_AN_EARLIER_MEASURE,
    Act,
    Cell,
    Doubt,
    Measure,
    Span,
    Target,
    TargetPart,
    act_of,
    once,
)
from labsupport.orders.reading.acts import NOUN, Clause
from labsupport.orders.reading.addresses import AddressMeaning
from labsupport.orders.reading.roles import Parts
from labsupport.orders.reading.words import DraftText, FieldReading
from labsupport.orders.targets import block_in, name_in
from labsupport.orders.techniques import PROFILES, Technique

# Of these, hours of a day may be those of one measure alone.
OF_HOURS = ("start", "end", "window")
# What is told of the text as a whole, and holds for each measure that is carried out.
TERMS = ("territory", "start", "end", "lasts", "end_event", "window")
# Characters before a verb that is a command: "5. Levántese la medida".
NEAR_THE_BEGINNING = 25
# A name of a server that a domain is handed to.
SERVER = re.compile(r"(?:ns|dns)-?[0-9]{0,2}\.")
# How an address or a name is blocked where that is not said, the likeliest first.
OPEN_WAYS = (Technique.RESOLVER, Technique.ADDRESS, Technique.SERVER_NAME)
BY_NUMBER = (Technique.ADDRESS, Technique.ROUTE)


@dataclass
class MeasuresRead:
    """What was put together: places are those in the plain form of the page."""

    measures: list[Measure] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    mentions: list[tuple[Target, TargetPart]] = field(default_factory=list)


Question = tuple[Cell, tuple[str, ...]]
"""A cell that is not sure, and what it may hold."""


@dataclass(eq=False)
class _Part:
    """What one or more clauses say of a measure, and what of it is to be `asked`."""

    act: Act
    clauses: list[Clause]
    targets: list[Target] = field(default_factory=list)
    exceptions: list[Target] = field(default_factory=list)
    techniques: list[tuple[Technique, Span]] = field(default_factory=list)
    executors: list[tuple[str, Span]] = field(default_factory=list)
    addresses: list[tuple[AddressMeaning, Span]] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    @property
    def ways(self) -> set[Technique]:
        return {technique for technique, _ in self.techniques}

    @property
    def addressees(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for text, _ in self.executors))

    @property
    def kinds(self) -> frozenset[ExecutorKind]:
        return kinds_in(self.addressees)

    def take(self, other: _Part) -> None:
        self.clauses += other.clauses
        self.targets += other.targets
        self.exceptions += other.exceptions
        self.techniques += other.techniques
        self.executors += other.executors
        self.addresses += other.addresses
        self.asked += other.asked


def compose(
    page: DraftText,
    clauses: Sequence[Clause],
    parts: Parts,
    said: FieldReading,
    when: FieldReading,
) -> MeasuresRead:
    """Return the measures that the clauses of a page order.

    `parts` are its names by what they are there for, `said` and `when` its terms and times.
    """
    read = MeasuresRead(mentions=list(parts.mentions))
    terms = {name: said.fields[name] for name in TERMS if name in said.fields}
    terms |= {name: when.fields[name] for name in TERMS if name in when.fields}
    where = {**said.where, **when.where}
    no_verb = not clauses and (bool(terms) or any(said.every.values()))
    if no_verb:
        # No verb says what is ordered: it is asked, and no name is more than doubtful.
        clauses = [Clause(Act.BLOCK, "", (0, 0), 0, len(page.folded))]
        doubted = [(one, TargetPart.UNSURE) for one, _ in parts.mentions]
        parts = replace(parts, mentions=doubted)
    sorted_out = _sorted_out(page, clauses, parts, said)
    if no_verb:
        sorted_out[0].asked.append((Cell.ACT, ()))
    _hand_over(sorted_out)
    joined = _joined(page, sorted_out)
    _refer_back(page, joined)
    _address(joined)
    hours = _are_hours(terms)
    for part in joined:
        own = {}
        for name, value in terms.items():
            of_all = name not in OF_HOURS or not hours
            if of_all or _holds_for(page, joined, part, where.get(name)):
                own[name] = value
        for one in _by_way(part):
            _add(read, one, own, where)
    _mend_mentions(read, parts)
    return read


def _are_hours(terms: Mapping[str, Any]) -> bool:
    """Whether start and end are hours of a day, as of a match: they may be of one measure alone."""
    start, end = terms.get("start"), terms.get("end")
    if (
        start is None
        or end is None
        or (start.tzinfo is None) is not (end.tzinfo is None)
    ):
        return False
    return bool(end - start < timedelta(days=1))


def _holds_for(
    page: DraftText, joined: Sequence[_Part], part: _Part, span: Span | None
) -> bool:
    """Whether a term is of a measure: not where it stands in the sentence of another act."""
    if span is None:
        return True
    owners = []
    for other in joined:
        verbs = [clause.verb[0] for clause in other.clauses]
        if any(page.same_sentence(verb, span[0]) for verb in verbs):
            owners.append(other)
    blocks = [other for other in owners if other.act in CARRIED_OUT]
    return not blocks or any(other.act is part.act for other in blocks)


def _sorted_out(
    page: DraftText, clauses: Sequence[Clause], parts: Parts, said: FieldReading
) -> list[_Part]:
    """Return a part for each clause, with what stands in it."""
    sorter = _Sorter(page, clauses)
    if sorter.each:
        sorter.terms(said)
        sorter.executors(said)
        sorter.names(parts)
    return sorter.each


class _Sorter:
    """Puts what a page says into the clause that it stands in."""

    def __init__(self, page: DraftText, clauses: Sequence[Clause]) -> None:
        self._page = page
        self._starts = [clause.start for clause in clauses]
        self.each = [_Part(clause.act, [clause]) for clause in clauses]

    def _at(self, place: int) -> _Part:
        """The part in whose clause a place stands."""
        return self.each[max(bisect_right(self._starts, place) - 1, 0)]

    def _in_sentence(self, part: _Part, place: int) -> bool:
        return self._page.same_sentence(part.clauses[0].verb[0], place)

    def _of_a_list(self, place: int) -> _Part:
        """The part that a name is of: a list far behind a verb is of what is ordered."""
        here = self._at(place)
        if self._in_sentence(here, place):
            return here
        before = self.each[: self.each.index(here) + 1]
        ordered = [
            part
            for part in (*reversed(before), *self.each)
            if part.act in CARRIED_OUT and part.clauses[0].commands
        ]
        said = [part for part in ordered if part.executors or part.techniques]
        carried_out = [part for part in self.each if part.act in CARRIED_OUT]
        return next(iter([*said, *ordered, *carried_out, here]))

    def terms(self, said: FieldReading) -> None:
        """Put ways of blocking, and words for addresses."""
        for technique, span in said.every.get("technique", ()):
            self._at(span[0]).techniques.append((technique, span))
        for meaning, span in said.every.get("addresses", ()):
            self._at(span[0]).addresses.append((meaning, span))

    def executors(self, said: FieldReading) -> None:
        """Put those whom it is addressed to; a heading, or a list at the end, names some once."""
        elsewhere = []
        for text, span in said.every.get("executors", ()):
            here = self._at(span[0])
            if self._in_sentence(here, span[0]):
                here.executors.append((text, span))
            else:
                elsewhere.append((text, span))
        named: set[str] = set()
        for part in self.each:
            named.update(text.casefold() for text, _ in part.executors)
        for text, span in elsewhere:
            if text.casefold() not in named:
                self._of_a_list(span[0]).executors.append((text, span))

    def names(self, parts: Parts) -> None:
        """Put names by what they are there for."""
        hit = {target.key: target for target in parts.targets}
        for target, part in parts.mentions:
            here = self._of_a_list(target.start)
            if part is TargetPart.TARGET:
                same = hit[target.key]  # as it stands where it is named first
                target = replace(target, subtree=same.subtree, beside=same.beside)
            earlier = here.act in ON_AN_EARLIER_MEASURE
            if part is TargetPart.EXCEPTION and not earlier:
                _spare(self.each, here, target)
            elif part is TargetPart.TARGET or (
                # "Levántese el bloqueo de": what is lifted is neither hit nor spared.
                here.act not in CARRIED_OUT
                and part in (TargetPart.EXCEPTION, TargetPart.UNSURE)
            ):
                here.targets.append(target)


def _spare(each: Sequence[_Part], here: _Part, target: Target) -> None:
    """Note that a name is not to be touched, by the measure nearest before it."""
    for part in reversed(each[: each.index(here) + 1]):
        if part.act in CARRIED_OUT:
            part.exceptions.append(target)
            return
    for part in each:
        if part.act in CARRIED_OUT:
            part.exceptions.append(target)
            return


def _hand_over(each: list[_Part]) -> None:
    """Join a seizure with the handing over that it is carried out by, on other servers."""
    seized: _Part | None = None
    for part in list(each):
        if part.act is Act.SEIZE:
            seized = part
        elif part.act is Act.REDELEGATE:
            part.targets = [
                one for one in part.targets if not SERVER.match(name_in(one))
            ]
            if seized is not None and seized in each:
                if not part.targets:
                    part.targets = seized.targets
                part.executors = part.executors or seized.executors
                each.remove(seized)


def _joined(page: DraftText, each: Sequence[_Part]) -> list[_Part]:
    """Join the clauses that tell of one measure.

    So does one with the same act, ways and addressees. What names nothing tells more of another
    measure, where it is no command to somebody.
    """
    joined: list[_Part] = []
    named = any(
        part.act in CARRIED_OUT and (part.targets or part.clauses[0].commands)
        for part in each
    )
    told: list[_Part] = []  # before what they tell of
    for part in each:
        before = next((one for one in reversed(joined) if _is_one(one, part)), None)
        if before is not None:
            before.take(part)
        elif _only_tells(part) and (named or part.act in ON_AN_EARLIER_MEASURE):
            last = next(
                (one for one in reversed(joined) if one.act in CARRIED_OUT), None
            )
            if last is None and part.act in CARRIED_OUT:
                told.append(part)
            elif last is not None and part.act in CARRIED_OUT:
                last.exceptions += part.exceptions
                last.addresses += part.addresses
                same = page.same_sentence(
                    last.clauses[-1].verb[0], part.clauses[0].verb[0]
                )
                if same or not last.ways:  # "or by filtering the addresses": a choice
                    last.techniques += part.techniques
        else:
            for one in told:
                part.techniques = part.techniques or one.techniques
                part.executors = part.executors or one.executors
                part.exceptions += one.exceptions
                part.addresses += one.addresses
            told.clear()
            joined.append(part)
    if told and not any(part.act in CARRIED_OUT for part in joined):
        for other in told[1:]:
            told[0].take(other)
        joined.append(told[0])
    return joined


def _refer_back(page: DraftText, joined: list[_Part]) -> None:
    """Give what somebody is to do on "the site" the targets that were named before, or later.

    That is likely, and never sure.
    """
    every: list[Target] = []
    for part in joined:
        if part.act in CARRIED_OUT:
            every += (target for target in part.targets if target not in every)
    for before, part in pairwise(list(joined)):
        only_named = not (before.executors or before.ways) and _is_a_noun(page, before)
        alike = {before.act, part.act} <= {Act.BLOCK, Act.HOLD}
        keys = {target.key for target in part.targets}
        same = keys <= {target.key for target in before.targets}
        if same and part.executors and only_named and alike:
            # "Hácese lugar al bloqueo de … Líbrese oficio a …": told in two points.
            part.targets = before.targets
            part.exceptions += before.exceptions
            joined.remove(before)
    for part in joined:
        if part.act in CARRIED_OUT and not part.targets and part.executors and every:
            part.targets = list(every)
            values = tuple(target.value for target in every)
            part.asked.append((Cell.TARGETS, values))


def _is_a_noun(page: DraftText, part: _Part) -> bool:
    return NOUN.fullmatch(page.folded, *part.clauses[0].verb) is not None


def _address(joined: Sequence[_Part]) -> None:
    """Address a measure that names nobody to those whom another one names, if they can do it."""
    addressed = [part for part in joined if part.executors]
    for number, part in enumerate(joined):
        if part.executors or part.act not in CARRIED_OUT:
            continue
        technique = next(iter(part.ways)) if len(part.ways) == 1 else None
        act = act_of(technique) if technique else part.act
        able = []
        for other in addressed:
            if not other.kinds or can(act, technique, other.kinds):
                able.append(other)
        groups = {other.addressees for other in able}
        if able:
            before = [other for other in able if joined.index(other) < number]
            part.executors = list((before[-1:] or able)[0].executors)
        if len(groups) > 1:
            readings = tuple(", ".join(group) for group in sorted(groups))
            part.asked.append((Cell.EXECUTORS, readings))


def _only_tells(part: _Part) -> bool:
    """Whether a clause orders nothing by itself: "la suspensión rige", "lo retirado"."""
    if part.targets:
        return False
    clause = part.clauses[0]
    if part.act in ON_AN_EARLIER_MEASURE:
        return clause.verb[0] - clause.start > NEAR_THE_BEGINNING
    if part.act not in CARRIED_OUT:
        return False
    return not part.clauses[0].commands or not part.executors


def _is_one(before: _Part, part: _Part) -> bool:
    if _speaks_of_the_same(before, part):
        return True
    if before.act is not part.act:
        return False
    if before.act not in CARRIED_OUT:
        return not part.targets or not before.targets
    same_ways = not part.ways or not before.ways or part.ways == before.ways
    fits = same_ways and _same_addressees(before, part)
    if not part.targets or not before.targets:
        return fits
    return fits and (part.ways == before.ways or not part.ways)


def _speaks_of_the_same(before: _Part, part: _Part) -> bool:
    """Whether a clause names what is hit already, and nobody else who acts."""
    if before.act not in CARRIED_OUT or part.act not in CARRIED_OUT:
        return False
    known = {target.key for target in before.targets}
    names = {target.key for target in part.targets}
    nobody_else = not part.executors or set(part.addressees) <= set(before.addressees)
    same = before.act is part.act or not part.techniques
    return bool(names) and names <= known and nobody_else and same


def _same_addressees(before: _Part, part: _Part) -> bool:
    if not part.executors or not before.executors:
        return True
    return set(before.addressees) >= set(part.addressees) or (
        before.kinds == part.kinds and not part.targets
    )


def _by_way(part: _Part) -> list[_Part]:
    """Part a measure of which names are hit in one way, and addresses in another."""
    ways = part.ways
    by_number = {way for way in ways if way in BY_NUMBER}
    by_name = ways - by_number
    numbers = [
        one for one in part.targets if block_in(one) is not None and not one.beside
    ]
    names = [one for one in part.targets if block_in(one) is None]
    if len(by_number) != 1 or len(by_name) != 1 or not numbers or not names:
        return [part]
    parted = []
    for some, kept in ((names, by_name), (numbers, by_number)):
        techniques = [one for one in part.techniques if one[0] in kept]
        parted.append(replace(part, targets=some, techniques=techniques))
    return parted


def _add(
    read: MeasuresRead,
    part: _Part,
    terms: Mapping[str, Any],
    where: Mapping[str, Span],
) -> None:
    """Add the measure that a part comes to, and what is not sure of it."""
    act, technique, asked = _act_and_way(part)
    asked = [*part.asked, *asked]
    places = _places(part)
    too = any(meaning is AddressMeaning.TOO for meaning, _ in part.addresses)
    measure = Measure(
        act=act,
        targets=once(part.targets),
        technique=technique,
        with_addresses=too and act is Act.BLOCK,
        executors=part.addressees,
        exceptions=once(part.exceptions),
        point=part.clauses[0].point,
    )
    if "addresses" in places and not too and act is Act.BLOCK:
        asked.append((Cell.ADDRESSES, ("no", "yes")))
    if measure.carried_out:
        measure = replace(measure, **terms)
        for name in terms:
            if name in where:
                places[name] = where[name]
        if not part.targets and "annex" not in where:
            asked.append((Cell.TARGETS, ()))
        known = any(doubt.cell is Cell.ZONE for doubt in read.doubts)
        if _lacks_zone(terms) and "zone" in where and not known:
            places[Cell.ZONE.value] = where["zone"]
            asked.append((Cell.ZONE, ()))
    number = len(read.measures)
    read.measures.append(replace(measure, where=places))
    for cell, readings in asked:
        span = places.get(cell.value, places["act"])
        read.doubts.append(Doubt(cell, number, *span, readings))


def _places(part: _Part) -> dict[str, Span]:
    """Return where the cells of a measure stand."""
    first = part.clauses[0]
    places = {"measure": (first.start, part.clauses[-1].end), "act": first.verb}
    if part.techniques:
        places["technique"] = part.techniques[0][1]
    if part.executors:
        places["executors"] = part.executors[0][1]
    if part.targets:
        places["targets"] = (part.targets[0].start, part.targets[0].end)
    for wanted in (AddressMeaning.UNCLEAR, AddressMeaning.TOO):
        spans = [span for meaning, span in part.addresses if meaning is wanted]
        if spans:
            places["addresses"] = spans[0]
    return places


def _act_and_way(part: _Part) -> tuple[Act, Technique | None, list[Question]]:
    """Return what is ordered and how, and what of it is to be asked."""
    asked: list[Question] = []
    if part.act not in CARRIED_OUT:
        return part.act, None, asked
    if part.act is Act.REDELEGATE:
        return part.act, Technique.NAME_SERVERS, asked
    technique = next(iter(part.ways)) if len(part.ways) == 1 else None
    act = act_of(technique) if technique else act_meant(part.act, part.kinds)
    if technique is None and act is Act.HOLD and part.act is Act.BLOCK:
        # Whoever keeps a domain can hold it, and block nothing.
        asked.append((Cell.ACT, (act.value, Act.BLOCK.value)))
        act = Act.BLOCK
    elif act is not part.act and part.clauses[0].kind == "remove":
        other = Act.DELETE if act is Act.HOLD else Act.REMOVE
        asked.append((Cell.ACT, (act.value, other.value)))
    if technique is None and not part.ways:
        open_to = techniques_for(act, part.kinds)
        technique = open_to[0] if len(open_to) == 1 else None
    if technique is None and part.targets:
        technique, readings = _way_open(act, part)
        if technique is None:
            asked.append((Cell.TECHNIQUE, readings))
    return act, technique, asked


def _lacks_zone(terms: Mapping[str, Any]) -> bool:
    moments = (terms.get("start"), terms.get("end"))
    return any(isinstance(one, datetime) and one.tzinfo is None for one in moments)


def _way_open(act: Act, part: _Part) -> tuple[Technique | None, tuple[str, ...]]:
    """Return the only way that is left, or those that are."""
    if part.ways:
        return None, tuple(sorted(part.ways))
    if act is Act.BLOCK:
        if all(block_in(one) is not None for one in part.targets):
            return Technique.ADDRESS, ()
        return None, tuple(OPEN_WAYS)
    ways = [way for way in PROFILES if act_of(way) is act]
    return None, tuple(ways)


def _mend_mentions(read: MeasuresRead, parts: Parts) -> None:
    """Note of each name what the measures made of it."""
    hit = set()
    others = set()
    for measure in read.measures:
        keys = {target.key for target in measure.targets}
        if measure.carried_out:
            hit |= keys
        else:
            others |= keys
    mentions = []
    for target, part in read.mentions:
        if target.key in hit and part is not TargetPart.ACTS:
            part = TargetPart.TARGET
        elif target.key in others:
            part = TargetPart.OTHER_ACT
        elif part is TargetPart.TARGET:
            # No verb that blocks stands before it, or it is a server that a domain is handed to.
            part = (
                TargetPart.ACTS if SERVER.match(name_in(target)) else TargetPart.UNSURE
            )
        mentions.append((target, part))
    read.mentions = mentions
