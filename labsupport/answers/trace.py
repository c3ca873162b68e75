"""`lab.trace`: the walk from the root to an answer, with every question that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.answers import drawings
from labsupport.answers.ask import in_short
from labsupport.dns.walk import LONGEST_ALIAS_CHAIN, Failure, Known, Reading, Step, Walk
from labsupport.dns.walk import Kind as ReadingKind
from labsupport.exchange import Reply
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.language import Language, limits, tell
from labsupport.lookups.ask import values_of
from labsupport.lookups.session import Session
from labsupport.results import Figure, Missing, Result, Table, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(eq=False, repr=False, kw_only=True)
class Trace(Result):
    """A walk down the DNS.

    Attributes: `steps`, each question with its server and what came of it; `aliases`, the
    names that CNAME records led through, the asked one first; `found`, where it ended.
    """

    steps: list[Step]
    aliases: list[dns.name.Name]
    type: str
    found: Reading | Failure
    reached: dns.name.Name

    @property
    def main_steps(self) -> tuple[Step, ...]:
        """The steps that led on: neither detours nor servers that were of no use."""
        main = (step for step in self.steps if step.detour == 0)
        return tuple(s for s in main if s.reading and s.reading.kind is not ReadingKind.LAME)

    @property
    def sentence(self) -> str:
        say = self.say
        if self.steps and not self.got_through:
            return tell(say, "trace.closed")
        name = shown(self.aliases[-1])
        asked = tell(say, "trace.questions", count=len(self.steps))
        start = ""
        if len(self.aliases) > 1:
            first = shown(self.aliases[0])
            start = tell(say, "ask.alias", name=first, target=name) + " "
        if isinstance(self.found, Failure):
            zone = zone_words(self.reached, say)
            return start + tell(say, f"trace.{self.found.name.lower()}", zone=zone)
        zones = [zone_words(step.zone, say) for step in self.main_steps]
        values = self.found.records and in_short(values_of(self.found.records.rrset))
        way = {"zones": " → ".join(zones), "zone": zones[-1]}
        key = f"trace.{self.found.kind.name.lower()}"
        what = {"questions": asked, "name": name, "values": values, "type": self.type}
        return start + tell(say, key, **what, **way)

    @property
    def failure(self) -> Failure | None:
        """Why the walk ended without an answer; None where it came to one."""
        return self.found if isinstance(self.found, Failure) else None

    @property
    def got_through(self) -> bool:
        """Whether any server answered at all."""
        return any(step.reading is not None for step in self.steps)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the name's own servers gave."""
        if isinstance(self.found, Failure) or self.found.records is None:
            return ()
        rrset = self.found.records.rrset
        return tuple(values_of(rrset)) if rrset.rdtype in ADDRESSES else ()

    def tabulated(self) -> Table | None:
        if not self.steps:
            return None
        say = self.say
        return Table(
            say("Every question on the way down"),
            (
                *(say("step"), say("server asked"), say("a server of")),
                *(say("asked for"), say("what it said"), say("took")),
            ),
            tuple(
                (
                    number,
                    self._server(step),
                    zone_words(step.zone, say),
                    f"{shown(step.name)} {dns.rdatatype.to_text(step.rdtype)}",
                    learnt(step, say),
                    say("{count} ms", count=round(step.exchange.elapsed * 1000))
                    if step.reading
                    else "–",
                )
                for number, step in enumerate(self.steps, start=1)
            ),
        )

    def step(self, number: int) -> str:
        """Return step `number` (the first is 1) in words."""
        say = self.say
        step = self.steps[number - 1]
        return tell(
            say,
            "trace.detour" if step.detour else "trace.step",
            server=self._server(step),
            zone=zone_words(step.zone, say),
            name=shown(step.name),
            type=dns.rdatatype.to_text(step.rdtype),
            learnt=learnt(step, say),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "trace.from_the_root", "trace.no_signature", "trace.silent_server")

    def figure(self) -> Figure | Missing:
        steps, data = self.main_steps, self.tabulated()
        if not steps or data is None:
            return super().figure()
        say = self.say
        boxes = [drawings.Box(zone_words(step.zone, say), self._server(step)) for step in steps]
        words = [_arrow(step.reading, say) for step in steps if step.reading]
        boxes.append(self._ending())
        told = "; ".join(f"{box.heading} ({box.text})" for box in boxes)
        alt = tell(say, "trace.picture", count=len(boxes), boxes=told)
        title = say("From the root to {name}", name=shown(self.aliases[0]))

        def draw(axes: Axes) -> None:
            drawings.chain(axes, boxes, words)

        return Figure(title, alt, data, draw, say, size=(8.0, 0.95 * len(boxes) + 0.6))

    def _ending(self) -> drawings.Box:
        say = self.say
        name = shown(self.aliases[-1])
        if isinstance(self.found, Failure):
            return drawings.Box(f"✗ {name}", say("no answer to be had"), drawings.ORANGE)
        if self.found.records is not None:
            values = in_short(values_of(self.found.records.rrset))
            return drawings.Box(f"✓ {name}", values, drawings.GREEN)
        if self.found.kind is ReadingKind.NAME_ERROR:
            return drawings.Box(f"∅ {name}", say("does not exist"), drawings.ORANGE)
        words = say("no record of type {type}", type=self.type)
        return drawings.Box(f"○ {name}", words, drawings.GREY)

    def _server(self, step: Step) -> str:
        return f"{shown(step.server)} ({step.exchange.to_address})"


