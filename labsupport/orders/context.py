"""What a review knows beside an order: the time, whom it is addressed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from labsupport.lookups.neighbours import SeenName
from labsupport.orders.executors import parties_in, places_in
from labsupport.orders.facts import Facts
from labsupport.orders.order import Order, Target, TargetKind
from labsupport.orders.targets import block_in, registered, without_www
from labsupport.orders.techniques import Place

# Up to here an order ends before anybody could review it: what can follow later, follows.
SHORT = timedelta(days=7)
LONGEST = timedelta(days=100 * 365)
# An access provider has both its resolver and its network.
ACCESS_PLACES = frozenset({Place.PROVIDER_RESOLVER, Place.PROVIDER_NETWORK})


class Context:
    """What the checks know beside a measure of an order and the facts on all its targets.

    `targets` are those of the whole order, where it has more measures. `now` is the network's
    time. `exceptions` are the facts on what the order excepts. `ends` and `lasts` are None where
    the order does not tell, or tells what cannot be. `places` are those of whom it is addressed
    to, as far as its words tell, `named` those in the lab whom it names. `names`, `domains`,
    `addresses` and `blocks` are all targets by what they are: names without "www.", domains
    without those that strangers share. `whole_names` are the names of which more than a page is
    meant. `leading` has every address of the name that leads to an address.
    """

    def __init__(
        self,
        order: Order,
        facts: Sequence[Facts],
        exceptions: Sequence[Facts],
        now: datetime,
        targets: Sequence[Target] = (),
    ) -> None:
        self.now = now
        self.exceptions = exceptions
        self.starts, self.ends, self.lasts = _period(order, now)
        self.places = places_in(order.executors)
        self.named = parties_in(order.executors)
        targets = targets or order.targets
        blocks = {block for target in targets if (block := block_in(target))}
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
