"""The edition for a browser, used as a participant uses it; `test_browser_edition.py` has the rest.

By mouse in one language, by keys in another: as few pages as will do, since each starts a Python.
"""

from __future__ import annotations

import pytest
from axe import findings
from browser import focused, form, look, scrolled_to
from edition import KERNEL, PATIENCE_MS, opened, run
from playwright.sync_api import Locator, Page, expect
from test_marked_order_real import DRAFT, STORED, holds

from labsupport.course.questions import catalogue
from labsupport.language import Language

NAMES = "02-the-domain-name-system.ipynb"
KEPT = """async folder => {
    const { contents } = window.jupyterapp.serviceManager;
    return (await contents.get(folder, { content: true })).content.map(one => one.name);
}"""


class Mouse:
    """Presses and chooses by the mouse."""

    def press(self, button: Locator) -> None:
        button.click()

    def choose(self, options: Locator, number: int) -> None:
        options.nth(number).click()

    def select(self, options: Locator, value: str) -> None:
        options.select_option(value)

    def write(self, field: Locator, text: str) -> None:
        field.click()
        field.page.keyboard.press("Control+A")
        field.page.keyboard.insert_text(text)


class Keys(Mouse):
    """Does the same by keys alone."""

    def press(self, button: Locator) -> None:
        focused(button)
        button.page.keyboard.press("Enter")

    def choose(self, options: Locator, number: int) -> None:
        focused(options.first)
        for key in ("Space", *("ArrowDown",) * number):
            options.page.keyboard.press(key)
        expect(options.nth(number)).to_be_checked()

    def select(self, options: Locator, value: str) -> None:
        focused(options)
        while options.input_value() != value:
            options.page.keyboard.press("ArrowDown")
        options.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        focused(field)
        field.page.keyboard.press("Control+A")
        field.page.keyboard.insert_text(text)


HANDS = [
    pytest.param("en", Mouse(), id="by mouse"),
    pytest.param("es", Keys(), id="by keys"),
]


def form_with(page: Page, button: str) -> Locator:
    """Return the form that has this button, scrolled to."""
    return scrolled_to(
        page, page.locator(f".lab-form-box form:has(button[value={button}])")
    )


def kept(page: Page, language: str) -> list[str]:
    """Save the notebook, and return the names of what the browser keeps beside it."""
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    names: list[str] = page.evaluate(KEPT, "" if language == "en" else language)
    return names


@pytest.mark.parametrize(("language", "hand"), HANDS)
def test_all_that_is_pressed_chosen_and_written_is_used_and_a_reload_keeps_the_work(
    window: Page, address: str, language: str, hand: Mouse
) -> None:
    opened(window, address, NAMES if language == "en" else f"{language}/{NAMES}")
    window.on("dialog", lambda asked: asked.accept())
    begin = f'from labsupport import Lab\nlab = Lab("{language}")'
    run(
        window,
        begin,
        'lab.course.question("dns-who-knows")',
        "lab.ask()",
        "lab.trace()",
        'lab.dnssec("www.alterado.example")',
        "lab.evidence.save()\nlab.evidence.report()",
        'lab.evidence.verify("evidence.jsonl")',
        "lab.orders.review()",
        'lab.course.case("fraud", play=True)',
    )
    say = Language.load(language)
    asked = catalogue(language)["dns-who-knows"]
    reply = _forms_and_a_picture(window, say, hand)
    _a_draft(window, language, hand)
    _a_case(window, language, hand)
    for within in (".lab-question", ".lab-form-box", ".lab-page", ".lab-strip"):
        assert findings(window, within=within) == []
    made = {
        "evidence.jsonl",
        "report.html",
        "verify.html",
        "case-file.zip",
        "case.json",
    }
    assert made <= {*kept(window, language)}

    window.reload()
    window.wait_for_function(KERNEL)
    # an output that stands there without having been run
    again = form(window, asked.prompt)
    expect(again.get_by_role("status")).to_contain_text(reply)
    expect(again.get_by_role("radio", checked=True)).to_have_count(1)
    run(window, begin, 'lab.course.case("case.json", play=True)')
    expect(form_with(window, "keep").locator(".lab-taken li")).to_have_count(2)


def _forms_and_a_picture(window: Page, say: Language, hand: Mouse) -> str:
    """Answer a question, ask by a box, walk, move a picture; return what the question replied."""
    asked = catalogue(say.code)["dns-who-knows"]
    question = form(window, asked.prompt)
    check, status = question.get_by_role("button"), question.get_by_role("status")
    for right in (False, True):
        number = next(at for at, one in enumerate(asked.choices) if one.right is right)
        hand.choose(question.get_by_role("radio"), number)
        expect(status).to_be_empty()
        hand.press(check)
        expect(status).to_contain_text(asked.choices[number].reply)

    box = form_with(window, "ask")
    for typed, reply in (
        ("google.com", "google.com"),
        ("www.isla.example", "198.51.100.33"),
    ):
        hand.write(box.get_by_role("textbox"), typed)
        hand.press(box.locator("button[value=ask]"))
        expect(box.get_by_role("status")).to_contain_text(reply)

    walk = form_with(window, "next")
    for button, step in (("next", 1), ("next", 2), ("back", 1)):
        hand.press(walk.locator(f"button[value={button}]"))
        told = say("widgets.step_number_of_count", number=step, count=3)
        expect(walk.get_by_role("status")).to_contain_text(told)

    picture = scrolled_to(window, window.locator(".lab-page:has(.lab-controls)"))
    said = picture.locator(".lab-state")
    before = said.inner_text()
    hand.press(picture.get_by_role("button").last)
    expect(said).not_to_have_text(before)
    look(window, f"page-used-{say.code}")
    return asked.choices[number].reply


def _a_draft(window: Page, language: str, hand: Mouse) -> None:
    """Have a draft order reviewed, and clear it: nothing of it stays."""
    box = form_with(window, "review")
    area = box.locator("textarea")
    hand.write(area, DRAFT)
    hand.press(box.locator("button[value=review]"))
    expect(box.locator(".lab-finding summary").first).to_be_focused(timeout=PATIENCE_MS)
    hand.press(box.locator(".lab-letter button.lab-number").last)
    expect(box.locator(".lab-finding[open]")).to_have_count(1)
    hand.select(box.locator("select[data-press]").last, "mentioned")
    expect(box.get_by_role("status")).to_contain_text("info.example")
    assert findings(window, within=".lab-form-box") == []
    look(window, f"page-reviewed-{language}")
    kept(window, language)
    assert not holds(window.evaluate(STORED).encode())
    hand.press(box.locator("button[value=clear]"))
    expect(area).to_have_value("")
    expect(box.locator(".lab-marked")).to_have_count(0)
    assert not holds(window.content().encode())


def _a_case(window: Page, language: str, hand: Mouse) -> None:
    """Play a case, take its file, and keep it to go on with."""
    case = form_with(window, "keep")
    for count in (1, 2):
        hand.choose(case.get_by_role("radio"), 1)
        hand.press(case.locator("button[value=choose]"))
        expect(case.locator(".lab-taken li")).to_have_count(count)
    look(window, f"page-played-{language}")
    for button, file in (("keep", "case-file.zip"), ("save", "case.json")):
        hand.press(case.locator(f"button[value={button}]"))
        expect(case.locator(f"a.lab-download[download='{file}']")).to_be_visible()
