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
from labsupport.lookups.registration import (
    called,
    calls_it_a_cdn,
    holder,
    is_proxy,
    no_record,
)
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
        actors: list[Actor] = []
        for part in parts:
            actors += (actor for actor in self.actors if actor.part == part)
        return tuple(actors)

    @property
    def status(self) -> tuple[str, ...]:
        """The statuses of the name, by the registry; none where its record was not had."""
        if isinstance(self.registration, Domain):
            return self.registration.registry.status
        return ()


def who(
    session: Session, typed: Typed, domain: str, access: Sequence[str]
) -> Who | Unanswered:
    """Join what the DNS and the directories say of a name.

    `domain` is the part of it that is registered, as far as the name itself tells. `access` has an
    address of each access network to list. Returns Unanswered where neither the registry nor the
    DNS has the name.
    """
    session = replace(session, network=Once(session.network))
    registered = rdap(session, typed)
    if isinstance(registered, Domain):
        domain = registered.name
    resolved = _ask_dns(session, typed)
    servers = _name_servers(session, domain, registered)
    if (
        isinstance(registered, Unanswered)
        and registered.kind is resolved.kind is Kind.NO_SUCH_NAME
    ):
        return registered
    hosts, cdn = _hosts(session, resolved)
    actors = (
        *_of_the_name(registered),
        _registry(session, domain),
        *_operators(session, servers),
        *hosts,
        *_together(
            _holding(Part.ACCESS, whose(session, address)) for address in access
        ),
    )
    sources = ", ".join(dict.fromkeys(actor.source for actor in actors if actor.source))
    return Who(
        kind=Kind.FOUND if sources else registered.kind,
        provenance=session.provenance(sources) if sources else registered.provenance,
        notes=typed.notes,
        name=typed.text,
        domain=domain,
        registration=registered,
        dns=resolved,
        actors=actors,
        cdn=cdn,
    )


def _ask_dns(session: Session, typed: Typed) -> Dns:
    """Ask for the addresses of a name."""
    alias = ""
    addresses: list[str] = []
    kinds = set()
    for rdtype in (A, AAAA):
        answer = ask(session, typed, rdtype)
        kinds.add(answer.kind)
        for record in answer.records:
            if record.type == "CNAME":
                alias = record.value
        if answer.kind is Kind.FOUND:
            own = [
                record.value for record in answer.records if record.type == answer.type
            ]
            addresses += own[:MOST_ADDRESSES]
    # of one type there may be no address; of the other nobody knows
    kind: Kind = Kind.NO_ANSWER
    if Kind.NO_SUCH_NAME in kinds:
        kind = Kind.NO_SUCH_NAME
    elif Kind.FOUND in kinds:
        kind = Kind.FOUND
    elif kinds == {Kind.NO_SUCH_TYPE}:
        kind = Kind.NO_SUCH_TYPE
    return Dns(kind, tuple(addresses), alias)


def _name_servers(
    session: Session, domain: str, registration: Answered
) -> list[tuple[str, str]]:
    """The name servers of a domain, and an address of each or "".

    What the DNS does not tell, the record of the domain may.
    """
    on_record: dict[str, tuple[str, ...]] = {}
    if isinstance(registration, Domain):
        on_record = {
            server.name: server.addresses
            for server in registration.registry.nameservers
        }
    answer = ask(session, Typed(dns.name.from_text(domain), domain), dns.rdatatype.NS)
    names = [record.value for record in answer.records if record.type == "NS"]
    servers = []
    for name in sorted(names or on_record)[:MOST_NAME_SERVERS]:
        _, address = find_address(session, dns.name.from_text(name))
        if not address:
            address = next(iter(on_record.get(name, ())), "")
        servers.append((name, address))
    return servers


def _of_the_name(registration: Answered) -> Iterator[Actor]:
    """Registrant, proxy service, reseller and registrar, as the records have them."""
    if isinstance(registration, Unanswered):
        for part in (Part.REGISTRANT, Part.REGISTRAR):
            yield Actor(part, problems=(registration,))
        return
    yield from _registrant(registration)
    reseller = _with_role(registration, Part.RESELLER)
    if reseller:
        yield reseller
    yield _with_role(registration, Part.REGISTRAR) or Actor(
        Part.REGISTRAR, told="who.no_registrar"
    )


def _with_role(registration: Domain | Numbers, part: Part) -> Actor | None:
    """Who has a part that records call by the same word."""
    for answer in registration.found:
        for contact in answer.record.with_role(part):
            return _named_by(part, contact, answer.host)
    return None


