"""`lab.draft`: the technical part of a request, for one addressee; the law's part empty.

It fills nothing in that no record or question gave, and says of each value where it is from.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from zoneinfo import ZoneInfo

from labsupport.language import Language, mark
from labsupport.lookups import countries, lookalikes, rdap
from labsupport.lookups.countries import GENERAL, Country
from labsupport.lookups.forms import Document, Field, Paper, Section
from labsupport.lookups.moments import Moment, read_zoned
from labsupport.lookups.names import NotUnderstood, Typed, folded
from labsupport.lookups.numbers import Number, of_nobody
from labsupport.lookups.once import Once
from labsupport.lookups.registration import (
    NOTHING,
    block_of,
    holder,
    reached,
    read_what,
)
from labsupport.lookups.session import Session
from labsupport.lookups.spans import read_span
from labsupport.lookups.subscribers import (
    read_destination_port,
    read_protocol,
    read_source_port,
)
from labsupport.lookups.who import (
    ACCESS,
    CDN,
    CUSTOMER,
    DNS_OPERATOR,
    HOST,
    MOST_ADDRESSES,
    PROXY,
    REGISTRAR,
    REGISTRY,
    RESELLER,
    Actor,
    Who,
    who,
)
from labsupport.results import (
    Explanation,
    Kind,
    Result,
    Table,
    quoted,
    span,
    utc,
)

# What may be typed for a kind of request, and its title.
KINDS = {
    "preservation": mark("Request to preserve data"),
    "disclosure": mark("Request to disclose data"),
}
ALSO = {"preservacion": "preservation", "preservacao": "preservation"}
ALSO |= {"divulgacion": "disclosure", "divulgacao": "disclosure"}

ADDRESSES = mark("holder of the addresses")  # of an address that may be anybody's
NETWORK = mark("holder of the network")  # of an AS number
SHORT = {CDN: "cdn", ADDRESSES: "network"}  # what a part may be called as well

# What each part could technically hold, item by item.
ACCOUNT = (
    mark("customer: name, address, e-mail, telephone, as given"),
    mark("payments: how, by whom, when"),
    mark("log-ins to the account: address, port and time of each"),
)
VISITS = mark("log of visits: address, port and time of each, with the page asked for")
GIVEN = mark("customers to whom the address was given, when")
HOLDS = {
    PROXY: (*ACCOUNT, mark("messages to the registrant that were passed on")),
    RESELLER: (*ACCOUNT, mark("what was ordered from the registrar, and when")),
    REGISTRAR: (
        *ACCOUNT,
        mark("changes of contacts and name servers: what, when, from which address"),
        mark("other names of the same account"),
    ),
    REGISTRY: (
        mark("history of the registration: registrars, name servers, status, with their times"),
        mark("contacts of the holder, where the registry has them"),
    ),
    DNS_OPERATOR: (
        *ACCOUNT,
        mark("records of the zone, and their changes: what, when, from which address"),
    ),
    CDN: (
        *ACCOUNT,
        mark("address of the machine from which it fetches the site, and its changes"),
        VISITS,
    ),
    HOST: (*ACCOUNT, VISITS, mark("a copy of what is on the machine")),
    CUSTOMER: (*ACCOUNT, VISITS, mark("a copy of what is on the machine, where it runs it")),
    ADDRESSES: (*ACCOUNT, GIVEN),
    NETWORK: (*ACCOUNT, GIVEN),
    ACCESS: (
        mark("the subscriber whose connection this was"),
        mark("if the log leaves several subscribers, all of them"),
        mark("the entries of its log about it; which log that is, and how its clock is set"),
        mark("contract: name, address of the connection, since when, means of payment"),
    ),
}
TELLS = mark("it may tell its customer")
SUSPECT = mark("it may be the suspect, or belong to the suspect; it may tell its customer")
MIND = {
    PROXY: SUSPECT,
    RESELLER: SUSPECT,
    REGISTRAR: TELLS,
    REGISTRY: mark("it may pass the request on to the registrar"),
    DNS_OPERATOR: SUSPECT,
    CDN: TELLS,
    HOST: SUSPECT,
    CUSTOMER: SUSPECT,
    ADDRESSES: SUSPECT,
    NETWORK: SUSPECT,
    ACCESS: TELLS,
}
OF_THE_NAME = (PROXY, RESELLER, REGISTRAR, REGISTRY)
# What those need of a registration to find it.
FACTS = (
    mark("registrant"),
    mark("registrar"),
    mark("status"),
    mark("registered"),
    mark("last changed"),
    mark("name servers"),
)


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who could receive the request, and the `fields` that concern them.

    `parts` are keys of HOLDS. `contact` is how the record says they are reached, "" where it says
    nothing; `source` is that record.
    """

    parts: tuple[str, ...]
    name: str
    contact: str
    source: str
    fields: tuple[Field, ...]

    def called(self, say: Language) -> str:
        """Return the name and the parts: "Registro Veloz Ltd. (registrar)"."""
        return f"{self.name} ({', '.join(map(say, self.parts))})"

    def holds(self) -> tuple[str, ...]:
        """Return what they could hold, item by item."""
        return tuple(dict.fromkeys(item for part in self.parts for item in HOLDS[part]))

    def and_(self, other: Addressee) -> Addressee:
        """Return the same one with the parts of both."""
        parts = dict.fromkeys((*self.parts, *other.parts))
        fields = dict.fromkeys((*self.fields, *other.fields))
        return replace(self, parts=tuple(parts), fields=tuple(fields))


