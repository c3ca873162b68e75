"""NSEC and NSEC3 prove what is true of a zone, all of it, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import dns.name
import dns.rrset
import pytest
from denial_oracle import (
    APEX,
    INSECURE,
    QTYPES,
    Truth,
    Zone,
    ancestors,
    is_insecure_delegation,
    names,
    nsec3_chain,
    nsec_chain,
    questions,
    truth,
    zones,
)
from dns.dnssec import nsec3_hash
from dns.name import Name, from_text
from dns.rdatatype import RdataType
from dns.rrset import RRset
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport.dns.denial import (
    MAX_ITERATIONS,
    SHA1,
    Denial,
    prove_name_error,
    prove_no_data,
    prove_no_ds,
    prove_wildcard_expansion,
)
from labsupport.dns.validation import Flaw, Security

WITHOUT_DATA = {Truth.NO_DATA, Truth.EMPTY_NON_TERMINAL, Truth.WILDCARD_NO_DATA}

# Each example asks hundreds of questions.
many_questions = settings(max_examples=30)

salts = st.binary(max_size=4)
iterations = st.integers(0, 2)


def prove_all(
    zone: Zone, qname: Name, records: Sequence[RRset]
) -> list[tuple[Denial, bool]]:
    """Ask for every denial about a name: what came, and whether it is true."""
    asked: list[tuple[bool, Callable[[Sequence[RRset]], Denial]]] = [
        (
            truth(zone, qname, RdataType.A) is Truth.NAME_ERROR,
            lambda given: prove_name_error(qname, given, APEX),
        ),
        (
            is_insecure_delegation(zone, qname),
            lambda given: prove_no_ds(qname, given, APEX),
        ),
    ]
    for qtype in QTYPES:
        asked.append(
            (
                truth(zone, qname, qtype) in WITHOUT_DATA,
                lambda given, qtype=qtype: prove_no_data(qname, qtype, given, APEX),
            )
        )
    if truth(zone, qname, RdataType.A) is not Truth.ELSEWHERE:
        for count in range(len(APEX), len(qname)):
            closest = Name(qname.labels[-count:])
            next_closer = Name(qname.labels[-count - 1 :])
            wildcard = Name((b"*", *closest.labels))
            asked.append(
                (
                    next_closer not in zone.existing,
                    lambda given, wildcard=wildcard: prove_wildcard_expansion(
                        qname, wildcard, given, APEX
                    ),
                )
            )
    return [(ask(records), true) for true, ask in asked]


@given(zones())
@many_questions
def test_nsec_prove_all_that_is_true_and_nothing_else(zone: Zone) -> None:
    records = nsec_chain(zone)
    for qname in questions(zone):
        for denial, true in prove_all(zone, qname, records):
            assert denial.proven is true, (qname, denial)
            assert denial.security is (Security.SECURE if true else Security.BOGUS)


@given(zones(), salts, iterations)
@many_questions
def test_nsec3_prove_all_that_is_true_and_nothing_else(
    zone: Zone, salt: bytes, iterations: int
) -> None:
    records = nsec3_chain(zone, salt, iterations, opt_out=False)
    for qname in questions(zone):
        for denial, true in prove_all(zone, qname, records):
            assert denial.proven is true, (qname, denial)
            assert denial.security is (Security.SECURE if true else Security.BOGUS)


@given(zones(), salts, iterations)
@many_questions
def test_nsec3_with_opt_out_prove_all_that_is_true_and_call_no_gap_secure(
    zone: Zone, salt: bytes, iterations: int
) -> None:
    records = nsec3_chain(zone, salt, iterations, opt_out=True)
    signed = Zone(
        {name: zone[name] for name in zone.authoritative if zone[name] != INSECURE}
    )
    for qname in questions(zone):
        may_be_unsigned = qname not in signed.existing
        closest = next(name for name in ancestors(qname) if name in zone.existing)
        # An empty non-terminal above nothing but unsigned delegations has no NSEC3 of its own
        # (RFC 5155 section 7.1): what lies below it cannot always be denied.
        provable = closest in signed.existing or closest in zone
        for denial, true in prove_all(zone, qname, records):
            if true and provable:
                assert denial.proven, (qname, denial)
            elif denial.proven and not true:
                assert denial.opt_out
                assert denial.security is Security.INSECURE
                assert may_be_unsigned, (qname, denial)


@given(zones(), st.data())
@many_questions
def test_no_choice_of_true_records_proves_what_is_false(
    zone: Zone, data: st.DataObject
) -> None:
    """A man in the middle can leave signed records out, but cannot make any."""
    for chain in (nsec_chain(zone), nsec3_chain(zone, b"", 0, opt_out=False)):
        kept = data.draw(st.lists(st.sampled_from(chain), max_size=4, unique_by=id))
        for qname in questions(zone):
            for denial, true in prove_all(zone, qname, kept):
                assert true or not denial.proven, (qname, denial)


@given(zones(), names(3), st.data())
@many_questions
def test_letters_and_order_do_not_matter(
    zone: Zone, qname: Name, data: st.DataObject
) -> None:
    for chain in (nsec_chain(zone), nsec3_chain(zone, b"", 0, opt_out=False)):
        shuffled = [
            dns.rrset.from_rdata_list(
                Name(label.swapcase() for label in rrset.name.labels), 1, rrset
            )
            for rrset in data.draw(st.permutations(chain))
        ]
        upper = Name(label.upper() for label in qname.labels)
        before = prove_all(zone, qname, chain)
        after = prove_all(zone, upper, shuffled)
        assert [denial.proven for denial, _ in before] == [
            denial.proven for denial, _ in after
        ]


@given(zones(), names(3))
@many_questions
def test_records_of_another_zone_prove_nothing(zone: Zone, qname: Name) -> None:
    other = from_text("other.example.")
    for chain in (nsec_chain(zone), nsec3_chain(zone, b"", 0, opt_out=False)):
        for name in (qname, Name((*qname.labels[: -len(APEX)], *other.labels))):
            assert not prove_name_error(name, chain, other).proven
            assert not prove_no_data(name, RdataType.A, chain, other).proven
            assert not prove_no_ds(name, chain, other).proven


@pytest.mark.parametrize(
    ("qname", "wildcard"),
    [
        ("a.other.example.", "*.other.example."),
        ("b.zone.example.", "*.a.zone.example."),
        ("a.zone.example.", "*.a.zone.example."),
    ],
)
def test_a_wildcard_answers_only_below_itself_and_within_its_zone(
    qname: str, wildcard: str
) -> None:
    zone = Zone({APEX: frozenset({RdataType.SOA})})
    for chain in (nsec_chain(zone), nsec3_chain(zone, b"", 0, opt_out=False)):
        possible = prove_wildcard_expansion(
            from_text("a.zone.example."), from_text("*.zone.example."), chain, APEX
        )
        assert possible.proven
        denial = prove_wildcard_expansion(
            from_text(qname), from_text(wildcard), chain, APEX
        )
        assert not denial.proven


# The examples of the standards, as far as a reader can follow them by eye.

EXAMPLE = from_text("example.")

RFC4035 = [
    dns.rrset.from_text(owner, 3600, "IN", "NSEC", text)
    for owner, text in {
        "example.": "a.example. NS SOA MX RRSIG NSEC DNSKEY",
        "a.example.": "ai.example. NS DS RRSIG NSEC",
        "ai.example.": "b.example. A HINFO AAAA RRSIG NSEC",
        "b.example.": "ns1.example. NS RRSIG NSEC",
        "ns1.example.": "ns2.example. A RRSIG NSEC",
        "ns2.example.": "*.w.example. A RRSIG NSEC",
        "*.w.example.": "x.w.example. MX RRSIG NSEC",
        "x.w.example.": "x.y.w.example. MX RRSIG NSEC",
        "x.y.w.example.": "xx.example. MX RRSIG NSEC",
        "xx.example.": "example. A HINFO AAAA RRSIG NSEC",
    }.items()
]
"""The zone of RFC 4035 appendix A."""

RFC5155 = [
    dns.rrset.from_text(
        f"{owner}.example.", 3600, "IN", "NSEC3", f"1 1 12 aabbccdd {text}"
    )
    for owner, text in {
        "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom": "2t7b4g4vsa5smi47k61mv5bv1a22bojr "
        "MX DNSKEY NS SOA NSEC3PARAM RRSIG",
        "2t7b4g4vsa5smi47k61mv5bv1a22bojr": "2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG",
        "2vptu5timamqttgl4luu9kg21e0aor3s": "35mthgpgcu1qg68fab165klnsnk3dpvl MX RRSIG",
        "35mthgpgcu1qg68fab165klnsnk3dpvl": "b4um86eghhds6nea196smvmlo4ors995 NS DS RRSIG",
        "b4um86eghhds6nea196smvmlo4ors995": "gjeqe526plbf1g8mklp59enfd789njgi MX RRSIG",
        "gjeqe526plbf1g8mklp59enfd789njgi": "ji6neoaepv8b5o6k4ev33abha8ht9fgc HINFO A AAAA RRSIG",
        "ji6neoaepv8b5o6k4ev33abha8ht9fgc": "k8udemvp1j2f7eg6jebps17vp3n8i58h",
        "k8udemvp1j2f7eg6jebps17vp3n8i58h": "kohar7mbb8dc2ce8a9qvl8hon4k53uhi",
        "kohar7mbb8dc2ce8a9qvl8hon4k53uhi": "q04jkcevqvmu85r014c7dkba38o0ji5r A RRSIG",
        "q04jkcevqvmu85r014c7dkba38o0ji5r": "r53bq7cc2uvmubfu5ocmm6pers9tk9en A RRSIG",
        "r53bq7cc2uvmubfu5ocmm6pers9tk9en": "t644ebqk9bibcna874givr6joj62mlhv MX RRSIG",
        "t644ebqk9bibcna874givr6joj62mlhv": "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom HINFO A AAAA RRSIG",
    }.items()
]
"""The zone of RFC 5155 appendix A, with opt-out."""


def of(records: Sequence[RRset], *owners: str) -> list[RRset]:
    """Return those of the records whose owners begin so: what the standards' answers hold."""
    return [r for r in records if r.name.labels[0].decode()[:4] in owners]


