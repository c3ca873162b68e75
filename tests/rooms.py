"""A network that lets less through than the lab's."""

from __future__ import annotations

from collections.abc import Collection

from labsupport.exchange import Around, Network, Outcome, Request, Silence

Way = tuple[int, str]
"""A port, and how it is asked."""


class Room(Around):
    """Carries over `network`, but for what is `closed`; `sent` is what was tried, in order."""

    def __init__(self, network: Network, closed: Collection[Way]) -> None:
        super().__init__(network)
        self.closed = closed
        self.sent: list[Way] = []

    def send(self, request: Request) -> Outcome:
        way = request.port, request.protocol
        self.sent.append(way)
        if way in self.closed:
            return Silence(None, request.timeout)
        return self.network.send(request)
