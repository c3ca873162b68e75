"""Every notebook runs where no packet can leave, and shows exactly what is stored."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from labsupport.language import Language, languages
from labsupport.run import home
from labsupport.tree import PAGE, as_html, from_data

ROOT = Path(__file__).parent.parent
FOLDERS = [ROOT / "notebooks" / code for code in languages()]
NOTEBOOKS = [path for folder in FOLDERS for path in sorted(folder.rglob("*.ipynb"))]
GUARD = Path(__file__).parent / "guard"
SECONDS = 300

# Cells that only make sense in the lab: they move its clock, change a route, read its log,
# carry an order out.
LAB_ONLY = {
    "00-start-here": {"outside"},
    "01-how-the-internet-works": {
        *("sub-address", "sub-time", "sub-port", "sub-all", "sub-wrong", "sub-clock"),
        *("networks-figure", "path-mobile", "announce", "announce-visit"),
        *("announce-deployed", "announce-everybody", "visit-log"),
        *("see-http", "see-https", "see-figure", "your-turn"),
    },
    "02-the-domain-name-system": {
        *(
            "wait",
            "clock-box",
            "memory-figure",
            "order-bites",
            "order-bites-mobile",
            "order-lifts",
        ),
        *("places", "ask-mobile", "ask-public", "own-asked", "own-log"),
    },
    "03-public-directories": {
        *(
            "evidence-run",
            "evidence-save-run",
            "seal-run",
            "tamper-byte",
            "tamper-rewrite",
        ),
        *("verify-rewrite-sealed", "verify-sealed", "report-run", "draft-save-run"),
    },
    "04-blocking-risks": {
        *("phish-open", "hold-run", "hold-warm", "measure-hold", "measure-resolver"),
        *("measure-address", "measure-host"),
        *("platform-hold", "time-hold", "time-resolver"),
    },
    "05-a-case-from-start-to-end": {
        *("apart-isla", "apart-abandonado", "lines-keep"),
    },
    "1-before-the-course": {"record-try"},
}
TAGS = {"lab-only", "hide-input"}


def run_nbval(folder: Path, *notebooks: Path) -> subprocess.CompletedProcess[str]:
    """Run and compare notebooks, each in a kernel of its own with the guard in it.

    Copies are run, each in a folder of its own: lessons write files beside their notebook.
    """
    copies = [folder / path.stem / path.name for path in notebooks]
    for path, copy in zip(notebooks, copies, strict=True):
        copy.parent.mkdir()
        shutil.copy(path, copy)
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--nbval",
            "-q",
            "-p",
            "no:cacheprovider",
            *copies,
        ],
        env=os.environ | {"PYTHONPATH": str(GUARD)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS * len(notebooks),
        check=False,
    )


@pytest.fixture(
    params=NOTEBOOKS, ids=lambda path: str(path.relative_to(ROOT / "notebooks"))
)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def cells(path: Path, kind: str = "code") -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def test_there_are_notebooks() -> None:
    assert "en" in {folder.name for folder in FOLDERS}
    for folder in FOLDERS:
        kept = {
            path.parent.relative_to(folder)
            for path in NOTEBOOKS
            if folder in path.parents
        }
        assert kept == {Path(), Path("instructor")}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_they_run_and_show_what_is_stored(tmp_path: Path, folder: Path) -> None:
    notebooks = [path for path in NOTEBOOKS if folder in path.parents]
    run = run_nbval(tmp_path, *notebooks)
    assert run.returncode == 0, run.stdout[-6000:]
    count = sum(len(cells(path)) for path in notebooks)
    assert re.search(rf"(?m)^{count} passed in ", run.stdout), run.stdout[-6000:]


def test_what_leaves_and_what_has_changed_is_noticed(tmp_path: Path) -> None:
    """The guard reaches the kernel, and the comparison is not made blind by an option."""
    leak = nbformat.v4.new_notebook()
    source = 'import socket\nsocket.socket(2, 2).sendto(b"x", ("192.0.2.1", 9))'
    leak.cells.append(nbformat.v4.new_code_cell(source, execution_count=1))
    changed = nbformat.read(NOTEBOOKS[0], as_version=4)
    first = next(c for c in changed.cells if c.cell_type == "code" and c.outputs)
    first.outputs[0].data["text/plain"] += " and something else"
    books = [tmp_path / "leak.ipynb", tmp_path / "changed.ipynb"]
    for book, path in zip((leak, changed), books, strict=True):
        nbformat.write(book, path)
    run = run_nbval(tmp_path, *books)
    failed = re.findall(r"(?m)^FAILED (\w+)/", run.stdout)
    assert failed == ["leak", "changed"], run.stdout[-6000:]
    assert "nothing may leave for 192.0.2.1" in run.stdout


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_first_page_tells_of_the_notebooks_as_they_are(folder: Path) -> None:
    page = home.home(Language.load(folder.name))
    assert (folder / home.FILE).read_bytes() == page, "run: make notebooks"


def test_what_is_stored_has_no_error_and_does_not_count_as_run(notebook: Path) -> None:
    for cell in cells(notebook):
        assert cell.execution_count == 0, cell.id
        for output in cell.outputs:
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", cell.id


def test_cells_in_front_of_a_learner_are_short(notebook: Path) -> None:
    for cell in cells(notebook):
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert bool(hidden) == ("hide-input" in cell.metadata.get("tags", [])), cell.id
        assert len(lines) <= (10 if hidden else 3), cell.id
        if hidden:
            assert lines[0].startswith("# "), cell.id


def test_tags_are_the_declared_ones(notebook: Path) -> None:
    tagged = set()
    for cell in cells(notebook) + cells(notebook, "markdown"):
        tags = set(cell.metadata.get("tags", []))
        assert tags <= TAGS, cell.id
        if "lab-only" in tags:
            tagged.add(cell.id)
    assert tagged == LAB_ONLY.get(notebook.stem, set())


def test_headings_are_in_order(notebook: Path) -> None:
    text = "\n\n".join(cell.source for cell in cells(notebook, "markdown"))
    levels = [len(mark) for mark in re.findall(r"(?m)^(#+) ", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_pictures_carry_a_description(notebook: Path) -> None:
    for cell in cells(notebook):
        for output in cell.outputs:
            data = output.get("data", {})
            page = BeautifulSoup(as_html(from_data(data.get(PAGE, ""))), "html.parser")
            for picture in page.select("img, svg"):
                # JupyterLab leaves alternative texts out: the words stand beside the picture.
                beside = page.select_one(".lab-state, img + .lab-same p").text
                assert beside, cell.id
                assert picture.get("alt", "") in beside, cell.id
                assert page.select_one(".lab-same :is(table, .lab-states)"), cell.id
                assert html.escape(beside) in data["text/html"], cell.id


def test_ideas_are_short(notebook: Path) -> None:
    """A text between two cells to run is at most about 150 words, tables and lists aside.

    Spanish and Portuguese take about a fifth more.
    """
    most = 190 if "en" in notebook.parts else 230
    for cell in cells(notebook, "markdown"):
        source = re.sub(r'\]\(#word-\S+(?: "[^"]*")?\)', "]", cell.source)
        prose = [
            line
            for line in source.splitlines()
            if not re.match(r"\s*([|>#-]|\d+\.)", line)
        ]
        assert len(" ".join(prose).split()) <= most, cell.id


def test_links_between_notebooks_lead_somewhere(notebook: Path) -> None:
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", cell.source):
            assert (notebook.parent / target).exists(), f"{cell.id}: {target}"


def test_links_to_a_notebook_say_how_its_title_begins(notebook: Path) -> None:
    for cell in cells(notebook, "markdown"):
        for said, target in re.findall(r"\[(\d\d · [^\]]+)\]\(([^)]+)\)", cell.source):
            title = cells(notebook.parent / target, "markdown")[0].source.partition(
                "\n"
            )[0]
            assert f"{target[:2]} · {title.removeprefix('# ')}".startswith(said), (
                cell.id
            )
