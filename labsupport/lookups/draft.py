"""`lab.draft`: the technical part of a request, filled from the records; the law's part empty.

It fills nothing in that no record or question gave, and says of each value where it is from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from zoneinfo import ZoneInfo

from labsupport.language import Language, mark
from labsupport.lookups import countries, lookalikes, rdap
from labsupport.lookups.countries import GENERAL, LEGAL_FIELDS, Country
from labsupport.lookups.forms import Document, Field, Paper, Section
from labsupport.lookups.moments import Moment, in_future, read_moment
from labsupport.lookups.names import NotUnderstood, Typed, folded
from labsupport.lookups.numbers import Number, of_nobody, read_number
from labsupport.lookups.once import Once
from labsupport.lookups.registration import (
    NOTHING,
    block_of,
    called,
    holder,
    number_rows,
    reached,
    read_what,
)
from labsupport.lookups.session import Session
from labsupport.lookups.spans import read_span
from labsupport.lookups.subscribers import PROTOCOLS
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

COULD_HOLD = mark("what it could technically hold")
# Fields that a request seldom turns on: they stand in the form, and not in the table.
MINOR = (
    mark("DNSSEC"),
    mark("name"),
    mark("kind"),
    mark("holder's identifier"),
    mark("a part of"),
    mark("AS that the record joins it with"),
)
NETWORK = mark("holder of the network")  # of an address that may be anybody's

# What each part could technically hold, and what to mind.
HOLDS = {
    PROXY: mark("who its customer is, as told to it; payments; log-ins; letters it passed on"),
    RESELLER: mark(
        "the customer it sold the name to: account, payments, log-ins. The registrar may know "
        "only the reseller"
    ),
    REGISTRAR: mark(
        "the account behind the name: what its customer gave as name, address, e-mail and "
        "telephone; payments; from which addresses it logged in, and when; changes of contacts "
        "and name servers"
    ),
    REGISTRY: mark(
        "the history of the registration: registrars, name servers, status codes, and when they "
        "changed; in some registries the holder's contacts"
    ),
    DNS_OPERATOR: mark(
        "what the zone held and when it was changed; the customer's account, payments, log-ins"
    ),
    CDN: mark(
        "the customer's account, payments, log-ins; the address of the machine behind it; logs "
        "of visits"
    ),
    HOST: mark(
        "the customer's account, payments, log-ins; what is on the server; logs of visits, with "
        "address, port and time where the server keeps them"
    ),
    CUSTOMER: mark(
        "who its own customer is; what is on the server; logs, where it runs the machine"
    ),
    NETWORK: mark("which customer has the address, and since when; what it logs of its customers"),
    ACCESS: mark(
        "which line had the address, or which lines shared it, at a time; the contract of a line"
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
    NETWORK: SUSPECT,
    ACCESS: TELLS,
}


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who could receive the request: `part` is a key of HOLDS.

    `contact` is how the record says it is reached, "" where it says nothing; `source` is that
    record.
    """

    part: str
    name: str
    contact: str
    source: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the records gave: the form's sections, who could receive it, and remarks."""

    sections: tuple[Section, ...] = ()
    addressees: tuple[Addressee, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection as a server's log has it; None or "" for what is not known."""

    address: str
    time: Moment | None
    port: int | None
    destination: str
    destination_port: int | None
    protocol: str
    tolerance: int


class Draft(Paper):
    """A form whose technical fields are filled.

    Attributes: `sections`, its technical fields; `country`, whose words it has; `request`,
    "preservation" or "disclosure"; `about`, the name or address it is about. The table shows the
    fields that matter most; the form has all of them.
    """

    file = "request.html"

    def __init__(
        self,
        session: Session,
        request: str,
        about: str,
        country: Country,
        gathered: Gathered,
        asked: str,
        notes: Sequence[str],
    ) -> None:
        self.request = request
        self.about = about
        self.country = country
        self.sections = gathered.sections
        self._found = gathered.addressees
        self._training = session.training
        self._asked = asked
        self._remarks = gathered.remarks
        super().__init__(session.say, None, session.provenance(""), tuple(notes))
        told = (
            *self.notes,
            *self._in_the_form_alone(),
            self._empty(),
            self._receivers(),
            *gathered.remarks,
        )
        self.notes = tuple(dict.fromkeys(told))

    @property
    def sentence(self) -> str:
        filled = sum(bool(field.value) for section in self.sections for field in section.fields)
        return self.say.many(
            "{title}, about {about}: a draft. {count} technical field is filled in, with its "
            "source. No addressee is filled in.",
            "{title}, about {about}: a draft. {count} technical fields are filled in, each with "
            "its source. No addressee is filled in.",
            filled,
            title=self.say(KINDS[self.request]),
            about=self.about,
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (section.title, field.label, field.value or say("(empty)"), field.source or "–")
            for section in self.sections
            for field in section.fields
            if not self._is_minor(field)
        ]
        columns = (say("part"), say("field"), say("value"), say("where it comes from"))
        caption = say("The technical fields; records asked {when}", when=self._asked)
        return Table(caption, columns, tuple(rows))

    def _is_minor(self, field: Field) -> bool:
        return bool(field.value) and field.label in map(self.say, MINOR)

    def _in_the_form_alone(self) -> tuple[str, ...]:
        fields = [field for section in self.sections for field in section.fields]
        labels = dict.fromkeys(field.label for field in fields if self._is_minor(field))
        if not labels:
            return ()
        text = self.say("In the form, and not in this table: {labels}.", labels=", ".join(labels))
        return (text,)

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
                "to ask: that depends on the author's law."
            ),
        )

    @property
    def addressees(self) -> Result:
        """Who could receive it: what each could technically hold, and what to mind."""
        table = self._addressees()
        return Explanation(self.say, None, self._receivers(), (), self.provenance, table)

    @property
    def html(self) -> str:
        """The form as a web page that needs no other file and prints on A4."""
        return self._document().html(self.say)

    @property
    def text(self) -> str:
        """The form as plain text."""
        return self._document().text(self.say)

    def _empty(self) -> str:
        labels = "; ".join(self.say(LEGAL_FIELDS[key]) for key in self.country.empty)
        return self.say("Left empty, for its author: {labels}.", labels=labels)

    def _receivers(self) -> str:
        say = self.say
        if not self._found:
            return say("The records name nobody who could receive it.")
        names = "; ".join(f"{one.name} ({say(one.part)})" for one in self._found)
        return say(
            "By the records, data could be held by: {names} – whom to ask, and by which channel, "
            "is the author's choice. The addressee may be the suspect, or tell its customer.",
            names=names,
        )

    def _addressees(self) -> Table:
        say = self.say
        columns = (
            say("part"),
            say("who"),
            say("contact in the record"),
            say(COULD_HOLD),
            say("to mind"),
            say("where it comes from"),
        )
        rows = [
            (
                say(one.part),
                one.name,
                one.contact or say("none"),
                say(HOLDS[one.part]),
                say(MIND[one.part]),
                one.source,
            )
            for one in self._found
        ]
        return Table(say("Who could receive it"), columns, tuple(rows))

    def _document(self) -> Document:
        say = self.say
        introduction = say(
            "About {about}. A draft: no addressee is filled in, and it is not signed. The "
            "technical data come from the records named beside them, asked {when}.",
            about=self.about,
            when=self._asked,
        )
        instructions = (
            say("Take this sheet out. Strike from the form what this addressee need not know."),
            say(
                "The words for “{field}” can be copied from “{column}” below.",
                field=say(LEGAL_FIELDS["data"]),
                column=say(COULD_HOLD),
            ),
        )
        remarks = (self._receivers(), *self._remarks, *self.limits)
        return Document(
            say(KINDS[self.request]),
            introduction,
            self.country,
            self.sections,
            self._addressees(),
            instructions,
            remarks,
            self._training,
        )


