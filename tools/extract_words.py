"""Finds the words to translate: extraction methods for pybabel, named in words.cfg.

A short text of a file has the file as its context (msgctxt), as labsupport/language.py looks it
up. A comment says where in the file a text stands.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.extract import extract_python

from labsupport.language import is_short, with_words
from labsupport.reference import parsed, table_with_words

ROOT = Path(__file__).parents[1]
Found = tuple[int, str | None, str | tuple[str, ...], list[str]]
WITH_CONTEXT = "pgettext"  # a keyword of pybabel's call, first the context


def extract_code(
    file: IO[bytes], keywords: Collection[str], tags: Collection[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Yield what Babel finds in Python; what is said where it stands is found by its file."""
    for line, keyword, found, comments in extract_python(file, keywords, tags, options):
        message = found[0] if isinstance(found, tuple) else found
        if keyword == "say" and message and is_short(message):
            yield line, WITH_CONTEXT, (_path(file), message), comments
        else:
            yield line, keyword, found, comments


def extract_toml(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """Yield the words of a TOML file."""
    table = tomllib.load(file)
    return _collected(_path(file), lambda put: with_words(table, _path(file), put))


def extract_text(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """Yield a text: one message a file."""
    text = file.read().decode()
    return _collected(_path(file), lambda put: with_words(text, _path(file), put))


def extract_table(file: IO[bytes], *_: object, **__: object) -> Iterator[Found]:
    """Yield the title, the headings and the prose of a table of facts."""
    table = parsed(file.read().decode())
    return _collected("", lambda put: table_with_words(*table, _path(file), put))


def _collected(
    context: str, walk: Callable[[Callable[[str, str], str]], object]
) -> Iterator[Found]:
    """Yield what a walk through a file would translate, each text once, in order."""
    found: dict[str, str] = {}
    walk(lambda text, place: found.setdefault(text, place) and text)
    for number, (text, place) in enumerate(found.items(), 1):
        short = context and is_short(text)
        yield (
            number,
            WITH_CONTEXT if short else None,
            (context, text) if short else text,
            [place] if place else [],
        )


def _path(file: IO[bytes]) -> str:
    return Path(file.name).resolve().relative_to(ROOT).as_posix()
