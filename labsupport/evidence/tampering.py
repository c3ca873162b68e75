"""A record of evidence with one answer changed, to practise: what was changed, and no words."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from labsupport.evidence import chain, file_format

CHAIN = ("number", "previous", "kind", "sha256")


@dataclass(frozen=True, slots=True)
class Tampered:
    """The `content` of a record in which one byte of an answer was changed.

    `line` is the number of the answer's line, `server` who sent it.
    """

    content: bytes
    line: int
    server: str


class CannotTamper(Exception):
    """Nothing was changed; as text, it is the key of the sentence that says why."""


def tamper(content: bytes, *, rewrite: bool = False) -> Tampered:
    """Change one byte of an answer of a record; raise CannotTamper where that cannot be.

    With `rewrite`, all hashes from there on are computed anew.
    """
    lines = file_format.lines_of(content)
    if chain.verify(content).problem:
        raise CannotTamper("tampering.file_damaged_already_no")
    records = [json.loads(line) for line in lines]
    answers = _answers(records)
    if not answers:
        raise CannotTamper("tampering.there_no_answer_could")
    index, answer = answers[len(answers) // 2]
    changed = bytearray(answer)
    changed[len(answer) // 2] ^= 1
    record = records[index]
    server = record["server"] or record["address"]
    old = record["answer"]
    new = b64encode(changed).decode()
    if rewrite:
        record |= {"answer": new, "answer_sha256": hashlib.sha256(changed).hexdigest()}
        before = file_format.digest_of(lines[index - 1])
        lines[index:] = _rewritten(records[index:], before)
    else:
        lines[index] = lines[index].replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    return Tampered(b"".join(lines), index + 1, server)


def _answers(records: Sequence[Mapping[str, Any]]) -> list[tuple[int, bytes]]:
    """The answers that came, each with the index of its line."""
    answers = []
    for index, record in enumerate(records):
        # a file of others may have anything there
        with suppress(ValueError, TypeError, KeyError):
            if answer := b64decode(record["answer"], validate=True):
                answers.append((index, answer))
    return answers


def _rewritten(records: Sequence[Mapping[str, Any]], previous: str) -> Iterator[bytes]:
    """Yield the lines with all hashes computed anew, after a line with the hash `previous`."""
    for record in records:
        members = {key: value for key, value in record.items() if key not in CHAIN}
        line, previous = file_format.encode(
            record["number"], previous, record["kind"], members
        )
        yield line
