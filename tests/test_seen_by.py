"""Who sees a live question is said before it is sent; a quiet lab asks no likely target."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter

import pytest
from rooms import Room
from said import SAY, begins, says

from labsupport import Lab
from labsupport.declared import QUESTIONS
from labsupport.kinds import Kind
from labsupport.lab_protocol import context_of

NAME = "www.museum.example"
SEEN = [key for key, known in QUESTIONS.items() if known.seen_by]
LOUD = [key for key, known in QUESTIONS.items() if known.loud]


def live(*, quiet: bool = False) -> tuple[Lab, Room]:
    """A live lab whose packets go to the lab's servers in this process."""
    lab = Lab("en", live=True, quiet=quiet)
    assert context_of(lab).elsewhere is not None
    room = Room(context_of(Lab("en")).offline, ())
    context_of(lab).elsewhere = replace(context_of(lab).elsewhere, network=room)  # type: ignore[arg-type]
    return lab, room


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize("question", SEEN)
def test_it_is_said_before_anything_is_sent(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab, room = live()
    told: list[str] = []

    class Watched(Room):
        def send(self, request: object) -> object:
            told.append(capsys.readouterr().out)
            return super().send(request)  # type: ignore[arg-type]

    room = Watched(context_of(Lab("en")).offline, ())
    context_of(lab).elsewhere = replace(context_of(lab).elsewhere, network=room)  # type: ignore[arg-type,type-var]
    asked = {
        "routes.origin": "203.0.113.80",
        "routes.to": "203.0.113.0/24",
        "at": "https://dns.resuelve.example",
    }
    attrgetter(question)(lab)(asked.get(question, NAME))
    assert told, question
    assert begins(told[0], "lab.who_will_see_parties")
    announced, _, _ = SAY("lab.who_will_see_parties", parties="…").partition("…")
    assert told[0].count(announced) == 1


@pytest.mark.usefixtures("entry")
def test_a_quiet_lab_sends_nothing_to_who_may_be_the_target() -> None:
    lab, room = live(quiet=True)
    for question in LOUD:
        answer = attrgetter(question)(lab)(NAME)
        assert answer.kind is Kind.NOT_ASKED
        assert says(answer.sentence, "live.quiet")
    assert room.sent == []
    assert lab.ask(NAME).kind is Kind.FOUND
    assert lab.rdap(NAME).kind is Kind.FOUND


def test_in_the_lab_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    Lab("en").ask(NAME)
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    "question", [key for key, known in QUESTIONS.items() if known.form]
)
def test_a_form_sends_nothing_and_warns_of_nobody(
    question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lab, room = live(quiet=True)
    form = attrgetter(question)(lab)()
    assert form.content["fields"]
    assert capsys.readouterr().out == ""
    assert room.sent == []
