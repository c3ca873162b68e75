"""A record of a public directory: the same shape, whether RDAP or WHOIS told it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    summarize_address_range,
)

LARGEST_AS_NUMBER = 2**32 - 1  # RFC 6793

Address = IPv4Address | IPv6Address
Prefix = IPv4Network | IPv6Network


class DirectoryOutcome(Enum):
    """What a directory's answer is. These must never be taken for one another."""

    FOUND = "found"
    ABSENT = "absent"
    """The directory says that it has no such object."""
    THROTTLED = "throttled"
    """It answers later, or answers less to who asks much: no absence."""
    REFUSED = "refused"
    """It does not answer this question, or this asker."""
    OTHER = "other"
    """It is a record, of something else than what was asked."""
    UNREADABLE = "unreadable"
    """Something came that is no answer of this kind: a page, a part of one, nothing."""


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A moment as the directory wrote it; `time`, in UTC, is None where it could not be read."""

    text: str
    time: datetime | None = None

    @property
    def day(self) -> date | None:
        """The day, in UTC."""
        return self.time.astimezone(UTC).date() if self.time else None

    def __str__(self) -> str:
        return str(self.day or self.text)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, or will: `action` in the words of RDAP (RFC 9083 section 10.2.3).

    In small letters: "registration", "last changed", "last update of rdap database", …
    """

    action: str
    when: WrittenTime


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

    @property
    def called(self) -> str:
        """The organisation, or else the name, or else the handle."""
        return self.organisation or self.name or self.handle


@dataclass(frozen=True, slots=True)
class Nameserver:
    """A name server of a domain, with the addresses that the directory gives for it."""

    name: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redaction:
    """A field that the directory holds, or might, and does not show (RFC 9537).

    `method` is "removal", "emptyValue", "partialValue" or "replacementValue"; "text" where
    words such as "REDACTED FOR PRIVACY" stand in the place of a value. `reason` is "" where
    none is given.
    """

    name: str
    method: str = "removal"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecordLink:
    """A link: `rel` says what it leads to ("related", "up", …), `media_type` in which form."""

    rel: str
    href: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a directory answered.

    `kind` is "domain", "ip network", "autnum" or "". Names are in lower case, as A-labels, without
    the trailing dot. `status` is in the words of RDAP (RFC 8056 for EPP's), whatever the directory
    wrote. `signed` tells whether the parent has a DS
    record; None where nothing is said. For numbers, `first` and `last` are the ends of the block,
    addresses or AS numbers. What could not be read is told in `problems`, a sentence each, in
    English; `raw` has all.
    """

    outcome: DirectoryOutcome
    kind: str = ""
    handle: str = ""
    name: str = ""
    status: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    contacts: tuple[Contact, ...] = ()
    nameservers: tuple[Nameserver, ...] = ()
    signed: bool | None = None
    first: Address | int | None = None
    last: Address | int | None = None
    type: str = ""
    """The kind of a block, in the registry's words: "allocated", "REASSIGNED", …"""
    country: str = ""
    origins: tuple[int, ...] = ()
    """AS numbers that the directory itself joins to a block of addresses."""
    redacted: tuple[Redaction, ...] = ()
    links: tuple[RecordLink, ...] = ()
    referral: str = ""
    """The host of the WHOIS server that knows more, or ""."""
    remarks: tuple[str, ...] = ()
    error_code: int | None = None
    raw: bytes = b""
    problems: tuple[str, ...] = ()

    def with_role(self, role: str) -> tuple[Contact, ...]:
        """Return the contacts with that role, a contact's own contacts among them."""
        return tuple(
            contact for contact in _all(self.contacts) if role in contact.roles
        )

    def event(self, *actions: str) -> Event | None:
        """Return the first event of the first of these kinds that there is, None without one."""
        for action in actions:
            for event in self.events:
                if event.action == action:
                    return event
        return None

    @property
    def registrar(self) -> Contact | None:
        """Who registered the domain for its holder."""
        for contact in self.contacts:
            if "registrar" in contact.roles:
                return contact
        return None

    @property
    def prefixes(self) -> tuple[Prefix, ...]:
        """The block as prefixes: several where its ends fit no single one."""
        first = self.first
        last = self.last
        if isinstance(first, IPv4Address) and isinstance(last, IPv4Address):
            return tuple(summarize_address_range(first, last)) if first <= last else ()
        if isinstance(first, IPv6Address) and isinstance(last, IPv6Address):
            return tuple(summarize_address_range(first, last)) if first <= last else ()
        return ()


def _all(contacts: tuple[Contact, ...]) -> Iterator[Contact]:
    for contact in contacts:
        yield contact
        yield from _all(contact.contacts)
