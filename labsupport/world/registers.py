"""What each public directory of the lab holds, whatever form it answers in.

A registration is written once, in registrations.csv. The registry that keeps the name and the
registrar that registered it each show it in their own way: the first may not even have the
holder, the second may know it and not publish it, and for a few names their records disagree
(directories.toml). RDAP and WHOIS are both made from the records here.

What the tables do not say of a holder, `compose` makes up, the same every time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zlib import crc32

import dns.name

from labsupport.world import tables
from labsupport.world.blocks import reverse_prefix, within
from labsupport.world.model import AsNetwork, Host, Organisation, Prefix, RegisteredDomain

if TYPE_CHECKING:
    from labsupport.world import World

DESK_HANDLES = {"administrative": "ADM", "technical": "TEC", "abuse": "ABU"}


@dataclass(frozen=True, slots=True)
class DirectoryContact:
    """A contact as one directory has it.

    `roles` are in the words of RDAP (RFC 9083 section 10.2.4). A `hidden` one is known to the
    keeper of the directory and not published: its mail goes by `relay`, a web address or a
    mailbox. `desks` are its own contacts.
    """

    roles: tuple[str, ...]
    handle: str
    name: str
    organisation: Organisation
    email: str
    relay: str = ""
    hidden: bool = False
    desks: tuple[DirectoryContact, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """A domain as one directory has it: `registration` is in the keeper's own version.

    `hosts` are its name servers, with addresses where the keeper has them. `registrar` is who
    registered it, `parties` are all others.
    """

    registration: RegisteredDomain
    handle: str
    hosts: tuple[Host, ...]
    registrar: DirectoryContact
    parties: tuple[DirectoryContact, ...]
    created: datetime
    updated: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class NumberBlock:
    """A block of addresses, or one AS number, as the registry of numbers has it.

    Of an AS number `prefix` is None; of a block, `asn` is the network that it belongs to.
    `parent` is the handle of the larger block that it is a part of, `remark` what its holder
    wants readers to know.
    """

    handle: str
    name: str
    type: str
    country: str
    asn: int
    registered: date
    holder: DirectoryContact
    prefix: Prefix | None = None
    parent: str = ""
    remark: str = ""

    @property
    def since(self) -> datetime:
        """When it was registered."""
        return _moment(self.registered, self.handle)


@dataclass(frozen=True, slots=True)
class ReverseDelegation:
    """Who serves the names for the addresses of `prefix`."""

    prefix: Prefix
    hosts: tuple[str, ...]


class NameRegister:
    """The domains that one registry or registrar has on record.

    Raises LookupError when `keeper` is neither.

    >>> from labsupport.world import World
    >>> world = World.load()
    >>> registry, registrar = (
    ...     NameRegister(world, keeper) for keeper in ("Registro Ejemplo", "Nombres del Sur")
    ... )
    >>> registry.domain("museum.example").parties
    ()
    >>> registrar.domain("museum.example").parties[0].name
    'Fundación Museo de Faros y Navegación'
    """

    def __init__(self, world: World, keeper: str) -> None:
        self._world = world
        self.keeper = world.organisation(keeper)
        self.registry = next((r for r in world.registries if r.name == keeper), None)
        if self.registry:
            own = [r for r in world.registrations if r.registry == keeper]
        else:
            own = [self._as_registrar(r) for r in world.registrations if r.registrar == keeper]
        if not own:
            raise LookupError(f"{keeper} keeps no register of domain names.")
        self.registrations = {item.name: item for item in own}

    def _as_registrar(self, item: RegisteredDomain) -> RegisteredDomain:
        """Return the registration as its registrar has it."""
        said = next((d for d in self._world.differences if d.name == item.name), None)
        fields = ("status", "updated", "expires", "nameservers")
        others = {field: getattr(said, field) for field in fields if getattr(said, field, None)}
        return replace(item, **others)

    def domain(self, name: str) -> DomainRecord | None:
        """Return the record of a domain, by its A-labels in lower case."""
        item = self.registrations.get(name)
        if item is None:
            return None
        parties: list[DirectoryContact] = []
        if not (self.registry and self.registry.thin):
            parties.append(self._registrant(item))
        if item.reseller and not self.registry:
            parties.append(self._organisation(item.reseller, "reseller"))
        handle, hosts = f"D{crc32(name.encode()):08X}-{_tag(item.suffix)}", item.nameservers
        registrar = self._organisation(item.registrar, "registrar")
        changed = item.changed or _moment(item.updated, name)
        times = _moment(item.created, name), changed, _moment(item.expires, name)
        own = tuple(map(self._host, hosts))
        return DomainRecord(item, handle, own, registrar, tuple(parties), *times)

    def _host(self, name: str) -> Host:
        """Return a name server, with addresses if it stands in one of the keeper's own domains."""
        domains = self.registry.suffixes if self.registry else self.registrations
        is_own = any(name.endswith(f".{domain}") for domain in domains)
        return Host(name, self._world.addresses_of_host.get(name, ()) if is_own else ())

    def _organisation(self, name: str, role: str) -> DirectoryContact:
        body = self._world.organisation(name)
        handle = body.iana_id or self._handle(name)
        own = handle, body.legal_name, body, body.email
        return DirectoryContact((role,), *own, desks=(_desk(body, "abuse", ""),))

    def _registrant(self, item: RegisteredDomain) -> DirectoryContact:
        body = self._world.organisation(item.registrant)
        if item.privacy == "proxy":
            own = self._handle(f"{item.registrant} {item.name}"), body.name, body
            relay, desks = body.relay.format(name=item.name), (_desk(body, "abuse", ""),)
            return DirectoryContact(("registrant", "proxy"), *own, "", relay, desks=desks)
        hidden = item.privacy == "redacted"
        # Since 2025-08-21 ICANN's Registration Data Policy has no administrative contact.
        roles = ("registrant", "administrative", "technical")
        shown = roles if self.registry else ("registrant", "technical")
        whose = self._handle(item.registrant), body.legal_name, body, body.email
        relay = self.keeper.relay.format(name=item.name) if hidden else ""
        return DirectoryContact(shown, *whose, relay, hidden)

    def _handle(self, text: str) -> str:
        return f"{self.keeper.handles}-{crc32(text.encode()) % 10**7:07d}"


