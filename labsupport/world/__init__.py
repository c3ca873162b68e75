"""The lab Internet as immutable data: networks, servers, zones, registrations, sites.

Everything is read from data/world; where each fact comes from is said there. Zones are
composed or read, and parsed, when first needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

import dns.name
import dns.zone

from labsupport.formats.nat_log import Translation
from labsupport.world import model, tables, zone_text
from labsupport.world.blocks import IN_ADDR, IP6, Blocks, reverse_prefix, within
from labsupport.world.changes import NOTICE_OPERATOR, NOTICE_SITE
from labsupport.world.compose import SERIAL, delegations, file_name, zone_file
from labsupport.world.facts import Facts, ancestors
from labsupport.world.routing import Announcement, Routing

if TYPE_CHECKING:
    from labsupport.world.certificates import CertificateAuthority

PUBLIC_RESOLVER = "public resolver operator"  # the kind of network
_COVERED = tuple(
    map(dns.name.from_text, ("example.", "test.", "invalid.", "root-servers.net."))
)


@dataclass(frozen=True, eq=False)
class World(Facts):
    """The lab Internet.

    >>> world = World.load()
    >>> world.network_of("203.0.113.80").name
    'Alojar'
    >>> str(world.zone("museum.example").find_rdataset("www.museum.example.", "A")[0])
    '198.51.100.10'
    """

    _zones: dict[str, dns.zone.Zone] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    @cache
    def load(cls) -> World:
        """Return the world in data/world, which is read once. Zones are when first needed."""
        registries = tables.read(model.Registry, "world.toml", "registry")
        keepers: dict[str, str] = {}
        for registry in registries:
            keepers.update(dict.fromkeys(registry.suffixes, registry.name))
        sites = tuple(
            tables.filled(model.Site, row) for row in tables.rows("sites.csv")
        )
        ds_of_key = tables.read_ds()
        return cls(
            start=tables.read_start(),
            registries=registries,
            networks=tables.read(model.AsNetwork, "networks.toml", "network"),
            links=tables.read_links(),
            roas=tables.read(model.Roa, "networks.toml", "roa"),
            connections=tables.read(model.Connection, "networks.toml", "connection"),
            servers=tables.read_servers(sites),
            registrations=tables.read_registrations(keepers, ds_of_key),
            sites=sites,
            stories=tables.read(model.PlantedFault, "stories.toml", "story"),
            number_registry=tables.read_number_registry(),
            assignments=tables.read(model.Assignment, "networks.toml", "assignment"),
            differences=tables.read(model.Difference, "directories.toml", "difference"),
            ds_of_key=ds_of_key,
        )

    @property
    def version(self) -> str:
        """Which version of the lab's world this is; what orders change makes no other one."""
        return tables.read_version()

    @cached_property
    def zone_names(self) -> tuple[str, ...]:
        """The zones that somebody serves, the root first, each domain's together."""
        return tuple(
            sorted(self.server_of, key=lambda zone: zone.strip(".").split(".")[::-1])
        )

    @cached_property
    def root_hints(self) -> dict[str, tuple[str, ...]]:
        """The names of the root servers with their addresses."""
        hints: dict[str, tuple[str, ...]] = {}
        for server in self.servers:
            if "." in server.zones:
                hints.update({host.name: host.addresses for host in server.hosts})
        return hints

    @property
    def trust_anchor(self) -> str:
        """The DS record of the root's key, as master-file text."""
        return f". IN DS {self.ds_of_key['.']}"

    @cached_property
    def certificate_authority(self) -> CertificateAuthority:
        """Who issues the certificates of the lab's web sites."""
        # late: it takes long
        from labsupport.world.certificates import (
            CertificateAuthority,
        )

        expired = (
            story.name for story in self.stories if story.kind == "expired-certificate"
        )
        created = {item.name: item.created for item in self.registrations}
        domains = {site.name: self.domain_of(site.name) for site in self.sites}
        shared = tables.read_shared_certificates()
        registered = {
            name: created[domain] for name, domain in domains.items() if domain
        }
        return CertificateAuthority(self.start, frozenset(expired), shared, registered)

    def certificates(self, name: str, now: float) -> tuple[bytes, ...]:
        """Return the certificates that `name` shows at `now` (seconds since 1970), as DER."""
        return self.certificate_authority.chain(name, now)

    def network_of(self, address: str) -> model.AsNetwork | None:
        """Return the network an address belongs to, by the longest matching prefix.

        None for an address of nobody in the lab, as those of the real root servers are.
        Raises ValueError when `address` is none.
        """
        return next(self._blocks.holding(address), None)

    def knows(self, address: str) -> bool:
        """Say whether an address is of a network of the lab, or of a root server."""
        if self.network_of(address) is not None:
            return True
        return any(address in addresses for addresses in self.root_hints.values())

    @cached_property
    def _blocks(self) -> Blocks[model.AsNetwork]:
        blocks = []
        for network in self.networks:
            blocks += [(prefix, network) for prefix in network.blocks]
        return Blocks(blocks)

    @cached_property
    def routing(self) -> Routing:
        """The routes of all networks, as each announces its own prefixes."""
        held = []
        for network in self.networks:
            held += [Announcement(prefix, network.asn) for prefix in network.prefixes]
        checking = [network.asn for network in self.networks if network.checks_origins]
        return Routing(self.links, held, self.roas, checking)

    @cached_property
    def public_resolver(self) -> model.Server:
        """The resolver that is there for everybody, and answers over HTTPS as well."""
        for server in self.servers:
            network = self.network_of(server.hosts[0].addresses[0])
            if (
                server.kind == "resolver"
                and network
                and network.kind == PUBLIC_RESOLVER
            ):
                return server
        raise LookupError("Nobody in the lab runs a resolver for everybody.")

    @cached_property
    def router_addresses(self) -> frozenset[str]:
        """The addresses of all routers, on the inside and on every link."""
        addresses: set[str] = set()
        for network in self.networks:
            addresses.update(network.router)
        for link in self.links:
            addresses.update(*link.addresses)
        return frozenset(addresses)

    @property
    def translations(self) -> tuple[Translation, ...]:
        """What Móvil Norte's NAT logged on the evening of 2026-10-29, in order of beginning."""
        return tables.read_translations()

    def domain_of(self, name: str) -> str:
        """Return the registered domain that a name is or stands in, "" where there is none.

        >>> World.load().domain_of("expedientes.corte.gob.test")
        'corte.gob.test'
        """
        names = (name, *ancestors(name))
        return next((domain for domain in names if domain in self._registered), "")

    @cached_property
    def _registered(self) -> frozenset[str]:
        return frozenset(item.name for item in self.registrations)

    def zone_text(self, name: str) -> str:
        """Return a zone as it is served, as master-file text that name servers load.

        Raises LookupError when nobody in the lab serves a zone of this name.
        """
        if name not in self.server_of:
            raise LookupError(
                f"Nobody in the lab serves a zone {name}. See World.zone_names."
            )
        if name in self.noticed:
            return self._notice_zone(name)
        if name in self.signed_again and name in self.ds_of_key:
            from labsupport.world import signing  # late: it takes long

            return signing.to_text(self.zone(name))
        if name in self.ds_of_key:
            return tables.read_text(f"signed/{file_name(name)}")
        added = sorted(
            f"{item.record}\n" for item in self.published if item.zone == name
        )
        return zone_file(self, name) + "".join(added)

    def zone(self, name: str) -> dns.zone.Zone:
        """Return a zone as it is served, with absolute names. It is shared: do not change it.

        Raises LookupError when nobody in the lab serves a zone of this name.
        """
        if name not in self._zones:
            self._zones[name] = self._read_zone(name)
        return self._zones[name]

    def _read_zone(self, name: str) -> dns.zone.Zone:
        if name in self.signed_again and name in self.ds_of_key:
            from labsupport.world import signing  # late: it takes long

            if self.before is None:
                text = zone_file(self, name).replace(str(SERIAL), str(SERIAL + 1))
                return signing.signed(text, name)
            before = set(delegations(self.before, name))
            now = set(delegations(self, name))
            return signing.signed_again(self.before.zone(name), name, before, now)
        if self.before is not None and name not in self.signed_again | self.noticed:
            return self.before.zone(name)
        text = self.zone_text(name)
        if name in self.ds_of_key and name not in self.noticed:
            return zone_text.read(text, name)
        return _parsed(text, name)

    def zone_at(self, server: model.Server, name: str) -> dns.zone.Zone:
        """Return a zone as one server serves it: its old servers do not know of a new one."""
        if name in self.lingering and server.operator == NOTICE_OPERATOR:
            return _parsed(self._notice_zone(name), name)
        old = name in self.noticed and server.operator != NOTICE_OPERATOR
        if old and self.before is not None:
            return self.before.zone(name)
        return self.zone(name)

    def _notice_zone(self, name: str) -> str:
        addresses = next(
            site.addresses for site in self.sites if site.name == NOTICE_SITE
        )
        records = {"AAAA" if ":" in address else "A": address for address in addresses}
        return tables.read_text("notice.template").format(name=name, **records)

    def covers(self, name: dns.name.Name) -> bool:
        """Say whether the lab can know anything about a name.

        It knows the root, the names reserved for it, the names of the root servers, and
        names for the addresses of its networks. Its signed root would otherwise prove that
        any real name does not exist.

        >>> world = World.load()
        >>> world.covers(dns.name.from_text("www.museum.example."))
        True
        >>> world.covers(dns.name.from_text("7.113.0.203.in-addr.arpa."))
        True
        >>> world.covers(dns.name.from_text("8.8.8.8.in-addr.arpa."))
        False
        """
        if name in (dns.name.root, IN_ADDR, IP6) or any(
            map(name.is_subdomain, _COVERED)
        ):
            return True
        prefix = reverse_prefix(name)
        if prefix is None:
            return False
        for network in self.networks:
            if any(within(prefix, block) for block in network.blocks):
                return True
        return False


def _parsed(text: str, name: str) -> dns.zone.Zone:
    return dns.zone.from_text(text, origin=dns.name.from_text(name), relativize=False)
