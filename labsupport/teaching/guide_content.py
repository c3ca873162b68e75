"""The content of the instructor's guide: data/course/LANGUAGE/guide, and the notebooks themselves.

Titles, minutes and questions of a section stand in its notebook and are read from there, so that
nothing is written twice; what an instructor has to know of it stands in the guide.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from labsupport.blocking import drafts
from labsupport.teaching import course

NOTEBOOKS = (
    "00-start-here",
    "01-how-the-internet-works",
    "02-the-domain-name-system",
    "03-public-directories",
    "04-blocking-risks",
    "05-a-case-from-start-to-end",
)
WHOLE_COURSE = "two days"  # the plan that has every section of the core
ALONE = "self-study"  # the plan without anybody who teaches
RESTS = ("cell", "belief", "seen")
STARTS = ("by reading", "by knowing")
STEP = 799  # between the forms of two numbers: prime to how many forms there are


class GuideError(Exception):
    """The guide is not in order; the message says where."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a notebook, with what an instructor has to know of it.

    From the notebook: `cell`, the id of the cell with the heading; `title`; `minutes`, 0 where none
    are told; `questions` by their ids; `first`, the first line of its first cell to run. From the
    guide: what to `expect`, each with what that rests on; what to `say`; `answers` to what is asked
    in the text; what to leave out when `late`; what catching up needs `again`.
    """

    cell: str
    title: str
    minutes: int
    questions: tuple[str, ...]
    first: str
    expect: tuple[tuple[str, str], ...]
    say: tuple[str, ...]
    answers: tuple[str, ...]
    late: str
    again: str

    @property
    def number(self) -> str:
        """How a plan calls it: its number, or its title where it has none."""
        number, dot, _ = self.title.partition(" · ")
        return number if dot and number.isdigit() else self.title


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of the course: its `name` ("00-start-here"), its title, what to `have` ready."""

    name: str
    title: str
    have: tuple[str, ...]
    sections: Mapping[str, Section]

    @property
    def number(self) -> str:
        """Its two digits."""
        return self.name[:2]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a day. `sections` are cells of `notebook`; `do` and they may be empty."""

    what: str
    minutes: int
    lead: str
    late: str
    do: str = ""
    notebook: str = ""
    sections: tuple[str, ...] = ()

    @property
    def pause(self) -> bool:
        """Whether nobody leads it: a break, or lunch."""
        return self.lead == "–"


@dataclass(frozen=True)
class Course:
    """Some days: for `who`; what it `leaves_out`, each with why; the blocks of each of its days."""

    key: str
    title: str
    who: str
    leaves_out: tuple[tuple[str, str], ...]
    days: tuple[tuple[Block, ...], ...]

    @cached_property
    def cells(self) -> frozenset[tuple[str, str]]:
        """The sections that it has: notebook and cell."""
        blocks = (block for day in self.days for block in day)
        return frozenset((one.notebook, cell) for one in blocks for cell in one.sections)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sheet: an `order`, lines, a table.

    After each line there may be room to write (`blank`); the table has its `cells`, and `rows` to
    be filled in. `draws` says which drafts of a form follow; an `apart` one begins a page.
    """

    title: str
    lines: tuple[str, ...] = ()
    numbered: bool = False
    blank: bool = False
    order: str = ""
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    rows: int = 0
    draws: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet to print; `what` and `copies` say for whom, and how often, `banner` what it is.

    `per` is what it is printed once for: the "room", each "person"; "" where somebody wants it.
    Whoever learns `alone` has it too.
    """

    key: str
    file: str
    what: str
    copies: str
    title: str
    lead: str
    parts: tuple[Part, ...]
    banner: str = "course"
    per: str = ""
    alone: bool = False

    @property
    def drawn(self) -> bool:
        """Whether it has drafts of a form."""
        return any(part.draws for part in self.parts)


@dataclass(frozen=True, slots=True)
class Draft:
    """A short order of the test. `alarms`: what sounds wrong in it, and is not."""

    kind: str
    alarms: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What of a kind of finding one could see at the `start`, and `where` the course shows it."""

    code: str
    start: str
    where: str


@cache
def notebook(language: str, name: str) -> Notebook:
    """Return a notebook with what the guide says of its sections; raise GuideError for gaps.

    >>> notebook("en", "02-the-domain-name-system").sections["s4"].title
    '4 · Why an order takes time'
    """
    cells = _cells(language, name)
    written = course.read(language, f"guide/{name}.toml")
    known = {one["cell"]: one for one in written["section"]}
    if len(known) != len(written["section"]):
        raise GuideError(f"{name}: a section stands there twice")
    sections = {}
    for heading, code in _parts(cells):
        cell = heading["id"]
        if cell not in known:
            if minutes_line(heading["source"]):
                raise GuideError(f"{name}: nothing is said of section {cell}")
            continue  # a summary, sources: no part of the lesson
        sections[cell] = _section(name, heading, code, known.pop(cell))
    if known:
        raise GuideError(f"{name}: there is no section {', '.join(known)}")
    title = f"{name[:2]} · {_title(cells[0]['source'])}"
    return Notebook(name, title, tuple(written["have"]), sections)