class Receivers(Explanation):
    """Who could receive a request, as a table. No paper is made: `save` says what it takes."""

    def __init__(
        self, session: Session, sentence: str, found: Sequence[Addressee], notes: Sequence[str]
    ) -> None:
        say = session.say
        columns = (
            say("part"),
            say("who"),
            say("contact in the record"),
            say("what it could technically hold"),
            say("to mind"),
            say("where it comes from"),
        )
        rows = tuple(
            (
                ", ".join(map(say, one.parts)),
                one.name,
                one.contact or say("none"),
                "; ".join(map(say, one.holds())),
                "; ".join(dict.fromkeys(say(MIND[part]) for part in one.parts)),
                one.source,
            )
            for one in found
        )
        table = Table(say("Who could receive it"), columns, rows)
        told = tuple(dict.fromkeys(notes))
        super().__init__(say, None, sentence, told, session.provenance(""), table)

    @property
    def addressees(self) -> Receivers:
        """The same: who could receive it."""
        return self

    @property
    def html(self) -> str:
        """There is no paper yet: what it takes."""
        return self.sentence

    text = html

    def save(self, name: object = "") -> Result:
        """Write nothing, and say what a paper takes."""
        return Explanation(self.say, Kind.NOT_ASKED, self.sentence)


class Draft(Paper):
    """A form for one addressee, whose technical fields are filled.

    Attributes: `addressee`; `sections`, its technical fields; `country`, whose words it has;
    `request`, "preservation" or "disclosure"; `about`, the name or address it is about;
    `addressees`, who else could receive one.
    """

    file = "request.html"

    def __init__(
        self,
        session: Session,
        request: str,
        about: str,
        country: Country,
        addressee: Addressee,
        addressees: Receivers,
        sections: Sequence[Section],
        notes: Sequence[str],
        remarks: Sequence[str],
    ) -> None:
        self.request = request
        self.about = about
        self.country = country
        self.addressee = addressee
        self.addressees = addressees
        self.sections = tuple(sections)
        self._training = session.training
        self._asked = utc(session.network.clock.now())
        self._remarks = tuple(remarks)
        say = session.say
        told = countries.labels(request, say)
        labels = "; ".join(label for key, label in told.items() if key != "data")
        empty = say("Left empty, for the requesting office: {labels}.", labels=labels)
        super().__init__(say, None, session.provenance(""), (*notes, empty, *remarks))

    @property
    def sentence(self) -> str:
        filled = sum(bool(field.value) for section in self.sections for field in section.fields)
        return self.say.many(
            "{title}, for {addressee}, about {about}: a draft. {count} technical field is filled "
            "in, with its source.",
            "{title}, for {addressee}, about {about}: a draft. {count} technical fields are "
            "filled in, each with its source.",
            filled,
            title=self.say(KINDS[self.request]),
            addressee=self.addressee.called(self.say),
            about=self.about,
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (section.title, field.label, field.value or say("(empty)"), field.source or "–")
            for section in self.sections
            for field in section.fields
        ]
        columns = (say("part"), say("field"), say("value"), say("where it comes from"))
        caption = say("The technical fields; records asked {when}", when=self._asked)
        return Table(caption, columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "The records are of the moment when they were asked, not of the day of the "
                "offence: name servers, addresses and holders change."
            ),
            say("How long logs are kept, no record says: what is asked for may be gone."),
            say(
                "That somebody could hold data does not say that it must hand them over, nor how "
                "to ask: that depends on the law of the requesting office."
            ),
        )

    @property
    def html(self) -> str:
        """The form as a web page that needs no other file and prints on A4."""
        return self._document().html(self.say)

    @property
    def text(self) -> str:
        """The form as plain text."""
        return self._document().text(self.say)

    def _document(self) -> Document:
        say, one = self.say, self.addressee
        facts = self.country.facts_on(self.about)
        remarks = (
            say(
                "Contact in the record: {contact} ({source}). Another desk may answer authorities.",
                contact=one.contact or say("none"),
                source=one.source,
            ),
            *(say("{who}: {mind}.", who=say(part), mind=say(MIND[part])) for part in one.parts),
            *self._remarks,
            *(countries.sourced(self.country, fact, say) for fact in facts),
            *self.limits,
        )
        return Document(
            say(KINDS[self.request]),
            say("To {addressee}", addressee=one.called(say)),
            say(
                "About {about}. A draft, not signed. Beside each item stands where it comes from. "
                "Public directories were asked on {when}.",
                about=self.about,
                when=self._asked,
            ),
            self.country,
            countries.labels(self.request, say),
            tuple(map(say, one.holds())),
            self.sections,
            tuple(dict.fromkeys(remarks)),
            self._training,
        )