def draft(
    session: Session,
    request: object,
    target: object,
    *,
    country: object = "",
    since: object = "",
    until: object = "",
    address: object = "",
    time: object = "",
    port: object = "",
    destination: object = "",
    destination_port: object = "",
    protocol: object = "",
    tolerance: object = "",
) -> Draft:
    """Fill the technical part of a request about `target`, a name or an address.

    `request` is "preservation" or "disclosure"; `country` a code or a name. `since` and `until`
    say from when to when data is asked for. The rest describes a connection as a server's log
    has it, as in `lab.subscribers`; `address` stands in the place of `target`, or beside a
    name. All but `request` may be left out. Raises NotUnderstood for what cannot be read.
    """
    say = session.say
    kind = _read_request(request, say)
    form, remarks = _read_country(country, say)
    if target == "" and address == "":
        raise NotUnderstood(
            say(
                "About what? Type a name or an address after the kind of request, like "
                'lab.draft("preservation", "www.museum.example").'
            )
        )
    what = read_what(address if target == "" else target, say)
    details = (time, port, destination, destination_port, protocol, tolerance)
    connected = address != "" or any(detail != "" for detail in details)
    at = _read_address(address, say) if address != "" else what.text
    if connected and isinstance(what, Typed) and address == "":
        raise NotUnderstood(
            say(
                "A time or a port belongs to a connection. Type the address that the server saw "
                'as well: address="198.18.128.2".'
            )
        )
    # One lookup asks each page once: several records come from the same list of servers.
    asking = replace(session, network=Once(session.network))
    now = session.network.clock.now()
    parts = [_of_period(since, until, form, now, say)]
    if isinstance(what, Typed):
        parts.append(_of_name(asking, what))
    if connected:
        known = _read_connection(say, _read_address(at, say), *details)
        parts.append(_of_connection(known, form, now, say))
        number = read_number(known.address, say)
        parts.append(_of_number(asking, number, ACCESS, say("given by the author")))
    elif isinstance(what, Number):
        parts.append(_of_number(asking, what, NETWORK, say("given by the author")))
    about = ", ".join(dict.fromkeys([what.text, at] if connected else [what.text]))
    begun, ended = utc(now), utc(session.network.clock.now())
    asked = begun if begun == ended else say("{begun} to {ended}", begun=begun, ended=ended)
    notes = (*what.notes, *remarks)
    return Draft(session, kind, about, form, _joined(parts), asked, notes)


