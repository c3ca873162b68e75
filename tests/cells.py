"""Cells of notebooks, run in this process as a kernel would, without one."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """A cell with code: what it says, and what was stored below it."""

    source: str
    outputs: list[dict[str, Any]]

    def run(self, names: dict[str, Any]) -> Any:
        """Run it with the `names` that are known; return what its last line is worth, or None."""
        *body, last = ast.parse(self.source).body
        shows = isinstance(last, ast.Expr)
        exec(compile(ast.Module(body if shows else [*body, last], []), "cell", "exec"), names)
        return eval(ast.unparse(last), names) if shows else None


def cells_of(notebook: Path) -> Iterator[Cell]:
    """Yield the cells with code of a notebook."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield Cell("".join(cell["source"]), cell["outputs"])
