"""The lists that say which RDAP server knows what (RFC 9224), read and looked through.

IANA publishes one for names, one for each kind of address and one for AS numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

from labsupport.bounds import MOST_SERVERS
from labsupport.directories import jsontext, values
from labsupport.directories.record import LARGEST_AS_NUMBER, Address, Prefix

VERSIONS = ("1.0",)
LIST_TYPE = "application/json"  # of a list; what a server knows has a type of its own

Servers = tuple[str, ...]
Resource = str | Address | Prefix | int
"""What a server can be looked for: a name, an address, a prefix, or an AS number as an int."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """A list as it was read: base addresses of servers, by name, prefix and AS number.

    `complete` tells whether everything in it was read. A list that was cut short proves nothing
    by what is not in it: without this, an address that somebody holds would look as if nobody
    did. `problems` says what could not be read, a sentence each.
    """

    publication: str = ""
    names: dict[str, Servers] = field(default_factory=dict)
    prefixes: dict[Prefix, Servers] = field(default_factory=dict)
    as_numbers: dict[tuple[int, int], Servers] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the list has at least one entry, and all of it could be read."""
        return not self.problems

    def find(self, resource: Resource) -> Servers:
        """Return the base addresses of the servers that know `resource`, https first.

        The closest entry counts: of names the one with the most labels, of prefixes the longest
        that holds all of `resource`, of ranges of AS numbers the smallest. Where there is none,
        the answer is empty; see `complete` for what that is worth.

        >>> data = b'{"version": "1.0", "services": [[["test"], ["https://rdap.nic.test/"]]]}'
        >>> read(data).find("escuela.com.test"), read(data).find("museo.example")
        (('https://rdap.nic.test/',), ())
        """
        if isinstance(resource, int):
            around = [ends for ends in self.as_numbers if ends[0] <= resource <= ends[1]]
            closest = min(around, key=lambda ends: ends[1] - ends[0], default=None)
            return self.as_numbers[closest] if closest else ()
        if isinstance(resource, str):
            try:
                labels = values.name(resource).split(".")
            except ValueError:
                return ()
            # The root's entry, the empty one, is the last to fit.
            names = (".".join(labels[first:]) for first in range(len(labels) + 1))
            return next((self.names[name] for name in names if name in self.names), ())
        prefix = ip_network(resource)
        holding = (prefix.supernet(new_prefix=size) for size in range(prefix.prefixlen, -1, -1))
        return next((self.prefixes[one] for one in holding if one in self.prefixes), ())


def read(data: bytes) -> Bootstrap:
    """Read a list. Never raises: what cannot be read is told in its `problems`.

    >>> cut = read(b'{"version": "1.0", "services": [[["64496-64511"], ["https://rd')
    >>> cut.complete, cut.find(64500)
    (False, ())
    """
    answer = jsontext.read(data)
    problems = list(answer.problems)
    value = answer.value
    if not isinstance(value, dict):
        return Bootstrap(problems=(*problems, "There is no list of servers in it."))
    publication = value.get("publication")
    found = Bootstrap(publication if isinstance(publication, str) else "")
    version = value.get("version")
    if version not in VERSIONS:
        problems.append(f"Its version is {values.shown(version)}, not {VERSIONS[0]}.")
    services = value.get("services")
    if not isinstance(services, list) or not services:
        problems.append("It has no services.")
        services = []
    for number, service in enumerate(services):
        at = f"services[{number}]"
        pair = service if isinstance(service, list) and len(service) == 2 else []
        if not pair or not all(isinstance(part, list) for part in pair):
            problems.append(f"{at} is no pair of entries and servers.")
            continue
        entries, urls = pair
        servers = _servers(urls, at, problems)
        for entry in entries:
            if not servers or not _enter(found, entry, servers):
                problems.append(f"{at}: {values.shown(entry)} is no entry with a server.")
    return replace(found, problems=tuple(problems))


def _servers(urls: list[Any], at: str, problems: list[str]) -> Servers:
    """Return the base addresses, https before http (RFC 9224 section 3), with a stroke behind."""
    found = []
    for url in urls:
        if not isinstance(url, str) or not _is_web_address(url):
            problems.append(f"{at}: {values.shown(url)} is no web address.")
            continue
        found.append(url if url.endswith("/") else f"{url}/")
    if len(found) > MOST_SERVERS:
        problems.append(f"{at} has more than {MOST_SERVERS} servers: the others were left out.")
        found = found[:MOST_SERVERS]
    return tuple(sorted(found, key=lambda url: not url.lower().startswith("https:")))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and url.isprintable()
            and not set(url) & set(' "<>\\?#')
        )
    except ValueError:
        return False


def _enter(found: Bootstrap, entry: object, servers: Servers) -> bool:
    """Add an entry to what was found; False for what is none. Equal entries are equivalent."""
    if not isinstance(entry, str):
        return False
    key: Any
    table: dict[Any, Servers]
    text = entry.strip()
    try:
        if "/" in text:
            table, key = found.prefixes, _prefix(text)
        elif all(map(_is_number, text.split("-", 1))):
            ends = text.split("-", 1)
            first, last = int(ends[0]), int(ends[-1])
            if not first <= last <= LARGEST_AS_NUMBER:
                return False
            table, key = found.as_numbers, (first, last)
        else:
            table, key = found.names, values.name(text)
    except ValueError:
        return False
    if known := table.get(key):
        servers = tuple(dict.fromkeys(known + servers))
    table[key] = servers[:MOST_SERVERS]
    return len(servers) <= MOST_SERVERS


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


def _prefix(text: str) -> Prefix:
    """Return the prefix. Raises ValueError for what is none, or has bits behind its length."""
    written, _, length = text.partition("/")
    address = values.address(written)
    if not _is_number(length):
        raise ValueError("no length")
    if isinstance(address, IPv4Address):
        return IPv4Network((address, int(length)))
    return IPv6Network((address, int(length)))
