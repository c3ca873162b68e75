"""`lab.diagnose`: why a site does not open. Block, outage, misconfiguration or expiry.

The same is asked from several places: what the name's own servers say, what each place's resolver
makes of it, and whether the machine answers from there. Where the places disagree, something
between them and the site differs; where they agree, it is the site. That they disagree is an
anomaly. It is called a block only on further grounds: a resolver that has another answer than the
name's own servers, a machine that answers to every name but this one, packets that no router on the
way sees, a page that says so itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

import dns.rdatatype

from labsupport.dnscore.validation import Flaw, Security
from labsupport.dnscore.walk import Failure
from labsupport.language import Language, mark
from labsupport.lookups import dnssec, rdap, trace
from labsupport.lookups.ask import in_short
from labsupport.lookups.names import Typed
from labsupport.lookups.numbers import of_nobody, read_number
from labsupport.lookups.reached import (
    FAMILIES,
    MUTE,
    NOT_ASKED,
    OTHER_NAME,
    Call,
    Led,
    Looks,
    Naming,
    Place,
    Reach,
    Sample,
    View,
    addresses_in,
    ask_own,
    beside,
    by_family,
    is_stopped,
)
from labsupport.lookups.session import Session
from labsupport.lookups.web import Url
from labsupport.results import Kind, Result, Table

GONE = {"redemption period", "pending delete"}
HELD = {"client hold", "server hold"}
SLOW = 5.0  # seconds for the beginning of a page
FASTER = 10  # so many times, somewhere else, and being slow is an anomaly
MOST_SITES = 3  # that send on to one another, each looked at


class Cause(Enum):
    """Why a site does not open, as far as that can be measured."""

    NOTHING = mark("nothing wrong was seen")
    BLOCKED = mark("a block")
    ANOMALY = mark("an anomaly, which is not yet a block")
    REMOVED = mark("removed at its source")
    EXPIRED = mark("something has expired")
    MISCONFIGURED = mark("a misconfiguration")
    OUTAGE = mark("an outage")
    UNCLEAR = mark("it cannot be told")


class Diagnosis(Result):
    """Why a site does not open, and on what grounds.

    Attributes: `name`; `cause`; `because`, the grounds, a sentence each; `views`, what was seen
    from each place; `addresses`, those that the name's own servers tell, or resolvers where none of
    those could be asked.
    """

    def __init__(
        self,
        session: Session,
        url: Url,
        cause: Cause,
        because: Sequence[str],
        rows: Sequence[tuple[str, str]],
        views: Sequence[View] = (),
        addresses: Iterable[str] = (),
    ) -> None:
        self.name = url.host
        self._page = url.host if str(url) == f"https://{url.host}/" else str(url)
        self.cause = cause
        self.because = tuple(because)
        self.views = tuple(views)
        self.addresses = tuple(addresses)
        self._rows = tuple(rows)
        super().__init__(session.say, Kind.FOUND, session.provenance(""), url.notes)

    @property
    def sentence(self) -> str:
        verdict = self.say("{name}: {cause}.", name=self._page, cause=self.say(self.cause.value))
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
        if self.cause in (Cause.BLOCKED, Cause.ANOMALY, Cause.OUTAGE, Cause.UNCLEAR):
            told.append(
                say(
                    "A machine may itself turn away visitors from some networks. From outside that "
                    "looks like a block."
                )
            )
        if self.cause is Cause.NOTHING:
            told.append(say("Other places, and other hours, may see something else."))
        return tuple(told)


Finding = tuple[Cause, list[str]]
"""A cause, and its grounds: a sentence each."""


def diagnose(places: Sequence[Place], url: Url, before: frozenset[str] = frozenset()) -> Diagnosis:
    """Find out why the page at `url` does not open; the first place speaks for the result.

    `before` are the sites that sent on to this one, whose diagnosis this one is a part of.
    """
    session = places[0].session
    say = session.say
    rows: list[tuple[str, str]] = []
    views: list[View] = []
    by_servers = False
    if url.address:
        true = {url.address}
        finding = _nobodys(true, say)
    else:
        true, by_servers, finding = _of_its_servers(places, Typed(url.name, url.host), rows)
    if finding is None:
        looks = Looks(url, true)
        views = [looks.view(place) for place in places]
        for view in views:
            rows += _told_by(view, url, say)
        finding = _judged(views, true, by_servers, url, say)
        finding = _sent_on(places, views, finding, before | {url.host}, rows)
    elif not true:
        looks = Looks(url, true)
        views = [view for view in map(looks.view, places) if set(view.led.values()) - {Led.NOBODY}]
        for view in views:
            rows += _told_by(view, url, say)
        finding = _given_all_the_same(places, views, finding)
    return Diagnosis(session, url, *finding, rows, views, sorted(true))


def _of_its_servers(
    places: Sequence[Place], typed: Typed, rows: list[tuple[str, str]]
) -> tuple[set[str], bool, Finding | None]:
    """Return the addresses of the site, whether its own servers gave them, and what is wrong."""
    session = places[0].session
    say = session.say
    walks = _walked(places, typed)
    true = {one for walk in walks if isinstance(walk, trace.Trace) for one in walk.addresses}
    told = walks[0].sentence
    if true:
        told = say("They give {addresses}.", addresses=", ".join(sorted(true, key=by_family)))
    rows.append((say("the name's own servers, asked from the root down"), told))
    if not any(isinstance(walk, trace.Trace) and walk.got_through for walk in walks):
        true = _of_resolvers(places, typed)
        return true, False, None if true else (Cause.UNCLEAR, [say(NOT_ASKABLE)])
    for walk in walks:
        if isinstance(walk, trace.Trace) and (failure := walk.failure) is not None and not true:
            return set(), True, _without_servers(places, walk, failure, rows)
    if all(walk.kind is Kind.NO_SUCH_NAME for walk in walks):
        return set(), True, _without_name(session, typed, rows)
    if not true:
        because = say("The name has no address, so no page can be at it.")
        return true, True, (Cause.MISCONFIGURED, [because])
    chain = _checked(places, typed)
    rows.append((say("signatures (DNSSEC)"), chain.sentence))
    if isinstance(chain, dnssec.TrustChain) and chain.security is Security.BOGUS:
        return true, True, _with_broken_signatures(chain, say)
    nobodys = _nobodys(true, say)
    return (set() if nobodys else true), True, nobodys


NOT_ASKABLE = mark(
    "From here no name server answers, whatever the name, and no resolver gives an address. That "
    "may be this connection."
)


def _of_resolvers(places: Sequence[Place], typed: Typed) -> set[str]:
    """Return the addresses that resolvers give, where no name server at all answers from here."""
    say = places[0].session.say
    true = {
        address
        for place in places
        for rdtype in FAMILIES
        for address in addresses_in(ask_own(place.session, typed.name, rdtype))
    }
    return set() if _nobodys(true, say) else true


def _nobodys(addresses: set[str], say: Language) -> Finding | None:
    """Say so where no site can be at any of the addresses."""
    told = [of_nobody(read_number(one, say), say) for one in sorted(addresses, key=by_family)]
    if not all(told):
        return None
    return Cause.MISCONFIGURED, [say("No site can be at its address."), *told]


def _sent_on(
    places: Sequence[Place],
    views: Sequence[View],
    finding: Finding,
    before: frozenset[str],
    rows: list[tuple[str, str]],
) -> Finding:
    """Where the site sends on to another that does not open, look at that one."""
    say = places[0].session.say
    calls = [call for view in views for call in view.called.values()]
    page = next((one.page for one in calls if one.reach is Reach.ELSEWHERE), None)
    if page is None or finding[0] in (Cause.BLOCKED, Cause.NOTHING):
        return finding
    sends = say("The site sends visitors on to {page}, which does not open.", page=page)
    known = places[0].session.network.covers(page.name.to_text())
    if page.host in before or len(before) > MOST_SITES or not (known or page.address):
        return Cause.UNCLEAR, [sends]
    there = diagnose(places, page, before)
    rows += there._rows
    # It did not open a moment ago.
    cause = Cause.UNCLEAR if there.cause is Cause.NOTHING else there.cause
    return cause, [sends, *there.because]


def _given_all_the_same(
    places: Sequence[Place], views: Sequence[View], finding: Finding
) -> Finding:
    """The name has no address, and a resolver gives one: it remembers, or has a list of its own."""
    say = places[0].session.say
    cause, because = finding
    for place, view in ((one, view) for one in places for view in views if view.place == one.name):
        because = [
            *because,
            say(
                "The resolver of {place} gives an address all the same: {addresses}.",
                place=view.place,
                addresses=in_short(sorted(view.told, key=by_family)),
            ),
        ]
        if addresses_in(ask_own(place.session, OTHER_NAME, dns.rdatatype.A)):
            because.append(say("It does so for every name that does not exist."))
            continue
        if Led.NOTICE in view.led.values():
            because.append(say("A machine there says that the page is blocked."))
        elif Led.SITE in view.led.values():
            because.append(
                say(
                    "The machine there shows that it is the site. An old answer that it remembers, "
                    "and answers that somebody changes on the way from the name's own servers, "
                    "look alike."
                )
            )
        else:
            because.append(
                say(
                    "An old answer that it remembers, the remains of a block and a changed answer "
                    "look alike. Ask again when the answer has run out."
                )
            )
        if cause in (Cause.UNCLEAR, Cause.MISCONFIGURED):
            cause = Cause.ANOMALY
    return cause, because


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
    places: Sequence[Place], walk: trace.Trace, failure: Failure, rows: list[tuple[str, str]]
) -> Finding:
    """The name's servers give no answer: is that the servers, or what is said of them?"""
    session = places[0].session
    say = session.say
    silent = [step.exchange.to_address for step in walk.steps if step.reading is None]
    if failure is Failure.NO_ANSWER:
        sessions = [place.session for place in _connections(places)]
        if all(is_stopped(one, address) for one in sessions for address in silent[-1:]):
            rows.append((", ".join(silent[-1:]), say("nobody on the way answered")))
            because = say(
                "To its name servers nobody answers, not even the first router, and to others they "
                "do: packets are stopped where they leave."
            )
            return Cause.BLOCKED, [because]
        because = say(
            "Its name servers are silent from everywhere that was tried, and those above them "
            "answer."
        )
        return Cause.OUTAGE, [because]
    words = {
        Failure.LAME: say("The servers that are named for its zone do not serve it."),
        Failure.NO_SERVER: say("The servers that are named for its zone cannot be found."),
        Failure.TOO_LONG: say("Its aliases lead in a circle, or too far."),
    }
    return Cause.MISCONFIGURED, [words[failure]]


