"""What a record of a public directory says, fact by fact and in plain words.

RDAP and WHOIS are read into the same kind of record, so both are told in the same words.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from labsupport.answers.page import Page, explained
from labsupport.answers.statuses import find_status
from labsupport.bounds import MOST_NAMED
from labsupport.inputs.folding import folded
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.language import Language, limits
from labsupport.lookups.lookup import Unanswered
from labsupport.lookups.registration import (
    EXPIRY,
    NoRecord,
    Registration,
    block_of,
    called,
    hidden,
    holder,
    is_proxy,
    reached,
)
from labsupport.rdds.record import Contact, Record, Redaction
from labsupport.results import Explanation


class Absence(Explanation):
    """A directory says that it has no record of a name or a number (RFC 7480 section 5.3)."""

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "limits_of_absence")


def nothing_learned(say: Language, unanswered: Unanswered) -> Explanation:
    """Return what is to be said where no record came."""
    page = explained(say, unanswered)
    if unanswered.kind is Kind.NO_SUCH_NAME:
        return Absence(
            say, unanswered.kind, page.sentence, unanswered.notes, unanswered.provenance
        )
    if unanswered.kind is Kind.FAILED and isinstance(unanswered, NoRecord):
        page.notes += tuple(
            misread(unanswered.answer.host, unanswered.answer.record, say)
        )
    return page


R = TypeVar("R", bound=Registration)


class RegistrationPage(Page[R]):
    """What directories have on record of a name or a number."""

    kind: Kind

    @property
    def records(self) -> tuple[Record, ...]:
        """The records: those of a name begin with the registry's, of a number with the smallest."""
        return self.facts.records

    @property
    def registry(self) -> Record:
        """The registry's record."""
        return self.facts.registry

    @property
    def registrar(self) -> Record | None:
        """The registrar's record of a name; None where none came, and for a number."""
        return self.facts.registrar

    @property
    def server(self) -> str:
        """Who sent the last record."""
        return self.facts.server

    @property
    def text(self) -> str:
        """The last record as it came."""
        return self.facts.text

    def remarks(self) -> Iterator[str]:
        say = self.say
        facts = self.facts
        asked = facts.asked.text
        if facts.name != asked:
            yield say(
                "registration.not_registered_itself", name=asked, domain=facts.name
            )
        if facts.instead:
            yield explained(say, facts.instead).sentence

    @property
    def limits(self) -> tuple[str, ...]:
        is_number = isinstance(self.facts.asked, Number)
        return limits(self.say, "limits_of_numbers" if is_number else "limits_of_names")


class FactCell(NamedTuple):
    """What one record says of one fact: in words, and as a `value` to compare others with.

    `value` is None where the record says nothing that could be compared.
    """

    text: str
    value: Hashable = None


class FactRow(NamedTuple):
    """One fact, in the words of each record. `remark` explains it, or is "".

    `agree` is True where at least two records say the same and none another thing, False where
    they differ, None where fewer than two say anything.
    """

    label: str
    cells: tuple[str, ...]
    remark: str
    agree: bool | None


NOTHING = FactCell("–")


def meaning(status: str, say: Language) -> str:
    """Return in a few words what a status means, as directories write it."""
    entry = find_status(status, say)
    return entry.means if entry else say("registration.course_no_words")


def not_shown(redaction: Redaction, say: Language) -> str:
    """Say that a field is not shown, and the reason that the directory gives."""
    partly = redaction.method == "partialValue"
    words = (
        say("registration.shown_only_in_part")
        if partly
        else say("registration.not_shown")
    )
    return f"{words} ({say.quote(redaction.reason)})" if redaction.reason else words


def domain_rows(records: Sequence[Record | None], say: Language) -> list[FactRow]:
    """Return the facts of a domain, in the words of each record; None is a record not had."""
    before = DOMAIN_FACTS[:STATUS_PLACE]
    after = DOMAIN_FACTS[STATUS_PLACE:]
    statuses = _status_rows(records, say)
    return [*_rows(records, before, say), *statuses, *_rows(records, after, say)]


def number_rows(
    record: Record, say: Language, *, larger: bool = False
) -> list[FactRow]:
    """Return the facts of a block of addresses or AS numbers, in the words of one record.

    Of a `larger` block only what tells whose it is.
    """
    return _rows((record,), LARGER_FACTS if larger else NUMBER_FACTS, say)


def differing(rows: Iterable[FactRow]) -> list[FactRow]:
    """Return the rows on which records disagree."""
    return [row for row in rows if row.agree is False]


