"""Live mode in a namespace of the lab: its clock, its entry, packets that are led elsewhere."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from misbehaving import HERE
from namespaces import Namespace

from labsupport.world import World

T = TypeVar("T")

WORLD = World.load()
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
# The clocks of all who take part begin where the lab's does, and go as ever. The one that spans are
# measured by is not left out: in Python, threads that wait would then try without end.
LAB_TIME = {
    "LD_PRELOAD": str(FAKETIME),
    "FAKETIME": f"@{WORLD.start:%Y-%m-%d %H:%M:%S}",
    "TZ": "UTC",
}
# What the guard must be told of, since documentation and tests have these addresses. Nothing of
# the machine itself is among them.
PREFIXES = tuple(
    str(prefix)
    for network in WORLD.networks
    for prefix in (*network.prefixes, *network.inside)
)

# What a network may stop.
PORTS_CLOSED = {
    "no port 53": "meta l4proto { tcp, udp } th dport 53 drop",
    "no port 43": "tcp dport 43 drop",
    "only port 443": "meta l4proto { tcp, udp } th sport != 443 th dport != 443 drop",
}
CLOSED = """
table inet closed {{
    chain output {{
        type filter hook output priority filter; policy accept;
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        {rule}
    }}
    chain input {{
        type filter hook input priority filter; policy accept;
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        {rule}
    }}
}}
"""
LED = """
table inet led{zone} {{
    chain zones {{
        type filter hook output priority raw; policy accept;
        {zones}
    }}
    chain output {{
        type nat hook output priority dstnat; policy accept;
        {ways}
    }}
}}
"""
_zones = itertools.count(1)


class Place(NamedTuple):
    """Where somebody listens."""

    address: str
    protocol: str
    port: int


def nft(namespace: Namespace, commands: str) -> None:
    subprocess.run(
        ("ip", "netns", "exec", namespace.name, "nft", "-f", "-"),
        input=commands,
        text=True,
        check=True,
        timeout=30,
    )


@contextmanager
def closed(namespace: Namespace, rule: str) -> Iterator[None]:
    """Let packets of this kind go no more; what belongs to the machine itself goes on."""
    nft(namespace, CLOSED.format(rule=rule))
    try:
        yield
    finally:
        nft(namespace, "delete table inet closed")


@contextmanager
def inside(namespace: Namespace, server: AbstractContextManager[T]) -> Iterator[T]:
    """Run a server of `misbehaving` in the namespace: its sockets belong there."""
    entered = namespace.call(server.__enter__)
    try:
        yield entered
    finally:
        server.__exit__(None, None, None)


@contextmanager
def led_to(namespace: Namespace, ports: Mapping[Place, int]) -> Iterator[None]:
    """Lead packets for a place of the lab to a port of the machine itself."""
    # The kernel remembers for seconds where a flow was led. In a zone of its own no flow meets
    # what was remembered of an earlier one from the same port.
    zone = next(_zones)
    packets = {
        place: f"ip daddr {place.address} {place.protocol} dport {place.port}"
        for place in ports
    }
    zones = [f"{those} ct original zone set {zone}" for those in packets.values()]
    ways = [
        f"{packets[place]} dnat ip to {HERE}:{port}" for place, port in ports.items()
    ]
    rules = LED.format(zone=zone, zones="\n".join(zones), ways="\n".join(ways))
    nft(namespace, rules)
    try:
        yield
    finally:
        nft(namespace, f"delete table inet led{zone}")
