"""What the keys, headings and sentences of WHOIS servers mean: data/directories/whois.toml.

A server's form is not recognised as a whole: servers mix forms, and change them. So the tables of
the file are put together: a key means the same wherever it stands; where it does not ("address",
"name", "country"), the heading above it or the first key of its block decides. The file's head
says what its lines mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources

from labsupport.directories import values
from labsupport.directories.record import Outcome

Meaning = tuple[str, str, str]
"""Where the value of a key goes, and with what: an action, a role, a contact's field."""

NOT_A_SIGN = str.maketrans("áàâãçéêíñóôõúü", "aaaaceeinooouu")
BEHIND = re.compile(r"(?<=[^\s(])\s*\([^()]*\)$")
FORMS = tomllib.loads(
    resources.files("labsupport.data").joinpath("directories/whois.toml").read_text("utf-8")
)
PROHIBITED = ("delete", "renew", "transfer", "update")
KINDS: dict[str, Meaning] = {
    **{kind: (kind, "", "") for kind in ("name", "status", "server", "signed", "ds", "referral")},
    **{kind: (kind, "", "") for kind in ("network", "number", "origin", "country", "organization")},
    "handle": ("once", "handle", ""),
    # Known, so that it is taken for no prose; no record has a place for it.
    **dict.fromkeys(
        ("remark", "about", "related", "netname", "type", "parent"), ("ignored", "", "")
    ),
    **dict.fromkeys(("check", "correct check"), ("ignored", "", "")),
}


def plain(key: str) -> str:
    """Return a key as words: no dots that fill, accents, numbers, or brackets behind it.

    >>> plain("Data de expiração / Expiration_Date (dd/mm/yyyy)..."), plain("NS 2")
    ('data de expiracao / expiration date', 'ns')
    """
    key = BEHIND.sub("", key.lower().translate(NOT_A_SIGN).rstrip(".: #"))
    return " ".join(re.sub(r"[-_.#*()\d]+", " ", key).split())


def _lines(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what stands behind the dot in the lines of a kind, and their words."""
    for form in FORMS.values():
        for line, words in form.items():
            first, _, rest = line.partition(".")
            if first == kind:
                yield rest, [" ".join(word.split()) for word in words.split(",")]


def _named(kind: str) -> dict[str, str]:
    return {word: rest for rest, words in _lines(kind) for word in words}


FIELDS = _named("field")
"""A contact's fields by their names under a heading, in a block of its own, or behind a role."""

ROLES = _named("role")
"""RDAP's word (RFC 9083 section 10.2.4) for how a role is called in a key or heading."""

APART = frozenset(_named("apart"))
"""First keys of blocks, and headings, whose days are not the domain's."""

HEADINGS = ROLES | _named("heading") | dict.fromkeys((*APART, *_named("server")), "")
"""What stands under a heading: fields of the contact with a role, of a "contact" of which no role
is told, of the "domain", or "" for none of them."""

NUMBERS = frozenset(_named("numbers"))
SOMEBODY = frozenset(word for rest, words in _lines("somebody") if not rest for word in words)

BEGINS = frozenset(_named("begins"))

CONTACT_FIELDS = {key: field for key, field in FIELDS.items() if key not in ("org", "type")} | {
    word: rest for rest, words in _lines("somebody") if rest for word in words
}
"""The fields in a block about somebody."""

STATES = {values.status(word): state for word, state in _named("state").items()}
"""RDAP's word for a state that is not EPP's, in lower case; "free": nobody has the name."""


def _keys() -> dict[str, Meaning]:
    keys = {
        f"{word}{gap}{field}": ("contact", role, slot)
        for kind, gap in (("role", " "), ("prefix", ""))
        for word, role in _named(kind).items()
        for field, slot in FIELDS.items()
    }
    keys |= {word: ("contact", role, "") for word, role in ROLES.items()}
    for kind in ("event", "pointer"):
        keys |= {word: (kind, rest, "") for word, rest in _named(kind).items()}
    for kind, meaning in KINDS.items():
        keys |= dict.fromkeys(_named(kind), meaning)
    for role in {*ROLES.values(), "registrar abuse"}:
        keys |= {word: ("contact", role, slot) for word, slot in _named(role).items()}
    return keys


KEYS = _keys()
KEYS = {plain(key): meaning for key, meaning in KEYS.items()} | KEYS
KNOWN = {plain(word): word for word in (*CONTACT_FIELDS, *HEADINGS)} | {
    word: word for word in (*KEYS, *CONTACT_FIELDS, *HEADINGS)
}
"""Every key and heading, by itself and as `plain` has it."""


def kind_of(key: str) -> str:
    """Return where the value of a key goes; "" where that is nowhere by itself."""
    return KEYS[key][0] if key in KEYS else ""


SPOKEN = re.compile(rf"({'|'.join(_named('spoken'))})[. ]+(.*[0-9].*?)\.?", re.IGNORECASE)
"""A day that is told in a sentence: "Record created on 2009-06-12."."""

EPP = {
    state.replace(" ", ""): state
    for state in (
        *("add period", "auto renew period", "redemption period", "renew period"),
        *(f"{who} {what} prohibited" for who in ("client", "server") for what in PROHIBITED),
        *("client hold", "server hold", "transfer period", "pending restore"),
        *(f"pending {what}" for what in ("create", *PROHIBITED)),
    )
}
"""EPP's states (RFC 5731 section 2.3, RFC 3915 section 3.1), by themselves without spaces."""

OUTCOMES = {
    "throttled": Outcome.THROTTLED,
    "refused": Outcome.REFUSED,
    "absent": Outcome.ABSENT,
    # A name that is held back is registered by nobody, and cannot be had: it is known.
    "held": Outcome.FOUND,
}
SENTENCES: dict[Outcome, re.Pattern[str]] = {
    outcome: re.compile(
        "|".join(f"(?:{words})" for form in FORMS.values() for words in form.get(name, ()))
    )
    for name, outcome in OUTCOMES.items()
}
"""In the order in which they are tried: who is throttled has been told nothing else."""

DAYS = {
    domain: form["days"] == "day first"
    for domains, form in FORMS.items()
    if "days" in form
    for domain in domains.split()
}
"""Whether 03/04/2026 is in April, by the top-level domain."""

CONDITIONAL = re.compile(
    r"\b(?:if|may|when|whenever|will result|reserves?|cuando|si)\b", re.IGNORECASE
)
"""A sentence of the terms of use, which says what would happen."""
