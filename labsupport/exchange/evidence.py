"""The log of everything that was asked, and what came back; and the file it is kept in.

The format of that file, line by line: docs/evidence-format.md. Its lines are JSON, each ends with
its own hash and holds that of the line before, so that what was changed, taken out, put in or moved
breaks the chain. Against a chain that was computed anew, and a missing end, helps the *seal*: the
number of lines and the last hash, kept elsewhere.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import io
import json
import os
import platform
import re
import struct
import textwrap
import threading
from base64 import b64decode, b64encode
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

import dns.message
from dns import flags, rcode, rdataclass, rdatatype
from dns.exception import DNSException

from labsupport import exchange
from labsupport.exchange import DNS_PORT, WHOIS_PORT, Outcome, Request
from labsupport.exchange.record_file import (
    DisturbedError,
    OtherLog,
    RecordFile,
    uninterrupted,
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
    "reply": exchange.Reply,
    "silence": exchange.Silence,
    "reset": exchange.Reset,
    "unreachable": exchange.Unreachable,
    "tls failure": exchange.TlsFailure,
    "unusable": exchange.Unusable,
    "not sent": exchange.NotSent,
}
_OUTCOME_NAMES = {kind: name for name, kind in OUTCOMES.items()}

_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_TAIL = len(b',"sha256":""}\n') + 64  # bytes from the hash member to the line's end


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


class ToolReading(NamedTuple):
    """What the tool made of exchanges: `numbers` are those of their lines in the file."""

    time: float
    question: str
    numbers: tuple[int, ...]
    sentence: Callable[[], str]


class Custody(NamedTuple):
    """Who keeps a record, in which matter, and who watched; "" where that was not stated."""

    by: str = ""
    matter: str = ""
    witness: str = ""


class Log:
    """Exchanges in the order in which they were asked, and what was made of them.

    `names` are servers' names that are known from the start, by address. `clock` says in words
    which clock the times are from, `machine` on which computer it is kept. It costs little until
    somebody looks at it or saves it: only then are its lines written out and hashed.

    >>> Log().encoded()
    []
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        clock: str = LAB_CLOCK,
        machine: Callable[[], str] = str,
    ) -> None:
        self.lines: list[Line] = []
        self._trouble: OSError | None = None
        self.left: Path | None = None  # the file that it was kept in before, until that was told
        self.custody = Custody()
        self._fixed = False  # the first line has left this process, or its hash has
        self._clock, self._machine = clock, machine
        self._one_at_a_time = threading.RLock()
        self._known_names = dict(names or {})
        self._names = dict(self._known_names)
        self._question = ""
        self._entries: list[Line | ToolReading] = []
        self._encoded: list[bytes] = []
        self._files: dict[Path, RecordFile] = {}  # those that it was ever to be kept in
        self._file: RecordFile | None = None
        self._others: Iterator[Path] = iter(())

    @property
    def path(self) -> Path | None:
        """The file that it is kept in."""
        return self._file.path if self._file else None

    @property
    def trouble(self) -> OSError | None:
        """Why the file has not all lines; None where it has, or there is no file."""
        is_behind = self._file and self._file.count <= len(self._entries)
        stopped = InterruptedError(errno.EINTR, os.strerror(errno.EINTR))
        return self._trouble or (stopped if is_behind else None)

    def state(self, custody: Custody) -> bool:
        """Have `custody` stand in the first line; False where that was saved or sealed already."""
        if custody == self.custody:
            return True
        if self._fixed:
            return False
        self.custody = custody
        self._encoded, self._names = [], dict(self._known_names)
        return True

    def append(
        self, lab: str, time: float, request: Request, outcome: Outcome, origin: str = LAB
    ) -> None:
        """Add an exchange; where the log is kept in a file, it is on the disk on return.

        What goes wrong with the file is kept in `trouble`, and tried again with the next line.
        """
        line = Line(lab, time, request, outcome, self._question, origin)
        with self._one_at_a_time:  # many questions may wait at once
            self._entries.append(line)
            self.lines.append(line)
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
    def end(self) -> int:
        """The number of entries so far, to be given to `note`."""
        return len(self._entries)

    def note(self, since: int, time: float, question: str, sentence: Callable[[], str]) -> None:
        """Add what was made of the exchanges after entry `since`; without any, nothing.

        `sentence` returns it in words; it is called when the line is written out.
        """
        with self._one_at_a_time:
            new = enumerate(self._entries[since:], since + 2)
            numbers = tuple(number for number, entry in new if isinstance(entry, Line))
            if numbers:
                self._entries.append(ToolReading(time, question, numbers, sentence))
                self._keep()

    def encoded(self) -> list[bytes]:
        """Return the lines of the file, the opening one first; none before the first entry."""
        with self._one_at_a_time:
            if self._entries and not self._encoded:
                self._encode("log", self._opening())
            for entry in self._entries[max(0, len(self._encoded) - 1) :]:
                if isinstance(entry, Line):
                    self._encode("exchange", self._exchange(entry))
                    self._names |= _names_in(entry)
                else:
                    when, question = rfc3339(entry.time), entry.question
                    told = {"lines": list(entry.numbers), "sentence": entry.sentence()}
                    self._encode("reading", {"time": when, "question": question, **told})
            return self._encoded

    def records(self) -> list[dict[str, Any]]:
        """Return what the lines of the file say, as JSON objects."""
        return [json.loads(line) for line in self.encoded()]

    def seal(self) -> Seal:
        """Return the seal of the lines so far; raise LookupError when there are none."""
        seal = Seal(len(self.encoded()), digest_of(self.encoded()[-1]))
        self._fixed = True
        return seal

    def save(self, path: Path, others: Iterable[str] = ()) -> None:
        """Write all lines to `path`, and from now on each new one as soon as it is there.

        On return they are on the disk, as is each later line when `append` returns: whoever is
        stopped then loses at most the line being written. Where the file is this log's already,
        the missing lines are added. Where another log has written the same lines, it is kept there
        as well, until there is a new line: then it goes on under the first of the names `others`
        that is free, and `left` is the file that it leaves. Raises OtherLog when the file holds
        anything else, and OSError when it cannot be written.
        """
        path = Path(os.path.abspath(path))
        with self._one_at_a_time:
            lines = self.encoded()
            with uninterrupted():
                self._begin(path, lines)
                self._others, self.left = map(path.with_name, others), None
                self._fixed, self._trouble = True, None

    def _begin(self, path: Path, lines: list[bytes]) -> None:
        file = self._files.setdefault(path, RecordFile(path))
        file.begin(lines)
        self._file = file

    def _keep(self) -> None:
        """Write what the file lacks, if it ends where this log ended it."""
        if self._file is None or isinstance(self._trouble, DisturbedError):
            return
        lines = self.encoded()
        try:
            with uninterrupted():
                self._add(self._file, lines)
                self._trouble = None
        except OSError as problem:
            self._trouble = problem

    def _add(self, file: RecordFile, lines: list[bytes]) -> None:
        try:
            file.add(lines)
        except OtherLog:
            self._move(file.path, lines)

    def _move(self, path: Path, lines: list[bytes]) -> None:
        for other in self._others:
            with contextlib.suppress(OtherLog):
                self._begin(other, lines)
                self.left = path
                return
        raise DisturbedError

    def _opening(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "tool": tool(),
            "program": "",
            "machine": self._machine(),
            "started": rfc3339(self.lines[0].time),
            "clock": self._clock,
            "clock_offset": None,
            **self.custody._asdict(),
        }

    def _encode(self, kind: str, members: Mapping[str, object]) -> None:
        previous = digest_of(self._encoded[-1]) if self._encoded else FIRST_PREVIOUS
        self._encoded.append(encode(len(self._encoded) + 1, previous, kind, members)[0])

    def _exchange(self, line: Line) -> dict[str, object]:
        request, outcome = line.request, line.outcome
        asked, host = describe(request)
        answer = getattr(outcome, "payload", b"")
        known_as = self._names.get(request.to_address)
        return {
            "time": rfc3339(line.time),
            "lab": line.lab,
            "origin": line.origin,
            "question": line.question,
            "server": request.server_name or host or known_as,
            "source": request.source,
            "address": request.to_address,
            "port": request.port,
            "protocol": request.protocol,
            "server_name": request.server_name,
            "hop_limit": request.hop_limit,
            "timeout": request.timeout,
            "source_port": outcome.source_port or request.source_port,
            "asked": asked,
            "outcome": _OUTCOME_NAMES[type(outcome)],
            "from": outcome.from_address,
            # Beyond a microsecond, machines do not compute the same.
            "elapsed": round(float(outcome.elapsed), 6),
            "reason": getattr(outcome, "reason", ""),
            **_about(request, answer),
            "answer_sha256": hashlib.sha256(answer).hexdigest() if answer else "",
            "request": _base64(request.payload),
            "answer": _base64(answer),
            "ignored": list(map(_base64, outcome.ignored)),
            "certificates": list(map(_base64, getattr(outcome, "certificates", ()))),
        }


