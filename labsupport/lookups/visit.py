"""`lab.visit`: what happens when a page is opened, step by step, and who runs each step."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from labsupport.certificates import Trust
from labsupport.dnscore.transport import Exchange
from labsupport.evidence import Log
from labsupport.exchange import NotSent, Reply, Reset, TlsFailure, Unreachable, Unusable
from labsupport.http import HttpResponse
from labsupport.language import Language, mark
from labsupport.lookups import drawings, path, server_log, web
from labsupport.lookups.ask import Answer
from labsupport.lookups.session import Session
from labsupport.lookups.web import Served, Url
from labsupport.results import Figure, Kind, NoFigure, Result, Table, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Status codes with a meaning of their own (RFC 9110 section 15; 451: RFC 7725).
GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
REFUSING = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
}
# It may know the page, and does not know how to be asked for less than all of it.
NO_HEAD = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
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


class Visit(Result):
    """A visit to one page.

    Attributes: `url`; `steps`, as far as the visit came; `address` of the machine, "" when
    there was none; `served`, what came of calling it; `other_address`, one of the other kind
    that was not tried, looked for where the call failed.
    """

    def __init__(
        self,
        session: Session,
        url: Url,
        steps: tuple[Step, ...],
        kind: Kind,
        asked: Exchange,
        address: str = "",
        served: Served | None = None,
        other_address: str = "",
        log: Log | None = None,
    ) -> None:
        self._session, self._log = session, log
        self.url = url
        self.steps = steps
        self.address = address
        self.served = served
        self.other_address = other_address
        last = served.outcome if served else asked.outcome
        answered = isinstance(last, Reply)
        server = session.named(address or asked.to_address)
        if isinstance(last, NotSent):
            server = ""
        elif address and not answered:
            server = address  # whose machine was reached is not known
        provenance = session.provenance(server, answered=answered)
        super().__init__(session.say, kind, provenance, url.notes)

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
        lines = self._log.lines if self._log else ()
        return server_log.of_visit(self, self._session, lines)

    @property
    def sentence(self) -> str:
        say = self.say
        last = self.steps[-1]
        if not last.worked:
            return say(
                "The visit to {url} ended at step {number} of 6, the {step}. {came}",
                url=self.url,
                number=len(self.steps),
                step=say(last.name),
                came=last.came,
            )
        return say.many(
            "The page {url} is there. {count} organisation carried or answered: {who}.",
            "The page {url} is there. {count} organisations carried or answered: {who}.",
            len(self.organisations),
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
        say = self.say
        last = self.steps[-1]
        if not last.worked:
            return self._limits_of_failure(last.name)
        if self.url.scheme == "https":
            first = say(
                "The padlock says that the connection is encrypted and that the machine may use "
                "this name. It does not say who is behind the name: a look-alike has one as well."
            )
        else:
            first = say(
                "Nothing was encrypted: everybody on the way could read the page, and change it."
            )
        return (
            first,
            say(
                "Whose network a machine stands in does not say who wrote the page, nor where "
                "the machine is."
            ),
            say("Behind the machine that answered there may be others that nobody sees from here."),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        boxes = [
            drawings.Box(
                f"{'✓' if step.worked else '✗'} {number} {say(step.name)}",
                _folded(step.who),
                drawings.BLUE if step.worked else drawings.ORANGE,
            )
            for number, step in enumerate(self.steps, start=1)
        ]
        alt = say(
            "A chain of {count} steps from the top down, each with who runs it: {steps}.",
            count=len(boxes),
            steps="; ".join(f"{say(step.name)}: {step.who}" for step in self.steps),
        )
        between = [textwrap.shorten(step.came, 60, placeholder=" …") for step in self.steps[:-1]]

        def draw(axes: Axes) -> None:
            drawings.chain(axes, boxes, between)

        title = say("Who runs each step of a visit to {name}", name=self.url.host)
        height = 1.05 * len(boxes) + 0.6
        return Figure(title, alt, self.tabulated(), draw, say, size=(8.0, height))

    def _limits_of_failure(self, step: str) -> tuple[str, ...]:
        say = self.say
        if step == ADDRESS:
            return (
                say(
                    "The machine was never called: whether the site is there, this does not say. "
                    "Another resolver may answer differently."
                ),
            )
        if step == ROUTE:
            return (say("The machine may be there: from another connection it can be called."),)
        if step == CONNECTION:
            if self.served and isinstance(self.served.outcome, Reset):
                limits = [
                    say(
                        "Who cut it off is not seen: the machine itself, or something on the way "
                        "that speaks in its name."
                    )
                ]
            else:
                limits = [
                    say(
                        "Silence proves little: a lost packet, a filter, a wrong route and a "
                        "machine that is switched off look the same."
                    ),
                    say("The name and its address exist all the same."),
                ]
            if self.other_address:
                limits.append(
                    say(
                        "A browser may also try the name's IPv6 address, {address}; this visit "
                        "tried the IPv4 address only.",
                        address=self.other_address,
                    )
                )
            return tuple(limits)
        if step == CERTIFICATE:
            return (
                say(
                    "A browser warns here and stops. A certificate that does not hold may be "
                    "neglect, a mistake or a forgery: this alone does not tell which."
                ),
                say("The machine answered. What its page says was not looked at."),
            )
        return (
            say(
                "The machine is there and answers for the name. What it gives others, or gave "
                "before, this does not say."
            ),
        )


def visit(session: Session, url: Url, log: Log | None = None) -> Visit:
    """Open the page at `url`: address, route, connection, certificate, page.

    The visit ends at the first step that fails, and says what that means. `log` is where the
    network of `session` writes what it carries.
    """
    say = session.say
    steps = [
        Step(
            NAME,
            say("Your browser takes the name out of what you typed."),
            say("your own device"),
            url.host,
        )
    ]
    asked, address = web.find_address(session, url.name)
    answer = Answer(session, url.name, asked.query.question[0].rdtype, asked, ())
    resolver = session.holder(asked.to_address) or asked.to_address
    steps.append(
        Step(
            ADDRESS,
            say("A resolver is asked for the address of the name."),
            say("{who}, the resolver at {address}", who=resolver, address=asked.to_address),
            answer.sentence,
            (resolver,),
            worked=bool(address),
        )
    )
    if not address:
        kind = answer.kind if answer.kind and answer.kind is not Kind.FOUND else Kind.FAILED
        return Visit(session, url, tuple(steps), kind, asked, log=log)
    hops: tuple[path.Hop, ...] = ()
    not_known = say("Nobody on the way answered.")
    try:
        if session.entry.source_for(address):
            hops = path.follow(session, address)
    except path.NotFollowed as problem:
        not_known = str(problem)
    served = web.look(session, url, address)
    for step in (
        _route(hops, not_known, address, served, say),
        *_steps_at_the_machine(session, url, address, served),
    ):
        steps.append(step)
        if not step.worked:
            break
    other_address = ""
    if steps[-1].name == CONNECTION and ":" not in address and session.entry.source6:
        _, other_address = web.ask_address(session, url.name, web.AAAA)
    came = kind_of(served)
    return Visit(session, url, tuple(steps), came, asked, address, served, other_address, log)


def _route(
    hops: tuple[path.Hop, ...], not_known: str, address: str, served: Served, say: Language
) -> Step:
    happens = say("Networks hand your packets on, each to the next.")
    if isinstance(served.outcome, NotSent):
        return Step(ROUTE, happens, say("nobody"), served.outcome.reason, worked=False)
    networks = path.networks_of(hops)
    if not networks:
        return Step(ROUTE, happens, say("not known"), not_known)
    if hops[-1].address == address:
        came = say.many("{count} network on the way", "{count} networks on the way", len(networks))
        return Step(ROUTE, happens, " → ".join(networks), came, networks)
    came = say(
        "Followed as far as {network}; behind it nobody answered, so the rest of the way is not "
        "known.",
        network=networks[-1],
    )
    return Step(ROUTE, happens, " → ".join((*networks, "?")), came, networks)


def _steps_at_the_machine(session: Session, url: Url, address: str, served: Served) -> list[Step]:
    say = session.say
    holder = session.holder(address)
    connected = isinstance(served.outcome, Reply | TlsFailure | Unusable)
    if connected:
        where = say("the machine at {machine}", machine=session.named(address))
    elif holder:
        where = say(
            "whoever the route leads to; the address is registered to {holder}", holder=holder
        )
    else:
        where = say("whoever the route leads to")
    runs = (holder,) if connected and holder else ()
    steps = [
        Step(
            CONNECTION,
            say("The machine is called at port {port}.", port=url.port),
            where,
            _connected(served, say),
            runs,
            worked=connected,
        )
    ]
    certificate = served.certificate
    if url.scheme == "http":
        steps.append(
            Step(
                CERTIFICATE,
                say("None is asked for: http:// is not encrypted."),
                say("nobody"),
                say("Everybody on the way can read along."),
            )
        )
    else:
        who = say("not known")
        if certificate:
            # The authority takes no part in the visit, and does not hear of it.
            who = say(
                "{issuer} issued it on {date}, and is not asked now",
                issuer=certificate.issuer,
                date=utc(certificate.begins)[:10],
            )
        steps.append(
            Step(
                CERTIFICATE,
                say("The machine shows a certificate for the name; the connection is encrypted."),
                who,
                _vouched(served, say),
                worked=served.trust is Trust.TRUSTED or isinstance(served.outcome, Unusable),
            )
        )
    steps.append(
        Step(
            PAGE,
            say(
                "The machine is asked whether it has {target}. No content is fetched.",
                target=url.target,
            ),
            where,
            _page(served, say),
            runs,
            worked=_is_page(served.response),
        )
    )
    return steps


def kind_of(served: Served) -> Kind:
    """Return the kind of answer that a machine gave.

    That the page is elsewhere, or that there is no such page, is an answer that was found.
    """
    outcome, response = served.outcome, served.response
    if isinstance(outcome, Reset):
        return Kind.REFUSED
    if isinstance(outcome, TlsFailure | Unusable):
        return Kind.FAILED
    if not isinstance(outcome, Reply):
        return Kind.NO_ANSWER
    if response is None:
        return Kind.FAILED
    if response.status in REFUSING:
        return Kind.REFUSED
    known = response.status in GONE | NO_HEAD
    if _is_page(response) or response.header("Location") or known:
        return Kind.FOUND
    return Kind.FAILED


def _is_page(response: HttpResponse | None) -> bool:
    return response is not None and HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES


def _connected(served: Served, say: Language) -> str:
    outcome = served.outcome
    if isinstance(outcome, Reply):
        # Connecting, agreeing on encryption and asking: the page came with the last of them.
        return say("It answered; all in all it took {count} ms.", count=_ms(outcome.elapsed))
    if isinstance(outcome, TlsFailure):
        return say("It answered.")
    if isinstance(outcome, Unusable):
        return say("What came is no answer. {reason}", reason=outcome.reason)
    if isinstance(outcome, Reset):
        return say("The connection was cut off.")
    if isinstance(outcome, Unreachable):
        return say("The network said that nothing can be delivered there.")
    return say("Nothing came back.")


def _vouched(served: Served, say: Language) -> str:
    certificate = served.certificate
    if isinstance(served.outcome, TlsFailure):
        return say("No encrypted connection came about: {reason}", reason=served.outcome.reason)
    if isinstance(served.outcome, Unusable):  # else nothing would have been asked
        return say("The certificate is trusted.")
    if certificate is None or served.trust is Trust.UNREADABLE:
        return say("What it showed is no certificate that can be read.")
    names = ", ".join(certificate.names[:3]) + (", …" if len(certificate.names) > 3 else "")
    begins, ends = utc(certificate.begins)[:10], utc(certificate.ends)[:10]
    if served.trust is Trust.EXPIRED:
        return say("The certificate for {names} ran out on {date}.", names=names, date=ends)
    if served.trust is Trust.NOT_YET_VALID:
        return say("The certificate for {names} begins on {date}.", names=names, date=begins)
    if served.trust is Trust.OTHER_NAME:
        return say("The certificate is made out to another name: {names}.", names=names)
    if served.trust is Trust.UNKNOWN_ISSUER:
        return say(
            "The certificate was issued by {issuer}, whom this device does not trust.",
            issuer=certificate.issuer,
        )
    return say(
        "It is made out to {names} and holds from {begins} to {ends}.",
        names=names,
        begins=begins,
        ends=ends,
    )


def _page(served: Served, say: Language) -> str:
    response = served.response
    if response is None:
        return say("What came back is no page.")
    if _is_page(response):
        return say("It has this page ({code}).", code=response.status)
    if location := response.header("Location"):
        return say(
            "It says that the page is elsewhere ({code}): {place}.",
            code=response.status,
            place=location,
        )
    if response.status in NO_HEAD:
        return say(
            "It says nothing of a page without giving it out ({code}).", code=response.status
        )
    if response.status in GONE:
        return say("The server answered that it has no such page ({code}).", code=response.status)
    if response.status in REFUSING:
        return say("It does not give this page out ({code}).", code=response.status)
    return say("It answers that it cannot serve this ({code}).", code=response.status)


def _folded(text: str) -> str:
    """The text in lines that fit a box."""
    return "\n".join(textwrap.wrap(text, 54))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
