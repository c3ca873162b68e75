"""WHOIS answers (RFC 3912), read into a `Record`: whatever a server sends.

WHOIS has no form of its own: each registry made one. An answer is made of lines "key: value", in
blocks or under headings, with comments before a "%" or "#", and prose. `whois_forms` says what
keys, headings and sentences mean; nothing here knows a registry. A sentence of the server decides
only where no record came: one with terms of use that speak of "not found" is a record all the
same. A name that is reserved, or not to be had, is found and has the status "reserved": the
directory knows it, and nobody registered it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cached_property

from labsupport.directories import values, whois_lines, whois_values
from labsupport.directories.record import (
    DATABASE,
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
from labsupport.directories.whois_forms import (
    APART,
    CONDITIONAL,
    CONTACT_FIELDS,
    DAYS,
    EPP,
    FIELDS,
    HEADINGS,
    KEYS,
    NUMBERS,
    ROLES,
    SENTENCES,
    SOMEBODY,
    STATES,
    kind_of,
)
from labsupport.directories.whois_lines import ARIN_LINE, Row

Server = tuple[str, dict[str, None], list[Event]]
"""A name server, its addresses, and what was found there."""

LONGEST_SENTENCE = 300
AROUND = "%#;*>!.<- \t"
LONGEST_ANSWER = 6  # lines of a paragraph that may tell of a limit or a refusal; terms are longer
PAGE = re.compile(r"\s*(?:HTTP/\d|<(?:!doctype|html|\?xml|head|body)\b)", re.IGNORECASE)
ABUSE = re.compile(r"Abuse contact for '[^']*' is '([^'\s]+)'")
UPDATED = re.compile(
    r"(?:last update of (?:the )?(?:whois |rdds )?database|database was last updated on):",
    re.IGNORECASE,
)
PHONE = re.compile(r"\+?[0-9][0-9 ().x-]{6,}")
HANDLE_BEHIND = re.compile(r"(.*) \(([^()\s]+)\)$")
NOTHING = frozenset({"null", "none", "n/a", "not defined", "undefined"})  # a day that is none
BEHIND_AN_ACTOR = re.compile(r"(.*\S) (\d{8}|\d{14})(?: \((\w+)\))?")
IN_BRACKETS = re.compile(r"(.*?)\s*\(([^()]*)\)")
NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?\.)+[0-9-]*[a-z][a-z0-9-]*")
DAY_FIRST = re.compile(r"\b(?:dd|jj)[-/.]mm[-/.](?:yy|aa)", re.IGNORECASE)
MONTH_FIRST = re.compile(r"\bmm[-/.]dd[-/.](?:yy|aa)", re.IGNORECASE)


def read(data: bytes, *, query: str = "", server: str = "") -> Record:
    """Read what a WHOIS server answered. Never raises.

    `query` is what was asked: of several blocks of addresses, that is the record which holds it.
    `server` is the host that answered: it is no referral to itself. `Record.referral` is a host
    alone; a port, or the address of an rwhois server, stays in `unknown`.

    >>> found = read(b"domain: museum.example\\r\\ncreated: 20090612 #7\\r\\nstatus: published")
    >>> found.outcome.value, found.name, found.event("registration").when.day.year, found.status
    ('found', 'museum.example', 2009, ('active',))
    >>> read(b"% Query rate limit exceeded. Reduced information.\\n% No match for x.test").outcome
    <Outcome.THROTTLED: 'throttled'>
    """
    text, problem = whois_values.decode(data)
    reading = _Reading(query.strip(), server.strip().lower().removesuffix("."))
    if problem:
        reading.problems.append(problem)
    if PAGE.match(text):
        reading.notices.append(text)
        reading.problems.append("A web page came, not an answer.")
        return reading.record(data, text)
    reading.text = text
    blocks, paragraphs = whois_lines.cut(text)
    for lines in paragraphs:
        reading.notice(lines)
    for block in blocks:
        reading.block(block)
    reading.networks()
    return reading.record(data, text)


class _Person:
    """A contact while its fields are gathered."""

    __slots__ = ("fields", "lists", "roles")

    def __init__(self, role: str = "") -> None:
        self.roles = [role] if role else []
        self.fields: dict[str, str] = {}
        self.lists: dict[str, dict[str, None]] = {}

    def put(self, field: str, value: str) -> bool:
        """Take a value; say whether there was a place for it."""
        if field == "emails" and "://" in value:
            field = "forms"
        if field == "phones":
            value = value.removeprefix("tel:").removesuffix("[]").strip()  # LACNIC's extension
        elif field == "address":
            value = value.strip(", ")
        if field in LISTS:
            self.lists.setdefault(field, {})[value] = None
            return True
        if field == "kind":
            value = KINDS.get(value.lower(), "")
            if not value:
                return False
        return self.fields.setdefault(field, value) == value

    def contact(self, events: tuple[Event, ...], contacts: tuple[Contact, ...]) -> Contact:
        fields, lists = self.fields, self.lists
        return Contact(
            roles=tuple(dict.fromkeys(self.roles)),
            handle=fields.get("handle", ""),
            kind=fields.get("kind", ""),
            name=fields.get("name", ""),
            organisation=fields.get("organisation", ""),
            emails=tuple(lists.get("emails", ())),
            phones=tuple(lists.get("phones", ())),
            address=", ".join(lists.get("address", ())),
            country=fields.get("country", ""),
            forms=tuple(lists.get("forms", ())),
            ids=((IANA, fields[IANA]),) if IANA in fields else (),
            contacts=contacts,
            faxes=tuple(lists.get("faxes", ())),
            events=events,
            links=tuple(Link("about", href) for href in lists.get("url", ())),
            remarks=tuple(lists.get("remarks", ())),
        )


class _Reading:
    """What was read so far of one answer, or of one of several blocks in it."""

    def __init__(self, query: str, server: str) -> None:
        self.query = query
        self.server = server
        self.text = ""
        self.one: dict[str, str] = {}
        self.statuses: list[str] = []
        self.events: dict[Event, None] = {}
        self.roles: dict[str, _Person] = {}
        self.people: list[_Person] = []
        self.happened: dict[int, list[Event]] = {}
        self.pointers: list[tuple[str, str, str]] = []
        self.servers: dict[str, Server] = {}
        self.last_server: Server | None = None
        self.signed: bool | None = None
        self.ds: list[str] = []
        self.ends: tuple[Address, Address] | tuple[int, int] | None = None
        self.kind = ""
        self.origins: dict[int, None] = {}
        self.redacted: list[Redaction] = []
        self.links: list[Link] = []
        self.remarks: list[str] = []
        self.notices: list[str] = []
        self.said: list[list[str]] = []
        self.unknown: dict[str, list[str]] = {}
        self.problems: list[str] = []
        self.objects: list[Record] = []
        self.numbers: list[list[Row]] = []
        self.free = False
        self.facts = 0

    # Prose

    def notice(self, lines: list[str]) -> None:
        """Take a paragraph: whom to write to about abuse, how old the data are, what was found."""
        rest = []
        for line in lines:
            if "(NET" in line and (match := ARIN_LINE.match(line)):
                self.kind = "search"
                self.unknown.setdefault(match[2], []).append(line)
                continue
            rest.append(line)
            if "buse contact" in line and (match := ABUSE.search(line)) and "@" in match[1]:
                self._person("abuse").put("emails", match[1])
            elif "atabase" in line and (match := UPDATED.search(line)):
                self.events[Event(DATABASE, self._when(line[match.end() :].strip(" <")))] = None
        if rest:
            self.said.append(rest)
            self.notices.append(" ".join(rest))

    # Blocks

    def block(self, rows: list[Row]) -> None:
        """Read a block: about numbers, about somebody, or about the domain."""
        first, _, _, under = rows[0]
        told = {event.action for event in self.events} - {DATABASE}
        if first in NUMBERS:
            self.numbers.append(rows)
        elif first in SOMEBODY and not under:
            self._somebody(rows)
        else:
            host = kind_of(first) == "server" and bool(told)
            apart = first in APART and first not in KEYS
            for row in rows:
                kind = kind_of(row[0])
                if kind == "event":
                    self._day(row, told, host=host, apart=apart)
                elif apart and kind not in ("server", "pointer"):
                    self._unknown(row[1], row[2])
                else:
                    self.row(*row)

    def _day(self, row: Row, told: set[str], *, host: bool, apart: bool) -> None:
        """Take a day: the domain's, or a contact's or name server's in whose part it stands."""
        key, written, value, heading = row
        action = KEYS[key][1]
        role = HEADINGS.get(heading, "")
        of_domain = action.endswith("expiration") or "domain" in key or "record" in key
        if value.lower() in NOTHING or not any(map(str.isalnum, value)):
            self._unknown(written, value)
        elif host and self.last_server and not of_domain:
            self.last_server[2].append(self._at(action, value))
        elif values.withheld(value):
            self.row(*row)
        elif role and role != "domain" and not of_domain:
            self._happened(self._person(role), action, value)
        elif apart or heading in APART or kind_of(heading) == "server" or action in told:
            self._unknown(written, value)
        else:
            self.row(*row)

    def _somebody(self, rows: list[Row]) -> None:
        person = _Person()
        self.people.append(person)
        first = rows[0][0]
        named = any(row[0] == "org-name" for row in rows)
        for key, written, value, under in rows:
            field = CONTACT_FIELDS.get(key, "")
            if key == "organisation" and named:
                field = "handle"
            elif key == "contact" and value.lower() in ROLES:  # as IANA writes it
                person.roles.append(ROLES[value.lower()])
                continue
            if field and values.withheld(value):
                self.redacted.append(Redaction(written, "text", value))
            elif kind_of(key) == "event" and not field:
                self._happened(person, KEYS[key][1], value)
            elif kind_of(key) == "server":
                self.row(key, written, value, under)
            elif key in ("remarks", "descr", "comment"):
                person.put("remarks", value)
            elif not (field and person.put(field, value)):
                self._unknown(written, value)
        kind = {"person": "individual", "role": "group", "organisation": "org", "orgname": "org"}
        if first in kind:
            person.put("kind", kind[first])
        if first == "organisation" and not named:
            person.roles.append("registrant")  # IANA's: who keeps the domain or the block

    def networks(self) -> None:
        """Read the blocks about numbers: one is the record, the others are within it."""
        if not self.numbers:
            return
        found = [(self._size(rows), rows) for rows in self.numbers]
        asked = _asked_number(self.query)
        blocks = [item for item in found if item[1][0][0] not in ("route", "route6")] or found
        holding = [item for item in blocks if asked is not None and _holds(item[1], asked)]
        main = min(holding or blocks, key=lambda item: item[0])[1]
        for row in main:
            self.row(*row)
        for rows in self.numbers:
            if rows is main:
                continue
            inner = _Reading("", self.server)
            for row in rows:
                inner.row(*row)
            if rows[0][0] in ("route", "route6") and self.kind == "ip network":
                self.origins |= inner.origins
            self.problems += inner.problems
            for key, kept in inner.unknown.items():
                self.unknown.setdefault(key, []).extend(kept)
            inner.problems, inner.unknown = [], {}
            self.objects.append(inner.build(Outcome.FOUND, b""))

    @staticmethod
    def _size(rows: list[Row]) -> int:
        ends = _ends(rows[0][2])
        return int(ends[1]) - int(ends[0]) if ends else 1 << 129

    # Rows

    def row(self, key: str, written: str, value: str, heading: str) -> None:
        """Put the value of one row where it belongs, or keep it as unknown."""
        meaning = MEANINGS.get(key)
        if heading:
            role = HEADINGS.get(heading, "")
            if role == "domain" and key == "name":
                meaning = MEANINGS["domain"]
            elif role and role != "domain" and key in FIELDS:
                meaning = (_Reading._contact, role, FIELDS[key], True)
        elif key in FIELDS and "registrant" in self.roles:
            # LACNIC and NIC.br write the holder's address and country into the block itself.
            self._person("registrant").put(FIELDS[key], value)
            if meaning is None:
                return
        if not any(map(str.isalnum, value)):
            return  # "-" or "." in the place of nothing
        if values.withheld(value):
            self.redacted.append(Redaction(written, "text", value))
        elif meaning is None:
            self._unknown(written, value)
        else:
            place, detail, field, is_fact = meaning
            if not place(self, detail, field, value):
                self._unknown(written, value)
            elif is_fact:
                self.facts += 1

    def _contact(self, role: str, field: str, value: str) -> bool:
        person = self._person(role)
        if not field:  # behind the name of the role, or below it
            name, *more = (part.strip() for part in value.split("\t") if part.strip())
            if (match := HANDLE_BEHIND.match(name)) and "/" not in match[2]:
                name = match[1].strip()
                person.put("handle", match[2])
            if not person.put("name", name):
                person.put(_below_a_name(name), name)
            for part in more:
                person.put(_below_a_name(part), part)
        elif not person.put(field, value):
            if field != "handle":
                return False
            self.roles[role] = another = _Person(role)  # the next one with this role
            self.people.append(another)
            another.put(field, value)
        return True

    def _person(self, role: str) -> _Person:
        person = self.roles.get(role)
        if person is None:
            self.roles[role] = person = _Person(role if role != NO_ROLE else "")
            self.people.append(person)
        return person

    def _happened(self, person: _Person, action: str, value: str) -> None:
        self.happened.setdefault(id(person), []).append(self._at(action, value))

    def _event(self, action: str, _: str, value: str) -> bool:
        self.events[self._at(action, value)] = None
        return True

    def _at(self, action: str, value: str) -> Event:
        actor, status = "", ""
        words = value.split()
        if "@" in value and len(words) > 1:  # "noc@alojar.example 20260301"
            actor = next(word for word in words if "@" in word)
            value = " ".join(word for word in words if word != actor)
        elif match := BEHIND_AN_ACTOR.fullmatch(value):
            actor, value, status = match[1], match[2], (match[3] or "").lower()
        return Event(action, self._when(value.strip(' ."')), actor, (status,) if status else ())

    def _when(self, value: str) -> When:
        when = whois_values.moment(value)
        if when.time is None:
            day_first = self._order
            if day_first is None:
                name = self.one.get("name") or self.query
                day_first = DAYS.get(name.lower().rpartition(".")[2])
            when = whois_values.moment(value, day_first)
            if when.time is None:
                self.problems.append(
                    f"The day {values.shown(value)} could not be read for certain."
                )
        return when

    @cached_property
    def _order(self) -> bool | None:
        """What the answer says of its days: that 03/04/2026 is in April, in March, or nothing."""
        if DAY_FIRST.search(self.text):
            return True
        return False if MONTH_FIRST.search(self.text) else None

    def _unknown(self, written: str, value: str) -> None:
        self.unknown.setdefault(written, []).append(value)

    def _once(self, field: str, value: str) -> bool:
        return self.one.setdefault(field, value) == value

    def _handle(self, _: str, __: str, value: str) -> bool:
        return self._once("handle", value)

    def _name(self, _: str, __: str, value: str) -> bool:
        text = value.split()[0].strip('"')
        try:
            name, other = values.name(text)
        except ValueError:
            self.problems.append(f"The name {values.shown(value)} is none that IDNA 2008 allows.")
            return False
        if not NAME.fullmatch(name):
            return False
        self.kind = self.kind or "domain"
        if other:
            self._once("unicode_name", other)
        return self._once("name", name) and text == value

    def _status(self, _: str, __: str, value: str) -> bool:
        if self.kind in ("ip network", "autnum"):
            self._once("type", value)
        read = True
        for part in value.split(","):
            word = values.status(part)
            word = EPP.get(word.replace(" ", ""), word)
            if word not in EPP.values():
                plain = word.rstrip(".")
                if (match := IN_BRACKETS.fullmatch(plain)) and plain not in STATES:
                    plain = match[1]
                    self._until(match[2])
                plain = plain if plain in STATES else plain.partition(" - ")[0]
                if STATES.get(plain) == "free":
                    self.free = True
                    continue
                first = plain.split(" ")[0]
                word = STATES.get(plain, STATES.get(first, "") if self.one.get("type") else "")
            if not word:
                read = False
            elif word not in self.statuses:
                self.statuses.append(word)
        return read or "type" in self.one

    def _until(self, day: str) -> None:
        """Take a day behind a state for that on which it ends."""
        if whois_values.moment(day).time is not None:
            self._event("expiration", "", day)

    def _server(self, _: str, __: str, value: str) -> bool:
        clear = True
        value = value.rpartition("\tNS\t")[2]  # a record of the DNS
        for token in value.replace(",", " ").replace("][", " ").split():
            token = token.strip("()[]").removesuffix(".")
            if not token:
                continue
            address = whois_values.address(token)
            if token.lower() == self.one.get("name"):
                clear = False  # not a server: the name once more, as .dk writes it
            elif address and self.last_server:
                self.last_server[1][address] = None
            elif HOST.fullmatch(token.lower()):
                # LACNIC names a server again for each part of a block.
                self.last_server = self.servers.setdefault(token.lower(), (token.lower(), {}, []))
            elif token != "-":
                clear = False
        return clear

    def _check(self, action: str, _: str, value: str) -> bool:
        if self.last_server is None:
            return False
        word = value.partition(" ")[2].strip().lower()
        status = (f"ns {word}",) if word else ()
        self.last_server[2].append(Event(action, self._when(value), status=status))
        return True

    def _signed(self, _: str, __: str, value: str) -> bool:
        word = value.lower()
        if word.startswith(("signed", "yes", "active")):
            self.signed = True
        elif word.startswith(("unsigned", "no", "inactive")):
            self.signed = False
        else:
            return False
        return True

    def _ds(self, _: str, __: str, value: str) -> bool:
        parts = value.split()
        if len(parts) < 3:
            return False
        at = 3 if len(parts) > 3 and all(part.isdigit() for part in parts[:3]) else 2
        self.ds.append(" ".join([*parts[:at], "".join(parts[at:]).lower()]))
        return True

    def _referral(self, _: str, __: str, value: str) -> bool:
        scheme, _, rest = value.lower().rpartition("://")
        host, _, port = rest.rstrip("/").partition(":")
        host = host.removesuffix(".")
        if scheme not in ("", "whois") or not HOST.fullmatch(host) or host == self.server:
            return False
        return self._once("referral", host) and not port

    def _link(self, rel: str, _: str, value: str) -> bool:
        if rel == "about":
            return self._person("registrar").put("url", value)
        self.links.append(Link(rel, value))
        return True

    def _pointer(self, role: str, _: str, value: str) -> bool:
        self.pointers.append((role, value, value if " " in value else ""))
        return True

    def _organization(self, _: str, __: str, value: str) -> bool:
        match = HANDLE_BEHIND.match(value)
        self.pointers.append(
            ("registrant", match[2] if match else "", match[1] if match else value)
        )
        return True

    def _network(self, _: str, __: str, value: str) -> bool:
        ends = whois_values.block(value)
        if self.ends is None:
            self.kind = "ip network"
            self.ends = ends
            if ends is None:
                self.problems.append(f"The block {values.shown(value)} could not be read.")
        return ends is not None and self.ends == ends

    def _number(self, _: str, __: str, value: str) -> bool:
        found = whois_values.numbers(value)
        if self.kind == "ip network":
            return self._origin("", "", value)
        self.kind = "autnum"
        if found is None:
            self.problems.append(f"The AS number {values.shown(value)} could not be read.")
        self.ends = self.ends or found
        return found is not None and self.ends == found

    def _origin(self, _: str, __: str, value: str) -> bool:
        clear = True
        for part in re.split(r"[\s,]+", value):
            found = whois_values.numbers(part)
            if found is None:
                clear = False
            else:
                self.origins[found[0]] = None
        return clear

    def _netname(self, _: str, __: str, value: str) -> bool:
        return self._once("name", value)

    def _type(self, _: str, __: str, value: str) -> bool:
        return self._once("type", value)

    def _parent(self, _: str, __: str, value: str) -> bool:
        match = HANDLE_BEHIND.match(value)
        return self._once("parent", match[2] if match else value) and match is None

    def _country(self, _: str, __: str, value: str) -> bool:
        if self.kind == "domain":  # whose holder is not named
            return self._person("registrant").put("country", value)
        return self._once("country", value)

    def _remark(self, _: str, __: str, value: str) -> bool:
        self.remarks.append(value)
        return True

    # The whole

    def record(self, data: bytes, text: str) -> Record:
        """Say what the answer is, and return it."""
        named = self.ends is not None or "name" in self.one
        found = (named and self.facts > 0) or self.facts > 1 or "referral" in self.one
        found = found or self.kind == "search"
        entity = bool(self.people) and not found and not named
        found = found or entity
        dated = {"registration", "expiration"} & {event.action for event in self.events}
        # What is about no name, and tells neither days nor servers, may be about the registry.
        slight = not (named or dated or self.servers or self.one or self.kind == "search")
        if slight and _said(_paragraphs(text), Outcome.ABSENT):
            found = False
        if found and (dated or not self.free):
            self.kind = "entity" if entity else self.kind
            if _said(self.said, Outcome.THROTTLED, Outcome.REFUSED):
                self.problems.append(
                    "The server says that it was asked too much: the answer may be a part of it."
                )
            return self.build(Outcome.FOUND, data)
        if not text.strip():
            self.problems.append("The answer is empty.")
            return self.build(Outcome.UNREADABLE, data)
        outcome = _said(_paragraphs(text), *SENTENCES)
        if outcome is None and not self.free:
            self.problems.append("Nothing in the answer is about what was asked.")
            return self.build(Outcome.UNREADABLE, data)
        if outcome in (None, Outcome.FOUND) and self.free:
            outcome = Outcome.ABSENT
        if outcome is Outcome.FOUND:
            self.statuses.append("reserved")
        if outcome in (Outcome.ABSENT, Outcome.FOUND) and "." in self.query:
            self._asked()
        return self.build(outcome or Outcome.ABSENT, data)

    def build(self, outcome: Outcome, data: bytes) -> Record:
        one, ends = self.one, self.ends
        first, last = ends if ends else (None, None)
        return Record(
            source="whois",
            outcome=outcome,
            kind=self.kind,
            handle=one.get("handle", ""),
            name=one.get("name", ""),
            unicode_name=one.get("unicode_name", ""),
            status=tuple(self.statuses),
            events=_newest_change_first(tuple(self.events)),
            contacts=self._contacts(),
            nameservers=tuple(
                Nameserver(name, tuple(addresses), events=tuple(events))
                for name, addresses, events in self.servers.values()
            ),
            signed=True if self.ds and self.signed is None else self.signed,
            ds=tuple(self.ds),
            first=first,
            last=last,
            type=one.get("type", ""),
            parent=one.get("parent", ""),
            country=one.get("country", ""),
            origins=tuple(self.origins),
            redacted=tuple(self.redacted),
            links=tuple(self.links),
            referral=one.get("referral", ""),
            remarks=tuple(self.remarks),
            notices=tuple(self.notices),
            raw=data,
            unknown=dict(self.unknown),
            problems=tuple(self.problems),
            objects=tuple(self.objects),
        )

    def _contacts(self) -> tuple[Contact, ...]:
        known = {p.fields["handle"]: p for p in self.people if "handle" in p.fields}
        by_name = {p.fields.get("organisation", ""): p for p in self.people}
        people: list[_Person] = []
        for person in self.people:
            # "registrant: 201", where 201 is a contact that stands below
            other = known.get(person.fields.get("name", ""))
            if other not in (None, person) and len(person.fields) == 1 and not person.lists:
                other.roles += person.roles
            elif person.fields or person.lists:
                people.append(person)
        for role, handle, name in self.pointers:
            meant = known.get(handle) or (by_name.get(name) if name else None)
            if meant is None:
                meant = _Person()
                if handle and handle != name:
                    meant.put("handle", handle)
                if name:
                    meant.put("name", name)
                known[handle or name] = meant
                people.append(meant)
            meant.roles.append(role)
        desk = [person for person in people if DESK in person.roles]
        for person in desk:
            person.roles = ["abuse"]
        has_registrar = any("registrar" in person.roles for person in people)
        found = []
        for person in people:
            if has_registrar and person in desk:
                continue
            inner = desk if "registrar" in person.roles else []
            events = tuple(self.happened.get(id(person), ()))
            found.append(person.contact(events, tuple(d.contact((), ()) for d in inner)))
        return tuple(dict.fromkeys(found))

    def _asked(self) -> None:
        """Put what was asked into a record about what is not there."""
        try:
            self.one.setdefault("name", values.name(self.query)[0])
        except ValueError:
            return
        if _asked_number(self.query) is None:
            self.kind = "domain"
        else:
            del self.one["name"]


