"""The instructor's guide: the plan of a day, and what to know of each section of a notebook.

Nobody has taught this course yet. What may go wrong is expected, and says on what that rests;
minutes are estimates, and the printed plan has room for the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labsupport.language import Language, mark
from labsupport.results import Explanation, Kind, Result, Table, quoted
from labsupport.teaching import guide_content as content
from labsupport.teaching.course import find, left_empty, none_such
from labsupport.teaching.guide_content import Block, Course, Notebook, Section
from labsupport.teaching.questions import catalogue
from labsupport.teaching.templates import Templated

if TYPE_CHECKING:
    from labsupport.lab import Lab

STARTS = 9 * 60  # minutes after midnight, where no hour is given
HOUR = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?")
FOR_INSTRUCTORS = mark("TRAINING · FOR THE INSTRUCTOR")
ESTIMATES = mark("All minutes are estimates: nobody has measured them yet.")
NOT_YET = mark(
    "Nobody has taught this course yet. What may go wrong is expected, and says on what that rests."
)
RESTS = {
    "cell": mark("expected from how the cell is made"),
    "belief": mark("expected: a belief that the text takes up"),
    "seen": mark("seen on machines, while the course was built"),
}


class OfTheGuide(Templated):
    """A paper for instructors."""

    style = "guide/guide.css"
    banner = FOR_INSTRUCTORS


@dataclass(eq=False, repr=False, kw_only=True)
class Plan(OfTheGuide):
    """The plan of one or more days, and printed a sheet to note how long it took.

    `starts` is the minute of the day at which each day begins.
    """

    course: Course
    starts: int
    template = "papers/plan.html"
    __repr__ = Result.__repr__
    _facts_html = Result._facts_html

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.course.title

    @property
    def file(self) -> str:  # type: ignore[override]
        return f"plan-{self.course.key.replace(' ', '-')}.html"

    @property
    def sentence(self) -> str:
        blocks = [block for day in self.course.days for block in day]
        return self.say(
            "{title}: {minutes} minutes, {present} of them without breaks and lunch, from {hour} "
            "on. To print it, with room for the real times: {call}.",
            title=self.course.title,
            minutes=lengths(self.course),
            present=sum(block.minutes for block in blocks if not block.pause),
            hour=_clock(self.starts),
            call=f'lab.guide("{self.course.key}", "{_clock(self.starts)}").save()',
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (str(number), when, str(block.minutes), block.what, block.lead, how, block.late)
            for number, day in enumerate(self.course.days, 1)
            for when, block in self._timed(day)
            for how in [" ".join(filter(None, (self._numbers(block), block.do))) or "–"]
        ]
        columns = (
            *(say("day"), say("from"), say("min."), say("what")),
            *(say("who leads"), say("how"), say("when late")),
        )
        return Table(self.course.title, columns, tuple(rows))

    def days(self) -> Iterator[tuple[str, list[tuple[str, Block]]]]:
        """Yield each day's title, and its blocks with the hour of each."""
        for number, day in enumerate(self.course.days, 1):
            title = self.say(
                "Day {number}, {begins} to {ends}",
                number=number,
                begins=_clock(self.starts),
                ends=_clock(self.starts + sum(block.minutes for block in day)),
            )
            yield title, list(self._timed(day))

    def _timed(self, day: Sequence[Block]) -> Iterator[tuple[str, Block]]:
        now = self.starts
        for block in day:
            yield _clock(now), block
            now += block.minutes

    def sections(self, block: Block) -> list[Section]:
        """Return the sections that a block has."""
        if not block.notebook:
            return []
        sections = content.notebook(self.say.code, block.notebook).sections
        return [sections[cell] for cell in block.sections]

    def _numbers(self, block: Block) -> str:
        """Which sections of its notebook a block has, and what is left to talk."""
        say, sections = self.say, self.sections(block)
        if not sections:
            return ""
        numbers = ", ".join(section.number for section in sections)
        text = say.many("Section {numbers}.", "Sections {numbers}.", len(sections), numbers=numbers)
        if talk := block.minutes - sum(section.minutes for section in sections):
            text += " " + say.many("{count} minute to talk.", "{count} minutes to talk.", talk)
        return text


