"""What is exported, in the programs that it is for: they take it, and do what it says."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import dns.edns
import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
from namespaces import Namespace, needs, own_name

from labsupport.blocking import export
from labsupport.blocking.export import POLICY_ZONE
from labsupport.language import Language
from labsupport.rules import Action, AddressRule, NameRule, PolicyAnswer, Rule, ServerNameRule

pytestmark = [
    pytest.mark.real,
    needs("named", "named-checkzone", "named-checkconf", "unbound", "unbound-checkconf"),
]

SAY = Language.load("en")
ASN = 64500
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
END = datetime(2037, 1, 1, tzinfo=UTC).timestamp()
PAST = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
BIND_PORT, UNBOUND_PORT, NOTICE_PORT = 5311, 5312, 5313
SECONDS_TO_START = 30


def name(
    text: str,
    answer: PolicyAnswer = PolicyAnswer.NAME_ERROR,
    *,
    subtree: bool = True,
    addresses: tuple[str, ...] = (),
    error: int | None = 16,
) -> NameRule:
    return NameRule(
        asn=ASN,
        name=dns.name.from_text(text),
        answer=answer,
        subtree=subtree,
        addresses=addresses,
        start=START,
        end=END,
        error=error,
    )


NAMES = (
    name("ayuda.goles.example", PolicyAnswer.TRUE),
    name("a.b.goles.example", PolicyAnswer.NO_DATA, subtree=False),
    name("goles.example"),
    name("apuestas.example", PolicyAnswer.NO_DATA, subtree=False),
    name(
        "estafa.example",
        PolicyAnswer.ADDRESSES,
        addresses=("192.0.2.9", "2001:db8::9"),
        error=None,  # BIND gives a whole zone one reason, that of the others
    ),
    name("pirata.example", PolicyAnswer.REFUSED),
    # Letters of another alphabet, and what a master file has to escape.
    name("xn--bncodelfaro-yij.example"),
    name("a\\.b\\;c.example"),
)


def to(prefix: str, action: Action, port: int | None = None, end: float = END) -> AddressRule:
    return AddressRule(
        asn=ASN,
        prefix=ip_network(prefix),
        action=action,
        port=port,
        protocol="https" if port else None,
        start=PAST if end <= START else START,
        end=end,
    )


ADDRESSES = (
    to("203.0.113.80", Action.DROP),
    to("203.0.113.81", Action.DROP),
    to("203.0.113.64/27", Action.DROP),
    to("198.51.100.7", Action.RESET),
    to("198.51.100.8", Action.UNREACHABLE),
    to("198.51.100.9", Action.UNREACHABLE, 443),
    to("198.51.100.10", Action.DROP, end=START),  # over since then
    to("2001:db8::80", Action.DROP),
    to("2001:db8:1::/48", Action.UNREACHABLE),
)
NETWORK = "Fibra Sur, “el Ñandú”"
RULES: tuple[Rule, ...] = (
    *NAMES,
    *ADDRESSES,
    ServerNameRule(asn=ASN, server_name=dns.name.from_text("goles.example"), action=Action.RESET),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is exported, under the names that the files call each other by."""
    folder = tmp_path_factory.mktemp("export")
    for kind in export.KINDS:
        text = kind.make(RULES, ASN, SAY, network=NETWORK)
        (folder / f"AS{ASN}-{kind.ending}").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def namespace() -> Iterator[Namespace]:
    """A namespace that leads nowhere, with documentation addresses of its own."""
    made = own_name("export")
    subprocess.run(("ip", "netns", "add", made), check=True, timeout=60)
    space = Namespace(made)
    try:
        for command in (
            "ip link set lo up",
            "ip link add out type veth peer name far",
            "ip link set out arp off",
            "ip address add 192.0.2.1/24 dev out",
            "ip -6 address add 2001:db8:ffff::1/64 dev out nodad",
            "ip link set out up",
            "ip link set far up",
            "ip route add default dev out",
            "ip -6 route add default dev out",
        ):
            done = space.run(*command.split())
            assert done.returncode == 0, done.stderr
        yield space
    finally:
        subprocess.run(("ip", "netns", "delete", made), check=True, timeout=60)


def advice(file: Path, sign: str) -> list[str]:
    """Return the lines for copying in a file's comments."""
    start = f"{sign}     "
    return [
        line.removeprefix(start)
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith(start)
    ]


@pytest.fixture(scope="module")
def policy(files: Path) -> Path:
    return files / f"AS{ASN}-policy.zone"


@pytest.fixture(scope="module")
def bind(files: Path, policy: Path) -> Path:
    return bind_with(files, policy, BIND_PORT)


