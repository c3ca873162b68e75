"""Where the operative part of an order begins: behind the recitals, which order nothing."""

from __future__ import annotations

import re

from labsupport.blocking.reading.words import Page, phrases

SPACED = re.compile(r"(?m)(?:^|(?<=  ))(?:[A-Z] ){3,14}[A-Z](?=[ \t]*:?[ \t]*$)")  # R E S U E L V E
COLON = re.compile(r"(?:\s{1,3}(?:que|that))?\s{0,3}:")


def begins(page: Page) -> int:
    """Return where the operative part begins; 0 where no words say that one does.

    A heading ("RESUELVO:", "THE COURT ORDERS") comes first, then words that order within a
    sentence ("se ordena"), whose whole sentence counts. A command before them ("Bloquéese")
    belongs to the operative part too.

    >>> page = Page.of("The claimant owns a-b.example. THE COURT ORDERS: block c-d.example.")
    >>> page.plain[begins(page):]
    'THE COURT ORDERS: block c-d.example.'
    """
    orders = _present(page, "orders")
    headings = sorted([*orders, *_present(page, "headings")])
    first = next((start for start, end in headings if _is_heading(page, start, end)), None)
    if first is None and orders:
        first = page.sentence(orders[0][0])[0]
    if first is None:
        return 0
    commands = phrases("operative", "commands").found_in(page.folded)
    return min([first, *(start for start, _ in commands[:1])])


def _present(page: Page, kind: str) -> list[tuple[int, int]]:
    """Words that order now. "Ordenó" tells what was ordered once."""
    found = phrases("operative", kind).found_in(page.folded)
    for spaced in SPACED.finditer(page.plain):
        word = spaced[0].replace(" ", "").casefold()
        if phrases("operative", kind).found_in(word)[:1] == [(0, len(word))]:
            found.append(spaced.span())
    return [(start, end) for start, end in found if page.plain[end - 1] not in "óÓ"]


def _is_heading(page: Page, start: int, end: int) -> bool:
    return page.plain[start:end].isupper() or COLON.match(page.folded, end) is not None
