"""What the public directories have on record, asked by RDAP or by WHOIS.

Both are read into the same kind of record, so both are told in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus

from labsupport.formats import delegated
from labsupport.formats.delegated import Resource
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.rdds.record import Contact, DirectoryOutcome, Record, Redaction
from labsupport.rdds.whois_lines import decode

# When a registration runs out: as the registry has it, or else the registrar.
EXPIRY = ("expiration", "registrar expiration")
KINDS: dict[DirectoryOutcome, Kind] = {
    DirectoryOutcome.FOUND: Kind.FOUND,
    DirectoryOutcome.ABSENT: Kind.NO_SUCH_NAME,
    DirectoryOutcome.THROTTLED: Kind.REFUSED,
    DirectoryOutcome.REFUSED: Kind.REFUSED,
    DirectoryOutcome.OTHER: Kind.FAILED,
    DirectoryOutcome.UNREADABLE: Kind.FAILED,
}
# Words by which a record itself says that a network delivers content for others.
CDN_WORDS = re.compile(
    r"\bcdn\b|content[ -]delivery|(?:distribución|entrega) de contenidos?"
    r"|(?:distribuição|entrega) de conteúdos?",
    re.IGNORECASE,
)
# A name with more parts than this is asked for by its last ones.
MOST_LABELS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One server's answer: `host` was sent `query`, a line of WHOIS or the URL of RDAP."""

    host: str
    query: str
    record: Record

    def about(self, wanted: Collection[str] | Resource) -> Asked:
        """Return the answer as one to a question: the record of something else is none.

        `wanted` are names, of which any will do, or a number.
        """
        record = self.record
        if record.outcome is not DirectoryOutcome.FOUND or _is_about(record, wanted):
            return self
        return replace(self, record=replace(record, outcome=DirectoryOutcome.OTHER))


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration(Lookup):
    """What directories have on record of `name`: of what was `asked`, or of a name above that.

    `answers` are those of the servers that keep the data, the registry's first. `instead` is what
    came in the place of the next record, None where nothing is to be said; `missing` its kind,
    where the registrar's record is missing.
    """

    kind: Kind
    asked: Typed | Number
    name: str
    answers: tuple[Asked, ...]
    instead: Unanswered | None = None
    missing: Kind | None = None

    @property
    def found(self) -> tuple[Asked, ...]:
        """The answers that hold a record."""
        answers = []
        for answer in self.answers:
            if answer.record.outcome is DirectoryOutcome.FOUND:
                answers.append(answer)
        return tuple(answers)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records: those of a name begin with the registry's, of a number with the smallest."""
        return tuple(answer.record for answer in self.found)

    @property
    def registry(self) -> Record:
        """The registry's record: of a number, that of the smallest block that holds it."""
        return self.answers[0].record

    @property
    def registrar(self) -> Record | None:
        """The registrar's record of a name; None where none came, and for a number."""
        if isinstance(self.asked, Number):
            return None
        return next(iter(self.records[1:]), None)

    @property
    def shown(self) -> Asked:
        """The last answer with a record, or else the last one."""
        return (self.found or self.answers)[-1]

    @property
    def text(self) -> str:
        """The answer as it came, in the letters that the record was read from."""
        return decode(self.shown.record.raw)

    @property
    def server(self) -> str:
        """Who sent it."""
        return self.shown.host


@dataclass(frozen=True, eq=False, kw_only=True)
class NoRecord(Unanswered):
    """A directory's `answer` that holds no record."""

    kind: Kind
    answer: Asked


def no_record(answer: Asked, what: str) -> NoRecord:
    """Return what an answer is that holds no record: an absence, a refusal, or neither."""
    outcome = answer.record.outcome
    code = answer.record.error_code or 0
    name = (
        answer.record.name
        if answer.record.kind == "domain"
        else block_of(answer.record)
    )
    key = outcome.value
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR and key in ("refused", "unreadable"):
        key = "unable"
    return NoRecord(
        kind=KINDS[outcome],
        reason=f"registration.{key}",
        not_said="" if outcome is DirectoryOutcome.ABSENT else "registration.not_said",
        values={"host": answer.host, "what": what, "code": code, "name": name},
        answer=answer,
    )


