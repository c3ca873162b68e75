"""`lab.verify` of a folder, its list of hashes, or an archive: each file against the list."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from labsupport.evidence import Log
from labsupport.language import Language, mark
from labsupport.lookups.evidence import MANIFEST
from labsupport.lookups.files import not_read, read_file_name
from labsupport.lookups.names import NotUnderstood
from labsupport.lookups.session import Session
from labsupport.lookups.verification import Verified, badge, read_seal, verified
from labsupport.results import Kind, Result, Table, quoted, visible

HELD, DIFFERS = mark("as in the list"), mark("another content than in the list")
MISSING, UNLISTED = mark("in the list, but not there"), mark("there, but not in the list")
LINK, SPECIAL = mark("a link, not a file"), mark("not an ordinary file")
UNREAD = mark("there, but it cannot be read")
RECORD_HOLDS = mark("as in the list; its lines hold")
RECORD_FAILS = mark("as in the list, but its lines do not hold")
RIGHT = (HELD, RECORD_HOLDS)
MOST_NAMED = 5
LARGEST = 64 * 2**20  # octets that an archive may unpack to
LINES = ".jsonl"
DOS = 0x10  # an entry's attribute that makes it a folder (MS-DOS)

# What lies in a folder, by name: a file to read, its content, or the state of what is no file.
Found = dict[str, Path | bytes | str]


class Listed(Result):
    """What comparing files with their list of hashes found.

    `records` are the records among them, by name. `sealed` says whether a seal was given: it has to
    fit one of these.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        found: Mapping[str, str],
        digest: str,
        records: Mapping[str, Verified],
        sealed: bool,
    ) -> None:
        self._wrong = [shown(file) for file, state in found.items() if state != HELD]
        self.records = records
        fitting = any(one.verdict.covered for one in records.values())
        self.holds = (
            not self._wrong
            and all(one.holds for one in records.values())
            and (fitting or not sealed)
        )
        kind = Kind.FOUND if self.holds else Kind.FAILED
        super().__init__(session.say, kind, session.provenance(""))
        self._name, self._found, self._digest = name, found, digest
        self._unfitting = sealed and not fitting

    @property
    def sentence(self) -> str:
        say = self.say
        if self._wrong:
            listed = say.many(
                "{count} file of {name} is not as the list has it: {files}.",
                "{count} files of {name} are not as the list has them: {files}.",
                len(self._wrong),
                name=self._name,
                files=", ".join(self._wrong[:MOST_NAMED]),
            )
        else:
            listed = say.many(
                "The {count} file of {name} is as its list has it.",
                "All {count} files of {name} are as their list has them.",
                len(self._found),
                name=self._name,
            )
        list_of = say("The hash of the list is {digest}.", digest=self._digest)
        said = [listed, list_of]
        if self._unfitting and not self.records:
            said.append(say("There is no record (.jsonl) here to compare the seal with."))
        elif self._unfitting:
            said.append(say("The seal fits no record here."))
        elif not self.records:
            said.append(say("No record (.jsonl) was checked."))
        for one in self.records.values():
            if one.verdict.covered:
                said.append(say("The seal fits {file}.", file=one.file))
            said.append(one.sentence)
        return " ".join(said)

    def _badge(self) -> str:
        return badge(self, self.holds)

    def tabulated(self) -> Table:
        """A row for each file, those that are not as listed first."""
        say = self.say
        states = []
        for name, state in self._found.items():
            if state == HELD and name in self.records:
                state = RECORD_HOLDS if self.records[name].holds else RECORD_FAILS
            states.append((state in RIGHT, shown(name), say(state)))
        rows = tuple(row[1:] for row in sorted(states, key=lambda row: row[0]))
        return Table(say("The files, and the list"), (say("file"), say("found")), rows)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        own = (
            say(
                "A list helps only where its hash was kept elsewhere: whoever changes a file "
                "can write the list anew."
            ),
            say(
                "In the folder, sha256sum -c {list} compares the files of the list as well. Files "
                "that are not in the list it does not see.",
                list=MANIFEST,
            ),
        )
        return tuple(
            dict.fromkeys((*own, *(one for of in self.records.values() for one in of.limits)))
        )


def shown(file: str) -> str:
    """Return the name of a file on one line, with all that is invisible spelt out."""
    return visible(file).replace("\n", "<U+000A>")


def is_listed(file: object) -> bool:
    """Return whether a folder, a list of hashes or an archive is meant, and not a record."""
    text = _text(file)
    if text.lower().endswith(LINES):
        return False
    return text.lower().endswith((".zip", MANIFEST.lower())) or os.path.isdir(text)


def _text(file: object) -> str:
    file = getattr(file, "file", file)
    return file.strip().rstrip("/") if isinstance(file, str) else ""


