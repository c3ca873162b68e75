"""What a review knows beside an order: the time, whom it is addressed to."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from labsupport.lookups.neighbours import SeenName
from labsupport.orders.facts import Facts
from labsupport.orders.order import Order, TargetKind
from labsupport.orders.targets import block_in, registered, without_www
from labsupport.orders.techniques import Place
from labsupport.orders.vocabulary import orders
from labsupport.world import World

# Up to here an order ends before anybody could review it: what can follow later, follows.
SHORT = timedelta(days=7)
LONGEST = timedelta(days=100 * 365)
# An access provider has both its resolver and its network.
ACCESS_PLACES = frozenset({Place.PROVIDER_RESOLVER, Place.PROVIDER_NETWORK})


@dataclass(frozen=True, slots=True)
class OrderParty:
    """Somebody in the lab to whom an order may be addressed, and the place that is theirs.

    `names` is what they are called. A registry has `suffixes`.
    """

    names: tuple[str, ...]
    place: Place
    suffixes: tuple[str, ...] = ()

    def is_in(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts names them: as a name, not as an ordinary word."""
        names = [*self.names, *map(str.upper, self.names)]
        pattern = "|".join(rf"\b{re.escape(name)}(?!\w)" for name in names)
        return any(re.search(pattern, text) for text in texts)


class Context:
    """What the checks know beside an order and the facts on its targets.

    `now` is the network's time. `exceptions` are the facts on what the order excepts. `ends` and
    `lasts` are None where the order does not tell, or tells what cannot be. `places` are those of
    whom it is addressed to, as far as its words tell, `named` those in the lab whom it names.
    `names`, `domains`, `addresses` and `blocks` are all targets by what they are: names without
    "www.", domains without those that strangers share. `whole_names` are the names of which more
    than a page is meant. `leading` has every address of the name that leads to an address.
    """

    def __init__(
        self,
        order: Order,
        facts: Sequence[Facts],
        exceptions: Sequence[Facts],
        now: datetime,
    ) -> None:
        self.now = now
        self.exceptions = exceptions
        self.starts, self.ends, self.lasts = _period(order, now)
        self.places = addressed(order)
        self.named = _named(order)
        blocks = {block for target in order.targets if (block := block_in(target))}
        self.addresses = {
            str(b.network_address) for b in blocks if b.num_addresses == 1
        }
        self.blocks = [block for block in blocks if block.num_addresses > 1]
        named = [one for one in facts if one.name]
        self.names = {without_www(one.name) for one in named}
        whole = [one for one in named if one.target.kind is TargetKind.NAME]
        self.whole_names = {without_www(one.name) for one in whole}
        self.domains = {one.domain for one in named if not one.platform}
        self.leading: dict[str, set[str]] = {}
        for fact in named:
            for address in fact.addresses:
                self.leading.setdefault(address, set()).update(fact.addresses)

    @property
    def short(self) -> bool:
        """Whether the order ends so soon that what can follow later may."""
        return self.lasts is not None and self.lasts <= SHORT

    def is_target(self, address: str) -> bool:
        """Whether the order names an address, alone or in a block."""
        within = (ip_address(address) in block for block in self.blocks)
        return address in self.addresses or any(within)

    def sites(
        self, facts: Facts, seen: Iterable[SeenName], *, own_domain: bool
    ) -> Counter[str]:
        """Count by kind the sites in `seen` that are neither targets nor the target itself.

        Names in the domains of targets count only with `own_domain`, or below a platform. A
        name with "www." and without is one site. Names of which no site is known count, under
        the kind "", only where no site is known at all.
        """
        whole_domains = not own_domain and not facts.platform
        own = without_www(facts.name)
        kind_of: dict[str, str] = {}
        for site in seen:
            name = without_www(site.name)
            if name == own or name in self.names:
                continue
            domain = registered(name)[0]
            if whole_domains and (domain == facts.domain or domain in self.domains):
                continue
            kind_of[name] = site.kind or kind_of.get(name, "")
        kinds = Counter(kind_of.values())
        unknown = kinds.pop("", 0)
        return kinds or Counter({"": unknown} if unknown else {})


PLACE_OF_KIND = {
    "access network": Place.PROVIDER_NETWORK,
    "hosting company": Place.HOST,
    "content delivery network": Place.CDN,
    "public resolver operator": Place.PUBLIC_RESOLVER,
}


@functools.cache
def _parties() -> tuple[OrderParty, ...]:
    """Those in the lab who could execute an order."""
    world = World.load()
    legal = {one.name: one.legal_name for one in world.described_organisations}
    keepers = {registry.name for registry in world.registries}
    registrars = sorted({item.registrar for item in world.registrations} - keepers)
    networks = [network for network in world.networks if network.kind in PLACE_OF_KIND]
    return (
        *(
            OrderParty((one.name, one.holder), PLACE_OF_KIND[one.kind])
            for one in networks
        ),
        *(
            OrderParty((one.name,), Place.REGISTRY, one.suffixes)
            for one in world.registries
        ),
        *(
            OrderParty((name, legal.get(name, name)), Place.REGISTRAR)
            for name in registrars
        ),
    )


@functools.cache
def _called() -> Mapping[Place, re.Pattern[str]]:
    """Return the words by which orders call those whom they are addressed to."""
    every = orders("addressees.toml").items()
    return {
        Place(place): re.compile("|".join(words), re.IGNORECASE)
        for place, words in every
    }


def _named(order: Order) -> tuple[OrderParty, ...]:
    return tuple(party for party in _parties() if party.is_in(order.executors))


def called_in(order: Order) -> list[Place]:
    """Return the places of those whom an order calls by what they are."""
    return [
        place
        for place, words in _called().items()
        if any(map(words.search, order.executors))
    ]


def addressed(order: Order) -> frozenset[Place]:
    """Return the places of those whom an order is addressed to, as far as its words tell."""
    found = {*called_in(order), *(party.place for party in _named(order))}
    return frozenset(found | (ACCESS_PLACES if found & ACCESS_PLACES else set()))


def aware(time: datetime | None) -> datetime | None:
    """A time with its zone: UTC where none was given."""
    if time is not None and time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    return time


def _period(
    order: Order, now: datetime
) -> tuple[datetime | None, datetime | None, timedelta | None]:
    """When an order begins, ends, and how long it lasts; None for what it does not tell."""
    starts = aware(order.start)
    ends = aware(order.end)
    lasts = order.lasts
    if lasts is None and ends is not None:
        lasts = ends - (starts or now)
    if lasts is None or not timedelta(0) < lasts <= LONGEST:
        return starts, ends, None
    try:
        return starts, ends or (starts or now) + lasts, lasts
    except OverflowError:  # beyond the year 9999
        return starts, None, None
