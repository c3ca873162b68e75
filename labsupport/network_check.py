"""What the network of this room lets through: tried one by one, each with a small question.

Nobody's name is asked for: only the root's own records, and the front doors of public services.
"""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from itertools import chain

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from labsupport.dns.transport import make_query, read_response, source_port
from labsupport.exchange import DNS_PORT, WHOIS_PORT, Outcome, Reply, Request
from labsupport.inputs.urls import url_of
from labsupport.lookups.resolvers import Fallback
from labsupport.lookups.session import Session
from labsupport.lookups.web import ask_over_https, find_address, look, resolver_url

PATIENCE = 3.0  # seconds a try: all are made at once, and a dead network must end soon
TOOL = "traceroute"
CLOCK_MAY_BE_OFF = 60.0  # seconds
NS = dns.rdatatype.NS

Check = Callable[[Session], bool]


@dataclass(frozen=True, slots=True)
class RoomCheck:
    """What was found: whether each way is open, by its key, in the order of WAYS.

    `clock_ahead` is by how many seconds this computer's clock is ahead of a server's, None where
    that is not known. Evidence with a wrong time names the wrong subscriber.
    """

    is_open: dict[str, bool]
    clock_ahead: float | None = None

    @property
    def clock_is_off(self) -> bool:
        """Whether the clock is so far off that it should be set."""
        return self.clock_ahead is not None and abs(self.clock_ahead) > CLOCK_MAY_BE_OFF


def examine(session: Session) -> RoomCheck:
    """Try every way out, all at once; then those for which a name must be looked up."""
    is_open = dict.fromkeys(WAYS, False)
    is_open |= _try_all(session, WAYS.keys() - BY_NAME)
    ahead = None
    if not is_open["53/udp"] and is_open["443 doh"]:
        session = replace(session, resolve=Fallback().ask)
    if is_open["53/udp"] or is_open["443 doh"]:
        is_open |= _try_all(session, BY_NAME)
    if is_open["443 rdap"]:
        ahead = _clock_ahead(session)
    return RoomCheck(is_open, ahead)


def _try_all(session: Session, ways: Set[str]) -> dict[str, bool]:
    if sys.platform == "emscripten":  # no threads, and most are refused at once
        return {way: WAYS[way](session) for way in ways}
    with ThreadPoolExecutor(len(ways)) as threads:
        results = threads.map(lambda way: WAYS[way](session), ways)
        return dict(zip(ways, results, strict=True))


def _clock_ahead(session: Session) -> float | None:
    before = session.network.clock.now()
    date = _header(session, "Date")
    try:
        server_clock = parsedate_to_datetime(date or "").timestamp()
    except (TypeError, ValueError):
        return None
    return (before + session.network.clock.now()) / 2 - server_clock


def _resolver(session: Session, protocol: str) -> bool:
    address = next(iter(session.entry.resolvers), "")
    return _answers(session, address, protocol, recursion=True)


def _root(session: Session, sign: str) -> bool:
    """Whether a root server answers at its address of the family with this sign in it."""
    addresses = chain.from_iterable(session.entry.root_hints.values())
    address = next((address for address in addresses if sign in address), "")
    return _answers(session, address, "udp", recursion=False)


def _answers(session: Session, address: str, protocol: str, *, recursion: bool) -> bool:
    """Whether a server answers for the root's name servers; one that is no root says so by AA."""
    source = session.entry.source_for(address) if address else ""
    if not source:
        return False
    query = make_query(dns.name.root, NS, recursion=recursion)
    port = source_port(secrets.randbelow)
    wire = query.to_wire()
    request = Request(
        source, port, address, DNS_PORT, protocol, None, wire, timeout=PATIENCE
    )
    response = _read(query, session.network.send(request))
    if response is None:
        return False
    return recursion or bool(response.flags & dns.flags.AA)


def _read(query: dns.message.Message, outcome: Outcome) -> dns.message.Message | None:
    if isinstance(outcome, Reply):
        return read_response(query, outcome.payload)
    return None


def _over_https(session: Session) -> bool:
    query = make_query(dns.name.root, NS, recursion=True)
    for _, name, address, *_ in session.entry.public_resolvers[:1]:
        if session.entry.source_for(address):
            outcome = ask_over_https(
                session, resolver_url(name), address, query.to_wire()
            )
            return _read(query, outcome) is not None
    return False


def _header(session: Session, name: str) -> str | None:
    """Return a header of the list of RDAP servers, without its content; None where none comes."""
    url = url_of(f"{session.entry.rdap_bootstrap}dns.json")
    _, address = find_address(session, url.name)
    response = look(session, url, address).response if address else None
    if response is None:
        return None
    return response.header(name)


def _whois(session: Session) -> bool:
    _, address = find_address(session, dns.name.from_text(session.entry.whois_root))
    source = session.entry.source_for(address) if address else ""
    if not source:
        return False
    request = Request(
        source, 0, address, WHOIS_PORT, "tcp", None, b"test\r\n", timeout=PATIENCE
    )
    return isinstance(session.network.send(request), Reply)


def _has_tool(session: Session) -> bool:
    tool = "tracert" if sys.platform == "win32" else TOOL
    return shutil.which(tool) is not None


# Each way out by its key; what it is, and what is lost without it, stands in sentences.toml.
WAYS: dict[str, Check] = {
    "53/udp": partial(_resolver, protocol="udp"),
    "53/tcp": partial(_resolver, protocol="tcp"),
    "53 root": partial(_root, sign="."),
    "443 doh": _over_https,
    "443 rdap": lambda session: _header(session, "Content-Type") is not None,
    "43": _whois,
    "ipv6": partial(_root, sign=":"),
    TOOL: _has_tool,
}
BY_NAME = {"443 rdap", "43"}  # for these a name is looked up
