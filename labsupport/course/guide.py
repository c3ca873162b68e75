"""The instructor's guide: plans of days, what to know of each section, and papers for the room.

Nobody has taught this course yet. What may go wrong is expected, and says on what that rests;
minutes are estimates, and the printed plan has room for the real ones. The test's drafts are drawn
by a number; its key is the lab's own review of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from labsupport.course import guide_content as content
from labsupport.course.course import find, left_empty, none_such
from labsupport.course.guide_content import SheetPart
from labsupport.course.questions import catalogue
from labsupport.declared import in_words
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.orders.findings import Finding, Severity
from labsupport.orders.review import Review
from labsupport.papers.forms import TRAINING
from labsupport.papers.templated import Templated
from labsupport.results import Explanation, Statement, Table, open_part
from labsupport.tree import Node, element, listed
from labsupport.visible import quoted

STARTS = "9:00"  # where no hour is given
HOUR = re.compile(r"([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?(?: ?h(?:oras?|r?s)?\.?)?")
FOR_INSTRUCTORS = "guide.training_for_the_instructor"
ESTIMATES = "guide.all_minutes_estimates_nobody"
NOT_YET = "guide.nobody_taught_course_yet"
RESTS = {
    "cell": "guide.expected_how_cell_made",
    "belief": "guide.expected_belief_text_takes",
    "seen": "guide.seen_machines_while_course",
}
KEY = "key"
LINES = 4  # to mark a draft of the test
BANNERS = {
    "course": "guide.training_course",
    "fictional": TRAINING,
    "instructor": FOR_INSTRUCTORS,
}
ReviewOf = Callable[[str], object]
SEEN = {"by reading": "guide.yes", "by knowing": "guide.hardly"}


def plan(say: Language, typed: object, hour: object = "") -> Plan | Explanation:
    """Return the plan of a course by its name, with the hours from `hour` on.

    >>> plan(Language.load("en"), "two days", "8:30").tabulated().rows[1][:4]
    ('1', '8:55', '20', '00 · how to ask')
    """
    if refused := _not_here(say):
        return refused
    chosen = _find_plan(say, typed)
    if chosen is None:
        return none_such(say, typed, content.plans(say.code), "plan")
    return _plan(say, chosen, STARTS if left_empty(hour) else hour)


def notebook(
    say: Language, typed: object = "", section: object = ""
) -> Guide | Statement | Explanation:
    """Return what to know of a notebook, or of a section of it; without one, list them.

    A notebook is called by its number, a section by its number or its title.

    >>> notebook(Language.load("en"), "02", 4).sentence
    '02 · The domain name system · 4 · Why an order takes time'
    """
    if refused := _not_here(say):
        return refused
    if left_empty(typed):
        return (
            _notebooks(say)
            if left_empty(section)
            else none_such(say, typed, _numbers())
        )
    return _guide(say, str(typed).strip().zfill(2), section)


def papers(say: Language, typed: object = "") -> Statement | Explanation:
    """List what is printed for a plan, or for the whole course.

    >>> papers(Language.load("en"), "half a day").tabulated().caption
    'To print'
    """
    if refused := _not_here(say):
        return refused
    chosen = _find_plan(say, content.WHOLE_COURSE if left_empty(typed) else typed)
    return (
        _papers(say, chosen)
        if chosen
        else none_such(say, typed, content.plans(say.code), "plan")
    )


def sheet(say: Language, typed: object) -> Printed | Explanation:
    """Return a sheet to print by its name.

    >>> sheet(Language.load("en"), "opening").file
    'at-the-opening.html'
    """
    if not content.is_here():
        return _alone(say)
    plain = {key: one for key, one in content.sheets(say.code).items() if not one.drawn}
    chosen = find(typed, plain.values(), lambda one: [one.key])
    return _sheet(say, chosen) if chosen else none_such(say, typed, plain, "sheet")


def drawn(
    say: Language, key: str, number: object, review: ReviewOf
) -> Printed | Explanation:
    """Return the test, its key or the letters, with the drafts of the form with this number.

    `review` says what is found in a draft.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> drawn(Language.load("en"), "test", 7, lab.orders.review).file
    'test-7.html'
    """
    if not content.is_here():
        return _alone(say)
    chosen, form = content.sheets(say.code)[key], str(number).strip()
    if not re.fullmatch("[0-9]{1,12}", form) or not int(form):
        call = in_words(chosen.call, say)
        return Explanation(say, Kind.NOT_ASKED, say("guide.which_form", call=call))
    return _sheet(say, _drawn(say, chosen, int(form), review), chosen.called(int(form)))


def _find_plan(say: Language, typed: object) -> content.Course | None:
    return find(
        typed, content.plans(say.code).values(), lambda one: (one.key, one.title)
    )


def _not_here(say: Language) -> Explanation | None:
    """Return why there is no guide: a participant's desk has none, a page its sheets alone."""
    if not content.is_here():
        return _alone(say)
    if sys.platform == "emscripten":
        return Explanation(say, Kind.NOT_COVERED, say("guide.not_in_a_page"))
    return None


