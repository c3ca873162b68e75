"""`lab.course.glossary`: the words of the course, explained, and how a word is found.

What people type is searched in the forms of each language (data/course/glossary), that of the lab
first. Case, accents, brackets, hyphens, plurals and little words make no difference. What is not
there whole may hold a form, or be a slip of one; then only entries of its own domain are proposed:
a word of the law is never taken for one of technique.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from labsupport.course.course import frozen, left_empty
from labsupport.kinds import Kind
from labsupport.language import Language, languages, table_of
from labsupport.language.conventions import alphabetical, unaccented
from labsupport.results import Explanation, Statement, Table
from labsupport.visible import quoted

FORMS = resources.files("labsupport.data").joinpath("course/glossary")
LONGEST_TYPED = 200  # characters that are read of what was typed
MOST_PROPOSED = 3
MOST_NEAR = 9  # forms that are looked at: several can be of one word
CLOSE = 0.82  # of 1: how like a form a slip is
CLOSE_WORD = 0.65  # and each word of it
CLOSE_SPACES = 0.95  # or all of it, if there are more or fewer spaces
SHORTEST_SLIP = 5  # letters: UDRP is no slip of UDP
WORD = re.compile(r"[^\W_]+")
BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
LAST_E = re.compile("(?<=[cdhjlnrsxyz])e$")  # órdenes has lost -s, and orden has no -e
SINGULAR = {"https": "https", "ips": "ip"}  # where the rule would be wrong
NO_WORD = "|"  # stands in no form


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means.

    `key` and `domain` (law, technique or course) are the same in every language. `also` are other
    names that the course may say, `like` is a comparison, `see` has the keys of other words and
    `source` says where it is defined; each may be empty.
    """

    key: str
    term: str
    domain: str
    text: str
    like: str = ""
    see: tuple[str, ...] = ()
    source: str = ""
    also: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """The place of the word in a notebook's list of words.

        >>> words("es" if "es" in languages() else "en")["a-record"].anchor
        'word-a-record'
        """
        return f"word-{self.key}"

    @property
    def first_use(self) -> str:
        """The place where a notebook links the word first."""
        return f"use-{self.key}"


@cache
def words(language: str) -> dict[str, Word]:
    """Return all words in a language by their key, from the simple to the difficult.

    >>> words("en")["ttl"].also
    ('time to live',)
    """
    also = frozen(_written(language).get("also", {}))
    entries = frozen(table_of(language, "glossary.toml"))["word"]
    return {
        entry["key"]: Word(**entry, also=also.get(entry["key"], ()))
        for entry in entries
    }


@cache
def _written(language: str) -> dict[str, Any]:
    """The file of the forms of a language; nothing if there is none yet."""
    file = FORMS.joinpath(f"{language}.toml")
    if file.is_file():
        return tomllib.loads(file.read_text(encoding="utf-8"))
    return {}


# Forms, and what is typed, as the search compares them


def stems(text: str, little: Iterable[str] = ()) -> list[str]:
    """Return the words of a text, small, without accents, in the singular, and none of `little`.

    A word in capitals, like the A of "A record", is none of the little ones.

    >>> stems("Órdenes de bloqueo (DNS)", ["de"])
    ['orden', 'bloqueo', 'dns']
    """
    all_words = WORD.findall(unaccented(text))
    kept = [
        word for word in all_words if word.isupper() or word.casefold() not in little
    ]
    return [_singular(word.casefold()) for word in kept or all_words]


def _singular(word: str) -> str:
    """Return the same for a word and its plural, in Spanish and in English; it may be no word."""
    if word in SINGULAR:
        return SINGULAR[word]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) <= 3:
        return word
    if word.endswith("ie"):
        return f"{word[:-2]}y"
    return LAST_E.sub("", f"{word[:-1]}c" if word.endswith("z") else word)


def readings(text: str) -> Iterator[str]:
    """Yield a text, then without what stands in brackets, then only that.

    >>> list(readings("suspensión (hold)"))
    ['suspensión (hold)', 'suspensión ', 'hold']
    """
    yield text
    if inner := BRACKETS.search(text):
        yield BRACKETS.sub("", text)
        yield inner[1]


