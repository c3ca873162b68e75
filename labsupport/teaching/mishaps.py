"""What happens when a line of Python is mistyped: a sentence, not a traceback.

Participants do not program. A forgotten quotation mark must not look like a disaster.
"""

from __future__ import annotations

import difflib
import inspect
import linecache
import re
import sys
from types import MethodType, TracebackType
from typing import Any

from labsupport.language import Language
from labsupport.results import Explanation, Kind
from labsupport.teaching.patience import TooLongError

EXPLAINED = (
    *(SyntaxError, NameError, AttributeError, TypeError, ImportError),  # what is mistyped
    *(MemoryError, TooLongError),  # what one runs out of where many share a machine
)
CURLY_QUOTES = "“”„«»‘’"
IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'")
# What looks like an address, a block or a time: 203.0.113.80, 2001:db8::1, 2026-10-29.
NUMBERS = re.compile(r"\d[\da-f]*(?:\.\d+\.|:[\da-f]*:|-\d+-)[\da-f.:/-]*", re.IGNORECASE)

OFFERS = {"sentence": ".sentence", "table": ".table", "figure": ".figure()", "limits": ".limits"}

# For each method of the lab, what may stand between its brackets.
EXAMPLES = {
    "ask": '"www.museum.example"',
    "ask_many": '["museum.example", "isla.example"]',
    "trace": '"www.museum.example"',
    "dnssec": '"www.museum.example"',
    "memory": '"www.museum.example"',
    "path": '"www.museum.example"',
    "visit": '"www.museum.example"',
    "packet": '"www.museum.example"',
    "origin": '"203.0.113.80"',
    "routes": '"198.18.102.0/23"',
    "rdap": '"museum.example"',
    "whois": '"museum.example"',
    "compare": '"cooperativa.example"',
    "statuses": '"clientHold"',
    "subscribers": '"198.18.128.2", "2026-10-29 20:14:37 -03:00", port=40212',
    "observers": '"www.aula-abierta.org.test", "https"',
    "who": '"www.museum.example"',
    "lookalikes": '"bancodelfaro.example"',
    "case": '"wrong-order"',
    "case_box": '"wrong-order"',
    "case_paper": '"fraud"',
    "role": '"court"',
    "role_cards": "",
    "contacts": '"Uruguay"',
    "plan": '"two days", "9:00"',
    "guide": '"02", 4',
    "handout": '"order"',
    "staged": "3600",
    "mail": '"aviso"',
    "diagnose": '"www.museum.example"',
    "certificates": '"www.museum.example"',
    "draft": '"preservation", "bancodelfaro-clientes.example"',
    "verify": '"evidence.jsonl"',
    "tamper": '"evidence.jsonl", "byte"',
    "neighbours": '"goles-gratis.example"',
    "order": '"flawed"',
    "review": 'lab.order("flawed")',
    "impact": 'lab.order("flawed")',
    "measure": '"resolver", "goles-gratis.example"',
    "measures": '"goles-gratis.example"',
    "timeline": '"registrar hold", "www.museum.example"',
    "evasion": "vpn=20",
    "configuration": 'lab.order("clean")',
    "worksheet": 'lab.order("clean")',
    "checklist": '"es"',
    "with_order": 'lab.order("hold")',
    "networks": "",
    "wait": '"10 minutes"',
    "at": '"movil-norte"',
    "announce": '"198.18.103.0/24", by="AS64497"',
    "places": "",
    "kinds": "",
    "doctor": "",
    "question": '"internet-padlock"',
    "answer": '"internet-padlock", "c"',
    "glossary": '"resolver"',
    "reference": '"regional-registries"',
    "cases": 'country="Argentina"',
    "compare_cases": '"leakymails", "mooo.com"',
    "ask_box": "",
    "walk_box": "",
    "clock_box": "",
    "evasion_box": "",
    "order_box": "",
    "order_form": "",
}


