"""What was seen of the resolver's memory, as an answer of `lab.memory`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import dns.rdatatype

from labsupport.answers import drawings
from labsupport.answers.page import Page
from labsupport.exchange.evidence import Line
from labsupport.inputs.names import Typed
from labsupport.language import tell
from labsupport.lookups import memory as lookup
from labsupport.lookups.memory import Memory
from labsupport.lookups.session import Session
from labsupport.results import Figure, Result, Table, span, utc


class MemoryPage(Page[Memory]):
    """How long a resolver still remembers an answer, as seen at each question."""

    LIMITS = ("memory.own",)

    @property
    def sentence(self) -> str:
        say, facts = self.say, self.facts
        count, remaining = len(facts.seen), facts.gone - facts.now
        key = "memory.once" if count == 1 else "memory.seen"
        times = tell(say, key, name=facts.name, count=count)
        key = "memory.remembered" if remaining > 0 else "memory.forgotten"
        return f"{times} {tell(say, key, left=span(say, remaining))}"

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("What was seen of the resolver's memory"),
            (say("lab time"), say("time left"), say("forgotten at")),
            tuple((utc(when), span(say, left), utc(when + left)) for when, left in self.facts.seen),
        )

    def figure(self) -> Figure:
        """Draw what was seen of the memory, and how it goes on from the last look."""
        say, facts = self.say, self.facts
        _, left = facts.seen[-1]
        alt = tell(say, "memory.picture", left=span(say, left), when=utc(facts.gone))
        title = say("How long the resolver remembers {name}", name=facts.name)
        draw = partial(drawings.memory, say=say, seen=facts.seen)
        return Figure(title, alt, self.tabulated(), draw, say, size=(8.0, 3.4))


def memory(
    session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType, lines: Iterable[Line]
) -> Result:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    return MemoryPage.of(session.say, lookup.memory(session, typed, rdtype, lines))
