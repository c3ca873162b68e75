"""What operators would configure: it does what the lab does, and says when it ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from ipaddress import ip_network

import dns.name
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.exchange.rules import (
    Action,
    AddressRule,
    NameRule,
    PolicyAnswer,
    Rule,
    ServerNameRule,
)
from labsupport.language import Language
from labsupport.orders import export
from labsupport.orders.execution import Execution
from labsupport.orders.export import POLICY_ZONE, Configuration, configuration
from labsupport.orders.remarks import Remark, said
from labsupport.world import World
from labsupport.world.changes import Hold, Redelegation, Withdrawal

SAY = Language.load("en")
ASN, OTHER = 64500, 64501
START = datetime(2026, 11, 2, 12, tzinfo=UTC).timestamp()
END = datetime(2026, 12, 2, 12, tzinfo=UTC).timestamp()
ORIGIN = dns.name.from_text(POLICY_ZONE)
TRAINING = "TRAINING – FICTIONAL"


def name(text: str) -> dns.name.Name:
    return dns.name.from_text(text)


def blocked(
    text: str,
    answer: PolicyAnswer = PolicyAnswer.NAME_ERROR,
    *,
    subtree: bool = True,
    start: float = START,
    end: float = END,
    addresses: tuple[str, ...] = (),
    error: int | None = None,
) -> NameRule:
    return NameRule(
        asn=ASN,
        name=name(text),
        answer=answer,
        subtree=subtree,
        start=start,
        end=end,
        addresses=addresses,
        error=error,
    )


def to(prefix: str, *, end: float = END) -> AddressRule:
    return AddressRule(
        asn=ASN, prefix=ip_network(prefix), action=Action.DROP, start=START, end=end
    )


def comments(text: str, sign: str) -> str:
    """Return the words of a file's comments, as one text."""
    lines = [
        line.removeprefix(sign).strip()
        for line in text.splitlines()
        if line[:1] == sign
    ]
    return re.sub(r"\s+", " ", " ".join(lines))


def lines(text: str, sign: str) -> list[str]:
    """Return what a program reads of a file."""
    return [
        line for line in text.splitlines() if line.strip() and not line.startswith(sign)
    ]


# The policy zone


def zone(*rules: Rule) -> dns.zone.Zone:
    text = export.policy_zone(rules, ASN, SAY)
    return dns.zone.from_text(text, origin=ORIGIN, relativize=False)


def policy(policies: dns.zone.Zone, asked: dns.name.Name) -> set[tuple[str, str]]:
    """Look a name up in a policy zone as a server looks names up in any (RFC 1034, RFC 4592)."""
    there = {n for node in policies for n in _up(node) if n.is_subdomain(ORIGIN)}
    owner = dns.name.Name(asked.labels[:-1] + ORIGIN.labels)
    if owner not in there:
        encloser = next(n for n in _up(owner) if n in there)
        owner = dns.name.from_text("*", encloser)
    node = policies.get_node(owner)
    if node is None or owner == ORIGIN:
        return set()
    return {
        (dns.rdatatype.to_text(rdataset.rdtype), rdata.to_text())
        for rdataset in node
        for rdata in rdataset
    }


def _up(of: dns.name.Name) -> list[dns.name.Name]:
    return [dns.name.Name(of.labels[place:]) for place in range(len(of.labels))]


