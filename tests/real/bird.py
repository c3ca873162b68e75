"""The lab's networks as network namespaces: a BIRD in each, its lines to others, its machines.

The relations of the networks become BIRD's filters; BIRD itself chooses. Nothing here knows how
the model chooses.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from namespaces import Namespace, own_name

from labsupport.world import World
from labsupport.world.model import AsNetwork, Prefix
from labsupport.world.routing import Announcement

SECONDS_A_COMMAND = 30
SECONDS_TO_CONVERGE = 60
SECONDS_OF_QUIET = 1.0
BETWEEN_LOOKS = 0.1

INSIDE = "inside"  # a router's interface towards its own machines
NOBODY = "nobody"  # where it sends packets to addresses of its own that no machine has

# A router answers a probe from the address that the probe came in by, and answers every one.
SETTINGS = """
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv4/icmp_errors_use_inbound_ifaddr
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
for which in all default; do
    echo 0 >/proc/sys/net/ipv4/conf/$which/rp_filter
    echo 0 >/proc/sys/net/ipv6/conf/$which/disable_ipv6
    echo 0 >/proc/sys/net/ipv6/conf/$which/accept_dad
    echo 1 >/proc/sys/net/ipv6/conf/$which/forwarding
done
"""

# What arrives is marked by whom it came from. Larger is preferred: bgp_local_pref, RFC 4271
# section 9.1.1.
PREFERENCE = {"customer": 300, "peer": 200, "provider": 100}

# Router identifiers rise with the AS number: BGP's last tie-break (RFC 4271 section 9.1.2.2 f).
HEAD = """
router id {router_id};
roa4 table roas4;
roa6 table roas6;
protocol device {{ }}
protocol static {{
    roa4 {{ table roas4; }};
{roas4}
}}
protocol static {{
    roa6 {{ table roas6; }};
{roas6}
}}
protocol static {{
    ipv4;
{own4}
}}
protocol static {{
    ipv6;
{own6}
}}
protocol kernel {{
    ipv4 {{ import none; export all; }};
}}
protocol kernel {{
    ipv6 {{ import none; export all; }};
}}
function too_long() -> bool {{
    return (net.type = NET_IP4 && net.len > 24) || (net.type = NET_IP6 && net.len > 48);
}}
function inside_an_own_block() -> bool {{
    if net.type = NET_IP4 then return {within4};
    return {within6};
}}
function contradicts_a_roa() -> bool {{
    if net.type = NET_IP4
    then return roa_check(roas4, net, bgp_path.last) = ROA_INVALID;
    else return roa_check(roas6, net, bgp_path.last) = ROA_INVALID;
}}
function own_or_of_a_customer() -> bool {{
    return source = RTS_STATIC || bgp_local_pref = {customer};
}}
template bgp neighbour {{
    connect delay time 1;
    connect retry time 1;
    error wait time 1, 2;
    hold time 30;
}}
"""

SESSION = """
protocol bgp as{neighbour}_ipv{version} from neighbour {{
    local {own_address} as {asn};
    neighbor {address} as {neighbour};
    ipv{version} {{
        next hop self;
        import filter {{
            if too_long() || inside_an_own_block() then reject;
{check}
            bgp_local_pref = {preference};
            accept;
        }};
        export where {export};
    }};
}}
"""

CHECK = "            if contradicts_a_roa() then reject;"

Choices = dict[tuple[int, str], tuple[int, ...]]
"""The AS path that a network has chosen to a prefix; without a route, no entry."""


@dataclass(frozen=True)
class Session:
    """One end of a BGP session: what the neighbour is to this network, and the two addresses."""

    neighbour: int
    relation: str
    own_address: str
    address: str

    @property
    def version(self) -> int:
        return ip_address(self.address).version


def sessions(world: World, asn: int) -> list[Session]:
    """The sessions of a network, one with each neighbour in each version of IP."""
    found = []
    for link in world.links:
        if asn not in link.ends:
            continue
        here = link.ends.index(asn)
        there = 1 - here
        relation = (
            "peer" if link.relation == "peering" else ("customer", "provider")[here]
        )
        found += [
            Session(link.ends[there], relation, *pair)
            for pair in zip(link.addresses[here], link.addresses[there], strict=True)
        ]
    return found


def configuration(
    world: World, network: AsNetwork, announced: Collection[Prefix], checks: bool
) -> str:
    """What BIRD is told: who it is, the ROAs, what it announces, and its sessions."""

    def roas(version: int) -> str:
        return "\n".join(
            f"    route {roa.prefix} max {roa.max_length} as {roa.asn};"
            for roa in world.roas
            if roa.prefix.version == version
        )

    def own(version: int) -> str:
        return "\n".join(
            f'    route {p} via "{NOBODY}";' for p in announced if p.version == version
        )

    def within(version: int) -> str:
        """A filter for what lies in the network's own blocks (RFC 7454 section 6.1.4)."""
        blocks = [f"{p}+" for p in network.prefixes if p.version == version]
        return f"net ~ [ {', '.join(blocks)} ]" if blocks else "false"

    head = HEAD.format(
        router_id=IPv4Address(network.asn),
        roas4=roas(4),
        roas6=roas(6),
        own4=own(4),
        own6=own(6),
        within4=within(4),
        within6=within(6),
        customer=PREFERENCE["customer"],
    )
    return head + "".join(
        SESSION.format(
            asn=network.asn,
            neighbour=session.neighbour,
            version=session.version,
            own_address=session.own_address,
            address=session.address,
            check=CHECK if checks else "",
            preference=PREFERENCE[session.relation],
            export="true"
            if session.relation == "customer"
            else "own_or_of_a_customer()",
        )
        for session in sessions(world, network.asn)
    )


