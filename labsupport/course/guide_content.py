"""The content of the instructor's guide: data/course/LANGUAGE/guide, and the notebooks themselves.

Titles, minutes and questions of a section stand in its notebook and are read from there, so that
nothing is written twice; what an instructor has to know of it stands in the guide.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import chain
from typing import NamedTuple

from labsupport.course import course
from labsupport.course.originals import read_all
from labsupport.language import SOURCE_LANGUAGE, table_of
from labsupport.orders.drafts import in_language

# An edition for a browser has the notebooks beside the package, not in it.
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
PLANS = "guide/plans.toml"
PAGES = "guide/pages.toml"  # written by tools/count_pages.py, which prints each paper
FORM = 20261128  # for example: the first day of a course
# For which a paper is printed once; others are printed where somebody wants them.
ROOM = "room"
PERSON = "person"
TABLE = "table"


class GuidedSection(NamedTuple):
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
    late: str
    answers: tuple[str, ...] = ()
    again: str = ""

    @property
    def number(self) -> str:
        """How a plan calls it: its number, or its title where it has none."""
        number, dot, _ = self.title.partition(" · ")
        if dot and number.isdigit():
            return number
        return self.title


class GuidedNotebook(NamedTuple):
    """A notebook of the course: its `name` ("00-start-here"), its title, what to `have` ready."""

    name: str
    title: str
    have: tuple[str, ...]
    sections: Mapping[str, GuidedSection]

    @property
    def number(self) -> str:
        """Its two digits."""
        return self.name[:2]


class Block(NamedTuple):
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
        cells: set[tuple[str, str]] = set()
        for block in chain.from_iterable(self.days):
            cells.update((block.notebook, cell) for cell in block.sections)
        return frozenset(cells)


class SheetPart(NamedTuple):
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
    parts: tuple[SheetPart, ...]
    banner: str = "course"
    per: str = ""
    alone: bool = False

    @property
    def drawn(self) -> bool:
        """Whether it has drafts of a form."""
        return any(part.draws for part in self.parts)

    @property
    def call(self) -> str:
        """The line that makes it; one with drafts, for example with those of a form."""
        return self.called(FORM)

    def called(self, form: int) -> str:
        """Return the line that makes it, one with drafts with those of a form."""
        typed = f"{self.key}({form})" if self.drawn else f'sheet("{self.key}")'
        return f"lab.course.teaching.{typed}"


class TestOrder(NamedTuple):
    """A short order of the test. `alarms`: what sounds wrong in it, and is not."""

    kind: str
    alarms: tuple[str, ...]
    text: str


@cache
def notebook(language: str, name: str) -> GuidedNotebook:
    """Return a notebook with what the guide says of its sections.

    >>> notebook("en", "02-the-domain-name-system").sections["s4"].title
    '4 · Why an order takes time'
    """
    original = next(one for one in read_all(language) if one.name == name)
    parts = {part.id: part for part in original.sections}
    written = course.frozen(table_of(language, f"guide/{name}.toml"))
    sections = {}
    for section in written["section"]:
        part = parts[section["cell"]]
        members = {
            name: getattr(part, name)
            for name in ("title", "minutes", "questions", "first")
        }
        sections[part.id] = GuidedSection(**members, **section)
    return GuidedNotebook(name, original.label, written["have"], sections)


@cache
def is_here() -> bool:
    """Whether the guide is installed here: a participant's desk in a room has none of it."""
    data = resources.files("labsupport.data")
    return data.joinpath("course", SOURCE_LANGUAGE, PLANS).is_file()


@cache
def plans(language: str) -> dict[str, Course]:
    """Return the plans by their keys.

    >>> list(plans("en"))
    ['half a day', 'one day', 'two days', 'online', 'self-study']
    """
    courses = {}
    for plan in course.frozen(table_of(language, PLANS))["plan"]:
        days = []
        for day in plan["day"]:
            days.append(tuple(Block(**block) for block in day["block"]))
        left = tuple((entry["what"], entry["why"]) for entry in plan["leaves_out"])
        courses[plan["key"]] = Course(
            plan["key"], plan["title"], plan["who"], left, tuple(days)
        )
    return courses


@cache
def sheets(language: str) -> dict[str, Sheet]:
    """Return the sheets to print by their keys.

    >>> list(sheets("en"))[:3]
    ['order', 'test', 'key']
    """
    by_key = {}
    for sheet in course.frozen(table_of(language, "guide/sheets.toml"))["sheet"]:
        parts = [
            part | {"order": in_language(part["order"], language).text.strip()}
            if "order" in part
            else part
            for part in sheet["part"]
        ]
        del sheet["part"]
        by_key[sheet["key"]] = Sheet(
            **sheet, parts=tuple(SheetPart(**part) for part in parts)
        )
    return by_key


class Print(NamedTuple):
    """A paper: `call` makes it, `per` says for whom it is printed."""

    what: str
    copies: str
    call: str
    per: str
    pages: int


def prints(language: str, plan: Course) -> list[Print]:
    """Return what is printed for a plan: the papers of its sections, and the sheets."""
    used = {*plan.cells, *((name, "") for name, _ in plan.cells), ("", "")}
    rows = [
        (
            paper["what"],
            paper["copies"],
            paper["call"].format(plan=plan.key, form=FORM, language=language),
            paper["per"],
        )
        for paper in table_of(language, PLANS)["paper"]
        if (paper.get("notebook", ""), paper.get("cell", "")) in used
    ]
    for sheet in sheets(language).values():
        if sheet.alone or plan.key != ALONE:
            rows.append((sheet.what, sheet.copies, sheet.call, sheet.per))
    pages = table_of(language, PAGES).get(language, {})
    return [Print(*one, pages.get(one[2], 0)) for one in rows]


def counted(language: str, plan: Course) -> Counter[str]:
    """Return the pages of a plan for the room, for each person, each table, and where wanted ("").

    >>> sorted(counted("en", plans("en")["half a day"]))
    ['', 'person', 'room']
    """
    pages: Counter[str] = Counter()
    for sheet in prints(language, plan):
        pages[sheet.per] += sheet.pages
    return pages


def form(language: str, number: int) -> dict[str, list[TestOrder]]:
    """Draw the drafts of the form with this number: halves "a" and "b", letters "30" and "90".

    Of each kind one draft is in half "a", another in "b", and the last in a letter.
    """
    kinds: dict[str, list[TestOrder]] = {}
    for entry in table_of(language, "guide/pool.toml")["draft"]:
        draft = TestOrder(entry["kind"], tuple(entry["alarms"]), entry["text"].strip())
        kinds.setdefault(draft.kind, []).append(draft)
    draw = random.Random(number)
    drawn = zip(*(draw.sample(some, 3) for some in kinds.values()), strict=True)
    first, again, left = (draw.sample(some, len(some)) for some in drawn)
    return {"a": first, "b": again, "30": left[:2], "90": left[2:]}


@cache
def marking(language: str) -> dict[str, dict[str, str]]:
    """Return what could be seen of a draft at the "start", and "where" the course shows it.

    They stand by the code of a finding.

    >>> marking("en")["no-end"]["start"]
    'by reading'
    """
    return {
        one["code"]: one for one in table_of(language, "guide/marking.toml")["finding"]
    }
