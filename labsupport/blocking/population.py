"""Many web sites at once, as columns: the lab's own, and a model fitted to published figures.

A site is a row. What belongs to it is a number in each column; names and addresses are made of
the numbers when somebody asks. numpy is imported with this module: import it late.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import Protocol, get_args

import dns.name
import dns.rdatatype
import numpy as np
import numpy.typing as npt

from labsupport.language import Language, mark
from labsupport.results import Table
from labsupport.world import SITE_KINDS, Site, World, tables
from labsupport.world.blocks import Blocks
from labsupport.world.compose import ancestors
from labsupport.world.model import Hosting, Network, Prefix

Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

NONE = -1  # in a column: there is none
HOSTINGS: tuple[Hosting, ...] = get_args(Hosting)
DEDICATED, SHARED, CDN, OWN = map(HOSTINGS.index, ("dedicated", "shared", "cdn", "own"))

DOMAIN, WWW, BELOW = range(3)
"""What the name of a site is: the registered domain, its www, or another name below it."""

LONGEST_ALIAS_CHAIN = 12
# Stories whose zones no validating resolver believes, and whose site no browser does.
NOT_BELIEVED = ("expired", "other-key")
ALTERED = "altered"
EXPIRED_CERTIFICATE = "expired-certificate"

# The classes of the published figures on shared addresses: sites that share theirs with 1 to 9
# others, with 10 to 100, and with more.
FEW, SOME = 10, 101  # the most sites at an address of the first two classes


@dataclass(frozen=True, slots=True)
class Parameter:
    """What the model is built by: a value, where it comes from, and when.

    Without a `source` it is an assumption of the course; `changed` by whoever built the model.
    """

    value: float
    source: str = ""
    date: str = ""
    changed: bool = False


# What each parameter means, in the order of the table.
MEANINGS: dict[str, str] = {
    "alone": mark("sites with an address of their own"),
    "ten_others": mark("sites that share their address with at least ten others"),
    "hundred_others": mark("sites that share their address with more than a hundred others"),
    "largest_cdn": mark("sites behind the largest content delivery network"),
    "largest_of_cdns": mark("its part of the sites behind any"),
    "most_at_cdn_address": mark("most sites at one address of a content delivery network"),
    "ipv6": mark("sites with IPv6 addresses as well"),
    "ipv6_at_largest_cdn": mark(
        "part of these that is behind the largest content delivery network"
    ),
    "fewest_at_cdn_address": mark("fewest sites at one address of a content delivery network"),
    "addresses_at_cdn": mark(
        "addresses of each kind that a site has behind a content delivery network"
    ),
    "most_at_shared_address": mark("most sites at one address of a hosting company"),
    "own_network": mark("sites in a network of their own"),
    "customers": mark("sites of customers under a name of the platform that they use"),
    "www": mark("sites whose name begins with www, of those under a domain of their own"),
    "addresses_in_block": mark("addresses with web sites in an announced block"),
}
COUNTS = frozenset(
    (
        "most_at_cdn_address",
        "fewest_at_cdn_address",
        "addresses_at_cdn",
        "most_at_shared_address",
        "addresses_in_block",
    )
)


def parameters(**changed: float) -> dict[str, Parameter]:
    """Return what the model is built by, with the values in `changed` in place of the file's.

    Raises LookupError for a parameter that there is not.

    >>> parameters()["alone"].value, parameters(alone=0.1)["alone"].value
    (0.2, 0.1)
    """
    found = {key: Parameter(**row) for key, row in tables.read_toml("population.toml").items()}
    for key, value in changed.items():
        if key not in found:
            raise LookupError(f"There is no parameter {key}. There are: {', '.join(found)}.")
        found[key] = Parameter(value, changed=True)
    return found


def assumptions(say: Language, chosen: Mapping[str, Parameter] | None = None) -> Table:
    """Return what the model is built by as a table, each value with its source and date.

    >>> assumptions(Language.load("en")).rows[0][:2]
    ('sites with an address of their own', '20%')
    """
    found = chosen or parameters()
    rows = [
        (say(meaning), _written(key, found[key].value), *_origin(found[key], say))
        for key, meaning in MEANINGS.items()
    ]
    town = say("an assumption: as in the lab's harbour town, which is invented")
    rows.append((say("kinds of site"), "–", town, "–"))
    caption = say("What the model of many sites is built by")
    return Table(caption, (say("what"), say("value"), say("source"), say("date")), tuple(rows))


def _written(key: str, value: float) -> str:
    return f"{value:,.0f}" if key in COUNTS else f"{100 * value:g}%"


def _origin(parameter: Parameter, say: Language) -> tuple[str, str]:
    if parameter.changed:
        return say("changed by you"), "–"
    if not parameter.source:
        return say("an assumption of this course, without a source"), "–"
    return parameter.source, parameter.date


# How names are found


class Names(Protocol):
    """Names by number, and the domains or zones that they stand in by theirs."""

    def __len__(self) -> int: ...

    def text(self, number: int) -> str:
        """Return a name."""

    def title(self, number: int) -> str:
        """Return what the site of that name calls itself."""

    def under(self, name: str, *, subtree: bool) -> Ints:
        """Return the numbers of the names that are `name`, or below it if `subtree`."""

    def domain(self, name: str) -> int:
        """Return the number of a registered domain, NONE for one that is not there."""


@dataclass(frozen=True)
class WrittenNames:
    """Names that are written out, as those of the lab are; `domains` are those of its zones."""

    names: tuple[str, ...]
    domains: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)

    def text(self, number: int) -> str:
        """Return a name."""
        return self.names[number]

    def title(self, number: int) -> str:
        """Return what the site of that name calls itself."""
        return self.titles.get(self.names[number], self.names[number])

    def under(self, name: str, *, subtree: bool) -> Ints:
        """Return the numbers of the names that are `name`, or below it if `subtree`."""
        end = f".{name}" if name else ""
        found = [
            number
            for number, other in enumerate(self.names)
            if other == name or (subtree and other.endswith(end))
        ]
        return np.array(found, np.int32)

    def domain(self, name: str) -> int:
        """Return the number of a registered domain, NONE for one that is not there."""
        return self._domains.get(name, NONE)

    @cached_property
    def _domains(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.domains)}


@dataclass(frozen=True)
class MadeNames:
    """Names made of numbers, under the reserved domain .example (RFC 2606).

    `domains` is the number of each name's registered domain, `forms` what the name is. The first
    `platforms` domains belong to platforms whose customers have names below them.

    >>> forms = np.array([WWW, BELOW, DOMAIN], np.uint8)
    >>> names = MadeNames(np.array([0, 0, 1], np.int32), forms, platforms=1)
    >>> [names.text(number) for number in range(3)]
    ['www.platform-0.example', 'customer-1.platform-0.example', 'site-1.example']
    """

    domains: Ints
    forms: Bytes
    platforms: int

    def __len__(self) -> int:
        return len(self.domains)

    def text(self, number: int) -> str:
        """Return a name."""
        domain = self._domain_text(int(self.domains[number]))
        label = ("", "www.", f"customer-{number}.")[self.forms[number]]
        return label + domain

    def title(self, number: int) -> str:
        """Return what the site of that name calls itself."""
        return f"Site {number}"

    def under(self, name: str, *, subtree: bool) -> Ints:
        """Return the numbers of the names that are `name`, or below it if `subtree`."""
        if subtree and name in ("", "example"):
            return np.arange(len(self), dtype=np.int32)
        domain = self.domain(name)
        if subtree and domain != NONE:
            return self._of(domain)
        # A single name is meant, or one below which there is none.
        label, _, rest = name.partition(".")
        if customer := re.fullmatch(r"customer-(\d{1,9})", label):
            number = int(customer[1])
            found = number < len(self) and self.text(number) == name
            return np.array([number] if found else [], np.int32)
        same = self._of(self.domain(rest) if label == "www" else domain)
        form: Bools = self.forms[same] == (WWW if label == "www" else DOMAIN)
        return same[form]

    def domain(self, name: str) -> int:
        """Return the number of a registered domain, NONE for one that is not there."""
        found = re.fullmatch(r"(?:site|platform)-(\d{1,9})\.example", name)
        if found is None or not 0 <= int(found[1]) <= self._last_domain:
            return NONE
        return int(found[1]) if self._domain_text(int(found[1])) == name else NONE

    def _of(self, domain: int) -> Ints:
        """The numbers of the names in a domain; no domain has the number NONE."""
        return np.flatnonzero(self.domains == domain).astype(np.int32)

    def _domain_text(self, domain: int) -> str:
        return f"{'platform' if domain < self.platforms else 'site'}-{domain}.example"

    @cached_property
    def _last_domain(self) -> int:
        return int(self.domains.max(initial=NONE))


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server of a zone: the numbers of its addresses, and how resolvers find them.

    The delegation of the zone `glue` carries them along (NONE: of no zone). Otherwise a resolver
    looks them up in the zone `zone`, where the server's own name stands (NONE: in no zone).
    """

    addresses: tuple[int, ...]
    glue: int
    zone: int


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: the one above it (NONE above the root), and those of its servers that know it.

    `delegated` says whether the zone above leads there.
    """

    parent: int
    servers: tuple[NameServer, ...]
    delegated: bool = True


@dataclass(frozen=True)
class Resolution:
    """How resolvers find names: the zones, and the zone of each name, by number.

    `resolvers` are the addresses of each network's own resolver, by AS number; `handed_over` are
    the zones that an earlier order has handed to other servers.
    """

    zones: tuple[Zone, ...]
    zone_of_name: Ints
    resolvers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    handed_over: frozenset[int] = frozenset()

    def found(self, held: Collection[int], handed_over: Collection[int], reachable: Bools) -> Bools:
        """Say which zones a resolver gets to that can ask at the `reachable` addresses.

        The zones in `held` are delegated no more; those in `handed_over` are, to servers that
        know nothing of what stood there.
        """
        gone = self.handed_over.union(held, handed_over)
        found = [False] * len(self.zones)
        answers = reachable.tolist()

        def known(server: NameServer) -> bool:
            glued = server.glue != NONE and server.glue not in held
            return glued or (server.zone != NONE and found[server.zone])

        def reached(number: int, zone: Zone) -> bool:
            if not zone.delegated or number in gone:
                return False
            if zone.parent != NONE and not found[zone.parent]:
                return False
            return any(known(s) and any(answers[a] for a in s.addresses) for s in zone.servers)

        more = True
        while more:
            more = False
            for number, zone in enumerate(self.zones):
                if not found[number] and reached(number, zone):
                    found[number] = more = True
        return np.array(found)


# The columns


@dataclass(frozen=True, eq=False)
class Sites:
    """Web sites as columns of numbers, a row each.

    `domain` is the registered domain of each site, `form` what its name is (DOMAIN, WWW, BELOW),
    `kind` a place in SITE_KINDS, `hosting` one in HOSTINGS, `address_set` the set of addresses
    that it answers at. `addresses_of_set` has the addresses of each set, NONE where there are
    fewer. Of each address, `is_ipv6`, the announced `block` and the `network` are told; the
    networks are those of the lab by AS number, in the model they are only counted. `numbers` are
    the addresses that are known as text, by number. `opens` says which sites open at all when
    nothing is blocked; networks in `ipv4_only` have no IPv6. `chain` are the names that a visitor
    is led through, the site's own first (None: only that, and its number is the row's).
    """

    names: Names
    domain: Ints
    form: Bytes
    kind: Bytes
    hosting: Bytes
    address_set: Ints
    addresses_of_set: Ints
    is_ipv6: Bools
    block: Ints
    network: Ints
    numbers: Mapping[int, str]
    opens: Bools
    ipv4_only: frozenset[int] = frozenset()
    chain: Ints | None = None
    resolution: Resolution | None = None

    @classmethod
    def of_world(cls, world: World) -> Sites:
        """Return the lab's own sites with their addresses, aliases and name servers.

        >>> sites = Sites.of_world(World.load())
        >>> row = int(sites.rows("www.museum.example")[0])
        >>> sites.site(row).addresses
        ('198.51.100.10', '2001:db8:501::10')
        """
        return _of_world(world)

    @classmethod
    def generated(cls, size: int = 1_000_000, seed: int = 1, **changed: float) -> Sites:
        """Return a model of `size` sites, fitted to published figures.

        The same `seed` gives the same model. `changed` are parameters (see `parameters`) with
        other values. Name servers never stand in a blocked block, and every site opens.
        Raises ValueError when the shares do not fit together, LookupError for a parameter that
        there is not.

        >>> model = Sites.generated(10_000)
        >>> len(model), model.name(0).endswith(".example")
        (10000, True)
        """
        return _generated(size, seed, parameters(**changed))

    def __len__(self) -> int:
        return len(self.domain)

    @property
    def addresses(self) -> Ints:
        """The numbers of the addresses of each site, a row each, NONE where there are fewer."""
        return self.addresses_of_set[self.address_set]

    def name(self, row: int) -> str:
        """Return the name of a site."""
        return self.names.text(self._number(row))

    def site(self, row: int) -> Site:
        """Return a site as the lab has them.

        Raises LookupError when an address of it is not known as text: see `numbered`.
        """
        addresses = [int(one) for one in self.addresses_of_set[self.address_set[row]] if one >= 0]
        unknown = [one for one in addresses if one not in self.numbers]
        if unknown:
            raise LookupError(f"Address {unknown[0]} is a number only. See Sites.numbered.")
        return Site(
            self.name(row),
            SITE_KINDS[self.kind[row]],
            self.names.title(self._number(row)),
            HOSTINGS[self.hosting[row]],
            tuple(self.numbers[one] for one in addresses),
        )

    def names_where(self, mask: npt.ArrayLike) -> tuple[str, ...]:
        """Return the names of the sites where `mask` is true, or not 0."""
        return tuple(self.name(int(row)) for row in np.flatnonzero(mask))

    def rows(self, name: str, *, subtree: bool = False) -> Ints:
        """Return the rows of the sites whose own name is `name`, or below it if `subtree`."""
        found = self.names.under(name, subtree=subtree)
        if self.chain is None:
            return found
        return np.flatnonzero(np.isin(self.chain[:, 0], found)).astype(np.int32)

    def take(self, rows: npt.NDArray[np.integer]) -> Sites:
        """Return these rows only; names, domains and addresses keep their numbers."""
        own = rows[:, None] if self.chain is None else self.chain[rows]
        return replace(
            self,
            domain=self.domain[rows],
            form=self.form[rows],
            kind=self.kind[rows],
            hosting=self.hosting[rows],
            address_set=self.address_set[rows],
            opens=self.opens[rows],
            chain=own.astype(np.int32),
        )

    def numbered(self, numbers: Mapping[int, str]) -> Sites:
        """Return the same sites with these addresses known as text, and no others.

        Raises ValueError for text that is no address, or one of the other IP version.

        >>> model = Sites.generated(10_000)
        >>> first = int(model.addresses[0, 0])
        >>> model.numbered({first: "203.0.113.1"}).numbers[first]
        '203.0.113.1'
        """
        for number, text in numbers.items():
            if (ip_address(text).version == 6) != self.is_ipv6[number]:
                raise ValueError(f"Address {number} is of the other IP version than {text}.")
        return replace(self, numbers=dict(numbers))

    def within(self, prefix: Prefix) -> list[int]:
        """Return the numbers of the addresses in `prefix`, of those that are known as text."""
        values, numbers = self._in_order[prefix.version]
        first = bisect_left(values, int(prefix.network_address))
        return numbers[first : bisect_right(values, int(prefix.broadcast_address))]

    @cached_property
    def _in_order(self) -> dict[int, tuple[list[int], list[int]]]:
        """The values of the known addresses in order, and their numbers, by IP version."""
        parsed = [(ip_address(text), number) for number, text in self.numbers.items()]
        found = {}
        for version in (4, 6):
            known = sorted((int(one), number) for one, number in parsed if one.version == version)
            found[version] = ([value for value, _ in known], [number for _, number in known])
        return found

    def _number(self, row: int) -> int:
        return row if self.chain is None else int(self.chain[row, 0])


def _without_ipv6(networks: Collection[Network]) -> frozenset[int]:
    """Return the AS numbers of the networks that have IPv4 addresses only."""
    return frozenset(
        one.asn for one in networks if all(prefix.version == 4 for prefix in one.prefixes)
    )


# The lab's own sites


class _Register:
    """Gives a number to whatever is new."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


