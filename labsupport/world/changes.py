"""What an order does at the source: changes of the world, each with the time it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ALWAYS = float("-inf")
FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in force from `start` up to `end` (seconds since 1970, UTC)."""

    start: float = ALWAYS
    end: float = FOR_EVER

    def in_force(self, now: float) -> bool:
        """Say whether the world is changed at `now`."""
        return self.start <= now < self.end

    def at(self, now: float) -> Change | None:
        """Return what of it there is at `now`: itself, what it left behind, or nothing."""
        return self if self.in_force(now) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Change):
    """A registered domain leaves its registry's zone; it stays registered (RFC 5731)."""

    domain: str
    status: Literal["client hold", "server hold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redelegation(Change):
    """A registered domain is delegated to whoever shows the notice, in place of its servers.

    The DS record goes with the old servers.
    """

    domain: str

    def at(self, now: float) -> Change | None:
        """Return itself, or that the new servers still answer for whoever remembers them."""
        return (
            Lingering(domain=self.domain) if now >= self.end else Change.at(self, now)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lingering(Change):
    """Whoever showed the notice still answers for a domain that is delegated back."""

    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal(Change):
    """The machines of a web site no longer give it out: they answer 451 (RFC 7725)."""

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(Change):
    """Whoever runs a web site takes it off its machine. No order does this: cases tell of it.

    A machine without any site left no longer answers. Names and addresses stay as they are.
    """

    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Change):
    """Whoever keeps a zone that is not signed adds a record, a line of master-file text."""

    zone: str
    record: str


OWN_ZONE, OWN_ADDRESS = "racimo.example", "198.51.100.99"
"""The zone in which anybody in the lab may have a record, and the address that it has."""

NOTICE_SITE = "aviso.red.gob.test"
NOTICE_OPERATOR = "Red de Gobierno"
"""Who shows the notice of the lab's courts, and serves the zones of domains handed to it."""
