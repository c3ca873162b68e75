"""Results show what came from outside without ever letting it act."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.kinds import Kind, Provenance, Source
from labsupport.language import Language
from labsupport.picture import Picture
from labsupport.results import BADGES, Explanation, Figure, Table, span
from labsupport.tree import as_html, bare
from labsupport.visible import escaped, visible

SAY = Language.load("en")


def result(text: str) -> Explanation:
    table = Table(text, (text,), ((text,),))
    provenance = Provenance(Source.LAB, text, 0.0)
    return Explanation(SAY, Kind.FOUND, text, (text,), provenance, table)


@given(st.text())
def test_no_text_becomes_active_html(text: str) -> None:
    shown = result(text)._repr_html_()
    # What remains of tags is the course's own; there is no place for an attribute of others'.
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", shown))
    assert tags <= {
        "section",
        "div",
        "p",
        "span",
        "strong",
        "em",
        "table",
        "caption",
    } | {
        "details",
        "summary",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }


@given(st.text())
def test_nothing_invisible_stays_invisible(text: str) -> None:
    shown = repr(result(text)) + result(text)._repr_html_()
    for character in "\x00\x07\x1b\u200b\u202e\u2066\u2028\ufeff\u00ad":
        assert character not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("safe\u202etxt.exe", "safe&lt;U+202E&gt;txt.exe"),
        ("\x1b[31mred", "&lt;U+001B&gt;[31mred"),
        ('" onload="x', "&quot; onload=&quot;x"),
        ("a\u3164\n", "a&lt;U+3164&gt;\n"),
    ],
)
def test_dangerous_text_is_spelt_out(text: str, shown: str) -> None:
    assert escaped(text) == shown


# Default_Ignorable_Code_Point of Unicode 17 (DerivedCoreProperties.txt).
IGNORABLE = (
    "ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f feff "
    "ffa0 fff0-fff8 1bca0-1bca3 1d173-1d17a e0000-e0fff"
)
BLANK_BY_NAME = r"(?<!GAP |INE )\bFILLER$|BLANK$|NULL NOTEHEAD$|NUMBER JOINER$"


def test_whatever_unicode_has_that_draws_nothing_is_spelt_out() -> None:
    for part in IGNORABLE.split():
        first, _, last = part.partition("-")
        for code in range(int(first, 16), int(last or first, 16) + 1):
            assert visible(chr(code)) == f"<U+{code:04X}>"
    every = map(chr, range(0x110000))
    named = [c for c in every if re.search(BLANK_BY_NAME, unicodedata.name(c, ""))]
    assert {"\u2800", "\u3164", "\U00016fe4"} <= {*named}
    assert [c for c in named if visible(c) == c] == []


@pytest.mark.parametrize(
    "text", ["á é ñ", "1\u00a0000", "1\u202f000", "博物館", "⠍⠥⠎⠑⠥⠍", "😀"]
)
def test_what_is_seen_and_spaces_stay(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_visible_changes_nothing_twice(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(st.integers(0, 10**8))
def test_a_span_keeps_its_two_largest_units(seconds: int) -> None:
    units = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    told = span(SAY, seconds)
    if not seconds:
        assert told == SAY("results.seconds", count=0)
        return
    found = re.findall(r"(\d+) (second|minute|hour|day)s?", told)
    total = sum(int(number) * units[unit] for number, unit in found)
    assert 1 <= len(found) <= 2
    assert total <= seconds
    assert seconds - total < (
        3600 if seconds >= 86400 else 60 if seconds >= 3600 else 1
    )


def test_every_kind_has_a_badge_that_needs_no_colour() -> None:
    assert set(BADGES) == set(Kind)
    signs = [sign for sign, _ in BADGES.values()]
    assert len(set(signs)) == len(signs)


def test_a_table_is_there_as_data_as_text_and_as_html() -> None:
    table = Table("Ports", ("service", "port"), (("DNS", 53), ("HTTPS", 443)))
    assert table.frame()["port"].tolist() == [53, 443]
    assert table.frame().attrs["caption"] == "Ports"
    assert "HTTPS   | 443" in table.text()
    assert as_html(*table.nodes(SAY)).count("<tr>") == 3
    assert '<th scope="col"' in as_html(*table.nodes(SAY))


def test_a_figure_carries_its_words_and_its_data() -> None:
    figure = Figure(
        "T",
        "A line.",
        Table("D", ("x",), ((1,),)),
        lambda axes: None,
        Language.load("en"),
    )
    assert repr(figure) == "T\nA line.\n\nD\nx\n-\n1"
    assert 'alt="A line."' in as_html(figure.page)
    assert "<p>A line.</p>" in figure._repr_html_()
    assert figure.svg() == figure.svg()
    assert b"<svg" in figure.svg()


def test_a_figures_words_are_folded_under_one_short_line() -> None:
    say, table = Marked.load("en"), Table("D", ("x",), ((1,),))
    shown = Figure("T", "A <line>.", table, lambda axes: None, say)._repr_html_()
    bare_table = (part for node in table.nodes(say) for part in bare(node))
    assert "<strong>T</strong>" in shown
    assert "<summary>⟦The same in words and as a table⟧</summary><p" in shown
    assert "A &lt;line&gt;.</p>" + as_html(*bare_table) + "</details>" in shown


class Marked(Language):
    """English with every sentence between marks."""

    def __call__(self, message: str, **values: object) -> str:
        return f"⟦{super().__call__(message, **values)}⟧"


def test_names_dates_and_addresses_are_not_broken() -> None:
    words = 'since 2026-11-02 at www.el-faro.example (2001:db8::1), "well-known"'
    table = as_html(*Table("T", ("x",), ((words,),)).nodes(SAY))
    whole = re.findall(r"<span class=.lab-whole.[^>]*>([^<]*)</span>", table)
    assert whole == ["2026-11-02", "www.el-faro.example"]


def test_few_rows_are_shown_and_the_rest_behind_a_fold() -> None:
    for count, letters, first in ((7, 1, 7), (8, 1, 6), (4, 300, 3), (2, 5000, 1)):
        rows = tuple(("x" * letters,) for _ in range(count))
        shown, _, all_of_them = as_html(*Table("T", ("x",), rows).nodes(SAY)).partition(
            "<details"
        )
        assert shown.count("<td") == first
        assert all_of_them.count("<td") == (0 if first == count else count)


@pytest.mark.parametrize("missing", ["pandas", "matplotlib"])
def test_without_a_library_an_answer_says_what_is_missing_and_stands(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    answer = Lab("en").trace("www.museum.example")
    assert "ns1.nic.example" in repr(answer)
    if missing == "pandas":
        assert missing in repr(answer.table)
        return
    assert isinstance(answer.figure(), Picture)  # it is drawn without
    figure = Figure(
        "T", "A line.", Table("T", ("x",), (("one",),)), lambda axes: None, answer.say
    )
    assert missing in figure._repr_html_()
    assert "one" in figure._repr_html_()
