"""How facts become an answer: a page has the facts of one lookup, and says them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from labsupport.language import Language
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.results import Explanation, Result, utc

F = TypeVar("F", bound=Lookup)


class Page(Result, Generic[F]):
    """An answer made of `facts`, what a lookup found out.

    What the course shows of them by name is a property of the page as well: `answer.records`.
    """

    facts: F

    def __init__(self, say: Language, facts: F) -> None:
        super().__init__(say, facts.kind, facts.provenance, facts.notes)
        self.facts = facts
        self.notes = tuple(dict.fromkeys((*facts.notes, *self.remarks())))

    def remarks(self) -> Iterable[str]:
        """What stands below the sentence, after what was made of the question."""
        return ()

    @classmethod
    def of(cls, say: Language, facts: F | Unanswered) -> Self | Explanation:
        """Return the page of what was found, or what is to be said where nothing was."""
        if isinstance(facts, Unanswered):
            return explained(say, facts)
        return cls(say, facts)

    if not TYPE_CHECKING:  # lines as they were typed until version 0.1

        def __getattr__(self, name):
            """Return a fact that the page has no property of: read `facts` instead."""
            if name.startswith("_") or name not in dir(self.__dict__.get("facts")):
                raise AttributeError(name, name=name, obj=self)
            return getattr(self.facts, name)

        def __dir__(self):
            return [*super().__dir__(), *dir(self.facts)]


def explained(say: Language, unanswered: Unanswered) -> Explanation:
    """Say that nothing was found out, and why. Values that are moments are told in UTC."""
    values = {
        name: utc(value.timestamp()) if isinstance(value, datetime) else value
        for name, value in unanswered.values.items()
    }
    keys = filter(None, (unanswered.reason, unanswered.not_said))
    sentence = " ".join(say(key, **values) for key in keys)
    return Explanation(
        say, unanswered.kind, sentence, unanswered.notes, unanswered.provenance
    )
