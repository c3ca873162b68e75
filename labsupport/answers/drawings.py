"""How pictures are drawn: few shapes, plain colours that everybody can tell apart.

The colours are Okabe and Ito's palette for colour-blind readers (2008). A sign or a word
always says the same as the colour. matplotlib is imported by whoever shows a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labsupport.language import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = "#0072B2"
ORANGE = "#D55E00"
GREY = "#666666"
INK = "#222222"
PAPER = "#ffffff"

OFFSET: dict[str, Any] = {"textcoords": "offset points", "color": INK}

# From three hours on, hours read better than minutes.
HOURS_FROM = 3 * 3600


def bars(axes: Axes, labels: Sequence[str], values: Sequence[float]) -> None:
    """Draw a bar a label, from the top down, with its value at the end."""
    places = range(len(labels))
    axes.barh(places, values, color=BLUE, height=0.6)
    for place, value in enumerate(values):
        axes.annotate(str(value), (value, place), (4, 0), va="center", **OFFSET)
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.1 * max(values, default=0) + 1)
    axes.spines[["top", "right"]].set_visible(False)


def memory(axes: Axes, say: Language, seen: Sequence[tuple[float, int]]) -> None:
    """Draw the time left in a resolver's memory: falling, and full again when it asks anew."""
    start, gone = seen[0][0], sum(seen[-1])  # seen last, and the time left then
    hours = max(left for _, left in seen) > HOURS_FROM
    unit = 3600 if hours else 60
    for (when, left), following in zip(seen, [*seen[1:], None], strict=True):
        end = when + left if following is None else min(when + left, following[0])
        axes.plot(
            [(when - start) / unit, (end - start) / unit],
            [left / unit, (when + left - end) / unit],
            color=BLUE,
            lw=2,
            ls="--" if following is None else "-",
        )
    points = [(when - start) / unit for when, _ in seen], [left / unit for _, left in seen]
    axes.plot(*points, "o", color=ORANGE, label=say("asked, and saw this time left"))
    end = (gone - start) / unit
    axes.axvline(end, color=GREY, ls=":", lw=1.5)
    words = say("forgotten: the next question is asked anew")
    axes.annotate(words, (end, axes.get_ylim()[1] * 0.6), (-6, 0), ha="right", **OFFSET)
    begun = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d %H:%M UTC")
    axes.set_xlabel(
        say("hours since {when} (lab time)", when=begun)
        if hours
        else say("minutes since {when} (lab time)", when=begun)
    )
    axes.set_ylabel(say("hours left") if hours else say("minutes left"))
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower left", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
