"""The conditions of conditions.toml, played to who looks: in this process, or over real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
import tomllib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from misbehaving import AUTHORITY, HERE, Behaviour, encrypted, tcp, udp

from labsupport import Lab
from labsupport.exchange import (
    DNS_PORT,
    Around,
    Network,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    Unreachable,
    Unusable,
)
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.lab_protocol import context_of
from labsupport.lookups.reached import VantagePoint
from labsupport.network.live import LiveNetwork
from labsupport.servers.web import BLOCKED_BY, HTML, host_of
from labsupport.world import World

Condition = dict[str, Any]
WORLD = World.load()
START = WORLD.start.timestamp()
# neither is signed
SITE, TARGET = (
    "www.municipio-lago.gob.test",
    "www.biblioteca.universidad.test",
)
ADDRESSES = {site.name: site.addresses for site in WORLD.sites}
PLACES = {"here": 0, "beside": 1, "there": 2}
PORTS = {80: "http", 444: "http", 443: "https", 8443: "https"}
SOON = 0.3  # seconds, over sockets; in the lab a silence takes no time at all
SILENT = 0.03  # seconds for what will say nothing, however long it is waited for
USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
    "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip
TOO_LARGE = 9 * 1024 * 1024


def load() -> list[Condition]:
    """The conditions, with the names of the two sites in their words."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    text = text.replace("{name}", SITE).replace("{target}", TARGET)
    found: list[Condition] = tomllib.loads(text)["condition"]
    return found


def authorities(condition: Condition) -> bytes:
    """Who is trusted, as PEM."""
    second = ssl.DER_cert_to_PEM_cert(second_authority()).encode()
    return AUTHORITY.root + second * condition.get("second_authority", False)


def places(lab: Lab, condition: Condition, carry: Carry) -> list[VantagePoint]:
    """Return the places that look; "beside" has the line of "here", as live."""
    all_places = context_of(lab).vantage_points()
    line = all_places[0].session.entry
    seen = []
    for key in condition.get("places", PLACES):
        one = all_places[PLACES[key]]
        entry = replace(one.session.entry, certificate_authority=authorities(condition))
        if key == "beside":
            entry = replace(entry, source=line.source, source6=line.source6)
        network = Played(one.session.network, condition, key, entry.resolvers, carry)
        seen.append(
            replace(one, session=replace(one.session, network=network, entry=entry))
        )
    return seen


Carry = Callable[[Request, str], Outcome]
"""Carries a request to who does as a word of the table says."""


class Played(Around):
    """The lab as one place sees it under a condition."""

    def __init__(
        self,
        network: Network,
        condition: Condition,
        key: str,
        resolvers: tuple[str, ...],
        carry: Carry,
    ) -> None:
        super().__init__(network)
        self._condition = condition
        self._key = key
        self._resolvers = resolvers
        self._carry = carry
        self._machines: dict[str, Mapping[str, Any]] = condition.get("machines", {})

    def send(self, request: Request) -> Outcome:
        there, condition = request.to_address, self._condition
        words = ""
        if request.protocol == "icmp":
            where = self._key + " IPv6" * (":" in there)
            is_stopped = there in ADDRESSES[SITE] and any(
                one in (self._key, where) for one in condition.get("stopped", ())
            )
            return (
                Silence(None, request.timeout)
                if is_stopped
                else self.network.send(request)
            )
        if request.port == DNS_PORT:
            words = self._of_dns(dns.message.from_wire(request.payload), there)
        elif request.protocol in PORTS.values():
            words = self._of_machine(there, request.port)
        return self._carry(request, words) if words else self.network.send(request)

    def _of_dns(self, query: dns.message.Message, there: str) -> str:
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True)
        asked = "resolver" if there in self._resolvers else "servers"
        words = self._word("target_" * (name == TARGET) + asked)
        if words.startswith("all: "):
            return words.removeprefix("all: ")
        known = name in (TARGET, SITE, *self._condition.get("asked", SITE).split("/"))
        return words if known else ""

    def _of_machine(self, there: str, port: int) -> str:
        if there in self._machines:
            return str(self._machines[there].get(PORTS[port], "closed"))
        name = next((one for one in (SITE, TARGET) if there in ADDRESSES[one]), "")
        if not name:
            return ""
        if port in self._condition.get("closed", ()):
            return "closed"
        if ":" in there and (words := self._word("ipv6")):
            return words
        return self._word("target_" * (name == TARGET) + PORTS[port]) or "page"

    def _word(self, layer: str) -> str:
        said = self._condition.get(layer, "")
        return str(said.get(self._key, "") if isinstance(said, dict) else said)


