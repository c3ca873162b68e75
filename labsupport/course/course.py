"""What modules of the course share: to find what somebody types, and the cases in data/course."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import Any, TypeVar

from labsupport.inputs.names import folded
from labsupport.kinds import Kind
from labsupport.language import Language, tell
from labsupport.results import Explanation, quoted

Of = TypeVar("Of")


def frozen(value: Any) -> Any:
    """Return what a TOML file has with its lists as tuples, for what does not change.

    >>> frozen({"lines": ["a", ["b"]]})
    {'lines': ('a', ('b',))}
    """
    if isinstance(value, dict):
        return {key: frozen(one) for key, one in value.items()}
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def find(typed: object, known: Iterable[Of], names: Callable[[Of], Iterable[str]]) -> Of | None:
    """Return what somebody means, by one of its names, however these are written."""
    wanted = folded(typed) if isinstance(typed, str) else repr(typed)
    return next((one for one in known if wanted in map(folded, names(one))), None)


def none_such(say: Language, typed: object, known: Iterable[str]) -> Explanation:
    """Say that there is nothing of this name, and what there is."""
    sentence = tell(say, "course.there_is_no", what=quoted(typed), known=", ".join(known))
    return Explanation(say, Kind.NOT_ASKED, sentence)


def left_empty(typed: object) -> bool:
    """Whether nothing was typed."""
    return isinstance(typed, str) and not typed.strip()


def cases(language: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Return the cases of a language: key, story and the texts of their orders by key.

    >>> [key for key, _, _ in cases("en")]
    ['fraud', 'wrong-order']
    """
    folder = resources.files("labsupport.data").joinpath(f"course/{language}/cases")
    for case in sorted(folder.iterdir(), key=lambda one: one.name):
        files = {file.name: file.read_bytes() for file in case.iterdir()}
        texts = {
            name.removesuffix(".txt"): data.decode("utf-8")
            for name, data in files.items()
            if name.endswith(".txt")
        }
        yield case.name, files["case.toml"], texts
