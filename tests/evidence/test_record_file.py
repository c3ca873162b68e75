"""The file of a record: two kernels at once, an interrupt at any point, a disk that is full."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import dns.message
import dns.rrset
import kernels
import pytest
from kernels import ask

from labsupport import Lab
from labsupport.answers.evidence_record import Evidence
from labsupport.evidence import record_file
from labsupport.evidence.chain import verify
from labsupport.evidence.file_format import read
from labsupport.evidence.log import Custody, EvidenceLog
from labsupport.exchange import Reply, Request
from labsupport.lab_protocol import context_of

ROUNDS = 250
SESSION = context_of(Lab("en")).session
WRITING = str(Path(record_file.__file__).parent)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# Two at once


@pytest.mark.parametrize("way", kernels.WAYS)
def test_two_that_save_at_once_lose_nothing_that_was_told_as_kept(
    folder: Path, way: str
) -> None:
    told = kernels.saved_at_once(folder, way, ROUNDS)
    kernels.check(folder, told)
    used = [
        {one.file for every in told for one in every[3 * n : 3 * n + 3]}
        for n in range(ROUNDS)
    ]
    assert (
        used == [{f"{n}.jsonl", f"{n}-2.jsonl"} for n in range(ROUNDS)]
        or kernels.WAYS[way][1]
    )


FORKED = """
import os
from pathlib import Path
from kernels import EvidenceLog, ask
log = EvidenceLog()
ask(log, "a")
log.save(Path("evidence.jsonl"), ["evidence-2.jsonl"])
child = os.fork()
ask(log, "parent" if child else "child")
if child:
    os.waitpid(child, 0)
    ask(log, "parent again")
print(log.path.name, log.trouble)
"""


def test_a_process_that_was_forked_off_has_a_file_of_its_own(folder: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(kernels.__file__).parent)}
    command = [sys.executable, "-W", "ignore", "-c", FORKED]
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60
    )
    assert sorted(run.stdout.splitlines()) == [
        "evidence-2.jsonl None",
        "evidence.jsonl None",
    ]
    labs = {
        file.name: [line.lab for line in read(file.read_bytes()).lines]
        for file in folder.iterdir()
    }
    assert labs["evidence.jsonl"] == ["a", "parent", "parent again"]
    assert labs["evidence-2.jsonl"] == ["a", "child"]


# Interrupted


class Stopped(BaseException):
    """What a handler of a signal may raise, or the memory."""


def stop() -> None:
    raise Stopped


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


@contextmanager
def at_line(number: int, do: Callable[[], None]) -> Iterator[list[int]]:
    """Do something before the line of this number that is run where records are written."""
    run: list[int] = []

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(WRITING):
            return None
        if event == "line":
            run.append(frame.f_lineno)
            if len(run) == number:
                do()
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        yield run
    finally:
        sys.settrace(before)


def interrupted(
    number: int, do: Callable[[], None], action: Callable[[], object]
) -> bool:
    """Whether a line of that number was run, and interrupted."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with at_line(number, do) as run:
            action()
    except (KeyboardInterrupt, Stopped):
        pass
    finally:
        signal.signal(signal.SIGINT, usual)
    return len(run) >= number


def keeps(log: EvidenceLog, folder: Path) -> None:
    """It says that it is kept only where all of it is in its file, and accuses nobody."""
    assert "DisturbedError" not in repr(log.trouble)
    if log.path and log.trouble is None:
        assert (folder / log.path.name).read_bytes() == b"".join(log.encoded())


# A file that is stopped from being closed is closed by Python, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("do", [interrupt, stop])
def test_whatever_interrupts_a_line_it_is_written_with_the_next(
    folder: Path, do: Callable[[], None]
) -> None:
    number, is_interrupted = 0, True
    while is_interrupted:
        number += 1
        log = EvidenceLog()
        ask(log, "a")
        log.save(folder / f"{number}.jsonl")
        is_interrupted = interrupted(number, do, lambda log=log: ask(log, "b"))  # type: ignore[misc]
        keeps(log, folder)
        ask(log, "c")
        assert log.trouble is None
        content = (folder / f"{number}.jsonl").read_bytes()
        assert content == b"".join(log.encoded())
        assert verify(content).problem == ""
    assert number > 40


# A file that is stopped from being closed is closed by Python, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("do", [interrupt, stop])
def test_whatever_interrupts_it_the_record_is_saved_after_it(
    folder: Path, do: Callable[[], None]
) -> None:
    names, is_interrupted = [], True
    while is_interrupted:
        log = EvidenceLog()
        ask(log, "a")
        record, name = Evidence(SESSION, log), f"{len(names)}.jsonl"
        is_interrupted = interrupted(
            len(names) + 1,
            do,
            lambda record=record, name=name: record.save(name),  # type: ignore[misc]
        )
        keeps(log, folder)
        names.append(record.save(name).file == name)  # type: ignore[attr-defined]
        ask(log, "b")
        keeps(log, folder)
        assert log.trouble is None
    assert len(names) > 40
    # Between the making of a file and the noting that it was made, nothing but SIGINT is held back.
    assert names.count(False) <= (do is stop) * 3


