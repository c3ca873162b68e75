"""`lab.visit`: what happens when a page is opened, step by step, and who runs each step."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labsupport.dnscore.transport import Exchange
from labsupport.exchange import NotSent, Reply, Reset, TlsFailure, Unreachable
from labsupport.language import Language, mark
from labsupport.lookups import drawings, web
from labsupport.lookups.ask import Answer
from labsupport.lookups.session import Session
from labsupport.lookups.web import Served, Trust, Url
from labsupport.results import Figure, Kind, NoFigure, Result, Table, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_TITLE = 80
OK = 200
# Status codes with a meaning of their own (RFC 9110 section 15; 451: RFC 7725).
GONE = {404, 410}
REFUSING = {401, 403, 429, 451}
# The steps, in order.
NAME = mark("name")
ADDRESS = mark("address")
ROUTE = mark("route")
CONNECTION = mark("connection")
CERTIFICATE = mark("certificate")
PAGE = mark("page")

Networks = Callable[[str], tuple[str, ...]]
"""Names the networks on the way to an address, the first that carries the packets first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit: its name, what happens in it, who runs it, what came of it.

    `who` says in words who runs it, and `runs` has their names alone; `worked` is False where
    the visit ended.
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
    there was none; `served`, what the machine answered; `title` of the page, "" without one.
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
    ) -> None:
        self.url = url
        self.steps = steps
        self.address = address
        self.served = served
        response = served.response if served else None
        self.title = title_of(response.body) if response else ""
        last = served.outcome if served else asked.outcome
        server = session.named(address or asked.to_address)
        provenance = session.provenance(
            "" if isinstance(last, NotSent) else server, answered=isinstance(last, Reply)
        )
        super().__init__(session.say, kind, provenance, url.notes)

    @property
    def organisations(self) -> tuple[str, ...]:
        """Everybody who ran a step, in the order of their first part."""
        return tuple(dict.fromkeys(one for step in self.steps for one in step.runs))

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
            "The page {url} came: {title}. {count} organisation had a part in it: {who}.",
            "The page {url} came: {title}. {count} organisations had a part in it: {who}.",
            len(self.organisations),
            url=self.url,
            title=f"“{self.title}”" if self.title else say("it has no title"),
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
            return _limits_of_failure(last.name, self.served, say)
        if self.url.scheme == "https":
            first = say(
                "The padlock says that the line is encrypted and that the machine may use this "
                "name. It does not say who is behind the name: a look-alike has one as well."
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
        between = [_short_result(step, say) for step in self.steps[:-1]]

        def draw(axes: Axes) -> None:
            drawings.chain(axes, boxes, between)

        title = say("Who runs each step of a visit to {name}", name=self.url.host)
        height = 1.05 * len(boxes) + 0.6
        return Figure(title, alt, self.tabulated(), draw, size=(8.0, height))


def visit(session: Session, url: Url, networks_on_the_way: Networks) -> Visit:
    """Open the page at `url`: address, route, connection, certificate, page.

    The visit ends at the first step that fails, and says what that means.
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
        return Visit(session, url, tuple(steps), kind, asked)
    networks = networks_on_the_way(address)
    steps.append(
        Step(
            ROUTE,
            say("Networks hand your packets on, each to the next."),
            " → ".join(networks) or say("not known"),
            say.many("{count} network on the way", "{count} networks on the way", len(networks)),
            networks,
        )
    )
    served = web.get(session, url, address)
    for step in _steps_at_the_machine(session, url, address, served):
        steps.append(step)
        if not step.worked:
            break
    return Visit(session, url, tuple(steps), kind_of(served), asked, address, served)


def title_of(page: bytes) -> str:
    """Return what an HTML page calls itself, shortened; "" when it does not say.

    >>> title_of(b"<html><title>Faros &amp; mar</title>")
    'Faros & mar'
    """
    found = re.search(rb"<title[^>]*>(.*?)</title", page, re.IGNORECASE | re.DOTALL)
    if found is None:
        return ""
    text = " ".join(html.unescape(found.group(1).decode("utf-8", "replace")).split())
    return text if len(text) <= LONGEST_TITLE else text[:LONGEST_TITLE] + "…"


def _steps_at_the_machine(session: Session, url: Url, address: str, served: Served) -> list[Step]:
    say = session.say
    holder = session.holder(address)
    where = say("the machine at {machine}", machine=session.named(address))
    runs = (holder,) if holder else ()
    connected = isinstance(served.outcome, Reply | TlsFailure)
    steps = [
        Step(
            CONNECTION,
            say("The machine is called at port {port}.", port=web.PORTS[url.scheme]),
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
        issuer = certificate.issuer if certificate else ""
        steps.append(
            Step(
                CERTIFICATE,
                say("The machine shows a certificate for the name; the line is encrypted."),
                say("{issuer}, who issued it", issuer=issuer) if issuer else say("not known"),
                _vouched(served, say),
                (issuer,) if issuer else (),
                worked=served.trust is Trust.TRUSTED,
            )
        )
    steps.append(
        Step(
            PAGE,
            say("The machine is asked for {target}.", target=url.target),
            where,
            _page(served, say),
            runs,
            worked=kind_of(served) is Kind.FOUND,
        )
    )
    return steps


def kind_of(served: Served) -> Kind:
    """Return the kind of answer that a machine gave; a redirect is one: the page is elsewhere."""
    outcome, response = served.outcome, served.response
    if isinstance(outcome, Reset):
        return Kind.REFUSED
    if isinstance(outcome, NotSent):
        return Kind.NOT_ASKED
    if isinstance(outcome, TlsFailure):
        return Kind.FAILED
    if not isinstance(outcome, Reply):
        return Kind.NO_ANSWER
    if response is None:
        return Kind.FAILED
    if response.status in REFUSING:
        return Kind.REFUSED
    if response.status in GONE:
        return Kind.NO_SUCH_TYPE
    return Kind.FOUND if OK <= response.status < 400 else Kind.FAILED


def _connected(served: Served, say: Language) -> str:
    outcome = served.outcome
    if isinstance(outcome, Reply):
        # Connecting, agreeing on encryption and asking: the page came with the last of them.
        return say("It answered; all in all it took {count} ms.", count=_ms(outcome.elapsed))
    if isinstance(outcome, TlsFailure):
        return say("It answered.")
    if isinstance(outcome, Reset):
        return say("The connection was cut off.")
    if isinstance(outcome, Unreachable):
        return say("The network said that nothing can be delivered there.")
    if isinstance(outcome, NotSent):
        return say("Nothing was sent: {reason}", reason=outcome.reason)
    return say("Nothing came back.")


def _vouched(served: Served, say: Language) -> str:
    certificate = served.certificate
    if isinstance(served.outcome, TlsFailure):
        return say("No encrypted line came about: {reason}", reason=served.outcome.reason)
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
    title = title_of(response.body)
    if kind_of(served) is Kind.FOUND:
        if location := response.header("Location"):
            return say(
                "It says that the page is elsewhere ({code}): {place}.",
                code=response.status,
                place=location,
            )
        return say("The page came ({code}): {title}.", code=response.status, title=f"“{title}”")
    if response.status in GONE:
        return say("It has no such page ({code}).", code=response.status)
    if response.status in REFUSING:
        return say("It does not give this page out ({code}).", code=response.status)
    return say("It answers that it cannot serve this ({code}).", code=response.status)


def _limits_of_failure(step: str, served: Served | None, say: Language) -> tuple[str, ...]:
    if step == ADDRESS:
        return (
            say(
                "The machine was never called: whether the site is there, this does not say. "
                "Another resolver may answer differently."
            ),
        )
    if step == CONNECTION:
        if served is not None and isinstance(served.outcome, Reset):
            return (
                say(
                    "Who cut it off is not seen: the machine itself, or something on the way that "
                    "speaks in its name."
                ),
            )
        if served is not None and isinstance(served.outcome, NotSent):
            return (say("The machine may be there: from another connection it can be called."),)
        return (
            say(
                "Silence proves little: a lost packet, a filter and a machine that is switched "
                "off look the same."
            ),
            say("The name and its address exist all the same."),
        )
    if step == CERTIFICATE:
        return (
            say(
                "A browser warns here and stops. A certificate that does not hold may be neglect, "
                "a mistake or a forgery: this alone does not tell which."
            ),
            say("The machine answered. What its page says was not looked at."),
        )
    return (
        say(
            "The machine is there and answers for the name. What it gives others, or gave before, "
            "this does not say."
        ),
    )


def _short_result(step: Step, say: Language) -> str:
    """The words on the arrow that leads away from a step, short enough to stand there."""
    return textwrap.shorten(step.came, 60, placeholder=" …")


def _folded(text: str) -> str:
    """The text in lines that fit a box."""
    return "\n".join(textwrap.wrap(text, 54))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
