"""Reads data/reference: facts about the real Internet, a table a subject."""

from __future__ import annotations

import contextlib
import csv
import functools
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib import resources
from operator import itemgetter

from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.language.keyed import is_word
from labsupport.results import Table

TITLE = "# title: "
COLUMNS = "# columns: "
NEVER = "–"  # when to look again at what cannot change
TODAY = "LAB_TODAY"  # sets another day, YYYY-MM-DD: what is stored and tested stays the same
SHARE = re.compile(r"(\d+(?:\.\d+)?)%")

Line = tuple[str, ...]
Row = tuple[object, ...]


def tables() -> list[str]:
    """Return what the tables are called, in order."""
    folder = resources.files("labsupport.data").joinpath("reference")
    names = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv"))


def rdap_lists() -> dict[str, str]:
    """Return the copies of the lists that say which RDAP server knows what, by their kind.

    >>> sorted(rdap_lists())
    ['asn', 'dns', 'ipv4', 'ipv6']
    """
    folder = resources.files("labsupport.data").joinpath("reference/rdap")
    return {
        file.name.removesuffix(".json"): file.read_text(encoding="utf-8")
        for file in folder.iterdir()
    }


def read(key: str, say: Language | None = None) -> Table:
    """Return a reference table; its last two columns are the source and the date.

    The file has one column more: `look_again`. Without a language it is in English, as written.

    >>> read("regional-registries").columns
    ('regional registry', 'area', 'site', 'source', 'date')
    """
    sheet = _file(key)
    if say and say.code != SOURCE_LANGUAGE:
        sheet = sheet_with_words(sheet, key, say.translated)
    if say:
        sheet = replace(sheet, rows=[_local(row, say) for row in sheet.rows])
    rows = tuple(row[:-1] for row in sheet.rows)
    return Table(sheet.title, sheet.headings[:-1], rows)


def _local(row: Line, say: Language) -> Line:
    """Return a row with shares ("7.7%") and days as a language writes them."""
    cells = []
    for cell in row:
        share = SHARE.fullmatch(cell)
        cells.append(say.percent(float(share[1])) if share else say.dated(cell))
    return tuple(cells)


def pairs(key: str, say: Language) -> list[tuple[Row, Row]]:
    """Return each row of a table in a language, with the row as it is written.

    >>> told, written = pairs("regional-registries", Language.load("es"))[1]
    >>> told[-1], written[-1]
    ('15 de septiembre de 2026', '2026-09-15')
    """
    return list(zip(read(key, say).rows, read(key).rows, strict=True))


def look_again(key: str) -> tuple[str, ...]:
    """Return by when to look again at the source of each row, as YYYY-MM-DD; NEVER if never.

    >>> set(look_again("root-trust-anchors"))
    {'2027-01-01'}
    """
    return tuple(row[-1] for row in _file(key).rows)


def due(by: date) -> list[tuple[date, str, tuple[object, ...]]]:
    """Return what to look at again on `by` or before, soonest first: day, table and row.

    >>> due(date(2026, 11, 1))
    []
    """
    overdue = []
    for key in tables():
        for again, row in zip(look_again(key), read(key).rows, strict=True):
            if again == NEVER:
                continue
            day = date.fromisoformat(again)
            if day <= by:
                overdue.append((day, key, row))
    return sorted(overdue, key=itemgetter(0))


def today() -> date:
    """Return today's date in UTC by this computer, or the one that LAB_TODAY sets, if it is one."""
    with contextlib.suppress(ValueError):
        return date.fromisoformat(os.environ.get(TODAY, ""))
    return datetime.now(UTC).date()


def overdue(say: Language, days: Iterable[str]) -> tuple[str, ...]:
    """Return the limit of what rests on rows to look at again by these days, if one has passed.

    >>> len(overdue(Language.load("en"), [NEVER, "2001-01-01"]))
    1
    """
    now = today().isoformat()
    passed = [day for day in days if day != NEVER and day < now]
    if not passed:
        return ()
    return (say("reference.overdue", count=len(passed), day=say.dated(min(passed))),)


@dataclass(frozen=True)
class Sheet:
    """A table of facts as its file has it: each row and column has a key that never changes."""

    title: str
    columns: Line  # the keys of the columns
    headings: Line
    keys: Line  # of the rows
    rows: list[Line]


@functools.cache
def _file(key: str) -> Sheet:
    file = resources.files("labsupport.data").joinpath(f"reference/{key}.csv")
    return parsed(file.read_text(encoding="utf-8"))


def parsed(text: str) -> Sheet:
    """Return the table in a file; its first column has the keys of the rows."""
    lines = text.splitlines()
    title = next(line.removeprefix(TITLE) for line in lines if line.startswith(TITLE))
    columns = next(
        line.removeprefix(COLUMNS) for line in lines if line.startswith(COLUMNS)
    )
    plain = (line for line in lines if not line.startswith("#"))
    cells = csv.reader(plain, skipinitialspace=True)
    headings, *rows = [tuple(map(str.strip, row)) for row in cells]
    return Sheet(
        title,
        tuple(columns.split(", ")),
        headings[1:],
        tuple(row[0] for row in rows),
        [row[1:] for row in rows],
    )


def sheet_with_words(sheet: Sheet, table: str, put: Callable[[str, str], str]) -> Sheet:
    """Return a table with `put(key, text)` for each text in it that is for readers.

    What stands again in a column is one text, with the key of the row where it stands first.
    """
    start = f"reference.{table}"
    first: dict[tuple[str, str], str] = {}

    def with_words(key: str, row: Line) -> Line:
        cells = []
        for column, text in zip(sheet.columns, row, strict=True):
            cell = f"{start}.{key}.{column}"
            if is_word(text, cell):
                text = put(first.setdefault((column, text), cell), text)
            cells.append(text)
        return tuple(cells)

    title = put(f"{start}.title", sheet.title)
    headings = []
    for column, heading in zip(sheet.columns, sheet.headings, strict=True):
        headings.append(put(f"{start}.heading.{column}", heading))
    rows = list(map(with_words, sheet.keys, sheet.rows))
    return Sheet(title, sheet.columns, tuple(headings), sheet.keys, rows)
