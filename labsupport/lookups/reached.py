"""What is seen of a site from one place: what its resolver says, and what its machines do.

Nothing is concluded here: `diagnose` weighs what is seen from several places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import chain
from operator import attrgetter
from urllib.parse import urljoin

import dns.name
import dns.rdatatype

from labsupport.exchange import (
    NotSent,
    Reply,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
    Unusable,
)
from labsupport.exchange.http import HttpResponse
from labsupport.formats.certificates import Trust
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.numbers import is_nobodys
from labsupport.inputs.urls import Url, url_of
from labsupport.kinds import Kind
from labsupport.lookups import path, resolvers, web
from labsupport.lookups.ask import Answer, answer_of
from labsupport.lookups.session import RdataType, Session
from labsupport.lookups.web import Served

FAMILIES = (dns.rdatatype.A, dns.rdatatype.AAAA)
# A name that nobody has (RFC 6761): a machine that answers to it is there, whatever it answers.
OTHER_NAME = dns.name.from_text("other.invalid")
MOST_REDIRECTS = 10
MOST_CALLED = (
    4  # addresses of each kind: who owns a name may give it thousands, of anybody's
)
# Statuses that an answer to HEAD does not explain: the page itself is asked for then.
UNEXPLAINED = {403, 405, 429, 501, 503}
TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


Reach = Enum(
    "Reach",
    "OPENS CUT SILENT UNREACHABLE EXPIRED UNTRUSTED REFUSED MISSING FAILING TURNED_AWAY UNFINISHED"
    " ELSEWHERE NOWHERE NOT_TRIED NOT_SENT LEFT_OUT",
)
"""What came of calling the site's machine."""


# What a machine says by a status (RFC 9110 section 15, RFC 7725); 421: it has no site of this name.
STATUSES = {451: Reach.REFUSED, **dict.fromkeys((403, 429), Reach.TURNED_AWAY)}
STATUSES |= dict.fromkeys((404, 410, 421), Reach.MISSING)
WITHOUT_ANSWER: dict[type, Reach] = {
    NotSent: Reach.NOT_SENT,
    Silence: Reach.SILENT,
    Reset: Reach.CUT,
    Unreachable: Reach.UNREACHABLE,
    Unusable: Reach.UNFINISHED,
}
GIVEN = {Kind.FOUND, Kind.NO_SUCH_TYPE}
MUTE = {Reach.CUT, Reach.SILENT, Reach.UNREACHABLE}
NOT_ASKED = {Reach.NOT_TRIED, Reach.NOT_SENT, Reach.LEFT_OUT}


Destination = Enum("Destination", "SITE NOTICE NOBODY OTHER")
"""What is at an address that a resolver gives and the name's own servers do not."""


# PASSES: gives a true address, or another one of the site. DEAD: answers nothing, whatever the
# name. FAILS: gives no answer for this name, and does for another. CHANGES: gives an address at
# which nothing shows that it is the site. WITHHOLDS: says that there is none, or leads to a notice
# or to where no site can be.
Resolution = Enum("Resolution", "PASSES DEAD FAILS CHANGES WITHHOLDS")
"""What a resolver makes of the name, beside what the name's own servers say: the worst last."""


@dataclass(frozen=True, slots=True)
class VantagePoint:
    """Somewhere to look from; `name` is what people call it."""

    name: str
    session: Session


@dataclass(frozen=True, slots=True)
class Call:
    """What came of calling a machine at one address.

    `page` is the last one asked for, where the machine sent on. `notice` tells whether the answer
    says that the page is blocked (RFC 7725). Where the machine did not answer: `others_answer`
    tells whether it does to another name (None: not asked), `way` which networks answered on the
    way there, and `stopped` that no router did, while they do on the way to another address.
    """

    reach: Reach
    page: Url | None = None
    notice: bool = False
    others_answer: bool | None = None
    way: tuple[str, ...] = ()
    stopped: bool = False


NO_CALL, LEFT_OUT = Call(Reach.NOT_TRIED), Call(Reach.LEFT_OUT)

