"""Reading what a person typed of time: a moment (day, time, zone), or a span."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.number_words import months, numbers
from labsupport.language import Language
from labsupport.language.conventions import unaccented
from labsupport.visible import quoted

MOMENT = re.compile(
    r"(?:(?P<year>20\d{2})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"|(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<last>20\d{2}))"
    r"(?P<rest>(?:(?:T|,? +)(?P<clock>\d{1,2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>[.,]\d+)?)?)"
    r"(?: ?h(?:r?s)?\.?)?)? *"
    r"(?P<zone>Z|(?:UTC|GMT)? ?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?)",
    re.IGNORECASE,
)
AT = re.compile(r",? +(?:a las?|at|às) +", re.IGNORECASE)
IN_BRACKETS = re.compile(r" *\(((?:UTC|GMT)? ?[+-]?\d{0,2}(?::?\d{2})?)\)$", re.IGNORECASE)
WITH_MONTH = re.compile(
    r"(?P<day>\d{1,2}) +(?:de +)?(?P<month>[a-z]+)\.? +(?:del? +)?(?P<year>20\d{2})"
)
MONTHS = 12
WIDEST_OFFSET = timedelta(hours=14)
NUMBERS_OF_ONE = {"a": 1, "an": 1}  # a day, an hour
# The units of time that a participant may type, in English, Spanish and Portuguese, in seconds.
UNITS = {
    **dict.fromkeys(("second", "segundo", "seg", "sec", "s"), 1),
    **dict.fromkeys(("minute", "minuto", "min", "mn"), 60),
    **dict.fromkeys(("hour", "hora", "h", "hr"), 3600),
    **dict.fromkeys(("day", "dia", "d"), 86400),
    **dict.fromkeys(("week", "semana"), 604800),
}
HALF = r"(?:half(?: an?)?|medi[oa]|mei[oa])"
WORDS = r"[a-z]+(?: [a-z]+){0,3}?"
NUMBER = rf"(?P<digits>\d{{1,9}}(?:[.,]\d{{1,2}})?)|(?P<half>{HALF})|(?P<words>{WORDS})"
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
# A number, in digits or in words, or a half; a unit; and perhaps a half of it more.
PART = re.compile(
    rf"\s*(?:(?:and|y|e|,)\s*)?(?:{NUMBER})\s*(?P<unit>{UNIT})s?\b\.?"
    rf"(?P<more>\s*(?:and|y|e)\s+(?:a )?{HALF}(?!\s+[a-z]))?\s*"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment that was typed.

    `local` is the day and time in whole seconds; its zone is None where none was typed.
    `day_only`, `without_seconds` and `fraction` say how exact it was.
    """

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
    """Return the moment in `text`; raise NotUnderstood for what is none, or could be two.

    >>> moment = read_moment("29/10/2026 20:14:37 hs -03:00", Language.load("en"))
    >>> moment.time, moment.local.isoformat()
    (1793315677.0, '2026-10-29T20:14:37-03:00')
    >>> spanish = Language.load("es")
    >>> read_moment("29 de octubre de 2026 a las 20:14:37 (UTC-3)", spanish).time == moment.time
    True
    """
    typed = _in_digits(text) if isinstance(text, str) else ""
    found = MOMENT.fullmatch(typed)
    advice = f" {how_to_type(say)}"
    if found is None:
        raise NotUnderstood(say("times.none", what=quoted(text)) + advice)
    clock = re.split("[.,]", found["clock"] or "00:00")[0]
    try:
        first, *others = _days(found)
        hours = time.fromisoformat(clock if clock[2] == ":" else f"0{clock}")
        local = datetime.combine(first, hours, _offset(found["zone"]))
    except ValueError:
        raise NotUnderstood(say("times.no_such", what=quoted(text)) + advice) from None
    if others:
        days = [quoted(f"{day}{found['rest']}") for day in (first, others[0])]
        raise NotUnderstood(say("times.two", what=quoted(text), day=days[0], month=days[1]))
    return Moment(
        local,
        found["clock"] is None,
        found["clock"] is not None and found["seconds"] is None,
        found["fraction"] is not None,
    )


