"""The stored originals, read as what an edition is made of: notebooks, sections, cells."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from labsupport.language import Language
from labsupport.teaching.questions import Question, catalogue

INSTRUCTOR = "instructor"  # the folder with what belongs to no participant
# Identifiers of cells, which translations share.
WORDS, NEXT, SOURCES = "words", "next", "sources"
HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
TITLE = re.compile(r"^# +(.+?) *$", re.MULTILINE)
CALL = re.compile(r"""(?:^|\n)lab\.(\w+)\((?:"([^"\n]*)")?[^\n]*\)(?:\.\w+\([^\n]*\))?\s*$""")

# A line that shows a form, by the question that is asked in it.
FORM = re.compile(
    r"""(?m)^lab\.(?:(ask|trace|review)\(\)|(wait)\(name=.*\)|(draft)\("order"\)"""
    r"""|(case)\(.*, play=True\))$"""
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `text` is what stands in it, `outputs` what was stored below."""

    id: str
    code: bool
    text: str
    tags: tuple[str, ...] = ()
    outputs: tuple[dict[str, Any], ...] = ()

    @property
    def method(self) -> str:
        """What the last line asks of the lab ("question"), or "".

        >>> Cell("q", True, 'lab.question("dns-time")').method
        'question'
        """
        found = CALL.search(self.text)
        return found[1] if found else ""

    @property
    def argument(self) -> str:
        """The first argument of that line, where it is a text.

        >>> Cell("q", True, 'lab.question("dns-time")').argument
        'dns-time'
        """
        found = CALL.search(self.text)
        return (found[2] or "") if found else ""

    @property
    def form(self) -> str:
        """Which question its last line shows a form for ("ask"), or "".

        >>> Cell("c", True, 'lab.case("fraud", play=True)').form
        'case'
        """
        found = FORM.search(self.text)
        return found[found.lastindex or 0] if found else ""

    @property
    def hidden(self) -> bool:
        """Whether a learner sees only what came of it."""
        return "hide-input" in self.tags

    @property
    def opens_the_lab(self) -> bool:
        """Whether it is the first cell of each notebook, which says nothing but that."""
        return self.code and "import Lab" in self.text


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; what stands above the first has the title "".

    `id` is that of the cell with the heading.
    """

    id: str
    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Notebook:
    """An original: `name` is the file's, without its ending."""

    name: str
    cells: tuple[Cell, ...]

    @cached_property
    def title(self) -> str:
        """Its heading.

        >>> read_all("en")[1].title
        'How the Internet works'
        """
        found = TITLE.search(self.cells[0].text) if self.cells else None
        return found[1] if found else self.name

    @property
    def number(self) -> str:
        """What its name begins with ("01"), or "".

        >>> read_all("en")[1].number
        '01'
        """
        found = re.match(r"\d+", self.name)
        return found[0] if found else ""

    @property
    def label(self) -> str:
        """Its number and its title.

        >>> read_all("en")[1].label
        '01 · How the Internet works'
        """
        return " · ".join(filter(None, (self.number, self.title)))

    @cached_property
    def questions(self) -> dict[str, int]:
        """The numbers of its questions, by the identifiers of their cells: for who talks of one.

        >>> min(read_all("en")[1].questions.values())
        1
        """
        asked = [cell.id for cell in self.cells if cell.method == "question"]
        return {key: number for number, key in enumerate(asked, 1)}

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Its parts; the first has no heading of its own."""
        found: list[tuple[str, str, list[Cell]]] = [("", "", [])]
        for cell in self.cells:
            if not cell.code and (heading := HEADING.match(cell.text.lstrip())):
                found.append((cell.id, heading[1], []))
            found[-1][2].append(cell)
        return tuple(Section(key, title, tuple(cells)) for key, title, cells in found)


def read(name: str, content: bytes) -> Notebook:
    """Return the notebook in an .ipynb file's content."""
    cells = []
    for number, cell in enumerate(json.loads(content)["cells"]):
        cells.append(
            Cell(
                cell.get("id", f"cell-{number}"),
                cell["cell_type"] == "code",
                joined(cell["source"]),
                tuple(cell["metadata"].get("tags", ())),
                tuple(cell.get("outputs", ())),
            )
        )
    return Notebook(name, tuple(cells))


def question_of(cell: Cell, say: Language) -> Question | None:
    """Return the question that a cell asks, if it asks one.

    >>> cell = Cell("q", True, 'lab.question("dns-time")')
    >>> question_of(cell, Language.load("en")).id
    'dns-time'
    """
    return catalogue(say.code).get(cell.argument) if cell.method == "question" else None


def joined(text: str | list[str]) -> str:
    """Return a text that a notebook keeps in one piece or in lines."""
    return text if isinstance(text, str) else "".join(text)


def read_all(language: str, *, instructor: bool = False) -> tuple[Notebook, ...]:
    """Return the participants' notebooks in a language, or those of the instructor, in order.

    >>> [notebook.number for notebook in read_all("en")]
    ['00', '01', '02', '03', '04', '05']
    """
    return tuple(
        read(file.name.removesuffix(".ipynb"), file.read_bytes())
        for file in _files(language, instructor)
    )


def state(language: str, *, instructor: bool = False) -> str:
    """Return a short checksum of the notebooks: editions that share it have the same content.

    >>> len(state("en"))
    12
    """
    whole = hashlib.sha256()
    for file in _files(language, instructor):
        whole.update(file.name.encode() + b"\0" + file.read_bytes())
    return whole.hexdigest()[:12]


def _files(language: str, instructor: bool) -> Iterator[Traversable]:
    folder = resources.files("labsupport.notebooks").joinpath(language)
    if instructor:
        folder = folder.joinpath(INSTRUCTOR)
    if folder.is_dir():
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
        yield from (entry for entry in entries if entry.name.endswith(".ipynb"))
