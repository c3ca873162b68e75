"""What remains blocked by stated assumptions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from said import SAY

from labsupport import Lab
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.orders.measure import (
    EVADES,
    LABELS,
    UNCOUNTED,
    Evasion,
    counted,
    remaining,
)
from labsupport.orders.techniques import Technique

SHARES = st.fixed_dictionaries({key: st.integers(0, 100) for key in LABELS})


@given(SHARES)
def test_what_remains_is_a_share(shares: dict[str, int]) -> None:
    assert all(0 <= remaining(technique, shares) <= 100 for technique in Technique)


@given(SHARES, st.sampled_from(sorted(LABELS)), st.integers(0, 100))
def test_more_evasion_never_leaves_more(
    shares: dict[str, int], key: str, other: int
) -> None:
    low, high = sorted((shares[key], other))
    for technique in Technique:
        less = remaining(technique, shares | {key: low})
        more = remaining(technique, shares | {key: high})
        if key in EVADES[technique]:
            assert more <= less
        elif technique is not Technique.PUBLIC_RESOLVER:
            assert more == less


def test_nobody_evades_where_nobody_can() -> None:
    nobody = dict.fromkeys(LABELS, 0)
    blocked = {
        technique for technique in Technique if remaining(technique, nobody) == 100
    }
    assert blocked == set(Technique) - {Technique.PUBLIC_RESOLVER}


def test_assumptions_are_told_with_their_source_or_as_not_counted() -> None:
    found = Lab("en").orders.evasion()
    assert isinstance(found, Evasion)
    assert found.shares["public_resolver"] == counted(Language.load("en"))[0] == 28
    assert "RIPE Atlas" in found.notes[0]
    assert found.notes[0].count(SAY("measure.not_counted_by_anybody")) == len(UNCOUNTED)


def test_a_number_that_was_typed_is_told_as_such() -> None:
    found = Lab("en").orders.evasion(vpn="20 %", new_name=10)
    assert isinstance(found, Evasion)
    assert found.left[Technique.REGISTRAR_HOLD] == 90
    assert found.notes[0].count("typed by you") == 2


@pytest.mark.parametrize(
    "bad", ["a lot", -1, 101, 2.5, "nan", "inf", True, [5], "<b>5</b>"]
)
def test_what_is_no_share_gets_a_sentence(bad: object) -> None:
    found = Lab("en").orders.evasion(vpn=bad)
    assert found.kind is Kind.NOT_ASKED
    assert "0 to 100" in found.sentence
    assert "<b>" not in found._repr_html_()
