"""What is to be said of an execution: facts, and the sentences that say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labsupport.language import Language


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said: a sentence's key, and what stands in it.

    `keys` are values that are sentences' keys themselves, or lists of such.
    """

    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def said(remarks: Iterable[Remark], say: Language) -> tuple[str, ...]:
    """Return remarks in words, a sentence or more each.

    >>> said([Remark("execution.how_not_said")], Language.load("en"))[0].partition(".")[0]
    'The order does not say how'
    """
    sentences = []
    for remark in remarks:
        values = dict(remark.values)
        for name, keys in remark.keys.items():
            keys = (keys,) if isinstance(keys, str) else keys
            values[name] = say.listed(map(say, keys))
        sentences.append(say(remark.key, **values))
    return tuple(sentences)
