"""The page before signing, and the worksheet, printed as a PDF in a real browser."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from browser import PATIENCE_MS, SCREENSHOTS
from playwright.sync_api import Page
from printed import A4, ran

from labsupport.language import Language
from labsupport.orders import checklist
from labsupport.orders.worksheet import Worksheet
from labsupport.papers.forms import Paper, PaperField, PaperSection

SAY = Language.load("en")
STEPS = SAY.table("worksheet.toml")["step"]
LANGUAGES = checklist.languages()


def printed(page: Page, paper: Paper, name: str) -> tuple[list[str], str]:
    """Print a paper; return the text of each page, and what pdfinfo says. A picture is kept."""
    page.set_content(paper.html, timeout=PATIENCE_MS)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / f"{name}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    ran("pdftoppm", "-r", "80", "-png", pdf, SCREENSHOTS / name)
    text = ran("pdftotext", "-layout", pdf, "-")
    return text.rstrip("\f").split("\f"), ran("pdfinfo", pdf)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_before_signing_is_one_sheet(page: Page, code: str) -> None:
    paper = checklist.checklist(code, SAY)
    pages, info = printed(page, paper, f"checklist-{code}")
    assert len(pages) == 1
    assert A4.search(info)
    words = paper.words
    lines = [re.sub(r"\s+", " ", line).strip() for line in pages[0].splitlines()]
    plain = [line.removesuffix(f"▶ {words['urgent']}").strip() for line in lines]
    pairs = [" ".join(pair) for pair in pairwise([*plain, ""])]
    for number, question in enumerate(words["question"], 1):
        asked = f"{number} {question['text']}"
        assert sum(pair.startswith(asked) for pair in pairs) == 1, (
            "a question has two lines at most"
        )
        assert sum(pair.startswith(question["why"]) for pair in pairs) == 1, (
            "and so has its reason"
        )
    assert sum(f"▶ {words['urgent']}" in line for line in lines) == 5 + 1
    assert words["training"] in pages[0]


@pytest.mark.parametrize("code", LANGUAGES)
def test_there_is_room_for_wider_letters(page: Page, code: str) -> None:
    """Another machine has other fonts: a tenth larger, it is still one sheet."""
    paper = checklist.checklist(code, SAY)
    page.set_content(paper.html, timeout=PATIENCE_MS)
    page.add_style_tag(
        content="body { font-size: 11.55pt } .why, .foot { font-size: 9.7pt }"
    )
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_before_signing_fits_a_narrow_window(page: Page, code: str) -> None:
    page.set_content(checklist.checklist(code, SAY).html, timeout=PATIENCE_MS)
    page.set_viewport_size({"width": 600, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_page_of_the_worksheet_says_that_it_is_training(page: Page) -> None:
    fields = tuple(
        PaperField(
            f"fact {number}", f"www.goles-gratis-{number}.example", "lab Internet"
        )
        for number in range(60)
    )
    paper = Worksheet(SAY, None, None, facts=(PaperSection("Who else is hit", fields),))
    pages, info = printed(page, paper, "worksheet")
    assert A4.search(info)
    assert len(pages) >= 3
    for number, content in enumerate(pages, 1):
        assert "TRAINING – FICTIONAL" in content
        assert re.search(rf"\b{number} ?/ ?{len(pages)}\b", content)
    (weighing,) = (
        content for content in pages if "The weighing: for the author" in content
    )
    assert "fact 59" not in weighing, "the facts stand on other sheets"
    assert all(step["name"] in weighing for step in STEPS), "the weighing has one sheet"
