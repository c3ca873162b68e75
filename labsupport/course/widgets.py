"""Forms that ask the lab. Each says beneath which line does the same."""

from __future__ import annotations

import json

from labsupport.answers.trace import TracePage
from labsupport.course.form import Content, Field, Form, FormReply, form
from labsupport.kinds import Kind
from labsupport.lab_protocol import Lab, context_of
from labsupport.language import table
from labsupport.results import Result, span
from labsupport.tree import as_html, element
from labsupport.visible import visible

FIRST_NAME = "www.museum.example"
# What `lab.wait` understands, and the seconds it stands for.
SPANS = {
    "1 minute": 60,
    "10 minutes": 600,
    "1 hour": 3600,
    "6 hours": 21600,
    "1 day": 86400,
}
FIRST_SPAN = "1 minute"


def ask_box(lab: Lab) -> Form:
    """Return a form to type a name and choose a type: it shows what `lab.ask` answers."""
    say = context_of(lab).say

    def press(button: str, values: dict[str, str]) -> FormReply:
        name = values["name"]
        rdtype = values["type"]
        return FormReply.by(lab.ask(name, rdtype), _call("ask", name, rdtype))

    types = tuple(
        (key, f"{key}: {meaning}") for key, meaning in table(say, "types").items()
    )
    content = Content(
        title=say("widgets.ask_the_resolver"),
        fields=(
            Field("text", "name", say("widgets.name"), FIRST_NAME),
            Field("list", "type", say("widgets.type"), "A", types),
        ),
        buttons=(("ask", say("widgets.ask")),),
        code=_call("ask", FIRST_NAME, "A"),
    )
    return form(say, content, press)


def walk_box(lab: Lab, name: object) -> Form:
    """Return a form that goes through `lab.trace(name)` one step at a time, and back."""
    say = context_of(lab).say
    first = visible(str(name))
    # Where a reader is: at step 1, 2 … or, behind the last one, at the result.
    walked: tuple[str, Result] | None = None
    at = 0

    def press(button: str, values: dict[str, str]) -> FormReply:
        nonlocal walked, at
        name = values["name"]
        if walked is None or name != walked[0]:
            walked = (name, lab.trace(name))
            at = 0
        result = walked[1]
        code = _call("trace", name)
        steps = len(result.facts.steps) if isinstance(result, TracePage) else 0
        at = max(1, at - 1 if button == "back" else at + 1)
        if not isinstance(result, TracePage) or at > steps:
            at = steps + 1
            return FormReply.by(result, code)
        position = say("widgets.step_number_of_count", number=at, count=steps)
        *before, now = (result.step(number) for number in range(1, at + 1))
        items = [element("li", step) for step in before]
        items.append(element("li", element("strong", now)))
        shown = as_html(element("p", position), element("ol", *items))
        return FormReply(f"{position} {now}", shown, code)

    content = Content(
        title=say("widgets.walk_down_root"),
        fields=(Field("text", "name", say("widgets.name"), first),),
        buttons=(("next", say("widgets.next_step")), ("back", say("widgets.back"))),
        code=_call("trace", first),
    )
    return form(say, content, press)


def clock_box(lab: Lab, name: object) -> Form:
    """Return a form that asks for a name, moves the clock, and shows what is remembered."""
    say = context_of(lab).say

    def press(button: str, values: dict[str, str]) -> FormReply:
        name = values["name"]
        length = values["span"]
        done: Result
        if button == "wait":
            done = lab.wait(length)
            code = _call("wait", length)
        else:
            done = lab.ask(name)
            code = _call("ask", name)
        if done.kind not in (None, Kind.FOUND):  # None: the clock was moved
            return FormReply.by(done, code)
        memory = lab.investigate.memory(name)
        return FormReply(
            f"{done.sentence} {memory.sentence}",
            as_html(element("p", done.sentence), memory.page),
            f"{code}; {_call('investigate.memory', name)}",
        )

    spans = tuple((length, span(say, seconds)) for length, seconds in SPANS.items())
    first = visible(str(name))
    content = Content(
        title=say("widgets.let_time_pass_lab"),
        fields=(
            Field("text", "name", say("widgets.name"), first),
            Field("list", "span", say("widgets.how_long"), FIRST_SPAN, spans),
        ),
        buttons=(("ask", say("widgets.ask_now")), ("wait", say("widgets.wait"))),
        code=f"{_call('ask', first)}; {_call('investigate.memory', first)}",
    )
    return form(say, content, press)


def _call(method: str, *arguments: str) -> str:
    """Return a line of Python.

    >>> _call("ask", "museum.example", "MX")
    'lab.ask("museum.example", "MX")'
    """
    typed = ", ".join(
        json.dumps(argument, ensure_ascii=False) for argument in arguments
    )
    return f"lab.{method}({typed})"
