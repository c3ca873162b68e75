"""`lab.visit`: what happens when a page is opened, step by step, and who runs each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from labsupport.exchange import NotSent, Outcome, Reply, Reset, TlsFailure, Unusable
from labsupport.exchange.http import HttpResponse
from labsupport.formats.certificates import Trust
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.lookups import path, web
from labsupport.lookups.ask import Answer, answer_of
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.path import Hop
from labsupport.lookups.session import Session
from labsupport.lookups.web import Served

# Status codes with a meaning of their own (RFC 9110 section 15; 451: RFC 7725). By 405 and 501 a
# machine says that it does not know how to be asked for less than all of a page.
PAGES = {404: "gone", 410: "gone", 405: "no_head", 501: "no_head"}
PAGES |= dict.fromkeys((401, 403, 429, 451), "refuses")


VisitStep = StrEnum("VisitStep", "NAME ADDRESS ROUTE CONNECTION CERTIFICATE PAGE")
"""The steps of a visit, in order."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: `runs` names those who carried or answered something in it.

    `worked` is False where the visit ended.
    """

    step: VisitStep
    runs: tuple[str, ...] = ()
    worked: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class Visit(Lookup):
    """A visit to one page.

    Attributes: `url`; `steps`, as far as the visit came; `answer` of the resolver; `address` of
    the machine, `holder` who that is registered to, `machine` both, "" when there was none;
    `hops` on the way there, or why none was asked; `served`, what came of calling the machine;
    `other_address`, an IPv6 one that a browser would try as well.
    """

    kind: Kind
    url: Url
    steps: tuple[Taken, ...]
    answer: Answer
    address: str
    holder: str
    machine: str
    hops: tuple[Hop, ...] | NotSent
    served: Served | None
    other_address: str

    @property
    def organisations(self) -> tuple[str, ...]:
        """Everybody who carried or answered something, in the order of their first part."""
        organisations: dict[str, None] = {}
        for taken in self.steps:
            organisations |= dict.fromkeys(taken.runs)
        return tuple(organisations)

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks on the way, as far as anybody on it answered."""
        return () if isinstance(self.hops, NotSent) else path.networks_of(self.hops)

    @property
    def trusted(self) -> bool:
        """Whether nothing was wrong with the certificate, if one was shown."""
        return self.served is None or self.served.trust in (None, Trust.TRUSTED)


def visit(session: Session, url: Url) -> Visit:
    """Open the page at `url`: address, route, connection, certificate, page.

    The visit ends at the first step that fails.
    """
    asked, address = web.find_address(session, url.name)
    answer = answer_of(session, asked)
    resolver = session.holder(asked.to_address) or asked.to_address
    steps = [
        Taken(VisitStep.NAME),
        Taken(VisitStep.ADDRESS, (resolver,), worked=bool(address)),
    ]
    served = None
    last = asked.outcome
    holder = ""
    hops: tuple[Hop, ...] | NotSent = ()
    kind: Kind = answer.kind if answer.kind is not Kind.FOUND else Kind.FAILED
    if address:
        if session.entry.source_for(address):
            hops = path.follow(session, address)
        served = web.look(session, url, address)
        last = served.outcome
        kind = kind_of(served)
        holder = session.holder(address)
        for taken in _at_the_machine(url, hops, holder, served):
            steps.append(taken)
            if not taken.worked:
                break
    other = ""
    if (
        steps[-1].step is VisitStep.CONNECTION
        and ":" not in address
        and session.entry.source6
    ):
        _, other = web.ask_address(session, url.name, web.AAAA)
    machine = session.named(address) if address else ""
    answered = isinstance(last, Reply)
    # Where no answer came, whose machine was reached is not known.
    server = (machine if answered else address) or session.named(asked.to_address)
    if isinstance(last, NotSent):
        server = ""
    return Visit(
        kind=kind,
        provenance=session.provenance(server, answered=answered),
        notes=url.notes,
        url=url,
        steps=tuple(steps),
        answer=answer,
        address=address,
        holder=holder,
        machine=machine,
        hops=hops,
        served=served,
        other_address=other,
    )


def _at_the_machine(
    url: Url, hops: tuple[Hop, ...] | NotSent, holder: str, served: Served
) -> Iterator[Taken]:
    """Yield the steps from the way to the machine on, as if each were taken."""
    outcome = served.outcome
    networks = () if isinstance(hops, NotSent) else path.networks_of(hops)
    yield Taken(VisitStep.ROUTE, networks, worked=not isinstance(outcome, NotSent))
    connected = is_connected(outcome)
    runs = (holder,) if connected and holder else ()
    yield Taken(VisitStep.CONNECTION, runs, worked=connected)
    vouched = served.trust is Trust.TRUSTED or isinstance(outcome, Unusable)
    yield Taken(VisitStep.CERTIFICATE, worked=url.scheme == "http" or vouched)
    yield Taken(VisitStep.PAGE, runs, worked=is_page(served.response))


def is_connected(outcome: Outcome) -> bool:
    """Say whether something answered at the machine's address."""
    return isinstance(outcome, Reply | TlsFailure | Unusable)


def kind_of(served: Served) -> Kind:
    """Return the kind of answer that a machine gave.

    That the page is elsewhere, or that there is no such page, is an answer that was found.
    """
    outcome = served.outcome
    response = served.response
    if isinstance(outcome, Reset):
        return Kind.REFUSED
    if not is_connected(outcome):
        return Kind.NO_ANSWER
    if not isinstance(outcome, Reply) or response is None:
        return Kind.FAILED
    if PAGES.get(response.status) == "refuses":
        return Kind.REFUSED
    is_answer = response.status in PAGES or response.header("Location")
    return Kind.FOUND if is_page(response) or is_answer else Kind.FAILED


def is_page(response: HttpResponse | None) -> bool:
    """Say whether a machine's answer is the page."""
    return response is not None and 200 <= response.status < 300
