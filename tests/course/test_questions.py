"""Questions with replies, forms, and what stands for them where no kernel runs."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from said import ends, says

from labsupport import Lab
from labsupport.answers.trace import TracePage
from labsupport.course import questions, widgets
from labsupport.course.form import Form
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import table_of
from labsupport.results import Result

ROOT = Path(__file__).parents[2]
QUESTIONS = questions.catalogue("en")
ONE = "dns-time"
RIGHT = next(letter for letter, choice in QUESTIONS[ONE].lettered if choice.right)
WRONG = next(letter for letter, choice in QUESTIONS[ONE].lettered if not choice.right)

sys.path.insert(0, str(ROOT / "tools"))


@pytest.fixture
def lab() -> Lab:
    return Lab("en")


def shown(form: object) -> Form:
    assert isinstance(form, Form)
    return form


class Reader(HTMLParser):
    """Reads a page as a person would: text alone, and where it is folded away."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.folded: list[str] = []
        self.feed(page)
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "details":
            self.folded.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "details" in self.open:
            self.folded[-1] += data


# Questions


@pytest.mark.parametrize("key", QUESTIONS)
def test_every_answer_gets_its_own_reply_by_a_plain_call(lab: Lab, key: str) -> None:
    replies = {
        letter: lab.course.question(key, letter)
        for letter, _ in QUESTIONS[key].lettered
    }
    for letter, choice in QUESTIONS[key].lettered:
        assert replies[letter].sentence == choice.reply
        assert repr(replies[letter]).startswith(
            "[✓ right]" if choice.right else "[✗ not this one]"
        )
    assert len({reply.sentence for reply in replies.values()}) == len(replies)


@pytest.mark.parametrize("rule", ["longest", "shortest", "a", "b", "c", "d"])
def test_no_rule_without_reading_is_right_often(rule: str) -> None:
    right = 0
    for question in QUESTIONS.values():
        by_length = sorted(question.choices, key=lambda choice: len(choice.text))
        chosen = {"longest": by_length[-1], "shortest": by_length[0]} | dict(
            question.lettered
        )
        right += rule in chosen and chosen[rule].right
    assert right <= 0.45 * len(QUESTIONS)


@pytest.mark.parametrize("choice", ["b", "B", " b ", "b)", "(b)", "b."])
def test_a_letter_is_understood_as_people_write_it(lab: Lab, choice: str) -> None:
    assert lab.course.question(ONE, choice).sentence == QUESTIONS[ONE].choices[1].reply


@pytest.mark.parametrize("choice", ["", "z", "ab", 2, ["b"], "<b>", "x" * 900])
def test_an_unknown_letter_gets_a_sentence(lab: Lab, choice: object) -> None:
    result = lab.course.question(ONE, choice)
    assert result.kind is Kind.NOT_ASKED
    assert any(
        ends(result.sentence, f"course.{key}", known="a, b and c")
        for key in ("there_is_no", "which_one")
    )
    assert len(result.sentence) < 150


@pytest.mark.parametrize(
    "key", ["", "qqq", None, 7, ["dns-time"], "x" * 900, "<img src=x>"]
)
def test_an_unknown_question_gets_a_sentence_with_those_there_are(
    lab: Lab, key: object
) -> None:
    for result in (lab.course.question(key), lab.course.question(key, "a")):
        assert isinstance(result, Result)
        assert result.kind is Kind.NOT_ASKED
        assert result.sentence.startswith(
            "There is no " if key != "" else "Say which. "
        )
        assert any(name in result.sentence for name in QUESTIONS)
        assert "<img" not in result._repr_html_()


def test_a_mistyped_question_is_nearly_found(lab: Lab) -> None:
    assert "dns-time" in lab.course.question("dns-tme", "a").sentence
    assert lab.course.question(" DNS-Time ", "b").kind is Kind.FOUND


