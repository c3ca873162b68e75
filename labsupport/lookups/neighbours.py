"""`lab.neighbours`: who else was seen at the address of a site.

An address keeps no list of the names that lead to it. Observatories that listen to the answers
of resolvers ("passive DNS") keep one, and tell it in their common output format, a JSON object a
line (draft-dulaunoy-dnsop-passive-dns-cof-13, August 2024: work in progress).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from labsupport.bounds import MOST_VALUES
from labsupport.language import Language
from labsupport.lookups import drawings, rdap
from labsupport.lookups.ask import ask
from labsupport.lookups.certificates import BUSY
from labsupport.lookups.lookalikes import listed
from labsupport.lookups.names import NotUnderstood, Typed
from labsupport.lookups.numbers import Number, of_nobody
from labsupport.lookups.observatory import NoAnswer
from labsupport.lookups.session import Session
from labsupport.lookups.site_kinds import KINDS, NAMED_FIRST
from labsupport.lookups.web import AAAA, A, fetch, no_answer
from labsupport.lookups.who import CDN_WORDS
from labsupport.results import (
    Explanation,
    Figure,
    Kind,
    NoFigure,
    Provenance,
    Result,
    Table,
    span,
    utc,
    visible,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_KINDS = 5  # in a sentence
LONGEST_TEXT = 100  # of a kind or a title
ADDRESS_TYPES = ("A", "AAAA")
TYPES = (*ADDRESS_TYPES, "CNAME")  # records that lead to an address
NAME = re.compile(r"[^\s/]{1,253}")
LAST_TIME = 253402300799  # the end of the year 9999: no later time can be written


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

    def text(self) -> str:
        """Return what it is called, with its name."""
        return f"{self.title} ({self.name})" if self.title else self.name


@dataclass(frozen=True, slots=True)
class Reading:
    """What stood in an observatory's answer: names, each once, and how many lines are broken."""

    seen: tuple[Seen, ...]
    broken: int = 0


def read(data: bytes) -> Reading:
    """Read an answer in the common output format, a JSON object a line.

    Lines of other types than A, AAAA and CNAME say nothing of addresses and are passed over.
    A name stands in several lines where it had several addresses: it comes back once, with its
    first and its last time. Lines that cannot be understood are counted.

    >>> read(b'{"rrname": "A.example.", "rrtype": "A", "rdata": "192.0.2.1", '
    ...      b'"time_first": 1, "time_last": "2"}\\nbroken').broken
    1
    """
    seen: list[Seen] = []
    lines = data.split(b"\n")
    broken = len(lines[MOST_VALUES:])
    for line in lines[:MOST_VALUES]:
        if not line.strip():
            continue
        record = _record(line)
        one = _seen(record)
        if one is None:
            broken += 1
        elif record.get("rrtype") in TYPES:
            seen.append(one)
    return Reading(_merged(seen), broken)


