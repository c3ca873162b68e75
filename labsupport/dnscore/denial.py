"""Do these NSEC or NSEC3 records prove that something does not exist?

RFC 4035 section 5.4, RFC 5155 section 8, RFC 6840 section 4. Each function is handed
`records`, RRsets of a response whose signatures by `zone` were checked already (RRsets of
other types are passed over), and returns a `Denial`: whether it is proven, and by which
record. None of them raises, whatever the records contain.
"""

from __future__ import annotations

import base64
import binascii
import enum
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import dns.name
from dns.name import Name, NameRelation
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rrset import RRset

from labsupport.dnscore.validation import Flaw, Security

MAX_ITERATIONS = 50
"""Additional NSEC3 iterations that are still computed; the limit of BIND 9.20.

Beyond it the proof counts as insecure (RFC 9276 section 3.2). Zones should use 0.
"""


class Kind(enum.Enum):
    """What is denied."""

    NAME_ERROR = "name error"
    """The name does not exist (NXDOMAIN). RFC 4035 section 5.4, RFC 5155 section 8.4."""
    NO_DATA = "no data"
    """The name exists, but not with this type. RFC 5155 section 8.5."""
    EMPTY_NON_TERMINAL = "empty non-terminal"
    """The name exists only because there are names below it: it has no type at all."""
    WILDCARD_NO_DATA = "wildcard no data"
    """A wildcard answers for the name, but not with this type. RFC 5155 section 8.7."""
    NO_DS = "no DS"
    """The delegation has no DS: the zone below is insecure. RFC 5155 section 8.9."""
    WILDCARD_EXPANSION = "wildcard expansion"
    """Nothing closer than the wildcard exists for the name. RFC 5155 section 8.8."""


class Shows(enum.Enum):
    """What a record shows about a name."""

    MATCHES = "matches"
    """The record belongs to the name: the name exists, with the types the record lists."""
    COVERS = "covers"
    """The name, or its hash, falls in the record's gap: the name has no records."""


class Subject(enum.Enum):
    """Which name a record shows something about. RFC 5155 section 1.3."""

    NAME = "name"
    """The name that was asked about."""
    CLOSEST_ENCLOSER = "closest encloser"
    """The longest existing ancestor of the name."""
    NEXT_CLOSER = "next closer name"
    """One label more than the closest encloser: does not exist."""
    WILDCARD = "wildcard"
    """The asterisk label under the closest encloser."""


class Proof(NamedTuple):
    """One record, and what it shows: "`record` covers `name`, the wildcard"."""

    record: RRset
    shows: Shows
    subject: Subject
    name: Name


@dataclass(frozen=True, slots=True)
class Denial:
    """What the records prove.

    `flaw` is None when `kind` is proven by `proofs`. `opt_out` says that an NSEC3 with the
    opt-out flag covers the name: an unsigned delegation may exist there all the same.
    """

    kind: Kind
    flaw: Flaw | None = None
    proofs: tuple[Proof, ...] = ()
    opt_out: bool = False

    @property
    def proven(self) -> bool:
        """Whether the records prove `kind`."""
        return self.flaw is None

    @property
    def security(self) -> Security:
        """What an answer that rests on this denial is: never secure by an opt-out span.

        RFC 5155 section 9.2, RFC 9276 section 3.2.
        """
        if self.flaw is Flaw.TOO_MANY_ITERATIONS:
            return Security.INSECURE
        if self.flaw is not None:
            return Security.BOGUS
        return Security.INSECURE if self.opt_out else Security.SECURE


def prove_name_error(qname: Name, records: Iterable[RRset], zone: Name) -> Denial:
    """Prove that `qname` does not exist, and that no wildcard of `zone` answers for it.

    RFC 4035 section 5.4, RFC 5155 section 8.4.

    >>> from dns.name import from_text as name
    >>> import dns.rrset
    >>> nsec = dns.rrset.from_text("example.", 300, "IN", "NSEC", "m.example. SOA NS RRSIG NSEC")
    >>> prove_name_error(name("c.example."), [nsec], name("example.")).proven
    True
    >>> prove_name_error(name("z.example."), [nsec], name("example.")).flaw
    <Flaw.WRONG_DENIAL: 'wrong denial'>
    """
    return _prove(Kind.NAME_ERROR, qname, records, zone, _nsec_name_error, _nsec3_name_error)


