"""Reading a response: is it an answer, a referral, a proof of absence, or of no use?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class Kind(Enum):
    """What a response is, to somebody on the way down from the root (RFC 1034 section 5.3.3)."""

    ANSWER = "answer"
    ALIAS = "alias"  # a CNAME, and not the type that was asked
    REFERRAL = "referral"  # ask the servers of a zone further down
    NO_DATA = "no data"  # the name exists, the type does not (RFC 2308 section 2.2)
    NAME_ERROR = "name error"  # the name does not exist (RFC 2308 section 2.1)
    LAME = "lame"  # a server that should know the zone, and does not (RFC 9499 section 7)


@dataclass(frozen=True, slots=True)
class Records:
    """One record set, with the signatures that came with it."""

    rrset: dns.rrset.RRset
    signatures: dns.rrset.RRset | None = None

    @property
    def signer(self) -> dns.name.Name | None:
        """The zone that signed it, as its first signature says; None without one."""
        if self.signatures is None:
            return None
        signer: dns.name.Name = self.signatures[0].signer
        return signer


@dataclass(frozen=True, slots=True)
class Cut:
    """A zone and its name servers, as the zone above tells them.

    `addresses` holds each server's addresses as far as the referral told them (glue): ()
    means that they must be looked up first. `ds` is the DS set that came along, `denial`
    what came instead.
    """

    zone: dns.name.Name
    addresses: Mapping[dns.name.Name, tuple[str, ...]]
    ttl: int = 0
    ds: Records | None = None
    denial: tuple[Records, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a response means for the question that was asked.

    `records` is the answer's or alias's record set, `target` where an alias leads, `cut`
    where a referral points, `authority` the SOA and the proofs that came along.
    """

    kind: Kind
    rcode: dns.rcode.Rcode
    records: Records | None = None
    target: dns.name.Name | None = None
    cut: Cut | None = None
    authority: tuple[Records, ...] = field(default=())


def read(
    response: dns.message.Message,
    zone: dns.name.Name,
    name: dns.name.Name,
    rdtype: dns.rdatatype.RdataType,
) -> Reading:
    """Read `response`, given by a server of `zone` to a question for `name` and `rdtype`.

    Only what a server of `zone` may speak about is used: anything outside the zone is
    left aside (RFC 2181 section 5.4.1), and a referral must lead downward.

    >>> query = dns.message.make_query("www.museum.example.", "A")
    >>> response = dns.message.make_response(query)
    >>> question = query.question[0]
    >>> read(response, dns.name.root, question.name, question.rdtype).kind
    <Kind.LAME: 'lame'>
    """
    rcode = response.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Reading(Kind.LAME, rcode)
    authority = tuple(grouped(r for r in response.authority if r.name.is_subdomain(zone)))
    if response.flags & dns.flags.AA:
        answer = _answer(response, authority, name, rdtype)
        if answer is not None:
            return answer
    cut = _referral(response, authority, zone, name)
    if cut is None:
        return Reading(Kind.LAME, rcode)
    return Reading(Kind.REFERRAL, rcode, cut=cut, authority=authority)


def read_resolved(
    response: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> Reading:
    """Read `response`, given by a resolver, for what it says about `name` itself.

    LAME when the resolver gave no answer, whatever its reason.

    >>> query = dns.message.make_query("www.museum.example.", "A")
    >>> response = dns.message.make_response(query)
    >>> response.set_rcode(dns.rcode.NXDOMAIN)
    >>> read_resolved(response, query.question[0].name, query.question[0].rdtype).kind
    <Kind.NAME_ERROR: 'name error'>
    """
    rcode = response.rcode()
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Reading(Kind.LAME, rcode)
    authority = tuple(grouped(response.authority))
    answer = _answer(response, authority, name, rdtype)
    return answer or Reading(Kind.NO_DATA, rcode, authority=authority)


def _answer(
    response: dns.message.Message,
    authority: tuple[Records, ...],
    name: dns.name.Name,
    rdtype: dns.rdatatype.RdataType,
) -> Reading | None:
    """What an answering server says of `name`; None if that is nothing."""
    rcode = response.rcode()
    own = {
        records.rrset.rdtype: records
        for records in grouped(r for r in response.answer if r.name == name)
    }
    if rdtype in own:
        return Reading(Kind.ANSWER, rcode, records=own[rdtype], authority=authority)
    if dns.rdatatype.CNAME in own:
        alias = own[dns.rdatatype.CNAME]
        target = alias.rrset[0].target
        return Reading(Kind.ALIAS, rcode, records=alias, target=target, authority=authority)
    if rcode == dns.rcode.NXDOMAIN:
        return Reading(Kind.NAME_ERROR, rcode, authority=authority)
    if any(records.rrset.rdtype == dns.rdatatype.SOA for records in authority):
        return Reading(Kind.NO_DATA, rcode, authority=authority)
    return None


def grouped(rrsets: Iterable[dns.rrset.RRset]) -> list[Records]:
    """Put each record set together with the signatures over it."""
    plain: list[dns.rrset.RRset] = []
    signatures: dict[tuple[dns.name.Name, dns.rdatatype.RdataType], dns.rrset.RRset] = {}
    for rrset in rrsets:
        if rrset.rdtype == dns.rdatatype.RRSIG:
            signatures[rrset.name, rrset.covers] = rrset
        else:
            plain.append(rrset)
    return [Records(rrset, signatures.get((rrset.name, rrset.rdtype))) for rrset in plain]


def _referral(
    response: dns.message.Message,
    authority: tuple[Records, ...],
    zone: dns.name.Name,
    name: dns.name.Name,
) -> Cut | None:
    """The cut a referral points to: deeper than `zone`, on the way to `name`; else None."""
    for records in authority:
        servers = records.rrset
        below = servers.name != zone and name.is_subdomain(servers.name)
        if servers.rdtype != dns.rdatatype.NS or not below:
            continue
        # Servers may come in any order; sorting makes every walk the same one.
        addresses: dict[dns.name.Name, tuple[str, ...]] = dict.fromkeys(
            sorted(record.target for record in servers), ()
        )
        for glue in response.additional:
            known = addresses.get(glue.name)
            wanted = glue.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)
            if known is not None and wanted and glue.name.is_subdomain(zone):
                addresses[glue.name] = known + tuple(r.address for r in glue)
        own = [r for r in authority if r.rrset.rdtype != dns.rdatatype.NS]
        ds = next((r for r in own if r.rrset.rdtype == dns.rdatatype.DS), None)
        denial = tuple(own) if ds is None else ()
        return Cut(servers.name, addresses, servers.ttl, ds, denial)
    return None
