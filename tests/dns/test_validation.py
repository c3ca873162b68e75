"""A signature holds exactly when the standard says so, whoever made it and however it breaks."""

from __future__ import annotations

import struct
from functools import cache

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.DNSKEY
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from dns.dnssec import PrivateKey
from dns.dnssectypes import Algorithm
from dns.name import Name, from_text
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rrset import RRset
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport.dns.transport import read_response
from labsupport.dns.validation import (
    MAX_ATTEMPTS,
    Check,
    Flaw,
    Security,
    check_keys,
    check_rrset,
    match_ds,
)
from labsupport.signatures import ALGORITHMS

ZONE = from_text("museum.example.")
PARENT = from_text("example.")
INCEPTION, NOW, EXPIRATION = 1_767_225_600, 1_793_620_800, 1_798_761_600

signatures = settings(max_examples=60)


@cache
def key_pair(algorithm: Algorithm, number: int) -> tuple[PrivateKey, DNSKEY]:
    private: PrivateKey
    if algorithm in (Algorithm.RSASHA1, Algorithm.RSASHA256, Algorithm.RSASHA512):
        private = rsa.generate_private_key(65537, 2048)
    elif algorithm == Algorithm.ECDSAP256SHA256:
        private = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == Algorithm.ECDSAP384SHA384:
        private = ec.generate_private_key(ec.SECP384R1())
    elif algorithm == Algorithm.ED25519:
        private = ed25519.Ed25519PrivateKey.generate()
    else:
        private = ed448.Ed448PrivateKey.generate()
    return private, dns.dnssec.make_dnskey(private.public_key(), algorithm, flags=257)


def sign(
    rrset: RRset,
    signer: Name = ZONE,
    algorithm: Algorithm = Algorithm.ECDSAP256SHA256,
    number: int = 0,
    inception: int = INCEPTION,
    expiration: int = EXPIRATION,
) -> RRSIG:
    private, key = key_pair(algorithm, number)
    return dns.dnssec.sign(rrset, private, signer, key, inception, expiration)


def together(rrset: RRset, *rrsigs: RRSIG, ttl: int = 3600) -> RRset:
    return dns.rrset.from_rdata(rrset.name, ttl, *rrsigs)


def keys(*algorithms: Algorithm) -> list[DNSKEY]:
    return [key_pair(algorithm, 0)[1] for algorithm in algorithms]


def check(rrset: RRset, *rrsigs: RRSIG, signer: Name = ZONE, now: float = NOW) -> Check:
    """Check with the zone's one usual key."""
    trusted = keys(Algorithm.ECDSAP256SHA256)
    return check_rrset(rrset, together(rrset, *rrsigs), trusted, signer, now)


def address(owner: str = "www.museum.example.", last: int = 1) -> RRset:
    return dns.rrset.from_text(owner, 3600, "IN", "A", f"192.0.2.{last}", "192.0.2.200")


algorithms = st.sampled_from(sorted(ALGORITHMS))
rrsets = st.sampled_from(
    (
        address(),
        dns.rrset.from_text(
            "museum.example.", 60, "IN", "MX", "10 MAIL.example.", "20 b.example."
        ),
        dns.rrset.from_text(
            "a.museum.example.", 60, "IN", "TXT", '"b"', '"a"', '"aa"', '""'
        ),
        dns.rrset.from_text("b.museum.example.", 60, "IN", "NS", "NS.example."),
        dns.rrset.from_text("c.museum.example.", 60, "IN", "TYPE65280", r"\# 3 010203"),
        dns.rrset.from_text(
            "d.museum.example.", 60, "IN", "SRV", "1 2 53 Host.example."
        ),
        dns.rrset.from_text(
            "*.museum.example.", 60, "IN", "NSEC", "Z.museum.example. A NSEC"
        ),
    )
)


