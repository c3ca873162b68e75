"""Two lists beside the directories: where RDAP is answered, and which certificates there are.

`bootstrap` has the form of RFC 9224, as IANA publishes it for the real Internet.
`certificate_log` searches as crt.sh does, and answers in its JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from labsupport.exchange.http import JSON, TEXT, HttpRequest, HttpResponse
from labsupport.servers.names import NoName, ascii_name
from labsupport.servers.web import Page, only_to_read
from labsupport.world import World
from labsupport.world.certificates import AUTHORITY, Issued
from labsupport.world.model import Directory

SECONDS_UNTIL_LOGGED = 97
FORM = b"""Search the log: /?q=NAME&output=json

NAME is a name in a certificate, and % stands for any part of one: %.bancodelfaro.example
TRAINING: this log belongs to the lab Internet. It is invented.
"""

Services = Sequence[tuple[Sequence[str], Sequence[str]]]


def bootstrap(world: World, directory: Directory, now: Callable[[], float]) -> Page:
    """Return the pages with the lists of RDAP servers: dns.json, ipv4.json, ipv6.json, asn.json.

    >>> world = World.load()
    >>> at = next(d for d in world.directories if d.kind == "bootstrap")
    >>> page = bootstrap(world, at, world.start.timestamp)
    >>> json.loads(page(HttpRequest("GET", "/rdap/asn.json")).body)["services"][0]
    [['64496-64511', '65536-65551'], ['https://rdap.rir-lab.example/rdap/']]
    """
    urls = {d.keeper: d.url for d in world.directories if d.kind == "rdap"}
    numbers = world.number_registry
    keeper = numbers.name.upper()

    def of_numbers(entries: Iterable[object]) -> Services:
        return [(list(map(str, entries)), [urls[keeper]])]

    lists: dict[str, Services] = {
        "dns": [
            (registry.suffixes, [urls[registry.name]]) for registry in world.registries
        ],
        "ipv4": of_numbers(pool for pool in numbers.pools if pool.version == 4),
        "ipv6": of_numbers(pool for pool in numbers.pools if pool.version == 6),
        "asn": of_numbers(f"{block[0]}-{block[-1]}" for block in numbers.as_numbers),
    }

    @only_to_read
    def page(asked: HttpRequest) -> HttpResponse:
        path = urlsplit(asked.target).path.removeprefix(directory.path)
        services = (
            lists.get(path.removesuffix(".json")) if path.endswith(".json") else None
        )
        if services is None:
            return HttpResponse(
                HTTPStatus.NOT_FOUND, TEXT, b"There is no such list here.\n"
            )
        day = datetime.fromtimestamp(now(), UTC).strftime("%Y-%m-%dT00:00:00Z")
        answer = {
            "description": "RDAP servers of the lab Internet. TRAINING - FICTIONAL",
            "publication": day,
            "services": services,
            "version": "1.0",
        }
        return HttpResponse(HTTPStatus.OK, JSON, json.dumps(answer, indent=2).encode())

    return page


def certificate_log(world: World, now: Callable[[], float]) -> Page:
    """Return the page that searches the log of certificates, by `q`.

    >>> world = World.load()
    >>> page = certificate_log(world, world.start.timestamp)
    >>> asked = HttpRequest("GET", "/?q=%25.bancodelfaro-clientes.example&output=json")
    >>> [entry["name_value"].count("example") for entry in json.loads(page(asked).body)]
    [3]
    """
    names = [site.name for site in world.sites]
    names += [host.name for host in world.public_resolver.hosts]
    authority = world.certificate_authority

    @only_to_read
    def page(asked: HttpRequest) -> HttpResponse:
        parts = urlsplit(asked.target)
        query = parse_qs(parts.query)
        if parts.path != "/" or "q" not in query or query.get("output") != ["json"]:
            is_form = parts.path == "/" and not query
            status = HTTPStatus.OK if is_form else HTTPStatus.NOT_FOUND
            return HttpResponse(status, TEXT, FORM)
        pattern = _pattern(query["q"][0])
        entries = []
        for item in authority.issued(names, now()):
            if any(map(pattern.fullmatch, item.names)):
                entries.append(_entry(item))
        return HttpResponse(HTTPStatus.OK, JSON, json.dumps(entries).encode())

    return page


def _pattern(wanted: str) -> re.Pattern[str]:
    """What a name must be like: "%" stands for any letters, as in SQL's LIKE."""
    try:
        wanted = ascii_name(wanted)
    except NoName:
        wanted = wanted.lower()
    return re.compile(".*".join(map(re.escape, wanted.split("%"))), re.DOTALL)


def _entry(item: Issued) -> dict[str, object]:
    return {
        "issuer_ca_id": 1,
        "issuer_name": f'O=TRAINING - invented, CN="{AUTHORITY}"',
        "common_name": item.names[0],
        "name_value": "\n".join(item.names),
        "id": item.serial % 10**10,
        "entry_timestamp": (
            item.begin + timedelta(seconds=SECONDS_UNTIL_LOGGED)
        ).isoformat(),
        "not_before": item.begin.isoformat(),
        "not_after": item.end.isoformat(),
        "serial_number": f"{item.serial:032x}",
    }
