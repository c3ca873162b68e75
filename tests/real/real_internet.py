"""The lab as an Internet of real programs, and an access network beside it.

In one namespace NSD and Knot serve the zones, each the operators that fall to it, Unbound
resolves, and the lab itself has only the web, RDAP and WHOIS. The other is the network that
somebody sits in: one line leads from there, and the packets of traceroute to the lab's routers.
"""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dns.message
import pytest
from live_namespace import LAB_TIME, WORLD
from name_servers import (
    Operator,
    ask,
    knot,
    nsd,
    operators,
    running_operators,
    write_zones,
)
from namespaces import Namespace, own_name, served_lab
from resolvers import unbound

from labsupport.run.serve.namespace import DEVICE, lead_probes
from labsupport.world.model import Server

SECONDS_TO_START = 30
# Who sits in the access network, and who the programs of the Internet's namespace are: two
# customers of the same provider.
HERE, THERE = WORLD.connections[0], WORLD.connections[1]
LINE = "line"  # what each end of it is called
RESOLVERS = [server for server in WORLD.servers if server.kind == "resolver"]


@contextmanager
def real_internet(
    folder: Path, policy: str = ""
) -> Iterator[tuple[Namespace, Namespace]]:
    """Run it all; yield the Internet's namespace, and that of the access network.

    `policy` is the text of a response policy zone for the access network's resolver.
    """
    with ExitStack() as stack:
        options = ("--without-dns", "--at", THERE.key)
        internet = stack.enter_context(
            served_lab("internet", *options, environment=LAB_TIME)
        )
        zones = folder / "zones"
        zones.mkdir()
        write_zones(WORLD, zones)
        servers = running_operators(_either, internet, WORLD, folder / "servers", zones)
        stack.enter_context(servers)
        for number, server in enumerate(RESOLVERS):
            own = policy if server == RESOLVERS[0] else ""
            stack.enter_context(
                _resolving(server, internet, folder / f"resolver-{number}", own)
            )
        yield internet, stack.enter_context(_access_network(internet))


def _either(operator: Operator, folder: Path, zones: Path) -> tuple[str, ...]:
    """NSD and Knot in turn."""
    known = [one.zones for one in operators(WORLD)]
    configure = (nsd, knot)[known.index(operator.zones) % 2]
    return configure(operator, folder, zones)


@contextmanager
def _resolving(
    server: Server, namespace: Namespace, folder: Path, policy: str
) -> Iterator[None]:
    """Run Unbound as a resolver of the lab; the public one also over TLS and HTTPS."""
    folder.mkdir()
    addresses = [address for host in server.hosts for address in host.addresses]
    ports = (53, 853, 443) if server == WORLD.public_resolver else (53,)
    more = [
        "ip-transparent: yes",
        "access-control: 0.0.0.0/0 allow",
        "access-control: ::/0 allow",
        *(f"outgoing-interface: {address}" for address in addresses),
        # On a line this short, who is silent is dead: Unbound would try for many seconds.
        "unknown-server-time-limit: 50",
        "outbound-msg-retry: 2",
        # Whoever reads an answer shall see the same as in the lab.
        "minimal-responses: no",
        "rrset-roundrobin: no",
        "ede: yes",
    ]
    if 853 in ports:
        name = server.hosts[0].name
        shown = WORLD.certificates(name, WORLD.start.timestamp())
        chain = "".join(map(ssl.DER_cert_to_PEM_cert, shown))
        (folder / "chain.pem").write_text(chain)
        (folder / "key.pem").write_bytes(WORLD.certificate_authority.sites_key)
        more += [
            f'tls-service-pem: "{folder}/chain.pem"',
            f'tls-service-key: "{folder}/key.pem"',
            "tls-port: 853",
            "https-port: 443",
        ]
    command = unbound(
        WORLD,
        folder,
        policy,
        places=[f"{address}@{port}" for address in addresses for port in ports],
        slowest=200,
        more="\n".join(f"    {line}" for line in more),
    )
    in_lab_time = (
        "env",
        *(f"{key}={value}" for key, value in LAB_TIME.items()),
        *command,
    )
    with namespace.running(*in_lab_time, log=folder / "log") as process:
        query = dns.message.make_query(".", "NS").to_wire()
        for _ in range(SECONDS_TO_START * 10):
            assert process.poll() is None, (folder / "log").read_text()
            if (
                namespace.call(ask, query, addresses[0], tcp=False, seconds=0.5)
                is not None
            ):
                break
            time.sleep(0.1)
        else:
            pytest.fail(f"Unbound did not start: {(folder / 'log').read_text()}")
        yield


@contextmanager
def _access_network(internet: Namespace) -> Iterator[Namespace]:
    """Make a namespace with the addresses of a customer, and a line to the Internet's."""
    access = Namespace(own_name("access"))
    address, address6 = HERE.sources
    run("ip", "netns", "add", access.name)
    try:
        run(
            *("ip", "link", "add", LINE, "netns", access.name, "type", "veth"),
            *("peer", "name", LINE, "netns", internet.name),
        )
        for namespace, commands in (
            (
                internet,
                f"""
                link set {LINE} up
                addr add fe80::1/64 dev {LINE} nodad
                route add {address} dev {LINE} table local
                -6 route add {address6} via fe80::2 dev {LINE} table local
                """,
            ),
            (
                access,
                f"""
                link set lo up
                link set {LINE} up
                addr add {address} dev {LINE}
                addr add fe80::2/64 dev {LINE} nodad
                addr add {address6} dev {LINE} nodad
                route add default via {HERE.resolvers[0]} dev {LINE} onlink
                -6 route add default via fe80::1 dev {LINE} src {address6}
                """,
            ),
        ):
            for command in filter(None, map(str.strip, commands.splitlines())):
                run("ip", "-n", namespace.name, *command.split())
        run("ip", "-n", internet.name, "link", "set", DEVICE, "netns", access.name)
        lead_probes(access.name)
        yield access
    finally:
        run("ip", "netns", "delete", access.name)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, (command, done.stderr)
