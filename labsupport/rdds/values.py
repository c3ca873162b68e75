"""Single values of public directories, as servers really write them.

Statuses, moments, names and addresses are the same in RDAP and in WHOIS.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_network

import idna

from labsupport.rdds.record import LARGEST_AS_NUMBER, Address, WrittenTime

LONGEST_NAME = (
    1000  # of a name as written; no real one comes near, and idna takes its time
)
LONGEST_MOMENT = 80
MONTHS = {
    "apr": 4, "aug": 8, "dec": 12, "feb": 2, "jan": 1, "jul": 7, "jun": 6, "mar": 3, "may": 5,
    "nov": 11, "oct": 10, "sep": 9,
    # Spanish and Portuguese, where they differ
    "abr": 4, "ago": 8, "dez": 12, "dic": 12, "ene": 1, "fev": 2, "mai": 5, "out": 10, "set": 9,
}  # fmt: skip
# Of the zones that registries name by letters, only those of registries that write them: many
# letters mean several zones.
ZONES = {"z": "", "utc": "", "gmt": "", "brt": "-0300", "clt": "-0400", "clst": "-0300"}
DAYS = tuple(
    re.compile(form + r"(?!\d)\.?")
    for form in (
        r"(?P<year>\d{4})(?:[-/]|\. ?)(?P<month>\d\d?)(?:[-/]|\. ?)(?P<day>\d\d?)",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
        r"(?P<day>\d\d?)[-. ](?:de )?(?P<month>[a-z]{3})[a-z]*\.?[-. ](?:de )?(?P<year>\d{4})",
        r"(?P<day>\d\d?)(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign)(?P<year>\d{4})",
    )
)
CLOCK = re.compile(
    r"[t ]+(\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?\(?([a-z]{1,5}|[+-]\d\d:?\d\d)?"
)

AS_NUMBERS = re.compile(
    r"(?:AS)?(\d{1,10})(?:\s*-\s*(?:AS)?(\d{1,10}))?", re.IGNORECASE
)

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


def moment(text: str) -> WrittenTime:
    """Read a day or a moment in the forms that directories use. A `time` of None: it is none.

    03/04/2026 is none: two days could be meant. A time of day in a zone that is not known is left
    out. The second before a leap second is taken for it, so that the day stays the same.

    >>> [moment(text).time.day for text in ("20261030", "30-Oct-2026", "30/10/2026")]
    [30, 30, 30]
    >>> moment("2026-10-30 01:02:03 CLST").time.hour, moment("03/04/2026").time
    (4, None)
    """
    text = text.strip()
    for written in (text, _usual(text.lower())):
        try:
            time = datetime.fromisoformat(written)
            time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
            return WrittenTime(text, time)
        # OverflowError: a datetime's first or last hours
        except (
            ValueError,
            OverflowError,
        ):
            continue
    return WrittenTime(text)


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
    if ":" not in text:
        return IPv4Address(re.sub(r"\b0+(?=\d)", "", text))
    ipv6 = IPv6Address(text)
    if ipv6.scope_id is not None:
        raise ValueError("a zone of one computer is no part of an address")
    return ipv6


def block(text: str) -> tuple[Address, Address] | None:
    """Return the ends of a block of addresses; None where `text` is none.

    >>> block("203.0.113/24")
    (IPv4Address('203.0.113.0'), IPv4Address('203.0.113.255'))
    >>> block("198.051.100.000 - 198.051.100.127")[1], block("2001:db8::/32")[0]
    (IPv4Address('198.51.100.127'), IPv6Address('2001:db8::'))
    """
    start, dash, end = text.partition("-")
    try:
        if dash:
            first = address(start)
            last = address(end)
            same = first.version == last.version
            return (first, last) if same and int(first) <= int(last) else None
        start, slash, length = text.partition("/")
        if ":" not in start:
            start += ".0" * (3 - start.count("."))
        network = ip_network(f"{address(start)}{slash}{length}")
    except ValueError:
        return None
    return network[0], network[-1]


def numbers(text: str) -> tuple[int, int] | None:
    """Return the first and the last AS number of "AS64500" or "AS64496 - AS64511"; else None.

    >>> numbers("AS64500"), numbers("64496 - 64511")
    ((64500, 64500), (64496, 64511))
    """
    ends = AS_NUMBERS.fullmatch(text)
    if ends is None:
        return None
    first = int(ends[1])
    last = int(ends[2] or first)
    return (first, last) if first <= last <= LARGEST_AS_NUMBER else None


def withheld(text: str) -> bool:
    """Say whether `text` tells that a value is not shown, in the place of the value.

    >>> withheld("REDACTED FOR PRIVACY"), withheld("Velo Privado")
    (True, False)
    """
    return text.lower().startswith(WITHHELD)


def shown(value: object) -> str:
    """Return a value for a sentence about it: short, and never what is inside it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 41 else f'"{text}"'


def _usual(text: str) -> str:
    """Write a moment in small letters as datetime reads it; "" for none."""
    matches = (form.match(text) for form in DAYS)
    day = next(filter(None, matches), None)
    if day is None or len(text) > LONGEST_MOMENT:
        return ""
    parts = day.groupdict()
    number = int(parts["day"])
    word = parts["month"]
    month = int(word) if word.isdigit() else MONTHS.get(word, 0)
    if parts.get("sign") in ("-", "/"):
        if number <= 12 and month <= 12 and number != month:
            return ""
        if month > 12:
            number, month = month, number
    written = f"{parts['year']}-{month:02}-{number:02}"
    clock = CLOCK.match(text, day.end())
    if clock is None:
        return written
    zone = ZONES.get(clock[2], clock[2] or "")
    if zone.isalpha():
        return written
    time = clock[1].replace(":60", ":59")
    return f"{written}T{time}{zone}"
