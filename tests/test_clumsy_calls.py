"""Nothing that a participant can type into a notebook ends in a traceback.

What a notebook can hold is found by asking: the lab, what each of its questions answers, what
those hold, and so on. The first of each class is handled clumsily, in one real kernel.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel

from labsupport import Lab
from labsupport.declared import QUESTIONS

HERE = Path(__file__).parent
# Not called here, and why.
LEFT_OUT = {
    "lookalikes": "it asks for hundreds of names, for seconds",
}
MARK = "▶ "
FAULT = "The course could not do this."

OPEN = """\
import copy, test_clumsy_calls
from labsupport import Lab
from labsupport.declared import QUESTIONS
lab = Lab("en")"""
# What is done to everything.
HANDLED = """\
thing
thing()
thing[0]
thing.sentense
thing + 1
thing < thing
len(thing)
for one in thing: break
thing.«x»
changed = copy.copy(thing); changed.{attribute} = 3; changed
changed = copy.copy(thing); del changed.{attribute}; changed"""
# What every method is called with.
CALLED = """\
{call}
{call}[0]
{call}.x
{call}()()
{call}("x", 0)
{call}(no_such_word=1)
{call}(*range(20))"""
# What stands between the brackets of those that promise to take anything.
ANYTHING = """\
-1.5
10 ** 400
None
""
"203.0.113.80"
"../x"
"\\0\\ud800"
"x" * 10000
b"x"
[[]]
{{"x": 1}}
lab
lab.ask("www.museum.example").table
Lab.ask"""


def things() -> Iterator[tuple[str, Any]]:
    """What a notebook can hold, the first of each class, each with the line that makes it."""
    lab = Lab("en")
    lab.ask("www.museum.example")
    lab.evidence.save("evidence.jsonl")
    made = [
        f"lab.{key}({known.example})"
        for key, known in QUESTIONS.items()
        if key not in LEFT_OUT
    ]
    waiting = [
        (line, eval(line, {"lab": lab})) for line in ("lab", "lab.evidence", *made)
    ]
    seen = set()
    while waiting:
        line, thing = waiting.pop(0)
        if isinstance(thing, list | tuple) and thing:
            waiting.append((f"{line}[0]", thing[0]))
        elif isinstance(thing, dict) and thing:
            waiting.append((f"{line}[…]", next(iter(thing.values()))))
        elif (
            type(thing).__module__.startswith("labsupport.") and type(thing) not in seen
        ):
            seen.add(type(thing))
            yield line, thing
            for name in public(thing):
                member = getattr(thing, name)
                if not inspect.ismethod(member):
                    waiting.append((f"{line}.{name}", member))
                elif not isinstance(thing, Lab) and is_ready(member):
                    waiting.append((f"{line}.{name}()", member()))


def public(thing: object) -> list[str]:
    """The public members of a thing that are the course's own."""
    places = [
        vars(one)
        for one in type(thing).mro()
        if one.__module__.startswith("labsupport.")
    ]
    names = {
        name for place in (*places, getattr(thing, "__dict__", {})) for name in place
    }
    return sorted(name for name in names if name[0] != "_" and hasattr(thing, name))


def parameters(method: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(method).parameters.values())


def takes_anything(method: Any) -> bool:
    return {one.annotation for one in parameters(method) if one.name != "self"} == {
        "object"
    }


def is_ready(method: Any) -> bool:
    return all(one.default is not one.empty for one in parameters(method))


def handle_all(shell: InteractiveShell) -> None:
    """In a kernel: handle everything clumsily, each line as if it stood in a cell of its own."""
    called = set()
    for made, thing in list(things()):
        lines = HANDLED.format(attribute=public(thing)[0]).splitlines()
        for name in public(thing):
            method = getattr(thing, name)
            if (
                not inspect.ismethod(method)
                or name in LEFT_OUT
                or method.__func__ in called
            ):
                continue
            called.add(method.__func__)
            given = parameters(method)
            lines += CALLED.format(call=f"thing.{name}").splitlines()
            lines += [f"thing.{name}({one.name}=3)" for one in given]
            if takes_anything(method):
                lines += [f"thing.{name}({one})" for one in ANYTHING.splitlines()]
        shell.push({"thing": thing})
        for line in lines:
            print(f"\n{MARK}{made}: {line}", flush=True)
            shell.run_cell(line)


def test_whatever_is_typed_no_traceback_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{HERE}:{HERE / 'guard'}")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "profile"))
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    told = []

    def take(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "error":
            told.append("Traceback: " + "\n".join(content["traceback"]))
        else:
            told.append(
                content.get("text") or content.get("data", {}).get("text/plain", "")
            )

    try:
        client.execute_interactive(OPEN, output_hook=take)
        client.execute_interactive(
            "test_clumsy_calls.handle_all(get_ipython())", output_hook=take, timeout=300
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    before, *shown = "".join(told).split(MARK)
    assert "Traceback" not in before
    assert len(shown) > 3000
    assert [one for one in shown if "Traceback" in one] == []
    lab = Lab("en")
    promised = [
        f"lab: thing.{name}("
        for name in QUESTIONS
        if takes_anything(attrgetter(name)(lab))
    ]
    failed = [one for one in shown if one.startswith(tuple(promised)) and FAULT in one]
    assert [one for one in failed if ".table)" not in one.splitlines()[0]] == []
