"""`lab.diagnose`: why a site does not open. Block, outage, misconfiguration or expiry.

The same is asked from several places: what the name's own servers say, what each place's resolver
makes of it, and whether the machine answers from there. Where the places disagree, something
between them and the site differs; where they agree, it is the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

import dns.name
import dns.rdatatype

from labsupport.certificates import Trust
from labsupport.dnscore.validation import Flaw, Security
from labsupport.dnscore.walk import Failure
from labsupport.exchange import NotSent, Reply, Reset, Silence, TlsFailure, Unreachable
from labsupport.language import Language, mark
from labsupport.lookups import dnssec, path, rdap, trace, web
from labsupport.lookups.ask import INTERFERENCE, Answer, in_short
from labsupport.lookups.names import Typed
from labsupport.lookups.session import Session
from labsupport.lookups.web import Served, Url
from labsupport.results import Kind, Result, Table

FAMILIES = (dns.rdatatype.A, dns.rdatatype.AAAA)
# A name that nobody has (RFC 6761): a machine that answers to it is there, whatever it answers.
OTHER_NAME = dns.name.from_text("other.invalid")
GONE = {"redemption period", "pending delete"}
HELD = {"client hold", "server hold"}


class Cause(Enum):
    """Why a site does not open, as far as that can be measured."""

    NOTHING = mark("nothing wrong was seen")
    BLOCKED = mark("a block")
    REMOVED = mark("removed at its source")
    EXPIRED = mark("something has expired")
    MISCONFIGURED = mark("a misconfiguration")
    OUTAGE = mark("an outage")
    UNCLEAR = mark("it cannot be told")


class Reach(Enum):
    """What came of calling the site's machine."""

    OPENS = mark("the page is there")
    CUT = mark("the connection was cut off")
    SILENT = mark("nothing came back")
    UNREACHABLE = mark("no way leads there")
    EXPIRED = mark("its certificate has expired")
    UNTRUSTED = mark("its certificate is not for this name, or not trusted")
    REFUSED = mark("it says that the page may not be given out (451)")
    MISSING = mark("it says that there is no such page")
    FAILING = mark("it says that it is not able to answer")
    NOT_TRIED = mark("not tried: this connection has no IPv6, or no IPv4")


# What a machine says that does not have the page, or no site of this name (421).
MISSING = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.MISDIRECTED_REQUEST}
# What only a machine says.
ANSWERS = {Reach.EXPIRED, Reach.UNTRUSTED, Reach.REFUSED, Reach.MISSING, Reach.FAILING}


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to look from; `name` is what people call it."""

    name: str
    session: Session


@dataclass(frozen=True, slots=True)
class Call:
    """What came of calling a machine at one address.

    Where it did not answer: `others_answer` tells whether it does to another name, and `way` which
    networks answered on the way there.
    """

    reach: Reach
    others_answer: bool | None = None
    way: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of a site from one place.

    `answers` are what its resolver says, by type; `called` what came of calling the machines at
    the true addresses.
    """

    place: str
    answers: tuple[Answer, ...]
    called: dict[str, Call]

    @property
    def told(self) -> set[str]:
        """The addresses that the resolver tells."""
        types = ("A", "AAAA")
        return {r.value for answer in self.answers for r in answer.records if r.type in types}

    @property
    def admits(self) -> bool:
        """Whether the resolver says that it does not give the true answer (RFC 8914)."""
        return any(int(e.code) in INTERFERENCE for answer in self.answers for e in answer.errors)

    @property
    def opens(self) -> bool:
        """Whether the page is there at one of the true addresses."""
        return any(call.reach is Reach.OPENS for call in self.called.values())

    @property
    def tried(self) -> bool:
        """Whether the machine was called at all."""
        return any(call.reach is not Reach.NOT_TRIED for call in self.called.values())

    @property
    def meets(self) -> set[Reach]:
        """What came of the calls."""
        return {call.reach for call in self.called.values()}

    @property
    def unanswered(self) -> list[Call]:
        """The calls that the machine did not answer."""
        return [call for call in self.called.values() if call.others_answer is not None]

    def withholds(self, true: set[str]) -> bool:
        """Say whether the resolver gives none of the true addresses, and answered all the same."""
        failed = all(answer.kind in (Kind.NO_ANSWER, Kind.FAILED) for answer in self.answers)
        return self.admits or (not failed and not self.told & true)


