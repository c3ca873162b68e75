"""Facts about the real Internet: tables with a source and a date in each row."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING

from labsupport.lookups.names import folded
from labsupport.results import Explanation, Kind, Result, Table, quoted

if TYPE_CHECKING:
    from labsupport.handed import Lab

TITLE = "# title: "


def show(lab: Lab, key: object, only: object = "") -> Result:
    """Return the reference table called `key`, or a sentence that says which there are.

    With `only`, return the rows with that word, in whatever case and without accents.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "top-level-domains").table["how many"].tolist()
    ['248', '151', '1037']
    >>> show(Lab("en"), "caribbean-registries", "curacao").table["registry"].tolist()
    ['LACNIC']
    """
    say = lab.say
    folder = resources.files("labsupport.data").joinpath("reference")
    keys = sorted(f.name.removesuffix(".csv") for f in folder.iterdir() if f.name.endswith(".csv"))
    if key not in keys:
        sentence = say(
            "There is no table {key}. There are: {keys}.", key=quoted(key), keys=", ".join(keys)
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    table = read(str(key))
    wanted = folded(str(only))
    rows = [row for row in table.rows if any(wanted in folded(str(cell)) for cell in row[:-2])]
    if not rows:
        sentence = say(
            "No row of this table has {what}. That says nothing of what is not in it: it has "
            "{count} rows.",
            what=quoted(only),
            count=len(table.rows),
        )
        return Explanation(say, None, sentence)
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    sentence = say("Facts about the real Internet.")
    notes = (say("Source: {sources}.", sources=sources),)
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in rows))
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
