"""Make the notebooks of another language from the English ones and its catalogue.

Nobody edits them. `translate` finds the messages for messages.py, and puts the translations in
their places: so the two cannot differ. The key of a message is the number of the notebook, the id
of the cell and the number of the message in it: `notebook.02.s3-see.2`.
"""

from __future__ import annotations

import argparse
import copy
import functools
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import link_words
import nbformat
import polib
from notebook_files import write

import labsupport.lab  # noqa: F401  (declares the questions)
from labsupport.declared import in_words
from labsupport.language import SOURCE_LANGUAGE, UNTRANSLATED, Language

ENGLISH = link_words.ORIGINALS / "en"
ENGLISH_WORDS = Language.load(SOURCE_LANGUAGE)
CATALOGUES = Path(__file__).parents[1] / "data" / "course" / "locale" / "guide"
TYPED = "typed"  # in a key: what is typed in code
# what stands for the message with a key, relative to its cell
Said = Callable[[str, str], str]

# What a line of Markdown begins with, and the rest of it; a line of code is none.
LINE = re.compile(r"(?m)^(?! {4})((?:(?:>|-|#+|\d+\.) )*)(.+)$")
HEADING = re.compile(r"(?m)^#+ (.+)$")
# In code, a text holds words where it is an order, a person, or looked for in a table.
PLACE = r'(?:with_order\(|reference\("[\w-]+", |\b(?:by|witness)=)"'
TEXT = re.compile(rf'({PLACE})([^"]*[a-z]{{3}}[^"]*)')
# Where a word is linked first can be elsewhere in another language: link_words.py writes it.
FIRST_USE = re.compile(r'<a id="use-[^"]*"></a>')
NO_WORDS = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]*>")
# What a translation has too, in whatever order.
ALIKE = {
    "links": r"\]\(([^)]*)\)",
    "anchors": r'\bid="([^"]*)"',
    "places": r"\{[^{}]*\}|%\(\w+\)[rs]",
}
# A text to type may be another one, and a line has the words of the language.
CODE = r'`(?:"[^"`]*"|([^`]*))`'
# What it has as often.
COUNTED = {"tags": r"<[^<>]+>", "bold": r"\*\*", "bars": r"\|"}


def faults(source: str, translation: str, say: Language = ENGLISH_WORDS) -> list[str]:
    """Say what one of the two has, and the other has not; `say` is that of the translation.

    >>> faults("See [it](#word-ttl) in `ask`.", "Véalo en `ask`.")
    ["links: ['#word-ttl'] became []"]
    >>> faults('`lab.course.case("fraud")`', '`lab.course.case("fraude")`', Language.load("es"))
    []
    """
    found = []
    for what, pattern in (ALIKE | COUNTED).items():
        before, after = (
            sorted(re.findall(pattern, text)) for text in (source, translation)
        )
        if len(before) != len(after) if what in COUNTED else set(before) != set(after):
            found.append(f"{what}: {before} became {after}")
    before, after = (re.findall(CODE, text) for text in (source, translation))
    allowed = {*before, *(in_words(code, say) for code in before)}
    if not set(after) <= allowed or len(set(before)) != len(set(after)):
        found.append(f"code: {before} became {after}")
    return found


def translate(cell: nbformat.NotebookNode, said: Said) -> str:
    """Return what stands in a cell, with each message in it as it is `said`.

    A message is a paragraph, a heading, an item of a list, a cell of a table, or a text in code.

    >>> cell = nbformat.v4.new_markdown_cell("## One\\n\\n| *a* | `b` |\\n|---|---|")
    >>> translate(cell, lambda key, text: f"{key} {text}")
    '## 1 One\\n\\n| 2 *a* | `b` |\\n|---|---|'
    """
    number = itertools.count(1)

    def piece(text: str) -> str:
        if not re.search("[a-z]", NO_WORDS.sub("", text)):
            return text
        return text.replace(text.strip(), said(str(next(number)), text.strip()))

    def line(match: re.Match[str]) -> str:
        mark, text = match.groups()
        return mark + "|".join(
            map(piece, text.split("|") if text.startswith("|") else [text])
        )

    def typed(match: re.Match[str]) -> str:
        return match[1] + said(f"{TYPED}.{next(number)}", match[2])

    if cell.cell_type == "code":
        return TEXT.sub(typed, cell.source)
    if cell.id == link_words.LIST:
        return cell.source
    return LINE.sub(line, FIRST_USE.sub("", cell.source))