def _without_name(session: Session, typed: Typed, rows: list[tuple[str, str]]) -> Finding:
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
        return Cause.UNCLEAR, [because]
    status = set(found.registry.status)
    if status & GONE:
        because = say(
            "The registration has run out or was cancelled, and the registry took the name out of "
            "the DNS ({status}).",
            status=", ".join(sorted(status & GONE)),
        )
        return Cause.EXPIRED, [because]
    if status & HELD:
        who = say("the registry") if "server hold" in status else say("the registrar")
        because = say(
            "The name is registered, and {who} took it out of the DNS ({status}). That is done on "
            "an order, for abuse, or over a bill: the status does not tell which.",
            who=who,
            status=", ".join(sorted(status & HELD)),
        )
        return Cause.REMOVED, [because]
    because = say(
        "The domain {domain} is registered and in the DNS, and its own servers say that it has no "
        "name {name}.",
        domain=found.domain,
        name=typed.text,
    )
    return Cause.MISCONFIGURED, [because]


def _with_broken_signatures(chain: dnssec.TrustChain, say: Language) -> Finding:
    if chain.flaw is Flaw.EXPIRED:
        because = say(
            "Its signatures (DNSSEC) have run out. Resolvers that check them give no answer, "
            "wherever they stand."
        )
        return Cause.EXPIRED, [because]
    because = say(
        "Its signatures (DNSSEC) do not fit. Resolvers that check them give no answer. A mistake "
        "of its operator and a forgery look the same."
    )
    return Cause.MISCONFIGURED, [because]


