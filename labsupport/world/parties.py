"""Who stands behind names and numbers in the lab, and the directories that tell of them.

Apart from `model`, since most lessons need none of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from typing import Any, Literal

from labsupport.world import tables
from labsupport.world.model import Prefix, Site

DirectoryKind = Literal["rdap", "whois", "bootstrap", "whois-root", "certificates"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who stands behind names and numbers, and how its desks are reached. Never a person.

    `address` is its street and its city. `handles` is what the handles of its customers begin
    with, where it keeps a directory. `iana_id` is a registrar's public number. By `relay` one
    writes to a holder whose data it does not publish: a web address or a mailbox, in which
    "{name}" stands for the domain.
    """

    name: str
    legal_name: str
    country: str
    address: tuple[str, str]
    email: str
    phone: str
    abuse_email: str
    noc_email: str
    url: str = ""
    handles: str = ""
    iana_id: str = ""
    relay: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A part of the addresses of the network `parent` that its holder handed on to `holder`."""

    prefix: Prefix
    parent: int
    name: str
    holder: str
    kind: str
    registered: date


@dataclass(frozen=True, slots=True)
class Directory:
    """A public directory: which host answers, of which kind it is, and who keeps it.

    An RDAP server's answers begin at `path`. A WHOIS server answers one client `quota`
    questions in ten minutes, or any number when it is None.
    """

    host: str
    kind: DirectoryKind
    keeper: str
    addresses: tuple[str, ...]
    path: str = "/"
    quota: int | None = None

    @property
    def url(self) -> str:
        """Where its answers begin, as a web address."""
        return f"https://{self.host}{self.path}"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a registrar's own record of a domain says otherwise than the registry's, and why.

    None where they agree.
    """

    name: str
    reason: str
    status: tuple[str, ...] | None = None
    updated: date | None = None
    expires: date | None = None
    nameservers: tuple[str, ...] | None = None


def read_assignments() -> tuple[Assignment, ...]:
    """Return the parts of networks' addresses that were handed on to customers."""
    return tuple(
        Assignment(**{**row, "prefix": ip_network(row["prefix"])})
        for row in tables.read_toml("networks.toml")["assignment"]
    )


def read_organisations() -> tuple[Organisation, ...]:
    """Return the organisations that are described, not only named."""
    return tuple(
        Organisation(**{"legal_name": row["name"], **row, "address": tuple(row["address"])})
        for row in tables.read_toml("organisations.toml")["organisation"]
    )


def read_directories(sites: tuple[Site, ...]) -> tuple[Directory, ...]:
    """Return the public directories; those that are web sites stand at the site's addresses."""
    of_site = {site.name: site.addresses for site in sites}
    return tuple(
        Directory(**{**row, "addresses": tuple(row.get("addresses") or of_site[row["host"]])})
        for row in tables.read_toml("directories.toml")["directory"]
    )


def read_differences() -> tuple[Difference, ...]:
    """Return where a registrar's record says something else than the registry's."""
    rows: list[dict[str, Any]] = tables.read_toml("directories.toml")["difference"]
    return tuple(
        Difference(
            row["name"],
            row["reason"],
            tuple(row["status"]) if "status" in row else None,
            row.get("updated"),
            row.get("expires"),
            tuple(row["nameservers"]) if "nameservers" in row else None,
        )
        for row in rows
    )
