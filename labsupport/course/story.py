"""A case as it is written: the steps, what can be done at each, and what that leads to.

A case is a folder in data/course: the story as TOML, and the texts of its orders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from labsupport.course import course

OF_ORDERS = {"orders.draft", "orders.review", "orders.impact"}
OWN = "own"  # the order that was written last, in the place of an order's key


class LabCall(NamedTuple):
    """A question to the lab: its key, and what it is handed.

    With `rows` the step shows the answer in short: its sentence, and the rows of its table that
    begin so, in `columns` (all, where none are given).
    """

    method: str
    arguments: tuple[str, ...]
    named: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] | None = None
    columns: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its key, for the name of a file."""
        return self.method.rpartition(".")[2]

    @property
    def order(self) -> str:
        """The key of the order that it is about, or ""."""
        if self.method in OF_ORDERS:
            return self.arguments[0]
        return ""


class CaseChoice(NamedTuple):
    """Something to do: what is replied, where it leads, and what it does to the lab.

    `minutes` go by, or as many as are left `until` a minute of the case, if that is more. `orders`
    are put in force, `lifts` are taken out of it, the sites `gone` are taken away by whoever runs
    them, and `sets` are marks that later steps and counts look at. `papers` are texts that come
    into the case file. `when` are conditions (a mark, or "not " and a mark): only where all are met
    can one choose it.

    With `writes` it is no choice of a letter: it is what follows when an order is written that
    `fits`, which are conditions on facts. The first that fits follows. The order takes the place
    of all in force and its marks that of those of an earlier one. `writes` is the key of a model
    that fits as well, for where there is no text.
    """

    id: str
    text: str
    reply: str
    leads: str
    minutes: int = 0
    until: int = 0
    when: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    writes: str = ""
    fits: tuple[str, ...] = ()


