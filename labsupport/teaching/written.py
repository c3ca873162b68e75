"""What an order comes to that a group wrote, in facts by which a story tells one from another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labsupport.blocking.impact import Impact
from labsupport.blocking.order import Order
from labsupport.blocking.review import Review

if TYPE_CHECKING:
    from labsupport.handed import Lab


def facts(lab: Lab, order: Order, deadline: float) -> frozenset[str]:
    """Return the facts of an order that arrives now; `deadline` is a time in seconds since 1970.

    "dark SITE" for somebody, "spared SITE" as the order says it, "found CODE" by the review,
    "others" that go dark and are not meant, "late" where it is not in force at the deadline, or now
    where that has gone by.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> found = facts(lab, lab.order("clean").order, lab.now)
    >>> "dark goles-gratis.example" in found, "others" in found, "late" in found
    (True, False, True)
    """
    impact, review = lab.impact(order), lab.review(order)
    assert isinstance(impact, Impact)
    assert isinstance(review, Review)
    found = {f"dark {name}" for hit in impact.hits for name in hit.names}
    found |= {f"spared {one.value}" for one in order.exceptions}
    found |= {f"found {one.code}" for one in review.findings}
    found |= {"others"} if impact.bystanders else set()
    begins = order.start.timestamp() if order.start else lab.now
    moment = max(deadline, lab.now)
    ends = replace(order, start=datetime.fromtimestamp(begins, UTC)).ends
    in_force = begins <= moment and (ends is None or moment < ends.timestamp())
    return frozenset(found | (set() if in_force else {"late"}))
