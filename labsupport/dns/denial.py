"""Do these NSEC or NSEC3 records prove that something does not exist?

RFC 4035 section 5.4, RFC 5155 section 8, RFC 6840 section 4. Each function is handed
`records`, RRsets of a response whose signatures by `zone` were checked already (RRsets of
other types are passed over), and returns a `Denial`. None of them raises, whatever the records
contain.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import dns.dnssec
import dns.name
from dns.name import Name, NameRelation
from dns.rdata import Rdata
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3
from dns.rrset import RRset

from labsupport.dns.validation import Flaw, Security

MAX_ITERATIONS = 50
"""Additional NSEC3 iterations that are still computed; the limit of BIND 9.20.

Beyond it the proof counts as insecure (RFC 9276 section 3.2). Zones should use 0.
"""
SHA1 = 1  # the only hash of NSEC3 (RFC 5155 section 11)
# proofs hash a name several times
nsec3_hash = lru_cache(maxsize=1024)(dns.dnssec.nsec3_hash)


@dataclass(frozen=True, slots=True)
class Denial:
    """What the records prove: all that was asked when `flaw` is None.

    `opt_out` says that an NSEC3 with the opt-out flag covers the name: an unsigned delegation may
    exist there all the same.
    """

    flaw: Flaw | None = None
    opt_out: bool = False

    @property
    def proven(self) -> bool:
        """Whether the records prove it."""
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
    return _prove(qname, records, zone, lambda chain: chain.name_error(qname))


def prove_no_data(
    qname: Name, qtype: RdataType, records: Iterable[RRset], zone: Name
) -> Denial:
    """Prove that `qname`, or the wildcard that answers for it, has no record of type `qtype`.

    For DS, `zone` is the parent. RFC 4035 section 5.4, RFC 5155 sections 8.5 to 8.7,
    RFC 6840 sections 4.1 and 4.3.

    >>> from dns.name import from_text as name
    >>> import dns.rrset
    >>> nsec = dns.rrset.from_text("example.", 300, "IN", "NSEC", "m.example. SOA NS RRSIG NSEC")
    >>> prove_no_data(name("example."), RdataType.MX, [nsec], name("example.")).proven
    True
    >>> prove_no_data(name("example."), RdataType.NS, [nsec], name("example.")).proven
    False
    """
    return _prove(qname, records, zone, lambda chain: chain.no_data(qname, qtype))


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
    return _prove(owner, records, zone, lambda chain: chain.no_ds(owner))


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
        return Denial(Flaw.WRONG_DENIAL)
    next_closer = _last_labels(qname, len(closest) + 1)
    return _prove(qname, records, zone, lambda chain: chain.denies(next_closer))


def _prove(
    name: Name,
    records: Iterable[RRset],
    zone: Name,
    proves: Callable[[_Nsec | _Nsec3], bool],
) -> Denial:
    rrsets = [rrset for rrset in records if rrset.name.is_subdomain(zone)]
    nsec = _Nsec(zone, rrsets)
    nsec3 = _Nsec3(zone, rrsets)
    if not nsec.records and not nsec3.records:
        return Denial(Flaw.MISSING_DENIAL)
    if not name.is_subdomain(zone):
        return Denial(Flaw.WRONG_DENIAL)
    if proves(nsec):
        return Denial()
    if nsec3.records and nsec3.iterations > MAX_ITERATIONS:
        return Denial(Flaw.TOO_MANY_ITERATIONS)
    if nsec3.records and proves(nsec3):
        return Denial(opt_out=nsec3.opt_out)
    return Denial(Flaw.WRONG_DENIAL)


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


class _Nsec:
    """The NSEC of a response, and what they prove."""

    def __init__(self, zone: Name, rrsets: Iterable[RRset]) -> None:
        self._zone = zone
        self.records: list[tuple[Name, NSEC]] = []
        for rrset in rrsets:
            for record in rrset:
                if isinstance(record, NSEC):
                    self.records.append((rrset.name, record))

    def _match(self, name: Name) -> NSEC | None:
        return next((record for owner, record in self.records if owner == name), None)

    def _closest(self, name: Name) -> Name | None:
        """The longest existing ancestor of a name without records; None where nothing denies it.

        It is the name itself where that is an empty non-terminal: the gap ends below it.
        RFC 4034 sections 4.1.1 and 6.1.
        """
        for owner, record in self.records:
            relation, order, shared = name.fullcompare(owner)
            if order <= 0 or (
                relation is NameRelation.SUBDOMAIN and _ends_here(record)
            ):
                continue
            # the last NSEC: its gap runs to the end of the zone
            if record.next == self._zone:
                return _last_labels(name, shared)
            relation, order, shared_with_next = name.fullcompare(record.next)
            if order >= 0:
                continue
            if relation is NameRelation.SUPERDOMAIN:
                return name
            return _last_labels(name, max(shared, shared_with_next))
        return None

    def denies(self, name: Name) -> bool:
        """Whether nothing exists at `name` or below it."""
        return self._closest(name) not in (None, name)

    def name_error(self, name: Name) -> bool:
        closest = self._closest(name)
        return closest not in (None, name) and self.denies(_wildcard_under(closest))

    def no_data(self, name: Name, rdtype: RdataType) -> bool:
        if match := self._match(name):
            return _lacks(match, name, rdtype)
        closest = self._closest(name)
        if closest is None or closest == name:
            return closest is not None
        wildcard = _wildcard_under(closest)
        if match := self._match(wildcard):
            return _lacks(match, wildcard, rdtype)
        # The wildcard itself is an empty non-terminal: it answers, and has nothing to say.
        return self._closest(wildcard) == wildcard

    def no_ds(self, name: Name) -> bool:
        match = self._match(name)
        return match is not None and _shows_insecure_delegation(match)


def _is_usable(record: Rdata) -> bool:
    """Unknown algorithms and flags are passed over (RFC 5155 sections 8.1 and 8.2)."""
    return isinstance(record, NSEC3) and record.algorithm == SHA1 and record.flags <= 1


class _Nsec3:
    """The NSEC3 of one chain, all with the same salt and iterations (RFC 5155 section 8.2).

    `opt_out` is set when a record with that flag covered the next closer name.
    """

    def __init__(self, zone: Name, rrsets: Iterable[RRset]) -> None:
        self._zone = zone
        self.opt_out = False
        self.salt = b""
        self.iterations = 0
        self.records: list[tuple[str, NSEC3]] = []
        for rrset in rrsets:
            if len(rrset.name) != len(zone) + 1:
                continue
            digest = rrset.name.labels[0].decode("latin-1").upper()
            for record in filter(_is_usable, rrset):
                if not self.records:
                    self.salt = record.salt
                    self.iterations = record.iterations
                if (record.salt, record.iterations) == (self.salt, self.iterations):
                    self.records.append((digest, record))

    def _hash(self, name: Name) -> str:
        return nsec3_hash(name, self.salt, self.iterations, SHA1)

    def _match(self, name: Name) -> NSEC3 | None:
        digest = self._hash(name)
        return next((record for owner, record in self.records if owner == digest), None)

    def _cover(self, name: Name) -> NSEC3 | None:
        """Find the NSEC3 whose gap the name's hash falls in. RFC 5155 section 8.3."""
        digest = self._hash(name)
        for owner, record in self.records:
            following = base64.b32hexencode(record.next).decode()
            if owner < following:
                covered = owner < digest < following
            else:  # the last NSEC3: its gap runs to the end and on from the beginning
                covered = digest > owner or digest < following
            if covered:
                return record
        return None

    def denies(self, name: Name) -> bool:
        """Whether nothing is at `name`, the next closer one, unless it opted out."""
        cover = self._cover(name)
        self.opt_out = cover is not None and bool(cover.flags)
        return cover is not None

    def _encloser(self, name: Name) -> Name | None:
        """Find and prove the closest encloser of `name`. RFC 5155 section 8.3."""
        for count in range(len(name) - 1, len(self._zone) - 1, -1):
            closest = _last_labels(name, count)
            match = self._match(closest)
            if match is None:
                continue
            if self.denies(_last_labels(name, count + 1)) and not _ends_here(match):
                return closest
            return None
        return None

    def name_error(self, name: Name) -> bool:
        encloser = self._encloser(name)
        return (
            encloser is not None and self._cover(_wildcard_under(encloser)) is not None
        )

    def no_data(self, name: Name, rdtype: RdataType) -> bool:
        if match := self._match(name):
            return _lacks(match, name, rdtype)
        encloser = self._encloser(name)
        if encloser is None:
            return False
        wildcard = _wildcard_under(encloser)
        match = self._match(wildcard)
        if match is not None and _lacks(match, wildcard, rdtype):
            return True
        # An unsigned delegation, or an empty non-terminal above one, may have no NSEC3 of
        # its own: RFC 5155 sections 7.1 and 8.6.
        return self.opt_out and (match is None or rdtype == RdataType.DS)

    def no_ds(self, name: Name) -> bool:
        if match := self._match(name):
            return _shows_insecure_delegation(match)
        return self._encloser(name) is not None and self.opt_out
