"""The one object a notebook holds: a method for each question, and rooms with more of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, overload

import dns.rdatatype

from labsupport.answers import ask
from labsupport.course import errors, notebook
from labsupport.declared import (
    ABOVE,
    DIRECTORIES,
    OWN_MACHINE,
    OWN_SERVERS,
    RESOLVER,
    written,
)
from labsupport.facade.course import CourseRoom
from labsupport.facade.evidence import EvidenceRoom
from labsupport.facade.investigate import InvestigateRoom
from labsupport.facade.orders import OrdersRoom
from labsupport.facade.room import Room, asks, offers
from labsupport.facade.routes import RoutesRoom
from labsupport.inputs.names import NotUnderstood, read_question
from labsupport.inputs.numbers import of_nobody, read_number
from labsupport.inputs.registered import read_domain, read_what
from labsupport.inputs.urls import has_name, read_resolver, read_url
from labsupport.kinds import Kind
from labsupport.lab_context import LabContext
from labsupport.language import SOURCE_LANGUAGE
from labsupport.lookups import resolvers
from labsupport.lookups.lookup import Unanswered
from labsupport.results import Explanation, Result, Statement, Table, span, utc
from labsupport.visible import quoted

if TYPE_CHECKING:
    from labsupport.answers.ask import AnswerPage
    from labsupport.answers.dnssec import TrustChainPage
    from labsupport.answers.path import PathPage
    from labsupport.answers.rdap import DomainPage, NumbersPage
    from labsupport.answers.trace import TracePage
    from labsupport.answers.visit import VisitPage
    from labsupport.answers.who import WhoPage
    from labsupport.answers.whois import WhoisPage
    from labsupport.course.form import Form
    from labsupport.orders.execution import Execution
    from labsupport.orders.order import Order

# `ask` is imported at once, the other questions when first asked: nobody waits at the beginning
# for what comes later.

LONGEST_WAIT = 366 * 86400


class Lab(Room):
    """The lab Internet, seen from one connection; or the real one, seen from this computer.

    `language` is a code or a name ("es", "es-CO", "español"); where the course lacks it, another is
    used, and said. With
    `live`, questions go to the real Internet, and each says beforehand who will see it; left out,
    the environment variable LAB_MODE says so by the word "live". With `quiet`, nothing is sent to
    machines that may be the target's. `recording` is a file of evidence: what was asked then is
    answered from it, and nothing is sent. Orders are reviewed and simulated in the lab all the
    same.

    Further questions stand in rooms: `routes`, `investigate`, `orders`, `evidence`, `course`.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> print(lab.ask("www.museum.example").sentence)
    www.museum.example has the address 198.51.100.10.
    """

    def __init__(
        self,
        language: str = SOURCE_LANGUAGE,
        *,
        live: bool | None = None,
        quiet: bool = False,
        recording: object = None,
    ) -> None:
        super().__init__(
            LabContext.enter(
                language, lab_of, live=live, quiet=quiet, recording=recording
            )
        )
        errors.explain_from_now_on(self._context.say)
        notebook.keep_no_history()

    # Rooms

    @property
    def routes(self) -> RoutesRoom[Lab]:
        """Which network announces what, and which way packets go."""
        return RoutesRoom(self._context)

    @property
    def investigate(self) -> InvestigateRoom:
        """To look closer at a name, an address, a page or a message."""
        return InvestigateRoom(self._context)

    @property
    def orders(self) -> OrdersRoom:
        """Orders to block: the lab's own drafts, yours reviewed, and what an order comes to."""
        return OrdersRoom(self._context)

    @property
    def evidence(self) -> EvidenceRoom:
        """The record of everything that was asked: to save, to seal, to report; and requests."""
        return EvidenceRoom(self._context)

    @property
    def course(self) -> CourseRoom:
        """Questions and cases to play, words and facts to look up, the instructor's papers."""
        return CourseRoom(self._context)

    # Questions

    @overload
    def ask(self) -> Form: ...

    @overload
    def ask(self, name: object, type: object = "A") -> AnswerPage | Explanation: ...

    @asks(
        '"www.museum.example"',
        means="lab.what_does_resolver_answer",
        seen_by=(RESOLVER,),
        form=True,
        outside=True,
    )
    def ask(
        self, name: object = None, type: object = "A"
    ) -> AnswerPage | Form | Explanation:
        """Ask this connection's resolver for records of `type` at `name`.

        An IP address in the place of the name asks what its holder calls it. Without a name, a
        form asks for it.

        >>> Lab("en").ask("www.museum.example").kind.name
        'FOUND'
        """
        if name is None:
            from labsupport.course import widgets

            return widgets.ask_box(self)
        return self._context.look_up(ask.ask, name, type)

    @overload
    def trace(self) -> Form: ...

    @overload
    def trace(self, name: object, type: object = "A") -> TracePage | Explanation: ...

    @asks(
        '"www.museum.example"',
        means="lab.who_answers_what_root",
        seen_by=(ABOVE, OWN_SERVERS),
        loud=True,
        form=True,
        outside=True,
        lesson=True,
    )
    def trace(
        self, name: object = None, type: object = "A"
    ) -> TracePage | Form | Explanation:
        """Walk from the root to the answer, and keep every question on the way.

        Without a name, a form goes that way one step at a time.

        >>> len(Lab("en").trace("www.museum.example").facts.steps)
        3
        """
        if name is None:
            from labsupport.course import widgets

            return widgets.walk_box(self, widgets.FIRST_NAME)
        from labsupport.answers import trace

        return self._context.look_up(trace.trace, name, type)

    @asks(
        '"www.museum.example"',
        means="lab.answers_about_what_signed",
        seen_by=(RESOLVER,),
        outside=True,
        lesson=True,
    )
    def dnssec(
        self, name: object = "", type: object = "A"
    ) -> TrustChainPage | Explanation:
        """Check the chain of trust, link by link, and say where it breaks.

        >>> Lab("en").dnssec("www.alterado.example").kind.name
        'FAILED'
        """
        from labsupport.answers import dnssec

        return self._context.look_up(dnssec.dnssec, name, type)

    @asks(
        '"museum.example"',
        means="lab.what_do_directories_rdap",
        seen_by=(DIRECTORIES,),
        outside=True,
        lesson=True,
    )
    def rdap(self, what: object = "") -> DomainPage | NumbersPage | Explanation:
        """Ask the registry, and for names the registrar, what is registered: by RDAP.

        `what` is a name, an address, a prefix or an AS number.

        >>> Lab("en").rdap("museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import rdap

        context = self._context
        asked = read_what(what, context.say)
        return context.unregistered(asked) or rdap.rdap(context.session, asked)

    @asks(
        '"museum.example"',
        means="lab.what_do_directories_whois",
        seen_by=(DIRECTORIES,),
        outside=True,
        lesson=True,
    )
    def whois(
        self, what: object = ""
    ) -> WhoisPage | DomainPage | NumbersPage | Explanation:
        """Ask the WHOIS servers what is registered: the text as it came, and in plain words.

        `what` is a name, an address, a prefix or an AS number.

        >>> Lab("en").whois("museum.example").server
        'whois.nombres-del-sur.example'
        """
        from labsupport.answers import whois

        context = self._context
        asked = read_what(what, context.say)
        if refused := context.unregistered(asked):
            return refused
        return whois.whois(context.session, asked, or_rdap=bool(context.elsewhere))

    @asks(
        '"www.museum.example"',
        means="lab.what_comes_when_somebody",
        seen_by=(RESOLVER, OWN_MACHINE),
        loud=True,
        outside=True,
        lesson=True,
    )
    def visit(self, page: object = "") -> VisitPage | Explanation:
        """Open a page step by step, and say who runs each step, from the name to the answer.

        `page` is a name or a page's address ("http://…", "https://…"); a name alone is opened
        over HTTPS.

        >>> Lab("en").visit("www.museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import visit

        context = self._context
        url = read_url(page, context.say)
        if not context.network.covers(url.host):
            return context.outside(url.host, url.notes)
        return visit.visit(context.session, url, context.log)

    @asks(
        '"www.museum.example"',
        means="lab.way_do_packets_take",
        seen_by=(RESOLVER, "lab.every_router_way_machine"),
        loud=True,
        outside=True,
        lesson=True,
    )
    def path(self, name: object = "") -> PathPage | Explanation:
        """Follow the way to a name or an address: each router on it, and whose it is.

        >>> Lab("en").path("www.museum.example").networks
        ('Fibra Sur', 'Andarivel', 'Cimiento')
        """
        from labsupport.answers import path

        context = self._context
        typed, rdtype = read_question(name, "A", context.say)
        if rdtype is dns.rdatatype.PTR:  # an address: whose name it has does not matter
            if sentence := of_nobody(read_number(typed.text, context.say), context.say):
                return Explanation(context.say, Kind.NOT_COVERED, sentence)
            if not context.elsewhere and not context.offline.world.knows(typed.text):
                return context.outside(typed.text, ())
            return path.path(context.session, typed, rdtype)
        return context.look_up(path.path, name, "A")

    @asks(
        '"www.museum.example"',
        means="lab.who_part_what_could",
        seen_by=(RESOLVER, DIRECTORIES),
        outside=True,
        lesson=True,
    )
    def who(self, name: object = "") -> WhoPage | Explanation:
        """Say on one page who has a part in a name, and who could technically act on what.

        >>> Lab("en").who("www.diario-del-puerto.example").cdn
        'the registration of its addresses has the words “Brisa CDN S.A.”'
        """
        from labsupport.answers import who

        context = self._context
        asked = read_domain(name, context.say)
        return context.unregistered(asked) or who.who(
            context.session, asked, context.entry.access
        )

    @overload
    def at(self) -> Statement | Explanation: ...

    @overload
    def at(self, where: object) -> Lab: ...

    @offers('"movil-norte"', seen_by=(RESOLVER,))
    def at(self, where: object = None) -> Lab | Statement | Explanation:
        """Return the same lab seen from another connection, or through another resolver.

        Without either, list those that there are.

        `where` is a connection's key or name ("movil-norte"), or a resolver: its address, or
        how it is asked over HTTPS (RFC 8484). Live, it can only be a resolver.
        What is neither gives a lab that answers every question with a sentence which says so.

        >>> Lab("en").at("https://dns.resuelve.example").ask("www.museum.example").kind.name
        'FOUND'
        """
        context = self._context
        if where is None:
            return _seats(context)
        other = context.copied()
        other.mistake = ""
        if context.elsewhere:
            _go_through(other, where)
        elif seat := context.inside.at(where):
            other.inside = seat
        elif context.inside.has_resolver(where) or has_name(where):
            _go_through(other, where)
        else:
            keys = context.say.listed(
                inside.seat.key for inside in context.inside.seats
            )
            values = {"where": quoted(where), "keys": keys}
            other.mistake = context.say("lab.no_such_connection", **values)
        return lab_of(other)

    @overload
    def wait(self, *, name: object = ...) -> Form: ...

    @overload
    def wait(
        self, span_of_time: object, *, name: object = ...
    ) -> Statement | Explanation: ...

    @asks(
        '"10 minutes"',
        lab_only="lab.real_time_cannot_moved",
        words={"span_of_time": "span"},
    )
    def wait(
        self, span_of_time: object = None, *, name: object = "www.museum.example"
    ) -> Form | Statement | Explanation:
        """Move the lab's clock forward: "10 minutes", "2 hours", "1 day".

        Without a span, a form does, and shows how long the resolver still remembers `name`.

        >>> Lab("en").wait("10 minutes").sentence
        '10 minutes later. In the lab it is now 2026-11-02 12:10:00 UTC.'
        """
        if span_of_time is None:
            from labsupport.course import widgets

            return widgets.clock_box(self, name)
        from labsupport.inputs.times import read_span

        context = self._context
        seconds = read_span(span_of_time, context.say)
        if seconds > LONGEST_WAIT:
            raise NotUnderstood(context.say("lab.lab_clock_moves_most"))
        context.offline.clock.advance(seconds)
        when = utc(context.offline.clock.now())
        return context.explain(
            context.say("lab.later", span=span(context.say, seconds), when=when)
        )

    @offers('lab.orders.draft("hold")', of_orders=True)
    def with_order(self, order: object = "") -> Lab:
        """Return a copy of the lab in which an order is carried out to the letter.

        `order` is one of the lab's own, a way of blocking that was tried (`lab.orders.technique`),
        or an order that you confirmed in the box (`lab.orders.confirmed()`). Clock and memories are
        copied, so each goes its own way from here on. The order begins and ends by the clock. What
        cannot be read, or was not confirmed, gives a lab that answers every question with a
        sentence which says why.

        >>> lab = Lab("en")
        >>> held = lab.with_order(lab.orders.draft("hold"))
        >>> held.ask("www.bancodelfaro-clientes.example").kind.name
        'NO_SUCH_NAME'
        """
        context = self._context
        other = context.copied()
        if context.elsewhere:
            why = "lab.nobody_order_carried_out"
            other.mistake = context.elsewhere.not_here(why, context.say)
            return lab_of(other)
        try:
            read, own = context.read_order(order)
        except NotUnderstood as problem:
            other.mistake = str(problem)
            return lab_of(other)
        if not read.confirmed:
            from labsupport.orders.proposal import Proposal

            answer = Proposal(context.say, read)
            other.mistake = " ".join((answer.sentence, *answer.notes))
            return lab_of(other)
        execution = context.trial.execution(read)
        other.orders = context.orders + 1
        network = context.offline.copy(execution.rules, changes=execution.changes)
        other.move(network, f"order {other.orders}, ")
        other.remarks = (*context.remarks, *_carried_out(context, read, execution, own))
        return lab_of(other)

    # How a lab shows itself

    @property
    def _here(self) -> Result:
        return self._context.here

    if not TYPE_CHECKING:  # lines as they were typed until version 0.1

        def __getattr__(self, name):
            """Return what answers a line as it was typed: see labsupport.course.old_lines."""
            from labsupport.course.old_lines import OLD, OldLine

            if name not in OLD:
                raise AttributeError(name, name=name, obj=self)
            return OldLine(self, name)


def lab_of(context: LabContext) -> Lab:
    """Return a lab that this stands behind."""
    lab = Lab.__new__(Lab)
    Room.__init__(lab, context)
    return lab


def _seats(context: LabContext) -> Statement | Explanation:
    """List the connections from which the lab can be seen."""
    say = context.say
    if context.elsewhere:
        why = "lab.you_sit_where_computer"
        return Explanation(say, Kind.NOT_COVERED, context.elsewhere.not_here(why, say))
    seats = context.offline.world.connections
    rows = tuple((seat.key, seat.name, ", ".join(seat.resolvers)) for seat in seats)
    columns = (say("lab.for_lab_at"), say("lab.connection"), say("lab.its_resolver"))
    sentence = say("lab.you_connected_through_name", name=context.inside.seat.name)
    return context.explain(sentence, Table(say("lab.where_you_can_sit"), columns, rows))


def _go_through(context: LabContext, where: object) -> None:
    """Ask through another resolver from now on."""
    if context.elsewhere and context.elsewhere.recording:
        context.mistake = context.say("lab.recording_connection_made")
        return
    if has_name(where):
        context.refusal("at")  # and say who sees it
    try:
        with context.log.asking(written("at", (where,), {})):
            resolver = resolvers.choose(
                context.session, read_resolver(where, context.say)
            )
    except NotUnderstood as problem:
        context.mistake = str(problem)
        return
    if isinstance(resolver, Unanswered):
        context.mistake = context.say(resolver.reason, **resolver.values)
        return
    if context.elsewhere:
        context.elsewhere = context.elsewhere.through(resolver)
    else:
        context.inside = replace(context.inside, chosen=resolver)


def _carried_out(
    context: LabContext, order: Order, execution: Execution, own: bool
) -> tuple[str, ...]:
    """Say what is special in a copy of the lab with an order; a draft's words stay out."""
    from labsupport.exchange.rules import FOR_EVER
    from labsupport.orders.remarks import said

    say = context.say
    spans = [(rule.start, rule.end) for rule in execution.rules]
    spans += [(change.start, change.end) for change in execution.changes]
    begins = min((start for start, _ in spans), default=context.now)
    ends = {end for _, end in spans}
    remark = say("lab.order_carried_out", count=len(order.targets), when=utc(begins))
    if len(ends) == 1 and (end := ends.pop()) != FOR_EVER:
        remark += " " + say("lab.its_end_when", when=utc(end))
    return (remark, *said(execution.remarks, say, own=own))
