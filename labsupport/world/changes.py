"""What an order does at the source: changes of the world, each with the time it is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from labsupport.world import World
    from labsupport.world.model import RegisteredDomain

ALWAYS = float("-inf")
FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in force from `start` up to `end` (seconds since 1970, UTC)."""

    start: float = ALWAYS
    end: float = FOR_EVER

    def in_force(self, now: float) -> bool:
        """Say whether the world is changed at `now`."""
        return self.start <= now < self.end

    def at(self, now: float) -> Change | None:
        """Return what of it there is at `now`: itself, what it left behind, or nothing."""
        return self if self.in_force(now) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Change):
    """A registered domain leaves its registry's zone; it stays registered (RFC 5731)."""

    domain: str
    status: Literal["client hold", "server hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelegation(Change):
    """A registered domain is delegated to whoever shows the notice, in place of its servers.

    The DS record goes with the old servers.
    """

    domain: str

    def at(self, now: float) -> Change | None:
        """Return itself, or that the new servers still answer for whoever remembers them."""
        return Lingering(domain=self.domain) if now >= self.end else Change.at(self, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering(Change):
    """Whoever showed the notice still answers for a domain that is delegated back."""

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Change):
    """The machines of a web site no longer give it out: they answer 451 (RFC 7725)."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(Change):
    """Whoever runs a web site takes it off its machine. No order does this: cases tell of it.

    A machine without any site left no longer answers. Names and addresses stay as they are.
    """

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Change):
    """Whoever keeps a zone that is not signed adds a record, a line of master-file text."""

    zone: str
    record: str


OWN_ZONE, OWN_ADDRESS = "racimo.example", "198.51.100.99"
"""The zone in which anybody in the lab may have a record, and the address that it has."""

NOTICE_SITE = "aviso.red.gob.test"
NOTICE_OPERATOR = "Red de Gobierno"
"""Who shows the notice of the lab's courts, and serves the zones of domains handed to it."""


def changed(world: World, changes: Sequence[Change]) -> World:
    """Return `world` with `changes`, whenever they are in force. See `World.changed`."""
    registrations = {item.name: item for item in world.registrations}
    touched = set(world.signed_again)
    for change in changes:
        if isinstance(change, Hold | Redelegation):
            registrations[change.domain] = _registered(world, registrations[change.domain], change)
            touched.add(world.parent_zone(change.domain) or ".")
        elif isinstance(change, Publication):
            touched.add(change.zone)

    def names(kind: type[Change], what: str) -> set[str]:
        return {getattr(change, what) for change in changes if isinstance(change, kind)}

    noticed = world.noticed | names(Redelegation, "domain")
    lingering = world.lingering | names(Lingering, "domain")
    servers = tuple(
        replace(server, zones=tuple(dict.fromkeys((*server.zones, *sorted(noticed | lingering)))))
        if server.operator == NOTICE_OPERATOR
        else server
        for server in world.servers
    )
    return replace(
        world,
        servers=servers,
        registrations=tuple(registrations.values()),
        noticed=noticed,
        withdrawn=world.withdrawn | names(Withdrawal, "site"),
        departed=world.departed | names(Departure, "site"),
        lingering=lingering,
        signed_again=frozenset(touched),
        published=world.published | {one for one in changes if isinstance(one, Publication)},
        before=world.before or world,
    )


def _registered(
    world: World, item: RegisteredDomain, change: Hold | Redelegation
) -> RegisteredDomain:
    """A registration after a change."""
    known = isfinite(change.start)
    moment = datetime.fromtimestamp(change.start, UTC) if known else world.start
    item = replace(item, updated=moment.date(), changed=moment)
    if isinstance(change, Hold):
        status = (*(word for word in item.status if word != "active"), change.status)
        return replace(item, status=tuple(dict.fromkeys(status)))
    hosts = next(one.hosts for one in world.servers if one.operator == NOTICE_OPERATOR)
    return replace(item, nameservers=tuple(host.name for host in hosts), ds=())
