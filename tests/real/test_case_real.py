"""Both cases are played by clicking in JupyterLab, in the notebook; the case file is printed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import (
    Course,
    complaints,
    focused,
    look,
    open_notebook,
    run_all,
    saved,
    scrolled_to,
    window,
)
from playwright.sync_api import Browser, Locator, Page, expect
from printed import sheets

from labsupport.answers.evidence_record import CHECK

NOTEBOOK = "05-a-case-from-start-to-end.ipynb"
# What is chosen, by how it begins, and the step that it leads to.
FRAUD = (
    ("Open the link here", "I · On record"),
    ("A quarter of an hour", "I · The message"),
    ("Line 5", "II · Who can act"),
    ("Keep: ask the six", "II · Six requests"),
    ("To each one's duty desk: what", "II · Two drafts"),
    ("The first: two access", "II · A call from the music school"),
    ("Have it lifted", "III · One address, many subscribers"),
    ("Who used this address with this source port at that second.", "III · The door"),
    ("Ask the court for a search", "Epilogue · Five questions"),
    ("Two or three", "Epilogue · What stands"),
    ("", "End · The wrong door"),  # there is but one thing to do
)
WRONG_ORDER = (
    ("Have somebody look", "What is seen from three places"),
    ("That nothing comes back", "What is seen from three places"),
    ("That at the same hour Fibra Sur", "The order"),
    ("The clinic, the provider and the League", "Your order"),
)
CANARY = "tucan-secreto"
ORDER = (
    f"Fibra Sur shall block 203.0.113.80 and {CANARY}.example.\nUntil 5 November 2026."
)


def play(box: Locator, way: tuple[tuple[str, str], ...]) -> None:
    for choice, step in way:
        if choice:
            text = re.compile(rf"^[a-z]\) {re.escape(choice)}")
            box.locator(".lab-choice", has_text=text).click()
        box.get_by_role(
            "button", name="Do this" if choice else "Go on", exact=True
        ).click()
        expect(box.locator(".lab-reply h3")).to_have_text(step, timeout=30_000)
        checked = box.locator(".lab-choice").get_by_role("radio", checked=True)
        expect(checked).to_have_count(0)


def case_box(page: Page, title: str) -> Locator:
    return scrolled_to(page, page.get_by_role("form", name=title))


@pytest.fixture(scope="module")
def ran(course: Course, browser: Browser) -> Iterator[Page]:
    with window(browser) as page:
        open_notebook(page, course, NOTEBOOK)
        assert complaints(run_all(page, course, NOTEBOOK)) == []
        yield page


@pytest.fixture
def opened(ran: Page) -> Page:
    ran.locator(".jp-WindowedPanel-outer").first.evaluate("e => { e.scrollTop = 0; }")
    return ran


def test_the_fraud_is_played_by_clicking_and_its_file_is_printed(
    course: Course, opened: Page, browser: Browser
) -> None:
    box = case_box(opened, "A message from the bank")
    expect(box.locator("legend")).to_have_text("What do you do first?")
    look(opened, "case-fraud-begun")
    play(box, FRAUD)
    look(opened, "case-fraud-ended")
    expect(box).to_contain_text("a search that found nothing")
    expect(box.locator("legend")).to_contain_text("This is the end")
    expect(box.get_by_role("button", name="Do this")).to_be_hidden()
    expect(box.get_by_role("button", name="Start again")).to_be_visible()
    box.get_by_role("button", name="Write the case file").click()
    expect(box.locator(".lab-status")).to_contain_text("The case file is in the folder")
    with opened.context.expect_page() as front:
        box.get_by_role("link", name="Open").click()  # of the page; an archive has none
    expect(front.value).to_have_title(re.compile("A message from the bank"))
    front.value.close()
    box.get_by_role("button", name="Take the last choice back").click()
    expect(box.locator(".lab-reply h3")).to_have_text(
        "Epilogue · What stands", timeout=30_000
    )
    expect(box).to_contain_text("Five sites that had done nothing were dark")
    # The cells at the end wrote one as well: this is the newer.
    newest = max(
        course.folder.rglob("MANIFEST.txt"), key=lambda path: path.stat().st_mtime
    )
    prints(newest, browser)


def prints(manifest: Path, browser: Browser) -> None:
    """Open every page of a case file in the browser, and print it on A4."""
    folder = manifest.parent
    for line in manifest.read_text("utf-8").splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256((folder / path).read_bytes()).hexdigest() == digest
    # The page that checks a record is the same in every case file: it has tests of its own.
    pages = sorted(one for one in folder.rglob("*.html") if one.name != CHECK)
    assert {path.parent.name for path in pages} == {
        *(folder.name, "documents", "evidence", "lab-only"),
    }
    kinds = ("mail", "subscribers", "draft", "preservation")
    papers = ("record.html", "requests.html", "two.html")
    assert {path.name.partition("-")[0] for path in pages} == {
        *(*kinds, *papers, "case.html", "report.html"),
    }
    for path in pages:
        context = browser.new_context()
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        assert asked == [path.as_uri()]  # it needs no other file
        assert page.title().startswith("TRAINING – FICTIONAL")
        pdf = path.with_suffix(".pdf")
        pdf.write_bytes(page.pdf(prefer_css_page_size=True))
        printed = sheets(pdf)
        assert all("TRAINING – FICTIONAL" in sheet for sheet in printed)
        if path.name == "case.html":  # its front is one page: what a judge reads
            assert "The case" in printed[0]
            assert "sha256sum -c" in printed[0]
        context.close()


def test_a_case_is_played_by_keyboard_and_what_is_no_choice_is_said(
    opened: Page,
) -> None:
    box = case_box(opened, "An order that went wrong")
    box.get_by_role("button", name="Do this").click()  # nothing is marked
    expect(box.get_by_role("status")).to_contain_text("Mark one answer first")
    expect(box.get_by_role("button", name="Take the last choice back")).to_be_hidden()
    focused(box.get_by_role("radio").first)
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(box.locator(".lab-reply h3")).to_have_text(
        "What is seen from three places", timeout=30_000
    )
    box.get_by_role("button", name="Take the last choice back").click()
    expect(box.locator(".lab-reply")).not_to_contain_text(
        "What is seen from three places"
    )


def test_a_table_takes_its_card_and_sees_that_card_alone(opened: Page) -> None:
    box = case_box(opened, "The hearing: whose card do you take?")
    expect(box.get_by_role("radio")).to_have_count(5)
    box.get_by_role("button", name="Take this card").click()  # nothing is marked
    expect(box.get_by_role("status")).to_contain_text("Mark a group first")
    expect(box.get_by_role("button", name="Put this card back")).to_be_hidden()
    focused(box.get_by_role("radio").first)
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    expect(box.locator("legend")).to_have_text(
        "Four minutes: what do you ask for?", timeout=30_000
    )
    expect(box.locator(".lab-reply")).to_contain_text("You wrote twice to the host")
    expect(box).not_to_contain_text("Until Thursday no higher court sits")
    look(opened, "hearing-card-taken")
    box.locator(".lab-choice").get_by_role("radio").nth(2).check()
    box.get_by_role("button", name="Read what the others answer").click()
    expect(box.locator(".lab-reply")).to_contain_text(
        "That leaves us alone", timeout=30_000
    )
    look(opened, "hearing-replies-read")
    box.get_by_role("button", name="Put this card back").click()
    expect(box.get_by_role("radio")).to_have_count(5, timeout=30_000)
    expect(box).not_to_contain_text("You wrote twice to the host")


def test_the_wrong_order_is_played_by_clicking_and_writing(
    course: Course, opened: Page
) -> None:
    box = case_box(opened, "An order that went wrong")
    area = box.locator("textarea")
    expect(area).to_be_hidden()
    play(box, WRONG_ORDER)
    expect(area).to_be_visible()
    expect(box.get_by_role("radio")).to_have_count(0)
    area.fill(ORDER)
    look(opened, "case-wrong-order-written")
    box.get_by_role("button", name="Do this").click()
    agree = box.get_by_role("button", name="All right")
    expect(agree).to_be_disabled(timeout=30_000)
    look(opened, "case-wrong-order-asked")
    box.get_by_role("combobox", name="How", exact=True).select_option("address")
    expect(agree).to_be_enabled(timeout=30_000)
    look(opened, "case-wrong-order-ready")
    agree.click()
    step = box.locator(".lab-reply h3").last  # below what was read, while it stands
    expect(step).to_have_text("It is carried out", timeout=30_000)
    expect(area).to_be_hidden()
    expect(box).to_contain_text("Whoever is there goes dark")
    aside = box.locator(".lab-aside")  # what was read, for who wrote it alone
    expect(aside).to_contain_text(f"{CANARY}.example")
    expect(aside).to_contain_text("take the last choice back")
    look(opened, "case-wrong-order-carried-out")
    expect(box).to_contain_text("(water company)")
    play(box, (("Stand by it", "End · The objection"),))
    look(opened, "case-wrong-order-ended")
    expect(box).to_contain_text("The clinic's lawyer objects")
    for title in ("It is carried out", "Your order"):
        box.get_by_role("button", name="Take the last choice back").click()
        expect(step).to_have_text(title, timeout=30_000)
    expect(area).to_have_value(ORDER)  # to be mended
    assert CANARY not in json.dumps(saved(opened, course, NOTEBOOK))
    kept = [one for one in course.folder.rglob("*") if one.is_file()]
    assert not any(CANARY.encode() in one.read_bytes() for one in kept)


def test_a_double_click_is_one_choice_and_a_kernel_started_anew_is_told(
    opened: Page,
) -> None:
    box = case_box(opened, "A message from the bank")
    while (
        back := box.get_by_role("button", name="Take the last choice back")
    ).is_visible():
        back.click()
        opened.wait_for_timeout(500)
    box.locator(".lab-choice").first.click()
    box.get_by_role("button", name="Do this").dblclick()
    expect(box.locator("legend")).to_have_text(
        "What do you want on file?", timeout=30_000
    )
    opened.wait_for_timeout(1000)
    expect(box.locator(".lab-taken li")).to_have_count(1)
    opened.get_by_role("menuitem", name="Kernel", exact=True).click()
    opened.locator(".lm-Menu [data-command='kernelmenu:restart']").click()
    opened.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
    expect(box.locator(".lab-lost")).to_contain_text(
        "it was started anew", timeout=30_000
    )
