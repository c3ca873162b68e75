"""Both cases played by a script through every branch, beside the notebook's own run."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks import notebooks
from benchmarks.measure import Row, ratio
from labsupport import Lab
from labsupport.course.case import Case
from labsupport.course.story import stories

NOTEBOOK = notebooks.NOTEBOOKS / "05-a-case-from-start-to-end.ipynb"
ROUNDS = 3
MORE_SECONDS = 3  # times as long


def rows() -> Iterator[Row]:
    """Measure how long every choice of every case takes, shown where it leads."""
    played, beside = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for key in stories("en"):
            _play(key)
        played.append(time.perf_counter() - start)
        beside.append(notebooks.seconds_of(NOTEBOOK))
    what = f"every choice of both cases, beside {NOTEBOOK.name} under nbval"
    yield ratio(what, played, beside, MORE_SECONDS)


def _play(key: str) -> None:
    """Take every choice of a case once, by one of the shortest ways, and show what comes of it."""
    story = stories("en")[key]
    left = {
        (step.id, choice.id) for step in story.steps.values() for choice in step.choices
    }
    for here in Case(Lab("en"), story).situations():
        for choice in here.choices:
            if (here.step.id, choice.id) in left:
                left.discard((here.step.id, choice.id))
                here.after(choice)._repr_html_()
    if left:
        raise SystemExit(f"{key}: nobody can choose {sorted(left)}")
