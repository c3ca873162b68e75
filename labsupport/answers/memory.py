"""What was seen of the resolver's memory, as an answer of `lab.investigate.memory`."""

from __future__ import annotations

from collections.abc import Iterable

import dns.rdatatype

from labsupport.answers.page import Page
from labsupport.exchange.log import Line
from labsupport.inputs.names import Typed
from labsupport.kinds import Kind
from labsupport.lookups import memory as lookup
from labsupport.lookups.memory import CacheEvent, Memory
from labsupport.lookups.session import Session
from labsupport.picture import LETTER, WIDE, Picture, State, lines, shape
from labsupport.results import Explanation, Table, span, utc
from labsupport.visible import cut

LONGEST_NAME = 50  # letters, in the drawing
MOST = 7  # moments that are drawn: the last
CLOCK = 244  # how wide it is
BAR = 274  # where it begins
LONG = WIDE - BAR - 4
LABELS = {
    CacheEvent.SEEN: "memory.asked",
    CacheEvent.KEPT: "memory.asked_again",
    CacheEvent.ANEW: "memory.asked_anew",
    CacheEvent.NOW: "memory.now",
    CacheEvent.FORGOTTEN: "memory.label_forgotten",
    CacheEvent.NEXT: "memory.the_next_question",
}


class MemoryPage(Page[Memory]):
    """How long a resolver still remembers an answer, as seen at each question."""

    kind: Kind
    LIMITS = ("memory.own",)

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        count = len(facts.seen)
        remaining = facts.gone - facts.now
        key = "memory.once" if count == 1 else "memory.seen"
        times = say(key, name=facts.name, count=count)
        key = "memory.remembered" if remaining > 0 else "memory.forgotten"
        return f"{times} {say(key, left=span(say, remaining))}"

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("memory.what_seen_resolver_memory"),
            (
                say("memory.lab_time"),
                say("memory.time_left"),
                say("memory.forgotten_at"),
            ),
            tuple(
                (utc(when), span(say, left), utc(when + left))
                for when, left in self.facts.seen
            ),
        )

    def _picture(self) -> Picture:
        """Draw what is left as a bar that runs out, and a clock, from moment to moment."""
        say = self.say
        facts = self.facts
        stops = [*facts.stops()][-MOST:]
        full = max(1, *(left for _, _, left in stops))
        places = [WIDE * (number + 0.5) / len(stops) for number in range(len(stops))]
        duration = span(say, full)
        drawing = (
            shape("rect", "wall", x=2, y=4, width=CLOCK, height=112, rx=8)
            + shape("text", "strong", words=cut(facts.name, LONGEST_NAME), x=BAR, y=24)
            + shape("rect", "box", "bar", x=BAR, y=56, width=LONG, height=60)
            + lines(BAR, 136, say("memory.nothing_is_left"), WIDE)
            + lines(BAR + LONG - LETTER * len(duration), 136, duration, WIDE)
            + shape("line", "line", x1=places[0], y1=166, x2=places[-1], y2=166)
        )
        states = []
        for number, (x, stop) in enumerate(zip(places, stops, strict=True)):
            part = f"m{number}"
            left = span(say, stop.left)
            day, clock, zone = (*utc(stop.time).split(), "", "")[:3]
            drawing += (
                shape("circle", "box", f"s{number}", cx=x, cy=166, r=10)
                + lines(
                    x, 196, say(LABELS[stop.event]), WIDE / len(stops) - 6, "middle"
                )
                + shape("text", "large middle", part, clock, x=2 + CLOCK / 2, y=66)
                + shape(
                    "text", "small middle", part, f"{day} {zone}", x=2 + CLOCK / 2, y=98
                )
            )
            if stop.event is CacheEvent.NEXT:
                drawing += shape(
                    "text", "large middle", part, "?", x=BAR + LONG / 2, y=101
                )
            else:
                drawing += lines(
                    BAR, 48, say("memory.time_left_left", left=left), WIDE, part=part
                )
                wide = LONG * stop.left / full
                drawing += shape(
                    "rect", "window", part, x=BAR, y=56, width=wide, height=60
                )
            off = {f"m{other}": "off" for other in range(len(stops)) if other != number}
            looks = off | {f"s{number}": "on"}
            if stop.event is CacheEvent.NEXT:
                looks["bar"] = "cut"
            words = say(f"memory.at_{stop.event}", time=utc(stop.time), left=left)
            states.append(State(words, looks))
        still = max(n for n, stop in enumerate(stops[:-1]) if stop.time <= facts.now)
        return Picture(drawing, 222, states, say, still=still)


def memory(
    session: Session,
    typed: Typed,
    rdtype: dns.rdatatype.RdataType,
    lines: Iterable[Line],
) -> MemoryPage | Explanation:
    """Read from `lines` of evidence what this connection's resolvers had left to remember."""
    return MemoryPage.of(session.say, lookup.memory(session, typed, rdtype, lines))