@pytest.mark.parametrize(
    ("zone", "key", "ds", "owner", "rdtype", "data", "signature", "now"),
    [
        pytest.param(
            "example.com.",
            "257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
            "3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b",
            "example.com.",
            "MX",
            "10 mail.example.com.",
            "MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKW"
            "w15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
            1_439_000_000,
            id="RFC 8080 section 6.1, Ed25519",
        ),
        pytest.param(
            "example.net.",
            "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9"
            "xMWyQLc8NAA==",
            "55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17",
            "www.example.net.",
            "A",
            "192.0.2.1",
            "A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+b"
            "w6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
            1_283_000_000,
            id="RFC 6605 section 6.1, ECDSA P-256",
        ),
    ],
)
def test_examples_of_the_standards(
    zone: str,
    key: str,
    ds: str,
    owner: str,
    rdtype: str,
    data: str,
    signature: str,
    now: int,
) -> None:
    dnskey = dns.rrset.from_text(zone, 3600, "IN", "DNSKEY", key)
    match = match_ds(
        dns.rrset.from_text(zone, 3600, "IN", "DS", ds), dnskey, from_text(zone)
    )
    assert match.keys == tuple(dnskey)
    rrset = dns.rrset.from_text(owner, 3600, "IN", rdtype, data)
    rrsigs = dns.rrset.from_text(owner, 3600, "IN", "RRSIG", signature)
    found = check_rrset(rrset, rrsigs, match.keys, from_text(zone), now)
    assert (found.flaw, found.rrsig, found.key) == (None, rrsigs[0], dnskey[0])


@given(rrsets, algorithms, st.data())
@signatures
def test_what_was_signed_holds_in_any_case_and_order(
    rrset: RRset, algorithm: Algorithm, data: st.DataObject
) -> None:
    rrsig = sign(rrset, algorithm=algorithm)
    owner = Name(label.swapcase() for label in rrset.name.labels)
    shuffled = dns.rrset.from_rdata_list(
        owner, rrset.ttl, data.draw(st.permutations(list(rrset)))
    )
    shouted = rrsig.replace(signer=from_text("MUSEUM.example."))
    found = check_rrset(shuffled, together(rrset, shouted), keys(algorithm), ZONE, NOW)
    assert found.flaw is None
    assert found.wildcard is None


