"""Unbound, BIND and delv find in the served lab what `lab.ask` and `lab.dnssec` say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from namespaces import Namespace, needs, served_lab
from resolvers import BIND_PORT, UNBOUND_PORT, bind, bind_anchor, unbound

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.answers.dnssec import TrustChainPage
from labsupport.dns.validation import Security
from labsupport.inputs.names import read_question, shown
from labsupport.language import Language
from labsupport.lookups.ask import values_of
from labsupport.world import World

pytestmark = [pytest.mark.real, needs("unbound", "named", "delv")]

SECONDS_TO_START = 30
SECONDS_AN_ANSWER = 40
AT_ONCE = 12

QUESTIONS = """
    www.museum.example A                    secure, NSEC
    museum.example MX
    museum.example SOA
    boletin.museum.example TXT              too large for UDP
    salas.museum.example A                  an empty non-terminal
    a.b.salas.museum.example TXT
    no-hay.museum.example A                 does not exist
    museum.example SRV                      not of this type
    tienda.museum.example A                 an alias into a zone that is not signed
    www.bancodelfaro.example AAAA
    bancodelfaro.example CAA
    _dmarc.bancodelfaro.example TXT
    www.bancodelfaro-clientes.example A     insecure: not signed
    www.diario-del-puerto.example A         an alias across zones
    www.corte.gob.test A                    secure, a zone further down
    www.municipio-lago.gob.test A           insecure below a signed zone
    www.universidad.test A                  secure, NSEC3
    no-hay.universidad.test A               does not exist, NSEC3
    www.universidad.test MX                 not of this type, NSEC3
    ana.alumnos.universidad.test A          a wildcard, NSEC3
    ana.alumnos.universidad.test MX         a wildcard, not of this type
    delegados.alumnos.universidad.test TXT  beside the wildcard
    laboratorios.universidad.test A         an empty non-terminal, NSEC3
    revista.universidad.test TXT            an alias of a wildcard
    prensa.universidad.test A               an alias out of the zone
    www.datos.universidad.test A            another algorithm than its parent
    www.biblioteca.universidad.test A       insecure below NSEC3
    no-hay.biblioteca.universidad.test A
    www.hospital-central.org.test A         name servers in another top-level domain
    hospital-central.org.test MX
    cualquiera.mis-paginas.example A        a wildcard, NSEC
    cualquiera.mis-paginas.example AAAA
    estado.mis-paginas.example A
    panel.mis-paginas.example A
    www.mudanza.example A                   bogus: the DS of another key
    mudanza.example SOA
    www.alterado.example A                  bogus: altered
    www.alterado.example AAAA
    no-hay.alterado.example A
    www.archivo.example A                   bogus: expired
    archivo.example DNSKEY
    www.isla.example A                      signed, no DS
    www.experimento.example A               an algorithm that nobody knows
    www.cooperativa.example A               one server is lame
    www.abandonado.example A                both servers are dead
    www.huerfano.example A                  its servers' names do not exist
    a.bucle.example A                       a loop of aliases
    www.seis.example A                      IPv6 only
    www.seis.example AAAA
    www.suspendido.example A                on hold
    www.retenido.example A
    olvidado.example A
    www.goles-gratis.example A              shared hosting
    peña-azul.example A                     IDN
    bаncodelfaro.example A                  IDN, a look-alike
    no-hay.example A
    no-hay.test A
    com.test A
    algo.invalid A
    . NS
    . DNSKEY
    example DS
    isla.example DS
    mudanza.example DS
    a.root-servers.net AAAA
    10.100.51.198.in-addr.arpa PTR          reverse, not signed
    53.103.18.198.in-addr.arpa PTR
    7.113.0.203.in-addr.arpa PTR
    99.18.198.in-addr.arpa PTR              reverse, in a signed zone