def prove_no_data(qname: Name, qtype: RdataType, records: Iterable[RRset], zone: Name) -> Denial:
    """Prove that `qname`, or the wildcard that answers for it, has no record of type `qtype`.

    The `kind` that comes back says whether the name is there itself, is an empty
    non-terminal, or is answered for by a wildcard. For DS, `zone` is the parent.
    RFC 4035 section 5.4, RFC 5155 sections 8.5 to 8.7, RFC 6840 sections 4.1 and 4.3.

    >>> from dns.name import from_text as name
    >>> import dns.rrset
    >>> nsec = dns.rrset.from_text("example.", 300, "IN", "NSEC", "m.example. SOA NS RRSIG NSEC")
    >>> prove_no_data(name("example."), RdataType.MX, [nsec], name("example.")).proven
    True
    >>> prove_no_data(name("example."), RdataType.NS, [nsec], name("example.")).proven
    False
    """
    return _prove(
        Kind.NO_DATA,
        qname,
        records,
        zone,
        lambda nsec, name: _nsec_no_data(nsec, name, qtype),
        lambda nsec3, name: _nsec3_no_data(nsec3, name, qtype),
    )


def prove_no_ds(owner: Name, records: Iterable[RRset], zone: Name) -> Denial:
    """Prove that `zone` delegates `owner` without a DS: the zone `owner` is insecure.

    It takes more than the absence of a DS: the records must show a delegation, or an opt-out
    span where one may be. RFC 4035 section 5.2, RFC 5155 section 8.9, RFC 6840 section 4.4.

    >>> from dns.name import from_text as name
    >>> import dns.rrset
    >>> nsec = dns.rrset.from_text("isla.example.", 300, "IN", "NSEC", "m.example. NS RRSIG NSEC")
    >>> prove_no_ds(name("isla.example."), [nsec], name("example.")).proven
    True
    """
    return _prove(Kind.NO_DS, owner, records, zone, _nsec_no_ds, _nsec3_no_ds)


def prove_wildcard_expansion(
    qname: Name, wildcard: Name, records: Iterable[RRset], zone: Name
) -> Denial:
    """Prove that nothing closer to `qname` exists than `wildcard`, which answered for it.

    `wildcard` is what `validation.check_rrset` read from the signature. RFC 4035 section
    5.3.4, RFC 5155 section 8.8.

    >>> from dns.name import from_text as name
    >>> import dns.rrset
    >>> nsec = dns.rrset.from_text("*.example.", 300, "IN", "NSEC", "m.example. A RRSIG NSEC")
    >>> prove_wildcard_expansion(
    ...     name("b.a.example."), name("*.example."), [nsec], name("example.")).proven
    True
    """
    closest = wildcard.parent()
    if qname == closest or not qname.is_subdomain(closest):
        return Denial(Kind.WILDCARD_EXPANSION, Flaw.WRONG_DENIAL)
    return _prove(
        Kind.WILDCARD_EXPANSION,
        _last_labels(qname, len(closest) + 1),
        records,
        zone,
        _nsec_wildcard_expansion,
        _nsec3_wildcard_expansion,
    )


def hash_name(name: Name, salt: bytes, iterations: int) -> bytes:
    """Return the NSEC3 hash of `name`, 20 octets, with `iterations` additional rounds.

    RFC 5155 section 5, with its example from appendix A:

    >>> digest = hash_name(dns.name.from_text("example."), bytes.fromhex("aabbccdd"), 12)
    >>> base64.b32hexencode(digest).decode().lower()
    '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'
    """
    digest = hashlib.sha1(name.to_digestable() + salt).digest()
    for _ in range(iterations):
        digest = hashlib.sha1(digest + salt).digest()
    return digest


