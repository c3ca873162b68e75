"""RDAP servers: what a directory holds, as JSON over HTTP (RFC 7480, RFC 9082, RFC 9083).

One for names, for a registry or a registrar, and one for numbers. What a registrar knows and
does not publish, it marks as redacted (RFC 9537). What they answer is data/world/rdap.template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from labsupport.exchange.http import HttpRequest, HttpResponse
from labsupport.formats.delegated import LARGEST_AS_NUMBER
from labsupport.servers.names import ascii_name, form
from labsupport.servers.web import Page, only_to_read
from labsupport.world import World
from labsupport.world.model import Directory
from labsupport.world.registers import NameRegister, NumberRegister

HEADERS = (
    ("Content-Type", "application/rdap+json"),
    ("Access-Control-Allow-Origin", "*"),  # RFC 7480 section 5.6
)


class _Kind(NamedTuple):
    """A kind of question: how what is asked is read and found, and what is said otherwise."""

    read: Callable[[str], Any]
    find: Callable[[Any, Any], object]
    unread: str
    absent: str


def _as_number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > LARGEST_AS_NUMBER:
        raise ValueError(text)
    return int(text)


NAMES = {
    "domain": _Kind(
        ascii_name,
        NameRegister.domain,
        "{asked} is no domain name.",
        "{keeper} has no domain {read} on record.",
    )
}
NUMBERS = {
    "ip": _Kind(
        ip_network,
        NumberRegister.holding,
        "{asked} is neither an address nor a prefix.",
        "RIR-LAB has given {asked} to nobody.",
    ),
    "autnum": _Kind(
        _as_number,
        lambda register, asn: register.as_numbers.get(asn),
        "{asked} is no AS number.",
        "RIR-LAB has given AS{read} to nobody.",
    ),
}


def rdap(world: World, directory: Directory, now: Callable[[], float]) -> Page:
    """Return the pages of an RDAP server.

    `now` tells the time of the network it stands in, in seconds since 1970.

    >>> world = World.load()
    >>> at = next(d for d in world.directories if d.host == "rdap.nic.example")
    >>> page = rdap(world, at, world.start.timestamp)
    >>> answer = json.loads(page(HttpRequest("GET", "/domain/museum.example")).body)
    >>> answer["objectClassName"], answer["status"]
    ('domain', ['client transfer prohibited'])
    """
    has_numbers = directory.keeper == "RIR-LAB"
    register = (
        NumberRegister(world) if has_numbers else NameRegister(world, directory.keeper)
    )
    kinds: Mapping[str, _Kind] = NUMBERS if has_numbers else NAMES
    own = {d.kind: d.host for d in world.directories if d.keeper == directory.keeper}
    extensions = ("cidr0", "lacnic_level_0") if has_numbers else ("redacted",)
    values = {
        "conformance": ("rdap_level_0", *extensions),
        "directories": world.directories,
        "keeper": register.keeper,
        "register": register,
        "signed": world.ds_of_key,
        "url": directory.url,
        "whois": own.get("whois", ""),
    }

    @only_to_read
    def page(asked: HttpRequest) -> HttpResponse:
        path = urlsplit(asked.target).path
        if path.startswith(directory.path):
            kind, _, what = path.removeprefix(directory.path).partition("/")
            status, sentences, entry = _found(register, kinds, kind, what)
        else:
            status = HTTPStatus.NOT_FOUND
            entry = None
            sentences = [f"Answers begin at {directory.path} here."]
        text = form("rdap.template").render(
            values,
            status=status,
            sentences=sentences,
            found=entry,
            now=datetime.fromtimestamp(now(), UTC),
        )
        answer = json.dumps(json.loads(text), ensure_ascii=False)
        return HttpResponse(status, HEADERS, answer.encode())

    return page


def _found(
    register: NameRegister | NumberRegister,
    kinds: Mapping[str, _Kind],
    kind: str,
    what: str,
) -> tuple[HTTPStatus, list[str], object]:
    """Return the status of an answer, sentences that say what is wrong, and what was found."""
    way = kinds.get(kind)
    asked = unquote(what)
    if way is None or not asked:
        sentence = f"This server can be asked for: {', '.join(kinds)}."
        return HTTPStatus.NOT_IMPLEMENTED, [sentence], None
    try:
        read = way.read(asked)
    except ValueError:
        return HTTPStatus.BAD_REQUEST, [way.unread.format(asked=asked)], None
    if entry := way.find(register, read):
        return HTTPStatus.OK, [], entry
    keeper = register.keeper.legal_name
    sentences = [way.absent.format(keeper=keeper, asked=asked, read=read)]
    registry = getattr(register, "registry", None)
    if registry and read in registry.suffixes:
        sentences.append("It is a suffix: names below it are registered here.")
    return HTTPStatus.NOT_FOUND, sentences, None