@lru_cache(maxsize=2)  # a lesson tries many orders on one world
def _of_world(world: World) -> Sites:
    registered = {item.name for item in world.registrations}
    zones = sorted(
        {*world.zone_names, *registered}, key=lambda zone: zone.strip(".").split(".")[::-1]
    )
    number_of = {zone: number for number, zone in enumerate(zones)}
    sites = world.sites
    domains = [world.domain_of(site.name) for site in sites]
    chains = [_chain(world, site.name) for site in sites]
    names, addresses = _Register(), _Register()
    chain = _table([[names(name) for name in one] for one in chains])
    sets: dict[tuple[int, ...], int] = {}
    address_set = [
        sets.setdefault(tuple(map(addresses, _believed(site, one))), len(sets))
        for site, one in zip(sites, chains, strict=True)
    ]
    resolution = Resolution(
        tuple(_zone(world, zone, number_of, addresses) for zone in zones),
        np.array([number_of[_zone_of(name, number_of)] for name in names.numbers], np.int32),
        dict(_resolvers(world, addresses)),
        frozenset(number_of[zone] for zone in world.noticed),
    )
    known = list(addresses.numbers)
    announced = _announced(world)
    networks = [world.network_of(address) for address in known]
    titles = {site.name: site.title for site in sites}
    return Sites(
        names=WrittenNames(tuple(names.numbers), tuple(zones), titles),
        domain=np.array([number_of.get(one, NONE) for one in domains], np.int32),
        form=np.array([_form(s.name, d) for s, d in zip(sites, domains, strict=True)], np.uint8),
        kind=np.array([SITE_KINDS.index(site.kind) for site in sites], np.uint8),
        hosting=np.array([HOSTINGS.index(site.hosting) for site in sites], np.uint8),
        address_set=np.array(address_set, np.int32),
        addresses_of_set=_table(list(map(list, sets))),
        is_ipv6=np.array([":" in address for address in known], bool),
        block=np.array([next(announced.holding(address), NONE) for address in known], np.int32),
        network=np.array([network.asn if network else NONE for network in networks], np.int32),
        numbers=dict(enumerate(known)),
        opens=np.array([_opens(world, s, one) for s, one in zip(sites, chains, strict=True)]),
        ipv4_only=_without_ipv6(world.networks),
        chain=chain,
        resolution=resolution,
    )


