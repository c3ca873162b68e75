"""Knot DNS on loopback, serving zones of the lab: the yardstick for the lab's own servers."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query

from labsupport.world import World

LOOPBACK = "127.0.0.1"
SECONDS_TO_START = 6.0
SECONDS_A_QUESTION = 5.0

CONFIGURATION = """
server:
    rundir: "{folder}"
    listen: {address}@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: "{folder}/log"
    any: warning
database:
    storage: "{folder}"
template:
  - id: default
    storage: "{folder}"
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: "{zone}"
    file: "{folder}/zone"
"""


@contextmanager
def serving(world: World, zone: str) -> Iterator[int]:
    """Run Knot with one zone of the lab, as the lab serves it; yield the port it listens on."""
    program = shutil.which("knotd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise SystemExit("The figures are measured beside Knot: apt-get install knot.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = _free_port()
        folder.joinpath("zone").write_text(world.zone_text(zone), encoding="utf-8")
        text = CONFIGURATION.format(
            folder=folder, address=LOOPBACK, port=port, zone="." if zone == "." else f"{zone}."
        )
        folder.joinpath("knot.conf").write_text(text, encoding="utf-8")
        process = subprocess.Popen(
            [program, "-c", str(folder / "knot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(zone, port)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)


def question(query: dns.message.Message, port: int) -> dns.message.Message:
    """Ask the Knot at `port` as dnspython does: over UDP, and over TCP if the answer was cut."""
    response, _ = dns.query.udp_with_fallback(
        query, LOOPBACK, port=port, timeout=SECONDS_A_QUESTION
    )
    return response


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((LOOPBACK, 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(zone: str, port: int) -> None:
    query = dns.message.make_query(zone, "SOA")
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        try:
            if dns.query.udp(query, LOOPBACK, port=port, timeout=0.2).answer:
                return
        except (OSError, dns.exception.DNSException):
            time.sleep(0.05)
    import os;os.system("cat /tmp/tmp*/log; ss -lunp | grep knotd");raise SystemExit(f"Knot did not serve {zone} within {SECONDS_TO_START:g} seconds.")
