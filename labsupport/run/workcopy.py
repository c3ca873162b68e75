"""The learner's own copy of the notebooks.

The originals are never opened for a learner: they keep the outputs that the course was
published with. A learner works in a folder of copies without outputs. When a newer course
is installed, its notebooks take along what was done in the copies; another file that was
changed stays as it is, and the new one is put beside it.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import Any

from labsupport.exchange.record_file import sync_folder
from labsupport.language import SOURCE_LANGUAGE, Language, languages
from labsupport.reasons import reason_of

HIDDEN_FOLDER = ".course"
HANDED_OUT = "handed-out"  # every file as it was handed out last
# The instructor's guide has the answers: it is handed out only when it is asked for.
INSTRUCTOR_FOLDER = "instructor"
DONE = ("source", "outputs", "execution_count")  # of a cell: what a learner does


class WorkCopyError(Exception):
    """The copy cannot be made; the message is a sentence for a person."""


def folder_of(language: str) -> PurePosixPath:
    """Return where the notebooks in a language lie in a copy: English ones in no folder.

    >>> str(folder_of("es")), str(folder_of("en"))
    ('es', '.')
    """
    return PurePosixPath("" if language == SOURCE_LANGUAGE else language)


def hand_out(folder: Path, say: Language, *, instructor: bool = False) -> list[tuple[str, str]]:
    """Bring the copy in `folder` up to date, in every language of the course: see `update`."""
    found = []
    for code in languages():
        originals, place = files("labsupport.notebooks") / code, folder_of(code)
        if originals.is_dir():
            besides = update(originals, folder / place, say, instructor=instructor)
            found += [(str(place / kept), str(place / added)) for kept, added in besides]
    return found


def without_outputs(notebook: bytes) -> bytes:
    """Return an .ipynb file's content without outputs, execution counts and widget states.

    >>> import json
    >>> cell = {"cell_type": "code", "execution_count": 3, "outputs": [{"name": "stdout"}]}
    >>> json.loads(without_outputs(json.dumps({"cells": [cell]}).encode()))
    {'cells': [{'cell_type': 'code', 'execution_count': None, 'outputs': []}]}
    """
    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = None
    content.get("metadata", {}).pop("widgets", None)
    return _written(content)


def _written(notebook: Any) -> bytes:
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def update(
    originals: Traversable, folder: Path, say: Language, *, instructor: bool = False
) -> list[tuple[str, str]]:
    """Bring the copy in `folder` up to date with `originals`, and lose nothing of a learner.

    Missing files are added and untouched ones renewed; the instructor's guide only for an
    `instructor`. Returns the changed files that stayed, each with the name of the new one beside
    it. Raises WorkCopyError when `folder` cannot hold a copy.
    """
    if isinstance(originals, Path) and folder.resolve().is_relative_to(originals.resolve()):
        sentence = say("workcopy.folder_holds_originals_choose", folder=folder)
        raise WorkCopyError(sentence)
    besides = []
    try:
        for name, content in _files(originals):
            if name.startswith(f"{INSTRUCTOR_FOLDER}/") and not instructor:
                continue
            target, record = folder / name, folder / HIDDEN_FOLDER / HANDED_OUT / name
            given = record.read_bytes() if record.exists() else b""
            if content == given and target.exists():
                continue
            mine = target.read_bytes() if target.exists() else given
            if mine not in (given, content):
                if (taken := taken_along(mine, given, content)) is not None:
                    write(target, taken)
                else:
                    place = _place(target, {given, content})
                    write(place, content)
                    besides.append((name, place.relative_to(folder).as_posix()))
            else:
                write(target, content)
            write(record, content)
    except OSError as error:
        reason = reason_of(error, say)
        sentence = say("workcopy.folder_not_written", folder=folder, reason=reason)
        raise WorkCopyError(sentence) from error
    return besides


def taken_along(mine: bytes, given: bytes, new: bytes) -> bytes | None:
    """Return a notebook's `new` edition with all that a learner did in `mine`; None if it is none.

    `mine` was handed out as `given`, which may be empty. A line that the learner changed stays as
    it is; where the course changed the same one, both stand there. What was shown below a line
    goes with it.

    >>> def notebook(*lines):
    ...     cells = [{"id": id, "cell_type": "code", "source": text} for id, text in lines]
    ...     return json.dumps({"cells": cells, "metadata": {}}).encode()
    >>> given, mine = notebook(("a", "1"), ("b", "2")), notebook(("a", "mine"), ("b", "2"))
    >>> taken = json.loads(taken_along(mine, given, notebook(("b", "two"), ("a", "1"))))
    >>> [cell["source"] for cell in taken["cells"]]
    ['two', 'mine']
    """
    try:
        learner, course = json.loads(mine), json.loads(new)
        old = {cell["id"]: _source(cell) for cell in json.loads(given or b'{"cells": []}')["cells"]}
        coming = {cell["id"]: cell for cell in course["cells"]}
        behind: dict[str, list[Any]] = {}  # what stands behind a cell of the course
        last = ""
        for cell in learner["cells"]:
            there = coming.get(cell["id"])
            last = cell["id"] if there else last
            if there and _source(there) in (_source(cell), old.get(cell["id"])):
                there |= {key: cell[key] for key in DONE if key in cell}
            elif _source(cell) != old.get(cell["id"]):
                own = cell | {"id": uuid.uuid4().hex[:8]} if there else cell
                behind.setdefault(last, []).append(own)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    course["cells"] = behind.get("", []) + [
        one for cell in course["cells"] for one in (cell, *behind.get(cell["id"], ()))
    ]
    course["metadata"] |= {
        key: value for key, value in learner["metadata"].items() if key == "widgets"
    }
    return _written(course)


def _source(cell: Any) -> str:
    return "".join(cell["source"])


def _files(originals: Traversable, inside: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every file to hand out, sorted by name."""
    for entry in sorted(originals.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith((".", "__")):
            continue
        name = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        elif name.endswith(".ipynb"):
            yield name, without_outputs(entry.read_bytes())
        else:
            yield name, entry.read_bytes()


def _place(target: Path, ours: set[bytes]) -> Path:
    """Return where a file may be written: a free place, or one whose content is `ours`."""
    place, number = target, 1
    while place.exists() and place.read_bytes() not in ours:
        label = "new version" if number == 1 else f"new version {number}"
        place = target.with_name(f"{target.stem} ({label}){target.suffix}")
        number += 1
    return place


def write(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that a power cut leaves the old content or the new, never a half.

    `mode` is who may read a file that is new, before the process's umask. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(path)
