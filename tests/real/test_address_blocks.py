"""What an order exports for routers stops between namespaces what it stops in the lab.

A client, an access provider's router and the served lab stand in three namespaces, in a row.
The router loads the exported file; the client then calls every web site of the lab.
"""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import dns.name
import pytest
from namespaces import Namespace, needs, own_name, served_lab

from labsupport import Lab
from labsupport.exchange import HTTPS_PORT, Reply, Request
from labsupport.exchange.http import HttpRequest
from labsupport.inputs.urls import Url
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.network.offline import OfflineNetwork
from labsupport.orders.execution import Execution
from labsupport.orders.export import blackhole_routes
from labsupport.orders.order import Target, TargetKind, order_of
from labsupport.orders.techniques import Technique
from labsupport.world import World

pytestmark = [pytest.mark.real, needs()]

WORLD = World.load()
EN = Language.load("en")
FIBRA_SUR = 64496
CLIENT4, CLIENT6 = "198.18.0.99", "2001:db8:9600::99"
# The two lines, client to router and router to lab; the lower address is the router's.
LINES = (
    ("198.19.250.0", "198.19.250.1", "3fff:250::1", "3fff:250::2"),
    ("198.19.251.0", "198.19.251.1", "3fff:251::1", "3fff:251::2"),
)
SECONDS_TO_CONNECT = 2.0  # a lost first packet is sent again after one
AT_ONCE = 64
TARGETS = (
    "goles-gratis.example",
    "www.partidos-ya.example",  # two addresses of the CDN, and their IPv6 twins
    "www.museum.example",
    "www.seis.example",  # IPv6 only
)
Exported = Callable[[Execution], str]


def ip(namespace: str, *command: str) -> None:
    subprocess.run(
        ("ip", "-n", namespace, *command), check=True, capture_output=True, timeout=30
    )


def join(one: str, other: str, names: tuple[str, str]) -> None:
    ip(
        one,
        "link",
        "add",
        names[0],
        "type",
        "veth",
        "peer",
        "name",
        names[1],
        "netns",
        other,
    )


@pytest.fixture(scope="module")
def lab_namespace() -> Iterator[Namespace]:
    with served_lab("blocks") as namespace:
        yield namespace


@pytest.fixture
def row(lab_namespace: Namespace) -> Iterator[tuple[Namespace, Namespace]]:
    """A client and a router before the served lab; both are new for each test."""
    client, router, lab = own_name("client"), own_name("router"), lab_namespace.name
    for name in (client, router):
        subprocess.run(("ip", "netns", "add", name), check=True, timeout=30)
    try:
        for name in (client, router, lab):
            # Otherwise a second goes by until a new link may be used for IPv6.
            quick = "echo 0 >/proc/sys/net/ipv6/conf/default/dad_transmits"
            Namespace(name).run("sh", "-c", quick)
        join(client, router, ("out", "in"))
        join(router, lab, ("out", "labin"))
        for name, links in ((client, ("lo", "out")), (router, ("lo", "in", "out"))):
            for link in links:
                ip(name, "link", "set", link, "up")
        ip(lab, "link", "set", "labin", "up")
        forwarding = "echo 1 >/proc/sys/net/ipv4/ip_forward; "
        forwarding += "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
        Namespace(router).run("sh", "-c", forwarding)
        for (near4, far4, near6, far6), (ends, links) in zip(
            LINES,
            (((router, client), ("in", "out")), ((router, lab), ("out", "labin"))),
            strict=True,
        ):
            for name, link, four, six in (
                (ends[0], links[0], near4, near6),
                (ends[1], links[1], far4, far6),
            ):
                ip(name, "addr", "add", f"{four}/31", "dev", link)
                ip(name, "addr", "add", f"{six}/64", "dev", link, "nodad")
        for address, bits in ((CLIENT4, 32), (CLIENT6, 128)):
            nodad = ("nodad",) if bits == 128 else ()
            ip(client, "addr", "add", f"{address}/{bits}", "dev", "out", *nodad)
        for number, (address, bits) in enumerate(((CLIENT4, 32), (CLIENT6, 128))):
            # Packets to the lab's own prefixes stay in its namespace: there the way back is told.
            back = LINES[1][2 * number]
            ip(lab, "route", "add", f"{address}/{bits}", "via", back, "table", "local")
            ip(
                router,
                "route",
                "add",
                f"{address}/{bits}",
                "via",
                LINES[0][2 * number + 1],
            )
            version = ("-6",) if number else ()
            ip(
                router,
                *version,
                "route",
                "add",
                "default",
                "via",
                LINES[1][2 * number + 1],
            )
            here = ("default", "via", LINES[0][2 * number], "src", address)
            ip(client, *version, "route", "add", *here)
        yield Namespace(client), Namespace(router)
    finally:
        for address, bits in ((CLIENT4, 32), (CLIENT6, 128)):
            with suppress(subprocess.CalledProcessError):
                ip(lab, "route", "del", f"{address}/{bits}", "table", "local")
        with suppress(subprocess.CalledProcessError):
            ip(router, "link", "delete", "out")
        for name in (client, router):
            subprocess.run(("ip", "netns", "delete", name), check=True, timeout=30)


ADDRESSES = sorted({address for site in WORLD.sites for address in site.addresses})


def reached() -> set[str]:
    """Call every web server of the lab; return those that take the call."""

    def call(address: str) -> bool:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(SECONDS_TO_CONNECT)
            try:
                client.connect((address, HTTPS_PORT))
            except OSError:
                return False
            return True

    # Each in a thread of the one that entered the namespace: a new thread is in the same one.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {
            a
            for a, answered in zip(ADDRESSES, pool.map(call, ADDRESSES), strict=True)
            if answered
        }


def reached_in_the_lab(execution: Execution) -> set[str]:
    network = OfflineNetwork(WORLD, execution.rules)
    found = set()
    for address in ADDRESSES:
        site = next(site for site in WORLD.sites if address in site.addresses)
        url = Url("https", dns.name.from_text(site.name))
        payload = HttpRequest("GET", "/", (("Host", url.authority),)).to_bytes()
        source = CLIENT6 if ":" in address else CLIENT4
        request = Request(
            source, 40000, address, HTTPS_PORT, "https", site.name, payload
        )
        if isinstance(network.send(request), Reply):
            found.add(address)
    return found


def execution_of(technique: Technique) -> Execution:
    targets = tuple(Target(name, TargetKind.NAME) for name in TARGETS)
    return context_of(Lab("en")).trial.execution(order_of(targets, technique))


def load(router: Namespace, text: str, folder: Path) -> None:
    file = folder / "exported"
    file.write_text(text)
    ran = router.run("sh", "-e", str(file))
    assert ran.returncode == 0, ran.stderr


def test_every_site_is_reached_before(row: tuple[Namespace, Namespace]) -> None:
    client, _ = row
    assert client.call(reached) == set(ADDRESSES)


@pytest.mark.parametrize("technique", [Technique.ADDRESS, Technique.ROUTE])
def test_real_routers_stop_what_the_lab_stops(
    technique: Technique, row: tuple[Namespace, Namespace], tmp_path: Path
) -> None:
    client, router = row
    execution = execution_of(technique)
    load(router, blackhole_routes(execution.rules, FIBRA_SUR, EN), tmp_path)
    expected = reached_in_the_lab(execution)
    assert expected < set(ADDRESSES)
    assert client.call(reached) == expected
