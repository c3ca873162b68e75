"""What an order exports, loaded by Unbound and BIND, answers as the lab's own resolver does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from namespaces import Namespace, needs, served_lab
from resolvers import BIND_PORT, UNBOUND_PORT, bind, bind_anchor, unbound
from test_resolvers import FAILED, in_order, verdict

from labsupport import Lab
from labsupport.dns.validation import Security
from labsupport.exchange import Reply, Request
from labsupport.exchange.rules import NameRule, PolicyAnswer
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.network.offline import OfflineNetwork
from labsupport.orders.export import policy_zone
from labsupport.world import World
from labsupport.world.changes import NOTICE_SITE

pytestmark = [pytest.mark.real, needs("unbound", "named", "delv")]

WORLD = World.load()
EN = Language.load("en")
FIBRA_SUR, RESOLVER, CLIENT = 64496, "198.18.0.53", "198.18.0.10"
NOTICE = next(site.addresses for site in WORLD.sites if site.name == NOTICE_SITE)
SPARING_PORT, WAITING_PORT = BIND_PORT + 1, BIND_PORT + 2
SECONDS_TO_START, SECONDS_AN_ANSWER = 30, 20


def rule(name: str, answer: PolicyAnswer, *, subtree: bool = True) -> NameRule:
    addresses = NOTICE if answer is PolicyAnswer.ADDRESSES else ()
    return NameRule(
        asn=FIBRA_SUR,
        name=dns.name.from_text(name),
        answer=answer,
        subtree=subtree,
        addresses=addresses,
        error=dns.edns.EDECode.CENSORED,
    )


RULES = [
    # The first that meets a name decides: what is excepted comes before what is blocked.
    rule("fotos-del-valle.mis-paginas.example", PolicyAnswer.TRUE),
    rule("mis-paginas.example", PolicyAnswer.NAME_ERROR),  # signed, with a wildcard
    rule("goles-gratis.example", PolicyAnswer.NAME_ERROR),  # not signed
    rule("www.museum.example", PolicyAnswer.ADDRESSES, subtree=False),  # signed
    rule("partidos-ya.example", PolicyAnswer.ADDRESSES),  # an alias at a CDN
    rule("aula-abierta.org.test", PolicyAnswer.NO_DATA),
    rule("corte.gob.test", PolicyAnswer.NO_DATA),  # signed
    # of an alias
    rule("diario-del-puerto.clientes.brisa-cdn.example", PolicyAnswer.NAME_ERROR),
]
ASKED = [
    ("fotos-del-valle.mis-paginas.example", "A"),
    ("mis-paginas.example", "A"),
    ("mis-paginas.example", "MX"),
    ("cualquiera.mis-paginas.example", "A"),
    ("goles-gratis.example", "A"),
    ("goles-gratis.example", "MX"),
    ("www.goles-gratis.example", "A"),
    ("clinica-pediatrica-candil.org.test", "A"),
    ("www.museum.example", "A"),
    ("www.museum.example", "AAAA"),
    ("www.museum.example", "MX"),
    ("museum.example", "A"),
    ("boletin.museum.example", "A"),
    ("www.partidos-ya.example", "A"),
    ("www.partidos-ya.example", "AAAA"),
    ("partidos-ya.example", "TXT"),
    ("www.aula-abierta.org.test", "A"),
    ("www.corte.gob.test", "A"),
    ("www.diario-del-puerto.example", "A"),
    ("diario-del-puerto.example", "A"),
    ("www.bancodelfaro.example", "A"),
    ("no-hay.example", "A"),
]


class Said(NamedTuple):
    """What a resolver answers: its code, its records, and whether it vouches for them."""

    code: str
    records: tuple[tuple[str, str, str], ...]
    vouched: bool


def said(response: dns.message.Message) -> Said:
    return Said(
        dns.rcode.to_text(response.rcode()),
        in_order(response.answer),
        bool(response.flags & dns.flags.AD),
    )


def query_for(name: str, rdtype: str, *, dnssec: bool) -> dns.message.QueryMessage:
    return dns.message.make_query(
        name, rdtype, use_edns=0, want_dnssec=dnssec, payload=1232
    )


def lab_says(rules: list[NameRule], *, dnssec: bool) -> dict[tuple[str, str], Said]:
    network = OfflineNetwork(WORLD, rules)
    found = {}
    for name, rdtype in ASKED:
        wire = query_for(name, rdtype, dnssec=dnssec).to_wire()
        outcome = network.send(Request(CLIENT, 40000, RESOLVER, 53, "udp", None, wire))
        assert isinstance(outcome, Reply)
        found[name, rdtype] = said(dns.message.from_wire(outcome.payload))
    return found


def resolver_says(port: int, *, dnssec: bool) -> dict[tuple[str, str], Said]:
    found = {}
    for name, rdtype in ASKED:
        query = query_for(name, rdtype, dnssec=dnssec)
        response, _ = dns.query.udp_with_fallback(
            query, "127.0.0.1", SECONDS_AN_ANSWER, port
        )
        found[name, rdtype] = said(response)
    return found


def sparing(rules: list[NameRule]) -> list[NameRule]:
    return [replace(one, spares_signed=True) for one in rules]


# How each real resolver is started, and the rules of the lab that stand for it.
KINDS = {
    "unbound": (UNBOUND_PORT, RULES),
    "bind": (BIND_PORT, RULES),
    "bind that spares signed answers": (SPARING_PORT, sparing(RULES)),
    "bind that waits for the true answer": (WAITING_PORT, RULES),
}


def as_advised(config: Path) -> None:
    """Let BIND answer without asking the servers of the target first, as the file says."""
    text = config.read_text()
    changed = re.sub(r"(break-dnssec \w+);", r"\1 qname-wait-recurse no;", text)
    assert changed != text
    config.write_text(changed)


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("policy") as namespace:
        yield namespace


@pytest.fixture(scope="module")
def resolvers(
    served: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    zone = policy_zone(RULES, FIBRA_SUR, EN, network="Fibra Sur")
    with ExitStack() as stack:
        for kind, (port, _) in KINDS.items():
            folder = tmp_path_factory.mktemp("resolver")
            if kind == "unbound":
                command = unbound(WORLD, folder, zone)
            else:
                spares = "spares" in kind
                command = bind(WORLD, folder, zone, break_dnssec=not spares, port=port)
                if "waits" not in kind:
                    as_advised(folder / "named.conf")
            process = stack.enter_context(served.running(*command, log=folder / "log"))
            wait_until_up(served, port, folder / "log", process.poll)
        yield


def wait_until_up(served: Namespace, port: int, log: Path, poll: object) -> None:
    query = query_for("example", "SOA", dnssec=False)
    for _ in range(SECONDS_TO_START * 10):
        assert callable(poll)
        assert poll() is None, log.read_text()
        try:
            response = served.call(dns.query.udp, query, "127.0.0.1", 1, port)
        except (dns.exception.Timeout, OSError):
            pass
        else:
            if response.answer:
                return
        time.sleep(0.1)
    pytest.fail(log.read_text())


@pytest.mark.parametrize("dnssec", [False, True], ids=["without DO", "with DO"])
@pytest.mark.parametrize("kind", KINDS)
def test_real_resolvers_with_the_exported_zone_answer_as_the_lab(
    kind: str, dnssec: bool, served: Namespace, resolvers: None
) -> None:
    port, rules = KINDS[kind]
    found = served.call(resolver_says, port, dnssec=dnssec)
    assert found == lab_says(rules, dnssec=dnssec)


def test_the_two_kinds_of_bind_differ_on_signed_names_alone() -> None:
    """So the difference between them is really asked about, and shows."""
    strict, mild = (lab_says(rules, dnssec=True) for rules in (RULES, sparing(RULES)))
    differing = {
        name for name, rdtype in ASKED if strict[name, rdtype] != mild[name, rdtype]
    }
    assert differing == {
        "mis-paginas.example",
        "cualquiera.mis-paginas.example",
        "www.museum.example",
        "www.corte.gob.test",
    }
    assert lab_says(RULES, dnssec=False) == lab_says(sparing(RULES), dnssec=False)


def client_verdict(name: str, printed: str) -> Security:
    """What delv makes of an answer.

    An absence without an SOA record in its proper place it cannot keep, and so prints no verdict
    on it; its trace says that it took it for the answer of an unsigned zone.
    """
    lines = printed.splitlines()
    found = verdict(lines)
    if found is not None:
        return found
    if any(
        f"validating {name}/" in line and "marking as answer" in line for line in lines
    ):
        return Security.INSECURE
    assert any(FAILED in line for line in lines), (name, lines)
    return Security.BOGUS


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_validates_comes_to_the_same_verdict(
    kind: str, served: Namespace, resolvers: None, tmp_path: Path
) -> None:
    port, rules = KINDS[kind]
    anchor = tmp_path / "anchor"
    anchor.write_text(bind_anchor(WORLD))
    lab = Lab("en")
    context_of(lab).inside = replace(
        context_of(lab).inside, network=OfflineNetwork(WORLD, rules)
    )
    verdicts = {}
    for name, rdtype in ASKED:
        expected = lab.dnssec(name, rdtype).security
        command = (
            "delv",
            "@127.0.0.1",
            "-p",
            str(port),
            "-a",
            anchor,
            "+root=.",
            "+cdflag",
        )
        ran = served.run(*command, "+vtrace", name, rdtype)
        verdicts[name, rdtype] = (
            client_verdict(name, ran.stdout + ran.stderr),
            expected,
        )
    assert {
        asked: pair for asked, pair in verdicts.items() if pair[0] is not pair[1]
    } == {}


def test_bind_says_why(served: Namespace, resolvers: None) -> None:
    """The comment in the exported zone says how: "ede censored" in response-policy."""
    query = query_for("goles-gratis.example", "A", dnssec=False)
    response = served.call(
        dns.query.udp, query, "127.0.0.1", SECONDS_AN_ANSWER, BIND_PORT
    )
    assert [int(error.code) for error in response.extended_errors()] == [16]
