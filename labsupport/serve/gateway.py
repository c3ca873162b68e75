"""The lab's web and directories on loopback, for programs that cannot reach its addresses.

A page of the lab has its host in the path: http://127.0.0.1:8053/rdap.nic.example/… is
https://rdap.nic.example/…, and links in what is answered are changed in the same way. A WHOIS
query is answered by the server that is responsible, as the WHOIS root says.
"""

from __future__ import annotations

import re
from http import HTTPStatus

import dns.exception
import dns.name

from labsupport.dnscore.transport import source_port
from labsupport.exchange import HTTPS_PORT, Outcome, Reply, Request, Unreachable
from labsupport.http import TEXT, Headers, HttpRequest, HttpResponse, NotHttp
from labsupport.lookups import whois
from labsupport.lookups.observatory import NoAnswer
from labsupport.lookups.session import Session
from labsupport.lookups.web import find_address

BOOTSTRAP = "bs"  # the folder that stands for the one of bootstrap files
# What a client says that matters to a server of the lab.
FORWARDED = ("accept", "accept-language", "content-type")
LINK = re.compile(rb"https?://([a-z0-9.-]+)(?![a-z0-9.:@-])", re.IGNORECASE)
READABLE = re.compile(r"text/|application/([a-z0-9.-]+\+)?json\b", re.IGNORECASE)


class Gateway:
    """Asks the servers of the lab by their names, from the seat of `session`.

    `base` is the gateway's own web address, without a slash at its end.
    """

    def __init__(self, session: Session, base: str) -> None:
        self._session = session
        self._base = base

    def whois(self, request: Request) -> Outcome:
        """Answer a WHOIS query as the server does to which the root refers, or else the root."""
        query = request.payload.decode("utf-8", "replace").strip()
        try:
            asked = whois.ask(self._session, self._session.entry.whois_root, query)
            if asked.record.referral:
                asked = whois.ask(self._session, asked.record.referral, query)
        except NoAnswer as problem:
            return Reply(request.to_address, 0.0, (), f"% {problem}\r\n".encode())
        return Reply(request.to_address, 0.0, (), asked.record.raw)

    def web(self, request: Request) -> Outcome:
        """Answer an HTTP request."""
        try:
            asked = HttpRequest.from_bytes(request.payload)
        except NotHttp:
            response = HttpResponse(HTTPStatus.BAD_REQUEST)
        else:
            response = self._page(asked)
        return Reply(request.to_address, 0.0, (), response.to_bytes())

    def _page(self, asked: HttpRequest) -> HttpResponse:
        found = re.fullmatch(r"/([A-Za-z0-9.-]*)(|[/?].*)", asked.target)
        if found is None:
            return self._how_to_ask(HTTPStatus.NOT_FOUND)
        host, target = found.group(1).lower(), found.group(2)
        if not host:
            return self._how_to_ask(HTTPStatus.OK)
        if not target.startswith("/"):  # so that what a page refers to is found
            return HttpResponse(HTTPStatus.PERMANENT_REDIRECT, (("Location", f"/{host}/{target}"),))
        if host == BOOTSTRAP:
            _, _, host, folder = self._session.entry.rdap_bootstrap.split("/", 3)
            target = f"/{folder}{target.removeprefix('/')}"
        kept = [(name, value) for name, value in asked.headers if name.lower() in FORWARDED]
        headers: Headers = (("Host", host), *kept)
        message = HttpRequest(asked.method, target, headers, asked.body).to_bytes()
        outcome = self._ask(host, message)
        if not isinstance(outcome, Reply):
            say = self._session.say
            return self._sentence(
                HTTPStatus.BAD_GATEWAY,
                say("No web server of the lab answers as {host}.", host=host),
            )
        return self._here(HttpResponse.from_bytes(outcome.payload))

    def _how_to_ask(self, status: HTTPStatus) -> HttpResponse:
        say = self._session.say
        return self._sentence(
            status,
            say(
                "TRAINING: this is the web of the lab Internet; everybody in it is invented. Write "
                "the host in the path: {base}/rdap.nic.example/domain/museum.example",
                base=self._base,
            ),
        )

    def _sentence(self, status: HTTPStatus, sentence: str) -> HttpResponse:
        return HttpResponse(status, TEXT, f"{sentence}\n".encode())

    def _ask(self, host: str, message: bytes) -> Outcome:
        try:
            name = dns.name.from_text(host)
        except dns.exception.DNSException:
            return Unreachable(None, 0.0)
        _, address = find_address(self._session, name)
        source = self._session.entry.source_for(address)
        if not address or not source:
            return Unreachable(None, 0.0)
        own_port = source_port(self._session.draw)
        return self._session.network.send(
            Request(source, own_port, address, HTTPS_PORT, "https", host, message)
        )

    def _here(self, response: HttpResponse) -> HttpResponse:
        """Return `response` with links that lead to this gateway."""
        headers = tuple(
            (name, self._relinked(value.encode("latin-1")).decode("latin-1"))
            for name, value in response.headers
        )
        readable = READABLE.match(response.header("Content-Type"))
        body = self._relinked(response.body) if readable else response.body
        return HttpResponse(response.status, headers, body)

    def _relinked(self, text: bytes) -> bytes:
        def relinked(found: re.Match[bytes]) -> bytes:
            host = found.group(1).decode().lower()
            in_the_lab = self._session.network.covers(host)
            return f"{self._base}/{host}".encode() if in_the_lab else found.group()

        return LINK.sub(relinked, text)