Title = tuple[str, bytes]
"""Of a page: from which host it came, and its title; machines that give the same gave one page."""


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of a site from one place.

    `answers` are what its resolver says, by type; `resolves` whether it answers for another name;
    `called` what came of calling the machines at the true addresses, of which some may be left out;
    `destinations` what is at other addresses that the resolver gives, or at some of many;
    `besides` what came of asking for the same page at the other usual port, or at the usual one;
    `plain` that of the two which was not encrypted. `titles` are those of both pages, with their
    host, by scheme.
    """

    place: str
    connection: str
    answers: tuple[Answer, ...]
    resolves: bool = True
    called: dict[str, Call] = field(default_factory=dict)
    destinations: dict[str, Destination] = field(default_factory=dict)
    besides: Call = NO_CALL
    plain: Call = NO_CALL
    titles: dict[str, Title] = field(default_factory=dict)

    @property
    def given(self) -> set[str]:
        """The addresses that the resolver tells."""
        addresses: set[str] = set()
        for answer in self.answers:
            addresses |= addresses_in(answer)
        return addresses

    @property
    def public(self) -> list[str]:
        """Those of them at which a site may be."""
        public = (address for address in self.given if not is_nobodys(address))
        return sorted(public, key=by_family)

    @property
    def admits(self) -> bool:
        """Whether the resolver says that it does not give the true answer (RFC 8914)."""
        return any(answer.interferes for answer in self.answers)

    @property
    def opens(self) -> bool:
        """Whether the page is there at one of the true addresses."""
        return Reach.OPENS in self.meets

    @property
    def meets(self) -> set[Reach]:
        """What came of the calls; empty where no machine was called."""
        return {call.reach for call in self.called.values()} - NOT_ASKED

    @property
    def held_back(self) -> bool:
        """Whether any call was not sent, though there is a way."""
        return any(call.reach is Reach.NOT_SENT for call in self.called.values())

    @property
    def is_mute(self) -> bool:
        """Whether machines were called, and none answered."""
        return bool(self.meets) and self.meets <= MUTE

    @property
    def unanswered(self) -> list[Call]:
        """The calls that the machine did not answer."""
        return [call for call in self.called.values() if call.reach in MUTE]

    @property
    def read_by_name(self) -> bool:
        """Whether a machine that does not answer to this name does to another."""
        return any(call.others_answer for call in self.unanswered)

    @property
    def stopped(self) -> bool:
        """Whether no packet gets to any router on the way, as they do to another address."""
        calls = self.unanswered
        return (
            self.is_mute
            and any(c.stopped for c in calls)
            and not any(c.way for c in calls)
        )

    @property
    def blocked(self) -> bool:
        """Whether it shows that somebody on the way lets nothing through to the machine."""
        return self.read_by_name or self.stopped

    @property
    def resolution(self) -> Resolution:
        """What the resolver makes of the name: the worst, where its types differ."""
        if self.admits:
            return Resolution.WITHHOLDS
        asked = {answer.type: answer for answer in self.answers}
        # Where a network has no IPv6, its resolver may leave those addresses out for all names.
        if (
            len(asked) > 1
            and addresses_in(asked["A"])
            and asked["AAAA"].kind is Kind.NO_SUCH_TYPE
        ):
            del asked["AAAA"]
        resolutions = map(self._resolution_by, asked.values())
        return max(resolutions, key=attrgetter("value"), default=Resolution.PASSES)

    def _resolution_by(self, answer: Answer) -> Resolution:
        addresses = addresses_in(answer)
        destinations = {
            self.destinations[address]
            for address in addresses
            if address in self.destinations
        }
        if addresses & set(self.called) or Destination.SITE in destinations:
            return Resolution.PASSES
        if answer.kind in (Kind.NO_ANSWER, Kind.FAILED):
            return Resolution.FAILS if self.resolves else Resolution.DEAD
        if addresses and not destinations & {Destination.NOTICE, Destination.NOBODY}:
            return Resolution.CHANGES
        if answer.kind is Kind.REFUSED and not self.resolves:
            return Resolution.DEAD
        return Resolution.WITHHOLDS


def by_family(address: str) -> tuple[bool, str]:
    """Sort addresses by this: IPv4 first."""
    return ":" in address, address


def some_of(addresses: Iterable[str]) -> list[str]:
    """Return the first of each kind, no more than MOST_CALLED."""
    ordered = sorted(addresses, key=by_family)
    ipv4 = [address for address in ordered if ":" not in address]
    ipv6 = [address for address in ordered if ":" in address]
    return ipv4[:MOST_CALLED] + ipv6[:MOST_CALLED]


class _Calls:
    """Calls machines; what two vantage points on one line would do alike is done once."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str, Url], Call] = {}

    def call(self, session: Session, page: Url, address: str) -> Call:
        key = session.entry.source_for(address), address, page
        # Where a page sends on to, each vantage point's own resolver finds.
        if key not in self._made or self._made[key].page is not None:
            self._made[key] = call(session, page, address)
        return self._made[key]


