"""The editions without a server: what is on their pages, and where they are written."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import metadata
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from said import says

from labsupport.course import originals
from labsupport.course.questions import catalogue
from labsupport.language import Language
from labsupport.run import cli
from labsupport.run.editions import command, making, markup
from labsupport.run.editions.reading import EditionPages, boxes
from labsupport.tree import PAGE, as_html, elements, from_data, looks, words

SAY = Language.load("en")
NOTEBOOKS = originals.read_all("en")
TRAINING = "TRAINING – FICTIONAL"
VOID = {"meta", "link", "img", "br", "wbr", "hr"}
# What a browser fetches by itself.
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
}


@dataclass
class Seen(HTMLParser):
    """A page as it is written: fails where tags do not close in order."""

    open: list[str] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)
    headings: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    alts: list[str | None] = field(default_factory=list)
    no_scope: int = 0
    captions: list[str] = field(default_factory=list)
    language: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if place := found.get("id"):
            self.ids.append(place)
        if tag == "a" and (to := found.get("href")):
            self.links.append(to)
        if tag in LOADED and (source := found.get(LOADED[tag])):
            self.loaded.append(source)
        if tag == "img":
            self.alts.append(found.get("alt"))
        if tag == "svg":
            self.alts.append(found.get("aria-label"))
        if tag == "th" and found.get("scope") not in ("col", "row"):
            self.no_scope += 1
        if tag == "caption":
            self.captions.append("")
        if tag == "html":
            self.language = found.get("lang")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag}/> is not closed in HTML"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if "caption" in self.open:
            self.captions[-1] += data


def seen(page: str) -> Seen:
    found = Seen()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return making.participants(SAY)


@pytest.fixture(scope="module")
def parsed(pages: dict[str, str]) -> dict[str, Seen]:
    return {name: seen(page) for name, page in pages.items()}


def read(names: dict[str, Seen]) -> dict[str, Seen]:
    return {name: page for name, page in names.items() if "/" not in name}


# The pages


def test_every_notebook_has_a_page_slides_and_a_worksheet(
    pages: dict[str, str],
) -> None:
    for notebook in NOTEBOOKS:
        assert f"{notebook.name}.html" in pages
        assert f"slides/{notebook.name}.html" in pages
        assert f"papers/worksheet-{notebook.name}.html" in pages
    for paper in (
        "checklist-en",
        "checklist-es",
        "checklist-pt",
        "worksheet-on-a-measure",
    ):
        assert f"papers/{paper}.html" in pages


def test_the_first_page_leads_to_all_of_it(parsed: dict[str, Seen]) -> None:
    assert set(parsed["index.html"].links) - {"#content"} == parsed.keys()


def test_pages_are_whole_and_have_a_language_and_one_title(
    pages: dict[str, str], parsed: dict[str, Seen]
) -> None:
    for name, page in parsed.items():
        assert pages[name].startswith("<!doctype html>"), name
        assert page.language in ("en", "es", "pt"), name
        assert page.tags["h1"] == 1, name
        assert page.tags["title"] == 1, name
        assert (
            page.tags["main"] == page.tags["header"] + name.startswith("slides/") == 1
        ), name
        assert len(page.ids) == len(set(page.ids)), name
    for name, page in read(parsed).items():
        assert page.tags["footer"] == 1, name
        assert page.tags["nav"] >= 1, name
        assert page.links[0] == "#content", (
            f"{name}: the way past the links comes first"
        )


def test_nothing_is_fetched_and_what_is_read_has_no_script(
    pages: dict[str, str], parsed: dict[str, Seen]
) -> None:
    for name, page in parsed.items():
        assert all(source.startswith("data:") for source in page.loaded), name
        assert not re.search(r"url\(|@import", pages[name]), name
        scripts = 1 if name.startswith("slides/") else 0
        assert page.tags["script"] == scripts, name
        assert not re.search(r"<[^>]+\son\w+=", pages[name]), name
    for name in read(parsed):
        assert "default-src 'none'" in pages[name], (
            f"{name}: the browser is told so as well"
        )


def test_headings_come_in_order(parsed: dict[str, Seen]) -> None:
    for name, page in parsed.items():
        assert page.headings[0] == 1, name
        for before, after in pairwise(page.headings):
            assert after <= before + 1, name


def described(data: dict[str, Any]) -> Iterator[str]:
    """Yield the words of each picture in a stored answer."""
    for one in elements(from_data(data.get(PAGE, ""))):
        if one.tag == "img":
            yield str(one.attributes["alt"])
        if looks(one, "lab-state"):
            yield words(one)


def test_every_picture_is_described_and_its_data_unfold(
    pages: dict[str, str], parsed: dict[str, Seen]
) -> None:
    pictures = sum(
        page.tags["img"] + page.tags["svg"] for page in read(parsed).values()
    )
    stored = [
        alt
        for notebook in NOTEBOOKS
        for cell in notebook.cells
        for output in cell.outputs
        for alt in described(output.get("data", {}))
    ]
    assert pictures == len(stored) > 0
    alts = [alt or "" for page in read(parsed).values() for alt in page.alts]
    text = html.unescape("".join(pages[name] for name in read(parsed)))
    text = re.sub('<span class="lab-whole">([^<]*)</span>', r"\1", text)
    for alt, whole in zip(alts, stored, strict=True):
        # A long one is not heard in one piece: it stands below the picture.
        assert (
            alt == whole if len(whole) <= markup.LONGEST_ALT else "stands below" in alt
        )
        assert f">{whole}</p>" in text
    assert 0 < sum("stands below" in alt for alt in alts) < len(alts)
    for name in read(parsed):
        # What unfolds follows the picture, with a table in it or the words of each state.
        folds = re.findall(r"</figure><details.*?</details>", pages[name], re.DOTALL)
        assert len(folds) == parsed[name].tags["img"] + parsed[name].tags["svg"], name
        assert all("<table" in fold or "lab-states" in fold for fold in folds), name
    assert all(alt for name, page in parsed.items() for alt in page.alts), (
        "on slides too"
    )


def test_every_table_has_a_caption_and_headings_with_a_direction(
    parsed: dict[str, Seen],
) -> None:
    assert sum(page.tags["table"] for page in read(parsed).values()) > 100
    for name, page in parsed.items():
        assert len(page.captions) == page.tags["table"], name
        assert all(caption.strip(" –") for caption in page.captions), name
        assert page.no_scope == 0, name


def test_every_link_leads_somewhere(parsed: dict[str, Seen]) -> None:
    for name, page in parsed.items():
        for link in page.links:
            if link.startswith("https://") and name in read(parsed):
                continue  # of a notebook: nothing is asked for before somebody chooses it
            path, _, place = link.partition("#")
            assert ":" not in path, f"{name}: {link}"
            target = str(PurePosixPath(name).parent / path) if path else name
            assert target in parsed, f"{name}: {link}"
            if place:
                assert place in parsed[target].ids, f"{name}: {link}"


def test_every_reply_to_every_question_is_there_once_and_folded(
    pages: dict[str, str],
) -> None:
    asked = 0
    for notebook in NOTEBOOKS:
        page = pages[f"{notebook.name}.html"]
        for cell in notebook.cells:
            if not cell.question:
                continue
            asked += 1
            question = catalogue("en")[cell.question]
            found = re.search(
                rf'<div class="question" id="{cell.id}">.*?</div>', page, re.DOTALL
            )
            assert found, cell.id
            text = html.unescape(found[0])
            folds = re.findall(
                r"<details><summary>.*?</summary>.*?</details>", text, re.DOTALL
            )
            for letter, choice in question.lettered:
                (fold,) = (
                    one
                    for one in folds
                    if f"<summary>{letter}) {choice.text}</s" in one
                )
                assert fold.count(choice.reply) == text.count(choice.reply) == 1
                assert ("✓" in fold) == choice.right
            outside = re.sub(r"</summary>.*?</details>", "", text, flags=re.DOTALL)
            assert "✓" not in outside
            assert "✗" not in outside
    assert asked > 40


def test_questions_have_the_same_numbers_everywhere(pages: dict[str, str]) -> None:
    for notebook in NOTEBOOKS:
        for folder_and_kind in ("", "slides/", "papers/worksheet-"):
            page = html.unescape(pages[f"{folder_and_kind}{notebook.name}.html"])
            for cell in notebook.cells:
                if number := notebook.questions.get(cell.id):
                    asked = catalogue("en")[cell.question].prompt
                    before = page[: page.index(f'<p class="prompt">{asked}<')]
                    assert before.rstrip().endswith(f">Question {number}</h3>"), cell.id


def test_the_replies_are_printed_at_the_end(pages: dict[str, str]) -> None:
    for notebook in NOTEBOOKS:
        _, _, end = html.unescape(pages[f"{notebook.name}.html"]).partition(
            '"on-paper replies"'
        )
        for cell in notebook.cells:
            if cell.question:
                for choice in catalogue("en")[cell.question].choices:
                    assert end.count(choice.reply) == 1, cell.id


def test_the_page_that_is_open_is_marked_in_the_list(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        if "/" not in name:
            assert re.findall(r'href="([^"]*)" aria-current="page"', page) == [name]


def test_no_sentence_ends_twice(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert not re.search(r"[?!…]\.[< ]", page), name


def test_what_was_stored_is_what_is_read(pages: dict[str, str]) -> None:
    """Each answer's sentence stands on the page, and each line that one would run."""

    def plain(text: str) -> str:
        return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())

    for notebook in NOTEBOOKS:
        page = plain(pages[f"{notebook.name}.html"])
        for cell in notebook.cells:
            if not cell.code or cell.question or cell.form:
                continue
            assert " ".join(cell.text.split()) in page, cell.id
            for output in cell.outputs:
                stored = as_html(from_data(output["data"].get(PAGE, "")))
                # nothing to open
                stored = re.sub(r'<p class="lab-files">.*?</p>', "", stored)
                for part in re.findall(
                    r"<(?:p|td|caption|pre|li)\b[^>]*>(.*?)</", stored, re.S
                ):
                    assert plain(part) in page, cell.id