def _prove(
    kind: Kind,
    name: Name,
    records: Iterable[RRset],
    zone: Name,
    by_nsec: Callable[[_NsecRecords, Name], Denial | None],
    by_nsec3: Callable[[_Nsec3Records, Name], Denial | None],
) -> Denial:
    nsec = _NsecRecords(zone)
    nsec3 = _Nsec3Records(zone)
    for rrset in records:
        if rrset.rdtype == RdataType.NSEC:
            nsec.add(rrset)
        elif rrset.rdtype == RdataType.NSEC3:
            nsec3.add(rrset)
    if not nsec.records and not nsec3.records:
        return Denial(kind, Flaw.MISSING_DENIAL)
    if not name.is_subdomain(zone):
        return Denial(kind, Flaw.WRONG_DENIAL)
    denial = by_nsec(nsec, name)
    if denial is None and nsec3.records:
        if nsec3.iterations > MAX_ITERATIONS:
            return Denial(kind, Flaw.TOO_MANY_ITERATIONS)
        denial = by_nsec3(nsec3, name)
    return denial or Denial(kind, Flaw.WRONG_DENIAL)


# What the bitmap of a matching record says


def _has(record: NSEC | NSEC3, rdtype: RdataType) -> bool:
    """Look a type up in the bitmap. RFC 4034 section 4.1.2."""
    window, offset = divmod(rdtype, 256)
    for number, bitmap in record.windows:
        if number == window:
            octet, bit = divmod(offset, 8)
            return octet < len(bitmap) and bool(bitmap[octet] & (0x80 >> bit))
    return False


def _lacks(record: NSEC | NSEC3, qname: Name, qtype: RdataType) -> bool:
    """Whether the record at `qname`, or at its wildcard, proves that there is no `qtype`."""
    if qtype == RdataType.ANY:
        return not record.windows
    if _has(record, qtype) or _has(record, RdataType.CNAME):
        return False  # a CNAME would have been the answer: RFC 6840 section 4.3
    if qtype == RdataType.DS:
        # The child's apex knows nothing of the DS in its parent; only the root has none.
        return not _has(record, RdataType.SOA) or qname == dns.name.root
    return not _is_delegation(record)


def _is_delegation(record: NSEC | NSEC3) -> bool:
    """The parent's side of a zone cut, which knows nothing but the DS. RFC 6840 section 4.1."""
    return _has(record, RdataType.NS) and not _has(record, RdataType.SOA)


def _ends_here(record: NSEC | NSEC3) -> bool:
    """Whether names below this one are not for this zone to deny. RFC 6840 section 4.1."""
    return _is_delegation(record) or _has(record, RdataType.DNAME)


def _shows_insecure_delegation(record: NSEC | NSEC3) -> bool:
    return _is_delegation(record) and not _has(record, RdataType.DS)


def _last_labels(name: Name, count: int) -> Name:
    return Name(name.labels[-count:])


def _wildcard_under(name: Name) -> Name:
    return Name((b"*", *name.labels))


# NSEC


class _Gap(NamedTuple):
    """The gap of an NSEC that a name falls in.

    `closest` is the longest existing ancestor of the name; None when the name exists itself,
    as an empty non-terminal: the gap ends below it.
    """

    rrset: RRset
    closest: Name | None


@dataclass(slots=True)
class _NsecRecords:
    zone: Name
    records: list[tuple[RRset, NSEC]] = field(default_factory=list)

    def add(self, rrset: RRset) -> None:
        if rrset.name.is_subdomain(self.zone):
            self.records += [(rrset, record) for record in rrset if isinstance(record, NSEC)]

    def match(self, name: Name) -> tuple[RRset, NSEC] | None:
        return next((found for found in self.records if found[0].name == name), None)

    def gap(self, name: Name) -> _Gap | None:
        """Find the NSEC that denies `name`. RFC 4034 section 4.1.1 and 6.1."""
        for rrset, record in self.records:
            relation, order, shared = name.fullcompare(rrset.name)
            if order <= 0 or (relation is NameRelation.SUBDOMAIN and _ends_here(record)):
                continue
            if record.next == self.zone:  # the last NSEC: its gap runs to the end of the zone
                return _Gap(rrset, _last_labels(name, shared))
            relation, order, shared_with_next = name.fullcompare(record.next)
            if order < 0:
                if relation is NameRelation.SUPERDOMAIN:
                    return _Gap(rrset, None)
                return _Gap(rrset, _last_labels(name, max(shared, shared_with_next)))
        return None


