"""Orders as files that people write and read: YAML and JSON.

Times stand in UTC (ISO 8601), a period in words ("30 days"), a target as text or with its kind.
Where in a text something stood, and what was not understood there, is not kept.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from labsupport.blocking.order import Notice, Order, Target, TargetKind
from labsupport.blocking.reading.times import LAST_OF_A_DAY, period
from labsupport.blocking.targets import named, target
from labsupport.blocking.techniques import Technique
from labsupport.blocking.vocabulary import LANGUAGES
from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood
from labsupport.results import quoted

if TYPE_CHECKING:
    import yaml

LONGEST_FILE = 1_000_000  # characters; an order with some ten thousand targets

FIELDS = (
    "targets",
    "technique",
    "executors",
    "territory",
    "start",
    "end",
    "lasts",
    "end_event",
    "review",
    "window",
    "notice",
    "contacts",
    "reasons",
    "explains",
    "notice_page",
    "exceptions",
    "annex",
    "open_list",
    "language",
)
TARGET_FIELDS = ("value", "kind", "subtree", "beside")
OTHER_LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")
UNITS = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))

Choice = TypeVar("Choice", bound=StrEnum)

# What a field is expected to hold.
A_TEXT = mark("a text")
TEXTS_IN_A_LIST = mark("a text, or a list of texts")
YES_OR_NO = mark("true or false")
A_TIME = mark("a date, as 2026-11-02, or a time, as 2026-11-02T12:00:00Z")
A_PERIOD = mark("a period, as “30 days”")
TARGETS = mark("a list of targets")
A_TARGET = mark("a name, a page, an address or a block of addresses, or its value and its kind")
SAME_KIND = mark("a value of the kind that stands beside it")
A_NAME = mark("a name")

ALIASES = mark("An order file repeats nothing by reference (& and *): write it out.")
TWICE = mark("A field stands twice in this file. Which of the two counts?")


def to_yaml(order: Order) -> str:
    """Return an order as YAML; what is empty is left out."""
    import yaml

    return yaml.dump(
        _table(order), Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=100
    )


def to_json(order: Order) -> str:
    """Return an order as JSON; what is empty is left out."""
    return json.dumps(_table(order), ensure_ascii=False, indent=2) + "\n"


def from_yaml(text: object, say: Language) -> Order:
    """Read an order from YAML; raise NotUnderstood, with what to mend, where it is none."""
    import yaml

    try:
        data = yaml.load(_file(text, say), _loader())
    except _NotForOrders as error:
        raise NotUnderstood(say(error.args[0])) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotUnderstood(
            say(
                "This is no YAML that an order can be read from: line {line} was not understood.",
                line=mark.line + 1 if mark else 1,
            )
        ) from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise NotUnderstood(say("This is no YAML that an order can be read from.")) from error
    return _order(data, say)


def from_json(text: object, say: Language) -> Order:
    """Read an order from JSON; raise NotUnderstood, with what to mend, where it is none."""
    try:
        data = json.loads(_file(text, say), object_pairs_hook=_pairs)
    except _NotForOrders as error:
        raise NotUnderstood(say(error.args[0])) from error
    except json.JSONDecodeError as error:
        raise NotUnderstood(
            say(
                "This is no JSON that an order can be read from: line {line} was not understood.",
                line=error.lineno,
            )
        ) from error
    except (ValueError, RecursionError) as error:
        raise NotUnderstood(say("This is no JSON that an order can be read from.")) from error
    return _order(data, say)


class _NotForOrders(Exception):
    """What the language of a file allows and an order has no use for; in words to be said."""


def _file(text: object, say: Language) -> str:
    if not isinstance(text, str):
        raise NotUnderstood(say("An order file is text. What came is something else."))
    if len(text) > LONGEST_FILE:
        raise NotUnderstood(
            say(
                "This file has {count} characters. An order file has at most {most}.",
                count=len(text),
                most=LONGEST_FILE,
            )
        )
    return text


@functools.cache
def _loader() -> type[yaml.SafeLoader]:
    """Return a reader that builds texts, lists and tables only, each written out once.

    Dates and numbers stay texts: what is wrong with one can then be said.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        yaml_implicit_resolvers = _resolvers(yaml.SafeLoader, ("bool", "null"))

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise _NotForOrders(ALIASES)
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(set(keys)) < len(keys):
                raise _NotForOrders(TWICE)
            return super().construct_mapping(node, deep)

    return Loader