def _told_by(view: View, url: Url, say: Language) -> list[tuple[str, str]]:
    rows = []
    if view.answers:
        answers = " ".join(dict.fromkeys(answer.sentence for answer in view.answers))
        if view.told and not view.admits:
            answers = say(
                "It gives {addresses}.", addresses=", ".join(sorted(view.told, key=by_family))
            )
        rows.append((say("{place}: its resolver", place=view.place), answers))
    for address, led in view.led.items():
        told_only = say(
            "{place}: {address}, which only its resolver gives", place=view.place, address=address
        )
        rows.append((told_only, say(led.value)))
    machines: dict[str, list[str]] = {}
    for address, call in view.called.items():
        machines.setdefault(_came_of(call, say), []).append(address)
    for told, addresses in machines.items():
        who = say("{place}: {address}", place=view.place, address=", ".join(addresses))
        rows.append((who, told))
    if view.besides is not None and (view.besides.notice or view.besides.reach is not Reach.OPENS):
        who = say("{place}: the same page at port {port}", place=view.place, port=beside(url).port)
        rows.append((who, _came_of(view.besides, say)))
    for scheme, sample in view.samples.items():
        if sample.seconds >= SLOW:
            who = say("{place}: the page over {scheme}", place=view.place, scheme=scheme)
            rows.append((who, _speed(sample, say)))
    return rows


