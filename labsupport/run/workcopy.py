"""The learner's own copy of the notebooks.

The originals are never opened for a learner: they keep the outputs that the course was
published with. A learner works in a folder of copies without outputs. When a newer course
is installed, copies that nobody touched are renewed; a copy that was touched stays as it
is, and the new notebook is put beside it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from labsupport.exchange.evidence import sync_folder
from labsupport.language import Language, tell

HIDDEN_FOLDER = ".course"
RECORD = "handed-out.json"
# The instructor's guide has the answers: it is handed out only when it is asked for.
INSTRUCTOR_FOLDER = "instructor"


class WorkCopyError(Exception):
    """The copy cannot be made; the message is a sentence for a person."""


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
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def update(
    originals: Traversable, folder: Path, say: Language, *, instructor: bool = False
) -> list[tuple[str, str]]:
    """Bring the copy in `folder` up to date with `originals`, and lose nothing of a learner.

    Missing files are added and untouched ones renewed; the instructor's guide only for an
    `instructor`. Returns the changed copies that stayed, each with the name of the new file beside
    it. Raises WorkCopyError when `folder` cannot hold a copy.
    """
    if isinstance(originals, Path) and folder.resolve().is_relative_to(originals.resolve()):
        sentence = say("{folder} holds the originals. Choose another folder.", folder=folder)
        raise WorkCopyError(sentence)
    try:
        record_file = folder / HIDDEN_FOLDER / RECORD
        record_file.parent.mkdir(parents=True, exist_ok=True)
        record = _read_record(record_file)
        besides = []
        for name, content in _files(originals):
            if name.startswith(f"{INSTRUCTOR_FOLDER}/") and not instructor:
                continue
            digest = hashlib.sha256(content).hexdigest()
            target = folder / name
            if record.get(name) != digest or not target.exists():
                place = _place(target, {digest, record.get(name)})
                write(place, content)
                record[name] = digest
                write(record_file, json.dumps(record, indent=1).encode())
                if place != target:
                    besides.append((name, place.relative_to(folder).as_posix()))
    except OSError as error:
        sentence = tell(
            say, "workcopy.folder_not_written", folder=folder, reason=error.strerror or error
        )
        raise WorkCopyError(sentence) from error
    return besides


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


def _place(target: Path, ours: set[str | None]) -> Path:
    """Return where a file may be written: a free place, or one whose content is `ours`."""
    place, number = target, 1
    while place.exists() and hashlib.sha256(place.read_bytes()).hexdigest() not in ours:
        label = "new version" if number == 1 else f"new version {number}"
        place = target.with_name(f"{target.stem} ({label}){target.suffix}")
        number += 1
    return place


def _read_record(file: Path) -> dict[str, str]:
    """Return what was handed out last: the digest by file name."""
    try:
        return dict(json.loads(file.read_text()))
    except (FileNotFoundError, ValueError):
        # Without a record every copy counts as changed: nothing can be lost.
        return {}


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
