"""Notebooks that run live in a network of real sockets, and what they show there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from live_namespace import FAKETIME, LAB_TIME
from namespaces import Namespace, needs
from projection import projected
from real_internet import real_internet

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.real_internet import ENTRY_FILE, Described

NEEDED = [
    pytest.mark.real,
    needs("traceroute", "nsd", "knotd", "unbound"),
    pytest.mark.skipif(FAKETIME is None, reason="not installed: faketime"),
]
ORIGINALS = Path(__file__).parents[2] / "notebooks/en"
NOTEBOOKS = sorted(path.stem for path in ORIGINALS.glob("*.ipynb"))
# It measures by the kernel's clock, which nobody can set.
TRACEROUTE = """#!/bin/sh
unset LD_PRELOAD
exec {tool} "$@"
"""


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Namespace, Path]]:
    """An access network beside an Internet of real servers, and the file that says where it is."""
    folder = tmp_path_factory.mktemp("live")
    entry = folder / "entry.json"
    described = Described(
        context_of(Lab("en")).entry,
        ("0.0.0.0/0", "::/0"),  # every address here is the test's own
        ("example", "test", "arpa", "root-servers.net"),
    )
    entry.write_text(described.to_json(), encoding="utf-8")
    tool = entry.with_name("traceroute")
    tool.write_text(TRACEROUTE.format(tool=shutil.which("traceroute")))
    tool.chmod(0o755)
    with real_internet(folder) as (_, access):
        yield access, entry


def run_live(
    namespace: Namespace, entry: Path, folder: Path
) -> dict[str, list[list[str]]]:
    """Run every notebook live in the namespace; return what each of its code cells shows."""
    subprocess.run(
        (
            *("ip", "netns", "exec", namespace.name, sys.executable),
            *(Path(__file__).with_name("run_live.py"), folder),
            *(ORIGINALS / f"{notebook}.ipynb" for notebook in NOTEBOOKS),
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
        timeout=500,
    )
    return {notebook: outputs(folder / f"{notebook}.ipynb") for notebook in NOTEBOOKS}


def in_namespace(
    namespace: Namespace, entry: Path, script: str, *arguments: str, **more: str
) -> list[str]:
    """Run a script live in the namespace; return its lines, but for who will see a question."""
    done = subprocess.run(
        (
            "ip",
            "netns",
            "exec",
            namespace.name,
            sys.executable,
            "-c",
            script,
            *arguments,
        ),
        env={**os.environ, ENTRY_FILE: str(entry), **more},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [
        line for line in done.stdout.splitlines() if not line.startswith("Who will see")
    ]


def outputs(path: Path) -> list[list[str]]:
    cells = nbformat.read(path, as_version=4).cells
    return [projected(cell.outputs) for cell in cells if cell.cell_type == "code"]


def code_cells(notebook: str) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(ORIGINALS / f"{notebook}.ipynb", as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


# Unbound does not tell that it reached nobody, as the lab's resolver does (Extended DNS Error 22,
# RFC 8914): so this cell alone is answered in other words.
TOLD_OTHERWISE = {'lab.ask("www.abandonado.example")': "could not find an answer"}


def assert_same(cell: nbformat.NotebookNode, now: list[str], before: list[str]) -> None:
    """What a cell shows live is what is stored."""
    if cell.source in TOLD_OTHERWISE:
        (text,) = now
        assert TOLD_OTHERWISE[cell.source] in text
        return
    # As lines: a failure shows what is different, not two beginnings of the same text.
    lines = [text.split("\n") for text in now]
    assert lines == [text.split("\n") for text in before], cell.source


def is_lab_only(cell: nbformat.NotebookNode) -> bool:
    return "lab-only" in cell.metadata.get("tags", ())