def verify(session: Session, file: object, seal: object = "") -> Result:
    """Compare a folder, or an archive of one, with the list in it; check each record in it.

    `file` is its name, or that of the list. `seal` is what `Evidence.seal` gave: one of the records
    must fit it. Raises NotUnderstood where there is nothing to compare, or it cannot be read.
    """
    say = session.say
    known = read_seal(seal, say)
    name, found = _read(_text(file), say)
    content = found.pop(MANIFEST, None)
    wanted = _wanted(content, name, say) if isinstance(content, bytes) else {}
    if not wanted:
        raise NotUnderstood(
            say(
                "{file} has no list of hashes: a file {list} with a line for each of the others.",
                file=name,
                list=MANIFEST,
            )
        )
    assert isinstance(content, bytes)
    states = {one: _state(one, found, wanted) for one in sorted(wanted.keys() | found.keys())}
    records = {}
    for one, lines in sorted(found.items()):
        if one.lower().endswith(LINES) and isinstance(lines, bytes):
            record = verified(session, Log(), shown(one), lines, known)
            if record.verdict.problem != "no log" or Path(one).name.startswith("evidence"):
                records[one] = record
    if known and len(records) > 1:  # of one that it does not fit, a seal says nothing
        for one, record in records.items():
            lines = found[one]
            if not record.verdict.covered and isinstance(lines, bytes):
                records[one] = verified(session, Log(), record.file, lines, None)
    digest = hashlib.sha256(content).hexdigest()
    return Listed(session, name, states, digest, records, known is not None)


def _read(text: str, say: Language) -> tuple[str, Found]:
    """Return the name of what was handed over, and what is in it."""
    try:
        name = read_file_name(text, "", say, below=True)
    except NotUnderstood as problem:
        raise NotUnderstood(
            say(
                "{what} cannot be used here. Give the name of a folder, of its {list} or of its "
                "archive (.zip), in the folder that this notebook is in.",
                what=quoted(text),
                list=MANIFEST,
            )
        ) from problem
    path = Path(name)
    try:
        if path.is_dir():
            return name, dict(_in_folder(path))
        if name.lower().endswith(".zip"):
            return name, dict(_in_archive(name, say))
        if path.name != MANIFEST:
            raise NotUnderstood(
                say(
                    "{file} is not taken as the list: that is a file called {list} and nothing "
                    "else.",
                    file=name,
                    list=MANIFEST,
                )
            )
        path.lstat()  # raises where there is none
        return name, dict(_in_folder(path.parent))
    except FileNotFoundError as problem:
        raise NotUnderstood(say("There is no {file} here.", file=name)) from problem
    except OSError as problem:
        raise not_read(name, problem, say) from problem


def _state(name: str, found: Found, wanted: Mapping[str, str]) -> str:
    one = found.get(name)
    if one is None:
        return MISSING
    if isinstance(one, str):
        return one
    if name not in wanted:
        return UNLISTED
    try:
        return HELD if _digest(one) == wanted[name] else DIFFERS
    except OSError:
        return UNREAD


def _digest(one: Path | bytes) -> str:
    if isinstance(one, bytes):
        return hashlib.sha256(one).hexdigest()
    with one.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# The list


# A line as sha256sum writes it (GNU coreutils manual, md5sum and sha2 utilities). A backslash
# before it tells that backslashes, line feeds and carriage returns in the name are written out.
_LINE = re.compile(r"(\\?)([0-9A-Fa-f]{64}) [ *]([^\0]+)")
_WRITTEN_OUT = {"\\\\": "\\", "\\n": "\n", "\\r": "\r"}


def _wanted(content: bytes, file: str, say: Language) -> dict[str, str]:
    """Return the hashes of a list by name, read as `sha256sum --check --strict` does.

    What that reads and never writes is refused: other forms of a line, and a name that stands in
    the list twice. Raises NotUnderstood for a list with any such line.
    """
    wanted: dict[str, str] = {}
    for number, raw in enumerate(content.split(b"\n"), 1):
        line = raw.decode("utf-8", "surrogateescape")
        if line.startswith("#"):
            continue
        line = line.removesuffix("\r")
        if not line:
            continue
        read = _LINE.fullmatch(line)
        escaped, digest, name = read.groups() if read else ("", "", "")
        if escaped:
            odd = re.sub(r"\\[\\nr]", "", name)
            name = "" if "\\" in odd else re.sub(r"\\.", lambda it: _WRITTEN_OUT[it[0]], name)
        if name in ("", "-"):  # sha256sum takes - for what is typed
            raise NotUnderstood(
                say(
                    "The list of {file} cannot be read: line {line} is not a hash, two spaces "
                    "and the name of a file.",
                    file=file,
                    line=number,
                )
            )
        if name in wanted:
            raise NotUnderstood(
                say(
                    "The list of {file} cannot be read: {name} is in it twice.",
                    file=file,
                    name=shown(name),
                )
            )
        wanted[name] = digest.lower()
    return wanted


