"""What the lab Internet is made of: plain records without behaviour.

Names of domains and hosts are text without the trailing dot, as people write them; the
root is ".". What is called a name, holder, operator or title is a proper name and is never
translated; kinds are words, translated where they are said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Literal

Prefix = IPv4Network | IPv6Network

OUT_OF_ZONE = frozenset(
    {"client hold", "server hold", "redemption period", "pending delete"}
)

Hosting = Literal["dedicated", "shared", "cdn", "own"]
Privacy = Literal["none", "redacted", "proxy"]
NumberStatus = Literal["allocated", "assigned"]
DirectoryKind = Literal["rdap", "whois", "bootstrap", "whois-root", "certificates"]


@dataclass(frozen=True, slots=True)
class AsNetwork:
    """An autonomous system: who holds it, where it stands, which prefixes it originates.

    `position_km` is a place on the lab's map, in kilometres. `router` has the addresses of
    its router as its own machines see it. `inside` are the prefixes behind its carrier-grade
    NAT, which nobody outside can reach. A `silent` network's router sends no word back to
    who probes the way; one that `checks_origins` refuses routes that contradict a ROA. Its AS
    number and prefixes were `registered` on one day, with one `status`, for one `holder_id`.
    """

    asn: int
    name: str
    kind: str
    holder: str
    country: str
    position_km: tuple[int, int]
    prefixes: tuple[Prefix, ...]
    router: tuple[str, ...]
    registered: date
    status: NumberStatus
    holder_id: str
    inside: tuple[Prefix, ...] = ()
    silent: bool = False
    checks_origins: bool = False

    @property
    def blocks(self) -> tuple[Prefix, ...]:
        """All its prefixes, those that nobody outside can reach too."""
        return (*self.prefixes, *self.inside)


@dataclass(frozen=True, slots=True)
class NetworkLink:
    """Two networks that hand each other packets.

    In "transit" the first of `ends` sells the second the way to everywhere; in "peering" each
    gives the other the way to itself and its customers. `addresses` are those of each end's
    router on this link, IPv4 before IPv6; `exchange` is the AS number of the exchange point
    where they meet, None for a line of their own.
    """

    relation: Literal["transit", "peering"]
    ends: tuple[int, int]
    addresses: tuple[tuple[str, ...], ...] = ((), ())
    exchange: int | None = None

    def carries(self, version: int) -> bool:
        """Say whether both ends have an address of this version of IP, or none is told."""
        mark = ":" if version == 6 else "."
        return all(mark in " ".join(end) for end in self.addresses if end)


@dataclass(frozen=True, slots=True)
class Roa:
    """A route origin authorisation: `asn` may announce `prefix`, cut down to `max_length` bits.

    The holder of the addresses signs it (RFC 9582).
    """

    prefix: Prefix
    asn: int
    max_length: int


@dataclass(frozen=True, slots=True)
class Host:
    """A name with its addresses, IPv4 before IPv6."""

    name: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Server:
    """The DNS service of one operator. All its hosts serve the same zones.

    `zones` are those it really serves: a delegation that names one of its hosts for
    another zone is lame. At the addresses of a `dead` server nothing answers.
    """

    operator: str
    kind: Literal["authoritative", "resolver"]
    hosts: tuple[Host, ...]
    zones: tuple[str, ...] = ()
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """A place where a participant can sit.

    `sources` are the IPv4 and the IPv6 address packets leave from ("" without IPv6),
    `resolvers` the addresses of the resolver its access network hands out.
    """

    key: str
    name: str
    asn: int
    sources: tuple[str, str]
    resolvers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """Who keeps the list of the names below some suffixes, and publishes their zone.

    A `thin` one does not have the holders of the names: their registrars do.
    """

    name: str
    suffixes: tuple[str, ...]
    thin: bool = False


@dataclass(frozen=True, slots=True)
class NumberRegistry:
    """Who registers addresses and AS numbers, out of which `pools` and `as_numbers`."""

    name: str
    pools: tuple[Prefix, ...]
    as_numbers: tuple[range, ...]


@dataclass(frozen=True, slots=True)
class RegisteredDomain:
    """One registered domain. `status` in the words of RDAP, `ds` as master-file text.

    With one of the statuses in `OUT_OF_ZONE` it stands in no zone.
    """

    name: str
    suffix: str
    registry: str
    registrar: str
    reseller: str | None
    registrant: str
    privacy: Privacy
    status: tuple[str, ...]
    created: date
    updated: date
    expires: date
    nameservers: tuple[str, ...]
    ds: tuple[str, ...]
    changed: datetime | None = None
    """The moment of the last change, where it is known: the tables have only its day, `updated`."""

    @property
    def delegated(self) -> bool:
        """Whether the registry publishes it in its zone."""
        return OUT_OF_ZONE.isdisjoint(self.status)


@dataclass(frozen=True, slots=True)
class Site:
    """A web site under the name its visitors type."""

    name: str
    kind: str
    title: str
    hosting: Hosting
    addresses: tuple[str, ...]

    @property
    def customer_zone(self) -> str:
        """The zone that its host made for it from a template, "" where none did."""
        return (
            self.name.removeprefix("www.") if self.hosting in ("shared", "cdn") else ""
        )


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """Something wrong on purpose in the lab Internet: where, of which kind, and why."""

    name: str
    kind: str
    reason: str


# Who stands behind names and numbers, and the directories that tell of them


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who stands behind names and numbers, and how its desks are reached. Never a person.

    `address` is its street and its city. `handles` is what the handles of its customers begin
    with, where it keeps a directory. `iana_id` is a registrar's public number. By `relay` one
    writes to a holder whose data it does not publish: a web address or a mailbox, in which
    "{name}" stands for the domain.
    """

    name: str
    legal_name: str
    country: str
    address: tuple[str, str]
    email: str
    phone: str
    abuse_email: str
    noc_email: str
    url: str = ""
    handles: str = ""
    iana_id: str = ""
    relay: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A part of the addresses of the network `parent` that its holder handed on to `holder`."""

    prefix: Prefix
    parent: int
    name: str
    holder: str
    kind: str
    registered: date


@dataclass(frozen=True, slots=True)
class Directory:
    """A public directory: which host answers, of which kind it is, and who keeps it.

    An RDAP server's answers begin at `path`. A WHOIS server answers one client `quota`
    questions in ten minutes, or any number when it is None.
    """

    host: str
    kind: DirectoryKind
    keeper: str
    addresses: tuple[str, ...]
    path: str = "/"
    quota: int | None = None

    @property
    def url(self) -> str:
        """Where its answers begin, as a web address."""
        return f"https://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a registrar's own record of a domain says otherwise than the registry's, and why.

    None where they agree.
    """

    name: str
    reason: str
    status: tuple[str, ...] | None = None
    updated: date | None = None
    expires: date | None = None
    nameservers: tuple[str, ...] | None = None
