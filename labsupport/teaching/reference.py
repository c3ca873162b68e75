"""Facts about the real Internet: tables with a source and a date in each row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from labsupport.language import Language
from labsupport.lookups.names import folded
from labsupport.reference import NEVER, look_again, read, tables
from labsupport.results import SMALL, Explanation, Result, Table, escaped, quoted, visible
from labsupport.teaching.course import none_such

if TYPE_CHECKING:
    from labsupport.lab import Lab

LONGEST_CODE = 3  # letters; a shorter word is a part of too many others


def show(lab: Lab, key: object, only: object = "") -> Result:
    """Return the reference table called `key`, or a sentence that says which there are.

    With `only`, return the rows with that word, in whatever case and without accents; a word of
    up to three letters, such as a country's code, is looked for as a whole word.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "caribbean-registries", "curacao").table["registry"].tolist()
    ['LACNIC']
    """
    say = lab.say
    keys = tables()
    if key not in keys:
        return none_such(say, key, keys)
    table = read(str(key))
    places = [
        place
        for place, row in enumerate(table.rows)
        if any(has(str(cell), str(only)) for cell in row[:-2])
    ]
    rows = [table.rows[place] for place in places]
    if not rows:
        sentence = say(
            "No row of this table has {what}. That says nothing of what is not in it: it has "
            "{count} rows.",
            what=quoted(only),
            count=len(table.rows),
        )
        return Explanation(say, None, sentence)
    again = look_again(str(key))
    sources = "; ".join(dict.fromkeys(f"{row[-2]}, {row[-1]}" for row in rows))
    shown = Table(table.caption, table.columns[:-2], tuple(row[:-2] for row in rows))
    return Facts(
        say,
        None,
        say("Facts about the real Internet, as of the dates of their sources."),
        to_look_again(say, (again[place] for place in places)),
        table=shown,
        sources=say("Source: {sources}.", sources=sources),
    )


def to_look_again(say: Language, days: Iterable[str]) -> tuple[str, ...]:
    """The note that says by when to look again at the first of these rows; none if never."""
    soonest = min((day for day in days if day != NEVER), default=None)
    if soonest is None:
        return ()
    return (say("Facts change. After {day}, look at their sources again.", day=soonest),)


class Facts(Explanation):
    """Rows of a reference table; below them stand their `sources`, for who looks them up."""

    def __init__(self, *args: Any, sources: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.sources = sources

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{visible(self.sources)}"

    def _repr_html_(self) -> str:
        below = f'<p lang="{self.say.code}" style="{SMALL}">{escaped(self.sources)}</p>'
        return super()._repr_html_() + below


def has(cell: str, word: str) -> bool:
    """Whether a cell has a word: "uy" is in "com.uy" and not in "Guyana"."""
    wanted = folded(word)
    if 0 < len(wanted) <= LONGEST_CODE:
        return wanted in map(folded, re.findall(r"\w+", cell))
    return wanted in folded(cell)
