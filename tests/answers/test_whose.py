"""Whose a number is, by DNS and by RDAP, where no observatory of announcements is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from said import SAY

from labsupport import Lab
from labsupport.answers.origin import WhosePage, origin
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of

LAB = Lab("en")
SESSION = replace(
    context_of(LAB).session, entry=replace(context_of(LAB).entry, observatory="")
)


@pytest.mark.parametrize(
    ("number", "network", "prefix"),
    [
        ("203.0.113.80", "Alojar", "203.0.113.0/24"),
        ("198.18.0.0/18", "Fibra Sur", "198.18.0.0/18"),
        ("2001:db8:502::80", "Brisa", "2001:db8:502::/48"),
        ("AS64500", "Alojar", None),
    ],
)
def test_both_say_what_they_know(number: str, network: str, prefix: str | None) -> None:
    found = origin(SESSION, number)
    assert isinstance(found, WhosePage)
    assert found.kind is Kind.FOUND
    assert network in found.sentence
    assert (found.announced.prefix if found.announced else None) == prefix
    rows = {str(row[0]): row for row in found.tabulated().rows}
    assert network in str(rows["network"][1])
    assert rows["network"][2] == SAY(
        "origin.the_dns_under_zone", zone="asn.rir-lab.example"
    )
    assert any("rdap.rir-lab.example" in str(row[2]) for row in found.tabulated().rows)
    assert found.sentence.endswith(LAB.rdap(number).sentence)


def test_what_is_registered_and_not_announced_is_told_so() -> None:
    found = origin(SESSION, "203.0.112.7")
    assert SAY("origin.not_found_out", what="203.0.112.7") in found.sentence


@pytest.mark.parametrize("question", ["routes", "certificates", "neighbours"])
def test_live_where_nobody_is_known_it_is_said_and_nothing_is_sent(
    question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_ENTRY", raising=False)
    lab = Lab("en", live=True)  # nothing is sent by that
    answer = getattr(lab, question)(
        "iana.org" if question != "routes" else "192.0.43.0/24"
    )
    assert answer.kind is Kind.NO_SERVER
    assert len(lab.evidence) == 0