def _joined(parts: Sequence[Gathered]) -> Gathered:
    """Join what was gathered; who plays a part twice stands once."""
    addressees: dict[tuple[str, str], Addressee] = {}
    for one in (addressee for part in parts for addressee in part.addressees):
        addressees.setdefault((one.part, folded(one.name)), one)
    return Gathered(
        tuple(section for part in parts for section in part.sections),
        tuple(addressees.values()),
        tuple(dict.fromkeys(remark for part in parts for remark in part.remarks)),
    )


def _of_period(
    since: object, until: object, country: Country, now: float, say: Language
) -> Gathered:
    """The time for which data is asked; nothing where neither end was given."""
    if since == "" and until == "":
        return Gathered()
    given = say("given by the author")
    first = None if since == "" else read_moment(since, say)
    last = None if until == "" else read_moment(until, say)
    # Without its zone, one end can be on either side of the other.
    comparable = first and last and (first.time is None) == (last.time is None)
    if first and last and comparable and first.local > last.end:
        raise NotUnderstood(say("The period ends before it begins: exchange its two ends."))
    fields = []
    remarks: list[str] = []
    for label, moment in ((say("data from"), first), (say("data until"), last)):
        if moment is None:
            fields.append(Field(label, ""))
            continue
        fields.append(Field(label, written(moment, country, say), given))
        remarks += _about(moment, now, say)
    return Gathered((Section(say("The period"), tuple(fields)),), (), tuple(remarks))


