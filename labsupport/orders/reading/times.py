"""Dates, times and periods in a text, and what the words before them make of them.

A date without a zone is taken as UTC; where it ends something, its whole day counts. A zone that
is named and not known is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from labsupport.inputs.number_words import months, numbers
from labsupport.orders.order import Span
from labsupport.orders.reading.words import DraftText, FieldReading, any_in, last_of
from labsupport.orders.vocabulary import Expression, Expressions, vocabulary


class _Expressions(Expressions, part="times"):
    """Times and spans, and what stands around them."""

    named_zone = Expression()
    zone_told = Expression()
    after_date = Expression()
    before_date = Expression()
    at = Expression()
    clock = Expression()
    hours_behind = Expression()
    hours_before = Expression()
    local = Expression()
    shift = Expression()
    since = Expression()
    by_mail = Expression()
    of_a_match = Expression()
    to_act = Expression()
    limit = Expression()
    iso = Expression()
    slashes = Expression()
    day_before = Expression()
    year_behind = Expression()
    day_behind = Expression()
    day_alone = Expression()
    bracket = Expression()
    figure = Expression()
    figure_before = Expression()
    words = Expression()
    units = Expression()
    working = Expression()
    working_before = Expression()
    month = Expression()
    joined = Expression()
    joined_before = Expression()


RE = _Expressions()

LAST_OF_A_DAY = timedelta(days=1) - timedelta(seconds=1)
MONTHS_OF = {"months": 1, "years": 12}

# Hours behind UTC, in standard time.
BEHIND = {"eastern": 5, "central": 6, "mountain": 7, "pacific": 8}


Day = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in a text: `at` is its time in UTC, None where there is no such day.

    `day` are its year (0 where there is none), month and day; `timed` says whether it has a time
    of day, `zoned` whether its zone is told, `doubtful` whether that was not understood. `until`
    is where hours of that day end, as in "8 November 2026 from 15:00 to 17:00".
    """

    start: int
    end: int
    day: Day
    at: datetime | None
    timed: bool = False
    zoned: bool = False
    doubtful: bool = False
    until: datetime | None = None


def read(page: DraftText, language: str) -> FieldReading:
    """Return the start, the end and the period that a page tells."""
    reader = _DateReader(page)
    reader.dates(_dates(page.folded, language))
    reader.periods()
    reader.events()
    return reader.found


def calendar(page: DraftText) -> list[int]:
    """Return where dates, and words like "days" and "March", stand."""
    starts: list[int] = []
    for pattern in (RE.units, RE.month, RE.iso, RE.slashes):
        starts += [match.start() for match in pattern.finditer(page.folded)]
    return sorted(starts)


