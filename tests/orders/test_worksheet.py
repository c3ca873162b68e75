"""The worksheet and the page before signing: facts apart from the weighing, words that agree."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from said import begins, says

from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.orders import checklist
from labsupport.orders.checklist import Checklist
from labsupport.orders.worksheet import Worksheet
from labsupport.papers.forms import BLANK, WIDTH, Paper, PaperField, PaperSection

SAY = Language.load("en")
STEPS = SAY.table("worksheet.toml")["step"]
TRAINING = "TRAINING – FICTIONAL"
FACTS = (
    PaperSection(
        "Who else is hit",
        (
            PaperField("other sites", "212", "lab Internet"),
            PaperField("of these, health", "3", "the same"),
        ),
    ),
    PaperSection(
        "How it is evaded",
        (PaperField("by another name", "<b>in minutes</b>", "assumption 4"),),
    ),
    PaperSection("How it is undone", (PaperField("after the end", ""),)),
)


class Page(HTMLParser):
    """What matters of a page: its blanks, what stands in them, and what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.blanks: list[str] = []
        self.in_blanks = ""
        self.loads: list[str] = []
        self.text = ""
        self._blank = False
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self._blank = of.get("role") == "textbox"
        self._style = tag == "style"
        if self._blank:
            self.blanks.append(str(of["aria-labelledby"]))
        if tag in ("script", "link", "img", "iframe", "form") or {"src", "href"} & set(
            of
        ):
            self.loads.append(tag)

    def handle_data(self, data: str) -> None:
        if self._blank:
            self.in_blanks += data.strip()
        if not self._style:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._blank = self._style = False


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def papers() -> list[Paper]:
    return [made(), *(checklist.checklist(code, SAY) for code in LANGUAGES)]


LANGUAGES = checklist.languages()

# The worksheet


def made() -> Worksheet:
    return Worksheet(SAY, None, None, facts=FACTS)


def test_the_facts_are_filled_in_with_where_they_come_from() -> None:
    text = re.sub(r"\s+", " ", made().text)
    ((others, *_), _, (undone, *_)) = (section.fields for section in FACTS)
    assert f"{others.label}: {others.value} from: {others.source}" in text
    assert f"{undone.label}: {BLANK}" in text
    assert begins(made().sentence, "worksheet.worksheet_technical_facts", count=3)
    assert made().table[SAY("worksheet.where_it_comes_from")].tolist() == [
        "lab Internet",
        "the same",
        "assumption 4",
        "–",
    ]


def test_the_weighing_is_empty() -> None:
    page = Page(made().html)
    assert page.blanks == [f"field-{step['key']}" for step in STEPS] + ["field-author"]
    assert page.in_blanks == ""
    _, _, weighing = made().text.partition("2 · The weighing")
    for step in STEPS:
        _, _, after = weighing.partition(f"\n\n{step['name']} (")
        assert after.partition("\n\n")[0].endswith(f"?)\n{BLANK}\n{BLANK}\n{BLANK}")


def test_the_facts_stand_apart_from_the_weighing() -> None:
    for paper in (made().text, made().html):
        before, _, after = paper.partition("2 · The weighing")
        assert "212" in before
        assert "212" not in after
        assert "Suitability" not in before
        assert "Suitability" in after


def test_no_step_is_missing() -> None:
    names = " ".join(step["name"] for step in STEPS).lower()
    for wanted in (
        "aim",
        "suitability",
        "less restrictive",
        "strict sense",
        "legal basis",
        "hearing",
        "notice",
        "review",
    ):
        assert wanted in names
    assert all(step["question"].endswith("?") for step in STEPS)


def test_the_worksheet_gives_no_verdict() -> None:
    words = set(re.findall(r"\w+", made().text.lower()))
    verdicts = {
        "score",
        "points",
        "should",
        "must",
        "recommend",
        "recommended",
        "best",
        "illegal",
    }
    assert words & verdicts == set()
    assert says(made().limits, "worksheet.worksheet_says_nothing_what")


def test_active_text_stays_text() -> None:
    assert "<b>in" not in made().html
    assert "&lt;b&gt;in minutes" in made().html


def test_without_facts_there_is_still_a_worksheet() -> None:
    empty = Worksheet(SAY, None, None, facts=())
    assert says(empty.sentence, "worksheet.worksheet_technical_facts", count=0)
    assert len(Page(empty.html).blanks) == len(STEPS) + 1