def _of_name(session: Session, typed: Typed) -> Gathered:
    """What `lab.who` collects of a name, and the networks of its addresses."""
    say = session.say
    names = [Field(say("name, as machines write it"), typed.text, say("given by the author"))]
    if (seen := lookalikes.shown(typed.text)) != typed.text:
        names.append(Field(say("name, as people see it"), seen, say("converted (RFC 5891)")))
    found = who(session, typed, ())
    if not isinstance(found, Who):
        return Gathered((Section(say("The name"), tuple(names)),), (), (found.sentence,))
    source = say("DNS, the resolver of this connection")
    parts = [_of_registration(found, say)]
    if found.addresses:
        names.append(Field(say("addresses"), ", ".join(found.addresses), source))
        parts += [_of_number(session, read_number(a, say), "", source) for a in found.addresses]
    remarks = [actor.problem for actor in found.actors if actor.problem]
    if len(found.addresses) >= MOST_ADDRESSES:
        remarks.append(
            say(
                "At most {count} addresses of each kind were taken. lab.ask shows all of them.",
                count=MOST_ADDRESSES,
            )
        )
    if found.dns.kind is not Kind.FOUND:
        remarks.append(say("The resolver gave no address for {name}.", name=typed.text))
    if found.cdn:
        remarks.append(
            say("A content delivery network stands before the site: {words}.", words=found.cdn)
        )
    addressees = tuple(
        Addressee(
            actor.part,
            f"{actor.who} ({actor.detail})" if actor.detail else actor.who,
            actor.reached,
            say("record of {server}", server=actor.source),
        )
        for actor in found.actors
        if actor.who and actor.part in HOLDS
    )
    section = Section(say("The name"), tuple(names))
    return _joined([Gathered((section,), addressees, tuple(filter(None, remarks))), *parts])


def _of_registration(known: Who, say: Language) -> Gathered:
    """What registry and registrar say of a name: each value with the record it stands in."""
    found = known.registration
    if not isinstance(found, rdap.Domain):
        return Gathered(remarks=(found.sentence,))
    hosts = [host for _, host, _ in found.records]
    fields = [Field(say("registered domain"), found.domain, _source(hosts[:1], say))]
    for row in found.rows:
        told: dict[str, list[str]] = {}
        for host, cell in zip(hosts, row.cells, strict=False):
            if cell != NOTHING.text:
                told.setdefault(cell, []).append(host)
        for cell, saying in told.items():
            source = _source(saying, say)
            if row.agree is False:
                source = say("{source} (registry and registrar disagree)", source=source)
            fields.append(Field(row.label, cell, source))
    return Gathered((Section(say("The registration"), tuple(fields)),), (), found.notes)


def _of_number(session: Session, number: Number, part: str, origin: str) -> Gathered:
    """The network of a number that came from `origin`, and the larger one it was cut out of.

    Their holders have `part` in it; with "" they are named elsewhere.
    """
    say = session.say
    label = say("AS number") if isinstance(number.resource, int) else say("address")
    title = say("The network of {what}", what=number.text)
    fields, addressees = [Field(label, number.text, origin)], []
    found = None if (problem := of_nobody(number, say)) else rdap.rdap(session, number)
    if not isinstance(found, rdap.Numbers):
        remark = found.sentence if found else problem
        return Gathered((Section(title, tuple(fields)),), (), (remark,))
    for place, (_, host, record) in enumerate(found.records):
        source = _source([host], say)
        contact = holder(record)
        reach = next(filter(None, map(reached, record.with_role("abuse"))), "")
        if place == 0:
            fields += [Field(row.label, row.cells[0], source) for row in number_rows(record, say)]
        else:
            block = ", ".join(filter(None, (block_of(record), called(contact))))
            fields.append(Field(say("larger block"), block, source))
            fields.append(Field(say("its contact for abuse"), reach, source if reach else ""))
        if part and contact:
            addressees.append(Addressee(part, contact.called, reach, source))
    return Gathered((Section(title, tuple(fields)),), tuple(addressees), found.notes)


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


def _read_connection(
    say: Language,
    address: str,
    time: object,
    port: object,
    destination: object,
    destination_port: object,
    protocol: object,
    tolerance: object,
) -> Connection:
    moment = None if time == "" else read_moment(time, say)
    known = "" if protocol == "" else folded(str(protocol))
    if known and known not in PROTOCOLS:
        raise NotUnderstood(
            say('{what} is no protocol here. Type "tcp" or "udp".', what=quoted(protocol))
        )
    return Connection(
        address,
        moment,
        _read_port(port, say),
        "" if destination == "" else _read_address(destination, say),
        _read_port(destination_port, say),
        known,
        0 if tolerance == "" else read_span(tolerance, say),
    )


