"""Web servers, certificates and DNS over HTTPS, judged by OpenSSL where it can."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import dns.message
import dns.name
import dns.rdatatype
import dns.rdtypes.svcbbase
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from visits import LAB, SAY, SERVICES, WORLD, seat

from labsupport.dns.transport import MEDIA_TYPE
from labsupport.exchange import (
    PORTS,
    Clock,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unusable,
)
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.formats.certificates import Trust, judge, read_certificate
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import Url, read_url
from labsupport.kinds import Kind
from labsupport.lookups import web
from labsupport.lookups.web import Served, outer_name
from labsupport.servers import vpn
from labsupport.servers.observatory import DELEGATED, SITE, observatory
from labsupport.servers.web import (
    ENCRYPTED_HELLO,
    WebServer,
    notice_service,
    site_page,
    site_servers,
)
from labsupport.world.certificates import CertificateAuthority
from labsupport.world.changes import NOTICE_SITE

AUTHORITY = WORLD.certificate_authority
SITES = tuple(site.name for site in WORLD.sites)
(EXPIRED,) = (
    story.name for story in WORLD.stories if story.kind == "expired-certificate"
)
LOOK_ALIKES = tuple(site.name for site in WORLD.sites if site.kind == "look-alike")
MUSEUM, MUSEUM_ADDRESS = "www.museum.example", "198.51.100.10"
MUSEUM_SITE = next(site for site in WORLD.sites if site.name == MUSEUM)
MUSEUM_PAGE = partial(site_page, MUSEUM_SITE)
SHARED = "203.0.113.80"
EDGE, PAPER = "192.0.2.80", "www.diario-del-puerto.example"
START = WORLD.start.timestamp()
DAY = 86400


class Noon:
    """A clock that stands at the start of the lab."""

    def now(self) -> float:
        return START


def unused(request: Request) -> Outcome:
    raise AssertionError("a web server asks nobody")


def web_request(
    protocol: str, server_name: str | None, payload: bytes, to_address: str = SHARED
) -> Request:
    port = PORTS.get(protocol, 9)
    return Request(
        "198.18.0.10", 40000, to_address, port, protocol, server_name, payload
    )


def get(host: str, target: str = "/") -> bytes:
    return HttpRequest("GET", target, (("Host", host),)).to_bytes()


def served(server: WebServer, request: Request, clock: Clock | None = None) -> Reply:
    outcome = server.handle(request, unused, clock or Noon())
    assert isinstance(outcome, Reply)
    return outcome


def shown(reply: Reply) -> tuple[str, ...]:
    certificate = read_certificate(reply.certificates[0])
    assert certificate is not None
    return certificate.names


# Certificates


def test_certificates_are_the_same_every_time() -> None:
    other = CertificateAuthority(AUTHORITY.start)
    for name in SITES[:5]:
        assert other.chain(name, START) == CertificateAuthority(AUTHORITY.start).chain(
            name, START
        )


def test_every_site_is_trusted_but_the_one_of_the_story() -> None:
    for name in SITES:
        trust = judge(AUTHORITY.chain(name, START), name, AUTHORITY.root, START)
        assert trust is (Trust.EXPIRED if name == EXPIRED else Trust.TRUSTED), name
    assert LOOK_ALIKES


@given(st.integers(0, 13 * 365))
def test_sites_renew_in_time_for_as_long_as_the_lab_lives(days: int) -> None:
    now = datetime(2024, 1, 1, tzinfo=UTC).timestamp() + days * DAY
    chain = AUTHORITY.chain(MUSEUM, now)
    certificate = read_certificate(chain[0])
    assert certificate is not None
    assert certificate.ends - certificate.begins == 90 * DAY
    assert certificate.ends - now >= 30 * DAY
    if days < 12 * 365:
        assert judge(chain, MUSEUM, AUTHORITY.root, now) is Trust.TRUSTED


def test_a_long_name_gets_a_certificate_as_well() -> None:
    name = ".".join(["a" * 60] * 3 + ["example"])
    assert (
        judge(AUTHORITY.chain(name, START), name, AUTHORITY.root, START)
        is Trust.TRUSTED
    )


def test_why_a_certificate_is_not_trusted() -> None:
    chain = AUTHORITY.chain(MUSEUM, START)
    root = AUTHORITY.root
    assert judge(chain, "www.isla.example", root, START) is Trust.OTHER_NAME
    assert judge(chain, MUSEUM, root, START + 100 * DAY) is Trust.EXPIRED
    assert judge(chain, MUSEUM, root, START - 100 * DAY) is Trust.NOT_YET_VALID
    assert judge(chain, "www.isla.example", root, START + 100 * DAY) is Trust.OTHER_NAME
    assert judge(chain, MUSEUM, self_signed()[1], START) is Trust.UNKNOWN_ISSUER
    assert judge((self_signed()[0],), MUSEUM, root, START) is Trust.UNKNOWN_ISSUER
    assert judge((), MUSEUM, root, START) is Trust.UNREADABLE
    assert judge((b"\0",), MUSEUM, root, START) is Trust.UNREADABLE
    assert judge(chain, MUSEUM, b"", START) is Trust.UNKNOWN_ISSUER


def self_signed() -> tuple[bytes, bytes]:
    """A certificate for the museum that somebody issued to himself, as DER and as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(WORLD.start - timedelta(days=1))
        .not_valid_after(WORLD.start + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(MUSEUM)]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding
    return certificate.public_bytes(encoding.DER), certificate.public_bytes(
        encoding.PEM
    )


