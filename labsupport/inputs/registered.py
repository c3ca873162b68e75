"""Reading what a person typed where a name or a number is meant that somebody registered."""

from __future__ import annotations

import re

from labsupport.inputs.names import (
    NotUnderstood,
    Typed,
    no_name,
    read_question,
    read_type,
)
from labsupport.inputs.numbers import Number, read_number
from labsupport.language import Language


def read_what(text: object, say: Language) -> Typed | Number:
    """Return the name or the number that is meant; raise NotUnderstood when it is neither.

    >>> say = Language.load("en")
    >>> read_what("hxxps://www.museum[.]example/", say).text, read_what("as64500", say).text
    ('www.museum.example', 'AS64500')
    """
    if isinstance(text, str):
        plain = text.strip().strip("<>\"'“”«»").replace("[.]", ".").replace("(.)", ".")
        if re.fullmatch(r"(as\s*)?[0-9]+|[0-9a-f.:]+/[0-9]+", plain, re.IGNORECASE):
            return read_number(text, say)
    typed, rdtype = read_question(text, "A", say)
    if rdtype is read_type("PTR", say):
        return read_number(typed.text, say)
    if len(typed.name.labels) < 3:  # the root's empty label is one of them
        raise NotUnderstood(say("registration.nobody_registers", name=typed.text))
    return typed


def read_domain(text: object, say: Language) -> Typed:
    """Return the name that is meant; raise NotUnderstood when it is none, or a number."""
    asked = read_what(text, say)
    if isinstance(asked, Number):
        raise no_name(asked.text, say)
    return asked
