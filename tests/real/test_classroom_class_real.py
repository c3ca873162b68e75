"""A whole class in a room: forty simulated participants, two browsers, and the instructor's page.

The steps are those of the guide for instructors; the room is closed and opened again in between,
as over night.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe import findings
from browser import PATIENCE_MS, WHOLE, Course, chromium, complaints, look, run_all
from classroom import PATIENCE, Participant, Room, everybody_leaves, opened_room
from playwright.sync_api import Browser, BrowserContext, Page, expect
from whole_class import run_class

from labsupport.run.classroom import machine

SIZE = 40
MEGABYTES = 10_000  # what a class may take, so that a laptop with 16 GB holds it
FIRST, SECOND = "00-start-here.ipynb", "02-the-domain-name-system.ipynb"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The whole one, as participants have."""
    with chromium(WHOLE) as browser:
        yield browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("class") / "room"


@pytest.fixture(scope="module")
def early_bird(place: Path) -> Participant:
    """Somebody who came in the evening before; the room was closed since, and nothing wiped."""

    async def come() -> Participant:
        one = await Participant.arrive(room, "Zoe")
        await one.sit_down()
        await one.open(FIRST)
        await one.run_all()
        await everybody_leaves()
        # Nobody uses the kernel any more: it is stopped. What it counted is saved.
        async with asyncio.timeout(PATIENCE):
            while await one.ask("api/kernels"):
                await asyncio.sleep(2)
        return one

    with (
        opened_room(place, "--idle", "0.05", wipe=False) as room,
        ThreadPoolExecutor(1) as thread,
    ):
        # Playwright's event loop runs in this one.
        found = thread.submit(asyncio.run, come()).result()
    return found


@pytest.fixture(scope="module")
def room(place: Path, early_bird: Participant) -> Iterator[Room]:
    with opened_room(place) as room:
        yield room
    assert machine.desk_users() == []
    assert not place.exists()


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    """A browser's window whose user went on after the warning; it must ask nobody else."""
    context = browser.new_context(
        ignore_https_errors=True, viewport={"width": 1366, "height": 768}
    )
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    failed: list[str] = []
    context.on(
        "response", lambda said: failed.append(said.url) if said.status >= 500 else None
    )
    yield context
    context.close()
    local = ("https://127.0.0.1:", "data:", "blob:https://127.0.0.1:")
    assert [url for url in asked if not url.startswith(local)] == []
    assert failed == []


def come_in(
    window: BrowserContext, room: Room, name: str, code: str, own: str = ""
) -> Page:
    """Type what is on the wall, as the guide says."""
    page = window.new_page()
    page.goto(room.address, timeout=PATIENCE_MS)
    page.get_by_label("Your name").fill(name)
    page.get_by_label("The code of the class").fill(code)
    page.get_by_label("Your desk's own code").fill(own)
    page.get_by_role("button", name="Come in").click()
    return page


def open_course(page: Page) -> None:
    page.get_by_role("link", name="Open the course").click()
    page.get_by_role("button", name="Begin: 00").click(timeout=PATIENCE_MS)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE_MS)
    kernel = page.locator(".jp-KernelName", has_text="Python 3")
    # Attached, and perhaps not visible: a toolbar that was laid out late folds what it holds.
    kernel.wait_for(state="attached", timeout=PATIENCE_MS)


def desk(room: Room, page: Page) -> Course:
    """Return what a browser's helpers need of the desk that is open."""
    user = page.url.split("/user/")[1].split("/")[0]
    assert room.process is not None
    return Course(room.folder / "desks" / user / "my-course", page.url, room.process)


def test_who_came_the_evening_before_finds_everything(
    room: Room, early_bird: Participant, window: BrowserContext
) -> None:
    assert room.code == early_bird.room.code
    page = come_in(window, room, "zoe", room.code, early_bird.own_code)
    expect(page.get_by_role("heading", name="Welcome, Zoe")).to_be_visible()
    open_course(page)
    expect(page.locator(".jp-InputPrompt", has_text="[1]:").first).to_be_visible()
    look(page, "class-evening-before")


