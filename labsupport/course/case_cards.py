"""What stands where a case is played: the figures so far, and a card for each paper and speaker."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from labsupport.course.case_file import called
from labsupport.course.playing import Playing
from labsupport.course.questions import LETTERS
from labsupport.course.story import CaseChoice
from labsupport.language import Language
from labsupport.orders.drafts import OwnOrder
from labsupport.picture import Picture
from labsupport.results import Table, span
from labsupport.tree import Element, Node, element

WRITTEN = "✎"  # in the place of a letter, where an order was written
SENTENCE = re.compile(r"(?<=[.?!]) (?![(a-z])")  # where one ends: not after "S.A."
LONGEST_HEAD = 48  # letters of who speaks
KINDS = {
    "investigate.diagnose": "case_cards.seen_from_several_places",
    "evidence.preservation": "case_cards.request",
    "orders.impact": "case_cards.effect_in_the_lab",
    "investigate.mail": "case_cards.message",
    "investigate.neighbours": "case_cards.same_address",
    "orders.draft": "case_cards.document",
    "orders.review": "case_cards.review",
    "investigate.subscribers": "case_cards.log",
    "visit": "case_cards.page",
}
# Of the lab's answers, those whose picture shows who goes dark.
DARK = ("orders.impact", "investigate.neighbours")


class Card(NamedTuple):
    """A paper or a speaker: what kind it is, its title, what it says; all else is in a fold.

    That is the `whole` of it, or `rows` of it as pairs, and where the `rest` is.
    """

    kind: str
    title: str
    text: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    rest: str = ""
    whole: tuple[Node, ...] = ()


def nodes(cards: Sequence[Card], say: Language, *, in_form: bool) -> list[Node]:
    """Return cards side by side where there is room; in a form a title stands above them."""
    if not cards:
        return []
    heading = "h4" if in_form else "h3"
    return [
        element(
            "div", *(_card(card, say, heading) for card in cards), class_="lab-cards"
        )
    ]


def _card(card: Card, say: Language, heading: str) -> Element:
    kind: list[Node] = []
    if card.kind:
        kind = [element("span", card.kind, class_="lab-kind"), " "]
    parts: list[Node] = [element(heading, *kind, card.title)]
    if card.text:
        parts.append(element("p", card.text))
    rest = [element("p", card.rest, class_="lab-note")] if card.rest else []
    if not card.whole and not card.rows:
        return element("section", *parts, *rest, class_="lab-card")
    read = say("case_paper.read_it")
    summary = element("summary", read, aria_label=f"{read}: {card.title}")
    whole = [*card.whole, *described(card.rows), *rest]
    return element(
        "section",
        *parts,
        element("details", summary, *whole, class_="lab-same"),
        class_="lab-card",
    )


def described(rows: Iterable[tuple[str, str]], look: str | None = None) -> list[Node]:
    """Return a list of terms, each with what it means; nothing without rows."""
    items: list[Node] = []
    for head, text in rows:
        items += [element("dt", head), element("dd", text)]
    return [element("dl", *items, class_=look)] if items else []


def letter(situation: Playing, chosen: CaseChoice) -> str:
    """Return by which letter a choice is taken."""
    return WRITTEN if chosen.writes else LETTERS[situation.choices.index(chosen)]


def letters(case: Playing) -> list[str]:
    """Return the letters of the choices so far."""
    return [letter(there, chosen) for there, chosen in case.so_far() if chosen]


def standing(case: Playing) -> Iterator[tuple[str, str]]:
    """Yield the figures so far, each with what it counts; the time first."""
    say = case.say
    gone = (
        span(say, case.minutes * 60)
        if case.minutes
        else say("results.minutes", count=0)
    )
    yield gone, say("case_cards.gone_by")
    for count, total, rate in case.counts():
        label = count.label
        if rate:
            label = say(
                "case_cards.what_now_rate_hour", what=label, rate=say.number(rate)
            )
        if rate or total:
            yield say.number(total), label
    if any(one.papers for step in case.story.steps.values() for one in step.choices):
        papers = len(case.papers)
        yield say.number(papers), say("case_cards.papers", count=papers)


def speakers(case: Playing) -> tuple[list[str], list[Card]]:
    """Return the paragraphs that are told, and, where somebody is heard, a card for each who is."""
    paragraphs, cards = case.told.split("\n\n"), []
    if not case.step.heard:
        return paragraphs, []
    narrated = paragraphs[:1]
    for text in paragraphs[1:]:
        quoted = text[0] if text[0] in "“«" else ""
        ends = [at for sign in (": ", ". ") if (at := text.find(sign)) > 0]
        at = min(ends, default=len(text))
        if at > LONGEST_HEAD:
            narrated.append(text)
            continue
        status, _, head = text[len(quoted) : at].rpartition(" · ")
        cards.append(Card(status, head, quoted + text[at + 2 :]))
    return narrated, cards


def papers(case: Playing) -> Iterator[Card]:
    """Yield a card for each paper that came with the last choice, and each answer of the lab."""
    say, titles = case.say, case.story.titles
    for key in case.last.papers if case.last else ():
        yield Card(
            say("case_cards.into_the_file"),
            titles[key],
            whole=_letter(case.story.orders[key]),
        )
    for call, answer, full in zip(case.asks, case.shown, case.answers, strict=True):
        kind, title = say(KINDS[call.method]), called(case, call)
        if isinstance(answer, OwnOrder):
            yield Card(kind, title, whole=_letter(answer.draft.text))
        else:
            table = answer.tabulated()
            rows = tuple(_paired(table)) if table else ()
            first, *rest = SENTENCE.split(answer.sentence, maxsplit=1)
            if (
                call.method == "investigate.diagnose" and case.is_early
            ):  # whoever wrote it is told its hour
                first += " " + say("case_cards.your_order_not_force")
            dark = call.method in DARK
            drawn, notes = (full.figure(), full.notes) if dark else (None, ())
            whole = tuple(drawn.nodes()) if isinstance(drawn, Picture) else ()
            notes += answer.notes
            yield Card(kind, title, first, rows, " ".join((*rest, *notes)), whole)


def _letter(text: str) -> tuple[Node, ...]:
    return (element("div", text.strip(), class_="lab-letter"),)


def _paired(table: Table) -> Iterator[tuple[str, str]]:
    """Yield each row as a head and what belongs to it; of a number its column says what it is."""
    for row in table.rows:
        cells = (str(cell) for cell in row)
        first, *others = (
            f"{what}: {cell}" if cell.isdigit() else cell
            for what, cell in zip(table.columns, cells, strict=True)
        )
        yield first, " · ".join(others)
