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
LINK = re.compile(r'\[([^\]]+)\]\((#word-[^\s)]*)(?: "[^"]*")?\)')
HEADING = re.compile(r"(?m)^#{1,6} +(.+?) *$")


class UnknownWordError(Exception):
    """A notebook links a word that the glossary does not have; the message names it."""


def link(notebook: nbformat.NotebookNode, language: str) -> None:
    """Bring the links to words in `notebook`, and its list of words, up to date.

    Raises UnknownWordError for a link to a word that the glossary does not have.
    """
    anchors = {word.anchor: word for word in words(language).values()}
    used: dict[str, str] = {}
    heading = ""

    def explained(match: re.Match[str]) -> str:
        shown, target = match.groups()
        word = anchors.get(target[1:])
        if word is None:
            raise UnknownWordError(f"{target}: the glossary has no such word")
        used.setdefault(word.term, heading)
        return f'[{shown}]({target} "{_title(word)}")'

    for cell in notebook.cells:
        if cell.cell_type != "markdown" or cell.id == LIST:
            continue
        lines = cell.source.split("\n")
        for number, line in enumerate(lines):
            if found := HEADING.match(line):
                heading = found.group(1)
            lines[number] = LINK.sub(explained, line)
        cell.source = "\n".join(lines)
    _write_list(notebook, language, used)


def _title(word: Word) -> str:
    return word.text.replace('"', "”")


def _write_list(notebook: nbformat.NotebookNode, language: str, used: dict[str, str]) -> None:
    say = Language.load(language)
    lines = [f"## {say('Words')}", ""]
    known = words(language)
    for term in sorted(used, key=str.lower):
        word = known[term]
        text = f'- <a id="{word.anchor}"></a>**{term}**: {word.text}'
        if used[term]:
            text += f" [↩ {used[term]}](#{used[term].replace(' ', '-')})"
        lines.append(text)
    source = "\n".join(lines)
    cell = next((cell for cell in notebook.cells if cell.id == LIST), None)
    if cell is not None:
        cell.source = source
    elif used:
        notebook.cells.append(nbformat.v4.new_markdown_cell(source, id=LIST))


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
