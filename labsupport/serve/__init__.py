"""`labsupport serve`: real programs meet the lab, on loopback or in a network namespace."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING

from labsupport.exchange import DNS_PORT
from labsupport.language import Language

if TYPE_CHECKING:
    from labsupport.network.offline import OfflineNetwork
    from labsupport.serve.sockets import Deliver
    from labsupport.world import Connection, World

DEFAULT_PORT = 5300
LOOPBACK = ("127.0.0.1", "::1")
EXAMPLE = "www.museum.example"


class ServeError(Exception):
    """A sentence for the user: why the lab cannot be served, and what to do."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `serve` to the command line."""
    say = Language.load("en")
    parser = subparsers.add_parser(
        "serve",
        help=say("let other programs on this computer ask the lab Internet"),
        description=say(
            "Answers DNS questions as a resolver of the lab does, on this computer only, until "
            "you press Ctrl-C. The lab's clock then runs with the computer's."
        ),
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="N",
        help=say("the port to answer on (default: {port})", port=DEFAULT_PORT),
    )
    parser.add_argument(
        "--at",
        metavar=say("CONNECTION"),
        help=say("answer as the resolver of this connection does, for example movil-norte"),
    )
    parser.add_argument(
        "--namespace",
        metavar=say("NAME"),
        help=say(
            "make a network namespace in which every server of the lab answers at its own "
            "address, on port 53 (Linux, as root)"
        ),
    )
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < number < 65536:
        say = Language.load("en")
        raise argparse.ArgumentTypeError(say("a port is a number from 1 to 65535"))
    return number


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted; return the exit status."""
    from labsupport.world import World

    say = Language.load("en")
    # A closed terminal or `kill` ends it as Ctrl-C does.
    for number in _ending_signals():
        signal.signal(number, signal.default_int_handler)
    try:
        world = World.load()
        seat = _seat(world, arguments.at, say)
        if arguments.namespace is None:
            asyncio.run(_serve_on_loopback(world, seat, arguments.port, say))
        else:
            _serve_in_namespace(world, seat, arguments.namespace, say)
    except ServeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print(say("The lab is closed."))
    return 0


def _seat(world: World, key: str | None, say: Language) -> Connection:
    seats = {connection.key: connection for connection in world.connections}
    if key is None:
        return world.connections[0]
    if key not in seats:
        raise ServeError(
            say(
                "There is no connection {where} in this lab. There are: {keys}.",
                where=repr(key),
                keys=", ".join(seats),
            )
        )
    return seats[key]


def _network(world: World) -> OfflineNetwork:
    from labsupport.network.offline import LabClock, OfflineNetwork

    return OfflineNetwork(world, clock=LabClock(0.0, time.time))


def _delivery(network: OfflineNetwork, to_address: str, source: str | None = None) -> Deliver:
    """Return what hands messages to `to_address`, as coming from `source` or the sender."""
    from labsupport.exchange import Outcome, Request

    def deliver(protocol: str, client: str, port: int, message: bytes) -> Outcome:
        return network.send(
            Request(source or client, port, to_address, DNS_PORT, protocol, None, message)
        )

    return deliver


async def _serve_on_loopback(world: World, seat: Connection, port: int, say: Language) -> None:
    from labsupport.serve.sockets import DnsSockets

    deliver = _delivery(_network(world), seat.resolvers[0], seat.sources[0])
    here = [address for address in LOOPBACK if _is_here(address)]
    with closing(DnsSockets()) as sockets:
        try:
            for address in here:
                await sockets.open(address, port, deliver)
        except OSError as error:
            raise ServeError(
                say(
                    "Port {port} cannot be used: {reason}. Choose another one with --port.",
                    port=port,
                    reason=os.strerror(error.errno or 0),
                )
            ) from error
        _tell(
            say(
                "The resolver of {name} answers at {addresses}, port {port}. Try: "
                "dig @{first} -p {port} {example}",
                name=seat.name,
                addresses=", ".join(here),
                port=port,
                first=here[0],
                example=EXAMPLE,
            ),
            say,
        )
        await _until_ended()


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _serve_in_namespace(world: World, seat: Connection, name: str, say: Language) -> None:
    if sys.platform != "linux":
        raise ServeError(say("Only Linux has network namespaces. Leave --namespace out."))
    from labsupport.serve.namespace import NamespaceError, enter, lab_namespace

    alive = [server for server in world.servers if not server.dead]
    served = [a for server in alive for host in server.hosts for a in host.addresses]
    try:
        with lab_namespace(name, world, seat, served, say):
            try:
                enter(name)
                asyncio.run(_serve_at(filter(_is_here, served), world, name, say))
            finally:
                # Nothing shall disturb the cleaning up.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
    except NamespaceError as error:
        raise ServeError(str(error)) from error


async def _serve_at(addresses: Iterable[str], world: World, name: str, say: Language) -> None:
    from labsupport.serve.sockets import DnsSockets

    network = _network(world)
    with closing(DnsSockets()) as sockets:
        for address in addresses:
            await sockets.open(address, DNS_PORT, _delivery(network, address))
        _tell(
            say(
                "The lab Internet is up in the network namespace {name}. Try: "
                "ip netns exec {name} dig {example}",
                name=name,
                example=EXAMPLE,
            ),
            say,
        )
        await _until_ended()


async def _until_ended() -> None:
    """Wait for a signal to end, taken between two messages: none is cut off in the middle."""
    ended = asyncio.Event()
    if sys.platform != "win32":  # there, Ctrl-C interrupts asyncio.run itself
        for number in _ending_signals():
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


def _ending_signals() -> list[signal.Signals]:
    """The signals that end it: those that this system has, and its starter did not shut out."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [n for n in known if n is not None and signal.getsignal(n) is not signal.SIG_IGN]


def _tell(sentence: str, say: Language) -> None:
    print(sentence)
    print(say("To end, press Ctrl-C here."), flush=True)