def withheld(say: Language) -> Explanation | None:
    """Return why there is no case on paper: a page and a participant's desk show no replies."""
    return None if content.is_here() and sys.platform != "emscripten" else _alone(say)


def _alone(say: Language) -> Explanation:
    return Explanation(say, Kind.NOT_COVERED, say("guide.instructors_alone"))


# Plans


@dataclass(eq=False, repr=False, kw_only=True)
class Plan(Templated):
    """The plan of one or more days, and printed a sheet to note how long it took.

    `starts` is the minute of the day at which each day begins.
    """

    course: content.Course
    starts: int
    template = "papers/plan.html"
    style = "guide/guide.css"

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (
                str(number),
                when,
                str(block.minutes),
                block.what,
                block.lead,
                how,
                block.late,
            )
            for number, day in enumerate(self.course.days, 1)
            for when, block in self._timed(day)
            for how in [" ".join(filter(None, (self._numbers(block), block.do))) or "–"]
        ]
        columns = (
            say("guide.label_day"),
            say("guide.from"),
            say("guide.min"),
            say("guide.what"),
            say("guide.who_leads"),
            say("guide.how"),
            say("guide.label_when_late"),
        )
        return Table(self.course.title, columns, tuple(rows))

    def days(self) -> Iterator[tuple[str, list[tuple[str, content.Block]]]]:
        """Yield each day's title, and its blocks with the hour of each."""
        for number, day in enumerate(self.course.days, 1):
            begins, ends = (
                self.starts,
                self.starts + sum(block.minutes for block in day),
            )
            hours = {"begins": _clock(begins), "ends": _clock(ends)}
            yield self.say("guide.day", number=number, **hours), list(self._timed(day))

    def _timed(
        self, day: Sequence[content.Block]
    ) -> Iterator[tuple[str, content.Block]]:
        now = self.starts
        for block in day:
            yield _clock(now), block
            now += block.minutes

    def sections(self, block: content.Block) -> list[content.GuidedSection]:
        """Return the sections that a block has."""
        if not block.notebook:
            return []
        sections = content.notebook(self.say.code, block.notebook).sections
        return [sections[cell] for cell in block.sections]

    def _numbers(self, block: content.Block) -> str:
        """Which sections of its notebook a block has, and what is left to talk, and its slides."""
        say, sections = self.say, self.sections(block)
        if not sections:
            return ""
        numbers = say.listed(section.number for section in sections)
        text = say("guide.sections", count=len(sections), numbers=numbers)
        if talk := block.minutes - sum(section.minutes for section in sections):
            text += " " + say("guide.minutes_talk", count=talk)
        return f"{text} " + say(
            "guide.slides_file", file=f"slides/{block.notebook}.html"
        )


