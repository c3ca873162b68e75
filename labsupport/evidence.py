"""The log of everything that was asked, and what came back; and the file it is kept in.

A file of evidence is made of lines (JSON Lines: one JSON object a line, ended by one line feed,
in UTF-8, of which only ASCII is used). Its lines are numbered from 1. Every line begins with

    {"number":2,"previous":"<hash of the line before>","kind":"exchange", ...

and ends with its own hash:

    ... ,"sha256":"<64 hexadecimal digits>"}

That hash is the SHA-256 of the line's bytes that stand before `,"sha256":`. So each line can be
checked with common tools, here the fifth; both commands must print the same digits:

    sed -n 5p evidence.jsonl | sed 's/,"sha256":"[0-9a-f]*"}$//' | tr -d '\\n' | sha256sum
    sed -n 5p evidence.jsonl | grep -o '[0-9a-f]*"}$'

`previous` is the hash at the end of the line before, and 64 zeros in line 1. A line that was
changed, taken out, put in or moved therefore breaks the chain, unless all that follows was
computed anew. Against that, and against a missing end, helps the *seal*: the number of lines and
the last hash, kept elsewhere. A time-stamp (RFC 3161) is over the SHA-256 of the seal as ASCII
text: the number, a hyphen, the 64 digits.

A line is JSON that no two programs read differently: no name twice in an object, no number of more
than 32 characters, brackets at most 16 deep. `verify` takes no other.

There are four kinds of lines, told by `kind`. The members stand in this order:

"log", the first line and no other: `format` (FORMAT), `tool` (with its version), `program` (the
SHA-256 of its source, see `program`), `machine`, `started` (when the first question was sent),
`clock` (which clock the times are from, in words), `clock_offset` (null where it was not measured;
else by how many seconds, `from` and `to`, it was ahead of the clocks of `servers` web servers, as
their answers so far told the time, and whether they `agree`), and who kept the record: `by`,
`matter`, `witness`. A text is "" where it was not stated. In the lab `program` and `machine` are
"": there, everybody who asks the same keeps the same record.

"exchange", one message that was sent, and what became of it:

- `time` when it was sent, `lab` from which connection, `origin` which Internet answered (ORIGINS),
  `question` what the person had asked;
- `server` the other side's name where one is known: the name that was shown in TLS or in the
  Host header, or one that an earlier answer in this log gave that address;
- `source`, `address`, `port`, `protocol` ("udp", "tcp", "tls", "http", "https",
  "icmp"), `server_name` (TLS), `hop_limit`, `timeout` (seconds), `source_port`;
- `asked` what was asked, readable;
- `outcome` ("reply", "silence", "reset", "unreachable", "tls failure", "unusable", "not sent"),
  `from` the address that caused it, `elapsed` in seconds, `reason`;
- `status` (DNS: the response code, RFC 1035 section 4.1.1; HTTP: the status code), `flags` (DNS)
  and `headers` (HTTP) of the answer;
- `answer_sha256`: the SHA-256 of the raw answer ("" where none came);
- `request` and `answer`: the bytes that were sent and that came, in base64 (RFC 4648 section 4);
- `ignored`: packets that came and were not believed, `certificates`: in DER; both in base64.

"reading", what the tool made of answers, apart from them: `time`, `question`, `lines` (the
numbers of the exchanges it rests on), `sentence`.

"exhibit", a file from elsewhere that was added: `time`, `file` (its name), `size` (bytes),
`exhibit_sha256`, `origin` (where it is from) and `receipt` (who handed it over, when), as stated.

Format 1 is older: its first line has no `program`, `machine`, `clock_offset`, `by`, `matter` and
`witness`, an exchange no `origin`, and there are no exhibits. It is read and checked the same way.

Times are UTC in the form of RFC 3339. What a program reads again is in `request`, `answer`,
`ignored` and `certificates`; what is readable beside them was derived from these.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import io
import json
import os
import re
import struct
import sys
import threading
import weakref
from base64 import b64decode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import cache, lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import dns.exception
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype

from labsupport.exchange import (
    DNS_PORT,
    WHOIS_PORT,
    NotSent,
    Outcome,
    Reply,
    Request,
    Reset,
    Silence,
    TlsFailure,
    Unreachable,
    Unusable,
)

FORMAT, FORMAT_1 = "labsupport evidence 2", "labsupport evidence 1"
LAB_CLOCK = "the lab's own clock: it stands still until somebody moves it"
LIVE_CLOCK = "the clock of the computer that asked"
FIRST_PREVIOUS = "0" * 64
# Which Internet answered an exchange.
ORIGINS = LAB, LIVE, OF_LIVE, OF_LAB = ("lab", "live", "recording", "recording of the lab")
INVENTED = (LAB, OF_LAB)
# What an exchange can have. A file with other numbers in it was not made by asking anybody.
LAST_PORT, MOST_HOPS = 65535, 255
LONGEST = 86400.0  # seconds

OUTCOMES: dict[str, type[Outcome]] = {
    "reply": Reply,
    "silence": Silence,
    "reset": Reset,
    "unreachable": Unreachable,
    "tls failure": TlsFailure,
    "unusable": Unusable,
    "not sent": NotSent,
}
_WITH_REASON = (TlsFailure, Unusable, NotSent)
_OUTCOME_NAMES = {kind: name for name, kind in OUTCOMES.items()}

_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_HASH_MEMBER = b',"sha256":"'
_TAIL = len(_HASH_MEMBER) + 64 + len(b'"}\n')  # bytes from the hash member to the line's end


class Line(NamedTuple):
    """One exchange: in which lab, when (seconds since 1970, UTC), what was asked, what came.

    `question` is what the person asked that led to it, as a call; "" where that is not known.
    `origin` is one of ORIGINS.
    """

    lab: str
    time: float
    request: Request
    outcome: Outcome
    question: str = ""
    origin: str = LAB


class Reading(NamedTuple):
    """What the tool made of exchanges: `numbers` are those of their lines in the file."""

    time: float
    question: str
    numbers: tuple[int, ...]
    sentence: Callable[[], str]


class Exhibit(NamedTuple):
    """A file from elsewhere that enters the record; `origin` and `receipt` are as stated."""

    time: float
    file: str
    size: int
    digest: str
    origin: str
    receipt: str


class Custody(NamedTuple):
    """Who keeps a record, in which matter, and who watched; "" where that was not stated."""

    by: str = ""
    matter: str = ""
    witness: str = ""


class OtherLog(Exception):
    """The file has something else in it than this log: it is not overwritten."""


class InUseError(OtherLog):
    """Another log is being written to the file."""


class DisturbedError(OSError):
    """Somebody else wrote to the file, moved it or took it away: nothing is written any more."""


class Log:
    """Exchanges in the order in which they were asked, and what was made of them.

    `names` are servers' names that are known from the start, by address. `clock` says in words
    which clock the times are from, `machine` on which computer it is kept. It costs little until
    somebody looks at it or saves it: only then are its lines written out and hashed.

    >>> len(Log())
    0
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        clock: str = LAB_CLOCK,
        machine: Callable[[], str] = str,
    ) -> None:
        self.lines: list[Line] = []
        self.trouble: OSError | None = None
        self.sealed = 0  # lines that the last seal shown is of
        self.custody = Custody()
        self._fixed = False  # the first line has left this process, or its hash has
        self._clock = clock
        self._machine = machine
        self._one_at_a_time = threading.Lock()
        self._names = dict(names or {})
        self._question = ""
        self._entries: list[Line | Reading | Exhibit] = []
        self._encoded: list[bytes] = []
        self._previous = FIRST_PREVIOUS
        self._path: Path | None = None
        self._file = -1
        self._saved = 0  # lines that are safely in the file
        self._size = 0  # bytes of them
        self._release: Callable[[], object] = lambda: None

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def path(self) -> Path | None:
        """The file that it is kept in; None while it is only in memory."""
        return self._path

    @property
    def unsaved(self) -> int:
        """How many lines are in memory only."""
        return len(self.encoded()) - self._saved

    def state(self, custody: Custody) -> bool:
        """Have `custody` stand in the first line; False where that was saved or sealed already."""
        if custody == self.custody:
            return True
        if self._fixed:
            return False
        self.custody = custody
        self._encoded, self._previous = [], FIRST_PREVIOUS
        return True

    def append(
        self, lab: str, time: float, request: Request, outcome: Outcome, origin: str = LAB
    ) -> None:
        """Add an exchange; where the log is kept in a file, it is on the disk on return.

        What goes wrong with the file is kept in `trouble`, and tried again with the next line.
        """
        line = Line(lab, time, request, outcome, self._question, origin)
        with self._one_at_a_time:  # many questions may wait at once
            self.lines.append(line)
            self._entries.append(line)
            self._keep()

    @contextlib.contextmanager
    def asking(self, question: str) -> Iterator[None]:
        """Note `question` as what leads to the exchanges meanwhile; the outermost one counts."""
        if self._question:
            yield
            return
        self._question = question
        try:
            yield
        finally:
            self._question = ""

    @property
    def exhibits(self) -> list[Exhibit]:
        """The files from elsewhere, in the order in which they were entered."""
        return [entry for entry in self._entries if isinstance(entry, Exhibit)]

    @property
    def end(self) -> int:
        """The number of entries so far, to be given to `note`."""
        return len(self._entries)

    def note(self, since: int, time: float, question: str, sentence: Callable[[], str]) -> None:
        """Add what was made of the exchanges after entry `since`; without any, nothing.

        `sentence` returns it in words; it is called when the line is written out.
        """
        numbers = tuple(
            number
            for number, entry in enumerate(self._entries[since:], since + 2)
            if isinstance(entry, Line)
        )
        if numbers:
            self._entries.append(Reading(time, question, numbers, sentence))
            self._keep()

    def enter(self, exhibit: Exhibit) -> int:
        """Add an exhibit, and return the number of its line."""
        with self._one_at_a_time:
            self._entries.append(exhibit)
            self._keep()
            return len(self._entries) + 1

    def encoded(self) -> list[bytes]:
        """Return the lines of the file, the opening one first; none before the first entry."""
        if self._entries and not self._encoded:
            self._encode("log", self._opening())
        for entry in self._entries[max(0, len(self._encoded) - 1) :]:
            if isinstance(entry, Line):
                self._encode("exchange", {}, self._exchange(entry))
            elif isinstance(entry, Exhibit):
                self._encode("exhibit", _exhibit(entry))
            else:
                self._encode("reading", _reading(entry))
        return self._encoded

    def records(self) -> list[dict[str, Any]]:
        """Return what the lines of the file say, as JSON objects."""
        return [json.loads(line) for line in self.encoded()]

    def seal(self) -> Seal:
        """Return the seal of the lines so far; raise LookupError when there are none."""
        if not self.encoded():
            raise LookupError("nothing was asked yet")
        self._fixed = True
        return Seal(len(self._encoded), self._previous)

    def save(self, path: Path) -> None:
        """Write all lines to `path`, and from now on each new one as soon as it is there.

        On return they are on the disk, as is each later line when `append` returns: whoever is
        stopped then loses at most the line being written. Where the file holds lines of this
        log already, the missing ones are added. Raises OtherLog when it holds anything else,
        InUseError while another log is written to it, and OSError when it cannot be written.
        """
        path = Path(os.path.abspath(path))
        if path == self._path and path.exists():
            self._keep()
            if isinstance(self.trouble, DisturbedError):
                raise OtherLog
            if self.trouble:
                raise self.trouble
            return
        lines = self.encoded()
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        file = os.open(path, flags, 0o644)
        try:
            if not _locked(file):
                _let_go(path, lines, self)
                if not _locked(file):
                    raise InUseError
            count, size = _common(path.read_bytes(), lines)
            os.ftruncate(file, size)  # what a stopped writer left of the next line
            os.lseek(file, size, os.SEEK_SET)
            _write(file, b"".join(lines[count:]))
            sync_folder(path)
        except BaseException:
            os.close(file)
            raise
        self._release()
        self._release = weakref.finalize(self, os.close, file)
        self._path, self._file, self.trouble = path, file, None
        self._saved, self._size = len(lines), sum(map(len, lines))
        self._fixed = True
        _OPEN[path] = self

    def intact(self) -> bool:
        """Say whether the file still holds the lines of this log, and nothing else."""
        if self._path is None or (self.trouble and not isinstance(self.trouble, DisturbedError)):
            return True
        with self._one_at_a_time:
            try:
                held = self._path.read_bytes() == b"".join(self.encoded())
            except OSError:
                held = False
            if not held:
                self.trouble = DisturbedError()
            return held

    def let_go(self) -> None:
        """Keep to the file no longer: from now on new lines are in memory only."""
        self._release()
        self._release = lambda: None
        self._path, self._file, self.trouble = None, -1, None
        self._saved = self._size = 0

    def _keep(self) -> None:
        """Write what the file lacks, if nobody else touched it."""
        if self._file < 0 or isinstance(self.trouble, DisturbedError):
            return
        new = self.encoded()[self._saved :]
        data = b"".join(new)
        try:
            self._look(data)
            _write(self._file, data)
        except OSError as problem:
            self.trouble = problem
            return
        self.trouble = None
        self._saved += len(new)
        self._size += len(data)

    def _look(self, data: bytes) -> None:
        """Raise DisturbedError unless the file ends where this log ended it.

        A write that failed may have left a part of `data`: that is taken away.
        """
        assert self._path is not None
        try:
            there, ours = self._path.stat(), os.fstat(self._file)
        except FileNotFoundError:
            raise DisturbedError from None
        same = (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)
        if same and ours.st_size == self._size:
            return
        if same and self.trouble and ours.st_size > self._size:
            os.lseek(self._file, self._size, os.SEEK_SET)
            if data.startswith(os.read(self._file, ours.st_size - self._size)):
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
                return
        raise DisturbedError

    def _opening(self) -> dict[str, object]:
        machine = self._machine()
        return {
            "format": FORMAT,
            "tool": tool(),
            "program": program() if machine else "",
            "machine": machine,
            "started": rfc3339((self.lines or self._entries)[0].time),
            "clock": self._clock,
            "clock_offset": clock_offset(self.lines),
            **self.custody._asdict(),
        }

    def _encode(self, kind: str, members: dict[str, object], more: tuple[bytes, ...] = ()) -> None:
        number = len(self._encoded) + 1
        line, self._previous = encode(number, self._previous, kind, members, more)
        self._encoded.append(line)

    def _exchange(self, line: Line) -> tuple[bytes, ...]:
        """Return the members of an exchange as JSON, put together by hand: it costs less."""
        request, outcome = line.request, line.outcome
        connection, asked = _request(
            line.lab,
            line.origin,
            line.question,
            self._names.get(request.to_address),
            request.source,
            request.to_address,
            request.port,
            request.protocol,
            request.server_name,
            request.hop_limit,
            request.timeout,
            _told_of(request),
        )
        answer, digest, reason = b"", "", ""
        certificates: tuple[bytes, ...] = ()
        if isinstance(outcome, Reply):
            answer, certificates = outcome.payload, outcome.certificates
        elif isinstance(outcome, _WITH_REASON):
            reason = outcome.reason
            if isinstance(outcome, TlsFailure):
                certificates = outcome.certificates
        if answer:
            digest = hashlib.sha256(answer).hexdigest()
        about, names = _about(request, answer)
        self._names.update(names)
        became = _outcome(
            _OUTCOME_NAMES[type(outcome)], outcome.from_address, outcome.elapsed, reason
        )
        text = (
            f',"time":"{rfc3339(line.time)}",{connection},'
            f'"source_port":{outcome.source_port or request.source_port},'
            f'{asked},{became},{about},"answer_sha256":"{digest}","request":"'
        ).encode("ascii")
        # Base64 needs none of JSON's care.
        return (
            text,
            b2a_base64(request.payload, newline=False),
            b'","answer":"',
            b2a_base64(answer, newline=False),
            b'","ignored":',
            _list(outcome.ignored) if outcome.ignored else b"[]",
            b',"certificates":',
            _list(certificates) if certificates else b"[]",
        )


