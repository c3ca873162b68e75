"""The sheets of a case on paper: every step, as it is told in every state that leads to it.

They are found by walking through the story with the engine that plays it on a computer. At a step
the lab must answer the same whatever led there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from markupsafe import Markup

from labsupport.blocking.drafts import OwnOrder
from labsupport.language import Language
from labsupport.lookups.forms import Paper
from labsupport.results import Result, escaped, utc
from labsupport.teaching.case import Case, drafted, in_short
from labsupport.teaching.story import OF_ORDERS, OWN, Call, Choice, Step, Story, holds

if TYPE_CHECKING:
    from labsupport.lab import Lab


@dataclass(frozen=True, slots=True)
class Annex:
    """A paper that is handed out with a sheet or a reply: an order by its key, or a form."""

    letter: str
    title: str
    html: Markup
    order: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the lab answers at a step; of what is an annex, only what it says of itself."""

    html: Markup
    annex: Annex | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A choice on a sheet, which leads to the sheet `leads`.

    `when` are its conditions, none where they are met whenever one stands there. `begin` and `end`
    are the orders that it puts in force, and takes out of it: of those that are read at some step,
    for no other is an annex.
    """

    letter: str
    choice: Choice
    when: tuple[str, ...]
    leads: str
    begin: tuple[Annex, ...]
    end: tuple[Annex, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A step on paper; `told` are its paragraphs, each with a condition or ""."""

    number: str
    step: Step
    told: tuple[tuple[str, str], ...]
    question: str
    answers: tuple[Answer, ...]
    options: tuple[Option, ...]

    @property
    def writes(self) -> bool:
        """Whether an order is written here: then its options are what the clerk looks for."""
        return any(one.choice.writes for one in self.options)


class Sheets:
    """The sheets of a story and their annexes, in the order in which they are needed."""

    def __init__(self, lab: Lab, story: Story) -> None:
        self.say = lab.say
        self._story = story
        self._asked: dict[tuple[object, ...], tuple[Answer, ...]] = {}
        self._annexes: dict[str, Annex] = {}
        asked = (call for step in story.steps.values() for call in step.asks)
        self._read = {call.arguments[0] for call in asked if call.method in OF_ORDERS}
        states: dict[str, list[Case]] = {key: [] for key in story.steps}
        for there in Case(lab, story).situations():
            states[there.step.id].append(there)
        for there in (one for of in states.values() for one in of):
            self._answers(there)  # the first to show an annex gives it its letter
        self.sheets = tuple(self._sheet(number, of) for number, of in enumerate(states.values(), 1))
        self.annexes = tuple(self._annexes.values())

    def _sheet(self, number: int, states: list[Case]) -> Sheet:
        step = states[0].step
        (answers,) = {
            self._answers(there) for there in states
        }  # else they need sheets of their own
        told = [
            ("" if all(met) else condition, text)
            for condition, text in step.where
            if any(met := [holds(condition, there.marks) for there in states])
        ]
        questions = (("", question) for question in step.questions)
        return Sheet(
            str(number),
            step,
            (("", step.text), *told, *questions),
            states[0].question,
            answers,
            tuple(self._options(states)),
        )

    def _options(self, states: list[Case]) -> Iterator[Option]:
        """Yield the choices that there are in some state, in the order in which they stand."""
        numbers = {key: str(number) for number, key in enumerate(self._story.steps, 1)}
        choices = states[0].step.choices
        offered = [one for one in choices if any(one in there.choices for there in states)]
        for letter, choice in zip(ascii_lowercase, offered, strict=False):
            able = [there for there in states if choice in there.choices]
            ends = [key for key in choice.lifts if any(key in there.in_force for there in able)]
            begin, end = (
                tuple(self._order(key) for key in keys if key in self._read)
                for keys in (choice.orders, ends)
            )
            when = choice.when if len(able) < len(states) else ()
            yield Option(letter, choice, when, numbers[choice.leads], begin, end)

    # What the lab answers

    def _answers(self, there: Case) -> tuple[Answer, ...]:
        """Return the answers; the lab is asked once for the same orders in force and sites gone.

        What is written by hand the lab cannot read: where it is asked about, it says nothing.
        """
        if any(OWN in call.arguments for call in there.step.asks):
            return ()
        key = (there.step.id, there.in_force, there.gone)
        if key not in self._asked:
            self._asked[key] = tuple(
                self._answer(call, answer, there)
                for call, answer in zip(there.asks, there.answers, strict=True)
            )
        return self._asked[key]

    def _answer(self, call: Call, answer: Result, there: Case) -> Answer:
        say, order = self.say, call.arguments[0] if call.method in OF_ORDERS else ""
        if isinstance(answer, OwnOrder):
            annex = self._order(order)
        elif isinstance(answer, Paper):
            annex = self._form(answer, there)
        else:
            html = timeless(in_short(call, answer)._repr_html_(), there)
            if order:  # on a screen it stands below its order
                about = say("About the order of annex {letter}:", letter=self._order(order).letter)
                html = Markup(f"<p>{escaped(about)}</p>{html}")
            return Answer(html)
        told = say("{what} It is annex {letter}.", what=answer.sentence, letter=annex.letter)
        return Answer(Markup(f"<p><strong>{escaped(told)}</strong></p>"), annex)

    def _order(self, key: str) -> Annex:
        """Return the annex with an order's text; the first that asks for it gives it its letter."""
        paragraphs = drafted(self._story, key, self.say).draft.text.strip().split("\n\n")
        lines = "".join(f"<p>{escaped(one)}</p>" for one in paragraphs).replace("\n", "<br>")
        title = self._story.titles.get(key) or self.say("An order")
        return self._annex(key, title, f'<div class="order">{lines}</div>', order=key)

    def _form(self, form: Paper, there: Case) -> Annex:
        """Return the annex with a form: a form with the same content is the same annex."""
        whole = timeless(form.html, there)
        title, body = _inside(whole)
        # Two forms have the same fields: in one page each needs ids of its own.
        letter = ascii_uppercase[len(self._annexes)]
        body = re.sub(r'\b(id|aria-labelledby)="', rf"\g<0>annex-{letter}-", body)
        return self._annex(whole, title, f'<div class="form">{body}</div>')

    def _annex(self, key: str, title: str, html: str, *, order: str = "") -> Annex:
        letter = ascii_uppercase[len(self._annexes)]
        return self._annexes.setdefault(key, Annex(letter, title, Markup(html), order))


def timeless(text: str, there: Case) -> Markup:
    """Leave out the moment when the lab was asked: on paper one gets there at any time."""
    return Markup(text.replace(utc(there.now), on_the_strip(there.say)))


def on_the_strip(say: Language) -> str:
    """What stands in the place of a time that depends on the way."""
    return say("[the time on your strip]")


def _inside(page: str) -> tuple[str, str]:
    """Return the title of a page, and the rest with its headings two levels lower."""
    body = page.partition("<main>")[2].rpartition("</main>")[0]
    title = re.search(r"<h1>(.*?)</h1>", body)
    assert title, "a paper has a title"
    rest = body.replace(title.group(), "", 1)
    lower = re.sub(r"(</?h)([2-4])\b", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", rest)
    return html.unescape(title[1]), lower
