"""`lab.ask`: what a resolver answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from labsupport.dns.transport import Exchange
from labsupport.exchange import NotSent, Reply, TlsFailure
from labsupport.inputs.names import Typed, shown
from labsupport.language import limits, table, tell
from labsupport.lookups.session import Session
from labsupport.results import Kind, Result, Table, quoted, span

# What may stand in an answer beside aliases and the records that were asked for.
WITH_ALIASES = {dns.rdatatype.DNAME, dns.rdatatype.RRSIG}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of an answer; `ttl` in seconds, `value` as text."""

    name: str
    ttl: int
    type: str
    value: str


class Answer(Result):
    """What a resolver answered to one question.

    Attributes: `name` and `type` that were asked; `records` of the answer, aliases
    included; `code` the response code as text ("NOERROR", "NXDOMAIN" …), "" without an
    answer; `authenticated` whether the resolver says that it checked the signatures.
    """

    def __init__(
        self,
        session: Session,
        name: dns.name.Name,
        rdtype: dns.rdatatype.RdataType,
        asked: Exchange,
        notes: tuple[str, ...],
    ) -> None:
        self.name = shown(name)
        self.type = dns.rdatatype.to_text(rdtype)
        self._response, self._outcome = asked.response, asked.outcome
        self._chain = _chain(asked.response)
        server = "" if isinstance(asked.outcome, NotSent) else session.named(asked.to_address)
        provenance = session.provenance(server, answered=isinstance(asked.outcome, Reply))
        super().__init__(session.say, self._kind(), provenance, notes)

    def _kind(self) -> Kind:
        response, chain = self._response, self._chain
        if response is None:
            believed_not = isinstance(self._outcome, Reply | TlsFailure)
            return Kind.FAILED if believed_not else Kind.NO_ANSWER
        code = response.rcode()
        if code == dns.rcode.NXDOMAIN:
            return Kind.NO_SUCH_NAME
        if code == dns.rcode.REFUSED:
            return Kind.REFUSED
        if code != dns.rcode.NOERROR:
            reasons = {int(error.code) for error in self.errors}
            return Kind.NO_ANSWER if reasons & _UNREACHABLE else Kind.FAILED
        if chain is None:
            return Kind.FAILED
        if chain.answer is not None:
            return Kind.FOUND
        # What is said of other names, or in other types, answers nothing that was asked.
        is_empty = all(
            rrset.rdtype in WITH_ALIASES or rrset in chain.cnames for rrset in response.answer
        )
        return Kind.NO_SUCH_TYPE if is_empty else Kind.FAILED

    @property
    def code(self) -> str:
        """The response code as text; "" when no answer came."""
        return "" if self._response is None else dns.rcode.to_text(self._response.rcode())

    @property
    def authenticated(self) -> bool:
        """Whether the resolver says that it checked the signatures (the AD flag)."""
        return self._response is not None and bool(self._response.flags & dns.flags.AD)

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of the answer, in order, without their signatures."""
        if self._response is None:
            return ()
        return tuple(
            Record(shown(rrset.name), rrset.ttl, dns.rdatatype.to_text(rrset.rdtype), value)
            for rrset in self._response.answer
            if rrset.rdtype != dns.rdatatype.RRSIG
            for value in values_of(rrset)
        )

    @property
    def errors(self) -> tuple[dns.edns.EDEOption, ...]:
        """The Extended DNS Errors that the resolver sent along (RFC 8914)."""
        return tuple(self._response.extended_errors()) if self._response else ()

    @property
    def sentence(self) -> str:
        return " ".join(filter(None, (self._answered(), *map(self._interference, self.errors))))

    def _interference(self, error: dns.edns.EDEOption) -> str:
        """Say what the resolver tells of having changed the answer; "" where it tells none."""
        code = int(error.code)
        if code not in INTERFERENCE:
            return ""
        text = f" {tell(self.say, 'ask.adds', text=quoted(error.text))}" if error.text else ""
        why = tell(self.say, f"ask.error_{code}")
        return tell(self.say, "ask.interference", why=why, code=code) + text

    def _answered(self) -> str:
        if self.kind is Kind.FOUND:
            return self._found()
        key, name, values = "", self.name, {"type": self.type}
        outcome, response = self._outcome, self._response
        if self.kind in (Kind.NO_SUCH_NAME, Kind.NO_SUCH_TYPE):
            key = self.kind.name.lower()
            name = shown(self._chain.canonical_name) if self._chain else self.name
            if self.type == "PTR" and self.kind is Kind.NO_SUCH_NAME:
                key = "no_reverse_name"
        elif self.kind is Kind.REFUSED:
            key = "refused"
        elif isinstance(outcome, TlsFailure):
            key = "not_trusted"
            values = {"address": outcome.from_address or "", "reason": outcome.reason}
        elif isinstance(outcome, NotSent):
            key, values = "not_sent", {"reason": outcome.reason}
        elif self.kind is Kind.NO_ANSWER:
            key = "no_answer" if response is None else "none_reached"
        elif response is None:
            key = "unreadable"
        elif response.rcode() == dns.rcode.NOERROR:
            key = "leads_nowhere"
        else:
            key = "bogus" if self._is_bogus else "no_reason"
        return tell(self.say, f"ask.{key}", name=name, **values)

    def _found(self) -> str:
        say = self.say
        assert self._chain is not None
        assert self._chain.answer is not None
        own, start = self._chain.answer, ""
        values, owner, count = values_of(own), shown(own.name), len(own)
        if self._chain.cnames:
            start = tell(say, "ask.alias", name=self.name, target=owner) + " "
        if self.type == "MX":  # without their preferences; "." alone refuses mail (RFC 7505)
            values = [value.partition(" ")[2] for value in values]
        told = in_short(values)
        if self.type in ("A", "AAAA"):
            return start + tell(say, "ask.addresses", count=count, name=owner, values=told)
        if self.type in FOUND:
            key = "no_mail" if values == ["."] else self.type
            return start + tell(say, f"ask.{key}", name=owner, values=told)
        return start + tell(say, "ask.records_of_type", count=count, name=owner, type=self.type)

    @property
    def _is_bogus(self) -> bool:
        return any(int(error.code) in _BOGUS for error in self.errors)

    def tabulated(self) -> Table | None:
        say, says = self.say, table(self.say, "types")
        if not self.records:
            return None
        return Table(
            say("What the resolver answered"),
            (say("name"), say("type"), say("value"), say("what it says"), say("kept for")),
            tuple(
                (one.name, one.type, one.value, says.get(one.type, ""), span(say, one.ttl))
                for one in self.records
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        kind = self.kind.name.lower() if self.kind else ""
        if self.kind is Kind.FAILED and self._is_bogus:
            kind = "bogus"
        known = table(self.say, "ask")
        of_type, of_kind = f"limit_{kind}_{self.type.replace('AAAA', 'A')}", f"limit_{kind}"
        key = next((key for key in (of_type, of_kind) if key in known), "limit_no_disproof")
        more = ["ask.elsewhere"] if self.kind in (Kind.FOUND, Kind.NO_SUCH_TYPE) else []
        return limits(self.say, f"ask.{key}", *more)


def ask(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Answer:
    """Ask the connection's resolver for records of `rdtype` at the name that was typed."""
    asked = session.ask_resolver(typed.name, rdtype)
    return Answer(session, typed.name, rdtype, asked, typed.notes)


