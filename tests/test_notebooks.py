"""Every notebook runs where no packet can leave, and shows exactly what is stored."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from labsupport.kinds import Kind

ROOT = Path(__file__).parent.parent
ENGLISH = ROOT / "notebooks" / "en"
NOTEBOOKS = [*sorted(ENGLISH.glob("*.ipynb")), *sorted((ENGLISH / "instructor").glob("*.ipynb"))]
GUARD = Path(__file__).parent / "guard"
SECONDS = 300

# Cells that only make sense in the lab: they move its clock, change a route, read its log,
# carry an order out.
LAB_ONLY = {
    "00-start-here": {"outside"},
    "01-how-the-internet-works": {
        *("sub-address", "sub-time", "sub-port", "sub-all", "sub-figure", "sub-wrong", "sub-clock"),
        *("networks-figure", "path-mobile", "path-figure", "announce", "announce-visit"),
        *("announce-deployed", "announce-everybody", "visit-log"),
        *("see-http", "see-https", "see-figure", "your-turn"),
    },
    "02-the-domain-name-system": {
        *("wait", "clock-box", "memory-figure", "order-bites", "order-bites-mobile", "order-lifts"),
        *("places", "ask-mobile", "ask-public", "own-asked", "own-log"),
    },
    "03-public-directories": {
        *("evidence-run", "evidence-save-run", "seal-run", "tamper-byte", "tamper-rewrite"),
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


def run_nbval(notebook: Path) -> subprocess.CompletedProcess[str]:
    """Run and compare one notebook, with the guard in the kernel.

    A copy is run, in a folder of its own: lessons write files beside their notebook.
    """
    environment = os.environ | {"PYTHONPATH": str(GUARD)}
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(notebook, folder)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", copy],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def cells(path: Path, kind: str = "code") -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == kind]


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 2
    assert {path.parent.name for path in NOTEBOOKS} == {"en", "instructor"}


def test_it_runs_and_shows_what_is_stored(notebook: Path) -> None:
    run = run_nbval(notebook)
    assert run.returncode == 0, run.stdout[-6000:]
    assert "skipped" not in run.stdout


def test_no_line_is_refused_where_nobody_sees_it(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a cell with several lines only the last shows its answer."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for cell in cells(notebook):
        for line in ast.parse(cell.source).body[:-1]:
            if isinstance(line, ast.Expr):
                answer = eval(ast.unparse(line), names)
                assert getattr(answer, "kind", None) is not Kind.NOT_ASKED, (cell.id, str(answer))
            else:
                exec(ast.unparse(line), names)
        exec(ast.unparse(ast.parse(cell.source).body[-1]), names)


def test_the_guard_reaches_the_kernel(tmp_path: Path) -> None:
    book = nbformat.v4.new_notebook()
    book.cells.append(
        nbformat.v4.new_code_cell(
            'import socket\nsocket.socket(2, 2).sendto(b"x", ("192.0.2.1", 9))',
            execution_count=1,
        )
    )
    path = tmp_path / "leak.ipynb"
    nbformat.write(book, path)
    run = run_nbval(path)
    assert run.returncode != 0
    assert "nothing may leave for 192.0.2.1" in run.stdout


def test_a_changed_answer_is_noticed(tmp_path: Path) -> None:
    """The comparison can fail: it is not made blind by an option."""
    original = next(path for path in NOTEBOOKS if path.stem.startswith("00"))
    book = nbformat.read(original, as_version=4)
    first = next(c for c in book.cells if c.cell_type == "code" and c.outputs)
    first.outputs[0].data["text/plain"] += " and something else"
    path = tmp_path / original.name
    nbformat.write(book, path)
    assert run_nbval(path).returncode != 0


def test_every_code_cell_has_a_stored_run(notebook: Path) -> None:
    for cell in cells(notebook):
        assert cell.execution_count is not None, cell.id
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
            if "image/png" in output.get("data", {}):
                # JupyterLab leaves alternative texts out: the words stand below the picture.
                assert cell.outputs[-1].data["text/plain"] == output.metadata["image/png"]["alt"]
                assert "<table" in cell.outputs[-1].data["text/html"]
                assert output.metadata["image/png"]["alt"], cell.id
                assert output.metadata["image/png"]["alt"] in output.data["text/plain"], cell.id


def test_ideas_are_short(notebook: Path) -> None:
    """A text between two cells to run is at most about 150 words, tables and lists aside."""
    for cell in cells(notebook, "markdown"):
        source = re.sub(r'\]\(#word-\S+(?: "[^"]*")?\)', "]", cell.source)
        prose = [line for line in source.splitlines() if not re.match(r"\s*([|>#-]|\d+\.)", line)]
        assert len(" ".join(prose).split()) <= 190, cell.id


def test_links_between_notebooks_lead_somewhere(notebook: Path) -> None:
    for cell in cells(notebook, "markdown"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", cell.source):
            assert (notebook.parent / target).exists(), f"{cell.id}: {target}"
