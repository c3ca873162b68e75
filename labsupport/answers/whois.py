"""`lab.whois`: the text that WHOIS servers send, as it came and in plain words.

The first server is asked who knows more, and so on: each answer says which server to ask next.
A line goes to TCP port 43, and text comes back until the server hangs up: RFC 3912 says no more
than that. The table has the lines that tell something of their own; the text has all.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import dns.exception
import dns.name

from labsupport.answers.rdap import Client, rdap, suffix
from labsupport.answers.registration import (
    KINDS,
    asked_above,
    candidates,
    domain_rows,
    explain,
    limits_of_absence,
    limits_of_names,
    limits_of_numbers,
    misread,
    outside,
    own_word,
    told_apart,
    told_of_domain,
    told_of_number,
)
from labsupport.answers.statuses import find_status
from labsupport.dns.transport import source_port
from labsupport.exchange import WHOIS_PORT, NotSent, Reply, Request, Unusable
from labsupport.inputs.names import Typed, folded
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.language import Language, tell
from labsupport.lookups.observatory import NoAnswer, told
from labsupport.lookups.resolvers import CLOSED_FOR
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address
from labsupport.rdds import whois as reader
from labsupport.rdds.record import Outcome, Record
from labsupport.rdds.whois_lines import decode
from labsupport.results import Explanation, Result, Table

MOST_HOPS = 5
REMARKS = ("%", "#", ">>>", "--")  # how a line of the server's own words begins
# Lines that tell nothing of the registration: numbers for the registry's own use, keys of the
# zone, and where more is found.
FOR_MACHINES = re.compile(
    r"registry (\w+ )?id|registrar (url|whois server)|dnssec ds data",
    re.IGNORECASE,
)
END_OF_RECORD = ">>> last update"  # what follows is the server's own words


@dataclass(frozen=True, slots=True)
class Asked:
    """One WHOIS server's answer: `host` was sent `query`."""

    host: str
    query: str
    record: Record

    @property
    def text(self) -> str:
        """The answer as it came, in the letters that the record was read from."""
        return decode(self.record.raw)


# Why the way from server to server ended, "" where at its end; and the kind of answer of a next
# server that gave nothing, None where it was not that.
Ended = tuple[str, Kind | None]


