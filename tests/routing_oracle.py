"""What networks choose, found by letting them talk; and small random networks to try it on.

`chosen_paths` is the decision process of RFC 4271 section 9.1, written down step by step: every
network hears what its neighbours announce, drops what it must not believe, prefers, and
announces its choice, until nobody has anything new to say. It knows nothing of levels or of an
order to visit networks in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import combinations, product

from hypothesis import strategies as st

from labsupport.world.model import NetworkLink, Prefix, Roa
from labsupport.world.routing import Announcement

AsPath = tuple[int, ...]

LOCAL_PREFERENCE = {"customer": 300, "peer": 200, "provider": 100}


@dataclass(frozen=True)
class Networks:
    """Everything that decides who has which route."""

    asns: tuple[int, ...]
    links: tuple[NetworkLink, ...]
    announcements: tuple[Announcement, ...]
    roas: tuple[Roa, ...]
    checking: frozenset[int]


def relation(links: Collection[NetworkLink], asn: int, other: int) -> str | None:
    """What `other` is to `asn`: its "customer", "peer" or "provider"; None for no neighbour."""
    for link in links:
        if set(link.ends) == {asn, other}:
            if link.relation == "peering":
                return "peer"
            return "provider" if link.ends[0] == other else "customer"
    return None


def carries(link: NetworkLink, version: int) -> bool:
    """Whether packets of this version of IP can be sent over a link."""
    return all(any((":" in a) == (version == 6) for a in own) for own in link.addresses)


def chosen_paths(given: Networks, prefix: Prefix) -> dict[int, AsPath]:
    """The AS path of each network that has a route to `prefix`, () at its origins."""
    links = [link for link in given.links if carries(link, prefix.version)]
    origins = [asn for announced, asn in given.announcements if announced == prefix]
    # What each network announces: its own number, then the path it has chosen itself.
    heard: dict[tuple[int, int], AsPath] = {}  # from, to: what was last announced
    for _ in range(10 * len(given.asns)):
        paths = {}
        said: dict[tuple[int, int], AsPath] = {}
        for asn in given.asns:
            candidates = []
            for (sender, receiver), path in heard.items():
                kind = relation(links, asn, sender)
                if receiver == asn and kind and believed(given, asn, prefix, path):
                    rank = (-LOCAL_PREFERENCE[kind], len(path), sender)
                    candidates.append((rank, kind, path))
            if asn in origins:
                best_kind, best_path = "itself", ()
            elif candidates:
                _, best_kind, best_path = min(candidates)
            else:
                continue
            paths[asn] = best_path
            for other in given.asns:
                kind = relation(links, asn, other)
                if kind == "customer" or (kind and best_kind in ("itself", "customer")):
                    said[asn, other] = (asn, *best_path)
        if said == heard:
            return paths
        heard = said
    raise AssertionError("they talk forever")


def believed(given: Networks, asn: int, prefix: Prefix, path: AsPath) -> bool:
    """Whether a network takes an announcement from a neighbour at all."""
    if asn in path:
        return False
    if prefix.prefixlen > (24 if prefix.version == 4 else 48):
        return False
    return (
        asn not in given.checking or validity(given.roas, prefix, path[-1]) != "invalid"
    )


def validity(roas: Sequence[Roa], prefix: Prefix, origin: int) -> str:
    """RFC 6811 section 2, on addresses as strings of bits."""
    bits = in_bits(prefix)
    covering = [
        roa
        for roa in roas
        if roa.prefix.version == prefix.version and bits.startswith(in_bits(roa.prefix))
    ]
    if not covering:
        return "not found"
    matching = [
        roa for roa in covering if roa.asn == origin and len(bits) <= roa.max_length
    ]
    return "valid" if matching else "invalid"


def in_bits(prefix: Prefix) -> str:
    whole = f"{int(prefix.network_address):0{prefix.max_prefixlen}b}"
    return whole[: prefix.prefixlen]


PREFIXES: tuple[Prefix, ...] = tuple(
    map(
        ip_network,
        (
            "198.18.0.0/22",
            "198.18.0.0/23",
            "198.18.0.0/24",
            "198.18.1.0/24",
            "198.18.1.0/25",
            "2001:db8::/32",
            "2001:db8::/47",
            "2001:db8:1::/48",
            "2001:db8:1::/49",
        ),
    )
)
ADDRESSES = (
    "198.18.0.1",
    "198.18.1.1",
    "198.18.1.129",
    "198.18.3.1",
    "198.18.4.1",
    "2001:db8::1",
    "2001:db8:1::1",
    "2001:db8:2::1",
)
_LINES = (  # the addresses of both ends; which ones they are plays no role
    (("198.18.200.0", "2001:db8:ffff::"), ("198.18.200.1", "2001:db8:ffff::1")),
    (("198.18.200.0",), ("198.18.200.1",)),
    (("2001:db8:ffff::",), ("2001:db8:ffff::1",)),
)
# Made once: to make and check a strategy anew in each example takes longer than to draw from it.
_PAIRS = st.sampled_from(
    list(
        product(
            (None, None, "transit", "transit", "peering"),
            (*_LINES[:1] * 3, *_LINES),
            (False, True),
        )
    )
)
_PREFIX, _LONGER = st.sampled_from(PREFIXES), st.integers(0, 3)
_ASNS = st.permutations(range(1, 10)).flatmap(
    lambda asns: st.integers(1, len(asns)).map(lambda count: list(asns[:count]))
)


@st.composite
def networks(draw: st.DrawFn) -> Networks:
    """Draw up to nine networks in which nobody is his own provider's provider."""
    # Providers come first: so there is no circle, whatever the numbers.
    asns = draw(_ASNS)
    links = []
    for provider, customer in combinations(asns, 2):
        kind, line, turned = draw(_PAIRS)
        if kind is not None:
            ends = (provider, customer)
            if kind == "peering" and turned:
                ends = (customer, provider)
            links.append(NetworkLink(kind, ends, line))
    asn = st.sampled_from(asns)
    announcements = st.lists(
        st.builds(Announcement, _PREFIX, asn), unique=True, max_size=12
    )
    return Networks(
        tuple(asns),
        tuple(draw(st.permutations(links))),
        tuple(draw(announcements)),
        tuple(draw(st.lists(roas(asn), max_size=6))),
        draw(st.frozensets(asn)),
    )


@st.composite
def roas(draw: st.DrawFn, asns: st.SearchStrategy[int]) -> Roa:
    prefix = draw(_PREFIX)
    return Roa(prefix, draw(asns), prefix.prefixlen + draw(_LONGER))
