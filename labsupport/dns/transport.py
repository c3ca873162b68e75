"""DNS messages over the waist: a message out, a message back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import dns.exception
import dns.flags
import dns.message
from dns import rcode, rdataclass
from dns.message import Message, QueryMessage
from dns.name import Name
from dns.rdatatype import RdataType

from labsupport.exchange import DNS_PORT, Outcome, Reply, Request

M = TypeVar("M", bound=Message)
Send = Callable[[Request], Outcome]
Draw = Callable[[int], int]
"""Draws a number from 0 up to, not including, the one given."""

# The largest UDP answer to ask for, in octets: what DNS software agreed on in 2020 (DNS flag
# day), since larger ones are fragmented on some networks and then lost.
UDP_PAYLOAD = 1232
MEDIA_TYPE = "application/dns-message"  # of a message over HTTPS (RFC 8484 section 6)
RESOLVER_PATH = (
    "/dns-query"  # RFC 8484 gives it as an example, and most resolvers have it
)
IDENTIFIER = 2  # octets at the beginning of a message (RFC 1035 section 4.1.1)
HEADER = 12  # octets before the question (RFC 1035 section 4.1.1)
RESPONSE = 0x80  # the bit that tells an answer from a question, in the third octet
NOT_UNDERSTOOD = {rcode.FORMERR, rcode.SERVFAIL, rcode.NOTIMP, rcode.REFUSED}
IDENTIFIERS = PORTS = 65536
FIRST_SOURCE_PORT = 1024
ANSWERS_KEPT = 512
QUESTIONS_KEPT = 2048  # the lab has some hundred sites, each asked for in several ways


def make_query(
    name: Name,
    rdtype: RdataType,
    *,
    recursion: bool,
    checking_disabled: bool = False,
    draw: Draw = secrets.randbelow,
) -> QueryMessage:
    """Return a question with EDNS and the DO bit, so that signatures come along.

    `recursion` sets RD: asked of a resolver, not of an authoritative server.
    `checking_disabled` sets CD: the resolver shall not hold back what fails validation
    (RFC 4035 section 3.2.2). `draw` chooses the identifier. The question has its octets with it, so
    it is not to be changed.

    >>> query = make_query(dns.name.from_text("example."), dns.rdatatype.SOA, recursion=False)
    >>> bool(query.flags & dns.flags.RD)
    False
    """
    flags = 0
    if recursion:
        flags |= dns.flags.RD
    if checking_disabled:
        flags |= dns.flags.CD
    cached = _query(name.labels, rdtype, flags)
    query = numbered(cached, draw(IDENTIFIERS))
    assert cached.wire is not None
    query.wire = query.id.to_bytes(IDENTIFIER, "big") + cached.wire[IDENTIFIER:]
    return query


def numbered(message: M, identifier: int) -> M:
    """Return the same message with another identifier."""
    twin = object.__new__(type(message))
    sections = list(map(list, message.sections))
    vars(twin).update(
        vars(message), id=identifier, sections=sections, opt=copy(message.opt)
    )
    return twin


@lru_cache(maxsize=QUESTIONS_KEPT)
def _query(labels: tuple[bytes, ...], rdtype: RdataType, flags: int) -> QueryMessage:
    """Make a question, and its octets; names that differ in capital letters are different."""
    query = dns.message.make_query(
        Name(labels),
        rdtype,
        flags=flags,
        use_edns=0,
        want_dnssec=True,
        payload=UDP_PAYLOAD,
        id=0,
    )
    query.to_wire()
    return query


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it, over UDP and, after truncation, over TCP.

    `response` is None when no readable answer to this very question came; `outcome` then
    says what happened. `elapsed` counts both ways of asking, in seconds.
    """

    query: Message
    to_address: str
    response: Message | None
    outcome: Outcome
    elapsed: float
    truncated: bool


