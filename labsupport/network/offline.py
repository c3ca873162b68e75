"""The lab Internet inside this process: every packet is delivered to an object.

The network owns what changes: the clock, and through its servers their caches. The world
that it is built on never changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, partial
from ipaddress import ip_address
from itertools import pairwise
from math import dist
from typing import TYPE_CHECKING, Protocol

import dns.exception
import dns.name

from labsupport import exchange
from labsupport.dns.transport import Send
from labsupport.exchange import (
    DNS_PORT,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    Unreachable,
)
from labsupport.exchange.rules import Action, NameRule, PacketRule, Rule
from labsupport.servers import vpn
from labsupport.servers.authoritative import AuthoritativeServer
from labsupport.servers.resolver import Resolver
from labsupport.world import World
from labsupport.world.changes import NOTICE_SITE, Change
from labsupport.world.model import AsNetwork, Server
from labsupport.world.routing import Routing

if TYPE_CHECKING:
    from labsupport.servers.web import Page

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
        self._entrances = {link.ends: link.addresses[1] for link in world.links}
        self._entrances |= {link.ends[::-1]: link.addresses[0] for link in world.links}
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
        sender = self._world.network_of(source)
        receiver = self._world.network_of(to_address)
        if sender is None or receiver is None:
            return ()
        if sender is receiver:
            return (sender.asn,)
        return self._routing.way(sender.asn, to_address)

    def _find(self, source: str, to_address: str) -> Travel:
        sender = self._world.network_of(source)
        receiver = self._world.network_of(to_address)
        if sender is None or receiver is None:
            return Travel((), SECONDS_TO_A_ROOT_SERVER)
        way = self.networks(source, to_address)
        entrances = [sender.router]
        for link in pairwise(way):
            entrances.append(self._entrances[link])
        # a router's IPv4 address stands before IPv6
        family = 1 if ":" in to_address else 0
        addresses = [router[family] for router in entrances]
        if not way:
            router = Router(addresses[0], 2 * SECONDS_A_MACHINE)
            return Travel((router,), None, refused=True)
        routers = []
        seconds: float | None = None
        for count, address in enumerate(addresses, 1):
            passed = way[:count]
            seconds = self._there_and_back(passed, sender, source)
            is_silent = self._networks[passed[-1]].silent
            routers.append(Router(address, None if is_silent else seconds))
        if way[-1] != receiver.asn or seconds is None:
            return Travel(tuple(routers), None)
        return Travel(tuple(routers), seconds + SECONDS_A_MACHINE)

    def _there_and_back(
        self, way: tuple[int, ...], sender: AsNetwork, source: str
    ) -> float | None:
        if way[-1] == sender.asn:
            return 2 * self._seconds(way)
        back = self._routing.way(way[-1], outside(sender, source))
        if not back or back[-1] != sender.asn:
            return None
        return self._seconds(way) + self._seconds(back)

    def _seconds(self, way: tuple[int, ...]) -> float:
        positions = [self._networks[asn].position_km for asn in way]
        km = sum(dist(here, there) for here, there in pairwise(positions))
        return km * SECONDS_A_KM + len(way) * SECONDS_A_MACHINE


def outside(network: AsNetwork, source: str) -> str:
    """An address by which others see `source`: behind carrier-grade NAT, one of the network's."""
    address = ip_address(source)
    if any(address in prefix for prefix in network.inside):
        return str(network.prefixes[0][1])
    return source


# How often packets go there and back until the answer is there: to connect takes a round
# first, to agree on encryption another (TLS 1.3, RFC 9846).
ROUNDS = {"icmp": 1, "udp": 1, "tcp": 2, "http": 2, "https": 3}


