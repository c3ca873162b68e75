"""Live mode meets servers that fail, lie and attack: each is told as what it is.

One server of the lab is replaced by one that misbehaves. What a learner reads then must be true:
nothing but a registry's word is an absence. And when the server is well again, so is the answer.
"""

from __future__ import annotations

import gzip
import json
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from live_namespace import (
    FAKETIME,
    LAB_TIME,
    PREFIXES,
    WORLD,
    Place,
    closed,
    inside,
    led_to,
    nft,
)
from misbehaving import AUTHORITY, Behaviour, encrypted, saying, tcp, udp
from namespaces import Namespace, needs, served_lab

from labsupport import Lab, declared
from labsupport.answers.diagnose import DiagnosisPage
from labsupport.answers.trace import TracePage
from labsupport.dns.walk import Failure
from labsupport.exchange import Reply, Request
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups import resolvers
from labsupport.lookups.diagnose import Cause
from labsupport.lookups.rdap import MOST_REDIRECTS
from labsupport.network import live as sockets
from labsupport.network.live import Guard, LiveNetwork, SystemClock
from labsupport.network.rate_limit import RateLimitedNetwork
from labsupport.real_internet import CACHE_FOLDER, ENTRY_FILE, Described
from labsupport.results import Result
from labsupport.run.serve.namespace import PROBED

pytestmark = [
    pytest.mark.real,
    needs(),
    pytest.mark.skipif(FAKETIME is None, reason="not installed: faketime"),
]

LAB = Lab("en")
ENTRY = context_of(LAB).entry
NOW = WORLD.start.timestamp()
NAME = "museum.example"
RESOLVER = ENTRY.resolvers[0]
ADDRESSES = {directory.host: directory.addresses[0] for directory in WORLD.directories}
LISTS = "data.rir-lab.example"
REGISTRY, REGISTRAR = "rdap.nic.example", "rdap.nombres-del-sur.example"
WHOIS_ROOT, WHOIS_REGISTRY = "whois-root.rir-lab.example", "whois.nic.example"
WHOIS_REGISTRAR = "whois.nombres-del-sur.example"
DNS_UDP, DNS_TCP = Place(RESOLVER, "udp", 53), Place(RESOLVER, "tcp", 53)
NOBODY = 9  # a port at which nobody listens
NOISE = random.Random(0).randbytes(600)
Answers = Callable[[bytes], list[bytes]]


# Who asks


class Learner:
    """Somebody who asks live from within the namespace, with all that spares servers and keeps.

    `seconds` is the clock by which servers are spared: waiting moves it, and takes no time.
    """

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.seconds = 0.0
        self.lab = namespace.call(lambda: Lab("en", live=True))
        there = context_of(self.lab).elsewhere
        assert there is not None
        assert isinstance(there.network, LiveNetwork)
        polite = RateLimitedNetwork(there.network, context_of(self.lab).say)
        polite.now, polite.sleep = (lambda: self.seconds), self.wait
        context_of(self.lab).elsewhere = replace(there, network=polite)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def ask(self, question: str, what: str = NAME) -> Result:
        """Ask, and look at the answer in both forms that it is shown in."""

        def look() -> Result:
            found: Result = attrgetter(question)(self.lab)(what)
            assert found.sentence in repr(found)
            assert found._repr_html_()
            return found

        return self.namespace.call(look)

    def sits_at(self, resolver: str) -> None:
        """Ask through this resolver from now on."""
        self.lab = self.namespace.call(self.lab.at, resolver)

    def changes(self, **members: Any) -> None:
        """Change where the network is entered."""
        there = context_of(self.lab).elsewhere
        assert there is not None
        context_of(self.lab).elsewhere = replace(
            there, entry=replace(there.entry, **members)
        )

    @property
    def asked(self) -> list[str]:
        """The servers that were asked over HTTPS and WHOIS, by their names, in order."""
        hosts = {address: host for host, address in ADDRESSES.items()}
        requests = [line.request for line in context_of(self.lab).log.lines]
        return [
            one.server_name or hosts[one.to_address]
            for one in requests
            if one.port in (43, 443)
        ]


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    """The lab on real sockets. Nobody asks from a port that the probes of traceroute go to."""
    reserved = "/proc/sys/net/ipv4/ip_local_reserved_ports"
    with served_lab("faults", environment=LAB_TIME) as namespace:
        namespace.run(
            "sh", "-c", f"echo {PROBED[0]}-{PROBED[1]} >{reserved}"
        ).check_returncode()
        # What is next to the machine would be reached, if anybody tried.
        near = ("ip", "route", "add", "local", "169.254.169.254", "dev", "lo")
        namespace.run(*near).check_returncode()
        yield namespace


