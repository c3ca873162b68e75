"""Octets that carry their message: it is what a reader of the octets would have read."""

from __future__ import annotations

import dns.message
import dns.name
import pytest
from dns.rdatatype import MX, A

from labsupport import Lab
from labsupport.dns import transport
from labsupport.dns.transport import Rendered, exchange, make_query
from labsupport.exchange import Outcome, Reply, Request
from labsupport.network import offline
from labsupport.servers import messages
from labsupport.world import World

OPERATOR = "198.51.100.53"  # the servers of museum.example

ASKED = [
    (name, rdtype)
    for name in (
        "www.museum.example",
        "nobody.museum.example",
        "MUSEUM.example",
        "goles-gratis.example",
        "tienda.mis-paginas.example",
        "isla.example",
        "example",
        ".",
        "nobody.test",
        "www.aula-abierta.org.test",
        "bancodelfaro.example",
        "xn--nio-8ma.example",
    )
    for rdtype in ("A", "AAAA", "MX", "NS", "TXT", "SOA", "DNSKEY", "DS", "CAA")
]


def told(message: dns.message.Message | None) -> object:
    assert message is not None
    sections = [[rrset.to_text() for rrset in section] for section in message.sections]
    return message.flags, message.ednsflags, message.payload, message.options, sections


def test_a_message_is_what_its_octets_say_and_nobody_changes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[Rendered] = []

    def kept(octets: bytes, message: dns.message.Message) -> Rendered:
        made.append(Rendered(octets, message))
        return made[-1]

    monkeypatch.setattr(messages, "Rendered", kept)
    lab = Lab("en")
    for name, rdtype in ASKED:
        lab.ask(name, rdtype)
    for way in ("resolver", "registrar hold", "name servers"):
        lab.orders.technique(way, "goles-gratis.example")
    lab.investigate.lookalikes("bancodelfaro.example")
    for text in (
        "WwW.MuSeUm.ExAmPlE.",
        "NoBoDy.example.",
        "TiEnDa.Mis-Paginas.example.",
    ):
        for rdtype in (A, MX):
            query = make_query(dns.name.from_text(text), rdtype, recursion=True)
            found = exchange(
                offline.OfflineNetwork(World.load()).send,
                query,
                source="198.18.0.10",
                to_address="198.18.0.53",
            )
            assert isinstance(found.outcome, Reply)
            read = transport._read(found.outcome.payload[transport.IDENTIFIER :])
            assert told(found.response) == told(read)
    lab.dnssec("www.museum.example")
    lab.investigate.diagnose("www.museum.example")
    assert len(made) > 500
    for one in made:
        assert told(one.message) == told(transport._read(one[transport.IDENTIFIER :]))
        for section in one.message.sections[1:]:
            for rrset in section:
                key = (rrset.name, rrset.rdclass, rrset.rdtype, rrset.covers)
                assert one.message.get_rrset(section, *key) is rrset
        again = one.message.to_wire(max_size=65535, want_shuffle=False)
        assert again[transport.IDENTIFIER :] == one[transport.IDENTIFIER :]


def test_nobody_hears_with_which_capitals_another_asked() -> None:
    server = offline._name_servers.__wrapped__(World.load())[OPERATOR, 53]

    def send(request: Request) -> Outcome:
        return server.handle(request, send, offline.LabClock(0))

    def owners(text: str) -> set[str]:
        query = make_query(dns.name.from_text(text), A, recursion=False)
        found = exchange(send, query, source="198.18.0.10", to_address=OPERATOR)
        assert found.response is not None
        return {str(rrset.name) for rrset in found.response.answer}

    assert owners("WwW.MuSeUm.ExAmPlE.") == {"WwW.MuSeUm.ExAmPlE."}
    assert owners("www.museum.example.") == {"www.museum.example."}
