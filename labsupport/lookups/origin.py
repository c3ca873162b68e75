"""`lab.routes.origin`: who announces an address or a prefix, and for whom it is registered.

Where nobody is known who has collected announcements, the DNS tells which network announces it,
and a registry for whom it is registered. All are kept, for they need not be the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labsupport.formats.delegated import DelegatedBlock, Prefix, Statistics
from labsupport.inputs.numbers import Number, special
from labsupport.kinds import Kind
from labsupport.lookups import rdap
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered, unanswered
from labsupport.lookups.observatory import (
    AsName,
    Observatory,
    OriginValidation,
    PrefixOverview,
)
from labsupport.lookups.origin_dns import Announced, announced, as_name
from labsupport.lookups.session import Session


@dataclass(frozen=True, eq=False, kw_only=True)
class Origin(Lookup):
    """Who announces and who registered a number, as `asked`.

    `overview` is who announces it, None for an AS number, which has `announced` prefixes
    instead. `checks` is what ROAs say, by origin. `record` is the block of the registry that
    holds it, `also` all that its holder has. `names` is what each AS is called.
    """

    kind: Kind
    asked: Number
    record: DelegatedBlock
    also: tuple[DelegatedBlock, ...]
    names: Mapping[int, AsName]
    overview: PrefixOverview | None
    announced: tuple[Prefix, ...]
    checks: Mapping[int, OriginValidation]

    @property
    def network(self) -> AsName | None:
        """The network that announces it, or that it is; None where there is none or several."""
        return self.names.get(self.origins[0]) if len(self.origins) == 1 else None

    @property
    def origins(self) -> tuple[int, ...]:
        """The networks that announce it; of an AS number, itself, if somebody holds it."""
        if self.overview is not None:
            return self.overview.origins
        number = self.asked.resource
        return (number,) if isinstance(number, int) and self.record.held else ()

    @property
    def of_other_holders(self) -> list[int]:
        """The networks that announce it and are not its holder's."""
        others = []
        for asn in self.origins:
            if not any(block.covers(asn) for block in self.also):
                others.append(asn)
        return others

    @property
    def holder(self) -> str:
        """What the holder is called, as one of its networks tells; "" where none does."""
        for block in self.also:
            network = self.names.get(block.first)
            if block.type == "asn" and network:
                return network.holder
        return ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Whose(Lookup):
    """Who announces a number, by DNS, and for whom it is registered, by RDAP.

    `announced` is None where nobody said. `origins` is the network that announces it, or that it
    is, empty where that is not known; `names`, what that is called, if somebody said.
    `registration` is what RDAP said, `service` the zone of the DNS that was asked.
    """

    asked: Number
    announced: Announced | None
    origins: tuple[int, ...]
    names: Mapping[int, AsName]
    registration: rdap.Answered
    service: str


def origin(session: Session, asked: Number) -> Origin | Whose | Unanswered:
    """Ask the observatory who announces a number, and the registry's list who holds it.

    Where no observatory is known, the DNS and RDAP are asked. Returns Unanswered where the number
    is nobody's, the list does not have it as a whole, or nobody answered.
    """
    if unanswered := nobodys(asked):
        return unanswered
    if not session.entry.observatory:
        return _whose(session, asked)
    observatory = Observatory(session)
    resource = asked.resource
    try:
        holders = observatory.holders()
        records = holders.covering(resource)
        if not records:
            return not_covered(asked, holders)
        if len(records) > 1 or not records[0].holds(resource):
            return not_covered(asked, holders, "origin.beyond")
        names = observatory.names()
        prefixes: tuple[Prefix, ...] = ()
        overview = None
        checks = {}
        if isinstance(resource, int):
            prefixes = observatory.announced(resource)
        else:
            overview = observatory.overview(resource)
            checks = {
                asn: observatory.check(overview.prefix, asn) for asn in overview.origins
            }
    except NoAnswer as problem:
        return problem.unanswered(session, asked.notes)
    return Origin(
        kind=Kind.FOUND,
        provenance=session.provenance(observatory.host),
        notes=asked.notes,
        asked=asked,
        record=records[0],
        also=holders.of_holder(records[0].holder_id),
        names=names,
        overview=overview,
        announced=prefixes,
        checks=checks,
    )


def not_covered(
    asked: Number, holders: Statistics, reason: str = "origin.not_covered"
) -> Unanswered:
    """Return what is found out of a number that is not, or not whole, in a registry's list."""
    values = {"what": asked.text, "registry": holders.header[1].upper()}
    return unanswered(Kind.NOT_COVERED, reason, asked.notes, **values)


def nobodys(number: Number) -> Unanswered | None:
    """Return why a number is nobody's in particular; None where it may be somebody's."""
    key, source = special(number.resource)
    if not key:
        return None
    values = {"what": number.text, "source": source}
    return unanswered(Kind.NOT_COVERED, f"numbers.{key}", number.notes, **values)


def _whose(session: Session, asked: Number) -> Whose:
    """Ask the DNS who announces an address, a prefix or an AS number, and RDAP who holds it.

    Of a prefix the DNS is asked about its first address.
    """
    asn = asked.resource
    announcement = None
    if not isinstance(asn, int):
        address, _, _ = asked.text.partition("/")
        announcement = announced(session, address)
        asn = announcement.asn if announcement else 0
    origins: tuple[int, ...] = ()
    names: dict[int, AsName] = {}
    if asn:
        origins = (asn,)
        if name := as_name(session, asn):
            names[asn] = name
    registration = rdap.rdap(session, asked)
    return Whose(
        kind=Kind.FOUND if origins else registration.kind,
        provenance=session.provenance(session.entry.origins),
        notes=asked.notes,
        asked=asked,
        announced=announcement,
        origins=origins,
        names=names,
        registration=registration,
        service=session.entry.origins,
    )
