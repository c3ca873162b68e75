"""The way that was played beside the others: each is a way of the story, and is drawn as it is."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from said import SAY, says

from labsupport import Lab
from labsupport.course import case_cards, case_ways, story
from labsupport.course.case import Case
from labsupport.lab_protocol import context_of
from labsupport.picture import Picture
from labsupport.results import Missing
from labsupport.tree import as_html, words

LAB = Lab("en")
STORIES = story.stories("en")
# Each way, an order that is written by its key.
WAYS = {
    "fraud": ("acbbcbdaaa", "bbbbcaadaba", "cbaabaaa"),
    "wrong-order": ("bca name a", "aabce", "bca nothing b name a"),
}
PLAYED = [(key, way) for key, those in WAYS.items() for way in those]
LARGEST = 200_000


def played(key: str, way: str, lab: Lab = LAB) -> Case:
    found: Case = lab.course.case(key)
    for part in way.split():
        for one in [part] if part in STORIES[key].written else part:
            assert (found.write if len(one) > 1 else found.choose)(one) is found, one
    return found


def picture(case: Case) -> Picture:
    found = case.figure()
    assert isinstance(found, Picture), found
    return found


@pytest.mark.parametrize(("key", "way"), PLAYED)
def test_there_is_a_way_to_each_other_end_and_it_leaves_the_own_where_it_says(
    key: str, way: str
) -> None:
    own = played(key, way)
    count = len(LAB.evidence)
    found = case_ways.ways(own)
    assert len(LAB.evidence) == count  # other ways ask the lab nothing
    assert found[0].case.taken == own.taken
    ends = {
        own.story.ending(there.step, there.marks)
        for there in LAB.course.case(key).situations()
        if not there.choices
    }
    assert {one.end for one in found} == ends
    assert len(found) == len(ends)
    for one in found:
        there, at = one.case, one.leaves
        assert not there.choices
        assert own.story.ending(there.step, there.marks) == one.end
        assert there.taken[:at] == own.taken[:at]
        if one is not found[0]:
            assert there.taken[at] != own.taken[at]
            later = [step for step, _ in there.taken[at:]] + [there.step.id]
            assert len(set(later)) == len(later)  # it never goes back
            assert one.figures == [
                there.minutes,
                *(total // 60 for total in there._sums.values()),
            ]


@pytest.mark.parametrize(("key", "way"), PLAYED)
def test_each_state_marks_its_way_and_says_what_it_cost(key: str, way: str) -> None:
    own = played(key, way)
    found, drawn = case_ways.ways(own), picture(own)
    parts = set(re.findall('data-part="([^"]+)"', as_html(*drawn.drawing)))
    for number, (one, state) in enumerate(zip(found, drawn.states, strict=True)):
        marked = {part for part, look in state.looks.items() if look == "on"}
        assert marked == {f"w{number}", *(f"o{at}" for at in range(one.leaves))}
        assert marked <= parts
        assert one.end in state.label
        if number:
            assert (
                f"“{list(one.case.so_far())[one.leaves][0].step.title}”" in state.words
            )
        else:
            assert f"{len(own.taken)} choices" in state.words
    rows = case_ways.rows(found)
    assert [row[0] for row in rows.rows] == [one.end for one in found]
    assert rows.rows[0][1] == " ".join(case_cards.letters(own))
    shown = as_html(own.page)
    assert shown.count('class="lab-figure"') == 1
    assert len(as_html(*drawn.nodes(rows.nodes(context_of(LAB).say)))) < LARGEST
    assert drawn.high < 400


def test_before_the_end_there_is_no_picture() -> None:
    found = played("fraud", "acb")
    assert isinstance(found.figure(), Missing)
    assert not says(found._repr_html_(), "case_ways.your_way_one_each")


@pytest.mark.parametrize(
    ("key", "way", "dark"),
    [
        ("wrong-order", "bc", "223 sites go dark"),
        ("fraud", "acb", "takes 6 sites from its customers"),
    ],
)
def test_who_goes_dark_is_shown_where_a_case_tells_of_it(
    key: str, way: str, dark: str
) -> None:
    found = played(key, way)
    assert as_html(found.page).count('class="lab-figure"') == 1
    assert any(dark in words(*card.whole) for card in case_cards.papers(found))


def test_what_has_nothing_in_a_fold_has_no_fold() -> None:
    request = next(
        card for card in case_cards.papers(played("fraud", "acbb")) if card.rest
    )
    assert request.text.endswith(": a draft.")  # "S.A." ends no sentence
    nodes = case_cards.nodes([request], context_of(LAB).say, in_form=True)
    assert "<details" not in as_html(*nodes)


def test_a_long_way_and_hostile_titles_are_drawn() -> None:
    own = played("wrong-order", "a" * 60 + "bce")
    assert "<b>" not in as_html(*picture(own).drawing)
    wide = [
        float(x) for x in re.findall('cx="([^"]+)"', as_html(*picture(own).drawing))
    ]
    assert max(wide) < case_ways.FOR_CHOICES + 10
    marks = dict.fromkeys(own.story.marks, "<b>x</b>")
    marks |= {"stands": "<script>alert(1)</script>"}
    own.story = replace(own.story, marks=marks)
    html = own._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_the_figures_that_stay_in_sight_are_those_of_the_case() -> None:
    found = played("fraud", "ac")
    papers = [chosen.papers for _, chosen in found.so_far() if chosen]
    assert sum(map(len, papers)) == 1
    figures = {what: figure for figure, what in case_cards.standing(found)}
    count = found.story.counts[0]
    assert figures["gone by"] == "45 minutes"
    assert figures["paper on file"] == "1"
    assert (
        figures[SAY("case_cards.what_now_rate_hour", what=count.label, rate=6)] == "4"
    )
    assert case_cards.letters(found) == ["a", "c"]
    assert (
        case_cards.letters(played("wrong-order", "bca name"))[-1] == case_cards.WRITTEN
    )
    # In case B nothing is filed: nothing is said of it.
    assert "on file" not in words(played("wrong-order", "b").standing())


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_speaks_has_a_card_in_every_language(language: str) -> None:
    lab = Lab(language)
    for key, way, count in (
        ("fraud", "acbbcbdaa"[:-1], 5),
        ("fraud", "acbbcbdaa", 6),
        ("wrong-order", "bca", 3),
        ("wrong-order", "bcb", 1),
        ("wrong-order", "bca name a", 1),
    ):
        found = played(key, way, lab)
        told, cards = case_cards.speakers(found)
        assert len(cards) == count, (key, way, [card.title for card in cards])
        words = " ".join(
            [*told, *(f"{one.kind} {one.title} {one.text}" for one in cards)]
        )
        letters = re.compile(r"[^\w]+")
        assert sorted(letters.sub(" ", words).split()) == sorted(
            letters.sub(" ", found.told).split()
        )


def test_a_card_holds_a_paper_as_it_was_filed_and_an_order_as_it_is() -> None:
    found = played("fraud", "ac")
    filed, message = case_cards.papers(found)
    assert filed.title == found.story.titles["witnessed"]
    assert found.story.orders["witnessed"].split("\n")[0] in words(*filed.whole)
    assert [head for head, _ in message.rows] == ["line: 5", "line: 6", "line: 8"]
    order = next(case_cards.papers(played("wrong-order", "bc")))
    assert order.title == STORIES["wrong-order"].titles["flawed"]
    assert "203.0.113.80" in words(*order.whole)
