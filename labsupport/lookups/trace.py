"""`lab.trace`: the walk from the root to an answer, with every question that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.dnscore.reading import Kind as ReadingKind
from labsupport.dnscore.reading import Reading
from labsupport.dnscore.walk import LONGEST_ALIAS_CHAIN, Failure, Known, Step, Walk
from labsupport.exchange import Reply
from labsupport.language import Language
from labsupport.lookups import drawings
from labsupport.lookups.ask import in_short, values_of
from labsupport.lookups.names import Typed, shown
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Figure, Kind, NoFigure, Result, Table, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Trace(Result):
    """A walk down the DNS.

    Attributes: `steps`, each question with its server and what came of it; `aliases`, the
    names that CNAME records led through, the asked one first.
    """

    def __init__(
        self,
        session: Session,
        walk: Walk,
        aliases: tuple[dns.name.Name, ...],
        rdtype: dns.rdatatype.RdataType,
        found: Reading | Failure,
        notes: tuple[str, ...],
    ) -> None:
        self.steps = tuple(walk.steps)
        self.aliases = aliases
        self.type = dns.rdatatype.to_text(rdtype)
        self._found = found
        self._reached = walk.reached
        super().__init__(session.say, _kind(found), session.provenance(""), notes)

    @property
    def main_steps(self) -> tuple[Step, ...]:
        """The steps that led on: neither detours nor servers that were of no use."""
        return tuple(step for step in self.steps if step.detour == 0 and _useful(step))

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
        if isinstance(self._found, Failure):
            zone = _zone_words(self._reached, say)
            texts = {
                Failure.NO_SERVER: say(
                    "The walk ends at the zone {zone}: its name servers have no address that "
                    "could be asked.",
                    zone=zone,
                ),
                Failure.NO_ANSWER: say(
                    "The walk ends at the zone {zone}: its name servers do not answer.", zone=zone
                ),
                Failure.LAME: say(
                    "The walk ends at the zone {zone}: the servers named for it do not answer "
                    "for it.",
                    zone=zone,
                ),
                Failure.TOO_LONG: say("The walk was cut off: it went in a circle, or too far."),
            }
            return start + texts[self._found]
        zones = " → ".join(_zone_words(step.zone, say) for step in self.main_steps)
        if self._found.kind is ReadingKind.ANSWER and self._found.records is not None:
            values = in_short(values_of(self._found.records.rrset))
            text = say(
                "After {questions} the answer for {name} is {values}. The way: {zones}.",
                questions=asked,
                name=name,
                values=values,
                zones=zones,
            )
        elif self._found.kind is ReadingKind.NAME_ERROR:
            text = say(
                "After {questions} the servers of {zone} say that there is no name {name}.",
                questions=asked,
                zone=_zone_words(self.main_steps[-1].zone, say),
                name=name,
            )
        else:
            text = say(
                "After {questions} the servers of {zone} say that {name} exists, without a "
                "record of type {type}.",
                questions=asked,
                zone=_zone_words(self.main_steps[-1].zone, say),
                name=name,
                type=self.type,
            )
        return start + text

    @property
    def failure(self) -> Failure | None:
        """Why the walk ended without an answer; None where it came to one."""
        return self._found if isinstance(self._found, Failure) else None

    @property
    def got_through(self) -> bool:
        """Whether any server answered at all."""
        return any(step.reading is not None for step in self.steps)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses that the name's own servers gave."""
        if isinstance(self._found, Failure) or self._found.records is None:
            return ()
        rrset = self._found.records.rrset
        return tuple(values_of(rrset)) if rrset.rdtype in ADDRESSES else ()

    def tabulated(self) -> Table | None:
        if not self.steps:
            return None
        say = self.say
        return Table(
            say("Every question on the way down"),
            (
                say("step"),
                say("server asked"),
                say("a server of"),
                say("asked for"),
                say("what it said"),
                say("took"),
            ),
            tuple(
                (
                    number,
                    self._server(step),
                    _zone_words(step.zone, say),
                    f"{shown(step.name)} {dns.rdatatype.to_text(step.rdtype)}",
                    learnt(step, say),
                    "–"
                    if step.reading is None
                    else say("{count} ms", count=round(step.exchange.elapsed * 1000)),
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
            zone=_zone_words(step.zone, say),
            name=shown(step.name),
            type=dns.rdatatype.to_text(step.rdtype),
            learnt=learnt(step, say),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "This walk started at the root with an empty memory. A resolver remembers most "
                "of the way and skips it."
            ),
            say("No signature was checked on this walk: lab.dnssec does that."),
            say(
                "A server that stays silent once may answer the next time. The milliseconds say "
                "how far away a server is at most, not where."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        steps = self.main_steps
        if not steps:
            return super().figure()
        say = self.say
        boxes = [
            drawings.Box(_zone_words(step.zone, say), self._server(step), drawings.BLUE)
            for step in steps
        ]
        words = [_arrow(step, say) for step in steps]
        ending = self._ending()
        boxes.append(ending)
        alt = say(
            "A ladder of {count} boxes from the top down: {boxes}.",
            count=len(boxes),
            boxes="; ".join(
                f"{box.heading} ({box.text})" if box.text else box.heading for box in boxes
            ),
        )
        data = Table(
            say("The way down"),
            (say("zone"), say("server asked"), say("what it said")),
            tuple(
                (_zone_words(step.zone, say), self._server(step), learnt(step, say))
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
        if isinstance(self._found, Failure):
            return drawings.Box(f"✗ {name}", say("no answer to be had"), drawings.ORANGE)
        if self._found.records is not None:
            values = in_short(values_of(self._found.records.rrset))
            return drawings.Box(f"✓ {name}", values, drawings.GREEN)
        if self._found.kind is ReadingKind.NAME_ERROR:
            return drawings.Box(f"∅ {name}", say("does not exist"), drawings.ORANGE)
        return drawings.Box(
            f"○ {name}", say("no record of type {type}", type=self.type), drawings.GREY
        )

    def _server(self, step: Step) -> str:
        return f"{shown(step.server)} ({step.exchange.to_address})"


def trace(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Result:
    """Walk from the root to records of `rdtype` at the name that was typed, through aliases."""
    entry = session.entry
    if session.ways and not session.ways.is_open("resolver"):
        sentence = session.say(
            "Port 53 does not get through from here, and servers of zones answer nowhere else: so "
            "the walk cannot be made. lab.ask works: a public resolver answers over HTTPS."
        )
        return Explanation(session.say, Kind.NO_ANSWER, sentence, typed.notes)
    if session.ways and session.ways.is_dead:
        sentence = session.say(
            "Nothing got through from here a moment ago, so the walk was not begun. Is the "
            'network there? lab.doctor("network") tells what works.'
        )
        return Explanation(session.say, Kind.NO_ANSWER, sentence, typed.notes)
    walk = Walk(
        session.network.send,
        entry.source_for,
        Known(entry.root_hints),
        session.network.clock,
        draw=session.draw,
    )
    aliases = [typed.name]
    found = walk.find(typed.name, rdtype)
    while isinstance(found, Reading) and (target := found.target) is not None:
        if target in aliases or len(aliases) > LONGEST_ALIAS_CHAIN:
            found = Failure.TOO_LONG
            break
        aliases.append(target)
        found = walk.find(target, rdtype)
    return Trace(session, walk, tuple(aliases), rdtype, found, typed.notes)


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
            zone=_zone_words(cut.zone, say),
            servers=servers,
            time=span(say, cut.ttl),
        )
        return f"{text} {glue}"
    if reading.kind is ReadingKind.ALIAS and reading.target is not None:
        return say("It is another name for {target}.", target=shown(reading.target))
    if reading.kind is ReadingKind.NAME_ERROR:
        return say("There is no such name.")
    if reading.kind is ReadingKind.NO_DATA:
        return say("The name exists, without a record of this type.")
    assert reading.records is not None
    return say("The answer: {values}.", values=in_short(values_of(reading.records.rrset)))


def _arrow(step: Step, say: Language) -> str:
    reading = step.reading
    if reading is None:
        return say("no answer")
    if reading.kind is ReadingKind.REFERRAL and reading.cut is not None:
        return say("“ask the servers of {zone}”", zone=_zone_words(reading.cut.zone, say))
    if reading.kind is ReadingKind.ALIAS and reading.target is not None:
        return say("“another name for {target}”", target=shown(reading.target))
    if reading.kind is ReadingKind.NAME_ERROR:
        return say("“there is no such name”")
    if reading.kind is ReadingKind.NO_DATA:
        return say("“nothing of this type”")
    return say("“here is the answer”")


def _zone_words(zone: dns.name.Name, say: Language) -> str:
    return say("the root") if zone == dns.name.root else shown(zone)


def _useful(step: Step) -> bool:
    return step.reading is not None and step.reading.kind is not ReadingKind.LAME


ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
_KIND_OF_FAILURE = {
    Failure.NO_SERVER: Kind.NO_SERVER,
    Failure.NO_ANSWER: Kind.NO_ANSWER,
    Failure.LAME: Kind.FAILED,
    Failure.TOO_LONG: Kind.FAILED,
}
_KIND_OF_READING = {
    ReadingKind.ANSWER: Kind.FOUND,
    ReadingKind.NAME_ERROR: Kind.NO_SUCH_NAME,
    ReadingKind.NO_DATA: Kind.NO_SUCH_TYPE,
}


def _kind(found: Reading | Failure) -> Kind:
    if isinstance(found, Failure):
        return _KIND_OF_FAILURE[found]
    return _KIND_OF_READING[found.kind]
