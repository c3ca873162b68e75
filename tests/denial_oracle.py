"""Small random zones, and the truth about them, told without any DNSSEC.

A zone is a dictionary: names, each with the types of its records. `truth` reads it the way
RFC 1034 section 4.3.2 and RFC 4592 describe, name by name, and knows no NSEC. The tests hold
what NSEC and NSEC3 prove against it.
"""

from __future__ import annotations

import base64
import enum
from functools import cache, cached_property

import dns.dnssec
import dns.rrset
import dns.zone
from dns.name import Name, from_text
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC3 import NSEC3, Bitmap
from dns.rrset import RRset
from hypothesis import strategies as st

Types = frozenset[RdataType]

APEX = from_text("zone.example.")
LABELS = (b"*", b"a", b"B", b"ab")
QTYPES = tuple(
    RdataType.make(name)
    for name in ("A", "TXT", "NS", "DS", "CNAME", "SOA", "ANY", "TYPE65280")
)

_APEX_TYPES = frozenset({RdataType.SOA, RdataType.NS, RdataType.DNSKEY})
INSECURE = frozenset({RdataType.NS})
SECURE = frozenset({RdataType.NS, RdataType.DS})
CUTS = (INSECURE, SECURE)

_RECORDS = {
    RdataType.SOA: "ns.zone.example. mail.zone.example. 1 3600 600 86400 300",
    RdataType.NS: "ns.elsewhere.example.",
    RdataType.DNSKEY: "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
    RdataType.DS: "1 15 2 " + 64 * "0",
    RdataType.A: "192.0.2.1",
    RdataType.TXT: '"text"',
    RdataType.CNAME: "elsewhere.example.",
    RdataType.DNAME: "elsewhere.example.",
    RdataType.make("TYPE65280"): r"\# 1 00",
}


class Truth(enum.Enum):
    """What is true of a name and a type, seen from one zone."""

    DATA = "there are such records, or a CNAME in their place"
    WILDCARD_DATA = "a wildcard gives such records, or a CNAME in their place"
    NO_DATA = "the name has records, none of this type"
    EMPTY_NON_TERMINAL = "the name has no records, but names below it have"
    WILDCARD_NO_DATA = "a wildcard answers for the name, without this type"
    NAME_ERROR = "the name does not exist"
    ELSEWHERE = "not for this zone to say: outside, below a cut, or below a DNAME"


class Zone(dict[Name, Types]):
    """The names of a zone with the types of their records; not to be changed once made."""

    @cached_property
    def authoritative(self) -> set[Name]:
        """Its names without those below a cut, which are glue."""
        cuts = [name for name, types in self.items() if types in CUTS]
        return {
            name
            for name in self
            if not any(name != cut and name.is_subdomain(cut) for cut in cuts)
        }

    @cached_property
    def existing(self) -> set[Name]:
        """Its names and the empty non-terminals above them. RFC 4592 section 2.2."""
        return {above for name in self.authoritative for above in ancestors(name)}


def truth(zone: Zone, qname: Name, qtype: RdataType) -> Truth:
    """Say what is true of `qname` and `qtype`, from the dictionary alone."""
    if not ancestors(qname):
        return Truth.ELSEWHERE
    if qtype == RdataType.DS and qname == APEX:
        return Truth.ELSEWHERE  # the parent's
    for name in ancestors(qname):
        types = zone.get(name, frozenset())
        below = name != qname
        if types in CUTS and (below or qtype != RdataType.DS):
            return Truth.ELSEWHERE
        if RdataType.DNAME in types and below:
            return Truth.ELSEWHERE
    if qname in zone:
        return Truth.DATA if _answers(zone[qname], qtype) else Truth.NO_DATA
    if qname in zone.existing:
        return Truth.EMPTY_NON_TERMINAL
    closest = next(name for name in ancestors(qname) if name in zone.existing)
    wildcard = Name((b"*", *closest.labels))
    if wildcard in zone:
        return (
            Truth.WILDCARD_DATA
            if _answers(zone[wildcard], qtype)
            else Truth.WILDCARD_NO_DATA
        )
    return Truth.WILDCARD_NO_DATA if wildcard in zone.existing else Truth.NAME_ERROR


def is_insecure_delegation(zone: Zone, name: Name) -> bool:
    """Whether the zone delegates `name` without a DS, and is the one to say so."""
    return zone.get(name) == INSECURE and name in zone.authoritative


def _answers(types: Types, qtype: RdataType) -> bool:
    return qtype == RdataType.ANY or bool(types & {qtype, RdataType.CNAME})


def ancestors(name: Name) -> tuple[Name, ...]:
    """Return `name`, its parent, and so on up to the apex; nothing for a name outside."""
    return _ancestors(name.labels)


