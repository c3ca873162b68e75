"""Who sees what: the tables agree with the exchanges that they were computed from."""

from __future__ import annotations

import itertools
from dataclasses import replace

import dns.message
import pytest
from said import begins, says
from visits import SAY, SERVICES, WORLD, carriers, holder, seat

from labsupport import Lab
from labsupport.answers.observers import ObserversPage, WaysCompared, observers
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import Reply
from labsupport.exchange.http import HttpRequest
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import read_url
from labsupport.kinds import Kind
from labsupport.lookups.observers import Services, Station, VisibleFact, VisitMethod
from labsupport.lookups.session import Session
from labsupport.network.recording import RecordedNetwork
from labsupport.results import Result

MUSEUM = "www.museum.example/contacto"
PAPER = "www.diario-del-puerto.example"  # behind the CDN
WAYS = [way.name.lower() for way in VisitMethod]
YOU, ADDRESS, NAME, SERVER_NAME, PAGE, CONTENT = VisibleFact


def observe(
    text: str,
    way: object = "",
    session: Session | None = None,
    services: Services = SERVICES,
) -> Result:
    session, log = session or seat(), EvidenceLog()
    session = replace(session, network=RecordedNetwork(session.network, log, ""))
    url = read_url(text, SAY)
    return observers(session, url, way, services, log)


def facts(text: str, way: str, role: Station) -> set[VisibleFact]:
    result = observe(text, way)
    assert isinstance(result, ObserversPage)
    return set(result.visited.by(role))


@pytest.mark.parametrize(
    ("way", "seen"),
    [
        ("http", {YOU, ADDRESS, NAME, SERVER_NAME, PAGE, CONTENT}),
        ("https", {YOU, ADDRESS, NAME, SERVER_NAME}),
        ("doh", {YOU, ADDRESS, SERVER_NAME}),
        ("ech", {YOU, ADDRESS}),
        ("vpn", {YOU}),
    ],
)
def test_what_the_access_provider_sees(way: str, seen: set[VisibleFact]) -> None:
    assert facts(PAPER, way, Station.PROVIDER) == seen


@pytest.mark.parametrize("way", WAYS)
def test_the_machine_at_the_end_reads_everything_but_who_sits_behind_a_vpn(
    way: str,
) -> None:
    everything = {ADDRESS, SERVER_NAME, PAGE, CONTENT}
    assert facts(PAPER, way, Station.END) == everything | (
        set() if way == "vpn" else {YOU}
    )


@pytest.mark.parametrize("way", WAYS)
def test_the_resolver_knows_the_name_but_never_the_page(way: str) -> None:
    assert facts(PAPER, way, Station.RESOLVER) == {NAME, ADDRESS} | (
        set() if way == "vpn" else {YOU}
    )


def test_the_vpn_operator_takes_the_access_providers_place() -> None:
    result = observe(MUSEUM, "vpn")
    assert isinstance(result, ObserversPage)
    who = {
        role: {one.who for one in result.visited.seen if one.role is role}
        for role in Station
    }
    assert who[Station.VPN] == {"Túnel Claro"}
    # The host of its machine is a network that carries both sides.
    host = holder(SERVICES.vpn.address)
    assert host == "Ultramar Host"
    assert host in who[Station.CARRIER] & who[Station.BEYOND]
    assert facts(MUSEUM, "vpn", Station.VPN) == facts(MUSEUM, "https", Station.PROVIDER)
    assert facts(MUSEUM, "vpn", Station.CARRIER) == {YOU}
    assert facts(MUSEUM, "vpn", Station.BEYOND) == {ADDRESS, NAME, SERVER_NAME}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_said_to_see_what_the_bytes_do_not_hold(way: str) -> None:
    """Read by hand: what an access provider sees stands in the exchanges that leave the seat."""
    result = observe(PAPER, way)
    assert isinstance(result, ObserversPage)
    session = seat()
    own = (session.entry.source, session.entry.source6)
    mine = [line.request for line in result.visited.lines if line.request.source in own]
    assert mine
    asked = {
        dns.message.from_wire(request.payload).question[0].name.to_text()
        for request in mine
        if request.port == 53
    }
    read = {
        HttpRequest.from_bytes(request.payload).header("Host")
        for request in mine
        if request.protocol == "http"
    }
    named = read | {request.server_name for request in mine}
    seen = result.visited.by(Station.PROVIDER)
    site = {
        address for one in WORLD.sites if one.name == PAPER for address in one.addresses
    }
    assert (NAME in seen) == (f"{PAPER}." in asked)
    assert (SERVER_NAME in seen) == (PAPER in named)
    assert (PAGE in seen) == (CONTENT in seen) == (PAPER in read)
    assert (ADDRESS in seen) == bool(site & {request.to_address for request in mine})
    assert all(isinstance(line.outcome, Reply) for line in result.visited.lines)


