"""The log of Móvil Norte's carrier-grade NAT on one evening, made up and read back.

Everything is invented: `written` draws the same evening every time, and `read` returns what
the build stored. What is drawn by chance stands around one incident: a transfer of money from
198.18.128.2, port 40212, that the bank's server logged at 20:14:37 in Coralia (UTC-03:00).
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime

from labsupport.translations import FIRST, LAST, Translation
from labsupport.world import tables

FILE = "movil-norte-log.csv"
HEADER = """\
# What Móvil Norte's carrier-grade NAT translated in the evening of 2026-10-29, all of it invented.
# Made by python -m labsupport.world.build. Change labsupport/world/subscribers.py instead.
# Times are UTC. Coralia's own time is UTC-03:00.
"""

PUBLIC_ADDRESSES = ("198.18.128.1", "198.18.128.2", "198.18.128.3", "198.18.128.4")
# A small NAT: few ports, so that they are used again and again.
FIRST_PORT = 40000
PORTS = 320
# A port rests 120 seconds before any new mapping, with exceptions (RFC 6888, REQ-8). This NAT
# rests it towards the same destination only: to other destinations it serves several customers
# even at once. RFC 4787 (REQ-1, REQ-3) forbids that, RFC 7857 section 3 (April 2016) permits it.
SECONDS_OF_REST = 120

SUBSCRIBERS = 330
FIRST_NUMBER = 20100


def _time(text: str) -> int:
    return int(datetime.fromisoformat(f"2026-10-29T{text}Z").timestamp())


# Kinds of subscriber: of a hundred how many, connections an hour, whether it moves about.
LINES: dict[str, tuple[int, float, bool]] = {
    "prepaid phone": (38, 1.0, True),
    "contract phone": (22, 1.1, True),
    "family plan": (14, 2.0, False),
    "home router": (11, 2.2, False),
    "corner shop": (5, 1.6, False),
    "delivery company": (3, 3.0, True),
    "school": (2, 2.0, False),
    "clinic": (2, 3.0, False),
    "café": (2, 6.0, False),
    "hotel": (1, 6.0, False),
}

BANK = "198.18.111.11"
# Where they connect to, most visited first: address, protocol and port.
DESTINATIONS = (
    ("192.0.2.80", "tcp", 443),
    ("192.0.2.81", "tcp", 443),
    (BANK, "tcp", 443),
    ("203.0.113.80", "tcp", 443),
    ("192.0.2.80", "udp", 443),
    ("198.18.104.104", "udp", 53),
    ("203.0.113.90", "tcp", 443),
    ("203.0.113.80", "tcp", 80),
    ("198.18.103.10", "tcp", 443),
    ("203.0.113.91", "tcp", 443),
    ("198.18.111.10", "tcp", 443),
    ("198.18.102.20", "tcp", 443),
    ("198.51.100.20", "tcp", 443),
    ("198.51.100.33", "tcp", 80),
    ("198.18.102.10", "tcp", 443),
    ("198.51.100.10", "tcp", 443),
    ("198.51.100.36", "tcp", 443),
    ("198.18.103.50", "tcp", 443),
    ("203.0.113.10", "tcp", 443),
    ("198.51.100.32", "tcp", 443),
)

# The incident: who had its address and port, for which destination, and when.
INCIDENT = ("198.18.128.2", 40212)
AROUND_IT = (
    # the moment itself: somebody in a café, and somebody who read the newspaper
    ("café", BANK, "23:14:02", "23:14:58"),
    ("prepaid phone", "192.0.2.80", "23:14:20", "23:15:31"),
    # three minutes before and after: whom a wrong clock would name
    ("delivery company", BANK, "23:10:50", "23:11:59"),
    ("clinic", BANK, "23:17:05", "23:18:20"),
    # 20:14:37 taken for UTC: whom a wrong time zone would name
    ("family plan", BANK, "20:14:05", "20:15:40"),
)
# Nobody else had the port this long before and after: the incident has no other solution.
SECONDS_OF_QUIET = 900


def read() -> tuple[Translation, ...]:
    """Return the stored log, in the order in which the connections began."""
    lines = (line for line in tables.read_text(FILE).splitlines() if not line.startswith("#"))
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
        for row in csv.DictReader(lines)
    )


def written() -> str:
    """Return the log as it is stored: the same text every time."""
    names = [field.name for field in fields(Translation)]
    lines = [HEADER + ",".join(names)]
    for row in _drawn():
        *others, start, end = astuple(row)
        lines.append(",".join([*map(str, others), _utc(start), _utc(end)]))
    return "\n".join(lines) + "\n"


def _utc(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Chance:
    """Draws by chance, the same in every version of Python: only random() promises that."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed).random

    def below(self, number: int) -> int:
        return int(self.random() * number)

    def between(self, low: int, high: int) -> int:
        return low + self.below(high - low + 1)

    def line(self) -> str:
        """Draw a kind of line, as often as each occurs."""
        kinds = [kind for kind, (share, _, _) in LINES.items() for _ in range(share)]
        return kinds[self.below(len(kinds))]

    def destination(self) -> tuple[str, str, int]:
        """Draw a destination: the first are drawn most."""
        rank = self.random()
        return DESTINATIONS[int(rank * rank * len(DESTINATIONS))]

    def moment(self) -> float:
        """Draw a time, from 0 to 1: some at any time, most the later of two: a busy evening."""
        time = self.random()
        return time if self.random() < 0.4 else max(time, self.random())

    def duration(self, port: int) -> int:
        """Draw the seconds that a connection lasts: most are short, some stay open."""
        kind = self.random()
        if port == 53 or kind < 0.5:
            return self.between(3, 90)
        return self.between(120, 900) if kind < 0.8 else self.between(1200, 3600)


