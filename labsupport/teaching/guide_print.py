"""What is printed for a plan, and how many pages that is: `lab.guide("papers", "two days")`.

The pages are counted by tools/count_pages.py, which prints each paper.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from labsupport.language import Language
from labsupport.teaching import course
from labsupport.teaching import guide_content as content
from labsupport.teaching.guide_content import Course

FORM = 20261128  # for example: the first day of a course
PAGES = "guide/pages.toml"
# For which a paper is printed once; others are printed where somebody wants them.
ROOM, PERSON, TABLE = "room", "person", "table"


@dataclass(frozen=True, slots=True)
class Print:
    """A paper: `call` makes it, `per` says for whom it is printed."""

    what: str
    copies: str
    call: str
    per: str
    pages: int


def prints(say: Language, plan: Course) -> tuple[Print, ...]:
    """Return what is printed for a plan."""
    known = _pages(say.code)
    return tuple(
        Print(what, copies, call, per, known.get(call, 0))
        for what, copies, call, per in _papers(say, plan)
    )


def counted(say: Language, plan: Course) -> Counter[str]:
    """Return the pages of a plan for the room, for each person and for each table.

    >>> sorted(counted(Language.load("en"), content.plans("en")["half a day"]))
    ['person', 'room']
    """
    found: Counter[str] = Counter()
    for one in prints(say, plan):
        if one.per:
            found[one.per] += one.pages
    return found


@cache
def _pages(language: str) -> dict[str, int]:
    return dict(course.read(language, PAGES)["pages"])


def _papers(say: Language, plan: Course) -> Iterator[tuple[str, str, str, str]]:
    own_copy, each = say("one, for you"), say("one for each participant")
    group = say("one for each group")
    plan_call = f'lab.guide("{plan.key}", "9:00")'
    yield say("the plan, with room for the real times"), own_copy, plan_call, ROOM
    for name in content.NOTEBOOKS:
        if any(notebook == name for notebook, _ in plan.cells):
            what = say("the guide to notebook {number}", number=name[:2])
            yield what, own_copy, f'lab.guide("{name[:2]}")', ROOM
    for key, sheet in content.sheets(say.code).items():
        if sheet.alone or plan.key != content.ALONE:
            form = f", {FORM}" if sheet.drawn else ""
            yield sheet.what, sheet.copies, f'lab.guide("{key}"{form})', sheet.per
    if ("04-blocking-risks", "weighing") in plan.cells:
        what = say(
            'the page of twelve questions; "es" or "pt" in the place of "en" is the language'
        )
        yield what, each, 'lab.guide("checklist", "en")', PERSON
        yield say("the worksheet"), each, 'lab.draft("worksheet", lab.order("clean"))', PERSON
    for cell, what, call in (
        ("roles", say("the cards of the five roles"), 'lab.guide("role-cards")'),
        ("case-a", say("case A on paper"), 'lab.guide("case-fraud")'),
        ("case-b", say("case B on paper"), 'lab.guide("case-wrong-order")'),
    ):
        if ("05-a-case-from-start-to-end", cell) in plan.cells:
            yield what, group, call, TABLE
