"""What an instructor prints: the flawed order before and after with its key, and two sheets.

The order is marked twice on paper. The key says which findings there are, which of them one could
see at the beginning, and what the comparison does not prove. It measures a course, no person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labsupport.blocking import own
from labsupport.blocking.review import Review
from labsupport.language import Language, mark
from labsupport.lookups.forms import BLANK, TRAINING, Paper, filled, heading
from labsupport.lookups.names import folded
from labsupport.results import Explanation, Kind, Result, Table, escaped, quoted, visible
from labsupport.teaching import guide_content as content
from labsupport.teaching.guide import FOR_INSTRUCTORS, as_page, as_text, left_empty, listed
from labsupport.teaching.guide_content import Sheet

if TYPE_CHECKING:
    from labsupport.handed import Lab

ORDER = "flawed"
LINES = 9  # to write on: one sheet of A4 has room for them below the order
TIMES = (mark("First time"), mark("Again"))
TASK = mark(
    "Read it once, with a pencil. Write down the words at which you would stop and ask before you "
    "sign, and why: a line each. This is no test of persons, and nobody collects a name."
)
SIGN = mark("A sign of your own, the same both times (no name): ")
STARTS = {
    "by reading": mark("yes"),
    "by knowing": mark("hardly"),
}
COURSE = mark("TRAINING COURSE")


class OrderSheets(Paper):
    """The flawed order twice, a page each, with room to mark it. Attributes: `order`, its text."""

    file = "order-before-and-after.html"

    def __init__(self, say: Language, order: own.OwnOrder) -> None:
        super().__init__(say, None, None)
        self.order = order.draft.text.strip()
        self._language = order.draft.language

    @property
    def sentence(self) -> str:
        return self.say(
            "The order to mark, twice. Print it on one side: the first page is given out at the "
            "opening, the second at the end. To print it: {call}.",
            call='lab.handout("order").save()',
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return not_proved(self.say)

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple((say(time), say(TASK)) for time in TIMES)
        return Table(say("Two pages"), (say("page"), say("what stands on it")), rows)

    @property
    def html(self) -> str:
        say = self.say
        columns = (say("the words"), say("why I would stop there"))
        head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
        rows = "<tr><td></td><td></td></tr>" * LINES
        banner, caption = escaped(say(TRAINING)), escaped(say("Where I would stop"))
        sheets = "".join(
            f'<section class="sheet marking">\n<p class="banner">{banner}</p>\n'
            f"<h2>{escaped(say(time))}</h2>\n<p>{escaped(say(TASK))}</p>\n"
            f'<p class="sign">{escaped(say(SIGN))}</p>\n'
            f'<div class="order" lang="{self._language}">{escaped(self.order)}</div>\n'
            f"<table><caption>{caption}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>\n"
            for time in TIMES
        )
        return as_page(say, say("An order to mark"), sheets, TRAINING)

    @property
    def text(self) -> str:
        say = self.say
        parts = []
        for time in TIMES:
            parts += [say(TRAINING), heading(say(time)), filled(say(TASK)), say(SIGN) + BLANK]
            parts += [self.order, *[BLANK + BLANK] * LINES]
        return as_text(parts)


class MarkingKey(Paper):
    """The key to the flawed order: its findings, and a table to count the sheets of a class.

    Attributes: `findings`, their rows.
    """

    file = "order-key.html"

    def __init__(self, say: Language, order: own.OwnOrder, review: Review) -> None:
        super().__init__(say, None, None)
        self.findings = tuple(_findings(say, order, review))

    @property
    def sentence(self) -> str:
        say = self.say
        easy = sum(row[4] == say(STARTS["by reading"]) for row in self.findings)
        return say(
            "{count} kinds of thing that the review finds in the order; {easy} of them can be seen "
            "by reading alone. To print the key: {call}.",
            count=len(self.findings),
            easy=easy,
            call='lab.handout("key").save()',
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return not_proved(self.say)

    def tabulated(self) -> Table:
        say = self.say
        columns = (
            *(say("no."), say("severity"), say("what"), say("at which words")),
            *(say("to be seen at the opening?"), say("the course shows it in")),
        )
        return Table(say("The key: what the review finds"), columns, self.findings)

    @property
    def rules(self) -> tuple[str, ...]:
        """How the key is used, and sheets are counted."""
        say = self.say
        return (
            say(
                "After the second marking, read the kinds aloud, one by one. Each looks for them "
                "on both own sheets. More is not needed: it is no test of persons, and the sheets "
                "stay with their owners."
            ),
            say(
                "Some lend both sheets, with a sign in the place of a name. For each of these, "
                "tick the kinds that it names. Other words count, and so does a line without a "
                "reason. A kind counts once."
            ),
            say(
                "What stands on a sheet and not in the key may be right: the review reads words, "
                "and knows neither the law nor the facts. Count it apart, and talk about it."
            ),
            say(
                "Add up for the class, never for one: how many sheets named each kind, before and "
                "after. Show the two columns, and no ranking."
            ),
            say(
                "Look at the serious kinds first: they would hit somebody who has nothing to do "
                "with the case. What could be seen at the opening is a guess of the authors."
            ),
            say(
                "Your plan may leave out a section that the key names. The review in section 6 of "
                "notebook 04 shows all the kinds."
            ),
        )

    @property
    def html(self) -> str:
        say = self.say
        table = self.tabulated()
        columns = (*table.columns, say("before"), say("after"))
        head = "".join(f'<th scope="col">{escaped(column)}</th>' for column in columns)
        blank = "<td></td><td></td>"
        body = "".join(
            "<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in row) + f"{blank}</tr>\n"
            for row in (*self.findings, self._sheets)
        )
        using = escaped(say("How to use it"))
        proving = escaped(say("What before and after do not prove"))
        parts = (
            f"<h2>{using}</h2>{listed(self.rules)}\n"
            f'<table class="key"><caption>{escaped(table.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>\n"
            f"<h2>{proving}</h2>{listed(self.limits)}\n"
        )
        return as_page(say, say("The order, before and after: key"), parts)

    @property
    def _sheets(self) -> tuple[str, ...]:
        """The last row, to count what is not in the key."""
        return ("", "", self.say("something else, that is not in the key"), "", "", "")

    @property
    def text(self) -> str:
        say = self.say
        parts = [say(FOR_INSTRUCTORS), say("The order, before and after: key").upper()]
        parts.append(heading(say("How to use it")))
        parts += [filled(f"– {rule}", "  ") for rule in self.rules]
        parts.append(heading(self.tabulated().caption))
        for number, *cells in self.findings:
            lines = filled(f"{number} {' · '.join(map(str, cells))}", "   ")
            parts.append(f"{lines}\n   " + say("before ______  after ______"))
        parts.append(heading(say("What before and after do not prove")))
        parts += [filled(f"– {limit}", "  ") for limit in self.limits]
        return as_text(parts)

    def _facts_html(self) -> str:
        return f"{super()._facts_html()}{listed(self.rules)}"

    def __repr__(self) -> str:
        rules = "\n".join(filled(f"– {visible(rule)}", "  ") for rule in self.rules)
        return f"{super().__repr__()}\n\n{rules}"


class Printed(Paper):
    """A sheet whose text is in the guide. Attributes: `sheet`."""

    def __init__(self, say: Language, sheet: Sheet) -> None:
        super().__init__(say, None, None, (sheet.lead,))
        self.sheet = sheet
        self.file = sheet.file

    @property
    def sentence(self) -> str:
        return self.say(
            "{title}. To print it: {call}.",
            title=self.sheet.title,
            call=f'lab.handout("{self.sheet.key}").save()',
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple((part.title, line) for part in self.sheet.parts for line in part.lines)
        return Table(self.sheet.title, (say("part"), say("in words")), rows)

    def _facts_html(self) -> str:
        parts = (
            f"<p><strong>{escaped(part.title)}</strong></p>{_items(part.lines, part.numbered)}"
            for part in self.sheet.parts
        )
        return "".join(parts)

    @property
    def html(self) -> str:
        parts = "".join(
            f'<section class="lines"><h2>{escaped(part.title)}</h2>\n'
            f"{_items(part.lines, part.numbered, part.blank)}</section>\n"
            for part in self.sheet.parts
        )
        lead = f"<p>{escaped(self.sheet.lead)}</p>\n"
        return as_page(self.say, self.sheet.title, f"{lead}{parts}", COURSE)

    @property
    def text(self) -> str:
        parts = [self.say(COURSE), self.sheet.title.upper(), filled(self.sheet.lead)]
        for part in self.sheet.parts:
            parts.append(heading(part.title))
            for number, line in enumerate(part.lines, 1):
                told = filled(f"{number}. {line}" if part.numbered else f"– {line}", "   ")
                parts.append(f"{told}\n{BLANK}\n{BLANK}" if part.blank else told)
        return as_text(parts)


def handout(lab: Lab, what: object = "") -> Result:
    """Show a paper for the room by its name; without one, list all that there is to print.

    >>> from labsupport import Lab
    >>> handout(Lab("en"), "key").findings[0][2]
    'An address in brackets behind a name'
    """
    say = lab.say
    if left_empty(what):
        return _all(say)
    wanted = folded(what if isinstance(what, str) else repr(what))
    sheets = {folded(key): sheet for key, sheet in content.sheets(say.code).items()}
    if wanted in sheets:
        return Printed(say, sheets[wanted])
    if wanted in ("order", "key"):
        order = own.show(ORDER, "", say)
        assert isinstance(order, own.OwnOrder)
        if wanted == "order":
            return OrderSheets(say, order)
        review = lab.review(order)
        assert isinstance(review, Review)
        return MarkingKey(say, order, review)
    sentence = say(
        "There is no paper {what}. There are: {keys}.",
        what=quoted(what),
        keys=", ".join(f'"{key}"' for key in ("order", "key", *content.sheets(say.code))),
    )
    return Explanation(say, Kind.NOT_ASKED, sentence, table=_all(say).tabulated())


def not_proved(say: Language) -> tuple[str, ...]:
    """What two marked sheets do not show."""
    return (
        say(
            "It is the same order both times, and the class has seen the lab's review of it in "
            "between. More marks can be memory. The Spanish draft at the end of notebook 04, which "
            "nobody has seen before, is the better trial."
        ),
        say(
            "Two sheets of one day say nothing of what somebody does at the own desk, in a hurry, "
            "months later."
        ),
        say("More marks is not better: somebody may mark everything. Ask for the reason."),
        say("Without a class that was not taught, nobody knows what the course has to do with it."),
    )


def _findings(
    say: Language, order: own.OwnOrder, review: Review
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A row for each kind of finding, in the review's order."""
    known = content.marking(say.code)
    table = review.tabulated()
    kinds = dict.fromkeys((found.code, found.severity) for found in review.findings)
    for number, ((code, _), row) in enumerate(
        zip(kinds, table.rows if table else (), strict=True), 1
    ):
        found = next(one for one in review.findings if one.code == code)
        words = order.draft.text[found.start : found.end]
        marked = known[code]
        yield (
            str(number),
            str(row[0]),
            say(found.title),
            f"“{' '.join(words.split())}”" if words.strip() else say("none: it is missing"),
            say(STARTS[marked.start]),
            marked.where,
        )


