"""Every word a person sees comes from here, by language.

English is the source, and stands in the code, in files of data/course/en and in data/reference.
Another language is one catalogue in data/course/locale (gettext, compiled by Babel), in which each
English text is looked up; what it lacks is said in English, with a mark. A short text may mean
another thing in another file: it is looked up with the file that it stands in, then without.

What takes more than a line in the code lies in sentences.toml and is told by its key there.
"""

from __future__ import annotations

import functools
import gettext
import locale
import os
import re
import string
import sys
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, Any

SOURCE_LANGUAGE = "en"
NAMES = {"en": "English", "es": "Español", "pt": "Português"}  # each as it calls itself
QUOTATION = {"es": "«{}»"}  # others as in English
INNER = {"es": str.maketrans("«»", "“”")}  # inside a quotation
UNTRANSLATED = "[en] "
SHORT = 3  # words; a longer text means the same wherever it stands
WORDS = "data/course/en"
SOUND_OF_I = re.compile(r"h?[iíy](?![aeouáéóú])", re.IGNORECASE)  # Isla, not Hielo or Yuca
PROSE = re.compile(r"(?<![\w.:/@])[^\W\d_]{2,}(?![\w-]*[.:/@]+\w)")  # no number, name or address
_HOUSE = Path(__file__).parent.parent


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
        return cls(code, catalogue_of(code))

    def __call__(self, message: str, /, **values: object) -> str:
        """Translate `message`, then fill its {places} with `values`."""
        asked_by = sys._getframe(1).f_globals if is_short(message) else {}
        return self.fill(self.translated(message, _path(asked_by.get("__file__", ""))), **values)

    def fill(self, text: str, /, **values: object) -> str:
        """Fill the {places} of a text, with numbers and quotation marks as this language has them.

        >>> spanish = Language("es", gettext.NullTranslations())
        >>> spanish.fill("{all:,}; {part}; {typed}", all=18245, part=47.6, typed="“443”")
        '18.245; 47,6; «443»'
        """
        if self.code == SOURCE_LANGUAGE:
            return text.format(**values)
        return _Foreign(QUOTATION.get(self.code, "“{}”")).vformat(text, (), values)

    def quote(self, text: str) -> str:
        """Return a text in quotation marks.

        >>> Language("es", gettext.NullTranslations()).quote("Dijo «no» y firmó.")
        '«Dijo “no” y firmó.»'
        """
        return QUOTATION.get(self.code, "“{}”").format(text.translate(INNER.get(self.code, {})))

    def all_of(self, parts: Iterable[str]) -> str:
        """Return parts with "and" between them, which in Spanish is "e" before the sound of i.

        >>> Language("es", gettext.NullTranslations()).all_of(["Nube", "Isla", "Hielo"])
        'Nube e Isla and Hielo'
        """
        first, *others = [*parts] or [""]
        joint, before_i = self(mark(" and ")), self.code == "es"
        return first + "".join(
            (" e " if before_i and SOUND_OF_I.match(part) else joint) + part for part in others
        )

    def number(self, value: int) -> str:
        """Return a number with its thousands apart.

        >>> Language.load("en").number(18245)
        '18,245'
        """
        return self.fill("{value:,}", value=value)

    def translated(self, text: str, file: str = "") -> str:
        """Return what stands in the catalogue for a text of a file; else the text, marked."""
        found = self.catalogue.pgettext(file, text) if file and is_short(text) else ""
        found = found or self.catalogue.gettext(text)
        if found == text or (found and places(found) == places(text)):
            return found
        return UNTRANSLATED + text

    def table(self, file: str) -> dict[str, Any]:
        """Return a table of words of the course: a file in this language's folder of data/course.

        >>> Language.load("en").table("techniques.toml")["cdn"]["undone"]
        'by the CDN'
        """
        return table_of(self.code, file)


@functools.cache
def _path(file: str) -> str:
    """Return where a module of ours is, as the catalogue calls it; "" for other files."""
    path = Path(file.removesuffix("c"))  # a page has it compiled
    return path.relative_to(_HOUSE).as_posix() if path.is_relative_to(_HOUSE) else ""


class _Foreign(string.Formatter):
    """Fills places as Spanish and Portuguese do: with a comma for decimals."""

    def __init__(self, quotation: str) -> None:
        self.quotation = quotation

    def format_field(self, value: Any, form: str) -> str:
        made = str(super().format_field(value, form))
        if isinstance(value, int | float):
            return made.translate(str.maketrans(",.", ".,"))
        quoted = re.fullmatch("“([^“”]*)”", made)
        return self.quotation.format(quoted[1]) if quoted else made


class _Nothing(gettext.NullTranslations):
    """Has nothing for any text, where gettext gives the text itself."""

    def gettext(self, message: str) -> str:
        return ""

    def pgettext(self, context: str, message: str) -> str:
        return ""


@functools.cache
def catalogue_of(code: str) -> gettext.NullTranslations:
    """Return the catalogue of a language: read once."""
    if code == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    # With the instructor's guide, or, at a desk of a room, without.
    places = (_course().joinpath(f"locale/{at}/LC_MESSAGES") for at in (f"guide/{code}", code))
    files = (place.joinpath("labsupport.mo") for place in places)
    file = next((one for one in files if one.is_file()), None)
    if file is None:
        raise LookupError(code)
    with file.open("rb") as stream:
        return read_catalogue(stream)


