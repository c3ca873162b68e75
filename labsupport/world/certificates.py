"""The certificates of the lab's web sites, and the authority that issues them.

The authority is invented, and its key is nobody's secret: it stands in data/world/keys. Each
certificate is made when it is first asked for, and is the same every time: its serial number
comes from the name, and its signature is deterministic (RFC 6979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property

from asn1crypto import keys, pem, x509  # type: ignore[import-untyped]

from labsupport.signatures import sign_p256, to_der
from labsupport.world import tables

AUTHORITY = "Autoridad de Certificación de Coralia"
DAYS = 90  # how long a site's certificate holds
RENEWED_AFTER = 60  # days; a site does not wait until the last one
DAYS_BEFORE_START = 30  # the first was issued so long before the lab's clock begins
# Where nobody has renewed it, the last one ran out then, on any day the lab may be served.
LAST_RENEWED = datetime(2025, 3, 3)
CRITICAL = ("basic_constraints", "key_usage")  # extensions that nobody may pass over


@dataclass(frozen=True, slots=True)
class Issued:
    """What a certificate says: the names it is for, and from when to when it holds (UTC)."""

    names: tuple[str, ...]
    begin: datetime

    @property
    def end(self) -> datetime:
        """When it runs out."""
        return self.begin + timedelta(days=DAYS)

    @property
    def serial(self) -> int:
        """Its serial number, which follows from all else."""
        # At most 20 octets, and not negative (RFC 5280 section 4.1.2.2).
        text = f"{' '.join(self.names)} {self.begin}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")


@dataclass(frozen=True)
class CertificateAuthority:
    """The lab's certificate authority, with what it has issued.

    `start` is where the lab's clock begins (UTC). The names in `expired` show a certificate
    that nobody renewed; all others renew theirs in time. Those in one part of `shared` have one
    together. `registered` tells the day since when there is the domain of a name: no
    certificate is older.

    >>> authority = CertificateAuthority(datetime(2026, 11, 2, 12, tzinfo=UTC))
    >>> [len(der) > 400 for der in authority.chain("www.museum.example", 1793620800)]
    [True]
    """

    start: datetime
    expired: frozenset[str] = frozenset()
    shared: tuple[tuple[str, ...], ...] = ()
    registered: Mapping[str, date] = field(default_factory=dict)

    @cached_property
    def root(self) -> bytes:
        """The authority's own certificate, as PEM."""
        return tables.read_text("keys/ca.pem").encode()

    @property
    def sites_key(self) -> bytes:
        """The private key of every site, as PEM: for real servers that are given a site."""
        return tables.read_text("keys/ca.sites.private").encode()

    def chain(self, name: str, now: float) -> tuple[bytes, ...]:
        """Return the certificates that the site `name` shows at `now`, as DER, the site's first.

        `now` counts seconds since 1970. The root is not among them: whoever trusts it has it.
        """
        return (_make(self._current(name, now)),)

    def issued(self, names: Iterable[str], now: float) -> tuple[Issued, ...]:
        """Return the certificates that the sites `names` show at `now`, and those before them.

        Each stands there once, whatever the number of its names, the youngest first.
        """
        certificates: set[Issued] = set()
        for name in names:
            current = self._current(name, now)
            before = replace(
                current, begin=current.begin - timedelta(days=RENEWED_AFTER)
            )
            certificates.add(current)
            if before.begin.date() > self._registered(current.names):
                certificates.add(before)
        return tuple(
            sorted(
                certificates, key=lambda item: (item.begin, item.names), reverse=True
            )
        )

    def _current(self, name: str, now: float) -> Issued:
        names = next((names for names in self.shared if name in names), (name,))
        if name in self.expired:
            return Issued(names, LAST_RENEWED)
        first = self._first(names)
        passed = datetime.fromtimestamp(now, UTC).replace(tzinfo=None) - first
        periods = passed // timedelta(days=RENEWED_AFTER)
        return Issued(names, first + periods * timedelta(days=RENEWED_AFTER))

    def _first(self, names: tuple[str, ...]) -> datetime:
        """When the certificate for these names was issued that holds as the clock begins."""
        first = datetime.combine(self.start, datetime.min.time())
        first -= timedelta(days=DAYS_BEFORE_START)
        next_day = self._registered(names) + timedelta(days=1)
        return max(first, datetime.combine(next_day, datetime.min.time()))

    def _registered(self, names: tuple[str, ...]) -> date:
        """The day on which the last of the domains of these names was registered."""
        days = (self.registered[name] for name in names if name in self.registered)
        return max(days, default=date.min)


@cache
def _make(what: Issued) -> bytes:
    """Issue a certificate, as DER (RFC 5280 section 4.1)."""
    authority = x509.Certificate.load(_der("keys/ca.pem"))
    curve = keys.ECDomainParameters("named", "secp256r1")
    public = keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": curve},
            "public_key": _key("keys/ca.sites.private")["public_key"].native,
        }
    )
    # A name of more than 64 characters does not fit there (RFC 5280 appendix A.1).
    name = what.names[0] if len(what.names[0]) <= 64 else "TRAINING"
    organization = authority.subject.native["organization_name"]
    extensions = {
        "subject_alt_name": [x509.GeneralName("dns_name", name) for name in what.names],
        "basic_constraints": {"ca": False},
        "key_usage": {"digital_signature"},
        "extended_key_usage": ["server_auth"],
        "key_identifier": public.sha1,
        "authority_key_identifier": {"key_identifier": authority.public_key.sha1},
    }
    facts = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": what.serial,
            "signature": {"algorithm": "sha256_ecdsa"},
            "issuer": authority.subject,
            "validity": {"not_before": _time(what.begin), "not_after": _time(what.end)},
            "subject": x509.Name.build(
                {"organization_name": organization, "common_name": name}
            ),
            "subject_public_key_info": public,
            "extensions": [
                {"extn_id": kind, "critical": kind in CRITICAL, "extn_value": value}
                for kind, value in extensions.items()
            ],
        }
    )
    signed = x509.Certificate(
        {
            "tbs_certificate": facts,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature_value": to_der(
                sign_p256(private_key("keys/ca.private"), facts.dump())
            ),
        }
    )
    der: bytes = signed.dump()
    return der


def _time(moment: datetime) -> x509.Time:
    return x509.Time("utc_time", moment.replace(tzinfo=UTC))


def private_key(path: str) -> int:
    """Return the secret number of the P-256 key in a file below data/world."""
    secret: int = _key(path)["private_key"].native
    return secret


def _key(path: str) -> keys.ECPrivateKey:
    return keys.PrivateKeyInfo.load(_der(path))["private_key"].parsed


def _der(path: str) -> bytes:
    der: bytes = pem.unarmor(tables.read_text(path).encode())[2]
    return der
