"""A wrapper that spares servers: not too many questions to one, and none while it asks to wait.

Forty people behind one address look like one who asks forty times. A directory that shuts such an
address out answers nobody in the room any more.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from dataclasses import dataclass

from labsupport.dns.transport import RESOLVER_PATH
from labsupport.exchange import (
    WHOIS_PORT,
    Around,
    Endpoint,
    Network,
    NotSent,
    Outcome,
    Reply,
    Request,
)
from labsupport.exchange.http import HttpRequest, NotHttp
from labsupport.language import Language
from labsupport.network.live import LiveNetwork

DIRECTORIES = ("http", "https")
AT_ONCE = 10  # questions that a directory may get in a row, for one participant
SECONDS_EACH = 2.0  # in which it gets one more
LONGEST_WAIT = 10.0  # seconds that a participant waits for it
# What a server says that wants to be left alone for a while (RFC 6585 section 4, RFC 9110 15.6.4).
BUSY = re.compile(rb"HTTP/1\.1 (?:429|503)\b")
RETRY_AFTER = re.compile(rb"\r\nretry-after: *([0-9]{1,9})\r\n", re.IGNORECASE)


@dataclass(slots=True)
class _Server:
    """How many questions a server may still get at once, as of when; until when it rests."""

    left: float = AT_ONCE
    when: float = 0.0
    rests_until: float = 0.0


class RateLimitedNetwork(Around):
    """Carries requests over `network`, at a pace that its servers bear.

    Directories (WHOIS, RDAP and what else answers over HTTP) get at most AT_ONCE questions in a
    row and then one in SECONDS_EACH; DNS, over HTTPS too, has no limit. A server that asks to wait
    (Retry-After) is asked once more after that, where it is short, and left alone until then where
    it is not.
    """

    now = staticmethod(time.monotonic)
    sleep = staticmethod(time.sleep)

    def __init__(self, network: Network, say: Language) -> None:
        super().__init__(network)
        self.say = say
        self._servers: dict[str, _Server] = {}
        self._turn = threading.Lock()

    def also_to(self, endpoint: Endpoint) -> RateLimitedNetwork:
        """Return the same network, in which what a person chose may be asked as well."""
        twin = copy.copy(self)  # with the same account of who was asked how often
        if isinstance(self.network, LiveNetwork):
            twin.network = self.network.also_to(endpoint)
        return twin

    def send(self, request: Request) -> Outcome:
        """Deliver `request` as soon as its server bears it, or say why not now."""
        if not _is_for_a_directory(request):
            return self.network.send(request)
        with self._turn:
            server = self._servers.setdefault(
                request.to_address, _Server(when=self.now())
            )
            wait = self._reserve(server)
        if wait > LONGEST_WAIT:
            return self._not_now(request, wait)
        self.sleep(wait)
        outcome = self.network.send(request)
        asked_to_wait = _asked_to_wait(outcome)
        if asked_to_wait is None:
            return outcome
        with self._turn:
            server.rests_until = self.now() + asked_to_wait
        if asked_to_wait > LONGEST_WAIT:
            return outcome
        self.sleep(asked_to_wait)
        return self.network.send(request)

    def _reserve(self, server: _Server) -> float:
        """Return the seconds to wait, and take a place; take none where that is too long."""
        now = self.now()
        server.left = min(AT_ONCE, server.left + (now - server.when) / SECONDS_EACH)
        server.when = now
        wait = max(server.rests_until - now, (1 - server.left) * SECONDS_EACH, 0.0)
        if wait <= LONGEST_WAIT:
            server.left -= 1
        return wait

    def _not_now(self, request: Request, wait: float) -> NotSent:
        server = request.server_name or request.to_address
        reason = self.say("rate_limit.too_often", server=server, count=round(wait))
        return NotSent(None, 0.0, (), reason)


def _is_for_a_directory(request: Request) -> bool:
    if request.protocol == "tcp":
        return request.port == WHOIS_PORT
    if request.protocol not in DIRECTORIES:
        return False
    try:
        return HttpRequest.from_bytes(request.payload).target != RESOLVER_PATH
    except NotHttp:
        return True


def _asked_to_wait(outcome: Outcome) -> float | None:
    """The seconds that a server asks to wait, None where it asks for nothing."""
    if not isinstance(outcome, Reply) or not BUSY.match(outcome.payload):
        return None
    head = outcome.payload.partition(b"\r\n\r\n")[0] + b"\r\n"
    header = RETRY_AFTER.search(head)
    return float(header[1]) if header else None
