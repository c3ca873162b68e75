"""ECDSA on P-256 (SEC 1, FIPS 186-5) and RSA (RFC 8017), reckoned with Python's own numbers.

For where nothing compiled is to be had. It is slow, and not in constant time: what is signed here
is signed with the lab's keys, which are nobody's secret.
"""

from __future__ import annotations

import hashlib
import hmac

# X, Y, Z: x is X/Z, y is Y/Z; where Z is 0, the point at infinity
Point = tuple[int, int, int]

# NIST's curve P-256 (SEC 2 section 2.4.2): y² = x³ - 3x + B over the integers modulo P.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
# How a hash begins in an RSA signature (RFC 8017 section 9.2, note 1), by its name.
HASH_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}


def sign_p256(secret: int, data: bytes) -> bytes:
    """Sign the SHA-256 of `data`: r and s, 32 octets each, always the same (RFC 6979)."""
    digest = int.from_bytes(hashlib.sha256(data).digest())
    nonce = _nonce(secret, digest)
    x = _sum_of((nonce, BASE))
    assert x is not None
    r = x % ORDER
    s = pow(nonce, -1, ORDER) * (digest + r * secret) % ORDER
    return r.to_bytes(32) + s.to_bytes(32)


def signed_p256(public: bytes, signature: bytes, data: bytes) -> bool:
    """Say whether r and s, 32 octets each, sign the SHA-256 of `data` (SEC 1 section 4.1.4).

    `public` is the point: x and y, 32 octets each.
    """
    if len(public) != 64 or len(signature) != 64:
        return False
    x = int.from_bytes(public[:32])
    y = int.from_bytes(public[32:])
    r = int.from_bytes(signature[:32])
    s = int.from_bytes(signature[32:])
    on_curve = x < P and y < P and (y * y - x**3 + 3 * x - B) % P == 0
    if not (on_curve and 0 < r < ORDER and 0 < s < ORDER):
        return False
    digest = int.from_bytes(hashlib.sha256(data).digest())
    inverse = pow(s, -1, ORDER)
    x_found = _sum_of((digest * inverse % ORDER, BASE), (r * inverse % ORDER, (x, y)))
    return x_found is not None and x_found % ORDER == r


def signed_rsa(
    exponent: int, modulus: int, hash: str, signature: bytes, data: bytes
) -> bool:
    """Say whether `signature` signs `data` (RSASSA-PKCS1-v1_5, RFC 8017 section 8.2.2)."""
    length = (modulus.bit_length() + 7) // 8
    digest = HASH_INFO[hash] + hashlib.new(hash, data).digest()
    number = int.from_bytes(signature)
    if len(signature) != length or number >= modulus or length < len(digest) + 11:
        return False
    padding = b"\0\1" + b"\xff" * (length - len(digest) - 3) + b"\0"
    return pow(number, exponent, modulus).to_bytes(length) == padding + digest


def _nonce(secret: int, digest: int) -> int:
    """Draw a number from a key and a hash (RFC 6979 section 3.2)."""
    seed = secret.to_bytes(32) + (digest % ORDER).to_bytes(32)
    key = bytes(32)
    value = b"\1" * 32
    for mark in (b"\0", b"\1"):
        key = hmac.digest(key, value + mark + seed, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        if 0 < (number := int.from_bytes(value)) < ORDER:
            return number
        key = hmac.digest(key, value + b"\0", "sha256")
        value = hmac.digest(key, value, "sha256")


def _sum_of(*terms: tuple[int, tuple[int, int]]) -> int | None:
    """Multiply points by numbers and add them up, all at once from the highest bit down.

    Return x of the sum; None is the point at infinity.
    """
    total: Point = 0, 1, 0
    for bit in reversed(range(256)):
        total = _add(total, total)
        for number, point in terms:
            if number >> bit & 1:
                total = _add(total, (*point, 1))
    x, _, z = total
    if z:
        return x * pow(z, -1, P) % P
    return None


def _add(first: Point, second: Point) -> Point:
    """Add two points of the curve, whichever they are (Renes, Costello and Batina 2016)."""
    (x, y, z), (u, v, w) = first, second
    xx = x * u
    yy = y * v
    zz = z * w
    xy = x * v + u * y
    xz = x * w + u * z
    yz = y * w + v * z
    c = 3 * (B * zz - xz) % P
    d = 3 * (B * xz - xx - 3 * zz) % P
    e = 3 * (xx - zz)
    return (
        (xy * (yy - c) - yz * d) % P,
        ((yy + c) * (yy - c) + e * d) % P,
        (yz * (yy + c) + xy * e) % P,
    )
