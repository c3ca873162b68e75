"""Writes a notebook as nbformat does, but an answer's data on one line.

Jupyter puts each word of it on a line of its own, behind its depth in spaces.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nbformat

DATA = "+json"  # how the names of kinds of data end


def written(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook as the text of its file.

    >>> page = {"application/vnd.labsupport.page+json": ["p", {"lang": "en"}, "Yes"]}
    >>> shown = nbformat.v4.new_output("display_data", page)
    >>> cell = nbformat.v4.new_code_cell("1", outputs=[shown])
    >>> '"application/vnd.labsupport.page+json": ["p",{"lang":"en"},"Yes"]' in written(
    ...     nbformat.v4.new_notebook(cells=[cell])
    ... )
    True
    """
    short = copy.deepcopy(notebook)
    answers: dict[str, str] = {}
    for number, (data, kind) in enumerate(_answers(short)):
        place = f"answer {number} of {kind}"
        answers[json.dumps(place)] = json.dumps(
            data[kind], ensure_ascii=False, separators=(",", ":"), sort_keys=True
        )
        data[kind] = place
    text: str = nbformat.writes(short)
    for place, answer in answers.items():
        text = text.replace(place, answer, 1)
    return text + "\n"


def _answers(
    notebook: nbformat.NotebookNode,
) -> list[tuple[nbformat.NotebookNode, str]]:
    """Return where data of an answer lie, and what kind they are."""
    found: list[tuple[nbformat.NotebookNode, str]] = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            found += [(data, kind) for kind in data if kind.endswith(DATA)]
    return found


def write(notebook: nbformat.NotebookNode, file: Path) -> None:
    """Write a notebook into its file."""
    file.write_text(written(notebook), encoding="utf-8")
