"""The lab Internet as a network: delivery, rules, state, recording, and dnspython on top."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.dns.transport import exchange, make_query
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import Reply, Request, Reset, Silence, Unreachable
from labsupport.exchange.rules import (
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.network.offline import OfflineNetwork
from labsupport.network.recording import RecordedNetwork
from labsupport.world import World

CLIENT, RESOLVER = "198.18.0.10", "198.18.0.53"
MOBILE_CLIENT, MOBILE_RESOLVER = "100.64.7.21", "198.18.129.53"
FIBRA_SUR = 64496
CIMIENTO = [ip_network("198.51.100.0/24"), ip_network("2001:db8:501::/48")]
A = dns.rdatatype.A


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def resolve(
    network: OfflineNetwork, name: str, rdtype: str = "A"
) -> dns.message.Message:
    query = make_query(
        dns.name.from_text(name), dns.rdatatype.from_text(rdtype), recursion=True
    )
    asked = exchange(network.send, query, source=CLIENT, to_address=RESOLVER)
    assert asked.response is not None
    return asked.response


def dns_request(to_address: str, **changes: object) -> Request:
    wire = make_query(
        dns.name.from_text("museum.example."), A, recursion=False
    ).to_wire()
    fields: dict[str, object] = {
        "protocol": "udp",
        "server_name": None,
        "payload": wire,
    }
    fields.update(changes)
    return Request(CLIENT, 40000, to_address, 53, **fields)  # type: ignore[arg-type]


def test_nobody_at_an_address_is_silence_and_no_route_is_unreachable(
    world: World,
) -> None:
    network = OfflineNetwork(world)
    assert isinstance(network.send(dns_request("198.51.100.201")), Silence)
    assert isinstance(network.send(dns_request("8.8.8.8")), Unreachable)


def test_far_servers_take_longer(world: World) -> None:
    network = OfflineNetwork(world)
    near = network.send(dns_request("198.18.107.53"))
    far = network.send(dns_request("198.19.105.53"))
    assert isinstance(near, Reply)
    assert isinstance(far, Reply)
    assert near.elapsed < far.elapsed


def test_truncated_answers_are_asked_again_over_tcp(world: World) -> None:
    query = make_query(
        dns.name.from_text("boletin.museum.example."),
        dns.rdatatype.TXT,
        recursion=False,
    )
    asked = exchange(
        OfflineNetwork(world).send, query, source=CLIENT, to_address="198.51.100.53"
    )
    assert asked.truncated
    assert asked.response is not None
    assert not asked.response.flags & dns.flags.TC
    assert len(asked.response.answer) == 2


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(Action.DROP, Silence), (Action.RESET, Reset), (Action.UNREACHABLE, Unreachable)],
)
def test_an_address_rule_stops_its_own_networks_packets_only(
    world: World, action: Action, outcome: type
) -> None:
    rule = AddressRule(
        asn=FIBRA_SUR, prefix=ip_network("198.51.100.0/24"), action=action
    )
    network = OfflineNetwork(world, [rule])
    assert isinstance(network.send(dns_request("198.51.100.53")), outcome)
    assert isinstance(network.send(dns_request("203.0.113.53")), Reply)
    from_elsewhere = Request(MOBILE_CLIENT, 4000, "198.51.100.53", 53, "udp", None, b"")
    assert isinstance(network.send(from_elsewhere), Silence), (
        "an empty message has no answer"
    )
    wire = make_query(
        dns.name.from_text("museum.example."), A, recursion=False
    ).to_wire()
    assert isinstance(
        network.send(
            Request(MOBILE_CLIENT, 4000, "198.51.100.53", 53, "udp", None, wire)
        ),
        Reply,
    )


def test_an_address_rule_holds_for_the_resolvers_own_packets(world: World) -> None:
    only_ipv4 = [AddressRule(asn=FIBRA_SUR, prefix=CIMIENTO[0], action=Action.DROP)]
    response = resolve(OfflineNetwork(world, only_ipv4), "www.museum.example.")
    assert response.rcode() == dns.rcode.NOERROR, "the forgotten IPv6 twin answers"
    both = [AddressRule(asn=FIBRA_SUR, prefix=p, action=Action.DROP) for p in CIMIENTO]
    response = resolve(OfflineNetwork(world, both), "www.museum.example.")
    assert response.rcode() == dns.rcode.SERVFAIL
    assert [int(error.code) for error in response.extended_errors()] == [22]


def test_a_rule_for_one_port_leaves_the_others(world: World) -> None:
    rule = AddressRule(
        asn=FIBRA_SUR,
        prefix=ip_network("198.51.100.53/32"),
        action=Action.RESET,
        port=443,
    )
    assert isinstance(
        OfflineNetwork(world, [rule]).send(dns_request("198.51.100.53")), Reply
    )


def test_a_server_name_rule_meets_the_name_shown(world: World) -> None:
    name = dns.name.from_text("museum.example.")
    rule = ServerNameRule(asn=FIBRA_SUR, server_name=name, action=Action.RESET)
    network = OfflineNetwork(world, [rule])
    museum = Request(
        CLIENT, 4000, "198.51.100.10", 443, "https", "www.museum.example", b""
    )
    assert isinstance(network.send(museum), Reset)
    other = replace(museum, server_name="www.cimiento.example")
    assert isinstance(network.send(other), Reply)


@pytest.mark.parametrize(
    ("answer", "rcode"),
    [
        (PolicyAnswer.NAME_ERROR, dns.rcode.NXDOMAIN),
        (PolicyAnswer.NO_DATA, dns.rcode.NOERROR),
        (PolicyAnswer.REFUSED, dns.rcode.REFUSED),
    ],
)
def test_a_name_rule_changes_what_its_own_resolver_says(
    world: World, answer: PolicyAnswer, rcode: dns.rcode.Rcode
) -> None:
    name = dns.name.from_text("goles-gratis.example.")
    rule = NameRule(
        asn=FIBRA_SUR, name=name, answer=answer, error=16, error_text="order 1/2026"
    )
    network = OfflineNetwork(world, [rule])
    response = resolve(network, "www.goles-gratis.example.")
    assert response.rcode() == rcode
    assert not response.answer
    assert [(int(e.code), e.text) for e in response.extended_errors()] == [
        (16, "order 1/2026")
    ]
    query = make_query(name, A, recursion=True)
    elsewhere = exchange(
        network.send, query, source=MOBILE_CLIENT, to_address=MOBILE_RESOLVER
    )
    assert elsewhere.response is not None
    assert elsewhere.response.answer


def test_a_name_rule_can_point_elsewhere(world: World) -> None:
    rule = NameRule(
        asn=FIBRA_SUR,
        name=dns.name.from_text("goles-gratis.example."),
        answer=PolicyAnswer.ADDRESSES,
        addresses=("198.18.0.80",),
    )
    response = resolve(OfflineNetwork(world, [rule]), "goles-gratis.example.")
    assert [r.address for r in response.answer[0]] == ["198.18.0.80"]
    assert not response.flags & dns.flags.AD


def test_rules_start_and_lapse_by_the_clock(world: World) -> None:
    begin = world.start.timestamp() + 600
    rule = AddressRule(
        asn=FIBRA_SUR,
        prefix=ip_network("198.51.100.0/24"),
        action=Action.DROP,
        start=begin,
        end=begin + 3600,
    )
    network = OfflineNetwork(world, [rule])
    seen = []
    for _ in range(3):
        seen.append(isinstance(network.send(dns_request("198.51.100.53")), Reply))
        network.clock.advance(1800)
    network.clock.advance(1800)
    seen.append(isinstance(network.send(dns_request("198.51.100.53")), Reply))
    assert seen == [True, False, False, True]


def test_a_copy_keeps_the_warm_cache_and_goes_its_own_way(world: World) -> None:
    network = OfflineNetwork(world)
    resolve(network, "www.museum.example.")
    gone = ip_network("0.0.0.0/0")
    twin = network.copy(
        [AddressRule(asn=FIBRA_SUR, prefix=gone, action=Action.DROP, port=53)]
    )
    twin.clock.advance(60)
    assert network.clock.now() == twin.clock.now() - 60
    machine = twin._resolvers[RESOLVER, 53]
    wire = make_query(
        dns.name.from_text("www.museum.example."), A, recursion=True
    ).to_wire()
    # Asked inside the provider's network, since the rule stops every packet to port 53.
    outcome = machine.handle(
        Request(CLIENT, 4000, RESOLVER, 53, "udp", None, wire), twin.send, twin.clock
    )
    assert isinstance(outcome, Reply)
    assert dns.message.from_wire(outcome.payload).answer[0].ttl == 3540


def test_the_clock_never_goes_back(world: World) -> None:
    network = OfflineNetwork(world)
    with pytest.raises(ValueError, match="forward"):
        network.clock.advance(-1)


def test_a_recording_holds_what_was_asked_and_no_more(world: World) -> None:
    log = EvidenceLog()
    network = RecordedNetwork(OfflineNetwork(world), log, "here")
    request = dns_request(RESOLVER)
    outcome = network.send(request)
    assert [(line.lab, line.request, line.outcome) for line in log.lines] == [
        ("here", request, outcome)
    ]


@given(payload=st.binary(max_size=600), protocol=st.sampled_from(["udp", "tcp"]))
def test_no_bytes_upset_a_server(payload: bytes, protocol: str) -> None:
    for address in (RESOLVER, "198.51.100.53", "198.41.0.4"):
        request = Request(CLIENT, 4000, address, 53, protocol, None, payload)
        assert isinstance(_SHARED.send(request), Reply | Silence)


@given(data=st.data())
def test_no_damaged_question_upsets_a_server(data: st.DataObject) -> None:
    wire = bytearray(
        make_query(dns.name.from_text("a.museum.example."), A, recursion=True).to_wire()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    for address in (RESOLVER, "198.51.100.53"):
        request = Request(CLIENT, 4000, address, 53, "udp", None, bytes(wire))
        assert isinstance(_SHARED.send(request), Reply | Silence)


_SHARED = OfflineNetwork(World.load())


def test_rules_are_plain_data() -> None:
    rule = Rule(asn=FIBRA_SUR, start=10, end=20)
    assert [rule.in_force(t) for t in (9, 10, 19, 20)] == [False, True, True, False]
