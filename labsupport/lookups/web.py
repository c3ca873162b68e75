"""Fetching one page: the name, the address, the certificate, the answer.

No redirect is followed and nothing in a page is run: one page is one exchange.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.rdtypes.svcbbase
import dns.wire

from labsupport.dns.transport import (
    IDENTIFIER,
    MEDIA_TYPE,
    RESOLVER_PATH,
    Exchange,
    source_port,
)
from labsupport.exchange import (
    PORTS,
    Around,
    NotSent,
    Outcome,
    Reply,
    Request,
    TlsFailure,
    Unusable,
)
from labsupport.exchange.http import Headers, HttpRequest, HttpResponse, NotHttp
from labsupport.formats.certificates import Certificate, Trust, judge, read_certificate
from labsupport.inputs.urls import Url, url_of
from labsupport.kinds import Kind
from labsupport.lookups.ask import chain_of
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.session import RdataType, Session

A = dns.rdatatype.A
AAAA = dns.rdatatype.AAAA
USER_AGENT = "labsupport (a course on how the Internet works)"
SAMPLE = 64 * 1024  # octets of a page that are enough to compare it by
ECH_VERSION = 0xFE0D  # RFC 9849 section 4


@dataclass(frozen=True, slots=True)
class Served:
    """What came of one request to a machine.

    `certificate` and `trust` are None without encryption, or when no answer came. `response`
    is None when what came is no HTTP, and when the certificate is not trusted: a browser
    stops there as well.
    """

    outcome: Outcome
    response: HttpResponse | None = None
    certificate: Certificate | None = None
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching a page.

    `address` is "" when the resolver gave none, and `served` is then None.
    """

    url: Url
    address: str = ""
    served: Served | None = None

    @property
    def was_asked(self) -> bool:
        """Whether the machine was asked for the page: not, where it could not be trusted."""
        if self.served is None or isinstance(self.served.outcome, NotSent | TlsFailure):
            return False
        return self.served.trust in (None, Trust.TRUSTED)

    @property
    def response(self) -> HttpResponse | None:
        """The machine's answer, when one came that may be believed."""
        return self.served.response if self.served else None