@given(rrsets, algorithms, st.data())
@signatures
def test_one_bit_of_the_signature_breaks_it(
    rrset: RRset, algorithm: Algorithm, data: st.DataObject
) -> None:
    rrsig = sign(rrset, algorithm=algorithm)
    bit = data.draw(st.integers(0, len(rrsig.signature) * 8 - 1))
    signature = bytearray(rrsig.signature)
    signature[bit // 8] ^= 1 << bit % 8
    broken = rrsig.replace(signature=bytes(signature))
    found = check_rrset(rrset, together(rrset, broken), keys(algorithm), ZONE, NOW)
    assert (found.flaw, found.rrsig) == (Flaw.WRONG_SIGNATURE, broken)
    assert found.key == key_pair(algorithm, 0)[1]


@given(rrsets, st.data())
@signatures
def test_agrees_with_dnspython_on_any_mixed_up_signature(
    rrset: RRset, data: st.DataObject
) -> None:
    """dnspython checks a signature, too, if not whose zone it is; so only that stays as it is."""
    algorithm = data.draw(algorithms)
    other = data.draw(rrsets)
    rrsig = sign(data.draw(st.sampled_from((rrset, rrset, other))), algorithm=algorithm)
    changes = {
        "labels": st.integers(0, 4),
        "original_ttl": st.just(61),
        "key_tag": st.integers(0, 65535),
        "algorithm": algorithms,
        "inception": st.sampled_from((INCEPTION, NOW + 1)),
        "expiration": st.sampled_from((EXPIRATION, NOW - 1)),
    }
    for field in data.draw(st.lists(st.sampled_from(sorted(changes)), max_size=2)):
        rrsig = rrsig.replace(**{field: data.draw(changes[field])})
    trusted = keys(*data.draw(st.sets(algorithms)), algorithm)
    found = check_rrset(rrset, together(rrset, rrsig), trusted, ZONE, NOW)
    try:
        dns.dnssec.validate_rrsig(
            rrset, rrsig, {ZONE: dns.rrset.from_rdata_list(ZONE, 60, trusted)}, now=NOW
        )
        holds = True
    except dns.exception.ValidationFailure:
        holds = False
    assert (found.flaw is None) is holds


@given(
    st.integers(2**31, 3 * 2**31), st.integers(0, 2**30), st.integers(-(2**30), 2**30)
)
@signatures
def test_validity_is_told_across_the_year_2106(
    begin: int, length: int, offset: int
) -> None:
    """RFC 4034 section 3.1.5: the fields have 32 bits, and time goes on when they are full."""
    rrset = address()
    rrsig = sign(rrset).replace(
        inception=begin % 2**32, expiration=(begin + length) % 2**32
    )
    found = check(rrset, rrsig, now=begin + offset)
    if offset < 0:
        assert found.flaw is Flaw.NOT_YET_VALID
    elif offset > length:
        assert found.flaw is Flaw.EXPIRED
    else:
        assert found.flaw is Flaw.WRONG_SIGNATURE  # the times are signed, too


def test_the_validity_includes_its_first_and_last_second() -> None:
    rrset = address()
    rrsig = sign(rrset)
    flaws = [
        check(rrset, rrsig, now=now).flaw
        for now in (INCEPTION - 1, INCEPTION, EXPIRATION, EXPIRATION + 1)
    ]
    assert flaws == [Flaw.NOT_YET_VALID, None, None, Flaw.EXPIRED]


def test_nothing_is_kept_longer_than_ttls_and_signature_allow() -> None:
    """RFC 4035 section 5.3.3."""
    rrset = address()
    rrsig = sign(rrset)
    assert check(rrset, rrsig).expires == NOW + 3600
    assert check(rrset, rrsig, now=EXPIRATION - 5).expires == EXPIRATION
    raised = address()
    raised.ttl = 86400
    assert (
        check_rrset(
            raised,
            together(rrset, rrsig, ttl=86400),
            keys(Algorithm.ECDSAP256SHA256),
            ZONE,
            NOW,
        ).expires
        == NOW + 3600
    )
    lowered = check_rrset(
        rrset, together(rrset, rrsig, ttl=7), keys(Algorithm.ECDSAP256SHA256), ZONE, NOW
    )
    assert lowered.expires == NOW + 7


def test_a_signature_of_other_data_is_wrong() -> None:
    assert check(address(last=2), sign(address())).flaw is Flaw.WRONG_SIGNATURE
    moved = address("mail.museum.example.")
    assert check(moved, sign(address())).flaw is Flaw.WRONG_SIGNATURE


def test_only_the_zone_may_sign_for_itself() -> None:
    rrset = address()
    for signer in (
        PARENT,
        from_text("www.museum.example."),
        from_text("other.example."),
    ):
        assert check(rrset, sign(rrset, signer)).flaw is Flaw.WRONG_SIGNER
    outside = address("www.other.example.")
    assert check(outside, sign(outside)).flaw is Flaw.WRONG_SIGNER


def test_a_child_does_not_vouch_for_itself() -> None:
    """The DS belongs to the parent: RFC 4035 section 2.4."""
    ds = dns.rrset.from_text(ZONE, 3600, "IN", "DS", "1 13 2 " + 64 * "0")
    assert check(ds, sign(ds)).flaw is Flaw.WRONG_SIGNER
    assert check(ds, sign(ds, PARENT), signer=PARENT).flaw is None


def test_no_signature() -> None:
    rrset = address()
    other_type = sign(dns.rrset.from_text(rrset.name, 60, "IN", "AAAA", "2001:db8::1"))
    assert (
        check_rrset(rrset, None, keys(Algorithm.ED25519), ZONE, NOW).flaw
        is Flaw.NO_SIGNATURE
    )
    assert check(rrset, other_type) == Check(Flaw.NO_SIGNATURE, None, None, None, NOW)


def test_no_key_and_no_matching_key() -> None:
    rrset = address()
    rrsigs = together(rrset, sign(rrset))
    assert check_rrset(rrset, rrsigs, [], ZONE, NOW).flaw is Flaw.NO_DNSKEY
    others = [*keys(Algorithm.ED25519), key_pair(Algorithm.ECDSAP256SHA256, 1)[1]]
    assert check_rrset(rrset, rrsigs, others, ZONE, NOW).flaw is Flaw.NO_MATCHING_KEY


@pytest.mark.parametrize("change", [{"flags": 1}, {"flags": 0x181}, {"protocol": 2}])
def test_only_zone_keys_that_are_not_revoked_sign(change: dict[str, int]) -> None:
    """RFC 4034 sections 2.1.1 and 2.1.2, RFC 5011 section 2.1."""
    private, key = key_pair(Algorithm.ED25519, 0)
    key = key.replace(**change)
    rrset = address()
    rrsig = dns.dnssec.sign(rrset, private, ZONE, key, INCEPTION, EXPIRATION)
    assert (
        check_rrset(rrset, together(rrset, rrsig), [key], ZONE, NOW).flaw
        is Flaw.NO_MATCHING_KEY
    )
    ds = dns.dnssec.make_ds(ZONE, key, "SHA256")
    assert match_ds([ds], [key], ZONE) == ((), False)


def test_sha_1_signatures_are_not_checked() -> None:
    """RFC 9905 section 2."""
    rrset = address()
    rrsig = sign(rrset, algorithm=Algorithm.RSASHA1)
    found = check_rrset(
        rrset, together(rrset, rrsig), keys(Algorithm.RSASHA1), ZONE, NOW
    )
    assert found.flaw is Flaw.UNSUPPORTED_ALGORITHM


def test_one_signature_that_holds_is_enough() -> None:
    """RFC 6840 section 5.11, as during a change of keys or of algorithm."""
    rrset = address()
    good = sign(rrset)
    bad = [
        sign(rrset, PARENT),
        sign(rrset, number=1),
        sign(rrset, expiration=NOW - 1),
        sign(rrset, algorithm=Algorithm.ED25519),
        good.replace(signature=bytes(64)),
    ]
    for position in range(len(bad) + 1):
        found = check(rrset, *bad[:position], good, *bad[position:])
        assert (found.flaw, found.rrsig) == (None, good)


def test_the_flaw_of_the_signature_that_got_furthest_is_told() -> None:
    rrset = address()
    stages = [
        (Flaw.WRONG_SIGNER, sign(rrset, PARENT)),
        (Flaw.UNSUPPORTED_ALGORITHM, sign(rrset).replace(algorithm=253)),
        (Flaw.NOT_YET_VALID, sign(rrset, inception=NOW + 1)),
        (Flaw.EXPIRED, sign(rrset, expiration=NOW - 1)),
        (Flaw.NO_MATCHING_KEY, sign(rrset, algorithm=Algorithm.ED25519)),
        (Flaw.WRONG_SIGNATURE, sign(rrset).replace(signature=bytes(64))),
    ]
    for upto in range(1, len(stages) + 1):
        flaw, rrsig = stages[upto - 1]
        for order in (stages[:upto], stages[upto - 1 :: -1]):
            found = check(rrset, *(made for _, made in order))
            assert (found.flaw, found.rrsig) == (flaw, rrsig)
            assert found.expires == NOW


# Wildcards


@pytest.mark.parametrize("owner", ["a.museum.example.", "c.b.a.museum.example."])
def test_an_expanded_wildcard_is_told(owner: str) -> None:
    """RFC 4035 section 5.3.2."""
    wildcard = from_text("*.museum.example.")
    rrsig = sign(address("*.museum.example."))
    found = check(address(owner), rrsig)
    assert (found.flaw, found.wildcard) == (None, wildcard)
    itself = check(address("*.museum.example."), rrsig)
    assert (itself.flaw, itself.wildcard) == (None, None)


def test_a_wildcard_below_the_wildcard() -> None:
    found = check(address("*.a.museum.example."), sign(address("*.museum.example.")))
    assert (found.flaw, found.wildcard) == (None, from_text("*.museum.example."))


def test_a_signature_has_not_more_labels_than_the_name() -> None:
    """RFC 4035 section 5.3.1: even when the key really made it."""
    rrset = dns.rrset.from_text("www.museum.example.", 60, "IN", "A", "192.0.2.1")
    private, key = key_pair(Algorithm.ED25519, 0)
    for labels, flaw in ((3, None), (4, Flaw.WRONG_SIGNATURE)):
        fields = sign(rrset, algorithm=Algorithm.ED25519).replace(
            labels=labels, signature=b""
        )
        record = struct.pack("!HHIH", 1, 1, 60, 4) + rrset[0].to_wire()
        data = fields.to_wire() + rrset.name.to_wire() + record
        rrsig = fields.replace(signature=private.sign(data))
        assert check_rrset(rrset, together(rrset, rrsig), [key], ZONE, NOW).flaw is flaw


def test_a_wildcards_denial_is_not_expanded() -> None:
    """Under another name the gap would be another gap, and deny names that exist."""
    nsec = dns.rrset.from_text(
        "*.museum.example.", 60, "IN", "NSEC", "z.museum.example. A NSEC"
    )
    rrsig = sign(nsec)
    moved = dns.rrset.from_rdata_list(from_text("a.museum.example."), 60, nsec)
    assert check(nsec, rrsig).flaw is None
    assert check(moved, rrsig).flaw is Flaw.WRONG_SIGNATURE


# Work that an attacker may ask for


def colliding_keys(count: int) -> list[DNSKEY]:
    """Return keys with the key tag of the Ed25519 key: the tag is a sum, so order is lost."""
    _, key = key_pair(Algorithm.ED25519, 0)
    words = [key.key[at : at + 2] for at in range(0, 32, 2)]
    return [
        key.replace(key=b"".join(words[turn:] + words[:turn]))
        for turn in range(1, count + 1)
    ]


def test_keys_with_one_tag_are_not_tried_without_end() -> None:
    """CVE-2023-50387, "KeyTrap"."""
    rrset = address()
    rrsigs = together(rrset, sign(rrset, algorithm=Algorithm.ED25519))
    (key,) = keys(Algorithm.ED25519)
    decoys = colliding_keys(MAX_ATTEMPTS)
    assert {decoy.key_id() for decoy in decoys} == {key.key_id()}
    assert check_rrset(rrset, rrsigs, [*decoys[1:], key], ZONE, NOW).flaw is None
    assert (
        check_rrset(rrset, rrsigs, [*decoys, key], ZONE, NOW).flaw
        is Flaw.WRONG_SIGNATURE
    )
    ds = [dns.dnssec.make_ds(ZONE, key, "SHA256")]
    assert match_ds(ds, [*decoys[1:], key], ZONE).keys == (key,)
    assert match_ds(ds, [*decoys, key], ZONE) == ((), False)


def test_signatures_of_one_rrset_are_not_tried_without_end() -> None:
    rrset = address()
    good = sign(rrset)
    bad = [
        good.replace(signature=bytes([number]) * 64) for number in range(MAX_ATTEMPTS)
    ]
    assert check(rrset, *bad[1:], good).flaw is None
    assert check(rrset, *bad, good).flaw is Flaw.WRONG_SIGNATURE


@given(algorithms, st.binary(max_size=200), st.binary(max_size=300))
@settings(max_examples=300)
def test_no_key_and_no_signature_makes_it_raise(
    algorithm: Algorithm, key: bytes, signature: bytes
) -> None:
    rrset = address()
    dnskey = DNSKEY("IN", "DNSKEY", 257, 3, algorithm, key)
    rrsig = sign(rrset).replace(
        algorithm=algorithm, key_tag=dnskey.key_id(), signature=signature
    )
    assert check_rrset(rrset, together(rrset, rrsig), [dnskey], ZONE, NOW).flaw


# From the DS to the keys


def delegation(*digests: str, algorithm: Algorithm = Algorithm.ED25519) -> RRset:
    """Return the DS of the usual key; "sha256!" is one with a wrong digest."""
    _, key = key_pair(algorithm, 0)
    made = []
    for digest in digests:
        ds = dns.dnssec.make_ds(
            ZONE, key, digest.rstrip("!").upper(), policy=dns.dnssec.allow_all_policy
        )
        made.append(
            ds.replace(digest=bytes(len(ds.digest))) if digest.endswith("!") else ds
        )
    return dns.rrset.from_rdata_list(ZONE, 3600, made)


@pytest.mark.parametrize(
    ("digests", "matches"),
    [
        (["sha256"], True),
        (["sha384"], True),
        (["sha256!"], False),
        (["sha256!", "sha384"], True),
        # RFC 4509 section 3: SHA-1 counts where there is nothing better, and only there.
        (["sha1"], True),
        (["sha1!", "sha256"], True),
        (["sha1", "sha256!"], False),
        (["sha1", "sha384!"], False),
    ],
)
def test_which_digests_vouch_for_a_key(digests: list[str], matches: bool) -> None:
    trusted = keys(Algorithm.ED25519, Algorithm.ECDSAP256SHA256)
    match = match_ds(delegation(*digests), trusted, ZONE)
    assert match == ((trusted[0],) if matches else (), False)


@pytest.mark.parametrize("change", [{"key_tag": 1}, {"algorithm": 13}])
def test_a_ds_names_its_key(change: dict[str, int]) -> None:
    """RFC 4035 section 5.2: algorithm and key tag count, too, not only the digest."""
    (ds,) = delegation("sha256")
    assert match_ds([ds.replace(**change)], keys(Algorithm.ED25519), ZONE) == (
        (),
        False,
    )


def test_a_ds_speaks_of_one_owner() -> None:
    trusted = keys(Algorithm.ED25519)
    assert match_ds(delegation("sha256"), trusted, from_text("MUSEUM.example.")).keys
    assert not match_ds(delegation("sha256"), trusted, from_text("other.example.")).keys


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": 253},
        {"algorithm": 5},
        {"algorithm": 7},
        {"digest_type": 3, "digest": bytes(32)},
        {"digest_type": 200, "digest": bytes(20)},
    ],
)
def test_a_ds_that_nobody_can_check_makes_the_zone_insecure(
    change: dict[str, int],
) -> None:
    """RFC 4035 section 5.2, RFC 9905 section 2."""
    ds = delegation("sha256")
    unknown = ds[0].replace(**change)
    assert match_ds([unknown], keys(Algorithm.ED25519), ZONE) == ((), True)
    security, found = check_keys(ZONE, [unknown], None, None, NOW)
    assert (security, found.flaw) == (Security.INSECURE, Flaw.UNSUPPORTED_ALGORITHM)
    # One that can be checked is enough to expect a signature.
    assert match_ds([unknown, ds[0]], keys(Algorithm.ED25519), ZONE).keys
    assert match_ds(
        [unknown, *delegation("sha256!")], keys(Algorithm.ED25519), ZONE
    ) == ((), False)


