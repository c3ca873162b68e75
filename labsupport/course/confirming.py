"""Confirming what was read of an order: a row a measure, a choice a cell, doubts first.

What a person corrects stays in the page, as pairs of a name and a value, and comes with each press;
here it is done to the order again. A name says what is corrected by words of the text, not by
places, so that it holds where the text is edited elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta, timezone

from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import read_moment
from labsupport.language import Language
from labsupport.orders.execution import act_key
from labsupport.orders.order import (
    Act,
    Cell,
    Doubt,
    Measure,
    Order,
    Target,
    TargetPart,
)
from labsupport.orders.reading.words import folded_text
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.results import utc
from labsupport.tree import Element, Node, element
from labsupport.visible import cut

MOST_MEASURES = 30
MOST_WORDS = 90  # characters of a passage that are quoted
MOST_READINGS = 6  # of a doubt that are counted
OPEN = "open"  # the value of a cell that is left to whoever executes it
YES = "yes"
NO = "no"
SEPARATOR = "|"
ADDED = "added"  # words in which a measure was missed
DISMISSED = "dismissed"  # words that mean nothing
CORALIA = -3

Corrections = Mapping[str, str]
Count = Callable[[Order], int]
"""How many sites that are not meant go dark under an order."""


def corrected(
    order: Order, text: str, corrections: Corrections, say: Language
) -> Order:
    """Return an order with what a person corrected, as far as its words still stand there."""
    for name, value in corrections.items():
        with suppress(KeyError, IndexError, ValueError, NotUnderstood):
            order = _corrected(order, text, name, value, say)
    return order


def _corrected(order: Order, text: str, name: str, value: str, say: Language) -> Order:
    what, _, rest = name.partition(SEPARATOR)
    if what == DISMISSED:
        return order.dismissed(*_found(text, rest)) if value == YES else order
    if what == ADDED:
        span = _found(text, rest)
        return order.with_measure(
            Measure(Act(value), where={"measure": span, "act": span})
        )
    if what not in set(Cell):
        return order.taken_as(name, value)
    number = _numbered(order, text)[rest]
    cell = Cell(what)
    if cell is Cell.TARGETS:
        targets = order.measures[number].targets
        if value != YES:
            targets = (_mentioned(order)[value],)
        return order.settled(number, cell, targets)
    if cell is Cell.ACT and value == NO:
        return order.without_measure(number)
    return order.settled(number, cell, _value(cell, value, say))


def _value(cell: Cell, value: str, say: Language) -> object:
    """Return what a cell is to hold, from what was chosen or typed."""
    if cell is Cell.ACT:
        return Act(value)
    if cell is Cell.TECHNIQUE:
        return None if value == OPEN else Technique(value)
    if cell is Cell.ADDRESSES:
        return value == YES
    if cell is Cell.ZONE:
        return timezone(timedelta(hours=int(value)))
    if cell in (Cell.START, Cell.END):
        if not value.strip():
            return None
        moment = read_moment(value, say)
        return moment.end if cell is Cell.END else moment.local
    if cell is Cell.EXECUTORS:
        return tuple(part for one in value.split(";") if (part := one.strip()))
    return value


def _mentioned(order: Order) -> dict[str, Target]:
    """Return all names, pages and addresses of an order, by how they are written."""
    return {mention.target.value: mention.target for mention in order.mentions}


def _found(text: str, words: str) -> tuple[int, int]:
    """Return where words stand in a text; raise ValueError where they do not."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.search(pattern, text) if pattern else None
    if found is None:
        raise ValueError(words)
    return found.span()


def _numbered(order: Order, text: str) -> dict[str, int]:
    """Return the place of each measure by what it is called: its verb, and the how many-eth."""
    names: dict[str, int] = {}
    for number, measure in enumerate(order.measures):
        start, end = measure.where.get("act", (0, 0))
        verb = folded_text(text[start:end]) or "-"
        count = 1
        while f"{verb} {count}" in names:
            count += 1
        names[f"{verb} {count}"] = number
    return names


# What is shown


