"""A whole case is played by clicking, in JupyterLab."""

from __future__ import annotations

import nbformat
from browser import Course, complaints, look, open_notebook, run_all
from playwright.sync_api import Page, expect

FILE = "a-case.ipynb"
CELLS = ('from labsupport import Lab\nlab = Lab("en")', 'lab.case_box("wrong-order")')
# What is chosen, and the step that it leads to.
WAY = (
    ("b", "What is seen from three places"),
    ("a", "What is seen from three places"),  # a wrong one costs time
    ("d", "Who else is at that address?"),
    ("b", "The order"),
    ("b", "What is written now"),
    ("c", "What the new order does"),
    ("a", "What remains"),
)


def test_a_case_is_played_by_clicking(course: Course, page: Page) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, course.folder / FILE)
    open_notebook(page, course, FILE)
    assert complaints(run_all(page, course, FILE)) == []
    form = page.locator(".lab-form-box form")
    expect(form).to_contain_text("Two complaints")
    look(page, "case-begun")
    for letter, step in WAY:
        form.get_by_label("Your choice").select_option(letter)
        form.get_by_role("button", name="Do this").click()
        expect(form.locator(".lab-reply strong").first).to_contain_text(step, timeout=20_000)
    look(page, "case-ended")
    expect(form).to_contain_text("The site that was meant is blocked by its name in one network")
    form.get_by_role("button", name="Take the last choice back").click()
    expect(form.locator(".lab-reply strong").first).to_contain_text("What the new order does")
