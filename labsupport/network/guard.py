"""Where live requests may go: nowhere that a server could name to reach into a network.

What another server names (a redirect, a referral, a link, a name server's address) may lead
anywhere, into the participant's own network too. So each address is looked at where a
connection is made to it, and not before: a name can change its address in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Prefix = IPv4Network | IPv6Network

# Not globally reachable, or not one machine's, by IANA's registries of special-purpose addresses
# (RFC 6890 and those that the registries name; read in November 2026), multicast, and what is
# kept for the future. Python's own list depends on its version.
SPECIAL_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only this block is given out (RFC 4291 section 2.4, IANA); within it are exceptions:
# protocol assignments with Teredo, documentation, 6to4, documentation again.
GLOBAL_IPV6 = IPv6Network("2000::/3")
SPECIAL_IPV6 = tuple(
    IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is not one of a machine on the public Internet.

    >>> is_special(ip_address("169.254.169.254")), is_special(ip_address("::ffff:10.0.0.1"))
    (True, True)
    >>> is_special(ip_address("193.0.14.129")), is_special(ip_address("2001:7fd::1"))
    (False, False)
    """
    if isinstance(address, IPv4Address):
        return any(address in block for block in SPECIAL_IPV4)
    if address.scope_id is not None or address not in GLOBAL_IPV6:
        return True
    return any(address in block for block in SPECIAL_IPV6)


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides where a request may go.

    `places` are addresses with a port that may be asked whatever they are: the resolvers that a
    connection was given are mostly in its own network. `allowed` are special prefixes that may
    be reached all the same: a test has its own.
    """

    places: frozenset[tuple[str, int]] = frozenset()
    allowed: tuple[Prefix, ...] = ()

    @classmethod
    def of(cls, places: Iterable[tuple[str, int]], allowed: Iterable[str] = ()) -> Guard:
        """Return the guard for places, and prefixes as text.

        >>> Guard.of([("192.168.1.1", 53)]).permits("192.168.1.1", 80)
        False
        """
        return cls(frozenset(places), tuple(ip_network(block) for block in allowed))

    def also(self, place: tuple[str, int]) -> Guard:
        """Return a guard that permits one more place: somebody chose it."""
        return Guard(self.places | {place}, self.allowed)

    def permits(self, address: str, port: int) -> bool:
        """Say whether a request may go to a port at an address; what is no address may not."""
        if (address, port) in self.places:
            return True
        try:
            there = ip_address(address)
        except ValueError:
            return False
        return not is_special(there) or any(there in block for block in self.allowed)