class Internet:
    """The routers of the lab's networks, up and connected, and some machines inside.

    `routers` and `machines` are namespaces by AS number. The exchange point has no router: it is
    a switch between those of its members.
    """

    def __init__(self, world: World, machines: Collection[int], folder: Path) -> None:
        linked = {end for link in world.links for end in link.ends}
        self.world = world
        self.folder = folder
        self.networks = {n.asn: n for n in world.networks if n.asn in linked}
        self.routers = {asn: Namespace(own_name(f"as{asn}")) for asn in self.networks}
        self.machines = {asn: Namespace(own_name(f"in-as{asn}")) for asn in machines}
        self.switches = {
            link.exchange: Namespace(own_name(f"ix{link.exchange}"))
            for link in world.links
            if link.exchange is not None
        }
        self._settled: Choices | None = None

    def configure(self, false: Announcement | None, checking: Collection[int]) -> None:
        """Have `false` announced too, and the networks `checking` refuse what contradicts ROAs."""
        for asn, network in self.networks.items():
            announced = list(network.prefixes)
            if false is not None and false.asn == asn:
                announced.append(false.prefix)
            text = configuration(self.world, network, announced, asn in checking)
            file = self.folder / f"as{asn}.conf"
            if file.exists() and file.read_text() == text:
                continue
            self._settled = None
            file.write_text(text)
            if self._socket(asn).exists():
                said = self._birdc(asn, "configure", restricted=False)
                assert "Reconfigur" in said, said

    def _socket(self, asn: int) -> Path:
        return self.folder / f"as{asn}.ctl"

    def _birdc(self, asn: int, *command: str, restricted: bool = True) -> str:
        return subprocess.run(
            ("birdc", "-s", self._socket(asn), *(["-r"] * restricted), *command),
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS_A_COMMAND,
        ).stdout

    def start(self, stack: ExitStack) -> None:
        """Start a BIRD in each network."""
        for asn, router in self.routers.items():
            stem = self.folder / f"as{asn}"
            command = (
                "bird",
                "-f",
                "-c",
                f"{stem}.conf",
                "-s",
                f"{stem}.ctl",
                "-P",
                f"{stem}.pid",
            )
            stack.enter_context(
                router.running(*command, log=self.folder / f"as{asn}.log")
            )
        deadline = time.monotonic() + SECONDS_TO_CONVERGE
        while not all(self._socket(asn).exists() for asn in self.routers):
            assert time.monotonic() < deadline, self.complaints()
            time.sleep(BETWEEN_LOOKS)

    def complaints(self) -> str:
        return "\n".join(file.read_text() for file in sorted(self.folder.glob("*.log")))

    def choices(self) -> Choices:
        """What every network has chosen, once nothing has changed for a while."""
        if self._settled is not None:
            return self._settled
        deadline = time.monotonic() + SECONDS_TO_CONVERGE
        while not all(map(self._sessions_up, self.routers)):
            assert time.monotonic() < deadline, (
                f"not every session is up\n{self.complaints()}"
            )
            time.sleep(BETWEEN_LOOKS)
        last, since = self._look(), time.monotonic()
        while time.monotonic() - since < SECONDS_OF_QUIET:
            assert time.monotonic() < deadline, (
                f"the routes do not settle\n{self.complaints()}"
            )
            time.sleep(BETWEEN_LOOKS)
            now = self._look()
            if now != last:
                last, since = now, time.monotonic()
        self._settled = last
        return last

    def _sessions_up(self, asn: int) -> bool:
        if "Reconfiguration in progress" in self._birdc(asn, "show", "status"):
            return False
        up = re.findall(
            r"^\S+ +BGP .*Established", self._birdc(asn, "show", "protocols"), re.M
        )
        return len(up) == len(sessions(self.world, asn))

    def _look(self) -> Choices:
        return {
            (asn, prefix): path
            for asn in self.routers
            for prefix, path in chosen_paths(
                self._birdc(asn, "show", "route", "primary", "all")
            ).items()
        }