def encode(
    number: int, previous: str, kind: str, members: Mapping[str, object]
) -> tuple[bytes, str]:
    """Return a line of the file, and its hash.

    >>> line, digest = encode(1, FIRST_PREVIOUS, "log", {"format": FORMAT})
    >>> line.endswith(digest.encode() + b'"}\\n')
    True
    """
    whole = {"number": number, "previous": previous, "kind": kind, **members}
    body = _ENCODER.encode(whole)[:-1].encode()
    digest = hashlib.sha256(body).hexdigest()
    return b'%s,"sha256":"%s"}\n' % (body, digest.encode()), digest


# Reading


class EvidenceFile(NamedTuple):
    """What a file of evidence holds.

    `opening` is what its first line says. `lines` are the exchanges, `numbers` those of their
    lines in the file.
    """

    opening: Mapping[str, Any]
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]


def read(content: bytes) -> EvidenceFile:
    """Read the content of a file of evidence; what is no line of one is left out.

    It does not check whether anything was changed: `verify` does.

    >>> read(b"no evidence").lines
    ()
    """
    opening: dict[str, Any] = {}
    found: dict[int, Line] = {}
    for number, raw in enumerate(lines_of(content), 1):
        # RecursionError: brackets within brackets.
        with contextlib.suppress(ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
            record = json.loads(raw) if raw.endswith(b"\n") else {"kind": "torn"}
            if record["kind"] == "log" and number == 1:
                opening = record
            elif record["kind"] == "exchange":
                found[number] = _line(record)
    return EvidenceFile(opening, tuple(found.values()), tuple(found))


def _line(record: Mapping[str, Any]) -> Line:
    """Return the exchange that a line tells of; raise what comes when it tells of none."""
    server_name, hop_limit = record["server_name"], record["hop_limit"]
    request = Request(
        _address(record["source"]),
        int(_number(record["source_port"], LAST_PORT)),
        _address(record["address"]),
        int(_number(record["port"], LAST_PORT)),
        str(record["protocol"]),
        None if server_name is None else str(server_name),
        b64decode(record["request"], validate=True),
        None if hop_limit is None else int(_number(hop_limit, MOST_HOPS)),
        float(_number(record["timeout"], LONGEST)),
    )
    told: dict[str, Any] = {
        "from_address": None if record["from"] is None else _address(record["from"]),
        "elapsed": float(_number(record["elapsed"], LONGEST)),
        "ignored": tuple(b64decode(packet, validate=True) for packet in record["ignored"]),
        "payload": b64decode(record["answer"], validate=True),
        "certificates": tuple(b64decode(der, validate=True) for der in record["certificates"]),
        "reason": str(record["reason"]),
    }
    kind = OUTCOMES[record["outcome"]]
    names = {field.name for field in fields(kind)}
    outcome = kind(**{name: value for name, value in told.items() if name in names})
    moment = datetime.fromisoformat(record["time"])
    if moment.utcoffset() != timedelta(0) or moment.year == MAXYEAR:
        raise ValueError("a time that is not in UTC, or at the calendar's end")
    origin = str(record.get("origin", ""))
    return Line(
        *(str(record["lab"]), moment.timestamp(), request, outcome, str(record["question"])),
        origin if origin in ORIGINS else "",
    )


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
        # As JavaScript has them as well.
        plain = re.sub(r"[\s\ufeff]", "", text).lower()
        found = re.fullmatch(r"([1-9][0-9]{0,11})[-–]([0-9a-f]{64})", plain)
        if not found:
            raise ValueError("no seal")
        return cls(int(found.group(1)), found.group(2))

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
    sealed, count = seal is not None, seal.count if seal else 0
    previous, number, covered = FIRST_PREVIOUS, 0, 0
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
    if number == 1 and not line.startswith(_BEGINNINGS):
        return "no log"
    digest = hashlib.sha256(line[:-_TAIL]).hexdigest()
    if not line.endswith(f',"sha256":"{digest}"}}\n'.encode()):
        return "changed" if line.endswith(b"\n") else "torn"
    if not line.startswith(f'{{"number":{number},"previous":"{previous}",'.encode()):
        return "moved"
    record = _record(line)
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
    if _base64(came) != record["answer"]:  # other characters, or other last bits
        return "false digest"
    digest = hashlib.sha256(came).hexdigest() if came else ""
    return "" if digest == record["answer_sha256"] else "false digest"


# What a line is, whatever it says: docs/evidence-format.md. verify.html and the commands of the
# report have the same expressions.
_CODE = "u(?:00(?:[0189a-f][0-9a-f]|7f)|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3})"
_TEXT = rf'"[ !#-\[\]-~]*+(?:\\(?:["\\bfnrt]|{_CODE})[ !#-\[\]-~]*+)*+"'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,30})?(?:e-[0-9]{2})?"
_ATOM = f"(?:{_TEXT}|{_NUMBER}|true|false|null)"
_FLAT = rf"\[(?:{_ATOM}(?:,{_ATOM})*+)?\]"
_LIST = rf"\[(?:(?:{_ATOM}|{_FLAT})(?:,(?:{_ATOM}|{_FLAT}))*+)?\]"
_NAME = r'"[a-z0-9_]++"'
_OBJECT = rf"\{{(?:{_NAME}:{_ATOM}(?:,{_NAME}:{_ATOM})*+)?\}}"
_START = r'\{"number":[1-9][0-9]{0,11},"previous":"[0-9a-f]{64}","kind":'
_LINE = re.compile(
    rf'{_START}(?:"log"(?:,{_NAME}:(?:{_ATOM}|{_LIST}|{_OBJECT}))*+'
    rf'|"(?:exchange|reading|exhibit)"(?:,{_NAME}:(?:{_ATOM}|{_LIST}))*+)\}}\n'.encode()
)


