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
        found = (self.by_rdap, self.by_whois)
        both = [one.records if isinstance(one, Registration) else () for one in found]
        return tuple(record for some in both for record in (*some, None, None)[:2])


def compare(session: Session, typed: Typed) -> Comparison:
    """Ask all four directories of a domain."""
    one, other = rdap(session, typed), whois(session, typed)
    had = [found for found in (one, other) if isinstance(found, Registration)]
    missing = next((found.missing for found in had if found.missing), None)
    if any(found.found for found in had):
        kind: Kind | None = missing or Kind.FOUND
        hosts = (answer.host for found in had for answer in found.answers)
        provenance: Provenance | None = session.provenance(", ".join(hosts))
    else:
        # An absence only where nothing speaks against it.
        kinds = [one.kind, other.kind]
        absent = Kind.NO_SUCH_NAME in kinds and set(kinds) <= {Kind.NO_SUCH_NAME, Kind.NO_SERVER}
        kind = Kind.NO_SUCH_NAME if absent else next(k for k in kinds if k != Kind.NO_SUCH_NAME)
        provenance = one.provenance
    return Comparison(
        kind=kind,
        provenance=provenance,
        domain=one.name if isinstance(one, Domain) else typed.text,
        by_rdap=one,
        by_whois=other,
        missing=missing,
    )
