"""`lab.verify` of a folder, its list of checksums, or an archive: each file against the list."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.evidence import Seal
from labsupport.lookups import manifest
from labsupport.lookups.manifest import MANIFEST, Listed
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


@pytest.mark.parametrize(
    "given", ["case-file", "case-file/", "case-file/MANIFEST.txt", "case-file.zip"]
)
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
    shutil.make_archive("case-file", "zip", folder, "case-file")
    found = listed(given, SEAL)
    assert found.holds == (not done)
    name = given.rstrip("/")
    first, said = found.tabulated().rows[0]
    if done:
        assert found.sentence.startswith(f"1 file of {name} is not as the list has it: {wrong}.")
        assert (first, state in said) == (wrong, True)
    else:
        assert found.sentence.startswith(f"All 2 files of {name} are as their list has them.")
        assert rows(found)[RECORD] == "as in the list; its lines hold"
    assert hashlib.sha256((there / MANIFEST).read_bytes()).hexdigest() in found.sentence
    assert "sha256sum -c MANIFEST.txt" in found.limits[1]


def test_a_folder_may_have_a_dot_in_its_name() -> None:
    case_folder("case.v2")
    assert listed("case.v2", SEAL).holds


# The records in it


def test_a_seal_without_a_record_does_not_hold() -> None:
    case_folder(**{"note.txt": b"x"})
    found = listed("case-file", SEAL)
    assert not found.holds
    assert "no record (.jsonl) here to compare the seal with" in found.sentence
    found = listed("case-file")
    assert found.holds
    assert "No record (.jsonl) was checked." in found.sentence


@pytest.mark.parametrize("other", ["evidence/evidence-2.jsonl", "minutes.JSONL", "z.jsonl"])
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
NO_LIST, UNREAD, TWICE = "has no list of hashes", "cannot be read: line", "is in it twice"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HASH}  note.txt\n", ""),
        (f"{HASH} *note.txt", ""),
        (f"{HASH.upper()}  note.txt\n", ""),
        (f"# a list\r\n\n\r\n{HASH}  note.txt\r\n", ""),
        (f"\\{HASH}  note.txt\n", ""),
        (f"{'0' * 64}  note.txt\n", "another content"),
        (f"{HASH}  note.txt\n{HASH}  gone.txt\n", "not there"),
        (f"{HASH}  note.txt\u2028{HASH}  gone.txt\n", "not there"),
        (f"{HASH}  note.txt\x0b\n", "not there"),
        (f"{HASH}  note.txt\r\r\n", "not there"),
        ("", NO_LIST),
        ("#\n\n", NO_LIST),
        (f"garbage\n{HASH}  note.txt\n", UNREAD),
        (f"\ufeff{HASH}  note.txt\n", UNREAD),
        (f" \n{HASH}  note.txt\n", UNREAD),
        (f" # a list\n{HASH}  note.txt\n", UNREAD),
        (f"{HASH[1:]}  note.txt\n", UNREAD),
        (f"{HASH}0  note.txt\n", UNREAD),
        (f"\\{HASH}  no\\te.txt\n", UNREAD),
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
    ("text", "said"),
    [
        (f"{HASH}  note.txt\n{HASH}  note.txt\n", TWICE),
        (f"{'0' * 64}  note.txt\n{HASH}  note.txt\n", TWICE),
        (f"SHA256 (note.txt) = {HASH}\n", UNREAD),
        (f"{HASH} note.txt\n", UNREAD),
        (f" {HASH}  note.txt\n", UNREAD),
        (f"{HASH}\tnote.txt\n", UNREAD),
        (f"{HASH}  note.txt\0evil\n", UNREAD),
        (f"{HASH}  -\n", UNREAD),
    ],
)
def test_what_sha256sum_never_writes_in_a_list_is_refused(text: str, said: str) -> None:
    there = case_folder(**{"note.txt": b"x"})
    (there / MANIFEST).write_bytes(text.encode())
    refused("case-file", said)


@pytest.mark.skipif(sys.platform != "linux", reason="names that only some systems have")
def test_names_with_anything_in_them_are_listed_and_shown_on_one_line() -> None:
    names = ["b\\s", "line\nfeed", "return\r", "#x", " y", "\u202etxt.exe", "é"]
    there = case_folder(**dict.fromkeys(names, b"x"))
    tool = ["sha256sum", "--", *names]
    sums = subprocess.run(tool, cwd=there, check=True, capture_output=True).stdout
    (there / MANIFEST).write_bytes(sums)
    found = listed("case-file")
    assert found.holds
    assert {"line<U+000A>feed", "return<U+000D>", "<U+202E>txt.exe"} < set(rows(found))
    (there / os.fsdecode(b"\xff")).write_bytes(b"x")
    (there / MANIFEST).write_bytes(sums + f"{HASH}  ".encode() + b"\xff\n")
    assert listed("case-file").holds
    (there / "line\nfeed").write_bytes(b"y")
    assert "has it: line<U+000A>feed." in listed("case-file").sentence


@pytest.mark.parametrize("name", ["old-MANIFEST.txt", "manifest.txt", "MANIFEST.txt.zip.txt"])
def test_only_a_file_of_that_very_name_is_the_list(name: str) -> None:
    there = case_folder()
    shutil.copy(there / MANIFEST, there / name)
    refused(f"case-file/{name}", "case-file/" if "zip" not in name else "cannot be used")


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
    found = listed("case-file", SEAL)
    link = "a link, not a file"
    assert [*rows(found).items()][:4] == [
        *(("more", link), ("note.txt", link), ("nowhere", link)),
        ("pipe", "not an ordinary file"),
    ]
    assert not found.holds
    for name in ("more", "nowhere", "pipe", "note.txt"):
        (there / name).unlink()
    (there / "note.txt").write_bytes(b"x")
    assert listed("case-file", SEAL).holds
    shutil.move(there / MANIFEST, folder / "list")
    (there / MANIFEST).symlink_to(folder / "list")
    refused("case-file", NO_LIST)


def test_what_cannot_be_entered_or_read_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case_folder()
    scandir, opened = os.scandir, Path.open

    def no_entry(path: str) -> object:
        if Path(path).name == "evidence":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def no_reading(path: Path, *mode: str, **named: object) -> object:
        if path.name in ("note.txt", "evidence.jsonl"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **named)  # type: ignore[call-overload]

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", no_entry)
        refused("case-file", "case-file cannot be read (Permission denied)")
    monkeypatch.setattr(Path, "open", no_reading)
    found = listed("case-file")
    unread = "there, but it cannot be read"
    assert rows(found) == {RECORD: unread, "note.txt": unread}


# Archives


def archive_of(*more: tuple[str | zipfile.ZipInfo, bytes], root: str = "case-file") -> None:
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr(f"{root}/note.txt", b"x")
        archive.writestr(f"{root}/{MANIFEST}", line("note.txt", b"x"))
        for entry in more:
            archive.writestr(*entry)


def entry(name: str, mode: int, packed: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    one = zipfile.ZipInfo(name)
    one.external_attr = mode << 16
    one.compress_type = packed
    return one


def test_an_archive_is_read_without_being_unpacked(folder: Path) -> None:
    archive_of((entry("case-file/", stat.S_IFDIR | 0o755), b""))
    assert listed("x.zip").holds
    assert [*folder.iterdir()] == [folder / "x.zip"]
    shutil.copy("x.zip", "X2.ZIP")
    assert listed("X2.ZIP").holds


@pytest.mark.parametrize(
    "more",
    [
        *("other/note.txt", "note.txt", "/etc/note.txt", "case-file", "case-file//more.txt"),
        *("case-file/../more.txt", "case-file/./more.txt", "../more.txt", "case-file/a\\b"),
        *("case-file\\..\\more.txt", "case-file/NOTE.TXT", "case-file/note.txt/more.txt"),
        *("case-file/folder/", "__MACOSX/more.txt"),
    ],
)
def test_what_programs_unpack_in_different_ways_is_refused(more: str) -> None:
    archive_of((more, b"more"))
    refused("x.zip", "x.zip was not checked", manifest.shown(more))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused() -> None:
    archive_of(("case-file/note.txt", b"y"))
    refused("x.zip", "case-file/note.txt in different ways")


@pytest.mark.parametrize(
    ("mode", "state"),
    [
        (stat.S_IFLNK | 0o777, "a link, not a file"),
        (stat.S_IFIFO | 0o600, "not an ordinary file"),
        (stat.S_IFDIR | 0o755, "not an ordinary file"),
        (0, "not an ordinary file"),
    ],
)
def test_links_in_an_archive_fail_by_name(mode: int, state: str) -> None:
    one = entry("case-file/more", mode)
    one.external_attr |= 0 if mode else 0x10  # a folder, says MS-DOS
    archive_of((one, b"note.txt"))
    found = listed("x.zip")
    assert found.tabulated().rows[0] == ("more", state)
    assert not found.holds
    archive_of((entry("case-file/more/", stat.S_IFLNK | 0o777), b""))
    refused("x.zip", "programs may unpack case-file/more/ in different ways")


IN_DIRECTORY = b"PK\1\2\x14\3\x14\0"  # the flags and the method of an entry come next


@pytest.mark.parametrize(
    "done",
    [
        lambda content: b"#!/bin/sh\n" + content,
        lambda content: content[:-2] + b"\5\0hello",  # a comment
        lambda content: content[:40],
        lambda content: b"",
        lambda content: content.replace(b"xPK", b"yPK"),  # another content than its checksum's
        lambda content: content.replace(IN_DIRECTORY + b"\0", IN_DIRECTORY + b"\1"),  # encrypted
        lambda content: content.replace(IN_DIRECTORY + b"\0\0\0", IN_DIRECTORY + b"\0\0\x63"),
        # A name that is said to be in UTF-8, and is not.
        lambda content: content.replace(b"\x14\0\0\0", b"\x14\0\0\x08").replace(b"te.", b"t\xff."),
    ],
)
def test_an_archive_that_is_damaged_or_unusual_gets_a_sentence(
    done: Callable[[bytes], bytes],
) -> None:
    archive_of()
    path = Path("x.zip")
    before = path.read_bytes()
    path.write_bytes(done(before))
    assert path.read_bytes() != before
    refused("x.zip", "x.zip is no archive that can be read here")


@pytest.mark.parametrize("name", [b"no\0e.txt", b"not\xe9.txt", b"not:.txt"])
def test_a_name_that_programs_read_in_different_ways_is_refused(name: bytes) -> None:
    archive_of(root="not:.txt" if b":" in name else "case-file")
    path = Path("x.zip")
    path.write_bytes(path.read_bytes().replace(b"note.txt", name))
    refused("x.zip", "x.zip was not checked")


def test_a_second_name_of_an_entry_is_refused() -> None:
    one = entry("case-file/more", 0)
    one.extra = b"ux\2\0up"  # no name, though it reads like one
    archive_of((one, b""))
    assert rows(listed("x.zip"))["more"] == "there, but not in the list"
    one.extra += b"up\7\0\1\0\0\0\0na"
    archive_of((one, b""))
    refused("x.zip", "programs may unpack case-file/more in different ways")


def test_reading_the_names_of_an_archive_takes_no_more_than_they_are_long() -> None:
    for name in ("case-file/" + "a/" * 30000, "case-file/" + "\u0315\u0300" * 9000):
        archive_of((name, b""))
        refused("x.zip", "x.zip was not checked")


@pytest.mark.parametrize("packed", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_few_programs_unpack_is_not_unpacked(packed: int) -> None:
    archive_of((entry("case-file/more", 0, packed), b"more" * 99))
    refused("x.zip", "packed in an unusual way")


def test_what_an_archive_unpacks_to_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    archive_of((entry("case-file/more", 0, zipfile.ZIP_DEFLATED), bytes(2**20)))
    monkeypatch.setattr(manifest, "LARGEST", 2**20)
    refused("x.zip", "unpacks to more than 1 MB")


@pytest.mark.parametrize(("said", "summed"), [(4, 4), (4, 5), (2**20 + 1, 2**20)])
def test_an_entry_of_another_size_than_it_says_is_refused(said: int, summed: int) -> None:
    """It says how many octets it has, with a checksum of some; there are 1,048,576."""
    archive_of((entry("case-file/more", 0, zipfile.ZIP_DEFLATED), bytes(2**20)))
    path = Path("x.zip")
    with zipfile.ZipFile(path) as archive:
        packed = archive.getinfo("case-file/more").compress_size
    before, after = (
        b"".join(
            number.to_bytes(4, "little") for number in (zipfile.crc32(bytes(of)), packed, size)
        )
        for of, size in ((2**20, 2**20), (summed, said))
    )
    assert path.read_bytes().count(before) == 2
    path.write_bytes(path.read_bytes().replace(before, after))
    refused("x.zip", "no archive that can be read")


@given(st.data())
def test_no_damage_to_an_archive_makes_another_one_hold(data: st.DataObject) -> None:
    archive_of()
    path = Path("x.zip")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    found = Lab("en").verify("x.zip")
    if isinstance(found, Listed) and found.holds:
        assert rows(found) == {"note.txt": "as in the list"}


# What is none of these


def test_what_is_no_case_file_gets_a_sentence(folder: Path) -> None:
    Path("empty").mkdir()
    for name in ("none.zip", "empty/MANIFEST.txt", "none/MANIFEST.txt"):
        refused(name, f"There is no {name} here.")
    refused("empty", NO_LIST)
    for name in ("../x.zip", str(folder), ".", "..", "a\\b.zip", "x\u202e.zip", "a//MANIFEST.txt"):
        refused(name, "cannot be used here", "MANIFEST.txt")
    assert Lab("en").verify("x" * 5000).kind is Kind.NOT_ASKED
    assert Lab("en").verify("x\0").kind is Kind.NOT_ASKED


def test_what_is_said_is_the_same_of_a_folder_and_an_archive_of_it(folder: Path) -> None:
    case_folder(**{RECORD: FILE, "copy.jsonl": TORN, "é.txt": b"x", "evidence.txt": FILE})
    shutil.make_archive("case-file", "zip", folder, "case-file")
    one, other = listed("case-file", SEAL), listed("case-file.zip", SEAL)
    assert one.sentence.replace("case-file", "x") == other.sentence.replace("case-file.zip", "x")
    assert one.tabulated() == other.tabulated()
