"""`lab.evidence.verify` of a folder: each file against the list of checksums in it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.papers.files import MANIFEST

FILES = {"evidence/evidence.jsonl": b"{}\n", "note.txt": b"x", "año.txt": b"\xff"}


def added(folder: Path, line: bytes) -> None:
    """Add a line to the list."""
    with (folder / MANIFEST).open("ab") as stream:
        stream.write(line)


def listed(folder: Path, content: bytes, name: str) -> None:
    added(folder, f"{hashlib.sha256(content).hexdigest()}  {name}\n".encode())


DONE: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "nothing": (lambda folder: None, {}),
    "a byte": (
        lambda folder: (folder / "note.txt").write_bytes(b"y"),
        {"note.txt": "changed"},
    ),
    "taken out": (
        lambda folder: (folder / "note.txt").unlink(),
        {"note.txt": "missing"},
    ),
    "put in": (
        lambda folder: (folder / "new.txt").write_bytes(b"x"),
        {"new.txt": "added later"},
    ),
    "a link": (
        lambda folder: (
            (folder / "note.txt").rename(folder.parent / "note.txt")
            and (folder / "note.txt").symlink_to(folder.parent / "note.txt")
        ),
        {"note.txt": "missing"},
    ),
    "a name twice": (
        lambda folder: listed(folder, b"x", "note.txt"),
        {"note.txt": "more than once"},
    ),
    "a name twice, another hash first": (
        lambda folder: (folder / MANIFEST).write_text(
            f"{'0' * 64}  note.txt\n" + (folder / MANIFEST).read_text()
        ),
        {"note.txt": "more than once"},
    ),
    "a link to a folder": (
        lambda folder: (folder / "more").symlink_to(folder.parent),
        {"more": "no plain file"},
    ),
    "a link to nowhere": (
        lambda folder: (folder / "more").symlink_to("nowhere"),
        {"more": "no plain file"},
    ),
    "a pipe": (lambda folder: os.mkfifo(folder / "more"), {"more": "no plain file"}),
    "no entry": (
        lambda folder: added(folder, b"some words\n"),
        {"some words": "no entry"},
    ),
    "an empty line, and a remark": (lambda folder: added(folder, b"\n# words\n"), {}),
    "other line ends": (
        lambda folder: (folder / MANIFEST).write_bytes(
            (folder / MANIFEST).read_bytes().replace(b"\n", b"\r\n")
        ),
        {},
    ),
    "the list itself": (
        lambda folder: listed(folder, b"x", MANIFEST),
        {MANIFEST: "missing"},
    ),
    "another spelling": (
        lambda folder: listed(folder, b"x", "./note.txt"),
        {"./note.txt": "missing"},
    ),
    "from the root": (
        lambda folder: listed(folder, b"x", "/etc/hosts"),
        {"/etc/hosts": "missing"},
    ),
    "a name that is no UTF-8": (
        lambda folder: (
            (folder / os.fsdecode(b"\xff")).write_bytes(b"x"),
            added(folder, hashlib.sha256(b"x").hexdigest().encode() + b"  \xff\n"),
        ),
        {},
    ),
    "as sha256sum writes binary files": (
        lambda folder: (folder / MANIFEST).write_text(
            (folder / MANIFEST).read_text().replace("  note", " *note")
        ),
        {},
    ),
    "hashes in capitals": (
        lambda folder: (folder / MANIFEST).write_text(
            re.sub(
                "^[0-9a-f]+",
                lambda one: one[0].upper(),
                (folder / MANIFEST).read_text(),
            )
        ),
        {},
    ),
    "outside": (
        lambda folder: (folder / MANIFEST).write_text(
            (folder / MANIFEST).read_text()
            + f"{hashlib.sha256(b'x').hexdigest()}  ../note.txt\n"
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
    lines = (
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in FILES.items()
    )
    (folder / MANIFEST).write_text("".join(lines))
    return folder


@pytest.mark.parametrize(("done", "wrong"), DONE.values(), ids=DONE)
def test_what_was_done_to_a_folder_is_told(
    folder: Path, done: Callable[[Path], object], wrong: dict[str, str]
) -> None:
    done(folder)
    found = Lab("en").evidence.verify("case-file")
    assert (found.kind is Kind.FAILED) == bool(wrong)
    table = found.tabulated()
    assert table is not None
    states = {str(name): str(state) for name, state in table.rows}
    for name, state in states.items():
        assert wrong.get(name, "as the list has it") in state
    assert set(FILES) | set(wrong) <= set(states)
    assert f"{len(states) - len(wrong)} of {len(states)} files" in found.sentence
    assert found._repr_html_().encode()


@pytest.mark.parametrize(("done", "wrong"), DONE.values(), ids=DONE)
def test_what_sha256sum_refuses_is_refused(
    folder: Path, done: Callable[[Path], object], wrong: dict[str, str]
) -> None:
    """It looks at no other file than those of the list, follows links, and leaves the folder."""
    done(folder)
    command = ["sha256sum", "--check", "--strict", MANIFEST]
    ran = subprocess.run(command, cwd=folder, capture_output=True, timeout=60)
    if ran.returncode:
        assert Lab("en").evidence.verify("case-file").kind is Kind.FAILED
    else:
        assert wrong.keys() <= {
            "new.txt",
            "more",
            "../note.txt",
            "./note.txt",
            "/etc/hosts",
            "note.txt",
        }


def test_a_list_that_is_a_link_is_none(folder: Path) -> None:
    (folder / MANIFEST).rename(folder.parent / MANIFEST)
    (folder / MANIFEST).symlink_to(folder.parent / MANIFEST)
    found = Lab("en").evidence.verify("case-file")
    assert found.kind is Kind.NOT_ASKED
    assert MANIFEST in found.sentence


def test_a_folder_without_a_list_is_refused_in_a_sentence(folder: Path) -> None:
    (folder / MANIFEST).unlink()
    found = Lab("en").evidence.verify("case-file")
    assert found.kind is Kind.NOT_ASKED
    assert MANIFEST in found.sentence
