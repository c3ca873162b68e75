"""The objects of RDAP answers (RFC 9083 section 5, RFC 9537), read into a `Record`.

Standards say how an object should look; what is read here is what comes.
"""

from __future__ import annotations

import re

from labsupport.directories import jcard, values
from labsupport.directories.gathering import Gathering, Object, items
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

DEEPEST = 8  # contacts within each other; real ones go to three
CLASSES = {
    "domain": "domain",
    **dict.fromkeys(("as", "asn", "autnum"), "autnum"),
    **dict.fromkeys(("inetnum", "ip", "ipnetwork", "network"), "ip network"),
}
# By what an object has, where it does not say what it is.
KIND_BY_MEMBER = {
    "startAddress": "ip network",
    "startAutnum": "autnum",
    **dict.fromkeys(("ldhName", "unicodeName", "nameservers", "secureDNS"), "domain"),
}
METHODS = {one.lower(): one for one in ("emptyValue", "partialValue", "replacementValue")}
# Extensions of the registries: the same thing by several names.
ORIGINS = ("arin_originas0_originautnums", "lacnic_originAutnum", "nicbr_autnum", "originAutnum")


def kind_of(value: Object) -> str:
    """Return the kind of an object, by what it says or else by what it has; "" for none."""
    said = value.get("objectClassName")
    if isinstance(said, str):
        return CLASSES.get(re.sub(r"[^a-z]", "", said.lower()), "")
    if "errorCode" in value:
        return ""
    return next((kind for member, kind in KIND_BY_MEMBER.items() if member in value), "")


