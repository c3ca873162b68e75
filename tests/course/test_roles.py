"""The hearing of five groups: whole cards, decisions that all others answer; the closing table."""

from __future__ import annotations

import copy
import os
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from said import SAY, ends, says

from labsupport import Lab
from labsupport.answers.neighbours import NeighboursPage
from labsupport.course import guide_content, reference, roles
from labsupport.course.reference import ReferenceRows
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import languages, table_of
from labsupport.papers.forms import WIDTH
from labsupport.reference import read as table
from labsupport.results import Result
from labsupport.tree import as_html
from labsupport.world import World

TRAINING = "TRAINING – FICTIONAL"
LAB = Lab("en")
WORLD = World.load()
PLAY = roles.play("en")
KEYS = ["court", "league", "unheard", "operators", "prosecution"]
LONGEST_CARD = 350  # words, all that is printed counted
DECISIONS = [(key, letter) for key in KEYS for letter in "abc"]
TYPED: list[object] = [
    "qqq",
    "x" * 500,
    "<b>x</b>",
    "\x00\u202e",
    7,
    -1,
    2.5,
    None,
    True,
]
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
        if tag in ("script", "link", "img", "iframe", "form") or {"src", "href"} & set(
            of
        ):
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


def card(key: str) -> roles.RoleCard:
    found = LAB.course.hearing(key)
    assert isinstance(found, roles.RoleCard), found
    return found


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def words(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in text.split())


# The hearing


def test_the_hearing_takes_an_hour_in_the_notebook_and_in_the_plan() -> None:
    minutes = [part.minutes for part in PLAY.hearing]
    assert minutes == [8, 10, 25, 10, 7]
    name = guide_content.NOTEBOOKS[5]
    assert (
        guide_content.notebook("en", name).sections["roles"].minutes
        == sum(minutes)
        == 60
    )
    days = guide_content.plans("en")[guide_content.WHOLE_COURSE].days
    blocks = [block for day in days for block in day]
    (hearing,) = (block for block in blocks if "roles" in block.sections)
    assert hearing.minutes == 60
    assert hearing.sections == ("roles",)
    (first_case,) = (block for block in blocks if "case-a" in block.sections)
    assert blocks.index(hearing) < blocks.index(first_case)


def test_all_are_told_how_it_goes_and_what_is_asked_at_the_end() -> None:
    told = repr(LAB.course.hearing())
    for part in PLAY.hearing:
        assert (
            SAY(
                "roles.part_minutes_minutes_what",
                part=part.name,
                minutes=part.minutes,
                what=part.what,
            )
            in told
        )
    assert len(PLAY.debrief) == 3
    assert all(question.endswith("?") and question in told for question in PLAY.debrief)


# The groups and their cards


def test_there_are_five_groups() -> None:
    assert list(PLAY.roles) == KEYS
    listed = LAB.course.hearing()
    assert listed.kind is None
    calls = [f'lab.course.hearing("{key}")' for key in KEYS]
    assert listed.table[SAY("roles.line_shows_its_card")].tolist() == calls
    # none behind a fold
    assert as_html(listed.page).count('class="lab-card"') == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_card_has_all_its_parts(key: str) -> None:
    role = PLAY.roles[key]
    assert 3 <= len(role.knows) <= 4
    assert len(role.harm) >= 2
    assert role.decision.endswith("?")
    assert {whom for whom, _ in role.needs} == set(KEYS) - {key}
    assert len(role.options) == 3
    for option in role.options:
        assert set(option.replies) == set(KEYS) - {key}
    shown = card(key)
    for text in (plain(repr(shown)), plain(shown.text)):
        for line in (*PLAY.known, *role.knows, role.wants, *role.harm, *role.ruling):
            assert plain(line) in text
        for whom, what in role.needs:
            assert f"{PLAY.roles[whom].name}: {what}" in text
        for letter, option in role.lettered:
            assert (
                SAY(
                    "roles.letter_text_costs_costs",
                    letter=letter,
                    text=option.text,
                    costs=option.costs,
                )
                in text
            )
    assert f'lab.course.hearing("{key}", "a")' in repr(shown)


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize("key", KEYS)
def test_a_card_can_be_read_in_the_minutes_for_it(key: str, code: str) -> None:
    shown = Lab(code).course.hearing(key)
    assert isinstance(shown, roles.RoleCard)
    sheet = Page(shown.html).sheets[0]
    for text in (sheet, shown.text, repr(shown)):
        assert words(text) <= LONGEST_CARD


