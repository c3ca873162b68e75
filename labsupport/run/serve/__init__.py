"""`labsupport serve`: real programs meet the lab, on loopback or in a network namespace."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Collection
from contextlib import closing
from dataclasses import replace

from labsupport.exchange import (
    DNS_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    WHOIS_PORT,
    Outcome,
    Request,
)
from labsupport.language import Language, preferred
from labsupport.network.offline import LabClock, OfflineNetwork, SocketAddress
from labsupport.reasons import reason_of
from labsupport.run.ending import ServeError, ending_signals, until_ended
from labsupport.run.options import Command
from labsupport.run.serve.sockets import Handshakes, Sockets, http, whois
from labsupport.world import World
from labsupport.world.model import Connection

DEFAULT_PORT = 5300
LOOPBACK = "127.0.0.1"
EXAMPLE = "www.museum.example"
DOMAIN = "museum.example"


def add_parser(subparsers: argparse._SubParsersAction[Command], say: Language) -> None:
    """Add the sub-command `serve` to the command line."""
    parser = subparsers.add_parser(
        "serve",
        help=say("serve.let_other_programs_computer"),
        description=say("serve.what_it_does"),
    )
    parser.port(DEFAULT_PORT, say("serve.the_port_for_dns"))
    parser.add_argument(
        "--at",
        metavar=say("serve.connection"),
        help=say("serve.answer_connection_resolver_does"),
    )
    parser.add_argument(
        "--namespace", metavar=say("serve.name"), help=say("serve.namespace_option")
    )
    parser.switch("--without-dns", say("serve.namespace_leave_dns_servers"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted; return the exit status."""
    say = Language.load(preferred())
    # A closed terminal or `kill` ends it as Ctrl-C does.
    for number in ending_signals():
        signal.signal(number, signal.default_int_handler)
    world = World.load()
    seats = {connection.key: connection for connection in world.connections}
    seat = seats.get(arguments.at or world.connections[0].key)
    try:
        if seat is None:
            where = repr(arguments.at)
            keys = say.listed(seats)
            raise ServeError(say("serve.no_such_connection", where=where, keys=keys))
        if arguments.without_dns and arguments.namespace is None:
            raise ServeError(say("serve.without_dns_goes_namespace"))
        network = OfflineNetwork(world, clock=LabClock(0.0, time.time))
        if arguments.namespace is None:
            asyncio.run(_serve_on_loopback(network, seat, arguments.port, say))
        else:
            places = network.places - (
                network.dns_places if arguments.without_dns else set()
            )
            _serve_in_namespace(network, seat, arguments.namespace, places, say)
    except ServeError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print(say("serve.the_lab_is_closed"))
    return 0


async def _serve_on_loopback(
    network: OfflineNetwork, seat: Connection, port: int, say: Language
) -> None:
    def ask_resolver(request: Request) -> Outcome:
        return network.send(
            replace(
                request,
                source=seat.sources[0],
                to_address=seat.resolvers[0],
                port=DNS_PORT,
            )
        )

    with closing(Sockets()) as sockets:
        try:
            await sockets.open_dns(LOOPBACK, port, ask_resolver)
        except OSError as error:
            reason = reason_of(error, say)
            raise ServeError(
                say("serve.port_not_usable", port=port, reason=reason)
            ) from error
        print(say("serve.resolver_name_answers_here", name=seat.name))
        print(f"  dig @{LOOPBACK} -p {port} {EXAMPLE}")
        await until_ended(say)


def _serve_in_namespace(
    network: OfflineNetwork,
    seat: Connection,
    name: str,
    places: Collection[SocketAddress],
    say: Language,
) -> None:
    if sys.platform != "linux":
        raise ServeError(say("serve.only_linux_network_namespaces"))
    from labsupport.run.serve.namespace import enter, lab_namespace

    served = sorted({address for address, _ in network.places})
    with lab_namespace(name, network.world, seat, served, say):
        try:
            enter(name)
            asyncio.run(_serve_at_addresses(network, places, name, say))
        finally:
            # Nothing shall disturb the cleaning up.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)


async def _serve_at_addresses(
    network: OfflineNetwork, places: Collection[SocketAddress], name: str, say: Language
) -> None:
    from labsupport.run.serve.namespace import answering

    (bootstrap,) = (own for own in network.world.directories if own.kind == "bootstrap")
    handshakes = Handshakes(network.send, network.world.certificate_authority.sites_key)
    with answering(network.send), closing(Sockets()) as sockets:
        for address, port in sorted(places):
            if port == DNS_PORT:
                await sockets.open_dns(address, port, network.send)
            elif port == WHOIS_PORT:
                await sockets.open_tcp(address, port, whois(network.send))
            elif port == HTTP_PORT:
                await sockets.open_tcp(address, port, http(network.send))
            elif port == HTTPS_PORT and (tls := handshakes.context(address)):
                encrypted = http(network.send, handshakes.server_name)
                await sockets.open_tcp(address, port, encrypted, tls)
        print(
            say("serve.is_up", name=name),
            f"dig {EXAMPLE}",
            f"curl https://{EXAMPLE}/",
            f"whois -h whois.nic.example {DOMAIN}",
            f"rdap --cache-dir= --bs-url={bootstrap.url.rstrip('/')} {DOMAIN}",
            f"traceroute -n -q 1 {EXAMPLE}",
            sep="\n  ",
        )
        await until_ended(say)
