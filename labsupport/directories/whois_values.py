"""Single values as WHOIS servers write them: texts in many character sets, days, blocks."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Network

from labsupport.directories import values
from labsupport.directories.record import LARGEST_AS_NUMBER, Address, When

LONGEST_MOMENT = 80

# ISO-8859-15 has letters and the euro where its forerunner has signs that stand in no word.
LATIN_9 = re.compile(
    rb"\xa4|[A-Za-z\xc0-\xff][\xa6\xa8\xb8\xbc-\xbe]|[\xa6\xb8\xbc\xbd][a-z\xc0-\xff]"
)

MONTHS = {
    "apr": 4, "aug": 8, "dec": 12, "feb": 2, "jan": 1, "jul": 7, "jun": 6, "mar": 3, "may": 5,
    "nov": 11, "oct": 10, "sep": 9,
    # Spanish and Portuguese, where they differ
    "abr": 4, "ago": 8, "dez": 12, "dic": 12, "ene": 1, "fev": 2, "mai": 5, "out": 10, "set": 9,
}  # fmt: skip

# Hours from UTC of the zones that registries name by letters. Many letters mean several zones:
# only those of registries that write them are here.
ZONES = {"": 0, "z": 0, "utc": 0, "gmt": 0, "brt": -3, "brst": -2, "clt": -4, "clst": -3, "jst": 9}

_CLOCK = (
    r"(?:(?: at |[t ,]+)(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?)?"
    r"\s*\(?(?P<zone>[a-z]{1,5}(?=\W|$)|[+-]\d\d:?\d\d)?(?:\W.*)?$"
)
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})[-/.]\s?(?P<month>\d\d?)[-/.]\s?(?P<day>\d\d?)(?!\d)\.?" + _CLOCK,
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?!\d)" + _CLOCK,
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)\d{6}$",
        r"(?P<year>\d{4})-(?P<name>[a-z]{3})[a-z]*-(?P<day>\d\d?)(?!\d)" + _CLOCK,
        r"(?P<day>\d\d?)-(?P<name>[a-z]{3})-(?P<year>\d\d)(?!\d)" + _CLOCK,
        r"(?:[a-z]{6,9},? )?(?P<day>\d\d?)(?:st|nd|rd|th)?[-. /](?:de )?(?P<name>[a-z]{3})[a-z]*"
        r"\.?[-. /,]+(?:de )?(?P<year>\d{4})(?!\d)" + _CLOCK,
        r"(?:[a-z]{3,9},? )?(?P<name>[a-z]{3})[a-z]* +(?P<day>\d\d?),? +(?P<year>\d{4})(?!\d)"
        + _CLOCK,
        # As C's ctime writes it, a zone before the year
        r"[a-z]{3},? (?P<name>[a-z]{3}) +(?P<day>\d\d?) (?P<hour>\d\d):(?P<minute>\d\d):"
        r"(?P<second>\d\d) (?:(?P<zone>[a-z]{1,5}|[+-]\d{4}) )?(?P<year>\d{4})$",
        r"[a-z]{3}, (?P<day>\d\d?) (?P<name>[a-z]{3}) (?P<year>\d{4})" + _CLOCK,
        r"(?P<one>\d\d?)(?P<sign>[-/.])(?P<other>\d\d?)(?P=sign)(?P<year>\d{4})(?!\d)" + _CLOCK,
    )
)


def decode(data: bytes) -> tuple[str, str]:
    """Return `data` as text with line feeds only, and what was wrong with it, or "".

    What is not UTF-8 is read line by line, for servers send what registrars stored: UTF-8 where
    it is that, else ISO-8859-15 or Windows-1252.

    >>> decode("Añil\\r\\n".encode("iso-8859-1"))
    ('Añil\\n', '')
    >>> decode("Cœur à 5 €".encode("iso-8859-15"))
    ('Cœur à 5 €', '')
    """
    problem = ""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text, problem = _mixed(data)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, problem


def moment(text: str, day_first: bool | None = None) -> When:
    """Read a day or a moment in the forms that registries use. A `time` of None: it is none.

    `day_first` says how 03/04/2026 is meant; None, that nobody said. A time of day in a zone
    that is not known is left out, so that the day is all that is told.

    >>> [moment(text).time.day for text in ("20261030", "30-Oct-2026", "30/10/2026")]
    [30, 30, 30]
    >>> moment("2026-10-30 01:02:03 CLST").time.hour, moment("03/04/2026").time
    (4, None)
    """
    if text[:8].isdigit() and (len(text) == 8 or text[8:10] == " #"):
        try:
            day = datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), tzinfo=UTC)
            return When(text, day)
        except ValueError:
            return When(text)
    if text[4:5] == "-" and len(text) in (10, 20):  # most are so
        found = values.moment(text)
        if found.time is not None:
            return found
    lower = text.lower()
    if len(lower) > LONGEST_MOMENT or not lower.isascii():
        return When(text)
    for form in _FORMS:
        if match := form.match(lower):
            return _moment(text, match, day_first)
    return When(text)


def block(text: str) -> tuple[Address, Address] | None:
    """Return the ends of a block of addresses; None where `text` is none.

    >>> block("203.0.113/24")
    (IPv4Address('203.0.113.0'), IPv4Address('203.0.113.255'))
    >>> block("198.051.100.000 - 198.051.100.127")[1], block("2001:db8::/32")[0]
    (IPv4Address('198.51.100.127'), IPv6Address('2001:db8::'))
    """
    try:
        if " - " in text or text.count("-") == 1:
            one, _, other = text.partition("-")
            first, last = values.address(one), values.address(other)
            same = first.version == last.version
            return (first, last) if same and int(first) <= int(last) else None
        start, slash, length = text.partition("/")
        if ":" in start:
            network = IPv6Network((values.address(start), int(length or 128)))
            return network.network_address, network.broadcast_address
        first = values.address(start + ".0" * (3 - start.count(".")))
        size = 1 << (32 - (int(length) if slash else 32))
        if int(first) % size:
            return None
        return first, IPv4Address(int(first) + size - 1)
    except ValueError:
        return None


def numbers(text: str) -> tuple[int, int] | None:
    """Return the first and the last AS number of "AS64500" or "AS64496 - AS64511"; else None.

    >>> numbers("AS64500"), numbers("64496 - 64511")
    ((64500, 64500), (64496, 64511))
    """
    found = re.fullmatch(
        r"(?:AS)?([0-9]{1,10})(?:\s*-\s*(?:AS)?([0-9]{1,10}))?", text, re.IGNORECASE
    )
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if first <= last <= LARGEST_AS_NUMBER else None


def address(text: str) -> str:
    """Return the address in its usual form, "" where `text` is none. Zeros in front mean nothing.

    >>> address("203.000.113.053/32"), address("2001:DB8:0::53"), address("ns1.alojar.example")
    ('203.0.113.53', '2001:db8::53', '')
    """
    if ":" not in text and not text[:1].isdigit():
        return ""
    try:
        return str(values.address(text.removesuffix("/32").removesuffix("/128")))
    except ValueError:
        return ""


def _mixed(data: bytes) -> tuple[str, str]:
    lines = []
    both = False
    for line in data.split(b"\n"):
        try:
            text = line.decode("utf-8")
            both = both or not text.isascii()
        except UnicodeDecodeError:
            charset = "iso-8859-15" if LATIN_9.search(line) else "windows-1252"
            try:
                text = line.decode(charset)
            except UnicodeDecodeError:
                text = line.decode("iso-8859-1")
        lines.append(text)
    problem = "Lines in UTF-8 and in an older character set stand side by side." if both else ""
    return "\n".join(lines), problem


def _moment(text: str, match: re.Match[str], day_first: bool | None) -> When:
    parts = match.groupdict()
    if "one" in parts:
        one, other = int(parts["one"]), int(parts["other"])
        if (
            day_first is None
            and parts["sign"] != "."
            and one <= 12
            and other <= 12
            and one != other
        ):
            return When(text)  # two days could be meant
        first = other <= 12 and (one > 12 or day_first is not False)
        day, month = (one, other) if first else (other, one)
    else:
        day = int(parts["day"])
        month = int(parts["month"]) if "month" in parts else MONTHS.get(parts["name"], 0)
    year = int(parts["year"])
    if len(parts["year"]) == 2:  # there were no domains before 1985
        year += 1900 if year >= 85 else 2000
    try:
        time = datetime(year, month, day, tzinfo=UTC)
        if parts.get("hour") is None:
            return When(text, time)
        zone = _zone(parts.get("zone") or "")
        if zone is None:
            return When(text, time)
        # Seconds up to 60, for leap seconds
        hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0)
        if hour > 23 or minute > 59 or second > 60:
            return When(text)
        time += timedelta(hours=hour, minutes=minute, seconds=min(second, 59)) - zone
    except (ValueError, OverflowError):
        return When(text)
    return When(text, time)


def _zone(text: str) -> timedelta | None:
    if text[:1] in "+-" and text:
        hours, minutes = int(text[1:3]), int(text[-2:])
        return timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1)
    return timedelta(hours=ZONES[text]) if text in ZONES else None
