"""What a resolver answered, as an answer of `lab.ask`."""

from __future__ import annotations

from collections.abc import Sequence

import dns.edns
import dns.rcode
import dns.rdatatype

from labsupport.answers.page import Page
from labsupport.exchange import NotSent, TlsFailure
from labsupport.formats.certificates import Trust
from labsupport.inputs.names import Typed, shown
from labsupport.kinds import Kind
from labsupport.language import Language, limits, table
from labsupport.lookups import ask as lookup
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Table, span
from labsupport.visible import quoted

# Types whose values a sentence tells.
FOUND = {"MX", "NS", "PTR", "CNAME"}


class AnswerPage(Page[lookup.Answer]):
    """What a resolver answered to one question."""

    kind: Kind

    @property
    def records(self) -> tuple[lookup.ResourceRecord, ...]:
        """The records of the answer, aliases on the way among them."""
        return self.facts.records

    @property
    def sentence(self) -> str:
        interference = map(self._interference, self.facts.errors)
        return " ".join(filter(None, (self._answered(), *interference)))

    def _interference(self, error: dns.edns.EDEOption) -> str:
        """Say what the resolver tells of having changed the answer; "" where it tells none."""
        code = int(error.code)
        if code not in lookup.INTERFERENCE:
            return ""
        text = f" {self.say('ask.adds', text=quoted(error.text))}" if error.text else ""
        why = self.say(f"ask.error_{code}")
        return self.say("ask.interference", why=why, code=code) + text

    def _answered(self) -> str:
        facts = self.facts
        if facts.kind is Kind.FOUND:
            return self._found()
        key = ""
        name = facts.name
        values = {"type": facts.type}
        outcome = facts.asked.outcome
        response = facts.asked.response
        if facts.kind in (Kind.NO_SUCH_NAME, Kind.NO_SUCH_TYPE):
            key = facts.kind.name.lower()
            name = shown(facts.chain.canonical_name) if facts.chain else facts.name
            if facts.type == "PTR" and facts.kind is Kind.NO_SUCH_NAME:
                key = "no_reverse_name"
        elif facts.kind is Kind.REFUSED:
            key = "refused"
        elif isinstance(outcome, TlsFailure):
            key = "not_trusted"
            reason = tls_reason(outcome, self.say)
            values = {"address": outcome.from_address or "", "reason": reason}
        elif isinstance(outcome, NotSent):
            key = "not_sent"
            values = {"reason": outcome.reason}
        elif facts.kind is Kind.NO_ANSWER:
            key = "no_answer" if response is None else "none_reached"
        elif response is None:
            key = "unreadable"
        elif response.rcode() == dns.rcode.NOERROR:
            key = "leads_nowhere"
        else:
            key = "bogus" if facts.is_bogus else "no_reason"
        return self.say(f"ask.{key}", name=name, **values)

    def _found(self) -> str:
        say = self.say
        facts = self.facts
        start = ""
        assert facts.chain is not None
        assert facts.chain.answer is not None
        own = facts.chain.answer
        values = lookup.values_of(own)
        owner = shown(own.name)
        count = len(own)
        if facts.chain.cnames:
            start = say("ask.alias", name=facts.name, target=owner) + " "
        # without their preferences; "." alone refuses mail (RFC 7505)
        if facts.type == "MX":
            values = [value.partition(" ")[2] for value in values]
        listed = in_short(values, say)
        if facts.type in ("A", "AAAA"):
            return start + say("ask.addresses", count=count, name=owner, values=listed)
        if facts.type in FOUND:
            key = "no_mail" if values == ["."] else facts.type
            return start + say(f"ask.{key}", name=owner, values=listed)
        return start + say(
            "ask.records_of_type", count=count, name=owner, type=facts.type
        )

    def tabulated(self) -> Table | None:
        say = self.say
        facts = self.facts
        says = table(self.say, "types")
        return Table.of(
            say("ask.what_the_resolver_answered"),
            facts.records,
            (say("ask.name"), lambda one: one.name),
            (say("ask.type"), lambda one: one.type),
            (say("ask.value"), lambda one: one.value),
            (say("ask.what_it_says"), lambda one: says.get(one.type, "")),
            (say("ask.kept_for"), lambda one: span(say, one.ttl)),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        facts = self.facts
        kind = facts.kind.name.lower()
        if facts.kind is Kind.FAILED and facts.is_bogus:
            kind = "bogus"
        sentences = table(self.say, "ask")
        of_type = f"limit_{kind}_{facts.type.replace('AAAA', 'A')}"
        of_kind = f"limit_{kind}"
        key = next(
            (key for key in (of_type, of_kind) if key in sentences), "limit_no_disproof"
        )
        more = (
            ["ask.elsewhere"] if facts.kind in (Kind.FOUND, Kind.NO_SUCH_TYPE) else []
        )
        return limits(self.say, f"ask.{key}", *more)


class NoAddress(Explanation):
    """Says why nothing was found out at an address: what the resolver answered instead of one."""

    def __init__(self, say: Language, answer: lookup.Answer, *remarks: str) -> None:
        page = AnswerPage(say, answer)
        notes = (*page.notes, *remarks)
        super().__init__(
            say, page.kind, page.sentence, notes, page.provenance, page.tabulated()
        )
        self._limits = page.limits

    @property
    def limits(self) -> tuple[str, ...]:
        return self._limits


def ask(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> AnswerPage:
    """Ask the connection's resolver for records of `rdtype` at the name that was typed."""
    return AnswerPage(session.say, lookup.ask(session, typed, rdtype))


# What is written down where no encrypted connection came about: what became of a certificate, or
# OpenSSL's words.
TLS_REASONS = {
    **{
        trust.value: f"tls.{trust.name.lower()}"
        for trust in Trust
        if trust is not Trust.TRUSTED
    },
    "wrong version number": "tls.not_encrypted",
    "handshake failure": "tls.none_in_common",
    "sslv3 alert handshake failure": "tls.none_in_common",
    "tlsv1 alert protocol version": "tls.none_in_common",
    "unsupported protocol": "tls.none_in_common",
    "unexpected eof while reading": "tls.cut_off",
}


def tls_reason(failure: TlsFailure, say: Language) -> str:
    """Return why no encrypted connection came about, for a sentence.

    >>> tls_reason(TlsFailure(None, 0.0, (), "wrong version number"), Language.load("en"))
    'what answered is not encrypted'
    """
    return say(
        TLS_REASONS.get(failure.reason, "tls.other"), reason=quoted(failure.reason)
    )


def in_short(values: Sequence[str], say: Language) -> str:
    """Return values in one line that fits a sentence: at most three, none of them long.

    >>> in_short(["192.0.2.80", "192.0.2.81"], Language.load("en"))
    '192.0.2.80 and 192.0.2.81'
    """
    first = [value if len(value) <= 60 else value[:60] + "…" for value in values[:3]]
    if len(values) > 3:
        return ", ".join([*first, "…"])
    return say.listed(first)
