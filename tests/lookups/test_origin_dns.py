"""Which network announces an address, by DNS: the zone says what the world says."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.lookups.observatory import AsName
from labsupport.lookups.origin_dns import Holders, announced, as_name, read, read_name
from labsupport.world import World

WORLD = World.load()
SESSION = context_of(Lab("en")).session
PREFIXES = [
    (network, prefix) for network in WORLD.networks for prefix in network.prefixes
]


@settings(deadline=None, max_examples=60)
@given(where=st.sampled_from(PREFIXES), part=st.floats(0, 1, exclude_max=True))
def test_every_address_of_the_lab_has_its_network(where: tuple, part: float) -> None:
    network, prefix = where
    address = str(prefix[int(part * prefix.num_addresses)])
    found = announced(SESSION, address)
    assert found is not None
    assert (found.asn, found.prefix) == (network.asn, str(prefix))
    assert as_name(SESSION, found.asn) == AsName(network.name, network.holder)


@pytest.mark.parametrize(
    "address", ["198.18.200.1", "203.0.112.255", "2001:db8:ffff::1"]
)
def test_what_nobody_announces(address: str) -> None:
    assert announced(SESSION, address) is None


def test_holders_are_asked_about_once_and_private_addresses_never() -> None:
    lab = Lab("en")
    holders, session = Holders(), context_of(lab).session
    assert holders.name(session, "203.0.113.80") == "Alojar"
    assert holders.country(session, "203.0.113.80") == "Coralia"
    count = len(lab.evidence)
    assert count == 2
    assert holders.name(session, "203.0.113.80") == "Alojar"
    assert holders.name(session, "192.168.1.1") == ""
    assert len(lab.evidence) == count


def test_without_a_service_nothing_is_asked() -> None:
    nobody = replace(SESSION, entry=replace(SESSION.entry, origins=""))
    assert announced(nobody, "203.0.113.80") is None


@pytest.mark.parametrize(
    "text",
    [
        "", "|", "64500", "64500 | no prefix | XP", "x | 203.0.113.0/24 | XP",
        "99999999999 | 203.0.113.0/24 | XP", "64500 | 203.0.113.80/24 | XP",
    ],
)  # fmt: skip
def test_what_is_no_answer(text: str) -> None:
    assert read(text) is None
    assert read_name(text) is None


@given(st.text())
def test_anything_is_read(text: str) -> None:
    for found in (read(text), read(f"64500 | 203.0.113.0/24 | {text}")):
        assert found is None or ip_address(found.prefix.partition("/")[0])
    read_name(text)
    read_name(f"64500 | XP | rir | 2020-01-01 | {text}")