class Diagnosis(Result):
    """Why a site does not open, and on what grounds.

    Attributes: `name`; `cause`; `because`, the grounds, a sentence each; `views`, what was seen
    from each place; `addresses`, those that the name's own servers tell.
    """

    def __init__(
        self,
        session: Session,
        typed: Typed,
        cause: Cause,
        because: Sequence[str],
        rows: Sequence[tuple[str, str]],
        views: Sequence[View] = (),
        addresses: Iterable[str] = (),
    ) -> None:
        self.name = typed.text
        self.cause = cause
        self.because = tuple(because)
        self.views = tuple(views)
        self.addresses = tuple(addresses)
        self._rows = tuple(rows)
        super().__init__(session.say, Kind.FOUND, session.provenance(""), typed.notes)

    @property
    def sentence(self) -> str:
        verdict = self.say("{name}: {cause}.", name=self.name, cause=self.say(self.cause.value))
        return " ".join((verdict, *self.because))

    def tabulated(self) -> Table:
        say = self.say
        columns = (say("who was asked"), say("what came"))
        return Table(say("What was asked, and what came"), columns, self._rows)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        told = [
            say("A measurement shows what happens. Who wanted it, and by what right, it does not."),
            say(
                "A resolver may still remember an old answer: what is changed now is seen by all "
                "when that has run out."
            ),
        ]
        if self.cause in (Cause.BLOCKED, Cause.OUTAGE, Cause.UNCLEAR):
            told.append(
                say(
                    "A machine may itself turn away visitors from some networks. From outside that "
                    "looks like a block."
                )
            )
        if self.cause is Cause.NOTHING:
            told.append(say("Other places, and other hours, may see something else."))
        return tuple(told)


def diagnose(places: Sequence[Place], typed: Typed) -> Result:
    """Find out why the site at a name does not open; the first place speaks for the result."""
    session = places[0].session
    say = session.say
    rows: list[tuple[str, str]] = []
    walks = _walked(places, typed)
    true = {one for walk in walks if isinstance(walk, trace.Trace) for one in walk.addresses}
    told = walks[0].sentence
    if true:
        told = say("They give {addresses}.", addresses=", ".join(sorted(true, key=_by_family)))
    rows.append((say("the name's own servers, asked from the root down"), told))
    for walk in walks:
        if isinstance(walk, trace.Trace) and (failure := walk.failure) is not None:
            return _without_servers(places, typed, walk, failure, rows)
    if all(walk.kind is Kind.NO_SUCH_NAME for walk in walks):
        return _without_name(session, typed, rows)
    if not true:
        because = say("The name has no address, so no page can be at it.")
        return Diagnosis(session, typed, Cause.MISCONFIGURED, (because,), rows)
    chain = _checked(places, typed)
    rows.append((say("signatures (DNSSEC)"), chain.sentence))
    if isinstance(chain, dnssec.TrustChain) and chain.security is Security.BOGUS:
        return _with_broken_signatures(session, typed, chain, rows, sorted(true))
    calls: dict[tuple[str, str], Call] = {}
    views = [_view(place, typed, true, calls) for place in places]
    for view in views:
        rows += _told_by(view, say)
    cause, grounds = _judged(views, true, say)
    return Diagnosis(session, typed, cause, grounds, rows, views, sorted(true))


def _walked(places: Sequence[Place], typed: Typed) -> list[Result]:
    """Walk to the name's addresses from the first place from which its servers answer."""
    walks: list[Result] = []
    for place in _connections(places):
        walks = []
        for rdtype in FAMILIES:
            walks.append(trace.trace(place.session, typed, rdtype))
            if walks[-1].kind not in (Kind.FOUND, Kind.NO_SUCH_TYPE):
                break  # what is said of one type holds for the other
        if any(walk.kind in (Kind.FOUND, Kind.NO_SUCH_NAME) for walk in walks):
            return walks
    return walks


def _connections(places: Sequence[Place]) -> list[Place]:
    """One place for each connection: another resolver leads nowhere else."""
    return list({place.session.entry.source: place for place in reversed(places)}.values())[::-1]