def encode(
    number: int,
    previous: str,
    kind: str,
    members: Mapping[str, object],
    more: tuple[bytes, ...] = (),
) -> tuple[bytes, str]:
    """Return a line of the file, and its hash.

    `more` are pieces of members that are JSON already, each member with a comma before it.

    >>> line, digest = encode(1, FIRST_PREVIOUS, "log", {"format": FORMAT})
    >>> line.endswith(digest.encode() + b'"}\\n')
    True
    """
    start = f'{{"number":{number},"previous":"{previous}","kind":"{kind}"'
    if members:
        start += f",{_ENCODER.encode(members)[1:-1]}"
    body = b"".join((start.encode(), *more))
    digest = hashlib.sha256(body).hexdigest()
    return b"".join((body, _HASH_MEMBER, digest.encode(), b'"}\n')), digest


# Reading


class Recording(NamedTuple):
    """What a file of evidence holds.

    `opening` is what its first line says. `lines` are the exchanges, `numbers` those of their
    lines in the file. `readings` are the lines with what was made of them. `problems` say, in
    English, what could not be read.
    """

    opening: Mapping[str, Any]
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]
    readings: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]


def read(source: Path | bytes) -> Recording:
    """Read a file of evidence, or its bytes; whatever it has in it, this does not raise.

    It does not check whether anything was changed: `verify` does. Raises OSError when the file
    cannot be read.

    >>> read(b"no evidence").problems
    ('line 1 cannot be read: it breaks off',)
    """
    opening: dict[str, Any] = {}
    lines: list[Line] = []
    numbers: list[int] = []
    readings: list[dict[str, Any]] = []
    problems: list[str] = []
    with _opened(source) as stream:
        for number, raw in enumerate(stream, 1):
            if not raw.endswith(b"\n"):
                problems.append(f"line {number} cannot be read: it breaks off")
                continue
            try:
                record = json.loads(raw)
                kind = record["kind"]
                if kind == "log" and number == 1:
                    opening = record
                elif kind == "exchange":
                    lines.append(_line(record))
                    numbers.append(number)
                elif kind == "reading":
                    readings.append(record)
                elif kind != "exhibit":
                    problems.append(f"line {number} is of a kind that is not known")
            # RecursionError: brackets within brackets.
            except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
                problems.append(f"line {number} cannot be read")
    return Recording(opening, tuple(lines), tuple(numbers), tuple(readings), tuple(problems))


