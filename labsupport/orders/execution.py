"""What an order comes to where it is executed: rules for packets, changes at the source.

Each measure is carried out by whom it is addressed to, as far as they can. What they cannot do,
and what the lab does not do, is said of it: nothing is done instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_network
from itertools import chain
from operator import attrgetter

import dns.name

from labsupport.exchange.rules import (
    FOR_EVER,
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.orders.context import aware
from labsupport.orders.executors import (
    ABILITIES,
    NOT_HERE,
    ExecutorKind,
    OrderParty,
    able,
    act_meant,
    kinds_in,
    parties_in,
    techniques_for,
)
from labsupport.orders.order import Act, Measure, Order, Target
from labsupport.orders.remarks import Remark
from labsupport.orders.targets import block_in, name_in, same_site
from labsupport.orders.techniques import PROFILES, Technique
from labsupport.world import World
from labsupport.world.blocks import within
from labsupport.world.changes import NOTICE_SITE, Change, Hold, Redelegation, Withdrawal
from labsupport.world.model import Prefix

# A forged answer is given, or none: imposed from outside (RFC 8914 sections 4.5 and 4.17).
FORGED = 4
CENSORED = 16

AddressesOf = Callable[[str], tuple[str, ...]]
"""Every address of a name, as the executor finds them when it acts."""


class Outcome(StrEnum):
    """What became of a measure."""

    CARRIED_OUT = "carried out"
    NOT_HERE = "not carried out here"  # the lab does no such thing
    UNABLE = "unable"  # whoever it is addressed to cannot do it
    NOTHING = "nothing"  # it names nothing on which it could be carried out


@dataclass(frozen=True, slots=True)
class MeasureOutcome:
    """What became of one measure: `rules` of networks, `changes` at the source, and `remarks`."""

    measure: Measure
    outcome: Outcome
    rules: tuple[Rule, ...] = ()
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """What an order comes to: `rules` of networks, `changes` at the source.

    `remarks` are on what could not be executed, and on what was taken for granted; `outcomes` say
    what became of each measure.
    """

    rules: tuple[Rule, ...] = ()
    changes: tuple[Change, ...] = ()
    remarks: tuple[Remark, ...] = ()
    outcomes: tuple[MeasureOutcome, ...] = ()

    @property
    def left_out(self) -> int:
        """How many measures came to nothing: what was counted then is not all that was ordered."""
        every = [one.outcome for one in self.outcomes]
        return len(every) - every.count(Outcome.CARRIED_OUT)


class NotConfirmed(ValueError):
    """An order that nobody has confirmed was to be carried out."""


def execute(
    order: Order, world: World, addresses_of: AddressesOf, now: float, text: str = ""
) -> Execution:
    """Return what `order` comes to in the lab when it is carried out to the letter.

    `now` is when it arrives, in seconds since 1970: without a start it begins then. Where a
    measure does not say how, names are blocked at the providers' resolvers and addresses in
    their networks. `text` is what its DNS answers say where it wants a reason told.

    Raises `NotConfirmed` for what was read from a text and nobody has confirmed.
    """
    if not order.confirmed:
        raise NotConfirmed
    rules: dict[Rule, None] = {}
    changes: dict[Change, None] = {}
    remarks: list[Remark] = []
    if not order.measures:
        remarks.append(Remark("execution.order_names_no_target"))
    outcomes = []
    for measure in order.measures:
        executor = _Executor(order, measure, world, addresses_of, now, text)
        outcome = executor.outcome()
        outcomes.append(outcome)
        rules.update(dict.fromkeys(outcome.rules))
        changes.update(dict.fromkeys(outcome.changes))
        remarks += (one for one in outcome.remarks if one not in remarks)
    return Execution(tuple(rules), tuple(changes), tuple(remarks), tuple(outcomes))


def act_key(act: Act) -> str:
    """Return the key of what an act is called."""
    return f"acts.{act.name.lower()}"


def kind_key(kind: ExecutorKind) -> str:
    """Return the key of what an executor of a kind is called."""
    return f"executors.{kind.name.lower()}"


def named_sites(order: Order, world: World) -> tuple[str, ...]:
    """Return the names that an order is about, with the sites below where it means those too.

    >>> from labsupport.orders.order import TargetKind, order_of
    >>> order = order_of([Target("mis-paginas.example", TargetKind.NAME, subtree=True)])
    >>> "coro-de-la-bahia.mis-paginas.example" in named_sites(order, World.load())
    True
    """
    names = []
    for target in order.targets:
        host = name_in(target)
        if not host:
            continue
        names.append(host)
        if target.subtree:
            names += [
                site.name for site in world.sites if site.name.endswith(f".{host}")
            ]
    return tuple(dict.fromkeys(names))


def _is_exception(rule: Rule) -> bool:
    return isinstance(rule, NameRule) and rule.answer is PolicyAnswer.TRUE


@dataclass
class _Executor:
    order: Order
    measure: Measure
    world: World
    addresses_of: AddressesOf
    now: float
    text: str
    rules: list[Rule] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def outcome(self) -> MeasureOutcome:
        measure = self.measure = _as_meant(self.measure)
        if not measure.carried_out:
            return self._refused(
                Outcome.NOT_HERE, "execution.recognised", act=act_key(measure.act)
            )
        if refusal := self._unable():
            return refusal
        if not measure.targets:
            return self._refused(Outcome.NOTHING, "execution.order_names_no_target")
        self._carry_out()
        start = aware(measure.start)
        begins = start.timestamp() if start else self.now
        end = aware(measure.end)
        ends = FOR_EVER
        if end is not None:
            ends = end.timestamp()
        elif measure.lasts is not None:
            ends = begins + measure.lasts.total_seconds()
        rules = [replace(rule, start=begins, end=ends) for rule in self.rules]
        changes = [replace(change, start=begins, end=ends) for change in self.changes]
        done = Outcome.CARRIED_OUT if rules or changes else Outcome.NOTHING
        return MeasureOutcome(
            measure,
            done,
            tuple(dict.fromkeys(rules)),
            tuple(dict.fromkeys(changes)),
            tuple(self.remarks),
        )

    def _refused(
        self, outcome: Outcome, key: str, **keys: str | tuple[str, ...]
    ) -> MeasureOutcome:
        remark = Remark(key, keys=keys)
        return MeasureOutcome(self.measure, outcome, remarks=(remark,))

    def _unable(self) -> MeasureOutcome | None:
        """Say so where those whom it is addressed to cannot do it, or not in the lab."""
        measure = self.measure
        kinds = kinds_in(measure.executors)
        if not kinds:
            return None
        who = tuple(kind_key(kind) for kind in sorted(kinds))
        if not able(measure):
            return self._refused(Outcome.UNABLE, "execution.unable", who=who)
        can_do = [kind for kind in kinds if measure.act in ABILITIES[kind]]
        if can_do and all(ABILITIES[kind][measure.act] == NOT_HERE for kind in can_do):
            return self._refused(Outcome.NOT_HERE, "execution.not_in_lab", who=who)
        if measure.technique is None and ExecutorKind.ACCESS not in kinds:
            passed_on = ExecutorKind.PASSES_ON in kinds
            if not passed_on:
                return self._refused(
                    Outcome.NOTHING, "execution.part_not_carried_out", who=who
                )
        if refused := self._of_somebody_else():
            return refused
        everywhere = measure.technique and PROFILES[measure.technique].everywhere
        if everywhere and measure.territory and ExecutorKind.CDN in kinds:
            return self._refused(Outcome.NOT_HERE, "execution.territory_not_kept")
        return None

    def _of_somebody_else(self) -> MeasureOutcome | None:
        """Say so where the registrar or the registry that is named has none of the domains."""
        measure = self.measure
        if measure.technique not in (Technique.REGISTRAR_HOLD, Technique.REGISTRY_HOLD):
            return None
        named = [party for party in parties_in(measure.executors) if _keeps(party)]
        domains = [self.world.domain_of(name_in(one)) for one in measure.targets]
        known = [domain for domain in domains if domain]
        if not named or not known:
            return None
        for domain in known:
            if any(self._is_kept_by(domain, party) for party in named):
                return None
        return self._refused(Outcome.UNABLE, "execution.domain_of_another")

    def _is_kept_by(self, domain: str, party: OrderParty) -> bool:
        if party.kind is ExecutorKind.REGISTRY:
            return any(domain.endswith(f".{suffix}") for suffix in party.suffixes)
        return any(
            item.name == domain and item.registrar in party.names
            for item in self.world.registrations
        )

    def _carry_out(self) -> None:
        measure = self.measure
        kinds = kinds_in(measure.executors)
        left_out = [
            kind for kind in sorted(kinds) if measure.act not in ABILITIES[kind]
        ]
        if left_out:
            who = tuple(kind_key(kind) for kind in left_out)
            remark = Remark("execution.part_not_carried_out", keys={"who": who})
            self.remarks.append(remark)
        if measure.technique is None:
            self.remarks.append(Remark("execution.how_not_said"))
        if measure.window:
            self.remarks.append(Remark("execution.only_during_events"))
        for target in measure.exceptions:
            if name := name_in(target):
                self.rules += self._name_rules(name, PolicyAnswer.TRUE)
        for target in measure.targets:
            self._add(target, measure.technique)
            if measure.with_addresses and name_in(target):
                self._add(target, Technique.ADDRESS)
        blocks = [rule.prefix for rule in self.rules if isinstance(rule, AddressRule)]
        if blocks and all(block.version == 4 for block in blocks):
            self.remarks.append(Remark("execution.only_ipv4_blocked"))
        if all(map(_is_exception, self.rules)):
            self.rules = []

    # A way of blocking a branch: whoever adds one finds its place here.
    def _add(self, target: Target, technique: Technique | None) -> None:  # noqa: C901
        name = name_in(target)
        block = block_in(target)
        if technique is None:
            technique = Technique.RESOLVER if name else Technique.ADDRESS
        on = PROFILES[technique].on
        if not name and block is None:
            self._skip(target, "execution.it_cannot_be_read")
        elif on == "addresses":
            blocks = (
                [block] if block else list(map(ip_network, self.addresses_of(name)))
            )
            if not blocks:
                self._skip(target, "execution.led_no_address")
            if technique is Technique.ROUTE:
                blocks = list(map(self._announced, blocks))
            for block in blocks:
                for asn in self._networks:
                    self.rules.append(
                        AddressRule(asn=asn, prefix=block, action=Action.DROP)
                    )
        elif not name:
            self._skip(target, "execution.no_name_way_blocking")
        elif technique is Technique.SERVER_NAME:
            asked = dns.name.from_text(name)
            self.rules += (
                ServerNameRule(asn=asn, server_name=asked, action=Action.RESET)
                for asn in self._networks
            )
        elif on == "names":
            answer = (
                PolicyAnswer.ADDRESSES
                if self.order.notice_page
                else PolicyAnswer.NAME_ERROR
            )
            self.rules += self._name_rules(name, answer)
        elif on == "sites":
            self._add_site(target, name, technique)
        elif not (domain := self.world.domain_of(name)):
            self._skip(target, "execution.no_registered_domain_nor")
        elif technique is Technique.NAME_SERVERS:
            self.changes.append(Redelegation(domain=domain))
        else:
            by_registrar = technique is Technique.REGISTRAR_HOLD
            hold = Hold(
                domain=domain, status="client hold" if by_registrar else "server hold"
            )
            self.changes.append(hold)

    def _skip(self, target: Target, why: str) -> None:
        keys = [one.key for one in self.order.targets]
        number = keys.index(target.key) + 1
        remark = Remark(
            "execution.nothing_executed", target.value, number, {"why": why}
        )
        self.remarks.append(remark)

    def _name_rules(self, name: str, answer: PolicyAnswer) -> Iterator[NameRule]:
        addresses: tuple[str, ...] = ()
        error = CENSORED
        if answer is PolicyAnswer.ADDRESSES:
            notice = next(site for site in self.world.sites if site.name == NOTICE_SITE)
            addresses = notice.addresses
            error = FORGED
        says_why = self.order.explains and answer is not PolicyAnswer.TRUE
        for asn in self._networks:
            yield NameRule(
                asn=asn,
                name=dns.name.from_text(name),
                answer=answer,
                addresses=addresses,
                error=error if says_why else None,
                error_text=self.text if says_why else "",
            )

    def _announced(self, block: Prefix) -> Prefix:
        """The block that networks know a route to: nobody routes a single address."""
        routed = [network.prefixes for network in self.world.networks]
        around = [
            prefix for prefix in chain.from_iterable(routed) if within(block, prefix)
        ]
        return max(around, key=attrgetter("prefixlen"), default=block)

    def _add_site(self, target: Target, name: str, technique: Technique) -> None:
        sites = [site for site in self.world.sites if site.name in same_site(name)]
        if not sites:
            self._skip(target, "execution.there_no_such_site")
        for site in sites:
            behind_cdn = site.hosting == "cdn"
            if technique is Technique.HOST and behind_cdn:
                self._skip(target, "execution.cdn_delivers_nobody_sees")
            elif technique is Technique.CDN and not behind_cdn:
                self._skip(target, "execution.no_cdn_delivers_it")
            else:
                self.changes.append(Withdrawal(site=site.name))

    @property
    def _networks(self) -> Sequence[int]:
        """The networks that carry the measure out, by their AS numbers."""
        by_public = self.measure.technique is Technique.PUBLIC_RESOLVER
        kind = ExecutorKind.PUBLIC_RESOLVER if by_public else ExecutorKind.ACCESS
        wanted = "public resolver operator" if by_public else "access network"
        every = [one.asn for one in self.world.networks if one.kind == wanted]
        named = []
        for party in parties_in(self.measure.executors):
            if party.kind is kind and party.asn in every:
                named.append(party.asn)
        return named or every


def _as_meant(measure: Measure) -> Measure:
    """The measure with the way that is the only one of those whom it is addressed to."""
    if measure.technique is not None or not measure.carried_out:
        return measure
    kinds = kinds_in(measure.executors)
    act = act_meant(measure.act, kinds)
    if act is Act.HOLD and measure.act is Act.BLOCK:
        return measure  # whoever keeps a domain can hold it, and block nothing
    ways = techniques_for(act, kinds)
    return replace(measure, act=act, technique=ways[0] if len(ways) == 1 else None)


def _keeps(party: OrderParty) -> bool:
    return party.kind in (ExecutorKind.REGISTRAR, ExecutorKind.REGISTRY)
