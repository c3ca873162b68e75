"""A real room, opened by `labsupport classroom`, and participants who use it as browsers do.

with opened_room(folder) as room:
    ana = await Participant.arrive(room, "Ana")
    await ana.open("00-start-here.ipynb")
    await ana.run_all()
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from loopback import LABSUPPORT
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import WebSocketClientConnection, websocket_connect

from labsupport.course.notebook import stopped_by
from labsupport.run.classroom.machine import desk_users, is_free

PORTS = range(640, 880)  # where only root may listen, and browsers go
HERE = "127.0.0.1"
# Where the tests' rooms lie, and no others: `tmp_path`, and where every account may reach.
OWN_PREFIX = "/var/tmp/labsupport-test-"
OWN_FOLDERS = re.compile(rf"/pytest-of-[^/]+/|^{OWN_PREFIX}")
START_SECONDS, STOP_SECONDS = 120, 120
# Long enough for forty at once on a slow machine; nothing is asserted about time.
PATIENCE = 600.0
MOST_REDIRECTS = 20
XSRF = re.compile(r'name="_xsrf" value="([^"]+)"')
OWN_CODE = re.compile(r'<p class="code">([^<]+)</p>')
SAID = re.compile(r'<p class="said" role="alert">([^<]+)</p>')


@dataclass
class Room:
    """An open room: where it is, its codes, the command's process, what it printed."""

    folder: Path
    address: str
    code: str
    instructor_code: str = ""
    process: subprocess.Popen[str] | None = None
    printed: list[str] = field(default_factory=list)


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A room's folder outside of pytest's, which lie where desks have their own temporary files.

    A later run knows it by its name, and ends a room that a killed run left in it.
    """
    parent, prefix = os.path.split(OWN_PREFIX)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent) as name:
        yield Path(name) / "room"


@contextmanager
def opened_room(
    folder: Path,
    *options: str,
    wipe: bool = True,
    inside: Sequence[str] = (),
    address: str = HERE,
    port: int = 0,
) -> Iterator[Room]:
    """Open a room on loopback, and end it as Ctrl-C would; then the desks are wiped.

    `inside` is a command that begins programs elsewhere, where the room has an `address`. Without
    a `port`, it is any that is free.
    """
    _wipe_what_a_killed_run_left()
    port = port or random.choice([port for port in PORTS if is_free(HERE, port)])
    command = [
        *inside,
        LABSUPPORT,
        "classroom",
        "--address",
        address,
        "--port",
        str(port),
    ]
    command += ["--folder", folder]
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            printed = _printed(process)
            settings = json.loads((folder / "room" / "settings.json").read_text())
            codes = settings["codes"]
            place = f"https://{address}:{port}"
            yield Room(
                folder, place, codes["room"], codes["instructor"], process, printed
            )
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            finally:
                if wipe:
                    _wipe(folder)


@cache
def _wipe_what_a_killed_run_left() -> None:
    """End the tests' rooms that stand before the first one opens: accounts outlive a run."""
    for folder in {str(Path(user.pw_dir).parents[1]) for user in desk_users()}:
        if OWN_FOLDERS.search(folder):
            _wipe(folder)


def _wipe(folder: Path | str) -> None:
    command = [LABSUPPORT, "classroom", "--wipe", "--folder", folder]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=STOP_SECONDS)


def _printed(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line.rstrip())
        if "Ctrl-C" in line:
            return said
    raise AssertionError("labsupport classroom did not open:\n" + "\n".join(said))


_connections: list[WebSocketClientConnection] = []


async def everybody_leaves() -> None:
    """Shut all lids: a connection must not outlive the event loop it was made in."""
    while _connections:
        connection = _connections.pop()
        connection.close()
        while await connection.read_message() is not None:
            pass


class Refused(Exception):
    """The room did not let somebody in; the message is the sentence on the page."""