# What lies in a folder, and in an archive


def _in_folder(folder: Path) -> Iterator[tuple[str, Path | bytes | str]]:
    for place, folders, files in os.walk(folder, onerror=_fail):
        for path in (Path(place, name) for name in (*folders, *files)):
            name = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                yield name, LINK
            elif stat.S_ISDIR(mode):
                continue
            elif not stat.S_ISREG(mode):
                yield name, SPECIAL
            elif name == MANIFEST:
                yield name, path.read_bytes()
            else:
                yield name, _content(path) if name.lower().endswith(LINES) else path


def _content(path: Path) -> bytes | str:
    try:
        return path.read_bytes()
    except OSError:
        return UNREAD


def _fail(problem: OSError) -> None:
    raise problem


def _in_archive(name: str, say: Language) -> Iterator[tuple[str, bytes | str]]:
    """Yield what is in an archive, by name without the folder that all of it lies in.

    Raises NotUnderstood for what cannot be read, and for what programs unpack in different ways.
    """
    unreadable = NotUnderstood(
        say(
            "{file} is no archive that can be read here: it is damaged, encrypted, or packed in an "
            "unusual way.",
            file=name,
        )
    )
    try:
        with zipfile.ZipFile(name) as archive:
            entries = archive.infolist()
            before = min((one.header_offset for one in entries), default=0)
            if before or archive.comment or any(map(_unusual, entries)):
                raise unreadable
            if sum(one.file_size for one in entries) > LARGEST:
                raise NotUnderstood(
                    say(
                        "{file} unpacks to more than {count} MB. Unpack it, and give the name of "
                        "the folder.",
                        file=name,
                        count=LARGEST // 2**20,
                    )
                )
            if odd := _ambiguous(entries):
                raise NotUnderstood(
                    say(
                        "{file} was not checked: programs may unpack {entry} in different ways, or "
                        "to another place. Pack one folder, and nothing beside it.",
                        file=name,
                        entry=shown(odd),
                    )
                )
            for one in entries:
                mode = one.external_attr >> 16
                inside = one.filename.partition("/")[2]
                if stat.S_ISLNK(mode):
                    yield inside, LINK
                elif not one.is_dir():
                    plain = stat.S_IFMT(mode) in (0, stat.S_IFREG) and not one.external_attr & DOS
                    yield inside, _unpacked(archive, one) if plain else SPECIAL
    # RuntimeError: an encrypted entry, or one packed in a way that is not known.
    except (
        *(zipfile.BadZipFile, zlib.error, RuntimeError),
        *(ValueError, EOFError, OverflowError),
    ) as problem:
        raise unreadable from problem


def _unusual(one: zipfile.ZipInfo) -> bool:
    """Return whether an entry is encrypted, or packed as few programs do."""
    return bool(one.flag_bits & 1) or one.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    )


def _unpacked(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """Return the content of an entry, unpacking hardly more than it says it has."""
    size = one.file_size
    one.file_size += 1  # or what is more would be left out without a word
    with archive.open(one) as stream:
        content = stream.read(size + 1)
    if len(content) != size:
        raise zipfile.BadZipFile("another size than it says")
    return content


LONGEST_PATH = 1000  # characters; systems differ in how many they take
SECOND_NAME = b"up"  # the extra field with another name in UTF-8 (APPNOTE.TXT section 4.6.9)


def _ambiguous(entries: Sequence[zipfile.ZipInfo]) -> str:
    """Return the name of an entry that could be unpacked in two ways; "" where there is none."""
    root = entries[0].filename.partition("/")[0] if entries else ""
    seen: dict[tuple[str, ...], zipfile.ZipInfo] = {}
    for one in entries:
        name, folder = one.filename, one.filename.endswith("/")
        parts = name.removesuffix("/").split("/")
        if (
            name != one.orig_filename
            or len(name) > LONGEST_PATH
            or parts[0] != root
            or (len(parts) == 1 and not folder)
            or {"", ".", ".."} & {*parts}
            or "\\" in name
            or ":" in root
            or not (name.isascii() or one.flag_bits & 0x800)  # in which character set?
            or SECOND_NAME in _extra_fields(one.extra)
            or (folder and (one.file_size or stat.S_ISLNK(one.external_attr >> 16)))
        ):
            return one.orig_filename
        # Where capital letters count for nothing, two names are one file.
        same = tuple(unicodedata.normalize("NFC", part).casefold() for part in parts)
        if same in seen:
            return name
        seen[same] = one
    for outer, inner in pairwise(sorted(seen)):
        if inner[: len(outer)] == outer and not seen[outer].is_dir():  # within a file
            return seen[inner].filename
    return ""


def _extra_fields(extra: bytes) -> Iterator[bytes]:
    while extra:
        yield extra[:2]
        extra = extra[4 + int.from_bytes(extra[2:4], "little") :]
