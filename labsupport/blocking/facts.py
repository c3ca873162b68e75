"""What the lab's DNS, directories and observatory say of each target of an order.

Each question is asked once, however many targets it is about. What the network that is asked
cannot know is not asked for: the order is a draft, and a question would give it away.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_network

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.blocking.order import Target, TargetKind
from labsupport.blocking.targets import (
    Prefix,
    block_in,
    name_in,
    platform_of,
    registered,
    same_site,
)
from labsupport.directories.bootstrap import Bootstrap
from labsupport.directories.record import Outcome, Record
from labsupport.dnscore.transport import exchange, make_query
from labsupport.dnscore.validation import SUPPORTED_ALGORITHMS
from labsupport.lookups import neighbours, rdap
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.neighbours import Seen
from labsupport.lookups.numbers import Number
from labsupport.lookups.observatory import NoAnswer
from labsupport.lookups.registration import called, expiry, holder
from labsupport.lookups.session import Session
from labsupport.lookups.web import Once
from labsupport.lookups.who import CDN_WORDS
from labsupport.results import Kind

RdataType = dns.rdatatype.RdataType
A, AAAA, DS = dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.DS
MX, NS = dns.rdatatype.MX, dns.rdatatype.NS

MOST_LOOKED_UP = 1000  # targets; a review is to take seconds
MOST_ADDRESSES = 256  # of a block: as many targets of those
CUSTOMER_PAGES = "customer pages"  # what the observatory calls a platform's own site
NOBODYS_LABEL = "nadie-registra-esto-4e1b7c9a"  # exists only where everything does

# What one of two answers on a name says holds for it; of a lost answer nothing follows.
TELLING = (Kind.FOUND, Kind.NO_SUCH_NAME)
NO_ANSWERS = (Kind.FAILED, Kind.REFUSED, Kind.NO_ANSWER)


class Looked(StrEnum):
    """Whether a target was looked up, and why not."""

    UP = "looked up"
    OUTSIDE = "outside this network"
    TOO_MANY = "beyond the number that is looked up"
    UNREADABLE = "no name, address or prefix"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registry's directory says of a domain.

    `kind` is FOUND, NO_SUCH_NAME, or another where nobody knows. `status` is in the words of
    RDAP.
    """

    kind: Kind = Kind.NOT_ASKED
    status: tuple[str, ...] = ()
    expires: datetime | None = None
    registrar: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one target. What was not looked up, or has no answer, is empty or None.

    `name` is the name in it, "" in an address; `domain` the registered one that this is or
    stands in, "" for a suffix; `suffix` its public suffix. `platform` is the name below which
    strangers have names of their own, this one or one that it stands in, "" without one. `kind`
    tells whether the name has an address, `addresses` which;
    `delegation_ttl` for how many seconds resolvers remember who serves its domain. `mail` are the
    names, of this one and its domain, that receive mail. `signed` tells whether forged answers
    would fail validation, `wildcard` whether a name below it exists that nobody made. `below` are
    names seen below it, `in_domain` below its domain, `at_addresses` those seen at its addresses,
    its own among them.
    `cdn` tells whether a holder of its addresses calls itself a content delivery network, `holders`
    who they are. Of an address, `domain` and `platform` are those of the name that it
    stood behind in brackets, and `addresses_of_name` that name's addresses, None without one.
    `unanswered` tells whether somebody who was asked gave no answer.
    """

    target: Target
    looked: Looked
    name: str = ""
    domain: str = ""
    suffix: str = ""
    platform: str = ""
    kind: Kind | None = None
    addresses: tuple[str, ...] = ()
    delegation_ttl: int | None = None
    mail: tuple[str, ...] = ()
    signed: bool | None = None
    wildcard: bool | None = None
    below: tuple[Seen, ...] = ()
    in_domain: tuple[Seen, ...] = ()
    at_addresses: tuple[Seen, ...] = ()
    cdn: bool = False
    holders: tuple[str, ...] = ()
    registration: Registration = Registration()
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
    return _Gatherer(session, most).all(targets)


class _Gatherer:
    def __init__(self, session: Session, most: int) -> None:
        self._session = replace(session, network=Once(session.network))
        self._most = most
        self._rdap = rdap.Client(self._session)
        # One order asks for the same again and again: its names share domains and addresses.
        self._ask = functools.cache(self._ask_once)
        self._seen_at = functools.cache(functools.partial(self._seen, neighbours.seen_at))
        self._seen_below = functools.cache(functools.partial(self._seen, neighbours.seen_below))
        self._of_name = functools.cache(self._name)
        self._delegation = functools.cache(self._delegation_of)
        self._server_above = functools.cache(self._find_server_above)
        self._servers = functools.cache(self._list_of_servers)
        self._registration = functools.cache(self._registration_of)
        self._whose = functools.cache(self._whose_is)

    def all(self, targets: Iterable[Target]) -> tuple[Facts, ...]:
        found = []
        left = self._most
        for target in targets:
            facts = self._one(target, looks_up=left > 0)
            if facts.looked is Looked.UP:
                left -= self._cost(target)
            found.append(facts)
        return tuple(found)

    @staticmethod
    def _cost(target: Target) -> int:
        """How many questions of others a target is worth: of a block, each address is asked for."""
        block = block_in(target)
        return min(block.num_addresses, MOST_ADDRESSES) if block else 1

    def _one(self, target: Target, *, looks_up: bool) -> Facts:
        name, block = name_in(target), block_in(target)
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
        if not looks_up:
            return replace(plain, looked=Looked.TOO_MANY)
        if name:
            return replace(self._of_name(name), target=target)
        assert block is not None  # as there is no name
        return self._block(target, block)

    # Names

    def _name(self, name: str) -> Facts:
        plain = _of_name_alone(Target(name, TargetKind.NAME), name)
        domain = plain.domain
        answers = [self._ask(name, rdtype) for rdtype in (A, AAAA)]
        kinds = [answer.kind for answer in answers]
        kind = next((one for one in (*TELLING, *NO_ANSWERS) if one in kinds), Kind.NO_SUCH_TYPE)
        there = kind is not Kind.NO_SUCH_NAME
        below, in_domain = self._seen_below(name), self._seen_below(domain) if domain else ()
        registration = self._registration(domain) if domain else Registration()
        found = replace(
            plain,
            looked=Looked.UP,
            platform=domain if _is_platform(domain, in_domain or ()) else plain.platform,
            kind=kind,
            delegation_ttl=self._delegation(domain) if domain else None,
            mail=tuple(one for one in dict.fromkeys((name, domain)) if one and self._mail(one)),
            signed=(there and any(answer.authentic for answer in answers))
            or any(map(self._vouched, {domain, name} - {""})),
            wildcard=there and self._ask(f"{NOBODYS_LABEL}.{name}", A).kind is Kind.FOUND,
            below=below or (),
            in_domain=in_domain or (),
            registration=registration,
            unanswered=kind in NO_ANSWERS or registration.kind in NO_ANSWERS or below is None,
        )
        return self._with_addresses(found, tuple(v for answer in answers for v in answer.values))

    def _mail(self, name: str) -> bool:
        # "0 ." refuses all mail (RFC 7505).
        return any(not value.endswith(" .") for value in self._ask(name, MX).values)

    def _vouched(self, name: str) -> bool:
        """Whether the zone above vouches for a key of `name` that validators can use."""
        values = self._ask(name, DS).values
        numbers = (value.split()[1] for value in values)
        return any(int(number) in SUPPORTED_ALGORITHMS for number in numbers)

    def _delegation_of(self, domain: str) -> int | None:
        """How long the zone above lets resolvers remember who serves a domain, in seconds."""
        session, name = self._session, dns.name.from_text(domain)
        server = self._server_above(domain.partition(".")[2])
        if not server:
            return None
        response = exchange(
            session.network.send,
            make_query(name, NS, recursion=False, draw=session.draw),
            source=session.entry.source_for(server),
            to_address=server,
            draw=session.draw,
        ).response
        referral = response.authority if response else []
        found = (one.ttl for one in referral if (one.name, one.rdtype) == (name, NS))
        return next(found, None)

    def _find_server_above(self, suffix: str) -> str:
        """An address of a server of the zone that a suffix is or lies in, "" where none is known.

        Not every suffix is a zone: what is registered below it may stand in a larger one.
        """
        zone = suffix
        while zone:
            hosts = self._ask(zone, NS).values
            if hosts:
                addresses = (address for host in hosts for address in self._ask(host, A).values)
                return next(addresses, "")
            zone = zone.partition(".")[2]
        return ""

    def _ask_once(self, name: str, rdtype: RdataType) -> _Answer:
        try:
            asked = dns.name.from_text(name)
        except dns.exception.DNSException:  # one label too many, for example
            return _Answer(Kind.NOT_ASKED)
        response = self._session.ask_resolver(asked, rdtype).response
        if not isinstance(response, dns.message.QueryMessage):
            return _Answer(Kind.NO_ANSWER)
        rcode = response.rcode()
        authentic = bool(response.flags & dns.flags.AD)
        if rcode == dns.rcode.NXDOMAIN:
            return _Answer(Kind.NO_SUCH_NAME, authentic=authentic)
        try:
            if rcode != dns.rcode.NOERROR:
                raise dns.exception.DNSException
            chain = response.resolve_chaining()
        except dns.exception.DNSException:
            return _Answer(Kind.REFUSED if rcode == dns.rcode.REFUSED else Kind.FAILED)
        if not chain.answer:
            return _Answer(Kind.NO_SUCH_TYPE, authentic=authentic)
        values = tuple(sorted(record.to_text() for record in chain.answer))
        return _Answer(Kind.FOUND, values, authentic)

    def _list_of_servers(self, kind: str) -> Bootstrap | None:
        try:
            return self._rdap.servers(kind)
        except NoAnswer:
            return None

    def _registration_of(self, domain: str) -> Registration:
        servers = self._servers("dns")
        if servers is None:
            return Registration(Kind.NO_ANSWER)
        bases = servers.find(domain)
        if not bases:
            return Registration(Kind.NO_SERVER)
        try:
            record = self._rdap.ask(f"{bases[0]}domain/{domain}").record
        except NoAnswer as problem:
            return Registration(problem.kind)
        if record.outcome is not Outcome.FOUND:
            return Registration(
                Kind.NO_SUCH_NAME if record.outcome is Outcome.ABSENT else Kind.NO_ANSWER
            )
        end = expiry(record)
        return Registration(
            Kind.FOUND, record.status, end.when.time if end else None, called(record.registrar)
        )

    def _seen(
        self, ask: Callable[[Session, str], tuple[Seen, ...]], what: str
    ) -> tuple[Seen, ...] | None:
        """Ask the observatory; None where no answer came."""
        try:
            return ask(self._session, what)
        except (NoAnswer, NotUnderstood):
            return None

    # Addresses

    def _block(self, target: Target, block: Prefix) -> Facts:
        single = block.num_addresses == 1
        found = Facts(target, Looked.UP, kind=Kind.FOUND)
        if name := name_in(Target(target.beside, TargetKind.NAME)):
            named = _of_name_alone(target, name)
            if self._session.network.covers(name):
                named = self._of_name(name)
                found = replace(found, addresses_of_name=named.addresses)
            found = replace(found, domain=named.domain, platform=named.platform)
        return self._with_addresses(found, (str(block.network_address if single else block),))

    def _with_addresses(self, facts: Facts, addresses: tuple[str, ...]) -> Facts:
        whose = [self._whose(address) for address in addresses]
        seen = [self._seen_at(one) for address in addresses for one in _each(address)]
        return replace(
            facts,
            addresses=addresses,
            at_addresses=tuple({one.name: one for each in seen if each for one in each}.values()),
            cdn=any(one.cdn for one in whose),
            holders=tuple(dict.fromkeys(name for one in whose for name in one.holders)),
            unanswered=facts.unanswered or None in seen,
        )

    def _has(self, block: Prefix) -> bool:
        """Whether a registry of this network has the block."""
        servers = self._servers(f"ipv{block.version}")
        return servers is not None and bool(servers.find(block))

    def _whose_is(self, address: str) -> _Whose:
        """Ask the registry of numbers whose an address is, or a block.

        Each address is asked for: the block of its neighbour may have a smaller one in it.
        """
        block = ip_network(address)
        resource = block if block.num_addresses > 1 else block.network_address
        result = rdap.rdap(self._session, Number(resource, address))
        if not isinstance(result, rdap.Numbers):
            return _Whose()
        records = [record for record in (result.registry, result.larger) if record]
        return _Whose(
            tuple(dict.fromkeys(filter(None, (called(holder(record)) for record in records)))),
            any(map(_calls_itself_a_cdn, records)),
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the resolver said to one question, its `values` as text."""

    kind: Kind
    values: tuple[str, ...] = ()
    authentic: bool = False


@dataclass(frozen=True, slots=True)
class _Whose:
    """Who holds an address, and whether the record calls it a content delivery network's."""

    holders: tuple[str, ...] = ()
    cdn: bool = False


def _of_name_alone(target: Target, name: str) -> Facts:
    """What a name tells without a question."""
    domain, suffix = registered(name)
    return Facts(target, Looked.OUTSIDE, name, domain, suffix, platform_of(name))


def _is_platform(domain: str, seen: Iterable[Seen]) -> bool:
    """Whether the site of a domain, as the observatory calls it, is one for customers' pages."""
    own = (domain, f"www.{domain}")
    return any(one.kind == CUSTOMER_PAGES and one.name in own for one in seen)


def _each(address: str) -> Iterator[str]:
    """The single addresses of a block, as many as are asked for."""
    for one in itertools.islice(ip_network(address), MOST_ADDRESSES):
        yield str(one)


def _calls_itself_a_cdn(record: Record) -> bool:
    texts = (record.name, called(holder(record)), *record.remarks)
    return any(CDN_WORDS.search(text) for text in texts)
