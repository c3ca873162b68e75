"""Answers of RDAP servers are read into records, beside whoisit.

Both start from the same bytes, and both read only what whoisit can read at all. Its parser is
given what `json.loads` makes of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from whoisit import parser
from whoisit.bootstrap import Bootstrap
from whoisit.errors import ParseError

from benchmarks.measure import Row, ratio, side_by_side
from labsupport.rdds import rdap
from labsupport.rdds.record import DirectoryOutcome

ROUNDS = 100
SAMPLES = Path(__file__).parents[1] / "tests" / "samples" / "rdap"


def rows() -> Iterator[Row]:
    """Measure how all samples are read, once each."""
    answers = [path.read_bytes() for path in sorted(SAMPLES.glob("*.json"))]
    readable = [answer for answer in answers if _whoisit_reads(answer)]
    assert all(
        rdap.read(answer).outcome is DirectoryOutcome.FOUND for answer in answers
    )
    ours, theirs = side_by_side(
        (
            lambda: [rdap.read(answer) for answer in readable],
            lambda: [_by_whoisit(answer) for answer in readable],
        ),
        ROUNDS,
    )
    yield ratio(
        f"{len(readable)} of {len(answers)} answers of RDAP read into records, and by whoisit",
        ours,
        theirs,
        bound=1.0,
    )


# It is asked only which registry an address belongs to; that needs no list of servers.
BOOTSTRAP = Bootstrap()


def _by_whoisit(answer: bytes) -> object:
    value = json.loads(answer)
    kind = value["objectClassName"]
    return parser.parse(BOOTSTRAP, kind, value.get("handle", ""), value)


def _whoisit_reads(answer: bytes) -> bool:
    try:
        return bool(_by_whoisit(answer))
    except (ParseError, AttributeError, KeyError, TypeError, ValueError):
        return False
