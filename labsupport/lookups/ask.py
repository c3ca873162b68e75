"""`lab.ask`: what a resolver answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from labsupport.dns.transport import Exchange
from labsupport.exchange import NotSent, Reply, TlsFailure
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup
from labsupport.lookups.session import Session

# What may stand in an answer beside aliases and the records that were asked for.
WITH_ALIASES = {dns.rdatatype.DNAME, dns.rdatatype.RRSIG}
# Extended DNS Errors (RFC 8914): that an answer was changed, and on whose account (sections 4.5 and
# 4.16 to 4.19); that data failed validation; that servers were out of reach.
INTERFERENCE = {4, 15, 16, 17, 18}
BOGUS = {6, 7, 8, 9, 10, 11, 12}
UNREACHABLE = {22, 23}


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """One record of an answer; `ttl` in seconds, `value` as text."""

    name: str
    ttl: int
    type: str
    value: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Answer(Lookup):
    """What a resolver answered to one question.

    Attributes: `name` and `type` that were asked; `asked`, the exchange with the resolver;
    `chain` the aliases in the answer and where they lead, None where there is none.
    """

    kind: Kind
    name: str
    type: str
    asked: Exchange
    chain: dns.message.ChainingResult | None

    @property
    def code(self) -> str:
        """The response code as text ("NOERROR", "NXDOMAIN" …); "" when no answer came."""
        response = self.asked.response
        return "" if response is None else dns.rcode.to_text(response.rcode())

    @property
    def authenticated(self) -> bool:
        """Whether the resolver says that it checked the signatures (the AD flag)."""
        response = self.asked.response
        return response is not None and bool(response.flags & dns.flags.AD)

    @cached_property
    def records(self) -> tuple[ResourceRecord, ...]:
        """The records of the answer, aliases included, in order, without their signatures."""
        records: list[ResourceRecord] = []
        for rrset in self.asked.response.answer if self.asked.response else ():
            if rrset.rdtype == dns.rdatatype.RRSIG:
                continue
            name = shown(rrset.name)
            rdtype = dns.rdatatype.to_text(rrset.rdtype)
            for value in values_of(rrset):
                records.append(ResourceRecord(name, rrset.ttl, rdtype, value))
        return tuple(records)

    @property
    def errors(self) -> tuple[dns.edns.EDEOption, ...]:
        """The Extended DNS Errors that the resolver sent along (RFC 8914)."""
        return errors_in(self.asked.response)

    @property
    def interferes(self) -> bool:
        """Whether the resolver says that it does not give the true answer (RFC 8914)."""
        return any(int(error.code) in INTERFERENCE for error in self.errors)

    @property
    def is_bogus(self) -> bool:
        """Whether the resolver says that the data failed validation."""
        return any(int(error.code) in BOGUS for error in self.errors)


def ask(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Answer:
    """Ask the connection's resolver for records of `rdtype` at the name that was typed."""
    return answer_of(session, session.ask_resolver(typed.name, rdtype), typed.notes)


def answer_of(session: Session, asked: Exchange, notes: tuple[str, ...] = ()) -> Answer:
    """Return what a resolver answered in an exchange."""
    question = asked.query.question[0]
    chain = chain_of(asked.response)
    server = (
        "" if isinstance(asked.outcome, NotSent) else session.named(asked.to_address)
    )
    return Answer(
        kind=_kind(asked, chain),
        provenance=session.provenance(
            server, answered=isinstance(asked.outcome, Reply)
        ),
        notes=notes,
        name=shown(question.name),
        type=dns.rdatatype.to_text(question.rdtype),
        asked=asked,
        chain=chain,
    )


def _kind(asked: Exchange, chain: dns.message.ChainingResult | None) -> Kind:
    response = asked.response
    if response is None:
        believed_not = isinstance(asked.outcome, Reply | TlsFailure)
        return Kind.FAILED if believed_not else Kind.NO_ANSWER
    code = response.rcode()
    if code == dns.rcode.NXDOMAIN:
        return Kind.NO_SUCH_NAME
    if code == dns.rcode.REFUSED:
        return Kind.REFUSED
    if code != dns.rcode.NOERROR:
        reasons = {int(error.code) for error in errors_in(response)}
        return Kind.NO_ANSWER if reasons & UNREACHABLE else Kind.FAILED
    if chain is None:
        return Kind.FAILED
    if chain.answer is not None:
        return Kind.FOUND
    # What is said of other names, or in other types, answers nothing that was asked.
    for rrset in response.answer:
        if rrset.rdtype not in WITH_ALIASES and rrset not in chain.cnames:
            return Kind.FAILED
    return Kind.NO_SUCH_TYPE


def errors_in(response: dns.message.Message | None) -> tuple[dns.edns.EDEOption, ...]:
    """Return the Extended DNS Errors of a response (RFC 8914)."""
    return tuple(response.extended_errors()) if response else ()


def chain_of(response: dns.message.Message | None) -> dns.message.ChainingResult | None:
    """Follow the aliases of an answer; None where it is none, or they never end."""
    if not isinstance(response, dns.message.QueryMessage):
        return None
    try:
        return response.resolve_chaining()
    except dns.exception.DNSException:
        return None


def values_of(rrset: dns.rrset.RRset) -> list[str]:
    """The data of each record as people write it, sorted: names without the dot at the end."""
    render = _RENDERED.get(rrset.rdtype, str)
    if rrset.rdtype == dns.rdatatype.MX:
        return [
            render(record) for record in sorted(rrset, key=attrgetter("preference"))
        ]
    return sorted(render(record) for record in rrset)


def _target(record: Any) -> str:
    return shown(record.target)


def _mail_exchange(record: Any) -> str:
    return f"{record.preference} {shown(record.exchange)}"


_RENDERED: dict[dns.rdatatype.RdataType, Callable[..., str]] = {
    dns.rdatatype.CNAME: _target,
    dns.rdatatype.NS: _target,
    dns.rdatatype.PTR: _target,
    dns.rdatatype.MX: _mail_exchange,
}