def _line(record: Mapping[str, Any]) -> Line:
    """Return the exchange that a line tells of; raise what comes when it tells of none."""
    request = Request(
        _address(record["source"]),
        _port(record["source_port"]),
        _address(record["address"]),
        _port(record["port"]),
        str(record["protocol"]),
        _text_or_none(record["server_name"]),
        b64decode(record["request"], validate=True),
        None if record["hop_limit"] is None else _number(record["hop_limit"], MOST_HOPS),
        _seconds(record["timeout"]),
    )
    kind = OUTCOMES[record["outcome"]]
    basic = (
        None if record["from"] is None else _address(record["from"]),
        _seconds(record["elapsed"]),
        tuple(b64decode(packet, validate=True) for packet in record["ignored"]),
    )
    certificates = tuple(b64decode(der, validate=True) for der in record["certificates"])
    outcome: Outcome
    if kind is Reply:
        outcome = Reply(*basic, b64decode(record["answer"], validate=True), certificates)
    elif kind is TlsFailure:
        outcome = TlsFailure(*basic, str(record["reason"]), certificates)
    elif kind is Unusable or kind is NotSent:
        outcome = kind(*basic, str(record["reason"]))
    else:
        outcome = kind(*basic)
    moment = datetime.fromisoformat(record["time"])
    if moment.utcoffset() != timedelta(0) or moment.year == MAXYEAR:
        raise ValueError("a time that is not in UTC, or at the calendar's end")
    origin = str(record.get("origin", ""))
    return Line(
        *(str(record["lab"]), moment.timestamp(), request, outcome, str(record["question"])),
        origin if origin in ORIGINS else "",
    )


