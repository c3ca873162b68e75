"""A worksheet on proportionality: what a measure does, apart from what the law makes of it.

The technical facts are filled in, each with where it comes from. The weighing is its author's:
every field of it is empty, and nothing here says how it should come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labsupport.language import Language
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


@dataclass(eq=False, repr=False, kw_only=True)
class Worksheet(Paper):
    """The worksheet. Attributes: `facts`, its technical part.

    It has no verdict and no score.
    """

    file = "worksheet.html"
    facts: tuple[Section, ...]

    @property
    def words(self) -> Mapping[str, Any]:
        """What stands on it besides the facts: worksheet.toml."""
        return self.say.table("worksheet.toml")

    @property
    def sentence(self) -> str:
        fields = [field for section in self.facts for field in section.fields]
        return self.say.many(
            "A worksheet: {count} technical fact is filled in. The weighing is its author's.",
            "A worksheet: {count} technical facts are filled in. The weighing is its author's.",
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
        say, banner = self.say, self.say(TRAINING)
        words = {key: escaped(text) for key, text in self.words.items() if key != "step"}
        facts = "".join(section_html(section, say) for section in self.facts)
        blanks = "".join(blank.html() for blank in self._blanks())
        limits = "".join(f"<li>{escaped(limit)}</li>" for limit in self.limits)
        body = (
            f"<p>{words['introduction']}</p>\n"
            f"<section>\n<h2>{words['facts']}</h2>\n{facts}<ul>{limits}</ul></section>\n"
            f'<section class="sheet">\n<p class="banner">{escaped(banner)}</p>\n'
            f"<h2>{words['weighing']}</h2>\n<p>{words['other_words']} {words['delay']}</p>\n"
            f"{blanks}</section>\n"
        )
        return page(self.words["title"], body, say.code, banner=banner)

    @property
    def text(self) -> str:
        say, words, banner = self.say, self.words, self.say(TRAINING)
        parts = [banner, words["title"].upper(), filled(words["introduction"])]
        parts.append(heading(words["facts"]))
        for section in self.facts:
            parts += [section.title, *(field_text(field, say) for field in section.fields)]
        parts += [filled(f"– {limit}", "  ") for limit in self.limits]
        parts += [banner, heading(words["weighing"]), filled(words["other_words"])]
        parts += [filled(words["delay"]), *(blank.text() for blank in self._blanks()), banner]
        return "\n\n".join(map(visible, parts)) + "\n"

    def _blanks(self) -> list[Blank]:
        """The fields of the weighing, and a line to sign."""
        steps = [
            Blank(step["key"], step["name"], step["question"], tall=True)
            for step in self.words["step"]
        ]
        return [*steps, Blank("author", self.say("Author, date"))]


def worksheet(facts: Sequence[Section], say: Language) -> Worksheet:
    """Return a worksheet with `facts` as its technical part, each field with its source.

    The weighing has an empty field for each step: aim, suitability, necessity, proportionality
    in the strict sense, legal basis, hearing and notice, review and end.

    >>> from labsupport.lookups.forms import Field
    >>> facts = [Section("Who else is hit", (Field("sites", "212", "lab Internet"),))]
    >>> print(worksheet(facts, Language.load("en")).sentence)
    A worksheet: 1 technical fact is filled in. The weighing is its author's.
    """
    return Worksheet(say, None, None, facts=tuple(facts))
