"""Who sees a question that is really sent: looking is touching.

It is said before anything leaves, so that whoever must not be noticed can stop.
"""

from __future__ import annotations

from labsupport.language import Language
from labsupport.lookups.words import table

# These go from here to machines that may be the target's.
LOUD = ("trace", "visit", "path", "diagnose")


def warning(question: str, resolvers: tuple[str, ...], say: Language) -> str:
    """Return who will see a question, in a sentence; "" where nothing is sent.

    >>> warning("rdap", (), Language.load("en"))
    'Who will see this: registry and registrar, who see your address.'
    """
    return table(say, "seen_by").get(question, "").format(resolvers=", ".join(resolvers))
