"""Orders in the lab: the lab's own drafts, and drafts of others, of which no word is kept."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest
from confirmed import confirmed
from said import says

from labsupport import Lab
from labsupport.declared import written
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.orders import checklist
from labsupport.orders.drafts import OwnOrder, drafts
from labsupport.results import Result

# A draft with words that stand nowhere else: a name of the lab is among them, so that it can
# be executed and somebody is hit.
CANARIES = ("zorzalito", "198.51.100.10", "tres-picaflores", "quejas-canario")
DRAFT = """El Juzgado zorzalito ordena a los proveedores de acceso a Internet bloquear el sitio
www.museum.example (198.51.100.10) y tres-picaflores.example, que no es de nadie.
Contacto: quejas-canario@corte.gob.test. Los nombres: zorzalito y otros."""
ASKED = ("orders.review", "orders.impact", "orders.configuration", "orders.worksheet")


def ask(lab: Lab, question: str, order: object) -> Result:
    """Ask a question of an order."""
    return attrgetter(question)(lab)(order)  # type: ignore[no-any-return]


def shown(result: Result) -> str:
    """All of a result that a notebook can show or store."""
    parts = [
        repr(result),
        result._repr_html_(),
        repr(result.figure()),
        repr(result.table),
    ]
    return "\n".join([*parts, *result.notes, *result.limits])


@pytest.mark.parametrize("method", ASKED)
def test_nothing_of_a_draft_is_shown_or_recorded(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    lab.ask("www.corte.gob.test")
    lab.evidence.save("evidence.jsonl")
    result = ask(lab, method, DRAFT)
    text = (
        shown(result)
        + repr(lab.evidence)
        + (tmp_path / "evidence.jsonl").read_text("utf-8")
    )
    assert [canary for canary in CANARIES if canary in text] == []
    assert result.kind is not Kind.NOT_ASKED


@pytest.mark.parametrize("question", ASKED)
def test_nothing_of_a_draft_is_written_down_however_it_is_handed_over(
    question: str,
) -> None:
    for args, kwargs in ((("zorzalito",), {}), ((), {"order": "zorzalito"})):
        assert written(question, args, kwargs) == f"lab.{question}(…)"
    assert "zorzalito" in written("evidence.disclosure", ("zorzalito",), {})


def test_a_draft_in_the_place_of_a_way_of_blocking_is_not_repeated() -> None:
    lab = Lab("en")
    found = lab.orders.technique(DRAFT, "goles-gratis.example")
    assert found.kind is Kind.NOT_ASKED
    assert [canary for canary in CANARIES if canary in shown(found)] == []
    line = written("orders.technique", (DRAFT, "isla.example"), {})
    assert line == 'lab.orders.technique(…, "isla.example")'


def test_a_copy_of_the_lab_with_a_draft_says_how_many_targets_it_has_and_no_more() -> (
    None
):
    lab = Lab("en").with_order(confirmed(DRAFT))
    text = repr(lab) + str(lab._repr_mimebundle_()) + context_of(lab).inside.name
    assert "3 targets" in text
    assert [canary for canary in CANARIES if canary in text] == []
    assert lab.visit("www.museum.example").kind is Kind.NO_SUCH_NAME


@pytest.mark.parametrize("bad", ["", {}, 5, b"block", [], "   \n"])
@pytest.mark.parametrize("method", [*ASKED, "with_order"])
def test_what_is_no_order_gets_a_sentence(method: str, bad: object) -> None:
    lab = Lab("en")
    found = ask(lab, method, bad)
    found = context_of(found).here if isinstance(found, Lab) else found
    assert found.kind is Kind.NOT_ASKED
    assert found.sentence


@pytest.mark.parametrize(
    "text",
    [
        "300.1.1.1",
        "0.0.0.0/0 ::/0",
        "<script>alert(1)</script> example.org",
        "block " + "a." * 300 + "example",
        "заблокировать сайт пример.рф",
        "Desde el 31 de febrero de 2026 hasta el 1 de enero de 2026: bloquear museum.example",
        "\x00\u202e\ufeff museum.example",
    ],
)
@pytest.mark.parametrize("method", ASKED)
def test_clumsy_and_hostile_orders_get_an_answer(method: str, text: str) -> None:
    result = ask(Lab("en"), method, text)
    assert result.sentence
    assert "<script>" not in result._repr_html_()


# The lab's own


def test_the_drafts_are_listed_and_shown() -> None:
    lab = Lab("en")
    assert set(lab.orders.drafts().table["key"]) == set(drafts())
    for key in drafts():
        for language in drafts()[key]:
            own = lab.orders.draft(key, language)
            assert isinstance(own, OwnOrder)
            assert own.draft.language == language
            assert checklist.languages()[language]["training"] in own._repr_html_()
            assert own.order.targets


def test_a_draft_comes_in_english_where_it_is_written_in_that() -> None:
    lab = Lab("en")
    assert lab.orders.draft("flawed").draft.language == "en"
    assert lab.orders.draft("like-messenger").draft.language == "pt"


@pytest.mark.parametrize(
    ("key", "language"), [("nada", ""), (7, ""), ("like-messenger", "es"), ("hold", 3)]
)
def test_a_draft_that_is_not_there_gets_a_sentence(
    key: object, language: object
) -> None:
    found = Lab("en").orders.draft(key, language)
    assert found.kind is Kind.NOT_ASKED
    assert '"' in found.sentence


def test_every_draft_can_be_carried_out() -> None:
    lab = Lab("en")
    for key in drafts():
        copy = lab.with_order(lab.orders.draft(key))
        assert context_of(copy).here.kind is not Kind.NOT_ASKED
        assert lab.orders.impact(lab.orders.draft(key)).sentence
        assert lab.orders.configuration(lab.orders.draft(key)).sentence


def test_the_urgent_hold_hits_the_fraud_and_nobody_else() -> None:
    """Section 1 of the lesson."""
    lab = Lab("en")
    assert lab.visit("www.bancodelfaro-clientes.example").kind is Kind.FOUND
    assert lab.orders.impact(lab.orders.draft("hold")).bystanders == ()
    held = Lab("en").with_order(lab.orders.draft("hold"))
    assert held.visit("www.bancodelfaro-clientes.example").kind is Kind.NO_SUCH_NAME
    assert held.visit("www.bancodelfaro.example").kind is Kind.FOUND
    held.wait("4 days")
    assert held.visit("www.bancodelfaro-clientes.example").kind is Kind.FOUND


def test_a_worksheet_has_the_facts_and_leaves_the_weighing_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    sheet = lab.orders.worksheet(lab.orders.draft("clean"))
    saved = sheet.save("worksheet.html")
    assert "worksheet.html" in saved.sentence
    page = (tmp_path / "worksheet.html").read_text("utf-8")
    assert "goles-gratis.example" in page
    assert "TRAINING" in page
    assert page.count('role="textbox"') >= 7


def test_the_reading_of_an_own_draft_is_corrected_by_a_line() -> None:
    lab = Lab("en")
    draft = lab.orders.draft("flawed")
    assert isinstance(draft, OwnOrder)
    corrected = draft.taken_as("203.0.113.80", "mentioned")
    assert "203.0.113.80" in {one.value for one in draft.order.targets}
    assert "203.0.113.80" not in {one.value for one in corrected.order.targets}
    assert "address-in-brackets" not in {
        one.code for one in lab.orders.review(corrected).findings
    }
    assert "goles-gratis.example" in repr(lab.orders.review(corrected)), (
        "it is still one of the lab's own"
    )
    with pytest.raises(NotUnderstood) as raised:
        draft.taken_as("museum.example", "target")
    assert says(
        str(raised.value), "drafts.name_does_not_stand", name="“museum.example”"
    )
    with pytest.raises(NotUnderstood, match="but as"):
        draft.taken_as("203.0.113.80", "victim")