def chosen_paths(said: str) -> dict[str, tuple[int, ...]]:
    """Read `birdc show route primary all`: the AS path to each prefix, () to its own."""
    paths: dict[str, tuple[int, ...]] = {}
    prefix = ""
    for line in said.splitlines():
        if match := re.match(r"(\S+/\d+)\s", line):
            prefix = match[1]
            paths[prefix] = ()
        elif match := re.match(r"\s+bgp_path: ([\d ]+)$", line):
            paths[prefix] = tuple(map(int, match[1].split()))
    return paths


@contextmanager
def internet(
    world: World,
    machines: Mapping[int, Sequence[str]],
    checking: Collection[int],
    folder: Path,
) -> Iterator[Internet]:
    """Have the networks of the lab up, and a machine with these addresses inside some of them."""
    lab = Internet(world, machines, folder)
    lab.configure(None, checking)
    with ExitStack() as stack:
        for namespace in (
            *lab.routers.values(),
            *lab.machines.values(),
            *lab.switches.values(),
        ):
            _batch("netns add " + namespace.name)
            stack.callback(_batch, "netns delete " + namespace.name)
            set_up = namespace.run("sh", "-ec", SETTINGS)
            assert set_up.returncode == 0, set_up.stderr
        _batch("\n".join(_wires(lab)))
        for name, commands in _addresses(lab, machines).items():
            _batch("\n".join(commands), "-n", name)
        for asn, network in lab.networks.items():
            if rules := firewall(network):
                _run(
                    "ip",
                    "netns",
                    "exec",
                    lab.routers[asn].name,
                    "nft",
                    "-f",
                    "-",
                    text=rules,
                )
        lab.start(stack)
        yield lab


def firewall(network: AsNetwork) -> str:
    """The rules of a network's router: it keeps silent, or translates addresses."""
    rules = ""
    if network.silent:
        rules += """
table inet silent {
    chain output {
        type filter hook output priority filter;
        icmp type { time-exceeded, destination-unreachable } drop
        icmpv6 type { time-exceeded, destination-unreachable } drop
    }
}"""
    if network.inside:
        public = next(prefix for prefix in network.prefixes if prefix.version == 4)
        rules += f"""
table ip carrier_grade_nat {{
    chain postrouting {{
        type nat hook postrouting priority srcnat;
        ip saddr {network.inside[0]} oifname != "{INSIDE}" snat to {public[2]}
    }}
}}"""
    return rules


