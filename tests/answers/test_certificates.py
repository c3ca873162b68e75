"""What logs of certificates tell of a name, and what else an answer may be."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY, says

from labsupport import Lab
from labsupport.answers.certificates import CertificatesPage, certificates
from labsupport.exchange import Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import read_name
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.certificates import read
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Result
from labsupport.world import World

WORLD = World.load()
LAB = Lab("en")
LOG = "crt.rir-lab.example"
NAME = read_name("uno.example", context_of(LAB).say)
CLIENTS = "www.bancodelfaro-clientes.example"


def of(name: str) -> CertificatesPage:
    result = LAB.investigate.certificates(name)
    assert isinstance(result, CertificatesPage), result
    return result


def entry(**fields: object) -> dict[str, object]:
    return {
        "issuer_name": 'C=XP, O=Autoridad, CN="Autoridad, serie 3"',
        "common_name": "uno.example",
        "name_value": "uno.example\ndos.example",
        "id": 41,
        "entry_timestamp": "2026-10-30T12:00:05.123",
        "not_before": "2026-10-30T11:00:00",
        "not_after": "2027-01-28T11:00:00",
        "serial_number": "0A1B",
        **fields,
    }


# In the lab


def test_a_certificate_joins_the_two_look_alikes() -> None:
    result = of(CLIENTS)
    assert result.kind is Kind.FOUND
    assert result.others == (
        "www.xn--bncodelfaro-yij.example",
        "seguro.bancodelfaro-clientes.example",
    )
    assert (
        SAY("certificates.beside", names="www.xn--bncodelfaro-yij.example")
        in result.sentence
    )
    assert (
        SAY(
            "certificates.same_domain_names",
            names="seguro.bancodelfaro-clientes.example",
        )
        in result.sentence
    )
    assert "www.bаncodelfaro.example" in result.table["names in it"].iloc[0]


def test_sharing_is_said_to_prove_no_common_control() -> None:
    assert says(" ".join(of(CLIENTS).limits), "certificates.no_link_proven")


def test_that_a_search_knows_none_has_no_badge() -> None:
    result = of("bancodelfaro-clientes.example")
    assert result.found == ()
    assert result.kind is None  # it proves no absence


def test_a_site_of_its_own_shares_its_certificates_with_nobody() -> None:
    result = of("www.museum.example")
    assert result.others == ()
    assert says(result.sentence, "certificates.none_beside")
    seen = [one.seen for one in result.found if one.seen]
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize("typed", ["", "203.0.113.1", "dos palabras"])
def test_what_is_no_name_gets_a_sentence(typed: str) -> None:
    assert LAB.investigate.certificates(typed).kind is Kind.NOT_ASKED


def test_a_name_outside_is_not_asked() -> None:
    assert LAB.investigate.certificates("google.com").kind is Kind.NOT_COVERED


# What else may come


class Answering(OfflineNetwork):
    """The lab with a log search that answers what it is told."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        super().__init__(WORLD)
        self.page = HttpResponse(status, (("Content-Type", "application/json"),), body)

    def send(self, request: Request) -> Outcome:
        outcome = super().send(request)
        if request.server_name == LOG and isinstance(outcome, Reply):
            return replace(outcome, payload=self.page.to_bytes())
        return outcome


class Deaf(OfflineNetwork):
    """The lab without its log search."""

    def send(self, request: Request) -> Outcome:
        return (
            Silence(None, 5.0) if request.server_name == LOG else super().send(request)
        )


def answered(network: OfflineNetwork) -> Result:
    return certificates(replace(context_of(LAB).session, network=network), NAME)


@pytest.mark.parametrize("status", [403, 429, 502, 503])
def test_a_throttled_search_is_no_absence(status: int) -> None:
    result = answered(Answering(b"<html>Too many requests</html>", status))
    assert result.kind is Kind.REFUSED
    assert says(result.sentence, "certificates.not_said")


@pytest.mark.parametrize(
    "body", [b"<html>Sorry</html>", b"", b"[{", b'"no"', b"[1, 2]"]
)
def test_what_is_no_answer_is_no_absence(body: bytes) -> None:
    result = answered(Answering(body))
    assert result.kind is Kind.FAILED
    assert says(result.sentence, "certificates.not_said")


def test_silence_is_no_absence() -> None:
    result = answered(Deaf(WORLD))
    assert result.kind is Kind.NO_ANSWER
    assert says(result.sentence, "certificates.not_said")


def test_without_a_search_nobody_is_asked() -> None:
    session = context_of(LAB).session
    session = replace(session, entry=replace(session.entry, certificate_log=""))
    assert certificates(session, NAME).kind is Kind.NO_SERVER


def test_an_answer_of_which_not_all_could_be_read_says_so() -> None:
    result = answered(Answering(json.dumps([entry(), 7]).encode()))
    assert isinstance(result, CertificatesPage)
    assert len(result.found) == 1
    assert any("may be more" in note for note in result.notes)


# The reader


def test_an_entry_is_read() -> None:
    search = read(json.dumps([entry()]).encode())
    assert search is not None
    ((one,), _) = search
    assert one.names == ("uno.example", "dos.example")
    assert one.issued_by == "Autoridad: Autoridad, serie 3"
    assert one.serial == "0a1b"
    assert one.seen == 1793361605.123
    assert one.begins == 1793358000.0
    assert one.ends is not None
    assert search[1], "all of it was read"


def test_a_certificate_and_its_announcement_are_one() -> None:
    twice = [entry(), entry(id=40, entry_timestamp="2026-10-30T12:00:01")]
    search = read(json.dumps(twice).encode())
    assert search is not None
    ((one,), _) = search
    assert one.seen == 1793361601.0


def test_the_same_number_from_another_issuer_is_another_certificate() -> None:
    search = read(json.dumps([entry(), entry(issuer_name="O=Otra")]).encode())
    assert search is not None
    assert len(search[0]) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"entry_timestamp": "yesterday", "not_before": None, "not_after": 7},
        {
            "entry_timestamp": "0001-01-01T00:00:00+14:00",
            "not_before": "9999-12-31T23:59:59-14:00",
        },
        {"name_value": ["uno.example"], "serial_number": True, "issuer_name": {}},
        {"common_name": None},
    ],
)
def test_a_field_of_another_kind_does_not_lose_the_entry(
    fields: dict[str, object],
) -> None:
    result = answered(Answering(json.dumps([entry(**fields)]).encode()))
    assert isinstance(result, CertificatesPage)
    assert "uno.example" in result.found[0].names
    assert "uno.example" in repr(result)


ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        key: st.none() | st.integers() | st.text() | st.lists(st.text()) | st.booleans()
        for key in entry()
    },
)


@given(st.binary())
def test_no_bytes_are_too_strange_to_read(data: bytes) -> None:
    read(data)


@given(st.lists(ENTRIES), st.integers(0, 40))
def test_no_answer_is_too_strange_to_show(
    entries: list[dict[str, object]], cut: int
) -> None:
    data = json.dumps(entries).encode()
    result = answered(Answering(data[: len(data) - cut]))
    assert result.sentence
    assert repr(result)
    assert result._repr_html_()