def test_training_is_said_at_both_ends_and_on_every_printed_page() -> None:
    assert made().text.startswith(TRAINING)
    assert made().text.rstrip().endswith(TRAINING)
    assert f"--banner: '{TRAINING}'" in made().html


# The page before signing


def test_every_language_has_the_same_questions() -> None:
    assert set(LANGUAGES) == {"en", "es", "pt"}
    same = {
        tuple((one["id"], one.get("urgent", False)) for one in words["question"])
        for words in LANGUAGES.values()
    }
    assert len(same) == 1
    ((*questions,),) = same
    assert len(questions) == 12
    assert len({key for key, _ in questions}) == 12
    assert sum(urgent for _, urgent in questions) == 5


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_there_once(code: str) -> None:
    words = LANGUAGES[code]
    texts = [text for one in words["question"] for text in (one["text"], one["why"])]
    texts += [words[key] for key in ("title", "lead", "urgent", "foot", "training")]
    assert all(text.strip() for text in texts)
    assert len(set(texts)) == len(texts)
    assert all(one["text"].endswith("?") for one in words["question"])
    assert all(one["why"].endswith(".") for one in words["question"])
    if code == "es":
        assert all(
            one["text"].count("¿") == one["text"].count("?")
            for one in words["question"]
        )


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_has_every_question_and_marks_the_urgent_ones_by_word(
    code: str,
) -> None:
    paper = checklist.checklist(code, SAY)
    words = paper.words
    text = re.sub(r"\s+", " ", paper.text)
    page = Page(paper.html)
    for question in words["question"]:
        assert question["text"] in text
        assert question["why"] in text
        assert question["text"] in page.text
        assert question["why"] in page.text
        mark = f"{question['text']} ▶ {words['urgent']}"
        assert (mark in text) == ("urgent" in question)
    assert page.text.count(f"▶ {words['urgent']}") == 5 + 1  # and where it is explained
    assert f'<html lang="{code}"' in paper.html
    assert words["training"] in page.text


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("es", "es"),
        (" ES ", "es"),
        ("es-UY", "es"),
        ("pt_BR", "pt"),
        ("Español", "es"),
        ("portugues", "pt"),
        ("English", "en"),
    ],
)
def test_a_language_is_understood_as_people_write_it(typed: str, code: str) -> None:
    assert checklist.checklist(typed, SAY).code == code


@pytest.mark.parametrize("typed", ["fr", "", "  ", None, 7, "x" * 500, "<b>", "e"])
def test_an_unknown_language_gets_a_sentence(typed: object) -> None:
    with pytest.raises(
        NotUnderstood, match=r"en \(English\), es \(español\) and pt \(português\)"
    ):
        checklist.checklist(typed, SAY)


def test_the_table_says_the_same() -> None:
    paper = checklist.checklist("pt", SAY)
    assert isinstance(paper, Checklist)
    table = paper.table
    assert table["question"].tolist() == [
        one["text"] for one in paper.words["question"]
    ]
    assert (table[SAY("checklist.if_it_is_urgent")] != "").sum() == 5
    assert begins(paper.sentence, "checklist.questions_before_sign", count=12, urgent=5)


# Papers


@pytest.mark.parametrize("paper", papers(), ids=lambda one: one.file)
def test_a_paper_needs_no_other_file(paper: Paper) -> None:
    assert Page(paper.html).loads == []
    assert "@import" not in paper.html
    assert "url(" not in paper.html
    assert all(len(line) <= WIDTH for line in paper.text.splitlines())


@pytest.mark.parametrize("paper", papers(), ids=lambda one: one.file)
def test_a_paper_is_saved_and_nothing_is_overwritten(
    folder: Path, paper: Paper
) -> None:
    assert paper.file in paper.save().sentence
    assert (folder / paper.file).read_text("utf-8") == paper.html
    paper.save("copy.txt")
    assert (folder / "copy.txt").read_text("utf-8") == paper.text
    paper.save(paper.file)
    assert sorted(os.listdir(folder)) == sorted([paper.file, "copy.txt"])
    (folder / paper.file).write_text("mine")
    saved = paper.save()
    assert says(saved.notes, "files.name_taken")
    assert (folder / paper.file).read_text() == "mine"
    assert len(os.listdir(folder)) == 3


@pytest.mark.parametrize("typed", ["../x.html", "a/b.html", 7, "x.exe"])
def test_what_is_no_file_name_gets_a_sentence(folder: Path, typed: object) -> None:
    assert made().save(typed).kind is Kind.NOT_ASKED
    assert os.listdir(folder) == []