def backwards(recorded: Recording) -> int:
    """Return the number of the first exchange that ended before the one above began; 0 for none.

    Many may wait at once, and stand in the order of their answers; a second more is allowed.

    >>> backwards(read(b""))
    0
    """
    before = 0.0
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        if line.time + line.outcome.elapsed + 1 < before:
            return number
        before = line.time
    return 0


# Checking


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
        plain = re.sub(r"\s", "", text.lower())
        found = re.fullmatch(r"([1-9][0-9]{0,11})[-–]([0-9a-f]{64})", plain)
        if not found:
            raise ValueError("no seal")
        return cls(int(found.group(1)), found.group(2))

    @property
    def grouped(self) -> str:
        """The seal in groups of four digits, to be read and typed."""
        groups = (self.digest[start : start + 4] for start in range(0, 64, 4))
        return f"{self.count}-{' '.join(groups)}"

    def __str__(self) -> str:
        return f"{self.count}-{self.digest}"


class Verdict(NamedTuple):
    """What checking a file found.

    `problem` is "" when nothing was, else a key of PROBLEMS, and `line` the number of the first
    line that is wrong, None where that cannot be told. `good` counts the lines that hold, from
    the first on. `sealed` says whether a seal was checked as well: without one, a missing end
    and a rewritten whole are not found. `covered` counts the lines that the seal vouches for:
    all that were sealed, or 0. What came later is not covered; a `problem` may be among it.
    `accidents` are keys of ACCIDENTS: what a copy did to the file's bytes. Where there are some,
    all else is said of the file without them.
    """

    good: int
    problem: str = ""
    line: int | None = None
    sealed: bool = False
    covered: int = 0
    accidents: tuple[str, ...] = ()

    @property
    def later(self) -> int:
        """How many lines hold that came after the sealed ones."""
        return self.good - self.covered if self.covered else 0


