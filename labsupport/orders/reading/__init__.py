"""Reading an order to block from its text, in Spanish, Portuguese and English.

It takes what the text says and guesses nothing. What may matter and was not understood is
listed, with its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from labsupport.orders.order import (
    Mention,
    Order,
    Passage,
    Span,
    Target,
    TargetKind,
    TargetPart,
)
from labsupport.orders.reading import finding, roles, tables, terms, times
from labsupport.orders.reading.words import DraftText, phrases
from labsupport.orders.techniques import Technique
from labsupport.orders.vocabulary import Expression, Expressions


class _Expressions(Expressions, part="operative"):
    """Where the part that orders begins."""

    blank = Expression()
    spaced = Expression()
    colon = Expression()


RE = _Expressions()

LONGEST_PASSAGE = 200  # characters


def read_order(text: str) -> Order:
    """Return what a text in Spanish, Portuguese or English orders; it never raises.

    What may matter and was not understood is in `not_understood`; that a field is empty
    says "not found in the text". A date without a zone is taken as UTC, and an end without
    a time as the end of its day. Months go by the calendar from a start that is told; without
    one a month counts 30 days.

    >>> order = read_order("The registrar shall place a-b.example on hold for 72 hours.")
    >>> order.targets[0].value, order.technique.value, order.lasts.days, order.executors
    ('a-b.example', 'registrar hold', 3, ('The registrar',))
    """
    page = DraftText.of(text)
    language = terms.language_of(page)
    ordered = _operative(page)
    page = page.parted(ordered)
    parts = roles.sort(page, finding.Finds(page), ordered)
    when = times.read(page, language)
    pages = [(one.value, (one.start, one.end)) for one in parts.contacts]
    said = terms.read(page, language, ordered, pages)
    apart = _of_another_kind(page, parts.targets, said.fields.get("technique"))
    parts.targets = [one for one in parts.targets if one not in apart]
    unsure = {one.key for one in apart}
    parts.mentions = [
        (
            one,
            TargetPart.UNSURE
            if part is TargetPart.TARGET and one.key in unsure
            else part,
        )
        for one, part in parts.mentions
    ]
    parts.doubts += [(one.start, one.end) for one in apart]
    doubts = [*parts.doubts, *when.doubts, *said.doubts]
    if "start" not in when.fields:
        doubts += page.found("unclear", "start")
    where = {**said.where, **when.where}
    for target in parts.targets:
        beside = terms.site_beside(page, target.start)
        if target.kind in (TargetKind.ADDRESS, TargetKind.PREFIX) and beside:
            where[target.value] = beside
    tables.cells.cache_clear()  # it has the text
    return Order(
        targets=tuple(_placed(page, one) for one in parts.targets),
        exceptions=tuple(_placed(page, one) for one in parts.exceptions),
        language=language,
        not_understood=_passages(page, doubts),
        mentions=tuple(
            Mention(_placed(page, one), part, _around(page, one))
            for one, part in parts.mentions
        ),
        blanks=tuple(one.span() for one in RE.blank.finditer(text)),
        where={name: page.span(*span) for name, span in where.items()},
        **said.fields,
        **when.fields,
    )


def _operative(page: DraftText) -> int:
    """Return where the operative part begins; 0 where no words say that one does.

    A heading ("RESUELVO:", "THE COURT ORDERS") comes first, then words that order within a
    sentence ("se ordena"), whose whole sentence counts. A command before them ("Bloquéese")
    belongs to the operative part too.

    >>> page = DraftText.of("The claimant owns a-b.example. THE COURT ORDERS: block c-d.example.")
    >>> page.plain[_operative(page):]
    'THE COURT ORDERS: block c-d.example.'
    """
    orders = _present(page, "orders")
    headings = sorted([*orders, *_present(page, "headings")])
    first = next(
        (start for start, end in headings if _is_heading(page, start, end)), None
    )
    if first is None and orders:
        first = page.sentence(orders[0][0])[0]
    if first is None:
        return 0
    commands = page.found("operative", "commands")
    return min([first, *(start for start, _ in commands[:1])])


def _present(page: DraftText, kind: str) -> list[tuple[int, int]]:
    """Words that order now. "Ordenó" tells what was ordered once."""
    spans = page.found("operative", kind)
    for spaced in RE.spaced.finditer(page.plain):
        word = spaced[0].replace(" ", "").casefold()
        if phrases("operative", kind).found_in(word)[:1] == [(0, len(word))]:
            spans.append(spaced.span())
    return [(start, end) for start, end in spans if page.plain[end - 1] not in "óÓ"]


def _is_heading(page: DraftText, start: int, end: int) -> bool:
    return (
        page.plain[start:end].isupper() or RE.colon.match(page.folded, end) is not None
    )


def _of_another_kind(
    page: DraftText, targets: Sequence[Target], technique: Technique | None
) -> list[Target]:
    """Return what the technique is not carried out on: an address beside a name, or a name."""
    if technique is None:
        return []
    by_number = technique in (Technique.ADDRESS, Technique.ROUTE)
    kinds = (TargetKind.ADDRESS, TargetKind.PREFIX)
    others = [one for one in targets if (one.kind in kinds) is not by_number]
    meant = [one for one in targets if (one.kind in kinds) is by_number]
    named_only = page.found("role", "identifies")
    of_another = []
    for other in others:
        owners = meant
        if not named_only:
            owners = [one for one in meant if by_number and one.start < other.start]
        if other.beside or any(
            roles.share_a_row(page, other, owner) for owner in owners
        ):
            of_another.append(other)
    return of_another


def _placed(page: DraftText, target: Target) -> Target:
    """The target with its place in the text itself."""
    start, end = page.span(target.start, target.end)
    return replace(target, start=start, end=end, written=page.text[start:end])


def _around(page: DraftText, target: Target) -> str:
    """The sentence of a target, or what of a long one stands near it."""
    start, end = page.sentence(target.start)
    if target.start - start > LONGEST_PASSAGE:  # from a whole word on
        near = target.start - LONGEST_PASSAGE
        start = max(near, page.plain.find(" ", near, target.start))
    return page.written(start, min(end, target.end + LONGEST_PASSAGE))


def _passages(page: DraftText, doubts: Iterable[Span]) -> tuple[Passage, ...]:
    """What was not understood, from the first to the last, each text once."""
    by_text: dict[str, Passage] = {}
    last = 0
    for start, end in sorted(
        (page.span(*span) for span in doubts), key=lambda s: (s[0], -s[1])
    ):
        if end <= last:
            continue  # within what was listed already
        last = end
        end = min(end, start + LONGEST_PASSAGE)
        text = page.text[start:end]
        by_text.setdefault(text.casefold(), Passage(text, start, end))
    return tuple(by_text.values())
