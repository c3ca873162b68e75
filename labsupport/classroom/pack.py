"""Pack what lies on one's desk and write the zip file out: runs as the desk's own user."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

from labsupport.classroom.desk import COURSE


def main() -> None:
    """Write the working copy to the standard output, without hidden files."""
    folder = Path.home() / COURSE
    with zipfile.ZipFile(
        sys.stdout.buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
    ) as packed:
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(place) / name
                if not name.startswith(".") and file.is_file():
                    packed.write(file, Path(COURSE) / file.relative_to(folder))


if __name__ == "__main__":
    main()
