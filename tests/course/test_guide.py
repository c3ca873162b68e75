"""The instructor's guide: plans that add up, a word on every section, papers, a way to catch up."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from cells import cells_of

from labsupport import Lab
from labsupport.course import guide, guide_content
from labsupport.course.questions import catalogue
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import languages
from labsupport.orders.findings import Finding, Severity
from labsupport.orders.review import Review
from labsupport.papers.forms import WIDTH, Paper
from labsupport.papers.templates import coded
from labsupport.results import Result
from labsupport.run.classroom.sandbox import FOR_THE_INSTRUCTOR

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import count_minutes
from said import says

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks" / "en"
LAB = Lab("en")
FORM = 20261128
PLANS = guide_content.plans("en")
BOOKS = {name: guide_content.notebook("en", name) for name in guide_content.NOTEBOOKS}
LENGTHS = {
    "half a day": [240],
    "one day": [480],
    "two days": [480, 480],
    "online": [90],
    "self-study": [90, 70, 70, 65, 100, 75],
}
TYPED: list[object] = [
    "qqq",
    "x" * 500,
    "<b>x</b>",
    "\x00\u202e",
    7,
    -1,
    2.5,
    None,
    True,
]
TYPED += [["02"], b"02", {"02": 1}, object]
NAMES = [
    "nothing alike", "long", "active", "hidden", "number", "negative", "fraction", "none", "true",
    "list", "bytes", "dict", "class",
]  # fmt: skip
PAPERS = [
    *(f"plan {key}" for key in LENGTHS),
    *(f"guide {name[:2]}" for name in guide_content.NOTEBOOKS),
    *guide_content.sheets("en"),
]


@cache
def paper(key: str) -> Paper:
    teaching = LAB.course.teaching
    found: Result
    if key.startswith("plan "):
        found = teaching.plan(key.removeprefix("plan "))
    elif key.startswith("guide "):
        found = teaching.notebook(key.removeprefix("guide "))
    elif guide_content.sheets("en")[key].drawn:
        found = getattr(teaching, key)(FORM)
    else:
        found = teaching.sheet(key)
    assert isinstance(found, Paper), found
    return found


def told(name: str) -> dict[str, tuple[str, str]]:
    """What a notebook says of its sections: by cell the heading and the line on its minutes."""
    found = {}
    for cell in nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4).cells:
        if line := re.match(r"## (.+)\n+\*((?:Core|Extra)[^*]*)\*", cell.source):
            found[cell.id] = (line[1], line[2])
    return found


class Page(HTMLParser):
    """What matters of a printed page: headings, tables, and what it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tables: list[list[str]] = []
        self.loads: list[str] = []
        self.heads_without_scope = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self.tables.append([])
        elif self.tables:
            self.tables[-1].append(tag)
        self.heads_without_scope += tag == "th" and "scope" not in of
        if tag in ("script", "link", "img", "iframe", "form") or {"src", "href"} & set(
            of
        ):
            self.loads.append(tag)


# The plans


def test_each_day_adds_up() -> None:
    for key, lengths in LENGTHS.items():
        assert [
            sum(block.minutes for block in day) for day in PLANS[key].days
        ] == lengths, key
    assert list(PLANS) == list(LENGTHS)


@pytest.mark.parametrize("key", LENGTHS)
def test_a_part_has_room_for_its_sections_and_no_section_comes_twice(key: str) -> None:
    cells = Counter()  # type: ignore[var-annotated]
    for day in PLANS[key].days:
        for block in day:
            assert bool(block.notebook) == bool(block.sections), block.what
            assert block.late.strip(), block.what
            if not block.notebook:
                continue
            sections = BOOKS[block.notebook].sections
            talk = block.minutes - sum(
                sections[cell].minutes for cell in block.sections
            )
            assert 0 <= talk <= 10, f"{block.what}: {talk}"
            cells.update((block.notebook, cell) for cell in block.sections)
            order = [cell for cell in sections if cell in block.sections]
            assert order == list(block.sections), (
                f"{block.what}: not in the notebook's order"
            )
    assert max(cells.values()) == 1
    assert PLANS[key].cells == set(cells)


