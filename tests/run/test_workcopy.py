"""The learner's copy: what is handed out, renewed and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from said import says

from labsupport.course.work import handed_out
from labsupport.language import Language
from labsupport.run.workcopy import WorkCopyError, update

SAY = Language.load("en")


def notebook(text: str, *, run: bool = False) -> bytes:
    """Return an .ipynb file with one cell, as an original is stored when it was `run`."""
    output = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
    cell = {
        "cell_type": "code",
        "id": "first",
        "metadata": {},
        "source": [text],
        "execution_count": 1 if run else None,
        "outputs": [output] if run else [],
    }
    widgets = {"widgets": {"state": {}}} if run else {}
    content = {"cells": [cell], "metadata": widgets, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    folder = tmp_path / "originals"
    (folder / "pictures").mkdir(parents=True)
    (folder / "00-start-here.ipynb").write_bytes(notebook("version 1", run=True))
    (folder / "pictures" / "map.svg").write_text("<svg/>")
    (folder / "__init__.py").touch()
    (folder / ".ipynb_checkpoints").mkdir()
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "my-course"


def visible_files(folder: Path) -> set[str]:
    files = (file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
    return {file.as_posix() for file in files if not file.parts[0].startswith(".")}


def text(file: Path) -> str:
    """Return the source of a notebook's cells, one below the other."""
    cells = json.loads(file.read_bytes())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_a_copy_has_no_outputs_and_the_originals_keep_theirs(
    originals: Path, copy: Path
) -> None:
    before = {
        file: file.read_bytes() for file in originals.rglob("*") if file.is_file()
    }
    assert update(originals, copy, SAY) == []
    assert visible_files(copy) == {"00-start-here.ipynb", "pictures/map.svg"}
    content = json.loads((copy / "00-start-here.ipynb").read_bytes())
    assert content["cells"][0]["outputs"] == []
    assert content["cells"][0]["execution_count"] is None
    assert content["cells"][0]["id"] == "first"
    assert "widgets" not in content["metadata"]
    assert {file: file.read_bytes() for file in before} == before


def test_the_instructors_guide_is_handed_out_only_when_asked_for(
    originals: Path, copy: Path
) -> None:
    (originals / "instructor").mkdir()
    (originals / "instructor" / "guide.ipynb").write_bytes(
        notebook("answers", run=True)
    )
    # A notebook whose name only begins like the folder is for everybody.
    (originals / "instructors-of-the-lab.ipynb").write_bytes(notebook("for all"))
    learners = {
        "00-start-here.ipynb",
        "pictures/map.svg",
        "instructors-of-the-lab.ipynb",
    }
    update(originals, copy, SAY)
    assert visible_files(copy) == learners
    update(originals, copy, SAY, instructor=True)
    assert visible_files(copy) == learners | {"instructor/guide.ipynb"}
    mine = copy / "instructor" / "guide.ipynb"
    mine.write_bytes(notebook("my notes"))
    assert update(originals, copy, SAY) == [], "whoever has it keeps it"
    assert text(mine) == "my notes"


def test_starting_again_touches_nothing_of_the_learner(
    originals: Path, copy: Path
) -> None:
    update(originals, copy, SAY)
    (copy / "00-start-here.ipynb").write_bytes(notebook("version 1", run=True))
    (copy / "notes.txt").write_text("mine")
    before = {name: (copy / name).read_bytes() for name in visible_files(copy)}
    assert update(originals, copy, SAY) == []
    assert {name: (copy / name).read_bytes() for name in visible_files(copy)} == before


def test_an_untouched_copy_is_renewed(originals: Path, copy: Path) -> None:
    update(originals, copy, SAY)
    (originals / "00-start-here.ipynb").write_bytes(notebook("version 2"))
    assert update(originals, copy, SAY) == []
    assert visible_files(copy) == {"00-start-here.ipynb", "pictures/map.svg"}
    assert text(copy / "00-start-here.ipynb") == "version 2"


