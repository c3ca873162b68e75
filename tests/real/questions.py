"""Questions for authoritative servers, made from the zones of the lab; the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

import dns.flags
import dns.message
import dns.name
import dns.zone
from dns.name import Name
from dns.rdatatype import RdataType
from name_servers import Operator

from labsupport.world import World

TYPES = tuple(
    RdataType.make(name)
    for name in (
        *(
            "A",
            "AAAA",
            "NS",
            "SOA",
            "MX",
            "TXT",
            "CNAME",
            "DS",
            "DNSKEY",
            "NSEC",
            "NSEC3PARAM",
        ),
        *("CAA", "PTR", "SRV", "HTTPS", "TYPE65280"),
    )
)
UDP_SIZES = (None, 512, 1232, 4096)  # as EDNS tells them; None: without EDNS


class Aim(Enum):
    """What a question aims at. The answers tell what it hit."""

    POSITIVE = "records that are there"
    ALIAS = "the name of a CNAME"
    WILDCARD = "a name that a wildcard stands for"
    EMPTY = "an empty non-terminal"
    ABSENT = "a name that does not exist"
    NO_DATA = "a type that a name does not have"
    CUT = "the name of a delegation"
    BELOW = "a name below a delegation"
    DS = "the DS of a delegation"
    ELSEWHERE = "a name of somebody else"


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
        size = f"EDNS {message.payload}" if message.edns >= 0 else "no EDNS"
        do = ", DO" if message.ednsflags & dns.flags.DO else ""
        protocol = "TCP" if self.tcp else "UDP"
        return f"{asked} to {self.operator.name} ({self.address}) over {protocol}, {size}{do}"


@dataclass
class ZoneFacts:
    """What there is in a zone."""

    zone: dns.zone.Zone
    types: dict[Name, set[RdataType]] = field(init=False)
    cuts: dict[Name, set[RdataType]] = field(init=False)
    empty: set[Name] = field(init=False)
    origin: Name = field(init=False)

    def __post_init__(self) -> None:
        assert self.zone.origin is not None
        self.origin = self.zone.origin
        types = {
            name: {rdataset.rdtype for rdataset in node} - {RdataType.RRSIG}
            for name, node in self.zone.nodes.items()
        }
        types = {
            name: held for name, held in types.items() if RdataType.NSEC3 not in held
        }
        self.cuts = {
            n: t for n, t in types.items() if RdataType.NS in t and n != self.origin
        }
        self.types = {
            name: held
            for name, held in types.items()
            if not self.beyond(name, self.cuts)
        }
        ancestors = {
            n.split(d)[1] for n in self.types for d in range(len(self.origin), len(n))
        }
        self.empty = ancestors - self.types.keys()

    @staticmethod
    def beyond(name: Name, cuts: dict[Name, set[RdataType]]) -> bool:
        """Whether `name` is a delegation or below one."""
        return any(name.split(depth)[1] in cuts for depth in range(1, len(name) + 1))

    def places(self, aim: Aim) -> list[tuple[Name, set[RdataType]]]:
        """Names to ask for, or to put labels before, each with the types that it has."""
        own = self.types.items()
        if aim is Aim.POSITIVE:
            return [(name, held) for name, held in own if RdataType.CNAME not in held]
        if aim is Aim.ALIAS:
            return [(name, held) for name, held in own if RdataType.CNAME in held]
        if aim is Aim.WILDCARD:
            return [(name.parent(), held) for name, held in own if name.is_wild()]
        if aim is Aim.EMPTY:
            return [(name, set()) for name in sorted(self.empty)]
        if aim is Aim.ABSENT:
            wild = [name.parent() for name in self.types if name.is_wild()]
            return [(name, held) for name, held in own if name not in wild]
        if aim is Aim.NO_DATA:
            return [(name, held) for name, held in own if RdataType.CNAME not in held]
        if aim is Aim.ELSEWHERE:
            return [(self.origin, set())]
        return list(self.cuts.items())


class Maker:
    """Makes questions at random, from a fixed seed."""

    def __init__(self, world: World, operators: list[Operator]) -> None:
        self._random = random.Random(20261102)
        self._operators = operators
        self.facts = {zone: ZoneFacts(world.zone(zone)) for zone in world.zone_names}
        self._places = {
            aim: [
                (operator, zones)
                for operator in operators
                if (
                    zones := [
                        p for z in operator.zones if (p := self.facts[z].places(aim))
                    ]
                )
            ]
            for aim in Aim
        }
        self._seen: set[tuple[str, bool, bytes]] = set()

    def questions(
        self, aim: Aim, count: int, *, tight: bool = False
    ) -> Iterator[Question]:
        """Yield `count` questions that were not there before.

        `tight` ones leave little room for the answer: UDP, 512 octets, signatures wanted.
        """
        while count:
            question = self._question(aim, tight=tight)
            key = (question.address, question.tcp, question.wire[2:])
            if key not in self._seen:
                self._seen.add(key)
                count -= 1
                yield question

    def _question(self, aim: Aim, *, tight: bool) -> Question:
        choose = self._random.choice
        operator, zones = choose(self._places[aim])
        name, held = choose(choose(zones))
        rdtype = choose(TYPES)
        if aim is Aim.POSITIVE:
            rdtype = choose(sorted(held))
        elif aim is Aim.NO_DATA:
            rdtype = choose([t for t in TYPES if t not in held])
        elif aim is Aim.DS:
            rdtype = RdataType.DS
        elif aim is Aim.CUT:
            rdtype = choose([t for t in TYPES if t != RdataType.DS])
        elif aim is Aim.WILDCARD:
            rdtype = choose((*sorted(held), choose(TYPES)))
            name = self._below(name)
        elif aim in (Aim.ABSENT, Aim.BELOW):
            name = self._below(name)
        elif aim is Aim.ELSEWHERE:
            operator = choose(self._operators)
            name = self._below(name)
        query = dns.message.QueryMessage(id=self._random.getrandbits(16))
        query.flags = dns.flags.Flag(0)
        for flag in (dns.flags.RD, dns.flags.CD, dns.flags.AD):
            if self._random.random() < 0.3:
                query.flags |= flag
        query.find_rrset(
            query.question,
            self._in_any_case(name),
            1,
            rdtype,
            create=True,
            force_unique=True,
        )
        size = 512 if tight else choose(UDP_SIZES)
        if size is not None:
            do = dns.flags.DO if tight or self._random.random() < 0.6 else 0
            query.use_edns(0, do, size)
        return Question(
            operator,
            choose(operator.addresses),
            not tight and self._random.random() < 0.35,
            query.to_wire(),
        )

    def _below(self, name: Name) -> Name:
        """A name that most likely is not there, one to three labels down."""
        labels = [
            "".join(
                self._random.choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=length)
            )
            for length in self._random.choices(
                range(1, 20), k=self._random.choice((1, 1, 2, 3))
            )
        ]
        return Name((*(label.encode() for label in labels), *name.labels))

    def _in_any_case(self, name: Name) -> Name:
        if self._random.random() < 0.7:
            return name
        return Name(
            bytes(
                c ^ 0x20 if chr(c).isalpha() and self._random.random() < 0.5 else c
                for c in label
            )
            for label in name.labels
        )
