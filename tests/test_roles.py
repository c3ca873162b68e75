"""Case A for five groups: whole cards, decisions that all others answer, and the closing table."""

from __future__ import annotations

import copy
import os
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from labsupport import Lab
from labsupport.lookups.forms import WIDTH
from labsupport.lookups.neighbours import Neighbours
from labsupport.lookups.subscribers import Subscribers
from labsupport.reference import read as table
from labsupport.results import Kind, Result
from labsupport.teaching import contacts, course, roles
from labsupport.teaching.reference import Facts

TRAINING = "TRAINING – FICTIONAL"
LAB = Lab("en")
PLAY = roles.play("en")
KEYS = ["court", "prosecution", "victim", "defence", "operators"]
DECISIONS = [(key, letter) for key in KEYS for letter in "abc"]
TYPED: list[object] = ["qqq", "x" * 500, "<b>x</b>", "\x00\u202e", 7, -1, 2.5, None, True]
TYPED += [["court"], b"court", {"court": 1}, object]
NAMES = [
    "nothing alike", "long", "active", "hidden", "number", "negative", "fraction", "none", "true",
    "list", "bytes", "dict", "class",
]  # fmt: skip


class Page(HTMLParser):
    """What matters of a printed page: its text, its headings, its sheets, what it loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[tuple[str, str]] = []
        self.sheets: list[str] = []
        self.loads: list[str] = []
        self.language = ""
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self._tag = tag
        if tag == "html":
            self.language = of.get("lang") or ""
        if tag == "section":
            self.sheets.append("")
        if tag in ("script", "link", "img", "iframe", "form") or {"src", "href"} & set(of):
            self.loads.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if re.fullmatch(r"h\d", self._tag):
            self.headings.append((self._tag, data))
        if self.sheets:
            self.sheets[-1] += data


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def card(key: str) -> roles.Card:
    found = LAB.role(key)
    assert isinstance(found, roles.Card), found
    return found


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


# The groups and their cards


def test_there_are_five_groups() -> None:
    assert list(PLAY.roles) == KEYS
    listed = LAB.role()
    assert listed.kind is None
    assert listed.table['for lab.role("…")'].tolist() == KEYS
    assert listed.table["what it decides"].str.endswith("?").all()


@pytest.mark.parametrize("key", KEYS)
def test_a_card_has_all_its_parts(key: str) -> None:
    role = PLAY.roles[key]
    for lines in (role.knows, role.can, role.must_not, role.needs):
        assert len(lines) >= 3
    assert 2 <= len(role.questions) <= 4
    assert all(question.endswith("?") for question in (*role.questions, role.decision))
    assert {whom for whom, _ in role.needs} <= set(KEYS) - {key}
    shown = card(key)
    for text in (plain(repr(shown)), plain(shown.text)):
        for line in (*PLAY.known, *role.knows, *role.can, *role.must_not, *role.questions):
            assert plain(line) in text
        for whom, what in role.needs:
            assert f"{PLAY.roles[whom].name}: {what}" in text
        for letter, option in role.lettered:
            assert f"{letter}) {option.text}" in text
    assert f'lab.role("{key}", "a")' in repr(shown)


@pytest.mark.parametrize("key", KEYS)
def test_a_card_keeps_what_the_others_say_to_itself(key: str) -> None:
    """The groups are to object in their own words before they read ours."""
    for option in PLAY.roles[key].options:
        for told in (option.costs, *option.replies.values()):
            for text in (repr(card(key)), card(key).text, card(key).html):
                assert plain(told) not in plain(text)


@pytest.mark.parametrize("typed", ["court", " Court ", "The court", "COURT", "1", 1])
def test_a_group_is_understood_as_people_write_it(typed: object) -> None:
    assert isinstance(found := LAB.role(typed), roles.Card)
    assert found.role.key == "court"


@pytest.mark.parametrize("typed", TYPED, ids=NAMES)
def test_an_unknown_group_gets_a_sentence(typed: object) -> None:
    for found in (LAB.role(typed), LAB.role(typed, "a"), LAB.role(typed, typed)):
        assert found.kind is Kind.NOT_ASKED
        assert "There are: court, prosecution, victim, defence, operators." in found.sentence
        assert len(found.sentence) < 200
        assert "<b>" not in found._repr_html_()


def test_a_decision_without_a_group_gets_a_sentence() -> None:
    assert "There are: court," in LAB.role("", "a").sentence
    assert LAB.role(" ", " ").sentence == LAB.role().sentence


# Decisions


@pytest.mark.parametrize(("key", "letter"), DECISIONS, ids=["-".join(one) for one in DECISIONS])
def test_the_four_others_answer_to_each_decision(key: str, letter: str) -> None:
    option = dict(PLAY.roles[key].lettered)[letter]
    found = LAB.role(key, letter)
    assert isinstance(found, roles.Replies)
    assert option.text in found.sentence
    others = [PLAY.roles[other].name for other in KEYS if other != key]
    assert found.table["group"].tolist() == others
    said = found.table["objection or question"].tolist()
    assert said == [option.replies[other] for other in KEYS if other != key]
    assert found.notes == (f"What it costs: {option.costs}",)
    assert "None of the three is the right one." in repr(found)
    assert "None of the three is the right one." in found._repr_html_()
    for text in said:
        assert len(re.findall(r"[.?!](?= |$)", text)) <= 2, "one or two sentences"


def test_no_two_groups_say_the_same() -> None:
    said = [
        text
        for role in PLAY.roles.values()
        for option in role.options
        for text in (option.text, option.costs, *option.replies.values())
    ]
    assert len(said) == 5 * 3 * (2 + 4)
    assert len(set(said)) == len(said)


def test_nothing_marks_one_answer_as_right() -> None:
    told = " ".join(repr(LAB.role(key, letter)) for key, letter in DECISIONS)
    for key in KEYS:
        told += repr(card(key)).replace("None of the three is the right one", "")
    told = told.replace("None of the three is the right one", "")
    verdicts = {"lawful", "unlawful", "illegal", "recommended", "correct", "best", "✓", "✗"}
    assert verdicts & set(re.findall(r"\w+|[✓✗]", told.lower())) == set()


@pytest.mark.parametrize("typed", ["a", "A", " a ", "a)", "(a)", "a."])
def test_a_letter_is_understood_as_people_write_it(typed: str) -> None:
    assert isinstance(found := LAB.role("victim", typed), roles.Replies)
    assert found.letter == "a"


@pytest.mark.parametrize("typed", [*TYPED, "d", "ab", 1], ids=[*NAMES, "d", "ab", "one"])
def test_an_unknown_decision_gets_a_sentence(typed: object) -> None:
    found = LAB.role("court", typed)
    assert found.kind is Kind.NOT_ASKED
    assert found.sentence.endswith("Its answers are: a, b, c.")
    assert "<b>" not in found._repr_html_()


# The figures are those of the lab


def test_the_subscribers_are_those_of_the_lab() -> None:
    told = plain(card("prosecution").text)
    assert "fit 22 subscribers" in told
    assert "with the port 2, with the destination 1, a prepaid phone" in told
    asked: dict[str, Any] = {"address": "198.18.128.3", "time": "2026-10-29 17:38:20 -03:00"}
    counts = []
    for more in ({}, {"port": 40134}, {"port": 40134, "destination": "198.18.111.11"}):
        found = LAB.subscribers(**asked, **more)
        assert isinstance(found, Subscribers)
        counts.append(len(found.lines))
    assert counts == [22, 2, 1]


def test_five_others_are_at_the_address() -> None:
    assert "Five other sites answer there" in PLAY.known[3]
    found = LAB.neighbours("192.0.2.82")
    assert isinstance(found, Neighbours)
    assert len(set(found.names) - {"www.faro-verifica.example"}) == 5


def test_the_second_name_is_in_the_certificate() -> None:
    found = LAB.certificates("www.faro-verifica.example")
    for name in ("www.faro-recompensas.example", "panel.faro-recompensas.example"):
        assert name in PLAY.known[4]
        assert name in repr(found)
    assert "198.19.105.90" in repr(LAB.ask("panel.faro-recompensas.example"))


# The paper


def test_there_is_a_page_for_each_group() -> None:
    page = Page(LAB.role_cards().html)  # type: ignore[attr-defined]
    assert page.language == "en"
    assert page.loads == []
    assert len(page.sheets) == 5
    for key, sheet in zip(KEYS, page.sheets, strict=True):
        assert sheet.strip().startswith(TRAINING)
        assert PLAY.roles[key].name in sheet
        assert PLAY.moment in sheet
    levels = [int(tag[1]) for tag, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert levels.count(2) == 5
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_text_says_training_on_every_card() -> None:
    text = LAB.role_cards().text  # type: ignore[attr-defined]
    assert text.count(TRAINING) == 5 + 1
    assert text.rstrip().endswith(TRAINING)
    assert all(len(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize("key", [*KEYS, ""], ids=[*KEYS, "all"])
def test_cards_are_saved_and_nothing_is_overwritten(folder: Path, key: str) -> None:
    paper = card(key) if key else LAB.role_cards()
    assert isinstance(paper, roles.Card | roles.Cards)
    assert paper.file in paper.save().sentence
    assert (folder / paper.file).read_text("utf-8") == paper.html
    paper.save("copy.txt")
    assert (folder / "copy.txt").read_text("utf-8") == paper.text
    (folder / paper.file).write_text("mine")
    assert any("was not overwritten" in note for note in paper.save().notes)
    assert (folder / paper.file).read_text() == "mine"
    assert len(os.listdir(folder)) == 3


def test_active_text_stays_text() -> None:
    data = course.read("en", "roles.toml")
    data["role"][0]["name"] = "<script>x</script>"
    spoilt = roles.read(data)
    for key in ("court", "victim"):
        shown = roles.Card(LAB.say, spoilt, spoilt.roles[key])
        replies = roles.Replies(LAB.say, spoilt, spoilt.roles[key], "a")
        for html in (shown.html, shown._repr_html_(), replies._repr_html_()):
            assert "<script" not in html
            assert "&lt;script" in html


# The file


DEFECTS: dict[str, Any] = {
    "an empty part": lambda role: role.update(can=[]),
    "a part left out": lambda role: role.pop("must_not"),
    "a text for a list": lambda role: role.update(knows="one line"),
    "an empty text": lambda role: role.update(you=" "),
    "the same text twice": lambda role: role["can"].append(role["can"][0]),
    "two options": lambda role: role["option"].pop(),
    "four options": lambda role: role["option"].append(copy.deepcopy(role["option"][0])),
    "an option without its cost": lambda role: role["option"][1].pop("costs"),
    "a reply left out": lambda role: role["option"][2]["replies"].pop("victim"),
    "a reply of its own": lambda role: role["option"][2]["replies"].update(court="We object."),
    "an empty reply": lambda role: role["option"][0]["replies"].update(victim=" "),
    "a need from itself": lambda role: role["needs"].append(["court", "time"]),
    "a need from nobody": lambda role: role["needs"].append(["press", "silence"]),
    "a need without its giver": lambda role: role["needs"].append(["time"]),
    "one question": lambda role: role.update(questions=role["questions"][:1]),
    "five questions": lambda role: role.update(questions=[f"{n}?" for n in range(5)]),
    "an unknown key": lambda role: role.update(must="?"),
}


@pytest.mark.parametrize("spoil", DEFECTS.values(), ids=DEFECTS)
def test_a_card_with_gaps_is_refused(spoil: Any) -> None:
    data = course.read("en", "roles.toml")
    spoil(next(one for one in data["role"] if one["key"] == "court"))
    with pytest.raises(roles.RolesError, match="court"):
        roles.read(data)


def test_a_case_with_gaps_is_refused() -> None:
    for name in ("title", "moment", "known", "role", "needed"):
        data = course.read("en", "roles.toml")
        del data[name]
        with pytest.raises(roles.RolesError, match=name):
            roles.read(data)
    data = course.read("en", "roles.toml")
    data["role"].append(data["role"][0])
    with pytest.raises(roles.RolesError, match="twice"):
        roles.read(data)
    data = course.read("en", "roles.toml")
    data["needed"][0]["who"] = ""
    with pytest.raises(roles.RolesError, match="empty"):
        roles.read(data)


# The closing table

NEEDED = ["registry", "registrar", "regional", "host", "access", "csirt", "abroad"]
PLACES = contacts.places()
DOMAINS = {str(row[0]) for row in table("country-directories").rows}


def of(country: object) -> dict[str, tuple[str, str]]:
    """How each actor is reached in a country, and how sure that is."""
    found = LAB.contacts(country)
    assert isinstance(found, Facts), found
    rows = zip(NEEDED, found.table.iloc[:, 2], found.table["how sure"], strict=True)
    return {key: (text, sure) for key, text, sure in rows}


def test_everybody_who_was_needed_is_told_with_what_for() -> None:
    assert [one.key for one in PLAY.needed] == NEEDED
    found = LAB.contacts()
    assert isinstance(found, Facts)
    assert found.table["in the case"].tolist() == [one.who for one in PLAY.needed]
    assert found.table["what for"].tolist() == [one.why for one in PLAY.needed]
    assert (found.table["how to find them elsewhere"].str.len() > 40).all()
    assert all(f"{place.name} ({place.code})" in found.sources for place in PLACES)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_every_country_has_all_lines_and_their_sources(place: contacts.Place) -> None:
    found = LAB.contacts(place.code.lower())
    assert isinstance(found, Facts)
    assert place.name in found.sentence
    lines = of(place.name)
    assert all(text and sure for text, sure in lines.values())
    assert place.registry in lines["regional"][0]
    assert place.row[-2] in found.sources
    known = f".{place.code.lower()}" in DOMAINS
    text, sure = lines["registry"]
    assert (sure == "not known") is (not known)
    assert text.startswith("Not yet looked up") is (not known)
    assert ("does not mean that there is nothing" in text) is (not known)


def test_no_country_of_the_tables_is_left_out() -> None:
    """Who has a row in one table can be asked for, and rows of teams are found by name."""
    codes = {place.code for place in PLACES}
    assert {domain.strip(".").upper() for domain in DOMAINS} <= codes
    names = {place.name for place in PLACES}
    assert {str(row[0]) for row in table("national-csirts").rows} <= names
    assert len(codes) == len(PLACES)
    assert set(contacts.ALSO.values()) <= codes


def test_a_team_is_told_with_how_sure_it_is() -> None:
    assert of("uy")["csirt"][0].startswith("CERTuy: ")
    assert of("uy")["csirt"][1].startswith("its own page, ")
    assert of("Mexico")["csirt"][1].startswith("told by others, ")
    text, _ = of("Brazil")["csirt"]
    assert "CERT.br" in text
    assert "CTIR Gov" in text
    text, sure = of("Cuba")["csirt"]
    assert "that does not mean that there is none" in text
    assert "FIRST" in text
    assert sure == "not known"


def test_teams_say_how_sure_they_are_in_three_ways_alone() -> None:
    known = {"its own page", "an official page", "told by others"}
    for _, _, reached, sure, *_ in table("national-csirts").rows:
        assert sure in known
        if "was not seen" in str(reached):
            assert sure == "told by others"


def test_the_promise_of_lacnic_is_not_told_of_arin() -> None:
    assert "Holders of addresses from LACNIC must have" in of("Trinidad and Tobago")["host"][0]
    barbados = of("Barbados")["host"][0]
    assert "must have" not in barbados
    assert "What ARIN demands of it was not looked up." in barbados


def test_a_convention_is_told_of_a_country_as_of_when() -> None:
    """Only what a dated row has; where there is none, that proves nothing."""
    text, _ = of("Argentina")["abroad"]
    assert "Budapest Convention: in force since 2018-10-01 (treaty database, as of " in text
    assert "Second Additional Protocol: signed on 2023-02-16; not in force when read" in text
    assert "UN Convention" not in text
    listed = {str(row[0]) for row in table("conventions").rows}
    for place in PLACES:
        text, _ = of(place.code)["abroad"]
        assert ("as of" in text) is (place.name in listed)
        assert ("does not say that there is none" in text) is (place.name not in listed)


def test_no_country_is_said_to_take_part_in_a_network() -> None:
    """Who takes part changes, and no dated list was at hand."""
    for place in PLACES:
        text, sure = of(place.code)["abroad"]
        assert "no table here says" in text
        assert sure.endswith("not known")
    told = " ".join(str(cell) for row in table("contact-networks").rows for cell in row[:4])
    assert not any(re.search(rf"\b{re.escape(place.name)}\b", told) for place in PLACES)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Uruguay", "UY"), ("uy", "UY"), (".uy", "UY"), (" UY ", "UY"), ("uruguai", "UY"),
        ("Brasil", "BR"), ("México", "MX"), ("Perú", "PE"), ("Trinidad", "TT"),
        ("Trinidad y Tobago", "TT"), ("República Dominicana", "DO"), ("Dominica", "DM"),
        ("Curacao", "CW"), ("Costa Ric", "CR"), ("Guyana", "GY"),
    ],
)  # fmt: skip
def test_a_country_is_understood_as_people_write_it(typed: str, code: str) -> None:
    (place,) = (place for place in PLACES if place.code == code)
    assert place.name in LAB.contacts(typed).sentence


@pytest.mark.parametrize("typed", [*TYPED, "Spain", "Coralia", "zz", "."], ids=[
    *NAMES, "another", "invented", "no code", "dot",
])  # fmt: skip
def test_an_unknown_country_gets_a_sentence(typed: object) -> None:
    found = LAB.contacts(typed)
    assert found.kind is Kind.NOT_ASKED
    assert "is not one of the" in found.sentence
    assert "<b>" not in found._repr_html_()
    assert len(found.sentence) < 300


def test_similar_names_are_told() -> None:
    assert LAB.contacts("Urugay").sentence.endswith("Similar ones are: Uruguay.")
    assert "Saint Kitts and Nevis, Saint Lucia" in LAB.contacts("Saint").sentence


# Both


def test_nothing_is_sent() -> None:
    lab = Lab("en")
    results: list[Result] = [lab.role(), lab.role("court"), lab.role("court", "b")]
    results += [lab.role_cards(), lab.contacts(), lab.contacts("Haiti")]
    for result in results:
        assert repr(result)
        assert result._repr_html_().startswith('<section lang="en"')
    assert len(lab.evidence) == 0
