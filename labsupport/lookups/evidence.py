"""`lab.evidence`: the record, kept, sealed, stamped and reported."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from labsupport.evidence import Custody, DisturbedError, Line, Log, OtherLog, Seal
from labsupport.language import Language, mark
from labsupport.lookups import report, timestamps
from labsupport.lookups.files import candidates, create, not_written, read_file_name, renamed
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.results import Explanation, Kind, Result, Table

P = ParamSpec("P")

RECORD = "evidence.jsonl"
REPORT = "report.html"
CHECK = "verify.html"
MANIFEST = "MANIFEST.txt"  # the list of checksums in a case file
AUTHORITY = "authority.pem"
BY_HAND = mark("by hand")
WHO_ASKED = mark(
    'Who asked, and in which matter? {call}(by="…", matter="…"). With by="by hand" the paper has '
    "a line to fill in."
)
MOST_SERVERS = 3  # named in a cell
SHORT_HASH = 12
LONGEST_FIELD = 200


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
        super().__init__(session.say, None, session.provenance(""))
        self._session = session
        self._log = log
        if log.lines:
            self.notes = (
                self.say(
                    "Line 1 opens the record. Other numbers that are missing in the table are "
                    "lines in which the lab noted how it read the answers."
                ),
            )

    @property
    def lines(self) -> list[Line]:
        """The exchanges, in the order in which they were made."""
        return self._log.lines

    def __len__(self) -> int:
        return len(self._log)

    @property
    def sentence(self) -> str:
        say = self.say
        if not self._log.encoded():
            return say("Nothing was sent yet, so the record is empty.")
        asked = len(_questions(self._log.records()))
        text = say.many(
            "{count} exchange is in the record, from {questions}.",
            "{count} exchanges are in the record, from {questions}.",
            len(self),
            questions=say.many("{count} question", "{count} questions", asked),
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
        if isinstance(problem, DisturbedError):
            return self.say(
                "{file} was changed, moved or taken away by somebody else. Nothing more is written "
                "to it: lab.evidence.save() keeps the record under another name.",
                file=path.name,
            )
        return self.say(
            "{file} can no longer be written ({reason}): what was asked since is in memory only.",
            file=path.name,
            reason=problem.strerror or problem,
        )

    def tabulated(self) -> Table | None:
        """A row for each question; one that was asked again at once has no row of its own."""
        say = self.say
        rows = tuple(
            (
                report.span_of(group[0]["number"], group[-1]["number"]),
                report.shown_time(group[0]["time"]),
                group[0]["question"] or "–",
                _servers(group, say),
                group[-1]["sha256"][:SHORT_HASH],
            )
            for group in _questions(self._log.records())
        )
        columns = (
            *(say("lines"), say("asked at (UTC)"), say("question"), say("asked of")),
            say("hash of the last line, its beginning"),
        )
        caption = say("The record so far, question by question")
        return Table(caption, columns, rows) if rows else None

    @property
    def limits(self) -> tuple[str, ...]:
        if not self.lines:
            return ()
        say = self.say
        return (
            say("It shows what was sent and what came back at that moment, not on any day before."),
            say("Its times are those of its clock: the report says whether it was compared."),
            say("Whoever kept it could have made it up before it was sealed."),
            say("Whether it is admitted as evidence is for the court."),
        )

    @_understood
    def custody(self, by: object = "", matter: object = "", witness: object = "") -> Result:
        """State who keeps the record, in which matter, and who watches: for its first line.

        Once the record is saved, sealed or stamped, its first line stands. A report can say more.
        """
        say = self.say
        custody = self._custody(by, matter, witness)
        if not custody.by:
            raise NotUnderstood(say(WHO_ASKED, call="lab.evidence.custody"))
        if not self._log.state(custody):
            raise NotUnderstood(
                say(
                    "The first line is written already, and no line of a record is changed. The "
                    'report says it: lab.evidence.report(by="…", matter="…").'
                )
            )
        rows = tuple(zip(custody_labels(say), custody, strict=True))
        table = Table(say("Who keeps the record"), (say("what"), say("as stated")), rows)
        sentence = say("It stands in the first line of the record.")
        return Explanation(say, None, sentence, (), self.provenance, table)

    def _custody(self, by: object, matter: object, witness: object) -> Custody:
        """Return what is stated; what is left out, as the first line has it."""
        given = (_field(text, self.say) for text in (by, matter, witness))
        return Custody(*(new or old for new, old in zip(given, self._log.custody, strict=True)))

    @_understood
    def save(self, file: object = RECORD) -> Result:
        """Keep the record in a file of the working folder, from now on line by line.

        A file that is already there is never overwritten: the next free name is used, and said.
        """
        say = self.say
        _needed(self._log, say)
        name = read_file_name(file, ".jsonl", say)
        candidate, notes = self._saved(name)
        sentence = say.many(
            "{count} line is in {file}. Each new one is added at once.",
            "{count} lines are in {file}. Each new one is added at once.",
            len(self._log.encoded()),
            file=candidate,
        )
        return self._kept(sentence, candidate, notes)

    def _kept(self, sentence: str, file: str, notes: tuple[str, ...]) -> Kept:
        return Kept(self.say, None, self.provenance, notes, file=file, told=sentence)

    def _saved(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Keep the record in a file; return the name that was free, and why it is another."""
        for candidate in candidates(name):
            try:
                self._log.save(Path(candidate))
                break
            except OtherLog:
                continue
            except OSError as problem:
                raise not_written(candidate, problem, self.say) from problem
        return candidate, renamed(name, candidate, self.say)

    @_understood
    def seal(self) -> Result:
        """Return the seal of the record so far: the number of lines and the last hash."""
        _needed(self._log, self.say)
        notes = self._in_hand()
        return Sealed(self.say, None, self.provenance, notes, seal=self._log.seal())

    def _in_hand(self) -> tuple[str, ...]:
        """Keep the record in another file where somebody changed the one it was in, and say so."""
        return self._saved(self._log.path.name)[1] if self._log.path else ()

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
    def report(
        self, file: object = REPORT, by: object = "", matter: object = "", witness: object = ""
    ) -> Result:
        """Write the record as a report to print: who asked what of whom, when, what came.

        `by` is who asked, `matter` what for, `witness` who watched, where the first line of the
        record does not have them. "by hand" leaves a line to fill in. Beside the report lies the
        page by which others check the record, and the record itself is kept in a file.
        """
        say = self.say
        _needed(self._log, say)
        name = read_file_name(file, ".html", say)
        custody = self._stated(by, matter, witness, "lab.evidence.report")
        notes = self._in_hand()
        if self._log.path is None:
            notes = self._saved(RECORD)[1]
        assert self._log.path is not None
        record = self._log.path.name
        check, authority = create(CHECK, check_page(), say), ""
        if self._stamps:
            authority = create(AUTHORITY, self._session.entry.certificate_authority, say)
        text = self._reported(custody, record, check, authority)
        used = create(name, text, say)
        sentence = say(
            "The report is in {file}, the record in {record}, and the page that checks it in "
            "{check}. They open in a browser without the Internet, and the report prints on A4.",
            file=used,
            record=record,
            check=check,
        )
        return self._kept(
            sentence, used, (*notes, *renamed(name, used, say), *renamed(CHECK, check, say))
        )

    def files(self, by: object, matter: object) -> dict[str, bytes]:
        """Return the record, its report and the page that checks it, by their names.

        None before the first answer. They are for whoever puts more beside them. Raises
        NotUnderstood where nobody says who asked.
        """
        if not self._log.encoded():
            return {}
        custody = self._stated(by, matter, "", "case.keep")
        text = self._reported(custody, RECORD, CHECK, AUTHORITY)
        files = {RECORD: b"".join(self._log.encoded()), REPORT: text, CHECK: check_page()}
        if self._stamps:
            files[AUTHORITY] = self._session.entry.certificate_authority
        return files

    @property
    def _stamps(self) -> list[tuple[int, timestamps.Stamp, int]]:
        roots = self._session.entry.certificate_authority
        return timestamps.stamps(self._log.encoded(), roots)

    def _stated(self, by: object, matter: object, witness: object, call: str) -> Custody:
        """Return who asked, put into the first line where that is still open; ask if unknown."""
        custody = self._custody(by, matter, witness)
        if not custody.by:
            raise NotUnderstood(self.say(WHO_ASKED, call=call))
        blank = self.say(BY_HAND)
        custody = Custody(*("" if text in (blank, BY_HAND) else text for text in custody))
        self._log.state(custody)
        return custody

    def _reported(self, custody: Custody, record: str, check: str, authority: str) -> bytes:
        """Return the report on the file `record`.

        `check` is what the page that checks it is called, `authority` the certificate of who
        stamped it.
        """
        roots = self._session.entry.certificate_authority
        return report.report(
            self.say,
            _needed(self._log, self.say),
            self._log.seal(),
            self._session.network.clock.now(),
            file=record,
            custody=custody,
            check=(check, hashlib.sha256(check_page()).hexdigest()),
            authority=(authority, hashlib.sha256(roots).hexdigest()),
            stamps=self._stamps,
        ).encode()