def key_of(path: Path) -> str:
    """Return what the keys of a notebook begin with: its number stays, its name may change.

    >>> key_of(ENGLISH / "instructor" / "2-the-plan.ipynb")
    'notebook.instructor-2'
    """
    number = path.name.partition("-")[0]
    return f"notebook.{'-'.join((*path.relative_to(ENGLISH).parts[:-1], number))}"


def messages(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield each message of a notebook: its key, its text, and where in the notebook it stands."""
    found: list[tuple[str, str]] = []
    for heading, cell in with_headings(path):
        found.clear()
        translate(cell, lambda key, text: found.append((key, text)) or text)
        for key, text in found:
            yield f"{key_of(path)}.{cell.id}.{key}", text, f"{heading}, cell {cell.id}"


@functools.cache
def with_headings(path: Path) -> list[tuple[str, nbformat.NotebookNode]]:
    """Return the cells of a notebook, each with the heading that it stands under. Read once."""
    cells: list[tuple[str, nbformat.NotebookNode]] = []
    heading = ""
    for cell in nbformat.read(path, as_version=4).cells:
        if (
            match := HEADING.search(cell.source)
            if cell.cell_type == "markdown"
            else None
        ):
            heading = match[1]
        cells.append((heading, cell))
    return cells


def sayer(catalogue: polib.POFile) -> Said:
    """Return what says each message by a catalogue, or in English where that does not do."""
    say = Language.load(catalogue.metadata.get("Language", SOURCE_LANGUAGE))
    known = {entry.msgctxt: entry for entry in catalogue if entry.translated()}

    def said(key: str, text: str) -> str:
        entry = known.get(key)
        if entry and entry.msgid == text and not faults(text, entry.msgstr, say):
            return str(entry.msgstr)
        return text if f".{TYPED}." in key else UNTRANSLATED + text

    return said


def made(
    notebook: nbformat.NotebookNode, key: str, code: str, said: Said
) -> nbformat.NotebookNode:
    """Return a notebook in the language with this code, without outputs.

    `key` is what the keys of its messages begin with.
    """
    new = copy.deepcopy(notebook)
    say = Language.load(code)
    for cell in new.cells:
        in_cell = functools.partial(_in_cell, said, f"{key}.{cell.id}")
        cell.source = translate(cell, in_cell)
        if cell.cell_type == "code":
            cell.source = in_words(cell.source.replace('"en"', f'"{code}"'), say)
            cell.outputs, cell.execution_count = [], None
    link_words.link(new, code)
    return new


def _in_cell(said: Said, cell: str, key: str, text: str) -> str:
    """Return what stands for a message, by its key within a cell."""
    return said(f"{cell}.{key}", text)


def originals() -> list[Path]:
    """Return the English notebooks, those of the instructor too."""
    return [
        *sorted(ENGLISH.glob("*.ipynb")),
        *sorted((ENGLISH / "instructor").glob("*.ipynb")),
    ]


def catalogues() -> dict[str, polib.POFile]:
    """Return the catalogue of each language that has one, by its code."""
    files = sorted(CATALOGUES.glob("*/LC_MESSAGES/labsupport.po"))
    return {file.parts[-3]: polib.pofile(str(file)) for file in files}


def cells(notebook: nbformat.NotebookNode) -> list[tuple[Any, ...]]:
    """Return what of its cells was written, not run."""
    return [
        (cell.id, cell.cell_type, cell.metadata, cell.source) for cell in notebook.cells
    ]


def main() -> int:
    """Make the notebooks of the languages named, or of all that have a catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "language", nargs="*", help="default: each that has a catalogue"
    )
    known = catalogues()
    for code in parser.parse_args().language or known:
        said = sayer(known[code])
        for file in originals():
            new = made(nbformat.read(file, as_version=4), key_of(file), code, said)
            to = link_words.ORIGINALS / code / file.relative_to(ENGLISH)
            # What is as it was keeps its outputs.
            if not to.exists() or cells(nbformat.read(to, as_version=4)) != cells(new):
                to.parent.mkdir(parents=True, exist_ok=True)
                write(new, to)
                print(to.relative_to(link_words.ORIGINALS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
