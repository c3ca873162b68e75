"""What a person corrects in what was read of an order is done to it, or said not to be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from labsupport.course.confirming import corrected, panel
from labsupport.language import Language
from labsupport.orders.order import Act, Cell, Order
from labsupport.orders.reading import read_order
from labsupport.orders.techniques import Technique
from labsupport.tree import as_html

SAY = Language.load("en")
DRAFT = (
    "THE COURT ORDERS:\n"
    "1. The access providers shall block goles-gratis.example.\n"
    "2. Fibra Sur shall preserve its logs."
)
READ = read_order(DRAFT)


def after(**corrections: str) -> tuple[Order, dict[str, str]]:
    """Correct the draft; `__` stands for the separator, `_` for a space."""
    names = {
        name.replace("__", "|").replace("_", " "): value
        for name, value in corrections.items()
    }
    return corrected(READ, DRAFT, names, SAY)


def test_a_choice_settles_what_was_in_doubt() -> None:
    assert [one.cell for one in READ.doubts] == [Cell.TECHNIQUE]
    order, problems = after(technique__block_1="resolver")
    assert problems == {}
    assert order.doubts == ()
    assert order.technique is Technique.RESOLVER
    assert not order.confirmed


def test_how_is_left_open_where_the_order_means_to() -> None:
    order, _ = after(technique__block_1="open")
    assert order.doubts == ()
    assert order.technique is None


def test_a_time_is_typed() -> None:
    order, problems = after(end__block_1="2026-11-04 12:00 UTC")
    assert problems == {}
    assert order.end == datetime(2026, 11, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["tomorrow", "2026-11-04 12:00"])
def test_a_time_that_cannot_be_read_changes_nothing_and_is_said(typed: str) -> None:
    order, problems = after(end__block_1=typed)
    assert problems.keys() == {"end|block 1"}
    assert typed in problems["end|block 1"]
    assert order == READ


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("technique|suspend 1", "resolver"),
        ("technique|block 2", "resolver"),
        ("gone.example", "target"),
        ("added|words that were deleted", "throttle"),
        ("dismissed|words that were deleted", "yes"),
    ],
)
def test_a_correction_that_fits_no_longer_is_said(name: str, value: str) -> None:
    order, problems = corrected(READ, DRAFT, {name: value}, SAY)
    assert problems == {
        name: SAY("confirming.lost", words=f"“{name.rpartition('|')[2]}”")
    }
    assert order == READ


def test_a_measure_is_taken_away_and_another_added() -> None:
    order, problems = after(act__preserve_1="no", added__THE_COURT="throttle")
    assert problems == {}
    acts = [measure.act for measure in order.measures]
    assert sorted(acts) == sorted([Act.BLOCK, Act.THROTTLE])


def test_corrections_hold_where_the_text_is_edited_elsewhere() -> None:
    text = f"Considering that much was said.\n{DRAFT}\nSee to it."
    order, problems = corrected(
        read_order(text), text, {"technique|block 1": "resolver"}, SAY
    )
    assert problems == {}
    assert order.technique is Technique.RESOLVER


def test_it_cannot_be_confirmed_while_something_is_open() -> None:
    button = '<button type="submit" value="confirm" disabled'
    assert button in as_html(panel(READ, DRAFT, SAY))
    order, _ = after(technique__block_1="open")
    assert button not in as_html(panel(order, DRAFT, SAY))


def test_readings_are_counted_only_where_nothing_else_may_change_the_number() -> None:
    seen: list[Order] = []

    def count(order: Order) -> int:
        seen.append(order)
        return 7

    page = as_html(panel(READ, DRAFT, SAY, count))
    assert {order.technique for order in seen} >= {Technique.RESOLVER}
    assert all(order.confirmed for order in seen)
    assert "7" in page
    open_twice = f"{DRAFT}\n3. Móvil Norte shall block partidos-ya.example."
    seen.clear()
    panel(read_order(open_twice), open_twice, SAY, count)
    assert seen == []