@dataclass(eq=False, repr=False, kw_only=True)
class Kept(Result):
    """Something was written to a file of the working folder; `file` is its name."""

    file: str
    told: str

    @property
    def sentence(self) -> str:
        return self.told


@dataclass(eq=False, repr=False, kw_only=True)
class Sealed(Result):
    """The seal of the record: `text` is what to give to `lab.verify`."""

    seal: Seal

    @property
    def text(self) -> str:
        """The seal in one piece."""
        return str(self.seal)

    @property
    def sentence(self) -> str:
        return self.say("The seal of the record so far is {seal}.", seal=self.seal.grouped)

    def tabulated(self) -> Table:
        say = self.say
        return Table(
            say("The seal"),
            (say("part"), say("value")),
            (
                (say("lines"), self.seal.count),
                (say("hash of the last line (SHA-256)"), self.seal.digest),
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
            say("It shows nothing about the time before it was made."),
        )


# Words and files


def _questions(records: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the exchanges, those together that one question led to."""
    exchanges = [record for record in records if record["kind"] == "exchange"]
    return [list(group) for _, group in groupby(exchanges, key=lambda one: one["question"])]


def _servers(group: Sequence[Mapping[str, Any]], say: Language) -> str:
    """Return whom a question was put to; a resolver without a name only where it was alone."""
    servers = dict.fromkeys((record["server"], record["address"]) for record in group)
    named = list(dict.fromkeys(server for server, _ in servers if server))
    names = named or [address for _, address in servers]
    text = ", ".join(names[:MOST_SERVERS])
    more = len(names) - MOST_SERVERS
    return text + (say.many(" and {count} more", " and {count} more", more) if more > 0 else "")


def check_page() -> bytes:
    """Return the page by which anybody checks a record in a browser, the same for everybody."""
    return resources.files("labsupport.data").joinpath("course/report/verify.html").read_bytes()


def custody_labels(say: Language) -> tuple[str, str, str]:
    """Return what the fields of a custody are called, in their order."""
    return say("asked by"), say("in the matter of"), say("witness")


def _needed(log: Log, say: Language) -> list[dict[str, Any]]:
    records = log.records()
    if not records:
        raise NotUnderstood(
            say('Nothing was asked yet. Ask something first: lab.ask("www.museum.example").')
        )
    return records


def _field(text: object, say: Language) -> str:
    if not isinstance(text, str) or len(text) > LONGEST_FIELD:
        raise NotUnderstood(
            say(
                "Each of these is a short text in quotation marks, of at most {count} characters.",
                count=LONGEST_FIELD,
            )
        )
    return " ".join(text.split())
