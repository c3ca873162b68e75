"""RIR-LAB's other observatory: which names have led to which addresses, as resolvers saw it.

Real ones listen to the answers that resolvers get ("passive DNS") and keep who asked out of it.
This one answers in their common output format, a JSON object a line
(draft-dulaunoy-dnsop-passive-dns-cof-13, August 2024: work in progress), to
`GET /query/<address or name>`, as CIRCL's does. For an address it tells every name that has led
there; for a name, what that one and the names below it have led to. Aliases are followed and told
under the name that visitors type. Nothing seen is 404 with an empty body.

Of names that are web sites two fields more are told that no real service knows: "x-kind" and
"x-title". When a name was seen follows from its registration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from http import HTTPStatus
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import dns.name
import dns.rdatatype

from labsupport.exchange.http import TEXT, HttpRequest, HttpResponse
from labsupport.servers.web import Page, only_to_read
from labsupport.world import World, zone_text
from labsupport.world.compose import REVERSE
from labsupport.world.facts import ancestors

if TYPE_CHECKING:
    import dns.zone

SITE = "pdns.rir-lab.example"
QUERY = "/query/"
JSON_LINES = (("Content-Type", "application/x-ndjson"),)
ADDRESS_TYPES = (dns.rdatatype.A, dns.rdatatype.AAAA)
LONGEST_CHAIN = 8  # of aliases that are followed


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A name that led to an address: from one day to another, None while it still does."""

    name: str
    address: str
    first: date
    last: date | None


def passive_dns(world: World, now: Callable[[], float]) -> Page:
    """Return the pages of the observatory; `now` tells the time, in seconds since 1970.

    What an order has changed since takes nothing away from what was seen before.

    >>> world = World.load()
    >>> page = passive_dns(world, world.start.timestamp)
    >>> lines = page(HttpRequest("GET", "/query/198.51.100.10")).body.decode().splitlines()
    >>> [json.loads(line)["rrname"] for line in lines]
    ['museum.example', 'www.museum.example']
    """
    seen = _seen(world)

    @only_to_read
    def page(asked: HttpRequest) -> HttpResponse:
        path = urlsplit(asked.target).path
        if not path.startswith(QUERY):
            return HttpResponse(HTTPStatus.NOT_FOUND, TEXT, b"There is nothing here.\n")
        today = datetime.fromtimestamp(now(), UTC).date()
        what = unquote(path.removeprefix(QUERY)).lower().removesuffix(".")
        lines = [
            seen.line(sighting, today) for sighting in seen.sightings.get(what, ())
        ]
        if not lines:
            return HttpResponse(HTTPStatus.NOT_FOUND)
        return HttpResponse(HTTPStatus.OK, JSON_LINES, "".join(lines).encode())

    return page


class _Seen:
    """What the observatory has collected. Orders change which names are still registered."""

    def __init__(self, world: World) -> None:
        self._world = world.before or world
        self._sites = {site.name: site for site in self._world.sites}
        self._registrations = {item.name: item for item in world.registrations}

    def line(self, sighting: _Sighting, today: date) -> str:
        """Return a line of the answer, as it stands on a day."""
        last = min(sighting.last or today, today - timedelta(days=1))
        first = min(sighting.first, last)
        record: dict[str, object] = {
            "rrname": sighting.name,
            "rrtype": "AAAA" if ":" in sighting.address else "A",
            "rdata": sighting.address,
            "time_first": _midnight(first),
            "time_last": _midnight(last),
        }
        if site := self._sites.get(sighting.name):
            record |= {"x-kind": site.kind, "x-title": site.title}
        return json.dumps(record, ensure_ascii=False) + "\n"

    @cached_property
    def sightings(self) -> dict[str, list[_Sighting]]:
        """What was seen of each address, and of each name and those below it."""
        sightings: dict[str, list[_Sighting]] = {}
        for name, address in sorted({*self._of_sites(), *self._of_zones()}):
            sighting = self._sighting(name, address)
            for what in (address, name, *ancestors(name)):
                sightings.setdefault(what, []).append(sighting)
        return sightings

    def _of_sites(self) -> Iterator[tuple[str, str]]:
        for site in self._sites.values():
            names = {site.name}
            # what its zone holds, which need not be read for that
            if site.hosting == "shared":
                names.add(f"www.{site.name}")
            yield from product(names, site.addresses)

    def _of_zones(self) -> Iterator[tuple[str, str]]:
        """Yield what names of the other zones lead to, aliases under their own name."""
        records = {
            dns.name.from_text(site.name): set(site.addresses)
            for site in self._sites.values()
        }
        sites = frozenset(records)
        aliases: dict[dns.name.Name, dns.name.Name] = {}
        outside: set[dns.name.Name] = set()  # of the zone that has the alias
        for zone in self._zones():
            for name, rdataset in zone_text.rdatasets(zone, ("A", "AAAA", "CNAME")):
                if name.is_wild():
                    continue
                if rdataset.rdtype in ADDRESS_TYPES:
                    records.setdefault(name, set()).update(
                        data.address for data in rdataset
                    )
                elif rdataset.rdtype == dns.rdatatype.CNAME:
                    target = rdataset[0].target
                    aliases[name] = target
                    if zone.origin and not target.is_subdomain(zone.origin):
                        outside.add(target)
        for alias in aliases:
            end = alias
            for _ in range(LONGEST_CHAIN):
                end = aliases.get(end, end)
            records.setdefault(alias, set()).update(records.get(end, ()))
        # Nobody types the name that a customer has at a content delivery network.
        for name in records.keys() - (outside - sites):
            yield from product((name.to_text(omit_final_dot=True),), records[name])

    def _zones(self) -> Iterator[dns.zone.Zone]:
        shared = {
            site.name for site in self._sites.values() if site.hosting == "shared"
        }
        for name in self._world.zone_names:
            # In the root zone, only the addresses of name servers stand.
            if name != "." and name not in shared and not name.endswith(REVERSE):
                yield self._world.zone(name)

    def _sighting(self, name: str, address: str) -> _Sighting:
        """When a name was seen at an address: no sooner than both were there."""
        registered = filter(
            None, map(self._registrations.get, (name, *ancestors(name)))
        )
        item = next(registered, None)
        network = self._world.network_of(address)
        assert network is not None  # the root servers are left out
        first = network.registered
        last = None
        if item:
            first = max(first, item.created)
            last = None if item.delegated else item.updated
        return _Sighting(name, address, first + timedelta(days=1), last)


@lru_cache(maxsize=4)  # copies of a lab share a world
def _seen(world: World) -> _Seen:
    return _Seen(world)


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
