"""The learner's own copy of the notebooks.

The originals are never opened for a learner: they keep the outputs that the course was
published with. A learner works in a folder of copies without outputs. When a newer course
is installed, its notebooks take along what was done in the copies; another file that was
changed stays as it is, and the new one is put beside it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from labsupport.course import work
from labsupport.course.work import handed_out, taken_along
from labsupport.evidence.record_file import sync_folder
from labsupport.language import SOURCE_LANGUAGE, Language, languages
from labsupport.reasons import reason_of
from labsupport.visible import visible

HIDDEN_FOLDER = ".course"
HANDED_OUT = "handed-out"  # every file as it was handed out last
# The instructor's guide has the answers: it is handed out only when it is asked for.
INSTRUCTOR_FOLDER = "instructor"
NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # Windows has none


class WorkCopyError(Exception):
    """The copy cannot be made; the message is a sentence for a person."""


def folder_of(language: str) -> PurePosixPath:
    """Return where the notebooks in a language lie in a copy: English ones in no folder.

    >>> str(folder_of("es")), str(folder_of("en"))
    ('es', '.')
    """
    return PurePosixPath("" if language == SOURCE_LANGUAGE else language)


def hand_out(
    folder: Path, say: Language, *, instructor: bool = False
) -> list[tuple[str, str]]:
    """Bring the copy in `folder` up to date, in every language of the course: see `update`."""
    besides = []
    for code in languages():
        originals = files("labsupport.notebooks") / code
        within = folder_of(code)
        if originals.is_dir():
            for kept, added in update(
                originals, folder / within, say, instructor=instructor
            ):
                besides.append((str(within / kept), str(within / added)))
    return besides


def update(
    originals: Traversable, folder: Path, say: Language, *, instructor: bool = False
) -> list[tuple[str, str]]:
    """Bring the copy in `folder` up to date with `originals`, and lose nothing of a learner.

    Missing files are added and untouched ones renewed; the instructor's guide only for an
    `instructor`. Returns the changed files that stayed, each with the name of the new one beside
    it. Raises WorkCopyError when `folder` cannot hold a copy.
    """
    if isinstance(originals, Path) and folder.resolve().is_relative_to(
        originals.resolve()
    ):
        sentence = say("workcopy.folder_holds_originals_choose", folder=folder)
        raise WorkCopyError(sentence)
    besides = []
    try:
        for name, content in _files(originals):
            if name.startswith(f"{INSTRUCTOR_FOLDER}/") and not instructor:
                continue
            target = folder / name
            record = folder / HIDDEN_FOLDER / HANDED_OUT / name
            given = record.read_bytes() if record.exists() else b""
            if content == given and target.exists():
                continue
            written = _renew(target, content, given)
            if written != target:
                besides.append((name, written.relative_to(folder).as_posix()))
            write(record, content)
    except OSError as error:
        reason = reason_of(error, say)
        sentence = say("workcopy.folder_not_written", folder=folder, reason=reason)
        raise WorkCopyError(sentence) from error
    return besides


def _renew(target: Path, content: bytes, given: bytes) -> Path:
    """Put new content into a file, which was `given` before; return where it was put.

    What somebody did in the file is taken along; where that cannot be, the new one goes beside it.
    """
    mine = target.read_bytes() if target.exists() else given
    if mine in (given, content):
        write(target, content)
        return target
    taken = taken_along(mine, content, given)
    if taken is not None:
        write(target, taken)
        return target
    beside = _free(target, {given, content})
    write(beside, content)
    return beside


def take_up(
    folder: Path, file: Path, say: Language, agreed: Callable[[Sequence[str]], bool]
) -> str:
    """Take up in `folder` what a file of work holds; return the sentence to say.

    `agreed` is given what it would do, in sentences, and says whether it is wanted; where nothing
    would change, the sentence alone is returned. Raises
    WorkCopyError where the file cannot be read or is no file of work, or a file cannot be written;
    the sentence says what was.
    """
    try:
        if file.stat().st_size > work.LARGEST:
            raise WorkCopyError(say("work.too_large", most=f"{work.LARGEST / 1e6:g}"))
        content = file.read_bytes()
    except OSError as error:
        reason = reason_of(error, say)
        raise WorkCopyError(say("work.not_read", file=file, reason=reason)) from error
    try:
        held = work.read(content)
    except work.NoWorkError as error:
        raise WorkCopyError(say("work.no_work")) from error
    changes = work.offered(held, _here(folder, held, say))
    if not any(change.to for change in changes):
        return say("work.nothing_new")
    if not agreed(work.about(held, changes, say)):
        return say("work.left")
    written: list[str] = []
    failed: dict[str, str] = {}
    # Compared once more: somebody may have gone on working while the list was read.
    for change in work.offered(held, _here(folder, held, say)):
        if not change.to:
            continue
        try:
            write(folder / change.to, change.content)
            written.append(visible(change.to))
        except OSError as error:
            failed = failed or {
                "file": visible(change.to),
                "reason": reason_of(error, say),
            }
    if failed:
        raise WorkCopyError(
            say("work.not_written", names=say.listed(written) or "–", **failed)
        )
    return say("work.taken_up", names=", ".join(written))


def _here(folder: Path, held: work.Work, say: Language) -> dict[str, bytes | None]:
    """Return the files beside which work would lie, with the content of those that it has too."""
    present: dict[str, bytes | None] = {}
    for inner in {PurePosixPath(path).parent for path in held.files}:
        if not (folder / inner).is_dir():
            continue
        try:
            for entry in (folder / inner).iterdir():
                path = (inner / entry.name).as_posix()
                is_both = path in held.files and entry.is_file()
                present[path] = entry.read_bytes() if is_both else None
        except OSError as error:
            reason = reason_of(error, say)
            raise WorkCopyError(
                say("work.not_read", file=error.filename, reason=reason)
            ) from error
    return present


def _files(originals: Traversable, inside: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every file to hand out, sorted by name."""
    for entry in sorted(originals.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith((".", "__")):
            continue
        name = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, f"{name}/")
        elif name.endswith(".ipynb"):
            yield name, handed_out(entry.read_bytes())
        else:
            yield name, entry.read_bytes()


def _free(target: Path, ours: set[bytes]) -> Path:
    """Return where a file may be written: a free name, or one whose content is `ours`."""
    path = target
    number = 1
    while path.exists() and path.read_bytes() not in ours:
        label = "new version" if number == 1 else f"new version {number}"
        path = target.with_name(f"{target.stem} ({label}){target.suffix}")
        number += 1
    return path


def write(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that a power cut leaves the old content or the new, never a half.

    `mode` is who may read a file that is new, before the process's umask. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name that nobody can know, and a new file: two who write at once do not meet, and no link
    # that waits there is followed.
    unfinished = path.with_name(f".{secrets.token_hex(8)}.unfinished")

    def made(name: str, flags: int) -> int:
        return os.open(name, flags | NO_LINK, mode)

    try:
        with open(unfinished, "xb", opener=made) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path)
