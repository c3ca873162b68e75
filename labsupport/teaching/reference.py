"""Facts about the real Internet: tables with a source and a date in each row."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING

from labsupport.results import Explanation, Kind, Result, Table

if TYPE_CHECKING:
    from labsupport.handed import Lab

TITLE = "# title: "


def show(lab: Lab, key: object) -> Result:
    """Return the reference table called `key`, or a sentence that says which there are.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "top-level-domains").table["how many"].tolist()
    ['248', '151', '1037']
    """
    say = lab.say
    folder = resources.files("labsupport.data").joinpath("reference")
    keys = sorted(f.name.removesuffix(".csv") for f in folder.iterdir() if f.name.endswith(".csv"))
    if key not in keys:
        sentence = say(
            "There is no table {key}. There are: {keys}.", key=repr(key), keys=", ".join(keys)
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    table = read(str(key))
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in table.rows))
    sentence = say("Facts about the real Internet.")
    notes = (say("Source: {sources}.", sources=sources),)
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in table.rows))
    return Explanation(say, None, sentence, notes, table=shown)


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
