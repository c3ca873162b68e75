"""The tables of facts about the real Internet."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from ipaddress import ip_address, ip_network
from pathlib import Path

import dns.rrset
import pytest
from confirmed import confirmed
from said import says

from labsupport import Lab
from labsupport.answers.dnssec import TrustChainPage
from labsupport.course import reference
from labsupport.lab_protocol import context_of
from labsupport.language import languages
from labsupport.orders.worksheet import Worksheet
from labsupport.reference import NEVER, TODAY, due, look_again, overdue, today
from labsupport.results import Result
from labsupport.world import World

KEYS = sorted(
    file.name.removesuffix(".csv")
    for file in resources.files("labsupport.data").joinpath("reference").iterdir()
    if file.name.endswith(".csv")
)
# What fits on a projector, without source and date.
MOST_COLUMNS = 4
# Of cases a lesson shows a readable part, lab.course.real_cases; of the root's keys none.
WIDE = {"blocking_measures", "root-trust-anchors"}


def column(key: str, name: str) -> list[str]:
    table = reference.read(key)
    place = table.columns.index(name)
    return [str(row[place]) for row in table.rows]


@pytest.mark.parametrize("key", KEYS)
def test_every_row_has_a_source_and_a_date(key: str) -> None:
    table = reference.read(key)
    assert table.caption
    assert table.columns[-2:] == ("source", "date")
    assert key in WIDE or len(table.columns) <= MOST_COLUMNS + 2
    assert table.rows
    for row in table.rows:
        assert len(row) == len(table.columns), row
        assert all(row), row
        assert re.search(r"(19|20)\d\d", str(row[-1])), row
    assert len(set(table.rows)) == len(table.rows)


@pytest.mark.parametrize("key", KEYS)
def test_a_table_is_shown_with_its_sources(key: str) -> None:
    shown = Lab("en").course.reference(key)
    assert isinstance(shown, reference.ReferenceRows)
    table = reference.read(key)
    assert list(shown.table.columns) == list(table.columns[:-2])
    assert len(shown.table) == len(table.rows)
    assert all(str(row[-2]) in shown.sources for row in table.rows)
    assert repr(shown).endswith(shown.sources)
    assert shown._repr_html_().index("</table>") < shown._repr_html_().index("Source:")


@pytest.mark.parametrize("code", ["uy", "AR", ".ve", "co"])
def test_a_countrys_code_finds_that_country_alone(code: str) -> None:
    shown = Lab("en").course.reference("country-directories", code)
    assert shown.table["domain"].tolist() == ["." + code.strip(".").lower()]


def test_a_longer_word_may_be_a_part() -> None:
    shown = Lab("en").course.reference("country-directories", "argent")
    assert shown.table["domain"].tolist() == [".ar"]


def test_the_root_servers_of_the_world_are_those_of_the_table() -> None:
    addresses = {
        f"{letter}.root-servers.net": (ipv4, ipv6)
        for letter, ipv4, ipv6 in zip(
            column("root-servers", "letter"),
            column("root-servers", "ipv4"),
            column("root-servers", "ipv6"),
            strict=True,
        )
    }
    assert World.load().root_hints == addresses
    assert len(addresses) == 13
    assert all(
        ip_address(a).version == 4 and ip_address(b).version == 6
        for a, b in addresses.values()
    )


def test_the_five_registries() -> None:
    five = {"AFRINIC", "APNIC", "ARIN", "LACNIC", "RIPE NCC"}
    assert set(column("regional-registries", "regional registry")) == five
    assert set(column("ipv4-exhaustion", "who")) == five | {"IANA"}
    days = column("ipv4-exhaustion", "when")
    assert days == sorted(days)


def test_the_caribbean_belongs_to_two_registries() -> None:
    table = reference.read("caribbean-registries")
    of = {str(row[0]): str(row[2]) for row in table.rows}
    assert len(of) == len(table.rows)
    assert set(of.values()) == {"ARIN", "LACNIC"}
    assert of["Jamaica"] == of["Barbados"] == of["Puerto Rico"] == "ARIN"
    assert of["Trinidad and Tobago"] == of["Haiti"] == of["Cuba"] == "LACNIC"
    codes = column("caribbean-registries", "code")
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]{2}", code) for code in codes)


def test_the_leak_of_2019_is_told_along_its_as_path() -> None:
    (row,) = (
        row
        for row in reference.read("route-leaks").rows
        if str(row[0]).startswith("2019")
    )
    (path,) = re.findall(r"(\d+ \d+ \d+)$", str(row[3]))
    assert re.findall(r"AS(\d+)", str(row[2])) == path.split()[::-1]


def test_the_last_block_of_afrinic_was_reached_when_its_list_said() -> None:
    (row,) = (
        row
        for row in reference.read("ipv4-exhaustion").rows
        if "phase 1" in str(row[2])
    )
    assert row[:2] == ("2017-03-31", "AFRINIC")
    assert "3 April" in str(row[2])


def test_the_times_of_2008_stand_within_the_event() -> None:
    (row,) = (
        row for row in reference.read("route-leaks").rows if "YouTube" in str(row[1])
    )
    start, end = re.findall(r"\d\d:\d\d", str(row[0]))
    within = re.findall(r"\d\d:\d\d", str(row[3]))
    assert [start, *within] == sorted([start, *within])
    assert within[-1] == end


def test_the_route_of_2008_was_a_part_of_the_other() -> None:
    (row,) = (
        row for row in reference.read("route-leaks").rows if "YouTube" in str(row[1])
    )
    part, whole = map(ip_network, re.findall(r"[\d.]+/\d+", str(row[1])))
    assert part != whole
    assert part.subnet_of(whole)  # type: ignore[arg-type]


def test_the_country_domains_are_those_of_the_region_once_each() -> None:
    table = reference.read("country-directories")
    domains = column("country-directories", "domain")
    assert domains == sorted(set(domains))
    assert all(re.fullmatch(r"\.[a-z]{2}", domain) for domain in domains)
    for row in table.rows:
        assert re.fullmatch(r"–|https://[a-z.]+/(rdap/)?", str(row[3])), row


def test_a_way_to_disclosure_names_no_party_to_a_treaty() -> None:
    """Parties change: a dated table has them."""
    limits = " ".join(column("disclosure-ways", "its limits"))
    assert limits.count("which change") == 3
    assert not re.search(
        r"\b(Argentina|Brazil|Chile|Colombia|Costa Rica|Peru|Uruguay)\b", limits
    )


def test_no_table_says_that_the_second_protocol_is_in_force() -> None:
    told = [
        " ".join(map(str, row))
        for key in KEYS
        for row in reference.read(key).rows
        if "Second Additional Protocol" in " ".join(map(str, row[:-2]))
    ]
    assert len(told) > 1
    for row in told:
        assert "not in force when read" in row
        assert not re.search(r"\bbinds?\b|(?<!not )in force", row), row


def test_the_conventions_are_those_of_the_region_as_found() -> None:
    rows = reference.read("conventions").rows
    assert {str(row[0]) for row in rows} <= {
        place.name for place in reference.places("en")
    }
    assert len({row[:2] for row in rows}) == len(rows)
    assert rows == tuple(sorted(rows, key=lambda row: str(row[0])))
    found = {(str(row[0]), str(row[1])): str(row[2]) for row in rows}
    for (country, convention), what in found.items():
        assert ("not in force when read" in what) is (
            convention != "Budapest Convention"
        )
        # open to parties of the convention alone
        if convention == "Second Additional Protocol":
            assert re.search("in force|party", found[country, "Budapest Convention"])
    for row, again in zip(rows, look_again("conventions"), strict=True):
        assert re.match("treaty database|official paper|second hand", str(row[3]))
        if str(row[1]).startswith("UN "):
            # it closes for signature
            assert date.fromisoformat(again) <= date(2026, 12, 31)


def test_the_figures_of_the_request_form_are_whole_numbers_of_requests() -> None:
    (row,) = (
        row for row in reference.read("disclosure-ways").rows if "RDRS" in str(row[0])
    )
    sent, closed = (
        int(number.replace(",", "")) for number in re.findall(r"\d,\d{3}", str(row[2]))
    )
    assert closed <= sent
    assert not re.search(r"\d\.\d+%", str(row[2]))


def test_a_figure_that_was_not_read_where_it_was_counted_says_second_hand() -> None:
    figures = {str(row[1]): str(row[3]) for row in reference.read("concentration").rows}
    for figure in ("about 20.4%", "over 81%"):
        assert figures[figure].startswith("second hand: ")


def test_the_key_of_the_root_that_goes_has_an_end() -> None:
    ends = dict(
        zip(
            column("root-trust-anchors", "key tag"),
            column("root-trust-anchors", "until"),
            strict=True,
        )
    )
    assert ends["20326"] == "January 2027"


# Facts expire


@pytest.mark.parametrize("key", KEYS)
def test_every_row_says_by_when_to_look_again(key: str) -> None:
    days = look_again(key)
    assert len(days) == len(reference.read(key).rows)
    for day in days:
        assert day == NEVER or date.fromisoformat(day).isoformat() == day


def test_a_row_is_due_on_its_day_and_not_before() -> None:
    everything = due(date.max)
    assert len(everything) == sum(
        day != NEVER for key in KEYS for day in look_again(key)
    )
    days = [one[0] for one in everything]
    assert days == sorted(days)
    first = everything[0]
    assert first in due(first[0])
    assert due(first[0] - timedelta(days=1)) == []
    last = everything[-1]
    assert last not in due(last[0] - timedelta(days=1))
    assert first[2] in reference.read(first[1]).rows


def test_what_shows_facts_says_as_of_when_and_by_when_to_look_again() -> None:
    shown = repr(Lab("en").course.reference("conventions", "Jamaica"))
    assert says(shown, "reference.rows", count=1)
    assert says(shown, "reference.facts_change_after_day", day="2026-12-31")
    assert not says(
        repr(Lab("en").course.reference("route-leaks")),
        "reference.facts_change_after_day",
    )
    assert says(
        repr(Lab("en").course.real_cases(country="Chile")),
        "reference.facts_change_after_day",
    )


OUTSIDE = "Block 104.16.0.1 by address."
# What rests on rows of which table: the answer, and by when to look at the first of them again.
RESTS = [
    (lambda lab: lab.course.reference("concentration", "Cloudflare"), "2026-11-30"),
    (lambda lab: lab.course.reference("conventions", "Ecuador"), "2026-12-31"),
    (lambda lab: lab.course.contacts("ec"), "2026-12-31"),
    (lambda lab: lab.course.contacts(), "2027-02-28"),
    (lambda lab: lab.course.real_cases(country="Colombia"), "2027-05-26"),
    (lambda lab: lab.course.real_cases("Indecopi", beside="avalanche"), "2027-05-26"),
    (lambda lab: lab.orders.evasion(vpn=20), "2027-11-25"),
    (lambda lab: lab.orders.impact(confirmed(OUTSIDE)), "2027-05-28"),
    (lambda lab: lab.orders.worksheet(confirmed(OUTSIDE)), "2027-05-28"),
]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize(("ask", "day"), RESTS)
def test_what_rests_on_a_row_past_its_date_says_so_in_its_limits(
    ask: Callable[[Lab], Result],
    day: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = Lab(language)
    monkeypatch.setenv(TODAY, day)
    before = ask(lab).limits
    assert overdue(context_of(lab).say, [day]) == ()
    after_day = date.fromisoformat(day) + timedelta(days=1)
    monkeypatch.setenv(TODAY, after_day.isoformat())
    after = ask(lab)
    assert after.limits[:-1] == before
    assert context_of(lab).say.dated(day) in after.limits[-1]
    assert after.limits[-1] in repr(after).replace("\n", " ")
    assert not any(context_of(lab).say.dated(day) in note for note in after.notes)


def test_a_paper_that_rests_on_a_row_past_its_date_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lab = Lab("en")
    monkeypatch.setenv(TODAY, "2027-05-29")
    paper = lab.orders.worksheet(confirmed(OUTSIDE))
    assert isinstance(paper, Worksheet)
    (passed,) = overdue(context_of(lab).say, paper.days)
    assert passed in paper.html
    assert passed in " ".join(paper.text.split())


def test_what_was_typed_in_the_place_of_a_row_does_not_grow_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TODAY, "2099-01-01")
    assert len(Lab("en").orders.evasion().limits) == 1 + len(
        Lab("en").orders.evasion(public_resolver=5).limits
    )


def test_a_chain_that_begins_with_the_real_keys_of_the_root_rests_on_their_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TODAY, "2099-01-01")
    page = Lab("en").dnssec("www.museum.example")
    assert isinstance(page, TrustChainPage)
    own = page.limits
    (judged, *_), (tag, *digest) = (
        page.facts.judged,
        reference.read("root-trust-anchors").rows[1],
    )
    real = dns.rrset.from_text(
        ".", 0, "IN", "DS", " ".join(map(str, (tag, *digest[:3])))
    )
    links = (replace(judged.links[0], ds=real), *judged.links[1:])
    page.facts = replace(page.facts, judged=(replace(judged, links=links),))
    assert page.limits[:-1] == own
    assert "by 2027-01-01" in page.limits[-1]


@pytest.mark.parametrize("given", [None, "", "tomorrow", "2026-13-01"])
def test_without_a_day_that_is_set_it_is_today(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv(TODAY)
    if given is not None:
        monkeypatch.setenv(TODAY, given)
    now = datetime.now(UTC).date()
    assert now <= today() <= datetime.now(UTC).date()
    passed = (now - timedelta(days=1)).isoformat()
    say = context_of(Lab("en")).say
    assert overdue(say, [(now + timedelta(days=1)).isoformat(), NEVER]) == ()
    assert "1 of these facts" in overdue(say, [passed])[0]
    assert "2 of these facts" in overdue(say, [passed, passed])[0]


def test_what_is_due_is_listed_soonest_first() -> None:
    tool = Path(__file__).parents[1] / "tools/list_due.py"
    last = due(date.max)[-1][0].isoformat()
    command = [sys.executable, str(tool), "--by", last]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    head, *rows = said.splitlines()
    assert head.startswith(f"{len(rows)} rows")
    days = [row.partition("  ")[0] for row in rows]
    assert days == sorted(days)
    assert days[-1] == last
