"""The lab Internet as seen from one connection: what `real_internet` is for the real one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from labsupport.exchange.entry import Entry
from labsupport.formats.nat_log import FIRST_PORT, PORTS
from labsupport.inputs.folding import folded
from labsupport.inputs.numbers import Number, lies_in
from labsupport.language import Language
from labsupport.lookups.networks import NetworkNode
from labsupport.lookups.resolvers import Chosen
from labsupport.network.offline import OfflineNetwork, outside
from labsupport.world import World, compose
from labsupport.world.model import AsNetwork, Connection
from labsupport.world.routing import AsNeighbours
from labsupport.world.tables import read_countries

if TYPE_CHECKING:  # late: few lessons need them, and every notebook would wait for them
    from labsupport.lookups.observers import Services


@dataclass(frozen=True)
class Inside:
    """A network of the lab, and the connection that it is seen from.

    `chosen` is a resolver to ask in the place of the connection's own, `name` what the evidence
    calls this copy of the lab.

    >>> Inside.load().entry.resolvers
    ('198.18.0.53', '2001:db8:9600::53')
    """

    network: OfflineNetwork
    seat: Connection
    chosen: Chosen | None = None
    name: str = ""

    @classmethod
    def load(cls) -> Inside:
        """Return the undisturbed lab, seen from its first connection."""
        network = OfflineNetwork(World.load())
        return cls(network, network.world.connections[0])

    @property
    def world(self) -> World:
        """The lab's world as it is now."""
        return self.network.world

    @cached_property
    def entry(self) -> Entry:
        """Where the lab is entered from this connection. No order changes anything of it."""
        # late, as above
        from labsupport.servers import (
            observatory,
            passive_dns,
            timestamp,
        )

        world = self.world
        source4, source6 = self.seat.sources
        directories = {directory.kind: directory for directory in world.directories}
        public = world.public_resolver.hosts[0]
        seats = {connection.asn for connection in world.connections}
        return Entry(
            self.name + self.seat.key,
            source4,
            source6,
            self.chosen.addresses if self.chosen else self.seat.resolvers,
            world.root_hints,
            world.trust_anchor,
            world.certificate_authority.root,
            rdap_bootstrap=directories["bootstrap"].url,
            whois_root=directories["whois-root"].host,
            certificate_log=directories["certificates"].url,
            time_stamps=f"http://{timestamp.SITE}/",
            passive_dns=f"https://{passive_dns.SITE}/",
            observatory=f"https://{observatory.SITE}/",
            origins=compose.ORIGINS,
            access=tuple(
                str(one.prefixes[0][0]) for one in world.networks if one.asn in seats
            ),
            public_resolvers=(("Resuelve", public.name, *public.addresses),),
            countries={code: name for name, code in read_countries().items()},
            resolver_url=self.chosen.url if self.chosen else "",
            world=world.version,
        )

    @property
    def seats(self) -> list[Inside]:
        """The lab seen from each of its connections, this one first."""
        seats = sorted(self.world.connections, key=lambda seat: seat is not self.seat)
        return [replace(self, seat=seat, chosen=None) for seat in seats]

    def at(self, where: object) -> Inside | None:
        """Return the lab seen from a connection, by its key or name; None where it has none."""
        for connection in self.world.connections:
            if folded(str(where)) in (folded(connection.key), folded(connection.name)):
                return replace(self, seat=connection, chosen=None)
        return None

    def has_resolver(self, address: object) -> bool:
        """Say whether a resolver of the lab has an address."""
        for server in self.world.servers:
            if server.kind == "resolver":
                for host in server.hosts:
                    if address in host.addresses:
                        return True
        return False

    # Whose an address is, and who is on the way to it

    def holder(self, address: str) -> str:
        """Return the name of the network that holds an address, "" for none."""
        network = self._network_of(address)
        return network.name if network else ""

    def seen_as(self, source: str, port: int) -> tuple[str, int]:
        """Return the address and the port that others see of a connection from `source`.

        Behind a shared address the provider's machine chooses the port.
        """
        network = self._network_of(source)
        seen = outside(network, source) if network else source
        return (source, port) if seen == source else (seen, FIRST_PORT + port % PORTS)

    def country(self, address: str) -> str:
        """Return the country in which an address is registered, "" for none."""
        network = self._network_of(address)
        return network.country if network else ""

    def _network_of(self, address: str) -> AsNetwork | None:
        try:
            return self.world.network_of(address)
        except ValueError:  # a recording may have anything in the place of an address
            return None

    @cached_property
    def network_names(self) -> dict[int, str]:
        """The networks' names, by AS number."""
        return {network.asn: network.name for network in self.world.networks}

    def carriers(self, source: str, to_address: str) -> tuple[str, ...]:
        """Return the networks that carry a packet from `source` there, by name."""
        network = self.world.network_of(to_address)
        # others answer to that one
        seen = outside(network, to_address) if network else to_address
        way = self.network.travels.networks(source, seen)
        return tuple(self.network_names[asn] for asn in way)

    @property
    def services(self) -> Services:
        """The public resolver and the VPN that somebody can take instead."""
        from labsupport.lookups.observers import Services, Vpn
        from labsupport.servers import vpn

        host = self.world.public_resolver.hosts[0]
        tunnel = Vpn(vpn.OPERATOR, vpn.ADDRESS, vpn.PORT, vpn.DATA_MESSAGE)
        return Services(host.name, host.addresses[0], tunnel, self.carriers)

    @property
    def nodes(self) -> list[NetworkNode]:
        """The networks, and from whom each of them buys its connection."""
        neighbours = AsNeighbours(self.world.links)
        nodes = []
        for network in self.world.networks:
            asn, name, kind, country = (
                network.asn,
                network.name,
                network.kind,
                network.country,
            )
            providers = tuple(neighbours.providers.get(asn, ()))
            peers = tuple(neighbours.peers.get(asn, ()))
            nodes.append(NetworkNode(asn, name, kind, country, providers, peers))
        return nodes

    # What it does not know

    def does_not_cover(self, name: str, say: Language) -> str:
        """Say why nothing can be known of a name here."""
        return say("lab_internet.not_part", name=name)

    def no_number(self, asked: Number, say: Language) -> str:
        """Say that the lab's registry does not have a number; "" where it has."""
        registry = self.world.number_registry
        resource = asked.resource
        is_registered = (
            any(resource in numbers for numbers in registry.as_numbers)
            if isinstance(resource, int)
            else any(lies_in(resource, pool) for pool in registry.pools)
        )
        if is_registered:
            return ""
        return say(
            "lab_internet.no_number", what=asked.text, registry=registry.name.upper()
        )