def _came_of(call: Call, say: Language) -> str:
    told = [say(call.reach.value)]
    if call.page is not None:
        told.insert(0, say("it sends on to {page}", page=call.page))
    if call.others_answer is not None:
        told.append(
            say("to another name the machine answers")
            if call.others_answer
            else say("to another name it does not answer either")
        )
    if call.reach in MUTE:
        told.append(
            say("on the way answered: {networks}", networks=", ".join(call.way))
            if call.way
            else say("nobody on the way answered")
        )
    return "; ".join(told)


def _speed(sample: Sample, say: Language) -> str:
    if not sample.whole:
        return say("not whole after {count} seconds", count=round(sample.seconds))
    return say(
        "{size} kB in {count} seconds", size=len(sample.body) // 1024, count=round(sample.seconds)
    )


def _places(views: Iterable[View]) -> str:
    return in_short([view.place for view in views])


def _judged(
    views: Sequence[View], true: set[str], by_servers: bool, url: Url, say: Language
) -> Finding:
    """Weigh what was seen from all places: the name, then the machine, then the page.

    `by_servers` tells whether the name's own servers gave the true addresses.
    """
    withholding = [view for view in views if view.withholds(true)]
    if withholding and not by_servers:
        words = say(
            "No name server could be asked from here. The resolver of {places} does not pass on "
            "the address that another one gives.",
            places=_places(withholding),
        )
        # Only the site itself shows then which of them is right.
        opens = any(view.opens for view in views)
        return (Cause.BLOCKED if opens else Cause.ANOMALY), [words]
    certain = [view for view in views if _is_by_name(view) or _is_stopped(view)]
    if withholding:
        return Cause.BLOCKED, [*_by_resolver(withholding, say), *_on_the_way(certain, url, say)]
    others_lead = [view for view in views if Led.SITE in view.led.values()]
    if others_lead and not any(view.opens for view in views):
        words = say(
            "The page does not open at the address that the name's own servers give when they are "
            "asked from here. The resolver of {places} gives another one, and the machine there "
            "shows that it is the site. Answers that somebody changes on the way and a site with "
            "several machines, some of them broken, look alike.",
            places=_places(others_lead),
        )
        return Cause.ANOMALY, [words]
    cause, because = _of_the_machines(views, true, by_servers, url, say)
    if cause is Cause.NOTHING:
        for look in (_of_unencrypted, _of_speed):
            if found := look(views, url, say):
                cause, because = found
                break
    named, more = _of_the_resolvers(views, true, say)
    if cause is Cause.NOTHING and named is not Cause.NOTHING:
        return named, [*more, say("At its true address the page is there.")]
    return cause, [*because, *more]


