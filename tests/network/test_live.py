"""Live requests over real sockets on loopback: servers that answer, fail, lie and attack."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import served
from misbehaving import (
    AUTHORITY,
    HERE,
    Behaviour,
    encrypted,
    over_http2,
    saying,
    tcp,
    udp,
)
from said import says

from labsupport.dns.transport import exchange, make_query, may_answer
from labsupport.evidence.file_format import read
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import (
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
    Unusable,
)
from labsupport.exchange.http import HttpRequest, HttpResponse, NotHttp
from labsupport.formats.certificates import Trust, judge
from labsupport.language import Language
from labsupport.network import live as sockets
from labsupport.network.live import Guard, LiveNetwork
from labsupport.network.recording import RecordedNetwork

SAY = Language.load("en")
LIVE = LiveNetwork(Guard((), ["127.0.0.0/8", "::1/128"]), AUTHORITY.root, SAY)
NAME = "www.museum.example"

OK = (":status", "200")

SOON = 0.4  # seconds: enough on loopback


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a served lab answers DNS."""
    with served() as (_, port, _):
        yield port


def to(
    port: int,
    protocol: str,
    payload: bytes = b"museum.example\r\n",
    server_name: str | None = None,
    timeout: float = SOON,
) -> Outcome:
    request = Request(
        "", 0, HERE, port, protocol, server_name, payload, timeout=timeout
    )
    return LIVE.send(request)


def get(port: int, protocol: str = "http", **values: object) -> Outcome:
    payload = HttpRequest("GET", "/", (("Host", NAME),)).to_bytes()
    return to(port, protocol, payload, **values)  # type: ignore[arg-type]


