"""Count which words of a notebook stand in sentences that its reader has read further up.

Counted are the words of the text and of what stored outputs show in JupyterLab before anything is
unfolded, without the letters in pictures; and which of them stand in a sentence of six words or
more that stood above word for word. First with each answer as it is stored, whole; then as it is
shown, with what is said above in a fold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bs4 import BeautifulSoup
from count_minutes import drawn, shown

from labsupport.course.questions import MIME_TYPE
from labsupport.run.editions import markup
from labsupport.visible import escaped

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FEWEST = 6  # words of a sentence: less is a label
INLINE = (
    "a",
    "b",
    "code",
    "em",
    "i",
    "mark",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "wbr",
)
END = "\f"  # of a block of text


class Count(NamedTuple):
    """Words that are seen, and those of them that are seen again."""

    words: int
    again: int

    @property
    def share(self) -> float:
        """Which part of the words is seen again."""
        return self.again / max(self.words, 1)


def count(pages: Iterable[BeautifulSoup]) -> Count:
    """Count the words of pages that are read one after the other.

    >>> line = "<p>Another resolver may answer something else. See there.</p>"
    >>> count([BeautifulSoup(line, "html.parser"), BeautifulSoup(line, "html.parser")])
    Count(words=16, again=6)
    """
    words = again = 0
    met: set[str] = set()
    for page in pages:
        for sentence in _sentences(page):
            length = len(sentence.split())
            words += length
            if sentence in met:
                again += length
            elif length >= FEWEST:
                met.add(sentence)
    return Count(words, again)


def _sentences(page: BeautifulSoup) -> Iterator[str]:
    for block in page.find_all(lambda tag: tag.name not in INLINE):
        block.insert_before(END)
        block.insert_after(END)
    for text in page.get_text().split(END):
        yield from markup.sentences(text)


def pages(notebook: Path, said: set[str] | None = None) -> Iterator[BeautifulSoup]:
    """Yield the texts and the answers of a notebook in order, as they stand there unfolded.

    With a set of what was `said` above, that is folded in answers.
    """
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield markup.prose("".join(cell["source"]))
        for output in cell.get("outputs", ()):
            yield shown(_drawn(output, said))


def _drawn(output: dict[str, Any], said: set[str] | None) -> str:
    """Return as HTML what the front end draws of an output; a question it draws from its data."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    if MIME_TYPE in data:
        question = data[MIME_TYPE]
        words = question["words"]
        parts = [question["prompt"]]
        parts += [
            f"{choice['letter']}) {choice['text']}" for choice in question["choices"]
        ]
        parts += [words["hint"]] if question["hint"] else []
        parts += [words["check"], f"{words['plain']} {question['call']}"]
        return "".join(f"<p>{escaped(part)}</p>" for part in parts)
    return drawn(data, said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    every = sorted(NOTEBOOKS.glob("*/*.ipynb"))
    parser.add_argument("notebook", nargs="*", type=Path, default=every)
    row = "{:>12} {:>6} {:>6}   {:>12} {:>6} {:>6}   {}"
    print(
        row.format(
            "stored words", "again", "share", "shown words", "again", "share", ""
        )
    )
    for notebook in parser.parse_args().notebook:
        stored, once = count(pages(notebook)), count(pages(notebook, set()))
        figures = (*stored, f"{stored.share:.1%}", *once, f"{once.share:.1%}")
        print(row.format(*figures, "/".join(notebook.resolve().parts[-2:])))
