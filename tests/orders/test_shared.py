"""Targets outside the lab: what is published of them, and that no number is told instead."""

from __future__ import annotations

import itertools
import re
from ipaddress import ip_network

import pytest
from confirmed import confirmed
from said import SAY, begins, says

from labsupport import Lab
from labsupport.lab_protocol import context_of
from labsupport.orders.impact import KINDS, known
from labsupport.orders.order import Target, TargetKind
from labsupport.orders.targets import canonical_name
from labsupport.orders.worksheet import worksheet
from labsupport.reference import read
from labsupport.results import Missing, Result
from labsupport.world import World

LAB = Lab("en")
IN_THE_LAB = "Of 299 sites in the lab"
ROWS = read("shared-infrastructure").rows


def listed() -> list[tuple[str, str, str]]:
    """Kind, owner and one address or name of the table each."""
    return [
        (str(row[0]), str(row[1]), one) for row in ROWS for one in str(row[2]).split()
    ]


def is_name(text: str) -> bool:
    return text[-1].isalpha() and ":" not in text


def target(text: str) -> Target:
    if "/" in text:
        kind = TargetKind.URL if "://" in text else TargetKind.PREFIX
    else:
        kind = TargetKind.NAME if is_name(text) else TargetKind.ADDRESS
    return Target(text, kind)


def found(text: str) -> list[tuple[str, str]]:
    return [(fact.kind, fact.whose) for fact in known(target(text))]


def shown(result: Result) -> str:
    return "\n".join([repr(result), result._repr_html_(), repr(result.figure())])


# The table


def test_every_address_and_name_of_the_table_is_written_as_targets_are() -> None:
    for kind, _, one in listed():
        assert kind in KINDS
        if is_name(one):
            assert canonical_name(one) == one
        else:
            block = ip_network(one)  # raises where bits of a host are set
            assert block.is_global
            assert one == (str(block) if "/" in one else str(block.network_address))
    assert len(listed()) == len(set(listed()))


def test_no_range_of_the_table_is_the_labs_own() -> None:
    own = [prefix for network in World.load().networks for prefix in network.prefixes]
    for _, _, one in listed():
        if not is_name(one):
            assert not any(ip_network(one).overlaps(prefix) for prefix in own)


def test_ranges_lie_in_each_other_only_where_an_owner_has_resolvers_in_its_own() -> (
    None
):
    ranges = [
        (ip_network(one), kind, whose)
        for kind, whose, one in listed()
        if not is_name(one)
    ]
    for (block, kind, whose), (
        other,
        other_kind,
        other_whose,
    ) in itertools.combinations(ranges, 2):
        if block.overlaps(other):
            assert "public resolver" in (kind, other_kind)
            assert whose.partition(":")[0] == other_whose.partition(":")[0]


# One target


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("104.16.0.0", ("CDN", "Cloudflare")),
        ("104.27.255.255", ("CDN", "Cloudflare")),
        ("2606:4700::1", ("CDN", "Cloudflare")),
        ("2606:4700:4700::1111", ("public resolver", "Cloudflare")),
        ("8.8.8.8", ("public resolver", "Google")),
        ("9.9.9.9", ("public resolver", "Quad9")),
        ("151.101.64.0/24", ("CDN", "Fastly")),
        ("https://185.199.108.153/page", ("platform", "GitHub (Pages)")),
        ("dns.google", ("public resolver", "Google")),
        ("wordpress.com", ("platform", "Automattic")),
        ("somebody.wordpress.com", ("customer", "Automattic")),
        ("somebody.substack.com", ("customer", "Substack")),
        ("https://sites.google.com/view/somebody", ("platform", "Google (Sites)")),
        ("github.io", ("platform", "–")),
        ("www.somebody.github.io", ("customer", "–")),
        ("www.somebody.run.app", ("customer", "–")),  # "*.run.app" in the list
    ],
)
def test_a_listed_target_is_found(text: str, expected: tuple[str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "104.28.0.0",  # the first behind Cloudflare's
        "2606:4701::1",
        "192.0.2.1",
        "2001:db8::1",
        "mywordpress.com",
        "wordpress.com.ar",
        "wordpress.com.example",
        "github.io.example",
        "google.com",
        "www.museum.example",
        "somebody.mis-paginas.example",
        "com.ar",
    ],
)
def test_what_only_looks_alike_is_not_found(text: str) -> None:
    assert found(text) == []


def test_of_a_wide_block_all_that_is_listed_within_is_told() -> None:
    assert found("104.16.0.0/12") == [("CDN", "Cloudflare")]
    assert {"Cloudflare", "Fastly"} <= {whose for _, whose in found("104.0.0.0/8")}


def test_each_fact_has_its_source_and_date() -> None:
    for text in ("104.16.0.1", "8.8.8.8", "somebody.github.io"):
        for fact in known(target(text)):
            assert fact.source
            assert re.search(r"20\d\d-?\d\d", fact.date)


# An order


