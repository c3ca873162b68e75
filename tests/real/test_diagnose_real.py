"""`lab.investigate.diagnose` over real sockets: real resolvers, a policy zone, stopped packets."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import dns.name
import pytest
from live_namespace import FAKETIME, PREFIXES, WORLD, Place, closed, inside, led_to
from misbehaving import AUTHORITY, Behaviour, encrypted, saying, tcp
from namespaces import Namespace, needs
from real_internet import HERE, real_internet

from labsupport import Lab
from labsupport.answers.diagnose import DiagnosisPage
from labsupport.exchange.http import HttpResponse
from labsupport.exchange.rules import NameRule, PolicyAnswer
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.lookups.diagnose import Cause
from labsupport.network.live import SystemClock
from labsupport.orders.export import policy_zone
from labsupport.real_internet import ENTRY_FILE, Described
from labsupport.servers.web import BLOCKED_BY

pytestmark = [
    pytest.mark.real,
    needs("nsd", "knotd", "unbound", "traceroute"),
    pytest.mark.skipif(FAKETIME is None, reason="not installed: faketime"),
]

MUSEUM, BLOCKED = "www.museum.example", "www.diario-del-puerto.example"
MACHINE, MACHINE6 = "198.51.100.10", "2001:db8:501::10"
START = WORLD.start.timestamp()
RULE = NameRule(
    asn=HERE.asn,
    start=START,
    end=START + 10 * 86400,
    name=dns.name.from_text(BLOCKED),
    answer=PolicyAnswer.NAME_ERROR,
    subtree=True,
)
NO_SUCH_NAME_ALERT = (
    b"\x15\x03\x03\x00\x02\x02\x70"  # RFC 6066 section 3: unrecognized_name
)
STOPPED = f"ip daddr {MACHINE} drop\nip6 daddr {MACHINE6} drop"
NO_HTTPS = (
    f"ip daddr {MACHINE} tcp dport 443 drop\nip6 daddr {MACHINE6} tcp dport 443 drop"
)
OFF = NO_HTTPS.replace("443", "{80, 443}")
NO_RESOLVER = f"ip daddr {HERE.resolvers[0]} drop\nip6 daddr {HERE.resolvers[1]} drop"
NO_PORT_53 = "udp dport 53 drop\ntcp dport 53 drop"
NO_ANSWER = "this connection gives no answer, for another name neither"


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Namespace, Namespace]]:
    zone = policy_zone((RULE,), HERE.asn, Language.load("en"), network=HERE.name)
    with real_internet(tmp_path_factory.mktemp("diagnosed"), zone) as both:
        yield both


@pytest.fixture
def lab(
    network: tuple[Namespace, Namespace],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Lab:
    entry = tmp_path / "entry.json"
    described = Described(
        context_of(Lab("en")).entry,
        PREFIXES,
        ("example", "test", "arpa", "root-servers.net"),
    )
    entry.write_text(described.to_json(), encoding="utf-8")
    monkeypatch.setenv(ENTRY_FILE, str(entry))
    monkeypatch.setattr(SystemClock, "now", lambda self: START)
    return network[1].call(lambda: Lab("en", live=True))


def diagnosed(lab: Lab, namespace: Namespace, name: str) -> DiagnosisPage:
    found = namespace.call(lambda: lab.investigate.diagnose(name))
    assert isinstance(found, DiagnosisPage), found
    return found


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        (MUSEUM, Cause.NOTHING, "the page is there"),
        (BLOCKED, Cause.BLOCKED, "the resolver of this connection does not pass it on"),
        ("www.abandonado.example", Cause.OUTAGE, "name servers are silent"),
        (
            "olvidado.example",
            Cause.EXPIRED,
            "the registry took the name out of the DNS",
        ),
        ("www.archivo.example", Cause.EXPIRED, "signatures (DNSSEC) have run out"),
        ("www.isla.example", Cause.EXPIRED, "its certificate has expired"),
        ("www.alterado.example", Cause.MISCONFIGURED, "do not fit"),
        ("www.suspendido.example", Cause.REMOVED, "the registrar took it out"),
    ],
)
def test_real_resolvers_and_servers_lead_to_the_same_verdict(
    lab: Lab, network: tuple[Namespace, Namespace], name: str, cause: Cause, words: str
) -> None:
    found = diagnosed(lab, network[1], name)
    assert found.cause is cause, found
    assert words in found.sentence


@pytest.mark.parametrize(
    ("at_home", "rule", "cause", "words"),
    [
        (True, STOPPED, Cause.BLOCKED, "packets are stopped where they leave"),
        (False, OFF, Cause.UNCLEAR, "the way leads on to Cimiento"),
        (
            False,
            NO_HTTPS,
            Cause.UNCLEAR,
            "does not answer at port 443, whatever the name",
        ),
        (True, NO_RESOLVER, Cause.NOTHING, NO_ANSWER),
        (True, NO_PORT_53, Cause.NOTHING, NO_ANSWER),
    ],
    ids=[
        "dropped where they leave",
        "a dead machine",
        "no HTTPS",
        "no resolver",
        "no port 53",
    ],
)
def test_packets_that_are_stopped(
    lab: Lab,
    network: tuple[Namespace, Namespace],
    at_home: bool,
    rule: str,
    cause: Cause,
    words: str,
) -> None:
    internet, access = network
    with closed(access if at_home else internet, rule):
        found = diagnosed(lab, access, MUSEUM)
    assert found.cause is cause, found
    assert words in found.sentence
    if words == NO_ANSWER:
        assert "the resolver gives the true one" not in found.sentence


def cut_by_name(connection: socket.socket) -> None:
    """Do as a box on the way that reads the name in a client's first message."""
    if MUSEUM.encode() in connection.recv(65535):
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        return  # it closes with a reset
    connection.sendall(NO_SUCH_NAME_ALERT)


