"""What a record of a public directory says, fact by fact and in plain words.

RDAP and WHOIS are read into the same kind of record, so both are told in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from labsupport.answers.statuses import find_status
from labsupport.bounds import MOST_NAMED
from labsupport.inputs.names import NotUnderstood, Typed, folded, no_name, read_question, read_type
from labsupport.inputs.numbers import Number, read_number
from labsupport.kinds import Kind
from labsupport.language import Language, mark, tell
from labsupport.rdds.record import Contact, Event, Outcome, Record, Redaction, When
from labsupport.results import Explanation

EXPIRY = ("expiration", "registrar expiration")

KINDS: dict[Outcome, Kind] = {
    Outcome.FOUND: Kind.FOUND,
    Outcome.ABSENT: Kind.NO_SUCH_NAME,
    Outcome.THROTTLED: Kind.REFUSED,
    Outcome.REFUSED: Kind.REFUSED,
    Outcome.UNREADABLE: Kind.FAILED,
}

# How the answer begins when the registry's record came and the registrar's did not.
NOT_LEARNED: dict[Kind, str] = {
    Kind.REFUSED: mark(
        "The registrar's directory did not answer now: it was asked too often, or refused."
    ),
    Kind.FAILED: mark("The registrar's directory gave no record that can be read."),
    Kind.NO_ANSWER: mark("The registrar's directory gave no answer."),
    Kind.NOT_COVERED: mark("The registrar's directory is outside this network: it was not asked."),
}


class Absence(Explanation):
    """A directory says that it has no record of a name or a number (RFC 7480 section 5.3)."""

    @property
    def limits(self) -> tuple[str, ...]:
        return limits_of_absence(self.say)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one record says of one fact: in words, and as a `value` to compare others with.

    `value` is None where the record says nothing that could be compared.
    """

    text: str
    value: Hashable = None


@dataclass(frozen=True, slots=True)
class Row:
    """One fact, in the words of each record. `remark` explains it, or is "".

    `agree` is True where at least two records say the same and none another thing, False where
    they differ, None where fewer than two say anything.
    """

    label: str
    cells: tuple[str, ...]
    remark: str
    agree: bool | None


NOTHING = Cell("–")
# A name with more parts than this is asked for by its last ones.
MOST_LABELS = 8
NO_ABSENCE = mark("That says nothing about what was asked, least of all that it does not exist.")


def meaning(status: str, say: Language) -> str:
    """Return in a few words what a status means, as directories write it."""
    known = find_status(status, say)
    return known.means if known else say("this course has no words for it")


def read_what(text: object, say: Language) -> Typed | Number:
    """Return the name or the number that is meant; raise NotUnderstood when it is neither.

    >>> say = Language.load("en")
    >>> read_what("hxxps://www.museum[.]example/", say).text, read_what("as64500", say).text
    ('www.museum.example', 'AS64500')
    """
    if isinstance(text, str):
        plain = text.strip().strip("<>\"'“”«»").replace("[.]", ".").replace("(.)", ".")
        if re.fullmatch(r"(as\s*)?[0-9]+|[0-9a-f.:]+/[0-9]+", plain, re.IGNORECASE):
            return read_number(text, say)
    typed, rdtype = read_question(text, "A", say)
    if rdtype is read_type("PTR", say):
        return read_number(typed.text, say)
    if len(typed.name.labels) < 3:  # the root's empty label is one of them
        raise NotUnderstood(tell(say, "registration.nobody_registers", name=typed.text))
    return typed


def called(contact: Contact | None) -> str:
    """Return what a contact is called; "" where nobody is named."""
    return contact.called if contact else ""


def read_domain(text: object, say: Language) -> Typed:
    """Return the name that is meant; raise NotUnderstood when it is none, or a number."""
    asked = read_what(text, say)
    if isinstance(asked, Number):
        raise no_name(asked.text, say)
    return asked


def day(when: When) -> str:
    """Return a date as people write it, or as the directory did where it could not be read."""
    return str(when.day) if when.day else when.text


def expiry(record: Record) -> Event | None:
    """Return when a registration runs out: as the registry has it, or else the registrar."""
    return next(filter(None, map(record.event, EXPIRY)), None)


def holder(record: Record) -> Contact | None:
    """Return who holds what is registered, where the record names them."""
    return next((c for c in record.with_role("registrant") if c.called), None)


def is_proxy(record: Record, contact: Contact) -> bool:
    """Whether the record itself says that a contact is a proxy service."""
    return (
        "proxy" in contact.roles
        or "proxy" in contact.status
        or any(other.called == contact.called for other in record.with_role("proxy"))
    )


