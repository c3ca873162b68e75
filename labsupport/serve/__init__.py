"""`labsupport serve`: real programs meet the lab, on loopback or in a network namespace."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from labsupport.exchange import (
    DNS_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    WHOIS_PORT,
    Outcome,
    Request,
)
from labsupport.language import Language

if TYPE_CHECKING:
    from labsupport.lookups.session import Session
    from labsupport.network.offline import OfflineNetwork, Place
    from labsupport.world import Connection, World

DEFAULT_PORT, DEFAULT_WEB_PORT, DEFAULT_WHOIS_PORT = 5300, 8053, 4343
LOOPBACK = ("127.0.0.1", "::1")
EXAMPLE, DOMAIN = "www.museum.example", "museum.example"


class ServeError(Exception):
    """A sentence for the user: why the lab cannot be served, and what to do."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the sub-command `serve` to the command line."""
    say = Language.load("en")
    parser = subparsers.add_parser(
        "serve",
        help=say("let other programs on this computer ask the lab Internet"),
        description=say(
            "Answers as a resolver of the lab does, and has its web and directories, on this "
            "computer only, until you press Ctrl-C. The lab's clock runs with the computer's."
        ),
    )
    for option, port, what in (
        ("--port", DEFAULT_PORT, say("DNS")),
        ("--web-port", DEFAULT_WEB_PORT, say("the lab's web, with RDAP")),
        ("--whois-port", DEFAULT_WHOIS_PORT, say("WHOIS")),
    ):
        parser.add_argument(
            option,
            type=_port,
            default=port,
            metavar="N",
            help=say("the port for {what} (default: {port})", what=what, port=port),
        )
    parser.add_argument(
        "--at",
        metavar=say("CONNECTION"),
        help=say("answer as this connection's resolver does, for example movil-norte"),
    )
    parser.add_argument(
        "--namespace",
        metavar=say("NAME"),
        help=say(
            "make a network namespace in which each server has its own address and port "
            "(Linux, as root)"
        ),
    )
    parser.add_argument(
        "--without-dns",
        action="store_true",
        help=say("with --namespace: leave DNS to servers of your own"),
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
        if arguments.without_dns and arguments.namespace is None:
            raise ServeError(say("--without-dns goes with --namespace only."))
        if arguments.namespace is None:
            ports = arguments.port, arguments.web_port, arguments.whois_port
            asyncio.run(_serve_on_loopback(world, seat, ports, say))
        else:
            own_dns = arguments.without_dns
            _serve_in_namespace(world, seat, arguments.namespace, own_dns, say)
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


async def _serve_on_loopback(
    world: World, seat: Connection, ports: tuple[int, int, int], say: Language
) -> None:
    from labsupport.serve.gateway import Gateway
    from labsupport.serve.sockets import Sockets, http, whois

    network = _network(world)
    here = [address for address in LOOPBACK if _is_here(address)]
    shown = f"[{here[0]}]" if ":" in here[0] else here[0]
    port, web_port, whois_port = ports
    base = f"http://{shown}:{web_port}"
    gateway = Gateway(_session(network, seat, say), base)

    def ask_resolver(request: Request) -> Outcome:
        return network.send(
            replace(request, source=seat.sources[0], to_address=seat.resolvers[0], port=DNS_PORT)
        )

    with closing(Sockets()) as sockets:
        opened: tuple[tuple[str, int, Callable[[str], Awaitable[None]]], ...] = (
            ("--port", port, lambda at: sockets.open_dns(at, port, ask_resolver)),
            ("--web-port", web_port, lambda at: sockets.open_tcp(at, web_port, http(gateway.web))),
            (
                "--whois-port",
                whois_port,
                lambda at: sockets.open_tcp(at, whois_port, whois(gateway.whois)),
            ),
        )
        for option, number, start in opened:
            try:
                for address in here:
                    await start(address)
            except OSError as error:
                raise ServeError(
                    say(
                        "Port {port} cannot be used: {reason}. Choose another one with {option}.",
                        port=number,
                        reason=os.strerror(error.errno or 0),
                        option=option,
                    )
                ) from error
        sentence = say(
            "The resolver of {name} answers here, and the lab's web, RDAP and WHOIS. Try:",
            name=seat.name,
        )
        _tell(
            sentence,
            f"dig @{here[0]} -p {port} {EXAMPLE}",
            f"rdap --cache-dir= --bs-url={base}/bs {DOMAIN}",
            f"whois -h {here[0]} -p {whois_port} {DOMAIN}",
        )
        await _until_ended(say)


def _tell(sentence: str, *commands: str) -> None:
    print(sentence)
    for command in commands:
        print(f"  {command}")


def _session(network: OfflineNetwork, seat: Connection, say: Language) -> Session:
    from labsupport.entry import Entry
    from labsupport.lookups import resolvers
    from labsupport.lookups.session import Session
    from labsupport.results import Source

    world = network.world
    directories = {directory.kind: directory for directory in world.directories}
    entry = Entry(
        seat.key,
        seat.sources[0],
        seat.sources[1],
        seat.resolvers,
        world.root_hints,
        world.trust_anchor,
        rdap_bootstrap=directories["bootstrap"].url,
        whois_root=directories["whois-root"].host,
    )
    return Session(network, entry, say, Source.LAB, resolvers.ask)


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _serve_in_namespace(
    world: World, seat: Connection, name: str, own_dns: bool, say: Language
) -> None:
    if sys.platform != "linux":
        raise ServeError(say("Only Linux has network namespaces. Leave --namespace out."))
    from labsupport.serve.namespace import NamespaceError, enter, lab_namespace

    network = _network(world)
    served = sorted({address for address, _ in network.places})
    try:
        with lab_namespace(name, world, seat, served, say):
            try:
                enter(name)
                places = network.places - network.dns_places if own_dns else network.places
                asyncio.run(_serve_at_addresses(network, places, name, say))
            finally:
                # Nothing shall disturb the cleaning up.
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
    except NamespaceError as error:
        raise ServeError(str(error)) from error


async def _serve_at_addresses(
    network: OfflineNetwork, places: Collection[Place], name: str, say: Language
) -> None:
    from labsupport.serve import routers
    from labsupport.serve.sockets import Sockets, http, whois
    from labsupport.serve.tls import Handshakes

    (bootstrap,) = (own for own in network.world.directories if own.kind == "bootstrap")
    handshakes = Handshakes(network.send, network.world.certificate_authority.sites_key)
    with routers.answering(network.send), closing(Sockets()) as sockets:
        for address, port in sorted(places):
            if not _is_here(address):
                continue
            if port == DNS_PORT:
                await sockets.open_dns(address, port, network.send)
            elif port == WHOIS_PORT:
                await sockets.open_tcp(address, port, whois(network.send))
            elif port == HTTP_PORT:
                await sockets.open_tcp(address, port, http(network.send))
            elif port == HTTPS_PORT and (tls := handshakes.context(address)):
                encrypted = http(network.send, handshakes.server_name)
                await sockets.open_tcp(address, port, encrypted, tls)
        sentence = say(
            "The lab Internet is up in the network namespace {name}. On Debian, programs there "
            "trust the lab's certificate authority alone. Try, after ip netns exec {name}:",
            name=name,
        )
        _tell(
            sentence,
            f"dig {EXAMPLE}",
            f"curl https://{EXAMPLE}/",
            f"whois -h whois.nic.example {DOMAIN}",
            f"rdap --cache-dir= --bs-url={bootstrap.url.rstrip('/')} {DOMAIN}",
            f"traceroute -n -q 1 {EXAMPLE}",
        )
        await _until_ended(say)


async def _until_ended(say: Language) -> None:
    """Wait for a signal to end, taken between two messages: none is cut off in the middle."""
    print(say("To end, press Ctrl-C here."), flush=True)
    ended = asyncio.Event()
    if sys.platform != "win32":  # there, Ctrl-C interrupts asyncio.run itself
        for number in _ending_signals():
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()


def _ending_signals() -> list[signal.Signals]:
    """The signals that end it: those that this system has, and its starter did not shut out."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]
    return [n for n in known if n is not None and signal.getsignal(n) is not signal.SIG_IGN]
