"""Forms for an order: what is typed is answered, and is in no state, output, log or error."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget

from labsupport import Lab
from labsupport.course import order_box
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.orders.order import Notice, Order
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import Technique
from labsupport.results import Explanation, Result
from labsupport.visible import escaped

SAY = Language.load("en")
CANARY = "tucan-secreto"
DRAFT = f"Bloquéese {CANARY}.example <img src=x>\nDentro de 24 horas."


class Review(Explanation):
    """A review that shows in private what it was about."""

    def __init__(self, about: object) -> None:
        super().__init__(SAY, None, "1 thing to look at.")
        self.about = about

    def private_html(self) -> str:
        return f"<pre>{escaped(self.about)}</pre>"


class FakeLab:
    """Answers as a lab does, and notes what it was asked."""

    say = SAY

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []

    def review(self, order: object = "") -> Result:
        self.asked.append(("review", order))
        return Review(order)

    def impact(self, order: object = "") -> Result:
        self.asked.append(("impact", order))
        return Explanation(SAY, None, "212 sites go dark besides.")


class Careless(FakeLab):
    """Tells everybody what it was asked, and fails."""

    def review(self, order: object = "") -> Result:
        print(order)
        print(order, file=sys.stderr)
        warnings.warn(str(order), stacklevel=1)
        raise ValueError(order)


def heard(shown: Form) -> list[dict[str, Any]]:
    """Return the list that a form's messages to the page are put into from now on."""
    messages: list[dict[str, Any]] = []
    shown.send = lambda content, buffers=None: messages.append(content)
    return messages


def pressed(shown: Form, button: str, **values: str) -> dict[str, str]:
    """Press a button as the page does; return what is said."""
    messages = heard(shown)
    message = {"pressed": button, "values": values}
    shown._handle_msg(
        {"content": {"data": {"method": "custom", "content": message}}, "buffers": []}
    )
    assert [list(one) for one in messages] == [["heard"], ["said"]]
    said: dict[str, str] = messages[1]["said"]
    return said


def kept(shown: Form) -> str:
    """Return all that Jupyter keeps of a form: its state, and what stands for it in outputs."""
    state = Widget.get_manager_state()
    assert shown.model_id in state["state"]
    return json.dumps([state, shown._repr_mimebundle_(), repr(shown)])


@pytest.fixture
def lab() -> FakeLab:
    return FakeLab()


# A private form


