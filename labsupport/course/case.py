"""A case to play: steps, choices, what they lead to in the lab, and the time that they take.

A case is a story in data/course. What was chosen is all that is remembered: the lab is put anew
into the state to which the choices lead. So a choice can be taken back, and a saved case is a list
of choices. Of an order that a group writes, only what it came to is a choice: its words are in the
kernel's memory and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from labsupport.answers.subscribers import CORALIA
from labsupport.course import case_cards, case_file, case_ways
from labsupport.course.course import none_such
from labsupport.course.questions import LETTERS, typed_letter
from labsupport.course.story import OWN, CaseChoice, Count, LabCall, Story, holds, stories
from labsupport.course.written_order import facts
from labsupport.declared import in_words
from labsupport.exchange.record_file import content_of
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import SOURCE_LANGUAGE, Language
from labsupport.orders.drafts import Draft, OwnOrder, in_language
from labsupport.orders.order import Order
from labsupport.orders.reading import read_order
from labsupport.papers.files import create, read_file_name, renamed
from labsupport.papers.forms import Paper
from labsupport.papers.templates import filled_in
from labsupport.picture import Picture
from labsupport.reasons import reason_of
from labsupport.results import Explanation, Missing, Result, Table, fitting, section, span

if TYPE_CHECKING:
    from labsupport.lab import Lab

FORMAT = "labsupport case 1"
MINUTE = 60
FIRST_LETTERS = 300  # of a step's text, before it is unfolded
Taken = tuple[tuple[str, str], ...]
"""What was chosen: each step's key, and the choice's."""


class Case(Result):
    """A case that is being played: it shows where one stands, and what can be done.

    Attributes: `story`; `taken`, the choices so far; `step`, where they led.
    """

    def __init__(self, lab: Lab, story: Story, taken: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(lab.say, None, None)
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

    def _begin(self, taken: Sequence[tuple[str, str]]) -> Case:
        """Play the case from its beginning; raise ValueError for what cannot be chosen."""
        self.taken = tuple(taken)
        self.step = next(iter(self.story.steps.values()))
        self.minutes = 0
        self.marks: frozenset[str] = frozenset()
        self.last: CaseChoice | None = None
        self._asked_after = self.taken[:0]
        self.stays = False
        self.wrote = self.taken[:0]
        self._orders = dict.fromkeys(self.story.begins, 0)  # in force, since which minute
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
                (self._order(OWN if key in self.story.written else key), minute * MINUTE)
                for key, minute in self._orders.items()
            ]
            self._lab = self._first._staged(self.minutes * MINUTE, orders, self._gone)
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
        return order.order if isinstance(order, OwnOrder) else order

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

    def after(self, choice: CaseChoice) -> Case:
        """Return the case after one more choice; this one stays where it is."""
        return self.at((*self.taken, (self.step.id, choice.id)))

    def at(self, taken: Taken) -> Case:
        """Return the case after other choices; what was answered and written is known there."""
        other = Case(self._first, self.story, taken)
        other._known, other._written = self._known, self._written
        return other

    def situations(self) -> Iterator[Case]:
        """Yield the case in each situation to which choices lead, by one of the shortest ways."""
        left, met = [self], {self.situation}
        while left:
            yield (there := left.pop(0))
            for choice in there.choices:
                if (onward := there.after(choice)).situation not in met:
                    met.add(onward.situation)
                    left.append(onward)

    def _go(self, step: str, chosen: str) -> None:
        found = next((one for one in self.choices if one.id == chosen), None)
        if step != self.step.id or found is None:
            raise ValueError(step, chosen)
        minutes = max(found.minutes, found.until - self.minutes)
        for count in self.story.counts:
            grows = count.within(self.minutes, self.minutes + minutes)
            self._sums[count] += self._rate(count) * grows
        self.minutes += minutes
        if found.writes:
            self._orders = {found.writes: self.minutes}
        for key in found.lifts:
            self._orders.pop(key, None)
        for key in found.orders:
            self._orders.setdefault(key, self.minutes)
        self._gone += found.gone
        self.marks = self.step.after(found, self.marks)
        # A choice that leads back and changes nothing in the lab: what it answers stays as it is.
        changes = found.orders or found.lifts or found.gone or found.writes
        self.stays = found.leads == self.step.id and not changes
        self.last, self.step = found, self.story.steps[found.leads]

    def _rate(self, count: Count) -> int:
        return count.rate(self.marks, self._orders)

    # What one can do

    def choose(self, letter: object = "") -> Result:
        """Take a choice by its letter; return the case as it then stands."""
        letters = {} if self.to_write else dict(zip(LETTERS, self.choices, strict=False))
        chosen = letters.get(typed_letter(letter))
        if chosen is None:
            if letters:
                return none_such(self.say, letter, letters)
            sentence = self.to_write or self.say("case.ended")
            return Explanation(self.say, Kind.NOT_ASKED, sentence)
        return self._begin((*self.taken, (self.step.id, chosen.id)))

    def write(self, order: object = "") -> Result:
        """Hand in an order that you wrote: the lab carries it out, and it decides what follows.

        `order` is its text, one of the lab's own (`lab.order("clean")`), or the key of a model in
        the case. The lab keeps nothing of a text.
        """
        if not self.to_write:
            return Explanation(self.say, Kind.NOT_ASKED, self.say("case.there_no_order_write"))
        if isinstance(order, OwnOrder):
            read = order.order
        elif isinstance(order, str) and order.strip():
            model = choices("model").key(order, self.say) or order
            known = model in self.story.written
            read = read_order(self.story.orders[model] if known else order)
        else:
            return Explanation(self.say, Kind.NOT_ASKED, self.to_write)
        deadline = self._first._now + self.story.deadline * MINUTE
        found = facts(self._first._staged(self.minutes * MINUTE), read, deadline)
        chosen = next(one for one in self.choices if all(holds(fact, found) for fact in one.fits))
        taken = (*self.taken, (self.step.id, chosen.id))
        self._known = {key: told for key, told in self._known.items() if len(key) < len(taken)}
        # What nobody can carry out blocks nothing.
        self._written[taken] = replace(read, targets=()) if "unable" in found else read
        self.read = read
        return self._begin(taken)

    @property
    def to_write(self) -> str:
        """How an order is handed in, "" where none is written."""
        if not any(one.writes for one in self.choices):
            return ""
        return self.say("case.how_to_write")

    def undo(self) -> Case:
        """Take the last choice back: time, marks and orders are as before it.

        `taken_back` has the steps and choices: what was asked after them stays in the evidence.
        """
        if self.last:
            self._written.pop(self.taken, None)
            self.taken_back.append((self.story.steps[self.taken[-1][0]].title, self.last.text))
        return self._begin(self.taken[:-1])

    def save(self, file: object = "case.json") -> Result:
        """Save the choices; `lab.case("case.json", play=True)` goes on from there."""
        try:
            name = read_file_name(file, ".json", self.say)
            used = create(name, self.saved(), self.say)
        except NotUnderstood as problem:
            return Explanation(self.say, Kind.NOT_ASKED, str(problem))
        sentence = self.say("case.saved", file=used)
        notes = renamed(name, used, self.say)
        if self.wrote:
            notes += (self.say("case.what_you_wrote_not"),)
        return Explanation(self.say, None, sentence, notes, written=(used,))

    def saved(self) -> bytes:
        """The choices, as `save` writes them."""
        case = {"case": self.story.key, "edition": self.story.edition, "taken": self.taken}
        return json.dumps({"format": FORMAT} | case, indent=1).encode()

    def keep(self, folder: object = "case-file", by: object = "", matter: object = "") -> Result:
        """Write the case file: what was done, the documents, the evidence and its report.

        It is a new folder, and the same as one archive beside it. A manifest has the hash of
        each file, and is told with its own: whoever notes that can show later that nothing changed.
        `by` is who keeps it; the report has a line for what is not stated.
        """
        return case_file.keep(self, folder, by, matter)

    @property
    def evidence(self) -> Any:
        """The record of everything that was asked, in this case and beside it."""
        return self.lab.evidence

    def so_far(self) -> Iterator[tuple[Case, CaseChoice | None]]:
        """Yield the case at each step of the way, with what was chosen there; None at the end."""
        for count in range(len(self.taken) + 1):
            again = self.at(self.taken[:count])
            chosen = self.taken[count][1] if count < len(self.taken) else ""
            yield again, next((one for one in again.choices if one.id == chosen), None)

    # How it shows itself

    @property
    def now(self) -> float:
        """The case's time, in seconds since 1970."""
        return self._first._now + self.minutes * MINUTE

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
        begins = self._own.start if self._own else None
        return begins is not None and begins.timestamp() > self.now

    @property
    def sentence(self) -> str:
        return f"{self.story.title} · {self.step.title}"

    @property
    def state(self) -> str:
        """The time, and what has grown so far."""
        now = self.say("case.it_is_when", when=self.clock)
        return f"{now} {self.cost}".strip()

    @property
    def papers(self) -> list[str]:
        """The keys of the papers that came into the file with the choices so far."""
        return [key for _, chosen in self.so_far() if chosen for key in chosen.papers]

    def counts(self) -> Iterator[tuple[Count, int, int]]:
        """Yield what grows, how much of it there is, and how much more there is in an hour."""
        for count, total in self._sums.items():
            rate = self._rate(count) if count.within(self.minutes, self.minutes + 1) else 0
            yield count, total // MINUTE, rate  # whole people, not halves

    @property
    def cost(self) -> str:
        """How much time has gone by, and what has grown so far."""
        say, parts = self.say, []
        if self.minutes:
            parts.append(say("case.time_gone_by_span", span=span(say, self.minutes * MINUTE)))
        for count, total, rate in self.counts():
            told = f"{count.label}: {say.number(total)}"
            if rate:
                parts.append(say("case.told_now_rate_hour", told=told, rate=say.number(rate)))
            elif total:
                parts.append(f"{told}.")
        return " ".join(parts)

    @property
    def asks(self) -> tuple[LabCall, ...]:
        """What is asked at this step: an order that names nothing to block is not asked about."""
        nothing = self._own is not None and not self._own.targets
        return tuple(one for one in self.step.asks if not (nothing and OWN in one.arguments))

    @property
    def answers(self) -> tuple[Result, ...]:
        """What the lab answers to what is asked at this step; it is asked once."""
        if self._asked_after not in self._known:
            self._known[self._asked_after] = tuple(map(self._asked, self.asks))
        return self._known[self._asked_after]

    @property
    def shown(self) -> tuple[Result, ...]:
        """The answers as the step shows them, and how to get the whole of one told in short."""
        found = []
        for call, answer in zip(self.asks, self.answers, strict=True):
            rest = (self._whole(call, answer),) if call.rows is not None else ()
            found.append(in_short(call, answer, rest))
        return tuple(found)

    def _whole(self, call: LabCall, answer: Result) -> str:
        if isinstance(answer, Paper) or call.order:
            return self.say("case.whole_answer_comes_case")
        given = [json.dumps(one, ensure_ascii=False) for one in call.arguments]
        given += [f"{name}={json.dumps(one, ensure_ascii=False)}" for name, one in call.named]
        line = f"case.lab.{call.method}({', '.join(given)})"
        return self.say("case.the_whole_answer_line", line=in_words(line, self.say))

    def _asked(self, call: LabCall) -> Result:
        arguments: tuple[object, ...] = call.arguments
        lab = self.lab
        if key := call.order:
            order = self._order(key)
            if isinstance(order, OwnOrder) and call.method == "order":
                return order
            arguments = (order,)
            if key == OWN:  # as it is without any order in force
                lab = self._first._staged(self.minutes * MINUTE)
        found: Result = getattr(lab, call.method)(*arguments, **dict(call.named))
        return found

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What can be chosen now, each with its letter."""
        if self.to_write:
            return ()
        return tuple(zip(LETTERS, (choice.text for choice in self.choices), strict=False))

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.options:
            return None
        return Table(self.question, (say("case.choice"), say("case.what_it_is")), self.options)

    @property
    def question(self) -> str:
        """What stands above the choices."""
        return self.step.question or self.say("case.what_do_you_do")

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

    def _facts_html(self) -> str:
        return self.standing() + self._told_html(in_form=False)

    def standing(self) -> str:
        """The figures so far and the choices, as HTML: what a form keeps in sight."""
        letters, figures = case_cards.letters(self), list(case_cards.standing(self))
        return self._filled("case_standing", letters=letters, figures=figures)

    def _told_html(self, *, in_form: bool) -> str:
        told, heard = case_cards.speakers(self)
        fit = len(told) if in_form else fitting(told, FIRST_LETTERS)
        ending = ""
        if not self.choices:
            ways = case_ways.ways(self)
            ending = case_ways.picture(ways).html(case_ways.rows(ways).html(self.say))
        return self._filled(
            "case_screen",
            in_form=in_form,
            told=told[:fit],
            more=told[fit:],
            cards=case_cards.html([*heard, *case_cards.papers(self)], self.say, in_form=in_form),
            ending=Markup(ending),
        )

    def _filled(self, name: str, **values: object) -> str:
        return filled_in(f"papers/{name}.html", self.say, case=self, **values)

    def page(self) -> str:
        """Where one stands, as HTML without the choices: for a form that has them to press."""
        return section(self.say, self._told_html(in_form=True))


def drafted(story: Story, key: str, say: Language) -> OwnOrder:
    """Return an order of the story, or else of the lab, called what it is in the story."""
    text = story.orders.get(key)
    written = in_language(key, say.code) if text is None else Draft(key, say.code, "", "", text)
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
    day, hour = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    utc = f"{moment:%H:%M}" if moment.day == local.day else f"{moment:%Y-%m-%d %H:%M}"
    return say("case.coralia_utc", day=day, hour=hour, utc=utc)


def in_short(call: LabCall, answer: Result, rest: tuple[str, ...] = ()) -> Result:
    """Return what a step shows of an answer; `rest` says where the whole is."""
    if call.rows is None:
        return answer
    table, say = answer.tabulated(), answer.say
    answer.say = Language.load(SOURCE_LANGUAGE)  # as the rows of a step are written
    written, answer.say = answer.tabulated(), say
    both = zip(table.rows, written.rows, strict=True) if table and written else ()
    rows = [row for row, same in both if str(same[0]) in call.rows]
    if table and call.columns:
        columns = tuple(table.columns[one] for one in call.columns)
        rows = [tuple(row[one] for one in call.columns) for row in rows]
        table = replace(table, columns=columns)
    if table and 0 < len(rows) < len(table.rows):
        count, total = len(rows), len(table.rows)
        part = answer.say("case.count_of_total_rows", count=count, total=total)
        table = replace(table, caption=f"{table.caption} ({part})")
    table = replace(table, rows=tuple(rows)) if table and rows else None
    return Explanation(answer.say, None, answer.sentence, rest, table=table)


def show(lab: Lab, what: object) -> Result:
    """Begin a case by its name, or go on with a saved one; without either list them."""
    say = lab.say
    known = stories(say.code)
    text = what.strip() if isinstance(what, str) else ""
    if text.lower() in known:
        return Case(lab, known[text.lower()])
    if text.endswith(".json"):
        return _resumed(lab, Path(text), known)
    table = Table(
        say("case.cases"),
        (say("case.for_lab_case"), say("case.what_it_is")),
        tuple((choices("case").word(story.key, say), story.title) for story in known.values()),
    )
    if not text:
        return Explanation(say, None, say("case.these_cases_can_played"), table=table)
    return none_such(say, what, (*known, "hearing"), "case")


def _resumed(lab: Lab, file: Path, known: Mapping[str, Story]) -> Result:
    """Go on with a saved case; what cannot be read is said, and the file is left as it is."""
    try:
        saved = json.loads(content_of(file))
        story = known[saved["case"]]
        if saved["format"] == FORMAT and saved["edition"] == story.edition:
            return Case(lab, story, [(str(step), str(chosen)) for step, chosen in saved["taken"]])
        sentence = lab.say("case.another_edition", file=file, key=json.dumps(story.key))
    except FileNotFoundError:
        sentence = lab.say("case.no_such_file", file=file)
    except OSError as problem:
        reason = reason_of(problem, lab.say)
        sentence = lab.say("case.file_cannot_read_reason", file=file, reason=reason)
    except (ValueError, KeyError, TypeError, RecursionError):
        every = (in_words(f'lab.case("{key}")', lab.say) for key in known)
        calls = lab.say.listed(every, either=True)
        sentence = lab.say("case.no_saved_case", file=file, calls=calls)
    return Explanation(lab.say, Kind.NOT_ASKED, sentence)