PROBLEMS = {
    "no log": "the first line does not open a file of evidence",
    "torn": "the last line breaks off",
    "changed": "the line is not the one that was written",
    "replaced": "the line is another one than the next was written after",
    "removed": "lines are missing before this one",
    "added": "the line does not belong here",
    "swapped": "the line stands before the one that it was written after",
    "end missing": "there are fewer lines than were sealed",
    "rewritten": "the lines fit together, but they are not those that were sealed",
    "second log": "a file has one line that opens it, and this is another",
    "false digest": "the line's own hash holds, but not the hash of the answer in it",
    "unreadable": "two programs could read two different things in the line",
}


def verify(source: Path | bytes, seal: Seal | None = None) -> Verdict:
    """Check a file of evidence, or its bytes, line by line; with `seal` also as a whole.

    Every line must hold its own hash and that of the line before. A seal vouches for the lines
    up to its own: lines may have come later. Where a file holds once the traces of a careless
    copy are undone (ACCIDENTS), it holds, and they are named. Raises OSError when the file cannot
    be read, and nothing whatever it has in it. A file that does not hold even so is judged in the
    form in which most of its lines do.

    >>> verify(b"no evidence").problem
    'no log'
    """
    verdict = _verdict(source, seal)
    if not verdict.problem:
        return verdict
    content = source if isinstance(source, bytes) else source.read_bytes()
    found: list[str] = []
    for accident, undo in ACCIDENTS.items():
        before, content = content, undo(content)
        if content == before:
            continue
        found.append(accident)
        mended = _verdict(content, seal)
        if not mended.problem or mended.good > verdict.good:
            verdict = mended._replace(accidents=tuple(found))
        if not mended.problem:
            break
    return verdict


def undone(content: bytes, accidents: Iterable[str]) -> bytes:
    """Return a file's content without the traces of a copy that `verify` named."""
    for accident in accidents:
        content = ACCIDENTS[accident](content)
    return content


def _verdict(source: Path | bytes, seal: Seal | None) -> Verdict:
    """Check a file as it is."""
    previous = FIRST_PREVIOUS
    number = 0
    covered = 0
    count, promised = (seal.count, seal.digest) if seal else (0, "")
    sealed = seal is not None
    rewritten = False
    with _opened(source) as stream:
        for line in stream:
            digest = hashlib.sha256(line[:-_TAIL]).hexdigest()
            number += 1
            if not (
                line.endswith(f',"sha256":"{digest}"}}\n'.encode())
                and line.startswith(f'{{"number":{number},"previous":"{previous}",'.encode())
            ):
                verdict = _first_bad(number, previous, line, list(stream), sealed, covered)
                # Where the sealed line itself was replaced, the line after it tells.
                if rewritten and verdict.line != count:
                    break
                return verdict
            if problem := _fault(number, line):
                if rewritten:
                    break
                return Verdict(number - 1, problem, number, sealed, covered)
            previous = digest
            if number == count:
                covered = count if digest == promised else 0
                rewritten = not covered
    if number == 0:
        return Verdict(0, "no log", 1, sealed)
    if number < count:
        return Verdict(number, "end missing", number + 1, sealed)
    if rewritten:
        return Verdict(0, "rewritten", None, sealed)
    return Verdict(number, sealed=sealed, covered=covered)


def _fault(number: int, line: bytes) -> str:
    """Return what is wrong in a line though its hash and its place are right; "" for nothing."""
    if number == 1 and not line.startswith(_beginnings()):
        return "no log"
    record = _record(line)
    if record is None:
        return "unreadable"
    if record["kind"] == "log":
        return "" if number == 1 else "second log"
    if record["kind"] != "exchange":
        return ""
    try:
        came = a2b_base64(record["answer"], strict_mode=True)
    except ValueError:
        return "false digest"
    digest = hashlib.sha256(came).hexdigest() if came else ""
    return "" if digest == record["answer_sha256"] else "false digest"


KINDS = ("log", "exchange", "reading", "exhibit")
LONGEST_NUMBER, DEEPEST = 32, 16  # characters, brackets within brackets: this program has far fewer


