"""`lab.who`: all who have a part in a name on one page, and what each could technically do.

It joins what the DNS answers, the records of the name, and those of the addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.directories.record import Contact, Outcome, Record
from labsupport.language import Language, mark
from labsupport.lookups import drawings, port43, rdap
from labsupport.lookups.lookalikes import registered_part
from labsupport.lookups.names import Typed, folded, shown
from labsupport.lookups.numbers import Number, of_nobody
from labsupport.lookups.once import Once
from labsupport.lookups.registration import (
    Absence,
    Missing,
    Unanswered,
    asked_above,
    explain,
    holder,
    is_proxy,
    meaning,
)
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address
from labsupport.results import Figure, Kind, NoFigure, Result, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

A, AAAA, NS = dns.rdatatype.A, dns.rdatatype.AAAA, dns.rdatatype.NS
MOST_ADDRESSES = 2  # of each kind
MOST_NAME_SERVERS = 4

# The parts, in the order in which they stand between the holder of a name and a visitor.
REGISTRANT = mark("registrant")
PROXY = mark("proxy service")
RESELLER = mark("reseller")
REGISTRAR = mark("registrar")
REGISTRY = mark("registry")
DNS_OPERATOR = mark("DNS operator")
CDN = mark("content delivery network")
BEHIND = mark("machine behind the CDN")
HOST = mark("host")
CUSTOMER = mark("customer of the host")
ACCESS = mark("access network")

CAN: dict[str, str] = {
    REGISTRANT: mark("change what the site shows, move it, or give the name up"),
    PROXY: mark("tell who is behind the name, pass a message on, or stop standing in for them"),
    RESELLER: mark("tell who its customer is; change the registration through the registrar"),
    REGISTRAR: mark(
        "take the name out of the DNS (client hold), change its name servers, lock it against a "
        "move; it has what the customer told it, and how the customer paid"
    ),
    REGISTRY: mark(
        "take the name out of the DNS (server hold), which the registrar cannot undo; change "
        "where the name leads"
    ),
    DNS_OPERATOR: mark("change or leave out single records, or stop answering for the domain"),
    CDN: mark(
        "stop delivering this one site; tell who its customer is, and where the machine behind "
        "it stands"
    ),
    BEHIND: mark("what a host can do; which one it is, only the CDN and its customer know"),
    HOST: mark(
        "switch one site or a whole machine off, keep a copy and logs, tell who its customer is"
    ),
    CUSTOMER: mark(
        "switch one site or a machine off, where it runs that; tell who its own customer is"
    ),
    ACCESS: mark("let its resolver not answer for the name; let no packets pass to the address"),
}
# What a status changes of that; the first of these that a name has counts.
IN_REDEMPTION = {
    REGISTRANT: mark("have the name restored, through the registrar"),
    REGISTRAR: mark(
        "have the name restored; it has what the customer told it, and how the customer paid"
    ),
    REGISTRY: mark("restore the name when the registrar asks, or let it go"),
}
CAN_WHILE: dict[str, dict[str, str]] = {
    "redemption period": IN_REDEMPTION,
    "pending restore": IN_REDEMPTION,
    "pending delete": {
        REGISTRANT: mark("do nothing more about the name: nobody can restore it"),
        REGISTRAR: mark(
            "do nothing more about the name: nobody can restore it; it has what the customer told "
            "it, and how the customer paid"
        ),
        REGISTRY: mark("let the name go, so that anybody can register it; it has its history"),
    },
    "server hold": {
        REGISTRAR: mark(
            "it cannot lift the hold, which is the registry's; change its name servers, lock it "
            "against a move; it has what the customer told it, and how the customer paid"
        ),
        REGISTRY: mark("lift the hold (server hold), or change where the name leads"),
    },
    "client hold": {
        REGISTRAR: mark(
            "lift the hold (client hold), change its name servers, lock it against a move; it has "
            "what the customer told it, and how the customer paid"
        ),
        REGISTRY: mark(
            "it cannot lift the hold, which is the registrar's, unless its own rules let it; add "
            "a hold of its own (server hold), which the registrar cannot undo"
        ),
    },
}
HITS: dict[str, str] = {
    REGISTRANT: mark("as much as it chooses: this name alone, or all of {domain}"),
    PROXY: mark("nobody, by telling; it changes nothing in the DNS"),
    RESELLER: mark("all of {domain}: every site and all mail below it"),
    REGISTRAR: mark("all of {domain}: every site and all mail below it"),
    REGISTRY: mark("all of {domain}: every site and all mail below it"),
    DNS_OPERATOR: mark(
        "one record: this name alone. The domain: all of {domain}. Its servers: every domain on "
        "them"
    ),
    CDN: mark("the site: this name alone. Its addresses: every site delivered from them"),
    BEHIND: mark("not known, as the machine is not"),
    HOST: mark("the site: this name alone. The machine or address: every site on it"),
    CUSTOMER: mark("the site: this name alone. The machine or address: every site on it"),
    ACCESS: mark(
        "only its own customers. By name: those who use its resolver. By address: every site there"
    ),
}

OUT_OF_THE_DNS = (
    "client hold",
    "server hold",
    "redemption period",
    "pending delete",
    "inactive",
)

# Words by which a record itself says that a network delivers content for others.
CDN_WORDS = re.compile(
    r"\bcdn\b|content[ -]delivery|(?:distribución|entrega) de contenidos?"
    r"|(?:distribuição|entrega) de conteúdos?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Actor:
    """One who has a part in a name.

    `part` is one of the parts above, `who` what the record calls them, "" where it is not known.
    `reached` is how to reach them, as the record has it; `source` the server that the record came
    from. `detail` says what of theirs it is: name servers, an address, a block. `problem` says
    why something is not known.
    """

    part: str
    who: str = ""
    detail: str = ""
    reached: str = ""
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An address, and what the registry of numbers says of it.

    `block` is its smallest block, `whole` the larger one that this was cut out of; `problem`
    says why there is no record, "" where there is one.
    """

    address: str
    block: Record | None = None
    whole: Record | None = None
    source: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Dns:
    """What the DNS says of a name.

    `kind` tells whether it has an address, `alias` is where it leads, "" for nowhere else.
    `servers` are the domain's name servers, with an address each or "".
    """

    kind: Kind
    addresses: tuple[str, ...] = ()
    alias: str = ""
    servers: tuple[tuple[str, str], ...] = ()


