"""Case B: what a group writes is carried out, decides how it ends, and is kept nowhere."""

from __future__ import annotations

import html
import json
import logging
from pathlib import Path

import pytest
from confirmed import confirmed
from ipywidgets import Widget
from said import SAY, begins, says

from labsupport import Lab
from labsupport.course import case_file, story
from labsupport.course.case import Case
from labsupport.course.form import Form
from labsupport.kinds import Kind
from labsupport.orders.impact import Impact
from labsupport.orders.review import Review
from labsupport.tree import as_html

LAB = Lab("en")
STORY = story.stories("en")["wrong-order"]
CLINIC, SITE = "clinica-pediatrica-candil.org.test", "goles-gratis.example"
TO_WRITE = "bca"  # all three are heard
STRAIGHT = 1_800
PAGE = 120
CANARY = "tucan-secreto"
BY_NAME = (
    "The access providers shall block the name goles-gratis.example at their resolvers"
)
# Texts that are not the models, what each comes to, and whose objection follows.
WRITTEN = {
    "The order of this morning is lifted.": "nothing",
    "Block the site Goles Gratis.": "nothing",
    f"{BY_NAME} until 20 November 2026, 12:00 UTC.": "name",
    f"{BY_NAME}, and not its IP address, for ten days. Other sites must not be affected.": "name",
    "Bloquéese por 30 días el nombre goles-gratis.example en los resolutores de Fibra Sur.": "name",
    "The registry shall place goles-gratis.example on hold for 2 days.": "source",
    "The registry shall block goles-gratis.example for 2 days.": "unable",
    "The registry shall block 203.0.113.80.": "unable",
    "The court orders that the registry delete the domain name goles-gratis.example.": "unable",
    "The hosting company Alojar shall take down goles-gratis.example until 5 November.": "source",
    f"{BY_NAME}.": "endless",
    f"{BY_NAME} for 30 days, from 3 November 2026, 00:00 UTC.": "late",
    f"{BY_NAME} until 2 November 2026, 18:00 UTC.": "late",
    "All access providers shall block goles-gratis.example (203.0.113.80).": "address",
    "Móvil Norte shall block 203.0.113.0/24 for a week.": "address",
    f"Fibra Sur shall block 203.0.113.80. The measure must not affect {CLINIC}.": "excepted",
    "Block goles-gratis.example and mis-paginas.example at the resolvers for a week.": "others",
}
OBJECTS = {
    "stands": "The clinic's lawyer",
    "nothing": "The League",
    "excepted": "The legal desk of Móvil Norte",
    "address": "The clinic's lawyer",
    "late": "The League",
    "unable": "The League",
    "source": "The holder of the name",
    "others": "The legal desk of Móvil Norte",
    "endless": "The legal desk of Móvil Norte",
    "name": "The League",
}


def to_write(lab: Lab = LAB) -> Case:
    found = lab.course.case("wrong-order")
    assert isinstance(found, Case)
    for letter in TO_WRITE:
        found.choose(letter)
    return found


def written(text: object, lab: Lab = LAB) -> Case:
    found = to_write(lab)
    is_text = isinstance(text, str) and text not in STORY.written
    said = found.write(confirmed(str(text)) if is_text else text)
    assert said is found, said
    return found


def ended(found: Case) -> Case:
    assert found.choose("a") is found
    assert found.step.id == "end"
    return found


# What is written decides


@pytest.mark.parametrize("text", WRITTEN)
def test_what_is_written_decides(text: str) -> None:
    found = written(text)
    assert found.taken[-1] == ("write", WRITTEN[text])
    assert WRITTEN[text] in found.marks


def test_before_the_hour_in_it_an_order_is_said_not_to_be_in_force() -> None:
    later = written(f"{BY_NAME} for 30 days, from 2 November 2026, 18:00 UTC.")
    assert says(later._repr_html_(), "case_cards.your_order_not_force")
    assert "18:00" not in later._repr_html_()
    assert not says(written("name")._repr_html_(), "case_cards.your_order_not_force")


@pytest.mark.parametrize("key", sorted(STORY.written))
def test_each_model_comes_to_what_it_is_a_model_of(key: str) -> None:
    assert written(key).taken[-1] == ("write", key)
    assert written(STORY.orders[key]).taken[-1] == ("write", key)


def test_the_courses_own_drafts_can_be_handed_in() -> None:
    assert written(LAB.orders.draft("flawed")).taken[-1] == ("write", "address")
    # Clean, and a day too late for tonight's match.
    assert written(LAB.orders.draft("clean")).taken[-1] == ("write", "late")


