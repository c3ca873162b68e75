"""`lab.tamper`: a file of evidence damaged, to practise."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labsupport import evidence
from labsupport.language import Language
from labsupport.lookups.evidence import RECORD, Kept
from labsupport.lookups.files import create, not_read, read_file_name, renamed
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import Result, quoted

LINES_CUT = 3  # by the practice that takes the end away


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
    return Kept(session, sentence, used, notes)


def _change_byte(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    victim = _victim(lines, say)
    old = f'"answer":"{victim.record["answer"]}"'.encode()
    new = f'"answer":"{b64encode(victim.after).decode()}"'.encode()
    changed = [*lines]
    changed[victim.number - 1] = lines[victim.number - 1].replace(old, new)
    return changed, say(
        "In line {line}, one byte was changed: {what}.",
        line=victim.number,
        what=victim.what,
    )


def _cut_end(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    kept = max(1, len(lines) - LINES_CUT)
    done = say.many(
        "Its last line was taken away.",
        "Its last {count} lines were taken away.",
        len(lines) - kept,
    )
    return lines[:kept], done


def _rewrite(lines: list[bytes], say: Language) -> tuple[list[bytes], str]:
    victim = _victim(lines, say)
    record = victim.record | {
        "answer": b64encode(victim.after).decode(),
        "answer_sha256": hashlib.sha256(victim.after).hexdigest(),
    }
    rewritten = lines[: victim.number - 1]
    previous = evidence.digest_of(lines[victim.number - 2])
    for raw in (json.dumps(record).encode(), *lines[victim.number :]):
        members = json.loads(raw)
        own = {key: members.pop(key) for key in ("number", "previous", "kind", "sha256")}
        line, previous = evidence.encode(own["number"], previous, own["kind"], members)
        rewritten.append(line)
    return rewritten, say(
        "In line {line}, one byte was changed: {what}. Then all hashes from there to the end "
        "were computed anew.",
        line=victim.number,
        what=victim.what,
    )


@dataclass(frozen=True, slots=True)
class _Victim:
    """The line that is changed: its number and what it says; its new answer; the change."""

    number: int
    record: dict[str, Any]
    after: bytes
    what: str


# A day of registration as the directories write it: RDAP's event (in either order of its
# members) and the lines of WHOIS.
REGISTERED = re.compile(
    rb'"registration"[^{}]{0,80}?"(20[0-9]{2}-[0-9]{2}-[0-9]{2})T'
    rb'|"(20[0-9]{2}-[0-9]{2}-[0-9]{2})T[^{}]{0,80}?"registration"'
    rb"|(?:Creation Date|created):\s*(20[0-9]{2}-?[0-9]{2}-?[0-9]{2})"
)
DATE = re.compile(rb"\b(20[0-9]{2}-[0-9]{2}-[0-9]{2})")


def _victim(lines: list[bytes], say: Language) -> _Victim:
    """Choose what to change: the registration date that a directory told last, for a domain.

    Where there is none, any date in an answer, or else a byte of any answer.
    """
    answered = []
    for number, raw in enumerate(lines, 1):
        record = json.loads(raw)
        if record["kind"] != "exchange":
            continue
        with suppress(ValueError, TypeError):  # somebody else's file may have anything there
            if answer := b64decode(record["answer"], validate=True):
                answered.append((number, record, answer))
    if not answered:
        raise NotUnderstood(say("There is no answer in it that could be changed."))
    asked = [one for one in answered if DIRECTORY.match(str(one[1]["question"]))]
    for choice, pattern in ((asked, REGISTERED), (answered, REGISTERED), (answered, DATE)):
        for number, record, before in reversed(choice):
            if found := pattern.search(before):
                where = found.span(found.lastindex or 0)
                return _dated(number, record, before, where, say)
    number, record, before = answered[-1]
    place = len(before) // 2
    after = before[:place] + bytes([before[place] ^ 1]) + before[place + 1 :]
    what = say("it stands in the answer of {server}", server=record["server"] or record["address"])
    return _Victim(number, record, after, what)


# A question about a name: in one about a number, no letter follows a dot.
DIRECTORY = re.compile(r'lab\.(rdap|whois)\("[^"]*\.[^".]*[^\W\d]')
OTHER_TENS = {b"0": b"1", b"1": b"2", b"2": b"1", b"3": b"2"}


def _dated(
    number: int, record: dict[str, Any], before: bytes, where: tuple[int, int], say: Language
) -> _Victim:
    """Change the first digit of the day."""
    start, end = where
    place = end - 2
    other = OTHER_TENS.get(before[place : place + 1], b"0")
    after = before[:place] + other + before[place + 1 :]
    what = say(
        "the date {old} in the answer of {server} is now {new}",
        old=before[start:end].decode(),
        new=after[start:end].decode(),
        server=record["server"] or record["address"],
    )
    return _Victim(number, record, after, what)
