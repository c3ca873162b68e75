"""`lab.orders.worksheet(order)`: what a measure does, apart from what the law makes of it.

The technical facts are filled in, each with where it comes from. The weighing is its author's:
every field of it is empty, and nothing here says how it should come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labsupport.orders import impact, measure
from labsupport.orders.context import aware
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
        count = 0
        for section in self.facts:
            count += sum(bool(field.value) for field in section.fields)
        return self.say("worksheet.worksheet_technical_facts", count=count)

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for section in self.facts:
            for field in section.fields:
                value = field.value or say("worksheet.empty")
                rows.append((section.title, field.label, value, field.source or "–"))
        columns = (
            say("worksheet.part"),
            say("worksheet.field"),
            say("worksheet.value"),
            say("worksheet.where_it_comes_from"),
        )
        return Table(say("worksheet.the_technical_facts"), columns, tuple(rows))

    @property
    def html(self) -> str:
        say = self.say
        words = self.words
        page = filled_in(
            "papers/worksheet.html",
            say,
            paper=self,
            words=words,
            style="",
            title=words["title"],
            language=say.code,
            banner=say(forms.TRAINING),
        )
        return f"{page}\n"

    @property
    def text(self) -> str:
        say = self.say
        words = self.words
        banner = self.say(forms.TRAINING)
        parts = [
            banner,
            words["title"].upper(),
            forms.filled(words["introduction"]),
            forms.heading(words["facts"]),
        ]
        for section in self.facts:
            parts.append(section.title)
            parts += (forms.field_text(field, say) for field in section.fields)
        parts += (forms.filled(f"– {limit}", "  ") for limit in self.limits)
        parts += (
            banner,
            forms.heading(words["weighing"]),
            forms.filled(words["other_words"]),
            forms.filled(words["delay"]),
        )
        parts += (blank.text() for blank in self.blanks)
        parts.append(banner)
        return "\n\n".join(map(visible, parts)) + "\n"

    @property
    def blanks(self) -> list[Blank]:
        """The fields of the weighing, and a line to sign."""
        blanks = []
        for step in self.words["step"]:
            blanks.append(Blank(step["key"], step["name"], step["question"], tall=True))
        blanks.append(Blank("author", self.say("worksheet.author_date")))
        return blanks


def worksheet(trial: Trial, order: Order, *, own: bool) -> Worksheet:
    """Return the worksheet of an order: its terms, its effects, other ways, what to look at.

    What stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    # What the order does as a whole: its addresses as well as its names.
    execution = trial.execution(order)
    effects = impact.impact(trial.world, order, execution, trial.say, None, own=own)
    facts = (
        _terms(trial, order, own),
        _whole(trial, effects),
        *_by_target(trial, order, own),
        _reviewed(trial, order, own),
    )
    return Worksheet(trial.say, None, None, facts=facts, days=effects.days)


def _executed_here(trial: Trial) -> str:
    return trial.say("worksheet.executed_copy_lab_when", when=utc(trial.now))


def _whole(trial: Trial, effects: impact.Impact) -> PaperSection:
    """What the order does as a whole."""
    say = trial.say
    here = _executed_here(trial)
    lists = say("worksheet.published_lists_nobody_asked")
    source = here if effects.counted else lists
    fields = [PaperField(say("worksheet.in_short"), effects.sentence, source)]
    for note in effects.notes:
        source = lists if note in effects.published else here
        fields.append(PaperField(say("worksheet.to_mind"), note, source))
    return PaperSection(say("worksheet.what_order_does_whole"), tuple(fields))


def _by_target(trial: Trial, order: Order, own: bool) -> Iterator[PaperSection]:
    """What the order does to each target, and what other ways of blocking would."""
    say = trial.say
    hosts = {}
    for number, target in enumerate(order.targets, start=1):
        host = name_in(target)
        if host and trial.network.covers(host):
            hosts[number] = host
    for number, host in list(hosts.items())[:MOST_TARGETS]:
        called = host if own else say("worksheet.target_number", number=number)
        technique = order.technique or Technique.RESOLVER
        rows = measure.measure(trial, technique, host).tabulated().rows
        here = _executed_here(trial)
        does = [
            PaperField(str(question), str(answer), here) for question, answer in rows
        ]
        yield PaperSection(
            say("worksheet.what_does_target", target=called), tuple(does)
        )
        others = []
        for way, _, seats, count, *_ in measure.compare(trial, host).tabulated().rows:
            words = say("worksheet.dark_seats_other_sites", seats=seats, count=count)
            others.append(PaperField(str(way), words, here))
        yield PaperSection(
            say("worksheet.other_ways_for_target", target=called), tuple(others)
        )


def _reviewed(trial: Trial, order: Order, own: bool) -> PaperSection:
    """What a review of the wording would find."""
    say = trial.say
    fields = []
    for finding in review(order, trial.session(trial.seats[0]), say, own=own).findings:
        words = finding.words(say)
        fields.append(PaperField(words["title"], words["reason"], words["reference"]))
    if not fields:
        none = say("worksheet.none_not_approval")
        fields.append(PaperField(say("worksheet.findings"), none))
    return PaperSection(say("worksheet.what_review_wording_would"), tuple(fields))


def _when(moment: datetime | None) -> str:
    moment = aware(moment)
    return utc(moment.timestamp()) if moment else ""


def _terms(trial: Trial, order: Order, own: bool) -> PaperSection:
    say = trial.say
    terms = {
        "worksheet.targets": str(len(order.targets) or say("worksheet.none_found"))
    }
    if own:
        terms["worksheet.named"] = ", ".join(target.value for target in order.targets)
    terms["worksheet.way"] = (
        say(PROFILES[order.technique].name) if order.technique else ""
    )
    if own:
        terms["worksheet.addressed_to"] = ", ".join(order.executors)
    terms["worksheet.begins"] = _when(order.start)
    terms["worksheet.ends"] = _when(order.ends)
    fields = []
    for key, value in terms.items():
        source = say("worksheet.the_draft") if value else ""
        fields.append(PaperField(say(key), value, source))
    return PaperSection(say("worksheet.the_order"), tuple(fields))
