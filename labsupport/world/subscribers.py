"""The log of Móvil Norte's carrier-grade NAT on one evening. Everything in it is invented."""

from __future__ import annotations

from datetime import datetime

from labsupport.translations import Translation
from labsupport.world import tables

FIRST_PORT, PORTS = 40000, 320  # a small NAT: few ports, so that they are used again and again


def read() -> tuple[Translation, ...]:
    """Return the log, in the order in which the connections began."""
    return tuple(
        Translation(
            row["subscriber"],
            row["line"],
            row["inside"],
            row["public_address"],
            int(row["public_port"]),
            row["protocol"],
            row["destination"],
            int(row["destination_port"]),
            int(datetime.fromisoformat(row["start"]).timestamp()),
            int(datetime.fromisoformat(row["end"]).timestamp()),
        )
        for row in tables.rows("movil-norte-log.csv")
    )
