"""The cards of the five groups, each printed as a PDF in a real browser."""

from __future__ import annotations

import re

import pytest
from browser import PATIENCE_MS, SCREENSHOTS
from playwright.sync_api import Page
from printed import A4, ran

from labsupport import Lab
from labsupport.course import roles

LAB = Lab("en")
PLAY = roles.play("en")
TRAINING = "TRAINING – FICTIONAL"


def card(key: str) -> roles.RoleCard:
    found = LAB.course.hearing(key)
    assert isinstance(found, roles.RoleCard)
    return found


def plain(text: str) -> str:
    """Return a text without its white space: names are broken at their hyphens."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("key", PLAY.roles)
def test_a_card_is_a_sheet_of_its_own(page: Page, key: str) -> None:
    page.set_content(card(key).html, timeout=PATIENCE_MS)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / f"role-{key}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    ran("pdftoppm", "-r", "80", "-png", pdf, SCREENSHOTS / f"role-{key}")
    assert A4.search(ran("pdfinfo", pdf))
    # In the order of the page's code: columns one after the other.
    (sheet,) = ran("pdftotext", "-raw", pdf, "-").rstrip("\f").split("\f")
    role = PLAY.roles[key]
    assert sheet.count(TRAINING) == 1
    assert role.name in sheet
    for line in (*PLAY.known, *role.knows, role.wants, *role.harm, *role.ruling):
        assert plain(line) in plain(sheet), line
    for letter, option in role.lettered:
        assert plain(f"{letter}) {option.text} Costs: {option.costs}") in plain(sheet)


@pytest.mark.parametrize("key", PLAY.roles)
def test_there_is_room_for_wider_letters(page: Page, key: str) -> None:
    """Another machine has other fonts: a tenth larger, it is still one sheet."""
    page.set_content(card(key).html, timeout=PATIENCE_MS)
    page.add_style_tag(content="@media print { body { font-size: 11pt } }")
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


@pytest.mark.parametrize("key", PLAY.roles)
def test_a_card_fits_a_narrow_window(page: Page, key: str) -> None:
    page.set_content(card(key).html, timeout=PATIENCE_MS)
    page.set_viewport_size({"width": 600, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
