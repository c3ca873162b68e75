"""`lab.investigate.diagnose`: why a site does not open. Block, outage, misconfiguration or expiry.

The same is asked from several places: what the name's own servers say, what each place's resolver
makes of it, and whether the machine answers from there. Where the places disagree, something
between them and the site differs; where they agree, it is the site. That they disagree is an
anomaly. It is called a block only on further grounds: a resolver that has another answer than the
name's own servers, a machine that answers to every name but this one, packets that no router on the
way sees, a page that says so itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from labsupport.dns.validation import Flaw, Security
from labsupport.dns.walk import Failure
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import is_nobodys
from labsupport.inputs.urls import Url
from labsupport.kinds import Kind
from labsupport.lookups import reached
from labsupport.lookups.dnssec import TrustChain, dnssec
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.rdap import Answered, Domain, rdap
from labsupport.lookups.reached import (
    Destination,
    Reach,
    Resolution,
    VantagePoint,
    View,
)
from labsupport.lookups.trace import Trace, trace

GONE = {"redemption period", "pending delete"}
HELD = {"client hold", "server hold"}

Cause = Enum(
    "Cause", "NOTHING BLOCKED ANOMALY REMOVED EXPIRED MISCONFIGURED OUTAGE UNCLEAR"
)
"""Why a site does not open, as far as that can be measured."""

Sign = Enum(
    "Sign",
    # of the name, and what its own servers say
    "NOT_ASKABLE SERVERS_NOT_SENT STOPPED_SERVERS SILENT_SERVERS NEVER_REGISTERED"
    " UNKNOWN_REGISTRATION GONE HELD_BY_REGISTRY HELD_BY_REGISTRAR NO_SUCH_NAME NO_ADDRESS NOBODYS"
    " EXPIRED_SIGNATURES BROKEN_SIGNATURES GIVEN GIVEN_TO_ALL"
    # of resolvers
    " WITHHELD WITHHELD_HERE ADMITTED LEADS_ELSEWHERE TRUE_ADDRESS"
    # of machines
    " NO_WAY NOT_SENT OPENS OPENS_AND_TRUE HALF_OPEN SENDS_ON SENDS_ON_CLOSED CLOSED"
    " BY_NAME_HTTPS BY_NAME_HTTP BY_ADDRESS STOPPED STOPPED_EVERYWHERE BESIDES PORT_CLOSED"
    " SWITCHED_OFF NOTHING NOTHING_BEHIND OUTAGE_OR_BLOCK WOULD_TELL UNTRUSTED_HERE"
    " UNTRUSTED_AT_ADDRESS"
    # of the page without encryption
    " NOTICED READ_ON_THE_WAY CLOSED_HTTP STRANGE",
)
"""What was seen, or what is to be kept in mind of it."""

# What an answer came to, where the page is not there.
_OTHERS = reached.MUTE | reached.NOT_ASKED | {Reach.OPENS, Reach.ELSEWHERE}
ANSWERED = [reach for reach in Reach if reach not in _OTHERS]
# What is seen from one place alone, beside what its resolver makes of the name and what it meets.
SEEN: dict[Sign, Callable[[View], bool]] = {
    Sign.ADMITTED: lambda view: view.admits,
    Sign.LEADS_ELSEWHERE: lambda view: Destination.SITE in view.destinations.values(),
    Sign.NO_WAY: lambda view: not view.meets and not view.held_back,
    Sign.NOT_SENT: lambda view: not view.meets and view.held_back,
    Sign.HALF_OPEN: lambda view: view.opens and bool(view.unanswered),
    Sign.BY_NAME_HTTPS: lambda view: view.read_by_name,
    Sign.BY_NAME_HTTP: lambda view: view.read_by_name,
    Sign.BY_ADDRESS: lambda view: bool(view.unanswered) and not view.read_by_name,
    Sign.STOPPED: lambda view: view.stopped,
    Sign.BESIDES: lambda view: view.is_mute and view.besides.reach is Reach.OPENS,
}
# What is wrong by what a machine says to everybody; else it cannot be told.
SAME_EVERYWHERE = {
    Reach.EXPIRED: Cause.EXPIRED,
    Reach.UNTRUSTED: Cause.MISCONFIGURED,
    Reach.REFUSED: Cause.REMOVED,
    Reach.FAILING: Cause.OUTAGE,
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A ground of a cause: `sign` was seen from the places of `views`, and not from `others`.

    Why a walk failed is a sign by itself. So is what a resolver makes of the name, and what came of
    calling a machine: from the places of `views`, or from all. `values` are what else is to be told
    of it, by what that is.
    """

    sign: Sign | Failure | Reach | Resolution
    views: Sequence[View] = ()
    others: Sequence[View] = ()
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)


