"""Cells of notebooks, run in this process as a kernel would, without one."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from labsupport.kinds import Kind


class Cell(NamedTuple):
    """A cell with code: what it says, and what was stored below it."""

    source: str
    outputs: list[dict[str, Any]]

    def run(self, names: dict[str, Any]) -> Any:
        """Run it with the `names` that are known; return what its last line is worth, or None.

        Only the last line shows its answer: no other may be refused where nobody sees it.
        """
        answer = None
        for line in ast.parse(self.source).body:
            assert getattr(answer, "kind", None) is not Kind.NOT_ASKED, (
                self.source,
                answer,
            )
            shows, answer = isinstance(line, ast.Expr), None
            if shows:
                answer = eval(ast.unparse(line), names)
            else:
                exec(ast.unparse(line), names)
        return answer


def cells_of(notebook: Path) -> Iterator[Cell]:
    """Yield the cells with code of a notebook."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield Cell("".join(cell["source"]), cell["outputs"])
