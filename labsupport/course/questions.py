"""Questions to the reader, with a reply of its own to each answer."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from labsupport.course.course import none_such
from labsupport.kinds import Kind
from labsupport.language import Language, table_of
from labsupport.results import Explanation, Result
from labsupport.tree import Element, element

MIME_TYPE = "application/vnd.labsupport.question+json"

LETTERS = "abcdefgh"


def typed_letter(typed: object) -> str:
    """Return the letter of a choice as it was typed: "b", "B", "(b)"; "" for what is no text."""
    return typed.strip().strip("().").lower() if isinstance(typed, str) else ""


class Choice(NamedTuple):
    """One answer to choose, and what is replied to whoever chose it."""

    text: str
    reply: str
    right: bool = False


class Question(NamedTuple):
    """A question with its choices, of which one is right; `hint` may be empty."""

    id: str
    prompt: str
    choices: tuple[Choice, ...]
    hint: str = ""

    @property
    def lettered(self) -> tuple[tuple[str, Choice], ...]:
        """The choices, each with its letter."""
        return tuple(zip(LETTERS, self.choices, strict=False))


@dataclass(eq=False, repr=False, kw_only=True)
class QuestionReply(Result):
    """What is said to an answer."""

    choice: Choice

    @property
    def sentence(self) -> str:
        return self.choice.reply

    def _badge(self) -> str:
        return verdict(self.say, self.choice)


def verdict(say: Language, choice: Choice) -> str:
    """Say whether a choice is the right one: by a sign and a word, never by colour."""
    return say("questions.right") if choice.right else say("questions.not_this_one")


@cache
def catalogue(language: str) -> dict[str, Question]:
    """Return all questions in a language, by id.

    >>> "dns-time" in catalogue("en")
    True
    """
    return {
        question["id"]: _question(**question)
        for question in table_of(language, "questions.toml")["question"]
    }


def _question(choice: list[dict[str, Any]], **members: Any) -> Question:
    return Question(**members, choices=tuple(Choice(**one) for one in choice))


def answer(say: Language, key: object, choice: object) -> QuestionReply | Explanation:
    """Answer the question `key` with a letter; return the reply.

    An unknown question or letter gets a sentence that says which there are.

    >>> answer(Language.load("en"), "dns-time", "z").sentence
    'There is no “z” here. There are: a, b and c.'
    """
    question = _find(say, key)
    if isinstance(question, Explanation):
        return question
    chosen = dict(question.lettered).get(typed_letter(choice))
    if chosen is None:
        return none_such(say, choice, dict(question.lettered))
    return QuestionReply(say, Kind.FOUND, None, choice=chosen)


@dataclass(eq=False, repr=False, kw_only=True)
class QuestionPage(Result):
    """A question to answer where it stands: all replies come with it, and no kernel is asked."""

    question: Question

    @property
    def sentence(self) -> str:
        return self.question.prompt

    def __repr__(self) -> str:
        return as_text(self.say, self.question)

    @property
    def page(self) -> Element:
        """The question where no kernel runs: each answer unfolds its reply."""
        say, question = self.say, self.question
        folds = [
            _unfolded(
                f"{letter}) {choice.text}", f"{verdict(say, choice)}: {choice.reply}"
            )
            for letter, choice in question.lettered
        ]
        if question.hint:
            folds.append(_unfolded(say("papers.hint"), question.hint))
        call = element("code", _call(question))
        last = element("p", say("papers.unfold_answer_see_reply"), " ", call)
        prompt = element("p", element("strong", question.prompt))
        return element("section", prompt, *folds, last, lang=say.code)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        say, question = self.say, self.question
        return {
            MIME_TYPE: {
                "id": question.id,
                "lang": say.code,
                "prompt": question.prompt,
                "hint": question.hint,
                "call": _call(question),
                "choices": [
                    choice._asdict()
                    | {"letter": letter, "verdict": verdict(say, choice)}
                    for letter, choice in question.lettered
                ],
                "words": {
                    "check": say("questions.check"),
                    "hint": say("questions.hint"),
                    "plain": say("questions.line_run"),
                    "choose": say("questions.choose_answer_first_then"),
                },
            }
        }


def _unfolded(title: str, text: str) -> Element:
    return element("details", element("summary", title), element("p", text))


def show(say: Language, key: object) -> QuestionPage | Explanation:
    """Return the question `key`; an unknown one gets a sentence that says which there are."""
    question = _find(say, key)
    if isinstance(question, Explanation):
        return question
    return QuestionPage(say, None, None, question=question)


def as_text(say: Language, question: Question) -> str:
    """Return the question as plain text, without the replies."""
    choices = [f"{letter}) {choice.text}" for letter, choice in question.lettered]
    plain = say("questions.line_run")
    return "\n".join([question.prompt, "", *choices, "", f"{plain} {_call(question)}"])


def _call(question: Question, letter: str = "…") -> str:
    return f'lab.course.question("{question.id}", "{letter}")'


def _find(say: Language, key: object) -> Question | Explanation:
    by_id = catalogue(say.code)
    question = by_id.get(key.strip().lower()) if isinstance(key, str) else None
    if question is not None:
        return question
    nearest = difflib.get_close_matches(str(key).lower(), by_id, n=3)
    return none_such(say, key, nearest or by_id)
