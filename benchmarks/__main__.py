"""Measures all figures, prints those of each part, and fails when a bound is missed."""

from __future__ import annotations

import gc
import sys
import traceback

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
from benchmarks.measure import Row, table

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
    rows: list[Row] = []
    failed = []
    for part in chosen or PARTS:
        measured: list[Row] = []
        # What was made before is not searched for garbage again: each part is as if alone.
        gc.collect()
        gc.freeze()
        try:
            for row in PARTS[part]():
                measured.append(row)
        except (
            Exception,
            SystemExit,
        ) as error:  # the latter: what it needs is not there
            failed.append(part)
            traceback.print_exc()
            why = str(error).partition("\n")[0]
            print(f"{part} FAILED: {type(error).__name__}: {why}", flush=True)
        if measured:
            print(f"{part}\n{table(measured)}\n", flush=True)
        rows += measured
    missed = sum(not row.reached for row in rows)
    print(f"{missed} of {sum(row.bound is not None for row in rows)} bounds missed.")
    if failed:
        print(f"Not measured to the end: {', '.join(failed)}.")
    return 1 if missed or failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