@functools.cache
def _dumper() -> type[yaml.SafeDumper]:
    """Return a writer that puts no quotation marks around times."""
    import yaml

    class Dumper(yaml.SafeDumper):
        yaml_implicit_resolvers = _resolvers(
            yaml.SafeDumper, ("bool", "float", "int", "merge", "null", "value")
        )

        def represent_str(self, data: str) -> yaml.ScalarNode:
            # Without quotation marks that escape, these line ends would come back as others.
            style = '"' if OTHER_LINE_ENDS.search(data) else None
            return self.represent_scalar("tag:yaml.org,2002:str", data, style)

    Dumper.add_representer(str, Dumper.represent_str)
    return Dumper


def _resolvers(base: Any, kept: tuple[str, ...]) -> dict[str, list[tuple[str, Any]]]:
    """What a text without quotation marks may turn into."""
    tags = {f"tag:yaml.org,2002:{name}" for name in kept}
    return {
        first: [(tag, pattern) for tag, pattern in choices if tag in tags]
        for first, choices in base.yaml_implicit_resolvers.items()
    }


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise _NotForOrders(TWICE)
    return table


# From a table to an order


def _order(data: object, say: Language) -> Order:
    if not isinstance(data, dict):
        raise NotUnderstood(
            say(
                "An order file has fields with their values, as “technique: resolver”. The fields "
                "are: {fields}.",
                fields=", ".join(FIELDS),
            )
        )
    table = _Table(data, FIELDS, say)
    return Order(
        targets=table.targets("targets"),
        technique=table.choice("technique", Technique),
        executors=table.list("executors"),
        territory=table.text("territory"),
        start=table.time("start"),
        end=table.time("end", LAST_OF_A_DAY),
        lasts=table.period("lasts", table.time("start")),
        end_event=table.text("end_event"),
        review=table.text("review"),
        window=table.text("window"),
        notice=table.choice("notice", Notice) or Notice.NOT_FOUND,
        contacts=table.list("contacts"),
        reasons=table.text("reasons"),
        explains=table.switch("explains"),
        notice_page=table.switch("notice_page"),
        exceptions=table.targets("exceptions"),
        annex=table.text("annex"),
        open_list=table.text("open_list"),
        language=table.one_of("language", LANGUAGES),
    )


