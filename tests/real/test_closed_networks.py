"""Notebooks run live where a network lets less through: what needs more says so in a sentence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import running_live as live
from live_namespace import CLOSED, LAB_TIME, closed, nft
from namespaces import Namespace
from running_live import network

from labsupport.real_internet import ENTRY_FILE

__all__ = ["network"]
pytestmark = live.NEEDED

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
@pytest.mark.parametrize("notebook", live.NOTEBOOKS)
def test_a_notebook_in_a_room_that_lets_less_through(
    network: tuple[Namespace, Path], notebook: str, room: str, tmp_path: Path
) -> None:
    namespace, entry = network
    with closed(namespace, PORTS_CLOSED[room]):
        shown = live.run_live(namespace, entry, notebook, tmp_path)
    stored = live.outputs(live.ORIGINALS / f"{notebook}.ipynb")
    for cell, before, now in zip(live.code_cells(notebook), stored, shown, strict=True):
        if live.is_lab_only(cell) or cell.source.startswith("from labsupport import Lab"):
            continue
        if any(question in cell.source for question in NEEDS[room]):
            assert now, cell.source
            assert not any("Error" in text.partition("\n")[0] for text in now), (cell.source, now)
            continue
        live.assert_same(cell, [INSTEAD.sub("", text) for text in now], before)


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
        counts = json.loads(live.in_namespace(namespace, entry, LOSSY)[-1])
    assert set(counts) <= {"FOUND", "NO_ANSWER"}
    assert counts["FOUND"] >= 48  # of 60, with three packets in ten lost, there and back