def _checked(places: Sequence[Place], typed: Typed) -> Result:
    """Check the signatures from the first place from which they hold, if there is one.

    Who changes an answer breaks them: so a broken chain is the site's only if all see it.
    """
    for place in places:
        chain = dnssec.dnssec(place.session, typed, dns.rdatatype.A)
        if not isinstance(chain, dnssec.TrustChain) or chain.security is not Security.BOGUS:
            break
    return chain


def _without_servers(
    places: Sequence[Place],
    typed: Typed,
    walk: trace.Trace,
    failure: Failure,
    rows: list[tuple[str, str]],
) -> Diagnosis:
    """The name's servers give no answer: is that the servers, or what is said of them?"""
    session = places[0].session
    say = session.say
    silent = [step.exchange.to_address for step in walk.steps if step.reading is None]
    if failure is Failure.NO_ANSWER:
        connections = _connections(places)
        ways = [_way(place.session, address) for place in connections for address in silent[-1:]]
        if not any(ways):
            rows.append((", ".join(silent[-1:]), say("nobody on the way answered")))
            because = say(
                "To its name servers nobody answers, not even the first router, and to others they "
                "do: packets are stopped where they leave."
            )
            return Diagnosis(session, typed, Cause.BLOCKED, (because,), rows)
        because = say(
            "Its name servers are silent from everywhere that was tried, and those above them "
            "answer."
        )
        return Diagnosis(session, typed, Cause.OUTAGE, (because,), rows)
    words = {
        Failure.LAME: say("The servers that are named for its zone do not serve it."),
        Failure.NO_SERVER: say("The servers that are named for its zone cannot be found."),
        Failure.TOO_LONG: say("Its aliases lead in a circle, or too far."),
    }
    return Diagnosis(session, typed, Cause.MISCONFIGURED, (words[failure],), rows)


def _without_name(session: Session, typed: Typed, rows: list[tuple[str, str]]) -> Diagnosis:
    """The servers in charge say that there is no such name: the registration may tell why."""
    say = session.say
    found = rdap.rdap(session, typed)
    rows.append((say("the registry (RDAP)"), found.sentence))
    if not isinstance(found, rdap.Domain):
        because = (
            say(
                "The servers in charge say that there is no such name, and the registry has no "
                "record of it: it was never registered, or was given up and is free."
            )
            if found.kind is Kind.NO_SUCH_NAME
            else say(
                "The servers in charge say that there is no such name, and what the registry knows "
                "could not be had."
            )
        )
        return Diagnosis(session, typed, Cause.UNCLEAR, (because,), rows)
    status = set(found.registry.status)
    if status & GONE:
        because = say(
            "The registration has run out or was cancelled, and the registry took the name out of "
            "the DNS ({status}).",
            status=", ".join(sorted(status & GONE)),
        )
        return Diagnosis(session, typed, Cause.EXPIRED, (because,), rows)
    if status & HELD:
        who = say("the registry") if "server hold" in status else say("the registrar")
        because = say(
            "The name is registered, and {who} took it out of the DNS ({status}). That is done on "
            "an order, for abuse, or over a bill: the status does not tell which.",
            who=who,
            status=", ".join(sorted(status & HELD)),
        )
        return Diagnosis(session, typed, Cause.REMOVED, (because,), rows)
    because = say(
        "The domain {domain} is registered and in the DNS, and its own servers say that it has no "
        "name {name}.",
        domain=found.domain,
        name=typed.text,
    )
    return Diagnosis(session, typed, Cause.MISCONFIGURED, (because,), rows)


def _with_broken_signatures(
    session: Session,
    typed: Typed,
    chain: dnssec.TrustChain,
    rows: list[tuple[str, str]],
    addresses: Sequence[str],
) -> Diagnosis:
    say = session.say
    if chain.flaw is Flaw.EXPIRED:
        because = say(
            "Its signatures (DNSSEC) have run out. Resolvers that check them give no answer, "
            "wherever they stand."
        )
        return Diagnosis(session, typed, Cause.EXPIRED, (because,), rows, (), addresses)
    because = say(
        "Its signatures (DNSSEC) do not fit. Resolvers that check them give no answer. A mistake "
        "of its operator and a forgery look the same."
    )
    return Diagnosis(session, typed, Cause.MISCONFIGURED, (because,), rows, (), addresses)


