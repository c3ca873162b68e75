"""The page of a visit as a browser shows it: its padlock, and what stands where the page would."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from confirmed import confirmed
from rooms import Replaced
from said import begins, says
from visits import SAY, seat

from labsupport import Lab
from labsupport.answers.browser_window import (
    HIGH,
    PADLOCKS,
    padlock,
    page,
    side_by_side,
    window,
)
from labsupport.exchange import Outcome, Reply, Silence, TlsFailure, Unreachable
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import read_url
from labsupport.lab_protocol import context_of
from labsupport.lookups.visit import Visit, visit
from labsupport.picture import WIDE
from labsupport.tree import as_html, element

MUSEUM = "www.museum.example"
BANK, LOOK_ALIKE = "www.bancodelfaro.example", "www.bancodelfaro-clientes.example"
NOTICE = (
    "Fibra Sur shall block goles-gratis.example at its resolver and show a notice page."
)


def visited(text: str, lab: Lab | None = None) -> Visit:
    return visit(context_of(lab or Lab("en")).session, read_url(text, SAY))


def answered(text: str, outcome: Outcome | HttpResponse) -> Visit:
    """Visit the museum while its machine answers with `outcome`."""
    if isinstance(outcome, HttpResponse):
        outcome = Reply("198.51.100.10", 0.1, (), outcome.to_bytes())
    session = seat()
    network = Replaced(session.network, ("198.51.100.10",), lambda request: outcome)
    return visit(replace(session, network=network), read_url(text, SAY))


def words(facts: Visit) -> str:
    """Return what stands in the window of a visit."""
    drawn = as_html(element("svg", *window(0, 400, facts, SAY)))
    return " ".join(ElementTree.fromstring(drawn).itertext())


@pytest.mark.parametrize(
    ("text", "lock", "shown"),
    [
        (MUSEUM, "closed", "page"),
        (LOOK_ALIKE, "closed", "page"),
        (f"http://{MUSEUM}", "open", "page"),
        ("no-existe.example", "none", "no_such_name"),
        ("rir-lab.example", "none", "no_such_type"),
        ("www.abandonado.example", "none", "no_address"),
        ("www.isla.example", "crossed", "not_trusted"),
        (f"{MUSEUM}/nada", "closed", "gone"),
        (f"{MUSEUM}:8443", "none", "reset"),
        ("http://isla.example", "open", "no_page"),
    ],
)
def test_the_padlock_and_the_page_are_what_came(
    text: str, lock: str, shown: str
) -> None:
    facts = visited(text)
    assert (padlock(facts), page(facts)) == (lock, shown)
    told = words(facts)
    assert SAY(PADLOCKS[lock]) in told
    assert SAY(f"window.{shown}", place="") in re.sub(r"\s+", " ", told)


@pytest.mark.parametrize(
    ("outcome", "lock", "shown"),
    [
        (Silence(None, 5.0, ()), "none", "no_answer"),
        (Unreachable(None, 0.1, ()), "none", "no_answer"),
        (TlsFailure(None, 0.1, (), "no common version"), "crossed", "no_tls"),
    ],
)
def test_where_no_page_came(outcome: Outcome, lock: str, shown: str) -> None:
    facts = answered(MUSEUM, outcome)
    assert (padlock(facts), page(facts)) == (lock, shown)


@pytest.mark.parametrize(
    ("status", "header", "shown"),
    [
        (451, (), "notice"),
        (200, (("Link", '<https://aviso.red.gob.test/>; rel="blocked-by"'),), "page"),
        (403, (("Link", '<https://aviso.red.gob.test/>; rel="blocked-by"'),), "notice"),
        (403, (), "refuses"),
        (301, (("Location", "https://other.example/"),), "elsewhere"),
        (500, (), "no_page"),
        (405, (), "no_page"),
    ],
)
def test_what_a_machine_answers(
    status: int, header: tuple[tuple[str, str], ...], shown: str
) -> None:
    assert page(answered(f"http://{MUSEUM}", HttpResponse(status, header))) == shown


def test_a_blocked_page_is_a_notice_or_a_warning() -> None:
    blocked = Lab("en").with_order(confirmed(NOTICE))
    plain, secure = (
        visited(f"{s}://goles-gratis.example", blocked) for s in ("http", "https")
    )
    assert (padlock(plain), page(plain)) == ("open", "notice")
    assert (padlock(secure), page(secure)) == ("crossed", "not_trusted")


def test_the_bank_and_the_look_alike_differ_in_their_address_alone() -> None:
    lab = Lab("en")
    picture = lab.visit(LOOK_ALIKE).beside(lab.visit(BANK))
    assert [state.label for state in picture.states] == [
        "both pages",
        "padlock",
        "certificate",
        "web address",
    ]
    _, padlocks, certificates, addresses = picture.states
    assert padlocks.words == (SAY("window.same_padlock", sign="padlock closed"))
    assert begins(
        certificates.words,
        "window.certificates",
        date="2026-10-31",
        other_date="2026-10-03",
        one=LOOK_ALIKE,
        other=BANK,
    )
    assert f"{LOOK_ALIKE} and {BANK}" in addresses.words
    parts = set(re.findall(r'data-part="(\w+)"', as_html(*picture.drawing)))
    for state in picture.states:
        assert state.looks.keys() <= parts
    assert picture.high < 330
    assert all(
        len(json.dumps(one)) < 200_000 for one in picture._repr_mimebundle_().values()
    )


def test_padlocks_that_differ_are_told_apart() -> None:
    picture = side_by_side(
        visited(f"http://{MUSEUM}"), visited("www.isla.example"), SAY
    )
    assert [state.label for state in picture.states] == [
        "both pages",
        "padlock",
        "web address",
    ]
    assert "padlock open" in picture.states[1].words
    assert "padlock crossed out" in picture.states[1].words


def test_what_is_hostile_is_cut_and_escaped() -> None:
    location = "https://<b>\xadx</b>.example/" + "y" * 500
    facts = answered(
        f"http://{MUSEUM}/" + "z" * 500, HttpResponse(302, (("Location", location),))
    )
    drawn = as_html(*window(0, WIDE / 2, facts, SAY))
    assert "<b>" not in drawn
    assert "\xad" not in drawn
    for text in ElementTree.fromstring(drawn).iter("text"):
        assert float(text.attrib["x"]) + 8 * len(text.text or "") <= WIDE / 2
        assert float(text.attrib["y"]) < HIGH


def test_only_a_visit_stands_beside_a_visit() -> None:
    with pytest.raises(NotUnderstood) as raised:
        Lab("en").visit(MUSEUM).beside(BANK)
    assert says(str(raised.value), "visit.beside")
