"""The vectorised impact against packets: every site of the lab, 500 of the model, every technique.

A site is dark when it opened before the order and does not open under it, once resolvers have
forgotten what they knew. One side counts that at once over all sites, the other visits each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

import dns.name
import dns.zone
import numpy as np
import pytest

from labsupport.blocking.execution import Execution, execute
from labsupport.blocking.impact import dark
from labsupport.blocking.order import Order, Target, TargetKind
from labsupport.blocking.population import NONE, Sites
from labsupport.blocking.reach import opens
from labsupport.blocking.techniques import Technique
from labsupport.entry import Entry
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Source
from labsupport.world import Link, World

LAB = World.load()
EN = Language.load("en")
# Every technique on a target on which it does something; some on a site at a CDN as well.
ON_THE_LAB = [
    (Technique.AUTHOR, "www.museum.example"),
    (Technique.HOST, "goles-gratis.example"),
    (Technique.CDN, "www.partidos-ya.example"),
    (Technique.REGISTRAR_HOLD, "mis-paginas.example"),
    (Technique.REGISTRY_HOLD, "alojar.example"),  # name servers of two hundred others
    (Technique.NAME_SERVERS, "universidad.test"),
    (Technique.PUBLIC_RESOLVER, "fotos-del-valle.mis-paginas.example"),
    (Technique.RESOLVER, "mis-paginas.example"),
    (Technique.RESOLVER, "clientes.brisa-cdn.example"),  # what the CDN's sites are aliases of
    (Technique.ADDRESS, "goles-gratis.example"),
    (Technique.ADDRESS, "www.partidos-ya.example"),
    (Technique.ROUTE, "www.partidos-ya.example"),
    (Technique.SERVER_NAME, "universidad.test"),
]


@dataclass(frozen=True)
class Somewhere:
    """A connection of a world: its seat, its network and that of its resolver."""

    key: str
    entry: Entry
    network: int
    resolver_network: int


def connections(world: World) -> list[Somewhere]:
    found = []
    for connection in world.connections:
        source4, source6 = connection.sources
        resolver = world.network_of(connection.resolvers[0])
        assert resolver is not None
        entry = Entry(
            connection.key,
            source4,
            source6 or "",
            connection.resolvers,
            world.root_hints,
            world.trust_anchor,
            world.certificate_authority.root,
        )
        found.append(Somewhere(connection.key, entry, connection.asn, resolver.asn))
    return found


def opening(
    world: World, execution: Execution, seat: Somewhere, names: list[str]
) -> frozenset[str]:
    """Visit every site from one connection, with nothing in any resolver's memory."""
    network = OfflineNetwork(world, execution.rules, changes=execution.changes)
    session = Session(network, seat.entry, EN, Source.LAB)
    return frozenset(name for name in names if opens(session, name))


def carried_out(
    world: World, technique: Technique, name: str, addresses: tuple[str, ...]
) -> Execution:
    order = Order((Target(name, TargetKind.NAME),), technique)
    return execute(order, world, lambda _: addresses, world.start.timestamp(), EN)


def counted(sites: Sites, execution: Execution, seat: Somewhere) -> frozenset[str]:
    hit = dark(sites, execution, network=seat.network, resolver_network=seat.resolver_network)
    return frozenset(sites.names_where(hit))


# Every site of the lab


@pytest.fixture(scope="module")
def lab_before() -> dict[str, frozenset[str]]:
    names = [site.name for site in LAB.sites]
    return {seat.key: opening(LAB, Execution(), seat, names) for seat in connections(LAB)}


@pytest.mark.parametrize(("technique", "target"), ON_THE_LAB)
def test_every_site_of_the_lab(
    technique: Technique, target: str, lab_before: dict[str, frozenset[str]]
) -> None:
    sites = Sites.of_world(LAB)
    own = next((site.addresses for site in LAB.sites if site.name == target), ())
    execution = carried_out(LAB, technique, target, own)
    assert execution.rules or execution.changes
    hit_anywhere = set()
    for seat in connections(LAB):
        before = lab_before[seat.key]
        after = opening(LAB, execution, seat, sorted(before))
        assert counted(sites, execution, seat) == before - after, seat.key
        hit_anywhere |= before - after
    assert hit_anywhere, "the technique does something here"


def test_every_technique_is_tried_on_the_lab() -> None:
    assert {technique for technique, _ in ON_THE_LAB} == set(Technique)


# 500 sites of the model

SAMPLE = 500
MODEL = Sites.generated(20_000)
PREFIXES = ("198.18.192.0/24", "198.18.193.0/24", "3fff:a00::/48")
ASN = 65541
LINE = (
    ("198.18.98.250", "2001:db8:498:ffff::250"),
    ("198.18.98.251", "2001:db8:498:ffff::251"),
)


