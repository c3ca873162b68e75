"""The map: what is lit, and where a barrier stands, is what the facts of the answer say."""

from __future__ import annotations

import re

import pytest
from confirmed import confirmed
from said import says

from labsupport import Lab
from labsupport.answers.map import MAP_WIDE, Station, Step, walk
from labsupport.answers.networks import NetworksPage
from labsupport.answers.observers import WaysCompared
from labsupport.answers.path import PathPage
from labsupport.answers.routes import RoutesPage
from labsupport.answers.trace import TracePage
from labsupport.answers.visit import VisitPage
from labsupport.language import Language
from labsupport.lookups.observers import THE_NAME, VisibleFact
from labsupport.lookups.observers import Station as Role
from labsupport.picture import Picture
from labsupport.results import Result
from labsupport.tree import as_html

EN = Language.load("en")
DAY = "for two days."
CASES = {
    "visit": lambda lab: lab.visit("www.museum.example"),
    "cut": lambda lab: lab.with_order(lab.orders.draft("hold")).visit(
        "www.bancodelfaro-clientes.example"
    ),
    "path": lambda lab: lab.at("movil-norte").path("www.museum.example"),
    "walk": lambda lab: lab.trace("www.diario-del-puerto.example"),
    "no walk": lambda lab: lab.trace("nada.museum.example"),
    "chain": lambda lab: lab.dnssec("www.alterado.example"),
    "observers": lambda lab: lab.at("movil-norte").investigate.observers(
        "www.aula-abierta.org.test"
    ),
    "one way": lambda lab: lab.investigate.observers("www.museum.example", "vpn"),
    "networks": lambda lab: lab.routes.networks(),
    "routes": lambda lab: wrong(lab).routes.to("198.18.102.0/23"),
}


def wrong(lab: Lab) -> Lab:
    return lab.routes.announce("198.18.103.0/24", by="AS64497", checking="nobody")


def picture_of(result: object) -> Picture:
    assert isinstance(result, Result)
    picture = result._picture()
    assert picture is not None
    assert picture is not result.figure()
    assert result.figure() == picture
    return picture


def looking(picture: Picture, look: str, state: int = -1) -> set[str]:
    """Return which parts look so in a state; the last where none is given."""
    looks = picture.states[state].looks
    return {part for part, one in looks.items() if one == look}


@pytest.mark.parametrize("code", ["en", "es"])
@pytest.mark.parametrize("asked", CASES.values(), ids=CASES)
def test_every_map_is_small_and_every_state_is_told(asked, code: str) -> None:  # type: ignore[no-untyped-def]
    result = asked(Lab(code))
    picture = picture_of(result)
    assert len(as_html(*picture.nodes())) < 200_000
    told = [(state.label, state.words) for state in picture.states]
    assert len(set(told)) == len(told)
    parts = set(re.findall(r'data-part="([^"]+)"', as_html(*picture.drawing)))
    for state in picture.states:
        assert state.words.endswith((".", ")"))
        assert set(state.looks) <= parts
    assert picture.high <= (340 if code == "en" else 430)
    for x, y, words in re.findall(
        r'<text [^>]*x="([^"]+)" y="([^"]+)"[^>]*>([^<]*)<', as_html(*picture.drawing)
    ):
        assert 0 <= float(x) <= MAP_WIDE, words
        assert 10 <= float(y) <= picture.high - 4, words


def test_a_walk_lights_what_it_reaches_and_ends_at_a_barrier() -> None:
    stations = [
        Station("you"),
        Station("<b>", ("x" * 90,)),
        Station("there", (), ("done",)),
    ]
    steps = [
        Step("One.", ("s0",)),
        Step("Two.", ("s1", "m0")),
        Step("No.", (), "shut", "s2"),
    ]
    picture = walk(stations, steps, EN)
    assert looking(picture, "on", 0) == {"s0"}
    assert looking(picture, "off", 0) == {"m0", "barrier"}
    assert looking(picture, "on", 1) == {"s0", "s1", "ls1"}
    assert looking(picture, "off", 1) == {"o0", "barrier"}
    assert looking(picture, "cut", 2) == {"s2", "ls2"}
    assert "barrier" not in picture.states[2].looks
    assert "<b>" not in as_html(*picture.drawing)
    assert "shut" in as_html(*picture.drawing)
    # folded
    assert max(map(len, re.findall(r">(x+)<", as_html(*picture.drawing)))) < 30


