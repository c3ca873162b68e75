"""Live mode in the edition for a browser: what a page may ask is answered, the rest is said.

Its Internet is the lab, behind one HTTPS server on loopback to which the browser goes under every
name. Some of its names let pages ask them (CORS), others do not. The edition is made with wheels
packed here in the place of Pyodide's own.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import subprocess
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import pytest
from browser import SHELL, chromium
from edition import HOST, PATIENCE_MS, Files, opened, run, running
from loopback import LABSUPPORT, free_port
from misbehaving import AUTHORITY
from playwright.sync_api import Browser, Page
from projection import projected

from labsupport import Lab
from labsupport.exchange import Reply, Request
from labsupport.exchange.http import Headers, HttpRequest, HttpResponse
from labsupport.lab_protocol import context_of
from labsupport.language import Language, languages
from labsupport.real_internet import Described
from labsupport.run import cli
from labsupport.run.editions import browser as edition
from labsupport.run.editions.command import MARK
from labsupport.run.home import FILE
from labsupport.run.workcopy import folder_of

SAY = Language.load("en")
LAB = Lab("en")
FIRST = "00-start-here.ipynb"
RESOLVER = "dns.resuelve.example"
# they let no page ask them
CLOSED = {
    "rdap.registro-veloz.example",
    "www.museum.example",
}
MOVED = "/domain/isla.example"
BEGIN = """
import os, pathlib
from labsupport import Lab
pathlib.Path("entry.json").write_text({entry!r})
os.environ["LAB_ENTRY"] = "entry.json"
lab = Lab("en", live=True)
lab"""


class Internet(BaseHTTPRequestHandler):
    """Answers for every name of the lab, as the lab does."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str, str]]] = []
    turn = Lock()

    def do_GET(self) -> None:
        """Answer, and let pages see it where that name does."""
        host = self.headers["Host"]
        self.asked.append((self.command, host, self.path))
        assert "Cookie" not in self.headers
        with self.turn:
            answer = _answered(host, self.path, self.headers["Accept"])
        self.send_response(answer.status if self.path != MOVED else 302)
        for key, value in answer.headers:
            if key.lower() not in ("content-length", "access-control-allow-origin"):
                self.send_header(key, value)
        if host not in CLOSED:
            self.send_header("Access-Control-Allow-Origin", "*")
        if self.path == MOVED:
            self.send_header("Location", "/domain/museum.example")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body if self.command == "GET" else b"")

    do_HEAD = do_OPTIONS = do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _answered(host: str, target: str, accept: str) -> HttpResponse:
    path, _, query = target.partition("?dns=")
    headers: Headers = (("Host", host), ("Accept", accept))
    body = b""
    if query:  # the lab's resolver takes what is posted
        body = urlsafe_b64decode(query + "=" * (-len(query) % 4))
        headers = (*headers, ("Content-Type", "application/dns-message"))
    message = HttpRequest("POST" if query else "GET", path, headers, body).to_bytes()
    found: Any = LAB.ask(host)
    way = (
        context_of(LAB).entry.source,
        40000,
        found.records[-1].value,
        443,
        "https",
        host,
    )
    outcome = context_of(LAB).network.send(Request(*way, message))
    assert isinstance(outcome, Reply)
    return HttpResponse.from_bytes(outcome.payload)


@pytest.fixture(scope="module")
def larger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edition, with a pandas that is packed here; the window shows its application."""
    folder = tmp_path_factory.mktemp("live")
    wheels = folder / "wheels"
    wheels.mkdir()
    fetch = edition._fetch_pyodide

    def with_others(place: Path, runtime: Path, say: Language) -> None:
        """Have the list say that what was packed here is what Pyodide made."""
        fetch(place, runtime, say)
        listed = json.loads((runtime / edition.LISTED).read_bytes())
        for name in ("pandas", "numpy", "python-dateutil", "pytz", "six"):
            about, module = listed["packages"][name], name.replace("-", "_")
            edition._pack(
                wheels, module, about["version"], {f"{module}.py": b"made = 'here'\n"}
            )
            (made,) = wheels.glob(f"{module}-{about['version']}-*")
            made = made.rename(wheels / about["file_name"])
            about["sha256"] = hashlib.sha256(made.read_bytes()).hexdigest()
        (runtime / edition.LISTED).write_text(json.dumps(listed))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edition, "_fetch_pyodide", with_others)
        options = ("--to", str(folder / "course"), "--wheels", str(wheels))
        assert cli.main(["editions", "browser", *options]) == 0
    settings = folder / "course" / "jupyter-lite.json"
    content = json.loads(settings.read_bytes())
    content["jupyter-config-data"]["exposeAppInBrowser"] = True
    settings.write_text(json.dumps(content))
    return folder / "course"


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which the lab answers over HTTPS."""
    chain = AUTHORITY.chain(RESOLVER, context_of(LAB).now)
    file = tmp_path_factory.mktemp("keys") / "chain.pem"
    pem = "".join(map(ssl.DER_cert_to_PEM_cert, chain)).encode()
    file.write_bytes(pem + AUTHORITY.sites_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Internet)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server.server_port


@pytest.fixture(scope="module")
def online(internet: int) -> Iterator[Browser]:
    """A browser for which every name but the edition's leads to the lab."""
    rules = f"MAP {HOST} 127.0.0.1, MAP * 127.0.0.1:{internet}, EXCLUDE 127.0.0.1"
    arguments = (f"--host-resolver-rules={rules}", "--ignore-certificate-errors")
    with chromium(SHELL, *arguments) as browser:
        yield browser


