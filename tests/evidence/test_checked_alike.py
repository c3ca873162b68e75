"""What `lab.evidence.verify` says of a hostile record, the commands of the report say.

The page that checks a record in a browser is given the same records in tests/real.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hostile_records import CASES, CONTRADICTING, READABLE, SEAL, UNREADABLE

from labsupport.evidence.chain import Seal, verify
from labsupport.evidence.file_format import digest_of, lines_of
from labsupport.language import Language
from labsupport.papers.templates import filled_in

FILE = "evidence.jsonl"


def told(folder: Path, content: bytes, seal: str, shell: str = "sh") -> str:
    """What the commands say of a record."""
    commands = filled_in("papers/check.sh", Language.load("en"), file=FILE, seal=seal)
    (folder / FILE).write_bytes(content)
    run = subprocess.run(
        [shell, "-c", commands], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    return run.stdout


def seal_of(content: bytes) -> Seal:
    """A seal that fits the lines, as a forger would give it; another, where there is none."""
    lines = lines_of(content)
    fits = lines and re.fullmatch("[0-9a-f]{64}", digest_of(lines[-1]))
    return Seal(len(lines), digest_of(lines[-1])) if fits else SEAL


@pytest.mark.parametrize("case", CASES)
def test_the_commands_say_what_the_program_says(tmp_path: Path, case: str) -> None:
    content, seal = CASES[case]
    seal = seal or seal_of(content)
    verdict = verify(content, seal)
    said = told(tmp_path, content, str(seal))
    assert said.startswith("DOES NOT HOLD: " if verdict.problem else "HOLDS: "), said
    if place := re.search(r"DOES NOT HOLD: line (\d+)", said):
        assert int(place[1]) == verdict.line or verdict.problem == "rewritten"


@pytest.mark.parametrize(
    ("contents", "problems"),
    [
        (READABLE, {""}),
        (UNREADABLE, {"unreadable"}),
        (CONTRADICTING, {"second log", "false digest"}),
    ],
)
def test_a_line_is_as_the_program_writes_one(
    contents: dict[str, bytes], problems: set[str]
) -> None:
    found = {name: verify(content).problem for name, content in contents.items()}
    assert {name: one for name, one in found.items() if one not in problems} == {}