@pytest.mark.parametrize(
    ("shown_name", "asked", "problem"),
    [
        (MUSEUM, MUSEUM, ""),
        (LOOK_ALIKES[0], LOOK_ALIKES[0], ""),
        (EXPIRED, EXPIRED, "expired"),
        (MUSEUM, EXPIRED, "mismatch"),
    ],
)
def test_openssl_judges_the_same(
    shown_name: str, asked: str, problem: str, tmp_path: Path
) -> None:
    now = time.time()  # OpenSSL's clock is the machine's
    chain = AUTHORITY.chain(shown_name, now)
    trust = judge(chain, asked, AUTHORITY.root, now)
    assert (
        trust
        is {
            "": Trust.TRUSTED,
            "expired": Trust.EXPIRED,
            "mismatch": Trust.OTHER_NAME,
        }[problem]
    )
    said = handshake(chain[0], asked, tmp_path)
    assert (problem in said) if problem else (said == "")


def handshake(leaf: bytes, asked: str, folder: Path) -> str:
    """Let OpenSSL shake hands with itself; return what the client said against it."""
    pem = folder / "site.pem"
    pem.write_bytes(ssl.DER_cert_to_PEM_cert(leaf).encode() + AUTHORITY.sites_key)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    client_side = ssl.create_default_context(cadata=AUTHORITY.root.decode())
    near, far = socket.socketpair()

    def serve() -> None:
        try:
            server_side.wrap_socket(far, server_side=True).close()
        except OSError:  # the client hung up
            far.close()

    thread = threading.Thread(target=serve)
    thread.start()
    near.settimeout(20)
    try:
        client_side.wrap_socket(near, server_hostname=asked).close()
        return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message.lower()
    finally:
        near.close()
        thread.join(20)


LEAF = AUTHORITY.chain(MUSEUM, START)[0]
SAID = x509.load_der_x509_certificate(
    LEAF
).tbs_certificate_bytes  # the part that is signed


@given(st.binary(max_size=400))
def test_any_bytes_may_be_read_as_a_certificate(data: bytes) -> None:
    read_certificate(data)
    assert judge((data,), MUSEUM, AUTHORITY.root, START) is not Trust.TRUSTED


@given(st.integers(0, len(SAID) - 1), st.integers(1, 255))
def test_a_certificate_that_says_something_else_is_not_trusted(
    place: int, change: int
) -> None:
    said = bytearray(SAID)
    said[place] ^= change
    chain = (LEAF.replace(SAID, bytes(said)),)
    assert judge(chain, MUSEUM, AUTHORITY.root, START) is not Trust.TRUSTED


# Web servers


def test_213_sites_answer_at_one_address_each_with_its_own_page_and_certificate() -> (
    None
):
    server = site_servers(WORLD, {})[SHARED]
    assert len(server.names) == 213
    titles = {site.name: site.title for site in WORLD.sites}
    for name in server.names:
        reply = served(server, web_request("https", name, get(name)))
        assert titles[name] in HttpResponse.from_bytes(reply.payload).body.decode()
        assert shown(reply) == (name,)