def _record(line: bytes) -> dict[str, Any] | None:
    """Return what a line says, None where two readers of JSON could read two things in it.

    It is ASCII, no name stands twice in an object, numbers are short and brackets few.
    """
    try:
        if any(byte in line for byte in _NOWHERE):
            return None
        if line.count(b"[") + line.count(b"{") > DEEPEST and _depth(line) > DEEPEST:
            return None
        record = _STRICT.decode(line.decode("ascii"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or record.get("kind") not in KINDS:
        return None
    if record["kind"] == "exchange":
        told = (record.get("answer"), record.get("answer_sha256"))
        if not all(isinstance(text, str) for text in told):
            return None
    return record


_NOWHERE = (b"\t", b"\r", b"\x7f")  # what JSON allows and no line has
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def _depth(line: bytes) -> int:
    """Return how deep brackets are nested, those in texts left out."""
    depth = deepest = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", line)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise ValueError where two readers could read two of it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def refused(text: str) -> Any:
    """Raise ValueError for a number in JSON."""
    raise ValueError("no number")


def _short(text: str) -> float:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number too long")
    return float(text)


_STRICT = json.JSONDecoder(
    object_pairs_hook=no_name_twice, parse_constant=refused, parse_int=_short, parse_float=_short
)


def _from_utf16(content: bytes) -> bytes:
    if content[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content
    try:
        return content.decode("utf-16").encode("ascii")
    except ValueError:
        return content


def _unquoted(content: bytes) -> bytes:
    """Undo what mail programs do to a text: quoted-printable (RFC 2045 section 6.7), quoting."""
    if re.search(rb"=3D|=\n", content):
        content = _ENCODED.sub(lambda one: bytes.fromhex((one[1] or b"").decode()), content)
    lines = [
        line.removeprefix(b"> ").removeprefix(b">").rstrip(b" \t") for line in content.split(b"\n")
    ]
    return b"\n".join(lines).rstrip(b"\n") + b"\n"


# An octet, or a line that goes on; quopri would take out more than any mail program puts in.
_ENCODED = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\n)")
# What a careless copy does to a file's bytes and nobody means, and how it is undone.
ACCIDENTS: dict[str, Callable[[bytes], bytes]] = {
    "utf-16": _from_utf16,
    "byte order mark": lambda content: content.removeprefix(codecs.BOM_UTF8),
    "line ends": lambda content: content.replace(b"\r\n", b"\n"),
    "last line feed": lambda content: content if content.endswith(b"\n") else content + b"\n",
    "mail": _unquoted,
}


def _first_bad(
    number: int, previous: str, line: bytes, later: list[bytes], sealed: bool, covered: int
) -> Verdict:
    """Say what is wrong with the first bad line, by what stands in it and after it.

    `previous` is the hash of the line before; a seal vouches for the first `covered` lines.
    """
    whole, its_number, its_previous = _chained(line)
    follower = _chained(later[0]) if later else None
    if number == 1 and not line.startswith(_beginnings()):
        problem = "no log"
    elif whole and its_number == number and number - 1 > covered:
        # It says that it follows, and on another line: the one before is not that any more.
        return Verdict(number - 2, "replaced", number - 1, sealed, covered)
    elif whole and line not in later and its_previous in set(map(digest_of, later)):
        problem = "swapped"
    elif follower == (True, number, previous):
        problem = "added"
    elif not whole:
        problem = "changed" if later or line.endswith(b"\n") else "torn"
    else:
        problem = "removed" if its_number > number else "added"
    return Verdict(number - 1, problem, number, sealed, covered)


def _chained(line: bytes) -> tuple[bool, int, str]:
    """Return whether a line holds its own hash; if so, also its number and the hash before."""
    digest = hashlib.sha256(line[:-_TAIL]).hexdigest().encode()
    found = re.match(rb'\{"number":([1-9][0-9]{0,11}),"previous":"([0-9a-f]{64})",', line)
    if not found or not line.endswith(b',"sha256":"%s"}\n' % digest):
        return False, 0, ""
    return True, int(found.group(1)), found.group(2).decode()


def digest_of(line: bytes) -> str:
    """Return the hash that a line says it has; anything, where it has none."""
    return line[-67:-3].decode("latin-1")


@cache
def _beginnings() -> tuple[bytes, ...]:
    """How a file of evidence begins, in each format."""
    opened = (encode(1, FIRST_PREVIOUS, "log", {"format": one})[0] for one in (FORMAT, FORMAT_1))
    return tuple(line[:-_TAIL] for line in opened)


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines of a file's content; only a line feed ends one."""
    return io.BytesIO(content).readlines()


@contextlib.contextmanager
def _opened(source: Path | bytes) -> Iterator[BinaryIO]:
    """Open what is to be read; its lines end with a line feed and nothing else."""
    if isinstance(source, bytes):
        yield io.BytesIO(source)
    else:
        with source.open("rb", buffering=1 << 20) as stream:
            yield stream


# Writing


def _common(content: bytes, lines: list[bytes]) -> tuple[int, int]:
    """Return how many of `lines` a file holds, and their bytes; raise OtherLog if it has others.

    A part of the next line at its end is what a stopped writer leaves.
    """
    size = 0
    for count, line in enumerate(lines):
        if not content.startswith(line, size):
            if line.startswith(content[size:]):
                return count, size
            raise OtherLog
        size += len(line)
    if size != len(content):
        raise OtherLog
    return len(lines), size


# The logs of this process that are kept in a file.
_OPEN: weakref.WeakValueDictionary[Path, Log] = weakref.WeakValueDictionary()
_FAR = 1 << 40  # Windows locks bytes, and nobody may read those: one that no file reaches


def _let_go(path: Path, lines: list[bytes], successor: Log) -> None:
    """Have an older log of this process leave its file to one that holds the same lines."""
    older = _OPEN.get(path)
    if older is None or older is successor or older.trouble:
        return
    with contextlib.suppress(OtherLog, OSError):
        _common(path.read_bytes(), lines)
        older.let_go()


def _locked(file: int) -> bool:
    """Keep all others from writing to a file while it is open; False where one does already."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        # Some network file systems know no locks: there, the look at the size has to do.
        return problem.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


def _write(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):
        written += os.write(file, memoryview(data)[written:])
    os.fsync(file)


def sync_folder(path: Path) -> None:
    """Make sure that the file's name is on the disk as well, where a system can."""
    with contextlib.suppress(OSError):  # Windows opens no folders
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _reading(reading: Reading) -> dict[str, object]:
    return {
        "time": rfc3339(reading.time),
        "question": reading.question,
        "lines": list(reading.numbers),
        "sentence": reading.sentence(),
    }


def _exhibit(exhibit: Exhibit) -> dict[str, object]:
    return {
        "time": rfc3339(exhibit.time),
        "file": exhibit.file,
        "size": exhibit.size,
        "exhibit_sha256": exhibit.digest,
        "origin": exhibit.origin,
        "receipt": exhibit.receipt,
    }


def clock_offset(lines: Iterable[Line]) -> dict[str, Any] | None:
    """Return by how many seconds the clock was ahead of those of web servers, from and to.

    A server tells the time with its answer, to the second (RFC 9110 section 6.6.1), at a moment
    between question and answer. `agree` says whether one distance fits all that were told; where
    none does, a clock was wrong or was moved. None where no live answer told the time.
    """
    from email.utils import parsedate_to_datetime  # late: see machine

    spans = []
    servers = set()
    for line in lines:
        if line.origin != LIVE or line.request.protocol not in ("http", "https"):
            continue
        if not isinstance(line.outcome, Reply):
            continue
        _, headers = _http_head(line.outcome.payload)
        told = next((value for key, value in headers if key.lower() == "date"), "")
        with contextlib.suppress(ValueError, TypeError):
            second = parsedate_to_datetime(told).timestamp()
            spans.append((line.time - second - 1, line.time + line.outcome.elapsed - second))
            servers.add(line.request.to_address)
    if not spans:
        return None
    early, late = max(one for one, _ in spans), min(one for _, one in spans)
    agree = early <= late
    if not agree:
        early, late = min(one for one, _ in spans), max(one for _, one in spans)
    found = {"from": round(early, 3), "to": round(late, 3)}
    return {**found, "servers": len(servers), "agree": agree}


def machine() -> str:
    """Return what this computer calls itself, and its system."""
    import platform  # late, as are all that few records need: a first import is waited for

    return f"{platform.node()}, {platform.platform()}"


@cache
def program() -> str:
    """Return the SHA-256 of the program: of a list with the SHA-256 and name of each source file.

    In the folder that holds `labsupport`, these tools print the same:
    find labsupport -name '*.py' | LC_ALL=C sort | xargs sha256sum | sha256sum
    """
    root = Path(__file__).parent.parent
    files = sorted(
        (path.relative_to(root).as_posix(), path) for path in root.glob("labsupport/**/*.py")
    )
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in files)
    return hashlib.sha256("".join(sums).encode()).hexdigest()


@cache
def tool() -> str:
    """Return the tool's name and version."""
    from importlib.metadata import version

    return f"labsupport {version('labsupport')}"


@lru_cache(64)
def rfc3339(time: float) -> str:
    """Return seconds since 1970 as a time in UTC (RFC 3339).

    >>> rfc3339(1793620800)
    '2026-11-02T12:00:00.000000Z'
    """
    moment = datetime.fromtimestamp(time, UTC)
    return moment.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


@lru_cache(64)  # a server shows the same certificates each time
def _list(parts: tuple[bytes, ...]) -> bytes:
    """Return bytes as a JSON list of base64."""
    return b"[%b]" % b",".join([b'"%b"' % b2a_base64(part, newline=False) for part in parts])


def _address(value: object) -> str:
    """Return an IP address, or "" for none; raise ValueError for what is neither."""
    return str(ip_address(str(value))) if value != "" else ""


def _port(value: object) -> int:
    return _number(value, LAST_PORT)


def _number(value: object, most: int) -> int:
    if not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError("no such number")
    return value


def _seconds(value: object) -> float:
    """Return a span that somebody could have waited; raise ValueError for another one."""
    if not isinstance(value, int | float) or not 0 <= value <= LONGEST:
        raise ValueError("no such span")
    return float(value)


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)