def _read_address(text: object, say: Language) -> str:
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


def _read_port(text: object, say: Language) -> int | None:
    if text == "":
        return None
    digits = str(text).strip()
    if (
        isinstance(text, bool)
        or not re.fullmatch("[0-9]{1,5}", digits)
        or not 0 < int(digits) < 2**16
    ):
        raise NotUnderstood(
            say("{what} is no port. Type its number, from 1 to 65535.", what=quoted(text))
        )
    return int(digits)


def _of_connection(known: Connection, country: Country, now: float, say: Language) -> Gathered:
    """Return the fields of a connection, and what is missing to find one line (RFC 6302)."""
    given = say("given by the author")

    def field(label: str, value: object) -> Field:
        return Field(label, str(value), given) if value else Field(label, "")

    moment = known.time
    fields = (
        field(say("address seen by the server"), known.address),
        field(say("source port"), known.port),
        field(say("time"), written(moment, country, say) if moment else ""),
        field(
            say("how far the clocks may be apart"),
            f"± {span(say, known.tolerance)}" if known.tolerance else "",
        ),
        field(say("destination address"), known.destination),
        field(say("destination port"), known.destination_port),
        field(say("protocol"), known.protocol.upper()),
    )
    missing = [one.label for one in fields if not one.value]
    if moment and moment.day_only:
        missing.append(say("time of day"))
    elif moment and moment.without_seconds:
        missing.append(say("seconds"))
    if moment and moment.time is None:
        missing.append(say("time zone"))
    remarks = []
    if missing:
        remarks.append(
            say.many(
                "Not given: {missing}. A provider may need it to find one line, above all where "
                "lines share an address (RFC 6302, June 2011). The form has an empty field for it.",
                "Not given: {missing}. A provider may need them to find one line, above all where "
                "lines share an address (RFC 6302, June 2011). The form has empty fields for them.",
                len(missing),
                missing=", ".join(missing),
            )
        )
    if moment:
        remarks += _about(moment, now, say)
    return Gathered((Section(say("The connection"), fields),), (), tuple(remarks))


def _about(moment: Moment, now: float, say: Language) -> Iterator[str]:
    """Say what is wrong with a moment: no zone, or that it is still to come."""
    if moment.time is None:
        yield say(
            "{time} has no time zone, so it was not turned into UTC. A few hours off lead to "
            "somebody else.",
            time=moment.text,
        )
    if in_future(moment, now):
        yield say(
            "{time} lies in the future: by the clock here it is {now}.",
            time=moment.text,
            now=utc(now),
        )


def written(moment: Moment, country: Country, say: Language) -> str:
    """Return a moment in UTC, as it was given, and in the country's time.

    A day without a time stays as it was given: in another zone it is no day, but parts of two.

    >>> say = Language.load("en")
    >>> written(read_moment("2026-10-29 20:14:37 -03:00", say), GENERAL, say)
    '2026-10-29 23:14:37 UTC; given as 2026-10-29 20:14:37 -03:00'
    >>> written(read_moment("2026-10-29 23:14:37 UTC", say), countries.find("UY"), say)
    '2026-10-29 23:14:37 UTC; in Uruguay 2026-10-29 20:14:37 -03:00'
    >>> written(read_moment("2026-10-29 -03:00", say), GENERAL, say)
    '2026-10-29 -03:00'
    """
    if moment.time is None:
        return say("{given}, time zone not given", given=moment.text)
    if moment.day_only:
        return _stamp(moment.local, moment)
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
    clock = "" if moment.day_only else " %H:%M" if moment.without_seconds else " %H:%M:%S"
    zone = "UTC" if time.tzinfo is UTC else time.isoformat()[-6:]
    return f"{time.strftime('%Y-%m-%d' + clock)} {zone}"
