"""BIRD and the kernel, on the lab's networks: every route and every hop is the model's."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from bird import Choices, Internet, internet
from namespaces import needs

from labsupport.exchange import Request
from labsupport.network.offline import OfflineNetwork
from labsupport.world import World
from labsupport.world.routing import Announcement, Routing

pytestmark = [pytest.mark.real, needs("bird", "birdc", "traceroute")]

WORLD = World.load()
DEPLOYED = frozenset(
    network.asn for network in WORLD.networks if network.checks_origins
)
EVERYBODY = frozenset(network.asn for network in WORLD.networks)
MORE_SPECIFIC = Announcement(ip_network("198.18.103.0/24"), 64497)
CASES = {
    "nobody lies": (None, DEPLOYED),
    "a false part of 198.18.102.0/23, nobody checks": (MORE_SPECIFIC, frozenset()),
    "a false part of 198.18.102.0/23, those check who do": (MORE_SPECIFIC, DEPLOYED),
    "a false part of 198.18.102.0/23, everybody checks": (MORE_SPECIFIC, EVERYBODY),
    "the same prefix, without a ROA": (
        Announcement(ip_network("198.51.100.0/24"), 64505),
        EVERYBODY,
    ),
    "the same prefix, with a ROA": (
        Announcement(ip_network("203.0.113.0/24"), 64505),
        DEPLOYED,
    ),
    "a false part in IPv6": (
        Announcement(ip_network("2001:db8:9600::/48"), 64505),
        DEPLOYED,
    ),
    "a prefix too long to be taken": (
        Announcement(ip_network("198.51.100.0/25"), 64505),
        frozenset(),
    ),
}

MOST_HOPS = 8
FIBRA_SUR, FIBRA_SUR_IPV6 = "198.18.0.10", "2001:db8:9600:a::10"
MOVIL_NORTE = "100.64.7.21"
IN_THE_FALSE_PREFIX = "198.18.103.10"
WAYS = (
    (FIBRA_SUR, "198.51.100.10"),  # over the carrier
    (FIBRA_SUR, "203.0.113.80"),  # over the exchange point
    (FIBRA_SUR, "198.18.102.10"),  # there too, to a silent router
    (FIBRA_SUR, IN_THE_FALSE_PREFIX),
    (FIBRA_SUR, "198.19.105.66"),  # beyond the sea
    (FIBRA_SUR, "198.18.129.53"),  # to a neighbour, by way of beyond the sea
    (MOVIL_NORTE, "198.51.100.10"),  # out of a carrier-grade NAT
    (MOVIL_NORTE, "198.18.0.53"),
    (FIBRA_SUR_IPV6, "2001:db8:501::10"),
    (FIBRA_SUR_IPV6, "2001:db8:503:102::10"),
    (FIBRA_SUR_IPV6, "2001:db8:504::104"),
    (FIBRA_SUR_IPV6, "3fff:505::53"),
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Internet]:
    machines: dict[int, list[str]] = {}
    for address in dict.fromkeys(end for way in WAYS for end in way):
        machines.setdefault(as_of(address), []).append(address)
    with internet(WORLD, machines, DEPLOYED, tmp_path_factory.mktemp("bird")) as lab:
        yield lab


def as_of(address: str) -> int:
    network = WORLD.network_of(address)
    assert network is not None
    return network.asn


def modelled(routing: Routing, lab: Internet) -> Choices:
    return {
        (asn, str(prefix)): route.path
        for prefix in routing.prefixes
        for asn, route in routing.table(prefix).items()
        if asn in lab.routers
    }


@pytest.mark.parametrize("case", CASES)
def test_every_network_chooses_the_path_that_the_model_says(
    lab: Internet, case: str
) -> None:
    false, checking = CASES[case]
    routing = (
        WORLD.routing if false is None else WORLD.routing.announced(false, checking)
    )
    lab.configure(false, checking)
    bird, model = lab.choices(), modelled(routing, lab)
    differing = {both for both in bird | model if bird.get(both) != model.get(both)}
    assert {both: (bird.get(both), model.get(both)) for both in differing} == {}


@pytest.mark.parametrize("protocol", ["--icmp", "--udp"])
@pytest.mark.parametrize(("source", "to"), WAYS)
def test_traceroute_shows_the_hops_of_the_model(
    lab: Internet, source: str, to: str, protocol: str
) -> None:
    lab.configure(None, DEPLOYED)
    lab.choices()
    assert traced(lab, source, to, protocol) == probed(
        OfflineNetwork(WORLD), source, to
    )


@pytest.mark.parametrize("protocol", ["--icmp", "--udp"])
def test_traceroute_follows_the_false_announcement_as_the_model_does(
    lab: Internet, protocol: str
) -> None:
    lab.configure(MORE_SPECIFIC, frozenset())
    lab.choices()
    routing = WORLD.routing.announced(MORE_SPECIFIC, frozenset())
    hops = probed(
        OfflineNetwork(WORLD, routing=routing), FIBRA_SUR, IN_THE_FALSE_PREFIX
    )
    assert traced(lab, FIBRA_SUR, IN_THE_FALSE_PREFIX, protocol) == hops
    assert IN_THE_FALSE_PREFIX not in hops


def traced(lab: Internet, source: str, to: str, protocol: str) -> list[str]:
    """The hops that traceroute shows, "*" where nothing came back."""
    command = (
        "traceroute",
        protocol,
        "-n",
        "-q1",
        "-w1",
        f"-m{MOST_HOPS}",
        "-s",
        source,
        to,
    )
    said = lab.machines[as_of(source)].run(*command)
    assert said.returncode == 0, said.stderr
    return [line.split()[1] for line in said.stdout.splitlines()[1:]]


def probed(network: OfflineNetwork, source: str, to: str) -> list[str]:
    """The hops that probes with a rising hop limit find in the model."""
    hops: list[str] = []
    while to not in hops and len(hops) < MOST_HOPS:
        probe = Request(source, 0, to, 0, "icmp", None, b"", hop_limit=len(hops) + 1)
        hops.append(network.send(probe).from_address or "*")
    return hops