Fact = tuple[str, Callable[[Record, Language], FactCell]]


def _rows(
    records: Sequence[Record | None], facts: Iterable[Fact], say: Language
) -> list[FactRow]:
    rows = []
    for label, cell in facts:
        cells = [cell(record, say) if record else NOTHING for record in records]
        if any(one.text != NOTHING.text for one in cells):
            agree = _agree([one.value for one in cells if one.value is not None])
            remark = ""
            if agree is False:
                remark = say("registration.they_disagree")
            elif (
                len(records) == 2
                and all(records)
                and cells[0] == NOTHING
                and cells[1].value
            ):
                remark = say("registration.only_registrar_tells")
            rows.append(
                FactRow(say(label), tuple(one.text for one in cells), remark, agree)
            )
    return rows


def _agree(values: Sequence[Hashable]) -> bool | None:
    if len(values) < 2:
        return None
    return len(set(values)) == 1


def _status_rows(records: Sequence[Record | None], say: Language) -> list[FactRow]:
    """A row for each status, since each has a meaning of its own."""
    each = [frozenset(record.status) if record else None for record in records]
    telling = [statuses for statuses in each if statuses]
    rows = []
    every = itertools.chain.from_iterable(record.status for record in records if record)
    for status in dict.fromkeys(every):
        agree = _agree([status in statuses for statuses in telling])
        entry = find_status(status, say)
        remark = meaning(status, say)
        if entry and entry.epp:
            remark += f" ({entry.epp})"
        if agree is False:
            remark = say("registration.they_disagree") + "; " + remark
        cells = []
        for own in each:
            if own is None:
                cells.append(NOTHING.text)
            elif status in own:
                cells.append(status)
            else:
                cells.append(say("registration.not_named"))
        rows.append(FactRow(say("registration.status"), tuple(cells), remark, agree))
    return rows


def _registrant(record: Record, say: Language) -> FactCell:
    contact = holder(record)
    if contact is None:
        redaction = hidden(record, *_REGISTRANT_NAME)
        if redaction:
            return FactCell(not_shown(redaction, say))
        return NOTHING
    name = contact.called
    if is_proxy(record, contact):
        return FactCell(
            say("registration.label_name_a_proxy_service", name=name), folded(name)
        )
    return FactCell(name, folded(name))


def _of_registrant(
    get: Callable[[Contact], str], words: str, key: Callable[[str], Hashable] = folded
) -> Callable[..., FactCell]:
    def cell(record: Record, say: Language) -> FactCell:
        value = next(filter(None, map(get, record.with_role("registrant"))), "")
        redaction = hidden(record, "registrant", words)
        if redaction is None:
            if value:
                return FactCell(value, key(value))
            return NOTHING
        if not value:
            return FactCell(not_shown(redaction, say))
        partly = redaction.method == "partialValue"
        withheld = (
            say("registration.shown_only_in_part")
            if partly
            else say("registration.place_what_not_shown")
        )
        return FactCell(f"{value} ({withheld})")

    return cell


def _registrar(record: Record, say: Language) -> FactCell:
    contact = record.registrar
    if contact is None or not contact.called:
        return NOTHING
    ids = ", ".join(identifier for _, identifier in contact.ids)
    text = f"{contact.called} (IANA {ids})" if ids else contact.called
    return FactCell(text, folded(contact.called))


def _reseller(record: Record, say: Language) -> FactCell:
    contact = next(filter(reached, record.with_role("reseller")), None)
    if contact:
        return FactCell(reached(contact), folded(contact.called))
    return NOTHING


def _role(role: str) -> Callable[[Record, Language], FactCell]:
    def cell(record: Record, say: Language) -> FactCell:
        if contact := next(filter(reached, record.with_role(role)), None):
            return _reached(contact)
        redaction = hidden(record, f"^{role[:4]}")
        if redaction:
            return FactCell(not_shown(redaction, say))
        return NOTHING

    return cell


def _registrars_abuse(record: Record, say: Language) -> FactCell:
    """The registrar's own desk, where the record tells whose a desk is."""
    registrar = record.registrar
    own = registrar.contacts if registrar else ()
    desks = [desk for desk in (*own, *record.contacts) if "abuse" in desk.roles]
    desk = next(filter(reached, desks), None)
    return _reached(desk) if desk else NOTHING


def _reached(contact: Contact) -> FactCell:
    """A contact, told apart from others by its e-mail, or else by what it is called."""
    emails = frozenset(map(str.lower, contact.emails))
    return FactCell(
        reached(contact), emails or folded(contact.called or reached(contact))
    )