def _view(place: Place, typed: Typed, true: set[str], calls: dict[tuple[str, str], Call]) -> View:
    """Look at a site from one place; `calls` are those made before, by who called whom."""
    session = place.session
    answers = tuple(
        Answer(session, typed.name, rdtype, session.ask_resolver(typed.name, rdtype), ())
        for rdtype in FAMILIES
        if any((":" in address) == (rdtype == dns.rdatatype.AAAA) for address in true)
    )
    called: dict[str, Call] = {}
    for address in sorted(true, key=_by_family):
        source = session.entry.source_for(address)
        if (source, address) not in calls:
            calls[source, address] = _call(session, typed, address)
        called[address] = calls[source, address]
    return View(place.name, answers, called)


def _by_family(address: str) -> tuple[bool, str]:
    return ":" in address, address


def _call(session: Session, typed: Typed, address: str) -> Call:
    """Call a site's machine; where it does not answer, look further into why."""
    if not session.entry.source_for(address):
        return Call(Reach.NOT_TRIED)
    reach = _reach(web.look(session, Url("https", typed.name), address))
    if reach not in (Reach.CUT, Reach.SILENT, Reach.UNREACHABLE):
        return Call(reach)
    other = web.look(session, Url("https", OTHER_NAME), address)
    answers = isinstance(other.outcome, Reply | TlsFailure)
    return Call(reach, answers, _way(session, address))


def _way(session: Session, address: str) -> tuple[str, ...]:
    try:
        return path.networks_of(path.follow(session, address))
    except path.NotFollowed:
        return ()


def _reach(served: Served) -> Reach:
    outcome, response = served.outcome, served.response
    if isinstance(outcome, NotSent):
        return Reach.NOT_TRIED
    if isinstance(outcome, Silence):
        return Reach.SILENT
    if isinstance(outcome, Reset):
        return Reach.CUT
    if served.trust in (Trust.EXPIRED, Trust.NOT_YET_VALID):
        return Reach.EXPIRED
    if isinstance(outcome, TlsFailure) or served.trust not in (None, Trust.TRUSTED):
        return Reach.UNTRUSTED
    if isinstance(outcome, Unreachable):
        return Reach.UNREACHABLE
    if response is None:
        return Reach.FAILING
    if response.status == HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS:
        return Reach.REFUSED
    if response.status in MISSING:
        return Reach.MISSING
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Reach.FAILING
    return Reach.OPENS


def _told_by(view: View, say: Language) -> list[tuple[str, str]]:
    answers = " ".join(dict.fromkeys(answer.sentence for answer in view.answers))
    if view.told and not view.admits:
        answers = say(
            "It gives {addresses}.", addresses=", ".join(sorted(view.told, key=_by_family))
        )
    rows = [(say("{place}: its resolver", place=view.place), answers)]
    machines: dict[str, list[str]] = {}
    for address, call in view.called.items():
        told = say(call.reach.value)
        if call.others_answer is not None:
            told += "; " + (
                say("to another name the machine answers")
                if call.others_answer
                else say("to another name it does not answer either")
            )
            told += "; " + (
                say("on the way answered: {networks}", networks=", ".join(call.way))
                if call.way
                else say("nobody on the way answered")
            )
        machines.setdefault(told, []).append(address)
    for told, addresses in machines.items():
        who = say("{place}: {address}", place=view.place, address=", ".join(addresses))
        rows.append((who, told))
    return rows


