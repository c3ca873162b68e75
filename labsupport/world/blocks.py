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
        found: dict[tuple[int, int], dict[int, T]] = {}
        for prefix, value in blocks:
            host_bits = prefix.max_prefixlen - prefix.prefixlen
            place = found.setdefault((prefix.version, host_bits), {})
            place[int(prefix.network_address) >> host_bits] = value
        self._by_length = sorted(found.items(), key=lambda item: item[0])

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
    for top, base, bits, total in ((IN_ADDR, 10, 8, 32), (IP6, 16, 4, 128)):
        if name.is_subdomain(top):
            number = used = 0
            for label in reversed(name.relativize(top).labels[-total // bits :]):
                try:
                    digit = int(label, base) if label.isalnum() else -1
                except ValueError:
                    break
                if digit >> bits:
                    break
                number, used = number << bits | digit, used + bits
            network = (number << total - used).to_bytes(total // 8, "big")
            return ip_network((network, used))
    return None
