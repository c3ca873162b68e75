"""WHOIS answers (RFC 3912), read into a `Record`: whatever a server sends.

WHOIS has no form of its own: each registry made one. An answer is made of lines "key: value", in
blocks or under headings, with comments before a "%" or "#", and prose. `whois_lines` says what
keys, headings and sentences mean; nothing here knows a registry. A sentence of the server decides
only where no record came: one with terms of use that speak of "not found" is a record all the
same. A name that is reserved, or not to be had, is found and has the status "reserved": the
directory knows it, and nobody registered it.
"""

from __future__ import annotations

import re
from typing import Any

from labsupport.rdds import record, values, whois_lines
from labsupport.rdds.record import (
    Contact,
    DirectoryOutcome,
    Event,
    Nameserver,
    Record,
    Redaction,
)
from labsupport.rdds.whois_lines import (
    FIELDS,
    HEADINGS,
    KEYS,
    Row,
    cut,
    decode,
    kind_of,
)

LONGEST_SENTENCE = 300
LONGEST_ANSWER = (
    6  # lines of a paragraph that may tell of a limit or a refusal; terms are longer
)
PAGE = re.compile(r"\s*(?:HTTP/\d|<(?:!doctype|html|\?xml|head|body)\b)", re.IGNORECASE)
ABUSE = re.compile(r"Abuse contact for '[^']*' is '([^'\s]+)'")
PHONE = re.compile(r"\+?[0-9][0-9 ().x-]{6,}")
HANDLE_BEHIND = re.compile(r"(.*) \(([^()\s]+)\)$")
NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[0-9-]*[a-z][a-z0-9-]*")
CONDITIONAL = re.compile(
    r"\b(?:if|may|when|whenever|will result|reserves?|cuando|si)\b", re.IGNORECASE
)
"""A sentence of the terms of use, which says what would happen."""
IANA = "IANA Registrar ID"
SINGLE = ("handle", "name", "organisation", "country")
LISTS = frozenset({"address", "emails", "forms", "phones"})
ROUTES = ("route", "route6")


def read(data: bytes, *, server: str = "") -> Record:
    """Read what a WHOIS server answered. Never raises.

    `server` is the host that answered: it is no referral to itself. `Record.referral` is a host
    alone, without the port.

    >>> answer = read(b"domain: museum.example\\r\\ncreated: 20090612 #7\\r\\nstatus: published")
    >>> answer.outcome.value, answer.name, answer.event("registration").when.day.year, answer.status
    ('found', 'museum.example', 2009, ('active',))
    >>> read(b"% Query rate limit exceeded. Reduced information.\\n% No match for x.test").outcome
    <DirectoryOutcome.THROTTLED: 'throttled'>
    """
    text = decode(data)
    reading = _Reading(server.strip().lower().removesuffix("."))
    if PAGE.match(text):
        reading.problems.append("A web page came, not an answer.")
        return reading.record(data, text)
    blocks, reading.said = cut(text)
    for email in ABUSE.findall(text):
        if "@" in email:
            reading.person("abuse").put("emails", email)
    for block in blocks:
        reading.block(block)
    reading.networks()
    return reading.record(data, text)


class _Person:
    """A contact while its fields are gathered."""

    def __init__(self, role: str = "") -> None:
        self.roles = [role] if role else []
        self.fields: dict[str, str] = {}
        self.lists: dict[str, dict[str, None]] = {}

    def put(self, field: str, value: str) -> bool:
        """Take a value; say whether there was a place for it."""
        if field == "emails" and "://" in value:
            field = "forms"
        if field == "phones":
            # LACNIC's extension
            value = value.removeprefix("tel:").removesuffix("[]").strip()
        elif field == "address":
            value = value.strip(", ")
        if field in LISTS:
            self.lists.setdefault(field, {})[value] = None
            return True
        return self.fields.setdefault(field, value) == value

    def contact(self) -> Contact:
        fields: dict[str, Any] = {}
        for key in SINGLE:
            fields[key] = self.fields.get(key, "")
        for key, texts in self.lists.items():
            fields[key] = tuple(texts)
        fields["address"] = ", ".join(self.lists.get("address", ()))
        if number := self.fields.get(IANA):
            fields["ids"] = ((IANA, number),)
        return Contact(roles=tuple(dict.fromkeys(self.roles)), **fields)


