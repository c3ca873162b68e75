"""What the status codes of registrations mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import says

from labsupport import Lab
from labsupport.answers.registration import meaning
from labsupport.answers.statuses import catalogue, find_status
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.world import World

LAB = Lab("en")
SAY = Language.load("en")
STATUSES = catalogue(SAY)
FIRST = [status.rdap for status in STATUSES if status.first]
# The EPP codes and what RFC 8056 section 2 calls them in RDAP.
RFC_8056 = """
addPeriod = add period; autoRenewPeriod = auto renew period
clientDeleteProhibited = client delete prohibited; clientHold = client hold
clientRenewProhibited = client renew prohibited
clientTransferProhibited = client transfer prohibited
clientUpdateProhibited = client update prohibited; inactive = inactive; linked = associated
ok = active; pendingCreate = pending create; pendingDelete = pending delete
pendingRenew = pending renew; pendingRestore = pending restore
pendingTransfer = pending transfer; pendingUpdate = pending update
redemptionPeriod = redemption period; renewPeriod = renew period
serverDeleteProhibited = server delete prohibited; serverRenewProhibited = server renew prohibited
serverTransferProhibited = server transfer prohibited
serverUpdateProhibited = server update prohibited; serverHold = server hold
transferPeriod = transfer period
"""
PAIRS = [pair.split(" = ") for pair in RFC_8056.strip().replace("\n", "; ").split("; ")]


@pytest.mark.parametrize(("epp", "rdap"), PAIRS)
def test_every_code_of_rfc_8056_is_known_in_both_spellings(epp: str, rdap: str) -> None:
    status = find_status(epp, SAY)
    assert status is not None
    assert status is find_status(rdap, SAY)
    assert (status.rdap, status.epp) == (rdap, epp)
    assert LAB.course.statuses(epp).sentence == LAB.course.statuses(rdap).sentence


def test_who_sets_a_status_is_in_its_name() -> None:
    for status in STATUSES:
        if status.rdap.startswith("client"):
            assert status.by == "the registrar"
        if status.rdap.startswith("server"):
            assert status.by == "the registry"


def test_the_registry_alone_sets_ok() -> None:
    """RFC 5731 section 2.3: a registrar neither sets nor removes it."""
    assert list(LAB.course.statuses("ok").table["who sets it"]) == ["the registry"]


@pytest.mark.parametrize(
    ("period", "fee"),
    [
        ("addPeriod", "the fee"),
        ("autoRenewPeriod", "the fee for the renewal"),
        ("renewPeriod", "the fee for the renewal"),
        ("transferPeriod", "the fee for the move"),
    ],
)
def test_within_a_grace_period_a_deletion_gives_the_registrar_its_fee_back(
    period: str, fee: str
) -> None:
    """RFC 3915 section 3.1: nothing but a deletion by the registrar brings the credit."""
    sentence = LAB.course.statuses(period).sentence
    assert "the registrar deletes" in sentence or "new one deletes" in sentence
    assert f"within this time, the registry credits it {fee}." in sentence


def test_linked_is_no_status_of_a_domain() -> None:
    assert "no status of a domain" in LAB.course.statuses("linked").sentence


@pytest.mark.parametrize("hold", ["clientHold", "serverHold"])
def test_a_hold_can_break_domains_served_below_the_name(hold: str) -> None:
    assert "name servers are named below it" in LAB.course.statuses(hold).sentence


def test_the_list_has_them_all_and_one_alone() -> None:
    everything = LAB.course.statuses("all")
    assert list(everything.table["in RDAP"]) == [status.rdap for status in STATUSES]
    one = LAB.course.statuses("clientHold").table
    assert len(one) == 1
    assert "does not resolve" in one[SAY("statuses.what_follows_order_technically")][0]
    assert "The registration stays" in LAB.course.statuses("serverHold").sentence
    assert "30 days" in LAB.course.statuses("redemptionPeriod").sentence
    assert "other periods, or none" in LAB.course.statuses("redemptionPeriod").sentence


def test_the_first_list_is_short_and_says_how_to_see_all() -> None:
    first = LAB.course.statuses()
    assert set(first.table["in RDAP"]) == set(FIRST)
    assert len(FIRST) <= 8
    assert 'lab.course.statuses("all")' in first.notes[0]
    assert set(first.table["in RDAP"]) < set(
        LAB.course.statuses("all").table["in RDAP"]
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("hold", {"client hold", "server hold"}),
        (
            "Delete",
            {
                "client delete prohibited",
                "server delete prohibited",
                "delete prohibited",
            },
        ),
        ("ok", {"active"}),
    ],
)
def test_a_part_of_a_status_finds_all_that_have_it(typed: str, found: set[str]) -> None:
    assert set(LAB.course.statuses(typed).table["in RDAP"]) >= found


def test_one_status_says_how_whois_writes_it() -> None:
    assert LAB.course.statuses("client hold").notes == (
        SAY("statuses.whois_written_epp_source", epp="clientHold", source="RFC 5731"),
    )


def test_every_status_of_the_lab_has_a_meaning() -> None:
    for registration in World.load().registrations:
        assert all(find_status(one, SAY) for one in registration.status), (
            registration.name
        )


def test_an_unknown_status_gets_a_sentence() -> None:
    assert meaning("brand new status", SAY) == SAY("registration.course_no_words")
    for typed in ("frozen", 7, None):
        result = LAB.course.statuses(typed)
        assert result.kind is Kind.NOT_ASKED
        assert says(result.sentence, "statuses.unknown")


@given(st.text(max_size=30))
def test_any_text_gets_a_sentence(text: str) -> None:
    assert LAB.course.statuses(text).sentence
