"""`lab.who`: all who have a part in a name: what the DNS and the directories say of them.

It joins what the DNS answers, the records of the name, and those of the addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import ip_address

import dns.name
import dns.rdatatype

from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups import whois
from labsupport.lookups.ask import ask
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered, unanswered
from labsupport.lookups.origin import nobodys
from labsupport.lookups.rdap import Answered, Domain, Numbers, rdap
from labsupport.lookups.registration import called, calls_it_a_cdn, holder, is_proxy, no_record
from labsupport.lookups.session import Session
from labsupport.lookups.web import AAAA, A, Once, find_address
from labsupport.rdds.record import Contact, DirectoryOutcome, Record

MOST_ADDRESSES = 2  # of each kind
MOST_NAME_SERVERS = 4


class Part(StrEnum):
    """The parts, in the order in which they stand between the holder of a name and a visitor."""

    REGISTRANT = "registrant"
    PROXY = "proxy service"
    RESELLER = "reseller"
    REGISTRAR = "registrar"
    REGISTRY = "registry"
    DNS_OPERATOR = "DNS operator"
    CDN = "content delivery network"
    BEHIND = "machine behind the CDN"
    HOST = "host"
    CUSTOMER = "customer of the host"
    ACCESS = "access network"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who has a part in a name.

    `who` is what the record calls them, "" where it is not known; `reached`, how to reach them, as
    the record has it; `source`, the server that the record came from. `of` is what of theirs it
    is: name servers, addresses, a suffix. `told` names the words that say this, or why nobody is
    named, "" where `of` says it all. `problems` are why something is not known.
    """

    part: Part
    who: str = ""
    of: tuple[str, ...] = ()
    reached: str = ""
    source: str = ""
    told: str = ""
    problems: tuple[Unanswered, ...] = ()


@dataclass(frozen=True, slots=True)
class Dns:
    """What the DNS says of a name.

    `kind` tells whether it has an address, `alias` is where it leads, "" for nowhere else.
    """

    kind: Kind
    addresses: tuple[str, ...] = ()
    alias: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Who(Lookup):
    """Who has a part in a name.

    `name` is what was asked; `domain`, the registered one it belongs to; `registration`, what
    lab.rdap finds of it; `dns`, what the DNS does; `actors`, in order from the registrant to the
    access networks; `cdn`, the words that call the network at the address a content delivery
    network, "" where nothing does.
    """

    name: str
    domain: str
    registration: Answered
    dns: Dns
    actors: tuple[Actor, ...]
    cdn: str

    def with_part(self, *parts: Part) -> tuple[Actor, ...]:
        """Return those who have one of these parts, part by part."""
        return tuple(actor for part in parts for actor in self.actors if actor.part == part)

    @property
    def status(self) -> tuple[str, ...]:
        """The statuses of the name, by the registry; none where its record was not had."""
        found = self.registration
        return found.registry.status if isinstance(found, Domain) else ()


def who(session: Session, typed: Typed, domain: str, access: Sequence[str]) -> Who | Unanswered:
    """Join what the DNS and the directories say of a name.

    `domain` is the part of it that is registered, as far as the name itself tells. `access` has an
    address of each access network to list. Returns Unanswered where neither the registry nor the
    DNS has the name.
    """
    session = replace(session, network=Once(session.network))
    registered = rdap(session, typed)
    if isinstance(registered, Domain):
        domain = registered.name
    found, servers = _ask_dns(session, typed), _name_servers(session, domain, registered)
    if isinstance(registered, Unanswered) and registered.kind is found.kind is Kind.NO_SUCH_NAME:
        return registered
    hosts, cdn = _hosts(session, found)
    actors = (
        *_of_the_name(registered),
        _registry(session, domain),
        *_operators(session, servers),
        *hosts,
        *_together(_holding(Part.ACCESS, whose(session, address)) for address in access),
    )
    sources = ", ".join(dict.fromkeys(actor.source for actor in actors if actor.source))
    return Who(
        kind=Kind.FOUND if sources else registered.kind,
        provenance=session.provenance(sources) if sources else registered.provenance,
        notes=typed.notes,
        name=typed.text,
        domain=domain,
        registration=registered,
        dns=found,
        actors=actors,
        cdn=cdn,
    )


def _ask_dns(session: Session, typed: Typed) -> Dns:
    """Ask for the addresses of a name."""
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
    return Dns(kind, tuple(addresses), alias)


def _name_servers(session: Session, domain: str, registration: Answered) -> list[tuple[str, str]]:
    """The name servers of a domain, and an address of each or "".

    What the DNS does not tell, the record of the domain may.
    """
    on_record: dict[str, tuple[str, ...]] = {}
    if isinstance(registration, Domain):
        on_record = {server.name: server.addresses for server in registration.registry.nameservers}
    answer = ask(session, Typed(dns.name.from_text(domain), domain), dns.rdatatype.NS)
    names = [record.value for record in answer.records if record.type == "NS"]
    servers = []
    for name in sorted(names or on_record)[:MOST_NAME_SERVERS]:
        _, address = find_address(session, dns.name.from_text(name))
        servers.append((name, address or next(iter(on_record.get(name, ())), "")))
    return servers