def look_from(points: Iterable[VantagePoint], url: Url, true: set[str]) -> list[View]:
    """Look at a page from several points; `true` are the addresses of its machines."""
    calls = _Calls()
    return [_view(point, url, true, calls) for point in points]


def _view(point: VantagePoint, url: Url, true: set[str], calls: _Calls) -> View:
    session = point.session
    heard = listen(point, url.name, () if url.address else _types_of(true))
    resolves = all(answer.kind in GIVEN for answer in heard.answers) or _knows_the_root(
        point
    )
    called = dict.fromkeys(sorted(true, key=by_family), LEFT_OUT)
    for address in some_of(true):
        called[address] = calls.call(session, url, address)
    asked = (address for address, call in called.items() if call.reach not in NOT_ASKED)
    first = next(asked, "")
    other = beside(url)
    besides = calls.call(session, other, first) if first else NO_CALL
    plain = NO_CALL
    titles: dict[str, Title] = {}
    for page, call in ((url, called.get(first, NO_CALL)), (other, besides)):
        if page.scheme == "http" and plain is NO_CALL:
            plain = call
        if call.reach is Reach.OPENS:
            title = _title(session, url, call.page or page, first)
            if title is not None:
                titles[page.scheme] = title
    reachable = filter(session.entry.source_for, heard.given - true)
    destinations = {
        address: _destination(session, url, address, titles)
        for address in some_of(reachable)
    }
    return replace(
        heard,
        resolves=resolves,
        called=called,
        destinations=destinations,
        besides=besides,
        plain=plain,
        titles=titles,
    )


def _types_of(addresses: Iterable[str]) -> list[RdataType]:
    types = {
        dns.rdatatype.AAAA if ":" in address else dns.rdatatype.A
        for address in addresses
    }
    return sorted(types)


def _knows_the_root(point: VantagePoint) -> bool:
    """Say whether a resolver answers for the root, which each one knows."""
    (answer,) = listen(point, dns.name.root, [dns.rdatatype.NS]).answers
    return answer.kind is Kind.FOUND


def listen(
    point: VantagePoint, name: dns.name.Name, types: Iterable[RdataType] = FAMILIES
) -> View:
    """Ask a point's own resolvers for a name, no other in their place, and no machine."""
    session = replace(point.session, resolve=resolvers.ask)
    answers = (
        answer_of(session, session.ask_resolver(name, rdtype)) for rdtype in types
    )
    return View(point.name, session.entry.source, tuple(answers))


def beside(url: Url) -> Url:
    """Return the same page at the other usual port; at the usual one where it has its own."""
    if url.own_port:
        return replace(url, own_port=None)
    return replace(url, scheme="http" if url.scheme == "https" else "https")


def call(session: Session, url: Url, address: str) -> Call:
    """Ask the machine at `address` for a page, and follow where it sends on.

    Where it does not answer, look further into why.
    """
    if not session.entry.source_for(address):
        return Call(Reach.NOT_TRIED)
    followed = _followed(session, url, address)
    if isinstance(followed, Call):
        return followed
    page, served = followed
    sent_on = page if page is not url else None
    reach = _reach(served)
    if page.host != url.host and reach is not Reach.OPENS:
        return Call(Reach.ELSEWHERE, sent_on, is_notice(served.response))
    others_answer = None
    if reach in MUTE:
        other = web.look(session, replace(page, name=OTHER_NAME), address)
        if not isinstance(other.outcome, NotSent):
            others_answer = isinstance(other.outcome, Reply | TlsFailure)
    if others_answer:  # a packet may have been lost: what happens once is no pattern
        served = _look(session, page, address)
        reach = _reach(served)
    if reach not in MUTE:
        return Call(reach, sent_on, is_notice(served.response))
    way = way_to(session, address) or ()
    stopped = not way and is_stopped(session, address)
    return Call(reach, sent_on, False, others_answer, way, stopped)


