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
    counts: dict[str, int] = {}
    for words in _words().values():
        counts |= _of_a_language(words)
    return counts


def _of_a_language(words: Mapping[str, Any]) -> dict[str, int]:
    small = _in_order(words["small"])
    units = [(word, count) for word, count in small.items() if 1 <= count <= 9]
    counts: dict[str, int] = {}
    for ten, index in _in_order(words["tens"]).items():
        count = (index + 1) * 10
        counts[ten] = count
        if count >= 20:
            for unit, more in units:
                counts[f"{ten}{words['joined_by']}{unit}"] = count + more
    counts |= small
    below = [(word, count) for word, count in counts.items() if count < 100]
    for hundred in words["hundred"]:
        for word, count in below:
            counts[f"{hundred}{word}"] = 100 + count
    return counts


@functools.cache
def months() -> Mapping[str, int]:
    """Return the names of the months and their short forms, with the number of each.

    >>> months()["octubre"], months()["dez"], months()["may"]
    (10, 12, 5)
    """
    by_name: dict[str, int] = {}
    for words in _words().values():
        for name, index in _in_order(words["months"]).items():
            by_name[name] = index + 1
    return by_name


def _in_order(written: Sequence[str]) -> dict[str, int]:
    """Return the words of a list, each with its index in it."""
    indices: dict[str, int] = {}
    for index, words in enumerate(written):
        indices |= dict.fromkeys(words.split("|"), index)
    return indices


def of(code: str) -> Mapping[str, Any]:
    """Return the words of one language, as data/course/numbers.toml has them."""
    return _words()[code]


@functools.cache
def _words() -> dict[str, dict[str, Any]]:
    file = resources.files("labsupport.data").joinpath("course/numbers.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
