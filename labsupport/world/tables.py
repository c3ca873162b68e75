"""Reads the tables of data/world: TOML, and CSV with aligned columns and "#" comments."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from ipaddress import ip_network
from itertools import combinations
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from labsupport.formats.nat_log import Translation
from labsupport.world import model
from labsupport.world.model import (
    Host,
    NetworkLink,
    NumberRegistry,
    Prefix,
    Server,
    Site,
)

T = TypeVar("T")

VERSION = "version.toml"


def folder() -> Traversable:
    """Return the folder data/world, wherever the package is installed."""
    return resources.files("labsupport.data").joinpath("world")


def read_text(path: str) -> str:
    """Return the text of a file below data/world."""
    return folder().joinpath(path).read_text(encoding="utf-8")


@cache  # networks.toml and world.toml hold several tables
def read_toml(path: str) -> dict[str, Any]:
    """Return the tables of a TOML file below data/world. They are shared: do not change them."""
    return tomllib.loads(read_text(path))


def rows(path: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file below data/world."""
    return _table(read_text(path))


def _table(text: str) -> Iterator[dict[str, str]]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines):
        yield {column.strip(): value.strip() for column, value in row.items()}


def read(kind: type[T], path: str, table: str) -> tuple[T, ...]:
    """Return the records in a table of a TOML file."""
    return tuple(filled(kind, row) for row in read_toml(path)[table])


def filled(kind: type[T], row: Mapping[str, Any], **others: Any) -> T:
    """Return a record with the values of a row that it has, and `others`.

    >>> filled(Host, {"name": "ns1.nic.example", "addresses": "198.18.106.53 2001:db8::53"})
    Host(name='ns1.nic.example', addresses=('198.18.106.53', '2001:db8::53'))
    """
    values = dict(others)
    for key, hint in _hints(kind).items():  # type: ignore[arg-type]
        if key in row and key not in others:
            values[key] = _value(hint, row[key])
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, value: Any) -> Any:
    """What a cell says, as its type wants it: CSV has text alone, with spaces in between."""
    args = get_args(hint)
    if hint == Prefix:
        return ip_network(value)
    if NoneType in args:
        return _value(args[0], value) if value else None
    if get_origin(hint) is tuple:
        parts = value.split() if isinstance(value, str) else value
        return tuple(_value(args[0], part) for part in parts)
    if is_dataclass(hint):
        return filled(hint, value)  # type: ignore[arg-type]
    if isinstance(value, str) and hint in (int, date):
        return int(value) if hint is int else date.fromisoformat(value)
    return value


def read_version() -> str:
    """Return the version of the lab's world; a changed fact makes another one."""
    version: str = read_toml(VERSION)["version"]
    return version


def read_start() -> datetime:
    """Return when the lab's clock begins."""
    start: datetime = read_toml("world.toml")["start"]
    return start.astimezone(UTC)


def read_countries() -> dict[str, str]:
    """Return the two-letter code of each country of the lab."""
    return {row["name"]: row["code"] for row in read_toml("world.toml")["country"]}


def read_mails() -> dict[str, bytes]:
    """Return the mails of the lab, as their mailbox has them, by their names."""
    files = sorted(folder().joinpath("mail").iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".eml"): file.read_bytes() for file in files}


def read_number_registry() -> NumberRegistry:
    """Return who registers addresses and AS numbers, and out of which pools."""
    row = read_toml("world.toml")["number_registry"]
    blocks = tuple(range(first, last + 1) for first, last in row["as_numbers"])
    return filled(NumberRegistry, {**row, "as_numbers": ()}, as_numbers=blocks)


def read_links() -> tuple[NetworkLink, ...]:
    """Return who hands packets to whom: the lines first, then the pairs at exchange points."""
    table = read_toml("networks.toml")
    links = []
    for row in table["transit"]:
        lines = [ip_network(line) for line in row["line"]]
        links.append(
            NetworkLink(
                relation="transit",
                ends=(row["provider"], row["customer"]),
                addresses=(
                    tuple(str(line[0]) for line in lines),
                    tuple(str(line[1]) for line in lines),
                ),
            )
        )
    for exchange in table["exchange"]:
        for first, second in combinations(exchange["member"], 2):
            links.append(
                NetworkLink(
                    relation="peering",
                    ends=(first["asn"], second["asn"]),
                    addresses=(tuple(first["addresses"]), tuple(second["addresses"])),
                    exchange=exchange["asn"],
                )
            )
    return tuple(links)


def read_shared_certificates() -> tuple[tuple[str, ...], ...]:
    """Return the names of the web sites that share a certificate, those of each together."""
    return tuple(tuple(row["names"]) for row in read_toml("world.toml")["certificate"])


def read_servers(sites: tuple[Site, ...]) -> tuple[Server, ...]:
    """Return the DNS operators: the real root servers first, then those of servers.toml."""
    file = resources.files("labsupport.data").joinpath("reference", "root-servers.csv")
    servers = []
    for row in _table(file.read_text(encoding="utf-8")):
        operator = f"{row['operator']} ({row['letter'].upper()} root)"
        host = Host(f"{row['letter']}.root-servers.net", (row["ipv4"], row["ipv6"]))
        servers.append(Server(operator, "authoritative", (host,), (".",)))
    customers: dict[str, list[str]] = {}
    for site in sites:
        customers.setdefault(site.hosting, []).append(site.customer_zone)
    for entry in read_toml("servers.toml")["server"]:
        zones = [*entry.get("zones", ()), *customers.get(entry.get("hosting", ""), ())]
        servers.append(filled(Server, entry, zones=tuple(zones)))
    return tuple(servers)


def read_ds() -> dict[str, str]:
    """Return the DS record of each signed zone, as the build made it from the zone's key."""
    records = {}
    for line in read_text("signed/ds.txt").splitlines():
        if not line.startswith(";"):
            name, record = line.split(" IN DS ")
            records[name.rstrip(".") or "."] = record
    return records


def read_registrations(
    keepers: Mapping[str, str], ds_of_key: Mapping[str, str]
) -> tuple[model.RegisteredDomain, ...]:
    """Return every registered domain. `keepers` are the registries of the suffixes.

    A ds column of "key" stands for the DS of its key.
    """
    registrations = []
    for row in rows("registrations.csv"):
        suffix = row["name"].split(".", 1)[1]
        ds = ds_of_key.get(row["name"], "") if row["ds"] == "key" else row["ds"]
        item = filled(
            model.RegisteredDomain,
            row,
            suffix=suffix,
            registry=keepers[suffix],
            status=tuple(row["status"].split("; ")),
            ds=(ds,) if ds else (),
        )
        registrations.append(item)
    return tuple(registrations)


@cache
def read_translations() -> tuple[Translation, ...]:
    """Return the log of Móvil Norte's carrier-grade NAT, in the order in which it was written."""
    return tuple(
        filled(Translation, row, start=_seconds(row["start"]), end=_seconds(row["end"]))
        for row in rows("movil-norte-log.csv")
    )


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def read_reverse_names() -> dict[str, str]:
    """Return the names of addresses that are not those of a DNS server."""
    return {row["address"]: row["name"] for row in rows("reverse-names.csv")}


def signing_stories() -> dict[str, dict[str, Any]]:
    """Return, by zone, what is done to its signatures for the sake of its story."""
    return {row["name"]: row for row in read_toml("stories.toml")["story"]}
