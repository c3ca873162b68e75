"""Which sites go dark, told and seen by packets: every site of the lab, every technique.

A site is dark when it opened before the order and does not open under it, once resolvers have
forgotten what they knew. One side tells that by what the lab is made of, the other visits each.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from ipaddress import ip_network

import dns.name
import pytest

from labsupport.exchange.entry import Entry
from labsupport.exchange.rules import (
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.kinds import Source
from labsupport.language import Language
from labsupport.lookups import resolvers
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.orders.execution import Execution, execute
from labsupport.orders.impact import dark
from labsupport.orders.order import Target, TargetKind, order_of
from labsupport.orders.simulation import opens
from labsupport.orders.techniques import Technique
from labsupport.world import World
from labsupport.world.changes import (
    NOTICE_SITE,
    Change,
    Departure,
    Hold,
    Redelegation,
    Withdrawal,
)
from labsupport.world.model import Connection

LAB = World.load()
EN = Language.load("en")
NAMES = tuple(site.name for site in LAB.sites)
# Every technique on a target on which it does something; some on a site at a CDN as well.
ON_THE_LAB = [
    (Technique.AUTHOR, "www.museum.example"),
    (Technique.HOST, "goles-gratis.example"),
    (Technique.CDN, "www.partidos-ya.example"),
    (Technique.REGISTRAR_HOLD, "mis-paginas.example"),
    (Technique.REGISTRY_HOLD, "alojar.example"),  # name servers of two hundred others
    (Technique.NAME_SERVERS, "universidad.test"),
    (Technique.NAME_SERVERS, "brisa-cdn.example"),
    (Technique.PUBLIC_RESOLVER, "fotos-del-valle.mis-paginas.example"),
    (Technique.RESOLVER, "mis-paginas.example"),
    (Technique.RESOLVER, "universidad.test"),
    # what the CDN's sites are aliases of
    (
        Technique.RESOLVER,
        "clientes.brisa-cdn.example",
    ),
    (Technique.ADDRESS, "goles-gratis.example"),
    (Technique.ADDRESS, "www.partidos-ya.example"),
    (Technique.ROUTE, "www.partidos-ya.example"),
    (Technique.SERVER_NAME, "universidad.test"),
]


def opening(
    lab: OfflineNetwork, connection: Connection, names: Iterable[str]
) -> list[str]:
    """Visit sites from one connection, with nothing in any resolver's memory."""
    source4, source6 = connection.sources
    entry = Entry(
        connection.key,
        source4,
        source6,
        connection.resolvers,
        LAB.root_hints,
        LAB.trust_anchor,
        LAB.certificate_authority.root,
    )
    session = Session(lab.copy(), entry, EN, Source.LAB, resolvers.ask)
    return [name for name in names if opens(session, name)]


Sites = dict[str, set[str]]
"""Names of sites, by connection."""


def seen(execution: Execution, before: dict[str, list[str]]) -> Sites:
    """Visit the sites that opened before, and return those that do not open."""
    lab = OfflineNetwork(LAB, execution.rules, changes=execution.changes)
    return {
        one.key: set(before[one.key]).difference(opening(lab, one, before[one.key]))
        for one in LAB.connections
    }


def told(execution: Execution, world: World = LAB) -> Sites:
    return {
        one.key: set(dark(world, execution, one.asn, one.resolvers))
        for one in LAB.connections
    }


@pytest.fixture(scope="module")
def before() -> dict[str, list[str]]:
    lab = OfflineNetwork(LAB)
    return {one.key: opening(lab, one, NAMES) for one in LAB.connections}


@pytest.mark.parametrize(("technique", "target"), ON_THE_LAB)
def test_every_site_of_the_lab(
    technique: Technique, target: str, before: dict[str, list[str]]
) -> None:
    own = next((site.addresses for site in LAB.sites if site.name == target), ())
    order = order_of((Target(target, TargetKind.NAME),), technique)
    execution = execute(order, LAB, lambda _: own, LAB.start.timestamp(), EN)
    assert execution.rules or execution.changes
    gone = seen(execution, before)
    assert told(execution) == gone
    assert any(gone.values()), "the technique does something here"