class NumberRegister:
    """The addresses and AS numbers that RIR-LAB has given out, with whom they were handed on to.

    >>> from ipaddress import ip_network
    >>> from labsupport.world import World
    >>> register = NumberRegister(World.load())
    >>> found = register.holding(ip_network("198.19.105.66"))
    >>> found.handle, found.parent, found.holder.name
    ('198.19.105.64/28', '198.19.105.0/24', 'Nube Barata Ltd.')
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.keeper = world.organisation("RIR-LAB")
        self._codes = tables.read_countries()
        self._ids = {network.holder: network.holder_id for network in world.networks}

    @cached_property
    def blocks(self) -> tuple[NumberBlock, ...]:
        """Every block of addresses: those of the networks, then what they handed on."""
        remarks = tables.read_toml("organisations.toml")["remarks"]
        own = [
            self._of_network(network, str(prefix), prefix, remarks.get(network.kind, ""))
            for network in self._world.networks
            for prefix in network.prefixes
        ]
        handed_on = []
        for part in self._world.assignments:
            country = self._codes[self._world.organisation(part.holder).country]
            about = str(part.prefix), part.name, part.kind, country
            held = part.parent, part.registered, self._holder(part.holder)
            whole = next(block.handle for block in own if _holds(block, part.prefix))
            handed_on.append(NumberBlock(*about, *held, part.prefix, whole))
        return (*own, *handed_on)

    @cached_property
    def as_numbers(self) -> dict[int, NumberBlock]:
        """Every AS number that is held."""
        return {one.asn: self._of_network(one, f"AS{one.asn}") for one in self._world.networks}

    def _of_network(
        self, network: AsNetwork, handle: str, prefix: Prefix | None = None, remark: str = ""
    ) -> NumberBlock:
        about = _tag(network.name), network.status, self._codes[network.country]
        held = network.asn, network.registered, self._holder(network.holder)
        return NumberBlock(handle, *about, *held, prefix, remark=remark)

    def holding(self, asked: Prefix) -> NumberBlock | None:
        """Return the smallest block that holds all of `asked`."""
        found = [block for block in self.blocks if _holds(block, asked)]
        return found[-1] if found else None  # the parts stand behind the wholes

    def reverse_delegations(self, block: NumberBlock) -> tuple[ReverseDelegation, ...]:
        """Return who serves the names for the addresses of a block, part by part."""
        return tuple(one for one in self._reverse_delegations if _holds(block, one.prefix))

    @cached_property
    def _reverse_delegations(self) -> tuple[ReverseDelegation, ...]:
        return tuple(
            ReverseDelegation(prefix, tuple(host.name for host in server.hosts))
            for zone, server in self._world.server_of.items()
            if (prefix := reverse_prefix(dns.name.from_text(zone)))
        )

    def _holder(self, name: str) -> DirectoryContact:
        body = self._world.organisation(name)
        number = self._ids.get(name) or str(crc32(name.encode()) % 10**5 + 10**5)
        desks = tuple(_desk(body, role, DESK_HANDLES[role] + number) for role in DESK_HANDLES)
        handle = f"{self._codes[body.country]}-{number}-LAB"
        own = handle, body.legal_name, body, body.email
        return DirectoryContact(("registrant",), *own, desks=desks)


def rfc3339(time: datetime) -> str:
    """Return a time as directories write it: in UTC, to the second (RFC 3339)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def compose(name: str, domain: str) -> Organisation:
    """Make up an organisation of which only the name is written, the same every time.

    Its mailboxes are in `domain`.

    >>> compose("Talleres Olvidado", "olvidado.example").email
    'contacto@olvidado.example'
    """
    chance, made = crc32(name.encode()), tables.read_toml("organisations.toml")["made_up"]
    streets = made["streets"]
    return Organisation(
        name,
        name,
        made["country"],
        (f"{streets[chance % len(streets)]} {1 + chance // 7 % 180}", made["town"]),
        f"contacto@{domain}",
        # 377 to 379: no organisation has such a number.
        f"+1-37{7 + chance // 11 % 3}-555-{100 + chance // 13 % 100:04d}",
        f"abuso@{domain}",
        f"tecnica@{domain}",
    )


