"""The real cases: what the table promises, how it is filtered, two cases side by side."""

from __future__ import annotations

import re
from datetime import date
from importlib import resources
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY, says

from labsupport import Lab
from labsupport.course import cases
from labsupport.course.cases import RealCase, compare, show
from labsupport.inputs.folding import folded
from labsupport.lab_protocol import context_of
from labsupport.results import Explanation, Figure, Result

CONFIDENCE = ("high", "medium", "low")
REGION = (
    *("Argentina", "Brazil", "Chile", "Colombia"),
    *("Ecuador", "Mexico", "Peru", "Uruguay"),
)
LAB = Lab("en")
ALL = cases.cases("en")
BY_NAME = {case.name: case for case in ALL}

DAY = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
WHEN = re.compile(rf"(?:since )?({DAY})|({DAY}) (?:to|or) ({DAY})")


def days(text: str) -> list[date]:
    """Return the dates in a text; a month or a year counts from its first day."""
    return [
        date.fromisoformat("-".join([*found.split("-"), "01", "01"][:3]))
        for found in re.findall(DAY, text)
    ]


def names(result: Result) -> list[str]:
    assert isinstance(result, cases.Cases), result.sentence
    return [case.name for case in result.of]


# The table


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_case_is_told_whole(case: RealCase) -> None:
    assert all(cell.strip() for cell in case.cells)
    assert case.confidence in CONFIDENCE
    assert WHEN.fullmatch(case.when)
    assert days(case.when) == sorted(days(case.when))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_each_source_has_its_date(case: RealCase) -> None:
    dates = case.date.split("; ")
    assert len(case.source.split("; ")) == len(dates)
    for told in dates:
        assert re.fullmatch(rf"(?:read )?{DAY}", told)
        assert days(told)[0] <= date(2026, 11, 25)
    # Nobody wrote of it before it began.
    assert max(days(case.date)) >= days(case.when)[0].replace(month=1, day=1)


def test_each_case_is_told_once_and_can_be_asked_for_by_name() -> None:
    assert len({folded(case.name) for case in ALL}) == len(ALL)
    other = next(case for case in ALL if case.name == "Avalanche")
    for case in ALL:
        if case is not other:
            assert isinstance(
                compare(context_of(LAB).say, case.name, "Avalanche"), cases.Pair
            ), case.name


def test_the_region_comes_first_in_both_parts() -> None:
    parts = [inside for inside, _ in groupby(ALL, lambda case: case.country in REGION)]
    assert parts == [True, False, True, False]
    assert {case.country for case in ALL} >= set(REGION)


def test_measures_that_did_what_they_were_for_stand_beside_the_others() -> None:
    worked = ALL[ALL.index(BY_NAME["Operation 404"]) :]
    assert {"Avalanche", "Phishing, removal by hosts"} <= {case.name for case in worked}
    assert not any(case.hit_others for case in worked)
    assert sum(case.hit_others for case in ALL) < len(ALL)


def test_whoever_was_cut_off_as_ordered_is_no_other_effect() -> None:
    """Users of a service that was itself the target stand with what was intended."""
    whole = [case for case in ALL if case.mechanism == "whole service"]
    for case in (case for case in whole if case.name.startswith(("WhatsApp", "X"))):
        assert "users" in case.intended
        assert "users" not in case.others
        assert not case.hit_others, case.name
    assert BY_NAME[
        "Google Sites"
    ].hit_others  # one site was meant, and all of them went dark


def test_what_was_not_carried_out_hit_nobody() -> None:
    for name in ("Telegram, Spain", "Fine of Cloudflare, Italy"):
        assert BY_NAME[name].others.startswith("not found: it was not carried out")
        assert not BY_NAME[name].hit_others


def test_an_estimate_is_shown_and_not_counted() -> None:
    estimated = BY_NAME["304 court orders"]
    assert estimated.others.startswith("estimate:")
    assert not estimated.hit_others
    assert "250 million" in repr(cases.Cases(context_of(LAB).say, [estimated]))
    assert not any(
        re.search("estimate|might", case.others) for case in ALL if case.hit_others
    )


def test_the_file_explains_the_words_it_uses() -> None:
    file = resources.files("labsupport.data").joinpath(
        "reference/blocking_measures.csv"
    )
    head = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if line[:1] == "#"
    ]
    explained = [
        line.removeprefix("#   ").split(":")[0] for line in head if line[:4] == "#   "
    ]
    assert set(explained) == {case.mechanism for case in ALL}
    assert all(f"{word} =" in " ".join(head) for word in CONFIDENCE)
    assert all(
        f'"{word}"' in " ".join(head) for word in (cases.NOT_FOUND, cases.ESTIMATE)
    )