def _plan(say: Language, course: content.Course, hour: object) -> Plan | Explanation:
    match = HOUR.fullmatch(str(hour).strip())
    if not match:
        return Explanation(say, Kind.NOT_ASKED, say("guide.no_hour", hour=quoted(hour)))
    starts = int(match[1]) * 60 + int(match[2] or 0)
    left = say.listed(f"{what} ({why})" for what, why in course.leaves_out)
    notes = (
        course.who,
        say(ESTIMATES),
        say("guide.left_out_what", what=left),
        _pages(say, course),
    )
    lengths = " + ".join(str(_length(day)) for day in course.days)
    present = sum(
        block.minutes for day in course.days for block in day if not block.pause
    )
    values = {
        "title": course.title,
        "minutes": lengths,
        "present": present,
        "hour": _clock(starts),
    }
    call = in_words(
        f'lab.course.teaching.plan("{course.key}", "{_clock(starts)}").save()', say
    )
    gist = say("guide.minutes_without_breaks", call=call, **values)
    return Plan(
        say,
        None,
        None,
        notes,
        title=course.title,
        file=f"plan-{course.key.replace(' ', '-')}.html",
        gist=gist,
        banner=FOR_INSTRUCTORS,
        course=course,
        starts=starts,
    )


def _length(day: Sequence[content.Block]) -> int:
    """Return how many minutes a day has, its breaks among them."""
    return sum(block.minutes for block in day)


def _pages(say: Language, course: content.Course) -> str:
    """Say how many pages are printed for a plan."""
    pages = content.counted(say.code, course)
    counted = {key: pages[key] for key in (content.ROOM, content.PERSON, content.TABLE)}
    call = in_words(f'lab.course.teaching.papers("{course.key}")', say)
    key = "pages_print_each" if counted[content.TABLE] else "pages_print_no_table"
    return say(f"guide.{key}", call=call, **counted)


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour % 24}:{rest:02}"


# Notebooks


