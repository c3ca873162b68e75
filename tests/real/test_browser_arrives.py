"""A newer edition at the address of an older one, which the browser has kept: it shows the newer.

Some servers say only when a file was last changed; a browser then keeps it for a tenth of its age.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import ClassVar

import pytest
from edition import HOST, KERNEL, PATIENCE_MS, RUN, Files, run, running
from firefox import firefox
from loopback import LABSUPPORT, free_port
from playwright.sync_api import Browser, expect
from projection import projected

from labsupport.run.editions.browser import LISTED, PYODIDE, SERVED, addressed, script

HOME = "files/home.course" + SERVED[".course"]
FIRST, NAMES = "00-start-here.ipynb", "02-the-domain-name-system.ipynb"
DAY = 86_400
OCTETS_A_SECOND = 5e6 / 8


def made_on(site: Path, folder: Path, day: str, age: int) -> None:
    """Write an edition as on another day: its first page and its Python say so."""
    python = next((site / "static").iterdir()).relative_to(site).as_posix()
    files = {
        one.relative_to(site).as_posix().replace(python, PYODIDE): one.read_bytes()
        for one in site.rglob("*")
        if one.is_file()
    }
    settings, home = (
        json.loads(files[name].replace(python.encode(), PYODIDE.encode()))
        for name in ("jupyter-lite.json", HOME)
    )
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    files["jupyter-lite.json"] = json.dumps(settings).encode()
    files["config-utils.js"] = files["config-utils.js"].removeprefix(script("page.js"))
    files[HOME] = json.dumps(home | {"edition": f"Made {day}"}).encode()
    (wheel,) = (name for name in files if "/labsupport-" in name and ".whl" in name)
    packed = io.BytesIO(files[wheel])
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("labsupport/made.py", f"DAY = {day!r}")
    listed = files[f"{PYODIDE}/{LISTED}"]
    old, new = (
        hashlib.sha256(one).hexdigest() for one in (files[wheel], packed.getvalue())
    )
    files[f"{PYODIDE}/{LISTED}"] = listed.replace(old.encode(), new.encode())
    files[wheel] = packed.getvalue()
    for name, content in addressed(files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        os.utime(folder / name, (time.time() - age,) * 2)


@contextmanager
def plain(folder: Path, port: int) -> Iterator[None]:
    """A server that says of a file when it was changed, and nothing more."""
    with running(
        ThreadingHTTPServer(("127.0.0.1", port), partial(Files, directory=folder))
    ):
        yield


@contextmanager
def show(folder: Path, port: int) -> Iterator[None]:
    command = (
        LABSUPPORT,
        "show",
        folder,
        "--address",
        "127.0.0.1",
        "--port",
        str(port),
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Ctrl-C" in line for line in process.stdout)
        try:
            yield
        finally:
            process.terminate()


@pytest.mark.parametrize("server", [plain, show])
def test_a_newer_edition_is_seen_whatever_was_kept(
    alone: Browser,
    site: Path,
    tmp_path: Path,
    server: Callable[..., AbstractContextManager[None]],
) -> None:
    # without routes: where there are some, nothing is kept
    context = alone.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    port = free_port()
    address = f"http://{HOST}:{port}/"
    for day, age in (("on Monday", 20 * DAY), ("on Tuesday", 10 * DAY)):
        made_on(site, tmp_path / day, day, age)
        with server(tmp_path / day, port):
            page.goto(address)
            home = page.locator(".lab-home")
            expect(home).to_contain_text(f"Made {day}", timeout=PATIENCE_MS)
            home.get_by_role("link").first.click()
            page.wait_for_function(KERNEL)
            (cell,) = run(page, "from labsupport.made import DAY\nDAY")[:1]
            assert projected(cell.outputs) == [repr(day)]
    context.close()


class Slowly(BaseRequestHandler):
    """Passes on what is asked, and what comes back no faster than all of it may go together."""

    behind: ClassVar[int]
    link: ClassVar[Lock]

    def handle(self) -> None:
        """Pass on one connection."""
        with (
            suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", self.behind)) as there,
        ):
            Thread(target=self.ask, args=(there,), daemon=True).start()
            while piece := there.recv(16_384):
                with self.link:
                    time.sleep(len(piece) / OCTETS_A_SECOND)
                self.request.sendall(piece)

    def ask(self, there: socket.socket) -> None:
        with suppress(OSError):
            while piece := self.request.recv(16_384):
                there.sendall(piece)
            there.shutdown(socket.SHUT_WR)


def test_over_a_slow_link_it_says_what_is_on_its_way_and_answers(
    alone: Browser, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a line has to wait for is said above the notebook, and the line is not lost."""
    port, behind = free_port(), free_port()
    for name, value in (("behind", behind), ("link", Lock())):
        monkeypatch.setattr(Slowly, name, value, raising=False)
    page = alone.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE_MS)
    with show(site, behind), ThreadingTCPServer(("127.0.0.1", port), Slowly) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://{HOST}:{port}/")
        page.locator(".lab-home").get_by_role("link").first.click()
        cell = page.locator(".jp-CodeCell").first
        cell.click()
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".lab-strip")).to_contain_text("Python is being fetched")
        expect(cell).to_contain_text("The lab Internet is ready", timeout=PATIENCE_MS)
        expect(page.locator(".lab-strip")).not_to_contain_text(
            "Python is being fetched"
        )
        page.close()
        server.shutdown()


# Without a window nothing is focused in Firefox, and JupyterLab takes what is for the current one.
FOCUSED = """[...window.jupyterapp?.shell?.widgets('main') ?? []].map(one =>
    one.node.dispatchEvent(new FocusEvent('focus'))).length"""


def test_firefox_opens_notebooks_and_answers(site: Path, tmp_path: Path) -> None:
    made_on(site, tmp_path / "site", "today", 0)
    begin, port = 'from labsupport import Lab\nlab = Lab("en")', free_port()
    address = f"http://{HOST}:{port}/"
    with plain(tmp_path / "site", port), firefox(tmp_path / "profile", HOST) as page:
        for notebook, line, answer in (
            (FIRST, 'lab.ask("www.museum.example")', "has the address"),
            (NAMES, 'lab.trace("www.museum.example")', "a server of the root"),
        ):
            page.open(f"{address}lab/index.html?path={notebook}")
            page.until(FOCUSED)
            page.until(f"({KERNEL})()")
            assert not page.evaluate("isSecureContext || crossOriginIsolated")
            page.evaluate(f"({RUN})({json.dumps([begin, line])}).then(() => 1)")
            page.until(f"document.body.innerText.includes({json.dumps(answer)})")
        asked = [
            one for one in page.asked if not one.startswith((address, "data:", "blob:"))
        ]
        assert asked == []
