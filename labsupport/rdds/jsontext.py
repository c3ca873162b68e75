"""JSON as it really arrives: in many encodings, cut short, with a page in its place."""

from __future__ import annotations

import json
from dataclasses import dataclass

from labsupport.bounds import MOST_VALUES


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A body as it was read: its first JSON value, if it has one.

    `has_value` tells whether it has; `value` may be None otherwise too (JSON's null). `text` is
    the body as text, `problems` what was wrong with it, a sentence each.
    """

    text: str
    has_value: bool
    value: object = None
    problems: tuple[str, ...] = ()


def read(data: bytes) -> JsonBody:
    """Read a body. Never raises.

    >>> read(b'{"handle": "LAB-1"}').value
    {'handle': 'LAB-1'}
    >>> read(b'{"handle": "LA').problems
    ('The answer is cut short, or no JSON: it cannot be read from character 11 on.',)
    """
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    text = text.lstrip("\ufeff \t\r\n")
    problem = ""
    if not text:
        problem = "The answer is empty."
    elif text[0] == "<":
        problem = "The answer is a page, not JSON."
    elif sum(map(text.count, ",{[")) > MOST_VALUES:
        problem = f"The answer has more than {MOST_VALUES:,} values: it was not read."
    if problem:
        return JsonBody(text, False, problems=(problem,))
    try:
        # `strict` would refuse line ends within a text, which some servers leave there.
        # A number that is not whole stays as it was written: Python would make 1e400 infinite.
        decoder = json.JSONDecoder(strict=False, parse_float=str, parse_constant=str)
        value, end = decoder.raw_decode(text)
        # Halves of characters (lone surrogates) are replaced: nothing can write or print them.
        value = json.loads(
            json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        )
    except json.JSONDecodeError as error:
        problem = "The answer is cut short, or no JSON: "
        problem += f"it cannot be read from character {error.pos} on."
        return JsonBody(text, False, problems=(problem,))
    except (RecursionError, ValueError):
        problem = "The answer is nested too deeply, or has a number that is too long."
        return JsonBody(text, False, problems=(problem,))
    if text[end:].strip(" \t\r\n\0"):
        follows = f"Something follows the JSON: {len(text) - end} characters."
        return JsonBody(text, True, value, (follows,))
    return JsonBody(text, True, value)
