"""Reads data/reference: facts about the real Internet, a table a subject. It checks all data."""

from __future__ import annotations

import csv
import functools
import hashlib
import re
from collections.abc import Callable
from datetime import date
from importlib import resources

from labsupport.language import SOURCE_LANGUAGE, Language, is_word
from labsupport.results import Table

TITLE = "# title: "
SUMS = "SHA256SUMS"
NEVER = "–"  # when to look again at what cannot change
SHARE = re.compile(r"(\d+(?:\.\d+)?)%")

Line = tuple[str, ...]
Row = tuple[object, ...]


def tables() -> list[str]:
    """Return what the tables are called, in order."""
    folder = resources.files("labsupport.data").joinpath("reference")
    names = (file.name for file in folder.iterdir())
    return sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv"))


def damaged() -> list[str]:
    """Return the files of data that are missing, or not as they were when the course was made."""
    folder = resources.files("labsupport.data")
    found = []
    for line in folder.joinpath(SUMS).read_text(encoding="utf-8").splitlines():
        wanted, _, name = line.partition("  ")
        try:
            whole = sum_of(folder.joinpath(name).read_bytes()) == wanted
        except OSError:
            # At a participant's desk in a room, the instructor's folders are there, and empty.
            before, guide, _ = name.partition("/guide/")
            beside = folder.joinpath(f"{before}/guide")
            whole = bool(guide) and beside.is_dir() and not any(beside.iterdir())
        if not whole:
            found.append(name)
    return found


def sum_of(data: bytes) -> str:
    """Return the SHA-256 of a file's content, however its lines end on this system."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


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
    title, lines = _file(key)
    if say and say.code != SOURCE_LANGUAGE:
        file = f"data/reference/{key}.csv"
        title, lines = table_with_words(title, lines, file, lambda text, _: say.translated(text))
        lines = [tuple(_share(cell, say) for cell in line) for line in lines]
    columns, *rows = lines
    return Table(title, columns[:-1], tuple(row[:-1] for row in rows))


def _share(cell: str, say: Language) -> str:
    """Return a cell that is a share ("7.7%") as a language writes it; another as it is."""
    found = SHARE.fullmatch(cell)
    return say("{share:g}%", share=float(found[1])) if found else cell


def pairs(key: str, say: Language) -> list[tuple[Row, Row]]:
    """Return each row of a table in a language, with the row as it is written.

    >>> told, written = pairs("regional-registries", Language.load("en"))[0]
    >>> told == written
    True
    """
    return list(zip(read(key, say).rows, read(key).rows, strict=True))


def look_again(key: str) -> tuple[str, ...]:
    """Return by when to look again at the source of each row, as YYYY-MM-DD; NEVER if never.

    >>> set(look_again("root-trust-anchors"))
    {'2027-01-01'}
    """
    _, (_, *rows) = _file(key)
    return tuple(row[-1] for row in rows)


def due(by: date) -> list[tuple[date, str, tuple[object, ...]]]:
    """Return what to look at again on `by` or before, soonest first: day, table and row.

    >>> due(date(2026, 11, 1))
    []
    """
    found = [
        (date.fromisoformat(again), key, row)
        for key in tables()
        for again, row in zip(look_again(key), read(key).rows, strict=True)
        if again != NEVER and date.fromisoformat(again) <= by
    ]
    return sorted(found, key=lambda one: one[0])


@functools.cache
def _file(key: str) -> tuple[str, list[Line]]:
    file = resources.files("labsupport.data").joinpath(f"reference/{key}.csv")
    return parsed(file.read_text(encoding="utf-8"))


def parsed(text: str) -> tuple[str, list[Line]]:
    """Return the title of a table, and its lines, headings first."""
    lines = text.splitlines()
    title = next(line.removeprefix(TITLE) for line in lines if line.startswith(TITLE))
    rows = csv.reader((line for line in lines if not line.startswith("#")), skipinitialspace=True)
    return title, [tuple(cell.strip() for cell in row) for row in rows]


def table_with_words(
    title: str, lines: list[Line], file: str, put: Callable[[str, str], str]
) -> tuple[str, list[Line]]:
    """Return a table with `put(text, place)` for each text in it that is for readers.

    A place is a column and the first cell of a row.
    """
    heads, *rows = lines

    def told(text: str, column: str, row: str = "") -> str:
        return put(text, f"{column}:{row}") if is_word(text, file, column) else text

    told_rows = [
        tuple(told(cell, head, row[0]) for cell, head in zip(row, heads, strict=True))
        for row in rows
    ]
    return put(title, "title"), [tuple(put(head, "heading") for head in heads), *told_rows]
