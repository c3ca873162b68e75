"""`lab.visit`: what happens when a page is opened, step by step, and who runs each step."""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.answers import server_log
from labsupport.answers.ask import AnswerPage, in_short
from labsupport.exchange import NotSent, Outcome, Reply, Reset, TlsFailure, Unreachable, Unusable
from labsupport.exchange.evidence import Log
from labsupport.exchange.http import HttpResponse
from labsupport.formats.certificates import Trust
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.language import Language, limits, mark, tell
from labsupport.lookups import path, web
from labsupport.lookups.ask import answer_of
from labsupport.lookups.session import Session
from labsupport.lookups.web import Served
from labsupport.results import Result, Table, utc

# Status codes with a meaning of their own (RFC 9110 section 15; 451: RFC 7725). By 405 and 501 a
# machine says that it does not know how to be asked for less than all of a page.
PAGES = {404: "gone", 410: "gone", 405: "no_head", 501: "no_head"}
PAGES |= dict.fromkeys((401, 403, 429, 451), "refuses")
# The steps, in order.
NAME = mark("name")
ADDRESS = mark("address")
ROUTE = mark("route")
CONNECTION = mark("connection")
CERTIFICATE = mark("certificate")
PAGE = mark("page")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit: its name, what happens in it, who runs it, what came of it.

    `who` says in words who runs it; `runs` names those who carried or answered something in it.
    `worked` is False where the visit ended.
    """

    name: str
    happens: str
    who: str
    came: str
    runs: tuple[str, ...] = ()
    worked: bool = True


@dataclass(eq=False, repr=False, kw_only=True)
class Visit(Result):
    """A visit to one page.

    Attributes: `url`; `steps`, as far as the visit came; `address` of the machine, "" when
    there was none; `served`, what came of calling it.
    """

    session: Session
    url: Url
    steps: list[Step]
    address: str = ""
    other_address: str = ""  # an IPv6 one that a browser would try as well
    served: Served | None = None
    evidence: Log | None = None

    @property
    def organisations(self) -> tuple[str, ...]:
        """Everybody who carried or answered something, in the order of their first part."""
        return tuple(dict.fromkeys(one for step in self.steps for one in step.runs))

    @property
    def trusted(self) -> bool:
        """Whether nothing was wrong with the certificate, if one was shown."""
        return self.served is None or self.served.trust in (None, Trust.TRUSTED)

    def log(self) -> server_log.ServerLog:
        """Say what the site's server wrote down of this visit, and of those before it."""
        lines = self.evidence.lines if self.evidence else ()
        return server_log.of_visit(self, self.session, lines)

    @property
    def sentence(self) -> str:
        say = self.say
        last = self.steps[-1]
        if not last.worked:
            where = {"number": len(self.steps), "step": say(last.name)}
            return tell(say, "visit.ended", url=self.url, came=last.came, **where)
        return tell(
            say,
            "visit.page_is_there",
            count=len(self.organisations),
            url=self.url,
            who=", ".join(self.organisations),
        )

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("A visit, step by step"),
            (say("step"), say("what happens"), say("who runs it"), say("what came of it")),
            tuple(
                (f"{number} {say(step.name)}", step.happens, step.who, step.came)
                for number, step in enumerate(self.steps, start=1)
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        last = self.steps[-1]
        if last.worked:
            padlock = "visit.padlock" if self.url.scheme == "https" else "visit.no_encryption"
            return limits(self.say, padlock, "visit.whose", "visit.behind")
        if last.name != CONNECTION:
            return limits(self.say, *LIMITS_OF_FAILURE[last.name])
        was_cut = self.served is not None and isinstance(self.served.outcome, Reset)
        told = limits(self.say, *(["visit.cut"] if was_cut else ["visit.silence", "visit.exists"]))
        if self.other_address:
            told += (tell(self.say, "visit.other_address", address=self.other_address),)
        return told


LIMITS_OF_FAILURE = {
    ADDRESS: ["visit.never_called"],
    ROUTE: ["visit.from_elsewhere"],
    CERTIFICATE: ["visit.warning", "visit.answered"],
    PAGE: ["visit.there"],
}


def visit(session: Session, url: Url, log: Log | None = None) -> Visit:
    """Open the page at `url`: address, route, connection, certificate, page.

    The visit ends at the first step that fails, and says what that means. `log` is where the
    network of `session` writes what it carries.
    """
    say = session.say
    asked, address = web.find_address(session, url.name)
    answer = AnswerPage(say, answer_of(session, asked))
    resolver = session.holder(asked.to_address) or asked.to_address
    steps = [
        Step(NAME, tell(say, "visit.name"), say("your own device"), url.host),
        Step(
            ADDRESS,
            tell(say, "visit.address"),
            say("{who}, the resolver at {address}", who=resolver, address=asked.to_address),
            answer.sentence,
            (resolver,),
            worked=bool(address),
        ),
    ]
    served, last = None, asked.outcome
    kind: Kind = answer.kind if answer.kind not in (None, Kind.FOUND) else Kind.FAILED
    if address:
        hops, not_known = _followed(session, address)
        served = web.look(session, url, address)
        last, kind = served.outcome, kind_of(served)
        for step in (
            _route(hops, not_known, address, last, say),
            *_at_the_machine(session, url, address, served),
        ):
            steps.append(step)
            if not step.worked:
                break
    other = ""
    if steps[-1].name == CONNECTION and ":" not in address and session.entry.source6:
        _, other = web.ask_address(session, url.name, web.AAAA)
    answered = isinstance(last, Reply)
    server = session.named(address or asked.to_address)
    if address and not answered:
        server = address  # whose machine was reached is not known
    if isinstance(last, NotSent):
        server = ""
    return Visit(
        *(say, kind, session.provenance(server, answered=answered), url.notes),
        session=session,
        url=url,
        steps=steps,
        address=address,
        other_address=other,
        served=served,
        evidence=log,
    )


def _followed(session: Session, address: str) -> tuple[tuple[path.Hop, ...], str]:
    """Return the way to an address, and why it is not known."""
    hops = path.follow(session, address) if session.entry.source_for(address) else ()
    if isinstance(hops, NotSent):
        return (), hops.reason
    return hops, session.say("Nobody on the way answered.")


def _route(
    hops: tuple[path.Hop, ...], not_known: str, address: str, outcome: Outcome, say: Language
) -> Step:
    happens = tell(say, "visit.route")
    if isinstance(outcome, NotSent):
        return Step(ROUTE, happens, say("nobody"), outcome.reason, worked=False)
    networks = path.networks_of(hops)
    if not networks:
        return Step(ROUTE, happens, say("not known"), not_known)
    if hops[-1].address == address:
        came = tell(say, "visit.networks_on_the_way", count=len(networks))
        return Step(ROUTE, happens, " → ".join(networks), came, networks)
    came = tell(say, "visit.followed", network=networks[-1])
    return Step(ROUTE, happens, " → ".join((*networks, "?")), came, networks)


def _at_the_machine(session: Session, url: Url, address: str, served: Served) -> list[Step]:
    say = session.say
    holder = session.holder(address)
    connected = isinstance(served.outcome, Reply | TlsFailure | Unusable)
    if connected:
        where = say("the machine at {machine}", machine=session.named(address))
    elif holder:
        where = tell(say, "visit.registered", holder=holder)
    else:
        where = tell(say, "visit.unregistered")
    runs = (holder,) if connected and holder else ()
    called = tell(say, "visit.connection", port=url.port)
    page = tell(say, "visit.page", target=url.target)
    return [
        Step(CONNECTION, called, where, _connected(served.outcome, say), runs, worked=connected),
        _certificate(served, url, say),
        Step(PAGE, page, where, _page(served, say), runs, worked=_is_page(served.response)),
    ]


def _certificate(served: Served, url: Url, say: Language) -> Step:
    if url.scheme == "http":
        happens, came = tell(say, "visit.no_certificate"), tell(say, "visit.read_along")
        return Step(CERTIFICATE, happens, say("nobody"), came)
    who = say("not known")
    if shown := served.certificate:
        # The authority takes no part in the visit, and does not hear of it.
        who = tell(say, "visit.issuer", issuer=shown.issuer, date=utc(shown.begins)[:10])
    worked = served.trust is Trust.TRUSTED or isinstance(served.outcome, Unusable)
    happens = tell(say, "visit.certificate")
    return Step(CERTIFICATE, happens, who, _vouched(served, say), worked=worked)


def kind_of(served: Served) -> Kind:
    """Return the kind of answer that a machine gave.

    That the page is elsewhere, or that there is no such page, is an answer that was found.
    """
    outcome, response = served.outcome, served.response
    if isinstance(outcome, Reset):
        return Kind.REFUSED
    if not isinstance(outcome, Reply | TlsFailure | Unusable):
        return Kind.NO_ANSWER
    if not isinstance(outcome, Reply) or response is None:
        return Kind.FAILED
    if PAGES.get(response.status) == "refuses":
        return Kind.REFUSED
    known = response.status in PAGES or response.header("Location")
    return Kind.FOUND if _is_page(response) or known else Kind.FAILED


def _is_page(response: HttpResponse | None) -> bool:
    return response is not None and 200 <= response.status < 300


def _connected(outcome: Outcome, say: Language) -> str:
    if isinstance(outcome, Reply):
        # Connecting, agreeing on encryption and asking: the page came with the last of them.
        return tell(say, "visit.took", count=round(outcome.elapsed * 1000))
    if isinstance(outcome, Unusable):
        return tell(say, "visit.unusable", reason=outcome.reason)
    came = {TlsFailure: "encrypting", Reset: "reset", Unreachable: "unreachable"}
    return tell(say, f"visit.{came.get(type(outcome), 'silent')}")


def _vouched(served: Served, say: Language) -> str:
    shown, outcome = served.certificate, served.outcome
    if isinstance(outcome, TlsFailure):
        return tell(say, "visit.no_tls", reason=outcome.reason)
    if isinstance(outcome, Unusable):  # else nothing would have been asked
        return tell(say, "visit.trusted_before")
    if shown is None or served.trust is None or served.trust is Trust.UNREADABLE:
        return tell(say, "visit.unreadable")
    return tell(
        say,
        f"visit.{served.trust.name.lower()}",
        names=in_short(list(shown.names)),
        issuer=shown.issuer,
        begins=utc(shown.begins)[:10],
        ends=utc(shown.ends)[:10],
    )


def _page(served: Served, say: Language) -> str:
    response = served.response
    if response is None:
        return tell(say, "visit.no_page")
    location = response.header("Location")
    came = "elsewhere" if location else PAGES.get(response.status, "serves_not")
    came = "has_page" if _is_page(response) else came
    return tell(say, f"visit.{came}", code=response.status, place=location)
