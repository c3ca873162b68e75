"""`lab.evidence`: the record, kept, sealed, stamped; and its report, for who was not there."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from labsupport.answers import verification
from labsupport.evidence import file_format, time_stamps
from labsupport.evidence.chain import Seal
from labsupport.evidence.log import Custody, EvidenceLog
from labsupport.evidence.record_file import DisturbedError, OtherLog
from labsupport.exchange import WHOIS_PORT
from labsupport.exchange.log import INVENTED, LAB_CLOCK, LIVE, OF_LIVE, Line
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.papers.files import (
    RECORD,
    candidates,
    create,
    not_written,
    read_file_name,
    renamed,
)
from labsupport.papers.templates import filled_in, text_of
from labsupport.reasons import reason_of
from labsupport.results import Explanation, Result, Statement, Table, utc

Record = Mapping[str, Any]
P = ParamSpec("P")
R = TypeVar("R", bound=Result)

REPORT = "report.html"
CHECK = "verify.html"
AUTHORITY = "authority.pem"
STAMP = "lab.evidence.stamp()"
MOST_SERVERS = 3  # named in a cell
LONGEST_FIELD = 200
LONGEST_ANSWER = 6000  # characters of one answer in the report's annex
# questions on its front page, characters of what was found
MOST_FOUND, LONGEST_GIST = (
    5,
    180,
)
# A text that was given to a call; "…" stands for a long one.
ARGUMENT = re.compile(r'"(?:[^"\\]|\\.)*"|…')
DIRECTORY = re.compile(
    r"\S+ https?://[^/?#]*/(?:[^?#]*/)?(domain|ip|autnum|entity|nameserver)/"
)


def _understood(
    method: Callable[Concatenate[Evidence, P], R],
) -> Callable[Concatenate[Evidence, P], R | Explanation]:
    """Have a method answer what it cannot do, and what nothing was asked for, with a sentence."""

    @functools.wraps(method)
    def wrapper(
        record: Evidence, /, *args: P.args, **kwargs: P.kwargs
    ) -> R | Explanation:
        say = record.say
        try:
            if not record.lines and method.__name__ != "custody":
                raise NotUnderstood(say("evidence.nothing_asked_yet"))
            return method(record, *args, **kwargs)
        except NotUnderstood as problem:
            return Explanation(say, Kind.NOT_ASKED, str(problem))

    return wrapper


class Evidence(Result):
    """The record of everything that was asked, with what can be done with it.

    `lines` are the exchanges. The record is in memory until `save` puts it into a file.
    """

    def __init__(self, session: Session, log: EvidenceLog) -> None:
        super().__init__(session.say, None, session.provenance(""))
        self._session = session
        self._log = log
        if log.lines:
            self.notes = (self.say("evidence.line_opens_record"),)

    @property
    def lines(self) -> list[Line]:
        """The exchanges, in the order in which they were made."""
        return self._log.lines

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self.lines:
            return say("record.nothing_sent_yet_so")
        asked = len(_questions(self._log.records()))
        text = say("evidence.exchanges_record_questions", count=len(self), asked=asked)
        if self._log.trouble:
            return f"{text} {self.trouble}"
        if self._log.path:
            kept = say("record.kept_file", file=self._log.path.name)
        else:
            kept = say("record.memory_only_lab_evidence")
        return f"{text} {kept}"

    @property
    def trouble(self) -> str:
        """Why the file cannot be written any more, in words; "" while all is well."""
        problem = self._log.trouble
        path = self._log.path
        if problem is None or path is None:
            return ""
        if isinstance(problem, DisturbedError):
            return self.say("evidence.changed_moved_taken", file=path.name)
        reason = reason_of(problem, self.say)
        return self.say("evidence.no_longer_written", file=path.name, reason=reason)

    def file_notes(self) -> Iterator[str]:
        """Return what has become of the file, once: that it is another one, or not written."""
        if self._log.left and self._log.path:
            left = self._log.left.name
            self._log.left = None
            yield self.say("evidence.goes_on", file=left, used=self._log.path.name)
        if self._log.trouble:
            yield self.trouble

    def tabulated(self) -> Table | None:
        """A row for each question; one that was asked again at once has no row of its own."""
        say = self.say
        rows = []
        for group in _questions(self._log.records()):
            first = group[0]
            last = group[-1]
            lines = _span(first["number"], last["number"])
            question = first["question"] or "–"
            rows.append(
                (lines, shown_time(first["time"]), question, _servers(group, say))
            )
        if not rows:
            return None
        columns = (
            say("record.lines"),
            say("record.asked_at_utc"),
            say("record.question"),
            say("record.asked_of"),
        )
        caption = say("record.record_so_far_question")
        return Table(caption, columns, tuple(rows))

    @property
    def limits(self) -> tuple[str, ...]:
        if not self.lines:
            return ()
        say = self.say
        return (
            say("record.shows_what_sent_what"),
            say("record.times_those_clock_nobody"),
            say("record.whoever_kept_could_made"),
            say("record.whether_admitted_evidence_court"),
        )

    @_understood
    def custody(
        self, by: object = "", matter: object = "", witness: object = ""
    ) -> Statement:
        """State who keeps the record, in which matter, and who watches: for its first line.

        Once the record is saved, sealed or stamped, its first line stands. A report can say more.
        """
        say = self.say
        custody = self._custody(by, matter, witness)
        if custody == Custody():
            raise NotUnderstood(say("record.who_asked_matter_lab"))
        if not self._log.state(custody):
            raise NotUnderstood(say("evidence.first_line_stands"))
        stated = zip(custody_labels(say), custody, strict=True)
        words = "; ".join(f"{label} {text}" for label, text in stated if text)
        sentence = say("record.stands_first_line_record", told=words)
        return Statement(say, None, sentence, (), self.provenance)

    def _custody(self, by: object, matter: object, witness: object) -> Custody:
        """Return what is stated; what is left out, as the first line has it."""
        stated = self._log.custody
        return Custody(
            by=_field(by, self.say) or stated.by,
            matter=_field(matter, self.say) or stated.matter,
            witness=_field(witness, self.say) or stated.witness,
        )

    @_understood
    def save(self, file: object = RECORD) -> SavedFile:
        """Keep the record in a file of the working folder, from now on line by line.

        A file that is already there is never overwritten: the next free name is used, and said.
        """
        say = self.say
        candidate, notes = self._saved(read_file_name(file, ".jsonl", say))
        count = len(self._log.encoded())
        sentence = say("evidence.lines_each_new", count=count, file=candidate)
        written = (candidate,)
        return SavedFile(
            say, None, self.provenance, notes, written, file=candidate, told=sentence
        )

    def _saved(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Keep the record in a file; return the name that was free, and why it is another."""
        names = iter(candidates(name))
        for candidate in names:
            try:
                self._log.save(Path(candidate), names)
                break
            except OtherLog:
                continue
            except OSError as problem:
                raise not_written(candidate, problem, self.say) from problem
        return candidate, renamed(name, candidate, self.say)

    @_understood
    def seal(self) -> Sealed:
        """Return the seal of the record so far: the number of lines and the last hash."""
        return Sealed(
            self.say, None, self.provenance, self._in_hand(), seal=self._log.seal()
        )

    def _in_hand(self) -> tuple[str, ...]:
        """Keep the record in another file where somebody changed the one it was in, and say so."""
        if self._log.path is None:
            return ()
        _, notes = self._saved(self._log.path.name)
        return notes

    @_understood
    def stamp(self) -> verification.Stamped | Explanation:
        """Have the seal of the record so far time-stamped by an authority (RFC 3161).

        The answer becomes a line of the record itself, where `lab.evidence.verify` finds it.
        """
        with self._log.asking(STAMP):
            first = self._log.end
            result = verification.stamp(self._session, self._log.seal())
        now = self._session.network.clock.now()
        self._log.note(first, now, STAMP, lambda: result.sentence)
        return result

    @_understood
    def report(
        self,
        file: object = REPORT,
        by: object = "",
        matter: object = "",
        witness: object = "",
    ) -> SavedFile:
        """Write the record as a report to print: who asked what of whom, when, what came.

        `by` is who asked, `matter` what for, `witness` who watched, where the first line of the
        record does not have them; what nobody stated has a line to fill in. Beside the report lies
        the page by which others check the record, and the record itself is kept in a file.
        """
        say = self.say
        name = read_file_name(file, ".html", say)
        custody = self._custody(by, matter, witness)
        self._log.state(custody)
        notes = self._in_hand()
        if self._log.path is None:
            _, notes = self._saved(RECORD)
        assert self._log.path is not None
        record = self._log.path.name
        check = create(CHECK, check_page(), say)
        authority = ""
        if self._stamps:
            authority = create(
                AUTHORITY, self._session.entry.certificate_authority, say
            )
        files = ReportFiles(record, check, authority)
        used = create(name, self._reported(custody, files), say)
        sentence = say(
            "evidence.report_record_page", file=used, record=record, check=check
        )
        notes = (*notes, *renamed(name, used, say), *renamed(CHECK, check, say))
        return SavedFile(
            say, None, self.provenance, notes, (used, check), file=used, told=sentence
        )

    def files(self, by: object, matter: object) -> dict[str, bytes]:
        """Return the record, its report and the page that checks it, by their names.

        Before the first question there are none. They are for whoever puts more beside them.
        """
        if not self._log.encoded():
            return {}
        custody = self._custody(by, matter, "")
        self._log.state(custody)
        text = self._reported(custody, ReportFiles(RECORD))
        files = {
            RECORD: b"".join(self._log.encoded()),
            REPORT: text,
            CHECK: check_page(),
        }
        if self._stamps:
            files[AUTHORITY] = self._session.entry.certificate_authority
        return files

    @property
    def _stamps(self) -> list[time_stamps.StampInFile]:
        return time_stamps.stamps_in(
            self._log.encoded(), self._session.entry.certificate_authority
        )

    def _reported(self, custody: Custody, files: ReportFiles) -> bytes:
        return report(self._session, self._log, custody, files).encode()


