"""Asking WHOIS servers: a line to TCP port 43, and text back until the server hangs up.

RFC 3912 says no more than that. Which server to ask next, a server says in its text.
"""

from __future__ import annotations

from dataclasses import dataclass

import dns.exception
import dns.name

from labsupport.directories import whois
from labsupport.directories.record import Outcome, Record
from labsupport.directories.whois_values import decode
from labsupport.dnscore.transport import source_port
from labsupport.exchange import WHOIS_PORT, NotSent, Reply, Request, Unusable
from labsupport.lookups.observatory import NoAnswer
from labsupport.lookups.registration import outside
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address
from labsupport.results import Kind

MOST_HOPS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One WHOIS server's answer: `host` was sent `query`."""

    host: str
    query: str
    record: Record

    @property
    def text(self) -> str:
        """The answer as it came, in the letters that the record was read from."""
        return decode(self.record.raw)[0]


# Why the way from server to server ended, "" where at its end; and the kind of answer of a next
# server that gave nothing, None where it was not that.
Ended = tuple[str, Kind | None]


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
    _, address = find_address(session, name)
    source = session.entry.source_for(address) if address else ""
    if not source:
        sentence = say("{name} led to no address. So nobody was asked.", name=host)
        if address:
            sentence = say(
                "{address} cannot be reached from this connection: nothing was sent.",
                address=address,
            )
        raise NoAnswer(Kind.NO_ANSWER, sentence)
    port = source_port(session.draw)
    line = f"{query}\r\n".encode()
    outcome = session.network.send(Request(source, port, address, WHOIS_PORT, "tcp", None, line))
    if isinstance(outcome, NotSent):
        raise NoAnswer(Kind.NO_ANSWER, outcome.reason)
    if isinstance(outcome, Unusable):
        sentence = say(
            "What came from {name} is no answer. {reason}", name=host, reason=outcome.reason
        )
        raise NoAnswer(Kind.FAILED, sentence, host)
    if not isinstance(outcome, Reply):
        sentence = say(
            "{host} did not answer at port 43. That says nothing about {what}.",
            host=host,
            what=query,
        )
        raise NoAnswer(Kind.NO_ANSWER, sentence, host)
    return Asked(host, query, whois.read(outcome.payload, query=query, server=host))


def follow(session: Session, host: str, query: str, seen: list[Asked]) -> Ended:
    """Ask `host`, and each server that the one before refers to; put the answers into `seen`.

    `seen` holds the answer of the root, which referred to `host`. The way ends at an answer
    that refers to nobody, or to a server already asked, and after MOST_HOPS servers. Return why
    it ended; raise NoAnswer when `host` itself gives nothing.
    """
    say = session.say
    while host:
        if any(asked.host == host for asked in seen):
            told = say("{host} was asked already: the servers refer to each other.", host=host)
            return told, None
        if len(seen) == MOST_HOPS:
            return say("After {count} servers nobody more was asked.", count=MOST_HOPS), None
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