def test_two_days_have_the_whole_core_and_say_what_the_others_leave_out() -> None:
    core = {
        (name, cell)
        for name in BOOKS
        for cell, (_, line) in told(name).items()
        if line.startswith("Core")
    }
    assert PLANS[guide_content.WHOLE_COURSE].cells == core
    for plan in PLANS.values():
        assert plan.cells <= core
        assert plan.leaves_out
        assert all(what and why for what, why in plan.leaves_out)


def test_every_day_has_breaks_the_law_and_the_order_at_both_ends() -> None:
    for key, plan in PLANS.items():
        blocks = [block for day in plan.days for block in day]
        names = [block.what for block in blocks]
        assert "the order on paper" in names[0].lower(), key
        assert "The order again" in names[-3:], key
        law = [
            block
            for block in blocks
            if block.what == "The law of the countries present"
        ]
        who = "you" if key == "self-study" else "a judge of one of them"
        assert [block.lead for block in law] == [who], key
        for day in plan.days:
            longest = working = 0
            for block in day:
                assert block.pause == (block.what in ("Break", "Lunch"))
                working = 0 if block.pause else working + block.minutes
                longest = max(longest, working)
            assert longest <= 160, key


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "9:00"), ("08:30", "8:30"), ("14", "14:00"), (10, "10:00"), ("9.15", "9:15")],
)
def test_the_day_begins_when_it_is_said(typed: object, first: str) -> None:
    plan = LAB.course.teaching.plan("half a day", typed)
    table = plan.tabulated()
    assert table is not None
    assert table.rows[0][1] == first
    hour, minute = map(int, first.split(":"))
    assert table.rows[1][1] == f"{hour + (minute + 25) // 60}:{(minute + 25) % 60:02}"


def test_a_plan_is_printed_with_the_hour_that_was_typed() -> None:
    plan = LAB.course.teaching.plan("one day", "8:30")
    call = re.search(r"lab\.course\.teaching\.plan\(.*?\)", plan.sentence)
    assert call
    printed = eval(call[0], {"lab": LAB}).html
    assert "8:30 to 16:30" in printed
    assert "<td>8:30</td>" in printed


def test_what_is_left_out_an_hour_late_is_an_hour() -> None:
    """The sheet for when nothing works names sections and parts; their minutes are the plan's."""

    def sections(name: str, *cells: str) -> int:
        return sum(BOOKS[name].sections[cell].minutes for cell in cells)

    def parts(key: str, *names: str) -> int:
        blocks = [block for day in PLANS[key].days for block in day]
        return sum(one.minutes for one in blocks if one.what.startswith(names))

    shorter = 15  # lunch
    one_day = parts("one day", "03 ·", "05 · case B")
    first = sections("01-how-the-internet-works", "s5", "s6") + parts(
        "two days", "Recap"
    )
    first -= parts("two days", "Recap of")
    first += sections("02-the-domain-name-system", "s5", "s6") + shorter
    second = sections("04-blocking-risks", "cases") + shorter
    second += sections("05-a-case-from-start-to-end", "before", "file", "apart")
    for minutes in (one_day, first, second):
        assert 55 <= minutes <= 65
    (day,) = (
        text for text in lines("nothing works") if text.startswith("A day on paper")
    )
    assert "Five hours" in day
    assert sum(map(int, re.findall(r"\((\d+)", day))) == 5 * 60


def lines(key: str) -> list[str]:
    """The titles and lines of a sheet."""
    parts = guide_content.sheets("en")[key].parts
    return [text for part in parts for text in (part.title, *part.lines)]


def test_the_opening_and_the_test_last_as_long_wherever_it_is_said() -> None:
    said = {"five": 5, "eight": 8, "twelve": 12}
    blocks = {
        key: [block for day in plan.days for block in day]
        for key, plan in PLANS.items()
    }
    told = "\n".join(
        [block.do for one in blocks.values() for block in one] + lines("scoring")
    )
    sheet = r"(?:[Tt]he (?:first|second) sheet.*?|sheet B|At the \w+), (\w+) minutes"
    each = re.findall(sheet, told)
    assert len(each) == 9
    (test,) = {said[minutes] for minutes in each}
    parts = re.findall(
        r"(?m)^(?:Say|Introductions): (\w+) minutes", "\n".join(lines("opening"))
    )
    opening = sum(said[minutes] for minutes in parts) + test
    assert {
        blocks[key][0].minutes for key in ("half a day", "one day", "two days")
    } == {opening}


