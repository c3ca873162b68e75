"""What is readable in an exchange: what was asked, and what the answer says first."""

from __future__ import annotations

import contextlib
import struct
from functools import lru_cache
from typing import Any

import dns.message
from dns import flags, rcode, rdataclass, rdatatype
from dns.exception import DNSException

from labsupport.exchange import DNS_PORT, WHOIS_PORT, Request
from labsupport.exchange.log import Line


def describe(request: Request) -> tuple[str, str | None]:
    """Return what a request asks, readable, and the name of the host it is for, if it says so.

    >>> whois = Request("198.18.0.10", 40000, "198.18.106.43", 43, "tcp", None, b"x.example\\r\\n")
    >>> describe(whois)
    ('x.example', None)
    """
    message = request.payload
    if request.protocol in ("http", "https"):
        start, headers = _http_head(message)
        host = next((value for key, value in headers if key.lower() == "host"), "")
        method, _, rest = start.partition(" ")
        target = rest.rpartition(" ")[0]
        url = f"{request.protocol}://{host or request.to_address}{target}"
        if not host:
            return f"{method} {url}", None
        return f"{method} {url}", host.partition(":")[0]
    if request.protocol == "icmp":
        return f"probe, hop limit {request.hop_limit or 64}", None
    if request.port == DNS_PORT:
        return _dns_question(message[2:]), None
    if request.port == WHOIS_PORT:
        return message.decode("utf-8", "replace").strip(), None
    return f"{len(message)} bytes", None


def about(request: Request, answer: bytes) -> dict[str, Any]:
    """Return status, flags and headers of an answer."""
    facts: dict[str, Any] = {"status": None, "flags": [], "headers": []}
    if request.port == DNS_PORT and len(answer) >= 12:
        bits = int.from_bytes(answer[2:4], "big")
        facts["status"] = rcode.to_text(rcode.Rcode(bits & 15))
        facts["flags"] = _flags(bits)
    elif answer and request.protocol in ("http", "https"):
        start, facts["headers"] = _http_head(answer)
        _, _, rest = start.partition(" ")
        facts["status"] = rest.partition(" ")[0]
    return facts


def _http_head(message: bytes) -> tuple[str, list[list[str]]]:
    head, _, _ = message.partition(b"\r\n\r\n")
    start, *lines = head.decode("latin-1").split("\r\n")
    headers = []
    for line in lines:
        key, _, value = line.partition(":")
        headers.append([key.strip(), value.strip()])
    return start, headers


def names_in(line: Line) -> dict[str, str]:
    """Return the names of the addresses that an exchange told."""
    answer = getattr(line.outcome, "payload", b"")
    return _addresses(answer[2:]) if line.request.port == DNS_PORT else {}


# The same is asked and answered again and again: what is told of a message is kept a while. It is
# given without its identifier (2 octets).


@lru_cache(256)
def _flags(bits: int) -> list[str]:
    return flags.to_text(bits).split()


@lru_cache(256)
def _dns_question(message: bytes) -> str:
    with contextlib.suppress(DNSException, ValueError, IndexError, struct.error):
        (question, *_) = dns.message.from_wire(
            bytes(2) + message, question_only=True
        ).question
        name = question.name.to_text(omit_final_dot=True)
        return f"{name} {rdatatype.to_text(question.rdtype)}"
    return f"{len(message) + 2} bytes that are no DNS question"


@lru_cache(256)
def _addresses(message: bytes) -> dict[str, str]:
    """Return the names of the addresses in a DNS message, by address."""
    names: dict[str, str] = {}
    with contextlib.suppress(DNSException, ValueError, IndexError, struct.error):
        whole = bytes(2) + message
        answer = dns.message.from_wire(
            whole, ignore_trailing=True, one_rr_per_rrset=True
        )
        for section in answer.sections[1:]:
            for rrset in section:
                # Of another class than IN, a record of this type has no address.
                is_address = rrset.rdtype in (rdatatype.A, rdatatype.AAAA)
                if is_address and rrset.rdclass == rdataclass.IN:
                    names[rrset[0].address] = rrset.name.to_text(omit_final_dot=True)
    return names
