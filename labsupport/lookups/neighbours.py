"""`lab.investigate.neighbours`: who else was seen at the address of a site.

An address keeps no list of the names that lead to it. Observatories that listen to the answers
of resolvers ("passive DNS") keep one, and tell it in their common output format, a JSON object a
line (draft-dulaunoy-dnsop-passive-dns-cof-13, August 2024: work in progress).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from operator import attrgetter
from urllib.parse import quote, urlsplit

from labsupport.bounds import MOST_VALUES
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.ask import Answer, ResourceRecord, ask
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered
from labsupport.lookups.observatory import get, useless
from labsupport.lookups.origin import nobodys
from labsupport.lookups.rdap import Numbers
from labsupport.lookups.registration import calls_it_a_cdn
from labsupport.lookups.session import Session
from labsupport.lookups.web import AAAA, A
from labsupport.lookups.who import whose

NOT_SAID = "neighbours.not_said"  # the sentence on what no answer does not say
LONGEST_TEXT = 100  # of a kind or a title
ADDRESS_TYPES = ("A", "AAAA")
TYPES = (*ADDRESS_TYPES, "CNAME")  # records that lead to an address
NAME = re.compile(r"[^\s/]{1,253}")
LAST_TIME = 253402300799  # the end of the year 9999: no later time can be written


@dataclass(frozen=True, slots=True)
class SeenName:
    """A name that was seen, from `first` until `last` (seconds since 1970).

    `kind` and `title` are what its site is, "" where that is not known.
    """

    name: str
    kind: str
    title: str
    first: float
    last: float


def read(data: bytes) -> tuple[SeenName, ...]:
    """Read an answer in the common output format, a JSON object a line.

    Lines of other types than A, AAAA and CNAME say nothing of addresses, and lines that cannot be
    understood say nothing at all: they are passed over. A name stands in several lines where it
    had several addresses: it comes back once, with its first and its last time.

    >>> read(b'{"rrname": "A.example.", "rrtype": "A", "rdata": "192.0.2.1", '
    ...      b'"time_first": 1, "time_last": "2"}\\nbroken')[0].name
    'a.example'
    """
    seen = filter(None, map(_seen, data.split(b"\n", MOST_VALUES)[:MOST_VALUES]))
    return tuple(_grouped(seen, str).values())


def seen_at(session: Session, what: str) -> tuple[SeenName, ...]:
    """Return the names that have led to an address, or a name and those below it.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    base = session.entry.passive_dns
    if not base:
        raise NoAnswer(Kind.NO_SERVER, "neighbours.nobody_asked")
    data = get(session, f"{base}query/{quote(what, safe=':')}", NOT_SAID, 404)
    seen = read(data)
    if data.strip() and not seen:
        raise useless(urlsplit(base).hostname or "", NOT_SAID)
    return seen


def seen_below(session: Session, name: str) -> tuple[SeenName, ...]:
    """Return the names seen below `name`, which is in A-labels and has no dot at the end.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    end = f".{name.lower()}"
    return tuple(seen for seen in seen_at(session, name) if seen.name.endswith(end))


@dataclass(frozen=True, slots=True)
class Subject:
    """Where a name leads, or an address: `asked` is what was typed, `addresses` where that is.

    `aliases` are the names that it leads over; `ttl` is for how long the resolver remembers that,
    None for an address. `unknown` are the answers that name no address, though there may be some.
    """

    asked: Typed | Number
    addresses: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    ttl: int | None = None
    unknown: tuple[Answer, ...] = ()

    @property
    def name(self) -> str:
        """The name or the address that was asked about."""
        return self.asked.text.lower()


def subject_of(
    session: Session, asked: Typed | Number
) -> Subject | Answer | Unanswered:
    """Ask the resolver where a name leads.

    Returns its answer where that is nowhere, and Unanswered for an address that is nobody's.
    """
    if isinstance(asked, Number):
        return nobodys(asked) or Subject(asked, (asked.text,))
    answers = tuple(ask(session, asked, family) for family in (A, AAAA))
    unknown = tuple(a for a in answers if a.kind not in (Kind.FOUND, Kind.NO_SUCH_TYPE))
    records: list[ResourceRecord] = []
    for answer in answers:
        if answer.kind is Kind.FOUND:
            records += answer.records
    of_addresses = [record for record in records if record.type in ADDRESS_TYPES]
    if not of_addresses:
        return next(iter(unknown or answers))
    addresses = tuple(record.value for record in of_addresses)
    aliases = tuple(record.value for record in records if record.type == "CNAME")
    ttl = min(record.ttl for record in of_addresses)
    return Subject(asked, addresses, aliases, ttl, unknown)


@dataclass(frozen=True, eq=False, kw_only=True)
class Neighbours(Lookup):
    """The sites that were seen at the addresses of a name, or at an address.

    `subject` is what was asked about; `sites` the other sites, each once, with or without "www.";
    `others` names of which the observatory knows no site, such as a machine's own; `cdn` tells
    whether the addresses are those of a content delivery network. No real observatory knows sites:
    it has `others` only.
    """

    subject: Subject
    sites: tuple[SeenName, ...]
    others: tuple[SeenName, ...]
    cdn: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the other sites, or all others where the observatory knows no site."""
        return tuple(neighbour.name for neighbour in self.sites or self.others)

    @property
    def kinds(self) -> dict[str, tuple[SeenName, ...]]:
        """The other sites by their kind, the most frequent kinds first."""
        by_kind: dict[str, list[SeenName]] = {}
        for site in sorted(self.sites, key=attrgetter("kind")):
            by_kind.setdefault(site.kind, []).append(site)
        most_frequent_first = sorted(by_kind.values(), key=len, reverse=True)
        return {sites[0].kind: tuple(sites) for sites in most_frequent_first}