def _below_a_name(text: str) -> str:
    """Return the field of a contact that a line without a key belongs to."""
    if "@" in text and " " not in text:
        return "emails"
    return "phones" if PHONE.fullmatch(text) else "address"


def _newest_change_first(events: tuple[Event, ...]) -> tuple[Event, ...]:
    changes = sorted(
        (event for event in events if event.action == "last changed"),
        key=lambda event: event.when.day or date.min,
        reverse=True,
    )
    newest = iter(changes)
    return tuple(next(newest) if event.action == "last changed" else event for event in events)


def _said(paragraphs: list[list[str]], *outcomes: Outcome) -> Outcome | None:
    """Return the first of `outcomes` that a sentence in the paragraphs tells.

    A limit or a refusal stands in no condition, and in no long text of terms. Absence may stand in
    a condition: "No match for if.example".
    """
    for outcome in outcomes:
        answers = outcome in (Outcome.THROTTLED, Outcome.REFUSED)
        for lines in paragraphs:
            if answers and len(lines) > LONGEST_ANSWER:
                continue
            for line in lines:
                line = line[:LONGEST_SENTENCE].strip(AROUND).lower()
                if SENTENCES[outcome].search(line) and (
                    outcome is Outcome.ABSENT or not CONDITIONAL.search(line)
                ):
                    return outcome
    return None


