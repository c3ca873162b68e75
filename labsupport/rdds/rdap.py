"""RDAP answers (RFC 7480, RFC 9083, RFC 9537), read into a `Record` as servers really write them.

A value of the wrong shape is read where its meaning is plain (a status that is no array, a number
that is text). Where it is not, the record's `problems` tell of it.
"""

from __future__ import annotations

import re
from typing import Any

from labsupport.rdds import jsontext, record, values
from labsupport.rdds.record import Contact, DirectoryOutcome, Event, Nameserver, Record, Redaction

Object = dict[str, Any]

DEEPEST = 8  # contacts within each other; real ones go to three
CLASSES = {
    "domain": "domain",
    "autnum": "autnum",
    **dict.fromkeys(("ipnetwork", "network"), "ip network"),
}
ENDS = {"ip network": ("startAddress", "endAddress"), "autnum": ("startAutnum", "endAutnum")}
METHODS = {one.lower(): one for one in ("emptyValue", "partialValue", "replacementValue")}
# Extensions of the registries: the same thing by several names.
ORIGINS = ("arin_originas0_originautnums", "lacnic_originAutnum", "nicbr_autnum", "originAutnum")
TRUTHS = {"true": True, "1": True, "false": False, "0": False}
# RFC 6350 section 6.3.1, in this order.
ADDRESS_PARTS = ("post office box", "address", "street", "city", "region", "postal code", "country")
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
                reading.problems.append(f"The record came with the status {status} of an error.")
            return reading.record(value, kind, data)
        outcome, code = _error(reading, value, status, content_type, retry_after)
    else:
        if answer.found:
            reading.problems.append("The answer is no object.")
        outcome = _outcome({status}, answer.text[:LONGEST_NOTICE], retry_after)
        if outcome is DirectoryOutcome.ABSENT and answer.text:
            outcome = DirectoryOutcome.UNREADABLE
            reading.problems.append(NO_RDAP)
        elif outcome is DirectoryOutcome.ABSENT:
            reading.problems.clear()  # it needs no body
    if status >= 500 and status != 501:
        reading.problems.append(f"The server failed (status {status}).")
    elif 300 <= status < 400:
        reading.problems.append(f"The server sends elsewhere (status {status}).")
    return Record(outcome, error_code=code, raw=data, problems=tuple(reading.problems))


def _error(
    reading: _Objects, value: Object, status: int, content_type: str, retry_after: str
) -> tuple[DirectoryOutcome, int | None]:
    """Say what JSON is that is no object: an error with its code (RFC 9083 section 6), or none."""
    written = reading.text(value, "errorCode")
    code = int(written) if re.fullmatch("[0-9]{3}", written) else None
    said = (
        reading.text(value, "title"),
        *reading.as_texts(value.get("description"), "description"),
    )
    codes = {found for found in (status, code) if found is not None and found >= 300}
    outcome = _outcome(codes, "\n".join(said), retry_after)
    of_rdap = code is not None or "rdapConformance" in value or "rdap+json" in content_type.lower()
    if outcome is DirectoryOutcome.ABSENT and not of_rdap:
        outcome = DirectoryOutcome.UNREADABLE
        reading.problems.append(NO_RDAP)
    elif outcome is DirectoryOutcome.UNREADABLE and not codes:
        reading.problems.append("The answer has no object of RDAP in it.")
    return outcome, code


def _outcome(codes: set[int], said: str, retry_after: str) -> DirectoryOutcome:
    """Say what an answer without an object is. ABSENT needs all codes to agree on it."""
    if 429 in codes or TOO_MUCH.search(said) or (503 in codes and retry_after):
        return DirectoryOutcome.THROTTLED
    if any(code >= 500 and code != 501 for code in codes):
        return DirectoryOutcome.UNREADABLE
    if any(code == 501 or (400 <= code < 500 and code != 404) for code in codes):
        return DirectoryOutcome.REFUSED
    return DirectoryOutcome.ABSENT if codes == {404} else DirectoryOutcome.UNREADABLE


