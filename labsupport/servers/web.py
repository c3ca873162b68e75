"""Web servers: one machine, many sites, told apart by the name that the client gives.

With TLS the name is given twice: in the handshake, where it chooses the certificate (RFC 6066
section 3), and inside, in the Host header, where it chooses the page (RFC 9110 section 7.2).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from labsupport.dns.transport import Send
from labsupport.exchange import PORTS, Clock, Outcome, Reply, Request, Reset, TlsFailure
from labsupport.exchange.http import HttpRequest, HttpResponse, NotHttp
from labsupport.world import World
from labsupport.world.changes import NOTICE_SITE
from labsupport.world.model import Site

Page = Callable[[HttpRequest], HttpResponse]
"""What a site answers. It is never asked HEAD: its server asks GET instead."""
CertificateOf = Callable[[str, float], tuple[bytes, ...]]
"""The certificates that a name shows at a time (seconds since 1970), as DER, its own first."""

# What a client of the content delivery network shows in place of a site's name, when it
# encrypts its ClientHello (RFC 9849, March 2026): the public name of all its sites.
ENCRYPTED_HELLO = "ech.brisa-cdn.example"


READ_ONLY = HttpResponse(HTTPStatus.METHOD_NOT_ALLOWED, (("Allow", "GET, HEAD"),))


def only_to_read(page: Page) -> Page:
    """Refuse every method but GET; and HEAD, for which a page is asked GET."""

    def reading(asked: HttpRequest) -> HttpResponse:
        return page(asked) if asked.method == "GET" else READ_ONLY

    return reading


HTML = (("Content-Type", "text/html; charset=utf-8"),)

# Who keeps visitors from a page, by the name of its site (RFC 7725 section 4).
BLOCKED_BY = ("Link", f'<https://{NOTICE_SITE}/>; rel="blocked-by"')
COMPLAINTS = "avisos@red.gob.test"


class WebServer:
    """Serves `pages`, by the name of their site; the first is the machine's own.

    `certificate_of` has the certificates of each. `outer_name` is the name that clients with
    an Encrypted Client Hello show, "" where the server does not take one. `for_others` answers
    for every other name; without it, they are refused.
    """

    def __init__(
        self,
        pages: Mapping[str, Page],
        certificate_of: CertificateOf,
        outer_name: str = "",
        for_others: Page | None = None,
    ) -> None:
        self._pages = pages
        self._certificate_of = certificate_of
        self._outer_name = outer_name
        self._for_others = for_others

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the sites that it serves."""
        return tuple(self._pages)

    def handle(self, request: Request, send: Send, clock: Clock) -> Outcome:
        """Answer one HTTP request, encrypted or not; anything else is cut off."""
        if request.protocol not in PORTS:
            return Reset(request.to_address, 0.0)
        if request.protocol == "https" and request.port == PORTS["http"]:
            # What OpenSSL says of a machine that answers its handshake without TLS.
            return TlsFailure(request.to_address, 0.0, (), "wrong version number")
        host = ""
        only_headers = False
        try:
            asked = HttpRequest.from_bytes(request.payload)
        except NotHttp:
            response = HttpResponse(
                HTTPStatus.BAD_REQUEST, body=b"This is no HTTP request.\n"
            )
        else:
            host = host_of(asked)
            only_headers = asked.method == "HEAD"
            if only_headers:
                asked = replace(asked, method="GET")
            response = self._answer(host, asked)
        if request.protocol == "http" and request.port == PORTS["https"]:
            response = HttpResponse(
                HTTPStatus.BAD_REQUEST, body=b"Only HTTPS is spoken here.\n"
            )
        certificates: tuple[bytes, ...] = ()
        if request.protocol == "https":
            certificates = self._certificate_of(self._shown(request, host), clock.now())
        payload = _headers(response) if only_headers else response.to_bytes()
        return Reply(request.to_address, 0.0, (), payload, certificates)

    def _answer(self, host: str, asked: HttpRequest) -> HttpResponse:
        page = self._pages.get(host, self._for_others)
        if page is None:
            body = b"No site of this name is served here.\n"
            return HttpResponse(HTTPStatus.MISDIRECTED_REQUEST, body=body)
        return page(asked)

    def _shown(self, request: Request, host: str) -> str:
        """The name whose certificate is shown: the machine's own when it does not know better."""
        name = (request.server_name or "").lower()
        if self._outer_name and name == self._outer_name:
            name = host  # the true name was in the encrypted part
        return name if name in self._pages else next(iter(self._pages))


