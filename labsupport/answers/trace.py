"""The walk from the root to an answer, as an answer of `lab.trace`."""

from __future__ import annotations

from itertools import count

import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.answers.ask import in_short
from labsupport.answers.map import Station, Step, walk
from labsupport.answers.page import Page
from labsupport.dns.walk import Failure, WalkStep
from labsupport.dns.walk import ResponseKind as ReadingKind
from labsupport.exchange import NotSent, Reply
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups import trace as lookup
from labsupport.lookups.ask import values_of
from labsupport.lookups.session import Session
from labsupport.picture import Picture
from labsupport.results import Table, span

MOST_VALUES = 3  # on the map


class TracePage(Page[lookup.Trace]):
    """A walk down the DNS."""

    kind: Kind
    LIMITS = ("trace.from_the_root", "trace.no_signature", "trace.silent_server")

    @property
    def steps(self) -> tuple[WalkStep, ...]:
        """Every question on the way, with what came of it."""
        return self.facts.steps

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        if facts.sent and not facts.got_through:
            return say("trace.closed")
        first = shown(facts.aliases[0])
        name = shown(facts.aliases[-1])
        start = ""
        if len(facts.aliases) > 1:
            start = say("ask.alias", name=first, target=name) + " "
        if isinstance(facts.found, Failure):
            zone = zone_words(facts.reached, say)
            return start + say(f"trace.{facts.found.name.lower()}", zone=zone)
        zones = [zone_words(step.zone, say) for step in facts.main_steps]
        return start + say(
            f"trace.{facts.found.kind.name.lower()}",
            questions=say("trace.questions", count=len(facts.sent)),
            name=name,
            values=in_short(facts.values, say),
            type=facts.type,
            zones=" → ".join(zones),
            zone=zones[-1],
        )

    def tabulated(self) -> Table | None:
        say = self.say
        number = count(1)
        return Table.of(
            say("trace.every_question_way_down"),
            self.facts.steps,
            (say("trace.label_step"), lambda _: next(number)),
            (say("trace.server_asked"), _server),
            (say("trace.a_server_of"), lambda step: zone_words(step.zone, say)),
            (say("trace.asked_for"), _asked_for),
            (say("trace.what_it_said"), lambda step: _learnt(step, say)),
            (say("trace.took"), lambda step: _took(step, say)),
        )

    def step(self, number: int) -> str:
        """Return step `number` (the first is 1) in words."""
        return self._told(self.facts.steps[number - 1])

    def _told(self, step: WalkStep) -> str:
        say = self.say
        values = {"server": _server(step), "zone": zone_words(step.zone, say)}
        values |= {"name": shown(step.name), "type": dns.rdatatype.to_text(step.rdtype)}
        if isinstance(step.exchange.outcome, NotSent):
            key = "trace.detour_not_sent" if step.detour else "trace.step_not_sent"
        else:
            key = "trace.detour" if step.detour else "trace.step"
        return say(key, learnt=_learnt(step, say), **values)

    def _picture(self) -> Picture | None:
        """The map of the walk: the servers that led on, from the root down, and the answer."""
        say = self.say
        facts = self.facts
        steps = self.facts.main_steps
        if not steps:
            return None
        stations = [
            Station(
                zone_words(step.zone, say),
                (shown(step.server), step.exchange.to_address),
            )
            for step in steps
        ]
        moved = [
            Step(self._told(step), (f"s{place}",)) for place, step in enumerate(steps)
        ]
        end = f"s{len(steps)}"
        barred = self._barred
        more = (
            [f"+{len(facts.values) - MOST_VALUES}"]
            if len(facts.values) > MOST_VALUES
            else []
        )
        values = (*facts.values[:MOST_VALUES], *more)
        stations.append(Station(shown(facts.aliases[-1]), values))
        if isinstance(facts.found, Failure):
            moved.append(Step(self.sentence, (), barred, end))
        elif barred:
            moved[-1] = moved[-1]._replace(barrier=barred, at=end)
        else:
            moved[-1] = moved[-1]._replace(lights=(*moved[-1].lights, end))
        return walk(stations, moved, say)

    @property
    def _barred(self) -> str:
        """The word on the barrier where the walk came to no record; "" where it came to one."""
        say = self.say
        end = self.facts.found
        if isinstance(end, Failure):
            return say("trace.label_no_answer")
        if end.records is not None:
            return ""
        if end.kind is ReadingKind.NAME_ERROR:
            return say("trace.does_not_exist")
        return say("trace.no_record_type_type", type=self.facts.type)


def trace(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> TracePage:
    """Walk from the root to records of `rdtype` at the name that was typed, through aliases."""
    return TracePage(session.say, lookup.trace(session, typed, rdtype))


def _server(step: WalkStep) -> str:
    return f"{shown(step.server)} ({step.exchange.to_address})"


def _asked_for(step: WalkStep) -> str:
    return f"{shown(step.name)} {dns.rdatatype.to_text(step.rdtype)}"


def _took(step: WalkStep, say: Language) -> str:
    took = round(step.exchange.elapsed * 1000)
    if step.reading:
        return say("trace.count_ms", count=took)
    return "–"


def _learnt(step: WalkStep, say: Language) -> str:
    """Say what one step taught."""
    reading = step.reading
    outcome = step.exchange.outcome
    if isinstance(outcome, NotSent):
        return outcome.reason
    if reading is None:
        came = isinstance(outcome, Reply)
        return say("trace.learnt_nonsense" if came else "trace.learnt_nothing")
    glue = ""
    if cut := reading.cut:
        addresses = cut.addresses.values()
        key = "glue" if all(addresses) else "some_glue" if any(addresses) else "no_glue"
        glue = say(f"trace.{key}")
    return say(
        f"trace.learnt_{reading.kind.name.lower()}",
        code=dns.rcode.to_text(reading.rcode),
        zone=zone_words(cut.zone, say) if cut else "",
        time=span(say, cut.ttl) if cut else "",
        servers=say.listed(map(shown, cut.addresses)) if cut else "",
        glue=glue,
        target=shown(reading.target) if reading.target else "",
        values=in_short(values_of(reading.records.rrset), say)
        if reading.records
        else "",
    )


def zone_words(zone: dns.name.Name, say: Language) -> str:
    """Return a zone's name in words."""
    if zone == dns.name.root:
        return say("trace.the_root")
    return shown(zone)