def explain_from_now_on(say: Language) -> None:
    """In a notebook, answer mistyped lines with a sentence; elsewhere, do nothing."""
    ipython = sys.modules.get("IPython")  # asked, not imported: only a notebook has it
    if ipython is None or (shell := ipython.get_ipython()) is None:
        return
    show = ipython.display.display

    def handler(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        traceback: TracebackType | None,
        tb_offset: int | None = None,
    ) -> None:
        explanation = explain(say, error, traceback)
        if explanation is None:
            shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
        else:
            show(explanation)

    def as_text(method: MethodType, printer: Any, cycle: bool) -> None:
        explanation = without_brackets(say, method)
        printer.text(repr(explanation or method))

    def as_html(method: MethodType) -> str | None:
        explanation = without_brackets(say, method)
        return explanation._repr_html_() if explanation else None

    shell.set_custom_exc(EXPLAINED, handler)
    shell.display_formatter.formatters["text/plain"].for_type(MethodType, as_text)
    shell.display_formatter.formatters["text/html"].for_type(MethodType, as_html)


def explain(
    say: Language, error: BaseException, traceback: TracebackType | None
) -> Explanation | None:
    """Return what went wrong in words, or None where only a programmer could tell.

    >>> error = NameError("name 'c' is not defined", name="c")
    >>> print(explain(Language.load("en"), error, None).sentence)
    A letter stands in quotation marks: "c".
    """
    if isinstance(error, SyntaxError):
        text = _misspelt(say, error)
    elif isinstance(error, MemoryError):
        text = say(
            "This cell needs more memory than there is for one participant. It was stopped; the "
            "rest of your notebook goes on working."
        )
    elif isinstance(error, TooLongError):
        text = say(
            "This cell ran for {minutes} minutes and was stopped. The rest of your notebook goes "
            "on working. If it is a cell of the course, tell the instructor.",
            minutes=error,
        )
    elif not _in_the_cell(traceback) and not str(error).startswith("Lab."):
        return None
    elif isinstance(error, NameError) and error.name:
        text = _unknown_name(say, error.name, traceback)
    elif isinstance(error, AttributeError) and error.name:
        text = _not_offered(say, error.name, error.obj)
    elif isinstance(error, TypeError):
        text = _asked_wrongly(say, str(error), _line(traceback))
    elif isinstance(error, ImportError):
        text = _opening(say)
    else:
        return None
    return Explanation(say, Kind.NOT_ASKED, text)


def without_brackets(say: Language, method: object) -> Explanation | None:
    """Return a sentence for a method of the course without its (), None for anything else."""
    function = getattr(method, "__func__", method)
    if not inspect.isfunction(function) or not function.__module__.startswith("labsupport."):
        return None
    owner, _, name = function.__qualname__.rpartition(".")
    if owner == "Lab":
        text = say("The brackets are missing: {example}.", example=_example(name))
    else:
        text = say("Add () at the end: {method}.", method=f".{name}()")
    return Explanation(say, Kind.NOT_ASKED, text)


def _misspelt(say: Language, error: SyntaxError) -> str:
    line = error.text or ""
    example = _example_for(line)
    if any(quote in line for quote in CURLY_QUOTES):
        return say(
            "This line has curly quotation marks, as text programs write them. Type straight "
            "ones: {example}.",
            example=example,
        )
    if numbers := NUMBERS.search(IN_QUOTES.sub("", line)):
        return say(
            "An address, a block of addresses or a time stands in quotation marks, at both ends: "
            '"{numbers}".',
            numbers=numbers.group(),
        )
    if isinstance(error, IndentationError):
        return say("This line begins with spaces. Take them away, so that it begins at the edge.")
    return say(
        "This line could not be read. Often a quotation mark, a comma or a bracket is missing, "
        "or a space is too many: compare it with {example}.",
        example=example,
    )


def _unknown_name(say: Language, name: str, traceback: TracebackType | None) -> str:
    if name == "lab":
        return say("There is no lab yet. Run the first cell of this notebook, then this one again.")
    if name == "Lab":
        return _opening(say)
    if name in EXAMPLES:
        return say("Write lab and a dot in front: {example}.", example=_example(name))
    if len(name) == 1:
        return say('A letter stands in quotation marks: "{letter}".', letter=name)
    known = [known for known in _names(traceback) if not known.startswith("_")]
    if nearest := difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75):
        return say("{name} is not set. Did you mean {nearest}?", name=name, nearest=nearest[0])
    return say(
        "{name} is not set. If an earlier cell sets it ({name} = …), run that one first. If it is "
        "text, such as a name to look up, put all of it in quotation marks: "
        '"www.museum.example".',
        name=name,
    )