@dataclass
class Browser:
    """Keeps cookies and follows redirects, as browsers do; trusts any certificate."""

    room: Room
    cookies: dict[tuple[str, str], str] = field(default_factory=dict)

    async def fetch(
        self,
        path: str,
        method: str = "GET",
        body: str | None = None,
        *,
        follow: bool = True,
    ) -> HTTPResponse:
        """Ask for a page, and for what it redirects to; the answer comes whatever its status."""
        address = urljoin(self.room.address, path)
        for _ in range(MOST_REDIRECTS):
            request = HTTPRequest(
                address,
                method=method,
                body=body,
                headers=self.headers(address),
                follow_redirects=False,
                request_timeout=PATIENCE,
                connect_timeout=PATIENCE,
                validate_cert=False,
                allow_nonstandard_methods=True,
            )
            answer = await AsyncHTTPClient().fetch(request, raise_error=False)
            if answer.code == 599:
                raise ConnectionError(str(answer.error))
            self._keep(answer)
            if not follow or answer.code not in (301, 302, 303, 307):
                return answer
            address = urljoin(address, answer.headers["Location"])
            method, body = "GET", None
        raise AssertionError(f"redirected without end to {address}")

    def headers(self, address: str) -> dict[str, str]:
        """Return what a browser sends along to an address of the room."""
        path = urlsplit(address).path
        mine = {
            n: v
            for (n, p), v in sorted(self.cookies.items(), key=_longest)
            if path.startswith(p)
        }
        found = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in mine.items()),
            "Sec-Fetch-Mode": "navigate",
        }
        if "_xsrf" in mine:
            found["X-XSRFToken"] = mine["_xsrf"]
        return found

    def _keep(self, answer: HTTPResponse) -> None:
        for line in answer.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                key = name, morsel["path"] or "/"
                if (
                    morsel["max-age"] == "0"
                    or not morsel.value
                    or "1970" in morsel["expires"]
                ):
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = morsel.value


def _longest(entry: tuple[tuple[str, str], str]) -> int:
    return len(entry[0][1])  # the cookie with the longest path comes last, and wins


