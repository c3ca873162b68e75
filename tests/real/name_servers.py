"""Knot and NSD with the zones of the lab: one instance an operator, at its own addresses."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.message
import pytest
from namespaces import Namespace

from labsupport.world import World
from labsupport.world.compose import file_name

SECONDS_TO_START = 30
SECONDS_AN_ANSWER = 3


@dataclass(frozen=True)
class Operator:
    """Who serves which zones, at which addresses.

    The thirteen root operators stand here as one: they serve the same single zone.
    """

    name: str
    addresses: tuple[str, ...]
    zones: tuple[str, ...]


def operators(world: World) -> list[Operator]:
    by_zones: dict[tuple[str, ...], list[str]] = {}
    names = {}
    for server in world.servers:
        if server.kind == "authoritative" and not server.dead:
            addresses = [address for host in server.hosts for address in host.addresses]
            by_zones.setdefault(server.zones, []).extend(addresses)
            names[server.zones] = server.operator
    return [
        Operator(names[zones], tuple(addresses), zones)
        for zones, addresses in by_zones.items()
    ]


def write_zones(world: World, folder: Path) -> None:
    for zone in world.zone_names:
        folder.joinpath(file_name(zone)).write_text(
            world.zone_text(zone), encoding="utf-8"
        )


def absolute(zone: str) -> str:
    return "." if zone == "." else f"{zone}."


def knot(operator: Operator, folder: Path, zones: Path) -> tuple[str, ...]:
    """Write a configuration of Knot; return how to start it."""
    listen = ", ".join(f'"{address}@53"' for address in operator.addresses)
    listed = "\n".join(
        f'  - domain: "{absolute(zone)}"\n    file: "{zones / file_name(zone)}"'
        for zone in operator.zones
    )
    (folder / "knot.conf").write_text(f"""
server:
    rundir: "{folder}"
    listen: [ {listen} ]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: "{folder}"
template:
  - id: default
    zonefile-sync: -1
    journal-content: none
zone:
{listed}
""")
    return ("knotd", "-c", str(folder / "knot.conf"))


def nsd(operator: Operator, folder: Path, zones: Path) -> tuple[str, ...]:
    """Write a configuration of NSD; return how to start it."""
    listen = "\n".join(f"    ip-address: {address}" for address in operator.addresses)
    listed = "\n".join(
        f'zone:\n    name: "{absolute(zone)}"\n    zonefile: "{zones / file_name(zone)}"'
        for zone in operator.zones
    )
    (folder / "nsd.conf").write_text(f"""
server:
{listen}
    ip-transparent: yes
    username: ""
    chroot: ""
    server-count: 1
    pidfile: ""
    xfrdfile: ""
    xfrdir: "{folder}"
    zonelistfile: "{folder}/zone.list"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
{listed}
""")
    return ("nsd", "-d", "-c", str(folder / "nsd.conf"))


Configure = Callable[[Operator, Path, Path], tuple[str, ...]]


@contextmanager
def running_operators(
    configure: Configure, namespace: Namespace, world: World, folder: Path, zones: Path
) -> Iterator[None]:
    """Run one instance an operator; all answer when this is entered."""
    with ExitStack() as stack:
        started = []
        for number, operator in enumerate(operators(world)):
            own = folder / str(number)
            own.mkdir(parents=True)
            command = configure(operator, own, zones)
            process = stack.enter_context(namespace.running(*command, log=own / "log"))
            started.append((operator, process, own / "log"))
        for operator, process, log in started:
            query = dns.message.make_query(
                absolute(operator.zones[-1]), "SOA"
            ).to_wire()
            for _ in range(SECONDS_TO_START * 20):
                assert process.poll() is None, log.read_text()
                answer = namespace.call(
                    ask, query, operator.addresses[0], tcp=False, seconds=0.1
                )
                if answer is not None and dns.message.from_wire(answer).answer:
                    break
                time.sleep(0.05)
            else:
                pytest.fail(
                    f"{command[0]} of {operator.name} did not start: {log.read_text()}"
                )
        yield


def ask(
    query: bytes, address: str, *, tcp: bool, seconds: float = SECONDS_AN_ANSWER
) -> bytes | None:
    """Ask the server at `address`; None when nothing came."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(family, kind) as client:
        client.settimeout(seconds)
        try:
            client.connect((address, 53))
            if not tcp:
                client.send(query)
                return client.recv(65535)
            client.sendall(len(query).to_bytes(2, "big") + query)
            with client.makefile("rb") as stream:
                length = int.from_bytes(stream.read(2), "big")
                return stream.read(length) or None
        except OSError:
            return None


def ask_before(ordinary: bytes, query: bytes, address: str) -> bytes | None:
    """Ask `query` over UDP; None when the `ordinary` one, sent after it, is answered first.

    So silence needs no waiting. The two have different ids.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(SECONDS_AN_ANSWER)
        client.connect((address, 53))
        client.send(query)
        client.send(ordinary)
        answer = client.recv(65535)
    return None if answer[:2] == ordinary[:2] else answer
