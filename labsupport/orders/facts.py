"""What the lab's DNS, directories and observatory say of each target of an order.

Each question is asked once, however many targets it is about. What the network that is asked
cannot know is not asked for: the order is a draft, and a question would give it away.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import ip_network

import dns.exception
import dns.name

from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups import neighbours, rdap
from labsupport.lookups.ask import ask
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.neighbours import SeenName
from labsupport.lookups.registration import called, cdn_words, holder
from labsupport.lookups.session import RdataType, Session
from labsupport.lookups.web import once
from labsupport.orders.order import Target, TargetKind
from labsupport.orders.targets import (
    block_in,
    name_in,
    platform_of,
    registered,
    same_site,
)
from labsupport.world.model import Prefix

A = RdataType.A
AAAA = RdataType.AAAA
MX = RdataType.MX

MOST_LOOKED_UP = 1000  # targets; a review is to take seconds
MOST_ADDRESSES = 256  # of a block: as many targets of those
CUSTOMER_PAGES = "customer pages"  # what the observatory calls a platform's own site
NOBODYS_LABEL = "nadie-registra-esto-4e1b7c9a"  # exists only where everything does

# What one of two answers on a name says holds for it; of a lost answer nothing follows.
TELLING = (Kind.FOUND, Kind.NO_SUCH_NAME)
NO_ANSWERS = (Kind.FAILED, Kind.REFUSED, Kind.NO_ANSWER)


# OUTSIDE: of this network; TOO_MANY: beyond the number that is looked up; UNREADABLE: no name,
# address or prefix.
Looked = Enum("Looked", "UP OUTSIDE TOO_MANY UNREADABLE")
"""Whether a target was looked up, and why not."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one target. What was not looked up, or has no answer, is empty or None.

    `name` is the name in it, "" in an address; `domain` the registered one that this is or
    stands in, "" for a suffix; `suffix` its public suffix. `platform` is the name below which
    strangers have names of their own, this one or one that it stands in, "" without one. `kind`
    tells whether the name has an address, `addresses` which. `mail` are the names, of this one and
    its domain, that receive mail. `signed` tells whether forged answers would fail validation,
    `wildcard` whether a name below it exists that nobody made. `below` are names seen below it,
    `in_domain` below its domain, `at_addresses` those seen at its addresses, its own among them.
    `cdn` tells whether a holder of its addresses calls itself a content delivery network, `holders`
    who they are. `registered` is what the registry's directory says of the domain: FOUND,
    NO_SUCH_NAME, or another kind where nobody knows; `registrar` is who that names. Of an address,
    `domain` and `platform` are those of the name that it stood behind in brackets, and
    `addresses_of_name` that name's addresses, None without one. `unanswered` tells whether somebody
    who was asked gave no answer.
    """

    target: Target
    looked: Looked
    name: str = ""
    domain: str = ""
    suffix: str = ""
    platform: str = ""
    kind: Kind | None = None
    addresses: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    signed: bool | None = None
    wildcard: bool | None = None
    below: tuple[SeenName, ...] = ()
    in_domain: tuple[SeenName, ...] = ()
    at_addresses: tuple[SeenName, ...] = ()
    cdn: bool = False
    holders: tuple[str, ...] = ()
    registered: Kind | None = None
    registrar: str = ""
    addresses_of_name: tuple[str, ...] | None = None
    unanswered: bool = False

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of site that were seen at the name itself, with or without www."""
        own = same_site(self.name)
        seen = (*self.below, *self.in_domain, *self.at_addresses)
        return frozenset(one.kind for one in seen if one.kind and one.name in own)


def gather(
    session: Session, targets: Sequence[Target], *, most: int = MOST_LOOKED_UP
) -> tuple[Facts, ...]:
    """Return what is known of each of `targets`, in their order.

    Of those that the session's network covers, the first `most` are looked up. Nothing is
    raised for what cannot be read or is not answered.
    """
    return tuple(map(_Gatherer(session, most).one, targets))


