"""Time-stamps: an authority signs a hash together with the time (RFC 3161)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from asn1crypto import tsp  # type: ignore[import-untyped]
from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from labsupport import evidence
from labsupport.dnscore.transport import source_port
from labsupport.exchange import Reply, Request
from labsupport.http import HttpRequest, HttpResponse, NotHttp
from labsupport.lookups.session import Session
from labsupport.lookups.web import USER_AGENT, find_address, read_url
from labsupport.results import Explanation, Kind, Result, utc

QUERY_TYPE = "application/timestamp-query"
NONCES = 1 << 62


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority has signed: the hash `digest` existed at `time` (seconds since 1970)."""

    time: float
    authority: str
    digest: bytes


class NotStamped(Exception):
    """These bytes are no time-stamp that holds; the text says why, in English."""


def query(digest: bytes, nonce: int) -> bytes:
    """Return the question for a time-stamp of a SHA-256 (RFC 3161 section 2.4.1), as DER."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    data: bytes = tsp.TimeStampReq(asked).dump()
    return data


def check(answer: bytes, authorities: bytes, nonce: int | None = None) -> Stamp:
    """Check an authority's answer (RFC 3161 section 2.4.2) and return what it says.

    `authorities` are the roots that are trusted, as PEM; `nonce` is the one that was asked with.
    Raises NotStamped for anything that does not hold.
    """
    try:
        response = decode_timestamp_response(answer)
        info = response.tst_info
        digest = info.message_imprint.message
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(authorities), nonce=nonce)
        builder.build().verify(response, digest)
        (signer,) = response.signed_data.signer_infos
        certificates = map(x509.load_der_x509_certificate, response.signed_data.certificates)
        names = [
            str(part.value)
            for certificate in certificates
            if certificate.serial_number == signer.serial_number
            for part in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        ]
    except (VerificationError, ValueError, TypeError, x509.ExtensionNotFound) as problem:
        raise NotStamped(str(problem)) from problem
    return Stamp(info.gen_time.timestamp(), names[0] if names else "", digest)


@dataclass(eq=False, repr=False, kw_only=True)
class Stamped(Result):
    """A time-stamp of a `seal`; `stamp` has what the authority signed."""

    stamp: Stamp
    seal: str

    @property
    def sentence(self) -> str:
        return self.say(
            "{authority} signed on {when} that this seal existed: {seal}.",
            authority=self.stamp.authority,
            when=utc(self.stamp.time),
            seal=self.seal,
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "A time-stamp shows that the sealed lines existed by then. It does not show when "
                "they were made, or that what stands in them is true."
            ),
            say("It is worth as much as the authority that signed it."),
        )


def ask(session: Session, seal: evidence.Seal) -> Result:
    """Have a seal stamped by the authority of the entry."""
    say, entry = session.say, session.entry
    if not entry.time_stamps:
        return Explanation(say, Kind.NO_SERVER, say("No time-stamping authority is known here."))
    url = read_url(entry.time_stamps, say)
    digest, nonce = _digest(seal.count, seal.digest), session.draw(NONCES)
    _, address = find_address(session, url.name)
    # The answer is signed, so nothing is encrypted (RFC 3161 section 3.4).
    headers = (("Host", url.host), ("User-Agent", USER_AGENT), ("Content-Type", QUERY_TYPE))
    payload = HttpRequest("POST", url.target, headers, query(digest, nonce)).to_bytes()
    source = entry.source_for(address) if address else ""
    port = source_port(session.draw)
    request = Request(source, port, address, url.port, "http", None, payload)
    outcome = session.network.send(request) if source else None
    if not isinstance(outcome, Reply):
        sentence = say("{name} was not reached, or did not answer.", name=url.host)
        silent = session.provenance(url.host, answered=False)
        return Explanation(say, Kind.NO_ANSWER, sentence, (), silent)
    provenance = session.provenance(url.host)
    try:
        response = HttpResponse.from_bytes(outcome.payload)
        stamp = check(response.body, entry.certificate_authority, nonce)
        if response.status == HTTPStatus.OK and stamp.digest == digest:
            return Stamped(say, Kind.FOUND, provenance, stamp=stamp, seal=seal.grouped)
    except (NotHttp, NotStamped):
        pass
    sentence = say("What {name} answered is no time-stamp that holds.", name=url.host)
    return Explanation(say, Kind.FAILED, sentence, (), provenance)


Found = tuple[int, Stamp, int]
"""A time-stamp in a file: its line, what it says, and how many lines it vouches for.

0 where those are not the lines of this file.
"""


def stamps(lines: Sequence[bytes], authorities: bytes) -> list[Found]:
    """Return the time-stamps among the lines of a file."""
    found = []
    recorded = evidence.read(b"".join(lines))
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        if QUERY_TYPE.encode() not in line.request.payload or not isinstance(line.outcome, Reply):
            continue
        try:
            stamp = check(HttpResponse.from_bytes(line.outcome.payload).body, authorities)
        except (NotHttp, NotStamped):
            continue
        before = enumerate(map(evidence.digest_of, lines[: number - 1]), 1)
        covered = (count for count, last in before if _digest(count, last) == stamp.digest)
        found.append((number, stamp, max(covered, default=0)))
    return found


def _digest(count: int, last: str) -> bytes:
    """Return what is stamped of a seal, the number of lines and the last hash."""
    return hashlib.sha256(f"{count}-{last}".encode()).digest()
