"""An authoritative name server: answers from its zones, and from nothing else.

The algorithm is RFC 1034 section 4.3.2, with wildcards as RFC 4592 has them, negative
answers as RFC 2308, and DNSSEC as RFC 4035 section 3.1 (NSEC) and RFC 5155 section 7.2
(NSEC3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import dns.dnssec
import dns.name
import dns.node
import dns.rdataclass
import dns.rrset
from dns import flags, rcode, rdatatype
from dns.message import Message
from dns.name import Name
from dns.rdatatype import (
    AAAA,
    ANY,
    CNAME,
    DS,
    NS,
    NSEC,
    NSEC3,
    RRSIG,
    SOA,
    A,
    RdataType,
)
from dns.rrset import RRset
from dns.zone import Zone

from labsupport.dns.denial import SHA1
from labsupport.dns.transport import IDENTIFIER, Send, renumbered
from labsupport.exchange import DNS_PORT, Clock, Outcome, Reply, Request
from labsupport.servers.messages import respond

TRANSFERS = {rdatatype.AXFR, rdatatype.IXFR}
LONGEST_CNAME_CHAIN = 16
ANSWERS_KEPT = 512

Section = list[RRset]


@dataclass(slots=True)
class Node:
    """The record sets of one name, and the signatures over each, by type."""

    rrsets: dict[RdataType, RRset] = field(default_factory=dict)
    signatures: dict[RdataType, RRset] = field(default_factory=dict)

    @classmethod
    def of(cls, name: Name, zone_node: dns.node.Node) -> Node:
        """Return what a zone has at `name`."""
        node = cls()
        for rdataset in zone_node.rdatasets:
            rrset = dns.rrset.from_rdata_list(name, rdataset.ttl, list(rdataset))
            if rdataset.rdtype == RRSIG:
                node.signatures[rdataset.covers] = rrset
            else:
                node.rrsets[rdataset.rdtype] = rrset
        return node


class ServedZone:
    """A zone laid out for answering: its names, its cuts, its proofs of absence."""

    def __init__(self, zone: Zone) -> None:
        assert zone.origin is not None
        self.origin = zone.origin
        self._zone = zone
        self._nodes: dict[Name, Node | None] = {}
        self._apex = self.existing_node(self.origin)
        self.soa = self._apex.rrsets[SOA]
        # As negative answers carry it: kept no longer than its minimum (RFC 2308 section 3).
        self.negative_soa = _with_ttl(self.soa, min(self.soa.ttl, self.soa[0].minimum))
        parameters = self._apex.rrsets.get(rdatatype.NSEC3PARAM)
        self.nsec3 = parameters[0] if parameters else None
        self._names = sorted(zone.nodes)
        # Hashed names are records about names, not names one can ask for (RFC 5155 7.2.8).
        hashed = []
        if self.nsec3:
            hashed = [
                name for name in self._names if NSEC3 in self.existing_node(name).rrsets
            ]
        self.hash_owners = hashed
        self.hashes = [name[0].decode().upper() for name in hashed]
        self.existing = {self.origin}
        for name in set(self._names).difference(hashed) if hashed else self._names:
            while name not in self.existing:
                self.existing.add(name)
                name = name.parent()

    def node(self, name: Name) -> Node | None:
        """The records of a name; None where it has none."""
        if name not in self._nodes:
            zone_node = self._zone.nodes.get(name)
            node = None
            if zone_node is not None:
                # Not as it was asked: the next may ask with other capital letters.
                node = Node.of(name.canonicalize(), zone_node)
            self._nodes[name] = node
        return self._nodes[name]

    def existing_node(self, name: Name) -> Node:
        """The records of a name that has some."""
        node = self.node(name)
        assert node is not None
        return node

    def cut_above(self, name: Name, rdtype: RdataType) -> Name | None:
        """The first delegation on the way down to `name`; a DS question stays above its own cut."""
        deepest = len(name) if rdtype != DS else len(name) - 1
        for depth in range(len(self.origin) + 1, deepest + 1):
            ancestor = name.split(depth)[1]
            node = self.node(ancestor)
            if node is not None and NS in node.rrsets:
                return ancestor
            if ancestor not in self.existing:
                return None
        return None

    def closest_encloser(self, name: Name) -> Name:
        """The longest existing ancestor of a name that does not exist (RFC 4592 3.3.1)."""
        while name not in self.existing:
            name = name.parent()
        return name

    # Proofs of absence

    def nsec_at_or_before(self, name: Name) -> Name:
        """The owner of the NSEC that matches or covers `name` (RFC 4034 section 6.1's order)."""
        index = bisect_right(self._names, name) - 1
        # the address of a server
        while NSEC not in self.existing_node(self._names[index]).rrsets:
            index -= 1
        return self._names[index]

    def nsec3_hash(self, name: Name) -> str:
        assert self.nsec3 is not None
        return dns.dnssec.nsec3_hash(name, self.nsec3.salt, self.nsec3.iterations, SHA1)

    def nsec3_at_or_before(self, name: Name) -> Name:
        """The owner of the NSEC3 that matches or covers the hash of `name`."""
        index = bisect_right(self.hashes, self.nsec3_hash(name)) - 1
        return self.hash_owners[index]

    @property
    def has_nsec(self) -> bool:
        return NSEC in self._apex.rrsets

    @property
    def proves_absence(self) -> bool:
        return self.has_nsec or self.nsec3 is not None

    def name_error_proof(self, name: Name) -> Iterator[Name]:
        """Owners that prove: neither `name` nor a wildcard for it exists."""
        encloser = self.closest_encloser(name)
        wildcard = Name((b"*", *encloser.labels))
        if self.has_nsec:
            yield self.nsec_at_or_before(name)
            yield self.nsec_at_or_before(wildcard)
        else:
            yield self.nsec3_at_or_before(encloser)
            yield self.nsec3_at_or_before(name.split(len(encloser) + 1)[1])
            yield self.nsec3_at_or_before(wildcard)

    def no_data_proof(self, name: Name) -> Iterator[Name]:
        """Owners that prove: `name` exists, without the type that was asked."""
        yield (
            self.nsec_at_or_before(name)
            if self.has_nsec
            else self.nsec3_at_or_before(name)
        )

    def wildcard_proof(
        self, name: Name, wildcard: Name, *, answered: bool
    ) -> Iterator[Name]:
        """Owners that prove: `name` itself does not exist, so `wildcard` speaks for it."""
        encloser = wildcard.parent()
        next_closer = name.split(len(encloser) + 1)[1]
        if self.has_nsec:
            yield self.nsec_at_or_before(name)
            if not answered:
                yield self.nsec_at_or_before(wildcard)
        else:
            if not answered:
                yield self.nsec3_at_or_before(encloser)
            yield self.nsec3_at_or_before(next_closer)
            if not answered:
                yield self.nsec3_at_or_before(wildcard)


class AuthoritativeServer:
    """One DNS operator's server: the zones it serves, whatever address it is asked at.

    `zones` are the names of those zones; `load` returns one of them, and is first called
    when a question needs it.
    """

    def __init__(self, zones: Iterable[str], load: Callable[[str], Zone]) -> None:
        self._unread = {dns.name.from_text(zone): zone for zone in zones}
        self._load = load
        self._zones: dict[Name, ServedZone] = {}
        self._known = lru_cache(maxsize=ANSWERS_KEPT)(self._respond)

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one DNS message: the same one, but for its identifier, as it was before."""
        identifier = request.payload[:IDENTIFIER]
        outcome = self._known(request.protocol, request.payload[IDENTIFIER:])
        if not isinstance(outcome, Reply):
            return outcome
        payload = renumbered(outcome.payload, identifier)
        return replace(outcome, from_address=request.to_address, payload=payload)

    def _respond(self, protocol: str, rest: bytes) -> Outcome:
        payload = bytes(IDENTIFIER) + rest
        return respond(
            Request("", 0, "", DNS_PORT, protocol, None, payload), self._answer
        )

    def _answer(self, query: Message, response: Message) -> float:
        question = query.question[0]
        zone = self._zone_for(question.name, question.rdtype)
        unserved = question.rdclass != dns.rdataclass.IN or question.rdtype in TRANSFERS
        if zone is None or unserved:
            response.set_rcode(rcode.REFUSED)
        else:
            answering = _Answering(zone, response, bool(query.ednsflags & flags.DO))
            answering.run(question.name, question.rdtype)
        return 0.0

    def _zone_for(self, name: Name, rdtype: RdataType) -> ServedZone | None:
        """The deepest zone served here that holds `name`; for DS the parent's side, if here."""
        own: ServedZone | None = None
        for depth in range(len(name), 0, -1):
            ancestor = name.split(depth)[1]
            if ancestor not in self._unread:
                continue
            zone = self._zones.get(ancestor)
            if zone is None:
                zone = ServedZone(self._load(self._unread[ancestor]))
                self._zones[ancestor] = zone
            if rdtype == DS and ancestor == name and len(name) > 1:
                own = zone
                continue
            return zone
        return own


class _Answering:
    """The state of one answer while it is put together."""

    def __init__(self, zone: ServedZone, response: Message, dnssec: bool) -> None:
        self.zone = zone
        self.response = response
        self.dnssec = dnssec
        self.proofs: dict[Name, None] = {}

    def run(self, name: Name, rdtype: RdataType) -> None:
        self.response.flags |= flags.AA
        for step in range(LONGEST_CNAME_CHAIN):
            target = self._one_name(name, rdtype, first=step == 0)
            if target is None or not target.is_subdomain(self.zone.origin):
                break
            if any(target == rrset.name for rrset in self.response.answer):
                break
            name = target
        for owner in self.proofs:
            node = self.zone.existing_node(owner)
            kind = NSEC if NSEC in node.rrsets else NSEC3
            self.response.authority.extend(self._signed(node, kind))

    def _one_name(self, name: Name, rdtype: RdataType, *, first: bool) -> Name | None:
        """Answer for one name; return the name a CNAME leads on to, if one does."""
        zone = self.zone
        cut = zone.cut_above(name, rdtype)
        if cut is not None:
            self._refer(cut, first=first)
            return None
        if name in zone.existing:
            node = zone.node(name) or Node()
            proof = zone.no_data_proof(name)
            wildcard = None
        else:
            wildcard = Name((b"*", *zone.closest_encloser(name).labels))
            source = zone.node(wildcard)
            if source is None:
                self.response.set_rcode(rcode.NXDOMAIN)
                self._deny(zone.name_error_proof(name))
                return None
            node = source
            proof = zone.wildcard_proof(name, wildcard, answered=False)
        matching = self._matching(node, rdtype)
        if not matching:
            self._deny(proof)
            return None
        for rrset in matching:
            if rrset.name != name:  # a wildcard answers under the name that was asked
                rrset = dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset))
            self.response.answer.append(rrset)
        if wildcard is not None and self.dnssec and zone.proves_absence:
            self._prove(zone.wildcard_proof(name, wildcard, answered=True))
        if matching[0].rdtype == CNAME and rdtype not in (CNAME, ANY):
            target: Name = matching[0][0].target
            return target
        return None

    def _matching(self, node: Node, rdtype: RdataType) -> Section:
        """The record sets of `node` that answer a question for `rdtype`, signatures behind."""
        if rdtype == RRSIG:
            return list(node.signatures.values())
        if rdtype == ANY:
            rrsets = []
            for kind in node.rrsets:
                rrsets += self._signed(node, kind)
            return rrsets
        if rdtype in node.rrsets:
            return self._signed(node, rdtype)
        # A CNAME stands for every type but those that belong to the name itself.
        if CNAME in node.rrsets and rdtype != NSEC:
            return self._signed(node, CNAME)
        return []

    def _refer(self, cut: Name, *, first: bool) -> None:
        """Point to the servers of the zone below `cut` (RFC 1034 section 4.3.2, step 3b)."""
        if first:
            self.response.flags &= ~flags.AA
        node = self.zone.existing_node(cut)
        authority = self.response.authority
        authority.append(node.rrsets[NS])
        if self.dnssec:
            if DS in node.rrsets:
                authority.extend(self._signed(node, DS))
            elif self.zone.proves_absence:
                self._prove(self.zone.no_data_proof(cut))
        for server in node.rrsets[NS]:
            glue = self.zone.node(server.target)
            if glue is None:
                continue
            for rdtype in (A, AAAA):
                if rdtype in glue.rrsets:
                    self.response.additional.append(glue.rrsets[rdtype])

    def _deny(self, proof: Iterator[Name]) -> None:
        authority = self.response.authority
        authority.append(self.zone.negative_soa)
        if self.dnssec and self.zone.proves_absence:
            signature = self.zone.existing_node(self.zone.origin).signatures.get(SOA)
            if signature is not None:
                authority.append(_with_ttl(signature, self.zone.negative_soa.ttl))
            self._prove(proof)

    def _prove(self, owners: Iterator[Name]) -> None:
        self.proofs.update(dict.fromkeys(owners))

    def _signed(self, node: Node, rdtype: RdataType) -> Section:
        """A record set, and the signatures over it where the client wants them."""
        if self.dnssec and rdtype in node.signatures:
            return [node.rrsets[rdtype], node.signatures[rdtype]]
        return [node.rrsets[rdtype]]


def _with_ttl(rrset: RRset, ttl: int) -> RRset:
    return dns.rrset.from_rdata_list(rrset.name, ttl, list(rrset))