@cache
def plans(language: str) -> dict[str, Course]:
    """Return the plans by their keys.

    >>> list(plans("en"))
    ['half a day', 'one day', 'two days', 'online', 'self-study']
    """
    found = {}
    for one in course.read(language, "guide/plans.toml")["plan"]:
        days = tuple(tuple(map(_block, day["block"])) for day in one["day"])
        left = tuple((entry["what"], entry["why"]) for entry in one["leaves_out"])
        found[one["key"]] = Course(one["key"], one["title"], one["who"], left, days)
    return found


@cache
def sheets(language: str) -> dict[str, Sheet]:
    """Return the sheets to print by their keys.

    >>> list(sheets("en"))[:3]
    ['order', 'test', 'key']
    """
    found = {}
    for one in course.read(language, "guide/sheets.toml")["sheet"]:
        parts = tuple(_part(language, part) for part in one["part"])
        found[one["key"]] = Sheet(
            **{key: value for key, value in one.items() if key != "part"}, parts=parts
        )
    return found


@cache
def _forms(language: str) -> list[tuple[tuple[Draft, ...], ...]]:
    """All ways to draw three drafts of each kind, in their order."""
    kinds: dict[str, list[Draft]] = {}
    for one in course.read(language, "guide/pool.toml")["draft"]:
        draft = Draft(one["kind"], tuple(one["alarms"]), one["text"].strip())
        kinds.setdefault(draft.kind, []).append(draft)
    return list(itertools.product(*(itertools.permutations(some, 3) for some in kinds.values())))


def form(language: str, number: int) -> dict[str, tuple[Draft, ...]]:
    """Draw the drafts of the form with this number: halves "a" and "b", letters "30" and "90".

    Of each kind one draft is in half "a", another in "b", and the last in a letter. Numbers that
    follow each other draw other drafts.
    """
    forms = _forms(language)
    first, again, left = zip(*forms[number * STEP % len(forms)], strict=True)
    middle = len(left) // 2
    left = _turned(left, number)
    return {
        "a": _turned(first, number),
        "b": _turned(again, number + middle),
        "30": left[:middle],
        "90": left[middle:],
    }


@cache
def marking(language: str) -> dict[str, Marked]:
    """Return what could be seen of a draft before the course, by the code of a finding.

    >>> marking("en")["no-end"].start
    'by reading'
    """
    found = [Marked(**one) for one in course.read(language, "guide/marking.toml")["finding"]]
    for one in found:
        if one.start not in STARTS:
            raise GuideError(f"marking, {one.code}: {one.start}")
    return {one.code: one for one in found}


def minutes_line(source: str) -> str:
    """Return the line below a heading that says how long it takes, "" where there is none.

    >>> minutes_line("## 1 · Names\\n\\n*Core, 10 minutes*\\n\\nA name …")
    'Core, 10 minutes'
    """
    found = re.match(r"## .*\n+\*([^*\n]+)\*(?:\n|$)", source)
    return found[1] if found else ""


def _cells(language: str, name: str) -> list[dict[str, Any]]:
    file = resources.files("labsupport.notebooks").joinpath(f"{language}/{name}.ipynb")
    cells: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return cells


def _parts(cells: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """Yield each heading's cell, with the code of the cells to run below it."""
    heading: dict[str, Any] | None = None
    code: list[str] = []
    for cell in cells:
        if cell["cell_type"] == "code":
            code.append(cell["source"])
        elif cell["source"].startswith("## "):
            if heading:
                yield heading, code
            heading, code = cell, []
    if heading:
        yield heading, code


def _section(
    name: str, heading: dict[str, Any], code: list[str], written: dict[str, Any]
) -> Section:
    cell = heading["id"]
    told = re.search(r"\d+", minutes_line(heading["source"]))
    asked = re.findall(r'lab\.question\("([^"]+)"\)', "\n".join(code))
    expect = tuple((str(rest), str(text)) for rest, text in written["expect"])
    if not {rest for rest, _ in expect} <= set(RESTS):
        raise GuideError(f"{name}, {cell}: what may go wrong rests on {', '.join(RESTS)}")
    return Section(
        cell=cell,
        title=_title(heading["source"]),
        minutes=int(told[0]) if told else 0,
        questions=tuple(asked),
        first=code[0].splitlines()[0] if code else "",
        expect=expect,
        say=tuple(written["say"]),
        answers=tuple(written.get("answers", ())),
        late=written["late"],
        again=written.get("again", ""),
    )


def _part(language: str, one: Mapping[str, Any]) -> Part:
    members: dict[str, Any] = {
        key: tuple(tuple(row) if key == "cells" else row for row in value)
        if isinstance(value, list)
        else value
        for key, value in one.items()
    }
    if "order" in members:
        members["order"] = drafts.read(members["order"], language).strip()
    return Part(**members)


def _turned(some: Sequence[Draft], by: int) -> tuple[Draft, ...]:
    begin = by % len(some)
    return (*some[begin:], *some[:begin])


def _title(source: str) -> str:
    return source.partition("\n")[0].lstrip("# ").strip()


def _block(one: Mapping[str, Any]) -> Block:
    return Block(**dict(one) | {"sections": tuple(one.get("sections", ()))})
