"""A worksheet on proportionality: what a measure does, apart from what the law makes of it.

The technical facts are filled in, each with where it comes from. The weighing is its author's:
every field of it is empty, and nothing here says how it should come out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labsupport.language import Language, mark
from labsupport.lookups.forms import (
    TRAINING,
    Blank,
    Paper,
    Section,
    field_text,
    filled,
    heading,
    page,
    section_html,
)
from labsupport.results import Table, escaped, visible


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the weighing: its name, and the question that its author answers."""

    key: str
    name: str
    question: str


STEPS = (
    Step("aim", mark("Aim"), mark("What is to be reached, and for whom? Which harm is to end?")),
    Step(
        "suitability",
        mark("Suitability"),
        mark("Does the measure reach it: for how many, for how long, and who gets round it?"),
    ),
    Step(
        "necessity",
        mark("Necessity: is there something less restrictive?"),
        mark(
            "Which other places could act, and which of them would reach the same and touch fewer? "
            "What would waiting for them cost, and whom?"
        ),
    ),
    Step(
        "proportionality",
        mark("Proportionality in the strict sense"),
        mark("What is gained, and for whom? What do those lose who are hit besides?"),
    ),
    Step(
        "basis",
        mark("Legal basis"),
        mark("Which rule allows this measure, to this addressee, for this long?"),
    ),
    Step(
        "hearing",
        mark("Hearing and notice"),
        mark(
            "Who is heard before, and who is told after? If that is deferred or restricted: for "
            "which reason, and until when?"
        ),
    ),
    Step(
        "review",
        mark("Review and end"),
        mark("When does it end, who looks again before, and who may ask for it to end?"),
    ),
)

TITLE = mark("Worksheet on a blocking measure")
FACTS = mark("1 · What the measure does: technical facts")
WEIGHING = mark("2 · The weighing: for the author")
INTRODUCTION = mark(
    "The first part is filled in from the lab, with where each line comes from. The second part is "
    "its author's: nothing in it is filled in, and no result is suggested."
)
OTHER_WORDS = mark(
    "Not every law takes these steps, or calls them so. Strike what yours does not know, and add "
    "what it asks for."
)
DELAY = mark("Not to act, or to act later, has effects as well: weigh them in the same way.")


class Worksheet(Paper):
    """The worksheet. Attributes: `facts`, its technical part.

    It has no verdict and no score.
    """

    file = "worksheet.html"

    def __init__(self, say: Language, facts: Sequence[Section], *, training: bool) -> None:
        super().__init__(say, None, None)
        self.facts = tuple(facts)
        self._banner = say(TRAINING) if training else ""

    @property
    def sentence(self) -> str:
        fields = [field for section in self.facts for field in section.fields]
        return self.say.many(
            "A worksheet: {count} technical fact is filled in. The weighing is left to its author.",
            "A worksheet: {count} technical facts are filled in. The weighing is left to its "
            "author.",
            sum(bool(field.value) for field in fields),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("The facts are those of the lab's model, not a measurement of the real Internet."),
            say("The worksheet says nothing on what is lawful or proportionate."),
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (section.title, field.label, field.value or say("(empty)"), field.source or "–")
            for section in self.facts
            for field in section.fields
        ]
        columns = (say("part"), say("field"), say("value"), say("where it comes from"))
        return Table(say("The technical facts"), columns, tuple(rows))

    @property
    def html(self) -> str:
        say = self.say
        facts = "".join(section_html(section, say) for section in self.facts)
        blanks = "".join(blank.html() for blank in self._blanks())
        limits = "".join(f"<li>{escaped(limit)}</li>" for limit in self.limits)
        body = (
            f"<p>{escaped(say(INTRODUCTION))}</p>\n"
            f"<section>\n<h2>{escaped(say(FACTS))}</h2>\n{facts}<ul>{limits}</ul></section>\n"
            f'<section class="sheet">\n<p class="banner">{escaped(self._banner)}</p>\n'
            f"<h2>{escaped(say(WEIGHING))}</h2>\n<p>{escaped(say(OTHER_WORDS))} "
            f"{escaped(say(DELAY))}</p>\n{blanks}</section>\n"
        )
        return page(say(TITLE), body, say.code, banner=self._banner)

    @property
    def text(self) -> str:
        say = self.say
        parts = [self._banner, say(TITLE).upper(), filled(say(INTRODUCTION)), heading(say(FACTS))]
        for section in self.facts:
            parts += [section.title, *(field_text(field, say) for field in section.fields)]
        parts += [filled(f"– {limit}", "  ") for limit in self.limits]
        parts += [self._banner, heading(say(WEIGHING)), filled(say(OTHER_WORDS))]
        parts += [filled(say(DELAY)), *(blank.text() for blank in self._blanks()), self._banner]
        return "\n\n".join(visible(part) for part in parts if part) + "\n"

    def _blanks(self) -> list[Blank]:
        """The fields of the weighing, and a line to sign."""
        say = self.say
        steps = [Blank(one.key, say(one.name), say(one.question), tall=True) for one in STEPS]
        return [*steps, Blank("author", say("Author, date"))]


def worksheet(facts: Sequence[Section], say: Language, *, training: bool = True) -> Worksheet:
    """Return a worksheet with `facts` as its technical part, each field with its source.

    The weighing has an empty field for each step: aim, suitability, necessity, proportionality
    in the strict sense, legal basis, hearing and notice, review and end. `training` says on
    every page that all of it is invented.

    >>> from labsupport.lookups.forms import Field
    >>> facts = [Section("Who else is hit", (Field("sites", "212", "lab Internet"),))]
    >>> print(worksheet(facts, Language.load("en")).sentence)
    A worksheet: 1 technical fact is filled in. The weighing is left to its author.
    """
    return Worksheet(say, facts, training=training)