def _record(line: bytes) -> dict[str, Any] | None:
    """Return what a line says, None where it is not as the program writes one.

    Then two readers of JSON could read two things in it.
    """
    if not _LINE.fullmatch(line):
        return None
    try:
        record: dict[str, Any] = _ONCE.raw_decode(line.decode("ascii"))[0]
    except ValueError:
        return None
    if record["kind"] == "log":  # in which objects may stand
        within = [name for one in record.values() if isinstance(one, dict) for name in one]
        return record if len({*record, *within}) == len(record) + len(within) else None
    told = record.get("answer"), record.get("answer_sha256")
    whole = record["kind"] != "exchange" or all(isinstance(text, str) for text in told)
    return record if whole else None


def no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; raise ValueError where two readers could read two of it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def refused(text: str) -> Any:
    """Raise ValueError for a number in JSON."""
    raise ValueError("no number")


_ONCE = json.JSONDecoder(object_pairs_hook=no_name_twice)
# How a file of evidence begins, in each format.
_BEGINNINGS = tuple(
    encode(1, FIRST_PREVIOUS, "log", {"format": one})[0][:-_TAIL] for one in (FORMAT, FORMAT_1)
)


def digest_of(line: bytes) -> str:
    """Return the hash that a line says it has; anything, where it has none."""
    return line[-67:-3].decode("latin-1")


