"""`lab.evidence.tamper`: a file of evidence damaged, to practise."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from labsupport.answers.evidence_record import SavedFile
from labsupport.evidence import chain, file_format
from labsupport.evidence.record_file import content_of
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.papers.files import RECORD, create, not_read, read_file_name, renamed
from labsupport.visible import quoted

# how, and what the copy is called after it
WAYS = {
    "byte": "byte",
    "rewrite": "rewritten",
}
CHAIN = ("number", "previous", "kind", "sha256")


def tamper(session: Session, file: object = "", how: object = "") -> SavedFile:
    """Write a copy of a file of the working folder with one answer changed; say what was done.

    `how` says whether only that byte is changed, or all hashes from there on are computed anew.
    """
    say = session.say
    way = choices("damage").key(how, say)
    if way is None:
        ways = choices("damage").listed(say)
        raise NotUnderstood(
            say("tampering.no_such_damage", what=quoted(how), ways=ways)
        )
    name = read_file_name(file or RECORD, ".jsonl", say)
    try:
        lines = file_format.lines_of(content_of(Path(name)))
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    if chain.verify(b"".join(lines)).problem:
        raise NotUnderstood(say("tampering.file_damaged_already_no", file=name))
    records = [json.loads(line) for line in lines]
    answers = _answers(records)
    if not answers:
        raise NotUnderstood(say("tampering.there_no_answer_could"))
    index, answer = answers[len(answers) // 2]
    changed = bytearray(answer)
    changed[len(answer) // 2] ^= 1
    record = records[index]
    server = record["server"] or record["address"]
    done = say("tampering.byte_changed", line=index + 1, server=server)
    old = record["answer"]
    new = b64encode(changed).decode()
    if way == "byte":
        lines[index] = lines[index].replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    else:
        record |= {"answer": new, "answer_sha256": hashlib.sha256(changed).hexdigest()}
        lines[index:] = _rewritten(
            records[index:], file_format.digest_of(lines[index - 1])
        )
        done += " " + say("tampering.then_all_hashes_there")
    own = f"{name.removesuffix('.jsonl')}-{WAYS[way]}.jsonl"
    used = create(own, b"".join(lines), say)
    sentence = say("tampering.file_damaged_copy_done", file=used, done=done)
    notes = (
        say("tampering.file_itself_not_touched", file=name),
        *renamed(own, used, say),
    )
    return SavedFile(say, None, session.provenance(""), notes, file=used, told=sentence)


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
