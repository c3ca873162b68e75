"""Routers for the lab's namespace: what traceroute hears from on the way.

In the namespace every address of the lab is local, so the kernel would hand over a probe at once.
The probes of traceroute are led to a device of this process instead (TUN), which answers as
the routers on the way and the machine at its end would.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

from labsupport.exchange import Outcome, Reply, Request, Unreachable
from labsupport.serve.sockets import Deliver

DEVICE = "ways"
PROBED = (33434, 33534)  # where traceroute sends its probes, a port each
CLONE = "/dev/net/tun"
SET_INTERFACE = 0x400454CA  # TUNSETIFF of Linux
PLAIN_PACKETS = 0x1001  # IFF_TUN and IFF_NO_PI
LARGEST = 65535
UDP, ICMP, ICMPV6 = 17, 1, 58
# "Time exceeded" and "port unreachable", type and code, by the version of IP (RFC 792, 4443).
EXCEEDED = {4: (11, 0), 6: (3, 0)}
PORT_UNREACHABLE = {4: (3, 3), 6: (1, 4)}
QUOTED = 520  # octets of a packet that are told back to its sender


@contextmanager
def answering(deliver: Deliver) -> Iterator[None]:
    """Answer probes while the loop that runs goes on; raise OSError where that cannot be.

    `deliver` is asked what becomes of a probe, an "icmp" request.
    """
    device = os.open(CLONE, os.O_RDWR | os.O_NONBLOCK)
    try:
        wanted = struct.pack("16sH22x", DEVICE.encode(), PLAIN_PACKETS)
        fcntl.ioctl(device, SET_INTERFACE, wanted)
        loop = asyncio.get_running_loop()

        def arrived() -> None:
            try:
                packet = os.read(device, LARGEST)
            except OSError:  # the device went with the namespace that it had been moved to
                loop.remove_reader(device)
                return
            if (request := probe(packet)) is not None:
                outcome = deliver(request)
                if (told := answer(packet, outcome)) is not None:
                    loop.call_later(outcome.elapsed, _write, device, told)

        loop.add_reader(device, arrived)
        try:
            yield
        finally:
            loop.remove_reader(device)
    finally:
        os.close(device)


def _write(device: int, packet: bytes) -> None:
    with suppress(OSError):  # the lab was closed in between
        os.write(device, packet)


def probe(packet: bytes) -> Request | None:
    """Return the probe in an IP packet, None where it has none."""
    version = packet[0] >> 4 if packet else 0
    if version == 4 and len(packet) >= 28 and packet[9] == UDP:
        ends: tuple[object, object] = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
        hop_limit = packet[8]
    elif version == 6 and len(packet) >= 48 and packet[6] == UDP:
        ends = IPv6Address(packet[8:24]), IPv6Address(packet[24:40])
        hop_limit = packet[7]
    else:
        return None
    return Request(str(ends[0]), 0, str(ends[1]), 0, "icmp", None, b"", hop_limit=hop_limit)


def answer(packet: bytes, outcome: Outcome) -> bytes | None:
    """Return the packet that tells the sender of `packet` what became of it, None for silence."""
    if outcome.from_address is None or not isinstance(outcome, Reply | Unreachable):
        return None
    version = packet[0] >> 4
    kind, code = (PORT_UNREACHABLE if isinstance(outcome, Reply) else EXCEEDED)[version]
    sender = ip_address(outcome.from_address).packed
    receiver = packet[12:16] if version == 4 else packet[8:24]
    message = struct.pack("!BBHI", kind, code, 0, 0) + packet[:QUOTED]
    if version == 4:
        message = message[:2] + checksum(message).to_bytes(2, "big") + message[4:]
        start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(message), 0, 0, 64, ICMP)
        ends = sender + receiver
        return start + checksum(start + b"\0\0" + ends).to_bytes(2, "big") + ends + message
    pseudo = sender + receiver + struct.pack("!II", len(message), ICMPV6)
    message = message[:2] + checksum(pseudo + message).to_bytes(2, "big") + message[4:]
    return struct.pack("!IHBB", 6 << 28, len(message), ICMPV6, 64) + sender + receiver + message


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 over data that holds its right checksum."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
