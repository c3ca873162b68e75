"""`labsupport serve --namespace` makes an Internet of its own, and leaves nothing behind."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from namespaces import Namespace, end, needs, own_name, served_lab, start_lab

from labsupport import Lab
from labsupport.network import traceroute
from labsupport.world import World

pytestmark = [pytest.mark.real, needs("dig", "traceroute")]

SECONDS_AN_ANSWER = 5.0
SECONDS_OF_SILENCE = 0.3


@pytest.fixture(scope="module")
def served() -> Iterator[Namespace]:
    with served_lab("namespace") as namespace:
        yield namespace


def ask_over_udp(address: str, seconds: float) -> None:
    """Send something and wait for whatever comes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(seconds)
        client.connect((address, 53))
        client.send(bytes(12))
        client.recv(512)


def connect_over_tcp(address: str, seconds: float) -> None:
    socket.create_connection((address, 53), timeout=seconds).close()


def addresses(*, dead: bool) -> list[str]:
    servers = [server for server in World.load().servers if server.dead == dead]
    return [address for s in servers for host in s.hosts for address in host.addresses]


def test_every_server_is_at_its_own_addresses(served: Namespace) -> None:
    def ask_all() -> None:
        for address in addresses(dead=False):
            ask_over_udp(address, SECONDS_AN_ANSWER)
            connect_over_tcp(address, SECONDS_AN_ANSWER)

    served.call(ask_all)


def test_a_switched_off_machine_is_silent(served: Namespace) -> None:
    """It must not say so itself: that would be a port unreachable, or a reset."""
    assert addresses(dead=True)
    for address in (*addresses(dead=True), "203.0.113.254", "2001:db8:500::ffff"):
        for attempt in (ask_over_udp, connect_over_tcp):
            with pytest.raises(TimeoutError):
                served.call(attempt, address, SECONDS_OF_SILENCE)


def test_there_is_no_way_out(served: Namespace) -> None:
    for address in ("8.8.8.8", "2001:4860:4860::8888"):
        with pytest.raises(OSError, match="unreachable"):
            served.call(ask_over_udp, address, SECONDS_OF_SILENCE)


@pytest.mark.parametrize(
    "options", [(), ("--at", "movil-norte")], ids=["first", "movil-norte"]
)
def test_programs_sit_where_they_were_told(options: tuple[str, ...]) -> None:
    world = World.load()
    seats = {connection.key: connection for connection in world.connections}
    seat = seats[options[1]] if options else world.connections[0]
    with served_lab("seat", *options) as namespace:
        listed = namespace.run("cat", "/etc/resolv.conf").stdout
        assert listed.split() == [
            w for address in seat.resolvers for w in ("nameserver", address)
        ]
        route = namespace.run("ip", "route", "get", "203.0.113.53").stdout
        assert f" src {seat.sources[0]} " in route
        output = namespace.run("dig", "www.museum.example").stdout
        assert "status: NOERROR" in output
        assert f"SERVER: {seat.resolvers[0]}#53" in output


# Starting and ending


def left(name: str) -> list[Path]:
    return [
        path
        for path in (Path("/run/netns", name), Path("/etc/netns", name))
        if path.exists()
    ]


@contextmanager
def started(name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A served lab that has said that it is up."""
    process = start_lab(name)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert b"is up" in process.stdout.readline(), process.stderr.read()
        yield process
    finally:
        end(process)
        process.stdout.close()
        process.stderr.close()


def refused(name: str) -> str:
    """Try to start a lab that cannot be; return what it says."""
    process = start_lab(name)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    return said.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_when_it_ends(number: signal.Signals) -> None:
    name = own_name("ended")
    with started(name) as process:
        assert len(left(name)) == 2
        assert end(process, number) == 0
        assert left(name) == []
        assert process.stdout is not None
        assert process.stdout.read().endswith(b"The lab is closed.\n")


def test_it_ends_though_somebody_is_still_there() -> None:
    name = own_name("inhabited")
    with started(name) as process:
        guest = subprocess.Popen(("ip", "netns", "exec", name, "sleep", "60"))
        try:
            with socket_in(name):
                assert end(process) == 0
            assert left(name) == []
        finally:
            guest.kill()
            guest.wait()


@contextmanager
def socket_in(name: str) -> Iterator[None]:
    """An open TCP connection to a server of the lab."""
    address = ("198.41.0.4", 53)
    client = Namespace(name).call(socket.create_connection, address, SECONDS_AN_ANSWER)
    with client:
        yield


def test_it_takes_no_name_that_is_taken() -> None:
    name = own_name("taken")
    with started(name):
        assert "already" in refused(name)
        assert (
            "status: NOERROR" in Namespace(name).run("dig", "www.museum.example").stdout
        )
    subprocess.run(("ip", "netns", "add", name), check=True, timeout=60)
    try:
        assert "already" in refused(name)
        assert left(name) == [Path("/run/netns", name)]
    finally:
        subprocess.run(("ip", "netns", "delete", name), check=True, timeout=60)


@pytest.mark.parametrize("name", ["", "../etc", "a/b", "a b", "a" * 65])
def test_a_name_that_can_be_none_is_refused(name: str) -> None:
    assert "cannot be a namespace's name" in refused(name)


@pytest.mark.parametrize("to", ["198.51.100.10", "2001:db8:501::10", "198.19.105.66"])
def test_traceroute_hears_from_the_routers_of_the_lab(
    served: Namespace, to: str
) -> None:
    said = served.run("traceroute", "-n", "-q", "1", "-w", "2", to).stdout
    hops = {number: hop.address for number, hop in traceroute.read(said).items()}
    assert hops == {
        hop.number: hop.address for hop in Lab("en").path(to).hops if hop.address
    }