def draft(
    session: Session,
    request: object,
    target: object,
    *,
    addressee: object = "",
    country: object = "",
    since: object = "",
    until: object = "",
    time: object = "",
    port: object = "",
    destination: object = "",
    destination_port: object = "",
    protocol: object = "",
    tolerance: object = "",
) -> Result:
    """Fill the technical part of a request about `target`, a name or an address.

    `request` is "preservation" or "disclosure"; `addressee` a part like "registrar" or a name:
    without one the answer tells who could receive it. `country` is a code or a name. `since` and
    `until` say from when to when data exist that are asked for; a connection, as a server's log
    has it, has `time` in their place, and the rest. Raises NotUnderstood for what cannot be read.
    """
    say = session.say
    kind = _read_request(request, say)
    form, remarks = _read_country(country, say)
    if target == "":
        raise NotUnderstood(
            say(
                "About what? Type a name or an address after the kind of request, like "
                'lab.draft("preservation", "www.museum.example").'
            )
        )
    what = read_what(target, say)
    details = (time, port, destination, destination_port, protocol, tolerance)
    connected = any(detail != "" for detail in details)
    now = session.network.clock.now()
    gaps: list[str] = []
    given = []
    if connected:
        given.append(_connection(what, details, form, gaps, now, say))
    if since != "" or until != "" or (addressee != "" and not connected):
        given.append(_period(since, until, form, gaps, now, say))
    # One lookup asks each page once: several records come from the same list of servers.
    asking = replace(session, network=Once(session.network))
    notes = [*what.notes]
    if isinstance(what, Typed):
        title, found = say("The name"), _together(_of_name(asking, what, notes))
    else:
        number = isinstance(what.resource, int)
        title = say("The network") if number else say("The address")
        part = ACCESS if connected else NETWORK if number else ADDRESSES
        found = _together(_of_number(asking, what, part, notes))
    chosen = _choose(addressee, found, say)
    missing = "" if given else ', since="…", until="…"'
    receivers = Receivers(session, _receivable(found, addressee, missing, say), found, notes)
    if chosen is None:
        return receivers
    sections = (*given, Section(title, chosen.fields))
    return Draft(session, kind, what.text, form, chosen, receivers, sections, remarks, gaps)


