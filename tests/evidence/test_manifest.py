"""`lab.verify` of a folder: each file against the list of checksums in it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.papers.files import MANIFEST

FILES = {"evidence/evidence.jsonl": b"{}\n", "note.txt": b"x", "año.txt": b"\xff"}
DONE: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "nothing": (lambda folder: None, {}),
    "a byte": (lambda folder: (folder / "note.txt").write_bytes(b"y"), {"note.txt": "changed"}),
    "taken out": (lambda folder: (folder / "note.txt").unlink(), {"note.txt": "missing"}),
    "put in": (lambda folder: (folder / "new.txt").write_bytes(b"x"), {"new.txt": "added later"}),
    "a link": (
        lambda folder: (
            (folder / "note.txt").rename(folder.parent / "note.txt")
            and (folder / "note.txt").symlink_to(folder.parent / "note.txt")
        ),
        {"note.txt": "missing"},
    ),
    "outside": (
        lambda folder: (folder / MANIFEST).write_text(
            (folder / MANIFEST).read_text() + f"{hashlib.sha256(b'x').hexdigest()}  ../note.txt\n"
        ),
        {"../note.txt": "missing"},
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "case-file"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    lines = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in FILES.items())
    (folder / MANIFEST).write_text("".join(lines))
    return folder


@pytest.mark.parametrize(("done", "wrong"), DONE.values(), ids=DONE)
def test_what_was_done_to_a_folder_is_told(
    folder: Path, done: Callable[[Path], object], wrong: dict[str, str]
) -> None:
    done(folder)
    found = Lab("en").verify("case-file")
    assert (found.kind is Kind.FAILED) == bool(wrong)
    table = found.tabulated()
    assert table is not None
    states = {str(name): str(state) for name, state in table.rows}
    for name, state in states.items():
        assert wrong.get(name, "as the list has it") in state
    assert set(states) == set(FILES) | set(wrong)
    assert f"{len(states) - len(wrong)} of {len(states)} files" in found.sentence


def test_sha256sum_finds_the_same(folder: Path) -> None:
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("sha256sum is not installed")
    (folder / "note.txt").write_bytes(b"y")
    command = [program, "--check", "--strict", MANIFEST]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    assert "note.txt: FAILED" in ran.stdout


def test_a_folder_without_a_list_is_refused_in_a_sentence(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    found = Lab("en").verify("case-file")
    assert found.kind is Kind.NOT_ASKED
    assert MANIFEST in found.sentence