def _of_the_resolvers(views: Sequence[View], true: set[str], say: Language) -> Finding:
    """Say what is strange about what the resolvers say, and is no block yet."""
    by_naming: dict[Naming, list[View]] = {}
    for view in views:
        by_naming.setdefault(view.naming(true), []).append(view)
    cause, because = Cause.NOTHING, []
    if changing := by_naming.get(Naming.CHANGES):
        cause = Cause.ANOMALY
        because.append(
            say(
                "The resolver of {places} gives another address, and nothing there shows that it "
                "is the site. A block, a fraud and an old answer look alike. Ask again when the "
                "answer has run out, and compare the certificate there.",
                places=_places(changing),
            )
        )
    if failing := by_naming.get(Naming.FAILS):
        cause = Cause.ANOMALY
        because.append(
            say(
                "The resolver of {places} gives no answer for this name, and does for another. A "
                "block and a fault between it and the name's servers look alike. Ask again later, "
                "and another resolver of the same network.",
                places=_places(failing),
            )
        )
    if dead := by_naming.get(Naming.DEAD):
        # Where another resolver answers on the same connection, this one is missed by few.
        lines = {view.connection for view in views if view not in dead}
        if cause is Cause.NOTHING and any(view.connection not in lines for view in dead):
            cause = Cause.OUTAGE
        because.append(
            say(
                "The resolver of {places} gives no answer, for another name neither: whoever asks "
                "it alone opens no page at all. The site has no part in that.",
                places=_places(dead),
            )
        )
    return cause, because


def _of_the_machines(
    views: Sequence[View], true: set[str], by_servers: bool, url: Url, say: Language
) -> Finding:
    """Weigh what came of calling the site's machines."""
    not_tried = _not_tried([view for view in views if not view.tried], say)
    views = [view for view in views if view.tried]
    if not views:
        return Cause.UNCLEAR, not_tried
    closed = [view for view in views if not view.opens]
    if not closed:
        opens = say("Wherever its address can be reached, the page is there.")
        if by_servers and all(view.told & true for view in views):
            opens = say(
                "Wherever its address can be reached, the resolver gives the true one, and the "
                "page is there."
            )
        return Cause.NOTHING, [opens, *_several(views, true, say), *not_tried]
    grounds = [*_on_the_way(closed, url, say), *_open_besides(closed, url, say)]
    certain = any(_is_by_name(view) or _is_stopped(view) for view in closed)
    if len(closed) < len(views):
        where = say(
            "From {places} it does not open, and from {others} it does.",
            places=_places(closed),
            others=_places(view for view in views if view.opens),
        )
        met = _met([view for view in closed if not view.unanswered], say)
        because = [where, *_half_open(views, say), *met, *grounds]
        if certain:
            return Cause.BLOCKED, because
        if {reach for view in closed for reach in view.meets} == {Reach.REFUSED}:
            # Without a certificate anybody on the way may have said so.
            return (Cause.REMOVED if url.scheme == "https" else Cause.BLOCKED), because
        return Cause.ANOMALY, [*because, _what_would_tell(say)]
    mute = [view for view in closed if view.meets <= MUTE]
    answering = [view for view in closed if view not in mute]
    if answering and mute:
        because = [*_met(answering, say), *grounds]
        return (Cause.BLOCKED if certain else Cause.ANOMALY), because
    if mute:
        return _nowhere(mute, url, say)
    if len({frozenset(view.meets) for view in closed}) > 1:
        return Cause.ANOMALY, [*_met(closed, say), _what_would_tell(say)]
    reach, *others = closed[0].meets
    if others or reach not in SAME_EVERYWHERE:
        return Cause.UNCLEAR, [*_met(closed, say), *grounds]
    cause, words = SAME_EVERYWHERE[reach]
    if reach is Reach.UNTRUSTED and url.address:
        cause, words = Cause.UNCLEAR, AT_AN_ADDRESS
    elif reach is Reach.UNTRUSTED and _is_one_line(views):
        cause, words = Cause.UNCLEAR, FROM_ONE_LINE
    return cause, [say(words), *grounds]


