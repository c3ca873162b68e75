"""The technical part of a request, for one addressee; the law's part stays empty.

It is what `lab.evidence.preservation` and `lab.evidence.disclosure` answer.

It fills nothing in that no record or question gave, and says of each value where it is from. Notes
for the requesting office stand below the form, and are no part of the request.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from zoneinfo import ZoneInfo

from labsupport.answers import countries, rdap, who
from labsupport.answers.countries import GENERAL, Country, labels
from labsupport.answers.registration import NOTHING
from labsupport.inputs.connections import (
    read_destination_port,
    read_protocol,
    read_source_port,
)
from labsupport.inputs.folding import folded
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.inputs.registered import read_what
from labsupport.inputs.times import Moment, read_span, read_zoned
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups import lookalikes
from labsupport.lookups.registration import block_of, holder, reached
from labsupport.lookups.session import Session
from labsupport.lookups.web import Once
from labsupport.lookups.who import Part
from labsupport.papers import forms
from labsupport.papers.forms import TRAINING, Blank, Paper, PaperField, PaperSection
from labsupport.papers.templates import filled_in
from labsupport.results import Explanation, Result, Statement, Table, span, utc
from labsupport.visible import quoted

# The kinds of request, each with its title.
KINDS = {
    "preservation": "requests.request_to_preserve_data",
    "disclosure": "requests.request_to_disclose_data",
}
ADDRESSES = "holder of the addresses"  # of an address that may be anybody's
NETWORK = "holder of the network"  # of an AS number
OF_THE_NAME = (Part.PROXY, Part.RESELLER, Part.REGISTRAR, Part.REGISTRY)
# What those need of a registration to find it.
FACTS = (
    "registration.registrant",
    "registration.registrar",
    "registration.status",
    "registration.registered",
    "registration.last_changed",
    "registration.name_servers",
)
WORDS = "requests.toml"  # what each part could technically hold, and what to mind


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who could receive the request, and the `fields` that concern them.

    `contact` is how the record says they are reached, "" where it says nothing; `source` is that
    record.
    """

    parts: tuple[str, ...]
    name: str
    contact: str
    source: str
    fields: tuple[PaperField, ...]

    def called(self, say: Language) -> str:
        """Return the name and the parts: "Registro Veloz Ltd. (registrar)"."""
        return f"{self.name} ({', '.join(self.parts_in(say))})"

    def parts_in(self, say: Language) -> tuple[str, ...]:
        """Return what the parts are called."""
        return tuple(say(f"part.{part}") for part in self.parts)

    def holds(self, say: Language) -> tuple[str, ...]:
        """Return what they could hold, item by item."""
        words = say.table(WORDS)
        items: list[str] = []
        for part in self.parts:
            for key in words["part"][part]["holds"]:
                items += words["items"][key]
        return tuple(dict.fromkeys(items))

    def minds(self, say: Language) -> tuple[str, ...]:
        """Return what is to be minded where they are asked, for each part."""
        words = say.table(WORDS)
        keys = (words["part"][part]["mind"] for part in self.parts)
        return tuple(words["mind"][key] for key in keys)

    def and_(self, other: Addressee) -> Addressee:
        """Return the same one with the parts of both."""
        parts = dict.fromkeys((*self.parts, *other.parts))
        fields = dict.fromkeys((*self.fields, *other.fields))
        return replace(self, parts=tuple(parts), fields=tuple(fields))


class Receivers(Statement):
    """Who could receive a request, as a table. No paper is made: `save` says what it takes."""

    def save(self, name: object = "") -> Explanation:
        """Write nothing, and say what a paper takes."""
        return Explanation(self.say, Kind.NOT_ASKED, self.sentence)


