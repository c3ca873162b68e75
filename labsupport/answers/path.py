"""The way of packets to a machine, as an answer of `lab.path`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dns.rdatatype

from labsupport.answers import drawings
from labsupport.answers.ask import AnswerPage
from labsupport.answers.page import Page
from labsupport.inputs.names import Typed
from labsupport.language import tell
from labsupport.lookups import path as lookup
from labsupport.lookups.ask import Answer
from labsupport.lookups.path import Hop, Path
from labsupport.lookups.session import Session
from labsupport.picture import Picture
from labsupport.results import Explanation, Figure, Missing, Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Light in a cable covers 200 km in a millisecond, and has to go there and back.
KM_A_MILLISECOND = 100


class PathPage(Page[Path]):
    """The way to a machine, hop by hop."""

    LIMITS = ("path.silence", "path.country", "path.way_back")

    @property
    def sentence(self) -> str:
        facts = self.facts
        where = facts.name if facts.name == facts.address else f"{facts.name} ({facts.address})"
        networks = " → ".join(facts.networks)
        last = max((hop.number for hop in facts.answered), default=0)
        key = "path.arrived" if facts.arrived else "path.followed" if last else "path.nobody"
        time = facts.hops[-1].milliseconds if facts.hops else 0
        return tell(self.say, key, where=where, count=last, time=time, networks=networks)

    def remarks(self) -> Iterator[str]:
        for one, other, longer in self.facts.jumps:
            km = self.say.number(longer * KM_A_MILLISECOND)
            values = {"one": one.number, "other": other.number, "count": longer, "km": km}
            yield tell(self.say, "path.jump", **values)

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
                for hop in self.facts.hops
            ),
        )

    def figure(self) -> Figure | Picture | Missing:
        say = self.say
        answered, hops = self.facts.answered, self.facts.hops
        if not answered:
            return super().figure()
        alt = tell(say, "path.picture", hops="; ".join(self._in_words(hop) for hop in hops))
        title = say("The way to {name}, and the time there and back", name=self.facts.name)

        def draw(axes: Axes) -> None:
            milliseconds = [hop.seconds * 1000 for hop in answered]
            axes.plot(milliseconds, [hop.number for hop in answered], "-o", color=drawings.BLUE)
            axes.set_xlabel(say("milliseconds there and back"))
            axes.set_yticks([hop.number for hop in hops], list(map(self._label, hops)))
            axes.set_ylim(len(hops) + 0.5, 0.5)
            axes.set_xlim(left=-0.02 * max(milliseconds))
            axes.grid(axis="x", color="#dddddd", lw=0.8)
            axes.spines[["top", "right"]].set_visible(False)

        size = (8.0, 1.2 + 0.5 * len(hops))
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


def path(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Result:
    """Find the address of a name, and every machine on the way there.

    `rdtype` is PTR where the person typed an address.
    """
    say, found = session.say, lookup.path(session, typed, rdtype)
    if not isinstance(found, Answer):
        return PathPage.of(say, found)
    notes = (*found.notes, say("Without an address there is no way to show."))
    sentence = AnswerPage(say, found).sentence
    return Explanation(say, found.kind, sentence, notes, found.provenance)
