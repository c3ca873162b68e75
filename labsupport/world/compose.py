"""Composes zones as they are before signing, from the files and tables of data/world.

A zone's own records stand in data/world/zones. What follows from other facts is added:
delegations from the registrations (or, in a zone of no registry, from the servers of its
children), DS records, and glue; and the names of a content delivery network's customers. Zones
of customers on shared hosting are one template, those of customers of the content delivery
network another; zones of names for addresses follow from the addresses in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import dns.name
import dns.reversename

from labsupport.world.tables import folder, read_countries, read_reverse_names, read_text

if TYPE_CHECKING:
    from labsupport.world import World
    from labsupport.world.model import Prefix, Site

SERIAL = 2026110200
REVERSE = ("in-addr.arpa", "ip6.arpa")
CDN = "brisa-cdn.example"
NUMBERS = "rir-lab.example"
ORIGINS = f"asn.{NUMBERS}"  # where the DNS says which network announces an address
# Of the zone of a site, by how it is hosted.
TEMPLATES = {"shared": "shared-hosting.template", "cdn": "cdn-customer.template"}


def file_name(zone: str) -> str:
    """Return the name of a zone's file: the root's is root.zone.

    >>> file_name("."), file_name("museum.example")
    ('root.zone', 'museum.example.zone')
    """
    return "root.zone" if zone == "." else f"{zone}.zone"


def ancestors(name: str) -> Iterator[str]:
    """Yield the names above `name`, nearest first, the root last.

    >>> list(ancestors("corte.gob.test"))
    ['gob.test', 'test', '.']
    """
    while "." in name.strip("."):
        name = name.split(".", 1)[1]
        yield name
    if name != ".":
        yield "."


def zone_file(world: World, zone: str) -> str:
    """Return a zone as master-file text, not signed."""
    written = folder().joinpath("zones", file_name(zone))
    if written.is_file():
        text = written.read_text(encoding="utf-8")
        names: Iterable[str] = ()
        if zone == CDN:
            customers = (site for site in world.sites if site.hosting == "cdn")
            names = (_filled("cdn-name.template", site) for site in customers)
        elif zone == NUMBERS:
            names = _origins(world)
        added = "\n".join((*delegations(world, zone), *names))
        return f"{text}\n; Added from the tables of data/world.\n{added}\n" if added else text
    if zone.endswith(REVERSE):
        hosts = world.server_of[zone].hosts
        records = "\n".join((*(f"@ NS {one.name}." for one in hosts), *_pointers(world, zone)))
        told = {"server": hosts[0].name, "operator": hosts[0].name.split(".", 1)[1]}
        return read_text("reverse.template").format(zone=zone, records=records, **told)
    site = next(site for site in world.sites if site.customer_zone == zone)
    return _filled(TEMPLATES[site.hosting], site)


def _origins(world: World) -> Iterator[str]:
    """Yield what tells by DNS which network announces an address, and what networks are called.

    The form is that of Team Cymru's service for the real Internet: numbers and words with bars
    between them, at the address written backwards, and at "AS" with the number.
    """
    codes, registry = read_countries(), world.number_registry.name
    for network in sorted(world.networks, key=lambda network: network.asn):
        about = f"{codes[network.country]} | {registry} | {network.registered}"
        called = " - ".join(dict.fromkeys((network.name, network.holder)))
        name = f"{called}, {codes[network.country]}".encode().decode("latin-1")
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
        yield f"{owner} {'AAAA' if ':' in address else 'A'} {address}"


def delegations(world: World, zone: str) -> Iterator[str]:
    """Yield the lines that hand the zones below this one to their servers."""
    children: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    if any(zone in registry.suffixes for registry in world.registries):
        children = {
            item.name: (item.nameservers, item.ds)
            for item in world.registrations
            if item.delegated and world.parent_zone(item.name) == zone
        }
    else:
        children = {
            child: (tuple(host.name for host in server.hosts), _ds(world, child))
            for child, server in world.server_of.items()
            if world.parent_zone(child) == zone
        }
    glue: set[str] = set()
    for child, (nameservers, ds) in sorted(children.items()):
        yield from (f"{child}. NS {host}." for host in nameservers)
        yield from (f"{child}. DS {record}" for record in ds)
        glue.update(
            host
            for host in nameservers
            if host in world.addresses_of_host
            and not children.keys().isdisjoint((host, *ancestors(host)))
        )
    for host in sorted(glue):
        yield from _address_records(f"{host}.", world.addresses_of_host[host])


def _ds(world: World, zone: str) -> tuple[str, ...]:
    return (world.ds_of_key[zone],) if zone in world.ds_of_key else ()


def _pointers(world: World, zone: str) -> Iterator[str]:
    """Yield the names for addresses that a zone has."""
    names = read_reverse_names()
    for server in world.servers:
        if not server.dead:
            names.update((one, host.name) for host in server.hosts for one in host.addresses)
    origin = dns.name.from_text(zone)
    for address, name in names.items():
        reverse = dns.reversename.from_address(address)
        if reverse.is_subdomain(origin):
            yield f"{reverse.relativize(origin)} PTR {name}."
