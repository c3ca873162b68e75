"""Who sees what: the tables agree with the exchanges that they were computed from."""

from __future__ import annotations

import itertools

import dns.message
import pytest
from visits import SAY, SERVICES, WORLD, carriers, holder, seat

from labsupport.exchange import Reply
from labsupport.http import HttpRequest
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.observers import (
    Fact,
    Observers,
    Role,
    Services,
    Way,
    WaysCompared,
    observers,
)
from labsupport.lookups.session import Session
from labsupport.lookups.web import read_url
from labsupport.results import Figure, Kind, Result

MUSEUM = "www.museum.example/contacto"
PAPER = "www.diario-del-puerto.example"  # behind the CDN
WAYS = [way.name.lower() for way in Way]
YOU, ADDRESS, NAME, SERVER_NAME, PAGE, CONTENT = Fact


def observe(
    text: str, way: object = "", session: Session | None = None, services: Services = SERVICES
) -> Result:
    session = session or seat()
    return observers(session, read_url(text, SAY), way, carriers=carriers, services=services)


def facts(text: str, way: str, role: Role) -> set[Fact]:
    result = observe(text, way)
    assert isinstance(result, Observers)
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
def test_what_the_access_provider_sees(way: str, seen: set[Fact]) -> None:
    assert facts(PAPER, way, Role.PROVIDER) == seen


@pytest.mark.parametrize("way", WAYS)
def test_the_machine_at_the_end_reads_everything_but_who_sits_behind_a_vpn(way: str) -> None:
    everything = {ADDRESS, SERVER_NAME, PAGE, CONTENT}
    assert facts(PAPER, way, Role.END) == everything | (set() if way == "vpn" else {YOU})


@pytest.mark.parametrize("way", WAYS)
def test_the_resolver_knows_the_name_but_never_the_page(way: str) -> None:
    assert facts(PAPER, way, Role.RESOLVER) == {NAME, ADDRESS} | (set() if way == "vpn" else {YOU})


def test_the_vpn_operator_takes_the_access_providers_place() -> None:
    assert facts(MUSEUM, "vpn", Role.VPN) == facts(MUSEUM, "https", Role.PROVIDER)
    assert facts(MUSEUM, "vpn", Role.CARRIER) == {YOU}
    assert facts(MUSEUM, "vpn", Role.BEYOND) == {ADDRESS, NAME, SERVER_NAME}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_said_to_see_what_the_bytes_do_not_hold(way: str) -> None:
    """Read by hand: what an access provider sees stands in the exchanges that leave the seat."""
    result = observe(PAPER, way)
    assert isinstance(result, Observers)
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
    seen = result.visited.by(Role.PROVIDER)
    site = {address for one in WORLD.sites if one.name == PAPER for address in one.addresses}
    assert (NAME in seen) == (f"{PAPER}." in asked)
    assert (SERVER_NAME in seen) == (PAPER in named)
    assert (PAGE in seen) == (CONTENT in seen) == (PAPER in read)
    assert (ADDRESS in seen) == bool(site & {request.to_address for request in mine})
    assert all(isinstance(line.outcome, Reply) for line in result.visited.lines)


def test_the_carriers_are_those_of_the_routing() -> None:
    result = observe(MUSEUM, "https")
    assert isinstance(result, Observers)
    on_the_way = {one.who for one in result.visited.seen if one.role is Role.CARRIER}
    legs = [
        carriers(line.request.source, line.request.to_address)[1:-1]
        for line in result.visited.lines
    ]
    assert on_the_way == set(itertools.chain(*legs)) == {"Andarivel"}
    assert {one.who for one in result.visited.seen if one.role is Role.END} == {
        holder("198.51.100.10")
    }


def test_who_stands_on_both_sides_of_the_vpn_is_told() -> None:
    result = observe(MUSEUM, "vpn")
    assert any(note.startswith("Oceánica carries packets on both sides") for note in result.notes)


def test_encrypted_hello_only_where_the_dns_offers_a_key() -> None:
    result = observe(MUSEUM, "ech")
    assert result.kind is Kind.NO_SUCH_TYPE
    assert result.sentence == "Its host does not offer ECH: the DNS has no key for it."
    compared = observe(MUSEUM)
    assert isinstance(compared, WaysCompared)
    assert Way.ECH not in [visited.way for visited in compared.visits]
    assert any("does not offer ECH" in note for note in compared.notes)
    assert len(observe_ways(PAPER)) == 5


def observe_ways(text: str) -> list[Way]:
    compared = observe(text)
    assert isinstance(compared, WaysCompared)
    return [visited.way for visited in compared.visits]


def test_a_site_with_an_expired_certificate_is_seen_only_without_encryption() -> None:
    assert observe_ways("www.isla.example") == [Way.HTTP]
    assert observe("www.isla.example", "https").kind is Kind.FAILED


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("no-existe.example", Kind.NO_SUCH_NAME),
        ("www.alterado.example", Kind.FAILED),
        ("www.abandonado.example", Kind.NO_ANSWER),
        ("rir-lab.example", Kind.NO_SUCH_TYPE),
    ],
)
def test_what_does_not_open_is_seen_by_nobody(name: str, kind: Kind) -> None:
    for way in ("", "https"):
        result = observe(name, way)
        assert result.kind is kind
        assert result.sentence


def test_a_vpn_that_does_not_answer_leads_nowhere() -> None:
    dead = Services(SERVICES.resolver_name, SERVICES.resolver, "198.19.105.78")
    assert observe(MUSEUM, "vpn", services=dead).kind is Kind.NO_ANSWER


def test_the_sentences_for_a_judge() -> None:
    assert observe(MUSEUM, "https").sentence == (
        "With https your access provider (Fibra Sur) still sees that you went to "
        "www.museum.example, but not which page. Who else can tie the name to your address: "
        "Andarivel, Cimiento."
    )
    assert observe(PAPER).sentence == (
        f"What your access provider (Fibra Sur) sees of {PAPER}: the page itself with http; the "
        "name of the site, not the page, with https, https + DoH; only an address of the site "
        "with https + DoH + ECH; nothing of the site with https through a VPN. The machine at "
        "the end reads everything."
    )


def test_the_scheme_that_was_typed_does_not_change_a_way() -> None:
    for way in WAYS:
        assert (
            observe(f"http://{PAPER}", way).table.to_dict()
            == observe(f"https://{PAPER}", way).table.to_dict()
        )


def test_a_shared_address_is_told() -> None:
    session = seat("movil-norte")
    assert any("shares its address" in note for note in observe(MUSEUM, "", session).notes)
    assert not any("shares its address" in note for note in observe(MUSEUM).notes)


@pytest.mark.parametrize("way", ["tor", 7, "HTTPS over DoH", "x" * 300])
def test_a_way_that_there_is_not_gets_a_sentence(way: object) -> None:
    with pytest.raises(NotUnderstood, match=r'"http", "https", "doh", "ech", "vpn"'):
        observe(MUSEUM, way)


@pytest.mark.parametrize("way", ["", *WAYS, "https + DoH + ECH"])
def test_the_picture_says_the_same_as_the_table(way: str) -> None:
    result = observe(PAPER, way)
    figure = result.figure()
    assert isinstance(figure, Figure)
    assert figure.data == result.tabulated()
    assert "Fibra Sur" in figure.alt or "access provider" in figure.alt
    assert figure.png().startswith(b"\x89PNG")
    assert len(result.limits) == 3
