"""The walk down from the root: which servers to ask, in which order, and what a response means.

A resolver and `lab.trace` walk the same way (RFC 1034 section 5.3.3). The one keeps what it
learns for the next question, the other keeps every step for the reader.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

import dns.flags
import dns.name
from dns.message import Message
from dns.name import Name, root
from dns.rcode import NOERROR, NXDOMAIN, Rcode
from dns.rdatatype import AAAA, CNAME, DS, NS, RRSIG, SOA, A, RdataType
from dns.rrset import RRset

from labsupport.dns.transport import Draw, Exchange, Send, exchange, make_query
from labsupport.exchange import Clock, NotSent

# Bounds, so that broken or hostile zones cost little (RFC 1034 section 5.3.3: "bound the work").
MOST_EFFORT = 200
DEEPEST_DETOUR = 5
LONGEST_ALIAS_CHAIN = 12
MOST_SILENT = (
    4  # servers of a zone in a row: nothing gets through from here, or all of it is out
)
SECONDS_A_TRY = 2.0
SECONDS_A_DAY = 86400


class ResponseKind(Enum):
    """What a response is, to somebody on the way down from the root (RFC 1034 section 5.3.3)."""

    ANSWER = "answer"
    ALIAS = "alias"  # a CNAME, and not the type that was asked
    REFERRAL = "referral"  # ask the servers of a zone further down
    NO_DATA = "no data"  # the name exists, the type does not (RFC 2308 section 2.2)
    NAME_ERROR = "name error"  # the name does not exist (RFC 2308 section 2.1)
    LAME = (
        "lame"  # a server that should know the zone, and does not (RFC 9499 section 7)
    )


@dataclass(frozen=True, slots=True)
class Records:
    """One record set, with the signatures that came with it."""

    rrset: RRset
    signatures: RRset | None = None

    @property
    def signer(self) -> Name | None:
        """The zone that signed it, as its first signature says; None without one."""
        if self.signatures is None:
            return None
        signer: Name = self.signatures[0].signer
        return signer


@dataclass(frozen=True, slots=True)
class Cut:
    """A zone and its name servers, as the zone above tells them.

    `addresses` holds each server's addresses as far as the referral told them (glue): ()
    means that they must be looked up first. `ds` is the DS set that came along, `denial`
    what came instead.
    """

    zone: Name
    addresses: Mapping[Name, tuple[str, ...]]
    ttl: int = 0
    ds: Records | None = None
    denial: tuple[Records, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a response means for the question that was asked.

    `records` is the answer's or alias's record set, `target` where an alias leads, `cut`
    where a referral points, `authority` the SOA and the proofs that came along.
    """

    kind: ResponseKind
    rcode: Rcode
    records: Records | None = None
    target: Name | None = None
    cut: Cut | None = None
    authority: tuple[Records, ...] = ()


def read(response: Message, zone: Name, name: Name, rdtype: RdataType) -> Reading:
    """Read `response`, given by a server of `zone` to a question for `name` and `rdtype`.

    Only what a server of `zone` may speak about is used: anything outside the zone is
    left aside (RFC 2181 section 5.4.1), and a referral must lead downward.

    >>> query = dns.message.make_query("www.museum.example.", "A")
    >>> response = dns.message.make_response(query)
    >>> question = query.question[0]
    >>> read(response, root, question.name, question.rdtype).kind
    <ResponseKind.LAME: 'lame'>
    """
    rcode = response.rcode()
    if rcode not in (NOERROR, NXDOMAIN):
        return Reading(ResponseKind.LAME, rcode)
    inside = [rrset for rrset in response.authority if rrset.name.is_subdomain(zone)]
    authority = tuple(grouped(inside))
    if response.flags & dns.flags.AA:
        answer = _answer(response, authority, name, rdtype)
        if answer is not None:
            return answer
    cut = _referral(response, authority, zone, name)
    if cut is None:
        return Reading(ResponseKind.LAME, rcode)
    return Reading(ResponseKind.REFERRAL, rcode, cut=cut, authority=authority)


def read_resolved(response: Message, name: Name, rdtype: RdataType) -> Reading:
    """Read `response`, given by a resolver, for what it says about `name` itself.

    LAME when the resolver gave no answer, whatever its reason.

    >>> query = dns.message.make_query("www.museum.example.", "A")
    >>> response = dns.message.make_response(query)
    >>> response.set_rcode(NXDOMAIN)
    >>> read_resolved(response, query.question[0].name, query.question[0].rdtype).kind
    <ResponseKind.NAME_ERROR: 'name error'>
    """
    rcode = response.rcode()
    if rcode not in (NOERROR, NXDOMAIN):
        return Reading(ResponseKind.LAME, rcode)
    authority = tuple(grouped(response.authority))
    answer = _answer(response, authority, name, rdtype)
    return answer or Reading(ResponseKind.NO_DATA, rcode, authority=authority)


