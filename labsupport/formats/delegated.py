"""The registries' daily list of who holds which numbers, read.

The five regional registries publish it as delegated-REGISTRY-extended-latest. The format is
the "RIR Statistics Exchange Format" (version 2) with the extension that all of them use: one
line a block, with an identifier that joins what one holder has.
"""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from datetime import date
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Prefix = IPv4Network | IPv6Network
AddressOrPrefix = IPv4Address | IPv6Address | Prefix
Resource = AddressOrPrefix | int
"""What can be looked for: an address, a prefix, or an AS number as an int."""

LARGEST_AS_NUMBER = 2**32 - 1  # RFC 6793


@dataclass(frozen=True, slots=True)
class DelegatedBlock:
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
        count = (
            1 << (128 - self.value)
            if isinstance(self.start, IPv6Address)
            else self.value
        )
        return self.first + count - 1

    @property
    def prefixes(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The block as prefixes: several where the count is no power of two, none for AS numbers.

        >>> line = "ripencc|RU|ipv4|192.0.2.0|192|20090417|allocated|x"
        >>> [str(prefix) for prefix in _record(line.split("|")).prefixes]
        ['192.0.2.0/25', '192.0.2.128/26']
        """
        if isinstance(self.start, int):
            return ()
        if isinstance(self.start, IPv6Address):
            return (IPv6Network((self.start, self.value)),)
        return tuple(
            ipaddress.summarize_address_range(self.start, IPv4Address(self.last))
        )

    def covers(self, resource: Resource) -> bool:
        """Say whether the block has at least one number of `resource`."""
        kind, first, last = ends_of(resource)
        return self.type == kind and self.first <= last and first <= self.last

    def holds(self, resource: Resource) -> bool:
        """Say whether the block has all of `resource`."""
        kind, first, last = ends_of(resource)
        return self.type == kind and self.first <= first and last <= self.last


def ends_of(resource: Resource) -> tuple[str, int, int]:
    """Return what a resource is, and its first and last number."""
    if isinstance(resource, int):
        return "asn", resource, resource
    block = ip_network(resource)
    return f"ipv{block.version}", int(block[0]), int(block[-1])


@dataclass(frozen=True, slots=True)
class Statistics:
    """A file as it was read.

    `header` is the line that opens it: version, registry, issue, how many records, first and last
    day, offset from UTC. `complete` tells whether all records that the file promises are there:
    what is cut off proves nothing.
    """

    header: tuple[str, ...] = ()
    records: tuple[DelegatedBlock, ...] = ()
    complete: bool = False

    def covering(self, resource: Resource) -> tuple[DelegatedBlock, ...]:
        """Return the records that have a number of `resource`, in the order of the file."""
        return tuple(record for record in self.records if record.covers(resource))

    def of_holder(self, holder_id: str) -> tuple[DelegatedBlock, ...]:
        """Return everything that the holder with this identifier has; nothing for ""."""
        return tuple(r for r in self.records if holder_id and r.holder_id == holder_id)


def read(data: bytes | str) -> Statistics:
    """Read a file. Never raises: one with a line that is none of the format's comes back empty.

    >>> file = read("2.3|lacnic|1|1|20000101|20260101|-0300\\nlacnic|UY|asn|64500|1||allocated|7")
    >>> file.records[0].holder_id, file.complete
    ('7', True)
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    # Only line feeds end a line: other characters that str.splitlines cuts at are text.
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    try:
        header, *others = [
            line.split("|") for line in lines if not line.startswith("#")
        ]
        sums = {
            fields[2]: int(fields[4]) for fields in others if fields[-1] == "summary"
        }
        records = tuple(_record(fields) for fields in others if fields[-1] != "summary")
        promised = int(header[3])
    except (IndexError, ValueError):
        return Statistics()
    counted = Counter(record.type for record in records)
    sums_hold = all(counted[kind] == count for kind, count in sums.items())
    return Statistics(tuple(header), records, sums_hold and promised == len(records))


def _record(fields: list[str]) -> DelegatedBlock:
    """Read a line. Raises ValueError where it is no record."""
    registry, country, kind, start, count, day, status, *more = fields
    first = int(start) if kind == "asn" else ip_address(start)
    since = date.fromisoformat(day) if day.strip("0") else None
    holder_id = more[0] if more else ""
    record = DelegatedBlock(
        registry, country, first, int(count), since, status.lower(), holder_id
    )
    whole = (
        bool(record.prefixes) or 0 <= record.first <= record.last <= LARGEST_AS_NUMBER
    )
    if record.type != kind or not whole or not status:
        raise ValueError(fields)
    return record
