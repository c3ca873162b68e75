"""`lab.evasion`: what of a block remains when visitors and site evade it, by stated assumptions.

A simple model: of all visits to the site, a share is made in a way that the block does not
meet. The ways are taken as independent of each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.language import Language, mark
from labsupport.lookups.names import NotUnderstood
from labsupport.reference import read
from labsupport.results import Result, Table, quoted

LABELS = {
    "public_resolver": mark("through a public resolver"),
    "vpn": mark("through a VPN"),
    "hidden_name": mark("with the server name encrypted (ECH)"),
    "new_name": mark("to another name of the site"),
    "new_address": mark("to another address of the site"),
}
# What nobody has counted, as far as was found: a first number to change, no fact.
UNCOUNTED = {"vpn": 5, "hidden_name": 0, "new_name": 0, "new_address": 0}
COUNTED = "use at least one public resolver"  # a row of data/reference/concentration.csv

# What evades a way of blocking, by what that acts on. Visits through the public resolver are those
# that a block there meets, so they stand apart.
BY_TARGET = {
    "sites": ("new_address",),
    "domains": ("new_name",),
    "names": ("vpn", "new_name"),
    "addresses": ("vpn", "new_address"),
}
EVADES: dict[Technique, tuple[str, ...]] = {
    **{technique: BY_TARGET[profile.on] for technique, profile in PROFILES.items()},
    Technique.AUTHOR: (),
    Technique.RESOLVER: ("public_resolver", "vpn", "new_name"),
    Technique.SERVER_NAME: ("vpn", "hidden_name", "new_name"),
}


def counted() -> tuple[int, str]:
    """Return the share of those who use a public resolver, in percent, and its source.

    >>> counted()[0]
    28
    """
    row = next(row for row in read("concentration").rows if row[0] == COUNTED)
    _, value, what, source, date = map(str, row)
    return round(float(value.rstrip("%"))), f"{what} ({source}, {date})"


def remaining(technique: Technique, shares: Mapping[str, int]) -> int:
    """Return the percentage of visits that a way of blocking still meets.

    `shares` are in percent, by the keys of `LABELS`.

    >>> shares = dict(UNCOUNTED, public_resolver=50, vpn=10)
    >>> remaining(Technique.RESOLVER, shares), remaining(Technique.REGISTRY_HOLD, shares)
    (45, 100)
    """
    met = shares["public_resolver"] if technique is Technique.PUBLIC_RESOLVER else 100
    return round(met * prod(1 - shares[key] / 100 for key in EVADES[technique]))


@dataclass(eq=False, repr=False, kw_only=True)
class Evasion(Result):
    """What remains blocked. Attributes: `shares` that are assumed; `left`, by way of blocking."""

    shares: Mapping[str, int]

    @property
    def left(self) -> dict[Technique, int]:
        return {technique: remaining(technique, self.shares) for technique in Technique}

    @property
    def sentence(self) -> str:
        return self.say(
            "By these assumptions a block at the providers' resolvers still meets {resolver} % of "
            "the visits, one of the address {address} %, a hold of the domain {hold} %.",
            resolver=self.left[Technique.RESOLVER],
            address=self.left[Technique.ADDRESS],
            hold=self.left[Technique.REGISTRAR_HOLD],
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (
                say(PROFILES[technique].name),
                f"{left} %",
                "; ".join(say(LABELS[key]) for key in EVADES[technique])
                or say("nothing in this model"),
            )
            for technique, left in self.left.items()
        )
        columns = (say("way"), say("still blocked"), say("evaded by visits"))
        return Table(say("What remains blocked, of 100 visits"), columns, rows)

    @property
    def limits(self) -> tuple[str, ...]:
        say = self.say
        return (
            say(
                "This is arithmetic on assumptions, not a measurement. Type your own numbers: "
                "lab.evasion(vpn=20)."
            ),
            say("Not every visitor who could evade a block does so, or finds the new name."),
        )


def evasion(say: Language, **typed: object) -> Evasion:
    """Return what remains blocked; `typed` has shares in percent, by the keys of `LABELS`.

    "" stands for the share that is assumed anyway. Raises NotUnderstood for what is no share.
    """
    assumed = {key: (share, say("not counted by anybody")) for key, share in UNCOUNTED.items()}
    assumed = {"public_resolver": counted(), **assumed}
    assumed |= {
        key: (_share(value, say), say("typed by you"))
        for key, value in typed.items()
        if value != ""
    }
    told = "; ".join(
        say("{count} {label} ({source})", count=share, label=say(LABELS[key]), source=source)
        for key, (share, source) in assumed.items()
    )
    shares = {key: share for key, (share, _) in assumed.items()}
    note = say("Assumed, of 100 visits: {list}.", list=told)
    return Evasion(say, None, None, (note,), shares=shares)


def _share(value: object, say: Language) -> int:
    text = "" if isinstance(value, bool) else str(value).strip()
    if re.fullmatch(r"[0-9]{1,3} ?%?", text) and (share := int(text.rstrip(" %"))) <= 100:
        return share
    raise NotUnderstood(
        say("{what} is no share: give a whole number from 0 to 100.", what=quoted(value))
    )
