"""`lab.origin`: who announces an address or a prefix, and for whom it is registered.

Where nobody is known who has collected announcements, the DNS tells which network announces it,
and a registry for whom it is registered. All are shown, for they need not be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labsupport.answers import rdap
from labsupport.answers.page import Page
from labsupport.answers.registration import limits_of
from labsupport.formats.delegated import Prefix, Record
from labsupport.inputs.numbers import Number, of_nobody, read_number
from labsupport.kinds import Kind
from labsupport.language import Language, limits, mark, tell
from labsupport.lookups import origin as lookup
from labsupport.lookups.observatory import AsName, Check, Overview
from labsupport.lookups.origin import Origin
from labsupport.lookups.origin_dns import Announced, announced, as_name
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Result, Table

STATUSES: dict[str, str] = {
    "allocated": mark("allocated, to pass on to customers"),
    "assigned": mark("assigned, for the holder's own use"),
    "available": mark("available, for whoever asks next"),
    "reserved": mark("reserved, kept back by the registry"),
}
CHECKS = {
    Check.VALID: mark("agrees with a ROA"),
    Check.INVALID_ASN: mark("contradicts a ROA: another network"),
    Check.INVALID_LENGTH: mark("contradicts a ROA: too small a part"),
    Check.UNKNOWN: mark("no ROA"),
}
# An AS number is for its holder's own network, whichever of the two words the list has.
HELD_AS_NUMBER = mark("given to the holder, for a network of its own")


class OriginPage(Page[Origin]):
    """Who announces and who registered a number."""

    @property
    def sentence(self) -> str:
        overview = self.facts.overview
        announced = self._announced(overview) if overview else [self._about_network()]
        return " ".join([*announced, *self._registered()])

    def _tell(self, key: str, asns: Sequence[int] = (), **values: object) -> str:
        network = called(asns, self.facts.names, self.say)
        what = self.facts.asked.text
        return tell(self.say, f"origin.{key}", **{"what": what, "network": network, **values})

    def _about_network(self) -> str:
        facts = self.facts
        key = "no_number" if not facts.origins else "network" if facts.announced else "no_prefix"
        return self._tell(key, network=self._who(), prefixes=listed(facts.announced))

    def _announced(self, overview: Overview) -> Iterable[str]:
        prefix, origins = overview.prefix, overview.origins
        larger = [p for p in overview.related if p.prefixlen < prefix.prefixlen]
        smaller = [p for p in overview.related if p.prefixlen > prefix.prefixlen]
        if not origins:
            yield self._tell("parts" if smaller else "nobody", prefixes=listed(smaller))
            return
        key = "announced" if str(prefix) == self.facts.asked.text else "lies_in"
        yield self._tell(key, origins, prefix=prefix)
        checks = self.facts.checks
        if against := [asn for asn in origins if checks[asn].contradicts]:
            yield self._tell("contradicted", against)
        elif all(checks[asn] is Check.VALID for asn in origins):
            yield self._tell("agrees")
        if larger:
            yield self._tell("larger", prefixes=listed(larger))
        if smaller:
            yield self._tell("smaller", prefixes=listed(smaller))

    def _registered(self) -> Iterable[str]:
        record = self.facts.record
        registry = record.registry.upper()
        if not record.held:
            yield self._tell("given_to_nobody", registry=registry, status=_status(record, self.say))
            return
        yield self._tell(
            "registered",
            registry=registry,
            block=block_of(record),
            date=record.date or "–",
            code=record.country or "–",
            holder=self._holder(),
        )
        if self.facts.overview and (others := self.facts.of_other_holders):
            yield self._tell("other_holder", others)

    def _who(self) -> str:
        """The network that was asked about, without its number, which stands before it."""
        name = self.facts.network
        if name is None:
            return self.say("a network without a name in the list")
        return name.name if name.name == name.holder else f"{name.name} ({name.holder})"

    def _holder(self) -> str:
        """The registry's identifier of the holder, with the name of one of its networks."""
        name, identifier = self.facts.holder, self.facts.record.holder_id
        return f"{identifier} ({name})" if name else identifier

    def tabulated(self) -> Table:
        say, facts = self.say, self.facts
        record, overview = facts.record, facts.overview
        rows: list[tuple[object, ...]] = []
        observatory = say("what networks announce")
        if overview is None:
            rows.append((say("announces"), listed(facts.announced) or "–", observatory))
        else:
            prefix = str(overview.prefix) if overview.origins else "–"
            rows.append((say("announced prefix"), prefix, observatory))
            for asn in overview.origins:
                rows.append((say("network"), called([asn], facts.names, say), observatory))
                check = say(CHECKS[facts.checks[asn]])
                rows.append((say("origin check"), check, say("what holders signed (RPKI)")))
            if overview.related:
                rows.append((say("also announced"), listed(overview.related), observatory))
        source = say("the list of {registry}", registry=record.registry.upper())
        rows.append((say("registered block"), block_of(record), source))
        rows.append((say("status"), _status(record, say), source))
        if record.held:
            rows.append((say("registered on"), record.date or "–", source))
            rows.append((say("country code of the registration"), record.country or "–", source))
            holder = self._holder()
            named = say("{list}; the name: the list of what each AS is called", list=source)
            rows.append((say("holder"), holder, source if holder == record.holder_id else named))
        if others := [one for one in facts.also if one != record]:
            rows.append((say("the same holder also has"), ", ".join(map(block_of, others)), source))
        return _table(facts.asked, rows, say)

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
        return _whose(session, asked)
    return OriginPage.of(say, lookup.origin(session, asked))


