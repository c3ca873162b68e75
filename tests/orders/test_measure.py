"""One way of blocking looked at from every side, all ways side by side, and both over time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from said import SAY

from labsupport import Lab
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.orders import timeline
from labsupport.orders.measure import (
    TechniqueComparison,
    TechniqueTrial,
    read_technique,
)
from labsupport.orders.order import Target, TargetKind, order_of
from labsupport.orders.simulation import opens
from labsupport.orders.techniques import PROFILES, Place, Technique
from labsupport.orders.timeline import Timeline
from labsupport.results import Figure

EN = Language.load("en")
HOUR = 3600


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab("en")


def measured(lab: Lab, technique: str, site: str) -> TechniqueTrial:
    found = lab.orders.technique(technique, site)
    assert isinstance(found, TechniqueTrial), found
    return found


def watched(lab: Lab, technique: str, site: str) -> Timeline:
    return measured(lab, technique, site).timeline


def test_every_technique_has_its_place_and_every_place_is_used() -> None:
    assert set(PROFILES) == set(Technique)
    assert {profile.place for profile in PROFILES.values()} == set(Place)
    assert len(Place) == 8


@pytest.mark.parametrize(
    ("typed", "technique"),
    [
        ("hold", Technique.REGISTRAR_HOLD),
        ("serverHold", Technique.REGISTRY_HOLD),
        ("DNS", Technique.RESOLVER),
        ("ip", Technique.ADDRESS),
        ("SNI", Technique.SERVER_NAME),
        ("Name-Servers", Technique.NAME_SERVERS),
        ("the host switches the site off", Technique.HOST),
    ],
)
def test_techniques_are_understood_as_people_write_them(
    typed: str, technique: Technique
) -> None:
    assert read_technique(typed, EN) is technique


@pytest.mark.parametrize("typed", ["", "magic", None, 7, "h" * 500, "<b>hold</b>"])
def test_what_is_no_technique_gets_a_sentence_that_lists_them(typed: object) -> None:
    with pytest.raises(NotUnderstood, match='"registrar hold"'):
        read_technique(typed, EN)


def test_the_core_four_on_a_shared_host(lab: Lab) -> None:
    """Section 2 of the lesson: the same site, four ways."""
    hold = measured(lab, "registrar hold", "goles-gratis.example")
    resolver = measured(lab, "resolver", "goles-gratis.example")
    address = measured(lab, "address", "goles-gratis.example")
    host = measured(lab, "host", "goles-gratis.example")
    assert [len(m.effect.bystanders) for m in (hold, resolver, address, host)] == [
        0,
        0,
        212,
        0,
    ]
    assert hold.effect.open == host.effect.open == ()
    assert resolver.effect.open == ("Fibra Sur + Resuelve",)
    assert [m.effect.mail for m in (hold, resolver, address, host)] == [
        False,
        False,
        True,
        True,
    ]
    assert "for everybody" in hold.sentence
    # others on the Internet still open it
    assert "for everybody" not in address.sentence


def test_a_hold_takes_the_other_sites_of_the_domain_along(lab: Lab) -> None:
    held = measured(lab, "registry hold", "fotos-del-valle.mis-paginas.example")
    assert "coro-de-la-bahia.mis-paginas.example" in held.effect.bystanders
    named = measured(lab, "resolver", "fotos-del-valle.mis-paginas.example")
    assert named.effect.bystanders == ()


def test_a_host_that_nobody_sees_is_said_to_be_so(lab: Lab) -> None:
    behind = measured(lab, "host", "www.partidos-ya.example")
    assert behind.effect.dark == ()
    assert any("CDN" in note for note in behind.notes)


def test_the_address_of_one_site_leaves_its_ipv6_twin_open_when_only_ipv4_is_blocked(
    lab: Lab,
) -> None:
    order = order_of((Target("198.51.100.10", TargetKind.ADDRESS),), Technique.ADDRESS)
    blocked = lab.with_order(order)
    assert blocked.visit("www.museum.example").kind is Kind.NO_ANSWER
    assert "IPv6" in " ".join(blocked.visit("www.museum.example").limits)


def test_all_ways_stand_side_by_side_fewest_bystanders_first(lab: Lab) -> None:
    found = lab.orders.techniques("www.partidos-ya.example")
    assert isinstance(found, TechniqueComparison)
    assert {technique for technique, _ in found.effects} == set(Technique)
    works = [len(effect.bystanders) for _, effect in found.effects if effect.dark]
    assert works == sorted(works)
    assert found.effects[-1][1].dark == ()  # what does nothing here comes last
    for technique, effect in found.effects:
        assert effect == measured(lab, technique, "www.partidos-ya.example").effect


@pytest.mark.parametrize(
    "bad", ["", "nada", 5, "198.51.100.10", "google.com", "a b.example"]
)
def test_what_is_no_site_of_the_lab_gets_a_sentence(lab: Lab, bad: object) -> None:
    for found in (lab.orders.technique("host", bad), lab.orders.techniques(bad)):
        if bad != "nada":  # a name like any other, that does not exist
            assert found.kind is Kind.NOT_ASKED
        assert found.sentence


def test_a_trial_leaves_no_trace_in_the_lab() -> None:
    lab = Lab("en")
    lab.orders.technique("registrar hold", "www.museum.example")
    assert not context_of(lab).log.lines
    assert lab.ask("www.museum.example").kind is Kind.FOUND


def test_a_site_is_looked_at_under_the_name_that_opens(lab: Lab) -> None:
    held = measured(lab, "registrar hold", "recado-rapido.example")
    assert held.site == "www.recado-rapido.example"
    assert held.effect.open == ()
    assert len(held.effect.dark) == 3


def test_what_did_not_open_before_does_not_go_dark(lab: Lab) -> None:
    found = measured(lab, "address", "www.abandonado.example")
    assert found.effect.dark == found.effect.open == ()
    course = watched(lab, "resolver", "correos-filtrados.example")
    assert "nothing to watch" in course.told()


# Over time


DAY, QUARTER = 24 * HOUR, 15 * 60


@pytest.mark.parametrize(
    ("technique", "site", "checking", "unchecked", "back"),
    [
        # Signed: its key and its delegation are remembered for a day, an address for an hour.
        ("registrar hold", "www.museum.example", DAY, DAY, QUARTER),
        # Not signed: that it is not, resolvers that check know for 15 minutes.
        ("registrar hold", "goles-gratis.example", 4 * HOUR, DAY, QUARTER),
        ("name servers", "www.museum.example", DAY, DAY, DAY),
        ("resolver", "www.museum.example", 0, 0, 0),
        ("address", "goles-gratis.example", 0, 0, 0),
        ("host", "goles-gratis.example", 0, 0, 0),
    ],
)
def test_times_are_those_of_the_records(
    lab: Lab,
    technique: str,
    site: str,
    checking: float,
    unchecked: float,
    back: float,
) -> None:
    course = watched(lab, technique, site)
    for line, expected in zip(course.lines, (checking, unchecked), strict=False):
        assert line.darkens == expected
        assert line.returns == back


def test_nobody_visits_more_often_than_something_is_forgotten(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits: list[str] = []

    def counted(session: Session, site: str) -> bool:
        visits.append(site)
        return opens(session, site)

    monkeypatch.setattr(timeline, "opens", counted)
    # an address is kept for a minute
    watched(lab, "registrar hold", "www.partidos-ya.example")
    assert len(visits) < 200


def test_a_block_at_the_resolver_is_there_at_once(lab: Lab) -> None:
    course = watched(lab, "resolver", "www.museum.example")
    by_seat = {line.seat: line.darkens for line in course.lines}
    assert by_seat == {
        "Fibra Sur": 0,
        SAY("timeline.seat_signatures_not_checked", seat="Fibra Sur"): 0,
        "Móvil Norte": 0,
        "Fibra Sur + Resuelve": None,
    }


def test_stretches_follow_each_other_and_change(lab: Lab) -> None:
    for technique in Technique:
        course = watched(lab, technique.value, "goles-gratis.example")
        for line in course.lines:
            stretches = course.stretches(line)
            for one, other in pairwise(stretches):
                assert one.end == other.start
                assert one.open != other.open
            assert stretches[0].open


def test_an_order_of_two_days_is_over_after_two_days(lab: Lab) -> None:
    course = watched(lab, "host", "goles-gratis.example")
    assert course.end == course.start + 2 * DAY
    assert {(line.darkens, line.returns) for line in course.lines} == {(0, 0)}


def test_the_picture_has_what_was_seen(lab: Lab) -> None:
    course = watched(lab, "resolver", "goles-gratis.example")
    figure = course.figure()
    assert isinstance(figure, Figure)
    seats = [row[0] for row in figure.data.rows]
    assert set(seats) == {line.seat for line in course.lines}
    assert b"<svg" in figure.svg()
    assert course.told() in figure.alt
