"""Time-stamps: an authority signs a hash together with the time (RFC 3161)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from labsupport import evidence
from labsupport.dnscore.transport import source_port
from labsupport.evidence import Line, Seal
from labsupport.exchange import Outcome, Reply, Request
from labsupport.http import HttpRequest, HttpResponse, NotHttp
from labsupport.lookups.session import Session
from labsupport.lookups.web import USER_AGENT, find_address, read_url
from labsupport.results import Explanation, Kind, Provenance, Result, utc

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
    """Return the question for a time-stamp of a SHA-256 (RFC 3161 section 2.4.1), as DER.

    >>> nonce_in(query(bytes(32), 7))
    7
    """
    from asn1crypto import tsp  # type: ignore[import-untyped]

    asked = tsp.TimeStampReq(
        {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": digest,
            },
            "nonce": nonce,
            "cert_req": True,
        }
    )
    data: bytes = asked.dump()
    return data


def nonce_in(asked: bytes) -> int | None:
    """Return the number in a question that its answer must repeat; None when there is none."""
    from asn1crypto import tsp

    try:
        nonce = tsp.TimeStampReq.load(asked, strict=True)["nonce"].native
    except (ValueError, TypeError, KeyError):
        return None
    return nonce if isinstance(nonce, int) else None


def check(answer: bytes, nonce: int, authorities: bytes) -> Stamp:
    """Check an authority's answer (RFC 3161 section 2.4.2) and return what it says.

    `nonce` is the one that was asked with, `authorities` the roots that are trusted, as PEM.
    Raises NotStamped for anything that does not hold.
    """
    from cryptography import x509
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(answer)
        info = response.tst_info
        digest = info.message_imprint.message
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(authorities), nonce=nonce)
        builder.build().verify(response, digest)
        signers = response.signed_data.signer_infos
        (signer,) = signers
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


class Stamped(Result):
    """A time-stamp of a seal; `stamp` has what the authority signed."""

    def __init__(self, session: Session, stamp: Stamp, seal: str, provenance: Provenance) -> None:
        super().__init__(session.say, Kind.FOUND, provenance)
        self.stamp = stamp
        self._seal = seal

    @property
    def sentence(self) -> str:
        return self.say(
            "{authority} signed on {when} that this seal existed: {seal}.",
            authority=self.stamp.authority,
            when=utc(self.stamp.time),
            seal=self._seal,
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


def ask(session: Session, digest: bytes, seal: str) -> Result:
    """Have `digest` stamped by the authority of the entry; `seal` is what it is of, in words."""
    say = session.say
    if not session.entry.time_stamps:
        return Explanation(say, Kind.NO_SERVER, say("No time-stamping authority is known here."))
    url = read_url(session.entry.time_stamps, say)
    nonce = session.draw(NONCES)
    _, address = find_address(session, url.name)
    provenance = session.provenance(url.host, answered=False)
    if not address or not session.entry.source_for(address):
        sentence = say("There is no way from here to {name}.", name=url.host)
        return Explanation(say, Kind.NO_ANSWER, sentence, (), provenance)
    outcome = _post(session, url.host, address, url.port, url.target, query(digest, nonce))
    if not isinstance(outcome, Reply):
        sentence = say("{name} did not answer.", name=url.host)
        return Explanation(say, Kind.NO_ANSWER, sentence, (), provenance)
    provenance = session.provenance(url.host)
    try:
        response = HttpResponse.from_bytes(outcome.payload)
        if response.status != HTTPStatus.OK:
            sentence = say(
                "{name} did not stamp it: it answered with status {status}.",
                name=url.host,
                status=response.status,
            )
            return Explanation(say, Kind.REFUSED, sentence, (), provenance)
        stamp = check(response.body, nonce, session.entry.certificate_authority)
    except (NotHttp, NotStamped):
        stamp = None
    if stamp is None or stamp.digest != digest:
        sentence = say("What {name} answered is no time-stamp that holds.", name=url.host)
        return Explanation(say, Kind.FAILED, sentence, (), provenance)
    return Stamped(session, stamp, seal, provenance)


def _post(
    session: Session, host: str, address: str, port: int, target: str, body: bytes
) -> Outcome:
    """Ask over HTTP (RFC 3161 section 3.4): the answer is signed, so nothing is encrypted."""
    headers = (("Host", host), ("User-Agent", USER_AGENT), ("Content-Type", QUERY_TYPE))
    return session.network.send(
        Request(
            session.entry.source_for(address),
            source_port(session.draw),
            address,
            port,
            "http",
            None,
            HttpRequest("POST", target, headers, body).to_bytes(),
        )
    )


def stamps(lines: Sequence[bytes], authorities: bytes) -> list[tuple[int, Stamp, int]]:
    """Return the time-stamps among the lines of a file, with what they cover.

    Each is the number of its line, what it says, and the number of lines that it vouches for:
    0 when those are not the lines of this file.
    """
    found = []
    seals: dict[bytes, int] = {}
    for number, raw in enumerate(lines, 1):
        if QUERY_TYPE.encode() not in _request_of(raw):
            continue
        (line,) = evidence.read(raw).lines or (None,)
        stamp = _stamp_in(line, authorities) if line else None
        if stamp is None:
            continue
        seals = seals or {
            hashlib.sha256(str(Seal(n, evidence.digest_of(one))).encode()).digest(): n
            for n, one in enumerate(lines, 1)
        }
        covered = seals.get(stamp.digest, 0)
        found.append((number, stamp, covered if covered < number else 0))
    return found


def _request_of(raw: bytes) -> bytes:
    """Return the bytes that a line says were sent; nothing for another line."""
    part = re.search(rb'"request":"([A-Za-z0-9+/=]*)"', raw)
    try:
        return b64decode(part.group(1)) if part else b""
    except ValueError:
        return b""


def _stamp_in(line: Line, authorities: bytes) -> Stamp | None:
    if not isinstance(line.outcome, Reply):
        return None
    try:
        asked = HttpRequest.from_bytes(line.request.payload).body
        answer = HttpResponse.from_bytes(line.outcome.payload).body
        nonce = nonce_in(asked)
        return None if nonce is None else check(answer, nonce, authorities)
    except (NotHttp, NotStamped):
        return None
