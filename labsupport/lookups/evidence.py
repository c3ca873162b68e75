"""`lab.evidence`, `lab.verify`, `lab.tamper`: the record, kept, sealed, checked, damaged."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import re
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from labsupport import evidence
from labsupport.evidence import Line, Log, OtherLog, Seal, Verdict
from labsupport.exchange import Reply
from labsupport.http import HttpRequest, HttpResponse, NotHttp
from labsupport.language import Language, mark
from labsupport.lookups import timestamps
from labsupport.lookups.files import (
    candidates,
    create,
    not_read,
    not_written,
    read_file_name,
    renamed,
)
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import SOURCES, Explanation, Kind, Result, Table, quoted, utc

P = ParamSpec("P")

RECORD = "evidence.jsonl"
REPORT = "report.html"
MOST_SERVERS = 3  # named in a cell
SHORT_HASH = 12
LONGEST_FIELD = 200
LINES_CUT = 3  # by the practice that takes the end away

OUTCOMES: dict[str, str] = {
    "reply": mark("answer"),
    "silence": mark("no answer"),
    "reset": mark("connection cut off"),
    "unreachable": mark("could not be delivered"),
    "tls failure": mark("no trustworthy encryption"),
    "unusable": mark("no usable answer"),
    "not sent": mark("not sent"),
}


def _understood(
    method: Callable[Concatenate[Evidence, P], Result],
) -> Callable[Concatenate[Evidence, P], Result]:
    @functools.wraps(method)
    def wrapper(record: Evidence, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return method(record, *args, **kwargs)
        except NotUnderstood as problem:
            return Explanation(record.say, Kind.NOT_ASKED, str(problem))

    return wrapper


class Evidence(Result):
    """The record of everything that was asked, with what can be done with it.

    `lines` are the exchanges. The record is in memory until `save` puts it into a file.
    """

    def __init__(self, session: Session, log: Log) -> None:
        notes: tuple[str, ...] = ()
        if len(log):
            notes = (
                session.say(
                    "Line 1 opens the record. The other numbers that are missing in the table "
                    "are lines in which the lab noted how it read the answers."
                ),
            )
        super().__init__(session.say, None, session.provenance(""), notes)
        self._session = session
        self._log = log

    @property
    def lines(self) -> list[Line]:
        """The exchanges, in the order in which they were made."""
        return self._log.lines

    def __len__(self) -> int:
        return len(self._log)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.lines:
            return say("Nothing was sent yet, so the record is empty.")
        number = len(questions(self._log.records()))
        asked = say.many("{count} question", "{count} questions", number)
        text = say.many(
            "{count} exchange is in the record, from {questions}.",
            "{count} exchanges are in the record, from {questions}.",
            len(self),
            questions=asked,
        )
        if self._log.trouble:
            return f"{text} {self.trouble}"
        if self._log.path:
            kept = say("It is kept in {file}.", file=self._log.path.name)
        else:
            kept = say("It is in memory only: lab.evidence.save() keeps it.")
        return f"{text} {kept}"

    @property
    def trouble(self) -> str:
        """Why the file cannot be written any more, in words; "" while all is well."""
        problem, path = self._log.trouble, self._log.path
        if problem is None or path is None:
            return ""
        return self.say.many(
            "{file} can no longer be written ({reason}): the last line is in memory only.",
            "{file} can no longer be written ({reason}): the last {count} lines are in memory "
            "only.",
            self._log.unsaved,
            file=path.name,
            reason=problem.strerror or problem,
        )

    def tabulated(self) -> Table | None:
        """A row for each question; one that was asked again at once has no row of its own."""
        say = self.say
        blocks = _blocks(questions(self._log.records()))
        if not blocks:
            return None
        answered = all(r["outcome"] == "reply" for asked in blocks for g in asked for r in g)
        rows = []
        for asked in blocks:
            exchanges = [record for group in asked for record in group]
            row: list[object] = [
                span_of([record["number"] for record in exchanges]),
                shown_time(exchanges[0]["time"]),
                _times_asked(exchanges[0]["question"], len(asked), say),
                _servers(exchanges, say),
            ]
            if not answered:
                row.append(_outcomes(exchanges, say))
            rows.append((*row, exchanges[-1]["sha256"][:SHORT_HASH]))
        columns = [say("lines"), say("asked at (UTC)"), say("question"), say("asked of")]
        if not answered:
            columns.append(say("what came"))
        columns.append(say("hash of the last line, its beginning"))
        return Table(say("The record so far, question by question"), tuple(columns), tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        return _about_the_record(self.say) if self.lines else ()

    @_understood
    def exchanges(self) -> Result:
        """List every exchange, a row for each."""
        say = self.say
        records = _needed(self._log, say)
        rows = tuple(
            (
                record["number"],
                shown_time(record["time"]),
                who(record),
                record["asked"],
                what_came(record, say),
                record["sha256"][:SHORT_HASH],
            )
            for record in records
            if record["kind"] == "exchange"
        )
        table = Table(
            say("The record so far, exchange by exchange"),
            (
                say("line"),
                say("sent at (UTC)"),
                say("asked of"),
                say("what was asked"),
                say("what came"),
                say("hash of the line, its beginning"),
            ),
            rows,
        )
        return Explanation(say, None, self.sentence, (), self.provenance, table)

    @_understood
    def save(self, file: object = RECORD) -> Result:
        """Keep the record in a file of the working folder, from now on line by line.

        A file that is already there is never overwritten: the next free name is used, and said.
        """
        say = self.say
        _needed(self._log, say)
        name = read_file_name(file, ".jsonl", say)
        for candidate in candidates(name):
            try:
                self._log.save(Path(candidate))
                break
            except OtherLog:
                continue
            except OSError as problem:
                raise not_written(candidate, problem, say) from problem
        sentence = say.many(
            "{count} line is in {file}. Each new one is added at once.",
            "{count} lines are in {file}. Each new one is added at once.",
            len(self._log.encoded()),
            file=candidate,
        )
        notes = renamed(name, candidate, say)
        return Kept(self._session, sentence, candidate, notes, _about_the_record(say))

    @_understood
    def seal(self) -> Result:
        """Return the seal of the record so far: the number of lines and the last hash."""
        _needed(self._log, self.say)
        seal = self._log.seal()
        self._log.sealed = seal.count
        return Sealed(self, seal)

    @_understood
    def stamp(self) -> Result:
        """Have the seal of the record so far time-stamped by an authority (RFC 3161).

        The answer becomes a line of the record itself, where `lab.verify` finds it.
        """
        say = self.say
        _needed(self._log, say)
        seal = self._log.seal()
        digest = hashlib.sha256(str(seal).encode()).digest()
        with self._log.asking("lab.evidence.stamp()"):
            first = self._log.end
            result = timestamps.ask(self._session, digest, seal.grouped)
        now = self._session.network.clock.now()
        self._log.note(first, now, "lab.evidence.stamp()", lambda: result.sentence)
        return result

    @_understood
    def report(self, file: object = REPORT, by: object = "", matter: object = "") -> Result:
        """Write the record as a report to print: who asked what of whom, when, what came.

        `by` is who asked and `matter` what for; left out, lines to fill in by hand are printed.
        """
        say = self.say
        _needed(self._log, say)
        name = read_file_name(file, ".html", say)
        text, own = self._reported(by, matter)
        used = create(name, text, say)
        sentence = say(
            "The report is in {file}. It opens in a browser without a network, and prints on A4.",
            file=used,
        )
        notes = (*own, *renamed(name, used, say))
        return Kept(self._session, sentence, used, notes, _about_the_record(say))

    def files(self, by: object = "", matter: object = "") -> dict[str, bytes]:
        """Return the record and its report as files, by their names; none before the first answer.

        They are for whoever puts more beside them; `save` and `report` write files.
        """
        if not len(self):
            return {}
        text, _ = self._reported(by, matter)
        return {RECORD: b"".join(self._log.encoded()), REPORT: text}

    def _reported(self, by: object, matter: object) -> tuple[bytes, tuple[str, ...]]:
        """Return the report, and what is to be remarked of its seal."""
        from labsupport.lookups import report

        say = self.say
        records = _needed(self._log, say)
        seal = self._log.seal()
        own: tuple[str, ...] = ()
        if self._log.sealed not in (0, seal.count):
            own = (
                say.many(
                    "The report carries a seal of its own: {count} line.",
                    "The report carries a seal of its own: {count} lines.",
                    seal.count,
                ),
            )
        text = report.report(
            say,
            records,
            seal,
            self._session.network.clock.now(),
            by=_field(by, say),
            matter=_field(matter, say),
            remarks=own,
            stamps=stamps(self._log.encoded(), self._session.entry.certificate_authority),
        )
        return text.encode(), own


class Kept(Result):
    """Something was written to a file of the working folder; `file` is its name."""

    def __init__(
        self,
        session: Session,
        sentence: str,
        file: str,
        notes: tuple[str, ...] = (),
        limits: tuple[str, ...] = (),
    ) -> None:
        super().__init__(session.say, None, session.provenance(""), notes)
        self.file = file
        self._sentence = sentence
        self._limits = limits

    @property
    def sentence(self) -> str:
        return self._sentence

    @property
    def limits(self) -> tuple[str, ...]:
        return self._limits


class Sealed(Result):
    """The seal of the record: `text` is what to give to `lab.verify`."""

    def __init__(self, record: Evidence, seal: Seal) -> None:
        super().__init__(record.say, None, record.provenance)
        self._seal = seal

    @property
    def text(self) -> str:
        """The seal in one piece."""
        return str(self._seal)

    @property
    def sentence(self) -> str:
        return self.say("The seal of the record so far is {seal}.", seal=self._seal.grouped)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("The seal"),
            (say("part"), say("value")),
            (
                (say("lines"), self._seal.count),
                (say("hash of the last line (SHA-256)"), self._seal.digest),
            ),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "A seal helps only where whoever could change the file cannot change the seal: "
                "in signed minutes, in an e-mail to somebody else, on paper."
            ),
            say(
                "It shows that the file has not changed since the seal was made, and nothing "
                "about the time before."
            ),
        )


class Verified(Result):
    """What checking a file of evidence found: `verdict` has the facts.

    `strange_stamp` is the number of a line whose time-stamp belongs to other lines, or None.
    """

    def __init__(
        self,
        session: Session,
        file: str,
        verdict: Verdict,
        facts: Sequence[tuple[str, object]],
        strange_stamp: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        # The one is no answer that was found, the other no answer that failed: see _badge.
        self._holds = not verdict.problem and strange_stamp is None
        kind = Kind.FOUND if self._holds else Kind.FAILED
        super().__init__(session.say, kind, session.provenance(""), notes)
        self.file = file
        self.verdict = verdict
        self.strange_stamp = strange_stamp
        self._facts = tuple(facts)

    @property
    def sentence(self) -> str:
        say, verdict = self.say, self.verdict
        if not verdict.problem and self.strange_stamp is not None:
            return say(
                "{file} fits together, but the time-stamp in line {line} belongs to other lines. "
                "What stands before it was written anew after it was stamped.",
                file=self.file,
                line=self.strange_stamp,
            )
        if not verdict.problem:
            if verdict.sealed:
                if verdict.later:
                    return f"{self._sealed_part} {self._later}"
                return say.many(
                    "{file} is as it was sealed: its {count} line is the one of then.",
                    "{file} is as it was sealed: all {count} lines are those of then.",
                    verdict.good,
                    file=self.file,
                )
            return say.many(
                "{file} fits together: its {count} line has the right hash.",
                "{file} fits together: each of its {count} lines has the right hash, and that of "
                "the line before.",
                verdict.good,
                file=self.file,
            )
        found = say(FOUND[verdict.problem], file=self.file, line=verdict.line)
        if verdict.covered:
            return f"{self._sealed_part} {found}"
        if verdict.good:
            found += " " + say.many(
                "The {count} line before it holds.",
                "The {count} lines before it hold.",
                verdict.good,
            )
        return found

    @property
    def _sealed_part(self) -> str:
        return self.say.many(
            "The sealed line is as it was.",
            "All {count} sealed lines are as they were.",
            self.verdict.covered,
        )

    @property
    def _later(self) -> str:
        return self.say.many(
            "{count} line came later, of which this seal says nothing: its hash is right.",
            "{count} lines came later, of which this seal says nothing: they fit together.",
            self.verdict.later,
        )

    def _badge(self) -> str:
        assert self.provenance is not None
        holds = self.say("✓ holds") if self._holds else self.say("✗ does not hold")
        return f"{self.say(SOURCES[self.provenance.source])} · {holds}"

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("What was checked in {file}", file=self.file),
            (say("what"), say("found")),
            self._facts,
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        first: tuple[str, ...] = ()
        if not self.verdict.sealed:
            first = (
                say(
                    "Without a seal nobody can see that lines are missing at the end, or that the "
                    "whole file was written anew."
                ),
            )
        return (*first, say("A file that holds says nothing about whether its clock was right."))


FOUND: dict[str, str] = {
    "no log": mark("{file} is no file of evidence: its first line does not open one."),
    "torn": mark(
        "The last line of {file}, line {line}, breaks off: whoever wrote it was stopped meanwhile, "
        "or its end was taken away."
    ),
    "changed": mark("Line {line} of {file} was changed: its hash does not fit what stands in it."),
    "replaced": mark(
        "Line {line} of {file} was replaced: the line after it was written after another one."
    ),
    "removed": mark("Before line {line} of {file} something was taken out."),
    "added": mark("Line {line} of {file} was put in: it does not belong at this place."),
    "swapped": mark(
        "Line {line} of {file} was moved: the line that it follows stands further down."
    ),
    "end missing": mark(
        "The end of {file} is missing, from line {line} on: more lines were sealed."
    ),
    "rewritten": mark(
        "{file} is not the file that was sealed: its lines fit together, but they lead to another "
        "hash. It was written anew, in whole or in part."
    ),
}


def verify(session: Session, log: Log, file: object = "", seal: object = "") -> Result:
    """Check a file of the working folder; raise NotUnderstood when it cannot be read.

    `seal` is what `Evidence.seal` gave, as text or as it is.
    """
    say = session.say
    name = read_file_name(file or RECORD, ".jsonl", say, below=True)
    known = _read_seal(seal, say)
    try:
        verdict = evidence.verify(Path(name), known)
        content = Path(name).read_bytes()
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    stamped = stamps(_lines(content), session.entry.certificate_authority)
    facts = _facts(content, verdict, stamped, say)
    strange = next((number for number, _, covered in stamped if not covered), None)
    notes: tuple[str, ...] = ()
    if log.path and log.path.name != name:
        notes = (say("This is not the file that the lab writes to."),)
    return Verified(session, name, verdict, facts, strange, notes)


def _facts(
    content: bytes,
    verdict: Verdict,
    stamped: Iterable[tuple[int, timestamps.Stamp, int]],
    say: Language,
) -> list[tuple[str, object]]:
    lines = _lines(content)
    facts: list[tuple[str, object]] = [(say("lines in the file"), content.count(b"\n"))]
    recorded = evidence.read(content)
    if recorded.lines:
        first, last = recorded.lines[0].time, recorded.lines[-1].time
        facts.append((say("first exchange"), utc(first)))
        facts.append((say("last exchange"), utc(last)))
    if verdict.problem != "rewritten":  # which of those hold, nobody can tell
        facts.append((say("lines that hold, from the first on"), verdict.good))
    if verdict.covered:
        facts.append((say("of these, sealed"), verdict.covered))
    if verdict.line and verdict.line <= len(lines):
        facts.append((say("what stands in line {line}", line=verdict.line), _gist(lines, verdict)))
    facts.append((say("seal"), say("compared") if verdict.sealed else say("none given")))
    for number, stamp, covered in stamped:
        facts.append(
            (
                say("time-stamp in line {line}", line=number),
                say(
                    "{authority} signed on {when} that lines 1 to {covered} existed.",
                    authority=stamp.authority,
                    when=utc(stamp.time),
                    covered=covered,
                )
                if covered
                else say("It belongs to other lines than these."),
            )
        )
    return facts


def _lines(content: bytes) -> list[bytes]:
    """Return the lines as the file has them: only a line feed ends one."""
    return io.BytesIO(content).readlines()


def _gist(lines: Sequence[bytes], verdict: Verdict) -> str:
    assert verdict.line is not None
    try:
        record = json.loads(lines[verdict.line - 1])
        return f"{record['question']}: {record.get('asked') or record['sentence']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "–"


def stamps(lines: Sequence[bytes], authorities: bytes) -> list[tuple[int, timestamps.Stamp, int]]:
    """Return the time-stamps among the lines of a file, with what they cover.

    Each is the number of its line, what it says, and the number of lines that it vouches for:
    0 when those are not the lines of this file.
    """
    found = []
    seals: dict[bytes, int] = {}
    for number, raw in enumerate(lines, 1):
        if timestamps.QUERY_TYPE.encode() not in _request_of(raw):
            continue
        (line,) = evidence.read(raw).lines or (None,)
        stamp = _stamp_in(line, authorities) if line else None
        if stamp is None:
            continue
        seals = seals or {
            hashlib.sha256(str(Seal(n, evidence.digest_of(one))).encode()).digest(): n
            for n, one in enumerate(lines, 1)
        }
        covered = seals.get(stamp.digest, 0)
        found.append((number, stamp, covered if covered < number else 0))
    return found


def _request_of(raw: bytes) -> bytes:
    """Return the bytes that a line says were sent; nothing for another line."""
    part = re.search(rb'"request":"([A-Za-z0-9+/=]*)"', raw)
    try:
        return b64decode(part.group(1)) if part else b""
    except ValueError:
        return b""


def _stamp_in(line: Line, authorities: bytes) -> timestamps.Stamp | None:
    if not isinstance(line.outcome, Reply):
        return None
    try:
        asked = HttpRequest.from_bytes(line.request.payload).body
        answer = HttpResponse.from_bytes(line.outcome.payload).body
        nonce = timestamps.nonce_in(asked)
        return None if nonce is None else timestamps.check(answer, nonce, authorities)
    except (NotHttp, timestamps.NotStamped):
        return None


# Damage, to practise


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
        lines = _lines(Path(name).read_bytes())
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


# Words and files


def shown_time(text: str) -> str:
    """Return the time of a line without the parts of a second."""
    return text[:19].replace("T", " ")


def who(record: Mapping[str, Any]) -> str:
    """Return whom an exchange was with, by name where one is known."""
    address = str(record["address"])
    return f"{record['server']} ({address})" if record["server"] else address


def what_came(record: Mapping[str, Any], say: Language) -> str:
    """Return what became of an exchange, in a few words."""
    text = say(OUTCOMES[record["outcome"]])
    if record["outcome"] == "unreachable" and record["from"]:
        text += f" ({record['from']})"
    if record["status"]:
        text += f": {record['status']}"
    if record["ignored"]:
        text += "; " + say.many(
            "{count} packet not believed", "{count} packets not believed", len(record["ignored"])
        )
    return text


def questions(records: Iterable[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the exchanges, grouped by the question that led to them."""
    groups: list[list[Mapping[str, Any]]] = []
    open_question = None
    for record in records:
        if record["kind"] == "exchange":
            if open_question != record["question"]:
                groups.append([])
            groups[-1].append(record)
            open_question = record["question"]
        else:
            open_question = None  # asked again, it is another question
    return groups


