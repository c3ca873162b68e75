"""HTTP messages as the narrow waist carries them: HTTP/1.1, whole, as bytes.

What travels in a `Request` of protocol "http" or "https" is one of these messages and
nothing else; a redirect is another exchange. h11 reads and writes them, strictly.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import h11

from labsupport.bounds import LARGEST_MESSAGE, MOST_MEMBERS

T = TypeVar("T", bytes, "HttpRequest", "HttpResponse")
U = TypeVar("U", bytes, "HttpRequest", "HttpResponse")
Headers = tuple[tuple[str, str], ...]
SMALL = 2048  # octets of a message that is remembered
MESSAGES_KEPT = 1024  # more than the lab has sites
# Headers of what is no page.
JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
COMPRESSED = ("gzip", "x-gzip", "deflate")  # RFC 9110 section 8.4.1
GZIP = b"\x1f\x8b"  # how a member begins (RFC 1952 section 2.3.1)


class NotHttp(Exception):
    """These bytes are no whole HTTP message."""


def _kept(function: Callable[[T], U]) -> Callable[[T], U]:
    """Remember what becomes of small messages: in the lab the same come again and again."""
    cached = lru_cache(maxsize=MESSAGES_KEPT)(function)

    def wrapper(message: T) -> U:
        body = message if isinstance(message, bytes) else message.body
        return cached(message) if len(body) <= SMALL else function(message)

    return wrapper


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a client asks (RFC 9110 section 9): `target` is a path, with its query.

    >>> asked = HttpRequest("GET", "/", (("Host", "www.museum.example"),))
    >>> HttpRequest.from_bytes(asked.to_bytes()).header("host")
    'www.museum.example'
    """

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of that name, in whatever case, or ""."""
        return _first(self.headers, name)

    @_kept
    def to_bytes(self) -> bytes:
        """Return the message as it travels."""
        headers = _with_length(self.headers, self.body)
        start = h11.Request(method=self.method, target=self.target, headers=headers)
        return _sent(h11.Connection(h11.CLIENT), start, self.body)

    @staticmethod
    @_kept
    def from_bytes(data: bytes) -> HttpRequest:
        """Read a message; raise NotHttp when it is none, or is not whole."""
        start, body = _received(h11.Connection(h11.SERVER, LARGEST_MESSAGE), data)
        if not isinstance(start, h11.Request):
            raise NotHttp("no request")
        return HttpRequest(
            start.method.decode(), start.target.decode(), _text(start.headers), body
        )


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a server answers: its status code (RFC 9110 section 15), headers and body.

    >>> HttpResponse.from_bytes(HttpResponse(404, body=b"no").to_bytes()).status
    404
    """

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of that name, in whatever case, or ""."""
        return _first(self.headers, name)

    @_kept
    def to_bytes(self) -> bytes:
        """Return the message as it travels."""
        server = h11.Connection(h11.SERVER)
        # h11 lets a server speak only when it was asked.
        server.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        server.next_event()
        headers = _with_length(self.headers, self.body)
        return _sent(
            server, h11.Response(status_code=self.status, headers=headers), self.body
        )

    @staticmethod
    @_kept
    def from_bytes(data: bytes) -> HttpResponse:
        """Read a message; raise NotHttp when it is none, is not whole, or is too large.

        A body that was compressed once, with gzip or deflate, comes as it was before; the headers
        still say so. One that has another coding, or several, is not read.
        """
        client = h11.Connection(h11.CLIENT, LARGEST_MESSAGE)
        client.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
        client.send(h11.EndOfMessage())
        start, body = _received(client, data)
        if not isinstance(start, h11.Response):
            raise NotHttp("no response")
        headers = _text(start.headers)
        return HttpResponse(start.status_code, headers, _decompressed(body, headers))


def _first(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def _decompressed(body: bytes, headers: Headers) -> bytes:
    """Undo the coding of a body (RFC 9110 section 8.4.1), as far as a message may be large."""
    codings: list[str] = []
    for key, value in headers:
        if key.lower() == "content-encoding":
            codings += (word.strip().lower() for word in value.split(","))
    codings = [coding for coding in codings if coding not in ("", "identity")]
    if not body or not codings:
        return body
    if len(codings) > 1 or codings[0] not in COMPRESSED:
        raise NotHttp("another coding than one of those that were asked for")
    plain = b""
    for _ in range(MOST_MEMBERS):
        # with the header of gzip, or of zlib
        unpacking = zlib.decompressobj(32 + zlib.MAX_WBITS)
        try:
            plain += unpacking.decompress(body, LARGEST_MESSAGE + 1 - len(plain))
        except zlib.error as problem:
            raise NotHttp(str(problem)) from problem
        if not unpacking.eof or len(plain) > LARGEST_MESSAGE:
            break
        # gzip may have several members, one behind the other (RFC 1952 section 2.2).
        body = unpacking.unused_data
        if not body.startswith(GZIP):
            return plain
    raise NotHttp("what was compressed is too large, or is cut off")


def _with_length(headers: Headers, body: bytes) -> list[tuple[bytes, bytes]]:
    with_length = []
    for key, value in headers:
        if key.lower() != "content-length":
            with_length.append((key.encode("latin-1"), value.encode("latin-1")))
    with_length.append((b"Content-Length", b"%d" % len(body)))
    return with_length


def _sent(
    connection: h11.Connection, start: h11.Request | h11.Response, body: bytes
) -> bytes:
    data = b""
    for event in (start, h11.Data(data=body), h11.EndOfMessage()):
        data += connection.send(event) or b""
    return data


def _received(connection: h11.Connection, data: bytes) -> tuple[object, bytes]:
    connection.receive_data(data)
    connection.receive_data(b"")
    start: object = None
    body: list[bytes] = []
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Request | h11.Response):
                start = event
            elif isinstance(event, h11.Data):
                body.append(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return start, b"".join(body)
            elif not isinstance(event, h11.InformationalResponse):
                raise NotHttp("the message ends too soon")
    except h11.RemoteProtocolError as problem:
        raise NotHttp(str(problem)) from problem


def _text(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    return tuple(
        (key.decode("latin-1"), value.decode("latin-1")) for key, value in headers
    )