@dataclass(eq=False, repr=False, kw_only=True)
class SavedFile(Result):
    """Something was written to a file of the working folder; `file` is its name."""

    file: str
    told: str

    @property
    def sentence(self) -> str:
        return self.told


@dataclass(eq=False, repr=False, kw_only=True)
class Sealed(Result):
    """The seal of the record: `text` is what to give to `lab.evidence.verify`."""

    seal: Seal

    @property
    def text(self) -> str:
        """The seal in one piece."""
        return str(self.seal)

    @property
    def sentence(self) -> str:
        return self.say("evidence.seal_record_far", seal=self.seal.grouped)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("evidence.seal_helps_where"),
            say("record.shows_nothing_about_time"),
        )


# Words and files


def _questions(records: Sequence[Record]) -> list[list[Record]]:
    """Return the exchanges, those together that one question led to."""
    exchanges = [record for record in records if record["kind"] == "exchange"]
    groups = groupby(exchanges, key=lambda record: record["question"])
    return [list(group) for _, group in groups]


def _servers(group: Sequence[Record], say: Language) -> str:
    """Return whom a question was put to; a resolver without a name only where it was alone."""
    servers = dict.fromkeys((record["server"], record["address"]) for record in group)
    named = list(dict.fromkeys(server for server, _ in servers if server))
    names = named or [address for _, address in servers]
    shown = names[:MOST_SERVERS]
    if len(names) > len(shown):
        shown.append(say("record.and_count_more", count=len(names) - len(shown)))
    return ", ".join(shown)