def _headers(response: HttpResponse) -> bytes:
    """What answers a HEAD: all but the body (RFC 9110 section 9.3.2).

    The length is left out, as it may be: nothing could read a body that does not come.
    """
    lines = response.to_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = (line for line in lines if not line.lower().startswith(b"content-length:"))
    return b"\r\n".join((*kept, b"", b""))


def host_of(asked: HttpRequest) -> str:
    """Return the name in a request's Host header, without the port."""
    return asked.header("Host").partition(":")[0].rstrip(".").lower()


def site_page(site: Site, asked: HttpRequest) -> HttpResponse:
    """Answer for an invented site: its first page, and /contacto."""
    if asked.method != "GET":
        return READ_ONLY
    texts = {
        "/": f"{site.title}: {site.kind}.",
        "/contacto": f"{site.title}, {site.name}: this is where you would find an address.",
    }
    text = texts.get(asked.target.partition("?")[0])
    if text is None:
        body = _page(site.title, "There is no such page.")
        return HttpResponse(HTTPStatus.NOT_FOUND, HTML, body)
    return HttpResponse(HTTPStatus.OK, HTML, _page(site.title, text))


def withdrawn(asked: HttpRequest) -> HttpResponse:
    """Answer for a site that its host no longer gives out, by order (RFC 7725)."""
    text = "This site was taken offline by its host, by order of a court of the lab."
    status = HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS
    return HttpResponse(status, HTML, _page("Not available", text))


def notice(asked: HttpRequest) -> HttpResponse:
    """Say that an order keeps visitors from the page that was asked for (RFC 7725).

    >>> int(notice(HttpRequest("GET", "/", (("Host", "www.museum.example"),))).status)
    451
    """
    text = (
        f"What was to be seen at {host_of(asked)} was blocked by order of the Fifth Court of "
        "Puerto Candil, case 451/2026. The court and the case are invented. Whoever takes this "
        f"for a mistake, or was hit without being meant, writes to {COMPLAINTS}."
    )
    body = _page("TRAINING: this page was blocked", text)
    return HttpResponse(
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS, (*HTML, BLOCKED_BY), body
    )


@only_to_read
def notice_service(asked: HttpRequest) -> HttpResponse:
    """Answer for the notice service's own name: what it is, and what visitors see of it."""
    text = (
        "The notice service of Red de Gobierno. Visitors of a page that was blocked by order of "
        "a court are led here, and this machine answers in its place, whatever its name: that "
        f"it was blocked, by which court, and that complaints go to {COMPLAINTS}."
    )
    return HttpResponse(
        HTTPStatus.OK, HTML, _page("TRAINING: notices of blocked pages", text)
    )


def site_servers(world: World, own: Mapping[str, Page]) -> dict[str, WebServer]:
    """Return the web server at each address of the world's sites.

    `own` has what sites show that are more than one invented page, by name.

    >>> servers = site_servers(World.load(), {})
    >>> len(servers["203.0.113.80"].names)
    213
    """
    pages: dict[str, dict[str, Page]] = {}
    hidden: set[str] = set()
    for site in world.sites:
        if site.hosting == "cdn":
            hidden.update(site.addresses)
        if site.name in world.departed:
            continue
        page = own.get(site.name) or partial(site_page, site)
        if site.name in world.withdrawn:
            page = withdrawn
        for address in site.addresses:
            pages.setdefault(address, {})[site.name] = page
    servers = {}
    for address, served in pages.items():
        outer = ENCRYPTED_HELLO if address in hidden else ""
        others = notice if NOTICE_SITE in served else None
        servers[address] = WebServer(served, world.certificates, outer, others)
    return servers


def _page(title: str, text: str) -> bytes:
    title = html.escape(title)
    text = html.escape(text)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"</head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n"
        "<p>TRAINING: this page belongs to the lab Internet. It is invented, as is everybody "
        "in it.</p>\n</body>\n</html>\n"
    ).encode()
