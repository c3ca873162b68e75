"""What checking a file of evidence finds, or the folder of a case file: facts, and no words."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from labsupport.evidence import chain, file_format, time_stamps
from labsupport.evidence.chain import FileVerdict, Seal
from labsupport.evidence.time_stamps import StampInFile
from labsupport.papers.files import MANIFEST

ENTRY = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")  # as sha256sum writes it


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of evidence that was checked.

    `lines` counts what ends with a line feed. `times` are those of the first exchange and the last,
    None without any. `at_fault` is what stands in the line that does not hold, "" where no line is
    to be shown.
    """

    verdict: FileVerdict
    lines: int
    times: tuple[float, float] | None
    at_fault: str
    stamps: tuple[StampInFile, ...]

    @property
    def strange_stamp(self) -> int | None:
        """The number of the first line whose time-stamp belongs to other lines, or None."""
        for stamp in self.stamps:
            # What came after the seal cannot make a record fail that is as it was sealed.
            vouched = not self.verdict.covered or stamp.line <= self.verdict.covered
            if vouched and not stamp.covered:
                return stamp.line
        return None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.verdict.problem and self.strange_stamp is None


def check_file(content: bytes, seal: Seal | None, authorities: bytes) -> CheckedFile:
    """Check the content of a file; `authorities` are the roots that may stamp it, as PEM."""
    verdict = chain.verify(content, seal)
    if verdict.copied:
        content = chain.undone(content)
    lines = file_format.lines_of(content)
    exchanges = file_format.read(content).lines
    at_fault = ""
    if verdict.line and verdict.line <= len(lines):
        at_fault = _gist(lines[verdict.line - 1])
    return CheckedFile(
        verdict=verdict,
        lines=content.count(b"\n"),
        times=(exchanges[0].time, exchanges[-1].time) if exchanges else None,
        at_fault=at_fault,
        stamps=tuple(time_stamps.stamps_in(lines, authorities)),
    )


def _gist(line: bytes) -> str:
    try:
        record = json.loads(line)
        return f"{record['question']}: {record.get('asked') or record['sentence']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "–"


class State(StrEnum):
    """What a file of a folder is, compared with the folder's list of hashes."""

    AS_LISTED = "list"
    CHANGED = "changed"
    MISSING = "missing_no_plain_file"
    ADDED = "not_list_added_later"
    TWICE = "more_than_once"
    NO_ENTRY = "no_entry"


def check_folder(folder: Path) -> Mapping[str, State] | None:
    """Compare the files of a folder with its list; None where it has none.

    Raises OSError where it cannot be read.
    """
    hashes: dict[str, str] = {}
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_dir():
            hashes[path.relative_to(folder).as_posix()] = _hash_of(path)
    if not hashes.pop(MANIFEST, None):
        return None
    listed: dict[str, list[str]] = {}
    for line in (folder / MANIFEST).read_bytes().replace(b"\r\n", b"\n").split(b"\n"):
        if line and not line.startswith(b"#"):  # sha256sum passes over these
            digest, name = _entry(os.fsdecode(line))
            listed.setdefault(name, []).append(digest)
    names = (*listed, *hashes)
    return {name: _state(listed.get(name, []), hashes.get(name)) for name in names}


def _hash_of(path: Path) -> str:
    """Return the hash of a plain file; "" for a link, and for what is no file."""
    is_plain = path.is_file() and not path.is_symlink()
    if not is_plain:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(line: str) -> tuple[str, str]:
    """Return the hash and the name in a line of a list; "" and the line, where it is none."""
    entry = ENTRY.fullmatch(line)
    return (entry[1].lower(), entry[2]) if entry else ("", line)


def _state(listed: list[str], digest: str | None) -> State:
    if "" in listed:
        return State.NO_ENTRY
    if len(listed) > 1:
        return State.TWICE
    if not digest:
        return State.MISSING
    if not listed:
        return State.ADDED
    return State.AS_LISTED if listed == [digest] else State.CHANGED
