"""The course in Spanish, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import findings
from browser import PATIENCE_MS, Course, form, look, opened_course, walk, window
from playwright.sync_api import Browser, Page, expect

SPANISH = Path(__file__).parents[2] / "notebooks" / "es"
BLOCKING = "04-blocking-risks.ipynb"


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    folder = tmp_path_factory.mktemp("alumna") / "my-course"
    with opened_course(folder, "--language", "es") as course:
        yield course


@pytest.fixture(scope="module")
def home(browser: Browser, spanish: Course) -> Iterator[Page]:
    with window(browser) as page:
        page.goto(spanish.address, timeout=PATIENCE_MS)
        page.locator(".lab-home h1").wait_for(timeout=PATIENCE_MS)
        yield page


def test_the_first_page_is_in_spanish_and_axe_finds_nothing(home: Page) -> None:
    assert "/es/home.course" in home.url
    expect(home.locator(".lab-home")).to_have_attribute("lang", "es")
    expect(home.locator(".lab-home li:has(h2)")).to_have_count(6)
    look(home, "home-es")
    assert findings(home, within=".lab-home") == []


def test_answers_are_kept_when_the_language_is_changed(
    home: Page, spanish: Course
) -> None:
    """And the first page leads to the other language and back."""

    def card(title: str) -> None:
        home.locator(".lab-home:visible li", has_text="02 ·").get_by_role(
            "link"
        ).click()
        heading = home.locator(".jp-Notebook:visible h1").first
        expect(heading).to_contain_text(title, timeout=PATIENCE_MS)

    name = "02-the-domain-name-system.ipynb"
    shutil.copy(SPANISH / name, spanish.folder / "es" / name)
    card("sistema de nombres de dominio")
    question = form(home, "De todos los consultados")
    question.get_by_role("radio").nth(1).check()
    question.get_by_role("button", name="Comprobar").click()
    expect(question.get_by_role("status")).not_to_be_empty()
    home.locator(".lab-strip:visible").get_by_role(
        "link", name="Todas las partes"
    ).click()
    home.get_by_role("button", name="English").click()
    expect(home.locator(".lab-home:visible")).to_have_attribute("lang", "en")
    expect(home.locator(".lab-home:visible")).to_contain_text("The domain name system")
    card("The domain name system")
    expect(home.locator(".lab-strip:visible")).to_contain_text(
        "1 of 11 questions answered"
    )


def test_each_answer_is_in_sight_and_not_high_in_spanish_too(
    browser: Browser, spanish: Course
) -> None:
    """The longest words of all stand in the answers about orders."""
    with window(browser) as page:
        seen = walk(page, spanish, f"es/{BLOCKING}")
        look(page, "ran-es-04")
        assert [one.line for one in seen if not one.begins_in_sight] == []
        assert [(one.line, one.height) for one in seen if one.height > 500] == []
        assert findings(page, within=".lab-page") == []