def test_a_draft_is_answered_to_the_page_alone(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    said = pressed(box, "review", text=DRAFT)
    assert lab.asked == [("review", read_order(DRAFT))]
    assert said["text"] == "1 thing to look at."
    assert f"{CANARY}.example" in said["html"]
    assert "<img" not in said["html"]
    assert box.said == {}
    assert CANARY not in kept(box)
    assert "Paste a draft order" in kept(box)


def test_what_goes_wrong_tells_nothing(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    box = order_box.order_box(Careless())  # type: ignore[arg-type]
    with caplog.at_level(logging.DEBUG):
        said = pressed(box, "review", text=DRAFT)
    assert "Something went wrong" in said["text"]
    assert CANARY not in json.dumps(said)
    assert CANARY not in caplog.text
    assert CANARY not in "".join(capfd.readouterr())
    assert CANARY not in kept(box)
    assert CANARY not in repr(getattr(sys, "last_value", ""))


def test_an_open_form_keeps_its_reply_as_before() -> None:
    content = Content("Ask", (Field("text", "name"),), (("ask", "Ask"),), "lab.ask()")
    shown = form(SAY, content, lambda button, values: FormReply(values["name"], "", "lab.ask()"))
    messages = heard(shown)
    shown.press("ask", {"name": "museum.example"})
    assert shown.said["text"] == "museum.example"
    assert messages == []


def test_the_form_says_that_nothing_is_saved(lab: FakeLab) -> None:
    for shown in (order_box.order_box(lab), order_box.order_form(lab)):  # type: ignore[arg-type]
        note = shown.content["note"]
        assert "is not saved" in note
        assert "On a hosted service: never" in note
        assert shown.content["private"]


def test_everything_can_be_had_by_a_plain_call(lab: FakeLab) -> None:
    for shown in (order_box.order_box(lab), order_box.order_form(lab)):  # type: ignore[arg-type]
        bundle, _ = shown._repr_mimebundle_()
        call = 'lab.review(lab.order("flawed"))'
        assert shown.content["code"] == call
        assert call in bundle["text/plain"]
        assert escaped(call) in bundle["text/html"]
        assert all(text for _, text in shown.content["buttons"])
        for field in shown.content["fields"]:
            assert field["label"]
            assert field["value"] == "" or field["kind"] == "list"
            assert all(text for _, text in field["options"])


# The box for a text


def test_both_questions_need_one_pasting(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    pressed(box, "review", text=DRAFT)
    said = pressed(box, "impact", text="")
    assert lab.asked[1] == ("impact", read_order(DRAFT))
    assert said["text"] == "About the draft pasted last. Clear forgets it. " + (
        "212 sites go dark besides."
    )
    assert "212 sites go dark besides." in said["html"]
    assert said["code"] == 'lab.impact(lab.order("flawed"))'
    pressed(box, "review", text="Another draft.")
    assert pressed(box, "impact", text=" ")["text"].startswith("About the draft pasted last")
    assert lab.asked[-1] == ("impact", read_order("Another draft."))
    assert box.content["holds"] == ()


def test_clear_forgets_the_draft(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    pressed(box, "review", text=DRAFT)
    assert "is forgotten" in pressed(box, "clear", text="")["text"]
    assert pressed(box, "impact", text="")["text"] == "Paste a draft first."
    assert len(lab.asked) == 1


def test_what_a_name_was_taken_for_is_corrected_by_one_choice(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    draft = f"Block {CANARY}.example.\nThe registry's page is info.example."
    assert pressed(box, "taken", name="info.example", value="target")["text"] == (
        "Paste a draft first."
    )
    said = pressed(box, "impact", text=draft)["html"]
    assert "1 is not sure, and counts as nothing until you choose." in said
    assert said.index('name="info.example"') < said.index(f'name="{CANARY}.example"')
    assert "The registry&#x27;s page is info.example." in said
    said = pressed(box, "taken", name="info.example", value="target")
    question, order = lab.asked[-1]
    assert isinstance(order, Order)
    assert question == "impact"
    assert [one.value for one in order.targets] == [f"{CANARY}.example", "info.example"]
    assert said["text"].startswith("Corrected: info.example, to be blocked.")
    assert "not sure, and" not in said["html"]
    assert "info.example" not in said["code"]  # a cell is saved
    assert eval(said["code"].removeprefix("lab.impact"), {"lab": Lab("en")}).order.mentions
    assert CANARY not in kept(box)
    pressed(box, "clear", text="")
    assert len(lab.asked) == 2


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    box = order_box.order_box(FakeLab())  # type: ignore[arg-type]
    assert pressed(box, "review", text=text)["text"]
    assert box.said == {}
    box.close()


# The fields


def read(**values: str) -> Order:
    return order_box.read_fields(values, SAY)


def test_the_fields_make_an_order() -> None:
    order = read(
        targets="www.goles-gratis.example\nhxxp://copia[.]goles-gratis.example/\n203.0.113.80",
        technique="address",
        executors="Fibra Sur, Móvil Norte; Cooperativa",
        territory="Coralia",
        start="2026-11-02 12:00:00 -03:00",
        end="2026-12-02 UTC",
        lasts="30 days",
        review="every 10 days",
        notice="deferred with a reason",
        contacts="guardia@corte.gob.test",
        reasons="Because.",
    )
    assert [target.value for target in order.targets][::2] == [
        "www.goles-gratis.example",
        "203.0.113.80",
    ]
    assert len(order.targets) == 3
    assert order.technique is Technique.ADDRESS
    assert order.executors == ("Fibra Sur", "Móvil Norte", "Cooperativa")
    assert order.territory == "Coralia"
    assert order.start == datetime(2026, 11, 2, 15, tzinfo=UTC)
    assert order.end == datetime(2026, 12, 2, 23, 59, 59, tzinfo=UTC), "the whole day"
    assert order.lasts == timedelta(days=30)
    assert order.review == "every 10 days"
    assert order.notice is Notice.DEFERRED_WITH_REASON
    assert order.contacts == ("guardia@corte.gob.test",)
    assert order.reasons == "Because."


def test_empty_fields_make_an_empty_order(lab: FakeLab) -> None:
    shown = order_box.order_form(lab)  # type: ignore[arg-type]
    first = {field["key"]: field["value"] for field in shown.content["fields"]}
    pressed(shown, "review", **first)
    assert lab.asked == [("review", Order())]


def test_every_choice_of_the_form_can_be_read(lab: FakeLab) -> None:
    fields = order_box.order_form(lab).content["fields"]  # type: ignore[arg-type]
    options = {field["key"]: [key for key, _ in field["options"]] for field in fields}
    techniques = [read(technique=key).technique for key in options["technique"]]
    assert techniques == [None, *Technique]
    assert [read(notice=key).notice for key in options["notice"]] == list(Notice)


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("start", "tomorrow", "is no time"),
        ("start", "2026-11-02", "has no time zone"),
        ("end", "2026-02-30 UTC", "is no time"),
        ("lasts", "a while", "is no span of time"),
        ("lasts", "999999999 weeks", "longer than a hundred years"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(
    lab: FakeLab, field: str, typed: str, says: str
) -> None:
    with pytest.raises(NotUnderstood, match=says):
        read(**{field: typed})
    shown = order_box.order_form(lab)  # type: ignore[arg-type]
    said = pressed(shown, "review", **{field: typed})
    assert says in said["text"]
    assert lab.asked == []


def test_what_is_filled_in_stays_on_the_page_alone(lab: FakeLab) -> None:
    shown = order_box.order_form(lab)  # type: ignore[arg-type]
    said = pressed(shown, "impact", reasons=CANARY)
    assert said["code"] == 'lab.impact(lab.order("flawed"))'
    assert shown.content["holds"] == ("review", "impact"), "Clear alone empties the fields"
    assert pressed(shown, "clear", reasons=CANARY)["text"] == "The fields are empty."
    assert CANARY not in kept(shown)
