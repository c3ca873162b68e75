"""`lab.whois`: the text that WHOIS servers send.

The first server is asked who knows more, and so on: each answer says which server to ask next.
A line goes to TCP port 43, and text comes back until the server hangs up: RFC 3912 says no more
than that.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name

from labsupport.dns.transport import source_port
from labsupport.exchange import WHOIS_PORT, NotSent, Reply, Request, Unusable
from labsupport.formats.delegated import Resource
from labsupport.inputs.names import Typed
from labsupport.inputs.numbers import Number
from labsupport.kinds import Kind
from labsupport.lookups.lookup import NoAnswer, Unanswered, unanswered
from labsupport.lookups.rdap import Answered, rdap, servers, suffix
from labsupport.lookups.registration import (
    KINDS,
    Asked,
    Registration,
    candidates,
    domain_of,
    lost,
    no_record,
)
from labsupport.lookups.resolvers import CLOSED_FOR
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address
from labsupport.rdds import whois as reader
from labsupport.rdds.record import DirectoryOutcome

MOST_HOPS = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Whois(Registration):
    """What WHOIS servers sent; `root`, what the first one did, which keeps no such data itself."""

    root: Asked


def whois(session: Session, asked: Typed | Number) -> Whois | Unanswered:
    """Return what the WHOIS servers of a name or a number send."""
    try:
        (root, *answers), instead = _asked(session, asked)
    except NoAnswer as problem:
        return problem.unanswered(session, asked.notes)
    records = [
        answer for answer in answers if answer.record.outcome is DirectoryOutcome.FOUND
    ]
    shown = (records or answers)[-1]
    if shown is not answers[-1]:
        instead = no_record(answers[-1], shown.query)
    missing = lost(instead) if len(records) == 1 and isinstance(asked, Typed) else None
    return Whois(
        kind=missing or KINDS[shown.record.outcome],
        provenance=session.provenance(shown.host),
        notes=asked.notes,
        asked=asked,
        name=domain_of(shown.record, shown.query) if records else asked.text,
        answers=tuple(answers),
        instead=instead,
        missing=missing,
        root=root,
    )


def whois_or_rdap(session: Session, asked: Typed | Number) -> Whois | Answered:
    """Ask WHOIS servers, or by RDAP where they do not answer: rooms let little through."""
    by_whois = whois(session, asked)
    asked_in_vain = isinstance(by_whois, Unanswered) and by_whois.kind is Kind.NO_ANSWER
    server = by_whois.provenance.server if by_whois.provenance else ""
    if not asked_in_vain or not (server or session.closed):
        return by_whois
    instead = rdap(session, asked)
    if instead.kind is Kind.NO_ANSWER:
        return by_whois
    session.note("resolver.by_rdap")
    return instead


def _asked(
    session: Session, asked: Typed | Number
) -> tuple[list[Asked], Unanswered | None]:
    """Return the answers, the root's first, and why the way ended early.

    Where no name has a record, they are the answers for the name as it was typed.
    """
    root = ask(session, session.entry.whois_root, asked.text)
    if root.record.outcome not in (DirectoryOutcome.FOUND, DirectoryOutcome.ABSENT):
        why = no_record(root, asked.text)
        values: dict[str, Any] = {"not_said": why.not_said, **why.values}
        raise NoAnswer(why.kind, why.reason, root.host, **values)
    host = root.record.referral
    if not host:
        raise NoAnswer(Kind.NO_SERVER, "whois.no_server", root.host, what=asked.text)
    names = [asked.text]
    ending = ""
    if isinstance(asked, Typed):
        names = candidates(asked.text, asked.text.rpartition(".")[2])
    first = None
    for name in names:
        if first:
            # without the list of RDAP servers no suffix is known
            with suppress(NoAnswer):
                ending = ending or suffix(asked.text, servers(session, "dns"))
            if name == ending:
                break
        answers = [root]
        wanted = names if isinstance(asked, Typed) else asked.resource
        instead = follow(session, host, name, wanted, answers)
        if len(answers) == 1:  # the root refers to itself
            raise NoAnswer(Kind.FAILED, "whois.circle", root.host)
        if answers[1].record.outcome is not DirectoryOutcome.ABSENT:
            return answers, instead
        first = first or (answers, instead)
    assert first
    return first


def ask(session: Session, host: str, query: str) -> Asked:
    """Ask the WHOIS server `host`; raise NoAnswer when no text comes back."""
    try:
        name = dns.name.from_text(host)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise NoAnswer(Kind.FAILED, "whois.no_host", host=host) from error
    if not session.network.covers(host):
        raise NoAnswer(Kind.NOT_COVERED, "registration.outside", host=host)
    now = session.network.clock.now()
    if now < session.closed.get(WHOIS_PORT, now):
        raise NoAnswer(Kind.NO_ANSWER, "whois.closed", host=host)
    _, address = find_address(session, name)
    if not address:
        raise NoAnswer(Kind.NO_ANSWER, "whois.no_address", name=host)
    source = session.entry.source_for(address)
    if not source:
        raise NoAnswer(Kind.NO_ANSWER, "whois.unreachable", address=address)
    port = source_port(session.draw)
    line = f"{query}\r\n".encode()
    request = Request(source, port, address, WHOIS_PORT, "tcp", None, line)
    outcome = session.network.send(request)
    if isinstance(outcome, NotSent):
        raise NoAnswer(Kind.NO_ANSWER, "web.not_sent", reason=outcome.reason)
    if isinstance(outcome, Unusable):
        raise NoAnswer(Kind.FAILED, "whois.unusable", host, reason=outcome.reason)
    if not isinstance(outcome, Reply):
        if host == session.entry.whois_root:  # that one answers everybody else
            session.closed[WHOIS_PORT] = now + CLOSED_FOR
        raise NoAnswer(Kind.NO_ANSWER, "whois.silent", host, what=query)
    return Asked(host, query, reader.read(outcome.payload, server=host))


def follow(
    session: Session,
    host: str,
    query: str,
    wanted: Collection[str] | Resource,
    seen: list[Asked],
) -> Unanswered | None:
    """Ask `host`, and each server that the one before refers to; put the answers into `seen`.

    `wanted` is whose record it is to be, as in `Asked.about`. `seen` holds the answer of the root,
    which referred to `host`. The way ends at an answer that refers to nobody, or to a server
    already asked, and after MOST_HOPS servers. Return why it ended before; raise NoAnswer when
    `host` itself gives nothing.
    """
    while host:
        if any(asked.host == host for asked in seen) or len(seen) == MOST_HOPS:
            return unanswered(Kind.NOT_ASKED, "whois.circle", host=host)
        try:
            asked = ask(session, host, query).about(wanted)
        except NoAnswer as problem:
            if len(seen) == 1:
                raise
            return problem.unanswered(session)
        seen.append(asked)
        # What is no record refers to nobody.
        host = (
            asked.record.referral
            if asked.record.outcome is DirectoryOutcome.FOUND
            else ""
        )
    return None
