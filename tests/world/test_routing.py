"""Networks choose what messages between them would settle on, and the lab's go where told."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from routing_oracle import (
    ADDRESSES,
    PREFIXES,
    Networks,
    carries,
    chosen_paths,
    networks,
    relation,
    roas,
    validity,
)

from labsupport.world import World
from labsupport.world.model import Roa
from labsupport.world.routing import Announcement, Routing, Validity

# A network draws some fifty numbers; each example is then looked at from everywhere.
many_networks = settings(max_examples=200)

WORLD = World.load()
ROUTING = WORLD.routing
FIBRA_SUR, MOVIL_NORTE, ANDARIVEL, NODO = 64496, 64497, 64498, 64499
RED_UNIDA, OCEANICA = 64503, 64509
FALSE = Announcement(ip_network("198.18.103.0/24"), MOVIL_NORTE)
IN_THE_FALSE_PREFIX, BESIDE_IT = "198.18.103.10", "198.18.102.10"
EVERYBODY = frozenset(network.asn for network in WORLD.networks)


def routing_of(drawn: Networks) -> Routing:
    return Routing(drawn.links, drawn.announcements, drawn.roas, drawn.checking)


@given(networks())
@many_networks
def test_networks_choose_what_messages_between_them_settle_on(drawn: Networks) -> None:
    routing = routing_of(drawn)
    for prefix in PREFIXES:
        table = {asn: route.path for asn, route in routing.table(prefix).items()}
        assert table == chosen_paths(drawn, prefix)


@given(networks())
@many_networks
def test_a_path_leads_over_links_to_an_origin_and_through_no_valley(
    drawn: Networks,
) -> None:
    routing = routing_of(drawn)
    for prefix in PREFIXES:
        links = [link for link in drawn.links if carries(link, prefix.version)]
        for asn, route in routing.table(prefix).items():
            whole = (asn, *route.path)
            assert len(set(whole)) == len(whole)
            assert Announcement(prefix, whole[-1]) in drawn.announcements
            steps = [relation(links, one, other) for one, other in pairwise(whole)]
            # Packets climb to providers, cross to one peer at most, and descend to customers.
            order = [
                ("provider", "peer", "customer").index(str(step)) for step in steps
            ]
            assert order == sorted(order)
            assert order.count(1) <= 1


@given(networks())
@many_networks
def test_who_checks_origins_holds_no_neighbours_invalid_route(drawn: Networks) -> None:
    routing = routing_of(drawn)
    for prefix in PREFIXES:
        for asn, route in routing.table(prefix).items():
            if asn in drawn.checking and route.path:
                assert routing.validity(prefix, route.path[-1]) is not Validity.INVALID


@given(networks())
@many_networks
def test_the_longest_prefix_decides(drawn: Networks) -> None:
    routing = routing_of(drawn)
    for address in ADDRESSES:
        parsed = ip_address(address)
        holding = sorted(
            (p for p in PREFIXES if p.version == parsed.version and parsed in p),
            key=lambda prefix: -prefix.prefixlen,
        )
        for asn in drawn.asns:
            routes = [routing.table(p)[asn] for p in holding if asn in routing.table(p)]
            assert routing.best(asn, address) == (routes[0] if routes else None)


@given(networks())
@many_networks
def test_a_packet_goes_where_each_network_on_the_way_sends_it(drawn: Networks) -> None:
    routing = routing_of(drawn)
    for address in ADDRESSES:
        for asn in drawn.asns:
            way = routing.way(asn, address)
            if not way:
                route = routing.best(asn, address)
                assert route is None or route.path
                continue
            assert way[0] == asn
            last = routing.best(way[-1], address)
            assert last is not None
            assert last.path == (), (
                "it ends where the longest match is the network's own"
            )
            for one, other in pairwise(way):
                route = routing.best(one, address)
                assert route is not None
                assert route.path[0] == other


@given(st.lists(roas(st.integers(1, 3)), max_size=6), st.integers(1, 3))
def test_validity_is_that_of_rfc_6811(signed: list[Roa], asn: int) -> None:
    routing = Routing((), (), signed)
    for prefix in PREFIXES:
        assert routing.validity(prefix, asn).value == validity(signed, prefix, asn)


@pytest.mark.parametrize(
    ("prefix", "asn", "said"),
    [
        ("198.18.102.0/23", 64503, Validity.VALID),
        ("198.18.102.0/23", 64497, Validity.INVALID),  # another origin
        ("198.18.103.0/24", 64503, Validity.INVALID),  # longer than maxLength
        ("198.18.100.0/22", 64503, Validity.NOT_FOUND),  # a ROA of a part says nothing
        ("198.51.100.0/24", 64505, Validity.NOT_FOUND),
        ("2001:db8:503::/48", 64503, Validity.VALID),
        ("2001:db8:503::/48", 64505, Validity.INVALID),
        ("2001:db8:501::/48", 64505, Validity.NOT_FOUND),
        ("0.0.0.0/0", 64503, Validity.NOT_FOUND),
        ("::/0", 64503, Validity.NOT_FOUND),
    ],
)
def test_what_the_labs_roas_say(prefix: str, asn: int, said: Validity) -> None:
    assert ROUTING.validity(ip_network(prefix), asn) is said


def test_one_roa_that_matches_is_enough() -> None:
    prefix = ip_network("198.18.102.0/23")
    signed = [Roa(prefix, 1, 23), Roa(prefix, 2, 24)]
    part = ip_network("198.18.103.0/24")
    assert Routing((), (), signed).validity(part, 2) is Validity.VALID
    assert Routing((), (), signed).validity(part, 1) is Validity.INVALID


def test_between_neighbours_the_way_leads_beyond_the_sea() -> None:
    there = ROUTING.way(FIBRA_SUR, "198.18.129.53")
    assert there == (FIBRA_SUR, ANDARIVEL, OCEANICA, MOVIL_NORTE)
    assert ROUTING.way(MOVIL_NORTE, "198.18.0.53") == there[::-1]
    countries = {n.asn: n.country for n in WORLD.networks}
    assert [countries[asn] for asn in there] == [
        "Coralia",
        "Coralia",
        "Ultramar",
        "Coralia",
    ]


def test_members_of_the_exchange_reach_one_another_directly() -> None:
    prefixes = {network.asn: network.prefixes for network in WORLD.networks}
    pairs = [link.ends for link in WORLD.links if link.exchange == NODO]
    assert len(pairs) == 21
    for ends in pairs:
        for one, other in (ends, ends[::-1]):
            for prefix in prefixes[other]:
                assert ROUTING.table(prefix)[one] == ((other,),)


def test_the_addresses_of_the_exchange_are_announced_to_nobody() -> None:
    exchange = next(network for network in WORLD.networks if network.asn == NODO)
    for prefix in exchange.prefixes:
        assert ROUTING.table(prefix).keys() == {NODO}


def test_every_network_has_a_route_to_every_other() -> None:
    """In both versions of IP, where both have it; the exchange point only lends its switch."""
    connected = [network for network in WORLD.networks if network.asn != NODO]
    for version in (4, 6):
        having = {
            network.asn: [p for p in network.prefixes if p.version == version]
            for network in connected
        }
        asns = {asn for asn, prefixes in having.items() if prefixes}
        for prefix in (prefix for prefixes in having.values() for prefix in prefixes):
            assert ROUTING.table(prefix).keys() == asns


def test_a_network_without_ipv6_has_no_way_to_ipv6() -> None:
    assert ROUTING.best(MOVIL_NORTE, "2001:db8:501::10") is None
    assert ROUTING.way(MOVIL_NORTE, "2001:db8:501::10") == ()


def test_everybody_follows_a_false_part_where_nobody_checks() -> None:
    routing = ROUTING.announced(FALSE, checking=())
    for asn in EVERYBODY - {RED_UNIDA, NODO}:
        assert routing.way(asn, IN_THE_FALSE_PREFIX)[-1] == MOVIL_NORTE
    # Who has the addresses keeps the packets to them; and the other half is not touched.
    assert routing.way(RED_UNIDA, IN_THE_FALSE_PREFIX) == (RED_UNIDA,)
    assert routing.table(ip_network("198.18.102.0/23")) == ROUTING.table(
        ip_network("198.18.102.0/23")
    )
    for asn in EVERYBODY - {MOVIL_NORTE, NODO}:
        assert routing.way(asn, BESIDE_IT)[-1] == RED_UNIDA


def test_a_carrier_that_checks_protects_its_customers() -> None:
    routing = ROUTING.announced(FALSE)
    assert routing.checking == ROUTING.checking
    assert ANDARIVEL in routing.checking
    followers = {
        asn
        for asn in EVERYBODY - {NODO}
        if routing.way(asn, IN_THE_FALSE_PREFIX)[-1] == MOVIL_NORTE
    }
    assert followers == {MOVIL_NORTE, 64504, 64505, 64506, OCEANICA}


def test_a_false_announcement_that_everybody_checks_goes_nowhere() -> None:
    routing = ROUTING.announced(FALSE, checking=EVERYBODY)
    assert routing.table(FALSE.prefix).keys() == {MOVIL_NORTE}


@given(networks(), st.data())
def test_nobody_takes_a_part_of_its_own_block_from_outside(
    drawn: Networks, data: st.DataObject
) -> None:
    assume(drawn.announcements)
    prefix, holder = data.draw(st.sampled_from(drawn.announcements))
    part = next(prefix.subnets()) if prefix.prefixlen < prefix.max_prefixlen else prefix
    stranger = data.draw(st.sampled_from(drawn.asns))
    assume(
        stranger != holder and Announcement(part, stranger) not in drawn.announcements
    )
    routing = Routing(drawn.links, drawn.announcements).announced(
        Announcement(part, stranger)
    )
    route = routing.table(part).get(holder)
    assert route is None or not route.path or route.path[-1] != stranger


def test_a_wide_false_announcement_leads_nobody_astray_who_has_a_narrower_route() -> (
    None
):
    """Every network on the way goes by the longest match, the false one's own included."""
    address = "198.18.110.10"
    wide = Announcement(ip_network("198.18.0.0/16"), ANDARIVEL)
    routing = ROUTING.announced(wide, checking=())
    for network in WORLD.networks:
        assert routing.way(network.asn, address) == ROUTING.way(network.asn, address)


def test_an_announcement_changes_a_copy() -> None:
    assert FALSE.prefix in ROUTING.announced(FALSE).prefixes
    assert FALSE.prefix not in ROUTING.prefixes


@pytest.mark.parametrize(
    ("longest", "longer"),
    [
        ("198.18.103.0/24", "198.18.103.0/25"),
        ("2001:db8:503::/48", "2001:db8:503::/49"),
    ],
)
def test_nobody_takes_a_longer_prefix_than_is_usual(longest: str, longer: str) -> None:
    taken, refused = (
        Announcement(ip_network(text), RED_UNIDA) for text in (longest, longer)
    )
    assert len(ROUTING.announced(taken, checking=()).table(taken.prefix)) > 10
    table = ROUTING.announced(refused, checking=()).table(refused.prefix)
    assert table.keys() == {RED_UNIDA}


def test_nobody_has_a_route_to_what_nobody_announces() -> None:
    assert ROUTING.table(ip_network("198.18.96.0/24")) == {}
    assert ROUTING.best(FIBRA_SUR, "198.18.96.1") is None
    assert ROUTING.way(FIBRA_SUR, "198.18.96.1") == ()
