"""Why a site does not open, as an answer of `lab.diagnose`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from labsupport.answers import rdap
from labsupport.answers.ask import AnswerPage, in_short
from labsupport.answers.dnssec import TrustChainPage
from labsupport.answers.page import Page
from labsupport.answers.trace import TracePage
from labsupport.inputs.numbers import of_nobody, read_number
from labsupport.inputs.urls import Url
from labsupport.language import limits, tell
from labsupport.lookups import diagnose as lookup
from labsupport.lookups.diagnose import Cause, Diagnosis, Ground, Sign
from labsupport.lookups.reached import MUTE, NO_CALL, Call, Place, Reach, View, beside, by_family
from labsupport.results import Table


class DiagnosisPage(Page[Diagnosis]):
    """Why a site does not open."""

    @property
    def sentence(self) -> str:
        say, facts, url = self.say, self.facts, str(self.facts.url)
        name = facts.url.host if url == f"https://{facts.url.host}/" else url
        cause = tell(say, f"diagnose.cause_{facts.cause.name.lower()}")
        verdict = say("{name}: {cause}.", name=name, cause=cause)
        return " ".join((verdict, *map(self._because, facts.grounds)))

    def _because(self, ground: Ground) -> str:
        """Say a ground."""
        say, facts, key = self.say, self.facts, ground.sign.name.lower()
        met = ""
        if isinstance(ground.sign, Reach) and ground.views:
            key, met = "met", self._came(ground.sign)
        told = tell(
            say,
            f"diagnose.{key}",
            name=facts.url.host,
            port=facts.url.port,
            other_port=beside(facts.url).port,
            count=len(ground.views),
            places=_places(ground.views),
            others=_places(ground.others),
            what=met,
            **{name: in_short(list(value)) for name, value in ground.values.items()},
        )
        if ground.sign is not Sign.NOBODYS:
            return told
        addresses = sorted(facts.addresses, key=by_family)
        return " ".join((told, *(of_nobody(read_number(one, say), say) for one in addresses)))

    def tabulated(self) -> Table:
        say = self.say
        views = (row for view in self.facts.views for row in self._seen_by(view))
        return Table(
            say("What was asked, and what came"),
            (say("who was asked"), say("what came")),
            (*self._of_the_name(), *views),
        )

    def _of_the_name(self) -> Iterator[tuple[str, str]]:
        say, servers = self.say, self.facts.servers
        if servers.walks:
            told = TracePage(say, servers.walks[0]).sentence
            if servers.addresses:
                told = say("They give {addresses}.", addresses=_listed(servers.addresses))
            yield say("the name's own servers, asked from the root down"), told
        if servers.registration:
            told = rdap.page_of(say, servers.registration).sentence
            yield say("the registry (RDAP)"), told
        if servers.chain:
            yield say("signatures (DNSSEC)"), TrustChainPage(say, servers.chain).sentence

    def _seen_by(self, view: View) -> Iterator[tuple[str, str]]:
        say = self.say
        if view.answers:
            answers = " ".join(dict.fromkeys(AnswerPage(say, one).sentence for one in view.answers))
            if view.told and not view.admits:
                answers = say("It gives {addresses}.", addresses=_listed(view.told))
            yield say("{place}: its resolver", place=view.place), answers
        for address, led in view.led.items():
            only = tell(say, "diagnose.resolver_gives", place=view.place, address=address)
            yield only, tell(say, f"diagnose.led_{led.name.lower()}")
        machines: dict[str, list[str]] = {}
        for address, call in view.called.items():
            machines.setdefault(self._came_of(call), []).append(address)
        for told, addresses in machines.items():
            yield say("{place}: {address}", place=view.place, address=", ".join(addresses)), told
        other = view.besides
        if other is not NO_CALL and (other.notice or other.reach is not Reach.OPENS):
            port = beside(self.facts.url).port
            who = say("{place}: the same page at port {port}", place=view.place, port=port)
            yield who, self._came_of(other)

    def _came(self, reach: Reach) -> str:
        return tell(self.say, f"diagnose.came_{reach.name.lower()}")

    def _came_of(self, call: Call) -> str:
        say = self.say
        told = [self._came(call.reach)]
        if call.page is not None:
            told.insert(0, say("it sends on to {page}", page=call.page))
        if call.others_answer is True:
            told.append(say("to another name the machine answers"))
        elif call.others_answer is False:
            told.append(say("to another name it does not answer either"))
        if call.way:
            told.append(say("on the way answered: {networks}", networks=", ".join(call.way)))
        elif call.reach in MUTE:
            told.append(say("nobody on the way answered"))
        return "; ".join(told)

    @property
    def limits(self) -> tuple[str, ...]:
        more = []
        if self.facts.cause in (Cause.BLOCKED, Cause.ANOMALY, Cause.OUTAGE, Cause.UNCLEAR):
            more.append("diagnose.visitors")
        if self.facts.cause is Cause.NOTHING:
            more.append("diagnose.hours")
        return limits(self.say, "diagnose.measurement", "diagnose.memory", *more)


def diagnose(places: Sequence[Place], url: Url) -> DiagnosisPage:
    """Find out why the page at `url` does not open; the first place speaks for the result."""
<<<<<<< HEAD
    session = places[0].session
    say = session.say
    rows: Rows = []
    by_servers = False
    if url.address:
        true, finding = {url.address}, _nobodys({url.address}, say)
    else:
        true, by_servers, finding = _of_its_servers(places, Typed(url.name, url.host), rows)
    views: list[View] = []
    if finding is None:
        views = look_from(places, url, true)
        rows += [row for view in views for row in _told_by(view, url, say)]
        finding = Judge(views, true, by_servers, url, say).finding()
    elif not true:
        finding = _given_all_the_same(places, url, finding, rows)
    cause, because = finding
    return Diagnosis(
        *(say, Kind.FOUND, session.provenance(""), url.notes),
        url=url,
        cause=cause,
        because=because,
        rows=rows,
        views=views,
        addresses=sorted(true),
    )


# The name's own servers


def _of_its_servers(
    places: Sequence[Place], typed: Typed, rows: Rows
) -> tuple[set[str], bool, Finding | None]:
    """Return the addresses of the site, whether its own servers gave them, and what is wrong."""
    say = places[0].session.say
    walks = _walked(places, typed)
    true = {one for walk in walks for one in walk.addresses}
    told = TracePage(say, walks[0]).sentence
    if true:
        told = say("They give {addresses}.", addresses=_listed(true))
    rows.append((say("the name's own servers, asked from the root down"), told))
    if not any(walk.got_through for walk in walks):
        true = {one for place in places for one in _told(place, typed.name)}
        true = set() if _nobodys(true, say) else true
        not_askable = Cause.UNCLEAR, [tell(say, "diagnose.not_askable")]
        return true, False, None if true else not_askable
    failed = [walk for walk in walks if walk.failure is not None]
    if failed and not true:
        return set(), True, _without_servers(places, failed[0], rows)
    if all(walk.kind is Kind.NO_SUCH_NAME for walk in walks):
        return set(), True, _without_name(places[0], typed, rows)
    if not true:
        return true, True, (Cause.MISCONFIGURED, [tell(say, "diagnose.no_address")])
    chain = _checked(places, typed)
    rows.append((say("signatures (DNSSEC)"), TrustChainPage(say, chain).sentence))
    if chain.security is Security.BOGUS:
        if chain.flaw is Flaw.EXPIRED:
            return true, True, (Cause.EXPIRED, [tell(say, "diagnose.expired_signatures")])
        return true, True, (Cause.MISCONFIGURED, [tell(say, "diagnose.broken_signatures")])
    nobodys = _nobodys(true, say)
    return (set() if nobodys else true), True, nobodys


def _walked(places: Sequence[Place], typed: Typed) -> list[trace.Trace]:
    """Walk to the name's addresses from the first place from which its servers answer."""
    walks: list[trace.Trace] = []
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