def _table(rows: list[list[int]]) -> Ints:
    """The rows as one table, filled up with NONE."""
    width = max(map(len, rows), default=0)
    return np.array([[*row, *[NONE] * (width - len(row))] for row in rows], np.int32)


def _form(name: str, domain: str) -> int:
    return {domain: DOMAIN, f"www.{domain}": WWW}.get(name, BELOW)


def _zone_of(name: str, zones: Collection[str]) -> str:
    """The deepest zone that a name stands in."""
    return next(zone for zone in (name, *ancestors(name)) if zone in zones)


def _chain(world: World, name: str) -> tuple[str, ...]:
    """The names that a visitor of `name` is led through. None of the lab's sites needs wildcards.

    The name of a zone itself is no alias (RFC 1034 section 3.6.2), so its zone is not read.
    """
    names = [name]
    while len(names) < LONGEST_ALIAS_CHAIN:
        zone = _zone_of(names[-1], world.server_of)
        if zone == names[-1]:
            break
        found = world.zone(zone).get_rdataset(f"{names[-1]}.", dns.rdatatype.CNAME)
        if not found:
            break
        names.append(_text(found[0].target))
    return tuple(names)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _believed(site: Site, chain: Collection[str]) -> Iterator[str]:
    """The addresses of a site whose records agree with their signatures."""
    altered = {
        tuple(line.split()[:2])
        for story in tables.signing_stories().values()
        if story["kind"] == ALTERED
        for line in story.get("changed_after_signing", ())
    }
    for address in site.addresses:
        kind = "AAAA" if ":" in address else "A"
        if altered.isdisjoint((f"{name}.", kind) for name in chain):
            yield address