Finding = tuple[Cause, list[Ground]]


@dataclass(frozen=True, slots=True)
class Servers:
    """What the name's own servers say, to `walks` for each type of address.

    `chain` is that of the signatures, where they give addresses; `registration` what the registry
    says, where they say that there is no such name.
    """

    walks: Sequence[Trace] = ()
    chain: TrustChain | None = None
    registration: Answered | None = None

    @property
    def answer(self) -> bool:
        """Whether any server on the way to them answered at all, and they were asked."""
        return not self.not_sent and any(walk.got_through for walk in self.walks)

    @property
    def not_sent(self) -> bool:
        """Whether a safety check or a limit held back what was for them."""
        return not self.addresses and any(
            w.failure is Failure.NOT_SENT for w in self.walks
        )

    @property
    def breaks(self) -> bool:
        """Whether the chain breaks over what they say, and not over what a resolver made of it."""
        if self.chain is None or self.chain.security is not Security.BOGUS:
            return False
        judged = set(self.chain.addresses)
        own = set(self.walks[0].addresses)
        return judged == own or bool(judged & own)

    @property
    def addresses(self) -> set[str]:
        """The addresses that they give."""
        addresses: set[str] = set()
        for walk in self.walks:
            addresses |= set(walk.addresses)
        return addresses


@dataclass(frozen=True, eq=False, kw_only=True)
class Diagnosis(Lookup):
    """Why a site does not open, and on what grounds.

    Attributes: `url`; `cause`; `grounds`; `servers`, the name's own; `views`, what was seen from
    each place; `addresses`, those that the name's own servers give, or resolvers where none of
    those could be asked.
    """

    kind: Kind
    url: Url
    cause: Cause
    grounds: list[Ground]
    servers: Servers
    views: list[View]
    addresses: list[str]


def diagnose(points: Sequence[VantagePoint], url: Url) -> Diagnosis:
    """Find out why the page at `url` does not open; the first place speaks for the result."""
    servers = (
        Servers() if url.address else _ask_servers(points, Typed(url.name, url.host))
    )
    true = {url.address} if url.address else servers.addresses
    if servers.walks and not servers.answer:
        true = set()
        for point in points:
            true |= set(reached.listen(point, url.name).public)
    views: list[View] = []
    finding = _of_the_name(points, servers, true)
    if finding is None:
        views = reached.look_from(points, url, true)
        finding = Judge(views, servers.answer, url).finding()
    elif servers.walks and all(map(is_nobodys, true)):
        finding = _given_all_the_same(points, url, finding, views)
    cause, grounds = finding
    if servers.not_sent:
        if cause is Cause.NOTHING:
            cause = Cause.UNCLEAR
        grounds = [*grounds, Ground(Sign.SERVERS_NOT_SENT)]
    return Diagnosis(
        kind=Kind.FOUND,
        provenance=points[0].session.provenance(""),
        notes=url.notes,
        url=url,
        cause=cause,
        grounds=grounds,
        servers=servers,
        views=views,
        addresses=sorted(true),
    )


# The name's own servers


def _ask_servers(points: Sequence[VantagePoint], typed: Typed) -> Servers:
    """Walk to the name's addresses from the first place from which its servers answer."""
    walks: list[Trace] = []
    for point in _connections(points):
        walks = [trace(point.session, typed, reached.FAMILIES[0])]
        # else what is said holds for both
        if walks[0].kind in (
            Kind.FOUND,
            Kind.NO_SUCH_TYPE,
        ):
            walks.append(trace(point.session, typed, reached.FAMILIES[1]))
        if any(walk.kind in (Kind.FOUND, Kind.NO_SUCH_NAME) for walk in walks):
            break
    if [walk.kind for walk in walks] == [Kind.NO_SUCH_NAME]:
        return Servers(walks, registration=rdap(points[0].session, typed))
    servers = Servers(walks)
    return _checked(points, typed, servers) if servers.addresses else servers


