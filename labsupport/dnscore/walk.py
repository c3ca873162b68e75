"""The walk down from the root: which servers to ask, and in which order.

A resolver and `lab.trace` walk the same way (RFC 1034 section 5.3.3). The one keeps what it
learns for the next question, the other keeps every step for the reader.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

import dns.name
import dns.rdatatype

from labsupport.dnscore.reading import Cut, Kind, Reading, read
from labsupport.dnscore.transport import Draw, Exchange, Send, exchange, make_query
from labsupport.exchange import Clock

# Bounds, so that broken or hostile zones cost little (RFC 1034 section 5.3.3: "bound the work").
MOST_EFFORT = 200
DEEPEST_DETOUR = 5
LONGEST_ALIAS_CHAIN = 12
MOST_SILENT = 4  # servers of a zone in a row: nothing gets through from here, or all of it is out
SECONDS_A_TRY = 2.0
SECONDS_A_DAY = 86400


class Known:
    """The zone cuts that are known, each until its time to live runs out: `cuts`."""

    def __init__(self, hints: Mapping[str, tuple[str, ...]]) -> None:
        self._root = _root(tuple(hints.items()))
        self.cuts: dict[dns.name.Name, tuple[Cut, float]] = {}

    def copy(self) -> Known:
        """Return a copy that learns on its own."""
        twin = Known({})
        twin._root = self._root
        twin.cuts = dict(self.cuts)
        return twin

    def remember(self, cut: Cut, now: float) -> None:
        """Keep `cut`, learnt at `now`."""
        self.cuts[cut.zone] = (cut, now + min(cut.ttl, SECONDS_A_DAY))

    def closest(self, name: dns.name.Name, now: float) -> Cut:
        """Return the deepest known cut at or above `name`: the root, if nothing else."""
        while name != dns.name.root:
            found = self.cuts.get(name)
            if found is not None and found[1] > now:
                return found[0]
            name = name.parent()
        return self._root


@lru_cache(maxsize=8)
def _root(hints: tuple[tuple[str, tuple[str, ...]], ...]) -> Cut:
    return Cut(dns.name.root, {dns.name.from_text(name): addresses for name, addresses in hints})


class Failure(Enum):
    """Why a walk ended without an answer."""

    NO_SERVER = "no server"  # not one of the zone's servers has an address that can be asked
    NO_ANSWER = "no answer"  # they were asked and stayed silent
    LAME = "lame"  # they answered, and do not know the zone
    TOO_LONG = "too long"  # the walk was cut off: too many steps


@dataclass(frozen=True, slots=True)
class Step:
    """One question on the walk.

    `zone` is the zone that the server was asked as a server of, `server` its name, and
    `detour` how deep the walk was in looking for a name server's address (0: not at all).
    `glue` says that the server's address came with the referral. `reading` is None when no
    readable answer came.
    """

    zone: dns.name.Name
    server: dns.name.Name
    glue: bool
    detour: int
    exchange: Exchange
    reading: Reading | None

    @property
    def name(self) -> dns.name.Name:
        """The name that was asked for."""
        return self.exchange.query.question[0].name

    @property
    def rdtype(self) -> dns.rdatatype.RdataType:
        """The type that was asked for."""
        return self.exchange.query.question[0].rdtype


@dataclass(slots=True)
class Walk:
    """Asks its way down to the servers of a zone.

    `send` is a network's, `source_for` returns the asking address for a server's address
    ("" where there is none of that family), `known` what is known already; `clock` tells
    when. `address_of` finds a name server's addresses, and is the walk itself unless
    somebody knows better, like a resolver with its cache. `draw` chooses numbers that nobody
    can guess, of messages and ports. Each question asked is kept in
    `steps`; `reached` is the zone whose servers were looked for last, detours aside;
    `effort` counts the servers tried and looked for, which is bounded.
    """

    send: Send
    source_for: Callable[[str], str]
    known: Known
    clock: Clock
    address_of: Callable[[dns.name.Name, int], Iterable[str]] | None = None
    draw: Draw = secrets.randbelow
    steps: list[Step] = field(default_factory=list)
    reached: dns.name.Name = dns.name.root
    effort: int = 0

    def find(
        self, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, detour: int = 0
    ) -> Reading | Failure:
        """Walk from the closest known zone to one that answers for `name` itself.

        An alias is returned, not followed. A DS set is asked of the zone above its owner.
        """
        above = rdtype == dns.rdatatype.DS and name != dns.name.root
        cut = self.known.closest(name.parent() if above else name, self.clock.now())
        remembered = {cut.zone} & self.known.cuts.keys()
        while True:
            if detour == 0:
                self.reached = cut.zone
            found = self._ask_servers_of(cut, name, rdtype, detour)
            if isinstance(found, Failure) and cut.zone in remembered:
                # The zone above may know of other servers by now, as Unbound finds out.
                remembered.remove(cut.zone)
                self.known.cuts.pop(cut.zone, None)
                cut = self.known.closest(cut.zone.parent(), self.clock.now())
                continue
            if isinstance(found, Failure) or found.cut is None:
                return found
            cut = found.cut
            self.known.remember(cut, self.clock.now())

    def _ask_servers_of(
        self, cut: Cut, name: dns.name.Name, rdtype: dns.rdatatype.RdataType, detour: int
    ) -> Reading | Failure:
        failure, silent = Failure.NO_SERVER, 0
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
                    self.send,
                    query,
                    source=source,
                    to_address=address,
                    timeout=SECONDS_A_TRY,
                    draw=self.draw,
                )
                reading = (
                    None if asked.response is None else read(asked.response, cut.zone, name, rdtype)
                )
                self.steps.append(Step(cut.zone, server, bool(glue), detour, asked, reading))
                if reading is not None and reading.kind is not Kind.LAME:
                    return reading
                failure = Failure.NO_ANSWER if reading is None else Failure.LAME
                silent = silent + 1 if reading is None else 0
                if silent == MOST_SILENT:
                    return failure
        return failure

    def _is_too_much(self) -> bool:
        """Count one more server tried or looked for, and say whether the bound is reached."""
        self.effort += 1
        return self.effort > MOST_EFFORT

    def _addresses_of(self, server: dns.name.Name, detour: int) -> Iterable[str]:
        if detour >= DEEPEST_DETOUR:
            return ()
        if self.address_of is not None:
            return self.address_of(server, detour + 1)
        addresses: list[str] = []
        for rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            found = self.find(server, rdtype, detour + 1)
            if isinstance(found, Reading) and found.kind is Kind.ANSWER and found.records:
                addresses.extend(record.address for record in found.records.rrset)
        return addresses