class Objects(Gathering):
    """One answer whose objects are being read."""

    def record(self, value: Object, kind: str, data: bytes) -> Record:
        """Return the record of an answer that is an object."""
        own = self.domain(value) if kind == "domain" else self.numbers(value, kind)
        contacts = self.contacts(value, 0)
        redacted = self.redactions(value)
        # Words in the place of a value, wherever in the answer; and what remarks tell of fields
        # left out, unless RFC 9537 tells it better.
        redacted += tuple(r for r in self.redacted if r.method == "text" or not redacted)
        return Record(
            Outcome.FOUND,
            kind,
            handle=self.text(value, "handle"),
            status=self.statuses(value),
            events=self.events(value),
            contacts=contacts,
            redacted=redacted,
            links=self.links(value),
            remarks=self.remarks(value, "remarks"),
            raw=data,
            **own,
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def domain(self, value: Object) -> Object:
        secure = self.members(value.get("secureDNS"), "secureDNS")
        signed = self.truth(secure, "delegationSigned")
        found = []
        for item in self.each(value, "nameservers", "ldhName"):
            name, addresses = self.name(item, "ldhName"), self.addresses(item)
            if name or addresses:
                found.append(Nameserver(name, addresses))
            else:
                self.misplaced(item, "nameservers")
        return {
            "name": self.name(value, "ldhName") or self.name(value, "unicodeName"),
            "nameservers": tuple(found),
            "signed": True if signed is None and items(secure.get("dsData")) else signed,
        }

    def addresses(self, value: Object) -> tuple[str, ...]:
        """Read the addresses of a name server: {"v4": […], "v6": […]}, or only a list."""
        told = value.get("ipAddresses")
        if isinstance(told, dict):
            told = [*items(told.get("v4")), *items(told.get("v6"))]
        found = []
        for text in self.as_texts(told, "ipAddresses"):
            try:
                found.append(str(values.address(text)))
            except ValueError:
                self.misplaced(text, "ipAddresses")
        return tuple(found)

    def numbers(self, value: Object, kind: str) -> Object:
        """Read what networks and AS numbers have in common, and the registries' extensions."""
        first, last = self.block(value) if kind == "ip network" else self.as_numbers(value)
        return {
            "first": first,
            "last": last,
            "name": self.text(value, "name"),
            "type": self.text(value, "type"),
            "country": self.text(value, "country"),
            "origins": tuple(
                dict.fromkeys(asn for key in ORIGINS for asn in self.origins(value, key))
            ),
        }

    def as_numbers(self, value: Object) -> tuple[int | None, int | None]:
        first, last = self.number(value, "startAutnum"), self.number(value, "endAutnum")
        first, last = (last if first is None else first), (first if last is None else last)
        if first is not None and last is not None and not first <= last <= LARGEST_AS_NUMBER:
            self.misplaced(value.get("startAutnum"), "startAutnum")
            return None, None
        return first, last

    def block(self, value: Object) -> tuple[Address | None, Address | None]:
        """Read the ends of a block; one end alone may have its length behind a stroke."""
        first, length = self.end(value, "startAddress")
        last, _ = self.end(value, "endAddress")
        if first is not None and length and last in (None, first):
            if size := _size(first, length):
                last = type(first)(int(first) + size - 1)
            else:
                self.misplaced(value["startAddress"], "startAddress")
        if first is not None and last is not None:
            if first.version != last.version:
                self.misplaced(value["endAddress"], "endAddress")
                last = None
            elif int(first) > int(last):
                self.problems.append(f"startAddress: {first} comes after {last}.")
        return first, last

    def end(self, value: Object, key: str) -> tuple[Address | None, str]:
        """Return an end of a block, and the length of a prefix behind it or ""."""
        text = self.text(value, key)
        written, _, length = text.partition("/")
        try:
            return (values.address(written), length) if text else (None, "")
        except ValueError:
            self.misplaced(text, key)
            return None, ""

    def origins(self, value: Object, key: str) -> list[int]:
        found = []
        for text in self.as_texts(value.get(key), key):
            for part in text.upper().replace(",", " ").split():
                digits = part.removeprefix("AS")
                number = int(digits) if re.fullmatch("[0-9]{1,10}", digits) else 0
                if 0 < number <= LARGEST_AS_NUMBER:
                    found.append(number)
                elif part not in ("N/A", "-", "NONE", "0"):
                    self.misplaced(text, key)
        return found

    # Contacts

    def contacts(self, value: Object, depth: int) -> tuple[Contact, ...]:
        found = []
        for item in items(value.get("entities")):
            if isinstance(item, dict) and depth < DEEPEST:
                found.append(self.contact(item, depth + 1))
            else:
                self.misplaced(item, "entities")
        return tuple(found)

    def contact(self, value: Object, depth: int) -> Contact:
        told = self.as_texts(value.get("roles"), "roles")
        roles = tuple(role.lower().replace("_", " ") for role in told)
        whose = roles[0] if roles else "contact"
        redacted = len(self.redacted)
        card: Object = {}
        if "vcardArray" in value:
            card = jcard.read(value["vcardArray"], whose, self)
        if len(self.redacted) == redacted:
            # Nothing in the card says which fields are left out; a remark may say that some are.
            self.redacted += [
                Redaction(whose, "removal", remark)
                for remark in self.remarks(value, "remarks")
                if values.withheld(remark) or "redacted due to" in remark
            ]
        return Contact(
            roles=roles,
            handle=self.text(value, "handle"),
            ids=tuple(
                (self.text(item, "type"), identifier)
                for item in self.each(value, "publicIds")
                if (identifier := self.text(item, "identifier"))
            ),
            status=self.statuses(value),
            contacts=self.contacts(value, depth),
            **card,
        )

    # Events, links, words

    def events(self, value: Object) -> tuple[Event, ...]:
        found = []
        for item in self.each(value, "events"):
            action, date = self.text(item, "eventAction"), self.text(item, "eventDate")
            when = values.moment(date) if date else When("")
            if when.time is None:
                self.misplaced(date, "eventDate")
            word = values.status(action)
            found.append(Event(DATABASE if word == DATABASE.lower() else word, when))
        return tuple(found)

    def links(self, value: Object) -> tuple[Link, ...]:
        return tuple(
            Link(self.text(item, "rel").lower(), href, self.text(item, "type"))
            for item in self.each(value, "links", "href")
            if (href := self.text(item, "href"))
        )

    def remarks(self, value: Object, key: str) -> tuple[str, ...]:
        """Read notices or remarks: title, type and description of each."""
        found = (
            (
                self.text(item, "title"),
                self.text(item, "type"),
                *self.as_texts(item.get("description"), "description"),
            )
            for item in self.each(value, key, "description")
        )
        return tuple(filter(None, ("\n".join(filter(None, lines)) for lines in found)))

    def redactions(self, value: Object) -> tuple[Redaction, ...]:
        return tuple(
            Redaction(
                self.worded(item, "name"),
                METHODS.get(self.text(item, "method").lower(), "removal"),
                self.worded(item, "reason"),
            )
            for item in self.each(value, "redacted", "name")
        )

    def worded(self, value: Object, key: str) -> str:
        """Read what RFC 9537 says in words or by a registered type; some write text alone."""
        told = value.get(key)
        if isinstance(told, dict):
            told = told.get("description") or told.get("type") or told
        return self.as_text(told, key)

    def statuses(self, value: Object) -> tuple[str, ...]:
        return tuple(map(values.status, self.as_texts(value.get("status"), "status")))


def _size(address: Address, length: str) -> int:
    """Return how many addresses a prefix has, 0 where it is none."""
    if not re.fullmatch("[0-9]{1,3}", length):
        return 0
    left = address.max_prefixlen - int(length)
    return 1 << left if left >= 0 and not int(address) & ((1 << left) - 1) else 0
