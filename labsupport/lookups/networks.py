"""`lab.routes.networks()`: the networks of the lab, and who hands packets to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labsupport.lookups.lookup import Lookup


@dataclass(frozen=True, slots=True)
class NetworkNode:
    """A network and its neighbours, by AS number. `peers` meet it at an exchange point."""

    asn: int
    name: str
    kind: str
    country: str
    providers: tuple[int, ...]
    peers: tuple[int, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Networks(Lookup):
    """All networks of the lab."""

    nodes: Sequence[NetworkNode]

    @property
    def exchange(self) -> str:
        """The name of the exchange point."""
        (name,) = (node.name for node in self.nodes if node.kind == "exchange point")
        return name

    @property
    def members(self) -> list[NetworkNode]:
        """The networks that meet at the exchange point."""
        return [node for node in self.nodes if node.peers]

    def sellers(self, node: NetworkNode) -> list[str]:
        """Return the names of the networks from which one buys its connection."""
        names = {network.asn: network.name for network in self.nodes}
        return [names[asn] for asn in node.providers]
