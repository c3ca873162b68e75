"""`lab.path`: the routers on the way to a machine, each made to answer in turn.

A packet may pass only so many routers; the one that has to drop it says so. Who sends
packets that may pass one, two, three … routers hears from each of them (this is how the
tool traceroute works).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.rdatatype

from labsupport.answers import drawings
from labsupport.answers.ask import AnswerPage
from labsupport.exchange import NotSent, Reply, Request
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import of_nobody, read_number
from labsupport.kinds import Kind
from labsupport.language import Language, limits, tell
from labsupport.lookups.ask import answer_of
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address
from labsupport.results import Explanation, Figure, Missing, Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_HOPS = 30
# So many routers in a row that say nothing, and nobody behind them will.
SILENCES_TO_GIVE_UP = 4
PROBE_TIMEOUT = 1.0
# Light in a cable covers 200 km in a millisecond, and has to go there and back.
KM_A_MILLISECOND = 100
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


@dataclass(eq=False, repr=False, kw_only=True)
class Path(Result):
    """The way to a machine: its `name` as typed, its `address`, and the `hops` in order."""

    name: str
    address: str
    hops: tuple[Hop, ...]

    @property
    def arrived(self) -> bool:
        """Whether the machine itself answered."""
        return self.kind is Kind.FOUND

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that the answering addresses belong to, each once, in order."""
        return networks_of(self.hops)

    @property
    def sentence(self) -> str:
        name, address = self.name, self.address
        where = name if name == address else f"{name} ({address})"
        networks = " → ".join(self.networks)
        last = max((hop.number for hop in self.hops if hop.address), default=0)
        key = "path.arrived" if self.arrived else "path.followed" if last else "path.nobody"
        time = self.hops[-1].milliseconds if self.hops else 0
        return tell(self.say, key, where=where, count=last, time=time, networks=networks)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Each machine on the way"),
            (
                say("hop"),
                say("answered from"),
                say("the address belongs to"),
                say("registered in"),
                say("there and back"),
            ),
            tuple(
                (
                    hop.number,
                    hop.address or say("* (silent)"),
                    self._holder(hop) or "–",
                    hop.country or "–",
                    say("{count} ms", count=hop.milliseconds) if hop.address else "–",
                )
                for hop in self.hops
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "path.silence", "path.country", "path.way_back")

    def figure(self) -> Figure | Missing:
        say = self.say
        answered = [hop for hop in self.hops if hop.address]
        if not answered:
            return super().figure()
        alt = tell(say, "path.picture", hops="; ".join(self._in_words(hop) for hop in self.hops))
        title = say("The way to {name}, and the time there and back", name=self.name)

        def draw(axes: Axes) -> None:
            milliseconds = [hop.seconds * 1000 for hop in answered]
            axes.plot(milliseconds, [hop.number for hop in answered], "-o", color=drawings.BLUE)
            axes.set_xlabel(say("milliseconds there and back"))
            axes.set_yticks([hop.number for hop in self.hops], list(map(self._label, self.hops)))
            axes.set_ylim(len(self.hops) + 0.5, 0.5)
            axes.set_xlim(left=-0.02 * max(milliseconds))
            axes.grid(axis="x", color="#dddddd", lw=0.8)
            axes.spines[["top", "right"]].set_visible(False)

        size = (8.0, 1.2 + 0.5 * len(self.hops))
        return Figure(title, alt, self.tabulated(), draw, say, size)

    def _holder(self, hop: Hop) -> str:
        if hop.inside and not hop.network:
            return self.say("nobody: an address for inside")
        if hop.inside:
            return self.say("nobody: an address for inside, here of {network}", network=hop.network)
        return hop.network

    def _label(self, hop: Hop) -> str:
        if not hop.address:
            return self.say("{number} · silent", number=hop.number)
        network = f"{hop.network}\n" if hop.network else ""
        return f"{hop.number} · {network}{hop.address}"

    def _in_words(self, hop: Hop) -> str:
        if not hop.address:
            return self.say("{number} silent", number=hop.number)
        return f"{hop.number} {hop.network or hop.address}, {hop.milliseconds} ms"


def _jumps(hops: Iterable[Hop], say: Language) -> Iterator[str]:
    """Remarks where the time grows so much, and stays so, that the distance must have.

    One slow reply may be that router's own: what counts is what no later answer undercuts.
    """
    answered = [hop for hop in hops if hop.address]
    for one, other in itertools.pairwise(answered):
        later = [hop.milliseconds for hop in answered if hop.number >= other.number]
        longer = min(later) - one.milliseconds
        if longer >= MILLISECONDS_WORTH_A_NOTE:
            km = f"{longer * KM_A_MILLISECOND:,}"
            numbers = {"one": one.number, "other": other.number}
            yield tell(say, "path.jump", count=longer, km=km, **numbers)


def path(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Result:
    """Find the address of a name, and every machine on the way there.

    `rdtype` is PTR where the person typed an address.
    """
    say = session.say
    address, notes = typed.text, typed.notes
    if rdtype is dns.rdatatype.PTR:
        notes = ()  # they are on reverse names
    else:
        asked, address = find_address(session, typed.name)
        if not address:
            found = AnswerPage(session.say, answer_of(session, asked))
            notes = (*notes, say("Without an address there is no way to show."))
            return Explanation(say, found.kind, found.sentence, notes, found.provenance)
    if any(address in addresses for addresses in session.entry.root_hints.values()):
        sentence = tell(say, "path.root", name=typed.text)
        return Explanation(say, Kind.NOT_COVERED, sentence, notes)
    now = session.provenance("")
    if not session.entry.source_for(address):
        sentence = tell(say, "path.no_ipv6", address=address)
        return Explanation(say, Kind.NO_ANSWER, sentence, notes, now)
    try:
        hops = follow(session, address)
    except NotFollowed as problem:
        return Explanation(say, Kind.NO_ANSWER, str(problem), notes, now)
    kind = Kind.FOUND if hops and hops[-1].address == address else Kind.NO_ANSWER
    notes = (*notes, *_jumps(hops, say))
    now = session.provenance("")
    return Path(say, kind, now, notes, name=typed.text, address=address, hops=hops)


class NotFollowed(Exception):
    """Nothing was sent to follow a way; the text says why, in words."""


def networks_of(hops: Iterable[Hop]) -> tuple[str, ...]:
    """Return the networks that the answering addresses belong to, each once, in order."""
    return tuple(dict.fromkeys(hop.network for hop in hops if hop.network))


def follow(session: Session, address: str) -> tuple[Hop, ...]:
    """Probe the way to an address: with a packet that may pass one router, then two …

    The answers end with the machine itself, or where nobody answers any more. Raises
    NotFollowed.
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
            raise NotFollowed(outcome.reason)
        there = outcome.from_address
        if there is None:
            silences += 1
            hops.append(Hop(number))
            continue
        if hops and there == hops[-1].address:
            break  # it does not let the packet on, however many routers that may pass
        silences = 0
        inside = bool(of_nobody(read_number(there, session.say), session.say))
        country = "" if inside else session.country(there)
        hops.append(Hop(number, there, outcome.elapsed, session.holder(there), country, inside))
        if isinstance(outcome, Reply):
            break
    return tuple(hops)