def _opens(world: World, site: Site, chain: Collection[str]) -> bool:
    """Whether a site opens if its zone is found and its machine reached."""
    believed = {place for name in chain for place in (name, *ancestors(name))}.isdisjoint(
        {story.name for story in world.stories if story.kind in NOT_BELIEVED} | world.noticed
    )
    expired = {story.name for story in world.stories if story.kind == EXPIRED_CERTIFICATE}
    return believed and site.name not in expired | world.withdrawn


def _zone(
    world: World, name: str, numbers: Mapping[str, int], addresses: Callable[[str], int]
) -> Zone:
    registration = next((item for item in world.registrations if item.name == name), None)
    above = [zone for zone in ancestors(name) if zone in numbers] if name != "." else []
    parent = above[0] if above else None
    if name == ".":
        hosts = tuple(world.root_hints)
    elif registration:
        hosts = registration.nameservers
    else:
        hosts = tuple(host.name for host in world.server_of[name].hosts)
    servers = []
    for host in hosts:
        operator = next((s for s in world.servers if host in (h.name for h in s.hosts)), None)
        if operator is None or operator.dead or name not in operator.zones:
            continue  # it does not exist, does not answer, or does not know the zone
        own = tuple(map(addresses, world.addresses_of_host[host]))
        servers.append(
            NameServer(own, _glue(world, host, parent, numbers), numbers[_zone_of(host, numbers)])
        )
    delegated = registration is None or registration.delegated
    return Zone(NONE if parent is None else numbers[parent], tuple(servers), delegated)


