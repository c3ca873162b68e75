"""Blocks of addresses: which one lies in which, and which ones hold an address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network
from typing import Generic, TypeVar

import dns.name

from labsupport.world.model import Prefix

T = TypeVar("T")

IN_ADDR = dns.name.from_text("in-addr.arpa.")
IP6 = dns.name.from_text("ip6.arpa.")


def within(prefix: Prefix, block: Prefix) -> bool:
    """Say whether a prefix is a block, or a part of it; of two IP versions it never is."""
    return prefix.version == block.version and prefix.subnet_of(block)  # type: ignore[arg-type]


class Blocks(Generic[T]):
    """Prefixes, each with what belongs to it; of two for one prefix, the last.

    >>> from ipaddress import ip_network
    >>> blocks = Blocks([(ip_network("198.18.0.0/15"), "all"), (ip_network("198.18.8.0/24"), "8")])
    >>> list(blocks.holding("198.18.8.1"))
    ['8', 'all']
    """

    def __init__(self, blocks: Iterable[tuple[Prefix, T]]) -> None:
        by_length: dict[tuple[int, int], dict[int, T]] = {}
        for prefix, value in blocks:
            host_bits = prefix.max_prefixlen - prefix.prefixlen
            same_length = by_length.setdefault((prefix.version, host_bits), {})
            same_length[int(prefix.network_address) >> host_bits] = value
        self._by_length = sorted(by_length.items(), key=lambda item: item[0])

    def __bool__(self) -> bool:
        return bool(self._by_length)

    def holding(self, address: str) -> Iterator[T]:
        """Return what belongs to the prefixes that hold `address`, the longest first.

        Raises ValueError when `address` is none.
        """
        parsed = ip_address(address)
        number = int(parsed)
        for (version, host_bits), blocks in self._by_length:
            if version == parsed.version and (number >> host_bits) in blocks:
                yield blocks[number >> host_bits]


def reverse_prefix(name: dns.name.Name) -> Prefix | None:
    """Return the addresses that a name below in-addr.arpa or ip6.arpa speaks of.

    >>> reverse_prefix(dns.name.from_text("113.0.203.in-addr.arpa."))
    IPv4Network('203.0.113.0/24')
    """
    if name.is_subdomain(IN_ADDR):
        return _reverse_prefix(
            name.relativize(IN_ADDR), base=10, bits_a_label=8, bits=32
        )
    if name.is_subdomain(IP6):
        return _reverse_prefix(name.relativize(IP6), base=16, bits_a_label=4, bits=128)
    return None


def _reverse_prefix(
    name: dns.name.Name, base: int, bits_a_label: int, bits: int
) -> Prefix:
    """What the labels say, the last one first, as far as they are numbers."""
    number = used = 0
    for label in reversed(name.labels[-bits // bits_a_label :]):
        try:
            digit = int(label, base) if label.isalnum() else -1
        except ValueError:
            break
        if digit >> bits_a_label:
            break
        number = number << bits_a_label | digit
        used += bits_a_label
    network = (number << bits - used).to_bytes(bits // 8, "big")
    return ip_network((network, used))