@pytest.fixture
def learner(
    namespace: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Learner:
    """One with one resolver. Any name may be asked for, as in the real Internet."""
    entry = replace(ENTRY, resolvers=(RESOLVER,), public_resolvers=())
    file = tmp_path / "entry.json"
    file.write_text(Described(entry, PREFIXES, (".",)).to_json(), encoding="utf-8")
    monkeypatch.setenv(ENTRY_FILE, str(file))
    monkeypatch.setenv(CACHE_FOLDER, str(tmp_path / "kept"))
    monkeypatch.setattr(SystemClock, "now", lambda _: NOW)
    return Learner(namespace)


def is_well(learner: Learner, question: str) -> None:
    """See that an answer comes as ever: of what went wrong before, nothing was kept."""
    learner.wait(600)
    found = learner.ask(question)
    assert found.kind is Kind.FOUND, found.sentence
    healthy = getattr(LAB, question)(NAME)
    assert found.sentence == healthy.sentence


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Have silence given up after so many seconds: nobody shall wait here for what never comes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(resolvers, "PATIENCE", seconds)
        patched.setattr(resolvers, "IMPATIENCE", seconds)
        patched.setattr(sockets, "LONGEST_EXCHANGE", seconds)
        yield


# Servers that misbehave


@contextmanager
def resolver_that(
    namespace: Namespace, answers: Answers, tcp_to: int | None = None
) -> Iterator[None]:
    """Replace the resolver over UDP, and over TCP where that is led to a port."""
    with inside(namespace, udp(answers)) as port:
        ports = {DNS_UDP: port}
        if tcp_to is not None:
            ports[DNS_TCP] = tcp_to
        with led_to(namespace, ports):
            yield


@contextmanager
def server_that(
    namespace: Namespace, host: str, port: int, behave: Behaviour
) -> Iterator[None]:
    """Replace a directory at a port."""
    with (
        inside(namespace, tcp(behave)) as own,
        led_to(namespace, {Place(ADDRESSES[host], "tcp", port): own}),
    ):
        yield


def shown(host: str) -> tuple[bytes, ...]:
    """The certificates that a machine of the lab shows."""
    return AUTHORITY.chain(host, NOW)


@contextmanager
def site_that(
    namespace: Namespace, host: str, behave: Behaviour, chain: tuple[bytes, ...] = ()
) -> Iterator[None]:
    """Replace a site over HTTPS; it shows its own certificate, or another."""
    behave = encrypted(behave, chain or shown(host), AUTHORITY.sites_key)
    with server_that(namespace, host, 443, behave):
        yield


# DNS


def truth(query: bytes) -> bytes:
    """What the lab's own resolver answers."""
    outcome = context_of(LAB).offline.send(
        Request(ENTRY.source, 0, RESOLVER, 53, "udp", None, query)
    )
    assert isinstance(outcome, Reply)
    return outcome.payload


def answer(query: bytes, *records: str, flags: int = 0) -> bytes:
    """Return an answer with these records, which are lines of a master file without a TTL."""
    response = dns.message.make_response(dns.message.from_wire(query))
    response.flags |= flags
    for record in records:
        owner, rdtype, value = record.split()
        response.answer.append(dns.rrset.from_text(owner, 60, "IN", rdtype, value))
    return response.to_wire(max_size=65535)


def forged(query: bytes) -> bytes:
    """Return an answer of somebody who did not see the question, and guessed its number."""
    found = answer(query, f"{NAME}. A 203.0.113.66")
    return bytes((found[0] ^ 1,)) + found[1:]


def of_another_question(query: bytes) -> bytes:
    asked = dns.message.make_query("isla.example.", "A").to_wire()
    return answer(query[:2] + asked[2:], "isla.example. A 203.0.113.66")


def cut(query: bytes) -> bytes:
    return answer(query, flags=dns.flags.TC)


NOT_BELIEVED: dict[str, Callable[[bytes], bytes]] = {
    "noise": lambda query: NOISE,
    "an empty packet": lambda query: b"",
    "the question itself": lambda query: query,
    "another number": forged,
    "another question": of_another_question,
}


def ignored(learner: Learner) -> list[bytes]:
    return [
        packet
        for line in context_of(learner.lab).log.lines
        for packet in line.outcome.ignored
    ]


@pytest.mark.parametrize("lie", NOT_BELIEVED.values(), ids=NOT_BELIEVED)
def test_the_right_answer_is_believed_after_a_wrong_one(
    learner: Learner, lie: Callable[[bytes], bytes]
) -> None:
    with resolver_that(learner.namespace, lambda query: [lie(query), truth(query)]):
        is_well(learner, "ask")
    first = context_of(learner.lab).log.lines[0]
    assert first.outcome.ignored == (lie(first.request.payload),)


@pytest.mark.parametrize("lie", NOT_BELIEVED.values(), ids=NOT_BELIEVED)
def test_wrong_answers_alone_are_no_answer(
    learner: Learner, lie: Callable[[bytes], bytes]
) -> None:
    with (
        patience(0.2),
        resolver_that(learner.namespace, lambda query: [lie(query)], NOBODY),
    ):
        found = learner.ask("ask")
    assert found.kind is Kind.NO_ANSWER
    assert "That proves little" in found.sentence
    assert lie(context_of(learner.lab).log.lines[0].request.payload) in ignored(learner)
    is_well(learner, "ask")


def test_an_answer_that_takes_two_seconds_is_waited_for(learner: Learner) -> None:
    first: list[bytes] = []

    def late(query: bytes) -> list[bytes]:
        """Answer the first question once, late; it is sent again meanwhile."""
        if query in first:
            return []
        if not first:
            first.append(query)
            time.sleep(2)
        return [truth(query)]

    with resolver_that(learner.namespace, late):
        is_well(learner, "ask")
    assert context_of(learner.lab).log.lines[0].outcome.elapsed > 2


def test_what_was_cut_comes_over_tcp(learner: Learner) -> None:
    with resolver_that(learner.namespace, lambda query: [cut(query)]):
        is_well(learner, "ask")
    assert [
        line.request.protocol for line in context_of(learner.lab).log.lines[:2]
    ] == [
        "udp",
        "tcp",
    ]


def test_what_was_cut_is_no_answer_where_tcp_is_closed(learner: Learner) -> None:
    with resolver_that(learner.namespace, lambda query: [cut(query)], NOBODY):
        found = learner.ask("ask")
    assert found.kind is Kind.NO_ANSWER
    assert "That proves little" in found.sentence
    is_well(learner, "ask")


def over_tcp(answers: Callable[[bytes], bytes]) -> Behaviour:
    def behave(own: socket.socket) -> None:
        response = answers(own.recv(65535)[2:])
        own.sendall(len(response).to_bytes(2, "big") + response)

    return behave


def test_what_is_cut_over_tcp_as_well_is_no_absence(learner: Learner) -> None:
    namespace = learner.namespace
    with (
        inside(namespace, tcp(over_tcp(cut))) as port,
        resolver_that(namespace, lambda query: [cut(query)], port),
    ):
        found = learner.ask("ask")
    assert found.kind in (Kind.FAILED, Kind.NO_ANSWER), found.sentence
    is_well(learner, "ask")


ALIASES = tuple(f"a{n}.example. CNAME a{n + 1}.example." for n in range(300))
NOWHERE: dict[str, Callable[[bytes], bytes]] = {
    "a loop of aliases": lambda query: answer(
        query, f"{NAME}. CNAME b.example.", f"b.example. CNAME {NAME}."
    ),
    "aliases without end": lambda query: answer(
        query, f"{NAME}. CNAME a0.example.", *ALIASES
    ),
    "records of another name": lambda query: answer(query, "b.example. A 203.0.113.66"),
    "an answer that breaks off": lambda query: answer(query, f"{NAME}. A 203.0.113.66")[
        :-12
    ],
}
NOT_KNOWN = (
    "exists",
    "there is no name",
    "is another name for",
    "could not find an answer",
)


@pytest.mark.parametrize("answers", NOWHERE.values(), ids=NOWHERE)
def test_an_answer_that_leads_nowhere_is_no_absence(
    learner: Learner, answers: Callable[[bytes], bytes]
) -> None:
    with resolver_that(learner.namespace, lambda query: [answers(query)]):
        registered, found = learner.ask("rdap"), learner.ask("ask")
    assert registered.kind is Kind.NO_ANSWER
    assert "led to no address. So nobody was asked." in registered.sentence
    is_well(learner, "rdap")
    is_well(learner, "ask")
    assert found.kind is Kind.FAILED, found.sentence
    assert not any(words in found.sentence.lower() for words in NOT_KNOWN), (
        found.sentence
    )


def test_thousands_of_records_are_told_in_short(learner: Learner) -> None:
    records = [f"{NAME}. A 203.0.{n // 256}.{n % 256}" for n in range(4000)]
    with resolver_that(learner.namespace, lambda query: [answer(query, *records)]):
        found = learner.ask("ask")
    assert found.kind is Kind.FOUND
    assert (
        found.sentence
        == f"{NAME} has 4000 addresses: 203.0.0.0, 203.0.0.1, 203.0.0.10, …."
    )


# Where packets to a resolver end

ENDS = {
    "a closed port": "meta l4proto { tcp, udp } th dport 53 reject",
    "a black hole": "meta l4proto { tcp, udp } th dport 53 drop",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("ask", "That proves little"),
        ("rdap", "led to no address. So nobody was asked."),
        ("whois", "led to no address. So nobody was asked."),
    ],
)
def test_a_resolver_that_comes_back(
    learner: Learner, end: str, question: str, words: str
) -> None:
    with patience(0.3), closed(learner.namespace, end):
        found = learner.ask(question)
    assert found.kind is Kind.NO_ANSWER
    assert words in found.sentence
    is_well(learner, question)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_public_resolver_is_asked_instead_and_it_is_said(
    learner: Learner, end: str
) -> None:
    learner.changes(public_resolvers=ENTRY.public_resolvers)
    with patience(1.0), closed(learner.namespace, end):
        found = learner.ask("ask")
    assert found.kind is Kind.FOUND
    assert "Resuelve was asked instead" in " ".join(found.notes)
    is_well(learner, "ask")