def exchange(  # noqa: PLR0913 - whom, from where, how long and by which port are one question
    send: Send,
    query: Message,
    source: str,
    to_address: str,
    timeout: float = 5.0,
    draw: Draw = secrets.randbelow,
) -> Exchange:
    """Ask `query` of the server at `to_address`, and again over TCP if the answer was cut.

    `send` is a network's; `source` the asking address; `timeout` is in seconds a try; `draw`
    chooses the source port. Never raises for what comes back: bytes that are no answer to
    this question count as none (RFC 5452 section 9.1), and the outcome still holds them.
    """
    wire = query.wire or query.to_wire()  # a question is not changed once it has octets
    truncated = False
    elapsed = 0.0
    for protocol in ("udp", "tcp"):
        # From a port that nobody can guess (RFC 5452 section 9.2).
        port = source_port(draw)
        request = Request(
            source, port, to_address, DNS_PORT, protocol, None, wire, timeout=timeout
        )
        outcome = send(request)
        elapsed += outcome.elapsed
        response = _response_in(outcome, query)
        if response is None or not response.flags & dns.flags.TC:
            break
        truncated = True
        response = None  # what is cut over TCP as well is no answer
    return Exchange(query, to_address, response, outcome, elapsed, truncated)


def concluded(query: Message, to_address: str, outcome: Outcome) -> Exchange:
    """Return the exchange in which `query` had one outcome, over a way where nothing is cut."""
    response = _response_in(outcome, query)
    return Exchange(query, to_address, response, outcome, outcome.elapsed, False)


def _response_in(outcome: Outcome, query: Message) -> Message | None:
    return read_response(query, outcome.payload) if isinstance(outcome, Reply) else None


def source_port(draw: Draw) -> int:
    """Draw the port that a message leaves from, among those that no service has."""
    return FIRST_SOURCE_PORT + draw(PORTS - FIRST_SOURCE_PORT)


def may_answer(query: bytes, data: bytes) -> bool:
    """Say whether a packet carries the identifier and the question of `query` (RFC 5452 9.1).

    That costs little, and reads nothing else. A server that understood no question repeats none.
    """
    if len(data) < HEADER or data[:2] != query[:2] or not data[2] & RESPONSE:
        return False
    if data[4:6] == b"\0\0":
        return data[3] & 15 in NOT_UNDERSTOOD
    end = question_end(query) + 4  # type and class
    same = data[HEADER:end].lower() == query[HEADER:end].lower()
    return data[4:6] == b"\0\1" and same


def question_end(message: bytes) -> int:
    """Return where the name of the first question ends; the message's end if it does not."""
    offset = HEADER
    while offset < len(message) and message[offset]:
        offset += 1 + message[offset]
    return min(offset + 1, len(message))


class Rendered(bytes):
    """A message's octets, and the message: in the same process nobody need read them again.

    Neither is changed any more. Octets that went over a socket, or that somebody altered on the
    way, are other ones, and are read.
    """

    message: Message

    def __new__(cls, octets: bytes, message: Message) -> Rendered:
        rendered = super().__new__(cls, octets)
        rendered.message = message
        return rendered


def renumbered(octets: bytes, identifier: bytes) -> bytes:
    """Return a message's octets with another identifier."""
    other = identifier + octets[IDENTIFIER:]
    return Rendered(other, octets.message) if isinstance(octets, Rendered) else other


def read_response(query: Message, payload: bytes) -> Message | None:
    """Return the answer in `payload`, or None when it is no answer to `query`."""
    read = _read if len(payload) <= UDP_PAYLOAD else _read.__wrapped__
    parsed = (
        payload.message if isinstance(payload, Rendered) else read(payload[IDENTIFIER:])
    )
    if parsed is None:
        return None
    response = numbered(parsed, int.from_bytes(payload[:IDENTIFIER], "big"))
    return response if query.is_response(response) else None


@lru_cache(maxsize=ANSWERS_KEPT)  # the lab's servers say the same again and again
def _read(rest: bytes) -> Message | None:
    """Read a message without its identifier; None for what cannot be read."""
    try:
        response = dns.message.from_wire(bytes(IDENTIFIER) + rest, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return None
    # Records of another class (CHAOS, say) have other contents under the same type's name.
    for section in response.sections[1:]:
        section[:] = [rrset for rrset in section if rrset.rdclass == rdataclass.IN]
    return response