def _kind_of(value: Object) -> str:
    """Return the kind of an object, as it says itself; "" for none."""
    return CLASSES.get(re.sub("[^a-z]", "", str(value.get("objectClassName")).lower()), "")


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
        return [found for item in _items(value.get(key)) if (found := self.members(item, key))]

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
        return tuple(filter(None, [self.as_text(item, at) for item in _items(value)]))

    def misplaced(self, value: object, at: str) -> None:
        """Say of a value that it cannot be what it should be where it stands."""
        self.problems.append(f"{at}: {values.shown(value)} could not be read.")

    # Objects

    def record(self, value: Object, kind: str, data: bytes) -> Record:
        """Return the record of an answer that is an object."""
        own = self.domain(value) if kind == "domain" else self.numbers(value, kind)
        contacts = self.contacts(value, 0)
        redacted = tuple(
            Redaction(
                self.worded(item, "name"),
                METHODS.get(self.text(item, "method").lower(), "removal"),
                self.worded(item, "reason"),
            )
            for item in self.each(value, "redacted")
        )
        # Words in the place of a value, wherever in the answer; and what remarks tell of fields
        # left out, unless RFC 9537 tells it better.
        redacted += tuple(r for r in self.redacted if r.method == "text" or not redacted)
        return Record(
            DirectoryOutcome.FOUND,
            kind,
            handle=self.text(value, "handle"),
            status=self.statuses(value),
            events=self.events(value),
            contacts=contacts,
            redacted=redacted,
            links=tuple(
                record.RecordLink(self.text(item, "rel").lower(), href, self.text(item, "type"))
                for item in self.each(value, "links")
                if (href := self.text(item, "href"))
            ),
            remarks=self.remarks(value, "remarks"),
            raw=data,
            **own,
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def domain(self, value: Object) -> Object:
        secure = self.members(value.get("secureDNS"), "secureDNS")
        signed = secure.get("delegationSigned")
        truth = TRUTHS.get(str(signed).lower())
        if truth is None and signed is not None:
            self.misplaced(signed, "delegationSigned")
        found = []
        for item in self.each(value, "nameservers"):
            name, addresses = self.name(item, "ldhName"), self.addresses(item)
            if name or addresses:
                found.append(Nameserver(name, addresses))
            else:
                self.misplaced(item, "nameservers")
        return {
            "name": self.name(value, "ldhName") or self.name(value, "unicodeName"),
            "nameservers": tuple(found),
            "signed": True if truth is None and secure.get("dsData") else truth,
        }

    def addresses(self, value: Object) -> tuple[str, ...]:
        """Read the addresses of a name server: {"v4": […], "v6": […]}."""
        told = self.members(value.get("ipAddresses"), "ipAddresses")
        found = []
        written = [*_items(told.get("v4")), *_items(told.get("v6"))]
        for text in self.as_texts(written, "ipAddresses"):
            try:
                found.append(str(values.address(text)))
            except ValueError:
                self.misplaced(text, "ipAddresses")
        return tuple(found)

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

    def origins(self, value: Object, key: str) -> list[int]:
        found = []
        for text in self.as_texts(value.get(key), key):
            if number := values.numbers(text):
                found += [number[0]] if number[0] else []
            elif text.upper() not in ("N/A", "-", "NONE"):
                self.misplaced(text, key)
        return found

    def events(self, value: Object) -> tuple[Event, ...]:
        found = []
        for item in self.each(value, "events"):
            date = self.text(item, "eventDate")
            when = values.moment(date) if date else record.WrittenTime("")
            if when.time is None:
                self.misplaced(date, "eventDate")
            found.append(Event(values.status(self.text(item, "eventAction")), when))
        return tuple(found)

    def remarks(self, value: Object, key: str) -> tuple[str, ...]:
        """Read notices or remarks: title, type and description of each."""
        found = (
            (
                self.text(item, "title"),
                self.text(item, "type"),
                *self.as_texts(item.get("description"), "description"),
            )
            for item in self.each(value, key)
        )
        return tuple(filter(None, ("\n".join(filter(None, lines)) for lines in found)))

    def worded(self, value: Object, key: str) -> str:
        """Read what RFC 9537 says in words or by a registered type."""
        told = value.get(key)
        if isinstance(told, dict):
            told = told.get("description") or told.get("type") or told
        return self.as_text(told, key)

    def statuses(self, value: Object) -> tuple[str, ...]:
        return tuple(map(values.status, self.as_texts(value.get("status"), "status")))

    # Contacts

    def contacts(self, value: Object, depth: int) -> tuple[Contact, ...]:
        found = []
        for item in _items(value.get("entities")):
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
        card = self.card(value.get("vcardArray"), whose)
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

    def card(self, card: object, whose: str) -> Object:
        """Return the fields that a card tells (jCard, RFC 7095, and what is sent for it).

        `whose` is the contact's role, for the names of what is redacted.
        """
        found: Object = {}
        lists: dict[str, list[str]] = {}
        addresses: list[str] = []
        if isinstance(card, list) and card and str(card[0]).lower() == "vcard":
            card = card[1] if len(card) == 2 else card[1:]
        for item in _items(card):
            if not isinstance(item, list) or len(item) < 4 or not isinstance(item[0], str):
                self.misplaced(item, "vcardArray")
                continue
            name, parameters = item[0].lower(), item[1] if isinstance(item[1], dict) else {}
            value = item[3] if len(item) == 4 else item[3:]
            texts = self.as_texts(value, name) if name in (*FIELDS, *LISTS) else ()
            if field := FIELDS.get(name):
                text = self.given(", ".join(texts), f"{whose} {field}")
                found[field] = found.get(field) or text
            elif field := LISTS.get(name):
                kinds = _parameter(parameters, "type").lower()
                if name == "tel" and "fax" in kinds and "voice" not in kinds:
                    continue
                for text in texts:
                    text = re.sub("^(mailto|tel):", "", text, flags=re.IGNORECASE)
                    if text := self.given(text, f"{whose} {CALLED[field]}"):
                        # Some write the page with a form where the e-mail address belongs.
                        page = field == "emails" and text.lower().startswith(("http:", "https:"))
                        lists.setdefault("forms" if page else field, []).append(text)
            elif name == "adr":
                written, country = self.address(value, parameters, whose)
                addresses += [written] if written else []
                found["country"] = found.get("country") or country
        lists_found = {key: tuple(dict.fromkeys(texts)) for key, texts in lists.items()}
        return found | lists_found | {"address": "; ".join(addresses)}

    def address(self, value: object, parameters: Object, whose: str) -> tuple[str, str]:
        """Return an address on one line, and its country."""
        country = ""
        if isinstance(value, list) and len(value) == len(ADDRESS_PARTS):
            parts = [
                self.given(", ".join(self.as_texts(part, "adr")), f"{whose} {what}")
                for part, what in zip(value, ADDRESS_PARTS, strict=True)
            ]
            country = parts.pop()
        else:
            parts = [self.given(t, f"{whose} address") for t in self.as_texts(value, "adr")]
        if not any(parts):  # an address that has no parts is the label of one (RFC 7095)
            lines = re.split(r"\n|\\n", _parameter(parameters, "label"))
            parts = [self.given(line.strip(), f"{whose} address") for line in lines]
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


def _parameter(parameters: Object, name: str) -> str:
    """Return a parameter, several values of it in lines; its name may be in capitals."""
    value = next((parameters[key] for key in parameters if key.lower() == name), "")
    return "\n".join(part for part in _items(value) if isinstance(part, str))
