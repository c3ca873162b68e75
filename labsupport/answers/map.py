"""The map: stations as boxes and lines between them, the same in every answer that draws one.

What moves along it lights the station that it reaches, and the line to it. Where it gets no
further a barrier stands before the station, with a cross and a word.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from labsupport.language import Language
from labsupport.picture import LETTER, Picture, Shapes, State, shape
from labsupport.visible import visible

MAP_WIDE = 726.0  # beside the list of files on a screen 1024 wide, no more of a picture is seen
MOST_ABREAST = 5  # stations side by side: their words still fit
WIDEST = 165.0
_PIECE = re.compile(r"\S[^\s.:]*[.:]?\s*")
GAP = 26.0  # from one station to the next
ROW_GAP = 38.0
LINE_HIGH = 19
MOST_LINES = 5  # of one text in a station
WORD_HIGH = 24  # what stands below the last row: the word on a barrier
BOLD = 10.5  # the width of a letter of a heading, about
ABOVE_HIGH = 66.0


class Station(NamedTuple):
    """A box: what it is called, what stands below, and what is ticked off there, step by step."""

    heading: str
    texts: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


class Step(NamedTuple):
    """A step along the map: its `words`, and the parts that it lights.

    Stations are s0, s1 …, those above the way a0, a1 …; ticks m0, m1 …. Where `barrier` has a word,
    one stands before the station `at`.
    """

    words: str
    lights: tuple[str, ...] = ()
    barrier: str = ""
    at: str = ""


class Rectangle(NamedTuple):
    """Where a station stands: its upper left corner, its width and its height."""

    x: float
    y: float
    wide: float
    high: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.x + self.wide / 2, self.y + self.high / 2


def walk(
    stations: Sequence[Station],
    steps: Sequence[Step],
    say: Language,
    above: Sequence[Station] = (),
) -> Picture:
    """Return the map with `stations` along the way, and the steps along it.

    Those `above` stand beside the way, reached from its first station.
    """
    top = ABOVE_HIGH + ROW_GAP if above else 4.0
    places, high = _along(stations, top)
    named = {f"s{number}": rectangle for number, rectangle in enumerate(places)}
    for number in range(len(above)):
        x = places[0].centre[0] + 2 * GAP + number * (WIDEST + 2 * GAP)
        named[f"a{number}"] = Rectangle(x, 4, WIDEST, ABOVE_HIGH - 4)
    drawing: Shapes = []
    for name, rectangle in named.items():
        if name != "s0":
            drawing += joined(named[_before(name)], rectangle, f"l{name}")
    for (name, rectangle), station in zip(
        named.items(), (*stations, *above), strict=True
    ):
        drawing += box(rectangle, station, name)
    for step in steps:
        if step.barrier:
            drawing += barrier(named[_before(step.at)], named[step.at], step.barrier)
    if not any(step.barrier for step in steps):
        high -= WORD_HIGH
    return Picture(
        drawing, high, _states(steps, stations, named), say, still=len(steps) - 1
    )


def _before(name: str) -> str:
    """The station before another one; the first has none, and stands for it."""
    return "s0" if name in ("s0", "a0") else f"{name[0]}{int(name[1:]) - 1}"


def _states(
    steps: Sequence[Step], stations: Sequence[Station], named: dict[str, Rectangle]
) -> list[State]:
    count = sum(len(station.marks) for station in stations)
    hidden = {f"m{number}" for number in range(count)}
    hidden |= {"barrier" for step in steps if step.barrier}
    lit: dict[str, str] = {}
    states = []
    for step in steps:
        for name in step.lights:
            if name in named:
                lit |= {name: "on"} | ({f"l{name}": "on"} if name != "s0" else {})
            else:  # a tick takes the place of a circle
                hidden = hidden - {name} | {f"o{name[1:]}"}
        if step.barrier:
            hidden.discard("barrier")
            lit |= {f"l{step.at}": "cut", step.at: "cut"}
        states.append(State(step.words, lit | dict.fromkeys(sorted(hidden), "off")))
    return states


def _along(stations: Sequence[Station], top: float) -> tuple[list[Rectangle], float]:
    """Where stations stand: in rows, to the right and back to the left; and where it ends."""
    abreast = ceil(len(stations) / ceil(len(stations) / MOST_ABREAST))
    wide = min(WIDEST, (MAP_WIDE - 4 - GAP * (abreast - 1)) / abreast)
    gap = (MAP_WIDE - 4 - wide * abreast) / max(1, abreast - 1)
    places: list[Rectangle] = []
    for first in range(0, len(stations), abreast):
        each = [height(one, wide) for one in stations[first : first + abreast]]
        for number, own in enumerate(each):
            column = abreast - 1 - number if first // abreast % 2 else number
            places.append(
                Rectangle(
                    2 + column * (wide + gap), top + (max(each) - own) / 2, wide, own
                )
            )
        top += max(each) + ROW_GAP
    return places, top - ROW_GAP + 4 + WORD_HIGH


def height(station: Station, wide: float) -> float:
    """How high the box of a station is that has so much width."""
    return 12.0 + LINE_HIGH * len(_lines(station, wide))


def _lines(station: Station, wide: float) -> list[tuple[str, list[str], str]]:
    """The lines in a box: how each looks, its words, and which parts it is, done and to be done."""
    room = wide - 10
    rows = [
        ("strong", [""], line)
        for line in _folded(station.heading, int((wide - 8) / BOLD))
    ]
    rows += [
        ("", [""], line)
        for text in station.texts
        for line in _folded(text, int(room / LETTER))
    ]
    return rows + [
        ("", [f"m{n}", f"o{n}"], text) for n, text in enumerate(station.marks)
    ]


def _folded(text: str, fit: int) -> list[str]:
    """Return text as few lines; names and addresses break behind a dot or a colon."""
    lines = [""]
    for piece in _PIECE.findall(visible(text)):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) > fit:
            lines.append("")
        lines[-1] += piece
    lines = [part for line in lines for part in textwrap.wrap(line, fit)]
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [lines[MOST_LINES - 1][: fit - 1] + "…"]
    return lines


def box(rectangle: Rectangle, station: Station, part: str = "") -> Shapes:
    """Draw a station."""
    return framed(rectangle, part) + written(rectangle, station)


def framed(rectangle: Rectangle, part: str = "", look: str = "box") -> Shapes:
    """Draw the box of a station."""
    x, y, wide, high = rectangle.x, rectangle.y, rectangle.wide, rectangle.high
    return shape("rect", look, part, x=x, y=y, width=wide, height=high, rx=6)


def written(rectangle: Rectangle, station: Station, part: str = "") -> Shapes:
    """Write the words of a station into its box; all are `part`, but what is ticked off."""
    lines = _lines(station, rectangle.wide)
    x, y = rectangle.centre
    y += 5 - LINE_HIGH * (len(lines) - 1) / 2
    drawn: Shapes = []
    for number, (look, parts, words) in enumerate(lines):
        at = {"x": x, "y": y + LINE_HIGH * number}
        for sign, name in zip(("✓ ", "○ "), parts, strict=False):
            text = sign + words if name else words
            drawn += shape(
                "text", f"small middle {look}".strip(), name or part, text, **at
            )
    return drawn


def eye(x: float, y: float, part: str = "", *, is_open: bool) -> Shapes:
    """Draw an eye: open, or closed."""
    y -= 0 if is_open else 9  # so that the lashes stay at the edge that it stands on
    left, below = f"M{x - 15:g} {y:g}Q{x:g}", f"{y + 18:g} {x + 15:g} {y:g}"
    if not is_open:
        lashes = f"M{x:g} {y + 9:g}v7m-9 -9l-4 6m22 -6l4 6"
        return shape("path", "eye", part, d=f"{left} {below}{lashes}")
    lids = f"{left} {below}Q{x:g} {y - 18:g} {x - 15:g} {y:g}"
    return shape("path", "eye", part, d=lids) + shape(
        "circle", "pupil", part, cx=x, cy=y, r=5
    )


def sheet(x: float, y: float, part: str = "") -> Shapes:
    """Draw a sheet of paper with writing on it, around a point."""
    d = f"M{x - 8:g} {y - 10:g}h16v20h-16zM{x - 4:g} {y - 4:g}h8m-8 4h8m-8 4h8"
    return shape("path", "eye", part, d=d)


def joined(
    start: Rectangle, end: Rectangle, part: str = "", look: str = "line"
) -> Shapes:
    """Draw the line from one station to another: along a row, down, or up and then along."""
    (x, y), (to_x, to_y) = start.centre, end.centre
    if end.y + end.high <= start.y and end.x > x:  # it stands above, beside the way
        d = f"M{x:g} {start.y:g}V{to_y:g}H{end.x:g}"
    else:
        d = f"M{x:g} {y:g}L{to_x:g} {to_y:g}"  # the boxes hide its ends
    return shape("path", look, part, d=d)


def barrier(start: Rectangle, end: Rectangle, word: str) -> Shapes:
    """Draw what bars the line from one station to another, before the other."""
    x, y = end.centre
    half = len(word) * LETTER / 2 + 4
    if start.x == end.x and end.y > start.y:  # from one row down to the next
        y = end.y - ROW_GAP / 2
        bar = {"x": x - 50, "y": y - 6, "width": 100, "height": 12}
        words = x - 60 - half if x > MAP_WIDE / 2 else x + 60 + half, y + 5
    else:
        x = end.x - GAP / 2 if end.x > start.x else end.x + end.wide + GAP / 2
        bar = {"x": x - 6, "y": end.y - 3, "width": 12, "height": end.high + 6}
        words = (
            min(max(half, x - 10 + half), MAP_WIDE - half),
            end.y + end.high + 21,
        )
    left, right, top, bottom = x - 11, x + 11, y - 11, y + 11
    cross = (
        f"M{left:g} {top:g}L{right:g} {bottom:g}M{right:g} {top:g}L{left:g} {bottom:g}"
    )
    return (
        shape("rect", "barrier", "barrier", "", **bar)
        + shape("circle", "crossed", "barrier", cx=x, cy=y, r=16)
        + shape("path", "cross", "barrier", d=cross)
        + shape("text", "small middle strong", "barrier", word, x=words[0], y=words[1])
    )