def _told(place: Place, name: dns.name.Name) -> set[str]:
    """Return the addresses that a place's resolver gives."""
    answers = (ask_own(place.session, name, rdtype) for rdtype in FAMILIES)
    return {address for answer in answers for address in addresses_in(answer)}


def _checked(places: Sequence[Place], typed: Typed) -> dnssec.TrustChain:
    """Check the signatures from the first place from which they hold, if there is one.

    Who changes an answer breaks them: so a broken chain is the site's only if all see it.
    """
    for place in places:
        chain = dnssec.dnssec(place.session, typed, dns.rdatatype.A)
        if chain.security is not Security.BOGUS:
            break
    return chain


def _without_servers(places: Sequence[Place], walk: trace.Trace, rows: Rows) -> Finding:
    """The name's servers give no answer: is that the servers, or what is said of them?"""
    say = places[0].session.say
    if walk.failure is not None and walk.failure is not Failure.NO_ANSWER:
        return Cause.MISCONFIGURED, [tell(say, f"diagnose.{walk.failure.name.lower()}")]
    silent = [step.exchange.to_address for step in walk.steps if step.reading is None][-1:]
    sessions = [place.session for place in _connections(places)]
    if all(is_stopped(one, address) for one in sessions for address in silent):
        rows.append((", ".join(silent), say("nobody on the way answered")))
        return Cause.BLOCKED, [tell(say, "diagnose.stopped_servers")]
    return Cause.OUTAGE, [tell(say, "diagnose.silent_servers")]