def test_of_an_order_outside_the_lab_no_number_of_the_lab_is_told() -> None:
    result = LAB.orders.impact(
        confirmed(
            "Block 104.18.32.7, somebody.wordpress.com and tres-picaflores.com.ar."
        )
    )
    assert result.sentence == (
        SAY("impact.unknown_to_lab", count=3, what="target 1, target 2 and target 3")
    )
    first, second, third = result.notes
    assert begins(
        first,
        "impact.source",
        what="target 1",
        told=SAY("impact.content_delivery_network_whose", whose="Cloudflare"),
    )
    assert "ips-v4" in first
    assert "2026-06-30" in first
    assert begins(
        second,
        "impact.source",
        what="target 2",
        told=SAY("impact.one_customer_name_platform", whose="Automattic"),
    )
    assert third == SAY("impact.what_nothing_lists_course", what="target 3")
    assert IN_THE_LAB not in shown(result)
    assert "none goes dark" not in shown(result)
    assert "invented" not in shown(result)
    assert isinstance(result.figure(), Missing)
    assert result.table.empty
    assert result.provenance is None


def test_one_target_outside_is_told_as_one() -> None:
    result = LAB.orders.impact(confirmed("Block tres-picaflores.com.ar."))
    assert result.sentence == SAY("impact.unknown_to_lab", count=1, what="target 1")


def test_a_mixed_order_is_answered_target_by_target() -> None:
    result = LAB.orders.impact(confirmed("Block www.museum.example and 151.101.1.1."))
    assert begins(result.sentence, "impact.unknown_to_lab", count=1, what="target 2")
    assert says(result.sentence, "impact.sites_lab_go", total=299, count=1)
    assert begins(
        result.notes[0],
        "impact.source",
        what="target 2",
        told=SAY("impact.content_delivery_network_whose", whose="Fastly"),
    )
    assert len(result.table) == 3
    assert any("invented" in limit for limit in result.limits)
    assert result.provenance is not None


def test_a_block_wider_than_the_lab_is_no_target_of_the_labs_alone() -> None:
    result = LAB.orders.impact(confirmed("Block 203.0.0.0/8."))
    assert begins(result.sentence, "impact.unknown_to_lab", count=1, what="target 1")
    assert IN_THE_LAB in result.sentence


def test_a_name_that_nobody_has_in_the_lab_is_known_to_the_lab() -> None:
    result = LAB.orders.impact(confirmed("Block tres-picaflores.example."))
    assert result.sentence == SAY("impact.sites_lab_none", total=299)


def test_without_a_target_nothing_is_said_of_the_lab() -> None:
    result = LAB.orders.impact(confirmed("The court thanks everybody."))
    assert result.sentence == SAY("impact.no_target_found_order")
    assert IN_THE_LAB not in shown(result)


def test_the_limits_say_that_nobody_was_asked() -> None:
    limits = " ".join(
        LAB.orders.impact(confirmed("Block tres-picaflores.com.ar.")).limits
    )
    assert "Nobody was asked." in limits
    assert says(limits, "impact.nobody_asked_lists")
    assert "Nobody was asked" not in " ".join(
        LAB.orders.impact(LAB.orders.draft("hold")).limits
    )


def test_nothing_of_a_draft_is_shown() -> None:
    draft = (
        "Bloquéese zorzalito.github.io, canario.wordpress.com, https://sites.google.com/view/mirlo,"
        " 104.18.32.7 y tres-picaflores.com.ar."
    )
    text = shown(LAB.orders.impact(confirmed(draft))).casefold()
    words = (
        "zorzalito",
        "canario",
        "mirlo",
        "picaflores",
        "104.18.32.7",
        "wordpress.com",
    )
    assert [
        word for word in (*words, "sites.google.com", "github.io") if word in text
    ] == []


def test_live_nobody_is_asked_and_the_answer_is_the_same() -> None:
    live = Lab("en", live=True)
    for draft in ("Block 104.18.32.7.", "Block www.museum.example and 104.18.32.7."):
        before = len(live.evidence.table)
        order = confirmed(draft)
        answer, other = live.orders.impact(order), LAB.orders.impact(order)
        assert answer.sentence == other.sentence
        assert answer.notes[0] == other.notes[0]
        assert len(live.evidence.table) == before


def test_a_worksheet_says_what_comes_from_lists_and_what_from_the_lab() -> None:
    draft = "Place www.museum.example and 104.18.32.7 on registrar hold."
    order = confirmed(draft)
    sheet = worksheet(context_of(LAB).trial, order, own=False)
    (whole,) = (section for section in sheet.facts if "as a whole" in section.title)
    short, published, *others = whole.fields
    assert short.value.startswith(
        SAY("impact.unknown_to_lab", count=1, what="target 2")
    )
    assert "Cloudflare" in published.value
    assert published.source == SAY("worksheet.published_lists_nobody_asked")
    assert others
    for field in (short, *others):
        assert begins(field.source, "worksheet.executed_copy_lab_when")
