"""The editions without a server, in a real browser: opened from files, and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe import findings
from browser import PATIENCE_MS, SCREENSHOTS, look
from playwright.sync_api import Browser, Page
from printed import ran, sheets

from labsupport.course import originals, roles
from labsupport.run import cli

NOTEBOOKS = originals.read_all("en")
TRAINING = "TRAINING – FICTIONAL"
CARDS = [(f"role-{key}", 1) for key in roles.play("en").roles]  # the instructor's
NARROW = {"width": 320, "height": 640}
WALL = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All editions, as `labsupport editions` makes them; no test writes into the folder."""
    place = tmp_path_factory.mktemp("stick") / "course"
    assert cli.main(["editions", "--to", str(place), "--instructor"]) == 0
    return place


def pages(edition: Path) -> list[Path]:
    beside = edition.with_name(f"{edition.name}-instructor")
    return sorted([*edition.rglob("*.html"), *beside.rglob("*.html")])


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    """A window; it fails the test when a page asks for anything but itself."""
    context = browser.new_context(viewport=WALL)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened = context.new_page()
    yield opened
    files = {url.partition("#")[0] for url in asked if url.startswith("file:")}
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert all(url.endswith(".html") for url in files)


def show(window: Page, file: Path) -> None:
    window.goto(file.as_uri(), timeout=PATIENCE_MS)


def test_axe_finds_nothing_on_any_page(window: Page, edition: Path) -> None:
    found = {}
    for file in pages(edition):
        show(window, file)
        found[file.name] = findings(window)
    assert len(found) > 20
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_axe_would_find_a_fault(window: Page, edition: Path) -> None:
    """Where it finds nothing, it has looked: a picture without its description is found."""
    show(window, edition / "04-blocking-risks.html")
    window.evaluate("document.querySelector('img').removeAttribute('alt')")
    (line,) = findings(window)
    assert line.startswith("critical: image-alt")


def test_no_page_scrolls_sideways_on_a_telephone(window: Page, edition: Path) -> None:
    window.set_viewport_size(NARROW)
    for file in pages(edition):
        show(window, file)
        width = window.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"], file.name


