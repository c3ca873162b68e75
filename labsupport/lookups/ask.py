"""`lab.ask`: what a resolver answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from labsupport.dnscore.transport import Exchange
from labsupport.dnscore.walk import LONGEST_ALIAS_CHAIN
from labsupport.exchange import NotSent, Reply, TlsFailure
from labsupport.language import Language, mark
from labsupport.lookups import drawings
from labsupport.lookups.names import Typed, shown
from labsupport.lookups.session import Session
from labsupport.results import Figure, Kind, NoFigure, Result, Table, quoted, span, utc

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What may stand in an answer beside aliases and the records that were asked for.
WITH_ALIASES = {dns.rdatatype.DNAME, dns.rdatatype.RRSIG}
# What each type of record says, in plain words.
MEANINGS: dict[str, str] = {
    "A": mark("an address on the Internet (IPv4)"),
    "AAAA": mark("an address on the Internet (IPv6)"),
    "CNAME": mark("another name for: look there instead"),
    "MX": mark("mail for this name is delivered to"),
    "NS": mark("a name server that answers for this zone"),
    "TXT": mark("a text that the holder published"),
    "SOA": mark("the zone's own data: first server, contact, version"),
    "PTR": mark("the name that an address was given in its reverse zone"),
    "CAA": mark("who may issue certificates for this name"),
    "SRV": mark("where a service is found"),
    "DS": mark("the fingerprint of the key of the zone below (DNSSEC)"),
    "DNSKEY": mark("a key that this zone signs with (DNSSEC)"),
    "RRSIG": mark("a signature (DNSSEC)"),
    "NSEC": mark("a signed statement that there is nothing in between (DNSSEC)"),
    "NSEC3": mark("a signed statement that there is nothing in between (DNSSEC)"),
}


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
        self._response = asked.response
        self._asked_for = (name, rdtype)
        self._outcome = asked.outcome
        server = "" if isinstance(asked.outcome, NotSent) else session.named(asked.to_address)
        provenance = session.provenance(server, answered=isinstance(asked.outcome, Reply))
        super().__init__(session.say, _kind(asked, rdtype), provenance, notes)

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
        if self._response is None:
            return ()
        return tuple(self._response.extended_errors())

    @property
    def sentence(self) -> str:
        return " ".join(filter(None, (self._answered(), *map(self._interference, self.errors))))

    def _interference(self, error: dns.edns.EDEOption) -> str:
        """Say what the resolver tells of having changed the answer; "" where it tells none."""
        if int(error.code) not in INTERFERENCE:
            return ""
        sentence = self.say(
            "The resolver says that it did not give the true answer: {why} (Extended DNS Error "
            "{code}).",
            why=self.say(INTERFERENCE[int(error.code)]),
            code=int(error.code),
        )
        text = self.say("It adds: {text}.", text=quoted(error.text)) if error.text else ""
        return f"{sentence} {text}".strip()

    def _answered(self) -> str:
        say = self.say
        if self.kind is Kind.FOUND:
            return self._found()
        if self.kind is Kind.NO_SUCH_NAME:
            if self._asked_for[1] == dns.rdatatype.PTR:
                return say("The address has no reverse name ({name}).", name=self._last_name())
            return say("There is no name {name}.", name=self._last_name())
        if self.kind is Kind.NO_SUCH_TYPE:
            return say(
                "The name {name} exists, but it has no record of type {type}.",
                name=self._last_name(),
                type=self.type,
            )
        if self.kind is Kind.REFUSED:
            return say("The resolver refused to answer for {name}.", name=self.name)
        if self.kind is Kind.FAILED:
            return self._failed()
        if isinstance(self._outcome, NotSent):
            return say("Nothing was sent: {reason}", reason=self._outcome.reason)
        if self._response is not None:
            return say(
                "No answer for {name}: the resolver reached no server that could give one.",
                name=self.name,
            )
        return say(
            "No answer came for {name}. That proves little: a lost packet, a filter and a dead "
            "server look the same.",
            name=self.name,
        )

    def _found(self) -> str:
        say = self.say
        end = self._last_name().lower()
        own = [r for r in self.records if r.type == self.type and r.name.lower() == end]
        values = in_short([record.value for record in own])
        owner = own[0].name
        first = ""
        if owner != self.name:
            first = say("{name} is another name for {target}. ", name=self.name, target=owner)
        count = len(own)
        if self.type in ("A", "AAAA"):
            text = say.many(
                "{name} has the address {values}.",
                "{name} has {count} addresses: {values}.",
                count,
                name=owner,
                values=values,
            )
        elif self.type == "MX":
            text = self._mail(owner, own)
        elif self.type == "NS":
            text = say.many(
                "The zone {name} is answered for by {values}.",
                "The zone {name} is answered for by {count} name servers: {values}.",
                count,
                name=owner,
                values=values,
            )
        elif self.type == "PTR":
            text = say("The reverse name of this address is {values}.", values=values)
        elif self.type == "CNAME":
            text = say("{name} is another name for {values}.", name=owner, values=values)
        else:
            text = say.many(
                "{name} has one record of type {type}.",
                "{name} has {count} records of type {type}.",
                count,
                name=owner,
                type=self.type,
            )
        return first + text

    def _mail(self, owner: str, records: list[Record]) -> str:
        """The mail servers without their preferences; "." alone refuses mail (RFC 7505)."""
        servers = [record.value.partition(" ")[2] for record in records]
        if servers == ["."]:
            return self.say("{name} says that it receives no mail.", name=owner)
        return self.say(
            "Mail for {name} is delivered to {values}.", name=owner, values=in_short(servers)
        )

    def _failed(self) -> str:
        say = self.say
        if isinstance(self._outcome, TlsFailure):
            text = say(
                "The resolver at {address} could not show that it is the one that was meant, so "
                "nothing was asked: {reason}.",
                address=self._outcome.from_address,
                reason=self._outcome.reason,
            )
        elif self._response is None:
            text = say("What the resolver sent about {name} cannot be read.", name=self.name)
        elif self._response.rcode() == dns.rcode.NOERROR:
            text = say(
                "What the resolver sent is no answer about {name}: it leads nowhere.",
                name=self.name,
            )
        elif self._is_bogus:
            text = say(
                "The resolver has an answer for {name} and will not pass it on: "
                "it fails the check of signatures (DNSSEC).",
                name=self.name,
            )
        else:
            text = say(
                "The resolver could not find an answer for {name}, and does not say why.",
                name=self.name,
            )
        return text

    @property
    def _is_bogus(self) -> bool:
        return any(int(error.code) in _BOGUS for error in self.errors)

    def _last_name(self) -> str:
        """The end of a chain of aliases: it is that name which is missing."""
        assert self._response is not None
        names = _aliases(self._response, *self._asked_for) or self._asked_for[:1]
        return shown(names[-1])

    def tabulated(self) -> Table | None:
        say = self.say
        if not self.records:
            return None
        return Table(
            say("What the resolver answered"),
            (say("name"), say("type"), say("value"), say("what it says"), say("kept for")),
            tuple(
                (
                    record.name,
                    record.type,
                    record.value,
                    say(MEANINGS[record.type]) if record.type in MEANINGS else "",
                    span(say, record.ttl),
                )
                for record in self.records
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        malformed = 0 if self._response is None else len(self._response.errors)
        if not malformed:
            return self._limits()
        unread = self.say.many(
            "One record of this answer has a form that its type does not allow, and was not read.",
            "{count} records of this answer have a form that their type does not allow, and were "
            "not read.",
            malformed,
        )
        return (unread, *self._limits())

    def _limits(self) -> tuple[str, ...]:
        say = self.say
        elsewhere = say("Another resolver, or another day, may answer differently.")
        if self.kind is Kind.FOUND:
            if self.type in ("A", "AAAA"):
                text = say(
                    "An address tells where a machine answers: not where it stands, who runs it, "
                    "or who else uses it."
                )
            elif self.type == "NS":
                text = say(
                    "These are the servers' names. Who runs them, and who holds the name, they do "
                    "not say."
                )
            elif self.type == "PTR":
                text = say(
                    "This is what whoever runs the reverse zone wrote. Nothing checks that it is "
                    "so, and it lists no sites."
                )
            else:
                text = say(
                    "A record says what the zone's operator published. Whether it is used, and by "
                    "whom, it does not say."
                )
            return (text, elsewhere)
        if self.kind is Kind.NO_SUCH_TYPE:
            return (
                say(
                    "What is not published may be in use all the same: without a mail server "
                    "named, mail is tried at the name's own address."
                )
                if self.type == "MX"
                else say("What is not published may be in use all the same."),
                elsewhere,
            )
        if self.kind is Kind.NO_SUCH_NAME:
            if self._asked_for[1] == dns.rdatatype.PTR:
                return (say("The address may be in use all the same: nobody must name it."),)
            return (
                say(
                    "Check the spelling first. This resolver says so; lab.trace asks the servers "
                    "in charge. A registered name that is on hold looks the same."
                ),
            )
        if self.kind is Kind.FAILED and self._is_bogus:
            return (
                say(
                    "A broken signature may come from a forgery, a blocking measure or a mistake. "
                    "Whoever does not check signatures is still led to the answer."
                ),
            )
        return (say("That there is no answer does not prove that the name does not exist."),)

    def figure(self) -> Figure | NoFigure:
        """Draw how long this answer stays in the resolver's memory."""
        if self.kind is not Kind.FOUND or self.provenance is None:
            return super().figure()
        ttl = min(record.ttl for record in self.records)
        now = self.provenance.time
        return memory_figure(self.say, self.name, ((now, ttl),), now)