def bind_with(files: Path, policy: Path, port: int) -> Path:
    """Write a configuration of BIND with the lines that a policy zone advises."""
    response_policy, zone, *_ = advice(policy, ";")
    file = files / "named.conf"
    file.write_text(f"""
options {{
    directory "{files}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    dnssec-validation no;
    // Nobody can be asked here: what the policy says has to come without.
    forward only;
    forwarders {{ 127.0.0.9; }};
    {response_policy}
}};
controls {{ }};
{zone}
""")
    return file


@pytest.fixture(scope="module")
def unbound(files: Path, policy: Path) -> Path:
    """Unbound's configuration, with the lines that the policy zone advises."""
    lines = advice(policy, ";")
    start = lines.index("server:")
    refused = [line for line in lines if line.startswith("local-zone:")]
    rest = "\n".join(line for line in lines[start + 1 :] if line not in refused)
    own = "\n".join(f"    {line}" for line in refused)
    file = files / "unbound.conf"
    file.write_text(f"""
server:
    interface: 127.0.0.1@{UNBOUND_PORT}
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    directory: "{files}"
    pidfile: ""
    ede: yes
    root-hints: "{files}/hints"
{own}
{rest}
remote-control:
    control-enable: no
""")
    (files / "hints").write_text(". 3600000 NS ns.invalid.\nns.invalid. 3600000 A 127.0.0.9\n")
    return file


def test_the_checkers_of_bind_and_unbound_take_it(
    files: Path, policy: Path, bind: Path, unbound: Path
) -> None:
    for command in (
        ("named-checkzone", POLICY_ZONE, policy),
        ("named-checkconf", "-z", bind),
        ("unbound-checkconf", unbound),
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=files)
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert "warning" not in said.lower(), said


EXPECTED = {
    "goles.example": ("NXDOMAIN", ()),
    "www.goles.example": ("NXDOMAIN", ()),
    "b.goles.example": ("NXDOMAIN", ()),
    "x.b.goles.example": ("NXDOMAIN", ()),
    "a.b.goles.example": ("NOERROR", ()),
    "x.a.b.goles.example": ("NXDOMAIN", ()),
    "apuestas.example": ("NOERROR", ()),
    "estafa.example": ("NOERROR", ("192.0.2.9",)),
    "www.estafa.example": ("NOERROR", ("192.0.2.9",)),
    "xn--bncodelfaro-yij.example": ("NXDOMAIN", ()),
    "a\\.b\\;c.example": ("NXDOMAIN", ()),
}
# Nobody can be asked for the true answer here, so it fails: that it is asked for is the point.
LEFT_ALONE = ("ayuda.goles.example", "www.ayuda.goles.example", "www.apuestas.example")


def asked(port: int, text: str, timeout: float = 10) -> dns.message.Message:
    query = dns.message.make_query(text, "A", use_edns=0)
    return dns.query.udp(query, "127.0.0.1", port=port, timeout=timeout)


def reasons(message: dns.message.Message) -> list[int]:
    return [one.code for one in message.options if isinstance(one, dns.edns.EDEOption)]


def said(message: dns.message.Message) -> tuple[str, tuple[str, ...]]:
    found = [
        rdata.address
        for rrset in message.answer
        if rrset.rdtype == dns.rdatatype.A
        for rdata in rrset
    ]
    return dns.rcode.to_text(message.rcode()), tuple(found)


def started(namespace: Namespace, port: int) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            namespace.call(asked, port, "goles.example", 0.5)
            return
        except (dns.exception.Timeout, OSError):
            assert time.monotonic() < deadline, "it did not start"
            time.sleep(0.2)


def test_bind_answers_so_and_says_why(namespace: Namespace, bind: Path, tmp_path: Path) -> None:
    command = ("named", "-g", "-n", "1", "-c", str(bind))
    with namespace.running(*command, log=tmp_path / "log"):
        started(namespace, BIND_PORT)
        for text, expected in EXPECTED.items():
            answer = namespace.call(asked, BIND_PORT, text)
            assert said(answer) == expected, text
            assert reasons(answer) == [16], text
        for text in (*LEFT_ALONE, "pirata.example"):
            assert reasons(namespace.call(asked, BIND_PORT, text)) != [16], text


def test_bind_says_of_a_page_with_a_notice_that_the_answer_is_forged(
    namespace: Namespace, tmp_path: Path
) -> None:
    notice = name("goles.example", PolicyAnswer.ADDRESSES, addresses=("192.0.2.9",))
    policy = tmp_path / f"AS{ASN}-policy.zone"
    policy.write_text(export.policy_zone([notice], ASN, SAY), encoding="utf-8")
    config = bind_with(tmp_path, policy, NOTICE_PORT)
    with namespace.running("named", "-g", "-n", "1", "-c", str(config), log=tmp_path / "log"):
        started(namespace, NOTICE_PORT)
        answer = namespace.call(asked, NOTICE_PORT, "goles.example")
        assert said(answer) == ("NOERROR", ("192.0.2.9",))
        assert reasons(answer) == [4]


