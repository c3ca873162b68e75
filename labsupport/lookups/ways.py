"""What gets through from a real connection, and what is done instead of what does not.

Training rooms and government networks let out less than the Internet offers. What was asked
instead, and of whom, is said with the answer: never silently, for somebody else sees it then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import dns.message

from labsupport.dnscore.transport import Exchange, ask_once, concluded
from labsupport.lookups.names import Typed
from labsupport.lookups.numbers import Number
from labsupport.lookups.session import Session
from labsupport.lookups.words import tell
from labsupport.results import Kind, Result

PATIENCE = 3.0  # seconds that a resolver has to answer
IMPATIENCE = 1.0  # seconds, where a moment ago nothing at all got through
DEAD_FOR = 30.0  # seconds for which nobody waits long again
CLOSED_FOR = 300.0  # seconds until a way that was closed is tried again


class Ways:
    """Remembers for a lab which ways are closed, and what was done instead.

    `said` are remarks on what was done instead, since it was last emptied.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self._closed: dict[str, float] = {}
        self._dead_since = -DEAD_FOR

    @property
    def is_dead(self) -> bool:
        """Whether nothing at all got through a moment ago."""
        return time.monotonic() - self._dead_since < DEAD_FOR

    @property
    def patience(self) -> float:
        """The seconds that a resolver has to answer."""
        return IMPATIENCE if self.is_dead else PATIENCE

    def is_open(self, way: str) -> bool:
        """Say whether a way ("resolver", "whois") is worth a try."""
        return time.monotonic() - self._closed.get(way, -CLOSED_FOR) >= CLOSED_FOR

    def close(self, way: str) -> None:
        """Remember that nothing gets through."""
        self._closed[way] = time.monotonic()

    def got_through(self) -> None:
        """Remember that something does get through."""
        self._dead_since = -DEAD_FOR

    def note(self, remark: str) -> None:
        """Say with the answer, once, what was done instead."""
        if remark not in self.said:
            self.said.append(remark)

    def ask(self, session: Session, query: dns.message.Message, asked: Exchange) -> Exchange:
        """Ask in another way what the connection's resolvers did not answer over UDP.

        That is over TCP, and then of a public resolver over HTTPS. `asked` comes back where
        nothing else gets through, and where a person chose an encrypted way: nothing leaves
        in the clear instead.
        """
        if self.is_dead or session.entry.resolver_url:
            return asked
        if self.is_open("resolver"):
            for found in _over_tcp(session, query):
                if found.response is not None:
                    self.note(tell(session.say, "resolver.over_tcp"))
                    return found
        for operator, found in _over_https(session, query):
            if found.response is not None:
                self.close("resolver")
                who = {"operator": operator, "address": found.to_address}
                self.note(tell(session.say, "resolver.over_https", **who))
                return found
        self._closed.pop("resolver", None)  # nothing gets through: all is tried later
        self._dead_since = time.monotonic()
        return asked

    def whois(self, session: Session, asked: Typed | Number) -> Result:
        """Ask WHOIS servers, or by RDAP where port 43 does not let that through."""
        from labsupport.lookups import rdap, whois

        found = whois.whois(session, asked)
        if self.is_open("whois"):
            return found
        instead = rdap.rdap(session, asked)
        if instead.kind is Kind.NO_ANSWER:
            return found
        self.note(tell(session.say, "resolver.by_rdap"))
        return instead


def _over_tcp(session: Session, query: dns.message.Message) -> Iterator[Exchange]:
    for address in session.entry.resolvers[:1]:
        if source := session.entry.source_for(address):
            way = {"source": source, "to_address": address, "protocol": "tcp"}
            send, wire = session.network.send, query.to_wire()
            outcome = ask_once(send, wire, **way, timeout=PATIENCE, draw=session.draw)
            yield concluded(query, address, outcome)


def _over_https(session: Session, query: dns.message.Message) -> Iterator[tuple[str, Exchange]]:
    from labsupport.lookups import web  # late: it imports what imports this

    for operator, name, *addresses in session.entry.public_resolvers:
        for address in addresses:
            if session.entry.source_for(address):
                url = web.resolver_url(name)
                outcome = web.ask_over_https(
                    session, url, address, query.to_wire(), timeout=PATIENCE
                )
                yield operator, concluded(query, address, outcome)
