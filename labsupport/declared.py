"""What is to be known of each question of the lab beside its method: declared once, with it.

Whoever lists questions reads this: the warning before something is sent, the evidence and its
report, the help after a mistyped line, the cases, docs/live.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from labsupport.language import Language

RESOLVER = "lab.resolver_resolvers_servers_asks"
DIRECTORIES = "lab.registry_registrar_who_see"
ABOVE = "lab.root_servers_those_zones"
OWN_SERVERS = "lab.name_own_servers_who"
OWN_MACHINE = "lab.name_own_machine_all"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a question: `example` is what may stand between its brackets.

    `means` asks it in plain words, about {what}. Live, `seen_by` are those who see it; a `loud`
    one goes to machines that may be the target's; one with `lab_only` is not asked at all, for
    that reason; for another, somebody must offer a `service`, by the name of an entry's field.
    Of one `of_orders` nothing is written down, for it may hold a draft; of another nothing where
    one of its arguments is one of these. Without an argument, one with a `form` shows that, and
    nothing is sent.
    """

    example: str = ""
    means: str = ""
    seen_by: tuple[str, ...] = ()
    loud: bool = False
    lab_only: str = ""
    service: str = ""
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
    return say("lab.who_will_see_parties", parties="; ".join(parties)) if parties else ""


LONGEST_TIME = 4  # words: date, time of day, its unit, zone
LONGEST_ARGUMENT = 100  # of a question's text in the evidence: a pasted page has no place there


def written(question: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """Return a question as it stands in a notebook; a long text in it is left out."""
    of_orders = QUESTIONS[question].of_orders
    typed = [one for one in (*args, *kwargs.values()) if isinstance(one, str)]
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