class Who(Result):
    """Who has a part in a name, and what each could technically do.

    Attributes: `name` that was asked; `domain`, the registered one it belongs to;
    `registration`, what lab.rdap says of it; `dns`, what the DNS does; `addresses` where it
    leads; `actors`, in order from the registrant to the access networks; `cdn`, what calls the
    network at the address a content delivery network, "" where nothing does.
    """

    def __init__(
        self,
        session: Session,
        typed: Typed,
        registration: Result,
        found: Dns,
        actors: tuple[Actor, ...],
        cdn: str,
    ) -> None:
        self._typed = typed
        self.name = typed.text
        self.registration = registration
        self.domain = _domain(registration, typed)
        self.dns = found
        self.addresses = found.addresses
        self.actors = actors
        self.cdn = cdn
        sources = ", ".join(dict.fromkeys(actor.source for actor in actors if actor.source))
        kind = Kind.FOUND if sources else registration.kind
        provenance = session.provenance(sources) if sources else registration.provenance
        super().__init__(session.say, kind, provenance)
        self.notes = (*typed.notes, *self._remarks())

    def of(self, part: str) -> tuple[Actor, ...]:
        """Return those who have that part."""
        return tuple(actor for actor in self.actors if actor.part == part)

    @property
    def sentence(self) -> str:
        say = self.say
        parts = [self._leads(), self._registered()]
        known = len({folded(actor.who) for actor in self.actors if actor.who})
        parts.append(
            say.many(
                "The table shows what {count} organisation could technically do, and what that "
                "would hit.",
                "The table shows what {count} organisations could technically do, and what that "
                "would hit.",
                known,
            )
        )
        return " ".join(parts)

    def _registered(self) -> str:
        say = self.say
        registrar = self._named(REGISTRAR) or say("not known")
        if proxy := self._named(PROXY):
            return say(
                "{domain} is registered in the name of {proxy}, a proxy service; who is behind it "
                "is not in the record (registrar: {registrar}).",
                domain=self.domain,
                proxy=proxy,
                registrar=registrar,
            )
        if registrant := self._named(REGISTRANT):
            return say(
                "{domain} is registered for {registrant} (registrar: {registrar}).",
                domain=self.domain,
                registrant=registrant,
                registrar=registrar,
            )
        return say(
            "For whom {domain} is registered is not known here (registrar: {registrar}).",
            domain=self.domain,
            registrar=registrar,
        )

    def _leads(self) -> str:
        say, kind = self.say, self.dns.kind
        if self.addresses:
            hosts = self._named(CDN, HOST) or say("somebody not known")
            where = say("network: {hosts}", hosts=hosts)
            if customers := self._named(CUSTOMER):
                where += "; " + say("this part passed on to: {customers}", customers=customers)
            return say(
                "{name} leads to {addresses} ({where}).",
                name=self.name,
                addresses=", ".join(self.addresses),
                where=where,
            )
        if kind is Kind.NO_SUCH_NAME:
            text = say("{name} is not in the DNS now.", name=self.name)
            if held := self._held():
                text += " " + say("Its registration says why: {held}.", held=held)
            return text
        if kind is Kind.NO_SUCH_TYPE:
            return say("{name} is in the DNS, without an address.", name=self.name)
        return say(
            "The DNS gave no answer for {name}: where it leads is not known.", name=self.name
        )

    @property
    def _status(self) -> tuple[str, ...]:
        """The statuses of the name, by the registry; none where its record was not had."""
        if isinstance(self.registration, rdap.Domain):
            return self.registration.registry.status
        return ()

    def _can(self, part: str) -> str:
        """What one with that part could technically do, as the name's status is now."""
        status = next((one for one in CAN_WHILE if one in self._status), "")
        return CAN_WHILE.get(status, {}).get(part, CAN[part])

    def _held(self) -> str:
        """The statuses that keep a name out of the DNS, with what they mean."""
        told = (one for one in self._status if one in OUT_OF_THE_DNS)
        return "; ".join(f"{one} ({meaning(one, self.say)})" for one in told)

    def _named(self, *parts: str) -> str:
        names = (actor.who for part in parts for actor in self.of(part) if actor.who)
        return self.say(" and ").join(dict.fromkeys(names))

    def _remarks(self) -> Iterator[str]:
        say = self.say
        if self.cdn:
            yield say(
                "A content delivery network stands between visitors and the site: {words}. The "
                "address is its own, and other sites share it.",
                words=self.cdn,
            )
        if self.name not in (self.domain, f"www.{self.domain}"):
            yield say(
                "{name} is not registered by itself: it is a name below {domain}. Whoever holds "
                "{domain} may have given it to a customer. No registry says so; only they know.",
                name=self.name,
                domain=self.domain,
            )
        for names in _same(self.actors, say):
            yield say("The same name has several parts here: {names}.", names=names)
        yield from self._missing()
        yield say(
            "Whether any of this may be ordered depends on the law that applies. Whoever is asked "
            "may be the one who is sought, or may tell their customer."
        )

    def _missing(self) -> Iterator[str]:
        """Say why something is not known."""
        registration = self.registration
        # A thin registry has no registrant on record: why the registrar's was not had, is told.
        missing = isinstance(registration, rdap.Domain) and registration.registrar is None
        if missing and not self._named(REGISTRANT, PROXY):
            known = {*self._typed.notes, *asked_above(self._typed, self.domain, self.say)}
            yield from (note for note in registration.notes if note not in known)
        yield from dict.fromkeys(actor.problem for actor in self.actors if actor.problem)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("Who could technically act on what: {name}", name=self.name),
            (
                say("part"),
                say("who"),
                say("can technically"),
                say("that would hit"),
                say("reached, as the record says"),
            ),
            tuple(
                (
                    say(actor.part),
                    self._who(actor),
                    say(self._can(actor.part)),
                    say(HITS[actor.part], domain=self.domain),
                    self._reached(actor),
                )
                for actor in self.actors
            ),
        )

    def _who(self, actor: Actor) -> str:
        who = actor.who or self.say("not known")
        return f"{who} ({actor.detail})" if actor.detail else who

    def _reached(self, actor: Actor) -> str:
        say = self.say
        if not actor.source:
            return "–"
        if not actor.reached:
            return say("the record names no way ({source})", source=actor.source)
        return say("{ways} ({source})", ways=actor.reached, source=actor.source)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("This is today's state, not that of the day of an offence."),
            say("Records repeat what holders said. Registered is not located."),
            say(
                "Who runs name servers and hosts is taken from whose network their addresses are "
                "in. Somebody else may run a machine there."
            ),
            say("A content delivery network that no record calls one stands here as the host."),
            say(
                "That somebody could technically act does not say that they know of the site, nor "
                "that acting would end it: a copy may stand elsewhere."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        shown_parts = [part for part in CHAIN if self.of(part)]
        boxes = [
            drawings.Box(say(part), self._in_box(part), COLOURS.get(part, drawings.BLUE))
            for part in shown_parts
        ]
        out = self.dns.kind is Kind.NO_SUCH_NAME
        between = [
            say("leads nowhere now") if out and part == REGISTRY else say(CHAIN[part])
            for part in shown_parts[:-1]
        ]
        title = say("Who stands between the holder of {domain} and a visitor", domain=self.domain)
        told = "; ".join(f"{box.heading}: {box.text}" for box in boxes)
        alt = say("A chain of boxes, from the top down ({told}).", told=told)

        def draw(axes: Axes) -> None:
            drawings.chain(axes, boxes, between)

        return Figure(title, alt, self.tabulated(), draw, say, (8.0, 1.05 * len(boxes)))

    def _in_box(self, part: str) -> str:
        names = [actor.who or self.say("not known") for actor in self.of(part)]
        return ", ".join(dict.fromkeys(names))


# What passes from each to the next in the picture.
CHAIN: dict[str, str] = {
    REGISTRANT: mark("asks for the name"),
    PROXY: mark("stands in for it"),
    RESELLER: mark("passes the order on"),
    REGISTRAR: mark("enters the name"),
    REGISTRY: mark("says which name servers answer for it"),
    DNS_OPERATOR: mark("says at which address the site is"),
    CUSTOMER: mark("uses this part of the addresses"),
    HOST: mark("carries its packets"),
    BEHIND: mark("gives the pages"),
    CDN: mark("delivers the pages"),
    ACCESS: "",
}
COLOURS = {
    DNS_OPERATOR: drawings.GREEN,
    CUSTOMER: drawings.ORANGE,
    HOST: drawings.ORANGE,
    BEHIND: drawings.ORANGE,
    CDN: drawings.ORANGE,
    ACCESS: drawings.GREY,
}


def who(session: Session, typed: Typed, access: Sequence[str]) -> Result:
    """Join what the DNS and the directories say of a name, and who could act on what.

    `access` has an address of each access network to list. Raises NotUnderstood for a name that
    nobody registers.
    """
    say = session.say
    session = replace(session, network=Once(session.network))
    registered = rdap.rdap(session, typed)
    found = _ask_dns(session, typed, registered)
    if registered.kind is Kind.NO_SUCH_NAME and found.kind is Kind.NO_SUCH_NAME:
        note = say(
            "Today there is no registration. Its history, if it had one, is with the registry."
        )
        notes = (*typed.notes, note)
        return Absence(session, registered.sentence, notes, registered.provenance, of_a_name=True)
    hosts, cdn = _hosts(session, found)
    actors = (
        *_of_the_name(registered, say),
        _registry(session, _domain(registered, typed)),
        *_operators(session, found.servers),
        *hosts,
        *_together(_holding(ACCESS, _place(session, address)) for address in access),
    )
    return Who(session, typed, registered, found, actors, cdn)


def _domain(registration: Result, typed: Typed) -> str:
    """The registered domain, by the record, or without one by the suffix."""
    if isinstance(registration, rdap.Domain):
        return registration.domain
    return registered_part(typed.text)


def _ask_dns(session: Session, typed: Typed, registration: Result) -> Dns:
    """Ask for the addresses of a name, and for the name servers of its domain."""
    kind, alias = Kind.NO_ANSWER, ""
    addresses: list[str] = []
    lost = False
    for rdtype in (A, AAAA):
        response = session.ask_resolver(typed.name, rdtype).response
        rcode = response.rcode() if response else None
        if rcode == dns.rcode.NXDOMAIN:
            kind = Kind.NO_SUCH_NAME
            break
        try:
            if rcode != dns.rcode.NOERROR or not isinstance(response, dns.message.QueryMessage):
                raise dns.exception.DNSException
            chain = response.resolve_chaining()
        except dns.exception.DNSException:
            lost = True
            continue
        kind = Kind.FOUND if chain.answer or addresses else Kind.NO_SUCH_TYPE
        if chain.canonical_name != typed.name:
            alias = shown(chain.canonical_name)
        addresses += sorted(r.address for r in chain.answer or ())[:MOST_ADDRESSES]
    if lost and kind is Kind.NO_SUCH_TYPE:
        kind = Kind.NO_ANSWER  # of one type there is none; of the other nobody knows
    return Dns(kind, tuple(addresses), alias, _name_servers(session, typed, registration))


def _name_servers(
    session: Session, typed: Typed, registration: Result
) -> tuple[tuple[str, str], ...]:
    """The name servers of a domain, and an address of each or "".

    What the DNS does not tell, the record of the domain may.
    """
    on_record: dict[str, tuple[str, ...]] = {}
    if isinstance(registration, rdap.Domain):
        on_record = {server.name: server.addresses for server in registration.registry.nameservers}
    domain = dns.name.from_text(_domain(registration, typed))
    response = session.ask_resolver(domain, NS).response
    names = [
        shown(record.target)
        for rrset in (response.answer if response else ())
        if rrset.rdtype == NS
        for record in rrset
    ]
    servers = []
    for name in sorted(names or on_record)[:MOST_NAME_SERVERS]:
        _, address = find_address(session, dns.name.from_text(name))
        servers.append((name, address or next(iter(on_record.get(name, ())), "")))
    return tuple(servers)


def _of_the_name(registration: Result, say: Language) -> Iterator[Actor]:
    """Registrant, proxy service, reseller and registrar, as the records have them."""
    if not isinstance(registration, rdap.Domain):
        for part in (REGISTRANT, REGISTRAR):
            yield Actor(part, problem=registration.sentence)
        return
    records = [(r, host) for _, host, r in registration.records if r.outcome is Outcome.FOUND]
    yield from _registrant(records, registration.missing, say)
    reseller = next(((c, host) for r, host in records for c in r.with_role("reseller")), None)
    if reseller:
        contact, host = reseller
        yield Actor(RESELLER, contact.called, reached=_ways(contact), source=host)
    registrar = next(((r.registrar, host) for r, host in records if r.registrar), None)
    if registrar and registrar[0]:
        contact, host = registrar
        yield Actor(REGISTRAR, contact.called, reached=_ways(contact), source=host)
    else:
        yield Actor(REGISTRAR, detail=say("the record names none"))


def _registrant(
    records: Iterable[tuple[Record, str]], lost: Missing | None, say: Language
) -> Iterator[Actor]:
    hidden = None
    for record, host in records:
        contact = holder(record)
        if contact and is_proxy(record, contact):
            detail = say("not in the record; {name} may know", name=contact.called)
            through = say("through the proxy service")
            yield Actor(REGISTRANT, detail=detail, reached=through, source=host)
            yield Actor(PROXY, contact.called, reached=_ways(contact), source=host)
            return
        if contact:
            yield Actor(REGISTRANT, contact.called, reached=_ways(contact), source=host)
            return
        for other in record.with_role("registrant"):
            hidden = hidden or Actor(
                REGISTRANT,
                detail=say("not shown; the registrar has it"),
                reached=_ways(other),
                source=host,
            )
    if lost and not hidden:
        yield Actor(REGISTRANT, detail=say("not learned; the registrar's directory did not answer"))
        return
    yield hidden or Actor(REGISTRANT, detail=say("no record names it"))


def _registry(session: Session, domain: str) -> Actor:
    """The registry, as the root of WHOIS names who keeps the suffix."""
    say = session.say
    try:
        asked = port43.ask(session, session.entry.whois_root, domain)
    except Unanswered as problem:
        return Actor(REGISTRY, problem=str(problem))
    record = asked.record
    if record.outcome is not Outcome.FOUND:
        return Actor(REGISTRY, problem=explain(record, asked.host, domain, say))
    contact = holder(record)
    if contact is None:
        return Actor(REGISTRY, detail=say("no record names it"))
    keeps = say("it keeps .{suffix}", suffix=record.name) if record.name else ""
    return Actor(REGISTRY, contact.called, keeps, _ways(contact), asked.host)


def _operators(session: Session, servers: Sequence[tuple[str, str]]) -> list[Actor]:
    """Who holds the addresses of the name servers."""
    say = session.say
    lost = ", ".join(name for name, address in servers if not address)
    found = [_holding(DNS_OPERATOR, _place(session, a), name) for name, a in servers if a]
    if lost:
        problem = say("No address was found for the name servers {names}.", names=lost)
        found.append(Actor(DNS_OPERATOR, detail=lost, problem=problem))
    if not found:
        return [Actor(DNS_OPERATOR, detail=say("no name servers are known"))]
    return _together(found)


def _hosts(session: Session, found: Dns) -> tuple[list[Actor], str]:
    """Who holds the addresses of the site; and what calls it a content delivery network, or ""."""
    say = session.say
    if not found.addresses:
        return [Actor(HOST, detail=say("no address is known"))], ""
    hosts = []
    cdn = ""
    for address in found.addresses:
        place = _place(session, address)
        if words := _calls_it_a_cdn(place, found.alias, say):
            cdn = cdn or words
            hosts += [_holding(CDN, place, address), Actor(BEHIND, detail=say("the CDN knows"))]
        elif place.whole and _name(place.block) != _name(place.whole):
            hosts += [
                _holding(CUSTOMER, place, address),
                _holding(HOST, replace(place, block=place.whole), address),
            ]
        else:
            hosts.append(_holding(HOST, place, address))
    return _together(hosts), cdn


def _place(session: Session, address: str) -> Place:
    """Ask the registry of numbers whose an address is."""
    number = Number(ip_address(address), address)
    if sentence := of_nobody(number, session.say):
        return Place(address, problem=sentence)
    result = rdap.rdap(session, number)
    if not isinstance(result, rdap.Numbers):
        return Place(address, problem=result.sentence)
    return Place(address, result.registry, result.larger, result.records[0][1])


def _holding(part: str, place: Place, detail: str = "") -> Actor:
    """The holder of the smallest block that an address is in, as one who has that part."""
    if place.block is None:
        return Actor(part, detail=detail, problem=place.problem)
    abuse = next(filter(None, map(_ways, place.block.with_role("abuse"))), "")
    contact = holder(place.block)
    reached = abuse or (_ways(contact) if contact else "")
    return Actor(part, _name(place.block), detail, reached, place.source)


def _name(record: Record | None) -> str:
    contact = holder(record) if record else None
    return contact.called if contact else ""


def _calls_it_a_cdn(place: Place, alias: str, say: Language) -> str:
    """Say what calls the network at an address a content delivery network; "" where nothing does.

    Only words in its registration, or in the name that the site is an alias of, count.
    """
    for record in filter(None, (place.block, place.whole)):
        for text in (record.name, _name(record), *record.remarks):
            if CDN_WORDS.search(text):
                return say(
                    "the registration of its addresses has the words “{text}”",
                    text=" ".join(text.split()),
                )
    if CDN_WORDS.search(alias):
        return say("the name is an alias of {alias}", alias=alias)
    return ""


def _ways(contact: Contact) -> str:
    """How a contact is reached: by its forms, and by its desk for abuse where it has one.

    Only what has none of these is reached by post.
    """
    desk = next((c for c in contact.contacts if "abuse" in c.roles), contact)
    ways = (*contact.forms, *desk.forms, *(desk.emails or contact.emails), *desk.phones)
    return ", ".join(dict.fromkeys(ways)) or contact.address


def _together(actors: Iterable[Actor]) -> list[Actor]:
    """The same actor in the same part once, with all that it is told of."""
    found: dict[tuple[str, str], Actor] = {}
    for actor in actors:
        key = (actor.part, actor.who)
        other = found.get(key)
        if other is None:
            found[key] = actor
            continue
        details = dict.fromkeys(filter(None, (other.detail, actor.detail)))
        problems = dict.fromkeys(filter(None, (other.problem, actor.problem)))
        found[key] = replace(other, detail=", ".join(details), problem=" ".join(problems))
    return sorted(found.values(), key=lambda actor: list(CAN).index(actor.part))


def _same(actors: Iterable[Actor], say: Language) -> Iterator[str]:
    """Name those who have several parts, each with its parts."""
    parts: dict[str, tuple[str, list[str]]] = {}
    for actor in actors:
        if actor.who:
            _, had = parts.setdefault(folded(actor.who), (actor.who, []))
            had.append(say(actor.part))
    for name, had in parts.values():
        if len(set(had)) > 1:
            yield say("{name} ({parts})", name=name, parts=", ".join(dict.fromkeys(had)))
