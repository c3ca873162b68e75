"""What registry and registrar say of a domain, by RDAP and WHOIS, beside each other."""

from __future__ import annotations

import pytest
from said import SAY, begins, ends, says
from scripted import RDAP_JSON, WORLD, lab

from labsupport import Lab
from labsupport.answers.compare import ComparisonPage
from labsupport.exchange.http import HttpResponse
from labsupport.kinds import Kind
from labsupport.world.model import Difference

LAB = Lab("en")
RDAP = "https://rdap.nic.example/domain/"
WHOIS = "whois.nic.example"
TOO_OFTEN = b"Query limit exceeded. Try again later.\r\n"
AGREE, DISAGREE = "they agree", "they disagree"


def compare(name: str, of: Lab = LAB) -> ComparisonPage:
    result = of.investigate.compare(name)
    assert isinstance(result, ComparisonPage), result
    return result


def facts(result: ComparisonPage) -> dict[str, tuple[str, ...]]:
    return {str(row[0]): tuple(map(str, row[1:])) for row in result.tabulated().rows}


def test_four_records_that_agree() -> None:
    found = compare("museum.example")
    assert begins(found.sentence, "compare.agree", domain="museum.example", found=4)
    told = facts(found)
    assert told["expires"] == ("2027-05-14",) * 4 + (AGREE,)
    assert told["registrant"][:4] == (
        "–",
        "Fundación Museo de Faros y Navegación",
        "–",
        "Fundación Museo de Faros y Navegación",
    )
    assert all(row[-1] != DISAGREE for row in told.values())


def test_a_difference_is_told_with_who_says_what() -> None:
    found = compare("cooperativa.example")
    assert begins(
        found.sentence,
        "compare.disagree",
        domain="cooperativa.example",
        found=4,
        apart=2,
    )
    assert ends(
        found.sentence, "compare.disagree", labels="last changed and name servers"
    )
    assert says(found.notes, "compare.difference")
    told = facts(found)
    assert list(told)[:2] == ["last changed", "name servers"]
    assert told["last changed"][:4] == ("2024-09-12", "2026-10-30") * 2
    assert told["name servers"][-1] == told["last changed"][-1] == DISAGREE
    assert told["expires"][-1] == AGREE


@pytest.mark.parametrize("difference", WORLD.differences, ids=lambda one: one.name)
def test_every_difference_of_the_lab_is_found(difference: Difference) -> None:
    written = {
        "last changed": difference.updated,
        "expires": difference.expires,
        "name servers": difference.nameservers,
        "status": difference.status,
    }
    apart = {row.label for row in compare(difference.name).rows if row.agree is False}
    assert apart == {label for label, value in written.items() if value}


def test_one_record_is_nothing_to_compare() -> None:
    found = compare("corte.gob.test")
    assert ends(found.sentence, "compare.only_one")
    assert says(found.notes, "whois.no_server")


@pytest.mark.parametrize("text", [TOO_OFTEN, None, b"<html></html>\r\n"])
def test_a_registrar_that_does_not_answer_is_told_first(text: bytes | None) -> None:
    of, _ = lab(texts={"whois.nombres-del-sur.example": text})
    found = compare("museum.example", of)
    assert found.kind is not Kind.FOUND
    assert found.kind is not Kind.NO_SUCH_NAME
    assert found.sentence.startswith(
        ("The registrar's directory", "What the registrar's")
    )
    assert says(found.sentence, "compare.agree", domain="museum.example", found=3)


def test_a_country_registry_has_two() -> None:
    found = compare("abogadas-del-muelle.com.test")
    assert found.sentence.startswith("The 2 records of")
    assert [record is not None for record in found.records] == [
        True,
        False,
        True,
        False,
    ]


def test_what_is_absent_in_both_is_absent() -> None:
    found = LAB.investigate.compare("nada-de-nada.example")
    assert found.kind is Kind.NO_SUCH_NAME
    for host in ("rdap.nic.example", "whois.nic.example"):
        assert says(
            found.sentence,
            "registration.absent",
            host=host,
            what="nada-de-nada.example",
        )
    assert says(found.limits, "limits_of_absence.history")


MISSING = HttpResponse(404, RDAP_JSON, b'{"errorCode": 404}')
TOO_MANY = HttpResponse(429)


@pytest.mark.parametrize(
    ("page", "text", "kind"),
    [
        (TOO_MANY, TOO_OFTEN, Kind.REFUSED),
        (MISSING, TOO_OFTEN, Kind.REFUSED),
        (TOO_MANY, b'No match for "MUSEUM.EXAMPLE".\r\n', Kind.REFUSED),
        (MISSING, None, Kind.NO_ANSWER),
    ],
    ids=["both throttled", "WHOIS throttled", "RDAP throttled", "WHOIS silent"],
)
def test_half_an_absence_is_none(
    page: HttpResponse, text: bytes | None, kind: Kind
) -> None:
    of, _ = lab({f"{RDAP}museum.example": page}, {WHOIS: text})
    assert of.investigate.compare("museum.example").kind is kind


def test_one_that_knows_and_one_that_does_not_is_a_finding() -> None:
    of, _ = lab({f"{RDAP}museum.example": MISSING})
    found = compare("museum.example", of)
    assert found.kind is Kind.FOUND
    assert (
        SAY("registration.absent", host="rdap.nic.example", what="museum.example")
        in found.notes
    )
    assert [record is not None for record in found.records] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("AS64500", Kind.NOT_ASKED),
        ("203.0.113.80", Kind.NOT_ASKED),
        ("", Kind.NOT_ASKED),
        ("google.com", Kind.NOT_COVERED),
    ],
)
def test_what_is_not_compared(typed: str, kind: Kind) -> None:
    of, network = lab()
    assert of.investigate.compare(typed).kind is kind
    assert not network.asked
