"""A seat in the lab whose observatory sees the routes that a test gives it."""

from __future__ import annotations

from labsupport.entry import Entry
from labsupport.exchange import Outcome, Request
from labsupport.language import Language
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.results import Source
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


def seat(network: OfflineNetwork) -> Session:
    """Sit at the first connection of the lab."""
    connection = WORLD.connections[0]
    entry = Entry(
        connection.key,
        connection.sources[0],
        connection.sources[1] or "",
        connection.resolvers,
        WORLD.root_hints,
        WORLD.trust_anchor,
        WORLD.certificate_authority.root,
    )
    return Session(network, entry, Language.load("en"), Source.LAB)
