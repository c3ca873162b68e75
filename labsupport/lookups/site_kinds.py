"""What web sites are, in words: data/course/en/site_kinds.toml."""

from __future__ import annotations

from labsupport.language import Language

# The kinds that are named first, since the public depends on them: the table has all.
NAMED_FIRST = (
    *("health", "court", "school", "elections", "newspaper", "water company"),
    *("municipality", "radio", "bank", "university", "library"),
)


def word(kind: str, say: Language) -> str:
    """Return what a site of a kind is called; a kind that nobody knows by its own word."""
    return str(say.table("site_kinds.toml").get(kind, kind))