def test_no_judge_or_prosecutor_is_named() -> None:
    file = resources.files("labsupport.data").joinpath(
        "reference/blocking_measures.csv"
    )
    office = (
        "judge|justice|magistrate|prosecutor|juez|jueza|magistrado|magistrada|fiscal|ministro|"
        "ministra|juiz|juíza|promotor|promotora|giudice|richter|richterin"
    )
    named = re.compile(rf"\b(?i:{office})\s+(?!of\b|at\b|and\b)[A-ZÁÉÍÓÚÂÊÔÃÕÇÑ][\w.]+")
    assert named.search("el juez Fulano")
    assert named.search("Judge F. Ulano")
    assert not named.search(file.read_text(encoding="utf-8"))


def test_the_neighbours_of_brazil_are_not_in_it() -> None:
    """No source was found for the claim that the block of 2015 reached beyond the country."""
    told = " ".join(
        f"{case.intended} {case.others}"
        for case in ALL
        if case.name.startswith("WhatsApp")
    )
    assert not re.search(
        r"neighbour|abroad|Chile|Argentina|Venezuela|other countr", told
    )


def test_what_is_disputed_is_marked_and_says_why() -> None:
    low = {case.name: case for case in ALL if case.confidence == "low"}
    assert "disputed" in low["Leakymails"].others
    assert "denied" in low["Google and YouTube, Ecuador"].executed
    assert len(low) == 3


def test_the_route_of_2008_is_the_same_in_both_tables() -> None:
    leak = next(
        row
        for row in LAB.course.reference("route-leaks").table.itertuples()
        if "YouTube" in str(row)
    )
    case = BY_NAME["YouTube, Pakistan"]
    for time in re.findall(r"\d\d:\d\d", leak[1]):
        assert time in case.duration
    assert set(re.findall(r"AS\d+", case.executed)) == set(
        re.findall(r"AS\d+", leak[3])
    )


def test_what_is_shared_is_counted_in_shares() -> None:
    table = LAB.course.reference("concentration").table
    assert list(table) == ["figure", "value", "what was counted"]
    for value in table["value"]:
        for share in re.findall(r"([\d.]+)%", value):
            assert 0 < float(share) < 100


def test_what_is_shared_says_of_which_year_it_is() -> None:
    for counted in LAB.course.reference("concentration").table["what was counted"]:
        assert re.search(r"\b20\d\d\b|year not found$", counted), counted


def test_a_share_of_operators_is_told_from_one_of_orders() -> None:
    table = LAB.course.reference("operators-survey-2023").table
    of = dict(zip(table["share"], table["of what"], strict=True))
    assert of["85%"] == of["almost 6 in 10"]
    assert of["64%"] == of["36%"] != of["85%"]


# The list


def test_without_a_question_all_are_listed_in_their_order() -> None:
    shown = show(context_of(LAB).say)
    assert names(shown) == [case.name for case in ALL]
    hit = sum(case.hit_others for case in ALL)
    assert shown.sentence == (
        SAY("cases.cases_list_other", count=len(ALL), all=len(ALL), hit=hit)
    )
    assert list(shown.table) == [
        *(
            "case",
            "when",
            "aim",
            "mechanism",
            "intended effect",
            "what else was reported",
        ),
        "how it ended",
    ]


@pytest.mark.parametrize("country", ["Brazil", "brasil", "BR", " brazi ", "BRASIL"])
def test_a_country_is_found_in_its_own_languages(country: str) -> None:
    found = names(show(context_of(LAB).say, country=country))
    assert "X" in found
    assert all(BY_NAME[name].country == "Brazil" for name in found)


@pytest.mark.parametrize(
    ("country", "found"),
    [
        ("us", ["mooo.com"]),
        ("pe", ["Indecopi"]),
        ("ke", ["Telegram, Kenya"]),
        ("españa", ["LaLiga", "Telegram, Spain"]),
        ("francia", ["OpenDNS", "Quad9 and Vercara"]),
    ],
)
def test_a_short_code_is_no_part_of_another_country(
    country: str, found: list[str]
) -> None:
    assert names(show(context_of(LAB).say, country=country)) == found


def test_an_unknown_country_gets_those_there_are() -> None:
    sentence = show(context_of(LAB).say, country="Venezuela").sentence
    assert says(sentence, "cases.no_such_case")
    assert all(case.country in sentence for case in ALL)


def test_sources_stand_below_the_table_and_only_those_of_what_is_shown() -> None:
    shown = show(context_of(LAB).say, country="Turkey")
    (case,) = (case for case in ALL if case.country == "Turkey")
    page = shown._repr_html_()
    assert page.index("</table>") < page.index("Source: Google Sites: European Court")
    assert repr(shown).endswith(f"({case.date}).")
    assert "Europol" not in repr(shown)


