"""A participant goes through the notebooks in a real browser, and gets replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from browser import Course, Seen, complaints, focused, form, look, saved, walk, window
from playwright.sync_api import Browser, Page, expect

INTERNET, NAMES, DIRECTORIES, BLOCKING, CASE, START = NOTEBOOKS = [
    "01-how-the-internet-works.ipynb",
    "02-the-domain-name-system.ipynb",
    "03-public-directories.ipynb",
    "04-blocking-risks.ipynb",
    "05-a-case-from-start-to-end.ipynb",
    "00-start-here.ipynb",  # last, on a smaller screen: JupyterLab keeps how its parts share that
]


@pytest.fixture(scope="module")
def seen() -> dict[str, list[Seen]]:
    """What was seen of each answer, by notebook, as they were run."""
    return {}


@pytest.fixture(scope="module")
def ran(
    browser: Browser, course: Course, seen: dict[str, list[Seen]]
) -> Iterator[Callable[[str], Page]]:
    """Return each notebook, opened and walked through once, from its top."""
    with ExitStack() as stack:
        pages: dict[str, Page] = {}

        def opened(notebook: str) -> Page:
            if notebook not in pages:
                page = pages[notebook] = stack.enter_context(window(browser))
                if notebook == START:
                    page.set_viewport_size({"width": 1024, "height": 768})
                seen[notebook] = walk(page, course, notebook)
                assert complaints(saved(page, course, notebook)) == []
            pages[notebook].locator(".jp-WindowedPanel-outer").first.evaluate(
                "e => e.scrollTo(0, 0)"
            )
            return pages[notebook]

        yield opened


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_cell_runs_and_its_answer_is_in_sight_and_not_high(
    ran: Callable[[str], Page], seen: dict[str, list[Seen]], notebook: str
) -> None:
    page = ran(notebook)
    look(page, f"ran-{notebook}")
    # Cursors that blink unseen have the whole window drawn sixty times a second.
    cursors = page.locator(".cm-editor:not(:focus-within) .cm-cursorLayer")
    blinking = (
        "all => [...new Set(all.map(one => getComputedStyle(one).animationName))]"
    )
    assert cursors.evaluate_all(blinking) == ["none"]
    answers = seen[notebook]
    assert len(answers) > 10
    assert [one.line for one in answers if not one.begins_in_sight] == []
    assert [(one.line, one.height) for one in answers if one.height > 500] == []


@pytest.mark.parametrize(
    ("notebook", "title", "wrong", "no", "right", "yes"),
    [
        (
            NAMES,
            "Who of those asked knew the address",
            "The root: it stands above all others.",
            "it knows only its own drawer",
            "Only the servers of museum.example.",
            "www is changed at those servers",
        ),
        (
            INTERNET,
            "One subscriber was left",
            "Who moved the money.",
            "The log knows contracts, not people",
            "That this subscriber's connection reached",
            "It is a beginning",
        ),
        (
            DIRECTORIES,
            "You had the file for a month",
            "The hash chain in the file.",
            "can be rewritten with a perfect chain",
            "The count and the last hash",
            "would have to rewrite the minutes too",
        ),
        (
            BLOCKING,
            "You have seen who else lives at that address",
            "Block the address: it is the more precise",
            "It is the less precise",
            "Ask the court which of the two is meant",
            "while the question travels",
        ),
    ],
    ids=[
        "a name's address",
        "a line is not a person",
        "a chain is not a seal",
        "brackets",
    ],
)
def test_a_question_replies_to_a_wrong_answer_and_to_the_right_one(
    ran: Callable[[str], Page],
    notebook: str,
    title: str,
    wrong: str,
    no: str,
    right: str,
    yes: str,
) -> None:
    page = ran(notebook)
    question = form(page, title)
    status = question.get_by_role("status")
    question.get_by_text(wrong).click()
    question.get_by_role("button", name="Check").click()
    expect(status).to_contain_text(no)
    question.get_by_text(right).click()
    expect(status).to_be_empty()
    question.get_by_role("button", name="Check").click()
    expect(status).to_contain_text(yes)
    look(page, f"question-answered-{notebook}")


def test_the_record_and_its_report_stand_beside_the_notebook(
    course: Course, ran: Callable[[str], Page]
) -> None:
    ran(DIRECTORIES)
    notebook = next(course.folder.rglob(DIRECTORIES))
    written = {path.name for path in notebook.parent.iterdir()}
    assert {"evidence.jsonl", "report.html", "request.html"} <= written


def test_a_draft_is_reviewed_and_nothing_of_it_stays(
    course: Course, ran: Callable[[str], Page]
) -> None:
    """In the lesson itself: the page shows the order's words, and nothing that is saved does."""
    page = ran(BLOCKING)
    box = form(page, "draft order")
    draft = "Bloquear zorzalito-canario.example (203.0.113.80) por el plazo de 30 días."
    box.get_by_role("textbox").fill(draft)
    box.get_by_role("button", name="Review").click()
    expect(box.get_by_role("status")).to_contain_text("to look at")
    expect(box.locator(".lab-reply")).to_contain_text("zorzalito-canario.example")
    look(page, "draft-reviewed")
    saved(page, course, BLOCKING)
    kept = (path.read_bytes() for path in course.folder.rglob("*") if path.is_file())
    assert not any(b"zorzalito" in content for content in kept)
    page.once("dialog", lambda asked: asked.accept())
    box.get_by_role("button", name="Clear").click()
    expect(box.locator("textarea")).to_have_value("")
    expect(box).not_to_contain_text("zorzalito")


