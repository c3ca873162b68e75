"""What happens when a line of Python is mistyped: a sentence, not a traceback.

Participants do not program. A forgotten quotation mark must not look like a disaster.
"""

from __future__ import annotations

import difflib
import sys
from types import TracebackType
from typing import Any

from labsupport.language import Language
from labsupport.results import Explanation, Kind

EXPLAINED = (SyntaxError, NameError, AttributeError, TypeError)
CURLY_QUOTES = "“”„«»‘’"


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

    shell.set_custom_exc(EXPLAINED, handler)


def explain(
    say: Language, error: BaseException, traceback: TracebackType | None
) -> Explanation | None:
    """Return what went wrong in words, or None where only a programmer could tell.

    >>> error = NameError("name 'www' is not defined", name="www")
    >>> print(explain(Language.load("en"), error, None).sentence)
    Python does not know www. What you look up stands in quotation marks: "www.museum.example".
    """
    if isinstance(error, SyntaxError):
        if any(quote in (error.text or "") for quote in CURLY_QUOTES):
            text = say(
                "This line has curly quotation marks, as text programs write them. Type straight "
                'ones: lab.ask("www.museum.example").'
            )
        else:
            text = say(
                "This line could not be read. Often a quotation mark or a bracket is missing: "
                'compare it with lab.ask("www.museum.example").'
            )
    elif not _in_the_cell(traceback) and not str(error).startswith("Lab."):
        return None
    elif isinstance(error, NameError) and error.name == "lab":
        text = say("There is no lab yet. Run the first cell of this notebook, then this one again.")
    elif isinstance(error, NameError):
        text = say(
            "Python does not know {name}. What you look up stands in quotation marks: "
            '"www.museum.example".',
            name=error.name,
        )
    elif isinstance(error, AttributeError) and error.obj is not None and _is_lab(error.obj):
        questions = [name for name in dir(error.obj) if not name.startswith("_")]
        nearest = difflib.get_close_matches(error.name or "", questions, n=1)
        if nearest:
            text = say(
                "The lab has no question called {name}. Did you mean lab.{nearest}?",
                name=error.name,
                nearest=nearest[0],
            )
        else:
            text = say(
                "The lab has no question called {name}. It has: {questions}.",
                name=error.name,
                questions=", ".join(questions),
            )
    elif isinstance(error, TypeError):
        text = say(
            "This question was asked with too much, too little, or in a form it does not know. "
            'Compare it with lab.ask("museum.example", "MX").'
        )
    else:
        return None
    return Explanation(say, Kind.NOT_ASKED, text)


def _is_lab(thing: object) -> bool:
    return type(thing).__name__ == "Lab"


def _in_the_cell(traceback: TracebackType | None) -> bool:
    """Whether the error rose in what was typed, not deep inside a library."""
    frames = 0
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == "__main__":
            frames = 0
        else:
            frames += 1
        traceback = traceback.tb_next
    return frames == 0