def test_the_lab_tells_who_is_dark_and_what_is_missing() -> None:
    impact, site, review = written(f"{BY_NAME}.").answers
    assert isinstance(impact, Impact)
    assert impact.bystanders == ()
    assert says(
        site.sentence, "diagnose.withheld", count=2, places="Fibra Sur and Móvil Norte"
    )
    assert isinstance(review, Review)
    assert "no-end" in [one.code for one in review.findings]
    impact, site, _ = written("All access providers shall block 203.0.113.80.").answers
    assert CLINIC in impact.bystanders  # type: ignore[attr-defined]
    for nothing in ("Let it be open.", "The registry shall block 203.0.113.80."):
        found = written(nothing)
        (site,) = found.answers  # there is nothing to count and to review
        assert SAY("diagnose.cause_nothing") in site.sentence


def test_an_earlier_order_of_ones_own_is_no_part_of_the_question() -> None:
    """It blocks the name: the review would not find it."""
    found = written(f"{BY_NAME}.")
    found.choose("b")
    found.write(confirmed(f"{BY_NAME} for 30 days."))
    (*_, review) = found.answers
    assert "no-such-name" not in [one.code for one in review.findings]  # type: ignore[attr-defined]
    assert found.in_force == ("name",)


def test_writing_again_takes_the_place_of_what_was_written_and_costs() -> None:
    found = written("address")
    at = found.minutes
    found.choose("b")
    assert found.minutes == at + 30
    found.write("name")
    assert found.minutes == at + 90
    assert found.in_force == ("name",)
    assert "address" not in found.marks
    other = written("name")
    assert found._sums != other._sums


def test_the_figures_that_are_told_are_the_labs() -> None:
    impact = LAB.orders.impact(confirmed(STORY.orders["address"]))
    assert isinstance(impact, Impact)
    assert len(impact.bystanders) == 212
    assert {CLINIC, "aguas-de-candil.org.test"} <= set(impact.bystanders)
    text = " ".join(words for step in STORY.steps.values() for _, words in step.where)
    assert "212 complaints" in text
    assert "211 others with us" in text
    review = LAB.orders.review(STORY.orders["name"])
    assert isinstance(review, Review)
    assert {one.severity.value for one in review.findings} == {"note"}


# The ends


def ends() -> dict[str, Case]:
    """Play every way with every model, and note where the marks differ at the end."""
    found: dict[str, Case] = {}
    begun = LAB.course.case("wrong-order")
    assert isinstance(begun, Case)
    for there in begun.situations():
        if there.step.id == "end":
            (key,) = there.marks & set(OBJECTS)
            found[key] = there
    return found


def test_every_end_is_reached_and_each_has_its_objection() -> None:
    reached = ends()
    assert set(reached) == set(OBJECTS)
    objections = [there.told.split("objects: ")[1] for there in reached.values()]
    assert len(set(objections)) == len(OBJECTS) > 4
    for key, there in reached.items():
        assert there.told.count("objects: ") == 1
        assert f"{OBJECTS[key]} objects: “" in there.told
    assert len(set(OBJECTS.values())) == 4  # the three, and who was hit and not heard


