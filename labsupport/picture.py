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
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, NamedTuple

from labsupport.language import Language
from labsupport.tree import Element, Node, as_html, element, mime_bundle
from labsupport.visible import NO_MATHS, cut, visible

WIDE = 800  # each picture, in its own units: letters 16 high are 14 px or more as shown
LETTER = 8.0  # the width of a letter, about: without a screen nothing can be measured


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

    `drawing` is made of `shape` and `lines`, `WIDE` wide and `high` high. With `switches`, a
    label each, there is a state for every combination: in state n, switch i is on where bit i of n
    is 1. `still` is the state that stands on paper, and wherever nothing moves.

    >>> lamp = shape("circle", "window", "lamp", cx=10, cy=10, r=8)
    >>> states = (State("Lit.", {}), State("Dark.", {"lamp": "dark"}))
    >>> picture = Picture(lamp, 20, states, Language.load("en"), still=1)
    >>> 'data-look="dark"' in picture.svg()
    True
    """

    drawing: list[Node]
    high: float
    states: Sequence[State]
    say: Language
    switches: tuple[str, ...] = ()
    still: int = 0

    def element(self, state: int | None = None) -> Element:
        """Return a state as SVG; `still` where none is given."""
        looks = self.states[self.still if state is None else state].looks
        return element(
            "svg",
            *(_looking(part, looks) for part in self.drawing),
            class_="lab-svg",
            aria_hidden="true",
            viewBox=f"0 0 {WIDE} {self.high:g}",
            width=str(WIDE),
            height=f"{self.high:g}",
        )

    def svg(self, state: int | None = None) -> str:
        """Return a state as the text of an SVG file; `still` where none is given."""
        drawn = self.element(state)
        styled = (element("style", style()), *drawn.children)
        named = {"xmlns": "http://www.w3.org/2000/svg", **drawn.attributes}
        return as_html(Element("svg", named, styled))

    def nodes(self, rows: Sequence[Node] = ()) -> list[Node]:
        """Return the still; in a fold the words of all states, and `rows`."""
        say, still = self.say, self.states[self.still]
        words = cut(f"{still.label}: {still.words}" if still.label else still.words)
        position = say(
            "picture.picture_number_of_count", number="{number}", count="{count}"
        )
        buttons = (
            say("picture.back"),
            say("picture.next"),
            position,
            say("picture.what_the_picture_shows"),
        )
        # A choice begins as the sentence above has it.
        is_choice = bool(self.switches or still.label)
        states = element(
            "ol",
            *map(_item, self.states),
            class_="lab-states",
            data_words="|".join(buttons),
            data_switches="|".join(self.switches) or None,
            data_first=str(self.still) if is_choice else None,
        )
        title = say("picture.in_words_and_rows") if rows else say("picture.in_words")
        paragraph = element("p", words, class_="lab-state")
        return [
            element("figure", paragraph, self.element(), class_="lab-figure"),
            element(
                "details", element("summary", title), states, *rows, class_="lab-same"
            ),
        ]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return mime_bundle(
            element("section", *self.nodes(), lang=self.say.code, class_=NO_MATHS)
        )

    def __repr__(self) -> str:
        return "\n".join(
            f"{number}. {state.label + ': ' if state.label else ''}{visible(state.words)}"
            for number, state in enumerate(self.states, start=1)
        )


def _item(state: State) -> Element:
    parts = defaultdict(list)
    for part, look in state.looks.items():
        parts[look].append(part)
    looks = ";".join(f"{look}:{' '.join(these)}" for look, these in parts.items())
    words: list[Node] = [element("span", cut(state.words), class_="lab-words")]
    if state.label:
        words = [element("strong", f"{state.label}:"), " ", *words]
    return element("li", *words, data_looks=looks, data_label=state.label or None)


def _looking(part: Node, looks: Mapping[str, str]) -> Node:
    """Return a part of a drawing, and what is in it, as it looks in a state."""
    if not isinstance(part, Element):
        return part
    attributes = dict(part.attributes)
    if look := looks.get(str(attributes.get("data-part"))):
        attributes["data-look"] = look
    children = tuple(_looking(child, looks) for child in part.children)
    return Element(part.tag, attributes, children)


Shapes = list[Node]
"""What a drawing is made of; one is added to another by +."""


def shape(
    tag: str, look: str, part: str = "", words: str = "", **numbers: object
) -> Shapes:
    """Return an element of a drawing: its class, its name if it changes, its text, its numbers.

    >>> as_html(*shape("text", "middle", "who", "A & B", x=4, y=5.5))
    '<text class="lab-middle" data-part="who" x="4" y="5.5">A &amp; B</text>'
    """
    classes = " ".join(f"lab-{name}" for name in look.split())
    given = {
        key: f"{value:g}" if isinstance(value, float) else str(value)
        for key, value in numbers.items()
    }
    return [
        element(tag, words or None, class_=classes, data_part=part or None, **given)
    ]


def lines(  # noqa: PLR0913 - where the words stand, how they are folded, and what `shape` takes
    x: float, y: float, words: str, wide: float, look: str = "", part: str = ""
) -> Shapes:
    """Return text as lines one below the other, each about `wide` at most."""
    folded = textwrap.wrap(words, max(4, int(wide / LETTER)))
    drawn: Shapes = []
    for number, line in enumerate(folded):
        drawn += shape("text", f"small {look}", part, line, x=x, y=y + 18 * number)
    return drawn


@functools.cache
def style() -> str:
    """Return the style sheet of all pictures."""
    file = resources.files("labsupport.data").joinpath("course/pictures/pictures.css")
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()