def hidden(record: Record, *words: str) -> Redaction | None:
    """Return the redaction of the field whose name has all these patterns; None for none."""
    return next(
        (
            redaction
            for redaction in record.redacted
            if all(re.search(word, redaction.name, re.IGNORECASE) for word in words)
        ),
        None,
    )


def not_shown(redaction: Redaction, say: Language) -> str:
    """Say that a field is not shown, and the reason that the directory gives."""
    partly = redaction.method == "partialValue"
    words = say("shown only in part") if partly else say("not shown")
    return f"{words} ({redaction.reason})" if redaction.reason else words


def block_of(record: Record) -> str:
    """Return the numbers of a record as people write them: prefixes, or AS numbers.

    >>> block_of(Record(Outcome.FOUND, first=64500, last=64500))
    'AS64500'
    """
    if isinstance(record.first, int):
        if record.last in (None, record.first):
            return f"AS{record.first}"
        return f"AS{record.first}–AS{record.last}"
    if record.prefixes:
        return ", ".join(map(str, record.prefixes))
    return f"{record.first} – {record.last}" if record.first else record.handle


def domain_rows(records: Sequence[Record | None], say: Language) -> list[Row]:
    """Return the facts of a domain, in the words of each record; None is a record not had."""
    before, after = DOMAIN_FACTS[:STATUS_PLACE], DOMAIN_FACTS[STATUS_PLACE:]
    statuses = _status_rows(records, say)
    return [*_rows(records, before, say), *statuses, *_rows(records, after, say)]


def number_rows(record: Record, say: Language, *, larger: bool = False) -> list[Row]:
    """Return the facts of a block of addresses or AS numbers, in the words of one record.

    Of a `larger` block only what tells whose it is.
    """
    return _rows((record,), LARGER_FACTS if larger else NUMBER_FACTS, say)


def differing(rows: Iterable[Row]) -> list[Row]:
    """Return the rows on which records disagree."""
    return [row for row in rows if row.agree is False]


Fact = tuple[str, Callable[[Record, Language], Cell]]


def _rows(records: Sequence[Record | None], facts: Iterable[Fact], say: Language) -> list[Row]:
    found = []
    for label, cell in facts:
        cells = [cell(record, say) if record else NOTHING for record in records]
        if any(one.text != NOTHING.text for one in cells):
            agree = _agree(cells)
            remark = ""
            if agree is False:
                remark = say("they disagree")
            elif len(records) == 2 and all(records) and cells[0] == NOTHING and cells[1].value:
                remark = say("only the registrar tells it")
            found.append(Row(say(label), tuple(one.text for one in cells), remark, agree))
    return found


def _agree(cells: Iterable[Cell]) -> bool | None:
    values = [cell.value for cell in cells if cell.value is not None]
    return None if len(values) < 2 else len(set(values)) == 1


def _status_rows(records: Sequence[Record | None], say: Language) -> list[Row]:
    """A row for each status, since each has a meaning of its own."""
    each = [frozenset(record.status) if record else None for record in records]
    telling = [statuses for statuses in each if statuses]
    rows = []
    for status in dict.fromkeys(one for record in records if record for one in record.status):
        having = sum(status in statuses for statuses in telling)
        agree = None if len(telling) < 2 else having == len(telling)
        known = find_status(status, say)
        remark = meaning(status, say)
        if known and known.epp:
            remark += f" ({known.epp})"
        if agree is False:
            remark = say("they disagree") + "; " + remark
        cells = tuple(
            NOTHING.text if own is None else status if status in own else say("not named")
            for own in each
        )
        rows.append(Row(say("status"), cells, remark, agree))
    return rows


def _registrant(record: Record, say: Language) -> Cell:
    contact = holder(record)
    if contact is None:
        redaction = hidden(record, *_REGISTRANT_NAME)
        return Cell(not_shown(redaction, say)) if redaction else NOTHING
    name = contact.called
    if is_proxy(record, contact):
        return Cell(say("{name} (a proxy service)", name=name), folded(name))
    return Cell(name, folded(name))


def _of_registrant(
    get: Callable[[Contact], str], words: str, key: Callable[[str], Hashable] = folded
) -> Callable[..., Cell]:
    def cell(record: Record, say: Language) -> Cell:
        found = next(filter(None, map(get, record.with_role("registrant"))), "")
        redaction = hidden(record, "registrant", words)
        if redaction is None:
            return Cell(found, key(found)) if found else NOTHING
        if not found:
            return Cell(not_shown(redaction, say))
        partly = redaction.method == "partialValue"
        told = say("shown only in part") if partly else say("in the place of what is not shown")
        return Cell(f"{found} ({told})")

    return cell


