"""Where an edition is written. What is not of an earlier edition is never touched."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from labsupport import workcopy
from labsupport.language import Language

LIST = "EDITIONS.sha256"  # as `sha256sum --check` reads it: a stick can be checked by it


class FolderError(Exception):
    """The folder cannot be used; the message is a sentence for a person."""


def check(folder: Path, say: Language) -> dict[str, str]:
    """Return the checksums of an earlier edition in `folder`, by file; none where it is empty.

    Raises FolderError where something else is there, or where a file of it was changed since.
    """
    try:
        if not folder.exists():
            return {}
        if not folder.is_dir():
            raise _in_the_way(folder, say)
        earlier = _earlier(folder)
        if not earlier and any(folder.iterdir()):
            raise _in_the_way(folder, say)
        for name, digest in earlier.items():
            file = folder / name
            if file.is_file() and _digest(file.read_bytes()) != digest:
                raise _in_the_way(file, say)
    except OSError as error:
        raise _not_usable(folder, error, say) from error
    return earlier


def write(folder: Path, files: Mapping[str, bytes], say: Language) -> None:
    """Write an edition: afterwards `folder` holds `files`, and of an earlier one nothing else.

    Raises FolderError, as `check` does, and where a file that is in the way is not ours.
    """
    earlier = check(folder, say)
    try:
        for name in files:
            if name not in earlier and (folder / name).exists():
                raise _in_the_way(folder / name, say)
        folder.mkdir(parents=True, exist_ok=True)
        # The list comes first: an edition that is cut short is still known as one.
        lines = [f"{_digest(files[name])}  {name}\n" for name in sorted(files)]
        for name in sorted(earlier.keys() - files.keys()):
            (folder / name).unlink(missing_ok=True)
        workcopy.write(folder / LIST, "".join(lines).encode())
        for name, content in files.items():
            workcopy.write(folder / name, content)
        for name in earlier:
            place = (folder / name).parent
            if place != folder and place.is_dir() and not any(place.iterdir()):
                place.rmdir()
    except OSError as error:
        raise _not_usable(folder, error, say) from error


def _in_the_way(path: Path, say: Language) -> FolderError:
    return FolderError(
        say(
            "{path} holds something else: nothing was written. Choose an empty folder with --to.",
            path=path,
        )
    )


def _not_usable(folder: Path, error: OSError, say: Language) -> FolderError:
    return FolderError(
        say(
            "Nothing can be written to {folder} ({reason}). Choose another folder with --to.",
            folder=folder,
            reason=error.strerror or error,
        )
    )


def _earlier(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, UnicodeDecodeError):
        return {}
    found = {}
    for line in lines:
        digest, _, name = line.partition("  ")
        path = PurePosixPath(name)
        if name and not path.is_absolute() and ".." not in path.parts:
            found[name] = digest
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
