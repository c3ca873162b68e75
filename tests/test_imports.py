"""What is imported: nothing that a first line does not need, and nothing in a ring."""

from __future__ import annotations

import json
import subprocess
import sys
from graphlib import TopologicalSorter

import grimp
import pytest
from said import SAY

# What tables, figures and forms are made with: needed once one of them is shown.
HEAVY = {"pandas", "numpy", "matplotlib", "ipywidgets", "IPython"}

IMPORT = "from labsupport import Lab"
FIRST_ASK = f"{IMPORT}; print(Lab('en').ask('www.museum.example'), file=sys.stderr)"
FIRST_IMPACT = (
    f"{IMPORT}; lab = Lab('en'); "
    "print(lab.orders.impact(lab.orders.draft('hold')), file=sys.stderr)"
)


def loaded_after(statement: str) -> tuple[set[str], str]:
    """Return the modules a fresh Python holds after `statement`, and what it said.

    Of other packages the names at the top, of ours all.
    """
    program = f"import json, sys; {statement}; print(json.dumps(list(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    names = json.loads(done.stdout)
    ours = {name for name in names if name.startswith("labsupport.")}
    return {name.partition(".")[0] for name in names} | ours, done.stderr


@pytest.mark.parametrize("statement", [IMPORT, FIRST_ASK, FIRST_IMPACT])
def test_neither_the_import_nor_a_first_answer_loads_heavy_libraries(
    statement: str,
) -> None:
    loaded, _ = loaded_after(statement)
    assert "labsupport" in loaded
    assert loaded & HEAVY == set()


def test_the_import_alone_does_not_build_the_world_and_its_servers() -> None:
    loaded, _ = loaded_after(IMPORT)
    assert "h11" not in loaded  # what servers of the lab read HTTP with
    assert "labsupport.world" not in loaded


def test_of_the_questions_only_the_first_is_imported_at_once() -> None:
    loaded, _ = loaded_after(IMPORT)
    answers = {name for name in loaded if name.startswith("labsupport.answers.")}
    assert answers == {"labsupport.answers.ask", "labsupport.answers.page"}


def test_the_first_answer_is_complete_without_them() -> None:
    _, said = loaded_after(FIRST_ASK)
    assert (
        SAY("ask.addresses", count=1, name="www.museum.example", values="198.51.100.10")
        in said
    )
    assert SAY("ask.what_the_resolver_answered") in said  # its table, as text


def test_a_heavy_library_would_be_noticed() -> None:
    loaded, _ = loaded_after("import pandas")
    assert "pandas" in loaded & HEAVY


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Not even for its types, and a package's own `__init__` counts as a module."""
    graph = grimp.build_graph("labsupport", cache_dir=None)
    imports = {
        module: graph.find_modules_directly_imported_by(module)
        for module in graph.modules
    }
    TopologicalSorter(imports).prepare()  # raises CycleError, which has the ring
    assert "labsupport.world.compose" in imports["labsupport.world"]
