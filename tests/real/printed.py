"""Pages printed as a PDF by a real browser, and read back with poppler's programs."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

A4 = re.compile(r"Page size: +59[45](\.\d+)? x 84[12](\.\d+)? pts")


def ran(program: str, *arguments: str | Path) -> str:
    """Run one of poppler's programs; return what it prints."""
    found = shutil.which(program)
    assert found, f"{program} is needed: Debian's package poppler-utils"
    return subprocess.run(
        [found, *arguments], check=True, capture_output=True, timeout=60
    ).stdout.decode()


def sheets(pdf: Path, order: str = "-layout") -> list[str]:
    """Return the text of each page of a PDF of A4 pages, as it is laid out or ("-raw") coded."""
    assert A4.search(ran("pdfinfo", pdf))
    return ran("pdftotext", order, pdf, "-").rstrip("\f").split("\f")