def test_the_carriers_are_those_of_the_routing() -> None:
    result = observe(MUSEUM, "https")
    assert isinstance(result, ObserversPage)
    on_the_way = {one.who for one in result.visited.seen if one.role is Station.CARRIER}
    legs = [
        carriers(line.request.source, line.request.to_address)[1:-1]
        for line in result.visited.lines
    ]
    assert on_the_way == set(itertools.chain(*legs)) == {"Andarivel"}
    network = WORLD.network_of(seat().entry.source)
    assert network is not None
    way = WORLD.routing.way(network.asn, "198.51.100.10")
    names = {network.asn: network.name for network in WORLD.networks}
    assert {names[asn] for asn in way[1:-1]} == on_the_way
    assert {one.who for one in result.visited.seen if one.role is Station.END} == {
        holder("198.51.100.10")
    }


def test_who_carries_only_the_answers_sees_only_the_answers() -> None:
    def other_way_back(source: str, to_address: str) -> tuple[str, ...]:
        way = carriers(source, to_address)
        back = to_address == seat().entry.source
        return (way[0], "Oceánica", way[-1]) if back and len(way) > 1 else way

    def seen(way: str) -> dict[str, frozenset[VisibleFact]]:
        result = observe(
            MUSEUM, way, services=SERVICES._replace(carriers=other_way_back)
        )
        assert isinstance(result, ObserversPage)
        return {
            one.who: one.facts
            for one in result.visited.seen
            if one.role is Station.CARRIER
        }

    assert seen("https") == {
        "Andarivel": {YOU, ADDRESS, SERVER_NAME},
        "Oceánica": {YOU, ADDRESS},
    }
    assert seen("http") == {
        "Andarivel": {YOU, ADDRESS, SERVER_NAME, PAGE},
        "Oceánica": {YOU, ADDRESS, CONTENT},
    }


def test_answers_to_a_shared_address_are_carried_as_well() -> None:
    result = Lab("en").at("movil-norte").investigate.observers(MUSEUM, "http")
    assert isinstance(result, ObserversPage)
    assert CONTENT in result.visited.by(Station.CARRIER)


def test_encrypted_hello_only_where_the_dns_offers_a_key() -> None:
    result = observe(MUSEUM, "ech")
    assert result.kind is Kind.NO_SUCH_TYPE
    assert result.sentence == SAY("observers.no_ech")
    compared = observe(MUSEUM)
    assert isinstance(compared, WaysCompared)
    assert VisitMethod.ECH not in [visited.way for visited in compared.visits]
    assert says(compared.notes, "observers.no_ech")
    assert len(observe_ways(PAPER)) == 5


def observe_ways(text: str) -> list[VisitMethod]:
    compared = observe(text)
    assert isinstance(compared, WaysCompared)
    return [visited.way for visited in compared.visits]


def test_a_site_with_an_expired_certificate_is_read_only_without_encryption() -> None:
    compared = observe("www.isla.example")
    assert isinstance(compared, WaysCompared)
    assert compared.kind is Kind.FOUND
    opened = [visited.way for visited in compared.visits if visited.failed is None]
    assert opened == [VisitMethod.HTTP]
    assert any(
        begins(
            note,
            "observers.not_opened",
            ways="https, https + DoH and https through a VPN",
        )
        for note in compared.notes
    )
    refused = observe("www.isla.example", "https")
    assert isinstance(refused, ObserversPage)
    assert refused.kind is Kind.FAILED
    assert begins(refused.sentence, "observers.why")
    # The browser showed the name in its greeting, and stopped at the certificate.
    assert refused.visited.by(Station.PROVIDER) == {YOU, ADDRESS, NAME, SERVER_NAME}
    assert refused.visited.by(Station.CARRIER) == {YOU, ADDRESS, SERVER_NAME}
    assert refused.visited.by(Station.END) == {YOU, ADDRESS, SERVER_NAME}


def test_where_nobody_answers_only_the_call_is_seen() -> None:
    """No connection, no greeting: whoever the packets were led to has no name and no page."""
    astray = Lab("en").routes.announce(
        "198.18.103.0/24", by="AS64497", checking="nobody"
    )
    for way in ("http", "https"):
        result = astray.investigate.observers("www.universidad.test", way)
        assert isinstance(result, ObserversPage)
        assert result.kind is Kind.NO_ANSWER
        seen = {(one.role, one.who): one.facts for one in result.visited.seen}
        assert seen[Station.PROVIDER, "Fibra Sur"] == {YOU, ADDRESS, NAME}
        assert seen[Station.CARRIER, "Móvil Norte"] == {YOU, ADDRESS}
        assert not result.visited.by(Station.END)


