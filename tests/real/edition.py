"""The edition for a browser, handed out on loopback to a Chromium that reaches nobody else.

It is built once, from the registries, and opened under another host name, so that the browser has
neither a service worker nor shared memory. `conftest.py` gives the fixtures to every test.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import nbformat
import pytest
from browser import SHELL, chromium
from playwright.sync_api import Browser, Page, Route, expect

from labsupport.run import cli

PATIENCE_MS = 300_000  # each page starts a Python of its own
expect.set_options(timeout=60_000)  # five seconds are few on a busy machine
HOST = "course.example"
ALONE = "--host-resolver-rules=MAP course.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


class Files(SimpleHTTPRequestHandler):
    """Hands out files, and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Nor of a browser that went away meanwhile."""
        with suppress(ConnectionError):
            super().handle()


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[int]:
    """Have a server serve meanwhile, at the port that it yields."""
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edition, as `labsupport editions browser` makes it: once for all workers."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder = shared / "browser-edition"
    with (shared / "browser-edition.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            assert cli.main(["editions", "browser", "--to", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the edition, handed out on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=site))
    with running(server) as port:
        yield f"http://{HOST}:{port}/"


@pytest.fixture(scope="module")
def alone() -> Iterator[Browser]:
    """A browser for which there is no other host."""
    with chromium(SHELL, ALONE) as browser:
        yield browser


@pytest.fixture
def window(alone: Browser, site: Path, address: str) -> Iterator[Page]:
    """A window; it fails the test when a page asks anybody else."""
    with window_of(alone, site, address) as page:
        yield page


@contextmanager
def window_of(alone: Browser, site: Path, address: str) -> Iterator[Page]:
    context = alone.new_context(viewport={"width": 1366, "height": 768})
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))

    def shown(route: Route) -> None:
        """Let the test see the application itself."""
        settings = json.loads((site / "jupyter-lite.json").read_bytes())
        settings["jupyter-config-data"]["exposeAppInBrowser"] = True
        route.fulfill(json=settings)

    context.route(f"{address}jupyter-lite.json", shown)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()
    assert [
        url for url in asked if not url.startswith((address, "data:", "blob:"))
    ] == []


KERNEL = (
    "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel"
)
RUN = """async sources => {
    const { sessionContext, content } = window.jupyterapp.shell.currentWidget;
    await sessionContext.ready;
    const { cells, sharedModel } = content.model;
    sources.forEach((source, at) => sharedModel.insertCell(at, { cell_type: 'code', source }));
    const end = sources.length || cells.length;
    for (let at = 0; at < end; at++) {
        if (cells.get(at).type !== 'code') continue;
        content.activeCellIndex = at;
        await window.jupyterapp.commands.execute('notebook:run-cell');
    }
    return content.model.toJSON();
}"""


def opened(page: Page, address: str, notebook: str) -> None:
    """Open a notebook, and wait for its kernel, which may still be starting."""
    page.goto(f"{address}lab/index.html?path={notebook}")
    page.wait_for_function(KERNEL)


def run(page: Page, *lines: str) -> list[Any]:
    """Run these lines at the top of the open notebook, or all of it; return its code cells."""
    content = nbformat.from_dict(page.evaluate(RUN, list(lines)))
    cells = [cell for cell in content.cells if cell.cell_type == "code" and cell.source]
    for output in (output for cell in cells for output in cell.outputs):
        for key, text in (output.get("data") or output).items():
            if isinstance(text, list) and key in ("text", "text/plain"):
                (output.get("data") or output)[key] = "".join(text)
    return cells