def test_an_interrupt_while_the_disk_is_waited_for_is_heard_after_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    lab.evidence.save()
    real = os.fsync

    def fsync(file: int) -> None:
        interrupt()
        real(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(KeyboardInterrupt):
            lab.ask("isla.example")
    assert context_of(lab).log.trouble is None
    assert "somebody else" not in repr(lab.ask("corte.gob.test"))
    content = (folder / "evidence.jsonl").read_bytes()
    assert [line.question for line in read(content).lines][1:] == [
        'lab.ask("isla.example")',
        'lab.ask("corte.gob.test")',
    ]
    assert verify(content, context_of(lab).log.seal()).problem == ""


# A disk that is full


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_where_the_system_writes_no_more_nothing_is_torn(folder: Path) -> None:
    log = EvidenceLog()
    ask(log, "a")
    record = Evidence(SESSION, log)
    for size in range(0, len(b"".join(log.encoded())), 97):
        with no_file_larger_than(size):
            assert "cannot be written" in record.save().sentence
        assert list(folder.iterdir()) == []
    record.save()
    path = folder / "evidence.jsonl"
    kept = path.read_bytes()
    for more in range(0, 600, 97):
        with no_file_larger_than(len(kept) + more):
            ask(log, "b")
        assert log.trouble is not None
        assert path.read_bytes() == kept
    ask(log, "c")
    assert log.trouble is None
    assert path.read_bytes() == b"".join(log.encoded())


def test_of_a_paper_that_does_not_fit_nothing_stays(folder: Path) -> None:
    lab = Lab("en")
    lab.ask("www.museum.example")
    lab.evidence.save()
    before = list(folder.iterdir())
    with no_file_larger_than(20_000):  # the page that checks a record is larger
        assert "cannot be written" in lab.evidence.report().sentence
    assert list(folder.iterdir()) == before


# Whose file it is


def test_a_file_that_another_run_wrote_stays_as_it_is(folder: Path) -> None:
    lab, other = Lab("en"), Lab("en")
    for one in (lab, other):
        one.ask("www.museum.example")
        assert one.evidence.save().file == "evidence.jsonl"
    kept = (folder / "evidence.jsonl").read_bytes()
    said = repr(other.ask("isla.example"))
    assert "goes on in evidence-2.jsonl" in said
    assert "somebody else" not in said
    assert "evidence-2.jsonl" not in repr(other.ask("isla.example")), "it is said once"
    assert (folder / "evidence.jsonl").read_bytes() == kept
    assert (folder / "evidence-2.jsonl").read_bytes() == b"".join(
        context_of(other).log.encoded()
    )
    assert "evidence" not in repr(lab.ask("corte.gob.test").notes)
    assert (folder / "evidence.jsonl").read_bytes() == b"".join(
        context_of(lab).log.encoded()
    )


@pytest.mark.parametrize("cut", [0, 1, 300])
def test_what_another_run_has_begun_is_not_ended_for_it(folder: Path, cut: int) -> None:
    log = EvidenceLog()
    ask(log, "a")
    begun = b"".join(log.encoded())[:cut]
    (folder / "evidence.jsonl").write_bytes(begun)
    assert Evidence(SESSION, log).save().file == "evidence-2.jsonl"  # type: ignore[attr-defined]
    assert (folder / "evidence.jsonl").read_bytes() == begun


def test_a_record_goes_back_to_a_file_of_its_own(folder: Path) -> None:
    log = EvidenceLog()
    ask(log, "a")
    log.save(folder / "first.jsonl")
    log.save(folder / "second.jsonl")
    ask(log, "b")
    log.save(folder / "first.jsonl")
    ask(log, "c")
    assert (folder / "first.jsonl").read_bytes() == b"".join(log.encoded())


def test_custody_changes_no_line_but_the_first() -> None:
    """A name that a later answer gave is not known earlier, however often the lines are written."""
    query = dns.message.make_query("x.example", "A")
    answer = dns.message.make_response(query)
    answer.answer.append(
        dns.rrset.from_text("x.example.", 60, "IN", "A", kernels.REQUEST.to_address)
    )
    to_resolver = Request(
        "198.18.0.10", 1, "198.18.0.53", 53, "udp", None, query.to_wire()
    )
    log = EvidenceLog()
    ask(log, "a")
    log.append(
        "a", 1793620800.25, to_resolver, Reply("198.18.0.53", 0.1, (), answer.to_wire())
    )
    ask(log, "a")
    assert [one["server"] for one in log.records()[1:]] == [None, None, "x.example"]
    assert log.state(Custody(by="Court 3"))
    assert [one["server"] for one in log.records()[1:]] == [None, None, "x.example"]