SAYS = {
    PolicyAnswer.NAME_ERROR: {("CNAME", ".")},
    PolicyAnswer.NO_DATA: {("CNAME", "*.")},
    PolicyAnswer.TRUE: {("CNAME", "rpz-passthru.")},
    PolicyAnswer.ADDRESSES: {("A", "192.0.2.9"), ("AAAA", "2001:db8::9")},
}
LABELS = st.sampled_from(["a", "b", "c"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(
    lambda labels: ".".join([*labels, "example"])
)
RULES = st.builds(
    lambda text, answer, subtree: blocked(
        text,
        answer,
        subtree=subtree,
        addresses=("192.0.2.9", "2001:db8::9")
        if answer is PolicyAnswer.ADDRESSES
        else (),
    ),
    NAMES,
    st.sampled_from(list(SAYS)),
    st.booleans(),
)


@given(
    st.lists(RULES, min_size=1, max_size=6), st.lists(NAMES, min_size=1, max_size=12)
)
def test_a_policy_zone_answers_as_the_first_rule_that_meets_a_name(
    rules: list[NameRule], asked: list[str]
) -> None:
    policies = zone(*rules)
    for text in (*asked, "x.a.example", "x.b.a.example", "example"):
        rule = next((rule for rule in rules if rule.meets(name(text))), None)
        found = policy(policies, name(text))
        assert found == (SAYS[rule.answer] if rule else set()), text


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            blocked("goles.example"),
            ["goles.example CNAME .", "*.goles.example CNAME ."],
        ),
        (blocked("goles.example", subtree=False), ["goles.example CNAME ."]),
        (
            blocked("goles.example", PolicyAnswer.NO_DATA, subtree=False),
            ["goles.example CNAME *."],
        ),
        (
            blocked(
                "goles.example",
                PolicyAnswer.ADDRESSES,
                subtree=False,
                addresses=("192.0.2.9", "2001:db8::9"),
            ),
            ["goles.example A 192.0.2.9", "goles.example AAAA 2001:db8::9"],
        ),
    ],
)
def test_each_answer_has_its_record(rule: NameRule, expected: list[str]) -> None:
    assert lines(export.policy_zone([rule], ASN, SAY), ";")[3:] == expected


def test_a_policy_zone_has_what_a_zone_needs() -> None:
    policies = zone(blocked("goles.example"))
    (soa,) = policies.find_rdataset(ORIGIN, "SOA")
    assert soa.serial
    assert [ns.to_text() for ns in policies.find_rdataset(ORIGIN, "NS")] == [
        "localhost."
    ]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (
            END,
            "From 2026-11-02 12:00:00 UTC until 2026-12-02 12:00:00 UTC: to be taken out then.",
        ),
        (float("inf"), "From 2026-11-02 12:00:00 UTC; no end given: it stays until"),
    ],
)
def test_above_its_lines_a_file_says_when_somebody_has_to_take_them_out(
    end: float, expected: str
) -> None:
    for text, sign in (
        (export.policy_zone([blocked("uno.example", end=end)], ASN, SAY), ";"),
        (export.blackhole_routes([to("203.0.113.80", end=end)], ASN, SAY), "#"),
    ):
        last = text.rstrip().split("\n\n")[-1].splitlines()[0]
        assert last.startswith(f"{sign} {expected}")


@pytest.mark.parametrize(
    ("error", "word"), [(16, " ede censored"), (4, " ede forged"), (None, "")]
)
def test_bind_is_told_to_say_why(error: int | None, word: str) -> None:
    text = export.policy_zone([blocked("goles.example", error=error)], ASN, SAY)
    assert (
        f'response-policy {{ zone "{POLICY_ZONE}"{word}; }} break-dnssec yes qname-wait-recurse no;'
    ) in text


# Routes


def test_routes_lead_nowhere() -> None:
    text = export.blackhole_routes([to("203.0.113.80"), to("2001:db8::1")], ASN, SAY)
    assert lines(text, "#") == [
        "ip route add blackhole 203.0.113.80/32",
        "ip -6 route add blackhole 2001:db8::1/128",
    ]


MAKERS = [export.policy_zone, export.blackhole_routes]
MIXED: tuple[Rule, ...] = (
    blocked("goles.example", error=16),
    to("203.0.113.80"),
    ServerNameRule(asn=ASN, server_name=name("goles.example"), action=Action.RESET),
)


@pytest.mark.parametrize("make", MAKERS)
def test_every_file_says_that_it_is_training(make: object) -> None:
    assert callable(make)
    assert TRAINING in make(MIXED, ASN, SAY).splitlines()[0]


@pytest.mark.parametrize("make", MAKERS)
def test_every_file_says_of_which_version_of_the_lab_it_is(make: object) -> None:
    assert callable(make)
    assert World.load().version in make(MIXED, ASN, SAY)


@pytest.mark.parametrize("make", MAKERS)
def test_another_networks_rules_stay_out(make: object) -> None:
    assert callable(make)
    text = make(MIXED, OTHER, SAY)
    assert "goles" not in text
    assert "203.0.113.80" not in text


