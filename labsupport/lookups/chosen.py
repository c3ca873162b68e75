"""A resolver that a person chose, by its address or as one that is asked over TLS or HTTPS.

Encrypted, nobody on the way to the resolver reads what is asked, or answers in its place. The
resolver itself sees it all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

import dns.message
import dns.name
import dns.rdatatype

from labsupport.certificates import Trust, judge
from labsupport.dnscore.transport import Exchange, concluded, source_port
from labsupport.exchange import (
    DNS_OVER_TLS_PORT,
    DNS_PORT,
    HTTPS_PORT,
    Outcome,
    Reply,
    Request,
    TlsFailure,
)
from labsupport.lookups.names import NotUnderstood, read_question, shown
from labsupport.lookups.web import RESOLVER_PATH, Url, ask_address, ask_over_https
from labsupport.lookups.words import tell

if TYPE_CHECKING:
    from labsupport.lookups.session import Session

TLS, HTTPS = "tls", "https"
FORM = re.compile(r"(tls|https)://(\[[0-9a-f:.]+\]|[^/:@?#\[\]]+)(/[^?#\s]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A resolver: its addresses, and how it is asked where that is not by UDP and TCP.

    `url` is as in an `Entry`. `named` says that its name led to the addresses.
    """

    addresses: tuple[str, ...]
    url: str = ""
    named: bool = False

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """The addresses that a person typed, with the port; none that a name led to."""
        if self.named:
            return ()
        port = {"": DNS_PORT, TLS: DNS_OVER_TLS_PORT}.get(self.url.partition(":")[0], HTTPS_PORT)
        return tuple((address, port) for address in self.addresses)


def has_name(where: object) -> bool:
    """Say whether `where` is a resolver's name with the way to ask it, and no address.

    >>> has_name("tls://dns.resuelve.example"), has_name("198.18.104.104")
    (True, False)
    """
    return isinstance(where, str) and "://" in where and not _address(where)


def choose(session: Session, where: object) -> Chosen:
    """Return the resolver that `where` means; raise NotUnderstood when it means none.

    Where that is a name, the connection's present resolver is asked for its addresses.
    """
    say = session.say
    text = str(where).strip()
    if address := _address(text):
        return Chosen((address,))
    found = FORM.fullmatch(text)
    if found is None or (found.group(1).lower() == HTTPS and found.group(2).startswith("[")):
        raise NotUnderstood(tell(say, "resolver.none", where=repr(where)))
    scheme, host, path = found.group(1).lower(), found.group(2).strip("[]"), found.group(3) or ""
    if scheme == TLS and path.strip("/"):
        raise NotUnderstood(tell(say, "resolver.name_only"))
    target = "" if scheme == TLS else path if path.strip("/") else RESOLVER_PATH
    if address := _address(host):
        return Chosen((address,), f"{scheme}://{found.group(2)}{target}")
    typed, _ = read_question(host, "A", say)
    if not session.network.covers(typed.name.to_text()):
        raise NotUnderstood(tell(say, "resolver.not_here", name=typed.text))
    addresses = _addresses(session, typed.name)
    if not addresses:
        raise NotUnderstood(tell(say, "resolver.no_address", name=typed.text))
    return Chosen(addresses, f"{scheme}://{shown(typed.name)}{target}", named=True)


def ask(session: Session, query: dns.message.Message, address: str, *, timeout: float) -> Exchange:
    """Ask the resolver at `address` in the encrypted way that the session's entry says.

    `timeout` is in seconds. Nothing is asked where its certificate is not trusted.
    """
    found = FORM.fullmatch(session.entry.resolver_url)
    assert found is not None  # `choose` made it
    host, path = found.group(2).strip("[]"), found.group(3)
    if found.group(1) == HTTPS:
        url = Url(HTTPS, dns.name.from_text(host), path)
        outcome = ask_over_https(session, url, address, query.to_wire(), timeout=timeout)
    else:
        outcome = ask_over_tls(session, host, address, query.to_wire(), timeout=timeout)
    return concluded(query, address, outcome)


def ask_over_tls(
    session: Session, name: str, address: str, query: bytes, *, timeout: float
) -> Outcome:
    """Ask the resolver at `address` over TLS (RFC 7858); a Reply holds the DNS message.

    `name` is the resolver's, or its address, which its certificate must show. `query` is a DNS
    message, `timeout` is in seconds.
    """
    source = session.entry.source_for(address)
    port = source_port(session.draw)
    outcome = session.network.send(
        Request(source, port, address, DNS_OVER_TLS_PORT, TLS, name, query, timeout=timeout)
    )
    if not isinstance(outcome, Reply):
        return outcome
    shown, now = outcome.certificates, session.network.clock.now()
    trust = judge(shown, name, session.entry.certificate_authority, now)
    if trust is Trust.TRUSTED:
        return outcome
    return TlsFailure(outcome.from_address, outcome.elapsed, (), trust.value, shown)


def _addresses(session: Session, name: dns.name.Name) -> tuple[str, ...]:
    """All addresses of a name to which this connection has a way, IPv4 first."""
    found = []
    for rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        _, address = ask_address(session, name, rdtype)
        if address and session.entry.source_for(address):
            found.append(address)
    return tuple(found)


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""