def _in_digits(text: str) -> str:
    """Return a moment as digits: "29 de octubre de 2026 a las 20:14 (UTC-3)" too."""
    typed = AT.sub(" ", text.replace("−", "-").strip())
    typed = IN_BRACKETS.sub(r" \1", typed)
    written = WITH_MONTH.match(_plain(typed))
    if written is None or written["month"] not in months():
        return typed
    day = f"{written['year']}-{months()[written['month']]:02}-{int(written['day']):02}"
    return day + typed[written.end() :]


def _plain(text: str) -> str:
    """Return small letters without accents, as many as there were."""
    parts = (unicodedata.normalize("NFKD", letter.casefold())[:1] or letter for letter in text)
    return "".join(parts)


def read_zoned(text: object, say: Language, *, day: bool = False) -> Moment:
    """Return the moment in `text`, which has a zone; it may be a whole `day`.

    Raises NotUnderstood as `read_moment` does, for a day without a time, and for no zone.
    """
    moment = read_moment(text, say)
    day_alone = moment.day_only and not day
    if day_alone or moment.time is None:
        key = "times.day" if day_alone else "times.no_zone"
        raise NotUnderstood(f"{say(key, what=quoted(text))} {how_to_type(say)}")
    return moment


def how_to_type(say: Language) -> str:
    """Return how a moment is typed so that nobody can take it for another."""
    return say("times.type")


def _days(found: re.Match[str]) -> list[date]:
    """Return the days that were meant: two where either part may be it; else a ValueError."""
    if found["year"]:
        return [date(int(found["year"]), int(found["month"]), int(found["day"]))]
    year, first, second = (int(found[part]) for part in ("last", "first", "second"))
    orders = dict.fromkeys([(first, second), (second, first)])
    # Where neither part can be the month, the calendar refuses the first.
    return [date(year, month, day) for day, month in orders if month <= MONTHS] or [
        date(year, second, first)
    ]


def _offset(zone: str | None) -> timezone | None:
    """Return the zone called "Z", "UTC", "-03:00", "-0300" or "UTC-3"; else a ValueError."""
    if zone is None:
        return None
    digits = zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "").strip()
    if digits in ("", "Z"):
        return UTC
    hours, minutes = (digits[1:], "0") if len(digits) <= 3 else (digits[1:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if int(minutes) > 59 or offset > WIDEST_OFFSET:
        raise ValueError(zone)
    return timezone(-offset if digits[0] == "-" else offset)


def read_span(text: object, say: Language) -> int:
    """Return the seconds in "10 minutes"; raise NotUnderstood for what is no span of time.

    >>> read_span("10 minutes", Language.load("en"))
    600
    >>> read_span("2 days and 15 minutes", Language.load("en"))
    173700
    >>> [read_span(text, Language.load("es")) for text in ("dos días", "una hora y media", "1,5 h")]
    [172800, 5400, 5400]
    """
    written = unaccented(text.casefold()) if isinstance(text, str) else ""
    seconds, end = 0.0, 0
    while end < len(written) and (part := PART.match(written, end)):
        many = _many(part)
        if many is None:
            break
        seconds += many * UNITS[part["unit"]]
        end = part.end()
    if not end or end < len(written):
        raise NotUnderstood(say("times.no_span", what=quoted(text)))
    return round(seconds)


def _many(part: re.Match[str]) -> float | None:
    """Return how many units were typed; None for a word that is no number."""
    if part["half"]:
        return 0.5
    count = float(part["digits"].replace(",", ".")) if part["digits"] else None
    if count is None:
        count = NUMBERS_OF_ONE.get(part["words"], numbers().get(part["words"]))
    return count if count is None or not part["more"] else count + 0.5
