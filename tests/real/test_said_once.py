"""What stands open in an answer is folded below: in JupyterLab, and by a browser alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from browser import (
    PATIENCE_MS,
    Course,
    look,
    open_notebook,
    run_all,
    saved,
    scrolled_to,
    wait_until_idle,
    window,
)
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page, expect

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import count_repeats
from count_minutes import shown

NAMES = "02-the-domain-name-system.ipynb"
ORIGINAL = Path(__file__).parents[2] / "notebooks" / "en" / NAMES
# In the HTML that is stored for other front ends.
STORED_LIMITS = "details[name^=lab-limits]"
# What stands open, in order; an answer out of the window counts as well.
OPEN = """selector => [...document.querySelectorAll(selector)]
    .filter(one => one.checkVisibility()).map(one => one.textContent)"""
# Each answer's limits, whether they are folded or not.
WHOLE = """() => [...document.querySelectorAll('.jp-OutputArea .lab-page')]
    .map(page => [...page.querySelectorAll('.lab-limits li, .lab-again li')]
        .map(one => one.textContent).sort())
    .filter(limits => limits.length)"""
TEXTS = """() => [...document.querySelectorAll('.jp-RenderedMarkdown, .jp-OutputArea-output')]
    .map(one => one.outerHTML)"""


def limits_of(notebook: dict[str, Any]) -> list[list[str]]:
    """Return what each stored answer says it does not prove."""
    outputs = [
        output for cell in notebook["cells"] for output in cell.get("outputs", ())
    ]
    pages = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    found = [
        BeautifulSoup(page, "html.parser").select(f"{STORED_LIMITS} li")
        for page in pages
    ]
    return [sorted(limit.text for limit in limits) for limits in found if limits]


def open_limits(page: Page) -> list[str]:
    return list(page.evaluate(OPEN, ".lab-limits li, .lab-again li"))


@pytest.fixture(scope="module")
def ran(browser: Browser, course: Course) -> Iterator[tuple[Page, dict[str, Any]]]:
    """The notebook with all of its lines run, and how it was saved."""
    with window(browser) as page:
        open_notebook(page, course, NAMES)
        yield page, run_all(page, course, NAMES)


def test_each_limit_stands_open_once_and_whole_in_each_answer(
    ran: tuple[Page, dict[str, Any]],
) -> None:
    page, notebook = ran
    stored = limits_of(notebook)
    assert len(stored) > 20
    assert page.evaluate(WHOLE) == stored
    there = [limit for limits in stored for limit in limits]
    assert sorted(open_limits(page)) == sorted(set(there))
    remarks = page.evaluate(OPEN, ".lab-page .lab-note")
    assert len(remarks) == len(set(remarks))


def test_what_a_reader_sees_twice_is_a_tenth_at_most(
    ran: tuple[Page, dict[str, Any]],
) -> None:
    page, _ = ran
    texts = [shown(text) for text in page.evaluate(TEXTS)]
    for text in texts:
        for unseen in text.select("[hidden], svg"):
            unseen.decompose()
    counted = count_repeats.count(texts)
    assert counted.words > 4000
    assert counted.share <= 0.1


def test_a_fold_is_opened_by_keyboard_and_holds_all(
    ran: tuple[Page, dict[str, Any]],
) -> None:
    page, _ = ran
    fold = scrolled_to(page, page.locator(".lab-again:not([hidden])"))
    limit = fold.locator("li").last
    expect(limit).to_be_hidden()
    look(page, "said-above-folded")
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(limit).to_be_visible()
    assert (limit.text_content() or "") in open_limits(page)
    look(page, "said-above-unfolded")
    assert findings(page, within=".lab-page") == []
    page.keyboard.press("Enter")
    expect(limit).to_be_hidden()


def test_without_the_answer_above_the_next_one_says_it(
    ran: tuple[Page, dict[str, Any]], course: Course
) -> None:
    """An answer that is deleted, one that is run again, and the page that is opened anew."""
    page, notebook = ran
    every = [limit for limits in limits_of(notebook) for limit in limits]
    often = max(every, key=every.count)
    cells = page.locator(".jp-CodeCell", has_text=often)
    count = cells.count()
    standing = ".lab-limits li:visible"
    expect(cells.first.locator(standing, has_text=often)).to_be_visible()
    expect(cells.nth(1).locator(standing, has_text=often)).to_have_count(0)

    scrolled_to(page, cells).locator("strong").first.click()
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.locator(".lm-Menu [data-command='notebook:delete-cell']").click()
    expect(cells).to_have_count(count - 1)
    expect(cells.first.locator(standing, has_text=often)).to_be_visible()

    cells.nth(2).locator("strong").first.click()
    page.keyboard.press("Control+Enter")
    wait_until_idle(page)
    expect(cells).to_have_count(count - 1)
    expect(cells.nth(2).locator(standing, has_text=often)).to_have_count(0)
    before = open_limits(page)
    assert len(before) == len(set(before))

    saved(page, course, NAMES)
    page.reload()
    expect(cells).to_have_count(count - 1, timeout=PATIENCE_MS)
    expect(cells.first.locator(standing, has_text=often)).to_be_visible()
    assert sorted(open_limits(page)) == sorted(before)


def test_a_browser_alone_folds_what_it_has_shown(browser: Browser) -> None:
    """Where another front end shows the HTML of the answers, one below the other."""
    outputs = [
        output["data"]["text/html"]
        for cell in json.loads(ORIGINAL.read_bytes())["cells"]
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    with window(browser) as page:
        page.set_content("".join("".join(html) for html in outputs))
        every = page.locator(STORED_LIMITS).all_text_contents()
        unfolded = page.locator(f"{STORED_LIMITS}[open]").all_text_contents()
    assert len(unfolded) < len(every)
    assert sorted(unfolded) == sorted(set(every))
