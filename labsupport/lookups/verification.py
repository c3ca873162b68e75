"""`lab.verify`: a file of evidence, checked line by line; with its seal, also as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from labsupport import evidence
from labsupport.evidence import Log, Seal, Verdict
from labsupport.language import Language, mark
from labsupport.lookups import timestamps
from labsupport.lookups.evidence import RECORD, Sealed
from labsupport.lookups.files import not_read, read_file_name
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import SOURCES, Kind, Result, Table, quoted, utc


def badge(result: Result, holds: bool) -> str:
    """Return the badge of a check: it is neither an answer that was found nor one that failed."""
    assert result.provenance is not None
    word = result.say("✓ holds") if holds else result.say("✗ does not hold")
    return f"{result.say(SOURCES[result.provenance.source])} · {word}"


MOST_NAMED = 5  # lines in a note


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
        self.holds = not verdict.problem and strange_stamp is None
        kind = Kind.FOUND if self.holds else Kind.FAILED
        super().__init__(session.say, kind, session.provenance(""), notes)
        self.file = file
        self.verdict = verdict
        self.strange_stamp = strange_stamp
        self._facts = tuple(facts)

    @property
    def sentence(self) -> str:
        copied = [self.say(COPIED[one]) for one in self.verdict.accidents]
        return " ".join((self._judged, *copied))

    @property
    def _judged(self) -> str:
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
        return badge(self, self.holds)

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
        # Where something was found, it is not said that it could not be.
        if not self.verdict.sealed and self.holds:
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
    "unreadable": mark(
        "Line {line} of {file} is not as this program writes one: two programs could read two "
        "different things in it."
    ),
    "second log": mark("Line {line} of {file} opens a record once more: only the first line does."),
    "false digest": mark(
        "Line {line} of {file} contradicts itself: the hash that it gives of an answer is not that "
        "of the answer in it."
    ),
}
# What happens to a file on its way, and changes nothing in it.
COPIED: dict[str, str] = {
    "utf-16": mark("It was saved anew as UTF-16, as some programs do: that is no change of text."),
    "byte order mark": mark("A byte-order mark was put before it: that is no change of text."),
    "line ends": mark("It was copied with the line ends of Windows: that is no change of text."),
    "last line feed": mark("Its last line feed is missing: that is no change of text."),
    "mail": mark("It came as the text of a mail, with lines broken or quoted: that was undone."),
}


def verify(session: Session, log: Log, file: object = "", seal: object = "") -> Result:
    """Check a file of the working folder; raise NotUnderstood when it cannot be read.

    `seal` is what `Evidence.seal` gave, as text or as it is.
    """
    say = session.say
    known = read_seal(seal, say)
    typed = getattr(file, "file", file) or RECORD
    name = read_file_name(typed, ".jsonl", say, below=True)
    try:
        content = Path(name).read_bytes()
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    return verified(session, log, name, content, known)


def verified(session: Session, log: Log, name: str, content: bytes, seal: Seal | None) -> Verified:
    """Check the content of a file; `log` is what the lab writes to."""
    say = session.say
    verdict = evidence.verify(content, seal)
    content = evidence.undone(content, verdict.accidents)
    stamped = timestamps.stamps(evidence.lines_of(content), session.entry.certificate_authority)
    facts = _facts(content, verdict, stamped, say)
    # What came after the seal cannot make a record fail that is as it was sealed.
    vouched = verdict.covered or len(content)
    strange = next((n for n, _, covered in stamped if not covered and n <= vouched), None)
    notes = _strange(content, stamped, say)
    if log.path and log.path.name != name:
        notes = (say("This is not the file that the lab writes to."), *notes)
    return Verified(session, name, verdict, facts, strange, notes)


def _strange(
    content: bytes, stamped: Sequence[tuple[int, timestamps.Stamp, int]], say: Language
) -> tuple[str, ...]:
    """What does not fit in a record, and breaks no hash: somebody has to explain it."""
    recorded = evidence.read(content)
    lines = evidence.lines_of(content)
    notes = []
    times = dict(zip(recorded.numbers, (line.time for line in recorded.lines), strict=True))
    if number := evidence.backwards(recorded):
        notes.append(
            say(
                "Line {line} is earlier than the exchange before it: a clock was moved, the lines "
                "are of several clocks, or an answer was kept from earlier.",
                line=number,
            )
        )
    other = []
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        told = json.loads(lines[number - 1])
        if any(told.get(name) != own for name, own in evidence.own_words(line).items()):
            other.append(number)
    if other:
        notes.append(
            say(
                "The readable words of line {lines} are not those that this program makes of the "
                "bytes in it. The bytes count.",
                lines=", ".join(map(str, other[:MOST_NAMED])),
            )
        )
    known = {number for number, _, _ in stamped}
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        if timestamps.QUERY_TYPE.encode() in line.request.payload and number not in known:
            notes.append(
                say(
                    "Line {line} asked for a time-stamp. What came is none that can be verified "
                    "here.",
                    line=number,
                )
            )
    for number, stamp, covered in stamped:
        if covered and max((t for n, t in times.items() if n <= covered), default=0) > stamp.time:
            notes.append(
                say(
                    "The time-stamp in line {line} is earlier than lines that it is of: one of the "
                    "two clocks was wrong.",
                    line=number,
                )
            )
    return tuple(notes)


def _facts(
    content: bytes,
    verdict: Verdict,
    stamped: Iterable[tuple[int, timestamps.Stamp, int]],
    say: Language,
) -> list[tuple[str, object]]:
    lines = evidence.lines_of(content)
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


def _gist(lines: Sequence[bytes], verdict: Verdict) -> str:
    assert verdict.line is not None
    try:
        record = json.loads(lines[verdict.line - 1])
        return f"{record['question']}: {record.get('asked') or record['sentence']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "–"


def read_seal(seal: object, say: Language) -> Seal | None:
    """Read a seal as it was given; None where none was, NotUnderstood where it is none."""
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
