"""The lab Internet inside this process: every packet is delivered to an object.

The network owns what changes: the clock, and through its servers their caches. The world
that it is built on never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Protocol

import dns.exception
import dns.name

from labsupport.dnscore.transport import Send
from labsupport.exchange import (
    DNS_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    WHOIS_PORT,
    Clock,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    Unreachable,
)
from labsupport.network.travel import Travels
from labsupport.rules import Action, NameRule, PacketRule, Rule
from labsupport.servers.authoritative import AuthoritativeServer
from labsupport.servers.resolver import Resolver
from labsupport.world import World
from labsupport.world.routing import Routing

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


class Machine(Protocol):
    """A server of the lab."""

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer `request`, and ask others by `send` where that is needed."""


class OfflineNetwork:
    """Delivers requests to the servers of `world`, along the ways that `routing` gives.

    `rules` are what orders in force do to the packets of one network each. `clock` stands
    still at the world's start if it is not given; `routing` is the world's own.

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
    ) -> None:
        self.world = world
        self.clock = clock or LabClock(world.start.timestamp())
        self.routing = routing or world.routing
        self.travels = Travels(world, self.routing)
        self._packet_rules: dict[int, list[PacketRule]] = {}
        name_rules: dict[int, list[NameRule]] = {}
        for rule in rules:
            if isinstance(rule, NameRule):
                name_rules.setdefault(rule.asn, []).append(rule)
            elif isinstance(rule, PacketRule):
                self._packet_rules.setdefault(rule.asn, []).append(rule)
        self._asked: dict[tuple[str, str], list[float]] = {}  # of WHOIS servers with a quota
        self._machines: dict[tuple[str, int], Machine] = {}
        for server in world.servers:
            if server.dead:
                continue
            addresses = [address for host in server.hosts for address in host.addresses]
            ports = [DNS_PORT]
            machine: Machine
            if server.kind == "resolver":
                network = world.network_of(addresses[0])
                machine = Resolver(
                    addresses,
                    world.root_hints,
                    world.trust_anchor,
                    policy=name_rules.get(network.asn, []) if network else [],
                    certificates=partial(world.certificates, server.hosts[0].name)
                    if server is world.public_resolver
                    else None,
                )
                ports.append(HTTPS_PORT)
            else:
                machine = AuthoritativeServer(server.zones, world.zone)
            self._machines |= {(address, port): machine for address in addresses for port in ports}

    @cached_property
    def _other_machines(self) -> dict[tuple[str, int], Machine]:
        """The machines that are no DNS servers: made late, as many a lesson needs none."""
        from labsupport.servers import directories, observatory, rdap, timestamp, vpn, web, whois

        world, now = self.world, self.clock.now
        pages = {
            observatory.SITE: observatory.observatory(world, self.routing, now),
            timestamp.SITE: timestamp.time_stamps(now),
        }
        for directory in world.directories:
            if directory.kind == "rdap":
                pages[directory.host] = rdap.rdap(world, directory, now)
            elif directory.kind == "bootstrap":
                pages[directory.host] = directories.bootstrap(world, directory, now)
            elif directory.kind == "certificates":
                pages[directory.host] = directories.certificate_log(world, now)
        sites = web.site_servers(world, pages).items()
        ports = (HTTP_PORT, HTTPS_PORT)
        machines: dict[tuple[str, int], Machine] = {
            (address, port): server for address, server in sites for port in ports
        }
        for directory in world.directories:
            if directory.kind in ("whois", "whois-root"):
                server = whois.WhoisServer(world, directory, self._asked)
                machines |= {(address, WHOIS_PORT): server for address in directory.addresses}
        machines[vpn.ADDRESS, vpn.PORT] = vpn.VpnEndpoint()
        return machines

    @cached_property
    def places(self) -> frozenset[tuple[str, int]]:
        """Where somebody listens: every address with each of its ports."""
        return frozenset((*self._machines, *self._other_machines))

    @cached_property
    def _hosts(self) -> frozenset[str]:
        """The addresses that a machine answers to."""
        return self.world.router_addresses.union(address for address, _ in self.places)

    def copy(self, rules: Iterable[Rule] = (), routing: Routing | None = None) -> OfflineNetwork:
        """Return a network of the same world, under `rules`, with its own copy of the state.

        Warm caches go along: that a resolver still remembers is what delays an order.
        `routing` stays the same unless another is given.
        """
        twin = OfflineNetwork(self.world, rules, replace(self.clock), routing or self.routing)
        twin._asked |= {client: list(times) for client, times in self._asked.items()}
        for place, machine in self._machines.items():
            other = twin._machines[place]
            if isinstance(machine, Resolver) and isinstance(other, Resolver):
                other.take_cache_of(machine)
        return twin

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
        there = request.to_address
        place = (there, request.port)
        machine = self._machines.get(place)
        if machine is None and request.port != DNS_PORT:
            machine = self._other_machines.get(place)
        exists = machine is not None or there in self._hosts
        if not exists and self.world.network_of(there) is None:
            return Unreachable(None, 0.0)
        travel = self.travels.between(request.source, there)
        nobody = Silence(None, request.timeout)
        passed = len(travel.routers) if travel.refused else request.hop_limit
        if passed is not None and passed <= len(travel.routers):
            router = travel.routers[passed - 1]
            return nobody if router.seconds is None else Unreachable(router.address, router.seconds)
        if travel.seconds is None or not exists:
            return nobody
        if request.protocol == "icmp":
            return Reply(there, travel.seconds, payload=request.payload)
        if machine is None:  # the machine's own word that nobody listens at this port
            refusal = Unreachable if request.protocol == "udp" else Reset
            return refusal(there, travel.seconds)
        outcome = machine.handle(request, self.send, self.clock)
        if isinstance(outcome, Silence):
            return nobody
        rounds = ROUNDS[request.protocol]
        return replace(outcome, elapsed=outcome.elapsed + rounds * travel.seconds)

    def _stopped(self, request: Request) -> Outcome | None:
        if not self._packet_rules:
            return None
        here = self.world.network_of(request.source)
        if here is None:
            return None
        now = self.clock.now()
        for rule in self._packet_rules.get(here.asn, ()):
            if rule.in_force(now) and rule.meets(request):
                if rule.action is Action.RESET:
                    return Reset(request.to_address, 0.0)
                if rule.action is Action.UNREACHABLE:
                    return Unreachable(request.source, 0.0)
                return Silence(None, request.timeout)
        return None