def lines_of(content: bytes) -> list[bytes]:
    """Return the lines of a file's content; only a line feed ends one."""
    return io.BytesIO(content).readlines()


def machine() -> str:
    """Return what this computer calls itself, and its system."""
    return f"{platform.node()}, {platform.platform()}"


@cache
def tool() -> str:
    """Return the tool's name and version."""
    return f"labsupport {version('labsupport')}"


@lru_cache(64)
def rfc3339(time: float) -> str:
    """Return seconds since 1970 as a time in UTC (RFC 3339).

    >>> rfc3339(1793620800)
    '2026-11-02T12:00:00.000000Z'
    """
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _address(value: object) -> str:
    """Return an IP address, or "" for none; raise ValueError for what is neither."""
    return str(ip_address(str(value))) if value != "" else ""


def _number(value: object, most: float) -> float:
    if not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError("no such number")
    return value


# What is readable in an exchange


def describe(request: Request) -> tuple[str, str | None]:
    """Return what a request asks, readable, and the name of the host it is for, if it says so.

    >>> whois = Request("198.18.0.10", 40000, "198.18.106.43", 43, "tcp", None, b"x.example\\r\\n")
    >>> describe(whois)
    ('x.example', None)
    """
    message = request.payload
    if request.protocol in ("http", "https"):
        start, headers = _http_head(message)
        host = next((value for key, value in headers if key.lower() == "host"), None)
        method, _, rest = start.partition(" ")
        page = f"{request.protocol}://{host or request.to_address}{rest.rpartition(' ')[0]}"
        return f"{method} {page}", host.partition(":")[0] if host else None
    if request.protocol == "icmp":
        return f"probe, hop limit {request.hop_limit or 64}", None
    if request.port == DNS_PORT:
        return _dns_question(message[2:]), None
    if request.port == WHOIS_PORT:
        return message.decode("utf-8", "replace").strip(), None
    return f"{len(message)} bytes", None


