"""Composes zones as they are before signing, from the files and tables of data/facts.

A zone's own records stand in data/world/zones. What follows from other facts is added:
delegations from the registrations (or, in a zone of no registry, from the servers of its
children), DS records, and glue; and the names of a content delivery network's customers. Zones
of customers on shared hosting are one template, those of customers of the content delivery
network another; zones of names for addresses follow from the addresses in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dns.name
import dns.reversename

from labsupport.world.facts import Facts, ancestors
from labsupport.world.model import Prefix, Site
from labsupport.world.tables import (
    folder,
    read_countries,
    read_reverse_names,
    read_text,
)

SERIAL = 2026110200
REVERSE = ("in-addr.arpa", "ip6.arpa")
CDN = "brisa-cdn.example"
NUMBERS = "rir-lab.example"
ORIGINS = f"asn.{NUMBERS}"  # where the DNS says which network announces an address
# Of the zone of a site, by how it is hosted.
TEMPLATES = {"shared": "shared-hosting.template", "cdn": "cdn-customer.template"}
Delegation = tuple[tuple[str, ...], tuple[str, ...]]
"""The names of the servers of a zone, and its DS records."""


def file_name(zone: str) -> str:
    """Return the name of a zone's file: the root's is root.zone.

    >>> file_name("."), file_name("museum.example")
    ('root.zone', 'museum.example.zone')
    """
    return "root.zone" if zone == "." else f"{zone}.zone"


def zone_file(facts: Facts, zone: str) -> str:
    """Return a zone as master-file text, not signed."""
    written = folder().joinpath("zones", file_name(zone))
    if written.is_file():
        lines = [*delegations(facts, zone), *_derived(facts, zone)]
        text = written.read_text(encoding="utf-8")
        if not lines:
            return text
        added = "\n".join(lines)
        return f"{text}\n; Added from the tables of data/world.\n{added}\n"
    if zone.endswith(REVERSE):
        return _reverse_zone(facts, zone)
    site = next(site for site in facts.sites if site.customer_zone == zone)
    return _filled(TEMPLATES[site.hosting], site)


def _derived(facts: Facts, zone: str) -> Iterator[str]:
    """Yield what a zone has besides delegations that follows from other facts."""
    if zone == NUMBERS:
        yield from _origins(facts)
    elif zone == CDN:
        for site in facts.sites:
            if site.hosting == "cdn":
                yield _filled("cdn-name.template", site)


def _reverse_zone(facts: Facts, zone: str) -> str:
    hosts = [host.name for host in facts.server_of[zone].hosts]
    records = [f"@ NS {host}." for host in hosts]
    records += _pointers(facts, zone)
    return read_text("reverse.template").format(
        zone=zone,
        server=hosts[0],
        operator=hosts[0].split(".", 1)[1],
        records="\n".join(records),
    )


def _origins(facts: Facts) -> Iterator[str]:
    """Yield what tells by DNS which network announces an address, and what networks are called.

    The form is that of Team Cymru's service for the real Internet: numbers and words with bars
    between them, at the address written backwards, and at "AS" with the number.
    """
    codes = read_countries()
    registry = facts.number_registry.name
    for network in sorted(facts.networks, key=lambda network: network.asn):
        country = codes[network.country]
        about = f"{country} | {registry} | {network.registered}"
        called = " - ".join(dict.fromkeys((network.name, network.holder)))
        name = f"{called}, {country}".encode().decode("latin-1")
        yield f'AS{network.asn}.asn TXT "{network.asn} | {about} | {_escaped(name)}"'
        for prefix in network.prefixes:
            zone = "origin" if prefix.version == 4 else "origin6"
            for labels in _reversed(prefix):
                yield f'*.{labels}.{zone}.asn TXT "{network.asn} | {prefix} | {about}"'


def _reversed(prefix: Prefix) -> Iterator[str]:
    """Yield the labels, written backwards, that the addresses of a prefix have in common.

    >>> from ipaddress import ip_network
    >>> list(_reversed(ip_network("198.18.102.0/23"))), list(_reversed(ip_network("2001:db8::/32")))
    (['102.18.198', '103.18.198'], ['8.b.d.0.1.0.0.2'])
    """
    bits = 8 if prefix.version == 4 else 4  # a label stands for so many
    for part in prefix.subnets(new_prefix=-(-prefix.prefixlen // bits) * bits):
        labels = dns.reversename.from_address(str(part.network_address)).labels
        hidden = (part.max_prefixlen - part.prefixlen) // bits
        yield b".".join(labels[hidden:-3]).decode()


def _escaped(text: str) -> str:
    """Text as it may stand in a master file: octets that are not ASCII by their number."""
    return "".join(c if c.isascii() else f"\\{ord(c):03d}" for c in text)


def _filled(template: str, site: Site) -> str:
    name = site.customer_zone
    label = name.partition(".")[0]
    addresses = "\n".join(_address_records("@", site.addresses))
    return read_text(template).format(name=name, label=label, addresses=addresses)


def _address_records(owner: str, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        kind = "AAAA" if ":" in address else "A"
        yield f"{owner} {kind} {address}"


def delegations(facts: Facts, zone: str) -> Iterator[str]:
    """Yield the lines that hand the zones below this one to their servers."""
    children = _children(facts, zone)
    glue: set[str] = set()
    for child, (nameservers, ds) in sorted(children.items()):
        for host in nameservers:
            yield f"{child}. NS {host}."
            inside = not children.keys().isdisjoint((host, *ancestors(host)))
            if inside and host in facts.addresses_of_host:
                glue.add(host)
        for record in ds:
            yield f"{child}. DS {record}"
    for host in sorted(glue):
        yield from _address_records(f"{host}.", facts.addresses_of_host[host])


def _children(facts: Facts, zone: str) -> dict[str, Delegation]:
    """The zones that a zone hands to their servers."""
    children: dict[str, Delegation] = {}
    if any(zone in registry.suffixes for registry in facts.registries):
        for item in facts.registrations:
            if item.delegated and facts.parent_zone(item.name) == zone:
                children[item.name] = (item.nameservers, item.ds)
        return children
    for child, server in facts.server_of.items():
        if facts.parent_zone(child) == zone:
            hosts = tuple(host.name for host in server.hosts)
            key = facts.ds_of_key.get(child)
            children[child] = (hosts, (key,) if key else ())
    return children


def _pointers(facts: Facts, zone: str) -> Iterator[str]:
    """Yield the names for addresses that a zone has."""
    names = read_reverse_names()
    for server in facts.servers:
        for host in server.hosts:
            if not server.dead:
                names.update(dict.fromkeys(host.addresses, host.name))
    origin = dns.name.from_text(zone)
    for address, name in names.items():
        reverse = dns.reversename.from_address(address)
        if reverse.is_subdomain(origin):
            yield f"{reverse.relativize(origin)} PTR {name}."