def test_a_question_is_answered_by_keyboard_alone(ran: Callable[[str], Page]) -> None:
    page = ran(NAMES)
    question = form(page, "Who of those asked knew the address")
    answers = question.get_by_role("radio")
    focused(answers.first)
    for number, key in enumerate(("Space", "ArrowDown", "ArrowDown")):
        page.keyboard.press(key)
        expect(answers.nth(number)).to_be_checked()
    page.keyboard.press("Tab")
    expect(question.get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question.get_by_role("status")).to_contain_text(
        "Each desk knows its own drawer"
    )


def test_a_walk_is_taken_step_by_step_and_back(ran: Callable[[str], Page]) -> None:
    page = ran(NAMES)
    walk = form(page, "Walk down from the root")
    status = walk.get_by_role("status")
    forward = walk.get_by_role("button", name="Next step")
    forward.click()
    expect(status).to_contain_text("a server of the root")
    forward.click()
    expect(status).to_contain_text("a server of example")
    walk.get_by_role("button", name="Back").click()
    expect(status).to_contain_text("a server of the root")
    look(page, "walk-stepped")


def test_the_clock_is_moved_and_the_time_left_falls(ran: Callable[[str], Page]) -> None:
    page = ran(NAMES)
    clock = form(page, "Let time pass in the lab")
    status = clock.locator(".lab-status")
    clock.get_by_role("button", name="Ask now").click()
    expect(status).to_contain_text("remembers it for another 5 minutes")
    clock.get_by_role("button", name="Wait").click()
    expect(status).not_to_contain_text("for another 5 minutes")


def test_what_is_typed_into_a_box_never_acts(ran: Callable[[str], Page]) -> None:
    page = ran(START)
    box = form(page, "Ask the resolver")
    for typed, reply in (
        ("", "No name was given"),
        ("museo bonito", "“museo bonito” contains a space"),
        ("<img src=x onerror=alert(1)>", "onerror=alert(1)” contains a space"),
        ("google.com", "not part of the lab Internet"),
        ("www.museum.example", "has the address"),
    ):
        box.get_by_role("textbox").fill(typed)
        box.get_by_role("button", name="Ask").click()
        expect(box.get_by_role("status")).to_contain_text(reply)
        assert box.locator("img").count() == 0
