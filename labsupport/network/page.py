"""The real Internet as a page in a browser reaches it: over HTTP, where a server lets pages ask.

The browser looks up names, chooses the address, judges the certificate and follows redirects, and
shows nothing of that. So what is recorded as the address is the one that the DNS gave, and not
seen; nobody is known to have answered from it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labsupport.bounds import LARGEST_MESSAGE
from labsupport.exchange import (
    PORTS,
    NotSent,
    Outcome,
    Reply,
    Request,
    Silence,
    Unusable,
)
from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.network.live import OF_THE_CONNECTION, LiveNetwork

if TYPE_CHECKING:
    from labsupport.network.live import _Attempt

# What a browser says of itself, and of nobody else's.
OF_THE_BROWSER = {"host", "user-agent", "content-length", "content-type"}
# by the browser, before it hands a body over
UNDONE = {
    *OF_THE_CONNECTION,
    "content-encoding",
}


class PageNetwork(LiveNetwork):
    """Sends what goes over HTTP by way of the browser, and nothing else.

    `note` takes a sentence that is said with the answer: why a browser may have handed over none.
    """

    note: Callable[[str], None]

    def send(self, request: Request) -> Outcome:
        """Deliver `request` where a page can, and it may go there; return what became of it."""
        if request.protocol not in PORTS:
            return NotSent(None, 0.0, (), self.say("page.not_from_here"))
        return super().send(request)

    def _http(self, attempt: _Attempt) -> Outcome:
        """Ask by a request of the page, and wait for what comes of it."""
        from js import URL  # type: ignore[import-not-found]

        request = attempt.request
        asked = HttpRequest.from_bytes(request.payload)
        url = f"{request.protocol}://{asked.header('Host')}{asked.target}"
        # a resolver's (RFC 8484 section 4.1): of a POST, servers are asked before
        if asked.body:
            separator = "&" if "?" in url else "?"
            message = base64.urlsafe_b64encode(asked.body).rstrip(b"=").decode()
            url = f"{url}{separator}dns={message}"
        going = self._asked(asked, url, request.timeout)
        if going is None:
            self.note(self.say("page.nothing_came", host=asked.header("Host")))
            return Silence(None, attempt.elapsed)
        body = going.response.to_bytes()
        reason = ""
        if going.responseURL != URL.new(url).href:
            reason = self.say("page.led_elsewhere", url=going.responseURL)
        elif len(body) > LARGEST_MESSAGE:
            reason = self.say("page.sent_far_more_than")
        if reason:
            return Unusable(None, attempt.elapsed, reason=reason)
        headers = []
        for line in going.getAllResponseHeaders().splitlines():
            key, _, value = line.partition(":")
            if key not in UNDONE:
                headers.append((key, value.strip()))
        answer = HttpResponse(going.status, tuple(headers), body).to_bytes()
        return Reply(None, attempt.elapsed, payload=answer)

    def _asked(self, asked: HttpRequest, url: str, timeout: float) -> Any:
        """Return the request when it has come to an end; None where nothing is handed over."""
        from js import XMLHttpRequest
        from pyodide.ffi import JsException  # type: ignore[import-not-found]

        going = XMLHttpRequest.new()
        try:
            going.open("GET" if asked.body else asked.method, url, False)
            going.responseType, going.timeout = "arraybuffer", int(timeout * 1000)
            for key, value in asked.headers:
                if key.lower() not in OF_THE_BROWSER:
                    going.setRequestHeader(key, value)
            going.send()
        except JsException:
            return None
        return going
