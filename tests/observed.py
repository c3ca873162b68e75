"""The lab with the routes that a test gives it, and what its observatory is asked."""

from __future__ import annotations

from labsupport.exchange import Outcome, Request
from labsupport.network.offline import OfflineNetwork
from labsupport.servers.observatory import SITE
from labsupport.world import World
from labsupport.world.routing import Routing

WORLD = World.load()
(HOME,) = (site.addresses for site in WORLD.sites if site.name == SITE)


class Observed(OfflineNetwork):
    """The lab with `routing`; `asked` is what the observatory was asked."""

    def __init__(self, routing: Routing = WORLD.routing) -> None:
        super().__init__(WORLD, routing=routing)
        self.asked: list[str] = []

    def send(self, request: Request) -> Outcome:
        if request.to_address in HOME:
            self.asked.append(request.payload.split()[1].decode())
        return super().send(request)
