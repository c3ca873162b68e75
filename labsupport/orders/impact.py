"""Who goes dark under an order, told to a person.

Of targets outside the lab, nothing is counted: what dated lists publish of them is told.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from importlib.metadata import version
from ipaddress import ip_network
from operator import attrgetter

import dns.name
import dns.rdatatype

from labsupport import reference
from labsupport.answers.dark_sites import Seen, Window, dark_sites
from labsupport.answers.site_kinds import named_first, word
from labsupport.bounds import MOST_NAMED
from labsupport.dns.walk import LONGEST_ALIAS_CHAIN
from labsupport.exchange.rules import (
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.kinds import Provenance
from labsupport.language import SOURCE_LANGUAGE, Language, limits
from labsupport.orders.execution import Execution, named_sites
from labsupport.orders.order import Order, Target
from labsupport.orders.remarks import said
from labsupport.orders.targets import block_in, name_in, platform_of, same_site
from labsupport.picture import Picture
from labsupport.results import Result, Table
from labsupport.tree import as_html
from labsupport.world import World, tables
from labsupport.world.blocks import Blocks, within
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal
from labsupport.world.facts import ancestors
from labsupport.world.model import Prefix, Server, Site

MOST_KINDS = 5  # in a sentence, or a cell

# What is said of each kind, and whom a block of it hits.
KINDS: dict[str, str] = {
    "CDN": "impact.content_delivery_network_whose",
    "cloud": "impact.cloud_whose_many_customers",
    "public resolver": "impact.public_resolver_whose_all",
    "platform": "impact.platform_whose_many_customers",
    "customer": "impact.one_customer_name_platform",
}


@dataclass(frozen=True, slots=True)
class PublishedFact:
    """What is published: the kind of thing that is shared (one of `KINDS`), whose; the source.

    `again` is the day by which to look at the source again; none where it comes with a package.
    """

    kind: str
    whose: str
    source: str
    date: str
    again: str = reference.NEVER


@dataclass(frozen=True, slots=True)
class Hit:
    """What goes dark for the customers of one connection: names of targets, and of others."""

    seat: str
    targets: tuple[str, ...]
    bystanders: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All sites that go dark."""
        return (*self.targets, *self.bystanders)


