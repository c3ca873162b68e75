"""Write down the checksum of each file of data: the doctor finds a damaged one by it."""

from __future__ import annotations

from pathlib import Path

from labsupport.reference import SUMS, sum_of

DATA = Path(__file__).parents[1] / "data"
# What no lesson reads.
LEFT_OUT = {".md", ".pot", ".pyc", ".py"}


def sums() -> str:
    """Return a line for each file, as `sha256sum` writes them."""
    files = sorted(
        path
        for path in DATA.rglob("*")
        if path.is_file() and path.suffix not in LEFT_OUT and path.name != SUMS
    )
    return "".join(
        f"{sum_of(path.read_bytes())}  {path.relative_to(DATA).as_posix()}\n" for path in files
    )


if __name__ == "__main__":
    (DATA / SUMS).write_text(sums(), encoding="utf-8")
