"""`lab.trace`: the walk from the root to an answer, with every question that was asked."""

from __future__ import annotations

from dataclasses import dataclass

import dns.name
import dns.rdatatype

from labsupport.dns.walk import (
    LONGEST_ALIAS_CHAIN,
    Failure,
    Known,
    Reading,
    Walk,
    WalkStep,
)
from labsupport.dns.walk import ResponseKind as ReadingKind
from labsupport.exchange import NotSent
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups.ask import values_of
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.session import Session

KINDS: dict[Failure | ReadingKind, Kind] = {
    Failure.NO_SERVER: Kind.NO_SERVER,
    Failure.NOT_SENT: Kind.NO_ANSWER,
    Failure.NO_ANSWER: Kind.NO_ANSWER,
    Failure.LAME: Kind.FAILED,
    Failure.TOO_LONG: Kind.FAILED,
    ReadingKind.ANSWER: Kind.FOUND,
    ReadingKind.NAME_ERROR: Kind.NO_SUCH_NAME,
    ReadingKind.NO_DATA: Kind.NO_SUCH_TYPE,
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Trace(Lookup):
    """A walk down the DNS (RFC 1034 section 5.3.3).

    Attributes: `steps`, each question with its server and what came of it; `aliases`, the
    names that CNAME records led through, the asked one first; `type` that was asked; `found`,
    where it ended; `reached`, the zone whose servers were looked for last.
    """

    kind: Kind
    steps: tuple[WalkStep, ...]
    aliases: tuple[dns.name.Name, ...]
    type: str
    found: Reading | Failure
    reached: dns.name.Name

    @property
    def main_steps(self) -> tuple[WalkStep, ...]:
        """The steps that led on: neither detours nor servers that were of no use."""
        main = []
        for step in self.steps:
            was_of_use = step.reading and step.reading.kind is not ReadingKind.LAME
            if was_of_use and step.detour == 0:
                main.append(step)
        return tuple(main)

    @property
    def sent(self) -> tuple[WalkStep, ...]:
        """The steps of which something was sent."""
        return tuple(
            s for s in self.steps if not isinstance(s.exchange.outcome, NotSent)
        )

    @property
    def unanswered(self) -> tuple[WalkStep, ...]:
        """Those of them that brought nothing that could be read."""
        return tuple(step for step in self.sent if step.reading is None)

    @property
    def failure(self) -> Failure | None:
        """Why the walk ended without an answer; None where it came to one."""
        return self.found if isinstance(self.found, Failure) else None

    @property
    def got_through(self) -> bool:
        """Whether any server answered at all."""
        return any(step.reading is not None for step in self.steps)

    @property
    def values(self) -> list[str]:
        """The data of the records that the name's own servers gave, as people write it."""
        if isinstance(self.found, Failure) or self.found.records is None:
            return []
        return values_of(self.found.records.rrset)

    @property
    def addresses(self) -> list[str]:
        """The addresses that the name's own servers gave."""
        return self.values if self.type in ("A", "AAAA") else []


def trace(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Trace:
    """Walk from the root to records of `rdtype` at the name that was typed, through aliases."""
    network = session.network
    entry = session.entry
    hints = Known(entry.root_hints)
    walk = Walk(network.send, entry.source_for, hints, network.clock, draw=session.draw)
    aliases = [typed.name]
    reading = walk.find(typed.name, rdtype)
    while isinstance(reading, Reading) and reading.target is not None:
        target = reading.target
        if target in aliases or len(aliases) > LONGEST_ALIAS_CHAIN:
            reading = Failure.TOO_LONG
            break
        aliases.append(target)
        reading = walk.find(target, rdtype)
    return Trace(
        kind=KINDS[reading if isinstance(reading, Failure) else reading.kind],
        provenance=session.provenance(""),
        notes=typed.notes,
        steps=tuple(walk.steps),
        aliases=tuple(aliases),
        type=dns.rdatatype.to_text(rdtype),
        found=reading,
        reached=walk.reached,
    )
