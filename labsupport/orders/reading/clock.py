"""Moments in a text: times of day, days and zones, in whatever order they stand together.

A moment is put together from pieces with nothing between them but small words. What a text does
not say plainly is marked as doubtful, and what it leaves out stays empty.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from labsupport.inputs.number_words import months, numbers
from labsupport.orders.reading.words import DraftText, any_in
from labsupport.orders.vocabulary import vocabulary

FARTHEST = timedelta(hours=14)  # of all zones, from UTC
DAY_FIRST = ("es", "pt")  # languages that write the day before the month
MOST_APART = 60  # characters between the pieces of a moment


def any_of(words: Iterable[str]) -> str:
    """Return an expression for any of some words, the longest first."""
    plain = sorted({re.sub(r"[\s-]+", " ", word) for word in words}, key=len)
    return "|".join(re.escape(word).replace(r"\ ", r"[\s-]+") for word in plain[::-1])


def numbered(lists: Iterable[str]) -> dict[str, int]:
    """Return the words of a list, where a stroke parts those of one place, with that place."""
    place_of: dict[str, int] = {}
    for place, words in enumerate(lists):
        place_of |= dict.fromkeys(words.split("|"), place)
    return place_of


WORDS: Mapping[str, list[str]] = vocabulary()["moments"]
PLACES: Mapping[str, list[str]] = vocabulary()["places"]["zones"]
DISTANCES: Mapping[str, list[str]] = vocabulary()["places"]["distances"]

PLACE = any_of(word for words in PLACES.values() for word in words)
NAMED_DISTANCE = any_of(word for words in DISTANCES.values() for word in words)
MONTH = any_of(months())
HOUR_WORD = any_of(word for word, number in numbers().items() if number <= 24)
YEAR_WORD = any_of(word for word, number in numbers().items() if number <= 99)
DAY_NUMBER = numbered(["", *WORDS["days"]])
DAY_WORD = any_of(
    [*(word for word, number in numbers().items() if 1 <= number <= 31), *DAY_NUMBER]
)
WEEKDAY = numbered(WORDS["weekdays"])
WEEKDAYS = any_of(WEEKDAY)

OF_DAY = rf"""
    (?:\s(?:de\sla|del?|da|do|por\sla|pela|in\sthe|at|a)
    \s(?:(?P<morning>{any_of(WORDS["morning"])})|(?P<afternoon>{any_of(WORDS["afternoon"])})
    |(?P<night>{any_of(WORDS["night"])}))(?!\w))?"""
HALF = r"(?:\s?(?P<half>[ap])\.?\s?m(?!\w)\.?)?"
# "23:00", "23h59min", "20.00 horas", "5 p.m.", "6 o'clock in the evening", "veinte horas".
CLOCK = re.compile(
    rf"""
    (?:(?<![\w.:/+−-])(?<![0-9],)|(?<=[0-9]t))(?P<spoken>half\spast\s|quarter\spast\s)?
    (?:(?P<hour>[0-9]{{1,2}})
        (?:(?::|\.|\s?h\s?)(?P<minute>[0-9]{{2}})
        (?:(?::|\s?m(?:in)?\s?)(?P<second>[0-9]{{2}})s?|\s?m(?:in)?(?!\w)\.?)?)?
    |(?P<word>{HOUR_WORD})(?!\w))
    (?:\s[ye]\s(?:(?P<and_half>{any_of(WORDS["half"])})|(?P<and_quarter>{any_of(WORDS["quarter"])}))
        (?!\w))?
    (?:\s?(?P<unit>horas?|hours|hrs?|hs?|o['’]clock)(?!\w)\.?
        (?:\s(?:(?:y|e|con|com|and)\s)?(?P<minutes>[0-9]{{1,2}}|{YEAR_WORD})\sminut[a-z]*)?)?
    {HALF}{OF_DAY}
    (?!(?!z\b)[\w:]|[.,/][0-9]|-[0-9]{{1,2}}(?![0-9:h])|\s?%)""",
    re.VERBOSE,
)
# "1700 hrs"
FOUR_FIGURES = re.compile(
    r"(?<![\w.:/+−-])(?P<hour>[01][0-9]|2[0-4])(?P<minute>[0-5][0-9])\s?(?:hours|horas|hrs?|hs)(?!\w)\.?"
)
# "noon", "12 noon", "las doce de la noche", "midnight at the end of".
NOON_OR_MIDNIGHT = re.compile(
    rf"""
    (?<!\w)(?:(?:12(?:[:.]00)?|doce|doze|twelve)\s(?:o['’]clock\s|horas\s|hs\.?\s)?
        (?:(?:de\sla|del?|da|do|at)\s)?)?
    (?:(?P<noon>{any_of(WORDS["noon"])})|(?P<midnight>{any_of(WORDS["midnight"])}))(?!\w)
    (?:\s(?:(?P<ending>at\sthe\s(?:end|close)|(?:al?|no)\s(?:final|fin|fim|termino|cierre))
    |(?P<beginning>at\sthe\s(?:beginning|start)|(?:al?|no)\s(?:comienzo|inicio|comeco)))
    (?=\s(?:of|del?|do|da)\s))?
    |(?<![\w.:/-])12(?:[:.]00)?\s?(?P<meridian>m)(?!\w)\.?""",
    re.VERBOSE,
)
# Before an hour that is nothing else: "a las 20", "às 18", "at 5", "hora 23".
AT = re.compile(r"(?<!\w)(?:las?|as|at|hora|hour\sof|ao)\s{1,3}\Z")
# Where a range begins or goes on: "de 15 a 17 horas".
TO = (
    r",?\s{1,40}(?:(?:y|e|and)\s{1,40})?"
    r"(?:al?|hasta|ate|ao|as|y|e|to|and|until|till|through|up\sto)"
    r"(?:\s(?:las?|as|el|o|the|dia))*\s{1,40}"
)
DASH = r"\s?[-–—]\s?"
RANGE = re.compile(rf"{TO}|{DASH}")
HOURS_BEHIND = re.compile(rf"(?:{TO}|{DASH})(?=[0-9])")
# Behind a number of hours that is a period: "24 horas después".
PERIOD = re.compile(
    r",?\s(?:a\s|de\s)?(?:desde|contad|despu|depois|apos|antes|sigu|segu|posterior|corrid|after|before|from|habil|ute)"
)

ISO = re.compile(
    r"(?<![\w./-])(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9-])"
)
SLASHES = re.compile(
    r"""(?<![\w./-])(?P<first>[0-9]{1,2})(?P<sign>[/.-])(?P<second>[0-9]{1,2})(?P=sign)
    (?P<year>[0-9]{4}|(?<=/)[0-9]{2})(?![0-9/-]|\.[0-9])""",
    re.VERBOSE,
)
YEAR = rf"""
    (?:\.?,?\s{{1,40}}(?:del?\s{{1,40}}|of\s{{1,40}})?(?:ano\s{{1,40}}|the\s+year\s{{1,40}})?
    (?:(?P<year>[0-9]\.?[0-9]{{3}})(?![0-9])
    |(?:dos|dois|two)\s{{1,40}}(?:mil|thousand)\s{{1,40}}(?:(?:e|y|and)\s{{1,40}})?
    (?P<year_word>{YEAR_WORD})(?!\w)))"""
# "6 de diciembre de 2026", "veinte de enero de dos mil veintisiete", "6th day of December 2026".
DAY_AND_MONTH = re.compile(
    rf"""
    (?<![\w./-])(?P<day>[0-9]{{1,2}}|(?:{DAY_WORD})(?!\w))(?:st|nd|rd|th|\.?[oa]|er|°)?
    (?:\s?\((?P<again>[^()]{{1,30}})\))?\s{{1,40}}
    (?:dias?\s(?:del|do)\smes\s|day\s)?(?:de\s{{1,40}}|of\s{{1,40}})?
    (?P<month>{MONTH})(?!\w){YEAR}?""",
    re.VERBOSE,
)
MONTH_AND_DAY = re.compile(
    rf"""
    (?<![\w./-])(?P<month>{MONTH})\.?\s{{1,40}}(?:the\s)?(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?
    (?![\w:/]|\.[0-9]|\s?[ap]\.?\s?m(?!\w)){YEAR}?""",
    re.VERBOSE,
)
MONTH_NAME = re.compile(rf"(?<!\w)(?:{MONTH})(?!\w)")
# No day, but it may be meant as one: "hasta enero de 2027".
MONTH_ALONE = re.compile(rf"(?<!\w)(?P<month>{MONTH})(?!\w){YEAR}", re.VERBOSE)
RELATIVE_DAY = re.compile(
    rf"""
    (?<!\w)(?:(?P<today>{any_of(WORDS["today"])}|(?<=\sde\sla\s)fecha(?!\s(?:de|en|in|do|da|que)(?!\w)))
    |(?P<today_at>{any_of(WORDS["today_at"])})
    |(?<!\bla\s)(?<!\besta\s)(?P<tomorrow>{any_of(WORDS["tomorrow"])}))(?!\w){OF_DAY}""",
    re.VERBOSE,
)

OFFSET = r"[+\-−–]\s?[0-9]{1,2}(?::?[0-9]{2})?(?![\w:])"
SHIFT = re.compile(r"(?P<sign>[+\-−–])\s?(?P<hours>[0-9]{1,2}):?(?P<minutes>[0-9]{2})?")
OF_ZONE = r"(?:hora|horario|tiempo|huso|fuso|zona\shoraria|huso\shorario|fuso\shorario)"
SORT = r"(?:\s(?:oficial|legal|local|padrao|estandar|civil|normal|vigente|nacional))*"
IN = r"(?:\s(?:del?|d[ao]|em|en|las?|los|el|as|o|a))*"
UTC_ZONE = re.compile(rf"(?<!\w)(?:utc|gmt)(?:\s?{OFFSET})?(?!\w)")
# Right behind a time: "12:00Z", "12:00-03:00", "12:00 -0300".
BEHIND_A_TIME = re.compile(r"(?<=[0-9])(?:z(?!\w)|\s?[+−-][0-9]{2}:?[0-9]{2}(?![\w:]))")
NAMED_ZONE = re.compile(rf"(?<!\w)(?:{NAMED_DISTANCE})(?!\w)")
PLACE_ZONE = re.compile(
    rf"""
    (?<!\w)(?:{OF_ZONE}{SORT}{IN}\s(?P<of>{PLACE})(?!\w){SORT}(?:,?{IN}\s(?P<of_too>{PLACE})(?!\w))?
    |(?:official\s|legal\s|local\s)?(?P<its>{PLACE})(?:,?\s(?P<its_too>{PLACE})|\s(?:local|legal|official|standard))*\stime
    |(?:(?:local|legal|official|standard)\s)?time\s(?:in|of|at)\s(?:the\s)?(?P<time_in>{PLACE})(?:,?\s(?P<in_too>{PLACE}))?
    )(?!\w)""",
    re.VERBOSE,
)
AMERICAN_ZONE = re.compile(
    r"(?<!\w)(?:(?P<part>eastern|central|mountain|pacific)\stime)(?!\w)"
)
AMERICAN = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
}
# Named, and not known: a zone only beside a time, the first also wherever it stands.
OFFICIAL_ZONE = re.compile(
    r"(?<!\w)(?:(?:hora|horario)\s(?:oficial|legal|local)(?:\sd[aeo]l?\s[a-z]+)?|local\stime)(?!\w)"
)
OTHER_ZONE = re.compile(
    rf"""
    (?<!\w)(?:{OF_ZONE}{SORT}{IN}\s(?!(?:{HOUR_WORD}|dia|inicio|cierre|fin)(?!\w))[a-z]+(?:-[a-z]+)?
    |(?!(?:at|by|of|on|in|from|for|the|to|until|which|that|this|any|same|each|every|first|one)\s)
    (?:[a-z]+\s){{1,3}}time)(?!\w)""",
    re.VERBOSE,
)
LETTERS = re.compile(r"(?<=[\dMmsS.] )\(?(?P<zone>[A-Z]{1,4}T)(?!\w)")

# What may stand within a moment, and between a word that ends something and its moment.
SMALL_WORD = rf"""(?:a\slas?|as?|las?|los|el|os?|aos?|at|on|of|the|del?|d[ao]s?|dias?|days?|date
    |hora|en|em|in|n[ao]|del\sdia|inclusive|corrientes?|correspondientes?|proxim[oa]|next|{WEEKDAYS})"""
BETWEEN = re.compile(
    rf"[\s,()\[\]]{{0,6}}(?:{SMALL_WORD}[\s,()]{{1,40}}){{0,6}}", re.VERBOSE
)
# Between a day and its hours: "el 5 de enero, de 8 a 10 horas", "2026-11-03T12:00".
DAY_TO_CLOCK = re.compile(
    rf"t|[\s,()]{{0,6}}(?:(?:{SMALL_WORD}|al|entre|desde|from|between)[\s,()]{{1,40}}){{0,6}}",
    re.VERBOSE,
)
OF = re.compile(r"\s(?:del?|do|of|on|em|en)\s")
LEAD = re.compile(
    rf"[\s:,(]*(?:(?:{SMALL_WORD}|including|partir|de|hour)[\s,:(]{{1,40}}){{0,7}}",
    re.VERBOSE,
)
LEAD_TO_AN_END = re.compile(
    rf"""[\s:,(]*(?:(?:{SMALL_WORD}|final|fin|fim|end|close|cierre|termino|including|de|hour)
    [\s,:(]{{1,40}}){{0,7}}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day: how long after midnight.

    In `halved` its half of the day is told ("5 p.m."), in `either_half` it may be either. A `bare`
    one is a number of hours, which may be a period. Midnight may be the day's first or its last.
    """

    start: int
    end: int
    since_midnight: timedelta
    halved: bool = False
    either_half: bool = False
    bare: bool = False
    doubtful: bool = False
    either_midnight: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day as it is written: 0 for what is not told, or how far it is from the order's own day."""

    start: int
    end: int
    year: int = 0
    month: int = 0
    day: int = 0
    from_own: int | None = None
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that is named; None for one that is not known. `told` counts wherever it stands."""

    start: int
    end: int
    zone: tzinfo | None
    is_distance: bool = False
    told: bool = True


Piece = Clock | Day | Zone


@dataclass(frozen=True, slots=True)
class Moment:
    """What a text says of one point in time, as far as it says it."""

    start: int
    end: int
    day: Day | None = None
    clock: Clock | None = None
    zones: tuple[Zone, ...] = ()

    def with_piece(self, piece: Piece) -> Moment:
        """Return the moment with one more piece behind it."""
        moment = replace(
            self, start=min(self.start, piece.start), end=max(self.end, piece.end)
        )
        match piece:
            case Clock():
                return replace(moment, clock=piece)
            case Day():
                return replace(moment, day=piece)
            case Zone():
                return replace(moment, zones=(*self.zones, piece))

    def takes(self, piece: Piece) -> bool:
        """Say whether it has no such piece yet."""
        if isinstance(piece, Clock):
            return self.clock is None
        if isinstance(piece, Day):
            return self.day is None
        return True


def moments(page: DraftText, language: str) -> tuple[list[Moment], list[Zone]]:
    """Return the moments of a page from the first to the last, and the zones that stand alone."""
    grouped: list[Moment] = []
    alone: list[Zone] = []
    waiting: list[Zone] = []  # zones before their time
    pieces = _pieces(page, language)
    for piece, following in zip(pieces, [*pieces[1:], None], strict=False):
        last = grouped[-1] if grouped else None
        if waiting and not _adjoins(page, waiting[-1], piece):
            alone += waiting
            waiting = []
        joins = not waiting and last is not None and _adjoins(page, last, piece)
        if last and joins and last.takes(piece) and not _is_of(page, piece, following):
            grouped[-1] = last.with_piece(piece)
        elif isinstance(piece, Zone):
            waiting.append(piece)
        else:
            moment = Moment(piece.start, piece.end).with_piece(piece)
            for zone in waiting:
                moment = moment.with_piece(zone)
            grouped.append(moment)
            waiting = []
    return grouped, [one for one in [*alone, *waiting] if one.told]


def _adjoins(page: DraftText, first: Moment | Piece, piece: Piece) -> bool:
    """Say whether nothing but small words stands between two pieces of a sentence."""
    near = 0 <= piece.start - first.end <= MOST_APART
    hours_behind = isinstance(piece, Clock) and isinstance(first, Moment)
    small_words = DAY_TO_CLOCK if hours_behind else BETWEEN
    return (
        near
        and small_words.fullmatch(page.folded, first.end, piece.start) is not None
        and (
            not any_in(page.breaks, first.end, piece.start + 1)
            # "18 hs. (UTC-3)" is no end of a sentence
            or page.plain[first.end : piece.start].lstrip().startswith("(")
        )
    )


def _is_of(page: DraftText, piece: Piece, following: Piece | None) -> bool:
    """Say whether a time belongs to the day behind it: "a las 20:00 del 5 de enero"."""
    return (
        isinstance(piece, Clock)
        and isinstance(following, Day)
        and _adjoins(page, piece, following)
        and OF.match(page.folded, piece.end) is not None
    )


def _pieces(page: DraftText, language: str) -> list[Piece]:
    """Return the pieces of moments, none within another."""
    pieces: list[Piece] = []
    for some in (_days(page.folded, language), _zones(page), _clocks(page.folded)):
        taken = {place for one in pieces for place in range(one.start, one.end)}
        for piece in some:
            if taken.isdisjoint(range(piece.start, piece.end)):
                taken.update(range(piece.start, piece.end))
                pieces.append(piece)
    return sorted(pieces, key=lambda piece: piece.start)


# Times of day


def _clocks(folded: str) -> Iterator[Clock]:
    for match in NOON_OR_MIDNIGHT.finditer(folded):
        yield _noon_or_midnight(match)
    for match in FOUR_FIGURES.finditer(folded):
        since = timedelta(hours=int(match["hour"]), minutes=int(match["minute"]))
        yield Clock(*match.span(), since)
    at = 0
    while number := CLOCK.search(folded, at):
        clock = _clock(folded, number)
        at = number.end() if clock else number.start() + 1
        if clock:
            yield clock


def _noon_or_midnight(match: re.Match[str]) -> Clock:
    if match["noon"] or match["meridian"]:
        return Clock(*match.span(), timedelta(hours=12))
    hours = 0 if match["beginning"] else 24
    plain = bool(match["beginning"] or match["ending"])
    return Clock(*match.span(), timedelta(hours=hours), either_midnight=not plain)


def _clock(folded: str, match: re.Match[str]) -> Clock | None:
    """Return a time of day; None where a number is none."""
    start = match.start()
    before = max(0, start - 16)
    part = match["morning"] or match["afternoon"] or match["night"]
    at = AT.search(folded, before, start)
    is_at = at is not None
    oclock = (match["unit"] or "").startswith("o")
    plain = any((match["minute"], match["half"], part, oclock, match["spoken"]))
    plain = plain or bool(is_at and not folded[match.start()].isalpha())
    plain = plain or bool(is_at and (match["word"] or match["and_half"]))
    if not (plain or match["unit"] or _begins_a_range(folded, match)):
        return None
    hour = int(match["hour"] or numbers()[" ".join(re.split(r"[\s-]+", match["word"]))])
    minute = int(match["minute"] or 0) + _minutes(match)
    second = int(match["second"] or 0)
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute + second > 0):
        return None
    told = bool(match["half"] or part) or hour > 12 or hour == 0
    hour, doubtful = _of_the_day(hour, match)
    bare = bool(match["unit"]) and not (plain or oclock)
    if is_at and PERIOD.match(folded, match.end()) is None:
        bare = False
    since = timedelta(hours=hour, minutes=minute, seconds=second)
    # "at 5" is of the morning or of the evening
    english = at is not None and at[0].startswith("at") and not match["minute"]
    midnight = since in (timedelta(0), timedelta(days=1)) and part is not None
    return Clock(
        *match.span(),
        since,
        halved=bool(match["half"] or part),
        either_half=not told,
        bare=bare,
        doubtful=doubtful or (not told and (oclock or english)),
        either_midnight=midnight,
    )


def _begins_a_range(folded: str, match: re.Match[str]) -> bool:
    """Say whether a number is the first hour of a range: "de 15 a 17 horas"."""
    to = HOURS_BEHIND.match(folded, match.end())
    last = CLOCK.match(folded, to.end()) if to else None
    return last is not None and bool(last["minute"] or last["unit"] or last["half"])


def _minutes(match: re.Match[str]) -> int:
    """Return the minutes that stand in words behind an hour, or before it."""
    if match["and_half"] or (match["spoken"] or "").startswith("half"):
        return 30
    if match["and_quarter"] or match["spoken"]:
        return 15
    written = match["minutes"] or "0"
    if written.isdigit():
        return int(written)
    return numbers()[" ".join(re.split(r"[\s-]+", written))]


def _of_the_day(hour: int, match: re.Match[str]) -> tuple[int, bool]:
    """Return an hour of the whole day, and whether its half of the day is doubtful."""
    if match["half"] and hour <= 12:
        return hour % 12 + (12 if match["half"] == "p" else 0), False
    if match["half"] and hour > 12:
        return hour, match["half"] == "a"
    if match["morning"]:
        return hour % 12 if hour == 12 else hour, hour > 12
    if match["afternoon"] and hour < 12:
        return hour + 12, False
    if match["night"] and hour <= 12:
        return (hour + 12, hour < 6)
    return hour, False


# Days


def _days(folded: str, language: str) -> Iterator[Day]:
    for match in ISO.finditer(folded):
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
        yield _day(folded, match, (year, month, day))
    for match in SLASHES.finditer(folded):
        yield _day(folded, match, _slashes(match, language))
    for pattern in (DAY_AND_MONTH, MONTH_AND_DAY):
        for match in pattern.finditer(folded):
            ymd = (_year(match), _month(match), _day_of_month(match["day"]))
            written = _day(folded, match, ymd)
            again = match["again"] if pattern is DAY_AND_MONTH else None
            differs = again is not None and _day_of_month(again.strip()) != ymd[2]
            yield replace(written, doubtful=written.doubtful or differs)
    for match in MONTH_ALONE.finditer(folded):
        yield Day(*match.span(), _year(match), _month(match), 0, doubtful=True)
    for match in RELATIVE_DAY.finditer(folded):
        yield Day(*match.span(), from_own=1 if match["tomorrow"] else 0)


def _day(folded: str, match: re.Match[str], ymd: tuple[int, int, int]) -> Day:
    """Return a day, doubtful where the day of the week before it is another one."""
    start, end = match.span()
    before = re.search(rf"(?<!\w)({WEEKDAYS}),?\s(?:dia\s)?\Z", folded[:start][-40:])
    doubtful = False
    if before and all(ymd):
        try:
            weekday = date(*ymd).weekday()
        except ValueError:
            doubtful = True
        else:
            doubtful = weekday != WEEKDAY.get(before[1])
    return Day(start, end, *ymd, doubtful=doubtful)


def _slashes(match: re.Match[str], language: str) -> tuple[int, int, int]:
    """Return year, month and day; 0 for a month that may be the day."""
    day = int(match["first"])
    month = int(match["second"])
    year = int(match["year"]) if len(match["year"]) == 4 else 0
    # with dots the day comes first
    if language not in DAY_FIRST and match["sign"] != ".":
        if day <= 12 < month:
            day, month = month, day
        elif day <= 12 and day != month:
            month = 0
    return year, month, day


def _month(match: re.Match[str]) -> int:
    return months()[match["month"]]


def _day_of_month(written: str) -> int:
    """Return the day of a month in figures or words; 0 for none."""
    if figure := re.match(r"[0-9]+", written):
        return int(figure[0])
    plain = " ".join(re.split(r"[\s-]+", written))
    return numbers().get(plain) or DAY_NUMBER.get(plain.replace(" ", "-"), 0)


def _year(match: re.Match[str]) -> int:
    """Return a year in figures or words; 0 for none."""
    if match["year"]:
        return int(match["year"].replace(".", ""))
    if match["year_word"]:
        return 2000 + numbers()[" ".join(re.split(r"[\s-]+", match["year_word"]))]
    return 0


# Zones


def _zones(page: DraftText) -> Iterator[Zone]:
    """Return the zones of a page, those that are known first."""
    folded = page.folded
    for match in UTC_ZONE.finditer(folded):
        yield Zone(*match.span(), distance(match[0]), is_distance=True)
    for match in BEHIND_A_TIME.finditer(folded):
        if zone := _behind_a_time(folded, match):
            yield zone
    for match in PLACE_ZONE.finditer(folded):
        places = [place for place in match.groups() if place]
        keys = {zone_of_place()[_plain(place)] for place in places}
        known = ZoneInfo(keys.pop()) if len(keys) == 1 else None
        yield Zone(*match.span(), known)
    for match in AMERICAN_ZONE.finditer(folded):
        yield Zone(*match.span(), ZoneInfo(AMERICAN[match["part"]]))
    yield from _named_zones(page)


def _named_zones(page: DraftText) -> Iterator[Zone]:
    """Return the zones that are called by a name of their own, those not known last."""
    folded = page.folded
    for match in NAMED_ZONE.finditer(folded):
        if " " in match[0] or page.plain[match.start() : match.end()].isupper():
            told = " " in match[0]
            yield Zone(*match.span(), distances()[_plain(match[0])], True, told)
    for match in OFFICIAL_ZONE.finditer(folded):
        yield Zone(*match.span(), None)
    for match in LETTERS.finditer(page.plain):
        yield Zone(*match.span("zone"), None, told=False)
    for match in OTHER_ZONE.finditer(folded):
        yield Zone(*match.span(), None, told=False)


def zone_in(match: re.Match[str]) -> Zone:
    """Return the zone of a place that was matched."""
    key = zone_of_place()[_plain(match["place"])]
    return Zone(*match.span("place"), ZoneInfo(key))


def _behind_a_time(folded: str, match: re.Match[str]) -> Zone | None:
    """Return the zone of "12:00:00-03:00"; what may as well be a range of hours is not known."""
    before = re.search(
        r"(?P<date>t)?[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?\Z",
        folded[: match.start()][-9:],
    )
    if before is None:
        return None
    written = match[0].strip()
    zone = UTC if written == "z" else distance(written)
    if zone is None:
        return None
    plain = bool(before["date"] or before["seconds"]) or written[0] in "z+"
    return Zone(*match.span(), zone if plain else None, is_distance=plain)


def distance(written: str) -> tzinfo | None:
    """Return the zone at a distance from UTC; None where there is no such.

    >>> distance("utc-3").utcoffset(None).total_seconds() / 3600, distance("gmt")
    (-3.0, datetime.timezone.utc)
    """
    shift = SHIFT.search(written)
    if shift is None:
        return UTC
    east = timedelta(hours=int(shift["hours"]), minutes=int(shift["minutes"] or 0))
    if east > FARTHEST:
        return None
    return timezone(east if shift["sign"] == "+" else -east)


def _plain(written: str) -> str:
    return " ".join(re.split(r"[\s-]+", written))


@functools.cache
def zone_of_place() -> Mapping[str, str]:
    """Return the names of the zones by the words after which orders call them."""
    keys: dict[str, str] = {}
    for key, places in PLACES.items():
        keys |= dict.fromkeys(map(_plain, places), key)
    return keys


@functools.cache
def distances() -> Mapping[str, tzinfo]:
    """Return the zones that are called by a name whatever the season, by that name."""
    zones: dict[str, tzinfo] = {}
    for written, names in DISTANCES.items():
        shift = distance(written)
        assert shift is not None
        zones |= dict.fromkeys(names, shift)
    return zones


# What a moment comes to


def zone_of(zones: Iterable[Zone]) -> tuple[tzinfo | None, bool]:
    """Return the zone that is meant, and whether that is doubtful.

    A distance holds beside the name of a place that is not known, not beside one that is
    elsewhere; that depends on the day, and is for `instant` to see.
    """
    every = list(zones)
    by_distance = {one.zone for one in every if one.is_distance}
    by_place = {one.zone for one in every if not one.is_distance}
    if len(by_distance) == 1:
        return by_distance.pop(), None in by_distance
    if by_distance or len(by_place) > 1:
        return None, True
    if by_place:
        zone = by_place.pop()
        return zone, zone is None
    return None, False


def instant(
    naive: datetime, zone: tzinfo, others: Iterable[Zone]
) -> tuple[datetime | None, bool]:
    """Return a time in UTC, and whether that is doubtful.

    It is where the clocks were changed at that hour, or another zone is named beside it that is
    elsewhere.
    """
    aware = naive.replace(tzinfo=zone)
    doubtful = aware.utcoffset() != aware.replace(fold=1).utcoffset()
    for other in others:
        if other.zone and naive.replace(tzinfo=other.zone).utcoffset() != (
            aware.utcoffset()
        ):
            return None, True
    return aware.astimezone(UTC), doubtful