class Once(Around):
    """Hands requests on; a page that was asked for before is not asked for again.

    It lasts as long as one lookup: what it remembers is never older than that.
    """

    @cached_property
    def _known(self) -> dict[tuple[object, ...], Outcome]:
        return {}

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, or return what became of the same one before."""
        if request.protocol not in PORTS:
            return self.network.send(request)
        key = (request.to_address, request.port, request.server_name, request.payload)
        if key not in self._known:
            self._known[key] = self.network.send(request)
        return self._known[key]


def once(session: Session) -> Session:
    """Return a session, for one lookup, in which no page and no name is asked for twice."""
    exchanges: dict[bytes, Exchange] = {}

    def resolve(asking: Session, query: dns.message.Message) -> Exchange:
        question = (query.wire or query.to_wire())[IDENTIFIER:]
        if question not in exchanges:
            exchanges[question] = session.resolve(asking, query)
        return exchanges[question]

    return replace(session, network=Once(session.network), resolve=resolve)


def fetch(session: Session, text: str, accept: str = "") -> Fetched:
    """Fetch the page that `text` means: ask for the address, then ask the machine there for it.

    `accept` is the media type to ask for, "" for whatever there is. Raises NotUnderstood when
    `text` means no page. Whatever goes wrong on the way comes back in the result.
    """
    url = url_of(text)
    _, address = find_address(session, url.name)
    headers = (("Accept", accept),) if accept else ()
    served = get(session, url, address, headers=headers) if address else None
    return Fetched(url, address, served)


def why_no_answer(fetched: Fetched, not_said: str = "", **values: object) -> NoAnswer:
    """Return why no answer came, or none that may be believed.

    `not_said` names a sentence on what a silence does not say; `values` fill it.
    """
    served = fetched.served
    host = fetched.url.host if fetched.was_asked else ""
    kind = Kind.FAILED
    key = "web.not_believed"
    reason = ""
    if served is None:
        kind = Kind.NO_ANSWER
        key = "web.no_address"
    elif isinstance(served.outcome, NotSent):
        kind = Kind.NO_ANSWER
        key = "web.not_sent"
        reason = served.outcome.reason
    elif isinstance(served.outcome, Unusable):
        key = "web.unusable"
        reason = served.outcome.reason
    elif served.trust not in (None, Trust.TRUSTED):
        key = f"web.not_trusted_{served.trust.name.lower()}"
    elif isinstance(served.outcome, TlsFailure):
        key = "web.no_tls"
    elif not isinstance(served.outcome, Reply):
        kind = Kind.NO_ANSWER
        key = "web.silent"
    if key != "web.silent":
        not_said = ""
    values |= {"name": fetched.url.host, "reason": reason}
    return NoAnswer(kind, key, host, not_said=not_said, **values)


def find_address(session: Session, name: dns.name.Name) -> tuple[Exchange, str]:
    """Ask the resolver for an address of `name`: IPv4 first, and IPv6 where there is none.

    The address is "" when the resolver gives none; the exchange says why.
    """
    asked, address = ask_address(session, name, A)
    if address or asked.response is None or asked.response.rcode():
        return asked, address
    asked_again, address = ask_address(session, name, AAAA)
    return (asked_again, address) if address else (asked, "")


def ask_address(
    session: Session, name: dns.name.Name, rdtype: RdataType
) -> tuple[Exchange, str]:
    """Ask the resolver for an address of one type, A or AAAA; the address is "" without one."""
    asked = session.ask_resolver(name, rdtype)
    chain = chain_of(asked.response)
    return asked, str(chain.answer[0].address) if chain and chain.answer else ""


def find_outer_name(session: Session, name: dns.name.Name) -> str:
    """Ask the DNS what a site shows in the place of its name (RFC 9848), and return that.

    It is "" where the site offers no Encrypted Client Hello.
    """
    for record in session.records(name, dns.rdatatype.HTTPS):
        offer = record.params.get(dns.rdtypes.svcbbase.ParamKey.ECH)
        if offer is not None:
            return outer_name(offer.ech)
    return ""


def outer_name(config_list: bytes) -> str:
    """Return the name that an Encrypted Client Hello shows (RFC 9849 section 4).

    `config_list` is the ECHConfigList from an HTTPS record; "" where it has none to use.
    """
    try:
        configs = dns.wire.Parser(dns.wire.Parser(config_list).get_counted_bytes(2))
        while configs.remaining():
            version = configs.get_uint16()
            content = configs.get_counted_bytes(2)
            if version != ECH_VERSION:
                continue
            config = dns.wire.Parser(content)
            config.get_bytes(1 + 2)  # the key's number, and its kind
            config.get_counted_bytes(2)  # the key
            config.get_counted_bytes(2)  # the ciphers
            config.get_uint8()  # the longest name to hide
            return config.get_counted_bytes(1).decode("ascii").lower()
    except (dns.exception.DNSException, UnicodeDecodeError):
        pass
    return ""


def look(session: Session, url: Url, address: str) -> Served:
    """Ask the machine at `address` what it would answer for the page at `url`, without content.

    That is HEAD (RFC 9110 section 9.3.2). A server that does not know it says 405 or 501.
    """
    return get(session, url, address, method="HEAD")


def sample(session: Session, url: Url, address: str) -> Served:
    """Ask the machine at `address` for the page at `url`, of a large one for its beginning.

    A server may send the whole page all the same (RFC 9110 section 14.2).
    """
    return get(session, url, address, headers=(("Range", f"bytes=0-{SAMPLE - 1}"),))


def resolver_url(name: str) -> Url:
    """Return where public resolvers are asked over HTTPS: the usual path at a name."""
    return Url("https", dns.name.from_text(name), RESOLVER_PATH)


def ask_over_https(
    session: Session, url: Url, address: str, query: bytes, *, timeout: float = 5.0
) -> Outcome:
    """Ask the resolver at `address` over HTTPS (RFC 8484); a Reply holds the DNS message.

    `url` has the resolver's name, which its certificate must show. `query` is a DNS message. What
    is no DNS message comes back as a Reply without payload. `timeout` is in seconds.
    """
    # All who ask the same send the same: the identifier is 0 (RFC 8484 section 4.1).
    body = b"\0\0" + query[2:]
    headers = (("Accept", MEDIA_TYPE), ("Content-Type", MEDIA_TYPE))
    served = get(
        session,
        url,
        address,
        method="POST",
        headers=headers,
        body=body,
        timeout=timeout,
    )
    outcome = served.outcome
    response = served.response
    if not isinstance(outcome, Reply):
        return outcome
    if served.trust is not Trust.TRUSTED:
        why = served.trust.value if served.trust else ""
        return TlsFailure(
            outcome.from_address, outcome.elapsed, (), why, outcome.certificates
        )
    answer = b""
    if (
        response
        and response.status == 200
        and response.header("Content-Type") == MEDIA_TYPE
    ):
        answer = query[:2] + response.body[2:]
    return Reply(outcome.from_address, outcome.elapsed, outcome.ignored, answer)


def get(  # noqa: PLR0913 - what a request of HTTP may say, by keyword
    session: Session,
    url: Url,
    address: str,
    *,
    method: str = "GET",
    headers: Headers = (),
    body: bytes = b"",
    server_name: str = "",
    timeout: float = 5.0,
) -> Served:
    """Ask the machine at `address` for the page at `url`.

    `server_name` is the name to show in the TLS handshake instead of the site's own: the
    outer one of an Encrypted Client Hello (RFC 9849). `timeout` is in seconds.
    """
    headers = (("Host", url.authority), ("User-Agent", USER_AGENT), *headers)
    message = HttpRequest(method, url.target, headers, body).to_bytes()
    source = session.entry.source_for(address)
    if not source:
        family = "IPv6" if ":" in address else "IPv4"
        reason = session.say("web.no_family", address=address, family=family)
        return Served(NotSent(None, 0.0, (), reason))
    encrypted = url.scheme == "https"
    # No address is shown in a handshake (RFC 6066 section 3).
    shown_name = (server_name or url.host) if encrypted and not url.address else None
    port = source_port(session.draw)
    request = Request(
        source,
        port,
        address,
        url.port,
        url.scheme,
        shown_name,
        message,
        timeout=timeout,
    )
    outcome = session.network.send(request)
    if isinstance(outcome, TlsFailure) and (shown := outcome.certificates):
        # Nothing was asked of a machine that is not trusted: what it showed is judged below.
        outcome = Reply(outcome.from_address, outcome.elapsed, (), b"", shown)
    if not isinstance(outcome, Reply):
        return Served(outcome)
    certificate = trust = None
    if encrypted:
        chain = outcome.certificates
        now = session.network.clock.now()
        certificate = read_certificate(chain[0]) if chain else None
        authorities = session.entry.certificate_authority
        trust = Trust.TRUSTED
        if chain or authorities:  # else a browser judged already
            trust = judge(chain, url.host, authorities, now)
        if trust is not Trust.TRUSTED:
            return Served(outcome, None, certificate, trust)
    try:
        response = HttpResponse.from_bytes(outcome.payload)
    except NotHttp:
        response = None
    return Served(outcome, response, certificate, trust)
