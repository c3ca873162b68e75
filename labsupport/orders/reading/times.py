"""The start, the end and the period of an order: what the words around moments make of them.

A time without a zone stays without one, and is asked for; where a day ends something, its whole
day counts. What is not plain is a doubt.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from labsupport.inputs.number_words import numbers
from labsupport.orders.order import Span
from labsupport.orders.reading import clock
from labsupport.orders.reading.clock import Day, Moment, Zone
from labsupport.orders.reading.words import (
    DraftText,
    FieldReading,
    any_in,
    last_of,
    overlaps,
)
from labsupport.orders.vocabulary import vocabulary

ONE_DAY = timedelta(days=1)
LAST_OF_A_DAY = ONE_DAY - timedelta(seconds=1)
MONTHS_OF = {"months": 1, "years": 12}
NEAR = 60  # characters between a word that ends something and its moment

# "From notice of it" tells when a period begins; it orders no notice.
SINCE = re.compile(
    r"""(?:desde|(?:partir|contar|contad[oa]s?|siguiente|seguinte)\s(?:a|ao|de|desde|d[aeo]l?)
    |(?:dia|hora|mese?|day|hour|month)s?(?:\s\w+)?\s(?:d[aeo]l?|of)
    |(?:vig|rig|regi|corr|val|dur)\w+\s(?:d[aeo]l?)|from|upon|after|tras|apos)
    (?:\s(?:es[ae]|est[ae]|la|su|el|a|o|s?ua|the|that))?(?:\sm(?:ism|esm)[ao])?\s\Z""",
    re.VERBOSE,
)
BY_MAIL = re.compile(r"(?<!\w)(?:por|by)\s(?:\w+\s)?e-?mail\Z")
# "The e-mail records": what is kept, and no notice.
OF_MAIL = re.compile(r"\s(?:record|log|data|address)")
TO_ACT = re.compile(r"\s(?:[\w.]+\s){0,3}?(?:para|to|a\sfin\sde)(?!\w)")
# "Ends 15 minutes after a match" is no period.
OF_A_MATCH = re.compile(r"\s(?:before|after|antes|despues|depois|apos)(?!\w)")
# Between an event and the day on which a measure ends at the latest.
AT_THE_LATEST = re.compile(
    r"""(?:[,(]|\s(?:o|u|ou|or|y|e|and))\s{0,40}(?:(?:y|e|o|u|ou|or|and|but|en|em|in|cualquier
    |todo|qualquer|any|caso|case|event|como|maximo|ao?|if|no|not|nao|mas|mais|tardar|tarde|alla
    |alem|depois|despues|d[eo]l?|el|las?|que|the|at|latest|later|than|beyond|on|by|dia|esto|isto
    |es|is|decir|seja|sea|saber|being|that|namely|say|to|hasta|ate|until|earlier|sooner)
    [\s,]{1,40}){0,10}\Z""",
    re.VERBOSE,
)
# "Quarter to five", "las ocho menos cuarto".
UNREAD_HOUR = re.compile(r"(?<!\w)(?:quarter|half|minutes|menos|horas?|hours?)(?!\w)")
# "All times are in …": the zone behind it is that of all.
TIMES_ARE = re.compile(
    r"""(?<!\w)(?:all|todas?|todos|the|these|las?|los|as|os)\s(?:the\s|las\s|los\s|as\s|os\s)?
    (?:times|hours|horas|horarios)(?:\s[a-z]+){0,5}?
    \s(?:are|is|son|sao|se|estan|estao|shall|refer\w*|correspond\w*|expres\w*|ent(?:i?)end\w*)
    (?!\w)""",
    re.VERBOSE,
)
IN_PLACE = re.compile(
    rf"\s(?:d[aeo]|del|em|en|in|of|those\sof)\s(?:the\s|la\s|el\s)?(?P<place>{clock.PLACE})(?!\w)"
)
# What the day of the order itself stands behind: "Lima, 5 de …", "Dated this …", "Fecha: …".
DATELINE = re.compile(
    r"""\s*(?:(?:En|In|At|Em)\s(?:la\sciudad\sde\s|a\scidade\sde\s)?)?
    [A-ZÀ-Þ][\w.'’/()-]*(?:\s[\w.'’/()-]+){0,5},\s{1,3}
    (?i:(?:a\slos|aos|a|el|em|on|the|this)\s)?(?i:d[ií]a\s)?""",
    re.VERBOSE,
)
DATED = re.compile(
    r"""(?:^|[.;\n]\s*|\s)(?:(?:dated|dad[oa]|firmad[oa]|signed|assinad[oa]|sealed
    |given\s(?:under\smy\shand|at|in)|made\sat|done\sat)(?:\s[^\d.;:]{0,60})?
    |(?:fecha|data|date)\s?:|dated\s?:)\s*(?:this|the|on|a|el|em|en|o)?\s*\Z""",
    re.VERBOSE,
)
LINE_ENDS = re.compile(r"[\s.,;)\]-]*(?:\n|\Z)")
ONE_DAY_OF_MONTH = re.compile(
    r"(?<![\w./-])(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.?[oa])?\Z"
)
RANGE_BEFORE = re.compile(rf"{clock.TO}\Z")
LIST_SIGN = re.compile(r"[\s\W]*(?:[a-z0-9]{1,4}[.)]-?[ºo]?\s*)?\Z")

# "Hasta la sentencia": an end, whatever stands behind it.
UNTIL = re.compile(
    r"""(?<!\w)(?:hasta|ate(?:\sa[o]?s?)?|until(?:\ssuch\stime\sas)?|till|pending|enquanto\spender|mientras\spenda
    |for\sas\slong\sas|en\stanto(?:\sque)?(?=\sse\s))\s(?!(?:por|un|una|cubrir|alcanzar|completar|el\s(?:limite|monto|importe|maximo)
    |la\s(?:suma|cantidad|fecha|hora)|[$0-9]|r\$|s/|o\s(?:limite|valor|montante|momento)|que\ssea|um|uma|mas|mais
    |entonces|ahora|agora|now|then|aqui|los|las)(?!\w))[^.;:,()\n]{3,100}""",
    re.VERBOSE,
)

# "At the same hours": the time of something else.
SAME_TIME = re.compile(
    r"""(?<!\w)(?:mism[oa]s?\s(?:lapso|horario|hora|plazo|periodo|dia|termino)|mesm[oa]s?\s(?:prazo|periodo|horario|dia)
    |igual\s(?:periodo|plazo|prazo)|same\s(?:period|time|hours|term|day))(?!\w)""",
    re.VERBOSE,
)

# Periods
BRACKET = re.compile(r"\(([^()]{1,40})\)\Z")
FIGURE = re.compile(r"(?<![\w.,/-])[0-9]{1,9}\Z")
FIGURE_BEFORE = re.compile(r"\(([0-9]{1,9})\)\s{1,40}\Z")
LAST_WORDS = re.compile(r"(?:[a-z]+[\s-]{1,3}){0,4}[a-z]+\Z")
# A unit with one of these beside it is not one of the calendar.
WORKING = re.compile(
    r"\s{1,40}(?:habil\w*|util|uteis|laborable\w*|judicia\w*|business|working)(?!\w)"
)
WORKING_BEFORE = re.compile(r"(?<!\w)(?:business|working|court)\s{1,40}\Z")
_units = [f"(?P<{unit}>{written})" for unit, written in vocabulary()["units"].items()]
UNITS = re.compile(rf"(?<!\w)(?:{'|'.join(_units)})(?!\w)")


@dataclass(frozen=True, slots=True)
class Cued:
    """A moment that words at `start` call a beginning or an end."""

    kind: str
    start: int
    moment: Moment
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Instant:
    """What a moment comes to; None for a time that is not plain.

    `in_zone` says whether its zone is known, or not asked for.
    """

    at: datetime | None
    doubtful: bool = False
    in_zone: bool = True


def read(page: DraftText, language: str, verbs: Sequence[int] = ()) -> FieldReading:
    """Return the start, the end and the period that a page tells.

    `verbs` is where words stand that order something, of which times may be told.
    Times with a zone are in UTC, others have no zone: `where["zone"]` is then where the first of
    them stands, or one whose zone is not known.
    """
    reader = _Reader(page, language, verbs)
    reader.moments()
    reader.periods()
    reader.events()
    return reader.found


def calendar(page: DraftText) -> list[int]:
    """Return where dates, and words like "days" and "March", stand."""
    starts: list[int] = []
    for pattern in (UNITS, clock.MONTH_NAME, clock.ISO, clock.SLASHES):
        starts += [match.start() for match in pattern.finditer(page.folded)]
    return sorted(starts)


class _Reader:
    def __init__(self, page: DraftText, language: str, verbs: Sequence[int]) -> None:
        self._page = page
        self._folded = page.folded
        self._moments, self._zones = clock.moments(page, language)
        self._verbs = sorted(verbs)
        on_measure = page.found("measure") + page.found("executors", "duties")
        self._measure = sorted([*verbs, *(start for start, _ in on_measure)])
        other = page.found("other") + page.found("notice", "acts")
        self._other = sorted(
            start
            for start, end in other
            # "notified to block" tells what is to be done
            if not (
                any_in(self._measure, end, end + 120)
                and TO_ACT.match(self._folded, end)
            )
            and not page.before(SINCE, start, 40)
            and not OF_MAIL.match(self._folded, end)
            and not BY_MAIL.search(self._folded, max(0, start - 16), end)
        )
        self._phones = [start for start, _ in page.found("term", "phone")]
        known = page.found("when", "event")
        others = [one for one in self._until() if not overlaps(known, *one)]
        self._events = sorted([*known, *others])
        self._cues = {
            kind: page.found("when", kind) for kind in ("start", "end", "between_start")
        }
        self._own_day = self._day_of_the_order()
        self._told, self._told_doubtful = self._zone_of_all()
        self.found = FieldReading()

    # What holds for the whole text

    def _day_of_the_order(self) -> Day | None:
        """Return the day on which the order was made, where the text says one."""
        days: dict[tuple[int, int, int], Day] = {}
        for moment in self._moments:
            day = moment.day
            if day and day.year and not day.doubtful and self._is_own(day):
                days[day.year, day.month, day.day] = day
        return next(iter(days.values())) if len(days) == 1 else None

    def _is_own(self, day: Day) -> bool:
        line = self._folded.rfind("\n", 0, day.start) + 1
        start = max(line, self._page.sentence(day.start)[0])
        ends = LINE_ENDS.match(self._page.plain, day.end)
        ends_there = ends or self._page.sentence(day.start)[1] <= day.end + 3
        if ends_there and DATELINE.fullmatch(self._page.plain, start, day.start):
            return True
        return self._page.before(DATED, day.start, 90) is not None

    def _zone_of_all(self) -> tuple[Zone | None, bool]:
        """Return the zone that is told once for all times, and whether that is doubtful."""
        zones: list[Zone] = []
        for match in TIMES_ARE.finditer(self._folded):
            end = self._page.sentence(match.start())[1]
            within = [one for one in self._zones if match.end() <= one.start < end]
            place = IN_PLACE.search(self._folded, match.end() - 1, end)
            if within:
                zones += within
            elif place:
                zones.append(clock.zone_in(place))
        zone, doubtful = clock.zone_of(zones)
        if zone is None:
            return None, doubtful
        return replace(zones[0], zone=zone), doubtful

    # Moments

    def moments(self) -> None:
        """Take the moments that words say are a beginning or an end."""
        cued = list(self._cued())
        self._unreached({one.moment.start for one in cued})
        if not any(one.kind == "end" for one in cued):
            cued += self._limits()
        for again in SAME_TIME.finditer(self._folded):
            for kind in ("start", "end"):
                self._ask_of(kind, again.span())
        in_sentence = Counter(self._page.sentence(one.start)[0] for one in cued)
        for one in cued:
            alone = in_sentence[self._page.sentence(one.start)[0]] < 2
            off = alone and not self._on_the_measure(one.start, one.moment.end)
            self._take(one, off or self._on_something_else(one.start))

    def _cued(self) -> Iterator[Cued]:
        second: Moment | None = None
        following = [*self._moments[1:], None]
        for moment, behind in zip(self._moments, following, strict=False):
            if moment is second:
                continue
            begins = self._cue(moment, "between_start", "start")
            if behind and self._is_range(moment, behind):
                first, last, doubtful = _filled(moment, behind)
                if first.clock and first.day is last.day:
                    # hours of a day need no other words
                    on_it = self._on_the_measure(moment.start, behind.end)
                    start = moment.start if begins is None else begins
                    begins = start if on_it else None
                if begins is not None:
                    second = behind
                    yield Cued("start", begins, first, doubtful)
                    yield Cued("end", begins, last, doubtful)
                    continue
            if pair := self._days_of_one_month(moment):
                yield from pair
                continue
            for kind in ("start", "end"):
                cue = self._cue(moment, kind)
                if cue is not None:
                    yield Cued(kind, cue, moment, self._is_cut_off(moment, behind))

    def _cue(self, moment: Moment, *kinds: str) -> int | None:
        """Return where the words begin that stand right before a moment, of these kinds."""
        for kind in kinds:
            lead = clock.LEAD_TO_AN_END if kind == "end" else clock.LEAD
            for start, end in self._cues[kind]:
                near = start <= moment.start and 0 <= moment.start - end <= NEAR
                if near and lead.fullmatch(self._folded, end, moment.start):
                    return start
        # "from" between a day and its hours
        inner = moment.clock.start if moment.clock else moment.start
        if inner > moment.start and "between_start" in kinds:
            return self._cue(Moment(inner, moment.end), *kinds)
        return None

    def _is_range(self, first: Moment, last: Moment) -> bool:
        """Say whether a moment goes on to the next: "del 3 de … al 5 de …", "de 15 a 17 horas"."""
        same = (first.clock is None) == (last.clock is None) or first.day is not None
        joined = clock.RANGE.fullmatch(self._folded, first.end, last.start)
        return same and joined is not None and bool(last.day or first.day or last.clock)

    def _unreached(self, taken: set[int]) -> None:
        """Keep as a doubt an end before whose day an hour stands that is not understood."""
        for moment in self._moments:
            if moment.day is None or moment.start in taken:
                continue
            for start, end in self._cues["end"]:
                near = 0 < moment.start - end < NEAR / 2
                hour = near and UNREAD_HOUR.search(self._folded, end, moment.start)
                if hour and self._page.same_sentence(start, moment.start):
                    self.found.doubts.append((start, moment.end))
                    self.found.unsure.append(("end", (start, moment.end)))

    def _is_cut_off(self, moment: Moment, behind: Moment | None) -> bool:
        """Say whether a time stands behind a day that may be the time of it."""
        if behind is None or moment.clock or behind.day or behind.clock is None:
            return False
        near = behind.start - moment.end < NEAR / 2
        return near and self._page.same_sentence(moment.start, behind.start)

    def _days_of_one_month(self, moment: Moment) -> list[Cued]:
        """Read "del 2 al 30 de noviembre de 2026"."""
        joined = self._page.before(RANGE_BEFORE, moment.start, 20)
        match = joined and self._page.before(ONE_DAY_OF_MONTH, joined.start(), 6)
        if not match or moment.day is None or moment.day.start != moment.start:
            return []
        one = replace(moment.day, start=match.start(), day=int(match["day"]))
        first = replace(moment, start=match.start(), day=one, clock=None)
        begins = self._cue(first, "between_start", "start")
        if begins is None:
            return []
        return [Cued("start", begins, first), Cued("end", begins, moment)]

    def _limits(self) -> Iterator[Cued]:
        """Take the days behind an event: "until judgment or, at the latest, 30 June 2027"."""
        starts = [moment.start for moment in self._moments]
        for start, end in self._events:
            first = bisect_left(starts, start)
            for moment in self._moments[first : bisect_left(starts, end + 80)][:3]:
                in_reach = self._page.same_sentence(start, moment.start)
                begins = self._cue(moment, "start") is not None
                near = max(start, moment.start - 80)
                limit = AT_THE_LATEST.search(self._folded, near, moment.start)
                if in_reach and not begins and limit and moment.day:
                    yield Cued("end", start, moment)

    def _on_the_measure(self, start: int, end: int) -> bool:
        """Say whether a sentence is on the measure itself, not on what happened before it."""
        written = self._folded[start:end]
        if ":" in written.partition(" ")[0] or ": " in written:
            return True
        first, last = self._page.sentence(start)
        if any_in(self._measure, first, last):
            return True
        # "Vence el …": what ends is what was ordered before
        whole = LIST_SIGN.fullmatch(self._folded, first, start)
        return whole is not None and not any_in(self._other, first, last)

    def _on_something_else(self, start: int) -> bool:
        """Say whether the words before a date are rather on notice, an appeal, a report."""
        other = last_of(self._other, start)
        first, last = self._page.sentence(start)
        # "Notified that, for 60 days, they shall block"
        ordered = any_in(self._verbs, start, last)
        on_measure = ordered or any_in(self._measure, other, start)
        return other >= first and not on_measure

    def _take(self, cued: Cued, off: bool) -> None:
        moment = cued.moment
        where = (cued.start, moment.end)
        if off and (moment.day is None or not moment.day.day):
            return  # the hours, or the month, of something else
        if moment.day is None and self._page.follows(self._phones, cued.start):
            return  # when somebody can be called
        if moment.day is None and (moment.clock is None or moment.clock.bare):
            return  # a period
        reading = self._instant(moment, cued.kind)
        doubtful = off or cued.doubtful or reading.doubtful or reading.at is None
        if doubtful:
            self.found.doubts.append(where)
            self.found.unsure.append((cued.kind, where))
        if off or reading.at is None:
            return
        if not reading.in_zone:
            self.found.where.setdefault("zone", where)
            for zone in self._zones:  # for all times, or before them
                self.found.doubts.append((zone.start, zone.end))
                self.found.where["zone"] = (zone.start, zone.end)
        self._note(cued.kind, reading.at, where)

    def _instant(self, moment: Moment, kind: str) -> Instant:
        """Return what a moment comes to as the start or the end of something."""
        day = self._resolved(moment.day)
        if day is None:
            return Instant(None)
        since = LAST_OF_A_DAY if kind == "end" else timedelta(0)
        doubtful = day.doubtful
        if moment.clock:
            since = moment.clock.since_midnight
            doubtful = doubtful or moment.clock.doubtful
            today = moment.day is not None and moment.day.from_own is not None
            if moment.clock.either_midnight and kind == "start":
                since %= ONE_DAY
            doubtful = doubtful or (moment.clock.either_midnight and not today)
        try:
            naive = datetime(day.year, day.month, day.day) + since
        except (ValueError, OverflowError):
            return Instant(None)
        zones = moment.zones
        if not zones and moment.clock and self._told:
            zones = (self._told,)
        zone, unsure = clock.zone_of(zones)
        if not zones and moment.clock:
            unsure = self._told_doubtful
        if zone is None:
            return Instant(naive, doubtful or unsure, not (moment.clock or unsure))
        try:
            at, unsure = clock.instant(naive, zone, zones)
        except OverflowError:
            return Instant(None)
        if at is None:
            return Instant(naive, True, False)
        return Instant(at, doubtful or unsure)

    def _resolved(self, day: Day | None) -> Day | None:
        """Return a day with its date; None where the text does not tell it."""
        if day is None or day.from_own is None:
            return day if day and day.year and day.month and day.day else None
        own = self._own_day
        if own is None:
            return None
        date = datetime(own.year, own.month, own.day) + timedelta(days=day.from_own)
        return replace(day, year=date.year, month=date.month, day=date.day)

    def _note(self, kind: str, value: object, where: Span) -> None:
        """Keep all that is told of a kind; the first is that of the order."""
        self.found.every.setdefault(kind, []).append((value, where))
        if kind not in self.found.fields:
            self.found.note(kind, value, where)

    # Periods and events

    def periods(self) -> None:
        """Take the period that words say is that of the measure."""
        page = self._page
        extended = [end for _, end in page.found("when", "extended")]
        cues = self._ends_of("lasts")
        others = self._ends_of("other_period")
        begins = self.found.fields.get("start")
        for match in UNITS.finditer(self._folded):
            unit = match.lastgroup or ""
            start, count = _number(self._folded, match.start())
            cue = cues.get(start)
            if cue is None and (cue := cues.get(match.start())) is not None:
                start = match.start()  # "for a month": the article is the number
                count = numbers().get(self._folded[cue:start].split()[-1])
                if count is None:
                    continue
            if cue is None or others.get(start, cue) < cue:
                continue
            if self._on_something_else(cue):
                self._ask_of("lasts", (cue, match.end()))
                continue
            if unit == "minutes" and OF_A_MATCH.match(self._folded, match.end()):
                continue
            behind = WORKING.match(self._folded, match.end())
            end = behind.end() if behind else match.end()
            working = behind or WORKING_BEFORE.search(
                self._folded[start : match.start()]
            )
            length = None if count is None or working else _length(count, unit, begins)
            where = (cue, end)
            if length is None or self._stands_before(extended, start):
                self.found.doubts.append(where)
                self.found.unsure.append(("lasts", where))
            else:
                self._note("lasts", length, where)

    def _ends_of(self, kind: str) -> dict[int, int]:
        """Return where what follows the words of a kind begins, each with where they begin."""
        start_of: dict[int, int] = {}
        for start, end in self._page.found("when", kind):
            while self._folded[end : end + 1].isspace():
                end += 1
            start_of.setdefault(end, start)
        return start_of

    def _ask_of(self, name: str, span: Span) -> None:
        """Note what may be told of something else, where its sentence orders something too."""
        if any_in(self._verbs, *self._page.sentence(span[0])):
            self.found.unsure.append((name, span))

    def _until(self) -> Iterator[Span]:
        """Yield what stands behind "until", where it is neither a time nor an amount."""
        taken = [(one.start, one.end) for one in self._moments]
        taken += [unit.span() for unit in UNITS.finditer(self._folded)]
        taken += self._page.found("unclear", "endless")
        taken.sort()
        for until in UNTIL.finditer(self._folded):
            if not overlaps(taken, *until.span()):
                yield until.span()

    def events(self) -> None:
        """Take what the measure ends with; the day is a doubt, for no calendar tells it."""
        for start, end in self._events:
            if self._on_something_else(start):
                self._ask_of("end_event", (start, end))
                continue
            self.found.doubts.append((start, end))
            if self._on_the_measure(start, end):
                event = self._page.written(start, end)
                self._note("end_event", event, (start, end))

    def _stands_before(self, ends: Sequence[int], place: int) -> bool:
        """Say whether one of the words stands shortly before `place`, in its sentence."""
        first = max(place - 80, self._page.sentence(place)[0] + 1)
        return any_in(ends, first, place + 1)


def _filled(first: Moment, last: Moment) -> tuple[Moment, Moment, bool]:
    """Return the two moments of a range, each with what only the other says.

    Whether that is doubtful comes third: where the second would be before the first.
    """
    doubtful = False
    if first.clock and last.clock:
        later = first.clock.since_midnight + ONE_DAY / 2
        if (
            first.clock.either_half
            and last.clock.halved
            and later <= last.clock.since_midnight
        ):
            one = replace(first.clock, since_midnight=later, either_half=False)
            first = replace(first, clock=one)
        one_day = first.day is None or last.day is None
        first = replace(first, zones=first.zones or last.zones)
        last = replace(last, zones=last.zones or first.zones)
        first = replace(first, day=first.day or last.day)
        last = replace(last, day=last.day or first.day)
        assert first.clock
        assert last.clock
        if one_day and last.clock.since_midnight <= first.clock.since_midnight:
            over = replace(
                last.clock, since_midnight=last.clock.since_midnight + ONE_DAY
            )
            last = replace(last, clock=over)
            doubtful = True
    if (
        first.day
        and last.day
        and last.day.year
        and first.day.month
        and not first.day.year
    ):
        over_new_year = first.day.month > last.day.month
        year = last.day.year - over_new_year
        first = replace(first, day=replace(first.day, year=year))
        doubtful = doubtful or over_new_year
    return first, last, doubtful


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
    before = WORKING_BEFORE.sub("", before).rstrip()
    first = max(0, end - 70)
    bracket = BRACKET.search(before)
    if bracket:
        before = before[: bracket.start()].rstrip()
    start, number = _counted(before)
    if bracket:
        _, again = _counted(bracket[1].strip())
        if number is None or (again is not None and again != number):
            return first + start, None
    elif number is not None and (figure := FIGURE_BEFORE.search(before, 0, start)):
        same = int(figure[1]) == number  # "(30) treinta"
        return first + figure.start(), number if same else None
    return first + start, number


def _counted(text: str) -> tuple[int, int | None]:
    """Return where the number begins that `text` ends with, and the number."""
    if figure := FIGURE.search(text):
        return figure.start(), int(figure.group())
    words_at_end = LAST_WORDS.search(text, max(0, len(text) - 60))
    start = words_at_end.start() if words_at_end else len(text)
    for gap in re.finditer(r"\A|[\s-]+", text[start:]):
        written = re.sub(r"[\s-]+", " ", text[start + gap.end() :])
        if written in numbers():
            return start + gap.end(), numbers()[written]
    return len(text), None