def test_a_connection_that_is_reset_because_of_its_name(
    lab: Lab, network: tuple[Namespace, Namespace]
) -> None:
    access = network[1]
    with inside(access, tcp(cut_by_name)) as port:
        led: AbstractContextManager[None] = led_to(
            access, {Place(MACHINE, "tcp", 443): port}
        )
        no_ipv6 = closed(access, f"ip6 daddr {MACHINE6} drop")
        with led, no_ipv6:
            found = diagnosed(lab, access, MUSEUM)
    assert found.cause is Cause.BLOCKED, found
    assert "to another name and not to this one" in found.sentence


def cut_by_host(connection: socket.socket) -> None:
    """Do as a box on the way that reads the name in what is not encrypted."""
    if MUSEUM.encode() in connection.recv(65535):
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        return
    connection.sendall(HttpResponse(421).to_bytes())


def over_tls(behave: Behaviour) -> Behaviour:
    return encrypted(behave, AUTHORITY.chain(MUSEUM, START), AUTHORITY.sites_key)


SENDING_ON = HttpResponse(302, (("Location", f"https://{BLOCKED}/"),)).to_bytes()
ANOTHER_PAGE = HttpResponse(200, body=b"<title>Stop</title>").to_bytes()
NOTICE = HttpResponse(451, (BLOCKED_BY,), b"blocked").to_bytes()


@pytest.mark.parametrize(
    ("port", "behave", "cause", "words"),
    [
        (80, saying(NOTICE), Cause.BLOCKED, "says that the page is blocked (RFC 7725)"),
        (80, cut_by_host, Cause.BLOCKED, "to another name and not to this one"),
        (80, saying(ANOTHER_PAGE), Cause.ANOMALY, "another page comes than elsewhere"),
        (
            443,
            over_tls(saying(SENDING_ON)),
            Cause.ANOMALY,
            f"sends visitors on to https://{BLOCKED}/, which does not open",
        ),
    ],
    ids=["a notice", "cut by its name", "another page", "sent on to what is withheld"],
)
def test_what_a_box_on_the_way_answers(
    lab: Lab,
    network: tuple[Namespace, Namespace],
    port: int,
    behave: Behaviour,
    cause: Cause,
    words: str,
) -> None:
    access = network[1]
    with inside(access, tcp(behave)) as own:
        led: AbstractContextManager[None] = led_to(
            access, {Place(MACHINE, "tcp", port): own}
        )
        with led, closed(access, f"ip6 daddr {MACHINE6} drop"):
            found = diagnosed(lab, access, MUSEUM)
    assert found.cause is cause, found
    assert words in found.sentence