def own_word(text: str, say: Language) -> str:
    """Return what a status means that only some registries have; "" for an unknown one."""
    return str(say.table("whois.toml")["own"].get(folded(text), ""))


def _kind_of_block(record: Record, say: Language) -> FactCell:
    """The registry's word for how a block is held, and what it says."""
    means = "" if isinstance(record.first, int) else own_word(record.type, say)
    return _text(f"{record.type} ({means})" if means else record.type)


def _text(text: str) -> FactCell:
    if text:
        return FactCell(text, folded(text))
    return NOTHING


def _date(*actions: str) -> Callable[[Record, Language], FactCell]:
    def cell(record: Record, say: Language) -> FactCell:
        event = record.event(*actions)
        if event:
            return FactCell(str(event.when), event.when.day)
        return NOTHING

    return cell


def _name_servers(record: Record, say: Language) -> FactCell:
    names = [server.name for server in record.nameservers]
    if names:
        return FactCell(", ".join(names), frozenset(map(str.lower, names)))
    return NOTHING


def _signed(record: Record, say: Language) -> FactCell:
    if record.signed is None:
        return NOTHING
    return FactCell(
        say("registration.signed") if record.signed else say("registration.not_signed"),
        record.signed,
    )


_REGISTRANT_NAME = ("registrant", "name|organi|^registrant$")
DOMAIN_FACTS: tuple[Fact, ...] = (
    ("registration.registrant", _registrant),
    (
        "registration.way_write_registrant",
        _of_registrant(
            lambda contact: ", ".join((*contact.emails, *contact.forms)), "mail"
        ),
    ),
    (
        "registration.registrant_telephone",
        _of_registrant(lambda c: ", ".join(c.phones), "phone"),
    ),
    (
        "registration.registrant_address",
        # The street alone is compared: one directory adds the country's name, another does not.
        _of_registrant(
            lambda c: c.address,
            "address|street",
            lambda text: folded(text.partition(",")[0]),
        ),
    ),
    (
        "registration.registrant_country",
        _of_registrant(lambda contact: contact.country, "country"),
    ),
    ("registration.registrar", _registrar),
    ("registration.reseller", _reseller),
    ("registration.registered", _date("registration")),
    ("registration.last_changed", _date("last changed")),
    ("registration.moved_to_another_registrar", _date("transfer")),
    ("registration.expires", _date(*EXPIRY)),
    ("registration.name_servers", _name_servers),
    ("registration.dnssec", _signed),
    ("registration.registrar_contact_for_abuse", _registrars_abuse),
    ("registration.contact_for_administration", _role("administrative")),
    ("registration.contact_for_technical_matters", _role("technical")),
)
NUMBER_FACTS: tuple[Fact, ...] = (
    ("registration.block", lambda record, say: _text(block_of(record))),
    ("registration.name", lambda record, say: _text(record.name)),
    ("registration.kind", _kind_of_block),
    ("registration.status", lambda record, say: _text(", ".join(record.status))),
    ("registration.holder", _registrant),
    (
        "registration.holder_identifier",
        lambda record, say: _text(getattr(holder(record), "handle", "")),
    ),
    (
        "registration.country_code_registration",
        lambda record, say: _text(record.country),
    ),
    ("registration.registered", _date("registration")),
    ("registration.last_changed", _date("last changed")),
    ("registration.contact_for_abuse", _role("abuse")),
    ("registration.contact_for_technical_matters", _role("technical")),
    (
        "registration.record_joins",
        lambda record, say: _text(", ".join(f"AS{asn}" for asn in record.origins)),
    ),
)
LARGER_FACTS: tuple[Fact, ...] = (
    ("registration.larger_block", lambda record, say: _text(block_of(record))),
    ("registration.larger_block_holder", _registrant),
    ("registration.larger_block_contact_abuse", _role("abuse")),
)
STATUS_PLACE = 7  # statuses stand before the dates


def not_learned(say: Language, missing: Kind) -> str:
    """Say, as an answer begins, what came in the place of the registrar's record."""
    return say(f"registration.not_learned_{missing.name.lower()}")


