"""Who goes dark under an order: over all sites at once, and told to a person.

Of targets outside the lab, nothing is counted: what is published of them is told.

`dark` comes to what a visitor would find packet by packet, once resolvers have forgotten what
they knew before. numpy is imported with this module: import it late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import dns.name
import dns.rdatatype
import numpy as np
import numpy.typing as npt

from labsupport import reference
from labsupport.blocking import shared
from labsupport.blocking.execution import Execution, named_sites
from labsupport.blocking.order import Order, Target
from labsupport.blocking.population import (
    DOMAIN,
    HOSTINGS,
    NONE,
    Bools,
    Ints,
    Sites,
    assumptions,
)
from labsupport.blocking.targets import block_in, name_in, same_site
from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.bounds import MOST_NAMED
from labsupport.exchange import DNS_PORT, HTTPS_PORT
from labsupport.language import Language, mark
from labsupport.lookups import drawings
from labsupport.lookups.neighbours import KINDS, NAMED_FIRST
from labsupport.results import Explanation, Figure, NoFigure, Provenance, Result, Table
from labsupport.rules import AddressRule, NameRule, PolicyAnswer, Rule, ServerNameRule
from labsupport.world import Site, World
from labsupport.world.blocks import within
from labsupport.world.changes import Change, Hold, Redelegation, Withdrawal
from labsupport.world.model import Hosting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_KINDS = 5  # in a sentence, or a cell
MOST_EXAMPLES = 3
MEDIAN, NINE_IN_TEN, ALL = 0.5, 0.9, 1.0

# Techniques that take one site away at its source, and nothing else.
OF_ONE_SITE = (Technique.AUTHOR, Technique.HOST, Technique.CDN)
OF_A_DOMAIN = (Technique.REGISTRAR_HOLD, Technique.REGISTRY_HOLD, Technique.NAME_SERVERS)

HOSTED: dict[Hosting, str] = {
    "dedicated": mark("at an address of its own"),
    "shared": mark("on shared hosting"),
    "cdn": mark("behind a content delivery network"),
    "own": mark("in a network of its own"),
}


# All sites at once


def dark(sites: Sites, execution: Execution, *, network: int, resolver_network: int) -> Bools:
    """Say of each site whether `execution` takes it from somebody who could open it before.

    He sits in the access network `network` and asks the resolver in `resolver_network`, both by
    AS number. A site opens when an address of it answers over HTTPS, IPv4 or IPv6, whichever
    his network has. Rules and changes are all taken as in force: `Execution.at` leaves out what
    is not. A name rule that spares signed answers is taken to spare nobody, as it spares nobody
    who asks without DNSSEC. Of a domain that is handed to other servers, nothing is left; the
    domain of those servers themselves is no target that this can tell of.

    >>> from labsupport.rules import Action
    >>> from ipaddress import ip_network
    >>> sites = Sites.of_world(World.load())
    >>> rule = AddressRule(asn=64496, prefix=ip_network("203.0.113.80"), action=Action.DROP)
    >>> int(dark(sites, Execution((rule,)), network=64496, resolver_network=64496).sum())
    213
    """
    before = _open(sites, Execution(), network, resolver_network)
    return before & ~_open(sites, execution, network, resolver_network)


def _open(sites: Sites, execution: Execution, network: int, resolver_network: int) -> Bools:
    reached = _reached(sites, execution.rules, network, "https", HTTPS_PORT)
    delivered: Bools = np.asarray(reached[sites.addresses_of_set].any(axis=1))
    opens = sites.opens & delivered[sites.address_set]
    _close_unresolved(opens, sites, execution, network, resolver_network)
    for rule in execution.rules:
        if isinstance(rule, ServerNameRule) and rule.asn == network:
            opens[sites.rows(_text(rule.server_name), subtree=True)] = False
    for change in execution.changes:
        if isinstance(change, Withdrawal):
            opens[sites.rows(change.site)] = False
    return opens


def _reached(sites: Sites, rules: Sequence[Rule], asn: int, protocol: str, port: int) -> Bools:
    """To which addresses packets of a network get; the last place stands for no address."""
    reached = np.append(np.ones_like(sites.is_ipv6), False)
    if asn in sites.ipv4_only:
        reached[:-1] = ~sites.is_ipv6
    for rule in rules:
        if (
            isinstance(rule, AddressRule)
            and rule.asn == asn
            and rule.port in (None, port)
            and rule.protocol in (None, protocol)
        ):
            reached[sites.within(rule.prefix)] = False
    return reached


def _close_unresolved(
    opens: Bools, sites: Sites, execution: Execution, network: int, resolver_network: int
) -> None:
    """Mark as closed the sites whose names lead to no address of theirs."""
    rules, changes = execution.rules, execution.changes
    held = {sites.names.domain(one.domain) for one in changes if isinstance(one, Hold)}
    handed = {sites.names.domain(one.domain) for one in changes if isinstance(one, Redelegation)}
    policy = [r for r in rules if isinstance(r, NameRule) and r.asn == resolver_network]
    if sites.resolution is None:
        for domain in (held | handed) - {NONE}:
            opens[sites.domain == domain] = False
        if not policy:
            return
    answered = np.ones(len(sites.names) + 1, bool)  # the last place stands for no name
    decided = np.zeros(len(sites.names), bool)
    for rule in policy:  # the first that a name falls under counts
        found = sites.names.under(_text(rule.name), subtree=rule.subtree)
        answered[found[~decided[found]]] = rule.answer is PolicyAnswer.TRUE
        decided[found] = True
    if sites.resolution is not None:
        asked = _reached(sites, rules, network, "udp", DNS_PORT)
        resolvers = sites.resolution.resolvers.get(resolver_network, ())
        if resolvers and not asked[list(resolvers)].any():
            opens[:] = False
            return
        asking = _reached(sites, rules, resolver_network, "udp", DNS_PORT)
        found_zones = sites.resolution.found(held, handed, asking)
        answered[:-1] &= found_zones[sites.resolution.zone_of_name]
    if sites.chain is None:
        opens &= answered[:-1]
    else:
        opens &= answered[sites.chain].all(axis=1)


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).rstrip(".").lower()


# The model: one site as the target, whichever it is


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many other sites go dark when one of `sites`, hosted alike, is the target.

    `others` are quantiles: with 0.9 stands the number that nine cases of ten do not exceed.
    """

    technique: Technique
    hosting: Hosting
    sites: int
    others: Mapping[float, int]


