"""A resolver that somebody chose: by its address, or one that is asked over HTTPS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import dns.name
import dns.rdatatype
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from rooms import Room
from said import says

from labsupport import Lab
from labsupport.answers.ask import AnswerPage
from labsupport.exchange import DNS_PORT, HTTPS_PORT, Endpoint, TlsFailure
from labsupport.formats.certificates import Trust, judge
from labsupport.inputs.urls import read_resolver
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups import resolvers

MUSEUM = "www.museum.example"
RESOLVER = "198.18.104.104"
QUESTION = dns.name.from_text(MUSEUM), dns.rdatatype.A
CRITICAL = x509.BasicConstraints, x509.KeyUsage
OVER = {
    "https://dns.resuelve.example/dns-query": (HTTPS_PORT, "https"),
    "https://dns.resuelve.example": (HTTPS_PORT, "https"),
    "HTTPS://DNS.Resuelve.example./": (HTTPS_PORT, "https"),
}


@pytest.mark.parametrize(
    "name", [MUSEUM, "no-hay.museum.example", "www.alterado.example"]
)
@pytest.mark.parametrize("where", OVER)
def test_an_encrypted_resolver_says_what_it_says_in_the_clear(
    where: str, name: str
) -> None:
    lab = Lab("en")
    plain, encrypted = lab.at(RESOLVER).ask(name), lab.at(where).ask(name)
    assert (encrypted.kind, encrypted.sentence) == (plain.kind, plain.sentence)
    request = lab.evidence.lines[-1].request
    assert (request.to_address, request.port, request.protocol) == (
        RESOLVER,
        *OVER[where],
    )


def test_every_question_goes_there_but_the_one_for_its_own_name() -> None:
    lab = Lab("en")
    there = lab.at("https://dns.resuelve.example")
    for question in (there.ask, there.dnssec, there.visit, there.rdap, there.who):
        assert question(MUSEUM).kind is Kind.FOUND
    first = lab.evidence.lines[:2]
    assert {line.question for line in first} == {
        'lab.at("https://dns.resuelve.example")'
    }
    assert DNS_PORT not in [line.request.port for line in lab.evidence.lines[2:]]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("https://nada.example", "led to no address"),
        ("tls://dns.resuelve.example", "is no resolver"),
        ("https://www.google.com/dns-query", "no name of this Internet"),
        ("ftp://dns.resuelve.example", "is no resolver"),
        ("https://", "is no resolver"),
        ("https://ana:secreto@dns.resuelve.example/", "is no resolver"),
        ("https://[2001:db8:504::104]/dns-query", "is no resolver"),
        ("https://a..b", "two dots"),
        ("203.0.113.80", "no connection"),
    ],
)
def test_what_is_no_resolver_gets_a_sentence(where: str, words: str) -> None:
    lab = Lab("en").at(where)
    assert lab.ask(MUSEUM).kind is Kind.NOT_ASKED
    assert words in context_of(lab).here.sentence


@pytest.mark.parametrize(
    "where", ["https://dns1.fibra-sur.example", "https://www.museum.example"]
)
def test_where_nobody_answers_so_it_is_no_answer(where: str) -> None:
    answer = Lab("en").at(where).ask("www.corte.gob.test")
    assert answer.kind in (Kind.NO_ANSWER, Kind.FAILED)
    assert isinstance(answer, AnswerPage)
    assert answer.records == ()


def test_a_resolver_that_is_another_is_not_asked() -> None:
    """The certificate is the resolver's, and the name that was chosen is not in it."""
    lab = Lab("en")
    url = "https://otro.example/dns-query"
    entry = replace(context_of(lab).entry, resolvers=(RESOLVER,), resolver_url=url)
    asked = replace(context_of(lab).session, entry=entry).ask_resolver(*QUESTION)
    assert isinstance(asked.outcome, TlsFailure)
    assert asked.response is None


def test_an_untrusted_resolver_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = Lab("en").at("https://dns.resuelve.example")
    assert context_of(lab).inside.chosen is not None
    other = replace(context_of(lab).inside.chosen, url="https://otro.example/dns-query")
    context_of(lab).inside = replace(context_of(lab).inside, chosen=other)
    answer = lab.ask(MUSEUM)
    assert answer.kind is Kind.FAILED
    assert says(answer.sentence, "ask.not_trusted")
    assert says(answer.sentence, "tls.other_name")


def test_what_was_chosen_encrypted_never_leaves_in_the_clear() -> None:
    session = context_of(Lab("en").at("https://dns.resuelve.example")).session
    room = Room(session.network, [(HTTPS_PORT, "https")])
    fallback = resolvers.Fallback()
    asked = replace(session, network=room, resolve=fallback.ask).ask_resolver(*QUESTION)
    assert asked.response is None
    assert {port for port, _ in room.sent} == {HTTPS_PORT}
    assert fallback.said == []


def test_only_addresses_that_were_typed_may_be_special() -> None:
    """A name leads where its zone says: that is no person's choice."""

    def endpoints(typed: str) -> tuple[Endpoint, ...]:
        session = context_of(Lab("en")).session
        chosen = resolvers.choose(session, read_resolver(typed, session.say))
        assert isinstance(chosen, resolvers.Chosen)
        return chosen.endpoints

    address = "192.168.1.1"
    both = ((address, DNS_PORT, "udp"), (address, DNS_PORT, "tcp"))
    assert endpoints(address) == both
    assert endpoints("https://dns.resuelve.example") == ()
    assert endpoints(f"https://{address}") == ((address, HTTPS_PORT, "https"),)


def test_a_certificate_may_be_made_out_to_an_address() -> None:
    key, begins = (
        ec.generate_private_key(ec.SECP256R1()),
        datetime(2026, 1, 1, tzinfo=UTC),
    )
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    by = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    address = x509.IPAddress(ip_address("198.18.104.104"))
    signs = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    serves = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH])

    def issued(*extensions: x509.ExtensionType) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's own")])
        builder = x509.CertificateBuilder(name, name, key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(begins).not_valid_after(
            begins + timedelta(days=90)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, isinstance(extension, CRITICAL))
        return builder.sign(key, SHA256())

    root = issued(x509.BasicConstraints(True, None), own, signs)
    leaf = issued(x509.SubjectAlternativeName([address]), by, serves)
    chain, pem = (leaf.public_bytes(Encoding.DER),), root.public_bytes(Encoding.PEM)
    now = begins.timestamp() + 1
    assert judge(chain, "198.18.104.104", pem, now) is Trust.TRUSTED
    assert judge(chain, "198.18.104.105", pem, now) is not Trust.TRUSTED
    assert judge(chain, "dns.resuelve.example", pem, now) is not Trust.TRUSTED
