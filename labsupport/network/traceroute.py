"""The way to an address, by the system's own tool: traceroute, or tracert on Windows.

To make each router on the way answer takes rights that a course has not. The tools have them,
or do without.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from ipaddress import ip_address
from typing import NamedTuple

MOST_HOPS = 30
LONGEST_LINE = 200  # characters
SECONDS_A_HOP = 1
LONGEST = 45.0  # seconds, all in all
KEPT = 60.0  # seconds: one look at a way is one run of the tool
LINE = re.compile(r"\s*([0-9]{1,3})\s+(.*)")
TIME = re.compile(r"(<)?([0-9]+(?:[.,][0-9]+)?) ?ms")
ADDRESS = re.compile(r"[0-9A-Fa-f:.]*[:.][0-9A-Fa-f:.]*")


class NoTool(Exception):
    """This computer has no tool that follows a way."""


class Answered(NamedTuple):
    """A machine on the way: the address that it answered from, and the seconds that took."""

    address: str
    seconds: float


Hops = dict[int, Answered]
"""Who answered at which hop, the first being 1; who stayed silent is not there."""


class Probes:
    """Follows ways, and keeps each a while."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Hops]] = {}

    def way(self, address: str) -> Hops:
        """Return who answers on the way to an address; raise NoTool or OSError."""
        when, hops = self._known.get(address, (-KEPT, {}))
        if time.monotonic() - when >= KEPT:
            hops = read(_run(_command(address)))
            self._known[address] = time.monotonic(), hops
        return hops


def read(text: str) -> Hops:
    """Read what traceroute or tracert printed, in whatever language; never raises.

    >>> read(" 1  192.0.2.1  0.4 ms\\n 2  *\\n 3  198.51.100.10  9.1 ms")[3]
    Answered(address='198.51.100.10', seconds=0.0091)
    >>> read("  1    <1 ms    <1 ms     1 ms  192.0.2.1 ")[1].address
    '192.0.2.1'
    """
    hops: Hops = {}
    for line in text.splitlines():
        hop = LINE.fullmatch(line[:LONGEST_LINE])
        address = _address(hop[2]) if hop else ""
        if hop is None or not address:
            continue
        times = [float(number.replace(",", ".")) for _, number in TIME.findall(hop[2])]
        seconds = round(min(times) / 1000, 6) if times else 0.0
        hops.setdefault(int(hop[1]), Answered(address, seconds))
    return hops


def _address(text: str) -> str:
    for word in ADDRESS.findall(TIME.sub(" ", text)):
        try:
            return str(ip_address(word))
        except ValueError:
            continue
    return ""


def _command(address: str) -> list[str]:
    """Return the tool and its options; raise NoTool."""
    version = ip_address(address).version
    if sys.platform == "win32":
        tool = shutil.which("tracert")
        options = [
            "-d",
            f"-{version}",
            "-w",
            str(SECONDS_A_HOP * 1000),
            "-h",
            str(MOST_HOPS),
        ]
    else:
        # Elsewhere than on Linux there is a tool for each family.
        own = "traceroute" if version == 4 or sys.platform == "linux" else "traceroute6"
        tool = shutil.which(own)
        options = ["-n", "-q", "1", "-w", str(SECONDS_A_HOP), "-m", str(MOST_HOPS)]
    if tool is None:
        raise NoTool
    return [tool, *options, address]


def _run(command: list[str]) -> str:
    """Return what a tool prints, as far as it comes in time."""
    out = subprocess.PIPE
    nothing = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command,
            stdin=nothing,
            stdout=out,
            stderr=nothing,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace")
    return done.stdout.decode(errors="replace")
