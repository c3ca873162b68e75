"""What operators would configure: it does what the lab does, and says when it ends."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from pathlib import Path

import dns.name
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.blocking import export
from labsupport.blocking.execution import Execution
from labsupport.blocking.export import POLICY_ZONE, Configuration, configuration
from labsupport.language import Language
from labsupport.results import Kind
from labsupport.rules import Action, AddressRule, NameRule, PolicyAnswer, Rule, ServerNameRule
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


def to(
    prefix: str,
    action: Action = Action.DROP,
    *,
    port: int | None = None,
    protocol: str | None = None,
    start: float = START,
    end: float = END,
) -> AddressRule:
    return AddressRule(
        asn=ASN,
        prefix=ip_network(prefix),
        action=action,
        port=port,
        protocol=protocol,
        start=start,
        end=end,
    )


def comments(text: str, sign: str) -> str:
    """Return the words of a file's comments, as one text."""
    lines = [line.removeprefix(sign).strip() for line in text.splitlines() if line[:1] == sign]
    return re.sub(r"\s+", " ", " ".join(lines))


def lines(text: str, sign: str) -> list[str]:
    """Return what a program reads of a file."""
    return [line for line in text.splitlines() if line.strip() and not line.startswith(sign)]


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
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
RULES = st.builds(
    lambda text, answer, subtree: blocked(
        text,
        answer,
        subtree=subtree,
        addresses=("192.0.2.9", "2001:db8::9") if answer is PolicyAnswer.ADDRESSES else (),
    ),
    NAMES,
    st.sampled_from(list(PolicyAnswer)),
    st.booleans(),
)


@given(st.lists(RULES, min_size=1, max_size=6), st.lists(NAMES, min_size=1, max_size=12))
def test_a_policy_zone_answers_as_the_first_rule_that_meets_a_name(
    rules: list[NameRule], asked: list[str]
) -> None:
    policies = zone(*rules)
    for text in (*asked, "x.a.example", "x.b.a.example", "example"):
        rule = next((rule for rule in rules if rule.meets(name(text))), None)
        found = policy(policies, name(text))
        if rule is not None and rule.answer is PolicyAnswer.REFUSED:  # no policy zone can say it
            assert found in (set(), SAYS[PolicyAnswer.TRUE]), text
        else:
            assert found == (SAYS[rule.answer] if rule else set()), text


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (blocked("goles.example"), ["goles.example CNAME .", "*.goles.example CNAME ."]),
        (blocked("goles.example", subtree=False), ["goles.example CNAME ."]),
        (
            blocked("goles.example", PolicyAnswer.NO_DATA, subtree=False),
            ["goles.example CNAME *."],
        ),
        (
            blocked("goles.example", PolicyAnswer.ADDRESSES, subtree=False),
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
    assert soa.serial == START
    assert [ns.to_text() for ns in policies.find_rdataset(ORIGIN, "NS")] == ["localhost."]


@pytest.mark.parametrize("start", [float("-inf"), -5.0, 0.0, 2.0**32 + 1])
def test_a_serial_number_fits_its_field(start: float) -> None:
    (soa,) = zone(blocked("goles.example", start=start)).find_rdataset(ORIGIN, "SOA")
    assert 1 <= soa.serial < 2**32


def test_each_group_says_when_somebody_has_to_take_it_out() -> None:
    text = export.policy_zone(
        [
            blocked("uno.example"),
            blocked("dos.example", start=float("-inf"), end=float("inf")),
            blocked("tres.example", end=float("inf")),
            blocked("cuatro.example", start=float("-inf")),
        ],
        ASN,
        SAY,
    )
    before = {}
    for block in text.split("\n\n"):
        for line in lines(block, ";"):
            before[line.split()[0]] = comments(block, ";")
    assert before["uno.example"] == (
        "From 2026-11-02 12:00:00 UTC until 2026-12-02 12:00:00 UTC: to be taken out then."
    )
    assert "No start and no end given" in before["dos.example"]
    assert before["tres.example"].startswith("From 2026-11-02 12:00:00 UTC; no end given")
    assert before["cuatro.example"].startswith("Until 2026-12-02 12:00:00 UTC")
    assert "A policy zone does not end by itself." in comments(text, ";")


def test_a_block_during_each_match_is_one_line_with_all_its_times() -> None:
    week = 7 * 86400
    rules = [
        blocked("goles.example", start=START + n * week, end=START + n * week + 7200)
        for n in range(3)
    ]
    text = export.policy_zone(rules, ASN, SAY)
    assert lines(text, ";")[3:] == ["goles.example CNAME .", "*.goles.example CNAME ."]
    assert comments(text, ";").count("to be taken out then") == 3


def test_refused_stands_in_a_comment_for_unbound() -> None:
    text = export.policy_zone([blocked("goles.example", PolicyAnswer.REFUSED)], ASN, SAY)
    assert lines(text, ";")[3:] == []
    assert "REFUSED cannot be said in a policy zone." in comments(text, ";")
    assert ';     local-zone: "goles.example." refuse' in text.splitlines()


def test_what_is_excepted_below_a_refused_name_is_excepted_in_unbound() -> None:
    rules = [
        blocked("ayuda.goles.example", PolicyAnswer.TRUE),
        blocked("goles.example", PolicyAnswer.REFUSED),
    ]
    text = export.policy_zone(rules, ASN, SAY)
    assert ';     local-zone: "ayuda.goles.example." transparent' in text.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".".join(["a" * 60] * 4),
        "32.80.113.0.203.rpz-ip",
        "goles.example.rpz-nsdname",
    ],
    ids=["the root", "too long", "a trigger of addresses", "a trigger of name servers"],
)
def test_what_a_policy_zone_cannot_hold_stands_in_a_comment(text: str) -> None:
    rules = [blocked(text, subtree=False), blocked("goles.example")]
    written = export.policy_zone(rules, ASN, SAY)
    assert lines(written, ";")[3:] == ["goles.example CNAME .", "*.goles.example CNAME ."]
    assert "These names cannot stand in a policy zone:" in comments(written, ";")
    assert f";     {text}" in written.splitlines()