def _answer(
    response: Message, authority: tuple[Records, ...], name: Name, rdtype: RdataType
) -> Reading | None:
    """What an answering server says of `name`; None if that is nothing."""
    rcode = response.rcode()
    of_name = [rrset for rrset in response.answer if rrset.name == name]
    own = {records.rrset.rdtype: records for records in grouped(of_name)}
    if rdtype in own:
        return Reading(
            ResponseKind.ANSWER, rcode, records=own[rdtype], authority=authority
        )
    if CNAME in own:
        alias = own[CNAME]
        target = alias.rrset[0].target
        return Reading(
            ResponseKind.ALIAS, rcode, records=alias, target=target, authority=authority
        )
    if rcode == NXDOMAIN:
        return Reading(ResponseKind.NAME_ERROR, rcode, authority=authority)
    if any(records.rrset.rdtype == SOA for records in authority):
        return Reading(ResponseKind.NO_DATA, rcode, authority=authority)
    return None


def grouped(rrsets: Iterable[RRset]) -> list[Records]:
    """Put each record set together with the signatures over it."""
    plain: list[RRset] = []
    signatures: dict[tuple[Name, RdataType], RRset] = {}
    for rrset in rrsets:
        if rrset.rdtype == RRSIG:
            signatures[rrset.name, rrset.covers] = rrset
        else:
            plain.append(rrset)
    return [
        Records(rrset, signatures.get((rrset.name, rrset.rdtype))) for rrset in plain
    ]


def _referral(
    response: Message, authority: tuple[Records, ...], zone: Name, name: Name
) -> Cut | None:
    """The cut a referral points to: deeper than `zone`, on the way to `name`; else None."""
    for records in authority:
        servers = records.rrset
        below = servers.name != zone and name.is_subdomain(servers.name)
        if servers.rdtype != NS or not below:
            continue
        addresses = _with_glue(servers, response.additional, zone)
        others = tuple(r for r in authority if r.rrset.rdtype != NS)
        for other in others:
            if other.rrset.rdtype == DS:
                return Cut(servers.name, addresses, servers.ttl, ds=other)
        return Cut(servers.name, addresses, servers.ttl, denial=others)
    return None


def _with_glue(
    servers: RRset, additional: Iterable[RRset], zone: Name
) -> dict[Name, tuple[str, ...]]:
    """The servers of an NS set, each with the addresses that came along."""
    # Servers may come in any order; sorting makes every walk the same one.
    names = sorted(record.target for record in servers)
    addresses: dict[Name, tuple[str, ...]] = dict.fromkeys(names, ())
    for glue in additional:
        earlier = addresses.get(glue.name)
        is_address = glue.rdtype in (A, AAAA)
        if earlier is not None and is_address and glue.name.is_subdomain(zone):
            addresses[glue.name] = earlier + tuple(record.address for record in glue)
    return addresses


class Known:
    """The zone cuts that are known, each until its time to live runs out: `cuts`."""

    def __init__(self, hints: Mapping[str, tuple[str, ...]]) -> None:
        self._root = _root(tuple(hints.items()))
        self.cuts: dict[Name, tuple[Cut, float]] = {}

    def copy(self) -> Known:
        """Return a copy that learns on its own."""
        twin = Known({})
        twin._root = self._root
        twin.cuts = dict(self.cuts)
        return twin

    def remember(self, cut: Cut, now: float) -> None:
        """Keep `cut`, learnt at `now`."""
        self.cuts[cut.zone] = (cut, now + min(cut.ttl, SECONDS_A_DAY))

    def closest(self, name: Name, now: float) -> Cut:
        """Return the deepest known cut at or above `name`: the root, if nothing else."""
        while name != root:
            cut, expires = self.cuts.get(name, (None, 0.0))
            if cut is not None and expires > now:
                return cut
            name = name.parent()
        return self._root


@lru_cache(maxsize=8)
def _root(hints: tuple[tuple[str, tuple[str, ...]], ...]) -> Cut:
    return Cut(root, {dns.name.from_text(name): addresses for name, addresses in hints})


class Failure(Enum):
    """Why a walk ended without an answer."""

    NO_SERVER = (
        "no server"  # not one of the zone's servers has an address that can be asked
    )
    NOT_SENT = (
        "not sent"  # none of them was asked: a safety check or a limit held it back
    )
    NO_ANSWER = "no answer"  # they were asked and stayed silent
    LAME = "lame"  # they answered, and do not know the zone
    TOO_LONG = "too long"  # the walk was cut off: too many steps


