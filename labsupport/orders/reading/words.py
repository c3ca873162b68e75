"""A text as it is searched, and the phrases of the vocabulary that are looked for in it."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from labsupport.orders.order import Span
from labsupport.orders.vocabulary import (
    LANGUAGES,
    Expression,
    Expressions,
    vocabulary,
    words,
)


class _Expressions(Expressions, part="words"):
    """What a text is made ready by: letters, words, sentences."""

    seen = Expression()
    disguised = Expression()
    broken = Expression()
    broken_word = Expression()
    no_word = Expression()
    full_stop = Expression()
    begins = Expression()
    listed_name = Expression()
    space = Expression()
    last_word = Expression()
    first_words = Expression()
    signs = Expression()
    few_characters = Expression()
    not_in_a_word = Expression()


RE = _Expressions()

# letters by which the places are chosen where a phrase is looked for
HEADS = (
    12,
    8,
    6,
    4,
    3,
    2,
    1,
)
FIRST_LETTER = re.compile(r"(?<![^\W_])[^\W_]")  # of a word


class Phrase:
    """One phrase of the vocabulary. Its expression is compiled once its beginning is found."""

    def __init__(self, written: str) -> None:
        self._written = written
        self.head = _head(written)
        self._pattern: re.Pattern[str] | None = None

    def found_in(self, text: str, places: Sequence[int]) -> Iterator[Span]:
        """Return at which of the places it stands in `text`, in small letters without accents."""
        if self._pattern is None:
            self._pattern = re.compile(_expression(self._written))
        following = 0
        for at in places:
            if at >= following and (match := self._pattern.match(text, at)):
                following = match.end()
                yield self._nearest(text, places, at, following), following

    def _nearest(self, text: str, places: Sequence[int], start: int, end: int) -> int:
        """Where it begins last, of the places from which it ends at `end`."""
        assert self._pattern is not None
        if "…" in self._written:
            for at in places[bisect_right(places, start) : bisect_left(places, end)]:
                match = self._pattern.match(text, at)
                if match is not None and match.end() == end:
                    start = at
        return start


class Phrases:
    """Phrases that mean the same."""

    def __init__(self, written: Iterable[str]) -> None:
        plain = chain.from_iterable(map(_alternatives, written))
        self.every = [Phrase(text) for text in dict.fromkeys(plain)]
        self._by_head: dict[str, list[Phrase]] = {}
        for phrase in self.every:
            length = next(number for number in HEADS if number <= len(phrase.head))
            self._by_head.setdefault(phrase.head[:length], []).append(phrase)

    def found_in(
        self, text: str, heads: Mapping[str, Sequence[int]] | None = None
    ) -> list[Span]:
        """Return where they stand, from the first to the last, the longest of those that overlap.

        `heads` are those of the text, where they are known.

        >>> Phrases(["bloque~", "a nivel de dns"]).found_in("bloqueese a nivel de  dns")
        [(0, 9), (10, 25)]
        """
        heads = heads_of(text) if heads is None else heads
        every: set[Span] = set()
        for head in self._by_head.keys() & heads.keys():
            for phrase in self._by_head[head]:
                every.update(phrase.found_in(text, heads[head]))
        spans: list[Span] = []
        for start, end in sorted(every, key=lambda span: (span[0], -span[1])):
            if not spans or start >= spans[-1][1]:
                spans.append((start, end))
        return spans


def heads_of(text: str) -> Mapping[str, Sequence[int]]:
    """Return where words begin in a text, by the first letters of it from there on.

    >>> heads = heads_of("de  los")
    >>> heads["de los"], heads["l"]
    ([0], [4])
    """
    heads: dict[str, list[int]] = {}
    single = RE.space.sub(" ", text)
    for word, same in zip(
        FIRST_LETTER.finditer(text), FIRST_LETTER.finditer(single), strict=True
    ):
        at = word.start()
        start = same.start()
        for head in dict.fromkeys(single[start : start + length] for length in HEADS):
            heads.setdefault(head, []).append(at)
    return heads


@functools.cache
def phrases(*path: str) -> Phrases:
    """Return the phrases that stand at `path` of the vocabulary, in all languages."""
    tables: list[Any] = [vocabulary()[language] for language in LANGUAGES]
    for step in path:
        tables = [table.get(step, {}) for table in tables]
    return Phrases(chain.from_iterable(tables))


@dataclass
class FieldReading:
    """What a page says of some fields of an order, where that stands in it, and what is unclear.

    `every` has all places of a field that a page says several times, each with its value, and
    `unsure` the places of fields whose value was not understood.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    where: dict[str, Span] = field(default_factory=dict)
    doubts: list[Span] = field(default_factory=list)
    every: dict[str, list[tuple[Any, Span]]] = field(default_factory=dict)
    unsure: list[tuple[str, Span]] = field(default_factory=list)

    def joined(self, other: FieldReading) -> FieldReading:
        """Return what is said here and there; of a field that both say, what is said there."""
        told = {name: every for name, every in other.every.items() if every}
        return FieldReading(
            self.fields | other.fields,
            self.where | other.where,
            [*self.doubts, *other.doubts],
            self.every | told,
            [*self.unsure, *other.unsure],
        )

    def note(self, name: str, value: object, span: Span) -> None:
        """Keep what a field is, and where it stands."""
        self.fields[name], self.where[name] = value, span


