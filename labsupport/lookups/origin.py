"""`lab.origin`: who announces an address or a prefix, and for whom it is registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from labsupport.delegated import Record, Statistics
from labsupport.language import Language, mark
from labsupport.lookups.numbers import Number, of_nobody, read_number
from labsupport.lookups.observatory import (
    CHECKS,
    INVALID,
    VALID,
    AsName,
    NoAnswer,
    Observatory,
    Overview,
    Prefix,
    host_of,
    told,
)
from labsupport.lookups.session import Session
from labsupport.lookups.whose import whose
from labsupport.lookups.words import limits, tell
from labsupport.results import Explanation, Kind, Result, Table

STATUSES: dict[str, str] = {
    "allocated": mark("allocated, to pass on to customers"),
    "assigned": mark("assigned, for the holder's own use"),
    "available": mark("available, for whoever asks next"),
    "reserved": mark("reserved, kept back by the registry"),
}
# An AS number is for its holder's own network, whichever of the two words the list has.
HELD_AS_NUMBER = mark("given to the holder, for a network of its own")


@dataclass(frozen=True, slots=True)
class Known:
    """What observatory and registry said.

    `overview` is who announces it, None for an AS number, which has `announced` prefixes
    instead. `checks` is what ROAs say, by origin. `records` are the blocks of the registry
    that hold it, `also` all that their holder has. `names` is what each AS is called.
    """

    records: tuple[Record, ...]
    also: tuple[Record, ...]
    names: Mapping[int, AsName]
    overview: Overview | None = None
    announced: tuple[Prefix, ...] = ()
    checks: Mapping[int, str] = field(default_factory=dict)


@dataclass(eq=False, repr=False, kw_only=True)
class Origin(Result):
    """Who announces and who registered a number, as `asked`. `known` has the facts."""

    asked: Number
    known: Known

    @property
    def network(self) -> AsName | None:
        """The network that announces it, or that it is; None where there is none or several."""
        origins = self._origins
        return self.known.names.get(origins[0]) if len(origins) == 1 else None

    @property
    def _origins(self) -> tuple[int, ...]:
        if self.known.overview is not None:
            return self.known.overview.origins
        number = self.asked.resource
        return (number,) if isinstance(number, int) and self.known.records[0].held else ()

    @property
    def sentence(self) -> str:
        overview = self.known.overview
        announced = self._announced(overview) if overview else [self._about_network()]
        return " ".join([*announced, *self._registered()])

    def _tell(self, key: str, asns: Sequence[int] = (), **values: object) -> str:
        network = called(asns, self.known.names, self.say)
        what = self.asked.text
        return tell(self.say, f"origin.{key}", **{"what": what, "network": network, **values})

    def _about_network(self) -> str:
        announced = self.known.announced
        key = "no_number" if not self._origins else "network" if announced else "no_prefix"
        return self._tell(key, network=self._who(), prefixes=listed(announced))

    def _announced(self, overview: Overview) -> Iterable[str]:
        prefix, origins = overview.prefix, overview.origins
        larger = [p for p in overview.related if p.prefixlen < prefix.prefixlen]
        smaller = [p for p in overview.related if p.prefixlen > prefix.prefixlen]
        if not origins:
            yield self._tell("parts" if smaller else "nobody", prefixes=listed(smaller))
            return
        key = "announced" if str(prefix) == self.asked.text else "lies_in"
        yield self._tell(key, origins, prefix=prefix)
        checks = {asn: self.known.checks.get(asn) for asn in origins}
        if against := [asn for asn, check in checks.items() if check in INVALID]:
            yield self._tell("contradicted", against)
        elif all(check == VALID for check in checks.values()):
            yield self._tell("agrees")
        if larger:
            yield self._tell("larger", prefixes=listed(larger))
        if smaller:
            yield self._tell("smaller", prefixes=listed(smaller))

    def _registered(self) -> Iterable[str]:
        records = self.known.records
        first = records[0]
        registry = first.registry.upper()
        if len(records) > 1:
            yield self._tell("blocks", registry=registry, count=len(records))
        elif not first.held:
            yield self._tell("given_to_nobody", registry=registry, status=_status(first, self.say))
        else:
            yield self._tell(
                "registered",
                registry=registry,
                block=block_of(first),
                date=first.date or "–",
                code=first.country or "–",
                holder=self._holder(first),
            )
            also = self.known.also
            others = [asn for asn in self._origins if not any(one.covers(asn) for one in also)]
            if self.known.overview and others:
                yield self._tell("other_holder", others)

    def _who(self) -> str:
        """The network that was asked about, without its number, which stands before it."""
        name = self.network
        if name is None:
            return self.say("a network without a name in the list")
        return name.name if name.name == name.holder else f"{name.name} ({name.holder})"

    def _holder(self, record: Record) -> str:
        """The registry's identifier of a holder, with the name of one of its networks."""
        names = [
            self.known.names[other.first].holder
            for other in self.known.also
            if other.type == "asn" and other.first in self.known.names
        ]
        return f"{record.holder_id} ({names[0]})" if names else record.holder_id

    def tabulated(self) -> Table:
        say, known = self.say, self.known
        rows: list[tuple[object, ...]] = []
        observatory = say("what networks announce")
        if known.overview is not None:
            prefix = str(known.overview.prefix) if known.overview.origins else "–"
            rows.append((say("announced prefix"), prefix, observatory))
            for asn in known.overview.origins:
                rows.append((say("network"), called([asn], known.names, say), observatory))
                check = say(CHECKS[known.checks[asn]])
                rows.append((say("origin check"), check, say("what holders signed (RPKI)")))
            if known.overview.related:
                rows.append((say("also announced"), listed(known.overview.related), observatory))
        else:
            rows.append((say("announces"), listed(known.announced) or "–", observatory))
        for record in known.records:
            rows += self._rows(record)
        if others := [record for record in known.also if record not in known.records]:
            source = say("the list of {registry}", registry=others[0].registry.upper())
            rows.append((say("the same holder also has"), ", ".join(map(block_of, others)), source))
        return Table(
            say("What is known of {what}", what=self.asked.text),
            (say("what"), say("answer"), say("who says so")),
            tuple(rows),
        )

    def _rows(self, record: Record) -> Iterable[tuple[object, ...]]:
        """What the registry's list says of a block: briefly where there are many."""
        say = self.say
        source = say("the list of {registry}", registry=record.registry.upper())
        status = _status(record, say)
        holder = self._holder(record)
        day, country = record.date or "–", record.country or "–"
        if len(self.known.records) > 1:
            words = f"{record.holder_id}, {country}, {day}" if record.held else status
            yield block_of(record), words, source
            return
        yield say("registered block"), block_of(record), source
        yield say("status"), status, source
        if record.held:
            yield say("registered on"), day, source
            yield say("country code of the registration"), country, source
            if holder != record.holder_id:
                source = say("{list}; the name: the list of what each AS is called", list=source)
            yield say("holder"), holder, source

    @property
    def limits(self) -> tuple[str, ...]:
        return limits(self.say, "origin.country", "origin.person", "origin.today")


