"""Reading an order to block from its text, in Spanish, Portuguese and English.

It takes what the text says and guesses nothing. What may matter and was not understood is
listed, with its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from labsupport.orders.order import (
    Doubt,
    Measure,
    Mention,
    Order,
    Passage,
    Span,
    Target,
    TargetKind,
    TargetPart,
)
from labsupport.orders.reading import (
    acts,
    addressees,
    addresses,
    commands,
    dates,
    finding,
    measures,
    roles,
    tables,
    terms,
    times,
)
from labsupport.orders.reading.words import DraftText, phrases
from labsupport.orders.vocabulary import Expression, Expressions


class _Expressions(Expressions, part="operative"):
    """Where the part that orders begins."""

    blank = Expression()
    spaced = Expression()
    colon = Expression()


RE = _Expressions()

LONGEST_PASSAGE = 200  # characters
# What is told of each measure, and not of the order.
OF_A_MEASURE = (*dates.TERMS, "technique", "executors")


def read_order(text: str) -> Order:
    """Return what a text in Spanish, Portuguese or English orders; it never raises.

    What may matter and was not understood is in `not_understood`, if it stands in the operative
    part, or in a text that has none: what is told before it orders nothing. That a field is
    empty says "not found in the text". A time without a zone has none, and an end without a time
    is the end of its day. Months go by the calendar from a start that is told; without one a month
    counts 30 days.

    >>> order = read_order("The registrar shall place a-b.example on hold for 72 hours.")
    >>> order.targets[0].value, order.technique.value, order.lasts.days, order.executors
    ('a-b.example', 'registrar hold', 3, ('The registrar',))
    """
    page = DraftText.of(text)
    language = terms.language_of(page)
    ordered = _operative(page)
    page = page.parted(ordered)
    finds = finding.Finds(page)
    parts = roles.sort(page, finds, ordered)
    names = sorted((one.start, one.end) for one in [*finds.targets, *finds.mails])
    others = commands.find(page, ordered, language)
    clauses = acts.read(page, names, ordered, others)
    verbs = [clause.verb[0] for clause in clauses]
    when = times.read(page, language, verbs)
    pages = [(one.value, (one.start, one.end)) for one in parts.contacts]
    of_addresses = addresses.read(page, parts.targets, ordered, language)
    no_way = [(one.start, one.end) for one in of_addresses if not one.is_way]
    said = terms.read(page, language, ordered, pages, no_way)
    said.every["addresses"] = [
        (one.meaning, (one.start, one.end)) for one in of_addresses
    ]
    who = addressees.read(page, clauses, names, language)
    composed = measures.compose(page, clauses, parts, said.joined(when), who)
    apart = _of_another_kind(page, composed)
    doubts = [*parts.doubts, *when.doubts, *said.doubts]
    doubts += [(target.start, target.end) for target in apart]
    if too := addresses.spans(of_addresses, addresses.AddressMeaning.TOO):
        said.where["addresses"] = too[0]
        doubts += too
    doubts += addresses.spans(of_addresses, addresses.AddressMeaning.UNCLEAR)
    if "start" not in when.fields:
        doubts += page.found("unclear", "start")
    # What is told before the operative part widens nothing.
    doubts = [span for span in doubts if span[1] > ordered]
    where = {**said.where, **when.where}
    for measure in composed.measures:
        for target in measure.targets:
            beside = terms.site_beside(page, target.start)
            if target.kind in (TargetKind.ADDRESS, TargetKind.PREFIX) and beside:
                where[target.value] = beside
    tables.cells.cache_clear()  # it has the text
    common = {k: v for k, v in said.fields.items() if k not in OF_A_MEASURE}
    return Order(
        measures=tuple(_measure_placed(page, one) for one in composed.measures),
        language=language,
        not_understood=_passages(page, doubts),
        unsettled=tuple(_doubt_placed(page, one) for one in composed.doubts),
        mentions=tuple(
            Mention(_placed(page, one), part, _around(page, one))
            for one, part in composed.mentions
        ),
        blanks=tuple(one.span() for one in RE.blank.finditer(text)),
        where={name: page.span(*span) for name, span in where.items()},
        confirmed=False,
        **common,
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


def _of_another_kind(page: DraftText, composed: measures.MeasuresRead) -> list[Target]:
    """Take out of each measure what its way does not act on, and return that.

    That is an address beside a name, or a name beside an address.
    """
    kinds = (TargetKind.ADDRESS, TargetKind.PREFIX)
    named_only = page.found("role", "identifies")
    every = []
    for number, measure in enumerate(composed.measures):
        if measure.technique is None:
            continue
        by_number = measure.technique in measures.BY_NUMBER
        meant: list[Target] = []
        others: list[Target] = []
        for target in measure.targets:
            fits = (target.kind in kinds) is by_number
            (meant if fits else others).append(target)
        apart = []
        for other in others:
            owners = meant
            if not named_only:
                owners = [o for o in meant if by_number and o.start < other.start]
            in_row = any(roles.share_a_row(page, other, owner) for owner in owners)
            if other.beside or in_row:
                apart.append(other)
        left = tuple(one for one in measure.targets if one not in apart)
        composed.measures[number] = replace(measure, targets=left)
        every += apart
    unsure = {target.key for target in every}
    mentions = []
    for target, part in composed.mentions:
        if part is TargetPart.TARGET and target.key in unsure:
            part = TargetPart.UNSURE
        mentions.append((target, part))
    composed.mentions = mentions
    return every


def _measure_placed(page: DraftText, measure: Measure) -> Measure:
    """The measure with its places in the text itself."""
    return replace(
        measure,
        targets=tuple(_placed(page, target) for target in measure.targets),
        exceptions=tuple(_placed(page, target) for target in measure.exceptions),
        where={name: page.span(*span) for name, span in measure.where.items()},
    )


def _doubt_placed(page: DraftText, doubt: Doubt) -> Doubt:
    start, end = page.span(doubt.start, doubt.end)
    return replace(doubt, start=start, end=end)


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
