"""What stands beside a text for those who translate it: where it is seen, what its places hold."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from labsupport import Lab

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
import messages as course  # noqa: E402

MESSAGES = course.messages()
HOLDS = tomllib.loads(course.HOLDS.read_text(encoding="utf-8"))


def notes_of(key: str) -> tuple[str, ...]:
    (found,) = (message.notes for message in MESSAGES if message.key == key)
    return found


def test_every_text_says_where_it_stands() -> None:
    for message in MESSAGES:
        assert message.notes, message.key
        assert not message.notes[0].startswith("{"), message.key
        assert len(message.notes) == len(set(message.notes)), message.key
        for note in message.notes:
            assert note == note.strip(), message.key
            assert "\n" not in note, message.key


def test_every_place_says_what_it_may_hold() -> None:
    for message in MESSAGES:
        said = [
            note.partition("}: ")[0][1:]
            for note in message.notes
            if note.startswith("{")
        ]
        assert said == course.places(message), (
            f"{message.key}: say in data/course/locale/places.toml what each place may hold"
        )


def test_every_line_on_a_place_is_of_a_place() -> None:
    names: dict[str, set[str]] = {}
    for message in MESSAGES:
        for key in course.keys_of(message):
            names.setdefault(key, set()).update(course.places(message))
    every = {name for message in MESSAGES for name in course.places(message)}
    assert HOLDS["places"].keys() == every, (
        "a place has one line in data/course/locale/places.toml, and no line is without a place"
    )
    for key, lines in HOLDS["in"].items():
        assert lines, key
        assert lines.keys() <= names.get(key, set()), key


def test_a_key_that_a_line_names_is_there() -> None:
    """`trace.the_root`; with an ellipsis, what keys begin with; `lab.ask` is a question."""
    keys = {message.key for message in MESSAGES}
    files = {key.partition(".")[0] for key in keys}
    lines = [*HOLDS["places"].values()]
    lines += (line for own in HOLDS["in"].values() for line in own.values())
    for line in lines:
        for name, rest in re.findall(
            r"(?<![\w./-])([a-z_]+\.[a-z_]+)(…?)(?![\w.(-])", line
        ):
            file, _, last = name.partition(".")
            is_no_key = last in ("html", "jsonl") or (
                file == "lab" and hasattr(Lab, last)
            )
            if file in files and not is_no_key:
                found = any(
                    key.startswith(name) if rest else key == name for key in keys
                )
                assert found, line


def test_the_head_of_a_file_is_of_all_and_a_comment_of_those_below_it() -> None:
    notes = course._comments(
        '# Of all,\n# on two lines.\n\na = "A"\n# Of b.\nb = "B"\n"c d" = "C"\n# Of e.\ne = "E"\n'
    )
    assert notes == {
        "": ["Of all, on two lines."],
        "a": [],
        "b": ["Of b."],
        "c d": ["Of b."],
        "e": ["Of e."],
    }
    assert course._comments('# Of a.\na = "A"\n') == {"": [], "a": ["Of a."]}


SHOWN = {
    "visit.ended": "notebook 01",
    "questions.question.dns-time.prompt": "notebook 02",
    "questions.question.dns-time.choice.0.reply": "notebook 02",
    "cases.wrong-order.late": "notebook 05",
    "reference.regional-registries.title": "notebook 01",
    "guide.pool.draft.0.text": "notebook instructor-2",
}


@pytest.mark.parametrize("key", SHOWN)
def test_a_text_of_a_question_says_in_which_notebook_it_is_asked(key: str) -> None:
    assert [note for note in notes_of(key) if note.startswith(SHOWN[key])]


def test_a_paragraph_says_under_which_heading_it_stands() -> None:
    for message in MESSAGES:
        if message.key.startswith("notebook."):
            assert message.notes[0].endswith(f", cell {message.key.split('.')[2]}")