def bystanders(
    population: Sites,
    technique: Technique,
    hosting: Hosting,
    quantiles: Sequence[float] = (MEDIAN, NINE_IN_TEN, ALL),
    *,
    ipv6: bool = True,
) -> Crowd:
    """Return how many others go dark with a site, with each site hosted alike as the target.

    All addresses of the target are blocked, or all their announced blocks; its name with all
    below it; its whole domain; or only itself. They count who go dark for somebody with IPv6,
    or without if not `ipv6`. Raises ValueError unless sites share all their addresses or none,
    as those of the model do.
    """
    rows = population.hosting == HOSTINGS.index(hosting)
    others = _others(population, technique, ipv6=ipv6)[rows]
    if len(others):
        found = np.quantile(others, quantiles, method="inverted_cdf")
        told = {one: int(count) for one, count in zip(quantiles, found, strict=True)}
    else:
        told = dict.fromkeys(quantiles, 0)
    return Crowd(technique, hosting, len(others), told)


def _others(population: Sites, technique: Technique, *, ipv6: bool) -> npt.NDArray[np.integer]:
    if technique in OF_ONE_SITE:
        return np.zeros(len(population), np.int32)
    if technique is Technique.ADDRESS:
        _check_apart(population)
        return np.bincount(population.address_set)[population.address_set] - 1
    if technique is Technique.ROUTE:
        _check_apart(population)
        return _in_block(population, ipv6=ipv6)[population.address_set] - 1
    of_domain = np.bincount(population.domain)[population.domain] - 1
    if technique in OF_A_DOMAIN:
        return of_domain
    return np.where(population.form == DOMAIN, of_domain, 0)


def _check_apart(population: Sites) -> None:
    numbers = population.addresses_of_set
    if np.bincount(numbers[numbers != NONE]).max(initial=0) > 1:
        raise ValueError("Some sites share a part of their addresses only.")


