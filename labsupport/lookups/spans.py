"""Reading a span of time that a person typed."""

from __future__ import annotations

import re

from labsupport.language import Language
from labsupport.lookups.names import NotUnderstood
from labsupport.results import quoted

# The units of time that a participant may type, in English, Spanish and Portuguese.
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
UNITS |= {"segundo": 1, "minuto": 60, "hora": 3600, "día": 86400, "dia": 86400, "semana": 604800}

PART = re.compile(r"\s*(?:and|y|e|,)?\s*(\d{1,9})\s*([a-zí]+?)s?\s*(?![a-zí])")


def read_span(text: object, say: Language) -> int:
    """Return the seconds in "10 minutes"; raise NotUnderstood for what is no span of time.

    >>> read_span("10 minutes", Language.load("en"))
    600
    >>> read_span("2 days and 15 minutes", Language.load("en"))
    173700
    """
    written = text.lower() if isinstance(text, str) else ""
    parts = PART.findall(written)
    if not re.fullmatch(f"(?:{PART.pattern})+", written) or any(
        unit not in UNITS for _, unit in parts
    ):
        raise NotUnderstood(
            say(
                "{what} is no span of time. Write a number and a unit: "
                '"90 seconds", "10 minutes", "2 hours", "1 day".',
                what=quoted(text),
            )
        )
    return sum(int(count) * UNITS[unit] for count, unit in parts)