def _registrant(registration: Domain | Numbers) -> Iterator[Actor]:
    for answer in registration.found:
        record = answer.record
        host = answer.host
        contact = holder(record)
        if contact and is_proxy(record, contact):
            of = (contact.called,)
            yield Actor(Part.REGISTRANT, of=of, source=host, told="who.behind_proxy")
            yield _named_by(Part.PROXY, contact, host)
            return
        if contact:
            yield _named_by(Part.REGISTRANT, contact, host)
            return
    hidden = _with_role(registration, Part.REGISTRANT)
    if hidden:
        yield replace(hidden, who="", told="who.not_shown")
    elif registration.missing:
        yield Actor(Part.REGISTRANT, told="who.not_learned")
    else:
        yield Actor(Part.REGISTRANT, told="who.not_named")


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
    registry = _named_by(Part.REGISTRY, contact, asked.host)
    if not record.name:
        return registry
    return replace(registry, of=(record.name,), told="who.keeps")


def _operators(session: Session, servers: Sequence[tuple[str, str]]) -> list[Actor]:
    """Who holds the addresses of the name servers."""
    operators = []
    for name, address in servers:
        registration: Answered = unanswered(
            Kind.NOT_ASKED, "who.server_without_address", name=name
        )
        if address:
            registration = whose(session, address)
        operators.append(_holding(Part.DNS_OPERATOR, registration, name))
    return _together(operators) or [
        Actor(Part.DNS_OPERATOR, told="who.no_name_servers")
    ]


def _hosts(session: Session, resolved: Dns) -> tuple[list[Actor], str]:
    """Who holds the addresses of the site; and what calls it a content delivery network, or ""."""
    if not resolved.addresses:
        return [Actor(Part.HOST, told="who.no_address")], ""
    hosts = []
    cdn = ""
    for address in resolved.addresses:
        registration = whose(session, address)
        records = registration.records if isinstance(registration, Numbers) else ()
        if words := calls_it_a_cdn(records, resolved.alias):
            cdn = cdn or words
            hosts.append(_holding(Part.CDN, registration, address))
            hosts.append(Actor(Part.BEHIND, told="who.cdn_knows"))
        elif len({called(holder(record)) for record in records}) > 1:
            hosts.append(_holding(Part.CUSTOMER, registration, address))
            hosts.append(_holding(Part.HOST, registration, address, records[-1]))
        else:
            hosts.append(_holding(Part.HOST, registration, address))
    return _together(hosts), cdn


def whose(session: Session, address: str) -> Answered:
    """Ask the registry of numbers whose an address is; Unanswered where it is nobody's."""
    number = Number(ip_address(address), address)
    return nobodys(number) or rdap(session, number)


def _holding(
    part: Part, registration: Answered, name: str = "", block: Record | None = None
) -> Actor:
    """The holder of a block that an address is in, as one who has that part.

    That is the smallest block, where no other is given. `name` is what of theirs it is.
    """
    names = (name,) if name else ()
    if isinstance(registration, Unanswered):
        return Actor(part, of=names, problems=(registration,))
    record = block or registration.registry
    contact = holder(record)
    reached = next(filter(None, map(_ways, record.with_role("abuse"))), "")
    if contact and not reached:
        reached = _ways(contact)
    return Actor(part, called(contact), names, reached, registration.answers[0].host)


def _ways(contact: Contact) -> str:
    """How a contact is reached: by its forms, and by its desk for abuse where it has one.

    Only what has none of these is reached by post.
    """
    desk = next(
        (other for other in contact.contacts if "abuse" in other.roles), contact
    )
    emails = desk.emails or contact.emails
    ways = (*contact.forms, *desk.forms, *emails, *desk.phones)
    return ", ".join(dict.fromkeys(ways)) or contact.address


def _together(actors: Iterable[Actor]) -> list[Actor]:
    """The same actor in the same part once, with all that it is told of."""
    by_part: dict[Part, dict[str, Actor]] = {part: {} for part in Part}
    for actor in actors:
        same_part = by_part[actor.part]
        if other := same_part.get(actor.who):
            of = tuple(dict.fromkeys((*other.of, *actor.of)))
            actor = replace(other, of=of, problems=(*other.problems, *actor.problems))
        same_part[actor.who] = actor
    together: list[Actor] = []
    for same_part in by_part.values():
        together += same_part.values()
    return together