class _DateReader:
    def __init__(self, page: DraftText) -> None:
        self._page = page
        self._folded = page.folded
        kinds = ("start", "end", "between_start", "lasts", "other_period")
        self._cues = {kind: self._ends(kind) for kind in kinds}
        self._begins = self._cues["between_start"] | self._cues["start"]
        on_measure = page.found("measure") + page.found("executors", "duties")
        self._measure = sorted(start for start, _ in on_measure)
        other = page.found("other") + page.found("notice", "acts")
        self._events = page.found("when", "event")
        self._other = sorted(
            start
            for start, end in other
            # "notified to block" tells what is to be done
            if not (
                any_in(self._measure, end, end + 120)
                and RE.to_act.match(self._folded, end)
            )
            and not page.before(RE.since, start, 40)
            and not RE.by_mail.search(self._folded, max(0, start - 16), end)
        )
        self.found = FieldReading()

    def _ends(self, kind: str) -> dict[int, int]:
        """Where the words of a kind end, each with where they begin."""
        start_of: dict[int, int] = {}
        for start, end in self._page.found("when", kind):
            while self._folded[end : end + 1].isspace():
                end += 1
            start_of.setdefault(end, start)
            if at := RE.at.search(self._folded, start, end):
                # of "takes effect at 5 p.m. on …"
                start_of.setdefault(at.start() + 1, start)
        return start_of

    def dates(self, dates: list[WrittenDate]) -> None:
        """Take the dates that words say are a beginning or an end."""
        cued: list[tuple[str, int, WrittenDate]] = []
        second: WrittenDate | None = None
        for date, behind in zip(dates, [*dates[1:], None], strict=False):
            if date is second:
                continue
            begins = self._begins.get(date.start)
            joined = behind and RE.joined.fullmatch(
                self._folded, date.end, behind.start
            )
            if behind and joined and begins is not None:
                second = behind
                year, month, day = date.day
                first = (
                    date
                    if year
                    else _when(date.start, date.end, (behind.day[0], month, day))
                )
                cued += [("start", begins, first), ("end", begins, behind)]
            elif pair := self._days_of_one_month(date):
                cued += pair
            elif date.until is not None and self._on_the_measure(date.start, date.end):
                begins = date.start if begins is None else begins
                cued += [
                    ("start", begins, date),
                    ("end", begins, replace(date, at=date.until)),
                ]
            else:
                kinds = [
                    kind for kind in ("start", "end") if date.start in self._cues[kind]
                ]
                cued += [(kind, self._cues[kind][date.start], date) for kind in kinds]
        if not any(kind == "end" for kind, _, _ in cued):
            cued += self._limits(dates)
        by_sentence = Counter(self._page.sentence(start)[0] for _, start, _ in cued)
        for kind, start, date in cued:
            alone = by_sentence[self._page.sentence(start)[0]] < 2
            unclear = alone and not self._on_the_measure(start, date.end)
            self._take(kind, start, date, unclear or self._on_something_else(start))

    def _days_of_one_month(
        self, date: WrittenDate
    ) -> list[tuple[str, int, WrittenDate]]:
        """Read "del 2 al 30 de noviembre de 2026"."""
        joined = self._page.before(RE.joined_before, date.start, 20)
        day = joined and self._page.before(RE.day_alone, joined.start(), 6)
        begins = self._begins.get(day.start()) if day else None
        if day is None or begins is None:
            return []
        first = _when(day.start(), date.end, (*date.day[:2], int(day[1])))
        return [("start", begins, first), ("end", begins, date)]

    def _limits(self, dates: list[WrittenDate]) -> list[tuple[str, int, WrittenDate]]:
        """Take the days behind an event: "until judgment or, at the latest, 30 June 2027"."""
        starts = [one.start for one in dates]
        limits = []
        for start, end in self._events:
            for date in dates[
                bisect_left(starts, start) : bisect_left(starts, end + 80)
            ][:3]:
                in_reach = self._page.same_sentence(start, date.start)
                begins = date.start in self._cues["start"]
                near = max(start, date.start - 80)
                limit = RE.limit.search(self._folded, near, date.start)
                if in_reach and not begins and limit:
                    limits.append(("end", start, date))
        return limits

    def _on_the_measure(self, start: int, end: int) -> bool:
        """Say whether a sentence is on the measure itself, not on what happened before it."""
        if (
            ":" in self._folded[start:end].partition(" ")[0]
            or ": " in self._folded[start:end]
        ):
            return True
        return any_in(self._measure, *self._page.sentence(start))

    def _on_something_else(self, start: int) -> bool:
        """Say whether the words before a date are rather on notice, an appeal, a report."""
        other = last_of(self._other, start)
        on_measure = any_in(self._measure, other, start)
        return other >= self._page.sentence(start)[0] and not on_measure

    def _take(self, kind: str, start: int, date: WrittenDate, unclear: bool) -> None:
        unclear = unclear or date.at is None or not date.day[0]
        if unclear or date.doubtful:
            self.found.doubts.append((start, date.end))
        if date.doubtful:
            self.found.where.setdefault("zone", (start, date.end))
        if date.at is None or unclear:
            return
        if date.timed and not (date.zoned or date.doubtful):
            # for all times, or before them
            for zone in RE.zone_told.finditer(self._folded):
                self.found.doubts.append(zone.span())
                self.found.where.setdefault("zone", zone.span())
        at = date.at if date.timed or kind == "start" else date.at + LAST_OF_A_DAY
        self._note(kind, at, (start, date.end))

    def _note(self, kind: str, value: object, where: Span) -> None:
        """Keep the first that is told of a kind; another one is a doubt."""
        if self.found.fields.get(kind, value) != value:
            self.found.doubts.append(where)
        elif kind not in self.found.fields:
            self.found.note(kind, value, where)

    def periods(self) -> None:
        """Take the period that words say is that of the measure."""
        extended = [end for _, end in self._page.found("when", "extended")]
        kept = [end for _, end in self._page.found("when", "kept")]
        begins = self.found.fields.get("start")
        for match in RE.units.finditer(self._folded):
            unit = match.lastgroup or ""
            start, count = _number(self._folded, match.start())
            cue = self._cues["lasts"].get(start)
            if (
                cue is None
                and (cue := self._cues["lasts"].get(match.start())) is not None
            ):
                start = match.start()  # "for a month": the article is the number
                count = numbers().get(self._folded[cue:start].split()[-1])
                if count is None:
                    continue
            if cue is None or self._cues["other_period"].get(start, cue) < cue:
                continue
            if self._stands_before(kept, start) or self._on_something_else(cue):
                continue
            if unit == "minutes" and RE.of_a_match.match(self._folded, match.end()):
                continue
            behind = RE.working.match(self._folded, match.end())
            end = behind.end() if behind else match.end()
            working = behind or RE.working_before.search(
                self._folded[start : match.start()]
            )
            length = None if count is None or working else _length(count, unit, begins)
            where = (cue, end)
            if length is None or self._stands_before(extended, start):
                self.found.doubts.append(where)
            else:
                self._note("lasts", length, where)

    def events(self) -> None:
        """Take what the measure ends with; the day is a doubt, for no calendar tells it."""
        for start, end in self._events:
            if self._on_something_else(start):
                continue
            self.found.doubts.append((start, end))
            if "end_event" not in self.found.fields and self._on_the_measure(
                start, end
            ):
                self.found.note(
                    "end_event", self._page.written(start, end), (start, end)
                )

    def _stands_before(self, ends: list[int], place: int) -> bool:
        """Say whether one of the words stands shortly before `place`, in its sentence."""
        return any_in(
            ends, max(place - 80, self._page.sentence(place)[0] + 1), place + 1
        )


