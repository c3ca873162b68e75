"""The lists that say which RDAP server knows what."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport import reference
from labsupport.rdds import bootstrap
from labsupport.rdds.bootstrap import Bootstrap, Resource

REGISTRY, COUNTRY, GOVERNMENT = (
    "https://rdap.nic.example/",
    "https://rdap.nic.test/",
    "https://rdap.red.gob.test/",
)
LACNIC, OTHER = "https://rdap.rir-lab.example/rdap/", "https://rdap.rir-b.example/"


def listed(
    *services: tuple[list[object], list[object]], **members: object
) -> Bootstrap:
    return bootstrap.read(json.dumps(whole(*services) | members).encode())


def whole(*services: tuple[list[object], list[object]]) -> dict[str, object]:
    return {
        "description": "Servers of the lab",
        "publication": "2026-10-01T00:00:00Z",
        "services": [list(service) for service in services],
        "version": "1.0",
    }


NAMES = listed(
    (["example"], [REGISTRY]),
    (["test", "xn--ail-7ma"], [COUNTRY]),
    (["gob.test"], [GOVERNMENT]),
)
NUMBERS = listed(
    (["198.18.0.0/15", "2001:db8::/32", "64496-64511", "65540"], [LACNIC]),
    (["198.19.104.0/22", "2001:db8:9000::/36", "64500-64501"], [OTHER]),
)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("museo.example", REGISTRY),
        ("EXAMPLE.", REGISTRY),
        ("escuela.com.test", COUNTRY),
        ("salud.gob.test", GOVERNMENT),
        ("gob.test", GOVERNMENT),
        # By whole labels, not by letters.
        ("nogob.test", COUNTRY),
        ("museo.xn--ail-7ma", COUNTRY),
        ("museo.counterexample", None),
        ("museo.invalid", None),
        ("", None),
        ("museo..example", REGISTRY),
    ],
)
def test_names(name: str, server: str | None) -> None:
    assert NAMES.find(name) == ((server,) if server else ())


@pytest.mark.parametrize(
    ("number", "server"),
    [
        (IPv4Address("198.18.0.1"), LACNIC),
        (IPv4Address("198.19.105.66"), OTHER),
        (ip_network("198.19.105.0/24"), OTHER),
        # A block is known to whoever has all of it.
        (ip_network("198.19.0.0/16"), LACNIC),
        (ip_network("198.0.0.0/8"), None),
        (IPv4Address("203.0.113.1"), None),
        (IPv6Address("2001:db8:1::1"), LACNIC),
        (IPv6Address("2001:db8:9fff::1"), OTHER),
        (ip_network("2001:db8::/31"), None),
        (64496, LACNIC),
        (64500, OTHER),
        (65540, LACNIC),
        (65541, None),
        (64512, None),
    ],
)
def test_numbers(number: Resource, server: str | None) -> None:
    assert NUMBERS.complete
    assert NUMBERS.find(number) == ((server,) if server else ())


def test_https_comes_first_and_every_address_is_a_folder() -> None:
    found = listed(
        (["example"], ["http://rdap.nic.example", "https://rdap.nic.example/v1"])
    )
    assert found.find("museo.example") == (
        "https://rdap.nic.example/v1/",
        "http://rdap.nic.example/",
    )
    assert found.publication == "2026-10-01T00:00:00Z"


def test_an_entry_of_the_root_fits_last() -> None:
    found = listed(([""], [OTHER]), (["example"], [REGISTRY]))
    assert found.find("museo.example") == (REGISTRY,)
    assert found.find("museo.test") == (OTHER,)


@given(st.integers(0, 5000))
def test_a_list_cut_short_is_never_complete(end: int) -> None:
    data = json.dumps(
        whole((["example"], [REGISTRY]), (["64496-64511"], [LACNIC]))
    ).encode()
    assert bootstrap.read(data).complete
    cut = bootstrap.read(data[: min(end, len(data) - 1)])
    assert not cut.complete
    # What came before the cut is not answered from: the closest entry may be behind it.
    assert cut.find("museo.example") == cut.find(64500) == ()


@pytest.mark.parametrize(
    "services",
    [
        [],
        None,
        {"example": REGISTRY},
        [["example"]],
        [[["example"], REGISTRY]],
        [[["example"], []]],
        [[["example"], [7]]],
        [[["example"], ["rdap.nic.example"]]],
        [[["example"], ["ftp://rdap.nic.example/"]]],
        [[[7], [REGISTRY]]],
        [[["192.0.2.1/24"], [REGISTRY]]],
        [[["192.0.2.0/33"], [REGISTRY]]],
        [[["192.0.2/24"], [REGISTRY]]],
        [[["64511-64496"], [REGISTRY]]],
        [[["64496-4294967296"], [REGISTRY]]],
        [[["lab@museo.example"], ["LAB"], [REGISTRY]]],
    ],
)
def test_what_cannot_be_read_makes_a_list_incomplete(services: object) -> None:
    found = listed(services=services)
    assert not found.complete


def test_a_version_that_nobody_knows() -> None:
    assert not listed((["example"], [REGISTRY]), version="2.0").complete


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"[]", b"null", b"{}", b"[" * 100_000]
)
def test_what_is_no_list(data: bytes) -> None:
    found = bootstrap.read(data)
    assert not found.complete
    assert found.find("museo.example") == ()


@given(st.binary())
def test_any_bytes_are_survived(data: bytes) -> None:
    assert not bootstrap.read(data).complete


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
)


@given(JSON, JSON, st.text() | st.integers() | st.ip_addresses())
def test_any_json_is_survived(entry: object, url: object, looked_for: Resource) -> None:
    for services in (
        entry,
        [entry],
        [[entry, url]],
        [[[entry], [url]]],
        [[[entry], [REGISTRY]]],
    ):
        found = listed(services=services, publication=url)
        found.find(looked_for)


# The course's own copies


def test_the_copies_are_whole_and_of_the_days_that_are_told() -> None:
    copies = {
        kind: bootstrap.read(text.encode())
        for kind, text in reference.rdap_lists().items()
    }
    assert all(copy.complete for copy in copies.values())
    told = {str(row[0]): str(row[1]) for row in reference.read("rdap-lists").rows}
    assert told == {
        f"{kind}.json": copy.publication[:10] for kind, copy in copies.items()
    }


def test_the_copy_agrees_with_what_is_known_of_the_region_from_elsewhere() -> None:
    names = bootstrap.read(reference.rdap_lists()["dns"].encode())
    (uncovered,) = [
        str(row[3]) for row in reference.read("rdap-lists").rows if row[0] == "dns.json"
    ]
    for domain, _, _, rdap, *_ in reference.read("country-directories").rows:
        servers = names.find(str(domain).strip("."))
        assert servers == (() if rdap == "–" else (rdap,))
        assert (f" {domain} " in f"{uncovered.replace(':', ' ')} ") is (servers == ())


def test_the_copies_know_the_numbers_of_the_region() -> None:
    lists = {
        kind: bootstrap.read(text.encode())
        for kind, text in reference.rdap_lists().items()
    }
    lacnic = ("https://rdap.lacnic.net/rdap/",)
    for block in (
        "177.0.0.0/8",
        "186.0.0.0/8",
        "191.0.0.0/8",
        "200.0.0.0/8",
        "201.0.0.0/8",
    ):
        assert lists["ipv4"].find(ip_network(block)) == lacnic
    assert lists["ipv6"].find(ip_network("2800::/12")) == lacnic
    assert lists["asn"].find(28000) == lists["asn"].find(262144) == lacnic
