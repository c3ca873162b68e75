"""Who goes dark under an order, told to a person.

Of targets outside the lab, nothing is counted: what is published of them is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dns.name
import dns.rdatatype

from labsupport.blocking import shared
from labsupport.blocking.dark import dark
from labsupport.blocking.execution import Execution, named_sites
from labsupport.blocking.order import Order, Target
from labsupport.blocking.targets import block_in, name_in, same_site
from labsupport.bounds import MOST_NAMED
from labsupport.language import Language
from labsupport.lookups.neighbours import NAMED_FIRST, word
from labsupport.results import Provenance, Result, Table
from labsupport.world import Site, World
from labsupport.world.blocks import within
from labsupport.world.changes import Hold, Redelegation

MOST_KINDS = 5  # in a sentence, or a cell


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


@dataclass(eq=False, repr=False, kw_only=True)
class Impact(Result):
    """Which sites of the lab go dark under an order.

    Attributes: `hits`, one a connection; `sites` of the lab, by name; `targets`, those that the
    order means; `outside`, the targets that the lab does not know, and `published`, what lists
    say of them; `counted`, whether anything was counted in the lab: not where it knows none.
    """

    sites: Mapping[str, Site]
    targets: tuple[str, ...]
    hits: tuple[Hit, ...]
    outside: tuple[Outside, ...]
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
                total=len(self.sites),
            )
        alike = [hit.seat for hit in self.hits if hit.names == worst.names]
        told = say.many(
            "Of {total} sites in the lab, {count} goes dark for customers of {who}: {what}.",
            "Of {total} sites in the lab, {count} go dark for customers of {who}: {what}.",
            len(worst.names),
            total=len(self.sites),
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
            title = self.sites[kinds[kind][0]].title
            if len(kinds[kind]) == 1:
                told.append(f"{word(kind, self.say)}: {title}")
            else:
                told.append(
                    self.say(
                        "{kind}: {count}, for example {title}",
                        kind=word(kind, self.say),
                        count=len(kinds[kind]),
                        title=title,
                    )
                )
        return self.say("Among them: {kinds}.", kinds="; ".join(told)) if told else ""

    def _by_kind(self, hit: Hit) -> dict[str, list[str]]:
        """The bystanders by kind, the most frequent kinds first."""
        counts = Counter(self.sites[name].kind for name in hit.bystanders)
        found: dict[str, list[str]] = {kind: [] for kind, _ in counts.most_common()}
        for name in hit.bystanders:
            found[self.sites[name].kind].append(name)
        return found

    def tabulated(self) -> Table | None:
        if not self.counted:
            return None
        say = self.say
        rows = [
            (hit.seat, self._target_word(hit), len(hit.bystanders), self._counted(hit))
            for hit in self.hits
        ]
        columns = (
            say("customers of"),
            say("the target"),
            say("bystanders"),
            say("of which kinds"),
        )
        return Table(say("Who goes dark in the lab"), columns, tuple(rows))

    def _counted(self, hit: Hit) -> str:
        """How many there are of the most frequent kinds, in few words."""
        say, kinds = self.say, self._by_kind(hit)
        told = [f"{word(kind, say)}: {len(names)}" for kind, names in kinds.items()][:MOST_KINDS]
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
    outside = tuple(
        Outside(
            target.value if own else say("target {number}", number=number), shared.known(target)
        )
        for number, target in enumerate(order.targets, start=1)
        if not _in_lab(world, target)
    )
    alike = {one for name in named_sites(order, world) for one in same_site(name)}
    sites = {site.name: site for site in world.sites}
    meant = tuple(name for name in sites if name in alike)
    hits = tuple(_hits(world, execution, meant))
    notes = tuple(_of_domains(world, execution, say))
    if own:
        notes = (*execution.told, *notes)
    counted = len(outside) < len(order.targets) or any(hit.names for hit in hits)
    published = tuple(_published(outside, say))
    return Impact(
        say,
        None,
        provenance if counted else None,
        (*published, *notes),
        sites=sites,
        targets=meant,
        hits=hits,
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


def _hits(world: World, execution: Execution, targets: Container[str]) -> Iterator[Hit]:
    for connection in world.connections:
        names = dark(world, execution, connection.asn, connection.resolvers)
        yield Hit(
            connection.name,
            tuple(name for name in names if name in targets),
            tuple(name for name in names if name not in targets),
        )


def _of_domains(world: World, execution: Execution, say: Language) -> Iterator[str]:
    """Say what goes with a domain, besides its web sites."""
    whole = [one.domain for one in execution.changes if isinstance(one, Hold | Redelegation)]
    for domain in dict.fromkeys(whole):
        if domain in world.server_of:
            has_mail, others = _in_zone(world, domain)
            mail = say("mail for it stops") if has_mail else say("it names no mail server (MX)")
            yield say(
                "A domain goes as a whole, not only its web sites: {mail}. Other names below it "
                "that lead nowhere any more: {count}.",
                mail=mail,
                count=others,
            )


def _in_zone(world: World, domain: str) -> tuple[bool, int]:
    """Whether a domain has mail, and how many names lead somewhere in it besides its sites."""
    origin = dns.name.from_text(domain)
    zone = world.zone(domain)
    exchanges = zone.get_rdataset(origin, dns.rdatatype.MX) or ()
    leading = (dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.CNAME, dns.rdatatype.NS)
    sites = {dns.name.from_text(site.name) for site in world.sites} | {origin}
    others = [
        name
        for name, node in zone.nodes.items()
        if name not in sites and any(node.get_rdataset(zone.rdclass, kind) for kind in leading)
    ]
    return any(mx.exchange != dns.name.root for mx in exchanges), len(others)