def ask(session: Session, typed: Typed, rdtype: dns.rdatatype.RdataType) -> Answer:
    """Ask the connection's resolver for records of `rdtype` at the name that was typed."""
    asked = session.ask_resolver(typed.name, rdtype)
    return Answer(session, typed.name, rdtype, asked, typed.notes)


def memory_figure(
    say: Language, name: str, seen: tuple[tuple[float, int], ...], now: float
) -> Figure:
    """Draw what was seen of a resolver's memory, and how it goes on from the last look.

    `seen` are pairs of time (seconds since 1970) and remaining time to live (seconds).
    """
    last, left = seen[-1]
    gone = last + left
    title = say("How long the resolver remembers {name}", name=name)
    alt = say(
        "A line that falls from {left} to nothing. Until {when} the resolver answers from "
        "memory; only then does it ask again.",
        left=span(say, left),
        when=utc(gone),
    )
    rows = tuple((utc(when), span(say, ttl)) for when, ttl in seen)
    data = Table(
        say("Time left in the resolver's memory"),
        (say("lab time"), say("time left")),
        (*rows, (utc(gone), span(say, 0))),
    )

    def draw(axes: Axes) -> None:
        drawings.memory(axes, say, seen, gone)

    return Figure(title, alt, data, draw, say, size=(8.0, 3.4))


