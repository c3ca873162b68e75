"""In a browser's page no folder lies beside the notebook: files come from the page, and go to it.

The front end (frontend/src/browser.ts) runs `begin` before the first cell of a notebook, and keeps
what is handed to it where it keeps the notebooks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from labsupport.course import errors, notebook
from labsupport.language import SOURCE_LANGUAGE, Language, languages

TARGET = "labsupport-file"  # what a message to the front end about a file is called


def begin(folder: str, files: Mapping[str, str]) -> None:
    """Begin a notebook that lies in `folder`, beside these files, each in base64.

    From now on a mistyped line gets a sentence, and what a cell has written goes to the page.
    """
    errors.explain_from_now_on(Language.load(folder if folder in languages() else SOURCE_LANGUAGE))
    for name, content in files.items():
        Path(name).write_bytes(base64.b64decode(content))
    known = _changed({})

    def hand_over(*about: object) -> None:
        import comm  # late: it belongs to the kernel

        for name, seen in _changed(known).items():
            known[name] = seen
            content = base64.b64encode(Path(name).read_bytes()).decode()
            comm.create_comm(target_name=TARGET, data={"name": name, "content": content}).close()

    shell = notebook.shell()
    shell.events.register("post_execute", hand_over)
    shell.execution_count -= 1  # this was no cell of the notebook


def _changed(known: Mapping[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
    """Return when each file of this folder was written, and its length, where that is new."""
    found = {file.name: file.stat() for file in Path().iterdir() if file.is_file()}
    seen = {name: (about.st_mtime, about.st_size) for name, about in found.items()}
    return {name: one for name, one in seen.items() if known.get(name) != one}
