"""What each public directory of the lab holds, whatever form it answers in.

A registration is written once, in registrations.csv. The registry that keeps the name and the
registrar that registered it each show it in their own way: the first may not even have the
holder, the second may know it and not publish it, and for a few names their records disagree
(directories.toml). RDAP and WHOIS are both made from the records here.

What the tables do not say of a holder, `facts.made_up` makes up, the same every time.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zlib import crc32

import dns.name

from labsupport.world import tables
from labsupport.world.blocks import reverse_prefix, within
from labsupport.world.facts import Facts
from labsupport.world.model import (
    AsNetwork,
    Host,
    Organisation,
    Prefix,
    RegisteredDomain,
)

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

    def __init__(self, facts: Facts, keeper: str) -> None:
        self._facts = facts
        self.keeper = facts.organisation(keeper)
        self.registry = next((r for r in facts.registries if r.name == keeper), None)
        if self.registry:
            own = [item for item in facts.registrations if item.registry == keeper]
        else:
            registered = [
                item for item in facts.registrations if item.registrar == keeper
            ]
            own = [self._as_registrar(item) for item in registered]
        if not own:
            raise LookupError(f"{keeper} keeps no register of domain names.")
        self.registrations = {item.name: item for item in own}

    def _as_registrar(self, item: RegisteredDomain) -> RegisteredDomain:
        """Return the registration as its registrar has it."""
        for difference in self._facts.differences:
            if difference.name == item.name:
                return replace(
                    item,
                    status=difference.status or item.status,
                    updated=difference.updated or item.updated,
                    expires=difference.expires or item.expires,
                    nameservers=difference.nameservers or item.nameservers,
                )
        return item

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
        return DomainRecord(
            registration=item,
            handle=f"D{crc32(name.encode()):08X}-{_tag(item.suffix)}",
            hosts=tuple(map(self._host, item.nameservers)),
            registrar=self._organisation(item.registrar, "registrar"),
            parties=tuple(parties),
            created=_moment(item.created, name),
            updated=item.changed or _moment(item.updated, name),
            expires=_moment(item.expires, name),
        )

    def _host(self, name: str) -> Host:
        """Return a name server, with addresses if it stands in one of the keeper's own domains."""
        domains = self.registry.suffixes if self.registry else self.registrations
        is_own = any(name.endswith(f".{domain}") for domain in domains)
        addresses = self._facts.addresses_of_host.get(name, ())
        return Host(name, addresses if is_own else ())

    def _organisation(self, name: str, role: str) -> DirectoryContact:
        body = self._facts.organisation(name)
        return DirectoryContact(
            roles=(role,),
            handle=body.iana_id or self._handle(name),
            name=body.legal_name,
            organisation=body,
            email=body.email,
            desks=(_desk(body, "abuse", ""),),
        )

    def _registrant(self, item: RegisteredDomain) -> DirectoryContact:
        body = self._facts.organisation(item.registrant)
        if item.privacy == "proxy":
            return DirectoryContact(
                roles=("registrant", "proxy"),
                handle=self._handle(f"{item.registrant} {item.name}"),
                name=body.name,
                organisation=body,
                email="",
                relay=body.relay.format(name=item.name),
                desks=(_desk(body, "abuse", ""),),
            )
        hidden = item.privacy == "redacted"
        # Since 2025-08-21 ICANN's Registration Data Policy has no administrative contact.
        roles = ("registrant", "administrative", "technical")
        return DirectoryContact(
            roles=roles if self.registry else ("registrant", "technical"),
            handle=self._handle(item.registrant),
            name=body.legal_name,
            organisation=body,
            email=body.email,
            relay=self.keeper.relay.format(name=item.name) if hidden else "",
            hidden=hidden,
        )

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

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.keeper = facts.organisation("RIR-LAB")
        self._codes = tables.read_countries()
        self._ids = {network.holder: network.holder_id for network in facts.networks}

    @cached_property
    def blocks(self) -> tuple[NumberBlock, ...]:
        """Every block of addresses: those of the networks, then what they handed on."""
        remarks = tables.read_toml("organisations.toml")["remarks"]
        own = []
        for network in self._facts.networks:
            remark = remarks.get(network.kind, "")
            for prefix in network.prefixes:
                own.append(self._of_network(network, str(prefix), prefix, remark))
        handed_on = []
        for part in self._facts.assignments:
            block = NumberBlock(
                handle=str(part.prefix),
                name=part.name,
                type=part.kind,
                country=self._codes[self._facts.organisation(part.holder).country],
                asn=part.parent,
                registered=part.registered,
                holder=self._holder(part.holder),
                prefix=part.prefix,
                parent=next(
                    block.handle for block in own if _holds(block, part.prefix)
                ),
            )
            handed_on.append(block)
        return (*own, *handed_on)

    @cached_property
    def as_numbers(self) -> dict[int, NumberBlock]:
        """Every AS number that is held."""
        return {
            network.asn: self._of_network(network, f"AS{network.asn}")
            for network in self._facts.networks
        }

    def _of_network(
        self,
        network: AsNetwork,
        handle: str,
        prefix: Prefix | None = None,
        remark: str = "",
    ) -> NumberBlock:
        return NumberBlock(
            handle=handle,
            name=_tag(network.name),
            type=network.status,
            country=self._codes[network.country],
            asn=network.asn,
            registered=network.registered,
            holder=self._holder(network.holder),
            prefix=prefix,
            remark=remark,
        )

    def holding(self, asked: Prefix) -> NumberBlock | None:
        """Return the smallest block that holds all of `asked`."""
        holding = [block for block in self.blocks if _holds(block, asked)]
        return holding[-1] if holding else None  # the parts stand behind the wholes

    def reverse_delegations(self, block: NumberBlock) -> tuple[ReverseDelegation, ...]:
        """Return who serves the names for the addresses of a block, part by part."""
        delegations = self._reverse_delegations
        return tuple(part for part in delegations if _holds(block, part.prefix))

    @cached_property
    def _reverse_delegations(self) -> tuple[ReverseDelegation, ...]:
        delegations = []
        for zone, server in self._facts.server_of.items():
            prefix = reverse_prefix(dns.name.from_text(zone))
            if prefix:
                hosts = tuple(host.name for host in server.hosts)
                delegations.append(ReverseDelegation(prefix, hosts))
        return tuple(delegations)

    def _holder(self, name: str) -> DirectoryContact:
        body = self._facts.organisation(name)
        number = self._ids.get(name) or str(crc32(name.encode()) % 10**5 + 10**5)
        desks = [
            _desk(body, role, short + number) for role, short in DESK_HANDLES.items()
        ]
        return DirectoryContact(
            roles=("registrant",),
            handle=f"{self._codes[body.country]}-{number}-LAB",
            name=body.legal_name,
            organisation=body,
            email=body.email,
            desks=tuple(desks),
        )


def rfc3339(time: datetime) -> str:
    """Return a time as directories write it: in UTC, to the second (RFC 3339)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _desk(body: Organisation, role: str, handle: str) -> DirectoryContact:
    email = {"abuse": body.abuse_email, "technical": body.noc_email}.get(
        role, body.email
    )
    desks = tables.read_toml("organisations.toml")["desks"][body.country]
    return DirectoryContact(
        (role,), handle, f"{desks[role]}, {body.legal_name}", body, email
    )


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
    seconds = crc32(name.encode()) % 86400
    return datetime.combine(day, time(tzinfo=UTC)) + timedelta(seconds=seconds)
