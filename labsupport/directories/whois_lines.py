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
    blocks: list[list[Row]] = []
    block: list[Row] = []
    prose: list[str] = []
    paragraphs: list[list[str]] = []
    in_prose = closing = False
    above: list[tuple[int, str, str, bool]] = []  # indent, key, as written, without a value
    heading = ""  # whose lines stand below it, not further in
    for line in text.split("\n"):
        head, _, value = line.partition(":")
        written = head.lstrip()
        key = written.lower()
        if key in KEYS and not closing and (value := value.strip()):  # as most lines are
            indent = len(head) - len(written)
            while above and above[-1][0] >= indent:
                above.pop()
            if KEYS[key][0] == "name" and _section(above, heading) != "domain":
                above, heading = [], ""
            if block and _begins(key, block[0][0]):
                blocks.append(block)
                block = []
            block.append((key, written, value, _section(above, heading) if above else heading))
            above.append((indent, key, written, False))
            in_prose = False
            continue
        stripped = line.strip()
        if not stripped or stripped[0] in "%#":
            in_prose = False
            if said := stripped.strip("%# \t"):
                prose.append(said)
                continue
            if prose:
                paragraphs.append(prose)
                prose = []
            if not stripped:
                if block or kind_of(heading) != "server":
                    heading = ""
                if block:
                    blocks.append(block)
                    block = []
                above = [entry for entry in above if entry[3]]
            continue
        closing = closing or (stripped.startswith(">>>") and bool(block or blocks))
        of_arin = stripped[-1].isalnum() and "(NET" in stripped and ARIN_LINE.match(stripped)
        if closing or of_arin or stripped.startswith(">>>"):
            prose.append(stripped)
            continue
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        key, head, colon, value = _parts(stripped)
        known = key in KNOWN
        under = above[-1] if above else (0, heading, heading, True)
        bare = not colon and key in HEADINGS and not in_prose  # a heading without a colon
        if not (colon or bare) or (not known and (in_prose or _is_prose(head, value, under[1]))):
            if under[1] and not in_prose:  # a value below its key, or one more line of it
                block.append((under[1], under[2], stripped, _section(above, heading)))
            else:
                prose.append(stripped)
                in_prose = True
            continue
        in_prose = False
        if block and value and _begins(key, block[0][0]):
            blocks.append(block)
            block = []
        if value:
            block.append((key, head, value, _section(above, heading) if above else heading))
        elif key in HEADINGS and (bare or not block):
            heading = key
        above.append((indent, key, head, not value))
    if block:
        blocks.append(block)
    if prose:
        paragraphs.append(prose)
    return blocks, paragraphs


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


def _section(above: list[tuple[int, str, str, bool]], heading: str) -> str:
    return next((entry[1] for entry in reversed(above) if entry[1] in HEADINGS), heading)
