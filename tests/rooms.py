"""Networks that are the lab's but for something: what they let through, or one machine."""

from __future__ import annotations

from collections.abc import Callable, Collection

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


class Replaced(Around):
    """Carries over `network`, but the machine at `addresses` does as `how` says.

    Probes of the way reach the machine as ever.
    """

    def __init__(
        self,
        network: Network,
        addresses: Collection[str],
        how: Callable[[Request], Outcome],
    ) -> None:
        super().__init__(network)
        self.addresses = addresses
        self.how = how

    def send(self, request: Request) -> Outcome:
        if request.to_address in self.addresses and request.protocol != "icmp":
            return self.how(request)
        return self.network.send(request)