def test_the_court_alone_rules_and_its_card_says_what_a_ruling_has() -> None:
    assert [key for key in KEYS if PLAY.roles[key].ruling] == ["court"]
    told = " ".join(PLAY.roles["court"].ruling).lower()
    for word in ("what", "who does it", "how", "until when", "who is heard"):
        assert word in told
    assert "rule in writing, on one page" in PLAY.roles["court"].you
    assert card("court").html.count('class="line tall"') == len(
        PLAY.roles["court"].ruling
    )


@pytest.mark.parametrize("key", KEYS)
def test_a_card_keeps_what_the_others_say_to_itself(key: str) -> None:
    """The groups are to object in their own words before they read ours."""
    for option in PLAY.roles[key].options:
        for told in option.replies.values():
            for text in (repr(card(key)), card(key).text, card(key).html):
                assert plain(told) not in plain(text)


@pytest.mark.parametrize("key", KEYS)
def test_no_option_stands_out_by_its_length(key: str) -> None:
    lengths = [words(option.text) for option in PLAY.roles[key].options]
    assert max(lengths) <= 2 * min(lengths)
    costs = [words(option.costs) for option in PLAY.roles[key].options]
    assert max(costs) <= 2 * min(costs)


def test_nothing_is_told_that_case_a_is_to_find_out() -> None:
    told = " ".join(card(key).text for key in KEYS)
    told += " ".join(repr(LAB.course.hearing(key, letter)) for key, letter in DECISIONS)
    for name in (
        "faro-verifica",
        "faro-recompensas",
        "198.18.",
        "198.19.",
        "192.0.2.",
        "subscriber",
    ):
        assert name not in told


@pytest.mark.parametrize("typed", ["court", " Court ", "The court", "COURT", "1", 1])
def test_a_group_is_understood_as_people_write_it(typed: object) -> None:
    assert isinstance(found := LAB.course.hearing(typed), roles.RoleCard)
    assert found.role.key == "court"


@pytest.mark.parametrize("typed", TYPED, ids=NAMES)
def test_an_unknown_group_gets_a_sentence(typed: object) -> None:
    for found in (
        LAB.course.hearing(typed),
        LAB.course.hearing(typed, "a"),
        LAB.course.hearing(typed, typed),
    ):
        assert found.kind is Kind.NOT_ASKED
        assert says(
            found.sentence,
            "course.there_is_no",
            known='"court", "league", "unheard", "operators" and "prosecution"',
        )
        assert len(found.sentence) < 200
        assert "<b>" not in found._repr_html_()


def test_a_decision_without_a_group_gets_a_sentence() -> None:
    assert 'There are: "court",' in LAB.course.hearing("", "a").sentence
    assert LAB.course.hearing(" ", " ").sentence == LAB.course.hearing().sentence


# Decisions


@pytest.mark.parametrize(
    ("key", "letter"), DECISIONS, ids=["-".join(one) for one in DECISIONS]
)
def test_the_four_others_answer_to_each_decision(key: str, letter: str) -> None:
    option = dict(PLAY.roles[key].lettered)[letter]
    found = LAB.course.hearing(key, letter)
    assert found.sentence == f"{PLAY.roles[key].name}: {letter}) {option.text}"
    others = [PLAY.roles[other].name for other in KEYS if other != key]
    assert found.table["group"].tolist() == others
    said = found.table["objection or question"].tolist()
    assert said == [option.replies[other] for other in KEYS if other != key]
    assert found.notes[0] == SAY("roles.what_it_costs_costs", costs=option.costs)
    assert says(repr(found), "roles.none_three_right_one")
    assert says(found._repr_html_(), "roles.none_three_right_one")
    for text in said:
        assert len(re.findall(r"[.?!](?= |$)", text)) == 1, "one sentence"
        assert text.endswith(("?", ".")), text


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
    told = " ".join(repr(LAB.course.hearing(key, letter)) for key, letter in DECISIONS)
    for key in KEYS:
        told += repr(card(key)).replace("None of the three is the right one", "")
    told = told.replace("None of the three is the right one", "")
    verdicts = {
        "lawful",
        "unlawful",
        "illegal",
        "recommended",
        "correct",
        "best",
        "✓",
        "✗",
    }
    assert verdicts & set(re.findall(r"\w+|[✓✗]", told.lower())) == set()


@pytest.mark.parametrize("typed", ["a", "A", " a ", "a)", "(a)", "a."])
def test_a_letter_is_understood_as_people_write_it(typed: str) -> None:
    found = LAB.course.hearing("league", typed)
    assert found.sentence == LAB.course.hearing("league", "a").sentence
    assert found.kind is None


