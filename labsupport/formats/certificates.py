"""Certificates of web sites, read and judged as a browser does (RFC 5280, RFC 9525)."""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509 import verification

MOST_NAMES = 3


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


@lru_cache(maxsize=64)
def read_certificate(der: bytes) -> Certificate | None:
    """Return what a certificate says (RFC 5280); None when the bytes are none."""
    # cryptography warns of what RFC 5280 forbids; that is no matter here.
    with warnings.catch_warnings(action="ignore"):
        try:
            parsed = x509.load_der_x509_certificate(der)
            common = parsed.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            names: list[str] = []
            with suppress(
                *(x509.ExtensionNotFound, x509.DuplicateExtension),
                x509.UnsupportedGeneralNameType,
            ):
                found = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
                names = found.value.get_values_for_type(x509.DNSName)
            return Certificate(
                tuple(names),
                str(common[0].value) if common else parsed.issuer.rfc4514_string(),
                parsed.not_valid_before_utc.timestamp(),
                parsed.not_valid_after_utc.timestamp(),
            )
        except (ValueError, TypeError, x509.InvalidVersion):
            return None


@lru_cache(maxsize=64)
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
    if _holds(chain, name, authorities, now):
        return Trust.TRUSTED
    if _holds(chain, name, authorities, midway):
        return Trust.EXPIRED if now > certificate.ends else Trust.NOT_YET_VALID
    # A few of its own names are enough: the rest of the check is the same for all.
    own = (one.replace("*", "any", 1) for one in certificate.names[:MOST_NAMES])
    if any(_holds(chain, one, authorities, midway) for one in own):
        return Trust.OTHER_NAME
    return Trust.UNKNOWN_ISSUER


def _holds(chain: tuple[bytes, ...], name: str, authorities: bytes, when: float) -> bool:
    subject: x509.DNSName | x509.IPAddress
    with warnings.catch_warnings(action="ignore"):
        try:
            try:
                subject = x509.IPAddress(ip_address(name))
            except ValueError:
                subject = x509.DNSName(name)
            builder = verification.PolicyBuilder().time(datetime.fromtimestamp(when, UTC))
            builder = builder.store(_store(authorities))
            certificates = [x509.load_der_x509_certificate(der) for der in chain]
            builder.build_server_verifier(subject).verify(certificates[0], certificates[1:])
        except (verification.VerificationError, ValueError, TypeError, x509.InvalidVersion):
            return False
    return True


@lru_cache(maxsize=4)
def _store(authorities: bytes) -> verification.Store:
    return verification.Store(x509.load_pem_x509_certificates(authorities))