class CaseStep(NamedTuple):
    """Where one stands: what is told, what is asked of the lab, and what can be done.

    `where` has more paragraphs, each told only under a mark. `question` stands above the choices.
    `questions` are put to who wrote an order: on paper they stand below it. Without choices the
    case ends here. `heard` is where somebody speaks in each paragraph after the first.
    """

    id: str
    title: str
    text: str
    asks: tuple[LabCall, ...] = ()
    choices: tuple[CaseChoice, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    question: str = ""
    questions: tuple[str, ...] = ()
    heard: bool = False

    def open(self, marks: Collection[str]) -> tuple[CaseChoice, ...]:
        """Return what can be chosen under these marks."""
        return tuple(choice for choice in self.choices if all_hold(choice.when, marks))

    def after(self, choice: CaseChoice, marks: frozenset[str]) -> frozenset[str]:
        """Return the marks after a choice: an order takes the place of an earlier one's."""
        if choice.writes:
            for other in self.choices:
                if other.writes:
                    marks -= set(other.sets)
        return marks | set(choice.sets)


class Count(NamedTuple):
    """Something that grows by the hour, until a mark is set: `per_hour` is invented.

    It begins with the mark `since`, or, without one, with the case, and grows between the minutes
    `begins` and `ends` of the case alone where it has them. `slower` has how much it grows by while
    a mark is set, `under` while an order is in force.
    """

    label: str
    per_hour: int
    until: str = ""
    since: str = ""
    slower: tuple[tuple[str, int], ...] = ()
    under: tuple[tuple[str, int], ...] = ()
    begins: int = 0
    ends: int = 0

    def within(self, minute: int, until: int) -> int:
        """Return how many of the minutes from `minute` on, `until` another one, it grows in.

        >>> Count("watched", 600, begins=480, ends=600).within(470, 490)
        10
        """
        last = min(until, self.ends) if self.ends else until
        return max(0, last - max(minute, self.begins))

    def rate(self, marks: Collection[str], orders: Collection[str]) -> int:
        """Return by how much an hour it grows, under these marks and orders."""
        if not holds(self.since, marks) or self.until in marks:
            return 0
        less = [much for mark, much in self.slower if mark in marks]
        less += [much for order, much in self.under if order in orders]
        return min(self.per_hour, *less, self.per_hour)


@dataclass(frozen=True, slots=True)
class Story:
    """A case as it is written.

    `orders` are texts by their key, those of other papers among them; `begins` are those in force
    at first. `edition` is another one after every change: a saved case belongs to one, in whatever
    language. `marks` has the words for each mark: on paper, players note these down. `titles` has
    what each text is, by its key. An order that is written begins too late when it is not in force
    at the minute `deadline`.
    """

    key: str
    steps: Mapping[str, CaseStep]
    counts: tuple[Count, ...]
    orders: Mapping[str, str]
    edition: str
    title: str
    marks: Mapping[str, str]
    titles: Mapping[str, str] = field(default_factory=dict)
    begins: tuple[str, ...] = ()
    deadline: int = 0

    @property
    def written(self) -> frozenset[str]:
        """The keys of the models of what is written."""
        keys: set[str] = set()
        for step in self.steps.values():
            keys.update(choice.writes for choice in step.choices)
        return frozenset(keys - {""})

    def ending(self, step: CaseStep, marks: Collection[str]) -> str:
        """Return how the case ended, in words: its last step, or what that says of an order."""
        if sum(not one.choices for one in self.steps.values()) > 1:
            return step.title.rpartition(" · ")[2]
        return self.marks[[mark for mark, _ in step.where if holds(mark, marks)][-1]]


def holds(condition: str, marks: Collection[str]) -> bool:
    """Say whether a condition is met: a mark, "not " and a mark, or "", which always is.

    >>> holds("warned", {"warned"}), holds("not warned", {"warned"}), holds("", ())
    (True, False, True)
    """
    mark = condition.removeprefix("not ")
    return not condition or (mark in marks) is (mark == condition)


def all_hold(conditions: Iterable[str], marks: Collection[str]) -> bool:
    """Say whether every condition is met."""
    return all(holds(condition, marks) for condition in conditions)


def read(
    key: str, written: dict[str, Any], orders: Mapping[str, str], edition: str
) -> Story:
    """Return the story in a file; tests play each to all its ends."""
    table = course.frozen(written)
    steps = {one["id"]: _step(one) for one in table.pop("step")}
    counts = tuple(Count(**_paired(one)) for one in table.pop("count", ()))
    return Story(key, steps, counts, orders, edition, **table)


def _step(step: dict[str, Any]) -> CaseStep:
    members = {
        name: value for name, value in step.items() if name not in ("choice", "where")
    }
    return CaseStep(
        **members
        | {
            "text": step["text"].strip(),
            "asks": tuple(_call(*call) for call in step.get("asks", ())),
            "choices": tuple(map(_choice, step.get("choice", ()))),
            "where": tuple(
                (mark, text.strip()) for mark, text in step.get("where", {}).items()
            ),
        }
    )


def _choice(entry: dict[str, Any]) -> CaseChoice:
    when = entry.get("when", ())
    return CaseChoice(**entry | {"when": (when,) if isinstance(when, str) else when})


def _paired(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with each table in it as pairs."""
    return {
        key: tuple(value.items()) if isinstance(value, dict) else value
        for key, value in table.items()
    }


def _call(method: str, *arguments: Any) -> LabCall:
    """Read a call: its method, its arguments, and last those with a name, and the rows shown."""
    named: dict[str, Any] = {}
    if arguments and isinstance(arguments[-1], dict):
        *arguments, named = arguments  # type: ignore[assignment]
    rows = named.pop("rows", None)
    columns = named.pop("columns", ())
    return LabCall(method, tuple(arguments), tuple(named.items()), rows, columns)


@cache
def stories(language: str) -> dict[str, Story]:
    """Return the cases of a language by their key."""
    return {one[0]: read(*one) for one in course.cases(language)}
