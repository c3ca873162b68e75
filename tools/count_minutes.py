"""Count what a notebook asks of its reader, section by section, and the minutes that makes.

Words are those of the text and of what stored outputs show unfolded; questions and forms are
counted by the calls that make them. The minutes are an estimate by the rates below.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from labsupport.course.originals import FORM
from labsupport.run.editions.said import fold_said
from labsupport.tree import PAGE, as_html, from_data
from labsupport.visible import escaped

NOTEBOOKS = Path(__file__).parents[1] / "notebooks" / "en"
WORDS_A_MINUTE = 130  # of a reader of a foreign language
MINUTES_A_CELL = 1 / 6  # to run it and find the answer
MINUTES_A_QUESTION = 1
MINUTES_A_FORM = 2


@dataclass
class Count:
    """`text` and `shown` are words: of the text, and of what outputs show unfolded."""

    text: int = 0
    shown: int = 0
    cells: int = 0
    questions: int = 0
    forms: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*map(sum, zip(astuple(self), astuple(other), strict=True)))

    @property
    def minutes(self) -> int:
        """What it takes to read it alone and do what it asks."""
        reading = (self.text + self.shown) / WORDS_A_MINUTE
        doing = (self.questions * MINUTES_A_QUESTION) + (self.forms * MINUTES_A_FORM)
        return round(reading + doing + self.cells * MINUTES_A_CELL)


def drawn(data: dict[str, Any], said: set[str] | None = None) -> str:
    """Return as HTML what the front end draws of an output.

    With what was `said` above, that is folded, and what it says itself is added.
    """
    if PAGE not in data:
        return f"<pre>{escaped(''.join(data.get('text/plain', '')))}</pre>"
    page = from_data(data[PAGE])
    nodes = [page] if said is None else fold_said(page, said)
    return as_html(*nodes)


def shown(html: str) -> BeautifulSoup:
    """Return a page as it stands there before anything is unfolded, without pictures' letters.

    >>> print(shown("<p>Two words</p><details><summary>More</summary>and more</details>"))
    <p>Two words</p><summary>More</summary>
    """
    page = BeautifulSoup(html, "html.parser")
    for picture in page.select("svg"):
        picture.decompose()
    for folded in page.select("details:not([open])"):
        folded.replace_with(folded.summary or "")
    return page


def shown_words(html: str) -> int:
    """Count the words of a page that stand there before anything is unfolded.

    >>> shown_words("<p>Two words</p><details><summary>More</summary>and more</details>")
    3
    """
    return len(shown(html).get_text(" ").split())


def count(cell: dict[str, Any], said: set[str] | None = None) -> Count:
    """Count one cell."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return Count(text=shown_words(re.sub(r"\]\([^)]*\)", "]", source)))
    words = 0
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", "")})
        words += shown_words(drawn(data, said))
    questions = len(re.findall(r"lab\.course\.question\(", source))
    forms = len(FORM.findall(source))
    return Count(0, words, 1, questions, forms)


def sections(notebook: Path) -> dict[str, Count]:
    """Count each section of a notebook by its title; what stands before the first is ""."""
    found: dict[str, Count] = {}
    title, said = "", set[str]()
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if heading := re.match("## (.*)", "".join(cell["source"])):
            title = heading[1]
        found[title] = found.get(title, Count()) + count(cell, said)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "notebook", nargs="*", type=Path, default=sorted(NOTEBOOKS.glob("*.ipynb"))
    )
    row = "{:>6} {:>6} {:>6} {:>9} {:>6} {:>8}  {}"
    print(row.format("text", "shown", "cells", "questions", "forms", "minutes", ""))
    for notebook in parser.parse_args().notebook:
        parts = sections(notebook)
        for title, part in (
            (notebook.name, sum(parts.values(), Count())),
            *parts.items(),
        ):
            print(
                row.format(
                    *astuple(part), part.minutes, title or "(before the first section)"
                )
            )