def test_bind_is_told_to_say_why() -> None:
    text = export.policy_zone([blocked("goles.example", error=16)], ASN, SAY)
    assert f'zone "{POLICY_ZONE}" ede censored;' in text
    assert "Extended DNS Error 16 (RFC 8914)" in comments(text, ";")
    none = export.policy_zone([blocked("goles.example")], ASN, SAY)
    assert "ede censored" not in none
    assert "Extended DNS Error 16" not in comments(none, ";")


def test_an_address_that_is_not_the_names_is_a_forged_answer() -> None:
    notice = blocked("uno.example", PolicyAnswer.ADDRESSES, addresses=("192.0.2.9",), error=16)
    text = export.policy_zone([notice], ASN, SAY)
    assert f'zone "{POLICY_ZONE}" ede forged;' in text
    assert "Extended DNS Error 4 (RFC 8914)" in comments(text, ";")
    both = export.policy_zone([notice, blocked("dos.example", error=16)], ASN, SAY)
    assert " ede " not in "".join(line for line in both.splitlines() if "response-policy" in line)
    assert "Extended DNS Errors 4, 16" in comments(both, ";")
    quiet = blocked("uno.example", PolicyAnswer.ADDRESSES, addresses=("192.0.2.9",))
    assert "ede forged" not in export.policy_zone([quiet], ASN, SAY)


def test_two_reasons_are_more_than_one_zone_can_give() -> None:
    rules = [blocked("uno.example", error=16), blocked("dos.example", error=17)]
    text = export.policy_zone(rules, ASN, SAY)
    assert "ede censored" not in text
    assert "Extended DNS Errors 16, 17" in comments(text, ";")


def test_signed_answers_are_broken_only_where_the_rules_say_so() -> None:
    spares = NameRule(
        asn=ASN, name=name("goles.example"), answer=PolicyAnswer.NAME_ERROR, spares_signed=True
    )
    ours = f'response-policy {{ zone "{POLICY_ZONE}"; }}'
    whole = export.policy_zone([blocked("goles.example")], ASN, SAY)
    assert f"{ours} break-dnssec yes qname-wait-recurse no;" in whole
    assert f"{ours} qname-wait-recurse no;" in export.policy_zone([spares], ASN, SAY)


# Lists, filters, routes


def test_the_address_list_has_each_address_once_and_says_when_it_ends() -> None:
    rules = [to("203.0.113.80"), to("203.0.113.80", start=END, end=END + 60), to("2001:db8::/32")]
    text = export.address_list(rules, ASN, SAY)
    assert lines(text, "#") == ["203.0.113.80", "2001:db8::/32"]
    assert "until 2026-12-02 12:00:00 UTC: to be taken out then." in comments(text, "#")


def test_an_address_blocked_on_one_port_is_marked() -> None:
    text = export.address_list([to("203.0.113.80", port=443, protocol="tcp")], ASN, SAY)
    assert lines(text, "#") == ["203.0.113.80  # TCP 443 only"]


