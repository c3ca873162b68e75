"""What an order comes to in the lab: rules for packets, changes at the source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import pytest
from said import SAY, says

from labsupport import Lab
from labsupport.dns.transport import exchange
from labsupport.exchange.rules import (
    AddressRule,
    NameRule,
    PolicyAnswer,
    ServerNameRule,
)
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import Language
from labsupport.orders.execution import Execution, execute
from labsupport.orders.order import Order, Target, TargetKind, order_of
from labsupport.orders.remarks import said
from labsupport.orders.techniques import Technique
from labsupport.world import World
from labsupport.world.changes import NOTICE_SITE, Hold, Redelegation, Withdrawal

WORLD = World.load()
NOW = WORLD.start.timestamp()
EN = Language.load("en")
FIBRA_SUR, MOVIL_NORTE, RESUELVE = 64496, 64497, 64504
ADDRESSES = {
    "goles-gratis.example": ("203.0.113.80",),
    "www.seis.example": ("2001:db8:501::60",),
}
NOTICE = next(site.addresses for site in WORLD.sites if site.name == NOTICE_SITE)


def name(value: str, **more: object) -> Target:
    return Target(value, TargetKind.NAME, **more)  # type: ignore[arg-type]


def carried_out(order: Order) -> Execution:
    return execute(order, WORLD, lambda asked: ADDRESSES.get(asked, ()), NOW)


def by(technique: Technique, *targets: Target, **more: object) -> Execution:
    return carried_out(order_of(targets, technique, **more))  # type: ignore[arg-type]


def told(execution: Execution) -> tuple[str, ...]:
    return said(execution.remarks, EN)


GOLES = name("goles-gratis.example")


def test_an_order_to_nobody_by_name_is_carried_out_by_every_access_network() -> None:
    rules = by(Technique.RESOLVER, GOLES).rules
    assert {rule.asn for rule in rules} == {FIBRA_SUR, MOVIL_NORTE}
    assert all(isinstance(rule, NameRule) for rule in rules)


def test_an_order_to_one_provider_is_carried_out_by_that_one() -> None:
    assert {
        r.asn
        for r in by(Technique.RESOLVER, GOLES, executors=("Fibra Sur S.A.",)).rules
    } == {FIBRA_SUR}


def test_a_public_resolver_is_an_executor_of_its_own() -> None:
    assert {rule.asn for rule in by(Technique.PUBLIC_RESOLVER, GOLES).rules} == {
        RESUELVE
    }


def test_a_block_of_the_address_is_of_every_address_found() -> None:
    (rule, _) = by(Technique.ADDRESS, GOLES).rules
    assert isinstance(rule, AddressRule)
    assert rule.prefix == ip_network("203.0.113.80/32")


def test_a_block_of_the_route_takes_the_whole_announced_block() -> None:
    rules = by(Technique.ROUTE, GOLES, name("www.seis.example")).rules
    assert {str(rule.prefix) for rule in rules} == {
        "203.0.113.0/24",
        "2001:db8:501::/48",
    }


def test_a_server_name_is_cut() -> None:
    rule = by(Technique.SERVER_NAME, GOLES).rules[0]
    assert isinstance(rule, ServerNameRule)
    assert rule.server_name == dns.name.from_text("goles-gratis.example.")


@pytest.mark.parametrize(
    ("technique", "change"),
    [
        (
            Technique.REGISTRAR_HOLD,
            Hold(domain="mis-paginas.example", status="client hold"),
        ),
        (
            Technique.REGISTRY_HOLD,
            Hold(domain="mis-paginas.example", status="server hold"),
        ),
        (Technique.NAME_SERVERS, Redelegation(domain="mis-paginas.example")),
    ],
)
def test_at_the_source_the_whole_domain_is_meant(
    technique: Technique, change: Hold | Redelegation
) -> None:
    (found,) = by(technique, name("fotos-del-valle.mis-paginas.example")).changes
    assert type(found) is type(change)
    assert found.domain == change.domain
    assert getattr(found, "status", "") == getattr(change, "status", "")


def test_a_host_switches_off_the_site_and_not_what_a_cdn_delivers() -> None:
    (found,) = by(Technique.HOST, GOLES).changes
    assert isinstance(found, Withdrawal)
    assert found.site == "goles-gratis.example"
    refused = by(Technique.HOST, name("diario-del-puerto.example"))
    assert refused.changes == ()
    assert "CDN" in told(refused)[0]
    delivered = by(Technique.CDN, name("diario-del-puerto.example")).changes
    assert [change.site for change in delivered if isinstance(change, Withdrawal)] == [
        "www.diario-del-puerto.example"
    ]


def test_without_a_technique_names_are_blocked_as_names_and_addresses_as_addresses() -> (
    None
):
    bracket = Target("203.0.113.80", TargetKind.ADDRESS, beside="goles-gratis.example")
    done = carried_out(order_of((GOLES, bracket)))
    assert {type(rule) for rule in done.rules} == {NameRule, AddressRule}
    assert says(told(done)[0], "execution.how_not_said")


def test_an_address_cannot_be_blocked_by_name() -> None:
    done = by(Technique.RESOLVER, Target("203.0.113.80", TargetKind.ADDRESS))
    assert done.rules == ()
    assert "has no name" in told(done)[0]


@pytest.mark.parametrize("technique", [*Technique, None])
@pytest.mark.parametrize(
    "unreadable",
    [
        Target("300.1.1.1", TargetKind.ADDRESS),
        Target("203.0.113.0/45", TargetKind.PREFIX),
        Target("203.0.113.80/24", TargetKind.PREFIX),
        Target("https://[::1", TargetKind.URL),
        Target("https:///salas", TargetKind.URL),
        Target("com..test", TargetKind.SUFFIX),
        name("a..b"),
        name("a\\"),
        name("@"),
        name(""),
        name(f"{'a' * 64}.example"),
        name(".".join(["a"] * 128)),
    ],
    ids=lambda target: target.value[:20],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_executed(
    unreadable: Target, technique: Technique | None
) -> None:
    alone = carried_out(order_of((unreadable,), technique, exceptions=(unreadable,)))
    assert (alone.rules, alone.changes) == ((), ())
    sentence = f"Nothing was executed for {unreadable.value}: it cannot be read."
    assert sentence in told(alone)
    both = carried_out(order_of((unreadable, GOLES), technique))
    rest = carried_out(order_of((GOLES,), technique))
    assert (both.rules, both.changes) == (rest.rules, rest.changes)
    assert set(told(both)) == {sentence, *told(rest)}


@pytest.mark.parametrize("technique", [*Technique, None])
def test_a_page_at_an_address_is_blocked_by_that_address_or_not_at_all(
    technique: Technique | None,
) -> None:
    done = carried_out(
        order_of((Target("http://203.0.113.80/x", TargetKind.URL),), technique)
    )
    assert done.changes == ()
    blocked = {str(rule.prefix) for rule in done.rules if isinstance(rule, AddressRule)}
    if technique in (Technique.ADDRESS, None):
        assert blocked == {"203.0.113.80/32"}
    elif technique is Technique.ROUTE:
        assert blocked == {"203.0.113.0/24"}
    else:
        assert done.rules == ()
        assert "has no name" in told(done)[0]


def test_an_empty_order_comes_to_nothing() -> None:
    for order in (Order(), order_of()):
        done = carried_out(order)
        assert (done.rules, done.changes) == ((), ())
        assert says(told(done)[0], "execution.order_names_no_target")


def test_a_name_that_leads_nowhere_has_no_address_to_block() -> None:
    done = by(Technique.ADDRESS, name("nada.example"))
    assert done.rules == ()
    assert says(told(done)[0], "execution.led_no_address")


def test_times_follow_the_order() -> None:
    start = datetime(2026, 11, 3, tzinfo=UTC)
    order = order_of((GOLES,), Technique.RESOLVER, start=start, lasts=timedelta(days=1))
    done = carried_out(order)
    assert {rule.start for rule in done.rules} == {start.timestamp()}
    assert {rule.end for rule in done.rules} == {start.timestamp() + 86400}
    at_once = carried_out(
        order_of((GOLES,), Technique.RESOLVER, lasts=timedelta(hours=1))
    )
    assert {(rule.start, rule.end) for rule in at_once.rules} == {(NOW, NOW + 3600)}


def test_a_page_is_blocked_as_its_name() -> None:
    done = by(
        Technique.RESOLVER, Target("https://goles-gratis.example/hoy", TargetKind.URL)
    )
    assert {str(rule.name) for rule in done.rules if isinstance(rule, NameRule)} == {
        "goles-gratis.example."
    }


def test_what_is_excepted_is_answered_truly() -> None:
    lab = Lab("en")
    order = order_of(
        (name("mis-paginas.example"),),
        Technique.RESOLVER,
        exceptions=(name("fotos-del-valle.mis-paginas.example"),),
    )
    other = lab.with_order(order)
    assert other.ask("panel.mis-paginas.example").kind is Kind.NO_SUCH_NAME
    assert other.ask("fotos-del-valle.mis-paginas.example").kind is Kind.FOUND


def told_by(order: Order) -> str:
    return " ".join(told(carried_out(order)))


def test_what_was_taken_for_granted_or_left_out_is_told() -> None:
    bracket = Target("203.0.113.80", TargetKind.ADDRESS, beside="goles-gratis.example")
    mixed = order_of(
        (GOLES, bracket), executors=("All access providers and the registry",)
    )
    assert "Not carried out" in told_by(mixed)
    assert "registries" in told_by(mixed)
    providers = order_of((GOLES, bracket), executors=("the access providers",))
    assert "Not carried out" not in told_by(providers)
    during = order_of((GOLES,), Technique.ADDRESS, window="during the matches")
    assert says(told_by(during), "execution.only_during_events")
    assert "during the matches" not in told_by(during)
    assert "Only IPv4" in told_by(during)
    both = order_of((GOLES, name("www.seis.example")), Technique.ADDRESS)
    assert "Only IPv4" not in told_by(both)


# In the lab


def test_a_resolver_says_why_where_the_order_asks_for_it() -> None:
    lab = Lab("en")
    silent = lab.with_order(order_of((GOLES,), Technique.RESOLVER)).ask(
        "goles-gratis.example"
    )
    assert silent.kind is Kind.NO_SUCH_NAME
    assert silent.sentence == SAY("ask.no_such_name", name="goles-gratis.example")
    told = lab.with_order(order_of((GOLES,), Technique.RESOLVER, explains=True))
    answer = told.ask("goles-gratis.example")
    assert [int(error.code) for error in answer.errors] == [16]
    assert "Extended DNS Error 16" in answer.sentence


def test_a_notice_page_is_shown_without_and_refused_with_encryption() -> None:
    other = Lab("en").with_order(
        order_of((GOLES,), Technique.RESOLVER, notice_page=True)
    )
    assert other.ask("goles-gratis.example").records[0].value == NOTICE[0]
    assert other.visit("goles-gratis.example").kind is Kind.FAILED
    assert other.visit("http://goles-gratis.example/").served.response.status == 451


def test_others_are_not_touched_by_a_block_of_the_name() -> None:
    other = Lab("en").with_order(order_of((GOLES,), Technique.RESOLVER))
    assert other.visit("clinica-pediatrica-candil.org.test").kind is Kind.FOUND
    blocked = Lab("en").with_order(order_of((GOLES,), Technique.ADDRESS))
    assert blocked.visit("clinica-pediatrica-candil.org.test").kind is Kind.NO_ANSWER


def test_orders_add_up_and_the_lab_itself_stays_as_it_was() -> None:
    lab = Lab("en")
    one = lab.with_order(order_of((GOLES,), Technique.RESOLVER))
    two = one.with_order(order_of((name("museum.example"),), Technique.REGISTRAR_HOLD))
    assert two.ask("goles-gratis.example").kind is Kind.NO_SUCH_NAME
    assert two.ask("www.museum.example").kind is Kind.NO_SUCH_NAME
    assert one.ask("www.museum.example").kind is Kind.FOUND
    assert lab.ask("goles-gratis.example").kind is Kind.FOUND


def test_the_record_names_the_copy_in_which_something_was_asked() -> None:
    lab = Lab("en")
    held = lab.with_order(order_of((name("museum.example"),), Technique.REGISTRAR_HOLD))
    held.ask("www.museum.example")
    assert {line.lab for line in context_of(lab).log.lines} == {"order 1, fibra-sur"}


def test_a_rule_that_spares_signed_answers_gives_them_to_who_asks_for_signatures() -> (
    None
):
    """As BIND's policy zones do, unless "break-dnssec" is set."""
    from labsupport.network.offline import OfflineNetwork

    rules = [
        NameRule(
            asn=FIBRA_SUR,
            name=dns.name.from_text(blocked),
            answer=PolicyAnswer.NAME_ERROR,
            spares_signed=True,
        )
        for blocked in ("museum.example.", "goles-gratis.example.")
    ]
    network = OfflineNetwork(WORLD, rules)

    def code(asked: str, *, dnssec: bool) -> dns.rcode.Rcode:
        query = dns.message.make_query(
            asked, dns.rdatatype.A, use_edns=0, want_dnssec=dnssec
        )
        found = exchange(
            network.send, query, source="198.18.0.10", to_address="198.18.0.53"
        )
        assert found.response is not None
        return found.response.rcode()

    assert code("www.museum.example.", dnssec=True) == dns.rcode.NOERROR
    assert code("www.museum.example.", dnssec=False) == dns.rcode.NXDOMAIN
    assert code("goles-gratis.example.", dnssec=True) == dns.rcode.NXDOMAIN