def test_rfc_4035_appendix_b() -> None:
    proof = of(RFC4035, "b", "exam")
    assert prove_name_error(from_text("ml.example."), proof, EXAMPLE).proven
    for missing in proof:
        rest = [one for one in proof if one is not missing]
        assert not prove_name_error(from_text("ml.example."), rest, EXAMPLE).proven
    asked = from_text("ns1.example.")
    assert prove_no_data(asked, RdataType.MX, of(RFC4035, "ns1"), EXAMPLE).proven
    assert prove_no_ds(from_text("b.example."), of(RFC4035, "b"), EXAMPLE).proven
    asked = from_text("a.z.w.example.")
    expanded = from_text("*.w.example.")
    covering = [r for r in RFC4035 if r.name == from_text("x.y.w.example.")]
    assert prove_wildcard_expansion(asked, expanded, covering, EXAMPLE).proven
    both = [*covering, *of(RFC4035, "*")]
    assert prove_no_data(asked, RdataType.AAAA, both, EXAMPLE).proven
    assert not prove_no_data(asked, RdataType.AAAA, covering, EXAMPLE).proven
    # B.8: a name server of the child answers about the DS, which only the parent can.
    denial = prove_no_data(EXAMPLE, RdataType.DS, RFC4035, EXAMPLE)
    assert denial == Denial(Flaw.WRONG_DENIAL)


