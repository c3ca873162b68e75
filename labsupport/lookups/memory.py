"""`lab.memory`: what the answers so far showed of the resolver's memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.exchange import Reply
from labsupport.exchange.evidence import Line
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.lookups.session import Session


@dataclass(frozen=True, eq=False, kw_only=True)
class Memory(Lookup):
    """How long a resolver still remembers an answer, as seen at each question.

    Attributes: `name`; `seen`, pairs of time (seconds since 1970) and time left (seconds); `now`.
    """

    name: str
    seen: tuple[tuple[float, int], ...]
    now: float

    @property
    def gone(self) -> float:
        """When the answer seen last is forgotten."""
        when, left = self.seen[-1]
        return when + left


def memory(
    session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType, lines: Iterable[Line]
) -> Memory | Unanswered:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    seen = dict.fromkeys(
        (line.time, left)
        for line in lines
        if line.request.to_address in session.entry.resolvers
        and isinstance(line.outcome, Reply)
        and (left := _time_left(line.outcome.payload, typed.name, rdtype)) is not None
    )
    if not seen:
        return Unanswered(
            kind=Kind.NOT_ASKED,
            notes=typed.notes,
            reason="memory.not_seen",
            values={"name": typed.text},
        )
    return Memory(
        kind=Kind.FOUND,
        provenance=session.provenance(""),
        notes=typed.notes,
        name=typed.text,
        seen=tuple(seen),
        now=session.network.clock.now(),
    )


def _time_left(payload: bytes, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> int | None:
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
