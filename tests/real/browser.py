"""The course in a real JupyterLab in a real browser.

with opened_course(folder) as course, chromium() as browser:
    page = browser.new_page()
    open_notebook(page, course, "00-start-here.ipynb")
    run_all(page)
    notebook = saved(page, course, "00-start-here.ipynb")
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from loopback import LABSUPPORT, free_port
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from labsupport.course.notebook import stopped_by

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
# Chromium without windows takes a quarter less processor; it does not print by itself.
SHELL, WHOLE = "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
# Long enough for a slow machine; nothing is asserted about time.
PATIENCE_MS = 300_000
STOP_SECONDS = 60


@dataclass(frozen=True)
class Course:
    """A running `labsupport lab`: its working copy, the address it printed, its process."""

    folder: Path
    address: str
    process: subprocess.Popen[str]

    def address_of(self, notebook: str) -> str:
        parts = urlsplit(self.address)
        return (
            f"{parts.scheme}://{parts.netloc}/doc/tree/{quote(notebook)}?{parts.query}"
        )


@contextmanager
def opened_course(folder: Path, *options: str) -> Iterator[Course]:
    """Run `labsupport lab --no-browser` on a free port, and end it as Ctrl-C would."""
    command = [
        LABSUPPORT,
        "lab",
        "--no-browser",
        "--folder",
        folder,
        "--port",
        str(free_port()),
    ]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Course(folder, _printed_address(process), process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _printed_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        if line.startswith("http://127.0.0.1:"):
            return line.strip()
        said.append(line)
    raise AssertionError("labsupport lab printed no address:\n" + "".join(said))


@contextmanager
def chromium(program: str = SHELL, *arguments: str) -> Iterator[Browser]:
    """Run Debian's Chromium, without windows or whole."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS, *arguments], timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(browser: Browser) -> Iterator[Page]:
    """A laptop-sized window, which must not ask anyone outside this machine."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    outside: list[str] = []
    context.on("request", lambda request: outside.append(request.url))
    yield context.new_page()
    context.close()
    local = ("http://127.0.0.1:", "data:", "blob:")
    assert [url for url in outside if not url.startswith(local)] == []


def open_notebook(page: Page, course: Course, notebook: str) -> None:
    """Open a notebook of the working copy and wait until its cells can be run."""
    page.goto(course.address_of(notebook), timeout=PATIENCE_MS)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=PATIENCE_MS)
    # A notebook whose kernel is still to come calls itself idle, and loses what is run.
    kernel = page.locator(".jp-KernelName", has_text="Python 3")
    kernel.wait_for(timeout=PATIENCE_MS)
    wait_until_idle(page)


def focused(element: Locator) -> None:
    """Give the focus to this element, and see that it stays there.

    JupyterLab hands the focus back to the notebook a while after a menu was used, and takes it
    from whatever has it by then.
    """
    steady = 0
    for _ in range(200):
        if element.evaluate("e => e === document.activeElement"):
            steady += 1
        else:
            element.focus()
            steady = 0
        if steady == 10:
            return
        element.page.wait_for_timeout(50)
    raise AssertionError("the focus does not stay")


def wait_until_idle(page: Page) -> None:
    """Wait until the kernel has nothing to do and no cell waits for it."""
    page.wait_for_function(
        """() => {
            const indicator = document.querySelector('.jp-Notebook-ExecutionIndicator');
            const waiting = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
                .some(prompt => prompt.textContent.includes('*'));
            return indicator?.dataset.status === 'idle' && !waiting;
        }""",
        timeout=PATIENCE_MS,
    )


def run_all(page: Page, course: Course, notebook: str) -> dict[str, Any]:
    """Choose Run > Run All Cells, wait until all have run, and return the saved notebook.

    A cell that fails ends the run: the cells after it have not run then.
    """
    # The numbers of an earlier run would tell that this one has ended before it has begun.
    page.get_by_role("menuitem", name="Edit", exact=True).click()
    page.get_by_role("menuitem", name="Clear Outputs of All Cells", exact=True).click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        # The window does not tell a run that has ended from one that has not begun; the
        # numbers in the saved file do.
        wait_until_idle(page)
        content = saved(page, course, notebook)
        cells = [
            c for c in content["cells"] if c["cell_type"] == "code" and c["source"]
        ]
        failed = any(stopped_by(out) for c in cells for out in c["outputs"])
        if failed or all(cell["execution_count"] for cell in cells):
            return content
        page.wait_for_timeout(500)
    raise AssertionError(f"{notebook} did not run to its end")


SCROLLED = """([element]) => {
    if (!element) {
        const notebook = document.querySelector('.jp-WindowedPanel-outer');
        if (notebook) {
            notebook.scrollTop += 400;
        }
        return null;
    }
    element.scrollIntoView({ block: 'nearest' });
    return element.getBoundingClientRect().top;
}"""


def scrolled_to(page: Page, found: Locator) -> Locator:
    """Scroll to the first of what is found, and see that it stays there.

    JupyterLab makes cells as they are reached, measures those above, and moves what is in sight
    meanwhile, or takes it out of the page again.
    """
    steady, place = 0, None
    for _ in range(300):
        before, place = place, found.evaluate_all(SCROLLED)
        steady = steady + 1 if place is not None and place == before else 0
        if steady == 5:
            return found.first
        page.wait_for_timeout(50)
    raise AssertionError(f"not in this notebook: {found}")


def form(page: Page, title: str) -> Locator:
    """Return the form or the question with this title, scrolled to."""
    legend = page.locator("legend", has_text=title)
    return scrolled_to(page, page.locator(".lab-form-box form", has=legend))


@dataclass(frozen=True)
class Seen:
    """What is seen of a line after Shift+Enter: where its answer begins and ends in the window."""

    line: str
    top: float
    bottom: float
    window: tuple[float, float]

    @property
    def begins_in_sight(self) -> bool:
        return self.window[0] <= self.top < self.window[1]

    @property
    def height(self) -> float:
        return self.bottom - self.top


SEEN = """index => {
    const cell = document.querySelector(`.jp-Cell[data-windowed-list-index="${index}"]`);
    const outputs = [...cell?.querySelectorAll('.jp-OutputArea-output') ?? []];
    if (!outputs.length) return null;
    const boxes = outputs.map(one => one.getBoundingClientRect());
    const window = document.querySelector('.jp-WindowedPanel-outer').getBoundingClientRect();
    return {
        line: cell.querySelector('.cm-content')?.textContent ?? '',
        top: boxes[0].top, bottom: boxes.at(-1).bottom, window: [window.top, window.bottom],
    };
}"""


def _settled(page: Page, index: int) -> dict[str, Any] | None:
    """Return what is seen once the answer is drawn, fitted and scrolled to."""
    last: dict[str, Any] | None = {}
    for _ in range(40):
        page.wait_for_timeout(150)
        before, last = last, page.evaluate(SEEN, index)
        if before == last:
            break
    return last


def walk(page: Page, course: Course, notebook: str) -> list[Seen]:
    """Open a notebook, press Shift+Enter to its end, and return what is seen of each answer."""
    open_notebook(page, course, notebook)
    page.locator(".jp-Notebook .jp-Cell").first.click(position={"x": 5, "y": 5})
    page.keyboard.press("Escape")
    found = []
    for index, cell in enumerate(
        json.loads((course.folder / notebook).read_bytes())["cells"]
    ):
        page.keyboard.press("Shift+Enter")
        wait_until_idle(page)
        if cell["cell_type"] == "code" and (seen := _settled(page, index)):
            found.append(Seen(**seen | {"window": tuple(seen["window"])}))
    return found


def saved(page: Page, course: Course, notebook: str) -> dict[str, Any]:
    """Save the notebook that is open and return it as it now lies in the working copy."""
    # The status bar says when it is saved, of an earlier time for a while; in the course it is
    # hidden.
    status = page.locator("#jp-main-statusbar")
    page.get_by_role("menuitem", name="File", exact=True).click()
    expect(status).not_to_contain_text("Saving", timeout=PATIENCE_MS)
    page.locator(".lm-Menu [data-command='docmanager:save']").click()
    expect(status).to_contain_text("Saving completed", timeout=PATIENCE_MS)
    content: dict[str, Any] = json.loads((course.folder / notebook).read_bytes())
    return content


def complaints(notebook: dict[str, Any]) -> list[str]:
    """Return what went wrong in a saved notebook: cells that did not run, errors, warnings."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code" or not cell["source"]:
            continue
        if cell["execution_count"] is None:
            found.append(f"{cell['id']} did not run")
        for output in cell["outputs"]:
            if error := stopped_by(output):
                found.append(f"{cell['id']}: {error}: {output}")
            elif output.get("name") == "stderr":
                found.append(f"{cell['id']}: {''.join(output['text'])}")
    return found


def look(page: Page, name: str) -> Path:
    """Keep a picture of the window, for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    file = SCREENSHOTS / f"{name}.png"
    try:
        page.screenshot(path=file)
    except Error:  # the machine was too busy to draw it
        page.wait_for_timeout(5000)
        page.screenshot(path=file)
    return file
