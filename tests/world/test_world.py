"""The lab Internet agrees with itself, except where stories.toml says otherwise."""

from __future__ import annotations

import base64
import csv
import json
import re
import time
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib import resources
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path

import dns.dnssec
import dns.exception
import dns.name
import dns.node
import dns.rdataset
import dns.rdatatype
import dns.reversename
import dns.zone
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.language import Language
from labsupport.world import World, build
from labsupport.world.changes import NOTICE_SITE, Change, Hold, Publication
from labsupport.world.compose import file_name
from labsupport.world.model import Server
from labsupport.world.registers import NameRegister, NumberRegister
from labsupport.world.tables import read_shared_certificates, read_toml

WORLD = World.load()

# Written out here again, so that no change of the world can widen it unseen.
RESERVED_ADDRESSES = tuple(
    map(
        ip_network,
        (
            "192.0.2.0/24",  # RFC 5737
            "198.51.100.0/24",
            "203.0.113.0/24",
            "198.18.0.0/15",  # RFC 2544
            "100.64.0.0/10",  # RFC 6598
            "2001:db8::/32",  # RFC 3849
            "3fff::/20",  # RFC 9637
        ),
    )
)
# Kept free for fiction, in area codes that are given to no place (37x and 96x).
FICTION_NUMBER = r"\+1-(37|96)\d-555-01\d\d"
RESERVED_AS_NUMBERS = (range(64496, 64512), range(65536, 65552))  # RFC 5398
# RFC 2606
RESERVED_NAMES = tuple(map(dns.name.from_text, ("example.", "test.", "invalid.")))
ROOT_SERVERS = dns.name.from_text("root-servers.net.")
REVERSE = tuple(map(dns.name.from_text, ("in-addr.arpa.", "ip6.arpa.")))
SIGNED = build.key_names()
STORIES = {story.name: story for story in WORLD.stories}
YEAR_2038 = 2**31
ADDRESS_TYPES = (dns.rdatatype.A, dns.rdatatype.AAAA)

RRset = tuple[dns.name.Name, dns.rdataset.Rdataset]


def text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True)


def rrsets() -> Iterator[tuple[str, dns.name.Name, dns.rdataset.Rdataset]]:
    """Every set of records of every zone, as served."""
    for zone in WORLD.zone_names:
        for name, rdataset in WORLD.zone(zone).iterate_rdatasets():
            yield zone, name, rdataset


def told(kind: str) -> set[str]:
    """The names whose story is of this kind."""
    return {story.name for story in WORLD.stories if story.kind == kind}


def zone_of(name: str) -> str:
    """The zone that says what a name has: the deepest that somebody serves."""
    if name in WORLD.server_of:
        return name
    zone = WORLD.parent_zone(name)
    assert zone is not None
    return zone


def records(name: str, kind: str) -> set[str]:
    """The data of a name and type, aliases and wildcards followed."""
    for _ in range(8):
        zone = WORLD.zone(zone_of(name))
        owner = dns.name.from_text(name)
        if owner not in zone.nodes and not is_empty_nonterminal(zone, owner):
            while owner not in zone.nodes and not is_empty_nonterminal(zone, owner):
                owner = owner.parent()
            owner = dns.name.Name([b"*", *owner.labels])
        if found := zone.get_rdataset(owner, kind):
            return {
                text(data.target) if kind == "PTR" else data.to_text() for data in found
            }
        alias = zone.get_rdataset(owner, "CNAME")
        if alias is None:
            return set()
        name = text(alias[0].target)
    return set()


def is_empty_nonterminal(zone: dns.zone.Zone, name: dns.name.Name) -> bool:
    return name not in zone.nodes and any(
        other.is_subdomain(name) for other in zone.nodes
    )


def addresses(name: str) -> set[str]:
    return records(name, "A") | records(name, "AAAA")


@cache
def cuts(zone: str) -> dict[str, set[str]]:
    """The delegations in a zone: each child with the names of its servers."""
    found = WORLD.zone(zone).iterate_rdatasets("NS")
    return {
        text(name): {text(data.target) for data in rdataset}
        for name, rdataset in found
        if text(name) != zone and name != dns.name.root
    }


def everywhere_delegated() -> dict[str, set[str]]:
    return {
        child: servers
        for zone in WORLD.zone_names
        for child, servers in cuts(zone).items()
    }


def authoritative(
    zone: dns.zone.Zone,
) -> dict[dns.name.Name, list[dns.rdataset.Rdataset]]:
    """What a zone speaks for: no glue, and at a delegation only NS, DS and their proof."""
    delegated = [
        name for name, _ in zone.iterate_rdatasets("NS") if name != zone.origin
    ]
    return {
        name: list(node)
        for name, node in zone.nodes.items()
        if not any(name != cut and name.is_subdomain(cut) for cut in delegated)
    }


# Loading


def test_the_clock_begins_on_a_monday() -> None:
    assert WORLD.start.isoformat() == "2026-11-02T12:00:00+00:00"
    assert WORLD.start.weekday() == 0


def test_a_zone_is_parsed_once() -> None:
    assert WORLD.zone("museum.example") is WORLD.zone("museum.example")


def test_an_unknown_zone_is_named_in_the_error() -> None:
    with pytest.raises(LookupError, match=r"nadie\.example"):
        WORLD.zone_text("nadie.example")


