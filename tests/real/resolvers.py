"""Unbound, BIND and delv as resolvers of the lab: its root hints, its root's key, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labsupport.world import World

UNBOUND_PORT, BIND_PORT = 5301, 5302
POLICY = "policy.invalid"
"""What a response policy zone is called, whatever is in it."""

# Names that Unbound answers for itself unless it is told not to (RFC 6303, RFC 6761).
RESERVED_NAMES = (
    "test",
    "invalid",
    "2.0.192.in-addr.arpa",
    "100.51.198.in-addr.arpa",
    "113.0.203.in-addr.arpa",
    "8.b.d.0.1.0.0.2.ip6.arpa",
)


def root_hints(world: World) -> str:
    """The root servers, as a hints file."""
    lines = []
    for host, addresses in world.root_hints.items():
        lines.append(f". 3600000 NS {host}.")
        for address in addresses:
            lines.append(
                f"{host}. 3600000 {'AAAA' if ':' in address else 'A'} {address}"
            )
    return "\n".join((*lines, ""))


def bind_anchor(world: World) -> str:
    """The root's key, as BIND and delv read it."""
    tag, algorithm, digest_type, digest = world.trust_anchor.split(" DS ")[1].split()
    return f'trust-anchors {{ . static-ds {tag} {algorithm} {digest_type} "{digest}"; }};\n'


def unbound(
    world: World,
    folder: Path,
    policy: str = "",
    places: Sequence[str] = (f"127.0.0.1@{UNBOUND_PORT}",),
    more: str = "",
    slowest: int = 4000,
) -> tuple[str, ...]:
    """Write a configuration of Unbound; return how to start it.

    `policy` is the text of a response policy zone, `places` are where it listens, `more` is
    what else to set, and `slowest` how long it waits for a server, in milliseconds.
    """
    modules = "validator iterator"
    clause = ""
    if policy:
        (folder / "policy").write_text(policy)
        modules = f"respip {modules}"
        clause = f'rpz:\n    name: "{POLICY}"\n    zonefile: "{folder}/policy"\n'
    (folder / "hints").write_text(root_hints(world))
    (folder / "anchor").write_text(f"{world.trust_anchor}\n")
    asked = "\n".join(f'    local-zone: "{name}." nodefault' for name in RESERVED_NAMES)
    listen = "\n".join(f"    interface: {place}" for place in places)
    (folder / "unbound.conf").write_text(f"""
server:
{listen}
{more}
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    module-config: "{modules}"
    root-hints: "{folder}/hints"
    trust-anchor-file: "{folder}/anchor"
    # By default it tries dead servers for minutes, and answers nobody who waited for that.
    infra-cache-max-rtt: {slowest}
    discard-timeout: 0
{asked}
remote-control:
    control-enable: no
{clause}""")
    return ("unbound", "-d", "-c", str(folder / "unbound.conf"))


def bind(
    world: World,
    folder: Path,
    policy: str = "",
    *,
    break_dnssec: bool = True,
    port: int = BIND_PORT,
) -> tuple[str, ...]:
    """Write a configuration of BIND; return how to start it.

    `policy` is the text of a response policy zone; `break_dnssec` says whether it is applied to
    signed answers for clients that ask for signatures.
    """
    (folder / "hints").write_text(root_hints(world))
    applied = zone = ""
    if policy:
        (folder / "policy").write_text(policy)
        broken = "yes" if break_dnssec else "no"
        applied = f'    response-policy {{ zone "{POLICY}" ede censored; }}'
        applied += f" break-dnssec {broken};\n"
        zone = f'zone "{POLICY}" {{ type primary; file "{folder}/policy"; }};\n'
    (folder / "named.conf").write_text(f"""
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    empty-zones-enable no;
    dnssec-validation yes;
{applied}}};
controls {{ }};
zone "." {{ type hint; file "{folder}/hints"; }};
{zone}{bind_anchor(world)}
""")
    return ("named", "-g", "-n", "1", "-c", str(folder / "named.conf"))
