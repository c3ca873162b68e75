"""An authoritative name server: answers from its zones, and from nothing else.

The algorithm is RFC 1034 section 4.3.2, with wildcards as RFC 4592 has them, negative
answers as RFC 2308, and DNSSEC as RFC 4035 section 3.1 (NSEC) and RFC 5155 section 7.2
(NSEC3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from labsupport.dnscore.denial import SHA1
from labsupport.dnscore.transport import IDENTIFIER, Send, renumbered
from labsupport.exchange import DNS_PORT, Clock, Outcome, Reply, Request
from labsupport.servers.messages import respond

if TYPE_CHECKING:
    import dns.zone

A = dns.rdatatype.A
AAAA = dns.rdatatype.AAAA
ANY = dns.rdatatype.ANY
CNAME = dns.rdatatype.CNAME
DS = dns.rdatatype.DS
NS = dns.rdatatype.NS
NSEC = dns.rdatatype.NSEC
NSEC3 = dns.rdatatype.NSEC3
NSEC3PARAM = dns.rdatatype.NSEC3PARAM
RRSIG = dns.rdatatype.RRSIG
SOA = dns.rdatatype.SOA

TRANSFERS = {dns.rdatatype.AXFR, dns.rdatatype.IXFR}
LONGEST_CNAME_CHAIN = 16
ANSWERS_KEPT = 512

Section = list[dns.rrset.RRset]


class ServedZone:
    """A zone laid out for answering: its names, its cuts, its proofs of absence."""

    def __init__(self, zone: dns.zone.Zone) -> None:
        assert zone.origin is not None
        self.origin = zone.origin
        self._zone = zone
        (soa,) = self.rrsets(self.origin, SOA)
        # As negative answers carry it: kept no longer than its minimum (RFC 2308 section 3).
        self.negative_ttl = min(soa.ttl, soa[0].minimum)
        self.has_nsec = self.has(self.origin, NSEC)
        parameters = zone.get_rdataset(self.origin, NSEC3PARAM)
        self.nsec3 = parameters[0] if parameters else None
        self.proves_absence = self.has_nsec or self.nsec3 is not None
        self._nsec_owners = sorted(name for name in zone.nodes if self.has(name, NSEC))
        # Hashed names are records about names, not names one can ask for (RFC 5155 7.2.8).
        self._hash_owners = sorted(name for name in zone.nodes if self.has(name, NSEC3))
        self._hashes = [name[0].decode().upper() for name in self._hash_owners]
        self.existing = {self.origin}
        for name in zone.nodes.keys() - set(self._hash_owners):
            while name not in self.existing:
                self.existing.add(name)
                name = name.parent()

    def types(self, name: dns.name.Name) -> list[dns.rdatatype.RdataType]:
        """The types of record that a name has, signatures aside."""
        node = self._zone.get_node(name)
        return [one.rdtype for one in node or () if one.rdtype != RRSIG]

    def has(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> bool:
        """Whether a name has records of a type."""
        return self._zone.get_rdataset(name, rdtype) is not None

    def rrsets(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, *, signed: bool = False
    ) -> Section:
        """The records of a name and a type, and their signatures where those are wanted."""
        kinds = [(rdtype, dns.rdatatype.NONE), *([(RRSIG, rdtype)] if signed else [])]
        found = (self._zone.get_rrset(name, kind, covers) for kind, covers in kinds)
        return [rrset for rrset in found if rrset is not None]

    def signatures(self, name: dns.name.Name) -> Section:
        """All signatures over the records of a name."""
        covered = [one.covers for one in self._zone.get_node(name) or () if one.rdtype == RRSIG]
        return [self._zone.find_rrset(name, RRSIG, covers) for covers in covered]

    def cut_above(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
    ) -> dns.name.Name | None:
        """The first delegation on the way down to `name`; a DS question stays above its own cut."""
        deepest = len(name) if rdtype != DS else len(name) - 1
        for depth in range(len(self.origin) + 1, deepest + 1):
            ancestor = name.split(depth)[1]
            if self.has(ancestor, NS):
                return ancestor
            if ancestor not in self.existing:
                return None
        return None

    def closest_encloser(self, name: dns.name.Name) -> dns.name.Name:
        """The longest existing ancestor of a name that does not exist (RFC 4592 3.3.1)."""
        while name not in self.existing:
            name = name.parent()
        return name

    # Proofs of absence

    def proof_at_or_before(self, name: dns.name.Name) -> dns.name.Name:
        """The owner of the NSEC or NSEC3 that matches or covers `name` (RFC 4034 6.1's order)."""
        if self.nsec3 is None:
            return self._nsec_owners[bisect_right(self._nsec_owners, name) - 1]
        digest = dns.dnssec.nsec3_hash(name, self.nsec3.salt, self.nsec3.iterations, SHA1)
        return self._hash_owners[bisect_right(self._hashes, digest) - 1]

    def name_error_proof(self, name: dns.name.Name) -> list[dns.name.Name]:
        """Names to prove: neither `name` nor a wildcard for it exists."""
        encloser = self.closest_encloser(name)
        wildcard = dns.name.Name((b"*", *encloser.labels))
        if self.has_nsec:
            return [name, wildcard]
        return [encloser, name.split(len(encloser) + 1)[1], wildcard]

    def wildcard_proof(
        self, name: dns.name.Name, wildcard: dns.name.Name, *, answered: bool
    ) -> list[dns.name.Name]:
        """Names to prove: `name` itself does not exist, so `wildcard` speaks for it."""
        if self.has_nsec:
            return [name, *([] if answered else [wildcard])]
        encloser = wildcard.parent()
        next_closer = name.split(len(encloser) + 1)[1]
        return [next_closer] if answered else [encloser, next_closer, wildcard]


class AuthoritativeServer:
    """One DNS operator's server: the zones it serves, whatever address it is asked at.

    `zones` are the names of those zones; `load` returns one of them, and is first called
    when a question needs it.
    """

    def __init__(self, zones: Iterable[str], load: Callable[[str], dns.zone.Zone]) -> None:
        self._unread = {dns.name.from_text(zone): zone for zone in zones}
        self._load = load
        self._zones: dict[dns.name.Name, ServedZone] = {}
        self._known = lru_cache(maxsize=ANSWERS_KEPT)(self._respond)

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one DNS message: the same one, but for its identifier, as it was before."""
        identifier, rest = request.payload[:IDENTIFIER], request.payload[IDENTIFIER:]
        outcome = self._known(request.protocol, rest)
        if not isinstance(outcome, Reply):
            return outcome
        payload = renumbered(outcome.payload, identifier)
        return replace(outcome, from_address=request.to_address, payload=payload)

    def _respond(self, protocol: str, rest: bytes) -> Outcome:
        payload = bytes(IDENTIFIER) + rest
        return respond(Request("", 0, "", DNS_PORT, protocol, None, payload), self._answer)

    def _answer(self, query: dns.message.Message, response: dns.message.Message) -> float:
        question = query.question[0]
        zone = self._zone_for(question.name, question.rdtype)
        unserved = question.rdclass != dns.rdataclass.IN or question.rdtype in TRANSFERS
        if zone is None or unserved:
            response.set_rcode(dns.rcode.REFUSED)
        else:
            _Answering(zone, response, bool(query.ednsflags & dns.flags.DO)).run(
                question.name, question.rdtype
            )
        return 0.0

    def _zone_for(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> ServedZone | None:
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

    def __init__(self, zone: ServedZone, response: dns.message.Message, dnssec: bool) -> None:
        self.zone = zone
        self.response = response
        self.dnssec = dnssec
        self.proofs: dict[dns.name.Name, None] = {}

    def run(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> None:
        self.response.flags |= dns.flags.AA
        for step in range(LONGEST_CNAME_CHAIN):
            target = self._one_name(name, rdtype, first=step == 0)
            if target is None or not target.is_subdomain(self.zone.origin):
                break
            if any(target == rrset.name for rrset in self.response.answer):
                break
            name = target
        for owner in self.proofs:
            kind = NSEC if self.zone.has_nsec else NSEC3
            self.response.authority.extend(self._signed(owner, kind))

    def _one_name(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, *, first: bool
    ) -> dns.name.Name | None:
        """Answer for one name; return the name a CNAME leads on to, if one does."""
        zone = self.zone
        cut = zone.cut_above(name, rdtype)
        if cut is not None:
            self._refer(cut, first=first)
            return None
        source, proof, wildcard = name, [name], None
        if name not in zone.existing:
            source = wildcard = dns.name.Name((b"*", *zone.closest_encloser(name).labels))
            if wildcard not in zone.existing:
                self.response.set_rcode(dns.rcode.NXDOMAIN)
                self._deny(zone.name_error_proof(name))
                return None
            proof = zone.wildcard_proof(name, wildcard, answered=False)
        found = self._matching(source, rdtype)
        if not found:
            self._deny(proof)
            return None
        for rrset in found:
            self.response.answer.append(dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset)))
        if wildcard is not None:
            self._prove(zone.wildcard_proof(name, wildcard, answered=True))
        if found[0].rdtype == CNAME and rdtype not in (CNAME, ANY):
            target: dns.name.Name = found[0][0].target
            return target
        return None

    def _matching(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> Section:
        """The record sets of `name` that answer a question for `rdtype`, signatures behind."""
        if rdtype == RRSIG:
            return self.zone.signatures(name)
        types = self.zone.types(name)
        if rdtype in types:
            types = [rdtype]
        elif rdtype != ANY:
            # A CNAME stands for every type but those that belong to the name itself.
            types = [CNAME] if CNAME in types and rdtype != NSEC else []
        return [rrset for found in types for rrset in self._signed(name, found)]

    def _refer(self, cut: dns.name.Name, *, first: bool) -> None:
        """Point to the servers of the zone below `cut` (RFC 1034 section 4.3.2, step 3b)."""
        if first:
            self.response.flags &= ~dns.flags.AA
        (servers,) = self.zone.rrsets(cut, NS)
        self.response.authority.append(servers)
        if self.dnssec and self.zone.has(cut, DS):
            self.response.authority.extend(self._signed(cut, DS))
        else:
            self._prove([cut])
        for server in servers:
            for rdtype in (A, AAAA):
                self.response.additional.extend(self.zone.rrsets(server.target, rdtype))

    def _deny(self, proof: Iterable[dns.name.Name]) -> None:
        for rrset in self._signed(self.zone.origin, SOA):
            rrset.ttl = self.zone.negative_ttl
            self.response.authority.append(rrset)
        self._prove(proof)

    def _prove(self, names: Iterable[dns.name.Name]) -> None:
        if self.dnssec and self.zone.proves_absence:
            self.proofs.update(dict.fromkeys(map(self.zone.proof_at_or_before, names)))

    def _signed(self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> Section:
        """A record set, and the signatures over it where the client wants them."""
        return self.zone.rrsets(name, rdtype, signed=self.dnssec)