def test_two_days_leave_time_to_talk() -> None:
    """What is read and done at the screen is counted; all else but the breaks is talk."""
    blocks = [block for day in PLANS["two days"].days for block in day]
    screen = breaks = 0
    for block in blocks:
        if block.pause:
            breaks += block.minutes
        elif block.notebook:
            counted = count_minutes.sections(NOTEBOOKS / f"{block.notebook}.ipynb")
            titles = (
                BOOKS[block.notebook].sections[cell].title for cell in block.sections
            )
            screen += sum(counted[title].minutes for title in titles)
    assert (sum(block.minutes for block in blocks), breaks) == (960, 230)
    assert screen <= 450
    assert 730 - screen >= 180


@pytest.mark.parametrize(
    "typed", ["25", "9:60", "nine", "-1", "9:00 pm", None, 9.5, ["9"]]
)
def test_an_hour_that_is_none_gets_a_sentence(typed: object) -> None:
    answer = LAB.course.teaching.plan("two days", typed)
    assert answer.kind is Kind.NOT_ASKED
    assert 'Write it like "9:00"' in answer.sentence


# The sections


def test_every_section_stands_in_the_guide_once_with_the_notebooks_minutes() -> None:
    assert sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")) == list(BOOKS)
    for name, book in BOOKS.items():
        sections = told(name)
        assert list(book.sections) == list(sections), name
        for cell, (title, line) in sections.items():
            minutes = re.search(r"\d+", line)
            assert book.sections[cell].title == title
            assert book.sections[cell].minutes == (int(minutes[0]) if minutes else 0), (
                cell
            )


def test_every_question_is_answered_once_from_the_catalogue() -> None:
    asked = [
        key
        for book in BOOKS.values()
        for one in book.sections.values()
        for key in one.questions
    ]
    assert asked == list(catalogue("en"))
    for book in BOOKS.values():
        text = " ".join(repr(LAB.course.teaching.notebook(book.number)).split())
        for section in book.sections.values():
            for key in section.questions:
                right = next(one for one in catalogue("en")[key].choices if one.right)
                assert right.text in text
                assert right.reply in text


def test_nothing_of_a_question_is_written_a_second_time() -> None:
    folder = ROOT / "data" / "course" / "en" / "guide"
    written = " ".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.toml")
    )
    for question in catalogue("en").values():
        assert question.prompt not in written
        for choice in question.choices:
            assert choice.reply not in written


def test_each_section_says_what_to_do() -> None:
    for book in BOOKS.values():
        assert book.have
        for section in book.sections.values():
            assert section.expect, section.title
            assert section.say, section.title
            assert section.late.strip(), section.title


def test_what_may_go_wrong_says_on_what_it_rests() -> None:
    for name in BOOKS:
        shown = repr(LAB.course.teaching.notebook(name))
        assert says(" ".join(shown.split()), "guide.nobody_taught_course_yet")
        assert says(shown, "guide.all_minutes_estimates_nobody")
        for section in BOOKS[name].sections.values():
            for rest, text in section.expect:
                label = {
                    "cell": "how the cell is made",
                    "belief": "a belief",
                    "seen": "on machines",
                }
                one = re.sub(
                    r"\s+", " ", repr(LAB.course.teaching.notebook(name, section.title))
                )
                assert re.search(re.escape(text) + r" \([^)]*" + label[rest], one), text


def test_no_sentence_claims_that_somebody_tried_it() -> None:
    folder = ROOT / "data" / "course" / "en" / "guide"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.toml")]
    texts += [
        cell.source
        for path in (NOTEBOOKS / "instructor").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
    ]
    claims = r"(?i)\b(in our (class|experience)|we have (seen|taught))\b"
    claims += r"|(?i:\bclasses (have|usually|often)\b)"
    claims += r"|(?i:\b(judges?|lawyers?|participants|class(es)?) (have |has )?(tested|tried))"
    for text in texts:
        assert not re.search(claims, text), re.search(claims, text)