@dataclass(eq=False, repr=False, kw_only=True)
class Whois(Result):
    """What WHOIS servers sent: shown is the last answer with a record, or else the last one.

    The sentence rests on the records of registry and registrar, as that of `lab.rdap` does.
    `name` is what was asked for, `answers` those of all servers, in order, `shown` the one that
    is shown; `missing` is the kind of what came in the place of the registrar's record, None
    where nothing is missing.
    """

    name: str
    is_number: bool
    answers: tuple[Asked, ...]
    shown: Asked
    missing: Kind | None
    now: float

    @property
    def text(self) -> str:
        """The answer as it came."""
        return self.shown.text

    @property
    def server(self) -> str:
        """Who sent it."""
        return self.shown.host

    @property
    def record(self) -> Record:
        """What was read of it."""
        return self.shown.record

    @property
    def records(self) -> tuple[Record, ...]:
        """The records of those who keep the data, the registry's first: not the root's."""
        return tuple(one.record for one in self.answers[1:])

    @property
    def sentence(self) -> str:
        if self.record.outcome is not Outcome.FOUND:
            return explain(self.record, self.server, self.name, self.say)
        if self.is_number:
            return told_of_number(self.name, self.record, None, self.say)
        found = [record for record in self.records if record.outcome is Outcome.FOUND]
        told = told_of_domain(self.name, found, self.now, self.say, self.missing)
        apart = told_apart(domain_rows(found[:2], self.say), self.say)
        return " ".join(filter(None, (told, apart)))

    def tabulated(self) -> Table:
        say = self.say
        redacted = {redaction.name for redaction in self.record.redacted}
        lines = [line.rstrip() for line in self.text.split("\n") if line.strip()]
        told = list(_telling(lines)) if self.record.outcome is Outcome.FOUND else lines
        caption = say("The answer of {host}", host=self.server)
        if left := len(lines) - len(told):
            caption += ". " + tell(say, "whois.lines_left_out", count=left)
        return Table(
            caption,
            (say("as it came"), say("in plain words")),
            tuple((line, in_plain_words(line, say, redacted)) for line in told),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        if self.record.outcome is Outcome.ABSENT:
            return limits_of_absence(self.say)
        if self.record.outcome is not Outcome.FOUND:
            return ()
        own = limits_of_numbers(self.say) if self.is_number else limits_of_names(self.say)
        return (
            *own,
            self.say("WHOIS is not encrypted: nothing shows that the text came unchanged."),
        )


def whois(session: Session, asked: Typed | Number) -> Result:
    """Return what the WHOIS servers of a name or a number send."""
    say = session.say
    try:
        answers, (ended, lost) = _asked(session, asked)
    except NoAnswer as problem:
        return told(session, problem, asked.notes)
    found = [one for one in answers[1:] if one.record.outcome is Outcome.FOUND]
    last = answers[-1]
    shown = found[-1] if found else last
    chain = " → ".join(one.host for one in answers)
    notes = [*asked.notes, say("Asked in turn, as each answer said: {chain}.", chain=chain)]
    if found and isinstance(asked, Typed):
        notes += asked_above(asked, shown.query, say)
    if last is not shown:
        notes.append(explain(last.record, last.host, shown.query, say))
    notes += [ended] if ended else []
    for one in found:
        notes += misread(one.host, one.record, say)
    missing = None
    if len(found) == 1 and isinstance(asked, Typed):
        missing = lost
        if last.record.outcome not in (Outcome.FOUND, Outcome.ABSENT):
            missing = KINDS[last.record.outcome]
    return Whois(
        say,
        missing or KINDS[shown.record.outcome],
        session.provenance(shown.host),
        tuple(notes),
        name=shown.query if found else asked.text,
        is_number=isinstance(asked, Number),
        answers=tuple(answers),
        shown=shown,
        missing=missing,
        now=session.network.clock.now(),
    )


def _telling(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a record that tell something: not what was told, and what is for machines."""
    ends = [number for number, line in enumerate(lines) if line.lower().startswith(END_OF_RECORD)]
    told: set[tuple[str, str, str]] = set()
    in_contacts = False  # the form of countries and of numbers: each contact begins with its handle
    for line in lines[: ends[-1] if ends else None]:
        key, _, value = (part.strip() for part in line.partition(":"))
        key = key.lower()
        if line.lstrip().startswith(REMARKS) or FOR_MACHINES.fullmatch(key):
            continue
        in_contacts = in_contacts or key.startswith("nic-hdl")
        whose, _, which = key.partition(" ") if key.startswith(CONTACTS) else ("", "", key)
        which = "name" if which == "organization" else which
        same = {("registrant", which, value), (whose, which, value)}
        if (whose or in_contacts) and value and same & told:
            continue
        told.add((whose, which, value))
        yield line


CONTACTS = ("registrant ", "admin ", "tech ", "billing ")


def in_plain_words(line: str, say: Language, redacted: Container[str] = ()) -> str:
    """Return what a line of a WHOIS answer says; `redacted` are the fields not shown.

    >>> in_plain_words("Domain Status: clientHold", Language.load("en"))
    'status: the registrar took the name out of the DNS'
    >>> in_plain_words("expires:     20270514", Language.load("en"))
    'expires: 2027-05-14'
    """
    key, colon, value = (part.strip() for part in line.strip().partition(":"))
    if line.strip().startswith(REMARKS) or not colon or not value:
        return say("(words of the server)")
    kind, words = _meanings(say).get(folded(key), ("", ""))
    if not words:
        return "–"
    if key in redacted:
        return say("{what}: not shown", what=words)
    told = ""
    if kind == "status":
        known = find_status(value.split()[0], say)
        told = known.means if known else own_word(value, say)
    elif kind == "signed":
        told = say("no") if value.lower().startswith(("unsigned", "no")) else say("yes")
    elif kind == "date" and (found := re.match(r"(\d{4})-?(\d{2})-?(\d{2})", value)):
        told = "-".join(found.groups())
    return f"{words}: {told}" if told else words


@functools.cache
def _meanings(say: Language) -> dict[str, tuple[str, str]]:
    """Of what kind the value of each key is, and what the key means."""
    table = say.table("whois.toml")
    found = {
        folded(key): (kind, words)
        for kind in ("text", "date", "status", "signed")
        for key, words in table[kind].items()
    }
    pairs = product(table["whose"].items(), table["which"].items())
    for (whose, whom), (which, field) in pairs:
        for key in (f"{whose} {which}", f"registry {whose} {which}"):
            found[folded(key)] = ("contact", f"{whom}: {field}")
    return found


def whois_or_rdap(session: Session, asked: Typed | Number) -> Result:
    """Ask WHOIS servers, or by RDAP where they do not answer: rooms let little through."""
    found = whois(session, asked)
    asked_in_vain = isinstance(found, Explanation) and found.kind is Kind.NO_ANSWER
    server = found.provenance.server if found.provenance else ""
    if not asked_in_vain or not (server or session.closed):
        return found
    instead = rdap(session, asked)
    if instead.kind is Kind.NO_ANSWER:
        return found
    session.note(tell(session.say, "resolver.by_rdap"))
    return instead


def _asked(session: Session, asked: Typed | Number) -> tuple[list[Asked], Ended]:
    """Return the answers, the root's first, and why the way ended.

    Where no name has a record, they are the answers for the name as it was typed.
    """
    say = session.say
    root = ask(session, session.entry.whois_root, asked.text)
    if root.record.outcome not in (Outcome.FOUND, Outcome.ABSENT):
        sentence = explain(root.record, root.host, asked.text, say)
        raise NoAnswer(KINDS[root.record.outcome], sentence, root.host)
    host = root.record.referral
    if not host:
        sentence = tell(say, "whois.no_server", root=root.host, what=asked.text)
        raise NoAnswer(Kind.NO_SERVER, sentence, root.host)
    names, ending = [asked.text], ""
    if isinstance(asked, Typed):
        names = candidates(asked.text, asked.text.rpartition(".")[2])
    first = None
    for name in names:
        if first:
            with suppress(NoAnswer):  # without the list of RDAP servers no suffix is known
                ending = ending or suffix(asked.text, Client(session).servers("dns"))
            if name == ending:
                break
        answers = [root]
        ended = follow(session, host, name, answers)
        if len(answers) == 1:  # the root refers to itself
            raise NoAnswer(Kind.FAILED, ended[0], root.host)
        if answers[1].record.outcome is not Outcome.ABSENT:
            return answers, ended
        first = first or (answers, ended)
    assert first
    return first


def ask(session: Session, host: str, query: str) -> Asked:
    """Ask the WHOIS server `host`; raise NoAnswer when no text comes back."""
    say = session.say
    try:
        name = dns.name.from_text(host)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise NoAnswer(
            Kind.FAILED, say("{host} is not the name of a server.", host=host)
        ) from error
    if not session.network.covers(host):
        raise NoAnswer(Kind.NOT_COVERED, outside(host, say))
    now = session.network.clock.now()
    if now < session.closed.get(WHOIS_PORT, now):
        raise NoAnswer(Kind.NO_ANSWER, tell(say, "whois.closed", host=host))
    _, address = find_address(session, name)
    source = session.entry.source_for(address) if address else ""
    if not source:
        sentence = say("{name} led to no address. So nobody was asked.", name=host)
        if address:
            sentence = tell(say, "whois.unreachable", address=address)
        raise NoAnswer(Kind.NO_ANSWER, sentence)
    port = source_port(session.draw)
    line = f"{query}\r\n".encode()
    outcome = session.network.send(Request(source, port, address, WHOIS_PORT, "tcp", None, line))
    if isinstance(outcome, NotSent):
        raise NoAnswer(Kind.NO_ANSWER, outcome.reason)
    if isinstance(outcome, Unusable):
        sentence = tell(say, "whois.unusable", name=host, reason=outcome.reason)
        raise NoAnswer(Kind.FAILED, sentence, host)
    if not isinstance(outcome, Reply):
        if host == session.entry.whois_root:  # that one answers everybody else
            session.closed[WHOIS_PORT] = now + CLOSED_FOR
        sentence = tell(say, "whois.silent", host=host, what=query)
        raise NoAnswer(Kind.NO_ANSWER, sentence, host)
    return Asked(host, query, reader.read(outcome.payload, server=host))


def follow(session: Session, host: str, query: str, seen: list[Asked]) -> Ended:
    """Ask `host`, and each server that the one before refers to; put the answers into `seen`.

    `seen` holds the answer of the root, which referred to `host`. The way ends at an answer
    that refers to nobody, or to a server already asked, and after MOST_HOPS servers. Return why
    it ended; raise NoAnswer when `host` itself gives nothing.
    """
    say = session.say
    while host:
        if any(asked.host == host for asked in seen) or len(seen) == MOST_HOPS:
            return say("{host} was not asked: the servers refer to each other.", host=host), None
        try:
            asked = ask(session, host, query)
        except NoAnswer as problem:
            if len(seen) == 1:
                raise
            return str(problem), problem.kind
        seen.append(asked)
        # What is no record refers to nobody.
        host = asked.record.referral if asked.record.outcome is Outcome.FOUND else ""
    return "", None
