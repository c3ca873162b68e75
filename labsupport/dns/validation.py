"""Is this RRset signed, by the zone it belongs to, and in time? RFC 4035 section 5."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from dns.dnssec import _make_rrsig_signature_data
from dns.dnssectypes import DSDigest
from dns.name import Name, root
from dns.rdata import Rdata
from dns.rdataset import Rdataset
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.dnskeybase import Flag as KeyFlag
from dns.rrset import RRset, from_text_list

from labsupport.signatures import ALGORITHMS, signed_by_key

SUPPORTED_DIGESTS = {
    DSDigest.SHA1: hashlib.sha1,
    DSDigest.SHA256: hashlib.sha256,
    DSDigest.SHA384: hashlib.sha384,
}

MAX_ATTEMPTS = 8
"""Signatures tried for one RRset, and digests that may fail for one DNSKEY RRset.

A zone can publish many keys with one key tag and as many signatures, and so make a
validator try them all (CVE-2023-50387, "KeyTrap"). Unbound tries 8 since version 1.19.1.
"""


class Security(enum.Enum):
    """What validation made of the data. RFC 4033 section 5, RFC 4035 section 4.3."""

    SECURE = "secure"
    """A chain of signatures leads from a trust anchor to the data."""
    INSECURE = "insecure"
    """A signed proof says that the chain ends above the data: nobody promised a signature."""
    BOGUS = "bogus"
    """A signature was promised, and what came does not fit."""
    INDETERMINATE = "indeterminate"
    """No trust anchor covers the data, or what is needed to tell could not be had."""


class Flaw(enum.Enum):
    """Why a signature, a link of the chain or a denial fails."""

    NO_SIGNATURE = "no signature"
    """No RRSIG covers the RRset. RFC 4035 section 5.3.1."""
    WRONG_SIGNER = "wrong signer"
    """Signed in the name of another zone than the one the data belongs to. RFC 4035 5.3.1."""
    UNSUPPORTED_ALGORITHM = "unsupported algorithm"
    """Only algorithms or digests that are not checked here. RFC 4035 section 5.2."""
    NOT_YET_VALID = "not yet valid"
    """The signature's inception lies ahead. RFC 4035 section 5.3.1."""
    EXPIRED = "expired"
    """The signature's expiration has passed. RFC 4035 section 5.3.1."""
    NO_DNSKEY = "no DNSKEY"
    """The zone was promised to be signed, and shows no key at all. RFC 4035 section 5.2."""
    NO_MATCHING_KEY = "no matching key"
    """No key fits the DS (RFC 4035 section 5.2) or the signature (section 5.3.1)."""
    WRONG_SIGNATURE = "wrong signature"
    """The key is there, and the signature is not its signature of this. RFC 4035 5.3.3."""
    MISSING_DENIAL = "missing denial"
    """Something is said not to exist, without any NSEC or NSEC3. RFC 4035 section 5.4."""
    WRONG_DENIAL = "wrong denial"
    """The NSEC or NSEC3 that came do not prove it. RFC 4035 section 5.4, RFC 5155 section 8."""
    TOO_MANY_ITERATIONS = "too many iterations"
    """The NSEC3 ask for more hashing than is done here. RFC 9276 section 3.2."""


# A signature is checked for these in this order: the later flaw is the more telling.
_ORDER = tuple(Flaw)


@lru_cache(maxsize=16)
def read_trust_anchor(text: str) -> RRset:
    """Return the root's DS set from master-file text, comments and all (RFC 4035 section 4.4).

    >>> read_trust_anchor(". IN DS 7483 13 2 " + 64 * "0")[0].key_tag
    7483
    """
    values = []
    for line in text.splitlines():
        fields = line.partition(";")[0].split()
        if "DS" in fields:
            data = fields[fields.index("DS") + 1 :]
            values.append(" ".join(data))
    return from_text_list(root, 86400, "IN", "DS", values)


@dataclass(frozen=True, slots=True)
class Check:
    """What came of checking one RRset.

    `flaw` is None when a signature holds. `rrsig` is that signature, or the one that came
    closest; None when there is none. `key` is the key it was last tried with. `wildcard` is
    the name the data was synthesized from ("*.example.") when the signature shows that a
    wildcard was expanded: then it takes a denial too (`denial.prove_wildcard_expansion`).
    `expires` is the time until which the RRset may be kept, in seconds since 1970: the
    earliest end of its TTLs and its signature (RFC 4035 section 5.3.3); the time of the
    check when there is a flaw.
    """

    flaw: Flaw | None
    rrsig: RRSIG | None
    key: DNSKEY | None
    wildcard: Name | None
    expires: float


class KeyMatch(NamedTuple):
    """The keys a parent vouches for; `unsupported`: none of its DS can be checked here."""

    keys: tuple[DNSKEY, ...]
    unsupported: bool