def check_page() -> bytes:
    """Return the page by which anybody checks a record in a browser, the same for everybody."""
    return text_of("report/verify.html").encode()


def custody_labels(say: Language) -> tuple[str, str, str]:
    """Return what the fields of a custody are called, in their order."""
    return say("record.asked_by"), say("record.in_the_matter_of"), say("record.witness")


def _field(text: object, say: Language) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_FIELD:
        raise NotUnderstood(say("evidence.short_text", count=LONGEST_FIELD))
    return " ".join(text.split())


# The report


@dataclass(frozen=True)
class ReportFiles:
    """The names of the files that a report is about.

    `record` is what it reports, `check` the page that checks a record, `authority` the file with
    the certificates of those who may stamp it.
    """

    record: str
    check: str = CHECK
    authority: str = AUTHORITY


def report(
    session: Session, log: EvidenceLog, custody: Custody, files: ReportFiles
) -> str:
    """Return the report as one HTML page that needs nothing else: a front page, and annexes.

    It is made at the time of the network of `session`, in its language. What is empty in `custody`
    is filled in by hand.
    """
    say = session.say
    authorities = session.entry.certificate_authority
    records = log.records()
    exchanges = [record for record in records if record["kind"] == "exchange"]
    sent = [record for record in exchanges if record["outcome"] != "not sent"]
    origins = Counter(record["origin"] for record in sent)
    invented = sum(origins[origin] for origin in INVENTED)
    opening = records[0]
    stated = map(opening.get, custody._fields)
    questions = _found(records)
    # it stands above
    asked = [question for question in questions if question["question"] != STAMP]
    stamped = time_stamps.stamps_in(log.encoded(), authorities)
    page = filled_in(
        "papers/report.html",
        say,
        training=opening["clock"] == LAB_CLOCK or invented,
        records=records,
        opening=opening,
        sent=sent,
        origins=len(origins),
        invented=invented,
        live=origins[LIVE],
        played=origins[OF_LIVE],
        custody=zip(custody_labels(say), custody, stated, strict=True),
        found=questions,
        gist=asked[:MOST_FOUND],
        left=len(asked[MOST_FOUND:]),
        answers=_answers(exchanges),
        most=LONGEST_ANSWER,
        call_of=_call_of,
        shown_time=shown_time,
        stamps=[stamp for stamp in stamped if stamp.covered],
        file=files.record,
        check=(files.check, hashlib.sha256(check_page()).hexdigest()),
        authority=(files.authority, hashlib.sha256(authorities).hexdigest()),
        seal=log.seal(),
        made=utc(session.network.clock.now()),
    )
    return f"{page}\n"


