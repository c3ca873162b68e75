"""Reading a moment that a person typed: a day, a time, and the zone it counts in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from labsupport.language import Language
from labsupport.lookups.names import NotUnderstood
from labsupport.results import quoted

MOMENT = re.compile(
    r"(20\d{2}-\d{2}-\d{2})(?:[T ]+(\d{1,2}:\d{2})(?:(:\d{2})([.,]\d+)?)?)? *"
    r"(Z|(?:UTC|GMT)? ?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?",
    re.IGNORECASE,
)
WIDEST_OFFSET = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment as it was typed.

    `local` is the day and time in whole seconds; its zone is None where none was typed.
    `day_only`, `without_seconds` and `fraction` say how exact it was.
    """

    text: str
    local: datetime
    day_only: bool = False
    without_seconds: bool = False
    fraction: bool = False

    @property
    def time(self) -> float | None:
        """Seconds since 1970 in UTC; None where no zone was typed, since it could be any."""
        return self.local.timestamp() if self.local.tzinfo else None

    @property
    def end(self) -> datetime:
        """The last second that belongs to it: of a day, that before midnight."""
        return self.local + timedelta(days=1, seconds=-1) if self.day_only else self.local


def read_moment(text: object, say: Language) -> Moment:
    """Return the moment in `text`; raise NotUnderstood for what is none.

    >>> moment = read_moment("2026-10-29 20:14:37 -03:00", Language.load("en"))
    >>> moment.time, moment.local.isoformat()
    (1793315677.0, '2026-10-29T20:14:37-03:00')
    """
    typed = text.replace("−", "-").strip() if isinstance(text, str) else ""
    found = MOMENT.fullmatch(typed)
    advice = how_to_type(say)
    if found is None:
        raise NotUnderstood(say("{what} is no time.", what=quoted(text)) + f" {advice}")
    day, minutes, seconds, fraction, zone = found.groups()
    try:
        local = datetime.fromisoformat(day)
        if minutes:
            clock = datetime.strptime(f"{minutes}{seconds or ':00'}", "%H:%M:%S")
            local = local.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
        local = local.replace(tzinfo=_offset(zone) if zone else None)
    except ValueError:
        raise NotUnderstood(
            say("{what} is no time: there is no such day, hour or zone.", what=quoted(text))
            + f" {advice}"
        ) from None
    return Moment(typed, local, minutes is None, seconds is None, fraction is not None)


def in_future(moment: Moment, now: float) -> bool:
    """Say whether a moment is later than `now` (seconds since 1970), in whatever zone it was.

    >>> moment = read_moment("2026-10-29 20:14:37", Language.load("en"))
    >>> in_future(moment, 1793300000.0), in_future(moment, 1793200000.0)
    (False, True)
    """
    # Without a zone it could be any: it is compared at the earliest that it may have been.
    earliest = moment.local.replace(tzinfo=moment.local.tzinfo or timezone(WIDEST_OFFSET))
    return earliest.timestamp() > now


def how_to_type(say: Language) -> str:
    """Return how a moment is typed so that nobody can take it for another."""
    return say('Type it like "2026-10-29 20:14:37 -03:00" or "2026-10-29 23:14:37 UTC".')


def _offset(zone: str) -> timezone:
    """Return the zone called "Z", "UTC", "-03:00", "-0300" or "UTC-3"; else a ValueError."""
    digits = zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "").strip()
    if digits in ("", "Z"):
        return UTC
    hours, minutes = (digits[1:], "0") if len(digits) <= 3 else (digits[1:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or offset > WIDEST_OFFSET:
        raise ValueError(zone)
    return timezone(-offset if digits[0] == "-" else offset)
