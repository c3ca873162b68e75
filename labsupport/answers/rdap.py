"""`lab.rdap`: what the registry of a name or a number says of it, and what the registrar says.

A file says which server knows what (RFC 9224); that server answers in JSON (RFC 9083), and may
refer to another that knows more. Each record stands for itself: they are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from labsupport.answers.registration import (
    KINDS,
    NO_ABSENCE,
    Absence,
    Row,
    asked_above,
    candidates,
    domain_rows,
    explain,
    limits_of_names,
    limits_of_numbers,
    misread,
    number_rows,
    outside,
    told_apart,
    told_of_domain,
    told_of_number,
)
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.language import tell
from labsupport.lookups.observatory import NoAnswer, told
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, no_answer
from labsupport.rdds import bootstrap
from labsupport.rdds import rdap as reader
from labsupport.rdds.bootstrap import LIST_TYPE, Bootstrap
from labsupport.rdds.record import Outcome, Record
from labsupport.results import Explanation, Result, Table

MEDIA_TYPE = "application/rdap+json"
ACCEPTED = f"{MEDIA_TYPE}, application/json;q=0.9"
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One RDAP server's answer: `url` is where it came from, after all redirects."""

    url: str
    record: Record

    @property
    def host(self) -> str:
        """The server that answered."""
        return urlsplit(self.url).hostname or ""


class Client:
    """Asks RDAP servers for a session. Each method raises NoAnswer when it gets nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def servers(self, kind: str) -> Bootstrap:
        """Return the list of servers for "dns", "ipv4", "ipv6" or "asn" (RFC 9224).

        Where it cannot be fetched, that is the course's copy, if there is one, and it is said.
        """
        session, say = self._session, self._session.say
        text = session.entry.rdap_lists.get(kind)
        url = f"{session.entry.rdap_bootstrap}{kind}.json"
        host = urlsplit(url).hostname or ""
        try:
            _, response = self._get(url, LIST_TYPE)
            if response.status != 200:
                kind_of = Kind.REFUSED if response.status in (403, 429) else Kind.NO_ANSWER
                sentence = tell(say, "rdap.no_list", host=host)
                raise self._failed(sentence, host, kind_of)
            found = bootstrap.read(response.body)
            if not found.complete:
                sentence = tell(say, "rdap.list_incomplete", host=host)
                raise NoAnswer(Kind.NO_ANSWER, sentence, host)
        except NoAnswer:
            if not text:
                raise
            found = bootstrap.read(text.encode())
            session.note(tell(say, "rdap.copy_used", host=host, day=found.publication[:10]))
        return found

    def _failed(self, sentence: str, host: str = "", kind: Kind = Kind.FAILED) -> NoAnswer:
        """Return what to raise where no answer came, which proves nothing."""
        return NoAnswer(kind, f"{sentence} {self._session.say(NO_ABSENCE)}", host)

    def ask(self, url: str) -> Asked:
        """Return what a server answers at `url`, whether that is a record or not."""
        final, response = self._get(url, ACCEPTED)
        record = reader.read(
            response.body,
            status=response.status,
            content_type=response.header("Content-Type"),
            retry_after=response.header("Retry-After"),
        )
        return Asked(final, record)

    def _get(self, url: str, accepted: str) -> tuple[str, HttpResponse]:
        """Fetch `url`, and what it redirects to (RFC 7480 section 5.2)."""
        say = self._session.say
        seen: list[str] = []
        while url not in seen and len(seen) <= MOST_REDIRECTS:
            seen.append(url)
            response = self._fetch(url, accepted)
            location = response.header("Location")
            if response.status not in REDIRECTS or not location:
                return url, response
            onward = _joined(url, location)
            if url.startswith("https:") and onward.startswith("http:"):
                sentence = tell(say, "rdap.leads_to_unencrypted", host=urlsplit(url).hostname or "")
                raise self._failed(sentence)
            url = onward
        host = urlsplit(seen[0]).hostname or ""
        sentence = say("{host} leads from one place to the next without end.", host=host)
        raise self._failed(sentence, host)

    def _fetch(self, url: str, accepted: str) -> HttpResponse:
        session, say = self._session, self._session.say
        try:
            host = urlsplit(url).hostname or ""
            if host and not session.network.covers(host):
                raise NoAnswer(Kind.NOT_COVERED, outside(host, say))
            fetched = fetch(session, url, accepted)
        except (NotUnderstood, ValueError) as problem:
            sentence = say("The way leads to {url}, which cannot be asked.", url=url)
            raise self._failed(sentence) from problem
        if fetched.response is None:
            kind, sentence = no_answer(fetched, say, say(NO_ABSENCE))
            raise NoAnswer(kind, sentence, fetched.url.host if fetched.was_asked else "")
        return fetched.response


@dataclass(eq=False, repr=False, kw_only=True)
class Registered(Result):
    """What registries say; `records` with a word for who keeps them and the server's name."""

    records: tuple[tuple[str, str, Record], ...]

    @property
    def registry(self) -> Record:
        """The registry's record: of a number, that of the smallest block that holds it."""
        return self.records[0][2]


