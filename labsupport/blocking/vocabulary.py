"""The words by which orders are read, and the endings of names.

They are in data/course/orders/vocabulary.toml, which says how they are written.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

LANGUAGES = ("es", "pt", "en")


@functools.cache
def vocabulary() -> Mapping[str, Any]:
    """Return the words by which orders are read."""
    file = resources.files("labsupport.data").joinpath("course/orders/vocabulary.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


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