def _wires(lab: Internet) -> Iterator[str]:
    """The virtual wires, straight from namespace to namespace, as commands of ip."""

    def wire(one: Namespace, name: str, other: Namespace, other_name: str) -> str:
        peer = f"peer name {other_name} netns {other.name}"
        return f"link add {name} netns {one.name} type veth {peer}"

    for link in lab.world.links:
        if link.exchange is None:
            one, other = link.ends
            yield wire(lab.routers[one], f"as{other}", lab.routers[other], f"as{one}")
    for exchange, asn, _ in _memberships(lab.world):
        yield wire(
            lab.routers[asn], f"ix{exchange}", lab.switches[exchange], f"as{asn}"
        )
    for asn, machine in lab.machines.items():
        yield wire(lab.routers[asn], INSIDE, machine, INSIDE)


def _addresses(
    lab: Internet, machines: Mapping[int, Sequence[str]]
) -> dict[str, list[str]]:
    """What is done in each namespace, as commands of ip."""
    todo: dict[str, list[str]] = {}

    def up(namespace: Namespace, interface: str, *addresses: str) -> None:
        commands = todo.setdefault(namespace.name, ["link set lo up"])
        commands += [f"addr add {address} dev {interface}" for address in addresses]
        commands.append(f"link set {interface} up")

    for link in lab.world.links:
        if link.exchange is None:
            for here, there in ((0, 1), (1, 0)):
                ends = (f"{a}/{_length(a, 31, 127)}" for a in link.addresses[here])
                up(lab.routers[link.ends[here]], f"as{link.ends[there]}", *ends)
    for router in lab.routers.values():
        todo[router.name].append(f"link add {NOBODY} arp off type bridge")
        up(router, NOBODY)
    for exchange, switch in lab.switches.items():
        todo[switch.name] = ["link add switch type bridge", "link set switch up"]
        shared = next(n for n in lab.world.networks if n.asn == exchange).prefixes
        for number, asn, addresses in _memberships(lab.world):
            if number == exchange:
                lengths = {prefix.version: prefix.prefixlen for prefix in shared}
                own = (f"{a}/{_length(a, lengths[4], lengths[6])}" for a in addresses)
                up(lab.routers[asn], f"ix{exchange}", *own)
                todo[switch.name].append(f"link set as{asn} master switch up")
    for asn, machine in lab.machines.items():
        up(lab.routers[asn], INSIDE, *lab.networks[asn].router)
        up(machine, INSIDE, *machines[asn])
        todo[lab.routers[asn].name] += [
            f"route add {a} dev {INSIDE}" for a in machines[asn]
        ]
        for gateway in lab.networks[asn].router:
            todo[machine.name] += [
                f"route add {gateway} dev {INSIDE}",
                f"route add default via {gateway}",
            ]
    return todo


def _memberships(world: World) -> list[tuple[int, int, tuple[str, ...]]]:
    """The exchange points with their members and the addresses of these there."""
    return sorted(
        {
            (link.exchange, asn, addresses)
            for link in world.links
            if link.exchange is not None
            for asn, addresses in zip(link.ends, link.addresses, strict=True)
        }
    )


def _length(address: str, length4: int, length6: int) -> int:
    return length4 if ip_address(address).version == 4 else length6


def _batch(commands: str, *options: str) -> None:
    _run("ip", *options, "-batch", "-", text=commands)


def _run(*command: str, text: str) -> None:
    made = subprocess.run(
        command, input=text, text=True, capture_output=True, timeout=SECONDS_A_COMMAND
    )
    assert made.returncode == 0, made.stderr