def span_of(numbers: Sequence[int]) -> str:
    """Return the first and the last of some lines, as "3–7"; a single one as "3"."""
    return f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _blocks(
    groups: Iterable[list[Mapping[str, Any]]],
) -> list[list[list[Mapping[str, Any]]]]:
    """Return the questions, those together that were asked again at once."""
    return [list(same) for _, same in groupby(groups, key=lambda group: group[0]["question"])]


def _times_asked(question: str, count: int, say: Language) -> str:
    """Return a question, and how often it was asked where that was more than once."""
    question = question or "–"
    return (
        say("{question} ({count} times)", question=question, count=count) if count > 1 else question
    )


def _servers(group: Iterable[Mapping[str, Any]], say: Language) -> str:
    """Return whom a question was put to; a resolver without a name only where it was alone."""
    servers = dict.fromkeys((record["server"], record["address"]) for record in group)
    named = list(dict.fromkeys(server for server, _ in servers if server))
    names = named or [address for _, address in servers]
    text = ", ".join(names[:MOST_SERVERS])
    more = len(names) - MOST_SERVERS
    return text + (say.many(" and {count} more", " and {count} more", more) if more > 0 else "")


def _outcomes(group: Iterable[Mapping[str, Any]], say: Language) -> str:
    counted = Counter(record["outcome"] for record in group)
    return ", ".join(f"{say(OUTCOMES[key])}: {number}" for key, number in counted.items())