@dataclass(eq=False, repr=False, kw_only=True)
class Impact(Result):
    """Which sites of the lab go dark under an order.

    Attributes: `hits`, one a connection; `sites` of the lab, by name; `targets`, those that the
    order means; `outside`, the targets that the lab does not know, each with what lists have on
    it, and `published`, that in words; `counted`, whether anything was counted in the lab: not
    where it knows none, and where nothing was carried out; `own`, whether the order is one of the
    lab's own: a picture shows what it names; `measures`, how many it has, and how many were
    `left_out`.
    """

    sites: Mapping[str, Site]
    targets: tuple[str, ...]
    hits: tuple[Hit, ...]
    outside: Mapping[str, tuple[PublishedFact, ...]]
    published: tuple[str, ...]
    counted: bool
    own: bool
    measures: int
    left_out: int

    def __post_init__(self) -> None:
        if self.counted:
            self.notes = (*self._named(), *self.notes)

    @property
    def bystanders(self) -> tuple[str, ...]:
        """The sites that go dark for somebody and are not meant."""
        names: set[str] = set()
        for hit in self.hits:
            names |= set(hit.bystanders)
        return tuple(sorted(names))

    @property
    def sentence(self) -> str:
        sentences = []
        if self.outside:
            what = first_of([*self.outside], self.say)
            sentences.append(
                self.say("impact.unknown_to_lab", count=len(self.outside), what=what)
            )
        if self.left_out:
            values = {"count": self.left_out, "all": self.measures}
            sentences.append(self.say("impact.left_out", **values))
        elif not self.counted and not self.outside:
            sentences.append(self.say("impact.no_target_found_order"))
        if self.counted:
            sentences.append(self._counted_in_lab())
        return " ".join(sentences)

    @property
    def _worst(self) -> Hit:
        return max(self.hits, key=lambda hit: len(hit.names))

    def _counted_in_lab(self) -> str:
        say = self.say
        worst = self._worst
        total = len(self.sites)
        if not worst.names:
            return say("impact.sites_lab_none", total=total)
        who = say.listed(hit.seat for hit in self.hits if hit.names == worst.names)
        return say("impact.sites_lab_go", total=total, who=who, **self._parts(worst))

    def _parts(self, hit: Hit) -> dict[str, object]:
        """How many sites go dark, and which part of them is meant."""
        targets = self.say("impact.sites_order", count=len(hit.targets))
        others = self.say("impact.bystanders", count=len(hit.bystanders))
        return {"count": len(hit.names), "targets": targets, "others": others}

    def _named(self) -> Iterator[str]:
        """Say which those are that the public depends on."""
        say = self.say
        examples: dict[str, Site] = {}
        for name in reversed(self._worst.bystanders):
            site = self.sites[name]
            examples[site.kind] = site
        named = [
            f"{examples[kind].title} ({word(kind, say)})"
            for kind in named_first(examples)
        ]
        if named:
            yield say("impact.among_them_names", names=say.listed(named[:MOST_KINDS]))

    def tabulated(self) -> Table | None:
        if not self.counted:
            return None
        say = self.say
        rows = []
        for hit in self.hits:
            targets = "–"
            if self.targets:
                counts = {"count": len(hit.targets), "all": len(self.targets)}
                targets = say("impact.dark_of_all_dark", **counts)
            rows.append((hit.seat, targets, len(hit.bystanders), self._counted(hit)))
        columns = (
            say("impact.customers_of"),
            say("impact.sites_in_the_order"),
            say("impact.label_bystanders"),
            say("impact.of_which_kinds"),
        )
        return Table(say("impact.who_goes_dark_lab"), columns, tuple(rows))

    def _picture(self) -> Picture | None:
        if not self.own or not any(hit.names for hit in self.hits):
            return None
        say = self.say
        seen = []
        for hit in self.hits:
            words = say("impact.seen", **self._parts(hit))
            seen.append(Seen(hit.seat, words, hit.names))
        aimed = say("impact.named_in_the_order")
        return dark_sites(
            windows(self.sites.values()), self.targets, seen, say, aimed=aimed
        )

    def private_html(self) -> str:
        """Return the answer as HTML, with the picture: for what is never stored."""
        whole = copy(self)
        whole.own = True
        return as_html(whole.page)

    def _counted(self, hit: Hit) -> str:
        """How many there are of the most frequent kinds, in few words."""
        kinds = Counter(self.sites[name].kind for name in hit.bystanders).most_common()
        words = [
            f"{word(kind, self.say)}: {count}" for kind, count in kinds[:MOST_KINDS]
        ]
        if more := len(kinds) - len(words):
            words.append(self.say("impact.more_kinds", count=more))
        return ", ".join(words) or "–"

    @property
    def limits(self) -> tuple[str, ...]:
        keys = ["impact.nobody_asked_lists"] if self.outside else []
        if self.counted:
            keys += ["impact.sites_lab_invented", "impact.counted_visitors_nothing"]
        return (*limits(self.say, *keys), *reference.overdue(self.say, self.days))

    @property
    def days(self) -> tuple[str, ...]:
        """By when to look again at each fact that is published of the targets."""
        facts = dict.fromkeys(itertools.chain(*self.outside.values()))
        return tuple(fact.again for fact in facts)


def windows(sites: Iterable[Site]) -> list[Window]:
    """Return sites of the lab as they are drawn."""
    return [
        Window(site.name, site.title, site.kind, site.addresses[0]) for site in sites
    ]


def first_of(names: Sequence[str], say: Language, most: int = MOST_NAMED) -> str:
    """Name some; where there are more than `most` of them, the first ones and a sign."""
    if len(names) > most:
        return ", ".join([*names[:most], "…"])
    return say.listed(names)


