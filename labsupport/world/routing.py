"""Which way packets go: networks announce prefixes to their neighbours, and choose (RFC 4271).

A network prefers what a customer announces to what a peer does, and that to what a provider
does; then the shortest path; then the neighbour with the lowest AS number. It tells its
providers and peers only of itself and its customers, and its customers of everything. This
is what networks usually do for money's sake (Gao and Rexford, 2001), not a rule of BGP.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from labsupport.world.blocks import Blocks, within
from labsupport.world.model import NetworkLink, Prefix, Roa

# Longer prefixes are taken from no neighbour (RFC 7454 section 6.1.3), by IP version.
LONGEST_ACCEPTED = {4: 24, 6: 48}


class Validity(StrEnum):
    """What route origin authorisations say of a prefix and its origin (RFC 6811 section 2)."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_FOUND = "not found"


class Announcement(NamedTuple):
    """The network `asn` says that packets for `prefix` should come to it."""

    prefix: Prefix
    asn: int


class Route(NamedTuple):
    """The way one network has chosen.

    `path` is the AS path: the neighbour first, the origin last, empty at the origin itself.
    """

    path: tuple[int, ...]


class AsNeighbours:
    """Who buys from whom and who peers with whom, by AS number."""

    def __init__(self, links: Iterable[NetworkLink]) -> None:
        self.providers: dict[int, list[int]] = {}
        self.customers: dict[int, list[int]] = {}
        self.peers: dict[int, list[int]] = {}
        for link in links:
            first, second = link.ends
            if link.relation == "transit":
                self.customers.setdefault(first, []).append(second)
                self.providers.setdefault(second, []).append(first)
            else:
                self.peers.setdefault(first, []).append(second)
                self.peers.setdefault(second, []).append(first)


Accepts = Callable[[int, int], bool]
"""Says whether a network (its AS number first) takes a route with this origin."""


def converge(
    neighbours: AsNeighbours,
    origins: Iterable[int],
    accepts: Accepts = lambda asn, origin: True,
) -> dict[int, Route]:
    """Return what every network has chosen for one prefix that `origins` announce.

    Networks without a route are left out. It takes time in proportion to networks and links.

    >>> bought = [NetworkLink("transit", (1, 2)), NetworkLink("transit", (1, 3))]
    >>> links = [*bought, NetworkLink("peering", (2, 3))]
    >>> routes = converge(AsNeighbours(links), [2])
    >>> {asn: route.path for asn, route in routes.items()}
    {2: (), 1: (2,), 3: (2,)}
    """
    chosen = {origin: Route(()) for origin in sorted(origins)}

    def take(offers: dict[int, int]) -> list[int]:
        for asn, neighbour in offers.items():
            chosen[asn] = Route((neighbour, *chosen[neighbour].path))
        return list(offers)

    # Up from customer to provider, one step at a time, so that the shortest path comes first.
    by_length = defaultdict(list, {0: list(chosen)})
    length = 0
    while offers := _offered(chosen, by_length[length], neighbours.providers, accepts):
        length += 1
        by_length[length] = take(offers)
    # Across once: a route from a peer is told to customers only.
    across: dict[int, int] = {}
    for level in by_length.values():
        across = _offered(chosen, level, neighbours.peers, accepts) | across
    for asn in take(across):
        by_length[len(chosen[asn].path)].append(asn)
    # Down from provider to customer, the shortest first again.
    length = 0
    while length <= max(by_length):
        offers = _offered(chosen, by_length[length], neighbours.customers, accepts)
        length += 1
        if offers:
            by_length[length] += take(offers)
    return chosen


def _offered(
    chosen: Mapping[int, Route],
    by: Iterable[int],
    to: Mapping[int, Collection[int]],
    accepts: Accepts,
) -> dict[int, int]:
    """The networks without a route that are offered one, each with its best neighbour."""
    best: dict[int, int] = {}
    for asn in by:
        path = chosen[asn].path
        origin = path[-1] if path else asn
        for other in to.get(asn, ()):
            if other not in chosen and accepts(other, origin):
                best[other] = min(asn, best.get(other, asn))
    return best


