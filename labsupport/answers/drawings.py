"""How pictures are drawn: few shapes, plain colours that everybody can tell apart.

The colours are Okabe and Ito's palette for colour-blind readers (2008). A sign or a word
always says the same as the colour. matplotlib is imported by whoever shows a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from labsupport.language import Language
from labsupport.results import Figure, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = "#0072B2"
GREEN = "#009E73"
ORANGE = "#D55E00"
GREY = "#666666"
INK = "#222222"
PAPER = "#ffffff"

OFFSET: dict[str, Any] = {"textcoords": "offset points", "color": INK}


@dataclass(frozen=True, slots=True)
class Box:
    """A box in a chain: its heading, a line or two below, and the colour of its edge."""

    heading: str
    text: str
    colour: str = BLUE


def leave_as_placed(axes: Axes) -> None:
    """Say that nothing drawn reaches beyond the axes: to measure it all takes a long time."""
    for artist in (*axes.texts, *axes.patches, *axes.lines, *axes.tables):
        artist.set_in_layout(False)


def chain(
    title: str, alt: str, data: Table, boxes: Sequence[Box], between: Sequence[str], say: Language
) -> Figure:
    """Return a picture of boxes from the top down, with `between` as the words on the arrows."""
    draw = partial(_chain, boxes=boxes, between=between)
    return Figure(title, alt, data, draw, say, size=(8.0, 0.95 * len(boxes) + 0.6))


def _chain(axes: Axes, boxes: Sequence[Box], between: Sequence[str]) -> None:
    axes.set_axis_off()
    axes.set(xticks=(), yticks=())  # unseen, and they would still be measured
    axes.set_xlim(0, 10)
    axes.set_ylim(-len(boxes) + 0.45, 0.55)
    look: dict[str, Any] = {"ha": "center", "va": "center", "linespacing": 1.4}
    for place, box in enumerate(boxes):
        words = f"{box.heading}\n{box.text}" if box.text else box.heading
        edge = {"boxstyle": "round,pad=0.5", "fc": PAPER, "ec": box.colour, "lw": 2}
        axes.text(3.0, -place, words, color=INK, bbox=edge, **look)
    arrow = {"arrowstyle": "-|>", "color": GREY, "lw": 1.5}
    for place, words in enumerate(between):
        axes.annotate("", (3.0, -place - 0.72), (3.0, -place - 0.28), arrowprops=arrow)
        axes.text(3.25, -place - 0.5, words, ha="left", va="center", color=INK)