def _published(
    outside: Mapping[str, tuple[PublishedFact, ...]], say: Language
) -> Iterator[str]:
    """Say what is published of targets; those of which it is the same, together."""
    for fact in dict.fromkeys(itertools.chain(*outside.values())):
        targets = [target for target, facts in outside.items() if fact in facts]
        what = first_of(targets, say)
        words = say(KINDS[fact.kind], whose=fact.whose)
        yield say(
            "impact.source", what=what, told=words, source=fact.source, date=fact.date
        )
    if unlisted := [target for target, facts in outside.items() if not facts]:
        yield say("impact.what_nothing_lists_course", what=first_of(unlisted, say))


def impact(  # noqa: PLR0913 - the order and the world it meets, and how that is told
    world: World,
    order: Order,
    execution: Execution,
    say: Language,
    provenance: Provenance | None,
    *,
    own: bool = False,
) -> Impact:
    """Count who goes dark in `world` under `execution` of `order`, from every connection.

    What stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    outside: dict[str, tuple[PublishedFact, ...]] = {}
    for number, target in enumerate(order.targets, start=1):
        if not _in_lab(world, target):
            called = target.value if own else say("impact.target_number", number=number)
            outside[called] = known(target, say.code)
    alike: set[str] = set()
    for name in named_sites(order, world):
        alike |= set(same_site(name))
    sites = {site.name: site for site in world.sites}
    hits = []
    for connection in world.connections:
        names = dark(world, execution, connection.asn, connection.resolvers)
        targets = tuple(name for name in names if name in alike)
        bystanders = tuple(name for name in names if name not in alike)
        hits.append(Hit(connection.name, targets, bystanders))
    known_here = any(_in_lab(world, target) for target in order.targets)
    # Of what nobody carried out, "none goes dark" would say more than was looked at.
    measures = len(execution.outcomes)
    done = not execution.left_out or execution.left_out < measures
    counted = done and (known_here or any(hit.names for hit in hits))
    notes = tuple(_of_domains(world, execution, say))
    if counted or execution.left_out:
        notes = (*said(execution.remarks, say, own=own), *notes)
    published = tuple(_published(outside, say))
    return Impact(
        say,
        None,
        provenance if counted else None,
        (*published, *notes),
        sites=sites,
        targets=tuple(name for name in sites if name in alike),
        hits=tuple(hits),
        outside=outside,
        published=published,
        counted=counted,
        own=own,
        measures=measures,
        left_out=execution.left_out,
    )


def _in_lab(world: World, target: Target) -> bool:
    """Whether the lab knows all about a target: its name, or all its addresses."""
    if block := block_in(target):
        for network in world.networks:
            if any(within(block, prefix) for prefix in network.prefixes):
                return True
        return False
    name = name_in(target)
    return bool(name) and world.covers(dns.name.from_text(name))


def _of_domains(world: World, execution: Execution, say: Language) -> Iterator[str]:
    """Say what goes with a domain, besides its web sites."""
    whole: dict[str, None] = {}
    for change in execution.changes:
        if isinstance(change, Hold | Redelegation):
            whole[change.domain] = None
    for domain in whole:
        if domain in world.server_of:
            owner = dns.name.from_text(domain)
            servers = world.zone(domain).get_rdataset(owner, dns.rdatatype.MX)
            has_mail = any(server.exchange != dns.name.root for server in servers or ())
            key = (
                "impact.mail_for_it_stops"
                if has_mail
                else "impact.names_no_mail_server"
            )
            yield say("impact.whole_domain", mail=say(key))


# What is published


def known(target: Target, language: str = SOURCE_LANGUAGE) -> tuple[PublishedFact, ...]:
    """Return what published lists say of a target; nobody is asked.

    For an address or a block, that is the smallest listed range that holds it, or else all that
    is listed within it.

    >>> from labsupport.orders.order import TargetKind
    >>> [(fact.kind, fact.whose) for fact in known(Target("104.16.0.1", TargetKind.ADDRESS))]
    [('CDN', 'Cloudflare')]
    >>> [(fact.kind, fact.whose) for fact in known(Target("somebody.github.io", TargetKind.NAME))]
    [('customer', '–')]
    """
    if block := block_in(target):
        ranges, _ = _listed(language)
        around = [listed for listed in ranges if within(block, listed)]
        if around:
            smallest = max(around, key=attrgetter("prefixlen"))
            return (ranges[smallest],)
        inside = (fact for listed, fact in ranges.items() if within(listed, block))
        return tuple(dict.fromkeys(inside))
    name = name_in(target)
    if name:
        return tuple(_of_name(name, language))
    return ()


def _of_name(name: str, language: str) -> Iterator[PublishedFact]:
    _, names = _listed(language)
    for listed, fact in names.items():
        if name == listed:
            yield fact
        elif name.endswith(f".{listed}"):
            yield replace(fact, kind="customer") if fact.kind == "platform" else fact
    if ending := platform_of(name):
        kind = "platform" if name == ending else "customer"
        date = version("publicsuffixlist").rpartition(".")[2]
        yield PublishedFact(kind, "–", "Public Suffix List, private section", date)


@functools.cache
def _listed(
    language: str,
) -> tuple[Mapping[Prefix, PublishedFact], Mapping[str, PublishedFact]]:
    """The ranges of the reference tables, and the names."""
    ranges: dict[Prefix, PublishedFact] = {}
    names: dict[str, PublishedFact] = {}
    for fact, listed in (*_shared(language), *_resolvers()):
        for range_or_name in listed:
            if range_or_name[-1].isalpha() and ":" not in range_or_name:
                names[range_or_name] = fact
            else:
                ranges[ip_network(range_or_name)] = fact
    return ranges, names


def _shared(language: str) -> Iterator[tuple[PublishedFact, list[str]]]:
    """Yield each fact on what many sites share, with the ranges and names that it is of."""
    table = "shared-infrastructure"
    rows = reference.pairs(table, Language.load(language))
    for (shown, written), again in zip(rows, reference.look_again(table), strict=True):
        _, whose, _, sure, source, date = map(str, shown)
        kind, _, listed, *_ = map(str, written)
        yield (
            PublishedFact(kind, whose, f"{source} ({sure})", date, again),
            listed.split(),
        )


def _resolvers() -> Iterator[tuple[PublishedFact, list[str]]]:
    table = "public-resolvers"
    for row, again in zip(
        reference.read(table).rows, reference.look_again(table), strict=True
    ):
        whose, *listed, source, date = map(str, row)
        yield PublishedFact("public resolver", whose, source, date, again), listed


# Which sites go dark, by what the lab is made of: it comes to what a visitor would find packet by
# packet, once resolvers have forgotten what they knew before.

# Stories whose zones no validating resolver believes.
NOT_BELIEVED = ("expired", "other-key")


@dataclass(frozen=True, slots=True)
class SitePath:
    """The way to a site: the names that lead there, their zones, and the addresses of the site.

    Behind each name are those above it; the first is the site's.
    """

    names: tuple[tuple[str, ...], ...]
    zones: frozenset[str]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NameServer:
    """A name server of a zone, and how a resolver gets to know its addresses.

    The delegation of the zone `glue` brings them along ("": none does). Otherwise they are looked
    up in the zone `zone`, where the server's own name stands.
    """

    addresses: tuple[str, ...]
    glue: str
    zone: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone: the one above it, which leads there ("": none), and the servers that know it."""

    parent: str
    servers: tuple[NameServer, ...]


