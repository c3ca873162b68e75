"""Answers of WHOIS servers read into records, beside python-whois on the same texts.

python-whois takes decoded text, and chooses its parser by the ending of the name; here it is
handed the parser, for the names are reserved ones. The texts are those that it can read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from whois import parser

from benchmarks.measure import Row, ratio, side_by_side
from labsupport.rdds import whois
from labsupport.rdds.record import DirectoryOutcome

ROUNDS = 300
SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "whois"
PARSERS = {
    "thin": parser.WhoisCom,
    "thick": parser.WhoisCom,
    "br": parser.WhoisBr,
    "ar": parser.WhoisAr,
    "cl": parser.WhoisCl,
    "mx": parser.WhoisMx,
    "co": parser.WhoisCo,
    "uk": parser.WhoisUk,
}


def rows() -> Iterator[Row]:
    """Measure all texts together, which is bound, and each alone, which is told."""
    sides = {form: _sides(form) for form in PARSERS}
    yield _row(
        f"whois.read reads {len(sides)} answers in {len(sides)} forms, and python-whois",
        (
            lambda: [ours() for ours, _ in sides.values()],
            lambda: [theirs() for _, theirs in sides.values()],
        ),
        bound=1.0,
    )
    for form, both in sides.items():
        yield _row(
            f"whois.read reads an answer in the form {form}, and python-whois", both
        )


def _sides(form: str) -> tuple[Callable[[], object], Callable[[], object]]:
    data = (SAMPLES / f"{form}-found.txt").read_bytes()
    theirs = partial(PARSERS[form], "museum.example", data.decode())
    assert whois.read(data).outcome is DirectoryOutcome.FOUND
    assert str(theirs()["domain_name"]).lower() in whois.read(data).name
    return partial(whois.read, data), theirs


def _row(
    what: str, sides: tuple[Callable[[], object], ...], bound: float | None = None
) -> Row:
    ours, theirs = side_by_side(sides, ROUNDS, clock=time.process_time)
    return ratio(what, ours, theirs, bound)
