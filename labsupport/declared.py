"""What is to be known of each question of the lab beside its method: declared once, with it.

Whoever lists questions reads this: the warning before something is sent, the evidence and its
report, the help after a mistyped line, the cases, docs/live.md.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labsupport.inputs.choices import choices
from labsupport.language import Language

RESOLVER = "lab.resolver_resolvers_servers_asks"
DIRECTORIES = "lab.registry_registrar_who_see"
ABOVE = "lab.root_servers_those_zones"
OWN_SERVERS = "lab.name_own_servers_who"
OWN_MACHINE = "lab.name_own_machine_all"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a question: `example` is what may stand between its brackets.

    `parameters` are the names of what may, `method` is its method, with its class. `means` asks it
    in plain words, about {what}. Live,
    `seen_by` are those who see it; a `loud` one goes to machines that may be the target's; one with
    `lab_only` is not asked at all, for that reason; for another, somebody must offer a `service`,
    by the name of an entry's field. `words` names the closed list (inputs/choices.py) that a
    parameter takes its words from. Of one `of_orders` nothing is written down, for it may hold a
    draft. Without an argument, one with a `form` shows that, and nothing is sent. What is said of
    `outside` comes from others; a `lesson` is what `labsupport record` asks about a name.
    """

    example: str = ""
    parameters: tuple[str, ...] = ()
    method: str = ""
    means: str = ""
    seen_by: tuple[str, ...] = ()
    loud: bool = False
    lab_only: str = ""
    service: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    of_orders: bool = False
    form: bool = False
    outside: bool = False
    lesson: bool = False


# By what is typed behind "lab.": "ask", "orders.review". Each room adds its own.
QUESTIONS: dict[str, Declaration] = {}


def key(path: str, method: str) -> str:
    """Return what a question is called: its room, unless that is the lab itself, and its method.

    >>> key("orders", "review"), key("", "ask")
    ('orders.review', 'ask')
    """
    return f"{path}.{method}".removeprefix(".")


def add(declared: Mapping[str, Declaration]) -> None:
    """Add the questions of a room; those of the lab itself come first."""
    before = {key: declaration for key, declaration in QUESTIONS.items() if "." in key}
    own = {
        key: declaration
        for key, declaration in (QUESTIONS | dict(declared)).items()
        if "." not in key
    }
    QUESTIONS.clear()
    QUESTIONS.update(own | before | dict(declared))


def key_of(method: str) -> str:
    """Return the key of the question whose method, with its class, is called so; "" for none."""
    return next((key for key, known in QUESTIONS.items() if known.method == method), "")


def warning(question: str, resolvers: str, say: Language) -> str:
    """Return who will see a question, in a sentence; "" where nothing is sent.

    >>> warning("rdap", "", Language.load("en"))
    'Who will see this: registry and registrar, who see your address.'
    """
    parties = [say(words, resolvers=resolvers) for words in QUESTIONS[question].seen_by]
    return (
        say("lab.who_will_see_parties", parties=say.listed(parties)) if parties else ""
    )


LONGEST_TIME = 4  # words: date, time of day, its unit, zone
LONGEST_ARGUMENT = (
    100  # of a question's text in the evidence: a pasted page has no place there
)


def in_keys(
    declaration: Declaration,
    say: Language,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a question with the key in the place of each word that has one.

    What is no word of its list stays as it is: the question says what there is.
    """
    names = declaration.parameters
    words = declaration.words
    positional = tuple(
        _key(words.get(name, ""), value, say)
        for name, value in zip(names, args, strict=False)
    )
    by_name = {
        name: _key(words.get(name, ""), value, say) for name, value in kwargs.items()
    }
    return (*positional, *args[len(names) :]), by_name


def _key(name: str, value: Any, say: Language) -> Any:
    """Return the key of what was typed, if a list of this name has it; else what was typed."""
    if not name or not isinstance(value, str):
        return value
    return choices(name).key(value, say) or value


def with_word(question: str, say: Language) -> str:
    """Return a question's key; behind it, in another language, what it does.

    >>> with_word("orders.review", Language.load("es"))
    'orders.review (revisar)'
    """
    words = choices("question")
    word = words.word(question, say)
    return question if word == question else f"{question} ({word})"


def example(question: str, say: Language) -> str:
    """Return how a question is asked, in the words of a language.

    >>> example("orders.technique", Language.load("es"))
    'lab.orders.technique("resolutor", "goles-gratis.example")'
    """
    if question not in QUESTIONS:  # a room
        return f"lab.{question}"
    return in_words(f"lab.{question}({QUESTIONS[question].example})", say)


def in_words(code: str, say: Language) -> str:
    """Return lines of Python with the words of a language in the place of keys and variables.

    What is no Python stays as it is.

    >>> in_words('case = lab.course.hearing("court", "a")', Language.load("es"))
    'caso = lab.course.hearing("tribunal", "a")'
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return code
    lines = code.splitlines(keepends=True)
    # From the end, so that what stands before keeps its place.
    for node, word in sorted(
        _replaced(tree, say), key=lambda pair: -pair[0].col_offset
    ):
        line = lines[node.lineno - 1].encode()
        changed = line[: node.col_offset] + word.encode() + line[node.end_col_offset :]
        lines[node.lineno - 1] = changed.decode()
    return "".join(lines)


def _replaced(tree: ast.AST, say: Language) -> Iterator[tuple[ast.expr, str]]:
    """Yield what is typed otherwise in a language, with that."""
    variables = choices("variable")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in variables.words:
            yield node, variables.word(node.id, say)
        elif (
            isinstance(node, ast.Call) and ast.unparse(node.func) == "Lab" and node.args
        ):
            yield node.args[0], json.dumps(say.code)
        elif isinstance(node, ast.Call):
            for value, name in _typed(node):
                options = choices(name)
                key = options.key(value.value, say)
                if key is not None:
                    yield value, json.dumps(options.word(key, say), ensure_ascii=False)


def _typed(call: ast.Call) -> Iterator[tuple[ast.Constant, str]]:
    """Yield what stands in a call where a word of a list is typed, with the name of the list."""
    declaration = QUESTIONS.get(question_in(call.func), Declaration())
    given = [*zip(declaration.parameters, call.args, strict=False)]
    given += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    for parameter, value in given:
        if parameter in declaration.words and isinstance(value, ast.Constant):
            yield value, declaration.words[parameter]


def question_in(function: ast.expr) -> str:
    """Return the question that is called in Python: the longest key at the end; "" for none.

    >>> question_in(ast.parse("held.orders.review", mode="eval").body)
    'orders.review'
    """
    names = ast.unparse(function).split(".")
    ends = (".".join(names[start:]) for start in range(1, len(names)))
    return next((end for end in ends if end in QUESTIONS), "")


def written(question: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """Return a question as it stands in a notebook; a long text in it is left out."""
    if QUESTIONS[question].of_orders:
        return f"lab.{question}(…)"
    given = [_argument(value) for value in args]
    given += [f"{name}={_argument(value)}" for name, value in kwargs.items()]
    return f"lab.{question}({', '.join(given)})"


def _argument(value: object) -> str:
    if isinstance(value, str):
        # Of what is technical, only times and spans have spaces, and begin with a digit.
        words = value.split()
        technical = len(words) <= 1 or (
            len(words) <= LONGEST_TIME and value[0].isdigit()
        )
        short = technical and len(value) <= LONGEST_ARGUMENT and "\n" not in value
        return json.dumps(value, ensure_ascii=False) if short else "…"
    return repr(value) if isinstance(value, int | float | None) else "…"