def _in_block(population: Sites, *, ipv6: bool) -> Ints:
    """How many sites go dark with the announced blocks of each set of addresses.

    Where the target has no IPv6, its block's other sites stay open by theirs.
    """
    table = population.addresses_of_set
    block = population.block[table[:, 0]]
    has_ipv6 = population.is_ipv6[table].any(axis=1, where=table != NONE)
    place = 2 * block + has_ipv6
    of_place = np.bincount(place[population.address_set], minlength=int(place.max()) + 2)
    with_twins = np.where(has_ipv6 | (not ipv6), of_place[2 * block + 1], 0)
    return (of_place[2 * block] + with_twins).astype(np.int32)


# Told to a person


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


@dataclass(frozen=True, slots=True)
class Outside:
    """A target that the lab does not know: what it is called, and what is published of it."""

    called: str
    facts: tuple[shared.Fact, ...]


class Impact(Result):
    """Which sites of the lab go dark under an order, and how many would in the model.

    Attributes: `hits`, one a connection; `targets`, the sites that the order means; `crowds`,
    what the same comes to in the model, one a technique; `outside`, the targets that the lab
    does not know, and `published`, what lists say of them; `counted`, whether anything was
    counted in the lab: not where it knows none.
    """

    def __init__(
        self,
        say: Language,
        provenance: Provenance | None,
        sites: Mapping[str, Site],
        targets: tuple[str, ...],
        hits: tuple[Hit, ...],
        crowds: tuple[Crowd, ...],
        size: int,
        notes: tuple[str, ...],
        outside: tuple[Outside, ...],
        counted: bool,
    ) -> None:
        self.targets = targets
        self.hits = hits
        self.crowds = crowds
        self.outside = outside
        self.counted = counted
        self._sites = sites
        self._worst = max(hits, key=lambda hit: len(hit.names))
        self.published = tuple(_published(outside, say))
        notes = (*self.published, *notes)
        notes += tuple(_of_the_model(crowd, size, say) for crowd in crowds)
        super().__init__(say, None, provenance if counted else None, notes)

    @property
    def bystanders(self) -> tuple[str, ...]:
        """The sites that go dark for somebody and are not meant."""
        return tuple(sorted({name for hit in self.hits for name in hit.bystanders}))

    @property
    def assumptions(self) -> Result:
        """What the model is built by, each value with its source or marked as an assumption."""
        sentence = self.say("The model of many sites is built by these values.")
        return Explanation(self.say, None, sentence, table=assumptions(self.say))

    @property
    def sentence(self) -> str:
        say = self.say
        told = []
        if self.outside:
            told.append(
                say.many(
                    "Nothing can be said of {what}: the lab does not know it.",
                    "Nothing can be said of {what}: the lab does not know them.",
                    len(self.outside),
                    what=_called(self.outside),
                )
            )
        elif not self.counted:
            told.append(say("No target was found in the order, so nothing can be said."))
        if listed := [one for one in self.outside if one.facts]:
            told.append(say("Known to be shared, not looked up: {what}.", what=_called(listed)))
        if self.counted:
            told.append(self._counted_in_lab())
        return " ".join(told)

    def _counted_in_lab(self) -> str:
        say, worst = self.say, self._worst
        if not worst.names:
            return say(
                "Of {total} sites in the lab none goes dark, whichever the connection.",
                total=len(self._sites),
            )
        alike = [hit.seat for hit in self.hits if hit.names == worst.names]
        told = say.many(
            "Of {total} sites in the lab, {count} goes dark for customers of {who}: {what}.",
            "Of {total} sites in the lab, {count} go dark for customers of {who}: {what}.",
            len(worst.names),
            total=len(self._sites),
            who=", ".join(alike),
            what=self._what(worst),
        )
        named = self._named(worst)
        return f"{told} {named}" if named else told

    def _what(self, hit: Hit) -> str:
        say = self.say
        others = say.many("{count} bystander", "{count} bystanders", len(hit.bystanders))
        if not self.targets:
            return say("{others}, none of them named in the order", others=others)
        if not hit.targets:
            return say("{others}, while the site in the order stays open", others=others)
        target = say.many("the site in the order", "{count} sites in the order", len(hit.targets))
        if not hit.bystanders:
            return say("{target}, and no other site", target=target)
        return say("{target} and {others}", target=target, others=others)

    def _named(self, hit: Hit) -> str:
        """Name a site of each of the kinds that the public depends on, or "" without any."""
        kinds = self._by_kind(hit)
        told = []
        for kind in _named_first(kinds)[:MOST_KINDS]:
            title = self._sites[kinds[kind][0]].title
            if len(kinds[kind]) == 1:
                told.append(f"{self.say(KINDS[kind])}: {title}")
            else:
                told.append(
                    self.say(
                        "{kind}: {count}, for example {title}",
                        kind=self.say(KINDS[kind]),
                        count=len(kinds[kind]),
                        title=title,
                    )
                )
        return self.say("Among them: {kinds}.", kinds="; ".join(told)) if told else ""

    def _by_kind(self, hit: Hit) -> dict[str, list[str]]:
        """The bystanders by kind, the most frequent kinds first."""
        counts = Counter(self._sites[name].kind for name in hit.bystanders)
        found: dict[str, list[str]] = {kind: [] for kind, _ in counts.most_common()}
        for name in hit.bystanders:
            found[self._sites[name].kind].append(name)
        return found

    def tabulated(self) -> Table | None:
        if not self.counted:
            return None
        say = self.say
        rows = []
        for hit in self.hits:
            kinds = self._by_kind(hit)
            examples = [self._sites[kinds[kind][0]].title for kind in _named_first(kinds)]
            rows.append(
                (
                    hit.seat,
                    self._target_word(hit),
                    len(hit.bystanders),
                    self._counted(kinds),
                    "; ".join(examples[:MOST_EXAMPLES]) or "–",
                )
            )
        return Table(
            say("Who goes dark in the lab"),
            (
                say("customers of"),
                say("the target"),
                say("bystanders"),
                say("of which kinds"),
                say("for example"),
            ),
            tuple(rows),
        )

    def _counted(self, kinds: Mapping[str, Sequence[str]]) -> str:
        """How many there are of the most frequent kinds, in few words."""
        say = self.say
        told = [f"{say(KINDS[kind])}: {len(names)}" for kind, names in kinds.items()][:MOST_KINDS]
        if more := len(kinds) - len(told):
            told.append(say.many("{count} more kind", "{count} more kinds", more))
        return ", ".join(told) or "–"

    def _target_word(self, hit: Hit) -> str:
        say = self.say
        if not self.targets:
            return "–"
        if len(self.targets) > 1:
            return say("{dark} of {all} go dark", dark=len(hit.targets), all=len(self.targets))
        return say("goes dark") if hit.targets else say("stays open")

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        told = [*_of_the_lists(say)] if self.outside else []
        if not self.counted:
            return tuple(told)
        told += [
            say(
                "These are the sites of the lab, and they are invented. In the real world nobody "
                "has a list of all who share an address or a name."
            ),
            say(
                "It is counted for visitors who do nothing against it (no other resolver, no VPN), "
                "once resolvers have forgotten what they knew before."
            ),
            say(
                "Web sites are counted: not mail, and not how many people use the site in the "
                "order lawfully."
            ),
        ]
        if self.crowds:
            told.append(
                say(
                    "The model has figures measured between 2020 and 2026 on parts of the web, and "
                    "assumptions without a source: .assumptions lists them. In it no name server "
                    "stands at a blocked address, so blocking a whole route hits more in truth."
                )
            )
        return tuple(told)

    def figure(self) -> Figure | NoFigure:
        """Draw how many bystanders of each kind go dark where most do."""
        say, worst = self.say, self._worst
        if not self.counted:
            return NoFigure(say("There is nothing to draw: nothing was counted."))
        kinds = {say(KINDS[kind]): len(names) for kind, names in self._by_kind(worst).items()}
        if not kinds:
            return NoFigure(say("There are no bystanders to draw."))
        title = say("Bystanders that go dark for customers of {who}", who=worst.seat)
        alt = say(
            "Bars as long as the number of sites. {bars}.",
            bars="; ".join(f"{word}: {count}" for word, count in kinds.items()),
        )
        data = Table(title, (say("kind"), say("how many")), tuple(kinds.items()))

        def draw(axes: Axes) -> None:
            drawings.bars(axes, list(kinds), list(kinds.values()))
            axes.set_xlabel(say("sites of the lab"))

        return Figure(title, alt, data, draw, say, size=(8.0, 0.28 * len(kinds) + 1.2))


