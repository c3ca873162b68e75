"""Domain names as people ask a directory for them."""

from __future__ import annotations

import re

import idna

LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
LONGEST_NAME = 253  # characters, without the dot at the end (RFC 1035 section 2.3.4)


class NoName(ValueError):
    """This text is no domain name."""


def ascii_name(text: str) -> str:
    """Return a name in A-labels, in lower case, without the dot at the end.

    Raises NoName when it is none.

    >>> ascii_name("PEÑA-azul.example.")
    'xn--pea-azul-e3a.example'
    """
    name = text.strip().lower().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            raise NoName(text) from None
    if len(name) > LONGEST_NAME or not all(map(LABEL.fullmatch, name.split("."))):
        raise NoName(text)
    return name