def test_what_was_done_is_taken_along_into_a_new_version(
    originals: Path, copy: Path
) -> None:
    original, mine = originals / "00-start-here.ipynb", copy / "00-start-here.ipynb"

    def lines(*sources: str, run: bool = False) -> bytes:
        whole = json.loads(notebook("", run=run))
        whole["cells"] = [
            {**whole["cells"][0], "id": one[0], "source": one} for one in sources
        ]
        return json.dumps(whole).encode()

    original.write_bytes(
        lines("a: run me", "b: change me", "c: gone soon", "d: both change me")
    )
    update(originals, copy, SAY)
    mine.write_bytes(
        lines(
            "a: run me", "b: changed", "x: my own", "c: gone soon", "d: mine", run=True
        )
    )
    original.write_bytes(
        lines("d: the course's", "n: new", "a: run me", "b: change me")
    )
    assert update(originals, copy, SAY) == []
    assert (
        text(mine)
        == "d: the course's\nd: mine\nn: new\na: run me\nb: changed\nx: my own"
    )
    run = [cell["execution_count"] for cell in json.loads(mine.read_bytes())["cells"]]
    assert run == [None, 1, None, 1, 1, 1]
    assert visible_files(copy) == {"00-start-here.ipynb", "pictures/map.svg"}
    before = mine.read_bytes()
    assert update(originals, copy, SAY) == []
    assert mine.read_bytes() == before


@pytest.mark.parametrize(
    "mine", [b"", b"{", b"[]", b'{"cells": 7}', b'{"cells": [{}]}']
)
def test_a_copy_that_is_no_notebook_stays_and_the_new_version_is_put_beside(
    originals: Path, copy: Path, mine: bytes
) -> None:
    update(originals, copy, SAY)
    (copy / "00-start-here.ipynb").write_bytes(mine)
    for version in ("version 2", "version 3"):
        (originals / "00-start-here.ipynb").write_bytes(notebook(version))
        (kept,) = update(originals, copy, SAY)
        assert kept == ("00-start-here.ipynb", "00-start-here (new version).ipynb")
        assert (copy / kept[0]).read_bytes() == mine
        assert text(copy / kept[1]) == version
    assert update(originals, copy, SAY) == [], "it is said once"


def test_a_lost_record_loses_no_work(originals: Path, copy: Path) -> None:
    update(originals, copy, SAY)
    (copy / "00-start-here.ipynb").write_bytes(notebook("my answer"))
    (copy / ".course" / "handed-out" / "00-start-here.ipynb").unlink()
    for _ in range(2):
        assert update(originals, copy, SAY) == []
        assert text(copy / "00-start-here.ipynb") == "version 1\nmy answer"


def test_a_deleted_copy_comes_back(originals: Path, copy: Path) -> None:
    update(originals, copy, SAY)
    (copy / "00-start-here.ipynb").unlink()
    assert update(originals, copy, SAY) == []
    assert text(copy / "00-start-here.ipynb") == "version 1"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("learner writes"), st.integers(0, 2), st.integers(0, 9)),
        st.tuples(st.just("course changes"), st.just(0), st.integers(0, 9)),
        st.tuples(st.just("record is lost"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_order_of_events_loses_what_a_learner_wrote(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("events")
    originals, copy = folder / "originals", folder / "copy"
    originals.mkdir()
    original, mine = originals / "n.ipynb", copy / "n.ipynb"
    original.write_bytes(notebook("course 0"))
    update(originals, copy, SAY)
    for action, which, number in steps:
        newest = text(original)
        if action == "learner writes":
            content = json.loads(mine.read_bytes())
            cells = content["cells"]
            cells[which % len(cells)]["source"] = f"learner {number}"
            mine.write_bytes(json.dumps(content).encode())
        elif action == "course changes":
            original.write_bytes(notebook(f"course {number}"))
        else:
            (copy / ".course" / "handed-out" / "n.ipynb").unlink()
        written = {
            line for line in text(mine).split("\n") if line.startswith("learner")
        }
        assert update(originals, copy, SAY) == []
        assert written <= set(text(mine).split("\n"))
        if text(original) != newest:
            assert text(original) in text(mine).split("\n")


def test_the_originals_are_no_place_for_a_copy(originals: Path) -> None:
    with pytest.raises(WorkCopyError, match="Choose another folder"):
        update(originals, originals / "deeper", SAY)


def test_a_file_in_the_way_is_said_in_a_sentence(originals: Path, copy: Path) -> None:
    copy.write_text("a file")
    with pytest.raises(WorkCopyError) as raised:
        update(originals, copy, SAY)
    assert says(str(raised.value), "workcopy.folder_not_written", folder=copy)


def test_handed_out_changes_nothing_else() -> None:
    original = json.loads(notebook("say('ñ')", run=True))
    stripped = json.loads(handed_out(notebook("say('ñ')", run=True)))
    assert stripped["cells"][0]["source"] == original["cells"][0]["source"]
    assert stripped["nbformat_minor"] == original["nbformat_minor"]
    assert handed_out(handed_out(notebook("x", run=True))) == handed_out(
        notebook("x", run=True)
    )