"""

Question = tuple[str, str]
ASKED: list[Question] = [
    (line.split()[0], line.split()[1]) for line in QUESTIONS.strip().splitlines()
]


class Said(NamedTuple):
    """What a resolver makes of a question.

    Who gives no answer for good reason says no more: what a SERVFAIL still carries differs.
    """

    code: str
    secure: bool
    records: tuple[tuple[str, str, str], ...]


NO_ANSWER = Said("SERVFAIL", False, ())


def in_order(section: list[dns.rrset.RRset]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        sorted(
            (shown(rrset.name).lower(), dns.rdatatype.to_text(rrset.rdtype), value)
            for rrset in section
            if rrset.rdtype != dns.rdatatype.RRSIG
            for value in values_of(rrset)
        )
    )


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab("en")


@pytest.fixture(scope="module")
def security(lab: Lab) -> dict[Question, Security]:
    chains = {question: lab.dnssec(*question) for question in ASKED}
    assert all(isinstance(chain, TrustChainPage) for chain in chains.values()), chains
    return {question: chain.security for question, chain in chains.items()}


@pytest.fixture(scope="module")
def expected(lab: Lab, security: dict[Question, Security]) -> dict[Question, Said]:
    """What `lab.ask` says, held to what `lab.dnssec` says."""
    said = {}
    for question in ASKED:
        answer = lab.ask(*question)
        assert isinstance(answer, AnswerPage)
        records = tuple(sorted((r.name, r.type, r.value) for r in answer.records))
        said[question] = Said(answer.code, answer.authenticated, records)
        assert answer.authenticated == (security[question] is Security.SECURE), question
        fails = security[question] in (Security.BOGUS, Security.INDETERMINATE)
        assert (answer.code == "SERVFAIL") == fails, question
    return said


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("resolvers") as namespace:
        yield namespace


@pytest.fixture(scope="module")
def resolvers(
    served: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, int]]:
    """Unbound and BIND, running: the ports on which they answer."""
    world = World.load()
    ports = {}
    with ExitStack() as stack:
        for configure, port in ((unbound, UNBOUND_PORT), (bind, BIND_PORT)):
            folder = tmp_path_factory.mktemp(configure.__name__)
            command = configure(world, folder)
            process = stack.enter_context(served.running(*command, log=folder / "log"))
            for _ in range(SECONDS_TO_START * 10):
                assert process.poll() is None, (folder / "log").read_text()
                if (
                    served.call(resolve, ("example", "SOA"), "127.0.0.1", port, 1)
                    is not None
                ):
                    break
                time.sleep(0.1)
            else:
                pytest.fail((folder / "log").read_text())
            ports[configure.__name__] = port
        yield ports


@pytest.fixture(scope="module")
def found(
    served: Namespace, resolvers: dict[str, int]
) -> dict[str, dict[Question, Said | None]]:
    """What Unbound and BIND answer. Both are asked at once: dead servers take their time."""
    with ThreadPoolExecutor(len(resolvers)) as pool:
        answers = pool.map(
            lambda port: served.call(resolve_all, "127.0.0.1", port), resolvers.values()
        )
        return dict(zip(resolvers, answers, strict=True))


def resolve(
    question: Question, address: str, port: int, seconds: float = SECONDS_AN_ANSWER
) -> Said | None:
    """Ask a resolver as a client does that wants to know; None without an answer."""
    name, rdtype = question
    query = dns.message.make_query(name, rdtype, want_dnssec=True, payload=1232)
    try:
        response, _ = dns.query.udp_with_fallback(
            query, address, port=port, timeout=seconds
        )
    except (dns.exception.Timeout, OSError):
        return None
    code = dns.rcode.to_text(response.rcode())
    if code == "SERVFAIL":
        return NO_ANSWER
    return Said(code, bool(response.flags & dns.flags.AD), in_order(response.answer))


def resolve_all(address: str, port: int) -> dict[Question, Said | None]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [(typed(*question), question[1]) for question in ASKED]
        answers = pool.map(lambda question: resolve(question, address, port), asked)
        return dict(zip(ASKED, answers, strict=True))


def typed(name: str, rdtype: str) -> str:
    """The name as it is asked: an IDN in its ASCII form."""
    question, _ = read_question(name, rdtype, Language.load("en"))
    return question.name.to_text()


def test_every_story_of_the_lab_is_asked_about() -> None:
    stories = {story.name for story in World.load().stories}
    assert {
        s for s in stories if not any(name.endswith(s) for name, _ in ASKED)
    } == set()


def test_all_kinds_of_verdict_occur(security: dict[Question, Security]) -> None:
    assert set(security.values()) == set(Security)


@pytest.mark.parametrize("resolver", ["unbound", "bind"])
def test_real_resolvers_agree_with_the_lab(
    resolver: str,
    found: dict[str, dict[Question, Said | None]],
    expected: dict[Question, Said],
) -> None:
    assert found[resolver] == expected


@pytest.mark.parametrize(
    "address", ["198.18.0.53", "198.18.129.53", "2001:db8:504::104"]
)
def test_the_labs_own_resolvers_agree_when_served(
    address: str, served: Namespace, expected: dict[Question, Said]
) -> None:
    for _ in ("from the servers", "from memory"):
        assert served.call(resolve_all, address, 53) == expected


def header(
    question: Question, query_flags: int, dnssec: bool, address: str, port: int
) -> tuple[object, ...]:
    """What a response says besides its records: code, flags, DO, kinds of records."""
    name, rdtype = question
    query = dns.message.make_query(
        name, rdtype, use_edns=0, want_dnssec=dnssec, payload=1232
    )
    query.flags |= query_flags
    response, _ = dns.query.udp_with_fallback(query, address, SECONDS_AN_ANSWER, port)
    flags = response.flags
    if query_flags & dns.flags.CD:
        flags &= ~dns.flags.AD  # whether it had been checked before is up to the cache
    return (
        dns.rcode.to_text(response.rcode()),
        dns.flags.to_text(flags),
        response.ednsflags & dns.flags.DO,
        {rrset.rdtype for rrset in response.answer},
        {rrset.rdtype for rrset in response.authority},
    )


@pytest.mark.parametrize("resolver", ["unbound", "bind"])
def test_flags_are_those_of_real_resolvers(
    resolver: str, served: Namespace, resolvers: dict[str, int]
) -> None:
    for question in (
        ("www.museum.example", "A"),
        ("no-hay.museum.example", "A"),
        ("cualquiera.mis-paginas.example", "A"),
        ("www.seis.example", "A"),
        ("www.alterado.example", "A"),
    ):
        for flags in (0, dns.flags.AD, dns.flags.CD, dns.flags.AD | dns.flags.CD):
            for dnssec in (False, True):
                ours, theirs = (
                    served.call(header, question, flags, dnssec, address, port)
                    for address, port in (
                        ("198.18.0.53", 53),
                        ("127.0.0.1", resolvers[resolver]),
                    )
                )
                assert ours == theirs, (question, dns.flags.to_text(flags), dnssec)


# delv

VERDICT = re.compile(r"; (negative response, )?(fully validated|unsigned answer)")
FAILED = ";; resolution failed: "
CODE = ";; response code: "
TIMED_OUT = "delv: request event result: timed out"


@pytest.fixture(scope="module")
def anchor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("delv") / "anchor"
    path.write_text(bind_anchor(World.load()))
    return path


def delv_on_all(
    served: Namespace, anchor: Path, *options: str
) -> dict[Question, list[str]]:
    """Run delv for each question; return the lines it prints, without its log of packets."""

    def run(question: Question) -> list[str]:
        command = (
            "delv",
            "-a",
            anchor,
            "+root=.",
            *options,
            typed(*question),
            question[1],
        )
        ran = served.run(*command)
        return (ran.stdout + ran.stderr).splitlines()

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(ASKED, pool.map(run, ASKED), strict=True))


def verdict(lines: list[str]) -> Security | None:
    """Delv's verdict on what it prints, None where it prints none."""
    verdicts = [line for line in lines if VERDICT.fullmatch(line)]
    if not verdicts:
        return None
    unsigned = any("unsigned" in line for line in verdicts)
    return Security.INSECURE if unsigned else Security.SECURE


