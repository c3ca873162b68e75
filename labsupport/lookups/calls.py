"""How a question is written down in the evidence: as it stands in a notebook."""

from __future__ import annotations

import json

LONGEST_TIME = 4  # words: date, time of day, its unit, zone
LONGEST_ARGUMENT = 100  # of a question's text in the evidence: a pasted page has no place there
# Questions whose first argument may be a draft order: nothing of it is written down.
OF_ORDERS = {"review", "impact", "timeline", "configuration", "worksheet"}


def written(method: str, args: tuple[object, ...], kwargs: dict[str, object]) -> str:
    """Return a question as it stands in a notebook; a long text in it is left out."""
    if method in OF_ORDERS:
        return f"lab.{method}(…)"
    given = [_argument(value) for value in args]
    given += [f"{name}={_argument(value)}" for name, value in kwargs.items()]
    return f"lab.{method}({', '.join(given)})"


def _argument(value: object) -> str:
    if isinstance(value, str):
        # Of what is technical, only times and spans have spaces, and begin with a digit.
        words = value.split()
        technical = len(words) <= 1 or (len(words) <= LONGEST_TIME and value[0].isdigit())
        short = technical and len(value) <= LONGEST_ARGUMENT and "\n" not in value
        return json.dumps(value, ensure_ascii=False) if short else "…"
    return repr(value) if isinstance(value, int | float | None) else "…"