def test_without_a_name_that_it_knows_a_machine_shows_its_own_certificate_and_no_page() -> (
    None
):
    server = site_servers(WORLD, {})[SHARED]
    for name in ("www.museum.example", None, ""):
        reply = served(server, web_request("https", name, get("www.museum.example")))
        assert shown(reply) == (server.names[0],)
        assert HttpResponse.from_bytes(reply.payload).status == 421


def test_the_handshake_chooses_the_certificate_and_the_host_header_the_page() -> None:
    server = site_servers(WORLD, {})[SHARED]
    first, second = server.names[3:5]
    reply = served(server, web_request("https", first, get(second.upper() + ".:443")))
    assert shown(reply) == (first,)
    title = next(site.title for site in WORLD.sites if site.name == second)
    assert title in HttpResponse.from_bytes(reply.payload).body.decode()


def test_only_the_edge_of_the_cdn_takes_the_outer_name_of_an_encrypted_hello() -> None:
    servers = site_servers(WORLD, {})
    reply = served(servers[EDGE], web_request("https", ENCRYPTED_HELLO, get(PAPER)))
    assert PAPER in shown(reply)
    assert HttpResponse.from_bytes(reply.payload).status == 200
    pages = dict.fromkeys((MUSEUM, PAPER), MUSEUM_PAGE)
    edge = WebServer(pages, lambda name, now: (name.encode(),), ENCRYPTED_HELLO)
    reply = served(edge, web_request("https", ENCRYPTED_HELLO, get(PAPER)))
    assert reply.certificates == (PAPER.encode(),)
    second = servers[SHARED].names[1]
    reply = served(servers[SHARED], web_request("https", ENCRYPTED_HELLO, get(second)))
    assert shown(reply) != (second,)


@pytest.mark.parametrize(
    "host", [NOTICE_SITE.upper() + ":80", MUSEUM, "cualquiera.invalid", "<b>"]
)
@pytest.mark.parametrize("protocol", ["http", "https"])
def test_the_notice_service_answers_for_every_name(protocol: str, host: str) -> None:
    pages = {NOTICE_SITE: notice_service}
    addresses = next(site.addresses for site in WORLD.sites if site.name == NOTICE_SITE)
    assert len(addresses) == 2
    for address in addresses:
        server = site_servers(WORLD, pages)[address]
        reply = served(
            server, web_request(protocol, MUSEUM, get(host, "/a?b"), address)
        )
        response = HttpResponse.from_bytes(reply.payload)
        page = response.body.decode()
        assert "TRAINING" in page
        assert "avisos@red.gob.test" in page
        own = host.startswith(NOTICE_SITE.upper())
        assert response.status == (200 if own else 451)
        assert "The notice service" in page if own else "case 451/2026" in page
        blocked_by = '<https://aviso.red.gob.test/>; rel="blocked-by"'
        # RFC 7725 section 4
        assert response.header("Link") == ("" if own else blocked_by)
        assert "<b>" not in page
        # It has no certificate of anybody else's.
        assert (
            [shown(reply)] == [(NOTICE_SITE,)]
            if protocol == "https"
            else not reply.certificates
        )


def test_other_machines_refuse_names_that_are_not_theirs() -> None:
    server = site_servers(WORLD, {NOTICE_SITE: notice_service})[SHARED]
    reply = served(server, web_request("http", None, get(NOTICE_SITE)))
    assert HttpResponse.from_bytes(reply.payload).status == 421


def test_who_is_led_to_the_notice_over_https_is_warned_first() -> None:
    session = seat()
    address = next(
        site.addresses[0] for site in WORLD.sites if site.name == NOTICE_SITE
    )
    plain = web.get(session, read_url(f"http://{MUSEUM}", SAY), address)
    assert plain.response is not None
    assert plain.response.status == 451
    encrypted = web.get(session, read_url(MUSEUM, SAY), address)
    assert (encrypted.trust, encrypted.response) == (Trust.OTHER_NAME, None)
    own = web.fetch(session, NOTICE_SITE).response
    assert own is not None
    assert own.status == 200


