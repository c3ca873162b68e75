"""The log of a shared address: what it must show, and what can be typed wrongly."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY, begins, says

from labsupport import Lab
from labsupport.answers.subscribers import SubscribersPage, subscribers
from labsupport.formats.nat_log import FIRST_PORT, PORTS, Criteria, Translation
from labsupport.inputs.names import NotUnderstood
from labsupport.inputs.times import MOMENT
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of
from labsupport.language import table
from labsupport.results import Result
from labsupport.tree import as_html
from labsupport.world import World

WORLD = World.load()
ROWS = WORLD.translations
LAB = Lab("en")

ADDRESS = "198.18.128.2"
PORT = 40212
BANK = "198.18.111.11"
TIME = "2026-10-29 20:14:37 -03:00"
CAFE = "café"
PUBLIC_ADDRESSES = ("198.18.128.1", "198.18.128.2", "198.18.128.3", "198.18.128.4")
SECONDS_OF_REST = 120  # of a port, before it goes to the same end again


def asked(*typed: object) -> SubscribersPage:
    result = subscribers(ROWS, context_of(LAB).session, *typed)  # type: ignore[arg-type]
    assert isinstance(result, SubscribersPage), result
    return result


def left(*typed: object) -> dict[str, str]:
    """Return who is left: subscribers with the kind of their line."""
    return {name: rows[0].line for name, rows in asked(*typed).lines.items()}


def at(clock: str) -> float:
    return datetime.fromisoformat(f"2026-10-29T{clock}Z").timestamp()


# The incident: each step is a lesson


def test_the_address_alone_names_a_hundred() -> None:
    assert len(left(ADDRESS)) >= 100


@pytest.mark.parametrize("tolerance", ["", "30 seconds"])
def test_with_the_time_a_few_dozen_are_left(tolerance: str) -> None:
    assert 20 <= len(left(ADDRESS, TIME, "", "", tolerance)) <= 48


def test_with_the_port_and_clocks_five_minutes_apart_a_few_are_left() -> None:
    assert 2 <= len(left(ADDRESS, TIME, PORT, "", "5 minutes")) <= 4


def test_at_the_very_second_two_share_the_port() -> None:
    """The NAT gives one port to two connections, if they go to different destinations."""
    result = asked(ADDRESS, TIME, PORT)
    assert len(result.lines) == 2
    assert len({row.destination for rows in result.lines.values() for row in rows}) == 2


def test_the_destination_leaves_one_line_which_is_no_person() -> None:
    result = asked(ADDRESS, TIME, PORT, BANK)
    ((name, rows),) = result.lines.items()
    assert rows[0].line == CAFE
    assert result.sentence == (SAY("subscribers.one", names=f"{name} ({CAFE})"))
    assert len(result.notes) == 1
    assert "in Coralia 20:14:02 to 20:14:58" in result.notes[0]


def test_a_wrong_time_zone_names_an_innocent_household() -> None:
    (right,) = left(ADDRESS, TIME, PORT, BANK)
    for destination in ("", BANK):
        ((wrong, line),) = left(
            ADDRESS, "2026-10-29 20:14:37 UTC", PORT, destination
        ).items()
        assert wrong != right
        assert line == "family plan"


@pytest.mark.parametrize(
    "time", ["2026-10-29 20:17:37 -03:00", "2026-10-29 20:11:37 -03:00"]
)
def test_a_clock_three_minutes_wrong_names_another(time: str) -> None:
    (right,) = left(ADDRESS, TIME, PORT, BANK)
    (wrong,) = left(ADDRESS, time, PORT, BANK)
    assert wrong != right
    assert {right, wrong} < set(left(ADDRESS, TIME, PORT, BANK, "5 minutes"))


def test_the_numbers_stand_in_the_table() -> None:
    result = asked(ADDRESS, TIME, PORT, BANK)
    numbers = [row[2] for row in result.tabulated().rows]
    everybody = len({row.subscriber for row in ROWS})
    assert numbers == [everybody, len(left(ADDRESS)), len(left(ADDRESS, TIME)), 2, 1]
    assert [step.left for step in result.steps] == numbers


def test_each_combination_is_counted_in_the_log() -> None:
    result = asked(ADDRESS, TIME, PORT, BANK)
    known = result.criteria
    assert result.parts == ("address", "time", "port", "destination", "zone")
    for number, found in enumerate(result.left):
        on = [part for bit, part in enumerate(result.parts) if number >> bit & 1]
        time = at("20:14:37" if "zone" in on else "23:14:37")
        assert found == {
            row.subscriber
            for row in ROWS
            for criteria in [replace(known, time=time)]
            if all(criteria.each(row)[part] for part in on if part != "zone")
        }


def test_the_picture_fills_who_is_left_and_says_how_many() -> None:
    result = asked(ADDRESS, TIME, PORT, BANK)
    picture = result._picture()
    drawn = as_html(*picture.drawing)
    people = {
        part: path.count("M")
        for part, path in re.findall(r'data-part="(p\d+)" d="([^"]+)"', drawn)
    }
    told = dict(re.findall(r'"lab-large" data-part="(n\d+)"[^>]*>(\d+)<', drawn))
    assert sum(people.values()) == len(result.kinds)
    assert len(picture.states) == 2 ** len(picture.switches) == len(result.left)
    for state, found in zip(picture.states, result.left, strict=True):
        filled = [
            part
            for part, look in state.looks.items()
            if look == "on" and part in people
        ]
        assert sum(people[part] for part in filled) == len(found)
        (shown,) = (
            number for part, number in told.items() if state.looks.get(part) != "off"
        )
        assert int(shown) == len(found)
        left = [
            says(state.words, f"subscribers.{form}", count=int(shown))
            for form in ("few", "many")
        ]
        assert any(left) or len(found) == 1
    assert len({state.words for state in picture.states}) == len(picture.states)
    assert begins(picture.states[0].words, "subscribers.known", known="nothing")
    assert says(picture.states[0].words, "subscribers.many", count=330)
    assert picture.states[picture.still].words.endswith(result.sentence)
    assert "family plan" in picture.states[-1].words


@pytest.mark.parametrize(
    ("typed", "switches"),
    [
        ((ADDRESS,), 1),
        ((ADDRESS, "2026-10-29 23:14:37 UTC"), 2),
        ((ADDRESS, "2026-10-29 20:14:37 -03:00"), 3),
        ((ADDRESS, "2026-10-29 16:14:37 -03:00"), 2),  # the log has no 16:14 UTC
    ],
)
def test_a_zone_can_be_left_out_where_the_log_tells_what_comes_of_it(
    typed: tuple[str, ...], switches: int
) -> None:
    assert len(asked(*typed)._picture().switches) == switches


def test_the_largest_picture_is_small() -> None:
    result = asked(
        "198.18.128.3",
        "2026-10-29 20:40:00 -03:00",
        40042,
        "192.0.2.80",
        "",
        443,
        "tcp",
    )
    assert len(result.left) == 2**7
    for form in result._repr_mimebundle_().values():
        assert len(json.dumps(form)) <= 200_000


def test_more_than_five_are_not_listed() -> None:
    assert asked(ADDRESS, TIME).notes == ()
    assert len(asked(ADDRESS, TIME, PORT, "", "5 minutes").notes) == 4


def test_nothing_left_is_not_an_absence() -> None:
    result = asked(ADDRESS, "2026-10-29 19:30:00 -03:00", PORT)
    assert result.lines == {}
    assert result.kind is None
    assert result.sentence == SAY("subscribers.none")
    assert says(result.limits[0], "subscribers.nothing")
    assert result._picture().states[-1].words.endswith(result.sentence)


@pytest.mark.parametrize(
    "time",
    [
        "2026-10-29T23:14:37Z",
        "2026-10-29 23:14:37 UTC",
        "2026-10-29 23:14:37 gmt",
        "2026-10-29 23:14:37.5 Z",
        "2026-10-29 20:14:37-03:00",
        "2026-10-29 20:14:37 -0300",
        "2026-10-29 20:14:37 UTC-3",
        "2026-10-29 20:14:37 UTC−03:00",
        "2026-10-30 01:14:37 +02",
        " 2026-10-29 20:14:37 -03:00 ",
        "29/10/2026 20:14:37 -03:00",
        "29-10-2026 20:14:37 hs -03:00",
        "29.10.2026, 20:14:37 h UTC-3",
        "10/29/2026 20:14:37hs. -03:00",
    ],
)
def test_ways_to_write_the_same_moment(time: str) -> None:
    assert asked(ADDRESS, time).criteria.time == at("23:14:37")


def test_a_time_without_seconds_is_taken_and_said() -> None:
    result = asked(ADDRESS, "2026-10-29 20:14 -03:00")
    assert result.criteria.time == at("23:14:00")
    assert "no seconds" in result.notes[0]


def test_fractions_of_a_second_change_nothing_and_that_is_said() -> None:
    whole, part = (
        asked(ADDRESS, TIME, PORT),
        asked(ADDRESS, "2026-10-29 23:14:37.98 UTC", PORT),
    )
    assert part.lines == whole.lines
    assert says(part.notes[0], "subscribers.fraction")
    assert not any("fractions" in note for note in whole.notes)


@pytest.mark.parametrize("time", ["19:00:00", "19:00:02", "23:59:59", "23:59:59.9"])
def test_the_log_covers_its_evening_even_where_nobody_was_busy(time: str) -> None:
    result = asked(ADDRESS, f"2026-10-29 {time} UTC")
    assert result.tabulated().rows[0][1] == "2026-10-29 19:00:00 – 23:59:59 UTC"


def test_protocol_and_destination_port_tell_two_apart() -> None:
    """A web page comes over TCP or UDP: the same address, time, port and destination."""
    known = ("198.18.128.3", "2026-10-29 23:40:00 UTC", 40042, "192.0.2.80")
    both = left(*known)
    assert len(both) == 2
    assert left(*known, "", 443) == both
    tcp, udp = left(*known, "", 443, "TCP"), left(*known, "", "", " udp ")
    assert len(tcp) == len(udp) == 1
    assert tcp | udp == both
    rows = asked(*known, "", 443, "udp").tabulated().rows
    assert [row[0] for row in rows][-3:] == [
        "destination",
        "destination port",
        "protocol",
    ]
    assert [row[1:] for row in rows][-3:] == [("192.0.2.80", 2), ("443", 2), ("UDP", 1)]
    assert (
        LAB.investigate.subscribers(
            *known, destination_port=443, protocol="udp"
        ).table.iloc[-1, -1]
        == 1
    )


def test_other_logs_may_know_less() -> None:
    assert says(asked(ADDRESS).limits[-1], "subscribers.other_logs")
    assert len(asked(ADDRESS).limits) == 3


def test_a_tolerance_beyond_the_log_is_said() -> None:
    assert "outside the log" in asked(ADDRESS, TIME, PORT, BANK, "1 day").notes[0]


NOT_UNDERSTOOD: dict[str, tuple[tuple[object, ...], str]] = {
    "no address": (("",), "Type the public address"),
    "a name": (("www.museum.example",), "is no address"),
    "a number": ((42,), "is no address"),
    "an address over 255": (("198.18.128.300",), "is no address"),
    "IPv6": (("2001:db8::1",), "Móvil Norte has no IPv6"),
    "an inside address": (("100.64.7.21",), "inside address of access providers"),
    "a private address": (("192.168.0.10",), "private use"),
    "the machine itself": (("127.0.0.1",), "never leaves it"),
    "a group": (("224.0.0.1",), "multicast"),
    "a time without a zone": ((ADDRESS, "2026-10-29 20:14:37"), "another household"),
    "a time without a day": ((ADDRESS, "20:14:37 UTC"), "is no time"),
    "a day or a month first": ((ADDRESS, "03/04/2026 20:14:37 UTC"), "can be two days"),
    "no such day": ((ADDRESS, "2026-02-30 20:14:37 UTC"), "no such day"),
    "no such hour": ((ADDRESS, "2026-10-29 24:14:37 UTC"), "no such day, hour"),
    "no such zone": ((ADDRESS, "2026-10-29 20:14:37 +25:00"), "hour or zone"),
    "a zone by a name": ((ADDRESS, "2026-10-29 20:14:37 ART"), "is no time"),
    "a time as a number": ((ADDRESS, 1793315677), "is no time"),
    "port 0": ((ADDRESS, TIME, 0), "from 1 to 65535"),
    "port 70000": ((ADDRESS, TIME, 70000), "from 1 to 65535"),
    "a negative port": ((ADDRESS, TIME, -1), "from 1 to 65535"),
    "a port as a word": ((ADDRESS, TIME, "http"), "from 1 to 65535"),
    "a port as truth": ((ADDRESS, TIME, True), "from 1 to 65535"),
    "no port": ((ADDRESS, TIME, None), "from 1 to 65535"),
    "a destination's name": (
        (ADDRESS, TIME, PORT, "banca.bancodelfaro.example"),
        "no names",
    ),
    "an IPv6 destination": (
        (ADDRESS, TIME, PORT, "2001:db8:511::11"),
        "this log has none",
    ),
    "destination port 0": ((ADDRESS, "", "", "", "", 0), "is no destination port"),
    "a service by name": ((ADDRESS, "", "", "", "", "https"), "is no destination port"),
    "a protocol of pages": (
        (ADDRESS, "", "", "", "", "", "https"),
        "is no protocol here",
    ),
    "a protocol's number": ((ADDRESS, "", "", "", "", "", 17), "is no protocol here"),
    "a fraction without seconds": ((ADDRESS, "2026-10-29 20:14.5 UTC"), "is no time"),
    "a vague tolerance": (
        (ADDRESS, TIME, PORT, "", "some minutes"),
        "is no span of time",
    ),
    "a tolerance of no time": ((ADDRESS, "", PORT, "", "5 minutes"), "Give a time"),
}


@pytest.mark.parametrize(
    ("typed", "words"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD
)
def test_what_cannot_be_understood_gets_a_sentence(
    typed: tuple[object, ...], words: str
) -> None:
    with pytest.raises(NotUnderstood, match=words):
        subscribers(ROWS, context_of(LAB).session, *typed)  # type: ignore[arg-type]


NOT_COVERED: dict[str, tuple[tuple[object, ...], str]] = {
    "another network": (("198.18.0.10", TIME), "belongs to Fibra Sur"),
    "another network's subscribers": (("198.18.0.10", TIME), "DHCP, RADIUS"),
    "a web host": (("203.0.113.80", TIME), "there is no subscriber behind it"),
    "the provider's resolver": (("198.18.129.53",), "but subscribers do not share it"),
    "another address of the provider": (
        ("198.18.128.9", TIME, PORT, BANK),
        "do not share it",
    ),
    "a second before": (
        (ADDRESS, "2026-10-29 18:59:59 UTC"),
        "covers 2026-10-29 19:00:00 UTC to",
    ),
    "midnight": ((ADDRESS, "2026-10-30 00:00:00 UTC"), "to 2026-10-29 23:59:59 UTC"),
    "outside the lab": (("8.8.8.8",), "not an address of the lab"),
    "a day before": ((ADDRESS, "2026-10-28 20:14:37 -03:00"), "outside this log"),
    "a zone too far": ((ADDRESS, "2026-10-29 20:14:37 -05:00"), "19:00:00 UTC to"),
}


@pytest.mark.parametrize(("typed", "words"), NOT_COVERED.values(), ids=NOT_COVERED)
def test_what_this_log_cannot_know_is_no_zero(
    typed: tuple[object, ...], words: str
) -> None:
    result = subscribers(ROWS, context_of(LAB).session, *typed)  # type: ignore[arg-type]
    assert isinstance(result, Result)
    assert result.kind is Kind.NOT_COVERED
    assert words in result.sentence


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_typed_time_or_port_breaks_it(time: str, port: str) -> None:
    try:
        result = subscribers(ROWS[:20], context_of(LAB).session, ADDRESS, time, port)
    except NotUnderstood:
        return
    assert result.sentence


@given(
    st.from_regex(MOMENT, fullmatch=True),
    st.one_of(st.integers(), st.floats(), st.none(), st.binary(max_size=5)),
)
def test_what_looks_like_a_time_breaks_nothing_either(time: str, port: object) -> None:
    try:
        result = subscribers(ROWS[:20], context_of(LAB).session, ADDRESS, time, port)
    except NotUnderstood:
        return
    assert repr(result)


# Matching

PARTS = {
    "time": st.integers(int(at("19:00:00")), int(at("23:59:59"))),
    "port": st.sampled_from(sorted({row.public_port for row in ROWS})),
    "destination": st.sampled_from(sorted({row.destination for row in ROWS})),
    "destination_port": st.sampled_from(sorted({row.destination_port for row in ROWS})),
    "protocol": st.sampled_from(sorted({row.protocol for row in ROWS})),
}


def fitting(criteria: Criteria, rows: Iterable[Translation] = ROWS) -> set[Translation]:
    return {row for row in rows if criteria.fit(row)}


@given(
    st.sampled_from(PUBLIC_ADDRESSES),
    st.fixed_dictionaries(PARTS),
    st.permutations(sorted(PARTS)),
    st.integers(0, 3600),
)
def test_a_further_criterion_never_adds_a_subscriber(
    address: str, parts: dict[str, Any], order: list[str], tolerance: int
) -> None:
    criteria = Criteria(address, tolerance=tolerance)
    rows = fitting(criteria)
    for part in order:
        criteria = replace(criteria, **{part: parts[part]})
        fewer = fitting(criteria)
        assert fewer <= rows
        rows = fewer


@given(st.sampled_from(ROWS), st.integers(0, 7200), st.integers(0, 7200))
def test_more_tolerance_never_takes_a_subscriber_away(
    row: Translation, tolerance: int, more: int
) -> None:
    criteria = Criteria(row.public_address, time=row.start, tolerance=tolerance)
    assert fitting(criteria) <= fitting(replace(criteria, tolerance=tolerance + more))


@given(st.sampled_from(ROWS), st.floats(0, 1))
def test_who_knows_all_of_a_connection_finds_just_its_subscriber(
    row: Translation, share: float
) -> None:
    """At any moment one address and port go to one destination's port for one subscriber."""
    time = row.start + int(share * (row.end - row.start))
    found = fitting(
        Criteria(
            row.public_address,
            time,
            row.public_port,
            row.destination,
            row.destination_port,
            row.protocol,
        )
    )
    assert {other.subscriber for other in found} == {row.subscriber}


