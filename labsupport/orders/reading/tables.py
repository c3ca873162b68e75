"""Tables in a text: lines of cells that stand apart by strokes, tabs or two spaces."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from labsupport.orders.order import Span

LONGEST_LINE = 300  # characters
MOST_ROWS = 40
MOST_LINES = 4  # of one cell
WIDEST = 40  # characters of the last column
RULES = " \t\n-_=+|*"
CELL = re.compile(r"[^|\t\s](?:[^|\t]*?[^|\t\s])??(?=\s*[|\t]|\s{2,}|\s*\Z)")


@dataclass(frozen=True)
class TableCell:
    """What stands in a cell, and how far from the beginning of its line."""

    at: int
    text: str


@dataclass(frozen=True)
class TableRow:
    """A line of cells that begins at `first`, and the rows above it, from the nearest."""

    first: int
    cells: Sequence[TableCell]
    above: Sequence[Sequence[TableCell]]

    def behind(self, place: int) -> list[TableCell]:
        """Return the cells that begin behind a place of the text."""
        return [one for one in self.cells if one.at > place - self.first]

    def over(self, place: int, heads: Sequence[TableCell]) -> TableCell | None:
        """Return which cell of a row above stands over a place of the text."""
        return next(
            (one for one in reversed(heads) if one.at <= place - self.first + 2), None
        )

    def head(self, cell: TableCell) -> str:
        """Return what stands at the top of a cell's column."""
        over = self.over(self.first + cell.at, self.above[-1]) if self.above else None
        return over.text if over else ""


def line(text: str, place: int) -> Span:
    """Where the line of a place goes, as far as it is looked at."""
    least = max(0, place - LONGEST_LINE)
    most = min(len(text), place + LONGEST_LINE)
    first = text.rfind("\n", least, place)
    last = text.find("\n", place, most)
    return least if first < 0 else first + 1, most if last < 0 else last


@functools.lru_cache(maxsize=1000)
def cells(text: str, first: int, last: int) -> Sequence[TableCell]:
    """The cells of a line; none of a line too long for a table."""
    if last - first > LONGEST_LINE:
        return ()
    matches = CELL.finditer(text, first, last)
    return tuple(TableCell(one.start() - first, one.group()) for one in matches)


def row(text: str, at: int) -> TableRow | None:
    """Return the row of a table that a place stands in."""
    first, last = line(text, at)
    own = cells(text, first, last)
    if len(own) < 2:
        return None
    above = []
    start = first
    for _ in range(MOST_ROWS):
        if start <= 0:
            break
        start, end = line(text, start - 1)
        heads = cells(text, start, end)
        if len(heads) > 1 and text[start:end].strip(RULES):
            above.append(heads)
        elif text[start:end].strip(RULES) and not (heads and _goes_on(own, heads[0])):
            break  # above the table
    return TableRow(first, own, above)


def _goes_on(own: Sequence[TableCell], piece: TableCell) -> bool:
    """Say whether a piece alone in its line lies within a column: a cell goes on there."""
    ends = [*(one.at for one in own[1:]), own[-1].at + WIDEST]
    last = piece.at + len(piece.text)
    columns = zip(own, ends, strict=True)
    return any(one.at <= piece.at and last < end for one, end in columns)


def cell(text: str, row: TableRow, at: int) -> str:
    """Return the cell of a row that a place stands in, with its lines below."""
    number = sum(one.at <= at - row.first for one in row.cells) - 1
    own = row.cells[number]
    end = row.cells[number + 1].at if number + 1 < len(row.cells) else LONGEST_LINE
    written = own.text
    last = line(text, at)[1]
    for _ in range(MOST_LINES):
        first, last = line(text, last + 1)
        below = [one.text for one in cells(text, first, last) if own.at <= one.at < end]
        if not below or "." in below[0]:
            break
        written += " " + below[0]
    return written
