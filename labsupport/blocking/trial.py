"""Trying an order on copies of the lab: nothing is recorded, and the lab itself does not change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import dns.name

from labsupport.blocking.execution import Execution, execute
from labsupport.blocking.order import Order
from labsupport.blocking.reach import addresses_of, opens
from labsupport.blocking.targets import same_site
from labsupport.entry import Entry
from labsupport.exchange import Network
from labsupport.language import Language
from labsupport.lookups import resolvers
from labsupport.lookups.session import Session
from labsupport.results import Source
from labsupport.rules import Rule
from labsupport.world import World
from labsupport.world.changes import Change


class LabClock(Protocol):
    """A clock that can be moved."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


Remembered = dict[tuple[object, ...], float]
"""What a resolver remembers, piece by piece, and until when (seconds since 1970)."""


class LabResolver(Protocol):
    """A resolver of the lab: what it remembers, and whether it checks signatures."""

    checks: bool

    def kept(self, now: float) -> Remembered: ...

    def forget(self, above: dns.name.Name) -> None: ...

    def forget_answers(self, names: Collection[dns.name.Name]) -> None: ...

    def take_cache_of(self, other: Any) -> None: ...


class LabNetwork(Network, Protocol):
    """What a network of the lab offers beside carrying requests."""

    @property
    def world(self) -> World: ...

    @property
    def clock(self) -> LabClock: ...

    def copy(self, rules: Iterable[Rule] = (), *, changes: Iterable[Change] = ()) -> LabNetwork: ...

    def resolver(self, address: str) -> LabResolver: ...


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits: a connection, and the resolver that is asked from it.

    `network` is the AS number of the connection; `checks` says whether the resolver checks
    signatures (DNSSEC), as those of the lab do.
    """

    name: str
    entry: Entry
    network: int
    checks: bool = True


@dataclass(frozen=True)
class Trial:
    """A copy of the lab, with everybody who looks at it.

    `holder` names the network that has an address, `country` where that is registered. Each
    method that changes something leaves
    this trial as it is and returns another, but `wait`, which moves its clock.
    """

    network: LabNetwork
    seats: tuple[Seat, ...]
    say: Language
    holder: Callable[[str], str]
    country: Callable[[str], str]

    @property
    def world(self) -> World:
        """The lab Internet as it is now."""
        return self.network.world

    @property
    def now(self) -> float:
        """The time in this copy, in seconds since 1970."""
        return self.network.clock.now()

    def session(self, seat: Seat) -> Session:
        """Return a session of somebody who sits there; its resolver checks what the seat says."""
        self.resolver(seat).checks = seat.checks
        where = self.network, seat.entry, self.say, Source.LAB
        return Session(*where, resolvers.ask, self.holder, self.country)

    def resolver(self, seat: Seat) -> LabResolver:
        """Return the resolver that is asked from a seat."""
        return self.network.resolver(seat.entry.resolvers[0])

    def opening(self, site: str) -> str:
        """Return the name under which a site opens, with "www." before it or without.

        It is `site` itself where neither opens.
        """
        names = (site, *(one for one in sorted(same_site(site)) if one != site))
        session = self.apart().session(self.seats[0])
        return next((one for one in names if opens(session, one)), site)

    def execution(self, order: Order) -> Execution:
        """Return what `order` comes to when it arrives now, and every executor obeys."""
        session = self.session(self.seats[0])
        return execute(
            order, self.world, lambda name: addresses_of(session, name), self.now, self.say
        )

    def under(self, execution: Execution) -> Trial:
        """Return a copy of this trial, memories included, in which an order is executed."""
        twin = self.network.copy(execution.rules, changes=execution.changes)
        return replace(self, network=twin)

    def apart(self) -> Trial:
        """Return a copy of this trial that goes its own way."""
        return replace(self, network=self.network.copy())

    def forgetting(self, site: str, *seats: Seat) -> Trial:
        """Return a copy in which the resolvers of seats (all of them) forget a site's domain."""
        twin = self.apart()
        domain = dns.name.from_text(self.world.domain_of(site) or site)
        for seat in seats or self.seats:
            twin.resolver(seat).forget(domain)
        return twin

    def wait(self, seconds: float) -> Self:
        """Move the clock of this copy."""
        self.network.clock.advance(seconds)
        return self