@dataclass(eq=False, repr=False, kw_only=True)
class Whose(Result):
    """Who announces a number, by DNS, and for whom it is registered, by RDAP.

    `announced` is None where nobody said; `network`, the network by name and number, "" where
    that is not known; `registration` is what RDAP said, `service` the zone of the DNS that was
    asked.
    """

    asked: Number
    announced: Announced | None
    network: str
    registration: Result
    service: str

    @property
    def sentence(self) -> str:
        say, what = self.say, self.asked.text
        if self.announced is not None:
            found = tell(
                say,
                "origin.announced_by_dns",
                what=what,
                prefix=self.announced.prefix,
                network=self.network,
            )
        elif self.network not in ("", what):
            found = say("{what} is {network}.", what=what, network=self.network)
        else:
            found = say("Who announces {what} was not found out.", what=what)
        return f"{found} {self.registration.sentence}"

    def tabulated(self) -> Table:
        say = self.say
        rows: list[tuple[object, ...]] = []
        source = say("the DNS, under {zone}", zone=self.service)
        if self.announced is not None:
            rows.append((say("announced prefix"), self.announced.prefix, source))
        if self.network:
            rows.append((say("network"), self.network, source))
        registered = self.registration.tabulated()
        rows += registered.rows if registered else ()
        return _table(self.asked, rows, say)

    @property
    def limits(self) -> tuple[str, ...]:
        return limits_of("numbers", self.say)


def _whose(session: Session, asked: Number) -> Whose:
    """Ask the DNS who announces an address, a prefix or an AS number, and RDAP who holds it.

    Of a prefix the DNS is asked about its first address.
    """
    found, asn, network = None, asked.resource, ""
    if not isinstance(asn, int):
        found = announced(session, asked.text.partition("/")[0])
        asn = found.asn if found else 0
    if asn:
        name = as_name(session, asn)
        network = called([asn], {asn: name} if name else {}, session.say)
    registration = rdap.rdap(session, asked)
    return Whose(
        session.say,
        Kind.FOUND if network else registration.kind,
        session.provenance(session.entry.origins),
        tuple(dict.fromkeys((*asked.notes, *registration.notes))),
        asked=asked,
        announced=found,
        network=network,
        registration=registration,
        service=session.entry.origins,
    )


def _table(asked: Number, rows: list[tuple[object, ...]], say: Language) -> Table:
    return Table(
        say("What is known of {what}", what=asked.text),
        (say("what"), say("answer"), say("who says so")),
        tuple(rows),
    )


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
