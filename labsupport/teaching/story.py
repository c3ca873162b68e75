"""A case as it is written: the steps, what can be done at each, and what that leads to.

A case is a folder in data/course: the story as TOML, and the texts of its orders.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from labsupport.teaching import course

# The questions that a story may put to the lab.
ASKED = {
    "ask", "certificates", "compare", "diagnose", "draft", "impact", "lookalikes", "mail",
    "neighbours", "order", "origin", "rdap", "review", "subscribers", "trace", "visit", "who",
    "whois",
}  # fmt: skip
OF_ORDERS = {"order", "review", "impact"}


class StoryError(Exception):
    """A story is not in order; the message says where."""


@dataclass(frozen=True, slots=True)
class Call:
    """A question to the lab: the method, and what it is handed.

    With `rows` the step shows the answer in short: its sentence, and the rows of its table that
    begin so.
    """

    method: str
    arguments: tuple[str, ...]
    named: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to do: what is replied, where it leads, and what it does to the lab.

    `minutes` go by. `orders` are put in force, `lifts` are taken out of it, the sites `gone` are
    taken away by whoever runs them, and `sets` are marks that later steps and counts look at.
    `papers` are texts that come into the case file.
    `when` are conditions (a mark, or "not " and a mark): only where all are met can one choose it.
    """

    id: str
    text: str
    reply: str
    leads: str
    minutes: int = 0
    when: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Where one stands: what is told, what is asked of the lab, and what can be done.

    `where` has more paragraphs, each told only under a mark. Without choices the case ends here.
    """

    id: str
    title: str
    text: str
    asks: tuple[Call, ...] = ()
    choices: tuple[Choice, ...] = ()
    where: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """Something that grows by the hour, until a mark is set: `per_hour` is invented.

    It begins with the mark `since`, or, without one, with the case. `slower` has how much it grows
    by once a mark is set, `under` while an order is in force.
    """

    label: str
    per_hour: int
    until: str
    since: str = ""
    slower: tuple[tuple[str, int], ...] = ()
    under: tuple[tuple[str, int], ...] = ()

    def rate(self, marks: Collection[str], orders: Collection[str]) -> int:
        """Return by how much an hour it grows, under these marks and orders."""
        if not holds(self.since, marks) or self.until in marks:
            return 0
        less = [much for mark, much in self.slower if mark in marks]
        less += [much for order, much in self.under if order in orders]
        return min(self.per_hour, *less, self.per_hour)


@dataclass(frozen=True, slots=True)
class Story:
    """A case as it is written. `orders` are texts by their key, those of other papers among them;
    `begins` are those in force at first.

    `edition` is another one after every change: a saved case belongs to one. `marks` has the words
    for each mark: on paper, players note these down.
    """

    key: str
    title: str
    steps: Mapping[str, Step]
    first: str
    counts: tuple[Count, ...]
    orders: Mapping[str, str]
    begins: tuple[str, ...]
    edition: str
    marks: Mapping[str, str]


def holds(condition: str, marks: Collection[str]) -> bool:
    """Say whether a condition is met: a mark, "not " and a mark, or "", which always is.

    >>> holds("warned", {"warned"}), holds("not warned", {"warned"}), holds("", ())
    (True, False, True)
    """
    mark = condition.removeprefix("not ")
    return not condition or (mark in marks) is (mark == condition)


def read(key: str, data: bytes, orders: Mapping[str, str]) -> Story:
    """Return the story in a file; raise StoryError for one that cannot be played.

    Every choice must lead to a step, and every step must be reached.
    """
    table = tomllib.loads(data.decode("utf-8"))
    try:
        steps = {one["id"]: _step(one) for one in table["step"]}
        counts = tuple(Count(**_frozen(one)) for one in table.get("count", ()))
        story = Story(
            key,
            table["title"],
            steps,
            table["step"][0]["id"],
            counts,
            orders,
            tuple(table.get("begins", ())),
            _edition(data, orders),
            dict(table["marks"]),
        )
    except (KeyError, TypeError) as problem:
        raise StoryError(f"{key}: {problem}") from problem
    if len(steps) != len(table["step"]):
        raise StoryError(f"{key}: a step is there twice")
    for step in steps.values():
        _check(story, step)
    if unreached := set(steps) - _reached(story):
        raise StoryError(f"{key}: nobody comes to {', '.join(sorted(unreached))}")
    if wrong := _set(story) ^ set(story.marks):
        raise StoryError(f"{key}: a mark that is set has words, not so {', '.join(sorted(wrong))}")
    if len({words.strip() for words in story.marks.values()} - {""}) != len(story.marks):
        raise StoryError(f"{key}: the words of a mark are empty, or those of another")
    return story


def _step(one: dict[str, Any]) -> Step:
    return Step(
        one["id"],
        one["title"],
        one["text"].strip(),
        tuple(map(_call, one.get("asks", ()))),
        tuple(map(_choice, one.get("choice", ()))),
        tuple((mark, text.strip()) for mark, text in one.get("where", {}).items()),
    )


def _choice(one: dict[str, Any]) -> Choice:
    when = one.get("when", [])
    return Choice(**_frozen(one | {"when": [when] if isinstance(when, str) else when}))


def _frozen(table: dict[str, Any]) -> dict[str, Any]:
    frozen = {}
    for key, value in table.items():
        pairs = value.items() if isinstance(value, dict) else value
        frozen[key] = tuple(pairs) if isinstance(value, dict | list) else value
    return frozen


def _call(call: list[Any]) -> Call:
    """Read a call: its method, its arguments, and last those with a name, and the rows shown."""
    method, *arguments = call
    named = dict(arguments.pop()) if arguments and isinstance(arguments[-1], dict) else {}
    rows = tuple(named.pop("rows")) if "rows" in named else None
    return Call(method, tuple(arguments), tuple(named.items()), rows)


def _check(story: Story, step: Step) -> None:
    place = f"{story.key}, {step.id}"
    for choice in step.choices:
        if choice.leads not in story.steps:
            raise StoryError(f"{place}: {choice.id} leads to {choice.leads}, which is no step")
        if missing := {*choice.orders, *choice.lifts, *choice.papers} - set(story.orders):
            raise StoryError(f"{place}: there is no order {', '.join(sorted(missing))}")
    if len({choice.id for choice in step.choices}) != len(step.choices):
        raise StoryError(f"{place}: a choice is there twice")
    conditions = {one for choice in step.choices for one in choice.when}
    conditions |= {mark for mark, _ in step.where}
    for count in story.counts:
        conditions |= {count.until, count.since, *(mark for mark, _ in count.slower)}
        if missing := {order for order, _ in count.under} - set(story.orders):
            raise StoryError(f"{place}: there is no order {', '.join(sorted(missing))}")
    if unknown := {one.removeprefix("not ") for one in conditions} - _set(story) - {""}:
        raise StoryError(f"{place}: nothing sets the mark {', '.join(sorted(unknown))}")
    for call in step.asks:
        if call.method not in ASKED or (
            call.method in OF_ORDERS and call.arguments[0] not in story.orders
        ):
            raise StoryError(f"{place}: {call.method} cannot be asked so")


def _set(story: Story) -> set[str]:
    """Return the marks that a choice sets."""
    return {mark for step in story.steps.values() for one in step.choices for mark in one.sets}


def _reached(story: Story) -> set[str]:
    found, left = set(), [story.first]
    while left:
        if (key := left.pop()) not in found:
            found.add(key)
            left += [choice.leads for choice in story.steps[key].choices]
    return found


def _edition(data: bytes, orders: Mapping[str, str]) -> str:
    whole = data + "\0".join(text for _, text in sorted(orders.items())).encode()
    return hashlib.sha256(whole).hexdigest()[:16]


@cache
def stories(language: str) -> dict[str, Story]:
    """Return the cases of a language by their key."""
    found = {}
    for key, data, orders in course.cases(language):
        found[key] = read(key, data, orders)
    return found
