"""What an order comes to that a group wrote, in facts by which a story tells one from another."""

from __future__ import annotations

from datetime import UTC, datetime

from labsupport.lab_protocol import Lab, context_of
from labsupport.language import Language
from labsupport.orders.context import ACCESS_PLACES, aware
from labsupport.orders.executors import places_in
from labsupport.orders.impact import Impact
from labsupport.orders.order import Order, changed
from labsupport.orders.review import Review, as_read
from labsupport.orders.techniques import PROFILES
from labsupport.visible import quoted

MOST_PASSAGES = 3  # of what was not understood
MOST_WORDS = 8  # of one of them


def read_back(order: Order, say: Language) -> str:
    """Return what was read out of an order, in its own words: for nobody but who wrote it.

    >>> say = Language.load("en")
    >>> from labsupport.orders.reading import read_order
    >>> read_back(read_order("Block goles-gratis.example."), say).partition(";")[0]
    'Read from the text: targets: 1 goles-gratis.example'
    """
    sentences = [as_read(order, say, own=True)]
    if spared := say.listed(one.value for one in order.exceptions):
        sentences.append(say("written_order.not_touched_what", what=spared))
    passages = [
        quoted(" ".join(one.text.split()[:MOST_WORDS])) for one in order.not_understood
    ]
    if what := say.listed(passages[:MOST_PASSAGES]):
        sentences.append(say("written_order.not_understood_what", what=what))
    sentences.append(say("written_order.if_not_what_you"))
    return " ".join(sentences)


def facts(lab: Lab, order: Order, deadline: float) -> frozenset[str]:
    """Return the facts of an order that arrives now; `deadline` is a time in seconds since 1970.

    "dark SITE" for somebody, "spared SITE" as the order says it, "found CODE" by the review,
    "others" that go dark and are not meant, "late" where it is not in force at the deadline, or now
    where that has gone by, "source" where it acts for everybody (a hold, a page taken down). Where
    nobody carries it out as it is meant, "unable" and nothing else.

    >>> from labsupport import Lab
    >>> lab = Lab("en")
    >>> found = facts(lab, lab.orders.draft("clean").order, context_of(lab).now)
    >>> "dark goles-gratis.example" in found, "others" in found, "late" in found
    (True, False, True)
    """
    impact = lab.orders.impact(order)
    review = lab.orders.review(order)
    assert isinstance(impact, Impact)
    assert isinstance(review, Review)
    profile = PROFILES[order.technique] if order.technique else None
    places = places_in(order.executors)
    others = bool(places) and not places & ACCESS_PLACES
    codes = {one.code for one in review.findings}
    if (
        others and (profile is None or profile.place in ACCESS_PLACES)
    ) or "deletion" in codes:
        return frozenset({"unable"})
    outcome = {f"spared {one.value}" for one in order.exceptions}
    outcome.update(f"found {code}" for code in codes)
    for hit in impact.hits:
        outcome.update(f"dark {name}" for name in hit.names)
    if profile and profile.everywhere:
        outcome.add("source")
    if impact.bystanders:
        outcome.add("others")
    start = aware(order.start)
    begins = start.timestamp() if start else context_of(lab).now
    moment = max(deadline, context_of(lab).now)
    ends = aware(changed(order, start=datetime.fromtimestamp(begins, UTC)).ends)
    if moment < begins or (ends is not None and ends.timestamp() <= moment):
        outcome.add("late")
    return frozenset(outcome)