def test_a_long_way_turns_back_below() -> None:
    stations = [Station(str(number)) for number in range(8)]
    picture = walk(stations, [Step("All.", ("s7",))], EN)
    boxes = re.findall(
        r'data-part="s\d" x="([\d.]+)" y="([\d.]+)"', as_html(*picture.drawing)
    )
    assert [float(x) for x, _ in boxes] == [
        float(x) for x, _ in [*boxes[:4], *boxes[3::-1]]
    ]
    assert len({y for _, y in boxes}) == 2


@pytest.mark.parametrize(
    ("order", "name", "place"),
    [
        (
            "Registro Veloz shall put goles-gratis.example on hold",
            "goles-gratis.example",
            "a1",
        ),
        (
            "Fibra Sur shall block goles-gratis.example by DNS",
            "goles-gratis.example",
            "a0",
        ),
        (
            "Fibra Sur shall block the address 203.0.113.80",
            "goles-gratis.example",
            "s1",
        ),
        (
            "Fibra Sur shall block goles-gratis.example by SNI",
            "goles-gratis.example",
            "the machine",
        ),
        ("", "www.isla.example", "the machine"),
        ("", "www.abandonado.example", "a0"),
    ],
)
def test_the_barrier_stands_where_the_visit_ended(
    order: str, name: str, place: str
) -> None:
    lab = Lab("en")
    visit = (lab.with_order(confirmed(f"{order} {DAY}")) if order else lab).visit(name)
    assert isinstance(visit, VisitPage)
    picture = picture_of(visit)
    place = f"s{len(visit.networks) + 1}" if place == "the machine" else place
    assert looking(picture, "cut") == {place, f"l{place}"}
    assert all(
        "barrier" in looking(picture, "off", n) for n in range(len(picture.states) - 1)
    )
    assert len(picture.states) == len(visit.steps)
    assert ("is not seen" in picture.states[-1].words) == ("SNI" in order)


def test_a_visit_that_succeeds_meets_no_barrier() -> None:
    visit = Lab("en").visit("www.museum.example")
    assert isinstance(visit, VisitPage)
    picture = picture_of(visit)
    assert "barrier" not in as_html(*picture.drawing)
    assert not looking(picture, "cut")
    ways = {f"s{number}" for number in range(1, len(visit.networks) + 1)}
    assert ways <= looking(picture, "on", 2)
    assert not ways & looking(picture, "on", 1)
    assert looking(picture, "off") == {"o0", "o1", "o2"}
    assert "unencrypted" in as_html(
        *picture_of(Lab("en").visit("http://www.museum.example")).drawing
    )


@pytest.mark.parametrize("seat", ["fibra-sur", "movil-norte"])
def test_the_first_network_is_the_provider(seat: str) -> None:
    visit = Lab("en").at(seat).visit("www.museum.example")
    assert isinstance(visit, VisitPage)
    told = re.findall(
        r">([^<]+)</text><text [^>]*>(your provider|network)<",
        as_html(*picture_of(visit).drawing),
    )
    assert told == [
        (name, "network" if place else "your provider")
        for place, name in enumerate(visit.networks)
    ]


def test_the_way_is_followed_machine_by_machine() -> None:
    path = Lab("en").path("ns1.red.gob.test")
    assert isinstance(path, PathPage)
    picture = picture_of(path)
    assert len(picture.states) == 1 + len(path.hops)
    assert says(picture.states[2].words, "path.silent", number=2)
    assert not looking(picture, "cut")
    lost = wrong(Lab("en")).path("www.universidad.test")
    assert isinstance(lost, PathPage)
    picture = picture_of(lost)
    assert looking(picture, "cut") == {
        f"s{len(lost.answered) + 1}",
        f"ls{len(lost.answered) + 1}",
    }
    assert lost.address in picture.states[-1].words


