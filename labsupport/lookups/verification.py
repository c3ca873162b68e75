"""`lab.verify`: a file of evidence, line by line and with its seal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
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

MOST_NAMED = 5  # lines in a sentence

FOUND: dict[str, str] = {
    "no log": mark("{file} is no file of evidence: its first line does not open one."),
    "torn": mark(
        "The last line of {file}, line {line}, breaks off: its writer was stopped, or its end was "
        "taken away."
    ),
    "changed": mark("Line {line} of {file} was changed: its hash does not fit what stands in it."),
    "moved": mark(
        "Line {line} of {file} does not follow the line before it: here a line was taken out, put "
        "in, moved or replaced."
    ),
    "end missing": mark(
        "The end of {file} is missing, from line {line} on: more lines were sealed."
    ),
    "rewritten": mark(
        "{file} is not the file that was sealed: its lines lead to another hash. It was written "
        "anew, or the seal is that of another file."
    ),
    "unreadable": mark(
        "Line {line} of {file} is not as this program writes one: two programs could read two "
        "different things in it."
    ),
    "second log": mark("Line {line} of {file} opens a record once more: only the first line does."),
    "false digest": mark("Line {line} of {file} gives a wrong hash of the answer in it."),
}


@dataclass(eq=False, repr=False, kw_only=True)
class Verified(Result):
    """What checking a file of evidence found: `verdict` has the facts.

    `strange_stamp` is the number of a line whose time-stamp belongs to other lines, or None. The
    file `holds` or not, and is neither found nor failed.
    """

    file: str
    verdict: Verdict
    facts: tuple[tuple[str, object], ...]
    strange_stamp: int | None = None

    def __post_init__(self) -> None:
        self.holds = not self.verdict.problem and self.strange_stamp is None
        self.kind = Kind.FOUND if self.holds else Kind.FAILED

    def _badge(self) -> str:
        assert self.provenance is not None
        word = self.say("✓ holds") if self.holds else self.say("✗ does not hold")
        return f"{self.say(SOURCES[self.provenance.source])} · {word}"

    @property
    def sentence(self) -> str:
        if not self.verdict.copied:
            return self._judged
        copied = self.say(
            "A copy put a byte-order mark before it, or changed its line ends: no change of text."
        )
        return f"{self._judged} {copied}"

    @property
    def _judged(self) -> str:
        say, verdict, file = self.say, self.verdict, self.file
        sealed = say.many(
            "The sealed line is as it was.",
            "All {count} sealed lines are as they were.",
            verdict.covered,
        )
        if verdict.problem:
            found = say(FOUND[verdict.problem], file=file, line=verdict.line)
            if verdict.covered:
                return f"{sealed} {found}"
            fit = say.many(
                "The {count} line before it fits.",
                "The {count} lines before it fit together.",
                verdict.good,
            )
            return f"{found} {fit}" if verdict.good else found
        if self.strange_stamp is not None:
            return say(
                "{file} fits together, but the time-stamp in line {line} belongs to other lines. "
                "What stands before it was written anew after it was stamped.",
                file=file,
                line=self.strange_stamp,
            )
        if verdict.covered and verdict.good > verdict.covered:
            later = say.many(
                "{count} line came later, of which this seal says nothing: its hash is right.",
                "{count} lines came later, of which this seal says nothing: they fit together.",
                verdict.good - verdict.covered,
            )
            return f"{sealed} {later}"
        if verdict.sealed:
            return say.many(
                "{file} is as it was sealed: its {count} line is the one of then.",
                "{file} is as it was sealed: all {count} lines are those of then.",
                verdict.good,
                file=file,
            )
        return say.many(
            "{file} fits together: its {count} line has the right hash.",
            "{file} fits together: each of its {count} lines has the right hash, and that of "
            "the line before.",
            verdict.good,
            file=file,
        )

    def tabulated(self) -> Table:
        say = self.say
        caption = say("What was checked in {file}", file=self.file)
        return Table(caption, (say("what"), say("found")), self.facts)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        clock = say("Whether its clock was right is another question.")
        # Where something was found, it is not said that it could not be.
        if self.verdict.sealed or not self.holds:
            return (clock,)
        unsealed = say(
            "Without a seal nobody can see that lines are missing at the end, or that the whole "
            "file was written anew."
        )
        return unsealed, clock


def verify(session: Session, log: Log, file: object = "", seal: object = "") -> Verified:
    """Check a file of the working folder, or of one in it; raise NotUnderstood where it is not.

    `seal` is what `Evidence.seal` gave, as text or as it is; `log` is what the lab writes to.
    """
    say = session.say
    known = read_seal(seal, say)
    name = read_file_name(file or RECORD, ".jsonl", say, below=True)
    try:
        content = Path(name).read_bytes()
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    verdict = evidence.verify(content, known)
    content = evidence.undone(content) if verdict.copied else content
    stamped = timestamps.stamps(evidence.lines_of(content), session.entry.certificate_authority)
    # What came after the seal cannot make a record fail that is as it was sealed.
    vouched = verdict.covered or len(content)
    notes = tuple(_strange(content, say))
    if log.path and log.path.name != name:
        notes = (say("This is not the file that the lab writes to."), *notes)
    return Verified(
        *(say, None, session.provenance(""), notes),
        file=name,
        verdict=verdict,
        facts=tuple(_facts(content, verdict, stamped, say)),
        strange_stamp=next((n for n, _, covered in stamped if not covered and n <= vouched), None),
    )


def _strange(content: bytes, say: Language) -> Iterator[str]:
    """What does not fit in a record, and breaks no hash: somebody has to explain it."""
    recorded, lines = evidence.read(content), evidence.lines_of(content)
    other = []
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        told = json.loads(lines[number - 1])
        if any(told.get(name) != own for name, own in evidence.own_words(line).items()):
            other.append(str(number))
    if other:
        yield say(
            "The readable words of line {lines} do not fit the bytes in it. The bytes count.",
            lines=", ".join(other[:MOST_NAMED]),
        )


def _facts(
    content: bytes, verdict: Verdict, stamped: list[timestamps.Found], say: Language
) -> Iterator[tuple[str, object]]:
    lines = evidence.lines_of(content)
    yield say("lines in the file"), content.count(b"\n")
    if exchanges := evidence.read(content).lines:
        yield say("first exchange"), utc(exchanges[0].time)
        yield say("last exchange"), utc(exchanges[-1].time)
    if verdict.problem != "rewritten":  # which of those hold, nobody can tell
        yield say("lines that hold, from the first on"), verdict.good
    if verdict.covered:
        yield say("of these, sealed"), verdict.covered
    if verdict.line and verdict.line <= len(lines):
        yield say("what stands in line {line}", line=verdict.line), _gist(lines[verdict.line - 1])
    for number, stamp, covered in stamped:
        told = (
            say(
                "{authority} signed on {when} that lines 1 to {covered} existed.",
                authority=stamp.authority,
                when=utc(stamp.time),
                covered=covered,
            )
            if covered
            else say("It belongs to other lines than these.")
        )
        yield say("time-stamp in line {line}", line=number), told


def _gist(line: bytes) -> str:
    try:
        record = json.loads(line)
        return f"{record['question']}: {record.get('asked') or record['sentence']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "–"


def read_seal(seal: object, say: Language) -> Seal | None:
    """Read a seal as it was given; None where none was, NotUnderstood where it is none."""
    if isinstance(seal, Sealed):
        return seal.seal
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
