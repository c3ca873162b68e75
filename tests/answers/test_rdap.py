"""Asking registries and registrars by RDAP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from said import SAY, begins, says
from scripted import RDAP_JSON, WORLD, lab

from labsupport import Lab
from labsupport.answers.rdap import DomainPage, NumbersPage
from labsupport.answers.registration import meaning
from labsupport.exchange.http import HttpResponse
from labsupport.kinds import Kind
from labsupport.lookups.rdap import MOST_REDIRECTS
from labsupport.results import Result

LAB = Lab("en")
LISTS = "https://data.rir-lab.example/rdap/"
REGISTRY = "https://rdap.nic.example/domain/"
REGISTRAR = "https://rdap.nombres-del-sur.example/domain/"
MUSEUM = f"{REGISTRY}museum.example"


def domain(name: str, of: Lab = LAB) -> DomainPage:
    result = of.rdap(name)
    assert isinstance(result, DomainPage), result
    return result


def numbers(text: str, of: Lab = LAB) -> NumbersPage:
    result = of.rdap(text)
    assert isinstance(result, NumbersPage), result
    return result


def rows(result: Result) -> dict[str, list[tuple[str, ...]]]:
    table = result.tabulated()
    assert table is not None
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in table.rows:
        found.setdefault(str(row[0]), []).append(tuple(map(str, row[1:])))
    return found


def moved(location: str, status: int = 302) -> HttpResponse:
    return HttpResponse(status, (("Location", location),))


def answer(**members: Any) -> HttpResponse:
    found = {"objectClassName": "domain", "ldhName": "museum.example", **members}
    return HttpResponse(200, RDAP_JSON, json.dumps(found).encode())


# Names


def test_registry_and_registrar_stand_side_by_side() -> None:
    found = domain("museum.example")
    assert found.kind is Kind.FOUND
    assert [one.host for one in found.answers] == [
        "rdap.nic.example",
        "rdap.nombres-del-sur.example",
    ]
    assert found.registry.with_role("registrant") == ()  # a thin registry
    assert found.registrar is not None
    assert begins(
        found.sentence,
        "registration.registered_through",
        domain="museum.example",
        name="Fundación Museo de Faros y Navegación",
        registrar="Nombres del Sur S.A",
    )
    assert says(
        found.sentence, "registration.been_registered_since_day", day="2009-05-14"
    )
    assert says(found.sentence, "registration.it_runs_until_day", day="2027-05-14")
    assert meaning("client transfer prohibited", SAY) in found.sentence
    assert "disagree" not in found.sentence
    told = rows(found)
    assert told["registrant"] == [
        (
            "–",
            "Fundación Museo de Faros y Navegación",
            SAY("registration.only_registrar_tells"),
        )
    ]
    assert told["expires"] == [("2027-05-14", "2027-05-14", "")]
    assert told["registrant's telephone"][0][1] == "+1-378-555-0186"
    assert told["registrant's address"][0][1].startswith("Calle del Muelle 106")
    assert found.provenance is not None
    assert says(
        repr(found),
        "results.lab_answered",
        server="rdap.nic.example and rdap.nombres-del-sur.example",
    )


def test_disagreements_are_shown_and_told() -> None:
    found = domain("cooperativa.example")
    assert found.sentence.endswith(
        SAY(
            "registration.registry_registrar_disagree_labels",
            labels="last changed and name servers",
        )
    )
    (servers,) = rows(found)["name servers"]
    assert servers == (
        "ns1.alojar.example, ns2.cimiento.example",
        "ns1.cimiento.example, ns2.cimiento.example",
        "they disagree",
    )
    assert rows(found)["expires"][0][2] == ""


def test_what_is_redacted_is_not_absent() -> None:
    found = domain("suspendido.example")
    assert (
        SAY("registration.who_registered_domain_not", domain="suspendido.example")
        in found.sentence
    )
    assert says(found.sentence, "registration.fields_not_shown", count=11)
    assert meaning("client hold", SAY) in found.sentence
    told = rows(found)
    assert told["registrant"][0][1].startswith("not shown")
    assert (
        SAY("registration.place_what_not_shown")
        in told[SAY("registration.way_write_registrant")][0][1]
    )
    assert told["registrant's telephone"][0][1].startswith("not shown")
    assert "only in part" in told["registrant's address"][0][1]


def test_a_proxy_service_is_called_one() -> None:
    found = domain("bancodelfaro-clientes.example")
    assert says(
        found.sentence,
        "registration.registered_through",
        name=SAY("registration.name_a_proxy_service", name="Velo Privado Ltd."),
        registrar="Registro Veloz Ltd",
    )
    assert says(found.sentence, "registration.who_behind_service_not")
    assert rows(found)["registrant"][0][1] == SAY(
        "registration.label_name_a_proxy_service", name="Velo Privado Ltd."
    )


def test_what_ran_out_is_told() -> None:
    found = domain("olvidado.example")
    assert SAY("registration.ran_out_day", day="2026-09-20") in found.sentence
    statuses = {cells[0]: cells[2] for cells in rows(found)["status"]}
    assert statuses["redemption period"].startswith(
        f"{SAY('registration.they_disagree')}; {meaning('redemption period', SAY)}"
    )


def test_a_country_registry_has_one_record() -> None:
    found = domain("corte.gob.test")
    assert found.registrar is None
    assert found.registry.registrar is not None
    assert SAY("rdap.registry_record_leads_no") in found.notes


@pytest.mark.parametrize(
    ("typed", "asked", "registry"),
    [
        ("www.museum.example", "museum.example", "rdap.nic.example"),
        ("a.b.c.museum.example", "museum.example", "rdap.nic.example"),
        ("www.corte.gob.test", "corte.gob.test", "rdap.red.gob.test"),
        (
            "hxxps://www[.]museum[.]example/horario",
            "museum.example",
            "rdap.nic.example",
        ),
        ("info@MUSEUM.example", "museum.example", "rdap.nic.example"),
        (
            "b\u0430ncodelfaro.example",
            "xn--bncodelfaro-yij.example",
            "rdap.nic.example",
        ),
    ],
)
def test_the_registered_domain_is_found(typed: str, asked: str, registry: str) -> None:
    found = domain(typed)
    assert found.name == asked
    assert found.answers[0].host == registry
    above = [note for note in found.notes if "the registered domain above it" in note]
    assert bool(above) == (
        typed not in ("info@MUSEUM.example", "b\u0430ncodelfaro.example")
    )


@pytest.mark.parametrize(
    "name",
    ["nada-de-nada.example", "nada.com.test", "a.b.nada.example", "nada.gob.test"],
)
def test_an_absence_is_the_registrys_word(name: str) -> None:
    found = LAB.rdap(name)
    assert found.kind is Kind.NO_SUCH_NAME
    assert says(found.sentence, "registration.absent", what=name)
    assert says(found.limits, "limits_of_absence.history")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("www.nada.com.test", ["www.nada.com.test", "nada.com.test"]),
        ("nada.example", ["nada.example"]),
    ],
)
def test_no_suffix_is_asked_for(name: str, asked: list[str]) -> None:
    of, network = lab()
    of.rdap(name)
    assert [
        url.rpartition("/")[2] for url in network.asked if "/domain/" in url
    ] == asked


def test_a_registry_that_refuses_deep_names_is_asked_for_the_name_above() -> None:
    bad = HttpResponse(400, RDAP_JSON, b'{"errorCode": 400, "title": "Too deep"}')
    of, _ = lab({f"{REGISTRY}www.museum.example": bad})
    assert domain("www.museum.example", of).name == "museum.example"
    of, _ = lab({MUSEUM: bad})
    assert of.rdap("museum.example").kind is Kind.REFUSED


# What is no answer is no absence

HTML = (("Content-Type", "text/html"),)
SLOW_DOWN = HttpResponse(
    429, (*HTML, ("Retry-After", "30")), b"<h1>Too many requests</h1>"
)
NO_RECORD: dict[str, tuple[HttpResponse | None, Kind]] = {
    "throttled": (SLOW_DOWN, Kind.REFUSED),
    "refused": (HttpResponse(403), Kind.REFUSED),
    "a page": (HttpResponse(200, HTML, b"<html>Welcome</html>"), Kind.FAILED),
    "cut short": (
        HttpResponse(200, RDAP_JSON, b'{"objectClassName": "dom'),
        Kind.FAILED,
    ),
    "silence": (None, Kind.NO_ANSWER),
}


@pytest.mark.parametrize(("page", "kind"), NO_RECORD.values(), ids=NO_RECORD)
def test_what_is_no_record_says_nothing_about_the_name(
    page: HttpResponse | None, kind: Kind
) -> None:
    of, _ = lab({MUSEUM: page})
    found = of.rdap("museum.example")
    assert found.kind is kind
    assert "says nothing about" in found.sentence


def test_the_record_of_another_name_is_none_of_this_one() -> None:
    """Else its registrant would be taken for that of the name that was asked for."""
    entity = {
        "roles": ["registrant"],
        "vcardArray": ["vcard", [["fn", {}, "text", "Banco"]]],
    }
    of, _ = lab({MUSEUM: answer(ldhName="bancodelfaro.example", entities=[entity])})
    found = of.rdap("museum.example")
    assert found.kind is Kind.FAILED
    assert not hasattr(found, "records")
    assert "Banco" not in repr(found)
    assert says(found.sentence, "registration.other", name="bancodelfaro.example")
    by_registrar = answer(ldhName="isla.example", entities=[entity])
    of, _ = lab({f"{REGISTRAR}museum.example": by_registrar})
    found = domain("museum.example", of)
    assert found.kind is Kind.FAILED
    assert found.registrar is None
    assert "Banco" not in repr(found)


@pytest.mark.parametrize("ldh_name", ["MUSEUM.example.", "museum.example", ""])
def test_a_name_is_written_in_several_ways(ldh_name: str) -> None:
    of, _ = lab({MUSEUM: answer(ldhName=ldh_name)})
    assert domain("museum.example", of).name == "museum.example"


def test_a_registry_may_answer_for_a_name_below() -> None:
    of, _ = lab({f"{REGISTRY}www.museum.example": answer(ldhName="museum.example")})
    assert domain("www.museum.example", of).name == "museum.example"


@pytest.mark.parametrize(
    ("ends", "kind"),
    [
        (("198.51.100.0", "198.51.100.255"), Kind.FOUND),
        (("0.0.0.0", "255.255.255.255"), Kind.FOUND),
        (("203.0.113.0", "203.0.113.255"), Kind.FAILED),
        (("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), Kind.FAILED),
    ],
)
def test_the_record_of_another_block_is_none_of_this_address(
    ends: tuple[str, str], kind: Kind
) -> None:
    begin, end = ends
    page = answer(objectClassName="ip network", startAddress=begin, endAddress=end)
    url = next(one for one in asked_for("198.51.100.10") if "/ip/" in one)
    of, _ = lab({url: page})
    assert of.rdap("198.51.100.10").kind is kind


def asked_for(what: str) -> list[str]:
    of, network = lab()
    of.rdap(what)
    return network.asked


def test_a_throttled_registry_proves_no_absence() -> None:
    of, _ = lab({MUSEUM: SLOW_DOWN})
    found = of.rdap("museum.example")
    assert says(found.sentence, "registration.not_said")


@pytest.mark.parametrize(("page", "kind"), NO_RECORD.values(), ids=NO_RECORD)
def test_without_the_registrar_the_registrys_record_stands(
    page: HttpResponse | None, kind: Kind
) -> None:
    """It begins with the registrar, and is no find: who holds the name was not learned."""
    of, _ = lab({f"{REGISTRAR}museum.example": page})
    found = domain("museum.example", of)
    assert found.kind is kind
    assert found.sentence.startswith(
        ("The registrar's directory", "What the registrar's")
    )
    assert says(
        found.sentence,
        "registration.registry_alone_told",
        told=SAY(
            "registration.registered_by",
            domain="museum.example",
            registrar="Nombres del Sur S.A",
        ),
    )
    assert says(found.sentence, "registration.been_registered_since_day")
    assert found.sentence.endswith(SAY("registration.who_holds_not_learned"))
    assert "No record names" not in found.sentence
    assert found.registrar is None
    assert SAY("rdap.so_registrar_column_empty") in found.notes
    assert rows(found)["expires"] == [("2027-05-14", "–", "")]


def test_a_registrar_that_knows_nothing_of_a_name_is_a_finding() -> None:
    missing = HttpResponse(404, RDAP_JSON, b'{"errorCode": 404}')
    of, _ = lab({f"{REGISTRAR}museum.example": missing})
    found = domain("museum.example", of)
    assert found.kind is Kind.FOUND
    assert SAY(
        "registration.absent",
        host="rdap.nombres-del-sur.example",
        what="museum.example",
    ) in (found.notes)


@pytest.mark.parametrize("list_name", ["dns", "ipv4", "ipv6", "asn"])
@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (None, Kind.NO_ANSWER),
        (HttpResponse(500), Kind.NO_ANSWER),
        (HttpResponse(404), Kind.NO_ANSWER),
        (HttpResponse(429), Kind.REFUSED),
        (
            HttpResponse(200, (), b'{"version": "1.0", "services": [[["exam'),
            Kind.NO_ANSWER,
        ),
    ],
    ids=["silence", "broken", "missing", "throttled", "cut short"],
)
def test_without_the_whole_list_of_servers_nothing_is_unassigned(
    list_name: str, page: HttpResponse | None, kind: Kind
) -> None:
    asked = {"dns": "museum.example", "ipv4": "203.0.113.80", "asn": "AS64500"}
    of, network = lab({f"{LISTS}{list_name}.json": page})
    found = of.rdap(asked.get(list_name, "2001:db8:500::1"))
    assert found.kind is kind
    assert "nothing" in found.sentence
    assert set(network.hosts) == {"data.rir-lab.example"}


def test_a_suffix_without_a_server() -> None:
    services = [[["test"], ["https://rdap.nic.test/"]]]
    page = HttpResponse(
        200, (), json.dumps({"version": "1.0", "services": services}).encode()
    )
    of, _ = lab({f"{LISTS}dns.json": page})
    found = of.rdap("museum.example")
    assert found.kind is Kind.NO_SERVER
    assert says(found.sentence, "rdap.no_server_for_name")


# Redirects and links


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    of, network = lab(
        {
            MUSEUM: moved("/moved/museum", status),
            f"{REGISTRY[:-8]}/moved/museum": (answer(events=[])),
        }
    )
    found = domain("museum.example", of)
    assert found.registry.name == "museum.example"
    assert f"{REGISTRY[:-8]}/moved/museum" in network.asked


def test_a_registry_of_numbers_may_refer_to_another_server() -> None:
    there = "https://rdap.nic.test/ip/203.0.113.80"
    block = {
        "objectClassName": "ip network",
        "startAddress": "203.0.113.0",
        "endAddress": "203.0.113.255",
        "ipVersion": "v4",
    }
    of, _ = lab(
        {
            "https://rdap.rir-lab.example/rdap/ip/203.0.113.80": moved(there),
            there: HttpResponse(200, RDAP_JSON, json.dumps(block).encode()),
        }
    )
    found = numbers("203.0.113.80", of)
    assert SAY("registration.somebody_whom_record_does") in found.sentence
    assert found.provenance is not None
    assert found.provenance.server == "rdap.nic.test"


LOST = {
    "loop": (MUSEUM, Kind.FAILED, "without end"),
    "outside": (
        "https://rdap.verisign.com/domain/x",
        Kind.NOT_COVERED,
        "outside this network",
    ),
    "an address": ("https://198.51.100.10/x", Kind.NOT_COVERED, "outside this network"),
    "another scheme": ("ftp://rdap.nic.example/x", Kind.FAILED, "cannot be asked"),
    "broken": ("https://[x", Kind.FAILED, "cannot be asked"),
}


@pytest.mark.parametrize(("place", "kind", "words"), LOST.values(), ids=LOST)
def test_a_redirect_that_leads_nowhere(place: str, kind: Kind, words: str) -> None:
    of, _ = lab({MUSEUM: moved(place)})
    found = of.rdap("museum.example")
    assert found.kind is kind
    assert words in found.sentence


def test_a_chain_of_redirects_is_left() -> None:
    pages = {MUSEUM: moved("/hop/0")}
    pages |= {f"{REGISTRY[:-8]}/hop/{n}": moved(f"/hop/{n + 1}") for n in range(50)}
    of, network = lab(dict(pages))
    assert of.rdap("museum.example").kind is Kind.FAILED
    assert network.hosts.count("rdap.nic.example") == MOST_REDIRECTS + 1


def test_a_registrar_that_links_back_is_not_asked_again() -> None:
    back = {"rel": "related", "href": MUSEUM, "type": "application/rdap+json"}
    of, network = lab({f"{REGISTRAR}museum.example": answer(links=[back])})
    assert domain("museum.example", of).registrar is not None
    assert network.asked.count(MUSEUM) == 1


def test_what_comes_from_outside_is_escaped() -> None:
    card = [
        "vcard",
        [["version", {}, "text", "4.0"], ["fn", {}, "text", "<script>x</script>"]],
    ]
    contact = {"objectClassName": "entity", "roles": ["registrant"], "vcardArray": card}
    of, _ = lab({MUSEUM: answer(entities=[contact], status=["<b>odd</b>"])})
    shown = domain("museum.example", of)._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "<b>odd" not in shown


# Numbers


def test_a_part_that_was_passed_on() -> None:
    found = numbers("198.19.105.66")
    assert found.sentence.startswith(
        SAY(
            "registration.lies_in",
            what="198.19.105.66",
            block="198.19.105.64/28",
            whom="Nube Barata Ltd",
        )
    )
    assert SAY(
        "registration.passed_on", block="198.19.105.0/24", giver="Ultramar Host Ltd."
    ) in (found.sentence)
    assert rows(found)[SAY("registration.record_joins")][0][0] == "AS64505"
    assert "abuse@nube-barata.example" in found.sentence
    told = rows(found)
    assert told["larger block: holder"][0] == (
        "Ultramar Host Ltd.",
        "rdap.rir-lab.example",
    )
    assert told[SAY("registration.country_code_registration")][0][0] == "XU"


def test_a_part_that_its_holder_kept() -> None:
    assert (
        SAY("registration.part_block_same_holder", block="203.0.113.0/24")
        in numbers("203.0.113.80").sentence
    )


@pytest.mark.parametrize(
    "text", ["AS64500", "as 64500", "203.0.113.0/24", "2001:db8:500::/48"]
)
def test_other_numbers(text: str) -> None:
    found = numbers(text)
    assert (
        SAY("registration.what_registered_whom", what=found.name, whom="Alojar S.A")
        in found.sentence
    )
    assert len(found.records) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("8.8.8.8", Kind.NOT_COVERED),
        ("AS15169", Kind.NOT_COVERED),
        ("10.0.0.1", Kind.NOT_COVERED),
        ("google.com", Kind.NOT_COVERED),
        ("198.19.250.1", Kind.NO_SUCH_NAME),
        ("", Kind.NOT_ASKED),
        ("example", Kind.NOT_ASKED),
        (".", Kind.NOT_ASKED),
        (64500, Kind.NOT_ASKED),
        ("203.0.113.300", Kind.NOT_ASKED),
        ("198.18.103.0/23", Kind.NOT_ASKED),
        ("AS4294967296", Kind.NOT_ASKED),
    ],
)
def test_what_cannot_be_answered(text: object, kind: Kind) -> None:
    of, network = lab()
    found = of.rdap(text)
    assert found.kind is kind
    assert bool(network.asked) == (kind is Kind.NO_SUCH_NAME)


@settings(max_examples=40)
@given(st.text(max_size=30))
def test_any_text_gets_a_sentence(text: str) -> None:
    assert LAB.rdap(text).sentence


@pytest.mark.parametrize(
    "registration", WORLD.registrations[::16], ids=lambda r: r.name
)
def test_registrations_come_as_they_are_written(registration: Any) -> None:
    found = domain(registration.name)
    event = found.registry.event("registration")
    assert event is not None
    assert event.when.day == registration.created
    assert set(found.registry.status) == set(registration.status)


def test_an_absent_number_is_absent_today() -> None:
    found = LAB.rdap("198.19.250.1")
    assert says(found.limits, "limits_of_absence.of_today")


def test_a_bare_number_is_taken_for_that_of_a_network() -> None:
    found = LAB.rdap("64505")
    assert found.kind is Kind.NOT_ASKED
    assert says(found.sentence, "numbers.bare")


@pytest.mark.parametrize("rel", ["related", "up"])
def test_a_link_that_is_no_address_is_said(rel: str) -> None:
    link = {"rel": rel, "href": "https://[x/domain/a", "type": "application/rdap+json"}
    found = domain("museum.example", lab({MUSEUM: answer(links=[link])})[0])
    assert found.registrar is None
    assert ("cannot be asked" in repr(found)) == (rel == "related")


def test_no_redirect_leads_from_an_encrypted_page_to_one_that_is_not() -> None:
    there, network = lab(
        {MUSEUM: moved("http://rdap.nic.example/domain/museum.example")}
    )
    found = there.rdap("museum.example")
    assert found.kind is Kind.FAILED
    assert says(found.sentence, "rdap.leads_to_unencrypted")
    assert network.asked[-1] == MUSEUM
