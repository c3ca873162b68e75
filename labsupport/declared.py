"""What is to be known of each question of the lab beside its method: declared once, with it.

Whoever lists questions reads this: the warning before something is sent, the evidence and its
report, the help after a mistyped line, the cases, docs/live.md.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
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

    `parameters` are the names of what may. `means` asks it in plain words, about {what}. Live,
    `seen_by` are those who see it; a `loud` one goes to machines that may be the target's; one with
    `lab_only` is not asked at all, for that reason; for another, somebody must offer a `service`,
    by the name of an entry's field. `words` names the closed list (inputs/choices.py) that a
    parameter takes its words from. Of one `of_orders` nothing is written down, for it may hold a
    draft; of another nothing where one of its arguments is one of these. Without an argument, one
    with a `form` shows that, and nothing is sent.
    """

    example: str = ""
    parameters: tuple[str, ...] = ()
    means: str = ""
    seen_by: tuple[str, ...] = ()
    loud: bool = False
    lab_only: str = ""
    service: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    of_orders: bool | tuple[str, ...] = False
    form: bool = False


# By the name of the lab's method; labsupport.lab fills it.
QUESTIONS: dict[str, Declaration] = {}


def warning(question: str, resolvers: str, say: Language) -> str:
    """Return who will see a question, in a sentence; "" where nothing is sent.

    >>> warning("rdap", "", Language.load("en"))
    'Who will see this: registry and registrar, who see your address.'
    """
    parties = [say(words, resolvers=resolvers) for words in QUESTIONS[question].seen_by]
    return say("lab.who_will_see_parties", parties=say.listed(parties)) if parties else ""


LONGEST_TIME = 4  # words: date, time of day, its unit, zone
LONGEST_ARGUMENT = 100  # of a question's text in the evidence: a pasted page has no place there


def in_keys(
    method: Callable[..., Any],
    words: Mapping[str, str],
    say: Language,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a question with the key in the place of each word that has one.

    What is no word of its list stays as it is: the question says what there is. `args` begin with
    the lab.
    """
    names = list(inspect.signature(method).parameters)
    positional = tuple(
        _key(words.get(name, ""), value, say) for name, value in zip(names, args, strict=False)
    )
    by_name = {name: _key(words.get(name, ""), value, say) for name, value in kwargs.items()}
    return (*positional, *args[len(names) :]), by_name


def _key(name: str, value: Any, say: Language) -> Any:
    """Return the key of what was typed, if a list of this name has it; else what was typed."""
    if not name or not isinstance(value, str):
        return value
    return choices(name).key(value, say) or value


def example(question: str, say: Language) -> str:
    """Return how a question is asked, in the words of a language.

    >>> example("measure", Language.load("es"))
    'lab.measure("resolutor", "goles-gratis.example")'
    """
    known = QUESTIONS.get(question, Declaration())
    return in_words(f"lab.{question}({known.example})", say)


def in_words(code: str, say: Language) -> str:
    """Return lines of Python with the words of a language in the place of keys and variables.

    What is no Python stays as it is.

    >>> in_words('case = lab.case("hearing", "court", "a")', Language.load("es"))
    'caso = lab.case("audiencia", "tribunal", "a")'
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return code
    lines = code.splitlines(keepends=True)
    # From the end, so that what stands before keeps its place.
    for node, word in sorted(_replaced(tree, say), key=lambda pair: -pair[0].col_offset):
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
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Lab" and node.args:
            yield node.args[0], json.dumps(say.code)
        elif isinstance(node, ast.Call):
            for value, name in _typed(node):
                known = choices(name)
                key = known.key(value.value, say)
                if key is not None:
                    yield value, json.dumps(known.word(key, say), ensure_ascii=False)


def _typed(call: ast.Call) -> Iterator[tuple[ast.Constant, str]]:
    """Yield what stands in a call where a word of a list is typed, with the name of the list."""
    question = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    known = QUESTIONS.get(question, Declaration())
    given = [*zip(known.parameters, call.args, strict=False)]
    given += [(keyword.arg or "", keyword.value) for keyword in call.keywords]
    for parameter, value in given:
        if parameter in known.words and isinstance(value, ast.Constant):
            yield value, known.words[parameter]


def written(
    question: str, args: tuple[object, ...], kwargs: dict[str, object], keys: Iterable[object] = ()
) -> str:
    """Return a question as it stands in a notebook; a long text in it is left out.

    `keys` are the arguments again, with keys in the place of a language's words.
    """
    of_orders = QUESTIONS[question].of_orders
    typed = [one for one in (*args, *kwargs.values(), *keys) if isinstance(one, str)]
    if of_orders is True or (of_orders and set(of_orders) & set(typed)):
        return f"lab.{question}(…)"
    given = [_argument(value) for value in args]
    given += [f"{name}={_argument(value)}" for name, value in kwargs.items()]
    return f"lab.{question}({', '.join(given)})"


def _argument(value: object) -> str:
    if isinstance(value, str):
        # Of what is technical, only times and spans have spaces, and begin with a digit.
        words = value.split()
        technical = len(words) <= 1 or (len(words) <= LONGEST_TIME and value[0].isdigit())
        short = technical and len(value) <= LONGEST_ARGUMENT and "\n" not in value
        return json.dumps(value, ensure_ascii=False) if short else "…"
    return repr(value) if isinstance(value, int | float | None) else "…"