def _connections(points: Sequence[VantagePoint]) -> list[VantagePoint]:
    """One place for each connection: another resolver leads nowhere else."""
    by_source: dict[str, VantagePoint] = {}
    for point in points:
        by_source.setdefault(point.session.entry.source, point)
    return list(by_source.values())


def _checked(points: Sequence[VantagePoint], typed: Typed, servers: Servers) -> Servers:
    """Check the signatures from the first place from which they hold, if there is one.

    Who changes an answer breaks them: so a broken chain is the site's only if all see it, and if it
    is over what the site's own servers say.
    """
    for point in points:
        chain = dnssec(point.session, typed, reached.FAMILIES[0])
        if not servers.breaks:
            servers = replace(servers, chain=chain)
        if chain.security is not Security.BOGUS:
            return replace(servers, chain=chain)
    return servers


def _of_the_name(
    points: Sequence[VantagePoint], servers: Servers, true: set[str]
) -> Finding | None:
    """Say what is wrong with a name that leads to `true`; None where no fault is seen."""
    if not true and not servers.answer:
        return Cause.UNCLEAR, [] if servers.not_sent else [Ground(Sign.NOT_ASKABLE)]
    failed = [walk for walk in servers.walks if walk.failure]
    if failed and not true:
        return _without_servers(points, failed[0])
    if servers.registration:
        return _without_name(servers.registration)
    if not true:
        return Cause.MISCONFIGURED, [Ground(Sign.NO_ADDRESS)]
    if servers.chain and servers.breaks:
        if servers.chain.flaw is Flaw.EXPIRED:
            return Cause.EXPIRED, [Ground(Sign.EXPIRED_SIGNATURES)]
        return Cause.MISCONFIGURED, [Ground(Sign.BROKEN_SIGNATURES)]
    if all(map(is_nobodys, true)):
        return Cause.MISCONFIGURED, [Ground(Sign.NOBODYS)]
    return None


def _without_servers(points: Sequence[VantagePoint], walk: Trace) -> Finding:
    """The name's servers give no answer: is that the servers, or what is said of them?"""
    if walk.failure and walk.failure is not Failure.NO_ANSWER:
        return Cause.MISCONFIGURED, [Ground(walk.failure)]
    silent = walk.unanswered[-1].exchange.to_address
    if all(reached.is_stopped(point.session, silent) for point in _connections(points)):
        return Cause.BLOCKED, [Ground(Sign.STOPPED_SERVERS)]
    return Cause.OUTAGE, [Ground(Sign.SILENT_SERVERS)]


def _without_name(registration: Answered) -> Finding:
    """The servers in charge say that there is no such name: the registration may tell why."""
    if not isinstance(registration, Domain):
        if registration.kind is Kind.NO_SUCH_NAME:
            return Cause.UNCLEAR, [Ground(Sign.NEVER_REGISTERED)]
        return Cause.UNCLEAR, [Ground(Sign.UNKNOWN_REGISTRATION)]
    status = set(registration.registry.status)
    if gone := status & GONE:
        return Cause.EXPIRED, [Ground(Sign.GONE, values={"status": sorted(gone)})]
    if held := status & HELD:
        sign = (
            Sign.HELD_BY_REGISTRY if "server hold" in held else Sign.HELD_BY_REGISTRAR
        )
        return Cause.REMOVED, [Ground(sign, values={"status": sorted(held)})]
    return Cause.MISCONFIGURED, [
        Ground(Sign.NO_SUCH_NAME, values={"domain": [registration.name]})
    ]


def _given_all_the_same(
    points: Sequence[VantagePoint], url: Url, finding: Finding, views: list[View]
) -> Finding:
    """The name has no address, and a resolver gives one: it remembers, or has a list of its own."""
    cause, grounds = finding
    for point in points:
        view = reached.listen(point, url.name)
        if not view.public:
            continue
        views.append(view)
        gives_to_all = reached.listen(point, reached.OTHER_NAME).public
        sign = Sign.GIVEN_TO_ALL if gives_to_all else Sign.GIVEN
        grounds.append(Ground(sign, [view], values={"addresses": view.public}))
        if sign is Sign.GIVEN and cause in (Cause.UNCLEAR, Cause.MISCONFIGURED):
            cause = Cause.ANOMALY
    return cause, grounds


# What was seen from all places


