"""Real cases of measures that blocked or removed: a list to filter, a picture, two side by side.

The cases are rows of data/reference/blocking_measures.csv, each with its sources; what the words
of its columns mean stands there. Whether a case was right is not said here.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

from labsupport.answers import drawings
from labsupport.course.course import none_such
from labsupport.course.reference import ReferenceRows, has, to_look_again
from labsupport.inputs.folding import folded
from labsupport.kinds import Kind
from labsupport.language import SOURCE_LANGUAGE, Language, table_of
from labsupport.reference import look_again, overdue, pairs, read
from labsupport.results import Explanation, Figure, Statement, Table
from labsupport.visible import quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


KEY = "blocking_measures"
NOT_FOUND = "not found"
ESTIMATE = (
    "estimate:"  # begins a cell that tells what might have been, and was not seen
)
IN_SHORT = (0, 2, 3, 5, 7, 8, 10)  # the columns of the list
NO_PROOF_OF_ABSENCE = "cases.not_found_says_what"


@dataclass(frozen=True, slots=True)
class RealCase:
    """A row of the table: what was done, to what end, and what came of it, as reported.

    `written` is the same in English, where this is another language.
    """

    name: str
    country: str
    when: str
    aim: str
    basis: str
    mechanism: str
    executed: str
    intended: str
    others: str
    duration: str
    ended: str
    confidence: str
    source: str
    date: str
    again: str = field(kw_only=True)  # the day by which to look at its sources again
    written: RealCase | None = field(default=None, kw_only=True)

    @property
    def cells(self) -> tuple[str, ...]:
        """Its row."""
        return astuple(self)[:-2]

    @property
    def english(self) -> RealCase:
        """The case as it is written."""
        return self.written or self

    @property
    def title(self) -> str:
        """The case with its country, which many names already hold."""
        if self.country in self.name:
            return self.name
        return f"{self.name} ({self.country})"

    @property
    def hit_others(self) -> bool:
        """Whether an effect on others than the target was reported: an estimate is no report."""
        return not self.english.others.startswith((NOT_FOUND, ESTIMATE))


@functools.cache
def cases(language: str) -> tuple[RealCase, ...]:
    """Return all cases in the order of the file.

    >>> cases("en")[0].name, cases("en")[0].mechanism
    ('Leakymails', 'address')
    """
    rows = zip(pairs(KEY, Language.load(language)), look_again(KEY), strict=True)
    return tuple(
        RealCase(
            *map(str, translated),
            again=again,
            written=RealCase(*map(str, written), again=again),
        )
        for (translated, written), again in rows
    )


def show(say: Language, *, country: object = "") -> Cases | Explanation:
    """Return the cases of a `country`, or all of them.

    It may be a part of a name, in whatever case and without accents; a word of up to three letters
    is looked for as a whole word. Where nothing fits, a sentence says what there is.

    >>> show(Language.load("en"), country="Ecuador").table["case"].tolist()
    ['Google and YouTube, Ecuador', 'LigaPro (Ecuador)']
    """
    wanted = _text(country)
    chosen = [
        case for case in cases(say.code) if not wanted or has(_called(case), wanted)
    ]
    if chosen:
        return Cases(say, chosen)
    countries = say.listed(dict.fromkeys(case.country for case in cases(say.code)))
    sentence = say("cases.no_such_case", what=quoted(country), countries=countries)
    return Explanation(say, Kind.NOT_ASKED, sentence)


def compare(
    say: Language, first_name: object = "", second_name: object = ""
) -> Pair | Explanation:
    """Put two cases side by side, field by field; both are named, or by a part of their names.

    A part that fits several cases, or none, gets a sentence with the names there are.

    >>> print(compare(Language.load("en"), "leakymails", "mooo").table.iloc[4].tolist())
    ['mechanism', 'address', 'name at registry']
    """
    chosen: list[RealCase] = []
    for typed in (first_name, second_name):
        fitting = _find(say, _text(typed))
        if len(fitting) != 1:
            return _which(say, typed, fitting)
        chosen += fitting
    first, second = chosen
    if first is second:
        sentence = say("cases.both_same_case_case", case=first.title)
        return Explanation(say, Kind.NOT_ASKED, sentence)
    return Pair(say, first, second)


class Cases(ReferenceRows):
    """Some of the cases: `of` says which; the sources stand below the table."""

    def __init__(self, say: Language, of: Sequence[RealCase]) -> None:
        self.of = tuple(of)
        every = len(cases(say.code))
        hit = sum(case.hit_others for case in self.of)
        key = "cases_list_other" if hit else "no_other_effect"
        sentence = say(f"cases.{key}", count=len(self.of), all=every, hit=hit)
        columns = _in_short(read(KEY, say).columns)
        rows = tuple(_in_short((case.title, *case.cells[1:])) for case in self.of)
        table = Table(say("cases.measures_blocked_removed_reported"), columns, rows)
        sources = "; ".join(
            f"{case.name}: {case.source} ({case.date})" for case in self.of
        )
        days = [case.again for case in self.of]
        super().__init__(
            say,
            None,
            sentence,
            to_look_again(say, days),
            table=table,
            days=days,
            sources=say("cases.source_sources", sources=sources),
        )

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        disputed = say.listed(
            case.title for case in self.of if case.english.confidence == "low"
        )
        limits = [say("cases.what_is_counted")]
        if disputed:
            limits.append(say("cases.disputed_cases", cases=disputed))
        return (*limits, say(NO_PROOF_OF_ABSENCE), *super().limits)

    def figure(self) -> Figure:
        """Draw how many cases each mechanism has, and for how many of them others were hit."""
        say = self.say
        groups = []
        called = {case.english.mechanism: case.mechanism for case in cases(say.code)}
        for mechanism in sorted(called, key=NOT_FOUND.__eq__):
            hit = [
                case.hit_others
                for case in self.of
                if case.english.mechanism == mechanism
            ]
            if hit:
                groups.append((called[mechanism], sum(hit), len(hit) - sum(hit)))
        reported = say("cases.other_effects_were_reported")
        none = say("cases.none_was_found")
        title = say("cases.cases_mechanism_whether_other")
        parts = [_in_words(say, *group) for group in groups]
        alt = say("cases.bar_each_mechanism", groups="; ".join(parts))
        data = Table(title, (say("cases.mechanism"), reported, none), tuple(groups))

        def draw(axes: Axes) -> None:
            _bars(axes, groups, (reported, none))
            axes.set_xlabel(say("cases.cases_of_this_list"))

        return Figure(title, alt, data, draw, say, (10.0, 1.2 + 0.28 * len(groups)))


class Pair(Statement):
    """Two cases, field by field; their sources are the last two fields."""

    def __init__(self, say: Language, first: RealCase, second: RealCase) -> None:
        rows = list(
            zip(read(KEY, say).columns, first.cells, second.cells, strict=True)
        )[1:]
        columns = (say("cases.field"), first.title, second.title)
        table = Table(say("cases.two_cases_side_side"), columns, tuple(rows))
        sentence = (
            f"{first.title}: {first.mechanism}. {second.title}: {second.mechanism}."
        )
        super().__init__(say, None, sentence, table=table)
        self.days = (first.again, second.again)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say("cases.two_cases_no_sample"),
            say(NO_PROOF_OF_ABSENCE),
            *overdue(say, self.days),
        )


def _in_short(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells of a row that the list shows."""
    return tuple(cells[number] for number in IN_SHORT)