@pytest.mark.parametrize(
    "section", [4, "4", " 4 ", "4 · Why an order takes time", "s4"]
)
def test_a_section_is_found_by_its_number_or_its_title(section: object) -> None:
    for notebook in (
        2,
        "2",
        "02",
        "02-the-domain-name-system",
        "02 · The domain name system",
    ):
        answer = LAB.course.teaching.notebook(notebook, section)
        assert answer.sentence.endswith("4 · Why an order takes time")
        assert "<details open" in answer._repr_html_()


# What a person can type


@pytest.mark.parametrize("typed", TYPED, ids=NAMES)
def test_whatever_is_typed_gets_a_sentence(typed: object) -> None:
    answers = [
        LAB.course.teaching.sheet(typed),
        LAB.course.teaching.plan(typed),
        LAB.course.teaching.plan("two days", typed),
        LAB.course.teaching.papers(typed),
        LAB.course.teaching.notebook(typed),
        LAB.course.teaching.notebook("02", typed),
        LAB.course.teaching.notebook("", typed),
        LAB.course.teaching.test(typed),
        LAB.course.teaching.key(typed),
        LAB.course.teaching.letters(typed),
        LAB.course.teaching.checklist(typed),
        LAB.course.teaching.case_paper(typed),
    ]
    for answer in answers:
        assert isinstance(answer, Result)
        if answer.kind is Kind.NOT_ASKED:
            assert any(
                one in answer.sentence
                for one in (
                    "There are: ",
                    "It has: ",
                    "Write it like",
                    "Take a number",
                    "There is one in: ",
                )
            )
        shown = answer._repr_html_() + repr(answer)
        assert "<b>x</b>" not in answer._repr_html_()
        assert "\u202e" not in shown


def test_each_paper_is_counted_in_each_language() -> None:
    """By `make pages`."""
    for code in languages():
        plans = guide_content.plans(code).values()
        assert all(
            one.pages for plan in plans for one in guide_content.prints(code, plan)
        ), code


def test_without_a_name_all_are_listed() -> None:
    assert list(LENGTHS) == list(PLANS)
    assert all(
        f'"{key}"' in LAB.course.teaching.plan("qqq").sentence for key in LENGTHS
    )
    assert LAB.course.teaching.notebook().table[
        'for lab.course.teaching.notebook("…")'
    ].tolist() == [name[:2] for name in BOOKS]
    calls: set[str] = set()
    for key, plan in PLANS.items():
        table = LAB.course.teaching.papers(key).table
        calls |= set(table["this line writes the file"])
        # tools/count_pages.py has counted each of them.
        assert (table["pages"].astype(int) > 0).all()
        counted = guide_content.counted("en", plan)
        html = paper(f"plan {key}").html
        printed = [
            says(html, f"guide.pages_print_{how}", person=str(counted["person"]))
            for how in ("each", "no_table")
        ]
        assert any(printed)
    for call in calls:
        made = eval(call.removesuffix(".save()"), {"lab": LAB})
        assert isinstance(made, Paper), call
    assert LAB.course.teaching.papers().table.equals(
        LAB.course.teaching.papers("two days").table
    )


def test_a_plan_prints_what_it_uses() -> None:
    calls = {
        key: set(LAB.course.teaching.papers(key).table["this line writes the file"])
        for key in PLANS
    }
    assert not any("case-" in call for call in calls["half a day"])
    assert 'lab.course.teaching.case_paper("wrong-order").save()' in calls["one day"]
    assert 'lab.course.teaching.notebook("05").save()' in calls["two days"]
    assert 'lab.course.teaching.sheet("attendance").save()' not in calls["self-study"]
    for key, plan in PLANS.items():
        for name in BOOKS:
            used = any(notebook == name for notebook, _ in plan.cells)
            assert (
                f'lab.course.teaching.notebook("{name[:2]}").save()' in calls[key]
            ) == used
            assert (
                f"slides/{name}.html" in repr(LAB.course.teaching.plan(key))
            ) == used


def test_it_is_the_same_whatever_network_is_asked() -> None:
    quiet = Lab("en", live=True, quiet=True)
    assert quiet.course.teaching.key(7).table.equals(LAB.course.teaching.key(7).table)
    assert quiet.course.teaching.plan("one day").table.equals(
        LAB.course.teaching.plan("one day").table
    )


