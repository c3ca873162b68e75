"""Measures all figures, prints them, and fails when a bound is missed."""

from __future__ import annotations

import sys
from itertools import chain

from benchmarks import (
    cases,
    classroom,
    directories,
    evidence,
    exchanges,
    front_end,
    hostile,
    impact,
    imports,
    notebooks,
    page,
    pictures,
    review,
    routing,
    shown,
    whois_reading,
)
from benchmarks.measure import table

PARTS = {
    "cases": cases.rows,
    "classroom": classroom.rows,
    "directories": directories.rows,
    "evidence": evidence.rows,
    "exchanges": exchanges.rows,
    "front_end": front_end.rows,
    "hostile": hostile.rows,
    "impact": impact.rows,
    "imports": imports.rows,
    "notebooks": notebooks.rows,
    "page": page.rows,
    "pictures": pictures.rows,
    "review": review.rows,
    "routing": routing.rows,
    "shown": shown.rows,
    "whois_reading": whois_reading.rows,
}


def main(chosen: list[str]) -> int:
    """Measure the parts that are `chosen`, or all of them; return the exit code."""
    unknown = [part for part in chosen if part not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]}. There are: {', '.join(PARTS)}.")
        return 2
    rows = list(chain.from_iterable(PARTS[part]() for part in chosen or PARTS))
    print(table(rows))
    missed = sum(not row.reached for row in rows)
    print(f"\n{missed} of {sum(row.bound is not None for row in rows)} bounds missed.")
    return 1 if missed else 0


sys.exit(main(sys.argv[1:]))