@dataclass(eq=False, repr=False, kw_only=True)
class Guide(Templated):
    """What to know of a notebook, section by section."""

    notebook: content.GuidedNotebook
    sections: tuple[content.GuidedSection, ...]
    template = "papers/guide.html"
    style = "guide/guide.css"

    def fact_nodes(self) -> list[Node]:
        # No headings: JupyterLab would list them among those of the notebook.
        nodes: list[Node] = []
        if self.whole:
            nodes.append(
                element("p", element("strong", self.say("guide.to_have_ready")))
            )
            nodes.append(listed(self.notebook.have))
        for section in self.sections:
            parts: list[Node] = []
            for label, lines in self.parts(section):
                if lines:
                    parts += [element("p", element("em", label)), listed(lines)]
            nodes.append(open_part(self.head(section), *parts, is_open=not self.whole))
        return nodes

    @property
    def whole(self) -> bool:
        """Whether all sections are there."""
        return len(self.sections) == len(self.notebook.sections)

    def head(self, section: content.GuidedSection) -> str:
        """Return a section's title, with how long it takes."""
        say = self.say
        if not section.minutes:
            return say("guide.title_extra", title=section.title)
        if section in _core(say, self.notebook):
            return say(
                "guide.title_minutes_min", title=section.title, minutes=section.minutes
            )
        return say(
            "guide.title_minutes_min_extra",
            title=section.title,
            minutes=section.minutes,
        )

    def parts(
        self, section: content.GuidedSection
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is said of a section: labels and their lines."""
        say = self.say
        expect = tuple(f"{text} ({say(RESTS[rest])})" for rest, text in section.expect)
        return (
            (say("guide.may_go_wrong"), expect),
            (say("guide.say"), section.say),
            (say("guide.answers"), (*section.answers, *self._answers(section))),
            (say("guide.when_late"), (section.late,)),
            (say("guide.to_catch_up"), tuple(self._catch_up(section))),
        )

    def _answers(self, section: content.GuidedSection) -> Iterator[str]:
        """The answers to its questions, from their catalogue."""
        for key in section.questions:
            question = catalogue(self.say.code)[key]
            letter, choice = next(one for one in question.lettered if one[1].right)
            prompt = self.say.quote(question.prompt)
            yield f"{prompt} {letter}) {choice.text} {choice.reply}"

    def _catch_up(self, section: content.GuidedSection) -> Iterator[str]:
        say = self.say
        if section is next(iter(self.notebook.sections.values())):
            yield say("guide.run_first_grey_cell")
        else:
            yield say("guide.click_heading_text", title=section.title)
        if section.first:
            yield say("guide.go_cell_code", code=section.first)
        if section.again:
            yield section.again


def _guide(say: Language, typed: str, section: object) -> Guide | Explanation:
    """Show what to know of a notebook's sections, or of one."""
    books = [content.notebook(say.code, name) for name in content.NOTEBOOKS]
    notebook = find(typed, books, lambda one: (one.number, one.name, one.title))
    if notebook is None:
        return none_such(say, typed, _numbers())
    core, sections = _core(say, notebook), tuple(notebook.sections.values())
    minutes, extra = sum(section.minutes for section in core), len(sections) - len(core)
    counts = {"count": len(core), "minutes": minutes, "extra": extra}
    call = f'lab.course.teaching.notebook("{notebook.number}").save()'
    gist = say(
        "guide.sections_minutes_extra", title=notebook.title, call=call, **counts
    )
    if not left_empty(section):
        chosen = find(section, sections, lambda one: (one.number, one.title, one.cell))
        if chosen is None:
            return none_such(say, section, (one.title for one in sections))
        gist, sections = f"{notebook.title} · {chosen.title}", (chosen,)
    return Guide(
        say,
        None,
        None,
        (say(ESTIMATES), say(NOT_YET)),
        title=notebook.title,
        file=f"guide-{notebook.number}.html",
        gist=gist,
        banner=FOR_INSTRUCTORS,
        notebook=notebook,
        sections=sections,
    )


def _numbers() -> Iterator[str]:
    return (f'"{name[:2]}"' for name in content.NOTEBOOKS)


def _notebooks(say: Language) -> Statement:
    rows = []
    for name in content.NOTEBOOKS:
        notebook = content.notebook(say.code, name)
        core = _core(say, notebook)
        minutes = sum(section.minutes for section in core)
        rows.append(
            (
                notebook.number,
                notebook.title,
                len(core),
                minutes,
                len(notebook.sections) - len(core),
            )
        )
    columns = (
        say("guide.for_lab_guide"),
        say("guide.notebook"),
        say("guide.label_sections"),
        say("guide.minutes"),
        say("guide.extra_sections"),
    )
    call = "lab.course.teaching.notebook"
    sentence = say(
        "guide.each_section_each", call=f'{call}("02")', one=f'{call}("02", 4)'
    )
    table = Table(say("guide.the_notebooks"), columns, tuple(rows))
    return Statement(say, None, sentence, (say(ESTIMATES), say(NOT_YET)), table=table)


def _core(
    say: Language, notebook: content.GuidedNotebook
) -> list[content.GuidedSection]:
    """The sections of the core: those that the plan of the whole course has."""
    cells = content.plans(say.code)[content.WHOLE_COURSE].cells
    return [
        one for one in notebook.sections.values() if (notebook.name, one.cell) in cells
    ]


# Papers


@dataclass(eq=False, repr=False, kw_only=True)
class Printed(Templated):
    """A sheet whose text is in the guide."""

    sheet: content.Sheet
    template = "papers/sheet.html"
    style = "guide/guide.css"

    def fact_nodes(self) -> list[Node]:
        nodes: list[Node] = []
        for number, part in enumerate(self.sheet.parts):
            body: list[Node] = []
            if part.order:
                body.append(element("div", part.order, class_="lab-letter"))
            if part.lines:
                body.append(listed(part.lines, "ol" if part.numbered else "ul"))
            if part.columns:
                empty = [("",) * len(part.columns)] * part.rows
                table = Table(part.title, part.columns, (*part.cells, *empty))
                body += table.nodes(self.say)
            nodes.append(open_part(part.title, *body, is_open=number < 2))
        return nodes


def _sheet(say: Language, sheet: content.Sheet, call: str = "") -> Printed:
    """Return a sheet; `call` is the line that makes it, where it is no other than its own."""
    call = in_words(f"{call or sheet.call}.save()", say)
    return Printed(
        say,
        None,
        None,
        (sheet.lead,),
        title=sheet.title,
        file=sheet.file,
        gist=say("guide.title_print_call", title=sheet.title, call=call),
        banner=BANNERS[sheet.banner],
        sheet=sheet,
    )


def _drawn(
    say: Language, sheet: content.Sheet, form: int, review: ReviewOf
) -> content.Sheet:
    """Return a sheet with the drafts of a form, to be marked or, on the key, with what is found."""
    drafts = content.form(say.code, form)
    parts = []
    for part in sheet.parts:
        parts.append(part)
        for number, draft in enumerate(drafts.get(part.draws, ()), 1):
            title = say("guide.part_draft_number", part=part.title, number=number)
            if sheet.key == KEY:
                parts.append(_solved(say, title, draft, review))
            else:
                columns = (say("guide.the_words"), say("guide.why_i_would_stop"))
                parts.append(
                    SheetPart(title, order=draft.text, columns=columns, rows=LINES)
                )
    file = sheet.file.replace(".html", f"-{form}.html")
    title = say("guide.title_form_form", title=sheet.title, form=form)
    return replace(sheet, file=file, title=title, parts=tuple(parts))


def _solved(
    say: Language, title: str, draft: content.TestOrder, review: ReviewOf
) -> SheetPart:
    """Return what the review finds in a draft, but for its notes, and what is a false alarm."""
    reviewed = review(draft.text)
    assert isinstance(reviewed, Review)
    marks = content.marking(say.code)
    weighty: dict[str, Finding] = {}
    for finding in reviewed.findings:
        if finding.severity is not Severity.NOTE:
            weighty.setdefault(finding.code, finding)
    cells = tuple(
        (
            finding.words(say)["title"],
            " ".join(draft.text[finding.start : finding.end].split())
            or say("guide.none_it_is_missing"),
            say(SEEN[marks[code]["start"]]),
            marks[code]["where"],
        )
        for code, finding in weighty.items()
    )
    columns = (
        say("guide.what"),
        say("guide.at_which_words"),
        say("guide.seen_opening"),
        say("guide.course_shows"),
    )
    alarms = [say("guide.false_alarm_what", what=alarm) for alarm in draft.alarms]
    if not cells:
        alarms.insert(0, say("guide.nothing_weight_found"))
    return SheetPart(
        title, tuple(alarms), columns=columns if cells else (), cells=cells
    )


def _papers(say: Language, plan: content.Course) -> Statement:
    """List what there is to print for a plan, the papers of the notebooks too."""
    papers = content.prints(say.code, plan)
    rows = tuple(
        (
            paper.what,
            paper.copies,
            str(paper.pages),
            in_words(f"{paper.call}.save()", say),
        )
        for paper in papers
    )
    columns = (
        say("guide.what"),
        say("guide.how_many"),
        say("guide.pages"),
        say("guide.line_writes_file"),
    )
    sentence = say(
        "guide.papers_each_line",
        count=len(rows),
        plan=plan.title,
        pages=_pages(say, plan),
    )
    every = (
        in_words(f'lab.course.teaching.papers("{key}")', say)
        for key in content.plans(say.code)
    )
    calls = say.listed(every, either=True)
    note = say("guide.for_another_plan_calls", calls=calls)
    return Statement(
        say, None, sentence, (note,), table=Table(say("guide.to_print"), columns, rows)
    )
