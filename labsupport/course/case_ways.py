"""The way through a case that was played, beside a way to each other end: a picture, and rows.

Another way is the one that leaves the own way as late as there is one, and never goes back.
"""

from __future__ import annotations

from textwrap import shorten, wrap
from typing import NamedTuple

from labsupport.course.case_cards import letters
from labsupport.course.playing import Playing, Taken
from labsupport.picture import LETTER, WIDE, Picture, Shapes, State, lines, shape
from labsupport.results import Table, span

LONGEST_CHOICE = 110  # letters
WIDEST = 22  # from one choice to the next
LETTERED = 20  # the least room that a choice needs for its letter
FOR_CHOICES = 240  # all of them together
COLUMN = 108  # of figures, at least
LINE = 18
BOLD = 1.2  # what a marked word is wider


class Way(NamedTuple):
    """A way to an end, and at which choice it leaves the own one, which is the first of all."""

    end: str
    case: Playing
    leaves: int

    @property
    def figures(self) -> list[int]:
        """The minutes, and what has grown."""
        return [self.case.minutes, *(total for _, total, _ in self.case.counts())]


def ways(own: Playing) -> list[Way]:
    """Return the own way, which has ended, and one to each other end."""
    story, taken = own.story, own.taken
    ends = {story.ending(own.step, own.marks): (len(taken), taken)}
    met = set()
    for count in reversed(range(len(taken))):
        situation = own.at(taken[:count])
        left: list[tuple[str, frozenset[str], Taken]] = [
            (situation.step.id, situation.marks, ())
        ]
        while left:
            key, marks, more = left.pop(0)
            step = story.steps[key]
            if not step.choices:
                ends.setdefault(
                    story.ending(step, marks), (count, (*taken[:count], *more))
                )
            been = {one for one, _ in (*taken[:count], *more)} | {key}
            for choice in step.open(marks):
                after = choice.leads, step.after(choice, marks)
                if choice.leads not in been and after not in met:
                    met.add(after)
                    left.append((*after, (*more, (key, choice.id))))
    return [Way(end, own.at(to), leaves) for end, (leaves, to) in ends.items()]


def rows(of: list[Way]) -> Table:
    """Return the ways as rows."""
    say = of[0].case.say
    labels = [count.label for count, _, _ in of[0].case.counts()]
    cells = (
        (one.end, " ".join(letters(one.case)), *map(str, _figures(one))) for one in of
    )
    columns = (
        say("case_ways.end"),
        say("case_ways.choices"),
        say("case_ways.time_gone_by"),
        *labels,
    )
    return Table(say("case_ways.your_way_one_each"), columns, tuple(cells))


def called(way: Way, number: int) -> str:
    """Return what is pressed to see a way."""
    return way.end if number else way.case.say("case_ways.yours_end", end=way.end)


def picture(of: list[Way]) -> Picture:
    """Draw the ways, one below the other; each state has one of them marked."""
    say, longest = of[0].case.say, max(len(way.case.taken) for way in of)
    gap = min(WIDEST, FOR_CHOICES / longest)
    figures = [way.figures for way in of]
    most = [max(*column, 1) for column in zip(*figures, strict=True)]
    longest_time = max(len(_figures(way)[0]) for way in of) * LETTER * BOLD
    places: list[float] = [WIDE - COLUMN * at for at in range(len(most) - 1, 0, -1)]
    right = WIDE - COLUMN * len(places) - max(COLUMN + 10, longest_time + 6)
    places.insert(0, right)
    heads = [
        say("case_ways.time_gone_by"),
        *(count.label for count, _, _ in of[0].case.counts()),
    ]
    drawn: Shapes = []
    head_lines = 0
    for x, head in zip(places, heads, strict=True):
        words = lines(x, 16, head, COLUMN - 12)
        drawn += words
        head_lines = max(head_lines, len(words))
    left = longest * gap + 18
    y = 4.0 + LINE * head_lines
    first = 0.0
    for number, way in enumerate(of):
        part, named, wide = f"w{number}", called(way, number), (right - left) / BOLD
        half = LINE / 2 * len(wrap(named, int(wide / LETTER))) + 3
        y += half
        if not number:
            first = y
            high = 2 * half - 4
            drawn += shape("rect", "wall", x=1, y=y - half, width=WIDE - 2, height=high)
        drawn += lines(left, y + 17 - half, named, wide, part=part)
        drawn += _line(way, number, y, first, gap)
        for x, cost, figure, largest in zip(
            places, _figures(way), way.figures, most, strict=True
        ):
            bar = max(1.0, (COLUMN - 20) * figure / largest)
            drawn += lines(x, y + 1, cost, WIDE, part=part)
            drawn += shape("rect", "box", part, x=x, y=y + 6, width=bar, height=5)
        y += half
    states = [
        State(
            _words(way, number),
            dict.fromkeys(_parts(way, number), "on"),
            called(way, number),
        )
        for number, way in enumerate(of)
    ]
    return Picture(drawn, y + 2, states, say)


def _line(way: Way, number: int, y: float, first: float, gap: float) -> Shapes:
    """Draw the line of a way and its choices; the own one comes in a part for each choice."""
    drawn: Shapes = []
    signs, part = letters(way.case), f"w{number}"
    if number:
        begin, end = 6 + way.leaves * gap, 6 + (len(signs) - 0.5) * gap
        drawn += shape("path", "line", part, d=f"M{begin:g} {first:g} V{y:g} H{end:g}")
    for at, sign in list(enumerate(signs))[way.leaves if number else 0 :]:
        x, of = 6 + (at + 0.5) * gap, part if number else f"o{at}"
        if not number:
            end = x if at + 1 == len(signs) else x + gap / 2
            drawn += shape("line", "line", of, x1=x - gap / 2, y1=y, x2=end, y2=y)
        drawn += shape("circle", "box", of, cx=x, cy=y, r=min(10, gap * 0.4))
        if gap >= LETTERED:
            drawn += shape("text", "small middle", of, sign, x=x, y=y + 5)
    return drawn


def _parts(way: Way, number: int) -> list[str]:
    return [f"w{number}", *(f"o{at}" for at in range(way.leaves))]


def _figures(way: Way) -> list[str]:
    say = way.case.say
    minutes, *totals = way.figures
    return [span(say, minutes * 60), *map(say.number, totals)]


def _words(way: Way, number: int) -> str:
    """Say where a way leaves the own one; what each cost stands in the picture and in the rows."""
    say = way.case.say
    situation, chosen = list(way.case.so_far())[way.leaves if number else -1]
    if not chosen:
        return say("case_ways.own", count=len(way.case.taken))
    text = shorten(chosen.text, LONGEST_CHOICE, placeholder=" …")
    return say("case_ways.leaves", step=situation.step.title, choice=text)