def check_rrset(
    rrset: RRset,
    rrsigs: Rdataset | None,
    keys: Iterable[Rdata],
    signer: Name,
    now: float,
) -> Check:
    """Check whether one of `rrsigs` signs `rrset` in the name of the zone `signer`.

    `rrsigs` are the RRSIG that came with it (None: none came). `keys` are the zone's keys
    that are already trusted. `now` is in seconds since 1970. The first signature that holds
    ends the search; without one, the flaw of the signature that got furthest is told.
    Raises nothing, whatever the data contains. RFC 4035 section 5.3.

    >>> import dns.name, dns.rrset
    >>> rrset = dns.rrset.from_text("www.museum.example.", 300, "IN", "A", "192.0.2.1")
    >>> check_rrset(rrset, None, [], dns.name.from_text("museum.example."), 0.0).flaw
    <Flaw.NO_SIGNATURE: 'no signature'>
    """
    furthest = Flaw.NO_SIGNATURE
    closest = Check(furthest, None, None, None, now)
    if rrsigs is None:
        return closest
    trusted = [key for key in keys if isinstance(key, DNSKEY)]
    attempts_left = MAX_ATTEMPTS
    for rrsig in rrsigs:
        if not isinstance(rrsig, RRSIG) or rrsig.type_covered != rrset.rdtype:
            continue
        flaw = _flaw_of_fields(rrset, rrsig, signer, now)
        candidates: list[DNSKEY] = []
        if flaw is None:
            candidates = [key for key in trusted if _may_have_made(key, rrsig)]
            candidates = candidates[:attempts_left]
            attempts_left -= len(candidates)
            key = _find_maker(candidates, rrset, rrsig)
            if key is not None:
                wildcard = _source_of_synthesis(rrset.name, rrsig.labels)
                return Check(
                    None, rrsig, key, wildcard, _expiry(rrset, rrsigs, rrsig, now)
                )
            if candidates:
                flaw = Flaw.WRONG_SIGNATURE
            elif trusted:
                flaw = Flaw.NO_MATCHING_KEY
            else:
                flaw = Flaw.NO_DNSKEY
        if _ORDER.index(flaw) > _ORDER.index(furthest):
            furthest = flaw
            closest = Check(
                flaw, rrsig, candidates[-1] if candidates else None, None, now
            )
    return closest


def match_ds(
    ds_rrset: Iterable[Rdata], dnskey_rrset: Iterable[Rdata], owner: Name
) -> KeyMatch:
    """Return the keys of the zone `owner` that the DS in its parent vouch for.

    When every DS has an algorithm or a digest that is not checked here, the zone counts as
    insecure: `unsupported` is true. SHA-1 digests are used only where there is no better one
    (RFC 4509 section 3). Raises nothing, whatever the data contains. RFC 4035 section 5.2.

    >>> import dns.name, dns.rrset
    >>> owner = dns.name.from_text("experimento.example.")
    >>> ds = dns.rrset.from_text(owner, 300, "IN", "DS", "12345 253 2 " + 64 * "0")
    >>> key = dns.rrset.from_text(owner, 300, "IN", "DNSKEY", "257 3 253 AQID")
    >>> match_ds(ds, key, owner)
    KeyMatch(keys=(), unsupported=True)
    """
    usable = [ds for ds in ds_rrset if isinstance(ds, DS) and _is_supported(ds)]
    stronger = [ds for ds in usable if ds.digest_type != DSDigest.SHA1]
    usable = stronger or usable
    matching = []
    failures = 0
    for key in dnskey_rrset:
        if not isinstance(key, DNSKEY) or not _is_zone_key(key):
            continue
        for ds in usable:
            if ds.algorithm != key.algorithm or ds.key_tag != _key_tag(key):
                continue
            digest = SUPPORTED_DIGESTS[ds.digest_type](
                owner.to_digestable() + key.to_digestable()
            )
            if digest.digest() == ds.digest:
                matching.append(key)
                break
            failures += 1
            if failures == MAX_ATTEMPTS:
                return KeyMatch(tuple(matching), False)
    return KeyMatch(tuple(matching), not usable)


def _is_supported(ds: DS) -> bool:
    return ds.algorithm in ALGORITHMS and ds.digest_type in SUPPORTED_DIGESTS


