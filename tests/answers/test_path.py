"""The way of a packet: delivery from router to router, and the probes that show it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY, says

from labsupport import Lab
from labsupport.answers.path import PathPage
from labsupport.exchange import Reply, Request, Silence, Unreachable
from labsupport.kinds import Kind
from labsupport.network.offline import OfflineNetwork
from labsupport.world import World

WORLD = World.load()
NETWORK = OfflineNetwork(WORLD)
HOSTS = sorted(
    address
    for server in WORLD.servers
    if not server.dead and "." not in server.zones
    for host in server.hosts
    for address in host.addresses
)
SEATS = st.sampled_from(WORLD.connections)
ANDARIVEL, RED_UNIDA = 64498, 64503


def probe(source: str, to_address: str, hop_limit: int | None) -> Request:
    return Request(source, 0, to_address, 0, "icmp", None, b"ping", hop_limit=hop_limit)


def source_for(seat: object, address: str) -> str:
    sources: tuple[str, str] = seat.sources  # type: ignore[attr-defined]
    return sources[1] if ":" in address else sources[0]


@given(SEATS, st.sampled_from(HOSTS))
def test_each_router_on_the_way_answers_once_and_later_than_the_one_before(
    seat: object, address: str
) -> None:
    source = source_for(seat, address)
    if not source:
        return
    here, there = WORLD.network_of(source), WORLD.network_of(address)
    assert here is not None
    assert there is not None
    way = (here.asn,) if here is there else WORLD.routing.way(here.asn, address)
    silent = {network.asn for network in WORLD.networks if network.silent}
    seconds = []
    for number, asn in enumerate(way, start=1):
        outcome = NETWORK.send(probe(source, address, number))
        if asn in silent:
            assert isinstance(outcome, Silence)
            continue
        assert isinstance(outcome, Unreachable)
        assert outcome.from_address in WORLD.router_addresses
        seconds.append(outcome.elapsed)
    arrived = NETWORK.send(probe(source, address, len(way) + 1))
    assert arrived == NETWORK.send(probe(source, address, None))
    assert isinstance(arrived, Reply)
    assert arrived.from_address == address
    seconds.append(arrived.elapsed)
    assert all(one < other for one, other in pairwise(seconds))


def test_a_router_answers_from_the_line_that_the_packet_came_in_by() -> None:
    path = Lab("en").path("198.51.100.53")
    assert isinstance(path, PathPage)
    assert [hop.address for hop in path.hops] == [
        "198.18.0.1",  # the participant's own network
        "198.18.98.192",  # Andarivel's end of the line to it
        "198.18.98.203",  # Cimiento's end of a line whose addresses are Andarivel's
        "198.51.100.53",
    ]
    assert path.networks == ("Fibra Sur", "Andarivel", "Cimiento")
    assert path.kind is Kind.FOUND
    assert path.arrived


def test_members_of_an_exchange_point_answer_from_its_addresses() -> None:
    path = Lab("en").path("203.0.113.53")
    assert isinstance(path, PathPage)
    assert [hop.network for hop in path.hops] == ["Fibra Sur", "Nodo Coralia", "Alojar"]


def test_silence_on_the_way_is_no_end() -> None:
    path = Lab("en").path("ns1.red.gob.test")
    assert isinstance(path, PathPage)
    assert [bool(hop.address) for hop in path.hops] == [True, False, True]
    assert path.kind is Kind.FOUND
    assert "2 · silent" not in path.sentence
    assert any("silent" in str(row) for row in path.tabulated().rows)
    assert says(path.limits, "path.silence")


def test_nobody_at_the_end_is_no_answer_and_not_absence() -> None:
    path = Lab("en").path("198.51.100.201")
    assert path.kind is Kind.NO_ANSWER
    assert "nobody answered" in path.sentence


def test_neighbours_meet_beyond_the_sea() -> None:
    lab = Lab("en")
    away = lab.path("198.18.129.53")
    assert isinstance(away, PathPage)
    assert "Oceánica" in away.networks
    near = lab.path("203.0.113.53")
    assert isinstance(near, PathPage)
    assert away.hops[-1].seconds > 10 * near.hops[-1].seconds
    assert any("far apart" in note for note in away.notes)
    assert not any("far apart" in note for note in near.notes)


def test_an_ipv6_path_has_ipv6_routers() -> None:
    path = Lab("en").path("2001:db8:501::53")
    assert isinstance(path, PathPage)
    assert path.kind is Kind.FOUND
    assert all(":" in hop.address for hop in path.hops)


def test_no_ipv6_is_said_before_asking() -> None:
    lab = Lab("en").at("movil-norte")
    answer = lab.path("2001:db8:501::53")
    assert answer.kind is Kind.NO_ANSWER
    assert "IPv6" in answer.sentence


@pytest.mark.parametrize("typed", ["a.root-servers.net", "198.41.0.4"])
def test_root_servers_have_no_place_on_the_labs_map(typed: str) -> None:
    answer = Lab("en").path(typed)
    assert answer.kind is Kind.NOT_COVERED


@pytest.mark.parametrize("typed", ["8.8.8.8", "google.com", "2001:4860:4860::8888"])
def test_the_real_internet_is_not_probed(typed: str) -> None:
    lab = Lab("en")
    assert lab.path(typed).kind is Kind.NOT_COVERED
    assert not lab.evidence.lines


@pytest.mark.parametrize("typed", ["", "museo bonito", 7, None])
def test_what_is_no_name_gets_a_sentence(typed: object) -> None:
    assert Lab("en").path(typed).kind is Kind.NOT_ASKED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("www.no-such-museum.example", Kind.NO_SUCH_NAME),
        ("abandonado.example", Kind.NO_ANSWER),
        ("www.alterado.example", Kind.FAILED),
    ],
)
def test_why_there_is_no_way_is_told_apart(name: str, kind: Kind) -> None:
    answer = Lab("en").path(name)
    assert answer.kind is kind
    assert says(repr(answer), "path.without_address_there_no")


def test_the_networks_are_listed_with_whom_they_buy_from() -> None:
    networks = Lab("en").routes.networks()
    rows = {row[0]: row for row in networks.tabulated().rows}  # type: ignore[union-attr]
    assert rows["Brisa"][4] == "Andarivel, Oceánica"
    assert rows["Oceánica"][4] == "–"
    assert len(rows) == len(WORLD.networks)


def test_an_address_for_inside_is_nobodys_but_its_network_is_known() -> None:
    path = Lab("en").at("movil-norte").path("www.museum.example")
    assert isinstance(path, PathPage)
    first = path.hops[0]
    assert (first.address, first.network, first.country) == (
        "100.64.0.1",
        "Móvil Norte",
        "",
    )
    assert SAY("path.an_address_for_inside") in repr(path)


@pytest.mark.parametrize("typed", ["192.168.1.5", "100.64.9.9", "127.0.0.1"])
def test_addresses_of_nobody_have_no_path(typed: str) -> None:
    answer = Lab("en").path(typed)
    assert answer.kind is Kind.NOT_COVERED
    assert "reverse" not in repr(answer)


def test_where_no_way_leads_the_first_router_says_so() -> None:
    """The exchange point announces its own addresses to nobody."""
    path = Lab("en").path("198.18.99.3")
    assert path.kind is Kind.NO_ANSWER
    assert [hop.address for hop in path.hops] == ["198.18.0.1"]  # type: ignore[attr-defined]