def _nsec_name_error(nsec: _NsecRecords, qname: Name) -> Denial | None:
    gap = nsec.gap(qname)
    if gap is None or gap.closest is None:
        return None
    wildcard = _wildcard_under(gap.closest)
    wildcard_gap = nsec.gap(wildcard)
    if wildcard_gap is None or wildcard_gap.closest is None:
        return None
    return Denial(
        Kind.NAME_ERROR,
        proofs=(
            Proof(gap.rrset, Shows.COVERS, Subject.NAME, qname),
            Proof(wildcard_gap.rrset, Shows.COVERS, Subject.WILDCARD, wildcard),
        ),
    )


def _nsec_no_data(nsec: _NsecRecords, qname: Name, qtype: RdataType) -> Denial | None:
    match = nsec.match(qname)
    if match is not None:
        rrset, record = match
        proofs = (Proof(rrset, Shows.MATCHES, Subject.NAME, qname),)
        return Denial(Kind.NO_DATA, proofs=proofs) if _lacks(record, qname, qtype) else None
    gap = nsec.gap(qname)
    if gap is None:
        return None
    proof = Proof(gap.rrset, Shows.COVERS, Subject.NAME, qname)
    if gap.closest is None:
        return Denial(Kind.EMPTY_NON_TERMINAL, proofs=(proof,))
    wildcard = _wildcard_under(gap.closest)
    match = nsec.match(wildcard)
    if match is not None:
        rrset, record = match
        if not _lacks(record, wildcard, qtype):
            return None
        shown = Proof(rrset, Shows.MATCHES, Subject.WILDCARD, wildcard)
        return Denial(Kind.WILDCARD_NO_DATA, proofs=(proof, shown))
    gap = nsec.gap(wildcard)
    if gap is None or gap.closest is not None:
        return None
    # The wildcard itself is an empty non-terminal: it answers, and has nothing to say.
    shown = Proof(gap.rrset, Shows.COVERS, Subject.WILDCARD, wildcard)
    return Denial(Kind.WILDCARD_NO_DATA, proofs=(proof, shown))


def _nsec_no_ds(nsec: _NsecRecords, owner: Name) -> Denial | None:
    match = nsec.match(owner)
    if match is None or not _shows_insecure_delegation(match[1]):
        return None
    return Denial(Kind.NO_DS, proofs=(Proof(match[0], Shows.MATCHES, Subject.NAME, owner),))


def _nsec_wildcard_expansion(nsec: _NsecRecords, next_closer: Name) -> Denial | None:
    gap = nsec.gap(next_closer)
    if gap is None or gap.closest is None:
        return None
    proof = Proof(gap.rrset, Shows.COVERS, Subject.NEXT_CLOSER, next_closer)
    return Denial(Kind.WILDCARD_EXPANSION, proofs=(proof,))


# NSEC3


class _Encloser(NamedTuple):
    """A closest encloser proof: the longest existing ancestor, and the gap below it."""

    name: Name
    proofs: tuple[Proof, Proof]
    opt_out: bool


