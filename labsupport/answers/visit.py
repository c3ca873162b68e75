"""A visit, as an answer of `lab.visit`: its steps, who runs each, and what came of it."""

from __future__ import annotations

from itertools import takewhile

from labsupport.answers.ask import AnswerPage, in_short, tls_reason
from labsupport.answers.browser_window import side_by_side
from labsupport.answers.map import Station, Step, walk
from labsupport.answers.page import Page
from labsupport.answers.server_log import VisitsLog
from labsupport.exchange import NotSent, Reply, Reset, TlsFailure, Unreachable, Unusable
from labsupport.exchange.log import Log
from labsupport.formats.certificates import Trust
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import limits
from labsupport.lookups import server_log
from labsupport.lookups import visit as lookup
from labsupport.lookups.ask import INTERFERENCE
from labsupport.lookups.session import Session
from labsupport.lookups.visit import (
    PAGES,
    Taken,
    Visit,
    VisitStep,
    is_connected,
    is_page,
)
from labsupport.lookups.web import Served
from labsupport.picture import Picture
from labsupport.results import BADGES, Table, utc

STEPS: dict[VisitStep, str] = {
    VisitStep.NAME: "visit.label_name",
    VisitStep.ADDRESS: "visit.label_address",
    VisitStep.ROUTE: "visit.label_route",
    VisitStep.CONNECTION: "visit.label_connection",
    VisitStep.CERTIFICATE: "visit.label_certificate",
    VisitStep.PAGE: "visit.label_page",
}
LIMITS_OF_FAILURE = {
    VisitStep.ADDRESS: ["visit.never_called"],
    VisitStep.ROUTE: ["visit.from_elsewhere"],
    VisitStep.CERTIFICATE: ["visit.warning", "visit.answered"],
    VisitStep.PAGE: ["visit.there"],
}


