"""`lab.memory`: what the answers so far showed of the resolver's memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.answers import drawings
from labsupport.exchange import Reply
from labsupport.exchange.evidence import Line
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.language import limits, tell
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Missing, Result, Table, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(eq=False, repr=False, kw_only=True)
class Memory(Result):
    """How long a resolver still remembers an answer, as seen at each question.

    Attributes: `name`; `seen`, pairs of time (seconds since 1970) and time left (seconds); `now`.
    """

    name: str
    seen: list[tuple[float, int]]
    now: float

    @property
    def sentence(self) -> str:
        say, count = self.say, len(self.seen)
        when, left = self.seen[-1]
        remaining = when + left - self.now
        times = tell(
            say, "memory.once" if count == 1 else "memory.seen", name=self.name, count=count
        )
        key = "memory.remembered" if remaining > 0 else "memory.forgotten"
        return f"{times} {tell(say, key, left=span(say, remaining))}"

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("What was seen of the resolver's memory"),
            (say("lab time"), say("time left"), say("forgotten at")),
            tuple((utc(when), span(say, left), utc(when + left)) for when, left in self.seen),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "memory.own")

    def figure(self) -> Figure | Missing:
        """Draw what was seen of the memory, and how it goes on from the last look."""
        say = self.say
        last, left = self.seen[-1]
        gone = last + left
        alt = tell(say, "memory.picture", left=span(say, left), when=utc(gone))

        def draw(axes: Axes) -> None:
            drawings.memory(axes, say, self.seen, gone)

        title = say("How long the resolver remembers {name}", name=self.name)
        return Figure(title, alt, self.tabulated(), draw, say, size=(8.0, 3.4))


def memory(
    lines: list[Line], session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> Result:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    say = session.say
    seen = []
    for line in lines:
        if line.request.to_address in session.entry.resolvers and isinstance(line.outcome, Reply):
            left = _time_left(line.outcome.payload, typed.name, rdtype)
            if left is not None:
                seen.append((line.time, left))
    seen = list(dict.fromkeys(seen))
    if not seen:
        sentence = tell(say, "memory.not_seen", name=typed.text)
        return Explanation(say, Kind.NOT_ASKED, sentence, typed.notes)
    origin, now = session.provenance(""), session.network.clock.now()
    return Memory(say, Kind.FOUND, origin, typed.notes, name=typed.text, seen=seen, now=now)


def _time_left(payload: bytes, name: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> int | None:
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
