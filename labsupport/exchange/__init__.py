"""The narrow waist: one request, one outcome, one network to carry them.

Whatever the course asks, of the lab Internet or of the real one, crosses here as a `Request` handed
to a `Network`, and comes back as an `Outcome`. Recording, replay, rate limits, safety checks and
blocking are therefore each written once. This module imports nothing else of the course.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

# The usual ones (RFC 1035 section 4.2, RFC 3912 section 2, RFC 9110 section 4.2).
DNS_PORT, WHOIS_PORT, HTTP_PORT, HTTPS_PORT = 53, 43, 80, 443
PORTS = {"http": HTTP_PORT, "https": HTTPS_PORT}  # of the web, by protocol

Endpoint = tuple[str, int, str]
"""Where something is asked: an address, a port, and the protocol of a `Request`."""


def dns_endpoints(addresses: Iterable[str]) -> tuple[Endpoint, ...]:
    """Return where resolvers at these addresses are asked in the clear."""
    endpoints: list[Endpoint] = []
    for address in addresses:
        endpoints.append((address, DNS_PORT, "udp"))
        endpoints.append((address, DNS_PORT, "tcp"))
    return tuple(endpoints)


@dataclass(frozen=True, slots=True)
class Request:
    """One message on its way.

    `source` is the address it leaves from, `to_address` where it goes, both as text.
    `protocol` is how it travels: "udp" or "tcp" for DNS, "tcp" for WHOIS, "http" and "https"
    (whose payload is one HTTP message), "icmp" for a probe of the way. `server_name` is the
    name shown in a TLS handshake. `hop_limit` is the number of routers it may pass (None: the
    usual 64). `timeout` is in seconds.

    >>> request = Request("198.18.0.10", 40000, "198.41.0.4", 53, "udp", None, b"...")
    >>> request.timeout
    5.0
    """

    source: str
    source_port: int
    to_address: str
    port: int
    protocol: str
    server_name: str | None
    payload: bytes
    hop_limit: int | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    `from_address` is who caused it: the server, a router on the way, or None when nobody
    did. `elapsed` is in seconds. `ignored` keeps packets that came and were not believed:
    a forged answer is evidence of blocking. `source_port` is the port that it really left from,
    0 where that is the request's own.
    """

    from_address: str | None
    elapsed: float
    ignored: tuple[bytes, ...] = ()
    source_port: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Reply(Outcome):
    """An answer came. `certificates` are the server's, in DER, leaf first."""

    payload: bytes = b""
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence(Outcome):
    """Nothing came before the time-out. It proves little: lost, dropped, or nobody there."""


@dataclass(frozen=True, slots=True)
class Reset(Outcome):
    """The connection was cut off, by the server or by something on the way."""


@dataclass(frozen=True, slots=True)
class Unreachable(Outcome):
    """A router or the machine itself said that the packet cannot be delivered.

    A router also says so of a packet that has passed as many routers as its hop limit allows.
    """


@dataclass(frozen=True, slots=True)
class TlsFailure(Outcome):
    """A connection was made, but not a trustworthy encrypted one; `reason` says why.

    Nothing was asked over it. `certificates` are those that were shown, in DER, leaf first.
    """

    reason: str = ""
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Unusable(Outcome):
    """Something came and is no answer: too large, too slow, cut short; `reason` says why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotSent(Outcome):
    """The request never left, because a safety check or a limit held it; `reason` says why."""

    reason: str = ""


class Clock(Protocol):
    """Tells the time of a network."""

    def now(self) -> float:
        """Return seconds since 1970-01-01 00:00 UTC."""


class Network(Protocol):
    """Carries requests: to the lab Internet, to the real one, or to a recording."""

    @property
    def clock(self) -> Clock:
        """The clock that caches and signatures are judged by."""

    def send(self, request: Request) -> Outcome:
        """Deliver `request` and return what became of it. Never raises for the network's sake."""

    def covers(self, name: str) -> bool:
        """Say whether this network can know anything about a domain name.

        Decided before asking: the lab's signed root would otherwise prove that a real
        name does not exist.
        """


class Around:
    """A network around another one: what it does not change, that one answers."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @property
    def clock(self) -> Clock:
        """The clock of the network within."""
        return self.network.clock

    def covers(self, name: str) -> bool:
        """Say whether the network within can know anything about a domain name."""
        return self.network.covers(name)
