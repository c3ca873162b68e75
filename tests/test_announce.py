"""A copy of the lab in which one more route is announced, true or false."""

from __future__ import annotations

import pytest
from said import says

from labsupport import Lab
from labsupport.answers.path import PathPage
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of

FALSE = ("198.18.103.0/24", "AS64497")


def test_only_the_copy_is_led_astray() -> None:
    lab = Lab("en")
    wrong = lab.routes.announce(*FALSE, checking="nobody")
    assert wrong.visit("www.universidad.test").kind is Kind.NO_ANSWER
    assert lab.visit("www.universidad.test").kind is Kind.FOUND
    assert wrong.visit("www.corte.gob.test").kind is Kind.FOUND, (
        "the other half of the block"
    )


def test_a_narrower_route_wins_and_is_seen_on_the_way() -> None:
    lab = Lab("en")
    straight, astray = (
        one.path("198.18.103.53")
        for one in (lab, lab.routes.announce(*FALSE, checking="nobody"))
    )
    assert isinstance(straight, PathPage)
    assert isinstance(astray, PathPage)
    assert "Oceánica" in astray.networks
    assert "Oceánica" not in straight.networks
    assert not astray.arrived


def test_who_checks_protects_those_who_depend_on_it() -> None:
    """Fibra Sur checks nothing itself; its only carrier does."""
    lab = Lab("en")
    assert lab.routes.announce(*FALSE).visit("www.universidad.test").kind is Kind.FOUND
    assert (
        lab.routes.announce(*FALSE, checking="everybody").path("198.18.103.53").kind
        is Kind.FOUND
    )
    followed = (
        lab.routes.announce(*FALSE)
        .routes("198.18.103.0/24")
        .table.set_index("network")["origin"]
    )
    assert followed["Resuelve"] == "Móvil Norte"
    assert followed["Fibra Sur"] == "Red Unida"


def test_an_answer_does_not_come_back_to_a_network_whose_addresses_were_taken() -> None:
    """The question arrives; the answer goes to whoever announces the asker's addresses."""
    stolen = Lab("en").routes.announce("198.18.0.0/24", by="AS64505", checking="nobody")
    assert stolen.visit("http://www.ultramar-host.example").kind is Kind.NO_ANSWER


def test_clock_and_memories_are_copied_and_the_evidence_is_shared() -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    other = lab.routes.announce(*FALSE)
    asked = len(lab.evidence.lines)
    other.wait("10 minutes")
    assert context_of(lab).now == context_of(other).now - 600
    assert "50 minutes" in repr(other.ask("www.museum.example"))
    assert "1 hour" in repr(lab.ask("www.museum.example"))
    mine, its = (
        {line.lab for line in lab.evidence.lines[:asked]},
        lab.evidence.lines[asked].lab,
    )
    assert mine == {"fibra-sur"}
    assert "198.18.103.0/24" in its
    assert "AS64497" in its


def test_every_answer_of_the_copy_says_what_is_special_in_it() -> None:
    wrong = Lab("en").routes.announce(*FALSE, checking="nobody")
    for answer in (
        wrong.ask("www.museum.example"),
        context_of(wrong).here,
        wrong.routes.to("198.18.103.0/24"),
    ):
        assert says(
            repr(answer),
            "lab.announced_as_well",
            network="Móvil Norte",
            prefix="198.18.103.0/24",
        )
    assert says(repr(wrong), "lab.announced_as_well", count=13)


def test_a_narrow_block_is_taken_by_nobody() -> None:
    lab = Lab("en").routes.announce("198.18.103.0/25", by=64497, checking="nobody")
    assert says(repr(lab), "lab.announced_as_well", count=0)
    assert says(repr(lab), "lab.narrowest_block", longest=24)
    assert lab.visit("www.universidad.test").kind is Kind.FOUND


