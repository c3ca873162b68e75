"""`lab.dnssec`: the chain of trust, link by link, and where it breaks."""

from __future__ import annotations

from dataclasses import dataclass

import dns.name
import dns.rdatatype

from labsupport.dns.chain import Chain, Link, Verdict
from labsupport.dns.validation import Flaw, Security, read_trust_anchor
from labsupport.dns.walk import LONGEST_ALIAS_CHAIN, Failure, Reading, read_resolved
from labsupport.dns.walk import ResponseKind as ReadingKind
from labsupport.exchange import Reply
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.lookups.ask import values_of
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.session import Session
from labsupport.lookups.trace import KINDS

# Of the names on the way through aliases, the one that comes last here decides.
_ORDER = (Security.SECURE, Security.INSECURE, Security.INDETERMINATE, Security.BOGUS)


@dataclass(frozen=True, slots=True)
class Judged:
    """One name on the way through aliases, its answer and what the chain says of it."""

    name: dns.name.Name
    reading: Reading | Failure
    verdict: Verdict | None
    links: tuple[Link, ...]

    @property
    def security(self) -> Security:
        """What the chain says of it."""
        return Security.INDETERMINATE if self.verdict is None else self.verdict.security

    @property
    def ending(self) -> Verdict | None:
        """The verdict on the answer itself; None where the chain ends before it."""
        verdict = self.verdict
        return verdict if verdict and verdict.link.security is Security.SECURE else None


@dataclass(frozen=True, eq=False, kw_only=True)
class TrustChain(Lookup):
    """A chain of trust from the root's key to an answer (RFC 4035 section 5).

    Attributes: `judged`, the names on the way, each with its links; `worst`, the one of them that
    decides; `type`, as text.
    """

    kind: Kind
    judged: tuple[Judged, ...]
    worst: Judged
    type: str

    @property
    def security(self) -> Security:
        """That of the whole."""
        return self.worst.security

    @property
    def flaw(self) -> Flaw | None:
        """Why the chain breaks; None if it does not."""
        return self.worst.verdict.flaw if self.worst.verdict else None

    @property
    def addresses(self) -> list[str]:
        """The addresses in the answer at its end."""
        reading = self.judged[-1].reading
        if (
            isinstance(reading, Failure)
            or reading.records is None
            or reading.target is not None
        ):
            return []
        return values_of(reading.records.rrset) if self.type in ("A", "AAAA") else []

    @property
    def name(self) -> str:
        """The name that was asked for."""
        return shown(self.judged[0].name)


def dnssec(
    session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType
) -> TrustChain:
    """Fetch and check the chain of trust for records of `rdtype` at the name that was typed.

    The records come from the connection's resolver, asked not to check them itself; the
    checking is done here.
    """
    servers: dict[str, None] = {}

    def fetch(
        name: dns.name.Name, rdtype: dns.rdatatype.RdataType
    ) -> Reading | Failure:
        asked = session.ask_resolver(name, rdtype, checking_disabled=True)
        if asked.response is None:
            return (
                Failure.NO_ANSWER
                if not isinstance(asked.outcome, Reply)
                else Failure.LAME
            )
        servers[asked.to_address] = None
        reading = read_resolved(asked.response, name, rdtype)
        return Failure.LAME if reading.kind is ReadingKind.LAME else reading

    chain = Chain(
        fetch, read_trust_anchor(session.entry.trust_anchor), session.network.clock
    )
    judged: list[Judged] = []
    target: dns.name.Name | None = typed.name
    while target is not None and len(judged) <= LONGEST_ALIAS_CHAIN:
        reading = fetch(target, rdtype)
        verdict = following = None
        links: tuple[Link, ...] = ()
        if isinstance(reading, Reading):
            verdict = chain.judge(target, rdtype, reading)
            following = reading.target
            links = tuple(chain.links_to(verdict.link.zone))
        judged.append(Judged(target, reading, verdict, links))
        target = None if following in [alias.name for alias in judged] else following
    worst = max(judged, key=lambda alias: _ORDER.index(alias.security))
    return TrustChain(
        kind=_kind(worst.security, judged[-1].reading),
        provenance=session.provenance(", ".join(map(session.named, servers))),
        notes=typed.notes,
        judged=tuple(judged),
        worst=worst,
        type=dns.rdatatype.to_text(rdtype),
    )


def _kind(security: Security, reading: Reading | Failure) -> Kind:
    if security is Security.BOGUS:
        return Kind.FAILED
    if security is Security.INDETERMINATE or isinstance(reading, Failure):
        return Kind.NO_ANSWER
    return KINDS.get(reading.kind, Kind.FOUND)
