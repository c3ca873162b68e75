"""A wrapper that keeps what directories answered, so that the same question is asked once.

It keeps RDAP and WHOIS, and the lists of servers; never DNS, whose answers say themselves how long
they hold, and never a visit. What is kept lies in a folder of the participant's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from labsupport.exchange import WHOIS_PORT, Around, Network, Outcome, Reply, Request
from labsupport.exchange.http import HttpRequest, HttpResponse, NotHttp
from labsupport.rdds import bootstrap, rdap, whois
from labsupport.rdds.record import DirectoryOutcome as Meaning

FOUND_FOR = 3600.0  # seconds for which an answer is kept
ABSENT_FOR = 600.0  # and one that says that there is nothing
LIST_FOR = 86400.0  # and a list of servers
MOST_FILES = 2000  # of which the oldest go first
HOLDS = {Meaning.FOUND: FOUND_FOR, Meaning.ABSENT: ABSENT_FOR}


@dataclass(frozen=True, slots=True)
class Store:
    """Answers in files of a folder, each by what was asked.

    Many processes may write at once: a file appears whole or not at all, and one that is damaged
    is as good as none.
    """

    folder: Path

    def get(self, key: bytes) -> tuple[float, Reply] | None:
        """Return when an answer came (seconds since 1970) and the answer, None without one."""
        try:
            digest, _, body = self._file(key).read_bytes().partition(b"\n")
            if digest.decode("ascii") != hashlib.sha256(body).hexdigest():
                return None
            kept = json.loads(body)
            certificates = tuple(map(base64.b64decode, kept["certificates"]))
            payload = base64.b64decode(kept["payload"])
            reply = Reply(kept["from"], 0.0, (), payload, certificates)
            return float(kept["time"]), reply
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def put(self, key: bytes, time: float, reply: Reply) -> None:
        """Keep an answer where that is possible: not every folder can be written to."""
        kept = {
            "time": time,
            "from": reply.from_address,
            "payload": base64.b64encode(reply.payload).decode("ascii"),
            "certificates": [
                base64.b64encode(der).decode() for der in reply.certificates
            ],
        }
        body = json.dumps(kept).encode("ascii")
        digest = hashlib.sha256(body).hexdigest().encode("ascii")
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".new")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(digest + b"\n" + body)
                os.replace(name, self._file(key))
            finally:
                Path(name).unlink(missing_ok=True)
            self._prune()

    def _file(self, key: bytes) -> Path:
        return self.folder / f"{hashlib.sha256(key).hexdigest()}.kept"

    def _prune(self) -> None:
        files = list(self.folder.glob("*.kept"))
        if len(files) > MOST_FILES:
            files.sort(key=lambda file: file.stat().st_mtime)
            for file in files[:-MOST_FILES]:
                file.unlink(missing_ok=True)  # another process may be faster


class CachedNetwork(Around):
    """Carries requests over `network`, unless `store` has an answer that is young enough.

    `note` is told of each answer that was kept: when it came, what was asked, and the answer.
    """

    def __init__(
        self,
        network: Network,
        store: Store,
        note: Callable[[float, Request, Reply], None],
    ) -> None:
        super().__init__(network)
        self._store = store
        self._note = note

    def send(self, request: Request) -> Outcome:
        """Return the answer that was kept, or deliver `request` and keep what comes."""
        key = _key(request)
        if key is None:
            return self.network.send(request)
        if kept := self._store.get(key):
            time, reply = kept
            if 0 <= self.clock.now() - time < _holds(request, reply):
                self._note(time, request, reply)
                return reply
        time = self.clock.now()
        outcome = self.network.send(request)
        if isinstance(outcome, Reply) and _holds(request, outcome) > 0:
            self._store.put(key, time, outcome)
        return outcome


def _key(request: Request) -> bytes | None:
    """What stands for a question to a directory; None for another one."""
    if request.protocol == "tcp" and request.port == WHOIS_PORT:
        return b"whois " + request.to_address.encode() + b" " + request.payload.lower()
    if request.protocol not in ("http", "https"):
        return None
    try:
        asked = HttpRequest.from_bytes(request.payload)
    except NotHttp:
        return None
    if asked.method != "GET":
        return None
    port = str(request.port)
    host = asked.header("Host")
    accept = asked.header("Accept")
    return "\n".join((request.protocol, host, port, asked.target, accept)).encode()


def _holds(request: Request, reply: Reply) -> float:
    """The seconds for which an answer is kept: 0 for what is none, and for a refusal."""
    if request.port == WHOIS_PORT and request.protocol == "tcp":
        return HOLDS.get(whois.read(reply.payload).outcome, 0.0)
    try:
        response = HttpResponse.from_bytes(reply.payload)
    except NotHttp:
        return 0.0
    if HttpRequest.from_bytes(request.payload).header("Accept") == bootstrap.LIST_TYPE:
        is_whole = (
            response.status == HTTPStatus.OK and bootstrap.read(response.body).complete
        )
        return LIST_FOR if is_whole else 0.0
    media_type = response.header("Content-Type")
    record = rdap.read(response.body, status=response.status, content_type=media_type)
    # Some send a record behind the status of an error: nobody knows for how long.
    if record.outcome is Meaning.FOUND and response.status != HTTPStatus.OK:
        return 0.0
    return HOLDS.get(record.outcome, 0.0)
