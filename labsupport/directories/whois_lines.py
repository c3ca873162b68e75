"""The lines of a WHOIS answer: rows "key: value" in blocks, and paragraphs of prose."""

from __future__ import annotations

import re

from labsupport.directories import whois_values
from labsupport.directories.whois_forms import (
    BEGINS,
    HEADINGS,
    KEYS,
    KNOWN,
    SPOKEN,
    kind_of,
    plain,
)

Row = tuple[str, str, str, str]
"""A key as the forms have it, the same as written, its value, and the heading it stands under."""

LONGEST_KEY = 60
LONGEST_HEAD = 200  # a key with what stands in brackets behind it
WORDS_OF_A_KEY = 6
PROSE = re.compile(
    r"(?:important |please |legal )?(?:notice|note|terms of use|terms|disclaimer|copyright|warning"
    r"|for more information|access to|by submitting|by the following)\b",
    re.IGNORECASE,
)
IN_A_SENTENCE = re.compile(r"[,;\"!?]")
BRACKETED = re.compile(r"(?:[a-z]\.? ?)?\[([^\]]+)\]\s*(.*)")
LEADERS = re.compile(r"([^.:#]+)#?(?:\. ?){4,}([^.: ].*)")
COLUMNS = re.compile(r"(\S+(?: \S+)*)(?:\t| {2})\s*(\S.*)")
ARIN_LINE = re.compile(r"(.*\S) \((NET6?-[0-9A-Z-]+|AS[0-9]+)\) (\S+ - \S+)$")


def cut(text: str) -> tuple[list[list[Row]], list[list[str]]]:
    """Cut an answer into blocks of rows, and what is no row into paragraphs of lines."""
    cutting = _Cutting()
    for line in text.split("\n"):
        cutting.line(line)
    cutting.end_block()
    cutting.end_paragraph()
    return cutting.blocks, cutting.paragraphs


class _Cutting:
    """What the lines read so far are cut into."""

    def __init__(self) -> None:
        self.blocks: list[list[Row]] = []
        self.block: list[Row] = []
        self.paragraphs: list[list[str]] = []
        self.prose: list[str] = []
        self.in_prose = self.closing = False
        self.above: list[tuple[int, str, str, bool]] = []  # indent, key, as written, no value
        self.heading = ""  # whose lines stand below it, not further in

    def line(self, line: str) -> None:
        head, _, value = line.partition(":")
        written, stripped, value = head.lstrip(), line.strip(), value.strip()
        key = written.lower()
        if key in KEYS and value and not self.closing:  # as most lines are
            self.outdent(len(head) - len(written))
            if KEYS[key][0] == "name" and self.section() != "domain":
                self.above, self.heading = [], ""
            self.row(key, written, value)
            self.above.append((len(head) - len(written), key, written, False))
            return
        if not stripped or stripped[0] in "%#":
            self.between(stripped)
            return
        closes = stripped.startswith(">>>")
        self.closing = self.closing or (closes and bool(self.block or self.blocks))
        of_arin = stripped[-1].isalnum() and "(NET" in stripped and ARIN_LINE.match(stripped)
        if self.closing or closes or of_arin:
            self.prose.append(stripped)
        else:
            self.other(stripped, len(line) - len(line.lstrip()))

    def between(self, stripped: str) -> None:
        """Take an empty line, or a comment."""
        self.in_prose = False
        if said := stripped.strip("%# \t"):
            self.prose.append(said)
            return
        self.end_paragraph()
        if not stripped:
            if self.block or kind_of(self.heading) != "server":
                self.heading = ""
            self.end_block()
            self.above = [entry for entry in self.above if entry[3]]

    def other(self, stripped: str, indent: int) -> None:
        """Take a line with a key in another form, a heading, a value below its key, or prose."""
        self.outdent(indent)
        key, head, colon, value = _parts(stripped)
        under = self.above[-1] if self.above else (0, self.heading, self.heading, True)
        bare = not colon and key in HEADINGS and not self.in_prose  # a heading without a colon
        known = key in KNOWN or not (self.in_prose or _is_prose(head, value, under[1]))
        if not (colon or bare) or not known:
            if under[1] and not self.in_prose:  # a value below its key, or one more line of it
                self.block.append((under[1], under[2], stripped, self.section()))
            else:
                self.prose.append(stripped)
                self.in_prose = True
            return
        if value:
            self.row(key, head, value)
        elif key in HEADINGS and (bare or not self.block):
            self.heading = key
        self.in_prose = False
        self.above.append((indent, key, head, not value))

    def row(self, key: str, written: str, value: str) -> None:
        if self.block and _begins(key, self.block[0][0]):
            self.end_block()
        self.block.append((key, written, value, self.section()))
        self.in_prose = False

    def outdent(self, indent: int) -> None:
        while self.above and self.above[-1][0] >= indent:
            self.above.pop()

    def section(self) -> str:
        return next((one[1] for one in reversed(self.above) if one[1] in HEADINGS), self.heading)

    def end_block(self) -> None:
        if self.block:
            self.blocks.append(self.block)
            self.block = []

    def end_paragraph(self) -> None:
        if self.prose:
            self.paragraphs.append(self.prose)
            self.prose = []


def _begins(key: str, first: str) -> bool:
    """Say whether a key begins a new block, though no empty line is above it."""
    if key in BEGINS:
        return kind_of(first) in ("name", "server") or first in BEGINS
    return first in BEGINS and kind_of(key) == "server"


def _parts(line: str) -> tuple[str, str, str, str]:
    """Return a line's key, it as written, a colon or "", and the value.

    A few registries write no colon, but brackets, dots, columns or sentences.
    """
    head, colon, value = line.partition(":")
    key = _key(head)
    match = BRACKETED.match(line) if line[0] == "[" or "[" in line[1:4] else None
    if match is None and ("...." in line or ". . ." in line):
        match = LEADERS.fullmatch(line)
    if match is None and not colon and (columns := COLUMNS.fullmatch(line)):
        match = columns if _key(columns[1]) in KEYS else None
    exact = colon and head.lower() in KNOWN
    if match is None and not exact and (spoken := SPOKEN.fullmatch(line)):
        match = spoken if whois_values.moment(spoken[2], True).time else None
    if match is None:
        return key, head.rstrip(), colon, value.strip()
    return _key(match[1]), match[1].rstrip(), ":" if match[2] else "", match[2].strip()


def _key(head: str) -> str:
    """Return a key as the forms have it; as it is in small letters where they have it not."""
    lower = head.strip().lower()
    if lower in KNOWN or len(lower) > LONGEST_HEAD:
        return KNOWN.get(lower, lower)
    words = plain(lower)
    if words not in KNOWN and " / " in lower:
        words = plain(lower.rpartition(" / ")[2])
    return KNOWN.get(words, lower)


def _is_prose(head: str, value: str, under: str) -> bool:
    if kind_of(under) in ("server", "ds"):
        return True
    return (
        value.startswith("//")
        or (head[-1:].isdigit() and value[:1].isdigit())  # a time of day
        or len(head) > LONGEST_KEY
        or head.count(" ") >= WORDS_OF_A_KEY
        or IN_A_SENTENCE.search(head) is not None
        or PROSE.match(head) is not None
    )