# What a word of the table means


def answered(words: str, query: bytes) -> bytes | None:
    """Return what a resolver or a name server says; None for nothing."""
    asked = dns.message.from_wire(query)
    answer = dns.message.make_response(asked, recursion_available=True)
    (question,) = asked.question
    if words == "silent":
        return None
    if words == "garbage":
        return query[:2] + b"\x80"
    words, _, rdtype = words.partition(" for ")
    if rdtype and dns.rdatatype.from_text(rdtype) != question.rdtype:
        _give(answer, *ADDRESSES[SITE])
    elif words.startswith("EDE "):
        answer.use_edns(
            0, options=[dns.edns.EDEOption(int(words.removeprefix("EDE ")))]
        )
        answer.set_rcode(dns.rcode.NXDOMAIN)
    elif words[0].isdigit():
        _give(answer, words)
    elif words != "NODATA":
        answer.set_rcode(dns.rcode.from_text(words))
    if not answer.answer:
        zone = dns.name.Name(question.name.labels[1:] or [b""])
        soa = f"{zone} {zone} 1 3600 600 86400 60"
        answer.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", soa))
    answer.flags |= dns.flags.AA
    return answer.to_wire()


def _give(answer: dns.message.Message, *addresses: str) -> None:
    (question,) = answer.question
    for address in addresses:
        rdtype = "AAAA" if ":" in address else "A"
        if dns.rdatatype.from_text(rdtype) == question.rdtype:
            answer.answer.append(
                dns.rrset.from_text(question.name, 60, "IN", rdtype, address)
            )


def page(words: str, asked: HttpRequest) -> HttpResponse:
    """Return what a machine answers to a request."""
    host = host_of(asked)
    text = {
        "other page": f"<title>Welcome to {host}</title>{len(host) * 'x'} another".encode(),
        "same for all": b"<title>Stop</title>not here",
        "captcha": b"<title>One moment</title><div class=captcha></div>",
    }.get(words, f"<title>The page of {host}</title>".encode())
    if words.startswith("to "):
        return HttpResponse(302, (("Location", words.removeprefix("to ")),))
    if words.startswith("first to ") and asked.target == "/":
        return HttpResponse(301, (("Location", words.removeprefix("first to ")),))
    if words == "on and on":
        return HttpResponse(302, (("Location", f"{asked.target}1"),))
    if words == "no HEAD" and asked.method == "HEAD":
        return HttpResponse(501)
    if words.startswith("notice"):
        return HttpResponse(200 if "200" in words else 451, (*HTML, BLOCKED_BY), text)
    if words == "large":
        text *= TOO_LARGE // len(text)
    return HttpResponse(
        {"captcha": 503}.get(words, int(words) if words.isdigit() else 200), HTML, text
    )


@cache
def chain(words: str, name: str) -> tuple[bytes, ...]:
    """The certificates that a machine shows for a name, or for its own address."""
    if words == "unknown issuer" or name[0].isdigit():
        return (second_authority(name),)
    days = {"expired": 400, "not yet valid": -400}.get(words, 0)
    shown = (
        "www.museum.example" if words == "other name" or name not in ADDRESSES else name
    )
    return AUTHORITY.chain(shown, START - days * 86400)


KEY = serialization.load_pem_private_key(AUTHORITY.sites_key, None)


