"""The form of a request in a real browser: on the screen, filled in, and printed as a PDF."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import PATIENCE_MS, SCREENSHOTS, look
from playwright.sync_api import Page, expect
from printed import sheets

from labsupport import Lab

TRAINING = "TRAINING – FICTIONAL"


@pytest.fixture(params=["", "UY", "TT"])
def form(
    request: pytest.FixtureRequest, tmp_path: Path, page: Page
) -> tuple[Path, Page]:
    """The form as it is saved, open in the browser."""
    draft = Lab("en").evidence.preservation(
        "xn--bncodelfaro-yij.example",
        addressee="registrar",
        country=request.param,
        since="2026-10-29 -03:00",
        until="2026-11-02 09:00:00 -03:00",
    )
    file = tmp_path / f"request-{request.param or 'general'}.html"
    file.write_text(draft.html, encoding="utf-8")  # type: ignore[attr-defined]
    page.set_content(file.read_text(encoding="utf-8"), timeout=PATIENCE_MS)
    return file, page


def test_the_form_is_read_and_filled_in(form: tuple[Path, Page]) -> None:
    file, page = form
    court = page.get_by_role("textbox", name="Court", exact=True)
    expect(court).to_be_empty()
    court.fill("Juzgado imaginario")
    expect(court).to_have_text("Juzgado imaginario")
    expect(page.get_by_role("textbox")).to_have_count(15)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Request to preserve data"
    )
    data = page.get_by_role("textbox", name="Data to be kept")
    expect(data.get_by_role("listitem")).to_have_count(5)
    data.get_by_role("listitem").first.click(click_count=3)
    page.keyboard.press("Delete")
    expect(data).not_to_contain_text("customer: name")
    expect(page.get_by_role("row", name=re.compile("^data until"))).to_be_visible()
    page.set_viewport_size({"width": 600, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    look(page, f"draft-{file.stem}")


def test_every_printed_page_says_that_it_is_training(form: tuple[Path, Page]) -> None:
    file, page = form
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / f"draft-{file.stem}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    pages = sheets(pdf)
    assert len(pages) >= 3
    for number, content in enumerate(pages, 1):
        assert TRAINING in content
        assert re.search(rf"\b{number} ?/ ?{len(pages)}\b", content)
    (sheet,) = (
        number
        for number, c in enumerate(pages)
        if "Notes for the requesting office" in c
    )
    assert "Technical data" not in pages[sheet], (
        "what is no part of the request stands apart"
    )