def _not_offered(say: Language, name: str, thing: object) -> str:
    if explanation := without_brackets(say, thing):
        return explanation.sentence
    if thing is sys.modules.get("labsupport.lab"):  # from labsupport import lab
        return _opening(say)
    if not _is_lab(thing):
        return say(
            "There is no {name} here. An answer offers: {offers}.",
            name=name,
            offers=", ".join(OFFERS.values()),
        )
    questions = [name for name in vars(type(thing)) if not name.startswith("_")]
    nearest = difflib.get_close_matches(name, [*questions, *OFFERS], n=1)
    if not nearest:
        return say(
            "The lab has no question called {name}. It has: {questions}.",
            name=name,
            questions=", ".join(questions),
        )
    if nearest[0] in OFFERS:
        return say(
            "The lab has no {name}, but each of its answers has {offer}: {example}.",
            name=name,
            offer=OFFERS[nearest[0]],
            example=_example("visit") + OFFERS[nearest[0]],
        )
    return say(
        "The lab has no question called {name}. Did you mean lab.{nearest}?",
        name=name,
        nearest=nearest[0],
    )


def _asked_wrongly(say: Language, message: str, line: str) -> str:
    if called := re.match(r"Lab\.(\w+)\(\)", message):
        return _asked_with_what_it_does_not_know(say, called.group(1), message)
    if "not subscriptable" in message:
        return say(
            "Square brackets ask nothing. Type round ones: {example}.", example=_example_for(line)
        )
    if "'Lab' object is not callable" in message:
        return say("Say what to ask, with a dot: {example}.", example=_example("ask"))
    if "'module' object is not callable" in message:  # from labsupport import lab
        return _opening(say)
    if "not callable" in message:
        return say(
            "Brackets stand here after something that takes none. An answer offers: {offers}.",
            offers=", ".join(OFFERS.values()),
        )
    if called := re.match(r"\w+\.(\w+)\(\)", message):
        return say(
            "{method} was asked with too much or too little between its brackets.",
            method=f".{called.group(1)}()",
        )
    return say(
        "This line puts things together that do not fit. Compare it with {example}.",
        example=_example_for(line),
    )


def _asked_with_what_it_does_not_know(say: Language, method: str, message: str) -> str:
    if method == "__init__":
        return _opening(say)
    if re.search("missing .*'(lab|self)'", message):
        return say('Write lab with a small letter: lab.ask("…").')
    lab: Any = sys.modules["labsupport.lab"]  # there, since it complains
    known = list(inspect.signature(getattr(lab.Lab, method)).parameters)[1:]
    if not known:
        return say(
            "{question} takes nothing between the brackets: {example}.",
            question=f"lab.{method}",
            example=_example(method),
        )
    return say(
        "{question} knows: {known}. Compare your line with {example}.",
        question=f"lab.{method}",
        known=", ".join(known),
        example=_example(method),
    )


def _opening(say: Language) -> str:
    return say(
        "The lab is opened with two lines, in the first cell of each notebook: {lines}.",
        lines='from labsupport import Lab; lab = Lab("en")',
    )


def _example(method: str) -> str:
    return f"lab.{method}({EXAMPLES.get(method, '')})"


def _example_for(line: str) -> str:
    """Return how the question in `line` is asked rightly, or any question if it has none."""
    asked = [method for method in re.findall(r"\.\s*(\w+)", line) if method in EXAMPLES]
    return _example(asked[-1] if asked else "ask")


def _is_lab(thing: object) -> bool:
    return type(thing).__name__ == "Lab"


def _cell(traceback: TracebackType | None) -> TracebackType | None:
    """Return the last place in what was typed that the error passed."""
    cell = None
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == "__main__":
            cell = traceback
        traceback = traceback.tb_next
    return cell


def _in_the_cell(traceback: TracebackType | None) -> bool:
    """Whether the error rose in what was typed, not deep inside a library."""
    rest = cell.tb_next if (cell := _cell(traceback)) else traceback
    # A table of pandas looks for what it lacks in a method of its own.
    return rest is None or (rest.tb_next is None and rest.tb_frame.f_code.co_name == "__getattr__")


def _line(traceback: TracebackType | None) -> str:
    cell = _cell(traceback)
    return linecache.getline(cell.tb_frame.f_code.co_filename, cell.tb_lineno) if cell else ""


def _names(traceback: TracebackType | None) -> list[str]:
    """Return the names that are set where the error passed what was typed."""
    cell = _cell(traceback)
    return list(cell.tb_frame.f_globals) if cell else []
