"""Files that a lesson writes: beside its notebook, and never over what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import BinaryIO

from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.reasons import reason_of
from labsupport.visible import quoted, visible

LONGEST_FILE_NAME = 80
MANIFEST = "MANIFEST.txt"  # of a case file: the list of its files' hashes, as sha256sum writes it
RECORD = "evidence.jsonl"  # of evidence, where no other name is given


def read_file_name(
    text: object, ending: str, say: Language, *, below: bool = False
) -> str:
    """Return the name of a file in the working folder; raise NotUnderstood for anything else.

    `text` is a name, or an answer that wrote a file and has its name as `file`. With `below` the
    file may lie in a folder within that folder.

    >>> read_file_name("evidence", ".jsonl", Language.load("en"))
    'evidence.jsonl'
    """
    text = getattr(text, "file", text)
    name = text.strip() if isinstance(text, str) else ""
    if name and "." not in name:
        name += ending
    parts = name.split("/") if below else [name]
    plain = (
        all(re.fullmatch(r"\w[\w .-]*", part) for part in parts)
        and visible(name) == name
    )
    if not plain or len(name) > LONGEST_FILE_NAME or not name.endswith(ending):
        raise NotUnderstood(
            say(
                "files.no_file_name" if ending else "files.no_folder_name",
                what=quoted(text),
                ending=ending,
                example=f"evidence{ending}",
            )
        )
    return name


def candidates(name: str) -> Iterable[str]:
    """Return a file's name, or a folder's, and those to take where that is taken."""
    yield name
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    for number in count(2):
        yield f"{stem}-{number}{dot}{ending}"


def create(name: str, data: bytes, say: Language) -> str:
    """Write a new file, or find that it is there already; return the name that it has.

    Raises NotUnderstood where nothing can be written.
    """
    for path in map(Path, candidates(name)):
        try:
            if path.is_file() and path.read_bytes() == data:
                break
            _write(path.open("xb"), data)
            break
        except FileExistsError:
            continue
        except OSError as problem:
            raise not_written(path.name, problem, say) from problem
    return path.name


def _write(stream: BinaryIO, data: bytes) -> None:
    """Write a file that was just made; where that does not come to its end, nothing stays."""
    try:
        with stream:
            stream.write(data)
    except BaseException:
        Path(stream.name).unlink(missing_ok=True)
        raise


def renamed(wanted: str, used: str, say: Language) -> tuple[str, ...]:
    """Say that another name was used than the one wanted, where it was."""
    if wanted == used:
        return ()
    return (say("files.name_taken", file=wanted, used=used),)


def not_written(name: str, problem: OSError, say: Language) -> NotUnderstood:
    """Return the sentence for a file that cannot be written, to raise."""
    reason = reason_of(problem, say)
    return NotUnderstood(
        say("files.file_cannot_written_here", file=name, reason=reason)
    )


def not_read(name: str, problem: OSError, say: Language) -> NotUnderstood:
    """Return the sentence for a file that cannot be read, to raise."""
    if isinstance(problem, FileNotFoundError):
        return NotUnderstood(say("files.there_no_file_file", file=name))
    reason = reason_of(problem, say)
    return NotUnderstood(say("files.file_cannot_read_reason", file=name, reason=reason))
