"""An order is pasted, corrected and confirmed in a real browser, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from browser import (
    PATIENCE_MS,
    Course,
    complaints,
    focused,
    form,
    look,
    open_notebook,
    run_all,
    scrolled_to,
    wait_until_idle,
    window,
)
from playwright.sync_api import Browser, Locator, Page, expect

NOTEBOOK = "confirm.ipynb"
LINES = (
    'from labsupport import Lab\nlab = Lab("en")',
    "lab.orders.review()",
    "lab.orders.confirmed()",
)
DRAFT = (
    "THE COURT ORDERS:\n\n1. The access providers shall block goles-gratis.example and its IP "
    "addresses until 22:15 on 3 November 2026.\n\n2. Fibra Sur shall preserve its logs.\n"
)


@pytest.fixture(scope="module")
def page(browser: Browser, course: Course) -> Iterator[Page]:
    cells = [nbformat.v4.new_code_cell(line) for line in LINES]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), course.folder / NOTEBOOK)
    with window(browser) as page:
        page.on("dialog", lambda asked: asked.accept())
        open_notebook(page, course, NOTEBOOK)
        assert complaints(run_all(page, course, NOTEBOOK)) == []
        yield page


@pytest.fixture
def box(page: Page) -> Locator:
    """The box with an order in it, after somebody asked who goes dark."""
    box = form(page, "draft order")
    box.locator("button[value=clear]").click()
    box.get_by_role("textbox", name="Draft").fill(DRAFT)
    box.locator("button[value=impact]").click()
    expect(box.locator(".lab-proposal")).to_be_visible(timeout=PATIENCE_MS)
    return box


def test_no_number_stands_before_it_is_confirmed_by_mouse(
    page: Page, box: Locator
) -> None:
    status = box.locator(".lab-status")
    expect(status).to_contain_text("nobody has confirmed it")
    agree = box.get_by_role("button", name="All right")
    expect(agree).to_be_disabled()
    expect(box.locator(".lab-open").first).to_be_visible()
    look(page, "confirm-asked")
    how = box.get_by_role("combobox", name="How", exact=True)
    expect(
        how.locator("option", has_text="the providers block the address")
    ).to_contain_text("212 other sites dark")
    how.select_option("resolver")
    expect(status).to_contain_text("Corrected", timeout=PATIENCE_MS)
    box.get_by_role("combobox", name="Hours are of").select_option("-3")
    expect(agree).to_be_enabled(timeout=PATIENCE_MS)
    box.get_by_role("combobox", name="Addresses behind the names").select_option("no")
    expect(agree).to_be_enabled(timeout=PATIENCE_MS)
    look(page, "confirm-ready")
    agree.click()
    expect(status).to_contain_text("sites in the lab", timeout=PATIENCE_MS)
    expect(status).to_contain_text("no bystander")
    expect(box.locator(".lab-proposal")).to_contain_text("You confirmed this")
    look(page, "confirm-done")
    cell = scrolled_to(page, page.locator(".jp-Cell[data-windowed-list-index='2']"))
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    wait_until_idle(page)
    expect(cell).to_contain_text("The order that you confirmed: 2 measures")
    expect(cell).not_to_contain_text("goles-gratis")


def test_it_is_confirmed_by_keys_and_a_change_takes_that_back(
    page: Page, box: Locator
) -> None:
    key = page.keyboard
    status = box.locator(".lab-status")
    how = box.get_by_role("combobox", name="How", exact=True)
    focused(how)
    key.type("the providers' res")
    key.press("Enter")
    expect(status).to_contain_text("Corrected", timeout=PATIENCE_MS)
    zone = box.get_by_role("combobox", name="Hours are of")
    focused(zone)
    key.type("UTC+1")
    key.press("Enter")
    agree = box.get_by_role("button", name="All right")
    expect(agree).to_be_enabled(timeout=PATIENCE_MS)
    focused(agree)
    key.press("Enter")
    expect(status).to_contain_text("212 bystanders", timeout=PATIENCE_MS)
    until = box.get_by_role("textbox", name="Until").first
    focused(until)
    key.press("Control+A")
    key.type("2026-11-04 12:00 UTC")
    key.press("Enter")
    expect(status).to_contain_text("nobody has confirmed it", timeout=PATIENCE_MS)
    expect(box.get_by_role("button", name="All right")).to_be_enabled()


def test_words_that_were_missed_become_a_measure_and_others_mean_nothing(
    page: Page, box: Locator
) -> None:
    status = box.locator(".lab-status")
    select = box.get_by_role("combobox", name="The words selected in the text order")
    select.select_option("throttle")
    expect(status).to_contain_text("Select words in the text first")
    page.evaluate(
        """() => {
            const letter = document.querySelector(".lab-letter");
            const walker = document.createTreeWalker(letter, NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.indexOf("THE COURT ORDERS");
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + 16);
                getSelection().removeAllRanges();
                getSelection().addRange(range);
            }
        }"""
    )
    select.select_option("transfer")
    expect(box.locator(".lab-card")).to_have_count(3, timeout=PATIENCE_MS)
    box.locator(".lab-card").first.get_by_role("button", name="No such measure").click()
    expect(box.locator(".lab-card")).to_have_count(2, timeout=PATIENCE_MS)