def test_a_jump_of_the_time_is_told_where_it_is() -> None:
    path = Lab("en").at("movil-norte").path("www.museum.example")
    assert isinstance(path, PathPage)
    picture = picture_of(path)
    jumps = [other.number for _, other, _ in path.jumps]
    assert jumps
    for number, state in enumerate(picture.states):
        assert says(state.words, "path.jump") == (number in jumps)


def test_the_walk_lights_one_server_after_another() -> None:
    trace = Lab("en").trace("www.museum.example")
    assert isinstance(trace, TracePage)
    picture = picture_of(trace)
    assert [step.words for step in picture.states] == [
        trace.step(1),
        trace.step(2),
        trace.step(3),
    ]
    assert looking(picture, "on", 1) == {"s0", "s1", "ls1"}
    assert {"s2", "s3"} <= looking(picture, "on")
    lost = picture_of(Lab("en").trace("nada.museum.example"))
    assert looking(lost, "cut") == {"s3", "ls3"}
    assert "does not exist" in as_html(*lost.drawing)


def test_the_chain_ends_where_it_breaks() -> None:
    picture = picture_of(Lab("en").dnssec("www.alterado.example"))
    assert looking(picture, "cut") == {"s3", "ls3"}
    assert looking(picture_of(Lab("en").dnssec("www.museum.example")), "cut") == set()


def test_lit_is_whoever_sees_the_name() -> None:
    compared = (
        Lab("en").at("movil-norte").investigate.observers("www.aula-abierta.org.test")
    )
    assert isinstance(compared, WaysCompared)
    picture = picture_of(compared)
    drawn = as_html(*picture.drawing)
    assert [state.label for state in picture.states] == list(
        compared.tabulated().columns[1:]
    )
    for number, visited in enumerate(compared.visits):
        names = {
            role.name
            for role in Role
            if visited.by(role) & (THE_NAME | {VisibleFact.CONTENT})
        }
        roles = {role.name for role in Role}
        assert looking(picture, "on", number) & roles == names
        assert looking(picture, "off", number) & roles == {
            role.name for role in Role if not visited.by(role) and role.name in drawn
        }
        assert all(
            one.who in picture.states[number].words
            for one in visited.seen
            if one.role.name in names
        )
        readers = {one.who for one in visited.seen if VisibleFact.CONTENT in one.facts}
        told = re.search("[Tt]he page: (.*)[.]", picture.states[number].words)
        assert readers == set(re.split(", | and ", told[1]) if told else ())


def test_the_networks_are_joined_to_whom_they_buy_from() -> None:
    networks = Lab("en").routes.networks()
    assert isinstance(networks, NetworksPage)
    picture = picture_of(networks)
    bought = {f"b{node.asn}-{asn}" for node in networks.nodes for asn in node.providers}
    assert looking(picture, "on", 1) == bought
    members = {f"n{node.asn}" for node in networks.members}
    assert {part for part in looking(picture, "on", 2) if part[0] == "n"} == members


def test_a_smaller_prefix_bends_the_ways() -> None:
    routes = wrong(Lab("en")).routes("198.18.102.0/23")
    assert isinstance(routes, RoutesPage)
    picture = picture_of(routes)
    assert [state.label for state in picture.states] == [
        "Without 198.18.103.0/24",
        "With 198.18.103.0/24",
    ]
    assert not looking(picture, "cut", 0)
    for state, ways in enumerate((routes.without, routes.followed)):
        for network, seen in ways.items():
            if network != seen.origin:
                look = "cut" if seen.origin == 64497 else "on"
                assert picture.states[state].looks[f"l{network}-{seen.path[1]}"] == look
    before = Lab("en").routes.to("198.18.102.0/23")
    assert isinstance(before, RoutesPage)
    assert before.followed == routes.without
    assert len(picture_of(before).states) == 1