def _dates(folded: str, language: str) -> list[WrittenDate]:
    """Return the dates in a text, from the first to the last."""
    iso = RE.iso.finditer(folded)
    dates = [
        _timed(folded, *one.span(), (int(one[1]), int(one[2]), int(one[3])))
        for one in iso
    ]
    for match in RE.slashes.finditer(folded):
        first, sign, second, year = match.groups()
        day = int(first)
        month = int(second)
        # with dots the day comes first
        if language not in ("es", "pt") and sign != ".":
            if day <= 12 < month:
                day, month = month, day
            elif day <= 12 and day != month:
                month = 0  # the day or the month comes first
        long = int(year) if len(year) == 4 else 0
        dates.append(_timed(folded, *match.span(), (long, month, day)))
    for match in RE.month.finditer(folded):
        month = months()[match.group()]
        year = RE.year_behind.match(folded, match.end())
        before = RE.day_before.search(folded, max(0, match.start() - 60), match.start())
        start, day = _day(before) if before else (0, 0)
        if day:
            end, written = _year(year) if year else (match.end(), 0)
            dates.append(
                _timed(folded, start, end or match.end(), (written, month, day))
            )
        elif behind := RE.day_behind.match(folded, match.end()):
            ymd = (int(behind[2]), month, int(behind[1]))
            dates.append(_timed(folded, match.start(), behind.end(), ymd))
    return sorted(dates, key=lambda one: one.start)


def _day(match: re.Match[str]) -> tuple[int, int]:
    """Where the day of a month begins, in figures or words, and which it is; 0 for none."""
    written = match["day"]
    if written.isdigit():
        return match.start(), int(written)
    if written in ("primero", "primeiro", "first"):
        return match.start(), 1
    start, number = _counted(written)
    return match.start() + start, number or 0


def _year(match: re.Match[str]) -> tuple[int, int]:
    """Where a year ends, in figures or words, and which it is; 0 and 0 for none."""
    if match[1]:
        return match.end(), int(match[1].replace(".", ""))
    written = " ".join(match[2].replace("-", " ").split())
    number = numbers().get(written) or numbers().get(written.partition(" ")[0])
    if number:
        return (match.end(), 2000 + number)
    return (0, 0)


def _timed(folded: str, start: int, end: int, day: Day) -> WrittenDate:
    """Return the date with the time that stands before it or behind it."""
    hours = RE.hours_behind.match(folded, end)
    hours = hours or RE.hours_before.search(folded, max(0, start - 80), start)
    if hours is not None and (timed := _hours(hours, start, end, day)):
        return _in_zone(folded, timed)
    clock = RE.after_date.match(folded, end)
    if clock is None or not _is_time(clock):
        clock = RE.before_date.search(folded, max(0, start - 60), start)
    if clock is None or not _is_time(clock):
        clock = None
    else:
        start = min(start, clock.start())
        end = max(end, clock.end())
    zone = (clock and clock["zone"]) or ""
    if not zone and (behind := RE.named_zone.match(folded, end)):
        zone = behind[0]
        end = behind.end()
    return _in_zone(folded, _when(start, end, day, clock, zone))


