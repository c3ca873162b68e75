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

from labsupport.course import notebook
from labsupport.course.time_limit import TooLongError
from labsupport.declared import QUESTIONS, example, key, key_of, with_word
from labsupport.inputs.choices import choices
from labsupport.inputs.names import NotUnderstood
from labsupport.kinds import Kind
from labsupport.language import Language
from labsupport.results import Explanation, Statement
from labsupport.visible import quoted

OTHER_QUOTES = "“”„‘’«»‹›"
IN_QUOTES = re.compile(r"\"[^\"]*\"|'[^']*'")
# What looks like an address, a block or a time: 203.0.113.80, 2001:db8::1, 2026-10-29.
NUMBERS = re.compile(
    r"\d[\da-f]*(?:\.\d+\.|:[\da-f]*:|-\d+-)[\da-f.:/-]*", re.IGNORECASE
)

OFFERED = ".sentence, .table, .figure(), .limits"
# functions that do nothing but that
HANDS_ON = (
    "wrapper",
    "with_keys",
    "__getattr__",
    "__call__",
)


def explain_from_now_on(say: Language) -> None:
    """In a notebook, show a sentence where a traceback would stand; elsewhere, do nothing."""
    if (shell := notebook.shell()) is None:
        return
    from IPython.display import display

    show: Any = display

    def in_words(
        kind: type[BaseException], error: BaseException, lines: list[str]
    ) -> None:
        show(explain(say, error), metadata={notebook.STOPPED: type(error).__name__})

    def as_text(method: MethodType, printer: Any, cycle: bool) -> None:
        explanation = without_brackets(say, method)
        printer.text(repr(explanation or method))

    def as_page(method: MethodType) -> dict[str, Any]:
        explanation = without_brackets(say, method)
        return explanation._repr_mimebundle_() if explanation else {}

    # The one place that every traceback passes: of a cell, of what is displayed, of a form.
    shell._showtraceback = in_words
    shell.InteractiveTB.set_mode(mode="Minimal")  # what nobody sees need not be made
    shell.display_formatter.formatters["text/plain"].for_type(MethodType, as_text)
    shell.display_formatter.mimebundle_formatter.for_type(MethodType, as_page)


def explain(say: Language, error: BaseException) -> Statement:
    """Return what went wrong in words.

    >>> error = NameError("name 'c' is not defined", name="c")
    >>> print(explain(Language.load("en"), error).sentence)
    A letter stands in quotation marks: "c".
    """
    if isinstance(error, NotUnderstood):
        return Explanation(say, Kind.NOT_ASKED, str(error))
    cell, ours = _passed(error.__traceback__)
    line = (
        linecache.getline(cell.tb_frame.f_code.co_filename, cell.tb_lineno)
        if cell
        else ""
    )
    stopped = _stopped(say, error)
    if ours and not stopped and not isinstance(error, SyntaxError):
        return _failed(say, error, ours, typed=cell is not None)
    if stopped:
        text = stopped
    elif isinstance(error, SyntaxError):
        text = _misspelt(say, error)
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
            "errors.python_cannot_line",
            error=type(error).__name__,
            words=quoted(str(error)),
        )
        text += f" {_compare(say, line)}"
    return Explanation(say, Kind.NOT_ASKED, text)