# What a machine says to everybody, and what that means.
SAME_EVERYWHERE = {
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
    Reach.TURNED_AWAY: (
        Cause.UNCLEAR,
        mark(
            "The machine answers and turns visitors away from every place that was tried (403 or "
            "429). It may let a browser in, or visitors from elsewhere."
        ),
    ),
    Reach.CHALLENGED: (
        Cause.UNCLEAR,
        mark(
            "The machine answers and wants visitors to prove that they are people (a CAPTCHA), "
            "which only a person with a browser can. The page may well be there."
        ),
    ),
    Reach.UNFINISHED: (
        Cause.UNCLEAR,
        mark(
            "The machine answers, and what comes is no whole answer, from every place that was "
            "tried: the fault is there, or on a part of the way that all take."
        ),
    ),
    Reach.NOWHERE: (
        Cause.MISCONFIGURED,
        mark("The machine answers and sends visitors on to what is no address of a page."),
    ),
    Reach.CIRCLE: (
        Cause.UNCLEAR,
        mark(
            "The machine sends visitors on again and again, and no page comes: a mistake there, "
            "or it wants a cookie, which is not kept here. Try it in a browser."
        ),
    ),
}
FROM_ONE_LINE = mark(
    "A machine answers, with a certificate that is not for this name, or not trusted. A mistake of "
    "the site and somebody who answers in its place look alike from here. A look from another "
    "network would tell."
)
AT_AN_ADDRESS = mark(
    "A machine answers at the address, without a certificate for it, as is usual: its sites have "
    "names. Ask for one of those."
)


def _not_tried(views: Sequence[View], say: Language) -> list[str]:
    """Say from where nothing was sent to the machine, and why."""
    held = [v for v in views if any(c.reach is Reach.NOT_SENT for c in v.called.values())]
    unable = [view for view in views if view not in held]
    because = []
    if unable:
        because.append(
            say(
                "{places} has no addresses of that kind (IPv6), and so no way there.",
                places=_places(unable),
            )
        )
    if held:
        because.append(
            say(
                "From {places} nothing was sent to the machine: it was asked often enough for now, "
                "or its address is not public. Ask again in a minute.",
                places=_places(held),
            )
        )
    return because


def _several(views: Sequence[View], true: set[str], say: Language) -> list[str]:
    """Say what else is to be known of a page that opens."""
    because = _half_open(views, say)
    away = {call.page for view in views for call in view.called.values() if call.page}
    if pages := sorted({str(page) for page in away}):
        because.append(say("The site sends visitors on to {pages}.", pages=in_short(pages)))
    led = [v for v in views if Led.SITE in v.led.values() and not v.told & true]
    if led:
        because.append(
            say(
                "The resolver of {places} gives another address than the name's own servers, and "
                "the machine there shows that it is the site: another of its machines, or one that "
                "hands everything on.",
                places=_places(led),
            )
        )
    return because


def _is_by_name(view: View) -> bool:
    return any(call.others_answer for call in view.unanswered)


def _is_stopped(view: View) -> bool:
    return view.tried and view.meets <= MUTE and all(call.stopped for call in view.unanswered)


