"""Who goes dark under an order, told to a person.

Of targets outside the lab, nothing is counted: what dated lists publish of them is told.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from ipaddress import ip_network

import dns.name
import dns.rdatatype

from labsupport import reference
from labsupport.blocking.dark import dark
from labsupport.blocking.execution import Execution, named_sites
from labsupport.blocking.order import Order, Target
from labsupport.blocking.targets import Prefix, block_in, name_in, platform_of, same_site
from labsupport.bounds import MOST_NAMED
from labsupport.language import Language, mark
from labsupport.lookups.site_kinds import NAMED_FIRST, word
from labsupport.results import Provenance, Result, Table
from labsupport.world import Site, World
from labsupport.world.blocks import within
from labsupport.world.changes import Hold, Redelegation

MOST_KINDS = 5  # in a sentence, or a cell

# What is said of each kind, and whom a block of it hits.
KINDS: dict[str, str] = {
    "CDN": mark(
        "content delivery network ({whose}): one address of it delivers the sites of many customers"
    ),
    "cloud": mark(
        "cloud ({whose}): the range has many customers, and an address may pass from one to another"
    ),
    "public resolver": mark(
        "public resolver ({whose}): all who ask it would lose it, for all names"
    ),
    "platform": mark("platform ({whose}): many customers have their sites there"),
    "customer": mark(
        "a customer's name on a platform ({whose}): the platform's own name is shared, and the "
        "addresses behind it may be"
    ),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What is published: the kind of thing that is shared (one of `KINDS`), whose; the source."""

    kind: str
    whose: str
    source: str
    date: str


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
    order means; `outside`, the targets that the lab does not know, each with what lists have on it,
    and `published`, that in words; `counted`, whether anything was counted in the lab: not where it
    knows none.
    """

    sites: Mapping[str, Site]
    targets: tuple[str, ...]
    hits: tuple[Hit, ...]
    outside: Mapping[str, tuple[Fact, ...]]
    published: tuple[str, ...]
    counted: bool

    @property
    def _worst(self) -> Hit:
        return max(self.hits, key=lambda hit: len(hit.names))

    @property
    def bystanders(self) -> tuple[str, ...]:
        """The sites that go dark for somebody and are not meant."""
        return tuple(sorted({name for hit in self.hits for name in hit.bystanders}))

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
                    what=_called([*self.outside]),
                )
            )
        elif not self.counted:
            told.append(say("No target was found in the order, so nothing can be said."))
        if self.counted:
            told.append(self._counted_in_lab())
        return " ".join(told)

    def _counted_in_lab(self) -> str:
        say, worst = self.say, self._worst
        if not worst.names:
            return say(
                "Of {total} sites in the lab none goes dark, whichever the connection.",
                total=len(self.sites),
            )
        told = say.many(
            "Of {total} sites in the lab, {count} goes dark for customers of {who}: {targets} and "
            "{others}.",
            "Of {total} sites in the lab, {count} go dark for customers of {who}: {targets} and "
            "{others}.",
            len(worst.names),
            total=len(self.sites),
            who=", ".join(hit.seat for hit in self.hits if hit.names == worst.names),
            targets=say.many(
                "{count} site in the order", "{count} sites in the order", len(worst.targets)
            ),
            others=say.many("{count} bystander", "{count} bystanders", len(worst.bystanders)),
        )
        kinds = self._kinds(worst)
        first = [kind for kind in (*NAMED_FIRST, *kinds) if kind in kinds]
        examples = {self.sites[name].kind: self.sites[name] for name in worst.bystanders[::-1]}
        named = [f"{examples[kind].title} ({word(kind, say)})" for kind in dict.fromkeys(first)]
        if not named:
            return told
        return f"{told} {say('Among them: {names}.', names=', '.join(named[:MOST_KINDS]))}"

    def _kinds(self, hit: Hit) -> dict[str, int]:
        """How many bystanders there are of each kind, the most frequent kinds first."""
        return dict(Counter(self.sites[name].kind for name in hit.bystanders).most_common())

    def tabulated(self) -> Table | None:
        if not self.counted:
            return None
        say = self.say
        rows = [
            (
                hit.seat,
                say("{dark} of {all} dark", dark=len(hit.targets), all=len(self.targets)),
                len(hit.bystanders),
                self._counted(hit),
            )
            for hit in self.hits
        ]
        columns = (
            say("customers of"),
            say("sites in the order"),
            say("bystanders"),
            say("of which kinds"),
        )
        return Table(say("Who goes dark in the lab"), columns, tuple(rows))

    def _counted(self, hit: Hit) -> str:
        """How many there are of the most frequent kinds, in few words."""
        say, kinds = self.say, self._kinds(hit)
        told = [f"{word(kind, say)}: {count}" for kind, count in kinds.items()][:MOST_KINDS]
        if more := len(kinds) - len(told):
            told.append(say.many("{count} more kind", "{count} more kinds", more))
        return ", ".join(told) or "–"

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        told = []
        if self.outside:
            told.append(
                say(
                    "Nobody was asked. The lists are as of their dates, and a target may have "
                    'moved since; lab.reference("shared-infrastructure") shows them. What is not '
                    "in them may be shared all the same."
                )
            )
        if not self.counted:
            return tuple(told)
        told += [
            say(
                "The sites of the lab are invented. In the real world nobody has a list of all who "
                "share an address or a name."
            ),
            say(
                "It is counted for visitors who do nothing against it, once resolvers have "
                "forgotten what they knew. Mail is not counted, nor lawful use of the site in the "
                "order."
            ),
        ]
        return tuple(told)


def _called(targets: Sequence[str]) -> str:
    return ", ".join(targets[:MOST_NAMED]) + (", …" if len(targets) > MOST_NAMED else "")


def _published(outside: Mapping[str, tuple[Fact, ...]], say: Language) -> Iterator[str]:
    """Say what is published of targets; those of which it is the same, together."""
    for fact in dict.fromkeys(itertools.chain(*outside.values())):
        yield say(
            "On {what}: {told}. Source: {source}, {date}.",
            what=_called([one for one, facts in outside.items() if fact in facts]),
            told=say(KINDS[fact.kind], whose=fact.whose),
            source=fact.source,
            date=fact.date,
        )
    if unlisted := [one for one, facts in outside.items() if not facts]:
        yield say("On {what}: nothing in the lists that the course has.", what=_called(unlisted))


def impact(
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
    outside = {
        target.value if own else say("target {number}", number=number): known(target)
        for number, target in enumerate(order.targets, start=1)
        if not _in_lab(world, target)
    }
    alike = {one for name in named_sites(order, world) for one in same_site(name)}
    sites = {site.name: site for site in world.sites}
    meant = tuple(name for name in sites if name in alike)
    hits = []
    for connection in world.connections:
        names = dark(world, execution, connection.asn, connection.resolvers)
        others = tuple(name for name in names if name not in meant)
        hits.append(Hit(connection.name, tuple(name for name in names if name in meant), others))
    notes = tuple(_of_domains(world, execution, say))
    if own:
        notes = (*execution.told, *notes)
    known_here = any(_in_lab(world, target) for target in order.targets)
    counted = known_here or any(hit.names for hit in hits)
    published = tuple(_published(outside, say))
    return Impact(
        say,
        None,
        provenance if counted else None,
        (*published, *notes),
        sites=sites,
        targets=meant,
        hits=tuple(hits),
        outside=outside,
        published=published,
        counted=counted,
    )


def _in_lab(world: World, target: Target) -> bool:
    """Whether the lab knows all about a target: its name, or all its addresses."""
    if block := block_in(target):
        return any(within(block, own) for network in world.networks for own in network.prefixes)
    name = name_in(target)
    return bool(name) and world.covers(dns.name.from_text(name))


def _of_domains(world: World, execution: Execution, say: Language) -> Iterator[str]:
    """Say what goes with a domain, besides its web sites."""
    whole = [one.domain for one in execution.changes if isinstance(one, Hold | Redelegation)]
    for domain in dict.fromkeys(whole):
        if domain in world.server_of:
            found = world.zone(domain).get_rdataset(dns.name.from_text(domain), dns.rdatatype.MX)
            has_mail = any(mx.exchange != dns.name.root for mx in found or ())
            mail = say("mail for it stops") if has_mail else say("it names no mail server (MX)")
            yield say(
                "A domain goes as a whole, with every name below it, not only its web sites: "
                "{mail}.",
                mail=mail,
            )


# What is published


def known(target: Target) -> tuple[Fact, ...]:
    """Return what published lists say of a target; nobody is asked.

    For an address or a block, that is the smallest listed range that holds it, or else all that
    is listed within it.

    >>> from labsupport.blocking.order import TargetKind
    >>> [(one.kind, one.whose) for one in known(Target("104.16.0.1", TargetKind.ADDRESS))]
    [('CDN', 'Cloudflare')]
    >>> [(one.kind, one.whose) for one in known(Target("somebody.github.io", TargetKind.NAME))]
    [('customer', '–')]
    """
    if block := block_in(target):
        ranges, _ = _listed()
        around = [one for one in ranges if within(block, one)]
        if around:
            return (ranges[max(around, key=lambda one: one.prefixlen)],)
        return tuple(dict.fromkeys(fact for one, fact in ranges.items() if within(one, block)))
    name = name_in(target)
    return tuple(_of_name(name)) if name else ()


def _of_name(name: str) -> Iterator[Fact]:
    _, names = _listed()
    for listed, fact in names.items():
        if name == listed:
            yield fact
        elif name.endswith(f".{listed}"):
            yield replace(fact, kind="customer") if fact.kind == "platform" else fact
    if ending := platform_of(name):
        kind = "platform" if name == ending else "customer"
        date = version("publicsuffixlist").rpartition(".")[2]
        yield Fact(kind, "–", "Public Suffix List, private section", date)


@functools.cache
def _listed() -> tuple[Mapping[Prefix, Fact], Mapping[str, Fact]]:
    """The ranges of the reference tables, and the names."""
    ranges: dict[Prefix, Fact] = {}
    names: dict[str, Fact] = {}
    rows = [
        (Fact(str(kind), str(whose), f"{source} ({sure})", str(date)), str(where).split())
        for kind, whose, where, sure, source, date in reference.read("shared-infrastructure").rows
    ]
    rows += [
        (Fact("public resolver", str(whose), str(source), str(date)), list(map(str, where)))
        for whose, *where, source, date in reference.read("public-resolvers").rows
    ]
    for fact, where in rows:
        for one in where:
            if one[-1].isalpha() and ":" not in one:
                names[one] = fact
            else:
                ranges[ip_network(one)] = fact
    return ranges, names
