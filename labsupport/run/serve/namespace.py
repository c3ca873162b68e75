"""A network namespace in which the lab's addresses are real: Linux, as root.

Every prefix of the lab is local there, so servers can have their own addresses and any
program can meet them. The namespace leads nowhere else. The kernel would hand over a probe of
traceroute at once: so probes are led to a device of this process (TUN), which answers as the
routers on the way and the machine at its end would.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address, ip_network
from pathlib import Path

from labsupport import exchange
from labsupport.exchange import Outcome, Reply, Request, Unreachable
from labsupport.language import Language
from labsupport.run.ending import ServeError
from labsupport.run.serve.sockets import Deliver
from labsupport.world import World
from labsupport.world.model import Connection, Prefix

DEVICE = "ways"
PROBED = (33434, 33534)  # where traceroute sends its probes, a port each
CLONE = "/dev/net/tun"
SET_INTERFACE = 0x400454CA  # TUNSETIFF of Linux
PLAIN_PACKETS = 0x1001  # IFF_TUN and IFF_NO_PI
LARGEST = 65535
UDP = 17
ICMP = 1
ICMPV6 = 58
# "Time exceeded" and "port unreachable", type and code, by the version of IP (RFC 792, 4443).
EXCEEDED = {4: (11, 0), 6: (3, 0)}
PORT_UNREACHABLE = {4: (3, 3), 6: (1, 4)}
QUOTED = 520  # octets of a packet that are told back to its sender

NAMESPACES = Path("/run/netns")
ETC = Path("/etc")
# what `ip netns exec` shows in the place of files and folders in /etc
SETTINGS = ETC / "netns"
# Where Debian's programs, and many of other systems, find whom to trust.
TRUSTED = "ssl/certs/ca-certificates.crt"
RESOLVERS = "resolv.conf"
OPENSSL = "ssl/openssl.cnf"
SERVICES = (
    exchange.WHOIS_PORT,
    exchange.DNS_PORT,
    exchange.HTTP_PORT,
    exchange.HTTPS_PORT,
)
CLONE_NEWNET = 0x40000000  # os.CLONE_NEWNET and os.setns came with Python 3.12
SECONDS_A_COMMAND = 30

# A server in IPv6 may have an address that is local by its route alone, as in IPv4.
ALLOW_IPV6 = """\
echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6 && echo 1 >/proc/sys/net/ipv6/ip_nonlocal_bind
"""

FIREWALL = """
table inet labsupport {{
    set served4 {{ type ipv4_addr; elements = {{ {served4} }} }}
    set served6 {{ type ipv6_addr; elements = {{ {served6} }} }}
    chain input {{
        type filter hook input priority filter; policy accept;
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        meta l4proto {{ tcp, udp }} th dport {{ {ports} }} ip daddr != @served4 drop
        meta l4proto {{ tcp, udp }} th dport {{ {ports} }} ip6 daddr != @served6 drop
    }}
}}
"""

# Probes go to the device that answers for the routers, before the kernel looks for local
# addresses; and its answers may come from such. A server's answer may go to such a port as well,
# and leaves from one below 1024.
MARK = 33434
PROBES = f"""
table inet probes {{
    chain output {{
        type route hook output priority mangle; policy accept;
        ip daddr 127.0.0.0/8 accept
        ip6 daddr ::1 accept
        udp sport >= 1024 udp dport {PROBED[0]}-{PROBED[1]} meta mark set {MARK}
    }}
}}
"""
WAYS = f"""\
rule add pref 1 lookup local
rule add pref 0 fwmark {MARK} lookup {MARK}
rule del pref 0 lookup local
route add default dev {DEVICE} table {MARK}
"""
FROM_LOCAL = f"""\
echo 1 >/proc/sys/net/ipv4/conf/{DEVICE}/accept_local
echo 0 >/proc/sys/net/ipv4/conf/{DEVICE}/rp_filter
echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter
"""


@contextmanager
def lab_namespace(
    name: str, world: World, seat: Connection, served: Sequence[str], say: Language
) -> Iterator[None]:
    """Make the network namespace `name`, and remove it in the end.

    `served` are the addresses of the machines; the ports of services are silent at all others,
    as where a machine is switched off. Programs that `ip netns exec` starts have the addresses
    of `seat`, find its resolvers in resolv.conf, and trust the lab's certificate authority only.
    Raises ServeError.
    """
    _check(name, say)
    try:
        try:
            _make(name, world, seat, served)
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "stderr", "") or str(error)
            message = say("namespace.not_made", name=name, reason=reason.strip())
            raise ServeError(message) from error
        yield
    finally:
        _remove(name)


def enter(name: str) -> None:
    """Move this thread into the namespace `name`: sockets that it opens belong there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with (NAMESPACES / name).open() as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _check(name: str, say: Language) -> None:
    if os.geteuid() != 0:
        raise ServeError(say("namespace.only_root_may_make"))
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        raise ServeError(say("namespace.programs_missing", tools=say.listed(missing)))
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        raise ServeError(say("namespace.no_name_of_a_namespace", name=repr(name)))
    if (NAMESPACES / name).exists() or (SETTINGS / name).exists():
        raise ServeError(
            say("namespace.there_already", name=name, folder=NAMESPACES, other=SETTINGS)
        )


