"""`lab.evidence.verify`: a file of evidence, line by line, with its seal; or a case file.

A time-stamp: an authority signs a hash together with the time (RFC 3161).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import tsp  # type: ignore[import-untyped]

from labsupport.dns.transport import source_port
from labsupport.evidence import chain, file_format
from labsupport.evidence.chain import FileVerdict, Seal
from labsupport.evidence.record_file import content_of
from labsupport.exchange import Reply, Request
from labsupport.exchange.http import HttpRequest, HttpResponse, NotHttp
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.urls import url_of
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.lookups.web import USER_AGENT, find_address
from labsupport.papers.files import MANIFEST, RECORD, not_read, read_file_name
from labsupport.results import SOURCES, Explanation, Result, Table, utc
from labsupport.visible import quoted, visible

QUERY_TYPE = "application/timestamp-query"

try:
    from cryptography import x509
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
except ImportError:  # in a browser
    CHECKS_STAMPS = False
else:
    CHECKS_STAMPS = True

Found = tuple[int, "Stamp", int]
"""A time-stamp in a file: its line, what it says, and how many lines it vouches for.

0 where those are not the lines of this file.
"""


@dataclass(eq=False, repr=False, kw_only=True)
class Verified(Result):
    """What checking a file of evidence found: `verdict` has the facts.

    `strange_stamp` is the number of a line whose time-stamp belongs to other lines, or None. The
    file `holds` or not, and is neither found nor failed.
    """

    file: str
    verdict: FileVerdict
    facts: tuple[tuple[str, object], ...]
    strange_stamp: int | None = None

    def __post_init__(self) -> None:
        self.holds = not self.verdict.problem and self.strange_stamp is None
        self.kind = Kind.FOUND if self.holds else Kind.FAILED

    def _badge(self) -> str:
        assert self.provenance is not None
        word = (
            self.say("verification.holds") if self.holds else self.say("verification.does_not_hold")
        )
        return f"{self.say(SOURCES[self.provenance.source])} · {word}"

    @property
    def sentence(self) -> str:
        copied = self.say("verification.copy_put_byte")
        return f"{self._judged} {copied}" if self.verdict.copied else self._judged

    @property
    def _judged(self) -> str:
        say, verdict, file = self.say, self.verdict, self.file
        sealed = say("verification.all_count_sealed_lines", count=verdict.covered)
        if verdict.problem:
            found = say(f"evidence_problems.{verdict.problem}", file=file, line=verdict.line)
            if verdict.covered:
                return f"{sealed} {found}"
            fit = say("verification.lines_before_fit", count=verdict.good)
            return f"{found} {fit}" if verdict.good else found
        if self.strange_stamp is not None:
            return say("verification.strange_stamp", file=file, line=self.strange_stamp)
        if verdict.covered and verdict.good > verdict.covered:
            later = say("verification.lines_came_later", count=verdict.good - verdict.covered)
            return f"{sealed} {later}"
        if verdict.sealed:
            return say("verification.sealed_all_lines", file=file, count=verdict.good)
        return say("verification.fits_together", file=file, count=verdict.good)

    def tabulated(self) -> Table:
        say = self.say
        caption = say("verification.what_checked_file", file=self.file)
        return Table(caption, (say("verification.what"), say("verification.found")), self.facts)

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


def verify(session: Session, file: object = "", seal: object = "") -> Result:
    """Check a file of the working folder, or of one in it; raise NotUnderstood where it is not.

    `seal` is what `Evidence.seal` gave, as text or as it is. Of a folder, each file is compared
    with the list of hashes in it.
    """
    say = session.say
    if isinstance(file, str) and os.path.isdir(file.strip()):
        return _listed(session, Path(read_file_name(file.rstrip("/ "), "", say, below=True)))
    known = read_seal(seal, say)
    name = read_file_name(file or RECORD, ".jsonl", say, below=True)
    try:
        content = content_of(Path(name))
    except OSError as problem:
        raise not_read(name, problem, say) from problem
    verdict = chain.verify(content, known)
    content = chain.undone(content) if verdict.copied else content
    stamped = stamps(file_format.lines_of(content), session.entry.certificate_authority)
    # What came after the seal cannot make a record fail that is as it was sealed.
    vouched = verdict.covered or len(content)
    strange = next((n for n, _, covered in stamped if not covered and n <= vouched), None)
    facts, own = tuple(_facts(content, verdict, stamped, say)), (say, None, session.provenance(""))
    return Verified(*own, file=name, verdict=verdict, facts=facts, strange_stamp=strange)


def _listed(session: Session, folder: Path) -> Result:
    """Compare the files of a folder with the list of their hashes in it."""
    say = session.say
    try:
        found = {
            path.relative_to(folder).as_posix(): _hash_of(path)
            for path in folder.rglob("*")
            if path.is_symlink() or not path.is_dir()
        }
        if not found.pop(MANIFEST, None):
            told = {"folder": folder.name, "manifest": MANIFEST}
            raise NotUnderstood(say("verification.folder_no_list_manifest", **told))
        lines = (folder / MANIFEST).read_bytes().replace(b"\r\n", b"\n").split(b"\n")
    except OSError as problem:
        raise not_read(str(folder), problem, say) from problem
    listed: dict[str, list[str]] = {}
    for line in lines:
        if not line or line.startswith(b"#"):  # sha256sum passes over these
            continue
        digest, name = _entry(os.fsdecode(line))
        listed.setdefault(name, []).append(digest)
    states = {name: _state(listed.get(name, []), found.get(name)) for name in {**listed, **found}}
    wrong = sorted(name for name, state in states.items() if state is not AS_LISTED)
    counted = {"count": len(states) - len(wrong), "all": len(states)}
    place = {"name": folder.name, "manifest": MANIFEST}
    sentence = say(f"verification.{'files_list' if states else 'no_files'}", **counted, **place)
    note = say("verification.changes_file_write")
    names = [*wrong, *sorted(set(states) - set(wrong))]
    rows = tuple((visible(name), say(states[name])) for name in names)
    table = Table(
        say("verification.the_files"),
        (say("verification.file"), say("verification.compared_with_the_list")),
        rows,
    )
    kind = Kind.FAILED if wrong or not states else None
    return Explanation(say, kind, sentence, (note,), session.provenance(""), table)


AS_LISTED = "verification.list"
ENTRY = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")  # as sha256sum writes it


def _hash_of(path: Path) -> str:
    """Return the hash of a plain file; "" for a link, and for what is no file."""
    is_plain = path.is_file() and not path.is_symlink()
    if not is_plain:
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _entry(line: str) -> tuple[str, str]:
    """Return the hash and the name in a line of a list; "" and the line, where it is none."""
    found = ENTRY.fullmatch(line)
    return (found[1].lower(), found[2]) if found else ("", line)


def _state(listed: list[str], found: str | None) -> str:
    if "" in listed:
        return "verification.no_entry"
    if len(listed) > 1:
        return "verification.more_than_once"
    if not found:
        return "verification.missing_no_plain_file"
    if not listed:
        return "verification.not_list_added_later"
    return AS_LISTED if listed == [found] else "verification.changed"


def _facts(
    content: bytes, verdict: FileVerdict, stamped: list[Found], say: Language
) -> Iterator[tuple[str, object]]:
    lines = file_format.lines_of(content)
    yield say("verification.lines_in_the_file"), content.count(b"\n")
    if exchanges := file_format.read(content).lines:
        yield say("verification.first_exchange"), utc(exchanges[0].time)
        yield say("verification.last_exchange"), utc(exchanges[-1].time)
    if verdict.problem != "rewritten":  # which of those hold, nobody can tell
        yield say("verification.lines_hold_first"), verdict.good
    if verdict.covered:
        yield say("verification.of_these_sealed"), verdict.covered
    if verdict.line and verdict.line <= len(lines):
        yield (
            say("verification.what_stands_line_line", line=verdict.line),
            _gist(lines[verdict.line - 1]),
        )
    for number, stamp, covered in stamped:
        told = say("verification.belongs_other_lines_than")
        if covered:
            facts = {"authority": stamp.authority, "when": utc(stamp.time), "covered": covered}
            told = say("verification.signed_lines_existed", **facts)
        yield say("verification.time_stamp_line_line", line=number), told


def _gist(line: bytes) -> str:
    try:
        record = json.loads(line)
        return f"{record['question']}: {record.get('asked') or record['sentence']}"
    except (ValueError, TypeError, KeyError, RecursionError):
        return "–"


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


# Time-stamps


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an authority has signed: the hash `digest` existed at `time` (seconds since 1970)."""

    time: float
    authority: str
    digest: bytes