# The test, before and after


@cache
def findings(draft: guide_content.TestOrder) -> list[Finding]:
    """What the review finds in a draft, but for its notes."""
    review = LAB.orders.review(draft.text)
    assert isinstance(review, Review)
    return [one for one in review.findings if one.severity is not Severity.NOTE]


def test_drafts_of_a_kind_are_alike() -> None:
    found: dict[str, list[list[str]]] = {}
    for half in guide_content.form("en", FORM).values():
        for draft in half:
            found.setdefault(draft.kind, []).append(
                [one.code for one in findings(draft)]
            )
            assert 60 <= len(draft.text.split()) <= 120
            assert len(draft.alarms) == 2
    assert [len(codes) for codes in found.values()] == [3] * 4
    assert all(codes.count(codes[0]) == 3 for codes in found.values())
    known = {code for codes in found.values() for code in codes[0]}
    assert known == set(guide_content.marking("en"))


def test_both_halves_of_a_form_have_the_same_kinds_and_the_letters_what_is_left() -> (
    None
):
    forms = [guide_content.form("en", number) for number in range(1, 1297)]
    for form in forms:
        halves = [form["a"], form["b"], form["30"] + form["90"]]
        assert len({draft.text for half in halves for draft in half}) == 12
        assert (
            len({tuple(sorted(draft.kind for draft in half)) for half in halves}) == 1
        )
        assert len(form["30"]) == len(form["90"]) == 2
    drawn = {tuple(sorted(draft.text for draft in form["a"])) for form in forms[:81]}
    pairs = {str(form["a"] + form["b"]) for form in forms}
    assert len(pairs) > 0.99 * len(forms)
    assert len(drawn) > 40  # rooms that follow each other seldom have the same sheet


def test_the_key_has_what_the_review_finds_and_the_sheets_have_none_of_it() -> None:
    key, test = paper("key"), paper("test")
    assert isinstance(key, guide.Printed)
    drafts = [
        draft for half in guide_content.form("en", FORM).values() for draft in half
    ]
    solved = [part for part in key.sheet.parts if not part.draws]
    given = " ".join([*test.text.split(), *paper("letters").text.split()])
    for draft, part in zip(drafts, solved, strict=True):
        assert [row[0] for row in part.cells] == list(
            dict.fromkeys(
                found.words(context_of(LAB).say)["title"] for found in findings(draft)
            )
        )
        for alarm in draft.alarms:
            assert any(alarm in line for line in part.lines)
            assert alarm not in given
        assert " ".join(draft.text.split()) in given
        for row in part.cells:
            assert row[0] not in given
            assert row[1] in " ".join(draft.text.split()) or "missing" in row[1]


def test_the_key_is_not_in_what_participants_open() -> None:
    """The pool and the guide are in folders that a desk of the room does not see."""
    guide = ROOT / "data" / "course" / "en" / "guide"
    assert set(FOR_THE_INSTRUCTOR.values()) == {"*/instructor", "course/*/guide"}
    for draft in guide_content.form("en", FORM)["a"]:
        line = draft.text.splitlines()[1]
        holders = [
            path
            for folder in ("data", "notebooks", "labsupport")
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".toml", ".txt", ".ipynb", ".py")
            and path.parent
            != ROOT / "notebooks" / "en" / "instructor"  # no desk sees it either
            and line in path.read_text("utf-8")
        ]
        assert guide / "pool.toml" in holders
        assert {path.parent for path in holders} <= {guide, NOTEBOOKS / "instructor"}


def test_the_test_measures_no_person() -> None:
    words = " ".join([*paper("scoring").text.split(), *paper("test").text.split()])
    assert "no test of persons" in words
    assert "No ranking" in words
    assert "(no name)" in words
    worth = "<td>a doubt of law, or something in neither list</td><td>0; "
    assert worth in paper("scoring").html