def _followed(session: Session, url: Url, address: str) -> Call | tuple[Url, Served]:
    """Return the page to which a machine sends on in the end, and what came of asking for it."""
    page = url
    served = _look(session, url, address)
    seen = {str(url)}
    while served.response and 300 <= served.response.status < 400:
        location = served.response.header("Location")
        if not location:
            break
        if "://" not in location:
            location = urljoin(str(page), location)  # RFC 9110 section 10.2.2
        try:
            page = url_of(location, addresses=True)
        except NotUnderstood:
            return Call(Reach.NOWHERE, page)
        if str(page) in seen or len(seen) > MOST_REDIRECTS:
            return Call(Reach.NOWHERE, page)
        seen.add(str(page))
        target = address
        if page.host != url.host:
            target = page.address
            if not target:
                _, target = web.find_address(session, page.name)
        if not target or is_nobodys(target) or not session.entry.source_for(target):
            return Call(Reach.ELSEWHERE, page)
        served = _look(session, page, target)
    return page, served


def _look(session: Session, url: Url, address: str) -> Served:
    served = web.look(session, url, address)
    if served.response is not None and served.response.status in UNEXPLAINED:
        return web.sample(session, url, address)
    return served


def way_to(session: Session, address: str) -> tuple[str, ...] | None:
    """Return who answers on the way, networks where they are known; None where it is not known."""
    hops = path.follow(session, address)
    if isinstance(hops, NotSent):
        return None
    return path.networks_of(hops) or tuple(hop.address for hop in hops if hop.address)


def is_stopped(session: Session, address: str) -> bool:
    """Say whether nobody answers on the way to an address, and somebody does on that to another."""
    root_servers = chain.from_iterable(session.entry.root_hints.values())
    same_family = (
        other for other in root_servers if (":" in other) == (":" in address)
    )
    other = next(same_family, "")
    return way_to(session, address) == () and bool(other and way_to(session, other))


def addresses_in(answer: Answer) -> set[str]:
    """Return the addresses that an answer gives."""
    return {record.value for record in answer.records if record.type in ("A", "AAAA")}


def _title(session: Session, url: Url, page: Url, address: str) -> Title | None:
    """Return the title of a page at `address`; of one on another machine, that it is there."""
    if page.host != url.host:
        return page.host, b""
    return _title_of(page, web.sample(session, page, address).response)


def _title_of(page: Url, response: HttpResponse | None) -> Title | None:
    if response is None:
        return None
    title = TITLE.search(response.body[: web.SAMPLE])
    return page.host, title[1].strip() if title else b""


def _destination(
    session: Session, url: Url, address: str, titles: dict[str, Title]
) -> Destination:
    """Say what is at an address that only a resolver gives, beside the `titles` of the site."""
    if is_nobodys(address):
        return Destination.NOBODY
    if web.look(session, replace(url, scheme="https"), address).trust is Trust.TRUSTED:
        return Destination.SITE
    plain = replace(url, scheme="http")
    served = web.sample(session, plain, address)
    if is_notice(served.response):
        return Destination.NOTICE
    title = _title_of(plain, served.response)
    if (
        title is None
        or title not in titles.values()
        or _reach(served) is not Reach.OPENS
    ):
        return Destination.OTHER
    _, words = title
    return Destination.SITE if words else Destination.OTHER


def is_notice(response: HttpResponse | None) -> bool:
    """Say whether an answer says of itself that the page is blocked (RFC 7725 sections 3 and 4)."""
    if response is None:
        return False
    blocked_by = re.search(r'rel="?blocked-by\b', response.header("Link")) is not None
    return blocked_by or response.status == 451


def _reach(served: Served) -> Reach:
    outcome = served.outcome
    response = served.response
    if reach := WITHOUT_ANSWER.get(type(outcome)):
        return reach
    if served.trust in (Trust.EXPIRED, Trust.NOT_YET_VALID):
        return Reach.EXPIRED
    if isinstance(outcome, TlsFailure) or served.trust not in (None, Trust.TRUSTED):
        return Reach.UNTRUSTED
    if response is None:
        return Reach.UNFINISHED
    if response.status == 503 and b"captcha" in response.body[: web.SAMPLE].lower():
        return Reach.TURNED_AWAY
    usual = Reach.FAILING if response.status >= 500 else Reach.OPENS
    return STATUSES.get(response.status, usual)
