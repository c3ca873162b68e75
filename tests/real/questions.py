"""Questions for authoritative servers, made from the zones of the lab; the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.zone
from name_servers import Operator
from dns.rdatatype import RdataType

from labsupport.world import World

TYPES = tuple(
    map(
        RdataType.make,
        "A AAAA NS SOA MX TXT CNAME DS DNSKEY NSEC NSEC3PARAM CAA PTR SRV HTTPS DNAME TYPE65280".split(),
    )
)
SIZES = (None, 512, 1232, 4096)  # of UDP answers, as EDNS tells; None: without EDNS


@dataclass(frozen=True)
class Question:
    """One message to one server."""

    operator: Operator
    address: str
    tcp: bool
    wire: bytes

    @property
    def message(self) -> dns.message.Message:
        return dns.message.from_wire(self.wire)

    def __str__(self) -> str:
        message = self.message
        (asked,) = message.question
        edns = f"size {message.payload}" if message.edns >= 0 else "no EDNS"
        do = " DO" if message.ednsflags & dns.flags.DO else ""
        protocol = "tcp" if self.tcp else "udp"
        return f"{self.operator.name} {self.address} {protocol}: {asked} {edns}{do}"


class ZoneFacts:
    """What there is in a zone, by the classes of questions that it allows."""

    def __init__(self, zone: dns.zone.Zone) -> None:
        assert zone.origin is not None
        self.origin = zone.origin
        hashed = {name for name, node in zone.nodes.items() if node.get_rdataset(1, RdataType.NSEC3)}
        types = {
            name: {rdataset.rdtype for rdataset in node} - {RdataType.RRSIG}
            for name, node in zone.nodes.items()
            if name not in hashed
        }
        self.cuts = {n: t for n, t in types.items() if RdataType.NS in t and n != zone.origin}
        below = {
            name
            for name in types
            if any(name.is_subdomain(cut) and name != cut for cut in self.cuts)
        }
        self.types = {n: t for n, t in types.items() if n not in below and n not in self.cuts}
        self.aliases = [n for n, t in self.types.items() if RdataType.CNAME in t]
        self.wildcards = [n for n in self.types if n.is_wild()]
        ancestors = {
            name.split(depth)[1]
            for name in types
            for depth in range(len(zone.origin), len(name))
        }
        self.empty = sorted(ancestors - types.keys())
        self.glue = sorted(below)


def below(name: dns.name.Name, *labels: str) -> dns.name.Name:
    return dns.name.Name((*(label.encode() for label in labels), *name.labels))


class Maker:
    """Makes questions of each class, at random from a fixed seed."""

    def __init__(self, world: World, operators: list[Operator]) -> None:
        self._random = random.Random(2026)
        self._operators = operators
        self._facts = {zone: ZoneFacts(world.zone(zone)) for zone in world.zone_names}
        self._operator_of = {zone: o for o in operators for zone in o.zones}

    def questions(self, per_class: int) -> Iterator[Question]:
        """Yield at least `per_class` questions of each class, all different."""
        seen = set()
        for kind in (
            self._positive,
            self._alias,
            self._wildcard,
            self._empty,
            self._absent,
            self._no_data,
            self._referral,
            self._referral_unsigned,
            self._ds,
            self._below,
            self._elsewhere,
        ):
            made = 0
            for _ in range(per_class * 20):
                zone, name, rdtype = kind()
                question = self._ask(zone, name, rdtype)
                key = (question.address, question.tcp, question.wire[2:])
                if key not in seen:
                    seen.add(key)
                    yield question
                    made += 1
                if made == per_class:
                    break
        ...
