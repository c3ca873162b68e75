"""`lab.draft("worksheet", order)`: what a measure does, apart from what the law makes of it.

The technical facts are filled in, each with where it comes from. The weighing is its author's:
every field of it is empty, and nothing here says how it should come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labsupport.language import mark, tell
from labsupport.orders import impact, measure
from labsupport.orders.order import Order
from labsupport.orders.review import review
from labsupport.orders.simulation import Trial
from labsupport.orders.targets import name_in
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.papers import forms
from labsupport.papers.forms import Blank, Paper, PaperField, PaperSection
from labsupport.papers.templates import filled_in
from labsupport.results import Table, utc
from labsupport.visible import visible

MOST_TARGETS = 3  # that are executed one by one; more would not be read


@dataclass(eq=False, repr=False, kw_only=True)
class Worksheet(Paper):
    """The worksheet. Attributes: `facts`, its technical part.

    It has no verdict and no score. The weighing has an empty field for each step: aim,
    suitability, necessity, proportionality in the strict sense, legal basis, hearing and notice,
    review and end.
    """

    LIMITS = (
        mark("The facts are those of the lab's model, not a measurement of the real Internet."),
        mark("The worksheet says nothing on what is lawful or proportionate."),
    )
    file = "worksheet.html"
    facts: tuple[PaperSection, ...]

    @property
    def words(self) -> Mapping[str, Any]:
        """What stands on it besides the facts: worksheet.toml."""
        return self.say.table("worksheet.toml")

    @property
    def sentence(self) -> str:
        count = sum(bool(field.value) for section in self.facts for field in section.fields)
        return tell(self.say, "worksheet.worksheet_technical_facts", count=count)

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
        say, words = self.say, self.words
        head = {"title": words["title"], "language": say.code, "banner": say(forms.TRAINING)}
        template = "papers/worksheet.html"
        return filled_in(template, say, paper=self, words=words, style="", **head) + "\n"

    @property
    def text(self) -> str:
        say, words, banner = self.say, self.words, self.say(forms.TRAINING)
        parts = [banner, words["title"].upper(), forms.filled(words["introduction"])]
        parts.append(forms.heading(words["facts"]))
        for section in self.facts:
            parts += [section.title, *(forms.field_text(field, say) for field in section.fields)]
        parts += [forms.filled(f"– {limit}", "  ") for limit in self.limits]
        parts += [banner, forms.heading(words["weighing"]), forms.filled(words["other_words"])]
        parts += [forms.filled(words["delay"]), *(blank.text() for blank in self.blanks), banner]
        return "\n\n".join(map(visible, parts)) + "\n"

    @property
    def blanks(self) -> list[Blank]:
        """The fields of the weighing, and a line to sign."""
        words = self.words["step"]
        steps = [Blank(one["key"], one["name"], one["question"], tall=True) for one in words]
        return [*steps, Blank("author", self.say("Author, date"))]


def worksheet(trial: Trial, order: Order, *, own: bool) -> Worksheet:
    """Return the worksheet of an order: its terms, its effects, other ways, what to look at.

    What stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    return Worksheet(trial.say, None, None, facts=tuple(_sections(trial, order, own)))


def _sections(trial: Trial, order: Order, own: bool) -> Iterator[PaperSection]:
    say = trial.say
    yield _terms(trial, order, own)
    here = say("executed in a copy of the lab, {when}", when=utc(trial.now))
    # What the order does as a whole: its addresses as well as its names.
    found = impact.impact(trial.world, order, trial.execution(order), say, None, own=own)
    lists = say("published lists; nobody was asked")
    fields = [PaperField(say("in short"), found.sentence, here if found.counted else lists)]
    for note in found.notes:
        fields.append(PaperField(say("to mind"), note, lists if note in found.published else here))
    title = say("What the order does as a whole, carried out to the letter")
    yield PaperSection(title, tuple(fields))
    named = [
        (host if own else say("target {number}", number=number), host)
        for number, target in enumerate(order.targets, start=1)
        if (host := name_in(target)) and trial.network.covers(host)
    ]
    for called, host in named[:MOST_TARGETS]:
        done = measure.measure(trial, order.technique or Technique.RESOLVER, host)
        rows = done.tabulated().rows
        does = (PaperField(str(question), str(answer), here) for question, answer in rows)
        yield PaperSection(say("What it does to {target}", target=called), tuple(does))
        others = []
        for way, _, seats, count, *_ in measure.compare(trial, host).tabulated().rows:
            told = say("dark for: {seats}; other sites hit: {count}", seats=seats, count=count)
            others.append(PaperField(str(way), told, here))
        yield PaperSection(say("Other ways for {target}", target=called), tuple(others))
    reviewed = review(order, trial.session(trial.seats[0]), say, own=own)
    words = [finding.words(say) for finding in reviewed.findings]
    looks = [PaperField(one["title"], one["reason"], one["reference"]) for one in words]
    none = PaperField(say("findings"), say("none; that is not approval"))
    yield PaperSection(say("What a review of the wording would look at"), tuple(looks or [none]))


def _terms(trial: Trial, order: Order, own: bool) -> PaperSection:
    say = trial.say
    way = say(PROFILES[order.technique].name) if order.technique else ""
    ends = order.ends
    fields = [
        (say("targets"), str(len(order.targets))),
        (say("way"), way),
        (say("begins"), utc(order.start.timestamp()) if order.start else ""),
        (say("ends"), utc(ends.timestamp()) if ends else ""),
    ]
    if own:
        fields.insert(1, (say("named"), ", ".join(target.value for target in order.targets)))
        fields.insert(3, (say("addressed to"), ", ".join(order.executors)))
    source = say("the draft")
    terms = (PaperField(label, value, source if value else "") for label, value in fields)
    return PaperSection(say("The order"), tuple(terms))
