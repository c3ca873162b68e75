"""Explain in each notebook the words that it links: run it after adding [this](#word-resolver).

A link to a word leads to the list of words at the end of the notebook, and from there back to
where the word is linked first. The list is written here, from the glossary.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat
from notebook_files import write

from labsupport.course.glossary import Word, as_markdown, words
from labsupport.language import Language

ORIGINALS = Path(__file__).parents[1] / "notebooks"
LIST = "words"  # the id of the cell that holds the list of words
# A title that somebody gave to such a link goes: the meaning stands in the list.
LINK = re.compile(
    r'(?:<a id="use-[^"]*"></a>)?\[([^\]]+)\]\((#word-[^\s)]*)(?: "[^"]*")?\)'
)


class UnknownWordError(Exception):
    """A notebook links a word that the glossary does not have; the message names it."""


def link(notebook: nbformat.NotebookNode, language: str) -> None:
    """Bring the links to words in `notebook`, and its list of words, up to date.

    Raises UnknownWordError for a link to a word that the glossary does not have.
    """
    known = {word.anchor: word for word in words(language).values()}
    used: dict[str, Word] = {}

    def explained(match: re.Match[str]) -> str:
        shown, target = match.groups()
        word = known.get(target.removeprefix("#"))
        if word is None:
            raise UnknownWordError(f"{target}: the glossary has no such word")
        place = "" if word.anchor in used else f'<a id="{word.first_use}"></a>'
        used[word.anchor] = word
        return f"{place}[{shown}]({target})"

    cells = notebook.cells
    for cell in cells:
        if cell.cell_type == "markdown" and cell.id != LIST:
            cell.source = LINK.sub(explained, cell.source)
    number = next((n for n, cell in enumerate(cells) if cell.id == LIST), len(cells))
    text = as_markdown(Language.load(language), used.values())
    cells[number : number + 1] = (
        [nbformat.v4.new_markdown_cell(text, id=LIST)] if used else []
    )


def main() -> int:
    """Link the words of the notebooks named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "notebook", type=Path, nargs="*", help="default: every original"
    )
    every = [*ORIGINALS.glob("*/*.ipynb"), *ORIGINALS.glob("*/instructor/*.ipynb")]
    for file in parser.parse_args().notebook or sorted(every):
        notebook = nbformat.read(file, as_version=4)
        folder = file.parent.parent if file.parent.name == "instructor" else file.parent
        try:
            link(notebook, folder.name)
        except UnknownWordError as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            return 1
        write(notebook, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
