"""What a site is called by its kind, and which kinds are named first."""

from __future__ import annotations

from collections.abc import Iterable

from labsupport.language import Language

# The kinds that are named first, since the public depends on them: the table has all.
NAMED_FIRST = (
    "health",
    "court",
    "school",
    "elections",
    "newspaper",
    "water company",
    "municipality",
    "radio",
    "bank",
    "university",
    "library",
)


def named_first(kinds: Iterable[str]) -> list[str]:
    """Return kinds of site, those first that the public depends on, the others as they come."""
    first = {kind: place for place, kind in enumerate(NAMED_FIRST)}
    return sorted(kinds, key=lambda kind: first.get(kind, len(first)))


def word(kind: str, say: Language) -> str:
    """Return what a site of a kind is called; a kind that nobody knows by its own word."""
    return str(say.table("site_kinds.toml").get(kind, kind))