def trace(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Trace:
    """Walk from the root to records of `rdtype` at the name that was typed, through aliases."""
    say, entry = session.say, session.entry
    send, hints, clock = session.network.send, Known(entry.root_hints), session.network.clock
    walk = Walk(send, entry.source_for, hints, clock, draw=session.draw)
    aliases = [typed.name]
    found = walk.find(typed.name, rdtype)
    while isinstance(found, Reading) and (target := found.target) is not None:
        if target in aliases or len(aliases) > LONGEST_ALIAS_CHAIN:
            found = Failure.TOO_LONG
            break
        aliases.append(target)
        found = walk.find(target, rdtype)
    kind = KINDS[found if isinstance(found, Failure) else found.kind]
    return Trace(
        *(say, kind, session.provenance(""), typed.notes),
        steps=list(walk.steps),
        aliases=aliases,
        type=dns.rdatatype.to_text(rdtype),
        found=found,
        reached=walk.reached,
    )


def learnt(step: Step, say: Language) -> str:
    """Say what one step taught."""
    reading = step.reading
    if reading is None:
        came = isinstance(step.exchange.outcome, Reply)
        return tell(say, "trace.learnt_nonsense" if came else "trace.learnt_nothing")
    glue = ""
    if cut := reading.cut:
        addresses = cut.addresses.values()
        key = "glue" if all(addresses) else "some_glue" if any(addresses) else "no_glue"
        glue = tell(say, f"trace.{key}")
    return tell(
        say,
        f"trace.learnt_{reading.kind.name.lower()}",
        code=dns.rcode.to_text(reading.rcode),
        zone=zone_words(cut.zone, say) if cut else "",
        time=span(say, cut.ttl) if cut else "",
        servers=", ".join(map(shown, cut.addresses)) if cut else "",
        glue=glue,
        target=shown(reading.target) if reading.target else "",
        values=in_short(values_of(reading.records.rrset)) if reading.records else "",
    )


def _arrow(reading: Reading, say: Language) -> str:
    zone = zone_words(reading.cut.zone, say) if reading.cut else ""
    target = shown(reading.target) if reading.target else ""
    return tell(say, f"trace.arrow_{reading.kind.name.lower()}", zone=zone, target=target)


def zone_words(zone: dns.name.Name, say: Language) -> str:
    """Return a zone's name in words."""
    return say("the root") if zone == dns.name.root else shown(zone)


ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
KINDS: dict[Failure | ReadingKind, Kind] = {
    Failure.NO_SERVER: Kind.NO_SERVER,
    Failure.NO_ANSWER: Kind.NO_ANSWER,
    Failure.LAME: Kind.FAILED,
    Failure.TOO_LONG: Kind.FAILED,
    ReadingKind.ANSWER: Kind.FOUND,
    ReadingKind.NAME_ERROR: Kind.NO_SUCH_NAME,
    ReadingKind.NO_DATA: Kind.NO_SUCH_TYPE,
}