# Extended DNS Errors for data that failed validation, and for servers out of reach (RFC 8914).
# That an answer was changed, and on whose account (RFC 8914 sections 4.5 and 4.16 to 4.19).
INTERFERENCE = {
    4: mark("the answer is forged"),
    15: mark("its operator blocks this name"),
    16: mark("somebody outside told it to block this name, an authority for example"),
    17: mark("the one who asks wanted this name filtered"),
    18: mark("this client may not ask it"),
}
_BOGUS = {6, 7, 8, 9, 10, 11, 12}
_UNREACHABLE = {22, 23}


def _kind(asked: Exchange, rdtype: dns.rdatatype.RdataType) -> Kind:
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
        reasons = {int(error.code) for error in response.extended_errors()}
        return Kind.NO_ANSWER if reasons & _UNREACHABLE else Kind.FAILED
    names = _aliases(response, asked.query.question[0].name, rdtype)
    if names is None:
        return Kind.FAILED
    if any(rrset.name == names[-1] and rrset.rdtype == rdtype for rrset in response.answer):
        return Kind.FOUND
    # What is said of other names, or in other types, answers nothing that was asked.
    is_empty = all(
        rrset.rdtype in WITH_ALIASES
        or (rrset.rdtype == dns.rdatatype.CNAME and rrset.name in names[:-1])
        for rrset in response.answer
    )
    return Kind.NO_SUCH_TYPE if is_empty else Kind.FAILED


def _aliases(
    response: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
) -> list[dns.name.Name] | None:
    """Return `name` and the names to which aliases lead from it; None where they never end."""
    names = [name]
    if rdtype == dns.rdatatype.CNAME:
        return names
    targets = {
        rrset.name: rrset[0].target
        for rrset in response.answer
        if rrset.rdtype == dns.rdatatype.CNAME
    }
    while names[-1] in targets:
        if len(names) > LONGEST_ALIAS_CHAIN:
            return None
        names.append(targets[names[-1]])
    return names


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