def test_every_customer_of_the_cdn_opens() -> None:
    session = seat()
    for site in WORLD.sites:
        if site.hosting == "cdn":
            fetched = web.fetch(session, site.name)
            assert fetched.response is not None, site.name
            assert site.title in fetched.response.body.decode()
            assert web.find_outer_name(session, fetched.url.name) == ENCRYPTED_HELLO
    assert LAB.visit("www.partidos-ya.example").kind is Kind.FOUND


def test_every_page_says_that_it_is_invented() -> None:
    for server in site_servers(WORLD, {}).values():
        for name in server.names:
            for target, status in (("/", 200), ("/contacto?a=b", 200), ("/nada", 404)):
                reply = served(server, web_request("http", None, get(name, target)))
                response = HttpResponse.from_bytes(reply.payload)
                assert response.status == status
                assert b"TRAINING" in response.body
                assert not reply.certificates


def test_a_site_may_have_pages_of_its_own() -> None:
    special = {MUSEUM: lambda asked: HttpResponse(200, body=asked.target.encode())}
    server = site_servers(WORLD, special)[MUSEUM_ADDRESS]
    reply = served(server, web_request("http", None, get(MUSEUM, "/data")))
    assert HttpResponse.from_bytes(reply.payload).body == b"/data"


@pytest.mark.parametrize(
    ("site", "target"),
    [(MUSEUM, "/"), (MUSEUM, "/nada"), (SITE, DELEGATED), ("x.example", "/")],
)
def test_a_head_is_answered_as_a_get_without_a_body(site: str, target: str) -> None:
    pages = {
        MUSEUM: MUSEUM_PAGE,
        SITE: observatory(WORLD, WORLD.routing, lambda: START),
    }
    server = WebServer(pages, AUTHORITY.chain)
    whole, head = (
        served(
            server,
            web_request(
                "https", MUSEUM, HttpRequest(m, target, (("Host", site),)).to_bytes()
            ),
        )
        for m in ("GET", "HEAD")
    )
    got, told = (HttpResponse.from_bytes(reply.payload) for reply in (whole, head))
    assert got.body
    assert (told.status, told.body, head.certificates) == (
        got.status,
        b"",
        whole.certificates,
    )
    # A length would have to be that of the body which is not sent (RFC 9110 section 8.6).
    kept = tuple(h for h in got.headers if h[0].lower() != "content-length")
    assert told.headers == kept


def test_what_is_not_served() -> None:
    server = site_servers(WORLD, {})[MUSEUM_ADDRESS]
    post = HttpRequest("POST", "/", (("Host", MUSEUM),), b"x").to_bytes()
    reply = served(server, web_request("http", None, post))
    refused = HttpResponse.from_bytes(reply.payload)
    assert (refused.status, refused.header("Allow")) == (405, "GET, HEAD")
    assert isinstance(
        server.handle(web_request("tcp", None, b""), unused, Noon()), Reset
    )


@given(
    st.binary(max_size=300), st.sampled_from(["http", "https"]), st.none() | st.text()
)
def test_a_web_server_answers_any_bytes(
    data: bytes, protocol: str, name: str | None
) -> None:
    server = site_servers(WORLD, {})[MUSEUM_ADDRESS]
    reply = served(server, web_request(protocol, name, data))
    assert HttpResponse.from_bytes(reply.payload).status >= 400
    assert bool(reply.certificates) == (protocol == "https")


# Fetching a page


@pytest.mark.parametrize(
    ("url", "status", "trust"),
    [
        (MUSEUM, 200, Trust.TRUSTED),
        ("http://www.museum.example/contacto", 200, None),
        ("https://www.museum.example/nada", 404, Trust.TRUSTED),
        ("www.seis.example", 200, Trust.TRUSTED),  # IPv6 only
        (PAPER, 200, Trust.TRUSTED),  # an alias
        (f"http://{EXPIRED}", 200, None),
        (EXPIRED, None, Trust.EXPIRED),
        ("isla.example", None, Trust.OTHER_NAME),
        ("no-existe.example", None, None),
        ("www.abandonado.example", None, None),
    ],
)
def test_fetching(url: str, status: int | None, trust: Trust | None) -> None:
    fetched = web.fetch(seat(), url)
    assert (fetched.response.status if fetched.response else None) == status
    assert (fetched.served.trust if fetched.served else None) is trust
    assert bool(fetched.address) == (fetched.served is not None)