@dataclass(frozen=True)
class _Panel:
    order: Order
    text: str
    say: Language
    count: Count | None

    def asked(self, number: int) -> dict[Cell, Doubt]:
        """The open questions on a measure, by the cell that they are about."""
        return {one.cell: one for one in self.order.doubts if one.measure == number}

    def quoted(self, start: int, end: int) -> Element:
        words = " ".join(self.text[start:end].split())
        return element("q", cut(words, MOST_WORDS), class_="lab-from")

    def words_of(self, measure: Measure, *names: str) -> Iterator[Node]:
        """The words that a cell came from."""
        for name in names:
            if span := measure.where.get(name):
                yield from (" ", self.quoted(*span))
                return

    def choice(
        self,
        name: str,
        label: str,
        options: Sequence[tuple[str, str]],
        chosen: str,
        *,
        asked: bool,
    ) -> Element:
        """A list to choose from; what is asked has nothing chosen."""
        nodes: list[Node] = []
        if asked:
            ask = self.say("confirming.choose")
            nodes.append(element("option", ask, value="", selected=True))
        for value, words in options:
            selected = value == chosen and not asked
            nodes.append(element("option", words, value=value, selected=selected))
        return element(
            "select", *nodes, data_press="taken", name=name, aria_label=label
        )

    def typed(self, name: str, label: str, value: str) -> Element:
        return element(
            "input",
            type="text",
            name=name,
            value=value,
            data_press="taken",
            aria_label=label,
            autocomplete="off",
        )

    def button(self, name: str, value: str, words: str) -> Element:
        return element(
            "button", words, type="button", name=name, value=value, data_press="taken"
        )

    def reading(self, number: int, cell: Cell, value: str, words: str) -> str:
        """What is chosen, with the number that the order would have then."""
        if self.count is None:
            return words
        try:
            settled = self.order.settled(number, cell, _value(cell, value, self.say))
            count = self.count(replace(settled, confirmed=True))
        except (NotUnderstood, ValueError):
            return words
        return self.say("confirming.reading", words=words, count=count)


def places(order: Order) -> list[tuple[tuple[int, int], str]]:
    """Return where in the text the words of each cell stand, to be lit beside it."""
    lit = []
    for number, measure in enumerate(order.measures):
        for target in measure.targets:
            lit.append(((target.start, target.end), f"{number}-{Cell.TARGETS}"))
        for name, span in measure.where.items():
            cell = {"lasts": "end", "end_event": "end"}.get(name, name)
            if name not in ("measure", "targets"):
                lit.append((span, f"{number}-{cell}"))
    return lit


def panel(
    order: Order, text: str, say: Language, count: Count | None = None
) -> Element:
    """Return what was read of an order, to be corrected and confirmed: for what is never stored.

    With `count`, each reading of a doubt stands with the number that it would lead to.
    """
    shown = _Panel(order, text, say, count)
    doubts = order.doubts
    title = "confirming.confirmed" if order.confirmed else "confirming.this_was_read"
    nodes: list[Node] = [element("h3", say(title))]
    if not order.confirmed:
        nodes.append(element("p", say("confirming.open", count=len(doubts))))
    nodes += _passages(shown, doubts)
    cards = []
    for (name, number), measure in zip(
        _numbered(order, text).items(), order.measures, strict=True
    ):
        if number < MOST_MEASURES:
            cards.append(_card(shown, name, number, measure))
    nodes.append(element("div", *cards, class_="lab-cards lab-measures"))
    if not cards:
        nodes.append(element("p", say("confirming.no_measure")))
    nodes.append(_missed(say))
    if not order.confirmed:
        ready = not doubts and bool(order.measures)
        button = element(
            "button",
            say("confirming.all_right"),
            type="submit",
            value="confirm",
            disabled=not ready,
        )
        why = [] if ready else [" ", say("confirming.not_yet", count=len(doubts))]
        nodes.append(element("p", button, *why, class_="lab-confirm"))
    return element("section", *nodes, class_="lab-proposal")


def _passages(shown: _Panel, doubts: Sequence[Doubt]) -> Iterator[Element]:
    """What is asked of no measure: names of which it is not sure what they are, words unread."""
    say = shown.say
    items = []
    for doubt in doubts:
        if doubt.measure is not None:
            continue
        words = shown.quoted(doubt.start, doubt.end)
        written = " ".join(shown.text[doubt.start : doubt.end].split())
        if doubt.cell is Cell.TARGETS:
            for mention in shown.order.mentions:
                target = mention.target
                if (target.start, target.end) == (doubt.start, doubt.end):
                    items.append(element("li", words, " ", _part(shown, target.value)))
        else:
            nothing = shown.button(
                f"{DISMISSED}{SEPARATOR}{written}", YES, say("confirming.means_nothing")
            )
            items.append(element("li", words, " ", nothing))
    if items:
        yield element("p", element("strong", say("confirming.not_understood")))
        yield element("ul", *items, class_="lab-asked")


