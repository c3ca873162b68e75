"""`lab.neighbours`: who else was seen at the address of a site.

An address keeps no list of the names that lead to it. Observatories that listen to the answers
of resolvers ("passive DNS") keep one, and tell it in their common output format, a JSON object a
line (draft-dulaunoy-dnsop-passive-dns-cof-13, August 2024: work in progress).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

from labsupport.answers.ask import ask
from labsupport.answers.lookalikes import listed
from labsupport.answers.page import explained
from labsupport.bounds import MOST_VALUES
from labsupport.inputs.names import NotUnderstood, Typed
from labsupport.inputs.numbers import Number, of_nobody
from labsupport.kinds import Kind
from labsupport.language import Language, tell
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.observatory import get, useless
from labsupport.lookups.rdap import Numbers
from labsupport.lookups.session import Session
from labsupport.lookups.web import AAAA, A
from labsupport.lookups.who import calls_it_a_cdn, whose
from labsupport.results import Explanation, Result, Table, span, utc

MOST_KINDS = 5  # in a sentence
LONGEST_TEXT = 100  # of a kind or a title
ADDRESS_TYPES = ("A", "AAAA")
TYPES = (*ADDRESS_TYPES, "CNAME")  # records that lead to an address
NAME = re.compile(r"[^\s/]{1,253}")
LAST_TIME = 253402300799  # the end of the year 9999: no later time can be written
# The kinds that are named first, since the public depends on them: the table has all.
NAMED_FIRST = (
    *("health", "court", "school", "elections", "newspaper", "water company"),
    *("municipality", "radio", "bank", "university", "library"),
)


def word(kind: str, say: Language) -> str:
    """Return what a site of a kind is called; a kind that nobody knows by its own word."""
    return str(say.table("site_kinds.toml").get(kind, kind))


@dataclass(frozen=True, slots=True)
class Seen:
    """A name that was seen, from `first` until `last` (seconds since 1970).

    `kind` and `title` are what its site is, "" where that is not known.
    """

    name: str
    kind: str
    title: str
    first: float
    last: float


def read(data: bytes) -> tuple[Seen, ...]:
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


def seen_at(session: Session, what: str) -> tuple[Seen, ...]:
    """Return the names that have led to an address, or a name and those below it.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    base, nothing = session.entry.passive_dns, "neighbours.not_said"
    if not base:
        raise NoAnswer(Kind.NO_SERVER, "neighbours.nobody_asked")
    data = get(session, f"{base}query/{quote(what, safe=':')}", nothing, 404)
    seen = read(data)
    if data.strip() and not seen:
        raise useless(urlsplit(base).hostname or "", nothing)
    return seen


def seen_below(session: Session, name: str) -> tuple[Seen, ...]:
    """Return the names seen below `name`, which is in A-labels and has no dot at the end.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    end = f".{name.lower()}"
    return tuple(one for one in seen_at(session, name) if one.name.endswith(end))


@dataclass(eq=False, repr=False, kw_only=True)
class Neighbours(Result):
    """The sites that were seen at the addresses of a name, or at an address.

    `asked` is the name or the address; `addresses` are those that were asked about; `sites` the
    other sites, each once, with or without "www."; `others` names of which the observatory knows
    no site, such as a machine's own; `cdn` tells whether the addresses are those of a content
    delivery network. No real observatory knows sites: it has `others` only.
    """

    asked: str
    addresses: tuple[str, ...]
    sites: tuple[Seen, ...]
    others: tuple[Seen, ...]
    cdn: bool
    ttl: int | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the other sites, or all others where the observatory knows no site."""
        return tuple(one.name for one in self.sites or self.others)

    @property
    def kinds(self) -> dict[str, tuple[Seen, ...]]:
        """The other sites by their kind, the most frequent kinds first."""
        order = sorted(Counter(one.kind for one in self.sites).items(), key=lambda n: (-n[1], n[0]))
        return {kind: tuple(one for one in self.sites if one.kind == kind) for kind, _ in order}

    @property
    def sentence(self) -> str:
        say, where = self.say, ", ".join(self.addresses)
        if self.kind is None:
            return say("The observatory has seen no name that led to {where}.", where=where)
        if not self.names:
            return tell(say, "neighbours.alone", name=self.asked, where=where)
        key = "neighbours.shares_with_sites" if self.sites else "neighbours.shares_with_names"
        if self.addresses == (self.asked,):
            key = "neighbours.seen_at_address"
        counted = tell(say, key, count=len(self.names), name=self.asked, where=where)
        return " ".join(filter(None, (counted, self._named(), self._can_move())))

    def _named(self) -> str:
        say, kinds = self.say, self.kinds
        if not self.sites:
            return say("Seen there: {names}.", names=listed(self.names, say))
        order = dict.fromkeys((*(kind for kind in NAMED_FIRST if kind in kinds), *kinds))
        named = [(kinds[kind][0], word(kind, say)) for kind in order]
        told = [f"{one.title or one.name} ({kind})" for one, kind in named[:MOST_KINDS]]
        return say("Among them: {sites}.", sites=", ".join(told))

    def _can_move(self) -> str:
        """What a content delivery network can do; "" for the addresses of anybody else."""
        say = self.say
        if not self.cdn:
            return ""
        text = tell(say, "neighbours.cdn")
        if self.ttl is not None:
            text += " " + tell(say, "neighbours.forgets", span=span(say, self.ttl))
        return text

    def tabulated(self) -> Table | None:
        say, where = self.say, ", ".join(self.addresses)
        if self.sites:
            return Table(
                say("Sites seen at {where}, by kind", where=where),
                (say("kind"), say("how many"), say("for example")),
                tuple(
                    (
                        word(kind, say),
                        len(sites),
                        f"{one.title} ({one.name})" if one.title else one.name,
                    )
                    for kind, sites in self.kinds.items()
                    for one in sites[:1]
                ),
            )
        if not self.others:
            return None
        return Table(
            say("Names seen at {where}", where=where),
            (say("name"), say("first seen"), say("last seen")),
            tuple((one.name, utc(one.first)[:10], utc(one.last)[:10]) for one in self.others),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            tell(say, "neighbours.no_list"),
            say("A name counts once, with “www.” before it or without."),
            say("Seen then is not there now: a name may have moved since it was last seen."),
            say("Sites that share an address need have nothing else to do with each other."),
        )