def _found(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What was asked, each different question once: its lines, and how the program read it."""
    asked: dict[str, dict[str, Any]] = {}
    shown = [record for record in records if record["kind"] in ("exchange", "reading")]
    groups = groupby(shown, key=lambda record: (record["kind"], record["question"]))
    for (kind, question), group in groups:
        entry = asked.setdefault(
            question, {"question": question, "spans": [], "read": {}}
        )
        lines = list(group)
        if kind == "reading":
            entry["read"] |= dict.fromkeys(line["sentence"] for line in lines)
            entry["last"] = lines[-1]["sentence"]
        else:
            entry["spans"].append((lines[0]["number"], lines[-1]["number"]))
    for entry in asked.values():
        spans = entry["spans"]
        entry["span"] = _span(spans[0][0], spans[-1][1])
        entry["lines"] = [_span(first, last) for first, last in spans]
        entry["short"], entry["cut"] = _short(entry.get("last", "–"))
    return list(asked.values())


def shown_time(text: str) -> str:
    """Return the time of a line without the parts of a second."""
    return text[:19].replace("T", " ")


def _span(first: int, last: int) -> str:
    """Return lines as "3–7"; a single one as "3"."""
    return f"{first}–{last}" if last > first else str(first)


def _short(text: str) -> tuple[str, bool]:
    """Return as many whole sentences as fit, and whether some are left out.

    A number that is cut is another number.
    """
    if len(text) <= LONGEST_GIST:
        return text, False
    sentences = re.match(rf"(?s).{{1,{LONGEST_GIST - 1}}}[.;](?=\s)", text)
    if sentences is None:
        return text.split(maxsplit=1)[0], True
    return sentences[0], True


def _call_of(question: str) -> tuple[str, str]:
    """Return what a question calls and about what, like ("ask", "museum.example")."""
    call = re.fullmatch(r"lab\.([a-z.]+)\((.*)\)", question)
    if not call:
        return "", ""
    method, arguments = call.groups()
    given = ARGUMENT.findall(arguments)
    for argument in given:
        text = argument if argument == "…" else json.loads(argument)
        if text:
            return method, text
    return method, "…"


def _answers(exchanges: Sequence[Record]) -> list[dict[str, Any]]:
    """What directories answered, each different answer of a server once, with its lines."""
    different: dict[tuple[object, ...], dict[str, Any]] = {}
    for record in exchanges:
        whois = record["port"] == WHOIS_PORT
        if record["answer"] and (whois or DIRECTORY.match(record["asked"])):
            text = _text_of(record)
            key = (record["address"], record["server"], record["asked"], text)
            different.setdefault(key, {"record": record, "text": text, "lines": []})
            different[key]["lines"].append(record["number"])
    return list(different.values())


def _text_of(record: Record) -> str | None:
    """Return an answer as text, without the head of HTTP; None where it is none."""
    answer = b64decode(record["answer"])
    if record["port"] != WHOIS_PORT:
        answer = answer.partition(b"\r\n\r\n")[2]
    try:
        text = answer.decode("utf-8")
    except UnicodeDecodeError:
        text = answer.decode("latin-1")
    if any(ord(character) < 0x20 and character not in "\t\r\n" for character in text):
        return None
    if text[:1] == "{":
        # then it stays as it came
        with contextlib.suppress(ValueError, RecursionError):
            read = json.loads(
                text,
                object_pairs_hook=file_format.no_name_twice,
                parse_float=file_format.refused,
            )
            members = []
            for name, value in read.items():
                members.append(
                    f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
                )
            text = "{" + ",\n".join(members) + "}"
    return text.replace("\r\n", "\n").replace("\t", "    ").strip()
