"""The log of everything that was asked, and what came back, to be kept in a file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from labsupport.evidence.chain import Seal
from labsupport.evidence.file_format import (
    FIRST_PREVIOUS,
    FORMAT,
    OUTCOME_NAMES,
    base64,
    digest_of,
    encode,
    rfc3339,
)
from labsupport.evidence.record_file import (
    DisturbedError,
    OtherLog,
    RecordFile,
    uninterrupted,
)
from labsupport.exchange import Outcome, Request
from labsupport.exchange.log import LAB, LAB_CLOCK, Line
from labsupport.exchange.readable import about, describe, names_in


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


class EvidenceLog:
    """Exchanges in the order in which they were asked, and what was made of them.

    `names` are servers' names that are known from the start, by address. `clock` says in words
    which clock the times are from, `machine` on which computer it is kept, `world` by which version
    of the lab's world it is answered ("": not by the lab). It costs little until somebody looks at
    it or saves it: only then are its lines written out and hashed.

    >>> EvidenceLog().encoded()
    []
    """

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        clock: str = LAB_CLOCK,
        machine: Callable[[], str] = str,
        world: str = "",
    ) -> None:
        self.lines: list[Line] = []
        self._trouble: OSError | None = None
        self.left: Path | None = (
            None  # the file that it was kept in before, until that was told
        )
        self.custody = Custody()
        self._fixed = False  # the first line has left this process, or its hash has
        self._clock = clock
        self._machine = machine
        self._world = world
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
        self._encoded = []
        self._names = dict(self._known_names)
        return True

    def append(
        self,
        lab: str,
        time: float,
        request: Request,
        outcome: Outcome,
        origin: str = LAB,
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

    def note(
        self, since: int, time: float, question: str, sentence: Callable[[], str]
    ) -> None:
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
                    self._names |= names_in(entry)
                else:
                    when = rfc3339(entry.time)
                    question = entry.question
                    answer = {
                        "lines": list(entry.numbers),
                        "sentence": entry.sentence(),
                    }
                    self._encode(
                        "reading", {"time": when, "question": question, **answer}
                    )
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
                self._others = map(path.with_name, others)
                self.left = None
                self._fixed = True
                self._trouble = None

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
        opening: dict[str, object] = {
            "format": FORMAT,
            "tool": tool(),
            "program": "",
            "machine": self._machine(),
            "started": rfc3339(self.lines[0].time),
            "clock": self._clock,
            "clock_offset": None,
            **self.custody._asdict(),
        }
        if self._world:
            opening["world"] = self._world
        return opening

    def _encode(self, kind: str, members: Mapping[str, object]) -> None:
        previous = digest_of(self._encoded[-1]) if self._encoded else FIRST_PREVIOUS
        self._encoded.append(encode(len(self._encoded) + 1, previous, kind, members)[0])

    def _exchange(self, line: Line) -> dict[str, object]:
        request = line.request
        outcome = line.outcome
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
            "outcome": OUTCOME_NAMES[type(outcome)],
            "from": outcome.from_address,
            # Beyond a microsecond, machines do not compute the same.
            "elapsed": round(float(outcome.elapsed), 6),
            "reason": getattr(outcome, "reason", ""),
            **about(request, answer),
            "answer_sha256": hashlib.sha256(answer).hexdigest() if answer else "",
            "request": base64(request.payload),
            "answer": base64(answer),
            "ignored": list(map(base64, outcome.ignored)),
            "certificates": list(map(base64, getattr(outcome, "certificates", ()))),
        }


def machine() -> str:
    """Return what this computer calls itself, and its system."""
    import platform  # late: in the lab nobody asks

    return f"{platform.node()}, {platform.platform()}"


@cache
def tool() -> str:
    """Return the tool's name and version."""
    return f"labsupport {version('labsupport')}"