def _registrar(record: Record, say: Language) -> Cell:
    contact = record.registrar
    if contact is None or not contact.called:
        return NOTHING
    ids = ", ".join(identifier for _, identifier in contact.ids)
    text = f"{contact.called} (IANA {ids})" if ids else contact.called
    return Cell(text, folded(contact.called))


def _reseller(record: Record, say: Language) -> Cell:
    contact = next(filter(reached, record.with_role("reseller")), None)
    return Cell(reached(contact), folded(contact.called)) if contact else NOTHING


def _role(role: str) -> Callable[[Record, Language], Cell]:
    def cell(record: Record, say: Language) -> Cell:
        if contact := next(filter(reached, record.with_role(role)), None):
            return _reached(contact)
        redaction = hidden(record, f"^{role[:4]}")
        return Cell(not_shown(redaction, say)) if redaction else NOTHING

    return cell


def _registrars_abuse(record: Record, say: Language) -> Cell:
    """The registrar's own desk, where the record tells whose a desk is."""
    registrar = record.registrar
    own = registrar.contacts if registrar else ()
    desks = [desk for desk in (*own, *record.contacts) if "abuse" in desk.roles]
    desk = next(filter(reached, desks), None)
    return _reached(desk) if desk else NOTHING


def _reached(contact: Contact) -> Cell:
    """A contact, told apart from others by its e-mail, or else by what it is called."""
    emails = frozenset(map(str.lower, contact.emails))
    return Cell(reached(contact), emails or folded(contact.called or reached(contact)))


def reached(contact: Contact) -> str:
    """Return who a contact is, and by which ways that can be reached: "Taller, a@b.example"."""
    ways = (contact.called, *contact.emails, *contact.phones, *contact.forms)
    return ", ".join(dict.fromkeys(filter(None, ways)))


def own_word(text: str, say: Language) -> str:
    """Return what a status means that only some registries have; "" for an unknown one."""
    return str(say.table("whois.toml")["own"].get(folded(text), ""))


def _kind_of_block(record: Record, say: Language) -> Cell:
    """The registry's word for how a block is held, and what it says."""
    means = "" if isinstance(record.first, int) else own_word(record.type, say)
    return _text(f"{record.type} ({means})" if means else record.type)


def _text(text: str) -> Cell:
    return Cell(text, folded(text)) if text else NOTHING


def _date(*actions: str) -> Callable[[Record, Language], Cell]:
    def cell(record: Record, say: Language) -> Cell:
        event = next(filter(None, map(record.event, actions)), None)
        return Cell(day(event.when), event.when.day) if event else NOTHING

    return cell


def _name_servers(record: Record, say: Language) -> Cell:
    names = [server.name for server in record.nameservers]
    return Cell(", ".join(names), frozenset(map(str.lower, names))) if names else NOTHING


def _signed(record: Record, say: Language) -> Cell:
    if record.signed is None:
        return NOTHING
    return Cell(say("signed") if record.signed else say("not signed"), record.signed)


_REGISTRANT_NAME = ("registrant", "name|organi|^registrant$")
DOMAIN_FACTS: tuple[Fact, ...] = (
    (mark("registrant"), _registrant),
    (
        mark("way to write to the registrant"),
        _of_registrant(lambda contact: ", ".join((*contact.emails, *contact.forms)), "mail"),
    ),
    (mark("registrant's telephone"), _of_registrant(lambda c: ", ".join(c.phones), "phone")),
    (
        mark("registrant's address"),
        # The street alone is compared: one directory adds the country's name, another does not.
        _of_registrant(
            lambda contact: contact.address,
            "address|street",
            lambda text: folded(text.partition(",")[0]),
        ),
    ),
    (mark("registrant's country"), _of_registrant(lambda contact: contact.country, "country")),
    (mark("registrar"), _registrar),
    (mark("reseller"), _reseller),
    (mark("registered"), _date("registration")),
    (mark("last changed"), _date("last changed")),
    (mark("moved to another registrar"), _date("transfer")),
    (mark("expires"), _date(*EXPIRY)),
    (mark("name servers"), _name_servers),
    (mark("DNSSEC"), _signed),
    (mark("registrar's contact for abuse"), _registrars_abuse),
    (mark("contact for administration"), _role("administrative")),
    (mark("contact for technical matters"), _role("technical")),
)
NUMBER_FACTS: tuple[Fact, ...] = (
    (mark("block"), lambda record, say: _text(block_of(record))),
    (mark("name"), lambda record, say: _text(record.name)),
    (mark("kind"), _kind_of_block),
    (mark("status"), lambda record, say: _text(", ".join(record.status))),
    (mark("holder"), _registrant),
    (
        mark("holder's identifier"),
        lambda record, say: _text(contact.handle if (contact := holder(record)) else ""),
    ),
    (mark("country code of the registration"), lambda record, say: _text(record.country)),
    (mark("registered"), _date("registration")),
    (mark("last changed"), _date("last changed")),
    (mark("contact for abuse"), _role("abuse")),
    (mark("contact for technical matters"), _role("technical")),
    (
        mark("AS that the record joins it with"),
        lambda record, say: _text(", ".join(f"AS{asn}" for asn in record.origins)),
    ),
)
LARGER_FACTS: tuple[Fact, ...] = (
    (mark("larger block"), lambda record, say: _text(block_of(record))),
    (mark("larger block: holder"), _registrant),
    (mark("larger block: contact for abuse"), _role("abuse")),
)
STATUS_PLACE = 7  # statuses stand before the dates


