"""Compiles translations: of a .po file, which people edit, the .mo file that gettext reads.

setup.py does it as the package is built or installed, and so does whoever loads a catalogue whose
.mo is missing or was made of another .po. polib is needed only then: a page in a browser gets what
was compiled.

This module imports nothing of ours: setup.py loads it where the package is not installed yet.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

DOMAIN = "labsupport"
# Of the instructor's guide: a participant's desk in a room has a catalogue without it.
GUIDE = re.compile("data/course/en/guide/|notebooks/en/instructor/")
STAMP = "X-Source-SHA256"  # a header of the .mo: which .po it was made of


def source_of(locale: Path, code: str) -> Path:
    """Return where the translations into a language lie in a folder `data/course/locale`."""
    return locale / "guide" / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def made_of(locale: Path, code: str) -> tuple[Path, Path]:
    """Return the two files that are made of it: with the instructor's guide, and without."""
    whole = source_of(locale, code).with_suffix(".mo")
    return whole, locale / code / "LC_MESSAGES" / whole.name


def codes(locale: Path) -> list[str]:
    """Return the languages that have a catalogue in the folder, translated or compiled."""
    files = {
        *locale.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"),
        *locale.glob("guide/*/LC_MESSAGES/*.*o"),
    }
    return sorted({file.parts[-3] for file in files})


def compile_all(locale: Path) -> list[Path]:
    """Compile each language in the folder whose .mo is missing or stale; return what was written.

    An OSError is raised where the folder cannot be written to.
    """
    written: list[Path] = []
    for code in codes(locale):
        source = source_of(locale, code)
        files = made_of(locale, code)
        if any(is_stale(file, source) for file in files):
            for file, made in zip(files, compiled(source.read_bytes()), strict=True):
                _write(file, made)
                written.append(file)
    return written


def is_stale(file: Path, source: Path) -> bool:
    """Whether a .mo is missing, or was made of another .po than the one that lies there.

    Without a .po there is nothing to compare with: a desk and a page have none.
    """
    if not source.is_file():
        return False
    if not file.is_file():
        return True
    return f"{STAMP}: {_digest(source.read_bytes())}".encode() not in file.read_bytes()


def compiled(source: bytes) -> tuple[bytes, bytes]:
    """Return what a .po is compiled to: with the instructor's guide, and without.

    What is fuzzy or not translated is left out: it is said in English. The same source gives the
    same bytes.
    """
    import polib  # whoever has what was compiled does without

    catalogue = polib.pofile(source.decode())
    catalogue.metadata[STAMP] = _digest(source)
    whole = catalogue.to_binary()
    catalogue[:] = [
        entry for entry in catalogue if not _is_of_the_guide(entry.occurrences)
    ]
    return whole, catalogue.to_binary()


def _is_of_the_guide(places: list[tuple[str, str]]) -> bool:
    """Whether a text stands in the instructor's guide and nowhere else."""
    return all(GUIDE.match(file) for file, _ in places)


def _digest(source: bytes) -> str:
    """Return what a .po is known by, however its lines end on this system."""
    return hashlib.sha256(source.replace(b"\r\n", b"\n")).hexdigest()


def _write(file: Path, data: bytes) -> None:
    """Put a file in the place of an earlier one at once: others may be reading it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    os.chmod(name, 0o644)
    os.replace(name, file)
