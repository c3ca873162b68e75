"""How far a participant is: counted in the notebook saved last; no answer is read out of it.

The files belong to participants, and root reads them: nothing in them is followed or trusted.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from labsupport.course.notebook import stopped_by
from labsupport.language import languages
from labsupport.run.classroom.seats import tidy
from labsupport.run.workcopy import folder_of

LARGEST = 2_000_000  # bytes; the course's own, with all that they show, have a quarter
MOST_PARTS = 50_000  # to read very many holds up the hub; the course's own have 9,000
MOST_FILES = 12
LONGEST_TITLE = 80
REMEMBERED = 1000  # files; each save is a new one
SECTION = re.compile(r"^## +(.+)$", re.MULTILINE)

_COUNTED: dict[tuple[int, int, int], Standing | None] = {}
_COUNTING = Lock()  # one desk at a time: the hub has to get on meanwhile


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is in a notebook: cells run of cells there, and where the last one stands.

    `stopped` tells that the last cell that ran ended with an error. `saved` is in seconds
    since 1970.
    """

    notebook: str
    section: str
    run: int
    cells: int
    stopped: bool
    saved: float


def standing(folder: Path) -> Standing | None:
    """Return how far the owner of a working copy is; None before the first cell was run.

    It is the notebook saved last among those of which a cell was run.
    """
    standings: list[Standing] = []
    with suppress(OSError), _opened(folder) as inside:
        standings += _standings(inside)
        for code in languages():
            if name := folder_of(code).name:
                with suppress(OSError), _opened(name, inside) as beside:
                    standings += _standings(beside)
    return max(standings, key=lambda one: one.saved, default=None)


@contextmanager
def _opened(folder: Path | str, inside: int | None = None) -> Iterator[int]:
    number = os.open(
        folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=inside
    )
    try:
        yield number
    finally:
        os.close(number)


def _standings(inside: int) -> list[Standing]:
    names = sorted(name for name in os.listdir(inside) if name.endswith(".ipynb"))
    standings = [_read(inside, name) for name in names[:MOST_FILES]]
    return [standing for standing in standings if standing and standing.run]


def _read(inside: int, name: str) -> Standing | None:
    try:
        # A link leads elsewhere, and a pipe would keep us waiting.
        number = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=inside
        )
    except OSError:
        return None
    about = os.fstat(number)
    if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
        os.close(number)
        return None
    with open(number, "rb") as file:
        key = (about.st_dev, about.st_ino, about.st_mtime_ns)
        if key in _COUNTED:
            return _COUNTED[key]
        content = file.read(LARGEST + 1)  # it may have grown since
    if len(_COUNTED) >= REMEMBERED:
        _COUNTED.clear()
    with _COUNTING:
        counted = _COUNTED[key] = _count(content[:LARGEST], name, about.st_mtime)
    return counted


def _count(content: bytes, name: str, saved: float) -> Standing | None:
    if sum(map(content.count, (b"[", b"{", b",", b":"))) > MOST_PARTS:
        return None
    section = ""
    reached = ""
    run = 0
    total = 0
    stopped = False
    try:
        # No number is reckoned with, and a long one would take long to read.
        for cell in json.loads(content, parse_int=str, parse_float=str)["cells"]:
            if cell["cell_type"] == "markdown":
                source = cell["source"]
                # Joining a text would make an object of each of its letters.
                text = source if isinstance(source, str) else "".join(source)
                if heading := SECTION.search(text):
                    section = heading[1][:LONGEST_TITLE]  # to tidy more takes very long
            elif cell["cell_type"] == "code":
                total += 1
                if cell["execution_count"] is not None:
                    run += 1
                    reached = section
                    stopped = any(map(stopped_by, cell["outputs"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    notebook = tidy(name.removesuffix(".ipynb"))[:LONGEST_TITLE]
    return Standing(notebook, tidy(reached)[:LONGEST_TITLE], run, total, stopped, saved)
