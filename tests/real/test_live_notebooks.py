"""Every notebook runs live in a network of real sockets, and shows what it shows in the lab.

So the two paths are one: what differs is listed in `projection`, and the cells that only the lab
can answer are listed here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from live_namespace import CLOSED, FAKETIME, LAB_TIME, closed, nft
from namespaces import LABSUPPORT, Namespace, needs
from projection import projected
from real_internet import real_internet

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.real_internet import ENTRY_FILE, Described

pytestmark = [
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
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Namespace, Path]]:
    """An access network beside an Internet of real servers, and the file that says where it is."""
    folder = tmp_path_factory.mktemp("live")
    entry = folder / "entry.json"
    described = Described(
        Lab("en")._entry,
        ("0.0.0.0/0", "::/0"),  # every address here is the test's own
        ("example", "test", "arpa", "root-servers.net"),
    )
    entry.write_text(described.to_json(), encoding="utf-8")
    tool = entry.with_name("traceroute")
    tool.write_text(TRACEROUTE.format(tool=shutil.which("traceroute")))
    tool.chmod(0o755)
    with real_internet(folder) as (_, access):
        yield access, entry


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


def in_namespace(
    namespace: Namespace, entry: Path, script: str, *arguments: str, **more: str
) -> list[str]:
    """Run a script live in the namespace; return its lines, but for who will see a question."""
    done = subprocess.run(
        ("ip", "netns", "exec", namespace.name, sys.executable, "-c", script, *arguments),
        env={**os.environ, ENTRY_FILE: str(entry), **more},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith("Who will see")]


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
    assert now == before, cell.source


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
        assert_same(cell, now, before)
        compared += 1
    assert compared > len(cells) / 2


# A room that lets less through

PORTS_CLOSED = {
    "no port 53": "meta l4proto { tcp, udp } th dport 53 drop",
    "no port 43": "tcp dport 43 drop",
    "only port 443": "meta l4proto { tcp, udp } th sport != 443 th dport != 443 drop",
}
# Questions that need what is closed: each must be answered in a sentence, with nothing lost.
NEEDS = {
    "no port 53": ("lab.trace(", "lab.visit("),
    "no port 43": (".whois(", "lab.compare(", "lab.who(", "lab.draft("),
    "only port 443": (
        "lab.trace(", ".whois(", "lab.compare(", "lab.who(", "lab.draft(",
        "lab.path(", "lab.visit(", "http://",
    ),
}  # fmt: skip
INSTEAD = re.compile(
    r"\n\n(The resolver of this connection did not answer at port 53|WHOIS servers did not answer)"
    r"[^\n]*"
)


@pytest.mark.parametrize("room", PORTS_CLOSED)
@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_in_a_room_that_lets_less_through(
    network: tuple[Namespace, Path], notebook: str, room: str, tmp_path: Path
) -> None:
    namespace, entry = network
    with closed(namespace, PORTS_CLOSED[room]):
        shown = run_live(namespace, entry, notebook, tmp_path)
    stored = outputs(ORIGINALS / f"{notebook}.ipynb")
    for cell, before, now in zip(code_cells(notebook), stored, shown, strict=True):
        if is_lab_only(cell) or cell.source.startswith("from labsupport import Lab"):
            continue
        if any(question in cell.source for question in NEEDS[room]):
            assert now, cell.source
            assert not any("Error" in text.partition("\n")[0] for text in now), (cell.source, now)
            continue
        assert_same(cell, [INSTEAD.sub("", text) for text in now], before)


EXAMINED = """
import json
from labsupport import Lab
found = Lab("en").doctor("network")
print(json.dumps([found.kind.name == "FOUND", found.room.is_open]))
"""


@pytest.mark.parametrize(
    ("rule", "shut"),
    [
        ("udp dport 9 drop", set()),
        (PORTS_CLOSED["no port 43"], {"43"}),
        (PORTS_CLOSED["no port 53"], {"53/udp", "53/tcp", "53 root", "ipv6"}),
        (PORTS_CLOSED["only port 443"], {"53/udp", "53/tcp", "53 root", "ipv6", "43"}),
        ("drop", {"53/udp", "53/tcp", "53 root", "ipv6", "43", "443 doh", "443 rdap"}),
    ],
)
def test_the_doctor_finds_what_is_closed(
    network: tuple[Namespace, Path], rule: str, shut: set[str]
) -> None:
    namespace, entry = network
    with closed(namespace, rule):
        done = subprocess.run(
            ("ip", "netns", "exec", namespace.name, sys.executable, "-c", EXAMINED),
            env={**os.environ, **LAB_TIME, ENTRY_FILE: str(entry)},
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert (done.returncode, done.stderr) == (0, "")
    works, is_open = json.loads(done.stdout)
    assert works is True
    assert {key for key, one in is_open.items() if not one} == shut


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
    said = json.loads(in_namespace(namespace, entry, script, **LAB_TIME)[-1])
    lab = Lab("en")
    expected = [getattr(lab, question)(name).sentence for question, name in ASKED]
    assert said == dict.fromkeys(said, expected)
    assert len(said) == 2


PULLED = """
import subprocess, sys
from labsupport import Lab
lab = Lab("en", live=True)
first = lab.ask("www.museum.example")
assert first.kind.name == "FOUND", first
subprocess.run(["nft", "-f", "-"], input=sys.argv[1], text=True, check=True)
for question in ("ask", "dnssec", "rdap", "whois", "visit", "path", "origin", "who", "trace"):
    what = "203.0.113.80" if question == "origin" else "www.museum.example"
    answer = getattr(lab, question)(what)
    print(question, answer.kind.name, answer.sentence)
assert len(lab.evidence) > 10
print("evidence", lab.evidence.lines[0].outcome.__class__.__name__)
"""


def test_pulling_the_network_leaves_a_sentence_and_loses_nothing(
    network: tuple[Namespace, Path],
) -> None:
    namespace, entry = network
    try:
        said = in_namespace(namespace, entry, PULLED, CLOSED.format(rule="drop"))
    finally:
        nft(namespace, "delete table inet closed")
    assert said[-1] == "evidence Reply"
    assert len(said) == 10
    for line in said[:-1]:
        question, kind, sentence = line.split(" ", 2)
        assert kind == "NO_ANSWER", line
        assert len(sentence) > 20, question


LOSSY = """
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from labsupport import Lab
from labsupport.answers.ask import ask
from labsupport.inputs.names import read_question
from labsupport.world import World
lab = Lab("en", live=True)
names = [site.name for site in World.load().sites if site.hosting == "shared"][:60]
def kind(name):
    return ask(lab._session, *read_question(name, "A", lab.say)).kind.name
with ThreadPoolExecutor(60) as threads:
    print(json.dumps(Counter(threads.map(kind, names))))
"""


def test_where_packets_are_lost_nothing_wrong_is_told(network: tuple[Namespace, Path]) -> None:
    namespace, entry = network
    with closed(namespace, "numgen random mod 100 < 30 drop"):
        counts = json.loads(in_namespace(namespace, entry, LOSSY)[-1])
    assert set(counts) <= {"FOUND", "NO_ANSWER"}
    assert counts["FOUND"] >= 48  # of 60, with three packets in ten lost, there and back