def _judged(views: Sequence[View], true: set[str], say: Language) -> tuple[Cause, list[str]]:
    """Weigh what was seen from all places."""
    withholding = [view for view in views if view.withholds(true)]
    if withholding:
        return Cause.BLOCKED, _by_resolver(withholding, say)
    unable = [view.place for view in views if not view.tried]
    views = [view for view in views if view.tried]
    closed = [view for view in views if not view.opens]
    if not closed:
        because = [
            say(
                "Wherever its address can be reached, the resolver gives the true one, and the "
                "page is there."
            )
        ]
        if unable:
            because.append(
                say(
                    "{places} has no addresses of that kind (IPv6), and so no way there.",
                    places=in_short(unable),
                )
            )
        return Cause.NOTHING, because
    if len(closed) < len(views):
        where = say(
            "From {places} it does not open, and from {others} it does.",
            places=in_short([view.place for view in closed]),
            others=in_short([view.place for view in views if view.opens]),
        )
        return Cause.BLOCKED, [where, *_half_open(views, say), *_on_the_way(closed, say)]
    answering = [view for view in closed if view.meets & ANSWERS]
    mute = [view for view in closed if view not in answering]
    if answering and mute:
        met = sorted({say(reach.value) for view in answering for reach in view.meets & ANSWERS})
        met_there = say(
            "From {places} a machine answers: {what}.",
            places=in_short([view.place for view in answering]),
            what="; ".join(met),
        )
        return Cause.BLOCKED, [met_there, *_on_the_way(mute, say)]
    found = {call.reach for view in views for call in view.called.values()} - {Reach.NOT_TRIED}
    same_everywhere = {
        Reach.EXPIRED: (
            Cause.EXPIRED,
            mark("The machine answers, and its certificate has expired: browsers refuse it."),
        ),
        Reach.UNTRUSTED: (
            Cause.MISCONFIGURED,
            mark(
                "A machine answers, with a certificate that is not for this name: the name leads "
                "to another machine, or the certificate was forgotten."
            ),
        ),
        Reach.REFUSED: (
            Cause.REMOVED,
            mark("The machine itself says that it may not give the page out (451, RFC 7725)."),
        ),
        Reach.FAILING: (
            Cause.OUTAGE,
            mark("The machine answers that it is not able to: the fault is behind it."),
        ),
        Reach.MISSING: (
            Cause.UNCLEAR,
            mark(
                "The machine says that it has no such page, or no site of this name. It may have "
                "been taken away, never have been there, or be shown to others only."
            ),
        ),
    }
    for reach, (cause, words) in same_everywhere.items():
        if found == {reach}:
            return cause, [say(words)]
    return _nowhere(closed, say)


def _nowhere(views: Sequence[View], say: Language) -> tuple[Cause, list[str]]:
    """No place reaches the machine: does it end at the machine, or before?"""
    calls = [call for view in views for call in view.unanswered]
    if any(call.others_answer for call in calls):
        return Cause.BLOCKED, _on_the_way(views, say)
    if not any(call.way for call in calls):
        return Cause.BLOCKED, [
            say(
                "To this address nobody answers, not even the first router, and to others they do: "
                "packets are stopped where they leave."
            )
        ]
    last = in_short(sorted({call.way[-1] for call in calls if call.way}))
    return Cause.OUTAGE, [
        say(
            "From every place the way leads on to {network}, and the machine there does not "
            "answer.",
            network=last,
        )
    ]


def _by_resolver(views: Sequence[View], say: Language) -> list[str]:
    because = [
        say.many(
            "The name's own servers give an address, and the resolver of {places} does not pass "
            "it on.",
            "The name's own servers give an address, and the resolvers of {places} do not pass it "
            "on.",
            len(views),
            places=in_short([view.place for view in views]),
        )
    ]
    if admitting := [view.place for view in views if view.admits]:
        because.append(
            say(
                "That of {places} says itself that it changed the answer (RFC 8914).",
                places=in_short(admitting),
            )
        )
    return because


def _half_open(views: Sequence[View], say: Language) -> list[str]:
    """Say where the page opens, and not by all of its addresses."""
    half = [view for view in views if view.opens and view.unanswered]
    if not half:
        return []
    return [
        say(
            "From {places} it opens by one of its addresses, and another is silent there as well.",
            places=in_short([view.place for view in half]),
        )
    ]


def _on_the_way(views: Sequence[View], say: Language) -> list[str]:
    """Say what happens to packets on the way, from those places."""
    because = []
    unanswered = [view for view in views if view.unanswered]
    by_name = [one.place for one in unanswered if any(c.others_answer for c in one.unanswered)]
    by_address = [one.place for one in unanswered if one.place not in by_name]
    if by_name:
        because.append(
            say(
                "From {places} the machine answers to another name and not to this one: somebody "
                "reads the name in the encrypted connection's first message.",
                places=in_short(by_name),
            )
        )
    if by_address:
        because.append(
            say(
                "From {places} nothing gets to the address, whatever the name.",
                places=in_short(by_address),
            )
        )
    silent = [one for one in unanswered if not any(call.way for call in one.unanswered)]
    if silent:
        because.append(
            say(
                "Not even a router on the way from there answers, as they do for other addresses: "
                "the packets stop in that network, or at its edge."
            )
        )
    return because