def seen_at(session: Session, address: str) -> tuple[Seen, ...]:
    """Return the names that have led to an address, without lines that cannot be read.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    return _asked(session, address).seen


def seen_below(session: Session, name: str) -> tuple[Seen, ...]:
    """Return the names seen below `name`, which is in A-labels and has no dot at the end.

    Raises NoAnswer when nothing usable came; nothing seen is no error.
    """
    end = f".{name.lower()}"
    return tuple(one for one in _asked(session, name).seen if one.name.endswith(end))


class Neighbours(Result):
    """The sites that were seen at the addresses of a name, or at an address.

    Attributes: `asked`, the name or the address; `addresses`, those that were asked about;
    `sites`, the other sites, each once, with or without "www."; `others`, names of which the
    observatory knows no site, such as a machine's own; `cdn`, whether the addresses are those of
    a content delivery network. No real observatory knows sites: it has `others` only.
    """

    def __init__(
        self,
        say: Language,
        asked: str,
        addresses: tuple[str, ...],
        reading: Reading,
        provenance: Provenance,
        notes: tuple[str, ...] = (),
        *,
        cdn: bool = False,
        ttl: int | None = None,
    ) -> None:
        self.asked = asked
        self.addresses = addresses
        self.cdn = cdn
        self._ttl = ttl
        self._nothing_seen = not reading.seen
        grouped = _by_site(reading.seen)
        grouped.pop(_without_www(asked), None)
        self.sites = tuple(one for one in grouped.values() if one.kind)
        self.others = tuple(one for one in grouped.values() if not one.kind)
        if self.sites and self.others:
            names = listed((one.name for one in self.others), say)
            remark = say.many(
                "{count} more name was seen there, of which no site is known: {names}.",
                "{count} more names were seen there, of which no site is known: {names}.",
                len(self.others),
                names=names,
            )
            notes += (remark,)
        if reading.broken:
            notes += (
                say.many(
                    "{count} line of the answer could not be read and was left out.",
                    "{count} lines of the answer could not be read and were left out.",
                    reading.broken,
                ),
            )
        # That nothing was seen is no proof that nothing is there: so that has no badge.
        super().__init__(say, None if self._nothing_seen else Kind.FOUND, provenance, notes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the other sites, or all others where the observatory knows no site."""
        return tuple(one.name for one in self.sites or self.others)

    @property
    def kinds(self) -> dict[str, tuple[Seen, ...]]:
        """The other sites by their kind, the most frequent kinds first."""
        found: dict[str, list[Seen]] = {}
        for one in self.sites:
            found.setdefault(one.kind, []).append(one)
        order = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
        return {kind: tuple(sites) for kind, sites in order}

    @property
    def sentence(self) -> str:
        say = self.say
        if self._nothing_seen:
            return say("The observatory has seen no name that led to {where}.", where=self._where)
        if not self.names:
            return say(
                "{name} was seen alone: no other name was seen at {where}.",
                name=self.asked,
                where=self._where,
            )
        return " ".join(filter(None, (self._counted(), self._named(), self._can_move())))

    @property
    def _where(self) -> str:
        return ", ".join(self.addresses)

    def _counted(self) -> str:
        say, count = self.say, len(self.names)
        if self.addresses == (self.asked,):
            if self.sites:
                return say.many(
                    "{count} site was seen at {where}.",
                    "{count} sites were seen at {where}.",
                    count,
                    where=self._where,
                )
            return say.many(
                "{count} name was seen at {where}.",
                "{count} names were seen at {where}.",
                count,
                where=self._where,
            )
        shares = say.many(
            "{name} shares its address",
            "{name} shares its addresses",
            len(self.addresses),
            name=self.asked,
        )
        if self.sites:
            return say.many(
                "{shares} with {count} other site.",
                "{shares} with {count} other sites.",
                count,
                shares=shares,
            )
        return say.many(
            "{shares} with {count} other name.",
            "{shares} with {count} other names.",
            count,
            shares=shares,
        )

    def _named(self) -> str:
        say = self.say
        if not self.sites:
            return say("Seen there: {names}.", names=listed(self.names, say))
        kinds = self.kinds
        order = [kind for kind in NAMED_FIRST if kind in kinds]
        order += [kind for kind in kinds if kind not in order]
        told = (_example(kind, kinds[kind], say) for kind in order[:MOST_KINDS])
        text = "; ".join(told)
        if len(order) > MOST_KINDS:
            return say("Among them: {kinds}.", kinds=text)
        return say("By kind: {kinds}.", kinds=text)

    def _can_move(self) -> str:
        """What a content delivery network can do; "" for the addresses of anybody else."""
        say = self.say
        if not self.cdn:
            return ""
        text = say(
            "A content delivery network has these addresses. It delivers all of these sites from "
            "them, and can move any of them to another address in seconds."
        )
        if self._ttl is not None:
            text += " " + say(
                "The resolver that was asked here forgets the old address after {span}.",
                span=span(say, self._ttl),
            )
        return text

    def tabulated(self) -> Table | None:
        say = self.say
        if self.sites:
            return Table(
                self._title(),
                (say("kind"), say("how many"), say("for example")),
                tuple(
                    (_word(kind, say), len(sites), sites[0].text())
                    for kind, sites in self.kinds.items()
                ),
            )
        if not self.others:
            return None
        return Table(
            say("Names seen at {where}", where=self._where),
            (say("name"), say("first seen"), say("last seen")),
            tuple((one.name, _day(one.first), _day(one.last)) for one in self.others),
        )

    def _title(self) -> str:
        return self.say("Sites seen at {where}, by kind", where=self._where)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "An address keeps no list of its tenants. Known are only the names that somebody "
                "looked up where the observatory listens: there may be others."
            ),
            say("A name counts once, with “www.” before it or without."),
            say("Seen then is not there now: a name may have moved since it was last seen."),
            say("Sites that share an address need have nothing else to do with each other."),
        )

    def figure(self) -> Figure | NoFigure:
        """Draw how many sites of each kind were seen."""
        table = self.tabulated()
        if not self.sites or table is None:
            return super().figure()
        say = self.say
        bars = [(_word(kind, say), len(sites)) for kind, sites in self.kinds.items()]
        alt = say(
            "Bars as long as the number of sites. {bars}.",
            bars="; ".join(f"{word}: {count}" for word, count in bars),
        )

        def draw(axes: Axes) -> None:
            _draw(axes, say, bars)

        return Figure(self._title(), alt, table, draw, say, (8.0, 0.28 * len(bars) + 1.2))