def records(lines: list[str]) -> tuple[tuple[str, str, str], ...]:
    """The records of the answer: those that stand after a verdict."""
    start = next(
        (n for n, line in enumerate(lines) if VERDICT.fullmatch(line)), len(lines)
    )
    rrsets = [
        dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, data)
        for owner, ttl, rdclass, rdtype, data in (
            line.split(maxsplit=4) for line in lines[start:] if line and line[0] != ";"
        )
    ]
    return in_order(rrsets)


def test_delv_comes_to_the_same_verdicts(
    served: Namespace,
    anchor: Path,
    expected: dict[Question, Said],
    security: dict[Question, Security],
) -> None:
    """It asks the lab's resolver, which holds back nothing (+cdflag), and checks it itself."""
    for question, lines in delv_on_all(
        served, anchor, "@198.18.0.53", "+cdflag"
    ).items():
        said = expected[question]
        found = verdict(lines)
        if found is None:
            (reason,) = (
                ln.removeprefix(FAILED) for ln in lines if ln.startswith(FAILED)
            )
            found = Security.INDETERMINATE if reason == "failure" else Security.BOGUS
        assert found is security[question], (question, lines)
        assert records(lines) == said.records, question
        assert any("-$NXDOMAIN" in line for line in lines) == (
            said.code == "NXDOMAIN"
        ), question


def test_delv_finds_the_same_from_the_root_on(
    served: Namespace,
    anchor: Path,
    expected: dict[Question, Said],
    security: dict[Question, Security],
) -> None:
    """It resolves by itself, and then gives a verdict on records only, not on their absence."""
    for question, lines in delv_on_all(served, anchor, "+ns", "-4").items():
        said = expected[question]
        codes = [line.removeprefix(CODE) for line in lines if line.startswith(CODE)]
        if TIMED_OUT in lines:
            codes.append("SERVFAIL")
        assert "".join(codes or ["NOERROR"]) == said.code, (question, lines)
        assert records(lines) == said.records, question
        if said.records:
            assert verdict(lines) is security[question], question