# RDAP

JSON = (("Content-Type", "application/rdap+json"),)
HTML = (("Content-Type", "text/html"),)
BUSY = "answers no more for now: it was asked too often"
NOT_SAID = "says nothing about"
UNREADABLE = f"is no record that can be read. That {NOT_SAID} {NAME}"


def page(
    status: int = 200, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> bytes:
    return HttpResponse(status, headers, body).to_bytes()


def retry_after(status: int, seconds: int) -> bytes:
    return page(status, (*HTML, ("Retry-After", str(seconds))), b"<h1>Slow down</h1>")


def moved(location: str) -> bytes:
    return page(302, (("Location", location),))


def genuine(host: str, target: str) -> bytes:
    """The body that a directory of the lab really sends."""
    asked = HttpRequest("GET", target, (("Host", host),)).to_bytes()
    outcome = context_of(LAB).offline.send(
        Request(ENTRY.source, 0, ADDRESSES[host], 443, "https", host, asked)
    )
    assert isinstance(outcome, Reply)
    return HttpResponse.from_bytes(outcome.payload).body


RECORD = genuine(REGISTRY, f"/domain/{NAME}")


def flood(head: bytes, most: int) -> Behaviour:
    """Return what sends `most` octets behind `head`, as long as somebody listens."""

    def behave(own: socket.socket) -> None:
        own.recv(65535)
        own.sendall(head)
        for _ in range(most // 65536):
            own.sendall(bytes(65536))

    return behave


def drip(own: socket.socket) -> None:
    own.recv(65535)
    own.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        own.sendall(b"#")
        time.sleep(0.1)


def says_nothing(own: socket.socket) -> None:
    """Hold the connection until the other side gives up."""
    while own.recv(65535):
        pass


def hangs_up(own: socket.socket) -> None:
    own.recv(65535)


NO_RECORD: dict[str, tuple[Behaviour, Kind, str]] = {
    "404 of RDAP": (
        saying(page(404, JSON, b'{"errorCode": 404, "title": "Not found"}')),
        Kind.NO_SUCH_NAME,
        "says that it has no record of museum.example",
    ),
    # RFC 7480 section 5.3: the body may be left out.
    "404 with nothing": (
        saying(page(404)),
        Kind.NO_SUCH_NAME,
        "says that it has no record of museum.example",
    ),
    "404 with a page": (
        saying(page(404, HTML, b"<h1>Oh</h1>")),
        Kind.FAILED,
        UNREADABLE,
    ),
    "429": (saying(page(429)), Kind.REFUSED, BUSY),
    "429 for 30 seconds": (saying(retry_after(429, 30)), Kind.REFUSED, BUSY),
    "429 for 5 seconds, always": (saying(retry_after(429, 5)), Kind.REFUSED, BUSY),
    "503 for 30 seconds": (saying(retry_after(503, 30)), Kind.REFUSED, BUSY),
    "403": (saying(page(403)), Kind.REFUSED, "refused to answer"),
    "500": (saying(page(500)), Kind.FAILED, NOT_SAID),
    "a page": (
        saying(page(200, HTML, b"<html>Welcome</html>")),
        Kind.FAILED,
        UNREADABLE,
    ),
    "a page that says JSON": (
        saying(page(200, JSON, b"<html></html>")),
        Kind.FAILED,
        UNREADABLE,
    ),
    "an empty body": (saying(page(200, JSON)), Kind.FAILED, UNREADABLE),
    "JSON that is cut": (
        saying(page(200, JSON, RECORD[: len(RECORD) // 2])),
        Kind.FAILED,
        UNREADABLE,
    ),
    "an answer that breaks off": (
        saying(page(200, JSON, RECORD)[: -len(RECORD) // 2]),
        Kind.FAILED,
        "is no answer",
    ),
    "50 megabytes": (
        flood(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n", 52428800),
        Kind.FAILED,
        "far more than an answer needs",
    ),
    "headers without end": (
        flood(b"HTTP/1.1 200 OK\r\nX: ", 52428800),
        Kind.FAILED,
        "is no answer",
    ),
    "a bomb": (
        saying(
            page(
                200,
                (*JSON, ("Content-Encoding", "gzip")),
                gzip.compress(bytes(100 * 1024 * 1024)),
            )
        ),
        Kind.FAILED,
        "no answer",
    ),
    "nested without end": (
        saying(page(200, JSON, b"[" * 3_000_000)),
        Kind.FAILED,
        UNREADABLE,
    ),
    "noise": (saying(NOISE + b"\r\n\r\n"), Kind.FAILED, "breaks the rules of HTTP"),
    "noise that breaks off": (saying(NOISE), Kind.FAILED, "broke off"),
    "nothing": (hangs_up, Kind.NO_ANSWER, "did not answer"),
}


@pytest.mark.parametrize(("behave", "kind", "words"), NO_RECORD.values(), ids=NO_RECORD)
def test_a_registry_that_gives_no_record(
    learner: Learner, behave: Behaviour, kind: Kind, words: str
) -> None:
    with site_that(learner.namespace, REGISTRY, behave):
        found = learner.ask("rdap")
    assert found.kind is kind, found.sentence
    assert words in found.sentence
    assert REGISTRAR not in learner.asked
    if kind is not Kind.NO_SUCH_NAME:  # that is kept for ten minutes
        is_well(learner, "rdap")


AT_A_REGISTRAR = (
    *(
        "404 of RDAP",
        "404 with a page",
        "429",
        "500",
        "JSON that is cut",
        "50 megabytes",
    ),
    "nothing",
)


@pytest.mark.parametrize("fault", AT_A_REGISTRAR)
def test_a_registrar_that_gives_no_record(learner: Learner, fault: str) -> None:
    """The registry's record stands. That the registrar has none is told beside it."""
    behave, kind, words = NO_RECORD[fault]
    with site_that(learner.namespace, REGISTRAR, behave):
        found = learner.ask("rdap")
    assert any(words in note for note in found.notes)
    if kind is Kind.NO_SUCH_NAME:
        assert found.kind is Kind.FOUND
        return
    assert found.kind is kind, found.sentence
    assert f"By the registry alone: {NAME} is registered through" in found.sentence
    is_well(learner, "rdap")


@pytest.mark.parametrize("status", [429, 503])
def test_a_registry_that_asks_to_wait_is_waited_for(
    learner: Learner, status: int
) -> None:
    pages = [page(200, JSON, RECORD), retry_after(status, 7)]
    with site_that(learner.namespace, REGISTRY, lambda own: saying(pages.pop())(own)):
        found = learner.ask("rdap")
    assert found.kind is Kind.FOUND
    assert not pages
    assert learner.seconds == 7


NOT_TRUSTED: dict[str, tuple[bytes, ...]] = {
    "expired": AUTHORITY.chain(REGISTRY, NOW - 400 * 86400),
    "not yet valid": AUTHORITY.chain(REGISTRY, NOW + 400 * 86400),
    "of another name": shown("www.isla.example"),
}


@pytest.mark.parametrize("host", [LISTS, REGISTRY])
@pytest.mark.parametrize("chain", NOT_TRUSTED.values(), ids=NOT_TRUSTED)
def test_nothing_is_asked_of_a_server_that_cannot_be_trusted(
    learner: Learner, host: str, chain: tuple[bytes, ...]
) -> None:
    heard: list[bytes] = []

    def listen(own: socket.socket) -> None:
        heard.append(own.recv(65535))

    with site_that(learner.namespace, host, listen, chain):
        found = learner.ask("rdap")
    assert found.kind is Kind.FAILED
    assert f"{host} could not show that it is the one that was meant" in found.sentence
    assert f"{host} was asked" not in repr(found)
    assert not any(heard)
    is_well(learner, "rdap")


def test_a_server_without_encryption_did_answer(learner: Learner) -> None:
    plain = saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with server_that(learner.namespace, REGISTRY, 443, plain):
        found = learner.ask("rdap")
    is_well(learner, "rdap")
    assert found.kind is Kind.FAILED, found.sentence
    assert "did not answer" not in found.sentence


# settings of 5 octets (RFC 9113 section 6.5)
BROKEN_FRAME = b"\0\0\5" + b"\4" + bytes(10)


def breaks_the_rules(own: socket.socket) -> None:
    own.recv(65535)
    own.sendall(BROKEN_FRAME)
    says_nothing(own)


OVER_HTTP2: dict[str, tuple[Behaviour, Kind, str]] = {
    "a broken frame": (breaks_the_rules, Kind.FAILED, "breaks the rules of HTTP"),
    "nothing": (hangs_up, Kind.NO_ANSWER, "did not answer"),
}


@pytest.mark.parametrize(
    ("behave", "kind", "words"), OVER_HTTP2.values(), ids=OVER_HTTP2
)
def test_a_registry_that_speaks_http2_and_gives_no_record(
    learner: Learner, behave: Behaviour, kind: Kind, words: str
) -> None:
    speaker = encrypted(behave, shown(REGISTRY), AUTHORITY.sites_key, "h2")
    with server_that(learner.namespace, REGISTRY, 443, speaker):
        found = learner.ask("rdap")
    is_well(learner, "rdap")
    assert found.kind is kind, found.sentence
    assert words in found.sentence


# Where a server leads


def by_target(pages: Callable[[str], bytes]) -> Behaviour:
    """Return what answers with the page for a target."""

    def behave(own: socket.socket) -> None:
        asked = HttpRequest.from_bytes(own.recv(65535))
        own.sendall(pages(asked.target))

    return behave


def chained(target: str) -> bytes:
    number = int(target.rpartition("-")[2]) if "-" in target else 0
    return moved(f"/hop-{number + 1}")


WITHOUT_END = {
    "to itself": saying(moved(f"https://{REGISTRY}/domain/{NAME}")),
    "back and forth": by_target(lambda target: moved("/b" if target == "/a" else "/a")),
    "ever on": by_target(chained),
}


@pytest.mark.parametrize("behave", WITHOUT_END.values(), ids=WITHOUT_END)
def test_redirects_without_end_are_left(learner: Learner, behave: Behaviour) -> None:
    with site_that(learner.namespace, REGISTRY, behave):
        found = learner.ask("rdap")
    assert found.kind is Kind.FAILED
    assert f"{REGISTRY} leads from one place to the next without end" in found.sentence
    assert learner.asked.count(REGISTRY) <= MOST_REDIRECTS + 1
    is_well(learner, "rdap")


# Where nothing may go

INSIDE = """
table inet watched {
    counter inside {}
    chain output {
        type filter hook output priority raw; policy accept;
        ip daddr { 127.0.0.0/8, 169.254.0.0/16 } tcp dport { 43, 80, 443 } counter name inside
        ip6 daddr ::1 tcp dport { 43, 80, 443 } counter name inside
    }
}
"""


@contextmanager
def watched(namespace: Namespace) -> Iterator[Callable[[], int]]:
    """Count the packets to services of the machine itself, and to what is next to it."""

    def count() -> int:
        listed = namespace.run(
            "nft", "-j", "list", "counter", "inet", "watched", "inside"
        )
        (found,) = (one["counter"] for one in json.loads(listed.stdout)["nftables"][1:])
        packets: int = found["packets"]
        return packets

    nft(namespace, INSIDE)
    try:
        yield count
    finally:
        nft(namespace, "delete table inet watched")


NOT_ASKABLE = (Kind.FAILED, "which cannot be asked")
NO_ADDRESS = (Kind.NO_ANSWER, "led to no address. So nobody was asked.")
NOT_ENCRYPTED = (Kind.FAILED, "from an encrypted page to one that is not")
LURES = {
    "http://127.0.0.1/": NOT_ENCRYPTED,
    "https://127.0.0.1/domain/x": NOT_ASKABLE,
    "https://[::1]/": NOT_ASKABLE,
    "https://[::ffff:127.0.0.1]/": NOT_ASKABLE,
    "http://169.254.169.254/latest/meta-data/": NOT_ENCRYPTED,
    "https://169.254.169.254/latest/meta-data/": NOT_ASKABLE,
    "file:///etc/passwd": NOT_ASKABLE,
    # Some programs take these for addresses. To the DNS they are names, which it does not have.
    "https://2130706433/": NO_ADDRESS,
    "https://0x7f000001/": NO_ADDRESS,
    "https://127.1/": NO_ADDRESS,
    "https://localhost/": NO_ADDRESS,
}


@pytest.mark.parametrize("place", LURES)
def test_no_redirect_leads_into_the_machine_itself(
    learner: Learner, place: str
) -> None:
    with (
        watched(learner.namespace) as count,
        site_that(learner.namespace, REGISTRY, saying(moved(place))),
    ):
        found = learner.ask("rdap")
        assert count() == 0
    kind, words = LURES[place]
    assert found.kind is kind, found.sentence
    assert words in found.sentence
    is_well(learner, "rdap")


INNER = "inner.example"  # a name whose holder lets it lead where he likes


def leading_to(*addresses: str) -> Answers:
    """Return what gives INNER these addresses in turn, the last from then on."""
    left = list(addresses)

    def answers(query: bytes) -> list[bytes]:
        (asked,) = dns.message.from_wire(query).question
        if asked.name != dns.name.from_text(INNER):
            return [truth(query)]
        address = left[0]
        if asked.rdtype != (dns.rdatatype.AAAA if ":" in address else dns.rdatatype.A):
            return [answer(query)]
        if len(left) > 1:
            del left[0]
        return [
            answer(query, f"{INNER}. {dns.rdatatype.to_text(asked.rdtype)} {address}")
        ]

    return answers


# A certificate for the registry's name and for the one that leads elsewhere.
BOTH = replace(AUTHORITY, shared=((REGISTRY, INNER),)).chain(REGISTRY, NOW)


def rebound(learner: Learner, *addresses: str) -> tuple[Result, int]:
    """Ask a registry that sends to INNER, and there on to INNER.

    Return what a learner reads, and how many packets went to where nothing may go.
    """
    pages = by_target(
        lambda target: moved(f"https://{INNER}/{'b' if target == '/a' else 'a'}")
    )
    with (
        watched(learner.namespace) as count,
        resolver_that(learner.namespace, leading_to(*addresses)),
        site_that(learner.namespace, REGISTRY, pages, BOTH),
    ):
        return learner.ask("rdap"), count()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
    ],
)
def test_a_name_that_leads_into_the_machine_itself_is_not_followed(
    learner: Learner, address: str
) -> None:
    found, packets = rebound(learner, address)
    assert packets == 0
    assert found.kind is Kind.NO_ANSWER
    assert f"{INNER} was asked" not in repr(found)
    assert (
        f"{address} is not an address of the public Internet, so nothing was sent there"
        in (found.sentence)
    )
    is_well(learner, "rdap")


def test_a_name_that_changes_its_address_in_between_is_not_followed(
    learner: Learner,
) -> None:
    """It leads to the registry's own address first, and then inside (DNS rebinding)."""
    found, packets = rebound(learner, ADDRESSES[REGISTRY], "127.0.0.1")
    assert learner.asked.count(INNER) == 2
    assert packets == 0
    assert found.kind is Kind.NO_ANSWER
    assert "127.0.0.1 is not an address of the public Internet" in found.sentence
    is_well(learner, "rdap")


def test_it_is_the_guard_that_holds_it_back(
    learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it, packets would go there: so what counts them does."""
    monkeypatch.setattr(Guard, "permits", lambda *_: True)
    _, packets = rebound(learner, ADDRESSES[REGISTRY], "127.0.0.1")
    assert packets > 0


def delegating_to(address: str) -> Answers:
    """Return what leads to a zone of INNER's, whose server is at an address."""

    def answers(query: bytes) -> list[bytes]:
        response = dns.message.make_response(dns.message.from_wire(query))
        rdtype = "AAAA" if ":" in address else "A"
        server = f"ns.{INNER}."
        response.authority.append(
            dns.rrset.from_text(f"{INNER}.", 60, "IN", "NS", server)
        )
        response.additional.append(
            dns.rrset.from_text(server, 60, "IN", rdtype, address)
        )
        return [response.to_wire()]

    return answers


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "64:ff9b::7f00:1"])
def test_no_delegation_leads_inside_and_nobody_is_said_to_be_silent(
    learner: Learner, address: str
) -> None:
    servers = [LAB.ask(f"ns{number}.nic.example").records[0].value for number in (1, 2)]  # type: ignore[attr-defined]
    with inside(learner.namespace, udp(delegating_to(address))) as port:
        ports = {Place(server, "udp", 53): port for server in servers}
        with led_to(learner.namespace, ports), watched(learner.namespace) as count:
            walk, cause = learner.ask("trace", INNER), learner.ask("diagnose", INNER)
            assert count() == 0
    assert isinstance(walk, TracePage)
    assert walk.found is Failure.NOT_SENT
    assert f"{address} is not an address of the public Internet" in repr(walk)
    assert isinstance(cause, DiagnosisPage)
    assert cause.cause is Cause.UNCLEAR, cause.sentence
    is_well(learner, "trace")


@pytest.mark.parametrize("question", ["rdap", "whois"])
def test_who_was_not_asked_is_not_said_to_have_been(
    learner: Learner, question: str
) -> None:
    """The sentence says that nobody was asked, and so must what stands below it."""
    with closed(learner.namespace, ENDS["a closed port"]):
        found = learner.ask(question)
    assert "So nobody was asked." in found.sentence
    assert not any(f"{host} was asked" in repr(found) for host in ADDRESSES)


# The lists of servers

LIST = genuine(LISTS, "/rdap/dns.json")
NO_LIST: dict[str, tuple[Behaviour, Kind, str]] = {
    "cut": (
        saying(page(200, (), LIST[: len(LIST) // 2])),
        Kind.NO_ANSWER,
        "came incomplete",
    ),
    "empty": (saying(page(200)), Kind.NO_ANSWER, "came incomplete"),
    "without entries": (
        saying(page(200, (), b'{"version": "1.0", "services": []}')),
        Kind.NO_ANSWER,
        "came incomplete",
    ),
    "a page": (
        saying(page(200, HTML, b"<html></html>")),
        Kind.NO_ANSWER,
        "came incomplete",
    ),
    "500": (
        saying(page(500)),
        Kind.NO_ANSWER,
        "gave no list of RDAP servers. So nobody was asked",
    ),
    "404": (
        saying(page(404)),
        Kind.NO_ANSWER,
        "gave no list of RDAP servers. So nobody was asked",
    ),
    "429": (
        saying(page(429)),
        Kind.REFUSED,
        "gave no list of RDAP servers. So nobody was asked",
    ),
    "50 megabytes": (
        flood(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n", 52428800),
        Kind.FAILED,
        "far more than an answer needs",
    ),
    "nothing": (hangs_up, Kind.NO_ANSWER, "did not answer"),
}


@pytest.mark.parametrize(("behave", "kind", "words"), NO_LIST.values(), ids=NO_LIST)
def test_without_the_list_of_servers_nobody_is_asked(
    learner: Learner, behave: Behaviour, kind: Kind, words: str
) -> None:
    with site_that(learner.namespace, LISTS, behave):
        found = learner.ask("rdap")
    assert found.kind is kind, found.sentence
    assert words in found.sentence
    assert set(learner.asked) == {LISTS}
    is_well(learner, "rdap")


@pytest.mark.parametrize("fault", ["cut", "404", "nothing"])
def test_where_there_is_a_copy_of_the_list_it_is_used_and_said(
    learner: Learner, fault: str
) -> None:
    behave, *_ = NO_LIST[fault]
    learner.changes(rdap_lists={"dns": LIST.decode()})
    with site_that(learner.namespace, LISTS, behave):
        found = learner.ask("rdap")
    assert found.kind is Kind.FOUND
    assert f"No whole list of RDAP servers came from {LISTS}" in " ".join(found.notes)
    is_well(learner, "rdap")


@pytest.mark.parametrize(
    "base",
    [
        "https://127.0.0.1/",
        "https://[::1]/",
        "http://169.254.169.254/",
        f"https://{INNER}/",
    ],
)
def test_no_list_of_servers_leads_into_the_machine_itself(
    learner: Learner, base: str
) -> None:
    services = [[["example"], [base]]]
    text = json.dumps({"version": "1.0", "services": services}).encode()
    with (
        watched(learner.namespace) as count,
        resolver_that(learner.namespace, leading_to("127.0.0.1")),
        site_that(learner.namespace, LISTS, saying(page(200, (), text))),
    ):
        found = learner.ask("rdap")
        assert count() == 0
    assert found.kind in (Kind.FAILED, Kind.NO_ANSWER)
    assert (
        "cannot be asked" in found.sentence or "so nothing was sent" in found.sentence
    )


# WHOIS


def thin(server: str) -> bytes:
    """A registry's record that refers to another server."""
    return (
        f"Domain Name: MUSEUM.EXAMPLE\r\nRegistrar WHOIS Server: {server}\r\n"
        "Registrar: Nombres del Sur S.A.\r\nCreation Date: 2009-05-14T00:00:00Z\r\n"
    ).encode()


AGAIN = b"Error: query rate limit exceeded. Try again later.\r\n"
NO_TEXT: dict[str, tuple[Behaviour, Kind, str]] = {
    "noise": (saying(NOISE), Kind.FAILED, UNREADABLE),
    "throttled": (saying(AGAIN), Kind.REFUSED, "asked too often"),
    "throttled, with an absence": (
        saying(AGAIN + b"No match for MUSEUM.EXAMPLE.\r\n"),
        Kind.REFUSED,
        "asked too often",
    ),
    "refused": (
        saying(b"%ERROR:201: access denied\r\n"),
        Kind.REFUSED,
        "refused to answer",
    ),
    "a page": (saying(b"<html>Welcome</html>\r\n"), Kind.FAILED, UNREADABLE),
    "nothing": (hangs_up, Kind.FAILED, UNREADABLE),
    "without end": (flood(b"", 52428800), Kind.FAILED, "far more than an answer needs"),
}


@pytest.mark.parametrize("host", [WHOIS_ROOT, WHOIS_REGISTRY])
@pytest.mark.parametrize(("behave", "kind", "words"), NO_TEXT.values(), ids=NO_TEXT)
def test_a_whois_server_that_gives_no_record(
    learner: Learner, host: str, behave: Behaviour, kind: Kind, words: str
) -> None:
    with server_that(learner.namespace, host, 43, behave):
        found = learner.ask("whois")
    assert found.kind is kind, found.sentence
    assert words in found.sentence
    assert WHOIS_REGISTRAR not in learner.asked
    is_well(learner, "whois")


@pytest.mark.parametrize(("behave", "kind", "words"), NO_TEXT.values(), ids=NO_TEXT)
def test_a_registrars_whois_server_that_gives_no_record(
    learner: Learner, behave: Behaviour, kind: Kind, words: str
) -> None:
    """The registry's record stands."""
    with server_that(learner.namespace, WHOIS_REGISTRAR, 43, behave):
        found = learner.ask("whois")
    assert found.kind is kind, found.sentence
    assert "By the registry alone: museum.example is registered" in found.sentence
    assert any(words in note for note in found.notes)
    is_well(learner, "whois")


def test_a_notice_of_a_limit_within_a_record_leaves_it_a_record(
    learner: Learner,
) -> None:
    text = b"% You have exceeded your quota of 100 queries.\r\n\r\n" + thin(
        WHOIS_REGISTRY
    )
    with server_that(learner.namespace, WHOIS_REGISTRY, 43, saying(text)):
        found = learner.ask("whois")
    assert found.kind is Kind.FOUND
    assert "It has been registered since 2009-05-14." in found.sentence
    assert "asked too much: the answer may be a part of it" in " ".join(found.notes)


def test_whois_servers_that_refer_to_each_other(learner: Learner) -> None:
    with (
        inside(learner.namespace, tcp(saying(thin(WHOIS_REGISTRAR)))) as registry,
        inside(learner.namespace, tcp(saying(thin(WHOIS_REGISTRY)))) as registrar,
        led_to(
            learner.namespace,
            {
                Place(ADDRESSES[WHOIS_REGISTRY], "tcp", 43): registry,
                Place(ADDRESSES[WHOIS_REGISTRAR], "tcp", 43): registrar,
            },
        ),
    ):
        found = learner.ask("whois")
    assert found.kind is Kind.FOUND
    assert (
        f"{WHOIS_REGISTRY} was not asked: the servers refer to each other."
        in found.notes
    )
    assert learner.asked == [WHOIS_ROOT, WHOIS_REGISTRY, WHOIS_REGISTRAR]


@pytest.mark.parametrize(
    "coding", ["iso-8859-1", "iso-8859-15", "windows-1252", "utf-8"]
)
def test_letters_of_an_old_encoding_are_read(learner: Learner, coding: str) -> None:
    text = thin(WHOIS_REGISTRY) + "Registrant Name: Señora Ibáñez\r\n".encode(coding)
    with server_that(learner.namespace, WHOIS_REGISTRY, 43, saying(text)):
        found = learner.ask("whois")
    assert found.kind is Kind.FOUND
    assert "is registered for Señora Ibáñez" in found.sentence


def referring(whose: str, host: str) -> Behaviour:
    text = f"domain: EXAMPLE\r\nrefer: {host}\r\n".encode()
    return saying(text if whose == WHOIS_ROOT else thin(host))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::1", "localhost", "169.254.169.254", INNER]
)
@pytest.mark.parametrize("whose", [WHOIS_ROOT, WHOIS_REGISTRY])
def test_no_referral_leads_into_the_machine_itself(
    learner: Learner, whose: str, host: str
) -> None:
    with (
        watched(learner.namespace) as count,
        resolver_that(learner.namespace, leading_to("127.0.0.1")),
        server_that(learner.namespace, whose, 43, referring(whose, host)),
    ):
        found = learner.ask("whois")
        assert count() == 0
    assert found.kind in (Kind.FOUND, Kind.FAILED, Kind.NO_ANSWER)
    # whose record stands
    assert (found.kind is Kind.FOUND) <= (whose == WHOIS_REGISTRY)
    if host == INNER:
        assert found.kind is Kind.NO_ANSWER
        assert "127.0.0.1 is not an address of the public Internet" in repr(found)


# Who dawdles


def trickle(own: socket.socket) -> None:
    own.recv(65535)
    while True:
        own.sendall(b"% wait\r\n")
        time.sleep(0.1)


NO_END, SILENT = "It began to answer, and did not come to an end.", "did not answer"
DAWDLING: dict[str, tuple[str, Behaviour, Kind, str]] = {
    "lists, silence": (LISTS, says_nothing, Kind.NO_ANSWER, SILENT),
    "registry, a drip": (REGISTRY, drip, Kind.FAILED, NO_END),
    "registry, silence": (REGISTRY, says_nothing, Kind.NO_ANSWER, SILENT),
    "WHOIS root, a drip": (WHOIS_ROOT, trickle, Kind.FAILED, NO_END),
    "WHOIS registry, a drip": (WHOIS_REGISTRY, trickle, Kind.FAILED, NO_END),
    "WHOIS registry, silence": (
        WHOIS_REGISTRY,
        says_nothing,
        Kind.FOUND,
        "museum.example",
    ),
}


@pytest.mark.parametrize(
    ("host", "behave", "kind", "words"), DAWDLING.values(), ids=DAWDLING
)
def test_who_dawdles_is_left(
    learner: Learner, host: str, behave: Behaviour, kind: Kind, words: str
) -> None:
    is_whois = host.startswith("whois")
    server = (
        server_that(learner.namespace, host, 43, behave)
        if is_whois
        else site_that(learner.namespace, host, behave)
    )
    question = "whois" if is_whois else "rdap"
    with patience(1.0), server:
        found = learner.ask(question)
    assert found.kind is kind, found.sentence
    assert words in found.sentence
    is_well(learner, question)


@pytest.mark.parametrize(
    "rule",
    ["tcp dport 43 drop", "tcp dport 43 reject with tcp reset"],
    ids=["drop", "reject"],
)
def test_where_port_43_is_closed_rdap_answers(learner: Learner, rule: str) -> None:
    with patience(1.0), closed(learner.namespace, rule):
        found = learner.ask("whois")
    assert found.kind is Kind.FOUND
    assert "asked by RDAP instead" in " ".join(found.notes)
    is_well(learner, "whois")


# A resolver that was chosen, and is asked encrypted

PUBLIC, *PUBLIC_ADDRESSES = ENTRY.public_resolvers[0][1:]
CHOSEN_FAULTS: dict[str, tuple[tuple[bytes, ...], Behaviour, Kind, str]] = {
    "of another name": (
        shown("www.isla.example"),
        hangs_up,
        Kind.FAILED,
        "nothing was asked",
    ),
    "nothing": (shown(PUBLIC), hangs_up, Kind.NO_ANSWER, "That proves little"),
    "silence": (shown(PUBLIC), says_nothing, Kind.NO_ANSWER, "That proves little"),
}


@pytest.mark.parametrize(
    ("chain", "behave", "kind", "words"), CHOSEN_FAULTS.values(), ids=CHOSEN_FAULTS
)
def test_what_shall_be_asked_encrypted_never_leaves_in_the_clear(
    learner: Learner,
    chain: tuple[bytes, ...],
    behave: Behaviour,
    kind: Kind,
    words: str,
) -> None:
    learner.changes(source6="")  # so that its other address is not asked
    learner.sits_at(f"https://{PUBLIC}")
    first = len(context_of(learner.lab).log.lines)
    place = Place(PUBLIC_ADDRESSES[0], "tcp", 443)
    speaker = encrypted(behave, chain, AUTHORITY.sites_key)
    with (
        patience(1.0),
        inside(learner.namespace, tcp(speaker)) as port,
        led_to(learner.namespace, {place: port}),
    ):
        found = learner.ask("ask")
    assert {
        line.request.port for line in context_of(learner.lab).log.lines[first:]
    } == {443}
    is_well(learner, "ask")
    assert found.kind is kind, found.sentence
    assert words in found.sentence


# Questions that ask many servers

QUESTIONS = ["ask", *(key for key, known in declared.QUESTIONS.items() if known.lesson)]
FAULTS: dict[str, Callable[[Namespace], AbstractContextManager[None]]] = {
    "a throttled registry": lambda there: site_that(there, REGISTRY, saying(page(429))),
    "a throttled registrar": lambda there: site_that(
        there, REGISTRAR, saying(page(429))
    ),
    "a list that is cut": lambda there: site_that(
        there, LISTS, saying(page(200, (), LIST[:99]))
    ),
    "throttled WHOIS": lambda there: server_that(
        there, WHOIS_REGISTRY, 43, saying(AGAIN)
    ),
    "noise for WHOIS": lambda there: server_that(there, WHOIS_ROOT, 43, saying(NOISE)),
    "a resolver's loop": lambda there: resolver_that(
        there, lambda query: [NOWHERE["a loop of aliases"](query)]
    ),
    "a resolver's failure": lambda there: resolver_that(
        there, lambda query: [query[:2] + b"\x81\x82" + query[4:]]
    ),
    "a closed port": lambda there: closed(there, ENDS["a closed port"]),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_no_fault_makes_an_absence_of_what_is_there(
    learner: Learner, fault: Callable[[Namespace], AbstractContextManager[None]]
) -> None:
    with fault(learner.namespace):
        found = {
            question: learner.ask(question, f"www.{NAME}") for question in QUESTIONS
        }
    absent = [
        answer.sentence
        for answer in found.values()
        if answer.kind in (Kind.NO_SUCH_NAME, Kind.NO_SUCH_TYPE, Kind.NO_SERVER)
    ]
    assert absent == []
