"""Time-stamps in a record: an authority signs a hash together with the time (RFC 3161)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from asn1crypto import tsp  # type: ignore[import-untyped]

from labsupport.evidence import file_format
from labsupport.exchange import Reply
from labsupport.exchange.http import HttpResponse, NotHttp

QUERY_TYPE = "application/timestamp-query"

try:
    from cryptography import x509
    from rfc3161_client import (
        VerificationError,
        VerifierBuilder,
        decode_timestamp_response,
    )
except ImportError:  # in a browser
    CHECKS_STAMPS = False
else:
    CHECKS_STAMPS = True


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority has signed: the hash `digest` existed at `time` (seconds since 1970)."""

    time: float
    authority: str
    digest: bytes


class StampInFile(NamedTuple):
    """A time-stamp in a file: its line, and how many lines it vouches for.

    0 where those are not the lines of this file.
    """

    line: int
    stamp: Stamp
    covered: int


def query(digest: bytes, nonce: int) -> bytes:
    """Return the question for a time-stamp of a SHA-256 (RFC 3161 section 2.4.1), as DER."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = {
        "version": "v1",
        "message_imprint": imprint,
        "nonce": nonce,
        "cert_req": True,
    }
    data: bytes = tsp.TimeStampReq(asked).dump()
    return data


def check(answer: bytes, authorities: bytes, nonce: int | None = None) -> Stamp | None:
    """Check an authority's answer over HTTP (RFC 3161 section 2.4.2) and return what it says.

    `authorities` are the roots that are trusted, as PEM; `nonce` is the one that was asked with.
    None where it is no time-stamp that holds.
    """
    try:
        response = decode_timestamp_response(HttpResponse.from_bytes(answer).body)
        info = response.tst_info
        digest = info.message_imprint.message
        builder = VerifierBuilder(
            roots=x509.load_pem_x509_certificates(authorities), nonce=nonce
        )
        builder.build().verify(response, digest)
        (signer,) = response.signed_data.signer_infos
        names = []
        for der in response.signed_data.certificates:
            certificate = x509.load_der_x509_certificate(der)
            if certificate.serial_number == signer.serial_number:
                names += certificate.subject.get_attributes_for_oid(
                    x509.NameOID.COMMON_NAME
                )
    except (NotHttp, VerificationError, ValueError, TypeError, x509.ExtensionNotFound):
        return None
    authority = str(names[0].value) if names else ""
    return Stamp(info.gen_time.timestamp(), authority, digest)


def stamps_in(lines: Sequence[bytes], authorities: bytes) -> list[StampInFile]:
    """Return the time-stamps among the lines of a file; none where they cannot be checked."""
    if not CHECKS_STAMPS:
        return []
    recorded = file_format.read(b"".join(lines))
    answers: dict[int, bytes] = {}
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        if QUERY_TYPE.encode() in line.request.payload and isinstance(
            line.outcome, Reply
        ):
            answers[number] = line.outcome.payload
    if not answers:
        return []
    checked = {answer: check(answer, authorities) for answer in set(answers.values())}
    counts = {
        digest_of_seal(n, file_format.digest_of(line)): n
        for n, line in enumerate(lines, 1)
    }
    stamps: list[StampInFile] = []
    for number, answer in answers.items():
        if stamp := checked[answer]:
            covered = counts.get(stamp.digest, 0)
            stamps.append(
                StampInFile(number, stamp, covered if covered < number else 0)
            )
    return stamps


def digest_of_seal(count: int, last: str) -> bytes:
    """Return what is stamped of a seal, the number of lines and the last hash."""
    return hashlib.sha256(f"{count}-{last}".encode()).digest()
