"""The stored notebooks, read: their sections and cells, and what was stored below these."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, NamedTuple

from labsupport.language import SOURCE_LANGUAGE

MINUTES = re.compile(r"## .*\n+(?:\[en\] )?\*[^*\n]*?(\d+)[^*\n]*\*(?:\n|$)")
QUESTION = re.compile(r'lab\.course\.question\("([^"]+)"\)')
# A line that shows a form, by the question that is asked in it.
FORM = re.compile(
    r"(?m)^lab\.(?:(ask|trace)\(\)|(wait)\(name=.*\)|orders\.(review|form)\(\)"
    r"|course\.(?:case|hearing)\((?:.*, )?(play)=True\))$"
)


class NotebookCell(NamedTuple):
    """A cell: `text` is what stands in it, `outputs` what was stored below."""

    id: str
    code: bool
    text: str
    tags: tuple[str, ...] = ()
    outputs: tuple[dict[str, Any], ...] = ()

    @property
    def question(self) -> str:
        """The key of the question that it asks, or "".

        >>> NotebookCell("q", True, 'lab.course.question("dns-time")').question
        'dns-time'
        """
        match = QUESTION.search(self.text) if self.code else None
        return match[1] if match else ""

    @property
    def form(self) -> str:
        """Which question its last line shows a form for ("ask"), or "".

        >>> NotebookCell("c", True, 'lab.course.case("fraud", play=True)').form
        'play'
        """
        match = FORM.search(self.text)
        if match:
            return match[match.lastindex or 0]
        return ""

    @property
    def hidden(self) -> bool:
        """Whether a learner sees only what came of it."""
        return "hide-input" in self.tags


class Section(NamedTuple):
    """A heading and what stands below it; what stands above the first has the title "".

    `id` is that of the cell with the heading.
    """

    id: str
    title: str
    cells: tuple[NotebookCell, ...]

    @property
    def minutes(self) -> int:
        """How long it takes, as it says itself; 0 where it does not."""
        match = MINUTES.match(self.cells[0].text)
        if match:
            return int(match[1])
        return 0

    @property
    def questions(self) -> tuple[str, ...]:
        """The keys of the questions that it asks."""
        return tuple(cell.question for cell in self.cells if cell.question)

    @property
    def first(self) -> str:
        """The first line of its first cell to run, or ""."""
        return next((cell.text.splitlines()[0] for cell in self.cells if cell.code), "")


@dataclass(frozen=True)
class Notebook:
    """An original: `name` is the file's, without its ending."""

    name: str
    cells: tuple[NotebookCell, ...]

    @property
    def file(self) -> str:
        """The name of its page in an edition."""
        return f"{self.name}.html"

    @property
    def title(self) -> str:
        """Its heading.

        >>> read_all("en")[1].title
        'How the Internet works'
        """
        return self.cells[0].text.partition("\n")[0].lstrip("# ").strip()

    @property
    def number(self) -> str:
        """What its name begins with.

        >>> read_all("en")[1].number
        '01'
        """
        return self.name.partition("-")[0]

    @property
    def label(self) -> str:
        """Its number and its title.

        >>> read_all("en")[1].label
        '01 · How the Internet works'
        """
        return f"{self.number} · {self.title}"

    @cached_property
    def questions(self) -> dict[str, int]:
        """The numbers of its questions, by the identifiers of their cells: for who talks of one.

        >>> min(read_all("en")[1].questions.values())
        1
        """
        asked = (cell.id for cell in self.cells if cell.question)
        return {key: number for number, key in enumerate(asked, 1)}

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Its parts; the first has no heading of its own."""
        parts: list[tuple[str, str, list[NotebookCell]]] = [("", "", [])]
        for cell in self.cells:
            if not cell.code and cell.text.startswith("## "):
                title = cell.text.partition("\n")[0].lstrip("# ").strip()
                parts.append((cell.id, title, []))
            parts[-1][2].append(cell)
        return tuple(Section(key, title, tuple(cells)) for key, title, cells in parts)


@cache
def read_all(language: str, *, instructor: bool = False) -> tuple[Notebook, ...]:
    """Return the participants' notebooks in a language, or those of the instructor, in order.

    >>> [notebook.number for notebook in read_all("en")]
    ['00', '01', '02', '03', '04', '05']
    """
    notebooks = resources.files("labsupport.notebooks")
    made = notebooks.joinpath(language).is_dir()
    folder = notebooks.joinpath(language if made else SOURCE_LANGUAGE)
    if instructor:  # a folder with what belongs to no participant
        folder = folder.joinpath("instructor")
    every = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".ipynb"):
            cells = tuple(
                NotebookCell(
                    cell["id"],
                    cell["cell_type"] == "code",
                    "".join(cell["source"]),
                    tuple(cell["metadata"].get("tags", ())),
                    tuple(cell.get("outputs", ())),
                )
                for cell in json.loads(file.read_bytes())["cells"]
            )
            every.append(Notebook(file.name.removesuffix(".ipynb"), cells))
    return tuple(every)
