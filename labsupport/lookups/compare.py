"""`lab.investigate.compare`: what registry and registrar have of a domain, by RDAP and WHOIS."""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.inputs.names import Typed
from labsupport.kinds import Kind, Provenance
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.lookups.rdap import Answered, Domain, rdap
from labsupport.lookups.registration import Registration
from labsupport.lookups.session import Session
from labsupport.lookups.whois import Whois, whois
from labsupport.rdds.record import Record


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison(Lookup):
    """What was answered of a domain: `by_rdap` and `by_whois`.

    `domain` is its name; `missing` is the kind of what came in the place of the first record of a
    registrar that did not, None where none is missing.
    """

    domain: str
    by_rdap: Answered
    by_whois: Whois | Unanswered
    missing: Kind | None

    @property
    def records(self) -> tuple[Record | None, ...]:
        """The records of registry and registrar by RDAP, then by WHOIS; None where none came."""
        records: list[Record | None] = []
        for registration in (self.by_rdap, self.by_whois):
            own = registration.records if isinstance(registration, Registration) else ()
            registry, registrar, *_ = (*own, None, None)
            records += (registry, registrar)
        return tuple(records)


def compare(session: Session, typed: Typed) -> Comparison:
    """Ask all four directories of a domain."""
    by_rdap = rdap(session, typed)
    by_whois = whois(session, typed)
    both = (by_rdap, by_whois)
    registrations = [answer for answer in both if isinstance(answer, Registration)]
    missing = next(
        filter(None, (registration.missing for registration in registrations)), None
    )
    if any(registration.found for registration in registrations):
        kind: Kind | None = missing or Kind.FOUND
        hosts: list[str] = []
        for registration in registrations:
            hosts += (answer.host for answer in registration.answers)
        provenance: Provenance | None = session.provenance(", ".join(hosts))
    else:
        kind = _kind_of_absence(by_rdap.kind, by_whois.kind)
        provenance = by_rdap.provenance
    return Comparison(
        kind=kind,
        provenance=provenance,
        domain=by_rdap.name if isinstance(by_rdap, Domain) else typed.text,
        by_rdap=by_rdap,
        by_whois=by_whois,
        missing=missing,
    )


def _kind_of_absence(by_rdap: Kind | None, by_whois: Kind | None) -> Kind | None:
    """Say that there is no such name only where nothing speaks against it."""
    kinds = {by_rdap, by_whois}
    if Kind.NO_SUCH_NAME in kinds and kinds <= {Kind.NO_SUCH_NAME, Kind.NO_SERVER}:
        return Kind.NO_SUCH_NAME
    return by_whois if by_rdap is Kind.NO_SUCH_NAME else by_rdap
