"""`lab.course.case`: a case to play, as it shows itself, is saved and kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from labsupport.course import case_cards, case_file, case_ways
from labsupport.course.course import none_such
from labsupport.course.playing import FORMAT, Playing
from labsupport.course.story import Story, stories
from labsupport.declared import in_words
from labsupport.evidence.record_file import content_of
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lab_protocol import Lab, context_of
from labsupport.papers.files import create, read_file_name, renamed
from labsupport.picture import Picture
from labsupport.reasons import reason_of
from labsupport.results import (
    Explanation,
    Missing,
    Result,
    Statement,
    Table,
    fitting,
    fold,
    section,
)
from labsupport.tree import Element, Node, element, paragraphs

FIRST_LETTERS = 300  # of a step's text, before it is unfolded


class Case(Playing, Result):
    """A case that is being played: it shows where one stands, and what can be done.

    Attributes: `story`; `taken`, the choices so far; `step`, where they led.
    """

    def __init__(
        self, lab: Lab, story: Story, taken: Sequence[tuple[str, str]] = ()
    ) -> None:
        Result.__init__(self, context_of(lab).say, None, None)
        Playing.__init__(self, lab, story, taken)

    def save(self, file: object = "case.json") -> Statement | Explanation:
        """Save the choices; `lab.course.case("case.json", play=True)` goes on from there."""
        try:
            name = read_file_name(file, ".json", self.say)
            used = create(name, self.saved(), self.say)
        except NotUnderstood as problem:
            return Explanation(self.say, Kind.NOT_ASKED, str(problem))
        sentence = self.say("case.saved", file=used)
        notes = renamed(name, used, self.say)
        if self.wrote:
            notes += (self.say("case.what_you_wrote_not"),)
        return Statement(self.say, None, sentence, notes, written=(used,))

    def keep(
        self, folder: object = "case-file", by: object = "", matter: object = ""
    ) -> Statement | Explanation:
        """Write the case file: what was done, the documents, the evidence and its report.

        It is a new folder, and the same as one archive beside it. A manifest has the hash of
        each file, and is told with its own: whoever notes that can show later that nothing changed.
        `by` is who keeps it; the report has a line for what is not stated.
        """
        return case_file.keep(self, folder, by, matter)

    @property
    def sentence(self) -> str:
        return f"{self.story.title} · {self.step.title}"

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.options:
            return None
        return Table(
            self.question, (say("case.choice"), say("case.what_it_is")), self.options
        )

    def __repr__(self) -> str:
        parts = [self.sentence, self.state]
        if self.last:
            parts.insert(0, self.last.reply)
        parts.append(self.told)
        if self.stays and self.answers:
            parts.append(self.say("case.what_lab_answers_here"))
        else:
            parts += map(repr, self.shown)
        parts += self.step.questions
        if table := self.tabulated():
            parts += [table.text(), self.say("case.choose_case_choose")]
        parts += filter(None, [self.to_write])
        if not self.choices:
            parts.append(self.say("case.your_way_beside_others"))
        return "\n\n".join(parts)

    def figure(self) -> Picture | Missing:
        """The own way beside one to each other end, where the case has ended."""
        if self.choices:
            return Missing(self.say("case.picture_your_way_comes"))
        return case_ways.picture(case_ways.ways(self))

    def fact_nodes(self) -> list[Node]:
        return [self.standing(), *self.told_nodes(in_form=False)]

    def standing(self) -> Element:
        """The figures so far, and the letters of the choices: what a form keeps in sight."""
        items = []
        for number, (figure, what) in enumerate(case_cards.standing(self)):
            caption = what if number else f"{what} · {self.clock}"
            items.append(
                element("li", element("strong", figure), " ", element("span", caption))
            )
        if letters := case_cards.letters(self):
            taken = element("ol", *(element("li", letter) for letter in letters))
            label = element("span", self.say("case_paper.choices_so_far"))
            items.append(element("li", label, taken, class_="lab-taken"))
        return element("ul", *items, class_="lab-standing")

    def told_nodes(self, *, in_form: bool) -> list[Node]:
        """What is told and shown at this step; in a form its title stands above the choices."""
        nodes: list[Node] = []
        if self.last:
            nodes.append(
                element("p", element("em", self.last.reply), class_="lab-came")
            )
        if in_form:
            nodes.append(element("h3", self.step.title))
        texts, heard = case_cards.speakers(self)
        fit = len(texts) if in_form else fitting(texts, FIRST_LETTERS)
        nodes += paragraphs(texts[:fit])
        if more := paragraphs(texts[fit:]):
            nodes.append(fold("lab-same", self.say("case_paper.read_on"), *more))
        cards = [*heard, *case_cards.papers(self)]
        nodes += case_cards.nodes(cards, self.say, in_form=in_form)
        nodes += paragraphs(self.step.questions)
        if not self.choices:
            ways = case_ways.ways(self)
            nodes += case_ways.picture(ways).nodes(case_ways.rows(ways).nodes(self.say))
        if not in_form:
            nodes += self._choice_nodes()
        return nodes

    def _choice_nodes(self) -> list[Node]:
        nodes: list[Node] = []
        if self.options:
            nodes.append(element("p", element("strong", self.question)))
            nodes += case_cards.described(self.options, "lab-options")
        return nodes + paragraphs(filter(None, [self.to_write]))

    def in_form(self) -> Element:
        """Where one stands, without the choices: for a form that has them to press."""
        return section(self.say, *self.told_nodes(in_form=True))


def show(lab: Lab, what: object) -> Case | Statement | Explanation:
    """Begin a case by its name, or go on with a saved one; without either list them."""
    say = context_of(lab).say
    by_key = stories(say.code)
    text = what.strip() if isinstance(what, str) else ""
    if text.lower() in by_key:
        return Case(lab, by_key[text.lower()])
    if text.endswith(".json"):
        return _resumed(lab, Path(text), by_key)
    table = Table(
        say("case.cases"),
        (say("case.for_lab_case"), say("case.what_it_is")),
        tuple(
            (choices("case").word(story.key, say), story.title)
            for story in by_key.values()
        ),
    )
    if not text:
        return Statement(say, None, say("case.these_cases_can_played"), table=table)
    return none_such(say, what, by_key, "case")


def _resumed(lab: Lab, file: Path, by_key: Mapping[str, Story]) -> Case | Explanation:
    """Go on with a saved case; what cannot be read is said, and the file is left as it is."""
    say = context_of(lab).say
    try:
        saved = json.loads(content_of(file))
        story = by_key[saved["case"]]
        if saved["format"] == FORMAT and saved["edition"] == story.edition:
            return Case(
                lab,
                story,
                [(str(step), str(chosen)) for step, chosen in saved["taken"]],
            )
        sentence = say("case.another_edition", file=file, key=json.dumps(story.key))
    except FileNotFoundError:
        sentence = say("case.no_such_file", file=file)
    except OSError as problem:
        reason = reason_of(problem, say)
        sentence = say("case.file_cannot_read_reason", file=file, reason=reason)
    except (ValueError, KeyError, TypeError, RecursionError):
        every = (in_words(f'lab.course.case("{key}")', say) for key in by_key)
        calls = say.listed(every, either=True)
        sentence = say("case.no_saved_case", file=file, calls=calls)
    return Explanation(say, Kind.NOT_ASKED, sentence)