@given(st.sampled_from(ROWS))
def test_a_connection_begins_and_ends_with_its_seconds(row: Translation) -> None:
    for time, tolerance, fits in (
        (row.start - 1, 0, False),
        (row.start, 0, True),
        (row.end + 0.9, 0, True),
        (row.end + 1, 0, False),
        (row.start - 60, 60, True),
        (row.start - 61, 60, False),
    ):
        assert Criteria(row.public_address, time, tolerance=tolerance).fit(row) is fits


# The stored log


def test_the_log_is_of_this_lab() -> None:
    (network,) = (network for network in WORLD.networks if network.inside)
    sites = {address for site in WORLD.sites for address in site.addresses}
    resolvers = {
        address
        for server in WORLD.servers
        if server.kind == "resolver"
        for host in server.hosts
        for address in host.addresses
    }
    seats = {source for seat in WORLD.connections for source in seat.sources}
    assert {row.line for row in ROWS} == table(
        context_of(LAB).say, "kinds_of_line"
    ).keys()
    assert {row.public_address for row in ROWS} == set(PUBLIC_ADDRESSES)
    assert {row.public_port for row in ROWS} <= set(
        range(FIRST_PORT, FIRST_PORT + PORTS)
    )
    for row in ROWS:
        assert (
            WORLD.network_of(row.public_address)
            == WORLD.network_of(row.inside)
            == network
        )
        assert any(ip_address(row.inside) in prefix for prefix in network.inside)
        assert row.inside not in {*seats, *network.router}
        assert row.destination in sites | resolvers
        assert at("19:00:00") <= row.start <= row.end <= at("23:59:59")
    assert list(ROWS) == sorted(ROWS, key=lambda row: row.start)
    assert 2000 <= len(ROWS) <= 4000


def test_nobody_shares_an_inside_address() -> None:
    of_address = defaultdict(set)
    for row in ROWS:
        of_address[row.inside].add((row.subscriber, row.line, row.public_address))
    assert all(len(owners) == 1 for owners in of_address.values())


def test_a_port_rests_before_it_goes_to_the_same_end_again() -> None:
    """For another destination it is used again even at once (RFC 7857 section 3)."""
    by_end = defaultdict(list)
    by_port = defaultdict(list)
    for row in ROWS:
        port = (row.public_address, row.protocol, row.public_port)
        by_end[*port, row.destination, row.destination_port].append(row)
        by_port[port].append(row)
    for rows in by_end.values():
        for row, following in pairwise(rows):
            assert following.start - row.end >= SECONDS_OF_REST
    at_once = [
        (row, following)
        for rows in by_port.values()
        for row, following in pairwise(rows)
        if following.start <= row.end
    ]
    assert len(at_once) > 20
