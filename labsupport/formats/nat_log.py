"""The log of a shared address: which subscriber had which port, and when.

A carrier-grade NAT (RFC 6888) gives many subscribers one public address, and each of their
connections a port of it. Its log is a list of translations; whom a request to the provider
means follows from the lines that fit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

# The lab's log covers this evening: 19:00 to 24:00 UTC, whether somebody was busy or not. In
# seconds since 1970, the first and the last that belong to it.
FIRST = int(datetime(2026, 10, 29, 19, tzinfo=UTC).timestamp())
LAST = FIRST + 5 * 3600 - 1
# a small NAT: few ports, so that they are used again and again
FIRST_PORT, PORTS = (
    40000,
    320,
)


@dataclass(frozen=True, slots=True)
class Translation:
    """One connection of a subscriber, as it looked from inside and from outside.

    `subscriber` is the number of a contract, `line` the kind of line it is for. `start` and
    `end` are in whole seconds since 1970 (UTC); both seconds belong to it.
    """

    subscriber: str
    line: str
    inside: str
    public_address: str
    public_port: int
    protocol: str
    destination: str
    destination_port: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is known of a connection; None: not known.

    `time` is in seconds since 1970 (UTC); clocks may be off by `tolerance` seconds. `zone` is how
    many seconds the clock that it was read from is ahead of UTC.
    """

    address: str
    time: float | None = None
    port: int | None = None
    destination: str | None = None
    destination_port: int | None = None
    protocol: str | None = None
    tolerance: float = 0
    zone: float = 0

    def fit(self, row: Translation) -> bool:
        """Whether `row` may be the connection.

        >>> row = Translation("MN-1", "school", "100.64.8.1", "198.18.128.1", 40001, "tcp", \
"192.0.2.80", 443, 1000, 1060)
        >>> Criteria("198.18.128.1", time=1070).fit(row)
        False
        >>> Criteria("198.18.128.1", time=1070, tolerance=30).fit(row)
        True
        """
        return all(self.each(row).values())

    def each(self, row: Translation) -> dict[str, bool]:
        """Say of each part, whether `row` may be the connection as far as that goes."""
        apart = self.tolerance
        return {
            "address": row.public_address == self.address,
            "time": self.time is None
            or row.start - apart <= self.time < row.end + 1 + apart,
            "port": self.port in (None, row.public_port),
            "destination": self.destination in (None, row.destination),
            "destination_port": self.destination_port in (None, row.destination_port),
            "protocol": self.protocol in (None, row.protocol),
        }
