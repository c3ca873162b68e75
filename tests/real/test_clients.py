"""Programs that know nothing of the lab meet it in a namespace as they would the Internet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import dns.dnssec
import dns.rdatatype
import dns.rrset
import pytest
from namespaces import Namespace, needs, served_lab

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.answers.dnssec import TrustChainPage
from labsupport.answers.trace import TracePage
from labsupport.dns.validation import Flaw, Security
from labsupport.inputs.names import shown
from labsupport.lookups.ask import values_of
from labsupport.world import World

pytestmark = [pytest.mark.real, needs("dig", "kdig", "drill", "dnsviz")]

Records = set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab("en")


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("clients") as namespace:
        yield namespace


@pytest.fixture(scope="module")
def root_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root's key, as drill and dnsviz read it."""
    keys = World.load().zone(".").find_rdataset(".", dns.rdatatype.DNSKEY)
    path = tmp_path_factory.mktemp("key") / "root.key"
    path.write_text("".join(f". 86400 IN DNSKEY {key}\n" for key in keys))
    return path


def records(lines: list[str]) -> Records:
    """The records among lines of a program's output, without signatures and TTLs."""
    found = set()
    for line in lines:
        if not line.strip() or line.startswith(";"):
            continue
        owner, _, rdclass, rdtype, data = line.split(maxsplit=4)
        if rdtype != "RRSIG":
            rrset = dns.rrset.from_text(owner, 0, rdclass, rdtype, data)
            found |= {(shown(rrset.name), rdtype, value) for value in values_of(rrset)}
    return found


# dig +trace

TRACED = (
    ("www.museum.example", "A"),
    ("boletin.museum.example", "TXT"),
    ("www.bancodelfaro.example", "AAAA"),
    ("www.corte.gob.test", "A"),
    ("www.hospital-central.org.test", "A"),
    ("ana.alumnos.universidad.test", "A"),
    ("www.seis.example", "AAAA"),
    ("xn--pea-azul-e3a.example", "A"),
    ("10.100.51.198.in-addr.arpa", "PTR"),
)
RECEIVED = re.compile(r";; Received \d+ bytes from (\S+)#53\((\S+)\) in \d+ ms")


@pytest.mark.parametrize("question", TRACED, ids=" ".join)
def test_dig_walks_down_as_lab_trace_does(
    question: tuple[str, str], served: Namespace, lab: Lab
) -> None:
    walk = lab.trace(*question)
    assert isinstance(walk, TracePage)
    expected: list[Records] = [{(".", "NS", host) for host in World.load().root_hints}]
    for step in walk.main_steps:
        assert step.reading is not None
        if step.reading.cut is not None:
            zone = shown(step.reading.cut.zone)
            expected.append(
                {(zone, "NS", shown(host)) for host in step.reading.cut.addresses}
            )
        else:
            assert step.reading.records is not None
            rrset = step.reading.records.rrset
            rdtype = dns.rdatatype.to_text(rrset.rdtype)
            expected.append({(shown(rrset.name), rdtype, v) for v in values_of(rrset)})
    output = served.run("dig", "+trace", *question).stdout
    blocks = RECEIVED.split(output)
    told = [
        {
            record
            for record in records(block.splitlines())
            if record[1] not in ("DS", "NSEC", "NSEC3")
        }
        for block in blocks[:-1:3]
    ]
    assert told == expected
    # Each answer but the first comes from a server that the one before has named.
    for before, server in zip(told, blocks[5::3], strict=False):
        assert server in {host for _, _, host in before}


# kdig

ASKED = (
    *TRACED,
    ("museum.example", "MX"),
    ("bancodelfaro.example", "CAA"),
    ("tienda.museum.example", "A"),
    ("www.diario-del-puerto.example", "A"),
    ("no-hay.museum.example", "A"),
    ("www.seis.example", "A"),
    ("www.isla.example", "A"),
    ("www.alterado.example", "A"),
)


@pytest.mark.parametrize("options", [(), ("+tcp",)], ids=["UDP", "TCP"])
def test_kdig_gets_what_lab_ask_gets(
    options: tuple[str, ...], served: Namespace, lab: Lab
) -> None:
    """It asks whom the namespace's resolv.conf names."""
    for question in ASKED:
        answer = lab.ask(*question)
        assert isinstance(answer, AnswerPage)
        output = served.run(
            "kdig", "+dnssec", "+noauthority", *options, *question
        ).stdout
        assert f"status: {answer.code};" in output, question
        flags = re.search(r"Flags: ([^;]*);", output)
        assert flags is not None
        assert ("ad" in flags[1].split()) == answer.authenticated, question
        expected = {(r.name, r.type, r.value) for r in answer.records}
        assert records(output.splitlines()) == expected, question


# drill -S and dnsviz

