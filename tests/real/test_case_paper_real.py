"""The cases on paper, printed as a PDF in a real browser."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
from browser import PATIENCE_MS, SCREENSHOTS
from playwright.sync_api import Page
from printed import ran, sheets

from labsupport import Lab
from labsupport.course import story
from labsupport.course.case_paper import CasePaper

STORIES = story.stories("en")
TRAINING = "TRAINING – FICTIONAL"
PAGES = {"fraud": range(8, 13), "wrong-order": range(5, 7)}
# In points: the margin of the style sheet, and where the words of a page may stand.
MARGIN = 14 / 25.4 * 72
LEFT, RIGHT = MARGIN - 1, 595 - MARGIN + 1
# What a page belongs to, and its number.
LABEL = re.compile(
    r"^ *(Sheets and annexes|Your order|For the clerk) +\d+ ?/ ?\d+\s*$", re.M
)
SMALLEST = 8 * 96 / 72  # 8 points, in the pixels of a style sheet


@functools.cache
def paper(key: str) -> CasePaper:
    found = Lab("en").course.teaching.case_paper(key)
    assert isinstance(found, CasePaper), found
    return found


def saved(page: Page, key: str, style: str = "") -> Path:
    """Print a case, and keep its pages as pictures for who wants to look at them."""
    page.set_content(paper(key).html, timeout=PATIENCE_MS)
    if style:
        page.add_style_tag(content=style)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / f"case-{key}{'-wide' if style else ''}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    return pdf


def outside(pdf: Path) -> list[str]:
    """The words of a PDF that stand beyond the margins."""
    words = re.findall(
        r'<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)" yMax="[\d.-]+">(.*?)</word>',
        ran("pdftotext", "-bbox", pdf, "-"),
    )
    assert len(words) > 1000
    return [
        word
        for left, right, word in words
        if not LEFT <= float(left) < float(right) <= RIGHT
    ]


@pytest.mark.parametrize("key", STORIES)
def test_it_prints_on_a_reasonable_number_of_sheets(page: Page, key: str) -> None:
    pdf = saved(page, key)
    ran("pdftoppm", "-r", "80", "-png", pdf, pdf.with_suffix(""))
    assert outside(pdf) == []
    pages = sheets(pdf)
    assert len(pages) in PAGES[key]
    for text in pages:
        # At the top, and behind the text. An order has it as well.
        assert text.lstrip().startswith(TRAINING)
    # What a page belongs to stands below it.
    labels = [found[1] for text in pages if (found := LABEL.search(text))]
    assert len(labels) == len(pages) - 1  # all but how to play
    written = ["Your order"] if STORIES[key].written else []
    assert list(dict.fromkeys(labels)) == [
        "Sheets and annexes",
        *written,
        "For the clerk",
    ]
    # To be cut apart: what fits a page stands on one.
    text = re.sub(LABEL, "", "\n".join(pages))
    titles = re.findall(r"^ *Sheet ([\d.]+) · ", text, re.M)
    numbers = [sheet.number for sheet in paper(key).sheets]
    assert titles[: len(numbers)] == numbers


@pytest.mark.parametrize("key", STORIES)
def test_wider_letters_are_not_cut_off(page: Page, key: str) -> None:
    """Another machine has other fonts."""
    style = "@media print { body, .answer { font-size: 10.5pt } table { font-size: 9.1pt } }"
    assert outside(saved(page, key, style)) == []


@pytest.mark.parametrize("key", STORIES)
def test_nothing_is_printed_too_small_to_be_read(page: Page, key: str) -> None:
    page.set_content(paper(key).html, timeout=PATIENCE_MS)
    page.emulate_media(media="print")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('main *')]
            .filter(one => [...one.childNodes].some(
                node => node.nodeType === Node.TEXT_NODE && node.textContent.trim()))
            .map(one => parseFloat(getComputedStyle(one).fontSize))"""
    )
    assert len(sizes) > 20 * len(paper(key).sheets)
    assert min(sizes) >= SMALLEST - 0.01


@pytest.mark.parametrize("key", STORIES)
def test_it_can_be_read_in_a_narrow_window(page: Page, key: str) -> None:
    page.set_content(paper(key).html, timeout=PATIENCE_MS)
    page.set_viewport_size({"width": 600, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
