"""The registries' list of who holds which numbers: read, written, and RIR-LAB's own."""

from __future__ import annotations

from datetime import date, timedelta
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labsupport.formats import delegated
from labsupport.formats.delegated import DelegatedBlock, Statistics
from labsupport.world import World, tables

WORLD = World.load()
TODAY = date(2026, 11, 2)
FILE = tables.read_text("delegated.template").format(today=f"{TODAY:%Y%m%d}")
LIST = delegated.read(FILE)

# Records

IDS = st.text(
    st.characters(exclude_characters="|\n\r", exclude_categories=["Cs"]), max_size=20
)
DAYS = st.none() | st.dates(date(1983, 1, 1), date(2040, 1, 1))
HELD = st.sampled_from(["allocated", "assigned", "reserved"])
CODES = st.from_regex(r"[A-Z]{2}|", fullmatch=True)


@st.composite
def ipv4(draw: st.DrawFn) -> tuple[IPv4Address, int]:
    first = draw(st.integers(0, 2**32 - 1))
    return IPv4Address(first), draw(st.integers(1, 2**32 - first))


@st.composite
def ipv6(draw: st.DrawFn) -> tuple[IPv6Address, int]:
    length = draw(st.integers(0, 128))
    network = draw(st.integers(0, 2**length - 1)) << (128 - length)
    return IPv6Address(network), length


@st.composite
def as_numbers(draw: st.DrawFn) -> tuple[int, int]:
    first = draw(st.integers(0, 2**32 - 1))
    return first, draw(st.integers(1, 2**32 - first))


@st.composite
def records(draw: st.DrawFn) -> DelegatedBlock:
    start, value = draw(st.one_of(ipv4(), ipv6(), as_numbers()))
    day = draw(DAYS)
    if draw(st.booleans()):
        return DelegatedBlock("rir-lab", "", start, value, day, "available")
    return DelegatedBlock(
        "rir-lab", draw(CODES), start, value, day, draw(HELD), draw(IDS)
    )


@given(st.lists(records(), max_size=20))
def test_what_is_written_is_read_again(written: list[DelegatedBlock]) -> None:
    text = f"2|rir-lab|20261102|{len(written)}|19990111|20261102|-0300\n"
    for kind in ("asn", "ipv4", "ipv6"):
        text += (
            f"rir-lab|*|{kind}|*|{sum(one.type == kind for one in written)}|summary\n"
        )
    for one in written:
        day = f"{one.date:%Y%m%d}" if one.date else ""
        fields = (
            one.registry,
            one.country,
            one.type,
            one.start,
            one.value,
            day,
            one.status,
        )
        text += "|".join(map(str, (*fields, one.holder_id))) + "\n"
    found = delegated.read(text)
    assert found.records == tuple(written)
    assert found.complete
    assert delegated.read(text.encode()) == found
    assert delegated.read(text.replace("\n", "\r\n")) == found


@given(st.text() | st.binary())
def test_any_text_is_survived(data: bytes | str) -> None:
    found = delegated.read(data)
    assert not found.complete or found.header


@given(st.lists(st.sampled_from(FILE.split("\n")) | st.text(max_size=30), max_size=30))
def test_a_torn_file_is_survived(lines: list[str]) -> None:
    found = delegated.read("\n".join(lines))
    assert not found.complete or found.header


FIELDS = st.lists(
    st.sampled_from(
        ["lacnic", "", "*", "ipv4", "ipv6", "asn", "summary", "::", "0", "32", "x"]
    )
    | st.sampled_from(
        ["198.18.0.0", "2001:db8::1", "-1", "99999999999", "20260230", "allocated"]
    ),
    min_size=5,
    max_size=9,
).map("|".join)


@given(FIELDS)
def test_any_fields_are_survived(line: str) -> None:
    for record in delegated.read(f"2|x|1|1|||\n{line}").records:
        assert record.first <= record.last
        assert record.prefixes or record.type == "asn"


@given(records())
def test_a_block_is_its_prefixes(record: DelegatedBlock) -> None:
    if record.type != "asn":
        assert sum(prefix.num_addresses for prefix in record.prefixes) == (
            record.last - record.first + 1
        )
        assert int(record.prefixes[0].network_address) == record.first


# As the five registries really write it (numbers and identifiers are the lab's)

REAL = """\
2.3|lacnic|20260927|4|19870101|20260925|-0300
lacnic|*|ipv4|*|2|summary
lacnic|*|ipv6|*|1|summary
lacnic|*|asn|*|1|summary
lacnic||ipv4|198.18.105.0|256||reserved|
lacnic|BR|ipv4|198.18.60.0|1024|20190211|allocated|258500
lacnic||ipv6|2001:db8:20::|43||available
lacnic|BR|asn|64496|3|20230505|allocated|258500
"""


