"""Explain in each notebook the words that it links: run it after adding [this](#word-resolver).

A link to a word shows what the word means when the mouse rests on it, and leads to the list
of words at the end of the notebook, which leads back. Both are written here from the glossary.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import nbformat

from labsupport.language import Language
from labsupport.teaching.glossary import Word, words

ORIGINALS = Path(__file__).parents[1] / "notebooks"
LIST = "words"  # the id of the cell that holds the list of words
LINK = re.compile(r'(?:<a id="use-[^"]*"></a>)?\[([^\]]+)\]\((#word-[^\s)]*)(?: "[^"]*")?\)')


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
        place = "" if word.anchor in used else f'<a id="{_place(word)}"></a>'
        used[word.anchor] = word
        meaning = word.text.replace('"', "”")
        return f'{place}[{shown}]({target} "{meaning}")'

    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.id != LIST:
            cell.source = LINK.sub(explained, cell.source)
    _write_list(notebook, Language.load(language), list(used.values()))


def _place(word: Word) -> str:
    """Where a notebook uses a word first."""
    return word.anchor.replace("word-", "use-", 1)


def _write_list(notebook: nbformat.NotebookNode, say: Language, used: list[Word]) -> None:
    lines = [f"## {say('Words')}", ""]
    for word in sorted(used, key=lambda word: word.term.lower()):
        back = f"[↩ {say('back to the text')}](#{_place(word)})"
        lines.append(f'- <a id="{word.anchor}"></a>**{word.term}**: {word.text} {back}')
    cell = next((cell for cell in notebook.cells if cell.id == LIST), None)
    if cell is None:
        cell = nbformat.v4.new_markdown_cell(id=LIST)
        notebook.cells.append(cell)
    cell.source = "\n".join(lines)


def main() -> int:
    """Link the words of the notebooks named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path, nargs="*", help="default: every original")
    for file in parser.parse_args().notebook or sorted(ORIGINALS.glob("*/*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        try:
            link(notebook, file.parent.name)
        except UnknownWordError as error:
            print(f"{file.name}: {error}", file=sys.stderr)
            return 1
        nbformat.write(notebook, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