def _all(say: Language) -> Result:
    """List what there is to print, the papers of the notebooks too."""
    each = say("one for each participant")
    group = say("one for each group")
    own_copy = say("one, for you")
    rows: list[tuple[str, str, str]] = [
        (
            say("the plan, with room for the real times"),
            own_copy,
            'lab.plan("two days", "9:00").save()',
        ),
        (say("the guide to a notebook"), say("one of each, for you"), 'lab.guide("02").save()'),
        (
            say("the order to mark, before and after"),
            say("one for each participant, printed on one side"),
            'lab.handout("order").save()',
        ),
        (say("the key to it"), own_copy, 'lab.handout("key").save()'),
        *(
            (sheet.what, sheet.copies, f'lab.handout("{key}").save()')
            for key, sheet in content.sheets(say.code).items()
        ),
        (
            say('the page of twelve questions; "es" or "pt" in the place of "en" is the language'),
            each,
            'lab.checklist("en").save()',
        ),
        (say("the worksheet"), each, 'lab.worksheet(lab.order("clean")).save()'),
        (say("the cards of the five roles"), each, "lab.role_cards().save()"),
        (say("case A on paper"), group, 'lab.case_paper("fraud").save()'),
        (say("case B on paper"), group, 'lab.case_paper("wrong-order").save()'),
    ]
    columns = (say("what"), say("how many"), say("this line writes the file"))
    sentence = say(
        "{count} papers for the room. Each line writes a file beside this notebook. To print it, "
        "open it in a browser tab of its own.",
        count=len(rows),
    )
    return Explanation(say, None, sentence, table=Table(say("To print"), columns, tuple(rows)))


def _items(lines: Sequence[str], numbered: bool, blank: bool = False) -> str:
    room = '<div class="line tall"></div>' if blank else ""
    items = "".join(f"<li>{escaped(line)}{room}</li>" for line in lines)
    return f"<ol>{items}</ol>" if numbered else f"<ul>{items}</ul>"