class VisitPage(Page[Visit]):
    """A visit to one page, step by step."""

    kind: Kind

    def __init__(self, session: Session, facts: Visit, log: Log | None = None) -> None:
        super().__init__(session.say, facts)
        self._session = session
        self._log = log

    def log(self) -> VisitsLog:
        """Say what the site's server wrote down of this visit, and of those before it."""
        lines = self._log.lines if self._log else ()
        return VisitsLog(
            self.say, server_log.of_visit(self._session, self.facts, lines)
        )

    def beside(self, other: object) -> Picture:
        """Show the page of this visit and that of another one side by side."""
        if not isinstance(other, VisitPage):
            raise NotUnderstood(self.say("visit.beside"))
        return side_by_side(self.facts, other.facts, self.say)

    @property
    def sentence(self) -> str:
        say = self.say
        facts = self.facts
        last = self.facts.steps[-1]
        if not last.worked:
            _, came = self._told(last.step)
            where = {"number": len(facts.steps), "step": say(STEPS[last.step])}
            return say("visit.ended", url=facts.url, came=came, **where)
        count = len(facts.organisations)
        who = say.listed(facts.organisations)
        return say("visit.page_is_there", count=count, url=facts.url, who=who)

    def tabulated(self) -> Table:
        say = self.say
        columns = (
            say("visit.step"),
            say("visit.what_happens"),
            say("visit.who_runs_it"),
            say("visit.what_came_of_it"),
        )
        rows = []
        for number, passed in enumerate(self.facts.steps, start=1):
            step = passed.step
            label = f"{number} {say(STEPS[step])}"
            rows.append((label, self._happens(step), *self._told(step)))
        return Table(say("visit.visit_step_step"), columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        facts = self.facts
        last = self.facts.steps[-1]
        if last.worked:
            padlock = (
                "visit.padlock"
                if facts.url.scheme == "https"
                else "visit.no_encryption"
            )
            return limits(self.say, padlock, "visit.whose", "visit.behind")
        if last.step is not VisitStep.CONNECTION:
            return limits(self.say, *LIMITS_OF_FAILURE[last.step])
        if facts.served is not None and isinstance(facts.served.outcome, Reset):
            sentences = limits(self.say, "visit.cut")
        else:
            sentences = limits(self.say, "visit.silence", "visit.exists")
        if facts.other_address:
            sentences += (self.say("visit.other_address", address=facts.other_address),)
        return sentences

    def _picture(self) -> Picture:
        """The map of the visit: to the resolver, then along the networks to the machine."""
        say = self.say
        facts = self.facts
        encrypted = (
            say("visit.label_certificate")
            if facts.url.scheme == "https"
            else say("visit.unencrypted")
        )
        at = tuple(filter(None, (facts.address, facts.holder)))
        machine = Station(
            say("visit.the_machine"),
            at,
            (say("visit.answers"), encrypted, say("visit.label_page")),
        )
        resolver = facts.steps[1].runs[0]
        above = (
            Station(say("visit.resolver"), (resolver,)),
            Station(say("visit.name_servers"), (say("visit.of_the_name"),)),
        )
        stations = [Station(say("visit.you")), *self._between, machine]
        ways = tuple(f"s{number}" for number in range(1, len(stations) - 1))
        return walk(
            stations, [self._moved(one, ways) for one in facts.steps], say, above
        )

    @property
    def _between(self) -> list[Station]:
        """The networks between, as far as anybody on the way answered."""
        say = self.say
        facts = self.facts
        if not facts.networks or isinstance(facts.hops, NotSent):
            return [Station(say("visit.the_networks_between"))]
        # Whoever comes first is the provider, if only machines inside stand before it.
        before = takewhile(lambda hop: not hop.network, facts.hops)
        first = facts.networks[0] if all(hop.inside for hop in before) else ""
        return [
            Station(
                name,
                (
                    say("visit.your_provider")
                    if name == first
                    else say("visit.network"),
                ),
            )
            for name in facts.networks
        ]

    def _moved(self, taken: Taken, ways: tuple[str, ...]) -> Step:
        """What a step lights on the map, or where the visit ends; `ways` are the networks."""
        step = taken.step
        has_networks = bool(self.facts.networks)
        machine = f"s{len(ways) + 1}"
        who, came = self._told(step)
        if step is VisitStep.NAME:
            came = ""
        elif step is VisitStep.ROUTE and has_networks:
            came = self.say("visit.passed", networks=who)
        words = f"{self._happens(step)} {came}".strip()
        lights = {
            VisitStep.NAME: ("s0",),
            VisitStep.ADDRESS: ("a0",),
            VisitStep.ROUTE: ways if has_networks else (),
            VisitStep.CONNECTION: (*ways, machine, "m0"),
            VisitStep.CERTIFICATE: ("m1",),
            VisitStep.PAGE: ("m2",),
        }[step]
        if taken.worked:
            return Step(words, lights)
        if self.facts.served and isinstance(self.facts.served.outcome, Reset):
            words += f" {self.say('visit.cut')}"
        word, at = self._barred(step)
        before = ("a0",) if at == "a1" else ()
        return Step(words, before, word, at or (machine if has_networks else ways[0]))

    def _barred(self, step: VisitStep) -> tuple[str, str]:
        """The word on the barrier, and before which station it stands, if not on the way."""
        say = self.say
        answer = self.facts.answer
        served = self.facts.served
        if step is VisitStep.ADDRESS:
            if any(int(error.code) in INTERFERENCE for error in answer.errors):
                return say("visit.blocked"), "a0"
            # What is proven not to exist fails at the name; else only the resolver says so.
            proven = answer.kind is Kind.NO_SUCH_NAME and answer.authenticated
            return say(BADGES[answer.kind][1]), "a1" if proven else "a0"
        if step is VisitStep.ROUTE:
            return say(BADGES[Kind.NOT_ASKED][1]), ""
        if step is VisitStep.CONNECTION:
            words = {
                Reset: say("visit.cut_off"),
                Unreachable: say("visit.cannot_be_delivered"),
            }
            cut = served is not None and words.get(type(served.outcome))
            return cut or say("visit.no_answer"), ""
        return say(STEPS[step]), ""

    def _happens(self, step: VisitStep) -> str:
        url = self.facts.url
        key = str(step)
        if step is VisitStep.CERTIFICATE and url.scheme == "http":
            key = "no_certificate"
        elif step is VisitStep.PAGE and url.target == "/":
            key = "first_page"
        return self.say(f"visit.{key}", port=url.port, target=url.target)

    def _told(self, step: VisitStep) -> tuple[str, str]:
        """Say who runs a step, and what came of it."""
        say = self.say
        facts = self.facts
        served = self.facts.served
        if step is VisitStep.NAME:
            return say("visit.your_own_device"), facts.url.host
        if step is VisitStep.ADDRESS or served is None:
            who = facts.steps[1].runs[0]
            address = facts.answer.asked.to_address
            who = say("visit.who_resolver_address", who=who, address=address)
            return who, AnswerPage(say, facts.answer).sentence
        if step is VisitStep.ROUTE:
            return self._route(served)
        if step is VisitStep.CERTIFICATE:
            return self._certificate(served)
        key = "visit.registered" if facts.holder else "visit.unregistered"
        where = say(key, holder=facts.holder)
        if is_connected(served.outcome):
            where = say("visit.the_machine_at_machine", machine=facts.machine)
        return where, self._connected(
            served
        ) if step is VisitStep.CONNECTION else self._page(served)

    def _route(self, served: Served) -> tuple[str, str]:
        say = self.say
        hops = self.facts.hops
        networks = self.facts.steps[2].runs
        if isinstance(served.outcome, NotSent):
            return say("visit.nobody"), served.outcome.reason
        if isinstance(hops, NotSent):
            return say("visit.not_known"), hops.reason
        if not networks:
            return say("visit.not_known"), say("visit.nobody_way_answered")
        if hops[-1].address == self.facts.address:
            return " → ".join(networks), say(
                "visit.networks_on_the_way", count=len(networks)
            )
        return " → ".join((*networks, "?")), say("visit.followed", network=networks[-1])

    def _connected(self, served: Served) -> str:
        say = self.say
        outcome = served.outcome
        if isinstance(outcome, Reply):
            # Connecting, agreeing on encryption and asking: the page came with the last of them.
            return say("visit.took", count=round(outcome.elapsed * 1000))
        if isinstance(outcome, Unusable):
            return say("visit.unusable", reason=outcome.reason)
        came = {TlsFailure: "encrypting", Reset: "reset", Unreachable: "unreachable"}
        return say(f"visit.{came.get(type(outcome), 'silent')}")

    def _certificate(self, served: Served) -> tuple[str, str]:
        say = self.say
        shown = served.certificate
        outcome = served.outcome
        if self.facts.url.scheme == "http":
            return say("visit.nobody"), say("visit.read_along")
        who = say("visit.not_known")
        if shown:
            # The authority takes no part in the visit, and does not hear of it.
            who = say("visit.issuer", issuer=shown.issuer, date=utc(shown.begins)[:10])
        if isinstance(outcome, TlsFailure):
            return who, say("visit.no_tls", reason=tls_reason(outcome, say))
        if isinstance(outcome, Unusable):  # else nothing would have been asked
            return who, say("visit.trusted_before")
        if shown is None or served.trust is None or served.trust is Trust.UNREADABLE:
            return who, say("visit.unreadable")
        return who, say(
            f"visit.{served.trust.name.lower()}",
            names=in_short(shown.names, say),
            issuer=shown.issuer,
            begins=utc(shown.begins)[:10],
            ends=utc(shown.ends)[:10],
        )

    def _page(self, served: Served) -> str:
        response = served.response
        if response is None:
            return self.say("visit.no_page")
        location = response.header("Location")
        came = "elsewhere" if location else PAGES.get(response.status, "serves_not")
        came = "has_page" if is_page(response) else came
        return self.say(f"visit.{came}", code=response.status, place=location)


def visit(session: Session, url: Url, log: Log | None = None) -> VisitPage:
    """Open the page at `url`, and say what came of each step.

    `log` is where the network of `session` writes what it carries.
    """
    return VisitPage(session, lookup.visit(session, url), log)