@dataclass(frozen=True)
class DraftText:
    """A text in the two forms in which it is searched, character by character side by side.

    `plain` is the `text` with nothing unseen in it, and dots as dots; `folded` is the same in
    small letters without accents. `starts` says where in the text each character of them stood,
    and where it ends. `breaks` is where sentences begin, `heads` where words do.
    """

    text: str
    plain: str
    folded: str
    starts: Sequence[int]
    breaks: Sequence[int]
    heads: Mapping[str, Sequence[int]]
    _found: dict[tuple[str, ...], list[Span]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> DraftText:
        """Return the page with this text."""
        seen = _replaced(text, range(len(text) + 1), RE.seen, _seen)
        whole = _replaced(
            *_replaced(*seen, RE.broken, _joined), RE.broken_word, _joined_word
        )
        plain, starts = _replaced(*whole, RE.disguised, _undisguised)
        folded = folded_text(plain)
        return cls(text, plain, folded, starts, _breaks(plain), heads_of(folded))

    def found(self, *path: str) -> list[Span]:
        """Return where the phrases stand that are at `path` of the vocabulary."""
        if path not in self._found:
            self._found[path] = phrases(*path).found_in(self.folded, self.heads)
        return [*self._found[path]]

    def span(self, start: int, end: int) -> Span:
        """Return where in the text stood what stands from `start` to `end` in the other forms."""
        if end > start:
            return (self.starts[start], self.starts[end])
        return (0, 0)

    def written(self, start: int, end: int) -> str:
        """Return what stands there, with single spaces."""
        return RE.space.sub(" ", self.plain[start:end]).strip()

    def sentence(self, place: int) -> Span:
        """Return from where to where the sentence goes that holds `place`."""
        number = bisect_right(self.breaks, place)
        start = self.breaks[number - 1] if number else 0
        return start, self.breaks[number] if number < len(self.breaks) else len(
            self.plain
        )

    def begins_a_line(self, at: int) -> bool:
        """Say whether nothing but a list's sign stands before `place` in its line."""
        before = self.plain[max(0, at - 40) : at]
        first, _, line = before.rpartition("\n")
        whole = first or before[:1] == "\n" or at <= 40
        return bool(whole) and not line.strip(" \t-–•·|*")

    def parted(self, place: int) -> DraftText:
        """Return the page with a sentence that begins at `place`."""
        return replace(self, breaks=sorted({*self.breaks, place} - {0}))

    def before(
        self, expression: re.Pattern[str], place: int, most: int = 60
    ) -> re.Match[str] | None:
        """Return what an expression finds in the characters right before a place."""
        return expression.search(self.folded, max(0, place - most), place)

    def follows(
        self, places: Sequence[int], place: int, most: int = sys.maxsize
    ) -> bool:
        """Say whether one of the places, which are sorted, is near before another one.

        That is in the same sentence, less than `most` characters before it.
        """
        last = last_of(places, place)
        return last >= 0 and place - last < most and self.same_sentence(last, place)

    def same_sentence(self, one: int, other: int) -> bool:
        """Say whether two places stand in one sentence."""
        return bisect_right(self.breaks, one) == bisect_right(self.breaks, other)


BEYOND = sys.maxsize  # of any text


def next_of(places: Sequence[int], start: int) -> int:
    """Return the first of the places, which are sorted, from `start` on; BEYOND where none is."""
    number = bisect_left(places, start)
    if number < len(places):
        return places[number]
    return BEYOND


def last_of(places: Sequence[int], end: int) -> int:
    """Return the last of the places, which are sorted, before `end`; -BEYOND where none is."""
    number = bisect_left(places, end)
    if number:
        return places[number - 1]
    return -BEYOND


def any_in(places: Sequence[int], start: int, end: int) -> bool:
    """Say whether one of the places, which are sorted, lies from `start` up to `end`."""
    return next_of(places, start) < end


def overlaps(spans: Sequence[Span], start: int, end: int = 0) -> bool:
    """Say whether one of the spans, which are sorted, overlaps a place or a passage."""
    place = bisect_left(spans, (end or start + 1, 0))
    return any(other > start for _, other in spans[max(0, place - 2) : place])


def _alternatives(phrase: str) -> list[str]:
    """Resolve the brackets that a phrase begins with, so that its beginning can be searched for."""
    if not phrase.startswith("(") or phrase.startswith("(?"):
        return [phrase]
    depth = 0
    parts = []
    last = 1
    for at, sign in enumerate(phrase):
        depth += (sign == "(") - (sign == ")")
        if (depth == 1 and sign == "|") or depth == 0:
            parts.append(phrase[last:at])
            last = at + 1
        if depth == 0:
            break
    rest = phrase[last:]
    if rest.startswith("?"):
        rest = rest[1:]
        parts.append("")
    return list(chain.from_iterable(_alternatives(part + rest) for part in parts))


def _head(phrase: str) -> str:
    """The plain characters that a phrase begins with."""
    found = re.match(r"(?:[^ \\.^$*+?{}\[\]|()~…]| (?!…))*(?![?*{])", phrase)
    return found.group() if found else ""


def _expression(phrase: str) -> str:
    """The regular expression that a phrase stands for."""
    meant = {
        " ": r"(?:\s{1,40})",
        " … ": RE.few_characters.pattern,
        "~": r"\w*(?:-(?:se|l?[ao]s?|lhes?)(?!\w))?",
    }
    # What is none of these may be a set of characters, such as "[ -]".
    parts = [
        meant.get(sign) or sign.replace(" ", r"\s") for sign in RE.signs.findall(phrase)
    ]
    return "".join(parts) + RE.not_in_a_word.pattern


Replacement = Callable[[str, re.Match[str]], str | None]


def _replaced(
    text: str, starts: Sequence[int], pattern: re.Pattern[str], replacement: Replacement
) -> tuple[str, Sequence[int]]:
    """Replace what `pattern` finds, and keep track of where each character stood."""
    pieces: list[str] = []
    places: list[int] = []
    last = 0
    for match in pattern.finditer(text):
        new = replacement(text, match)
        if new is None:
            continue
        start, end = match.span()
        pieces += (text[last:start], new)
        places.extend(starts[last:start])
        places.extend([starts[start]] * len(new))
        last = end
    return "".join([*pieces, text[last:]]), [*places, *starts[last:]]


def _seen(_: str, found: re.Match[str]) -> str:
    """Leave out what is not seen; compose a letter and the accents behind it."""
    if found[1]:
        return ""
    return unicodedata.normalize("NFC", found.group())


def _joined(text: str, match: re.Match[str]) -> str:
    """Join a broken name, without its hyphen where it stands so, or words are broken, elsewhere."""
    first = RE.last_word.search(text, max(0, match.start() - 64), match.start())
    rest = RE.first_words.match(text, match.end())
    label = f"{first[0] if first else ''}{rest[0] if rest else ''}".partition(".")[0]
    whole = len(label) > 3 and f"{label}." in text
    if whole or "@" in text[match.start() - 1] or _breaks_words(text, match):
        return ""
    return "-"


def _breaks_words(text: str, found: re.Match[str]) -> bool:
    """Say whether a name is broken in a text that breaks words at the ends of its lines."""
    words = RE.broken_word.finditer(text) if "\n" in found[0] else ()
    return any(_joined_word(text, one) == "" for one in words)


def _joined_word(text: str, match: re.Match[str]) -> str | None:
    """Join a broken word; "Decreto-Lei" keeps its hyphen, and what may be a name stays broken."""
    start, end = match.span()
    if RE.no_word.search(text, max(0, start - 64), start):
        return None
    if text[start - 1].isupper() == text[end].isupper():
        return ""
    return "-"


def _undisguised(text: str, match: re.Match[str]) -> str | None:
    """Say what a disguise stands for; None where it is none, as in a list or a sentence."""
    if match["colon"]:
        return match["colon"].strip("[]")
    start, end = match.span()
    if not text[start - 1 : start].isalnum() or not text[end : end + 1].isalnum():
        return None
    if match["hyphen"]:
        return "-"
    if match["at"]:
        return "@"
    return "."


def folded_text(text: str) -> str:
    """`text` in small letters without accents, of the same length."""
    if text.isascii():
        return text.lower()
    return text.translate(
        {ord(character): _plain(character) for character in set(text)}
    )


@functools.lru_cache(maxsize=10_000)
def _plain(character: str) -> str:
    small = unicodedata.normalize("NFKD", character)[0].lower()
    return small if len(small) == 1 else character


def _breaks(text: str) -> list[int]:
    """Where sentences begin: behind a full stop that ends no short word, behind empty lines."""
    shortened = words("names", "shortened")
    ends = []
    for stop in RE.full_stop.finditer(text):
        start, end = stop.span()
        before = text[max(0, start - 20) : start]
        if text[start] == "\n" and (
            before.rstrip().endswith(":")
            or (before.rstrip()[-1:] not in ".;!?" and RE.listed_name.match(text, end))
        ):
            continue  # a list follows
        if text[start] == ".":
            word = RE.last_word.search(before)
            short = word and (len(word[0]) == 1 or word[0].casefold() in shortened)
            line = before[: word.start()].rpartition("\n")[2] if word else ""
            if word and short and not (word[0].isdigit() and line.strip(" \t(")):
                continue
            following = text[end : end + 80].lstrip(" \t")
            if following[:1].islower() and not RE.begins.match(following):
                continue
        ends.append(end)
    return ends
