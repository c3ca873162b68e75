"""`lab.origin`: who announces an address or a prefix, and for whom it is registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labsupport.formats.delegated import Prefix, Record, Statistics
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered
from labsupport.lookups.observatory import AsName, Check, Observatory, Overview
from labsupport.lookups.session import Session


@dataclass(frozen=True, eq=False, kw_only=True)
class Origin(Lookup):
    """Who announces and who registered a number, as `asked`.

    `overview` is who announces it, None for an AS number, which has `announced` prefixes
    instead. `checks` is what ROAs say, by origin. `record` is the block of the registry that
    holds it, `also` all that its holder has. `names` is what each AS is called.
    """

    asked: Number
    record: Record
    also: tuple[Record, ...]
    names: Mapping[int, AsName]
    overview: Overview | None
    announced: tuple[Prefix, ...]
    checks: Mapping[int, Check]

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
        return [asn for asn in self.origins if not any(one.covers(asn) for one in self.also)]

    @property
    def holder(self) -> str:
        """What the holder is called, as one of its networks tells; "" where none does."""
        networks = (self.names.get(one.first) for one in self.also if one.type == "asn")
        return next((network.holder for network in networks if network), "")


def origin(session: Session, asked: Number) -> Origin | Unanswered:
    """Ask the observatory who announces a number, and the registry's list who holds it.

    Returns Unanswered where the list does not have the number as a whole, or nobody answered.
    """
    observatory, resource = Observatory(session), asked.resource
    try:
        holders = observatory.holders()
        records = holders.covering(resource)
        if not records:
            return not_covered(asked, holders)
        if len(records) > 1 or not records[0].holds(resource):
            return not_covered(asked, holders, "origin.beyond")
        names = observatory.names()
        prefixes = observatory.announced(resource) if isinstance(resource, int) else ()
        overview = None if isinstance(resource, int) else observatory.overview(resource)
        checks = {}
        if overview:
            checks = {asn: observatory.check(overview.prefix, asn) for asn in overview.origins}
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
    return Unanswered(kind=Kind.NOT_COVERED, notes=asked.notes, reason=reason, values=values)
