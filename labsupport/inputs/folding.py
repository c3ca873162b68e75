"""Words compared without regard to case, accents, spaces and signs."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Return the letters and digits of `text` alone, small and without accents.

    >>> folded("Móvil Norte"), folded("movil-norte")
    ('movilnorte', 'movilnorte')
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())
