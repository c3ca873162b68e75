"""Pack what lies on one's desk and write the zip file out: runs as the desk's own user."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from labsupport.classroom.desk import COURSE
from labsupport.language import Language

MISSING = "not-packed.txt"


def main() -> None:
    """Write the working copy to the standard output, without hidden files."""
    say, missing = Language.load("en"), []
    with zipfile.ZipFile(sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in _files(Path.home() / COURSE):
            name = Path(COURSE) / file.relative_to(Path.home() / COURSE)
            try:
                # A pipe would keep us waiting.
                number = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
            except OSError as error:
                missing.append(f"{name}: {error.strerror}")
                continue
            with open(number, "rb") as content:
                if stat.S_ISREG(os.fstat(number).st_mode):
                    about = zipfile.ZipInfo.from_file(file, name, strict_timestamps=False)
                    about.compress_type = zipfile.ZIP_DEFLATED
                    with packed.open(about, "w") as place:
                        shutil.copyfileobj(content, place)
        if missing:
            head = say("These files could not be read, and are not in this archive:")
            packed.writestr(f"{COURSE}/{MISSING}", "\n".join([head, *missing, ""]))


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


if __name__ == "__main__":
    main()