def _what_would_tell(say: Language) -> str:
    return say(
        "The site may itself treat visitors differently. Looks from more networks of the same "
        "country and of others, and at another hour, would tell."
    )


def _met(views: Sequence[View], say: Language) -> list[str]:
    """Say what machines answer, place by place."""
    by_reach: dict[str, list[View]] = {}
    for view in views:
        told = sorted(say(reach.value) for reach in view.meets - MUTE)
        by_reach.setdefault("; ".join(told), []).append(view)
    return [
        say("From {places} a machine answers: {what}.", places=_places(met), what=what)
        for what, met in by_reach.items()
    ]


def _open_besides(views: Sequence[View], url: Url, say: Language) -> list[str]:
    """Say from where the page opens at another port, and not where it was asked for."""
    opening = [v for v in views if v.besides is not None and v.besides.reach is Reach.OPENS]
    if not opening or not all(view.meets <= MUTE for view in views):
        return []
    return [
        say(
            "From {places} a page opens at port {port}.",
            places=_places(opening),
            port=beside(url).port,
        )
    ]


def _nowhere(views: Sequence[View], url: Url, say: Language) -> Finding:
    """No place reaches the machine: does it end at the machine, or before?"""
    besides = _open_besides(views, url, say)
    calls = [call for view in views for call in view.unanswered]
    if any(call.others_answer for call in calls):
        return Cause.BLOCKED, [*_on_the_way(views, url, say), *besides]
    if any(call.stopped for call in calls) and not any(call.way for call in calls):
        return Cause.BLOCKED, [
            say(
                "To this address nobody answers, not even the first router, and to others they do: "
                "packets are stopped where they leave."
            )
        ]
    if besides:
        words = say(
            "The machine does not answer at port {port}, whatever the name. It is switched off "
            "there, or something on the way stops that port.",
            port=url.port,
        )
        return Cause.UNCLEAR, [words, *besides]
    ends = in_short(sorted({call.way[-1] for call in calls if call.way}))
    if ends and not _is_one_line(views):
        words = say(
            "From every place the way leads on to {network}, and the machine there does not "
            "answer.",
            network=ends,
        )
        return Cause.OUTAGE, [words]
    words = say("Nothing comes back, whatever the name.")
    if ends:
        words = say(
            "Nothing comes back, whatever the name; the way leads on to {network}.", network=ends
        )
    alike = say(
        "An outage and a block on the way look alike from here. A look from another network would "
        "tell."
    )
    return Cause.UNCLEAR, [words, alike]


def _is_one_line(views: Sequence[View]) -> bool:
    return len({view.connection for view in views}) == 1


def _of_unencrypted(views: Sequence[View], url: Url, say: Language) -> Finding | None:
    """Where the page opens: does it also without encryption, where somebody may read and write?"""
    calls = {
        view.place: (view, call) for view in views if (call := _unencrypted(view, url)) is not None
    }
    views = [view for view, _ in calls.values()]
    noticed = [view for view, call in calls.values() if call.notice]
    if noticed and (url.scheme == "https" or len(noticed) < len(views)):
        words = say(
            "Without encryption (http://), what comes from {places} says that the page is blocked "
            "(RFC 7725).",
            places=_places(noticed),
        )
        return Cause.BLOCKED, [words]
    by_name = [view for view, call in calls.values() if call.others_answer]
    if by_name and url.scheme == "https":
        words = say(
            "Over HTTPS it opens. Without encryption (http://) the machine answers from {places} "
            "to another name and not to this one: somebody on the way reads the name.",
            places=_places(by_name),
        )
        return Cause.BLOCKED, [words]
    closed = [view for view, call in calls.values() if call.reach is not Reach.OPENS]
    if closed and len(closed) < len(views):
        words = say(
            "Without encryption (http://) it does not open from {places}, and from {others} it "
            "does.",
            places=_places(closed),
            others=_places(view for view in views if view not in closed),
        )
        return Cause.ANOMALY, [words, _what_would_tell(say)]
    strange = [view for view in views if _is_strange(view, views)]
    if strange:
        words = say(
            "Without encryption (http://), from {places} another page comes than elsewhere, or "
            "than over HTTPS. Somebody on the way may have put it there, or the site shows "
            "several.",
            places=_places(strange),
        )
        return Cause.ANOMALY, [words, _what_would_tell(say)]
    return None


