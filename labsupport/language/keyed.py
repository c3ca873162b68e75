"""Finds the texts for readers in the files of the course, and the key of each.

A key is chosen once and is what a catalogue knows a text by (msgctxt): no file of code has a part
in it. `visit.ended` is a sentence of data/course/en/sentences; in another file the key is the
file's name and the way to the text, by the id of a thing where it has one and else by its number:
`questions.dns-time.choice.2.reply`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

SENTENCES = "sentences/"
# what a thing in a list is told from its neighbours by
IDS = (
    "id",
    "key",
    "cell",
    "code",
)
# no number, name or address
PROSE = re.compile(r"(?<![\w.:/@])[^\W\d_]{2,}(?![\w-]*[.:/@]+\w)")

# a sentence for each number: `none` (if it differs), `one` and `more`
Counted = dict[str, str]
Text = str | Counted
Put = Callable[[str, Text], Any]  # what stands for the text with a key


def key_of(file: str) -> str:
    """Return what the keys of a file begin with.

    >>> key_of("cases/fraud/case.toml"), key_of("sentences/visit.toml")
    ('cases.fraud.case', 'visit')
    """
    return file.removeprefix(SENTENCES).rpartition(".")[0].replace("/", ".")


def with_words(value: Any, file: str, put: Put) -> Any:
    """Return what a file of the course holds, with `put(key, text)` for each text for readers.

    >>> table = {"step": [{"key": "aim", "name": "Aim"}]}
    >>> with_words(table, "worksheet.toml", lambda key, text: f"{text}!")
    {'step': [{'key': 'aim', 'name': 'Aim!'}]}
    """
    return _walked(value, key_of(file), put)


def _walked(value: Any, key: str, put: Put) -> Any:
    if isinstance(value, dict):
        if is_counted(value):
            return put(key, value)
        return {
            name: _walked(inner, f"{key}.{name}", put) for name, inner in value.items()
        }
    if isinstance(value, list):
        named = zip(names_in(value), value, strict=True)
        return [_walked(inner, f"{key}.{name}", put) for name, inner in named]
    if not isinstance(value, str) or not is_word(value, key):
        return value
    inner = value.strip()
    before, after = value.split(inner, 1)
    return f"{before}{put(key, inner)}{after}"


def is_counted(value: object) -> bool:
    """Whether it is a sentence that depends on a number."""
    return isinstance(value, dict) and {"one", "more"} <= value.keys() <= {
        "none",
        "one",
        "more",
    }


def names_in(value: list[Any]) -> list[str]:
    """Return what each thing in a list is called in a key: by its id, or by its number.

    >>> names_in([{"id": "a"}, {"id": "b"}]), names_in(["x", "y"])
    (['a', 'b'], ['0', '1'])
    """
    for name in IDS:
        ids = [inner.get(name) for inner in value if isinstance(inner, dict)]
        identifiers = {identifier for identifier in ids if isinstance(identifier, str)}
        if len(identifiers) == len(value):
            return list(map(str, ids))
    return [str(number) for number in range(len(value))]


def is_word(text: str, key: str) -> bool:
    """Whether a text is for readers: locale/no-words.txt lists the keys of those that are not.

    >>> is_word("dns-time", "questions.question.dns-time.id"), is_word("Yes.", "lab.yes")
    (False, True)
    """
    return bool(PROSE.search(text)) and not _no_words().fullmatch(key)


@functools.cache
def _no_words() -> re.Pattern[str]:
    file = resources.files("labsupport.data").joinpath("course/locale/no-words.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    listed = (re.escape(line) for line in lines if line and not line.startswith("#"))
    return re.compile("|".join(listed).replace(r"\*", "[^.]*"))
