"""What the first line of a notebook costs, beside dnspython alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmarks.measure import Row, ratio, usual_environment

ROUNDS = 15
YARDSTICK = "import dns.resolver, dns.dnssec"
IMPORT = "from labsupport import Lab"
FIRST_ASK = f"{IMPORT}; Lab('en').ask('www.museum.example')"

TIMED = """
import time
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""


def rows() -> Iterator[Row]:
    """Measure the import alone, then the import with the first question."""
    statements = (IMPORT, FIRST_ASK, YARDSTICK)
    seconds: dict[str, list[float]] = {statement: [] for statement in statements}
    # so that it is imported as installed
    with tempfile.TemporaryDirectory() as elsewhere:
        for number in range(-1, ROUNDS):
            for statement in statements:
                taken = _seconds(statement, elsewhere)
                if number >= 0:
                    seconds[statement].append(taken)
    beside = f"beside {YARDSTICK}"
    yield ratio(f"{IMPORT}, {beside}", seconds[IMPORT], seconds[YARDSTICK], 1.5)
    yield ratio(
        f"the same and a first lab.ask, {beside}",
        seconds[FIRST_ASK],
        seconds[YARDSTICK],
    )


def _seconds(statement: str, folder: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", TIMED.format(statement=statement)],
        cwd=folder,
        env=usual_environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return float(done.stdout)