@dataclass(frozen=True)
class Forms:
    """How people who speak a language call the words: keys of entries, by the stems of a form.

    A false friend has no key. `little` are the words that do not count.
    """

    keys: dict[str, tuple[str, ...]]
    little: frozenset[str]

    def of(self, typed: str) -> tuple[str, ...] | None:
        """Return the keys of a form as it was typed; None if there is no such form."""
        small = typed.casefold()
        for form in (
            stems(typed),
            stems(typed, self.little),
            stems(small, self.little),
        ):
            if (key := self.keys.get(" ".join(form))) is not None:
                return key
        return None


@cache
def forms(language: str) -> Forms:
    """Return the forms of a language.

    >>> forms("en").of("Time to live")
    ('ttl',)
    """
    written = _written(language)
    little = frozenset(written.get("little", ()))
    whole: dict[str, tuple[str, ...]] = {}
    bare: dict[str, tuple[str, ...]] = {}
    for form, keys in _listed(language):
        whole.setdefault(" ".join(stems(form)), keys)
        bare.setdefault(" ".join(stems(form, little)), keys)
    return Forms(bare | whole, little)


def _listed(language: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each form of a language with the keys of what it means: the strictest first."""
    written = _written(language)
    for form in written.get("false_friends", ()):
        yield form, ()
    for form, keys in written.get("several", {}).items():
        yield form, tuple(keys)
    for word in words(language).values():
        for form in (*readings(word.term), *word.also):
            yield form, (word.key,)
    for key, typed in written.get("typed", {}).items():
        for form in typed:
            yield form, (key,)


def _searched(language: str) -> list[Forms]:
    """The forms of all languages, those of this one first."""
    return [forms(code) for code in dict.fromkeys((language, *languages()))]


# What was meant


def _read(typed: str) -> str:
    """As much of what was typed as is read: some letters stand for many."""
    return unicodedata.normalize("NFKD", typed[:LONGEST_TYPED])[:LONGEST_TYPED]


def find(language: str, typed: str) -> tuple[Word, ...]:
    """Return the words that are called so, in whatever language: more than one if it is ambiguous.

    >>> [word.term for word in find("en", "los resolutores")]
    ['resolver']
    >>> [word.term for word in find("en", "IP block")]
    ['IP blocking', 'prefix']
    """
    for reading in readings(_read(typed)):
        for forms in _searched(language):
            if (keys := forms.of(reading)) is not None:
                return _words(language, keys)
    return ()


def proposed(language: str, typed: str) -> tuple[Word, ...]:
    """Return what may be meant where nothing is called so: at most three words, of one domain.

    >>> [word.term for word in proposed("en", "the chain of custody of a telephone")]
    ['chain of custody']
    >>> [word.term for word in proposed("en", "delegaton")]
    ['delegation', 'deletion']
    """
    read = _read(typed)
    inside = _inside(language, read)
    meant = [keys for keys in inside if keys]
    if inside and not meant:
        return ()
    keys = _slip(language, read)
    if meant and not keys:
        clear = [keys[0] for keys in meant if len(keys) == 1]
        keys = clear or [*meant[0]]
    near = _words(language, keys)
    return tuple(word for word in near if word.domain == near[0].domain)[:MOST_PROPOSED]


def _inside(language: str, typed: str) -> list[tuple[str, ...]]:
    """The keys of each form that stands in what was typed, by the first language that has any.

    The longest form comes first, and each word counts once.
    """
    for forms in _searched(language):
        left = stems(typed.casefold(), forms.little)
        keys = []
        for length in range(len(left), 0, -1):
            for start in range(len(left) - length + 1):
                form = " ".join(left[start : start + length])
                if form in forms.keys:
                    keys.append(forms.keys[form])
                    left[start : start + length] = [NO_WORD] * length
        if keys:
            return keys
    return []


def _slip(language: str, typed: str) -> list[str]:
    """The keys of the forms that were nearly typed, the nearest first, up to a false friend."""
    forms: dict[str, tuple[str, ...]] = {}
    for spoken in reversed(_searched(language)):
        forms |= spoken.keys
    sought = stems(typed)
    keys: list[str] = []
    if len("".join(sought)) < SHORTEST_SLIP:
        return keys
    for form in difflib.get_close_matches(" ".join(sought), forms, MOST_NEAR, CLOSE):
        if not _is_near(sought, form.split()):
            continue
        if not forms[form]:
            break
        keys += forms[form]
    return keys


def _is_near(typed: list[str], form: list[str]) -> bool:
    """Whether each word is like its counterpart, or little but the spaces differs.

    >>> _is_near(["cadenade", "custodia"], ["cadena", "de", "custodia"])
    True
    >>> _is_near(["correo", "judicial"], ["auto", "judicial"])
    False
    """
    if len(typed) != len(form):
        return _likeness("".join(typed), "".join(form)) >= CLOSE_SPACES
    pairs = zip(typed, form, strict=True)
    return all(_likeness(*pair) >= CLOSE_WORD for pair in pairs)


def _likeness(form: str, other: str) -> float:
    return difflib.SequenceMatcher(None, form, other).ratio()


def _words(language: str, keys: Iterable[str]) -> tuple[Word, ...]:
    by_key = words(language)
    return tuple(by_key[key] for key in dict.fromkeys(keys))


# What is shown


def explain(say: Language, term: object) -> Statement | Explanation:
    """Explain a word; without a word list them all, and for an unknown one name what may be meant.

    >>> explain(Language.load("en"), "delegaton").sentence
    'The glossary does not have “delegaton”. Did you mean: delegation or deletion?'
    """
    if left_empty(term):
        return _all(say)
    typed = term if isinstance(term, str) else ""
    words = find(say.code, typed)
    if len(words) == 1:
        return _entry(say, words[0])
    key = "reference.several_words"
    kind = Kind.FOUND
    if not words:
        words = proposed(say.code, typed)
        key = "reference.similar_words"
        kind = Kind.NOT_ASKED
    if not words:
        sentence = say("reference.no_such_word", what=quoted(term))
        return Explanation(say, Kind.NOT_ASKED, sentence)
    terms = say.listed([word.term for word in words], either=True)
    sentence = say(key, what=quoted(term), count=len(words), terms=terms)
    return Statement(say, kind, sentence, table=_table(say, words))


def _entry(say: Language, word: Word) -> Statement:
    see = [words(say.code)[key].term for key in word.see]
    notes = (
        say("reference.a_comparison_text", text=word.like) if word.like else "",
        say("reference.see_also_terms", terms=", ".join(see)) if see else "",
        say("reference.source_source", source=word.source) if word.source else "",
    )
    return Statement(
        say, Kind.FOUND, f"{word.term}: {word.text}", tuple(filter(None, notes))
    )


def _all(say: Language) -> Statement:
    ordered = sorted(words(say.code).values(), key=lambda word: alphabetical(word.term))
    sentence = say("reference.glossary_explains_count_words", count=len(ordered))
    return Statement(say, Kind.FOUND, sentence, table=_table(say, ordered))


def _table(say: Language, listed: Iterable[Word]) -> Table:
    return Table(
        say("reference.words_course"),
        (say("reference.word"), say("reference.what_it_means")),
        tuple((word.term, word.text) for word in listed),
    )


def as_markdown(say: Language, listed: Iterable[Word]) -> str:
    """Return the list of words that stands at the end of a notebook."""
    heading = say("reference.words")
    back = say("reference.back_to_the_text")
    lines = [f"## {heading}", ""]
    for word in sorted(listed, key=lambda word: alphabetical(word.term)):
        anchor = f'<a id="{word.anchor}"></a>'
        text = re.sub(r"\bwww\.\S+\w", r"`\g<0>`", word.text)  # else it becomes a link
        lines.append(
            f"- {anchor}**{word.term}**: {text} [↩\u00a0{back}](#{word.first_use})"
        )
    return "\n".join(lines)