@dataclass(eq=False, repr=False, kw_only=True)
class Domain(Registered):
    """What registry and registrar say of a domain.

    `missing` is the kind of what came in the place of the registrar's record, None where nothing
    is missing.
    """

    domain: str
    missing: Kind | None
    now: float

    @property
    def registrar(self) -> Record | None:
        """The registrar's record, None where none came."""
        return next((r for _, _, r in self.records[1:] if r.outcome is Outcome.FOUND), None)

    @property
    def rows(self) -> list[Row]:
        """The facts, in the words of registry and registrar."""
        return domain_rows((self.registry, self.registrar), self.say)

    @property
    def sentence(self) -> str:
        records = [record for _, _, record in self.records]
        told = told_of_domain(self.domain, records, self.now, self.say, self.missing)
        return " ".join(filter(None, (told, told_apart(self.rows, self.say))))

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("What the directories say of {name}", name=self.domain),
            (say("field"), say("registry says"), say("registrar says"), say("remark")),
            tuple((row.label, *row.cells, row.remark) for row in self.rows),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits_of_names(self.say)


@dataclass(eq=False, repr=False, kw_only=True)
class Numbers(Registered):
    """What a registry says of an address, a prefix or an AS number, which is `asked`."""

    asked: str

    @property
    def larger(self) -> Record | None:
        """The record of the block that the smallest one was cut out of, None where none was had."""
        return self.records[1][2] if len(self.records) > 1 else None

    @property
    def sentence(self) -> str:
        return told_of_number(self.asked, self.registry, self.larger, self.say)

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (row.label, row.cells[0], host)
            for place, (_, host, record) in enumerate(self.records)
            for row in number_rows(record, say, larger=place > 0)
        ]
        return Table(
            say("What the registry says of {what}", what=self.asked),
            (say("what"), say("answer"), say("who says so")),
            tuple(rows),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return limits_of_numbers(self.say)


def rdap(session: Session, asked: Typed | Number) -> Result:
    """Return what the registry, and for names the registrar, say of a name or a number."""
    client = Client(session)
    try:
        if isinstance(asked, Number):
            return _number(session, client, asked)
        return _domain(session, client, asked)
    except NoAnswer as problem:
        return told(session, problem, asked.notes)


def _domain(session: Session, client: Client, typed: Typed) -> Result:
    say = session.say
    servers = client.servers("dns")
    bases = servers.find(typed.text)
    if not bases:
        sentence = tell(say, "rdap.no_server_for_name", name=typed.text)
        return _no_server(session, sentence, typed.notes)
    names = candidates(typed.text, suffix(typed.text, servers))
    for domain in names:
        found = client.ask(f"{bases[0]}domain/{domain}")
        # A registry may call a name too deep for it no absence, but a bad question.
        if found.record.outcome is not Outcome.ABSENT and found.record.error_code != 400:
            break
    if found.record.outcome is not Outcome.FOUND:
        return _no_record(session, found, typed, names[0])
    notes = [*typed.notes, *asked_above(typed, domain, say)]
    records = [(say("the registry"), found.host, found.record)]
    missing = None
    try:
        there = _linked(found, ("related",), "/domain/")
        if there and not there.startswith(f"https://{found.host}/"):
            second = client.ask(there)
            records.append((say("the registrar"), second.host, second.record))
            outcome = second.record.outcome
            if outcome is not Outcome.FOUND:
                notes.append(explain(second.record, second.host, domain, say))
                missing = KINDS[outcome] if outcome is not Outcome.ABSENT else None
        else:
            notes.append(say("The registry's record leads to no record of a registrar."))
    except NoAnswer as problem:
        missing = problem.kind
        notes.append(str(problem))
    if missing:
        notes.append(say("So the registrar's column is empty. The registry's record stands."))
    for label, _, record in records:
        notes += misread(label, record, say)
    return Domain(
        say,
        missing or Kind.FOUND,
        session.provenance(say(" and ").join(host for _, host, _ in records)),
        tuple(notes),
        domain=domain,
        records=tuple(records),
        missing=missing,
        now=session.network.clock.now(),
    )


def suffix(name: str, servers: Bootstrap) -> str:
    """Return the longest ending of `name` that the list of servers has, such as com.test.

    A suffix has no registrant: its record is never that of a name below it. A name that is not
    in the list ends in its last label.
    """
    labels = name.split(".")
    endings = [".".join(labels[place:]) for place in range(1, len(labels))]
    return next((ending for ending in endings if ending in servers.names), endings[-1])


def _linked(found: Asked, rels: tuple[str, ...], path: str) -> str:
    """Return where a record links to for another, "" where nowhere.

    A link leads to a record where its media type says so, or says nothing.
    """
    for link in found.record.links:
        kind = link.media_type.partition(";")[0].strip().lower()
        if link.rel in rels and kind in (MEDIA_TYPE, "") and path in link.href:
            return _joined(found.url, link.href)
    return ""


def _joined(base: str, href: str) -> str:
    """Return where a link leads; what cannot be asked comes back as it is, and is said then."""
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _number(session: Session, client: Client, number: Number) -> Result:
    say, resource = session.say, number.resource
    if isinstance(resource, int):
        kind, path = "asn", f"autnum/{resource}"
    else:
        kind, path = f"ipv{resource.version}", f"ip/{resource}"
    bases = client.servers(kind).find(resource)
    if not bases:
        sentence = tell(say, "rdap.no_server_for_number", what=number.text)
        return _no_server(session, sentence, number.notes)
    found = client.ask(bases[0] + path)
    if found.record.outcome is not Outcome.FOUND:
        return _no_record(session, found, number, number.text)
    notes = number.notes
    records = [(say("the registry"), found.host, found.record)]
    try:
        there = _linked(found, ("up", "rdap-up"), "/ip/")
        larger = client.ask(there) if there else None
        if larger and larger.record.outcome is Outcome.FOUND:
            records.append((say("the larger block"), larger.host, larger.record))
    except NoAnswer as problem:
        notes += (str(problem),)
    notes += misread(say("the registry"), found.record, say)
    return Numbers(
        say,
        Kind.FOUND,
        session.provenance(found.host),
        notes,
        asked=number.text,
        records=tuple(records),
    )


def _no_server(session: Session, sentence: str, notes: tuple[str, ...]) -> Explanation:
    """Say with `sentence` that the list of servers has none for what was asked."""
    host = urlsplit(session.entry.rdap_bootstrap).hostname or ""
    return Explanation(session.say, Kind.NO_SERVER, sentence, notes, session.provenance(host))


def _no_record(session: Session, asked: Asked, typed: Typed | Number, what: str) -> Explanation:
    say, outcome = session.say, asked.record.outcome
    sentence = explain(asked.record, asked.host, what, say)
    notes = typed.notes
    if outcome is Outcome.UNREADABLE:
        notes += misread(asked.host, asked.record, say)
    kind = Absence if outcome is Outcome.ABSENT else Explanation
    return kind(say, KINDS[outcome], sentence, notes, session.provenance(asked.host))
