"""How facts become an answer: a page has the facts of one lookup, and says them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from labsupport.language import Language
from labsupport.lookups.lookup import Lookup, Unanswered
from labsupport.results import Explanation, Result, utc

F = TypeVar("F", bound=Lookup)


class Page(Result, Generic[F]):
    """An answer made of `facts`. They can be read through it: `answer.records`."""

    def __init__(self, say: Language, facts: F) -> None:
        super().__init__(say, facts.kind, facts.provenance, facts.notes)
        self.facts = facts
        self.notes = tuple(dict.fromkeys((*facts.notes, *self.remarks())))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in dir(self.__dict__.get("facts")):
            raise AttributeError(name, name=name, obj=self)
        return getattr(self.facts, name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *dir(self.facts)]

    def remarks(self) -> Iterable[str]:
        """What stands below the sentence, after what was made of the question."""
        return ()

    @classmethod
    def of(cls, say: Language, found: F | Unanswered) -> Self | Explanation:
        """Return the page of what was found, or what is to be said where nothing was."""
        return explained(say, found) if isinstance(found, Unanswered) else cls(say, found)


def explained(say: Language, unanswered: Unanswered) -> Explanation:
    """Say that nothing was found out, and why. Values that are moments are told in UTC."""
    values = {
        name: utc(value.timestamp()) if isinstance(value, datetime) else value
        for name, value in unanswered.values.items()
    }
    keys = filter(None, (unanswered.reason, unanswered.not_said))
    sentence = " ".join(say(key, **values) for key in keys)
    return Explanation(say, unanswered.kind, sentence, unanswered.notes, unanswered.provenance)
