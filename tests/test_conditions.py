"""`lab.diagnose` held to the table of conditions, in the lab and over real sockets."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from conditions import (
    SITE,
    START,
    Carry,
    Condition,
    OverSockets,
    authorities,
    in_process,
    load,
    places,
)

from labsupport import Lab
from labsupport.language import Language
from labsupport.lookups import diagnose
from labsupport.lookups.diagnose import Cause, Diagnosis
from labsupport.lookups.web import read_url
from labsupport.network.guard import Guard
from labsupport.network.live import LiveNetwork, SystemClock

CONDITIONS = load()
LAB = Lab("en")
SAY = Language.load("en")


def of(where: str) -> list[object]:
    return [
        pytest.param(one, id=one["id"])
        for one in CONDITIONS
        if one.get("tried", where) in (where, [where])
    ]


def asked(condition: Condition, carry: Carry) -> Diagnosis:
    url = read_url(condition.get("asked", SITE), SAY, addresses=True)
    return diagnose.diagnose(places(LAB, condition, carry), url)


def hold(condition: Condition, found: Diagnosis) -> None:
    told = "\n".join([found.sentence, *map(str, found._rows)])
    assert found.cause is Cause[condition["cause"]], told
    for words in condition.get("says", ()):
        assert words in found.sentence, told
    for words in condition.get("never", ()):
        assert words not in found.sentence, told
    rows = " | ".join(f"{who}: {came}" for who, came in found._rows)
    for words in condition.get("rows", ()):
        assert words in rows, told
    # Whatever the condition: nothing that was not seen is said, and no anomaly is called a block.
    if any(not view.told & set(found.addresses) for view in found.views):
        assert "the resolver gives the true one" not in found.sentence
    if found.cause is not Cause.BLOCKED:
        assert ": a block." not in found.sentence


def test_the_table_has_what_it_says() -> None:
    assert len(CONDITIONS) >= 60
    assert len({one["id"] for one in CONDITIONS}) == len(CONDITIONS)
    like = [name for one in CONDITIONS for name in one.get("like", ())]
    assert len(like) == len(set(like)) == 56


@pytest.mark.parametrize("condition", of("lab"))
def test_in_the_lab(condition: Condition) -> None:
    hold(condition, asked(condition, in_process))


@pytest.mark.parametrize("condition", of("sockets"))
def test_over_real_sockets(condition: Condition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda self: START)
    monkeypatch.setattr(diagnose, "SLOW", 0.2)
    live = LiveNetwork(Guard.of((), ["127.0.0.0/8"]), authorities(condition), SAY)
    with ExitStack() as stack:
        hold(condition, asked(condition, OverSockets(live, stack.enter_context)))