@pytest.fixture(scope="module")
def at_work(room: Room) -> Iterator[Future[dict[str, Any]]]:
    """Forty others, who run 02 meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(run_class, room, SIZE)


def test_two_browsers_beside_forty_participants(
    room: Room,
    at_work: Future[dict[str, Any]],
    window: BrowserContext,
    browser: Browser,
) -> None:
    first = come_in(window, room, "Noa Á.", room.code.lower())
    look(first, "class-welcome")
    open_course(first)
    tablet = browser.new_context(
        ignore_https_errors=True,
        viewport={"width": 768, "height": 1024},
        has_touch=True,
    )
    second = come_in(tablet, room, "Oto", room.code)
    open_course(second)
    for page in (first, second):
        assert complaints(run_all(page, desk(room, page), FIRST)) == []
    # What is answered there is kept at the desk.
    question = first.locator("form.lab-question").first
    question.get_by_role("radio").first.check()
    question.get_by_role("button", name="Check").click()
    expect(first.locator(".lab-strip")).to_contain_text("1 of 3 questions answered")
    # a form keeps keys to itself
    question.evaluate("() => document.activeElement.blur()")
    # It looks as `labsupport lab` does, and a change of the layout is kept.
    contents = first.locator("#jp-left-stack .jp-TableOfContents")
    expect(contents).to_be_visible()
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert (
        first.locator(".jp-Notebook .jp-RenderedMarkdown p").first.evaluate(size) >= 16
    )
    with first.expect_response("**/lab/api/workspaces/**", timeout=PATIENCE_MS) as kept:
        first.keyboard.press("Control+b")
    assert kept.value.status < 300
    first.reload()
    first.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE_MS)
    expect(contents).not_to_be_visible()
    look(first, "class-laptop")
    look(second, "class-tablet")
    tablet.close()


def test_all_forty_saw_what_is_stored_and_fit_into_a_laptop(
    at_work: Future[dict[str, Any]],
) -> None:
    result = at_work.result()
    assert result["desks"] == SIZE
    assert result["different"] == []
    assert result["megabytes"] <= MEGABYTES


def test_the_instructor_sees_how_far_each_is(
    room: Room, at_work: Future[dict[str, Any]], window: BrowserContext
) -> None:
    at_work.result()
    page = come_in(window, room, "The instructor", room.instructor_code)
    page.get_by_role("link", name="How the class is getting on").click()
    expect(page.locator("#now")).to_contain_text(f"{SIZE + 3} participants.")
    row = page.get_by_role("row").filter(has_text="Participant 7")
    expect(row).to_contain_text(SECOND.removesuffix(".ipynb"))
    look(page, "class-overview")
    page.get_by_role("link", name="What belongs on the wall").click()
    expect(page.get_by_text(room.code)).to_be_visible()
    look(page, "class-wall")


PAGES = [
    "/hub/login",
    "/hub/welcome",
    "/hub/class",
    "/hub/wall",
    "/hub/home",
    "/hub/nothing",
]


def test_the_rooms_own_pages_are_for_everybody(
    room: Room, window: BrowserContext
) -> None:
    """axe-core finds nothing, on a laptop and on a telephone, and nothing runs out of the page."""
    stranger = window.new_page()
    stranger.goto(room.address, timeout=PATIENCE_MS)
    assert findings(stranger) == []
    teacher = come_in(window, room, "The instructor", room.instructor_code)
    expect(teacher.get_by_role("link", name="Open the course")).to_be_visible()
    for path in PAGES:
        teacher.goto(room.address + path)
        for width in (1366, 320):
            teacher.set_viewport_size({"width": width, "height": 768})
            assert findings(teacher) == [], path
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not teacher.evaluate(wide), f"{path} at {width}"


def test_a_wrong_code_is_told_where_it_was_typed(
    room: Room, window: BrowserContext
) -> None:
    page = come_in(window, room, "Pau", "AAA-AAA")
    expect(page.get_by_role("alert")).to_contain_text("not the code of the class")
    expect(page.get_by_label("Your name")).to_have_value("Pau")
    assert findings(page) == []
