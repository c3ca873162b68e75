"""`lab.rdap`: what the registry of a name or a number says of it, and what the registrar says.

A file says which server knows what (RFC 9224); that server answers in JSON (RFC 9083), and may
refer to another that knows more. Each record stands for itself: they are never merged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from labsupport.directories import bootstrap
from labsupport.directories import rdap as reader
from labsupport.directories.bootstrap import LIST_TYPE, Bootstrap
from labsupport.directories.record import Link, Outcome, Record
from labsupport.http import HttpResponse
from labsupport.language import Language
from labsupport.lookups import drawings
from labsupport.lookups.names import NotUnderstood, Typed
from labsupport.lookups.numbers import Number
from labsupport.lookups.registration import (
    EVENTS,
    KINDS,
    NO_ABSENCE,
    Absence,
    Missing,
    Row,
    Unanswered,
    asked_above,
    candidates,
    domain_rows,
    explain,
    left_out,
    limits_of_names,
    limits_of_numbers,
    misread,
    missing,
    number_rows,
    periods,
    told_apart,
    told_of_domain,
    told_of_number,
    unanswered,
)
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, no_answer
from labsupport.results import Explanation, Figure, Kind, NoFigure, Result, Table, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEDIA_TYPE = "application/rdap+json"
ACCEPTED = f"{MEDIA_TYPE}, application/json;q=0.9"
DRAWN_YEARS = range(1970, 2300)  # what somebody wrote far outside these fits in no picture
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One RDAP server's answer: `url` is where it came from, after all redirects."""

    url: str
    record: Record
    wait: str = ""
    """The seconds after which a server that was asked too often would answer again, or ""."""

    @property
    def host(self) -> str:
        """The server that answered."""
        return urlsplit(self.url).hostname or ""


