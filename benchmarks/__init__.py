"""The figures the course must reach: python -m benchmarks, or make bench.

Each is a ratio to something else that is measured in the same run, turn and turn about, so
that a slow machine changes both sides. Nothing here is a test: tests assert no times.
"""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
# what drives a browser there, drives it here
sys.path[:0] = [
    str(TESTS),
    str(TESTS / "real"),
]
