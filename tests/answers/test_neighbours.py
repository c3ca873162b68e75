"""Who else was seen at an address: the observatory, the reader of its answers, and what is said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import dns.name
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import begins, says
from visits import LAB, SAY, WORLD

from labsupport.answers.neighbours import NeighboursPage, neighbours
from labsupport.exchange import Outcome, Reply, Request, Silence
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.registered import read_what
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.neighbours import SeenName, read, seen_at, seen_below
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Result
from labsupport.servers.passive_dns import SITE, passive_dns
from labsupport.world import World
from labsupport.world.changes import Hold

BASE = f"https://{SITE}/"
NETWORK = OfflineNetwork(WORLD)
SHARED, EDGE = "203.0.113.80", "192.0.2.80"
CUSTOMERS = dns.name.from_text("clientes.brisa-cdn.example")
START = WORLD.start.timestamp()
PAGES = {
    site.name for site in WORLD.sites if site.name.endswith(".mis-paginas.example")
}
DAY = 86400
PAGE = passive_dns(WORLD, WORLD.start.timestamp)


def session(network: OfflineNetwork = NETWORK, base: str = BASE) -> Session:
    here = context_of(LAB).session
    return replace(here, network=network, entry=replace(here.entry, passive_dns=base))


def asked(text: str, seated: Session | None = None) -> Result:
    return neighbours(seated or session(), read_what(text, SAY))


def of(text: str, seated: Session | None = None) -> NeighboursPage:
    result = asked(text, seated)
    assert isinstance(result, NeighboursPage), result
    return result


def answered(what: str) -> list[dict[str, object]]:
    response = PAGE(HttpRequest("GET", f"/query/{what}"))
    assert response.status == 200, response
    return [json.loads(line) for line in response.body.decode().splitlines()]


def line(**fields: object) -> bytes:
    record = {
        "rrname": "uno.example",
        "rrtype": "A",
        "rdata": SHARED,
        "time_first": 1000,
        "time_last": 2000,
        **fields,
    }
    return json.dumps(record).encode() + b"\n"


class Answering(OfflineNetwork):
    """The lab, whose observatory answers something else; it is only asked by HTTPS."""

    def __init__(self, respond: Callable[[str], Outcome | HttpResponse]) -> None:
        super().__init__(WORLD)
        self._respond = respond

    def send(self, request: Request) -> Outcome:
        outcome = super().send(request)
        if request.server_name != SITE:
            return outcome
        assert isinstance(outcome, Reply)
        answer = self._respond(HttpRequest.from_bytes(request.payload).target)
        if isinstance(answer, HttpResponse):
            return replace(outcome, payload=answer.to_bytes())
        return answer


# The observatory


def test_every_site_is_seen_at_its_addresses_with_its_kind_and_title() -> None:
    for site in WORLD.sites:
        for address in site.addresses:
            found = [one for one in answered(address) if one["rrname"] == site.name]
            (one,) = found
            assert (one["x-kind"], one["x-title"]) == (site.kind, site.title)


def test_the_observatory_tells_what_the_zones_say_and_nothing_else() -> None:
    """Shared hosting is told from the table of sites: the zones made from it must agree."""
    expected: set[tuple[str, str]] = set()
    for zone in WORLD.zone_names:
        if zone == "." or zone.endswith(".arpa"):
            continue
        for name, rdataset in WORLD.zone(zone).iterate_rdatasets():
            if name.is_wild() or name.is_subdomain(CUSTOMERS):  # those nobody types
                continue
            shown = name.to_text(omit_final_dot=True)
            if rdataset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
                expected |= {(shown, record.address) for record in rdataset}
            elif rdataset.rdtype == dns.rdatatype.CNAME:
                expected |= {
                    (shown, address) for address in followed(rdataset[0].target)
                }
    expected |= {
        (site.name, address) for site in WORLD.sites for address in site.addresses
    }
    told = {
        (one["rrname"], one["rdata"])
        for top in ("example", "test")
        for one in answered(top)
    }
    assert told == expected


def followed(name: dns.name.Name) -> set[str]:
    """The addresses at the end of a chain of aliases."""
    for _ in range(4):
        own = name.to_text(omit_final_dot=True)
        zone = WORLD.zone(
            own if own in WORLD.server_of else str(WORLD.parent_zone(own))
        )
        found = [zone.get_rdataset(name, kind) for kind in ("A", "AAAA")]
        if any(found):
            return {
                record.address for rdataset in found if rdataset for record in rdataset
            }
        alias = zone.get_rdataset(name, "CNAME")
        if alias is None:
            return set()
        name = alias[0].target
    return set()


def test_aliases_are_told_under_the_name_that_visitors_type() -> None:
    names = {str(one["rrname"]) for one in answered(EDGE)}
    assert {"www.diario-del-puerto.example", "prensa.universidad.test"} <= names
    assert not any(".clientes." in name for name in names)
    assert {"goles-gratis.example", "www.goles-gratis.example"} <= {
        one["rrname"] for one in answered(SHARED)
    }
    assert {one["rrtype"] for one in answered("www.diario-del-puerto.example")} == {
        "A",
        "AAAA",
    }


def test_a_name_was_seen_from_the_day_after_its_registration_until_yesterday() -> None:
    (one,) = (
        o
        for o in answered("bancodelfaro-clientes.example")
        if str(o["rrname"])[:3] == "www"
    )
    assert one["time_first"] == START - 2 * DAY - DAY / 2  # 2026-10-31, 00:00
    assert one["time_last"] == START - DAY - DAY / 2
    for one in answered("example") + answered("test"):
        assert 0 < int(str(one["time_first"])) <= int(str(one["time_last"])) < START


def test_a_name_on_hold_was_last_seen_when_it_was_held() -> None:
    held = next(item for item in WORLD.registrations if item.name == "retenido.example")
    last = {one["time_last"] for one in answered("retenido.example")}
    (seen,) = last
    assert int(str(seen)) < START - 2 * DAY
    assert held.updated.toordinal() - 719163 == int(str(seen)) // DAY
    changed = WORLD.changed(Hold(domain="museum.example", status="client hold"))
    page = passive_dns(changed, lambda: START + 30 * DAY)
    lines = page(HttpRequest("GET", "/query/museum.example")).body.decode().splitlines()
    assert {json.loads(one)["time_last"] // DAY for one in lines} == {START // DAY}


def test_below_a_name_are_its_subdomains_and_not_names_that_end_alike() -> None:
    assert {one["rrname"] for one in answered("mis-paginas.example")} == {
        "mis-paginas.example",
        "pagos.panel.mis-paginas.example",
        *PAGES,
    }
    names = {str(one["rrname"]) for one in answered("bancodelfaro.example")}
    assert all(name.endswith("bancodelfaro.example") for name in names)
    assert "www.xn--bncodelfaro-yij.example" not in names


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/query/198.51.100.222", 404),
        ("/query/nadie.example", 404),
        ("/query/WWW.Museum.example.", 200),
        ("/query/2001%3ADB8%3A501%3A%3A10", 200),
        ("/query/", 404),
        ("/query/300.1.1.1.", 404),  # a name of digits, which nobody has
        ("/query/a%20b", 404),
        ("/query/%ff%00", 404),
        ("/", 404),
    ],
)
def test_what_the_observatory_answers(target: str, status: int) -> None:
    response = PAGE(HttpRequest("GET", target))
    assert response.status == status
    if status == 404 and target != "/":
        assert response.body == b""
    assert PAGE(HttpRequest("POST", target)).status == 405


@given(st.text(max_size=60))
def test_the_observatory_answers_whatever_it_is_asked(text: str) -> None:
    assert PAGE(HttpRequest("GET", f"/query/{text}")).status in (200, 404)


# The reader


SEEN = SeenName("uno.example", "", "", 1000.0, 2000.0)


@given(st.binary(max_size=300))
def test_any_bytes_may_be_read(data: bytes) -> None:
    found = read(data)
    assert len(found) <= sum(bool(part.strip()) for part in data.split(b"\n"))


FIELDS = st.sampled_from(
    ["rrname", "rrtype", "rdata", "time_first", "time_last", "x-kind"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
    ),
)


@given(st.dictionaries(FIELDS, VALUES, max_size=6))
def test_a_line_with_any_fields_may_be_read(fields: dict[str, object]) -> None:
    found = read(line() + line(**{"rrname": "dos.example", **fields}))
    assert SEEN.name in {one.name for one in found}
    for one in found:
        assert 0 <= one.first <= one.last
        assert isinstance(one.kind, str)


@given(st.permutations([line(), line(rrname="dos.example"), b"\n", b"{broken\n"]))
def test_the_order_of_lines_does_not_matter(lines: list[bytes]) -> None:
    found = read(b"".join(lines))
    assert {one.name for one in found} == {"uno.example", "dos.example"}


@pytest.mark.parametrize(
    "broken",
    [
        {"rrname": None},
        {"rrname": ""},
        {"rrname": "dos palabras.example"},
        {"rrname": "a" * 300},
        {"time_first": None},
        {"time_first": "hoy"},
        {"time_first": 3000},  # after it was last seen
        {"time_last": 1e300},
        {"time_last": float("nan")},
    ],
)
def test_a_line_without_what_every_record_has_is_passed_over(
    broken: dict[str, object],
) -> None:
    assert read(line() + line(**broken)) == (SEEN,)


def test_records_of_other_types_are_no_sightings() -> None:
    assert read(line(rrtype="MX") + line(rrtype=16)) == ()


def test_how_services_write_is_understood() -> None:
    older = line(
        rrname="UNO.example.", time_first="1000", time_last="2000", rdata=[SHARED]
    )
    assert read(older.replace(b"\n", b"\r\n")) == (SEEN,)
    later = line(time_first=500, time_last=1500)
    assert read(line() + later) == (replace(SEEN, first=500.0),)
    assert read(b"") == ()


# The lookup


@pytest.mark.parametrize("typed", ["goles-gratis.example", "www.goles-gratis.example"])
def test_a_shared_host(typed: str) -> None:
    result = of(typed)
    shared = {site.name: site for site in WORLD.sites if site.addresses == (SHARED,)}
    assert set(result.names) == shared.keys() - {"goles-gratis.example"}
    assert len(result.names) == 212
    assert begins(
        result.sentence,
        "neighbours.shares_with_sites",
        count=212,
        name=typed,
        where=SHARED,
    )
    assert says(result.sentence, "neighbours.among_them_sites")
    assert "Clínica Pediátrica de Puerto Candil (health)" in result.sentence
    kinds = Counter(site.kind for site in shared.values() if site.kind != "streaming")
    assert {kind: len(sites) for kind, sites in result.kinds.items()} == kinds
    assert list(result.table["how many"]) == sorted(kinds.values(), reverse=True)
    assert result.kind is Kind.FOUND
    assert not result.cdn
    # A machine's own name, and an alias that the museum made.
    assert {one.name for one in result.others} == {
        "web80.alojar.example",
        "tienda.museum.example",
    }
    assert "keeps no list" in result.limits[0]


def test_a_dedicated_host() -> None:
    result = of("www.museum.example")
    assert result.names == ()
    assert says(
        result.sentence, "neighbours.alone", where="198.51.100.10 and 2001:db8:501::10"
    )
    assert result.tabulated() is None


def test_a_content_delivery_network() -> None:
    result = of("www.diario-del-puerto.example")
    there = {
        site.name
        for site in WORLD.sites
        if {*result.subject.addresses} & {*site.addresses}
    }
    assert len(there) > 20
    assert set(result.names) == there - {"www.diario-del-puerto.example"}
    assert result.cdn
    assert says(result.sentence, "neighbours.cdn")
    assert says(result.sentence, "neighbours.forgets", span="1 minute")
    assert {":" in address for address in result.subject.addresses} == {False, True}
    # The domain is no alias: that the addresses are a CDN's stands in their registration.
    assert of("partidos-ya.example").cdn


@pytest.mark.parametrize(
    "address", [SHARED, EDGE, "2001:db8:502::81", "2001:db8:501::10"]
)
def test_an_address_in_place_of_a_name(address: str) -> None:
    result = of(address)
    there = {site.name for site in WORLD.sites if address in site.addresses}
    assert set(result.names) == there
    assert f"seen at {address}." in result.sentence
    assert not any("reverse name" in note for note in result.notes)
    assert result.cdn == (WORLD.network_of(address) is WORLD.network_of(EDGE))


@pytest.mark.parametrize("typed", ["203.0.113.0/24", "AS64500"])
def test_more_than_one_address_is_not_asked_about(typed: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        asked(typed)
    assert says(str(raised.value), "neighbours.no_single_address", what=typed)


def test_an_address_of_nobody_is_not_asked_about() -> None:
    assert asked("192.168.1.1").kind is Kind.NOT_COVERED


def test_a_site_that_only_ipv6_reaches() -> None:
    assert of("www.seis.example").subject.addresses == ("2001:db8:501::60",)


def test_what_is_not_known_of_the_addresses_is_told() -> None:
    result = of("www.alterado.example")  # the signature of one of them is wrong
    assert result.subject.addresses == ("2001:db8:501::30",)
    assert any(begins(note, "neighbours.others_unknown") for note in result.notes)


def test_a_name_without_a_site_is_a_neighbour_too() -> None:
    result = of("www.hospital-central.org.test")
    assert result.names == ("turnos.hospital-central.org.test",)
    assert "with 1 other name" in result.sentence
    assert list(result.table["name"]) == ["turnos.hospital-central.org.test"]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("no-existe.example", Kind.NO_SUCH_NAME),
        ("estado.mis-paginas.example", Kind.NO_SUCH_TYPE),
        ("www.archivo.example", Kind.FAILED),
        ("www.abandonado.example", Kind.NO_ANSWER),
    ],
)
def test_a_name_that_leads_nowhere(typed: str, kind: Kind) -> None:
    result = asked(typed)
    assert result.kind is kind
    assert not isinstance(result, NeighboursPage)


def test_the_kinds_of_sites_and_networks_are_words_of_the_course() -> None:
    world = World.load()
    kinds = {one.kind for one in (*world.sites, *world.networks)}
    assert SAY.table("site_kinds.toml").keys() == kinds


def test_what_was_seen_below_a_name() -> None:
    found = seen_below(session(), "mis-paginas.example")
    assert {one.name for one in found} == {"pagos.panel.mis-paginas.example", *PAGES}
    assert seen_below(session(), "nadie.example") == ()
    (site,) = (one for one in seen_at(session(), "203.0.113.91") if one.kind)
    assert (site.name, site.title) == (
        "fotos-del-valle.mis-paginas.example",
        "Fotos del Valle",
    )


# Answers of other kinds, which must not be confused


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (HttpResponse(429), Kind.REFUSED),
        (HttpResponse(403, body=b"Sign in first."), Kind.REFUSED),
        (HttpResponse(503), Kind.REFUSED),
        (HttpResponse(500), Kind.FAILED),
        (HttpResponse(404, body=b"<html>no such page"), Kind.FAILED),
        (HttpResponse(200, body=b"<html>\nwelcome"), Kind.FAILED),
        (HttpResponse(200, body=b"\xff\x00" * 50), Kind.FAILED),
        (Silence(None, 5.0), Kind.NO_ANSWER),
    ],
)
def test_no_usable_answer_says_nothing_of_neighbours(
    answer: HttpResponse | Outcome, kind: Kind
) -> None:
    seated = session(Answering(lambda target: answer))
    result = asked("goles-gratis.example", seated)
    assert result.kind is kind
    assert says(result.sentence, "neighbours.not_said")
    for ask in (seen_at, seen_below):
        with pytest.raises(NoAnswer) as problem:
            ask(seated, SHARED)
        assert problem.value.kind is kind


@pytest.mark.parametrize("answer", [HttpResponse(404), HttpResponse(200)])
def test_nothing_seen_is_an_answer_and_no_proof(answer: HttpResponse) -> None:
    result = of("goles-gratis.example", session(Answering(lambda target: answer)))
    assert result.kind is None
    assert says(result.sentence, "neighbours.observatory_seen_no_name")


def test_one_address_without_an_answer_is_not_passed_over() -> None:
    def respond(target: str) -> HttpResponse:
        return (
            HttpResponse(429)
            if target.endswith("81")
            else HttpResponse(200, body=line())
        )

    result = asked("www.posadas-del-rio.com.test", session(Answering(respond)))
    assert result.kind is Kind.REFUSED


def test_where_nobody_publishes_it_nobody_is_asked() -> None:
    result = asked("goles-gratis.example", session(base=""))
    assert result.kind is Kind.NO_SERVER
    with pytest.raises(NoAnswer):
        seen_at(session(base=""), SHARED)


def test_a_real_observatory_knows_no_kinds() -> None:
    body = line() + line(rrname="www.uno.example") + line(rrname="goles-gratis.example")
    result = of(
        "goles-gratis.example",
        session(Answering(lambda t: HttpResponse(200, body=body))),
    )
    assert result.names == ("uno.example",)
    assert result.sentence.startswith(
        SAY(
            "neighbours.shares_with_names",
            count=1,
            name="goles-gratis.example",
            where=SHARED,
        )
    )


def test_broken_lines_and_hostile_words_are_harmless() -> None:
    hostile = {
        "x-kind": "<script>alert(1)</script>",
        "x-title": "\u202e<b>" + "x" * 10_000,
    }
    body = line(**hostile) + b"broken\n" + line(rrname="<i>.example")
    result = of(
        "goles-gratis.example",
        session(Answering(lambda t: HttpResponse(200, body=body))),
    )
    page = result._repr_html_()
    assert not any(tag in page for tag in ("<script", "<b>", "<i>", "\u202e"))
    assert "\u202e" not in repr(result)
    assert len(page) < 8000


@given(st.binary(max_size=200))
def test_an_observatory_may_answer_any_bytes(data: bytes) -> None:
    seated = session(Answering(lambda target: HttpResponse(200, body=data)))
    result = asked(SHARED, seated)
    assert result.sentence
    result._repr_html_()