def neighbours(session: Session, asked: Typed | Number) -> Result:
    """Say which other sites were seen at the addresses of a name, or at an address.

    Raises NotUnderstood for other numbers: a block of addresses, an AS number.
    """
    say = session.say
    if isinstance(asked, Number):
        if not isinstance(asked.resource, IPv4Address | IPv6Address):
            raise NotUnderstood(tell(say, "neighbours.no_single_address", what=asked.text))
        if sentence := of_nobody(asked, say):
            return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
        return _at(session, asked.text, (str(asked.resource),), asked.notes)
    answers = tuple(ask(session, asked, family) for family in (A, AAAA))
    found = [answer for answer in answers if answer.kind is Kind.FOUND]
    unknown = [a for a in answers if a.kind not in (Kind.FOUND, Kind.NO_SUCH_TYPE)]
    if not found:
        return next(iter(unknown or answers))
    records = [record for answer in found for record in answer.records]
    addresses = tuple(record.value for record in records if record.type in ADDRESS_TYPES)
    aliases = [record.value for record in records if record.type == "CNAME"]
    notes = asked.notes + tuple(
        say("Other addresses it may have are not known. {why}", why=answer.sentence)
        for answer in unknown
    )
    ttl = min(record.ttl for record in records if record.type in ADDRESS_TYPES)
    return _at(session, asked.text.lower(), addresses, notes, " ".join(aliases), ttl)


def _at(
    session: Session,
    asked: str,
    addresses: tuple[str, ...],
    notes: tuple[str, ...],
    alias: str = "",
    ttl: int | None = None,
) -> Result:
    """Ask the observatory about every address."""
    try:
        seen = [one for address in addresses for one in seen_at(session, address)]
    except NoAnswer as problem:
        return explained(session.say, problem.unanswered(session, notes))
    say = session.say
    grouped = _grouped(seen, _without_www)
    grouped.pop(_without_www(asked), None)
    sites = tuple(grouped[name] for name in sorted(grouped) if grouped[name].kind)
    others = tuple(grouped[name] for name in sorted(grouped) if not grouped[name].kind)
    return Neighbours(
        say,
        # That nothing was seen is no proof that nothing is there: so that has no badge.
        Kind.FOUND if seen else None,
        session.provenance(urlsplit(session.entry.passive_dns).hostname or ""),
        notes,
        asked=asked,
        addresses=addresses,
        sites=sites,
        others=others,
        cdn=bool(seen) and _of_a_cdn(session, addresses[0], alias),
        ttl=ttl,
    )


def _of_a_cdn(session: Session, address: str, alias: str) -> bool:
    """Whether the alias or the registration of the address speaks of content delivery."""
    found = whose(session, address)
    records = [found.registry] if isinstance(found, Numbers) else []
    return bool(calls_it_a_cdn(records, alias))


def _grouped(seen: Iterable[Seen], key: Callable[[str], str]) -> dict[str, Seen]:
    """Put what was seen of one name together, by a key of the name."""
    found: dict[str, list[Seen]] = {}
    for one in seen:
        found.setdefault(key(one.name), []).append(one)
    return {name: _together(sightings) for name, sightings in found.items()}


def _together(sightings: list[Seen]) -> Seen:
    """Sightings as one: under the name whose site is known, or else the shortest one."""
    best = min(sightings, key=lambda seen: (not seen.kind, len(seen.name)))
    first, last = min(one.first for one in sightings), max(one.last for one in sightings)
    return replace(best, first=first, last=last)


def _without_www(name: str) -> str:
    return name.removeprefix("www.")


def _seen(line: bytes) -> Seen | None:
    """Read a line, with the fields that the lab adds; None for one that tells of no address."""
    try:
        record = json.loads(line)
        name = record["rrname"].lower().removesuffix(".")
        first, last = float(record["time_first"]), float(record["time_last"])
        good = record["rrtype"] in TYPES and NAME.fullmatch(name) and 0 <= first <= last
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    if not good or last > LAST_TIME:
        return None
    return Seen(name, _text(record.get("x-kind")), _text(record.get("x-title")), first, last)


def _text(value: object) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""