def _without_name(place: Place, typed: Typed, rows: Rows) -> Finding:
    """The servers in charge say that there is no such name: the registration may tell why."""
    say = place.session.say
    found = rdap.rdap(place.session, typed)
    rows.append((say("the registry (RDAP)"), found.sentence))
    if not isinstance(found, rdap.DomainPage):
        free = found.kind is Kind.NO_SUCH_NAME
        key = "diagnose.never_registered" if free else "diagnose.unknown_registration"
        return Cause.UNCLEAR, [tell(say, key)]
    status = set(found.registry.status)
    if gone := status & GONE:
        return Cause.EXPIRED, [tell(say, "diagnose.gone", status=", ".join(sorted(gone)))]
    if held := status & HELD:
        who = say("the registry") if "server hold" in status else say("the registrar")
        because = tell(say, "diagnose.held", who=who, status=", ".join(sorted(held)))
        return Cause.REMOVED, [because]
    because = tell(say, "diagnose.no_such_name", domain=found.name, name=typed.text)
    return Cause.MISCONFIGURED, [because]


def _nobodys(addresses: set[str], say: Language) -> Finding | None:
    """Say so where no site can be at any of the addresses."""
    told = [of_nobody(read_number(one, say), say) for one in sorted(addresses, key=by_family)]
    return (Cause.MISCONFIGURED, [tell(say, "diagnose.nobodys"), *told]) if all(told) else None


def _given_all_the_same(places: Sequence[Place], url: Url, finding: Finding, rows: Rows) -> Finding:
    """The name has no address, and a resolver gives one: it remembers, or has a list of its own."""
    say = places[0].session.say
    cause, because = finding
    for place in places:
        told = {one for one in _told(place, url.name) if not of_nobody(read_number(one, say), say)}
        if not told:
            continue
        gives = say("It gives {addresses}.", addresses=_listed(told))
        rows.append((say("{place}: its resolver", place=place.name), gives))
        addresses = in_short(sorted(told, key=by_family))
        because.append(tell(say, "diagnose.given", places=place.name, addresses=addresses))
        to_all = bool(_told(place, OTHER_NAME))
        because.append(tell(say, f"diagnose.given_{'to_all' if to_all else 'other'}"))
        if not to_all and cause in (Cause.UNCLEAR, Cause.MISCONFIGURED):
            cause = Cause.ANOMALY
    return cause, because


# The rows of the table


