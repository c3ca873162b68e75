"""RIR-LAB's list of who holds which numbers, as the registries of the real Internet publish it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING

from labsupport import delegated
from labsupport.delegated import Record
from labsupport.world.model import NumberRegistry, Prefix
from labsupport.world.tables import read_countries

if TYPE_CHECKING:
    from labsupport.world import World

UTC_OFFSET = "-0300"


def records(world: World) -> tuple[Record, ...]:
    """Return a record for every number that RIR-LAB has, held or not: IPv4, IPv6, AS numbers.

    Together they are its pools, and no number is in two of them.

    >>> from labsupport.world import World
    >>> found = delegated.Statistics(records=records(World.load())).covering(64500)
    >>> found[0].country, found[0].status, found[0].holder_id
    ('XP', 'allocated', '14715')
    """
    registry = world.number_registry
    codes = read_countries()
    held = [
        Record(
            registry.name,
            codes[network.country],
            start,
            value,
            network.registered,
            network.status,
            network.holder_id,
        )
        for network in world.networks
        for start, value in [(network.asn, 1), *map(_block, network.prefixes)]
    ]
    reserved = [
        Record(registry.name, "", *_block(prefix), None, "reserved") for prefix in registry.reserved
    ]
    taken = [*held, *reserved]
    left = list(_left(registry, taken))
    return tuple(sorted([*taken, *left], key=lambda r: (_ORDER[r.type], r.first)))


def text(world: World, today: date) -> str:
    """Return the file of one day, in the registries' own format."""
    found = records(world)
    days = [record.date for record in found if record.date]
    return delegated.write(
        world.number_registry.name,
        f"{today:%Y%m%d}",
        f"{min(days):%Y%m%d}",
        f"{today:%Y%m%d}",
        UTC_OFFSET,
        found,
    )


_ORDER = {"ipv4": 0, "ipv6": 1, "asn": 2}


def _block(prefix: Prefix) -> tuple[IPv4Address | IPv6Address, int]:
    """A prefix as the format has it: IPv4 by the count of addresses, IPv6 by length."""
    if isinstance(prefix, IPv4Network):
        return prefix.network_address, prefix.num_addresses
    return prefix.network_address, prefix.prefixlen


def _left(registry: NumberRegistry, taken: Iterable[Record]) -> Iterator[Record]:
    """What is still available: IPv4 and AS numbers as stretches, IPv6 as prefixes."""
    for pool in registry.pools:
        if isinstance(pool, IPv6Network):
            for prefix in _without(pool, taken):
                yield Record(registry.name, "", *_block(prefix), None, "available")
        else:
            first, last = int(pool.network_address), int(pool.broadcast_address)
            for start, count in _gaps(first, last, "ipv4", taken):
                yield Record(registry.name, "", IPv4Address(start), count, None, "available")
    for numbers in registry.as_numbers:
        for start, count in _gaps(numbers[0], numbers[-1], "asn", taken):
            yield Record(registry.name, "", start, count, None, "available")


def _gaps(first: int, last: int, kind: str, taken: Iterable[Record]) -> Iterator[tuple[int, int]]:
    """The stretches between `first` and `last` of which nothing is taken: start and count."""
    for record in sorted((r for r in taken if r.type == kind), key=lambda r: r.first):
        if first <= record.first <= last:
            if record.first > first:
                yield first, record.first - first
            first = record.last + 1
    if first <= last:
        yield first, last - first + 1


def _without(pool: IPv6Network, taken: Iterable[Record]) -> list[IPv6Network]:
    """The prefixes of `pool` of which nothing is taken."""
    left = [pool]
    for record in taken:
        for hole in record.prefixes:
            left = [
                part
                for prefix in left
                for part in (
                    prefix.address_exclude(hole)
                    if isinstance(hole, IPv6Network) and hole.subnet_of(prefix)
                    else (prefix,)
                )
            ]
    return left
