"""`lab.verify` of a folder: each file against the list of checksums in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labsupport import Lab
from labsupport.evidence import Seal
from labsupport.lookups.evidence import MANIFEST
from labsupport.lookups.verification import Listed
from labsupport.results import Kind


def record_of(*names: str) -> bytes:
    lab = Lab("en")
    for name in names:
        lab.ask(name)
    return b"".join(lab._log.encoded())


def seal_of(record: bytes) -> str:
    return str(Seal(record.count(b"\n"), record[-67:-3].decode()))


FILE = record_of("www.museum.example", "hospital-central.org.test")
OTHER = record_of("isla.example")
SEAL, OTHER_SEAL = seal_of(FILE), seal_of(OTHER)
TORN = FILE.replace(b"fibra-sur", b"fibra-sud", 1)
RECORD = "evidence/evidence.jsonl"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line(name: str, content: bytes) -> str:
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"


def case_folder(name: str = "case-file", **files: bytes) -> Path:
    """A folder as a case file is; `files` has others than the usual ones, by path."""
    there = Path(name)
    contents = files or {RECORD: FILE, "note.txt": b"x"}
    for path, content in contents.items():
        (there / path).parent.mkdir(parents=True, exist_ok=True)
        (there / path).write_bytes(content)
    (there / MANIFEST).write_text("".join(line(*one) for one in contents.items()))
    return there


def listed(given: str, seal: object = "") -> Listed:
    found = Lab("en").verify(given, seal)
    assert isinstance(found, Listed), found.sentence
    assert ("✓ holds" in repr(found)) == found.holds == (found.kind is Kind.FOUND)
    return found


def rows(found: Listed) -> dict[str, str]:
    return {str(name): str(state) for name, state in found.tabulated().rows}


def refused(given: str, *said: str) -> None:
    found = Lab("en").verify(given)
    assert found.kind is Kind.NOT_ASKED
    assert all(one in found.sentence for one in said), found.sentence


@pytest.mark.parametrize("given", ["case-file", "case-file/", "case-file/MANIFEST.txt"])
@pytest.mark.parametrize(
    ("done", "wrong", "state"),
    [
        ("", "", ""),
        ("note.txt", "note.txt", "another content"),
        (RECORD, RECORD, "another content"),
        ("extra.txt", "extra.txt", "not in the list"),
        ("-note.txt", "note.txt", "not there"),
    ],
)
def test_a_case_file_is_compared_with_its_list(
    folder: Path, given: str, done: str, wrong: str, state: str
) -> None:
    there = case_folder()
    if done.startswith("-"):
        (there / done[1:]).unlink()
    elif done:
        (there / done).write_bytes(b"changed")
    found = listed(given, SEAL)
    assert found.holds == (not done)
    first, said = found.tabulated().rows[0]
    if done:
        assert found.sentence.startswith(f"1 file of case-file is not as the list has it: {wrong}.")
        assert (first, state in said) == (wrong, True)
    else:
        assert found.sentence.startswith("All 2 files of case-file are as their list has them.")
        assert rows(found)[RECORD] == "as in the list"
    assert hashlib.sha256((there / MANIFEST).read_bytes()).hexdigest() in found.sentence


def test_a_folder_may_have_a_dot_in_its_name() -> None:
    case_folder("case.v2")
    assert listed("case.v2", SEAL).holds


# The records in it


def test_a_seal_without_a_record_does_not_hold() -> None:
    case_folder(**{"note.txt": b"x"})
    found = listed("case-file", SEAL)
    assert not found.holds
    assert "The seal fits no record here." in found.sentence
    found = listed("case-file")
    assert found.holds
    assert "No record (.jsonl) was checked." in found.sentence


@pytest.mark.parametrize("other", ["evidence/evidence-2.jsonl", "z.jsonl"])
def test_each_record_is_checked_and_the_seal_fits_one(other: str) -> None:
    case_folder(**{RECORD: FILE, other: OTHER})
    for seal, fits, without in ((SEAL, RECORD, other), (OTHER_SEAL, other, RECORD)):
        found = listed("case-file", seal)
        assert found.holds
        assert set(found.records) == {RECORD, other}
        assert f"The seal fits {fits}. {fits} is as it was sealed" in found.sentence
        assert f"{without} fits together" in found.sentence
        assert any("Without a seal" in limit for limit in found.limits)
    assert "seal" not in listed("case-file").sentence
    found = listed("case-file", f"3-{'0' * 64}")
    assert not found.holds
    assert "The seal fits no record here." in found.sentence


@pytest.mark.parametrize("name", ["evidence.jsonl", "a/evidence-2.jsonl", "copy.jsonl"])
def test_a_record_that_was_changed_does_not_hold_though_the_list_has_it(name: str) -> None:
    case_folder(**{RECORD: FILE, name: TORN})
    found = listed("case-file", SEAL)
    assert not found.holds
    assert found.tabulated().rows[0] == (name, "as in the list, but its lines do not hold")
    assert f"The seal fits {RECORD}." in found.sentence
    assert f"of {name} was changed" in found.sentence


def test_a_record_is_told_by_its_name_or_its_first_line() -> None:
    case_folder(**{"visits.jsonl": b'{"ip":"203.0.113.7"}\n', "evidence-3.jsonl": b"minutes\n"})
    found = listed("case-file")
    assert set(found.records) == {"evidence-3.jsonl"}
    assert not found.holds


def test_a_seal_of_fewer_lines_covers_these() -> None:
    case_folder()
    seal = seal_of(b"".join(FILE.splitlines(keepends=True)[:3]))
    found = listed("case-file", seal)
    assert found.holds
    assert f"The seal fits {RECORD}. All 3 sealed lines are as they were." in found.sentence


# The list


HASH = hashlib.sha256(b"x").hexdigest()
NO_LIST, UNREAD = "has no list of hashes", "cannot be read: line"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HASH}  note.txt\n", ""),
        (f"{HASH}  note.txt", ""),
        (f"{'0' * 64}  note.txt\n", "another content"),
        (f"{HASH}  note.txt\n{HASH}  gone.txt\n", "not there"),
        (f"{HASH}  note.txt\u2028{HASH}  gone.txt\n", "not there"),
        (f"{HASH}  note.txt\x0b\n", "not there"),
        ("", NO_LIST),
        (f"garbage\n{HASH}  note.txt\n", UNREAD),
        (f"\ufeff{HASH}  note.txt\n", UNREAD),
        (f"{HASH[1:]}  note.txt\n", UNREAD),
        (f"{HASH}0  note.txt\n", UNREAD),
    ],
)
def test_the_list_is_read_as_sha256sum_reads_it(text: str, said: str) -> None:
    there = case_folder(**{"note.txt": b"x"})
    (there / MANIFEST).write_bytes(text.encode())
    tool = shutil.which("sha256sum")
    if tool and sys.platform == "linux":
        done = subprocess.run([tool, "--check", "--strict", MANIFEST], cwd=there, check=False)
        assert (done.returncode == 0) == (not said)
    if said in ("", "another content", "not there"):
        found = listed("case-file")
        assert found.holds == (not said)
        assert any(said in state for state in rows(found).values())
    else:
        refused("case-file", said)


@pytest.mark.parametrize(
    "text",
    [
        f"{HASH}  note.txt\n{HASH}  note.txt\n",
        f"{'0' * 64}  note.txt\n{HASH}  note.txt\n",
        f"SHA256 (note.txt) = {HASH}\n",
        f"{HASH.upper()}  note.txt\n",
        f"{HASH} *note.txt\n",
        f"\\{HASH}  note.txt\n",
        f"{HASH}\tnote.txt\n",
    ],
)
def test_what_the_lab_never_writes_in_a_list_is_refused(text: str) -> None:
    there = case_folder(**{"note.txt": b"x"})
    (there / MANIFEST).write_bytes(text.encode())
    refused("case-file", UNREAD)


# What is no ordinary file


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_and_what_is_no_file_fail_by_name(folder: Path) -> None:
    there = case_folder()
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "more.txt").write_bytes(b"x")
    (there / "note.txt").unlink()
    (there / "note.txt").symlink_to(folder / "elsewhere" / "more.txt")
    (there / "more").symlink_to(folder / "elsewhere")
    (there / "nowhere").symlink_to("gone")
    os.mkfifo(there / "pipe")
    (there / "\u202etxt.exe").write_bytes(b"x")
    found = listed("case-file", SEAL)
    special = "not an ordinary file"
    assert dict([*rows(found).items()][:5]) == {
        **dict.fromkeys(("more", "note.txt", "nowhere", "pipe"), special),
        "<U+202E>txt.exe": "there, but not in the list",
    }
    assert not found.holds
    for name in ("more", "nowhere", "pipe", "note.txt", "\u202etxt.exe"):
        (there / name).unlink()
    (there / "note.txt").write_bytes(b"x")
    assert listed("case-file", SEAL).holds
    shutil.move(there / MANIFEST, folder / "list")
    (there / MANIFEST).symlink_to(folder / "list")
    refused("case-file", NO_LIST)


def test_what_cannot_be_read_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    case_folder()
    opened = Path.open

    def no_reading(path: Path, *mode: str, **named: object) -> object:
        if path.name == "note.txt":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", no_reading)
    refused("case-file", "case-file cannot be read (Permission denied)")


# What is none of these


def test_what_is_no_case_file_gets_a_sentence(folder: Path) -> None:
    Path("empty").mkdir()
    refused("empty", NO_LIST)
    refused("case-file.zip", "Unpack “case-file.zip”, and give the name of its folder.")
    for name in ("../x", str(folder), ".", "..", "x" * 5000, "x\0"):
        refused(name, "cannot be used here")
    for name in ("none", "none/MANIFEST.txt"):
        refused(name, "There is no file none.jsonl in this folder.")