def _told_by(view: View, url: Url, say: Language) -> Iterable[tuple[str, str]]:
    if view.answers:
        answers = " ".join(dict.fromkeys(AnswerPage(say, one).sentence for one in view.answers))
        if view.told and not view.admits:
            answers = say("It gives {addresses}.", addresses=_listed(view.told))
        yield say("{place}: its resolver", place=view.place), answers
    for address, led in view.led.items():
        only = tell(say, "diagnose.resolver_gives", place=view.place, address=address)
        yield only, say(LEDS[led])
    machines: dict[str, list[str]] = {}
    for address, call in view.called.items():
        machines.setdefault(_came_of(call, say), []).append(address)
    for told, addresses in machines.items():
        yield say("{place}: {address}", place=view.place, address=", ".join(addresses)), told
    if view.besides is not None and (view.besides.notice or view.besides.reach is not Reach.OPENS):
        who = say("{place}: the same page at port {port}", place=view.place, port=beside(url).port)
        yield who, _came_of(view.besides, say)


def _came_of(call: Call, say: Language) -> str:
    told = [say(REACHES[call.reach])]
    if call.page is not None:
        told.insert(0, say("it sends on to {page}", page=call.page))
    if call.others_answer is True:
        told.append(say("to another name the machine answers"))
    elif call.others_answer is False:
        told.append(say("to another name it does not answer either"))
    if call.way:
        told.append(say("on the way answered: {networks}", networks=", ".join(call.way)))
    elif call.reach in MUTE:
        told.append(say("nobody on the way answered"))
    return "; ".join(told)


def _listed(addresses: Iterable[str]) -> str:
    return ", ".join(sorted(addresses, key=by_family))


# What was seen from all places


