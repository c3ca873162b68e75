"""The cards of contacts in RDAP answers: jCard (RFC 7095), and what is sent for it."""

from __future__ import annotations

import re
from typing import Any

from labsupport.directories import values
from labsupport.directories.gathering import Gathering, Object, items
from labsupport.directories.record import Redaction

# RFC 6350 section 6.3.1, in this order.
ADDRESS_PARTS = ("post office box", "address", "street", "city", "region", "postal code", "country")
LISTS = {"contact-uri": "forms", "email": "emails", "tel": "phones"}
FIELDS = {"fn": "name", "org": "organisation"}
CALLED = {"emails": "email", "forms": "contact form", "phones": "phone"}


def read(card: object, whose: str, gathering: Gathering) -> Object:
    """Return the fields of a `Contact` that its card tells: name, address, e-mail, …

    `whose` is the contact's role, for the names of what is redacted: the words that stand where
    a value is not shown are gathered in `gathering`.
    """
    reading = _Card(gathering, whose)
    if isinstance(card, list) and card and str(card[0]).lower() == "vcard":
        card = card[1] if len(card) == 2 else card[1:]
    for item in items(card):
        reading.property(item)
    fields = reading.found
    return {
        "name": fields.get("name", ""),
        "organisation": fields.get("organisation", ""),
        "address": "; ".join(reading.addresses),
        "country": reading.country,
        **{key: tuple(dict.fromkeys(texts)) for key, texts in reading.lists.items()},
    }


class _Card:
    """One card being read."""

    def __init__(self, gathering: Gathering, whose: str) -> None:
        self.gathering = gathering
        self.whose = whose
        self.found: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.addresses: list[str] = []
        self.country = ""

    def property(self, item: Any) -> None:
        if not isinstance(item, list) or len(item) < 4 or not isinstance(item[0], str):
            self.gathering.misplaced(item, "vcardArray")
            return
        name, parameters = item[0].lower(), item[1] if isinstance(item[1], dict) else {}
        value = item[3] if len(item) == 4 else item[3:]
        if name in FIELDS:
            text = self.shown(", ".join(self.gathering.as_texts(value, name)), FIELDS[name])
            self.found[FIELDS[name]] = self.found.get(FIELDS[name]) or text
        elif name in LISTS:
            self.many(name, value, parameters)
        elif name == "adr":
            self.address(value, parameters)

    def many(self, name: str, value: object, parameters: Object) -> None:
        kinds = _parameter(parameters, "type").lower()
        if name == "tel" and "fax" in kinds and "voice" not in kinds:
            return
        field = LISTS[name]
        for text in self.gathering.as_texts(value, name):
            scheme, _, rest = text.partition(":")
            if rest and scheme.lower() in ("mailto", "tel"):
                text = rest
            if text := self.shown(text, CALLED[field]):
                # Some write the page with a form where the e-mail address belongs.
                page = field == "emails" and text.lower().startswith(("http://", "https://"))
                self.lists.setdefault("forms" if page else field, []).append(text)

    def address(self, value: object, parameters: Object) -> None:
        country = ""
        if isinstance(value, list) and len(value) == len(ADDRESS_PARTS):
            parts = [
                self.shown(", ".join(self.gathering.as_texts(part, "adr")), what)
                for part, what in zip(value, ADDRESS_PARTS, strict=True)
            ]
            country = parts.pop()
        else:
            parts = [self.shown(t, "address") for t in self.gathering.as_texts(value, "adr")]
        if not any(parts):  # an address that has no parts is the label of one (RFC 7095)
            lines = re.split(r"\n|\\n", _parameter(parameters, "label"))
            parts = [self.shown(line.strip(), "address") for line in lines]
        if code := _parameter(parameters, "cc").upper():  # RFC 8605
            parts.append(country)
        if written := ", ".join(filter(None, parts)):
            self.addresses.append(written)
        self.country = self.country or code or country

    def shown(self, text: str, what: str) -> str:
        """Return `text`, or "" and a redaction where it only says that a value is not shown."""
        if text and values.withheld(text):
            self.gathering.redacted.append(Redaction(f"{self.whose} {what}", "text", text))
            return ""
        return text


def _parameter(parameters: Object, name: str) -> str:
    """Return a parameter, several values of it in lines; its name may be in capitals."""
    value = next((parameters[key] for key in parameters if key.lower() == name), "")
    return "\n".join(part for part in items(value) if isinstance(part, str))
