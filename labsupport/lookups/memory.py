"""`lab.investigate.memory`: what the answers so far showed of the resolver's memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.exchange import Reply
from labsupport.exchange.log import Line
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, Unanswered, unanswered
from labsupport.lookups.session import Session

SLACK = 2  # seconds: a resolver counts in whole ones, and an answer takes its time


# KEPT: it was asked for again, and what was left is what the look before had left for it; ANEW: it
# was asked for when that time had run out; NEXT: whoever asks after that.
CacheEvent = StrEnum("CacheEvent", "SEEN KEPT ANEW NOW FORGOTTEN NEXT")
"""What becomes of an answer that a resolver remembers."""


class Stop(NamedTuple):
    """A moment: the `event`, at which `time`, and the seconds that were `left` then."""

    event: CacheEvent
    time: float
    left: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Memory(Lookup):
    """How long a resolver still remembers an answer, as seen at each question.

    Attributes: `name`; `seen`, pairs of time (seconds since 1970) and time left (seconds); `now`.
    """

    kind: Kind
    name: str
    seen: tuple[tuple[float, int], ...]
    now: float

    @property
    def gone(self) -> float:
        """When the answer seen last is forgotten."""
        when, left = self.seen[-1]
        return when + left

    def stops(self) -> Iterator[Stop]:
        """Yield each look, the present where it remembers still, and how it will go on."""
        gone = None
        for when, left in self.seen:
            event = CacheEvent.SEEN
            if gone is not None and when > gone - SLACK:
                event = CacheEvent.ANEW
            elif gone is not None and abs(when + left - gone) <= SLACK:
                event = CacheEvent.KEPT
            yield Stop(event, when, left)
            gone = when + left
        if self.seen[-1][0] < self.now < self.gone:
            yield Stop(CacheEvent.NOW, self.now, self.gone - self.now)
        yield Stop(CacheEvent.FORGOTTEN, self.gone, 0)
        yield Stop(CacheEvent.NEXT, self.gone, 0)


def memory(
    session: Session,
    typed: Typed,
    rdtype: dns.rdatatype.RdataType,
    lines: Iterable[Line],
) -> Memory | Unanswered:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    seen: dict[tuple[float, int], None] = {}
    for line in lines:
        is_of_a_resolver = line.request.to_address in session.entry.resolvers
        if is_of_a_resolver and isinstance(line.outcome, Reply):
            left = _time_left(line.outcome.payload, typed.name, rdtype)
            if left is not None:
                seen[line.time, left] = None
    if not seen:
        return unanswered(
            Kind.NOT_ASKED, "memory.not_seen", typed.notes, name=typed.text
        )
    return Memory(
        kind=Kind.FOUND,
        provenance=session.provenance(""),
        notes=typed.notes,
        name=typed.text,
        seen=tuple(seen),
        now=session.network.clock.now(),
    )


def _time_left(
    payload: bytes, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> int | None:
    """Return the least TTL in a response to that question; None where it is none, or empty."""
    try:
        response = dns.message.from_wire(payload)
    except (dns.exception.DNSException, ValueError):
        return None
    asked = [(q.name, q.rdtype) for q in response.question]
    # That something does not exist is remembered as well, as its SOA says (RFC 2308).
    sets = response.answer or response.authority
    if asked != [(name, rdtype)] or not sets:
        return None
    return min(rrset.ttl for rrset in sets)
