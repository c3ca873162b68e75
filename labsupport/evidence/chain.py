"""Whether a file of evidence is as it was written, line by line; and with its seal, as a whole.

Against a chain that was computed anew, and a missing end, helps the *seal*: the number of lines and
the last hash, kept elsewhere.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import textwrap
from binascii import a2b_base64
from dataclasses import dataclass
from typing import NamedTuple

from labsupport.evidence.file_format import (
    BEGINNINGS,
    FIRST_PREVIOUS,
    TAIL,
    base64,
    digest_of,
    lines_of,
    record_of,
)


@dataclass(frozen=True, slots=True)
class Seal:
    """How many lines there were, and the hash of the last one.

    >>> Seal.read("14-" + "3F9A 0b1c " * 8) == Seal(14, "3f9a0b1c" * 8)
    True
    """

    count: int
    digest: str

    @classmethod
    def read(cls, text: str) -> Seal:
        """Read a seal that was printed or typed; raise ValueError when it is none."""
        # As JavaScript has them as well.
        plain = re.sub(r"[\s\ufeff]", "", text).lower()
        match = re.fullmatch(r"([1-9][0-9]{0,11})[-–]([0-9a-f]{64})", plain)
        if not match:
            raise ValueError("no seal")
        return cls(int(match.group(1)), match.group(2))

    @property
    def grouped(self) -> str:
        """The seal in groups of four digits, to be read and typed."""
        return f"{self.count}-{' '.join(textwrap.wrap(self.digest, 4))}"

    def __str__(self) -> str:
        return f"{self.count}-{self.digest}"


class FileVerdict(NamedTuple):
    """What checking a file found.

    `problem` is "" when nothing was, else a word for it, and `line` the number of the first
    line that is wrong, None where that cannot be told. `good` counts the lines that hold, from
    the first on. `sealed` says whether a seal was checked as well: without one, a missing end
    and a rewritten whole are not found. `covered` counts the lines that the seal vouches for:
    all that were sealed, or 0. What came later is not covered; a `problem` may be among it.
    `copied` says that a copy left its traces (see `undone`): all else is said of the file without
    them.
    """

    good: int
    problem: str = ""
    line: int | None = None
    sealed: bool = False
    covered: int = 0
    copied: bool = False


def verify(content: bytes, seal: Seal | None = None) -> FileVerdict:
    """Check the content of a file of evidence line by line; with `seal` also as a whole.

    Every line must hold its own hash and that of the line before. A seal vouches for the lines
    up to its own: lines may have come later. Where a file holds once the traces of a careless
    copy are undone, it holds. A file that does not hold even so is judged in the form in which
    most of its lines do. It raises nothing, whatever it is given.

    >>> verify(b"no evidence").problem
    'no log'
    """
    verdict = _verdict(content, seal)
    if verdict.problem and (mended := undone(content)) != content:
        again = _verdict(mended, seal)
        if not again.problem or again.good > verdict.good:
            return again._replace(copied=True)
    return verdict


def undone(content: bytes) -> bytes:
    """Return a file's content without what a careless copy does to it, and nobody means.

    >>> undone(b"\\xef\\xbb\\xbf{}\\r\\n{}")
    b'{}\\n{}\\n'
    """
    whole = content.removeprefix(codecs.BOM_UTF8).removesuffix(b"\n") + b"\n"
    return whole.replace(b"\r\n", b"\n")


def _verdict(content: bytes, seal: Seal | None) -> FileVerdict:
    """Check a file as it is."""
    sealed = seal is not None
    count = seal.count if seal else 0
    previous = FIRST_PREVIOUS
    number = 0
    covered = 0
    for number, line in enumerate(lines_of(content), 1):
        if problem := _fault(number, previous, line):
            return FileVerdict(number - 1, problem, number, sealed, covered)
        previous = digest_of(line)
        if seal and number == count:
            if previous != seal.digest:
                return FileVerdict(0, "rewritten", None, sealed)
            covered = count
    if number == 0:
        return FileVerdict(0, "no log", 1, sealed)
    if number < count:
        return FileVerdict(number, "end missing", number + 1, sealed)
    return FileVerdict(number, sealed=sealed, covered=covered)


def _fault(number: int, previous: str, line: bytes) -> str:
    """Return what is wrong in a line that should follow one with the hash `previous`; or ""."""
    if number == 1 and not line.startswith(BEGINNINGS):
        return "no log"
    digest = hashlib.sha256(line[:-TAIL]).hexdigest()
    if not line.endswith(f',"sha256":"{digest}"}}\n'.encode()):
        return "changed" if line.endswith(b"\n") else "torn"
    if not line.startswith(f'{{"number":{number},"previous":"{previous}",'.encode()):
        return "moved"
    record = record_of(line)
    if record is None:
        return "unreadable"
    if record["kind"] == "log":
        return "" if number == 1 else "second log"
    if record["kind"] != "exchange":
        return ""
    try:
        came = a2b_base64(record["answer"])
    except ValueError:
        return "false digest"
    if base64(came) != record["answer"]:  # other characters, or other last bits
        return "false digest"
    digest = hashlib.sha256(came).hexdigest() if came else ""
    return "" if digest == record["answer_sha256"] else "false digest"
