"""Why a site does not open: told apart by what is seen from several places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import dns.edns
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rooms import Replaced
from said import says

from labsupport import Lab
from labsupport.answers import diagnose
from labsupport.answers.diagnose import DiagnosisPage
from labsupport.exchange import Outcome, Reply, Request, Reset, Silence, Unreachable
from labsupport.exchange.http import HttpResponse
from labsupport.inputs.urls import read_url
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.diagnose import Cause
from labsupport.lookups.reached import MOST_CALLED, Resolution
from labsupport.orders import simulation
from labsupport.orders.techniques import Technique
from labsupport.world.changes import OWN_ZONE, Publication

LAB = Lab("en")
NEWSPAPER = "www.diario-del-puerto.example"
MUSEUM = "www.museum.example"
PORTS = (80, 443)


def diagnosis(name: str, lab: Lab = LAB) -> DiagnosisPage:
    found = lab.investigate.diagnose(name)
    assert isinstance(found, DiagnosisPage), found
    return found


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        (MUSEUM, Cause.NOTHING, "the page is there"),
        # one server is lame
        (
            "www.cooperativa.example",
            Cause.NOTHING,
            "the page is there",
        ),
        (
            "www.seis.example",
            Cause.NOTHING,
            "Móvil Norte has no addresses of that kind",
        ),
        ("www.abandonado.example", Cause.OUTAGE, "name servers are silent"),
        ("www.huerfano.example", Cause.MISCONFIGURED, "cannot be found"),
        ("a.bucle.example", Cause.MISCONFIGURED, "in a circle"),
        ("www.alterado.example", Cause.MISCONFIGURED, "do not fit"),
        ("www.mudanza.example", Cause.MISCONFIGURED, "do not fit"),
        (
            "no-hay.museum.example",
            Cause.MISCONFIGURED,
            "it has no name no-hay.museum.example",
        ),
        ("www.archivo.example", Cause.EXPIRED, "have run out"),
        ("www.isla.example", Cause.EXPIRED, "its certificate has expired"),
        ("olvidado.example", Cause.EXPIRED, "redemption period"),
        ("www.suspendido.example", Cause.REMOVED, "the registrar took it out"),
        ("www.retenido.example", Cause.REMOVED, "the registry took it out"),
        ("nadie-lo-tiene.example", Cause.UNCLEAR, "never registered"),
    ],
)
def test_what_is_wrong_with_the_site_itself(
    name: str, cause: Cause, words: str
) -> None:
    found = diagnosis(name)
    assert found.cause is cause, found.sentence
    assert words in found.sentence


EXPECTED = {
    Technique.REGISTRAR_HOLD: (Cause.REMOVED, "the registrar took it out"),
    Technique.REGISTRY_HOLD: (Cause.REMOVED, "the registry took it out"),
    Technique.NAME_SERVERS: (Cause.MISCONFIGURED, "another machine"),
    Technique.RESOLVER: (
        Cause.BLOCKED,
        "resolvers of Fibra Sur and Móvil Norte do not pass it on",
    ),
    Technique.PUBLIC_RESOLVER: (
        Cause.BLOCKED,
        "resolver of Fibra Sur + Resuelve does not pass",
    ),
    Technique.ADDRESS: (Cause.BLOCKED, "packets are stopped where they leave"),
    Technique.ROUTE: (Cause.BLOCKED, "packets are stopped where they leave"),
    Technique.SERVER_NAME: (Cause.BLOCKED, "to another name and not to this one"),
    Technique.HOST: (Cause.REMOVED, "(451, RFC 7725)"),
    Technique.AUTHOR: (Cause.REMOVED, "(451, RFC 7725)"),
    Technique.CDN: (Cause.REMOVED, "(451, RFC 7725)"),
}


@pytest.mark.parametrize("technique", Technique)
@pytest.mark.parametrize("name", [NEWSPAPER, MUSEUM])
def test_a_measure_is_told_from_a_mishap(technique: Technique, name: str) -> None:
    cause, words = EXPECTED[technique]
    order = simulation.order_for(technique, name, simulation.LASTS)
    held = Lab("en").with_order(order)
    if not (
        context_of(held).offline.rules or context_of(held).offline.changes
    ):  # it has no such place
        return
    found = diagnosis(name, held)
    assert found.cause is cause, found
    assert words in found.sentence


def test_a_block_in_one_network_shows_where_it_is() -> None:
    order = simulation.order_for(Technique.RESOLVER, NEWSPAPER, simulation.LASTS)
    found = diagnosis(NEWSPAPER, Lab("en").with_order(order))
    withheld = [
        view.place for view in found.views if view.resolution is Resolution.WITHHOLDS
    ]
    assert withheld == ["Fibra Sur", "Móvil Norte"]


MACHINE = ("198.51.100.10", "2001:db8:501::10")


def failing(request: Request) -> Outcome:
    (certificates,) = {
        context_of(LAB)
        .offline.send(replace(request, source=context_of(LAB).entry.source))
        .certificates  # type: ignore[attr-defined]
    }
    page = HttpResponse(503).to_bytes()
    return Reply(request.to_address, 0.1, (), page, certificates)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda request: Silence(None, 5.0), "leads on to Cimiento"),
        (lambda request: Reset(request.to_address, 0.1), "leads on to Cimiento"),
        (lambda request: Unreachable(None, 0.1), "leads on to Cimiento"),
        (failing, "is not able to"),
    ],
    ids=["off", "closed", "no way", "broken"],
)
def test_an_outage_is_one_for_everybody(
    how: Callable[[Request], Outcome], words: str
) -> None:
    url = read_url(MUSEUM, context_of(LAB).say)
    places = [
        replace(
            one,
            session=replace(
                one.session, network=Replaced(one.session.network, MACHINE, how)
            ),
        )
        for one in context_of(LAB).vantage_points()
    ]
    found = diagnose.diagnose(places, url)
    assert isinstance(found, DiagnosisPage)
    assert found.cause is Cause.OUTAGE, found
    assert words in found.sentence
    # And with one place from which it opens, it is no outage, nor yet a block.
    mixed = diagnose.diagnose([*places[:2], context_of(LAB).vantage_points()[2]], url)
    assert isinstance(mixed, DiagnosisPage)
    assert mixed.cause is Cause.ANOMALY, mixed
    assert says(mixed.sentence, "diagnose.closed", others="Móvil Norte")


def test_every_place_is_in_the_evidence() -> None:
    lab = Lab("en")
    lab.investigate.diagnose(MUSEUM)
    assert {line.lab for line in lab.evidence.lines} == {
        "fibra-sur",
        "fibra-sur-resuelve",
        "movil-norte",
    }


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("", Kind.NOT_ASKED),
        ("https://", Kind.NOT_ASKED),
        ("google.com", Kind.NOT_COVERED),
        ("8.8.8.8", Kind.NOT_COVERED),
        ("http://127.0.0.1/", Kind.NOT_COVERED),
    ],
)
def test_what_is_no_site_gets_a_sentence(typed: str, kind: Kind) -> None:
    assert LAB.investigate.diagnose(typed).kind is kind


@settings(max_examples=25)
@given(st.text(max_size=30))
def test_any_text_gets_a_sentence(text: str) -> None:
    assert LAB.investigate.diagnose(text).sentence


def test_of_very_many_addresses_a_few_are_called_and_it_is_said() -> None:
    """Who owns a name may give it the addresses of anybody."""
    lab, name = Lab("en"), f"muchas.{OWN_ZONE}"
    addresses = {f"198.51.100.{number}" for number in range(1, 251)}
    for address in addresses:
        record = f"{name}. 600 A {address}"
        context_of(lab).offline.change(Publication(zone=OWN_ZONE, record=record))
    found = diagnosis(name, lab)
    assert {*found.addresses} == addresses
    asked = [line.request for line in context_of(lab).log.lines]
    called = {
        one.to_address
        for one in asked
        if one.to_address in addresses and one.port in PORTS
    }
    assert 0 < len(called) <= MOST_CALLED
    assert context_of(lab).say("diagnose.some_addresses") in found.limits
    assert (
        context_of(lab).say("diagnose.some_addresses") not in diagnosis(MUSEUM).limits
    )
    assert Resolution.CHANGES not in [view.resolution for view in found.views]


def blocking(response: dns.message.Message) -> None:
    response.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.BLOCKED)])
    response.set_rcode(dns.rcode.NXDOMAIN)


def leading_elsewhere(response: dns.message.Message) -> None:
    response.answer = [dns.rrset.from_text(f"{MUSEUM}.", 60, "IN", "A", "203.0.113.66")]


@pytest.mark.parametrize(
    ("lie", "cause"), [(blocking, Cause.BLOCKED), (leading_elsewhere, Cause.ANOMALY)]
)
def test_a_resolver_that_lies_is_no_mistake_of_the_site(
    lie: Callable[[dns.message.Message], None], cause: Cause
) -> None:
    """It breaks the signatures of a signed name; the site's own servers say something else."""
    place = context_of(LAB).vantage_points()[0]

    def answer(request: Request) -> Outcome:
        outcome = place.session.network.send(request)
        assert isinstance(outcome, Reply)
        query = dns.message.from_wire(request.payload)
        if query.question[0].name != dns.name.from_text(MUSEUM):
            return outcome
        response = dns.message.make_response(query)
        lie(response)
        return replace(outcome, payload=response.to_wire())

    network = Replaced(place.session.network, place.session.entry.resolvers, answer)
    lied_to = replace(place, session=replace(place.session, network=network))
    found = diagnose.diagnose([lied_to], read_url(MUSEUM, context_of(LAB).say))
    assert found.cause is cause, found.sentence