def limits_of_names(say: Language) -> tuple[str, ...]:
    """What a record of a domain does not prove."""
    return (
        say("A record repeats what the holder said: nobody may have checked it."),
        say("It is today's record, not that of the day of an offence."),
        say("Registered is not located: a country says where a holder wrote that it is."),
        say("A contact may be a service that stands in for another. What is not shown may exist."),
    )


def limits_of_absence(say: Language) -> tuple[str, ...]:
    """What it does not prove that a directory has no record (RFC 7480 section 5.3)."""
    return (
        say("The directory has no such record now. It does not say that there never was one."),
        say("It may be reserved, or deleted not long ago: the registry may know its history."),
    )


def limits_of_numbers(say: Language) -> tuple[str, ...]:
    """What a record of a number does not prove."""
    return (
        say("Registered is not located: the country says where the holder registered."),
        say("The holder of an address is not the person who used it."),
        tell(say, "registration.of_today"),
    )


def whose(domain: str, records: Iterable[Record | None], say: Language) -> str:
    """Say for whom a domain is registered, and through whom, as far as records tell."""
    known = [record for record in records if record]
    record = next((record for record in known if holder(record)), None)
    contact = holder(record) if record else None
    registrars = (called(record.registrar) for record in known)
    registrar = at_the_end(next(filter(None, registrars), ""))
    if record is None or contact is None:
        if any(hidden(one, *_REGISTRANT_NAME) for one in known):
            start = say("Who registered {domain} is not shown.", domain=domain)
        else:
            start = say("No record names who registered {domain}.", domain=domain)
        through = say("It was registered through {registrar}.", registrar=registrar)
        return f"{start} {through}" if registrar else start
    name, behind = contact.called, ""
    if is_proxy(record, contact):
        name = say("{name}, a proxy service", name=name)
        behind = " " + say("Who is behind the service is not in the record.")
    if registrar:
        told = tell(
            say, "registration.registered_through", domain=domain, name=name, registrar=registrar
        )
    else:
        told = say("{domain} is registered for {name}.", domain=domain, name=at_the_end(name))
    return told + behind


def at_the_end(name: str) -> str:
    """Return a name for the end of a sentence, whose full stop is also that of "S.A."."""
    return name.removesuffix(".")


def told_of_domain(
    domain: str,
    records: Sequence[Record],
    now: float,
    say: Language,
    lost: Kind | None = None,
) -> str:
    """Say in a few sentences what records tell of a domain, those of the first one above all.

    `now` is in seconds since 1970. `lost` is the kind of what came in the place of the
    registrar's record: then the answer begins with it.
    """
    first = records[0]
    names = {redaction.name for record in records for redaction in record.redacted}
    if lost:
        parts = [
            say(NOT_LEARNED[lost]),
            _by_the_registry(domain, first, say),
            _dates(first, now, say),
        ]
    else:
        parts = [whose(domain, records, say), _dates(first, now, say)]
    if first.status:
        told = "; ".join(f"{one} ({meaning(one, say)})" for one in first.status)
        parts.append(say("Status: {told}.", told=told))
    if names:
        parts.append(tell(say, "registration.fields_not_shown", count=len(names)))
    if lost and not holder(first):
        parts.append(say("Who holds it was not learned."))
    return " ".join(filter(None, parts))