def _text(typed: object) -> str:
    """Return what somebody typed as text; None is as good as nothing."""
    if typed is None:
        return ""
    return str(typed).strip()


def _find(say: Language, word: str) -> list[RealCase]:
    """Return the cases with this name, or else those with it in their name or country."""
    wanted = folded(word)
    if not wanted:
        return []
    exact = []
    partly = []
    for case in cases(say.code):
        english = case.english
        names = [
            folded(name)
            for name in (case.name, case.title, english.name, english.title)
        ]
        if wanted in names:
            exact.append(case)
        elif any(wanted in name for name in names):
            partly.append(case)
    return exact or partly


def _which(say: Language, typed: object, fitting: Sequence[RealCase]) -> Explanation:
    if not fitting:
        return none_such(say, typed, (case.title for case in cases(say.code)))
    names = say.listed(case.title for case in fitting)
    sentence = say("cases.fits_several", what=quoted(typed), names=names)
    return Explanation(say, Kind.NOT_ASKED, sentence)


@functools.cache
def _also() -> dict[str, str]:
    return dict(table_of(SOURCE_LANGUAGE, "countries.toml")["also"])


def _called(case: RealCase) -> str:
    country = case.english.country
    return f"{case.country} {country} {_also().get(country, '')}"


def _in_words(say: Language, mechanism: str, reported: int, none: int) -> str:
    """Say how many cases a mechanism has, with other effects reported and without."""
    key = "mechanism_reported_and_none"
    if not reported:
        key = "mechanism_none_reported"
    elif not none:
        key = "mechanism_all_reported"
    return say(f"cases.{key}", mechanism=mechanism, reported=reported, none=none)


def _bars(
    axes: Axes, groups: Sequence[tuple[str, int, int]], labels: tuple[str, str]
) -> None:
    """Draw a bar a mechanism in two parts, told apart by hatching and by their numbers."""
    names, *parts = zip(*groups, strict=True)
    left = [0] * len(names)
    for counts, label, colour, hatch in zip(
        parts, labels, (drawings.ORANGE, drawings.BLUE), ("///", ""), strict=True
    ):
        style: dict[str, Any] = {
            "fc": drawings.PAPER,
            "ec": colour,
            "hatch": hatch,
            "lw": 2,
        }
        bars = axes.barh(names, counts, left=left, height=0.7, label=label, **style)
        numbers = [str(count or "") for count in counts]
        box = {"fc": drawings.PAPER, "ec": "none", "pad": 1.5}
        axes.bar_label(bars, numbers, label_type="center", color=drawings.INK, bbox=box)
        left = [before + count for before, count in zip(left, counts, strict=True)]
    axes.invert_yaxis()
    axes.set_xticks(range(max(left) + 1))
    axes.spines[["top", "right"]].set_visible(False)
    axes.figure.legend(loc="outside lower center", ncols=2, frameon=False)