@dataclass
class Participant(Browser):
    """Somebody in the room, with a desk."""

    name: str = ""
    user: str = ""
    own_code: str = ""
    kernel: WebSocketClientConnection | None = None
    kernel_id: str = ""
    notebook: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    seconds: list[float] = field(default_factory=list)

    @classmethod
    async def arrive(
        cls, room: Room, name: str, code: str = "", own: str = ""
    ) -> Participant:
        """Take a desk; raise Refused with the sentence where there is none."""
        one = cls(room, name=name)
        await one.come_in(code, own)
        return one

    async def come_in(self, code: str = "", own: str = "") -> None:
        """Take a desk; who was let in and did not see the answer asks for the page again."""
        inside = await self.fetch("/hub/welcome") if self.cookies else None
        if inside is None or urlsplit(inside.effective_url).path != "/hub/welcome":
            inside = await self.knock(code, own)
        text = inside.body.decode()
        if said := SAID.search(text):
            raise Refused(said[1])
        assert inside.code == 200, text
        shown = OWN_CODE.search(text)
        self.own_code = shown[1] if shown else self.own_code

    async def knock(
        self, code: str = "", own: str = "", *, follow: bool = True
    ) -> HTTPResponse:
        """Type one's name and the codes at the door; return what is answered."""
        door = await self.fetch("/hub/login")
        token = XSRF.search(door.body.decode())
        assert token is not None, door.body.decode()
        typed = {"_xsrf": token[1], "username": self.name, "own": own}
        typed["password"] = code or self.room.code
        return await self.fetch("/hub/login", "POST", urlencode(typed), follow=follow)

    async def sit_down(self) -> None:
        """Open the course, and wait until the desk's own server shows it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = await self.fetch("/hub/course")
            place = urlsplit(answer.effective_url).path
            if place.startswith("/user/") and answer.code == 200:
                self.user = place.split("/")[2]
                return
            # each try is several questions, and all come from one address
            await asyncio.sleep(3)
        raise AssertionError(
            f"{self.name} waits for a desk in vain: {answer.body.decode()}"
        )

    async def ask(self, path: str, method: str = "GET", content: Any = None) -> Any:
        """Ask one's own server, as JupyterLab does; return what it answers."""
        body = None if content is None else json.dumps(content)
        answer = await self.fetch(f"/user/{self.user}/{path}", method, body)
        assert answer.code < 400, (
            f"{method} {path}: {answer.code} {answer.body.decode()}"
        )
        return json.loads(answer.body) if answer.body else None

    async def open(self, notebook: str) -> None:
        """Open a notebook and connect to a kernel of its own."""
        self.path = notebook
        self.notebook = (await self.ask(f"api/contents/{notebook}"))["content"]
        session = {"path": notebook, "type": "notebook", "name": notebook}
        made = await self.ask(
            "api/sessions", "POST", session | {"kernel": {"name": "python3"}}
        )
        await self.connect(made["kernel"]["id"])

    async def connect(self, kernel_id: str) -> None:
        """Connect to a kernel by a websocket."""
        self.kernel_id = kernel_id
        place = f"/user/{self.user}/api/kernels/{kernel_id}/channels?session_id={uuid.uuid4().hex}"
        address = urljoin(self.room.address, place)
        request = HTTPRequest(
            address.replace("https:", "wss:"),
            headers=self.headers(address),
            validate_cert=False,
            request_timeout=PATIENCE,
            connect_timeout=PATIENCE,
        )
        self.kernel = await websocket_connect(request)
        _connections.append(self.kernel)

    async def run_all(self) -> dict[str, Any]:
        """Run every cell, one after the other, save, and return the notebook."""
        number = 0
        for cell in self.notebook["cells"]:
            if cell["cell_type"] == "code":
                began = time.monotonic()
                cell["outputs"] = await self.run("".join(cell["source"]))
                self.seconds.append(time.monotonic() - began)
                number += 1
                cell["execution_count"] = number
        await self.save()
        return self.notebook

    async def run(self, code: str) -> list[dict[str, Any]]:
        """Run a line in the kernel; return the outputs."""
        assert self.kernel is not None
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "session": number}
        header |= {"username": "", "version": "5.3", "date": "2026-01-01T00:00:00Z"}
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "allow_stdin": False,
        }
        message = {
            "header": header,
            "parent_header": {},
            "metadata": {},
            "content": content,
        }
        await self.kernel.write_message(
            json.dumps(message | {"channel": "shell", "buffers": []})
        )
        outputs: list[dict[str, Any]] = []
        replied = idle = False
        while not (replied and idle):
            text = await asyncio.wait_for(self.kernel.read_message(), PATIENCE)
            if text is None:
                raise ConnectionError("the kernel hung up")
            if isinstance(text, bytes):
                continue
            answer = json.loads(text)
            kind = answer["msg_type"]
            if kind == "status" and answer["content"]["execution_state"] in (
                "dead",
                "restarting",
            ):
                raise ConnectionError("the kernel died")
            if answer["parent_header"].get("msg_id") != number:
                continue
            replied |= kind == "execute_reply"
            idle |= kind == "status" and answer["content"]["execution_state"] == "idle"
            if kind in ("stream", "display_data", "execute_result", "error"):
                outputs.append({"output_type": kind, **answer["content"]})
        return outputs

    async def save(self) -> None:
        """Save the notebook, as JupyterLab does by itself."""
        for cell in self.notebook["cells"]:
            for output in cell.get("outputs", ()):
                output.pop("transient", None)
        content = {"type": "notebook", "format": "json", "content": self.notebook}
        await self.ask(f"api/contents/{self.path}", "PUT", content)


def printed_by(outputs: list[dict[str, Any]]) -> str:
    """Return what a line printed."""
    return "".join(out["text"] for out in outputs if out["output_type"] == "stream")


def failed(outputs: list[dict[str, Any]]) -> str:
    """Return the error that a line ended in, "" without any."""
    return next(filter(None, map(stopped_by, outputs)), "")


def memory_of(users: Set[int], programs: Set[int] = frozenset()) -> int:
    """Return the megabytes of memory that the programs of these users, and these programs, have.

    What several have in common, the libraries, is counted once, in parts (PSS in proc(5)).
    """
    found = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid in users or int(entry.name) in programs:
                    shares = re.search(
                        r"^Pss: +(\d+)", (entry / "smaps_rollup").read_text(), re.M
                    )
                    found += int(shares[1]) if shares else 0
            except OSError:
                continue  # it has ended
    return found // 1024
