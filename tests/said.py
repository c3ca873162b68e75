"""Which sentences an answer says: told by their keys, whatever their words are today."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

from labsupport.language import SENTENCES, Language, source

SAY = Language.load("en")


def says(told: str | Iterable[str], key: str, /, **values: object) -> bool:
    """Whether a text, or one of several, has the sentence with a key in it.

    A place for which no value is given may hold anything, and of a sentence that depends on a
    number either form may stand there if no `count` is given. A key that no file of sentences
    has raises LookupError, so a test cannot go on asking for a sentence that was renamed.

    >>> says("It took long. 2 hours went by.", "results.hours", count=2)
    True
    >>> says("It took long. 2 hours went by.", "results.hours", count=3)
    False
    """
    texts = [told] if isinstance(told, str) else told
    pattern = _pattern(key, values)
    return any(pattern.search(text) for text in texts)


def begins(text: str, key: str, /, **values: object) -> bool:
    """Whether a text begins with the sentence with a key; places are those of `says`."""
    return _pattern(key, values).match(text) is not None


def ends(text: str, key: str, /, **values: object) -> bool:
    """Whether a text ends with the sentence with a key; places are those of `says`."""
    pattern = _pattern(key, values)
    return re.search(rf"(?:{pattern.pattern})\Z", text, re.DOTALL) is not None


def _pattern(key: str, values: dict[str, object]) -> re.Pattern[str]:
    subject, _, name = key.partition(".")
    sentences = source(f"{SENTENCES}{subject}.toml")
    if name not in sentences:
        raise LookupError(key)
    sentence = sentences[name]
    if isinstance(sentence, str):
        forms = [sentence]
    elif values.get("count") == 0 and "none" in sentence:
        forms = [sentence["none"]]
    elif "count" in values:
        forms = [sentence["one"] if values["count"] == 1 else sentence["more"]]
    else:
        forms = list(sentence.values())
    patterns = [_form(form, values) for form in forms]
    return re.compile("|".join(patterns), re.DOTALL)


def _form(sentence: str, values: dict[str, object]) -> str:
    pattern = ""
    named = set()
    for text, place, how, _ in string.Formatter().parse(sentence):
        pattern += re.escape(text)
        if place in values:
            named.add(place)
            filled = SAY.fill(f"{{{place}:{how}}}", **{place: values[place]})
            pattern += re.escape(filled)
        elif place is not None:
            pattern += ".*?"
    unknown = values.keys() - named - {"count"}
    if unknown:
        raise LookupError(f"{sentence} has no place for {sorted(unknown)}")
    return pattern