def read_catalogue(stream: IO[bytes]) -> gettext.NullTranslations:
    """Return a compiled catalogue (.mo), which has nothing for a text that is not in it."""
    catalogue = gettext.GNUTranslations(stream)
    catalogue.add_fallback(_Nothing())
    return catalogue


def languages() -> list[str]:
    """Return the codes of the languages that the course is in, English first.

    >>> languages()[0]
    'en'
    """
    folders = sorted(_course().joinpath("locale").iterdir(), key=lambda one: one.name)
    made = [one.name for one in folders if one.joinpath("LC_MESSAGES/labsupport.mo").is_file()]
    return [SOURCE_LANGUAGE, *made]


def preferred() -> str:
    """Return the language that LAB_LANGUAGE names or else this machine's; English as a last resort.

    >>> preferred() in languages()
    True
    """
    named = (os.environ.get(name) for name in ("LAB_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    # Windows sets none of these.
    first = next(filter(None, named), locale.getlocale()[0] or "")
    return next((code for code in languages() if first.startswith(code)), SOURCE_LANGUAGE)


def is_short(text: str) -> bool:
    """Whether a text is so short that its meaning depends on the file.

    >>> is_short("who was needed"), is_short("who was needed in")
    (True, False)
    """
    return text.count(" ") < SHORT


@functools.lru_cache(maxsize=4096)
def places(text: str) -> frozenset[tuple[object, ...]] | None:
    """Return the {places} of a text; None if it cannot be filled.

    >>> sorted(places("{name} has {count:,} of {name}."))
    [('count', ',', None), ('name', '', None)]
    """
    try:
        found = string.Formatter().parse(text)
        return frozenset((name, *how) for _, name, *how in found if name is not None)
    except ValueError:
        return None


def is_word(text: str, file: str, place: str) -> bool:
    """Whether a text of a file is for readers: locale/no-words.txt lists the places that are not.

    >>> file = "data/course/en/questions.toml"
    >>> is_word("dns-time", file, "question.0.id"), is_word("Yes.", file, "question.0.prompt")
    (False, True)
    """
    return bool(PROSE.search(text)) and not _no_words().fullmatch(f"{file}:{place}")


@functools.cache
def _no_words() -> re.Pattern[str]:
    lines = _course().joinpath("locale/no-words.txt").read_text(encoding="utf-8").splitlines()
    listed = (re.escape(line) for line in lines if line and not line.startswith("#"))
    return re.compile("|".join(listed).replace(r"\*", "[^./:]*"))


def with_words(value: Any, file: str, put: Callable[[str, str], str], at: str = "") -> Any:
    """Return what a file holds, with `put(text, place)` for each text in it that is for readers.

    >>> table = {"step": [{"key": "aim", "name": "Aim"}]}
    >>> with_words(table, "data/course/en/worksheet.toml", lambda text, place: f"{place}!")
    {'step': [{'key': 'aim', 'name': 'step.0.name!'}]}
    """
    if isinstance(value, dict):
        return {key: with_words(one, file, put, f"{at}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [with_words(one, file, put, f"{at}.{number}") for number, one in enumerate(value)]
    if not isinstance(value, str) or not is_word(value, file, at[1:]):
        return value
    inner = value.strip()
    before, after = value.split(inner, 1)
    return before + put(inner, at[1:]) + after


@functools.cache
def table_of(code: str, file: str) -> dict[str, Any]:
    """Return a TOML file of the course in a language ("en"): read once, and not to be changed.

    >>> sorted(table_of("en", "questions.toml"))
    ['question']
    """
    return told(code, file, tomllib.loads)  # type: ignore[no-any-return]


def text_of(code: str, file: str) -> str:
    """Return a text of the course in a language.

    >>> text_of("en", "cases/fraud/one.txt").splitlines()[0]
    'TRAINING – FICTIONAL'
    """
    return told(code, file, str)  # type: ignore[no-any-return]


def told(code: str, file: str, read: Callable[[str], Any]) -> Any:
    """Return what `read` makes of a file of the course, its words in a language."""
    value = read(_course().joinpath(SOURCE_LANGUAGE, file).read_text(encoding="utf-8"))
    if code == SOURCE_LANGUAGE:
        return value
    say, path = Language.load(code), f"{WORDS}/{file}"
    return with_words(value, path, lambda text, _: say.translated(text, path))


def _course() -> Any:
    return resources.files("labsupport.data").joinpath("course")


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
    return say.fill(text, **values)


def limits(say: Language, *keys: str) -> tuple[str, ...]:
    """Return the sentences with these keys; the name of a table stands for all of its sentences.

    What is no key stands for itself.
    """
    told: list[str] = []
    for key in keys:
        if " " in key:
            told.append(say(key))
        else:
            told += [tell(say, key)] if "." in key else table(say, key).values()
    return tuple(told)


def table(say: Language, name: str) -> dict[str, str]:
    """Return a whole table."""
    found: dict[str, str] = say.table("sentences.toml")[name]
    return found
