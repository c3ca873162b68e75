"""What the front end costs: its size, and the time until JupyterLab shows the first notebook."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from playwright.sync_api import Route

from benchmarks.measure import Row, ratio

ROUNDS = 9
NOTEBOOK = "00-start-here.ipynb"
BUILT = Path(__file__).parents[1] / "data" / "course" / "labextensions"
MOST_KILOBYTES = 300
LOADED = "**/lab/extensions/labsupport-course/**"
PAGE = "**/doc/tree/**"
# Disabled, as the front end has its own; without it JupyterLab opens no notebook.
EXECUTOR = "@jupyterlab/notebook-extension:cell-executor"


def rows() -> Iterator[Row]:
    """Open the first notebook in turn with the front end and without it."""
    from browser import PATIENCE_MS, WHOLE, chromium, opened_course, window

    size = (
        sum(file.stat().st_size for file in BUILT.rglob("*") if file.is_file()) / 1000
    )
    yield Row("the front end as it is handed out", "", "", size, "KB", MOST_KILOBYTES)
    seconds: dict[bool, list[float]] = {True: [], False: []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        browser = stack.enter_context(chromium(WHOLE))
        course = stack.enter_context(opened_course(folder / "my-course"))
        for number in range(-1, ROUNDS):
            for has_it in seconds:
                with window(browser) as page:
                    if not has_it:
                        page.route(LOADED, lambda route: route.abort())
                    disabled = EXECUTOR if has_it else "nothing"
                    page.route(PAGE, partial(_disable, disabled))
                    start = time.perf_counter()
                    page.goto(course.address_of(NOTEBOOK), timeout=PATIENCE_MS)
                    page.locator(".jp-Notebook h1").first.wait_for(timeout=PATIENCE_MS)
                    if number >= 0:
                        seconds[has_it].append(time.perf_counter() - start)
    seen = "the first notebook is seen, beside JupyterLab without the front end"
    yield ratio(seen, seconds[True], seconds[False], 1.1)


def _disable(name: str, route: Route) -> None:
    """Hand the page on, with this disabled in the place of JupyterLab's own executor."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace(EXECUTOR, name))
