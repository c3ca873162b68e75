"""Single values of public directories, as servers really write them.

Statuses, moments, names and addresses are the same in RDAP and in WHOIS.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address

import idna

from labsupport.directories.record import Address, When

LONGEST_NAME = 1000  # of a name as written; no real one comes near, and idna takes its time
LONGEST_MOMENT = 60

# RFC 8056 section 2: where EPP's word is not RDAP's with the spaces taken out.
EPP_STATUSES = {"linked": "associated", "ok": "active"}
# Words that stand in the place of a value. Those that a privacy service could be called by, such
# as "private", are not among them: a service is a registrant, and its name tells whom to ask.
WITHHELD = (
    "redacted",
    "data redacted",
    "data protected",
    "gdpr ",
    "hidden upon",
    "masked",
    "non-public data",
    "not disclosed",
    "not shown",
    "please query the r",
    "statutory masking",
)


@functools.lru_cache(1024)
def status(text: str) -> str:
    """Return a status in the words of RDAP (RFC 9083 section 10.2.2), from EPP's or its own.

    >>> status("clientTransferProhibited https://icann.example/epp#clientTransferProhibited")
    'client transfer prohibited'
    >>> status("ok"), status("ACTIVE"), status("pending delete")
    ('active', 'active', 'pending delete')
    """
    for mark in ("http://", "https://", "(http"):
        if mark in text:
            text = text[: text.index(mark)]
    text = text.strip(" (")
    if " " not in text and not text.isupper():
        text = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", text)
    text = text.lower()
    return EPP_STATUSES.get(text, text)


def moment(text: str) -> When:
    """Read a moment in the form of RFC 3339, or near it. A `time` of None: it is none.

    The second before a leap second is taken for it, so that the day stays the same.

    >>> moment("2016-12-31T23:59:60Z").time
    datetime.datetime(2016, 12, 31, 23, 59, 59, tzinfo=datetime.timezone.utc)
    >>> moment("2026-03-01T02:00:00-03:00").time.hour, moment("2026-03-01").time.hour
    (5, 0)
    """
    text = text.strip()
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        try:
            time = datetime.fromisoformat(_usual(text))
        except ValueError:
            return When(text)
    try:
        return When(text, time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC))
    except OverflowError:  # the first or last hours that a datetime can hold
        return When(text)


def name(text: str) -> str:
    """Return a domain name's A-label form, in lower case, without the trailing dot.

    Raises ValueError for what IDNA 2008 does not allow.

    >>> name("NS1.Alojar.Example."), name("Añil.example")
    ('ns1.alojar.example', 'xn--ail-7ma.example')
    """
    text = text.strip().removesuffix(".").lower()
    if text.isascii():
        return text
    if len(text) > LONGEST_NAME:
        raise ValueError("too long for a name")
    return idna.encode(text, uts46=True).decode("ascii")


def address(text: str) -> Address:
    """Return the address. Raises ValueError for what is none.

    Zeros in front of an IPv4 number mean nothing: some registries pad with them, and all count
    in decimal.

    >>> address("192.000.002.010")
    IPv4Address('192.0.2.10')
    """
    text = text.strip()
    if ":" in text:
        found = IPv6Address(text)
        if found.scope_id is not None:
            raise ValueError("a zone of one computer is no part of an address")
        return found
    parts = text.split(".")
    if len(parts) != 4 or not text.isascii():
        raise ValueError("not four numbers")
    number = 0
    for part in parts:
        if not part.isdigit() or len(part) > 3 or (value := int(part)) > 255:
            raise ValueError("not four numbers up to 255")
        number = number << 8 | value
    return IPv4Address(number)


def withheld(text: str) -> bool:
    """Say whether `text` tells that a value is not shown, in the place of the value.

    >>> withheld("REDACTED FOR PRIVACY"), withheld("Velo Privado")
    (True, False)
    """
    return text.lower().startswith(WITHHELD)


def shown(value: object) -> str:
    """Return a value for a sentence about it: short, and never what is inside it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 41 else f'"{text}"'


def _usual(text: str) -> str:
    """Write a moment as datetime reads it: capital Z, no leap second, no space at the zone."""
    if len(text) > LONGEST_MOMENT:
        return ""
    text = re.sub(r" ?(UTC|GMT|Z)$", "Z", text.upper())
    text = re.sub(r" (?=[+-]\d\d:?\d\d$)", "", text)
    return re.sub(r"(:[0-5]\d):60(?!\d)", r"\1:59", text)
