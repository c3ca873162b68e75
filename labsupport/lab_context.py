"""What stands behind a lab, and is shared with its rooms: language, network, record, session.

`labsupport.lab_protocol.context_of` returns that of a lab.
"""

from __future__ import annotations

import copy
import functools
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import dns.rdatatype

from labsupport import declared
from labsupport.evidence.log import EvidenceLog, machine
from labsupport.exchange import Network, Reply, Request
from labsupport.exchange.entry import Entry
from labsupport.exchange.log import INVENTED, LAB, LAB_CLOCK, LIVE, LIVE_CLOCK
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood, Typed, read_question
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.inputs.registered import read_domain
from labsupport.kinds import Kind, Provenance, Source
from labsupport.language import SOURCE_LANGUAGE, Language, languages, spoken
from labsupport.language.naming import NAMES, code_of
from labsupport.lookups import resolvers
from labsupport.lookups.session import Session
from labsupport.network.recording import RecordedNetwork
from labsupport.results import Explanation, Result, Statement, Table, utc
from labsupport.visible import quoted

if TYPE_CHECKING:
    from labsupport.answers.evidence_record import Evidence
    from labsupport.lab_internet import Inside
    from labsupport.lookups.reached import VantagePoint
    from labsupport.network.offline import OfflineNetwork
    from labsupport.orders.order import Order
    from labsupport.orders.simulation import Trial
    from labsupport.real_internet import Elsewhere

LIVE_MODE = "LAB_MODE"
R = TypeVar("R", bound=Result)
Lookup = Callable[[Session, Typed, dns.rdatatype.RdataType], R]