def neighbours(session: Session, asked: Typed | Number) -> Result:
    """Say which other sites were seen at the addresses of a name, or at an address.

    Raises NotUnderstood for other numbers: a block of addresses, an AS number.
    """
    say = session.say
    if isinstance(asked, Number):
        if not isinstance(asked.resource, IPv4Address | IPv6Address):
            raise NotUnderstood(
                say(
                    "{what} is more than one address. Type a name, or one address.",
                    what=asked.text,
                )
            )
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
    host = urlsplit(session.entry.passive_dns).hostname or ""
    try:
        readings = [_asked(session, address) for address in addresses]
    except NoAnswer as problem:
        if not host:
            return Explanation(session.say, problem.kind, str(problem), notes)
        server = host if problem.asked else ""
        provenance = session.provenance(server, answered=problem.kind is not Kind.NO_ANSWER)
        return Explanation(session.say, problem.kind, str(problem), notes, provenance)
    reading = Reading(
        _merged(one for reading in readings for one in reading.seen),
        sum(reading.broken for reading in readings),
    )
    provenance = session.provenance(host)
    cdn = bool(reading.seen) and _of_a_cdn(session, addresses[0], alias)
    return Neighbours(session.say, asked, addresses, reading, provenance, notes, cdn=cdn, ttl=ttl)


def _asked(session: Session, what: str) -> Reading:
    """Ask the observatory about an address or a name; raise NoAnswer without a usable answer."""
    say = session.say
    base = session.entry.passive_dns
    if not base:
        raise NoAnswer(
            Kind.NO_SERVER,
            say(
                "Nobody here publishes which names were seen at which addresses, so nobody was "
                "asked."
            ),
        )
    fetched = fetch(session, f"{base}query/{quote(what, safe=':')}")
    response = fetched.response
    if response is None:
        not_said = say("That says nothing about who else is there.")
        raise NoAnswer(*no_answer(fetched, say, not_said), asked=fetched.was_asked)
    host = fetched.url.host
    if response.status in BUSY:
        raise NoAnswer(
            Kind.REFUSED,
            say(
                "{host} does not answer for now (code {code}): many observatories limit how often "
                "one may ask, or who may. That says nothing about who else is there.",
                host=host,
                code=response.status,
            ),
        )
    if response.status == HTTPStatus.NOT_FOUND and not response.body:
        return Reading(())
    reading = read(response.body)
    if response.status != HTTPStatus.OK or (reading.broken and not reading.seen):
        raise NoAnswer(
            Kind.FAILED,
            say(
                "What {host} sent is no answer that can be read. That says nothing about who "
                "else is there.",
                host=host,
            ),
        )
    return reading


