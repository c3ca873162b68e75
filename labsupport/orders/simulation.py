"""Trying an order on copies of the lab: nothing is recorded, and the lab itself does not change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

import dns.name
import dns.rdatatype

from labsupport.exchange.entry import Entry
from labsupport.inputs.urls import Url
from labsupport.kinds import Source
from labsupport.language import Language
from labsupport.lookups import resolvers, web
from labsupport.lookups.session import Session
from labsupport.orders.execution import Execution, execute
from labsupport.orders.order import Order, Target, TargetKind, order_of
from labsupport.orders.targets import same_site
from labsupport.orders.techniques import Technique
from labsupport.world import World

if TYPE_CHECKING:
    from labsupport.network.offline import OfflineNetwork
    from labsupport.servers.resolver import Resolver

LASTS = timedelta(days=2)  # a block that is watched to its end
# What is asked for, and an address of that kind.
FAMILIES = {dns.rdatatype.A: "0.0.0.0", dns.rdatatype.AAAA: "::"}


def addresses_of(
    session: Session, name: str, families: Iterable[dns.rdatatype.RdataType] = FAMILIES
) -> tuple[str, ...]:
    """Ask the connection's resolver for every address of `name`, IPv4 before IPv6."""
    asked = dns.name.from_text(name)
    addresses: list[str] = []
    for rdtype in families:
        addresses += (record.address for record in session.records(asked, rdtype))
    return tuple(addresses)


def opens(session: Session, name: str) -> bool:
    """Say whether the site `name` opens over HTTPS from the session's connection.

    Every address of the kinds that the connection has is tried, as browsers do (RFC 8305). What
    comes counts only with a certificate for the name, and not if it is a refusal by order (451,
    RFC 7725).
    """
    url = Url("https", dns.name.from_text(name))
    kinds = [
        kind for kind, example in FAMILIES.items() if session.entry.source_for(example)
    ]
    addresses = addresses_of(session, name, kinds)
    return any(_answers(web.get(session, url, address)) for address in addresses)


def _answers(served: web.Served) -> bool:
    refusal = HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS
    return served.response is not None and served.response.status != refusal


@dataclass(frozen=True, slots=True)
class TrialSeat:
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
    method that changes something leaves this trial as it is and returns another, but `wait`,
    which moves its clock.
    """

    network: OfflineNetwork
    seats: tuple[TrialSeat, ...]
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

    def session(self, seat: TrialSeat) -> Session:
        """Return a session of somebody who sits there; its resolver checks what the seat says."""
        self.resolver(seat).checks = seat.checks
        return Session(
            self.network,
            seat.entry,
            self.say,
            Source.LAB,
            resolvers.ask,
            self.holder,
            self.country,
        )

    def resolver(self, seat: TrialSeat) -> Resolver:
        """Return the resolver that is asked from a seat."""
        return self.network.resolver(seat.entry.resolvers[0])

    def opening(self, site: str) -> str:
        """Return the name under which a site opens, with "www." before it or without.

        It is `site` itself where neither opens.
        """
        names = dict.fromkeys((site, *sorted(same_site(site))))
        session = self.apart().session(self.seats[0])
        return next((name for name in names if opens(session, name)), site)

    def execution(self, order: Order) -> Execution:
        """Return what `order` comes to when it arrives now, and every executor obeys."""
        session = self.session(self.seats[0])
        return execute(
            order,
            self.world,
            lambda name: addresses_of(session, name),
            self.now,
            self.say("execution.blocked_order_court"),
        )

    def under(self, execution: Execution) -> Trial:
        """Return a copy of this trial, memories included, in which an order is executed."""
        return replace(
            self, network=self.network.copy(execution.rules, changes=execution.changes)
        )

    def apart(self) -> Trial:
        """Return a copy of this trial that goes its own way."""
        return replace(self, network=self.network.copy())

    def forgetting(self, site: str, *seats: TrialSeat) -> Trial:
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


def order_for(technique: Technique, name: str, lasts: timedelta | None = None) -> Order:
    """Return an order that blocks `name` in one way, and says nothing else."""
    return order_of([Target(name, TargetKind.NAME)], technique, lasts=lasts)