def _stopped(say: Language, error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return say("errors.cell_stopped_rest_your")
    if isinstance(error, MemoryError):
        return say("errors.out_of_memory")
    if isinstance(error, TooLongError):
        return say("errors.ran_too_long", minutes=error)
    return ""


def without_brackets(say: Language, method: object) -> Explanation | None:
    """Return a sentence for a method of the course without its (), None for anything else."""
    function = getattr(method, "__func__", method)
    if not inspect.isfunction(function) or not _is_ours(function.__module__):
        return None
    if question := key_of(function.__qualname__):
        text = say("errors.brackets_missing_example", example=example(question, say))
    else:
        text = say("errors.add_end_method", method=f".{function.__name__}()")
    return Explanation(say, Kind.NOT_ASKED, text)


def _misspelt(say: Language, error: SyntaxError) -> str:
    line = error.text or ""
    if set(OTHER_QUOTES) & set(line):
        return say("errors.straight_quotation_marks", example=_example_for(line, say))
    if numbers := NUMBERS.search(IN_QUOTES.sub("", line)):
        return say("errors.needs_quotation_marks", numbers=numbers.group())
    if isinstance(error, IndentationError):
        return say("errors.line_begins_spaces_take")
    text = say("errors.not_readable")
    return f"{text} {_compare(say, line)}"


def _unknown_name(say: Language, name: str, cell: TracebackType | None) -> str:
    if name == "lab":
        return say("errors.there_no_lab_yet")
    if name == "Lab":
        return _opening(say)
    if question := next(iter(_meant(say, name)), ""):
        return say("errors.write_lab_dot_front", example=example(question, say))
    if len(name) == 1:
        return say("errors.letter_stands_quotation_marks", letter=name)
    variables = (
        [variable for variable in cell.tb_frame.f_globals if variable[0] != "_"]
        if cell
        else []
    )
    if nearest := difflib.get_close_matches(name.lower(), variables, n=1, cutoff=0.75):
        return say("errors.name_not_set_did", name=name, nearest=nearest[0])
    return say("errors.not_set", name=name)


def _not_offered(say: Language, name: str | None, thing: object) -> str:
    if name is None:  # it was to be set, or taken away
        return say("errors.answer_stays_came_offers", offers=OFFERED)
    if explanation := without_brackets(say, thing):
        return explanation.sentence
    if thing is sys.modules.get("labsupport.lab"):  # from labsupport import lab
        return _opening(say)
    known = [known for known in dir(thing) if known[0] != "_"]
    path = getattr(thing, "_path", None)  # of a lab, or one of its rooms
    if path is not None:
        return _no_such_question(say, path, name, known)
    words = choices("answer")
    meant = [words.key(name, say), *words.near(name, say)]
    meant += difflib.get_close_matches(name, known, n=1, cutoff=0.65)
    if nearest := next((one for one in meant if one in known), None):
        return say("errors.no_such_name", name=name, nearest=nearest)
    text = say("errors.there_no_name_here", name=name, offers=OFFERED)
    return f"{thing.sentence} {text}" if isinstance(thing, Explanation) else text


def _no_such_question(say: Language, path: str, name: str, members: list[str]) -> str:
    """Propose a question of the room, or else of the lab, or say which the room has."""
    close = difflib.get_close_matches(name, members, n=1, cutoff=0.65)
    like = [key(path, member) for member in close] or _like(say, name)
    meant = [*_meant(say, name), *like]
    own = [question for question in meant if question.startswith(f"{path}.")]
    if nearest := next(iter([*own, *meant]), ""):
        return say("errors.no_such_line", name=name, nearest=f"lab.{nearest}")
    listed = say.listed(with_word(key(path, member), say) for member in members)
    room = f"lab.{path}".removesuffix(".")
    return say("errors.no_such_question", room=room, name=name, questions=listed)


def _meant(say: Language, name: str) -> list[str]:
    """Return the questions that have a name, or a word of a language."""
    word = choices("question").key(name, say)
    same = [question for question in QUESTIONS if question.rpartition(".")[2] == name]
    return [*same, *filter(None, [word])]


def _like(say: Language, name: str) -> list[str]:
    """Return the questions whose names, or words, look like a name."""
    last = {question.rpartition(".")[2]: question for question in QUESTIONS}
    close = difflib.get_close_matches(name, last, n=1, cutoff=0.65)
    return [*choices("question").near(name, say), *(last[member] for member in close)]


def _asked_wrongly(say: Language, message: str, line: str) -> str:
    if called := re.match(r"(\w+)\.(\w+)\(\)", message):
        if called[0] == "Lab.__init__()":
            return _opening(say)
        return _knows(say, *called.groups()) or say(
            "errors.wrong_arguments", method=f".{called[2]}()"
        )
    if re.match("'(method|function)' object is not subscriptable", message):
        return say("errors.square_brackets_ask", example=_example_for(line, say))
    if "'module' object is not callable" in message:  # from labsupport import lab
        return _opening(say)
    if message.startswith("'Lab' object"):
        return say("errors.say_what_ask_dot", example=example("ask", say))
    text = say("errors.does_not_fit", offers=OFFERED)
    return f"{text} {_compare(say, line)}"


def _failed(
    say: Language, error: BaseException, course: list[TracebackType], *, typed: bool
) -> Statement:
    """Say that the course failed: at what was typed, or by a fault of its own.

    The error's words are left out: they may be those of somebody's draft.
    """
    owner, _, method = course[0].tb_frame.f_code.co_qualname.rpartition(".")
    sentence = say("errors.course_failed")
    if typed and (hint := _knows(say, owner, method)):
        sentence = f"{hint} {sentence}"
    module = course[-1].tb_frame.f_globals["__name__"]
    line = course[-1].tb_lineno
    fault = say(
        "errors.place_of_fault", error=type(error).__name__, module=module, line=line
    )
    return Statement(say, None, sentence, (fault,))


def _knows(say: Language, owner: str, method: str) -> str:
    """Say what may stand between the brackets of a question to the lab; "" for anything else."""
    asked = key_of(f"{owner}.{method}")
    if not asked:
        return ""
    parameters = QUESTIONS[asked].parameters
    question = f"lab.{asked}"
    if not parameters:
        return say("errors.question_takes_nothing_between", question=question)
    text = say(
        "errors.question_knows_known", question=question, known=say.listed(parameters)
    )
    return (
        f"{text} {say('errors.compare_it_with_example', example=example(asked, say))}"
    )


def _compare(say: Language, line: str) -> str:
    return say("errors.compare_it_with_example", example=_example_for(line, say))


def _opening(say: Language) -> str:
    lines = f'from labsupport import Lab; lab = Lab("{say.code}")'
    return say("errors.how_to_open", lines=lines)


def _example_for(line: str, say: Language) -> str:
    """Return how the question in `line` is asked rightly, or any question if it has none."""
    last = {question.rpartition(".")[2]: question for question in QUESTIONS}
    asked = [
        last[method] for method in re.findall(r"\.\s*(\w+)", line) if method in last
    ]
    return example(asked[-1] if asked else "ask", say)


def _is_ours(module: str) -> bool:
    return module.startswith("labsupport.")


def _passed(
    traceback: TracebackType | None,
) -> tuple[TracebackType | None, list[TracebackType]]:
    """Return the last place in what was typed that an error passed, and those of the course then.

    What only hands a call on (a wrapper, a page, what a dataclass generates) is no place of it.
    """
    cell: TracebackType | None = None
    course: list[TracebackType] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "")
        if module == "__main__":
            cell = traceback
            course = []
        elif (
            _is_ours(module)
            and code.co_name not in HANDS_ON
            and code.co_filename != "<string>"
        ):
            course.append(traceback)
        traceback = traceback.tb_next
    return cell, course
