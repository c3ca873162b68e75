"""Every word a person sees comes from here, by language.

A short label stands in the code, and its English text is its key: translations of labels are .po
files in data/course/locale (gettext, compiled by Babel). What takes more than a line lies in
data/course/en/sentences.toml and is told by its key there; other words lie in files beside it.
"""

from __future__ import annotations

import functools
import gettext
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

SOURCE_LANGUAGE = "en"


def mark(message: str) -> str:
    """Mark a constant for translation; it is translated where it is said.

    >>> mark("address")
    'address'
    """
    return message


@dataclass(frozen=True)
class Language:
    """Says things in one language.

    >>> say = Language.load("en")
    >>> say("{name} has an address.", name="www.museum.example")
    'www.museum.example has an address.'
    """

    code: str
    catalogue: gettext.NullTranslations

    @classmethod
    def load(cls, code: str) -> Language:
        """Return the language with this code ("en"); raise LookupError if the course lacks it."""
        if code == SOURCE_LANGUAGE:
            return cls(code, gettext.NullTranslations())
        file = resources.files("labsupport.data").joinpath(
            f"course/locale/{code}/LC_MESSAGES/labsupport.mo"
        )
        if not file.is_file():
            raise LookupError(code)
        with file.open("rb") as stream:
            return cls(code, gettext.GNUTranslations(stream))

    def __call__(self, message: str, **values: object) -> str:
        """Translate `message`, then fill its {places} with `values`."""
        return self.catalogue.gettext(message).format(**values)

    def table(self, file: str) -> dict[str, Any]:
        """Return a table of words of the course: a file in this language's folder of data/course.

        >>> Language.load("en").table("techniques.toml")["cdn"]["undone"]
        'by the CDN'
        """
        return table_of(self.code, file)


@functools.cache
def table_of(code: str, file: str) -> dict[str, Any]:
    """Return a TOML file of the course in a language ("en"): read once, and not to be changed.

    >>> sorted(table_of("en", "questions.toml"))
    ['question']
    """
    folder = resources.files("labsupport.data").joinpath("course")
    return tomllib.loads(folder.joinpath(code, file).read_text(encoding="utf-8"))


def tell(say: Language, key: str, /, **values: object) -> str:
    """Return the sentence with a key of sentences.toml, its {places} filled with `values`.

    >>> tell(Language.load("en"), "diagnose.too_long")
    'Its aliases lead in a circle, or too far.'
    >>> tell(Language.load("en"), "results.hours", count=2)
    '2 hours'
    """
    of, _, name = key.partition(".")
    text: Any = table(say, of)[name]
    if isinstance(text, dict):  # one, or more
        text = text["one" if values["count"] == 1 else "more"]
    return str(text).format(**values)


def limits(say: Language, *keys: str) -> tuple[str, ...]:
    """Return the sentences with these keys; the name of a table stands for all of its sentences."""
    told: list[str] = []
    for key in keys:
        told += [tell(say, key)] if "." in key else table(say, key).values()
    return tuple(told)


def table(say: Language, name: str) -> dict[str, str]:
    """Return a whole table."""
    found: dict[str, str] = say.table("sentences.toml")[name]
    return found