def test_two_announcements_are_both_told_and_both_at_work() -> None:
    lab = Lab("en").routes.announce(*FALSE, checking="nobody")
    both = lab.routes.announce("203.0.113.0/24", by="Ultramar Host")
    assert "198.18.103.0/24" in repr(both)
    assert "203.0.113.0/24" in repr(both)
    assert both.visit("www.universidad.test").kind is Kind.NO_ANSWER
    assert both.at("movil-norte").visit("goles-gratis.example").kind is Kind.NO_ANSWER
    assert lab.at("movil-norte").visit("goles-gratis.example").kind is Kind.FOUND
    listed = both.routes.to("198.18.102.0/23")
    assert "2 networks announce" in listed.sentence


def test_two_false_halves_are_listed_and_not_one_taken_for_both() -> None:
    lab = Lab("en").routes.announce(*FALSE, checking="nobody")
    halves = lab.routes.announce("198.18.102.0/24", by="AS64505").routes(
        "198.18.102.0/23"
    )
    assert says(halves.sentence, "routes.several")
    for prefix in ("198.18.102.0/23", "198.18.102.0/24", "198.18.103.0/24"):
        assert prefix in halves.sentence


def test_the_holder_may_announce_a_part_of_its_own_block() -> None:
    lab = Lab("en").routes.announce("198.18.103.0/24", by="AS64503", checking="nobody")
    assert says(repr(lab), "lab.announced_as_well", count=14)
    assert lab.visit("www.universidad.test").kind is Kind.FOUND


@pytest.mark.parametrize(
    "typed", [64497, "64497", "AS64497", "as64497", "Móvil Norte", "movil norte"]
)
def test_a_network_is_named_as_people_name_it(typed: object) -> None:
    assert "Móvil Norte announces" in repr(
        Lab("en").routes.announce("198.18.103.0/24", by=typed)
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("198.18.103.0/23", "AS64497"), "198.18.102.0/23"),
        (("198.18.103.0/24", "AS65000"), "no network of the lab"),
        (("198.18.103.0/24", 15169), "no network of the lab"),
        (("198.18.103.0/24", "198.18.0.1"), "no network of the lab"),
        (("198.18.103.0/24",), "Say which network"),
        (("8.8.8.0/24", "AS64497"), "not part of the lab"),
        (("100.64.0.0/10", "AS64497"), "not part of the lab"),
        (("AS64500", "AS64497"), "block of addresses"),
        (("museum.example", "AS64497"), "museum.example"),
        ((), "Say which network"),
        ((*FALSE, "some"), '"nobody" or "everybody"'),
        ((*FALSE, [64498]), '"nobody" or "everybody"'),
    ],
)
def test_what_cannot_be_announced_gives_a_lab_that_says_so_and_asks_nothing(
    arguments: tuple[object, ...], said: str
) -> None:
    lab = Lab("en").routes.announce(*arguments)
    assert said in repr(lab)
    for answer in (
        lab.visit("www.universidad.test"),
        lab.ask("www.museum.example"),
        context_of(lab).here,
    ):
        assert answer.kind is Kind.NOT_ASKED
        assert said in answer.sentence
    assert not lab.evidence.lines


def test_a_place_that_there_is_not_gives_no_answer_from_another_place() -> None:
    lab = Lab("en")
    nowhere = lab.at("nowhere")
    assert nowhere.path("www.museum.example").kind is Kind.NOT_ASKED
    assert "movil-norte" in repr(nowhere)
    assert nowhere.at("movil-norte").path("www.museum.example").kind is Kind.FOUND
    copy = (
        lab.routes.announce(*FALSE, checking="nobody").at("nowhere").at("Movil Norte")
    )
    assert says(repr(copy.ask("www.museum.example")), "lab.announced_as_well")


@pytest.mark.parametrize(
    "typed", ["movil-norte", "Móvil Norte", "MOVIL NORTE", "movilnorte"]
)
def test_a_place_is_named_as_people_name_it(typed: str) -> None:
    assert "Móvil Norte" in Lab("en").at(typed)._here.sentence