def told_apart(rows: Iterable[Row], say: Language) -> str:
    """Say on what registry and registrar disagree; "" where on nothing."""
    labels = ", ".join(dict.fromkeys(row.label for row in differing(rows)))
    return say("Registry and registrar disagree on: {labels}.", labels=labels) if labels else ""


def _by_the_registry(domain: str, record: Record, say: Language) -> str:
    """Say what the registry's record alone tells: without the registrar's, often not who holds."""
    told = whose(domain, (record,), say)
    registrar = at_the_end(called(record.registrar))
    if registrar and not holder(record):
        told = tell(say, "registration.registered_by", domain=domain, registrar=registrar)
    return say("By the registry alone: {told}", told=told)


def _dates(record: Record, now: float, say: Language) -> str:
    begun, ends = record.event("registration"), expiry(record)
    parts = []
    if begun:
        parts.append(say("It has been registered since {day}.", day=day(begun.when)))
    if ends and ends.when.time is not None and ends.when.time.timestamp() < now:
        parts.append(say("It ran out on {day}.", day=day(ends.when)))
    elif ends:
        parts.append(say("It runs until {day}.", day=day(ends.when)))
    return " ".join(parts)


def told_of_number(asked: str, record: Record, larger: Record | None, say: Language) -> str:
    """Say in a few sentences what a record tells of a number; `larger` is the block above it."""
    contact = holder(record)
    whom = contact.called if contact else say("somebody whom the record does not name")
    whom = at_the_end(whom)
    block = block_of(record)
    if block == asked:
        parts = [say("{what} is registered for {whom}.", what=asked, whom=whom)]
    else:
        parts = [tell(say, "registration.lies_in", what=asked, block=block, whom=whom)]
    if event := record.event("registration"):
        parts.append(say("It has been registered since {day}.", day=day(event.when)))
    giver = holder(larger) if larger else None
    if larger and giver and giver.called == called(contact):
        parts.append(say("It is a part of {block}, of the same holder.", block=block_of(larger)))
    elif larger and giver:
        parts.append(
            tell(say, "registration.passed_on", block=block_of(larger), giver=giver.called)
        )
    if abuse := next(filter(None, map(reached, record.with_role("abuse"))), ""):
        parts.append(say("Abuse is reported to {abuse}.", abuse=abuse))
    else:
        parts.append(say("The record names no contact for abuse."))
    return " ".join(parts)


def candidates(name: str, shortest: str) -> list[str]:
    """Return `name` and the names above it, down to one label below `shortest`.

    >>> candidates("www.corte.gob.test", "gob.test")
    ['www.corte.gob.test', 'corte.gob.test']
    """
    labels = name.split(".")[-MOST_LABELS:]
    below = len(labels) - shortest.count(".") - 1
    return [".".join(labels[place:]) for place in range(max(below, 0))]


def asked_above(typed: Typed, domain: str, say: Language) -> tuple[str, ...]:
    """Say that the record is of a name above the one that was typed, where it is."""
    told = tell(say, "registration.not_registered_itself", name=typed.text, domain=domain)
    return () if domain == typed.text else (told,)


def outside(host: str, say: Language) -> str:
    """Say that a server was not asked, since it is no part of this network."""
    return tell(say, "registration.outside", host=host)


def explain(record: Record, host: str, what: str, say: Language) -> str:
    """Say what an answer is that holds no record: an absence, a refusal, or neither."""
    if record.outcome is Outcome.ABSENT:
        return say("{host} says that it has no record of {what}.", host=host, what=what)
    code = record.error_code or 0
    if record.outcome is Outcome.THROTTLED:
        told = say("{host} answers no more for now: it was asked too often.", host=host)
    elif code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told = say("{host} is not able to answer now (code {code}).", host=host, code=code)
    elif record.outcome is Outcome.REFUSED:
        told = say("{host} refused to answer.", host=host)
    else:
        told = say("What {host} sent is no record that can be read.", host=host)
    nothing = say("That says nothing about {what}, least of all that it does not exist.", what=what)
    return f"{told} {nothing}"


def misread(label: str, record: Record, say: Language) -> tuple[str, ...]:
    """Say what of a record could not be read."""
    if not record.problems:
        return ()
    first = " ".join(record.problems[:MOST_NAMED])
    if (left := len(record.problems) - MOST_NAMED) > 0:
        first += " (" + say("and {count} more", count=left) + ")"
    told = tell(say, "registration.misread", whom=label, problems=first)
    return (told,)
