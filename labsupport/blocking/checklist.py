"""One page to have at hand before signing: twelve questions, five of them even if it is urgent.

The words are in data/course/orders: a language is added by adding its checklist.LANGUAGE.toml.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from labsupport.language import Language
from labsupport.lookups.forms import Paper, filled, page
from labsupport.lookups.names import NotUnderstood, folded
from labsupport.results import Table, escaped, quoted

_FOLDER = resources.files("labsupport.data").joinpath("course/orders")
SIGN = "▶"  # of an urgent question, beside the word: never told by colour


@dataclass(frozen=True, slots=True)
class Question:
    """A question, with a line on why it is asked."""

    id: str
    text: str
    why: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """The page's words in one language: `code` is its code, `name` what it calls itself."""

    code: str
    name: str
    title: str
    lead: str
    urgent: str
    foot: str
    training: str
    questions: tuple[Question, ...]


@dataclass(eq=False, repr=False, kw_only=True)
class Checklist(Paper):
    """The page. Attributes: `words`, in the page's own language."""

    file = "checklist.html"
    words: Words

    @property
    def sentence(self) -> str:
        questions = self.words.questions
        return self.say(
            "{count} questions before you sign, {urgent} of them even if it is urgent. "
            "One page, in {language}.",
            count=len(questions),
            urgent=sum(question.urgent for question in questions),
            language=self.words.name,
        )

    @property
    def limits(self) -> tuple[str, ...]:
        return (self.say("An order that answers all of them may still be unlawful, or mistaken."),)

    def tabulated(self) -> Table:
        say = self.say
        rows = [
            (number, self._mark(question), question.text, question.why)
            for number, question in enumerate(self.words.questions, 1)
        ]
        columns = (say("no."), say("if it is urgent"), say("question"), say("why"))
        return Table(self.words.title, columns, tuple(rows))

    @property
    def html(self) -> str:
        words = self.words
        badge = f'<span class="urgent">{SIGN} {escaped(words.urgent)}</span>'
        items = "".join(
            f'<li><span class="box" aria-hidden="true"></span><span class="number">{number}</span>'
            f'<span class="question">{escaped(question.text)}</span>'
            f"{badge if question.urgent else '<span></span>'}"
            f'<span class="why">{escaped(question.why)}</span></li>\n'
            for number, question in enumerate(words.questions, 1)
        )
        body = (
            f'<p class="lead">{escaped(words.lead)} {badge}</p>\n'
            f'<ol class="questions">\n{items}</ol>\n<p class="foot">{escaped(words.foot)}</p>\n'
        )
        style = _FOLDER.joinpath("checklist.css").read_text(encoding="utf-8")
        return page(words.title, body, words.code, banner=words.training, style=style)

    @property
    def text(self) -> str:
        words = self.words
        lead = f"{words.lead} {SIGN} {words.urgent}"
        parts = [words.training, words.title.upper(), filled(lead)]
        for number, question in enumerate(words.questions, 1):
            head = f"[ ] {number:2} {question.text} {self._mark(question)}".rstrip()
            parts.append(f"{filled(head, ' ' * 7)}\n{filled(' ' * 7 + question.why, ' ' * 7)}")
        return "\n\n".join([*parts, filled(words.foot), words.training]) + "\n"

    def _mark(self, question: Question) -> str:
        return f"{SIGN} {self.words.urgent}" if question.urgent else ""


@functools.cache
def languages() -> dict[str, Words]:
    """Return the page's words in each language there is, by code.

    >>> sorted(languages())
    ['en', 'es', 'pt']
    """
    found = {}
    for file in sorted(_FOLDER.iterdir(), key=lambda one: one.name):
        if named := re.fullmatch(r"checklist\.([a-z]+)\.toml", file.name):
            data = tomllib.loads(file.read_text(encoding="utf-8"))
            questions = tuple(Question(**question) for question in data.pop("question"))
            found[named[1]] = Words(code=named[1], questions=questions, **data)
    return found


def checklist(language: object, say: Language) -> Checklist:
    """Return the page in a language: "es", "pt-BR" or "português", whatever `say` speaks.

    Raises NotUnderstood for a language that there is no page in; its text names those there are.

    >>> checklist("es", Language.load("en")).words.questions[0].text
    '¿Qué se bloquea exactamente: nombre, página o dirección IP?'
    """
    wanted = language.strip() if isinstance(language, str) else ""
    code = wanted.replace("_", "-").partition("-")[0].lower()
    for words in languages().values():
        if code == words.code or (wanted and folded(wanted) == folded(words.name)):
            return Checklist(say, None, None, words=words)
    known = ", ".join(f"{words.code} ({words.name})" for words in languages().values())
    raise NotUnderstood(
        say(
            "There is no such page in {what}. There is one in: {languages}.",
            what=quoted(language),
            languages=known,
        )
    )
