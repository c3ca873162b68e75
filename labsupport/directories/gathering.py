"""Values taken out of an answer, with a sentence for each that could not be read."""

from __future__ import annotations

from typing import Any

from labsupport.directories import values
from labsupport.directories.record import Redaction

LONGEST_NUMBER = 40  # digits

Object = dict[str, Any]


class Gathering:
    """One answer being read.

    Most methods take the member called `key` out of an object. A value of the wrong shape is
    read where its meaning is plain; where it is not, `problems` tells so.
    """

    def __init__(self, problems: tuple[str, ...] = ()) -> None:
        self.problems = list(problems)
        self.redacted: list[Redaction] = []
        """Words that stood in the place of a value, and remarks that tell of such."""

    def members(self, value: object, at: str) -> Object:
        """Return an object, an empty one where `value` is none."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.misplaced(value, at)
        return {}

    def each(self, value: Object, key: str, single: str = "") -> list[Object]:
        """Return the objects of an array.

        A text in the place of an object is taken for its member `single`, where that is given.
        """
        told = [
            {single: item} if single and isinstance(item, str) else item
            for item in items(value.get(key))
        ]
        return [found for item in told if (found := self.members(item, key))]

    def text(self, value: Object, key: str) -> str:
        """Return a text, "" where there is none."""
        return self.as_text(value.get(key), key)

    def number(self, value: Object, key: str) -> int | None:
        """Return a number that is not negative; an AS number may have its letters in front."""
        digits = self.as_text(value.get(key), key).upper().removeprefix("AS").removesuffix(".0")
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER:
            return int(digits)
        if digits:
            self.misplaced(value[key], key)
        return None

    def truth(self, value: Object, key: str) -> bool | None:
        """Return true or false, None where nothing is said."""
        found = value.get(key)
        known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        text = "" if isinstance(found, dict | list) else str(found).lower()
        if text not in known and found is not None:
            self.misplaced(found, key)
        return known.get(text)

    def name(self, value: Object, key: str) -> str:
        """Return a domain name's A-label form, "" for none."""
        text = self.text(value, key)
        try:
            return values.name(text)
        except ValueError:
            self.misplaced(text, key)
            return ""

    def as_text(self, value: object, at: str) -> str:
        """Return a value as text, wherever it stands."""
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            value = value[0]
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is not None and value != []:
            self.misplaced(value, at)
        return ""

    def as_texts(self, value: object, at: str) -> tuple[str, ...]:
        """Return a value as texts, wherever it stands."""
        return tuple(filter(None, [self.as_text(item, at) for item in items(value)]))

    def misplaced(self, value: object, at: str) -> None:
        """Say of a value that it cannot be what it should be where it stands."""
        self.problems.append(f"{at}: {values.shown(value)} could not be read.")


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
