"""Pack what lies on one's desk and write the zip file out: runs as the desk's own user."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from labsupport.language import Language, preferred
from labsupport.run.classroom.desk_server import COURSE

MISSING = "not-packed.txt"


def main() -> None:
    """Write the working copy to the standard output, without hidden files."""
    say = Language.load(preferred())
    home = Path.home()
    missing: list[str] = []
    with zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in _files(home / COURSE, missing):
            try:
                _add(packed, file, file.relative_to(home))
            except (OSError, UnicodeError) as error:
                missing.append(f"{file.relative_to(home)}: {error}")
        if missing:
            head = say("classroom.these_files_could_not")
            text = "\n".join([head, *missing, ""])
            packed.writestr(f"{COURSE}/{MISSING}", text.encode(errors="replace"))


def _files(folder: Path, missing: list[str]) -> Iterator[Path]:
    def note(what: object) -> None:
        missing.append(str(what))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            if Path(parent, name).is_symlink():
                note(Path(parent, name))
        yield from (
            Path(parent, name) for name in sorted(names) if not name.startswith(".")
        )


def _add(packed: zipfile.ZipFile, file: Path, name: Path) -> None:
    # A pipe would keep us waiting.
    with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as content:
        if stat.S_ISREG(os.fstat(content.fileno()).st_mode):
            about = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
            about.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(about, "w") as entry:
                shutil.copyfileobj(content, entry)


if __name__ == "__main__":
    main()