@dataclass(slots=True)
class _Nsec3Records:
    """The NSEC3 of one chain: all with the same salt and iterations. RFC 5155 section 8.2."""

    zone: Name
    records: list[tuple[RRset, NSEC3, bytes]] = field(default_factory=list)
    salt: bytes = b""
    iterations: int = 0
    hashes: dict[Name, bytes] = field(default_factory=dict)

    def add(self, rrset: RRset) -> None:
        if len(rrset.name) != len(self.zone) + 1 or not rrset.name.is_subdomain(self.zone):
            return
        try:
            owner_hash = base64.b32hexdecode(rrset.name.labels[0].upper())
        except binascii.Error:
            return
        for record in rrset:
            # RFC 5155 sections 8.1 and 8.2: unknown algorithms and flags are passed over.
            if not isinstance(record, NSEC3) or record.algorithm != 1 or record.flags > 1:
                continue
            if not self.records:
                self.salt, self.iterations = record.salt, record.iterations
            elif (self.salt, self.iterations) != (record.salt, record.iterations):
                continue
            self.records.append((rrset, record, owner_hash))

    def _hash(self, name: Name) -> bytes:
        digest = self.hashes.get(name)
        if digest is None:
            digest = self.hashes[name] = hash_name(name, self.salt, self.iterations)
        return digest

    def match(self, name: Name) -> tuple[RRset, NSEC3] | None:
        digest = self._hash(name)
        for rrset, record, owner_hash in self.records:
            if owner_hash == digest:
                return rrset, record
        return None

    def cover(self, name: Name) -> tuple[RRset, NSEC3] | None:
        """Find the NSEC3 whose gap the name's hash falls in. RFC 5155 section 8.3."""
        digest = self._hash(name)
        for rrset, record, owner_hash in self.records:
            if owner_hash < record.next:
                covered = owner_hash < digest < record.next
            else:  # the last NSEC3: its gap runs to the end and on from the beginning
                covered = digest > owner_hash or digest < record.next
            if covered:
                return rrset, record
        return None

    def encloser(self, name: Name) -> _Encloser | None:
        """Find and prove the closest encloser of `name`. RFC 5155 section 8.3."""
        for count in range(len(name) - 1, len(self.zone) - 1, -1):
            closest = _last_labels(name, count)
            match = self.match(closest)
            if match is None:
                continue
            next_closer = _last_labels(name, count + 1)
            cover = self.cover(next_closer)
            if cover is None or _ends_here(match[1]):
                return None
            proofs = (
                Proof(match[0], Shows.MATCHES, Subject.CLOSEST_ENCLOSER, closest),
                Proof(cover[0], Shows.COVERS, Subject.NEXT_CLOSER, next_closer),
            )
            return _Encloser(closest, proofs, bool(cover[1].flags))
        return None


def _nsec3_name_error(nsec3: _Nsec3Records, qname: Name) -> Denial | None:
    encloser = nsec3.encloser(qname)
    if encloser is None:
        return None
    wildcard = _wildcard_under(encloser.name)
    cover = nsec3.cover(wildcard)
    if cover is None:
        return None
    proof = Proof(cover[0], Shows.COVERS, Subject.WILDCARD, wildcard)
    return Denial(Kind.NAME_ERROR, proofs=(*encloser.proofs, proof), opt_out=encloser.opt_out)


def _nsec3_no_data(nsec3: _Nsec3Records, qname: Name, qtype: RdataType) -> Denial | None:
    match = nsec3.match(qname)
    if match is not None:
        rrset, record = match
        if not _lacks(record, qname, qtype):
            return None
        proofs = (Proof(rrset, Shows.MATCHES, Subject.NAME, qname),)
        return Denial(Kind.NO_DATA if record.windows else Kind.EMPTY_NON_TERMINAL, proofs=proofs)
    encloser = nsec3.encloser(qname)
    if encloser is None:
        return None
    wildcard = _wildcard_under(encloser.name)
    match = nsec3.match(wildcard)
    if match is not None and _lacks(match[1], wildcard, qtype):
        proof = Proof(match[0], Shows.MATCHES, Subject.WILDCARD, wildcard)
        return Denial(
            Kind.WILDCARD_NO_DATA, proofs=(*encloser.proofs, proof), opt_out=encloser.opt_out
        )
    if encloser.opt_out and (match is None or qtype == RdataType.DS):
        # An unsigned delegation, or an empty non-terminal above one, may have no NSEC3 of
        # its own: RFC 5155 sections 7.1 and 8.6.
        return Denial(Kind.NO_DATA, proofs=encloser.proofs, opt_out=True)
    return None


def _nsec3_no_ds(nsec3: _Nsec3Records, owner: Name) -> Denial | None:
    match = nsec3.match(owner)
    if match is not None:
        rrset, record = match
        if not _shows_insecure_delegation(record):
            return None
        return Denial(Kind.NO_DS, proofs=(Proof(rrset, Shows.MATCHES, Subject.NAME, owner),))
    encloser = nsec3.encloser(owner)
    if encloser is None or not encloser.opt_out:
        return None
    return Denial(Kind.NO_DS, proofs=encloser.proofs, opt_out=True)


def _nsec3_wildcard_expansion(nsec3: _Nsec3Records, next_closer: Name) -> Denial | None:
    cover = nsec3.cover(next_closer)
    if cover is None:
        return None
    proof = Proof(cover[0], Shows.COVERS, Subject.NEXT_CLOSER, next_closer)
    return Denial(Kind.WILDCARD_EXPANSION, proofs=(proof,), opt_out=bool(cover[1].flags))