def check_keys(
    owner: Name,
    ds_rrset: Iterable[Rdata],
    dnskey_rrset: RRset | None,
    rrsigs: Rdataset | None,
    now: float,
) -> tuple[Security, Check]:
    """Check one link of the chain: from the DS of the zone `owner` to all of its keys.

    A key that a DS vouches for must have signed the zone's DNSKEY RRset. `ds_rrset` is
    already trusted: validated in the parent, or a trust anchor. INSECURE when its DS cannot
    be checked here, with the flaw UNSUPPORTED_ALGORITHM. RFC 4035 section 5.2.

    >>> import dns.name, dns.rrset
    >>> owner = dns.name.from_text("museum.example.")
    >>> ds = dns.rrset.from_text(owner, 300, "IN", "DS", "12345 13 2 " + 64 * "0")
    >>> security, check = check_keys(owner, ds, None, None, 0.0)
    >>> security, check.flaw
    (<Security.BOGUS: 'bogus'>, <Flaw.NO_DNSKEY: 'no DNSKEY'>)
    """
    keys, unsupported = match_ds(ds_rrset, dnskey_rrset or (), owner)
    if unsupported:
        return Security.INSECURE, Check(
            Flaw.UNSUPPORTED_ALGORITHM, None, None, None, now
        )
    if not dnskey_rrset:
        return Security.BOGUS, Check(Flaw.NO_DNSKEY, None, None, None, now)
    if not keys:
        return Security.BOGUS, Check(Flaw.NO_MATCHING_KEY, None, None, None, now)
    check = check_rrset(dnskey_rrset, rrsigs, keys, owner, now)
    return Security.BOGUS if check.flaw else Security.SECURE, check


def _flaw_of_fields(
    rrset: RRset, rrsig: RRSIG, signer: Name, now: float
) -> Flaw | None:
    """Return what the signature's fields give away, before any key is tried. RFC 4035 5.3.1."""
    owner = rrset.name
    if rrsig.signer != signer or not owner.is_subdomain(signer):
        return Flaw.WRONG_SIGNER
    if rrset.rdtype == RdataType.DS and owner == signer:
        # the parent says who its child is, not the child itself
        return Flaw.WRONG_SIGNER
    if rrsig.algorithm not in ALGORITHMS:
        return Flaw.UNSUPPORTED_ALGORITHM
    if _ahead(rrsig.inception, now) > 0:
        return Flaw.NOT_YET_VALID
    if _ahead(rrsig.expiration, now) < 0:
        return Flaw.EXPIRED
    labels = _count_labels(owner)
    if rrsig.labels > labels:
        return Flaw.WRONG_SIGNATURE
    if rrsig.labels < labels and rrset.rdtype in (RdataType.NSEC, RdataType.NSEC3):
        # A wildcard's own denial, put under another name, would deny names that exist.
        return Flaw.WRONG_SIGNATURE
    return None


def _ahead(moment: int, now: float) -> float:
    """Return how many seconds `moment` lies ahead; its 32 bits wrap around. RFC 4034 3.1.5."""
    return (moment - now + 2**31) % 2**32 - 2**31


def _may_have_made(key: DNSKEY, rrsig: RRSIG) -> bool:
    return (
        key.algorithm == rrsig.algorithm
        and _key_tag(key) == rrsig.key_tag
        and _is_zone_key(key)
    )


def _is_zone_key(key: DNSKEY) -> bool:
    """RFC 4034 sections 2.1.1 and 2.1.2; a revoked key is used no more, RFC 5011 section 2.1."""
    return key.flags & _ROLE == KeyFlag.ZONE and key.protocol == 3


_ROLE = KeyFlag.ZONE | KeyFlag.REVOKE


def _count_labels(owner: Name) -> int:
    """Count as RRSIG does: neither the root nor a wildcard's asterisk. RFC 4034 section 3.1.3."""
    labels = len(owner) - 1
    return labels - 1 if owner.is_wild() else labels


def _source_of_synthesis(owner: Name, labels: int) -> Name | None:
    """Return the wildcard that `owner` was expanded from, if it was. RFC 4035 section 5.3.2."""
    if labels >= _count_labels(owner):
        return None
    return Name((b"*", *owner.labels[-labels - 1 :]))


def _find_maker(candidates: list[DNSKEY], rrset: RRset, rrsig: RRSIG) -> DNSKEY | None:
    """Return the key that really made the signature. RFC 4035 section 5.3.3."""
    if not candidates:
        return None
    owner = _source_of_synthesis(rrset.name, rrsig.labels) or rrset.name
    data = _make_rrsig_signature_data((owner, rrset), rrsig)
    return next(
        (key for key in candidates if signed_by_key(key, rrsig.signature, data)), None
    )


def _expiry(rrset: RRset, rrsigs: Rdataset, rrsig: RRSIG, now: float) -> float:
    """Return until when the RRset may be kept. RFC 4035 section 5.3.3."""
    return now + min(
        rrset.ttl, rrsigs.ttl, rrsig.original_ttl, _ahead(rrsig.expiration, now)
    )


@lru_cache(maxsize=1024)
def _key_tag(key: DNSKEY) -> int:
    return key.key_id()
