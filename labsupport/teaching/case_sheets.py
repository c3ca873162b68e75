"""The sheets of a case on paper: every step, as it is told in every state that leads to it.

They are found by walking through the story with the engine that plays it on a computer. A step at
which the lab answers differently in different states has a sheet for each: a version.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from markupsafe import Markup

from labsupport.blocking.own import OwnOrder
from labsupport.language import Language
from labsupport.lookups.forms import Paper
from labsupport.results import Result, escaped, utc
from labsupport.teaching.case import Case, drafted, in_short
from labsupport.teaching.story import OF_ORDERS, OWN, Call, Choice, Story, StoryError, holds

if TYPE_CHECKING:
    from labsupport.handed import Lab

MOST_MARKS = 2  # that tell a version from the others: more are no help at a table


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
    """A choice on a sheet.

    `when` are its conditions, none where they are met whenever one stands there. It leads to one
    of the sheets `leads`. `begin` and `end` are the orders that it puts in force, and takes out of
    it: of those that are read at some step, for no other is an annex.
    """

    letter: str
    choice: Choice
    when: tuple[str, ...]
    leads: tuple[str, ...]
    begin: tuple[Annex, ...]
    end: tuple[Annex, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A step on paper, or a version of it: `when` has the conditions that tell it from the others.

    `told` are its paragraphs, each with a condition or "".
    """

    number: str
    step: str
    title: str
    when: tuple[str, ...]
    told: tuple[tuple[str, str], ...]
    question: str
    answers: tuple[Answer, ...]
    options: tuple[Option, ...]

    @property
    def writes(self) -> bool:
        """Whether an order is written here: then its options are what the clerk looks for."""
        return any(one.choice.writes for one in self.options)


@dataclass(slots=True)
class _Version:
    """The states of a step in which the lab answers the same."""

    answers: tuple[Answer, ...]
    states: list[Case] = field(default_factory=list)


class Sheets:
    """The sheets of a story and their annexes, in the order in which they are needed."""

    def __init__(self, lab: Lab, story: Story) -> None:
        self._lab = lab
        self._say = lab.say
        self._story = story
        self._asked: dict[tuple[object, ...], tuple[Answer, ...]] = {}
        self._annexes: dict[str, Annex] = {}
        asked = (call for step in story.steps.values() for call in step.asks)
        self._read = {call.arguments[0] for call in asked if call.method in OF_ORDERS}
        self._sheet_of: dict[tuple[object, ...], str] = {}
        states = list(Case(lab, story).situations())
        versions = [
            (number, version)
            for count, step in enumerate(story.steps, 1)
            for number, version in _numbered(count, self._versions(step, states))
        ]
        for number, version in versions:
            self._sheet_of |= {state.situation: number for state in version.states}
        self.sheets = tuple(self._sheet(number, version, states) for number, version in versions)
        self.annexes = tuple(self._annexes.values())

    def _versions(self, step: str, states: Sequence[Case]) -> list[_Version]:
        found: dict[tuple[Answer, ...], _Version] = {}
        for there in states:
            if there.step.id == step:
                answers = self._answers(there)
                found.setdefault(answers, _Version(answers)).states.append(there)
        return list(found.values())

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
        say, order = self._say, call.arguments[0] if call.method in OF_ORDERS else ""
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
        paragraphs = drafted(self._story, key, self._say).draft.text.strip().split("\n\n")
        lines = "".join(f"<p>{escaped(one)}</p>" for one in paragraphs).replace("\n", "<br>")
        title = self._story.titles.get(key) or self._say("An order")
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

    # The sheets

    def _sheet(self, number: str, version: _Version, states: Sequence[Case]) -> Sheet:
        step = version.states[0].step
        others = [one for one in states if one.step is step and one not in version.states]
        return Sheet(
            number,
            step.id,
            step.title,
            self._told_apart(version.states, others),
            (
                ("", step.text),
                *_paragraphs(step.where, version.states),
                *(("", question) for question in step.questions),
            ),
            version.states[0].question,
            version.answers,
            tuple(self._options(version)),
        )

    def _told_apart(self, these: Sequence[Case], others: Sequence[Case]) -> tuple[str, ...]:
        """Return the fewest conditions that are met in all of `these` states and in no other."""
        marks = self._story.marks
        conditions = [*marks, *(f"not {mark}" for mark in marks)]
        for count in range(MOST_MARKS + 1):
            for found in combinations(conditions, count):
                if all(_met(found, one) for one in these) and not any(
                    _met(found, one) for one in others
                ):
                    return found
        place = f"{self._story.key}, {these[0].step.id}"
        raise StoryError(f"{place}: the lab has several answers, and no mark tells which comes")

    def _options(self, version: _Version) -> Iterator[Option]:
        """Yield the choices that there are in some state, in the order in which they stand."""
        offered = [
            choice
            for choice in version.states[0].step.choices
            if any(choice in state.choices for state in version.states)
        ]
        for letter, choice in zip(ascii_lowercase, offered, strict=False):
            able = [state for state in version.states if choice in state.choices]
            leads = {self._sheet_of[state.after(choice).situation] for state in able}
            ends = [key for key in choice.lifts if any(key in state.in_force for state in able)]
            begin, end = (
                tuple(self._order(key) for key in keys if key in self._read)
                for keys in (choice.orders, ends)
            )
            yield Option(
                letter,
                choice,
                choice.when if len(able) < len(version.states) else (),
                tuple(number for number in self._sheet_of_each() if number in leads),
                begin,
                end,
            )

    def _sheet_of_each(self) -> Iterable[str]:
        """The numbers of all sheets, in their order."""
        return dict.fromkeys(self._sheet_of.values())


def timeless(text: str, there: Case) -> Markup:
    """Leave out the moment when the lab was asked: on paper one gets there at any time."""
    return Markup(text.replace(utc(there.now), on_the_strip(there.say)))


def on_the_strip(say: Language) -> str:
    """What stands in the place of a time that depends on the way."""
    return say("[the time on your strip]")


def _numbered(count: int, versions: Sequence[_Version]) -> Iterator[tuple[str, _Version]]:
    for of_step, version in enumerate(versions, 1):
        yield str(count) if len(versions) == 1 else f"{count}.{of_step}", version


def _met(conditions: Sequence[str], there: Case) -> bool:
    return all(holds(condition, there.marks) for condition in conditions)


def _paragraphs(
    where: Sequence[tuple[str, str]], states: Sequence[Case]
) -> Iterator[tuple[str, str]]:
    """Yield what is told in some state; without its condition, where it is told in all."""
    for condition, text in where:
        met = {holds(condition, state.marks) for state in states}
        if True in met:
            yield "" if False not in met else condition, text


def _inside(page: str) -> tuple[str, str]:
    """Return the title of a page, and the rest with its headings two levels lower."""
    body = page.partition("<main>")[2].rpartition("</main>")[0]
    title = re.search(r"<h1>(.*?)</h1>", body)
    assert title, "a paper has a title"
    rest = body.replace(title.group(), "", 1)
    lower = re.sub(r"(</?h)([2-4])\b", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", rest)
    return html.unescape(title[1]), lower
