"""Reads data/reference: facts about the real Internet, a table a subject. It checks all data."""

from __future__ import annotations

import csv
import hashlib
from importlib import resources

from labsupport.results import Table

TITLE = "# title: "
SUMS = "SHA256SUMS"


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
            whole = False
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


def read(key: str) -> Table:
    """Return a reference table whole; its last two columns are the source and the date.

    >>> read("top-level-domains").columns
    ('kind', 'how many', 'source', 'date')
    """
    file = resources.files("labsupport.data").joinpath(f"reference/{key}.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    title = next(line.removeprefix(TITLE) for line in lines if line.startswith(TITLE))
    rows = list(
        csv.reader((line for line in lines if not line.startswith("#")), skipinitialspace=True)
    )
    stripped = [tuple(cell.strip() for cell in row) for row in rows]
    return Table(title, stripped[0], tuple(stripped[1:]))
