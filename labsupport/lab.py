"""The one object a notebook holds: a method for each question."""

from __future__ import annotations

import copy
import functools
import inspect
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import dns.rdatatype

from labsupport import declared
from labsupport.answers import ask
from labsupport.course import errors, notebook
from labsupport.declared import ABOVE, DIRECTORIES, OWN_MACHINE, OWN_SERVERS, RESOLVER, written
from labsupport.evidence.log import EvidenceLog, machine
from labsupport.exchange import Network, Reply, Request
from labsupport.exchange.entry import Entry
from labsupport.exchange.log import INVENTED, LAB, LAB_CLOCK, LIVE, LIVE_CLOCK
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood, Typed, read_name, read_own, read_question
from labsupport.inputs.numbers import Number, of_nobody, read_number
from labsupport.inputs.registered import read_domain, read_what
from labsupport.inputs.urls import has_name, read_resolver, read_url
from labsupport.kinds import Kind, Provenance, Source
from labsupport.language import SOURCE_LANGUAGE, Language, languages, spoken
from labsupport.language.naming import NAMES, code_of
from labsupport.lookups import resolvers
from labsupport.lookups.lookup import Unanswered
from labsupport.lookups.session import Session
from labsupport.network.recording import RecordedNetwork
from labsupport.results import Explanation, Result, Table, span, utc
from labsupport.visible import cut, quoted, visible

if TYPE_CHECKING:
    from labsupport.doctor import Examination
    from labsupport.evidence.record import Evidence
    from labsupport.lookups.reached import VantagePoint
    from labsupport.network.offline import OfflineNetwork
    from labsupport.orders.execution import Execution
    from labsupport.orders.order import Order
    from labsupport.orders.simulation import Trial
    from labsupport.real_internet import Elsewhere

# `ask` is imported at once, the other questions when first asked, and the world when there is a
# lab: nobody waits at the beginning for what comes later.

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

LONGEST_WAIT = 366 * 86400


def _declared(example: str = "", **known: Any) -> Callable[[F], F]:
    """Declare what the method offers: `example` and the rest of `declared.Declaration`.

    Where it takes words from closed lists, it gets the keys of what was typed in any language.
    """

    def declare(method: F) -> F:
        declaration = _declaration(method, example, known)
        if not declaration.words:
            return method

        @functools.wraps(method)
        def with_keys(lab: Lab, /, *args: Any, **kwargs: Any) -> Any:
            if isinstance(lab, Lab):
                (lab, *args), kwargs = declared.in_keys(  # type: ignore[assignment]
                    method, declaration.words, lab.say, (lab, *args), kwargs
                )
            return method(lab, *args, **kwargs)

        return with_keys  # type: ignore[return-value]

    return declare


def _declaration(
    method: Callable[..., Any], example: str, known: dict[str, Any]
) -> declared.Declaration:
    """Write down what is known of a question, and return it."""
    _, *parameters = inspect.signature(method).parameters
    declaration = declared.Declaration(example, tuple(parameters), **known)
    declared.QUESTIONS[method.__name__] = declaration
    return declaration


def _question(
    example: str = "", **known: Any
) -> Callable[[Callable[Concatenate[Lab, P], R]], Callable[Concatenate[Lab, P], R | Result]]:
    """Declare a question; what cannot be understood becomes a result that says so."""
    words = known.get("words", {})

    def answered(
        method: Callable[Concatenate[Lab, P], R],
    ) -> Callable[Concatenate[Lab, P], R | Result]:
        @functools.wraps(method)
        def wrapper(lab: Lab, /, *args: P.args, **kwargs: P.kwargs) -> R | Result:
            if not isinstance(lab, Lab):  # Lab.ask("…") with a capital letter
                say = Language.load(SOURCE_LANGUAGE)
                told = say("lab.write_lab_small_letter")
                return Explanation(say, Kind.NOT_ASKED, told)
            if lab._mistake:
                return Explanation(lab.say, Kind.NOT_ASKED, lab._mistake)
            shows_form = known.get("form") and not args and not kwargs
            if not shows_form and (refused := lab._refusal(method.__name__)):
                return refused
            given, named = declared.in_keys(method, words, lab.say, (lab, *args), kwargs)
            keys = (*given[1:], *named.values())
            question = written(method.__name__, args, kwargs, keys)
            first = lab._log.end
            lab._done_instead.clear()
            try:
                with lab._log.asking(question):
                    result = method(*given, **named)
            except NotUnderstood as problem:
                return Explanation(lab.say, Kind.NOT_ASKED, str(problem))
            if not isinstance(result, Result):  # a form
                return result
            result.notes = (*lab._remarks, *result.notes, *lab._done_instead)
            lab._log.note(first, lab._now, question, lambda: result.sentence)
            if lab._log.trouble or lab._log.left:
                result.notes = (*result.notes, *lab.evidence.file_notes())
            return result

        _declaration(method, example, known)
        return wrapper

    return answered


LIVE_MODE = "LAB_MODE"
CASES_ON_PAPER = {"case-fraud": "fraud", "case-wrong-order": "wrong-order"}
OF_ORDERS = ("worksheet", "configuration")  # papers that are made of an order


