"""Zones in the form that `signing.to_text` writes, one record a line, read when asked for.

Most lessons ask for a few names of a zone with hundreds: to read all would be to wait for nothing.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Collection, Iterable, Iterator, Mapping

import dns.name
import dns.node
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.zone


class _Nodes(UserDict[dns.name.Name, dns.node.Node]):
    """The nodes of a zone by name; each is made of its lines when it is first asked for."""

    def __init__(self, data: Mapping[dns.name.Name, dns.node.Node | list[str]]) -> None:
        super().__init__()
        self.data = dict(data)  # type: ignore[arg-type]

    def __getitem__(self, name: dns.name.Name) -> dns.node.Node:
        value: dns.node.Node | list[str] = self.data[name]
        if isinstance(value, list):
            value = node(value)
            self.data[name] = value
        return value


def read(text: str, name: str) -> dns.zone.Zone:
    """Return the zone `name`, whose text has one record a line, with absolute names."""
    lines: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.startswith(";"):
            owner, record = line.split(" ", 1)
            lines.setdefault(owner, []).append(record)
    zone = dns.zone.Zone(dns.name.from_text(name), relativize=False)
    zone.nodes = _Nodes({dns.name.from_text(owner): lines[owner] for owner in lines})
    return zone


def rdatasets(
    zone: dns.zone.Zone, kinds: Collection[str]
) -> Iterator[tuple[dns.name.Name, dns.rdataset.Rdataset]]:
    """Yield the record sets of these types, and read no others."""
    for name, value in _unread(zone).items():
        if isinstance(value, list):
            value = node(line for line in value if line.split(" ", 3)[2] in kinds)
        for rdataset in value.rdatasets:
            if dns.rdatatype.to_text(rdataset.rdtype) in kinds:
                yield name, rdataset


def copy(zone: dns.zone.Zone) -> dns.zone.Zone:
    """Return a zone with the same nodes, which may be replaced, and not changed."""
    twin = dns.zone.Zone(zone.origin, relativize=False)
    twin.nodes = _Nodes(_unread(zone))
    return twin


def _unread(zone: dns.zone.Zone) -> Mapping[dns.name.Name, dns.node.Node | list[str]]:
    """The nodes of a zone; those that nobody asked for are still lines."""
    if isinstance(zone.nodes, _Nodes):
        return zone.nodes.data
    return zone.nodes


def node(lines: Iterable[str]) -> dns.node.Node:
    """Return the records of one name, each written as TTL, class, type and contents."""
    made = dns.node.Node()  # type: ignore[no-untyped-call]
    for line in lines:
        ttl, rdclass, kind, contents = line.split(" ", 3)
        rdata = dns.rdata.from_text(rdclass, kind, contents)
        rdataset = made.find_rdataset(
            rdata.rdclass, rdata.rdtype, rdata.covers(), create=True
        )
        rdataset.add(rdata, int(ttl))
    return made
