"""`lab.investigate.diagnose` held to the table of conditions, in the lab and over real sockets."""

from __future__ import annotations

from contextlib import ExitStack

import conditions as table
import pytest
from conditions import (
    SITE,
    START,
    TARGET,
    Carry,
    Condition,
    OverSockets,
    authorities,
    in_process,
    load,
    places,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from said import says

from labsupport import Lab
from labsupport.answers import diagnose
from labsupport.answers.diagnose import DiagnosisPage
from labsupport.inputs.urls import read_url
from labsupport.language import Language
from labsupport.lookups.diagnose import Cause
from labsupport.lookups.reached import Resolution
from labsupport.network.live import Guard, LiveNetwork, SystemClock

CONDITIONS = load()
LAB = Lab("en")
SAY = Language.load("en")


def of(where: str) -> list[object]:
    return [
        pytest.param(one, id=one["id"])
        for one in CONDITIONS
        if one.get("tried", where) in (where, [where])
    ]


def asked(condition: Condition, carry: Carry) -> DiagnosisPage:
    url = read_url(condition.get("asked", SITE), SAY, addresses=True)
    return diagnose.diagnose(places(LAB, condition, carry), url)


def hold(condition: Condition, found: DiagnosisPage) -> None:
    seen = found.tabulated().rows
    told = "\n".join([found.sentence, *map(str, seen)])
    assert found.cause is Cause[condition["cause"]], told
    for words in condition.get("says", ()):
        assert words in found.sentence, told
    for words in condition.get("never", ()):
        assert words not in found.sentence, told
    rows = " | ".join(f"{who}: {came}" for who, came in seen)
    for words in condition.get("rows", ()):
        assert words in rows, told
    # Whatever the condition: nothing that was not seen is said, and no anomaly is called a block.
    if any(not view.given & set(found.addresses) for view in found.views):
        assert not says(found.sentence, "diagnose.opens_and_true")
    if found.cause is not Cause.BLOCKED:
        assert ": a block." not in found.sentence


def test_the_table_has_what_it_says() -> None:
    assert len(CONDITIONS) >= 60
    assert len({one["id"] for one in CONDITIONS}) == len(CONDITIONS)
    like = [name for one in CONDITIONS for name in one.get("like", ())]
    assert len(like) == len(set(like)) == 43


@pytest.mark.parametrize("condition", of("lab"))
def test_in_the_lab(condition: Condition) -> None:
    hold(condition, asked(condition, in_process))


@pytest.mark.parametrize("condition", of("sockets"))
def test_over_real_sockets(
    condition: Condition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda self: START)
    # A large page has to come soon on a busy machine too.
    longer = condition["id"].startswith("a large page")
    monkeypatch.setattr(table, "SOON", 2.0 if longer else table.SOON)
    live = LiveNetwork(Guard((), ["127.0.0.0/8"]), authorities(condition), SAY)
    with ExitStack() as stack:
        hold(condition, asked(condition, OverSockets(live, stack.enter_context)))


RESOLVERS = (
    *(
        "",
        "NXDOMAIN",
        "NODATA",
        "REFUSED",
        "SERVFAIL",
        "silent",
        "all: silent",
        "all: SERVFAIL",
    ),
    *(
        "EDE 15",
        "127.0.0.1",
        "198.51.100.200",
        "NODATA for A",
        "NODATA for AAAA",
        "garbage",
    ),
)
MACHINES = (
    *(
        "page",
        "silent",
        "cut",
        "eof",
        "closed",
        "silent, by name",
        "cut, by name",
        "expired",
    ),
    *(
        "other name",
        "unknown issuer",
        "451",
        "notice",
        "404",
        "403",
        "503",
        "captcha",
        "half",
    ),
    *(
        "garbage",
        "same for all",
        f"to https://{TARGET}/",
        "to https://",
        "on and on",
        "not sent",
    ),
)


def by_place(words: tuple[str, ...]) -> st.SearchStrategy[object]:
    some = st.sampled_from(words)
    places = dict.fromkeys(("here", "beside", "there"), some)
    return st.one_of(some, st.fixed_dictionaries({}, optional=places))


LAYERS: dict[str, st.SearchStrategy[object]] = {
    "servers": st.sampled_from(RESOLVERS),
    "resolver": by_place(RESOLVERS),
    "https": by_place(MACHINES),
    "http": by_place(MACHINES),
    "target_https": by_place(MACHINES),
    "stopped": st.lists(st.sampled_from(["here", "beside", "there"])),
}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """At most two layers that do not work, or all of them."""
    few = st.sets(st.sampled_from(sorted(LAYERS)), max_size=2)
    layers = sorted(draw(st.one_of(few, few, st.just(set(LAYERS)))))
    there = dict.fromkeys(("https", "http"), st.sampled_from(MACHINES))
    return {
        "asked": draw(st.sampled_from([SITE, f"http://{SITE}/"])),
        "machines": {"198.51.100.200": draw(st.fixed_dictionaries(there))},
        **{layer: draw(LAYERS[layer]) for layer in layers},
    }


@settings(max_examples=150, deadline=None)
@given(conditions())
def test_whatever_comes_together_no_more_is_said_than_was_seen(
    condition: Condition,
) -> None:
    found = asked(condition, in_process)
    true = set(found.addresses)
    views = [view for view in found.views if view.meets]
    if found.cause is Cause.NOTHING:
        assert views
        assert all(view.opens for view in views)
    if "the resolver gives the true one" in found.sentence:
        assert all(view.given & true for view in views)
    if found.cause is Cause.BLOCKED:
        calls = [one for view in views for one in (*view.called.values(), view.besides)]
        assert any(
            view.resolution is Resolution.WITHHOLDS for view in found.views
        ) or any(call.others_answer or call.stopped or call.notice for call in calls), (
            found
        )
