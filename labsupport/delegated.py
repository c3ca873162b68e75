"""The registries' daily list of who holds which numbers, read and written.

The five regional registries publish it as delegated-REGISTRY-extended-latest. The format is
the "RIR Statistics Exchange Format" (version 2) with the extension that all of them use: one
line a block, with an identifier that joins what one holder has.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    summarize_address_range,
)

Prefix = IPv4Network | IPv6Network
AddressOrPrefix = IPv4Address | IPv6Address | Prefix
Resource = AddressOrPrefix | int
"""What can be looked for: an address, a prefix, or an AS number as an int."""

TYPES = ("asn", "ipv4", "ipv6")
LARGEST_AS_NUMBER = 2**32 - 1  # RFC 6793
VERSION = "2.3"


@dataclass(frozen=True, slots=True)
class Record:
    """One block of numbers: who registered it, from where on, for whom, since when.

    `value` counts addresses (IPv4; not always a power of two) or AS numbers; for IPv6 it is
    the length of the prefix. `status` is "allocated", "assigned", "available" or "reserved".
    `country` is the two-letter code under which the holder registered, or "". `holder_id` is
    the same in all records of one holder, and means nothing outside one registry.
    """

    registry: str
    country: str
    start: IPv4Address | IPv6Address | int
    value: int
    date: date | None
    status: str
    holder_id: str = ""

    @property
    def type(self) -> str:
        """Say what is counted: "asn", "ipv4" or "ipv6"."""
        return "asn" if isinstance(self.start, int) else f"ipv{self.start.version}"

    @property
    def held(self) -> bool:
        """Whether the numbers were given to somebody."""
        return self.status in ("allocated", "assigned")

    @property
    def first(self) -> int:
        """The first number of the block."""
        return int(self.start)

    @property
    def last(self) -> int:
        """The last number of the block."""
        count = 1 << (128 - self.value) if isinstance(self.start, IPv6Address) else self.value
        return self.first + count - 1

    @property
    def prefixes(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The block as prefixes: several where the count is no power of two, none for AS numbers.

        >>> line = "ripencc|RU|ipv4|192.0.2.0|192|20090417|allocated|x"
        >>> [str(prefix) for prefix in read(line).records[0].prefixes]
        ['192.0.2.0/25', '192.0.2.128/26']
        """
        if isinstance(self.start, int):
            return ()
        if isinstance(self.start, IPv6Address):
            return (IPv6Network((self.start, self.value)),)
        return tuple(summarize_address_range(self.start, IPv4Address(self.last)))

    def covers(self, resource: Resource) -> bool:
        """Say whether the block has at least one number of `resource`."""
        if isinstance(resource, int):
            return self.type == "asn" and self.first <= resource <= self.last
        if self.type != f"ipv{resource.version}":
            return False
        if isinstance(resource, IPv4Network | IPv6Network):
            first, last = int(resource.network_address), int(resource.broadcast_address)
        else:
            first = last = int(resource)
        return self.first <= last and first <= self.last


@dataclass(frozen=True, slots=True)
class Statistics:
    """A file as it was read.

    `header` is the line that opens it: version, registry, issue, how many records, first and last
    day, offset from UTC. `unread` are the lines that are none of the format's.
    """

    header: tuple[str, ...] = ()
    summaries: dict[str, int] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all records that the file promises are there. What is cut off proves nothing."""
        counted = Counter(record.type for record in self.records)
        return (
            bool(self.header)
            and int(self.header[3]) == len(self.records)
            and all(counted[kind] == count for kind, count in self.summaries.items())
            and not self.unread
        )

    def covering(self, resource: Resource) -> tuple[Record, ...]:
        """Return the records that have a number of `resource`, in the order of the file."""
        return tuple(record for record in self.records if record.covers(resource))

    def of_holder(self, holder_id: str) -> tuple[Record, ...]:
        """Return everything that the holder with this identifier has; nothing for ""."""
        return tuple(r for r in self.records if holder_id and r.holder_id == holder_id)


def read(data: bytes | str) -> Statistics:
    """Read a file, or a part of one. Never raises: what is no record comes back in `unread`.

    >>> found = read("2.3|lacnic|1|1|20000101|20260101|-0300\\nlacnic|UY|asn|64500|1||allocated|7")
    >>> found.records[0].holder_id, found.complete
    ('7', True)
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    header: tuple[str, ...] = ()
    summaries: dict[str, int] = {}
    records: list[Record] = []
    unread: list[str] = []
    # Only line feeds end a line: other characters that str.splitlines cuts at are text.
    for line in text.replace("\r\n", "\n").split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("|")
        if not header and not records and _is_header(fields):
            header = tuple(fields)
        elif summary := _summary(fields):
            summaries[summary[0]] = summary[1]
        elif record := _record(fields):
            records.append(record)
        else:
            unread.append(line)
    return Statistics(header, summaries, tuple(records), tuple(unread))


def _is_header(fields: list[str]) -> bool:
    is_one = len(fields) == 7 and re.fullmatch(r"[0-9][0-9.]{0,8}", fields[0])
    return bool(is_one) and _number(fields[3]) is not None


def _summary(fields: list[str]) -> tuple[str, int] | None:
    if len(fields) != 6 or fields[5].strip() != "summary" or fields[2] not in TYPES:
        return None
    count = _number(fields[4])
    return None if count is None else (fields[2], count)


def _record(fields: list[str]) -> Record | None:
    # Registries may append fields of their own; APNIC does.
    if len(fields) < 7:
        return None
    registry, country, kind, start_text, value_text, day_text, status = fields[:7]
    try:
        day = _date(day_text)
    except ValueError:
        return None
    value = _number(value_text)
    start = _start(kind, start_text)
    if value is None or start is None:
        return None
    if not re.fullmatch(r"[A-Za-z]{0,2}", country) or not re.fullmatch(r"[A-Za-z]+", status):
        return None
    if isinstance(start, IPv6Address):
        if value > 128 or int(start) & ((1 << (128 - value)) - 1):
            return None
    else:
        largest = LARGEST_AS_NUMBER if isinstance(start, int) else 2**32 - 1
        if value < 1 or int(start) + value - 1 > largest:
            return None
    holder_id = fields[7] if len(fields) > 7 else ""
    return Record(registry, country, start, value, day, status.lower(), holder_id)


def _start(kind: str, text: str) -> IPv4Address | IPv6Address | int | None:
    if kind == "asn":
        return _number(text)
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return None
    return address if kind == f"ipv{address.version}" else None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _date(text: str) -> date | None:
    """The day in YYYYMMDD; None where it is not known. Raises ValueError for what is no day."""
    if text in ("", "00000000"):
        return None
    if not re.fullmatch(r"[0-9]{8}", text):
        raise ValueError(text)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))
