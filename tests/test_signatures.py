"""What is checked and signed without `cryptography` is what `cryptography` makes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import pem
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    BasicConstraints,
    CertificateBuilder,
    DNSName,
    Name,
    NameAttribute,
    SubjectAlternativeName,
)
from cryptography.x509.oid import NameOID
from dns.dnssectypes import Algorithm
from dns.rdataclass import IN
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport import arithmetic, signatures
from labsupport.arithmetic import ORDER, P
from labsupport.world.certificates import CertificateAuthority

Key = ec.EllipticCurvePrivateKey
secrets = st.integers(1, ORDER - 1)
START = datetime(2026, 11, 2, 12, tzinfo=UTC)
AUTHORITY = CertificateAuthority(START, frozenset({"viejo.example"}))
RSA = rsa.generate_private_key(65537, 2048)


def public_of(key: Key) -> bytes:
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def holds(verify: Callable[..., None], *handed: object) -> bool:
    try:
        verify(*handed)
    except (InvalidSignature, ValueError):
        return False
    return True


@settings(max_examples=40)
@given(secrets, st.binary(max_size=200), st.binary(max_size=5))
def test_a_signature_is_the_same_octet_for_octet_and_holds_for_nothing_else(
    secret: int, data: bytes, more: bytes
) -> None:
    signature = arithmetic.sign_p256(secret, data)
    assert signature == signatures.sign_p256(secret, data)
    public = public_of(ec.derive_private_key(secret, ec.SECP256R1()))
    assert arithmetic.signed_p256(public, signature, data)
    assert arithmetic.signed_p256(public, signature, data + more) is (more == b"")


@settings(max_examples=60)
@given(
    *(secrets, st.sampled_from((0, 1, ORDER - 1, ORDER, ORDER + 1, P, 2**256 - 1))),
    *(st.booleans(), st.integers(0, 63), st.integers(0, 255)),
)
def test_hostile_signatures_fail_as_they_fail_elsewhere(
    secret: int, number: int, first: bool, place: int, octet: int
) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    signature = arithmetic.sign_p256(secret, b"data")
    changed = bytearray(signature)
    changed[place] = octet
    number_in = number.to_bytes(32)
    of_number = number_in + signature[32:] if first else signature[:32] + number_in
    for one in (bytes(changed), of_number):
        der = utils.encode_dss_signature(
            int.from_bytes(one[:32]), int.from_bytes(one[32:])
        )
        wanted = holds(key.public_key().verify, der, b"data", ec.ECDSA(SHA256()))
        assert arithmetic.signed_p256(public_of(key), one, b"data") is wanted


@pytest.mark.parametrize(
    "public",
    [
        bytes(64),
        b"\xff" * 64,
        bytes(63) + b"\1",
        bytes(32) + P.to_bytes(32),
        b"",
        b"\4",
    ],
)
def test_a_point_that_is_not_on_the_curve_has_signed_nothing(public: bytes) -> None:
    assert not arithmetic.signed_p256(public, arithmetic.sign_p256(7, b"data"), b"data")


@settings(max_examples=40)
@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(("sha256", "sha512")))
def test_rsa_is_checked_as_elsewhere(place: int, octet: int, hash: str) -> None:
    way = SHA256() if hash == "sha256" else SHA512()
    numbers = RSA.public_key().public_numbers()
    changed = bytearray(RSA.sign(b"data", padding.PKCS1v15(), way))
    for signature in (bytes(changed), bytes(changed[:-1]), b"\0" + changed):
        wanted = holds(
            RSA.public_key().verify, signature, b"data", padding.PKCS1v15(), way
        )
        assert (
            arithmetic.signed_rsa(numbers.e, numbers.n, hash, signature, b"data")
            is wanted
        )
    changed[place] = octet
    signature = bytes(changed)
    wanted = holds(RSA.public_key().verify, signature, b"data", padding.PKCS1v15(), way)
    assert (
        arithmetic.signed_rsa(numbers.e, numbers.n, hash, signature, b"data") is wanted
    )
    assert not arithmetic.signed_rsa(numbers.e, 3, hash, signature, b"data")


@pytest.mark.parametrize("long", [False, True])
def test_a_zone_s_rsa_key_is_read_with_a_short_and_with_a_long_exponent(
    long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = RSA.public_key().public_numbers()
    exponent = numbers.e.to_bytes(300 if long else 3)
    length = b"\0" + len(exponent).to_bytes(2) if long else bytes([len(exponent)])
    octets = length + exponent + numbers.n.to_bytes(256)
    key = DNSKEY(IN, RdataType.DNSKEY, 256, 3, Algorithm.RSASHA256, octets)
    signature = RSA.sign(b"data", padding.PKCS1v15(), SHA256())
    monkeypatch.setattr(signatures, "HAS_CRYPTOGRAPHY", False)
    signatures.signed_by_key.cache_clear()
    assert signatures.signed_by_key(key, signature, b"data")
    assert not signatures.signed_by_key(key, signature, b"other data")
    signatures.signed_by_key.cache_clear()


def issue(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    ca: bool,
) -> bytes:

    def called(text: str) -> Name:
        return Name([NameAttribute(NameOID.COMMON_NAME, text)])

    days = timedelta(days=30)
    builder = CertificateBuilder(
        called(issuer), called(name), key.public_key(), 5, START - days, START + days
    )
    builder = builder.add_extension(
        BasicConstraints(ca=ca, path_length=None), critical=True
    )
    builder = builder.add_extension(
        SubjectAlternativeName([DNSName(name)]), critical=False
    )
    return builder.sign(by, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    "name", ["www.museum.example", "viejo.example", "a", "192.0.2.1"]
)
@pytest.mark.parametrize("days", [-4000, 0, 4000])
@pytest.mark.parametrize("shown", ["www.museum.example", "viejo.example"])
def test_certificates_of_the_lab_hold_where_they_hold_elsewhere(
    name: str, shown: str, days: int
) -> None:
    chain, when = (
        AUTHORITY.chain(shown, START.timestamp()),
        START + timedelta(days=days),
    )
    wanted = signatures.vouched_for(chain, name, AUTHORITY.root, when.timestamp())
    assert signatures._vouched_for_plainly(chain, name, AUTHORITY.root, when) is wanted
    forged = bytearray(chain[0])
    forged[-1] ^= 1
    assert not signatures._vouched_for_plainly(
        (bytes(forged),), name, AUTHORITY.root, when
    )


def test_an_issuer_between_is_believed_only_where_it_may_issue() -> None:
    root, between, site = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    roots = pem.armor("CERTIFICATE", issue("root", root, "root", root, ca=True))
    leaf = issue("www.example", site, "between", between, ca=False)
    for may in (True, False):
        chain = (leaf, issue("between", between, "root", root, ca=may))
        assert (
            signatures._vouched_for_plainly(chain, "www.example", roots, START) is may
        )
        assert not signatures._vouched_for_plainly(
            chain[:1], "www.example", roots, START
        )
    for chain in ((), (b"",), (b"\x30\x03\2\1\1",), (leaf, b"nothing")):
        assert not signatures._vouched_for_plainly(chain, "www.example", roots, START)


OLD = """
import dns._features
dns._features.force("dnssec", False)  # so dnspython has it where cryptography is too old for it
from labsupport import Lab, signatures
print(signatures.HAS_CRYPTOGRAPHY, Lab("en").dnssec("www.museum.example").kind.name)
"""


def test_a_cryptography_that_dnspython_does_not_take_counts_as_none() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OLD], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "False FOUND\n"