def test_a_file_of_lacnic() -> None:
    found = delegated.read(REAL)
    assert found.complete
    assert (found.header[1], found.header[6]) == ("lacnic", "-0300")
    assert [record.holder_id for record in found.of_holder("258500")] == [
        "258500",
        "258500",
    ]
    assert found.of_holder("") == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # RIPE NCC: seven fields for what is reserved, an id with strokes; no power of two.
        ("ripencc||ipv6|2001:db8:609::|48||reserved", ("reserved", "")),
        (
            "ripencc|RU|ipv4|192.0.2.0|160|20090417|allocated|fa4615bf-0770",
            ("allocated", "fa46"),
        ),
        # APNIC appends a field of its own.
        ("apnic|AU|asn|64496|1|20000101|allocated|A91B|e-stats", ("allocated", "A91B")),
        # A day that nobody knows; capital letters.
        ("lacnic|BR|ipv4|198.18.60.0|1024|00000000|ASSIGNED|42", ("assigned", "42")),
    ],
)
def test_what_single_registries_write(line: str, expected: tuple[str, str]) -> None:
    (record,) = delegated.read(f"2|x|1|1|||\n{line}").records
    status, holder = expected
    assert record.status == status
    assert record.holder_id.startswith(holder)


def test_headers_of_other_registries() -> None:
    for line in (
        "2|afrinic|20260924|0|00000000|20260924|00000",
        "2.3|apnic|1|0||20260925|+1000",
    ):
        assert delegated.read(f"# a banner\n#\n{line}\n").complete


@pytest.mark.parametrize(
    "line",
    [
        "lacnic|UY|ipv4|198.18.0.1/24|256|20190211|allocated|1",
        "lacnic|UY|ipv4|198.18.0.0|0|20190211|allocated|1",
        "lacnic|UY|ipv4|255.255.255.0|257|20190211|allocated|1",
        "lacnic|UY|ipv6|2001:db8::1|32|20190211|allocated|1",
        "lacnic|UY|ipv6|2001:db8::|129|20190211|allocated|1",
        "lacnic|UY|ipv4|2001:db8::|32|20190211|allocated|1",
        "lacnic|UY|asn|64500|-1|20190211|allocated|1",
        "lacnic|UY|asn|4294967295|2|20190211|allocated|1",
        "lacnic|UY|asn|64500|1|20190230|allocated|1",
        "lacnic|UY|asn|64500|1|yesterday|allocated|1",
        "lacnic|UY|asn|64500|1|20190211||1",
        "lacnic|UY|asn|64500|1|20190211",
    ],
)
def test_a_file_with_what_is_no_record_proves_nothing(line: str) -> None:
    assert delegated.read(f"2|x|1|1|||\n{line}") == Statistics()


def test_a_file_cut_off_is_not_complete() -> None:
    lines = FILE.splitlines(keepends=True)
    assert LIST.complete
    assert not delegated.read("".join(lines[:-1])).complete
    assert not delegated.read("".join(lines[1:])).complete
    assert not delegated.read(FILE[: len(FILE) // 2]).complete


# RIR-LAB's own list


def test_the_records_are_the_pools_and_no_number_is_in_two() -> None:
    registry = tables.read_number_registry()
    pools = [(p.version, int(p[0]), int(p[-1])) for p in registry.pools]
    pools += [(0, numbers[0], numbers[-1]) for numbers in registry.as_numbers]
    for family, first, last in pools:
        blocks = sorted(
            (record.first, record.last)
            for record in LIST.records
            if family == (0 if isinstance(record.start, int) else record.start.version)
            and first <= record.first <= last
        )
        for start, end in blocks:
            assert start == first, "a gap, or twice the same number"
            first = end + 1
        assert first == last + 1
    covered = {ip_network(p) for p in registry.pools}
    assert all(
        any(prefix.version == p.version and prefix.subnet_of(p) for p in covered)  # type: ignore[arg-type]
        for record in LIST.records
        for prefix in record.prefixes
    )


def test_every_network_is_in_the_list() -> None:
    for network in WORLD.networks:
        mine: list[int | IPv4Network | IPv6Network] = [network.asn, *network.prefixes]
        holders = set()
        for number in mine:
            (record,) = LIST.covering(number)
            assert record.held
            assert record.date == network.registered
            holders.add(record.holder_id)
        assert len(holders) == 1
        found = {*LIST.of_holder(holders.pop())}
        assert len(found) == len(mine), "somebody else has the same identifier"


def test_what_is_behind_a_nat_is_not_registered() -> None:
    assert LIST.covering(ip_address("100.64.7.21")) == ()
    assert LIST.covering(ip_address("198.41.0.4")) == (), (
        "the real root servers are not the lab's"
    )


def test_country_codes_are_nobodys() -> None:
    """ISO 3166-1 leaves XA to XZ to its users."""
    codes = tables.read_countries()
    assert set(codes) == {network.country for network in WORLD.networks}
    assert len(set(codes.values())) == len(codes)
    assert all(len(code) == 2 and code[0] == "X" for code in codes.values())
    held = {record.country for record in LIST.records if record.held}
    assert held == set(codes.values())
    assert {record.country for record in LIST.records if not record.held} == {""}


def test_ipv4_is_counted_where_no_prefix_fits() -> None:
    (record,) = LIST.covering(ip_address("198.18.97.1"))
    assert record.status == "available"
    assert record.value.bit_count() > 1


def test_nobody_was_registered_in_the_future() -> None:
    days = [record.date for record in LIST.records if record.date]
    assert max(days) < WORLD.start.date() - timedelta(days=1)
    assert LIST.header[4] == f"{min(days):%Y%m%d}"
    assert LIST.header[5] == LIST.header[2] == "20261102"
