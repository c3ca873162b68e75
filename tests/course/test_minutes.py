"""What the notebooks ask of their readers: `make minutes` counts it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from labsupport.tree import PAGE

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from count_minutes import NOTEBOOKS, Count, count, sections, shown_words

# Words of text, and words of text and outputs. On 28 November 2026 they were 18,468 and 59,331 in
# all; what was cut since has its new measure here.
LIMIT = {
    "00-start-here": (1248, 1908),
    "01-how-the-internet-works": (2537, 5770),
    "02-the-domain-name-system": (2430, 5100),
    "03-public-directories": (2428, 6427),
    "04-blocking-risks": (1653, 5580),
    "05-a-case-from-start-to-end": (1237, 3450),
}


def test_what_is_folded_is_not_counted() -> None:
    folded = "<details><summary>Why so</summary><p>Because of this.</p></details>"
    assert shown_words(f"<p>Four words stand here.</p>{folded}") == 6
    assert shown_words(folded.replace("<details>", "<details open>")) == 5


def test_cells_questions_and_forms_are_counted() -> None:
    output = {"data": {PAGE: ["p", "One two"], "text/plain": "left out"}}
    cell = {
        "cell_type": "code",
        "source": ['lab.course.question("a")'],
        "outputs": [output],
    }
    assert count(cell) == Count(shown=2, cells=1, questions=1)
    assert count(cell | {"source": "lab.ask()"}).forms == 1
    text = {
        "cell_type": "markdown",
        "source": "See [the table](https://example.com/a-b) there.",
    }
    assert count(text) == Count(text=4)


@pytest.mark.parametrize("name", sorted(LIMIT))
def test_no_notebook_grows(name: str) -> None:
    found = sum(sections(NOTEBOOKS / f"{name}.ipynb").values(), Count())
    text, everything = LIMIT[name]
    assert found.text <= text
    assert found.text + found.shown <= everything


@pytest.mark.parametrize("name", sorted(LIMIT))
def test_a_section_asks_no_more_minutes_than_it_says(name: str) -> None:
    notebook = NOTEBOOKS / f"{name}.ipynb"
    counted = sections(notebook)
    text = "\n\n".join(
        "".join(cell["source"])
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "markdown"
    )
    said = re.findall(
        r"^## (.*)\n\n\*(?:Core|Extra)[^*\d]*(\d+) minutes?\b", text, re.MULTILINE
    )
    assert said
    for title, minutes in said:
        assert counted[title].minutes <= int(minutes), title
