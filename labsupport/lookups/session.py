"""What every lookup works with: a network, where it is entered, and a language to answer in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dns.message
import dns.name
import dns.rdatatype

from labsupport.dnscore.transport import Draw, Exchange, exchange, make_query
from labsupport.entry import Entry
from labsupport.exchange import Network, NotSent, Reply, TlsFailure
from labsupport.language import Language
from labsupport.lookups.words import tell
from labsupport.results import Provenance, Source

if TYPE_CHECKING:
    from labsupport.lookups.ways import Ways


@dataclass(frozen=True, slots=True)
class Session:
    """One participant's seat at one network.

    `holder` names the network that holds an address, `country` where that is registered;
    both return "" where nobody knows; `seen_as` returns how others see an address and a port
    of this side. `draw` chooses identifiers and source ports. `ways` knows what to do where
    questions do not get through; without it, nothing else is tried. What is made of answers is
    marked as `training` unless they come from the real Internet.
    """

    network: Network
    entry: Entry
    say: Language
    source: Source
    holder: Callable[[str], str] = lambda address: ""
    country: Callable[[str], str] = lambda address: ""
    draw: Draw = secrets.randbelow
    ways: Ways | None = None
    training: bool = True
    seen_as: Callable[[str, int], tuple[str, int]] = lambda address, port: (address, port)

    def ask_resolver(
        self,
        name: dns.name.Name,
        rdtype: dns.rdatatype.RdataType,
        *,
        checking_disabled: bool = False,
    ) -> Exchange:
        """Ask the connection's resolvers in turn, until one of them answers."""
        query = make_query(
            name, rdtype, recursion=True, checking_disabled=checking_disabled, draw=self.draw
        )
        key = "resolver.no_way" if self.entry.resolvers else "resolver.not_given"
        not_sent = NotSent(None, 0.0, (), tell(self.say, key))
        asked = Exchange(query, "", None, not_sent, 0, False)
        if self.ways is None or self.ways.is_open("resolver"):
            for address in filter(self.entry.source_for, self.entry.resolvers):
                asked = self._ask_at(address, query)
                if isinstance(asked.outcome, Reply) and self.ways is not None:
                    self.ways.got_through()
                # That another one is silent says less than that one could not be trusted.
                if isinstance(asked.outcome, Reply | TlsFailure):
                    return asked
        return asked if self.ways is None else self.ways.ask(self, query, asked)

    def _ask_at(self, address: str, query: dns.message.Message) -> Exchange:
        patience = 5.0 if self.ways is None else self.ways.patience
        if self.entry.resolver_url:
            from labsupport.lookups import chosen  # late: few ask this way

            return chosen.ask(self, query, address, timeout=patience)
        return exchange(
            *(self.network.send, query),
            source=self.entry.source_for(address),
            to_address=address,
            timeout=patience,
            draw=self.draw,
        )

    def named(self, address: str) -> str:
        """Return a server's address with its holder's name, where that is known."""
        holder = self.holder(address)
        return f"{address} ({holder})" if holder else address

    def provenance(self, server: str, *, answered: bool = True) -> Provenance:
        """Say where an answer came from, or who was asked in vain, now."""
        return Provenance(self.source, server, self.network.clock.now(), answered)