@dataclass(eq=False)
class LabContext:
    """What a lab and its rooms work with.

    `inside` is the lab Internet as seen from one connection, `elsewhere` the real one or a
    recording where questions go there; `quiet` keeps them from what may be the target's.
    `mistake` says why this lab cannot be asked: it was made from what nobody understood.
    `remarks` tell what is special in this copy of the lab, `orders` how many are in force in it.
    `confirmed` is the order that was confirmed last in a box, in memory and nowhere else.
    `make_lab` returns a lab for a context.
    """

    say: Language
    inside: Inside
    make_lab: Callable[[LabContext], Any]
    log: EvidenceLog
    draw: Callable[[int], int]
    elsewhere: Elsewhere | None = None
    quiet: bool = False
    missing_language: str | None = None
    mistake: str = ""
    remarks: tuple[str, ...] = ()
    orders: int = 0
    confirmed: Order | None = None

    @classmethod
    def enter(
        cls,
        language: str,
        make_lab: Callable[[LabContext], Any],
        *,
        live: bool | None = None,
        quiet: bool = False,
        recording: object = None,
    ) -> LabContext:
        """Enter the lab Internet, the real one, or a recording: see `Lab`."""
        from labsupport.lab_internet import Inside

        code = spoken(language)
        # Nobody can forge an answer in here, so what must not be guessed outside may repeat:
        # a teacher and everybody in the room see the same packet.
        draw = random.Random(0).randrange
        say = Language.load(code or SOURCE_LANGUAGE)
        context = cls(say, Inside.load(), make_lab, EvidenceLog(), draw, quiet=quiet)
        context.missing_language = (
            None if code and code == code_of(language) else str(language)
        )
        if live is None:
            live = os.environ.get(LIVE_MODE) == "live"
        if live or recording is not None:
            context._leave(recording)
        hints = context.entry.root_hints
        names = {}
        for name, addresses in hints.items():
            names.update(dict.fromkeys(addresses, name.rstrip(".")))
        world = context.entry.world
        if context.elsewhere:
            context.log = EvidenceLog(names, LIVE_CLOCK, machine, world)
        else:
            context.log = EvidenceLog(names, LAB_CLOCK, str, world)
        return context

    def _leave(self, recording: object) -> None:
        """Ask the real Internet from now on, or a recording where there is one."""
        from labsupport import real_internet

        try:
            if recording is None:
                self.elsewhere = real_internet.enter(self.say)
            else:
                self.elsewhere = real_internet.play(
                    recording, self.say, self.inside.entry
                )
        except real_internet.CannotEnter as problem:
            self.mistake = str(problem)

    def copied(self) -> LabContext:
        """Return a copy, to be changed; the record is the same."""
        return copy.copy(self)

    @property
    def lab(self) -> Any:
        """A lab that this stands behind."""
        return self.make_lab(self)

    # Where it is entered, and what time it is

    @property
    def offline(self) -> OfflineNetwork:
        """The lab Internet, whatever is asked live."""
        return self.inside.network

    @property
    def network(self) -> Network:
        """Where questions go."""
        return self.elsewhere.network if self.elsewhere else self.offline

    @property
    def entry(self) -> Entry:
        """Where that network is entered."""
        return self.elsewhere.entry if self.elsewhere else self.inside.entry

    @property
    def now(self) -> float:
        """The lab's time, or the real one, in seconds since 1970-01-01 00:00 UTC."""
        return self.network.clock.now()

    @property
    def here(self) -> Statement:
        """Where this lab is entered, and what time it is there."""
        if self.mistake:
            return Explanation(self.say, Kind.NOT_ASKED, self.mistake)
        if self.elsewhere:
            return self.elsewhere.here(self.say, self._language_remark())
        start = " ".join(self.remarks) or self.say("lab.lab_internet_ready")
        when = utc(self.offline.clock.now())
        where = self.say("lab.here", name=self.inside.seat.name, when=when)
        notes = tuple(filter(None, [self._language_remark()]))
        return self.explain(f"{start} {where}", notes=notes)

    def _language_remark(self) -> str:
        if self.missing_language is None:
            return ""
        available = self.say.listed(f'"{code}" ({NAMES[code]})' for code in languages())
        missing = quoted(self.missing_language)
        return self.say("lab.language_missing", language=missing, all=available)

    def move(self, network: OfflineNetwork, name: str) -> None:
        """Go on in a copy of the lab; its `name` stands before the connection in the evidence."""
        self.inside = replace(
            self.inside, network=network, name=self.inside.name + name
        )

    # What lookups work with

    @property
    def session(self) -> Session:
        """A seat at the network, which writes down what is sent."""
        elsewhere = self.elsewhere
        network = self.network
        if elsewhere and elsewhere.recording is None:
            from labsupport.network.time_limit import TimeLimitedNetwork

            network = TimeLimitedNetwork(network, self.say)
        origin = elsewhere.origin if elsewhere else LAB
        network = RecordedNetwork(network, self.log, self.entry.connection, origin)
        if elsewhere is None:
            return Session(
                network,
                self.entry,
                self.say,
                Source.LAB,
                resolvers.ask,
                self.inside.holder,
                self.inside.country,
                self.draw,
                seen_as=self.inside.seen_as,
            )
        if elsewhere.store is not None:
            from labsupport.network.cache import CachedNetwork

            network = CachedNetwork(network, elsewhere.store, self._tell_of_kept)
        session = Session(
            network,
            self.entry,
            self.say,
            elsewhere.source,
            elsewhere.fallback.ask,
            training=origin in INVENTED,
            note=lambda key, **values: elsewhere.fallback.note(self.say(key, **values)),
            closed=elsewhere.fallback.closed,
        )
        if elsewhere.holders is None:
            return replace(
                session, holder=self.inside.holder, country=self.inside.country
            )
        return replace(
            session,
            holder=functools.partial(elsewhere.holders.name, session),
            country=functools.partial(elsewhere.holders.country, session),
        )

    @property
    def record(self) -> Evidence:
        """The record of everything that was asked."""
        from labsupport.answers.evidence_record import Evidence

        return Evidence(self.session, self.log)

    def vantage_points(self) -> list[VantagePoint]:
        """From where one can look: every connection of the lab; live, this one's resolvers."""
        from labsupport.lookups.reached import VantagePoint

        session = self.session
        points: list[VantagePoint] = []
        if not self.elsewhere:
            for inside in self.inside.seats:
                network = RecordedNetwork(
                    self.offline, self.log, inside.entry.connection
                )
                seen = replace(session, network=network, entry=inside.entry)
                points.append(VantagePoint(inside.seat.name, seen))
            return points
        points.append(VantagePoint(self.say("lab.this_connection"), session))
        for operator, name, *addresses in session.entry.public_resolvers:
            entry = replace(
                session.entry,
                resolvers=tuple(addresses),
                resolver_url=f"https://{name}/dns-query",
                public_resolvers=(),
            )
            label = self.say("lab.this_connection_through_operator", operator=operator)
            points.append(VantagePoint(label, replace(session, entry=entry)))
        return points

    @property
    def trial(self) -> Trial:
        """A copy of the lab as it is now, to try orders on, seen from every connection."""
        from labsupport.orders.simulation import Trial, TrialSeat

        inside = self.inside
        seats = tuple(
            TrialSeat(seat.seat.name, seat.entry, seat.seat.asn)
            for seat in inside.seats
        )
        return Trial(
            self.offline.copy(), seats, self.say, inside.holder, inside.country
        )

    # What was typed, read

    def read_order(self, order: object) -> tuple[Order, bool]:
        """Return an order, and whether it is one of the lab's own; raise NotUnderstood."""
        from labsupport.orders.drafts import OwnOrder
        from labsupport.orders.measure import TechniqueTrial
        from labsupport.orders.order import Order
        from labsupport.orders.proposal import Proposal
        from labsupport.orders.reading import read_order
        from labsupport.orders.simulation import LASTS, order_for

        if isinstance(order, OwnOrder):
            return order.order, True
        if isinstance(order, Proposal):
            return order.order, False
        if isinstance(order, TechniqueTrial):  # as it was tried: for two days
            return order_for(order.technique, order.site, LASTS), True
        if isinstance(order, Order):
            return order, False
        if isinstance(order, str) and order.strip():
            if key := choices("draft").key(order, self.say):
                call = declared.in_words(f'lab.orders.draft("{key}")', self.say)
                raise NotUnderstood(self.say("lab.draft_by_its_key", call=call))
            return read_order(order), False
        call = declared.in_words(
            'lab.orders.review(lab.orders.draft("flawed"))', self.say
        )
        raise NotUnderstood(self.say("lab.what_an_order_is", call=call))

    def read_site(self, name: object) -> str:
        """Return a name of the lab as people write it; raise NotUnderstood for another."""
        typed = read_domain(name, self.say)
        if not self.offline.covers(typed.name.to_text()):
            raise NotUnderstood(self.outside(typed.text, ()).sentence)
        return typed.text

    def look_up(self, lookup: Lookup[R], name: object, type: object) -> R | Explanation:
        """Read the question and hand it to `lookup`, unless the lab cannot know the name.

        That is decided before asking. Raises NotUnderstood when it cannot be read.
        """
        typed, rdtype = read_question(name, type, self.say)
        if self.network.covers(typed.name.to_text()):
            return lookup(self.session, typed, rdtype)
        return self.outside(typed.text, typed.notes)

    def unregistered(self, asked: Typed | Number) -> Explanation | None:
        """Say that the lab's registries cannot know what is asked; None where they may."""
        if isinstance(asked, Typed):
            covered = self.network.covers(asked.name.to_text())
            return None if covered else self.outside(asked.text, asked.notes)

        sentence = of_nobody(asked, self.say)
        if not sentence and not self.elsewhere:
            sentence = self.inside.no_number(asked, self.say)
        return (
            Explanation(self.say, Kind.NOT_COVERED, sentence, asked.notes)
            if sentence
            else None
        )

    def outside(self, name: str, notes: tuple[str, ...]) -> Explanation:
        """Say that nothing can be known of a name here."""
        sentence = (self.elsewhere or self.inside).does_not_cover(name, self.say)
        return Explanation(self.say, Kind.NOT_COVERED, sentence, notes)

    def explain(
        self, sentence: str, table: Table | None = None, notes: tuple[str, ...] = ()
    ) -> Statement:
        """Say something about the lab itself: no answer to a question, so of no kind."""
        now = self.offline.clock.now()
        provenance = Provenance(Source.LAB, "", now, world=self.inside.world.version)
        return Statement(self.say, None, sentence, notes, provenance, table)

    # Live, and recorded

    def refusal(self, question: str) -> Explanation | None:
        """Return why a question is not asked out there; None where it is, and say who sees it."""
        return (
            self.elsewhere.refusal(question, self.say, self.quiet)
            if self.elsewhere
            else None
        )

    @property
    def done_instead(self) -> list[str]:
        """What was done instead of what did not get through, for the question just asked."""
        return self.elsewhere.fallback.said if self.elsewhere else []

    def _tell_of_kept(self, time: float, request: Request, reply: Reply) -> None:
        """Say that an answer was kept, and put it into the evidence as of when it came."""
        assert self.elsewhere is not None
        self.log.append(self.entry.connection, time, request, reply, LIVE)
        server = request.server_name or request.to_address
        self.elsewhere.fallback.note(
            self.say("live.kept", server=server, when=utc(time))
        )

    # For a case

    @property
    def apart(self) -> LabContext:
        """A lab of its own in this language: what is asked there is in nobody's evidence."""
        return LabContext.enter(self.say.code, self.make_lab, live=False)

    @property
    def in_the_lab(self) -> LabContext:
        """The same in the lab itself, whatever is asked live."""
        other = self.copied()
        other.elsewhere = None
        return other

    def staged(
        self,
        seconds: float = 0.0,
        orders: Sequence[tuple[object, float]] = (),
        gone: Sequence[str] = (),
    ) -> Any:
        """Return the undisturbed lab after so many seconds, with orders in force: for a case.

        Each order stands with the seconds after which it arrived. The sites `gone` were taken away
        by whoever ran them. Unlike `with_order` it does not tell of any of it. What is asked there
        is in this lab's evidence.
        """
        from labsupport.lab_internet import Inside
        from labsupport.world.changes import Departure

        other = self.in_the_lab
        other.inside = Inside(
            self.offline.undisturbed(), self.inside.seat, name="case, "
        )
        begin = other.now
        for order, arrived in sorted(orders, key=lambda pair: pair[1]):
            other.offline.clock.advance(begin + arrived - other.now)
            execution = other.trial.execution(self.read_order(order)[0])
            network = other.offline.copy(execution.rules, changes=execution.changes)
            other.inside = replace(other.inside, network=network)
        other.offline.clock.advance(begin + seconds - other.now)
        if gone:
            network = other.offline.copy(
                changes=[Departure(site=site) for site in gone]
            )
            other.inside = replace(other.inside, network=network)
        other.remarks = ()
        return other.lab
