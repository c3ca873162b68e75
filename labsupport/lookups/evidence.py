"""`lab.evidence`: the record, kept, sealed, stamped and reported."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from labsupport.evidence import (
    Custody,
    DisturbedError,
    Exhibit,
    InUseError,
    Line,
    Log,
    OtherLog,
    Seal,
    clock_offset,
)
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
        if not self._log.encoded():
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
        if isinstance(problem, DisturbedError):
            return self.say(
                "{file} was changed, moved or taken away by somebody else. Nothing more is written "
                "to it: lab.evidence.save() keeps the record under another name.",
                file=path.name,
            )
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
        return self._about if self.lines else ()

    @property
    def _about(self) -> tuple[str, ...]:
        """What the record does not prove."""
        say = self.say
        offset = clock_offset(self.lines)
        clock = (
            say("Its times are those of its clock, which nobody compared with another.")
            if offset is None
            else say(
                "Its times are those of its clock. That was between {early} and {late} seconds "
                "ahead of the clocks of {count} servers that told the time.",
                early=offset["from"],
                late=offset["to"],
                count=offset["servers"],
            )
        )
        return (
            say(
                "The record shows what this tool sent and what came back, at that moment. It is "
                "not a record of any day before."
            ),
            clock,
            say("Whoever kept it could have made it up before it was sealed."),
            say("Whether it is admitted as evidence is for the court."),
        )

    @_understood
    def exchanges(self) -> Result:
        """List every exchange, a row for each."""
        say = self.say
        records = _needed(self._log, say)
        rows = tuple(
            (
                record["number"],
                shown_time(record["time"]),
                who(record, say),
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
    def custody(self, by: object = "", matter: object = "", witness: object = "") -> Result:
        """State who keeps the record, in which matter, and who watches: for its first line.

        Once the record is saved, sealed or stamped, its first line stands. A report can say more.
        """
        say = self.say
        custody = self._custody(by, matter, witness)
        if not custody.by:
            raise NotUnderstood(say(WHO_ASKED, call="lab.evidence.custody"))
        shown = bool(self._log.encoded()) and custody != self._log.custody
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
        notes = (say("All hashes of the record are other ones now."),) if shown else ()
        return Explanation(say, None, sentence, notes, self.provenance, table)

    def _custody(self, by: object, matter: object, witness: object) -> Custody:
        """Return what is stated; what is left out, as the first line has it."""
        given = (_field(text, self.say) for text in (by, matter, witness))
        return Custody(*(new or old for new, old in zip(given, self._log.custody, strict=True)))

    @_understood
    def exhibit(self, file: object = "", origin: object = "", receipt: object = "") -> Result:
        """Enter a file of the working folder into the record: its name, its size, its hash.

        `origin` is where it is from, `receipt` who handed it over, and when. The file itself stays
        where it is: it is not in the record, and has to be kept with it.
        """
        say = self.say
        name = read_file_name(file, "", say, below=True)
        where, handed = _field(origin, say), _field(receipt, say)
        if not where or not handed:
            raise NotUnderstood(
                say(
                    "Where is {file} from, who handed it over, and when? "
                    'lab.evidence.exhibit("{file}", origin="…", receipt="…").',
                    file=name,
                )
            )
        if self._log.path == Path(name).absolute():
            raise NotUnderstood(say("{file} is the record itself.", file=name))
        try:
            with Path(name).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
                size = stream.tell()
        except OSError as problem:
            raise not_read(name, problem, say) from problem
        now = self._session.network.clock.now()
        number = self._log.enter(Exhibit(now, name, size, digest, where, handed))
        sentence = say(
            "{file} is in the record, in line {line}, by its hash: {hash}. Keep the file with it.",
            file=name,
            line=number,
            hash=digest,
        )
        limits = (
            say(
                "The hash shows that the file is the one that was entered. Whether it is genuine, "
                "and where it is from, the record has from whoever stated it."
            ),
        )
        return Kept(self._session, sentence, name, (), limits)

    @_understood
    def save(self, file: object = RECORD) -> Result:
        """Keep the record in a file of the working folder, from now on line by line.

        A file that is already there is never overwritten, and one that another notebook is
        writing to is left to it: the next free name is used, and said.
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
        return Kept(self._session, sentence, candidate, notes, self._about)

    def _saved(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Keep the record in a file; return the name that was free, and why it is another."""
        say = self.say
        in_use = False
        for candidate in candidates(name):
            try:
                self._log.save(Path(candidate))
                break
            except InUseError:
                in_use = True
            except OtherLog:
                pass
            except OSError as problem:
                raise not_written(candidate, problem, say) from problem
        if not in_use:
            return candidate, renamed(name, candidate, say)
        used = say("{file} is being written by another notebook, or another lab.", file=name)
        return candidate, (used,)

    @_understood
    def seal(self) -> Result:
        """Return the seal of the record so far: the number of lines and the last hash."""
        _needed(self._log, self.say)
        notes = self._in_hand()
        seal = self._log.seal()
        self._log.sealed = seal.count
        return Sealed(self, seal, notes)

    def _in_hand(self) -> tuple[str, ...]:
        """Keep the record in another file where somebody changed the one it was in, and say so."""
        path = self._log.path
        if path is None or self._log.intact():
            return ()
        used, _ = self._saved(path.name)
        changed = self.say(
            "{file} was changed or taken away by somebody else. The record is in {used} now.",
            file=path.name,
            used=used,
        )
        return (changed,)

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
        text, own = self._reported(custody, record, check, authority)
        used = create(name, text, say)
        sentence = say(
            "The report is in {file}, the record in {record}, and the page that checks it in "
            "{check}. They open in a browser without the Internet, and the report prints on A4.",
            file=used,
            record=record,
            check=check,
        )
        notes = (*own, *notes, *renamed(name, used, say), *renamed(CHECK, check, say))
        return Kept(self._session, sentence, used, notes, self._about)

    def _files(self, by: object, matter: object) -> dict[str, bytes]:
        if not self._log.encoded():
            return {}
        custody = self._stated(by, matter, "", "case.keep")
        text, _ = self._reported(custody, RECORD, CHECK, AUTHORITY)
        files = {RECORD: b"".join(self._log.encoded()), REPORT: text, CHECK: check_page()}
        if self._stamps:
            files[AUTHORITY] = self._session.entry.certificate_authority
        for exhibit in self._log.exhibits:
            with suppress(OSError):  # one that is gone is missing, as its line will tell
                files.setdefault(exhibit.file, Path(exhibit.file).read_bytes())
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

    def _reported(
        self, custody: Custody, record: str, check: str, authority: str
    ) -> tuple[bytes, tuple[str, ...]]:
        """Return the report on the file `record`, and what is to be remarked of its seal.

        `check` is what the page that checks it is called, `authority` the certificate of who
        stamped it.
        """
        from labsupport.lookups import report

        say = self.say
        records = _needed(self._log, say)
        roots = self._session.entry.certificate_authority
        seal = self._log.seal()
        own: tuple[str, ...] = ()
        if self._log.sealed not in (0, seal.count):
            own = (
                say.many(
                    "The report carries a seal of its own, over {count} line.",
                    "The report carries a seal of its own, over {count} lines.",
                    seal.count,
                ),
            )
        text = report.report(
            say,
            records,
            seal,
            self._session.network.clock.now(),
            file=record,
            custody=custody,
            remarks=own,
            check=(check, hashlib.sha256(check_page()).hexdigest()),
            authority=(authority, hashlib.sha256(roots).hexdigest()),
            stamps=self._stamps,
        )
        return text.encode(), own


def files_of(record: Evidence, by: object, matter: object) -> dict[str, bytes]:
    """Return a record, its report, the page that checks it and its exhibits, by their names.

    None before the first answer. They are for whoever puts more beside them. Raises NotUnderstood
    where nobody says who asked.
    """
    return record._files(by, matter)


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

    def __init__(self, record: Evidence, seal: Seal, notes: tuple[str, ...] = ()) -> None:
        super().__init__(record.say, None, record.provenance, notes)
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


# Words and files


def shown_time(text: str) -> str:
    """Return the time of a line without the parts of a second."""
    return text[:19].replace("T", " ")


def who(record: Mapping[str, Any], say: Language) -> str:
    """Return whom an exchange was with, by the name asked for or one that an answer gave."""
    address, name = str(record["address"]), record["server"]
    if not name:
        return address
    if record["server_name"] == name or f"//{name}" in record["asked"]:
        return f"{name} ({address})"
    return say("{address} (named {name} by an answer)", address=address, name=name)


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