def sample() -> Sites:
    """Crowds that share an address, customers of platforms, and sites from all over the model."""
    crowd = np.bincount(MODEL.address_set)
    in_crowds = np.flatnonzero(
        np.isin(MODEL.address_set, np.flatnonzero((crowd > 20) & (crowd < 120)))
    )
    on_platforms = np.flatnonzero(np.bincount(MODEL.domain)[MODEL.domain] > 1)
    spread = np.arange(0, len(MODEL), 97)
    rows = np.concatenate((in_crowds[:200], on_platforms[:120], spread))
    rows = np.sort(np.array(list(dict.fromkeys(rows.tolist()))[:SAMPLE], dtype=np.int64))
    part = MODEL.take(rows)
    used = sorted({int(number) for number in part.addresses.ravel() if number != NONE})
    free4 = [str(one) for text in PREFIXES[:2] for one in ip_network(text)][2:]
    first6 = int(ip_network(PREFIXES[2])[16])
    texts = {}
    for number in used:
        six = bool(MODEL.is_ipv6[number])
        texts[number] = str(ip_address(first6 + number)) if six else free4.pop()
    return part.numbered(texts)


def populated(part: Sites) -> World:
    """The lab with the sample in it: a hosting company, registrations, zones and web servers."""
    sites = tuple(part.site(row) for row in range(len(part)))
    servers = [server for server in LAB.servers if server.operator == "ServiDNS"]
    hosts = tuple(host.name for server in servers for host in server.hosts)
    domains: dict[str, list[str]] = {}
    for site in sites:
        domains.setdefault(domain_of(site.name), []).extend(
            f"{site.name}. 300 IN {'AAAA' if ':' in one else 'A'} {one}" for one in site.addresses
        )
    host = replace(
        next(network for network in LAB.networks if network.name == "Alojar"),
        asn=ASN,
        name="Modelo",
        prefixes=tuple(map(ip_network, PREFIXES)),
        router=("198.18.192.1", "3fff:a00::1"),
    )
    example = next(item for item in LAB.registrations if item.name == "goles-gratis.example")
    world = replace(
        LAB,
        networks=(*LAB.networks, host),
        links=(*LAB.links, Link("transit", (64498, ASN), LINE)),
        sites=(*LAB.sites, *sites),
        registrations=(
            *LAB.registrations,
            *(replace(example, name=domain, nameservers=hosts) for domain in domains),
        ),
        servers=tuple(
            replace(server, zones=(*server.zones, *domains)) if server in servers else server
            for server in LAB.servers
        ),
        signed_again=frozenset({"example"}),
    )
    for domain, lines in domains.items():
        soa = f"{domain}. 300 IN SOA {hosts[0]}. hostmaster.{domain}. 1 7200 1800 86400 300"
        ns = [f"{domain}. 300 IN NS {one}." for one in hosts]
        world._zones[domain] = dns.zone.from_text(
            "\n".join([soa, *ns, *lines]), origin=dns.name.from_text(domain), relativize=False
        )
    return world


def domain_of(name: str) -> str:
    return ".".join(name.split(".")[-2:])


@pytest.fixture(scope="module")
def part() -> Sites:
    return sample()


@pytest.fixture(scope="module")
def world(part: Sites) -> World:
    return populated(part)


@pytest.fixture(scope="module")
def model_before(part: Sites, world: World) -> dict[str, frozenset[str]]:
    names = [part.name(row) for row in range(len(part))]
    return {seat.key: opening(world, Execution(), seat, names) for seat in connections(world)}


def test_the_sample_has_500_sites_that_open(
    part: Sites, model_before: dict[str, frozenset[str]]
) -> None:
    assert len(part) == SAMPLE
    assert len(model_before["fibra-sur"]) == SAMPLE
    assert len({part.hosting[row] for row in range(len(part))}) >= 3


@pytest.mark.parametrize("technique", Technique)
def test_500_sites_of_the_model(
    technique: Technique, part: Sites, world: World, model_before: dict[str, frozenset[str]]
) -> None:
    rows = range(len(part))
    if technique is Technique.CDN:
        row = next(row for row in rows if part.site(row).hosting == "cdn")
    elif technique in (Technique.HOST, Technique.ADDRESS, Technique.ROUTE):
        crowd = np.bincount(part.address_set)
        shared = [row for row in rows if part.site(row).hosting == "shared"]
        row = max(shared, key=lambda row: crowd[part.address_set[row]])
    else:  # a customer of a platform, whose domain has others
        row = int(np.argmax(np.bincount(part.domain)[part.domain]))
    site = part.site(row)
    execution = carried_out(world, technique, site.name, site.addresses)
    hit_anywhere = set()
    for seat in connections(world):
        before = model_before[seat.key]
        after = opening(world, execution, seat, sorted(before))
        assert counted(part, execution, seat) == before - after, seat.key
        hit_anywhere |= before - after
    assert site.name in hit_anywhere
