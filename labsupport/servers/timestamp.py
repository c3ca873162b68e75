"""RIR-LAB's time-stamping authority (RFC 3161): it signs a hash together with the time.

It is asked over HTTP (RFC 3161 section 3.4) and answers with a CMS signed message (RFC 5652)
that names its certificate by hash (ESSCertIDv2, RFC 5816). The authority is invented, and its
key is nobody's secret: it stands in data/world/keys. The same question at the same time gets
the same answer, because its signatures are deterministic (RFC 6979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar

from labsupport.http import HttpRequest, HttpResponse
from labsupport.servers.web import Page
from labsupport.world.certificates import private_key
from labsupport.world.tables import read_text

SITE = "hora.rir-lab.example"
QUERY = "application/timestamp-query"
REPLY = (("Content-Type", "application/timestamp-reply"),)
POLICY = "2.999.3161"  # below the arc for examples (Recommendation ITU-T X.660)


def time_stamps(now: Callable[[], float]) -> Page:
    """Return the page that stamps; `now` tells the time, in seconds since 1970.

    >>> page = time_stamps(lambda: 1793620800.0)
    >>> int(page(HttpRequest("GET", "/")).status)
    405
    """

    def page(asked: HttpRequest) -> HttpResponse:
        if asked.method != "POST":
            return HttpResponse(HTTPStatus.METHOD_NOT_ALLOWED, (("Allow", "POST"),))
        if asked.header("Content-Type") != QUERY:
            return HttpResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return HttpResponse(HTTPStatus.OK, REPLY, _answer(asked.body, now()))

    return page


def _answer(asked: bytes, now: float) -> bytes:
    """Return the answer to a question (RFC 3161 section 2.4.2), as DER."""
    from asn1crypto import tsp  # type: ignore[import-untyped]

    try:
        question = tsp.TimeStampReq.load(asked, strict=True)
        imprint = question["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        digest = imprint["hashed_message"].native
        nonce = question["nonce"].native
        with_certificate = question["cert_req"].native
    except (ValueError, TypeError, KeyError):
        return _refusal("bad_data_format")
    if algorithm != "sha256" or not isinstance(digest, bytes) or len(digest) != 32:
        return _refusal("bad_alg")
    info: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest},
        "serial_number": _number(asked + str(now).encode()),
        "gen_time": datetime.fromtimestamp(int(now), UTC),
        "accuracy": {"seconds": 1},
    }
    if nonce is not None:
        info["nonce"] = nonce
    token = _signed(tsp.TSTInfo(info), bool(with_certificate))
    answer: bytes = tsp.TimeStampResp(
        {"status": {"status": "granted"}, "time_stamp_token": token}
    ).dump()
    return answer


def _refusal(reason: str) -> bytes:
    from asn1crypto import core, tsp

    class Refusal(core.Sequence):  # type: ignore[misc]
        """A TimeStampResp without a token, which asn1crypto's own cannot be."""

        _fields: ClassVar = [("status", tsp.PKIStatusInfo)]

    answer: bytes = Refusal({"status": {"status": "rejection", "fail_info": {reason}}}).dump()
    return answer


def _signed(info: Any, with_certificate: bool) -> Any:
    """Sign the facts as CMS (RFC 5652 section 5)."""
    from asn1crypto import algos, cms, core, pem, tsp, x509
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    _, _, der = pem.unarmor(read_text("keys/tsa.pem").encode())
    own = x509.Certificate.load(der)
    content = info.dump()
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
            {
                "type": "signing_certificate_v2",
                "values": [
                    tsp.SigningCertificateV2(
                        {"certs": [{"cert_hash": hashlib.sha256(own.dump()).digest()}]}
                    )
                ],
            },
        ]
    )
    signature = private_key("keys/tsa.private").sign(
        attributes.dump(), ECDSA(SHA256(), deterministic_signing=True)
    )
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": own.issuer, "serial_number": own.serial_number},
        ),
        "digest_algorithm": sha256,
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signature,
    }
    signed = {
        "version": "v3",
        "digest_algorithms": [sha256],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(content),
        },
        "signer_infos": [signer],
    }
    if with_certificate:
        signed["certificates"] = [cms.CertificateChoices("certificate", own)]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _number(data: bytes) -> int:
    """A number that is not negative, of at most 20 octets (RFC 5280 section 4.1.2.2)."""
    return int.from_bytes(hashlib.sha256(data).digest()[:15], "big")
