"""JSON as it really arrives: in many encodings, cut short, with a page in its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from labsupport.bounds import MOST_VALUES

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


def read(data: bytes) -> Answer:
    """Read a body. Never raises.

    >>> read(b'{"handle": "LAB-1"}').value
    {'handle': 'LAB-1'}
    >>> read(b'{"handle": "LA').problems
    ('The answer is cut short: it ends after 14 characters, before its JSON is complete.',)
    """
    problems: list[str] = []
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        problems.append("The answer is not in UTF-8; it was read as cp1252.")
    text = text.lstrip("\ufeff \t\r\n")
    if not text:
        return Answer("", False, problems=(*problems, "The answer is empty."))
    if text[0] == "<":
        return Answer(text, False, problems=(*problems, "The answer is a page, not JSON."))
    if sum(map(text.count, ",{[")) > MOST_VALUES:
        much = f"The answer has more than {MOST_VALUES:,} values: it was not read."
        return Answer(text, False, problems=(*problems, much))
    # `strict` would refuse line ends within a text, which some servers leave there.
    decoder = json.JSONDecoder(parse_int=_number, parse_constant=str, strict=False)
    try:
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


def _number(written: str) -> int | str:
    """Python refuses to read numbers of more than 4,300 digits."""
    return int(written) if len(written) <= LONGEST_NUMBER else written


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