@pytest.mark.parametrize(
    ("served", "kind", "key"),
    [
        (None, Kind.NO_ANSWER, "web.no_address"),
        (Served(NotSent(None, 0.0, (), "held back")), Kind.NO_ANSWER, "web.not_sent"),
        (Served(Unusable(None, 0.0, (), "too large")), Kind.FAILED, "web.unusable"),
        (Served(TlsFailure(None, 0.0)), Kind.FAILED, "web.no_tls"),
        (
            Served(Reply(None, 0.0), trust=Trust.EXPIRED),
            Kind.FAILED,
            "web.not_trusted_expired",
        ),
        (Served(Reply(None, 0.0)), Kind.FAILED, "web.not_believed"),
        (Served(Silence(None, 5.0)), Kind.NO_ANSWER, "web.silent"),
        (Served(Reset(None, 0.1)), Kind.NO_ANSWER, "web.silent"),
    ],
)
def test_why_no_answer_came_is_told_apart(
    served: Served | None, kind: Kind, key: str
) -> None:
    fetched = web.Fetched(read_url(MUSEUM, SAY), MUSEUM_ADDRESS, served)
    why = web.why_no_answer(fetched, "observatory.refused")
    assert (why.kind, str(why)) == (kind, key)
    told = SAY(key, **why.values)
    assert MUSEUM in told or told == "held back"
    assert bool(why.not_said) == (key == "web.silent"), (
        "only of a silence more is to be said"
    )


def test_a_connection_without_ipv6_sends_nothing_to_an_ipv6_address() -> None:
    fetched = web.fetch(seat("movil-norte"), "www.seis.example")
    assert fetched.address == "2001:db8:501::60"
    assert fetched.served is not None
    assert type(fetched.served.outcome).__name__ == "NotSent"


@given(st.text())
def test_any_text_is_a_page_or_a_sentence(text: str) -> None:
    try:
        url = read_url(text, SAY)
    except NotUnderstood:
        return
    asked = HttpRequest("GET", url.target, (("Host", url.host),)).to_bytes()
    assert HttpRequest.from_bytes(asked).target == url.target


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("www.museum.example", "https://www.museum.example/"),
        ("HTTP://WWW.Museum.example", "http://www.museum.example/"),
        (
            "hxxps://www[.]museum[.]example/a b?c#d",
            "https://www.museum.example/a%20b?c",
        ),
        ("https://www.museum.example?q=ñ", "https://www.museum.example/?q=%C3%B1"),
        ("https://bank@www.museum.example:443/100%", "https://www.museum.example/100%"),
        ("www.museum.example:8443/a", "https://www.museum.example:8443/a"),
        ("http://www.museum.example:443", "http://www.museum.example:443/"),
        ("https://www.museum.example:", "https://www.museum.example/"),
        (
            r"https://www.museum.example\@evil.example/",
            "https://www.museum.example/@evil.example/",
        ),
        (r"https:\\www.museum.example\a?b\c", "https://www.museum.example/a?b%5Cc"),
        ("https://www.museum.example#@evil.example/", "https://www.museum.example/"),
    ],
)
def test_how_a_page_is_understood(text: str, understood: str) -> None:
    assert str(read_url(text, SAY)) == understood


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "   ",
        None,
        7,
        "ftp://www.museum.example",
        "https://",
        "https://a b/",
        "203.0.113.80",
        "www.museum.example:99999",
        "www.museum.example:0",
        "www.museum.example:https",
        "www.museum.example:" + "9" * 5000,
        "http://[2001:db8::1]:443/",
    ],
)
def test_what_is_no_page_gets_a_sentence(bad: object) -> None:
    with pytest.raises(NotUnderstood, match=r"[.!]$"):
        read_url(bad, SAY)


def test_a_port_is_called_and_named() -> None:
    asked: list[Request] = []

    class Listening:
        clock = Noon()

        def covers(self, name: str) -> bool:
            return True

        def send(self, request: Request) -> Outcome:
            asked.append(request)
            return Reset(request.to_address, 0.0)

    url = read_url("http://www.museum.example:8080", SAY)
    web.get(replace(seat(), network=Listening()), url, MUSEUM_ADDRESS)
    (request,) = asked
    assert request.port == 8080
    assert (
        HttpRequest.from_bytes(request.payload).header("Host")
        == "www.museum.example:8080"
    )


