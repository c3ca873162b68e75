"""Papers for the room: what to say and to ask, the test before and after, and all that is printed.

The test's drafts are drawn by a number; its key is the lab's own review of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labsupport.blocking.findings import Finding, Severity
from labsupport.blocking.review import Review
from labsupport.language import Language, mark
from labsupport.lookups.forms import TRAINING
from labsupport.results import Explanation, Kind, Result, Table
from labsupport.teaching import guide_content as content
from labsupport.teaching.course import find, left_empty, none_such
from labsupport.teaching.guide import FOR_INSTRUCTORS, guide, pages_of, plan
from labsupport.teaching.guide_content import FORM, Course, Draft, Part, Sheet
from labsupport.teaching.templates import Templated

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


@dataclass(eq=False, repr=False, kw_only=True)
class Printed(Templated):
    """A sheet whose text is in the guide; `form` is the number of its drafts."""

    sheet: Sheet
    form: int = 0
    template = "papers/sheet.html"
    style = "guide/guide.css"

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.sheet.title

    @property
    def banner(self) -> str:  # type: ignore[override]
        return BANNERS[self.sheet.banner]

    @property
    def file(self) -> str:  # type: ignore[override]
        return self.sheet.file

    @property
    def sentence(self) -> str:
        form = f", {self.form}" if self.form else ""
        call = f'lab.guide("{self.sheet.key}"{form}).save()'
        return self.say("{title}. To print it: {call}.", title=self.title, call=call)


def show(lab: Lab, what: object, detail: object) -> Result:
    """Return a plan, a notebook's guide or a paper by its name; without one, list the notebooks.

    >>> from labsupport import Lab
    >>> show(Lab("en"), "papers", "half a day").tabulated().caption
    'To print'
    """
    plans = content.plans(lab.say.code).values()
    if left_empty(what) or str(what)[:2].isdigit():
        return guide(lab, what, detail)
    if what == "plans":
        return plan(lab)
    if find(what, plans, lambda one: (one.key, one.title)):
        return plan(lab, what, detail)
    return handout(lab, detail) if what == "papers" else handout(lab, what, detail)


def handout(lab: Lab, what: object = "", form: object = "") -> Result:
    """Show a paper for the room by its name; by a plan's name, list what is printed for it.

    The test, its key and the letters have a `form`: a number by which their drafts are drawn.

    >>> from labsupport import Lab
    >>> handout(Lab("en"), "test", 7).file
    'test-7.html'
    """
    say = lab.say
    plans, sheets = content.plans(say.code), content.sheets(say.code)
    what = content.WHOLE_COURSE if left_empty(what) else what
    if plan := find(what, plans.values(), lambda one: [one.key]):
        return _all(say, plan)
    found = find(what, sheets.values(), lambda one: [one.key])
    if found is None:
        return none_such(say, what, (f'"{key}"' for key in sheets))
    if not found.drawn:
        return Printed(say, None, None, (found.lead,), sheet=found)
    number = str(form).strip()
    if not re.fullmatch("[0-9]{1,12}", number) or not int(number):
        sentence = say(
            "Which form of it? Take a number that no other room has, such as the date of your "
            "first day: {call}.",
            call=f'lab.guide("{found.key}", {FORM})',
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    sheet = _drawn(lab, found, int(number))
    return Printed(say, None, None, (sheet.lead,), sheet=sheet, form=int(number))


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
    weighty: dict[str, Finding] = {}
    for one in review.findings:
        if one.severity is not Severity.NOTE:
            weighty.setdefault(one.code, one)
    cells = tuple(
        (
            found.words(say)["title"],
            " ".join(draft.text[found.start : found.end].split()) or say("none: it is missing"),
            say(STARTS[known[code].start]),
            known[code].where,
        )
        for code, found in weighty.items()
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
    found = content.prints(say.code, plan)
    rows = tuple((one.what, one.copies, str(one.pages), f"{one.call}.save()") for one in found)
    columns = (say("what"), say("how many"), say("pages"), say("this line writes the file"))
    sentence = say(
        "{count} papers for “{plan}”. {pages} Each line writes a file beside this notebook. To "
        "print it, open it in a browser tab of its own.",
        count=len(rows),
        plan=plan.title,
        pages=pages_of(say, plan),
    )
    calls = ", ".join(f'lab.guide("papers", "{key}")' for key in content.plans(say.code))
    note = say("For another plan: {calls}.", calls=calls)
    return Explanation(say, None, sentence, (note,), table=Table(say("To print"), columns, rows))
