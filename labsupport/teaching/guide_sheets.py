"""Papers for the room: what to say and to ask, the test before and after, and all that is printed.

The test's drafts are drawn by a number; its key is the lab's own review of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from labsupport.blocking.findings import Severity
from labsupport.blocking.review import Review
from labsupport.language import Language, mark
from labsupport.lookups.forms import BLANK, TRAINING, Paper, filled, heading
from labsupport.lookups.names import folded
from labsupport.results import Explanation, Kind, Result, Table, escaped, quoted
from labsupport.teaching import guide_content as content
from labsupport.teaching import guide_print
from labsupport.teaching.guide import (
    FOR_INSTRUCTORS,
    as_page,
    as_text,
    guide,
    left_empty,
    pages_of,
    plan,
)
from labsupport.teaching.guide_content import Course, Draft, Part, Sheet
from labsupport.teaching.guide_print import FORM

if TYPE_CHECKING:
    from labsupport.lab import Lab

KEY = "key"
LINES = 4  # to mark a draft of the test
BANNERS = {
    "course": mark("TRAINING COURSE"),
    "fictional": TRAINING,
    "instructor": FOR_INSTRUCTORS,
}
STARTS = {
    "by reading": mark("yes"),
    "by knowing": mark("hardly"),
}


class Printed(Paper):
    """A sheet whose text is in the guide. Attributes: `sheet`."""

    def __init__(self, say: Language, sheet: Sheet, form: int = 0) -> None:
        super().__init__(say, None, None, (sheet.lead,))
        self.sheet = sheet
        self.file = sheet.file
        self._call = f'lab.guide("{sheet.key}"{f", {form}" if form else ""}).save()'

    @property
    def sentence(self) -> str:
        return self.say("{title}. To print it: {call}.", title=self.sheet.title, call=self._call)

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for part in self.sheet.parts:
            told = [part.order, *part.lines, *map(" · ".join, (part.columns, *part.cells))]
            rows += [(part.title, line) for line in told if line]
        return Table(self.sheet.title, (say("part"), say("in words")), tuple(rows))

    def _facts_html(self) -> str:
        return "".join(
            f"<p><strong>{escaped(part.title)}</strong></p>{self._part(part)}"
            for part in self.sheet.parts
        )

    @property
    def html(self) -> str:
        parts = "".join(
            f'<section class="lines{" sheet" if part.apart else ""}">'
            f"<h2>{escaped(part.title)}</h2>\n{self._part(part)}</section>\n"
            for part in self.sheet.parts
        )
        lead = f"<p>{escaped(self.sheet.lead)}</p>\n"
        return as_page(self.say, self.sheet.title, f"{lead}{parts}", self._banner)

    def _part(self, part: Part) -> str:
        text = escaped(part.order)
        order = f'<div class="order" style="white-space:pre-line">{text}</div>\n' if text else ""
        lines = _items(part.lines, part.numbered, part.blank) if part.lines else ""
        return f"{order}{lines}{_table(part) if part.columns else ''}"

    @property
    def _banner(self) -> str:
        return BANNERS[self.sheet.banner]

    @property
    def text(self) -> str:
        parts = [self.say(self._banner), self.sheet.title.upper(), filled(self.sheet.lead)]
        for part in self.sheet.parts:
            parts.append(heading(part.title))
            parts.append("\n".join(map(filled, part.order.splitlines())))
            for number, line in enumerate(part.lines, 1):
                told = filled(f"{number}. {line}" if part.numbered else f"– {line}", "   ")
                parts.append(f"{told}\n{BLANK}\n{BLANK}" if part.blank else told)
            parts += [filled(" · ".join(row), "   ") for row in (part.columns, *part.cells) if row]
            parts += [f"{BLANK}{BLANK[:30]}"] * part.rows
        return as_text(parts)


def handout(lab: Lab, what: object = "", form: object = "") -> Result:
    """Show a paper for the room by its name; by a plan's name, list what is printed for it.

    The test, its key and the letters have a `form`: a number by which their drafts are drawn.

    >>> from labsupport import Lab
    >>> handout(Lab("en"), "test", 7).file
    'test-7.html'
    """
    say = lab.say
    plans = content.plans(say.code)
    if left_empty(what):
        return _all(say, plans[content.WHOLE_COURSE])
    wanted = folded(what if isinstance(what, str) else repr(what))
    for one in plans.values():
        if wanted == folded(one.key):
            return _all(say, one)
    sheets = content.sheets(say.code)
    found = next((sheet for key, sheet in sheets.items() if folded(key) == wanted), None)
    if found is None:
        sentence = say(
            "There is no paper {what}. There are: {keys}.",
            what=quoted(what),
            keys=", ".join(f'"{key}"' for key in sheets),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    if not found.drawn:
        return Printed(say, found)
    number = str(form).strip()
    if not re.fullmatch("[0-9]{1,12}", number) or not int(number):
        sentence = say(
            "Which form of it? Take a number that no other room has, such as the date of your "
            "first day: {call}.",
            call=f'lab.guide("{found.key}", {FORM})',
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    return Printed(say, _drawn(lab, found, int(number)), int(number))


def _drawn(lab: Lab, sheet: Sheet, form: int) -> Sheet:
    """Return a sheet with the drafts of a form, to be marked or, on the key, with what is found."""
    say = lab.say
    drafts = content.form(say.code, form)
    parts = []
    for part in sheet.parts:
        parts.append(part)
        for number, draft in enumerate(drafts.get(part.draws, ()), 1):
            title = say("{part}: draft {number}", part=part.title, number=number)
            make = _solved if sheet.key == KEY else _to_mark
            parts.append(make(lab, title, draft))
    file = sheet.file.replace(".html", f"-{form}.html")
    title = say("{title}, form {form}", title=sheet.title, form=form)
    return replace(sheet, file=file, title=title, parts=tuple(parts))


def _to_mark(lab: Lab, title: str, draft: Draft) -> Part:
    columns = (lab.say("the words"), lab.say("why I would stop there"))
    return Part(title, order=draft.text, columns=columns, rows=LINES)


def _solved(lab: Lab, title: str, draft: Draft) -> Part:
    """Return what the review finds in a draft, but for its notes, and what is a false alarm."""
    say = lab.say
    review = lab.review(draft.text)
    assert isinstance(review, Review)
    known = content.marking(say.code)
    first = {found.code: found for found in reversed(review.findings)}
    cells = tuple(
        (
            found.words(say)["title"],
            " ".join(draft.text[found.start : found.end].split()) or say("none: it is missing"),
            say(STARTS[known[found.code].start]),
            known[found.code].where,
        )
        for found in review.findings
        if found.severity is not Severity.NOTE and first[found.code] is found
    )
    columns = (
        *(say("what"), say("at which words")),
        *(say("to be seen at the opening?"), say("the course shows it in")),
    )
    alarms = [say("False alarm: {what}", what=alarm) for alarm in draft.alarms]
    if not cells:
        alarms.insert(0, say("Nothing of weight is found in it."))
    return Part(title, tuple(alarms), columns=columns if cells else (), cells=cells)


def _all(say: Language, plan: Course) -> Result:
    """List what there is to print for a plan, the papers of the notebooks too."""
    found = guide_print.prints(say, plan)
    rows = tuple((one.what, one.copies, str(one.pages), f"{one.call}.save()") for one in found)
    columns = (say("what"), say("how many"), say("pages"), say("this line writes the file"))
    sentence = say(
        "{count} papers for “{plan}”. {pages} Each line writes a file beside this notebook. To "
        "print it, open it in a browser tab of its own.",
        count=len(rows),
        plan=plan.title,
        pages=pages_of(say, plan),
    )
    note = say("For another plan: {calls}.", calls=_calls(say))
    return Explanation(say, None, sentence, (note,), table=Table(say("To print"), columns, rows))


def _calls(say: Language) -> str:
    return ", ".join(f'lab.guide("papers", "{key}")' for key in content.plans(say.code))


def _items(lines: Sequence[str], numbered: bool, blank: bool = False) -> str:
    room = '<div class="line tall"></div>' if blank else ""
    items = "".join(f"<li>{escaped(line)}{room}</li>" for line in lines)
    return f"<ol>{items}</ol>" if numbered else f"<ul>{items}</ul>"


def _table(part: Part) -> str:
    head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in part.columns)
    rows = (*part.cells, *[("",) * len(part.columns)] * part.rows)
    body = "".join(
        "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    empty = ' class="to-fill"' if part.rows else ""
    return (
        f"<table{empty}><caption>{escaped(part.title)}</caption>"
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"
    )


def find(lab: Lab, what: object, detail: object) -> Result:
    """Return a plan, a notebook's guide or a paper by its name; without one, list the notebooks.

    >>> from labsupport import Lab
    >>> find(Lab("en"), "papers", "half a day").tabulated().caption
    'To print'
    """
    name = folded(what if isinstance(what, str) else repr(what))
    plans = content.plans(lab.say.code)
    if left_empty(what) or name[:2].isdigit():
        return guide(lab, what, detail)
    if name == "plans" or name in map(folded, (*plans, *(one.title for one in plans.values()))):
        return plan(lab, "" if name == "plans" else what, detail)
    if name == "papers":
        return handout(lab, detail)
    return handout(lab, what, detail)
