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
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from namespaces import LABSUPPORT, Namespace, needs, served_lab
from projection import projected

from labsupport import Lab
from labsupport.live import ENTRY_FILE, Described
from labsupport.results import Kind
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


# A room that lets less through

PORTS_CLOSED = {
    "no port 53": "meta l4proto { tcp, udp } th dport 53 drop",
    "no port 43": "tcp dport 43 drop",
    "only port 443": "meta l4proto { tcp, udp } th sport != 443 th dport != 443 drop",
}
# Questions that need what is closed: each must be answered in a sentence, with nothing lost.
NEEDS = {
    "no port 53": ("lab.trace(", "lab.walk_box(", "lab.visit(", "lab.packet("),
    "no port 43": (".whois(", "lab.compare(", "lab.who(", "lab.draft("),
    "only port 443": (
        "lab.trace(", "lab.walk_box(", ".whois(", "lab.compare(", "lab.who(", "lab.draft(",
        "lab.path(", "lab.visit(", "http://", "lab.packet(",
    ),
}  # fmt: skip
INSTEAD = re.compile(
    r"\n\n(The resolver of this connection did not answer at port 53|WHOIS servers did not answer)"
    r"[^\n]*"
)


CLOSED = """
table inet closed {{
    chain output {{
        type filter hook output priority filter; policy accept;
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        {rule}
    }}
}}
"""


@contextmanager
def closed(namespace: Namespace, rule: str) -> Iterator[None]:
    """Let packets of this kind go no more; what belongs to the machine itself goes on."""
    nft(namespace, CLOSED.format(rule=rule))
    try:
        yield
    finally:
        nft(namespace, "delete table inet closed")


def nft(namespace: Namespace, commands: str) -> None:
    subprocess.run(
        ("ip", "netns", "exec", namespace.name, "nft", "-f", "-"),
        input=commands,
        text=True,
        check=True,
        timeout=30,
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
        assert [INSTEAD.sub("", text) for text in now] == before, cell.source


@pytest.mark.parametrize(
    ("rule", "shut"),
    [
        ("udp dport 9 drop", {"853"}),  # the lab has no DNS over TLS
        (PORTS_CLOSED["no port 43"], {"853", "43"}),
        (PORTS_CLOSED["no port 53"], {"853", "53/udp", "53/tcp", "53 root", "ipv6"}),
        (PORTS_CLOSED["only port 443"], {"853", "53/udp", "53/tcp", "53 root", "ipv6", "43"}),
        ("drop", {"853", "53/udp", "53/tcp", "53 root", "ipv6", "43", "443 doh", "443 rdap"}),
    ],
)
def test_the_doctor_finds_what_is_closed(
    network: tuple[Namespace, Path], rule: str, shut: set[str]
) -> None:
    namespace, entry = network
    with closed(namespace, rule):
        done = subprocess.run(
            ("ip", "netns", "exec", namespace.name, LABSUPPORT, "doctor", "--json"),
            env={**os.environ, **LAB_TIME, ENTRY_FILE: str(entry)},
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["works"] is True
    assert {key for key, is_open in found["network"].items() if not is_open} == shut


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
        done = subprocess.run(
            (
                *("ip", "netns", "exec", namespace.name, sys.executable, "-c", PULLED),
                CLOSED.format(rule="drop"),
            ),
            env={**os.environ, ENTRY_FILE: str(entry)},
            capture_output=True,
            text=True,
            timeout=300,
        )
    finally:
        nft(namespace, "delete table inet closed")
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if not line.startswith("Who will see")]
    assert said[-1] == "evidence Reply"
    assert len(said) == 10
    for line in said[:-1]:
        question, kind, sentence = line.split(" ", 2)
        assert kind == "NO_ANSWER", line
        assert len(sentence) > 20, question


LOSSY = """
import json
from labsupport import Lab
from labsupport.world import World
lab = Lab("en", live=True)
names = [site.name for site in World.load().sites if site.hosting == "shared"][:60]
found = lab.ask_many(names)
print(json.dumps({kind.name: count for kind, count in found.counts.items()}))
"""


def test_where_packets_are_lost_nothing_wrong_is_told(network: tuple[Namespace, Path]) -> None:
    namespace, entry = network
    with closed(namespace, "numgen random mod 100 < 30 drop"):
        done = subprocess.run(
            ("ip", "netns", "exec", namespace.name, sys.executable, "-c", LOSSY),
            env={**os.environ, ENTRY_FILE: str(entry)},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    assert set(counts) <= {"FOUND", "NO_ANSWER"}
    assert counts["FOUND"] >= 54  # of 60, with three packets in ten lost
