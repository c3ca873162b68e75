"""The words of the course about orders, and those by which orders are read.

They are in data/course; vocabulary.toml says how its words are written.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from labsupport.language import SOURCE_LANGUAGE

LANGUAGES = ("es", "pt", "en")
_COURSE = resources.files("labsupport.data").joinpath("course")


@functools.cache
def course(file: str, language: str = SOURCE_LANGUAGE) -> Mapping[str, Any]:
    """Return what a file has in a language of the course, or else in English.

    >>> course("findings.toml")["idn"]["title"]
    'A name with letters beyond a to z'
    """
    path = _COURSE.joinpath(language, file)
    if not path.is_file():
        path = _COURSE.joinpath(SOURCE_LANGUAGE, file)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def vocabulary() -> Mapping[str, Any]:
    """Return the words by which orders are read."""
    return tomllib.loads(_COURSE.joinpath("orders/vocabulary.toml").read_text(encoding="utf-8"))


@functools.cache
def wordings() -> Mapping[str, Mapping[str, str]]:
    """Return the other technical wordings for what a review finds, in each language."""
    return tomllib.loads(_COURSE.joinpath("orders/wording.toml").read_text(encoding="utf-8"))


@functools.cache
def words(*path: str) -> frozenset[str]:
    """Return a list of whole words of the vocabulary.

    >>> "com.test" in words("names", "suffixes")
    True
    """
    found: Any = vocabulary()
    for step in path:
        found = found[step]
    return frozenset(found)
