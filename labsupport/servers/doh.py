"""DNS over HTTPS (RFC 8484): a DNS message inside an HTTP one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from labsupport.dnscore.transport import MEDIA_TYPE
from labsupport.exchange import Outcome, Reply, Request
from labsupport.http import HttpRequest, HttpResponse, NotHttp

PATH = "/dns-query"


def respond(
    request: Request, answer: Callable[[Request], Outcome], certificates: tuple[bytes, ...]
) -> Outcome:
    """Unwrap the DNS message in `request`, have `answer` answer it, and wrap that.

    A message over HTTPS may be as long as over TCP (section 6), so `answer` is handed one
    that came so.
    """
    asked = _asked(request.payload)
    elapsed = 0.0
    if isinstance(asked, HttpResponse):
        response = asked
    else:
        outcome = answer(replace(request, protocol="tcp", server_name=None, payload=asked))
        elapsed = outcome.elapsed
        if isinstance(outcome, Reply):
            headers = (("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"))
            response = HttpResponse(HTTPStatus.OK, headers, outcome.payload)
        else:  # what a name server leaves unanswered is no question
            response = HttpResponse(HTTPStatus.BAD_REQUEST)
    return Reply(request.to_address, elapsed, (), response.to_bytes(), certificates)


def _asked(payload: bytes) -> bytes | HttpResponse:
    """Return the DNS message that an HTTP one asks with, or what to answer instead (4.1)."""
    try:
        asked = HttpRequest.from_bytes(payload)
        target = urlsplit(asked.target)
    except (NotHttp, ValueError):
        return HttpResponse(HTTPStatus.BAD_REQUEST)
    if target.path != PATH:
        return HttpResponse(HTTPStatus.NOT_FOUND)
    if asked.method == "POST":
        if asked.header("Content-Type").lower() != MEDIA_TYPE:
            return HttpResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        return asked.body
    if asked.method != "GET":
        return HttpResponse(HTTPStatus.METHOD_NOT_ALLOWED, (("Allow", "GET, POST"),))
    text = parse_qs(target.query).get("dns", [""])[0]
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return HttpResponse(HTTPStatus.BAD_REQUEST)
