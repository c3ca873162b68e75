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
IN_BRACKETS = re.compile(
    r" *\(((?:UTC|GMT)? ?[+-]?\d{0,2}(?::?\d{2})?)\)$", re.IGNORECASE
)
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
        return (
            self.local + timedelta(days=1, seconds=-1) if self.day_only else self.local
        )


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
    parts = MOMENT.fullmatch(typed)
    advice = f" {how_to_type(say)}"
    if parts is None:
        raise NotUnderstood(say("times.none", what=quoted(text)) + advice)
    try:
        first, *others = _days(parts)
        local = datetime.combine(first, _clock(parts["clock"]), _offset(parts["zone"]))
    except ValueError:
        raise NotUnderstood(say("times.no_such", what=quoted(text)) + advice) from None
    if others:
        day = quoted(f"{first}{parts['rest']}")
        month = quoted(f"{others[0]}{parts['rest']}")
        raise NotUnderstood(say("times.two", what=quoted(text), day=day, month=month))
    day_only = parts["clock"] is None
    without_seconds = not day_only and parts["seconds"] is None
    return Moment(local, day_only, without_seconds, parts["fraction"] is not None)


def _clock(text: str | None) -> time:
    """Return the time of a day in whole seconds, midnight where none is typed."""
    if text is None:
        return time()
    whole = re.split("[.,]", text)[0]
    return time.fromisoformat(whole if whole[2] == ":" else f"0{whole}")


def _in_digits(text: str) -> str:
    """Return a moment as digits: "29 de octubre de 2026 a las 20:14 (UTC-3)" too."""
    typed = AT.sub(" ", text.replace("−", "-").strip())
    typed = IN_BRACKETS.sub(r" \1", typed)
    written = WITH_MONTH.match(_plain(typed))
    if written is None or written["month"] not in months():
        return typed
    month = months()[written["month"]]
    day = int(written["day"])
    rest = typed[written.end() :]
    return f"{written['year']}-{month:02}-{day:02}{rest}"


def _plain(text: str) -> str:
    """Return small letters without accents, as many as there were."""
    parts = (
        unicodedata.normalize("NFKD", letter.casefold())[:1] or letter
        for letter in text
    )
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


def _days(parts: re.Match[str]) -> list[date]:
    """Return the days that were meant: two where either part may be it; else a ValueError."""
    if parts["year"]:
        return [date(int(parts["year"]), int(parts["month"]), int(parts["day"]))]
    year = int(parts["last"])
    first = int(parts["first"])
    second = int(parts["second"])
    if first == second or first > MONTHS:
        return [date(year, second, first)]
    if second > MONTHS:
        return [date(year, first, second)]
    return [date(year, second, first), date(year, first, second)]


def _offset(zone: str | None) -> timezone | None:
    """Return the zone called "Z", "UTC", "-03:00", "-0300" or "UTC-3"; else a ValueError."""
    if zone is None:
        return None
    digits = (
        zone.upper().removeprefix("UTC").removeprefix("GMT").replace(":", "").strip()
    )
    if digits in ("", "Z"):
        return UTC
    if len(digits) <= 3:
        hours = int(digits[1:])
        minutes = 0
    else:
        hours = int(digits[1:-2])
        minutes = int(digits[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > WIDEST_OFFSET:
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
    seconds = 0.0
    end = 0
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
    count: float | None
    if part["digits"]:
        count = float(part["digits"].replace(",", "."))
    else:
        count = NUMBERS_OF_ONE.get(part["words"], numbers().get(part["words"]))
    if count is not None and part["more"]:
        return count + 0.5
    return count