def whois(behave: Behaviour, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    with tcp(behave) as port:
        monkeypatch.setattr("labsupport.network.live.WHOIS_PORT", port)
        return to(port, "tcp")


def query(name: str = NAME) -> dns.message.QueryMessage:
    return make_query(dns.name.from_text(name), dns.rdatatype.A, recursion=True)


# What it carries


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_question_over_udp_and_tcp(port: int, protocol: str) -> None:
    asked = query()
    outcome = to(port, protocol, asked.to_wire(), timeout=5)
    assert isinstance(outcome, Reply)
    answer = dns.message.from_wire(outcome.payload)
    assert asked.is_response(answer)
    assert answer.answer[0][0].address == "198.51.100.10"
    assert outcome.from_address == HERE
    assert outcome.source_port >= 1024


def test_whois(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = whois(saying(b"Domain Name: MUSEUM.EXAMPLE\r\n"), monkeypatch)
    assert isinstance(outcome, Reply)
    assert outcome.payload == b"Domain Name: MUSEUM.EXAMPLE\r\n"


def test_a_page_over_http() -> None:
    with tcp(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nMuseo")) as number:
        outcome = get(number, timeout=5)
    assert isinstance(outcome, Reply)
    response = HttpResponse.from_bytes(outcome.payload)
    assert (response.status, response.body) == (200, b"Museo")


def test_an_answer_that_was_cut_is_asked_for_again_over_tcp(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = query()
    whole = dns.message.make_response(asked)
    whole.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "A", "198.51.100.10"))
    cut = dns.message.make_response(asked)
    cut.flags |= dns.flags.TC
    with (
        tcp(_framed(whole.to_wire())) as stream,
        udp(lambda _: [cut.to_wire()]) as datagram,
    ):

        def send(request: Request) -> Outcome:
            port = datagram if request.protocol == "udp" else stream
            return LIVE.send(replace(request, port=port, timeout=SOON))

        found = exchange(send, asked, source="", to_address=HERE)
    assert found.truncated
    assert found.response is not None
    assert found.response.answer


def _framed(message: bytes) -> Behaviour:
    return saying(len(message).to_bytes(2, "big") + message)


# Encryption


def test_a_page_over_https() -> None:
    page = HttpResponse(200, body=b"hello").to_bytes()
    chain = AUTHORITY.chain(NAME, time.time())
    with tcp(encrypted(saying(page), chain, AUTHORITY.sites_key)) as port:
        outcome = get(port, "https", server_name=NAME)
    assert isinstance(outcome, Reply)
    assert outcome.certificates == chain
    assert HttpResponse.from_bytes(outcome.payload).body == b"hello"


def test_a_page_over_http2_where_the_server_takes_nothing_else() -> None:
    asked: list[dict[str, str]] = []
    chain = AUTHORITY.chain(NAME, time.time())
    answering = over_http2([OK], b"hello", asked)
    behave = encrypted(answering, chain, AUTHORITY.sites_key, "h2")
    with tcp(behave) as port:
        outcome = get(port, "https", server_name=NAME, timeout=5)
    assert isinstance(outcome, Reply)
    response = HttpResponse.from_bytes(outcome.payload)
    assert (response.status, response.body) == (200, b"hello")
    assert (asked[0][":method"], asked[0][":path"], asked[0][":authority"]) == (
        "GET",
        "/",
        NAME,
    )


MALFORMED: dict[str, list[tuple[str, str]]] = {
    "no status": [("content-type", "text/plain")],
    "two statuses": [OK, (":status", "404")],
    "a status that is no number": [(":status", "abc")],
    "an empty status": [(":status", "")],
    "a status of 5,000 digits": [(":status", "9" * 5000)],
    "a status below 100": [(":status", "99")],
    "a negative status": [(":status", "-200")],
    "a status of four digits": [(":status", "1000")],
    "a body where there is none": [(":status", "204")],
    "a line end in a value": [OK, ("x", "a\r\nlocation: https://127.0.0.1/")],
    "a line end in a name": [OK, ("x\r\ny", "a")],
    "a blank in a name": [OK, ("x y", "a")],
    "a name of no letters": [OK, ("", "a")],
    "a blank before a value": [OK, ("x", " a")],
    "a nought in a value": [OK, ("x", "a\0")],
}


@pytest.mark.parametrize("headers", MALFORMED.values(), ids=MALFORMED)
def test_over_http2_a_malformed_answer_is_none(headers: list[tuple[str, str]]) -> None:
    """RFC 9113 section 8.1.1."""
    chain = AUTHORITY.chain(NAME, time.time())
    behave = encrypted(
        over_http2(headers, b"hello", []), chain, AUTHORITY.sites_key, "h2"
    )
    with tcp(behave) as port:
        outcome = get(port, "https", server_name=NAME, timeout=5)
    assert isinstance(outcome, Unusable)
    assert outcome.reason == SAY("live.what_came_breaks_rules")


@pytest.mark.parametrize(
    ("made_out_to", "asked", "when", "trust"),
    [
        (NAME, "www.isla.example", 0, Trust.OTHER_NAME),
        (NAME, NAME, -400, Trust.EXPIRED),
        (NAME, NAME, 400, Trust.NOT_YET_VALID),
    ],
)
def test_nothing_is_asked_where_the_certificate_is_not_trusted(
    made_out_to: str, asked: str, when: int, trust: Trust
) -> None:
    heard: list[bytes] = []
    chain = AUTHORITY.chain(made_out_to, time.time() + when * 86400)

    def listen(inside: socket.socket) -> None:
        heard.append(inside.recv(65535))

    with tcp(encrypted(listen, chain, AUTHORITY.sites_key)) as port:
        outcome = get(port, "https", server_name=asked)
    assert isinstance(outcome, TlsFailure)
    assert outcome.certificates == chain
    assert judge(chain, asked, AUTHORITY.root, time.time()) is trust
    assert heard in ([], [b""])


def test_no_encryption_at_all_is_a_tls_failure() -> None:
    with tcp(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        outcome = get(port, "https", server_name=NAME)
    assert isinstance(outcome, TlsFailure)
    assert outcome.reason == "wrong version number"
    assert outcome.certificates == ()


# What goes wrong


def test_nobody_listens() -> None:
    with tcp(saying(b"")) as port:
        pass
    assert isinstance(get(port), Reset)
    assert isinstance(to(port, "udp", query().to_wire()), Unreachable)


def test_silence_is_told_from_an_answer_that_breaks_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with udp(lambda _: []) as port:
        assert isinstance(to(port, "udp", query().to_wire()), Silence)

    def stays(own: socket.socket) -> None:
        while own.recv(65535):  # until the client has gone
            pass

    def stops(own: socket.socket) -> None:
        own.sendall(b"Domain")
        stays(own)

    assert isinstance(whois(stays, monkeypatch), Silence)
    outcome = whois(stops, monkeypatch)
    assert isinstance(outcome, Unusable)
    assert outcome.reason == SAY("live.began_answer_did_not")


def test_what_was_cut_off_before_anything_came_is_a_reset() -> None:
    with tcp(lambda own: None) as port:
        assert isinstance(get(port), Reset)
        assert isinstance(to(port, "tcp", query().to_wire()), Reset)
        assert isinstance(get(port, "https", server_name=NAME), Reset)


@pytest.mark.parametrize(
    ("head", "farewell", "is_whole"),
    [
        (b"", False, False),
        (b"", True, True),
        (b"Content-Length: 5\r\n", False, True),
        (b"Content-Length: 6\r\n", True, False),
        (b"Transfer-Encoding: chunked\r\n", True, False),
    ],
)
def test_an_end_that_anybody_on_the_way_can_make_ends_no_encrypted_answer(
    head: bytes, farewell: bool, is_whole: bool
) -> None:
    def answers(inside: socket.socket) -> None:
        inside.recv(65535)
        inside.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        inside.sendall(b"Museo")
        if farewell:
            assert isinstance(inside, ssl.SSLSocket)
            inside.unwrap()

    chain = AUTHORITY.chain(NAME, time.time())
    with tcp(encrypted(answers, chain, AUTHORITY.sites_key)) as port:
        outcome = get(port, "https", server_name=NAME, timeout=5)
    if is_whole:
        assert isinstance(outcome, Reply)
        assert HttpResponse.from_bytes(outcome.payload).body == b"Museo"
    else:
        assert isinstance(outcome, Unusable)


def test_a_slow_drip_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "LONGEST_EXCHANGE", 3 * SOON)

    def drip(own: socket.socket) -> None:
        while True:
            own.sendall(b".")
            time.sleep(SOON / 4)

    assert isinstance(whois(drip, monkeypatch), Unusable)


def test_a_flood_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    def flood(own: socket.socket) -> None:
        nonlocal sent
        own.recv(65535)
        own.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
        while sent < 50 * 1024 * 1024:
            own.sendall(bytes(65536))
            sent += 65536

    with tcp(flood) as port:
        outcome = get(port, timeout=5)
    assert isinstance(outcome, Unusable)
    assert outcome.reason == SAY("live.sent_far_more_than")
    assert sent < 50 * 1024 * 1024


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
def test_a_packet_that_is_lost_is_sent_again(lost: int) -> None:
    asked = query()
    came: list[bytes] = []

    def answers(data: bytes) -> list[bytes]:
        came.append(data)
        return [dns.message.make_response(asked).to_wire()] if len(came) > lost else []

    with udp(answers) as port:
        outcome = to(port, "udp", asked.to_wire(), timeout=3 * SOON)
    assert isinstance(outcome, Reply) == (lost < 3)
    assert set(came) == {asked.to_wire()}
    assert len(came) == min(lost + 1, 3)


def test_replies_to_other_questions_are_kept_and_not_believed() -> None:
    asked = query()
    right = dns.message.make_response(asked)
    forged = dns.message.make_response(asked)
    forged.id = (asked.id + 1) % 65536
    other = dns.message.make_response(query("www.isla.example"))
    other.id = asked.id
    lies = [b"\xff", forged.to_wire(), other.to_wire()]
    with udp(lambda _: [*lies, right.to_wire()]) as port:
        outcome = to(port, "udp", asked.to_wire())
    assert isinstance(outcome, Reply)
    assert outcome.payload == right.to_wire()
    assert outcome.ignored == tuple(lies)
    with udp(lambda _: lies * 20) as port:
        outcome = to(port, "udp", asked.to_wire())
    assert isinstance(outcome, Silence)
    assert len(outcome.ignored) == 20


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=2000), head=st.booleans())
def test_any_bytes_in_and_never_an_exception(data: bytes, head: bool) -> None:
    start = b"HTTP/1.1 200 OK\r\n" if head else b""
    with tcp(saying(start + data)) as port:
        for outcome in (get(port), to(port, "tcp", query().to_wire())):
            assert isinstance(outcome, Reply | Unusable | Reset)
            if isinstance(outcome, Reply) and outcome.payload.startswith(b"HTTP"):
                HttpResponse.from_bytes(outcome.payload)