@pytest.mark.parametrize(
    "typed", [*TYPED, "d", "ab", 1], ids=[*NAMES, "d", "ab", "one"]
)
def test_an_unknown_decision_gets_a_sentence(typed: object) -> None:
    found = LAB.course.hearing("court", typed)
    assert found.kind is Kind.NOT_ASKED
    assert ends(found.sentence, "course.there_is_no", known="a, b and c")
    assert "<b>" not in found._repr_html_()


# The figures are those of the lab


def told(key: str) -> str:
    """Return all that a group's card and the replies to it say."""
    return plain(
        card(key).text
        + " ".join(repr(LAB.course.hearing(key, letter)) for letter in "abc")
    )


def test_the_draft_is_the_one_on_the_desk() -> None:
    review = LAB.orders.review(LAB.orders.draft("flawed"))
    found = {finding.code for finding in review.findings}  # type: ignore[attr-defined]
    assert {"no-end", "no-contact"} <= found
    text = LAB.orders.draft("flawed").draft.text  # type: ignore[attr-defined]
    assert (
        "All access providers and the registry shall block goles-gratis.example (203.0.113.80)"
        in text
    )
    assert "They shall likewise block mis-paginas.example" in text
    assert "the fines laid down by law" in text
    assert "COMMERCIAL COURT No. 3" in text


def test_who_else_is_at_the_address() -> None:
    found = LAB.investigate.neighbours("203.0.113.80")
    assert isinstance(found, NeighboursPage)
    assert len(found.names) == 213
    names = {
        "goles-gratis.example",
        "aguas-de-candil.org.test",
        "semanario-de-candil.example",
    }
    assert names <= set(found.names)
    for key, figure in (
        ("court", "212 other"),
        ("league", "212 others"),
        ("operators", "all 213 sites"),
    ):
        assert figure in told(key)
    assert "211 others" in told("unheard")


def test_the_customers_of_the_platform() -> None:
    sites = {
        site.name for site in WORLD.sites if site.name.endswith(".mis-paginas.example")
    }
    customers = sites - {
        "www.mis-paginas.example",
        "fotos-del-valle.mis-paginas.example",
    }
    assert len(customers) == 8
    assert "eight other customers" in told("unheard")
    assert "fonoaudiologia-puerto.mis-paginas.example" in customers
    assert "203.0.113.91" in repr(LAB.ask("fotos-del-valle.mis-paginas.example"))
    assert (
        "was seen alone"
        in LAB.investigate.neighbours("fotos-del-valle.mis-paginas.example").sentence
    )


def test_what_the_firms_can_do_is_what_the_lab_does() -> None:
    about = "goles-gratis.example"
    resolver = repr(LAB.orders.technique("resolver", about))
    assert says(resolver, "measure.dark_dark_open_open", open="Fibra Sur + Resuelve")
    assert SAY.table("techniques.toml")["resolver"]["evaded"] in resolver
    assert "go with it: 212" in repr(LAB.orders.technique("address", about))
    hold = repr(LAB.orders.technique("registrar hold", about))
    assert "Registro Veloz" in hold
    assert "4 hours to 1 day" in hold
    assert says(
        LAB.orders.technique("host", about).sentence, "measure.site_goes_dark", count=0
    )
    assert "4 hours" in repr(LAB.ask("aguas-de-candil.org.test"))
    assert "up to four hours" in told("unheard")


def test_the_host_has_two_desks() -> None:
    host = WORLD.organisation("Alojar S.A.")
    assert f"{host.abuse_email} answers" in told("operators")
    assert f"at {host.email}" in told("league")


def test_the_bank_has_the_order_that_notebook_04_shows() -> None:
    hold = LAB.orders.draft("hold")
    text = hold.draft.text  # type: ignore[attr-defined]
    for words_of_it in (
        "11:30 UTC",
        "Forty-one customers",
        "bancodelfaro-clientes.example",
        "Registro Veloz",
    ):
        assert words_of_it in text
    assert "Notice to the holder is deferred" in text
    assert LAB.orders.impact(hold).bystanders == ()  # type: ignore[attr-defined]
    assert (
        "registered since 2026-10-30"
        in LAB.rdap("bancodelfaro-clientes.example").sentence
    )


# The paper


def test_the_line_that_prints_each_card_is_told() -> None:
    found = LAB.course.teaching.role_cards()
    assert found.table["group"].tolist() == [role.name for role in PLAY.roles.values()]
    calls = [f'lab.course.hearing("{key}").save()' for key in KEYS]
    assert found.table[SAY("guide.line_writes_file")].tolist() == calls