def _of_a_cdn(session: Session, address: str, alias: str) -> bool:
    """Whether the alias or the registration of the address speaks of content delivery."""
    if CDN_WORDS.search(alias):
        return True
    number = Number(ip_address(address), address)
    if of_nobody(number, session.say):
        return False
    found = rdap.rdap(session, number)
    if not isinstance(found, rdap.Numbers):
        return False
    record = found.registry
    return any(CDN_WORDS.search(text) for text in (record.name, *record.remarks))


def _merged(every: Iterable[Seen]) -> tuple[Seen, ...]:
    """Put what was seen of one name together."""
    found: dict[str, Seen] = {}
    for one in every:
        found[one.name] = _together(found[one.name], one) if one.name in found else one
    return tuple(found.values())


def _by_site(seen: Iterable[Seen]) -> dict[str, Seen]:
    """Put a name and the same with "www." before it together, by the name without."""
    found: dict[str, Seen] = {}
    for one in seen:
        key = _without_www(one.name)
        found[key] = _together(found[key], one) if key in found else one
    return dict(sorted(found.items()))


def _together(one: Seen, other: Seen) -> Seen:
    """Two sightings as one: under the name whose site is known, or else the shorter one."""
    first, last = min(one.first, other.first), max(one.last, other.last)
    best = min(one, other, key=lambda seen: (not seen.kind, len(seen.name)))
    return replace(best, first=first, last=last)


def _without_www(name: str) -> str:
    return name.removeprefix("www.")


def _seen(record: dict[str, Any]) -> Seen | None:
    """Read the fields that every record must have, and the lab's own; None where one is wrong."""
    name, rdata = record.get("rrname"), record.get("rdata")
    first, last = _time(record.get("time_first")), _time(record.get("time_last"))
    if not (isinstance(name, str) and isinstance(rdata, str | list)):
        return None
    name = name.lower().removesuffix(".")
    if not NAME.fullmatch(name) or first is None or last is None or first > last:
        return None
    return Seen(name, _text(record.get("x-kind")), _text(record.get("x-title")), first, last)


def _record(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _time(value: object) -> float | None:
    """A time, which some services write as a number and some as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        time = float(value)
    except (ValueError, OverflowError):
        return None
    return time if 0 <= time <= LAST_TIME else None


def _text(value: object) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _word(kind: str, say: Language) -> str:
    return say(KINDS[kind]) if kind in KINDS else kind


def _example(kind: str, sites: tuple[Seen, ...], say: Language) -> str:
    """How many sites there are of a kind, with one of them: "school: 2, for example …"."""
    title = sites[0].title or sites[0].name
    if len(sites) == 1:
        return f"{_word(kind, say)}: {title}"
    return say(
        "{kind}: {count}, for example {title}",
        kind=_word(kind, say),
        count=len(sites),
        title=title,
    )


def _day(time: float) -> str:
    return utc(time)[: len("2026-11-02")]


def _draw(axes: Axes, say: Language, bars: list[tuple[str, int]]) -> None:
    """Draw a bar a kind, from the top down, with its number."""
    places = range(len(bars))
    axes.barh(places, [count for _, count in bars], color=drawings.BLUE, height=0.6)
    for place, (_, count) in enumerate(bars):
        axes.annotate(
            str(count),
            (count, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=drawings.INK,
        )
    axes.set_yticks(places, [visible(word) for word, _ in bars], fontsize=9)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max(count for _, count in bars) + 1)
    axes.set_xlabel(say("sites seen"))
    axes.spines[["top", "right"]].set_visible(False)