def _together(found: Iterable[Addressee]) -> list[Addressee]:
    """Return each once who has the same part twice."""
    known: dict[tuple[tuple[str, ...], str], Addressee] = {}
    for one in found:
        key = (one.parts, folded(one.name))
        known[key] = known[key].and_(one) if key in known else one
    return list(known.values())


def _choose(wanted: object, found: Sequence[Addressee], say: Language) -> Addressee | None:
    """Return who is meant, by a part or by name; None where that is nobody, or several."""
    typed = _words(wanted) if isinstance(wanted, str) else []
    if not typed:
        return None
    called = {
        one: [
            _words(text)
            for part in one.parts
            for text in (part, say(part), SHORT.get(part, part), one.name)
        ]
        for one in found
    }
    meant = [one for one, names in called.items() if typed in names] or [
        one for one, names in called.items() if any(set(typed) <= set(name) for name in names)
    ]
    if not meant or len({folded(one.name) for one in meant}) > 1:
        return None
    return functools.reduce(Addressee.and_, meant)


def _words(text: str) -> list[str]:
    return [folded(word) for word in re.findall(r"\w+", text)]


def _receivable(found: Sequence[Addressee], addressee: object, missing: str, say: Language) -> str:
    """Say who could receive the request, and what to type for a paper."""
    if not found:
        return say("The records name nobody who could receive it.")
    how = say(
        "A request is drafted for one of them. Add a part or a name of the table: {how}.",
        how=f'addressee="{say(found[0].parts[0])}"{missing}',
    )
    if addressee != "":
        how = say("{what} is none of them, or more than one.", what=quoted(addressee)) + f" {how}"
    names = "; ".join(one.called(say) for one in found)
    return say("By the records, data could be held by: {names}.", names=names) + f" {how}"


def _period(
    since: object, until: object, country: Country, gaps: list[str], now: float, say: Language
) -> Section:
    """The time for which data is asked, both of its ends."""
    if since == "" or until == "":
        raise NotUnderstood(
            say(
                "From when to when? Data that exist over a time are asked for with both ends, like "
                'since="2026-10-29 -03:00", until="2026-10-30 12:00:00 -03:00".'
            )
        )
    first, last = read_zoned(since, say, day=True), read_zoned(until, say, day=True)
    last = replace(last, local=last.end)
    if first.local > last.local:
        raise NotUnderstood(say("The period ends before it begins: exchange its two ends."))
    gaps += _to_come(first, now, say)
    gaps += _to_come(last, now, say)
    given = say("given by the requesting office")
    fields = (
        Field(say("data from"), written(first, country, say), given),
        Field(say("data until"), written(last, country, say), given),
    )
    return Section(say("The period"), fields)


def _of_name(session: Session, typed: Typed, notes: list[str]) -> Iterator[Addressee]:
    """Those whom `lab.who` finds, each with what concerns them; `notes` gets remarks."""
    say = session.say
    found = who(session, typed, ())
    if not isinstance(found, Who):
        notes.append(found.sentence)
        return
    given = say("given by the requesting office")
    names = [Field(say("name, as machines write it"), typed.text, given)]
    if (seen := lookalikes.shown(typed.text)) != typed.text:
        names.append(Field(say("name, as people see it"), seen, say("converted (RFC 5891)")))
    registration = _registration(found.registration, say)
    notes += found.registration.notes if registration else [found.registration.sentence]
    notes += [actor.problem for actor in found.actors if actor.problem]
    if len(found.addresses) >= MOST_ADDRESSES:
        notes.append(
            say(
                "At most {count} addresses of each kind were taken. lab.ask shows all of them.",
                count=MOST_ADDRESSES,
            )
        )
    if found.dns.kind is not Kind.FOUND:
        notes.append(say("The resolver gave no address for {name}.", name=typed.text))
    if found.cdn:
        notes.append(
            say("A content delivery network stands before the site: {words}.", words=found.cdn)
        )
    for actor in found.actors:
        if actor.who and actor.part in HOLDS:
            own = registration if actor.part in OF_THE_NAME else _own(actor, say)
            source = say("record of {server}", server=actor.source)
            yield Addressee((actor.part,), actor.who, actor.reached, source, (*names, *own))


