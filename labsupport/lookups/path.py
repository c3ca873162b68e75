"""`lab.path`: the routers on the way to a machine, each made to answer in turn.

A packet may pass only so many routers; the one that has to drop it says so. Who sends
packets that may pass one, two, three … routers hears from each of them (this is how the
tool traceroute works).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import dns.rdatatype

from labsupport.exchange import NotSent, Reply, Request
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import is_nobodys
from labsupport.kinds import Kind
from labsupport.lookups.ask import Answer, answer_of
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered, unanswered
from labsupport.lookups.session import RdataType, Session
from labsupport.lookups.web import find_address

MOST_HOPS = 30
# So many routers in a row that say nothing, and nobody behind them will.
SILENCES_TO_GIVE_UP = 4
PROBE_TIMEOUT = 1.0
MILLISECONDS_WORTH_A_NOTE = 20


@dataclass(frozen=True, slots=True)
class Hop:
    """One machine on the way.

    `number` counts from 1. If it answered: `address` is the one it answered from, `seconds`
    the time there and back, `network` who the address belongs to, `country` where that is
    registered. An `inside` address is used by many networks, and registered for none.
    """

    number: int
    address: str = ""
    seconds: float = 0.0
    network: str = ""
    country: str = ""
    inside: bool = False

    @property
    def milliseconds(self) -> int:
        """The time there and back."""
        return round(self.seconds * 1000)


@dataclass(frozen=True, eq=False, kw_only=True)
class Path(Lookup):
    """The way to a machine: its `name` as typed, its `address`, and the `hops` in order."""

    kind: Kind
    name: str
    address: str
    hops: tuple[Hop, ...]

    @property
    def arrived(self) -> bool:
        """Whether the machine itself answered."""
        return self.kind is Kind.FOUND

    @property
    def answered(self) -> list[Hop]:
        """The machines that answered."""
        return [hop for hop in self.hops if hop.address]

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that the answering addresses belong to, each once, in order."""
        return networks_of(self.hops)

    @property
    def jumps(self) -> Iterator[tuple[Hop, Hop, int]]:
        """Where the time grows so much, and stays so, that the distance must have.

        From one hop to another, by so many milliseconds. One slow reply may be that router's own:
        what counts is what no later answer undercuts.
        """
        for before, after in itertools.pairwise(self.answered):
            later = (
                hop.milliseconds for hop in self.answered if hop.number >= after.number
            )
            longer = min(later) - before.milliseconds
            if longer >= MILLISECONDS_WORTH_A_NOTE:
                yield before, after, longer


def path(
    session: Session, typed: Typed, rdtype: RdataType
) -> Path | Answer | Unanswered:
    """Find the address of a name, and every machine on the way there.

    `rdtype` is PTR where the person typed an address. Where the name has no address, what the
    resolver answered comes back.
    """
    address = typed.text
    notes = typed.notes
    if rdtype is dns.rdatatype.PTR:
        notes = ()  # they are on reverse names
    else:
        asked, address = find_address(session, typed.name)
        if not address:
            return answer_of(session, asked, notes)
    if any(address in addresses for addresses in session.entry.root_hints.values()):
        return unanswered(Kind.NOT_COVERED, "path.root", notes, name=typed.text)
    if not session.entry.source_for(address):
        why = NoAnswer(Kind.NO_ANSWER, "path.no_ipv6", address=address)
        return why.unanswered(session, notes)
    hops = follow(session, address)
    if isinstance(hops, NotSent):
        why = NoAnswer(Kind.NO_ANSWER, "web.not_sent", reason=hops.reason)
        return why.unanswered(session, notes)
    return Path(
        kind=Kind.FOUND if hops and hops[-1].address == address else Kind.NO_ANSWER,
        provenance=session.provenance(""),
        notes=notes,
        name=typed.text,
        address=address,
        hops=hops,
    )


def networks_of(hops: Iterable[Hop]) -> tuple[str, ...]:
    """Return the networks that the answering addresses belong to, each once, in order."""
    return tuple(dict.fromkeys(hop.network for hop in hops if hop.network))


def follow(session: Session, address: str) -> tuple[Hop, ...] | NotSent:
    """Probe the way to an address: with a packet that may pass one router, then two, and so on.

    The answers end with the machine itself, or where nobody answers any more. Where nothing is
    sent, that comes back.
    """
    source = session.entry.source_for(address)
    hops: list[Hop] = []
    silences = 0
    while len(hops) < MOST_HOPS and silences < SILENCES_TO_GIVE_UP:
        number = len(hops) + 1
        own = session.draw(2**64).to_bytes(8, "big")  # to know one's own probe by
        probe = Request(source, 0, address, 0, "icmp", None, own, number, PROBE_TIMEOUT)
        outcome = session.network.send(probe)
        if isinstance(outcome, NotSent):
            return outcome
        sender = outcome.from_address
        if sender is None:
            silences += 1
            hops.append(Hop(number))
            continue
        if hops and sender == hops[-1].address:
            break  # it does not let the packet on, however many routers that may pass
        silences = 0
        inside = is_nobodys(sender)
        country = "" if inside else session.country(sender)
        hops.append(
            Hop(
                number, sender, outcome.elapsed, session.holder(sender), country, inside
            )
        )
        if isinstance(outcome, Reply):
            break
    return tuple(hops)
