"""One page to have at hand before signing: twelve questions, five of them even if it is urgent.

The words are in data/course/orders: a language is added by adding its checklist.LANGUAGE.toml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from labsupport.inputs.names import NotUnderstood
from labsupport.language import Language
from labsupport.language.naming import code_of
from labsupport.orders.vocabulary import FOLDER, orders
from labsupport.papers.forms import Paper, filled
from labsupport.papers.templates import filled_in
from labsupport.results import Table
from labsupport.visible import quoted

SIGN = "▶"  # of an urgent question, beside the word: never told by colour
INDENT = " " * 7
Words = Mapping[str, Any]


@dataclass(eq=False, repr=False, kw_only=True)
class Checklist(Paper):
    """The page. Attributes: `words`, in the page's own language, as in the file; its `code`."""

    LIMITS = ("checklist.order_answers_all_them",)
    file = "checklist.html"
    words: Words
    code: str

    @property
    def sentence(self) -> str:
        questions = self.words["question"]
        urgent = [question for question in questions if "urgent" in question]
        return self.say(
            "checklist.questions_before_sign",
            count=len(questions),
            urgent=len(urgent),
            language=self.words["name"],
        )

    def tabulated(self) -> Table:
        say = self.say
        rows = []
        for number, question in enumerate(self.words["question"], 1):
            rows.append(
                (number, self._mark(question), question["text"], question["why"])
            )
        columns = (
            say("checklist.no"),
            say("checklist.if_it_is_urgent"),
            say("checklist.question"),
            say("checklist.why"),
        )
        return Table(self.words["title"], columns, tuple(rows))

    @property
    def html(self) -> str:
        words = self.words
        head = {
            "title": words["title"],
            "language": self.code,
            "banner": words["training"],
        }
        return (
            filled_in("papers/checklist.html", None, words=words, sign=SIGN, **head)
            + "\n"
        )

    @property
    def text(self) -> str:
        words = self.words
        lead = f"{words['lead']} {SIGN} {words['urgent']}"
        parts = [words["training"], words["title"].upper(), filled(lead)]
        for number, question in enumerate(words["question"], 1):
            head = f"[ ] {number:2} {question['text']} {self._mark(question)}".rstrip()
            why = filled(f"{INDENT}{question['why']}", INDENT)
            parts.append(f"{filled(head, INDENT)}\n{why}")
        parts += [filled(words["foot"]), words["training"]]
        return "\n\n".join(parts) + "\n"

    def _mark(self, question: Words) -> str:
        return f"{SIGN} {self.words['urgent']}" if "urgent" in question else ""


@functools.cache
def languages() -> dict[str, Words]:
    """Return the page's words in each language there is, by code.

    >>> sorted(languages())
    ['en', 'es', 'pt']
    """
    by_code: dict[str, Words] = {}
    for file in sorted(FOLDER.iterdir(), key=attrgetter("name")):
        if named := re.fullmatch(r"checklist\.([a-z]+)\.toml", file.name):
            by_code[named[1]] = orders(file.name)
    return by_code


def checklist(language: object, say: Language) -> Checklist:
    """Return the page in a language: "es", "pt-BR" or "inglés", whatever `say` speaks.

    Raises NotUnderstood for a language that there is no page in; its text names those there are.

    >>> checklist("es", Language.load("en")).words["question"][0]["text"]
    '¿Qué se bloquea exactamente: nombre, página o dirección IP?'
    """
    code = code_of(language)
    if code in languages():
        return Checklist(say, None, None, words=languages()[code], code=code)
    known = say.listed(
        f"{code} ({words['name']})" for code, words in languages().items()
    )
    raise NotUnderstood(
        say("checklist.no_such_page", what=quoted(language), languages=known)
    )