def whose(domain: str, records: Sequence[Record], say: Language) -> str:
    """Say for whom a domain is registered, and through whom, as far as records tell."""
    record = next(filter(holder, records), None)
    contact = holder(record) if record else None
    registrars = (called(record.registrar) for record in records)
    registrar = at_the_end(next(filter(None, registrars), ""))
    if record is None or contact is None:
        if any(hidden(one, *_REGISTRANT_NAME) for one in records):
            start = say("registration.who_registered_domain_not", domain=domain)
        else:
            start = say("registration.no_record_names_who", domain=domain)
        through = say("registration.registered_through_registrar", registrar=registrar)
        return f"{start} {through}" if registrar else start
    name = contact.called
    behind = ""
    if is_proxy(record, contact):
        name = say("registration.name_a_proxy_service", name=name)
        behind = " " + say("registration.who_behind_service_not")
    if registrar:
        sentence = say(
            "registration.registered_through",
            domain=domain,
            name=name,
            registrar=registrar,
        )
    else:
        sentence = say(
            "registration.domain_registered_name", domain=domain, name=at_the_end(name)
        )
    return sentence + behind


def at_the_end(name: str) -> str:
    """Return a name for the end of a sentence, whose full stop is also that of "S.A."."""
    return name.removesuffix(".")


def told_of_domain(registration: Registration, say: Language) -> str:
    """Say in a few sentences what records tell of a domain, those of the first one above all.

    Where that of the registrar is missing, the answer begins with it. In the end it says on what
    registry and registrar disagree.
    """
    domain = registration.name
    missing = registration.missing
    records = registration.records
    first = records[0]
    assert registration.provenance is not None  # who has a record was asked
    dates = _dates(first, registration.provenance.time, say)
    if missing:
        parts = [not_learned(say, missing), _by_the_registry(domain, first, say), dates]
    else:
        parts = [whose(domain, records, say), dates]
    if first.status:
        statuses = say.listed(f"{one} ({meaning(one, say)})" for one in first.status)
        parts.append(say("registration.status_told", told=statuses))
    names: set[str] = set()
    for record in records:
        names.update(redaction.name for redaction in record.redacted)
    if names:
        parts.append(say("registration.fields_not_shown", count=len(names)))
    if missing and not holder(first):
        parts.append(say("registration.who_holds_not_learned"))
    rows = differing(domain_rows(records[:2], say))
    if labels := say.listed(dict.fromkeys(row.label for row in rows)):
        parts.append(
            say("registration.registry_registrar_disagree_labels", labels=labels)
        )
    return " ".join(filter(None, parts))


def _by_the_registry(domain: str, record: Record, say: Language) -> str:
    """Say what the registry's record alone tells: without the registrar's, often not who holds."""
    sentence = whose(domain, (record,), say)
    registrar = at_the_end(called(record.registrar))
    if registrar and not holder(record):
        sentence = say("registration.registered_by", domain=domain, registrar=registrar)
    return say("registration.registry_alone_told", told=sentence)


def _dates(record: Record, now: float, say: Language) -> str:
    begun = record.event("registration")
    ends = record.event(*EXPIRY)
    parts = []
    if begun:
        parts.append(say("registration.been_registered_since_day", day=begun.when))
    if ends and ends.when.time is not None and ends.when.time.timestamp() < now:
        parts.append(say("registration.ran_out_day", day=ends.when))
    elif ends:
        parts.append(say("registration.it_runs_until_day", day=ends.when))
    return " ".join(parts)


def told_of_number(asked: str, records: Sequence[Record], say: Language) -> str:
    """Say in a few sentences what records tell of a number: its block's, and the larger one's."""
    record = records[0]
    larger = next(iter(records[1:]), None)
    own = called(holder(record))
    whom = at_the_end(own or say("registration.somebody_whom_record_does"))
    block = block_of(record)
    if block == asked:
        parts = [say("registration.what_registered_whom", what=asked, whom=whom)]
    else:
        parts = [say("registration.lies_in", what=asked, block=block, whom=whom)]
    if event := record.event("registration"):
        parts.append(say("registration.been_registered_since_day", day=event.when))
    if larger and (giver := called(holder(larger))):
        passed_on = say("registration.passed_on", block=block_of(larger), giver=giver)
        if giver == own:
            passed_on = say(
                "registration.part_block_same_holder", block=block_of(larger)
            )
        parts.append(passed_on)
    if abuse := next(filter(None, map(reached, record.with_role("abuse"))), ""):
        parts.append(say("registration.abuse_reported_abuse", abuse=abuse))
    else:
        parts.append(say("registration.record_names_no_contact"))
    return " ".join(parts)


def misread(label: str, record: Record, say: Language) -> Iterator[str]:
    """Say what of a record could not be read."""
    if record.problems:
        first = " ".join(record.problems[:MOST_NAMED])
        if (left := len(record.problems) - MOST_NAMED) > 0:
            first += " (" + say("registration.and_count_more", count=left) + ")"
        yield say("registration.misread", whom=label, problems=first)
