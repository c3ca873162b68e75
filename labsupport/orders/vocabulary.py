"""What has all languages at once: the words by which orders are read, the other wordings.

They are in data/course/orders; vocabulary.toml says how its words are written.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, ClassVar

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
    written = {**orders("vocabulary.toml")}
    for code in LANGUAGES:
        acts = {"acts": orders("acts.toml")[code]}
        written[code] = written[code] | acts | number_words.of(code)
    return written


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
    """The regular expressions of a part of the reader, each an `Expression`.

    >>> from labsupport.orders.reading.finding import RE
    >>> RE.ellipsis.search("goles...")[0]
    '...'
    """

    part: ClassVar[str]

    def __init_subclass__(cls, part: str) -> None:
        cls.part = part


class Expression:
    """One of a part's regular expressions, by its name there; compiled once it is asked for."""

    def __set_name__(self, owner: type[Expressions], name: str) -> None:
        self._name = name

    def __get__(
        self, expressions: Expressions, owner: type[Expressions]
    ) -> re.Pattern[str]:
        pattern = re.compile(_expression(owner.part, self._name))
        vars(expressions)[self._name] = pattern  # found there from now on
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
