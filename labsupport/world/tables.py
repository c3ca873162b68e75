"""Reads the tables of data/world: TOML, and CSV with aligned columns and "#" comments."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from ipaddress import ip_network
from itertools import combinations
from typing import Any, cast

from labsupport.world.model import (
    Connection,
    Host,
    Hosting,
    Link,
    Network,
    NumberRegistry,
    NumberStatus,
    Privacy,
    Registration,
    Registry,
    Roa,
    Server,
    Site,
    Story,
)


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
    """Yield the rows of a CSV file below data/world, by their columns."""
    return _table(read_text(path))


def _table(text: str) -> Iterator[dict[str, str]]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for row in csv.DictReader(lines):
        yield {column.strip(): value.strip() for column, value in row.items()}


def read_world() -> tuple[datetime, tuple[Registry, ...]]:
    """Return when the lab's clock begins, and the registries of names."""
    table = read_toml("world.toml")
    registries = tuple(
        Registry(row["name"], tuple(row["suffixes"]), row.get("thin", False))
        for row in table["registry"]
    )
    return table["start"].astimezone(UTC), registries


def read_countries() -> dict[str, str]:
    """Return the two-letter code of each country of the lab."""
    return {row["name"]: row["code"] for row in read_toml("world.toml")["country"]}


def read_mails() -> dict[str, bytes]:
    """Return the mails of the lab, as their mailbox has them, by their names."""
    files = sorted(folder().joinpath("mail").iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".eml"): file.read_bytes() for file in files}


def read_number_registry() -> NumberRegistry:
    """Return who registers addresses and AS numbers, and out of which pools."""
    table = read_toml("world.toml")["number_registry"]
    return NumberRegistry(
        table["name"],
        tuple(map(ip_network, table["pools"])),
        tuple(range(first, last + 1) for first, last in table["as_numbers"]),
        tuple(map(ip_network, table["reserved"])),
    )


def read_networks() -> tuple[tuple[Network, ...], tuple[Connection, ...]]:
    """Return the networks, and the places where a participant can sit."""
    table = read_toml("networks.toml")
    networks = tuple(
        Network(
            row["asn"],
            row["name"],
            row["kind"],
            row["holder"],
            row["country"],
            (row["position_km"][0], row["position_km"][1]),
            tuple(map(ip_network, row["prefixes"])),
            tuple(row["router"]),
            row["registered"],
            cast(NumberStatus, row["status"]),
            row["holder_id"],
            tuple(map(ip_network, row.get("inside", ()))),
            row.get("silent", False),
            row.get("checks_origins", False),
        )
        for row in table["network"]
    )
    connections = tuple(
        Connection(
            row["key"],
            row["name"],
            row["asn"],
            (row["sources"][0], row["sources"][1] if len(row["sources"]) > 1 else None),
            tuple(row["resolvers"]),
        )
        for row in table["connection"]
    )
    return networks, connections


def read_links() -> tuple[Link, ...]:
    """Return who hands packets to whom: the lines first, then the pairs at exchange points."""
    table = read_toml("networks.toml")
    lines = [
        Link(
            "transit",
            (row["provider"], row["customer"]),
            (
                tuple(str(ip_network(line)[0]) for line in row["line"]),
                tuple(str(ip_network(line)[1]) for line in row["line"]),
            ),
        )
        for row in table["transit"]
    ]
    pairs = [
        Link(
            "peering",
            (one["asn"], other["asn"]),
            (tuple(one["addresses"]), tuple(other["addresses"])),
            exchange["asn"],
        )
        for exchange in table["exchange"]
        for one, other in combinations(exchange["member"], 2)
    ]
    return (*lines, *pairs)


def read_shared_certificates() -> tuple[tuple[str, ...], ...]:
    """Return the names of the web sites that share a certificate, those of each together."""
    return tuple(tuple(row["names"]) for row in read_toml("world.toml")["certificate"])


def read_roas() -> tuple[Roa, ...]:
    """Return the route origin authorisations."""
    return tuple(
        Roa(ip_network(row["prefix"]), row["asn"], row["max_length"])
        for row in read_toml("networks.toml")["roa"]
    )


def _root_servers() -> str:
    """The table of the real root servers, a fact about the real Internet."""
    file = resources.files("labsupport.data").joinpath("reference", "root-servers.csv")
    return file.read_text(encoding="utf-8")


def read_servers(sites: tuple[Site, ...]) -> tuple[Server, ...]:
    """Return the DNS operators: the root servers first, then those of servers.toml."""
    roots = (
        Server(
            f"{row['operator']} ({row['letter'].upper()} root)",
            "authoritative",
            (Host(f"{row['letter']}.root-servers.net", (row["ipv4"], row["ipv6"])),),
            (".",),
        )
        for row in _table(_root_servers())
    )
    customers: dict[str, list[str]] = {}
    for site in sites:
        customers.setdefault(site.hosting, []).append(site.customer_zone)
    others = (
        Server(
            row["operator"],
            row["kind"],
            tuple(Host(host["name"], tuple(host["addresses"])) for host in row["hosts"]),
            (*row.get("zones", ()), *(customers[row["hosting"]] if "hosting" in row else ())),
            row.get("dead", False),
        )
        for row in read_toml("servers.toml")["server"]
    )
    return (*roots, *others)


def read_registrations(
    registries: tuple[Registry, ...], ds_of_key: dict[str, str]
) -> tuple[Registration, ...]:
    """Return every registered domain. A ds column of "key" stands for the DS of its key."""
    registry_of = {suffix: item.name for item in registries for suffix in item.suffixes}
    registrations = []
    for row in rows("registrations.csv"):
        name = row["name"]
        suffix = name.split(".", 1)[1]
        ds = ds_of_key.get(name, "") if row["ds"] == "key" else row["ds"]
        registrations.append(
            Registration(
                name,
                suffix,
                registry_of[suffix],
                row["registrar"],
                row["reseller"] or None,
                row["registrant"],
                cast(Privacy, row["privacy"]),
                tuple(row["status"].split("; ")),
                date.fromisoformat(row["created"]),
                date.fromisoformat(row["updated"]),
                date.fromisoformat(row["expires"]),
                tuple(row["nameservers"].split()),
                (ds,) if ds else (),
            )
        )
    return tuple(registrations)


def read_sites() -> tuple[Site, ...]:
    """Return the web sites."""
    return tuple(
        Site(
            row["name"],
            row["kind"],
            row["title"],
            cast(Hosting, row["hosting"]),
            tuple(row["addresses"].split()),
        )
        for row in rows("sites.csv")
    )


def read_reverse_names() -> dict[str, str]:
    """Return the names of addresses that are not those of a DNS server."""
    return {row["address"]: row["name"] for row in rows("reverse-names.csv")}


def read_stories() -> tuple[Story, ...]:
    """Return what is wrong on purpose in this world."""
    return tuple(
        Story(row["name"], row["kind"], row["reason"]) for row in read_toml("stories.toml")["story"]
    )


def signing_stories() -> dict[str, dict[str, Any]]:
    """Return, by zone, what is done to its signatures for the sake of its story."""
    return {row["name"]: row for row in read_toml("stories.toml")["story"]}
