"""`labsupport show`: an edition without a server, shown to a room from one laptop, over plain HTTP.

All of it is read once, compressed, into memory: what is answered later comes from there, so that
no address leads to a file. Each address begins with a hash of the whole edition. So browsers keep
what they have fetched and ask again for pages only, and an edition made anew is fetched anew.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import io
import ipaddress
import re
import signal
import socket
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote, unquote

import h11
import psutil  # type: ignore[import-untyped]
import segno

from labsupport.exchange import HTTP_PORT
from labsupport.language import Language
from labsupport.reasons import reason_of
from labsupport.run.editions.command import MARK
from labsupport.run.ending import ServeError, ending_signals, until_ended
from labsupport.run.options import Command
from labsupport.run.policy import FRAMED, policy
from labsupport.run.serve.sockets import LARGEST_HEAD, Sockets

DEFAULT_PORT = 8000
START = "index.html"
PIECE = 64 * 1024  # octets that are sent at once
SECONDS = 60.0  # to ask, and to take a piece
MOST_CONNECTIONS = 600  # forty browsers open 240
WORTH_PACKING = 0.9  # of its size
# Not by `mimetypes`: on Windows, programs that were installed have changed what that says.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
ADDRESS = re.compile(r"/(?:([0-9a-f]{12})/)?(.*)", re.DOTALL)
Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class File:
    """One file of an edition, compressed as well where that is worth it."""

    plain: bytes
    packed: bytes | None
    tag: str
    headers: Headers

    @classmethod
    def read(cls, path: Path) -> File:
        """Read a file, and compress it."""
        plain = path.read_bytes()
        page = path.suffix == ".html"
        packed = gzip.compress(plain, 6, mtime=0)
        headers = [
            ("Content-Type", TYPES.get(path.suffix, "application/octet-stream")),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", policy(plain if page else b"") + FRAMED),
            (
                "Cache-Control",
                "no-cache" if page else "public, max-age=31536000, immutable",
            ),
            ("Vary", "Accept-Encoding"),
        ]
        worth = len(packed) < WORTH_PACKING * len(plain)
        return cls(
            plain, packed if worth else None, hashlib.sha256(plain).hexdigest(), headers
        )


@dataclass(frozen=True)
class Shown:
    """An edition in memory: its files by the rest of their addresses, and what they begin with."""

    files: Mapping[str, File]
    version: str
    not_there: str

    @classmethod
    def read(cls, folder: Path, not_there: str) -> Shown:
        """Read all files of a folder, but for what a link brings in from outside."""
        inside = folder.resolve()
        paths = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
            and path.resolve().is_relative_to(inside)
            and path.name != MARK
        }
        with ThreadPoolExecutor() as threads:
            files = dict(
                zip(paths, threads.map(File.read, paths.values()), strict=True)
            )
        every = "".join(f"{file.tag} {name}\n" for name, file in files.items())
        return cls(files, hashlib.sha256(every.encode()).hexdigest()[:12], not_there)

    def answer(self, asked: h11.Request) -> tuple[int, Headers, bytes]:
        """Return status, headers and body of the answer to what was asked, as if by GET."""
        if asked.method not in (b"GET", b"HEAD"):
            return 405, [("Allow", "GET, HEAD")], b""
        path, _, query = asked.target.decode("ascii", "replace").partition("?")
        named = ADDRESS.fullmatch(unquote(path))
        version, name = named.groups() if named else (None, path)
        file = self.files.get(
            f"{name}{START}" if name == "" or name.endswith("/") else name
        )
        if file is None:
            return 404, [("Content-Type", TYPES[".txt"])], self.not_there.encode()
        if version != self.version:
            location = f"/{self.version}/{quote(name)}"
            if query:
                location += f"?{query}"
            return 307, [("Location", location), ("Cache-Control", "no-cache")], b""
        headers = dict(asked.headers)
        packed = (
            file.packed if b"gzip" in headers.get(b"accept-encoding", b"") else None
        )
        tag = f'"{file.tag}-gzip"' if packed else f'"{file.tag}"'
        answered = [*file.headers, ("ETag", tag)]
        if tag.encode() in headers.get(b"if-none-match", b""):
            return 304, answered, b""
        if packed:
            answered.append(("Content-Encoding", "gzip"))
        return 200, answered, packed or file.plain

    async def converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer what a connection asks, one thing after another."""
        connection = h11.Connection(h11.SERVER, LARGEST_HEAD)
        try:
            while True:
                async with asyncio.timeout(SECONDS):
                    asked = await _asked(connection, reader)
                status, headers, body = self.answer(asked)
                headers = [*headers, ("Date", formatdate(usegmt=True))]
                if status != 304:
                    headers.append(("Content-Length", str(len(body))))
                response = h11.Response(status_code=status, headers=headers)
                await _send(writer, connection.send(response) or b"")
                if asked.method == b"HEAD":
                    body = b""
                for begin in range(0, len(body), PIECE):
                    piece = h11.Data(data=body[begin : begin + PIECE])
                    await _send(writer, connection.send(piece) or b"")
                connection.send(h11.EndOfMessage())
                if {connection.our_state, connection.their_state} != {h11.DONE}:
                    return
                connection.start_next_cycle()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint
            await _send(writer, b"HTTP/1.1 %d \r\nConnection: close\r\n\r\n" % status)


