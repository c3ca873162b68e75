"""Which sites of the lab open: a house for each machine, and in it a window for each site."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from textwrap import shorten
from typing import NamedTuple

from labsupport.answers.site_kinds import named_first, word
from labsupport.language import Language
from labsupport.picture import LETTER, WIDE, Picture, Shapes, State, lines, shape

PITCH, ROW = 17, 15  # from one window to the next, and to the one below
WALL = 8  # from the windows to the wall
GAP = 9  # between machines that have one wall
LARGE = 9  # sites, on a machine that is drawn by itself
CAPTION = 20
MOST_NAMED = 4
LONGEST_NAME = 44  # letters
# windows side by side, in a machine with a hundred and with fewer
ACROSS, ACROSS_SMALL = (
    30,
    13,
)


class Window(NamedTuple):
    """A site: its name, its title, its kind, and the address of the machine that it is on."""

    name: str
    title: str
    kind: str
    machine: str


class Seen(NamedTuple):
    """What somebody meets: what is pressed to see it, in `words`, and the sites that are dark."""

    label: str
    words: str
    dark: Collection[str]


def dark_sites(  # noqa: PLR0913 - what is drawn, and the two labels that differ
    sites: Sequence[Window],
    aims: Collection[str],
    seen: Sequence[Seen],
    say: Language,
    *,
    aimed: str,
    first: str = "",
) -> Picture:
    """Return the picture of `sites`, first as they are, then as each of `seen` meets them.

    `first` is what is pressed to see them as they are, if that is not "Without the order".

    `aims` have a frame, which is there from the start, and means what `aimed` says. Those of `seen`
    who meet the same share a state.
    """
    met: dict[tuple[frozenset[str], str], list[str]] = defaultdict(list)
    for view in seen:
        met[frozenset(view.dark), view.words].append(view.label)
    alike = len(met) == 1 < len(seen)
    seen = [
        Seen(
            say("dark_sites.with_the_order") if alike else ", ".join(labels),
            words,
            dark,
        )
        for (dark, words), labels in met.items()
    ]
    parts = {site.name: f"s{number}" for number, site in enumerate(sites)}
    dark = frozenset[str]().union(*(view.dark for view in seen))
    named = _named([site for site in sites if site.name in dark], aims)
    drawing, high = _houses(sites, aims, parts, say)
    for number, site in enumerate(named):
        x, y = 10 + WIDE / 2 * (number % 2), high + 22 * (number // 2)
        kind = f" ({word(site.kind, say)})"
        room = max(LONGEST_NAME - len(kind), 8)
        title = (shorten(site.title, room, placeholder=" …") + kind)[:LONGEST_NAME]
        drawing += shape(
            "rect", "window", f"n{parts[site.name]}", x=x, y=y, width=12, height=10
        )
        drawing += lines(x + 24, y + 12, title, WIDE, part=f"n{parts[site.name]}")
    high += 22 * ((len(named) + 1) // 2) + 2
    legend = (say("dark_sites.it_opens"), say("dark_sites.it_does_not_open"), aimed)
    for x, part, what in zip((10, 210, 450), ("", "key", ""), legend, strict=True):
        if what == aimed:
            drawing += _aim(x, high)
        drawing += shape("rect", "window", part, x=x, y=high, width=12, height=10)
        drawing += lines(x + 24, high + 12, what, WIDE)
    key = {"key": "dark"}
    before = State(
        say("dark_sites.before", count=len(sites)),
        key,
        first or say("dark_sites.without_the_order"),
    )
    return Picture(
        drawing,
        high + 16,
        (
            before,
            *(
                State(view.words, _looks(view, parts, named) | key, view.label)
                for view in seen
            ),
        ),
        say,
        still=min(1, len(seen)),
    )


def _looks(
    view: Seen, parts: dict[str, str], named: Sequence[Window]
) -> dict[str, str]:
    looks = {part: "dark" for name, part in parts.items() if name in view.dark}
    return looks | {
        f"n{parts[site.name]}": "dark" for site in named if site.name in view.dark
    }


def _named(dark: Sequence[Window], aims: Collection[str]) -> list[Window]:
    """A site of each kind that the public depends on, of those that go dark and are not meant."""
    of_kind = {
        site.kind: site
        for site in reversed(dark)
        if site.name not in aims and site.kind
    }
    return [of_kind[kind] for kind in named_first(of_kind)[:MOST_NAMED]]


def _houses(
    sites: Sequence[Window], aims: Collection[str], parts: dict[str, str], say: Language
) -> tuple[Shapes, float]:
    """Draw the machines; return that, and where it ends."""
    machines: dict[str, list[Window]] = defaultdict(list)
    for site in sites:
        machines[site.machine].append(site)
    by_size = sorted(machines.values(), key=len, reverse=True)
    drawing: Shapes = []
    corner, largest = (0.0, 0.0), 0.0
    large = [
        machine for machine in by_size if len(machine) >= LARGE or len(by_size) == 1
    ]
    for machine in large:
        words = f"{machine[0].machine} · {len(machine)}"
        across = ACROSS if len(machine) > 100 else ACROSS_SMALL
        wide = max(min(across, len(machine)) * PITCH, len(words) * LETTER) + 2 * WALL
        if corner[0] + wide > WIDE:
            corner = (0.0, largest + WALL)
        drawn, end = _house([machine], words, (*corner, wide), aims, parts)
        drawing += drawn
        # The others stand beside the largest, one below the other.
        corner = (wide + WALL, 0.0) if not largest else (corner[0], end + WALL)
        largest = max(largest, end)
    small = by_size[len(large) :]
    if small:
        count = sum(map(len, small))
        words = say("dark_sites.small", count=count, machines=len(small))
        frame = (0.0, largest + WALL if large else 0.0, float(WIDE))
        drawn, largest = _house(small, words, frame, aims, parts)
        drawing += drawn
    return drawing, largest + 2 * WALL


def _house(
    machines: Sequence[Sequence[Window]],
    words: str,
    frame: tuple[float, float, float],
    aims: Collection[str],
    parts: dict[str, str],
) -> tuple[Shapes, float]:
    """A wall with a window for each site, a gap between machines; and where it ends."""
    x, y, wide = frame
    left, top = x + WALL, y + CAPTION + 2
    drawn = lines(left, y + 17, words, wide)
    for machine in machines:
        for site in machine:
            if left + PITCH > x + wide:
                left, top = x + WALL, top + ROW
            if site.name in aims:
                drawn += _aim(left, top)
            drawn += shape(
                "rect", "window", parts[site.name], x=left, y=top, width=12, height=10
            )
            left += PITCH
        left += GAP
    end = top + ROW + WALL / 2
    wall = shape(
        "rect", "wall", x=x + 1, y=y + 1, width=wide - 2, height=end - y - 2, rx=3
    )
    return wall + drawn, end


def _aim(x: float, y: float) -> Shapes:
    """Draw the frame of a window; a gap keeps it apart from a dark one."""
    return shape("rect", "aim", x=x - 3.5, y=y - 3.5, width=19, height=17)