def _part(shown: _Panel, value: str) -> Element:
    say = shown.say
    options = (
        (str(TargetPart.TARGET), say("marked.to_be_blocked")),
        (str(TargetPart.EXCEPTION), say("marked.not_to_be_touched")),
        (str(TargetPart.MENTIONED), say("marked.mentioned_no_more")),
        (str(TargetPart.ACTS), say("marked.who_acts")),
    )
    label = say("confirming.what_is", name=value)
    return shown.choice(value, label, options, "", asked=True)


def _card(shown: _Panel, name: str, number: int, measure: Measure) -> Element:
    """A measure, cell by cell: what is asked stands first."""
    say = shown.say
    asked = shown.asked(number)
    rows: list[tuple[Cell, list[Node]]] = [
        (Cell.ACT, _act(shown, name, measure, asked))
    ]
    rows.append((Cell.TARGETS, _targets(shown, name, measure, asked)))
    if measure.act is Act.BLOCK:
        rows.append((Cell.ADDRESSES, _addresses(shown, name, number, measure, asked)))
    if measure.carried_out:
        rows += (
            (Cell.TECHNIQUE, _technique(shown, name, number, measure, asked)),
            (Cell.EXECUTORS, _executors(shown, name, measure, asked)),
            (Cell.START, _moment(shown, name, measure, Cell.START)),
            (Cell.END, _moment(shown, name, measure, Cell.END)),
        )
        if Cell.ZONE in asked:
            rows.append((Cell.ZONE, _zone(shown, name)))
    rows.sort(key=lambda row: row[0] not in asked)
    nodes: list[Node] = []
    for cell, value in rows:
        sign: list[Node] = []
        if cell in asked:
            sign = [element("span", "?", class_="lab-badge"), " "]
        look = "lab-open" if cell in asked else None
        nodes.append(element("dt", *sign, say(f"confirming.{cell}"), class_=look))
        nodes.append(element("dd", *value, class_=look, data_cell=f"{number}-{cell}"))
    title = say("confirming.measure", number=number + 1)
    if measure.point:
        title = say("confirming.measure_point", number=number + 1, point=measure.point)
    body: list[Node] = [element("h4", title), element("dl", *nodes)]
    if not measure.carried_out:
        body.append(
            element("p", say("execution.recognised", act=say(act_key(measure.act))))
        )
    remove = shown.button(
        f"{Cell.ACT}{SEPARATOR}{name}", NO, say("confirming.no_such_measure")
    )
    body.append(element("p", remove))
    return element("div", *body, class_="lab-card")


def _act(
    shown: _Panel, name: str, measure: Measure, asked: Mapping[Cell, Doubt]
) -> list[Node]:
    say = shown.say
    options = [(str(act), say(act_key(act))) for act in Act]
    if Cell.ACT in asked and asked[Cell.ACT].readings:
        first = asked[Cell.ACT].readings
        options.sort(key=lambda option: option[0] not in first)
    select = shown.choice(
        f"{Cell.ACT}{SEPARATOR}{name}",
        say("confirming.act"),
        options,
        str(measure.act),
        asked=Cell.ACT in asked,
    )
    return [select, *shown.words_of(measure, "act")]


def _targets(
    shown: _Panel, name: str, measure: Measure, asked: Mapping[Cell, Doubt]
) -> list[Node]:
    say = shown.say
    names = [element("li", target.value) for target in measure.targets]
    for target in measure.exceptions:
        names.append(element("li", say("confirming.but_not", name=target.value)))
    nodes: list[Node] = [say("confirming.no_target")]
    if names:
        nodes = [element("ul", *names)]
    if Cell.TARGETS in asked:
        called = f"{Cell.TARGETS}{SEPARATOR}{name}"
        if measure.targets:
            nodes.append(shown.button(called, YES, say("confirming.these")))
        if every := list(_mentioned(shown.order)):
            options = [(value, value) for value in every]
            label = say("confirming.targets")
            nodes += [" ", shown.choice(called, label, options, "", asked=True)]
    return nodes


