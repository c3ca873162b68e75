"""A draft order is pasted in a real browser: it is answered, and then it is nowhere."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from browser import (
    Course,
    complaints,
    focused,
    form,
    look,
    open_notebook,
    run_all,
    saved,
    window,
)
from playwright.sync_api import Browser, Locator, Page, expect

NOTEBOOK = "scratch.ipynb"
# What the draft is known by, wherever it would turn up.
CANARY = "tucan-secreto"
DRAFT = (
    f"Bloquéese {CANARY}.example.\nDentro de 24 horas.\n<img src=x onerror=alert(1)>"
)
SETUP = """
import warnings
from types import SimpleNamespace
from labsupport.language import Language
from labsupport.results import Statement
from labsupport.course.order_box import order_box, order_form

class Review(Statement):
    def __init__(self, say, text):
        super().__init__(say, None, "1 thing to look at.")
        self.text = text
        self.tally = "1"

    def private_html(self, text="", counts=(), cells=()):
        from labsupport.visible import escaped
        return f"<pre>Read: {escaped(self.text)}</pre>"

class FakeLab:
    def __init__(self):
        self._context = SimpleNamespace(say=Language.load("en"))
        self.orders = self

    def review(self, order=""):
        print(order)
        warnings.warn(str(order))
        targets = [one.written for one in order.targets]
        return Review(self._context.say, f"{targets} {order.reasons} {order.technique!r}")

    def impact(self, order=""):
        raise ValueError(order)

lab = FakeLab()
"""


@pytest.fixture(scope="module")
def page(browser: Browser, course: Course) -> Iterator[Page]:
    """A notebook with both forms, run."""
    cells = [
        nbformat.v4.new_code_cell(one)
        for one in (SETUP, "order_box(lab)", "order_form(lab)")
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), course.folder / NOTEBOOK)
    with window(browser) as page:
        page.on("dialog", lambda asked: asked.accept())
        open_notebook(page, course, NOTEBOOK)
        assert complaints(run_all(page, course, NOTEBOOK)) == []
        yield page


@pytest.fixture
def box(page: Page) -> Locator:
    """The box for a draft, without what an earlier test has put there."""
    box = form(page, "draft order")
    box.get_by_role("button", name="Clear").click()
    return box


def places(folder: Path) -> Iterator[str]:
    """Yield every file that holds the draft."""
    for path in folder.rglob("*"):
        if path.is_file() and CANARY.encode() in path.read_bytes():
            yield str(path.relative_to(folder))


def logged(course: Course) -> str:
    """Return what the server and its kernels have said so far."""
    assert course.process.stdout is not None
    number = course.process.stdout.fileno()
    os.set_blocking(number, False)
    said = b""
    while True:
        try:
            more = os.read(number, 65536)
        except BlockingIOError:
            break
        if not more:
            break
        said += more
    os.set_blocking(number, True)
    return said.decode()


def test_a_draft_is_answered_and_is_nowhere(
    course: Course, page: Page, box: Locator
) -> None:
    expect(box).to_contain_text("What you put here is not saved.")
    expect(box).to_contain_text("never put a real order here")
    area = box.get_by_role("textbox", name="Draft")
    area.fill(DRAFT)
    look(page, "order-box-pasted")
    box.get_by_role("button", name="Review").click()
    expect(box.locator(".lab-reply")).to_contain_text(f"{CANARY}.example")
    expect(box.get_by_role("status")).to_have_text("1 thing to look at.")
    expect(area).to_have_count(0)  # the document stands in its place
    assert box.locator("img").count() == 0
    look(page, "order-box-answered")
    notebook = saved(page, course, NOTEBOOK)
    state = json.dumps(notebook["metadata"]["widgets"])
    assert "Paste a draft order" in state, (
        "the state of the widgets is saved with the notebook"
    )
    assert CANARY not in json.dumps(notebook)
    assert list(places(course.folder)) == []
    assert CANARY not in logged(course)


def test_an_error_does_not_tell_what_was_pasted(
    course: Course, page: Page, box: Locator
) -> None:
    box.get_by_role("textbox", name="Draft").fill(DRAFT)
    box.get_by_role("button", name="Who else goes dark").click()
    expect(box.get_by_role("status")).to_contain_text("Something went wrong")
    # to be mended
    expect(box.get_by_role("textbox", name="Draft")).to_have_value(DRAFT)
    assert complaints(saved(page, course, NOTEBOOK)) == []
    assert list(places(course.folder)) == []
    assert CANARY not in logged(course)


def test_a_draft_need_not_be_pasted_twice_and_can_be_forgotten(box: Locator) -> None:
    review = box.locator("button[value=review]")
    reply = box.locator(".lab-reply")
    box.get_by_role("textbox", name="Draft").fill(DRAFT)
    review.click()
    expect(reply).to_contain_text("Read:")
    expect(review).to_have_text("Review again")
    review.click()
    expect(reply).to_contain_text("Read:")
    box.get_by_role("button", name="Clear").click()
    expect(reply).to_contain_text("the draft is forgotten")
    expect(review).to_have_text("Review")
    review.click()
    expect(reply).to_contain_text("Paste a draft first.")


def test_a_draft_is_typed_by_keyboard_alone(page: Page, box: Locator) -> None:
    cells = page.locator(".jp-Cell").count()
    area = box.get_by_role("textbox", name="Draft")
    focused(area)
    page.keyboard.type("dd")
    page.keyboard.press("Enter")
    page.keyboard.type("aa")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(area).to_have_value("dd\n\naa")
    page.keyboard.press("Shift+Enter")  # it would run the cell, and make a new box
    expect(area).to_have_value(re.compile("^dd\n+aa$"))
    assert page.locator(".jp-Cell").count() == cells
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(box.locator(".lab-reply")).to_contain_text("Read: []")


def test_fields_stay_for_mending_until_they_are_cleared(
    course: Course, page: Page
) -> None:
    fields = form(page, "Fill in an order")
    reasons = fields.get_by_role("textbox", name="Reasons")
    reasons.fill(f"Because of {CANARY}.")
    fields.get_by_role("combobox", name="Technique").select_option("address")
    fields.get_by_role("button", name="Review").click()
    expect(fields.locator(".lab-reply")).to_contain_text(f"Because of {CANARY}.")
    expect(fields.locator(".lab-reply")).to_contain_text("Technique.ADDRESS")
    expect(reasons).to_have_value(f"Because of {CANARY}.")
    look(page, "order-form-answered")
    saved(page, course, NOTEBOOK)
    assert list(places(course.folder)) == []
    fields.get_by_role("button", name="Clear").click()
    expect(reasons).to_have_value("")
    expect(fields.get_by_role("combobox", name="Technique")).to_have_value("")
    assert CANARY not in logged(course)