def test_letters_twice_as_large_are_not_cut(window: Page, edition: Path) -> None:
    """A zoom of 200 % halves the window, as this does."""
    window.set_viewport_size(
        {"width": WALL["width"] // 2, "height": WALL["height"] // 2}
    )
    for file in pages(edition):
        show(window, file)
        assert (
            window.evaluate("document.documentElement.scrollWidth")
            <= WALL["width"] // 2
        )
    for notebook in NOTEBOOKS:
        show(window, edition / "slides" / f"{notebook.name}.html")
        assert cut(window) == []


def test_what_is_wider_than_the_window_can_be_scrolled_by_keyboard(
    window: Page, edition: Path
) -> None:
    window.set_viewport_size(NARROW)
    wide = 0
    for notebook in NOTEBOOKS:
        show(window, edition / f"{notebook.name}.html")
        for box in window.locator(".scroll, .picture").all():
            box.evaluate("e => e.closest('details')?.setAttribute('open', '')")
            if box.evaluate("e => e.scrollWidth > e.clientWidth"):
                wide += 1
        parts = window.locator("main *").evaluate_all(
            """all => all.filter(e => e.scrollWidth > e.clientWidth + 1
                && getComputedStyle(e).overflowX === 'auto'
                && (e.tabIndex < 0 || !(e.ariaLabel || e.getAttribute('aria-labelledby'))))
                .map(e => e.outerHTML.slice(0, 100))"""
        )
        assert parts == [], notebook.name
    assert wide > 20
    box = window.locator(".scroll:visible").first
    box.focus()
    window.keyboard.press("ArrowRight")
    window.wait_for_function(
        "() => document.activeElement.scrollLeft > 0", timeout=PATIENCE_MS
    )


def test_without_javascript_a_reply_unfolds_by_keyboard(
    browser: Browser, edition: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=WALL)
    page = context.new_page()
    page.goto((edition / "00-start-here.html").as_uri(), timeout=PATIENCE_MS)
    question = page.locator("#q-first")
    reply = question.get_by_text("That is exactly what was seen")
    assert not reply.is_visible()
    option = question.locator("summary").nth(1)
    option.focus()
    page.keyboard.press("Enter")
    reply.wait_for(timeout=PATIENCE_MS)
    assert question.locator("details[open]").count() == 1, (
        "the other replies stay folded"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert question.locator("details[open]").count() == 2
    context.close()


def test_printed_the_replies_stand_at_the_end(window: Page, edition: Path) -> None:
    show(window, edition / "00-start-here.html")
    replies = window.locator(".replies")
    assert not replies.is_visible()
    assert not window.get_by_text(
        "The replies stand on the last sheets."
    ).first.is_visible()
    window.emulate_media(media="print")
    assert replies.is_visible()
    assert window.get_by_text(
        "The replies stand on the last sheets."
    ).first.is_visible()
    assert not window.get_by_text("Choose, then unfold").first.is_visible()


def test_the_first_key_leads_past_the_links(window: Page, edition: Path) -> None:
    show(window, edition / "02-the-domain-name-system.html")
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    window.keyboard.press("Enter")
    window.wait_for_function(
        "() => document.activeElement.id === 'content'", timeout=PATIENCE_MS
    )


def test_the_whole_course_can_be_walked_from_its_first_page(
    window: Page, edition: Path
) -> None:
    show(window, edition / "index.html")
    window.get_by_role("main").get_by_role(
        "link", name=NOTEBOOKS[0].label
    ).first.click()
    for notebook in NOTEBOOKS[1:]:
        window.get_by_role("link", name=f"Next: {notebook.label}").click()
        window.wait_for_url(f"**/{notebook.name}.html", timeout=PATIENCE_MS)
        assert window.get_by_role("heading", level=1).inner_text() == notebook.title


def test_it_is_looked_at(window: Page, edition: Path) -> None:
    for file in (edition / "index.html", edition / f"{NOTEBOOKS[1].name}.html"):
        show(window, file)
        look(window, f"edition-{file.stem}")
    window.set_viewport_size(NARROW)
    look(window, f"edition-{NOTEBOOKS[1].name}-narrow")


# Slides


def cut(window: Page) -> list[str]:
    """Return what a slide has and does not show: slides of which something lies outside."""
    found: list[str] = window.evaluate(
        """() => [...document.querySelectorAll('.slide')].filter(slide => {
            const box = slide.getBoundingClientRect();
            return [...slide.querySelectorAll('*:not(.unseen, wbr)')].some(e => {
                const inner = e.getBoundingClientRect();
                return inner.bottom > box.bottom + 1 || inner.right > box.right + 1
                    || inner.top < box.top - 1;
            });
        }).map(slide => slide.id)"""
    )
    return found


def test_slides_fill_the_wall_and_cut_nothing(window: Page, edition: Path) -> None:
    for notebook in NOTEBOOKS:
        show(window, edition / "slides" / f"{notebook.name}.html")
        heights = window.evaluate(
            "[...document.querySelectorAll('.slide')].map(s => s.offsetHeight / innerHeight)"
        )
        assert min(heights) >= 0.99, notebook.name
        long = [height for height in heights if height > 1.01]
        assert len(long) <= len(heights) / 10, "few slides have to be scrolled"
        assert cut(window) == [], notebook.name
        sizes = window.locator(".slide p:not(.foot):not(.kicker):visible").evaluate_all(
            "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 16, notebook.name


def test_keys_go_from_slide_to_slide_and_links_do_so_without_a_script(
    window: Page, browser: Browser, edition: Path
) -> None:
    file = edition / "slides" / f"{NOTEBOOKS[1].name}.html"
    show(window, file)

    def at() -> str:
        here: str = window.evaluate("document.activeElement.id")
        return here

    for key, slide in (
        ("ArrowRight", "slide-2"),
        ("PageDown", "slide-3"),
        ("ArrowLeft", "slide-2"),
        ("PageUp", "slide-1"),
    ):
        window.keyboard.press(key)
        assert at() == slide
        assert (
            window.evaluate(
                "Math.abs(document.activeElement.getBoundingClientRect().top)"
            )
            < 2
        )
    window.keyboard.press("End")
    last = window.locator(".slide").last.get_attribute("id")
    assert at() == last
    look(window, "slides-last")

    context = browser.new_context(java_script_enabled=False, viewport=WALL)
    page = context.new_page()
    page.goto(file.as_uri(), timeout=PATIENCE_MS)
    page.locator("#slide-1").get_by_role("link", name="Next").click()
    assert page.url.endswith("#slide-2")
    context.close()


# Papers


def printed(window: Page, file: Path) -> Path:
    """Print a page as a reader does; return the PDF."""
    show(window, file)
    pdf = SCREENSHOTS / f"edition-{file.stem}.pdf"
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    pdf.write_bytes(window.pdf(prefer_css_page_size=True, tagged=True))
    return pdf


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_worksheet_is_printed_with_its_questions(
    window: Page, edition: Path, notebook: originals.Notebook
) -> None:
    pdf = printed(window, edition / "papers" / f"worksheet-{notebook.name}.html")
    found = sheets(pdf)
    ran("pdftoppm", "-r", "60", "-png", pdf, SCREENSHOTS / pdf.stem)
    assert 2 <= len(found) <= 10
    for number, sheet in enumerate(found, 1):
        assert TRAINING in sheet
        assert re.search(rf"\b{number} ?/ ?{len(found)}\b", sheet)
    whole = " ".join("".join(found).split())
    assert f"Worksheet: {notebook.label}" in whole
    asked = [cell.text.strip() for cell in notebook.cells if cell.question]
    for line in asked:
        assert whole.count(line) == 1, line
    assert whole.count("Why?") >= len(asked)


@pytest.mark.parametrize(
    ("name", "count"),
    [("checklist-en", 1), ("checklist-es", 1), ("checklist-pt", 1), *CARDS],
)
def test_the_other_papers_are_printed(
    window: Page, edition: Path, name: str, count: int
) -> None:
    (file,) = (one for one in pages(edition) if one.name == f"{name}.html")
    found = sheets(printed(window, file))
    assert len(found) == count
    assert all(re.search("TRAINING|CAPACITACIÓN|TREINAMENTO", sheet) for sheet in found)


def test_every_paper_is_printed_on_a4_with_headings_to_find(
    window: Page, edition: Path
) -> None:
    for paper in (one for one in pages(edition) if one.parent.name == "papers"):
        pdf = printed(window, paper)
        assert re.search(r"Tagged: +yes", ran("pdfinfo", pdf)), (
            "a screen reader finds its headings"
        )
        assert sheets(pdf)