def test_every_technique_is_tried_on_the_lab() -> None:
    assert {technique for technique, _ in ON_THE_LAB} == set(Technique)


# Whatever comes together

SOME_NAMES = (
    "goles-gratis.example",
    "biblioteca-del-muelle.org.test",
    *(site.name for site in LAB.sites if site.hosting != "shared"),
)
NETWORKS = tuple({c.asn for c in LAB.connections} | {64504})
OWN = [
    address
    for site in LAB.sites
    if site.name in SOME_NAMES
    for address in site.addresses
]
OF_SERVERS = [
    one for server in LAB.servers for host in server.hosts for one in host.addresses
]


def some_rule(chance: random.Random) -> Rule:
    asn = chance.choice(NETWORKS)
    name = dns.name.from_text(chance.choice(SOME_NAMES))
    if chance.random() < 0.5:
        name = name.parent()
    kind = chance.choice(["name", "address", "server name"])
    if kind == "name":
        answer = chance.choice(list(PolicyAnswer))
        return NameRule(
            asn=asn, name=name, answer=answer, subtree=chance.random() < 0.7
        )
    if kind == "server name":
        return ServerNameRule(asn=asn, server_name=name, action=Action.RESET)
    address = chance.choice(chance.choice([OWN, OF_SERVERS]))
    bits = chance.choice([128, 64, 44] if ":" in address else [32, 24, 20])
    return AddressRule(
        asn=asn,
        prefix=ip_network(f"{address}/{bits}", strict=False),
        action=Action.DROP,
    )


def some_change(chance: random.Random) -> Change:
    site = chance.choice(SOME_NAMES)
    domain = LAB.domain_of(site)
    kind = chance.choice([Hold, Redelegation, Withdrawal] if domain else [Withdrawal])
    if kind is Withdrawal:
        return Withdrawal(site=site)
    # `dark` says that it cannot tell of the domain of those to whom domains are handed over.
    if kind is Hold or domain == LAB.domain_of(NOTICE_SITE):
        return Hold(domain=domain, status="server hold")
    return Redelegation(domain=domain)


def test_a_block_of_name_servers(before: dict[str, list[str]]) -> None:
    network = ip_network("198.18.110.0/24")  # of ServiDNS, in IPv4
    execution = Execution(
        tuple(
            AddressRule(asn=asn, prefix=network, action=Action.DROP) for asn in NETWORKS
        )
    )
    assert told(execution) == seen(execution, before)


@pytest.mark.parametrize("seed", range(40))
def test_rules_and_changes_of_every_kind_together(
    seed: int, before: dict[str, list[str]]
) -> None:
    chance = random.Random(seed)
    execution = Execution(
        tuple(some_rule(chance) for _ in range(chance.randint(1, 6))),
        tuple(some_change(chance) for _ in range(chance.randint(0, 2))),
    )
    some = {
        key: [name for name in SOME_NAMES if name in names]
        for key, names in before.items()
    }
    found = {
        key: names.intersection(SOME_NAMES) for key, names in told(execution).items()
    }
    assert found == seen(execution, some)


def test_what_was_gone_before_an_order_is_not_taken_by_it() -> None:
    """The order comes to a world that earlier orders, and those who run sites, have changed."""
    world = LAB.changed(
        Hold(domain="museum.example", status="client hold"),
        Redelegation(domain="cimiento.example"),
        Withdrawal(site="goles-gratis.example"),
        Departure(site="www.partidos-ya.example"),
    )
    blocks = tuple(
        AddressRule(asn=asn, prefix=ip_network(prefix), action=Action.DROP)
        for asn in NETWORKS
        for prefix in ("0.0.0.0/0", "::/0")
    )
    lab = OfflineNetwork(world)
    open_before = {one.key: set(opening(lab, one, NAMES)) for one in LAB.connections}
    assert told(Execution(blocks), world) == open_before