@dataclass(eq=False, repr=False, kw_only=True)
class Guide(OfTheGuide):
    """What to know of a notebook, section by section."""

    notebook: Notebook
    sections: tuple[Section, ...]
    template = "papers/guide.html"

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.notebook.title

    @property
    def file(self) -> str:  # type: ignore[override]
        return f"guide-{self.notebook.number}.html"

    @property
    def whole(self) -> bool:
        """Whether all sections are there."""
        return len(self.sections) == len(self.notebook.sections)

    @property
    def sentence(self) -> str:
        if not self.whole:
            return f"{self.title} · {self.sections[0].title}"
        core = _core(self.say, self.notebook)
        return self.say(
            "{title}: {count} sections, {minutes} minutes, and {extra} extra. To print it: {call}.",
            title=self.title,
            count=len(core),
            minutes=sum(section.minutes for section in core),
            extra=len(self.sections) - len(core),
            call=f'lab.guide("{self.notebook.number}").save()',
        )

    def head(self, section: Section) -> str:
        """Return a section's title, with how long it takes."""
        say = self.say
        if not section.minutes:
            return say("{title} · extra", title=section.title)
        if section in _core(say, self.notebook):
            return say("{title} · {minutes} min.", title=section.title, minutes=section.minutes)
        return say("{title} · {minutes} min., extra", title=section.title, minutes=section.minutes)

    def parts(self, section: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is said of a section: labels and their lines."""
        say = self.say
        expect = tuple(f"{text} ({say(RESTS[rest])})" for rest, text in section.expect)
        return (
            (say("May go wrong"), expect),
            (say("Say"), section.say),
            (say("Answers"), (*section.answers, *self._answers(section))),
            (say("When late"), (section.late,)),
            (say("To catch up"), tuple(self._catch_up(section))),
        )

    def _answers(self, section: Section) -> Iterator[str]:
        """The answers to its questions, from their catalogue."""
        for key in section.questions:
            question = catalogue(self.say.code)[key]
            letter, choice = next(one for one in question.lettered if one[1].right)
            yield f"“{question.prompt}” {letter}) {choice.text} {choice.reply}"

    def _catch_up(self, section: Section) -> Iterator[str]:
        say = self.say
        if section is next(iter(self.notebook.sections.values())):
            yield say("Run the first grey cell of the notebook. Then begin here.")
        else:
            yield say(
                "Click on the heading “{title}”, in the text or in the list at the left. Then Run "
                "› Run All Above Selected Cell, and wait until no star is left.",
                title=section.title,
            )
        if section.first:
            yield say("Go on with the cell `{code}`", code=section.first)
        if section.again:
            yield section.again


def plan(lab: Lab, which: object = "", starts: object = "") -> Result:
    """Show a plan, "two days" or another, with each part's hour; without a name, list them.

    >>> from labsupport import Lab
    >>> plan(Lab("en"), "two days", "8:30").tabulated().rows[1][:4]
    ('1', '8:55', '20', '00 · how to ask')
    """
    say = lab.say
    plans = content.plans(say.code)
    if left_empty(which):
        return _plans(say)
    found = find(which, plans.values(), lambda one: (one.key, one.title))
    if found is None:
        return none_such(say, which, (f'"{key}"' for key in plans))
    minute = STARTS
    if not left_empty(starts):
        told = HOUR.fullmatch(str(starts).strip())
        if not told or int(told[1]) > 23 or int(told[2] or 0) > 59:
            sentence = say(
                'The hour {hour} was not understood. Write it like "9:00" or "13:30".',
                hour=quoted(starts),
            )
            return Explanation(say, Kind.NOT_ASKED, sentence)
        minute = int(told[1]) * 60 + int(told[2] or 0)
    left = "; ".join(f"{what} ({why})" for what, why in found.leaves_out)
    notes = (found.who, say(ESTIMATES), say("Left out: {what}.", what=left), pages_of(say, found))
    return Plan(say, None, None, notes, course=found, starts=minute)


def guide(lab: Lab, notebook: object = "", section: object = "") -> Result:
    """Show what to know of a notebook's sections, or of one; without a notebook, list them.

    A notebook is called by its number, a section by its number or its title.

    >>> from labsupport import Lab
    >>> guide(Lab("en"), "02", 4).sentence
    '02 · The domain name system · 4 · Why an order takes time'
    """
    say = lab.say
    if left_empty(notebook) and left_empty(section):
        return _notebooks(say)
    books = [content.notebook(say.code, name) for name in content.NOTEBOOKS]
    typed = str(notebook).strip() if isinstance(notebook, str | int) else repr(notebook)
    wanted = typed.zfill(2) if typed.isdecimal() else typed
    found = find(wanted, books, lambda one: (one.number, one.name, one.title))
    if found is None:
        return none_such(say, notebook, (f'"{name[:2]}"' for name in content.NOTEBOOKS))
    sections = tuple(found.sections.values())
    if not left_empty(section):
        one = find(section, sections, lambda one: (one.number, one.title, one.cell))
        if one is None:
            return none_such(say, section, (one.title for one in sections))
        sections = (one,)
    notes = (say(ESTIMATES), say(NOT_YET))
    return Guide(say, None, None, notes, notebook=found, sections=sections)


def _plans(say: Language) -> Result:
    rows = tuple(
        (one.key, one.title, one.who, lengths(one), "; ".join(what for what, _ in one.leaves_out))
        for one in content.plans(say.code).values()
    )
    columns = (
        *(say('for lab.guide("…")'), say("what"), say("for whom")),
        *(say("minutes"), say("what it leaves out")),
    )
    table = Table(say("The plans"), columns, rows)
    sentence = say(
        "{count} plans. To see one, with its hours: {call}.",
        count=len(rows),
        call='lab.guide("two days", "9:00")',
    )
    return Explanation(say, None, sentence, (say(ESTIMATES),), table=table)


def _notebooks(say: Language) -> Result:
    rows = []
    for name in content.NOTEBOOKS:
        one = content.notebook(say.code, name)
        core = _core(say, one)
        minutes = sum(section.minutes for section in core)
        rows.append((one.number, one.title, len(core), minutes, len(one.sections) - len(core)))
    columns = (
        *(say('for lab.guide("…")'), say("notebook")),
        *(say("sections"), say("minutes"), say("extra sections")),
    )
    sentence = say(
        "Each section of each notebook: what may go wrong, what to say, the answers. See one "
        "notebook: {call}; one section: {one}.",
        call='lab.guide("02")',
        one='lab.guide("02", 4)',
    )
    table = Table(say("The notebooks"), columns, tuple(rows))
    return Explanation(say, None, sentence, (say(ESTIMATES), say(NOT_YET)), table=table)


def _core(say: Language, notebook: Notebook) -> list[Section]:
    """The sections of the core: those that the plan of the whole course has."""
    cells = content.plans(say.code)[content.WHOLE_COURSE].cells
    return [one for one in notebook.sections.values() if (notebook.name, one.cell) in cells]


def lengths(one: Course) -> str:
    """Return the minutes of each day of a plan."""
    return " + ".join(str(sum(block.minutes for block in day)) for day in one.days)


def pages_of(say: Language, one: Course) -> str:
    """Say how many pages are printed for a plan."""
    pages = content.counted(say.code, one)
    return say(
        "Pages to print: {room} for you, {person} for each participant, {table} for each table; "
        "{call} lists them.",
        room=pages[content.ROOM],
        person=pages[content.PERSON],
        table=pages[content.TABLE],
        call=f'lab.guide("{one.key}")',
    )


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour % 24}:{rest:02}"
