"""Firms that a text names with their legal form, and those who stand behind "the Defendants"."""

from __future__ import annotations

import re
from bisect import bisect_left

from labsupport.orders.order import Span
from labsupport.orders.reading.words import DraftText
from labsupport.orders.vocabulary import Expression, Expressions


class _Expressions(Expressions, part="firms"):
    """Firms, and how an order calls them."""

    firm = Expression()
    numbers = Expression()
    against = Expression()
    between = Expression()
    in_capitals = Expression()
    schedule = Expression()
    colon = Expression()
    to_them = Expression()
    duty = Expression()


RE = _Expressions()

BLOCK = 600  # characters between a party's name and what it is called behind it
NEAR = 80  # characters between "Defendant No. 5" and the name behind it
FIRST = re.compile(r"[^.;:]{0,24}\Z")
LAST = re.compile(r"\s?(?:nos?\.?)?[\s0-9,and&to]{0,12}")


def find(page: DraftText) -> list[Span]:
    """Return where firms stand that are named with their legal form.

    >>> page = DraftText.of("que CLARO S.A., Red del Bajío, S. de R.L. de C.V. y Oi S/A bloqueen")
    >>> [page.written(*span) for span in find(page)]
    ['CLARO S.A.', 'Red del Bajío, S. de R.L. de C.V.', 'Oi S/A']
    """
    return [found.span() for found in RE.firm.finditer(page.plain)]


def respondents(page: DraftText, firms: list[Span], ordered: int) -> list[Span]:
    """Return the firms that stand behind words as "each of the Defendants" in what is ordered.

    The heading tells who they are, before `ordered` or beside the word itself.
    """
    parties = page.found("parties", "respondents")
    others = page.found("parties", "claimants")
    acting = [span for span in parties if span[0] >= ordered and acts(page, *span)]
    if not acting:
        return []
    wanted = set().union(*(_numbers(page, *span) for span in acting))
    spans: set[Span] = set()
    for start, end in parties:
        numbers = _numbers(page, start, end)
        if wanted and numbers and not wanted & numbers:
            continue
        rest = bisect_left(firms, (end, end))
        # as in "Parte demandada: A, S.A.; B, S.L."
        if listed := RE.colon.match(page.folded, end):
            stop = min(
                [listed.end(), *(one for one, _ in others if end < one < listed.end())]
            )
            spans.update(one for one in firms[rest : rest + 50] if one[1] <= stop)
            continue
        if start < acting[0][0]:
            ends = [
                0,
                start - BLOCK,
                *(last for _, last in [*parties, *others] if last <= start),
            ]
            spans.update(
                one for one in firms[:rest] if max(ends) <= one[0] and one[1] <= start
            )
        at = end
        last = page.sentence(end)[1]
        for firm in firms[rest : rest + 50]:
            near = 3 if start >= acting[0][0] and at == end else NEAR
            if firm[0] - at > near or firm[1] > last:
                break
            spans.add(firm)
            at = firm[1]
    for listed in RE.schedule.finditer(page.plain):  # "named in Schedule A"
        spans.update(
            one
            for one in firms
            if listed.start(1) <= one[0] and one[1] <= listed.end(1)
        )
    if not spans:
        spans.update(_sued(page, firms, ordered))
    return sorted([*spans, *_before_them(page, spans, ordered)])


def _sued(page: DraftText, firms: list[Span], ordered: int) -> list[Span]:
    """Return the firms that the recitals name behind a word like "against"."""
    spans = []
    for against in RE.against.finditer(page.folded, 0, ordered):
        at = against.end()
        for firm in firms[bisect_left(firms, (at, at)) :]:
            if not RE.between.fullmatch(page.folded, at, firm[0]):
                break
            spans.append(firm)
            at = firm[1]
    return spans


def _before_them(page: DraftText, firms: set[Span], ordered: int) -> list[Span]:
    """Return those without a legal form whom a heading names right before a firm."""
    matches = (
        RE.in_capitals.search(page.plain, max(0, at - 80), at)
        for at, _ in firms
        if at < ordered
    )
    return [one.span(1) for one in matches if one]


def acts(page: DraftText, start: int, end: int) -> bool:
    """Say whether a party is ordered to do something: "the Defendants shall"."""
    before = page.folded[max(0, start - 30) : start]
    behind = page.folded[end : end + 250]
    return bool(RE.to_them.search(before) or RE.duty.match(behind))


def _numbers(page: DraftText, start: int, end: int) -> set[str]:
    """Which of several a party is: "the 2nd and 3rd Defendants", "Defendant Nos. 6 and 7"."""
    before = FIRST.search(page.folded, max(0, start - 24), start)
    behind = LAST.match(page.folded, end)
    text = f"{before[0] if before else ''} {behind[0] if behind else ''}"
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth"), 1
    ):
        text = text.replace(word, str(number))
    return set(RE.numbers.findall(text))