async def _asked(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> h11.Request:
    """Read one request. Raises EOFError when none comes any more."""
    asked = None
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(4096))
        elif isinstance(event, h11.Request):
            asked = event
        elif isinstance(event, h11.Data | h11.EndOfMessage) and asked:
            return asked
        else:
            raise EOFError


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    async with asyncio.timeout(SECONDS):
        await writer.drain()


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `show` to the command line."""
    parser = subparsers.add_parser(
        "show",
        help=say("show.show_edition_course_browsers"),
        description=say("show.what_it_does"),
    )
    parser.add_argument(
        "folder", type=Path, metavar=say("show.label_folder"), help=say("show.folder")
    )
    parser.add_argument(
        "--address",
        type=ipaddress.ip_address,
        metavar=say("show.address"),
        help=say("show.answer_address_only_default"),
    )
    parser.language()
    parser.port(DEFAULT_PORT, say("show.port_others_type_after"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the edition until interrupted; return the exit status."""
    say = Language.load(arguments.language)
    folder: Path = arguments.folder
    for number in ending_signals():
        signal.signal(number, signal.default_int_handler)
    try:
        if not (folder / MARK).is_file():
            raise ServeError(say("show.no_edition", folder=folder))
        shown = Shown.read(folder, say("show.not_there"))
        asyncio.run(_serve(shown, str(arguments.address or ""), arguments.port, say))
    except (ServeError, OSError) as error:
        problem: object = error
        if isinstance(error, OSError):
            problem = say("show.not_read", reason=reason_of(error, say))
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print(say("show.edition_no_longer_shown"))
    return 0


async def _serve(shown: Shown, address: str, port: int, say: Language) -> None:
    addresses = [address] if address else own_addresses()
    urls = [_url(own, port) for own in addresses]
    connections: set[asyncio.StreamWriter] = set()
    _allow_files(2 * MOST_CONNECTIONS)

    async def limited(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if len(connections) < MOST_CONNECTIONS:
            connections.add(writer)
            try:
                await shown.converse(reader, writer)
            finally:
                connections.remove(writer)

    with closing(Sockets()) as sockets:
        try:
            await sockets.open_tcp(address, port, limited)
        except OSError as error:
            reason = reason_of(error, say)
            raise ServeError(
                say("show.not_usable", port=port, reason=reason)
            ) from error
        print(say("show.whoever_network_opens"), *urls, sep="\n  ")
        if sys.stdout.isatty():
            print(drawn(urls[0]))
        await until_ended(say)


def _url(address: str, port: int) -> str:
    """Return what to type into a browser.

    >>> _url("192.168.1.5", 8000), _url("2001:db8::1", 80)
    ('http://192.168.1.5:8000/', 'http://[2001:db8::1]/')
    """
    host = f"[{address}]" if ":" in address else address
    if port == HTTP_PORT:
        return f"http://{host}/"
    return f"http://{host}:{port}/"


def drawn(url: str) -> str:
    """Return a QR code for a terminal, light upon dark whatever its colours are."""
    text = io.StringIO()
    segno.make(url, micro=False).terminal(text, compact=True)
    begin, end = ("", "") if sys.platform == "win32" else ("\x1b[97;40m", "\x1b[0m")
    return "\n".join(f"{begin}{line}{end}" for line in text.getvalue().splitlines())


def own_addresses() -> list[str]:
    """Return this machine's addresses for others, the one by which it reaches them first."""
    up = [name for name, about in psutil.net_if_stats().items() if about.isup]
    addresses: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for name, interface in psutil.net_if_addrs().items():
        for own in interface:
            if name in up and own.family in (socket.AF_INET, socket.AF_INET6):
                addresses.append(ipaddress.ip_address(own.address.partition("%")[0]))
    usual = ""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # this sends nothing
        usual = probe.getsockname()[0]
    addresses.sort(key=lambda address: (address.version, str(address) != usual))
    outer = [str(a) for a in addresses if not (a.is_loopback or a.is_link_local)]
    return outer or ["127.0.0.1"]


def _allow_files(count: int) -> None:
    """Have the system let this program open so many connections; macOS begins with 256."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