def _in_zone(folded: str, found: WrittenDate) -> WrittenDate:
    """Return a time with a doubt where words behind it name a zone that is not known."""
    local = None if found.zoned else RE.local.match(folded, found.end)
    if local:
        return replace(found, end=local.end(), doubtful=True)
    return found


def _hours(hours: re.Match[str], start: int, end: int, day: Day) -> WrittenDate | None:
    """Return the hours of a day; their zone stands once, behind the second."""
    last = RE.clock.match(hours["to"])
    first = RE.clock.match(hours["from"])
    if first is None or last is None:
        return None
    start = min(start, hours.start())
    end = max(end, hours.end())
    zone = last["zone"] or ""
    begin = _when(start, end, day, first, zone)
    stop = _when(start, end, day, last, zone)
    return replace(begin, until=stop.at)


def _is_time(found: re.Match[str]) -> bool:
    """Say whether a number is a time of day: it has minutes, a unit, or a word before it."""
    said = any(found[name] for name in ("minute", "half", "unit", "at"))
    return said or found[0][0] == "t"


def _when(
    start: int, end: int, day: Day, clock: re.Match[str] | None = None, zone: str = ""
) -> WrittenDate:
    at: datetime | None
    try:
        # a leap year where there is none
        at = datetime(day[0] or 4, *day[1:], tzinfo=_zone(zone))
        at = (at + _time_of_day(clock) if clock else at).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    return WrittenDate(start, end, day, at, clock is not None, bool(zone))


def _time_of_day(match: re.Match[str]) -> timedelta:
    """How long after midnight a time of day is; raise ValueError where there is no such."""
    hour, minute, second = (
        int(match[name] or 0) for name in ("hour", "minute", "second")
    )
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    time(0 if hour == 24 else hour, minute, second)
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _zone(written: str) -> tzinfo:
    """Return the zone of "(UTC-3)", "EST" or "hora de Bogotá"; UTC where there is none.

    >>> _zone("hora legal de colombia").key, _zone("hora de bogota (utc-5)").utcoffset(None).days
    ('America/Bogota', -1)
    """
    if shift := RE.shift.search(written):
        east = timedelta(hours=int(shift["hours"]), minutes=int(shift["minutes"] or 0))
        return timezone(east if shift["sign"] == "+" else -east)
    zone = written.strip(" ,()")
    for name, behind in BEHIND.items():
        if name in zone or zone in (f"{name[0]}st", f"{name[0]}dt"):
            summer = "daylight" in zone or zone.endswith("dt")
            return timezone(-timedelta(hours=behind - summer))
    for name, places in vocabulary()["places"]["zones"].items():
        if re.search(rf"\b(?:{places})\b", zone):
            return ZoneInfo(name)
    return UTC


def _length(count: int, unit: str, start: datetime | None) -> timedelta | None:
    """How long a period is; months go by the calendar from `start`, up to the same day."""
    try:
        if unit not in MONTHS_OF:
            return timedelta(**{unit: count})
        years, months = divmod(count * MONTHS_OF[unit], 12)
        if start is None:
            return timedelta(days=365 * years + 30 * months)
        more, month = divmod(start.month - 1 + months, 12)
        year = start.year + years + more
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) - start
    except (OverflowError, ValueError):  # no calendar goes so far
        return None


def _number(folded: str, end: int) -> tuple[int, int | None]:
    """Return where the number begins that stands before `end`, and the number.

    It may be written twice, as in "30 (treinta)": None where the two differ.
    """
    before = folded[max(0, end - 70) : end]
    before = RE.working_before.sub("", before).rstrip()
    first = max(0, end - 70)
    bracket = RE.bracket.search(before)
    if bracket:
        before = before[: bracket.start()].rstrip()
    start, number = _counted(before)
    if bracket:
        _, again = _counted(bracket[1].strip())
        if number is None or (again is not None and again != number):
            return first + start, None
    elif number is not None and (figure := RE.figure_before.search(before, 0, start)):
        same = int(figure[1]) == number  # "(30) treinta"
        return first + figure.start(), number if same else None
    return first + start, number


def _counted(text: str) -> tuple[int, int | None]:
    """Return where the number begins that `text` ends with, and the number."""
    if figure := RE.figure.search(text):
        return figure.start(), int(figure.group())
    words_at_end = RE.words.search(text, max(0, len(text) - 60))
    start = words_at_end.start() if words_at_end else len(text)
    for gap in re.finditer(r"\A|[\s-]+", text[start:]):
        written = re.sub(r"[\s-]+", " ", text[start + gap.end() :])
        if written in numbers():
            return start + gap.end(), numbers()[written]
    return len(text), None