def test_rfc_5155_appendix_b() -> None:
    asked, proof = from_text("a.c.x.w.example."), of(RFC5155, "b4um", "0p9m", "35mt")
    denial = prove_name_error(asked, proof, EXAMPLE)
    assert denial.proven
    for missing in proof:
        rest = [one for one in proof if one is not missing]
        assert not prove_name_error(asked, rest, EXAMPLE).proven
    # The records of the example carry the opt-out flag: the answer is not secure.
    assert denial.opt_out
    assert denial.security is Security.INSECURE
    asked = from_text("ns1.example.")
    denial = prove_no_data(asked, RdataType.MX, of(RFC5155, "2t7b"), EXAMPLE)
    assert denial.security is Security.SECURE
    asked = from_text("y.w.example.")
    assert prove_no_data(asked, RdataType.A, of(RFC5155, "ji6n"), EXAMPLE).proven
    assert prove_no_ds(
        from_text("c.example."), of(RFC5155, "0p9m", "35mt"), EXAMPLE
    ).proven
    asked = from_text("a.z.w.example.")
    expanded = from_text("*.w.example.")
    assert prove_wildcard_expansion(
        asked, expanded, of(RFC5155, "q04j"), EXAMPLE
    ).proven
    proof = of(RFC5155, "k8ud", "q04j", "r53b")
    assert prove_no_data(asked, RdataType.AAAA, proof, EXAMPLE).proven
    assert not prove_no_data(EXAMPLE, RdataType.DS, RFC5155, EXAMPLE).proven


