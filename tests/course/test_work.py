"""Work that travels: what comes from a file is trusted in nothing, and nothing here is lost."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.course import work
from labsupport.language import Language
from labsupport.run import cli
from labsupport.run.workcopy import WorkCopyError, hand_out, take_up
from labsupport.visible import visible

SAY = Language.load("en")
FIRST = "00-start-here.ipynb"
Book = dict[str, Any]


def original() -> Book:
    file = Path(__file__).parents[2] / "notebooks" / "en" / FIRST
    book: Book = json.loads(work.handed_out(file.read_bytes()))
    return book


def written(*files: tuple[str, object], **about: object) -> str:
    entries = [
        {
            "path": path,
            "format": "json" if path.endswith(".ipynb") else "text",
            "content": content,
        }
        for path, content in files
    ]
    return json.dumps({"kind": work.KIND, "files": entries, **about})


def only(text: str, here: dict[str, bytes | None]) -> work.Change:
    (change,) = work.offered(work.read(text), here)
    return change


def sources(notebook: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"]]


def test_the_courses_own_text_is_never_replaced() -> None:
    here, foreign = json.dumps(original()).encode(), original()
    for cell in foreign["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = "# Another course"
    # Whoever writes the file may claim that it was handed out so.
    lines = foreign["metadata"]["labsupport"]["handed_out"]["lines"]
    for claimed in (lines, dict.fromkeys(lines, ""), {}):
        foreign["metadata"]["labsupport"]["handed_out"]["lines"] = claimed
        change = only(written((FIRST, foreign)), {FIRST: here})
        assert change.kind == "taken in"
        texts = iter(sources(change.content))
        assert all(text in texts for text in sources(here)), "each stands, in its order"
    assert json.loads(change.content)["metadata"] == original()["metadata"]


def test_what_was_written_and_run_is_taken_along_once() -> None:
    here, mine = json.dumps(original()).encode(), original()
    first, second = [cell for cell in mine["cells"] if cell["cell_type"] == "code"][:2]
    first["source"] = "lab.ask('www.isla.example')"
    second["execution_count"] = 7
    text = written((FIRST, mine))
    change = only(text, {FIRST: here})
    assert (change.kind, change.to, change.count) == ("taken in", FIRST, 2)
    cells = {cell["id"]: cell for cell in json.loads(change.content)["cells"]}
    assert cells[first["id"]]["source"] == first["source"]
    assert cells[second["id"]]["execution_count"] == 7
    assert only(text, {FIRST: change.content}).kind == "same"


def test_of_two_people_who_changed_a_line_both_lines_stand() -> None:
    mine, theirs = original(), original()
    at = next(
        at for at, cell in enumerate(mine["cells"]) if cell["cell_type"] == "code"
    )
    mine["cells"][at]["source"], theirs["cells"][at]["source"] = "mine", "theirs"
    text, here = written((FIRST, theirs)), json.dumps(mine).encode()
    change = only(text, {FIRST: here})
    assert {"mine", "theirs"} < set(sources(change.content))
    assert only(text, {FIRST: change.content}).kind == "same"


def test_whoever_ran_a_line_did_not_run_the_one_that_takes_its_place() -> None:
    mine, theirs = original(), original()
    at = next(
        at for at, cell in enumerate(mine["cells"]) if cell["cell_type"] == "code"
    )
    mine["cells"][at]["metadata"]["trusted"] = True
    html = {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/html": "<script>"},
    }
    theirs["cells"][at] |= {"source": "theirs", "outputs": [html]}
    change = only(written((FIRST, theirs)), {FIRST: json.dumps(mine).encode()})
    cell = json.loads(change.content)["cells"][at]
    assert cell["source"] == "theirs"
    assert "trusted" not in cell["metadata"]


def test_two_records_that_were_taken_home_both_stay() -> None:
    """The second window of one browser writes "(2)": the first may not become that name."""
    mine = {"evidence.jsonl": b"mine"}
    theirs = written(("evidence.jsonl", "first"), ("evidence (2).jsonl", "second"))
    here: dict[str, bytes | None] = dict(mine)
    for change in work.offered(work.read(theirs), here):
        here[change.to] = change.content
    assert sorted(one for one in here.values() if one) == [b"first", b"mine", b"second"]


def test_a_name_that_a_system_takes_for_another_is_not_free() -> None:
    one, two = (unicodedata.normalize(form, "señal.txt") for form in ("NFC", "NFD"))
    assert one != two
    assert only(written((two, "theirs")), {one: None}).kind == "beside"


def test_no_other_file_is_replaced() -> None:
    here: dict[str, bytes | None] = {
        "evidence.jsonl": b"mine",
        "Evidence (2).jsonl": None,
    }
    change = only(written(("evidence.jsonl", "theirs")), here)
    assert (change.kind, change.to, change.content) == (
        "beside",
        "evidence (3).jsonl",
        b"theirs",
    )
    assert only(written(("evidence.jsonl", "mine")), here).kind == "same"
    assert only(written(("es/evidence.jsonl", "theirs")), here).kind == "added"


def test_answers_are_counted_before_they_are_replaced() -> None:
    mine = json.dumps({"answers": {"a": "a", "b": "b"}, "last": FIRST}).encode()
    theirs = json.dumps({"answers": {"b": "c", "c": "c", "d": 7}, "last": "elsewhere"})
    change = only(written((work.PROGRESS, theirs)), {work.PROGRESS: mine})
    assert (change.kind, change.count, change.replaced) == ("answers", 1, 1)
    assert json.loads(change.content) == {
        "answers": {"a": "a", "b": "c", "c": "c"},
        "last": FIRST,
    }


@pytest.mark.parametrize(
    "path",
    [
        *("pandas.py", "es/json.so", "a.pth", "jupyter_server_config.json"),
        *(
            "es/jupyter_x.d/a.json",
            "JUPYTE~1.D/a.json",
            "COURSE~1/a.txt",
            "home.course",
        ),
        *("50%.txt", "a:b.txt", "es /a.txt", "HOME.COURSE", "a/" * 200 + "a.txt"),
        *("a\x9b31m.txt", "\ud800.txt", "a.py\nb.txt: is added."),
    ],
)
def test_what_would_change_a_program_is_left_out_and_said(path: str) -> None:
    found = work.read(written((path, "1"), ("mine.txt", "1")))
    assert (list(found.files), found.left_out) == (["mine.txt"], [path])
    told = work.about(found, [], SAY)[-1]
    shown = visible(" ".join(path.split()))[: work.MOST_SHOWN]
    assert told == SAY("work.left_out", path=shown)
    assert "\n" not in told


@pytest.mark.parametrize(
    "path",
    [
        "../a.txt",
        "/a.txt",
        ".course/a",
        "es/.a",
        "a//b",
        "a/",
        "",
        "es\\a",
        "C:a",
        "%2e/a",
        "a\n/b",
    ],
)
def test_a_way_out_of_the_course_is_not_taken(path: str) -> None:
    for name in (path, f"{path}.txt"):
        found = work.read(written((name, "1"), ("mine.txt", "1")))
        assert list(found.files) == ["mine.txt"], name


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "a"}
SHOWN = {
    "output_type": "execute_result",
    "data": {"text/plain": "a"},
    "execution_count": 1,
}
ERROR = {"output_type": "error", "ename": "a", "evalue": "a", "traceback": ["a"]}


@pytest.mark.parametrize(
    "output",
    [
        *(OUTPUT, SHOWN, ERROR, {**SHOWN, "output_type": "display_data"}),
        *({**OUTPUT, "text": 7}, {**OUTPUT, "text": None}, {**OUTPUT, "name": 7}),
        *(
            {"output_type": "stream"},
            {"output_type": "error"},
            {"output_type": "display_data"},
        ),
        *(
            {**ERROR, "traceback": 7},
            {**ERROR, "traceback": [7]},
            {**ERROR, "evalue": {}},
        ),
        *(
            {**SHOWN, "data": {"text/html": 7}},
            {**SHOWN, "data": 7},
            {**SHOWN, "data": None},
        ),
        *(
            {**SHOWN, "execution_count": one}
            for one in (1e999, 1.5, "1", True, -1, None)
        ),
        {**SHOWN, "data": {"application/vnd.labsupport.page+json": [1e999]}},
        {
            **SHOWN,
            "data": {
                "text/plain": {"a": 1},
                "application/vnd.labsupport.home+json": {},
            },
        },
    ],
)
def test_what_is_taken_can_be_opened_again(output: Book) -> None:
    """A program refuses a whole notebook for one output, with all that somebody wrote in it."""
    theirs = original()
    at = next(
        at for at, cell in enumerate(theirs["cells"]) if cell["cell_type"] == "code"
    )
    theirs["cells"][at] |= {"execution_count": 1, "outputs": [output]}
    text = written((FIRST, theirs)).replace("Infinity", "1e999")
    try:
        change = only(text, {FIRST: json.dumps(original()).encode()})
    except work.NoWorkError:
        assert output not in (OUTPUT, SHOWN, ERROR)
        return
    content = json.loads(change.content, parse_constant=pytest.fail)
    nbformat.validate(content)
    assert "home+json" not in json.dumps(content)


def test_a_cell_of_a_file_has_an_id_that_can_be_opened() -> None:
    book = original()
    for cell, id in zip(book["cells"], (7, None, [], "a b", "a", "a"), strict=False):
        cell["id"] = id
    nbformat.validate(json.loads(work.read(written((FIRST, book))).files[FIRST]))


def test_a_picture_that_somebody_pasted_into_a_text_is_taken_along() -> None:
    book = original()
    picture = {"image/png": "iVBORw0=", "image/svg+xml": "<svg/>"}
    own = {
        "id": "own",
        "cell_type": "markdown",
        "metadata": {},
        "source": "![](attachment:a)",
    }
    book["cells"].append(own | {"attachments": {"a": picture}})
    change = only(written((FIRST, book)), {FIRST: json.dumps(original()).encode()})
    taken = json.loads(change.content)
    nbformat.validate(taken)
    assert taken["cells"][-1]["attachments"] == {"a": {"image/png": "iVBORw0="}}


def test_a_file_of_very_many_files_is_no_work() -> None:
    names = [(f"{number}.txt", "") for number in range(work.MOST_FILES + 1)]
    assert len(work.read(written(*names[1:])).files) == work.MOST_FILES
    with pytest.raises(work.NoWorkError):
        work.read(written(*names))


def _objects(of: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    keys = st.sampled_from(
        ["cells", "metadata", "source", "kind", "outputs", "id", "cell_type"]
    )
    return st.dictionaries(keys, of)


def test_what_is_not_whole_is_no_work() -> None:
    good = {"path": "a.txt", "format": "text", "content": "a"}
    bad: list[dict[str, Any]] = [{**good, "path": path} for path in (7, None)]
    bad += [
        {**good, "content": 7},
        {**good, "format": "json"},
        {**good, "content": None},
        {},
    ]
    bad += [
        {**good, "format": "base64", "content": "?"},
        {**good, "path": work.PROGRESS},
    ]
    for content in (
        7,
        "{}",
        {},
        {"cells": [7], "metadata": {}},
        {"cells": 7, "metadata": {}},
    ):
        bad.append({"path": "a.ipynb", "format": "json", "content": content})
    output = {"cell_type": "code", "metadata": {}, "source": "", "outputs": 7}
    for cell in (output, {**output, "cell_type": "script"}, {"cell_type": "raw"}):
        book = {"cells": [cell], "metadata": {}}
        bad.append({"path": "a.ipynb", "format": "json", "content": book})
    whole = json.dumps({"kind": work.KIND, "files": [good]})
    broken = [
        "",
        "a",
        "{}",
        "null",
        "[" * 100_000,
        whole[:-9],
        whole.replace("work", "play"),
    ]
    broken += [json.dumps({"kind": work.KIND, "files": [good, one]}) for one in bad]
    for text in broken:
        with pytest.raises(work.NoWorkError):
            work.read(text)
    assert work.read(whole).files == {"a.txt": b"a"}


ANY = st.recursive(
    st.none() | st.integers() | st.text(), lambda one: st.lists(one) | _objects(one)
)


@given(ANY)
def test_any_json_is_read_or_refused(content: object) -> None:
    for text in (
        json.dumps(content),
        written(("a.ipynb", content), ("b.txt", content)),
    ):
        try:
            work.read(text)
        except work.NoWorkError:
            continue


ODD = {
    "no metadata": lambda book: book.pop("metadata"),
    "metadata as a list": lambda book: book.update(metadata=[]),
    "no cells": lambda book: book.pop("cells"),
    "cells without ids": lambda book: [cell.pop("id") for cell in book["cells"]],
    "a lone surrogate": lambda book: book["cells"][0].update(source="\ud800"),
}


@pytest.mark.parametrize("name", [*ODD, "100,000 brackets", "nothing"])
def test_an_odd_notebook_does_not_stop_the_course(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "my-course"
    hand_out(folder, SAY)
    odd = original()
    change: Callable[[Book], object] = ODD.get(name, lambda book: None)
    change(odd)
    content = {"100,000 brackets": b"[" * 100_000, "nothing": b""}
    mine = content.get(name) or json.dumps(odd).encode() * (name != "nothing")
    (folder / FIRST).write_bytes(mine)
    (folder / ".course" / "handed-out" / FIRST).write_bytes(b"of an earlier edition")
    besides = hand_out(folder, SAY)
    assert besides == [(FIRST, "00-start-here (new version).ipynb")]
    assert (folder / FIRST).read_bytes() == mine
    assert hand_out(folder, SAY) == []


def test_random_notebooks_lose_nothing_that_somebody_wrote() -> None:
    """With lines moved, changed on either side or on both, gone, added."""
    dice = random.Random(41)

    def book(ids: str) -> Book:
        cells = [
            {
                "id": f"cell-{id}",
                "cell_type": dice.choice(["code", "markdown"]),
                "metadata": {},
                "source": dice.choice(["1", "2", ["1", "2"], ""]),
            }
            for id in dice.sample(ids, dice.randrange(len(ids)))
        ]
        return {"cells": cells, "metadata": {}}

    for _ in range(2000):
        mine, given_, new = book("abcdefxy"), book("abcdef"), book("abcdef")
        handed = {cell["id"]: "".join(cell["source"]) for cell in given_["cells"]}
        texts = [json.dumps(one).encode() for one in (mine, new, given_)]
        taken = work.taken_along(*texts)
        assert taken
        for cell in mine["cells"]:
            text = "".join(cell["source"])
            assert text in sources(taken) or text == handed.get(cell["id"])
        assert {cell["id"] for cell in new["cells"]} <= {
            cell["id"] for cell in json.loads(taken)["cells"]
        }


def test_work_of_another_place_is_taken_up_on_a_computer(tmp_path: Path) -> None:
    folder, file = tmp_path / "my-course", tmp_path / "course-work.json"
    hand_out(folder, SAY)
    mine = original()
    mine["cells"].append(
        {"id": "own", "cell_type": "code", "metadata": {}, "source": "mine"}
    )
    text = written((FIRST, mine), ("es/a.txt", "1"), made="2026-12-01", edition="0.0.9")
    file.write_text(text)
    before = (folder / FIRST).read_bytes()
    asked: list[str] = []

    def refuse(told: Any) -> bool:
        asked.extend(told)
        return False

    assert take_up(folder, file, SAY, refuse) == SAY("work.left")
    assert (folder / FIRST).read_bytes() == before
    assert "0.0.9" in asked[0]
    assert len(asked) == 3
    done = take_up(folder, file, SAY, lambda told: True)
    assert done == SAY("work.taken_up", names=f"{FIRST}, es/a.txt")
    assert sources((folder / FIRST).read_bytes())[-1] == "mine"
    assert (folder / "es" / "a.txt").read_text() == "1"
    assert take_up(folder, file, SAY, refuse) == SAY("work.nothing_new")
    file.write_text(written(("a.txt", "1"), ("a.txt/b.txt", "1"), ("c\u202e.txt", "1")))
    with pytest.raises(
        WorkCopyError
    ) as one:  # where one cannot be written, the rest is
        take_up(folder, file, SAY, lambda told: True)
    assert "a.txt, c<U+202E>.txt" in str(one.value) or "a.txt and c<U+202E>.txt" in str(
        one.value
    )
    file.write_text("no work")
    with pytest.raises(WorkCopyError):
        take_up(folder, file, SAY, refuse)
    with pytest.raises(WorkCopyError):
        take_up(folder, tmp_path / "nowhere", SAY, refuse)


def test_what_is_done_while_the_list_is_read_is_not_lost(tmp_path: Path) -> None:
    folder, file = tmp_path / "my-course", tmp_path / "course-work.json"
    hand_out(folder, SAY)
    theirs = original()
    theirs["cells"].append(
        {"id": "theirs", "cell_type": "raw", "metadata": {}, "source": "theirs"}
    )
    file.write_text(written((FIRST, theirs), ("evidence.jsonl", "theirs")))

    def work_on(told: object) -> bool:
        mine = original()
        mine["cells"].append(
            {"id": "mine", "cell_type": "raw", "metadata": {}, "source": "mine"}
        )
        (folder / FIRST).write_text(json.dumps(mine))
        (folder / "evidence.jsonl").write_text("mine")
        return True

    take_up(folder, file, SAY, work_on)
    assert {"mine", "theirs"} < set(sources((folder / FIRST).read_bytes()))
    assert (folder / "evidence.jsonl").read_text() == "mine"
    assert (folder / "evidence (2).jsonl").read_text() == "theirs"


def test_a_file_that_cannot_be_taken_up_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "my-course")
    status = cli.main(
        ["lab", "--folder", folder, "--language", "en", "--take-up", "nowhere.json"]
    )
    assert status == 1
    assert "nowhere.json" in capsys.readouterr().err
