"""A case that is being played: its state, and what its choices lead to in the lab.

A case is a story in data/course. What was chosen is all that is remembered: the lab is put anew
into the state to which the choices lead. So a choice can be taken back, and a saved case is a list
of choices. Of an order that a group writes, only what it came to is a choice: its words are in the
kernel's memory and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

from labsupport.answers.subscribers import CORALIA
from labsupport.course.course import none_such
from labsupport.course.questions import LETTERS, typed_letter
from labsupport.course.story import (
    OWN,
    CaseChoice,
    Count,
    LabCall,
    Story,
    all_hold,
    holds,
)
from labsupport.course.written_order import facts
from labsupport.declared import in_words
from labsupport.inputs.choices import choices
from labsupport.kinds import Kind
from labsupport.lab_protocol import Lab, context_of
from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.orders.context import aware
from labsupport.orders.drafts import Draft, OwnOrder, in_language
from labsupport.orders.order import Order, changed
from labsupport.orders.proposal import Proposal
from labsupport.orders.reading import read_order
from labsupport.papers.forms import Paper
from labsupport.results import Explanation, Result, Statement, span

if TYPE_CHECKING:
    from labsupport.answers.evidence_record import Evidence

FORMAT = "labsupport case 1"
MINUTE = 60
Taken = tuple[tuple[str, str], ...]
"""What was chosen: each step's key, and the choice's."""


class Playing:
    """Where one stands in a case, and what one can do.

    Attributes: `story`; `taken`, the choices so far; `step`, where they led.
    """

    def __init__(
        self, lab: Lab, story: Story, taken: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.say = context_of(lab).say
        self._first = lab
        self.story = story
        # What the lab answered, by the choices after which it was asked.
        self._known: dict[Taken, tuple[Result, ...]] = {}
        # What was written, by the choices up to what it came to.
        self._written: dict[Taken, Order] = {}
        # What was read of the last one, for a form to show to who wrote it.
        self.read: Order | None = None
        self.taken_back: list[tuple[str, str]] = []
        self._begin(taken)

    def _begin(self, taken: Sequence[tuple[str, str]]) -> Self:
        """Play the case from its beginning; raise ValueError for what cannot be chosen."""
        self.taken = tuple(taken)
        self.step = next(iter(self.story.steps.values()))
        self.minutes = 0
        self.marks: frozenset[str] = frozenset()
        self.last: CaseChoice | None = None
        self._asked_after = self.taken[:0]
        self.stays = False
        self.wrote = self.taken[:0]
        # in force, since which minute
        self._orders = dict.fromkeys(self.story.begins, 0)
        self._gone: list[str] = []
        self._sums = dict.fromkeys(self.story.counts, 0)  # an hour's, times the minutes
        self._lab: Lab | None = None
        for count, (step, chosen) in enumerate(self.taken, 1):
            self._go(step, chosen)
            if self.last and self.last.writes:
                self.wrote = self.taken[:count]
            if not self.stays:
                self._asked_after = self.taken[:count]
        return self

    @property
    def lab(self) -> Lab:
        """The lab as the choices left it, to ask in."""
        if self._lab is None:
            orders = [
                (
                    self._order(OWN if key in self.story.written else key),
                    minute * MINUTE,
                )
                for key, minute in self._orders.items()
            ]
            self._lab = context_of(self._first).staged(
                self.minutes * MINUTE, orders, self._gone
            )
        return self._lab

    def _order(self, key: str) -> OwnOrder | Order:
        """An order of the story, or else of the lab; what was written last is called "own"."""
        if key == OWN:
            (key,) = self.story.written.intersection(self._orders)
            if self.wrote in self._written:
                return self._written[self.wrote]
        return drafted(self.story, key, self.say)

    @property
    def _own(self) -> Order | None:
        """What was written last, as it is in force."""
        order = self._order(OWN) if self.wrote else None
        if isinstance(order, OwnOrder):
            return order.order
        return order

    @property
    def choices(self) -> tuple[CaseChoice, ...]:
        """What can be done now."""
        return self.step.open(self.marks)

    @property
    def in_force(self) -> tuple[str, ...]:
        """The keys of the orders that are in force."""
        return tuple(self._orders)

    @property
    def gone(self) -> frozenset[str]:
        """The sites that were taken away."""
        return frozenset(self._gone)

    @property
    def situation(self) -> tuple[object, ...]:
        """What decides on all that is told and answered here, but for the time."""
        return self.step.id, self.marks, self.in_force, self.gone

    def after(self, choice: CaseChoice) -> Self:
        """Return the case after one more choice; this one stays where it is."""
        return self.at((*self.taken, (self.step.id, choice.id)))

    def at(self, taken: Taken) -> Self:
        """Return the case after other choices; what was answered and written is known there."""
        other = type(self)(self._first, self.story, taken)
        other._known = self._known
        other._written = self._written
        return other

    def situations(self) -> Iterator[Self]:
        """Yield the case in each situation to which choices lead, by one of the shortest ways."""
        left = [self]
        met = {self.situation}
        while left:
            yield (situation := left.pop(0))
            for choice in situation.choices:
                if (onward := situation.after(choice)).situation not in met:
                    met.add(onward.situation)
                    left.append(onward)

    def _go(self, step: str, chosen: str) -> None:
        choice = next((one for one in self.choices if one.id == chosen), None)
        if step != self.step.id or choice is None:
            raise ValueError(step, chosen)
        minutes = max(choice.minutes, choice.until - self.minutes)
        for count in self.story.counts:
            grows = count.within(self.minutes, self.minutes + minutes)
            self._sums[count] += self._rate(count) * grows
        self.minutes += minutes
        if choice.writes:
            self._orders = {choice.writes: self.minutes}
        for key in choice.lifts:
            self._orders.pop(key, None)
        for key in choice.orders:
            self._orders.setdefault(key, self.minutes)
        self._gone += choice.gone
        self.marks = self.step.after(choice, self.marks)
        # A choice that leads back and changes nothing in the lab: what it answers stays as it is.
        changes = choice.orders or choice.lifts or choice.gone or choice.writes
        self.stays = choice.leads == self.step.id and not changes
        self.last, self.step = choice, self.story.steps[choice.leads]

    def _rate(self, count: Count) -> int:
        return count.rate(self.marks, self._orders)

    def choose(self, letter: object = "") -> Self | Explanation:
        """Take a choice by its letter; return the case as it then stands."""
        letters = (
            {} if self.to_write else dict(zip(LETTERS, self.choices, strict=False))
        )
        chosen = letters.get(typed_letter(letter))
        if chosen is None:
            if letters:
                return none_such(self.say, letter, letters)
            sentence = self.to_write or self.say("case.ended")
            return Explanation(self.say, Kind.NOT_ASKED, sentence)
        return self._begin((*self.taken, (self.step.id, chosen.id)))

    def write(self, order: object = "") -> Self | Explanation:
        """Hand in an order that you wrote: the lab carries it out, and it decides what follows.

        `order` is one of the lab's own (`lab.orders.draft("clean")`), the key of a model in the
        case, or an order that you confirmed (`lab.orders.confirmed()`). A text is read, and comes
        back as a proposal: it is confirmed in the order's box, or in the case's own. The lab keeps
        nothing of a text.
        """
        if not self.to_write:
            return Explanation(
                self.say, Kind.NOT_ASKED, self.say("case.there_no_order_write")
            )
        if isinstance(order, OwnOrder | Proposal):
            read = order.order
        elif isinstance(order, Order):
            read = order
        elif isinstance(order, str) and order.strip():
            model = choices("model").key(order, self.say) or order
            if model in self.story.written:
                read = drafted(self.story, model, self.say).order
            else:
                read = read_order(order)
        else:
            return Explanation(self.say, Kind.NOT_ASKED, self.to_write)
        if not read.confirmed:
            return Proposal(self.say, read)
        deadline = context_of(self._first).now + self.story.deadline * MINUTE
        outcome = facts(
            context_of(self._first).staged(self.minutes * MINUTE), read, deadline
        )
        chosen = next(
            choice for choice in self.choices if all_hold(choice.fits, outcome)
        )
        taken = (*self.taken, (self.step.id, chosen.id))
        self._known = {
            key: told for key, told in self._known.items() if len(key) < len(taken)
        }
        # What nobody can carry out blocks nothing.
        self._written[taken] = (
            changed(read, targets=()) if "unable" in outcome else read
        )
        self.read = read
        return self._begin(taken)

    @property
    def to_write(self) -> str:
        """How an order is handed in, "" where none is written."""
        if not any(one.writes for one in self.choices):
            return ""
        return self.say("case.how_to_write")

    def undo(self) -> Self:
        """Take the last choice back: time, marks and orders are as before it.

        `taken_back` has the steps and choices: what was asked after them stays in the evidence.
        """
        if self.last:
            self._written.pop(self.taken, None)
            self.taken_back.append(
                (self.story.steps[self.taken[-1][0]].title, self.last.text)
            )
        return self._begin(self.taken[:-1])

    def saved(self) -> bytes:
        """The choices, as `save` writes them."""
        case = {
            "case": self.story.key,
            "edition": self.story.edition,
            "taken": self.taken,
        }
        return json.dumps({"format": FORMAT} | case, indent=1).encode()

    @property
    def evidence(self) -> Evidence:
        """The record of everything that was asked, in this case and beside it."""
        return context_of(self.lab).record

    def so_far(self) -> Iterator[tuple[Self, CaseChoice | None]]:
        """Yield the case at each step of the way, with what was chosen there; None at the end."""
        for count in range(len(self.taken) + 1):
            again = self.at(self.taken[:count])
            chosen = self.taken[count][1] if count < len(self.taken) else ""
            yield again, next((one for one in again.choices if one.id == chosen), None)

    @property
    def now(self) -> float:
        """The case's time, in seconds since 1970."""
        return context_of(self._first).now + self.minutes * MINUTE

    @property
    def clock(self) -> str:
        """The case's time in words."""
        return in_coralia(self.now, self.say)

    @property
    def told(self) -> str:
        """The text of the step, with the paragraphs of the marks that are set."""
        more = [text for mark, text in self.step.where if holds(mark, self.marks)]
        return "\n\n".join((self.step.text, *more))

    @property
    def is_early(self) -> bool:
        """Whether what was written is not in force yet."""
        begins = aware(self._own.start) if self._own else None
        return begins is not None and begins.timestamp() > self.now

    @property
    def state(self) -> str:
        """The time, and what has grown so far."""
        now = self.say("case.it_is_when", when=self.clock)
        return f"{now} {self.cost}".strip()

    @property
    def papers(self) -> list[str]:
        """The keys of the papers that came into the file with the choices so far."""
        papers: list[str] = []
        for _, chosen in self.so_far():
            if chosen:
                papers += chosen.papers
        return papers

    def counts(self) -> Iterator[tuple[Count, int, int]]:
        """Yield what grows, how much of it there is, and how much more there is in an hour."""
        for count, total in self._sums.items():
            rate = (
                self._rate(count) if count.within(self.minutes, self.minutes + 1) else 0
            )
            yield count, total // MINUTE, rate  # whole people, not halves

    @property
    def cost(self) -> str:
        """How much time has gone by, and what has grown so far."""
        say = self.say
        parts = []
        if self.minutes:
            parts.append(
                say("case.time_gone_by_span", span=span(say, self.minutes * MINUTE))
            )
        for count, total, rate in self.counts():
            counted = f"{count.label}: {say.number(total)}"
            if rate:
                parts.append(
                    say("case.told_now_rate_hour", told=counted, rate=say.number(rate))
                )
            elif total:
                parts.append(f"{counted}.")
        return " ".join(parts)

    @property
    def asks(self) -> tuple[LabCall, ...]:
        """What is asked at this step: an order that names nothing to block is not asked about."""
        nothing = self._own is not None and not self._own.targets
        return tuple(
            one for one in self.step.asks if not (nothing and OWN in one.arguments)
        )

    @property
    def answers(self) -> tuple[Result, ...]:
        """What the lab answers to what is asked at this step; it is asked once."""
        if self._asked_after not in self._known:
            self._known[self._asked_after] = tuple(map(self._asked, self.asks))
        return self._known[self._asked_after]

    @property
    def shown(self) -> tuple[Result, ...]:
        """The answers as the step shows them, and how to get the whole of one told in short."""
        results = []
        for call, answer in zip(self.asks, self.answers, strict=True):
            rest = (self._whole(call, answer),) if call.rows is not None else ()
            results.append(in_short(call, answer, rest))
        return tuple(results)

    def _whole(self, call: LabCall, answer: Result) -> str:
        if isinstance(answer, Paper) or call.order:
            return self.say("case.whole_answer_comes_case")
        given = [json.dumps(one, ensure_ascii=False) for one in call.arguments]
        given += [
            f"{name}={json.dumps(one, ensure_ascii=False)}" for name, one in call.named
        ]
        line = f"case.lab.{call.method}({', '.join(given)})"
        return self.say("case.the_whole_answer_line", line=in_words(line, self.say))

    def _asked(self, call: LabCall) -> Result:
        arguments: tuple[object, ...] = call.arguments
        lab = self.lab
        if key := call.order:
            order = self._order(key)
            if isinstance(order, OwnOrder) and call.method == "orders.draft":
                return order
            arguments = (order,)
            if key == OWN:  # as it is without any order in force
                lab = context_of(self._first).staged(self.minutes * MINUTE)
        result: Result = attrgetter(call.method)(lab)(*arguments, **dict(call.named))
        return result

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen now, each with its letter."""
        if self.to_write:
            return ()
        return tuple(
            zip(LETTERS, (choice.text for choice in self.choices), strict=False)
        )

    @property
    def question(self) -> str:
        """What stands above the choices."""
        return self.step.question or self.say("case.what_do_you_do")


def drafted(story: Story, key: str, say: Language) -> OwnOrder:
    """Return an order of the story, or else of the lab, called what it is in the story."""
    text = story.orders.get(key)
    written = (
        in_language(key, say.code)
        if text is None
        else Draft(key, say.code, "", "", text)
    )
    title = story.titles.get(key, "")
    return OwnOrder(say, None, None, draft=written, called=f"{title}." if title else "")


def in_coralia(time: float, say: Language) -> str:
    """Return seconds since 1970 as the day and hour where the cases are played, and in UTC.

    >>> in_coralia(1793620800, Language.load("en"))
    '2026-11-02, 09:00 in Coralia (12:00 UTC)'
    >>> in_coralia(1793667600, Language.load("en"))
    '2026-11-02, 22:00 in Coralia (2026-11-03 01:00 UTC)'
    """
    moment = datetime.fromtimestamp(time, UTC)
    local = moment.astimezone(CORALIA)
    day = f"{local:%Y-%m-%d}"
    hour = f"{local:%H:%M}"
    utc = f"{moment:%H:%M}" if moment.day == local.day else f"{moment:%Y-%m-%d %H:%M}"
    return say("case.coralia_utc", day=day, hour=hour, utc=utc)


def _cells(row: Sequence[object], numbers: Sequence[int]) -> tuple[Any, ...]:
    return tuple(row[number] for number in numbers)


def in_short(call: LabCall, answer: Result, rest: tuple[str, ...] = ()) -> Result:
    """Return what a step shows of an answer; `rest` says where the whole is."""
    if call.rows is None:
        return answer
    table = answer.tabulated()
    say = answer.say
    answer.say = Language.load(SOURCE_LANGUAGE)  # as the rows of a step are written
    written = answer.tabulated()
    answer.say = say
    both = zip(table.rows, written.rows, strict=True) if table and written else ()
    rows = [row for row, same in both if str(same[0]) in call.rows]
    if table and call.columns:
        rows = [_cells(row, call.columns) for row in rows]
        table = replace(table, columns=_cells(table.columns, call.columns))
    if table and 0 < len(rows) < len(table.rows):
        count = len(rows)
        total = len(table.rows)
        part = answer.say("case.count_of_total_rows", count=count, total=total)
        table = replace(table, caption=f"{table.caption} ({part})")
    table = replace(table, rows=tuple(rows)) if table and rows else None
    return Statement(answer.say, None, answer.sentence, rest, table=table)