# DNS over HTTPS


def ask_over_https(name: str, address: str = SERVICES.resolver) -> Outcome:
    query = dns.message.make_query(name, "A", want_dnssec=True)
    url = web.resolver_url(SERVICES.resolver_name)
    return web.ask_over_https(seat(), url, address, query.to_wire())


@pytest.mark.parametrize("name", [MUSEUM, "no-existe.example", "www.alterado.example"])
def test_a_resolver_says_the_same_over_https(name: str) -> None:
    session = seat("fibra-sur-resuelve")
    asked = session.ask_resolver(dns.name.from_text(name), dns.rdatatype.A)
    plain = asked.response
    outcome = ask_over_https(name)
    assert isinstance(outcome, Reply)
    assert plain is not None
    answer = dns.message.from_wire(outcome.payload)
    assert (answer.rcode(), answer.answer, answer.flags) == (
        plain.rcode(),
        plain.answer,
        plain.flags,
    )


def test_an_access_networks_resolver_does_not_answer_over_https() -> None:
    assert isinstance(ask_over_https(MUSEUM, "198.18.0.53"), Reset)


def test_an_answer_under_another_name_is_not_believed() -> None:
    query = dns.message.make_query(MUSEUM, "A").to_wire()
    url = web.resolver_url("dns.museum.example")
    outcome = web.ask_over_https(seat(), url, SERVICES.resolver, query)
    assert isinstance(outcome, TlsFailure)
    assert outcome.reason == "made out to another name"


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (HttpRequest("POST", "/", (("Host", "x"),)), 404),
        (HttpRequest("PUT", "/dns-query", (("Host", "x"),)), 400),
        (HttpRequest("POST", "/dns-query", (("Host", "x"),), b"x"), 400),
    ],
)
def test_what_is_no_question_over_https(message: HttpRequest, status: int) -> None:
    network = seat().network
    reply = network.send(
        web_request("https", "x", message.to_bytes(), SERVICES.resolver)
    )
    assert isinstance(reply, Reply)
    assert HttpResponse.from_bytes(reply.payload).status == status


@given(st.binary(max_size=200), st.booleans())
def test_a_resolver_answers_any_bytes_over_https(data: bytes, wrapped: bool) -> None:
    if wrapped:
        headers = (("Host", "x"), ("Content-Type", MEDIA_TYPE))
        data = HttpRequest("POST", web.RESOLVER_PATH, headers, data).to_bytes()
    network = seat().network
    reply = network.send(web_request("https", "x", data, SERVICES.resolver))
    assert isinstance(reply, Reply)
    HttpResponse.from_bytes(reply.payload)


# Beside them


def test_the_far_end_of_the_vpn_speaks_only_to_tunnels() -> None:
    end = vpn.VpnEndpoint()
    sealed = vpn.DATA_MESSAGE + bytes(40)
    request = Request("198.18.0.10", 1, vpn.ADDRESS, vpn.PORT, "udp", None, sealed)
    reply = end.handle(request, unused, Noon())
    assert isinstance(reply, Reply)
    assert len(reply.payload) == len(sealed)
    stranger = Request("198.18.0.10", 1, vpn.ADDRESS, vpn.PORT, "udp", None, b"hello")
    assert isinstance(end.handle(stranger, unused, Noon()), Silence)
    host = WORLD.network_of(vpn.ADDRESS)
    assert host is not None
    assert host.name == "Ultramar Host"


@given(st.binary(max_size=120))
def test_any_bytes_may_be_read_as_a_key_for_encrypted_hello(data: bytes) -> None:
    assert isinstance(outer_name(data), str)


def test_the_cdn_publishes_the_outer_name_that_it_takes() -> None:
    zone = WORLD.zone("brisa-cdn.example")
    found = {
        outer_name(record.params[dns.rdtypes.svcbbase.ParamKey.ECH].ech)
        for _, rdataset in zone.iterate_rdatasets(dns.rdatatype.HTTPS)
        for record in rdataset
    }
    assert found == {ENCRYPTED_HELLO}


def test_a_url_reads_as_it_was_typed() -> None:
    assert (
        str(Url("http", dns.name.from_text(MUSEUM), "/a?b"))
        == "http://www.museum.example/a?b"
    )
