"""Whom each measure is addressed to, by two ways of reading that are compared."""

from __future__ import annotations

import re
from collections.abc import Sequence

from labsupport.orders.executors import ExecutorKind, can, kinds_in
from labsupport.orders.order import (
    CARRIED_OUT,
    ON_AN_EARLIER_MEASURE,
    Act,
    Cell,
    Span,
    act_of,
)
from labsupport.orders.reading.addressees import Addressee
from labsupport.orders.reading.part import MeasurePart
from labsupport.orders.reading.words import DraftText, overlaps

# Of these it is seldom said who carries them out.
NEEDS_NOBODY = (*ON_AN_EARLIER_MEASURE, Act.ATTACH, Act.SEIZE)
# Between two of a list: "Nube Sur, a Fibra Norte y al".
LISTED = re.compile(
    r"[\s,;(]*(?:(?:y|e|and|&|-|–)\s)?(?:al?s?|aos?|to|the|la|el|los|las)?\s*"
)


def give(page: DraftText, joined: Sequence[MeasurePart]) -> None:
    """Give each measure those whom it is addressed to, and ask where that is not sure."""
    _name_executors(page, joined)
    _address(joined)


def _name_executors(page: DraftText, joined: Sequence[MeasurePart]) -> None:
    """Address each measure to those whom both ways of reading find, and ask where they differ.

    One way looks for firms and for words of what they do, the other one for who stands where the
    grammar wants those who act.
    """
    somebody = any(part.executors for part in joined)
    before: MeasurePart | None = None
    for part in joined:
        named = [one for one in part.named if not one[1].same]
        again = len(named) < len(part.named)
        if not part.executors and again and before is not None:
            part.executors = list(before.executors)
        elif part.executors:
            _compare(page, part, [one for one in named if _is_somebody(one[1])])
        else:
            for text, one in named:
                if _is_somebody(one) and not (somebody and one.party):
                    part.executors.append((text, one.span))
        if not part.executors and not named and part.goes_on and before is not None:
            part.executors = list(before.executors)
        if not part.executors and part.act not in NEEDS_NOBODY:
            part.asked.append((Cell.EXECUTORS, tuple(text for text, _ in named)))
        before = part


def _is_somebody(one: Addressee) -> bool:
    return one.known or one.party or one.proper


def _compare(
    page: DraftText, part: MeasurePart, named: Sequence[tuple[str, Addressee]]
) -> None:
    """Compare those who were found by what they are called with those whom grammar names."""
    listed = part.executors
    spans = sorted(one.span for _, one in named)
    alone = [one for one in listed if not overlaps(spans, *one[1])]
    alone = [one for one in alone if not _is_beside(page, one[1], spans)]
    others = []
    for text, one in named:
        within = [here for _, here in listed if overlaps([here], *one.span)]
        if not within:
            others.append((text, one.span))
        elif one.party and one.span[0] < within[0][0]:
            # "the Respondents, being access providers"
            part.executors = [
                (text, one.span) if here == within[0] else (name, here)
                for name, here in part.executors
            ]
    part.executors = [*part.executors, *others]
    others = [one for one in others if ExecutorKind.PASSES_ON not in kinds_in(one[:1])]
    if named and (alone or others):
        readings = tuple(text for text, _ in part.executors)
        part.asked.append((Cell.EXECUTORS, readings))


def _is_beside(page: DraftText, span: Span, spans: Sequence[Span]) -> bool:
    """Whether somebody stands in one list with those of the other spans."""
    for start, end in spans:
        between = page.folded[min(end, span[1]) : max(start, span[0])]
        if LISTED.fullmatch(between):
            return True
    return False


def _address(joined: Sequence[MeasurePart]) -> None:
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