# What is readable in an exchange. Written for speed: it is done for each line that is kept.


def describe(request: Request) -> tuple[str, str | None]:
    """Return what a request asks, readable, and the name of the host it is for, if it says so.

    >>> whois = Request("198.18.0.10", 40000, "198.18.106.43", 43, "tcp", None, b"x.example\\r\\n")
    >>> describe(whois)
    ('x.example', None)
    """
    return _describe(
        request.protocol, request.to_address, request.port, request.hop_limit, _told_of(request)
    )


def _told_of(request: Request) -> bytes:
    """Return what is told of a request; of a DNS message that is all but its identifier."""
    is_dns = request.port == DNS_PORT and request.protocol in ("udp", "tcp")
    return request.payload[2:] if is_dns else request.payload


def _describe(
    protocol: str, address: str, port: int, hop_limit: int | None, message: bytes
) -> tuple[str, str | None]:
    if protocol in ("http", "https"):
        start, headers = _http_head(message)
        host = next((value for key, value in headers if key.lower() == "host"), None)
        method, _, rest = start.partition(" ")
        target = rest.rpartition(" ")[0]
        return f"{method} {protocol}://{host or address}{target}", (
            host.partition(":")[0] if host else None
        )
    if protocol == "icmp":
        return f"probe, hop limit {hop_limit or 64}", None
    if port == DNS_PORT:
        return _dns_question(message), None
    if port == WHOIS_PORT:
        return message.decode("utf-8", "replace").strip(), None
    return f"{len(message)} bytes", None