def dark(
    world: World, execution: Execution, network: int, resolvers: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sites that `execution` takes from somebody who could open them before.

    He sits in the access network with the AS number `network` and asks the resolver that has the
    addresses `resolvers`. A site opens when an address of it answers over HTTPS, IPv4 or IPv6,
    whichever his network has. Rules and changes are all taken as in force; rules on addresses, for
    every port. A name rule that spares signed answers is taken to spare nobody, as it spares
    nobody who asks without DNSSEC. Of a domain that is handed to other servers, nothing is left;
    the domain of those servers themselves is no target that this can tell of.

    >>> from labsupport.exchange.rules import Action
    >>> from ipaddress import ip_network
    >>> rule = AddressRule(asn=64496, prefix=ip_network("203.0.113.80"), action=Action.DROP)
    >>> len(dark(World.load(), Execution((rule,)), 64496, ("198.18.0.53",)))
    213
    """
    after = set(_opening(world, execution, network, resolvers))
    before = _opening_before(world, network, resolvers)
    return tuple(site for site in before if site not in after)


@functools.lru_cache(maxsize=8)  # a lesson tries many orders from a few connections
def _opening_before(
    world: World, network: int, resolvers: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(_opening(world, Execution(), network, resolvers))


def _opening(
    world: World, execution: Execution, network: int, resolvers: tuple[str, ...]
) -> Iterator[str]:
    rules = execution.rules
    changes = execution.changes
    reached = reached_by(world, rules, network)
    if not any(map(reached, resolvers)):
        return
    theirs = world.network_of(resolvers[0])
    assert theirs is not None
    zones = _resolved(_zones(world), changes, reached_by(world, rules, theirs.asn))
    hidden = _hidden(rules, theirs.asn)
    withdrawn = {change.site for change in changes if isinstance(change, Withdrawal)}
    cut: set[str] = set()
    for rule in rules:
        if isinstance(rule, ServerNameRule) and rule.asn == network:
            cut.add(_text(rule.server_name))
    for way in _ways(world):
        site_and_above = way.names[0]
        resolves = way.zones <= zones and not any(map(hidden, way.names))
        opens = cut.isdisjoint(site_and_above) and any(map(reached, way.addresses))
        site = site_and_above[0]
        if resolves and opens and site not in withdrawn:
            yield site


def reached_by(world: World, rules: Sequence[Rule], asn: int) -> Callable[[str], bool]:
    """Return what tells of an address whether packets of a network get there."""
    own = [rule for rule in rules if isinstance(rule, AddressRule) and rule.asn == asn]
    blocked = Blocks((rule.prefix, True) for rule in own)
    announced = [network.prefixes for network in world.networks if network.asn == asn]
    has_ipv6 = any(
        prefix.version == 6 for prefix in itertools.chain.from_iterable(announced)
    )

    @functools.cache
    def reached(address: str) -> bool:
        if ":" in address and not has_ipv6:
            return False
        return not (blocked and any(blocked.holding(address)))

    return reached


def _hidden(rules: Sequence[Rule], asn: int) -> Callable[[tuple[str, ...]], bool]:
    """Return what tells whether a network's resolvers hide the truth about a name.

    It is asked with the name and those above it. The first rule that a name falls under counts.
    """
    alone: dict[str, tuple[int, bool]] = {}
    with_all_below: dict[str, tuple[int, bool]] = {}
    for number, rule in enumerate(rules):
        if isinstance(rule, NameRule) and rule.asn == asn:
            by_name = with_all_below if rule.subtree else alone
            is_forged = rule.answer is not PolicyAnswer.TRUE
            by_name.setdefault(_text(rule.name), (number, is_forged))

    def hidden(names: tuple[str, ...]) -> bool:
        if names[0] not in alone and with_all_below.keys().isdisjoint(names):
            return False
        met = [with_all_below[name] for name in names if name in with_all_below]
        if names[0] in alone:
            met.append(alone[names[0]])
        _, is_forged = min(met)
        return is_forged

    return hidden


def _resolved(
    zones: Mapping[str, Zone], changes: Sequence[Change], reached: Callable[[str], bool]
) -> set[str]:
    """Return the zones that a resolver gets to which can ask at addresses that are `reached`."""
    held = {change.domain for change in changes if isinstance(change, Hold)}
    handed_over = {
        change.domain for change in changes if isinstance(change, Redelegation)
    }
    gone = held | handed_over
    resolved = {""}

    def can_be_asked(server: NameServer) -> bool:
        has_glue = server.glue and server.glue not in held
        if not has_glue and server.zone not in resolved:
            return False
        return any(map(reached, server.addresses))

    known = 0
    while known < len(resolved):  # until nothing more is found
        known = len(resolved)
        for name, zone in zones.items():
            if name in resolved or name in gone or zone.parent not in resolved:
                continue
            if any(map(can_be_asked, zone.servers)):
                resolved.add(name)
    return resolved


@functools.lru_cache(maxsize=2)
def _zones(world: World) -> dict[str, Zone]:
    """Return all zones, each after the one above it."""
    registrations = {item.name: item for item in world.registrations}
    names = {*world.server_of, *registrations}
    operators: dict[str, Server] = {}
    for server in world.servers:
        for host in server.hosts:
            operators[host.name] = server
    undelegated = {item.name for item in world.registrations if not item.delegated}
    not_believed = {story.name for story in world.stories if story.kind in NOT_BELIEVED}
    # nobody gets to what stands there
    lost = undelegated | not_believed | world.noticed

    def parent(zone: str) -> str:
        return next((name for name in ancestors(zone) if name in names), "")

    def servers(zone: str) -> Iterator[NameServer]:
        if zone == ".":
            hosts = tuple(world.root_hints)
        elif zone in registrations:
            hosts = registrations[zone].nameservers
        else:
            hosts = tuple(host.name for host in world.server_of[zone].hosts)
        for host in hosts:
            operator = operators.get(host)
            if operator is None or operator.dead or zone not in operator.zones:
                continue  # it does not exist, does not answer, or does not know the zone
            own = [name for name in (host, *ancestors(host)) if name in names]
            # The zone of the host that the same zone above leads to, with the host's addresses.
            beside = next((name for name in own if parent(name) == parent(zone)), "")
            glue = "" if beside in undelegated else beside
            yield NameServer(world.addresses_of_host[host], glue, own[0])

    zones = {}
    for name in sorted(names, key=lambda zone: len(list(ancestors(zone)))):
        zones[name] = Zone(parent(name), () if name in lost else tuple(servers(name)))
    return zones


@functools.lru_cache(maxsize=2)
def _ways(world: World) -> tuple[SitePath, ...]:
    """Return the ways to all sites, but to those that open for nobody."""
    expired = {
        story.name for story in world.stories if story.kind == "expired-certificate"
    }
    altered = _altered_records()
    closed = expired | world.withdrawn | world.departed
    ways = []
    for site in world.sites:
        if site.name in closed:
            continue
        names = _names(world, site.name)
        zones = frozenset(_zone_of(name, _zones(world)) for name in names)
        addresses = []
        for address in site.addresses:
            rdtype = "AAAA" if ":" in address else "A"
            if altered.isdisjoint((f"{name}.", rdtype) for name in names):
                addresses.append(address)
        with_above = tuple((name, *ancestors(name)) for name in names)
        ways.append(SitePath(with_above, zones, tuple(addresses)))
    return tuple(ways)


def _altered_records() -> set[tuple[str, str]]:
    """Return the owner and the type of the records that disagree with their signature."""
    altered = set()
    for story in tables.signing_stories().values():
        for line in story.get("changed_after_signing", ()):
            owner, rdtype, *_ = line.split()
            altered.add((owner, rdtype))
    return altered


def _names(world: World, site: str) -> tuple[str, ...]:
    """Return the names that a visitor is led through. None of the lab's sites needs wildcards.

    The name of a zone itself is no alias (RFC 1034 section 3.6.2), so its zone is not read.
    """
    names = [site]
    while len(names) < LONGEST_ALIAS_CHAIN:
        zone = _zone_of(names[-1], world.server_of)
        owner = f"{names[-1]}."
        kind = dns.rdatatype.CNAME
        alias = zone != names[-1] and world.zone(zone).get_rdataset(owner, kind)
        if not alias:
            break
        names.append(_text(alias[0].target))
    return tuple(names)


def _zone_of(name: str, zones: Collection[str]) -> str:
    """Return the deepest zone that a name stands in."""
    return next(zone for zone in (name, *ancestors(name)) if zone in zones)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
