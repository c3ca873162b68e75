"""The chain of trust: from the root's key, link by link, to one answer (RFC 4035 section 5).

A resolver and `lab.dnssec` judge by the same chain; they differ only in where they fetch
the records from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import dns.rdtypes.ANY.DNSKEY
from dns.name import Name, root
from dns.rdatatype import DNSKEY, DS, NSEC, NSEC3, RdataType
from dns.rrset import RRset

from labsupport.dns import denial
from labsupport.dns.validation import Check, Flaw, Security, check_keys, check_rrset
from labsupport.dns.walk import Failure, Reading, Records, ResponseKind
from labsupport.exchange import Clock

Fetch = Callable[[Name, RdataType], Reading | Failure]

PROOFS = {NSEC, NSEC3}

# A broken chain is looked at again soon: somebody may be mending it (RFC 4035 section 4.7).
SECONDS_BOGUS_IS_KEPT = 60


@dataclass(frozen=True, slots=True)
class Link:
    """One zone in the chain, and how far it can be trusted.

    `ds` is what the zone above vouches for, `ds_check` the check of that; `dnskey` are the
    zone's own keys, `key_check` the check of those. `flaw` says why the link broke. A link is
    kept until `expires`, in seconds since 1970.
    """

    zone: Name
    security: Security
    flaw: Flaw | None = None
    ds: RRset | None = None
    ds_check: Check | None = None
    dnskey: RRset | None = None
    key_check: Check | None = None
    expires: float = 0.0

    @property
    def keys(self) -> tuple[dns.rdtypes.ANY.DNSKEY.DNSKEY, ...]:
        """The zone's keys, once they are trusted; () before."""
        if self.security is not Security.SECURE or self.dnskey is None:
            return ()
        return tuple(self.dnskey)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chain says of one answer; `link` is where it ended, `expires` as in `Check`."""

    security: Security
    flaw: Flaw | None
    link: Link
    check: Check | None = None
    expires: float = float("inf")


@dataclass(slots=True)
class Chain:
    """Builds links with the records that `fetch` returns, and judges answers by them.

    `trust_anchor` is the root's DS set, known beforehand. Links are kept in `links`; None
    stands for a name that is proven to be no zone of its own.
    """

    fetch: Fetch
    trust_anchor: RRset
    clock: Clock
    links: dict[Name, tuple[Link | None, float]] = field(default_factory=dict)

    def judge(self, name: Name, rdtype: RdataType, reading: Reading) -> Verdict:
        """Judge `reading`, the answer to a question for `name` and `rdtype`."""
        if reading.records is not None:
            return self._judge_records(name, rdtype, reading.records, reading.authority)
        return self._judge_absence(name, rdtype, reading)

    def link_to(self, name: Name, signer: Name | None = None) -> Link:
        """Return the link of the zone that holds `name`, walking down from the root.

        The walk ends early at `signer`, and wherever the chain ends.
        """
        link = self._kept(root) or self._root()
        for depth in range(2, len(name) + 1):
            if link.security is not Security.SECURE or link.zone == signer:
                break
            link = self._next(link, name.split(depth)[1]) or link
        return link

    def links_to(self, name: Name) -> list[Link]:
        """Return all links on the way down to `name`, the root's first."""
        self.link_to(name)
        links: list[Link] = []
        for depth in range(1, len(name) + 1):
            link = self._kept(name.split(depth)[1])
            if link is not None:
                links.append(link)
        return links

    def _kept(self, name: Name) -> Link | None:
        link, expires = self.links.get(name, (None, 0.0))
        return link if expires > self.clock.now() else None

    def _root(self) -> Link:
        link = self._with_keys(self.trust_anchor, None)
        self.links[root] = (link, link.expires)
        return link

    def _next(self, above: Link, name: Name) -> Link | None:
        """Return the link of `name`, if it is a zone delegated from `above`; else None."""
        now = self.clock.now()
        link, expires = self.links.get(name, (None, 0.0))
        if expires > now:
            return link
        link, expires = self._step(above, name, self.fetch(name, DS), now)
        self.links[name] = (link, expires)
        return link

    def _step(
        self, above: Link, name: Name, reading: Reading | Failure, now: float
    ) -> tuple[Link | None, float]:
        """Return the link of `name`, None if it is no zone, and until when that is kept."""
        if isinstance(reading, Failure):
            return Link(name, Security.INDETERMINATE, expires=now), now
        if reading.kind is ResponseKind.ANSWER and reading.records is not None:
            records = reading.records
            check = check_rrset(
                records.rrset, records.signatures, above.keys, above.zone, now
            )
            if check.flaw is not None:
                expires = now + SECONDS_BOGUS_IS_KEPT
                link = Link(
                    name,
                    Security.BOGUS,
                    check.flaw,
                    records.rrset,
                    check,
                    expires=expires,
                )
                return link, expires
            link = self._with_keys(records.rrset, check)
            return link, link.expires
        if reading.kind not in (ResponseKind.NO_DATA, ResponseKind.NAME_ERROR):
            return None, now
        proof, proof_check = self._checked_proof(above, reading.authority, now)
        flaw = proof_check.flaw
        expires = proof_check.expires
        if flaw is None:
            no_ds = denial.prove_no_ds(name, proof, above.zone)
            if no_ds.security is not Security.BOGUS:
                return Link(name, Security.INSECURE, expires=expires), expires
            if self._denial(name, DS, reading.kind, proof, above).proven:
                return None, expires
            flaw = Flaw.WRONG_DENIAL
        expires = now + SECONDS_BOGUS_IS_KEPT
        return Link(name, Security.BOGUS, flaw, expires=expires), expires

    def _with_keys(self, ds: RRset, ds_check: Check | None) -> Link:
        """Return the link of the zone that owns `ds`, a DS set which is already trusted."""
        now = self.clock.now()
        reading = self.fetch(ds.name, DNSKEY)
        if isinstance(reading, Failure):
            return Link(
                ds.name, Security.INDETERMINATE, None, ds, ds_check, expires=now
            )
        dnskey = signatures = None
        records = reading.records
        if records is not None and records.rrset.rdtype == DNSKEY:  # an alias is no key
            dnskey = records.rrset
            signatures = records.signatures
        security, check = check_keys(ds.name, ds, dnskey, signatures, now)
        expires = now + SECONDS_BOGUS_IS_KEPT
        if security is Security.SECURE:
            expires = check.expires
            if ds_check is not None:
                expires = min(expires, ds_check.expires)
        elif security is Security.INSECURE:
            expires = now + ds.ttl
        return Link(
            ds.name, security, check.flaw, ds, ds_check, dnskey, check, expires=expires
        )

    def _judge_records(
        self,
        name: Name,
        rdtype: RdataType,
        records: Records,
        authority: tuple[Records, ...],
    ) -> Verdict:
        now = self.clock.now()
        link = self.link_to(_asked_zone(name, rdtype), records.signer)
        if link.security is not Security.SECURE:
            return Verdict(
                link.security, link.flaw, link, expires=max(link.expires, now)
            )
        check = check_rrset(
            records.rrset, records.signatures, link.keys, link.zone, now
        )
        flaw = check.flaw
        if flaw is None and check.wildcard is not None:
            proof, proof_check = self._checked_proof(link, authority, now)
            flaw = proof_check.flaw
            if flaw is None:
                expansion = denial.prove_wildcard_expansion(
                    name, check.wildcard, proof, link.zone
                )
                if not expansion.proven:
                    flaw = Flaw.WRONG_DENIAL
        if flaw is not None:
            return Verdict(
                Security.BOGUS, flaw, link, check, now + SECONDS_BOGUS_IS_KEPT
            )
        return Verdict(Security.SECURE, None, link, check, check.expires)

    def _judge_absence(
        self, name: Name, rdtype: RdataType, reading: Reading
    ) -> Verdict:
        now = self.clock.now()
        signers = (records.signer for records in reading.authority)
        signer = next((name for name in signers if name is not None), None)
        link = self.link_to(_asked_zone(name, rdtype), signer)
        if link.security is not Security.SECURE:
            return Verdict(
                link.security, link.flaw, link, expires=max(link.expires, now)
            )
        proof, check = self._checked_proof(link, reading.authority, now)
        security = Security.BOGUS
        flaw = check.flaw
        expires = check.expires
        if flaw is None:
            absence = self._denial(name, rdtype, reading.kind, proof, link)
            security = absence.security
            flaw = absence.flaw
        if security is Security.BOGUS:
            expires = now + SECONDS_BOGUS_IS_KEPT
        return Verdict(security, flaw, link, check, expires)

    @staticmethod
    def _denial(
        name: Name,
        rdtype: RdataType,
        kind: ResponseKind,
        proof: list[RRset],
        link: Link,
    ) -> denial.Denial:
        if kind is ResponseKind.NAME_ERROR:
            return denial.prove_name_error(name, proof, link.zone)
        return denial.prove_no_data(name, rdtype, proof, link.zone)

    def _checked_proof(
        self, link: Link, authority: tuple[Records, ...], now: float
    ) -> tuple[list[RRset], Check]:
        """Check the signatures over the proofs in `authority`; return the proofs that hold.

        The check is that of the proof which runs out first, or of one that fails if none
        holds.
        """
        proof: list[RRset] = []
        result = Check(Flaw.MISSING_DENIAL, None, None, None, now)
        for records in authority:
            if records.rrset.rdtype not in PROOFS:
                continue
            check = check_rrset(
                records.rrset, records.signatures, link.keys, link.zone, now
            )
            if not proof or (check.flaw is None and check.expires < result.expires):
                result = check
            if check.flaw is None:
                proof.append(records.rrset)
        return proof, result


def _asked_zone(name: Name, rdtype: RdataType) -> Name:
    """A DS set belongs to the zone above its owner (RFC 4035 section 3.1.4.1)."""
    return name.parent() if rdtype == DS and name != root else name