def organisations(world: World) -> Iterator[tuple[str, Organisation]]:
    """Yield every organisation of the world by each name that the tables have for it.

    Who holds several domains has its mailboxes in the one with the shortest name.
    """
    for item in sorted(world.registrations, key=lambda r: (len(r.name), r.name), reverse=True):
        yield item.registrant, compose(item.registrant, item.name)
    for body in world.described_organisations:
        yield body.legal_name, body
        yield body.name, body


def _desk(body: Organisation, role: str, handle: str) -> DirectoryContact:
    email = {"abuse": body.abuse_email, "technical": body.noc_email}.get(role, body.email)
    desks = tables.read_toml("organisations.toml")["desks"][body.country]
    return DirectoryContact((role,), handle, f"{desks[role]}, {body.legal_name}", body, email)


def _holds(block: NumberBlock, asked: Prefix) -> bool:
    return block.prefix is not None and within(asked, block.prefix)


def _tag(name: str) -> str:
    """A name as registries write it where only ASCII may stand: "Móvil Norte" is MOVIL-NORTE.

    >>> _tag("Móvil Norte")
    'MOVIL-NORTE'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "-".join(plain.upper().replace(".", " ").split())


def _moment(day: date, name: str) -> datetime:
    """The time of a day at which something happened to `name`: the tables have only the day."""
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(seconds=crc32(name.encode()) % 86400)
