"""A prefix converges in a generated Internet: in proportion to its size, and beside pandas.

What a network's neighbours are is worked out once a model (`AsNeighbours`), for all prefixes, and
is no part of the figures.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Literal

import pandas as pd

from benchmarks.measure import Row, ratio, side_by_side
from labsupport.world.model import NetworkLink
from labsupport.world.routing import AsNeighbours, converge

ROUNDS = 100
SMALL, LARGE = 1_000, 5_000
FIRST_ASN = 4_200_000_000  # private use, RFC 6996
CARRIERS = 5
PROVIDERS = 2  # of each network but the carriers
PEERINGS = 1  # for each network; each has two ends


def rows() -> Iterator[Row]:
    """Measure how one prefix converges in a small and in a large model, beside one merge."""
    small, large = links(SMALL), links(LARGE)
    table = pd.DataFrame([(*link.ends, link.relation) for link in large])
    table.columns = pd.Index(["one", "other", "relation"])
    holders = pd.DataFrame({"asn": range(FIRST_ASN, FIRST_ASN + LARGE)})
    holders["holder"] = [f"Network {number}" for number in range(LARGE)]
    # The origin is the youngest network, a customer like most.
    sides = (
        partial(converge, AsNeighbours(small), [FIRST_ASN + SMALL - 1]),
        partial(converge, AsNeighbours(large), [FIRST_ASN + LARGE - 1]),
        partial(table.merge, holders, left_on="one", right_on="asn"),
    )
    assert len(sides[0]()) == SMALL
    assert len(sides[1]()) == LARGE
    assert len(sides[2]()) == len(large)
    in_small, in_large, merging = side_by_side(sides, ROUNDS)
    part_of_small = statistics.median(in_small) / (SMALL + len(small))
    part_of_large = statistics.median(in_large) / (LARGE + len(large))
    yield Row(
        f"a prefix converges, a network or link of {LARGE:,} and of {SMALL:,} networks",
        f"{part_of_large * 1e6:.3f} µs",
        f"{part_of_small * 1e6:.3f} µs",
        abs(part_of_large / part_of_small - 1) * 100,
        "% apart",
        bound=30,
    )
    yield ratio(
        f"a prefix converges in {LARGE:,} networks, and one merge of its {len(large):,} links",
        in_large,
        merging,
        bound=20,
    )


def links(count: int) -> list[NetworkLink]:
    """Return the links of `count` networks: a few carriers at the top, many small ones.

    Every network buys from two others, more probably from those that already sell to many,
    which gives a few networks most of the links; and networks peer at random.
    """
    chance = random.Random(count)
    asns = range(FIRST_ASN, FIRST_ASN + count)
    carriers = asns[:CARRIERS]
    pairs: dict[tuple[int, int], Literal["transit", "peering"]] = {}
    pairs |= dict.fromkeys(combinations(carriers, 2), "peering")
    by_weight = list(carriers)  # each network once, and again for each customer
    for asn in asns[CARRIERS:]:
        providers: set[int] = set()
        while len(providers) < PROVIDERS:
            providers.add(chance.choice(by_weight))
        pairs |= {(provider, asn): "transit" for provider in sorted(providers)}
        by_weight += [asn, *sorted(providers)]
    while len(pairs) < count * (PROVIDERS + PEERINGS):
        one, other = sorted(chance.sample(asns, 2))
        pairs.setdefault((one, other), "peering")
    return [NetworkLink(relation, ends) for ends, relation in pairs.items()]
