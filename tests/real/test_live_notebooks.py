"""Every notebook runs live in a network of real sockets, and shows what it shows in the lab.

So the two paths are one: what differs is listed in `projection`, and the cells that only the lab
can answer are listed here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from namespaces import Namespace, needs, served_lab
from projection import projected

from labsupport import Lab
from labsupport.live import ENTRY_FILE, Described
from labsupport.world import World

FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
pytestmark = [
    pytest.mark.real,
    needs("traceroute"),
    pytest.mark.skipif(FAKETIME is None, reason="not installed: faketime"),
]

ORIGINALS = Path(__file__).parents[2] / "notebooks/en"
NOTEBOOKS = sorted(path.stem for path in ORIGINALS.glob("*.ipynb"))
WORLD = World.load()
# The clocks of all who take part begin where the lab's does. Spans are measured as ever.
LAB_TIME = {
    "LD_PRELOAD": str(FAKETIME),
    "FAKETIME": f"@{WORLD.start:%Y-%m-%d %H:%M:%S}",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "TZ": "UTC",
}
# It measures by the kernel's clock, which nobody can set.
TRACEROUTE = """#!/bin/sh
unset LD_PRELOAD
exec {tool} "$@"
"""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Namespace, Path]]:
    """The lab on real sockets, and the file that says where it is entered."""
    entry = tmp_path_factory.mktemp("entry") / "entry.json"
    described = Described(
        Lab("en")._entry,
        ("0.0.0.0/0", "::/0"),  # every address here is the test's own
        ("example", "test", "arpa", "root-servers.net"),
    )
    entry.write_text(described.to_json(), encoding="utf-8")
    tool = entry.with_name("traceroute")
    tool.write_text(TRACEROUTE.format(tool=shutil.which("traceroute")))
    tool.chmod(0o755)
    with served_lab("live", environment=LAB_TIME) as namespace:
        yield namespace, entry


def run_live(namespace: Namespace, entry: Path, notebook: str, folder: Path) -> list[list[str]]:
    """Run a notebook live in the namespace; return what each code cell shows."""
    shown = folder / f"{notebook}.ipynb"
    subprocess.run(
        (
            *("ip", "netns", "exec", namespace.name, sys.executable),
            *(Path(__file__).with_name("run_live.py"), ORIGINALS / f"{notebook}.ipynb", shown),
        ),
        env={
            **os.environ,
            **LAB_TIME,
            "PATH": f"{entry.parent}:{os.environ['PATH']}",
            ENTRY_FILE: str(entry),
            "LAB_MODE": "live",
            "IPYTHONDIR": str(folder / "profile"),
        },
        check=True,
        capture_output=True,
        timeout=200,
    )
    return outputs(shown)


def outputs(path: Path) -> list[list[str]]:
    cells = nbformat.read(path, as_version=4).cells
    return [projected(cell.outputs) for cell in cells if cell.cell_type == "code"]


def code_cells(notebook: str) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(ORIGINALS / f"{notebook}.ipynb", as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def is_lab_only(cell: nbformat.NotebookNode) -> bool:
    return "lab-only" in cell.metadata.get("tags", ())


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_shows_live_what_it_shows_in_the_lab(
    network: tuple[Namespace, Path], notebook: str, tmp_path: Path
) -> None:
    cells = code_cells(notebook)
    stored = outputs(ORIGINALS / f"{notebook}.ipynb")
    shown = run_live(*network, notebook, tmp_path)
    compared = 0
    for cell, before, now in zip(cells, stored, shown, strict=True):
        if is_lab_only(cell) or cell.source.startswith("from labsupport import Lab"):
            continue
        assert now == before, cell.source
        compared += 1
    assert compared > len(cells) / 2
