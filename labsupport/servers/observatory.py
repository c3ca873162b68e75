"""RIR-LAB's observatory: what networks announce, and the list of who holds which numbers.

It answers in the form of RIPEstat's data API (https://stat.ripe.net/docs/), so that whoever
reads it here can read the real one. Every network that has neighbours tells it the routes
that it has chosen, as networks tell real route collectors. Two files lie beside that: the
registry's delegated-rir-lab-extended-latest, and asn.txt, a name for each AS number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from ipaddress import ip_network
from urllib.parse import parse_qs, urlsplit

from labsupport.http import JSON, TEXT, HttpRequest, HttpResponse
from labsupport.servers.web import ONLY_TO_READ, Page
from labsupport.world import Network, Prefix, World
from labsupport.world.blocks import within
from labsupport.world.routing import Route, Routing, Validity
from labsupport.world.tables import read_countries, read_text

SITE = "stat.rir-lab.example"
DELEGATED = "/delegated-rir-lab-extended-latest"
AS_NAMES = "/asn.txt"


Data = dict[str, object]


class _BadResource(Exception):
    """What was asked about is nothing that this question can be asked of; the text says why."""


def observatory(world: World, routing: Routing, now: Callable[[], float]) -> Page:
    """Return the pages of the observatory, which sees what networks chose by `routing`.

    `now` tells the time of the network it stands in, in seconds since 1970.

    >>> world = World.load()
    >>> page = observatory(world, world.routing, world.start.timestamp)
    >>> asked = HttpRequest("GET", "/data/prefix-overview/data.json?resource=203.0.113.7")
    >>> json.loads(page(asked).body)["data"]["asns"]
    [{'asn': 64500, 'holder': 'Alojar - Alojar S.A.'}]
    """
    collected = _Collected(world, routing)
    calls: dict[str, Callable[[dict[str, str]], Data]] = {
        "announced-prefixes": collected.announced_prefixes,
        "bgp-state": collected.bgp_state,
        "prefix-overview": collected.prefix_overview,
        "rpki-validation": collected.rpki_validation,
    }

    def page(asked: HttpRequest) -> HttpResponse:
        if asked.method != "GET":
            return ONLY_TO_READ
        time = datetime.fromtimestamp(now(), UTC)
        parts = urlsplit(asked.target)
        if parts.path == DELEGATED:
            text = read_text("delegated.template").format(today=f"{time:%Y%m%d}")
            return HttpResponse(HTTPStatus.OK, TEXT, text.encode())
        if parts.path == AS_NAMES:
            return HttpResponse(HTTPStatus.OK, TEXT, _as_names(world).encode())
        found = re.fullmatch(r"/data/([a-z-]+)/data\.json", parts.path)
        call = calls.get(found.group(1)) if found else None
        if found is None or call is None:
            return HttpResponse(HTTPStatus.NOT_FOUND, TEXT, b"There is nothing here.\n")
        arguments = {key: values[0] for key, values in parse_qs(parts.query).items()}
        try:
            status, messages, data = HTTPStatus.OK, [], call(arguments)
        except _BadResource as problem:
            status, messages, data = HTTPStatus.BAD_REQUEST, [["error", str(problem)]], {}
        answer = {
            "messages": messages,
            "see_also": [],
            "version": "lab",
            "data_call_name": found.group(1),
            "data_call_status": "supported",
            "cached": False,
            "data": data,
            "status": "ok" if status == HTTPStatus.OK else "error",
            "status_code": status,
            "time": time.replace(tzinfo=None).isoformat(),
        }
        return HttpResponse(status, JSON, json.dumps(answer, ensure_ascii=False).encode())

    return page


class _Collected:
    """The routes that every network with neighbours has chosen, and what follows from them."""

    def __init__(self, world: World, routing: Routing) -> None:
        self._routing = routing
        self._networks = {network.asn: network for network in world.networks}
        self._observers = sorted({asn for link in routing.links for asn in link.ends})

    @cached_property
    def _seen(self) -> dict[Prefix, dict[int, Route]]:
        """The routes of the observers to every prefix that at least one of them sees."""
        seen = {}
        for prefix in self._routing.prefixes:
            table = self._routing.table(prefix)
            if routes := {asn: table[asn] for asn in self._observers if asn in table}:
                seen[prefix] = routes
        return seen

    def prefix_overview(self, arguments: dict[str, str]) -> Data:
        """Say by whom a prefix is announced, or the next larger one that is."""
        asked = _prefix(arguments)
        covering = sorted(self._related(asked, _holds), key=lambda p: p.prefixlen)
        found = covering[-1] if covering else asked
        related = [str(p) for p in self._related(found, _overlap) if p != found]
        asns = self._origins(found)
        return {
            "is_less_specific": found != asked,
            "announced": bool(asns),
            "asns": [{"asn": asn, "holder": self._holder(asn)} for asn in asns],
            "related_prefixes": related,
            "resource": str(found),
            "type": "prefix",
            "actual_num_related": len(related),
            "num_filtered_out": 0,
        }

    def bgp_state(self, arguments: dict[str, str]) -> Data:
        """Return the observers' routes to a prefix and its parts, or to an address."""
        asked = _prefix(arguments)
        alone = "/" not in arguments["resource"]
        prefixes = self._related(asked, _holds if alone else within)
        routes = [
            {
                "target_prefix": str(prefix),
                "source_id": f"00-{self._networks[asn].router[0]}",
                "path": [asn, *route.path],
                "community": [],
            }
            for prefix in prefixes
            for asn, route in self._seen[prefix].items()
        ]
        return {"resource": arguments["resource"], "nr_routes": len(routes), "bgp_state": routes}

    def announced_prefixes(self, arguments: dict[str, str]) -> Data:
        """Return the prefixes that an AS announces."""
        asn = _as_number(arguments)
        prefixes = [
            {"prefix": str(prefix), "timelines": []}
            for prefix in self._seen
            if asn in self._origins(prefix)
        ]
        return {"resource": str(asn), "prefixes": prefixes}

    def rpki_validation(self, arguments: dict[str, str]) -> Data:
        """Return what route origin authorisations say of an AS and a prefix (RFC 6811)."""
        asn = _as_number(arguments)
        prefix = _prefix(arguments, "prefix")
        roas = [roa for roa in self._routing.roas if within(prefix, roa.prefix)]
        status = {Validity.VALID: "valid", Validity.NOT_FOUND: "unknown"}.get(
            self._routing.validity(prefix, asn),
            "invalid_length" if any(roa.asn == asn for roa in roas) else "invalid_asn",
        )
        return {
            "status": status,
            "prefix": str(prefix),
            "resource": str(asn),
            "validating_roas": [
                {"origin": str(roa.asn), "prefix": str(roa.prefix), "max_length": roa.max_length}
                for roa in roas
            ],
        }

    def _related(
        self, asked: Prefix, relation: Callable[[Prefix, Prefix], bool]
    ) -> tuple[Prefix, ...]:
        return tuple(prefix for prefix in self._seen if relation(prefix, asked))

    def _origins(self, prefix: Prefix) -> list[int]:
        routes = self._seen.get(prefix, {})
        return sorted({route.path[-1] if route.path else asn for asn, route in routes.items()})

    def _holder(self, asn: int) -> str:
        network = self._networks.get(asn)
        return _name(network) if network else ""


def _name(network: Network) -> str:
    return " - ".join(dict.fromkeys((network.name, network.holder)))


def _as_names(world: World) -> str:
    """A line for each AS number, as https://ftp.ripe.net/ripe/asnames/asn.txt has them."""
    codes = read_countries()
    networks: Iterable[Network] = sorted(world.networks, key=lambda network: network.asn)
    return "".join(f"{n.asn} {_name(n)}, {codes[n.country]}\n" for n in networks)


def _holds(block: Prefix, asked: Prefix) -> bool:
    return within(asked, block)


def _overlap(one: Prefix, other: Prefix) -> bool:
    return within(one, other) or within(other, one)


def _prefix(arguments: dict[str, str], key: str = "resource") -> Prefix:
    try:
        return ip_network(arguments[key])
    except KeyError:
        raise _BadResource(f"The parameter {key} is missing.") from None
    except ValueError as problem:
        raise _BadResource(str(problem)) from problem


def _as_number(arguments: dict[str, str]) -> int:
    found = re.fullmatch(r"(?:AS)?([0-9]{1,10})", arguments.get("resource", "").upper())
    if found is None or int(found.group(1)) >= 2**32:
        raise _BadResource("The parameter resource is no AS number.")
    return int(found.group(1))
