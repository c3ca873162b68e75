"""The instructor's guide in a real browser: its folder, the way to catch up, its papers printed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from browser import (
    PATIENCE_MS,
    SCREENSHOTS,
    Course,
    complaints,
    look,
    open_notebook,
    opened_course,
    run_all,
    saved,
    wait_until_idle,
)
from playwright.sync_api import Browser, Page, expect
from printed import sheets

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import count_pages

from labsupport import Lab
from labsupport.course import guide_content
from labsupport.language import languages, table_of
from labsupport.papers.forms import Paper

LAB = Lab("en")
# A section in the middle of a notebook, by the cell that has its heading.
MIDDLE = [
    ("02-the-domain-name-system", "s4"),
    ("04-blocking-risks", "neighbours"),
    ("05-a-case-from-start-to-end", "apart"),
]


def code(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [cell for cell in cells if cell["cell_type"] == "code" and cell["source"]]


def when_run(page: Page, course: Course, file: str, upto: int) -> dict[str, Any]:
    """Return the saved notebook once all code among its first `upto` cells has run."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        wait_until_idle(page)
        content = saved(page, course, file)
        if all(cell["execution_count"] for cell in code(content["cells"][:upto])):
            return content
        page.wait_for_timeout(500)
    raise AssertionError(f"{file}: not all of the first {upto} cells have run")


@pytest.mark.parametrize(("name", "cell"), MIDDLE)
def test_a_section_begins_as_if_all_before_were_done(
    page: Page, course: Course, name: str, cell: str
) -> None:
    """Click on the heading, Run All Above Selected Cell, go on: what the guide tells."""
    section = guide_content.notebook("en", name).sections[cell]
    file = f"{name}.ipynb"
    open_notebook(page, course, file)
    before = json.loads((course.folder / file).read_bytes())["cells"]
    begins = next(n for n, one in enumerate(before) if one["id"] == cell)
    rest = enumerate(before[begins + 1 :], begins + 1)
    ends = next(n for n, one in rest if "".join(one["source"]).startswith("## "))

    # In the list at the left or in the text: the same cell is chosen. The notebook draws what is
    # near, and the list leads there.
    chosen = page.locator(".jp-Notebook-cell.jp-mod-active").get_by_role(
        "heading", name=section.title
    )
    contents = page.locator(".jp-TableOfContents-tree").get_by_text(
        section.title, exact=True
    )
    contents.click(timeout=PATIENCE_MS)
    expect(chosen).to_be_visible(timeout=PATIENCE_MS)
    page.locator(".jp-mod-active + .jp-Notebook-cell").click(position={"x": 5, "y": 5})
    expect(chosen).to_have_count(0)
    page.locator(".jp-Notebook").get_by_role("heading", name=section.title).click()
    expect(chosen).to_be_visible()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Above Selected Cell", exact=True).click()
    above = when_run(page, course, file, begins)
    assert complaints({"cells": above["cells"][:begins]}) == []
    assert not any(one["execution_count"] for one in code(above["cells"][begins:]))

    for _ in range(begins, ends):
        page.locator(".jp-Toolbar [data-jp-item-name='run']").click()
        wait_until_idle(page)
    there = when_run(page, course, file, ends)
    assert complaints({"cells": there["cells"][:ends]}) == []
    assert not any(one["execution_count"] for one in code(there["cells"][ends:]))
    assert len(code(there["cells"][begins:ends])) >= 3
    look(page, f"guide-{name}")


def test_a_learner_does_not_get_the_guide(course: Course) -> None:
    assert not (course.folder / "instructor").exists()