def _named_first(kinds: Collection[str]) -> list[str]:
    """Kinds in order: first those that the public depends on."""
    first = [kind for kind in NAMED_FIRST if kind in kinds]
    return first + [kind for kind in kinds if kind not in first]


def _called(targets: Sequence[Outside]) -> str:
    shown = ", ".join(one.called for one in targets[:MOST_NAMED])
    return f"{shown}, …" if len(targets) > MOST_NAMED else shown


def _published(outside: Sequence[Outside], say: Language) -> Iterator[str]:
    """Say what is published of targets; those of which it is the same, together."""
    for fact in dict.fromkeys(fact for one in outside for fact in one.facts):
        kind, hits = shared.KINDS[fact.kind]
        yield say(
            "On {what}: {kind} ({whose}). {hits} Source: {source}, {date}.",
            what=_called([one for one in outside if fact in one.facts]),
            kind=say(kind),
            whose=fact.whose,
            hits=say(hits),
            source=fact.source,
            date=fact.date,
        )
    if unlisted := [one for one in outside if not one.facts]:
        yield say("On {what}: nothing in the lists that the course has.", what=_called(unlisted))


def _of_the_lists(say: Language) -> Iterator[str]:
    """Say what the published lists do not prove, and what was counted of how many share."""
    yield say(
        "Nobody was asked. The lists are as of their dates, and a target may have moved since; "
        'lab.reference("shared-infrastructure") shows them. What is not in them may be shared '
        "all the same."
    )
    counts = [
        f"{figure}: {value} ({what}; {source})"
        for figure, value, what, source, _ in reference.read("concentration").rows
        if "an address" in str(figure)
    ]
    yield say("Published counts, each made in its own way: {counts}.", counts="; ".join(counts))


