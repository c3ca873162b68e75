"""`lab.trace`: the walk from the root to an answer, with every question that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.dnscore.reading import Kind as ReadingKind
from labsupport.dnscore.reading import Reading
from labsupport.dnscore.walk import LONGEST_ALIAS_CHAIN, Failure, Known, Step, Walk
from labsupport.exchange import Reply
from labsupport.language import Language, mark
from labsupport.lookups import drawings
from labsupport.lookups.ask import in_short, values_of
from labsupport.lookups.names import Typed, shown
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Kind, NoFigure, Result, Table, span

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
        useful = (step for step in self.steps if step.detour == 0 and step.reading is not None)
        return tuple(s for s in useful if s.reading and s.reading.kind is not ReadingKind.LAME)

    @property
    def sentence(self) -> str:
        say = self.say
        name = shown(self.aliases[-1])
        asked = say.many("{count} question", "{count} questions", len(self.steps))
        start = ""
        if len(self.aliases) > 1:
            start = say(
                "{name} is another name for {target}. ", name=shown(self.aliases[0]), target=name
            )
        if isinstance(self.found, Failure):
            zone = zone_words(self.reached, say)
            return start + say(FAILURES[self.found][1], zone=zone)
        zones = [zone_words(step.zone, say) for step in self.main_steps]
        values = self.found.records and in_short(values_of(self.found.records.rrset))
        return start + say(
            ENDS[self.found.kind],
            questions=asked,
            name=name,
            values=values,
            zones=" → ".join(zones),
            zone=zones[-1],
            type=self.type,
        )

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
                    f"{round(step.exchange.elapsed * 1000)} ms" if step.reading else "–",
                )
                for number, step in enumerate(self.steps, start=1)
            ),
        )

    def step(self, number: int) -> str:
        """Return step `number` (the first is 1) in words."""
        say = self.say
        step = self.steps[number - 1]
        start = say("On the way, to find a name server's address: ") if step.detour else ""
        return start + say(
            "{server}, a server of {zone}, was asked for {name} ({type}). {learnt}",
            server=self._server(step),
            zone=zone_words(step.zone, say),
            name=shown(step.name),
            type=dns.rdatatype.to_text(step.rdtype),
            learnt=learnt(step, say),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("A resolver remembers most of the way and skips it; this walk began at the root."),
            say("No signature was checked on this walk: lab.dnssec does that."),
            say("A silent server may answer the next time. Milliseconds tell no place."),
        )

    def figure(self) -> Figure | NoFigure:
        steps = self.main_steps
        if not steps:
            return super().figure()
        say = self.say
        boxes = [
            drawings.Box(zone_words(step.zone, say), self._server(step), drawings.BLUE)
            for step in steps
        ]
        words = [_arrow(step.reading, say) for step in steps if step.reading]
        boxes.append(self._ending())
        told = "; ".join(f"{box.heading} ({box.text})" for box in boxes)
        alt = say(
            "A ladder of {count} boxes from the top down: {boxes}.", count=len(boxes), boxes=told
        )
        data = Table(
            say("The way down"),
            (say("zone"), say("server asked"), say("what it said")),
            tuple(
                (zone_words(step.zone, say), self._server(step), learnt(step, say))
                for step in steps
            ),
        )
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


def trace(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Result:
    """Walk from the root to records of `rdtype` at the name that was typed, through aliases."""
    say, entry, ways = session.say, session.entry, session.ways
    if ways and (not ways.is_open("resolver") or ways.is_dead):
        sentence = say(
            "Nothing got through from here a moment ago, so the walk was not begun. Is the "
            'network there? lab.doctor("network") tells what works.'
        )
        if not ways.is_open("resolver"):
            sentence = say(
                "Port 53 does not get through from here, and servers of zones answer nowhere else. "
                "lab.ask works: a public resolver answers over HTTPS."
            )
        return Explanation(say, Kind.NO_ANSWER, sentence, typed.notes)
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
    kind = FAILURES[found][0] if isinstance(found, Failure) else KINDS[found.kind]
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
        if isinstance(step.exchange.outcome, Reply):
            return say("What came back was no answer to this question.")
        return say("No answer came.")
    if reading.kind is ReadingKind.LAME:
        return say(
            "It was named as a server of this zone, and does not answer for it ({code}).",
            code=dns.rcode.to_text(reading.rcode),
        )
    if reading.kind is ReadingKind.REFERRAL and reading.cut is not None:
        cut = reading.cut
        servers = ", ".join(shown(server) for server in cut.addresses)
        if all(cut.addresses.values()):
            glue = say("Their addresses came along (glue).")
        elif any(cut.addresses.values()):
            glue = say("Some of their addresses came along (glue).")
        else:
            glue = say("Their addresses must be looked up first.")
        text = say(
            "Ask the servers of {zone}, and remember them for {time}: {servers}.",
            zone=zone_words(cut.zone, say),
            servers=servers,
            time=span(say, cut.ttl),
        )
        return f"{text} {glue}"
    values = in_short(values_of(reading.records.rrset)) if reading.records else ""
    target = shown(reading.target) if reading.target else ""
    return say(LEARNT[reading.kind], target=target, values=values)


def _arrow(reading: Reading, say: Language) -> str:
    zone = zone_words(reading.cut.zone, say) if reading.cut else ""
    target = shown(reading.target) if reading.target else ""
    return say(ARROWS[reading.kind], zone=zone, target=target)


def zone_words(zone: dns.name.Name, say: Language) -> str:
    """Return a zone's name in words."""
    return say("the root") if zone == dns.name.root else shown(zone)


ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
FAILURES = {
    Failure.NO_SERVER: (
        Kind.NO_SERVER,
        mark("The walk ends at the zone {zone}: its name servers have no address to ask."),
    ),
    Failure.NO_ANSWER: (
        Kind.NO_ANSWER,
        mark("The walk ends at the zone {zone}: its name servers do not answer."),
    ),
    Failure.LAME: (
        Kind.FAILED,
        mark("The walk ends at the zone {zone}: the servers named for it do not answer for it."),
    ),
    Failure.TOO_LONG: (
        Kind.FAILED,
        mark("The walk was cut off: it went in a circle, or too far."),
    ),
}
KINDS = {
    ReadingKind.ANSWER: Kind.FOUND,
    ReadingKind.NAME_ERROR: Kind.NO_SUCH_NAME,
    ReadingKind.NO_DATA: Kind.NO_SUCH_TYPE,
}
ENDS = {
    ReadingKind.ANSWER: mark(
        "After {questions} the answer for {name} is {values}. The way: {zones}."
    ),
    ReadingKind.NAME_ERROR: mark(
        "After {questions} the servers of {zone} say that there is no name {name}."
    ),
    ReadingKind.NO_DATA: mark(
        "After {questions} the servers of {zone} say that {name} exists, without a record of type "
        "{type}."
    ),
}
LEARNT = {
    ReadingKind.ALIAS: mark("It is another name for {target}."),
    ReadingKind.NAME_ERROR: mark("There is no such name."),
    ReadingKind.NO_DATA: mark("The name exists, without a record of this type."),
    ReadingKind.ANSWER: mark("The answer: {values}."),
}
ARROWS = {
    ReadingKind.REFERRAL: mark("“ask the servers of {zone}”"),
    ReadingKind.ALIAS: mark("“another name for {target}”"),
    ReadingKind.NAME_ERROR: mark("“there is no such name”"),
    ReadingKind.NO_DATA: mark("“nothing of this type”"),
    ReadingKind.ANSWER: mark("“here is the answer”"),
}
