"""A case on paper, for a room where no computer works: one reads the replies, the others choose.

The sheets are every step, as it is told in every state that leads to it. They are found by walking
through the story with the engine that plays it on a computer. At a step the lab must answer the
same whatever led there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from markupsafe import Markup

from labsupport.course import playing
from labsupport.course.case import Case
from labsupport.course.course import none_such
from labsupport.course.playing import drafted, in_short
from labsupport.course.story import (
    OWN,
    CaseChoice,
    CaseStep,
    Count,
    LabCall,
    Story,
    holds,
    stories,
)
from labsupport.declared import in_words
from labsupport.lab_protocol import Lab, context_of
from labsupport.language import Language
from labsupport.orders.drafts import OwnOrder
from labsupport.papers.forms import Paper
from labsupport.papers.templated import Templated
from labsupport.results import Explanation, Result, Table, unbroken, utc
from labsupport.tree import as_html
from labsupport.visible import escaped


class Annex(NamedTuple):
    """A paper that is handed out with a sheet or a reply: an order by its key, or a form."""

    letter: str
    title: str
    html: Markup
    order: str = ""


class SheetAnswer(NamedTuple):
    """What the lab answers at a step; of what is an annex, only what it says of itself."""

    html: Markup
    annex: Annex | None = None


class SheetOption(NamedTuple):
    """A choice on a sheet, which leads to the sheet `leads`.

    `when` are its conditions, none where they are met whenever one stands there. `begin` and `end`
    are the orders that it puts in force, and takes out of it: of those that are read at some step,
    for no other is an annex.
    """

    letter: str
    choice: CaseChoice
    when: tuple[str, ...]
    leads: str
    begin: tuple[Annex, ...]
    end: tuple[Annex, ...]


class CaseSheet(NamedTuple):
    """A step on paper; `told` are its paragraphs, each with a condition or ""."""

    number: str
    step: CaseStep
    told: tuple[tuple[str, str], ...]
    question: str
    answers: tuple[SheetAnswer, ...]
    options: tuple[SheetOption, ...]

    @property
    def with_it(self) -> list[str]:
        """The letters of the annexes with its answers."""
        return [one.annex.letter for one in self.answers if one.annex]

    @property
    def writes(self) -> bool:
        """Whether an order is written here: then its options are what the clerk looks for."""
        return any(one.choice.writes for one in self.options)


class CasePaper(Templated):
    """A case to print. Attributes: `story`; its `sheets`; its `annexes`, the orders and forms.

    Both stand in the order in which they are needed.
    """

    template = "papers/case.html"
    style = "case/paper.css"

    def __init__(self, lab: Lab, story: Story) -> None:
        file = f"case-{story.key}-on-paper.html"
        context = context_of(lab)
        super().__init__(context.say, None, None, title=story.title, file=file, gist="")
        self.story = story
        self.begins = playing.in_coralia(context.now, context.say)
        self.placeholder = on_the_strip(context.say)
        self._asked: dict[tuple[object, ...], tuple[SheetAnswer, ...]] = {}
        self._annexes: dict[str, Annex] = {}
        asked = (call for step in story.steps.values() for call in step.asks)
        self._read = {call.order for call in asked}
        states: dict[str, list[Case]] = {key: [] for key in story.steps}
        for situation in Case(lab, story).situations():
            states[situation.step.id].append(situation)
        for situation in (one for of in states.values() for one in of):
            self._answers(situation)  # the first to show an annex gives it its letter
        self.sheets = tuple(
            self._sheet(number, of) for number, of in enumerate(states.values(), 1)
        )
        self.annexes = tuple(self._annexes.values())
        counts = {"sheets": len(self.sheets), "annexes": len(self.annexes)}
        call = in_words(
            f'lab.course.teaching.case_paper("{story.key}").save("{file}")', context.say
        )
        key = "case_paper.paper_sheets_group"
        self.gist = context.say(key, title=story.title, call=call, **counts)

    @property
    def limits(self) -> tuple[str, ...]:
        return (self.say("case_paper.all_invented_paper"),)

    def tabulated(self) -> Table | None:
        say = self.say
        return Table.of(
            say("case_paper.the_sheets"),
            self.sheets,
            (say("case_paper.sheet"), lambda one: one.number),
            (say("case_paper.title"), lambda one: one.step.title),
            (say("case_paper.with_annex"), lambda one: ", ".join(one.with_it) or "–"),
        )

    # What the template asks for

    def titled(self, sheet: CaseSheet) -> str:
        """Return the number of a sheet, and its title."""
        return (
            self.say("case_paper.sheet_number", number=sheet.number)
            + f" · {sheet.step.title}"
        )

    def noted(self, conditions: Sequence[str]) -> str:
        """Return conditions in words."""
        joined = ""
        for condition in conditions:
            mark = condition.removeprefix("not ")
            words = self.story.marks[mark]
            sentence = self.say("case_paper.you_noted_mark", mark=words)
            if mark != condition:
                sentence = self.say("case_paper.you_did_not_note", mark=words)
            joined = (
                self.say("case_paper.one_and_other", one=joined, other=sentence)
                if joined
                else sentence
            )
        return joined

    def handed_out(self) -> Iterator[tuple[CaseSheet, list[Annex]]]:
        """Yield each sheet with the annexes that first come with it; all others with the last."""
        left = {annex.letter: annex for annex in self.annexes}
        for sheet in self.sheets:
            with_it = [*sheet.with_it, *(left if sheet is self.sheets[-1] else ())]
            yield (
                sheet,
                [
                    left.pop(letter)
                    for letter in dict.fromkeys(with_it)
                    if letter in left
                ],
            )

    def asked(self) -> Iterator[str]:
        """Yield what is asked below an order that is written by hand."""
        for step in self.story.steps.values():
            yield from step.questions

    def follows(self, option: SheetOption) -> Iterator[tuple[str, str]]:
        """Yield what the clerk says and does after the reply, each under a label."""
        say, choice = self.say, option.choice
        minutes = self.say.number(choice.minutes)
        if choice.until:
            minutes = say("case_paper.until_count_gone", count=choice.until)
        yield say("case_paper.minutes"), minutes
        if choice.sets:
            instead = say("case_paper.note_down_place_earlier")
            marks = "; ".join(say.quote(self.story.marks[one]) for one in choice.sets)
            yield instead if choice.writes else say("case_paper.note_down"), marks
        for label, annexes in (
            (say("case_paper.hand_out_now_force"), option.begin),
            (say("case_paper.no_longer_in_force"), option.end),
        ):
            if annexes:
                letters = [
                    say("case_paper.annex_letter", letter=annex.letter)
                    for annex in annexes
                ]
                yield label, ", ".join(letters)
        yield (
            say("case_paper.then"),
            say("case_paper.label_sheet_number", number=option.leads),
        )

    def growths(self) -> Iterator[tuple[str, ...]]:
        """Yield what grows by the hour, from when and until when, with room for two numbers."""
        say, words = self.say, self.story.marks
        for count in self.story.counts:
            begins, ends = say("case_paper.the_beginning"), say("case_paper.the_end")
            if count.begins:
                begins = say("case_paper.count_minutes_gone_by", count=count.begins)
            if count.ends:
                ends = say("case_paper.count_minutes_gone_by", count=count.ends)
            if count.since:
                begins = say("case_paper.the_note_mark", mark=words[count.since])
            if count.until:
                ends = say("case_paper.note_mark_end", mark=words[count.until])
            less = "; ".join(self._slower(count)) or "–"
            yield (
                count.label,
                self.say.number(count.per_hour),
                less,
                begins,
                ends,
                "",
                "",
            )

    def _slower(self, count: Count) -> Iterator[str]:
        """When it grows by less an hour."""
        say, marks = self.say, self.story.marks
        for mark, much in count.slower:
            yield say("case_paper.much_note_mark", much=much, mark=marks[mark])
        for order, much in count.under:
            letter = next(
                (one.letter for one in self.annexes if one.order == order), ""
            )
            yield say("case_paper.much_while_annex_letter", much=much, letter=letter)

    # How the sheets are found

    def _sheet(self, number: int, states: list[Case]) -> CaseSheet:
        step = states[0].step
        # If the lab answered differently, there would have to be a sheet for each answer.
        (answers,) = {self._answers(situation) for situation in states}
        passages = []
        for condition, text in step.where:
            met = [holds(condition, situation.marks) for situation in states]
            if any(met):
                passages.append(("" if all(met) else condition, text))
        questions = (("", question) for question in step.questions)
        return CaseSheet(
            str(number),
            step,
            (("", step.text), *passages, *questions),
            states[0].question,
            answers,
            tuple(self._options(states)),
        )

    def _options(self, states: list[Case]) -> Iterator[SheetOption]:
        """Yield the choices that there are in some state, in the order in which they stand."""
        numbers = {key: str(number) for number, key in enumerate(self.story.steps, 1)}
        choices = states[0].step.choices
        offered = []
        for choice in choices:
            if any(choice in situation.choices for situation in states):
                offered.append(choice)
        for letter, choice in zip(ascii_lowercase, offered, strict=False):
            able = [situation for situation in states if choice in situation.choices]
            in_force = {key for situation in able for key in situation.in_force}
            begin = self._annexed(choice.orders)
            end = self._annexed(key for key in choice.lifts if key in in_force)
            when = choice.when if len(able) < len(states) else ()
            yield SheetOption(letter, choice, when, numbers[choice.leads], begin, end)

    # What the lab answers

    def _annexed(self, keys: Iterable[str]) -> tuple[Annex, ...]:
        """Return the annexes with those orders of which the lab is asked something."""
        return tuple(self._order(key) for key in keys if key in self._read)

    def _answers(self, situation: Case) -> tuple[SheetAnswer, ...]:
        """Return the answers; the lab is asked once for the same orders in force and sites gone.

        What is written by hand the lab cannot read: where it is asked about, it says nothing.
        """
        if any(OWN in call.arguments for call in situation.step.asks):
            return ()
        key = (situation.step.id, situation.in_force, situation.gone)
        if key not in self._asked:
            self._asked[key] = tuple(
                self._answer(call, answer, situation)
                for call, answer in zip(situation.asks, situation.answers, strict=True)
            )
        return self._asked[key]

    def _answer(self, call: LabCall, answer: Result, situation: Case) -> SheetAnswer:
        say, order = self.say, call.order
        if isinstance(answer, OwnOrder):
            annex = self._order(order)
        elif isinstance(answer, Paper):
            annex = self._form(answer, situation)
        else:
            html = timeless(as_html(in_short(call, answer).page), situation)
            if order:  # on a screen it stands below its order
                about = say(
                    "case_paper.about_order_annex_letter",
                    letter=self._order(order).letter,
                )
                html = Markup(f"<p>{escaped(about)}</p>{html}")
            return SheetAnswer(html)
        sentence = say(
            "case_paper.what_annex_letter", what=answer.sentence, letter=annex.letter
        )
        return SheetAnswer(
            Markup(f"<p><strong>{escaped(sentence)}</strong></p>"), annex
        )

    def _order(self, key: str) -> Annex:
        """Return the annex with an order's text; the first that asks for it gives it its letter."""
        paragraphs = drafted(self.story, key, self.say).draft.text.strip().split("\n\n")
        lines = "".join(f"<p>{escaped(one)}</p>" for one in paragraphs).replace(
            "\n", "<br>"
        )
        title = self.story.titles.get(key) or self.say("case_paper.an_order")
        return self._annex(key, title, f'<div class="order">{lines}</div>', order=key)

    def _form(self, form: Paper, situation: Case) -> Annex:
        """Return the annex with a form: a form with the same content is the same annex."""
        whole = timeless(form.html, situation)
        title, body = _inside(whole)
        # Two forms have the same fields: in one page each needs ids of its own.
        letter = ascii_uppercase[len(self._annexes)]
        body = re.sub(r'\b(id|aria-labelledby)="', rf"\g<0>annex-{letter}-", body)
        return self._annex(whole, title, f'<div class="form">{body}</div>')

    def _annex(self, key: str, title: str, html: str, *, order: str = "") -> Annex:
        letter = ascii_uppercase[len(self._annexes)]
        return self._annexes.setdefault(key, Annex(letter, title, Markup(html), order))


def show(lab: Lab, key: object) -> CasePaper | Explanation:
    """Return a case on paper by its key, or say which cases there are."""
    say = context_of(lab).say
    by_key = stories(say.code)
    if not isinstance(key, str) or key not in by_key:
        return none_such(say, key, by_key, "case")
    return CasePaper(lab, by_key[key])


def timeless(text: str, situation: Case) -> Markup:
    """Leave out the moment when the lab was asked: on paper one gets there at any time."""
    now = utc(situation.now)
    return Markup(
        text.replace(as_html(*unbroken(now)), now).replace(
            now, on_the_strip(situation.say)
        )
    )


def on_the_strip(say: Language) -> str:
    """What stands in the place of a time that depends on the way."""
    return say("case_paper.time_your_strip")


def _inside(page: str) -> tuple[str, str]:
    """Return the title of a page, and the rest with its headings two levels lower."""
    body = page.partition("<main>")[2].rpartition("</main>")[0]
    title = re.search(r"<h1>(.*?)</h1>", body)
    assert title, "a paper has a title"
    rest = body.replace(title.group(), "", 1)
    lower = re.sub(r"(</?h)([2-4])\b", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", rest)
    return html.unescape(title[1]), lower