def test_the_limits_say_how_such_a_list_comes_about() -> None:
    limits = " ".join(show(context_of(LAB).say).limits)
    assert "over-represented" in limits
    assert says(limits, "cases.what_is_counted")
    for case in ALL:
        told = " ".join(cases.Cases(context_of(LAB).say, [case]).limits)
        assert (f"Disputed: {case.title}" in told) == (case.confidence == "low")


def test_the_picture_counts_every_case_once() -> None:
    figure = show(context_of(LAB).say).figure()
    assert isinstance(figure, Figure)
    reported, none = (sum(row[i] for row in figure.data.rows) for i in (1, 2))
    assert reported == sum(case.hit_others for case in ALL)
    assert reported + none == len(ALL)
    assert {row[0] for row in figure.data.rows} == {case.mechanism for case in ALL}
    assert "hatched" in figure.alt
    assert b"<svg" in figure.svg()


@pytest.mark.parametrize("country", ["Uruguay", "Turkey"])
def test_a_picture_of_one_part_can_be_drawn(country: str) -> None:
    figure = show(context_of(LAB).say, country=country).figure()
    assert isinstance(figure, Figure)
    assert b"<svg" in figure.svg()


# Two side by side


def test_two_cases_stand_side_by_side_with_their_sources() -> None:
    pair = compare(context_of(LAB).say, "leakymails", "AVALANCHE")
    table = pair.table
    assert list(table) == [
        "field",
        "Leakymails (Argentina)",
        "Avalanche (30 countries)",
    ]
    fields = dict(zip(table["field"], table.iloc[:, 1], strict=True))
    assert fields["mechanism"] == "address"
    assert fields["source"] == BY_NAME["Leakymails"].source
    assert len(fields) == len(BY_NAME["Leakymails"].cells) - 1
    assert pair.sentence.startswith("Leakymails (Argentina): address. Avalanche")


def test_an_exact_name_wins_over_a_part() -> None:
    assert "X (Brazil)" in list(compare(context_of(LAB).say, "x", "leakymails").table)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        ("whatsapp", "WhatsApp, May 2016 (Brazil)"),
        ("argentina", "Magis TV (Argentina)"),
        ("qqqq", "Leakymails (Argentina)"),
        ("", "Leakymails (Argentina)"),
        ("!?", "There is no “!?” here"),
        ("avalanche", "the same case"),
    ],
)
def test_a_name_that_is_not_clear_gets_those_there_are(one: str, said: str) -> None:
    for pair in (
        compare(context_of(LAB).say, one, "avalanche"),
        compare(context_of(LAB).say, "Avalanche", one),
    ):
        assert isinstance(pair, Explanation)
        assert not isinstance(pair, cases.Pair)
        assert said in pair.sentence


# Whatever is typed


@pytest.mark.parametrize(
    "typed", ["<script>alert(1)</script>", "\u202egnp", "{0}", "%s", "а" * 9]
)
def test_hostile_text_is_answered_and_stays_text(typed: str) -> None:
    for answer in (
        show(context_of(LAB).say, country=typed),
        compare(context_of(LAB).say, typed, typed),
    ):
        page = answer._repr_html_()
        assert "<script" not in page
        assert "\u202e" not in page + repr(answer)


def test_the_word_of_a_translator_is_never_taken_for_a_format() -> None:
    assert "{0}" in show(context_of(LAB).say, country="{0} %s").sentence


typed = st.one_of(
    st.text(max_size=60),
    st.none(),
    st.integers(),
    st.lists(st.text(max_size=5)),
    st.binary(),
)


@given(typed, typed)
def test_anything_can_be_typed(one: object, two: object) -> None:
    listed = show(context_of(LAB).say, country=one)
    pair = compare(context_of(LAB).say, one, two)
    for answer in (listed, pair):
        assert answer.sentence
        assert repr(answer)
    if isinstance(listed, cases.Cases):
        places = [ALL.index(case) for case in listed.of]
        assert places == sorted(set(places))


@given(st.sampled_from(ALL), st.sampled_from(ALL))
def test_a_comparison_is_the_same_from_both_sides(
    one: RealCase, other: RealCase
) -> None:
    forth, back = (
        compare(context_of(LAB).say, one.name, other.name),
        compare(context_of(LAB).say, other.name, one.name),
    )
    assert type(forth) is type(back)
    if isinstance(forth, cases.Pair):
        there, here = forth.table, back.table
        assert there[one.title].tolist() == here[one.title].tolist()
