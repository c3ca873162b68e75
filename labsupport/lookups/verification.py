"""`lab.verify`: a file of evidence, line by line and with its seal; or a folder with its list."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labsupport import evidence
from labsupport.evidence import Log, Seal, Verdict
from labsupport.language import Language, mark
from labsupport.lookups import timestamps
from labsupport.lookups.evidence import MANIFEST, RECORD, Sealed
from labsupport.lookups.files import not_read, read_file_name
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import SOURCES, Kind, Result, Table, quoted, utc, visible

MOST_NAMED = 5  # lines or files in a sentence
HELD, DIFFERS = mark("as in the list"), mark("another content than in the list")
MISSING, UNLISTED = mark("in the list, but not there"), mark("there, but not in the list")
SPECIAL = mark("not an ordinary file")
RECORD_FAILS = mark("as in the list, but its lines do not hold")
LINES = ".jsonl"

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
# What happens to a file on its way, and changes nothing in it.
COPIED: dict[str, str] = {
    "byte order mark": mark("A byte-order mark was put before it: no change of text."),
    "line ends": mark("It has the line ends of Windows: no change of text."),
    "last line feed": mark("Its last line feed is missing: no change of text."),
}


class Checked(Result):
    """What a check found: it `holds` or not, and is neither found nor failed."""

    holds: bool

    def _badge(self) -> str:
        assert self.provenance is not None
        word = self.say("✓ holds") if self.holds else self.say("✗ does not hold")
        return f"{self.say(SOURCES[self.provenance.source])} · {word}"


@dataclass(eq=False, repr=False, kw_only=True)
class Verified(Checked):
    """What checking a file of evidence found: `verdict` has the facts.

    `strange_stamp` is the number of a line whose time-stamp belongs to other lines, or None.
    """

    file: str
    verdict: Verdict
    facts: tuple[tuple[str, object], ...]
    strange_stamp: int | None = None

    def __post_init__(self) -> None:
        self.holds = not self.verdict.problem and self.strange_stamp is None
        self.kind = Kind.FOUND if self.holds else Kind.FAILED

    @property
    def sentence(self) -> str:
        copied = [self.say(COPIED[one]) for one in self.verdict.accidents]
        return " ".join((self._judged, *copied))

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
        if verdict.later:
            later = say.many(
                "{count} line came later, of which this seal says nothing: its hash is right.",
                "{count} lines came later, of which this seal says nothing: they fit together.",
                verdict.later,
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
        first: tuple[str, ...] = ()
        # Where something was found, it is not said that it could not be.
        if not self.verdict.sealed and self.holds:
            first = (
                say(
                    "Without a seal nobody can see that lines are missing at the end, or that the "
                    "whole file was written anew."
                ),
            )
        return (*first, say("Whether its clock was right is another question."))


@dataclass(eq=False, repr=False, kw_only=True)
class Listed(Checked):
    """What comparing the files of a folder with their list of hashes found.

    `states` is a file's state by its name, `digest` the hash of the list. `records` are the records
    among them. `sealed` says whether a seal was given: it has to fit one of these.
    """

    name: str
    states: Mapping[str, str]
    digest: str
    records: Mapping[str, Verified]
    sealed: bool

    def __post_init__(self) -> None:
        self._fits = any(one.verdict.covered for one in self.records.values())
        self._wrong = [shown(file) for file, state in self.states.items() if state != HELD]
        hold = all(one.holds for one in self.records.values())
        self.holds = not self._wrong and hold and (self._fits or not self.sealed)
        self.kind = Kind.FOUND if self.holds else Kind.FAILED

    @property
    def sentence(self) -> str:
        say = self.say
        said = [
            say.many(
                "{count} file of {name} is not as the list has it: {files}.",
                "{count} files of {name} are not as the list has them: {files}.",
                len(self._wrong),
                name=self.name,
                files=", ".join(self._wrong[:MOST_NAMED]),
            )
            if self._wrong
            else say.many(
                "The {count} file of {name} is as its list has it.",
                "All {count} files of {name} are as their list has them.",
                len(self.states),
                name=self.name,
            ),
            say("The hash of the list is {digest}.", digest=self.digest),
        ]
        if not self.records:
            said.append(say("No record (.jsonl) was checked."))
        if self.sealed and not self._fits:
            said.append(say("The seal fits no record here."))
        for one in self.records.values():
            if one.verdict.covered:
                said.append(say("The seal fits {file}.", file=one.file))
            said.append(one.sentence)
        return " ".join(said)

    def tabulated(self) -> Table:
        """A row for each file, those that are not as listed first."""
        say = self.say
        states = []
        for name, state in self.states.items():
            record = self.records.get(name)
            right = state == HELD and (record is None or record.holds)
            words = RECORD_FAILS if state == HELD and not right else state
            states.append((right, shown(name), say(words)))
        rows = tuple(row[1:] for row in sorted(states, key=lambda row: row[0]))
        return Table(say("The files, and the list"), (say("file"), say("found")), rows)

    @property
    def limits(self) -> tuple[str, ...]:
        own = self.say(
            "A list helps only where its hash was kept elsewhere: whoever changes a file can write "
            "the list anew."
        )
        of_records = (one for record in self.records.values() for one in record.limits)
        return tuple(dict.fromkeys((own, *of_records)))


def shown(file: str) -> str:
    """Return the name of a file on one line, with all that is invisible spelt out."""
    return visible(file).replace("\n", "<U+000A>")


def verify(session: Session, log: Log, file: object = "", seal: object = "") -> Result:
    """Check a file of the working folder, or a folder; raise NotUnderstood where neither is there.

    `seal` is what `Evidence.seal` gave, as text or as it is.
    """
    say = session.say
    known = read_seal(seal, say)
    typed = getattr(file, "file", file) or RECORD
    if isinstance(typed, str):
        typed = typed.strip().rstrip("/").removesuffix(f"/{MANIFEST}")
    if isinstance(typed, str) and typed.lower().endswith(".zip"):
        raise NotUnderstood(
            say("Unpack {file}, and give the name of its folder.", file=quoted(typed))
        )
    folder = isinstance(typed, str) and "\0" not in typed and os.path.isdir(typed)
    ending = "" if folder and not str(typed).endswith(LINES) else LINES
    name = read_file_name(typed, ending, say, below=True)
    try:
        if not ending:
            return _compared(session, name, known)
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
    recorded = evidence.read(content)
    lines = evidence.lines_of(content)
    if number := evidence.backwards(recorded):
        yield say(
            "Line {line} is earlier than the exchange before it: a clock was moved, or an answer "
            "was kept from earlier.",
            line=number,
        )
    other = []
    for number, line in zip(recorded.numbers, recorded.lines, strict=True):
        told = json.loads(lines[number - 1])
        if any(told.get(name) != own for name, own in evidence.own_words(line).items()):
            other.append(number)
    if other:
        yield say(
            "The readable words of line {lines} do not fit the bytes in it. The bytes count.",
            lines=", ".join(map(str, other[:MOST_NAMED])),
        )


def _facts(
    content: bytes,
    verdict: Verdict,
    stamped: Sequence[tuple[int, timestamps.Stamp, int]],
    say: Language,
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


# A folder with a list of hashes


def _compared(session: Session, name: str, seal: Seal | None) -> Listed:
    """Compare a folder with the list in it, and check each record in it; raise OSError."""
    found = dict(_in_folder(Path(name)))
    content = found.pop(MANIFEST, None) or b""
    wanted = _wanted(content, name, session.say)
    records = {}
    for one, lines in found.items():
        if one.endswith(LINES) and lines is not None:
            sealed = verified(session, Log(), shown(one), lines, seal)
            if not sealed.verdict.covered:  # of a record that it does not fit, a seal says nothing
                sealed = verified(session, Log(), shown(one), lines, None)
            if sealed.verdict.problem != "no log" or Path(one).name.startswith("evidence"):
                records[one] = sealed
    return Listed(
        *(session.say, None, session.provenance("")),
        name=name,
        states={one: _state(one, found, wanted) for one in sorted({*wanted, *found})},
        digest=hashlib.sha256(content).hexdigest(),
        records=records,
        sealed=seal is not None,
    )


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    """Yield the content of each file, by its name; None for what is no ordinary one."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            ordinary = path.is_file() and not path.is_symlink()
            yield path.relative_to(folder).as_posix(), path.read_bytes() if ordinary else None


def _state(name: str, found: Mapping[str, bytes | None], wanted: Mapping[str, str]) -> str:
    if name not in found:
        return MISSING
    content = found[name]
    if content is None:
        return SPECIAL
    if name not in wanted:
        return UNLISTED
    return HELD if hashlib.sha256(content).hexdigest() == wanted[name] else DIFFERS


def _wanted(content: bytes, folder: str, say: Language) -> dict[str, str]:
    """Return the hashes of a list by name, as `sha256sum` writes it; raise NotUnderstood."""
    wanted: dict[str, str] = {}
    lines = content.decode("utf-8", "surrogateescape").split("\n")
    for number, line in enumerate(filter(None, lines), 1):
        read = re.fullmatch(r"([0-9a-f]{64})  (.+)", line)
        if read is None or read[2] in wanted:
            raise NotUnderstood(
                say(
                    "The list of {file} cannot be read: line {line} is not a hash, two spaces "
                    "and the name of a file that stands in it once.",
                    file=folder,
                    line=number,
                )
            )
        wanted[read[2]] = read[1]
    if not wanted:
        raise NotUnderstood(
            say(
                "{file} has no list of hashes: a file {list} with a line for each of the others.",
                file=folder,
                list=MANIFEST,
            )
        )
    return wanted
