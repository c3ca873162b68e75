"""A cell that runs without end is stopped, where many share a machine: `labsupport classroom`."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path
from types import FrameType

from labsupport.course import notebook

MINUTES = "LAB_CELL_MINUTES"
OUT_OF_MEMORY = Path("/proc/self/oom_score_adj")
SECONDS = 60.0  # of a minute


class TooLongError(BaseException):
    """A cell has run for too long. No `except Exception` on the way catches it."""


def limit_cells() -> None:
    """In a notebook, stop each cell after so many minutes as the environment says, if it does."""
    shell = notebook.shell()
    minutes = os.environ.get(MINUTES, "")
    if shell is None or not minutes.isdigit() or not hasattr(signal, "setitimer"):
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError(minutes)

    def begin(*about: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, SECONDS * int(minutes))

    def end(*about: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    # Where memory runs out, this kernel goes before the server that keeps its notebook, and not
    # much before the programs of others.
    with suppress(OSError):
        OUT_OF_MEMORY.write_text("600")
    signal.signal(signal.SIGALRM, stop)
    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", end)
