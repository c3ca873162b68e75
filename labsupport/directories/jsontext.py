"""JSON as it really arrives: in many encodings, cut short, with a page in its place."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass

from labsupport.bounds import MOST_VALUES

# Encodings that a server may name and that a body not in UTF-8 is then read by.
NAMED_ENCODINGS = re.compile(
    r"charset\s*=\s*\"?((?:iso-?8859|windows-125|cp125|shift_jis|gb|big5|euc-|koi8-)[a-z0-9-]*)"
)
LONGEST_NUMBER = 40  # digits; what is longer counts nothing and stays text


@dataclass(frozen=True, slots=True)
class Answer:
    """A body as it was read: its first JSON value, if it has one.

    `found` tells whether it has; `value` may be None otherwise too (JSON's null). `text` is
    the body as text, `problems` what was wrong with it, a sentence each.
    """

    text: str
    found: bool
    value: object = None
    problems: tuple[str, ...] = ()


def read(data: bytes, content_type: str = "") -> Answer:
    """Read a body. Never raises.

    `content_type` is the header's value; its encoding counts for a body that is not in UTF-8.

    >>> read(b'{"handle": "LAB-1"}').value
    {'handle': 'LAB-1'}
    >>> read(b'{"handle": "LA').problems
    ('The answer is cut short: it ends after 14 characters, before its JSON is complete.',)
    """
    problems: list[str] = []
    text = _decoded(data, content_type, problems).lstrip("\ufeff \t\r\n")
    if not text:
        return Answer("", False, problems=(*problems, "The answer is empty."))
    if text[0] == "<":
        return Answer(text, False, problems=(*problems, "The answer is a page, not JSON."))
    if sum(map(text.count, ",{[")) > MOST_VALUES:
        much = f"The answer has more than {MOST_VALUES:,} values: it was not read."
        return Answer(text, False, problems=(*problems, much))

    def joined(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            counts = Counter(key for key, _ in pairs)
            twice = ", ".join(sorted(key for key in counts if counts[key] > 1)[:5])
            problems.append(f"These names stand twice in one object: {twice}. The last counts.")
        return members

    def no_number(written: str) -> None:
        problems.append(f"{written} is no number of JSON.")

    def number(written: str) -> int | str:
        return int(written) if len(written) <= LONGEST_NUMBER else written

    # `strict` would refuse line ends within a text, which some servers leave there.
    decoder = json.JSONDecoder(object_pairs_hook=joined, parse_constant=no_number, strict=False)
    try:
        try:
            value, end = decoder.raw_decode(text)
        except json.JSONDecodeError:
            raise
        except ValueError:  # Python refuses to read numbers of more than 4,300 digits
            problems.clear()
            decoder = json.JSONDecoder(
                object_pairs_hook=joined, parse_constant=no_number, parse_int=number, strict=False
            )
            value, end = decoder.raw_decode(text)
        if "\\ud" in text or "\\uD" in text:
            value = _without_halves(value)
    except json.JSONDecodeError as error:
        return Answer(text, False, problems=(*problems, _what_is_wrong(text, error)))
    except RecursionError:
        return Answer(text, False, problems=(*problems, "The answer is nested too deeply."))
    if text[end:].strip(" \t\r\n\0"):
        problems.append(f"Something follows the JSON: {len(text) - end} characters.")
    return Answer(text, True, value, tuple(problems))


def _decoded(data: bytes, content_type: str, problems: list[str]) -> str:
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        pass
    named = NAMED_ENCODINGS.search(content_type.lower())
    for encoding in (named[1] if named else "", "cp1252"):
        try:
            text = data.decode(encoding)
        except (LookupError, UnicodeError):
            continue
        problems.append(f"The answer is not in UTF-8; it was read as {encoding}.")
        return text
    problems.append("The answer is not in UTF-8; what is none was replaced.")
    return data.decode("utf-8", "replace")


def _what_is_wrong(text: str, error: json.JSONDecodeError) -> str:
    at_the_end = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    # "tru", "-" and the like: the beginning of a value, and then nothing.
    if text[0] in "{[" and (at_the_end or re.fullmatch(r"\\?[a-z0-9]{0,5}|-", text[error.pos :])):
        return (
            f"The answer is cut short: it ends after {len(text)} characters, before its JSON is "
            "complete."
        )
    return f"The answer is no JSON: it does not go on as JSON after character {error.pos}."


def _without_halves(value: object) -> object:
    """Replace halves of characters (lone surrogates), which nothing can write or print."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace").decode(), strict=False)