def _of_the_name(registration: Answered) -> Iterator[Actor]:
    """Registrant, proxy service, reseller and registrar, as the records have them."""
    if isinstance(registration, Unanswered):
        for part in (Part.REGISTRANT, Part.REGISTRAR):
            yield Actor(part, problems=(registration,))
        return
    yield from _registrant(registration)
    for part in (Part.RESELLER, Part.REGISTRAR):  # which records call by the same words
        named = [(c, one.host) for one in registration.found for c in one.record.with_role(part)]
        if named:
            yield _named_by(part, *named[0])
        elif part is Part.REGISTRAR:
            yield Actor(part, told="who.no_registrar")


def _registrant(registration: Domain | Numbers) -> Iterator[Actor]:
    hidden = None
    for found in registration.found:
        record, host, contact = found.record, found.host, holder(found.record)
        if contact and is_proxy(record, contact):
            of = (contact.called,)
            yield Actor(Part.REGISTRANT, of=of, source=host, told="who.behind_proxy")
            yield _named_by(Part.PROXY, contact, host)
            return
        if contact:
            yield _named_by(Part.REGISTRANT, contact, host)
            return
        for other in record.with_role("registrant"):
            one = _named_by(Part.REGISTRANT, other, host)
            hidden = hidden or replace(one, who="", told="who.not_shown")
    told = "who.not_learned" if registration.missing else "who.not_named"
    yield hidden or Actor(Part.REGISTRANT, told=told)


def _named_by(part: Part, contact: Contact, host: str) -> Actor:
    """A contact as one who has that part, as the record of `host` names them."""
    return Actor(part, contact.called, reached=_ways(contact), source=host)


def _registry(session: Session, domain: str) -> Actor:
    """The registry, as the root of WHOIS names who keeps the suffix."""
    try:
        asked = whois.ask(session, session.entry.whois_root, domain)
    except NoAnswer as problem:
        return Actor(Part.REGISTRY, problems=(problem.unanswered(session),))
    record = asked.record
    if record.outcome is not DirectoryOutcome.FOUND:
        return Actor(Part.REGISTRY, problems=(no_record(asked, domain),))
    contact = holder(record)
    if contact is None:
        return Actor(Part.REGISTRY, told="who.not_named")
    found = _named_by(Part.REGISTRY, contact, asked.host)
    return replace(found, of=(record.name,), told="who.keeps") if record.name else found


def _operators(session: Session, servers: Sequence[tuple[str, str]]) -> list[Actor]:
    """Who holds the addresses of the name servers."""
    found = []
    for name, address in servers:
        lost = unanswered(None, "who.server_without_address", name=name)
        told = whose(session, address) if address else lost
        found.append(_holding(Part.DNS_OPERATOR, told, name))
    return _together(found) or [Actor(Part.DNS_OPERATOR, told="who.no_name_servers")]


def _hosts(session: Session, found: Dns) -> tuple[list[Actor], str]:
    """Who holds the addresses of the site; and what calls it a content delivery network, or ""."""
    if not found.addresses:
        return [Actor(Part.HOST, told="who.no_address")], ""
    hosts = []
    cdn = ""
    for address in found.addresses:
        told = whose(session, address)
        records = told.records if isinstance(told, Numbers) else ()
        if words := calls_it_a_cdn(records, found.alias):
            cdn = cdn or words
            hosts += [_holding(Part.CDN, told, address), Actor(Part.BEHIND, told="who.cdn_knows")]
        elif len({called(holder(record)) for record in records}) > 1:
            hosts.append(_holding(Part.CUSTOMER, told, address))
            hosts.append(_holding(Part.HOST, told, address, records[-1]))
        else:
            hosts.append(_holding(Part.HOST, told, address))
    return _together(hosts), cdn


def whose(session: Session, address: str) -> Answered:
    """Ask the registry of numbers whose an address is; Unanswered where it is nobody's."""
    number = Number(ip_address(address), address)
    return nobodys(number) or rdap(session, number)


def _holding(part: Part, told: Answered, name: str = "", of: Record | None = None) -> Actor:
    """The holder of a block that an address is in, as one who has that part.

    That is the smallest block, where no other is given. `name` is what of theirs it is.
    """
    names = (name,) if name else ()
    if isinstance(told, Unanswered):
        return Actor(part, of=names, problems=(told,))
    record = of or told.registry
    contact = holder(record)
    abuse = next(filter(None, map(_ways, record.with_role("abuse"))), "")
    reached = abuse or (_ways(contact) if contact else "")
    return Actor(part, called(contact), names, reached, told.answers[0].host)


def _ways(contact: Contact) -> str:
    """How a contact is reached: by its forms, and by its desk for abuse where it has one.

    Only what has none of these is reached by post.
    """
    desk = next((c for c in contact.contacts if "abuse" in c.roles), contact)
    ways = (*contact.forms, *desk.forms, *(desk.emails or contact.emails), *desk.phones)
    return ", ".join(dict.fromkeys(ways)) or contact.address


def _together(actors: Iterable[Actor]) -> list[Actor]:
    """The same actor in the same part once, with all that it is told of."""
    found: dict[tuple[Part, str], Actor] = {}
    for actor in actors:
        key = (actor.part, actor.who)
        if other := found.get(key):
            of = tuple(dict.fromkeys((*other.of, *actor.of)))
            actor = replace(other, of=of, problems=(*other.problems, *actor.problems))
        found[key] = actor
    order = list(Part)
    return sorted(found.values(), key=lambda actor: order.index(actor.part))