def _glue(world: World, host: str, parent: str | None, numbers: Mapping[str, int]) -> int:
    """The zone directly below `parent` whose delegation brings the addresses of `host` along."""
    if parent is None:
        return numbers["."]  # known beforehand: the root hints
    for zone in (host, *ancestors(host)):
        above = next((one for one in ancestors(zone) if one in numbers), None)
        if zone in numbers and above == parent:
            return NONE if zone in _undelegated(world) else numbers[zone]
    return NONE


@lru_cache(maxsize=2)
def _undelegated(world: World) -> frozenset[str]:
    return frozenset(item.name for item in world.registrations if not item.delegated)


def _resolvers(
    world: World, addresses: Callable[[str], int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    for server in world.servers:
        own = [address for host in server.hosts for address in host.addresses]
        network = world.network_of(own[0])
        if server.kind == "resolver" and network is not None:
            yield network.asn, tuple(map(addresses, own))


def _announced(world: World) -> Blocks[int]:
    prefixes = [prefix for network in world.networks for prefix in network.prefixes]
    return Blocks((prefix, number) for number, prefix in enumerate(prefixes))


# The model


def _generated(size: int, seed: int, chosen: Mapping[str, Parameter]) -> Sites:
    value = {key: parameter.value for key, parameter in chosen.items()}
    chance = np.random.default_rng(seed)
    groups = _groups(size, value)
    addresses_of_set, is_ipv6, block, network = _addresses(groups, value, chance)
    order = chance.permutation(np.arange(size, dtype=np.int32))  # no name tells of its host
    domain, form = _domains(groups, value, chance)
    domain, form = domain[order], form[order]
    address_set = np.repeat(np.arange(len(groups.sizes), dtype=np.int32), groups.sizes)[order]
    return Sites(
        names=MadeNames(domain, form, int(groups.platform.sum())),
        domain=domain,
        form=form,
        kind=_kinds(size, chance),
        hosting=groups.hosting[address_set],
        address_set=address_set,
        addresses_of_set=addresses_of_set,
        is_ipv6=is_ipv6,
        block=block,
        network=network,
        numbers={},
        opens=np.ones(size, bool),
        ipv4_only=_without_ipv6(tables.read_networks()[0]),
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """Groups of sites that share their addresses, in sections of one kind each.

    `section` tells them apart: the largest content delivery network, the others, networks with
    one site, and hosting companies. `platform` marks those that are one platform's customers.
    """

    sizes: Ints
    section: Bytes
    hosting: Bytes
    ipv6: Bools
    platform: Bools


LARGEST, OTHERS, ALONE, HOSTS = range(4)


def _groups(size: int, value: Mapping[str, float]) -> _Groups:
    """Make groups so that the published shares come out."""
    at_cdns = round(size * value["largest_cdn"] / value["largest_of_cdns"])
    at_largest = round(size * value["largest_cdn"])
    own = round(size * value["own_network"])
    dedicated = round(size * value["alone"]) - own
    bounds = round(value["fewest_at_cdn_address"]), round(value["most_at_cdn_address"])
    largest = _group_sizes(at_largest, *bounds)
    others = _group_sizes(at_cdns - at_largest, *bounds)
    cdn = np.concatenate([largest, others])
    many = round(size * value["hundred_others"]) - int(cdn[cdn > SOME].sum())
    some = round(size * (value["ten_others"] - value["hundred_others"]))
    some -= int(cdn[(cdn > FEW) & (cdn <= SOME)].sum())
    few = size - at_cdns - own - dedicated - many - some
    customers = value["customers"] * size / many if many > 0 else 2.0
    if min(few, some, many, dedicated) < 0 or customers > 1:
        raise ValueError(f"These shares do not fit together for {size} sites.")
    shared = [
        _group_sizes(few, 2, FEW),
        _group_sizes(some, FEW + 1, SOME),
        _group_sizes(many, SOME + 1, round(value["most_at_shared_address"])),
    ]
    alone = [np.ones(own, np.int32), np.ones(dedicated, np.int32)]
    parts = [largest, others, *alone, *shared]
    lengths = [len(part) for part in parts]
    elsewhere = value["ipv6"] * (1 - value["ipv6_at_largest_cdn"]) / (1 - value["largest_cdn"])
    shares = [value["ipv6"] * value["ipv6_at_largest_cdn"] / value["largest_cdn"]]
    shares += [elsewhere] * (len(parts) - 1)
    return _Groups(
        np.concatenate(parts),
        np.repeat(np.array([LARGEST, OTHERS, ALONE, *[HOSTS] * 4], np.uint8), lengths),
        np.repeat(np.array([CDN, CDN, OWN, DEDICATED, *[SHARED] * 3], np.uint8), lengths),
        np.concatenate([_spread(n, share) for n, share in zip(lengths, shares, strict=True)]),
        np.concatenate([np.zeros(sum(lengths[:-1]), bool), _spread(lengths[-1], customers)]),
    )


def _group_sizes(sites: int, fewest: int, most: int) -> Ints:
    """Divide `sites` into groups of `fewest` to `most`: a truncated power law, exponent 2.

    There are half as many groups of at least twice the size, so that each doubling of the size
    holds as many sites as the next. Nothing is drawn: the shares are the same for every seed.
    """
    if sites <= 0:
        return np.array([], np.int32)
    if most < fewest:
        raise ValueError(f"The largest group, {most}, is smaller than the smallest, {fewest}.")
    spread = np.log(most / fewest)
    mean = fewest if most == fewest else spread / (1 / fewest - 1 / most)
    count = max(1, int(sites / mean))
    if most == fewest:
        ends = np.arange(1, count + 1) * (sites / count)
    else:
        part = np.arange(1, count + 1) / count
        ends = -np.log(1 - part * (1 - fewest / most)) * (sites / spread)
    ends = np.rint(ends).astype(np.int32)
    ends[-1] = sites
    sizes: Ints = np.diff(ends, prepend=np.int32(0))
    return sizes


def _spread(count: int, share: float) -> Bools:
    """Mark a share of `count` things, evenly."""
    marks = np.floor(np.arange(count + 1) * share + 0.5)
    steps: Bools = marks[1:] > marks[:-1]
    return steps


def _addresses(
    groups: _Groups, value: Mapping[str, float], chance: np.random.Generator
) -> tuple[Ints, Bools, Ints, Ints]:
    """The addresses of each group; of each address, its version, its block and its network.

    IPv6 addresses stand in the blocks behind those of IPv4, in the same order.
    """
    at_cdn = round(value["addresses_at_cdn"])
    in_block = round(value["addresses_in_block"])
    count = np.where(groups.hosting == CDN, at_cdn, 1).astype(np.int32)
    blocks = np.zeros(len(count), np.int32)
    network = np.zeros(len(count), np.int32)
    used = 0
    for section in range(4):
        here = np.flatnonzero(groups.section == section)
        together = 1 if section == ALONE else max(1, in_block // (at_cdn if section < ALONE else 1))
        mixed = chance.permutation(len(here)) // together
        blocks[here] = used + mixed
        network[here] = section if section < ALONE else 2 + used + mixed
        used += -(-len(here) // together)
    count6 = np.where(groups.ipv6, count, 0).astype(np.int32)
    table = np.full((len(count), 2 * at_cdn), NONE, np.int32)
    first4 = np.cumsum(count) - count
    first6 = np.cumsum(count6) - count6 + count.sum()
    for place in range(at_cdn):
        table[:, place] = np.where(place < count, first4 + place, NONE)
        table[:, at_cdn + place] = np.where(place < count6, first6 + place, NONE)
    return (
        table,
        np.repeat([False, True], [count.sum(), count6.sum()]),
        np.concatenate([np.repeat(blocks, count), np.repeat(blocks + used, count6)]),
        np.concatenate([np.repeat(network, count), np.repeat(network, count6)]),
    )


def _domains(
    groups: _Groups, value: Mapping[str, float], chance: np.random.Generator
) -> tuple[Ints, Bytes]:
    """The domain of each site, group by group, and what its name is.

    A platform's domains come first; its own site is the first of its group.
    """
    platforms = int(groups.platform.sum())
    customer = np.repeat(groups.platform, groups.sizes)
    domain = np.cumsum(~customer, dtype=np.int32) + np.int32(platforms - 1)
    domain[customer] = np.repeat(
        np.arange(platforms, dtype=np.int32), groups.sizes[groups.platform]
    )
    is_www = chance.random(len(customer), dtype=np.float32) < value["www"]
    form = np.where(is_www, WWW, DOMAIN).astype(np.uint8)
    customer[(np.cumsum(groups.sizes) - groups.sizes)[groups.platform]] = False
    form[customer] = BELOW
    return domain, form


def _kinds(size: int, chance: np.random.Generator) -> Bytes:
    """Kinds of site as those of the lab's town are mixed."""
    town = [SITE_KINDS.index(s.kind) for s in tables.read_sites() if s.hosting == "shared"]
    return np.array(town, np.uint8)[chance.integers(0, len(town), size, dtype=np.uint8)]
