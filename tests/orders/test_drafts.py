"""Orders as courts word them: what is read out of 328 drafts, and what a review says of them."""

from __future__ import annotations

import pytest
from drafts import Count, Read, count, read

from labsupport import Lab
from labsupport.orders.order import TargetPart

FILES = [
    *(f"es-{number}.yaml" for number in (1, 2, 3, 4, 5, 6, 7)),
    "pt.yaml",
    *(f"pt-{number}.yaml" for number in (2, 3, 4, 5, 6)),
    "en.yaml",
    *(f"en-{number}.yaml" for number in (2, 3, 4, 5, 6)),
]


@pytest.fixture(scope="module")
def orders() -> Read:
    return read(*FILES)


@pytest.fixture(scope="module")
def counted(orders: Read) -> Count:
    return count(Lab("en"), orders)


def test_half_of_the_drafts_deserve_no_finding_of_weight(counted: Count) -> None:
    assert counted.drafts == 328
    assert counted.good == 164


def test_targets_are_read_as_they_are_meant(counted: Count) -> None:
    assert counted.exact >= 0.98 * counted.drafts, counted.wrong
    assert counted.missing <= 0.003 * counted.targets, counted.wrong
    assert counted.invented <= 0.0095 * counted.targets, counted.wrong


def test_exceptions_are_read_as_they_are_meant(counted: Count) -> None:
    assert counted.exceptions_found >= 0.9 * counted.exceptions, counted.wrong
    assert counted.exceptions_invented <= 0.06 * counted.exceptions, counted.wrong


def test_everything_named_is_taken_for_something_and_can_be_taken_for_another(
    orders: Read,
) -> None:
    named = unsure = 0
    for _, order in orders:
        parts = {one.target.value: one.part for one in order.mentions}
        named += len(parts)
        unsure += list(parts.values()).count(TargetPart.UNSURE)
        assert {one.value for one in order.targets} == {
            value for value, part in parts.items() if part is TargetPart.TARGET
        }
        for value in parts:
            corrected = order.taken_as(value, "target")
            assert value in {one.value for one in corrected.targets}
            spared = corrected.taken_as(value, "exception")
            assert value not in {one.value for one in spared.targets}
            assert value in {one.value for one in spared.exceptions}
    assert unsure <= 0.053 * named


def test_fields_are_read_as_they_are_meant(counted: Count) -> None:
    assert counted.fields_right.total() >= 0.985 * counted.fields.total(), counted.wrong
    for name, expected in counted.fields.items():
        assert counted.fields_right[name] >= 0.89 * expected, (name, counted.wrong)


def test_findings_are_those_that_are_right(counted: Count) -> None:
    assert counted.found >= 0.95 * counted.expected, counted.wrong
    assert counted.false <= 0.023 * counted.said, counted.wrong
    assert counted.good_called_serious <= 0.01 * counted.good, counted.wrong


def test_drafts_on_which_nobody_has_tuned_the_reader_are_read_no_worse_than_they_were() -> (
    None
):
    """Their figures are those of orders that come in fresh: brief.md has the aims."""
    counted = count(Lab("en"), read("unseen.yaml"))
    assert counted.drafts == 40
    assert counted.exact >= 29
    assert counted.missing <= 7
    assert counted.invented <= 15
    assert counted.fields_right.total() >= 218
    assert counted.found >= 81
    assert counted.false <= 13
