"""Where a network is entered: what a lookup must know before its first question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Entry:
    """The starting points of one network, seen from one connection.

    `root_hints` maps the root servers' names to their addresses; `trust_anchor` is the root's DS
    record set as master-file text; `resolvers` are the addresses a connection is given to ask, over
    UDP and TCP, or in the encrypted way that `resolver_url` says
    ("https://dns.resuelve.example/dns-query"); `source` and `source6` are the connection's own
    addresses (an empty `source6`: no IPv6); `certificate_authority` has the roots that are trusted,
    as PEM, b"" where a browser judges, which shows no certificate. `rdap_bootstrap` is the web
    address of the folder with the lists that say which RDAP server knows what (RFC 9224: dns.json,
    ipv4.json, ipv6.json, asn.json), `rdap_lists` are copies of them, by their kind, for where they
    cannot be fetched; `whois_root` is the host of the WHOIS server to ask first, `certificate_log`
    the web address that searches logs of certificates, `time_stamps` that of a time-stamping
    authority (RFC 3161), `passive_dns` that of an observatory which collects names seen at
    addresses, `observatory` that of one which collects announcements. What is not known is "".
    `origins` is the zone in which the DNS says which network announces an address. `access` has an
    address in each access network that is known, `countries` the names of codes. `public_resolvers`
    are asked over HTTPS where the connection's own do not answer: an operator, the name of its
    machine, and addresses each. `world` is the version of the lab's world, "" where the lab does
    not answer.

    With the lab's entry the live code runs against the lab, and with the real one
    against the real Internet.
    """

    connection: str
    source: str
    source6: str
    resolvers: tuple[str, ...]
    root_hints: Mapping[str, tuple[str, ...]]
    trust_anchor: str
    certificate_authority: bytes = b""
    rdap_bootstrap: str = ""
    whois_root: str = ""
    certificate_log: str = ""
    time_stamps: str = ""
    passive_dns: str = ""
    observatory: str = ""
    origins: str = ""
    access: tuple[str, ...] = ()
    public_resolvers: tuple[tuple[str, ...], ...] = ()
    countries: Mapping[str, str] = field(default_factory=dict)
    resolver_url: str = ""
    rdap_lists: Mapping[str, str] = field(default_factory=dict)
    world: str = ""

    @property
    def asked_resolvers(self) -> tuple[str, ...]:
        """Who is asked for names, as people write it."""
        return (self.resolver_url,) if self.resolver_url else self.resolvers

    def source_for(self, to_address: str) -> str:
        """Return the connection's own address of the same family as `to_address`, or ""."""
        return self.source6 if ":" in to_address else self.source
