"""The facts of the lab Internet, and how changes at the source make other facts of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from math import isfinite
from typing import Self
from zlib import crc32

from labsupport.world import tables
from labsupport.world.changes import (
    NOTICE_OPERATOR,
    Change,
    Departure,
    Hold,
    Lingering,
    Publication,
    Redelegation,
    Withdrawal,
)
from labsupport.world.model import (
    AsNetwork,
    Assignment,
    Connection,
    Difference,
    Directory,
    NetworkLink,
    NumberRegistry,
    Organisation,
    PlantedFault,
    RegisteredDomain,
    Registry,
    Roa,
    Server,
    Site,
)


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


@dataclass(frozen=True, eq=False)
class Facts:
    """What the tables of data/world say, and what changes have made of it."""

    start: datetime
    registries: tuple[Registry, ...]
    networks: tuple[AsNetwork, ...]
    links: tuple[NetworkLink, ...]
    roas: tuple[Roa, ...]
    connections: tuple[Connection, ...]
    servers: tuple[Server, ...]
    registrations: tuple[RegisteredDomain, ...]
    sites: tuple[Site, ...]
    stories: tuple[PlantedFault, ...]
    number_registry: NumberRegistry
    assignments: tuple[Assignment, ...]
    differences: tuple[Difference, ...]
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
    before: Self | None = None
    """The facts as they were before all changes; None in those that were read."""

    def changed(self, *changes: Change) -> Self:
        """Return the facts with `changes` at the source; zones that change are signed again.

        Raises LookupError for a domain that nobody registered.

        >>> from labsupport.world import World
        >>> from labsupport.world.changes import Hold
        >>> held = World.load().changed(Hold(domain="museum.example", status="client hold"))
        >>> held.zone("example").get_rdataset("museum.example.", "NS") is None
        True
        """
        noticed = set(self.noticed)
        withdrawn = set(self.withdrawn)
        departed = set(self.departed)
        lingering = set(self.lingering)
        signed_again = set(self.signed_again)
        published = set(self.published)
        registrations = {item.name: item for item in self.registrations}
        for change in changes:
            if isinstance(change, Hold | Redelegation):
                item = registrations[change.domain]
                registrations[change.domain] = self._after(item, change)
                signed_again.add(self.parent_zone(change.domain) or ".")
            if isinstance(change, Redelegation):
                noticed.add(change.domain)
            elif isinstance(change, Lingering):
                lingering.add(change.domain)
            elif isinstance(change, Withdrawal):
                withdrawn.add(change.site)
            elif isinstance(change, Departure):
                departed.add(change.site)
            elif isinstance(change, Publication):
                published.add(change)
                signed_again.add(change.zone)
        return replace(
            self,
            servers=self._serving(sorted(noticed | lingering)),
            registrations=tuple(registrations.values()),
            noticed=frozenset(noticed),
            withdrawn=frozenset(withdrawn),
            departed=frozenset(departed),
            lingering=frozenset(lingering),
            signed_again=frozenset(signed_again),
            published=frozenset(published),
            before=self.before or self,
        )

    def _after(
        self, item: RegisteredDomain, change: Hold | Redelegation
    ) -> RegisteredDomain:
        """A registration after a change."""
        moment = self.start
        if isfinite(change.start):
            moment = datetime.fromtimestamp(change.start, UTC)
        item = replace(item, updated=moment.date(), changed=moment)
        if isinstance(change, Hold):
            others = [word for word in item.status if word != "active"]
            return replace(item, status=tuple(dict.fromkeys([*others, change.status])))
        keeper = next(
            server for server in self.servers if server.operator == NOTICE_OPERATOR
        )
        return replace(
            item, nameservers=tuple(host.name for host in keeper.hosts), ds=()
        )

    def _serving(self, domains: Iterable[str]) -> tuple[Server, ...]:
        """The servers, where whoever shows the notice serves `domains` as well."""
        servers = []
        for server in self.servers:
            if server.operator == NOTICE_OPERATOR:
                zones = dict.fromkeys([*server.zones, *domains])
                server = replace(server, zones=tuple(zones))
            servers.append(server)
        return tuple(servers)

    @cached_property
    def server_of(self) -> dict[str, Server]:
        """Who serves each zone; of the root, one of the thirteen."""
        servers: dict[str, Server] = {}
        keeper = None
        for server in self.servers:
            if server.operator == NOTICE_OPERATOR:
                keeper = keeper or server
            for zone in server.zones:
                # Whoever served it before still does, for resolvers that remember the old
                # delegation.
                if server is not keeper or zone not in self.lingering:
                    servers[zone] = server
        if keeper:
            servers.update(dict.fromkeys(self.noticed, keeper))
        return servers

    def parent_zone(self, name: str) -> str | None:
        """Return the nearest zone above a name, None above the root."""
        return next((zone for zone in ancestors(name) if zone in self.server_of), None)

    @cached_property
    def addresses_of_host(self) -> dict[str, tuple[str, ...]]:
        """The addresses of each host of a DNS operator."""
        addresses: dict[str, tuple[str, ...]] = {}
        for server in self.servers:
            addresses.update({host.name: host.addresses for host in server.hosts})
        return addresses

    @cached_property
    def described_organisations(self) -> tuple[Organisation, ...]:
        """The organisations of which more is written than the name."""
        rows = tables.read_toml("organisations.toml")["organisation"]
        return tuple(
            tables.filled(Organisation, {"legal_name": row["name"], **row})
            for row in rows
        )

    @cached_property
    def directories(self) -> tuple[Directory, ...]:
        """The public directories; those that are web sites stand at the site's addresses."""
        of_site = {site.name: site.addresses for site in self.sites}
        rows = tables.read_toml("directories.toml")["directory"]
        return tuple(
            tables.filled(Directory, {"addresses": of_site.get(row["host"]), **row})
            for row in rows
        )

    def organisation(self, name: str) -> Organisation:
        """Return an organisation by a name that the tables have for it; raise LookupError.

        >>> from labsupport.world import World
        >>> World.load().organisation("Registro Veloz").abuse_email
        'abuse@registro-veloz.example'
        """
        return self.organisations[name]

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """Every organisation by each name that the tables have for it.

        Who holds several domains has its mailboxes in the one with the shortest name.
        """
        named: dict[str, Organisation] = {}
        by_length = sorted(
            self.registrations, key=lambda item: (len(item.name), item.name)
        )
        for item in reversed(by_length):
            named[item.registrant] = made_up(item.registrant, item.name)
        for body in self.described_organisations:
            named[body.legal_name] = body
            named[body.name] = body
        return named


def made_up(name: str, domain: str) -> Organisation:
    """Make up an organisation of which only the name is written, the same every time.

    Its mailboxes are in `domain`.

    >>> made_up("Talleres Olvidado", "olvidado.example").email
    'contacto@olvidado.example'
    """
    row = tables.read_toml("organisations.toml")["made_up"]
    chance = crc32(name.encode())
    street = row["streets"][chance % len(row["streets"])]
    # 377 to 379: no organisation has such a number.
    area = 377 + chance // 11 % 3
    number = 100 + chance // 13 % 100
    return Organisation(
        name=name,
        legal_name=name,
        country=row["country"],
        address=(f"{street} {1 + chance // 7 % 180}", row["town"]),
        email=f"contacto@{domain}",
        phone=f"+1-{area}-555-{number:04d}",
        abuse_email=f"abuso@{domain}",
        noc_email=f"tecnica@{domain}",
    )
