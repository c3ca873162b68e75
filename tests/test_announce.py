"""A copy of the lab in which one more route is announced, true or false."""

from __future__ import annotations

import pytest

from labsupport import Lab
from labsupport.lookups.path import Path
from labsupport.results import Kind

FALSE = ("198.18.103.0/24", "AS64497")


def test_only_the_copy_is_led_astray() -> None:
    lab = Lab("en")
    wrong = lab.announce(*FALSE, checking="nobody")
    assert wrong.visit("www.universidad.test").kind is Kind.NO_ANSWER
    assert lab.visit("www.universidad.test").kind is Kind.FOUND
    assert wrong.visit("www.corte.gob.test").kind is Kind.FOUND, "the other half of the block"


def test_a_narrower_route_wins_and_is_seen_on_the_way() -> None:
    lab = Lab("en")
    straight, astray = (
        one.path("198.18.103.53") for one in (lab, lab.announce(*FALSE, checking="nobody"))
    )
    assert isinstance(straight, Path)
    assert isinstance(astray, Path)
    assert "Oceánica" in astray.networks
    assert "Oceánica" not in straight.networks
    assert not astray.arrived


def test_who_checks_protects_those_who_depend_on_it() -> None:
    """Fibra Sur checks nothing itself; its only carrier does."""
    lab = Lab("en")
    assert lab.announce(*FALSE).visit("www.universidad.test").kind is Kind.FOUND
    assert lab.announce(*FALSE, checking="everybody").path("198.18.103.53").kind is Kind.FOUND
    through_resuelve = lab.announce(*FALSE).routes("198.18.103.0/24")
    rows = {row[0]: row[4] for row in through_resuelve.tabulated().rows}  # type: ignore[union-attr]
    assert rows["Resuelve"] == "Móvil Norte"
    assert rows["Fibra Sur"] == "Red Unida"


def test_an_answer_does_not_come_back_to_a_network_whose_addresses_were_taken() -> None:
    """The question arrives; the answer goes to whoever announces the asker's addresses."""
    stolen = Lab("en").announce("198.18.0.0/24", by="AS64505", checking="nobody")
    assert stolen.visit("http://www.ultramar-host.example").kind is Kind.NO_ANSWER


def test_clock_and_memories_are_copied_and_the_evidence_is_shared() -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    other = lab.announce(*FALSE)
    asked = len(lab.evidence.lines)
    other.wait("10 minutes")
    assert lab.now == other.now - 600
    assert "50 minutes" in repr(other.ask("www.museum.example"))
    assert "1 hour" in repr(lab.ask("www.museum.example"))
    mine, its = {line.lab for line in lab.evidence.lines[:asked]}, lab.evidence.lines[asked].lab
    assert mine == {"fibra-sur"}
    assert "198.18.103.0/24" in its
    assert "AS64497" in its


def test_every_answer_of_the_copy_says_what_is_special_in_it() -> None:
    wrong = Lab("en").announce(*FALSE, checking="nobody")
    for answer in (wrong.ask("www.museum.example"), wrong.here, wrong.routes("198.18.103.0/24")):
        assert "Móvil Norte announces 198.18.103.0/24 as well" in repr(answer)
    assert "13 other networks" in repr(wrong)


def test_a_narrow_block_is_taken_by_nobody() -> None:
    lab = Lab("en").announce("198.18.103.0/25", by=64497, checking="nobody")
    assert "0 other networks" in repr(lab)
    assert "no narrower block than /24" in repr(lab)
    assert lab.visit("www.universidad.test").kind is Kind.FOUND


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("198.18.103.0/23", "AS64497"), "198.18.102.0/23"),
        (("198.18.103.0/24", "AS65000"), "no network of the lab"),
        (("198.18.103.0/24", 15169), "no network of the lab"),
        (("198.18.103.0/24", "198.18.0.1"), "no network of the lab"),
        (("198.18.103.0/24",), "AS64500"),
        (("8.8.8.0/24", "AS64497"), "not part of the lab"),
        (("AS64500", "AS64497"), "block of addresses"),
        (("museum.example", "AS64497"), "museum.example"),
        ((), ""),
        ((*FALSE, "some"), '"nobody" or "everybody"'),
    ],
)
def test_what_cannot_be_announced_is_said_and_changes_nothing(
    arguments: tuple[object, ...], said: str
) -> None:
    lab = Lab("en").announce(*arguments)
    assert said in repr(lab)
    assert lab.visit("www.universidad.test").kind is Kind.FOUND