def _receivers(
    session: Session,
    receivers: Sequence[Addressee],
    addressee: object,
    more: str,
    notes: Sequence[str],
) -> Receivers:
    """Say who could receive the request, and what to type for a paper."""
    say = session.say
    columns = (
        say("requests.part"),
        say("requests.who"),
        say("requests.contact_in_the_record"),
        say("requests.what_could_technically_hold"),
        say("requests.to_mind"),
        say("requests.where_it_comes_from"),
    )
    rows = tuple(
        (
            ", ".join(receiver.parts_in(say)),
            receiver.name,
            receiver.contact or say("requests.none"),
            "; ".join(receiver.holds(say)),
            "; ".join(dict.fromkeys(receiver.minds(say))),
            receiver.source,
        )
        for receiver in receivers
    )
    sentence = say("requests.records_name_nobody_who")
    if receivers:
        first = f'addressee="{receivers[0].parts_in(say)[0]}"{more}'
        how = say("requests.request_drafted_add", how=first)
        if addressee != "":
            none = say("requests.what_none_them_more", what=quoted(addressee))
            how = f"{none} {how}"
        names = say.listed(receiver.called(say) for receiver in receivers)
        held = say("requests.records_data_could_held", names=names)
        sentence = f"{held} {how}"
    table = Table(say("requests.who_could_receive_it"), columns, rows)
    once = dict.fromkeys(notes)
    return Receivers(say, None, sentence, tuple(once), session.provenance(""), table)