# Single dangers


def nsec(owner: str, text: str) -> RRset:
    return dns.rrset.from_text(owner, 300, "IN", "NSEC", text)


@pytest.mark.parametrize(
    "types", ["NS RRSIG NSEC", "NS DS RRSIG NSEC", "DNAME RRSIG NSEC"]
)
def test_a_cut_or_a_dname_denies_nothing_below_it(types: str) -> None:
    """RFC 6840 section 4.1."""
    records = [
        nsec("cut.example.", f"m.example. {types}"),
        nsec("example.", "cut.example. SOA"),
    ]
    assert not prove_name_error(from_text("www.cut.example."), records, EXAMPLE).proven
    assert not prove_no_data(
        from_text("www.cut.example."), RdataType.A, records, EXAMPLE
    ).proven
    assert prove_name_error(from_text("d.example."), records, EXAMPLE).proven


def test_the_parent_denies_only_the_ds_of_a_delegation() -> None:
    """RFC 6840 section 4.1: the other types are the child's to deny."""
    records = [nsec("isla.example.", "m.example. NS RRSIG NSEC")]
    isla = from_text("isla.example.")
    assert prove_no_data(isla, RdataType.DS, records, EXAMPLE).proven
    assert not prove_no_data(isla, RdataType.MX, records, EXAMPLE).proven


def test_the_root_may_say_that_it_has_no_ds() -> None:
    records = [nsec(".", "example. NS SOA RRSIG NSEC DNSKEY")]
    assert prove_no_data(dns.name.root, RdataType.DS, records, dns.name.root).proven


def test_a_name_without_ns_is_no_insecure_delegation() -> None:
    """RFC 6840 section 4.4: else a signed name could be passed off as an unsigned zone."""
    records = [nsec("www.example.", "z.example. A RRSIG NSEC")]
    assert not prove_no_ds(from_text("www.example."), records, EXAMPLE).proven
    # The apex of the child, under the child's own signature, is not the parent's word either.
    apex = [nsec("isla.example.", "isla.example. NS SOA RRSIG NSEC DNSKEY")]
    assert not prove_no_ds(
        from_text("isla.example."), apex, from_text("isla.example.")
    ).proven


def test_only_the_last_nsec_reaches_the_end_of_the_zone() -> None:
    """RFC 4034 section 4.1.1: the last points to the apex; one that points back is malformed."""
    back = [nsec("m.example.", "c.example. A RRSIG NSEC")]
    assert not prove_no_data(from_text("x.example."), RdataType.A, back, EXAMPLE).proven
    assert not prove_name_error(from_text("x.example."), back, EXAMPLE).proven
    wildcard = from_text("*.example.")
    assert not prove_wildcard_expansion(
        from_text("x.example."), wildcard, back, EXAMPLE
    ).proven


def test_a_zone_of_one_name() -> None:
    alone = [nsec("example.", "example. SOA NS RRSIG NSEC DNSKEY")]
    assert prove_name_error(from_text("www.example."), alone, EXAMPLE).proven
    assert not prove_name_error(EXAMPLE, alone, EXAMPLE).proven


def test_without_records_the_denial_is_missing() -> None:
    soa = dns.rrset.from_text(
        "example.", 300, "IN", "SOA", "a.example. b.example. 1 2 3 4 5"
    )
    for records in ([], [soa]):
        denial = prove_name_error(from_text("www.example."), records, EXAMPLE)
        assert denial == Denial(Flaw.MISSING_DENIAL)
        assert denial.security is Security.BOGUS


