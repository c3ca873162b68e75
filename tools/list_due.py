"""List the rows of data/reference whose sources are to be looked at again, soonest first."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime

from labsupport.reference import due

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--by",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="the last day (today)",
    )
    by = parser.parse_args().by or datetime.now(UTC).date()
    found = due(by)
    print(f"{len(found)} rows of data/reference to look at again by {by}.")
    for day, table, row in found:
        print(f"{day}  {table}: {row[0]} | {row[1]} ({row[-2]})")