def _is_about(record: Record, wanted: Collection[str] | Resource) -> bool:
    """Say whether a record may be of one of these names, or of a number: not where it denies it."""
    if isinstance(wanted, Collection):
        # Some directories write the first label alone.
        return (
            record.kind != "domain" or "." not in record.name or record.name in wanted
        )
    if record.first is None:
        return True
    kind, first, last = delegated.ends_of(wanted)
    own_kind, own_first, own_last = delegated.ends_of(record.first)
    if record.last is not None:
        _, own_last, _ = delegated.ends_of(record.last)
    return kind == own_kind and own_first <= last and first <= own_last


def domain_of(record: Record, asked: str) -> str:
    """Return the domain that a record is of: some directories answer for a name below it."""
    return record.name if record.kind == "domain" and "." in record.name else asked


def lost(instead: Unanswered | None) -> Kind | None:
    """Return the kind of what came in the place of a record; None where none is missing.

    A directory may say that it has none, and one that was asked already has no other.
    """
    kind = instead.kind if instead else None
    return None if kind in (Kind.NO_SUCH_NAME, Kind.NOT_ASKED) else kind


def called(contact: Contact | None) -> str:
    """Return what a contact is called; "" where nobody is named."""
    return contact.called if contact else ""


def reached(contact: Contact) -> str:
    """Return who a contact is, and by which ways that can be reached: "Taller, a@b.example"."""
    ways = (contact.called, *contact.emails, *contact.phones, *contact.forms)
    return ", ".join(dict.fromkeys(filter(None, ways)))


def holder(record: Record) -> Contact | None:
    """Return who holds what is registered, where the record names them."""
    return next((c for c in record.with_role("registrant") if c.called), None)


def is_proxy(record: Record, contact: Contact) -> bool:
    """Whether the record itself says that a contact is a proxy service."""
    named = {other.called for other in record.with_role("proxy")}
    return contact.called in named or "proxy" in (*contact.roles, *contact.status)


def cdn_words(record: Record) -> str:
    """Return the words of a record that call a network one for content delivery, "" for none."""
    texts = (record.name, called(holder(record)), *record.remarks)
    return next(filter(CDN_WORDS.search, texts), "")


def calls_it_a_cdn(records: Iterable[Record], alias: str) -> str:
    """Return what calls the network at an address a content delivery network; "" where nothing.

    Only words in its registration, or in the name that the site is an alias of, count.
    """
    words = next(filter(None, map(cdn_words, records)), "")
    return words or (alias if CDN_WORDS.search(alias) else "")


def hidden(record: Record, *words: str) -> Redaction | None:
    """Return the redaction of the field whose name has all these patterns; None for none."""
    for redaction in record.redacted:
        if all(re.search(word, redaction.name, re.IGNORECASE) for word in words):
            return redaction
    return None


def block_of(record: Record | delegated.DelegatedBlock) -> str:
    """Return the numbers of a record as people write them: prefixes, or AS numbers.

    >>> block_of(Record(DirectoryOutcome.FOUND, first=64500, last=64500))
    'AS64500'
    """
    if record.prefixes:
        return ", ".join(map(str, record.prefixes))
    if isinstance(record, delegated.DelegatedBlock) or isinstance(record.first, int):
        alone = record.last in (None, record.first)
        return f"AS{record.first}" if alone else f"AS{record.first}–AS{record.last}"
    return f"{record.first} – {record.last}" if record.first else record.handle


def candidates(name: str, shortest: str) -> list[str]:
    """Return `name` and the names above it, down to one label below `shortest`.

    >>> candidates("www.corte.gob.test", "gob.test")
    ['www.corte.gob.test', 'corte.gob.test']
    """
    labels = name.split(".")[-MOST_LABELS:]
    below = len(labels) - shortest.count(".") - 1
    return [".".join(labels[first:]) for first in range(max(below, 0))]
