"""Which sites go dark: by rules as packets meet them, by zones one by one, and in the lab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network

import dns.name
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport.exchange import Request
from labsupport.exchange.rules import (
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    ServerNameRule,
)
from labsupport.language import Language
from labsupport.orders.execution import Execution, execute
from labsupport.orders.impact import (
    NameServer,
    Zone,
    _hidden,
    _resolved,
    dark,
    reached_by,
)
from labsupport.orders.order import Target, TargetKind, order_of
from labsupport.orders.techniques import Technique
from labsupport.world import World
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal
from labsupport.world.facts import ancestors

WORLD = World.load()
SAY = Language.load("en")
FIBRA_SUR, MOVIL_NORTE, RESUELVE = 64496, 64497, 64504
GOLES = "goles-gratis.example"
OF_THE_PLATFORM = {
    site.name for site in WORLD.sites if site.name.endswith(".mis-paginas.example")
}
RESOLVERS = {
    resolver.asn: connection.resolvers
    for connection in WORLD.connections
    if (resolver := WORLD.network_of(connection.resolvers[0]))
}


def name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


# Rules

LABELS = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3).map(".".join)
ADDRESSES = st.one_of(
    st.integers(0, 7).map(lambda n: f"203.0.113.{n}"),
    st.integers(0, 7).map(lambda n: f"2001:db8::{n}"),
)


@st.composite
def name_rules(draw: st.DrawFn) -> NameRule:
    return NameRule(
        asn=draw(st.sampled_from([FIBRA_SUR, MOVIL_NORTE])),
        name=name(draw(LABELS)),
        answer=draw(st.sampled_from(PolicyAnswer)),
        subtree=draw(st.booleans()),
    )


@given(st.lists(name_rules(), max_size=6), LABELS.filter(bool))
def test_the_first_rule_that_a_name_falls_under_counts(
    rules: list[NameRule], asked: str
) -> None:
    met = (rule for rule in rules if rule.asn == FIBRA_SUR and rule.meets(name(asked)))
    first = next(met, None)
    hidden = first is not None and first.answer is not PolicyAnswer.TRUE
    assert _hidden(rules, FIBRA_SUR)((asked, *ancestors(asked))) == hidden


@st.composite
def address_rules(draw: st.DrawFn) -> AddressRule:
    address = draw(ADDRESSES)
    bits = (128 if ":" in address else 32) - draw(st.integers(0, 3))
    return AddressRule(
        asn=draw(st.sampled_from([FIBRA_SUR, MOVIL_NORTE])),
        prefix=ip_network(f"{address}/{bits}", strict=False),
        action=Action.DROP,
    )


@given(
    st.lists(address_rules(), max_size=5),
    ADDRESSES,
    st.sampled_from([FIBRA_SUR, MOVIL_NORTE]),
)
def test_an_address_is_reached_unless_a_rule_meets_the_packet(
    rules: list[AddressRule], address: str, asn: int
) -> None:
    packet = Request("", 0, address, 443, "https", None, b"")
    has_it = asn == FIBRA_SUR or ":" not in address  # Móvil Norte has no IPv6
    expected = has_it and not any(
        rule.asn == asn and rule.meets(packet) for rule in rules
    )
    assert reached_by(WORLD, rules, asn)(address) == expected


# Zones, one by one

ZONES = (".", "example", "a.example", "b.example", "test", "c.test")
TEXTS = ("203.0.113.0", "203.0.113.1", "2001:db8::0")


def parent(zone: str) -> str:
    return "" if zone == "." else zone.partition(".")[2] or "."


def some_zone(zone: str) -> st.SearchStrategy[Zone]:
    """A zone, with name servers that may stand anywhere."""
    glue = st.sampled_from([zone] * 9 + ["", *ZONES])
    own = st.lists(st.sampled_from(TEXTS), min_size=1, unique=True).map(tuple)
    server = st.builds(NameServer, own, glue, st.sampled_from(ZONES))
    return st.builds(
        Zone, st.just(parent(zone)), st.lists(server, max_size=2).map(tuple)
    )


def finds(
    zones: Mapping[str, Zone],
    changes: Sequence[Change],
    reached: frozenset[str],
    zone: str,
    looking: frozenset[str] = frozenset(),
) -> bool:
    """Whether a resolver gets to a zone; `looking` are those it is on the way to already."""
    held = {change.domain for change in changes if isinstance(change, Hold)}
    handed = {change.domain for change in changes if isinstance(change, Redelegation)}
    if zone in looking | held | handed:
        return False
    looking |= {zone}
    above = zones[zone].parent
    if above and not finds(zones, changes, reached, above, looking):
        return False
    for server in zones[zone].servers:
        known = bool(server.glue) and server.glue not in held
        known = known or finds(zones, changes, reached, server.zone, looking)
        if known and reached.intersection(server.addresses):
            return True
    return False


@given(
    st.fixed_dictionaries({zone: some_zone(zone) for zone in ZONES}),
    st.lists(
        st.sampled_from(ZONES[1:]).flatmap(
            lambda zone: st.sampled_from(
                [Hold(domain=zone, status="client hold"), Redelegation(domain=zone)]
            )
        ),
        max_size=2,
    ),
    st.frozensets(st.sampled_from(TEXTS)),
)
@settings(max_examples=500)
def test_all_zones_at_once_are_found_as_one_by_one(
    zones: dict[str, Zone], changes: list[Change], reached: frozenset[str]
) -> None:
    resolved = _resolved(zones, changes, reached.__contains__)
    for zone in zones:
        assert (zone in resolved) == finds(zones, changes, reached, zone)


# The lab


def seen_dark(execution: Execution, network: int, resolver: int = 0) -> set[str]:
    return set(dark(WORLD, execution, network, RESOLVERS[resolver or network]))


def addresses(site: str) -> tuple[str, ...]:
    alike = (site, f"www.{site}")
    return next((one.addresses for one in WORLD.sites if one.name in alike), ())


def carried_out(technique: Technique, site: str) -> Execution:
    order = order_of((Target(site, TargetKind.NAME),), technique)
    return execute(order, WORLD, addresses, WORLD.start.timestamp(), SAY)


def block(prefix: str, *networks: int) -> Execution:
    return Execution(
        tuple(
            AddressRule(asn=asn, prefix=ip_network(prefix), action=Action.DROP)
            for asn in networks
        )
    )


EVERYTHING = Execution(
    block("0.0.0.0/0", FIBRA_SUR).rules + block("::/0", FIBRA_SUR).rules
)


def test_the_sites_that_open_for_nobody_go_dark_for_nobody() -> None:
    assert {site.name for site in WORLD.sites} - seen_dark(EVERYTHING, FIBRA_SUR) == {
        "www.archivo.example",  # its signatures have expired
        "www.isla.example",  # and here the certificate
        "www.mudanza.example",  # its key is another
        "www.retenido.example",  # withdrawn, as the next
        "www.suspendido.example",
    }
    # of its addresses only that in IPv6 is believed
    altered = block("2001:db8::/32", FIBRA_SUR)
    assert "www.alterado.example" in seen_dark(altered, FIBRA_SUR)


def test_an_address_takes_all_who_share_it_and_a_name_nobody_else() -> None:
    by_address = seen_dark(carried_out(Technique.ADDRESS, GOLES), FIBRA_SUR)
    assert GOLES in by_address
    assert len(by_address) == 1 + 212
    assert seen_dark(carried_out(Technique.RESOLVER, GOLES), FIBRA_SUR) == {GOLES}


def test_a_hold_takes_all_who_have_their_name_from_the_domain() -> None:
    held = seen_dark(
        carried_out(Technique.REGISTRAR_HOLD, "mis-paginas.example"), MOVIL_NORTE
    )
    assert held == OF_THE_PLATFORM
    assert len(held) > 1


def test_the_twin_in_ipv6_keeps_a_site_open_for_those_who_have_it() -> None:
    museum = block("198.51.100.10", FIBRA_SUR, MOVIL_NORTE)
    assert seen_dark(museum, FIBRA_SUR) == set()
    assert seen_dark(museum, MOVIL_NORTE) == {"www.museum.example"}


def test_who_could_not_open_a_site_before_does_not_lose_it() -> None:
    only_ipv6 = carried_out(Technique.RESOLVER, "www.seis.example")
    assert seen_dark(only_ipv6, FIBRA_SUR) == {"www.seis.example"}
    assert seen_dark(only_ipv6, MOVIL_NORTE) == set()
    withdrawn = carried_out(Technique.RESOLVER, "www.retenido.example")
    assert seen_dark(withdrawn, FIBRA_SUR) == set()


def test_a_rule_on_the_alias_of_a_site_is_a_rule_on_the_site() -> None:
    cdn = Execution(
        (
            NameRule(
                asn=FIBRA_SUR,
                name=name("clientes.brisa-cdn.example"),
                answer=PolicyAnswer.REFUSED,
            ),
        )
    )
    found = seen_dark(cdn, FIBRA_SUR)
    assert found == {site.name for site in WORLD.sites if site.hosting == "cdn"}
    by_server_name = Execution(
        (
            ServerNameRule(
                asn=FIBRA_SUR,
                server_name=name("brisa-cdn.example"),
                action=Action.RESET,
            ),
        )
    )
    assert seen_dark(by_server_name, FIBRA_SUR) == {"www.brisa-cdn.example"}


def test_an_exception_that_stands_first_is_an_exception() -> None:
    spared = "fotos-del-valle.mis-paginas.example"
    all_but_one = Execution(
        tuple(
            NameRule(asn=FIBRA_SUR, name=name(text), answer=answer)
            for text, answer in (
                (spared, PolicyAnswer.TRUE),
                ("mis-paginas.example", PolicyAnswer.NAME_ERROR),
            )
        )
    )
    assert seen_dark(all_but_one, FIBRA_SUR) == OF_THE_PLATFORM - {spared}


def test_who_asks_another_resolver_escapes_that_resolver_only() -> None:
    assert (
        seen_dark(carried_out(Technique.RESOLVER, GOLES), FIBRA_SUR, RESUELVE) == set()
    )
    assert seen_dark(carried_out(Technique.ADDRESS, GOLES), FIBRA_SUR, RESUELVE)
    everywhere = carried_out(Technique.PUBLIC_RESOLVER, GOLES)
    assert seen_dark(everywhere, FIBRA_SUR, RESUELVE) == {GOLES}
    assert seen_dark(everywhere, FIBRA_SUR) == set()


def test_name_servers_behind_a_block_take_their_domains_along() -> None:
    registry = block("198.18.107.0/24", FIBRA_SUR, MOVIL_NORTE)  # of .test, in IPv4
    ending = {site.name for site in WORLD.sites if site.name.endswith(".test")}
    found = seen_dark(registry, MOVIL_NORTE)
    assert ending <= found
    # Resolvers with IPv6 get around it. The registry's own site stands behind the block itself.
    assert seen_dark(registry, FIBRA_SUR) == {"rdap.nic.test"}
    assert seen_dark(registry, MOVIL_NORTE, RESUELVE) == {"rdap.nic.test"}


def test_who_blocks_his_own_resolver_blocks_everything() -> None:
    found = seen_dark(block("198.18.129.53", MOVIL_NORTE), MOVIL_NORTE)
    assert len(found) > 200
    assert (
        seen_dark(block("198.18.129.53", MOVIL_NORTE), MOVIL_NORTE, RESUELVE) == set()
    )


def test_a_host_that_goes_takes_those_whose_name_servers_it_names() -> None:
    customers = {site.name for site in WORLD.sites if site.hosting == "shared"}
    held = seen_dark(carried_out(Technique.REGISTRY_HOLD, "alojar.example"), FIBRA_SUR)
    assert customers < held
    # Handed over, it still stands in the registry's zone with the addresses of its servers:
    # only who must look these up finds the notice instead.
    handed = seen_dark(carried_out(Technique.NAME_SERVERS, "alojar.example"), FIBRA_SUR)
    assert {site for site in customers if site.endswith(".test")} < handed
    assert not any(site.endswith(".example") for site in customers & handed)


def test_a_site_that_its_host_switches_off_is_alone() -> None:
    assert seen_dark(carried_out(Technique.HOST, GOLES), MOVIL_NORTE) == {GOLES}


def test_without_an_order_nothing_goes_dark() -> None:
    assert seen_dark(Execution(), FIBRA_SUR) == set()


def test_an_earlier_order_has_taken_what_it_took() -> None:
    again = carried_out(Technique.ADDRESS, GOLES)
    withdrawn = WORLD.changed(Withdrawal(site=GOLES))
    assert GOLES not in dark(withdrawn, again, FIBRA_SUR, RESOLVERS[FIBRA_SUR])
    handed = WORLD.changed(Redelegation(domain="alojar.example"))
    names = dark(handed, again, FIBRA_SUR, RESOLVERS[FIBRA_SUR])
    assert GOLES in names
    # gone with their name servers
    assert not any(name.endswith(".test") for name in names)


@given(st.sampled_from([site.name for site in WORLD.sites]), st.integers(0, 3))
@settings(max_examples=30)
def test_a_rule_on_server_names_takes_the_sites_that_show_one(
    site: str, up: int
) -> None:
    labels = name(site).labels
    rule = ServerNameRule(
        asn=FIBRA_SUR,
        server_name=dns.name.Name(labels[min(up, len(labels) - 1) :]),
        action=Action.RESET,
    )
    found = seen_dark(Execution((rule,)), FIBRA_SUR)
    for one in seen_dark(EVERYTHING, FIBRA_SUR):
        assert (one in found) == rule.meets(Request("", 0, "", 443, "https", one, b""))