def test_a_connection_without_ipv6_asks_and_calls_nobody() -> None:
    result = observe("www.seis.example", "https", seat("movil-norte"))
    assert isinstance(result, ObserversPage)
    assert result.kind is Kind.NO_ANSWER
    assert says(result.sentence, "web.no_family", family="IPv6")
    assert {one.role for one in result.visited.seen} == {
        Station.PROVIDER,
        Station.RESOLVER,
    }


def test_a_port_where_nobody_listens() -> None:
    result = observe("www.museum.example:8443", "http")
    assert isinstance(result, ObserversPage)
    assert result.kind is Kind.REFUSED
    assert result.visited.by(Station.PROVIDER) == {YOU, ADDRESS, NAME}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("no-existe.example", Kind.NO_SUCH_NAME),
        ("www.alterado.example", Kind.FAILED),
        ("www.abandonado.example", Kind.NO_ANSWER),
        ("rir-lab.example", Kind.NO_SUCH_TYPE),
    ],
)
def test_the_question_is_seen_even_if_no_page_opens(name: str, kind: Kind) -> None:
    compared, result = observe(name), observe(name, "https")
    assert isinstance(result, ObserversPage)
    assert compared.kind is result.kind is kind
    assert compared.sentence.startswith(SAY("observers.not_opened_at_all"))
    assert begins(result.sentence, "observers.why")
    assert (
        result.visited.by(Station.PROVIDER)
        == result.visited.by(Station.RESOLVER)
        == {YOU, NAME}
    )
    assert not result.visited.by(Station.END)


def test_a_vpn_that_does_not_answer_leads_nowhere() -> None:
    dead = SERVICES._replace(vpn=SERVICES.vpn._replace(address="198.19.105.78"))
    result = observe(MUSEUM, "vpn", services=dead)
    assert isinstance(result, ObserversPage)
    assert result.kind is Kind.NO_ANSWER
    assert result.visited.by(Station.PROVIDER) == {YOU}
    assert not result.visited.by(Station.VPN)


def test_each_column_of_one_way_is_one_fact() -> None:
    one = observe(MUSEUM, "https")
    assert list(one.table.columns) == [
        "who",
        "your address",
        "the site's address",
        SAY("observers.the_name_asked_dns"),
        SAY("observers.name_site_called"),
        "the page",
        "the content",
    ]


def test_the_sentences_for_a_judge() -> None:
    one = SAY(
        "observers.one",
        way="https",
        who="Fibra Sur",
        name="www.museum.example",
        what=SAY("observers.site_name_not_page"),
    )
    tie = SAY("observers.tie", others="Andarivel and Cimiento")
    assert observe(MUSEUM, "https").sentence == f"{one} {tie}"
    parts = (
        f"{SAY('observers.page_content')} (http)",
        f"{SAY('observers.site_name_not_page')} (https and https + DoH)",
        f"{SAY('observers.site_address_not_name')} (https + DoH + ECH)",
        f"and {SAY('observers.nothing_of_the_site')} (https through a VPN)",
    )
    seen = SAY("observers.all", who="Fibra Sur", name=PAPER, parts="; ".join(parts))
    assert observe(PAPER).sentence == f"{seen} {SAY('observers.reads_everything')}"


def test_the_scheme_that_was_typed_does_not_change_a_way() -> None:
    for way in WAYS:
        assert (
            observe(f"http://{PAPER}", way).table.to_dict()
            == observe(f"https://{PAPER}", way).table.to_dict()
        )


def test_a_shared_address_is_told() -> None:
    session = seat("movil-norte")
    assert any(
        "shares its address" in note for note in observe(MUSEUM, "", session).notes
    )
    assert not any("shares its address" in note for note in observe(MUSEUM).notes)
    assert says(observe(MUSEUM, "https", session).sentence, "observers.tie_shared")


def test_a_vpn_leaves_its_provider_a_lead() -> None:
    result = observe(PAPER)
    row = next(row for row in result.tabulated().rows if row[0] == "access provider")
    assert row[-1] == SAY("observers.vpn_address_times_volume", you="your address")
    assert says(result.notes, "observers.vpn")


@pytest.mark.parametrize("way", ["tor", 7, "HTTPS over DoH", "x" * 300])
def test_a_way_that_there_is_not_gets_a_sentence(way: object) -> None:
    with pytest.raises(NotUnderstood, match=r'"http", "https", "doh", "ech" and "vpn"'):
        observe(MUSEUM, way)


def test_the_limits_are_the_same_for_one_way_and_for_all() -> None:
    assert len(observe(PAPER).limits) == len(observe(PAPER, "https").limits) == 3


@pytest.mark.parametrize(
    ("typed", "way"),
    [("https + DoH + ECH", VisitMethod.ECH), (" VPN ", VisitMethod.VPN)],
)
def test_a_way_may_be_called_by_what_the_tables_call_it(
    typed: str, way: VisitMethod
) -> None:
    result = observe(PAPER, typed)
    assert isinstance(result, ObserversPage)
    assert [visited.way for visited in result.facts.visits] == [way]
