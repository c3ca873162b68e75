"""What an order comes to where it is executed: rules for packets, changes at the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
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
from labsupport.inputs.folding import folded
from labsupport.language import Language
from labsupport.orders.context import ACCESS_PLACES, called_in
from labsupport.orders.order import Order, Target
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


@dataclass(frozen=True, slots=True)
class Execution:
    """What an order comes to: `rules` of networks, `changes` at the source.

    `told` are sentences on what could not be executed, and on what was taken for granted.
    """

    rules: tuple[Rule, ...] = ()
    changes: tuple[Change, ...] = ()
    told: tuple[str, ...] = ()


def execute(
    order: Order, world: World, addresses_of: AddressesOf, now: float, say: Language
) -> Execution:
    """Return what `order` comes to in the lab when it is carried out to the letter.

    `now` is when it arrives, in seconds since 1970: without a start it begins then. Where the
    order does not say how, names are blocked at the providers' resolvers and addresses in
    their networks, as who wants to be on the safe side would do.
    """
    return _Executor(order, world, addresses_of, now, say).execution()


def named_sites(order: Order, world: World) -> tuple[str, ...]:
    """Return the names that an order is about, with the sites below where it means those too.

    >>> from labsupport.orders.order import TargetKind
    >>> order = Order((Target("mis-paginas.example", TargetKind.NAME, subtree=True),))
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
    world: World
    addresses_of: AddressesOf
    now: float
    say: Language
    rules: list[Rule] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def execution(self) -> Execution:
        order = self.order
        self.told += self._of_the_order()
        for target in order.exceptions:
            if name := name_in(target):
                self.rules += self._name_rules(name, PolicyAnswer.TRUE)
        for target in order.targets:
            self._add(target)
        blocks = [rule.prefix for rule in self.rules if isinstance(rule, AddressRule)]
        if blocks and all(block.version == 4 for block in blocks):
            self.told.append(self.say("execution.only_ipv4_blocked"))
        if all(map(_is_exception, self.rules)):
            self.rules = []
        start = order.start.timestamp() if order.start else self.now
        end = FOR_EVER
        if order.end is not None:
            end = order.end.timestamp()
        elif order.lasts is not None:
            end = start + order.lasts.total_seconds()
        rules = [replace(rule, start=start, end=end) for rule in self.rules]
        changes = [replace(change, start=start, end=end) for change in self.changes]
        return Execution(
            tuple(dict.fromkeys(rules)),
            tuple(dict.fromkeys(changes)),
            tuple(dict.fromkeys(self.told)),
        )

    def _of_the_order(self) -> Iterator[str]:
        say = self.say
        order = self.order
        if not order.targets:
            yield say("execution.order_names_no_target")
        elif order.technique is None:
            yield say("execution.how_not_said")
            # What executors who are no access providers are to do is not clear.
            others = [place for place in called_in(order) if place not in ACCESS_PLACES]
            if others:
                who = say.listed(say(f"place.{place}") for place in others)
                yield say("execution.part_not_carried_out", who=who)
        if order.window:
            yield say("execution.only_during_events")

    # A way of blocking a branch: whoever adds one finds its place here.
    def _add(self, target: Target) -> None:  # noqa: C901
        technique = self.order.technique
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
        told = self.say(
            "execution.nothing_executed", what=target.value, why=self.say(why)
        )
        self.told.append(told)

    def _name_rules(self, name: str, answer: PolicyAnswer) -> Iterator[NameRule]:
        addresses: tuple[str, ...] = ()
        error = CENSORED
        error_text = ""
        if answer is PolicyAnswer.ADDRESSES:
            notice = next(site for site in self.world.sites if site.name == NOTICE_SITE)
            addresses = notice.addresses
            error = FORGED
        says_why = self.order.explains and answer is not PolicyAnswer.TRUE
        if says_why:
            error_text = self.say("execution.blocked_order_court")
        for asn in self._networks:
            yield NameRule(
                asn=asn,
                name=dns.name.from_text(name),
                answer=answer,
                addresses=addresses,
                error=error if says_why else None,
                error_text=error_text,
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

    @cached_property
    def _networks(self) -> tuple[int, ...]:
        """The networks that carry the order out, by their AS numbers."""
        by_public = self.order.technique is Technique.PUBLIC_RESOLVER
        wanted = "public resolver operator" if by_public else "access network"
        networks = [
            network for network in self.world.networks if network.kind == wanted
        ]
        addressed = folded(" ".join(self.order.executors))
        named = [network for network in networks if folded(network.name) in addressed]
        return tuple(network.asn for network in named or networks)
