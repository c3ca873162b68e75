"""The words of the course, explained."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from labsupport.language import Language, table_of
from labsupport.results import Explanation, Kind, Result, Table
from labsupport.teaching import course

if TYPE_CHECKING:
    from labsupport.lab import Lab


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means.

    `also` are other ways to write it, `like` is a comparison, `see` names other words and
    `source` says where it is defined; each may be empty.
    """

    term: str
    text: str
    also: tuple[str, ...] = ()
    like: str = ""
    see: tuple[str, ...] = ()
    source: str = ""

    @property
    def anchor(self) -> str:
        """The place of the word in a notebook's list of words.

        >>> Word("A record", "…").anchor
        'word-a-record'
        """
        return f"word-{self._slug}"

    @property
    def first_use(self) -> str:
        """The place where a notebook links the word first."""
        return f"use-{self._slug}"

    @property
    def _slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.term.lower()).strip("-")


@cache
def words(language: str) -> dict[str, Word]:
    """Return all words in a language by their term, from the simple to the difficult.

    >>> words("en")["TTL"].also
    ('time to live',)
    """
    found = course.frozen(table_of(language, "glossary.toml"))["word"]
    return {entry["term"]: Word(**entry) for entry in found}


def find(language: str, written: str) -> Word | None:
    """Return the word that is written so, in any of its ways; a plural is understood.

    >>> find("en", "Resolvers").term
    'resolver'
    """
    sought = " ".join(written.lower().split())
    forms = (sought, sought.removesuffix("s"), sought.removesuffix("es"))
    return next(filter(None, map(_spellings(language).get, forms)), None)


def explain(lab: Lab, term: object) -> Result:
    """Explain a word; without a word list them all, and for an unknown one name the nearest.

    >>> from labsupport import Lab
    >>> explain(Lab("en"), "delegaton").sentence
    'The glossary does not have "delegaton". Did you mean: delegation, lame delegation?'
    """
    say = lab.say
    written = str(term).strip()
    if not written:
        return _all(say)
    word = find(say.code, written)
    if word is None:
        near = difflib.get_close_matches(written.lower(), known := _spellings(say.code), n=3)
        short = f"{written[:40]}…" if len(written) > 40 else written
        sentence = say(
            'The glossary does not have "{term}". lab.reference("glossary") lists all its words.',
            term=short,
        )
        if near:
            sentence = say(
                'The glossary does not have "{term}". Did you mean: {terms}?',
                term=short,
                terms=", ".join(dict.fromkeys(known[form].term for form in near)),
            )
        return Explanation(say, Kind.NOT_ASKED, sentence)
    notes = (
        say("A comparison: {text}", text=word.like) if word.like else "",
        say("See also: {terms}.", terms=", ".join(word.see)) if word.see else "",
        say("Source: {source}.", source=word.source) if word.source else "",
    )
    return Explanation(say, Kind.FOUND, f"{word.term}: {word.text}", tuple(filter(None, notes)))


def as_markdown(say: Language, listed: Iterable[Word]) -> str:
    """Return the list of words that stands at the end of a notebook."""
    heading, back = say("Words"), say("back to the text")
    lines = [f"## {heading}", ""]
    for word in sorted(listed, key=lambda word: word.term.lower()):
        place = f'<a id="{word.anchor}"></a>'
        lines.append(f"- {place}**{word.term}**: {word.text} [↩ {back}](#{word.first_use})")
    return "\n".join(lines)


def _all(say: Language) -> Result:
    known = sorted(words(say.code).values(), key=lambda word: word.term.lower())
    table = Table(
        say("The words of this course"),
        (say("word"), say("what it means")),
        tuple((word.term, word.text) for word in known),
    )
    sentence = say.many(
        "The glossary explains {count} word.", "The glossary explains {count} words.", len(known)
    )
    return Explanation(say, Kind.FOUND, sentence, table=table)


@cache
def _spellings(language: str) -> dict[str, Word]:
    return {
        form.lower(): word for word in words(language).values() for form in (word.term, *word.also)
    }