@pytest.mark.parametrize("key", KEYS)
def test_a_card_is_one_page_with_its_group(key: str) -> None:
    page = Page(card(key).html)
    assert page.language == "en"
    assert page.loads == []
    (sheet,) = page.sheets
    assert sheet.strip().startswith(TRAINING)
    assert PLAY.roles[key].name in sheet
    assert PLAY.moment in sheet
    levels = [int(tag[1]) for tag, _ in page.headings]
    assert levels[0] == 1
    assert levels.count(1) == levels.count(2) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("key", KEYS)
def test_the_text_of_a_card_says_training(key: str) -> None:
    text = card(key).text
    assert TRAINING in text
    assert all(len(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize("key", KEYS)
def test_cards_are_saved_and_nothing_is_overwritten(folder: Path, key: str) -> None:
    paper = card(key)
    assert paper.file in paper.save().sentence
    assert (folder / paper.file).read_text("utf-8") == paper.html
    paper.save("copy.txt")
    assert (folder / "copy.txt").read_text("utf-8") == paper.text
    (folder / paper.file).write_text("mine")
    assert any("was not overwritten" in note for note in paper.save().notes)
    assert (folder / paper.file).read_text() == "mine"
    assert len(os.listdir(folder)) == 3


def test_active_text_stays_text() -> None:
    data = copy.deepcopy(table_of("en", "roles.toml"))
    data["role"][0]["name"] = "<script>x</script>"
    spoilt = roles.read(data)
    for key in ("court", "league"):
        shown = roles.card(context_of(LAB).say, spoilt, spoilt.roles[key])
        replies = roles.replies(context_of(LAB).say, spoilt, spoilt.roles[key], "a")
        for html in (shown.html, shown._repr_html_(), replies._repr_html_()):
            assert "<script" not in html
            assert "&lt;script" in html


# The closing table

NEEDED = ["registry", "registrar", "regional", "host", "access", "csirt", "abroad"]
PLACES = reference.places("en")


def column(key: str) -> list[str]:
    """The first column of a reference table."""
    return [str(row[0]) for row in table(key).rows]


DOMAINS = set(column("country-directories"))


def of(country: object) -> dict[str, tuple[str, str]]:
    """How each actor of whom something is known is reached in a country, and how sure that is."""
    found = LAB.course.contacts(country)
    assert isinstance(found, ReferenceRows), found
    named = {one.actor: one.key for one in PLAY.needed}
    return {
        named[actor]: (text, sure)
        for actor, _, text, sure in found.table.itertuples(index=False, name=None)
    }


def test_everybody_who_was_needed_is_told_with_what_for() -> None:
    assert [one.key for one in PLAY.needed] == NEEDED
    found = LAB.course.contacts()
    assert isinstance(found, ReferenceRows)
    assert found.table["in the case"].tolist() == [one.who for one in PLAY.needed]
    assert found.table["what for"].tolist() == [one.why for one in PLAY.needed]
    assert (found.table[SAY("reference.how_find_them_elsewhere")].str.len() > 40).all()
    assert (
        f": {context_of(LAB).say.listed(place.name for place in PLACES)}. "
        in found.sources
    )


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_a_country_has_the_lines_of_which_something_is_known(
    place: reference.RegionCountry,
) -> None:
    found = LAB.course.contacts(place.code.lower())
    assert isinstance(found, ReferenceRows)
    lines = of(place.name)
    in_table = {
        "registry": f".{place.code.lower()}" in DOMAINS,
        "regional": True,
        "csirt": place.name in column("national-csirts"),
        "abroad": place.name in column("conventions"),
    }
    assert list(lines) == [key for key in NEEDED if in_table.get(key)]
    for text, sure in lines.values():
        assert re.search(r"as of \d{4}|as said", sure)
        assert "as of" in text + sure
    assert place.registry in lines["regional"][0]
    assert place.row.source in found.sources


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.code)
def test_lines_that_are_left_out_are_counted_and_named(
    place: reference.RegionCountry,
) -> None:
    sentence = LAB.course.contacts(place.name).sentence
    assert place.name in sentence
    missing = [one.actor for one in PLAY.needed if one.key not in of(place.name)]
    assert says(
        sentence,
        "reference.actors_not_known",
        count=len(missing),
        all=len(NEEDED),
        actors=context_of(LAB).say.listed(missing),
    )
    assert ends(sentence, "reference.actors_not_known")


def test_no_country_of_the_tables_is_left_out() -> None:
    """Who has a row in one table can be asked for, and rows of teams are found by name."""
    codes = {place.code for place in PLACES}
    assert {domain.strip(".").upper() for domain in DOMAINS} <= codes
    names = {place.name for place in PLACES}
    assert set(column("national-csirts")) <= names
    assert len(codes) == len(PLACES)
    assert set(reference.also().values()) <= codes


def test_a_team_is_told_with_how_sure_it_is() -> None:
    assert of("uy")["csirt"][0].startswith("CERTuy: ")
    assert of("uy")["csirt"][1].startswith("its own page, ")
    assert of("Mexico")["csirt"][1].startswith("told by others, ")
    text, _ = of("Brazil")["csirt"]
    assert "CERT.br" in text
    assert "CTIR Gov" in text
    assert "csirt" not in of("Cuba")
    assert "the CSIRT" in LAB.course.contacts("Cuba").sentence
    assert "FIRST" in LAB.course.contacts().table.iloc[5, 3]


def test_teams_say_how_sure_they_are_in_three_ways_alone() -> None:
    known = {"its own page", "an official page", "told by others"}
    for _, _, reached, sure, *_ in table("national-csirts").rows:
        assert sure in known
        if "was not seen" in str(reached):
            assert sure == "told by others"


def test_the_promise_of_lacnic_is_not_told_of_arin() -> None:
    host = LAB.course.contacts().table.iloc[NEEDED.index("host"), 3]
    assert "Holders of addresses from LACNIC must have" in host
    assert "What other registries demand was not looked up" in host
    assert "LACNIC" not in repr(LAB.course.contacts("Barbados"))


def test_a_convention_is_told_of_a_country_as_of_when() -> None:
    """Only what a dated row has; where there is none, that proves nothing."""
    text, _ = of("Argentina")["abroad"]
    assert (
        "Budapest Convention: in force since 2018-10-01 (treaty database, as of "
        in text
    )
    assert (
        "Second Additional Protocol: signed on 2023-02-16; not in force when read"
        in text
    )
    assert "UN Convention" not in text
    for row in table("conventions").rows:
        text, _ = of(row[0])["abroad"]
        assert f"{row[1]}: {row[2]} ({row[3]}, as of " in text


def test_ecuador_is_a_party_with_its_date_source_and_authority() -> None:
    text, _ = of("Ecuador")["abroad"]
    assert "Budapest Convention: party; since when was not seen" in text
    assert "declared on 2025-12-04" in text
    assert "Fiscalía General del Estado" in text
    assert "(treaty database, as of 2026-01-14 or later" in text
    assert "no accession" not in text
    shown = LAB.course.contacts("ec")
    assert isinstance(shown, ReferenceRows)
    assert "Dutch treaty database, 009852" in shown.sources
    spanish = repr(Lab("es").course.contacts("Ecuador"))
    assert "Convenio de Budapest: es Parte" in spanish
    assert "Fiscalía General del Estado" in spanish


def test_no_country_is_said_to_take_part_in_a_network_but_by_its_own_declaration() -> (
    None
):
    """Who takes part changes, and no dated list was at hand."""
    for country in column("conventions"):
        text, _ = of(country)["abroad"]
        assert says(text, "reference.conventions")
    told = " ".join(
        str(cell) for row in table("contact-networks").rows for cell in row[:4]
    )
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
    assert place.name in LAB.course.contacts(typed).sentence


@pytest.mark.parametrize("typed", [*TYPED, "Spain", "Coralia", "zz", "."], ids=[
    *NAMES, "another", "invented", "no code", "dot",
])  # fmt: skip
def test_an_unknown_country_gets_a_sentence(typed: object) -> None:
    found = LAB.course.contacts(typed)
    assert found.kind is Kind.NOT_ASKED
    assert says(found.sentence, "reference.no_such_country")
    assert "<b>" not in found._repr_html_()
    assert len(found.sentence) < 300


def test_similar_names_are_told() -> None:
    assert ends(
        LAB.course.contacts("Urugay").sentence,
        "reference.similar_countries",
        names="Uruguay",
    )
    assert "Saint Kitts and Nevis, Saint Lucia" in LAB.course.contacts("Saint").sentence


# Both


def test_nothing_is_sent() -> None:
    lab = Lab("en")
    results: list[Result] = [
        lab.course.hearing(),
        lab.course.hearing("court"),
        lab.course.hearing("court", "b"),
    ]
    results += [
        lab.course.teaching.role_cards(),
        lab.course.contacts(),
        lab.course.contacts("Haiti"),
    ]
    for result in results:
        assert repr(result)
        assert result._repr_html_().startswith('<section lang="en"')
    assert len(lab.evidence) == 0