def test_a_worksheet_holds_the_order_that_is_to_be_marked(
    pages: dict[str, str],
) -> None:
    sheet = markup.soup(pages["papers/worksheet-04-blocking-risks.html"])
    page = markup.soup(pages["04-blocking-risks.html"])
    orders = [letter.get_text() for letter in sheet.select(".lab-letter")]
    assert orders
    assert {*orders} <= {letter.get_text() for letter in page.select(".lab-letter")}


def test_a_form_says_what_one_would_do_with_it(pages: dict[str, str]) -> None:
    """A form without a sentence of its own would read "Here stands a form"."""
    for name, page in pages.items():
        assert not says(page, "form.here_stands_one"), name
    used = {cell.form for notebook in NOTEBOOKS for cell in notebook.cells} - {""}
    assert used == boxes("en").keys()


def test_each_page_says_what_it_is(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        assert any(word in page for word in (TRAINING, "FICTICIO", "FICTÍCIO")), name
        if "/" not in name or name.startswith(("slides/", "papers/worksheet-0")):
            assert f"version {metadata.version('labsupport')}" in page, name
    assert says(pages["index.html"], "editions.what_edition_cannot_do")
    for notebook in NOTEBOOKS:
        assert says(
            html.unescape(" ".join(pages[f"{notebook.name}.html"].split())),
            "reading.nothing_runs_here",
        )


def test_nothing_tells_of_the_machine(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        for place in (Path.cwd(), Path.home(), Path(originals.__file__).parents[3]):
            assert str(place) + "/" not in page, name
        assert "ipynb" not in page, name


def test_the_instructors_notebooks_are_no_participants(pages: dict[str, str]) -> None:
    instructors = originals.read_all("en", instructor=True)
    assert instructors
    assert not {f"{one.name}.html" for one in instructors} & pages.keys()
    made = making.instructors(SAY, "editions")
    assert {f"{one.name}.html" for one in instructors} <= made.keys()
    for name, content in made.items():
        page = seen(content)
        if not name.startswith("papers/case-"):  # see tests/course/test_case_paper.py
            assert all(caption.strip(" –") for caption in page.captions), name
        assert "The replies" not in content, f"{name} asks nothing"
        for link in page.links:
            path = link.partition("#")[0]
            other = path.removeprefix("../editions/")
            assert path in ("", *made) or (other != path and other in pages), (
                f"{name}: {link}"
            )


def test_a_worksheet_has_the_questions_and_no_reply(pages: dict[str, str]) -> None:
    for notebook in NOTEBOOKS:
        sheet = html.unescape(pages[f"papers/worksheet-{notebook.name}.html"])
        asked = [cell.question for cell in notebook.cells if cell.question]
        for key in asked:
            question = catalogue("en")[key]
            assert question.prompt in sheet, key
            for choice in question.choices:
                assert choice.text in sheet, key
                assert choice.reply not in sheet, key
        assert "✓" not in sheet
        assert "What you see" not in sheet, "it tells what comes of a line"
        assert "minutes" in sheet


def test_a_slide_has_no_reply_before_the_next_one(pages: dict[str, str]) -> None:
    for notebook in NOTEBOOKS:
        slides = pages[f"slides/{notebook.name}.html"].split('<div class="slide ')[1:]
        for before, slide in pairwise(slides):
            if slide.startswith("replies"):
                assert before.startswith("question")
                assert "✓" not in before
                assert slide.count("✓") == 1


def test_hidden_lines_are_folded() -> None:
    cell = originals.NotebookCell(
        "secret", True, "# What is behind it\nlab.at()", ("hide-input",)
    )
    notebook = originals.Notebook(
        "09-x", (originals.NotebookCell("t", False, "# X\n\n## One"), cell)
    )
    page = EditionPages(SAY, [notebook]).pages()["09-x.html"]
    found = re.search(r"<details class=\"run\">.*?</details>", page, re.DOTALL)
    assert found
    assert "# What is behind it" in found[0]


def test_what_comes_from_a_notebook_is_escaped() -> None:
    cell = originals.NotebookCell("c", True, 'lab.ask("<script>alert(1)</script>")')
    title = originals.NotebookCell("t", False, "# A <b> title\n\n## One")
    page = EditionPages(SAY, [originals.Notebook("09-x", (title, cell))]).pages()
    assert "<script" not in page["09-x.html"]
    assert "<script" not in page["index.html"]


# The command


@pytest.fixture
def made_before(pages: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command write the pages that are read above: it would make the same ones."""
    monkeypatch.setattr(making, "participants", lambda say: pages)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main(["editions", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.usefixtures("made_before")
def test_the_instructors_pages_are_in_a_folder_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = told(capsys, "--instructor", "--to", str(tmp_path / "here"))
    assert (status, err) == (0, "")
    assert (tmp_path / "here-instructor" / "index.html").is_file()
    for page in (tmp_path / "here-instructor").glob("*.html"):
        for link in seen(page.read_text(encoding="utf-8")).links:
            path = link.partition("#")[0]
            assert not path or (page.parent / path).is_file(), f"{page.name}: {link}"


@pytest.mark.usefixtures("made_before")
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letter.txt").write_text("mine")
    for arguments, sentence in (
        (("--to", str(tmp_path / "file")), "holds something else"),
        (("--to", str(tmp_path / "file" / "below")), "Choose another folder with --to"),
        (("--to", str(tmp_path / "folder")), "holds something else"),
    ):
        status, out, err = told(capsys, *arguments)
        assert status == 1
        assert out == ""
        assert sentence in err
        assert err.count("\n") == 1
    assert (tmp_path / "folder" / "letter.txt").read_text() == "mine"
    assert len(list(tmp_path.rglob("*"))) == 3


# The folder


Made = Callable[[dict[str, str]], tuple[int, str, str]]
FILES = {"index.html": "one", "slides/a.html": "two"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "made" / "here"


@pytest.fixture
def make(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Made:
    """Make an edition of these pages in the place."""

    def made(files: dict[str, str]) -> tuple[int, str, str]:
        monkeypatch.setattr(making, "participants", lambda say: files)
        return told(capsys, "--to", str(place))

    return made


def held(place: Path) -> dict[str, str]:
    files = {
        one.relative_to(place).as_posix(): one
        for one in place.rglob("*")
        if one.is_file()
    }
    return {
        name: one.read_text() for name, one in files.items() if name != command.MARK
    }


def test_an_edition_is_replaced_by_the_next(place: Path, make: Made) -> None:
    assert make(FILES)[0] == 0
    assert held(place) == FILES
    for files in (FILES, {"index.html": "new"}, FILES):
        status, out, err = make(files)
        assert (status, err) == (0, "")
        assert out.endswith(f"Open {place / 'index.html'}.\n")
        assert held(place) == files


@pytest.mark.parametrize("name", ["letter.txt", "slides/letter.txt", "index.html"])
def test_what_is_not_of_an_edition_is_not_lost(
    place: Path, make: Made, name: str
) -> None:
    """A file beside the pages, or a page with somebody's notes."""
    make(FILES)
    (place / name).write_text("mine")
    before = held(place)
    status, out, err = make({"index.html": "new"})
    assert (status, out) == (1, "")
    assert says(err, "command.holds_something_else")
    assert err.count("\n") == 1
    assert held(place) == before


def test_a_mark_is_good_for_its_own_folder_alone(place: Path, make: Made) -> None:
    make(FILES)
    mark = (place / command.MARK).read_bytes()
    for page in place.rglob("*.html"):
        page.unlink()
    for text in (mark, b"", b"\xff"):
        (place / command.MARK).write_bytes(text)
        (place / "letter.txt").write_text("mine")
        assert make(FILES)[0] == 1
        assert held(place) == {"letter.txt": "mine"}


def test_nothing_is_written_where_the_instructors_folder_cannot_be_used(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = place.with_name("here-instructor")
    others.mkdir(parents=True)
    (others / "letter.txt").write_text("mine")
    status, out, err = told(capsys, "--instructor", "--to", str(place))
    assert (status, out) == (1, "")
    assert says(err, "command.holds_something_else", path=others)
    assert not place.exists()
