"""`lab.who`: all who have a part in a name on one page, and what each could technically do.

It joins what the DNS answers, the records of the name, and those of the addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

import dns.name
import dns.rdatatype

from labsupport.answers import rdap
from labsupport.answers.ask import ask
from labsupport.answers.lookalikes import registered_part
from labsupport.answers.page import explained
from labsupport.answers.registration import Absence, meaning, whose
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.kinds import Kind
from labsupport.language import Language, mark, tell
from labsupport.lookups import whois
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.registration import called, holder, is_proxy, no_record
from labsupport.lookups.session import Session
from labsupport.lookups.web import Once, find_address
from labsupport.rdds.record import Contact, Outcome, Record
from labsupport.results import Explanation, Result, Table

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
PARTS = (
    *(REGISTRANT, PROXY, RESELLER, REGISTRAR, REGISTRY),
    *(DNS_OPERATOR, CDN, BEHIND, HOST, CUSTOMER, ACCESS),
)

OUT_OF_THE_DNS = ("client hold", "server hold", "redemption period", "pending delete", "inactive")

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
class Dns:
    """What the DNS says of a name.

    `kind` tells whether it has an address, `alias` is where it leads, "" for nowhere else.
    `servers` are the domain's name servers, with an address each or "".
    """

    kind: Kind
    addresses: tuple[str, ...] = ()
    alias: str = ""
    servers: tuple[tuple[str, str], ...] = ()


@dataclass(eq=False, repr=False, kw_only=True)
class Who(Result):
    """Who has a part in a name, and what each could technically do.

    `name` is what was asked; `domain`, the registered one it belongs to; `registration`, what
    lab.rdap says of it; `dns`, what the DNS does; `actors`, in order from the registrant to the
    access networks; `cdn`, what calls the network at the address a content delivery network, ""
    where nothing does.
    """

    name: str
    domain: str
    registration: Result
    dns: Dns
    actors: tuple[Actor, ...]
    cdn: str

    def of(self, part: str) -> tuple[Actor, ...]:
        """Return those who have that part."""
        return tuple(actor for actor in self.actors if actor.part == part)

    @property
    def sentence(self) -> str:
        say, registration = self.say, self.registration
        told = say("For whom {domain} is registered is not known here.", domain=self.domain)
        if isinstance(registration, rdap.DomainPage):
            told = whose(self.domain, registration.records, say)
        return f"{self._leads()} {told}"

    def _leads(self) -> str:
        say, kind = self.say, self.dns.kind
        if self.dns.addresses:
            where = tell(
                say, "who.network", hosts=self._named(CDN, HOST) or say("somebody not known")
            )
            if customers := self._named(CUSTOMER):
                where += "; " + say("this part passed on to: {customers}", customers=customers)
            return tell(
                say,
                "who.leads",
                name=self.name,
                addresses=", ".join(self.dns.addresses),
                where=where,
            )
        if kind is Kind.NO_SUCH_NAME:
            text = say("{name} is not in the DNS now.", name=self.name)
            told = (one for one in self._status if one in OUT_OF_THE_DNS)
            if held := "; ".join(f"{one} ({meaning(one, say)})" for one in told):
                text += " " + say("Its registration says why: {held}.", held=held)
            return text
        if kind is Kind.NO_SUCH_TYPE:
            return say("{name} is in the DNS, without an address.", name=self.name)
        return tell(say, "who.dns_silent", name=self.name)

    @property
    def _status(self) -> tuple[str, ...]:
        """The statuses of the name, by the registry; none where its record was not had."""
        if isinstance(self.registration, rdap.DomainPage):
            return self.registration.facts.registry.status
        return ()

    def _named(self, *parts: str) -> str:
        names = (actor.who for part in parts for actor in self.of(part) if actor.who)
        return self.say(" and ").join(dict.fromkeys(names))

    def remarks(self) -> Iterator[str]:
        """What stands below the sentence: where the name belongs, and what is not known."""
        say, registration = self.say, self.registration
        if self.cdn:
            yield tell(say, "who.cdn", words=self.cdn)
        if self.name not in (self.domain, f"www.{self.domain}"):
            yield tell(say, "who.name_below", name=self.name, domain=self.domain)
        if isinstance(registration, rdap.DomainPage) and registration.missing:
            yield from registration.notes
        yield from (actor.problem for actor in self.actors if actor.problem)
        yield tell(say, "who.law_decides")

    def tabulated(self) -> Table:
        say, words = self.say, self.say.table("parts.toml")
        status = next((one for one in words["while"] if one in self._status), "")
        can = words["can"] | words["while"].get(status, {})
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
                    (actor.who or say("not known")) + (actor.detail and f" ({actor.detail})"),
                    can[actor.part],
                    words["hits"][actor.part].format(domain=self.domain),
                    self._reached(actor),
                )
                for actor in self.actors
            ),
        )

    def _reached(self, actor: Actor) -> str:
        if not actor.source:
            return "–"
        ways = actor.reached or self.say("the record names no way")
        return f"{ways} ({actor.source})"

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("This is today's state, not that of the day of an offence."),
            say("Records repeat what holders said. Registered is not located."),
            tell(say, "who.by_networks"),
            say("A content delivery network that no record calls one stands here as the host."),
            tell(say, "who.could_act"),
        )


def who(session: Session, typed: Typed, access: Sequence[str]) -> Result:
    """Join what the DNS and the directories say of a name, and who could act on what.

    `access` has an address of each access network to list. Raises NotUnderstood for a name that
    nobody registers.
    """
    say = session.say
    session = replace(session, network=Once(session.network))
    registered = rdap.rdap(session, typed)
    domain = registered_part(typed.text)
    if isinstance(registered, rdap.DomainPage):
        domain = registered.domain
    found = _ask_dns(session, typed, domain, registered)
    if registered.kind is Kind.NO_SUCH_NAME and found.kind is Kind.NO_SUCH_NAME:
        note = tell(say, "who.no_registration_today")
        notes = (*typed.notes, note)
        return Absence(say, registered.kind, registered.sentence, notes, registered.provenance)
    hosts, cdn = _hosts(session, found)
    actors = (
        *_of_the_name(registered, say),
        _registry(session, domain),
        *_operators(session, found.servers),
        *hosts,
        *_together(_holding(ACCESS, _whose(session, address)) for address in access),
    )
    sources = ", ".join(dict.fromkeys(actor.source for actor in actors if actor.source))
    result = Who(
        say,
        Kind.FOUND if sources else registered.kind,
        session.provenance(sources) if sources else registered.provenance,
        name=typed.text,
        domain=domain,
        registration=registered,
        dns=found,
        actors=actors,
        cdn=cdn,
    )
    result.notes = tuple(dict.fromkeys((*typed.notes, *result.remarks())))
    return result


def _ask_dns(session: Session, typed: Typed, domain: str, registration: Result) -> Dns:
    """Ask for the addresses of a name, and for the name servers of its domain."""
    answers = [ask(session, typed, rdtype) for rdtype in (A, AAAA)]
    kinds = [answer.kind for answer in answers]
    records = [record for answer in answers for record in answer.records]
    addresses: list[str] = []
    for answer in answers:
        own = [r.value for r in answer.records if r.type == answer.type]
        addresses += own[:MOST_ADDRESSES] if answer.kind is Kind.FOUND else []
    # Of one type there may be no address; of the other nobody knows.
    none = Kind.NO_SUCH_TYPE if set(kinds) == {Kind.NO_SUCH_TYPE} else Kind.NO_ANSWER
    kind = next((one for one in (Kind.NO_SUCH_NAME, Kind.FOUND) if one in kinds), none)
    alias = next((record.value for record in reversed(records) if record.type == "CNAME"), "")
    return Dns(kind, tuple(addresses), alias, _name_servers(session, domain, registration))


def _name_servers(
    session: Session, domain: str, registration: Result
) -> tuple[tuple[str, str], ...]:
    """The name servers of a domain, and an address of each or "".

    What the DNS does not tell, the record of the domain may.
    """
    on_record: dict[str, tuple[str, ...]] = {}
    if isinstance(registration, rdap.DomainPage):
        on_record = {server.name: server.addresses for server in registration.registry.nameservers}
    answer = ask(session, Typed(dns.name.from_text(domain), domain), NS)
    names = [record.value for record in answer.records if record.type == "NS"]
    servers = []
    for name in sorted(names or on_record)[:MOST_NAME_SERVERS]:
        _, address = find_address(session, dns.name.from_text(name))
        servers.append((name, address or next(iter(on_record.get(name, ())), "")))
    return tuple(servers)


def _of_the_name(registration: Result, say: Language) -> Iterator[Actor]:
    """Registrant, proxy service, reseller and registrar, as the records have them."""
    if not isinstance(registration, rdap.DomainPage):
        for part in (REGISTRANT, REGISTRAR):
            yield Actor(part, problem=registration.sentence)
        return
    records = [(one.record, one.host) for one in registration.found]
    yield from _registrant(records, registration.missing, say)
    for part, role in ((RESELLER, "reseller"), (REGISTRAR, "registrar")):
        found = next(((c, host) for r, host in records for c in r.with_role(role)), None)
        if found:
            yield _named_by(part, *found)
        elif part == REGISTRAR:
            yield Actor(part, detail=say("the record names none"))


def _registrant(
    records: Iterable[tuple[Record, str]], lost: Kind | None, say: Language
) -> Iterator[Actor]:
    hidden = None
    for record, host in records:
        contact = holder(record)
        if contact and is_proxy(record, contact):
            detail = say("not in the record; {name} may know", name=contact.called)
            through = say("through the proxy service")
            yield Actor(REGISTRANT, detail=detail, reached=through, source=host)
            yield _named_by(PROXY, contact, host)
            return
        if contact:
            yield _named_by(REGISTRANT, contact, host)
            return
        for other in record.with_role("registrant"):
            detail = say("not shown; the registrar has it")
            hidden = hidden or replace(_named_by(REGISTRANT, other, host), who="", detail=detail)
    if lost and not hidden:
        yield Actor(REGISTRANT, detail=say("not learned; the registrar's directory did not answer"))
    else:
        yield hidden or Actor(REGISTRANT, detail=say("no record names it"))


def _named_by(part: str, contact: Contact, host: str) -> Actor:
    """A contact as one who has that part, as the record of `host` names them."""
    return Actor(part, contact.called, reached=_ways(contact), source=host)


def _registry(session: Session, domain: str) -> Actor:
    """The registry, as the root of WHOIS names who keeps the suffix."""
    say = session.say
    try:
        asked = whois.ask(session, session.entry.whois_root, domain)
    except NoAnswer as problem:
        return Actor(REGISTRY, problem=explained(say, problem.unanswered(session)).sentence)
    record = asked.record
    if record.outcome is not Outcome.FOUND:
        return Actor(REGISTRY, problem=explained(say, no_record(asked, domain)).sentence)
    contact = holder(record)
    if contact is None:
        return Actor(REGISTRY, detail=say("no record names it"))
    keeps = say("it keeps .{suffix}", suffix=record.name) if record.name else ""
    return replace(_named_by(REGISTRY, contact, asked.host), detail=keeps)


def _operators(session: Session, servers: Sequence[tuple[str, str]]) -> list[Actor]:
    """Who holds the addresses of the name servers."""
    say = session.say
    found = [
        _holding(DNS_OPERATOR, _whose(session, address), name)
        if address
        else Actor(
            DNS_OPERATOR,
            detail=name,
            problem=say("No address was found for the name server {name}.", name=name),
        )
        for name, address in servers
    ]
    return _together(found) or [Actor(DNS_OPERATOR, detail=say("no name servers are known"))]


def _hosts(session: Session, found: Dns) -> tuple[list[Actor], str]:
    """Who holds the addresses of the site; and what calls it a content delivery network, or ""."""
    say = session.say
    if not found.addresses:
        return [Actor(HOST, detail=say("no address is known"))], ""
    hosts = []
    cdn = ""
    for address in found.addresses:
        told = _whose(session, address)
        records = list(told.records) if isinstance(told, rdap.NumbersPage) else []
        if words := calls_it_a_cdn(records, found.alias, say):
            cdn = cdn or words
            hosts += [_holding(CDN, told, address), Actor(BEHIND, detail=say("the CDN knows"))]
        elif len({called(holder(record)) for record in records}) > 1:
            hosts += [
                _holding(CUSTOMER, told, address),
                _holding(HOST, told, address, records[-1]),
            ]
        else:
            hosts.append(_holding(HOST, told, address))
    return _together(hosts), cdn


def _whose(session: Session, address: str) -> Result:
    """Ask the registry of numbers whose an address is, or say that there is nobody to ask."""
    number = Number(ip_address(address), address)
    if nobody := of_nobody(number, session.say):
        return Explanation(session.say, Kind.NOT_COVERED, nobody)
    return rdap.rdap(session, number)


def _holding(part: str, told: Result, detail: str = "", of: Record | None = None) -> Actor:
    """The holder of a block that an address is in, as one who has that part.

    That is the smallest block, where no other is given.
    """
    if not isinstance(told, rdap.NumbersPage):
        return Actor(part, detail=detail, problem=told.sentence)
    record = of or told.registry
    contact = holder(record)
    abuse = next(filter(None, map(_ways, record.with_role("abuse"))), "")
    reached = abuse or (_ways(contact) if contact else "")
    return Actor(part, called(contact), detail, reached, told.answers[0].host)


def calls_it_a_cdn(records: Iterable[Record], alias: str, say: Language) -> str:
    """Say what calls the network at an address a content delivery network; "" where nothing does.

    Only words in its registration, or in the name that the site is an alias of, count.
    """
    for record in records:
        for text in (record.name, called(holder(record)), *record.remarks):
            if CDN_WORDS.search(text):
                return tell(say, "who.words_of_registration", text=" ".join(text.split()))
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
        if other := found.get(key):
            details = dict.fromkeys(filter(None, (other.detail, actor.detail)))
            problems = dict.fromkeys(filter(None, (other.problem, actor.problem)))
            actor = replace(other, detail=", ".join(details), problem=" ".join(problems))
        found[key] = actor
    return sorted(found.values(), key=lambda actor: PARTS.index(actor.part))