def test_anonymous_by_default() -> None:
    """Only attendance, and the certificate, ask for a name."""
    for key, sheet in guide_content.sheets("en").items():
        asked = " ".join(" ".join((*part.lines, *part.columns)) for part in sheet.parts)
        named = re.search(r"(?i)\bname(, as it| of the participant)", asked) is not None
        assert named == (key in ("attendance", "certificate")), key
    blank = next(
        part for part in guide_content.sheets("en")["certificate"].parts if part.blank
    )
    assert "Organiser:" in blank.lines


# The papers


@pytest.mark.parametrize("key", PAPERS)
def test_a_paper_needs_no_other_file_and_is_in_order(key: str) -> None:
    page = Page(paper(key).html)
    assert page.loads == []
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(page.headings))
    assert all(table[0] == "caption" for table in page.tables)
    assert all("th" in table for table in page.tables)
    assert page.heads_without_scope == 0
    assert "TRAINING" in paper(key).html


@pytest.mark.parametrize("key", PAPERS)
def test_a_paper_is_there_in_plain_text_too(key: str) -> None:
    text = paper(key).text
    assert text.startswith("TRAINING")
    for line in text.splitlines():
        assert len(line) <= WIDTH or len(line.split()[-1]) > 40, line
    assert "`" not in text or key.startswith("guide")


@pytest.mark.parametrize("key", PAPERS)
def test_a_paper_is_saved_under_its_own_name(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert paper(key).file in paper(key).save().sentence
    assert [file.name for file in tmp_path.iterdir()] == [paper(key).file]
    paper(key).save("x.txt")
    assert (tmp_path / "x.txt").read_text("utf-8") == paper(key).text


def test_papers_have_names_of_their_own() -> None:
    names = [paper(key).file for key in PAPERS]
    assert len(set(names)) == len(names)


def test_the_printed_plan_has_a_row_for_every_part_and_section() -> None:
    for key, plan in PLANS.items():
        sections = len(plan.cells)
        blocks = sum(map(len, plan.days))
        html = paper(f"plan {key}").html
        # and a head for each day
        assert html.count("<tr") == blocks + sections + len(plan.days)
        assert html.count("<td></td>" * 3) == blocks + sections


def test_the_judge_is_asked_and_told_nothing() -> None:
    sheet = guide_content.sheets("en")["law"]
    for part in guide_content.sheets("en")["standards"].parts:
        for line in part.lines:
            assert re.search(r"\? \(.*(\d{4}|the same).*\)$", line), line
    asked = next(part for part in sheet.parts if part.numbered)
    assert all(line.rstrip().endswith("?") for line in asked.lines)
    assert paper("law").html.count('class="line tall"') == len(asked.lines)
    for plan in PLANS.values():
        for block in (block for day in plan.days for block in day):
            for number in re.findall(
                r"[Qq]uestions? 1 to (\d)", f"{block.do} {block.late}"
            ):
                assert int(number) <= len(asked.lines)


def test_a_card_shows_its_text_as_text() -> None:
    assert coded("a `b` <c>") == "a <code>b</code> &lt;c&gt;"


# Catching up: Run All Above Selected Cell, then the section


@pytest.mark.parametrize(
    "book", sorted(NOTEBOOKS.rglob("*.ipynb")), ids=lambda book: book.stem
)
def test_all_above_can_be_run_again_where_everything_has_run(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a new kernel, all above and then the section is how tests/test_notebooks.py runs it.

    What is left is that cells have run already, in the same folder: the first cell opens a new
    lab, and files that are there are not in the way.
    """
    monkeypatch.delenv("LAB_MODE", raising=False)
    monkeypatch.chdir(tmp_path)
    cells, names = list(cells_of(book)), dict[str, Any]()
    # The badge: found stays found, refused stays refused.
    first, second = (
        [repr(cell.run(names)).partition("]")[0][:16] for cell in cells] for _ in "12"
    )
    assert list(zip(cells, first, strict=True)) == list(zip(cells, second, strict=True))


def test_each_section_says_where_to_click() -> None:
    for name, book in BOOKS.items():
        for number, section in enumerate(book.sections.values()):
            one = re.sub(
                r"\s+", " ", repr(LAB.course.teaching.notebook(name, section.title))
            )
            if number:
                assert says(one, "guide.click_heading_text", title=section.title)
            else:
                assert says(one, "guide.run_first_grey_cell")
            assert section.first in one