class Routing:
    """The routes of all networks to all prefixes that are announced.

    `held` is what networks announce of their own, `others` what somebody announces besides;
    nobody takes the latter for a part of its own block (RFC 7454 section 6.1.4). `checking`
    are the networks that refuse what contradicts `roas`. Routes to a prefix are worked out
    when first needed.

    >>> from labsupport.world import World
    >>> routing = World.load().routing
    >>> routing.best(64496, "203.0.113.80").path
    (64500,)
    >>> routing.way(64496, "198.18.129.53")
    (64496, 64498, 64509, 64497)
    """

    def __init__(
        self,
        links: Iterable[NetworkLink],
        held: Iterable[Announcement],
        roas: Iterable[Roa] = (),
        checking: Iterable[int] = (),
        others: Iterable[Announcement] = (),
    ) -> None:
        self.links = tuple(links)
        self.held = tuple(held)
        self.others = tuple(others)
        self.roas = tuple(roas)
        self.checking = frozenset(checking)
        self._neighbours: dict[int, AsNeighbours] = {}
        for version in LONGEST_ACCEPTED:
            carrying = [link for link in self.links if link.carries(version)]
            self._neighbours[version] = AsNeighbours(carrying)
        self._origins: dict[Prefix, list[int]] = {}
        for prefix, asn in dict.fromkeys((*self.held, *self.others)):
            self._origins.setdefault(prefix, []).append(asn)
        self._blocks = Blocks((prefix, prefix) for prefix in self._origins)
        self._tables: dict[Prefix, dict[int, Route]] = {}
        self._ways: dict[tuple[int, str], tuple[int, ...]] = {}

    def announced(
        self, announcement: Announcement, checking: Iterable[int] | None = None
    ) -> Routing:
        """Return the routing with one more announcement, and other checkers if given."""
        if checking is None:
            checking = self.checking
        others = (*self.others, announcement)
        return Routing(self.links, self.held, self.roas, checking, others)

    @property
    def prefixes(self) -> tuple[Prefix, ...]:
        """The prefixes that somebody announces."""
        return tuple(self._origins)

    def table(self, prefix: Prefix) -> dict[int, Route]:
        """Return the route of each network to exactly this prefix; without one, no entry."""
        if prefix not in self._tables:
            origins = self._origins.get(prefix, ())
            if prefix.prefixlen > LONGEST_ACCEPTED[prefix.version]:
                self._tables[prefix] = {asn: Route(()) for asn in origins}
            else:
                refused_by = {
                    origin: self._refusing(prefix, origin) for origin in origins
                }
                self._tables[prefix] = converge(
                    self._neighbours[prefix.version],
                    origins,
                    lambda asn, origin: asn not in refused_by[origin],
                )
        return self._tables[prefix]

    def _refusing(self, prefix: Prefix, origin: int) -> frozenset[int]:
        """The networks that do not take `prefix` when `origin` announces it."""
        refusing = set[int]()
        if self.validity(prefix, origin) is Validity.INVALID:
            refusing.update(self.checking)
        if (prefix, origin) not in self.held:
            refusing.update(
                holder for block, holder in self.held if within(prefix, block)
            )
        return frozenset(refusing)

    def best(self, asn: int, address: str) -> Route | None:
        """Return the route by which a network sends packets to an address: the longest match."""
        for prefix in self._blocks.holding(address):
            table = self.table(prefix)
            if asn in table:
                return table[asn]
        return None

    def way(self, asn: int, address: str) -> tuple[int, ...]:
        """Return the networks that a packet crosses, the sender's first; () if there is no way.

        Each network on the way decides for itself, so the way may end elsewhere than the
        first one's AS path.
        """
        if (asn, address) not in self._ways:
            self._ways[asn, address] = self._walk(asn, address)
        return self._ways[asn, address]

    def _walk(self, asn: int, address: str) -> tuple[int, ...]:
        way = [asn]
        while (route := self.best(way[-1], address)) and route.path:
            if route.path[0] in way:
                return ()
            way.append(route.path[0])
        return tuple(way) if route else ()

    def validity(self, prefix: Prefix, asn: int) -> Validity:
        """Say what the ROAs have to say of a prefix and its origin (RFC 6811 section 2).

        >>> from ipaddress import ip_network
        >>> roas = [Roa(ip_network("198.18.102.0/23"), 64503, 23)]
        >>> Routing([], [], roas).validity(ip_network("198.18.103.0/24"), 64503).value
        'invalid'
        """
        covering = [roa for roa in self.roas if within(prefix, roa.prefix)]
        if any(
            roa.asn == asn and prefix.prefixlen <= roa.max_length for roa in covering
        ):
            return Validity.VALID
        return Validity.INVALID if covering else Validity.NOT_FOUND
