"""Who stands behind names and numbers in the lab, and the directories that tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from labsupport.world.model import Prefix

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