def met(ruleset: str, address: str) -> str:
    """Return what the first rule of a ruleset does with a TCP packet to port 443 of `address`."""
    sets = {
        found[1]: [ip_network(one.strip()) for one in found[2].split(",") if one.strip()]
        for found in re.finditer(r"set (\w+) \{.*?elements = \{(.*?)\}", ruleset, re.DOTALL)
    }
    for found in re.finditer(r"daddr @(\w+) (.*)", ruleset):
        ports = re.search(r"dport (\d+)", found[2])
        if any(ip_address(address) in block for block in sets[found[1]]) and (
            ports is None or ports[1] == "443"
        ):
            return found[2].rpartition("counter ")[2]
    return "accept"


PREFIXES = st.sampled_from(
    ["203.0.113.80", "203.0.113.81", "203.0.113.80/28", "203.0.113.0/24", "2001:db8::/32"]
)
VERDICTS = {
    Action.DROP: "drop",
    Action.RESET: "reject with tcp reset",
    Action.UNREACHABLE: "reject with icmp",
}


@given(
    st.lists(
        st.builds(
            lambda prefix, action, port: to(prefix, action, port=port, protocol="tcp"),
            PREFIXES,
            st.sampled_from(list(Action)),
            st.sampled_from([None, 80, 443]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_the_filter_does_what_the_first_rule_does(rules: list[AddressRule]) -> None:
    ruleset = export.nftables(rules, ASN, SAY)
    for address in ("203.0.113.80", "203.0.113.81", "203.0.113.90", "2001:db8::5"):
        first = next(
            (
                rule
                for rule in rules
                if ip_address(address) in rule.prefix and rule.port in (None, 443)
            ),
            None,
        )
        expected = "accept" if first is None else VERDICTS[first.action]
        assert met(ruleset, address).startswith(expected)


def test_the_filter_lapses_by_itself() -> None:
    text = export.nftables([to("203.0.113.80")], ASN, SAY)
    assert f"meta time >= {START:.0f} meta time < {END:.0f} ip daddr @drop_1_v4" in text
    assert f"{END:.0f} = 2026-12-02 12:00:00 UTC" in comments(text, "#")
    endless = export.nftables([to("203.0.113.80", end=float("inf"))], ASN, SAY)
    assert "meta time <" not in endless
    assert "What has no end stays until somebody takes it out." in comments(endless, "#")


def test_only_connections_can_be_cut() -> None:
    text = export.nftables([to("203.0.113.80", Action.RESET)], ASN, SAY)
    verdicts = [line.partition("@reset_1_v4 ")[2] for line in lines(text, "#") if "daddr" in line]
    assert verdicts == ["meta l4proto tcp counter reject with tcp reset", "counter drop"]


def test_routes_lead_nowhere_and_say_what_they_cannot_do() -> None:
    rules = [
        to("203.0.113.80"),
        to("2001:db8::1", Action.UNREACHABLE),
        to("203.0.113.81", Action.RESET),
        to("203.0.113.82", port=443),
    ]
    text = export.blackhole_routes(rules, ASN, SAY)
    assert lines(text, "#") == [
        "ip route add blackhole 203.0.113.80/32",
        "ip -6 route add unreachable 2001:db8::1/128",
    ]
    assert "203.0.113.81 (connections are cut" in comments(text, "#")
    assert "203.0.113.82 (443 only)" in comments(text, "#")


def test_server_names_stand_one_a_line() -> None:
    rule = ServerNameRule(asn=ASN, server_name=name("goles.example"), action=Action.RESET)
    text = export.server_names([rule, rule], ASN, SAY)
    assert lines(text, "#") == ["goles.example"]


MAKERS = [
    export.policy_zone,
    export.address_list,
    export.nftables,
    export.blackhole_routes,
    export.server_names,
]
MIXED: tuple[Rule, ...] = (
    blocked("goles.example", error=16),
    to("203.0.113.80"),
    ServerNameRule(asn=ASN, server_name=name("goles.example"), action=Action.RESET),
)


@pytest.mark.parametrize("make", MAKERS)
def test_every_file_says_that_it_is_training(make: object) -> None:
    assert callable(make)
    assert TRAINING in make(MIXED, ASN, SAY).splitlines()[0]
    assert TRAINING not in make(MIXED, ASN, SAY, training=False)


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
    (*MIXED, NameRule(asn=OTHER, name=name("goles.example"), answer=PolicyAnswer.NO_DATA)),
    (
        Hold(domain="banco.example", status="client hold", end=END),
        Hold(domain="otro.example", status="server hold"),
        Redelegation(domain="tercero.example"),
        Withdrawal(site="www.cuarto.example"),
    ),
    ("The author of quinto.example is not known.",),
)


def configured(execution: Execution = EXECUTION, *, own: bool = False) -> Configuration:
    return configuration(execution, NETWORKS, SAY, START, own=own)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_network_has_the_files_that_it_needs() -> None:
    assert set(configured().files) == {
        "AS64500-policy.zone",
        "AS64500-addresses.txt",
        "AS64500-filter.nft",
        "AS64500-routes.txt",
        "AS64500-server-names.txt",
        "AS64501-policy.zone",
        "README.txt",
    }


def test_the_readme_says_what_each_file_is_and_what_is_none() -> None:
    readme = re.sub(r"\s+", " ", configured().files["README.txt"])
    for file in configured().files:
        assert file == "README.txt" or f"{file}: " in readme
    assert "Fibra Sur" in readme
    for words in (
        "the registrar of banco.example sets “clientHold”. Until 2026-12-02",
        "the registry of otro.example sets “serverHold”",
        "the registry of tercero.example enters other name servers",
        "whoever has the machines of www.cuarto.example no longer gives it out",
        "The author of quinto.example is not known.",
        "These files contain the order's targets",
    ):
        assert words in readme


TARGETS = ("goles", "banco", "otro.example", "tercero", "cuarto", "quinto", "203.0.113.80")


def test_what_was_told_of_the_order_stands_at_the_top_of_each_file() -> None:
    told = ("It acts during events alone.\ndrop", "Their times are not known.")
    files = configured(Execution(EXECUTION.rules, (), told)).files
    plain = configured(Execution(EXECUTION.rules)).files
    for file in plain:
        sign = plain[file][0]
        if file == "README.txt":
            continue
        top = comments("\n".join(files[file].splitlines()[:12]), sign)
        assert "It acts during events alone." in top
        assert "Their times are not known." in top
        assert lines(files[file], sign) == lines(plain[file], sign)
    assert "events" not in "".join(plain.values())


def test_what_is_shown_of_a_draft_names_no_target(folder: Path) -> None:
    result = configured()
    saved = result.save()
    for shown in (result, saved):
        for text in (repr(shown), shown._repr_html_(), shown.sentence, shown.table.to_csv()):
            assert not [target for target in TARGETS if target in text]
    assert any("5 remarks" in note for note in result.notes)


def test_the_labs_own_order_is_shown_whole() -> None:
    result = configured(own=True)
    assert "<summary>AS64500-filter.nft</summary>" in result._repr_html_()
    assert "*.goles.example CNAME ." in result._repr_html_()
    assert "<U+" not in result._repr_html_()
    assert EXECUTION.told[0] in result.notes


def test_the_files_are_written_as_they_are(folder: Path) -> None:
    result = configured()
    saved = result.save()
    assert "7 files are in the folder configuration" in saved.sentence
    assert any("contain the order's targets" in note for note in saved.notes)
    written = {file.name: file.read_text("utf-8") for file in (folder / "configuration").iterdir()}
    assert written == result.files


def test_saving_again_changes_nothing(folder: Path) -> None:
    configured().save("export")
    assert configured().save("export").sentence == configured().save("export").sentence
    assert os.listdir(folder) == ["export"]


def test_another_folder_is_never_touched(folder: Path) -> None:
    (folder / "export").mkdir()
    (folder / "export" / "notes.txt").write_text("mine")
    saved = configured().save("export")
    assert "in the folder export-2" in saved.sentence
    assert any("It was left as it is." in note for note in saved.notes)
    assert os.listdir(folder / "export") == ["notes.txt"]
    (folder / "export-2" / "README.txt").write_text("changed")
    assert "in the folder export-3" in configured().save("export").sentence
    assert (folder / "export-2" / "README.txt").read_text() == "changed"


@pytest.mark.parametrize(
    "typed", ["", "../up", "/tmp/x", "a/b", ".", "..", None, 7, "a" * 200, "a\u202eb"]
)
def test_what_is_no_plain_name_gets_a_sentence(folder: Path, typed: object) -> None:
    saved = configured().save(typed)
    assert saved.kind is Kind.NOT_ASKED
    assert "cannot be the name of a folder" in saved.sentence
    assert os.listdir(folder) == []


def test_a_folder_that_cannot_be_written_gets_a_sentence(folder: Path) -> None:
    (folder / "export").write_text("a file has this name")
    assert "in the folder export-2" in configured().save("export").sentence


def test_an_order_for_the_source_alone_has_a_readme_alone() -> None:
    result = configured(Execution((), EXECUTION.changes))
    assert set(result.files) == {"README.txt"}
    assert "carried out elsewhere" in result.sentence


def test_an_order_for_nobody_writes_nothing(folder: Path) -> None:
    result = configured(Execution())
    assert result.files == {}
    assert result.tabulated() is None
    assert result.save().sentence == "This order gives nobody anything to configure."
    assert os.listdir(folder) == []


def test_many_names_are_one_zone() -> None:
    rules = [blocked(f"n{number}.example") for number in range(20_000)]
    assert len(lines(export.policy_zone(rules, ASN, SAY), ";")) == 3 + 40_000
