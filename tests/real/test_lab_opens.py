"""`labsupport lab` shows the course to people who never saw JupyterLab."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import (
    PATIENCE_MS,
    STOP_SECONDS,
    Course,
    complaints,
    look,
    open_notebook,
    opened_course,
    run_all,
    window,
)
from loopback import LABSUPPORT
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

FIRST = "00-start-here.ipynb"


def test_the_first_page_is_the_courses_own_and_nothing_else(
    course: Course, page: Page
) -> None:
    page.goto(course.address)
    expect(page.locator(".lab-home h1")).to_be_visible(timeout=60_000)
    assert "/doc/" in page.url
    expect(page.locator("[data-shell-mode='single-document']")).to_have_count(1)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(page.locator(".Toastify__toast")).to_have_count(0)
    look(page, "lab-opens")


@pytest.mark.parametrize(
    ("language", "notebook"), [("en", FIRST), ("es", f"es/{FIRST}")]
)
def test_the_console_shows_no_error(
    browser: Browser, tmp_path: Path, language: str, notebook: str
) -> None:
    """With a new copy: in one that was used, more is found of what is asked for."""
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(f"{message.text} {message.location['url']}")

    options = ("--language", language)
    with (
        opened_course(tmp_path / "my-course", *options) as course,
        window(browser) as page,
    ):
        page.on("console", hear)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(course.address)
        expect(page.locator(".lab-home h1")).to_be_visible(timeout=PATIENCE_MS)
        open_notebook(page, course, notebook)
        assert complaints(run_all(page, course, notebook)) == []
    assert said == []


@pytest.fixture(scope="module")
def first(browser: Browser, course: Course) -> Iterator[Page]:
    """The first notebook, opened."""
    with window(browser) as page:
        open_notebook(page, course, FIRST)
        yield page


def test_type_is_readable(first: Page) -> None:
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert (
        first.locator(".jp-Notebook .jp-RenderedMarkdown p").first.evaluate(size) >= 16
    )
    assert first.locator(".jp-Notebook .cm-content").first.evaluate(size) >= 15
    assert first.locator(".lm-MenuBar-itemLabel").first.evaluate(size) >= 14


def test_a_kernel_runs_without_a_choice_and_every_cell_works(
    course: Course, first: Page
) -> None:
    expect(first.locator(".jp-Dialog")).to_have_count(0)
    notebook = run_all(first, course, FIRST)
    look(first, "lab-first-notebook-run")
    assert complaints(notebook) == []


def test_the_table_of_contents_is_open_at_the_left(course: Course, first: Page) -> None:
    contents = first.locator("#jp-left-stack .jp-TableOfContents")
    expect(contents).to_be_visible()
    # Also after the first page, which has none, and whose layout is kept.
    first.goto(course.address)
    expect(first.locator(".lab-home h1")).to_be_visible(timeout=PATIENCE_MS)
    expect(contents).to_be_hidden()
    with first.expect_response("**/api/workspaces/**"):
        pass
    open_notebook(first, course, FIRST)
    expect(contents).to_be_visible()
    title = first.locator(".jp-Notebook h1").first.inner_text().rstrip("¶")
    expect(contents.get_by_text(title, exact=True)).to_be_visible()


SLOW = """const quick = window.fetch;
window.fetch = async (asked, options) => {
    const answer = await quick(asked, options);
    if (asked.url.includes("/api/contents/")) await new Promise(done => setTimeout(done, 500));
    return answer;
}"""


def test_a_save_while_another_is_under_way_waits_for_it(
    course: Course, page: Page
) -> None:
    """JupyterLab by itself says that somebody else has changed the file, and offers to revert."""
    own = course.folder / ".course/settings/@jupyterlab/docmanager-extension"
    own.mkdir(parents=True)
    (own / "plugin.jupyterlab-settings").write_text('{"autosaveInterval": 2}')
    page.add_init_script(SLOW)
    open_notebook(page, course, FIRST)
    page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 5, "y": 5})
    page.keyboard.press("Escape")

    def a_save(request: Request) -> bool:
        return request.method == "PUT" and FIRST in request.url

    with page.expect_request(a_save, timeout=PATIENCE_MS):
        page.keyboard.press("Shift+Enter")
        page.keyboard.press("Shift+Enter")
    with page.expect_request(a_save, timeout=PATIENCE_MS):
        page.keyboard.press("Control+s")
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    shutil.rmtree(own)


def test_ones_own_jupyter_is_neither_read_nor_changed(
    tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    own = home / ".jupyter"
    own.mkdir(parents=True)
    (own / "jupyter_server_config.py").write_text("raise SystemExit('read')")
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("raise SystemExit('read')")
    for name in [
        name for name in os.environ if name.startswith(("JUPYTER", "IPYTHON"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(own))

    def personal() -> set[str]:
        kept = {path.relative_to(home).as_posix() for path in home.rglob("*")}
        return {path for path in kept if "jupyter" in path or "ipython" in path}

    before = personal()
    with opened_course(tmp_path / "my-course") as course:
        open_notebook(page, course, FIRST)
        assert complaints(run_all(page, course, FIRST)) == []
    assert personal() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_politely_and_leaves_nothing_running(
    tmp_path: Path, how: signal.Signals
) -> None:
    folder = tmp_path / "my-course"
    with opened_course(folder) as course:
        server = json.loads(
            next((folder / ".course" / "runtime").glob("jpserver-*.json")).read_text()
        )
        course.process.send_signal(how)
        said, _ = course.process.communicate(timeout=STOP_SECONDS)
        assert course.process.returncode == 0
        assert f"Your notebooks are in {folder}" in said
        with pytest.raises(ProcessLookupError):
            os.kill(server["pid"], 0)


def test_a_place_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    theirs = tmp_path / "file"
    theirs.write_text("theirs")
    result = subprocess.run(
        [LABSUPPORT, "lab", "--no-browser", "--folder", theirs],
        capture_output=True,
        text=True,
        timeout=STOP_SECONDS,
    )
    assert result.returncode == 1
    assert "Choose another one with --folder" in result.stderr
    assert "Traceback" not in result.stderr
    assert theirs.read_text() == "theirs"
