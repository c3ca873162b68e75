"""What every DNS server does with a message, whatever it knows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import dns.exception
import dns.message
from dns import flags, opcode, rcode
from dns.message import Message

from labsupport.bounds import LARGEST_DNS_MESSAGE
from labsupport.dns import transport
from labsupport.dns.transport import HEADER, IDENTIFIER, UDP_PAYLOAD, Rendered, numbered
from labsupport.exchange import Outcome, Reply, Request, Silence

SMALLEST_UDP_LIMIT = 512
OPCODE = 0x7800

Fill = Callable[[Message, Message], float]
"""Puts the answer to a query into its response, and returns the seconds that this took."""


def respond(
    request: Request, fill: Fill, *, recursion_available: bool = False
) -> Outcome:
    """Answer the message in `request`: have `fill` do it if it asks one question.

    What cannot be read is a format error; what is no query gets no answer, so that no two
    servers answer each other without end (RFC 1035 section 4.1.1). A response has EDNS and
    the DO bit as its query has them (RFC 6891 section 7, RFC 3225 section 3); over UDP it is
    cut to the size that the client can take.
    """
    header = request.payload[:HEADER]
    if len(header) < HEADER or flags.QR & _flags(header):
        return Silence(None, 0.0)
    read = _read if len(request.payload) <= UDP_PAYLOAD else _read.__wrapped__
    parsed = read(request.payload[IDENTIFIER:])
    if parsed is None:
        return Reply(request.to_address, 0.0, payload=_format_error(header))
    query = numbered(parsed, int.from_bytes(header[:IDENTIFIER], "big"))
    response = dns.message.make_response(query, recursion_available, UDP_PAYLOAD, pad=0)
    response.ednsflags |= query.ednsflags & flags.DO
    elapsed = 0.0
    if query.edns > 0:
        response.set_rcode(rcode.BADVERS)
    elif query.opcode() != opcode.QUERY:
        response.set_rcode(rcode.NOTIMP)
    elif len(query.question) != 1:
        response.set_rcode(rcode.FORMERR)
    else:
        elapsed = fill(query, response)
    limit = LARGEST_DNS_MESSAGE
    if request.protocol == "udp":
        limit = min(max(query.payload, SMALLEST_UDP_LIMIT), UDP_PAYLOAD)
    # In the order of the zone, so that the lab's answers are the same every time.
    payload = response.to_wire(
        max_size=limit, prefer_truncation=True, want_shuffle=False
    )
    response.index = None  # type: ignore[assignment]  # records were put in past it
    # Names that are compressed take the capital letters of the question.
    if not _has_capitals(query) and not flags.TC & _flags(payload):
        payload = Rendered(payload, response)
    return Reply(request.to_address, elapsed, payload=payload)


@lru_cache(maxsize=transport.QUESTIONS_KEPT)
def _read(rest: bytes) -> Message | None:
    """Read a message without its identifier; None for what cannot be read."""
    try:
        return dns.message.from_wire(bytes(IDENTIFIER) + rest)
    except (dns.exception.DNSException, ValueError):
        return None


def _has_capitals(query: Message) -> bool:
    for question in query.question:
        if any(label != label.lower() for label in question.name.labels):
            return True
    return False


def _flags(header: bytes) -> int:
    return int.from_bytes(header[2:4], "big")


def _format_error(header: bytes) -> bytes:
    """FORMERR to a message of which no more than the header can be read."""
    response = Message(int.from_bytes(header[:2], "big"))
    response.flags = flags.QR | _flags(header) & (OPCODE | flags.RD)
    response.set_rcode(rcode.FORMERR)
    return response.to_wire()
