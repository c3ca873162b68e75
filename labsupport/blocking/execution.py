"""What an order comes to where it is executed: rules for packets, changes at the source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import ip_network

import dns.name

from labsupport.blocking.context import ACCESS_PLACES, called
from labsupport.blocking.order import Order, Target
from labsupport.blocking.targets import block_in, name_in, same_site
from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.language import Language
from labsupport.lookups.names import folded
from labsupport.rules import (
    FOR_EVER,
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.world import World
from labsupport.world.blocks import within
from labsupport.world.changes import NOTICE_SITE, Change, Hold, Redelegation, Withdrawal
from labsupport.world.model import Prefix

# A forged answer is given, or none: imposed from outside (RFC 8914 sections 4.5 and 4.17).
FORGED, CENSORED = 4, 16

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

    >>> from labsupport.blocking.order import TargetKind
    >>> order = Order((Target("mis-paginas.example", TargetKind.NAME, subtree=True),))
    >>> "coro-de-la-bahia.mis-paginas.example" in named_sites(order, World.load())
    True
    """
    names = []
    for target in order.targets:
        host = name_in(target)
        names += [host] if host else []
        if host and target.subtree:
            names += [s.name for s in world.sites if s.name.endswith(f".{host}")]
    return tuple(dict.fromkeys(names))