def _needed(log: Log, say: Language) -> list[dict[str, Any]]:
    records = log.records()
    if not records:
        raise NotUnderstood(
            say('Nothing was asked yet. Ask something first: lab.ask("www.museum.example").')
        )
    return records


def _read_seal(seal: object, say: Language) -> Seal | None:
    if isinstance(seal, Sealed):
        seal = seal.text
    if seal in ("", None):
        return None
    try:
        return Seal.read(seal if isinstance(seal, str) else "")
    except ValueError as problem:
        raise NotUnderstood(
            say(
                "{what} is no seal. A seal is a number, a dash and 64 digits from 0 to 9 and a to "
                "f, as lab.evidence.seal() shows it.",
                what=quoted(seal),
            )
        ) from problem


def _field(text: object, say: Language) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_FIELD:
        raise NotUnderstood(
            say(
                "by and matter are short texts in quotation marks, of at most {count} characters.",
                count=LONGEST_FIELD,
            )
        )
    return text.strip()


def _about_the_record(say: Language) -> tuple[str, ...]:
    return (
        say(
            "The record shows what this tool sent and what came back, at that moment. It is not a "
            "record of any day before."
        ),
        say("Its times are those of its clock, which nobody compared with another."),
        say(
            "Whoever kept it could have made it up before it was sealed: a second person who asks "
            "the same is a witness."
        ),
        say("Whether it is admitted as evidence is for the court."),
    )
