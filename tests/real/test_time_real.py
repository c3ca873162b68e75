"""Unbound notices that an order begins and ends when the lab's resolver does: at every event.

It asks the lab's own name servers over real sockets. Its clock is moved from event to event; the
lab says when these are.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest
from live_namespace import FAKETIME, WORLD
from namespaces import Namespace, bare_namespace, needs
from resolvers import UNBOUND_PORT, unbound

from labsupport import Lab
from labsupport.exchange import Outcome, Request
from labsupport.lab_protocol import context_of
from labsupport.network.offline import OfflineNetwork
from labsupport.orders.simulation import FAMILIES, Trial, TrialSeat, order_for
from labsupport.orders.techniques import Technique
from labsupport.orders.timeline import events
from labsupport.run.serve.sockets import Sockets

pytestmark = [
    needs("unbound"),
    pytest.mark.skipif(FAKETIME is None, reason="not installed: faketime"),
]

SECONDS = 20
TWO_DAYS = timedelta(days=2)
Seen = list[tuple[str, tuple[str, ...]]]
"""For each kind of address the answer's code, and the addresses in it."""


class NameServers:
    """The lab's name servers at their own addresses in a namespace; `network` can be changed."""

    def __init__(self, network: OfflineNetwork, resolver: str) -> None:
        self.network = network
        self._resolver = resolver
        self.open, self.end = threading.Event(), threading.Event()

    def serve(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        sockets = Sockets()
        for server in WORLD.servers:
            if server.kind == "authoritative" and not server.dead:
                for address in (a for host in server.hosts for a in host.addresses):
                    await sockets.open_dns(address, 53, self._answer)
        self.open.set()
        while not self.end.is_set():
            await asyncio.sleep(0.05)
        sockets.close()

    def _answer(self, request: Request) -> Outcome:
        source = request.source if ":" in request.to_address else self._resolver
        return self.network.send(replace(request, source=source))


@pytest.fixture(scope="module")
def trial() -> Trial:
    return context_of(Lab("en")).trial


@pytest.fixture(scope="module")
def internet(trial: Trial) -> Iterator[tuple[Namespace, NameServers]]:
    servers = NameServers(trial.network, trial.seats[0].entry.resolvers[0])
    with bare_namespace("time", WORLD) as namespace:
        thread = threading.Thread(target=namespace.call, args=(servers.serve,))
        thread.start()
        try:
            assert servers.open.wait(SECONDS)
            yield namespace, servers
        finally:
            servers.end.set()
            thread.join()


def set_clock(file: Path, now: float) -> None:
    """Let the clock stand at `now`; whoever reads it meanwhile finds it whole."""
    new = file.with_suffix(".new")
    new.write_text(f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S}\n")
    new.rename(file)


def seen_by_unbound(site: str) -> Seen:
    found = []
    for rdtype in FAMILIES:
        query = dns.message.make_query(site, rdtype)
        with socket.socket(type=socket.SOCK_DGRAM) as asking:
            asking.settimeout(SECONDS)
            asking.sendto(query.to_wire(), ("127.0.0.1", UNBOUND_PORT))
            found.append(told(dns.message.from_wire(asking.recv(65535)), rdtype))
    return found


def seen_in_the_lab(trial: Trial, seat: TrialSeat, site: str) -> Seen:
    session = trial.session(seat)
    found = []
    for rdtype in FAMILIES:
        response = session.ask_resolver(dns.name.from_text(site), rdtype).response
        assert response is not None
        found.append(told(response, rdtype))
    return found


def told(
    response: dns.message.Message, rdtype: dns.rdatatype.RdataType
) -> tuple[str, tuple[str, ...]]:
    addresses = (
        one.address
        for rrset in response.answer
        if rrset.rdtype == rdtype
        for one in rrset
    )
    return dns.rcode.to_text(response.rcode()), tuple(sorted(addresses))


HOLD, SERVERS = Technique.REGISTRAR_HOLD, Technique.NAME_SERVERS
STORIES = [
    (technique, site, checks, ends)
    for technique, site in (
        (HOLD, "www.museum.example"),  # signed
        # not signed, and its address is kept for four hours
        (
            HOLD,
            "goles-gratis.example",
        ),
        (HOLD, "www.partidos-ya.example"),  # behind a CDN
        (HOLD, "fotos-del-valle.mis-paginas.example"),
        (SERVERS, "www.museum.example"),
        (SERVERS, "www.partidos-ya.example"),
    )
    for checks in (True, False)
    for ends in (False, True)
    # Unbound keeps that a zone is not signed until its last second is over, and what it learns in
    # that second for as long as ever.
    if (technique, site, checks, ends) != (SERVERS, "www.museum.example", True, True)
]


@pytest.mark.parametrize(("technique", "site", "checks", "ends"), STORIES)
def test_unbound_sees_the_same_at_every_event(
    trial: Trial,
    internet: tuple[Namespace, NameServers],
    tmp_path: Path,
    technique: Technique,
    site: str,
    checks: bool,
    ends: bool,
) -> None:
    namespace, servers = internet
    seat = replace(trial.seats[0], checks=checks)
    order = order_for(technique, site, TWO_DAYS if ends else None)
    (hold,) = order.measures
    for_ever = replace(order, measures=(replace(hold, lasts=None),))
    bound = trial.under(trial.execution(for_ever))
    before, after = trial.apart(), bound
    if ends:
        before, after = bound, trial.under(trial.execution(order))
        before.wait(TWO_DAYS.total_seconds())
        after.wait(TWO_DAYS.total_seconds())
    began = before.now
    servers.network = before.network
    os.chmod(tmp_path, 0o755)
    clock = tmp_path / "clock"
    set_clock(clock, began)
    command = unbound(WORLD, tmp_path)
    if not checks:
        file = tmp_path / "unbound.conf"
        file.write_text(file.read_text().replace("validator iterator", "iterator"))
    in_its_time = (
        "env",
        f"LD_PRELOAD={FAKETIME}",
        f"FAKETIME_TIMESTAMP_FILE={clock}",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "TZ=UTC",
    )
    with namespace.running(*in_its_time, *command, log=tmp_path / "log"):
        deadline = time.monotonic() + SECONDS
        while "start of service" not in (tmp_path / "log").read_text():
            assert time.monotonic() < deadline, (tmp_path / "log").read_text()
            time.sleep(0.05)
        asked = before.forgetting(site, seat)
        assert namespace.call(seen_by_unbound, site) == seen_in_the_lab(
            asked, seat, site
        )
        after.resolver(seat).take_cache_of(asked.resolver(seat))
        servers.network = after.network
        looked = 0
        for _ in events(after, seat, site, opening=ends):
            set_clock(clock, after.now)
            expected = seen_in_the_lab(after, seat, site)
            assert namespace.call(seen_by_unbound, site) == expected, after.now - began
            looked += 1
        assert looked > 1