def test_without_the_advice_bind_first_asks_the_servers_of_the_target(
    namespace: Namespace, policy: Path, tmp_path: Path
) -> None:
    (tmp_path / policy.name).write_bytes(policy.read_bytes())
    config = bind_with(tmp_path, policy, NOTICE_PORT)
    config.write_text(config.read_text().replace(" qname-wait-recurse no", ""))
    with namespace.running("named", "-g", "-n", "1", "-c", str(config), log=tmp_path / "log"):
        started(namespace, NOTICE_PORT)
        answer = namespace.call(asked, NOTICE_PORT, "goles.example")
        assert said(answer) == ("SERVFAIL", ()), "a name that fails there is not rewritten"


def test_unbound_answers_so_and_does_not_say_why(
    namespace: Namespace, unbound: Path, tmp_path: Path
) -> None:
    with namespace.running("unbound", "-d", "-c", str(unbound), log=tmp_path / "log"):
        started(namespace, UNBOUND_PORT)
        for text, expected in EXPECTED.items():
            answer = namespace.call(asked, UNBOUND_PORT, text)
            assert said(answer) == expected, text
            assert reasons(answer) == [], "what the file says of Unbound no longer holds"
        for text in ("pirata.example", "www.pirata.example"):
            assert said(namespace.call(asked, UNBOUND_PORT, text)) == ("REFUSED", ())


# Addresses

CONNECT = """
import socket, sys
address, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_STREAM) as client:
    client.settimeout(0.5)
    try:
        client.connect((address, port))
    except OSError as problem:
        print(type(problem).__name__, problem.errno)
"""
NOTHING, CUT, UNREACHABLE = "TimeoutError None", "ConnectionRefusedError 111", "OSError 113"


def connected(namespace: Namespace, address: str, port: int = 443) -> str:
    return namespace.run("python3", "-c", CONNECT, address, str(port)).stdout.strip()


def test_nftables_takes_the_filter_and_does_what_it_says(namespace: Namespace, files: Path) -> None:
    check, load, remove = (line.split() for line in advice(files / f"AS{ASN}-filter.nft", "#")[-3:])
    for command in (check, load, load):  # loaded again, it replaces itself
        done = namespace.run(*command, cwd=files)
        assert done.returncode == 0, done.stderr
    listed = namespace.run("nft", "list", "table", "inet", export.TABLE).stdout
    assert listed.count("chain order") == 1
    # What leads out is a wire without an end: only the filter answers.
    assert connected(namespace, "198.51.100.7") == CUT
    assert connected(namespace, "198.51.100.8") == UNREACHABLE
    assert connected(namespace, "198.51.100.9") == UNREACHABLE
    assert connected(namespace, "198.51.100.9", 80) == NOTHING, "one port is blocked, not two"
    for address in ("203.0.113.80", "198.51.100.10", "2001:db8::80", "2001:db8:1::5"):
        assert connected(namespace, address) == NOTHING
    counted = namespace.run("nft", "list", "table", "inet", export.TABLE).stdout
    rules = [line for line in counted.splitlines() if "daddr @" in line]
    acted = {re.findall(r"@(\w+)", line)[0] for line in rules if "packets 0 " not in line}
    sets = {re.findall(r"@(\w+)", line)[0] for line in rules}
    assert sets - acted == {"drop_5_v4"}, "a block that is over lets everything pass"
    assert namespace.run(*remove).returncode == 0
    assert namespace.run("nft", "list", "tables").stdout.strip() == ""


def test_the_routes_lead_nowhere_until_they_are_taken_out(
    namespace: Namespace, files: Path
) -> None:
    text = (files / f"AS{ASN}-routes.txt").read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line.startswith("ip ")]
    assert len(commands) == 7
    for command in commands:
        done = namespace.run(*command.split())
        assert done.returncode == 0, (command, done.stderr)
    for address in ("203.0.113.80", "203.0.113.70", "198.51.100.8", "2001:db8::80"):
        assert namespace.run("ip", "route", "get", address).returncode != 0, address
    assert namespace.run("ip", "route", "get", "198.51.100.7").returncode == 0
    for command in commands:
        done = namespace.run(*command.replace(" add ", " del ").split())
        assert done.returncode == 0, (command, done.stderr)
    assert namespace.run("ip", "route", "get", "203.0.113.80").returncode == 0
