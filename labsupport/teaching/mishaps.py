"""What happens when a line of Python is mistyped, or the course fails: a sentence, no traceback.

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

from labsupport.declared import QUESTIONS
from labsupport.language import Language
from labsupport.results import Explanation, Kind, quoted
from labsupport.teaching import notebook
from labsupport.teaching.patience import TooLongError

CURLY_QUOTES = "“”„‘’"
GUILLEMETS = "«»‹›"
IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'")
# What looks like an address, a block or a time: 203.0.113.80, 2001:db8::1, 2026-10-29.
NUMBERS = re.compile(r"\d[\da-f]*(?:\.\d+\.|:[\da-f]*:|-\d+-)[\da-f.:/-]*", re.IGNORECASE)

OFFERS = {"sentence": ".sentence", "table": ".table", "figure": ".figure()", "limits": ".limits"}
OFFERED = ", ".join(OFFERS.values())

# For each method of the lab, what may stand between its brackets.
EXAMPLES = {
    "ask": '"www.museum.example"',
    "trace": '"www.museum.example"',
    "dnssec": '"www.museum.example"',
    "memory": '"www.museum.example"',
    "path": '"www.museum.example"',
    "visit": '"www.museum.example"',
    "publish": '"ana"',
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
    "doctor": "",
    "guess": '"4"',
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
    """In a notebook, show a sentence where a traceback would stand; elsewhere, do nothing."""
    if (shell := notebook.shell()) is None:
        return
    from IPython.display import display

    show: Any = display

    def in_words(kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
        show(explain(say, error), metadata={notebook.STOPPED: type(error).__name__})

    def as_text(method: MethodType, printer: Any, cycle: bool) -> None:
        explanation = without_brackets(say, method)
        printer.text(repr(explanation or method))

    def as_html(method: MethodType) -> str | None:
        explanation = without_brackets(say, method)
        return explanation._repr_html_() if explanation else None

    # The one place that every traceback passes: of a cell, of what is displayed, of a form.
    shell._showtraceback = in_words
    shell.InteractiveTB.set_mode(mode="Minimal")  # what nobody sees need not be made
    shell.display_formatter.formatters["text/plain"].for_type(MethodType, as_text)
    shell.display_formatter.formatters["text/html"].for_type(MethodType, as_html)


def explain(say: Language, error: BaseException) -> Explanation:
    """Return what went wrong in words.

    >>> error = NameError("name 'c' is not defined", name="c")
    >>> print(explain(Language.load("en"), error).sentence)
    A letter stands in quotation marks: "c".
    """
    cell, course = _passed(error.__traceback__)
    line = linecache.getline(cell.tb_frame.f_code.co_filename, cell.tb_lineno) if cell else ""
    if isinstance(error, SyntaxError):
        text = _misspelt(say, error)
    elif isinstance(error, KeyboardInterrupt):
        text = say("This cell was stopped. The rest of your notebook goes on working.")
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
    elif course:
        return _failed(say, error, course, typed=cell is not None)
    elif isinstance(error, NameError) and error.name:
        text = _unknown_name(say, error.name, cell)
    elif isinstance(error, AttributeError):
        text = _not_offered(say, error.name, error.obj)
    elif isinstance(error, TypeError):
        text = _asked_wrongly(say, str(error), line)
    elif isinstance(error, ImportError):
        text = _opening(say)
    else:
        text = say(
            "Python cannot do what this line says ({error}: {words}). Compare it with {example}.",
            error=type(error).__name__,
            words=quoted(str(error)),
            example=_example_for(line),
        )
    return Explanation(say, Kind.NOT_ASKED, text)


def without_brackets(say: Language, method: object) -> Explanation | None:
    """Return a sentence for a method of the course without its (), None for anything else."""
    function = getattr(method, "__func__", method)
    if not inspect.isfunction(function) or not _is_ours(function.__module__):
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
    if any(quote in line for quote in GUILLEMETS):
        return say(
            "This line has guillemets («»). Type straight quotation marks: {example}.",
            example=example,
        )
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


def _unknown_name(say: Language, name: str, cell: TracebackType | None) -> str:
    if name == "lab":
        return say("There is no lab yet. Run the first cell of this notebook, then this one again.")
    if name == "Lab":
        return _opening(say)
    if name in QUESTIONS:
        return say("Write lab and a dot in front: {example}.", example=_example(name))
    if len(name) == 1:
        return say('A letter stands in quotation marks: "{letter}".', letter=name)
    known = [known for known in cell.tb_frame.f_globals if known[0] != "_"] if cell else []
    if nearest := difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75):
        return say("{name} is not set. Did you mean {nearest}?", name=name, nearest=nearest[0])
    return say(
        "{name} is not set. If an earlier cell sets it ({name} = …), run that one first. If it is "
        "text, such as a name to look up, put all of it in quotation marks: "
        '"www.museum.example".',
        name=name,
    )


def _not_offered(say: Language, name: str | None, thing: object) -> str:
    if name is None:  # it was to be set, or taken away
        return say("An answer stays as it came. It offers: {offers}.", offers=OFFERED)
    if explanation := without_brackets(say, thing):
        return explanation.sentence
    if thing is sys.modules.get("labsupport.lab"):  # from labsupport import lab
        return _opening(say)
    known = [known for known in dir(thing) if known[0] != "_"]
    if not _is_lab(thing):
        if nearest := difflib.get_close_matches(name, known, n=1, cutoff=0.75):
            return say(
                "There is no {name} here. Did you mean .{nearest}?", name=name, nearest=nearest[0]
            )
        return say(
            "There is no {name} here. An answer offers: {offers}.", name=name, offers=OFFERED
        )
    nearest = difflib.get_close_matches(name, [*known, *OFFERS], n=1)
    if not nearest:
        return say(
            "The lab has no question called {name}. It has: {questions}.",
            name=name,
            questions=", ".join(QUESTIONS),
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
    if called := re.match(r"(\w+)\.(\w+)\(\)", message):
        if called[1] == "Lab" and re.search("missing .*'(lab|self)'", message):
            return say('Write lab with a small letter: lab.ask("…").')
        if called[0] == "Lab.__init__()":
            return _opening(say)
        return _knows(say, *called.groups()) or say(
            "{method} was asked with too much or too little between its brackets.",
            method=f".{called[2]}()",
        )
    if re.match("'(method|function)' object is not subscriptable", message):
        return say(
            "Square brackets ask nothing. Type round ones: {example}.", example=_example_for(line)
        )
    if "'module' object is not callable" in message:  # from labsupport import lab
        return _opening(say)
    ours = [name for name in re.findall(r"\w+", message) if _class(name)]
    if "Lab" in ours:
        return say("Say what to ask, with a dot: {example}.", example=_example("ask"))
    if "not callable" in message:
        return say(
            "Brackets stand here after something that takes none. An answer offers: {offers}.",
            offers=OFFERED,
        )
    if ours:
        return say(
            "An answer is no number, no text and no list. It offers: {offers}.", offers=OFFERED
        )
    return say(
        "This line puts things together that do not fit. Compare it with {example}.",
        example=_example_for(line),
    )


def _failed(
    say: Language, error: BaseException, course: list[TracebackType], *, typed: bool
) -> Explanation:
    """Say that the course failed: at what was typed, or by a fault of its own.

    The error's words are left out: they may be those of somebody's draft.
    """
    owner, _, method = course[0].tb_frame.f_code.co_qualname.rpartition(".")
    sentence = say(
        "The course could not do this. If your line is right, the fault is the course's, not "
        "yours. The rest of your notebook goes on working; show the instructor this line and what "
        "stands below."
    )
    if typed and (known := _knows(say, owner, method)):
        sentence = f"{known} {sentence}"
    place = say(
        "{error} in {module}, line {line}.",
        error=type(error).__name__,
        module=course[-1].tb_frame.f_globals["__name__"],
        line=course[-1].tb_lineno,
    )
    return Explanation(say, None, sentence, (place,))


def _knows(say: Language, owner: str, method: str) -> str:
    """Say what may stand between the brackets of a method of the course; "" for anything else."""
    function = getattr(_class(owner), method, None)
    if method.startswith("_") or not callable(function):
        return ""
    known = list(inspect.signature(function).parameters)
    if inspect.isfunction(function):
        del known[0]  # self
    is_question = owner == "Lab"
    question = f"lab.{method}" if is_question else f".{method}"
    example = _example(method) if is_question else f"{question}()"
    if not known:
        return say(
            "{question} takes nothing between the brackets: {example}.",
            question=question,
            example=example,
        )
    if not is_question:
        return say("{question} knows: {known}.", question=question, known=", ".join(known))
    return say(
        "{question} knows: {known}. Compare your line with {example}.",
        question=question,
        known=", ".join(known),
        example=example,
    )


def _opening(say: Language) -> str:
    return say(
        "The lab is opened with two lines, in the first cell of each notebook: {lines}.",
        lines='from labsupport import Lab; lab = Lab("en")',
    )


def _example(method: str) -> str:
    known = QUESTIONS.get(method)
    return f"lab.{method}({known.example if known else ''})"


def _example_for(line: str) -> str:
    """Return how the question in `line` is asked rightly, or any question if it has none."""
    asked = [method for method in re.findall(r"\.\s*(\w+)", line) if method in QUESTIONS]
    return _example(asked[-1] if asked else "ask")


def _is_lab(thing: object) -> bool:
    return type(thing).__name__ == "Lab"


def _class(name: str) -> type | None:
    """Return a class of the course by its name, as an error tells it."""
    modules = [module for key, module in sys.modules.items() if key.startswith("labsupport.")]
    found = (vars(module).get(name) for module in modules)
    return next((one for one in found if isinstance(one, type) and _is_ours(one.__module__)), None)


def _is_ours(module: str) -> bool:
    return module.startswith("labsupport.")


def _passed(
    traceback: TracebackType | None,
) -> tuple[TracebackType | None, list[TracebackType]]:
    """Return the last place in what was typed that an error passed, and those of the course then.

    What only hands a call on (a wrapper, what a dataclass generates) is no place of the course.
    """
    cell: TracebackType | None = None
    course: list[TracebackType] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module == "__main__":
            cell, course = traceback, []
        elif _is_ours(module) and code.co_name != "wrapper" and code.co_filename != "<string>":
            course.append(traceback)
        traceback = traceback.tb_next
    return cell, course