def _own(actor: Actor, say: Language) -> tuple[Field, ...]:
    """What leads from a name to one on the way to the site: name servers, or addresses."""
    label = say("name servers") if actor.part == DNS_OPERATOR else say("addresses")
    return (Field(label, actor.detail, say("DNS, the resolver of this connection")),)


def _registration(found: Result, say: Language) -> tuple[Field, ...]:
    """What registry and registrar say of a name: each value with the record it stands in."""
    if not isinstance(found, rdap.Domain):
        return ()
    hosts = [host for _, host, _ in found.records]
    fields = [Field(say("registered domain"), found.domain, _source(hosts[:1], say))]
    for row in found.rows:
        if row.label not in map(say, FACTS):
            continue
        told: dict[str, list[str]] = {}
        for host, cell in zip(hosts, row.cells, strict=False):
            if cell != NOTHING.text:
                told.setdefault(cell, []).append(host)
        for cell, saying in told.items():
            source = _source(saying, say)
            if row.agree is False:
                source = say("{source} (registry and registrar disagree)", source=source)
            fields.append(Field(row.label, cell, source))
    return tuple(fields)


def _of_number(
    session: Session, number: Number, part: str, notes: list[str]
) -> Iterator[Addressee]:
    """The holders of a number and of the larger block it was cut out of, with that `part`."""
    say = session.say
    found = None if (problem := of_nobody(number, say)) else rdap.rdap(session, number)
    if not isinstance(found, rdap.Numbers):
        notes.append(found.sentence if found else problem)
        return
    notes += found.notes
    fields = () if part == ACCESS else tuple(_address(number, say))
    for _, host, record in found.records:
        if contact := holder(record):
            source = _source([host], say)
            reach = next(filter(None, map(reached, record.with_role("abuse"))), "")
            block = Field(say("block of the addressee"), block_of(record), source)
            yield Addressee((part,), contact.called, reach, source, (*fields, block))


def _address(number: Number, say: Language) -> Iterator[Field]:
    """The number; of an address of IPv6 its network too: a device changes the rest by itself."""
    label = say("AS number") if isinstance(number.resource, int) else say("address")
    yield Field(label, number.text, say("given by the requesting office"))
    if isinstance(number.resource, IPv6Address):
        prefix = ip_network((number.resource, 64), strict=False)
        yield Field(say("prefix"), str(prefix), say("its first 64 bits"))


def _source(hosts: Sequence[str], say: Language) -> str:
    """Name the servers whose records say so."""
    return say("RDAP, {servers}", servers=say(" and ").join(hosts))


def _read_request(text: object, say: Language) -> str:
    wanted = folded(text) if isinstance(text, str) else ""
    wanted = ALSO.get(wanted, wanted)
    if wanted not in KINDS:
        raise NotUnderstood(
            say(
                '{what} is no kind of request. Type "preservation", so that data are kept, or '
                '"disclosure", so that they are handed over.',
                what=quoted(text),
            )
        )
    return wanted


def _read_country(text: object, say: Language) -> tuple[Country, tuple[str, ...]]:
    """Return the country's file, or the general form, and remarks on it."""
    if text == "":
        return GENERAL, (say("The form is the general one.") + " " + countries.listed(say),)
    country = countries.find(text)
    if country is None:
        sentence = say(
            "There is no country file for {what}: the form is the general one, and nothing was "
            "made up.",
            what=quoted(text),
        )
        return GENERAL, (f"{sentence} {countries.listed(say)}",)
    sentence = say(
        "The form has the words of {country}, where a source was found: they explain the empty "
        "fields, and fill none.",
        country=country.name,
    )
    tradition = (country.tradition,) if country.tradition else ()
    return country, (sentence, *(countries.sourced(country, fact, say) for fact in tradition))


