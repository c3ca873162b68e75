"""`lab.orders.worksheet(order)`: what a measure does, apart from what the law makes of it.

The technical facts are filled in, each with where it comes from. The weighing is its author's:
every field of it is empty, and nothing here says how it should come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labsupport.orders import impact, measure
from labsupport.orders.order import Order
from labsupport.orders.review import review
from labsupport.orders.simulation import Trial
from labsupport.orders.targets import name_in
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.papers import forms
from labsupport.papers.forms import Blank, Paper, PaperField, PaperSection
from labsupport.papers.templates import filled_in
from labsupport.reference import overdue
from labsupport.results import Table, utc
from labsupport.visible import visible

MOST_TARGETS = 3  # that are executed one by one; more would not be read


@dataclass(eq=False, repr=False, kw_only=True)
class Worksheet(Paper):
    """The worksheet. Attributes: `facts`, its technical part; `days`, as `Impact` has them.

    It has no verdict and no score. The weighing has an empty field for each step: aim,
    suitability, necessity, proportionality in the strict sense, legal basis, hearing and notice,
    review and end.
    """

    LIMITS = (
        "worksheet.facts_those_lab_model",
        "worksheet.worksheet_says_nothing_what",
    )
    file = "worksheet.html"
    facts: tuple[PaperSection, ...]
    days: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[str, ...]:
        return (*super().limits, *overdue(self.say, self.days))

    @property
    def words(self) -> Mapping[str, Any]:
        """What stands on it besides the facts: worksheet.toml."""
        return self.say.table("worksheet.toml")

    @property
    def sentence(self) -> str:
        count = sum(bool(field.value) for section in self.facts for field in section.fields)
        return self.say("worksheet.worksheet_technical_facts", count=count)

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (section.title, field.label, field.value or say("worksheet.empty"), field.source or "–")
            for section in self.facts
            for field in section.fields
        ]
        columns = (
            say("worksheet.part"),
            say("worksheet.field"),
            say("worksheet.value"),
            say("worksheet.where_it_comes_from"),
        )
        return Table(say("worksheet.the_technical_facts"), columns, tuple(rows))

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
        return [*steps, Blank("author", self.say("worksheet.author_date"))]


def worksheet(trial: Trial, order: Order, *, own: bool) -> Worksheet:
    """Return the worksheet of an order: its terms, its effects, other ways, what to look at.

    What stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    # What the order does as a whole: its addresses as well as its names.
    execution = trial.execution(order)
    found = impact.impact(trial.world, order, execution, trial.say, None, own=own)
    facts = tuple(_sections(trial, order, found, own))
    return Worksheet(trial.say, None, None, facts=facts, days=found.days)


def _sections(
    trial: Trial, order: Order, found: impact.Impact, own: bool
) -> Iterator[PaperSection]:
    say = trial.say
    yield _terms(trial, order, own)
    here = say("worksheet.executed_copy_lab_when", when=utc(trial.now))
    lists = say("worksheet.published_lists_nobody_asked")
    fields = [
        PaperField(say("worksheet.in_short"), found.sentence, here if found.counted else lists)
    ]
    for note in found.notes:
        fields.append(
            PaperField(say("worksheet.to_mind"), note, lists if note in found.published else here)
        )
    title = say("worksheet.what_order_does_whole")
    yield PaperSection(title, tuple(fields))
    named = [
        (host if own else say("worksheet.target_number", number=number), host)
        for number, target in enumerate(order.targets, start=1)
        if (host := name_in(target)) and trial.network.covers(host)
    ]
    for called, host in named[:MOST_TARGETS]:
        done = measure.measure(trial, order.technique or Technique.RESOLVER, host)
        rows = done.tabulated().rows
        does = (PaperField(str(question), str(answer), here) for question, answer in rows)
        yield PaperSection(say("worksheet.what_does_target", target=called), tuple(does))
        others = []
        for way, _, seats, count, *_ in measure.compare(trial, host).tabulated().rows:
            told = say("worksheet.dark_seats_other_sites", seats=seats, count=count)
            others.append(PaperField(str(way), told, here))
        yield PaperSection(say("worksheet.other_ways_for_target", target=called), tuple(others))
    reviewed = review(order, trial.session(trial.seats[0]), say, own=own)
    words = [finding.words(say) for finding in reviewed.findings]
    looks = [PaperField(one["title"], one["reason"], one["reference"]) for one in words]
    none = PaperField(say("worksheet.findings"), say("worksheet.none_not_approval"))
    yield PaperSection(say("worksheet.what_review_wording_would"), tuple(looks or [none]))


def _terms(trial: Trial, order: Order, own: bool) -> PaperSection:
    say = trial.say
    way = say(PROFILES[order.technique].name) if order.technique else ""
    ends = order.ends
    fields = [
        (say("worksheet.targets"), str(len(order.targets) or say("worksheet.none_found"))),
        (say("worksheet.way"), way),
        (say("worksheet.begins"), utc(order.start.timestamp()) if order.start else ""),
        (say("worksheet.ends"), utc(ends.timestamp()) if ends else ""),
    ]
    if own:
        fields.insert(
            1, (say("worksheet.named"), ", ".join(target.value for target in order.targets))
        )
        fields.insert(3, (say("worksheet.addressed_to"), ", ".join(order.executors)))
    source = say("worksheet.the_draft")
    terms = (PaperField(label, value, source if value else "") for label, value in fields)
    return PaperSection(say("worksheet.the_order"), tuple(terms))
