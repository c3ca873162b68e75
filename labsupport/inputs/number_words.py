"""Numbers and months in words, in the languages of the course and of its orders."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any


@functools.cache
def numbers() -> Mapping[str, int]:
    """Return the words for numbers up to a hundred, small and without accents.

    >>> numbers()["treinta y uno"], numbers()["vinte e um"], numbers()["ninety nine"]
    (31, 21, 99)
    """
    found: dict[str, int] = {}
    for words in _words().values():
        found |= _of_a_language(words)
    return found


def _of_a_language(words: Mapping[str, Any]) -> dict[str, int]:
    small = _in_order(words["small"])
    tens = {word: (count + 1) * 10 for word, count in _in_order(words["tens"]).items()}
    units = {word: count for word, count in small.items() if 1 <= count <= 9}
    found = tens | small
    for ten, many in tens.items():
        if many >= 20:
            found |= {f"{ten}{words['joined_by']}{unit}": many + n for unit, n in units.items()}
    below = {word: count for word, count in found.items() if count < 100}
    for hundred in words["hundred"]:
        found |= {f"{hundred}{word}": 100 + count for word, count in below.items()}
    return found


@functools.cache
def months() -> Mapping[str, int]:
    """Return the names of the months and their short forms, with the number of each.

    >>> months()["octubre"], months()["dez"], months()["may"]
    (10, 12, 5)
    """
    names = [_in_order(words["months"]) for words in _words().values()]
    return {name: number + 1 for by_name in names for name, number in by_name.items()}


def _in_order(written: Sequence[str]) -> dict[str, int]:
    """Return the words of a list, each with its place in it."""
    return {word: place for place, words in enumerate(written) for word in words.split("|")}


def of(code: str) -> Mapping[str, Any]:
    """Return the words of one language, as data/course/numbers.toml has them."""
    return _words()[code]


@functools.cache
def _words() -> dict[str, dict[str, Any]]:
    file = resources.files("labsupport.data").joinpath("course/numbers.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
