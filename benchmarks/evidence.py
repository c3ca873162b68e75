"""A line of evidence beside a bare write of the same bytes; checking beside reading and hashing."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from binascii import a2b_base64
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab
from labsupport.evidence.chain import verify
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange.log import Line

ROUNDS = 1000
ROUNDS_OF_CHECKS = 25
FEW, MANY = 2_000, 20_000


def rows() -> Iterator[Row]:
    """Measure appending, to the disk and not, then checking."""
    lines = _lines()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        yield _append(
            lines, Path(folder), "a line of evidence, on the disk", os.fsync, 1.2
        )
        yield _append(
            lines,
            Path(folder),
            "a line of evidence, not flushed to it",
            _no_fsync,
            None,
        )
        yield from _check(lines, Path(folder))


def _lines() -> list[Line]:
    """Return what the questions of the lesson on public directories send."""
    lab = Lab("en")
    for name in (
        "museum.example",
        "suspendido.example",
        "bancodelfaro-clientes.example",
    ):
        lab.rdap(name)
        lab.whois(name)
        lab.investigate.compare(name)
    lab.rdap("198.19.105.66")
    lab.routes.origin("AS64505")
    lab.ask("198.19.105.66")
    lab.investigate.certificates("www.bancodelfaro-clientes.example")
    lab.who("www.bancodelfaro-clientes.example")
    lab.who("www.diario-del-puerto.example")
    lab.evidence.stamp()
    return lab.evidence.lines


def _no_fsync(file: int) -> None:
    pass


def _append(
    lines: list[Line], folder: Path, what: str, fsync: object, bound: float | None
) -> Row:
    source = cycle(lines)
    log = EvidenceLog()
    first = next(source)
    log.append(first.lab, first.time, first.request, first.outcome)
    log.save(folder / f"{fsync}.jsonl".replace(" ", ""))
    bare = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def evidence() -> None:
        line = next(source)
        log.append(line.lab, line.time, line.request, line.outcome)

    def bare_write() -> None:
        os.write(bare, log.encoded()[-1])
        os.fsync(bare)

    try:
        with _fsync(fsync):
            # Each goes first as often as second: a disk remembers what it did last.
            one, two, three, four = side_by_side(
                (evidence, bare_write, bare_write, evidence), ROUNDS
            )
            return ratio(what, one + four, two + three, bound)
    finally:
        os.close(bare)


@contextmanager
def _fsync(instead: object) -> Iterator[None]:
    usual = os.fsync
    os.fsync = instead  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = usual


def _check(lines: list[Line], folder: Path) -> Iterator[Row]:
    few, many = (_file(lines, folder, count) for count in (FEW, MANY))

    def hashed() -> None:
        with many.open("rb") as stream:
            for line in stream:
                hashlib.sha256(line)
                hashlib.sha256(a2b_base64(json.loads(line).get("answer", "")))

    checked, reference = side_by_side(
        (lambda: verify(many.read_bytes()), hashed), ROUNDS_OF_CHECKS
    )
    what = f"checking {MANY:,} lines, beside reading and hashing them and the answers in them"
    yield ratio(what, checked, reference, 2)
    of_many, of_few = side_by_side(
        (lambda: verify(many.read_bytes()), lambda: verify(few.read_bytes())),
        ROUNDS_OF_CHECKS,
    )
    one_of_many = [seconds / MANY for seconds in of_many]
    one_of_few = [seconds / FEW for seconds in of_few]
    what = f"checking a line of {MANY:,}, beside one of {FEW:,}"
    yield ratio(what, one_of_many, one_of_few, 1.3)


def _file(lines: list[Line], folder: Path, count: int) -> Path:
    log = EvidenceLog()
    source = cycle(lines)
    for _ in range(count - 1):
        line = next(source)
        log.append(line.lab, line.time, line.request, line.outcome)
    path = folder / f"{count}.jsonl"
    log.save(path)
    return path
