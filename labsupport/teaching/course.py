"""The words of the course itself: data/course, one folder a language."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any


def read(language: str, file: str) -> dict[str, Any]:
    """Return the course's TOML file in a language ("en").

    >>> sorted(read("en", "questions.toml"))
    ['question']
    """
    path = resources.files("labsupport.data").joinpath(f"course/{language}/{file}")
    return tomllib.loads(path.read_text(encoding="utf-8"))
