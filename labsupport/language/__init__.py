"""Every word a person sees comes from here, by language.

English is the source. Sentences and labels lie in data/course/en/sentences, a file a subject, and
are said by their key: `say("visit.ended", url=…)`. Questions, the glossary and other longer things
lie in files of their own beside them, facts with their sources in data/reference. Another language
is one catalogue (data/course/locale, gettext), in which each English text is looked up by its key
(keyed.py). What it lacks, or has of another English text than today's, is said in English with a
mark.
"""

from __future__ import annotations

import functools
import gettext
import io
import locale
import os
import string
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO, Any

from labsupport.language import compiling, conventions
from labsupport.language.keyed import SENTENCES, Counted, Text, with_words
from labsupport.language.naming import NEAREST, code_of

SOURCE_LANGUAGE = "en"
UNTRANSLATED = "[en] "


@dataclass(frozen=True)
class Language:
    """Says things in one language.

    >>> say = Language.load("en")
    >>> say("diagnose.too_long")
    'Its aliases, or the servers named for it, lead in a circle or too far.'
    >>> say("results.hours", count=2)
    '2 hours'
    """

    code: str
    catalogue: gettext.NullTranslations

    @classmethod
    def load(cls, code: str) -> Language:
        """Return the language with this code ("en"); raise LookupError if the course lacks it."""
        return cls(code, catalogue_of(code))

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the sentence with a key, its {places} filled with `values`.

        Where a sentence depends on a number, that is `count`. A key that no file of sentences has
        raises LookupError.
        """
        subject, _, name = key.partition(".")
        text: Text = source(f"{SENTENCES}{subject}.toml")[name]
        if isinstance(text, dict):
            text = self._for_number(key, text, values["count"])
        else:
            text = self.translated(key, text)
        return self.fill(text, **values)

    def fill(self, text: str, /, **values: object) -> str:
        """Fill the {places} of a text, with numbers and quotation marks as this language has them.

        >>> spanish = Language("es", gettext.NullTranslations())
        >>> spanish.fill("{part}; {typed}", part=47.6, typed="“443”")
        '47,6; «443»'
        """
        return conventions.Filler(self._conventions).vformat(text, (), values)

    def quote(self, text: str) -> str:
        """Return a text in quotation marks.

        >>> Language("es", gettext.NullTranslations()).quote("Dijo «no» y firmó.")
        '«Dijo “no” y firmó.»'
        """
        return conventions.Filler(self._conventions).quoted(text)

    def listed(self, parts: Iterable[str], *, either: bool = False) -> str:
        """Return parts as a list in a sentence; with `either`, one of them is meant.

        >>> Language.load("en").listed(["Brisa", "Nube", "Isla"])
        'Brisa, Nube and Isla'
        """
        return conventions.listed(parts, self._conventions, either=either)

    def number(self, value: int) -> str:
        """Return a number with its thousands apart.

        >>> Language.load("en").number(18245)
        '18,245'
        """
        return self.fill("{value:,}", value=value)

    def percent(self, value: float) -> str:
        """Return a share, given in percent.

        >>> Language.load("en").percent(7.7)
        '7.7%'
        """
        return self._conventions.percent.format(self.fill("{value:g}", value=value))

    def dated(self, text: str) -> str:
        """Return a text with its days written out.

        >>> Language.load("es").dated("consultado el 2026-12-02")
        'consultado el 2 de diciembre de 2026'
        """
        return conventions.dated(text, self._conventions)

    @property
    def _conventions(self) -> conventions.Conventions:
        return conventions.of(self.code)

    def translated(self, key: str, text: str) -> str:
        """Return what the catalogue has for the English text with a key; else the text, marked."""
        if self.code == SOURCE_LANGUAGE:
            return text
        return self._fitting(self.catalogue.pgettext(key, text), text)

    def _for_number(self, key: str, text: Counted, number: object) -> str:
        """Return what is said of a number."""
        if number == 0 and "none" in text:
            return self.translated(f"{key}.none", text["none"])
        english = text["one"] if number == 1 else text["more"]
        if self.code == SOURCE_LANGUAGE:
            return english
        count = number if isinstance(number, int) else 2
        translation = self.catalogue.npgettext(key, text["one"], text["more"], count)
        return self._fitting(translation, english)

    def _fitting(self, translation: str, english: str) -> str:
        """Return what is said, if the course can fill it; else the English, marked."""
        has = places(translation)
        may_have = places(english)
        fits = has is not None and may_have is not None and has <= may_have
        return translation if translation and fits else UNTRANSLATED + english

    def table(self, file: str) -> dict[str, Any]:
        """Return a table of words of the course: a file in this language's folder of data/course.

        >>> Language.load("en").table("techniques.toml")["cdn"]["undone"]
        'by the CDN'
        """
        return table_of(self.code, file)


class _Nothing(gettext.NullTranslations):
    """Has nothing for any text, where gettext gives the text itself."""

    def pgettext(self, context: str, message: str) -> str:
        return ""

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return ""


@functools.cache
def catalogue_of(code: str) -> gettext.NullTranslations:
    """Return the catalogue of a language: read once, compiled anew if its source has changed."""
    if code == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    locale_folder = _course().joinpath("locale")
    whole, without_guide = compiling.made_of(locale_folder, code)
    origin = compiling.source_of(locale_folder, code)
    if compiling.is_stale(whole, origin):
        try:
            compiling.compile_all(locale_folder)
        except OSError:  # a folder that others own
            return read_catalogue(
                io.BytesIO(compiling.compiled(origin.read_bytes())[0])
            )
    for file in (whole, without_guide):  # a desk of a room has no guide
        if file.is_file():
            with file.open("rb") as stream:
                return read_catalogue(stream)
    raise LookupError(code)


def make_catalogues() -> None:
    """Compile the catalogues that are missing or stale, for those who may not write them."""
    compiling.compile_all(_course().joinpath("locale"))


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
    return [SOURCE_LANGUAGE, *compiling.codes(_course().joinpath("locale"))]


def preferred() -> str:
    """Return the language that LAB_LANGUAGE names or else this machine's; English as a last resort.

    >>> preferred() in languages()
    True
    """
    named = (
        os.environ.get(name)
        for name in ("LAB_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    )
    # Windows sets none of these.
    first = next(filter(None, named), locale.getlocale()[0] or "")
    return spoken(first) or SOURCE_LANGUAGE


def spoken(text: object) -> str | None:
    """Return the language of the course that serves who asks for this one; None if none does.

    >>> spoken("es-CO"), spoken("Klingon")
    ('es', None)
    """
    code = code_of(text)
    if code is None:
        return None
    for candidate in (code, NEAREST.get(code)):
        if candidate in languages():
            return candidate
    return None


@functools.lru_cache(maxsize=4096)
def places(text: str) -> frozenset[tuple[object, ...]] | None:
    """Return the {places} of a text; None if it cannot be filled.

    >>> sorted(places("{name} has {count:,} of {name}."))
    [('count', ',', None), ('name', '', None)]
    """
    try:
        parts = string.Formatter().parse(text)
        return frozenset((name, *how) for _, name, *how in parts if name is not None)
    except ValueError:
        return None


@functools.cache
def source(file: str) -> Any:
    """Return a TOML file of the course in English, as it is written: read once.

    A sentence that no file has raises LookupError.
    """
    path = _course().joinpath(SOURCE_LANGUAGE, file)
    if not path.is_file():
        raise LookupError(file)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def table_of(code: str, file: str) -> dict[str, Any]:
    """Return a TOML file of the course in a language ("en"): read once, and not to be changed.

    >>> sorted(table_of("en", "questions.toml"))
    ['question']
    """
    return _in_language(code, file, source(file))  # type: ignore[no-any-return]


def text_of(code: str, file: str) -> str:
    """Return a text of the course in a language.

    >>> text_of("en", "cases/fraud/one.txt").splitlines()[0]
    'TRAINING – FICTIONAL'
    """
    text = _course().joinpath(SOURCE_LANGUAGE, file).read_text(encoding="utf-8")
    return _in_language(code, file, text)  # type: ignore[no-any-return]


def _in_language(code: str, file: str, value: Any) -> Any:
    if code == SOURCE_LANGUAGE:
        return value
    say = Language.load(code)

    def put(key: str, text: Text) -> Text:
        if isinstance(text, str):
            return say.translated(key, text)
        return {name: say._for_number(key, text, NUMBERS[name]) for name in text}

    return with_words(value, file, put)


NUMBERS = {"none": 0, "one": 1, "more": 2}  # that a sentence is said of


def _course() -> Path:
    return Path(str(resources.files("labsupport.data").joinpath("course")))


def limits(say: Language, *keys: str) -> tuple[str, ...]:
    """Return the sentences with these keys; a subject alone stands for all of its sentences."""
    sentences: list[str] = []
    for key in keys:
        if "." in key:
            sentences.append(say(key))
        else:
            sentences += table(say, key).values()
    return tuple(sentences)


def table(say: Language, subject: str) -> dict[str, str]:
    """Return all sentences of a subject, by the last part of their keys."""
    return say.table(f"{SENTENCES}{subject}.toml")
