"""Asking each page once: a network for a lookup that puts many questions to the same servers."""

from __future__ import annotations

from labsupport.exchange import Around, Network, Outcome, Request

PAGES = ("http", "https")


class Once(Around):
    """Hands requests to `network`; a page that was asked for before is not asked for again.

    It lasts as long as one lookup: what it remembers is never older than that.
    """

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self._known: dict[tuple[object, ...], Outcome] = {}

    def send(self, request: Request) -> Outcome:
        """Deliver `request`, or return what became of the same one before."""
        if request.protocol not in PAGES:
            return self.network.send(request)
        key = (request.to_address, request.port, request.server_name, request.payload)
        if key not in self._known:
            self._known[key] = self.network.send(request)
        return self._known[key]