@dataclass(frozen=True)
class Judge:
    """Weighs what was seen from all places: the name, then the machine, then the page.

    `by_servers` tells whether the name's own servers gave the addresses of the site.
    """

    views: list[View]
    by_servers: bool
    url: Url

    def finding(self) -> Finding:
        """Say what is wrong, and on what grounds."""
        withholding = [
            view for view in self.views if view.resolution is Resolution.WITHHOLDS
        ]
        opens = any(view.opens for view in self.views)
        if withholding:
            blocked = [view for view in self.views if view.blocked]
            # Else only the site itself shows which of the resolvers is right.
            certain = self.by_servers or opens or blocked
            cause = Cause.BLOCKED if certain else Cause.ANOMALY
            sign = Sign.WITHHELD if self.by_servers else Sign.WITHHELD_HERE
            admitted = _seen(withholding, Sign.ADMITTED)
            return cause, [
                Ground(sign, withholding),
                *admitted,
                *self._on_the_way(blocked),
            ]
        others_lead = _seen(self.views, Sign.LEADS_ELSEWHERE)
        if others_lead and not opens:
            return Cause.ANOMALY, others_lead
        cause, grounds = self._of_the_machines()
        if cause is Cause.NOTHING:
            cause, grounds = self._of_unencrypted() or (cause, grounds)
        named, more = self._of_the_resolvers()
        if cause is Cause.NOTHING and named is not Cause.NOTHING:
            return named, [*more, Ground(Sign.TRUE_ADDRESS)]
        return cause, [*grounds, *more]

    def _of_the_resolvers(self) -> Finding:
        """Say what is strange about what the resolvers say, and is no block yet."""
        strange = _seen(self.views, Resolution.CHANGES, Resolution.FAILS)
        dead = [view for view in self.views if view.resolution is Resolution.DEAD]
        # Where another resolver answers on the same connection, this one is missed by few.
        lines = {view.connection for view in self.views if view not in dead}
        missed = any(view.connection not in lines for view in dead)
        grounds = [*strange, *_seen(dead, Resolution.DEAD)]
        if strange:
            return Cause.ANOMALY, grounds
        return Cause.OUTAGE if missed else Cause.NOTHING, grounds

    def _of_the_machines(self) -> Finding:
        """Weigh what came of calling the site's machines."""
        tried = [view for view in self.views if view.meets]
        opening = [view for view in tried if view.opens]
        closed = [view for view in tried if not view.opens]
        not_tried = _seen(self.views, Sign.NO_WAY, Sign.NOT_SENT)
        if not tried:
            return Cause.UNCLEAR, not_tried
        half_open = _seen(opening, Sign.HALF_OPEN)
        if not closed:
            true = self.by_servers and all(
                view.given & set(view.called) for view in tried
            )
            opens = Ground(Sign.OPENS_AND_TRUE if true else Sign.OPENS)
            sends_on = _sent_on(Sign.SENDS_ON, tried, set(Reach))
            return Cause.NOTHING, [opens, *half_open, *sends_on, *not_tried]
        if not opening and all(view.is_mute for view in closed):
            return self._of_mute_machines(closed)
        grounds = [
            *half_open,
            *_seen(closed, *ANSWERED),
            *_sent_on(Sign.SENDS_ON_CLOSED, closed, {Reach.ELSEWHERE}),
            *self._on_the_way(closed),
            *_seen(closed, Sign.BESIDES),
        ]
        if opening:
            grounds.insert(0, Ground(Sign.CLOSED, closed, opening))
        elif all(view.meets == closed[0].meets for view in closed):
            return self._same_from_all(closed[0].meets, grounds)
        if any(view.blocked for view in closed):
            return Cause.BLOCKED, grounds
        if all(view.meets == {Reach.REFUSED} for view in closed):
            # Without a certificate anybody on the way may have said so.
            return (
                Cause.REMOVED if self.url.scheme == "https" else Cause.BLOCKED,
                grounds,
            )
        return Cause.ANOMALY, [*grounds, Ground(Sign.WOULD_TELL)]

    def _same_from_all(self, meets: set[Reach], grounds: list[Ground]) -> Finding:
        """The machine answers, and says the same to everybody."""
        reach, *others = meets
        if others or reach is Reach.ELSEWHERE:
            return Cause.UNCLEAR, grounds
        if reach is Reach.UNTRUSTED and self.url.address:
            return Cause.UNCLEAR, [Ground(Sign.UNTRUSTED_AT_ADDRESS)]
        if reach is Reach.UNTRUSTED and self._is_one_line:
            return Cause.UNCLEAR, [Ground(Sign.UNTRUSTED_HERE)]
        return SAME_EVERYWHERE.get(reach, Cause.UNCLEAR), [Ground(reach)]

    def _of_mute_machines(self, views: list[View]) -> Finding:
        """No machine answers anybody: does it end at the machine, or before?"""
        besides = _seen(views, Sign.BESIDES)
        last_networks: set[str] = set()
        for view in views:
            last_networks |= {call.way[-1] for call in view.unanswered if call.way}
        ends = sorted(last_networks)
        if any(view.read_by_name for view in views):
            return Cause.BLOCKED, [*self._on_the_way(views), *besides]
        if not ends and any(view.stopped for view in views):
            return Cause.BLOCKED, [Ground(Sign.STOPPED_EVERYWHERE)]
        if besides:
            return Cause.UNCLEAR, [Ground(Sign.PORT_CLOSED), *besides]
        if ends and not self._is_one_line:
            return Cause.OUTAGE, [Ground(Sign.SWITCHED_OFF, values={"network": ends})]
        sign = Sign.NOTHING_BEHIND if ends else Sign.NOTHING
        return Cause.UNCLEAR, [
            Ground(sign, values={"network": ends}),
            Ground(Sign.OUTAGE_OR_BLOCK),
        ]

    @property
    def _is_one_line(self) -> bool:
        return len({view.connection for view in self.views if view.meets}) == 1

    def _on_the_way(self, views: Sequence[View]) -> list[Ground]:
        """Say what happens to packets on the way, from those places."""
        by_name = Sign[f"BY_NAME_{self.url.scheme.upper()}"]
        return _seen(views, by_name, Sign.BY_ADDRESS, Sign.STOPPED)

    def _of_unencrypted(self) -> Finding | None:
        """Where the page opens: does it without encryption, where somebody may read and write?"""
        encrypted = self.url.scheme == "https"
        views = [
            view for view in self.views if view.plain.reach not in reached.NOT_ASKED
        ]
        noticed = [view for view in views if view.plain.notice]
        if noticed and (encrypted or len(noticed) < len(views)):
            return Cause.BLOCKED, [Ground(Sign.NOTICED, noticed)]
        by_name = [view for view in views if view.plain.others_answer]
        if by_name and encrypted:
            return Cause.BLOCKED, [Ground(Sign.READ_ON_THE_WAY, by_name)]
        closed = [view for view in views if view.plain.reach is not Reach.OPENS]
        opening = [view for view in views if view not in closed]
        strange = [view for view in views if _is_strange(view, views)]
        if closed and opening:
            ground = Ground(Sign.CLOSED_HTTP, closed, opening)
        elif strange:
            ground = Ground(Sign.STRANGE, strange)
        else:
            return None
        return Cause.ANOMALY, [ground, Ground(Sign.WOULD_TELL)]