def _about(request: Request, answer: bytes) -> dict[str, Any]:
    """Return status, flags and headers of an answer."""
    told: dict[str, Any] = {"status": None, "flags": [], "headers": []}
    if request.port == DNS_PORT and len(answer) >= 12:
        bits = int.from_bytes(answer[2:4], "big")
        told["status"] = rcode.to_text(rcode.Rcode(bits & 15))
        told["flags"] = flags.to_text(bits).split()
    elif answer and request.protocol in ("http", "https"):
        start, told["headers"] = _http_head(answer)
        told["status"] = start.partition(" ")[2].partition(" ")[0]
    return told


def _http_head(message: bytes) -> tuple[str, list[list[str]]]:
    start, *lines = message.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return start, [[key.strip(), value.strip()] for key, _, value in pairs]


def _names_in(line: Line) -> dict[str, str]:
    """Return the names of the addresses that an exchange told."""
    answer = getattr(line.outcome, "payload", b"")
    return _addresses(answer[2:]) if line.request.port == DNS_PORT else {}


# The same is asked and answered again and again: what is told of a message is kept a while. It is
# given without its identifier (2 octets).


@lru_cache(256)
def _dns_question(message: bytes) -> str:
    with contextlib.suppress(DNSException, ValueError, IndexError, struct.error):
        (question, *_) = dns.message.from_wire(bytes(2) + message, question_only=True).question
        name = question.name.to_text(omit_final_dot=True)
        return f"{name} {rdatatype.to_text(question.rdtype)}"
    return f"{len(message) + 2} bytes that are no DNS question"


@lru_cache(256)
def _addresses(message: bytes) -> dict[str, str]:
    """Return the names of the addresses in a DNS message, by address."""
    names: dict[str, str] = {}
    with contextlib.suppress(DNSException, ValueError, IndexError, struct.error):
        whole = bytes(2) + message
        answer = dns.message.from_wire(whole, ignore_trailing=True, one_rr_per_rrset=True)
        for found in (one for section in answer.sections[1:] for one in section):
            is_internet = found.rdclass == rdataclass.IN  # of another class, it has no address
            if is_internet and found.rdtype in (rdatatype.A, rdatatype.AAAA):
                names[found[0].address] = found.name.to_text(omit_final_dot=True)
    return names
