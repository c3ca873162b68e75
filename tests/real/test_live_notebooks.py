"""Every notebook runs live in a network of real sockets, and shows what it shows in the lab.

So the two paths are one: what differs is listed in `projection`, and the cells that only the lab
can answer are listed here.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import running_live as live
from live_namespace import LAB_TIME
from namespaces import LABSUPPORT, Namespace
from running_live import network

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.real_internet import ENTRY_FILE

__all__ = ["network"]
pytestmark = live.NEEDED


@pytest.mark.parametrize("notebook", live.NOTEBOOKS)
def test_a_notebook_shows_live_what_it_shows_in_the_lab(
    network: tuple[Namespace, Path], notebook: str, tmp_path: Path
) -> None:
    cells = live.code_cells(notebook)
    stored = live.outputs(live.ORIGINALS / f"{notebook}.ipynb")
    shown = live.run_live(*network, notebook, tmp_path)
    compared = 0
    for cell, before, now in zip(cells, stored, shown, strict=True):
        if live.is_lab_only(cell) or cell.source.startswith("from labsupport import Lab"):
            continue
        live.assert_same(cell, now, before)
        compared += 1
    assert compared > len(cells) / 2


def test_what_was_recorded_live_is_answered_in_a_room_without_a_network(
    network: tuple[Namespace, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace, entry = network
    file = tmp_path / "lesson.jsonl"
    monkeypatch.setenv(ENTRY_FILE, str(entry))
    subprocess.run(
        (
            *("ip", "netns", "exec", namespace.name, LABSUPPORT, "record", "www.museum.example"),
            *("--to", str(file)),
        ),
        env={**os.environ, **LAB_TIME, "PATH": f"{entry.parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        timeout=100,
    )
    here, lab = Lab("en", recording=file), Lab("en")
    for question in ("ask", "trace", "dnssec", "rdap", "whois", "compare", "who", "path", "visit"):
        replayed = getattr(here, question)("www.museum.example")
        assert replayed.kind is Kind.FOUND, question
        if question not in ("who", "compare", "path"):  # what these say has milliseconds, or hosts
            assert replayed.sentence == getattr(lab, question)("www.museum.example").sentence


ENCRYPTED = """
import json
from labsupport import Lab
lab = Lab("en", live=True)
said = {}
for where in ("https://dns.resuelve.example", "https://dns.resuelve.example/dns-query"):
    there = lab.at(where)
    first = len(lab.evidence)
    asked = json.loads(ASKED)
    said[where] = [getattr(there, question)(name).sentence for question, name in asked]
    ports = {line.request.port for line in lab.evidence.lines[first:]}
    assert not ports & {53}, ports
print(json.dumps(said))
"""
ASKED = [("ask", "www.museum.example"), ("ask", "www.alterado.example"), ("dnssec", "isla.example")]


def test_a_resolver_may_be_asked_over_https(network: tuple[Namespace, Path]) -> None:
    """Unbound answers so."""
    namespace, entry = network
    script = ENCRYPTED.replace("ASKED", repr(json.dumps(ASKED)))
    said = json.loads(live.in_namespace(namespace, entry, script, **LAB_TIME)[-1])
    lab = Lab("en")
    expected = [getattr(lab, question)(name).sentence for question, name in ASKED]
    assert said == dict.fromkeys(said, expected)
    assert len(said) == 2
