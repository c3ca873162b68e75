"""A recording answers as the network did, and says when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dns.message
import dns.name
import dns.rdatatype
import pytest
from said import says
from visits import SAY, seat

from labsupport.answers import ask, dnssec, origin, path, routes, trace, visit
from labsupport.evidence.file_format import read
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import NotSent, Reply, Request
from labsupport.exchange.log import Line
from labsupport.inputs.names import read_question
from labsupport.inputs.urls import read_url
from labsupport.lookups.session import Session
from labsupport.network.recording import RecordedNetwork
from labsupport.network.replay import ReplayNetwork
from labsupport.results import Result

Lookup = Callable[[Session], Result]

LOOKUPS: dict[str, Lookup] = {
    "ask": lambda seat: ask.ask(seat, *read_question("www.museum.example", "A", SAY)),
    "ask, over TCP": lambda seat: ask.ask(
        seat, *read_question("boletin.museum.example", "TXT", SAY)
    ),
    "ask, no such name": lambda seat: ask.ask(
        seat, *read_question("nada.museum.example", "A", SAY)
    ),
    "trace": lambda seat: trace.trace(
        seat, *read_question("www.corte.gob.test", "A", SAY)
    ),
    "dnssec": lambda seat: dnssec.dnssec(
        seat, *read_question("museum.example", "A", SAY)
    ),
    "dnssec, bogus": lambda seat: dnssec.dnssec(
        seat, *read_question("www.alterado.example", "A", SAY)
    ),
    "visit": lambda seat: visit.visit(seat, read_url("www.museum.example", SAY)),
    "visit, no page": lambda seat: visit.visit(seat, read_url("www.seis.example", SAY)),
    "origin": lambda seat: origin.origin(seat, "203.0.113.7"),
    "routes": lambda seat: routes.routes(seat, "203.0.113.0/24"),
    "path": lambda seat: path.path(
        seat, *read_question("www.museum.example", "A", SAY)
    ),
}


def recorded(
    lookups: dict[str, Lookup], folder: Path
) -> tuple[list[Result], tuple[Line, ...]]:
    """Make the lookups in the lab; return what they gave, and the file's exchanges."""
    here, log = seat(), EvidenceLog()
    here = replace(here, network=RecordedNetwork(here.network, log, "fibra-sur"))
    results = [lookup(here) for lookup in lookups.values()]
    log.save(folder / "evidence.jsonl")
    return results, read((folder / "evidence.jsonl").read_bytes()).lines


def test_every_lookup_gives_the_same_over_its_recording(tmp_path: Path) -> None:
    first, lines = recorded(LOOKUPS, tmp_path)
    replayed = replace(seat(), network=ReplayNetwork(lines))
    for name, then, lookup in zip(LOOKUPS, first, LOOKUPS.values(), strict=True):
        now = lookup(replayed)
        assert now.sentence == then.sentence, name
        assert now.kind is then.kind, name
        assert now.tabulated() == then.tabulated(), name
        assert now.notes == then.notes, name


def line(payload: bytes, answer: bytes, time: float = 1.0) -> Line:
    request = Request("198.18.0.10", 4000, "198.18.0.53", 53, "udp", None, payload)
    return Line("", time, request, Reply("198.18.0.53", 0.0, (), answer))


def question(
    name: str, rdtype: str = "A", identifier: int = 1
) -> dns.message.QueryMessage:
    return dns.message.make_query(dns.name.from_text(name), rdtype, id=identifier)


def answered(name: str, identifier: int = 1) -> bytes:
    return dns.message.make_response(question(name, identifier=identifier)).to_wire()


def sent(network: ReplayNetwork, payload: bytes, port: int = 5000) -> object:
    return network.send(
        Request("198.18.0.10", port, "198.18.0.53", 53, "udp", None, payload)
    )


def test_identifier_case_and_port_may_differ_and_it_is_still_an_answer() -> None:
    network = ReplayNetwork(
        [line(question("museum.example").to_wire(), answered("museum.example"))]
    )
    asked = question("MuSeUm.eXample", identifier=7)
    outcome = sent(network, asked.to_wire())
    assert isinstance(outcome, Reply)
    response = dns.message.from_wire(outcome.payload)
    assert response.id == 7
    assert asked.is_response(response)


def test_anything_else_that_differs_is_another_question() -> None:
    payload = question("museum.example").to_wire()
    recording = line(payload, answered("museum.example"))
    network = ReplayNetwork([recording])
    for other in (
        replace(recording.request, payload=question("museum.example", "MX").to_wire()),
        replace(recording.request, payload=question("isla.example").to_wire()),
        replace(recording.request, to_address="198.51.100.53"),
        replace(recording.request, protocol="tcp"),
        replace(recording.request, hop_limit=1),
        replace(recording.request, source="198.18.0.11"),
        replace(recording.request, payload=payload[:11]),
    ):
        outcome = network.send(other)
        assert isinstance(outcome, NotSent)
        assert says(outcome.reason, "replay.not_recorded")
    assert isinstance(network.send(recording.request), Reply)


def test_answers_come_in_their_order_and_the_last_again_with_their_time() -> None:
    payload = question("museum.example").to_wire()
    answers = [answered("museum.example"), answered("museum.example")[:-1] + b"\x07"]
    network = ReplayNetwork(
        [line(payload, answers[0], 100.0), line(payload, answers[1], 200.0)]
    )
    assert network.clock.now() == 100
    came = []
    for expected in (100, 200, 200):
        outcome = sent(network, payload)
        assert isinstance(outcome, Reply)
        came.append(outcome.payload)
        assert network.clock.now() == expected
    assert came == [answers[0], answers[1], answers[1]]


@pytest.mark.parametrize("answer", [b"", b"\x00", bytes(12), bytes(40)])
def test_an_answer_that_is_none_is_replayed_as_well_as_it_can_be(answer: bytes) -> None:
    payload = question("museum.example").to_wire()
    outcome = sent(ReplayNetwork([line(payload, answer)]), payload)
    assert isinstance(outcome, Reply)
    assert len(outcome.payload) == len(answer)
    assert outcome.payload[2:] == answer[2:]


def test_it_covers_the_names_in_it_and_no_others(tmp_path: Path) -> None:
    _, lines = recorded({key: LOOKUPS[key] for key in ("trace", "visit")}, tmp_path)
    network = ReplayNetwork(lines)
    assert network.covers("WWW.Museum.example.")
    assert network.covers("www.corte.gob.test")
    assert not network.covers("mail.museum.example")
    assert not network.covers("example.com")
    rdap = Request(
        *("198.18.0.10", 1, "198.18.106.80", 443, "https", "rdap.nic.example"),
        b"GET /domain/isla.example HTTP/1.1\r\nHost: rdap.nic.example\r\n\r\n",
    )
    whois = Request(
        "198.18.0.10", 1, "198.18.106.43", 43, "tcp", None, b"domain seis.example\r\n"
    )
    network = ReplayNetwork(
        [Line("", 0.0, one, NotSent(None, 0.0)) for one in (rdap, whois)]
    )
    for name in ("isla.example", "rdap.nic.example", "seis.example"):
        assert network.covers(name)
    assert not network.covers("domain")
