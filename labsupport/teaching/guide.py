"""The instructor's guide: the plan of a day, and what to know of each section of a notebook.

Nobody has taught this course yet. What may go wrong is expected, and says on what that rests;
minutes are estimates, and the printed plan has room for the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from labsupport.language import Language, mark
from labsupport.lookups.forms import Paper, filled, heading, page
from labsupport.lookups.names import folded
from labsupport.results import Explanation, Kind, Result, Table, escaped, quoted, visible
from labsupport.teaching import guide_content as content
from labsupport.teaching import guide_print
from labsupport.teaching.guide_content import Block, Course, Notebook, Section
from labsupport.teaching.questions import catalogue

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
CLOSE = "margin:.1em 0 .3em"  # lists that follow each other: JupyterLab would spread them
CARD = "margin:.4em 0;padding:.2em .8em;border-left:.3em solid currentColor;max-width:60em"


class Plan(Paper):
    """The plan of one or more days, and printed a sheet to note how long it took.

    Attributes: `course`; `starts`, the minute of the day at which each day begins.
    """

    def __init__(self, say: Language, course: Course, starts: int) -> None:
        notes = (course.who, say(ESTIMATES), *_left_out(say, course), pages_of(say, course))
        super().__init__(say, None, None, notes)
        self.course = course
        self.starts = starts
        self.file = f"plan-{course.key.replace(' ', '-')}.html"

    @property
    def sentence(self) -> str:
        lengths = [sum(block.minutes for block in day) for day in self.course.days]
        days = " + ".join(map(str, lengths))
        pauses = sum(block.minutes for day in self.course.days for block in day if block.pause)
        return self.say(
            "{title}: {minutes} minutes, {present} of them without breaks and lunch, from {hour} "
            "on. To print it, with room for the real times: {call}.",
            title=self.course.title,
            minutes=days,
            present=sum(lengths) - pauses,
            hour=_clock(self.starts),
            call=f'lab.guide("{self.course.key}", "{_clock(self.starts)}").save()',
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (str(number), *cells)
            for number, day in enumerate(self.course.days, 1)
            for cells in self._rows(day)
        ]
        columns = (say("day"), say("from"), *self._columns)
        return Table(self.course.title, columns, tuple(rows))

    def _facts_html(self) -> str:
        columns = (self.say("from"), *self._columns)
        tables = (
            Table(self._named(number, day), columns, tuple(self._rows(day))).html()
            for number, day in enumerate(self.course.days, 1)
        )
        return "".join(tables)

    @property
    def _columns(self) -> tuple[str, ...]:
        say = self.say
        return (say("min."), say("what"), say("who leads"), say("how"), say("when late"))

    def _named(self, number: int, day: Sequence[Block]) -> str:
        say = self.say
        minutes = sum(block.minutes for block in day)
        begins, ends = _clock(self.starts), _clock(self.starts + minutes)
        if len(self.course.days) == 1:
            title = say("The day, {begins} to {ends}", begins=begins, ends=ends)
        else:
            title = say("Day {number}, {begins} to {ends}", number=number, begins=begins, ends=ends)
        return say("{title}: {minutes} minutes (estimates)", title=title, minutes=minutes)

    def _rows(self, day: Sequence[Block]) -> Iterator[tuple[str, ...]]:
        for when, block in self._timed(day):
            how = " ".join(filter(None, (self._parts(block), block.do))) or "–"
            yield when, str(block.minutes), block.what, block.lead, how, block.late

    def _timed(self, day: Sequence[Block]) -> Iterator[tuple[str, Block]]:
        now = self.starts
        for block in day:
            yield _clock(now), block
            now += block.minutes

    def _sections(self, block: Block) -> list[Section]:
        if not block.notebook:
            return []
        sections = content.notebook(self.say.code, block.notebook).sections
        return [sections[cell] for cell in block.sections]

    def _parts(self, block: Block) -> str:
        """Which sections of its notebook a block has, what is left to talk, and its slides."""
        say = self.say
        sections = self._sections(block)
        if not sections:
            return ""
        numbers = ", ".join(_ranges([_called(section) for section in sections]))
        text = say.many("Section {numbers}.", "Sections {numbers}.", len(sections), numbers=numbers)
        if talk := block.minutes - sum(section.minutes for section in sections):
            text += " " + say.many("{count} minute to talk.", "{count} minutes to talk.", talk)
        return f"{text} " + say("Slides: {file}.", file=f"slides/{block.notebook}.html")

    @property
    def html(self) -> str:
        say = self.say
        about = "".join(f"<p>{escaped(note)}</p>\n" for note in self.notes)
        sheets = "".join(self._sheet(number, day) for number, day in enumerate(self.course.days, 1))
        return as_page(say, self.course.title, f"{about}{sheets}")

    def _sheet(self, number: int, day: Sequence[Block]) -> str:
        say = self.say
        columns = (
            *(say("from"), say("min."), say("what, who leads, when late")),
            *(say("began"), say("took"), say("note")),
        )
        head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
        rows = "".join(self._printed(when, block) for when, block in self._timed(day))
        caption = escaped(say("Write down when each part began, and what it took."))
        return (
            f'<section class="sheet day">\n<h2>{escaped(self._named(number, day))}</h2>\n'
            f"<table><caption>{caption}</caption>"
            f"<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></section>\n"
        )

    def _printed(self, when: str, block: Block) -> str:
        lead = "" if block.lead == "–" else f" · {escaped(block.lead)}"
        late = escaped(self.say("When late: {what}", what=block.late))
        do = f"<small>{escaped(block.do)}</small>" if block.do else ""
        blank = "<td></td>" * 3
        rows = [
            f'<tr class="block"><td>{when}</td><td>{block.minutes}</td>'
            f"<td><strong>{escaped(block.what)}</strong>{lead}{do}<small>{late}</small></td>"
            f"{blank}</tr>\n"
        ]
        rows += [
            f"<tr><td></td><td>{section.minutes}</td><td>{escaped(section.title)}</td>{blank}</tr>\n"
            for section in self._sections(block)
        ]
        return "".join(rows)

    @property
    def text(self) -> str:
        say = self.say
        parts = [say(FOR_INSTRUCTORS), self.course.title.upper(), *map(filled, self.notes)]
        for number, day in enumerate(self.course.days, 1):
            parts.append(heading(self._named(number, day)))
            for when, block in self._timed(day):
                head = f"{when:5}  {block.minutes:3}  {block.what} ({block.lead})"
                lines = [filled(head, " " * 12)]
                lines += [
                    filled(f"       {section.minutes:3}  {section.title}", " " * 12)
                    for section in self._sections(block)
                ]
                lines += [filled(f"            {block.do}", " " * 12)] if block.do else []
                late = say("When late: {what}", what=block.late)
                lines.append(filled(f"            {late}", " " * 12))
                lines.append("            " + say("began ______  took ______  note ______________"))
                parts.append("\n".join(lines))
        return as_text(parts)


class Guide(Paper):
    """What to know of a notebook, section by section. Attributes: `notebook`, `sections`."""

    def __init__(self, say: Language, notebook: Notebook, sections: Sequence[Section]) -> None:
        super().__init__(say, None, None, (say(ESTIMATES), say(NOT_YET)))
        self.notebook = notebook
        self.sections = tuple(sections)
        self.file = f"guide-{notebook.number}.html"
        self._whole = len(self.sections) == len(notebook.sections)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self._whole:
            return f"{self.notebook.title} · {self.sections[0].title}"
        core = _core(say, self.notebook)
        extra = len(self.sections) - len(core)
        parts = [
            say.many("{count} section", "{count} sections", len(core)),
            say("{minutes} minutes", minutes=sum(section.minutes for section in core)),
        ]
        if extra:
            parts.append(say.many("{count} extra one", "{count} extra ones", extra))
        return say(
            "{title}: {parts}. To print it: {call}.",
            title=self.notebook.title,
            parts=", ".join(parts),
            call=f'lab.guide("{self.notebook.number}").save()',
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (section.title, self._long(section), label, line)
            for section in self.sections
            for label, lines in self._parts(section)
            for line in lines
        )
        columns = (say("section"), say("min."), say("what of it"), say("in words"))
        return Table(self.notebook.title, columns, rows)

    def _long(self, section: Section) -> str:
        return str(section.minutes or "–")

    def _head(self, section: Section) -> str:
        say = self.say
        if not section.minutes:
            return say("{title} · extra", title=section.title)
        if section in _core(say, self.notebook):
            return say("{title} · {minutes} min.", title=section.title, minutes=section.minutes)
        return say("{title} · {minutes} min., extra", title=section.title, minutes=section.minutes)

    def _parts(self, section: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is said of a section: labels and their lines."""
        say = self.say
        expect = tuple(f"{text} ({say(RESTS[rest])})" for rest, text in section.expect)
        parts = (
            (say("May go wrong"), expect),
            (say("Say"), section.say),
            (say("Answers"), (*section.answers, *self._answers(section))),
            (say("When late"), (section.late,)),
            (say("To catch up"), tuple(self._catch_up(section))),
        )
        return tuple((label, lines) for label, lines in parts if lines)

    def _answers(self, section: Section) -> Iterator[str]:
        """The answers to its questions, from their catalogue."""
        say = self.say
        for key in section.questions:
            question = catalogue(say.code)[key]
            letter, choice = next(one for one in question.lettered if one[1].right)
            yield say(
                "“{prompt}” {letter}) {text} {reply}",
                prompt=question.prompt,
                letter=letter,
                text=choice.text,
                reply=choice.reply,
            )

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

    def __repr__(self) -> str:
        return f"{super().__repr__().partition(chr(10) * 2)[0]}\n\n{self._told}"

    def _facts_html(self) -> str:
        # No headings: JupyterLab would list them among those of the notebook.
        say = self.say
        have = ""
        if self._whole:
            label = escaped(say("To have ready"))
            have = f"<p><strong>{label}</strong></p>{listed(self.notebook.have)}"
        opened = " open" if len(self.sections) == 1 else ""
        cards = "".join(
            f'<details{opened} style="{CARD}"><summary><strong>{escaped(self._head(section))}'
            f"</strong></summary>{self._card(section)}</details>"
            for section in self.sections
        )
        return f"{have}{cards}"

    def _card(self, section: Section) -> str:
        return "".join(
            f'<p style="margin:.4em 0 0"><em>{escaped(label)}</em></p>{listed(lines, CLOSE)}'
            for label, lines in self._parts(section)
        )

    @property
    def _told(self) -> str:
        parts = [*map(filled, self.notes)]
        if self._whole:
            parts.append(self.say("To have ready"))
            parts += [filled(f"– {line}", "  ") for line in self.notebook.have]
        for section in self.sections:
            parts.append(heading(self._head(section)))
            for label, lines in self._parts(section):
                parts.append("\n".join([label, *(filled(f"– {line}", "  ") for line in lines)]))
        return "\n\n".join(visible(part) for part in parts)

    @property
    def html(self) -> str:
        say = self.say
        notes = "".join(f"<p>{escaped(note)}</p>\n" for note in self.notes)
        have = "<h2>" + escaped(say("To have ready")) + f"</h2>{listed(self.notebook.have)}"
        cards = "".join(
            f"<section><h2>{escaped(self._head(section))}</h2>\n"
            + "".join(
                f'<div class="part"><h3>{escaped(label)}</h3>{listed(lines)}</div>\n'
                for label, lines in self._parts(section)
            )
            + "</section>\n"
            for section in self.sections
        )
        return as_page(say, self.notebook.title, f"{notes}{have}{cards}")

    @property
    def text(self) -> str:
        return as_text([self.say(FOR_INSTRUCTORS), self.notebook.title.upper(), self._told])


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
    wanted = folded(which if isinstance(which, str) else repr(which))
    found = next(
        (one for one in plans.values() if wanted in (folded(one.key), folded(one.title))), None
    )
    if found is None:
        sentence = say(
            "There is no plan {what}. There are: {keys}.",
            what=quoted(which),
            keys=", ".join(f'"{key}"' for key in plans),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    if left_empty(starts):
        return Plan(say, found, STARTS)
    told = HOUR.fullmatch(str(starts).strip())
    if not told or int(told[1]) > 23 or int(told[2] or 0) > 59:
        sentence = say(
            'The hour {hour} was not understood. Write it like "9:00" or "13:30".',
            hour=quoted(starts),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    return Plan(say, found, int(told[1]) * 60 + int(told[2] or 0))


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
    found = _find(say, notebook)
    if found is None:
        sentence = say(
            "There is no notebook {what}. There are: {keys}.",
            what=quoted(notebook),
            keys=", ".join(f'"{name[:2]}"' for name in content.NOTEBOOKS),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    if left_empty(section):
        return Guide(say, found, tuple(found.sections.values()))
    wanted = folded(section if isinstance(section, str) else repr(section))
    sections = [
        one
        for one in found.sections.values()
        if wanted and wanted in (folded(one.number), folded(one.title), folded(one.cell))
    ]
    if len(sections) != 1:
        sentence = say(
            "Notebook {number} has no section {what}. It has: {titles}.",
            number=found.number,
            what=quoted(section),
            titles="; ".join(one.title for one in found.sections.values()),
        )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    return Guide(say, found, sections)


def _plans(say: Language) -> Result:
    rows = tuple(
        (
            one.key,
            one.title,
            one.who,
            " + ".join(str(sum(block.minutes for block in day)) for day in one.days),
            "; ".join(what for what, _ in one.leaves_out),
        )
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
        extra = len(one.sections) - len(core)
        rows.append((one.number, one.title, str(len(core)), str(minutes), str(extra)))
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


def _find(say: Language, typed: object) -> Notebook | None:
    text = str(typed).strip() if isinstance(typed, str | int) else repr(typed)
    wanted = folded(text.zfill(2) if text.isdecimal() else text)
    for name in content.NOTEBOOKS:
        one = content.notebook(say.code, name)
        if wanted in (one.number, folded(name), folded(one.title)):
            return one
    return None


def _called(section: Section) -> str:
    return section.number if section.number.isdigit() else f"“{section.number}”"


def _ranges(numbers: Sequence[str]) -> list[str]:
    """Write three or more numbers in a row as a range.

    >>> _ranges(["1", "2", "3", "5", "6", "Your turn"])
    ['1–3', '5', '6', 'Your turn']
    """
    runs: list[list[str]] = []
    for number in numbers:
        if runs and number.isdigit() and str(int(number) - 1) == runs[-1][-1]:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [part for run in runs for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else run)]


def _left_out(say: Language, one: Course) -> tuple[str, ...]:
    left = "; ".join(f"{what} ({why})" for what, why in one.leaves_out)
    return (say("Left out: {what}.", what=left),)


def pages_of(say: Language, one: Course) -> str:
    """Say how many pages are printed for a plan."""
    pages = guide_print.counted(say, one)
    return say(
        "Pages to print: {room} for you, {person} for each participant, {table} for each table; "
        "{call} lists them.",
        room=pages[guide_print.ROOM],
        person=pages[guide_print.PERSON],
        table=pages[guide_print.TABLE],
        call=f'lab.guide("{one.key}")',
    )


def _clock(minute: int) -> str:
    hour, rest = divmod(minute, 60)
    return f"{hour % 24}:{rest:02}"


def left_empty(typed: object) -> bool:
    """Whether nothing was typed."""
    return isinstance(typed, str) and not typed.strip()


def listed(lines: Sequence[str], style: str = "") -> str:
    """Return lines as a list of HTML."""
    items = "".join(f"<li>{coded(line)}</li>" for line in lines)
    return f'<ul style="{style}">{items}</ul>' if style else f"<ul>{items}</ul>"


def coded(text: str) -> str:
    """Return a text as HTML, with what stands between backticks as code.

    >>> coded("Run `lab.ask()` & look")
    'Run <code>lab.ask()</code> &amp; look'
    """
    return re.sub("`([^`]+)`", r"<code>\1</code>", escaped(text))


def as_page(say: Language, title: str, body: str, banner: str = FOR_INSTRUCTORS) -> str:
    """Return one of the instructor's papers as a page that needs no other file."""
    style = resources.files("labsupport.data").joinpath("course/guide/guide.css")
    return page(title, body, say.code, banner=say(banner), style=style.read_text("utf-8"))


def as_text(parts: Sequence[str]) -> str:
    """Return one of the instructor's papers as plain text, from its paragraphs."""
    return "\n\n".join(visible(part) for part in parts if part) + "\n"
