"""`lab.memory`: what the answers so far showed of the resolver's memory."""

from __future__ import annotations

import dns.exception
import dns.message
import dns.name
import dns.rdatatype

from labsupport.evidence import Line
from labsupport.exchange import Reply
from labsupport.lookups.ask import memory_figure
from labsupport.lookups.names import Typed
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Kind, NoFigure, Result, Table, span, utc


class Memory(Result):
    """How long a resolver still remembers an answer, as seen at each question.

    Attributes: `seen`, pairs of time (seconds since 1970) and time left (seconds).
    """

    def __init__(
        self,
        session: Session,
        name: str,
        seen: tuple[tuple[float, int], ...],
        notes: tuple[str, ...],
    ) -> None:
        super().__init__(session.say, Kind.FOUND, session.provenance(""), notes)
        self.name = name
        self.seen = seen
        self._now = session.network.clock.now()

    @property
    def sentence(self) -> str:
        say = self.say
        when, left = self.seen[-1]
        remaining = when + left - self._now
        times = say.many(
            "You have seen the answer for {name} once.",
            "You have seen the answer for {name} {count} times.",
            len(self.seen),
            name=self.name,
        )
        if remaining > 0:
            return (
                times
                + " "
                + say(
                    "The resolver remembers it for another {left}, whatever changes meanwhile.",
                    left=span(say, remaining),
                )
            )
        return times + " " + say("By now the resolver has forgotten it: it will ask anew.")

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("What was seen of the resolver's memory"),
            (say("lab time"), say("time left"), say("forgotten at")),
            tuple((utc(when), span(say, left), utc(when + left)) for when, left in self.seen),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return (
            self.say(
                "Each resolver has a memory of its own. Other networks' resolvers learnt the "
                "answer at another time, and forget it at another."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        return memory_figure(self.say, self.name, self.seen, self._now)


def memory(
    lines: list[Line], session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> Result:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    seen = []
    for line in lines:
        if line.request.to_address in session.entry.resolvers and isinstance(line.outcome, Reply):
            left = _time_left(line.outcome.payload, typed.name, rdtype)
            if left is not None:
                seen.append((line.time, left))
    seen = list(dict.fromkeys(seen))
    if not seen:
        sentence = session.say(
            'No answer about {name} was seen yet. Run lab.ask("{name}") first.', name=typed.text
        )
        return Explanation(session.say, Kind.NOT_ASKED, sentence, typed.notes)
    return Memory(session, typed.text, tuple(seen), typed.notes)


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