def impact(
    world: World,
    order: Order,
    execution: Execution,
    say: Language,
    provenance: Provenance | None,
    *,
    sites: Sites | None = None,
    population: Sites | None = None,
    own: bool = False,
) -> Impact:
    """Count who goes dark in `world` under `execution` of `order`, from every connection.

    `sites` are those of `world` and `population` the model, where they are there already. What
    stands in a draft is not repeated, unless it is one of the lab's `own`: its targets are
    called "target 1", "target 2" …
    """
    outside = tuple(
        Outside(
            target.value if own else say("target {number}", number=number), shared.known(target)
        )
        for number, target in enumerate(order.targets, start=1)
        if not _in_lab(world, target)
    )
    targets = named_sites(order, world)
    sites = Sites.of_world(world) if sites is None else sites
    named = {site.name: site for site in world.sites}
    alike = _alike(targets)
    meant = tuple(name for name in named if name in alike)
    hits = tuple(_hits(world, sites, execution, meant))
    techniques = _techniques(world, execution) if meant else ()
    crowds: tuple[Crowd, ...] = ()
    size = 0
    if techniques:
        population = _model() if population is None else population
        size = len(population)
        hosting = next(named[one].hosting for one in _alike(targets) if one in named)
        crowds = tuple(bystanders(population, technique, hosting) for technique in techniques)
    notes = tuple(_of_domains(world, execution, say, own=own))
    if own:
        notes = (*execution.told, *notes)
    counted = len(outside) < len(order.targets) or any(hit.names for hit in hits)
    return Impact(
        say, provenance, named, meant, hits, crowds, size, notes, outside, counted=counted
    )


def _in_lab(world: World, target: Target) -> bool:
    """Whether the lab knows all about a target: its name, or all its addresses."""
    if block := block_in(target):
        return any(within(block, own) for network in world.networks for own in network.prefixes)
    name = name_in(target)
    return bool(name) and world.covers(dns.name.from_text(name))


def _alike(targets: Sequence[str]) -> tuple[str, ...]:
    """The names of the sites that may be meant, in the order of the targets."""
    return tuple(one for name in targets for one in same_site(name))


@cache
def _model() -> Sites:
    return Sites.generated()


def _hits(
    world: World, sites: Sites, execution: Execution, targets: Container[str]
) -> Iterator[Hit]:
    for connection in world.connections:
        resolver = world.network_of(connection.resolvers[0])
        assert resolver is not None
        mask = dark(sites, execution, network=connection.asn, resolver_network=resolver.asn)
        names = sites.names_where(mask)
        yield Hit(
            connection.name,
            tuple(name for name in names if name in targets),
            tuple(name for name in names if name not in targets),
        )


