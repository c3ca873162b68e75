"""RIR-LAB's observatory: what networks announce, and the list of who holds which numbers.

It answers in the form of RIPEstat's data API (https://stat.ripe.net/docs/), with the parts of it
that the lab reads; "bgp-state" tells here of larger prefixes, too. Every network that has
neighbours tells it the routes that it has chosen, as networks tell real route collectors. Two
files lie beside that: the registry's delegated-rir-lab-extended-latest, and asn.txt, a name for
each AS number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

from labsupport.exchange.http import JSON, TEXT, HttpRequest, HttpResponse
from labsupport.formats.delegated import LARGEST_AS_NUMBER
from labsupport.servers.web import Page, only_to_read
from labsupport.world import World
from labsupport.world.blocks import within
from labsupport.world.model import Prefix
from labsupport.world.routing import Routing, Validity
from labsupport.world.tables import read_countries, read_text

SITE = "stat.rir-lab.example"
DELEGATED = "/delegated-rir-lab-extended-latest"
AS_NAMES = "/asn.txt"

Asked = dict[str, str]
Data = dict[str, object]


def observatory(world: World, routing: Routing, now: Callable[[], float]) -> Page:
    """Return the pages of the observatory, which sees what networks chose by `routing`.

    `now` tells the time of the network it stands in, in seconds since 1970.

    >>> world = World.load()
    >>> page = observatory(world, world.routing, world.start.timestamp)
    >>> asked = HttpRequest("GET", "/data/announced-prefixes/data.json?resource=AS64500")
    >>> json.loads(page(asked).body)["data"]["prefixes"][0]
    {'prefix': '203.0.113.0/24'}
    """
    collected = _Collected(routing)
    calls: dict[str, Callable[[Asked], Data]] = {
        "announced-prefixes": collected.announced_prefixes,
        "bgp-state": collected.bgp_state,
        "rpki-validation": collected.rpki_validation,
    }

    @only_to_read
    def page(asked: HttpRequest) -> HttpResponse:
        time = datetime.fromtimestamp(now(), UTC)
        parts = urlsplit(asked.target)
        if parts.path == DELEGATED:
            text = read_text("delegated.template").format(today=f"{time:%Y%m%d}")
            return HttpResponse(HTTPStatus.OK, TEXT, text.encode())
        if parts.path == AS_NAMES:
            return HttpResponse(HTTPStatus.OK, TEXT, _as_names(world).encode())
        match = re.fullmatch(r"/data/([a-z-]+)/data\.json", parts.path)
        name = match.group(1) if match else ""
        call = calls.get(name)
        if call is None:
            return HttpResponse(HTTPStatus.NOT_FOUND, TEXT, b"There is nothing here.\n")
        try:
            data = call(
                {key: values[0] for key, values in parse_qs(parts.query).items()}
            )
        except (KeyError, ValueError):
            return HttpResponse(
                HTTPStatus.BAD_REQUEST, TEXT, b"That cannot be asked here.\n"
            )
        answer = {
            "data_call_name": name,
            "data": data,
            "status": "ok",
            "status_code": HTTPStatus.OK,
            "time": time.replace(tzinfo=None).isoformat(),
        }
        return HttpResponse(
            HTTPStatus.OK, JSON, json.dumps(answer, ensure_ascii=False).encode()
        )

    return page


class _Collected:
    """The routes that every network with neighbours has chosen, and what follows from them."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._observers = sorted(
            set[int]().union(*(link.ends for link in routing.links))
        )

    @cached_property
    def _paths(self) -> dict[Prefix, list[tuple[int, ...]]]:
        """The AS paths to every prefix, each with its observer first."""
        paths = {}
        for prefix in self._routing.prefixes:
            table = self._routing.table(prefix)
            paths[prefix] = [
                (asn, *table[asn].path) for asn in self._observers if asn in table
            ]
        return paths

    def bgp_state(self, asked: Asked) -> Data:
        """Return the observers' routes to all prefixes that hold what is asked, or lie in it."""
        block = ip_network(asked["resource"])
        routes: list[Data] = []
        for prefix, paths in self._paths.items():
            if within(prefix, block) or within(block, prefix):
                routes += [
                    {"target_prefix": str(prefix), "path": path} for path in paths
                ]
        return {
            "resource": asked["resource"],
            "nr_routes": len(routes),
            "bgp_state": routes,
        }

    def announced_prefixes(self, asked: Asked) -> Data:
        """Return the prefixes that an AS announces."""
        asn = _as_number(asked)
        prefixes = []
        for prefix, paths in self._paths.items():
            if any(path[-1] == asn for path in paths):
                prefixes.append({"prefix": str(prefix)})
        return {"resource": str(asn), "prefixes": prefixes}

    def rpki_validation(self, asked: Asked) -> Data:
        """Return what route origin authorisations say of an AS and a prefix (RFC 6811)."""
        asn = _as_number(asked)
        prefix = ip_network(asked["prefix"])
        signers = [roa.asn for roa in self._routing.roas if within(prefix, roa.prefix)]
        validity = self._routing.validity(prefix, asn)
        if validity is Validity.VALID:
            status = "valid"
        elif validity is Validity.NOT_FOUND:
            status = "unknown"
        elif asn in signers:
            status = "invalid_length"
        else:
            status = "invalid_asn"
        return {"status": status, "prefix": str(prefix), "resource": str(asn)}


def _as_names(world: World) -> str:
    """A line for each AS number, as https://ftp.ripe.net/ripe/asnames/asn.txt has them."""
    codes = read_countries()
    text = ""
    for network in sorted(world.networks, key=lambda network: network.asn):
        called = " - ".join(dict.fromkeys((network.name, network.holder)))
        text += f"{network.asn} {called}, {codes[network.country]}\n"
    return text


def _as_number(asked: Asked) -> int:
    number = int(asked["resource"].upper().removeprefix("AS"))
    if not 0 <= number <= LARGEST_AS_NUMBER:
        raise ValueError(number)
    return number
