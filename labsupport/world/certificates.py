"""The certificates of the lab's web sites, and the authority that issues them.

The authority is invented, and its key is nobody's secret: it stands in data/world/keys. Each
certificate is made when it is first asked for, and is the same every time: its serial number
comes from the name, and its signature is deterministic (RFC 6979).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from labsupport.world import tables

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY = "Autoridad de Certificación de Prueba"
# The authority's own certificate holds as long as the signatures of the lab's zones do.
AUTHORITY_FROM = datetime(2024, 1, 1)
AUTHORITY_TO = datetime(2037, 1, 1)
DAYS = 90  # how long a site's certificate holds
RENEWED_AFTER = 60  # days; a site does not wait until the last one
DAYS_BEFORE_START = 30  # the first was issued so long before the lab's clock begins
# Where nobody has renewed it, the last one ran out then, on any day the lab may be served.
LAST_RENEWED = datetime(2025, 3, 3)


@dataclass(frozen=True)
class CertificateAuthority:
    """The lab's certificate authority, with what it has issued.

    `start` is where the lab's clock begins (UTC). The names in `expired` show a certificate
    that nobody renewed; all others renew theirs in time.

    >>> authority = CertificateAuthority(datetime(2026, 11, 2, 12, tzinfo=UTC))
    >>> [len(der) > 400 for der in authority.chain("www.museum.example", 1793620800)]
    [True]
    """

    start: datetime
    expired: frozenset[str] = frozenset()
    _issued: dict[tuple[str, datetime], bytes] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def root(self) -> bytes:
        """The authority's own certificate, as PEM: `root_certificate` made the file."""
        return tables.read_text("keys/ca.pem").encode()

    @property
    def sites_key(self) -> bytes:
        """The private key of every site, as PEM: for real servers that are given a site."""
        return tables.read_text("keys/ca.sites.private").encode()

    def chain(self, name: str, now: float) -> tuple[bytes, ...]:
        """Return the certificates that the site `name` shows at `now`, as DER, the site's first.

        `now` counts seconds since 1970. The root is not among them: whoever trusts it has it.
        """
        begin = LAST_RENEWED if name in self.expired else self._last_renewal(now)
        if (name, begin) not in self._issued:
            self._issued[name, begin] = self._issue(name, begin)
        return (self._issued[name, begin],)

    def _last_renewal(self, now: float) -> datetime:
        first = datetime(self.start.year, self.start.month, self.start.day)
        first -= timedelta(days=DAYS_BEFORE_START)
        passed = datetime.fromtimestamp(now, UTC).replace(tzinfo=None) - first
        return first + passed // timedelta(days=RENEWED_AFTER) * timedelta(days=RENEWED_AFTER)

    def _issue(self, name: str, begin: datetime) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        public = _key("keys/ca.sites.private").public_key()
        builder = (
            x509.CertificateBuilder()
            # A name of more than 64 characters does not fit there (RFC 5280 appendix A.1).
            .subject_name(_name(name if len(name) <= 64 else "TRAINING"))
            .issuer_name(_name(AUTHORITY))
            .public_key(public)
            .serial_number(_serial(f"{name} {begin}"))
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=DAYS))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        return _signed(builder).public_bytes(Encoding.DER)


def root_certificate() -> bytes:
    """Make the authority's own certificate, as PEM. It stands in data/world/keys/ca.pem."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    public = _key("keys/ca.private").public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(AUTHORITY))
        .issuer_name(_name(AUTHORITY))
        .public_key(public)
        .serial_number(_serial(AUTHORITY))
        .not_valid_before(AUTHORITY_FROM)
        .not_valid_after(AUTHORITY_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return _signed(builder).public_bytes(Encoding.PEM)


def _signed(builder: x509.CertificateBuilder) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _key("keys/ca.private")
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.add_extension(issuer, critical=False).sign(
        key, SHA256(), ecdsa_deterministic=True
    )


def _key(path: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(tables.read_text(path).encode(), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def _name(common_name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "TRAINING - invented"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _serial(text: str) -> int:
    """A number of at most 20 octets that is not negative (RFC 5280 section 4.1.2.2)."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
