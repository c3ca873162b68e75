"""The edition for a browser where its Python does not come: a sentence says so, and a button."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import ClassVar

import pytest
from browser import look
from edition import HOST, PATIENCE_MS, Files, running
from playwright.sync_api import Browser, Page, expect

from labsupport.language import Language
from labsupport.run.editions.browser import PYODIDE

MINUTE_MS = 60_000
FIRST = "00-start-here.ipynb"
WASM = "pyodide.asm.wasm.bin"


class Stopping(Files):
    """Hands out files; what is asked for under `stopped` as `how` says, until it is `mended`."""

    stopped: ClassVar[str]
    how: ClassVar[str]
    mended: ClassVar[Event]
    over: ClassVar[Event]

    def do_GET(self) -> None:
        if self.stopped not in self.path or self.mended.is_set():
            super().do_GET()
        elif self.how == "missing":
            self.send_error(404)
        elif self.how == "changed":
            self._send(gzip.compress(b"This is no program."))
        elif self.how == "cut off":
            self._send(
                Path(self.translate_path(self.path)).read_bytes()[:100_000], 1_000_000
            )
        elif self.how == "half":
            self._send(
                Path(self.translate_path(self.path)).read_bytes()[:100_000], 1_000_000
            )
            self.mended.set()  # for who asks again
            self.over.wait()
        else:
            self.mended.wait()
            super().do_GET()

    def _send(self, content: bytes, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def stopping(site: Path, stopped: str, how: str) -> Iterator[tuple[str, Event]]:
    """Such a server's host, and what mends it."""
    told = {"stopped": stopped, "how": how, "mended": Event(), "over": Event()}
    handler = type("Handler", (Stopping,), told)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=site))
    with running(server) as port:
        try:
            yield f"{HOST}:{port}", handler.mended
        finally:
            handler.mended.set()
            handler.over.set()


@pytest.fixture
def page(alone: Browser) -> Iterator[Page]:
    with alone.new_context(viewport={"width": 1366, "height": 768}) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield page


def answers(page: Page) -> None:
    cell = page.locator(".jp-CodeCell").first
    cell.click()
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-OutputArea-output")).to_contain_text(
        "2026-11-02", timeout=PATIENCE_MS
    )
    expect(page.locator(".lab-strip").get_by_role("alert")).to_have_count(0)


def mended_and_tried_again(page: Page, mended: Event) -> None:
    """Python comes where somebody presses the button after the server was mended."""
    mended.set()
    page.locator(".lab-strip").get_by_role("button").click()
    expect(page.locator(".lab-strip").get_by_role("alert")).to_have_count(
        0, timeout=PATIENCE_MS
    )
    answers(page)


@pytest.mark.parametrize(
    ("stopped", "how"), [(f"/{PYODIDE}-", "nothing"), (WASM, "half")]
)
def test_where_nothing_comes_for_a_minute_it_says_so(
    page: Page, site: Path, stopped: str, how: str
) -> None:
    say, strip = Language.load("en"), page.locator(".lab-strip")
    with stopping(site, stopped, how) as (host, mended):
        page.clock.install()
        page.goto(f"http://{host}/lab/index.html?path={FIRST}")
        expect(strip).to_contain_text(say("strip.fetching"), timeout=PATIENCE_MS)
        while not strip.get_by_role(
            "alert"
        ).count():  # until then, other files may still come
            page.wait_for_timeout(1000)
            page.clock.fast_forward(MINUTE_MS)
        told = say("arrival.silent", host=host, seconds=MINUTE_MS // 1000)
        expect(strip.get_by_role("alert")).to_contain_text(told)
        look(page, f"python-stops-{how}")
        if how == "nothing":  # it comes after all
            mended.set()
            answers(page)
        else:
            mended_and_tried_again(page, mended)


@pytest.mark.parametrize(
    ("stopped", "how", "reason"),
    [
        (WASM, "missing", "HTTP 404"),
        ("pyodide.asm.mjs.js", "missing", "HTTP 404"),
        ("python_stdlib.zip", "cut off", "network error"),
        ("labsupport-0", "missing", "HTTP 404"),
    ],
)
def test_where_a_file_does_not_come_it_says_which(
    page: Page, site: Path, stopped: str, how: str, reason: str
) -> None:
    strip = page.locator(".lab-strip")
    with stopping(site, stopped, how) as (host, mended):
        page.goto(f"http://{host}/lab/index.html?path=es/{FIRST}")
        told = strip.get_by_role("alert")
        expect(told).to_contain_text(reason, timeout=PATIENCE_MS)
        before, _, after = Language.load("es")(
            "arrival.not_had", file="FILE", host=host, reason="REASON"
        ).partition("FILE")
        expect(told).to_contain_text(before)
        expect(told).to_contain_text(after.partition("REASON")[0])
        expect(told).to_contain_text(stopped)
        look(page, f"python-stops-{how}")
        mended_and_tried_again(page, mended)


def test_where_the_browser_cannot_run_it_it_says_so(page: Page, site: Path) -> None:
    with stopping(site, WASM, "changed") as (host, mended):
        page.goto(f"http://{host}/lab/index.html?path={FIRST}")
        told = page.locator(".lab-strip").get_by_role("alert")
        begin = Language.load("en")("arrival.not_started", reason="WebAssembly")
        expect(told).to_contain_text(
            begin.partition("WebAssembly")[0], timeout=PATIENCE_MS
        )
        look(page, "python-stops-changed")
        mended_and_tried_again(page, mended)