class _Table:
    """Fields with their values, each of which is read as what it has to be."""

    def __init__(
        self, data: Mapping[object, object], fields: tuple[str, ...], say: Language
    ) -> None:
        self._data = data
        self.say = say
        for field in data:
            if field not in fields:
                raise NotUnderstood(
                    say(
                        "{what} is no field of an order. The fields are: {fields}.",
                        what=quoted(str(field)),
                        fields=", ".join(fields),
                    )
                )

    def get(self, field: str) -> object:
        return self._data.get(field)

    def wrong(self, field: str, expected: str) -> NotUnderstood:
        say = self.say
        return NotUnderstood(
            say("In the field {field}, this is expected: {what}.", field=field, what=say(expected))
        )

    def text(self, field: str) -> str:
        value = self.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(field, A_TEXT)
        return value

    def list(self, field: str) -> tuple[str, ...]:
        value = self.get(field)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise self.wrong(field, TEXTS_IN_A_LIST)
        return tuple(items)

    def switch(self, field: str) -> bool:
        value = self.get(field)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(field, YES_OR_NO)
        return bool(value)

    def one_of(self, field: str, choices: Iterable[str]) -> str:
        value = self.text(field)
        if value and value not in choices:
            raise NotUnderstood(
                self.say(
                    "In the field {field}, one of these is expected: {choices}.",
                    field=field,
                    choices=", ".join(choices),
                )
            )
        return value

    def choice(self, field: str, choices: type[Choice]) -> Choice | None:
        value = self.one_of(field, [one.value for one in choices])
        return choices(value) if value else None

    def period(self, field: str, start: datetime | None) -> timedelta | None:
        value = self.get(field)
        if value is None:
            return None
        lasts = period(value, start) if isinstance(value, str) else None
        if lasts is None:
            raise self.wrong(field, A_PERIOD)
        return lasts

    def time(self, field: str, whole_day: timedelta = timedelta()) -> datetime | None:
        """Read a time; a date without one is its beginning and `whole_day`."""
        value = self.get(field)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError(value)
            if len(value.strip()) <= len("2026-11-02"):
                day = date.fromisoformat(value.strip())
                return datetime(day.year, day.month, day.day, tzinfo=UTC) + whole_day
            return _in_utc(datetime.fromisoformat(value.strip()))
        except (ValueError, OverflowError) as error:
            raise self.wrong(field, A_TIME) from error

    def targets(self, field: str) -> tuple[Target, ...]:
        value = self.get(field)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self.wrong(field, TARGETS)
        return tuple(self._target(field, item) for item in value)

    def _target(self, field: str, item: object) -> Target:
        if isinstance(item, str):
            found = target(item)
            if found is None:
                raise self._no_target(item)
            return found
        if not isinstance(item, dict):
            raise self.wrong(field, A_TARGET)
        table = _Table(item, TARGET_FIELDS, self.say)
        value = table.text("value")
        kind = table.choice("kind", TargetKind)
        found = named(f".{value}") if kind is TargetKind.SUFFIX else target(value)
        if found is None:
            raise self._no_target(value)
        if kind not in (None, found.kind):
            raise self.wrong("kind", SAME_KIND)
        beside = table.text("beside")
        if beside and ((name := named(beside)) is None or name.kind is not TargetKind.NAME):
            raise self.wrong("beside", A_NAME)
        subtree = found.subtree if table.get("subtree") is None else table.switch("subtree")
        return Target(found.value, found.kind, subtree, beside)

    def _no_target(self, text: str) -> NotUnderstood:
        return NotUnderstood(
            self.say(
                "{what} is no name, page, address or block of addresses that an order can name.",
                what=quoted(text),
            )
        )


# From an order to a table


def _table(order: Order) -> dict[str, object]:
    values: dict[str, object] = {
        "targets": [_written(one) for one in order.targets],
        "technique": order.technique and order.technique.value,
        "executors": [*order.executors],
        "territory": order.territory,
        "start": order.start and _iso(order.start),
        "end": order.end and _iso(order.end),
        "lasts": None if order.lasts is None else _in_words(order.lasts),
        "end_event": order.end_event,
        "review": order.review,
        "window": order.window,
        "notice": None if order.notice is Notice.NOT_FOUND else order.notice.value,
        "contacts": [*order.contacts],
        "reasons": order.reasons,
        "explains": order.explains,
        "notice_page": order.notice_page,
        "exceptions": [_written(one) for one in order.exceptions],
        "annex": order.annex,
        "open_list": order.open_list,
        "language": order.language,
    }
    return {field: value for field, value in values.items() if value}


def _written(one: Target) -> object:
    """A target as text where that says all of it."""
    text = {TargetKind.SUFFIX: f".{one.value}"}.get(one.kind, one.value)
    text = f"*.{text}" if one.subtree and one.kind is TargetKind.NAME else text
    if target(text) == one:
        return text
    table = {"value": one.value, "kind": one.kind.value, "subtree": one.subtree}
    return {**table, "beside": one.beside} if one.beside else table


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _iso(time: datetime) -> str:
    return _in_utc(time).isoformat().replace("+00:00", "Z")


def _in_words(length: timedelta) -> str:
    """A period as `reading.times.period` reads it, in whole seconds."""
    rest = int(length.total_seconds())
    parts = []
    for name, seconds in UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0 seconds"