def _unencrypted(view: View, url: Url) -> Call | None:
    if url.scheme == "https":
        return None if url.own_port else view.besides
    return next((call for call in view.called.values() if call.reach not in NOT_ASKED), None)


def _is_strange(view: View, views: Sequence[View]) -> bool:
    """Say whether the unencrypted page is like none that came over HTTPS, or to others."""
    own = view.samples.get("http")
    known = [
        sample
        for other in views
        for scheme, sample in other.samples.items()
        if sample.whole and (scheme == "https" or other.connection != view.connection)
    ]
    if own is None or not own.whole or not known:
        return False
    return not any(own.is_like(one) for one in known)


def _of_speed(views: Sequence[View], url: Url, say: Language) -> Finding | None:
    """Where the page opens: does it come as fast as elsewhere?"""
    slow = [view for view in views if _slowest(view) >= SLOW]
    if not slow:
        return None
    sample = max(slow[0].samples.values(), key=lambda one: one.seconds)
    fast = [
        view
        for view in views
        if view.samples
        and view.connection not in {one.connection for one in slow}
        and _slowest(view) * FASTER <= sample.seconds
    ]
    if not fast and not _is_one_line(views):
        return None  # it is slow for all
    words = [
        say(
            "The page opens and comes slowly from {places} ({speed}).",
            places=_places(slow),
            speed=_speed(sample, say),
        )
    ]
    if fast:
        words.append(say("From {others} it comes fast.", others=_places(fast)))
    words.append(
        say(
            "A busy line and throttling of this site look alike. Other sites over the same line, "
            "and other hours, would tell."
        )
    )
    return Cause.ANOMALY, words


def _slowest(view: View) -> float:
    return max((sample.seconds for sample in view.samples.values()), default=0.0)


def _by_resolver(views: Sequence[View], say: Language) -> list[str]:
    because = [
        say.many(
            "The name's own servers give an address, and the resolver of {places} does not pass "
            "it on.",
            "The name's own servers give an address, and the resolvers of {places} do not pass it "
            "on.",
            len(views),
            places=_places(views),
        )
    ]
    if admitting := [view for view in views if view.admits]:
        because.append(
            say(
                "That of {places} says itself that it changed the answer (RFC 8914).",
                places=_places(admitting),
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
            "From {places} it opens by one of its addresses; another does not answer there either.",
            places=_places(half),
        )
    ]


def _on_the_way(views: Sequence[View], url: Url, say: Language) -> list[str]:
    """Say what happens to packets on the way, from those places."""
    because = []
    unanswered = [view for view in views if view.unanswered]
    by_name = [view for view in unanswered if _is_by_name(view)]
    by_address = [view for view in unanswered if view not in by_name]
    if by_name:
        reads = (
            mark(
                "From {places} the machine answers to another name and not to this one: somebody "
                "reads the name in the encrypted connection's first message."
            )
            if url.scheme == "https"
            else mark(
                "From {places} the machine answers to another name and not to this one: somebody "
                "reads the name in what is asked without encryption."
            )
        )
        because.append(say(reads, places=_places(by_name)))
    if by_address:
        because.append(
            say(
                "From {places} nothing gets to the address, whatever the name.",
                places=_places(by_address),
            )
        )
    if any(_is_stopped(view) for view in unanswered):
        because.append(
            say(
                "Not even a router on the way from there answers, as they do for other addresses: "
                "the packets stop in that network, or at its edge."
            )
        )
    return because