class _Gatherer:
    def __init__(self, session: Session, most: int) -> None:
        self._session = once(session)
        self._left = most
        # One order asks for the same again and again: its names share domains and addresses.
        self._ask = functools.cache(self._ask_once)
        self._seen_at = functools.cache(
            functools.partial(self._seen, neighbours.seen_at)
        )
        self._seen_below = functools.cache(
            functools.partial(self._seen, neighbours.seen_below)
        )
        self._of_name = functools.cache(self._name)
        self._servers = functools.cache(functools.partial(rdap.servers, self._session))
        self._registration = functools.cache(self._registration_of)
        self._whose = functools.cache(self._whose_is)

    def one(self, target: Target) -> Facts:
        name = name_in(target)
        block = block_in(target)
        if name:
            plain = _of_name_alone(target, name)
            covered = self._session.network.covers(name)
        elif block is not None:
            plain = Facts(target, Looked.OUTSIDE)
            covered = self._has(block)
        else:
            return Facts(target, Looked.UNREADABLE)
        if not covered:
            return plain
        if self._left <= 0:
            return replace(plain, looked=Looked.TOO_MANY)
        # Of a block, each address is asked for.
        self._left -= min(block.num_addresses, MOST_ADDRESSES) if block else 1
        if name:
            return replace(self._of_name(name), target=target)
        assert block is not None  # as there is no name
        return self._block(target, block)

    # Names

    def _name(self, name: str) -> Facts:
        plain = _of_name_alone(Target(name, TargetKind.NAME), name)
        domain = plain.domain
        answers = [self._ask(name, rdtype) for rdtype in (A, AAAA)]
        kinds = [kind for kind, *_ in answers]
        kind = next(
            (one for one in (*TELLING, *NO_ANSWERS) if one in kinds), Kind.NO_SUCH_TYPE
        )
        there = kind is not Kind.NO_SUCH_NAME
        below = self._seen_below(name)
        in_domain = self._seen_below(domain) if domain else ()
        own = same_site(domain)
        is_platform = any(
            o.kind == CUSTOMER_PAGES and o.name in own for o in in_domain or ()
        )
        registered, registrar = self._registration(domain) if domain else (None, "")
        known = replace(
            plain,
            looked=Looked.UP,
            platform=domain if is_platform else plain.platform,
            kind=kind,
            mail=tuple(
                one for one in dict.fromkeys((name, domain)) if one and self._mail(one)
            ),
            signed=there and any(checked for *_, checked in answers),
            wildcard=there and self._ask(f"{NOBODYS_LABEL}.{name}", A)[0] is Kind.FOUND,
            below=below or (),
            in_domain=in_domain or (),
            registered=registered,
            registrar=registrar,
            unanswered=kind in NO_ANSWERS or registered in NO_ANSWERS or below is None,
        )
        addresses = itertools.chain.from_iterable(values for _, values, _ in answers)
        return self._with_addresses(known, tuple(addresses))

    def _mail(self, name: str) -> bool:
        # "0 ." refuses all mail (RFC 7505).
        return any(not value.endswith(" .") for value in self._ask(name, MX)[1])

    def _ask_once(
        self, name: str, rdtype: RdataType
    ) -> tuple[Kind | None, tuple[str, ...], bool]:
        """Return what kind of answer the resolver gave, its values, and whether it checked them."""
        try:
            typed = Typed(dns.name.from_text(name), name)
        except dns.exception.DNSException:  # one label too many, for example
            return Kind.NOT_ASKED, (), False
        answer = ask(self._session, typed, rdtype)
        values = (one.value for one in answer.records if one.type == answer.type)
        return answer.kind, tuple(values), answer.authenticated

    def _registration_of(self, domain: str) -> tuple[Kind | None, str]:
        result = rdap.rdap(self._session, Typed(dns.name.from_text(domain), domain))
        if isinstance(result, rdap.Domain):
            return Kind.FOUND, called(result.registry.registrar)
        return result.kind, ""

    def _seen(
        self, ask: Callable[[Session, str], tuple[SeenName, ...]], what: str
    ) -> tuple[SeenName, ...] | None:
        """Ask the observatory; None where no answer came."""
        try:
            return ask(self._session, what)
        except (NoAnswer, NotUnderstood):
            return None

    # Addresses

    def _block(self, target: Target, block: Prefix) -> Facts:
        single = block.num_addresses == 1
        known = Facts(target, Looked.UP, kind=Kind.FOUND)
        if name := name_in(Target(target.beside, TargetKind.NAME)):
            named = _of_name_alone(target, name)
            if self._session.network.covers(name):
                named = self._of_name(name)
                known = replace(known, addresses_of_name=named.addresses)
            known = replace(known, domain=named.domain, platform=named.platform)
        return self._with_addresses(
            known, (str(block.network_address if single else block),)
        )

    def _with_addresses(self, facts: Facts, addresses: tuple[str, ...]) -> Facts:
        names: dict[str, SeenName] = {}
        holders: dict[str, None] = {}
        unanswered = facts.unanswered
        cdn = False
        for written in addresses:
            own, by_cdn = self._whose(written)
            holders.update(dict.fromkeys(own))
            cdn = cdn or by_cdn
            for address in itertools.islice(ip_network(written), MOST_ADDRESSES):
                seen = self._seen_at(str(address))
                unanswered = unanswered or seen is None
                names.update((name.name, name) for name in seen or ())
        return replace(
            facts,
            addresses=addresses,
            at_addresses=tuple(names.values()),
            cdn=cdn,
            holders=tuple(holders),
            unanswered=unanswered,
        )

    def _has(self, block: Prefix) -> bool:
        """Whether a registry of this network has the block."""
        try:
            return bool(self._servers(f"ipv{block.version}").find(block))
        except NoAnswer:
            return False

    def _whose_is(self, address: str) -> tuple[tuple[str, ...], bool]:
        """Ask the registry of numbers who holds an address or a block, and if that is a CDN.

        Each address is asked for: the block of its neighbour may have a smaller one in it.
        """
        block = ip_network(address)
        resource = block if block.num_addresses > 1 else block.network_address
        result = rdap.rdap(self._session, Number(resource, address))
        if not isinstance(result, rdap.Numbers):
            return (), False
        holders = tuple(
            filter(None, (called(holder(record)) for record in result.records))
        )
        return holders, any(map(cdn_words, result.records))


def _of_name_alone(target: Target, name: str) -> Facts:
    """What a name tells without a question."""
    domain, suffix = registered(name)
    return Facts(target, Looked.OUTSIDE, name, domain, suffix, platform_of(name))
