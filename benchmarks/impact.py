"""Who goes dark under one order, over the sites of the lab, beside one cold validated ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.exchanges import nothing_kept
from benchmarks.measure import Row, ratio, side_by_side
from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.orders.impact import dark
from labsupport.orders.simulation import order_for
from labsupport.orders.techniques import Technique

ROUNDS = 40
ASKED = "www.museum.example"
# Every kind of rule and of change, each on a target where it does something.
ORDERS = (
    (Technique.ADDRESS, "goles-gratis.example"),
    (Technique.RESOLVER, "mis-paginas.example"),
    (Technique.SERVER_NAME, "universidad.test"),
    (Technique.REGISTRY_HOLD, "alojar.example"),
    (Technique.NAME_SERVERS, "brisa-cdn.example"),
    (Technique.HOST, "goles-gratis.example"),
)
TIMES_AS_LONG = 1


def rows() -> Iterator[Row]:
    """Measure an order of each kind, and what remains of each."""
    lab = Lab("en")

    def forget() -> None:
        lab.wait("2 days")  # longer than any answer is kept
        nothing_kept(context_of(lab).offline)

    sides = {
        f"{technique} of {name}: who goes dark": _order(lab, technique, name)
        for technique, name in ORDERS
    }
    remains = "the assumptions changed: what remains, shown again"
    sides[remains] = lambda: lab.orders.evasion(vpn=20)._repr_mimebundle_()
    *times, asking = side_by_side(
        (*sides.values(), lambda: lab.ask(ASKED)), ROUNDS, forget, time.process_time
    )
    for what, measured in zip(sides, times, strict=True):
        yield ratio(
            f"{what}, beside a cold lab.ask {ASKED}", measured, asking, TIMES_AS_LONG
        )


def _order(lab: Lab, technique: Technique, name: str) -> Callable[[], object]:
    trial = context_of(lab).trial
    execution, connection = (
        trial.execution(order_for(technique, name)),
        trial.world.connections[0],
    )
    who = partial(dark, trial.world, execution, connection.asn, connection.resolvers)
    if not who():
        raise SystemExit(
            f"{technique} of {name}: nothing goes dark, so there is nothing to measure."
        )
    return who
