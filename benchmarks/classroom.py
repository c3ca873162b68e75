"""A class of forty in one room: beside forty kernels that run nothing, and in megabytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Row

SIZE = 40
CLASS = Path(__file__).parents[1] / "tests" / "real" / "whole_class.py"
MOST_MEGABYTES = 10_000  # so that a laptop with 16 GB holds it


def rows() -> Iterator[Row]:
    """Open a room, have a class work in it, and compare.

    The yardstick is how long it takes until forty kernels of an empty notebook have started and
    run its cell, all at once. Kernels and servers are real, participants are simulated.
    """
    if os.geteuid():
        raise SystemExit(
            "A room is opened by root only: sudo make bench ARGS=classroom"
        )
    done = subprocess.run(
        [sys.executable, str(CLASS), str(SIZE)],
        check=True,
        stdout=subprocess.PIPE,
        timeout=1800,
    )
    result = json.loads(done.stdout)
    empty, first, second = (result[name] for name in result["notebooks"])
    beside = f"until {SIZE} empty kernels have run"
    for what, notebook in (("00", first), ("02", second)):
        slowest = notebook["slowest"]
        yield Row(
            f"slowest cell, {SIZE} participants running {what} at once, beside {beside}",
            f"{slowest:.1f} s",
            f"{empty['all']:.1f} s",
            slowest / empty["all"],
            bound=3 if what == "00" else None,
        )
    yield Row(
        f"memory of the class with 02 open: room, {SIZE} servers, {SIZE} kernels",
        f"{result['megabytes']} MB",
        "",
        result["megabytes"],
        unit="MB",
        bound=MOST_MEGABYTES,
    )
    arrived = result["arrived"]
    yield Row(
        f"until all {SIZE} have a desk, beside {beside}",
        f"{arrived:.1f} s",
        f"{empty['all']:.1f} s",
        arrived / empty["all"],
    )
