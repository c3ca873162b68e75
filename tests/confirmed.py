"""An order of a test, as its author confirms it."""

from __future__ import annotations

from dataclasses import replace

from labsupport.orders.order import Order
from labsupport.orders.reading import read_order


def confirmed(text: str) -> Order:
    """Return the order in a text as it is read, confirmed as it stands."""
    return replace(read_order(text), confirmed=True)
