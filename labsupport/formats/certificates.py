"""Certificates of web sites, read and judged as a browser does (RFC 5280, RFC 9525)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from labsupport.signatures import vouched_for

MOST_NAMES = 3
CERTIFICATES_KEPT = 512  # more than the lab has sites


class Trust(StrEnum):
    """What becomes of a certificate when it is checked."""

    TRUSTED = "trusted"
    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    OTHER_NAME = "made out to another name"
    UNKNOWN_ISSUER = "from an issuer that is not trusted"
    UNREADABLE = "not readable"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: the names it is made out to, by whom, from when until when.

    `begins` and `ends` are seconds since 1970.
    """

    names: tuple[str, ...]
    issuer: str
    begins: float
    ends: float


@lru_cache(maxsize=CERTIFICATES_KEPT)
def read_certificate(der: bytes) -> Certificate | None:
    """Return what a certificate says (RFC 5280); None when the bytes are none."""
    from asn1crypto import x509  # type: ignore[import-untyped]  # late: names need none of it

    try:
        parsed = x509.Certificate.load(der, strict=True)
        names = [
            name.chosen.contents.decode("ascii")
            for name in parsed.subject_alt_name_value or ()
            if name.name == "dns_name"
        ]
        common = parsed.issuer.native.get("common_name")
        issuer = common if isinstance(common, str) else parsed.issuer.human_friendly
        begins = parsed.not_valid_before.timestamp()
        ends = parsed.not_valid_after.timestamp()
        return Certificate(tuple(names), issuer, begins, ends)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


@lru_cache(maxsize=CERTIFICATES_KEPT)
def judge(chain: tuple[bytes, ...], name: str, authorities: bytes, now: float) -> Trust:
    """Check certificates as a browser does (RFC 5280 section 6, RFC 9525).

    `chain` is in DER, the site's first; `name` the one that was asked, or the address;
    `authorities` the roots that are trusted, as PEM; `now` in seconds since 1970.
    """
    certificate = read_certificate(chain[0]) if chain else None
    if certificate is None:
        return Trust.UNREADABLE
    # What is wrong is found by trying what would be right: its own time, its own name.
    midway = (certificate.begins + certificate.ends) / 2
    if vouched_for(chain, name, authorities, now):
        return Trust.TRUSTED
    if vouched_for(chain, name, authorities, midway):
        return Trust.EXPIRED if now > certificate.ends else Trust.NOT_YET_VALID
    # A few of its own names are enough: the rest of the check is the same for all.
    for own in certificate.names[:MOST_NAMES]:
        if vouched_for(chain, own.replace("*", "any", 1), authorities, midway):
            return Trust.OTHER_NAME
    return Trust.UNKNOWN_ISSUER
