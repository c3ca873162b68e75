"""The lists that say which RDAP server knows what (RFC 9224), read and looked through.

IANA publishes one for names, one for each kind of address and one for AS numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from labsupport.rdds import jsontext, values
from labsupport.rdds.record import Address, Prefix

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
            around = [ends for ends in self.as_numbers if ends[0] <= resource <= ends[1]]
            closest = min(around, key=lambda ends: ends[1] - ends[0], default=None)
            return self.as_numbers[closest] if closest else ()
        if isinstance(resource, str):
            labels = resource.lower().removesuffix(".").split(".")
            # The root's entry, the empty one, is the last to fit.
            names = (".".join(labels[first:]) for first in range(len(labels) + 1))
            return next((self.names[name] for name in names if name in self.names), ())
        prefix = ip_network(resource)
        holding = (prefix.supernet(new_prefix=size) for size in range(prefix.prefixlen, -1, -1))
        return next((self.prefixes[one] for one in holding if one in self.prefixes), ())


def read(data: bytes) -> Bootstrap:
    """Read a list. Never raises: a list that cannot be read whole is empty, and not `complete`.

    >>> cut = read(b'{"version": "1.0", "services": [[["64496-64511"], ["https://rd')
    >>> cut.complete, cut.find(64500)
    (False, ())
    """
    answer = jsontext.read(data)
    value: Any = answer.value
    found = Bootstrap(not answer.problems)
    try:
        found.publication = str(value.get("publication", ""))
        if value["version"] != "1.0" or not value["services"]:
            return Bootstrap()
        for entries, urls in value["services"]:
            # https before http (RFC 9224 section 3), with a stroke behind
            bases = sorted(map(_base, urls), key=lambda url: not url.startswith("https:"))
            for entry in entries:
                _enter(found, entry.strip(), (bases[0], *bases[1:]))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return Bootstrap()
    return found


def _base(url: str) -> str:
    if not url.startswith(("https://", "http://")):
        raise ValueError(url)
    return f"{url.removesuffix('/')}/"


def _enter(found: Bootstrap, entry: str, servers: Servers) -> None:
    """Add an entry to what was found. Raises ValueError for what is none."""
    if "/" in entry:
        found.prefixes[ip_network(entry)] = servers
    elif entry[:1].isdigit():
        ends = values.numbers(entry)
        if ends is None:
            raise ValueError(entry)
        found.as_numbers[ends] = servers
    else:
        found.names[values.name(entry)] = servers