def _make(name: str, world: World, seat: Connection, served: Sequence[str]) -> None:
    _run("ip", "netns", "add", name)
    _run("ip", "netns", "exec", name, "sh", "-c", ALLOW_IPV6)
    commands = ["link set lo up"]
    sources: dict[int, str] = {ip_address(a).version: a for a in seat.sources if a}
    for version, source in sources.items():
        # Without nodad, a second goes by until an IPv6 address can be used.
        at_once = " nodad" if version == 6 else ""
        commands.append(f"addr add {source} dev lo{at_once}")
    prefixes: list[Prefix] = []
    for network in world.networks:
        prefixes += network.blocks
    for addresses in world.root_hints.values():
        prefixes += map(ip_network, addresses)
    for prefix in prefixes:
        leaving_as = (
            f" src {sources[prefix.version]}" if prefix.version in sources else ""
        )
        commands.append(f"route add local {prefix} dev lo{leaving_as}")
    _run("ip", "-n", name, "-batch", "-", text="\n".join(commands))
    served4 = ", ".join(a for a in served if ":" not in a)
    served6 = ", ".join(a for a in served if ":" in a)
    ports = ", ".join(map(str, SERVICES))
    firewall = FIREWALL.format(ports=ports, served4=served4, served6=served6)
    _run("ip", "netns", "exec", name, "nft", "-f", "-", text=firewall)
    _run("ip", "-n", name, "tuntap", "add", "dev", DEVICE, "mode", "tun")
    lead_probes(name)
    _write_settings(name, world, seat)


def lead_probes(name: str) -> None:
    """Lead the probes of traceroute in a namespace to its device, which answers for the routers."""
    _run("ip", "-n", name, "link", "set", DEVICE, "up")
    _run("ip", "netns", "exec", name, "nft", "-f", "-", text=PROBES)
    for family in ("-4", "-6"):
        _run("ip", family, "-n", name, "-batch", "-", text=WAYS)
    _run("ip", "netns", "exec", name, "sh", "-c", FROM_LOCAL)


def _write_settings(name: str, world: World, seat: Connection) -> None:
    resolvers = "".join(f"nameserver {address}\n" for address in seat.resolvers)
    settings = {RESOLVERS: resolvers.encode()}
    # `ip netns exec` complains of what has no place in this system's own /etc.
    if (ETC / TRUSTED).exists():
        settings[TRUSTED] = world.certificate_authority.root
        if (ETC / OPENSSL).exists():
            settings[OPENSSL] = (ETC / OPENSSL).read_bytes()
    for path, content in settings.items():
        file = SETTINGS / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _remove(name: str) -> None:
    """Remove what `_make` made, as far as it got."""
    if (NAMESPACES / name).exists():
        _run("ip", "netns", "delete", name)
    for path in (RESOLVERS, TRUSTED, OPENSSL):
        (SETTINGS / name / path).unlink(missing_ok=True)
    own = SETTINGS / name
    for folder in (own / "ssl/certs", own / "ssl", own, SETTINGS):
        with suppress(OSError):  # it is not there, or holds what others put there
            folder.rmdir()


def _run(*command: str, text: str | None = None) -> None:
    subprocess.run(
        command,
        input=text,
        text=True,
        check=True,
        capture_output=True,
        timeout=SECONDS_A_COMMAND,
    )


# What traceroute hears


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
            # the device went with the namespace that it had been moved to
            except OSError:
                loop.remove_reader(device)
                return
            request = probe(packet)
            if request is None:
                return
            outcome = deliver(request)
            message = answer(packet, outcome)
            if message is not None:
                loop.call_later(outcome.elapsed, _write, device, message)

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
        source = packet[12:16]
        to_address = packet[16:20]
        hop_limit = packet[8]
    elif version == 6 and len(packet) >= 48 and packet[6] == UDP:
        source = packet[8:24]
        to_address = packet[24:40]
        hop_limit = packet[7]
    else:
        return None
    return Request(
        source=str(ip_address(source)),
        source_port=0,
        to_address=str(ip_address(to_address)),
        port=0,
        protocol="icmp",
        server_name=None,
        payload=b"",
        hop_limit=hop_limit,
    )


def answer(packet: bytes, outcome: Outcome) -> bytes | None:
    """Return the packet that tells the sender of `packet` what became of it, None for silence."""
    if outcome.from_address is None or not isinstance(outcome, Reply | Unreachable):
        return None
    version = packet[0] >> 4
    kinds = PORT_UNREACHABLE if isinstance(outcome, Reply) else EXCEEDED
    kind, code = kinds[version]
    sender = ip_address(outcome.from_address).packed
    receiver = packet[12:16] if version == 4 else packet[8:24]
    message = struct.pack("!BBHI", kind, code, 0, 0) + packet[:QUOTED]
    if version == 4:
        message = _summed(message)
        start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(message), 0, 0, 64, ICMP)
        ends = sender + receiver
        sum_of_head = checksum(start + b"\0\0" + ends).to_bytes(2, "big")
        return start + sum_of_head + ends + message
    # ICMPv6 sums the addresses and the length as well (RFC 8200 section 8.1).
    pseudo = sender + receiver + struct.pack("!II", len(message), ICMPV6)
    message = _summed(message, pseudo)
    start = struct.pack("!IHBB", 6 << 28, len(message), ICMPV6, 64)
    return start + sender + receiver + message


def _summed(message: bytes, pseudo: bytes = b"") -> bytes:
    """A message of ICMP with its checksum, for which there are zeros in it."""
    return message[:2] + checksum(pseudo + message).to_bytes(2, "big") + message[4:]


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071); 0 over data that holds its right checksum."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
