"""What is to be said of an execution: facts, and the sentences that say them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labsupport.language import Language


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to be said: a sentence's key, and what stands in it.

    `target` is what it is about, as the order calls it, and `number` its place among the order's,
    from 1 on; 0 where it is about none. `keys` are values that are sentences' keys themselves, or
    lists of such.
    """

    key: str
    target: str = ""
    number: int = 0
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


def said(
    remarks: Iterable[Remark], say: Language, *, own: bool = True
) -> tuple[str, ...]:
    """Return remarks in words, a sentence or more each.

    Of an order that is not one of the lab's `own`, a target is called "target 1".

    >>> said([Remark("execution.how_not_said")], Language.load("en"))[0].partition(".")[0]
    'The order does not say how'
    """
    sentences = []
    for remark in remarks:
        what = remark.target
        if not own:
            what = say("impact.target_number", number=remark.number)
        values: dict[str, object] = {"what": what} if remark.number else {}
        for name, keys in remark.keys.items():
            keys = (keys,) if isinstance(keys, str) else keys
            values[name] = say.listed(map(say, keys))
        sentences.append(say(remark.key, **values))
    return tuple(sentences)
