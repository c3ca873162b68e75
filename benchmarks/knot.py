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
SECONDS_TO_START = 10.0
SECONDS_TO_STOP = 10.0
STARTS = 3  # another program may take the port first
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
    program = shutil.which(
        "knotd", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
    )
    if program is None:
        raise SystemExit("The figures are measured beside Knot: apt-get install knot.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.joinpath("zone").write_text(world.zone_text(zone), encoding="utf-8")
        for _ in range(STARTS):
            port = _free_port()
            with _running(program, folder, zone, port) as process:
                if _serves(process, zone, port):
                    yield port
                    return
        log = folder.joinpath("log").read_text(encoding="utf-8")
    raise SystemExit(f"Knot does not serve {zone}. Its log says:\n{log}")


@contextmanager
def _running(
    program: str, folder: Path, zone: str, port: int
) -> Iterator[subprocess.Popen[bytes]]:
    domain = zone if zone == "." else f"{zone}."
    text = CONFIGURATION.format(folder=folder, address=LOOPBACK, port=port, zone=domain)
    configuration = folder / "knot.conf"
    configuration.write_text(text, encoding="utf-8")
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(
        [program, "-c", str(configuration)],
        stdin=nowhere,
        stdout=nowhere,
        stderr=nowhere,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=SECONDS_TO_STOP)


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


def _serves(process: subprocess.Popen[bytes], zone: str, port: int) -> bool:
    """Wait until it answers; False when it ends instead, or somebody else has the port."""
    query = dns.message.make_query(zone, "SOA")
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        try:
            if dns.query.udp(query, LOOPBACK, port=port, timeout=0.2).answer:
                return True
        except (OSError, dns.exception.DNSException):
            pass
        time.sleep(0.05)
    return False