@pytest.mark.parametrize("make", MAKERS)
def test_a_name_of_a_network_never_leaves_its_comment(make: object) -> None:
    assert callable(make)
    plain = make(MIXED, ASN, SAY, network="Fibra")
    sign = plain[0]
    hostile = make(MIXED, ASN, SAY, network="Fibra\nevil.example CNAME .\r\u2028drop")
    assert lines(hostile, sign) == lines(plain, sign)


# All files of an order


NETWORKS = {ASN: "Fibra Sur", OTHER: "Móvil Norte"}
EXECUTION = Execution(
    (
        *MIXED,
        NameRule(asn=OTHER, name=name("goles.example"), answer=PolicyAnswer.NO_DATA),
    ),
    (
        Hold(domain="banco.example", status="client hold", end=END),
        Hold(domain="otro.example", status="server hold"),
        Redelegation(domain="tercero.example"),
        Withdrawal(site="www.cuarto.example"),
    ),
    (
        Remark(
            "execution.nothing_executed",
            "quinto.example",
            5,
            {"why": "execution.led_no_address"},
        ),
    ),
)


def configured(execution: Execution = EXECUTION, *, own: bool = False) -> Configuration:
    return configuration(execution, NETWORKS, SAY, START, own=own)


def test_each_network_has_the_files_that_it_needs() -> None:
    result = configured()
    assert list(result.files) == list(result.kinds)
    assert set(result.files) == {
        "AS64500-policy.zone",
        "AS64500-addresses.txt",
        "AS64501-policy.zone",
    }
    assert "AS64500 (Fibra Sur)" in result.kinds["AS64500-addresses.txt"]


def test_what_no_file_does_is_told() -> None:
    told = " ".join(configured().notes)
    for words in (
        "sets its status to “client hold”",
        "sets its status to “server hold”",
        "enters other name servers",
        "no longer gives it out",
        "equipment that reads the names in connections",
    ):
        assert words in told


TARGETS = (
    "goles",
    "banco",
    "otro.example",
    "tercero",
    "cuarto",
    "quinto",
    "203.0.113.80",
)


def test_what_was_told_of_the_order_stands_at_the_top_of_each_file() -> None:
    why = {"why": "execution.led_no_address"}
    remarks = (
        Remark("execution.only_during_events"),
        Remark("execution.nothing_executed", "sexto\ndrop", 6, why),
    )
    files = configured(Execution(EXECUTION.rules, (), remarks)).files
    plain = configured(Execution(EXECUTION.rules)).files
    for file in plain:
        sign = plain[file][0]
        top = comments("\n".join(files[file].splitlines()[:12]), sign)
        assert "The order acts only during events" in top
        assert "Nothing was executed for sexto" in top
        assert lines(files[file], sign) == lines(plain[file], sign)
    assert "events" not in "".join(plain.values())


def test_what_is_shown_of_a_draft_names_no_target() -> None:
    result = configured()
    for text in (
        repr(result),
        result._repr_html_(),
        result.sentence,
        result.table.to_csv(),
    ):
        assert not [target for target in TARGETS if target in text]
    assert any("not shown" in note for note in result.notes)


def test_the_labs_own_order_is_shown_whole() -> None:
    result = configured(own=True)
    assert "<summary>AS64500-addresses.txt</summary>" in result._repr_html_()
    assert "*.goles.example CNAME ." in result._repr_html_()
    assert "<U+" not in result._repr_html_()
    assert said(EXECUTION.remarks, SAY)[0] in result.notes


@pytest.mark.parametrize("execution", [Execution(), Execution((), EXECUTION.changes)])
def test_an_order_that_no_network_carries_out_has_no_file(execution: Execution) -> None:
    result = configured(execution)
    assert result.files == {}
    assert result.tabulated() is None
    assert result.sentence == SAY("export.order_gives_no_network")
    assert bool(result.notes) is bool(execution.changes)


def test_many_names_are_one_zone() -> None:
    rules = [blocked(f"n{number}.example") for number in range(20_000)]
    assert len(lines(export.policy_zone(rules, ASN, SAY), ";")) == 3 + 40_000
