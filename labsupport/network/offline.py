"""The lab Internet inside this process: every packet is delivered to an object.

The network owns what changes: the clock, and through its servers their caches. The world
that it is built on never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import dist

import dns.exception
import dns.name

from labsupport.exchange import Outcome, Reply, Request, Reset, Silence, Unreachable
from labsupport.rules import Action, NameRule, PacketRule, Rule
from labsupport.servers.authoritative import AuthoritativeServer
from labsupport.servers.resolver import Resolver
from labsupport.world import Network as WorldNetwork
from labsupport.world import World

# Light in fibre covers 200 km in a millisecond; cables are about half as long again.
SECONDS_A_KM = 1.5 / 200_000
SECONDS_A_MACHINE = 0.0005
# The root's letters are copied to many places: the next one is never far.
KM_TO_A_ROOT_SERVER = 600.0


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


Machine = AuthoritativeServer | Resolver


class OfflineNetwork:
    """Delivers requests to the servers of `world`.

    `rules` are what orders in force do to the packets of one network each. `clock` stands
    still at the world's start if it is not given.

    >>> network = OfflineNetwork(World.load())
    >>> network.covers("www.museum.example")
    True
    """

    def __init__(
        self, world: World, rules: Iterable[Rule] = (), clock: LabClock | None = None
    ) -> None:
        self.world = world
        self.clock = clock or LabClock(world.start.timestamp())
        self._packet_rules: dict[int, list[PacketRule]] = {}
        name_rules: dict[int, list[NameRule]] = {}
        for rule in rules:
            if isinstance(rule, NameRule):
                name_rules.setdefault(rule.asn, []).append(rule)
            elif isinstance(rule, PacketRule):
                self._packet_rules.setdefault(rule.asn, []).append(rule)
        self._machines: dict[str, Machine] = {}
        for server in world.servers:
            addresses = [address for host in server.hosts for address in host.addresses]
            if server.dead:
                continue
            machine: Machine
            if server.kind == "resolver":
                network = world.network_of(addresses[0])
                policy = name_rules.get(network.asn, []) if network else []
                machine = Resolver(addresses, world.root_hints, world.trust_anchor, policy=policy)
            else:
                machine = AuthoritativeServer(server.zones, world.zone)
            self._machines.update(dict.fromkeys(addresses, machine))

    def copy(self, rules: Iterable[Rule] = ()) -> OfflineNetwork:
        """Return a network of the same world, under `rules`, with its own copy of the state.

        Warm caches go along: that a resolver still remembers is what delays an order.
        """
        twin = OfflineNetwork(self.world, rules, replace(self.clock))
        for address, machine in self._machines.items():
            other = twin._machines[address]
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
        """Deliver `request` to whoever has its address; apply the sender's network's rules."""
        here = self.world.network_of(request.source)
        stopped = self._stopped(here, request)
        if stopped is not None:
            return stopped
        machine = self._machines.get(request.to_address)
        if machine is None:
            if self.world.network_of(request.to_address) is None:
                return Unreachable(None, 0.0)
            return Silence(None, request.timeout)
        outcome = machine.handle(request, self.send, self.clock)
        if isinstance(outcome, Reply):
            travel = self.round_trip(here, request.to_address)
            return Reply(
                outcome.from_address, outcome.elapsed + travel, outcome.ignored, outcome.payload
            )
        return Silence(None, request.timeout)

    def round_trip(self, here: WorldNetwork | None, to_address: str) -> float:
        """Return the seconds a packet takes there and back, by the distance on the lab's map."""
        there = self.world.network_of(to_address)
        if here is None or there is None:
            km = KM_TO_A_ROOT_SERVER
        else:
            km = dist(here.position_km, there.position_km)
        return 2 * (km * SECONDS_A_KM + SECONDS_A_MACHINE)

    def _stopped(self, here: WorldNetwork | None, request: Request) -> Outcome | None:
        if here is None or not self._packet_rules:
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
