"""The marked document: what is marked, where, and that nothing in a text breaks it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import says

from labsupport import Lab
from labsupport.language import Language
from labsupport.orders.drafts import drafts
from labsupport.orders.marked import LONGEST, MOST_NAMES, MOST_PLACES, Told, marked
from labsupport.orders.order import TargetPart
from labsupport.orders.reading import read_order
from labsupport.orders.review import Review
from labsupport.tree import as_data, as_html

LAB = Lab("en")
SAY = Language.load("en")
TITLES = SAY.table("findings.toml")
FLAWED = drafts()["flawed"]["en"].text
LETTER = re.compile(r'<div class="lab-letter".*?>(.*?)</div>', re.DOTALL)
MARKS = re.compile(r"<(select|button|small|span).*?</\1>", re.DOTALL)


def told(*places: tuple[int, int]) -> Told:
    return Told("note", "Title", (), "", "", "", "", places)


def page(text: str, *findings: Told, editable: bool = True) -> str:
    document = marked(
        text, read_order(text), findings, SAY, language="en", editable=editable
    )
    return as_html(document)


def letters(html: str) -> list[str]:
    """The text of each letter, without what was put to its marks."""
    return [
        unescape(re.sub("<.*?>", "", MARKS.sub("", one)))
        for one in LETTER.findall(html)
    ]


@pytest.fixture(scope="module")
def flawed() -> Review:
    found = LAB.orders.review(LAB.orders.draft("flawed"))
    assert isinstance(found, Review)
    return found


def test_each_name_has_its_sign_and_word(flawed: Review) -> None:
    html = as_html(flawed.page)
    for name in ("goles-gratis.example", "203.0.113.80", "mis-paginas.example"):
        assert re.search(rf">{name}</mark><small[^>]*> ⊘ to be blocked</small>", html)


def test_the_numbers_stand_where_the_findings_are(flawed: Review) -> None:
    html = as_html(flawed.page)
    whole = re.search(r'lab-whole-order">(.*?)</p>', html)
    assert whole
    at_large = re.findall(r'data-finding="(\d+)"', whole[1])
    placed = re.findall(r'data-finding="(\d+)"', LETTER.findall(html)[-1])
    assert sorted(map(int, placed + at_large)) == list(range(1, flawed.count + 1))
    titles = re.findall(r'lab-number">(\d+)</span> .*?<strong>(.*?)</strong>', html)
    assert [int(number) for number, _ in titles] == list(range(1, flawed.count + 1))
    named = dict(titles)
    first = re.search(r'>203\.0\.113\.80</mark>.*?data-finding="(\d+)"', html)
    assert first
    assert named[first[1]] == TITLES["address-in-brackets"]["title"]


def test_a_stored_page_shows_the_marked_paragraphs_and_the_whole_text(
    flawed: Review,
) -> None:
    short, whole = letters(as_html(flawed.page))
    assert whole == FLAWED
    assert short.startswith("[…]")
    assert short.endswith("[…]")
    assert all(part in FLAWED for part in short.split("[…]"))
    assert "HAVING SEEN" not in short
    assert len(short) < len(FLAWED) / 2
    assert str(as_data(flawed.page)).count("'name': 'lab-finding'") == flawed.count


def test_the_tally_tells_how_many_are_serious(flawed: Review) -> None:
    serious = as_html(flawed.page).count('lab-badge">serious')
    assert flawed.tally == f"{flawed.count} ({serious} serious)"
    clean = LAB.orders.review(LAB.orders.draft("clean"))
    assert isinstance(clean, Review)
    assert clean.tally == str(clean.count), "none of them is"


def test_a_page_that_is_stored_has_nothing_to_press(flawed: Review) -> None:
    assert not re.search("<(select|button|textarea)", as_html(flawed.page))


def test_the_words_of_anothers_order_are_in_the_private_page_alone() -> None:
    found = LAB.orders.review("Block canary-name.example and canary-other.example.")
    assert isinstance(found, Review)
    assert "canary" not in str(found._repr_mimebundle_()) + repr(found)
    assert found.text == ""
    shown = found.private_html(
        "Block canary-name.example and canary-other.example.", ["3"]
    )
    assert letters(shown) == ["Block canary-name.example and canary-other.example."]
    assert "Insert this wording" in shown


def test_a_wording_goes_in_behind_the_sentence_or_at_the_end() -> None:
    text = "😀 Block a.example\n(10.0.0.1).\n\nAnnex I\n"
    start = text.index("10.0.0.1")
    ends = text.index("\n\n")
    assert told((start, start + 8)).put_in(text) == ends + 1, (
        "the first sign counts as two"
    )
    # less the last line end, and one more for the sign
    assert told().put_in(text) == len(text)


@pytest.mark.parametrize(
    "closing",
    [
        "NOTIFÍQUESE Y CÚMPLASE,\n\nANA LUCÍA RESTREPO\nJueza",
        "Líbrense los oficios del caso.\r\n\r\nLa Jueza Letrada",
        "Publique-se. Intimem-se.\n\nCumpra-se.\n\n2 de maio de 2026.\n\nA Juíza",
        "Dated this 2nd day of November 2026.",
        "It is so ordered.\n\n______\nJ. Doe\nSee info.example.",
    ],
)
def test_a_wording_on_the_whole_order_goes_in_before_its_closing(closing: str) -> None:
    text = f"The Judge of Puerto Candil\n2 November 2026\n\nBlock{' a.example' * 9}."
    assert told().put_in(f"{text}\n\n{closing}\n") == len(text)


def test_only_so_much_is_marked_and_the_page_says_so() -> None:
    names = [f"site{number}.example" for number in range(MOST_NAMES + 5)]
    text = f"Block {', '.join(names)}. The registry's page is info.example."
    places = [match.span() for match in re.finditer(r"site\d+", text)]
    html = page(text, told(*places))
    assert html.count("<select") == MOST_NAMES
    assert 'name="info.example"' in html, "what is not sure comes first"
    assert says(html, "marked.more_names", count=6)
    assert html.count('data-finding="1"') == MOST_PLACES
    assert says(html, "marked.more_places", count=MOST_PLACES)
    assert letters(html) == [text]


def test_a_text_without_end_is_cut() -> None:
    html = page("x " * LONGEST)
    assert len(html) < LONGEST + 2000
    assert SAY("marked.is_cut") in html


SCRIPTS = (
    "سيدي",
    "例え",
    "मिसाल",
    "παράδειγμα",
    "דוגמה",
    "ทดสอบ",
    "예시",
    "пример",
    "தளம்",
    "ভারত",
    "မြန်မာ",
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_name_in_any_script_is_marked(script: str) -> None:
    html = page(f"Block {script}.example now.")
    assert f">{script}.example</mark><select" in html, (
        "the whole name, and no shorter one"
    )


def test_markup_stays_text() -> None:
    evil = (
        "<img src=x onerror=alert(1)> \"a' <script>alert(1)</script> \u202egpj.example"
    )
    html = page(f"Block x.example {evil}", told((6, 15)))
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;U+202E&gt;" in html


def test_each_part_has_a_sign_of_its_own() -> None:
    from labsupport.orders.marked import PARTS

    assert set(PARTS) == set(TargetPart)
    assert len({sign for sign, _ in PARTS.values()}) == len(PARTS)


@given(
    st.text(max_size=200),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=5),
)
def test_no_text_and_no_place_breaks_a_page(
    text: str, places: list[tuple[int, int]]
) -> None:
    for editable in (True, False):
        html = page(text, told(*places), told(), editable=editable)
        assert html.count("lab-marked") == 1
    told(*places).put_in(text)
