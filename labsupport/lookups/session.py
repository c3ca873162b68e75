"""What every lookup works with: a network, where it is entered, and a language to answer in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dns.message
import dns.name
import dns.rdatatype

from labsupport.dns.transport import Draw, Exchange, make_query
from labsupport.exchange import Network
from labsupport.exchange.entry import Entry
from labsupport.kinds import Provenance, Source

if TYPE_CHECKING:
    from labsupport.language import Language

RdataType = dns.rdatatype.RdataType


@dataclass(frozen=True, slots=True)
class Session:
    """One participant's seat at one network.

    `resolve` takes a question to the connection's resolvers. `holder` names the network that
    holds an address, `country` where that is registered; both return "" where nobody knows;
    `seen_as` returns how others see an address and a port of this side. `draw` chooses identifiers
    and source ports. `note` takes the key of a sentence, and its values, that is said with the
    answer. `closed` has the ports that did not get through, and until when they are not tried.
    What is made of answers is marked as `training` unless they come from the real Internet.
    """

    network: Network
    entry: Entry
    say: Language
    source: Source
    resolve: Callable[[Session, dns.message.Message], Exchange]
    holder: Callable[[str], str] = lambda address: ""
    country: Callable[[str], str] = lambda address: ""
    draw: Draw = secrets.randbelow
    training: bool = True
    seen_as: Callable[[str, int], tuple[str, int]] = lambda address, port: (
        address,
        port,
    )
    note: Callable[..., None] = lambda key, **values: None
    closed: dict[int, float] = field(default_factory=dict)

    def ask_resolver(
        self, name: dns.name.Name, rdtype: RdataType, *, checking_disabled: bool = False
    ) -> Exchange:
        """Ask for records of one type at a name."""
        query = make_query(
            name,
            rdtype,
            recursion=True,
            checking_disabled=checking_disabled,
            draw=self.draw,
        )
        return self.resolve(self, query)

    def records(self, name: dns.name.Name, rdtype: RdataType) -> list[Any]:
        """Ask for records of one type, and return those in the answer, whoever's they are."""
        response = self.ask_resolver(name, rdtype).response
        records: list[Any] = []
        for rrset in response.answer if response is not None else ():
            if rrset.rdtype == rdtype:
                records += rrset
        return records

    def named(self, address: str) -> str:
        """Return a server's address with its holder's name, where that is known."""
        holder = self.holder(address)
        return f"{address} ({holder})" if holder else address

    def provenance(self, server: str, *, answered: bool = True) -> Provenance:
        """Say where an answer came from, or who was asked in vain, now."""
        now = self.network.clock.now()
        return Provenance(self.source, server, now, answered, self.entry.world)