def _seen(views: Sequence[View], *signs: Sign | Reach | Resolution) -> list[Ground]:
    """Return which of these signs are seen from any of these places, and from which."""
    grounds = []
    for sign in signs:
        seen_from = [view for view in views if _is_seen(sign, view)]
        if seen_from:
            grounds.append(Ground(sign, seen_from))
    return grounds


def _is_seen(sign: Sign | Reach | Resolution, view: View) -> bool:
    if isinstance(sign, Sign):
        return SEEN[sign](view)
    return sign in view.meets or sign is view.resolution


def _sent_on(sign: Sign, views: Sequence[View], reaches: set[Reach]) -> list[Ground]:
    """Say to which pages the site sends on, where that is what came of it."""
    seen_from = [view for view in views if view.meets & reaches]
    pages: set[str] = set()
    for view in seen_from:
        for call in view.called.values():
            if call.page and call.reach in reaches:
                pages.add(str(call.page))
    if not pages:
        return []
    return [Ground(sign, seen_from, values={"pages": sorted(pages)})]


def _is_strange(view: View, views: Sequence[View]) -> bool:
    """Say whether the unencrypted page is like none that came over HTTPS, or to others."""
    others = [other for other in views if other.connection != view.connection]
    titles = {other.titles["https"] for other in views if "https" in other.titles}
    for other in others:
        titles |= set(other.titles.values())
    own = view.titles.get("http")
    return bool(titles) and own is not None and own not in titles
