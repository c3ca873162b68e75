"""Asking an authority for a time-stamp of a seal: facts, and no words."""

from __future__ import annotations

from dataclasses import dataclass

from labsupport.dns.transport import source_port
from labsupport.evidence.chain import Seal
from labsupport.evidence.time_stamps import (
    CHECKS_STAMPS,
    QUERY_TYPE,
    Stamp,
    check,
    digest_of_seal,
    query,
)
from labsupport.exchange import Reply, Request
from labsupport.exchange.http import HttpRequest
from labsupport.inputs.urls import url_of
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Lookup, NoAnswer, Unanswered, unanswered
from labsupport.lookups.session import Session
from labsupport.lookups.web import USER_AGENT, find_address


@dataclass(frozen=True, eq=False, kw_only=True)
class StampedSeal(Lookup):
    """A time-stamp of a `seal`; `stamp` has what the authority signed."""

    kind: Kind
    stamp: Stamp
    seal: Seal


def stamp(session: Session, seal: Seal) -> StampedSeal | Unanswered:
    """Have a seal stamped by the authority of the entry."""
    entry = session.entry
    if not CHECKS_STAMPS:
        return unanswered(Kind.NOT_ASKED, "verification.stamps_unchecked")
    if not entry.time_stamps:
        return unanswered(Kind.NO_SERVER, "verification.no_time_stamping_authority")
    url = url_of(entry.time_stamps)
    digest = digest_of_seal(seal.count, seal.digest)
    nonce = session.draw(1 << 62)
    _, address = find_address(session, url.name)
    # The answer is signed, so nothing is encrypted (RFC 3161 section 3.4).
    headers = (
        ("Host", url.host),
        ("User-Agent", USER_AGENT),
        ("Content-Type", QUERY_TYPE),
    )
    payload = HttpRequest("POST", url.target, headers, query(digest, nonce)).to_bytes()
    source = entry.source_for(address) if address else ""
    port = source_port(session.draw)
    outcome = None
    if source:
        request = Request(source, port, address, url.port, "http", None, payload)
        outcome = session.network.send(request)
    if not isinstance(outcome, Reply):
        key = "verification.name_not_reached_did"
        silence = NoAnswer(Kind.NO_ANSWER, key, url.host, name=url.host)
        return silence.unanswered(session)
    signed = check(outcome.payload, entry.certificate_authority, nonce)
    if signed and signed.digest == digest:
        provenance = session.provenance(url.host)
        return StampedSeal(
            kind=Kind.FOUND, provenance=provenance, stamp=signed, seal=seal
        )
    key = "verification.what_name_answered_no"
    return NoAnswer(Kind.FAILED, key, url.host, name=url.host).unanswered(session)