def _connection(
    what: Typed | Number,
    details: Sequence[object],
    country: Country,
    gaps: list[str],
    now: float,
    say: Language,
) -> Section:
    """The fields of a connection; `gaps` gets what is missing to find one subscriber (RFC 6302)."""
    if isinstance(what, Typed) or not isinstance(what.resource, IPv4Address | IPv6Address):
        raise NotUnderstood(
            say(
                "A time or a port belongs to a connection. Type the address that the server saw, "
                'like lab.draft("disclosure", "198.18.128.2", time="…").'
            )
        )
    time, port, destination, destination_port, protocol, tolerance = details
    if time == "":
        raise NotUnderstood(
            say(
                "When? A connection is found by its moment, to the second and with its zone: "
                'time="2026-10-29 20:14:37 -03:00".'
            )
        )
    moment = read_zoned(time, say)
    apart = 0 if tolerance == "" else read_span(tolerance, say)
    values = (
        (say("source port"), "" if port == "" else str(read_source_port(port, say))),
        (say("time"), written(moment, country, say)),
        (say("how far the clocks may be apart"), f"± {span(say, apart)}" if apart else ""),
        (say("destination address"), _read_address(destination, say)),
        (
            say("destination port"),
            "" if destination_port == "" else str(read_destination_port(destination_port, say)),
        ),
        (say("protocol"), "" if protocol == "" else read_protocol(protocol, say).upper()),
    )
    given = say("given by the requesting office")
    fields = [*_address(what, say)]
    fields += [Field(label, value, given if value else "") for label, value in values]
    if isinstance(what.resource, IPv6Address):
        gaps.append(
            say(
                "A device may change the last 64 bits of its address by itself (RFC 8981, February "
                "2021), and a customer is given a prefix (RIPE-690, October 2017): ask by prefix "
                "and time."
            )
        )
    missing = [label for label, value in values if not value]
    if moment.without_seconds:
        missing.append(say("seconds"))
    if missing:
        gaps.append(
            say.many(
                "Not given: {missing}. A provider may need it to find one subscriber, above all "
                "where several share an address (RFC 6302, June 2011). The form has an empty "
                "field for it.",
                "Not given: {missing}. A provider may need them to find one subscriber, above all "
                "where several share an address (RFC 6302, June 2011). The form has empty "
                "fields for them.",
                len(missing),
                missing=", ".join(missing),
            )
        )
    gaps += _to_come(moment, now, say)
    return Section(say("The connection"), tuple(fields))


def _read_address(text: object, say: Language) -> str:
    if text == "":
        return ""
    try:
        return str(ip_address(text.strip() if isinstance(text, str) else ""))
    except ValueError:
        raise NotUnderstood(
            say(
                '{what} is no address. Type one like "198.18.128.2"; lab.ask("…") finds that of '
                "a name.",
                what=quoted(text),
            )
        ) from None


def _to_come(moment: Moment, now: float, say: Language) -> Iterator[str]:
    """Say that a moment is still to come."""
    if moment.local.timestamp() > now:
        yield say(
            "{time} lies in the future: by the clock here it is {now}.",
            time=moment.text,
            now=utc(now),
        )


def written(moment: Moment, country: Country, say: Language) -> str:
    """Return a moment in UTC, as it was given, and in the country's time.

    >>> say = Language.load("en")
    >>> written(read_zoned("29/10/2026 20:14:37 -03:00", say), GENERAL, say)
    '2026-10-29 23:14:37 UTC; given as 2026-10-29 20:14:37 -03:00'
    >>> written(read_zoned("2026-10-29 23:14:37 UTC", say), countries.find("UY"), say)
    '2026-10-29 23:14:37 UTC; in Uruguay 2026-10-29 20:14:37 -03:00'
    """
    parts = [_stamp(moment.local.astimezone(UTC), moment)]
    if moment.local.utcoffset():
        parts.append(say("given as {time}", time=_stamp(moment.local, moment)))
    if country.time_zone:
        there = moment.local.astimezone(ZoneInfo(country.time_zone))
        if there.utcoffset() != moment.local.utcoffset():
            there_text = _stamp(there, moment)
            parts.append(say("in {country} {time}", country=country.name, time=there_text))
    return "; ".join(parts)


def _stamp(time: datetime, moment: Moment) -> str:
    """Write a time no more exactly than it was typed, with its distance from UTC."""
    clock = " %H:%M" if moment.without_seconds else " %H:%M:%S"
    zone = "UTC" if time.tzinfo is UTC else time.isoformat()[-6:]
    return f"{time.strftime('%Y-%m-%d' + clock)} {zone}"
