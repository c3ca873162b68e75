"""Who goes dark under one order, over a million sites, beside one group-by over the same column."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import ip_network

import dns.name
import numpy as np
import pandas as pd

from benchmarks.measure import Row, ratio, side_by_side, usual_environment
from labsupport import Lab
from labsupport.blocking.execution import Execution
from labsupport.blocking.impact import bystanders, dark
from labsupport.blocking.population import Bools, Sites
from labsupport.blocking.techniques import Technique
from labsupport.rules import Action, AddressRule, NameRule, PolicyAnswer, ServerNameRule
from labsupport.teaching.form import Form
from labsupport.world.changes import Hold

ROUNDS = 20
SMALL, LARGE = 10_000, 1_000_000
FIBRA_SUR = 64496
TIMES_AS_LONG, TIMES_TO_BUILD = 3, 50
TIMES_TO_DRAW = 1  # a group-by over a million rows takes some hundredths of a second
MOST_MEGABYTES = 600
MORE_A_SITE = 1.3  # of many sites, beside one of few

# Run by a Python of its own, whose peak is that of one order and nothing else.
ONE_ORDER = """
import pathlib
from benchmarks.impact import address_order, who_goes_dark
print(who_goes_dark(address_order({size})).sum())
status = pathlib.Path("/proc/self/status").read_text()
print(status.partition("VmHWM:")[2].split()[0])
"""


def rows() -> Iterator[Row]:
    """Measure an order of each kind, the model's own crowds, building it, and the memory."""
    small, large = Sites.generated(SMALL), Sites.generated(LARGE)
    column = pd.DataFrame({"address": large.addresses[:, 0]})

    def group_by() -> object:
        return column.groupby("address").size()

    for what, order in ORDERS.items():
        of_small, of_large = (partial(who_goes_dark, order(sites)) for sites in (small, large))
        if not of_small().any() or not of_large().any():
            raise SystemExit(f"{what}: nothing goes dark, so there is nothing to measure.")
        few, many, grouping = side_by_side((of_small, of_large, group_by), ROUNDS)
        beside = "beside a group-by over their addresses"
        yield ratio(
            f"an order on {what}: who of {LARGE:,} goes dark, {beside}",
            many,
            grouping,
            TIMES_AS_LONG,
        )
        yield _growth(what, few, many)
    for technique in (Technique.ADDRESS, Technique.ROUTE, Technique.REGISTRY_HOLD):
        crowd = partial(bystanders, large, technique, "shared")
        times, grouping = side_by_side((crowd, group_by), ROUNDS)
        yield ratio(
            f"{technique}, each site on shared hosting the target in turn, beside the same",
            times,
            grouping,
        )
    building, grouping = side_by_side((partial(Sites.generated, LARGE), group_by), ROUNDS)
    yield ratio(f"building {LARGE:,} sites, beside the same", building, grouping, TIMES_TO_BUILD)
    pressing, grouping = side_by_side((_press_of_a_control(), group_by), ROUNDS)
    what = "a press in the form of assumptions: what remains, drawn again, beside the same"
    yield ratio(what, pressing, grouping, TIMES_TO_DRAW)
    yield _memory()


def _press_of_a_control() -> Callable[[], object]:
    lab = Lab("en")
    form = lab.evasion_box()
    assert isinstance(form, Form)
    values = {field["key"]: field["value"] for field in form.content["fields"]}
    return lambda: form.press("show", values | {"vpn": "20"})


def _growth(what: str, few: list[float], many: list[float]) -> Row:
    """Compare what one site costs, among few and among many."""
    return Row(
        f"an order on {what}: a site of {LARGE:,}, beside one of {SMALL:,}",
        f"{statistics.median(many) / LARGE * 1e9:.1f} ns",
        f"{statistics.median(few) / SMALL * 1e9:.1f} ns",
        statistics.median(many) / LARGE / (statistics.median(few) / SMALL),
        bound=MORE_A_SITE,
    )


def who_goes_dark(order: tuple[Sites, Execution]) -> Bools:
    """Say of each site whether it goes dark for somebody whose provider carries the order out."""
    return dark(*order, network=FIBRA_SUR, resolver_network=FIBRA_SUR)


def address_order(sites: Sites | int) -> tuple[Sites, Execution]:
    """Return sites, and an order that blocks all addresses of the most crowded place among them.

    A number stands for a model of so many.
    """
    if isinstance(sites, int):
        sites = Sites.generated(sites)
    crowded = int(np.bincount(sites.address_set).argmax())
    own = [int(number) for number in sites.addresses_of_set[crowded] if number >= 0]
    known = {
        number: f"2001:db8::{place}" if sites.is_ipv6[number] else f"203.0.113.{place}"
        for place, number in enumerate(own, start=1)
    }
    rules = tuple(
        AddressRule(asn=FIBRA_SUR, prefix=ip_network(text), action=Action.DROP)
        for text in known.values()
    )
    return sites.numbered(known), Execution(rules)


def _name_order(sites: Sites) -> tuple[Sites, Execution]:
    """Return an order that blocks the name of a platform, or of a site, at the resolver."""
    name = dns.name.from_text(_first_domain(sites))
    rule = NameRule(asn=FIBRA_SUR, name=name, answer=PolicyAnswer.NAME_ERROR, subtree=True)
    return sites, Execution((rule,))


def _server_name_order(sites: Sites) -> tuple[Sites, Execution]:
    name = dns.name.from_text(_first_domain(sites))
    return sites, Execution((ServerNameRule(asn=FIBRA_SUR, server_name=name, action=Action.RESET),))


def _hold_order(sites: Sites) -> tuple[Sites, Execution]:
    return sites, Execution(changes=(Hold(domain=_first_domain(sites), status="server hold"),))


def _first_domain(sites: Sites) -> str:
    return ".".join(sites.name(int(np.flatnonzero(sites.domain == 0)[0])).split(".")[-2:])


ORDERS: dict[str, Callable[[Sites], tuple[Sites, Execution]]] = {
    "addresses": address_order,
    "a name": _name_order,
    "a server name": _server_name_order,
    "a whole domain": _hold_order,
}


def _memory() -> Row:
    few, many = _peak(SMALL), _peak(LARGE)
    what = f"peak memory of building {LARGE:,} sites and one order, beside {SMALL:,}"
    return Row(what, f"{many:.0f} MB", f"{few:.0f} MB", many, "MB", MOST_MEGABYTES)


def _peak(size: int) -> float:
    """Return the megabytes that a Python of its own needs at the peak."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_ORDER.format(size=size)],
        env=usual_environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return int(done.stdout.split()[-1]) / 1024
