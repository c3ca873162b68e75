"""A record of a public directory: the same shape, whether RDAP or WHOIS told it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range

LARGEST_AS_NUMBER = 2**32 - 1  # RFC 6793
DATABASE = "last update of RDAP database"  # an Event.action: of what day the directory's copy is

Address = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network


class Outcome(Enum):
    """What a directory's answer is. These must never be taken for one another."""

    FOUND = "found"
    ABSENT = "absent"
    """The directory says that it has no such object."""
    THROTTLED = "throttled"
    """It answers later, or answers less to who asks much: no absence."""
    REFUSED = "refused"
    """It does not answer this question, or this asker."""
    UNREADABLE = "unreadable"
    """Something came that is no answer of this kind: a page, a part of one, nothing."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment as the directory wrote it, and what could be read of it.

    `time` is in UTC; None where `text` could not be read. `day_only`: no time of day was given.
    `zone_assumed`: a time of day was given and no zone, so that UTC was taken.
    """

    text: str
    time: datetime | None = None
    day_only: bool = False
    zone_assumed: bool = False

    @property
    def day(self) -> date | None:
        """The day, in UTC."""
        return self.time.astimezone(UTC).date() if self.time else None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or will: `action` in the words of RDAP (RFC 9083 section 10.2.3).

    "registration", "last changed", "expiration", … `actor` did it, "" where nobody is named.
    `status` is what came of it, such as NIC.br's "ns timeout" of a "delegation check".
    """

    action: str
    when: When
    actor: str = ""
    status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody named in a record.

    `roles` are RDAP's words (RFC 9083 section 10.2.4): "registrant", "registrar", "abuse",
    "technical", "administrative", "reseller", "proxy", … `ids` are public identifiers as
    (kind, identifier), such as ("IANA Registrar ID", "9995"). `forms` are web addresses where
    it may be written to (a contact-uri, RFC 8605). `address` is on one line, without the country
    where that is told apart. `contacts` are its own, such as a registrar's abuse desk.
    """

    roles: tuple[str, ...] = ()
    handle: str = ""
    kind: str = ""
    """"individual", "org", "group" or "": what the jCard says (RFC 6350 section 6.1.4)."""
    name: str = ""
    organisation: str = ""
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    address: str = ""
    country: str = ""
    forms: tuple[str, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    status: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    faxes: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    remarks: tuple[str, ...] = ()
    language: str = ""

    @property
    def called(self) -> str:
        """The organisation, or else the name, or else the handle."""
        return self.organisation or self.name or self.handle


@dataclass(frozen=True, slots=True)
class Nameserver:
    """A name server of a domain, with the addresses that the directory gives for it."""

    name: str
    addresses: tuple[str, ...] = ()
    handle: str = ""
    status: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Redaction:
    """A field that the directory holds, or might, and does not show (RFC 9537).

    `method` is "removal", "emptyValue", "partialValue" or "replacementValue"; "text" where
    words such as "REDACTED FOR PRIVACY" stand in the place of a value. `reason` is "" where
    none is given. `path` is where in the record, as written; `replacement` where what stands in
    its place is found.
    """

    name: str
    method: str = "removal"
    reason: str = ""
    path: str = ""
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A link: `rel` says what it leads to ("self", "related", …), `media_type` in which form.

    `context` is the address of what the link starts from (RFC 9083 calls it "value").
    """

    rel: str
    href: str
    media_type: str = ""
    title: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a directory answered.

    `source` is "rdap" or "whois". `kind` is "domain", "nameserver", "entity", "ip network",
    "autnum", "help", "search" or "". Names are in lower case without the trailing dot; `name` is
    the A-label form, `unicode_name` the other where one was given. `status` is in the words of
    RDAP (RFC 8056 for EPP's), whatever the directory wrote. `signed` tells whether the parent
    has a DS record, `zone_signed` whether the zone has signatures; None where nothing is said.
    For numbers, `first` and `last` are the ends of the block, addresses or AS numbers. `ids` are
    the object's own public identifiers, as (kind, identifier).

    `objects` are records inside this one: what a search found, the networks and AS numbers of
    an entity, the network of a reverse domain, and the parts of a block whose reverse names are
    delegated (kind "reverse delegation"). What they could not read stands in the outer record.

    Nothing is dropped silently: what has no place here stands in `unknown` by its name (with
    the way to it, such as "entities[0].geo"), and what could not be read in `problems`, a
    sentence each, in English.
    """

    source: str
    outcome: Outcome
    kind: str = ""
    handle: str = ""
    name: str = ""
    unicode_name: str = ""
    status: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    contacts: tuple[Contact, ...] = ()
    nameservers: tuple[Nameserver, ...] = ()
    signed: bool | None = None
    ds: tuple[str, ...] = ()
    """DS records as text: key tag, algorithm, digest type, digest in lower case."""
    first: Address | int | None = None
    last: Address | int | None = None
    type: str = ""
    """The kind of a block, in the registry's words: "allocated", "REASSIGNED", …"""
    parent: str = ""
    """The handle of the larger block."""
    country: str = ""
    origins: tuple[int, ...] = ()
    """AS numbers that the directory itself joins to a block of addresses."""
    redacted: tuple[Redaction, ...] = ()
    links: tuple[Link, ...] = ()
    referral: str = ""
    """The host of the WHOIS server that knows more, or ""."""
    remarks: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    conformance: tuple[str, ...] = ()
    language: str = ""
    error_code: int | None = None
    raw: bytes = b""
    unknown: dict[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    zone_signed: bool | None = None
    ids: tuple[tuple[str, str], ...] = ()
    objects: tuple[Record, ...] = ()

    def with_role(self, role: str) -> tuple[Contact, ...]:
        """Return the contacts with that role, a contact's own contacts among them."""
        return tuple(contact for contact in _all(self.contacts) if role in contact.roles)

    def event(self, action: str) -> Event | None:
        """Return the first event of that kind, None where there is none."""
        return next((event for event in self.events if event.action == action), None)

    @property
    def registrar(self) -> Contact | None:
        """Who registered the domain for its holder."""
        return next((c for c in self.contacts if "registrar" in c.roles), None)

    @property
    def prefixes(self) -> tuple[Prefix, ...]:
        """The block as prefixes: several where its ends fit no single one."""
        first, last = self.first, self.last
        if isinstance(first, IPv4Address) and isinstance(last, IPv4Address) and first <= last:
            return tuple(summarize_address_range(first, last))
        if isinstance(first, IPv6Address) and isinstance(last, IPv6Address) and first <= last:
            return tuple(summarize_address_range(first, last))
        return ()


def _all(contacts: tuple[Contact, ...]) -> Iterator[Contact]:
    for contact in contacts:
        yield contact
        yield from _all(contact.contacts)