def test_both_losses_are_counted_to_the_end_of_the_match() -> None:
    sums = {}
    for key in STORY.written:
        found = ended(written(key))
        assert "(22:00 UTC)" in found.state
        sums[key] = tuple(total // 60 for total in found._sums.values())
    # The match lasts two hours: nobody is counted before it.
    assert sums["name"] == sums["endless"] == sums["others"] == (140, 120)
    assert sums["nothing"] == sums["late"] == sums["unable"] == (140, 1200)
    assert sums["source"] == (140, 20)
    assert sums["address"] == sums["excepted"] == (400, 40)
    stands = LAB.course.case("wrong-order")
    for letter in "bce":
        stands.choose(letter)  # type: ignore[attr-defined]
    assert [total // 60 for total in stands._sums.values()] == [400, 80]  # type: ignore[attr-defined]


def test_who_was_not_heard_says_nothing() -> None:
    for letter, heard in (("a", 3), ("b", 1), ("c", 2), ("d", 0)):
        found = LAB.course.case("wrong-order")
        assert isinstance(found, Case)
        for one in "bc" + letter:
            found.choose(one)
        assert found.told.count("Wants: ") == heard
        found.write("name")
        assert ("Nobody heard us" in ended(found).told) is (heard == 0)


# How long it is


@pytest.mark.parametrize("key", sorted(STORY.written))
def test_the_straight_way_is_short(key: str) -> None:
    """All that is shown on it, the lab's answers included."""
    found = LAB.course.case("wrong-order")
    assert isinstance(found, Case)
    shown = [repr(found)]
    for letter in TO_WRITE:
        shown.append(repr(found.choose(letter)))
    shown.append(repr(found.write(key)))
    shown.append(repr(found.choose("a")))
    assert sum(len(text.split()) for text in shown) <= STRAIGHT


def test_the_page_of_a_seat_is_short() -> None:
    pages = [
        text for mark, text in STORY.steps["write"].where if mark.startswith("heard-")
    ]
    assert len(pages) == 3
    for text in pages:
        assert len(text.split()) <= PAGE
        assert all(word in text for word in ("Knows: ", "Wants: ", "Fears: ", "“"))


# Nothing of it is kept


SECRET = f"{BY_NAME} for ten days, and {CANARY}.example. <img src=x>"


def test_nothing_of_what_is_written_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = Lab("en")
    with caplog.at_level(logging.DEBUG):
        found = written(SECRET, lab)
        shown = [repr(found), found._repr_html_(), as_html(found.page)]
        found.save()
        found.keep(by="by hand")
        shown += [repr(ended(found)), *map(repr, lab.evidence.lines)]
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {"case.json", "name.txt", "impact-own.html"} <= {one.name for one in files}
    told = [*shown, caplog.text, *capfd.readouterr()]
    assert not any(CANARY in text for text in told)
    assert not any(CANARY.encode() in one.read_bytes() for one in files)
    (model,) = (one for one in files if one.name == "name.txt")
    assert begins(model.read_text("utf-8"), "case_file.not_your_order_sample")
    assert model.parent.name == "sample"


def test_the_form_takes_an_order_and_keeps_nothing_of_it(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    form = LAB.course.case("wrong-order", play=True)
    assert isinstance(form, Form)
    assert "text" in form.said["hidden"]
    asides: list[object] = []
    form.send = lambda content, buffers=None: asides.append(content)  # type: ignore[method-assign]
    for letter in TO_WRITE:
        form.press("choose", {"choice": letter, "text": ""})
    assert "text" not in form.said["hidden"]
    assert form.said["options"]["choice"] == ()
    with caplog.at_level(logging.DEBUG):
        form.press("choose", {"choice": "", "text": " "})
        assert says(form.said["text"], "case_box.write_order_into_box")
        form.press("choose", {"choice": "", "text": SECRET})
        (aside,) = asides  # to the page alone: what was read, in its own words
        assert f"{CANARY}.example" in str(aside)
        assert "<img" not in str(aside)
        assert says(form.said["text"], "case_box.confirm_first")
        done = STORY.steps["done"]
        asides.clear()
        form.press("confirm", {"choice": "", "text": SECRET})
        assert done.title in form.said["text"]
        (aside,) = asides
        assert f"{CANARY}.example" in str(aside)
        assert says(str(aside), "written_order.if_not_what_you")
        assert "<img" not in str(aside)
        form.press("back", {"choice": "", "text": SECRET})
        assert "text" not in form.said["hidden"]
        assert not form.said["emptied"]  # to be mended

        def fails(order: object) -> None:
            raise ValueError(order)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("labsupport.course.case_box.read_order", fails)
            form.press("choose", {"choice": "", "text": SECRET})
        assert "Something went wrong" in form.said["text"]
    state = json.dumps(
        [Widget.get_manager_state(), form._repr_mimebundle_(), repr(form)]
    )
    assert not any(CANARY in text for text in (state, caplog.text, *capfd.readouterr()))


def test_a_saved_case_goes_on_with_a_model_in_the_place_of_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = written(SECRET)
    assert "not in it" in " ".join(found.save().notes)
    again = LAB.course.case("case.json")
    assert isinstance(again, Case)
    assert again.taken == found.taken
    assert "no bystander" in again.answers[0].sentence
    assert again.state == found.state


def test_what_was_written_before_is_not_answered_again() -> None:
    found = written(f"{BY_NAME} for 30 days.")
    first = repr(found)
    found.undo()
    found.write(
        confirmed(f"{BY_NAME} for 30 days. It is reviewed on 16 November 2026.")
    )
    assert repr(found) != first
    # The file tells of both what came of them, and the words of none.
    told = case_file.contents(found, "by hand", "")["case.txt"].decode()
    (alone,) = (
        choice for choice in STORY.steps["write"].choices if choice.id == "name"
    )
    assert alone.text in told


@pytest.mark.parametrize("typed", ["", "  ", None, 7, b"block", ["a"]])
def test_what_is_no_order_gets_a_sentence(typed: object) -> None:
    found = to_write()
    said = found.write(typed)
    assert said.kind is Kind.NOT_ASKED
    assert says(said.sentence, "case.how_to_write")
    assert said.sentence in html.unescape(found._repr_html_())
    assert says(found.choose("a").sentence, "case.how_to_write")
    assert found.step.id == "write"


def test_an_order_is_written_where_there_is_one_to_write() -> None:
    found = LAB.course.case("wrong-order")
    assert isinstance(found, Case)
    assert says(found.write("name").sentence, "case.there_no_order_write")
    assert found.taken == ()
