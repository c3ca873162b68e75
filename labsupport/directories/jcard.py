"""The cards of contacts in RDAP answers: jCard (RFC 7095), and what is sent for it."""

from __future__ import annotations

import re
from typing import Any

from labsupport.directories import values
from labsupport.directories.gathering import Gathering, Object, items
from labsupport.directories.record import Link, Redaction

# RFC 6350 section 6.3.1, in this order.
ADDRESS_PARTS = ("post office box", "address", "street", "city", "region", "postal code", "country")
LISTS = {"contact-uri": "forms", "email": "emails", "tel": "phones"}
FIELDS = {"fn": "name", "org": "organisation"}
CALLED = {
    "emails": "email",
    "faxes": "fax",
    "forms": "contact form",
    "phones": "phone",
}


def read(card: object, whose: str, at: str, gathering: Gathering) -> Object:
    """Return the fields of a `Contact` that its card tells: name, address, e-mail, …

    `whose` is the contact's role, for the names of what is redacted. What has no place is
    gathered in `gathering`, as well as the words that stand where a value is not shown.
    """
    reading = _Card(gathering, at, whose)
    for item in _properties(card):
        reading.property(item)
    return reading.fields()


class _Card:
    """One card being read."""

    __slots__ = (
        "addresses",
        "at",
        "country",
        "found",
        "gathering",
        "links",
        "lists",
        "whole_name",
        "whose",
    )

    def __init__(self, gathering: Gathering, at: str, whose: str) -> None:
        self.gathering = gathering
        self.at = at
        self.whose = whose
        self.found = {"name": "", "organisation": "", "kind": "", "language": ""}
        self.lists: dict[str, list[str]] = {}
        self.links: list[Link] = []
        self.addresses: list[str] = []
        self.country = ""
        self.whole_name = ""

    def fields(self) -> Object:
        fields: Object = dict(self.found)
        # A structured name counts where no other is given.
        fields["name"] = fields["name"] or self.whole_name
        fields |= {key: tuple(dict.fromkeys(texts)) for key, texts in self.lists.items()}
        fields["links"] = tuple(self.links)
        fields["address"] = "; ".join(self.addresses)
        fields["country"] = self.country
        return fields

    def property(self, told: object) -> None:
        item = told
        if isinstance(item, dict):
            parameters = item.get("parameters", item.get("params", {}))
            item = [item.get("name"), parameters, item.get("type", "text"), item.get("value")]
        elif isinstance(item, list) and len(item) == 3:  # one without parameters, or without type
            item = [item[0], item[1] if isinstance(item[1], dict) else {}, "text", item[2]]
        if not isinstance(item, list) or len(item) < 4 or not isinstance(item[0], str):
            self.gathering.misplaced(told, self.at)
            return
        name = item[0].lower()
        value = item[3] if len(item) == 4 else item[3:]
        at = f"{self.at}.{name}"
        if name in FIELDS:
            self.one(FIELDS[name], value, at)
        elif name in LISTS:
            self.many(LISTS[name], value, _parameters(item), at)
        elif name == "adr":
            self.address(value, _parameters(item), at)
        elif name in ("kind", "lang"):
            text = self.gathering.as_text(value, at).lower()
            self.found["kind" if name == "kind" else "language"] = text
        elif name == "n":
            self.structured_name(value, at)
        elif name == "url":
            self.links += [Link("", href) for href in self.gathering.as_texts(value, at)]
        elif name != "version" and value not in ("", [], None):
            self.gathering.keep(value, at)

    def one(self, field: str, value: object, at: str) -> None:
        text = self.shown(", ".join(self.gathering.as_texts(value, at)), field, at)
        if not self.found[field]:
            self.found[field] = text
        elif text and text != self.found[field]:
            self.gathering.keep(text, at)

    def many(self, field: str, value: object, parameters: Object, at: str) -> None:
        if field == "phones" and parameters:
            kinds = _parameter(parameters, "type").lower()
            if "fax" in kinds and "voice" not in kinds:
                field = "faxes"
        for text in self.gathering.as_texts(value, at):
            scheme, _, rest = text.partition(":")
            if rest and scheme.lower() in ("mailto", "tel"):
                text = rest
            if text := self.shown(text, CALLED[field], at):
                # Some write the page with a form where the e-mail address belongs.
                page = field == "emails" and text.lower().startswith(("http://", "https://"))
                self.lists.setdefault("forms" if page else field, []).append(text)

    def address(self, value: object, parameters: Object, at: str) -> None:
        country = ""
        if isinstance(value, list) and len(value) == len(ADDRESS_PARTS):
            parts = [
                self.shown(", ".join(self.gathering.as_texts(part, at)), what, at) if part else ""
                for part, what in zip(value, ADDRESS_PARTS, strict=True)
            ]
            country = parts.pop()
        else:
            parts = [self.shown(t, "address", at) for t in self.gathering.as_texts(value, at)]
        if not any(parts):  # an address that has no parts is the label of one (RFC 7095)
            label = _parameter(parameters, "label")
            lines = [line.strip() for line in re.split(r"\n|\\n", label)]
            parts = [self.shown(line, "address", at) for line in lines]
        if code := _parameter(parameters, "cc").upper():  # RFC 8605
            parts.append(country)
        if written := ", ".join(filter(None, parts)):
            self.addresses.append(written)
        self.country = self.country or code or country

    def structured_name(self, value: object, at: str) -> None:
        """Put a name together from its parts: family, given, further, before and after it."""
        if isinstance(value, list) and len(value) == 5:
            parts = [" ".join(self.gathering.as_texts(part, at)) for part in value]
            family, given, further, before, after = parts
            text = " ".join(filter(None, (before, given, further, family, after)))
        else:
            text = " ".join(self.gathering.as_texts(value, at))
        self.whole_name = self.shown(text, "name", at)

    def shown(self, text: str, what: str, at: str) -> str:
        """Return `text`, or "" and a redaction where it only says that a value is not shown."""
        if text and values.withheld(text):
            self.gathering.redacted.append(Redaction(f"{self.whose} {what}", "text", text, at))
            return ""
        return text


def _properties(card: object) -> list[Any]:
    """Return a card's properties, however they are wrapped."""
    if isinstance(card, dict):
        if "vcard" in card:
            return items(card["vcard"])
        return [[key, {}, "text", member] for key, member in card.items()]
    if not isinstance(card, list):
        return items(card)
    if card and isinstance(card[0], str) and card[0].lower() == "vcard":
        card = card[1:]
    if card and _is_list_of_properties(card[-1]):
        return [*card[:-1], *card[-1]]
    if len(card) == 1 and isinstance(card[0], dict):
        return _properties(card[0])
    return card


def _is_list_of_properties(value: object) -> bool:
    return isinstance(value, list) and (not value or isinstance(value[0], list | dict))


def _parameters(item: list[Any]) -> Object:
    return item[1] if isinstance(item[1], dict) else {}


def _parameter(parameters: Object, name: str) -> str:
    """Return a parameter, several values of it in lines; its name may be in capitals."""
    value = parameters.get(name)
    if value is None:
        value = next((parameters[key] for key in parameters if key.lower() == name), "")
    return "\n".join(part for part in items(value) if isinstance(part, str))
