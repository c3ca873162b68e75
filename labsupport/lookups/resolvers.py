"""Asking the resolvers of a connection: in the clear, or over HTTPS.

Encrypted, nobody on the way to the resolver reads what is asked, or answers in its place. The
resolver itself sees it all the same. Training rooms and government networks let out less than the
Internet offers: who was asked instead is said with the answer, for somebody else sees it then.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import dns.message

from labsupport.dns.transport import RESOLVER_PATH, Exchange, concluded, exchange
from labsupport.exchange import (
    HTTPS_PORT,
    Endpoint,
    NotSent,
    Reply,
    TlsFailure,
    dns_endpoints,
)
from labsupport.inputs.urls import Url, url_of
from labsupport.kinds import Kind
from labsupport.lookups.lookup import Unanswered, unanswered
from labsupport.lookups.session import Session

PATIENCE = (
    3.0  # seconds that a resolver has to answer, where another may be asked instead
)
IMPATIENCE = 1.0  # seconds, where a moment ago nothing at all got through
DEAD_FOR = 30.0  # seconds for which nobody waits long again
CLOSED_FOR = 300.0  # seconds until resolvers that did not answer are tried again


def ask(
    session: Session, query: dns.message.Message, *, timeout: float = 5.0
) -> Exchange:
    """Ask the connection's resolvers in turn, until one of them answers, and nobody else.

    They are asked over HTTPS where the session's entry says so, else over UDP and TCP. `timeout`
    is in seconds.
    """
    key = "resolver.no_way" if session.entry.resolvers else "resolver.not_given"
    nothing = NotSent(None, 0.0, (), session.say(key))
    asked = Exchange(query, "", None, nothing, 0, False)
    for address in filter(session.entry.source_for, session.entry.resolvers):
        if session.entry.resolver_url:
            from labsupport.lookups.web import ask_over_https  # late: few ask so

            url = url_of(session.entry.resolver_url, addresses=True)
            wire = query.to_wire()
            outcome = ask_over_https(session, url, address, wire, timeout=timeout)
            asked = concluded(query, address, outcome)
        else:
            source = session.entry.source_for(address)
            asked = exchange(
                session.network.send, query, source, address, timeout, session.draw
            )
        # That another one is silent says less than that one could not be trusted.
        if isinstance(asked.outcome, Reply | TlsFailure):
            break
    return asked


class Fallback:
    """Asks a public resolver over HTTPS where the connection's own do not answer.

    It remembers for a while what does not get through: `closed` are ports, as in a session. `said`
    are remarks on what was done instead, since it was last emptied.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed: dict[int, float] = {}
        self._closed_since = self._dead_since = float("-inf")

    def note(self, remark: str) -> None:
        """Say with the answer, once, what was done instead."""
        if remark not in self.said:
            self.said.append(remark)

    def ask(self, session: Session, query: dns.message.Message) -> Exchange:
        """Ask the connection's resolvers, then a public one.

        Where a person chose an encrypted way, nobody else is asked.
        """
        if session.entry.resolver_url:
            return ask(session, query, timeout=PATIENCE)
        now = time.monotonic()
        asked = None
        is_dead = now - self._dead_since < DEAD_FOR
        is_closed = now - self._closed_since < CLOSED_FOR
        if not is_closed:
            asked = ask(session, query, timeout=IMPATIENCE if is_dead else PATIENCE)
            if isinstance(asked.outcome, Reply):
                self._dead_since = float("-inf")
            if is_dead or isinstance(asked.outcome, Reply):
                return asked
        # late, as above
        from labsupport.lookups.web import (
            ask_over_https,
            resolver_url,
        )

        for operator, name, *addresses in session.entry.public_resolvers:
            for address in filter(session.entry.source_for, addresses):
                wire = query.to_wire()
                url = resolver_url(name)
                outcome = ask_over_https(session, url, address, wire, timeout=PATIENCE)
                over_https = concluded(query, address, outcome)
                if over_https.response is not None:
                    if not is_closed:
                        self._closed_since = now
                    key = "resolver.over_https"
                    self.note(session.say(key, operator=operator, address=address))
                    return over_https
        # Nothing gets through: all is tried later.
        self._closed_since, self._dead_since = float("-inf"), time.monotonic()
        return asked or ask(session, query, timeout=IMPATIENCE)


# A resolver that a person chose


@dataclass(frozen=True, slots=True)
class Chosen:
    """A resolver: its addresses, and how it is asked where that is not by UDP and TCP.

    `url` is as in an `Entry`. `named` says that its name led to the addresses.
    """

    addresses: tuple[str, ...]
    url: str = ""
    named: bool = False

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where a person's own addresses are asked; none that a name led to."""
        if self.named:
            return ()
        if self.url:
            return tuple((address, HTTPS_PORT, "https") for address in self.addresses)
        return dns_endpoints(self.addresses)


def choose(session: Session, asked: str | Url) -> Chosen | Unanswered:
    """Return the resolver that is asked at an address, or at a page over HTTPS.

    Where its name stands there, the connection's present resolver is asked for its addresses.
    """
    from labsupport.lookups.web import AAAA, A, ask_address  # late, as above

    if isinstance(asked, str):
        return Chosen((asked,))
    url = str(asked if asked.target != "/" else replace(asked, target=RESOLVER_PATH))
    if asked.address:
        return Chosen((asked.address,), url)
    if not session.network.covers(asked.name.to_text()):
        return unanswered(Kind.NOT_COVERED, "resolver.not_here", name=asked.host)
    addresses = []
    for rdtype in (A, AAAA):
        _, address = ask_address(session, asked.name, rdtype)
        if address and session.entry.source_for(address):
            addresses.append(address)
    if not addresses:
        return unanswered(Kind.NO_ANSWER, "resolver.no_address", name=asked.host)
    return Chosen(tuple(addresses), url, named=True)