# What was compressed


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_what_was_compressed_is_read(coding: str, pack: object) -> None:
    body = pack(b'{"objectClassName":"domain"}')  # type: ignore[operator]
    page = HttpResponse(200, (("Content-Encoding", coding),), body).to_bytes()
    with tcp(saying(page)) as port:
        outcome = get(port)
    assert isinstance(outcome, Reply)
    assert (
        HttpResponse.from_bytes(outcome.payload).body == b'{"objectClassName":"domain"}'
    )


def test_all_members_of_gzip_are_read() -> None:
    body = gzip.compress(b"one ", mtime=0) + gzip.compress(b"after the other", mtime=0)
    for headers in (
        (("Content-Encoding", "gzip"),),
        (("Content-Encoding", "identity"), ("content-encoding", "X-GZip")),
    ):
        page = HttpResponse(200, headers, body + b"\0\0").to_bytes()
        assert HttpResponse.from_bytes(page).body == b"one after the other"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(bytes(100 * 1024 * 1024), mtime=0)),
        ("gzip", gzip.compress(b"whole", mtime=0)[:-9]),
        ("gzip", b"not compressed"),
        (
            "gzip",
            gzip.compress(b"whole", mtime=0) + gzip.compress(b"cut off", mtime=0)[:-9],
        ),
        ("gzip", gzip.compress(bytes(5 * 1024 * 1024), mtime=0) * 2),
        ("gzip", gzip.compress(b"", mtime=0) * 200_000),
        ("gzip, gzip", gzip.compress(gzip.compress(b"whole", mtime=0), mtime=0)),
        ("identity, br, gzip", gzip.compress(b"of another kind", mtime=0)),
        ("br", b"of another kind"),
        ("br", gzip.compress(b"called by another name", mtime=0)),
    ],
)
def test_what_cannot_be_unpacked_is_no_answer(coding: str, body: bytes) -> None:
    page = HttpResponse(200, (("Content-Encoding", coding),), body).to_bytes()
    with pytest.raises(NotHttp):
        HttpResponse.from_bytes(page)