def _techniques(world: World, execution: Execution) -> tuple[Technique, ...]:
    """The ways of blocking that an execution comes to, each once."""
    found = {_technique_of_rule(world, rule) for rule in execution.rules}
    found |= {_technique_of_change(world, change) for change in execution.changes}
    return tuple(technique for technique in Technique if technique in found)


def _technique_of_rule(world: World, rule: Rule) -> Technique | None:
    if isinstance(rule, AddressRule):
        return Technique.ADDRESS if rule.prefix.num_addresses == 1 else Technique.ROUTE
    if isinstance(rule, ServerNameRule):
        return Technique.SERVER_NAME
    if isinstance(rule, NameRule) and rule.answer is PolicyAnswer.TRUE:
        return None
    access = {connection.asn for connection in world.connections}
    return Technique.RESOLVER if rule.asn in access else Technique.PUBLIC_RESOLVER


def _technique_of_change(world: World, change: Change) -> Technique:
    if isinstance(change, Redelegation):
        return Technique.NAME_SERVERS
    if isinstance(change, Hold):
        by_registrar = change.status == "client hold"
        return Technique.REGISTRAR_HOLD if by_registrar else Technique.REGISTRY_HOLD
    assert isinstance(change, Withdrawal)
    hosting = next((site.hosting for site in world.sites if site.name == change.site), "")
    return Technique.CDN if hosting == "cdn" else Technique.HOST


def _of_the_model(crowd: Crowd, size: int, say: Language) -> str:
    values = {
        "size": f"{size:,}",
        "how": say(PROFILES[crowd.technique].name),
        "hosted": say(HOSTED[crowd.hosting]),
    }
    median, most, all_cases = (crowd.others[one] for one in (MEDIAN, NINE_IN_TEN, ALL))
    if not all_cases:
        return say(
            "In a model of {size} sites fitted to published figures, the same measure ({how}) "
            "against one site {hosted} hits no other.",
            **values,
        )
    if not most:
        return say(
            "In a model of {size} sites fitted to published figures, the same measure ({how}) "
            "against one site {hosted} hits no other in at least nine cases of ten, and up to "
            "{most} in the rest.",
            most=f"{all_cases:,}",
            **values,
        )
    return say(
        "In a model of {size} sites fitted to published figures, the same measure ({how}) against "
        "one site {hosted} hits a median of {median} others, and in one case of ten more than "
        "{most}.",
        median=f"{median:,}",
        most=f"{most:,}",
        **values,
    )


def _of_domains(world: World, execution: Execution, say: Language, *, own: bool) -> Iterator[str]:
    """Say what goes with a domain, besides its web sites."""
    whole = [one.domain for one in execution.changes if isinstance(one, Hold | Redelegation)]
    for domain in dict.fromkeys(whole):
        if domain not in world.server_of:
            continue
        mail, others = _in_zone(world, domain)
        stops = say("mail for it stops") if mail else say("it names no mail server (MX)")
        told = say("A domain goes as a whole, not only its web sites: {mail}.", mail=stops)
        if others:
            shown = ", ".join(others[:MOST_EXAMPLES])
            more = ", …" if len(others) > MOST_EXAMPLES else ""
            told += " " + say.many(
                "{count} more name below it leads nowhere any more{names}.",
                "{count} more names below it lead nowhere any more{names}.",
                len(others),
                names=f": {shown}{more}" if own else "",
            )
        yield told


def _in_zone(world: World, domain: str) -> tuple[bool, tuple[str, ...]]:
    """Whether a domain has mail, and which names lead somewhere below it besides its sites."""
    origin = dns.name.from_text(domain)
    zone = world.zone(domain)
    exchanges = zone.get_rdataset(origin, dns.rdatatype.MX) or ()
    leading = (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME, dns.rdatatype.NS)
    sites = {site.name for site in world.sites}
    names = (
        _text(name)
        for name, node in zone.nodes.items()
        if name != origin and any(node.get_rdataset(zone.rdclass, kind) for kind in leading)
    )
    others = sorted(name for name in names if name not in sites)
    return any(mx.exchange != dns.name.root for mx in exchanges), tuple(others)
