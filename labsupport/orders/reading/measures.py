"""The measures of an order: what stands in its clauses, put together.

Each name, technique and addressee belongs to the clause that it stands in. What a clause does not
say and another one does is taken over only where nobody could read it otherwise; all else is a
doubt.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from labsupport.orders.executors import (
    act_meant,
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
from labsupport.orders.reading import dates, executors, sorting
from labsupport.orders.reading.acts import NOUN, Clause
from labsupport.orders.reading.addressees import AddresseesRead
from labsupport.orders.reading.addresses import AddressMeaning
from labsupport.orders.reading.part import MeasurePart, Question
from labsupport.orders.reading.roles import Parts
from labsupport.orders.reading.words import DraftText, FieldReading
from labsupport.orders.targets import block_in, name_in
from labsupport.orders.techniques import PROFILES, Technique

# What is done to an app or an account, and to no site.
OF_OTHER_THINGS = (Act.REMOVE_APP, Act.CLOSE_ACCOUNT)
APART = 34  # characters between two names that are hardly one list
AND = re.compile(r"(?<!\w)(?:y|e|and)\s\Z")
TELLS = re.compile(r"\s(?:es|is|e|era|was|que|which|sera|shall)\s")
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


def compose(
    page: DraftText,
    clauses: Sequence[Clause],
    parts: Parts,
    said: FieldReading,
    who: AddresseesRead,
) -> MeasuresRead:
    """Return the measures that the clauses of a page order.

    `parts` are its names by what they are there for, `said` its terms and times, `who` those whom
    it is addressed to.
    """
    read = MeasuresRead(mentions=list(parts.mentions))
    some_term = any(name in said.fields for name in dates.TERMS)
    no_verb = not clauses and (some_term or any(said.every.values()))
    if no_verb:
        # No verb says what is ordered: it is asked, and no name is more than doubtful.
        clauses = [Clause(Act.BLOCK, "", (0, 0), 0, len(page.folded))]
        doubted = [(one, TargetPart.UNSURE) for one, _ in parts.mentions]
        parts = replace(parts, mentions=doubted)
    sorted_out = sorting.by_clause(page, clauses, parts, said, who)
    if no_verb:
        sorted_out[0].asked.append((Cell.ACT, ()))
    for part in [one for one in sorted_out if one.act is None]:
        start, end = part.clauses[0].verb
        read.doubts.append(Doubt(Cell.PASSAGE, None, start, end))
        sorted_out.remove(part)
    _hand_over(sorted_out)
    ordering = [part.clauses[0] for part in sorted_out if not _only_tells(part)]
    joined = _joined(page, sorted_out)
    _refer_back(page, joined)
    executors.give(page, joined)
    dates.give(page, joined, ordering, said)
    for part in joined:
        for one in _by_way(part):
            if _stand_apart(page, one):
                values = tuple(target.value for target in once(one.targets))
                one.asked.append((Cell.TARGETS, values))
            _add(read, one, said.where)
    _mend_mentions(read, parts)
    return read


def _hand_over(each: list[MeasurePart]) -> None:
    """Join a seizure with the handing over that it is carried out by, on other servers."""
    seized: MeasurePart | None = None
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


def _joined(page: DraftText, each: Sequence[MeasurePart]) -> list[MeasurePart]:
    """Join the clauses that tell of one measure.

    So does one with the same act, ways and addressees. What names nothing tells more of another
    measure, where it is no command to somebody.
    """
    joined: list[MeasurePart] = []
    named = any(
        part.act in CARRIED_OUT and (part.targets or part.clauses[0].commands)
        for part in each
    )
    told: list[MeasurePart] = []  # before what they tell of
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


def _refer_back(page: DraftText, joined: list[MeasurePart]) -> None:
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
    last: list[Target] = []
    for part in joined:
        if part.act in CARRIED_OUT and not part.targets and part.executors and every:
            part.targets = list(every)
            values = tuple(target.value for target in every)
            part.asked.append((Cell.TARGETS, values))
        elif part.act not in (*CARRIED_OUT, *OF_OTHER_THINGS) and not part.targets:
            part.targets = list(last)
        last = part.targets or last


def _is_a_noun(page: DraftText, part: MeasurePart) -> bool:
    return NOUN.fullmatch(page.folded, *part.clauses[0].verb) is not None


def _only_tells(part: MeasurePart) -> bool:
    """Whether a clause orders nothing by itself: "la suspensión rige", "lo retirado"."""
    if part.targets:
        return False
    clause = part.clauses[0]
    if part.act in ON_AN_EARLIER_MEASURE:
        return clause.verb[0] - clause.start > NEAR_THE_BEGINNING
    if part.act not in CARRIED_OUT:
        return False
    return not part.clauses[0].commands or not part.executors


def _is_one(before: MeasurePart, part: MeasurePart) -> bool:
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


def _speaks_of_the_same(before: MeasurePart, part: MeasurePart) -> bool:
    """Whether a clause names what is hit already, and nobody else who acts."""
    if before.act not in CARRIED_OUT or part.act not in CARRIED_OUT:
        return False
    known = {target.key for target in before.targets}
    names = {target.key for target in part.targets}
    nobody_else = not part.executors or set(part.addressees) <= set(before.addressees)
    same = before.act is part.act or not part.techniques
    return bool(names) and names <= known and nobody_else and same


def _same_addressees(before: MeasurePart, part: MeasurePart) -> bool:
    if not part.executors or not before.executors:
        return True
    return set(before.addressees) >= set(part.addressees) or (
        before.kinds == part.kinds and not part.targets
    )


def _by_way(part: MeasurePart) -> list[MeasurePart]:
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


def _add(read: MeasuresRead, part: MeasurePart, where: Mapping[str, Span]) -> None:
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
    terms = {name: every[0][0] for name, every in part.terms.items()}
    measure = replace(measure, **terms)
    for name, every in part.terms.items():
        places[name] = every[0][1]
        asked += dates.several(name, every)
    for cell, span in part.unsure:
        if not any(cell is other for other, _ in asked):
            places[cell.value] = span
            asked.append((cell, ()))
    if measure.carried_out and not part.targets and "annex" not in where:
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


def _places(part: MeasurePart) -> dict[str, Span]:
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


def _stand_apart(page: DraftText, part: MeasurePart) -> bool:
    """Whether names in one sentence are no list: the words between them may tell of another."""
    every = sorted({(one.start, one.end) for one in part.targets})
    for (start, end), (following, _) in pairwise(every):
        same = page.same_sentence(start, following)
        listed = page.begins_a_line(following) or "|" in page.folded[end:following]
        listed = listed or _is_joined(page, following)
        if same and not listed and following - end > APART:
            return True
    return False


def _is_joined(page: DraftText, name: int) -> bool:
    """Whether a name goes on with a list: "and" stands before it, and no verb behind it."""
    if not page.before(AND, name, 12):
        return False
    end = page.folded.find(" ", name)
    return end < 0 or TELLS.match(page.folded, end) is None


def _act_and_way(part: MeasurePart) -> tuple[Act, Technique | None, list[Question]]:
    """Return what is ordered and how, and what of it is to be asked."""
    assert part.act is not None
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


def _way_open(act: Act, part: MeasurePart) -> tuple[Technique | None, tuple[str, ...]]:
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
