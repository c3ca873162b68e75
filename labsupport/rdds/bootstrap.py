"""The lists that say which RDAP server knows what (RFC 9224), read and looked through.

IANA publishes one for names, one for each kind of address and one for AS numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from labsupport.rdds import jsontext, values
from labsupport.rdds.record import LARGEST_AS_NUMBER, Address, Prefix

LIST_TYPE = "application/json"  # of a list; what a server knows has a type of its own

Servers = tuple[str, ...]
Resource = str | Address | Prefix | int
"""What a server can be looked for: a name in A-labels, an address, a prefix, or an AS number."""


@dataclass(slots=True)
class Bootstrap:
    """A list as it was read: base addresses of servers, by name, prefix and AS number.

    `complete` tells whether everything in it was read. A list that was cut short proves nothing
    by what is not in it: of such a one nothing is here.
    """

    complete: bool = False
    publication: str = ""
    names: dict[str, Servers] = field(default_factory=dict)
    prefixes: dict[Prefix, Servers] = field(default_factory=dict)
    as_numbers: dict[tuple[int, int], Servers] = field(default_factory=dict)

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
            return self._find_number(resource)
        if isinstance(resource, str):
            return self._find_name(resource)
        return self._find_prefix(ip_network(resource))

    def _find_number(self, asn: int) -> Servers:
        closest: Servers = ()
        smallest = LARGEST_AS_NUMBER + 1
        for (first, last), servers in self.as_numbers.items():
            size = last - first
            if first <= asn <= last and size < smallest:
                closest = servers
                smallest = size
        return closest

    def _find_name(self, name: str) -> Servers:
        labels = name.lower().removesuffix(".").split(".")
        # The root's entry, the empty one, is the last to fit.
        for first in range(len(labels) + 1):
            ending = ".".join(labels[first:])
            if ending in self.names:
                return self.names[ending]
        return ()

    def _find_prefix(self, prefix: Prefix) -> Servers:
        for length in range(prefix.prefixlen, -1, -1):
            holding = prefix.supernet(new_prefix=length)
            if holding in self.prefixes:
                return self.prefixes[holding]
        return ()


def read(data: bytes) -> Bootstrap:
    """Read a list. Never raises: a list that cannot be read whole is empty, and not `complete`.

    >>> cut = read(b'{"version": "1.0", "services": [[["64496-64511"], ["https://rd')
    >>> cut.complete, cut.find(64500)
    (False, ())
    """
    answer = jsontext.read(data)
    value: Any = answer.value
    bootstrap = Bootstrap(not answer.problems)
    try:
        bootstrap.publication = str(value.get("publication", ""))
        if value["version"] != "1.0" or not value["services"]:
            return Bootstrap()
        for entries, urls in value["services"]:
            # https before http (RFC 9224 section 3), with a stroke behind
            bases = sorted(
                map(_base, urls), key=lambda url: not url.startswith("https:")
            )
            for entry in entries:
                _enter(bootstrap, entry.strip(), (bases[0], *bases[1:]))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return Bootstrap()
    return bootstrap


def _base(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError(url)
    return f"{url.removesuffix('/')}/"


def _enter(bootstrap: Bootstrap, entry: str, servers: Servers) -> None:
    """Add an entry. Raises ValueError for what is none."""
    if "/" in entry:
        bootstrap.prefixes[ip_network(entry)] = servers
    elif entry[:1].isdigit():
        ends = values.numbers(entry)
        if ends is None:
            raise ValueError(entry)
        bootstrap.as_numbers[ends] = servers
    else:
        bootstrap.names[values.name(entry)] = servers
