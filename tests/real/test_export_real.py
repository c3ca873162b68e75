"""What is exported, in BIND and in Linux: they take it, and do what it says."""

from __future__ import annotations

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

from labsupport.exchange.rules import Action, AddressRule, NameRule, PolicyAnswer, Rule
from labsupport.language import Language
from labsupport.orders import export
from labsupport.orders.export import POLICY_ZONE

pytestmark = [
    pytest.mark.real,
    needs("named", "named-checkzone", "named-checkconf"),
]

SAY = Language.load("en")
ASN = 64500
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
END = datetime(2037, 1, 1, tzinfo=UTC).timestamp()
BIND_PORT, NOTICE_PORT = 5311, 5313
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
    # Letters of another alphabet, and what a master file has to escape.
    name("xn--bncodelfaro-yij.example"),
    name("a\\.b\\;c.example"),
)


ADDRESSES = tuple(
    AddressRule(
        asn=ASN, prefix=ip_network(one), action=Action.DROP, start=START, end=END
    )
    for one in ("203.0.113.80", "203.0.113.64/27", "2001:db8::80", "2001:db8:1::/48")
)
NETWORK = "Fibra Sur, “el Ñandú”"
RULES: tuple[Rule, ...] = (*NAMES, *ADDRESSES)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is exported, under the names that the files call each other by."""
    folder = tmp_path_factory.mktemp("export")
    for ending, _, _, make in export.KINDS:
        text = make(RULES, ASN, SAY, network=NETWORK)
        (folder / f"AS{ASN}-{ending}").write_text(text, encoding="utf-8")
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


def test_the_checkers_of_bind_take_it(files: Path, policy: Path, bind: Path) -> None:
    for command in (
        ("named-checkzone", POLICY_ZONE, policy),
        ("named-checkconf", "-z", bind),
    ):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, cwd=files
        )
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


def test_bind_answers_so_and_says_why(
    namespace: Namespace, bind: Path, tmp_path: Path
) -> None:
    command = ("named", "-g", "-n", "1", "-c", str(bind))
    with namespace.running(*command, log=tmp_path / "log"):
        started(namespace, BIND_PORT)
        for text, expected in EXPECTED.items():
            answer = namespace.call(asked, BIND_PORT, text)
            assert said(answer) == expected, text
            assert reasons(answer) == [16], text
        for text in LEFT_ALONE:
            assert reasons(namespace.call(asked, BIND_PORT, text)) != [16], text


def test_bind_says_of_a_page_with_a_notice_that_the_answer_is_forged(
    namespace: Namespace, tmp_path: Path
) -> None:
    notice = name(
        "goles.example", PolicyAnswer.ADDRESSES, addresses=("192.0.2.9",), error=4
    )
    policy = tmp_path / f"AS{ASN}-policy.zone"
    policy.write_text(export.policy_zone([notice], ASN, SAY), encoding="utf-8")
    config = bind_with(tmp_path, policy, NOTICE_PORT)
    with namespace.running(
        "named", "-g", "-n", "1", "-c", str(config), log=tmp_path / "log"
    ):
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
    with namespace.running(
        "named", "-g", "-n", "1", "-c", str(config), log=tmp_path / "log"
    ):
        started(namespace, NOTICE_PORT)
        answer = namespace.call(asked, NOTICE_PORT, "goles.example")
        assert said(answer) == ("SERVFAIL", ()), (
            "a name that fails there is not rewritten"
        )


def test_the_routes_lead_nowhere_until_they_are_taken_out(
    namespace: Namespace, files: Path
) -> None:
    text = (files / f"AS{ASN}-addresses.txt").read_text(encoding="utf-8")
    commands = [line for line in text.splitlines() if line.startswith("ip ")]
    assert len(commands) == 4
    for command in commands:
        done = namespace.run(*command.split())
        assert done.returncode == 0, (command, done.stderr)
    for address in ("203.0.113.80", "203.0.113.70", "2001:db8::80", "2001:db8:1::5"):
        assert namespace.run("ip", "route", "get", address).returncode != 0, address
    assert namespace.run("ip", "route", "get", "198.51.100.7").returncode == 0
    for command in commands:
        done = namespace.run(*command.replace(" add ", " del ").split())
        assert done.returncode == 0, (command, done.stderr)
    assert namespace.run("ip", "route", "get", "203.0.113.80").returncode == 0
