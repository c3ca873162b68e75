"""What has all languages at once: the words by which orders are read, the other wordings.

They are in data/course/orders; vocabulary.toml says how its words are written.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from labsupport.inputs import number_words

LANGUAGES = ("es", "pt", "en")
FOLDER = resources.files("labsupport.data").joinpath("course/orders")
NAMED = re.compile(r"\{([a-z][a-z_.]*)\}")


@functools.cache
def orders(file: str) -> Mapping[str, Any]:
    """Return what a file has on orders, in all languages."""
    return tomllib.loads(FOLDER.joinpath(file).read_text(encoding="utf-8"))


@functools.cache
def vocabulary() -> Mapping[str, Any]:
    """Return the words by which orders are read, those for numbers and months too."""
    written = orders("vocabulary.toml")
    return {**written, **{code: written[code] | number_words.of(code) for code in LANGUAGES}}


@functools.cache
def words(*path: str) -> frozenset[str]:
    """Return a list of whole words of the vocabulary.

    >>> "com.test" in words("names", "suffixes")
    True
    """
    part: Any = vocabulary()
    for step in path:
        part = part[step]
    return frozenset(part)


class Expressions:
    """The regular expressions of a part of the reader, each compiled once it is asked for.

    >>> Expressions("times").half.fullmatch(" p.m.")["half"]
    'p'
    """

    def __init__(self, part: str) -> None:
        self._part = part

    def __getattr__(self, name: str) -> re.Pattern[str]:
        if name not in vocabulary()["expressions"][self._part]:
            raise AttributeError(name)
        pattern = re.compile(_expression(self._part, name))
        setattr(self, name, pattern)
        return pattern


def _expression(part: str, name: str) -> str:
    """Return what `name` is in a part of the reader, or elsewhere in the vocabulary."""
    entry: Any = vocabulary()
    for step in name.split(".") if "." in name else ("expressions", part, name):
        entry = entry[step]
    entry = list(entry.values()) if isinstance(entry, dict) else entry
    if isinstance(entry, list):
        written = re.sub(r" (?!\?)", r"\\s{1,40}", "|".join(entry))
    else:
        written = "".join(line.removeprefix("    ") for line in entry.splitlines())
    return NAMED.sub(lambda one: _expression(part, one[1]), written)
