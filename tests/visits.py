"""A seat in the lab for tests that visit pages, and what the lab tells of the ways to them."""

from __future__ import annotations

from collections.abc import Iterable

from labsupport import Lab
from labsupport.exchange.entry import Entry
from labsupport.exchange.rules import Rule
from labsupport.kinds import Source
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.lookups import resolvers
from labsupport.lookups.session import Session
from labsupport.network.offline import OfflineNetwork
from labsupport.servers import observatory
from labsupport.world import World

WORLD = World.load()
SAY = Language.load("en")
LAB = Lab("en")
SERVICES, carriers = context_of(LAB).inside.services, context_of(LAB).inside.carriers


def seat(
    key: str = "fibra-sur",
    rules: Iterable[Rule] = (),
    network: OfflineNetwork | None = None,
) -> Session:
    """Sit at a connection of `network`, or of a lab of its own under `rules`."""
    connection = next(one for one in WORLD.connections if one.key == key)
    entry = Entry(
        connection.key,
        connection.sources[0],
        connection.sources[1],
        connection.resolvers,
        WORLD.root_hints,
        WORLD.trust_anchor,
        WORLD.certificate_authority.root,
        observatory=f"https://{observatory.SITE}/",
    )
    network = network or OfflineNetwork(WORLD, rules)
    return Session(network, entry, SAY, Source.LAB, resolvers.ask, holder)


def holder(address: str) -> str:
    network = WORLD.network_of(address)
    return network.name if network else ""
