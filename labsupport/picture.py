"""Pictures: drawn once, with named parts, and the states between which a reader moves.

A picture is SVG, of the elements that frontend/src/page.ts lets through. Each state says in words
what is to be seen, and how which part looks; data/course/pictures/pictures.css says what that is
like. The front end moves between the states and draws nothing. Where there is none, one state is
shown, and the words of all stand in a fold.
"""

from __future__ import annotations

import functools
import re
import textwrap
from base64 import b64encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

from labsupport.jsonml import mime_bundle
from labsupport.language import Language
from labsupport.visible import NO_MATHS, cut, escaped, visible

WIDE = 800  # each picture, in its own units: letters 16 high are 14 px or more as shown
LETTER = 8.0  # the width of a letter, about: without a screen nothing can be measured
_PART = re.compile(r' data-part="([^"]+)"')


class State(NamedTuple):
    """What is to be seen in one state: in `words`, and as `looks`, each of a part by its name.

    A part that is not named looks as it was drawn. `label` is what one presses for the state;
    states without one are steps, one after another.
    """

    words: str
    looks: Mapping[str, str]
    label: str = ""


@dataclass(frozen=True)
class Picture:
    """A drawing and its states.

    `drawing` is SVG, `WIDE` wide and `high` high. With `switches`, a label each, there is a state
    for every combination: in state n, switch i is on where bit i of n is 1. `still` is the state
    that stands on paper, and wherever nothing moves.

    >>> lamp = shape("circle", "window", "lamp", cx=10, cy=10, r=8)
    >>> states = (State("Lit.", {}), State("Dark.", {"lamp": "dark"}))
    >>> picture = Picture(lamp, 20, states, Language.load("en"), still=1)
    >>> 'data-part="lamp" data-look="dark"' in picture.svg()
    True
    """

    drawing: str
    high: float
    states: Sequence[State]
    say: Language
    switches: tuple[str, ...] = ()
    still: int = 0

    def svg(self, state: int | None = None) -> str:
        """Return a state as the text of an SVG file; `still` where none is given."""
        looks = self.states[self.still if state is None else state].looks

        def looking(found: re.Match[str]) -> str:
            look = looks.get(found[1])
            return f'{found[0]} data-look="{look}"' if look else found[0]

        return (
            '<svg xmlns="http://www.w3.org/2000/svg" class="lab-svg" aria-hidden="true" '
            f'viewBox="0 0 {WIDE} {self.high:g}" width="{WIDE}" height="{self.high:g}">'
            f"<style>{_style()}</style>{_PART.sub(looking, self.drawing)}</svg>"
        )

    def html(self, rows: str = "") -> str:
        """Return the still as HTML; in a fold the words of all states, and `rows`."""
        say = self.say
        source = b64encode(self.svg().encode()).decode()
        still = self.states[self.still]
        words = escaped(cut(f"{still.label}: {still.words}" if still.label else still.words))
        image = f'<img class="lab-drawing" src="data:image/svg+xml;base64,{source}" alt="{words}">'
        place = say("picture.picture_number_of_count", number="{number}", count="{count}")
        buttons = "|".join(
            (say("picture.back"), say("picture.next"), place, say("picture.what_the_picture_shows"))
        )
        switches = f' data-switches="{escaped("|".join(self.switches))}"' if self.switches else ""
        if self.switches or still.label:  # a choice begins as the sentence above has it
            switches += f' data-first="{self.still}"'
        states = "".join(map(self._item, self.states))
        title = say("picture.in_words_and_rows") if rows else say("picture.in_words")
        return (
            f'<figure class="lab-figure"><p class="lab-state">{words}</p>{image}</figure>'
            f'<details class="lab-same"><summary>{escaped(title)}</summary>'
            f'<ol class="lab-states" data-words="{escaped(buttons)}"{switches}>{states}</ol>{rows}'
            "</details>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        start = f'<section lang="{self.say.code}" class="{NO_MATHS}">'
        return mime_bundle(f"{start}{self.html()}</section>")

    def __repr__(self) -> str:
        return "\n".join(
            f"{number}. {state.label + ': ' if state.label else ''}{visible(state.words)}"
            for number, state in enumerate(self.states, start=1)
        )

    def _item(self, state: State) -> str:
        parts = defaultdict(list)
        for part, look in state.looks.items():
            parts[look].append(part)
        looks = ";".join(f"{look}:{' '.join(these)}" for look, these in parts.items())
        label = f' data-label="{escaped(state.label)}"' if state.label else ""
        before = f"<strong>{escaped(state.label)}:</strong> " if state.label else ""
        words = escaped(cut(state.words))
        return (
            f'<li data-looks="{looks}"{label}>{before}<span class="lab-words">{words}</span></li>'
        )


def shape(tag: str, look: str, part: str = "", words: str = "", **numbers: object) -> str:
    """Return an element of a drawing: its class, its name if it changes, its text, its numbers.

    >>> shape("text", "middle", "who", "A & B", x=4, y=5.5)
    '<text class="lab-middle" data-part="who" x="4" y="5.5">A &amp; B</text>'
    """
    classes = " ".join(f"lab-{one}" for one in look.split())
    name = f' data-part="{part}"' if part else ""
    given = "".join(
        f' {key}="{value:g}"' if isinstance(value, float) else f' {key}="{value}"'
        for key, value in numbers.items()
    )
    return f'<{tag} class="{classes}"{name}{given}>{escaped(words)}</{tag}>'


def lines(x: float, y: float, words: str, wide: float, look: str = "", part: str = "") -> str:
    """Return text as lines one below the other, each about `wide` at most."""
    folded = textwrap.wrap(words, max(4, int(wide / LETTER)))
    return "".join(
        shape("text", f"small {look}", part, line, x=x, y=y + 18 * number)
        for number, line in enumerate(folded)
    )


@functools.cache
def _style() -> str:
    file = resources.files("labsupport.data").joinpath("course/pictures/pictures.css")
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()
