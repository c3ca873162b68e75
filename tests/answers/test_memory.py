"""The picture of what a resolver remembers: it says what was seen, and how that goes on."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from said import says

from labsupport import Lab
from labsupport.answers.memory import LONG, MemoryPage
from labsupport.lookups.memory import CacheEvent
from labsupport.picture import Picture
from labsupport.tree import as_html

BANK = "www.bancodelfaro.example"  # kept for five minutes


def seen(*waits: str, name: str = BANK, last: str = "") -> MemoryPage:
    """Ask, and again after each of the waits; wait once more, and look."""
    lab = Lab("en")
    lab.ask(name)
    for wait in waits:
        lab.wait(wait)
        lab.ask(name)
    if last:
        lab.wait(last)
    result = lab.investigate.memory(name)
    assert isinstance(result, MemoryPage)
    return result


def bars(picture: Picture) -> list[tuple[str, float]]:
    """Return what the clock shows in each state, and how long the bar is."""
    shown = []
    drawn = as_html(*picture.drawing)
    for state in picture.states:
        (part,) = (
            f"m{n}" for n in range(len(picture.states)) if f"m{n}" not in state.looks
        )
        (clock,) = re.findall(
            rf'"lab-large lab-middle" data-part="{part}"[^>]*>([\d:]+)<', drawn
        )
        wide = re.search(
            rf'"lab-window" data-part="{part}"[^>]* width="([\d.]+)"', drawn
        )
        shown.append((clock, float(wide[1]) if wide else 0.0))
    return shown


def test_the_bar_runs_out_and_the_clock_goes_on() -> None:
    page = seen("1 minute", last="1 minute")
    came = [stop.event for stop in page.stops()]
    assert came == [
        CacheEvent.SEEN,
        CacheEvent.KEPT,
        CacheEvent.NOW,
        CacheEvent.FORGOTTEN,
        CacheEvent.NEXT,
    ]
    picture = page._picture()
    assert bars(picture) == [
        ("12:00:00", LONG),
        ("12:01:00", pytest.approx(LONG * 4 / 5, abs=0.01)),
        ("12:02:00", pytest.approx(LONG * 3 / 5, abs=0.01)),
        ("12:05:00", 0),
        ("12:05:00", 0),
    ]
    assert says(
        picture.states[1].words,
        "memory.at_kept",
        time="2026-11-02 12:01:00 UTC",
        left="4 minutes",
    )
    assert picture.states[picture.still].words.startswith(
        "Now it is 2026-11-02 12:02:00"
    )
    assert [state.looks.get("bar") for state in picture.states] == [None] * 4 + ["cut"]


def test_what_was_forgotten_was_asked_anew() -> None:
    page = seen("1 minute", "10 minutes")
    stops = [*page.stops()]
    assert [stop.event for stop in stops[:3]] == [
        CacheEvent.SEEN,
        CacheEvent.KEPT,
        CacheEvent.ANEW,
    ]
    assert stops[2].left == 300
    assert "asked anew" in page._picture().states[2].words


def test_another_resolvers_answer_is_not_taken_for_a_memory() -> None:
    page = seen("1 minute")
    (first, left), (then, _) = page.seen
    object.__setattr__(page.facts, "seen", ((first, left), (then, left - 10)))
    assert [stop.event for stop in page.stops()][:2] == [
        CacheEvent.SEEN,
        CacheEvent.SEEN,
    ]


def test_by_now_forgotten() -> None:
    page = seen(last="1 hour")
    assert [stop.event for stop in page.stops()] == [
        CacheEvent.SEEN,
        CacheEvent.FORGOTTEN,
        CacheEvent.NEXT,
    ]
    assert page._picture().still == 1


def test_many_looks_are_few_pictures() -> None:
    picture = seen(*["10 seconds"] * 12)._picture()
    assert len(picture.states) == 7
    assert [clock for clock, _ in bars(picture)][-2:] == ["12:05:00"] * 2
    assert all(one[1] > other[1] for one, other in pairwise(bars(picture)[:6]))


def test_it_is_small_and_every_state_has_words_of_its_own() -> None:
    page = seen("1 minute", "10 minutes", "2 minutes")
    states = page._picture().states
    assert len({state.words for state in states}) == len(states)
    for form in page._repr_mimebundle_().values():
        assert len(json.dumps(form)) <= 200_000