class _Reading:
    """What was read so far of one answer."""

    def __init__(self, server: str) -> None:
        self.server = server
        self.single: dict[str, str] = {}
        self.statuses: dict[str, None] = {}
        self.events: dict[str, Event] = {}
        self.roles: dict[str, _Person] = {}
        self.people: list[_Person] = []
        self.pointers: list[tuple[str, str, str]] = []
        self.servers: dict[str, dict[str, None]] = {}
        self.signed: bool | None = None
        self.ends: tuple[record.Address, record.Address] | tuple[int, int] | None = None
        self.kind = ""
        self.origins: dict[int, None] = {}
        self.redacted: list[Redaction] = []
        self.said: list[list[str]] = []
        self.problems: list[str] = []
        self.blocks: list[list[Row]] = []
        self.free = False

    # Blocks

    def block(self, rows: list[Row]) -> None:
        """Read a block: about numbers, about somebody, or about the domain."""
        first, _, _, under = rows[0]
        if first in whois_lines.NUMBERS:
            self.blocks.append(rows)
        elif first in whois_lines.SOMEBODY and not under:
            self._somebody(rows)
        else:
            # Days below a contact or a name server are not the domain's, where those were told.
            passed_over = bool(self.events) and kind_of(first) != "event"
            for row in rows:
                if not (passed_over and kind_of(row[0]) == "event"):
                    self.row(*row)

    def _somebody(self, rows: list[Row]) -> None:
        person = _Person()
        self.people.append(person)
        named = any(row[0] == "org-name" for row in rows)
        for key, written, value, under in rows:
            field = whois_lines.CONTACT_FIELDS.get(key, "")
            if key == "organisation" and named:
                field = "handle"
            # as IANA writes it
            if key == "contact" and value.lower() in whois_lines.ROLES:
                person.roles.append(whois_lines.ROLES[value.lower()])
            elif field and values.withheld(value):
                self.redacted.append(Redaction(written, "text", value))
            elif kind_of(key) == "server":
                self.row(key, written, value, under)
            elif field:
                person.put(field, value)
        if rows[0][0] == "organisation" and not named:
            # IANA's: who keeps the domain or the block
            person.roles.append("registrant")

    def networks(self) -> None:
        """Read the blocks about numbers: the record is the last, which servers have the smallest.

        Of routes only who announces them is told.
        """
        blocks = [
            rows for rows in self.blocks if rows[0][0] not in ROUTES
        ] or self.blocks
        if blocks:
            for row in blocks[-1]:
                self.row(*row)
        for rows in self.blocks:
            for key, _, value, _ in rows:
                if key == "origin":
                    self.put("origin", "", "", value)

    # Rows

    def row(self, key: str, written: str, value: str, heading: str) -> None:
        """Put the value of one row where it belongs."""
        kind, detail, field = KEYS.get(key, ("", "", ""))
        if heading:
            role = HEADINGS.get(heading, "")
            if role == "domain" and key == "name":
                kind = "name"
            elif role and role != "domain" and key in FIELDS:
                kind = "contact"
                detail = role
                field = FIELDS[key]
        elif key in FIELDS and "registrant" in self.roles:
            # LACNIC and NIC.br write the holder's address and country into the block itself.
            self.person("registrant").put(FIELDS[key], value)
        if not any(map(str.isalnum, value)):
            return  # "-" or "." in the place of nothing
        if values.withheld(value):
            self.redacted.append(Redaction(written, "text", value))
        else:
            self.put(kind, detail, field, value)

    # A kind of data/directories/whois.toml a case, of a few lines each.
    def put(self, kind: str, detail: str, field: str, value: str) -> None:  # noqa: C901
        """Put a value where its kind says: with what, and into which field of a contact."""
        match kind:
            case "contact":
                self._contact(detail, field, value)
            case "event":
                self._event(detail, value)
            case "handle":
                self.single.setdefault("handle", value)
            case "name":
                self._name(value)
            case "status":
                self._status(value)
            case "server":
                self._server(value)
            case "signed":
                if value.lower().startswith(("signed", "yes", "active")):
                    self.signed = True
                elif value.lower().startswith(("unsigned", "no", "inactive")):
                    self.signed = False
            case "ds" if self.signed is None and len(value.split()) > 2:
                self.signed = True
            case "referral":
                scheme, _, rest = value.lower().rpartition("://")
                host = rest.rstrip("/").partition(":")[0].removesuffix(".")
                if (
                    scheme in ("", "whois")
                    and HOST.fullmatch(host)
                    and host != self.server
                ):
                    self.single.setdefault("referral", host)
            case "pointer":
                self.pointers.append((detail, value, value if " " in value else ""))
            case "organization":
                match = HANDLE_BEHIND.match(value)
                handle, name = (match[2], match[1]) if match else ("", value)
                self.pointers.append(("registrant", handle, name))
            case "network" if self.ends is None:
                self.kind = "ip network"
                self.ends = values.block(value)
                if self.ends is None:
                    self.problems.append(
                        f"The block {values.shown(value)} could not be read."
                    )
            case "number" if self.kind != "ip network":
                self.kind = "autnum"
                self.ends = self.ends or values.numbers(value)
                if self.ends is None:
                    self.problems.append(
                        f"The AS number {values.shown(value)} could not be read."
                    )
            case "origin" | "number":
                for word in re.split(r"[\s,]+", value):
                    if numbers := values.numbers(word):
                        self.origins[numbers[0]] = None
            case "country" if self.kind == "domain":  # whose holder is not named
                self.person("registrant").put("country", value)
            case "country":
                self.single.setdefault("country", value)

    def _contact(self, role: str, field: str, value: str) -> None:
        person = self.person(role)
        if not field:  # behind the name of the role, or below it
            parts = [part.strip() for part in value.split("\t")]
            name, *more = filter(None, parts)
            if not person.put("name", name):
                person.put(_below_a_name(name), name)
            for part in more:
                person.put(_below_a_name(part), part)
        elif not person.put(field, value) and field == "handle":
            del self.roles[role]  # the next one with this role
            self.person(role).put(field, value)

    def person(self, role: str) -> _Person:
        person = self.roles.get(role)
        if person is None:
            self.roles[role] = person = _Person(role)
            self.people.append(person)
        return person

    def _event(self, action: str, value: str) -> None:
        if action in self.events:  # the first is the domain's
            return
        words = [word for word in value.split() if "@" not in word]
        when = values.moment(" ".join(words).strip(' ."'))
        if when.time is None:
            self.problems.append(
                f"The day {values.shown(value)} could not be read for certain."
            )
        self.events[action] = Event(action, when)

    def _name(self, value: str) -> None:
        try:
            name = values.name(value.split()[0].strip('"'))
        except ValueError:
            self.problems.append(
                f"The name {values.shown(value)} is none that IDNA 2008 allows."
            )
            return
        if NAME.fullmatch(name):
            self.kind = self.kind or "domain"
            self.single.setdefault("name", name)

    def _status(self, value: str) -> None:
        if self.kind in ("ip network", "autnum"):
            return
        for part in value.split(","):
            word = values.status(part).rstrip(".")
            word = whois_lines.STATES.get(word, word)
            if word == "free":
                self.free = True
            elif word:
                self.statuses[word] = None

    def _server(self, value: str) -> None:
        for token in value.replace(",", " ").split():
            token = token.strip("()[]").removesuffix(".").lower()
            if HOST.fullmatch(token) and token != self.single.get("name"):
                # LACNIC names a server again for each part of a block.
                self.servers.setdefault(token, {})
            elif self.servers and (ends := values.block(token.removesuffix("/32"))):
                latest = next(reversed(self.servers))
                self.servers[latest][str(ends[0])] = None

    # The whole

    def record(self, data: bytes, text: str) -> Record:
        """Say what the answer is, and return it."""
        dated = {"registration", "expiration"} & self.events.keys()
        if self.is_record(text) and (dated or not self.free):
            if _said(self.said, DirectoryOutcome.THROTTLED, DirectoryOutcome.REFUSED):
                self.problems.append(
                    "The server says that it was asked too much: the answer may be a part of it."
                )
            return self.build(DirectoryOutcome.FOUND, data)
        outcome = _said(_paragraphs(text), *whois_lines.SENTENCES)
        if outcome in (None, DirectoryOutcome.FOUND) and self.free:
            outcome = DirectoryOutcome.ABSENT
        if outcome is None:
            self.problems.append("Nothing in the answer is about what was asked.")
            return self.build(DirectoryOutcome.UNREADABLE, data)
        if outcome is DirectoryOutcome.FOUND:
            self.statuses["reserved"] = None
        return self.build(outcome, data)

    def is_record(self, text: str) -> bool:
        """Say whether what was read is a record, not a stray line among sentences."""
        named = self.ends is not None or "name" in self.single
        dated = {"registration", "expiration"} & self.events.keys()
        # What is about no name, and tells neither days nor servers, may be about the registry.
        slight = not (named or dated or self.servers or self.single)
        if slight and _said(_paragraphs(text), DirectoryOutcome.ABSENT):
            return False
        if self.people or "referral" in self.single:
            return True
        # Others may be words of a refusal.
        states = self.statuses.keys() & whois_lines.STATES.values()
        signed = self.signed is not None
        parts = (self.events, states, self.servers, self.pointers, signed)
        count = sum(map(bool, parts))
        return count > 1 or (named and count == 1)

    def build(self, outcome: DirectoryOutcome, data: bytes) -> Record:
        first, last = self.ends or (None, None)
        nameservers = [
            Nameserver(name, tuple(ips)) for name, ips in self.servers.items()
        ]
        return Record(
            outcome,
            self.kind,
            **self.single,  # type: ignore[arg-type]
            status=tuple(self.statuses),
            events=tuple(self.events.values()),
            contacts=self._contacts(),
            nameservers=tuple(nameservers),
            signed=self.signed,
            first=first,
            last=last,
            origins=tuple(self.origins),
            redacted=tuple(self.redacted),
            raw=data,
            problems=tuple(self.problems),
        )

    def _people_by(self, field: str) -> dict[str, _Person]:
        return {
            person.fields[field]: person
            for person in self.people
            if field in person.fields
        }

    def _contacts(self) -> tuple[Contact, ...]:
        by_handle = self._people_by("handle")
        by_name = self._people_by("organisation")
        people: list[_Person] = []
        for person in self.people:
            # "registrant: 201", where 201 is a contact that stands below
            other = by_handle.get(person.fields.get("name", ""))
            if (
                other not in (None, person)
                and len(person.fields) == 1
                and not person.lists
            ):
                other.roles += person.roles
            elif person.fields or person.lists:
                people.append(person)
        for role, handle, name in self.pointers:
            meant = by_handle.get(handle) or by_name.get(name)
            if meant is None:
                meant = _Person()
                by_handle[handle or name] = meant
                if handle != name:
                    meant.put("handle", handle)
                if name:
                    meant.put("name", name)
                people.append(meant)
            meant.roles.append(role)
        contacts = [person.contact() for person in people]
        return tuple(dict.fromkeys(contacts))


