"""What modules of the course share: to find what somebody types, and the cases in data/course."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any, TypeVar

from labsupport.inputs.choices import choices
from labsupport.inputs.folding import folded
from labsupport.kinds import Kind
from labsupport.language import SOURCE_LANGUAGE, Language, table_of, text_of
from labsupport.results import Explanation
from labsupport.visible import quoted

Of = TypeVar("Of")


def frozen(value: Any) -> Any:
    """Return what a TOML file has with its lists as tuples, for what does not change.

    >>> frozen({"lines": ["a", ["b"]]})
    {'lines': ('a', ('b',))}
    """
    if isinstance(value, dict):
        return {key: frozen(one) for key, one in value.items()}
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return value


def find(
    typed: object, candidates: Iterable[Of], names: Callable[[Of], Iterable[str]]
) -> Of | None:
    """Return what somebody means, by one of its names, however these are written."""
    wanted = folded(typed) if isinstance(typed, str) else repr(typed)
    return next((one for one in candidates if wanted in map(folded, names(one))), None)


def none_such(
    say: Language, typed: object, offered: Iterable[str], words: str = ""
) -> Explanation:
    """Say that there is nothing of this name, and what there is: those like it, or all.

    `words` is the closed list that has the words for what is known.
    """
    key = "which_one" if left_empty(typed) else "there_is_no"
    if words:
        keys = list(offered)
        near = choices(words).near(typed, say, keys)
        listed = choices(words).listed(say, near or keys)
    else:
        listed = say.listed(offered)
    sentence = say(f"course.{key}", what=quoted(typed), known=listed)
    return Explanation(say, Kind.NOT_ASKED, sentence)


def left_empty(typed: object) -> bool:
    """Whether nothing was typed."""
    return isinstance(typed, str) and not typed.strip()


def cases(language: str) -> Iterator[tuple[str, dict[str, Any], dict[str, str], str]]:
    """Return the cases in a language: key, story, the texts of their orders by key, edition.

    >>> [key for key, *_ in cases("en")]
    ['fraud', 'wrong-order']
    """
    folder = resources.files("labsupport.data").joinpath(
        "course", SOURCE_LANGUAGE, "cases"
    )
    for case in sorted(folder.iterdir(), key=lambda one: one.name):
        story = f"cases/{case.name}/case.toml"
        texts = {}
        written = {}
        for name in sorted(
            file.name for file in case.iterdir() if file.name.endswith(".txt")
        ):
            file = f"cases/{case.name}/{name}"
            texts[name.removesuffix(".txt")] = text_of(language, file)
            written[file] = text_of(SOURCE_LANGUAGE, file)
        whole = text_of(SOURCE_LANGUAGE, story) + "\0".join(written.values())
        edition = hashlib.sha256(whole.encode()).hexdigest()[:16]
        yield case.name, table_of(language, story), texts, edition