def nsec3(
    owner: str,
    following: str,
    types: str = "",
    *,
    algorithm: int = 1,
    flags: int = 0,
    iterations: int = 0,
    zone: str = "example.",
) -> RRset:
    return dns.rrset.from_text(
        f"{owner}.{zone}",
        300,
        "IN",
        "NSEC3",
        f"{algorithm} {flags} {iterations} - {following} {types}",
    )


def test_too_many_iterations_are_not_computed_and_not_bogus() -> None:
    """RFC 9276 section 3.2."""
    for count, security in (
        (MAX_ITERATIONS, Security.SECURE),
        (65535, Security.INSECURE),
    ):
        apex = nsec3_hash(EXAMPLE, b"", min(count, MAX_ITERATIONS), SHA1)
        records = [nsec3(apex, apex, "SOA NS", iterations=count)]
        denial = prove_name_error(from_text("www.example."), records, EXAMPLE)
        assert denial.security is security
    assert denial.flaw is Flaw.TOO_MANY_ITERATIONS
    assert not denial.proven


@pytest.mark.parametrize(
    "changed", [{"algorithm": 2}, {"flags": 2}, {"zone": "a.example."}]
)
def test_nsec3_that_are_not_understood_are_passed_over(
    changed: dict[str, object],
) -> None:
    """RFC 5155 sections 8.1 and 8.2; and an NSEC3 stands right below its zone's apex."""
    apex = nsec3_hash(EXAMPLE, b"", 0, SHA1)
    question = (from_text("www.example."), RdataType.A)
    assert prove_name_error(question[0], [nsec3(apex, apex, "SOA NS")], EXAMPLE).proven
    denial = prove_name_error(
        question[0], [nsec3(apex, apex, "SOA NS", **changed)], EXAMPLE
    )
    assert denial.flaw is Flaw.MISSING_DENIAL


def test_an_opt_out_gap_does_not_hide_what_a_wildcard_answers() -> None:
    zone = Zone(
        {
            APEX: frozenset({RdataType.SOA}),
            from_text("*.zone.example."): frozenset({RdataType.CNAME}),
            from_text("isla.zone.example."): INSECURE,
        }
    )
    records = nsec3_chain(zone, b"", 0, opt_out=True)
    assert not prove_no_data(
        from_text("x.zone.example."), RdataType.A, records, APEX
    ).proven
    # But no wildcard answers for a delegation: RFC 5155 section 8.6.
    denial = prove_no_data(from_text("isla.zone.example."), RdataType.DS, records, APEX)
    assert denial.proven
    assert denial.opt_out


def test_two_chains_do_not_prove_together() -> None:
    """RFC 5155 section 8.2: a gap of one salt says nothing in the order of another."""
    zone = Zone(
        {
            APEX: frozenset({RdataType.SOA}),
            from_text("a.zone.example."): frozenset({RdataType.A}),
        }
    )
    first, second = nsec3_chain(zone, b"1", 0, False), nsec3_chain(zone, b"2", 0, False)
    qname = from_text("a.zone.example.")
    for records in (first + second, second + first):
        assert not prove_name_error(qname, records, APEX).proven
        assert not prove_no_data(qname, RdataType.A, records, APEX).proven
        assert prove_no_data(qname, RdataType.TXT, records, APEX).proven


@given(
    names(2),
    st.lists(
        st.tuples(
            st.binary(min_size=1, max_size=40),
            st.sampled_from(("NSEC", "NSEC3")),
            st.binary(max_size=60),
        ),
        max_size=4,
    ),
)
def test_no_record_makes_it_raise(
    qname: Name, given: list[tuple[bytes, str, bytes]]
) -> None:
    records = []
    for label, rdtype, wire in given:
        try:
            rdata = dns.rdata.from_wire("IN", rdtype, wire, 0, len(wire))
        except dns.exception.DNSException:
            continue
        records.append(dns.rrset.from_rdata(Name((label, *APEX.labels)), 300, rdata))
    prove_all(Zone({APEX: frozenset({RdataType.SOA})}), qname, records)