def test_every_question_can_be_asked() -> None:
    written = table_of("en", "questions.toml")["question"]
    assert [one["id"] for one in written] == list(QUESTIONS)
    for question in QUESTIONS.values():
        assert sum(choice.right for choice in question.choices) == 1, question.id
        texts = [question.prompt]
        texts += [
            text for choice in question.choices for text in (choice.text, choice.reply)
        ]
        assert all(text.strip() for text in texts), question.id
        assert len(set(texts)) == len(texts) > 3, question.id


def test_the_notebooks_ask_every_question_once() -> None:
    asked = []
    for path in sorted((ROOT / "notebooks" / "en").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                asked += re.findall(r'lab\.course\.question\("([^"]*)"\)', cell.source)
    assert asked == list(QUESTIONS)


# A question as a form


@pytest.mark.parametrize("key", QUESTIONS)
def test_a_question_reads_well_without_a_kernel(lab: Lab, key: str) -> None:
    asked, question = lab.course.question(key), QUESTIONS[key]
    page, text = Reader(asked._repr_html_()), repr(asked)
    assert question.prompt in page.text
    for (letter, choice), folded in zip(question.lettered, page.folded, strict=False):
        assert folded.startswith(f"{letter}) {choice.text}")
        assert folded.endswith(choice.reply)
    assert question.prompt in text
    assert all(choice.text in text for choice in question.choices)
    assert not any(choice.reply in text for choice in question.choices)


@pytest.mark.parametrize("key", QUESTIONS)
def test_the_front_end_is_handed_every_reply(lab: Lab, key: str) -> None:
    """It answers without a kernel what the line below the question answers with one."""
    (data,) = lab.course.question(key)._repr_mimebundle_().values()
    for choice in data["choices"]:
        reply = lab.course.question(key, choice["letter"])
        assert repr(reply) == f"[{choice['verdict']}] {choice['reply']}"
        assert (
            data["call"].replace("…", choice["letter"])
            == f'lab.course.question("{key}", "{choice["letter"]}")'
        )


# Forms that ask the lab


TYPED = [
    "www.museum.example",
    "https://www.museum.example/rooms",
    "",
    "museo bonito",
    "x" * 300,
    "google.com",
    "😀.example",
    "www.mus\u200beum.example",
    '"; import os; "',
    "<img src=x onerror=alert(1)>",
    "a\\b\nc",
]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_into_the_ask_box_is_what_ask_answers(
    lab: Lab, typed: str
) -> None:
    form = shown(lab.ask())
    form.press("ask", {"name": typed, "type": "A"})
    assert form.said["text"] == Lab("en").ask(typed, "A").sentence
    assert "<img" not in form.said["html"]
    Reader(form.said["html"].replace("<wbr>", ""))


@pytest.mark.parametrize("typed", TYPED)
def test_the_line_below_a_form_does_the_same(typed: str) -> None:
    form = shown(Lab("en").ask())
    form.press("ask", {"name": typed, "type": "MX"})
    assert eval(form.said["code"], {"lab": Lab("en")}).sentence == form.said["text"]


def test_the_line_below_a_form_is_right_before_anything_is_pressed(lab: Lab) -> None:
    for form in (shown(lab.ask()), shown(lab.trace())):
        assert isinstance(eval(form.content["code"], {"lab": lab}), Result)
        assert form.content["code"] in form._repr_mimebundle_()[0]["text/plain"]


def test_every_type_on_the_list_can_be_asked(lab: Lab) -> None:
    form = shown(lab.ask())
    (options,) = [
        field["options"] for field in form.content["fields"] if field["key"] == "type"
    ]
    for value, text in options:
        form.press("ask", {"name": "museum.example", "type": value})
        assert "no record type" not in form.said["text"]
        assert text.startswith(f"{value}: ")


def test_the_walk_box_goes_through_every_step_and_back(lab: Lab) -> None:
    name = "www.diario-del-puerto.example"
    walk = Lab("en").trace(name)
    assert isinstance(walk, TracePage)
    count = len(walk.steps)
    expected = [f"Step {n} of {count}. {walk.step(n)}" for n in range(1, count + 1)]
    form = shown(widgets.walk_box(lab, name))

    def pressed(button: str) -> str:
        form.press(button, {"name": name})
        return str(form.said["text"])

    assert [pressed("next") for _ in range(count)] == expected
    assert [pressed("next") for _ in range(2)] == [walk.sentence] * 2
    assert [pressed("back") for _ in range(count + 1)] == [*expected[::-1], expected[0]]


def test_another_name_begins_another_walk(lab: Lab) -> None:
    form = shown(lab.trace())
    form.press("next", {"name": "www.museum.example"})
    form.press("next", {"name": "www.museum.example"})
    form.press("next", {"name": "corte.gob.test"})
    assert form.said["text"].startswith("Step 1 of ")
    assert "corte.gob.test" in form.said["text"]


@pytest.mark.parametrize("typed", [*TYPED[2:], "www.huerfano.example"])
def test_a_walk_that_cannot_be_taken_says_why(lab: Lab, typed: str) -> None:
    form = shown(widgets.walk_box(lab, typed))
    for button in ("back", "next", "next", "back"):
        form.press(button, {"name": typed})
        assert form.said["text"].endswith(".") or '"' in form.said["text"]
        assert "<img" not in form.said["html"]


@pytest.mark.parametrize("name", [None, 7, ""])
def test_a_box_for_what_is_no_name_is_shown_all_the_same(
    lab: Lab, name: object
) -> None:
    for form in (
        shown(widgets.walk_box(lab, name)),
        shown(widgets.clock_box(lab, name)),
    ):
        assert form.content["fields"][0]["value"] == str(name)


def test_the_clock_box_shows_the_time_run_out(lab: Lab) -> None:
    form = shown(lab.wait())
    values = {"name": "www.museum.example", "span": "10 minutes"}
    form.press("ask", values)
    assert says(form.said["text"], "memory.remembered", left="1 hour")
    for left in ("50", "40", "30"):
        form.press("wait", values)
        assert says(form.said["text"], "memory.remembered", left=f"{left} minutes")
    form.press("wait", values | {"span": "1 hour"})
    assert "has forgotten it" in form.said["text"]
    form.press("ask", values)
    assert says(form.said["text"], "memory.remembered", left="1 hour")


def test_every_span_of_the_clock_box_moves_the_clock(lab: Lab) -> None:
    form = shown(lab.wait())
    (options,) = [
        field["options"] for field in form.content["fields"] if field["key"] == "span"
    ]
    for value, text in options:
        before = context_of(lab).now
        form.press("wait", {"name": "museum.example", "span": value})
        assert context_of(lab).now > before
        assert form.said["text"].startswith(f"{text} later.")


def test_the_clock_box_answers_a_bad_name_with_a_sentence(lab: Lab) -> None:
    form = shown(lab.wait())
    for button in ("ask", "wait"):
        form.press(button, {"name": "museo bonito", "span": "1 day"})
        assert "contains a space" in form.said["text"]


def test_every_control_has_a_label(lab: Lab) -> None:
    for form in (lab.ask(), lab.trace(), lab.wait()):
        content = shown(form).content
        assert content["title"]
        assert all(text for _, text in content["buttons"])
        for field in content["fields"]:
            assert field["label"]
            assert all(text for _, text in field["options"])


# In notebooks


def test_plain_calls_need_no_widgets() -> None:
    code = (
        "import sys; from labsupport import Lab; lab = Lab()\n"
        f'lab.ask("www.museum.example"); lab.course.question("{ONE}", "a")\n'
        'lab.course.glossary("resolver")\n'
        "print(sorted({'anywidget', 'ipywidgets', 'matplotlib', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert run.stdout.strip() == "[]"
