"""`lab.tamper`: a file of evidence damaged, to practise."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labsupport import evidence
from labsupport.language import Language
from labsupport.lookups.evidence import Kept
from labsupport.lookups.files import RECORD, create, not_read, read_file_name, renamed
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import Result, quoted

LINES_CUT = 3  # by the practice that takes the end away
# A day of registration, as RDAP and WHOIS write it.
REGISTERED = re.compile(
    rb'"registration"[^{}]{0,80}?"(20[0-9]{2}-[0-9]{2}-[0-9]{2})T'
    rb"|(?:Creation Date|created):\s*(20[0-9]{2}-?[0-9]{2}-?[0-9]{2})"
)
# A question about a name: in one about a number, no letter follows a dot.
DIRECTORY = re.compile(r'lab\.(rdap|whois)\("[^"]*\.[^".]*[^\W\d]')
OTHER_TENS = {b"0": b"1", b"1": b"2", b"2": b"1", b"3": b"2"}
CHAIN = ("number", "previous", "kind", "sha256")


def tamper(session: Session, file: object = "", how: object = "") -> Result:
    """Write a damaged copy of a file of the working folder, and say what was done to it."""
    say = session.say
    ways: dict[str, tuple[str, Callable[[list[bytes], Language], tuple[list[bytes], str]]]] = {
        "byte": ("byte", _change_byte),
        "end": ("end", _cut_end),
        "rewrite": ("rewritten", _rewrite),
    }
    if not isinstance(how, str) or how not in ways:
        raise NotUnderstood(
            say(
                "There is no damage {what} here. There are: {ways}.",
                what=quoted(how),
                ways=", ".join(f'"{way}"' for way in ways),
            )
        )
    name = read_file_name(file or RECORD, ".jsonl", say)
    try:
        lines = evidence.lines_of(Path(name).read_bytes())
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    if evidence.verify(b"".join(lines)).problem:
        raise NotUnderstood(
            say("{file} is damaged already, or no file of evidence: it was left alone.", file=name)
        )
    ending, damage = ways[how]
    damaged, done = damage(lines, say)
    own = f"{name.removesuffix('.jsonl')}-{ending}.jsonl"
    used = create(own, b"".join(damaged), say)
    sentence = say("{file} is a damaged copy. {done}", file=used, done=done)
    notes = (say("{file} itself was not touched.", file=name), *renamed(own, used, say))
    return Kept(say, None, session.provenance(""), notes, file=used, told=sentence)


def _change_byte(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    number, record, after, what = _victim(lines, say)
    old = f'"answer":"{record["answer"]}"'.encode()
    new = f'"answer":"{b64encode(after).decode()}"'.encode()
    changed = [*lines]
    changed[number - 1] = lines[number - 1].replace(old, new)
    return changed, say("In line {line}, one byte was changed: {what}.", line=number, what=what)


def _cut_end(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    kept = max(1, len(lines) - LINES_CUT)
    done = say.many(
        "Its last line was taken away.",
        "Its last {count} lines were taken away.",
        len(lines) - kept,
    )
    return lines[:kept], done


def _rewrite(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    number, record, after, what = _victim(lines, say)
    record["answer"] = b64encode(after).decode()
    record["answer_sha256"] = hashlib.sha256(after).hexdigest()
    rewritten = lines[: number - 1]
    previous = evidence.digest_of(lines[number - 2])
    for one in (record, *map(json.loads, lines[number:])):
        members = {key: value for key, value in one.items() if key not in CHAIN}
        line, previous = evidence.encode(one["number"], previous, one["kind"], members)
        rewritten.append(line)
    return rewritten, say(
        "In line {line}, one byte was changed: {what}. Then all hashes from there to the end "
        "were computed anew.",
        line=number,
        what=what,
    )


def _victim(lines: list[bytes], say: Language) -> tuple[int, dict[str, Any], bytes, str]:
    """Choose what to change: a line's number, what it says, its new answer, the change in words.

    It is the registration date that a directory told last of a domain; where there is none, a byte
    of the first answer.
    """
    answered = []
    for number, raw in enumerate(lines, 1):
        record = json.loads(raw)
        with suppress(ValueError, TypeError, KeyError):  # a file of others may have anything there
            if answer := b64decode(record["answer"], validate=True):
                answered.append((number, record, answer))
    if not answered:
        raise NotUnderstood(say("There is no answer in it that could be changed."))
    for number, record, before in reversed(answered):
        found = REGISTERED.search(before) if DIRECTORY.match(str(record["question"])) else None
        if found:
            start, end = found.span(found.lastindex or 0)
            place = end - 2  # the first digit of the day
            new = OTHER_TENS.get(before[place : place + 1], b"0")
            after = before[:place] + new + before[place + 1 :]
            what = say(
                "the date {old} in the answer of {server} is now {new}",
                old=before[start:end].decode(),
                new=after[start:end].decode(),
                server=record["server"] or record["address"],
            )
            return number, record, after, what
    number, record, before = answered[0]
    place = len(before) // 2
    after = before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :]
    what = say("it stands in the answer of {server}", server=record["server"] or record["address"])
    return number, record, after, what
