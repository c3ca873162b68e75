"""Forms for an order: what is typed is answered, and is in no state, output, log or error."""

from __future__ import annotations

import gc
import json
import logging
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget
from said import says

from labsupport import Lab
from labsupport.course import order_box
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.orders.order import Notice, Order, order_of
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import Technique
from labsupport.results import Explanation, Result
from labsupport.visible import escaped

SAY = Language.load("en")
CANARY = "tucan-secreto"
DRAFT = f"Bloquéese {CANARY}.example <img src=x>\nDentro de 24 horas."


class Review(Explanation):
    """A review that shows in private what it was about."""

    def __init__(self, about: object, count: int) -> None:
        super().__init__(SAY, None, "1 thing to look at.")
        self.about = about
        self.tally = str(count)

    def private_html(
        self, text: str = "", counts: Sequence[str] = (), cells: Sequence[object] = ()
    ) -> str:
        return f"<pre>{escaped(self.about)}</pre>[{', '.join(counts)}]"


class FakeLab:
    """Answers as a lab does, and notes what it was asked."""

    def __init__(self) -> None:
        self._context = SimpleNamespace(say=SAY)
        self.orders = self
        self.asked: list[tuple[str, object]] = []
        self.counts = iter([11, 4, 4, 0])

    def review(self, order: object = "") -> Result:
        self.asked.append(("review", order))
        return Review(order, next(self.counts))

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
    assert SAY("order_box.paste_a_draft_order") in kept(box)


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
    shown = form(
        SAY, content, lambda button, values: FormReply(values["name"], "", "lab.ask()")
    )
    messages = heard(shown)
    shown.press("ask", {"name": "museum.example"})
    assert shown.said["text"] == "museum.example"
    assert messages == []


def test_the_form_says_that_nothing_is_saved(lab: FakeLab) -> None:
    for shown in (order_box.order_box(lab), order_box.order_form(lab)):  # type: ignore[arg-type]
        note = shown.content["note"]
        assert "is not saved" in note
        assert says(note, "order_box.what_you_put_here")
        assert shown.content["private"]


def test_everything_can_be_had_by_a_plain_call(lab: FakeLab) -> None:
    for shown in (order_box.order_box(lab), order_box.order_form(lab)):  # type: ignore[arg-type]
        bundle, _ = shown._repr_mimebundle_()
        call = 'lab.orders.review(lab.orders.draft("flawed"))'
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
    """The page has the text still, and hands it over with each press."""
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    assert box.content["holds"] == ("review", "impact", "confirm"), (
        "Clear alone empties the field"
    )
    said = pressed(box, "review", text=DRAFT)
    assert said["hidden"] == ("text",), "the marked document stands in its place"
    assert said["labels"] == {"review": "Review again"}
    said = pressed(box, "impact", text=DRAFT)
    assert lab.asked[1] == ("impact", read_order(DRAFT))
    assert said["text"] == "212 sites go dark besides."
    assert said["code"] == "", "the plain call is on another order"
    assert said["title"] == "Your draft order"
    assert pressed(box, "impact", text=" ")["text"] == SAY(
        "order_box.paste_a_draft_first"
    )


def test_the_count_falls_until_the_box_is_cleared(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    said = [pressed(box, "review", text=DRAFT) for _ in range(4)]
    assert [one["html"].rpartition("[")[2] for one in said] == [
        *("11]", "11, 4]", "11, 4]", "11, 4, 0]")
    ]
    assert said[0]["text"] == "1 thing to look at."
    assert said[3]["text"].endswith(SAY("marked.counts", counts="11 → 4 → 0"))
    cleared = pressed(box, "clear", text=DRAFT)
    assert "is forgotten" in cleared["text"]
    assert "hidden" not in cleared
    lab.counts = iter([3, 2, 5])
    assert "[3]" in pressed(box, "review", text=DRAFT)["html"]
    assert "[3, 2]" in pressed(box, "review", text=DRAFT)["html"]
    assert "[5]" in pressed(box, "review", text="Another order.", isNew="yes")["html"]


def test_what_a_name_was_taken_for_is_corrected_by_one_choice(lab: FakeLab) -> None:
    box = order_box.order_box(lab)  # type: ignore[arg-type]
    draft = f"Block {CANARY}.example.\nThe registry's page is info.example."
    said = pressed(box, "impact", text=draft)["html"]
    assert SAY("marked.unsure", count=1) in said
    assert 'name="info.example"' in said
    corrected = {
        "taken": json.dumps({"info.example": "target", "gone.example": "target"})
    }
    said = pressed(
        box, "taken", text=draft, name="info.example", value="target", **corrected
    )
    question, order = lab.asked[-1]
    assert isinstance(order, Order)
    assert question == "impact"
    assert [one.value for one in order.targets] == [f"{CANARY}.example", "info.example"]
    assert said["text"].startswith(
        SAY("order_box.corrected_name_part", name="info.example", part="to be blocked")
    )
    assert "not sure, and" not in said["html"]
    assert CANARY not in kept(box)
    pressed(box, "review", text=f"{draft}\nMore.", **corrected)
    _, order = lab.asked[-1]
    assert isinstance(order, Order)
    assert len(order.targets) == 2, (
        "what was corrected stays so when the text was edited"
    )


def reached(root: object) -> Iterator[object]:
    """Yield all that can be reached from what stands in `Out`."""
    seen, to_do = {id(root): root}, [root]
    while to_do:
        one = to_do.pop()
        yield one
        if not isinstance(one, (types.ModuleType, types.CodeType, type, str, bytes)):
            new = {
                id(other): other
                for other in gc.get_referents(one)
                if id(other) not in seen
            }
            seen |= new
            to_do += new.values()


def test_nothing_that_is_kept_in_the_kernel_has_the_text() -> None:
    """Of names, the lab's own servers may remember that they were asked; of the text, nobody."""
    phrase = "the cellar of the " + "tucan"
    box = order_box.order_box(Lab("en"))
    for button in ("review", "impact", "review"):
        pressed(
            box,
            button,
            text=f"Block goles-gratis.example, whose owner lives in {phrase}.",
        )
    heard(box)  # what this test heard is forgotten
    assert not [one for one in reached(box) if isinstance(one, str) and phrase in one]


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
    assert lab.asked == [("review", order_of())]


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
        ("targets", "goles-gratis.example\n300.1.1.1", "not understood: “300.1.1.1”"),
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
    assert said["code"] == 'lab.orders.impact(lab.orders.draft("flawed"))'
    assert shown.content["holds"] == ("review", "impact"), (
        "Clear alone empties the fields"
    )
    assert pressed(shown, "clear", reasons=CANARY)["text"] == SAY(
        "order_box.the_fields_are_empty"
    )
    assert CANARY not in kept(shown)
