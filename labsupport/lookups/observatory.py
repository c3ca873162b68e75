"""Asking an observatory who announces what, and a registry's list who holds what.

The observatory answers in the form of RIPEstat's data API (https://stat.ripe.net/docs/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from ipaddress import ip_network
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from labsupport.bounds import MOST_VALUES
from labsupport.formats import delegated
from labsupport.formats.delegated import AddressOrPrefix, Prefix, Statistics
from labsupport.kinds import Kind
from labsupport.lookups.lookup import NoAnswer
from labsupport.lookups.session import Session
from labsupport.lookups.web import fetch, why_no_answer

T = TypeVar("T")

DELEGATED = "delegated-rir-lab-extended-latest"
AS_NAMES = "asn.txt"

# The sentence on what an observatory's silence does not say.
NOT_SAID = "observatory.not_said"
# What a service answers that is overloaded, or limits how often one may ask.
BUSY = (403, 429, 502, 503, 504)


class OriginValidation(StrEnum):
    """What route origin authorisations say of an announcement (RFC 6811 section 2).

    The words are RIPEstat's: it tells two kinds of invalid ones apart.
    """

    VALID = "valid"
    INVALID_ASN = "invalid_asn"
    INVALID_LENGTH = "invalid_length"
    UNKNOWN = "unknown"

    @property
    def contradicts(self) -> bool:
        """Whether networks that check origins refuse the announcement."""
        return self in (OriginValidation.INVALID_ASN, OriginValidation.INVALID_LENGTH)


def get(
    session: Session, url: str, not_said: str, empty: int = 0, **values: object
) -> bytes:
    """Return what a service answers; raise NoAnswer for what is none.

    `not_said` names the sentence on what that does not say; `values` fill it. `empty` is a code
    behind which an empty body is an answer, too.
    """
    fetched = fetch(session, url)
    response = fetched.response
    host = fetched.url.host
    if response is None:
        raise why_no_answer(fetched, not_said, **values)
    if response.status in BUSY:
        values["code"] = response.status
        raise NoAnswer(
            Kind.REFUSED, "observatory.refused", host, not_said=not_said, **values
        )
    if response.status != HTTPStatus.OK and (response.status != empty or response.body):
        raise useless(host, not_said, **values)
    return response.body


def useless(host: str, not_said: str, **values: object) -> NoAnswer:
    """Return what to raise for an answer that cannot be read."""
    return NoAnswer(
        Kind.FAILED, "observatory.useless", host, not_said=not_said, **values
    )


class SeenRoute(NamedTuple):
    """One network's route: `path` is the AS path, that network first, the origin last."""

    prefix: Prefix
    path: tuple[int, ...]

    @property
    def network(self) -> int:
        """Who told the observatory."""
        return self.path[0]

    @property
    def origin(self) -> int:
        """Who announces the prefix."""
        return self.path[-1]


class PrefixOverview(NamedTuple):
    """Who announces a prefix: `prefix` is the announced one that holds what was asked.

    It is what was asked itself where nobody announces it. `related` are other announced
    prefixes that hold it or lie in it.
    """

    prefix: Prefix
    origins: tuple[int, ...]
    related: tuple[Prefix, ...]


class AsName(NamedTuple):
    """What an AS is called, and who holds it."""

    name: str
    holder: str


class Observatory:
    """Asks the observatory for a session. Each method raises NoAnswer when it gets none."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def host(self) -> str:
        """The name of its machine, "" where none is known."""
        return urlsplit(self._session.entry.observatory).hostname or ""

    def holders(self) -> Statistics:
        """Return the registry's list of who holds which numbers."""
        statistics = delegated.read(self._get(DELEGATED))
        if not statistics.complete:
            raise NoAnswer(Kind.FAILED, "observatory.list_incomplete", self.host)
        return statistics

    def names(self) -> dict[int, AsName]:
        """Return what each AS is called."""
        return read_names(self._get(AS_NAMES))

    def routes(self, resource: object) -> tuple[SeenRoute, ...]:
        """Return the networks' routes to an address or a prefix, to its parts and what holds it."""
        return self._call(f"bgp-state/data.json?resource={resource}", _read_routes)

    def overview(self, resource: AddressOrPrefix) -> PrefixOverview:
        """Return who announces an address or a prefix."""
        block = ip_network(resource)
        routes = self.routes(resource)
        prefixes = list(dict.fromkeys(route.prefix for route in routes))
        covering = [
            prefix for prefix in prefixes if prefix.prefixlen <= block.prefixlen
        ]
        smallest = max(covering, key=attrgetter("prefixlen"), default=block)
        origins = {route.origin for route in routes if route.prefix == smallest}
        related = tuple(prefix for prefix in prefixes if prefix != smallest)
        return PrefixOverview(smallest, tuple(sorted(origins)), related)

    def announced(self, asn: int) -> tuple[Prefix, ...]:
        """Return the prefixes that a network announces."""
        return self._call(
            f"announced-prefixes/data.json?resource=AS{asn}", _read_prefixes
        )

    def check(self, prefix: Prefix, asn: int) -> OriginValidation:
        """Return what ROAs say of an announcement."""
        return self._call(
            f"rpki-validation/data.json?resource=AS{asn}&prefix={prefix}",
            lambda data: OriginValidation(data["status"]),
        )

    def _call(self, target: str, read: Callable[[Any], T]) -> T:
        """Read the facts in an answer; raise NoAnswer where it has none."""
        body = self._get(f"data/{target}")
        try:
            if sum(map(body.count, (b",", b"{", b"["))) > MOST_VALUES:
                raise ValueError("too long")
            return read(json.loads(body)["data"])
        except (LookupError, TypeError, ValueError, RecursionError):
            raise useless(self.host, NOT_SAID) from None

    def _get(self, path: str) -> bytes:
        return get(self._session, f"{self._session.entry.observatory}{path}", NOT_SAID)


def _read_routes(data: Any) -> tuple[SeenRoute, ...]:
    routes = []
    for route in data["bgp_state"]:
        if route["path"]:
            prefix = ip_network(str(route["target_prefix"]))
            routes.append(SeenRoute(prefix, tuple(map(int, route["path"]))))
    return tuple(routes)


def _read_prefixes(data: Any) -> tuple[Prefix, ...]:
    return tuple(
        ip_network(str(announcement["prefix"])) for announcement in data["prefixes"]
    )


def read_names(data: bytes) -> dict[int, AsName]:
    """Read a list of AS names, a line each: number, name - holder, country code.

    >>> read_names(b"64500 Alojar - Alojar S.A., XP")
    {64500: AsName(name='Alojar', holder='Alojar S.A.')}
    """
    names = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if fields := re.fullmatch(r"([0-9]{1,10}) (.+?)(?:, [A-Z]{2})?\r?", line):
            name, _, holder = fields[2].partition(" - ")
            names[int(fields[1])] = AsName(name, holder or name)
    return names
