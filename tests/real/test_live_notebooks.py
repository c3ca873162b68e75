"""Every notebook runs live in a network of real sockets, and shows what it shows in the lab.

So the two paths are one: what differs is listed in `projection`, and the cells that only the lab
can answer are listed here. Then: what is said where the network is shut, pulled out or lossy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import running_live as live
from live_namespace import CLOSED, LAB_TIME, PORTS_CLOSED, closed, nft
from namespaces import LABSUPPORT, Namespace
from running_live import network

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.real_internet import ENTRY_FILE

__all__ = ["network"]
pytestmark = live.NEEDED


@pytest.fixture(scope="module")
def shown(
    network: tuple[Namespace, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[list[str]]]:
    return live.run_live(*network, tmp_path_factory.mktemp("shown"))


@pytest.mark.parametrize("notebook", live.NOTEBOOKS)
def test_a_notebook_shows_live_what_it_shows_in_the_lab(
    shown: dict[str, list[list[str]]], notebook: str
) -> None:
    cells = live.code_cells(notebook)
    stored = live.outputs(live.ORIGINALS / f"{notebook}.ipynb")
    compared = 0
    for cell, before, now in zip(cells, stored, shown[notebook], strict=True):
        if live.is_lab_only(cell) or cell.source.startswith(
            "from labsupport import Lab"
        ):
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
            *(
                "ip",
                "netns",
                "exec",
                namespace.name,
                LABSUPPORT,
                "record",
                "www.museum.example",
            ),
            *("--to", str(file)),
        ),
        env={**os.environ, **LAB_TIME, "PATH": f"{entry.parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        timeout=100,
    )
    here, lab = Lab("en", recording=file), Lab("en")
    for question in (
        "ask",
        "trace",
        "dnssec",
        "rdap",
        "whois",
        "compare",
        "who",
        "path",
        "visit",
    ):
        replayed = getattr(here, question)("www.museum.example")
        assert replayed.kind is Kind.FOUND, question
        # what these say has milliseconds, or hosts
        if question not in (
            "who",
            "compare",
            "path",
        ):
            assert (
                replayed.sentence
                == getattr(lab, question)("www.museum.example").sentence
            )


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
ASKED = [
    ("ask", "www.museum.example"),
    ("ask", "www.alterado.example"),
    ("dnssec", "isla.example"),
]


def test_a_resolver_may_be_asked_over_https(network: tuple[Namespace, Path]) -> None:
    """Unbound answers so."""
    namespace, entry = network
    script = ENCRYPTED.replace("ASKED", repr(json.dumps(ASKED)))
    said = json.loads(live.in_namespace(namespace, entry, script, **LAB_TIME)[-1])
    lab = Lab("en")
    expected = [getattr(lab, question)(name).sentence for question, name in ASKED]
    assert said == dict.fromkeys(said, expected)
    assert len(said) == 2


EXAMINED = """
import json
from labsupport import Lab
found = Lab("en").course.doctor(network=True)
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
        said = live.in_namespace(namespace, entry, PULLED, CLOSED.format(rule="drop"))
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
from labsupport.lab_protocol import context_of
from labsupport.world import World
lab = Lab("en", live=True)
names = [site.name for site in World.load().sites if site.hosting == "shared"][:60]
def kind(name):
    return ask(context_of(lab).session, *read_question(name, "A", context_of(lab).say)).kind.name
with ThreadPoolExecutor(60) as threads:
    print(json.dumps(Counter(threads.map(kind, names))))
"""


def test_where_packets_are_lost_nothing_wrong_is_told(
    network: tuple[Namespace, Path],
) -> None:
    namespace, entry = network
    with closed(namespace, "numgen random mod 100 < 30 drop"):
        counts = json.loads(live.in_namespace(namespace, entry, LOSSY)[-1])
    assert set(counts) <= {"FOUND", "NO_ANSWER"}
    # of 60, with three packets in ten lost, there and back
    assert counts["FOUND"] >= 48
