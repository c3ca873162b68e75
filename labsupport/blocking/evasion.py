"""`lab.evasion`: what of a block remains when visitors and site evade it, by stated assumptions.

A simple model: of all visits to the site, a share is made in a way that the block does not
meet. The ways are taken as independent of each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING

from labsupport.blocking.techniques import PROFILES, Technique
from labsupport.language import Language, mark
from labsupport.lookups import drawings
from labsupport.lookups.names import NotUnderstood
from labsupport.reference import read
from labsupport.results import Figure, NoFigure, Result, Table, quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Assumption:
    """A share of the visits, in percent, that evades some ways of blocking.

    `source` says where the share comes from, and when; "" for one that nobody counted.
    """

    key: str
    percent: float
    source: str = ""


LABELS = {
    "public_resolver": mark("through a public resolver"),
    "vpn": mark("through a VPN"),
    "hidden_name": mark("with the server name encrypted (ECH)"),
    "new_name": mark("to another name of the site"),
    "new_address": mark("to another address of the site"),
}
# What nobody has counted, as far as was found: a first number to change, no fact.
UNCOUNTED = {"vpn": 5.0, "hidden_name": 0.0, "new_name": 0.0, "new_address": 0.0}
COUNTED = "use at least one public resolver"  # a row of data/reference/concentration.csv

# What evades a way of blocking. Visits through the public resolver are those that a block
# there meets, so they stand apart.
EVADES: dict[Technique, tuple[str, ...]] = {
    Technique.AUTHOR: (),
    Technique.HOST: ("new_address",),
    Technique.CDN: ("new_address",),
    Technique.REGISTRAR_HOLD: ("new_name",),
    Technique.REGISTRY_HOLD: ("new_name",),
    Technique.NAME_SERVERS: ("new_name",),
    Technique.PUBLIC_RESOLVER: ("vpn", "new_name"),
    Technique.RESOLVER: ("public_resolver", "vpn", "new_name"),
    Technique.ADDRESS: ("vpn", "new_address"),
    Technique.ROUTE: ("vpn", "new_address"),
    Technique.SERVER_NAME: ("vpn", "hidden_name", "new_name"),
}


@cache
def counted() -> tuple[float, str]:
    """Return the share of those who use a public resolver, in percent, and its source.

    >>> counted()[0]
    28.3
    """
    row = next(row for row in read("concentration").rows if row[0] == COUNTED)
    _, value, what, source, date = map(str, row)
    return float(value.rstrip("%")), f"{what} ({source}, {date})"


def remaining(technique: Technique, shares: Mapping[str, float]) -> float:
    """Return the percentage of visits that a way of blocking still meets.

    `shares` are in percent, by the keys of `LABELS`.

    >>> shares = dict(UNCOUNTED, public_resolver=50.0, vpn=10.0)
    >>> remaining(Technique.RESOLVER, shares), remaining(Technique.REGISTRY_HOLD, shares)
    (45.0, 100.0)
    """
    left = 100.0
    for key in EVADES[technique]:
        left *= 1 - shares[key] / 100
    if technique is Technique.PUBLIC_RESOLVER:
        left *= shares["public_resolver"] / 100
    return left


class Evasion(Result):
    """What remains blocked. Attributes: `assumptions`; `left`, in percent by way of blocking."""

    def __init__(self, say: Language, assumptions: tuple[Assumption, ...]) -> None:
        self.assumptions = assumptions
        shares = {one.key: one.percent for one in assumptions}
        self.left = {technique: remaining(technique, shares) for technique in Technique}
        super().__init__(say, None, None)
        self.notes = (self._assumed(),)

    @property
    def sentence(self) -> str:
        say = self.say
        return say(
            "By these assumptions a block at the providers' resolvers still meets {resolver} % of "
            "the visits, one of the address {address} %, a hold of the domain {hold} %.",
            resolver=_rounded(self.left[Technique.RESOLVER]),
            address=_rounded(self.left[Technique.ADDRESS]),
            hold=_rounded(self.left[Technique.REGISTRAR_HOLD]),
        )

    def _assumed(self) -> str:
        say = self.say
        parts = (
            say(
                "{count} {label} ({source})",
                label=say(LABELS[one.key]),
                count=_rounded(one.percent),
                source=one.source or say("an assumption, not counted by anybody"),
            )
            for one in self.assumptions
        )
        return say("Assumed, of 100 visits: {list}.", list="; ".join(parts))

    def tabulated(self) -> Table:
        say = self.say
        rows = tuple(
            (
                say(PROFILES[technique].name),
                f"{_rounded(left)} %",
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
            say(
                "Not every visitor who could evade a block does so, and a site with a new name has "
                "to be found by its visitors again."
            ),
        )

    def figure(self) -> Figure | NoFigure:
        say = self.say
        labels = [say(PROFILES[technique].name) for technique in self.left]
        values = list(self.left.values())
        words = [f"{_rounded(value)} %" for value in values]
        title = say("What remains blocked, of 100 visits")
        pairs = "; ".join(f"{a}: {b}" for a, b in zip(labels, words, strict=True))
        alt = say("A bar for each way of blocking. {pairs}.", pairs=pairs)

        def draw(axes: Axes) -> None:
            drawings.bars(axes, labels, values, words)
            axes.set_xlabel(say("visits that are still blocked, of 100"))

        return Figure(title, alt, self.tabulated(), draw, say, size=(8.0, 5.0))


def evasion(say: Language, **typed: object) -> Evasion:
    """Return what remains blocked; `typed` has shares in percent, by the keys of `LABELS`.

    "" stands for the share that is assumed anyway. Raises NotUnderstood for what is no share.
    """
    percent, source = counted()
    first = {"public_resolver": Assumption("public_resolver", percent, source)}
    first |= {key: Assumption(key, share) for key, share in UNCOUNTED.items()}
    found = []
    for key in LABELS:
        value = typed.get(key, "")
        if value == "":
            found.append(first[key])
        else:
            found.append(Assumption(key, _share(value, say), say("typed by you")))
    return Evasion(say, tuple(found))


def _share(value: object, say: Language) -> float:
    text = value.strip().rstrip("%").replace(",", ".") if isinstance(value, str) else value
    if not isinstance(text, bool) and isinstance(text, str | int | float):
        try:
            share = float(text)
        except (ValueError, OverflowError):
            share = -1.0
        if isfinite(share) and 0 <= share <= 100:
            return share
    raise NotUnderstood(
        say("{what} is no share: give a number from 0 to 100, in percent.", what=quoted(value))
    )


def _rounded(percent: float) -> str:
    return f"{percent:.1f}".removesuffix(".0")
