"""How packets travel in the lab: from router to router, at the speed of light in glass."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from math import dist

from labsupport.world import Network, World
from labsupport.world.routing import Routing

# Light in fibre covers 200 km in a millisecond; cables are about half as long again.
SECONDS_A_KM = 1.5 / 200_000
SECONDS_A_MACHINE = 0.0005
# The root's letters are copied to many places: the next one is never far.
SECONDS_TO_A_ROOT_SERVER = 2 * (600 * SECONDS_A_KM + SECONDS_A_MACHINE)


@dataclass(frozen=True, slots=True)
class Router:
    """A router on the way, as who probes the way meets it.

    `address` is the one that it answers from. `seconds` pass until its answer is there,
    None when none comes.
    """

    address: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Travel:
    """The way of a packet: the routers it passes, and the `seconds` until an answer is back.

    `seconds` is None when no answer can come: the way ends at a network that does not have
    the address, or no way leads back. Where there is no way at all, the only router has
    `refused` the packet.
    """

    routers: tuple[Router, ...]
    seconds: float | None
    refused: bool = False


class Travels:
    """Every way between two addresses of `world`, by `routing`."""

    def __init__(self, world: World, routing: Routing) -> None:
        self._world = world
        self._routing = routing
        self._networks = {network.asn: network for network in world.networks}
        self._entrances = {
            ends: addresses
            for link in world.links
            for ends, addresses in (
                (link.ends, link.addresses[1]),
                (link.ends[::-1], link.addresses[0]),
            )
        }
        self._known: dict[tuple[str, str], Travel] = {}

    def between(self, source: str, to_address: str) -> Travel:
        """Return how a packet gets from one address to another.

        An address of nobody's network is taken for that of a root server, or of a place
        beyond the lab: whoever delivers must know which.
        """
        if (source, to_address) not in self._known:
            self._known[source, to_address] = self._find(source, to_address)
        return self._known[source, to_address]

    def networks(self, source: str, to_address: str) -> tuple[int, ...]:
        """Return the AS numbers of the networks on the way, the sender's first."""
        here, there = self._world.network_of(source), self._world.network_of(to_address)
        if here is None or there is None:
            return ()
        if here is there:
            return (here.asn,)
        return self._routing.way(here.asn, to_address)

    def _find(self, source: str, to_address: str) -> Travel:
        here, there = self._world.network_of(source), self._world.network_of(to_address)
        if here is None or there is None:
            return Travel((), SECONDS_TO_A_ROOT_SERVER)
        way = self.networks(source, to_address)
        family = ":" in to_address
        if not way:
            router = Router(here.router[family], 2 * SECONDS_A_MACHINE)
            return Travel((router,), None, refused=True)
        addresses = [here.router, *(self._entrances[pair] for pair in pairwise(way))]
        routers = []
        seconds: float | None = None
        for place, (asn, own) in enumerate(zip(way, addresses, strict=True)):
            seconds = self._there_and_back(way[: place + 1], here, source)
            silent = self._networks[asn].silent
            routers.append(Router(own[family], None if silent else seconds))
        if way[-1] != there.asn or seconds is None:
            return Travel(tuple(routers), None)
        return Travel(tuple(routers), seconds + SECONDS_A_MACHINE)

    def _there_and_back(self, way: tuple[int, ...], here: Network, source: str) -> float | None:
        if way[-1] == here.asn:
            return 2 * self._seconds(way)
        back = self._routing.way(way[-1], outside(here, source))
        if not back or back[-1] != here.asn:
            return None
        return self._seconds(way) + self._seconds(back)

    def _seconds(self, way: tuple[int, ...]) -> float:
        places = [self._networks[asn].position_km for asn in way]
        km = sum(dist(one, other) for one, other in pairwise(places))
        return km * SECONDS_A_KM + len(way) * SECONDS_A_MACHINE


def outside(network: Network, source: str) -> str:
    """An address by which others see `source`: behind carrier-grade NAT, one of the network's."""
    address = ip_address(source)
    if any(address in prefix for prefix in network.inside):
        return str(network.prefixes[0][1])
    return source