@dataclass(frozen=True, slots=True)
class WalkStep:
    """One question on the walk.

    `zone` is the zone that the server was asked as a server of, `server` its name, and
    `detour` how deep the walk was in looking for a name server's address (0: not at all).
    `glue` says that the server's address came with the referral. `reading` is None when no
    readable answer came; then nothing may have been sent either.
    """

    zone: Name
    server: Name
    glue: bool
    detour: int
    exchange: Exchange
    reading: Reading | None

    @property
    def name(self) -> Name:
        """The name that was asked for."""
        return self.exchange.query.question[0].name

    @property
    def rdtype(self) -> RdataType:
        """The type that was asked for."""
        return self.exchange.query.question[0].rdtype


@dataclass(slots=True)
class Walk:
    """Asks its way down to the servers of a zone.

    `send` is a network's, `source_for` returns the asking address for a server's address ("" where
    there is none of that family), `known` what is known already; `clock` tells when. `address_of`
    finds a name server's addresses, and is the walk itself unless somebody knows better, like a
    resolver with its cache. `draw` chooses numbers that nobody can guess, of messages and ports.
    Each question asked is kept in `steps`; `reached` is the zone whose servers were looked for
    last, detours aside; `effort` counts the servers tried and looked for, which is bounded.
    """

    send: Send
    source_for: Callable[[str], str]
    known: Known
    clock: Clock
    address_of: Callable[[Name, int], Iterable[str]] | None = None
    draw: Draw = secrets.randbelow
    steps: list[WalkStep] = field(default_factory=list)
    reached: Name = root
    effort: int = 0

    def find(self, name: Name, rdtype: RdataType, detour: int = 0) -> Reading | Failure:
        """Walk from the closest known zone to one that answers for `name` itself.

        An alias is returned, not followed. A DS set is asked of the zone above its owner.
        """
        above = rdtype == DS and name != root
        cut = self.known.closest(name.parent() if above else name, self.clock.now())
        remembered = {cut.zone} & self.known.cuts.keys()
        while True:
            if detour == 0:
                self.reached = cut.zone
            reading = self._ask_servers_of(cut, name, rdtype, detour)
            if isinstance(reading, Failure) and cut.zone in remembered:
                # The zone above may know of other servers by now, as Unbound finds out.
                remembered.remove(cut.zone)
                self.known.cuts.pop(cut.zone, None)
                cut = self.known.closest(cut.zone.parent(), self.clock.now())
                continue
            if isinstance(reading, Failure) or reading.cut is None:
                return reading
            cut = reading.cut
            self.known.remember(cut, self.clock.now())

    def _ask_servers_of(
        self, cut: Cut, name: Name, rdtype: RdataType, detour: int
    ) -> Reading | Failure:
        failure = Failure.NO_SERVER
        silent = 0
        query = make_query(name, rdtype, recursion=False, draw=self.draw)
        # Servers whose address came along first: the others cost a detour.
        for server, glue in sorted(cut.addresses.items(), key=lambda item: not item[1]):
            if self._is_too_much():
                return Failure.TOO_LONG
            for address in glue or self._addresses_of(server, detour):
                source = self.source_for(address)
                if not source:
                    continue
                if self._is_too_much():
                    return Failure.TOO_LONG
                asked = exchange(
                    self.send, query, source, address, SECONDS_A_TRY, self.draw
                )
                reading = self._keep_step(cut, server, detour, asked)
                if isinstance(reading, Reading):
                    return reading
                if reading is Failure.NOT_SENT and failure is not Failure.NO_SERVER:
                    continue
                failure = reading
                silent = silent + 1 if failure is Failure.NO_ANSWER else 0
                if silent == MOST_SILENT:
                    return failure
        return failure

    def _keep_step(
        self, cut: Cut, server: Name, detour: int, asked: Exchange
    ) -> Reading | Failure:
        """Keep a question and what came of it; return what that means, or why it says nothing."""
        question = asked.query.question[0]
        reading = None
        if asked.response is not None:
            reading = read(asked.response, cut.zone, question.name, question.rdtype)
        glue = bool(cut.addresses[server])
        self.steps.append(WalkStep(cut.zone, server, glue, detour, asked, reading))
        if isinstance(asked.outcome, NotSent):
            return Failure.NOT_SENT
        if reading is None:
            return Failure.NO_ANSWER
        return Failure.LAME if reading.kind is ResponseKind.LAME else reading

    def _is_too_much(self) -> bool:
        """Count one more server tried or looked for, and say whether the bound is reached."""
        self.effort += 1
        return self.effort > MOST_EFFORT

    def _addresses_of(self, server: Name, detour: int) -> Iterable[str]:
        if detour >= DEEPEST_DETOUR:
            return ()
        if self.address_of is not None:
            return self.address_of(server, detour + 1)
        addresses: list[str] = []
        for rdtype in (A, AAAA):
            reading = self.find(server, rdtype, detour + 1)
            if isinstance(reading, Failure) or reading.kind is not ResponseKind.ANSWER:
                continue
            if reading.records is not None:
                addresses.extend(record.address for record in reading.records.rrset)
        return addresses