def origin(session: Session, text: object) -> Result:
    """Return who announces and who registered an address, a prefix or an AS number.

    Raises NotUnderstood when `text` is none of them.
    """
    say = session.say
    asked = read_number(text, say)
    if sentence := of_nobody(asked, say):
        return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
    if not session.entry.observatory:
        return whose(session, asked)
    observatory = Observatory(session)
    try:
        holders = observatory.holders()
        if sentence := not_covered(asked, holders, say):
            return Explanation(say, Kind.NOT_COVERED, sentence, asked.notes)
        known = _ask(asked, observatory, holders)
    except NoAnswer as problem:
        return told(session, problem, asked.notes)
    now = session.provenance(host_of(session))
    return Origin(say, Kind.FOUND, now, asked.notes, asked=asked, known=known)


def _ask(asked: Number, observatory: Observatory, holders: Statistics) -> Known:
    resource = asked.resource
    records = holders.covering(resource)
    also = holders.of_holder(records[0].holder_id) if len(records) == 1 else ()
    names = observatory.names()
    if isinstance(resource, int):
        return Known(records, also, names, announced=observatory.announced(resource))
    overview = observatory.overview(resource)
    checks = {asn: observatory.check(overview.prefix, asn) for asn in overview.origins}
    return Known(records, also, names, overview, (), checks)


def not_covered(asked: Number, holders: Statistics, say: Language) -> str:
    """Say that the registry's list does not reach as far as what was asked; "" where it does."""
    resource = asked.resource
    records = holders.covering(resource)
    if isinstance(resource, int):
        count = int(bool(records))
        size = 1
    else:
        block = ip_network(resource)
        size = block.num_addresses
        first, last = int(block.network_address), int(block.broadcast_address)
        count = sum(min(r.last, last) - max(r.first, first) + 1 for r in records)
    if count == size:
        return ""
    registry = holders.records[0].registry.upper()
    key = "origin.beyond" if records else "origin.not_covered"
    return tell(say, key, what=asked.text, registry=registry)


def _status(record: Record, say: Language) -> str:
    """Return in words what the registry did with a block."""
    if record.type == "asn" and record.held:
        return say(HELD_AS_NUMBER)
    return say(STATUSES.get(record.status, record.status))


def called(asns: Sequence[int], names: Mapping[int, AsName], say: Language) -> str:
    """Return networks by name and number: "Alojar (AS64500)"."""
    found = (f"{names[asn].name} (AS{asn})" if asn in names else f"AS{asn}" for asn in asns)
    return say(" and ").join(found)


def listed(prefixes: Iterable[Prefix]) -> str:
    """Return prefixes with commas between them."""
    return ", ".join(map(str, prefixes))


def block_of(record: Record) -> str:
    """Return the numbers of a record as people write them: prefixes, or AS numbers."""
    if record.type != "asn":
        return listed(record.prefixes)
    if record.value == 1:
        return f"AS{record.first}"
    return f"AS{record.first}–AS{record.last}"