@dataclass(eq=False, repr=False, kw_only=True)
class RequestForm(Paper):
    """A form for one addressee, whose technical fields are filled.

    `request` is "preservation" or "disclosure", `about` the name or address it is about, `country`
    whose words it has, `asked` when the records were asked, `gaps` what is still to be done.
    """

    request: str
    about: str
    country: Country
    addressee: Addressee
    sections: tuple[PaperSection, ...]
    asked: str
    gaps: tuple[str, ...]
    training: bool
    file = "request.html"

    @property
    def sentence(self) -> str:
        count = 0
        for section in self.sections:
            count += sum(bool(field.value) for field in section.fields)
        return self.say(
            "requests.about_draft_technical",
            count=count,
            about=self.about,
            title=self.say(KINDS[self.request]),
            addressee=self.addressee.called(self.say),
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for section in self.sections:
            for field in section.fields:
                value = field.value or say("requests.empty")
                rows.append((section.title, field.label, value, field.source or "–"))
        columns = (
            say("requests.part"),
            say("requests.field"),
            say("requests.value"),
            say("requests.where_it_comes_from"),
        )
        caption = say("requests.technical_fields_records_asked", when=self.asked)
        return Table(caption, columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("requests.records_moment_when"),
            say("requests.how_long_logs_kept"),
            say("requests.whether_somebody_must"),
        )

    @property
    def html(self) -> str:
        """The form as a web page that needs no other file and prints on A4."""
        return self._paper("request.html") + "\n"

    @property
    def text(self) -> str:
        """The form as plain text."""
        return re.sub("\n{3,}", "\n\n", self._paper("request.txt").strip()) + "\n"

    def _paper(self, template: str) -> str:
        return filled_in(
            f"papers/{template}",
            self.say,
            forms=forms,
            language=self.say.code,
            style="",
            title=self.say(KINDS[self.request]),
            banner=self.say(TRAINING) if self.training else "",
            addressee=self.addressee.called(self.say),
            about=self.about,
            asked=self.asked,
            blanks=list(self._blanks()),
            sections=self.sections,
            remarks=list(dict.fromkeys(self._remarks())),
        )

    def _remarks(self) -> Iterator[str]:
        """What the requesting office has to know, and where the country's words are from."""
        say = self.say
        addressee = self.addressee
        country = self.country
        contact = addressee.contact or say("requests.none")
        yield say(
            "requests.contact_record_another", contact=contact, source=addressee.source
        )
        for part, mind in zip(
            addressee.parts_in(say), addressee.minds(say), strict=True
        ):
            yield say("requests.who_mind", who=part, mind=mind)
        yield from self.gaps
        for fact in country.facts_on(self.about):
            yield countries.sourced(country, fact, say)
        yield from self.limits
        for key, term in country.terms.items():
            yield say(
                "requests.words_of_country",
                label=labels(self.request, say)[key],
                country=country.name,
                source=term.source,
                date=term.date,
            )

    def _blanks(self) -> Iterator[Blank]:
        """The requesting office's fields, explained by the country's words where known."""
        say = self.say
        country = self.country
        for key, label in labels(self.request, say).items():
            blank = Blank(key, label, tall=key == "facts")
            if key == "data":
                words = say("requests.strike_what_not_asked")
                blank = replace(blank, words=words, items=self.addressee.holds(say))
            elif term := country.terms.get(key):
                whose = say("requests.in_country_for_example", country=country.name)
                blank = replace(
                    blank, words=term.text, whose=whose, language=country.language
                )
            yield blank


def draft(  # noqa: PLR0913 - what an office may fill in, each by itself
    session: Session,
    request: str,
    target: object,
    *,
    addressee: object = "",
    country: object = "",
    since: object = "",
    until: object = "",
    **connection: object,
) -> RequestForm | Receivers:
    """Fill the technical part of a request about `target`, a name or an address.

    `request` is "preservation" or "disclosure"; `addressee` a part like "registrar" or a name:
    without one the answer tells who could receive it. `country` is a code or a name. `since` and
    `until` say from when to when data exist that are asked for; a `connection`, as a server's log
    has it, has `time` in their place, `port`, `destination`, `destination_port`, `protocol` and
    `tolerance`. Raises NotUnderstood for what cannot be read.
    """
    say = session.say
    form, remarks = _read_country(country, say)
    if target == "":
        raise NotUnderstood(say("requests.about_what"))
    what = read_what(target, say)
    gaps: list[str] = []
    connected = any(detail != "" for detail in connection.values())
    sections = []
    if connected:
        sections.append(_connection(what, connection, form, gaps, say))
    if since != "" or until != "" or (addressee != "" and not connected):
        sections.append(_period(since, until, form, say))
    notes = [*what.notes]
    title, receivers = _named_in_records(session, what, connected, notes)
    chosen = _choose(addressee, receivers, say)
    if chosen is None:
        more = "" if sections else ', since="…", until="…"'
        return _receivers(session, receivers, addressee, more, notes)
    empty = say("requests.what_belongs_law_left")
    return RequestForm(
        say,
        None,
        session.provenance(""),
        (*remarks, empty, *gaps),
        request=request,
        about=what.text,
        country=form,
        addressee=chosen,
        sections=(*sections, PaperSection(title, chosen.fields)),
        asked=utc(session.network.clock.now()),
        gaps=tuple(gaps),
        training=session.training,
    )


def _named_in_records(
    session: Session, what: Typed | Number, connected: bool, notes: list[str]
) -> tuple[str, list[Addressee]]:
    """Return what a request is about, and who could receive it; `notes` gets remarks.

    Each stands there once who has the same part twice.
    """
    say = session.say
    # One lookup asks each page once: several records come from the same list of servers.
    asking = replace(session, network=Once(session.network))
    if isinstance(what, Typed):
        title = say("requests.the_name")
        named = _of_name(asking, what, notes)
    elif isinstance(what.resource, int):
        title = say("requests.the_network")
        named = _of_number(asking, what, Part.ACCESS if connected else NETWORK, notes)
    else:
        title = say("requests.the_address")
        named = _of_number(asking, what, Part.ACCESS if connected else ADDRESSES, notes)
    receivers: dict[tuple[tuple[str, ...], str], Addressee] = {}
    for addressee in named:
        key = (addressee.parts, folded(addressee.name))
        if key in receivers:
            receivers[key] = receivers[key].and_(addressee)
        else:
            receivers[key] = addressee
    return title, list(receivers.values())


def _choose(
    wanted: object, receivers: Sequence[Addressee], say: Language
) -> Addressee | None:
    """Return who is meant, by a part or by name; None where that is nobody, or several."""
    typed = _words(wanted) if isinstance(wanted, str) else []
    if not typed:
        return None
    whole = []
    partly = []
    for receiver in receivers:
        # A part in the words of the language, or in those of the code.
        names = list(
            map(_words, (*receiver.parts_in(say), *receiver.parts, receiver.name))
        )
        if typed in names:
            whole.append(receiver)
        if any(set(typed) <= set(name) for name in names):
            partly.append(receiver)
    meant = whole or partly
    if len({folded(receiver.name) for receiver in meant}) != 1:
        return None
    return functools.reduce(Addressee.and_, meant)


def _words(text: str) -> list[str]:
    return [folded(word) for word in re.findall(r"\w+", text)]


def _period(
    since: object, until: object, country: Country, say: Language
) -> PaperSection:
    """The time for which data is asked, both of its ends."""
    if since == "" or until == "":
        raise NotUnderstood(say("requests.from_when_to_when"))
    first = read_zoned(since, say, day=True)
    last = read_zoned(until, say, day=True)
    last = replace(last, local=last.end)
    if first.local > last.local:
        raise NotUnderstood(say("requests.period_ends_before_begins"))
    given = say("requests.given_requesting_office")
    fields = (
        PaperField(say("requests.data_from"), written(first, country, say), given),
        PaperField(say("requests.data_until"), written(last, country, say), given),
    )
    return PaperSection(say("requests.the_period"), fields)


def _of_name(session: Session, typed: Typed, notes: list[str]) -> Iterator[Addressee]:
    """Those whom `lab.who` finds, each with what concerns them; `notes` gets remarks."""
    say = session.say
    page = who.who(session, typed, ())
    if not isinstance(page, who.WhoPage):
        notes.append(page.sentence)
        return
    given = say("requests.given_requesting_office")
    names = [PaperField(say("requests.name_machines_write"), typed.text, given)]
    seen = lookalikes.shown(typed.text)
    if seen != typed.text:
        converted = say("requests.converted_rfc_5891")
        names.append(PaperField(say("requests.name_people_see"), seen, converted))
    registration = _registration(page.registration, say)
    if registration:
        notes += page.registration.notes
    else:
        notes.append(page.registration.sentence)
    notes += filter(None, map(page.problem, page.facts.actors))
    if page.facts.dns.kind is not Kind.FOUND:
        notes.append(say("requests.resolver_gave_no_address", name=typed.text))
    for actor in page.facts.actors:
        if not actor.who or actor.part not in say.table(WORDS)["part"]:
            continue
        own = registration
        if actor.part not in OF_THE_NAME:  # on the way from the name to the site
            label = say("requests.addresses")
            if actor.part == Part.DNS_OPERATOR:
                label = say("registration.name_servers")
            source = say("requests.dns_resolver_connection")
            own = (PaperField(label, page.detail(actor), source),)
        source = say("requests.record_of_server", server=actor.source)
        yield Addressee((actor.part,), actor.who, actor.reached, source, (*names, *own))


def _registration(page: Result, say: Language) -> tuple[PaperField, ...]:
    """What registry and registrar say of a name: each value with the record it stands in."""
    if not isinstance(page, rdap.DomainPage):
        return ()
    facts = page.facts
    hosts = [answer.host for answer in facts.answers]
    fields = [
        PaperField(
            say("requests.registered_domain"), facts.name, _source(hosts[:1], say)
        )
    ]
    needed = set(map(say, FACTS))
    for row in page.rows:
        if row.label not in needed:
            continue
        saying: dict[str, list[str]] = {}
        for host, cell in zip(hosts, row.cells, strict=False):
            if cell != NOTHING.text:
                saying.setdefault(cell, []).append(host)
        for cell, of_cell in saying.items():
            fields.append(PaperField(row.label, cell, _source(of_cell, say)))
    return tuple(fields)


def _of_number(
    session: Session, number: Number, part: str, notes: list[str]
) -> Iterator[Addressee]:
    """The holders of a number and of the larger block it was cut out of, with that `part`."""
    say = session.say
    problem = of_nobody(number, say)
    if problem:
        notes.append(problem)
        return
    page = rdap.rdap(session, number)
    if not isinstance(page, rdap.NumbersPage):
        notes.append(page.sentence)
        return
    notes += page.notes
    fields = [] if part == Part.ACCESS else _address(number, say)
    for answer in page.facts.answers:
        contact = holder(answer.record)
        if contact:
            source = _source([answer.host], say)
            reach = next(
                filter(None, map(reached, answer.record.with_role("abuse"))), ""
            )
            label = say("requests.block_of_the_addressee")
            block = PaperField(label, block_of(answer.record), source)
            yield Addressee((part,), contact.called, reach, source, (*fields, block))


def _address(number: Number, say: Language) -> list[PaperField]:
    """The number; of an address of IPv6 its network too: a device changes the rest by itself."""
    label = say("requests.address")
    if isinstance(number.resource, int):
        label = say("requests.as_number")
    fields = [PaperField(label, number.text, say("requests.given_requesting_office"))]
    if isinstance(number.resource, IPv6Address):
        prefix = str(ip_network((number.resource, 64), strict=False))
        source = say("requests.first_64_bits_device")
        fields.append(PaperField(say("requests.prefix"), prefix, source))
    return fields


def _source(hosts: Sequence[str], say: Language) -> str:
    """Name the servers whose records say so."""
    return say("requests.rdap_servers", servers=say.listed(hosts))


def _read_country(text: object, say: Language) -> tuple[Country, tuple[str, ...]]:
    """Return the country's file, or the general form, and remarks on it."""
    if text == "":
        return GENERAL, (countries.listed(say),)
    country = countries.find(text, say.code)
    if country is None:
        unknown = say("requests.there_no_country_file", what=quoted(text))
        return GENERAL, (f"{unknown} {countries.listed(say)}",)
    sentence = say("requests.form_words_where", country=country.name)
    if country.tradition is None:
        return country, (sentence,)
    return country, (sentence, countries.sourced(country, country.tradition, say))


def _connection(
    what: Typed | Number,
    details: Mapping[str, object],
    country: Country,
    gaps: list[str],
    say: Language,
) -> PaperSection:
    """The fields of a connection; `gaps` gets what is missing to find one subscriber (RFC 6302)."""
    if isinstance(what, Typed) or not isinstance(
        what.resource, IPv4Address | IPv6Address
    ):
        raise NotUnderstood(say("requests.time_port_belongs"))
    if details["time"] == "":
        raise NotUnderstood(say("requests.connection_when"))
    moment = read_zoned(details["time"], say)

    readers: tuple[tuple[str, str, Callable[[object, Language], object]], ...] = (
        (say("requests.source_port"), "port", read_source_port),
        (say("requests.time"), "time", lambda *_: written(moment, country, say)),
        (say("requests.how_far_clocks_may"), "tolerance", _read_tolerance),
        (say("requests.destination_address"), "destination", _read_address),
        (say("requests.destination_port"), "destination_port", read_destination_port),
        (
            say("requests.protocol"),
            "protocol",
            lambda text, _: read_protocol(text, say).upper(),
        ),
    )
    given = say("requests.given_requesting_office")
    fields = _address(what, say)
    missing = []
    for label, key, read in readers:
        value = "" if details[key] == "" else str(read(details[key], say))
        fields.append(PaperField(label, value, given if value else ""))
        if not value:
            missing.append(label)
    if moment.without_seconds:
        missing.append(say("requests.seconds"))
    if missing:
        gaps.append(say("requests.not_given", missing=say.listed(missing)))
    return PaperSection(say("requests.the_connection"), tuple(fields))


def _read_tolerance(text: object, say: Language) -> str:
    apart = read_span(text, say)
    return f"± {span(say, apart)}" if apart else ""


def _read_address(text: object, say: Language) -> str:
    try:
        return str(ip_address(text.strip() if isinstance(text, str) else ""))
    except ValueError:
        raise NotUnderstood(say("requests.no_address", what=quoted(text))) from None


def written(moment: Moment, country: Country, say: Language) -> str:
    """Return a moment in UTC, as it was given, and in the country's time.

    >>> say = Language.load("en")
    >>> written(read_zoned("29/10/2026 20:14:37 -03:00", say), GENERAL, say)
    '2026-10-29 23:14:37 UTC; given as 2026-10-29 20:14:37 -03:00'
    >>> written(read_zoned("2026-10-29 23:14:37 UTC", say), countries.find("UY", "en"), say)
    '2026-10-29 23:14:37 UTC; in Uruguay 2026-10-29 20:14:37 -03:00'
    """
    parts = [_stamp(moment.local.astimezone(UTC), moment)]
    if moment.local.utcoffset():
        parts.append(say("requests.given_as_time", time=_stamp(moment.local, moment)))
    if country.time_zone:
        local = moment.local.astimezone(ZoneInfo(country.time_zone))
        if local.utcoffset() != moment.local.utcoffset():
            local_text = _stamp(local, moment)
            parts.append(
                say("requests.in_country_time", country=country.name, time=local_text)
            )
    return "; ".join(parts)


def _stamp(time: datetime, moment: Moment) -> str:
    """Write a time no more exactly than it was typed, with its distance from UTC."""
    clock = " %H:%M" if moment.without_seconds else " %H:%M:%S"
    zone = "UTC" if time.tzinfo is UTC else time.isoformat()[-6:]
    return f"{time.strftime('%Y-%m-%d' + clock)} {zone}"
