"""Measuring two things side by side, and the table of what came of it."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured beside what, in the same unit, and how they compare.

    `bound` is the most that `value` may be; None where the figure is only told.
    """

    what: str
    measured: str
    reference: str
    value: float
    unit: str = "x"
    bound: float | None = None

    @property
    def reached(self) -> bool:
        """Whether the figure keeps to its bound."""
        return self.bound is None or self.value <= self.bound

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, a cell for each heading of `table`."""
        bound = "" if self.bound is None else f"<= {self.bound:g} {self.unit}"
        verdict = "" if self.bound is None else "reached" if self.reached else "MISSED"
        value = f"{self.value:.2f} {self.unit}"
        return self.what, self.measured, self.reference, value, bound, verdict


HEADINGS = ("figure", "measured", "beside", "value", "bound", "")


def ratio(
    what: str, measured: list[float], reference: list[float], bound: float | None = None
) -> Row:
    """Return the row that compares the medians of two series of times in seconds."""
    one, other = statistics.median(measured), statistics.median(reference)
    return Row(what, _duration(one), _duration(other), one / other, bound=bound)


def side_by_side(
    sides: tuple[Callable[[], object], ...],
    rounds: int,
    before: Callable[[], object] = lambda: None,
    clock: Callable[[], float] = time.perf_counter,
) -> list[list[float]]:
    """Time each of `sides` once a round, in turn, by `clock`; return the seconds of each.

    `before` prepares a round, untimed. A tenth more rounds come first and are not counted.
    """
    seconds: list[list[float]] = [[] for _ in sides]
    warm_up = max(1, rounds // 10)
    for number in range(-warm_up, rounds):
        before()
        for side, times in zip(sides, seconds, strict=True):
            start = clock()
            side()
            taken = clock() - start
            if number >= 0:
                times.append(taken)
    return seconds


def usual_environment() -> dict[str, str]:
    """Return the environment for a Python that keeps its byte code, as it does for everybody."""
    return {
        key: value
        for key, value in os.environ.items()
        if key != "PYTHONDONTWRITEBYTECODE"
    }


def table(rows: list[Row]) -> str:
    """Return `rows` as a plain table."""
    cells = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.3f} ms" if seconds < 0.1 else f"{seconds:.3f} s"