@dataclass(frozen=True, slots=True)
class _Stay:
    """A subscriber's time at one inside address, which has one public address (RFC 6888)."""

    inside: str
    public_address: str
    first: int
    last: int


def _drawn() -> list[Translation]:
    """Draw the evening: the incident first, then everybody else's connections around it."""
    chance = _Chance(20261029)
    lines = [chance.line() for _ in range(SUBSCRIBERS)]
    numbers: list[str] = []
    number = FIRST_NUMBER
    for _ in lines:
        number += 1 + chance.below(5)
        numbers.append(f"MN-{number}")
    stays = [_stays(chance, line, place) for place, line in enumerate(lines)]

    log: list[Translation] = []
    for line, destination, began, ended in AROUND_IT:
        places = [place for place, its_line in enumerate(lines) if its_line == line]
        place = places[chance.below(len(places))]
        stay = _Stay(stays[place][0].inside, INCIDENT[0], FIRST, LAST)
        stays[place] = [stay]
        log.append(
            Translation(
                numbers[place],
                line,
                stay.inside,
                *INCIDENT,
                "tcp",
                destination,
                443,
                _time(began),
                _time(ended),
            )
        )
    incident = tuple(log)

    for subscriber, line, its_stays in zip(numbers, lines, stays, strict=True):
        hours = (LAST - FIRST) / 3600
        for _ in range(1 + int(LINES[line][1] * hours * (0.5 + chance.random()))):
            start = FIRST + int(chance.moment() * (LAST - FIRST))
            destination, protocol, port = chance.destination()
            stay = next(stay for stay in its_stays if stay.first <= start <= stay.last)
            end = min(start + chance.duration(port), stay.last)
            while True:
                row = Translation(
                    subscriber,
                    line,
                    stay.inside,
                    stay.public_address,
                    FIRST_PORT + chance.below(PORTS),
                    protocol,
                    destination,
                    port,
                    start,
                    end,
                )
                if _possible(row, log, incident):
                    break
            log.append(row)
    return sorted(log, key=lambda row: (row.start, row.subscriber, row.public_port))


def _stays(chance: _Chance, line: str, place: int) -> list[_Stay]:
    """Draw where a subscriber is: a phone that moves about gets a new address now and then."""
    moves = chance.below(4) if LINES[line][2] else 0
    cuts = sorted(chance.between(FIRST + 1, LAST) for _ in range(moves))
    return [
        _Stay(
            # each its own: the place is the third number, the stay part of the fourth
            f"100.64.{8 + place // 60}.{4 * (place % 60) + number + 2}",
            PUBLIC_ADDRESSES[chance.below(len(PUBLIC_ADDRESSES))],
            first,
            last,
        )
        for number, (first, last) in enumerate(
            zip([FIRST, *cuts], [*(cut - 1 for cut in cuts), LAST], strict=True)
        )
    ]


def _possible(
    row: Translation, log: Iterable[Translation], incident: Sequence[Translation]
) -> bool:
    """Whether the NAT may use this port now, and leaves the incident as it is."""
    for other in log:
        if (other.public_address, other.public_port) == (row.public_address, row.public_port):
            if other in incident and _apart(row, other) < SECONDS_OF_QUIET:
                return False
            same_end = (other.protocol, other.destination, other.destination_port) == (
                row.protocol,
                row.destination,
                row.destination_port,
            )
            if same_end and _apart(row, other) < SECONDS_OF_REST:
                return False
    return True


def _apart(one: Translation, other: Translation) -> int:
    """Return the seconds between the end of one connection and the start of the next."""
    return max(one.start - other.end, other.start - one.end)
