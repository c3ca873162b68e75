"""Run notebooks in this process's network, one after another, and write what they show.

One kernel runs them all; before each it forgets everything, and goes to another folder. Lab-only
cells stay silent.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LAB_ONLY = "lab-only"
ANEW = "%reset -f\n%cd -q {folder}"


def main(shown: Path, originals: list[Path]) -> None:
    client = NotebookClient(
        nbformat.v4.new_notebook(),
        timeout=300,
        allow_errors=True,
        store_widget_state=False,
    )
    with client.setup_kernel():
        for original in originals:
            notebook = client.nb = nbformat.read(original, as_version=4)
            folder = shown / original.stem
            folder.mkdir()
            notebook.cells.insert(
                0, nbformat.v4.new_code_cell(ANEW.format(folder=folder))
            )
            for number, cell in enumerate(notebook.cells):
                if cell.cell_type == "code":
                    cell.outputs = []
                    if LAB_ONLY in cell.metadata.get("tags", ()):
                        cell.source = ""
                    client.execute_cell(cell, number)
            del notebook.cells[0]
            nbformat.write(notebook, shown / original.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]])
