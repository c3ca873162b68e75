"""What has all languages at once: the words by which orders are read, the other wordings.

They are in data/course/orders; vocabulary.toml says how its words are written.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

LANGUAGES = ("es", "pt", "en")
_FOLDER = resources.files("labsupport.data").joinpath("course/orders")


@functools.cache
def orders(file: str) -> Mapping[str, Any]:
    """Return what a file has on orders, in all languages."""
    return tomllib.loads(_FOLDER.joinpath(file).read_text(encoding="utf-8"))


def vocabulary() -> Mapping[str, Any]:
    """Return the words by which orders are read."""
    return orders("vocabulary.toml")


def wordings() -> Mapping[str, Mapping[str, str]]:
    """Return the other technical wordings for what a review finds, in each language."""
    return orders("wording.toml")


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
