"""RDAP answers (RFC 7480, RFC 9083, RFC 9537), read into a `Record` as servers really write them.

A value of the wrong shape is read where its meaning is plain (a status that is no array, a number
that is text). Where it is not, the record's `problems` tell of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from labsupport.rdds import jsontext, record, values
from labsupport.rdds.record import (
    Contact,
    DirectoryOutcome,
    Event,
    Nameserver,
    Record,
    RecordLink,
    Redaction,
)

Object = dict[str, Any]

DEEPEST = 8  # contacts within each other; real ones go to three
CLASSES = {
    "domain": "domain",
    "autnum": "autnum",
    **dict.fromkeys(("ipnetwork", "network"), "ip network"),
}
ENDS = {
    "ip network": ("startAddress", "endAddress"),
    "autnum": ("startAutnum", "endAutnum"),
}
METHODS = {
    "emptyvalue": "emptyValue",
    "partialvalue": "partialValue",
    "replacementvalue": "replacementValue",
}
# Extensions of the registries: the same thing by several names.
ORIGINS = (
    "arin_originas0_originautnums",
    "lacnic_originAutnum",
    "nicbr_autnum",
    "originAutnum",
)
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
# RFC 6350 section 6.3.1, in this order.
ADDRESS_PARTS = (
    "post office box",
    "address",
    "street",
    "city",
    "region",
    "postal code",
    "country",
)
LISTS = {"contact-uri": "forms", "email": "emails", "tel": "phones"}
FIELDS = {"fn": "name", "org": "organisation"}
CALLED = {"emails": "email", "forms": "contact form", "phones": "phone"}
NO_RDAP = (
    "The status is 404, and what came with it is no answer of RDAP: perhaps the web address leads "
    "to no RDAP server. It does not say that the object is not there."
)
LONGEST_NOTICE = 2000  # characters of a page looked through for such words
# In English, Spanish and Portuguese: that somebody asked too much.
TOO_MUCH = re.compile(
    r"(?:too many|demasiad[ao]s|muitas) (?:requests|queries|consultas|solicitudes|requisições)"
    r"|(?:limit|quota|rate)s? (?:was |is |has been )?(?:exceeded|reached)"
    r"|exceeded (?:the|your)\b|rate.?limited|throttled|slow down"
    r"|(?:consultas|l[ií]mite|cuota|cota|taxa)\b.{0,30}excedid[ao]",
    re.IGNORECASE,
)


def read(
    data: bytes, *, status: int = 200, content_type: str = "", retry_after: str = ""
) -> Record:
    """Read an answer. Never raises: what cannot be read is told in the record's `problems`.

    `status` is the code of HTTP, `content_type` and `retry_after` are the values of those
    headers, "" where the answer has none. What the answer is stands in `outcome`. ABSENT is only
    said by an error of RDAP with the code 404, or by an empty body behind a 404 (RFC 7480
    section 5.3). A server that fails is UNREADABLE; it is THROTTLED with a 503 that says when to
    come back. Only domains, networks and AS numbers are records.

    >>> record = read(b'{"objectClassName": "domain", "ldhName": "MUSEO.example."}')
    >>> record.outcome.value, record.name
    ('found', 'museo.example')
    >>> read(b"<html>Slow down</html>", status=429).outcome.value
    'throttled'
    """
    answer = jsontext.read(data)
    reading = _Objects(answer.problems)
    value = answer.value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    code = status if status >= 400 else None
    if isinstance(value, dict):
        if kind := _kind_of(value):
            if code:
                reading.problems.append(
                    f"The record came with the status {status} of an error."
                )
            return reading.record(value, kind, data)
        outcome, code = _error(reading, value, status, content_type, retry_after)
    else:
        outcome = _without_object(reading, answer, status, retry_after)
    if status >= 500 and status != 501:
        reading.problems.append(f"The server failed (status {status}).")
    elif 300 <= status < 400:
        reading.problems.append(f"The server sends elsewhere (status {status}).")
    return Record(outcome, error_code=code, raw=data, problems=tuple(reading.problems))


def _without_object(
    reading: _Objects, answer: jsontext.JsonBody, status: int, retry_after: str
) -> DirectoryOutcome:
    """Say what a body is that is no JSON object: a page, an empty one, another value."""
    if answer.has_value:
        reading.problems.append("The answer is no object.")
    outcome = _outcome({status}, answer.text[:LONGEST_NOTICE], retry_after)
    if outcome is not DirectoryOutcome.ABSENT:
        return outcome
    if answer.text:
        reading.problems.append(NO_RDAP)
        return DirectoryOutcome.UNREADABLE
    reading.problems.clear()  # an absence needs no body
    return outcome


def _error(
    reading: _Objects, value: Object, status: int, content_type: str, retry_after: str
) -> tuple[DirectoryOutcome, int | None]:
    """Say what JSON is that is no object: an error with its code (RFC 9083 section 6), or none."""
    written = reading.text(value, "errorCode")
    code = int(written) if re.fullmatch("[0-9]{3}", written) else None
    title = reading.text(value, "title")
    description = reading.as_texts(value.get("description"), "description")
    text = "\n".join((title, *description))
    codes = {
        number for number in (status, code) if number is not None and number >= 300
    }
    outcome = _outcome(codes, text, retry_after)
    of_rdap = (
        code is not None
        or "rdapConformance" in value
        or "rdap+json" in content_type.lower()
    )
    if outcome is DirectoryOutcome.ABSENT and not of_rdap:
        outcome = DirectoryOutcome.UNREADABLE
        reading.problems.append(NO_RDAP)
    elif outcome is DirectoryOutcome.UNREADABLE and not codes:
        reading.problems.append("The answer has no object of RDAP in it.")
    return outcome, code


def _outcome(codes: set[int], text: str, retry_after: str) -> DirectoryOutcome:
    """Say what an answer without an object is. ABSENT needs all codes to agree on it."""
    if 429 in codes or TOO_MUCH.search(text) or (503 in codes and retry_after):
        return DirectoryOutcome.THROTTLED
    if any(code >= 500 and code != 501 for code in codes):
        return DirectoryOutcome.UNREADABLE
    if any(code == 501 or (400 <= code < 500 and code != 404) for code in codes):
        return DirectoryOutcome.REFUSED
    return DirectoryOutcome.ABSENT if codes == {404} else DirectoryOutcome.UNREADABLE


def _kind_of(value: Object) -> str:
    """Return the kind of an object, as it says itself; "" for none."""
    return CLASSES.get(
        re.sub("[^a-z]", "", str(value.get("objectClassName")).lower()), ""
    )


class _Objects:
    """One answer whose objects are being read.

    Most methods take the member called `key` out of an object.
    """

    def __init__(self, problems: tuple[str, ...] = ()) -> None:
        self.problems = list(problems)
        self.redacted: list[Redaction] = []
        """Words that stood in the place of a value, and remarks that tell of such."""

    # Single values

    def members(self, value: object, at: str) -> Object:
        """Return an object, an empty one where `value` is none."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.misplaced(value, at)
        return {}

    def each(self, value: Object, key: str) -> list[Object]:
        """Return the objects of an array."""
        objects = [self.members(item, key) for item in _items(value.get(key))]
        return list(filter(None, objects))

    def text(self, value: Object, key: str) -> str:
        """Return a text, "" where there is none."""
        return self.as_text(value.get(key), key)

    def name(self, value: Object, key: str) -> str:
        """Return a domain name's A-label form, "" for none."""
        text = self.text(value, key)
        try:
            return values.name(text)
        except ValueError:
            self.misplaced(text, key)
            return ""

    def as_text(self, value: object, at: str) -> str:
        """Return a value as text, wherever it stands."""
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            value = value[0]
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if value is not None and value != []:
            self.misplaced(value, at)
        return ""

    def as_texts(self, value: object, at: str) -> tuple[str, ...]:
        """Return a value as texts, wherever it stands."""
        texts = [self.as_text(item, at) for item in _items(value)]
        return tuple(filter(None, texts))

    def misplaced(self, value: object, at: str) -> None:
        """Say of a value that it cannot be what it should be where it stands."""
        self.problems.append(f"{at}: {values.shown(value)} could not be read.")

    # Objects

    def record(self, value: Object, kind: str, data: bytes) -> Record:
        """Return the record of an answer that is an object."""
        own = self.domain(value) if kind == "domain" else self.numbers(value, kind)
        contacts = self.contacts(value, 0)
        return Record(
            DirectoryOutcome.FOUND,
            kind,
            redacted=self.redactions(value),
            handle=self.text(value, "handle"),
            status=self.statuses(value),
            events=self.events(value),
            contacts=contacts,
            links=self.links(value),
            remarks=self.remarks(value, "remarks"),
            raw=data,
            **own,
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def redactions(self, value: Object) -> tuple[Redaction, ...]:
        """Read what is not shown, once all else was read that may tell of it."""
        redactions = []
        for item in self.each(value, "redacted"):
            name = self.worded(item, "name")
            method = METHODS.get(self.text(item, "method").lower(), "removal")
            redactions.append(Redaction(name, method, self.worded(item, "reason")))
        # Words in the place of a value, wherever in the answer; and what remarks tell of fields
        # left out, unless RFC 9537 tells it better.
        beside = self.redacted
        if redactions:
            beside = [redaction for redaction in beside if redaction.method == "text"]
        return (*redactions, *beside)

    def links(self, value: Object) -> tuple[RecordLink, ...]:
        links = []
        for item in self.each(value, "links"):
            if href := self.text(item, "href"):
                rel = self.text(item, "rel").lower()
                links.append(RecordLink(rel, href, self.text(item, "type")))
        return tuple(links)

    def domain(self, value: Object) -> Object:
        secure = self.members(value.get("secureDNS"), "secureDNS")
        signed = secure.get("delegationSigned")
        truth = TRUTHS.get(str(signed).lower())
        if truth is None and signed is not None:
            self.misplaced(signed, "delegationSigned")
        if truth is None and secure.get("dsData"):
            truth = True
        return {
            "nameservers": self.nameservers(value),
            "name": self.name(value, "ldhName") or self.name(value, "unicodeName"),
            "signed": truth,
        }

    def nameservers(self, value: Object) -> tuple[Nameserver, ...]:
        nameservers = []
        for item in self.each(value, "nameservers"):
            name = self.name(item, "ldhName")
            addresses = self.addresses(item)
            if name or addresses:
                nameservers.append(Nameserver(name, addresses))
            else:
                self.misplaced(item, "nameservers")
        return tuple(nameservers)

    def addresses(self, value: Object) -> tuple[str, ...]:
        """Read the addresses of a name server: {"v4": […], "v6": […]}."""
        by_version = self.members(value.get("ipAddresses"), "ipAddresses")
        written = [*_items(by_version.get("v4")), *_items(by_version.get("v6"))]
        addresses = []
        for text in self.as_texts(written, "ipAddresses"):
            try:
                addresses.append(str(values.address(text)))
            except ValueError:
                self.misplaced(text, "ipAddresses")
        return tuple(addresses)

    def numbers(self, value: Object, kind: str) -> Object:
        """Read what networks and AS numbers have in common, and the registries' extensions."""
        start, end = (self.text(value, key) for key in ENDS[kind])
        first: record.Address | int | None = None
        last: record.Address | int | None = None
        read = values.block if kind == "ip network" else values.numbers
        # Some write a prefix where its first address belongs.
        written = start if "/" in start else f"{start or end} - {end or start}"
        if ends := read(written):
            first, last = ends
        elif start or end:
            self.misplaced(value.get(ENDS[kind][0]), ENDS[kind][0])
        origins: list[int] = []
        for key in ORIGINS:
            origins += self.origins(value, key)
        return {
            "first": first,
            "last": last,
            "name": self.text(value, "name"),
            "type": self.text(value, "type"),
            "country": self.text(value, "country"),
            "origins": tuple(dict.fromkeys(origins)),
        }

    def origins(self, value: Object, key: str) -> list[int]:
        origins = []
        for text in self.as_texts(value.get(key), key):
            if ends := values.numbers(text):
                origins.append(ends[0])
            elif text.upper() not in ("N/A", "-", "NONE"):
                self.misplaced(text, key)
        return list(filter(None, origins))  # 0 is nobody's: RFC 7607

    def events(self, value: Object) -> tuple[Event, ...]:
        events = []
        for item in self.each(value, "events"):
            date = self.text(item, "eventDate")
            when = values.moment(date)
            if when.time is None:
                self.misplaced(date, "eventDate")
            action = values.status(self.text(item, "eventAction"))
            events.append(Event(action, when))
        return tuple(events)

    def remarks(self, value: Object, key: str) -> tuple[str, ...]:
        """Read notices or remarks: title, type and description of each."""
        remarks = []
        for item in self.each(value, key):
            title = self.text(item, "title")
            kind = self.text(item, "type")
            description = self.as_texts(item.get("description"), "description")
            remarks.append("\n".join(filter(None, (title, kind, *description))))
        return tuple(filter(None, remarks))

    def worded(self, value: Object, key: str) -> str:
        """Read what RFC 9537 says in words or by a registered type."""
        wording = value.get(key)
        if isinstance(wording, dict):
            wording = wording.get("description") or wording.get("type") or wording
        return self.as_text(wording, key)

    def statuses(self, value: Object) -> tuple[str, ...]:
        return tuple(map(values.status, self.as_texts(value.get("status"), "status")))

    # Contacts

    def contacts(self, value: Object, depth: int) -> tuple[Contact, ...]:
        contacts = []
        for item in _items(value.get("entities")):
            if isinstance(item, dict) and depth < DEEPEST:
                contacts.append(self.contact(item, depth + 1))
            else:
                self.misplaced(item, "entities")
        return tuple(contacts)

    def contact(self, value: Object, depth: int) -> Contact:
        written = self.as_texts(value.get("roles"), "roles")
        roles = tuple(role.lower().replace("_", " ") for role in written)
        whose = roles[0] if roles else "contact"
        redacted = len(self.redacted)
        card = self.card(value.get("vcardArray"), whose)
        if len(self.redacted) == redacted:
            # Nothing in the card says which fields are left out; a remark may say that some are.
            for remark in self.remarks(value, "remarks"):
                if values.withheld(remark) or "redacted due to" in remark:
                    self.redacted.append(Redaction(whose, "removal", remark))
        return Contact(
            roles=roles,
            handle=self.text(value, "handle"),
            ids=self.public_ids(value),
            status=self.statuses(value),
            contacts=self.contacts(value, depth),
            **card,
        )

    def public_ids(self, value: Object) -> tuple[tuple[str, str], ...]:
        ids = []
        for item in self.each(value, "publicIds"):
            if identifier := self.text(item, "identifier"):
                ids.append((self.text(item, "type"), identifier))
        return tuple(ids)

    def card(self, card: object, whose: str) -> Object:
        """Return the fields that a card tells (jCard, RFC 7095, and what is sent for it).

        `whose` is the contact's role, for the names of what is redacted.
        """
        fields: Object = {}
        lists: dict[str, dict[str, None]] = {}
        addresses: list[str] = []
        for name, parameters, value in self.properties(card):
            if field := FIELDS.get(name):
                text = ", ".join(self.as_texts(value, name))
                text = self.given(text, f"{whose} {field}")
                fields[field] = fields.get(field) or text
            elif name in LISTS:
                texts = self.as_texts(value, name)
                if name == "tel" and _is_fax_only(parameters):
                    continue
                for field, text in self.listed(name, texts, whose):
                    lists.setdefault(field, {})[text] = None
            elif name == "adr":
                address, country = self.address(value, parameters, whose)
                addresses.append(address)
                fields["country"] = fields.get("country") or country
        for field, entries in lists.items():
            fields[field] = tuple(entries)
        return fields | {"address": "; ".join(filter(None, addresses))}

    def properties(self, card: object) -> Iterator[tuple[str, Object, object]]:
        """Yield the properties of a card: name, parameters and value of each."""
        if isinstance(card, list) and card and str(card[0]).lower() == "vcard":
            card = card[1] if len(card) == 2 else card[1:]
        for item in _items(card):
            if (
                not isinstance(item, list)
                or len(item) < 4
                or not isinstance(item[0], str)
            ):
                self.misplaced(item, "vcardArray")
                continue
            parameters = item[1] if isinstance(item[1], dict) else {}
            value = item[3] if len(item) == 4 else item[3:]
            yield item[0].lower(), parameters, value

    def listed(
        self, name: str, texts: Iterable[str], whose: str
    ) -> Iterator[tuple[str, str]]:
        """Return values of which a contact may have several, each with its field."""
        field = LISTS[name]
        for text in texts:
            text = re.sub("^(mailto|tel):", "", text, flags=re.IGNORECASE)
            text = self.given(text, f"{whose} {CALLED[field]}")
            # Some write the page with a form where the e-mail address belongs.
            if field == "emails" and text.lower().startswith(("http:", "https:")):
                yield "forms", text
            elif text:
                yield field, text

    def address(self, value: object, parameters: Object, whose: str) -> tuple[str, str]:
        """Return an address on one line, and its country."""
        country = ""
        parts: list[str] = []
        if isinstance(value, list) and len(value) == len(ADDRESS_PARTS):
            for part, what in zip(value, ADDRESS_PARTS, strict=True):
                text = ", ".join(self.as_texts(part, "adr"))
                parts.append(self.given(text, f"{whose} {what}"))
            country = parts.pop()
        else:
            for text in self.as_texts(value, "adr"):
                parts.append(self.given(text, f"{whose} address"))
        # an address that has no parts is the label of one (RFC 7095)
        if not any(parts):
            for line in re.split(r"\n|\\n", _parameter(parameters, "label")):
                parts.append(self.given(line.strip(), f"{whose} address"))
        if code := _parameter(parameters, "cc").upper():  # RFC 8605
            parts.append(country)
        return ", ".join(filter(None, parts)), code or country

    def given(self, text: str, what: str) -> str:
        """Return `text`, or "" and a redaction where it only says that a value is not shown."""
        if text and values.withheld(text):
            self.redacted.append(Redaction(what, "text", text))
            return ""
        return text


def _items(value: object) -> list[Any]:
    """Return the items of an array, or of a single value.

    >>> _items(["a", "b"]), _items("a"), _items(None)
    (['a', 'b'], ['a'], [])
    """
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _is_fax_only(parameters: Object) -> bool:
    kinds = _parameter(parameters, "type").lower()
    return "fax" in kinds and "voice" not in kinds


def _parameter(parameters: Object, name: str) -> str:
    """Return a parameter, several values of it in lines; its name may be in capitals."""
    value = next((parameters[key] for key in parameters if key.lower() == name), "")
    return "\n".join(part for part in _items(value) if isinstance(part, str))
