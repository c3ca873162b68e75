"""Signatures, made and checked in one place: by `cryptography`, and where it is missing without it.

A browser has no `cryptography`. There `labsupport.arithmetic` does what the lab's own signatures
need: P-256 and RSA. What else is signed counts as signed in a way that is not checked here.
"""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from dns.dnssecalgs.base import GenericPublicKey
from dns.dnssectypes import Algorithm
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from labsupport import arithmetic

if TYPE_CHECKING:
    from asn1crypto import x509  # type: ignore[import-untyped]
    from cryptography.x509 import verification

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256
    from dns.dnssecalgs import algorithms, get_algorithm_cls_from_dnskey
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = bool(algorithms)  # none where dnspython wants a newer one

RSA = {Algorithm.RSASHA256: "sha256", Algorithm.RSASHA512: "sha512"}
ALGORITHMS = frozenset({*RSA, Algorithm.ECDSAP256SHA256})
"""What is checked of DNSSEC. RSA with SHA-1 (5 and 7) is not: RFC 9905 section 2."""
if HAS_CRYPTOGRAPHY:
    ALGORITHMS |= {Algorithm.ECDSAP384SHA384, Algorithm.ED25519, Algorithm.ED448}


def sign_p256(secret: int, data: bytes) -> bytes:
    """Sign the SHA-256 of `data`: r and s, 32 octets each, always the same (RFC 6979)."""
    if not HAS_CRYPTOGRAPHY:
        return arithmetic.sign_p256(secret, data)
    way = ec.ECDSA(SHA256(), deterministic_signing=True)
    r, s = utils.decode_dss_signature(_private_key(secret).sign(data, way))
    return r.to_bytes(32) + s.to_bytes(32)


def to_der(signature: bytes) -> bytes:
    """Return r and s as certificates and time-stamps have them (RFC 3279 section 2.2.3)."""
    from asn1crypto import algos  # late: names need none of it

    encoded: bytes = algos.DSASignature.from_p1363(signature).dump()
    return encoded


@lru_cache(maxsize=64)
def _private_key(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret, ec.SECP256R1())


@lru_cache(maxsize=512)
def signed_by_key(key: DNSKEY, signature: bytes, data: bytes) -> bool:
    """Say whether a zone's key, of one of ALGORITHMS, signed `data` (RFC 4035 section 5.3.3)."""
    if HAS_CRYPTOGRAPHY:
        try:
            _public_key(key).verify(signature, data)
        except (InvalidSignature, ValueError):  # of a key without sense
            return False
        return True
    if key.algorithm == Algorithm.ECDSAP256SHA256:
        return arithmetic.signed_p256(key.key[:64], signature, data)
    # RFC 3110 section 2: how long the exponent is, the exponent, the modulus.
    # A first octet of 0 says that the next two tell the length.
    if key.key[:1] == b"\0":
        length = key.key[1:3]
        rest = key.key[3:]
    else:
        length = key.key[:1]
        rest = key.key[1:]
    end = int.from_bytes(length)
    exponent = int.from_bytes(rest[:end])
    modulus = int.from_bytes(rest[end:])
    return arithmetic.signed_rsa(exponent, modulus, RSA[key.algorithm], signature, data)


# One key signs many RRsets: reading it anew each time would cost a tenth of each check.
@lru_cache(maxsize=1024)
def _public_key(key: DNSKEY) -> GenericPublicKey:
    return get_algorithm_cls_from_dnskey(key).public_cls.from_dnskey(key)


def vouched_for(
    chain: tuple[bytes, ...], name: str, authorities: bytes, when: float
) -> bool:
    """Say whether certificates hold for a name or an address (RFC 5280 section 6, RFC 9525).

    `chain` is in DER, the site's first; `authorities` are the trusted roots, as PEM; `when` is in
    seconds since 1970. Without `cryptography` less is looked at than a browser does: the name, the
    times, who may issue, and signatures by P-256.
    """
    if not HAS_CRYPTOGRAPHY:
        return _vouched_for_plainly(
            chain, name, authorities, datetime.fromtimestamp(when, UTC)
        )
    from cryptography import x509 as trusted  # late, as above
    from cryptography.x509 import verification

    subject: trusted.DNSName | trusted.IPAddress
    # of what RFC 5280 forbids; no matter here
    with warnings.catch_warnings(action="ignore"):
        try:
            try:
                subject = trusted.IPAddress(ip_address(name))
            except ValueError:
                subject = trusted.DNSName(name)
            builder = verification.PolicyBuilder().time(
                datetime.fromtimestamp(when, UTC)
            )
            builder = builder.store(_store(authorities))
            certificates = [trusted.load_der_x509_certificate(der) for der in chain]
            builder.build_server_verifier(subject).verify(
                certificates[0], certificates[1:]
            )
        except (
            verification.VerificationError,
            ValueError,
            TypeError,
            trusted.InvalidVersion,
        ):
            return False
    return True


@lru_cache(maxsize=4)
def _store(authorities: bytes) -> verification.Store:
    from cryptography import x509 as trusted
    from cryptography.x509 import verification

    return verification.Store(trusted.load_pem_x509_certificates(authorities))


def _vouched_for_plainly(
    chain: tuple[bytes, ...], name: str, authorities: bytes, when: datetime
) -> bool:
    from asn1crypto import pem, x509

    try:
        certificate, *others = map(x509.Certificate.load, chain)
        if not certificate.is_valid_domain_ip(name):
            return False
        roots = []
        for *_, der in pem.unarmor(authorities, multiple=True):
            root = x509.Certificate.load(der)
            if root.not_valid_after >= when:
                roots.append(root)
        for _ in chain:
            if not certificate.not_valid_before <= when <= certificate.not_valid_after:
                return False
            if any(_issued(root, certificate) for root in roots):
                return True
            issuers = (
                other for other in others if other.ca and _issued(other, certificate)
            )
            certificate = next(issuers)
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        pass
    return False


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    from asn1crypto import algos

    if certificate["signature_algorithm"]["algorithm"].native != "sha256_ecdsa":
        return False
    # after the octet that says: not compressed
    point = issuer.public_key["public_key"].native[1:]
    signature = algos.DSASignature.load(certificate.signature).to_p1363()
    content = certificate["tbs_certificate"].dump()
    is_named = certificate.issuer == issuer.subject
    return is_named and arithmetic.signed_p256(point, signature, content)
