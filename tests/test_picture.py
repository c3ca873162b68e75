"""Pictures: one drawing, its states, and the forms in which they are handed out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from labsupport.language import Language
from labsupport.picture import Picture, State, lines, shape
from labsupport.tree import PAGE, as_html, bare, element, elements

SAY = Language.load("en")
HOSTILE = 'a<script>&"\x00\u202e</text>'


def picture(**more: object) -> Picture:
    drawing = shape("rect", "box", "door", x=1, y=2.5, width=3, height=4)
    drawing += shape("text", "middle", "sign", HOSTILE, x=5, y=6)
    states = (State("Open.", {}), State(HOSTILE, {"door": "cut", "sign": "off"}))
    return Picture(drawing, 40, states, SAY, **more)  # type: ignore[arg-type]


def looks(svg: str) -> dict[str, str | None]:
    parts = ElementTree.fromstring(svg).iter()
    return {
        part.attrib["data-part"]: part.get("data-look")
        for part in parts
        if "data-part" in part.attrib
    }


def test_each_state_is_a_file_of_its_own() -> None:
    assert looks(picture().svg(0)) == {"door": None, "sign": None}
    assert looks(picture().svg(1)) == {"door": "cut", "sign": "off"}
    assert looks(picture(still=1).svg()) == looks(picture().svg(1))


def test_what_somebody_wrote_is_text() -> None:
    text = ElementTree.fromstring(picture().svg()).findtext(".//*[@data-part='sign']")
    assert text == 'a<script>&"<U+0000><U+202E></text>'
    assert "<script>" not in as_html(*picture().nodes())


def test_the_page_holds_the_elements_and_no_style() -> None:
    bundle = picture()._repr_mimebundle_()
    tags = re.findall(r"\['(\w+)'", str(bundle[PAGE]))
    assert {"svg", "rect", "text", "figure", "ol", "li"} <= {*tags}
    assert not {"style", "script", "img"} & {*tags}
    # the front end begins with the first state
    assert "data-look" not in str(bundle[PAGE][2])


def test_without_the_front_end_the_still_and_all_words_stand() -> None:
    figure, fold = picture(still=1).nodes([element("table")])
    drawn = as_html(*(one for one in elements(figure) if one.tag == "svg"))
    assert looks(drawn)["door"] == "cut"
    assert 'data-looks="cut:door;off:sign"' in as_html(fold)
    html = as_html(*bare(figure), *bare(fold))
    assert html.count("<li>") == 2
    assert {"Open.", "<table>"} <= {*re.findall(r"Open\.|<table>", html)}
    assert not re.search("<(svg|img|a) |style|data", html)


@pytest.mark.parametrize("code", ["en", "es"])
def test_buttons_are_in_the_language(code: str) -> None:
    made = Picture(picture().drawing, 40, picture().states, Language.load(code))
    found = re.search(r'data-words="([^"]*)"', as_html(*made.nodes()))
    assert found
    back, onward, place, group = found[1].split("|")
    assert all((back, onward, "{number}" in place, "{count}" in place, group))


def test_long_words_are_folded() -> None:
    made = lines(10, 20, "one two three four five six seven", 80)
    rows = re.findall(r' y="([\d.]+)">([^<]+)<', as_html(*made))
    assert [text for _, text in rows] == ["one two", "three four", "five six", "seven"]
    assert [float(y) for y, _ in rows] == [20, 38, 56, 74]