def test_the_link_from_the_parent() -> None:
    ds = delegation("sha256")
    dnskey = dns.rrset.from_rdata_list(
        ZONE, 3600, keys(Algorithm.ED25519, Algorithm.ECDSAP256SHA256)
    )
    by_vouched = sign(dnskey, algorithm=Algorithm.ED25519)
    by_other = sign(dnskey)

    def link(
        keys: RRset | None, *rrsigs: RRSIG, ds: RRset = ds
    ) -> tuple[Security, Flaw | None]:
        signed = together(dnskey, *rrsigs) if rrsigs else None
        security, found = check_keys(ZONE, ds, keys, signed, NOW)
        return security, found.flaw

    assert link(dnskey, by_other, by_vouched) == (Security.SECURE, None)
    assert link(dnskey, by_other) == (Security.BOGUS, Flaw.NO_MATCHING_KEY)
    assert link(dnskey) == (Security.BOGUS, Flaw.NO_SIGNATURE)
    assert link(None) == (Security.BOGUS, Flaw.NO_DNSKEY)
    left_behind = delegation("sha256!")
    assert link(dnskey, by_vouched, ds=left_behind) == (
        Security.BOGUS,
        Flaw.NO_MATCHING_KEY,
    )
    expired = sign(dnskey, algorithm=Algorithm.ED25519, expiration=NOW - 1)
    assert link(dnskey, expired) == (Security.BOGUS, Flaw.EXPIRED)


