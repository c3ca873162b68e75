"""RIR-LAB's time-stamping authority (RFC 3161): it signs a hash together with the time.

It is asked over HTTP (RFC 3161 section 3.4) and answers with a CMS signed message (RFC 5652)
that names its certificate by hash (ESSCertIDv2, RFC 5816), and has it with it. The authority is
invented, and its key is nobody's secret: it stands in data/world/keys. The same question at the
same time gets the same answer, because its signatures are deterministic (RFC 6979).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.servers.web import Page
from labsupport.signatures import sign_p256, to_der
from labsupport.world.certificates import private_key
from labsupport.world.tables import read_text

SITE = "hora.rir-lab.example"
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
        try:
            return HttpResponse(HTTPStatus.OK, REPLY, _answer(asked.body, now()))
        except (ValueError, TypeError, KeyError):
            return HttpResponse(HTTPStatus.BAD_REQUEST)

    return page


def _answer(asked: bytes, now: float) -> bytes:
    """Return the answer to a question (RFC 3161 section 2.4.2), as DER."""
    from asn1crypto import tsp  # type: ignore[import-untyped]  # late: few ask for a stamp

    question = tsp.TimeStampReq.load(asked, strict=True)
    imprint = question["message_imprint"].native
    if (
        imprint["hash_algorithm"]["algorithm"] != "sha256"
        or len(imprint["hashed_message"]) != 32
    ):
        raise ValueError("no SHA-256")
    info: dict[str, Any] = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": question["message_imprint"],
        # Of at most 20 octets, and not negative (RFC 5280 section 4.1.2.2).
        "serial_number": int.from_bytes(_sha256(asked + str(now).encode())[:15], "big"),
        "gen_time": datetime.fromtimestamp(int(now), UTC),
        "accuracy": {"seconds": 1},
    }
    if question["nonce"].native is not None:
        info["nonce"] = question["nonce"].native
    token = {
        "content_type": "signed_data",
        "content": _signed(tsp.TSTInfo(info).dump()),
    }
    stamped = tsp.TimeStampResp(
        {"status": {"status": "granted"}, "time_stamp_token": token}
    )
    answer: bytes = stamped.dump()
    return answer


def _signed(content: bytes) -> dict[str, Any]:
    """Sign the facts as CMS (RFC 5652 section 5)."""
    from asn1crypto import cms, core, pem, tsp, x509  # late, as above

    _, _, der = pem.unarmor(read_text("keys/tsa.pem").encode())
    own = x509.Certificate.load(der)
    named = tsp.SigningCertificateV2({"certs": [{"cert_hash": _sha256(der)}]})
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [_sha256(content)]},
            {"type": "signing_certificate_v2", "values": [named]},
        ]
    )
    signer = {"issuer": own.issuer, "serial_number": own.serial_number}
    return {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {
            "content_type": "tst_info",
            "content": core.ParsableOctetString(content),
        },
        "certificates": [cms.CertificateChoices("certificate", own)],
        "signer_infos": [
            {
                "version": "v1",
                "sid": cms.SignerIdentifier("issuer_and_serial_number", signer),
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": to_der(
                    sign_p256(private_key("keys/tsa.private"), attributes.dump())
                ),
            }
        ],
    }


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
