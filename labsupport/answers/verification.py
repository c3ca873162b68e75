"""`lab.evidence.verify`: a file of evidence, line by line, with its seal; or a case file.

What is found is in `evidence.checking` and `evidence.stamping`; here it is said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labsupport.answers.page import Page
from labsupport.evidence import stamping
from labsupport.evidence.chain import FileVerdict, Seal
from labsupport.evidence.checking import CheckedFile, State, check_file, check_folder
from labsupport.evidence.record_file import content_of
from labsupport.evidence.stamping import StampedSeal
from labsupport.evidence.time_stamps import CHECKS_STAMPS, Stamp
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.papers.files import MANIFEST, RECORD, not_read, read_file_name
from labsupport.results import SOURCES, Explanation, Result, Statement, Table, utc
from labsupport.visible import quoted, visible


@dataclass(eq=False, repr=False, kw_only=True)
class Verified(Result):
    """What checking a file of evidence found: `facts` has it.

    The file `holds` or not, and is neither found nor failed.
    """

    file: str
    facts: CheckedFile

    def __post_init__(self) -> None:
        self.kind = Kind.FOUND if self.holds else Kind.FAILED

    @property
    def verdict(self) -> FileVerdict:
        """What became of the chain of lines."""
        return self.facts.verdict

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.facts.holds

    def _badge(self) -> str:
        assert self.provenance is not None
        source = self.say(SOURCES[self.provenance.source])
        if self.holds:
            return f"{source} · {self.say('verification.holds')}"
        return f"{source} · {self.say('verification.does_not_hold')}"

    @property
    def sentence(self) -> str:
        if not self.verdict.copied:
            return self._judged
        return f"{self._judged} {self.say('verification.copy_put_byte')}"

    @property
    def _judged(self) -> str:
        say = self.say
        verdict = self.verdict
        file = self.file
        sealed = say("verification.all_count_sealed_lines", count=verdict.covered)
        if verdict.problem:
            problem = say(
                f"evidence_problems.{verdict.problem}", file=file, line=verdict.line
            )
            if verdict.covered:
                return f"{sealed} {problem}"
            if not verdict.good:
                return problem
            fit = say("verification.lines_before_fit", count=verdict.good)
            return f"{problem} {fit}"
        if self.facts.strange_stamp is not None:
            return say(
                "verification.strange_stamp", file=file, line=self.facts.strange_stamp
            )
        if verdict.covered and verdict.good > verdict.covered:
            later = say(
                "verification.lines_came_later", count=verdict.good - verdict.covered
            )
            return f"{sealed} {later}"
        if verdict.sealed:
            return say("verification.sealed_all_lines", file=file, count=verdict.good)
        return say("verification.fits_together", file=file, count=verdict.good)

    def tabulated(self) -> Table:
        say = self.say
        caption = say("verification.what_checked_file", file=self.file)
        columns = (say("verification.what"), say("verification.found"))
        return Table(caption, columns, tuple(self._rows()))

    def _rows(self) -> Iterator[tuple[str, object]]:
        say = self.say
        facts = self.facts
        verdict = self.verdict
        yield say("verification.lines_in_the_file"), facts.lines
        if facts.times:
            first, last = facts.times
            yield say("verification.first_exchange"), utc(first)
            yield say("verification.last_exchange"), utc(last)
        if verdict.problem != "rewritten":  # which of those hold, nobody can tell
            yield say("verification.lines_hold_first"), verdict.good
        if verdict.covered:
            yield say("verification.of_these_sealed"), verdict.covered
        if facts.at_fault:
            yield (
                say("verification.what_stands_line_line", line=verdict.line),
                facts.at_fault,
            )
        for line, stamp, covered in facts.stamps:
            words = say("verification.belongs_other_lines_than")
            if covered:
                words = say(
                    "verification.signed_lines_existed",
                    authority=stamp.authority,
                    when=utc(stamp.time),
                    covered=covered,
                )
            yield say("verification.time_stamp_line_line", line=line), words

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        clock = [say("verification.whether_clock_right_another")]
        if not CHECKS_STAMPS:
            clock.append(say("verification.stamps_unchecked"))
        # Where something was found, it is not said that it could not be.
        if self.verdict.sealed or not self.holds:
            return tuple(clock)
        return say("verification.without_seal"), *clock


def verify(
    session: Session, file: object = "", seal: object = ""
) -> Verified | Statement:
    """Check a file of the working folder, or of one in it; raise NotUnderstood where it is not.

    `seal` is what `Evidence.seal` gave, as text or as it is. Of a folder, each file is compared
    with the list of hashes in it.
    """
    say = session.say
    if isinstance(file, str) and os.path.isdir(file.strip()):
        return _listed(
            session, Path(read_file_name(file.rstrip("/ "), "", say, below=True))
        )
    expected = read_seal(seal, say)
    name = read_file_name(file or RECORD, ".jsonl", say, below=True)
    try:
        content = content_of(Path(name))
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    facts = check_file(content, expected, session.entry.certificate_authority)
    return Verified(say, None, session.provenance(""), file=name, facts=facts)


def _listed(session: Session, folder: Path) -> Statement:
    """Compare the files of a folder with the list of their hashes in it."""
    say = session.say
    try:
        states = check_folder(folder)
    except OSError as problem:
        raise not_read(str(folder), problem, say) from problem
    if states is None:
        raise NotUnderstood(
            say(
                "verification.folder_no_list_manifest",
                folder=folder.name,
                manifest=MANIFEST,
            )
        )
    wrong = sorted(
        name for name, state in states.items() if state is not State.AS_LISTED
    )
    right = sorted(states.keys() - wrong)
    sentence = say(
        "verification.files_list" if states else "verification.no_files",
        count=len(right),
        all=len(states),
        name=folder.name,
        manifest=MANIFEST,
    )
    columns = (say("verification.file"), say("verification.compared_with_the_list"))
    rows = tuple(
        (visible(name), say(f"verification.{states[name]}"))
        for name in (*wrong, *right)
    )
    return Statement(
        say,
        Kind.FAILED if wrong or not states else None,
        sentence,
        (say("verification.changes_file_write"),),
        session.provenance(""),
        Table(say("verification.the_files"), columns, rows),
    )


def read_seal(seal: object, say: Language) -> Seal | None:
    """Read a seal as it was given; None where none was, NotUnderstood where it is none."""
    seal = getattr(seal, "seal", seal)  # an answer that is one
    if isinstance(seal, Seal):
        return seal
    if seal in ("", None):
        return None
    try:
        return Seal.read(seal if isinstance(seal, str) else "")
    except ValueError as problem:
        raise NotUnderstood(say("verification.no_seal", what=quoted(seal))) from problem


class Stamped(Page[StampedSeal]):
    """A time-stamp of the seal of the record."""

    kind: Kind
    LIMITS = (
        "verification.time_stamp_shows",
        "verification.worth_much_authority_signed",
    )

    @property
    def stamp(self) -> Stamp:
        """What the authority signed."""
        return self.facts.stamp

    @property
    def seal(self) -> str:
        """The seal in groups of four digits, to be read and typed."""
        return self.facts.seal.grouped

    @property
    def sentence(self) -> str:
        return self.say(
            "verification.signed_seal_existed",
            seal=self.seal,
            authority=self.stamp.authority,
            when=utc(self.stamp.time),
        )


def stamp(session: Session, seal: Seal) -> Stamped | Explanation:
    """Have a seal stamped by the authority of the entry."""
    return Stamped.of(session.say, stamping.stamp(session, seal))