def window_of(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.set_default_timeout(PATIENCE_MS)
    return page


def said(page: Page, *lines: str) -> list[str]:
    """Run these lines in the open notebook; return what each shows."""
    return [
        "\n".join(projected(cell.outputs)) for cell in run(page, *lines)[: len(lines)]
    ]


def test_a_page_asks_what_it_may_and_says_the_rest(
    larger: Path, online: Browser
) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=larger))
    described = Described(
        context_of(LAB).entry, ("0.0.0.0/0", "::/0"), ("example", "test", "arpa")
    )
    begin = BEGIN.format(entry=described.to_json())
    questions = {
        'lab.ask("www.museum.example")': LAB.ask("www.museum.example").sentence,
        'lab.dnssec("www.museum.example")': LAB.dnssec("www.museum.example").sentence,
        'lab.rdap("museum.example")': LAB.rdap("museum.example").sentence,
        'lab.whois("203.0.113.80")': SAY("resolver.by_rdap"),
        'lab.routes.origin("203.0.113.80")': LAB.routes.origin("203.0.113.80").sentence,
        'lab.rdap("isla.example")': SAY(
            "page.led_elsewhere", url="https://rdap.nic.example/domain/museum.example"
        ),
        'lab.rdap("bancodelfaro-clientes.example")': "The browser handed over no answer",
        'lab.at("https://www.museum.example/dns-query").ask("www.isla.example")': SAY(
            "page.nothing_came", host="www.museum.example"
        ),
        'lab.at("198.18.104.104").ask("www.isla.example")': SAY("page.not_from_here"),
        'lab.trace("www.museum.example")': SAY("page.not_here"),
        'lab.visit("www.museum.example")': SAY("page.not_here"),
        "lab.course.doctor(network=True)": SAY("page.doctor"),
        'lab.course.teaching.notebook("04")': SAY("guide.not_in_a_page"),
        # From the wheels that the edition was made with
        "import pandas, six; pandas.made + six.made": "herehere",
        "get_ipython().kernel.complete('lab.rd', 6)['matches']": "rdap",
    }
    with running(server):
        page = window_of(online)
        opened(page, f"http://{HOST}:{server.server_port}/", FIRST)
        first, *shown = said(page, begin, *questions)
        page.close()
    assert "LIVE, from a page" in first
    assert f"https://{RESOLVER}/dns-query" in first
    missing = [
        (line, text)
        for (line, words), text in zip(questions.items(), shown, strict=True)
        if words not in text
    ]
    assert missing == []
    assert not any("Traceback" in text for text in shown)
    # Nobody had to be asked for leave, and what was refused was not sent.
    assert {method for method, *_ in Internet.asked} == {"GET", "HEAD"}
    assert ("GET", "www.museum.example", "/") not in Internet.asked


def test_a_page_that_is_shown_to_a_room_asks_nobody(
    larger: Path, online: Browser
) -> None:
    """The policy of `labsupport show` refuses that; the answer says so."""
    port, before = free_port(), len(Internet.asked)
    command = [
        str(LABSUPPORT),
        "show",
        str(larger),
        "--address",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Ctrl-C" in line for line in process.stdout)
        page = window_of(online)
        opened(page, f"http://{HOST}:{port}/", FIRST)
        begin = 'from labsupport import Lab\nlab = Lab("en", live=True)'
        _, asked, registered = said(
            page, begin, 'lab.ask("iana.org")', 'lab.rdap("iana.org")'
        )
        page.close()
        process.terminate()
    for text in (asked, registered):
        assert SAY("page.nothing_came", host="cloudflare-dns.com") in text
    assert Internet.asked[before:] == []


ADDED = re.compile("(numpy|pandas|python[-_]dateutil|pytz|six)(-|$)")


def test_another_time_it_is_made_of_the_same_bytes_but_for_what_was_added(
    site: Path, larger: Path
) -> None:
    """The lists of what there is say the same but for that, too."""
    first, second = map(_bytes, (site, larger))
    added = second.keys() - first.keys()
    assert len(added) == 5
    assert all(ADDED.match(name.rpartition("/")[2]) for name in added)
    folders = [folder_of(code) for code in languages()]
    lists = {"jupyter-lite.json", f"static/{edition.LISTED}"}
    lists |= {f"files/{folder / FILE}{edition.SERVED['.course']}" for folder in folders}
    lists |= {f"api/contents/{folder / 'all.json'}" for folder in folders}
    different = {name for name in first if first[name] != second[name]} - {MARK}
    assert different <= lists
    for name in lists:
        plain, more = (
            json.loads(one[name], object_hook=_plain) for one in (first, second)
        )
        assert plain == more, name


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was added, the size of what names it, and what the fixture has changed."""
    content = {key: value for key, value in content.items() if not ADDED.match(key)}
    for key in ("size", "exposeAppInBrowser"):
        content.pop(key, None)
    for key, value in content.items():
        if key in ("packages", "python") and isinstance(value, list):
            content[key] = [
                one for one in value if not ADDED.match(one.rpartition("/")[2])
            ]
    return content


def _bytes(folder: Path) -> dict[str, bytes]:
    """Return the files of an edition; Python's folder, which has another name in each, has none."""
    (python,) = (folder / "static").iterdir()
    within = f"{python.name}/"
    return {
        one.relative_to(folder)
        .as_posix()
        .replace(within, ""): one.read_bytes().replace(within.encode(), b"")
        for one in folder.rglob("*")
        if one.is_file()
    }
