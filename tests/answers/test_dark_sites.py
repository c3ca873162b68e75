"""The picture of who goes dark: what is dark in it is what was counted."""

from __future__ import annotations

import json

import pytest
from confirmed import confirmed

from labsupport import Lab
from labsupport.answers.dark_sites import Seen, Window, dark_sites
from labsupport.language import Language
from labsupport.picture import Picture
from labsupport.tree import as_html

SAY = Language.load("en")


def windows(count: int) -> list[Window]:
    return [
        Window(f"{n}.example", f"Site {n}", "shop", f"192.0.2.{n % 7}")
        for n in range(count)
    ]


def dark(picture: Picture, state: int) -> set[int]:
    looks = picture.states[state].looks
    return {
        int(part[1:])
        for part, look in looks.items()
        if part[0] == "s" and look == "dark"
    }


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab("en")


def test_a_state_for_each_thing_that_is_met() -> None:
    some = Seen("A", "Some.", ["1.example"])
    picture = dark_sites(
        windows(3), [], [some, Seen("B", "Some.", ["1.example"])], SAY, aimed="x"
    )
    assert [state.label for state in picture.states] == [
        "Without the order",
        "With the order",
    ]
    more = Seen("B", "More.", ["1.example", "2.example"])
    picture = dark_sites(windows(3), [], [some, more], SAY, aimed="x")
    assert [dark(picture, state) for state in range(3)] == [set(), {1}, {1, 2}]


@pytest.mark.parametrize("count", [1, 8, 299, 3000])
def test_no_window_lies_outside_or_upon_another(count: int) -> None:
    drawn = dark_sites(
        windows(count), ["0.example"], [Seen("A", "All.", [])], SAY, aimed="x"
    )
    places = [
        tuple(float(part.split('"')[1]) for part in one.split(" ")[-4:-2])
        for one in as_html(*drawn.drawing).split("</rect>")
        if 'data-part="s' in one
    ]
    assert len({*places}) == len(places) == count
    assert all(0 <= x <= 788 and 0 <= y <= drawn.high - 10 for x, y in places)


@pytest.mark.parametrize(
    "asked",
    ["impact(lab.orders.draft('flawed'))", "measure('address', 'goles-gratis.example')",
     "measure('all', 'goles-gratis.example')", "neighbours('goles-gratis.example')"],
)  # fmt: skip
def test_the_windows_say_what_the_answer_says(lab: Lab, asked: str) -> None:
    answer = eval(f"lab.{asked}", {"lab": lab})
    picture = answer._picture()
    if asked.startswith("impact"):
        counts = {len(hit.names) for hit in answer.hits}
    elif asked.startswith("neighbours"):
        counts = {len(answer.sites) + 1}
    elif "all" in asked:
        counts = {
            len({name for names in effect.hit.values() for name in names})
            for _, effect in answer.effects
        }
    else:
        counts = {len(names) for names in answer.effect.hit.values()}
    assert {
        len(dark(picture, state)) for state in range(1, len(picture.states))
    } == counts
    assert len(json.dumps(picture._repr_mimebundle_())) <= 200_000


def test_somebody_elses_order_is_drawn_only_where_nothing_is_stored(lab: Lab) -> None:
    answer = lab.orders.impact(confirmed("Block goles-gratis.example."))
    assert answer._picture() is None
    assert "lab-figure" not in as_html(answer.page)
    assert "lab-figure" in answer.private_html()
    assert answer._picture() is None
