"""The same question for many names: complete, in order, and what came is kept."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from labsupport import Lab
from labsupport.exchange import Around, Network, Outcome, Request
from labsupport.lookups.many import MOST_NAMES, Many, ask_many
from labsupport.results import Kind
from labsupport.world import World

NAMES = [site.name for site in World.load().sites]


class OneAtATime(Around):
    """Lets many ask at once, and hands them to the lab one after the other."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self._turn = threading.Lock()

    def send(self, request: Request) -> Outcome:
        with self._turn:
            return self.network.send(request)


def test_all_are_answered_as_one_by_one() -> None:
    lab = Lab("en")
    found = lab.ask_many(NAMES)
    assert isinstance(found, Many)
    assert list(found.answers) == NAMES
    for name in NAMES[::40]:
        assert found.answers[name].sentence == Lab("en").ask(name).sentence
    assert found.counts.total() == len(NAMES)
    assert found.counts[Kind.FOUND] > len(NAMES) * 0.9


def test_at_once_they_are_answered_alike_and_all_in_the_evidence() -> None:
    lab = Lab("en")
    session = lab._session
    many = replace(session, network=OneAtATime(session.network))
    found = ask_many(many, NAMES, "A", at_once=32)
    assert list(found.answers) == NAMES
    assert [a.sentence for a in found.answers.values()] == [
        a.sentence
        for a in Lab("en").ask_many(NAMES).answers.values()  # type: ignore[attr-defined]
    ]
    assert len(lab.evidence) == len(NAMES)


def test_who_interrupts_keeps_what_had_come() -> None:
    told: list[int] = []

    def progress(done: int, of: int) -> None:
        told.append(done)
        if done == 5:
            raise KeyboardInterrupt

    found = ask_many(Lab("en")._session, NAMES, "A", at_once=1, progress=progress)
    assert found.interrupted
    assert len(found.answers) == 5
    assert told == [1, 2, 3, 4, 5]
    assert "It was stopped before the end" in found.sentence


def test_what_cannot_be_asked_is_told_beside_the_others() -> None:
    found = Lab("en").ask_many("www.museum.example google.com a..b", "A")
    assert isinstance(found, Many)
    assert list(found.answers) == ["www.museum.example"]
    assert set(found.refused) == {"google.com", "a..b"}
    assert "2 were not asked for" in found.sentence


@pytest.mark.parametrize(
    "names", [(), "", "  ", 7, None, [f"n{n}.test" for n in range(MOST_NAMES + 1)]]
)
def test_what_is_no_list_gets_a_sentence(names: object) -> None:
    assert Lab("en").ask_many(names).kind is Kind.NOT_ASKED


def test_a_wrong_type_is_said_for_each() -> None:
    found = Lab("en").ask_many(["www.museum.example"], "NONSENSE")
    assert isinstance(found, Many)
    assert found.kind is Kind.NO_ANSWER
    assert "NONSENSE" in found.refused["www.museum.example"]
