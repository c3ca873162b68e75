"""Confirming what was read of an order: a row a measure, a choice a cell, doubts first.

What a person corrects stays in the page, as pairs of a name and a value, and comes with each press;
here it is done to the order again. A name says what is corrected by words of the text, not by
places, so that it holds where the text is edited elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import how_to_type, read_moment
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
from labsupport.orders.review import when
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.tree import Element, Node, element
from labsupport.visible import cut, quoted

MOST_WORDS = 90  # characters of a passage that are quoted
OPEN = "open"  # the value of a cell that is left to whoever executes it
YES = "yes"
NO = "no"
SEPARATOR = "|"
ADDED = "added"  # words in which a measure was missed
DISMISSED = "dismissed"  # words that mean nothing
CORALIA = -3

Corrections = Mapping[str, str]
Count = Callable[[Order], int | None]
"""How many sites that are not meant go dark under an order; None where that cannot be told."""

# Doubts that change when something goes dark, and not what.
OF_WHEN = frozenset({Cell.START, Cell.END, Cell.ZONE})


def corrected(
    order: Order, text: str, corrections: Corrections, say: Language
) -> tuple[Order, dict[str, str]]:
    """Return an order with what a person corrected, and what could not be done, in words.

    That is what was typed and not understood, and what no longer stands in the text, each by the
    name of its correction.
    """
    problems = {}
    for name, value in corrections.items():
        try:
            order = _corrected(order, text, name, value, say)
        except NotUnderstood as problem:
            problems[name] = str(problem)
        except (KeyError, IndexError, ValueError):
            words = quoted(cut(name.rpartition(SEPARATOR)[2], MOST_WORDS))
            problems[name] = say("confirming.lost", words=words)
    return order, problems


def read_time(text: str, say: Language, *, ends: bool = False) -> datetime | None:
    """Read when an order starts, or ends: a day on which it ends belongs to it.

    Raises NotUnderstood for what is no time, and for a time without its zone.
    """
    if not text.strip():
        return None
    moment = read_moment(text, say)
    time = moment.end if ends else moment.local
    if time.tzinfo is None:
        missing = say("order_box.time_no_time_zone", time=quoted(text))
        raise NotUnderstood(f"{missing} {how_to_type(say)}")
    return time


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
        return read_time(value, say, ends=cell is Cell.END)
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
    """Writes what is asked of a whole order."""

    order: Order
    text: str
    say: Language
    count: Count | None

    def words(self, start: int, end: int) -> Element:
        """Words of the text."""
        written = " ".join(self.text[start:end].split())
        return element("q", cut(written, MOST_WORDS), class_="lab-from")

    def choice(
        self,
        name: str,
        label: str,
        options: Sequence[tuple[str, str]],
        chosen: str = "",
        *,
        asked: bool = True,
    ) -> Element:
        """A list to choose from; in what is asked nothing is chosen."""
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

    def button(self, name: str, value: str, words: str) -> Element:
        """A button that corrects."""
        return element(
            "button", words, type="button", name=name, value=value, data_press="taken"
        )

    def unread(self) -> Iterator[Element]:
        """What is asked of no measure: names that may be targets, words that were not read."""
        say = self.say
        mentioned = {
            (one.target.start, one.target.end): one.target.value
            for one in self.order.mentions
        }
        items = []
        for doubt in self.order.doubts:
            if doubt.measure is not None:
                continue
            span = (doubt.start, doubt.end)
            if doubt.cell is Cell.TARGETS:
                settle = self._part(mentioned[span])
            else:
                name = (
                    f"{DISMISSED}{SEPARATOR}{' '.join(self.text[slice(*span)].split())}"
                )
                settle = self.button(name, YES, say("confirming.means_nothing"))
            items.append(element("li", self.words(*span), " ", settle))
        if items:
            yield element("p", element("strong", say("confirming.not_understood")))
            yield element("ul", *items, class_="lab-asked")

    def _part(self, value: str) -> Element:
        say = self.say
        options = (
            (str(TargetPart.TARGET), say("marked.to_be_blocked")),
            (str(TargetPart.EXCEPTION), say("marked.not_to_be_touched")),
            (str(TargetPart.MENTIONED), say("marked.mentioned_no_more")),
            (str(TargetPart.ACTS), say("marked.who_acts")),
        )
        return self.choice(value, say("confirming.what_is", name=value), options)


@dataclass(frozen=True)
class _Card(_Panel):
    """Writes a measure, cell by cell: what is asked stands first.

    `name` is what the measure is called, `number` its place among the order's.
    """

    name: str
    number: int
    measure: Measure
    asked: Mapping[Cell, Doubt] = field(default_factory=dict)

    def card(self) -> Element:
        say = self.say
        rows = dict(self._rows())
        nodes: list[Node] = []
        for cell in sorted(rows, key=lambda cell: cell not in self.asked):
            is_open = cell in self.asked
            sign = (element("span", "?", class_="lab-badge"), " ") if is_open else ()
            look = "lab-open" if is_open else None
            nodes.append(element("dt", *sign, say(f"confirming.{cell}"), class_=look))
            lit = f"{self.number}-{cell}"
            nodes.append(element("dd", *rows[cell], class_=look, data_cell=lit))
        title = say("confirming.measure", number=self.number + 1)
        if point := self.measure.point:
            title = say("confirming.measure_point", number=self.number + 1, point=point)
        body: list[Node] = [element("h4", title), element("dl", *nodes)]
        if not self.measure.carried_out:
            act = say(act_key(self.measure.act))
            body.append(element("p", say("execution.recognised", act=act)))
        remove = self.button(
            self._called(Cell.ACT), NO, say("confirming.no_such_measure")
        )
        return element("div", *body, element("p", remove), class_="lab-card")

    def _rows(self) -> Iterator[tuple[Cell, Sequence[Node]]]:
        measure = self.measure
        yield Cell.ACT, self._act()
        yield Cell.TARGETS, self._targets()
        if measure.act is Act.BLOCK:
            yield Cell.ADDRESSES, self._addresses()
        if measure.carried_out:
            yield Cell.TECHNIQUE, self._technique()
            yield Cell.EXECUTORS, self._executors()
            yield Cell.START, self._moment(Cell.START, measure.start, "start")
            yield (
                Cell.END,
                self._moment(Cell.END, measure.end, "end", "lasts", "end_event"),
            )
            if Cell.ZONE in self.asked:
                yield Cell.ZONE, self._zone()

    def _called(self, cell: Cell) -> str:
        return f"{cell}{SEPARATOR}{self.name}"

    def _from(self, *names: str) -> Iterator[Node]:
        """The words that a cell came from."""
        for name in names:
            if span := self.measure.where.get(name):
                yield from (" ", self.words(*span))
                return

    def _chosen(
        self, cell: Cell, options: Sequence[tuple[str, str]], chosen: str = ""
    ) -> list[Node]:
        """A cell that is chosen from a list."""
        label = self.say(f"confirming.{cell}")
        asked = cell in self.asked
        select = self.choice(self._called(cell), label, options, chosen, asked=asked)
        return [select, *self._from(cell.value)]

    def _typed(self, cell: Cell, value: str, *names: str) -> list[Node]:
        """A cell that is typed."""
        box = element(
            "input",
            type="text",
            name=self._called(cell),
            value=value,
            data_press="taken",
            aria_label=self.say(f"confirming.{cell}"),
            autocomplete="off",
        )
        return [box, *self._from(*names)]

    def _reading(self, cell: Cell, value: str, words: str) -> str:
        """One way to read a cell, with the number that the order would have then.

        Without a number where something else may change it: it would not be that of the order.
        """
        asked = [one for one in self.order.doubts if one.cell not in OF_WHEN]
        if self.count is None or asked != [self.asked.get(cell)]:
            return words
        settled = self.order.settled(self.number, cell, _value(cell, value, self.say))
        count = self.count(replace(settled, confirmed=True))
        if count is None:
            return words
        return self.say("confirming.reading", words=words, count=count)

    def _act(self) -> list[Node]:
        options = [(str(act), self.say(act_key(act))) for act in Act]
        likely = self.asked[Cell.ACT].readings if Cell.ACT in self.asked else ()
        options.sort(key=lambda option: option[0] not in likely)
        return self._chosen(Cell.ACT, options, str(self.measure.act))

    def _targets(self) -> list[Node]:
        say = self.say
        names = [element("li", target.value) for target in self.measure.targets]
        for target in self.measure.exceptions:
            names.append(element("li", say("confirming.but_not", name=target.value)))
        nodes: list[Node] = [say("confirming.no_target")]
        if names:
            nodes = [element("ul", *names)]
        if Cell.TARGETS in self.asked:
            if self.measure.targets:
                called = self._called(Cell.TARGETS)
                nodes.append(self.button(called, YES, say("confirming.these")))
            every = [(value, value) for value in _mentioned(self.order)]
            if every:
                nodes += [" ", *self._chosen(Cell.TARGETS, every)]
        return nodes

    def _addresses(self) -> list[Node]:
        options = []
        for value in (NO, YES):
            words = self.say(f"confirming.addresses_{value}")
            options.append((value, self._reading(Cell.ADDRESSES, value, words)))
        chosen = YES if self.measure.with_addresses else NO
        return self._chosen(Cell.ADDRESSES, options, chosen)

    def _technique(self) -> list[Node]:
        say = self.say
        asked = self.asked.get(Cell.TECHNIQUE)
        likely = asked.readings if asked else ()
        options = []
        for technique, profile in PROFILES.items():
            words = say(profile.name)
            if technique in likely:
                words = self._reading(Cell.TECHNIQUE, str(technique), words)
            options.append((str(technique), words))
        options.sort(key=lambda option: option[0] not in likely)
        options.append((OPEN, say("confirming.left_open")))
        return self._chosen(
            Cell.TECHNIQUE, options, str(self.measure.technique or OPEN)
        )

    def _executors(self) -> list[Node]:
        value = "; ".join(self.measure.executors)
        return self._typed(Cell.EXECUTORS, value, "executors")

    def _moment(self, cell: Cell, moment: datetime | None, *names: str) -> list[Node]:
        return self._typed(cell, when(moment) if moment else "", *names)

    def _zone(self) -> list[Node]:
        options = [(str(CORALIA), self.say("confirming.zone_coralia"))]
        for hours in range(-12, 15):
            if hours != CORALIA:
                options.append((str(hours), f"UTC{hours:+d}" if hours else "UTC"))
        return self._chosen(Cell.ZONE, options)


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

    With `count`, each reading of a doubt stands with the number that it would lead to, where
    nothing else is open that may change it.
    """
    shown = _Panel(order, text, say, count)
    doubts = order.doubts
    title = "confirming.confirmed" if order.confirmed else "confirming.this_was_read"
    nodes: list[Node] = [element("h3", say(title))]
    if not order.confirmed:
        nodes.append(element("p", say("confirming.open", count=len(doubts))))
    nodes += shown.unread()
    cards = []
    for name, number in _numbered(order, text).items():
        asked = {one.cell: one for one in doubts if one.measure == number}
        measure = order.measures[number]
        card = _Card(order, text, say, count, name, number, measure, asked)
        cards.append(card.card())
    nodes.append(element("div", *cards, class_="lab-cards lab-measures"))
    if not cards:
        nodes.append(element("p", say("confirming.no_measure")))
    nodes.append(_missed(say))
    if not order.confirmed:
        ready = not doubts and bool(order.measures)
        agree = say("confirming.all_right")
        button = element(
            "button", agree, type="submit", value="confirm", disabled=not ready
        )
        why = [] if ready else [" ", say("confirming.not_yet", count=len(doubts))]
        nodes.append(element("p", button, *why, class_="lab-confirm"))
    return element("section", *nodes, class_="lab-proposal")


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
