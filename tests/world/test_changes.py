"""Changes of the world at the source, and how the lab's network follows them by the clock."""

from __future__ import annotations

from dataclasses import replace

import dns.name
import dns.rdatatype
import pytest

from labsupport import Lab
from labsupport.exchange import Reset, Silence
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.network.offline import OfflineNetwork
from labsupport.orders.simulation import opens
from labsupport.world import World
from labsupport.world.changes import (
    NOTICE_SITE,
    Change,
    Departure,
    Hold,
    Redelegation,
    Withdrawal,
)

WORLD = World.load()
NS, DS = dns.rdatatype.NS, dns.rdatatype.DS
HELD = Hold(domain="museum.example", status="client hold")
HANDED = Redelegation(domain="museum.example")


def lab_with(*changes: Change) -> Lab:
    lab = Lab("en")
    context_of(lab).inside = replace(
        context_of(lab).inside, network=OfflineNetwork(WORLD, changes=changes)
    )
    return lab


def test_a_hold_takes_the_domain_out_of_its_registrys_zone_and_keeps_it_registered() -> (
    None
):
    held = WORLD.changed(HELD)
    assert WORLD.zone("example").get_rdataset("museum.example.", NS)
    assert held.zone("example").get_rdataset("museum.example.", NS) is None
    (item,) = (item for item in held.registrations if item.name == "museum.example")
    assert "client hold" in item.status
    assert "client transfer prohibited" in item.status
    assert not item.delegated


@pytest.mark.parametrize(
    "domain", ["museum.example", "clinica-pediatrica-candil.org.test"]
)
def test_a_held_name_is_denied_with_a_proof_that_validators_accept(domain: str) -> None:
    """The registry signs its changed zone: to a validator the name is gone, not bogus."""
    lab = lab_with(Hold(domain=domain, status="server hold"))
    chain = lab.dnssec(f"www.{domain}")
    assert chain.kind is Kind.NO_SUCH_NAME
    assert chain.security.name == "SECURE"


def test_a_changed_zone_has_a_higher_serial_and_loses_nothing_else() -> None:
    held = WORLD.changed(HELD)
    before, after = WORLD.zone("example"), held.zone("example")
    assert after.get_soa().serial > before.get_soa().serial
    gone = {str(name) for name in before.nodes} - {str(name) for name in after.nodes}
    assert gone == {"museum.example."}


def test_zones_that_no_order_touches_are_shared_with_the_world_before() -> None:
    assert WORLD.changed(HELD).zone("test") is WORLD.zone("test")


def test_directories_tell_the_hold_as_well() -> None:
    lab = lab_with(HELD)
    statuses = [
        cell for row in lab.rdap("museum.example").tabulated().rows for cell in row
    ]
    assert any("client hold" in str(cell) for cell in statuses)
    assert "clientHold" in lab.whois("museum.example").text


def test_a_domain_that_is_handed_over_shows_the_notice() -> None:
    lab = lab_with(HANDED)
    notice = next(site for site in WORLD.sites if site.name == NOTICE_SITE)
    assert lab.ask("www.museum.example").records[0].value == notice.addresses[0]
    assert lab.ask("anything.museum.example").records[0].value == notice.addresses[0]
    assert lab.ask("museum.example", "MX").sentence.endswith("receives no mail.")
    visit = lab.visit("www.museum.example")
    # the certificate is made out to the notice's own name
    assert visit.kind is Kind.FAILED
    assert lab.visit("http://www.museum.example/").served.response.status == 451


def test_without_the_ds_record_the_notice_is_insecure() -> None:
    assert lab_with(HANDED).dnssec("www.museum.example").security.name == "INSECURE"


def test_old_name_servers_still_know_the_old_zone() -> None:
    """Resolvers that remember the old delegation are still led to the old machine."""
    handed = WORLD.changed(HANDED)
    old = next(server for server in handed.servers if server.operator == "Cimiento")
    new = next(
        server for server in handed.servers if server.operator == "Red de Gobierno"
    )
    www = dns.name.from_text("www.museum.example")
    assert (
        str(handed.zone_at(old, "museum.example").find_rdataset(www, "A")[0])
        == "198.51.100.10"
    )
    assert handed.zone_at(new, "museum.example").get_rdataset(www, "A") is None


def test_a_withdrawn_site_says_so_and_its_neighbours_go_on() -> None:
    lab = lab_with(Withdrawal(site="goles-gratis.example"))
    visit = lab.visit("goles-gratis.example")
    assert visit.kind is Kind.REFUSED
    assert visit.served.response.status == 451
    assert lab.visit("clinica-pediatrica-candil.org.test").kind is Kind.FOUND
    assert lab.ask("goles-gratis.example").kind is Kind.FOUND


def test_a_site_that_was_taken_away_is_gone_and_its_name_still_leads_there() -> None:
    gone = "panel.faro-recompensas.example"
    lab = lab_with(Departure(site=gone))
    # another site still has the machine
    assert lab.visit(gone).served.response.status == 421
    assert lab.visit("www.faro-recompensas.example").kind is Kind.FOUND
    assert lab.ask(gone).kind is Kind.FOUND
    both = lab_with(
        Departure(site=gone), Departure(site="www.faro-recompensas.example")
    )
    # nobody listens there
    assert isinstance(both.visit(gone).served.outcome, Silence | Reset)


def test_what_is_not_registered_cannot_be_held() -> None:
    with pytest.raises(LookupError):
        WORLD.changed(Hold(domain="nada.example", status="client hold"))


def test_changes_begin_and_end_by_the_clock() -> None:
    now = WORLD.start.timestamp()
    change = Withdrawal(site="goles-gratis.example", start=now + 60, end=now + 120)
    lab = lab_with(change)
    seen = []
    for _ in range(4):
        seen.append(opens(context_of(lab).session, "goles-gratis.example"))
        lab.wait("50 seconds")
    assert seen == [True, True, False, True]


def test_a_resolver_remembers_the_delegation_of_a_name_that_was_held() -> None:
    now = WORLD.start.timestamp()
    lab = lab_with(Hold(domain="museum.example", status="client hold", start=now + 60))
    assert lab.ask("www.museum.example").kind is Kind.FOUND
    lab.wait("30 minutes")
    assert lab.ask("www.museum.example").kind is Kind.FOUND
    # asked of the remembered servers
    assert lab.ask("museum.example", "MX").kind is Kind.FOUND
    lab.wait("2 days")
    assert lab.ask("www.museum.example").kind is Kind.NO_SUCH_NAME


def test_two_changes_come_together() -> None:
    both = WORLD.changed(
        HELD, Hold(domain="goles-gratis.example", status="server hold")
    )
    zone = both.zone("example")
    assert zone.get_rdataset("museum.example.", NS) is None
    assert zone.get_rdataset("goles-gratis.example.", NS) is None


def test_the_number_of_the_organisations_does_not_change() -> None:
    assert len(WORLD.changed(HELD).organisations) == len(WORLD.organisations)
