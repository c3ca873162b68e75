"""Forms that ask the lab. Each says beneath which line does the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from labsupport.answers.trace import TracePage
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.kinds import Kind
from labsupport.language import table
from labsupport.results import Result, span
from labsupport.visible import escaped, visible

if TYPE_CHECKING:
    from labsupport.lab import Lab

FIRST_NAME = "www.museum.example"
# What `lab.wait` understands, and the seconds it stands for.
SPANS = {"1 minute": 60, "10 minutes": 600, "1 hour": 3600, "6 hours": 21600, "1 day": 86400}
FIRST_SPAN = "1 minute"


def ask_box(lab: Lab) -> Form:
    """Return a form to type a name and choose a type: it shows what `lab.ask` answers."""
    say = lab.say

    def press(button: str, values: dict[str, str]) -> FormReply:
        name, rdtype = values["name"], values["type"]
        return FormReply.by(lab.ask(name, rdtype), _call("ask", name, rdtype))

    types = tuple((key, f"{key}: {meaning}") for key, meaning in table(say, "types").items())
    content = Content(
        title=say("Ask the resolver"),
        fields=(
            Field("text", "name", say("Name"), FIRST_NAME),
            Field("list", "type", say("Type"), "A", types),
        ),
        buttons=(("ask", say("Ask")),),
        code=_call("ask", FIRST_NAME, "A"),
    )
    return form(lab.say, content, press)


def walk_box(lab: Lab, name: object) -> Form:
    """Return a form that goes through `lab.trace(name)` one step at a time, and back."""
    say = lab.say
    first = visible(str(name))
    content = Content(
        title=say("Walk down from the root"),
        fields=(Field("text", "name", say("Name"), first),),
        buttons=(("next", say("Next step")), ("back", say("Back"))),
        code=_call("trace", first),
    )
    return form(lab.say, content, _Walk(lab).press)


class _Walk:
    """Where a reader is on a walk: at step 1, 2 … or, behind the last one, at the result."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._name = ""
        self._result: Result | None = None
        self._step = 0

    def press(self, button: str, values: dict[str, str]) -> FormReply:
        name = values["name"]
        if self._result is None or name != self._name:
            self._name, self._result, self._step = name, self._lab.trace(name), 0
        code = _call("trace", name)
        steps = len(self._result.facts.steps) if isinstance(self._result, TracePage) else 0
        self._step = max(1, self._step - 1 if button == "back" else self._step + 1)
        if not isinstance(self._result, TracePage) or self._step > steps:
            self._step = steps + 1
            return FormReply.by(self._result, code)
        say = self._lab.say
        place = say("Step {number} of {count}.", number=self._step, count=steps)
        *before, now = (self._result.step(number) for number in range(1, self._step + 1))
        items = "".join(f"<li>{escaped(step)}</li>" for step in before)
        items += f"<li><strong>{escaped(now)}</strong></li>"
        return FormReply(f"{place} {now}", f"<p>{escaped(place)}</p><ol>{items}</ol>", code)


def clock_box(lab: Lab, name: object) -> Form:
    """Return a form that asks for a name, moves the clock, and shows what is remembered."""
    say = lab.say

    def press(button: str, values: dict[str, str]) -> FormReply:
        name, length = values["name"], values["span"]
        if button == "wait":
            done, code = lab.wait(length), _call("wait", length)
        else:
            done, code = lab.ask(name), _call("ask", name)
        if done.kind not in (None, Kind.FOUND):  # None: the clock was moved
            return FormReply.by(done, code)
        memory = lab.memory(name)
        return FormReply(
            f"{done.sentence} {memory.sentence}",
            f"<p>{escaped(done.sentence)}</p>{memory._repr_html_()}",
            f"{code}; {_call('memory', name)}",
        )

    spans = tuple((length, span(say, seconds)) for length, seconds in SPANS.items())
    first = visible(str(name))
    content = Content(
        title=say("Let time pass in the lab"),
        fields=(
            Field("text", "name", say("Name"), first),
            Field("list", "span", say("How long"), FIRST_SPAN, spans),
        ),
        buttons=(("ask", say("Ask now")), ("wait", say("Wait"))),
        code=f"{_call('ask', first)}; {_call('memory', first)}",
    )
    return form(lab.say, content, press)


def _call(method: str, *arguments: str) -> str:
    """Return a line of Python.

    >>> _call("ask", "museum.example", "MX")
    'lab.ask("museum.example", "MX")'
    """
    typed = ", ".join(json.dumps(argument, ensure_ascii=False) for argument in arguments)
    return f"lab.{method}({typed})"