@cache
def second_authority(name: str = "") -> bytes:
    """What an authority beside the lab's has issued for a name, or its own certificate, as DER."""
    issuer = x509.Name(
        [x509.NameAttribute(x509.NameOID.COMMON_NAME, "A second authority")]
    )
    begins = datetime.fromtimestamp(START, UTC)
    key = KEY.public_key()
    made = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(key)  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - timedelta(days=1))
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)  # type: ignore[arg-type]
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False
        )  # type: ignore[arg-type]
    )
    if not name:
        made = made.subject_name(issuer).add_extension(
            x509.BasicConstraints(True, None), True
        )
        usage = dict.fromkeys(USAGES, False) | {"key_cert_sign": True}
        made = made.add_extension(x509.KeyUsage(**usage), critical=True)
    else:
        own = (
            [x509.IPAddress(ip_address(one)) for one in (name, HERE)]
            if name[0].isdigit()
            else [x509.DNSName(name)]
        )
        made = made.subject_name(x509.Name([]))
        made = made.add_extension(x509.SubjectAlternativeName(own), critical=True)
    signed = made.sign(KEY, hashes.SHA256())  # type: ignore[arg-type]
    return signed.public_bytes(serialization.Encoding.DER)


# In this process


def in_process(request: Request, words: str) -> Outcome:
    there = request.to_address
    if request.port == DNS_PORT:
        answer = answered(words, request.payload)
        silence = Silence(None, request.timeout)
        return silence if answer is None else Reply(there, 0.01, (), answer)
    asked = HttpRequest.from_bytes(request.payload)
    words, by_name, _ = words.partition(", by name")
    if by_name and (request.server_name or host_of(asked)) not in (SITE, TARGET):
        words = "page"
    if words == "silent":
        return Silence(None, request.timeout)
    if words in ("cut", "eof", "closed"):
        return Reset(there, 0.01)
    if words == "unreachable":
        return Unreachable(None, 0.01)
    if words == "not sent":
        return NotSent(None, 0.0, (), "not now")
    if words == "half":
        return Unusable(there, 0.1, (), "not whole")
    if asked.method == "GET" and words == "large":
        return Unusable(there, 0.1, (), "not whole")
    shown = (
        chain(words, request.server_name or there)
        if request.protocol == "https"
        else ()
    )
    if words == "garbage":
        return Reply(there, 0.01, (), b"hello", shown)
    return Reply(there, 0.01, (), page(words, asked).to_bytes(), shown)


# Over real sockets


class OverSockets:
    """Runs a real server on loopback for each word of the table that is asked, and asks that."""

    def __init__(
        self, live: LiveNetwork, enter: Callable[[AbstractContextManager[int]], int]
    ) -> None:
        self._live = live
        self._enter = enter
        self._ports: dict[tuple[str, ...], int] = {}

    def __call__(self, request: Request, words: str) -> Outcome:
        shown = (
            (request.server_name or request.to_address)
            if request.protocol == "https"
            else ""
        )
        key = request.protocol, words, shown
        if key not in self._ports:
            self._ports[key] = self._enter(self._server(request.protocol, words, shown))
        asked = replace(
            request,
            source="",
            to_address=HERE,
            port=self._ports[key],
            timeout=SILENT if words == "silent" else SOON,
        )
        outcome = self._live.send(asked)
        return replace(
            outcome, from_address=outcome.from_address and request.to_address
        )

    def _server(
        self, protocol: str, words: str, shown: str
    ) -> AbstractContextManager[int]:
        if protocol == "udp":
            return udp(
                lambda query: [
                    one for one in [answered(words, query)] if one is not None
                ]
            )
        return tcp(_behaviour(words, shown))


def _behaviour(words: str, shown: str) -> Behaviour:
    words, by_name, _ = words.partition(", by name")
    serving = _serving(words)
    if shown:
        serving = encrypted(serving, chain(words, shown), AUTHORITY.sites_key)

    def behave(connection: socket.socket) -> None:
        if by_name or words in ("silent", "cut", "eof", "closed"):
            first = connection.recv(65535, socket.MSG_PEEK)
            if not by_name or SITE.encode() in first or TARGET.encode() in first:
                if words == "silent":
                    while connection.recv(65535):
                        pass
                elif words != "eof":
                    reset = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                return
        serving(connection)

    return behave


def _serving(words: str) -> Behaviour:
    def serve(connection: socket.socket) -> None:
        # the certificate was not to be trusted
        if not (heard := connection.recv(65535)):
            return
        asked = HttpRequest.from_bytes(heard)
        if words == "garbage":
            connection.sendall(b"hello")
            return
        answer = page(words, asked).to_bytes()
        if asked.method == "HEAD":
            answer = answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        if words == "half":
            connection.sendall(answer[:20])
            return
        connection.sendall(answer)

    return serve
