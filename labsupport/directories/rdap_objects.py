"""The objects of RDAP answers (RFC 9083 section 5, RFC 9537), read into a `Record`.

Standards say how an object should look; what is read here is what comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import astuple
from typing import Any

from labsupport.directories import jcard, values
from labsupport.directories.gathering import Gathering, Object, items, way
from labsupport.directories.record import (
    DATABASE,
    LARGEST_AS_NUMBER,
    Address,
    Contact,
    Event,
    Link,
    Nameserver,
    Outcome,
    Record,
    Redaction,
    When,
)

DEEPEST = 8  # records and contacts within each other; real ones go to three

# What each object may have (RFC 9083 section 5), and the extensions that are read.
COMMON = frozenset(
    {
        "entities",
        "events",
        "handle",
        "lang",
        "links",
        "notices",
        "objectClassName",
        "port43",
        "publicIds",
        "rdapConformance",
        "redacted",
        "remarks",
        "status",
    }
)
OF_NAMES = COMMON | {"ldhName", "unicodeName"}
OF_NUMBERS = COMMON | {
    "arin_originas0_originautnums",
    "country",
    "lacnic_legalRepresentative",
    "lacnic_originAutnum",
    "lacnic_reverseDelegations",
    "legalRepresentative",
    "name",
    "nicbr_autnum",
    "nicbr_reverseDelegations",
    "originAutnum",
    "parentHandle",
    "type",
}
RESULTS = {
    "autnumSearchResults": "autnum",  # RFC 9910, as ipSearchResults
    "domainSearchResults": "domain",
    "entitySearchResults": "entity",
    "ipSearchResults": "ip network",
    "nameserverSearchResults": "nameserver",
}
OF_ENTITIES = (COMMON - {"redacted"}) | {
    "asEventActor",
    "lacnic_legalRepresentative",
    "legalRepresentative",
    "roles",
    "vcardArray",
}
OF_WHOLE_ANSWERS = frozenset({"lang", "notices", "rdapConformance"})
MEMBERS: dict[str, frozenset[str]] = {
    "autnum": OF_NUMBERS | {"startAutnum", "endAutnum"},
    "domain": OF_NAMES | {"nameservers", "network", "secureDNS"},
    "entity": OF_ENTITIES | {"autnums", "networks", "redacted"},
    "help": COMMON,
    "ip network": OF_NUMBERS | {"cidr0_cidrs", "endAddress", "ipVersion", "startAddress"},
    "nameserver": OF_NAMES | {"ipAddresses"},
    "search": COMMON | frozenset(RESULTS),
    "": COMMON | {"description", "errorCode", "title"},
}
ALL_MEMBERS = frozenset[str]().union(*MEMBERS.values())
CLASSES = {
    "as": "autnum",
    "asn": "autnum",
    "autnum": "autnum",
    "domain": "domain",
    "entity": "entity",
    "inetnum": "ip network",
    "ip": "ip network",
    "ipnetwork": "ip network",
    "nameserver": "nameserver",
    "network": "ip network",
}
ADDRESS_MEMBERS = frozenset({"v4", "v6"})
DELEGATION_MEMBERS = frozenset({"endAddress", "nameservers", "startAddress"})
DS_ORDER = ("keyTag", "algorithm", "digestType", "digest")
DS_MEMBERS = frozenset(DS_ORDER)
EVENT_MEMBERS = frozenset({"eventAction", "eventActor", "eventDate", "status"})
ID_MEMBERS = frozenset({"identifier", "type"})
LINK_MEMBERS = frozenset({"href", "rel", "title", "type", "value"})
NAMESERVER_MEMBERS = frozenset(
    {"events", "handle", "ipAddresses", "ldhName", "objectClassName", "status", "unicodeName"}
)
PREFIX_MEMBERS = frozenset({"length", "v4prefix", "v6prefix"})
REMARK_MEMBERS = frozenset({"description", "links", "title", "type"})
PATHS = ("prePath", "postPath", "path")
REDACTED_MEMBERS = frozenset(
    {"method", "name", "path", "pathLang", "postPath", "prePath", "reason", "replacementPath"}
)
SECURE_MEMBERS = frozenset({"delegationSigned", "dsData", "zoneSigned"})
WORDED_MEMBERS = frozenset({"description", "type"})
METHODS = {
    "emptyvalue": "emptyValue",
    "partialvalue": "partialValue",
    "removal": "removal",
    "replacementvalue": "replacementValue",
}
# Extensions of the registries: the same thing by several names.
DELEGATIONS = ("lacnic_reverseDelegations", "nicbr_reverseDelegations")
ORIGINS = ("arin_originas0_originautnums", "lacnic_originAutnum", "nicbr_autnum", "originAutnum")
REPRESENTATIVES = ("lacnic_legalRepresentative", "legalRepresentative")
NEVER = When("")


class Objects(Gathering):
    """One answer whose objects are being read.

    `depth` counts how many objects stand around one; see `Gathering` for `at` and `key`.
    """

    __slots__ = ("inside", "referral")

    def __init__(self, problems: tuple[str, ...] = ()) -> None:
        super().__init__(problems)
        self.inside: list[Record] = []
        self.referral = ""

    def kind(self, value: Object) -> str:
        """Return the kind of an object, by what it says or else by what it has; "" for none."""
        said = value.get("objectClassName")
        if isinstance(said, str):
            kind = CLASSES.get(said) or CLASSES.get(re.sub(r"[^a-z]", "", said.lower()))
            if kind:
                return kind
        if said is not None:
            self.misplaced(said, "objectClassName")
        return _kind_by_members(value)

    def whole(self, value: Object, kind: str, data: bytes) -> Record:
        """Return the record of an answer that is an object."""
        self.referral, _ = self.name(value, "port43", "")
        return self.record(value, kind, "", 0, data)

    def record(self, value: Object, kind: str, at: str, depth: int, data: bytes = b"") -> Record:
        """Read an object; the outermost record tells of what its inner ones could not read."""
        value = self.members(value, MEMBERS[kind], at)
        around, self.inside = self.inside, []
        special: dict[str, Any] = {"handle": self.text(value, "handle", at)}
        special |= READERS[kind](self, value, at, depth)
        if kind != "entity":  # an entity is a contact, and what is in it is its own
            contacts = special.get("contacts", ())
            special["contacts"] = contacts + self.contacts(value, "entities", at, depth)
        redacted = self.redactions(value, "redacted", at)
        if not at:
            # Words in the place of a value, wherever in the answer; and what remarks tell of
            # fields left out, unless RFC 9537 tells it better.
            redacted += tuple(r for r in self.redacted if r.method == "text" or not redacted)
        record = Record(
            "rdap",
            Outcome.FOUND,
            kind,
            redacted=redacted,
            objects=tuple(self.inside),
            raw=data,
            **special,
            **self.common(value, at),
            # What inner objects have in them may be told only by the outermost.
            unknown={} if at else self.unknown,
            problems=() if at else tuple(self.problems),
        )
        self.inside = around
        return record

    def common(self, value: Object, at: str) -> Object:
        """Read what every object may have, and an error too."""
        return {
            "status": self.statuses(value, "status", at),
            "events": self.events(value, "events", at),
            "links": self.links(value, "links", at),
            "referral": self.name(value, "port43", at)[0] if "port43" in value else "",
            "remarks": self.remarks(value, "remarks", at),
            "notices": self.remarks(value, "notices", at),
            "conformance": self.texts(value, "rdapConformance", at),
            "language": self.text(value, "lang", at),
            "ids": self.public_ids(value, "publicIds", at),
        }

    def inner(self, value: Object, key: str, kind: str, at: str, depth: int) -> None:
        """Read objects that stand inside another."""
        for number, item in enumerate(items(value.get(key))):
            here = f"{way(at, key)}[{number}]"
            if not isinstance(item, dict) or depth >= DEEPEST:
                self.misplaced(item, here)
            else:
                self.inside.append(self.record(item, kind, here, depth + 1))

    # The kinds of objects: what each has of its own

    def domain(self, value: Object, at: str, depth: int) -> Object:
        name, unicode_name = self.names(value, at)
        self.inner(value, "network", "ip network", at, depth)
        return {
            "name": name,
            "unicode_name": unicode_name,
            "nameservers": self.nameservers(value, "nameservers", at),
        } | self.secure(value, "secureDNS", at)

    def nameserver(self, value: Object, at: str, depth: int) -> Object:
        name, unicode_name = self.names(value, at)
        addresses = self.addresses(value, "ipAddresses", at)
        servers = (Nameserver(name, addresses),) if name or addresses else ()
        return {"name": name, "unicode_name": unicode_name, "nameservers": servers}

    def entity(self, value: Object, at: str, depth: int) -> Object:
        contact = self.contact(value, at, depth)
        self.inner(value, "networks", "ip network", at, depth)
        self.inner(value, "autnums", "autnum", at, depth)
        return {"name": contact.called, "contacts": (contact,)}

    def network(self, value: Object, at: str, depth: int) -> Object:
        first, last = self.block(value, at)
        if "cidr0_cidrs" in value:
            first, last = self.checked(first, last, value, at)
        version = self.text(value, "ipVersion", at)
        if version and (first is None or not version.endswith(str(first.version))):
            self.misplaced(version, way(at, "ipVersion"))
        return {"first": first, "last": last} | self.numbers(value, at)

    def autnum(self, value: Object, at: str, depth: int) -> Object:
        first = self.number(value, "startAutnum", at)
        last = self.number(value, "endAutnum", at)
        first, last = (last if first is None else first), (first if last is None else last)
        if first is not None and last is not None and not first <= last <= LARGEST_AS_NUMBER:
            self.misplaced(value.get("startAutnum"), way(at, "startAutnum"))
            self.misplaced(value.get("endAutnum"), way(at, "endAutnum"))
            first = last = None
        return {"first": first, "last": last} | self.numbers(value, at)

    def search(self, value: Object, at: str, depth: int) -> Object:
        for key, kind in RESULTS.items():
            self.inner(value, key, kind, at, depth)
        return {}

    def help(self, value: Object, at: str, depth: int) -> Object:
        return {}

    def numbers(self, value: Object, at: str) -> Object:
        """Read what networks and AS numbers have in common, and the registries' extensions."""
        origins = [asn for key in ORIGINS if key in value for asn in self.origins(value, key, at)]
        for key in DELEGATIONS:
            for number, item in enumerate(items(value.get(key))):
                self.reverse_delegation(item, f"{way(at, key)}[{number}]")
        return {
            "name": self.text(value, "name", at),
            "type": self.text(value, "type", at),
            "country": self.text(value, "country", at),
            "parent": self.text(value, "parentHandle", at),
            "contacts": self.representatives(value, at),
            "origins": tuple(dict.fromkeys(origins)),
        }

    def reverse_delegation(self, value: object, at: str) -> None:
        if value := self.members(value, DELEGATION_MEMBERS, at):
            first, last = self.block(value, at)
            self.inside.append(
                Record(
                    "rdap",
                    Outcome.FOUND,
                    "reverse delegation",
                    first=first,
                    last=last,
                    nameservers=self.nameservers(value, "nameservers", at),
                )
            )

    # Contacts

    def contacts(self, value: Object, key: str, at: str, depth: int) -> tuple[Contact, ...]:
        found = []
        for number, item in enumerate(items(value.get(key))):
            here = f"{way(at, key)}[{number}]"
            if not isinstance(item, dict) or depth >= DEEPEST:
                self.misplaced(item, here)
                continue
            item = self.members(item, OF_ENTITIES, here)
            found.append(self.contact(item, here, depth + 1))
            for name in item.keys() & OF_WHOLE_ANSWERS:
                self.keep(item[name], way(here, name))
            if "port43" in item and self.name(item, "port43", here)[0] != self.referral:
                self.keep(item["port43"], way(here, "port43"))
        return tuple(found)

    def contact(self, value: Object, at: str, depth: int) -> Contact:
        """Read an entity. Whoever calls has taken care of the members it does not know."""
        roles = tuple(role.lower().replace("_", " ") for role in self.texts(value, "roles", at))
        whose = roles[0] if roles else "contact"
        remarks = self.remarks(value, "remarks", at)
        links = self.links(value, "links", at)
        redacted = len(self.redacted)
        card: Object = {}
        if "vcardArray" in value:
            card = jcard.read(value["vcardArray"], whose, way(at, "vcardArray"), self)
            links += card.pop("links")
        if len(self.redacted) == redacted:
            # Nothing in the card says which fields are left out; a remark may say that some are.
            self.redacted += [
                Redaction(whose, "removal", remark, at)
                for remark in remarks
                if values.withheld(remark) or "redacted due to" in remark
            ]
        return Contact(
            roles=roles,
            handle=self.text(value, "handle", at),
            ids=self.public_ids(value, "publicIds", at),
            status=self.statuses(value, "status", at),
            contacts=(
                self.representatives(value, at) + self.contacts(value, "entities", at, depth)
            ),
            events=self.events(value, "events", at) + self.events(value, "asEventActor", at),
            links=links,
            remarks=remarks,
            **card,
        )

    def representatives(self, value: Object, at: str) -> tuple[Contact, ...]:
        return tuple(
            Contact(("legal representative",), name=name)
            for key in REPRESENTATIVES
            if key in value
            for name in self.texts(value, key, at)
        )

    def public_ids(self, value: Object, key: str, at: str) -> tuple[tuple[str, str], ...]:
        found = []
        for here, item in self.each(value, key, at, ID_MEMBERS):
            identifier = self.text(item, "identifier", here)
            if identifier:
                found.append((self.text(item, "type", here), identifier))
            else:
                self.misplaced(item, here)
        return tuple(found)

    # Names, name servers, DNSSEC

    def names(self, value: Object, at: str) -> tuple[str, str]:
        """Return the A-label form and the other; one of them may be all that is there."""
        name, written = self.name(value, "ldhName", at)
        if value.get("unicodeName") is None:
            return name, written
        converted, other = self.name(value, "unicodeName", at)
        if name and converted and name != converted:
            self.misplaced(value["unicodeName"], way(at, "unicodeName"))
        return name or converted, other or converted or written

    def nameservers(self, value: Object, key: str, at: str) -> tuple[Nameserver, ...]:
        found = []
        for here, item in self.each(value, key, at, NAMESERVER_MEMBERS, "ldhName"):
            name, _ = self.names(item, here)
            addresses = self.addresses(item, "ipAddresses", here)
            if name or addresses:
                found.append(
                    Nameserver(
                        name,
                        addresses,
                        self.text(item, "handle", here),
                        self.statuses(item, "status", here),
                        self.events(item, "events", here),
                    )
                )
            else:
                self.misplaced(item, here)
        return tuple(found)

    def addresses(self, value: Object, key: str, at: str) -> tuple[str, ...]:
        """Read the addresses of a name server: {"v4": […], "v6": […]}, or only a list."""
        told = value.get(key)
        if told is None:
            return ()
        here = way(at, key)
        if isinstance(told, dict):
            told = self.members(told, ADDRESS_MEMBERS, here)
            told = [*items(told.get("v4")), *items(told.get("v6"))]
        found = []
        for text in self.as_texts(told, here):
            try:
                found.append(str(values.address(text)))
            except ValueError:
                self.misplaced(text, here)
        return tuple(found)

    def secure(self, value: Object, key: str, at: str) -> Object:
        here = way(at, key)
        secure = self.members(value.get(key), SECURE_MEMBERS, here)
        signed = self.truth(secure, "delegationSigned", here)
        found = []
        for there, item in self.each(secure, "dsData", here, DS_MEMBERS):
            parts = [self.text(item, key, there) for key in DS_ORDER]
            if all(parts):
                parts[-1] = "".join(parts[-1].lower().split())
                found.append(" ".join(parts))
            else:
                self.misplaced(item, there)
        if found and signed is False:
            self.problems.append(f"{here}: it says that nothing is signed, and has a DS record.")
        return {
            "signed": True if found and signed is None else signed,
            "zone_signed": self.truth(secure, "zoneSigned", here),
            "ds": tuple(found),
        }

    # Numbers

    def block(self, value: Object, at: str) -> tuple[Address | None, Address | None]:
        """Read the ends of a block; one end alone may have its length behind a stroke."""
        first, length = self.end(value, "startAddress", at)
        last, _ = self.end(value, "endAddress", at)
        if first is not None and length and (last is None or last == first):
            if size := _size(first, length):
                last = type(first)(int(first) + size - 1)
            else:
                self.misplaced(value["startAddress"], way(at, "startAddress"))
        if first is not None and last is not None:
            if first.version != last.version:
                self.misplaced(value["endAddress"], way(at, "endAddress"))
                last = None
            elif int(first) > int(last):
                self.problems.append(f"{way(at, 'startAddress')}: {first} comes after {last}.")
        return first, last

    def end(self, value: Object, key: str, at: str) -> tuple[Address | None, str]:
        """Return an end of a block, and the length of a prefix behind it or ""."""
        text = self.text(value, key, at)
        if not text:
            return None, ""
        written, _, length = text.partition("/")
        try:
            return values.address(written), length
        except ValueError:
            self.misplaced(text, way(at, key))
            return None, ""

    def checked(
        self, first: Address | None, last: Address | None, value: Object, at: str
    ) -> tuple[Address | None, Address | None]:
        """Return the ends of a block, from its prefixes where they are not told otherwise.

        Prefixes that are another block than its ends are kept unread.
        """
        blocks: list[tuple[Address, int]] = []
        for here, item in self.each(value, "cidr0_cidrs", at, PREFIX_MEMBERS):
            key = "v4prefix" if item.get("v4prefix") else "v6prefix"
            address, behind = self.end(item, key, here)
            size = _size(address, self.text(item, "length", here) or behind) if address else 0
            if address and size:
                blocks.append((address, size))
            else:
                self.misplaced(item, here)
        if not blocks:
            return first, last
        lowest = min(blocks, key=lambda block: int(block[0]))[0]
        end = max(int(start) + size - 1 for start, size in blocks)
        whole = sum(size for _, size in blocks) == end - int(lowest) + 1
        if first is None and last is None and whole:
            return lowest, type(lowest)(end)
        if not whole or first != lowest or last is None or int(last) != end:
            self.misplaced(value["cidr0_cidrs"], way(at, "cidr0_cidrs"))
        return first, last

    def origins(self, value: Object, key: str, at: str) -> list[int]:
        found = []
        for text in self.texts(value, key, at):
            for part in text.upper().replace(",", " ").split():
                digits = part.removeprefix("AS")
                if digits.isascii() and digits.isdigit() and len(digits) <= 10:
                    number = int(digits)
                    if 0 < number <= LARGEST_AS_NUMBER:
                        found.append(number)
                        continue
                if part not in ("N/A", "-", "NONE", "0"):
                    self.misplaced(text, way(at, key))
        return found

    # Events, links, words

    def each(
        self, value: Object, key: str, at: str, known: frozenset[str], single: str = ""
    ) -> list[tuple[str, Object]]:
        """Return the objects of an array, each with the way to it.

        A text in the place of an object is taken for its member `single`, where that is given.
        """
        told = value.get(key)
        if told is None:
            return []
        start = way(at, key)
        found = []
        for number, item in enumerate(items(told)):
            here = f"{start}[{number}]"
            if single and isinstance(item, str):
                item = {single: item}
            if item := self.members(item, known, here):
                found.append((here, item))
        return found

    def events(self, value: Object, key: str, at: str) -> tuple[Event, ...]:
        found = []
        for here, item in self.each(value, key, at, EVENT_MEMBERS):
            action = self.text(item, "eventAction", here)
            date = self.text(item, "eventDate", here)
            if not action and not date:
                self.misplaced(item, here)
                continue
            when = values.moment(date) if date else NEVER
            if when.time is None:
                self.misplaced(date, way(here, "eventDate"))
            elif when.zone_assumed:
                self.problems.append(f"{way(here, 'eventDate')}: no zone is given; UTC was taken.")
            actor = self.text(item, "eventActor", here)
            found.append(Event(_word(action), when, actor, self.statuses(item, "status", here)))
        return tuple(found)

    def links(self, value: Object, key: str, at: str) -> tuple[Link, ...]:
        found = []
        for here, item in self.each(value, key, at, LINK_MEMBERS, "href"):
            href = self.text(item, "href", here)
            if not href:
                self.misplaced(item, here)
                continue
            found.append(
                Link(
                    self.text(item, "rel", here).lower(),
                    href,
                    self.text(item, "type", here),
                    self.text(item, "title", here),
                    self.text(item, "value", here),
                )
            )
        return tuple(found)

    def remarks(self, value: Object, key: str, at: str) -> tuple[str, ...]:
        """Read notices or remarks: title, type, description, and a line for each link."""
        found = []
        for here, item in self.each(value, key, at, REMARK_MEMBERS, "description"):
            lines = [
                self.text(item, "title", here),
                self.text(item, "type", here),
                *self.texts(item, "description", here),
                *(
                    " ".join(filter(None, astuple(link)))
                    for link in self.links(item, "links", here)
                ),
            ]
            if text := "\n".join(filter(None, lines)):
                found.append(text)
        return tuple(found)

    def redactions(self, value: Object, key: str, at: str) -> tuple[Redaction, ...]:
        found = []
        for here, item in self.each(value, key, at, REDACTED_MEMBERS, "name"):
            method = self.text(item, "method", here) or "removal"
            paths = [path for key in PATHS if (path := self.text(item, key, here))]
            for path in paths[1:]:
                self.keep(path, way(here, "path"))
            found.append(
                Redaction(
                    self.worded(item, "name", here),
                    METHODS.get(method.lower(), method),
                    self.worded(item, "reason", here),
                    paths[0] if paths else "",
                    self.text(item, "replacementPath", here),
                )
            )
        return tuple(found)

    def worded(self, value: Object, key: str, at: str) -> str:
        """Read what RFC 9537 says in words or by a registered type; some write text alone."""
        told = value.get(key)
        if not isinstance(told, dict):
            return self.text(value, key, at)
        here = way(at, key)
        told = self.members(told, WORDED_MEMBERS, here)
        return self.text(told, "description", here) or self.text(told, "type", here)

    def statuses(self, value: Object, key: str, at: str) -> tuple[str, ...]:
        return tuple(map(_word, self.texts(value, key, at))) if key in value else ()


