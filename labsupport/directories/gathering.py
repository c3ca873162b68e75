"""Values taken out of an answer, with what could not be read and what has no place kept apart."""

from __future__ import annotations

from typing import Any

from labsupport.directories import values
from labsupport.directories.record import Redaction

LONGEST_NUMBER = 40  # digits
DEEPEST_UNKNOWN = 50  # levels of what is kept unread, so that it can be printed and compared

Object = dict[str, Any]
SPELLINGS: dict[frozenset[str], dict[str, str]] = {}


class Gathering:
    """One answer being read.

    Most methods take a member out of an object: `at` is the way to the object from the top of
    the answer, "" for the top itself, and `key` the member's name. A value of the wrong shape is
    read where its meaning is plain. Where it is not, it is kept in `unknown`, and `problems`
    tells so.
    """

    __slots__ = ("problems", "redacted", "unknown")

    def __init__(self, problems: tuple[str, ...] = ()) -> None:
        self.problems = list(problems)
        self.unknown: dict[str, object] = {}
        self.redacted: list[Redaction] = []
        """Words that stood in the place of a value, and remarks that tell of such."""

    def members(self, value: object, known: frozenset[str], at: str) -> Object:
        """Return an object's members, and keep those that are not `known`."""
        if not isinstance(value, dict):
            if value is not None:
                self.misplaced(value, at)
            return {}
        if value.keys() <= known:
            return value
        value = respelled(value, known)
        for key, member in value.items():
            if key not in known:
                self.keep(member, way(at, key))
        return value

    def text(self, value: Object, key: str, at: str) -> str:
        """Return a text, "" where there is none."""
        found = value.get(key)
        if isinstance(found, str):
            return found.strip()
        return "" if found is None else self.as_text(found, way(at, key))

    def texts(self, value: Object, key: str, at: str) -> tuple[str, ...]:
        """Return the texts of an array, or a single one."""
        found = value.get(key)
        return () if found is None else self.as_texts(found, way(at, key))

    def number(self, value: Object, key: str, at: str) -> int | None:
        """Return a number that is not negative; an AS number may have its letters in front."""
        found = value.get(key)
        if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
            return found
        if found is None:
            return None
        text = self.as_text(found, way(at, key))
        digits = text.upper().removeprefix("AS").removesuffix(".0")
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
            return int(digits)
        if text:
            self.misplaced(found, way(at, key))
        return None

    def truth(self, value: Object, key: str, at: str) -> bool | None:
        """Return true or false, None where nothing is said."""
        found = value.get(key)
        if isinstance(found, bool) or found is None:
            return found
        text = str(found).lower() if isinstance(found, str | int) else ""
        if text in ("true", "1", "yes", "false", "0", "no"):
            return text in ("true", "1", "yes")
        self.misplaced(found, way(at, key))
        return None

    def name(self, value: Object, key: str, at: str) -> tuple[str, str]:
        """Return a domain name's A-label form, and the other form or ""."""
        text = self.text(value, key, at)
        try:
            return values.name(text)
        except ValueError:
            self.problems.append(f"{way(at, key)}: {values.shown(text)} is no domain name.")
            self.keep(text, way(at, key))
            return "", ""

    def as_text(self, value: object, at: str) -> str:
        """Return a value as text, wherever it stands."""
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            return value[0].strip()
        if value is not None and value != []:
            self.misplaced(value, at)
        return ""

    def as_texts(self, value: object, at: str) -> tuple[str, ...]:
        """Return a value as texts, wherever it stands."""
        if isinstance(value, str):
            value = value.strip()
            return (value,) if value else ()
        return tuple(filter(None, [self.as_text(item, at) for item in items(value)]))

    def misplaced(self, value: object, at: str) -> None:
        """Keep what cannot be what it should be where it stands, and say so."""
        self.problems.append(f"{at}: {values.shown(value)} could not be read.")
        self.keep(value, at)

    def keep(self, value: object, at: str) -> None:
        """Keep what has no place in a record."""
        if at in self.unknown:
            if self.unknown[at] == value:
                return
            at = f"{at} ({len(self.unknown)})"
        if _deeper_than(value, DEEPEST_UNKNOWN):
            self.problems.append(f"{at}: nested too deeply to be kept; the raw answer has it.")
            value = None
        self.unknown[at] = value


def way(at: str, key: str) -> str:
    """Return the way to a member of the object at `at`."""
    return f"{at}.{key}" if at else key


def items(value: object) -> list[Any]:
    """Return the items of an array, of what stands for one, or of a single value.

    >>> items(["a", "b"]), items("a"), items({"0": "a", "2": "b"}), items(None)
    (['a', 'b'], ['a'], ['a', 'b'], [])
    """
    if isinstance(value, list):
        return value
    if value is None:
        return []
    # PHP writes an array with a gap in it as an object.
    if isinstance(value, dict) and value and all(key.isdigit() for key in value):
        return list(value.values())
    return [value]


def respelled(value: Object, known: frozenset[str]) -> Object:
    """Return an object with the `known` names in their own spelling, where capitals differ."""
    if value.keys() <= known:
        return value
    spelling = SPELLINGS.get(known)
    if spelling is None:
        spelling = SPELLINGS[known] = {key.lower(): key for key in known}
    found: Object = {}
    for key, member in value.items():
        right = spelling.get(key.lower(), key)
        found[key if right in value or right in found else right] = member
    return found


def _deeper_than(value: object, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        deeper: list[object] = []
        for item in level:
            if isinstance(item, dict):
                deeper += item.values()
            elif isinstance(item, list):
                deeper += item
        if not deeper:
            return False
        level = deeper
    return True
