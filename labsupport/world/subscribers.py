"""The log of Móvil Norte's carrier-grade NAT on one evening. Everything in it is invented."""

from __future__ import annotations

from datetime import datetime

from labsupport.translations import Translation
from labsupport.world import tables

FIRST_PORT, PORTS = 40000, 320  # a small NAT: few ports, so that they are used again and again


def read() -> tuple[Translation, ...]:
    """Return the log, in the order in which the connections began."""
    return tuple(
        tables.filled(Translation, row | {key: _seconds(row[key]) for key in ("start", "end")})
        for row in tables.rows("movil-norte-log.csv")
    )


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