class Lab:
    """The lab Internet, seen from one connection; or the real one, seen from this computer.

    `language` is a code or a name ("es", "es-CO", "español"); where the course lacks it, another is
    used, and said. With
    `live`, questions go to the real Internet, and each says beforehand who will see it; left out,
    the environment variable LAB_MODE says so by the word "live". With `quiet`, nothing is sent to
    machines that may be the target's. `recording` is a file of evidence: what was asked then is
    answered from it, and nothing is sent. Orders are reviewed and simulated in the lab all the
    same.

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
        from labsupport.lab_internet import Inside

        code = spoken(language)
        self.say = Language.load(code or SOURCE_LANGUAGE)
        self._missing_language = None if code and code == code_of(language) else str(language)
        self._inside = Inside.load()
        self._elsewhere: Elsewhere | None = None
        self._quiet = quiet
        if live is None:
            live = os.environ.get(LIVE_MODE) == "live"
        if live or recording is not None:
            self._leave(recording)
        hints = self._entry.root_hints
        names = {address: name.rstrip(".") for name, known in hints.items() for address in known}
        clock = LIVE_CLOCK if self._elsewhere else LAB_CLOCK
        world = self._entry.world
        self._log = EvidenceLog(names, clock, machine if self._elsewhere else str, world)
        # Nobody can forge an answer in here, so what must not be guessed outside may repeat:
        # a teacher and everybody in the room see the same packet.
        self._draw = random.Random(0).randrange
        errors.explain_from_now_on(self.say)
        notebook.keep_no_history()

    # Questions

    @_question(
        '"www.museum.example"',
        means="lab.what_does_resolver_answer",
        seen_by=(RESOLVER,),
        form=True,
    )
    def ask(self, name: object = None, type: object = "A") -> Any:
        """Ask this connection's resolver for records of `type` at `name`.

        An IP address in the place of the name asks what its holder calls it. Without a name, a
        form asks for it.
        """
        if name is None:
            from labsupport.course import widgets

            return widgets.ask_box(self)
        return self._look_up(ask.ask, name, type)

    @_question(
        '"www.museum.example"',
        means="lab.who_answers_what_root",
        seen_by=(ABOVE, OWN_SERVERS),
        loud=True,
        form=True,
    )
    def trace(self, name: object = None, type: object = "A") -> Any:
        """Walk from the root to the answer, and keep every question on the way.

        Without a name, a form goes that way one step at a time.
        """
        if name is None:
            from labsupport.course import widgets

            return widgets.walk_box(self, widgets.FIRST_NAME)
        from labsupport.answers import trace

        return self._look_up(trace.trace, name, type)

    @_question(
        '"www.museum.example"',
        means="lab.answers_about_what_signed",
        seen_by=(RESOLVER,),
    )
    def dnssec(self, name: object = "", type: object = "A") -> Result:
        """Check the chain of trust, link by link, and say where it breaks."""
        from labsupport.answers import dnssec

        return self._look_up(dnssec.dnssec, name, type)

    @_question('"www.museum.example"')
    def memory(self, name: object = "", type: object = "A") -> Result:
        """Tell from the answers so far how long the resolver still remembers this one."""
        from labsupport.answers import memory

        return self._look_up(functools.partial(memory.memory, lines=self._log.lines), name, type)

    @_question(
        '"www.museum.example"',
        means="lab.way_do_packets_take",
        seen_by=(RESOLVER, "lab.every_router_way_machine"),
        loud=True,
    )
    def path(self, name: object = "") -> Result:
        """Follow the way to a name or an address: each router on it, and whose it is.

        >>> Lab("en").path("www.museum.example").networks
        ('Fibra Sur', 'Andarivel', 'Cimiento')
        """
        from labsupport.answers import path

        typed, rdtype = read_question(name, "A", self.say)
        if rdtype is dns.rdatatype.PTR:  # an address: whose name it has does not matter
            if sentence := of_nobody(read_number(typed.text, self.say), self.say):
                return Explanation(self.say, Kind.NOT_COVERED, sentence)
            if not self._elsewhere and not self._offline.world.knows(typed.text):
                return self._outside(typed.text, ())
            return path.path(self._session, typed, rdtype)
        return self._look_up(path.path, name, "A")

    @_question(
        '"www.museum.example"',
        means="lab.what_comes_when_somebody",
        seen_by=(RESOLVER, OWN_MACHINE),
        loud=True,
    )
    def visit(self, page: object = "") -> Result:
        """Open a page step by step, and say who runs each step: name, address, route, …

        `page` is a name or a page's address ("http://…", "https://…"); a name alone is opened
        over HTTPS.

        >>> Lab("en").visit("www.museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import visit

        url = read_url(page, self.say)
        if not self._network.covers(url.host):
            return self._outside(url.host, url.notes)
        return visit.visit(self._session, url, self._log)

    @_question('"ana"', lab_only="lab.record_made_whoever_runs")
    def publish(self, name: object = "") -> Result:
        """Make a record under a name of your own; its `.log()` says who asked for it.

        `name` is one word, before .racimo.example. Lab only: it is made in the lab's own zone.

        >>> lab = Lab("en")
        >>> mine = lab.publish("ana")
        >>> lab.ask(mine.name).kind.name, len(mine.log().lines)
        ('FOUND', 1)
        """
        from labsupport.answers import server_log
        from labsupport.world.changes import OWN_ADDRESS, OWN_ZONE, Publication

        typed = read_own(name, OWN_ZONE, self.say)
        network = self._offline
        record = f"{typed.name.to_text()} 600 A {OWN_ADDRESS}"
        network.change(Publication(zone=OWN_ZONE, record=record))
        asked = functools.partial(network.questions, OWN_ZONE)
        return server_log.Published(self._session, typed, OWN_ZONE, OWN_ADDRESS, asked)

    @_question(
        '"203.0.113.80"',
        means="lab.which_network_announces_what",
        seen_by=("lab.whoever_tells_network_announces",),
    )
    def origin(self, number: object = "") -> Result:
        """Say who holds an address, a prefix or an AS number, and which network announces it.

        >>> Lab("en").origin("203.0.113.80").kind.name
        'FOUND'
        """
        from labsupport.answers import origin

        return origin.origin(self._session, number)

    @_question(
        '"198.18.102.0/23"',
        means="lab.announcements_what_seen",
        seen_by=("lab.observatory_internet_routes",),
        service="observatory",
    )
    def routes(self, prefix: object = None) -> Result:
        """List the route of every network to a prefix, or to the prefix of an address.

        Without a prefix, list the lab's networks, and from whom each buys its connection.

        >>> len(Lab("en").routes().table)
        16
        """
        from labsupport.answers import networks, routes
        from labsupport.lookups.networks import Networks

        if prefix is None and self._elsewhere:
            why = "lab.nobody_map_whole_internet"
            return Explanation(self.say, Kind.NOT_COVERED, self._elsewhere.not_here(why, self.say))
        if prefix is None:
            provenance = Provenance(Source.LAB, "", self._now, world=self._inside.world.version)
            found = Networks(kind=None, provenance=provenance, nodes=self._inside.nodes)
            return networks.NetworksPage(self.say, found)
        return routes.routes(self._session, prefix)

    @_question(
        '"museum.example"',
        means="lab.what_do_directories_rdap",
        seen_by=(DIRECTORIES,),
    )
    def rdap(self, what: object = "") -> Result:
        """Ask the registry, and for names the registrar, what is registered: by RDAP.

        `what` is a name, an address, a prefix or an AS number.

        >>> Lab("en").rdap("museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import rdap

        asked = read_what(what, self.say)
        return self._unregistered(asked) or rdap.rdap(self._session, asked)

    @_question(
        '"museum.example"',
        means="lab.what_do_directories_whois",
        seen_by=(DIRECTORIES,),
    )
    def whois(self, what: object = "") -> Result:
        """Ask the WHOIS servers what is registered: the text as it came, and in plain words.

        `what` is a name, an address, a prefix or an AS number.

        >>> Lab("en").whois("museum.example").server
        'whois.nombres-del-sur.example'
        """
        from labsupport.answers import whois

        asked = read_what(what, self.say)
        if refused := self._unregistered(asked):
            return refused
        return whois.whois(self._session, asked, or_rdap=bool(self._elsewhere))

    @_question(
        '"cooperativa.example"',
        means="lab.do_directories_agree_what",
        seen_by=(DIRECTORIES,),
    )
    def compare(self, name: object = "") -> Result:
        """Put what registry and registrar say of a name beside each other, by RDAP and WHOIS.

        >>> Lab("en").compare("museum.example").kind.name
        'FOUND'
        """
        from labsupport.answers import compare

        asked = read_domain(name, self.say)
        return self._unregistered(asked) or compare.compare(self._session, asked)

    @_question(
        '"198.18.128.2", "2026-10-29 20:14:37 -03:00", port=40212',
        lab_only="lab.who_connection_stands_provider",
        words={"tolerance": "span"},
    )
    def subscribers(
        self,
        address: object = "",
        time: object = "",
        port: object = "",
        destination: object = "",
        tolerance: object = "",
        destination_port: object = "",
        protocol: object = "",
    ) -> Result:
        """Search an access provider's log for who fits what is known of a connection.

        `address` is the shared one, `port` the source port, `destination` the address that was
        visited, `destination_port` its port, `protocol` "tcp" or "udp". `time` needs its zone
        ("2026-10-29 20:14:37 -03:00"), and `tolerance` says how far the clocks may disagree
        ("5 minutes"). Lab only: no protocol answers this.
        """
        from labsupport.answers import subscribers

        typed = (address, time, port, destination, tolerance, destination_port, protocol)
        return subscribers.subscribers(self._offline.world.translations, self._session, *typed)

    @_question(
        '"www.aula-abierta.org.test", "https"',
        means="lab.who_can_see_what",
        lab_only="lab.real_visit_does_not",
        words={"way": "way"},
    )
    def observers(self, page: object = "", way: object = "") -> Result:
        """Say who can see what of a visit: "http", "https", "doh", "ech", "vpn", or all ways.

        Lab only: a real visit does not tell who carried it.
        """
        from labsupport.answers import observers

        url = read_url(page, self.say)
        if not self._network.covers(url.host):
            return self._outside(url.host, url.notes)
        return observers.observers(self._session, url, way, self._inside.services, self._log)

    @_question(
        '"www.museum.example"',
        means="lab.who_part_what_could",
        seen_by=(RESOLVER, DIRECTORIES),
    )
    def who(self, name: object = "") -> Result:
        """Say on one page who has a part in a name, and who could technically act on what.

        >>> Lab("en").who("www.diario-del-puerto.example").cdn
        'the registration of its addresses has the words “Brisa CDN S.A.”'
        """
        from labsupport.answers import who

        asked = read_domain(name, self.say)
        return self._unregistered(asked) or who.who(self._session, asked, self._entry.access)

    @_question(
        '"www.museum.example"',
        seen_by=(RESOLVER, "lab.public_resolvers", ABOVE, OWN_MACHINE, DIRECTORIES),
        loud=True,
    )
    def diagnose(self, name: object = "") -> Result:
        """Say why a site does not open: block, outage, misconfiguration or expiry.

        `name` is that of a site, a page's address ("http://www.museum.example:8080/horario"), or an
        address. In the lab it is looked at from every connection; live from here, through the
        connection's resolver and through public ones.

        >>> Lab("en").diagnose("www.museum.example").cause.name
        'NOTHING'
        """
        from labsupport.answers import diagnose

        url = read_url(name, self.say, addresses=True)
        asked = (
            read_number(url.address, self.say)
            if url.address
            else Typed(url.name, url.host, url.notes)
        )
        return self._unregistered(asked) or diagnose.diagnose(self._places(), url)

    @_question('"aviso"')
    def mail(self, what: object = "") -> Result:
        """Read the header of a mail line by line: who wrote each, and what can be relied on.

        `what` is one of the lab's own mails, or the text of one. Nothing is asked of anybody.

        >>> Lab("en").mail("aviso").head.handover.address
        '198.19.105.25'
        """
        from labsupport.answers import mail
        from labsupport.world.tables import read_mails

        return mail.mail(what, read_mails(), self._offline.clock.now(), self.say)

    @_question(
        '"bancodelfaro.example"',
        means="lab.names_can_taken_what",
        seen_by=(RESOLVER, "lab.registries_all_names_tried"),
    )
    def lookalikes(self, name: object = "") -> Result:
        """Make names that can be taken for this one, and say which of them exist.

        >>> [one.name for one in Lab("en").lookalikes("museum.example").found]
        []
        """
        from labsupport.answers import lookalikes

        asked = read_domain(name, self.say)
        return self._unregistered(asked) or lookalikes.lookalikes(self._session, asked)

    @_question(
        '"www.museum.example"',
        means="lab.certificates_known_what",
        seen_by=("lab.whoever_searches_logs_certificates",),
        service="certificate_log",
    )
    def certificates(self, name: object = "") -> Result:
        """Say which certificates logs have of a name, and which other names stand in them.

        >>> Lab("en").certificates("www.bancodelfaro-clientes.example").others[0]
        'www.xn--bncodelfaro-yij.example'
        """
        from labsupport.answers import certificates

        asked = read_name(name, self.say)
        return self._unregistered(asked) or certificates.certificates(self._session, asked)

    @_question(
        '"preservation", "bancodelfaro-clientes.example"',
        means="lab.what_do_records_hold",
        of_orders=OF_ORDERS,
        words={"what": "request", "addressee": "addressee"},
    )
    def draft(
        self,
        what: object = "",
        target: object = None,
        *,
        addressee: object = "",
        country: object = "",
        since: object = "",
        until: object = "",
        time: object = "",
        port: object = "",
        destination: object = "",
        destination_port: object = "",
        protocol: object = "",
        tolerance: object = "",
    ) -> Any:
        """Fill the technical part of a paper from the records; the law's part stays empty.

        `what` is a request, "preservation" or "disclosure", with a name or an address as its
        `target`; or, with an order, the "worksheet" on its facts or the "configuration" by which
        operators would carry it out. "order" shows a form that asks for an order's parts: nothing
        that is typed there is kept.

        Of a request, `addressee` is a part ("registrar") or a name; without one the answer says who
        could receive it. `since` and `until` say from when to when data exist that are asked for; a
        connection has `time` instead, and the rest as in `subscribers`. `country` ("UY") takes
        words from a country's file. `.save("…")` writes the form.

        >>> Lab("en").draft("disclosure", "198.18.128.2").table["part"][0]
        'holder of the addresses'
        """
        from labsupport.evidence import requests

        if what == "order":
            from labsupport.course import order_box

            return order_box.order_form(self)
        if what in OF_ORDERS:
            return self._draft_of_order(what, target)
        target = "" if target is None else target
        if target != "":
            if refused := self._refusal("rdap"):  # and say who sees it
                return refused
            asked = read_what(target, self.say)
            if isinstance(asked, Typed) and not self._network.covers(asked.text):
                return self._outside(asked.text, asked.notes)
        form = {"addressee": addressee, "country": country, "since": since, "until": until}
        seen = {"time": time, "port": port, "protocol": protocol, "tolerance": tolerance}
        there = {"destination": destination, "destination_port": destination_port}
        return requests.draft(self._session, what, target, **form, **seen, **there)

    def _draft_of_order(self, what: object, order: object) -> Result:
        from labsupport.orders import export, worksheet

        read, own = self._read_order(order)
        trial = self._trial
        if what == "worksheet":
            return worksheet.worksheet(trial, read, own=own)
        names = {network.asn: network.name for network in trial.world.networks}
        return export.configuration(trial.execution(read), names, self.say, trial.now, own=own)

    # The evidence

    @property
    def evidence(self) -> Evidence:
        """The record of everything that was asked: to save, to seal, to report.

        >>> lab = Lab("en")
        >>> lab.ask("www.museum.example").kind.name, len(lab.evidence)
        ('FOUND', 1)
        """
        from labsupport.evidence.record import Evidence

        return Evidence(self._session, self._log)

    @_question('"evidence.jsonl"')
    def verify(self, file: object = "", seal: object = "") -> Result:
        """Check a file of evidence line by line; with its seal, also as a whole.

        Of a case file (its folder) each file is compared with its list of hashes.
        """
        from labsupport.evidence import verification

        return verification.verify(self._session, file, seal)

    @_question('"evidence.jsonl", "byte"', words={"how": "damage"})
    def tamper(self, file: object = "", how: object = "") -> Result:
        """Damage a copy of a file of evidence, to practise; the file itself is not touched.

        `how` is "byte" or "rewrite".
        """
        from labsupport.evidence import tampering

        return tampering.tamper(self._session, file, how)

    @_question(
        '"goles-gratis.example"',
        seen_by=("lab.observatory_collects_names",),
        service="passive_dns",
    )
    def neighbours(self, name: object = "") -> Result:
        """Say who else was seen at the addresses of a name, or at an address.

        >>> len(Lab("en").neighbours("goles-gratis.example").names)
        212
        """
        from labsupport.answers import neighbours

        asked = read_what(name, self.say)
        return self._unregistered(asked) or neighbours.neighbours(self._session, asked)

    # Orders to block. Nothing of these is recorded: a draft is nobody's business.

    @_question('"flawed"', words={"key": "draft"})
    def order(self, key: object = "", language: object = "") -> Result:
        """Show one of the lab's own draft orders; without a key, list them.

        >>> Lab("en").order("clean").order.technique.value
        'resolver'
        """
        from labsupport.orders import drafts

        return drafts.show(key, language, self.say)

    @_question('lab.order("flawed")', of_orders=True)
    def review(self, order: object = None) -> Any:
        """Say what to look at in an order before it is signed.

        `order` is a text, an `Order`, or one of the lab's own (`lab.order("flawed")`). Without one,
        a form takes it: nothing that is typed there is kept. What a text says is shown only in that
        form: whatever a cell shows is saved with the notebook.

        >>> Lab("en").review(Lab("en").order("flawed")).findings[0].code
        'address-in-brackets'
        """
        from labsupport.orders import drafts, review

        if order is None:
            from labsupport.course import order_box

            return order_box.order_box(self)
        read, own = self._read_order(order)
        trial = self._trial
        session = trial.session(trial.seats[0])
        text = order.draft.text if isinstance(order, drafts.OwnOrder) else ""
        return review.review(read, session, self.say, own=own, text=text)

    @_question('lab.order("flawed")', of_orders=True)
    def impact(self, order: object = "") -> Result:
        """Say which sites of the lab go dark under an order.

        Nobody is asked: how many sites share an address is not in the DNS. Of a target that the
        lab does not know, only what is published is said: whether a CDN, a cloud, a public
        resolver or a platform has it (data/reference/shared-infrastructure.csv).

        >>> Lab("en").impact(Lab("en").order("hold")).bystanders
        ()
        """
        from labsupport.orders import impact

        read, own = self._read_order(order)
        trial = self._trial
        provenance = Provenance(Source.LAB, "", trial.now, world=trial.world.version)
        execution = trial.execution(read)
        return impact.impact(trial.world, read, execution, self.say, provenance, own=own)

    @_question('"resolver", "goles-gratis.example"', words={"technique": "technique"})
    def measure(self, technique: object = "", name: object = "") -> Result:
        """Execute one way of blocking on a site in a copy of the lab; look from every side.

        `technique` is "registrar hold", "resolver", "address", "host" or another. "all" puts them
        side by side, those with fewest bystanders first. `.figure()` shows how the site goes dark
        and comes back, if it is blocked for two days, at every connection.

        >>> len(Lab("en").measure("address", "goles-gratis.example").effect.bystanders)
        212
        """
        from labsupport.orders import measure

        site = self._read_site(name)
        if technique == measure.ALL:
            return measure.compare(self._trial, site)
        return measure.measure(self._trial, measure.read_technique(technique, self.say), site)

    @_question("vpn=20")
    def evasion(
        self,
        public_resolver: object = "",
        vpn: object = "",
        hidden_name: object = "",
        new_name: object = "",
        new_address: object = "",
    ) -> Result:
        """Say what of each way of blocking remains when visitors and site evade it.

        Each argument is a share of the visits in percent: through a public resolver, through a
        VPN, with the server's name encrypted, to another name of the site, to another address.
        Left out, it is what the assumption's source says.
        """
        from labsupport.orders import measure

        shares = {"public_resolver": public_resolver, "vpn": vpn, "hidden_name": hidden_name}
        return measure.evasion(self.say, **shares, new_name=new_name, new_address=new_address)

    @_declared('lab.order("hold")', of_orders=True)
    def with_order(self, order: object = "") -> Lab:
        """Return a copy of the lab in which an order is carried out to the letter.

        Clock and memories are copied, so each goes its own way from here on. The order begins
        and ends by the clock. What cannot be read gives a lab that answers every question with
        a sentence which says why.

        >>> lab = Lab("en")
        >>> held = lab.with_order(lab.order("hold"))
        >>> held.ask("www.bancodelfaro-clientes.example").kind.name
        'NO_SUCH_NAME'
        """
        other = copy.copy(self)
        if self._elsewhere:
            why = "lab.nobody_order_carried_out"
            other._mistake = self._elsewhere.not_here(why, self.say)
            return other
        try:
            read, own = self._read_order(order)
        except NotUnderstood as problem:
            other._mistake = str(problem)
            return other
        execution = self._trial.execution(read)
        other._orders = self._orders + 1
        network = self._offline.copy(execution.rules, changes=execution.changes)
        other._call_inside(network, f"order {other._orders}, ")
        other._remarks = (*self._remarks, *self._carried_out(read, execution, own))
        return other

    def _carried_out(self, order: Order, execution: Execution, own: bool) -> tuple[str, ...]:
        """Say what is special in a copy of the lab with an order; a draft's words stay out."""
        from labsupport.exchange.rules import FOR_EVER

        say = self.say
        spans = [(rule.start, rule.end) for rule in execution.rules]
        spans += [(change.start, change.end) for change in execution.changes]
        begins = min((start for start, _ in spans), default=self._now)
        ends = {end for _, end in spans}
        remark = say("lab.order_carried_out", count=len(order.targets), when=utc(begins))
        if len(ends) == 1 and (end := ends.pop()) != FOR_EVER:
            remark += " " + say("lab.its_end_when", when=utc(end))
        if own or not execution.told:
            return (remark, *execution.told)
        untold = say("lab.remarks_in_the_review", count=len(execution.told))
        return (remark, untold)

    # The lab itself

    @_question(
        '"10 minutes"', lab_only="lab.real_time_cannot_moved", words={"span_of_time": "span"}
    )
    def wait(self, span_of_time: object = None, *, name: object = "www.museum.example") -> Any:
        """Move the lab's clock forward: "10 minutes", "2 hours", "1 day".

        Without a span, a form does, and shows how long the resolver still remembers `name`.
        """
        if span_of_time is None:
            from labsupport.course import widgets

            return widgets.clock_box(self, name)
        from labsupport.inputs.times import read_span

        seconds = read_span(span_of_time, self.say)
        if seconds > LONGEST_WAIT:
            raise NotUnderstood(self.say("lab.lab_clock_moves_most"))
        self._offline.clock.advance(seconds)
        now = self._offline.clock.now()
        sentence = self.say("lab.later", span=span(self.say, seconds), when=utc(now))
        return self._explain(sentence)

    @_declared('"movil-norte"', seen_by=(RESOLVER,))
    def at(self, where: object = None) -> Any:
        """Return the same lab seen from another connection, or through another resolver.

        Without either, list those that there are.

        `where` is a connection's key or name ("movil-norte"), or a resolver: its address, or
        how it is asked over HTTPS (RFC 8484). Live, it can only be a resolver.
        What is neither gives a lab that answers every question with a sentence which says so.

        >>> Lab("en").at("https://dns.resuelve.example").ask("www.museum.example").kind.name
        'FOUND'
        """
        if where is None:
            return self._places_to_sit()
        other = copy.copy(self)
        other._mistake = ""
        if self._elsewhere:
            other._go_through(where)
        elif seat := self._inside.at(where):
            other._inside = seat
        elif self._inside.has_resolver(where) or has_name(where):
            other._go_through(where)
        else:
            keys = self.say.listed(one.seat.key for one in self._inside.seats)
            told = {"where": quoted(where), "keys": keys}
            other._mistake = self.say("lab.no_such_connection", **told)
        return other

    def _places_to_sit(self) -> Result:
        say = self.say
        if self._elsewhere:
            why = "lab.you_sit_where_computer"
            return Explanation(say, Kind.NOT_COVERED, self._elsewhere.not_here(why, say))
        seats = self._offline.world.connections
        rows = tuple((one.key, one.name, ", ".join(one.resolvers)) for one in seats)
        columns = (say("lab.for_lab_at"), say("lab.connection"), say("lab.its_resolver"))
        sentence = say("lab.you_connected_through_name", name=self._inside.seat.name)
        return self._explain(sentence, Table(say("lab.where_you_can_sit"), columns, rows))

    def _go_through(self, where: object) -> None:
        """Ask through another resolver from now on."""
        if self._elsewhere and self._elsewhere.recording:
            self._mistake = self.say("lab.recording_connection_made")
            return
        if has_name(where):
            self._refusal("at")  # and say who sees it
        try:
            with self._log.asking(written("at", (where,), {})):
                resolver = resolvers.choose(self._session, read_resolver(where, self.say))
        except NotUnderstood as problem:
            self._mistake = str(problem)
            return
        if isinstance(resolver, Unanswered):
            self._mistake = self.say(resolver.reason, **resolver.values)
            return
        if self._elsewhere:
            self._elsewhere = self._elsewhere.through(resolver)
        else:
            self._inside = replace(self._inside, chosen=resolver)

    @_declared('"198.18.103.0/24", by="AS64497"', words={"checking": "checking"})
    def announce(self, prefix: object = "", by: object = "", checking: object = "") -> Lab:
        """Return a copy of the lab in which the network `by` announces `prefix` as well.

        Clock and memories are copied, so each goes its own way from here on. `checking` says
        which networks refuse what contradicts a ROA: "nobody" or "everybody"; left out, those
        that do so already. What cannot be done gives a lab that answers every question with a
        sentence which says why.

        >>> wrong = Lab("en").announce("198.18.103.0/24", by="AS64497", checking="nobody")
        >>> wrong.path("198.18.103.53").kind.name
        'NO_ANSWER'
        """
        from labsupport.inputs.announcements import read_checking, read_network, read_prefix
        from labsupport.world.routing import LONGEST_ACCEPTED, Announcement

        other = copy.copy(self)
        if self._elsewhere:
            why = "lab.real_internet_not_yours"
            other._mistake = self._elsewhere.not_here(why, self.say)
            return other
        names = self._inside.network_names
        try:
            asn = read_network(by, names, self.say)
            block = read_prefix(prefix, self._offline.world.number_registry.pools, self.say)
            checkers = read_checking(checking, names, self.say)
        except NotUnderstood as problem:
            other._mistake = str(problem)
            return other
        routing = self._offline.routing.announced(Announcement(block, asn), checkers)
        other._call_inside(self._offline.copy(routing=routing), f"AS{asn} announces {block}, ")
        taken = sum(route.path[-1:] == (asn,) for route in routing.table(block).values())
        told = {"count": taken, "network": names[asn], "prefix": block}
        remark = self.say("lab.announced_as_well", **told)
        longest = LONGEST_ACCEPTED[block.version]
        if block.prefixlen > longest:
            remark += " " + self.say("lab.narrowest_block", longest=longest)
        other._remarks = (*self._remarks, remark)
        return other

    @_declared(words={"what": "room"})
    def doctor(self, what: object = "") -> Examination:
        """Check that everything the course needs works on this machine.

        With "network" also what the network of this room lets through: some small questions go
        to public servers then.
        """
        from labsupport import doctor, network_check, real_internet

        # The lab is examined in any case; of a live one's evidence that is no part.
        lab = Lab(self.say.code, live=False) if self._elsewhere else self
        remark = ""
        if str(what) == "network":
            try:
                there = real_internet.enter(self.say)
            except real_internet.CannotEnter as problem:
                remark = str(problem)
            else:
                session = Session(there.network, there.entry, self.say, Source.LIVE, resolvers.ask)
                found = doctor.examine(lab, network_check.examine(session))
                if sys.platform == "emscripten":
                    found.notes = (self.say("page.doctor"), *there.fallback.said)
                return found
        elif str(what):
            call = declared.in_words('lab.doctor("network")', self.say)
            remark = self.say("lab.network_well_type_lab", call=call)
        examination = doctor.examine(lab)
        examination.notes = tuple(filter(None, [remark]))
        return examination

    # Teaching

    @_declared('"4"')
    def guess(self, what: object = "") -> None:
        """Show a guess above the answer that comes next; without one, show nothing.

        >>> Lab("en").guess("four")
        You guessed: four
        """
        if guess := " ".join(visible(str(what)).split()):
            print(self.say("lab.you_guessed_guess", guess=cut(guess, declared.LONGEST_ARGUMENT)))

    @_declared('"internet-padlock"')
    def question(self, key: object = "", letter: object = None) -> Any:
        """Show a question of the course, with a reply to each answer; with a `letter`, its reply.

        >>> Lab("en").question("dns-time", "z").sentence
        'There is no “z” here. There are: a, b and c.'
        """
        from labsupport.course import questions

        if letter is None:
            return questions.show(self.say, key)
        return questions.answer(self.say, key, letter)

    @_declared('country="Argentina"')
    def cases(self, country: object = "", *, beside: object = "") -> Result:
        """Show real blocking measures, with their sources: all, or those of a country.

        With `beside`, two are put side by side, each found by a part of its name.
        """
        from labsupport.course import cases

        if beside != "":
            return cases.compare(self.say, country, beside)
        return cases.show(self.say, country=country)

    @_declared('"wrong-order"', words={"what": "case", "group": "group"})
    def case(
        self, what: object = "", group: object = "", decision: object = "", *, play: object = False
    ) -> Any:
        """Begin a case by its name, or go on with a saved one; without either, list them.

        With `play` it is a form. `.choose("a")` takes a choice, `.undo()` takes it back,
        `.save("…")` keeps what was chosen. Where the group writes an order, `.write("…")` hands it
        in. `.lab` is the lab as the choices left it. A case is always played in the lab. "hearing"
        shows the card of one `group` of five ("court"), or what the others say to its `decision`
        ("a"); without a group, how it goes.

        >>> Lab("en").case("wrong-order").step.title
        'Two calls'
        """
        from labsupport.course import case, case_box, role_box, roles

        if what == "hearing":
            return role_box.show(self.say) if play else roles.show(self.say, group, decision)
        if play:
            return case_box.show(self._in_the_lab, what)
        return case.show(self._in_the_lab, what)

    def _staged(
        self,
        seconds: float = 0.0,
        orders: Sequence[tuple[object, float]] = (),
        gone: Sequence[str] = (),
    ) -> Lab:
        """Return the undisturbed lab after so many seconds, with orders in force: for a case.

        Each order stands with the seconds after which it arrived. The sites `gone` were taken away
        by whoever ran them. Unlike `with_order` it does not tell of any of it. What is asked there
        is in this lab's evidence.
        """
        from labsupport.lab_internet import Inside
        from labsupport.world.changes import Departure

        other = self._in_the_lab
        network = self._offline.undisturbed()
        other._inside = Inside(network, self._inside.seat, name="case, ")
        begin = other._now
        for order, arrived in sorted(orders, key=lambda one: one[1]):
            other._offline.clock.advance(begin + arrived - other._now)
            execution = other._trial.execution(self._read_order(order)[0])
            network = other._offline.copy(execution.rules, changes=execution.changes)
            other._inside = replace(other._inside, network=network)
        other._offline.clock.advance(begin + seconds - other._now)
        if gone:
            network = other._offline.copy(changes=[Departure(site=site) for site in gone])
            other._inside = replace(other._inside, network=network)
        other._remarks = ()
        return other

    @_question('"two days", "9:00"', words={"what": "paper", "detail": "paper"})
    def guide(self, what: object = "", detail: object = "") -> Result:
        """Show an instructor a plan with its hours, a notebook or one of its sections, or a paper.

        Without a name, list them. Of a plan `detail` is the hour at which it begins, of a
        notebook a section, of a paper its language, or the number by which the test, its key and
        the letters are drawn. `.save()` prints it. "checklist", "role-cards", "case-fraud" and
        "case-wrong-order" are papers too.

        >>> [len(day) for day in Lab("en").guide("two days", "8:30").course.days]
        [12, 12]
        >>> Lab("en").guide("04", "Your turn").sections[0].minutes
        13
        >>> Lab("en").guide("test", 7).file
        'test-7.html'
        """
        from labsupport.course import case_paper, guide, roles, story
        from labsupport.orders import checklist

        if what == "checklist":
            return checklist.checklist(detail or self.say.code, self.say)
        if what == "role-cards":
            return roles.to_print(self.say)
        if isinstance(what, str) and what in CASES_ON_PAPER:
            if withheld := guide.withheld(self.say):
                return withheld
            # In a lab of its own: what is asked for it is in nobody's evidence.
            lab = Lab(self.say.code, live=False)
            return case_paper.CasePaper(lab, story.stories(self.say.code)[CASES_ON_PAPER[what]])
        return guide.show(self.say, what, detail, self.review)

    @_question('"regional-registries"', words={"table": "table"})
    def reference(self, table: object = "", only: object = "") -> Result:
        """Show a table of facts about the real Internet, or its rows with one word.

        Each row has a source and a date. Four more are called like tables: "glossary" explains
        the word `only`, "statuses" the status codes of registrations (one, or a part such as
        "hold"), "contacts" says who was needed in the case, and how such an actor is reached in
        a country, "questions" what each line asks.

        >>> print(Lab("en").reference("statuses", "clientHold").table["who sets it"][0])
        the registrar
        >>> Lab("en").reference("contacts", "Uruguay").table["in Uruguay"][1]
        'LACNIC (www.lacnic.net)'
        """
        from labsupport.answers import statuses
        from labsupport.course import glossary, reference

        if table == "statuses":
            return statuses.statuses(self.say, only)
        if table == "glossary":
            return glossary.explain(self.say, only)
        if table == "contacts":
            return reference.contacts(self.say, only)
        if table == "questions":
            return reference.questions(self.say)
        return reference.show(self.say, table, only)

    # How a lab shows itself

    @property
    def _here(self) -> Result:
        """Where this lab is entered, and what time it is there."""
        if self._mistake:
            return Explanation(self.say, Kind.NOT_ASKED, self._mistake)
        if self._elsewhere:
            return self._elsewhere.here(self.say, self._language_remark())
        start = " ".join(self._remarks) or self.say("lab.lab_internet_ready")
        when = utc(self._offline.clock.now())
        place = self.say("lab.here", name=self._inside.seat.name, when=when)
        notes = tuple(filter(None, [self._language_remark()]))
        return self._explain(f"{start} {place}", notes=notes)

    def __repr__(self) -> str:
        return repr(self._here)

    def _repr_html_(self) -> str:
        return self._here._repr_html_()

    @property
    def _now(self) -> float:
        """The lab's time, or the real one, in seconds since 1970-01-01 00:00 UTC."""
        return self._network.clock.now()

    # Inside

    _mistake = ""  # why this lab cannot be asked: it was made from what nobody understood
    _remarks: tuple[str, ...] = ()  # what is special in this copy of the lab
    _orders = 0  # in force in this copy

    def _language_remark(self) -> str:
        if self._missing_language is None:
            return ""
        there = self.say.listed(f'"{code}" ({NAMES[code]})' for code in languages())
        missing = quoted(self._missing_language)
        return self.say("lab.language_missing", language=missing, all=there)

    def _call_inside(self, network: OfflineNetwork, name: str) -> None:
        """Go on in a copy of the lab; its `name` stands before the connection in the evidence."""
        self._inside = replace(self._inside, network=network, name=self._inside.name + name)

    @property
    def _offline(self) -> OfflineNetwork:
        return self._inside.network

    @property
    def _network(self) -> Network:
        return self._elsewhere.network if self._elsewhere else self._offline

    @property
    def _session(self) -> Session:
        entry, here, there = self._entry, self._inside, self._elsewhere
        origin = there.origin if there else LAB
        network = self._network
        if there and there.recording is None:
            from labsupport.network.time_limit import TimeLimitedNetwork

            network = TimeLimitedNetwork(network, self.say)
        network = RecordedNetwork(network, self._log, entry.connection, origin)
        if there is None:
            return Session(
                network,
                entry,
                self.say,
                Source.LAB,
                resolvers.ask,
                here.holder,
                here.country,
                self._draw,
                seen_as=here.seen_as,
            )
        if there.store is not None:
            from labsupport.network.cache import CachedNetwork

            network = CachedNetwork(network, there.store, self._tell_of_kept)
        session = Session(
            network,
            entry,
            self.say,
            there.source,
            there.fallback.ask,
            training=origin in INVENTED,
            note=lambda key, **values: there.fallback.note(self.say(key, **values)),
            closed=there.fallback.closed,
        )
        if there.holders is None:
            return replace(session, holder=here.holder, country=here.country)
        return replace(
            session,
            holder=functools.partial(there.holders.name, session),
            country=functools.partial(there.holders.country, session),
        )

    def _places(self) -> list[VantagePoint]:
        """From where one can look: every connection of the lab; live, this one's resolvers."""
        from labsupport.lookups.reached import VantagePoint

        session = self._session
        places: list[VantagePoint] = []
        if not self._elsewhere:
            for one in self._inside.seats:
                network = RecordedNetwork(self._offline, self._log, one.entry.connection)
                seen = replace(session, network=network, entry=one.entry)
                places.append(VantagePoint(one.seat.name, seen))
            return places
        places.append(VantagePoint(self.say("lab.this_connection"), session))
        for operator, name, *addresses in session.entry.public_resolvers:
            entry = replace(
                session.entry,
                resolvers=tuple(addresses),
                resolver_url=f"https://{name}/dns-query",
                public_resolvers=(),
            )
            place = self.say("lab.this_connection_through_operator", operator=operator)
            places.append(VantagePoint(place, replace(session, entry=entry)))
        return places

    @property
    def _entry(self) -> Entry:
        return self._elsewhere.entry if self._elsewhere else self._inside.entry

    @property
    def _trial(self) -> Trial:
        """A copy of the lab as it is now, to try orders on, seen from every connection."""
        from labsupport.orders.simulation import Trial, TrialSeat

        here = self._inside
        seats = tuple(TrialSeat(one.seat.name, one.entry, one.seat.asn) for one in here.seats)
        return Trial(self._offline.copy(), seats, self.say, here.holder, here.country)

    def _read_order(self, order: object) -> tuple[Order, bool]:
        """Return an order, and whether it is one of the lab's own; raise NotUnderstood."""
        from labsupport.orders.drafts import OwnOrder
        from labsupport.orders.order import Order
        from labsupport.orders.reading import read_order

        if isinstance(order, OwnOrder):
            return order.order, True
        if isinstance(order, Order):
            return order, False
        if isinstance(order, str) and order.strip():
            if key := choices("draft").key(order, self.say):
                call = declared.in_words(f'lab.order("{key}")', self.say)
                raise NotUnderstood(self.say("lab.draft_by_its_key", call=call))
            return read_order(order), False
        call = declared.in_words('lab.review(lab.order("flawed"))', self.say)
        raise NotUnderstood(self.say("lab.what_an_order_is", call=call))

    def _read_site(self, name: object) -> str:
        """Return a name of the lab as people write it; raise NotUnderstood for another."""
        typed = read_domain(name, self.say)
        if not self._offline.covers(typed.name.to_text()):
            raise NotUnderstood(self._outside(typed.text, ()).sentence)
        return typed.text

    def _look_up(
        self,
        lookup: Callable[[Session, Typed, dns.rdatatype.RdataType], Result],
        name: object,
        type: object,
    ) -> Result:
        """Read the question and hand it to `lookup`, unless the lab cannot know the name.

        That is decided before asking. Raises NotUnderstood when it cannot be read.
        """
        typed, rdtype = read_question(name, type, self.say)
        if self._network.covers(typed.name.to_text()):
            return lookup(self._session, typed, rdtype)
        return self._outside(typed.text, typed.notes)

    def _unregistered(self, asked: Typed | Number) -> Result | None:
        """Say that the lab's registries cannot know what is asked; None where they may."""
        if isinstance(asked, Typed):
            covered = self._network.covers(asked.name.to_text())
            return None if covered else self._outside(asked.text, asked.notes)

        sentence = of_nobody(asked, self.say)
        if not sentence and not self._elsewhere:
            sentence = self._inside.no_number(asked, self.say)
        return Explanation(self.say, Kind.NOT_COVERED, sentence, asked.notes) if sentence else None

    def _outside(self, name: str, notes: tuple[str, ...]) -> Result:
        sentence = (self._elsewhere or self._inside).does_not_cover(name, self.say)
        return Explanation(self.say, Kind.NOT_COVERED, sentence, notes)

    def _explain(
        self, sentence: str, table: Table | None = None, notes: tuple[str, ...] = ()
    ) -> Explanation:
        """Say something about the lab itself: no answer to a question, so of no kind."""
        now, version = self._offline.clock.now(), self._inside.world.version
        provenance = Provenance(Source.LAB, "", now, world=version)
        return Explanation(self.say, None, sentence, notes, provenance, table)

    # Live, and recorded

    def _leave(self, recording: object) -> None:
        """Ask the real Internet from now on, or a recording where there is one."""
        from labsupport import real_internet

        try:
            if recording is None:
                self._elsewhere = real_internet.enter(self.say)
            else:
                self._elsewhere = real_internet.play(recording, self.say, self._inside.entry)
        except real_internet.CannotEnter as problem:
            self._mistake = str(problem)

    def _refusal(self, question: str) -> Result | None:
        """Return why a question is not asked out there; None where it is, and say who sees it."""
        return self._elsewhere.refusal(question, self.say, self._quiet) if self._elsewhere else None

    @property
    def _done_instead(self) -> list[str]:
        """What was done instead of what did not get through, for the question just asked."""
        return self._elsewhere.fallback.said if self._elsewhere else []

    @property
    def _in_the_lab(self) -> Lab:
        """The lab itself, whatever is asked live."""
        other = copy.copy(self)
        other._elsewhere = None
        return other

    def _tell_of_kept(self, time: float, request: Request, reply: Reply) -> None:
        """Say that an answer was kept, and put it into the evidence as of when it came."""
        assert self._elsewhere is not None
        self._log.append(self._entry.connection, time, request, reply, LIVE)
        server = request.server_name or request.to_address
        self._elsewhere.fallback.note(self.say("live.kept", server=server, when=utc(time)))