def query(digest: bytes, nonce: int) -> bytes:
    """Return the question for a time-stamp of a SHA-256 (RFC 3161 section 2.4.1), as DER."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    asked = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    data: bytes = tsp.TimeStampReq(asked).dump()
    return data


def check(answer: bytes, authorities: bytes, nonce: int | None = None) -> Stamp | None:
    """Check an authority's answer over HTTP (RFC 3161 section 2.4.2) and return what it says.

    `authorities` are the roots that are trusted, as PEM; `nonce` is the one that was asked with.
    None where it is no time-stamp that holds.
    """
    try:
        response = decode_timestamp_response(HttpResponse.from_bytes(answer).body)
        info = response.tst_info
        digest = info.message_imprint.message
        builder = VerifierBuilder(roots=x509.load_pem_x509_certificates(authorities), nonce=nonce)
        builder.build().verify(response, digest)
        (signer,) = response.signed_data.signer_infos
        certificates = map(x509.load_der_x509_certificate, response.signed_data.certificates)
        names = [
            str(part.value)
            for certificate in certificates
            if certificate.serial_number == signer.serial_number
            for part in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        ]
    except (NotHttp, VerificationError, ValueError, TypeError, x509.ExtensionNotFound):
        return None
    return Stamp(info.gen_time.timestamp(), names[0] if names else "", digest)


@dataclass(eq=False, repr=False, kw_only=True)
class Stamped(Result):
    """A time-stamp of a `seal`; `stamp` has what the authority signed."""

    stamp: Stamp
    seal: str

    @property
    def sentence(self) -> str:
        told = {"authority": self.stamp.authority, "when": utc(self.stamp.time)}
        return self.say("verification.signed_seal_existed", seal=self.seal, **told)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("verification.time_stamp_shows"),
            say("verification.worth_much_authority_signed"),
        )


def stamp(session: Session, seal: Seal) -> Result:
    """Have a seal stamped by the authority of the entry."""
    say, entry = session.say, session.entry
    if not CHECKS_STAMPS:
        return Explanation(say, Kind.NOT_ASKED, say("verification.stamps_unchecked"))
    if not entry.time_stamps:
        return Explanation(say, Kind.NO_SERVER, say("verification.no_time_stamping_authority"))
    url = url_of(entry.time_stamps)
    digest, nonce = _digest(seal.count, seal.digest), session.draw(1 << 62)
    _, address = find_address(session, url.name)
    # The answer is signed, so nothing is encrypted (RFC 3161 section 3.4).
    headers = (("Host", url.host), ("User-Agent", USER_AGENT), ("Content-Type", QUERY_TYPE))
    payload = HttpRequest("POST", url.target, headers, query(digest, nonce)).to_bytes()
    source = entry.source_for(address) if address else ""
    way = source, source_port(session.draw), address, url.port, "http"
    outcome = session.network.send(Request(*way, None, payload)) if source else None
    if not isinstance(outcome, Reply):
        sentence = say("verification.name_not_reached_did", name=url.host)
        silent = session.provenance(url.host, answered=False)
        return Explanation(say, Kind.NO_ANSWER, sentence, (), silent)
    provenance = session.provenance(url.host)
    signed = check(outcome.payload, entry.certificate_authority, nonce)
    if signed and signed.digest == digest:
        return Stamped(say, Kind.FOUND, provenance, stamp=signed, seal=seal.grouped)
    sentence = say("verification.what_name_answered_no", name=url.host)
    return Explanation(say, Kind.FAILED, sentence, (), provenance)


def stamps(lines: Sequence[bytes], authorities: bytes) -> list[Found]:
    """Return the time-stamps among the lines of a file; none where they cannot be checked."""
    if not CHECKS_STAMPS:
        return []
    recorded = file_format.read(b"".join(lines))
    answers = {
        number: line.outcome.payload
        for number, line in zip(recorded.numbers, recorded.lines, strict=True)
        if QUERY_TYPE.encode() in line.request.payload and isinstance(line.outcome, Reply)
    }
    if not answers:
        return []
    checked = {answer: check(answer, authorities) for answer in {*answers.values()}}
    seals = {_digest(n, file_format.digest_of(line)): n for n, line in enumerate(lines, 1)}
    found: list[Found] = []
    for number, answer in answers.items():
        if stamp := checked[answer]:
            covered = seals.get(stamp.digest, 0)
            found.append((number, stamp, covered if covered < number else 0))
    return found


def _digest(count: int, last: str) -> bytes:
    """Return what is stamped of a seal, the number of lines and the last hash."""
    return hashlib.sha256(f"{count}-{last}".encode()).digest()