@pytest.mark.parametrize(
    "table", ["registrations.csv", "reverse-names.csv", "sites.csv"]
)
def test_tables_are_aligned_and_name_everything_once(table: str) -> None:
    file = resources.files("labsupport.data").joinpath("world", table)
    lines = [
        line
        for line in file.read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    columns = {
        tuple(match.start() for match in re.finditer(",", line)) for line in lines
    }
    assert len(columns) == 1, "the commas do not stand below each other"
    keys = [row[0].strip() for row in csv.reader(lines)]
    assert len(keys) == len(set(keys))


# The version


def test_another_fact_is_another_version() -> None:
    """It stands in records and papers: python -m labsupport.world.build writes both anew."""
    stored = read_toml("version.toml")
    assert stored["digest"] == build.digest(WORLD), (
        "a fact has changed: build the world"
    )
    assert WORLD.version == stored["version"]


@pytest.mark.parametrize(
    "change",
    [
        Hold(domain="museum.example", status="client hold"),
        Publication(zone="racimo.example", record="nuevo 60 A 192.0.2.1"),
    ],
)
def test_a_changed_zone_has_another_digest(change: Change) -> None:
    assert build.digest(WORLD.changed(change)) != build.digest(WORLD)


# Only reserved names and numbers


def lab_addresses() -> Iterator[tuple[str, str]]:
    """Every address of the lab, with where it stands."""
    for zone, name, rdataset in rrsets():
        if rdataset.rdtype in ADDRESS_TYPES and not name.is_subdomain(ROOT_SERVERS):
            yield from ((data.address, f"{name} in {zone}") for data in rdataset)
    for server in WORLD.servers:
        if "." not in server.zones:
            yield from ((a, host.name) for host in server.hosts for a in host.addresses)
    yield from ((a, site.name) for site in WORLD.sites for a in site.addresses)
    for connection in WORLD.connections:
        yield from ((a, connection.key) for a in connection.sources if a)
        yield from ((a, connection.key) for a in connection.resolvers)


def test_every_address_is_reserved_and_of_exactly_one_network() -> None:
    strange = []
    for address, where in lab_addresses():
        parsed = ip_address(address)
        reserved = any(parsed in prefix for prefix in RESERVED_ADDRESSES)
        origins = [
            network.asn
            for network in WORLD.networks
            if any(parsed in prefix for prefix in (*network.prefixes, *network.inside))
        ]
        if not reserved or len(origins) != 1:
            strange.append((address, where, origins))
    assert not strange


def test_every_prefix_is_reserved_and_has_one_origin() -> None:
    prefixes = [
        (prefix, network.asn)
        for network in WORLD.networks
        for prefix in (*network.prefixes, *network.inside)
    ]
    assert len({prefix for prefix, _ in prefixes}) == len(prefixes)
    for prefix, asn in prefixes:
        assert any(
            prefix.version == block.version and prefix.subnet_of(block)  # type: ignore[arg-type]
            for block in RESERVED_ADDRESSES
        ), prefix
        overlapping = {other for block, other in prefixes if prefix.overlaps(block)}
        assert overlapping == {asn}, prefix


def test_as_numbers_are_reserved() -> None:
    numbers = [network.asn for network in WORLD.networks]
    assert len(numbers) == len(set(numbers))
    assert all(
        any(number in block for block in RESERVED_AS_NUMBERS) for number in numbers
    )


def names_in(rdataset: dns.rdataset.Rdataset) -> Iterator[dns.name.Name]:
    for data in rdataset:
        if rdataset.rdtype == dns.rdatatype.NSEC3:
            continue
        for slot in data.__slots__:
            if isinstance(value := getattr(data, slot), dns.name.Name):
                yield value


def test_every_name_is_reserved() -> None:
    strange = set()
    for _, owner, rdataset in rrsets():
        for name in (owner, *names_in(rdataset)):
            allowed = (*RESERVED_NAMES, *REVERSE, ROOT_SERVERS)
            if name != dns.name.root and not any(
                name.is_subdomain(top) for top in allowed
            ):
                strange.add(name)
    assert not strange
    hosts = {host.name for server in WORLD.servers for host in server.hosts}
    others = {site.name for site in WORLD.sites} | {
        item.name for item in WORLD.registrations
    }
    assert all(
        re.search(r"\.(example|test|root-servers\.net)$", name)
        for name in hosts | others
    )


def test_texts_mention_only_reserved_names() -> None:
    """A mailbox or a domain in a TXT or CAA record is a name, too."""
    for _, owner, rdataset in rrsets():
        if rdataset.rdtype in (dns.rdatatype.TXT, dns.rdatatype.CAA):
            for data in rdataset:
                for found in re.findall(r"(?:[\w-]+\.)+[a-z]{2,}\b", data.to_text()):
                    assert found.endswith((".example", ".test")), (owner, found)


def test_only_the_root_servers_are_real() -> None:
    real = {
        address
        for _, name, rdataset in rrsets()
        if rdataset.rdtype in ADDRESS_TYPES and name.is_subdomain(ROOT_SERVERS)
        for address in (data.address for data in rdataset)
    }
    assert real == {address for found in WORLD.root_hints.values() for address in found}
    assert len(WORLD.root_hints) == 13
    assert all(WORLD.network_of(address) is None for address in real)


def test_no_name_suggests_illegal_content() -> None:
    words = {
        *(
            "arma",
            "armas",
            "porno",
            "sexo",
            "sex",
            "xxx",
            "casino",
            "apuestas",
            "droga",
            "drogas",
        ),
        *(
            "nina",
            "ninas",
            "nino",
            "ninos",
            "menor",
            "menores",
            "teen",
            "lolita",
            "desnudos",
        ),
        *(
            "hack",
            "crack",
            "warez",
            "torrent",
            "explosivos",
            "cocaina",
            "cannabis",
            "sicario",
        ),
    }
    for name in (*WORLD.zone_names, *(site.name for site in WORLD.sites)):
        assert not words & set(re.split(r"[.-]", name)), name


# Networks


def test_kinds_are_known_words() -> None:
    assert {site.kind for site in WORLD.sites} <= Language.load("en").table(
        "site_kinds.toml"
    ).keys()


IPV4 = st.builds(IPv4Address, st.integers(0, 2**32 - 1))
IPV6 = st.builds(IPv6Address, st.integers(0, 2**128 - 1))
INSIDE = st.sampled_from(
    [
        prefix
        for network in WORLD.networks
        for prefix in (*network.prefixes, *network.inside)
    ]
).flatmap(
    lambda prefix: st.integers(0, prefix.num_addresses - 1).map(lambda n: prefix[n])
)


@given(st.one_of(IPV4, IPV6, INSIDE))
def test_network_of_finds_the_longest_prefix(
    address: IPv4Address | IPv6Address,
) -> None:
    fitting: list[tuple[IPv4Network | IPv6Network, int]] = [
        (prefix, network.asn)
        for network in WORLD.networks
        for prefix in (*network.prefixes, *network.inside)
        if address in prefix
    ]
    best = max(fitting, key=lambda pair: pair[0].prefixlen, default=None)
    found = WORLD.network_of(str(address))
    assert (found and found.asn) == (best and best[1])


def test_connections_sit_in_their_network_and_know_a_resolver() -> None:
    resolvers = {
        address
        for server in WORLD.servers
        if server.kind == "resolver"
        for host in server.hosts
        for address in host.addresses
    }
    for connection in WORLD.connections:
        for source in filter(None, connection.sources):
            network = WORLD.network_of(source)
            assert network is not None
            assert network.asn == connection.asn
        ipv4, ipv6 = connection.sources
        assert ":" not in ipv4
        assert not ipv6 or ":" in ipv6
        assert connection.resolvers
        assert resolvers >= set(connection.resolvers)
    carrier_grade_nat = {
        c.key for c in WORLD.connections if c.sources[0].startswith("100.")
    }
    assert carrier_grade_nat == {"movil-norte"}


# Servers and delegations


def hosts_of(server: Server) -> set[str]:
    return {host.name for host in server.hosts}


def test_every_address_belongs_to_one_host() -> None:
    seen = [
        a for server in WORLD.servers for host in server.hosts for a in host.addresses
    ]
    assert len(seen) == len(set(seen))
    assert all(
        [":" in a for a in host.addresses] == sorted(":" in a for a in host.addresses)
        for server in WORLD.servers
        for host in server.hosts
    ), "IPv4 stands before IPv6"


def test_each_zone_is_served_by_one_operator() -> None:
    zones = [zone for server in WORLD.servers for zone in server.zones if zone != "."]
    assert len(zones) == len(set(zones))
    assert {server.kind for server in WORLD.servers if server.zones} == {
        "authoritative"
    }


def test_every_delegation_reaches_servers_that_serve_it() -> None:
    all_hosts = {host for server in WORLD.servers for host in hosts_of(server)}
    serving = {
        (host, zone)
        for server in WORLD.servers
        for host in hosts_of(server)
        for zone in server.zones
    }
    dead = {
        host for server in WORLD.servers if server.dead for host in hosts_of(server)
    }
    lame, nobody_home, orphan = set(), set(), set()
    for child, hosts in everywhere_delegated().items():
        if not hosts & all_hosts:
            orphan.add(child)
        elif hosts <= dead:
            nobody_home.add(child)
        elif any((host, child) not in serving for host in hosts):
            lame.add(child)
            assert any((host, child) in serving for host in hosts), (
                f"nobody serves {child}"
            )
    assert lame == told("lame")
    assert nobody_home == told("dead")
    assert orphan == told("orphan")
    for child in orphan:
        for host in everywhere_delegated()[child]:
            zone = WORLD.zone(zone_of(host))
            assert dns.name.from_text(host) not in zone.nodes


def test_parent_and_child_agree_on_the_name_servers() -> None:
    for child, hosts in everywhere_delegated().items():
        if child in WORLD.server_of:
            assert records(child, "NS") == {f"{host}." for host in hosts}, child


def test_every_served_zone_is_delegated() -> None:
    unreachable = set(WORLD.zone_names) - set(everywhere_delegated()) - {"."}
    assert unreachable == told("withdrawn")


def test_zones_are_cut_where_a_server_says_so() -> None:
    for zone in WORLD.zone_names:
        for child in cuts(zone):
            assert zone == WORLD.parent_zone(child)


def test_hosts_have_their_addresses_in_their_zone() -> None:
    for server in WORLD.servers:
        if not server.dead:
            for host in server.hosts:
                assert addresses(host.name) == set(host.addresses), host.name


def test_glue_equals_the_addresses_of_the_hosts() -> None:
    for zone in WORLD.zone_names:
        content = WORLD.zone(zone)
        speaks_for = authoritative(content)
        below = {}
        for name, node in content.nodes.items():
            if name not in speaks_for:
                below[text(name)] = {
                    data.address
                    for rdataset in node
                    for data in rdataset
                    if rdataset.rdtype in ADDRESS_TYPES
                }
        needed = {
            host: set(WORLD.addresses_of_host[host])
            for child, hosts in cuts(zone).items()
            for host in hosts
            if host in WORLD.addresses_of_host
            and any(host == cut or host.endswith(f".{cut}") for cut in cuts(zone))
        }
        assert below == needed, zone


def test_servers_in_another_domain_get_no_glue() -> None:
    """ServiDNS is below .test: its customers below .example cost a resolver a second walk."""
    assert cuts("example")["fibra-sur.example"] == {
        "ns1.servidns.test",
        "ns2.servidns.test",
    }
    elsewhere = dns.name.from_text("servidns.test")
    assert not any(name.is_subdomain(elsewhere) for name in WORLD.zone("example").nodes)


# Registrations


def test_delegations_below_a_registry_come_from_registrations() -> None:
    registered = {item.name: item for item in WORLD.registrations}
    assert len(registered) == len(WORLD.registrations)
    delegated: dict[str, set[str]] = {}
    for zone in ("example", "test", "gob.test"):
        delegated |= cuts(zone)
    expected = {
        item.name: set(item.nameservers)
        for item in WORLD.registrations
        if item.delegated
    }
    assert delegated == expected
    assert {name for name, item in registered.items() if not item.delegated} == {
        "suspendido.example",
        "retenido.example",
        "olvidado.example",
    }


def test_registrations_are_sound() -> None:
    suffixes = {
        suffix: item.name for item in WORLD.registries for suffix in item.suffixes
    }
    words = {
        *("active", "add period", "auto renew period", "redemption period"),
        "pending delete",
        *("client hold", "server hold"),
        *("client transfer prohibited", "server transfer prohibited"),
    }
    start = WORLD.start.date()
    for item in WORLD.registrations:
        assert item.name == f"{item.name.split('.')[0]}.{item.suffix}"
        assert item.registry == suffixes[item.suffix]
        assert item.created <= item.updated <= start, item.name
        assert (item.expires < start) == ("redemption period" in item.status), item.name
        # RFC 3915 section 3.1: what can still be restored is on its way out as well.
        assert "redemption period" not in item.status or "pending delete" in item.status
        assert set(item.status) <= words, item.name
        # RFC 5731 section 2.3: nothing pending, nothing forbidden; a period is neither (RFC 3915).
        calendar = {"active", "add period", "auto renew period"}
        assert ("active" in item.status) == (set(item.status) <= calendar), item.name
        assert (item.registrant == "Velo Privado") == (item.privacy == "proxy"), (
            item.name
        )
        assert item.reseller in (None, "Revende Dominios")
        assert item.reseller is None or item.registrar == "Nombres del Sur"
        assert len(item.nameservers) == 2
    assert {item.registrar for item in WORLD.registrations} == {
        "Nombres del Sur",
        "Registro Veloz",
        "NIC Coralia",
        "Red de Gobierno",
    }


def test_the_look_alike_is_three_days_old() -> None:
    look_alike = next(
        r for r in WORLD.registrations if r.name == "bancodelfaro-clientes.example"
    )
    assert look_alike.created == date(2026, 10, 30)
    assert look_alike.registrar == "Registro Veloz"
    assert look_alike.privacy == "proxy"


# Organisations and directories


def test_everybody_whom_the_tables_name_is_an_organisation() -> None:
    named = {item.registrar for item in WORLD.registrations}
    named |= {item.registrant for item in WORLD.registrations}
    named |= {item.reseller for item in WORLD.registrations if item.reseller}
    named |= {network.holder for network in WORLD.networks}
    named |= {part.holder for part in WORLD.assignments}
    named |= {directory.keeper for directory in WORLD.directories}
    for name in named:
        assert name in (
            WORLD.organisation(name).name,
            WORLD.organisation(name).legal_name,
        )
    described = {body.name for body in WORLD.described_organisations}
    described |= {body.legal_name for body in WORLD.described_organisations}
    # Of these, what they answer for is too much to be made up.
    assert described >= {item.registrar for item in WORLD.registrations}
    assert described >= {network.holder for network in WORLD.networks}
    assert described >= {part.holder for part in WORLD.assignments}
    with pytest.raises(LookupError, match="Nadie"):
        WORLD.organisation("Nadie")


def test_organisations_are_reached_at_their_own_reserved_names_and_numbers() -> None:
    registered = {item.name for item in WORLD.registrations}
    of_registries = {"nic.example", "nic.test", "red.gob.test"}
    countries = {network.country for network in WORLD.networks}
    for item in WORLD.registrations:
        body = WORLD.organisation(item.registrant)
        assert body.country in countries
        assert re.fullmatch(FICTION_NUMBER, body.phone), body.name
    for body in WORLD.described_organisations:
        assert re.fullmatch(FICTION_NUMBER, body.phone), body.name
        for mailbox in (body.email, body.abuse_email, body.noc_email):
            assert mailbox.partition("@")[2] in registered | of_registries, mailbox
        if body.url:
            host = body.url.removeprefix("https://").removesuffix("/")
            assert host in {site.name for site in WORLD.sites}, body.url
        if body.relay.startswith("https:"):
            assert body.relay.startswith(f"{body.url}contacto?"), body.relay


def test_no_telephone_number_of_the_course_can_be_anybodys() -> None:
    written = re.compile(
        r"(?:\+\d{1,3}[ .-]|"
        r"\b(?:tels?|phones?|tel[eé]fon[eo]s?|calls?|llam\w+|lig\w+)\b[^\d,]{0,14})"
        r"\d[\d ().-]{5,}\d",
        re.IGNORECASE,
    )
    found = []
    for place in ("data/world", "data/course", "notebooks"):
        for path in sorted((Path(__file__).parents[2] / place).rglob("*")):
            if path.suffix in {".toml", ".txt", ".csv", ".eml", ".template"}:
                found += written.findall(path.read_text(encoding="utf-8"))
            elif path.suffix == ".ipynb":
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
                for cell in cells:
                    found += written.findall("".join(cell["source"]))
    assert len(found) > 20
    for number in found:
        assert re.search(rf"{FICTION_NUMBER}$|\D555 01\d\d$", number), number


def test_who_hides_holders_has_a_way_to_write_to_them() -> None:
    for item in WORLD.registrations:
        if item.privacy != "none":
            keeper = item.registrant if item.privacy == "proxy" else item.registrar
            assert "{name}" in WORLD.organisation(keeper).relay, item.name


def test_directories_answer_where_their_names_lead() -> None:
    for directory in WORLD.directories:
        assert addresses(directory.host) == set(directory.addresses), directory.host
        site = next((s for s in WORLD.sites if s.name == directory.host), None)
        assert (site is None) == ("whois" in directory.kind), directory.host
    assert len({d.host for d in WORLD.directories}) == len(WORLD.directories)
    places = [a for d in WORLD.directories for a in d.addresses]
    assert len(places) == len(set(places))


def test_every_registry_and_registrar_has_a_directory() -> None:
    rdap = {d.keeper for d in WORLD.directories if d.kind == "rdap"}
    whois = {d.keeper for d in WORLD.directories if d.kind == "whois"}
    assert rdap == {
        *(item.registry for item in WORLD.registrations),
        *(item.registrar for item in WORLD.registrations),
        "RIR-LAB",
    }
    assert rdap - whois == {"Red de Gobierno"}
    assert {registry.name for registry in WORLD.registries if registry.thin} == {
        "Registro Ejemplo"
    }
    prefixes = [body.handles for body in WORLD.described_organisations if body.handles]
    assert len(prefixes) == len(set(prefixes)) == len(rdap) - 1


def test_differences_are_told_of_domains_that_two_keep_and_change_something() -> None:
    registered = {item.name: item for item in WORLD.registrations}
    for difference in WORLD.differences:
        item = registered[difference.name]
        assert item.registrar != item.registry
        assert difference.reason.endswith(".")
        for field in ("status", "updated", "expires", "nameservers"):
            said = getattr(difference, field)
            assert said is None or said != getattr(item, field), (item.name, field)
        assert difference.updated is None or difference.updated >= item.created


def test_assignments_lie_in_their_network_and_apart_from_each_other() -> None:
    networks = {network.asn: network for network in WORLD.networks}
    for part in WORLD.assignments:
        parent = networks[part.parent]
        assert any(
            part.prefix.version == prefix.version
            and part.prefix.subnet_of(prefix)  # type: ignore[arg-type]
            and part.prefix != prefix
            for prefix in parent.prefixes
        ), part.name
        assert parent.status == "allocated", "who may hand addresses on"
        assert parent.registered <= part.registered <= WORLD.start.date()
        assert part.kind == "reassigned"
    for one in WORLD.assignments:
        assert [
            other for other in WORLD.assignments if other.prefix.overlaps(one.prefix)
        ] == [one]


def test_handles_are_unique() -> None:
    for keeper in {item.registrar for item in WORLD.registrations} | {
        "Registro Ejemplo"
    }:
        register = NameRegister(WORLD, keeper)
        records = [register.domain(name) for name in register.registrations]
        handles = [record.handle for record in records if record]
        assert len(handles) == len(set(handles)) == len(register.registrations)
        holders: dict[str, set[str]] = {}
        for record in filter(None, records):
            for party in (record.registrar, *record.parties):
                if "proxy" not in party.roles:
                    holders.setdefault(party.handle, set()).add(party.name)
            assert record.created <= record.updated < WORLD.start
        assert all(len(names) == 1 for names in holders.values())
    blocks = NumberRegister(WORLD).blocks
    assert len({block.handle for block in blocks}) == len(blocks)
    owners: dict[str, set[str]] = {}
    for block in blocks:
        owners.setdefault(block.holder.handle, set()).add(block.holder.name)
    assert all(len(names) == 1 for names in owners.values())


# Certificates


def test_the_look_alikes_share_a_certificate_and_so_do_customers_of_the_cdn() -> None:
    *look_alikes, customers = map(set, read_shared_certificates())
    names = {site.name for site in WORLD.sites if site.kind == "look-alike"}
    assert set.union(*look_alikes) == names
    assert sum(map(len, look_alikes)) == len(names)  # each with those of its own fraud
    assert customers < {site.name for site in WORLD.sites if site.hosting == "cdn"}
    holders = [
        r.registrant for r in WORLD.registrations if f"www.{r.name}" in customers
    ]
    assert len(set(holders)) == len(customers)  # nobody controls two of them


def test_no_certificate_is_older_than_the_domain_it_is_for() -> None:
    created = {item.name: item.created for item in WORLD.registrations}
    names = [site.name for site in WORLD.sites]
    for certificate in WORLD.certificate_authority.issued(
        names, WORLD.start.timestamp()
    ):
        for name in certificate.names:
            domains = [
                domain for domain in created if f".{name}".endswith(f".{domain}")
            ]
            assert all(
                certificate.begin.date() > created[domain] for domain in domains
            ), name


# Sites


def test_sites_resolve_to_their_addresses() -> None:
    for site in WORLD.sites:
        if zone_of(site.name) not in told("altered"):
            assert addresses(site.name) == set(site.addresses), site.name


def test_hosting_fits_the_network() -> None:
    def networks(addresses: Iterable[str]) -> set[int]:
        return {network.asn for a in addresses if (network := WORLD.network_of(a))}

    for site in WORLD.sites:
        found = networks(site.addresses)
        assert len(found) == 1
        if site.hosting in ("shared", "cdn"):
            assert found == {64500 if site.hosting == "shared" else 64502}
        elif site.hosting == "dedicated":
            assert found <= {64500, 64501, 64505}


def test_the_shared_address_has_213_sites() -> None:
    shared = [site for site in WORLD.sites if site.addresses == ("203.0.113.80",)]
    assert len(shared) == 213
    assert {site.hosting for site in shared} == {"shared"}
    kinds = [site.kind for site in shared]
    assert "goles-gratis.example" in {site.name for site in shared}
    assert kinds.count("school") == 2
    assert kinds.count("newspaper") == kinds.count("water company") == 1
    assert any("Clínica Pediátrica" in site.title for site in shared)
    for site in shared:
        assert addresses(f"www.{site.name}") == {"203.0.113.80"}
        assert WORLD.server_of[site.name].operator == "Alojar"


def test_each_customer_of_the_cdn_is_an_alias_of_a_name_that_the_cdn_can_move() -> None:
    customers = [site for site in WORLD.sites if site.hosting == "cdn"]
    assert len(customers) == 28
    aliases = set()
    for site in customers:
        domain = site.name.removeprefix("www.")
        assert WORLD.server_of[domain].operator == "ServiDNS"
        (alias,) = WORLD.zone(domain).find_rdataset(f"{site.name}.", "CNAME")
        name = text(alias.target)
        assert name.endswith(".clientes.brisa-cdn.example")
        moved = WORLD.zone("brisa-cdn.example").find_rdataset(f"{name}.", "A")
        assert moved.ttl == 60
        assert records(name, "HTTPS"), "it offers Encrypted Client Hello"
        # The domain itself cannot be an alias (RFC 1034 section 3.6.2): it has the addresses.
        assert addresses(domain) == set(site.addresses)
        aliases.add(name)
    assert len(aliases) == len(customers)
    edges = {address for site in customers for address in site.addresses}
    for edge in edges:
        # nobody is alone there
        assert sum(edge in site.addresses for site in customers) > 5
    kinds = {site.kind for site in customers}
    assert kinds > {
        "health",
        "newspaper",
        "school",
        "elections",
        "radio",
        "publisher",
        "shop",
    }
    assert (
        next(s for s in customers if s.kind == "streaming").name
        == "www.partidos-ya.example"
    )


def test_the_notice_stands_in_the_network_of_the_state() -> None:
    (notice,) = (site for site in WORLD.sites if site.kind == "notice page")
    assert notice.name == NOTICE_SITE
    assert {":" in address for address in notice.addresses} == {False, True}
    shared = {a for site in WORLD.sites if site is not notice for a in site.addresses}
    assert shared.isdisjoint(notice.addresses), "it answers for every name"


def test_international_names_are_honest_idna() -> None:
    unicode = {
        name: idna.decode(name.split(".")[0])
        for name in WORLD.zone_names
        if name.startswith("xn--")
    }
    assert sorted(unicode.values()) == ["b\u0430ncodelfaro", "peña-azul"]
    for name, shown in unicode.items():
        assert idna.encode(shown).decode() == name.split(".")[0]
    (fake,) = (name for name, shown in unicode.items() if "faro" in shown)
    assert addresses(f"www.{fake}") == addresses("www.bancodelfaro-clientes.example")


# Names for addresses


def test_names_of_addresses_lead_back() -> None:
    pointers = {}
    for zone, name, rdataset in rrsets():
        if rdataset.rdtype == dns.rdatatype.PTR:
            address = dns.reversename.to_address(name)
            (target,) = (text(data.target) for data in rdataset)
            assert address in addresses(target), (address, target)
            network = WORLD.network_of(address)
            assert network is not None
            assert any(name.is_subdomain(top) for top in REVERSE), zone
            pointers[address] = target
    for server in WORLD.servers:
        for host in server.hosts if not server.dead and "." not in server.zones else ():
            assert all(pointers[address] == host.name for address in host.addresses)
    for site in WORLD.sites:
        assert pointers.keys() >= set(site.addresses), site.name
    for connection in WORLD.connections:
        public = [a for a in connection.sources if a and not a.startswith("100.")]
        assert pointers.keys() >= set(public), connection.key


# What a zone may contain


def test_serials_are_the_day_the_lab_begins() -> None:
    for zone in WORLD.zone_names:
        assert WORLD.zone(zone).get_soa().serial == 2026110200, zone


def test_nothing_stands_beside_an_alias() -> None:
    proof = {dns.rdatatype.RRSIG, dns.rdatatype.NSEC}
    for zone in WORLD.zone_names:
        for name, node in WORLD.zone(zone).nodes.items():
            types = {rdataset.rdtype for rdataset in node}
            if dns.rdatatype.CNAME in types:
                assert types - proof == {dns.rdatatype.CNAME}, name
                assert len(WORLD.zone(zone).find_rdataset(name, "CNAME")) == 1, name


def test_names_that_records_point_to_exist() -> None:
    dangling = set()
    for zone, owner, rdataset in rrsets():
        if rdataset.rdtype in (dns.rdatatype.NS, dns.rdatatype.MX):
            for target in map(text, names_in(rdataset)):
                if not addresses(target):
                    dangling.add(text(owner))
        elif rdataset.rdtype == dns.rdatatype.CNAME and not addresses(text(owner)):
            dangling.add(zone)
    assert dangling == told("orphan") | told("loop")


def test_the_museum_shows_what_the_course_asks_of_it() -> None:
    museum = WORLD.zone("museum.example")
    newsletter = museum.find_rdataset("boletin.museum.example.", "TXT")
    assert sum(len(string) for data in newsletter for string in data.strings) > 1500
    assert records("a.b.salas.museum.example", "TXT")
    assert is_empty_nonterminal(museum, dns.name.from_text("salas.museum.example"))
    assert addresses("tienda.museum.example") == {"203.0.113.80"}
    assert all(
        records("museum.example", kind) for kind in ("A", "AAAA", "MX", "TXT", "CAA")
    )


def test_wildcards_fill_only_what_is_free() -> None:
    assert addresses("cualquiera.mis-paginas.example") == {"203.0.113.90"}
    assert addresses("fotos-del-valle.mis-paginas.example") == {"203.0.113.91"}
    assert addresses("estado.mis-paginas.example") == set()
    assert addresses("panel.mis-paginas.example") == set()
    assert addresses("alguien.alumnos.universidad.test") == {
        "198.18.103.30",
        "2001:db8:503:103::30",
    }


def test_ipv6_only_means_no_ipv4() -> None:
    assert records("www.seis.example", "AAAA")
    assert not records("www.seis.example", "A")


# Signatures


def ttl_of(zone: str, kind: str = "A", label: str = "www.") -> int:
    return WORLD.zone(zone).find_rdataset(f"{label}{zone}.", kind).ttl


def test_times_to_live_differ_as_the_stories_need() -> None:
    assert ttl_of("museum.example") == 3600
    assert ttl_of("bancodelfaro.example") == 300
    assert ttl_of("bancodelfaro-clientes.example") == 60
    assert ttl_of("corte.gob.test") == 86400
    assert ttl_of("goles-gratis.example", label="") == 14400


def signatures(
    zone: dns.zone.Zone,
) -> Iterator[tuple[RRset, dns.rdataset.Rdataset | None]]:
    """Each set that its zone must sign, with its signatures."""
    for name, rdatasets in authoritative(zone).items():
        at_cut = name != zone.origin and zone.get_rdataset(name, "NS") is not None
        for rdataset in rdatasets:
            if rdataset.rdtype == dns.rdatatype.RRSIG:
                continue
            if at_cut and rdataset.rdtype not in (dns.rdatatype.DS, dns.rdatatype.NSEC):
                continue
            yield (name, rdataset), zone.get_rdataset(name, "RRSIG", rdataset.rdtype)


def bad_signatures(zone_name: str, when: float) -> set[str]:
    """The sets of a zone that do not verify at a time, as "name type"."""
    zone = WORLD.zone(zone_name)
    assert zone.origin is not None
    keys: dict[dns.name.Name, dns.node.Node | dns.rdataset.Rdataset] = {
        zone.origin: zone.find_rdataset(zone.origin, "DNSKEY")
    }
    bad = set()
    for (name, rdataset), signature in signatures(zone):
        try:
            assert signature is not None
            dns.dnssec.validate(
                (name, rdataset), (name, signature), keys, zone.origin, when
            )
        except (AssertionError, dns.exception.ValidationFailure):
            bad.add(f"{text(name)} {dns.rdatatype.to_text(rdataset.rdtype)}")
    return bad


@pytest.mark.parametrize("zone", SIGNED)
def test_signatures_verify_now_and_in_the_lab(zone: str) -> None:
    story = STORIES[zone].kind if zone in STORIES else None
    for when in (WORLD.start.timestamp(), time.time()):
        bad = bad_signatures(zone, when)
        if story == "altered":
            assert bad == {f"www.{zone} A"}
        elif story in ("expired", "unknown-algorithm"):
            assert f"www.{zone} A" in bad
        else:
            assert not bad


def test_the_archive_was_sound_before_its_signatures_ran_out() -> None:
    (archive,) = told("expired")
    in_may_2025 = 1_747_000_000
    assert not bad_signatures(archive, in_may_2025)


def test_only_signed_zones_carry_signatures_and_all_end_before_2038() -> None:
    signed = set()
    for zone, _, rdataset in rrsets():
        if rdataset.rdtype == dns.rdatatype.RRSIG:
            signed.add(zone)
            assert all(
                data.inception < data.expiration < YEAR_2038 for data in rdataset
            )
    assert signed == set(SIGNED)


def test_ds_records_match_the_keys_of_the_children() -> None:
    published = {
        text(name): {data.to_text() for data in rdataset}
        for _, name, rdataset in rrsets()
        if rdataset.rdtype == dns.rdatatype.DS
    }
    expected = {}
    for zone in SIGNED:
        origin = dns.name.from_text(zone)
        key = WORLD.zone(zone).find_rdataset(origin, "DNSKEY")[0]
        expected[zone] = {dns.dnssec.make_ds(origin, key, "SHA256").to_text()}
    assert expected.pop(".") == {WORLD.trust_anchor.removeprefix(". IN DS ")}
    differing = {
        zone
        for zone in published.keys() | expected.keys()
        if published.get(zone) != expected.get(zone)
    }
    assert differing == told("other-key") | told("no-ds")
    assert not told("no-ds") & published.keys()
    assert told("other-key") <= published.keys() & expected.keys()
    (experiment,) = told("unknown-algorithm")
    assert all(" 253 " in record for record in published[experiment])


def nsec_types(data: object) -> set[int]:
    return {
        window * 256 + byte * 8 + bit
        for window, bitmap in data.windows  # type: ignore[attr-defined]
        for byte, octet in enumerate(bitmap)
        for bit in range(8)
        if octet & (0x80 >> bit)
    }


def expected_types(zone: dns.zone.Zone, name: dns.name.Name) -> set[int]:
    types = {int(rdataset.rdtype) for rdataset in zone.nodes.get(name, ())}
    if name != zone.origin and dns.rdatatype.NS in types:
        types &= {
            dns.rdatatype.NS,
            dns.rdatatype.DS,
            dns.rdatatype.NSEC,
            dns.rdatatype.RRSIG,
        }
    return types


@pytest.mark.parametrize(
    "zone_name", [zone for zone in SIGNED if zone != "universidad.test"]
)
def test_the_nsec_chain_is_complete(zone_name: str) -> None:
    zone = WORLD.zone(zone_name)
    names = sorted(authoritative(zone))
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        (nsec,) = zone.find_rdataset(name, "NSEC")
        assert nsec.next == following
        assert nsec_types(nsec) == expected_types(zone, name)
        assert zone.find_rdataset(name, "NSEC").ttl == zone.get_soa().minimum
    assert zone.get_soa().minimum <= zone.find_rdataset(names[0], "SOA").ttl  # RFC 9077


def test_the_nsec3_chain_is_complete() -> None:
    zone = WORLD.zone("universidad.test")
    assert zone.origin is not None
    (parameters,) = zone.find_rdataset(zone.origin, "NSEC3PARAM")
    assert (parameters.algorithm, parameters.iterations, parameters.salt) == (1, 0, b"")
    hashed = {name: rdataset[0] for name, rdataset in zone.iterate_rdatasets("NSEC3")}
    names = {name for name in authoritative(zone) if name not in hashed}
    for name in list(names):
        while (name := name.parent()) != zone.origin and name.is_subdomain(zone.origin):
            # empty non-terminals have a hash, too (RFC 5155, section 7.1)
            names.add(name)
    assert dns.name.from_text("laboratorios.universidad.test") in names
    expected = {}
    for name in names:
        label = dns.dnssec.nsec3_hash(name, b"", 0, 1).lower()
        types = {int(rdataset.rdtype) for rdataset in zone.nodes.get(name, ())}
        expected[dns.name.from_text(label, zone.origin)] = types
    assert hashed.keys() == expected.keys()
    order = sorted(hashed)
    for name, following in zip(order, [*order[1:], order[0]], strict=True):
        nsec3 = hashed[name]
        base32 = base64.b32hexencode(nsec3.next).decode().lower()
        assert dns.name.from_text(base32, zone.origin) == following
        assert nsec_types(nsec3) == expected[name]
        assert nsec3.flags == 0, "no opt-out"


def test_building_again_changes_nothing() -> None:
    """The zone with NSEC3 needs BIND's tools: tests/real/test_zone_signing.py."""
    signed = resources.files("labsupport.data").joinpath("world", "signed")
    assert build.ds_records() == signed.joinpath("ds.txt").read_text("utf-8")
    for zone in SIGNED:
        if zone != "universidad.test":
            assert build.signed_with_nsec(WORLD, zone) == WORLD.zone_text(zone), zone
    stored = {file.name for file in signed.iterdir()}
    assert stored == {file_name(zone) for zone in SIGNED} | {"ds.txt"}


# Stories


def test_every_story_is_told_of_a_registered_domain_or_a_site() -> None:
    sites = told("expired-certificate")
    assert sites <= {site.name for site in WORLD.sites}
    assert set(STORIES) - sites <= {item.name for item in WORLD.registrations}
    assert len(STORIES) == len(WORLD.stories)
    for story in WORLD.stories:
        assert story.reason.endswith(".")


def test_the_loop_is_one() -> None:
    (zone,) = told("loop")
    assert WORLD.zone(zone).find_rdataset(f"a.{zone}.", "CNAME")[
        0
    ].target == dns.name.from_text(f"b.{zone}.")
    assert WORLD.zone(zone).find_rdataset(f"b.{zone}.", "CNAME")[
        0
    ].target == dns.name.from_text(f"a.{zone}.")


# What the lab can know


@pytest.mark.parametrize(
    "name",
    [
        ".",
        "example.",
        "no-existe.example.",
        "com.test.",
        "nada.invalid.",
        "a.root-servers.net.",
        "in-addr.arpa.",
        "ip6.arpa.",
        "7.113.0.203.in-addr.arpa.",
        "113.0.203.in-addr.arpa.",
        "1.7.64.100.in-addr.arpa.",
        "0.0.5.0.8.b.d.0.1.0.0.2.ip6.arpa.",
        "WWW.MUSEUM.EXAMPLE.",
    ],
)
def test_the_lab_covers(name: str) -> None:
    assert WORLD.covers(dns.name.from_text(name))


@pytest.mark.parametrize(
    "name",
    [
        "google.com.",
        "localhost.",
        "net.",
        "arpa.",
        "example.com.",
        "testing.",
        "1.0.0.127.in-addr.arpa.",
        "8.8.8.8.in-addr.arpa.",
        "10.in-addr.arpa.",
        "300.113.0.203.in-addr.arpa.uy.",
        "x.in-addr.arpa.",
        "4.0.41.198.in-addr.arpa.",
        "0.0.0.0.0.7.4.0.1.0.0.2.ip6.arpa.",
    ],
)
def test_the_lab_does_not_cover(name: str) -> None:
    assert not WORLD.covers(dns.name.from_text(name))


def test_the_lab_covers_every_name_in_it() -> None:
    for _, name, _ in rrsets():
        assert WORLD.covers(name), name


@given(INSIDE)
def test_the_lab_covers_its_own_addresses(address: IPv4Address | IPv6Address) -> None:
    assert WORLD.covers(dns.reversename.from_address(str(address)))


@given(st.one_of(IPV4, IPV6))
def test_the_lab_covers_no_other_addresses(address: IPv4Address | IPv6Address) -> None:
    name = dns.reversename.from_address(str(address))
    assert WORLD.covers(name) == (WORLD.network_of(str(address)) is not None)