# Where nothing may go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "100.64.0.1", "169.254.169.254", "172.31.255.255", "192.168.1.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.251", "192.0.2.1", "198.18.0.1", "::1", "::",
        "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "ff02::1", "localhost", "", "127.1",
        "0x7f000001", "2130706433", "127.0.0.1%0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("protocol", ["udp", "tcp", "http", "https"])
def test_special_addresses_are_not_connected_to(address: str, protocol: str) -> None:
    closed = LiveNetwork(Guard([("192.168.1.1", 53, "udp")]), b"", SAY)
    outcome = closed.send(
        Request("", 0, address, 43, protocol, None, b"x", timeout=0.1)
    )
    assert isinstance(outcome, NotSent)
    assert says(outcome.reason, "live.no_public_address")


def test_the_connections_own_resolver_may_be_asked() -> None:
    with udp(lambda _: []) as port:
        own = LiveNetwork(Guard([(HERE, port, "udp")]), b"", SAY)
        asked = Request("", 0, HERE, port, "udp", None, query().to_wire(), timeout=SOON)
        assert isinstance(own.send(asked), Silence)
        assert isinstance(own.send(replace(asked, port=port + 1)), NotSent)
        # A page that a directory names leads to no resolver of the own network either.
        for protocol in ("http", "https", "tcp"):
            assert isinstance(own.send(replace(asked, protocol=protocol)), NotSent)


def test_what_it_cannot_carry_is_not_sent() -> None:
    assert isinstance(to(443, "sctp"), NotSent)


# In the evidence


def test_the_evidence_has_the_port_it_left_from_and_what_was_shown() -> None:
    log = EvidenceLog({}, "this computer's clock")
    chain = AUTHORITY.chain("www.isla.example", time.time())
    recorded = RecordedNetwork(LIVE, log, "here")
    payload = HttpRequest("GET", "/", (("Host", NAME),)).to_bytes()
    with tcp(encrypted(saying(b""), chain, AUTHORITY.sites_key)) as port:
        request = Request("", 0, HERE, port, "https", NAME, payload, timeout=SOON)
        outcome = recorded.send(request)
    (line,) = read(b"".join(log.encoded())).lines
    assert isinstance(line.outcome, TlsFailure)
    assert line.outcome.certificates == chain
    assert line.outcome.reason == "made out to another name"
    assert line.request.source_port == outcome.source_port > 0


@given(
    identifier=st.integers(0, 65535),
    name=st.sampled_from([NAME, NAME.upper(), "www.isla.example", "."]),
    rdtype=st.sampled_from(["A", "AAAA"]),
    code=st.sampled_from(["NOERROR", "NXDOMAIN", "REFUSED", "FORMERR"]),
    bare=st.booleans(),
)
def test_the_quick_look_believes_what_dnspython_believes(
    identifier: int, name: str, rdtype: str, code: str, bare: bool
) -> None:
    asked = dns.message.make_query(f"{NAME}.", "A", id=7)
    answer = dns.message.make_response(
        dns.message.make_query(name, rdtype, id=identifier % 9)
    )
    answer.set_rcode(dns.rcode.from_text(code))
    if bare:
        answer.question = []
    assert may_answer(asked.to_wire(), answer.to_wire()) == asked.is_response(answer)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_quick_look_survives_anything(query: bytes, data: bytes) -> None:
    may_answer(query, data)