@dataclass(slots=True)
class LabClock:
    """The lab's clock: it stands still at `time` until it is moved.

    `ticks` returns the seconds that pass by themselves. In a lab that is served to real
    programs it is `time.time`, counted from a `time` of 0: their clocks run as well.
    """

    time: float
    ticks: Callable[[], float] = lambda: 0.0

    def now(self) -> float:
        """Return seconds since 1970-01-01 00:00 UTC."""
        return self.time + self.ticks()

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it never goes back."""
        if seconds < 0:
            raise ValueError("the lab's clock only goes forward")
        self.time += seconds


# How many questions name servers remember that they were asked.
MOST_QUESTIONS = 1000

SocketAddress = tuple[str, int]
"""Where somebody listens: an address and a port."""


class Machine(Protocol):
    """A server of the lab."""

    def handle(self, request: Request, send: Send, clock: exchange.Clock) -> Outcome:
        """Answer `request`, and ask others by `send` where that is needed."""


@lru_cache(maxsize=8)
def _name_servers(world: World) -> dict[SocketAddress, Machine]:
    """The authoritative servers of a world: they keep nothing, so copies of a lab share them.

    Those whose zones no order has changed are those of the world before.
    """
    machines = dict(_name_servers(world.before)) if world.before else {}
    touched = world.signed_again | world.noticed | world.lingering
    for server in world.servers:
        if world.before and touched.isdisjoint(server.zones):
            continue
        if server.kind == "authoritative" and not server.dead:
            machine = AuthoritativeServer(server.zones, partial(world.zone_at, server))
            for address in _addresses_of(server):
                machines[address, DNS_PORT] = machine
    return machines


def _addresses_of(server: Server) -> list[str]:
    addresses: list[str] = []
    for host in server.hosts:
        addresses += host.addresses
    return addresses


def _when_asked(make: Callable[[], Page]) -> Page:
    """Pages that are made when one is first asked for: most copies of a lab need none."""
    made = cache(make)
    return lambda asked: made()(asked)


def _other_machines(
    world: World,
    routing: Routing,
    now: Callable[[], float],
    asked: dict[tuple[str, str], list[float]],
) -> dict[SocketAddress, Machine]:
    """The machines that are no DNS servers: made late, as many a lesson needs none."""
    from labsupport.servers import (
        directories,
        observatory,
        passive_dns,
        rdap,
        timestamp,
        web,
    )
    from labsupport.servers.whois import WhoisServer

    pages = {
        observatory.SITE: observatory.observatory(world, routing, now),
        timestamp.SITE: timestamp.time_stamps(now),
        NOTICE_SITE: web.notice_service,
        passive_dns.SITE: passive_dns.passive_dns(world, now),
    }
    machines: dict[SocketAddress, Machine] = {
        (vpn.ADDRESS, vpn.PORT): vpn.VpnEndpoint()
    }
    for directory in world.directories:
        if directory.kind == "rdap":
            pages[directory.host] = _when_asked(
                partial(rdap.rdap, world, directory, now)
            )
        elif directory.kind == "bootstrap":
            pages[directory.host] = directories.bootstrap(world, directory, now)
        elif directory.kind == "certificates":
            pages[directory.host] = directories.certificate_log(world, now)
        else:
            server = WhoisServer(world, directory, asked)
            for address in directory.addresses:
                machines[address, exchange.WHOIS_PORT] = server
    for address, site in web.site_servers(world, pages).items():
        machines[address, exchange.HTTP_PORT] = site
        machines[address, exchange.HTTPS_PORT] = site
    return machines


class OfflineNetwork:
    """Delivers requests to the servers of `world`, along the ways that `routing` gives.

    `rules` are what orders in force do to the packets of one network each, `changes` what they
    do at the source. `clock` stands still at the world's start if it is not given; `routing`
    is the world's own.

    >>> network = OfflineNetwork(World.load())
    >>> network.covers("www.museum.example")
    True
    """

    def __init__(
        self,
        world: World,
        rules: Iterable[Rule] = (),
        clock: LabClock | None = None,
        routing: Routing | None = None,
        changes: Iterable[Change] = (),
    ) -> None:
        self.clock = clock or LabClock(world.start.timestamp())
        self.rules = tuple(rules)
        self.changes = tuple(changes)
        # The world under each set of changes that is in force together at some time, and its
        # name servers; copies of this network share both.
        self._worlds: dict[
            tuple[Change, ...], tuple[World, dict[SocketAddress, Machine]]
        ] = {}
        self._unchanged = world
        self._others: dict[tuple[Change, ...], dict[SocketAddress, Machine]] = {}
        self.routing = routing or world.routing
        self.travels = Travels(world, self.routing)
        self._packet_rules: dict[int, list[PacketRule]] = {}
        name_rules: dict[int, list[NameRule]] = {}
        for rule in self.rules:
            if isinstance(rule, NameRule):
                name_rules.setdefault(rule.asn, []).append(rule)
            elif isinstance(rule, PacketRule):
                self._packet_rules.setdefault(rule.asn, []).append(rule)
        self._asked: dict[
            tuple[str, str], list[float]
        ] = {}  # of WHOIS servers with a quota
        self._questions: deque[tuple[float, Request]] = deque(maxlen=MOST_QUESTIONS)
        self._resolvers: dict[SocketAddress, Resolver] = {}
        for server in world.servers:
            if server.kind != "resolver" or server.dead:
                continue
            addresses = _addresses_of(server)
            network = world.network_of(addresses[0])
            policy = name_rules.get(network.asn, []) if network else []
            certificates = None
            if server is world.public_resolver:
                certificates = partial(world.certificates, server.hosts[0].name)
            resolver = Resolver(
                addresses, world.root_hints, world.trust_anchor, policy, certificates
            )
            for address in addresses:
                self._resolvers[address, DNS_PORT] = resolver
                self._resolvers[address, exchange.HTTPS_PORT] = resolver

    @property
    def world(self) -> World:
        """The lab Internet as it is now, with the changes in force."""
        return self._world_under(self._in_force())[0]

    def _in_force(self) -> tuple[Change, ...]:
        if not self.changes:
            return ()
        now = self.clock.now()
        changes = (change.at(now) for change in self.changes)
        return tuple(filter(None, changes))

    def _world_under(
        self, changes: tuple[Change, ...]
    ) -> tuple[World, dict[SocketAddress, Machine]]:
        if changes not in self._worlds:
            world = self._unchanged.changed(*changes) if changes else self._unchanged
            self._worlds[changes] = (world, _name_servers(world))
        return self._worlds[changes]

    def _others_under(
        self, changes: tuple[Change, ...]
    ) -> dict[SocketAddress, Machine]:
        if changes not in self._others:
            world, _ = self._world_under(changes)
            made = _other_machines(world, self.routing, self.clock.now, self._asked)
            self._others[changes] = made
        return self._others[changes]

    def _machine(self, listener: SocketAddress) -> Machine | None:
        """Return who listens at an address and a port now."""
        if listener in self._resolvers:
            return self._resolvers[listener]
        changes = self._in_force()
        _, port = listener
        if port == DNS_PORT:
            _, name_servers = self._world_under(changes)
            return name_servers.get(listener)
        return self._others_under(changes).get(listener)

    @cached_property
    def places(self) -> frozenset[SocketAddress]:
        """Where somebody listens: every address with each of its ports."""
        return self.dns_places.union(self._others_under(()))

    @property
    def dns_places(self) -> frozenset[SocketAddress]:
        """Where name servers and resolvers listen, those that are asked encrypted among them."""
        return frozenset((*self._resolvers, *self._world_under(())[1]))

    @cached_property
    def _hosts(self) -> frozenset[str]:
        """The addresses that a machine answers to."""
        return self.world.router_addresses.union(address for address, _ in self.places)

    def copy(
        self,
        rules: Iterable[Rule] = (),
        routing: Routing | None = None,
        changes: Iterable[Change] = (),
    ) -> OfflineNetwork:
        """Return a network of the same world with `rules` and `changes` besides its own.

        It has its own copy of the state. Warm caches go along: that a resolver still remembers
        is what delays an order. `routing` stays the same unless another is given.
        """
        twin = OfflineNetwork(
            self._unchanged,
            (*self.rules, *rules),
            replace(self.clock),
            routing or self.routing,
            (*self.changes, *changes),
        )
        twin._worlds = self._worlds
        if twin.routing is self.routing:
            twin.travels = self.travels
        twin._asked |= {client: list(times) for client, times in self._asked.items()}
        # Each resolver listens at several addresses.
        resolvers = {
            resolver: listener for listener, resolver in self._resolvers.items()
        }
        for resolver, listener in resolvers.items():
            twin._resolvers[listener].take_cache_of(resolver)
        return twin

    def resolver(self, address: str) -> Resolver:
        """Return the resolver at an address; raises KeyError where there is none."""
        return self._resolvers[address, DNS_PORT]

    def change(self, change: Change) -> None:
        """Change the world at the source, here and in copies that are made from now on."""
        if change not in self.changes:
            self.changes = (*self.changes, change)

    def questions(self, zone: str) -> list[tuple[float, Request]]:
        """Return what the name servers of a zone were last asked, and when (since 1970)."""
        addresses = set(_addresses_of(self.world.server_of[zone]))
        questions = []
        for time, request in self._questions:
            if request.to_address in addresses:
                questions.append((time, request))
        return questions

    def undisturbed(self) -> OfflineNetwork:
        """Return a network of the same world as it was at first: no rules, changes or memory."""
        first = OfflineNetwork(self._unchanged)
        first._worlds = self._worlds
        return first

    def covers(self, name: str) -> bool:
        """Say whether the lab Internet has anything to say about a domain name."""
        try:
            return self.world.covers(dns.name.from_text(name))
        except dns.exception.DNSException:
            return False

    def send(self, request: Request) -> Outcome:
        """Carry `request` from router to router to whoever has its address.

        What the rules of the sender's network stop does not leave.
        """
        stopped = self._stopped(request)
        if stopped is not None:
            return stopped
        address = request.to_address
        listener = (address, request.port)
        machine = self._machine(listener)
        exists = machine is not None or address in self._hosts
        if not exists and self.world.network_of(address) is None:
            return Unreachable(None, 0.0)
        travel = self.travels.between(request.source, address)
        nobody = Silence(None, request.timeout)
        passed = len(travel.routers) if travel.refused else request.hop_limit
        if passed is not None and passed <= len(travel.routers):
            router = travel.routers[passed - 1]
            if router.seconds is None:
                return nobody
            return Unreachable(router.address, router.seconds)
        if travel.seconds is None or not exists:
            return nobody
        if request.protocol == "icmp":
            return Reply(address, travel.seconds, payload=request.payload)
        if machine is None:  # the machine's own word that nobody listens at this port
            refusal = Unreachable if request.protocol == "udp" else Reset
            return refusal(address, travel.seconds)
        if request.port == DNS_PORT and listener not in self._resolvers:
            self._questions.append((self.clock.now(), request))
        outcome = machine.handle(request, self.send, self.clock)
        if isinstance(outcome, Silence):
            return nobody
        elapsed = outcome.elapsed + ROUNDS[request.protocol] * travel.seconds
        return replace(outcome, elapsed=elapsed)

    def _stopped(self, request: Request) -> Outcome | None:
        if not self._packet_rules:
            return None
        network = self.world.network_of(request.source)
        if network is None:
            return None
        now = self.clock.now()
        for rule in self._packet_rules.get(network.asn, ()):
            if rule.in_force(now) and rule.meets(request):
                if rule.action is Action.RESET:
                    return Reset(request.to_address, 0.0)
                if rule.action is Action.UNREACHABLE:
                    return Unreachable(request.source, 0.0)
                return Silence(None, request.timeout)
        return None