# Octets that came


OWNER = from_text("museum.example.")
IN, DS = dns.rdataclass.IN, dns.rdatatype.DS


@given(
    st.binary(max_size=12), st.sampled_from(["A", "AAAA", "DS", "MX", "RRSIG", "NSEC3"])
)
def test_a_malformed_record_makes_the_answer_unreadable(
    content: bytes, rdtype: str
) -> None:
    """Else an address that nobody can read would look like a name without one."""
    kind = dns.rdatatype.from_text(rdtype)
    query = dns.message.make_query(OWNER, DS, id=7)
    response = dns.message.make_response(query)
    raw = dns.rdata.GenericRdata(IN, kind, content)
    response.answer.append(dns.rrset.from_rdata(OWNER, 60, raw))
    answer = read_response(query, response.to_wire(max_size=65535))
    try:
        dns.rdata.from_wire(IN, kind, content, 0, len(content))
    except dns.exception.FormError:
        assert answer is None
    else:
        assert answer is not None


@given(st.binary(max_size=80), st.integers(0, 200))
def test_a_message_that_is_cut_anywhere_raises_nothing(
    content: bytes, end: int
) -> None:
    query = dns.message.make_query(OWNER, DS, id=7)
    response = dns.message.make_response(query)
    unknown = dns.rdatatype.from_text("TYPE65280")
    raw = dns.rdata.GenericRdata(IN, unknown, content)
    response.answer.append(dns.rrset.from_rdata(OWNER, 60, raw))
    wire = response.to_wire()
    found = read_response(query, wire[:end])
    assert (found is None) == (end < len(wire))