def neighbours(session: Session, subject: Subject) -> Neighbours | Unanswered:
    """Ask the observatory which other sites were seen at each address of a name, or at one address.

    Returns Unanswered where nobody publishes that, or nothing came that can be used.
    """
    notes = subject.asked.notes
    try:
        seen: list[SeenName] = []
        for address in subject.addresses:
            seen += seen_at(session, address)
    except NoAnswer as problem:
        return problem.unanswered(session, notes)
    grouped = _grouped(seen, _without_www)
    grouped.pop(_without_www(subject.name), None)
    sites = [grouped[name] for name in sorted(grouped)]
    return Neighbours(
        # That nothing was seen is no proof that nothing is there: so that has no badge.
        kind=Kind.FOUND if seen else None,
        provenance=session.provenance(
            urlsplit(session.entry.passive_dns).hostname or ""
        ),
        notes=notes,
        subject=subject,
        sites=tuple(neighbour for neighbour in sites if neighbour.kind),
        others=tuple(neighbour for neighbour in sites if not neighbour.kind),
        cdn=bool(seen) and _of_a_cdn(session, subject),
    )


def _of_a_cdn(session: Session, subject: Subject) -> bool:
    """Whether an alias or the registration of an address speaks of content delivery."""
    registration = whose(session, subject.addresses[0])
    records = [registration.registry] if isinstance(registration, Numbers) else []
    return bool(calls_it_a_cdn(records, ", ".join(subject.aliases)))


def _grouped(
    seen: Iterable[SeenName], key: Callable[[str], str]
) -> dict[str, SeenName]:
    """Put what was seen of one name together, by a key of the name."""
    by_name: dict[str, list[SeenName]] = {}
    for sighting in seen:
        by_name.setdefault(key(sighting.name), []).append(sighting)
    return {name: _together(sightings) for name, sightings in by_name.items()}


def _together(sightings: list[SeenName]) -> SeenName:
    """Sightings as one: under the name whose site is known, or else the shortest one."""
    of_sites = [sighting for sighting in sightings if sighting.kind]
    best = min(of_sites or sightings, key=lambda sighting: len(sighting.name))
    first = min(sighting.first for sighting in sightings)
    last = max(sighting.last for sighting in sightings)
    return replace(best, first=first, last=last)


def _without_www(name: str) -> str:
    return name.removeprefix("www.")


def _seen(line: bytes) -> SeenName | None:
    """Read a line, with the fields that the lab adds; None for one that tells of no address."""
    try:
        record = json.loads(line)
        name = record["rrname"].lower().removesuffix(".")
        first = float(record["time_first"])
        last = float(record["time_last"])
        good = record["rrtype"] in TYPES and NAME.fullmatch(name) and 0 <= first <= last
    except (
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
        OverflowError,
        RecursionError,
    ):
        return None
    if not good or last > LAST_TIME:
        return None
    return SeenName(
        name, _text(record.get("x-kind")), _text(record.get("x-title")), first, last
    )


def _text(value: object) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""
