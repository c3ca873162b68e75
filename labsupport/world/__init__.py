"""The lab Internet as immutable data: networks, servers, zones, registrations, sites.

Everything is read from data/world; where each fact comes from is said there. Zones are
composed or read, and parsed, when first needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

import dns.name
import dns.zone

from labsupport.formats.nat_log import Translation
from labsupport.world import model, registers, tables, zone_text
from labsupport.world.blocks import IN_ADDR, IP6, Blocks, reverse_prefix, within
from labsupport.world.changes import NOTICE_OPERATOR, NOTICE_SITE, Change, Publication, changed
from labsupport.world.compose import SERIAL, ancestors, delegations, file_name, zone_file
from labsupport.world.routing import Announcement, Routing

if TYPE_CHECKING:
    from labsupport.world.certificates import CertificateAuthority

_COVERED = tuple(map(dns.name.from_text, ("example.", "test.", "invalid.", "root-servers.net.")))


@dataclass(frozen=True, eq=False)
class World:
    """The lab Internet.

    >>> world = World.load()
    >>> world.network_of("203.0.113.80").name
    'Alojar'
    >>> str(world.zone("museum.example").find_rdataset("www.museum.example.", "A")[0])
    '198.51.100.10'
    """

    start: datetime
    registries: tuple[model.Registry, ...]
    networks: tuple[model.AsNetwork, ...]
    links: tuple[model.NetworkLink, ...]
    roas: tuple[model.Roa, ...]
    connections: tuple[model.Connection, ...]
    servers: tuple[model.Server, ...]
    registrations: tuple[model.RegisteredDomain, ...]
    sites: tuple[model.Site, ...]
    stories: tuple[model.PlantedFault, ...]
    number_registry: model.NumberRegistry
    assignments: tuple[model.Assignment, ...]
    differences: tuple[model.Difference, ...]
    ds_of_key: dict[str, str]
    """The DS record that matches each signed zone's key, whatever its parent publishes."""
    noticed: frozenset[str] = frozenset()
    """The domains that orders have handed to whoever shows the notice."""
    withdrawn: frozenset[str] = frozenset()
    """The web sites that their machines no longer give out, by order."""
    departed: frozenset[str] = frozenset()
    """The web sites that whoever ran them took away."""
    lingering: frozenset[str] = frozenset()
    """The domains that were, for which the servers of the notice still answer."""
    signed_again: frozenset[str] = frozenset()
    """The zones that have changed, most of them of registries."""
    published: frozenset[Publication] = frozenset()
    """The records that were added to zones."""
    before: World | None = None
    """The world as it was before all changes; None in the one that was read."""

    _zones: dict[str, dns.zone.Zone] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    @cache
    def load(cls) -> World:
        """Return the world in data/world, which is read once. Zones are when first needed."""
        registries = tables.read(model.Registry, "world.toml", "registry")
        keepers = {suffix: one.name for one in registries for suffix in one.suffixes}
        sites = tuple(tables.filled(model.Site, row) for row in tables.rows("sites.csv"))
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

    def changed(self, *changes: Change) -> World:
        """Return the world with `changes` at the source; zones that change are signed again.

        Raises LookupError for a domain that nobody registered.

        >>> from labsupport.world.changes import Hold
        >>> held = World.load().changed(Hold(domain="museum.example", status="client hold"))
        >>> held.zone("example").get_rdataset("museum.example.", "NS") is None
        True
        """
        return changed(self, changes)

    @cached_property
    def server_of(self) -> dict[str, model.Server]:
        """Who serves each zone; of the root, one of the thirteen."""
        keeper = next((s for s in self.servers if s.operator == NOTICE_OPERATOR), None)
        found = {
            zone: server
            for server in self.servers
            for zone in server.zones
            if server is not keeper or zone not in self.lingering
        }
        # Whoever served it before still does, for resolvers that remember the old delegation.
        return found | {zone: keeper for zone in self.noticed if keeper}

    @cached_property
    def zone_names(self) -> tuple[str, ...]:
        """The zones that somebody serves, the root first, each domain's together."""
        return tuple(sorted(self.server_of, key=lambda zone: zone.strip(".").split(".")[::-1]))

    @cached_property
    def addresses_of_host(self) -> dict[str, tuple[str, ...]]:
        """The addresses of each host of a DNS operator."""
        return {host.name: host.addresses for server in self.servers for host in server.hosts}

    @cached_property
    def root_hints(self) -> dict[str, tuple[str, ...]]:
        """The names of the root servers with their addresses."""
        return {
            host.name: host.addresses
            for server in self.servers
            if "." in server.zones
            for host in server.hosts
        }

    @property
    def trust_anchor(self) -> str:
        """The DS record of the root's key, as master-file text."""
        return f". IN DS {self.ds_of_key['.']}"

    @cached_property
    def certificate_authority(self) -> CertificateAuthority:
        """Who issues the certificates of the lab's web sites."""
        from labsupport.world.certificates import CertificateAuthority  # late: it takes long

        expired = (story.name for story in self.stories if story.kind == "expired-certificate")
        created = {item.name: item.created for item in self.registrations}
        domains = {site.name: self.domain_of(site.name) for site in self.sites}
        shared = tables.read_shared_certificates()
        registered = {name: created[domain] for name, domain in domains.items() if domain}
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
        roots = (own for addresses in self.root_hints.values() for own in addresses)
        return self.network_of(address) is not None or address in roots

    @cached_property
    def _blocks(self) -> Blocks[model.AsNetwork]:
        return Blocks(
            (prefix, network)
            for network in self.networks
            for prefix in (*network.prefixes, *network.inside)
        )

    @cached_property
    def routing(self) -> Routing:
        """The routes of all networks, as each announces its own prefixes."""
        held = (Announcement(p, network.asn) for network in self.networks for p in network.prefixes)
        checking = (network.asn for network in self.networks if network.checks_origins)
        return Routing(self.links, held, self.roas, checking)

    @cached_property
    def described_organisations(self) -> tuple[model.Organisation, ...]:
        """The organisations of which more is written than the name."""
        rows = tables.read_toml("organisations.toml")["organisation"]
        called = ({"legal_name": row["name"], **row} for row in rows)
        return tuple(tables.filled(model.Organisation, row) for row in called)

    @cached_property
    def directories(self) -> tuple[model.Directory, ...]:
        """The public directories; those that are web sites stand at the site's addresses."""
        rows = tables.read_toml("directories.toml")["directory"]
        of_site = {site.name: site.addresses for site in self.sites}
        placed = ({"addresses": of_site.get(row["host"]), **row} for row in rows)
        return tuple(tables.filled(model.Directory, row) for row in placed)

    def organisation(self, name: str) -> model.Organisation:
        """Return an organisation by a name that the tables have for it; raise LookupError.

        >>> World.load().organisation("Registro Veloz").abuse_email
        'abuse@registro-veloz.example'
        """
        return self._organisations[name]

    @cached_property
    def _organisations(self) -> dict[str, model.Organisation]:
        return dict(registers.organisations(self))

    @cached_property
    def public_resolver(self) -> model.Server:
        """The resolver that is there for everybody, and answers over HTTPS as well."""
        return next(
            server
            for server in self.servers
            if server.kind == "resolver"
            and (network := self.network_of(server.hosts[0].addresses[0]))
            and network.kind == "public resolver operator"
        )

    @cached_property
    def router_addresses(self) -> frozenset[str]:
        """The addresses of all routers, on the inside and on every link."""
        inside = {address for network in self.networks for address in network.router}
        return frozenset(inside.union(*(end for link in self.links for end in link.addresses)))

    @property
    def translations(self) -> tuple[Translation, ...]:
        """What Móvil Norte's NAT logged on the evening of 2026-10-29, in order of beginning."""
        return tables.read_translations()

    def domain_of(self, name: str) -> str:
        """Return the registered domain that a name is or stands in, "" where there is none.

        >>> World.load().domain_of("expedientes.corte.gob.test")
        'corte.gob.test'
        """
        return next((one for one in (name, *ancestors(name)) if one in self._registered), "")

    @cached_property
    def _registered(self) -> frozenset[str]:
        return frozenset(item.name for item in self.registrations)

    def parent_zone(self, name: str) -> str | None:
        """Return the nearest zone above a name, None above the root."""
        return next((zone for zone in ancestors(name) if zone in self.server_of), None)

    def zone_text(self, name: str) -> str:
        """Return a zone as it is served, as master-file text that name servers load.

        Raises LookupError when nobody in the lab serves a zone of this name.
        """
        if name not in self.server_of:
            raise LookupError(f"Nobody in the lab serves a zone {name}. See World.zone_names.")
        if name in self.noticed:
            return self._notice_zone(name)
        if name in self.signed_again and name in self.ds_of_key:
            from labsupport.world import signing  # late: it takes long

            return signing.to_text(self.zone(name))
        signed = tables.folder().joinpath("signed", file_name(name))
        if name in self.ds_of_key:
            return signed.read_text(encoding="utf-8")
        own = sorted(f"{one.record}\n" for one in self.published if one.zone == name)
        return zone_file(self, name) + "".join(own)

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
            before, now = (set(delegations(world, name)) for world in (self.before, self))
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
        new = name not in self.noticed or server.operator == NOTICE_OPERATOR
        return self.zone(name) if new or self.before is None else self.before.zone(name)

    def _notice_zone(self, name: str) -> str:
        addresses = next(site.addresses for site in self.sites if site.name == NOTICE_SITE)
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
        if name in (dns.name.root, IN_ADDR, IP6) or any(map(name.is_subdomain, _COVERED)):
            return True
        prefix = reverse_prefix(name)
        return prefix is not None and any(
            within(prefix, mine)
            for network in self.networks
            for mine in (*network.prefixes, *network.inside)
        )


def _parsed(text: str, name: str) -> dns.zone.Zone:
    return dns.zone.from_text(text, origin=dns.name.from_text(name), relativize=False)
