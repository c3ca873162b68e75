"""Run a notebook in this process's network and write what it shows; lab-only cells stay silent."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LAB_ONLY = "lab-only"


def main(original: Path, shown: Path) -> None:
    notebook = nbformat.read(original, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            if LAB_ONLY in cell.metadata.get("tags", ()):
                cell.source = ""
    client = NotebookClient(
        notebook,
        timeout=300,
        allow_errors=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(shown.parent)}},
    )
    client.execute()
    nbformat.write(notebook, shown)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