def _paragraphs(text: str) -> list[list[str]]:
    """Return the lines of an answer, rows among them, as they stand together."""
    found: list[list[str]] = [[]]
    kind = ""
    for line in text.split("\n"):
        words = line.strip(AROUND)
        before, kind = kind, line.strip()[:1] if line.strip()[:1] in ("%", "#") else ""
        if not words or before != kind:
            found.append([])
        found[-1].append(words)
    return found


def _ends(text: str) -> tuple[Address, Address] | tuple[int, int] | None:
    return whois_values.block(text) or whois_values.numbers(text)


def _asked_number(query: str) -> Address | int | None:
    ends = _ends(query)
    return ends[0] if ends else None


def _holds(rows: list[Row], asked: Address | int) -> bool:
    ends = _ends(rows[0][2])
    return (
        ends is not None
        and type(ends[0]) is type(asked)
        and int(ends[0]) <= int(asked) <= int(ends[1])
    )


IANA = "IANA Registrar ID"
DESK = "registrar abuse"
NO_ROLE = "contact"
LISTS = frozenset({"address", "emails", "faxes", "forms", "phones", "remarks", "url"})
KINDS = {
    "group": "group",
    "individual": "individual",
    "org": "org",
    "organisation": "org",
    "organization": "org",
    "person": "individual",
}
IDENTIFYING = frozenset({"name", "handle", "network", "number"})
Place = Callable[[_Reading, str, str, str], bool]
"""Puts a value where it belongs; says whether nothing of it was left over."""
MEANINGS: dict[str, tuple[Place, str, str, bool]] = {
    key: (getattr(_Reading, f"_{kind}"), detail, field, kind not in IDENTIFYING)
    for key, (kind, detail, field) in KEYS.items()
}
"""For each key: what takes its value, with what, and whether that tells more than a name."""