def _below_a_name(text: str) -> str:
    """Return the field of a contact that a line without a key belongs to."""
    if "@" in text and " " not in text:
        return "emails"
    return "phones" if PHONE.fullmatch(text) else "address"


def _said(
    paragraphs: list[list[str]], *outcomes: DirectoryOutcome
) -> DirectoryOutcome | None:
    """Return the first of `outcomes` that a sentence in the paragraphs tells.

    A limit or a refusal stands in no condition, and in no long text of terms. Absence may stand in
    a condition: "No match for if.example".
    """
    for outcome in outcomes:
        answers = outcome in (DirectoryOutcome.THROTTLED, DirectoryOutcome.REFUSED)
        for lines in paragraphs:
            if answers and len(lines) > LONGEST_ANSWER:
                continue
            for line in lines:
                line = line[:LONGEST_SENTENCE].strip(whois_lines.AROUND).lower()
                if whois_lines.SENTENCES[outcome].search(line) and (
                    outcome is DirectoryOutcome.ABSENT or not CONDITIONAL.search(line)
                ):
                    return outcome
    return None


def _paragraphs(text: str) -> list[list[str]]:
    """Return the lines of an answer, rows among them, as they stand together."""
    paragraphs: list[list[str]] = [[]]
    mark = ""
    for line in text.split("\n"):
        words = line.strip(whois_lines.AROUND)
        mark_before = mark
        mark = line.strip()[:1]
        if mark not in ("%", "#"):
            mark = ""
        if not words or mark != mark_before:
            paragraphs.append([])
        paragraphs[-1].append(words)
    return paragraphs
