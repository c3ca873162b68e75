"""The tables of sentences that answers choose from: data/course/LANGUAGE/answers.toml."""

from __future__ import annotations

from labsupport.language import Language


def tell(say: Language, key: str, **values: object) -> str:
    """Return the sentence with a key, its {places} filled with `values`.

    >>> tell(Language.load("en"), "diagnose.too_long")
    'Its aliases lead in a circle, or too far.'
    """
    of, _, name = key.partition(".")
    return table(say, of)[name].format(**values)


def limits(say: Language, *keys: str) -> tuple[str, ...]:
    """Return the sentences with these keys."""
    return tuple(tell(say, key) for key in keys)


def table(say: Language, name: str) -> dict[str, str]:
    """Return a whole table."""
    found: dict[str, str] = say.table("answers.toml")[name]
    return found