@cache
def _ancestors(labels: tuple[bytes, ...]) -> tuple[Name, ...]:
    name = Name(labels)
    return (name, *ancestors(name.parent())) if name.is_subdomain(APEX) else ()


# Making zones


def names(most_labels: int) -> st.SearchStrategy[Name]:
    """Names at or under the apex, in any case of letters."""
    label = st.sampled_from((*LABELS, b"A", b"b", b"c"))
    labels = st.lists(label, max_size=most_labels)
    return labels.map(lambda drawn: Name((*drawn, *APEX.labels)))


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    """Zones of up to 9 names: data, wildcards, cuts with and without DS, CNAME, DNAME, glue."""
    data = st.sets(st.sampled_from((RdataType.A, RdataType.TXT)), min_size=1).map(
        frozenset
    )
    extra = frozenset({RdataType.make("TYPE65280"), RdataType.A})
    kinds = st.one_of(
        data,
        st.sampled_from(
            (
                extra,
                frozenset({RdataType.CNAME}),
                frozenset({RdataType.DNAME}),
                INSECURE,
                SECURE,
            )
        ),
    )
    labels = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3)
    zone = Zone({APEX: _APEX_TYPES})
    for name, types in draw(
        st.lists(
            st.tuples(labels.map(lambda drawn: Name((*drawn, *APEX.labels))), kinds),
            max_size=8,
        )
    ):
        zone[name] = types
    return legal(zone)


def legal(zone: Zone) -> Zone:
    """Drop what no zone may hold.

    Nothing stands below a DNAME (RFC 6672 section 2.3), only addresses below a cut, and a
    wildcard delegates nothing (RFC 4592 section 4.2 leaves it undefined).
    """
    kept = Zone()
    for name in sorted(zone):
        above = [zone[other] for other in ancestors(name.parent()) if other in zone]
        if any(RdataType.DNAME in types for types in above):
            continue
        if any(types in CUTS for types in above) and zone[name] != frozenset(
            {RdataType.A}
        ):
            continue
        if name.is_wild() and (zone[name] in CUTS or RdataType.DNAME in zone[name]):
            continue
        kept[name] = zone[name]
    return kept


def to_dnspython(zone: Zone) -> dns.zone.Zone:
    """Return the zone with its records, unsigned."""
    made = dns.zone.Zone(APEX, relativize=False)
    for name, types in zone.items():
        for rdtype in types:
            rrset = dns.rrset.from_text(name, 300, "IN", rdtype, _RECORDS[rdtype])
            made.replace_rdataset(name, rrset.to_rdataset())
    return made


def nsec_chain(zone: Zone) -> list[RRset]:
    """Return the NSEC of the zone, as dnspython's signer makes them."""
    signed = to_dnspython(zone)
    dns.dnssec.sign_zone(signed, add_dnskey=False, rrset_signer=lambda txn, rrset: None)
    return records_of(signed, RdataType.NSEC)


def records_of(zone: dns.zone.Zone, rdtype: RdataType) -> list[RRset]:
    """Return all RRsets of one type in a zone."""
    return [
        dns.rrset.from_rdata_list(name, rdataset.ttl, rdataset)
        for name, rdataset in zone.iterate_rdatasets(rdtype)
    ]


def nsec3_chain(zone: Zone, salt: bytes, iterations: int, opt_out: bool) -> list[RRset]:
    """Return the NSEC3 of the zone. RFC 5155 section 7.1, written down here on its own."""
    signed = zone.authoritative
    if opt_out:
        signed = {name for name in signed if zone[name] != INSECURE}
    owners = {ancestor for name in signed for ancestor in ancestors(name)}
    by_hash = {}
    for name in owners:
        types = set(zone.get(name, ()))
        if types and types != INSECURE:
            types.add(RdataType.RRSIG)
        digest = dns.dnssec.nsec3_hash(name, salt, iterations, 1).encode()
        by_hash[digest] = types
    digests = sorted(by_hash)
    return [
        dns.rrset.from_rdata(
            Name((digest.lower(), *APEX.labels)),
            300,
            NSEC3(
                dns.rdataclass.IN,
                RdataType.NSEC3,
                1,
                int(opt_out),
                iterations,
                salt,
                base64.b32hexdecode(following),
                Bitmap.from_rdtypes(list(by_hash[digest])),
            ),
        )
        for digest, following in zip(digests, digests[1:] + digests[:1], strict=True)
    ]


def questions(zone: Zone) -> set[Name]:
    """Return names the zone might be asked for: what exists, and one and two labels more."""
    asked = set(zone) | zone.existing
    for name in tuple(asked):
        for label in (*LABELS, b"c"):
            below = Name((label, *name.labels))
            asked |= {below, Name((b"a", *below.labels))}
    return asked