def _addresses(
    shown: _Panel,
    name: str,
    number: int,
    measure: Measure,
    asked: Mapping[Cell, Doubt],
) -> list[Node]:
    say = shown.say
    options = []
    for value in (NO, YES):
        words = say(f"confirming.addresses_{value}")
        if Cell.ADDRESSES in asked:
            words = shown.reading(number, Cell.ADDRESSES, value, words)
        options.append((value, words))
    select = shown.choice(
        f"{Cell.ADDRESSES}{SEPARATOR}{name}",
        say("confirming.addresses"),
        options,
        YES if measure.with_addresses else NO,
        asked=Cell.ADDRESSES in asked,
    )
    return [select, *shown.words_of(measure, "addresses")]


def _technique(
    shown: _Panel,
    name: str,
    number: int,
    measure: Measure,
    asked: Mapping[Cell, Doubt],
) -> list[Node]:
    say = shown.say
    doubt = asked.get(Cell.TECHNIQUE)
    options = []
    for technique, profile in PROFILES.items():
        words = say(profile.name)
        if doubt and technique in doubt.readings[:MOST_READINGS]:
            words = shown.reading(number, Cell.TECHNIQUE, str(technique), words)
        options.append((str(technique), words))
    if doubt:
        options.sort(key=lambda option: option[0] not in doubt.readings)
    options.append((OPEN, say("confirming.left_open")))
    chosen = str(measure.technique) if measure.technique else OPEN
    select = shown.choice(
        f"{Cell.TECHNIQUE}{SEPARATOR}{name}",
        say("confirming.technique"),
        options,
        chosen,
        asked=doubt is not None,
    )
    return [select, *shown.words_of(measure, "technique")]


def _executors(
    shown: _Panel, name: str, measure: Measure, asked: Mapping[Cell, Doubt]
) -> list[Node]:
    label = shown.say("confirming.executors")
    value = "; ".join(measure.executors)
    box = shown.typed(f"{Cell.EXECUTORS}{SEPARATOR}{name}", label, value)
    return [box, *shown.words_of(measure, "executors")]


def _moment(shown: _Panel, name: str, measure: Measure, cell: Cell) -> list[Node]:
    say = shown.say
    moment = measure.start if cell is Cell.START else measure.end
    value = ""
    if moment is not None:
        with suppress(OverflowError, ValueError, OSError):
            value = (
                utc(moment.timestamp()) if moment.tzinfo else f"{moment:%Y-%m-%d %H:%M}"
            )
    box = shown.typed(f"{cell}{SEPARATOR}{name}", say(f"confirming.{cell}"), value)
    names = ("start",) if cell is Cell.START else ("end", "lasts", "end_event")
    return [box, *shown.words_of(measure, *names)]


def _zone(shown: _Panel, name: str) -> list[Node]:
    say = shown.say
    options = [(str(CORALIA), say("confirming.zone_coralia"))]
    for hours in range(-12, 15):
        if hours != CORALIA:
            options.append((str(hours), f"UTC{hours:+d}" if hours else "UTC"))
    return [
        shown.choice(
            f"{Cell.ZONE}{SEPARATOR}{name}",
            say("confirming.zone"),
            options,
            "",
            asked=True,
        )
    ]


def _missed(say: Language) -> Element:
    """How a measure is added that was missed: by its words, selected in the text."""
    options = [element("option", say("confirming.choose"), value="", selected=True)]
    options += (element("option", say(act_key(act)), value=act) for act in Act)
    label = say("confirming.selected_words")
    first = say("confirming.select_first")
    select = element(
        "select",
        *options,
        data_words=ADDED + SEPARATOR,
        data_said=first,
        aria_label=label,
    )
    nothing = element(
        "button",
        say("confirming.selected_mean_nothing"),
        type="button",
        data_words=DISMISSED + SEPARATOR,
        data_said=first,
        value=YES,
    )
    return element(
        "p",
        say("confirming.select_missed"),
        " ",
        select,
        " ",
        nothing,
        class_="lab-note",
    )