# Types whose values a sentence tells.
FOUND = {"MX", "NS", "PTR", "CNAME"}
# Extended DNS Errors (RFC 8914): that an answer was changed, and on whose account (sections 4.5 and
# 4.16 to 4.19); that data failed validation; that servers were out of reach.
INTERFERENCE = {4, 15, 16, 17, 18}
_BOGUS = {6, 7, 8, 9, 10, 11, 12}
_UNREACHABLE = {22, 23}


def _chain(response: dns.message.Message | None) -> dns.message.ChainingResult | None:
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
        return [render(record) for record in sorted(rrset, key=lambda mx: mx.preference)]
    return sorted(render(record) for record in rrset)


def in_short(values: list[str]) -> str:
    """Return values in one line that fits a sentence: at most three, none of them long.

    >>> in_short(["192.0.2.80", "192.0.2.81"])
    '192.0.2.80, 192.0.2.81'
    """
    first = [value if len(value) <= 60 else value[:60] + "…" for value in values[:3]]
    return ", ".join(first) + (", …" if len(values) > 3 else "")


_RENDERED: dict[dns.rdatatype.RdataType, Callable[..., str]] = {
    dns.rdatatype.CNAME: lambda record: shown(record.target),
    dns.rdatatype.NS: lambda record: shown(record.target),
    dns.rdatatype.PTR: lambda record: shown(record.target),
    dns.rdatatype.MX: lambda record: f"{record.preference} {shown(record.exchange)}",
}
