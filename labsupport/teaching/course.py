"""The words of the course itself: data/course, one folder a language."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any


def read(language: str, file: str) -> dict[str, Any]:
    """Return the course's TOML file in a language ("en").

    >>> sorted(read("en", "questions.toml"))
    ['question']
    """
    path = resources.files("labsupport.data").joinpath(f"course/{language}/{file}")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def cases(language: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Return the cases of a language: key, story and the texts of their orders by key.

    >>> [key for key, _, _ in cases("en")]
    ['fraud', 'wrong-order']
    """
    folder = resources.files("labsupport.data").joinpath(f"course/{language}/cases")
    for case in sorted(folder.iterdir(), key=lambda one: one.name):
        files = {file.name: file.read_bytes() for file in case.iterdir()}
        texts = {
            name.removesuffix(".txt"): data.decode("utf-8")
            for name, data in files.items()
            if name.endswith(".txt")
        }
        yield case.name, files["case.toml"], texts
