"""Processes that keep their records in one folder at the same instant."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

from labsupport import Lab
from labsupport.answers.evidence_record import Evidence
from labsupport.evidence.chain import verify
from labsupport.evidence.log import EvidenceLog
from labsupport.exchange import Request, Silence
from labsupport.lab_protocol import context_of

KERNELS = 2
PATIENCE = 60  # seconds
LATEST = 150e-6  # seconds that one begins after the other, at most
REQUEST = Request(
    "198.18.0.10", 40000, "198.18.106.43", 43, "tcp", None, b"x.example\r\n"
)
# What is the same and what is not when they begin, and whether the file was there before.
WAYS = {
    "two records": (False, False),
    "one record": (True, False),
    "one that lay": (True, True),
}


class Kept(NamedTuple):
    """What a process was told of its record: in which file these bytes are, or why they are not."""

    file: str
    content: bytes
    trouble: str


def ask(log: EvidenceLog, what: str) -> None:
    log.append(what, 1793620800.25, REQUEST, Silence(None, 5.0))


def _told(log: EvidenceLog) -> Kept:
    assert log.path
    return Kept(
        log.path.name, b"".join(log.encoded()), repr(log.trouble) if log.trouble else ""
    )


def _kernel(
    number: int,
    folder: Path,
    way: str,
    rounds: int,
    barrier: Barrier,
    answer: Connection,
) -> None:
    os.chdir(folder)
    session, chance, kept = context_of(Lab("en")).session, random.Random(number), []
    is_alike, was_there = WAYS[way]
    for count in range(rounds):
        name, log, before = f"{count}.jsonl", EvidenceLog(), EvidenceLog()
        for one in (log, before):
            ask(one, "fibra-sur" if is_alike else f"kernel {number}")
        if was_there and number == 0:
            Evidence(session, before).save(name)
        barrier.wait(PATIENCE)
        time.sleep(chance.random() * LATEST)
        Evidence(session, log).save(name)
        kept.append(_told(log))
        barrier.wait(PATIENCE)
        time.sleep(chance.random() * LATEST)
        for later in range(2):
            ask(log, f"kernel {number}, later {later}")
            kept.append(_told(log))
    answer.send(kept)


def saved_at_once(folder: Path, way: str, rounds: int) -> list[list[Kept]]:
    """Have processes save and go on, round by round; return what each was told."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(KERNELS)
    pipes = [context.Pipe(duplex=False) for _ in range(KERNELS)]
    kernels = [
        context.Process(
            target=_kernel, args=(number, folder, way, rounds, barrier, answer)
        )
        for number, (_, answer) in enumerate(pipes)
    ]
    for kernel in kernels:
        kernel.start()
    for _, answer in pipes:
        answer.close()
    try:
        return [told.recv() for told, _ in pipes]
    finally:
        for kernel in kernels:
            kernel.join(PATIENCE)
            kernel.kill()


def check(folder: Path, told: list[list[Kept]]) -> None:
    """Nobody is accused, nothing that was told as kept is lost, and every file holds."""
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    kept = [one for every in told for one in every]
    assert {one.trouble for one in kept} == {""}
    assert [
        one.file for one in kept if not files[one.file].startswith(one.content)
    ] == []
    assert [name for name, content in files.items() if verify(content).problem] == []
    assert set(files) == {one.file for one in kept}