@dataclass(frozen=True)
class Judge:
    """Weighs what was seen from all places: the name, then the machine, then the page.

    `true` are the addresses of the site; `by_servers` tells whether its own servers gave them.
    """

    views: list[View]
    true: set[str]
    by_servers: bool
    url: Url
    say: Language

    def finding(self) -> Finding:
        """Say what is wrong, and on what grounds."""
        withholding = [view for view in self.views if view.withholds(self.true)]
        opens = any(view.opens for view in self.views)
        if withholding and not self.by_servers:
            # Only the site itself shows then which of the resolvers is right.
            cause = Cause.BLOCKED if opens else Cause.ANOMALY
            return cause, [self._tell("withheld_here", withholding)]
        if withholding:
            one = len(withholding) == 1
            because = [self._tell("withheld" if one else "withheld_by_several", withholding)]
            because += self._told("admitted", (view for view in withholding if view.admits))
            certain = [view for view in self.views if view.read_by_name or view.stopped]
            return Cause.BLOCKED, [*because, *self._on_the_way(certain)]
        others_lead = [view for view in self.views if Led.SITE in view.led.values()]
        if others_lead and not opens:
            return Cause.ANOMALY, [self._tell("leads_elsewhere", others_lead)]
        cause, because = self._of_the_machines()
        if cause is Cause.NOTHING:
            found = self._of_unencrypted()
            cause, because = found or (cause, because)
        named, more = self._of_the_resolvers()
        if cause is Cause.NOTHING and named is not Cause.NOTHING:
            return named, [*more, self._tell("true_address")]
        return cause, [*because, *more]

    def _tell(self, key: str, views: Iterable[View] = (), **values: object) -> str:
        return tell(self.say, f"diagnose.{key}", places=_places(views), **values)

    def _told(self, key: str, views: Iterable[View], **values: object) -> list[str]:
        """Say it of these places, if there are any."""
        views = list(views)
        return [self._tell(key, views, **values)] if views else []

    @property
    def _is_one_line(self) -> bool:
        return len({view.connection for view in self.views if view.tried}) == 1

    # The resolvers

    def _of_the_resolvers(self) -> Finding:
        """Say what is strange about what the resolvers say, and is no block yet."""
        naming: dict[Naming, list[View]] = {one: [] for one in Naming}
        for view in self.views:
            naming[view.naming(self.true)].append(view)
        dead = naming[Naming.DEAD]
        strange = naming[Naming.CHANGES] or naming[Naming.FAILS]
        # Where another resolver answers on the same connection, this one is missed by few.
        lines = {view.connection for view in self.views if view not in dead}
        missed = any(view.connection not in lines for view in dead)
        cause = Cause.ANOMALY if strange else Cause.OUTAGE if missed else Cause.NOTHING
        return cause, [
            *self._told("changes", naming[Naming.CHANGES]),
            *self._told("fails", naming[Naming.FAILS]),
            *self._told("dead", dead),
        ]

    # The machines

    def _of_the_machines(self) -> Finding:
        """Weigh what came of calling the site's machines."""
        views = [view for view in self.views if view.tried]
        not_tried = self._not_tried()
        closed = [view for view in views if not view.opens]
        if not views:
            return Cause.UNCLEAR, not_tried
        if not closed:
            true = self.by_servers and all(view.told & self.true for view in views)
            opens = self._tell("opens_and_true" if true else "opens")
            pages = self._sent_on(views)
            sends = [self._tell("sends_on", pages=pages)] if pages else []
            return Cause.NOTHING, [opens, *self._half_open(views), *sends, *not_tried]
        if len(closed) < len(views):
            return self._closed_to_some(closed, [view for view in views if view.opens])
        return self._closed_to_all(closed)

    def _closed_to_some(self, closed: list[View], opening: list[View]) -> Finding:
        because = [
            self._tell("closed", closed, others=_places(opening)),
            *self._half_open(opening),
            *self._sent_on_closed(closed),
            *self._met([view for view in closed if not view.unanswered]),
            *self._on_the_way(closed),
            *self._open_besides(closed),
        ]
        if any(view.read_by_name or view.stopped for view in closed):
            return Cause.BLOCKED, because
        if {reach for view in closed for reach in view.meets} == {Reach.REFUSED}:
            # Without a certificate anybody on the way may have said so.
            return (Cause.REMOVED if self.url.scheme == "https" else Cause.BLOCKED), because
        return Cause.ANOMALY, [*because, self._tell("would_tell")]

    def _closed_to_all(self, closed: list[View]) -> Finding:
        grounds = [
            *self._sent_on_closed(closed),
            *self._on_the_way(closed),
            *self._open_besides(closed),
        ]
        mute = [view for view in closed if view.meets <= MUTE]
        answering = [view for view in closed if view not in mute]
        if answering and mute:
            certain = any(view.read_by_name or view.stopped for view in closed)
            cause = Cause.BLOCKED if certain else Cause.ANOMALY
            return cause, [*self._met(answering), *grounds]
        if mute:
            return self._mute(mute)
        if len({frozenset(view.meets) for view in closed}) > 1:
            return Cause.ANOMALY, [*self._met(closed), self._tell("would_tell")]
        reach, *others = closed[0].meets
        if others:
            return Cause.UNCLEAR, [*self._met(closed), *grounds]
        if reach is Reach.ELSEWHERE:
            return Cause.UNCLEAR, grounds
        key = reach.name.lower()
        cause = SAME_EVERYWHERE.get(reach, Cause.UNCLEAR)
        if reach is Reach.UNTRUSTED and (self.url.address or self._is_one_line):
            key += "_at_address" if self.url.address else "_here"
            cause = Cause.UNCLEAR
        return cause, [self._tell(key), *grounds]

    def _mute(self, views: list[View]) -> Finding:
        """No place reaches the machine: does it end at the machine, or before?"""
        besides = self._open_besides(views)
        calls = [call for view in views for call in view.unanswered]
        if any(call.others_answer for call in calls):
            return Cause.BLOCKED, [*self._on_the_way(views), *besides]
        if any(call.stopped for call in calls) and not any(call.way for call in calls):
            return Cause.BLOCKED, [self._tell("stopped_everywhere")]
        if besides:
            return Cause.UNCLEAR, [self._tell("port_closed", port=self.url.port), *besides]
        ends = in_short(sorted({call.way[-1] for call in calls if call.way}))
        if ends and not self._is_one_line:
            return Cause.OUTAGE, [self._tell("switched_off", network=ends)]
        nothing = self._tell("nothing_behind" if ends else "nothing", network=ends)
        return Cause.UNCLEAR, [nothing, self._tell("outage_or_block")]

    def _not_tried(self) -> list[str]:
        """Say from where nothing was sent to the machine, and why."""
        views = [view for view in self.views if not view.tried]
        held = [v for v in views if any(c.reach is Reach.NOT_SENT for c in v.called.values())]
        unable = [view for view in views if view not in held]
        return [*self._told("no_way", unable), *self._told("not_sent", held)]

    def _sent_on(self, views: list[View]) -> str:
        pages = {str(c.page) for view in views for c in view.called.values() if c.page}
        return in_short(sorted(pages))

    def _sent_on_closed(self, views: list[View]) -> list[str]:
        """Say to which pages the site sends on that do not open."""
        calls = [call for view in views for call in view.called.values()]
        pages = sorted({str(call.page) for call in calls if call.reach is Reach.ELSEWHERE})
        return [self._tell("sends_on_closed", pages=in_short(pages))] if pages else []

    def _half_open(self, views: list[View]) -> list[str]:
        return self._told("half_open", (view for view in views if view.opens and view.unanswered))

    def _met(self, views: Sequence[View]) -> list[str]:
        """Say what machines answer, place by place."""
        by_reach: dict[str, list[View]] = {}
        for view in views:
            told = sorted(self.say(REACHES[reach]) for reach in view.meets - MUTE)
            by_reach.setdefault("; ".join(told), []).append(view)
        return [self._tell("met", met, what=what) for what, met in by_reach.items()]

    def _open_besides(self, views: Sequence[View]) -> list[str]:
        """Say from where the page opens at another port, and not where it was asked for."""
        if not all(view.meets <= MUTE for view in views):
            return []
        opening = [v for v in views if v.besides is not None and v.besides.reach is Reach.OPENS]
        return self._told("besides", opening, port=beside(self.url).port)

    def _on_the_way(self, views: Iterable[View]) -> list[str]:
        """Say what happens to packets on the way, from those places."""
        unanswered = [view for view in views if view.unanswered]
        because = [
            *self._told(f"by_name_{self.url.scheme}", (v for v in unanswered if v.read_by_name)),
            *self._told("by_address", (v for v in unanswered if not v.read_by_name)),
        ]
        if any(view.stopped for view in unanswered):
            because.append(self._tell("stopped"))
        return because

    # The page

    def _of_unencrypted(self) -> Finding | None:
        """Where the page opens: does it without encryption, where somebody may read and write?"""
        encrypted = self.url.scheme == "https"
        calls = [
            (view, call) for view in self.views if (call := self._unencrypted(view)) is not None
        ]
        noticed = [view for view, call in calls if call.notice]
        if noticed and (encrypted or len(noticed) < len(calls)):
            return Cause.BLOCKED, [self._tell("noticed", noticed)]
        by_name = [view for view, call in calls if call.others_answer]
        if by_name and encrypted:
            return Cause.BLOCKED, [self._tell("read_on_the_way", by_name)]
        closed = [view for view, call in calls if call.reach is not Reach.OPENS]
        if closed and len(closed) < len(calls):
            others = _places(view for view, _ in calls if view not in closed)
            words = self._tell("closed_http", closed, others=others)
            return Cause.ANOMALY, [words, self._tell("would_tell")]
        strange = [view for view, _ in calls if _is_strange(view, [one for one, _ in calls])]
        if strange:
            return Cause.ANOMALY, [self._tell("strange", strange), self._tell("would_tell")]
        return None

    def _unencrypted(self, view: View) -> Call | None:
        if self.url.scheme == "https":
            return None if self.url.own_port else view.besides
        return next((call for call in view.called.values() if call.reach not in NOT_ASKED), None)
=======
    return DiagnosisPage(places[0].session.say, lookup.diagnose(places, url))
>>>>>>> v1


def _places(views: Iterable[View]) -> str:
    return in_short([view.place for view in views])


def _listed(addresses: Iterable[str]) -> str:
    return ", ".join(sorted(addresses, key=by_family))
