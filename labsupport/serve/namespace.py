"""A network namespace in which the lab's addresses are real: Linux, as root.

Every prefix of the lab is local there, so servers can have their own addresses and any
program can meet them. The namespace leads nowhere else. A lock file, held by the process
that made it, marks it as the lab's: so a later start can remove what a killed process left
behind, and nothing else.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address, ip_network
from pathlib import Path

from labsupport.exchange import (
    DNS_PORT,
    HTTP_PORT,
    HTTPS_PORT,
    WHOIS_PORT,
)
from labsupport.language import Language
from labsupport.serve.routers import DEVICE, PROBED
from labsupport.world import Connection, World

NAMESPACES = Path("/run/netns")
ETC = Path("/etc")
SETTINGS = ETC / "netns"  # what `ip netns exec` shows in the place of files and folders in /etc
# Where Debian's programs, and many of other systems, find whom to trust.
TRUSTED = "ssl/certs/ca-certificates.crt"
RESOLVERS, OPENSSL, WHOIS_SERVERS = "resolv.conf", "ssl/openssl.cnf", "whois.conf"
LOCKS = Path("/run")
BEFORE_NAME, AFTER_NAME = "labsupport-", ".lock"
IPV6 = Path("/proc/sys/net/ipv6")
SERVICES = (WHOIS_PORT, DNS_PORT, HTTP_PORT, HTTPS_PORT)
CLONE_NEWNET = 0x40000000  # os.CLONE_NEWNET and os.setns came with Python 3.12
SECONDS_A_COMMAND = 30

# A server in IPv6 may have an address that is local by its route alone, as in IPv4.
ALLOW_IPV6 = f"echo 0 >{IPV6}/conf/all/disable_ipv6 && echo 1 >{IPV6}/ip_nonlocal_bind"

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

# Debian's whois knows no server for what is reserved for examples and documentation (RFC 2606,
# 5398, 5737, 2544, 3849, 9637): each line has a regular expression, and the server to ask.
WHOIS_RULES = """\
\\.example$ whois.nic.example
\\.test$ whois.nic.test
^as(6449[6-9]|6450[0-9]|6451[01]|6553[6-9]|6554[0-9]|6555[01])$ whois.rir-lab.example
^(192\\.0\\.2|198\\.51\\.100|203\\.0\\.113|198\\.1[89])\\. whois.rir-lab.example
^(2001:0?db8|3fff): whois.rir-lab.example
"""


class NamespaceError(Exception):
    """A sentence for the user: why there is no namespace, and what to do."""


@contextmanager
def lab_namespace(
    name: str, world: World, seat: Connection, served: Sequence[str], say: Language
) -> Iterator[None]:
    """Make the network namespace `name`, and remove it in the end.

    `served` are the addresses of the machines; the ports of services are silent at all others,
    as where a machine is switched off. Programs that `ip netns exec` starts have the addresses
    of `seat`, find its resolvers in resolv.conf, and trust the lab's certificate authority only.
    Raises NamespaceError.
    """
    _check(name, say)
    _sweep()
    lock = _lock(name)
    if lock is None:
        raise NamespaceError(say("The namespace {name} is being served already.", name=name))
    if (NAMESPACES / name).exists() or (SETTINGS / name).exists():
        _unlock(name, lock)
        raise NamespaceError(
            say(
                "There is a {name} in {folder} or in {other} already, and it is not the lab's. "
                "Choose another name.",
                name=name,
                folder=NAMESPACES,
                other=SETTINGS,
            )
        )
    try:
        try:
            _make(name, world, seat, served)
        except (OSError, subprocess.SubprocessError) as error:
            reason = getattr(error, "stderr", "") or str(error)
            raise NamespaceError(
                say(
                    "The namespace {name} could not be made: {reason}",
                    name=name,
                    reason=reason.strip(),
                )
            ) from error
        yield
    finally:
        _remove(name)
        _unlock(name, lock)


def enter(name: str) -> None:
    """Move this thread into the namespace `name`: sockets that it opens belong there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with (NAMESPACES / name).open() as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def _check(name: str, say: Language) -> None:
    if os.geteuid() != 0:
        raise NamespaceError(say("Only root may make a network namespace. Try it with sudo."))
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        raise NamespaceError(
            say(
                "These programs are missing: {tools}. On Debian: apt-get install iproute2 "
                "nftables.",
                tools=", ".join(missing),
            )
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", name):
        raise NamespaceError(
            say(
                "{name} cannot be a namespace's name: use letters, digits, dots and dashes.",
                name=repr(name),
            )
        )


def _make(name: str, world: World, seat: Connection, served: Sequence[str]) -> None:
    _run("ip", "netns", "add", name)
    versions: tuple[int, ...] = (4, 6) if IPV6.exists() else (4,)
    if 6 in versions:
        _run("ip", "netns", "exec", name, "sh", "-c", ALLOW_IPV6)
    commands = ["link set lo up"]
    sources: dict[int, str] = {ip_address(a).version: a for a in seat.sources if a}
    for version in set(versions) & set(sources):
        # Without nodad, a second goes by until an IPv6 address can be used.
        commands.append(f"addr add {sources[version]} dev lo{' nodad' * (version == 6)}")
    prefixes = [p for network in world.networks for p in (*network.prefixes, *network.inside)]
    prefixes += [ip_network(a) for addresses in world.root_hints.values() for a in addresses]
    for prefix in prefixes:
        if prefix.version in versions:
            source = sources.get(prefix.version)
            leaving_as = f" src {source}" if source else ""
            commands.append(f"route add local {prefix} dev lo{leaving_as}")
    _run("ip", "-n", name, "-batch", "-", text="\n".join(commands))
    firewall = FIREWALL.format(
        ports=", ".join(map(str, SERVICES)),
        served4=", ".join(a for a in served if ":" not in a),
        served6=", ".join(a for a in served if ":" in a),
    )
    _run("ip", "netns", "exec", name, "nft", "-f", "-", text=firewall)
    lead_probes(name)
    _write_settings(name, world, seat)


def lead_probes(name: str, taken_from: str = "") -> None:
    """Lead the probes of traceroute in a namespace to the device that answers for the routers.

    The device is made, or taken from another namespace, in which the lab is being served.
    """
    if taken_from:
        _run("ip", "-n", taken_from, "link", "set", DEVICE, "netns", name)
    else:
        _run("ip", "-n", name, "tuntap", "add", "dev", DEVICE, "mode", "tun")
    _run("ip", "-n", name, "link", "set", DEVICE, "up")
    _run("ip", "netns", "exec", name, "nft", "-f", "-", text=PROBES)
    for family in ("-4", "-6") if IPV6.exists() else ("-4",):
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
    if (ETC / WHOIS_SERVERS).exists():
        settings[WHOIS_SERVERS] = WHOIS_RULES.encode()
    for path, content in settings.items():
        file = SETTINGS / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _remove(name: str) -> None:
    """Remove what `_make` made, as far as it got."""
    if (NAMESPACES / name).exists():
        _run("ip", "netns", "delete", name)
    for path in (RESOLVERS, TRUSTED, OPENSSL, WHOIS_SERVERS):
        (SETTINGS / name / path).unlink(missing_ok=True)
    own = SETTINGS / name
    for folder in (own / "ssl/certs", own / "ssl", own, SETTINGS):
        with suppress(OSError):  # it is not there, or holds what others put there
            folder.rmdir()


def _sweep() -> None:
    """Remove what processes that were killed left behind."""
    for path in LOCKS.glob(f"{BEFORE_NAME}*{AFTER_NAME}"):
        name = path.name.removeprefix(BEFORE_NAME).removesuffix(AFTER_NAME)
        lock = _lock(name)
        if lock is not None:
            _remove(name)
            _unlock(name, lock)


def _lock_path(name: str) -> Path:
    return LOCKS / f"{BEFORE_NAME}{name}{AFTER_NAME}"


def _lock(name: str) -> int | None:
    """Take the lock of `name` until this process ends; None while a living one has it."""
    while True:
        lock = os.open(_lock_path(name), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(lock), _lock_path(name).stat()):
                return lock
        except BlockingIOError:
            os.close(lock)
            return None
        except FileNotFoundError:
            pass
        os.close(lock)  # its last holder has just removed this file: take the next one


def _unlock(name: str, lock: int) -> None:
    _lock_path(name).unlink(missing_ok=True)
    os.close(lock)


def _run(*command: str, text: str | None = None) -> None:
    subprocess.run(
        command, input=text, text=True, check=True, capture_output=True, timeout=SECONDS_A_COMMAND
    )