class Client:
    """Asks RDAP servers for a session. Each method raises Unanswered when it gets nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def servers(self, kind: str) -> Bootstrap:
        """Return the list of servers for "dns", "ipv4", "ipv6" or "asn" (RFC 9224).

        Where it cannot be fetched, that is the course's copy, if there is one, and it is said.
        """
        try:
            return self._fetched_servers(kind)
        except Unanswered:
            copy = self._copy(kind)
            if copy is None:
                raise
            return copy

    def _copy(self, kind: str) -> Bootstrap | None:
        """Return a copy of a list; None where there is none, or where nobody could be asked."""
        session, ways = self._session, self._session.ways
        text = session.entry.rdap_lists.get(kind)
        if not text or ways is None or ways.is_dead:
            return None
        found = bootstrap.read(text.encode())
        host = urlsplit(session.entry.rdap_bootstrap).hostname or ""
        ways.note(
            session.say(
                "No whole list of RDAP servers came from {host}. The course's copy was used, "
                "published on {day}: what has changed since is not in it.",
                host=host,
                day=found.publication[:10],
            )
        )
        return found

    def _fetched_servers(self, kind: str) -> Bootstrap:
        say = self._session.say
        url = f"{self._session.entry.rdap_bootstrap}{kind}.json"
        host = urlsplit(url).hostname or ""
        _, response = self._get(url, LIST_TYPE)
        if response.status != 200:
            kind_of_answer = Kind.REFUSED if response.status in (403, 429) else Kind.NO_ANSWER
            sentence = say("{host} gave no list of RDAP servers. So nobody was asked.", host=host)
            raise Unanswered(kind_of_answer, f"{sentence} {say(NO_ABSENCE)}", host)
        found = bootstrap.read(response.body)
        if not found.complete:
            sentence = say(
                "The list of RDAP servers came incomplete from {host}, so it was not used: that "
                "something is not in it would prove nothing.",
                host=host,
            )
            raise Unanswered(Kind.NO_ANSWER, sentence, host)
        return found

    def ask(self, url: str) -> Asked:
        """Return what a server answers at `url`, whether that is a record or not."""
        final, response = self._get(url, ACCEPTED)
        wait = response.header("Retry-After")
        record = reader.read(
            response.body,
            status=response.status,
            content_type=response.header("Content-Type"),
            retry_after=wait,
        )
        return Asked(final, record, wait if wait.isdecimal() else "")

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
                sentence = say(
                    "{host} leads from an encrypted page to one that is not. Nobody could tell who "
                    "answers there, so it was not asked.",
                    host=urlsplit(url).hostname or "",
                )
                raise Unanswered(Kind.FAILED, f"{sentence} {say(NO_ABSENCE)}")
            url = onward
        host = urlsplit(seen[0]).hostname or ""
        sentence = say("{host} leads from one place to the next without end.", host=host)
        raise Unanswered(Kind.FAILED, f"{sentence} {say(NO_ABSENCE)}", host)

    def _fetch(self, url: str, accepted: str) -> HttpResponse:
        session, say = self._session, self._session.say
        try:
            host = urlsplit(url).hostname or ""
            if host and not session.network.covers(host):
                sentence = say(
                    "The next server would be {host}, which is outside this network: it was not "
                    "asked.",
                    host=host,
                )
                raise Unanswered(Kind.NOT_COVERED, sentence)
            fetched = fetch(session, url, accepted)
        except (NotUnderstood, ValueError) as problem:
            sentence = say("The way leads to {url}, which cannot be asked.", url=url)
            raise Unanswered(Kind.FAILED, f"{sentence} {say(NO_ABSENCE)}") from problem
        if fetched.response is None:
            kind, sentence = no_answer(fetched, say, say(NO_ABSENCE))
            raise Unanswered(kind, sentence, fetched.url.host if fetched.was_asked else "")
        return fetched.response


class Domain(Result):
    """What registry and registrar say of a domain.

    Attributes: `domain`, its name; `registry` and `registrar`, their records, None where none
    came; `records`, all of them with a word for who keeps them and the server's name; `missing`
    says what came in the place of the registrar's record, None where nothing is missing.
    """

    def __init__(
        self,
        session: Session,
        domain: str,
        answers: Sequence[tuple[str, Asked]],
        lost: Missing | None,
        notes: tuple[str, ...],
    ) -> None:
        say = session.say
        server = say(" and ").join(asked.host for _, asked in answers)
        self.domain = domain
        self.records = tuple((label, asked.host, asked.record) for label, asked in answers)
        self.registry = answers[0][1].record
        second = answers[1][1].record if len(answers) > 1 else None
        self.registrar = second if second and second.outcome is Outcome.FOUND else None
        self.missing = lost
        self._now = session.network.clock.now()
        notes = (*notes, *periods(self.registry, say), *_not_read(self.records, say))
        kind = lost.kind if lost else Kind.FOUND
        super().__init__(say, kind, session.provenance(server), notes)

    @property
    def rows(self) -> list[Row]:
        """The facts, in the words of registry and registrar."""
        return domain_rows((self.registry, self.registrar), self.say)

    @property
    def sentence(self) -> str:
        records = [record for _, _, record in self.records]
        told = told_of_domain(self.domain, records, self._now, self.say, self.missing)
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

    def figure(self) -> Figure | NoFigure:
        told = [(label, record) for label, _, record in self.records if _moments(record)]
        if not told:
            return super().figure()
        if len(told) == 2 and _days(told[0][1], self.say) == _days(told[1][1], self.say):
            both = self.say(" and ").join(label for label, _ in told)
            told = [(both, told[0][1])]
        return _timeline(self.domain, told, self._now, self.say)


class Numbers(Result):
    """What a registry says of an address, a prefix or an AS number.

    Attributes: `asked`, the number; `registry`, the record of the smallest block that holds it;
    `larger`, that of the block it was cut out of, None where none was had; `records`, both with
    a word for what they are and the server's name.
    """

    def __init__(
        self,
        session: Session,
        asked: str,
        found: Asked,
        larger: Asked | None,
        notes: tuple[str, ...],
    ) -> None:
        say = session.say
        self.asked = asked
        self.registry = found.record
        self.larger = larger.record if larger else None
        answers = [(say("the registry"), found)]
        if larger:
            answers.append((say("the larger block"), larger))
        self.records = tuple((label, one.host, one.record) for label, one in answers)
        notes = (*notes, *_not_read(self.records, say))
        super().__init__(say, Kind.FOUND, session.provenance(found.host), notes)

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
    except Unanswered as problem:
        return unanswered(session, problem, asked.notes)


def _domain(session: Session, client: Client, typed: Typed) -> Result:
    say = session.say
    servers = client.servers("dns")
    bases = servers.find(typed.text)
    if not bases:
        sentence = say(
            "The list of RDAP servers has none for {name}. That says nothing about the name: it "
            "may be registered all the same.",
            name=typed.text,
        )
        return _no_server(session, sentence, typed.notes)
    names = candidates(typed.text, suffix(typed.text, servers))
    for domain in names:
        found = client.ask(f"{bases[0]}domain/{domain}")
        # A registry may call a name too deep for it no absence, but a bad question.
        if found.record.outcome is not Outcome.ABSENT and found.record.error_code != 400:
            break
    notes = (*typed.notes, *asked_above(typed, domain, say))
    if found.record.outcome is not Outcome.FOUND:
        return _no_record(session, found, typed, names[0])
    answers = [(say("the registry"), found)]
    lost = None
    try:
        if second := _registrars(client, found):
            if second.record.outcome is not Outcome.FOUND:
                lost = missing(second.record)
                notes += (
                    explain(second.record, second.host, domain, say),
                    *_waiting(second, say),
                    say("So the registrar's column is empty. The registry's record stands."),
                )
            answers.append((say("the registrar"), second))
        else:
            notes += (say("The registry's record leads to no record of a registrar."),)
    except Unanswered as problem:
        lost = Missing(problem.kind)
        notes += (
            str(problem),
            say("So the registrar's column is empty. The registry's record stands."),
        )
    return Domain(session, domain, answers, lost, notes)


def suffix(name: str, servers: Bootstrap) -> str:
    """Return the longest ending of `name` that the list of servers has, such as com.test.

    A suffix has no registrant: its record is never that of a name below it. A name that is not
    in the list ends in its last label.
    """
    labels = name.split(".")
    endings = [".".join(labels[place:]) for place in range(1, len(labels))]
    return next((ending for ending in endings if ending in servers.names), endings[-1])


def _registrars(client: Client, found: Asked) -> Asked | None:
    """Ask the registrar's server that a registry's record links to; None where it links to none."""
    for link in found.record.links:
        if link.rel == "related" and _is_rdap(link) and "/domain/" in link.href:
            url = _joined(found.url, link.href)
            if not url.startswith(f"https://{found.host}/"):
                return client.ask(url)
    return None


def _is_rdap(link: Link) -> bool:
    """Whether a link leads to a record: its media type says so, or says nothing."""
    return link.media_type.partition(";")[0].strip().lower() in (MEDIA_TYPE, "")


def _number(session: Session, client: Client, number: Number) -> Result:
    say, resource = session.say, number.resource
    if isinstance(resource, int):
        kind, path, key = "asn", f"autnum/{resource}", resource
        bases = client.servers(kind).find(key)
    else:
        block = ip_network(resource)
        bases = client.servers(f"ipv{block.version}").find(block)
        path = f"ip/{resource}"
    if not bases:
        sentence = say(
            "The list of RDAP servers has none for {what}: no registry of numbers has it.",
            what=number.text,
        )
        return _no_server(session, sentence, number.notes)
    found = client.ask(bases[0] + path)
    if found.record.outcome is not Outcome.FOUND:
        return _no_record(session, found, number, number.text)
    notes = number.notes
    if found.host != urlsplit(bases[0]).hostname:
        notes += (
            say(
                "{first} referred to {host}, which has the record.",
                first=urlsplit(bases[0]).hostname,
                host=found.host,
            ),
        )
    larger = None
    try:
        larger = _larger(client, found)
    except Unanswered as problem:
        notes += (str(problem),)
    return Numbers(session, number.text, found, larger, notes)


def _larger(client: Client, found: Asked) -> Asked | None:
    """Ask for the block that a block was cut out of, where its record links to it."""
    for link in found.record.links:
        if link.rel in ("up", "rdap-up") and _is_rdap(link):
            asked = client.ask(_joined(found.url, link.href))
            return asked if asked.record.outcome is Outcome.FOUND else None
    return None


def _no_server(session: Session, sentence: str, notes: tuple[str, ...]) -> Explanation:
    """Say with `sentence` that the list of servers has none for what was asked."""
    host = urlsplit(session.entry.rdap_bootstrap).hostname or ""
    return Explanation(session.say, Kind.NO_SERVER, sentence, notes, session.provenance(host))


def _joined(base: str, href: str) -> str:
    """Return where a link leads; what cannot be asked comes back as it is, and is said then."""
    try:
        return urljoin(base, href)
    except ValueError:
        return href


def _not_read(records: Sequence[tuple[str, str, Record]], say: Language) -> Iterator[str]:
    for label, _, record in records:
        yield from misread(label, record, say)
        yield from left_out(label, record, say)


def _no_record(session: Session, asked: Asked, typed: Typed | Number, what: str) -> Explanation:
    say = session.say
    sentence = explain(asked.record, asked.host, what, say)
    provenance = session.provenance(asked.host)
    if asked.record.outcome is Outcome.ABSENT:
        of_a_name = isinstance(typed, Typed)
        return Absence(session, sentence, typed.notes, provenance, of_a_name=of_a_name)
    notes = (*typed.notes, *_waiting(asked, say))
    if asked.record.outcome is Outcome.UNREADABLE:
        notes += misread(asked.host, asked.record, say)
    return Explanation(say, KINDS[asked.record.outcome], sentence, notes, provenance)


def _waiting(asked: Asked, say: Language) -> tuple[str, ...]:
    return (say("It asks to wait {count} seconds.", count=asked.wait),) if asked.wait else ()


def _moments(record: Record) -> list[tuple[float, str]]:
    """The dates of a record, in order: seconds since 1970, and what happened."""
    order = list(EVENTS)
    found = [
        (event.when.time.timestamp(), event.action)
        for event in record.events
        # What the directory's own copy is of is no date of the registration.
        if event.when.time is not None
        and event.when.time.year in DRAWN_YEARS
        and not event.action.startswith("last update of")
    ]
    return sorted(found, key=lambda one: (one[0], order.index(one[1]) if one[1] in order else 99))


def _timeline(domain: str, told: Sequence[tuple[str, Record]], now: float, say: Language) -> Figure:
    """A line for each directory with the dates that it tells, and where the lab's clock stands."""
    lines = [(label, _by_day(record, say)) for label, record in told]
    today = utc(now)[:10]
    rows = [(when, what, label) for label, moments in lines for _, when, what in moments]
    rows.append((today, say("now"), say("the lab's clock")))
    title = say("The dates of {name}", name=domain)
    alt = say(
        "A line for each directory, time from left to right. {lines}. Now is {today}.",
        lines="; ".join(
            label + ": " + ", ".join(f"{what} {when}" for _, when, what in moments)
            for label, moments in lines
        ),
        today=today,
    )
    data = Table(title, (say("day"), say("what"), say("who says so")), tuple(sorted(rows)))

    def draw(axes: Axes) -> None:
        axes.xaxis_date()
        for place, (_, moments) in enumerate(lines):
            marker, colour = (("o", drawings.BLUE), ("s", drawings.ORANGE))[place % 2]
            axes.plot(
                [_on_axis(time) for time, _, _ in moments],
                [place] * len(moments),
                marker + "-",
                color=colour,
                ms=8,
            )
            for number, (time, when, what) in enumerate(moments):
                above = number % 2 == 0
                axes.annotate(
                    f"{what}\n{when}",
                    (_on_axis(time), place),
                    xytext=(0, 9 if above else -9),
                    textcoords="offset points",
                    ha="center",
                    va="bottom" if above else "top",
                    fontsize=9,
                    color=drawings.INK,
                    bbox={"fc": drawings.PAPER, "ec": "none", "pad": 1},
                )
        axes.axvline(_on_axis(now), color=drawings.GREY, ls=":", lw=1.5, zorder=0)
        axes.annotate(
            say("now\n{today}", today=today),
            (_on_axis(now), len(lines) - 0.5),
            ha="center",
            va="center",
            fontsize=9,
            color=drawings.GREY,
            bbox={"fc": drawings.PAPER, "ec": "none", "pad": 1},
        )
        axes.set_yticks(range(len(lines)), [label for label, _ in lines])
        axes.set_ylim(len(lines) - 0.25, -0.75)
        times = [now, *(time for _, moments in lines for time, _, _ in moments)]
        room = max(0.12 * (max(times) - min(times)), 86400)
        axes.set_xlim(_on_axis(min(times) - room), _on_axis(max(times) + room))
        axes.spines[["top", "right"]].set_visible(False)

    return Figure(title, alt, data, draw, say, (9.5, 1.6 + 1.3 * len(lines)))


def _by_day(record: Record, say: Language) -> list[tuple[float, str, str]]:
    """The dates of a record: seconds since 1970, the day, and all that happened on it."""
    days: dict[str, tuple[float, list[str]]] = {}
    for time, action in _moments(record):
        what = say(EVENTS[action]) if action in EVENTS else action
        days.setdefault(utc(time)[:10], (time, []))[1].append(what)
    return [(time, when, ", ".join(what)) for when, (time, what) in days.items()]


def _days(record: Record, say: Language) -> set[tuple[str, str]]:
    return {(when, what) for _, when, what in _by_day(record, say)}


def _on_axis(time: float) -> float:
    """A moment as matplotlib counts them: in days since 1970."""
    return time / 86400
