"""The way of packets to a machine, as an answer of `lab.path`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import dns.rdatatype

from labsupport.answers.ask import NoAddress
from labsupport.answers.map import Station, Step, walk
from labsupport.answers.page import Page
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups import path as lookup
from labsupport.lookups.ask import Answer
from labsupport.lookups.session import Session
from labsupport.picture import Picture
from labsupport.results import Explanation, Table

# Light in a cable covers 200 km in a millisecond, and has to go there and back.
KM_A_MILLISECOND = 100
MOST_APART = 14  # machines on the map; of more, those of one network stand together


class PathPage(Page[lookup.Path]):
    """The way to a machine, hop by hop."""

    kind: Kind
    LIMITS = ("path.silence", "path.country", "path.way_back")

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on the way, in their order."""
        return self.facts.networks

    @property
    def sentence(self) -> str:
        facts = self.facts
        where = (
            facts.name
            if facts.name == facts.address
            else f"{facts.name} ({facts.address})"
        )
        networks = " → ".join(facts.networks)
        last = max((hop.number for hop in facts.answered), default=0)
        key = (
            "path.arrived"
            if facts.arrived
            else "path.followed"
            if last
            else "path.nobody"
        )
        time = facts.hops[-1].milliseconds if facts.hops else 0
        return self.say(key, where=where, count=last, time=time, networks=networks)

    def remarks(self) -> Iterator[str]:
        return (self._jumped(*jump) for jump in self.facts.jumps)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("path.each_machine_way"),
            (
                say("path.label_hop"),
                say("path.answered_from"),
                say("path.the_address_belongs_to"),
                say("path.registered_in"),
                say("path.there_and_back"),
            ),
            tuple(
                (
                    hop.number,
                    hop.address or say("path.short_silent"),
                    self._holder(hop) or "–",
                    hop.country or "–",
                    say("path.count_ms", count=hop.milliseconds)
                    if hop.address
                    else "–",
                )
                for hop in self.facts.hops
            ),
        )

    def _picture(self) -> Picture | None:
        """The map of the way, machine by machine; None where nobody answered."""
        say = self.say
        facts = self.facts
        if not facts.answered:
            return None
        hops = facts.hops[: facts.answered[-1].number]

        def stands_with(hop: lookup.Hop) -> object:
            by_network = len(hops) > MOST_APART and hop.network
            if hop.address:
                return by_network or hop.number
            return None

        stations = [Station(say("path.you"))]
        steps = [Step(say("path.sent"), ("s0",))]
        for _, alike in groupby(hops, stands_with):
            group = list(alike)
            steps.append(
                Step(" ".join(map(self._in_words, group)), (f"s{len(stations)}",))
            )
            stations.append(self._station(group))
        if not facts.arrived:
            at = f"s{len(stations)}"
            address = facts.address
            stations.append(Station(say("path.the_machine"), (address,)))
            steps.append(
                Step(say("path.ends", address=address), (), say("path.no_answer"), at)
            )
        return walk(stations, steps, say)

    def _holder(self, hop: lookup.Hop) -> str:
        if hop.inside and not hop.network:
            return self.say("path.nobody_address_inside")
        if hop.inside:
            return self.say("path.nobody_address_inside_here", network=hop.network)
        return hop.network

    def _station(self, group: Sequence[lookup.Hop]) -> Station:
        """The box for a machine, or for several that are silent or of one network."""
        say = self.say
        first = group[0]
        last = group[-1]
        number = f"{first.number}" if first is last else f"{first.number}–{last.number}"
        if not first.address:
            return Station(number, (say("path.label_silent"),))
        whose = first.network or (
            say("path.an_address_for_inside") if first.inside else ""
        )
        machine = (
            [say("path.the_machine")]
            if self.facts.arrived and last is self.facts.hops[-1]
            else []
        )
        time = say("path.count_ms", count=last.milliseconds)
        return Station(f"{number} {whose}".strip(), (*machine, last.address, time))

    def _in_words(self, hop: lookup.Hop) -> str:
        say = self.say
        values = {"number": hop.number, "address": hop.address}
        if not hop.address:
            return say("path.silent", number=hop.number)
        whose = self._holder(hop)
        time = hop.milliseconds
        key = "path.hop" if whose else "path.hop_alone"
        parts = [say(key, whose=whose, time=time, **values)]
        parts += [say("path.registered", country=hop.country)] if hop.country else []
        parts += [self._jumped(*jump) for jump in self.facts.jumps if jump[1] == hop]
        return " ".join(parts)

    def _jumped(self, hop: lookup.Hop, later: lookup.Hop, longer: int) -> str:
        km = self.say.number(longer * KM_A_MILLISECOND)
        values = {"one": hop.number, "other": later.number, "count": longer, "km": km}
        return self.say("path.jump", **values)


def path(
    session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> PathPage | Explanation:
    """Find the address of a name, and every machine on the way there.

    `rdtype` is PTR where the person typed an address.
    """
    say = session.say
    traced = lookup.path(session, typed, rdtype)
    if not isinstance(traced, Answer):
        return PathPage.of(say, traced)
    return NoAddress(say, traced, say("path.without_address_there_no"))