class _Executor:
    def __init__(
        self, order: Order, world: World, addresses_of: AddressesOf, now: float, say: Language
    ) -> None:
        self._order = order
        self._world = world
        self._addresses_of = addresses_of
        self.say = say
        self._start = order.start.timestamp() if order.start else now
        self._end = FOR_EVER
        if order.end is not None:
            self._end = order.end.timestamp()
        elif order.lasts is not None:
            self._end = self._start + order.lasts.total_seconds()
        self._rules: list[Rule] = []
        self._changes: list[Change] = []
        self._told: list[str] = []

    def execution(self) -> Execution:
        order = self._order
        self._tell_of_the_order()
        for target in order.exceptions:
            if name := name_in(target):
                self._rules.extend(self._name_rules(name, PolicyAnswer.TRUE))
        for target in order.targets:
            self._add(target)
        blocks = [rule.prefix for rule in self._rules if isinstance(rule, AddressRule)]
        if blocks and all(block.version == 4 for block in blocks):
            self._told.append(
                self.say(
                    "Only IPv4 addresses are blocked. Customers who have IPv6 still open a site "
                    "that has an IPv6 address as well."
                )
            )
        if all(isinstance(r, NameRule) and r.answer is PolicyAnswer.TRUE for r in self._rules):
            self._rules = []  # nothing but exceptions
        start, end = self._start, self._end
        return Execution(
            tuple(dict.fromkeys(replace(rule, start=start, end=end) for rule in self._rules)),
            tuple(dict.fromkeys(replace(change, start=start, end=end) for change in self._changes)),
            tuple(dict.fromkeys(self._told)),
        )

    def _tell_of_the_order(self) -> None:
        say, order = self.say, self._order
        if not order.targets:
            self._told.append(say("The order names no target, so there is nothing to execute."))
        elif order.technique is None:
            self._told.append(
                say(
                    "The order does not say how. In this copy of the lab every provider blocks "
                    "names at its resolver and addresses in its network."
                )
            )
            # What executors who are no access providers are to do is not clear.
            others = [
                say(place)
                for place, words in called().items()
                if place not in ACCESS_PLACES and any(map(words.search, order.executors))
            ]
            if others:
                self._told.append(
                    say(
                        "Not carried out: the part addressed to others than access providers "
                        "({who}). What they are to do was not found.",
                        who=", ".join(others),
                    )
                )
        if order.window:
            self._told.append(
                say(
                    "The order acts only during events, and their times are not known here: what "
                    "is carried out blocks throughout the whole period."
                )
            )

    def _add(self, target: Target) -> None:
        say, technique = self.say, self._order.technique
        name, block = name_in(target), block_in(target)
        if technique is None:
            technique = Technique.RESOLVER if name else Technique.ADDRESS
        on = PROFILES[technique].on
        if not name and block is None:
            self._told.append(
                say("{what} cannot be read, so nothing was executed for it.", what=target.value)
            )
        elif on == "addresses":
            addresses = self._addresses_of(name) if name else ()
            blocks = [block] if block else [ip_network(address) for address in addresses]
            self._add_addresses(target, blocks, technique)
        elif not name:
            self._told.append(
                say(
                    "{what} has no name, and this way of blocking acts on names: {how}. Nothing "
                    "was executed for it.",
                    what=target.value,
                    how=say(PROFILES[technique].name),
                )
            )
        elif technique is Technique.SERVER_NAME:
            asked = dns.name.from_text(name)
            self._rules.extend(
                ServerNameRule(asn=asn, server_name=asked, action=Action.RESET)
                for asn in self._networks
            )
        elif on == "names":
            answer = PolicyAnswer.ADDRESSES if self._order.notice_page else PolicyAnswer.NAME_ERROR
            self._rules.extend(self._name_rules(name, answer))
        elif on == "domains":
            self._add_domain(target, name, technique)
        else:
            self._add_site(target, name, technique)

    def _name_rules(self, name: str, answer: PolicyAnswer) -> Iterator[NameRule]:
        error = FORGED if answer is PolicyAnswer.ADDRESSES else CENSORED
        says_why = self._order.explains and answer is not PolicyAnswer.TRUE
        addresses: tuple[str, ...] = ()
        if answer is PolicyAnswer.ADDRESSES:
            notice = (site.addresses for site in self._world.sites if site.name == NOTICE_SITE)
            addresses = next(notice)
        for asn in self._networks:
            yield NameRule(
                asn=asn,
                name=dns.name.from_text(name),
                answer=answer,
                addresses=addresses,
                error=error if says_why else None,
                error_text=self.say("blocked by order of a court") if says_why else "",
            )

    def _add_addresses(
        self, target: Target, blocks: Sequence[Prefix], technique: Technique
    ) -> None:
        if not blocks:
            self._told.append(
                self.say(
                    "{what} led to no address, so there was no address to block.",
                    what=target.value,
                )
            )
        if technique is Technique.ROUTE:
            blocks = [self._announced(block) for block in blocks]
        self._rules.extend(
            AddressRule(asn=asn, prefix=block, action=Action.DROP)
            for block in blocks
            for asn in self._networks
        )

    def _announced(self, block: Prefix) -> Prefix:
        """The block that networks know a route to: nobody routes a single address."""
        found = [
            prefix
            for network in self._world.networks
            for prefix in network.prefixes
            if within(block, prefix)
        ]
        return max(found, key=lambda prefix: prefix.prefixlen, default=block)

    def _add_domain(self, target: Target, name: str, technique: Technique) -> None:
        domain = self._world.domain_of(name)
        if not domain:
            self._told.append(
                self.say("{what} is no registered domain, nor in one.", what=target.value)
            )
        elif technique is Technique.NAME_SERVERS:
            self._changes.append(Redelegation(domain=domain))
        else:
            by_registrar = technique is Technique.REGISTRAR_HOLD
            self._changes.append(
                Hold(domain=domain, status="client hold" if by_registrar else "server hold")
            )

    def _add_site(self, target: Target, name: str, technique: Technique) -> None:
        say = self.say
        sites = [site for site in self._world.sites if site.name in same_site(name)]
        if not sites:
            self._told.append(say("There is no site {what} in the lab.", what=target.value))
        for site in sites:
            behind_cdn = site.hosting == "cdn"
            if technique is Technique.HOST and behind_cdn:
                self._told.append(
                    say(
                        "{site} is delivered by a CDN: nobody sees from outside which host stands "
                        "behind it, so no host was ordered.",
                        site=site.name,
                    )
                )
            elif technique is Technique.CDN and not behind_cdn:
                self._told.append(say("{site} is not delivered by a CDN.", site=site.name))
            else:
                self._changes.append(Withdrawal(site=site.name))

    @cached_property
    def _networks(self) -> tuple[int, ...]:
        """The networks that carry the order out, by their AS numbers."""
        by_public = self._order.technique is Technique.PUBLIC_RESOLVER
        wanted = "public resolver operator" if by_public else "access network"
        networks = [network for network in self._world.networks if network.kind == wanted]
        addressed = folded(" ".join(self._order.executors))
        named = [network for network in networks if folded(network.name) in addressed]
        return tuple(network.asn for network in named or networks)
