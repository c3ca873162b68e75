"""What an order does to a packet, as data.

Orders make rules; a network applies them to every packet that leaves one of its own addresses,
a resolver's included. A rule says what happens, never why.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

import dns.name

from labsupport.exchange import Request

ALWAYS = float("-inf")
FOR_EVER = float("inf")


class Action(StrEnum):
    """What happens to a packet that a rule meets."""

    DROP = "drop"  # nothing comes back
    RESET = "reset"  # the connection is cut
    UNREACHABLE = "unreachable"  # a router says so


class PolicyAnswer(StrEnum):
    """What a resolver says to a question that falls under a rule."""

    NAME_ERROR = "NXDOMAIN"
    NO_DATA = "NODATA"
    REFUSED = "REFUSED"
    ADDRESSES = "addresses"
    TRUE = "true answer"  # what an order excepts from a wider rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of one network, in force from `start` up to `end` (seconds since 1970, UTC)."""

    asn: int
    start: float = ALWAYS
    end: float = FOR_EVER

    def in_force(self, now: float) -> bool:
        """Say whether the rule applies at `now`."""
        return self.start <= now < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRule(Rule):
    """Acts on packets to addresses in `prefix`, on every port unless `port` is given."""

    prefix: IPv4Network | IPv6Network
    action: Action
    port: int | None = None
    protocol: str | None = None

    def meets(self, request: Request) -> bool:
        """Say whether `request` goes where this rule acts."""
        return (
            ip_address(request.to_address) in self.prefix
            and self.port in (None, request.port)
            and self.protocol in (None, request.protocol)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerNameRule(Rule):
    """Acts on TLS handshakes that show `server_name` or a name below it."""

    server_name: dns.name.Name
    action: Action

    def meets(self, request: Request) -> bool:
        """Say whether `request` shows a server name that this rule acts on."""
        if request.server_name is None:
            return False
        return dns.name.from_text(request.server_name).is_subdomain(self.server_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRule(Rule):
    """Makes the network's resolvers answer `answer` for `name`, and below it if `subtree`.

    `addresses` are given out when the answer is ADDRESSES. `error` is an Extended DNS
    Error code (RFC 8914) with `error_text`, told to the client when it is not None. One that
    `spares_signed` leaves a signed answer alone where the client asks for signatures, as BIND's
    policy zones do unless "break-dnssec" is set.
    """

    name: dns.name.Name
    answer: PolicyAnswer
    subtree: bool = True
    addresses: tuple[str, ...] = ()
    error: int | None = None
    error_text: str = ""
    spares_signed: bool = False

    def meets(self, name: dns.name.Name) -> bool:
        """Say whether a question for `name` falls under this rule."""
        return name == self.name or (self.subtree and name.is_subdomain(self.name))


PacketRule = AddressRule | ServerNameRule
