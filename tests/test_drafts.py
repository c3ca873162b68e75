"""Orders as courts word them: what is read out of ninety drafts, and what a review says of them."""

from __future__ import annotations

import pytest
from drafts import Count, count, drafts

from labsupport import Lab


@pytest.fixture(scope="module")
def counted() -> Count:
    return count(Lab("en"), drafts("es-1.yaml", "es-2.yaml", "pt.yaml", "en.yaml"))


def test_half_of_the_drafts_deserve_no_finding_of_weight(counted: Count) -> None:
    assert counted.drafts == 90
    assert counted.good == 45


def test_targets_are_read_as_they_are_meant(counted: Count) -> None:
    assert counted.exact >= 0.9 * counted.drafts, counted.wrong
    assert counted.missing <= 0.02 * counted.targets, counted.wrong
    assert counted.invented <= 0.03 * counted.targets, counted.wrong
