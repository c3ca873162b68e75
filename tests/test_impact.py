"""Who goes dark: all sites at once as one by one, in the lab as by its packets, told in words."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network

import dns.name
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.blocking import impact as module
from labsupport.blocking.execution import Execution, execute
from labsupport.blocking.impact import Impact, bystanders, dark, impact
from labsupport.blocking.order import Order, Target, TargetKind
from labsupport.blocking.population import (
    HOSTINGS,
    NONE,
    NameServer,
    Resolution,
    Sites,
    WrittenNames,
    Zone,
)
from labsupport.blocking.reach import addresses_of
from labsupport.blocking.targets import target
from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.exchange import Request
from labsupport.language import Language
from labsupport.lookups import web
from labsupport.lookups.neighbours import KINDS
from labsupport.lookups.session import Session
from labsupport.lookups.web import Url
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Figure, NoFigure, Provenance, Source
from labsupport.rules import (
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.world import SITE_KINDS, World
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal

WORLD = World.load()
LAB = Sites.of_world(WORLD)
SAY = Language.load("en")
PROVENANCE = Provenance(Source.LAB, "", WORLD.start.timestamp())
FIBRA_SUR, MOVIL_NORTE, RESUELVE = 64496, 64497, 64504
GOLES = "goles-gratis.example"
OF_THE_PLATFORM = {site.name for site in WORLD.sites if site.name.endswith(".mis-paginas.example")}


def name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


# One by one: the slow and obvious way to tell who goes dark


def passes(rules: Sequence[Rule], asn: int, request: Request) -> bool:
    met = (r for r in rules if isinstance(r, AddressRule | ServerNameRule) and r.meets(request))
    return all(rule.asn != asn for rule in met)


def carries(sites: Sites, rules: Sequence[Rule], asn: int, address: int, *, site: str = "") -> bool:
    """Whether a packet of a network gets to an address: to a site, or to a server of the DNS."""
    if asn in sites.ipv4_only and sites.is_ipv6[address]:
        return False
    port, protocol = (443, "https") if site else (53, "udp")
    there = sites.numbers[address]
    return passes(rules, asn, Request("", 0, there, port, protocol, site or None, b""))


def finds(
    sites: Sites, execution: Execution, asker: int, zone: int, looking: frozenset[int] = frozenset()
) -> bool:
    """Whether a resolver gets to a zone; `looking` are those it is on the way to already."""
    resolution = sites.resolution
    assert resolution is not None
    gone = {sites.names.domain(c.domain) for c in execution.changes if isinstance(c, Hold)}
    handed = {
        sites.names.domain(c.domain) for c in execution.changes if isinstance(c, Redelegation)
    }
    if zone in looking or zone in gone | handed or not resolution.zones[zone].delegated:
        return False
    looking |= {zone}
    above = resolution.zones[zone].parent
    if above != NONE and not finds(sites, execution, asker, above, looking):
        return False
    for server in resolution.zones[zone].servers:
        known = server.glue != NONE and server.glue not in gone
        if not known and server.zone != NONE:
            known = finds(sites, execution, asker, server.zone, looking)
        if known and any(carries(sites, execution.rules, asker, a) for a in server.addresses):
            return True
    return False


def opens(sites: Sites, execution: Execution, row: int, network: int, asker: int) -> bool:
    """Whether one site opens for somebody in `network` who asks the resolver in `asker`."""
    own = sites.name(row)
    if not sites.opens[row]:
        return False
    if any(isinstance(c, Withdrawal) and c.site == own for c in execution.changes):
        return False
    numbers = [row] if sites.chain is None else [n for n in sites.chain[row] if n != NONE]
    for number in numbers:
        policy = (r for r in execution.rules if isinstance(r, NameRule) and r.asn == asker)
        rule = next((r for r in policy if r.meets(name(sites.names.text(number)))), None)
        if rule is not None and rule.answer is not PolicyAnswer.TRUE:
            return False
    if sites.resolution is None:
        whole = [c.domain for c in execution.changes if isinstance(c, Hold | Redelegation)]
        if sites.domain[row] in [sites.names.domain(domain) for domain in whole]:
            return False
    else:
        resolvers = sites.resolution.resolvers.get(asker, ())
        if resolvers and not any(carries(sites, execution.rules, network, a) for a in resolvers):
            return False
        zones = [int(sites.resolution.zone_of_name[number]) for number in numbers]
        if not all(finds(sites, execution, asker, zone) for zone in zones):
            return False
    addresses = [int(a) for a in sites.addresses[row] if a != NONE]
    return any(carries(sites, execution.rules, network, a, site=own) for a in addresses)


def nearest(text: str, zones: Sequence[str]) -> str:
    """The deepest of `zones` that a name is or stands in; "" is the root."""
    return max((z for z in zones if not z or f".{text}".endswith(f".{z}")), key=len)


DOMAINS = ("example", "a.example", "b.example", "test", "c.test")
HOST_NAMES = ("", "x.")
TEXTS = ("203.0.113.0", "203.0.113.1", "203.0.113.2", "2001:db8::0", "2001:db8::1")
NETWORKS = (1, 2)  # the second has no IPv6
ANY_NAME = st.sampled_from([f"{host}{domain}" for domain in DOMAINS for host in HOST_NAMES])


@st.composite
def small_sites(draw: st.DrawFn) -> Sites:
    """Draw a few sites, with or without the zones and name servers that lead to them."""
    names = draw(st.lists(ANY_NAME, min_size=1, max_size=8, unique=True))
    count = draw(st.integers(1, len(names)))
    width = draw(st.integers(1, 3))
    some_addresses = st.lists(st.integers(0, len(TEXTS) - 1), min_size=1, max_size=3, unique=True)
    sets = draw(st.lists(some_addresses, min_size=1, max_size=4))
    zones = ("", *DOMAINS)
    of_name = [nearest(text, zones) for text in names]
    chain = [
        [row, *draw(st.lists(st.integers(0, len(names) - 1), max_size=width - 1))]
        for row in range(count)
    ]

    def column(largest: int) -> np.ndarray:
        return np.array([draw(st.integers(0, largest)) for _ in range(count)])

    def servers(zone: int) -> Iterator[NameServer]:
        any_zone = st.sampled_from([NONE, *range(len(zones))])
        for _ in range(draw(st.integers(1, 2))):
            glue = zone if mostly() else draw(any_zone)
            yield NameServer(tuple(draw(some_addresses)), glue, draw(any_zone))

    def mostly() -> bool:
        return draw(st.integers(0, 9)) > 0

    resolution = None
    if draw(st.booleans()):
        parents = [nearest(one.partition(".")[2], zones) for one in DOMAINS]
        resolution = Resolution(
            tuple(
                Zone(parent, tuple(servers(zone)), mostly())
                for zone, parent in enumerate((NONE, *map(zones.index, parents)))
            ),
            np.array([zones.index(zone) for zone in of_name], np.int32),
            {1: tuple(draw(some_addresses))},
        )
    with_chain = resolution is not None or count < len(names) or draw(st.booleans())
    return Sites(
        WrittenNames(tuple(names), zones),
        np.array([zones.index(zone) for zone in of_name[:count]], np.int32),
        column(2).astype(np.uint8),
        column(len(SITE_KINDS) - 1).astype(np.uint8),
        column(len(HOSTINGS) - 1).astype(np.uint8),
        column(len(sets) - 1).astype(np.int32),
        np.array([[*own, *[NONE] * (3 - len(own))] for own in sets], np.int32),
        np.array([":" in text for text in TEXTS]),
        np.zeros(len(TEXTS), np.int32),
        np.zeros(len(TEXTS), np.int32),
        dict(enumerate(TEXTS)),
        np.array([mostly() for _ in range(count)]),
        frozenset({2}),
        np.array([[*own, *[NONE] * (width - len(own))] for own in chain], np.int32)
        if with_chain
        else None,
        resolution,
    )


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    asn = draw(st.sampled_from(NETWORKS))
    kind = draw(st.sampled_from(["name", "address", "server name"]))
    if kind == "name":
        return NameRule(
            asn=asn,
            name=name(draw(ANY_NAME)),
            answer=draw(st.sampled_from(PolicyAnswer)),
            subtree=draw(st.booleans()),
        )
    if kind == "server name":
        return ServerNameRule(asn=asn, server_name=name(draw(ANY_NAME)), action=Action.RESET)
    address = draw(st.sampled_from(TEXTS))
    bits = draw(st.integers(1, 2) if draw(st.booleans()) else st.just(0))
    prefix = ip_network(f"{address}/{(128 if ':' in address else 32) - bits}", strict=False)
    return AddressRule(
        asn=asn,
        prefix=prefix,
        action=Action.DROP,
        port=draw(st.sampled_from([None, 443, 53, 80])),
        protocol=draw(st.sampled_from([None, "https", "udp", "tcp"])),
    )


@st.composite
def changes(draw: st.DrawFn) -> Change:
    kind = draw(st.sampled_from([Hold, Redelegation, Withdrawal]))
    if kind is Withdrawal:
        return Withdrawal(site=draw(ANY_NAME))
    domain = draw(st.sampled_from([*DOMAINS, "nobody.test"]))
    if kind is Hold:
        return Hold(domain=domain, status="client hold")
    return Redelegation(domain=domain)


@given(
    small_sites(),
    st.lists(rules(), max_size=5),
    st.lists(changes(), max_size=2),
    st.sampled_from(NETWORKS),
    st.sampled_from(NETWORKS),
)
@settings(max_examples=500)
def test_all_at_once_is_one_by_one(
    sites: Sites, drawn: list[Rule], made: list[Change], network: int, asker: int
) -> None:
    execution = Execution(tuple(drawn), tuple(made))
    found = dark(sites, execution, network=network, resolver_network=asker)
    for row in range(len(sites)):
        before = opens(sites, Execution(), row, network, asker)
        assert found[row] == (before and not opens(sites, execution, row, network, asker))


@given(small_sites(), st.lists(rules(), max_size=3))
def test_a_part_of_the_sites_goes_dark_as_it_does_among_all(
    sites: Sites, drawn: list[Rule]
) -> None:
    rows = np.flatnonzero(np.arange(len(sites)) % 2 == 0)
    seat = {"network": 1, "resolver_network": 1}
    whole = dark(sites, Execution(tuple(drawn)), **seat)
    assert (dark(sites.take(rows), Execution(tuple(drawn)), **seat) == whole[rows]).all()


# The lab's own sites


def seen_dark(execution: Execution, network: int, resolver: int = 0) -> set[str]:
    mask = dark(LAB, execution, network=network, resolver_network=resolver or network)
    return set(LAB.names_where(mask))


def addresses(site: str) -> tuple[str, ...]:
    alike = (site, f"www.{site}")
    return next((one.addresses for one in WORLD.sites if one.name in alike), ())


def carried_out(technique: Technique, site: str) -> Execution:
    order = Order((Target(site, TargetKind.NAME),), technique)
    return execute(order, WORLD, addresses, WORLD.start.timestamp(), SAY)


def block(prefix: str, *networks: int, port: int | None = None) -> Execution:
    return Execution(
        tuple(
            AddressRule(asn=asn, prefix=ip_network(prefix), action=Action.DROP, port=port)
            for asn in networks
        )
    )


def test_an_address_takes_all_who_share_it_and_a_name_nobody_else() -> None:
    by_address = seen_dark(carried_out(Technique.ADDRESS, GOLES), FIBRA_SUR)
    assert GOLES in by_address
    assert len(by_address) == 1 + 212
    assert seen_dark(carried_out(Technique.RESOLVER, GOLES), FIBRA_SUR) == {GOLES}


def test_a_hold_takes_all_who_have_their_name_from_the_domain() -> None:
    held = seen_dark(carried_out(Technique.REGISTRAR_HOLD, "mis-paginas.example"), MOVIL_NORTE)
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
                asn=FIBRA_SUR, name=name("clientes.brisa-cdn.example"), answer=PolicyAnswer.REFUSED
            ),
        )
    )
    found = seen_dark(cdn, FIBRA_SUR)
    assert found == {site.name for site in WORLD.sites if site.hosting == "cdn"}
    by_server_name = Execution(
        (ServerNameRule(asn=FIBRA_SUR, server_name=name("brisa-cdn.example"), action=Action.RESET),)
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
    assert seen_dark(carried_out(Technique.RESOLVER, GOLES), FIBRA_SUR, RESUELVE) == set()
    assert seen_dark(carried_out(Technique.ADDRESS, GOLES), FIBRA_SUR, RESUELVE)
    everywhere = carried_out(Technique.PUBLIC_RESOLVER, GOLES)
    assert seen_dark(everywhere, FIBRA_SUR, RESUELVE) == {GOLES}
    assert seen_dark(everywhere, FIBRA_SUR) == set()


def test_a_rule_on_another_port_is_no_matter_to_visitors() -> None:
    assert seen_dark(block("203.0.113.80", FIBRA_SUR, port=80), FIBRA_SUR) == set()
    assert seen_dark(block("203.0.113.80", FIBRA_SUR, port=443), FIBRA_SUR)


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
    assert seen_dark(block("198.18.129.53", MOVIL_NORTE), MOVIL_NORTE, RESUELVE) == set()


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
    change = Withdrawal(site=GOLES)
    sites = Sites.of_world(WORLD.changed(change))
    again = carried_out(Technique.ADDRESS, GOLES)
    found = dark(sites, again, network=FIBRA_SUR, resolver_network=FIBRA_SUR)
    assert GOLES not in sites.names_where(found)
    handed = Sites.of_world(WORLD.changed(Redelegation(domain="alojar.example")))
    names = handed.names_where(dark(handed, again, network=FIBRA_SUR, resolver_network=FIBRA_SUR))
    assert GOLES in names
    assert not any(name.endswith(".test") for name in names)  # gone with their name servers


# Packet by packet

SOME_SITES = [site.name for site in WORLD.sites if site.hosting != "shared"][::3]
SOME_SITES += [GOLES, "biblioteca-del-muelle.org.test"]


def answers(session: Session, site: str) -> bool:
    """Whether any address of a site gives out something of it, by the packets of a session."""
    url = Url("https", name(site))
    for address in addresses_of(session, site):
        if session.entry.source_for(address):
            response = web.get(session, url, address).response
            if response is not None and response.status != 451:
                return True
    return False


def answering(execution: Execution, where: str) -> set[str]:
    lab = copy.copy(Lab("en"))
    network = OfflineNetwork(WORLD, execution.rules, changes=execution.changes)
    lab._inside = replace(lab._inside, network=network)
    session = lab.at(where)._session
    return {site for site in SOME_SITES if answers(session, site)}


@pytest.mark.parametrize("connection", WORLD.connections, ids=lambda connection: connection.key)
def test_the_lab_finds_the_same_packet_by_packet(connection: object) -> None:
    from labsupport.world import Connection

    assert isinstance(connection, Connection)
    resolver = WORLD.network_of(connection.resolvers[0])
    assert resolver is not None
    before = answering(Execution(), connection.key)
    for execution in (
        carried_out(Technique.NAME_SERVERS, "brisa-cdn.example"),
        carried_out(Technique.REGISTRY_HOLD, "alojar.example"),
        carried_out(Technique.RESOLVER, "universidad.test"),
        block("198.18.110.0/24", FIBRA_SUR, MOVIL_NORTE),
    ):
        gone = before - answering(execution, connection.key)
        found = seen_dark(execution, connection.asn, resolver.asn)
        assert found & set(SOME_SITES) == gone


# The model

SMALL = Sites.generated(1_000)
SEAT = {"network": FIBRA_SUR, "resolver_network": FIBRA_SUR}


def in_documentation_blocks(sites: Sites) -> Sites:
    """The same sites, every announced block in a prefix of its own."""
    first = dict.fromkeys(sites.block.tolist(), 0)
    texts = {}
    for number, block_number in enumerate(sites.block.tolist()):
        place = first[block_number]
        first[block_number] += 1
        if sites.is_ipv6[number]:
            texts[number] = str(ip_network("3fff::/20")[(block_number << 64) + place])
        else:
            texts[number] = str(ip_network("198.18.0.0/15")[64 * block_number + place])
    return sites.numbered(texts)


def executed_on(sites: Sites, row: int, technique: Technique) -> Execution:
    """What one way of blocking comes to with one site of the model as the target."""
    own = [sites.numbers[int(a)] for a in sites.addresses[row] if a != NONE]
    site = sites.name(row)
    if technique in (Technique.ADDRESS, Technique.ROUTE):
        wide = technique is Technique.ROUTE
        prefixes = {
            ip_network(
                f"{a}/{(64 if ':' in a else 26) if wide else (128 if ':' in a else 32)}",
                strict=False,
            )
            for a in own
        }
        return Execution(
            tuple(AddressRule(asn=FIBRA_SUR, prefix=p, action=Action.DROP) for p in prefixes)
        )
    if technique in (Technique.RESOLVER, Technique.PUBLIC_RESOLVER):
        rule = NameRule(asn=FIBRA_SUR, name=name(site), answer=PolicyAnswer.NAME_ERROR)
        return Execution((rule,))
    if technique is Technique.SERVER_NAME:
        return Execution(
            (ServerNameRule(asn=FIBRA_SUR, server_name=name(site), action=Action.RESET),)
        )
    if PROFILES[technique].on == "domains":
        domain = ".".join(site.split(".")[-2:])
        return Execution(changes=(Hold(domain=domain, status="server hold"),))
    return Execution(changes=(Withdrawal(site=site),))


@pytest.mark.parametrize("technique", Technique)
@pytest.mark.parametrize("ipv6", [True, False])
def test_crowds_are_what_each_site_as_the_target_comes_to(technique: Technique, ipv6: bool) -> None:
    sites = in_documentation_blocks(Sites.generated(1_000, customers=0.1))
    if not ipv6:
        sites = replace(sites, ipv4_only=frozenset({FIBRA_SUR}))
    for number, hosting in enumerate(HOSTINGS):
        rows = np.flatnonzero(sites.hosting == number)
        quantiles = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
        crowd = bystanders(sites, technique, hosting, quantiles, ipv6=ipv6)
        assert crowd.sites == len(rows)
        each = [
            int(dark(sites, executed_on(sites, int(r), technique), **SEAT).sum()) - 1 for r in rows
        ]
        expected = np.quantile(each, quantiles, method="inverted_cdf")
        assert list(crowd.others.values()) == expected.tolist()


def test_there_is_nothing_to_count_where_no_site_is_hosted_so() -> None:
    crowd = bystanders(SMALL.take(np.flatnonzero(SMALL.hosting == 0)), Technique.ADDRESS, "cdn")
    assert crowd.sites == 0
    assert set(crowd.others.values()) == {0}


def test_crowds_are_not_counted_where_sites_share_a_part_of_their_addresses() -> None:
    with pytest.raises(ValueError, match="share a part"):
        bystanders(LAB, Technique.ADDRESS, "cdn")


# Told to a person


def told(
    technique: Technique, site: str, *, targets: Sequence[str] = (), own: bool = True
) -> Impact:
    execution = carried_out(technique, site)
    order = naming(*(targets or [site]))
    return impact(WORLD, order, execution, SAY, PROVENANCE, sites=LAB, population=SMALL, own=own)


def naming(*targets: str) -> Order:
    return Order(tuple(filter(None, map(target, targets))))


def test_the_sentence_counts_target_and_bystanders() -> None:
    result = told(Technique.ADDRESS, GOLES)
    total = len(WORLD.sites)
    assert result.sentence.startswith(
        f"Of {total} sites in the lab, 213 go dark for customers of Fibra Sur, "
        "Fibra Sur + Resuelve, Móvil Norte: the site in the order and 212 bystanders. Among them: "
        "health: 8"
    )
    assert len(result.bystanders) == 212
    assert GOLES not in result.bystanders
    assert result.targets == (GOLES,)


def test_the_table_has_a_row_for_each_connection() -> None:
    table = told(Technique.RESOLVER, GOLES).tabulated()
    assert [row[:3] for row in table.rows] == [
        ("Fibra Sur", "goes dark", 0),
        ("Fibra Sur + Resuelve", "stays open", 0),
        ("Móvil Norte", "goes dark", 0),
    ]
    kinds = str(told(Technique.ADDRESS, GOLES).tabulated().rows[0][3])
    assert (
        kinds == "shop: 73, craftsman: 24, restaurant: 22, association: 15, sport: 8, 18 more kinds"
    )


def test_a_name_without_www_means_the_site_with_it() -> None:
    assert told(Technique.RESOLVER, "museum.example").targets == ("www.museum.example",)
    result = told(Technique.RESOLVER, "museum.example")
    assert result.sentence.endswith(
        "1 goes dark for customers of Fibra Sur, Móvil Norte: the site in the order, and no other "
        "site."
    )


def test_several_targets_are_counted() -> None:
    both = told(Technique.ADDRESS, GOLES, targets=[GOLES, "museum.example"])
    assert "go dark for customers" in both.sentence
    assert both.tabulated().rows[0][1] == "1 of 2 go dark"


def test_an_order_that_names_no_site_has_bystanders_only() -> None:
    result = told(Technique.ADDRESS, GOLES, targets=["198.51.100.99"])
    assert "213 bystanders, none of them named in the order" in result.sentence
    assert result.tabulated().rows[0][1] == "–"
    assert result.crowds == ()


def test_a_target_that_stays_open_is_told() -> None:
    result = told(Technique.ADDRESS, GOLES, targets=["museum.example"])
    assert "213 bystanders, while the site in the order stays open" in result.sentence


def test_an_order_that_does_nothing_takes_nothing() -> None:
    result = impact(WORLD, naming(GOLES), Execution(), SAY, PROVENANCE, sites=LAB, population=SMALL)
    assert result.sentence.endswith("none goes dark, whichever the connection.")
    assert result.bystanders == ()
    assert isinstance(result.figure(), NoFigure)
    assert result.crowds == ()


def test_the_model_is_asked_for_the_same_measure_and_hosting() -> None:
    result = told(Technique.ADDRESS, GOLES)
    (crowd,) = result.crowds
    assert crowd == bystanders(SMALL, Technique.ADDRESS, "shared")
    median, most = crowd.others[0.5], crowd.others[0.9]
    assert any(
        f"In a model of {len(SMALL):,} sites" in note
        and f"on shared hosting hits a median of {median:,} others" in note
        and f"more than {most:,}." in note
        for note in result.notes
    )


@pytest.mark.parametrize(
    ("technique", "site", "expected"),
    [
        (Technique.AUTHOR, GOLES, Technique.HOST),  # the lab cannot tell them apart
        (Technique.CDN, "www.partidos-ya.example", Technique.CDN),
        (Technique.PUBLIC_RESOLVER, GOLES, Technique.PUBLIC_RESOLVER),
        (Technique.REGISTRAR_HOLD, GOLES, Technique.REGISTRAR_HOLD),
        (Technique.REGISTRY_HOLD, GOLES, Technique.REGISTRY_HOLD),
        (Technique.NAME_SERVERS, GOLES, Technique.NAME_SERVERS),
        (Technique.ROUTE, GOLES, Technique.ROUTE),
        (Technique.SERVER_NAME, GOLES, Technique.SERVER_NAME),
    ],
)
def test_the_model_is_told_how_it_was_blocked(
    technique: Technique, site: str, expected: Technique
) -> None:
    assert [crowd.technique for crowd in told(technique, site).crowds] == [expected]


def test_the_model_tells_when_nobody_else_is_hit_and_when_seldom() -> None:
    alone = told(Technique.HOST, GOLES)
    assert any("hits no other." in note for note in alone.notes)
    sites = Sites.generated(50_000)
    execution = carried_out(Technique.RESOLVER, GOLES)
    seldom = impact(WORLD, naming(GOLES), execution, SAY, PROVENANCE, sites=LAB, population=sites)
    most = bystanders(sites, Technique.RESOLVER, "shared").others[1.0]
    assert any(f"nine cases of ten, and up to {most:,} in the rest" in n for n in seldom.notes)


def test_without_a_model_the_large_one_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def generated(cls: type[Sites], size: int = 1_000_000) -> Sites:
        made.append(size)
        return SMALL

    monkeypatch.setattr(Sites, "generated", classmethod(generated))
    module._model.cache_clear()
    for _ in range(2):
        impact(WORLD, naming(GOLES), carried_out(Technique.ADDRESS, GOLES), SAY, PROVENANCE)
    module._model.cache_clear()
    assert made == [1_000_000]


def test_a_hold_tells_what_goes_besides_web_sites() -> None:
    notes = told(Technique.REGISTRY_HOLD, "museum.example").notes
    assert any(
        "not only its web sites: mail for it stops." in note
        and "more names below it lead nowhere any more: correo.museum.example"
        in note.replace("a.b.salas.museum.example, ", "")
        for note in notes
    )
    without_mail = told(Technique.NAME_SERVERS, "servidns.test").notes
    assert any("it names no mail server" in note for note in without_mail)
    assert not any("as a whole" in note for note in told(Technique.ADDRESS, GOLES).notes)


def test_the_words_of_a_draft_stay_out() -> None:
    order = Order(
        (Target("museum.example", TargetKind.NAME), Target("secreto.example", TargetKind.NAME)),
        Technique.HOST,
    )
    execution = execute(order, WORLD, addresses, WORLD.start.timestamp(), SAY)
    assert any("secreto" in sentence for sentence in execution.told)
    for own in (True, False):
        result = impact(
            WORLD, order, execution, SAY, PROVENANCE, sites=LAB, population=SMALL, own=own
        )
        assert ("secreto" in repr(result)) == own
    held = repr(told(Technique.REGISTRY_HOLD, "museum.example", own=False))
    assert "museum.example" not in held
    assert "mail for it stops" in held


def test_the_figure_shows_the_bystanders_by_kind() -> None:
    figure = told(Technique.ADDRESS, GOLES).figure()
    assert isinstance(figure, Figure)
    rows = {str(kind): int(str(count)) for kind, count in figure.data.rows}
    assert rows["shop"] == 73
    assert sum(rows.values()) == 212
    assert "health: 8" in figure.alt
    assert figure.png().startswith(b"\x89PNG")


def test_every_kind_of_site_has_a_word() -> None:
    assert set(SITE_KINDS) <= KINDS.keys()


def test_limits_tell_what_the_model_cannot() -> None:
    result = told(Technique.ROUTE, GOLES)
    assert any("no name server stands at a blocked address" in limit for limit in result.limits)
    assert any("invented" in limit for limit in result.limits)
    assert "arXiv 1911.00563" in repr(result.assumptions)
    without = told(Technique.ADDRESS, GOLES, targets=["nobody.example"])
    assert not any("The model" in limit for limit in without.limits)