def test_an_instructor_gets_it_lands_on_it_and_prints_a_paper_as_it_says(
    browser: Browser, tmp_path: Path
) -> None:
    """Within JupyterLab a page cannot be printed: it is opened in a browser tab of its own."""
    first = "instructor/1-before-the-course.ipynb"
    with opened_course(tmp_path / "my-course", "--instructor") as course:
        assert f"/doc/tree/{first}" in course.address
        assert (course.folder / "00-start-here.ipynb").is_file()
        paper = LAB.course.teaching.sheet("scoring")
        assert isinstance(paper, Paper)
        (course.folder / "instructor" / "test-scoring.html").write_text(
            paper.html, encoding="utf-8"
        )
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        open_notebook(page, course, first)
        assert complaints(run_all(page, course, first)) == []
        look(page, "guide-before-the-course")
        file = page.locator(".jp-DirListing-item", has_text="test-scoring.html")
        if not file.is_visible():
            page.locator(".lm-TabBar-tab[data-id=filebrowser]").click(
                timeout=PATIENCE_MS
            )
        file.click(button="right", timeout=PATIENCE_MS)
        with context.expect_page(timeout=PATIENCE_MS) as opened:
            page.get_by_role("menuitem", name="Open in New Browser Tab").click()
        alone = opened.value
        alone.get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
        pdf = SCREENSHOTS / "guide-scoring-from-the-course.pdf"
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        pdf.write_bytes(alone.pdf(prefer_css_page_size=True))
        assert "Two scorers" in "".join(sheets(pdf))
        context.close()


TEACHING = LAB.course.teaching
DRAWN = {"test": 4, "key": 3, "letters": 3}
PLANS = {"half a day": 1, "one day": 2, "two days": 4, "online": 1, "self-study": 6}
PAGES: dict[str, tuple[Callable[[], object], int]] = {
    **{key: (partial(TEACHING.sheet, key), 1) for key in guide_content.sheets("en")},
    **{
        key: (partial(getattr(TEACHING, key), guide_content.FORM), pages)
        for key, pages in DRAWN.items()
    },
    **{
        f"plan-{key}": (partial(TEACHING.plan, key), pages)
        for key, pages in PLANS.items()
    },
}


@pytest.mark.parametrize("key", PAGES)
def test_papers_fit_their_sheets(page: Page, key: str) -> None:
    made, expected = PAGES[key]
    paper = made()
    assert isinstance(paper, Paper)
    page.set_content(paper.html, timeout=PATIENCE_MS)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf = SCREENSHOTS / f"guide-{key}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    printed = sheets(pdf)
    assert len(printed) == expected
    assert all("TRAINING" in sheet for sheet in printed)


def test_the_pages_of_each_paper_are_as_they_were_counted(page: Page) -> None:
    page.set_default_timeout(PATIENCE_MS)
    for code in languages():
        assert (
            count_pages.pages(page, code) == table_of("en", guide_content.PAGES)[code]
        )


@pytest.mark.parametrize("form", [7, 20261128, 1296])
def test_each_sheet_of_the_test_is_a_paper_of_its_own(page: Page, form: int) -> None:
    paper = LAB.course.teaching.test(form)
    assert isinstance(paper, Paper)
    page.set_content(paper.html, timeout=PATIENCE_MS)
    # Another machine has other fonts: a tenth larger, it is still two pages each.
    page.add_style_tag(content="@media print { body { font-size: 10.1pt } }")
    pdf = SCREENSHOTS / "guide-test-large.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    printed = [" ".join(sheet.split()) for sheet in sheets(pdf)]
    assert len(printed) == 4
    for number, sheet in enumerate(printed):
        half, first = "AABB"[number], number % 2 * 2 + 1
        for draft in (first, first + 1):
            assert f"Sheet {half}: draft {draft}" in sheet


@pytest.mark.parametrize("name", guide_content.NOTEBOOKS)
def test_the_guide_begins_on_its_first_sheet(page: Page, name: str) -> None:
    paper = LAB.course.teaching.notebook(name)
    assert isinstance(paper, Paper)
    page.set_content(paper.html, timeout=PATIENCE_MS)
    pdf = SCREENSHOTS / f"guide-{name[:2]}.pdf"
    pdf.write_bytes(page.pdf(prefer_css_page_size=True))
    first, *others = sheets(pdf)
    section = next(iter(guide_content.notebook("en", name).sections.values()))
    assert section.title in " ".join(first.split())
    assert len(others) <= 4
    page.set_viewport_size({"width": 600, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
