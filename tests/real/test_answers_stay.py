"""Answers stay: in sight, without a kernel, the next day, whatever somebody wrote into the file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from browser import (
    ARGUMENTS,
    PATIENCE_MS,
    WHOLE,
    Course,
    form,
    look,
    opened_course,
    scrolled_to,
    window,
)
from playwright.sync_api import Browser, Locator, Page, expect

ORIGINALS = Path(__file__).parents[2] / "notebooks" / "en"
NAMES, DIRECTORIES = "02-the-domain-name-system.ipynb", "03-public-directories.ipynb"
TITLE = "Who of those asked knew the address"
LATER = "can technically make the whole name disappear"
WRONG, RIGHT = (
    "The root: it stands above all others.",
    "Only the servers of museum.example.",
)
NO, YES = "it knows only its own drawer", "www is changed at those servers"


def put(
    course: Course, name: str, change: Callable[[Any], None] = lambda notebook: None
) -> None:
    """Put a notebook with its outputs into the copy, as if it had been run somewhere else."""
    notebook = json.loads((ORIGINALS / name).read_bytes())
    change(notebook)
    (course.folder / name).write_text(json.dumps(notebook), encoding="utf-8")


def show(page: Page, course: Course, name: str) -> None:
    """Open a file of the copy; nothing is run."""
    page.goto(course.address_of(name), timeout=PATIENCE_MS)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE_MS)


def answer(found: Locator, choice: str) -> str:
    found.get_by_text(choice).click()
    found.get_by_role("button", name="Check").click()
    return found.get_by_role("status").inner_text()


def kept(course: Course) -> dict[str, Any]:
    try:
        return dict(json.loads((course.folder / "progress.json").read_bytes()))
    except (FileNotFoundError, ValueError):  # it is being written
        return {}


def wait_until_kept(page: Page, course: Course, letter: str) -> None:
    for _ in range(600):
        if letter in kept(course).get("answers", {}).values():
            return
        page.wait_for_timeout(50)
    raise AssertionError("the answer was not kept")


def test_the_next_day_everything_is_found_again(
    browser: Browser, tmp_path: Path
) -> None:
    """Without a kernel, untrusted, after the server was stopped."""
    folder = tmp_path / "my-course"
    with opened_course(folder) as course, window(browser) as page:
        put(course, NAMES)
        show(page, course, NAMES)
        expect(page.locator(".lab-strip")).to_contain_text("0 of 10 sections done")
        assert NO in answer(form(page, TITLE), WRONG)
        assert YES in answer(form(page, TITLE), RIGHT)
        wait_until_kept(page, course, "c")
        look(page, "question-without-a-kernel")
    with opened_course(folder) as course, window(browser) as page:
        page.goto(course.address, timeout=PATIENCE_MS)
        card = page.locator(".lab-home li", has_text="02 · The domain name system")
        expect(card).to_contain_text("1 of 11 questions answered", timeout=PATIENCE_MS)
        look(page, "home-the-next-day")
        page.get_by_role("button", name="Continue: 02").click()
        found = form(page, TITLE)
        expect(found.get_by_role("status")).to_contain_text(YES)
        expect(found.get_by_role("radio", checked=True)).to_have_value("c")
        expect(page.locator(".lab-strip")).to_contain_text("1 of 11 questions answered")


def test_two_tabs_keep_each_others_answers(browser: Browser, course: Course) -> None:
    (course.folder / "progress.json").unlink(missing_ok=True)
    with window(browser) as one:
        put(course, NAMES)
        show(one, course, NAMES)
        other = one.context.new_page()
        show(other, course, NAMES)
        answer(form(one, TITLE), RIGHT)
        wait_until_kept(one, course, "c")
        later = form(other, LATER)
        later.get_by_role("radio").first.check()
        later.get_by_role("button", name="Check").click()
        wait_until_kept(other, course, "a")
        assert len(kept(course)["answers"]) == 2
        expect(form(other, TITLE).get_by_role("radio", checked=True)).to_have_value("c")


HOSTILE = {
    "page+json": [
        ["section", ["script", "document.title = 'acted'"], "text"],
        ["section", ["img", {"src": "x", "onerror": "document.title = 'acted'"}]],
        ["section", ["a", {"href": "javascript:document.title = 'acted'"}, "a link"]],
        [
            "section",
            {"onclick": "document.title = 'acted'", "style": "position:fixed"},
            "text",
        ],
        {"not": "a page"},
        "<img src=x onerror=\"document.title = 'acted'\">",
        None,
    ],
    "question+json": [
        {"id": "<img src=x>", "choices": 7},
        {
            "id": "q",
            "lang": "en",
            "prompt": "<img src=x onerror=\"document.title = 'acted'\">",
            "hint": "",
            "call": "",
            "choices": [],
            "words": dict.fromkeys(
                ("check", "hint", "plain", "choose"), "<script></script>"
            ),
        },
    ],
}


def test_what_somebody_wrote_into_the_file_does_nothing(
    browser: Browser, course: Course
) -> None:
    def change(notebook: Any) -> None:
        notebook["cells"][1]["outputs"] = [
            {
                "output_type": "display_data",
                "metadata": {},
                "data": {
                    f"application/vnd.labsupport.{kind}": data,
                    "text/plain": "as text",
                },
            }
            for kind, every in HOSTILE.items()
            for data in every
        ]

    with window(browser) as page:
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        put(course, NAMES, change)
        show(page, course, NAMES)
        outputs = page.locator(".jp-OutputArea-output")
        outputs.nth(3).wait_for()
        link = page.get_by_text("a link")
        link.click()
        assert link.get_attribute("href") is None
        cell = page.locator(".jp-Cell[data-windowed-list-index='1']")
        assert (
            cell.locator(":is(img[src], script, iframe), [onclick], [onerror]").count()
            == 0
        )
        assert "acted" not in page.title()
        expect(cell.get_by_text("as text").first).to_be_visible()
        look(page, "outputs-edited-by-hand")
        assert YES in answer(form(page, TITLE), RIGHT)
        assert errors == []


def test_a_word_opens_where_it_stands(browser: Browser, course: Course) -> None:
    put(course, NAMES)
    with window(browser) as page:
        show(page, course, NAMES)
        word = scrolled_to(page, page.locator(".jp-RenderedMarkdown a[href^='#word-']"))
        scroller = page.locator(".jp-WindowedPanel-outer").first
        before = scroller.evaluate("e => e.scrollTop")
        word.click()
        note = page.locator(".lab-word")
        expect(note).to_be_visible()
        expect(note).to_contain_text(word.inner_text()[:4])
        look(page, "a-word-opens")
        page.keyboard.press("Escape")
        expect(note).to_be_hidden()
        assert scroller.evaluate("e => e.scrollTop") == before


def test_a_file_that_was_written_is_opened_printed_and_taken_home(
    browser: Browser, course: Course
) -> None:
    report = "<!doctype html><title>A report</title><script>document.title = 'acted'</script>"
    (course.folder / "report.html").write_text(report)
    put(course, DIRECTORIES)
    # Without windows Chromium does not print.
    whole = browser.browser_type.launch(
        executable_path=WHOLE, args=ARGUMENTS, timeout=PATIENCE_MS
    )
    with whole, window(whole) as page:
        show(page, course, DIRECTORIES)
        files = scrolled_to(page, page.locator(".lab-files", has_text="report.html"))
        look(page, "a-file-that-was-written")
        with page.expect_download() as downloaded:
            files.get_by_role("link", name="Download").click()
        assert downloaded.value.path().read_text() == report
        with page.expect_popup() as opened:
            files.get_by_role("link", name="Open").click()
        opened.value.wait_for_load_state()
        assert "report.html" in opened.value.url
        files.get_by_role("link", name="Print").click()
        frame = page.locator("iframe.lab-printed")
        assert frame.get_attribute("sandbox") == "allow-same-origin allow-modals"
    (course.folder / "report.html").unlink()


@pytest.fixture(scope="module")
def home(browser: Browser, course: Course) -> Iterator[Page]:
    with window(browser) as page:
        page.goto(course.address, timeout=PATIENCE_MS)
        page.locator(".lab-home h1").wait_for(timeout=PATIENCE_MS)
        yield page


def test_axe_finds_nothing_on_the_first_page_nor_in_answers(
    home: Page, browser: Browser, course: Course
) -> None:
    assert findings(home, within=".lab-home") == []
    put(course, NAMES)
    with window(browser) as page:
        show(page, course, NAMES)
        answer(form(page, TITLE), RIGHT)
        assert findings(page, within=".lab-strip") == []
        for within in (".lab-question", ".lab-page"):
            scrolled_to(page, page.locator(within))
            assert findings(page, within=within) == []


def test_the_first_page_leads_to_each_part(home: Page) -> None:
    cards = home.locator(".lab-home li:has(h2)")
    expect(cards).to_have_count(6)
    expect(
        home.get_by_role("button", name=re.compile("Begin|Continue"))
    ).to_be_visible()
    look(home, "home")
    cards.nth(3).get_by_role("link").focus()
    home.keyboard.press("Enter")
    expect(home.locator(".jp-Notebook h1").first).to_contain_text(
        "directories", timeout=60_000
    )
    home.locator(".lab-strip").get_by_role("link", name="All parts").click()
    expect(home.locator(".lab-home h1")).to_be_visible()
    expect(home.get_by_role("button", name="Continue: 03")).to_be_visible()


def test_the_first_page_leads_to_the_parts_beside_it(
    browser: Browser, course: Course
) -> None:
    """Where the notebooks lie in a folder, as on a JupyterHub or Binder."""
    shutil.copytree(ORIGINALS, course.folder / "cloned")
    with window(browser) as page:
        page.goto(course.address_of("cloned/home.course"), timeout=PATIENCE_MS)
        page.locator(".lab-home li").nth(3).get_by_role("link").click(
            timeout=PATIENCE_MS
        )
        strip = page.locator(".lab-strip")
        expect(strip).to_contain_text("0 of 11 sections done", timeout=PATIENCE_MS)
        strip.get_by_role("link", name="On to 04").click()
        # Each part that was open stays behind the next.
        expect(page.locator(".jp-Notebook:visible h1")).to_contain_text(
            "Blocking", timeout=60_000
        )
        page.locator(".lab-strip:visible").get_by_role("link", name="All parts").click()
        expect(page.locator(".lab-home h1")).to_be_visible()
        assert "/cloned/" in page.url
