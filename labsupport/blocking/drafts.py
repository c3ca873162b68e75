"""The lab's own draft orders, all invented: data/course/orders/drafts, a text each.

Each file begins with what it is, between two lines of "+++" (TOML); the text follows.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources

FENCE = "+++\n"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft order in one language. `source` says what it is made after."""

    key: str
    language: str
    title: str
    source: str
    text: str


def keys() -> tuple[str, ...]:
    """Return what the drafts are called.

    >>> keys()[:3]
    ('clean', 'flawed', 'hold')
    """
    return tuple(dict.fromkeys(key for key, _ in _drafts()))


def languages(key: str) -> tuple[str, ...]:
    """Return the languages that a draft is written in; raise LookupError if there is none.

    >>> languages("like-messenger")
    ('pt',)
    """
    found = tuple(language for one, language in _drafts() if one == key)
    if not found:
        raise LookupError(key)
    return found


def draft(key: str, language: str) -> Draft:
    """Return a draft; raise LookupError if it is not written in this language."""
    try:
        return _drafts()[key, language]
    except KeyError as error:
        raise LookupError(key, language) from error


def read(key: str, language: str) -> str:
    """Return the text of a draft; raise LookupError if it is not written in this language.

    >>> read("flawed", "es").splitlines()[0]
    'TRAINING – FICTIONAL · CAPACITACIÓN – DOCUMENTO FICTICIO'
    """
    return draft(key, language).text


@functools.cache
def _drafts() -> dict[tuple[str, str], Draft]:
    folder = resources.files("labsupport.data").joinpath("course/orders/drafts")
    files = (file for file in folder.iterdir() if file.name.endswith(".txt"))
    found = [_draft(file.read_text(encoding="utf-8")) for file in files]
    return {
        (one.key, one.language): one
        for one in sorted(found, key=lambda one: (one.key, one.language))
    }


def _draft(file: str) -> Draft:
    _, about, text = file.split(FENCE, 2)
    return Draft(**tomllib.loads(about), text=text)