SECURE = (
    "www.museum.example",
    "no-hay.museum.example",
    "boletin.museum.example",
    "www.bancodelfaro.example",
    "www.corte.gob.test",
    "www.hospital-central.org.test",
    "www.universidad.test",
    "ana.alumnos.universidad.test",
    "no-hay.universidad.test",
    "www.datos.universidad.test",
    "cualquiera.mis-paginas.example",
    "a.root-servers.net",
)
INSECURE = (
    "www.isla.example",
    "www.goles-gratis.example",
    "www.municipio-lago.gob.test",
    "www.biblioteca.universidad.test",
    "www.bancodelfaro-clientes.example",
    "www.seis.example",
    "prensa.universidad.test",
    "tienda.museum.example",
)
BROKEN = ("www.mudanza.example", "www.alterado.example", "www.archivo.example")


def judged(lab: Lab, name: str) -> TrustChainPage:
    chain = lab.dnssec(name)
    assert isinstance(chain, TrustChainPage)
    return chain


def test_the_names_are_as_secure_as_they_are_listed(lab: Lab) -> None:
    for security, names in (
        (Security.SECURE, SECURE),
        (Security.INSECURE, INSECURE),
        (Security.BOGUS, BROKEN),
    ):
        assert {judged(lab, name).security for name in names} == {security}


DRILL_SAYS = {
    Flaw.NO_MATCHING_KEY: "No DNSSEC public key(s)",
    Flaw.WRONG_SIGNATURE: "Bogus DNSSEC signature",
    Flaw.EXPIRED: "DNSSEC signature has expired",
}


def drill(served: Namespace, root_key: Path, name: str) -> str:
    return served.run("drill", "-S", "-k", root_key, name, "@198.18.0.53").stdout


# Through Unbound it cannot check this one either: NSEC3 that deny the name and its wildcard.
DRILL_CANNOT = {"no-hay.universidad.test"}


@pytest.mark.parametrize("name", [name for name in SECURE if name not in DRILL_CANNOT])
def test_drill_chases_a_secure_name_up_to_the_root(
    name: str, served: Namespace, root_key: Path, lab: Lab
) -> None:
    output = drill(served, root_key, name)
    assert ";; Chase successful" in output
    for link in judged(lab, name).judged[-1].links:
        for key in link.dnskey or ():
            assert f"{link.zone} (DNSKEY keytag: {dns.dnssec.key_id(key)} " in output


@pytest.mark.parametrize("name", BROKEN)
def test_drill_breaks_off_where_lab_dnssec_does(
    name: str, served: Namespace, root_key: Path, lab: Lab
) -> None:
    output = drill(served, root_key, name)
    flaw = judged(lab, name).flaw
    assert flaw is not None
    assert (
        f"No trusted keys found in tree: first error was: {DRILL_SAYS[flaw]}" in output
    )
    assert ";; Chase failed." in output


# What dnsviz must find. About everything else that it is asked it has nothing to say.
FINDINGS = {
    "www.alterado.example.": "SIGNATURE_INVALID",
    "archivo.example.": "EXPIRATION_IN_PAST",
    "www.archivo.example.": "EXPIRATION_IN_PAST",
    "mudanza.example.": "NO_SEP",
    "experimento.example.": "ALGORITHM_NOT_SUPPORTED",
    "www.experimento.example.": "ALGORITHM_NOT_SUPPORTED",
    "cooperativa.example.": "SERVER_INVALID_RESPONSE_UDP",
    "huerfano.example.": "NO_ADDRESS_FOR_NS_NAME",
    "a.bucle.example.": "CNAME_LOOP",
    "b.bucle.example.": "CNAME_LOOP",
}
# Names with a defect that does not break their chain. (Dead servers keep dnsviz for minutes.)
FLAWED = (
    "www.experimento.example",
    "www.cooperativa.example",
    "www.huerfano.example",
    "a.bucle.example",
)


def codes(findings: object) -> Iterator[str]:
    """The codes of the errors and warnings in what grok writes, however deep they stand."""
    if isinstance(findings, dict):
        for key, value in findings.items():
            if key in ("errors", "warnings"):
                yield from (finding["code"] for finding in value)
            yield from codes(value)
    elif isinstance(findings, list):
        for value in findings:
            yield from codes(value)


def test_dnsviz_finds_what_is_wrong_and_nothing_else(
    served: Namespace, root_key: Path, tmp_path: Path
) -> None:
    probe, grok = tmp_path / "probe.json", tmp_path / "grok.json"
    first = "a.root-servers.net"
    address = World.load().root_hints[first][0]
    asking = ("-4", "-A", "-a", ".", "-x", f".:{first}={address}", "-o", probe)
    ran = served.run("dnsviz", "probe", *asking, *SECURE, *INSECURE, *BROKEN, *FLAWED)
    assert ran.returncode == 0, ran.stderr
    ran = served.run(
        "dnsviz", "grok", "-t", root_key, "-l", "warning", "-r", probe, "-o", grok
    )
    assert ran.returncode == 0, ran.stderr
    findings = json.loads(grok.read_text())
    found = {name: set(codes(findings[name])) for name in findings}
    assert {name for name in found if found[name]} == FINDINGS.keys()
    assert {name for name, code in FINDINGS.items() if code not in found[name]} == set()
