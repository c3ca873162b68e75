"""Debian's Firefox, driven as its makers tell (WebDriver BiDi): no other program is needed.

with firefox(tmp_path, "course.example") as page:
    page.open("http://course.example:8000/")
    page.until("document.querySelector('h1')")
    page.evaluate("document.querySelector('button').click()")
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import websocket

SECONDS = 60
# There is one host, on loopback; who asks another is sent to a port where nobody listens.
PREFERENCES = """
user_pref("network.dns.localDomains", "{host}");
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("network.proxy.no_proxies_on", "{host}");
"""


@dataclass
class Window:
    """A window of Firefox, and whom its pages asked for something."""

    socket: websocket.WebSocket
    context: str = ""
    asked: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def send(self, method: str, **given: Any) -> dict[str, Any]:
        """Give a command; return what it results in."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": given}))
        while (told := json.loads(self.socket.recv())).get("id") != number:
            if told["method"] == "network.beforeRequestSent":
                self.asked.append(told["params"]["request"]["url"])
        assert told["type"] == "success", told
        result: dict[str, Any] = told["result"]
        return result

    def open(self, address: str) -> None:
        self.send(
            "browsingContext.navigate",
            context=self.context,
            url=address,
            wait="complete",
        )

    def evaluate(self, expression: str) -> Any:
        """Return what an expression in the page comes to: text, a number, true or false."""
        target, ask = {"context": self.context}, "script.evaluate"
        found = self.send(ask, expression=expression, target=target, awaitPromise=True)
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < deadline, expression
            time.sleep(0.2)


@contextmanager
def firefox(profile: Path, host: str) -> Iterator[Window]:
    """Run Firefox without windows; for it there is no other host."""
    profile.mkdir()
    (profile / "user.js").write_text(PREFERENCES.format(host=host))
    options = ("--headless", "--no-remote", "--remote-debugging-port", "0", "--profile")
    told = profile / "WebDriverBiDiServer.json"
    with subprocess.Popen(
        ("firefox-esr", *options, profile),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            deadline = time.monotonic() + SECONDS
            while not told.exists() or not told.read_text():
                assert time.monotonic() < deadline
                time.sleep(0.1)
            address = "ws://{ws_host}:{ws_port}/session".format(
                **json.loads(told.read_text())
            )
            given = {"timeout": SECONDS, "suppress_origin": True}
            with closing(websocket.create_connection(address, **given)) as socket:
                window = Window(socket)
                window.send("session.new", capabilities={})
                window.send("session.subscribe", events=["network.beforeRequestSent"])
                tree = window.send("browsingContext.getTree")
                window.context = tree["contexts"][0]["context"]
                yield window
        finally:
            process.terminate()