def _kind_by_members(value: Object) -> str:
    if value.keys() & RESULTS.keys():
        return "search"
    if "errorCode" in value:
        return ""
    if "startAddress" in value or "cidr0_cidrs" in value:
        return "ip network"
    if "startAutnum" in value:
        return "autnum"
    if "ipAddresses" in value and "nameservers" not in value:
        return "nameserver"
    if value.keys() & {"ldhName", "unicodeName", "nameservers", "secureDNS"}:
        return "domain"
    if "vcardArray" in value or "roles" in value:
        return "entity"
    if "notices" in value and not value.keys() & {"description", "title"}:
        return "help"
    return ""


def _word(text: str) -> str:
    """Return a status or an action in the words of RDAP."""
    if text in WORDS:
        return text
    word = values.status(text)
    return DATABASE if word == DATABASE.lower() else word


def _size(address: Address, length: str) -> int:
    """Return how many addresses a prefix has, 0 where it is none."""
    if not (length.isascii() and length.isdigit() and len(length) <= 3):
        return 0
    left = address.max_prefixlen - int(length)
    return 1 << left if left >= 0 and not int(address) & ((1 << left) - 1) else 0


# The words that nearly all records have: looked up, not worked out.
WORDS = frozenset(
    {
        "active",
        "associated",
        "client delete prohibited",
        "client hold",
        "client renew prohibited",
        "client transfer prohibited",
        "client update prohibited",
        "expiration",
        "last changed",
        "registration",
        "server delete prohibited",
        "server transfer prohibited",
        "server update prohibited",
        "transfer",
        "validated",
        DATABASE,
    }
)
READERS: dict[str, Callable[[Objects, Object, str, int], Object]] = {
    "autnum": Objects.autnum,
    "domain": Objects.domain,
    "entity": Objects.entity,
    "help": Objects.help,
    "ip network": Objects.network,
    "nameserver": Objects.nameserver,
    "search": Objects.search,
}
