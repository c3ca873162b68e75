"""A certificate made on the spot: it keeps the neighbours on the Wi-Fi from reading along.

No authority signed it, so every browser warns once. Whoever compares the fingerprint that the
browser shows with the one on the wall knows that the connection ends at this laptop.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from labsupport.run.classroom.seats import write_private

DAYS = 30
NAME = "labsupport classroom"
FILE = "door.pem"


def ensure(folder: Path, addresses: Sequence[str], now: datetime) -> str:
    """Return the fingerprint of the certificate of a room at these addresses; make one if need be.

    Key and certificate are in one FILE of the folder. They are kept as long as they hold for all
    addresses: browsers remember them. Raises OSError where the folder cannot be written to.
    """
    try:
        certificate = x509.load_pem_x509_certificate((folder / FILE).read_bytes())
        kept = _holds(certificate, addresses, now)
    except (OSError, ValueError):
        kept = False
    if not kept:
        key, certificate = _make(addresses, now)
        shown = certificate.public_bytes(serialization.Encoding.PEM)
        write_private(folder / FILE, (key + shown).decode())
    return shown_in(folder)


def shown_in(folder: Path) -> str:
    """Return the SHA-256 fingerprint of the certificate in a folder that `ensure` has seen."""
    return fingerprint(x509.load_pem_x509_certificate((folder / FILE).read_bytes()))


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 fingerprint as browsers show it, in capital pairs."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _holds(
    certificate: x509.Certificate, addresses: Sequence[str], now: datetime
) -> bool:
    names = certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    ).value
    covered = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    left = certificate.not_valid_after_utc - now
    return covered >= set(addresses) and left > timedelta(days=7)


def _make(addresses: Sequence[str], now: datetime) -> tuple[bytes, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.IPAddress(ip_address(address)) for address in addresses]
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A tablet's clock may be behind.
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, certificate
