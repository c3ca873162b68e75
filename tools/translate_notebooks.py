"""Make the notebooks of another language from the English ones and its catalogue.

Nobody edits them. `translate` finds the messages for `make words`, and puts the translations in
their places: so the two cannot differ.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import link_words
import nbformat
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ENGLISH = link_words.ORIGINALS / "en"
CATALOGUES = Path(__file__).parents[1] / "data" / "course" / "locale" / "guide"
UNTRANSLATED = "[en] "  # stands in front of what is still English
TYPED = "typed"  # the context of what is typed in code: it is looked for in what the lab answers
Said = Callable[[nbformat.NotebookNode, str], str]  # what stands for a message of a cell

# What a line of Markdown begins with, and the rest of it; a line of code is none.
LINE = re.compile(r"(?m)^(?! {4})((?:(?:>|-|#+|\d+\.) )*)(.+)$")
# In code, a text holds words where it is an order, a person, or looked for in a table.
PLACE = r'(?:with_order\(|reference\("[\w-]+", |\b(?:by|witness)=)"'
TEXT = re.compile(rf'({PLACE})([^"]*[a-z]{{3}}[^"]*)')
# Where a word is linked first can be elsewhere in another language: link_words.py writes it.
FIRST_USE = re.compile(r'<a id="use-[^"]*"></a>')
NO_WORDS = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]*>")
# What a translation has too, in whatever order; a text to type may be another one.
ALIKE = {
    "links": r"\]\(([^)]*)\)",
    "anchors": r'\bid="([^"]*)"',
    "code": r'`(?:"[^"`]*"|([^`]*))`',
    "places": r"\{[^{}]*\}",
}
# What it has as often.
COUNTED = {"tags": r"<[^<>]+>", "bold": r"\*\*", "bars": r"\|"}


def faults(source: str, translation: str) -> list[str]:
    """Say what one of the two has, and the other has not.

    >>> faults("See [it](#word-ttl) in `ask`.", "Véalo en `ask`.")
    ["links: ['#word-ttl'] became []"]
    """
    found = []
    for what, pattern in (ALIKE | COUNTED).items():
        before, after = (sorted(re.findall(pattern, text)) for text in (source, translation))
        if len(before) != len(after) if what in COUNTED else set(before) != set(after):
            found.append(f"{what}: {before} became {after}")
    return found


def translate(cell: nbformat.NotebookNode, said: Said) -> str:
    """Return what stands in a cell, with each message in it as it is `said`.

    A message is a paragraph, a heading, an item of a list, a cell of a table, or a text in code.

    >>> cell = nbformat.v4.new_markdown_cell("## One\\n\\n| *a* | `b` |\\n|---|---|")
    >>> translate(cell, lambda cell, text: text.upper())
    '## ONE\\n\\n| *A* | `b` |\\n|---|---|'
    """

    def piece(text: str) -> str:
        has_words = re.search("[a-z]", NO_WORDS.sub("", text))
        return text.replace(text.strip(), said(cell, text.strip())) if has_words else text

    def line(match: re.Match[str]) -> str:
        mark, text = match.groups()
        return mark + "|".join(map(piece, text.split("|") if text.startswith("|") else [text]))

    if cell.cell_type == "code":
        return TEXT.sub(lambda match: match[1] + said(cell, match[2]), cell.source)
    if cell.id == link_words.LIST:
        return cell.source
    return LINE.sub(line, FIRST_USE.sub("", cell.source))


def extract(
    file: IO[bytes], _keywords: object, _tags: object, options: object
) -> Iterator[tuple[int, str | None, str | tuple[str, str], list[str]]]:
    """Give Babel the messages of a notebook, in order; the id of the cell is the comment."""
    found: list[tuple[nbformat.NotebookNode, str]] = []

    def collect(cell: nbformat.NotebookNode, text: str) -> str:
        found.append((cell, text))
        return text

    for cell in nbformat.reads(file.read().decode(), as_version=4).cells:
        translate(cell, collect)
    for number, (cell, text) in enumerate(found, 1):
        if cell.cell_type == "code":
            yield number, "pgettext", (TYPED, text), [cell.id]
        else:
            yield number, None, text, [cell.id]


def sayer(catalogue: Catalog) -> Said:
    """Return what says each message by a catalogue, or in English where that does not do."""

    def said(cell: nbformat.NotebookNode, text: str) -> str:
        code = cell.cell_type == "code"
        message = catalogue.get(text, TYPED if code else None)
        if message and message.string and not message.fuzzy and not faults(text, message.string):
            return str(message.string)
        return text if code else UNTRANSLATED + text

    return said


def made(notebook: nbformat.NotebookNode, code: str, said: Said) -> nbformat.NotebookNode:
    """Return a notebook in the language with this code, without outputs."""
    new = copy.deepcopy(notebook)
    for cell in new.cells:
        cell.source = translate(cell, said).replace('Lab("en"', f'Lab("{code}"')
        if cell.cell_type == "code":
            cell.source = cell.source.replace('"en"', f'"{code}"')
            cell.outputs, cell.execution_count = [], None
    link_words.link(new, code)
    return new


def originals() -> list[Path]:
    """Return the English notebooks, those of the instructor too."""
    return [*sorted(ENGLISH.glob("*.ipynb")), *sorted((ENGLISH / "instructor").glob("*.ipynb"))]


def catalogues() -> dict[str, Catalog]:
    """Return the catalogue of each language that has one, by its code."""
    found = {}
    for file in sorted(CATALOGUES.glob("*/LC_MESSAGES/labsupport.po")):
        with file.open("rb") as stream:
            found[file.parts[-3]] = read_po(stream)
    return found


def cells(notebook: nbformat.NotebookNode) -> list[tuple[Any, ...]]:
    """Return what of its cells was written, not run."""
    return [(cell.id, cell.cell_type, cell.metadata, cell.source) for cell in notebook.cells]


def main() -> int:
    """Make the notebooks of the languages named, or of all that have a catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="*", help="default: each that has a catalogue")
    known = catalogues()
    for code in parser.parse_args().language or known:
        for file in originals():
            new = made(nbformat.read(file, as_version=4), code, sayer(known[code]))
            to = link_words.ORIGINALS / code / file.relative_to(ENGLISH)
            # What is as it was keeps its outputs.
            if not to.exists() or cells(nbformat.read(to, as_version=4)) != cells(new):
                to.parent.mkdir(parents=True, exist_ok=True)
                nbformat.write(new, to)
                print(to.relative_to(link_words.ORIGINALS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
