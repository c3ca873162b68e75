"""In a browser's page no folder lies beside the notebook: files come from the page, and go to it.

The front end (frontend/src/browser.ts) runs `begin` before the first cell, `take` as soon as it
has read what was written here another time, and keeps what is handed to it.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Mapping
from pathlib import Path

from labsupport.course import errors, notebook
from labsupport.language import SOURCE_LANGUAGE, Language, languages

TARGET = "labsupport-file"  # what a message to the front end about a file is called
_known: dict[
    str, tuple[float, int]
] = {}  # of a file that the page has: when written, how long


def begin(folder: str) -> None:
    """Begin a notebook that lies in `folder`.

    From now on a mistyped line gets a sentence, and what a cell has written goes to the page.
    """
    sys.path[:] = filter(None, sys.path)  # a file beside the notebook is no program
    errors.explain_from_now_on(
        Language.load(folder if folder in languages() else SOURCE_LANGUAGE)
    )
    _known.update(_new())
    notebook.shell().Completer.use_jedi = False  # a page has none: data/browser/page.in
    notebook.shell().events.register("post_execute", _hand_over)
    notebook.not_a_cell()


def take(files: Mapping[str, str]) -> None:
    """Lay these files, each in base64, where a notebook expects them."""
    for name, content in files.items():
        Path(name).write_bytes(base64.b64decode(content))
    _known.update(_new())
    notebook.not_a_cell()


def _hand_over() -> None:
    import comm  # late: it belongs to the kernel

    for name, seen in _new().items():
        _known[name] = seen
        content = base64.b64encode(Path(name).read_bytes()).decode()
        comm.create_comm(
            target_name=TARGET, data={"name": name, "content": content}
        ).close()


def _new() -> dict[str, tuple[float, int]]:
    """Return when each file of this folder was written, and its length, where that is new."""
    about = {file.name: file.stat() for file in Path().iterdir() if file.is_file()}
    seen = {name: (one.st_mtime, one.st_size) for name, one in about.items()}
    return {name: one for name, one in seen.items() if _known.get(name) != one}
