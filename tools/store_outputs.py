"""Run the original notebooks and store what they show, and the first page: `make notebooks`.

The stored outputs are what a reader sees on the web and what the tests compare. They come
from the lab and must be the same on every machine, so what changes from run to run is left
out: times, identifiers of widgets, the version of Python, the numbers of the runs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from notebook_files import write

from labsupport.course.originals import read_all
from labsupport.language import Language, table
from labsupport.run import home

ORIGINALS = Path(__file__).parents[1] / "notebooks"
# Without its kernel a widget is an error message; what stands beside it in the output reads well.
WIDGET = "application/vnd.jupyter.widget-view+json"
# An output says by when to look at a fact again. Who reads it knows whether that day has passed.
STORED_AS_OF = "2026-11-28"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


class NotStorableError(Exception):
    """A notebook does not show what a learner should see; the message is a sentence."""


def store(file: Path) -> None:
    """Run the notebook in `file` from top to bottom and write it back with its outputs.

    Raises NotStorableError, and leaves the file as it is, when a cell fails, warns, or shows
    nothing but a widget.
    """
    notebook = nbformat.read(file, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=600,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": folder}},
        )
        try:
            client.execute()
        except CellExecutionError as error:
            raise NotStorableError(f"{file.name}: a cell fails.\n{error}") from error
    notebook.metadata = nbformat.from_dict(METADATA | _words(file))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = (
                0  # no participant has run it; nbval asks for a number
            )
        for output in cell.get("outputs", ()):
            _make_lasting(output, f"{file.name}, cell {cell.id}")
    nbformat.validate(notebook)
    write(notebook, file)


def _words(file: Path) -> dict[str, Any]:
    """Return what the front end says above a participant's notebook, and which comes after it."""
    code, *folders = file.relative_to(ORIGINALS).parent.parts
    if folders:  # the instructor's
        return {}
    words = dict(table(Language.load(code), "strip"))
    after = [one for one in read_all(code) if one.name > file.stem]
    if after:
        words |= {"next": f"{after[0].name}.ipynb", "next_title": after[0].label}
    return {"labsupport": {"words": words}}


def _make_lasting(output: Any, where: str) -> None:
    if output.output_type == "stream" and output.name == "stderr":
        raise NotStorableError(f"{where} warns:\n{output.text}")
    if "execution_count" in output:
        output.execution_count = 0
    data = output.get("data", {})
    if data.pop(WIDGET, None) and not data:
        raise NotStorableError(
            f"{where} shows a widget and nothing for those who have no kernel."
        )


def main() -> int:
    """Store the outputs of the notebooks named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "notebook", type=Path, nargs="*", help="default: every original"
    )
    every = [*ORIGINALS.glob("*/*.ipynb"), *ORIGINALS.glob("*/instructor/*.ipynb")]
    files = [file.resolve() for file in parser.parse_args().notebook or sorted(every)]
    for code in {file.relative_to(ORIGINALS).parts[0] for file in files}:
        (ORIGINALS / code / home.FILE).write_bytes(home.home(Language.load(code)))
    # The kernel inherits these: the lab answers, and no personal IPython profile takes part.
    os.environ.pop("LAB_MODE", None)
    os.environ["LAB_TODAY"] = STORED_AS_OF
    with tempfile.TemporaryDirectory() as profile:
        os.environ["IPYTHONDIR"] = profile
        for file in files:
            print(file.name, flush=True)
            try:
                store(file)
            except NotStorableError as error:
                print(error, file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