def own_words(line: Line) -> dict[str, Any]:
    """Return what this program says of an exchange, from its bytes alone.

    A line of a record that has other words in these members contradicts its own bytes.
    """
    answer = line.outcome.payload if isinstance(line.outcome, Reply) else b""
    about, _ = _about(line.request, answer)
    return {"asked": describe(line.request)[0], **json.loads(f"{{{about}}}")}


def _about(request: Request, answer: bytes) -> tuple[str, dict[str, str]]:
    """Return status, flags and headers of an answer as JSON, and the names of addresses in it."""
    if request.port == DNS_PORT and len(answer) >= 12:
        return _about_dns(answer[2:])
    if answer and request.protocol in ("http", "https"):
        end = answer.find(b"\r\n\r\n")
        return _about_http(answer[:end] if end >= 0 else answer), {}
    return '"status":null,"flags":[],"headers":[]', {}


# The same is asked and answered again and again: what is told of it is kept a while.


@lru_cache(256)
def _about_dns(message: bytes) -> tuple[str, dict[str, str]]:
    """Return status and flags as JSON, and the names of addresses; without the identifier."""
    bits = int.from_bytes(message[:2], "big")
    code, flags = dns.rcode.to_text(dns.rcode.Rcode(bits & 15)), dns.flags.to_text(bits).split()
    about = f'"status":"{code}","flags":{_ENCODER.encode(flags)},"headers":[]'
    return about, _addresses(bytes(2) + message)


@lru_cache(256)
def _about_http(head: bytes) -> str:
    start, headers = _http_head(head)
    status = start.partition(" ")[2].partition(" ")[0]
    return f'"status":{json.dumps(status)},"flags":[],"headers":{_ENCODER.encode(headers)}'


@lru_cache(256)
def _outcome(name: str, from_address: str | None, elapsed: float, reason: str) -> str:
    members = {
        "outcome": name,
        "from": from_address,
        # Beyond a microsecond, machines do not compute the same.
        "elapsed": round(float(elapsed), 6),
        "reason": reason,
    }
    return _ENCODER.encode(members)[1:-1]


@lru_cache(256)
def _request(
    lab: str,
    origin: str,
    question: str,
    known_as: str | None,
    source: str,
    address: str,
    port: int,
    protocol: str,
    server_name: str | None,
    hop_limit: int | None,
    timeout: float,
    message: bytes,
) -> tuple[str, str]:
    """Return as JSON what stands before the source port, and what was asked."""
    asked, host = _describe(protocol, address, port, hop_limit, message)
    members = {
        "lab": lab,
        "origin": origin,
        "question": question,
        "server": server_name or host or known_as,
        "source": source,
        "address": address,
        "port": port,
        "protocol": protocol,
        "server_name": server_name,
        "hop_limit": hop_limit,
        "timeout": timeout,
    }
    return _ENCODER.encode(members)[1:-1], f'"asked":{_ENCODER.encode(asked)}'


def _http_head(message: bytes) -> tuple[str, list[tuple[str, str]]]:
    end = message.find(b"\r\n\r\n")
    start, *lines = message[: end if end >= 0 else None].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return start, [(key.strip(), value.strip()) for key, _, value in pairs]


def _dns_question(message: bytes) -> str:
    """Return what a DNS message asks; it is given without its identifier (2 octets)."""
    try:
        message = bytes(2) + message
        (rdtype,) = struct.unpack_from("!H", message, _after_name(message, 12))
        return f"{_name(message, 12)} {_type_text(rdtype)}"
    except (dns.exception.DNSException, ValueError, IndexError, struct.error):
        return f"{len(message)} bytes that are no DNS question"


def _addresses(message: bytes) -> dict[str, str]:
    """Return the names of the addresses in a DNS message, by address (RFC 1035 section 4.1)."""
    names: dict[str, str] = {}
    try:
        questions, *counts = struct.unpack_from("!HHHH", message, 4)
        place = 12
        for _ in range(questions):
            place = _after_name(message, place) + 4
        for _ in range(sum(counts)):
            owner, place = place, _after_name(message, place)
            rdtype, _, _, length = struct.unpack_from("!HHIH", message, place)
            place += 10
            data = message[place : place + length]
            place += length
            if (rdtype, len(data)) in ((dns.rdatatype.A, 4), (dns.rdatatype.AAAA, 16)):
                names[str(ip_address(data))] = _name(message, owner)
    except (dns.exception.DNSException, ValueError, IndexError, struct.error):
        pass
    return names


_type_text = cache(dns.rdatatype.to_text)
_PLAIN_LABEL = re.compile(rb"[A-Za-z0-9_-]+")
_MOST_LABELS = 128  # of 255 octets


def _name(message: bytes, place: int) -> str:
    """Return the name that stands at `place`, without the root's dot; raise when none does."""
    labels = []
    while length := message[place]:
        if length >= 0xC0:
            place = (length & 63) << 8 | message[place + 1]
            labels.append(b"")  # counted: pointers may lead in a circle
        else:
            labels.append(message[place + 1 : place + 1 + length])
            place += 1 + length
        if len(labels) > _MOST_LABELS:
            raise ValueError("no name")
    labels = [label for label in labels if label]
    if all(map(_PLAIN_LABEL.fullmatch, labels)):
        return b".".join(labels).decode() or "."
    return dns.name.Name(labels).to_text()


def _after_name(message: bytes, place: int) -> int:
    """Return where a name ends; a pointer is its last part (RFC 1035 section 4.1.4)."""
    while True:
        length = message[place]
        if length >= 0xC0:
            return place + 2
        place += 1 + length
        if not length:
            return place
