"""Checksums of the files of data, by which the doctor knows a damaged one.

They are made when the course is handed out: with a wheel, an edition for a browser. A checkout has
none, since git knows its files. This module imports nothing of ours: setup.py loads it where the
package is not installed yet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath

NAME = "SHA256SUMS"
# What no lesson reads.
LEFT_OUT = {".md", ".po", ".pyc", ".py", ".in"}


def listed(files: Mapping[str, bytes]) -> str:
    """Return a line for each file, by its name in `data`, as `sha256sum` writes them.

    >>> listed({"README.md": b"", "a.toml": b""}).split()[1:]
    ['a.toml']
    """
    names = sorted(
        name for name in files if name != NAME and _suffix(name) not in LEFT_OUT
    )
    lines = [f"{checksum(files[name])}  {name}\n" for name in names]
    return "".join(lines)


def checksum(content: bytes) -> str:
    """Return the SHA-256 of a file's content, however its lines end on this system."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their names in it."""
    files = {}
    for path in folder.rglob("*"):
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def is_checkout() -> bool:
    """Whether this is a folder of the project's sources, which has no list of checksums."""
    folder = Path(str(resources.files("labsupport.data").joinpath(NAME))).parent
    return (
        not (folder / NAME).is_file() and (folder.parent / "pyproject.toml").is_file()
    )


def damaged() -> list[str]:
    """Return the files of data that are missing, or not as they were when the course was made.

    A list of checksums that is missing or cannot be read raises OSError or ValueError.
    """
    folder = resources.files("labsupport.data")
    return list(_damaged(folder.joinpath(NAME).read_text(encoding="utf-8")))


def _damaged(sums: str) -> Iterator[str]:
    folder = resources.files("labsupport.data")
    for line in sums.splitlines():
        wanted, _, name = line.partition("  ")
        try:
            is_whole = checksum(folder.joinpath(name).read_bytes()) == wanted
        except OSError:
            # At a participant's desk in a room, the instructor's folders are there, and empty.
            before, guide, _ = name.partition("/guide/")
            beside = folder.joinpath(f"{before}/guide")
            is_whole = bool(guide) and beside.is_dir() and not any(beside.iterdir())
        if not is_whole:
            yield name


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix
