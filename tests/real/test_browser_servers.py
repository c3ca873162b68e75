"""The edition for a browser, handed out by servers that do not know all endings of files."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from edition import HOST, PATIENCE_MS, Files, running
from loopback import free_port
from playwright.sync_api import Browser, expect

from labsupport.run.editions.browser import SERVED

NEXT = "01-how-the-internet-works.ipynb"
NGINX = Path("/etc/nginx")
# Some of what Microsoft's IIS 8 knows as it is installed, with the types that it says (as
# remembered: no such server is at hand). What it does not know is not found there.
KNOWN = {
    ".bin": "application/octet-stream",
    ".css": "text/css",
    ".eot": "application/vnd.ms-fontobject",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "application/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "application/octet-stream",
    ".txt": "text/plain",
    ".woff": "font/x-woff",
    ".zip": "application/x-zip-compressed",
}


class Knowing(Files):
    """Hands out what it knows, and nothing else."""

    extensions_map = KNOWN

    def translate_path(self, path: str) -> str:
        file = Path(super().translate_path(path))
        known = file.is_dir() or file.suffix in KNOWN
        return str(file if known else file.with_name("not found"))


@contextmanager
def knowing(site: Path, folder: Path, port: int) -> Iterator[None]:
    """A server that hands out only what it knows, as IIS."""
    with running(
        ThreadingHTTPServer(("127.0.0.1", port), partial(Knowing, directory=site))
    ):
        yield


@contextmanager
def nginx(site: Path, folder: Path, port: int) -> Iterator[None]:
    """Debian's nginx as it is installed, but for the port, the folder and where it writes."""
    whole = (NGINX / "nginx.conf").read_text()
    of_site = (NGINX / "sites-available/default").read_text()
    for old, new in (
        (r"listen 80 default_server", f"listen 127.0.0.1:{port} default_server"),
        (r"listen \[::\]:80 default_server;", ""),
        (r"root /var/www/html", f"root {site}"),
    ):
        of_site, changed = re.subn(old, new, of_site, count=1)
        assert changed
    (folder / "site").write_text(of_site)
    for old, new in (
        (r"user www-data", "user root"),
        (r"/run/nginx.pid", f"{folder}/pid"),
        (r"/var/log/nginx", str(folder)),
        (r"/etc/nginx/sites-enabled/\*", f"{folder}/site"),
    ):
        whole, changed = re.subn(old, new, whole)
        assert changed
    (folder / "nginx.conf").write_text(whole)
    command = ("nginx", "-c", folder / "nginx.conf")
    subprocess.run(command, check=True)  # which goes on behind
    try:
        yield
    finally:
        subprocess.run((*command, "-s", "stop"), check=True)


@pytest.mark.parametrize("server", [nginx, knowing])
def test_python_answers_whatever_a_server_knows(
    alone: Browser,
    site: Path,
    tmp_path: Path,
    server: Callable[[Path, Path, int], AbstractContextManager[None]],
) -> None:
    port = free_port()
    address = f"http://{HOST}:{port}/"
    page = alone.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE_MS)
    refused: list[str] = []
    page.on("response", lambda one: one.status >= 400 and refused.append(one.url))
    with server(site, tmp_path, port):
        page.goto(address)
        page.locator(".lab-home").get_by_role("link").first.click()
        cell = page.locator(".jp-CodeCell").first
        cell.wait_for()
        page.get_by_role("tab", name="File Browser").click()
        page.locator(".jp-DirListing-item", has_text=NEXT).click(button="right")
        # of what this browser has not kept yet
        with page.expect_download() as download:
            page.locator(".lm-Menu [data-command='filebrowser:download']").click()
        assert download.value.suggested_filename == NEXT
        handed_out = site / f"files/{NEXT}{SERVED['.ipynb']}"
        taken = download.value.path()
        assert json.loads(taken.read_bytes()) == json.loads(handed_out.read_bytes())
        cell.click()
        page.keyboard.press("Shift+Enter")
        expect(cell).to_contain_text("The lab Internet is ready", timeout=PATIENCE_MS)
        page.close()
    assert refused == []
